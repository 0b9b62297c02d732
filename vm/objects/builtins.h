// The builtins module, but for what looks at frames (interp/builtins.h).
#pragma once
#include "vm/core/native.h"
#include "vm/core/type.h"

extern const MethodDef asy_builtins_object_functions[];     // builtins_object.c: getattr, iter, len, ...
extern const MethodDef asy_builtins_number_functions[];     // builtins_number.c: abs, sum, round, ...
extern const MethodDef asy_builtins_io_functions[];         // builtins_io.c: print, input
extern const MethodDef asy_builtins_async_functions[];      // builtins_async.c: aiter, anext

// Fills vm->builtins (and makes it with its module, if the host has not): functions, types, exceptions,
// constants. Called once, when the types are ready.
ASY_CHECKED bool asy_builtins_init(VM *vm);
// dir() of something: a sorted list. NIL: the names of the running frame.
ASY_CHECKED Value asy_dir(VM *vm, Value v);
// next(): the interpreter recognises it and switches frames for a generator.
Value asy_builtin_next(VM *vm, Args a);
