// Unions and parameterised generics: what they share.
#pragma once
#include "vm/core/type.h"

// a | b of types: a union, one of them if they are equal, NotImplemented if one is no type. Slot `or`.
ASY_CHECKED Value asy_union_or(VM *vm, Value a, Value b);
ASY_CHECKED Value asy_generic_alias_new(VM *vm, Value origin, Value args, bool starred);
// The type variables in `args`, in order of appearance: new tuple.
ASY_CHECKED TupleObj *asy_generic_parameters(VM *vm, TupleObj *args);
// `args` of `self` with its parameters replaced by `item` (one argument or a tuple): new tuple. TypeError.
ASY_CHECKED TupleObj *asy_generic_substitute(VM *vm, Value self, TupleObj *args, TupleObj *parameters, Value item);
// How an argument is shown: "int", "mod.Class", "...".
struct StrBuilder;
ASY_CHECKED bool asy_generic_repr_item(struct StrBuilder *b, Value item);
