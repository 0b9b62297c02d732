// Calls of script functions: binding arguments to slots.
#pragma once
#include "vm/interp/interp.h"

// Binds to `slots` (of a frame of f's code): positional v[0..n), then, if kwnames is a tuple, keyword values. All
// retained; slots of absent locals are UNBOUND. False: TypeError, nothing bound. May not run script.
ASY_CHECKED bool asy_call_bind(VM *vm, FunctionObj *f, Value *slots, const Value *v, uint32_t n, Value kwnames);
// The common keyword call: no *args or **kwargs, interned names, each parameter once, no keyword-only default missing.
// Moves positional and keyword values out of v. False: not such a call, nothing has happened.
bool asy_call_bind_moving(FunctionObj *f, Value *slots, Value *v, uint32_t n, const TupleObj *names);
// The same for f(*args, **kwargs) after `self` (NIL: none); kwargs: a dict, or NIL. Keys that are no str raise.
ASY_CHECKED bool asy_call_bind_tuple(VM *vm, FunctionObj *f, Value *slots, Value self, const TupleObj *args, Value kwargs);
