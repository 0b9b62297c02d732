// An AsyAllocator for tests: counts what is held, checks the sizes it is told, and can refuse any
// allocation.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

typedef struct TestAlloc {
    AsyAllocator allocator;    // its ud is this struct: do not move it
    size_t held;               // bytes
    size_t blocks;             // not yet freed
    size_t calls;              // allocations and growths asked for so far
    size_t fail_at;            // refuse this call (1 is the first) and all behind it; 0: none
    bool refused;              // some were
    bool wrong_size;           // a caller gave another size than it had asked for
} TestAlloc;

void test_alloc_init(TestAlloc *alloc, size_t fail_at);
