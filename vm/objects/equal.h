// Equality that needs no script, decided in place: what searching a container asks of every item.
#pragma once
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/str.h"

ASY_INLINE bool asy_is_exact_str(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == vm->types.str; }

// Both exactly str.
ASY_INLINE bool asy_str_same_text(const StrObj *a, const StrObj *b)
{
    if (a == b) return true;
    if (a->size != b->size || (a->hash != b->hash && a->hash && b->hash)) return false;
    return memcmp(a->data, b->data, a->size) == 0;
}

// The same of two that are exactly tuples, by their items (tuple.c).
int asy_tuple_equal_quick(VM *vm, const TupleObj *a, const TupleObj *b);

// 1, 0, or -1: only asy_equal can tell. Runs no script.
ASY_INLINE int asy_equal_quick(VM *vm, Value a, Value b)
{
    if (asy_same(a, b)) return 1;
    if (asy_both_int(a, b)) return 0;
    if (!asy_is_obj(a) || !asy_is_obj(b)) return -1;
    const Type *type = asy_as_obj(a)->type;
    if (type != asy_as_obj(b)->type) return -1;
    if (type == vm->types.str) return asy_str_same_text(asy_as_str(a), asy_as_str(b));
    return type == vm->types.tuple ? asy_tuple_equal_quick(vm, asy_as(TupleObj, a), asy_as(TupleObj, b)) : -1;
}

// Whether two values are equal, each owned meanwhile: for items that script may take out of their container.
// 1, 0, -1 error.
ASY_INLINE int asy_equal_items(VM *vm, Value a, Value b)
{
    int equal = asy_equal_quick(vm, a, b);
    if (ASY_LIKELY(equal >= 0)) return equal;
    asy_retain(a);
    asy_retain(b);
    equal = asy_equal(vm, a, b);
    asy_release(vm, a);
    asy_release(vm, b);
    return equal;
}
