// itertools that leave items out: compress, dropwhile, takewhile, filterfalse, islice.
#include "stdlib/itertools.h"

// -- compress

#define COMPRESS_FIELDS(V, O, N)                                                                   \
    V(data)                                                                                        \
    V(selectors)
ASY_OBJECT(CompressObj, COMPRESS_FIELDS);
ASY_OBJECT_TRACE(CompressObj, COMPRESS_FIELDS)

static Value compress_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "data", "selectors" };
    Value v[2];
    if (!asy_new_args(vm, "compress", names, 2, 0, 2, a, v)) return ASY_ERR;
    Value data = asy_iter(vm, v[0]);
    if (asy_is_err(data)) return ASY_ERR;
    Value selectors = asy_iter(vm, v[1]);
    CompressObj *c = asy_is_err(selectors) ? NULL : asy_object_alloc(vm, type);
    if (!c) {
        asy_release(vm, data);
        asy_release(vm, selectors);
        return ASY_ERR;
    }
    c->data = data;
    c->selectors = selectors;
    return asy_from_obj(c);
}

static Value compress_next(VM *vm, Value self)
{
    CompressObj *c = asy_as(CompressObj, self);
    for (;;) {
        Value item = asy_next_of(vm, c->data);
        if (asy_itertools_ended(item)) return item;
        Value selector = asy_next_of(vm, c->selectors);
        if (asy_itertools_ended(selector)) {
            asy_release(vm, item);
            return selector;
        }
        int chosen = asy_truth(vm, selector);
        asy_release(vm, selector);
        if (chosen > 0) return item;
        asy_release(vm, item);
        if (chosen < 0 || !asy_check_pending(vm)) return ASY_ERR;
    }
}

static Value compress_reduce(VM *vm, Args a)
{
    CompressObj *c = asy_as(CompressObj, a.self);
    return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, c->data, c->selectors), ASY_NIL);
}

static const MethodDef compress_methods[] = {
    { "__reduce__", compress_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_compress_type = {
    .name = "itertools.compress",
    .size = sizeof(CompressObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "The items of `data` whose place in `selectors` is true, until the shorter of the two ends.",
    .signature = "(data, selectors)",
    .trace = CompressObj_trace,
    .clear = CompressObj_clear,
    .methods = compress_methods,
    .slots = { .new = compress_new, .iter = asy_iter_self, .next = compress_next },
};

// -- a predicate and an iterator: dropwhile, takewhile, filterfalse

#define PREDICATE_FIELDS(V, O, N)                                                                  \
    V(func)                                                                                        \
    V(iterator)                                                                                    \
    N(bool, passed) /* dropwhile: begun giving out; takewhile: ended */
ASY_OBJECT(PredicateObj, PREDICATE_FIELDS);
ASY_OBJECT_TRACE(PredicateObj, PREDICATE_FIELDS)

static Value predicate_new(VM *vm, Type *type, const char *name, Args a)
{
    if (!asy_itertools_args(vm, type, name, &a, 2, 2)) return ASY_ERR;
    Value iterator = asy_iter(vm, a.v[1]);
    PredicateObj *p = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!p) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    p->func = asy_retain(a.v[0]);
    p->iterator = iterator;
    return asy_from_obj(p);
}

static Value dropwhile_new(VM *vm, Type *type, Args a) { return predicate_new(vm, type, "dropwhile", a); }
static Value takewhile_new(VM *vm, Type *type, Args a) { return predicate_new(vm, type, "takewhile", a); }
static Value filterfalse_new(VM *vm, Type *type, Args a) { return predicate_new(vm, type, "filterfalse", a); }

// The truth of func(item): 1, 0, -1.
static int predicate_ask(VM *vm, const PredicateObj *p, Value item)
{
    Value verdict = asy_call1(vm, p->func, item);
    if (asy_is_err(verdict)) return -1;
    int truth = asy_truth(vm, verdict);
    asy_release(vm, verdict);
    return truth;
}

static Value dropwhile_next(VM *vm, Value self)
{
    PredicateObj *p = asy_as(PredicateObj, self);
    for (;;) {
        Value item = asy_next_of(vm, p->iterator);
        if (p->passed || asy_itertools_ended(item)) return item;
        int drop = predicate_ask(vm, p, item);
        if (drop == 0) {
            p->passed = true;
            return item;
        }
        asy_release(vm, item);
        if (drop < 0 || !asy_check_pending(vm)) return ASY_ERR;
    }
}

static Value takewhile_next(VM *vm, Value self)
{
    PredicateObj *p = asy_as(PredicateObj, self);
    if (p->passed) return ASY_DONE;
    Value item = asy_next_of(vm, p->iterator);
    if (asy_itertools_ended(item)) return item;
    int take = predicate_ask(vm, p, item);
    if (take > 0) return item;
    asy_release(vm, item);
    if (take < 0) return ASY_ERR;
    p->passed = true;
    return ASY_DONE;
}

static Value filterfalse_next(VM *vm, Value self)
{
    PredicateObj *p = asy_as(PredicateObj, self);
    bool plain = asy_is_none(p->func) || asy_same(p->func, asy_from_obj(vm->types.bool_));
    for (;;) {
        Value item = asy_next_of(vm, p->iterator);
        if (asy_itertools_ended(item)) return item;
        int drop = plain ? asy_truth(vm, item) : predicate_ask(vm, p, item);
        if (drop == 0) return item;
        asy_release(vm, item);
        if (drop < 0 || !asy_check_pending(vm)) return ASY_ERR;
    }
}

static Value filterfalse_reduce(VM *vm, Args a)
{
    PredicateObj *p = asy_as(PredicateObj, a.self);
    return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, p->func, p->iterator), ASY_NIL);
}

static Value while_reduce(VM *vm, Args a)
{
    PredicateObj *p = asy_as(PredicateObj, a.self);
    return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, p->func, p->iterator), asy_from_small(p->passed));
}

static Value while_setstate(VM *vm, Args a)
{
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    int passed = asy_truth(vm, a.v[0]);
    if (passed < 0) return ASY_ERR;
    asy_as(PredicateObj, a.self)->passed = passed;
    return ASY_NONE;
}

static const MethodDef while_methods[] = {
    { "__reduce__", while_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", while_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};
static const MethodDef filterfalse_methods[] = {
    { "__reduce__", filterfalse_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_dropwhile_type = {
    .name = "itertools.dropwhile",
    .size = sizeof(PredicateObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "All items from the first one on for which the predicate is false.",
    .signature = "(predicate, iterable, /)",
    .trace = PredicateObj_trace,
    .clear = PredicateObj_clear,
    .methods = while_methods,
    .slots = { .new = dropwhile_new, .iter = asy_iter_self, .next = dropwhile_next },
};

const TypeDef asy_itertools_takewhile_type = {
    .name = "itertools.takewhile",
    .size = sizeof(PredicateObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "The items up to the first one for which the predicate is false.",
    .signature = "(predicate, iterable, /)",
    .trace = PredicateObj_trace,
    .clear = PredicateObj_clear,
    .methods = while_methods,
    .slots = { .new = takewhile_new, .iter = asy_iter_self, .next = takewhile_next },
};

const TypeDef asy_itertools_filterfalse_type = {
    .name = "itertools.filterfalse",
    .size = sizeof(PredicateObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "The items for which function(item) is false; with None, the items that are false.",
    .signature = "(function, iterable, /)",
    .trace = PredicateObj_trace,
    .clear = PredicateObj_clear,
    .methods = filterfalse_methods,
    .slots = { .new = filterfalse_new, .iter = asy_iter_self, .next = filterfalse_next },
};

// -- islice

#define ISLICE_FIELDS(V, O, N)                                                                     \
    V(iterator) /* NIL: exhausted */                                                               \
    N(int64_t, next) /* index of the next item to give out */                                      \
    N(int64_t, stop) /* -1: none */                                                                \
    N(int64_t, step)                                                                               \
    N(int64_t, taken) /* items that the iterator has given */
ASY_OBJECT(IsliceObj, ISLICE_FIELDS);
ASY_OBJECT_TRACE(IsliceObj, ISLICE_FIELDS)

// A bound that is not None. What is no integer of a machine word gives -1, which the caller refuses as it does -1.
static int64_t islice_bound(VM *vm, Value v)
{
    int64_t i;
    if (asy_to_i64(vm, v, &i)) return i;
    asy_error_clear(vm);
    return -1;
}

static Value islice_new(VM *vm, Type *type, Args a)
{
    if (!asy_itertools_args(vm, type, "islice", &a, 2, 4)) return ASY_ERR;
    int64_t start = 0, stop = -1, step = 1;
    Value end = a.n == 2 ? a.v[1] : a.v[2];
    if (a.n > 2 && !asy_is_none(a.v[1])) start = islice_bound(vm, a.v[1]);
    if (!asy_is_none(end) && (stop = islice_bound(vm, end)) == -1) {
        return asy_raise(vm, EXC_ValueError,
                         "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    }
    if (start < 0 || stop < -1) {
        return asy_raise(vm, EXC_ValueError, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
    }
    if (a.n > 3 && !asy_is_none(a.v[3])) step = islice_bound(vm, a.v[3]);
    if (step < 1) return asy_raise(vm, EXC_ValueError, "Step for islice() must be a positive integer or None.");
    Value iterator = asy_iter(vm, a.v[0]);
    IsliceObj *s = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!s) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    s->iterator = iterator;
    s->next = start;
    s->stop = stop;
    s->step = step;
    return asy_from_obj(s);
}

static Value islice_next(VM *vm, Value self)
{
    IsliceObj *s = asy_as(IsliceObj, self);
    Value iterator = asy_retain(s->iterator), item = ASY_DONE;
    if (asy_is_nil(iterator)) return ASY_DONE;
    while (s->taken < s->next) {
        item = asy_next_of(vm, iterator);
        if (asy_itertools_ended(item)) goto ended;
        asy_release(vm, item);
        s->taken++;
        item = asy_check_pending(vm) ? ASY_DONE : ASY_ERR;
        if (asy_is_err(item)) goto ended;
    }
    if (s->stop != -1 && s->taken >= s->stop) goto ended;
    item = asy_next_of(vm, iterator);
    if (asy_itertools_ended(item)) goto ended;
    s->taken++;
    if (s->next > INT64_MAX - s->step || (s->stop != -1 && s->next + s->step > s->stop))
        s->next = s->stop == -1 ? INT64_MAX : s->stop;
    else
        s->next += s->step;
    asy_release(vm, iterator);
    return item;
ended:
    asy_clear(vm, &s->iterator);
    asy_release(vm, iterator);
    return item;
}

static Value number_or_none(VM *vm, int64_t i) { return i == -1 ? ASY_NONE : asy_int_from_i64(vm, i); }

static Value islice_reduce(VM *vm, Args a)
{
    IsliceObj *s = asy_as(IsliceObj, a.self);
    Value args = ASY_ERR, taken = asy_from_small(0);
    if (asy_is_nil(s->iterator)) {
        ListObj *none = asy_list_new(vm, 0);
        Value iterator = none ? asy_iter(vm, asy_from_obj(none)) : ASY_ERR;
        if (!asy_is_err(iterator)) args = asy_tuple_pack(vm, 2, iterator, taken);
        asy_release(vm, iterator);
        asy_release_obj(vm, none);
    } else {
        Value next = asy_int_from_i64(vm, s->next), stop = number_or_none(vm, s->stop), step = asy_int_from_i64(vm, s->step);
        taken = asy_int_from_i64(vm, s->taken);
        if (!asy_is_err(next) && !asy_is_err(stop) && !asy_is_err(step))
            args = asy_tuple_pack(vm, 4, s->iterator, next, stop, step);
        asy_release(vm, next);
        asy_release(vm, stop);
        asy_release(vm, step);
    }
    return asy_itertools_reduce(vm, a.self, args, taken);
}

static Value islice_setstate(VM *vm, Args a)
{
    IsliceObj *s = asy_as(IsliceObj, a.self);
    int64_t taken;
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    if (!asy_is_integer(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "an integer is required");
    if (!asy_to_ssize(vm, a.v[0], &taken)) return ASY_ERR;
    s->taken = taken;
    return ASY_NONE;
}

static const MethodDef islice_methods[] = {
    { "__reduce__", islice_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", islice_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_islice_type = {
    .name = "itertools.islice",
    .size = sizeof(IsliceObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "islice(iterable, stop) or islice(iterable, start, stop[, step])\n\n"
           "What a slice of a sequence of these items would have; the items before `start` are skipped.",
    .trace = IsliceObj_trace,
    .clear = IsliceObj_clear,
    .methods = islice_methods,
    .slots = { .new = islice_new, .iter = asy_iter_self, .next = islice_next },
};
