// zip: tuples of one item of each iterator, until the shortest ends; strict: they must end together.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

#define ZIP_FIELDS(V, O, N)   \
    O(TupleObj, iterators)    \
    O(TupleObj, last) /* given out last */ \
    N(bool, strict)
ASY_OBJECT(ZipObj, ZIP_FIELDS);
ASY_OBJECT_TRACE(ZipObj, ZIP_FIELDS)

static bool strict_argument(VM *vm, Args a, bool *strict)
{
    *strict = false;
    if (asy_is_nil(a.kwnames)) return true;
    TupleObj *names = asy_as_tuple(a.kwnames);
    for (size_t i = 0; i < names->size; i++) {
        StrObj *name = asy_as_str(names->items[i]);
        if (asy_str_is(name, "strict")) {
            int truth = asy_truth(vm, a.v[a.n + i]);
            if (truth < 0) return false;
            *strict = truth;
        } else {
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for zip()", name);
            return false;
        }
    }
    return true;
}

static Value zip_new(VM *vm, Type *type, Args a)
{
    bool strict;
    if (!strict_argument(vm, a, &strict)) return ASY_ERR;
    ZipObj *z = asy_object_alloc(vm, type);
    if (!z) return ASY_ERR;
    z->strict = strict;
    z->iterators = asy_tuple_alloc(vm, a.n);
    bool ok = z->iterators != NULL;
    for (uint32_t i = 0; i < a.n && ok; i++) {
        Value it = asy_iter(vm, a.v[i]);
        ok = !asy_is_err(it);
        if (ok) z->iterators->items[i] = it;
    }
    if (ok) return asy_from_obj(z);
    asy_release_obj(vm, z);
    return ASY_ERR;
}

// Iterator number `at` has ended first among those before it; with strict, all must have.
static Value ended(VM *vm, ZipObj *z, size_t at)
{
    if (!z->strict) return ASY_DONE;
    size_t n = z->iterators->size;
    if (at > 0) {
        return asy_raise(vm, EXC_ValueError, "zip() argument %zu is shorter than argument%s%zu", at + 1,
                         at == 1 ? " " : "s 1-", at);
    }
    for (size_t i = 1; i < n; i++) {
        Value item = asy_next(vm, z->iterators->items[i]);
        if (asy_is_err(item)) return ASY_ERR;
        if (asy_is_done(item)) continue;
        asy_release(vm, item);
        return asy_raise(vm, EXC_ValueError, "zip() argument %zu is longer than argument%s%zu", i + 1, i == 1 ? " " : "s 1-", i);
    }
    return ASY_DONE;
}

static Value zip_next(VM *vm, Value self)
{
    ZipObj *z = asy_as(ZipObj, self);
    TupleObj *iterators = z->iterators;
    if (iterators->size == 0) return ASY_DONE;
    TupleObj *out = asy_tuple_again(vm, &z->last, iterators->size);
    if (!out) return ASY_ERR;
    for (size_t i = 0; i < iterators->size; i++) {
        Value item = asy_next_of(vm, iterators->items[i]);
        if (asy_is_done(item) || asy_is_err(item)) {
            asy_release_obj(vm, out);
            return asy_is_err(item) ? ASY_ERR : ended(vm, z, i);
        }
        asy_set(vm, &out->items[i], item);
    }
    return asy_from_obj(out);
}

static Value zip_reduce(VM *vm, Args a)
{
    ZipObj *z = asy_as(ZipObj, a.self);
    Value type = asy_from_obj(z->head.type), args = asy_from_obj(z->iterators);
    return z->strict ? asy_tuple_pack(vm, 3, type, args, ASY_TRUE) : asy_tuple_pack(vm, 2, type, args);
}

static Value zip_setstate(VM *vm, Args a)
{
    int truth = asy_truth(vm, a.v[0]);
    if (truth < 0) return ASY_ERR;
    asy_as(ZipObj, a.self)->strict = truth;
    return ASY_NONE;
}

static const MethodDef zip_methods[] = {
    { "__reduce__", zip_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", zip_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_zip_type = {
    .name = "zip",
    .size = sizeof(ZipObj),
    .flags = TYPE_BASE,
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\n"
           "   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]\n\n"
           "The zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to "
           "zip().  The i-th element in every tuple\ncomes from the i-th iterable argument to zip().  This continues until "
           "the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the "
           "others,\nraise a ValueError.",
    .trace = ZipObj_trace,
    .clear = ZipObj_clear,
    .methods = zip_methods,
    .slots = { .new = zip_new, .iter = asy_iter_self, .next = zip_next },
};
