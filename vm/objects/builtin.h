// Builtin functions and the __new__ of native types.
#pragma once
#include "vm/objects/function.h"

// `int.__new__`: the builtin that checks its class argument and calls the type's slot.
ASY_CHECKED Value asy_builtin_new_method(VM *vm, Type *type);
// The type whose native __new__ `v` is; NULL: it is something else.
Type *asy_builtin_new_owner(VM *vm, Value v);
// A method definition bound to its receiver, as list.append read through an instance. All retained; `owner` names it.
ASY_CHECKED Value asy_builtin_bind(VM *vm, const MethodDef *def, const struct NativeParams *params, Value self);
