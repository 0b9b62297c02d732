// The rules of docs/frames.md about temporaries, checked on finished code.
#pragma once
#include "base/alloc.h"
#include "vm/bytecode/code.h"

// NULL if `proto` and all code in its constants keep the rules: operands in range, jumps to instruction starts,
// one depth at each instruction whichever way it is reached, consumed temporaries on top, results in the lowest
// slot freed, nothing alive at a return, handlers entered with what they expect. Else which rule is
// broken (a constant string), as for lack of memory.
const char *asy_verify(const AsyAllocator *allocator, const Proto *proto);
// The same, and where: the function and the word.
const char *asy_verify_where(const AsyAllocator *allocator, const Proto *proto, const Proto **where, uint32_t *word);
