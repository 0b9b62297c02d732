// Walking any iterable from C, without an iterator where none is needed.
//
// A list or tuple (exactly those: a subclass may iterate as it likes) is read by index, as its iterator would: a list that
// script changes meanwhile is seen as it then is. Everything else is asked for its iterator. A walk owns what it walks.
#pragma once
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/iter.h"

typedef struct Walk {
    Value over;                 // owned: an exact list or tuple, or an iterator
    size_t at;                  // next index
    enum { WALK_LIST, WALK_TUPLE, WALK_ITERATOR } kind;
} Walk;

// False: raised, and nothing to end. Runs script (__iter__).
ASY_CHECKED bool asy_walk_begin(VM *vm, Walk *w, Value iterable);
ASY_INLINE void asy_walk_end(VM *vm, Walk *w) { asy_release(vm, w->over); }

// What asy_next does, without a call for the iterators that C meets most. `it` has a slot next.
ASY_INLINE Value asy_next_of(VM *vm, Value it)
{
    const Type *type = asy_as_obj(it)->type;
    if (type == vm->types.list_iterator) {
        ListIterObj *l = asy_as(ListIterObj, it);
        if (ASY_LIKELY(l->list && l->index < l->list->size)) return asy_retain(l->list->items[l->index++]);
    } else if (type == vm->types.range_iterator) {
        RangeIterObj *r = asy_as(RangeIterObj, it);
        if (r->left <= 0) return ASY_DONE;
        int64_t i = r->next;
        r->left--;
        r->next += r->step;
        return asy_from_small(i);
    }
    return asy_next(vm, it);
}

// The next item, a new reference; DONE; ERR.
ASY_INLINE Value asy_walk_next(VM *vm, Walk *w)
{
    if (w->kind == WALK_LIST) {
        const ListObj *list = asy_as_list(w->over);
        return w->at < list->size ? asy_retain(list->items[w->at++]) : ASY_DONE;
    }
    if (w->kind == WALK_TUPLE) {
        const TupleObj *tuple = asy_as_tuple(w->over);
        return w->at < tuple->size ? asy_retain(tuple->items[w->at++]) : ASY_DONE;
    }
    return asy_next(vm, w->over);
}

// The items that lie ready from the next one on, borrowed and good until script runs; 0: ask asy_walk_next.
// Who has used some of them says how many by adding to `at`.
ASY_INLINE size_t asy_walk_span(const Walk *w, const Value **items)
{
    size_t size = 0;
    *items = NULL;
    if (w->kind == WALK_LIST) {
        *items = asy_as_list(w->over)->items;
        size = asy_as_list(w->over)->size;
    } else if (w->kind == WALK_TUPLE) {
        *items = asy_as_tuple(w->over)->items;
        size = asy_as_tuple(w->over)->size;
    }
    if (w->at >= size) return 0;
    *items += w->at;
    return size - w->at;
}

// A tuple of n items for an iterator to give out, which it keeps in *kept: the last one, if nobody else has it any
// more, else a new one. Its items are NIL or those of the last time, to be replaced with asy_set. New reference (so
// that script running meanwhile finds it taken); NULL: MemoryError.
ASY_CHECKED TupleObj *asy_tuple_again(VM *vm, TupleObj **kept, size_t n);
