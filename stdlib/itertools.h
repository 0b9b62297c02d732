// What the files of itertools share: the types, arguments, pickled states, and tuples that are given out again.
//
// Script runs in nearly every `next` (the iterators asked, functions, comparisons) and may call `next` of the same
// object meanwhile. A field that such a call can replace or empty is retained while it is used and read anew after;
// fields that only `new` sets need no such care, for the caller holds the object.
#pragma once
#include "stdlib/lib.h"
#include "vm/objects/generic.h"
#include "vm/objects/new_args.h"
#include "vm/objects/walk.h"

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

// Rows of items that live in a pool, given out again: `last` is the row given out last, `spare` the one before it, which
// a loop has usually let go of by then. NULL: not there yet.
typedef struct Rows {
    TupleObj *last, *spare;
} Rows;
// The last row, to be changed and given out again: itself if nobody has kept it, else its items in the spare one or in a
// new one. Borrowed; NULL: MemoryError, and nothing has changed.
ASY_INLINE TupleObj *asy_itertools_again(VM *vm, Rows *rows)
{
    TupleObj *last = rows->last, *spare = rows->spare;
    if (ASY_LIKELY(last->head.refs == 1)) return last;
    if (spare && spare->head.refs == 1) {
        for (size_t i = 0; i < last->size; i++) asy_set(vm, &spare->items[i], asy_retain(last->items[i]));
        *rows = (Rows){ spare, last };
        return spare;
    }
    TupleObj *copy = asy_tuple_from(vm, last->items, last->size);
    if (!copy) return NULL;
    *rows = (Rows){ copy, last };
    asy_release_obj(vm, spare);
    return copy;
}
ASY_INLINE void asy_itertools_rows_trace(Tracer *t, const Rows *rows)
{
    asy_trace_header(t, (ObjHeader *)(void *)rows->last);
    asy_trace_header(t, (ObjHeader *)(void *)rows->spare);
}
ASY_INLINE void asy_itertools_rows_clear(VM *vm, Rows *rows)
{
    Rows old = *rows;
    *rows = (Rows){ NULL, NULL };
    asy_release_obj(vm, old.last);
    asy_release_obj(vm, old.spare);
}
// asy_next_of an iterator in a field that script may replace meanwhile.
ASY_INLINE Value asy_itertools_next(VM *vm, Value iterator)
{
    asy_retain(iterator);
    Value item = asy_next_of(vm, iterator);
    asy_release(vm, iterator);
    return item;
}
ASY_INLINE bool asy_itertools_ended(Value item) { return asy_is_done(item) || asy_is_err(item); }
