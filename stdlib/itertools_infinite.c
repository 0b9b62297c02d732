// itertools without an end of their own: count, cycle, repeat.
#include "stdlib/itertools.h"

// -- count

#define COUNT_FIELDS(V, O, N)                                                                      \
    V(value) /* the next one; NIL: `next` is it, and the step is 1 */                              \
    V(step)                                                                                        \
    N(int64_t, next)
ASY_OBJECT(CountObj, COUNT_FIELDS);
ASY_OBJECT_TRACE(CountObj, COUNT_FIELDS)

static bool is_number(VM *vm, Value v)
{
    const Slots *s = &asy_class_of(vm, v)->slots;
    return s->index || s->to_int || s->to_float || asy_type_is_subtype(asy_class_of(vm, v), vm->types.complex);
}

static bool is_one(VM *vm, Value v)
{
    int64_t i;
    return asy_is_integer(vm, v) && asy_int_as_i64(vm, v, &i) && i == 1;
}

static Value count_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "start", "step" };
    Value v[2];
    if (!asy_new_args(vm, "count", names, 2, 0, 0, a, v)) return ASY_ERR;
    Value start = asy_is_nil(v[0]) ? asy_from_small(0) : v[0], step = asy_is_nil(v[1]) ? asy_from_small(1) : v[1];
    if (!is_number(vm, start) || !is_number(vm, step)) return asy_raise(vm, EXC_TypeError, "a number is required");
    CountObj *c = asy_object_alloc(vm, type);
    if (!c) return ASY_ERR;
    if (!asy_is_integer(vm, start) || !is_one(vm, step) || !asy_int_as_i64(vm, start, &c->next)) {
        c->value = asy_retain(start);
        c->step = asy_retain(step);
    }
    return asy_from_obj(c);
}

static Value count_next(VM *vm, Value self)
{
    CountObj *c = asy_as(CountObj, self);
    if (ASY_LIKELY(asy_is_nil(c->value))) {
        Value v = asy_int_from_i64(vm, c->next);
        if (ASY_UNLIKELY(asy_is_err(v))) return ASY_ERR;
        if (ASY_LIKELY(c->next < INT64_MAX)) {
            c->next++;
            return v;
        }
        Value larger = asy_int_binary(vm, BIN_ADD, v, asy_from_small(1));
        if (asy_is_err(larger)) {
            asy_release(vm, v);
            return ASY_ERR;
        }
        c->value = larger;
        c->step = asy_from_small(1);
        return v;
    }
    Value v = asy_retain(c->value), sum = asy_binary(vm, BIN_ADD, v, c->step);
    if (asy_is_err(sum)) {
        asy_release(vm, v);
        return ASY_ERR;
    }
    asy_set(vm, &c->value, sum);
    return v;
}

static Value count_repr(VM *vm, Value self)
{
    CountObj *c = asy_as(CountObj, self);
    StrObj *name = c->head.type->name;
    if (asy_is_nil(c->value)) return asy_value_or_err(asy_format(vm, "%U(%lld)", name, (long long)c->next));
    Value v = asy_retain(c->value);
    StrObj *s = is_one(vm, c->step) ? asy_format(vm, "%U(%R)", name, v) : asy_format(vm, "%U(%R, %R)", name, v, c->step);
    asy_release(vm, v);
    return asy_value_or_err(s);
}

static Value count_reduce(VM *vm, Args a)
{
    CountObj *c = asy_as(CountObj, a.self);
    if (!asy_is_nil(c->value)) return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, c->value, c->step), ASY_NIL);
    Value next = asy_int_from_i64(vm, c->next);
    Value args = asy_is_err(next) ? ASY_ERR : asy_tuple_pack(vm, 1, next);
    asy_release(vm, next);
    return asy_itertools_reduce(vm, a.self, args, ASY_NIL);
}

static const MethodDef count_methods[] = {
    { "__reduce__", count_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_count_type = {
    .name = "itertools.count",
    .size = sizeof(CountObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "start, start + step, start + 2 * step, ... without an end.",
    .signature = "(start=0, step=1)",
    .trace = CountObj_trace,
    .clear = CountObj_clear,
    .methods = count_methods,
    .slots = { .new = count_new, .repr = count_repr, .iter = asy_iter_self, .next = count_next },
};

// -- cycle

#define CYCLE_FIELDS(V, O, N)                                                                      \
    V(iterator) /* NIL: it has ended, `saved` goes round */                                        \
    O(ListObj, saved) /* pickling shows it to script, so it may change at any time */              \
    N(size_t, index) /* of the next one in `saved` */                                              \
    N(bool, complete) /* `saved` has all items already: what the iterator gives is not added */
ASY_OBJECT(CycleObj, CYCLE_FIELDS);
ASY_OBJECT_TRACE(CycleObj, CYCLE_FIELDS)

static Value cycle_new(VM *vm, Type *type, Args a)
{
    if (!asy_itertools_args(vm, type, "cycle", &a, 1, 1)) return ASY_ERR;
    Value iterator = asy_iter(vm, a.v[0]);
    ListObj *saved = asy_is_err(iterator) ? NULL : asy_list_new(vm, 0);
    CycleObj *c = saved ? asy_object_alloc(vm, type) : NULL;
    if (!c) {
        asy_release(vm, iterator);
        asy_release_obj(vm, saved);
        return ASY_ERR;
    }
    c->iterator = iterator;
    c->saved = saved;
    return asy_from_obj(c);
}

static Value cycle_next(VM *vm, Value self)
{
    CycleObj *c = asy_as(CycleObj, self);
    if (!asy_is_nil(c->iterator)) {
        Value item = asy_itertools_next(vm, c->iterator);
        if (asy_is_err(item)) return ASY_ERR;
        if (!asy_is_done(item)) {
            if (c->complete || asy_list_append(vm, c->saved, item)) return item;
            asy_release(vm, item);
            return ASY_ERR;
        }
        asy_clear(vm, &c->iterator);
    }
    ListObj *saved = c->saved;
    if (saved->size == 0) return ASY_DONE;
    if (c->index >= saved->size) c->index = 0;
    Value item = asy_retain(saved->items[c->index]);
    if (++c->index >= saved->size) c->index = 0;
    return item;
}

static Value cycle_reduce(VM *vm, Args a)
{
    CycleObj *c = asy_as(CycleObj, a.self);
    bool complete = c->complete || asy_is_nil(c->iterator);
    Value iterator = asy_retain(c->iterator);
    if (asy_is_nil(iterator)) {             // a list iterator that stands where the round is
        iterator = asy_iter(vm, asy_from_obj(c->saved));
        if (!asy_is_err(iterator) && c->index != 0) {
            Value done = asy_call_method1(vm, iterator, asy_name(vm, __setstate__), asy_from_small((int64_t)c->index));
            if (asy_is_err(done)) asy_set(vm, &iterator, ASY_ERR);
            asy_release(vm, done);
        }
    }
    if (asy_is_err(iterator)) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 1, iterator), state = ASY_NIL;
    asy_release(vm, iterator);
    if (!asy_is_err(args)) state = asy_tuple_pack(vm, 2, asy_from_obj(c->saved), asy_from_bool(complete));
    return asy_itertools_reduce(vm, a.self, args, state);
}

static Value cycle_setstate(VM *vm, Args a)
{
    CycleObj *c = asy_as(CycleObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = asy_itertools_state(vm, a.v[0], 2, 2);
    if (!state) return ASY_ERR;
    if (!asy_is_list(vm, state->items[0]))
        return asy_raise(vm, EXC_TypeError, "argument 1 must be list, not %T", state->items[0]);
    int64_t complete;
    if (!asy_to_ssize(vm, state->items[1], &complete)) return ASY_ERR;
    if (complete > INT32_MAX) return asy_raise(vm, EXC_OverflowError, "signed integer is greater than maximum");
    if (complete < INT32_MIN) return asy_raise(vm, EXC_OverflowError, "signed integer is less than minimum");
    ListObj *old = c->saved;
    c->saved = asy_retain_obj(asy_as_list(state->items[0]));
    c->complete = complete != 0;
    c->index = 0;
    asy_release_obj(vm, old);
    return ASY_NONE;
}

static const MethodDef cycle_methods[] = {
    { "__reduce__", cycle_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", cycle_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_cycle_type = {
    .name = "itertools.cycle",
    .size = sizeof(CycleObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "The items of an iterable again and again.",
    .signature = "(iterable, /)",
    .trace = CycleObj_trace,
    .clear = CycleObj_clear,
    .methods = cycle_methods,
    .slots = { .new = cycle_new, .iter = asy_iter_self, .next = cycle_next },
};

// -- repeat

#define REPEAT_FIELDS(V, O, N)                                                                     \
    V(object)                                                                                      \
    N(int64_t, left) /* -1: endless */
ASY_OBJECT(RepeatObj, REPEAT_FIELDS);
ASY_OBJECT_TRACE(RepeatObj, REPEAT_FIELDS)

static Value repeat_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "object", "times" };
    Value v[2];
    int64_t times = -1;
    if (!asy_new_args(vm, "repeat", names, 2, 0, 1, a, v)) return ASY_ERR;
    if (!asy_is_nil(v[1])) {
        if (!asy_to_ssize(vm, v[1], &times)) return ASY_ERR;
        if (times < 0) times = 0;
    }
    RepeatObj *r = asy_object_alloc(vm, type);
    if (!r) return ASY_ERR;
    r->object = asy_retain(v[0]);
    r->left = times;
    return asy_from_obj(r);
}

static Value repeat_next(VM *vm, Value self)
{
    RepeatObj *r = asy_as(RepeatObj, self);
    (void)vm;
    if (r->left == 0) return ASY_DONE;
    if (r->left > 0) r->left--;
    return asy_retain(r->object);
}

static Value repeat_repr(VM *vm, Value self)
{
    RepeatObj *r = asy_as(RepeatObj, self);
    StrObj *name = r->head.type->name;
    return asy_value_or_err(r->left < 0 ? asy_format(vm, "%U(%R)", name, r->object)
                                        : asy_format(vm, "%U(%R, %lld)", name, r->object, (long long)r->left));
}

static Value repeat_length_hint(VM *vm, Args a)
{
    int64_t left = asy_as(RepeatObj, a.self)->left;
    if (left < 0) return asy_raise(vm, EXC_TypeError, "len() of unsized object");
    return asy_int_from_i64(vm, left);
}

static Value repeat_reduce(VM *vm, Args a)
{
    RepeatObj *r = asy_as(RepeatObj, a.self);
    if (r->left < 0) return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 1, r->object), ASY_NIL);
    Value left = asy_int_from_i64(vm, r->left);
    Value args = asy_is_err(left) ? ASY_ERR : asy_tuple_pack(vm, 2, r->object, left);
    asy_release(vm, left);
    return asy_itertools_reduce(vm, a.self, args, ASY_NIL);
}

static const MethodDef repeat_methods[] = {
    { "__length_hint__", repeat_length_hint, "()", 0, "How many are left; TypeError if endless." },
    { "__reduce__", repeat_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_repeat_type = {
    .name = "itertools.repeat",
    .size = sizeof(RepeatObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "repeat(object [,times]): the same object, `times` times or without an end.",
    .trace = RepeatObj_trace,
    .clear = RepeatObj_clear,
    .methods = repeat_methods,
    .slots = { .new = repeat_new, .repr = repeat_repr, .iter = asy_iter_self, .next = repeat_next },
};
