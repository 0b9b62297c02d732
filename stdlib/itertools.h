// What the files of itertools share: the types, arguments, pickled states, and tuples that are given out again.
//
// Script runs in nearly every `next` (the iterators asked, functions, comparisons) and may call `next` of the same
// object meanwhile. A field that such a call can replace or empty is retained while it is used and read anew after;
// fields that only `new` sets need no such care, for the caller holds the object.
#pragma once
#include "stdlib/lib.h"
#include "vm/objects/generic.h"
#include "vm/objects/new_args.h"

#define ITERTOOL(id) extern const TypeDef asy_itertools_##id##_type;
#include "stdlib/itertools.def"

Value asy_itertools_tee(VM *vm, Args a);        // tee(iterable, n=2, /)

// Arguments of a constructor without keywords. Keywords are the business of a subclass' own __init__.
ASY_CHECKED bool asy_itertools_args(VM *vm, const Type *type, const char *name, Args *a, uint32_t min, uint32_t max);
// What __reduce__ returns, (type(self), args) or (type(self), args, state), after the warning that it will go away.
// Takes `args` and `state` (NIL: none); ERR in either is passed on.
ASY_CHECKED Value asy_itertools_reduce(VM *vm, Value self, Value args, Value state);
ASY_CHECKED bool asy_itertools_warn(VM *vm);
// Borrowed: `state` as a tuple of min to max items; NULL: "state is not a tuple", "function takes exactly ...".
ASY_CHECKED TupleObj *asy_itertools_state(VM *vm, Value state, uint32_t min, uint32_t max);
// An index of a pickled state, an int, drawn into [low, high].
ASY_CHECKED bool asy_itertools_state_index(VM *vm, Value v, int64_t low, int64_t high, size_t *out);
// An array of `n` indices; NULL: MemoryError. Free it with the same n.
ASY_CHECKED size_t *asy_itertools_indices(VM *vm, size_t n);
void asy_itertools_indices_free(VM *vm, size_t *indices, size_t n);
// Indices as a tuple of ints, or ERR.
ASY_CHECKED Value asy_itertools_indices_tuple(VM *vm, const size_t *indices, size_t n);

// The tuple that was given out last, to be changed and given out again: itself if nobody has kept it, else a copy that
// takes its place in *field. Borrowed; NULL: MemoryError, and nothing has changed.
ASY_INLINE TupleObj *asy_itertools_again(VM *vm, TupleObj **field)
{
    TupleObj *t = *field;
    if (ASY_LIKELY(t->head.refs == 1)) return t;
    TupleObj *copy = asy_tuple_from(vm, t->items, t->size);
    if (!copy) return NULL;
    *field = copy;
    asy_release_obj(vm, t);
    return copy;
}
// asy_next of an iterator in a field that script may replace meanwhile.
ASY_INLINE Value asy_itertools_next(VM *vm, Value iterator)
{
    asy_retain(iterator);
    Value item = asy_next(vm, iterator);
    asy_release(vm, iterator);
    return item;
}
ASY_INLINE bool asy_itertools_ended(Value item) { return asy_is_done(item) || asy_is_err(item); }
