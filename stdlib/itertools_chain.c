// itertools that join items: chain, starmap, accumulate, pairwise, batched, zip_longest.
#include "stdlib/itertools.h"

// -- chain

#define CHAIN_FIELDS(V, O, N)                                                                      \
    V(source) /* of the iterables; NIL: exhausted */                                               \
    V(active) /* iterator of the one at hand, or NIL */
ASY_OBJECT(ChainObj, CHAIN_FIELDS);
ASY_OBJECT_TRACE(ChainObj, CHAIN_FIELDS)

static Value chain_over(VM *vm, Type *type, Value iterables)
{
    Value source = asy_iter(vm, iterables);
    ChainObj *c = asy_is_err(source) ? NULL : asy_object_alloc(vm, type);
    if (c) c->source = source;
    else asy_release(vm, source);
    return asy_value_or_err(c);
}

static Value chain_new(VM *vm, Type *type, Args a)
{
    if (!asy_itertools_args(vm, type, "chain", &a, 0, UINT32_MAX)) return ASY_ERR;
    TupleObj *iterables = asy_tuple_from(vm, a.v, a.n);
    if (!iterables) return ASY_ERR;
    Value c = chain_over(vm, type, asy_from_obj(iterables));
    asy_release_obj(vm, iterables);
    return c;
}

static Value chain_from_iterable(VM *vm, Args a) { return chain_over(vm, asy_as(Type, a.self), a.v[0]); }

static Value chain_next(VM *vm, Value self)
{
    ChainObj *c = asy_as(ChainObj, self);
    for (;;) {
        if (ASY_LIKELY(!asy_is_nil(c->active))) {
            Value active = c->active, item = asy_itertools_next(vm, active);
            if (!asy_is_done(item)) return item;
            if (asy_same(c->active, active)) asy_clear(vm, &c->active);
        }
        if (asy_is_nil(c->source)) return ASY_DONE;
        Value iterable = asy_itertools_next(vm, c->source);
        Value active = asy_itertools_ended(iterable) ? iterable : asy_iter(vm, iterable);
        asy_release(vm, iterable);
        if (asy_itertools_ended(active)) {
            asy_clear(vm, &c->source);
            return active;
        }
        asy_set(vm, &c->active, active);
        if (!asy_check_pending(vm)) return ASY_ERR;
    }
}

static Value chain_reduce(VM *vm, Args a)
{
    ChainObj *c = asy_as(ChainObj, a.self);
    Value state = ASY_NIL;
    if (!asy_is_nil(c->source))
        state = asy_is_nil(c->active) ? asy_tuple_pack(vm, 1, c->source) : asy_tuple_pack(vm, 2, c->source, c->active);
    return asy_itertools_reduce(vm, a.self, asy_retain(vm->empty_tuple), state);
}

static Value chain_setstate(VM *vm, Args a)
{
    ChainObj *c = asy_as(ChainObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = asy_itertools_state(vm, a.v[0], 1, 2);
    if (!state) return ASY_ERR;
    for (size_t i = 0; i < state->size; i++)
        if (!asy_type_of(vm, state->items[i])->slots.next)
            return asy_raise(vm, EXC_TypeError, "Arguments must be iterators.");
    asy_set(vm, &c->source, asy_retain(state->items[0]));
    asy_set(vm, &c->active, state->size == 2 ? asy_retain(state->items[1]) : ASY_NIL);
    return ASY_NONE;
}

static const MethodDef chain_methods[] = {
    { "from_iterable", chain_from_iterable, "(iterable, /)", NATIVE_CLASS,
      "chain(*iterable), but asking the iterable for the next only when the one before has ended." },
    { "__reduce__", chain_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", chain_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_itertools_chain_type = {
    .name = "itertools.chain",
    .size = sizeof(ChainObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "chain(*iterables): the items of the first, then those of the second, and so on.",
    .trace = ChainObj_trace,
    .clear = ChainObj_clear,
    .methods = chain_methods,
    .slots = { .new = chain_new, .iter = asy_iter_self, .next = chain_next },
};

// -- starmap

#define STARMAP_FIELDS(V, O, N)                                                                    \
    V(func)                                                                                        \
    V(iterator)
ASY_OBJECT(StarmapObj, STARMAP_FIELDS);
ASY_OBJECT_TRACE(StarmapObj, STARMAP_FIELDS)

static Value starmap_new(VM *vm, Type *type, Args a)
{
    if (!asy_itertools_args(vm, type, "starmap", &a, 2, 2)) return ASY_ERR;
    Value iterator = asy_iter(vm, a.v[1]);
    StarmapObj *s = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!s) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    s->func = asy_retain(a.v[0]);
    s->iterator = iterator;
    return asy_from_obj(s);
}

static Value starmap_next(VM *vm, Value self)
{
    StarmapObj *s = asy_as(StarmapObj, self);
    Value args = asy_next_of(vm, s->iterator);
    if (asy_itertools_ended(args)) return args;
    if (!asy_is_tuple(vm, args)) {
        TupleObj *t = asy_to_tuple(vm, args);
        asy_release(vm, args);
        if (!t) return ASY_ERR;
        args = asy_from_obj(t);
    }
    TupleObj *t = asy_as_tuple(args);
    Value out = asy_call(vm, s->func, t->items, (uint32_t)t->size, ASY_NIL);
    asy_release(vm, args);
    return out;
}

static Value starmap_reduce(VM *vm, Args a)
{
    StarmapObj *s = asy_as(StarmapObj, a.self);
    return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, s->func, s->iterator), ASY_NIL);
}

static const MethodDef starmap_methods[] = {
    { "__reduce__", starmap_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_starmap_type = {
    .name = "itertools.starmap",
    .size = sizeof(StarmapObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "function(*item) for each item.",
    .signature = "(function, iterable, /)",
    .trace = StarmapObj_trace,
    .clear = StarmapObj_clear,
    .methods = starmap_methods,
    .slots = { .new = starmap_new, .iter = asy_iter_self, .next = starmap_next },
};

// -- accumulate

#define ACCUMULATE_FIELDS(V, O, N)                                                                 \
    V(iterator)                                                                                    \
    V(func) /* NIL: addition */                                                                    \
    V(total) /* NIL: nothing yet */                                                                \
    V(initial) /* to be given out first; NIL: none, or done */
ASY_OBJECT(AccumulateObj, ACCUMULATE_FIELDS);
ASY_OBJECT_TRACE(AccumulateObj, ACCUMULATE_FIELDS)

static Value accumulate_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "iterable", "func", "initial" };
    Value v[3];
    if (a.n == 3 && asy_is_nil(a.kwnames))
        return asy_raise(vm, EXC_TypeError, "accumulate() takes at most 2 positional arguments (3 given)");
    if (!asy_new_args(vm, "accumulate", names, 3, 0, 1, a, v)) return ASY_ERR;
    Value iterator = asy_iter(vm, v[0]);
    AccumulateObj *s = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!s) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    s->iterator = iterator;
    if (!asy_absent(v[1])) s->func = asy_retain(v[1]);
    if (!asy_absent(v[2])) s->initial = asy_retain(v[2]);
    return asy_from_obj(s);
}

static Value accumulate_next(VM *vm, Value self)
{
    AccumulateObj *s = asy_as(AccumulateObj, self);
    if (ASY_UNLIKELY(!asy_is_nil(s->initial))) {
        Value first = s->initial;
        s->initial = ASY_NIL;
        asy_set(vm, &s->total, asy_retain(first));
        return first;
    }
    Value item = asy_next_of(vm, s->iterator);
    if (asy_itertools_ended(item)) return item;
    Value total = asy_retain(s->total);
    if (!asy_is_nil(total)) {
        Value sum = asy_is_nil(s->func) ? asy_binary(vm, BIN_ADD, total, item) : asy_call2(vm, s->func, total, item);
        asy_release(vm, total);
        asy_release(vm, item);
        if (asy_is_err(sum)) return ASY_ERR;
        item = sum;
    }
    asy_set(vm, &s->total, asy_retain(item));
    return item;
}

// A value is put in front of what is to come by chaining it.
static Value accumulate_chained(VM *vm, AccumulateObj *s, Value first)
{
    Type *chain = asy_type_ready(vm, &asy_itertools_chain_type);
    Value one = chain ? asy_tuple_pack(vm, 1, first) : ASY_ERR, out = ASY_ERR;
    if (!asy_is_err(one)) out = asy_call2(vm, asy_from_obj(chain), one, s->iterator);
    asy_release(vm, one);
    return out;
}

static Value accumulate_reduce(VM *vm, Args a)
{
    AccumulateObj *s = asy_as(AccumulateObj, a.self);
    Value func = asy_is_nil(s->func) ? ASY_NONE : s->func;
    if (!asy_is_nil(s->initial)) {
        Value iterator = accumulate_chained(vm, s, s->initial), args = ASY_ERR;
        if (!asy_is_err(iterator)) args = asy_tuple_pack(vm, 2, iterator, func);
        asy_release(vm, iterator);
        return asy_itertools_reduce(vm, a.self, args, ASY_NONE);
    }
    if (!asy_is_none(s->total)) {
        return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, s->iterator, func),
                                    asy_is_nil(s->total) ? ASY_NONE : asy_retain(s->total));
    }
    // As a state, None would be no total: accumulate a None that is then cut off.
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    Value iterator = accumulate_chained(vm, s, ASY_NONE), again = ASY_ERR, args = ASY_ERR, out = ASY_ERR;
    Type *islice = asy_type_ready(vm, &asy_itertools_islice_type);
    if (islice && !asy_is_err(iterator)) again = asy_call2(vm, asy_from_obj(s->head.type), iterator, func);
    if (!asy_is_err(again)) args = asy_tuple_pack(vm, 3, again, asy_from_small(1), ASY_NONE);
    if (!asy_is_err(args)) out = asy_tuple_pack(vm, 2, asy_from_obj(islice), args);
    asy_release(vm, iterator);
    asy_release(vm, again);
    asy_release(vm, args);
    return out;
}

static Value accumulate_setstate(VM *vm, Args a)
{
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    asy_set(vm, &asy_as(AccumulateObj, a.self)->total, asy_retain(a.v[0]));
    return ASY_NONE;
}

static const MethodDef accumulate_methods[] = {
    { "__reduce__", accumulate_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", accumulate_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_accumulate_type = {
    .name = "itertools.accumulate",
    .size = sizeof(AccumulateObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "Running totals: the first item, then func(total, item) with each further one.",
    .signature = "(iterable, func=None, *, initial=None)",
    .trace = AccumulateObj_trace,
    .clear = AccumulateObj_clear,
    .methods = accumulate_methods,
    .slots = { .new = accumulate_new, .iter = asy_iter_self, .next = accumulate_next },
};

// -- pairwise

#define PAIRWISE_FIELDS(V, O, N)                                                                   \
    V(iterator) /* NIL: exhausted */                                                               \
    V(old) /* second of the pair given out last; NIL: not begun */
ASY_OBJECT(PairwiseObj, PAIRWISE_FIELDS);
ASY_OBJECT_TRACE(PairwiseObj, PAIRWISE_FIELDS)

static Value pairwise_new(VM *vm, Type *type, Args a)
{
    if (!asy_itertools_args(vm, type, "pairwise", &a, 1, 1)) return ASY_ERR;
    Value iterator = asy_iter(vm, a.v[0]);
    PairwiseObj *p = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (p) p->iterator = iterator;
    else asy_release(vm, iterator);
    return asy_value_or_err(p);
}

static Value pairwise_next(VM *vm, Value self)
{
    PairwiseObj *p = asy_as(PairwiseObj, self);
    if (asy_is_nil(p->iterator)) return ASY_DONE;
    if (ASY_UNLIKELY(asy_is_nil(p->old))) {
        Value first = asy_itertools_next(vm, p->iterator);
        if (asy_itertools_ended(first)) {
            asy_clear(vm, &p->iterator);
            return first;
        }
        asy_set(vm, &p->old, first);
        if (asy_is_nil(p->iterator)) {          // a nested call has ended it
            asy_clear(vm, &p->old);
            return ASY_DONE;
        }
    }
    Value old = asy_retain(p->old), item = asy_itertools_next(vm, p->iterator);
    if (asy_itertools_ended(item)) {
        asy_clear(vm, &p->iterator);
        asy_clear(vm, &p->old);
        asy_release(vm, old);
        return item;
    }
    Value pair = asy_tuple_pack(vm, 2, old, item);
    asy_release(vm, old);
    asy_set(vm, &p->old, item);
    return pair;
}

const TypeDef asy_itertools_pairwise_type = {
    .name = "itertools.pairwise",
    .size = sizeof(PairwiseObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "Each item with its follower: s -> (s0, s1), (s1, s2), (s2, s3), ...",
    .signature = "(iterable, /)",
    .trace = PairwiseObj_trace,
    .clear = PairwiseObj_clear,
    .slots = { .new = pairwise_new, .iter = asy_iter_self, .next = pairwise_next },
};

// -- batched

#define BATCHED_FIELDS(V, O, N)                                                                    \
    V(iterator) /* NIL: exhausted */                                                               \
    N(size_t, size)
ASY_OBJECT(BatchedObj, BATCHED_FIELDS);
ASY_OBJECT_TRACE(BatchedObj, BATCHED_FIELDS)

static Value batched_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "iterable", "n" };
    Value v[2];
    int64_t n;
    if (!asy_new_args(vm, "batched", names, 2, 0, 2, a, v) || !asy_to_ssize(vm, v[1], &n)) return ASY_ERR;
    if (n < 1) return asy_raise(vm, EXC_ValueError, "n must be at least one");
    Value iterator = asy_iter(vm, v[0]);
    BatchedObj *b = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!b) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    b->iterator = iterator;
    b->size = (size_t)n;
    return asy_from_obj(b);
}

static Value batched_next(VM *vm, Value self)
{
    BatchedObj *b = asy_as(BatchedObj, self);
    Value iterator = asy_retain(b->iterator), item = ASY_NIL;
    if (asy_is_nil(iterator)) return ASY_DONE;
    TupleObj *batch = asy_tuple_alloc(vm, b->size);
    size_t n = 0;
    if (batch) {
        for (; n < b->size; n++) {
            item = asy_next_of(vm, iterator);
            if (asy_itertools_ended(item)) break;
            batch->items[n] = item;
        }
    }
    asy_release(vm, iterator);
    if (!batch) return ASY_ERR;
    if (n == b->size) return asy_from_obj(batch);
    TupleObj *shorter = NULL;
    if (asy_is_err(item) || n == 0) asy_clear(vm, &b->iterator);
    else if ((shorter = asy_tuple_from(vm, batch->items, n)) == NULL) item = ASY_ERR;
    asy_release_obj(vm, batch);
    return shorter ? asy_from_obj(shorter) : item;
}

const TypeDef asy_itertools_batched_type = {
    .name = "itertools.batched",
    .size = sizeof(BatchedObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "Tuples of n items each; the last may have fewer.",
    .signature = "(iterable, n)",
    .trace = BatchedObj_trace,
    .clear = BatchedObj_clear,
    .slots = { .new = batched_new, .iter = asy_iter_self, .next = batched_next },
};

// -- zip_longest

#define ZIP_LONGEST_FIELDS(V, O, N)                                                                \
    O(TupleObj, iterators) /* NIL where one has ended */                                           \
    O(TupleObj, row) /* given out last */                                                          \
    V(fill)                                                                                        \
    N(size_t, active)
ASY_OBJECT(ZipLongestObj, ZIP_LONGEST_FIELDS);
ASY_OBJECT_TRACE(ZipLongestObj, ZIP_LONGEST_FIELDS)

static Value zip_longest_new(VM *vm, Type *type, Args a)
{
    Value fill = ASY_NONE;
    size_t keywords = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t k = 0; k < keywords; k++) {
        if (!asy_str_is(asy_as_str(asy_as_tuple(a.kwnames)->items[k]), "fillvalue"))
            return asy_raise(vm, EXC_TypeError, "zip_longest() got an unexpected keyword argument");
        fill = a.v[a.n + k];
    }
    ZipLongestObj *z = asy_object_alloc(vm, type);
    if (!z) return ASY_ERR;
    z->fill = asy_retain(fill);
    z->active = a.n;
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

static Value zip_longest_next(VM *vm, Value self)
{
    ZipLongestObj *z = asy_as(ZipLongestObj, self);
    TupleObj *iterators = z->iterators;
    if (z->active == 0) return ASY_DONE;
    TupleObj *row = asy_tuple_again(vm, &z->row, iterators->size);
    if (!row) return ASY_ERR;
    for (size_t i = 0; i < iterators->size; i++) {
        Value it = iterators->items[i], item = ASY_NIL;
        if (!asy_is_nil(it)) {
            item = asy_itertools_next(vm, it);
            if (asy_itertools_ended(item)) {
                // A nested call may have found the same end.
                if (asy_same(iterators->items[i], it) && z->active > 0) z->active--;
                if (z->active == 0 || asy_is_err(item)) {
                    z->active = 0;
                    asy_release_obj(vm, row);
                    return item;
                }
                asy_clear(vm, &iterators->items[i]);
                item = ASY_NIL;
            }
        }
        asy_set(vm, &row->items[i], asy_is_nil(item) ? asy_retain(z->fill) : item);
    }
    return asy_from_obj(row);
}

static Value zip_longest_reduce(VM *vm, Args a)
{
    ZipLongestObj *z = asy_as(ZipLongestObj, a.self);
    TupleObj *args = asy_tuple_alloc(vm, z->iterators->size);
    if (!args) return ASY_ERR;
    for (size_t i = 0; i < args->size; i++) {
        Value it = z->iterators->items[i];
        args->items[i] = asy_retain(asy_is_nil(it) ? vm->empty_tuple : it);
    }
    return asy_itertools_reduce(vm, a.self, asy_from_obj(args), asy_retain(z->fill));
}

static Value zip_longest_setstate(VM *vm, Args a)
{
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    asy_set(vm, &asy_as(ZipLongestObj, a.self)->fill, asy_retain(a.v[0]));
    return ASY_NONE;
}

static const MethodDef zip_longest_methods[] = {
    { "__reduce__", zip_longest_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", zip_longest_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_zip_longest_type = {
    .name = "itertools.zip_longest",
    .size = sizeof(ZipLongestObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "zip_longest(*iterables, fillvalue=None): as zip, until the longest ends; `fillvalue` stands for\n"
           "the items of those that have ended.",
    .trace = ZipLongestObj_trace,
    .clear = ZipLongestObj_clear,
    .methods = zip_longest_methods,
    .slots = { .new = zip_longest_new, .iter = asy_iter_self, .next = zip_longest_next },
};
