// generator, coroutine and async generator as script sees them: the methods of a suspending Frame.
#pragma once
#include "vm/interp/interp.h"

extern const MethodDef asy_generator_methods[], asy_coroutine_methods[], asy_async_generator_methods[];
extern const GetSetDef asy_generator_getset[], asy_coroutine_getset[], asy_async_generator_getset[];
Value asy_generator_repr(VM *vm, Value self);
Value asy_generator_iter(VM *vm, Value self);
Value asy_generator_next(VM *vm, Value self);
Value asy_coroutine_await(VM *vm, Value self);
Value asy_async_generator_anext(VM *vm, Value self);

// Native functions whose call the interpreter turns into a switch of frames: generator.send and __next__.
Value asy_generator_send(VM *vm, Args a);
Value asy_generator_dunder_next(VM *vm, Args a);

bool asy_generator_needs_finalize(VM *vm, Frame *f);
void asy_generator_finalize(VM *vm, Frame *f);      // closes it, or warns that it was never awaited; may run script
void asy_generator_forget(VM *vm, Frame *f);        // it is freed: side tables drop it
// The exception instance that throw(type[, value[, tb]]) means (NIL: not given); new reference.
ASY_CHECKED Value asy_throw_argument(VM *vm, Value type, Value value, Value tb);
ASY_CHECKED Value asy_generator_name(VM *vm, Frame *f, bool qualified);
