// Raising: tracebacks, finding handlers, entering them.
#pragma once
#include "vm/interp/frame.h"

// Puts a line for `f` at its ip in front of the pending exception's traceback. Without memory the line is left out.
void asy_raise_add_line(VM *vm, Frame *f);
// Innermost handler that covers `word`, NULL: none (or a host's limit is unwinding).
const Handler *asy_raise_handler(VM *vm, const Proto *proto, uint32_t word);
// Clears slots from the highest down to `depth` and puts there the exception handled until now and the pending one,
// which becomes the handled one.
void asy_raise_enter_handler(VM *vm, Frame *f, uint32_t depth);
// An exception leaves a suspending frame: StopIteration (and StopAsyncIteration in an async generator) becomes
// RuntimeError (PEP 479).
void asy_raise_convert(VM *vm, Frame *f);
