// groupby with the groups it gives out, and tee.
#include "stdlib/itertools.h"
#include "vm/objects/iter.h"

// -- groupby
//
// The group and its groupby share the place: one item read ahead (`item`, with its key), NIL when it has been given out.
// `serial` names the newest group; an older one gives nothing more.

#define GROUPBY_FIELDS(V, O, N)                                                                    \
    V(iterator)                                                                                    \
    V(keyfunc) /* None: the item itself */                                                         \
    V(target) /* key of the newest group; NIL: none yet */                                         \
    V(key) /* of `item`; NIL: read on */                                                           \
    V(item)                                                                                        \
    N(uint64_t, serial)
ASY_OBJECT(GroupbyObj, GROUPBY_FIELDS);
ASY_OBJECT_TRACE(GroupbyObj, GROUPBY_FIELDS)

#define GROUPER_FIELDS(V, O, N)                                                                    \
    O(GroupbyObj, parent)                                                                          \
    V(target)                                                                                      \
    N(uint64_t, serial)
ASY_OBJECT(GrouperObj, GROUPER_FIELDS);
ASY_OBJECT_TRACE(GrouperObj, GROUPER_FIELDS)

static Value groupby_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "iterable", "key" };
    Value v[2];
    if (!asy_new_args(vm, "groupby", names, 2, 0, 1, a, v)) return ASY_ERR;
    Value iterator = asy_iter(vm, v[0]);
    GroupbyObj *g = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!g) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    g->iterator = iterator;
    g->keyfunc = asy_is_nil(v[1]) ? ASY_NONE : asy_retain(v[1]);
    return asy_from_obj(g);
}

// Reads the next item and its key: ASY_NONE, DONE, or ERR.
static Value groupby_step(VM *vm, GroupbyObj *g)
{
    Value item = asy_next_of(vm, g->iterator);
    if (asy_itertools_ended(item)) return item;
    Value key = asy_is_none(g->keyfunc) ? asy_retain(item) : asy_call1(vm, g->keyfunc, item);
    if (asy_is_err(key)) {
        asy_release(vm, item);
        return ASY_ERR;
    }
    asy_set(vm, &g->item, item);
    asy_set(vm, &g->key, key);
    return ASY_NONE;
}

// Whether the item read ahead belongs to `target`: 1, 0, -1.
static int groupby_same(VM *vm, const GroupbyObj *g, Value target)
{
    Value key = asy_retain(g->key);
    asy_retain(target);
    int same = asy_equal(vm, target, key);
    asy_release(vm, target);
    asy_release(vm, key);
    return same;
}

static Value grouper_make(VM *vm, Type *type, GroupbyObj *parent, Value target)
{
    GrouperObj *group = type ? asy_object_alloc(vm, type) : NULL;
    if (!group) return ASY_ERR;
    group->parent = asy_retain_obj(parent);
    group->target = asy_retain(target);
    group->serial = ++parent->serial;
    return asy_from_obj(group);
}

static Value groupby_next(VM *vm, Value self)
{
    GroupbyObj *g = asy_as(GroupbyObj, self);
    g->serial++;
    for (;;) {
        if (!asy_is_nil(g->key)) {
            if (asy_is_nil(g->target)) break;
            int same = groupby_same(vm, g, g->target);
            if (same < 0) return ASY_ERR;
            // A nested call may have given the item out; then another is read.
            if (!same && !asy_is_nil(g->key)) break;
        }
        Value step = groupby_step(vm, g);
        if (!asy_is_none(step)) return step;
        if (!asy_check_pending(vm)) return ASY_ERR;
    }
    asy_set(vm, &g->target, asy_retain(g->key));
    Value group = grouper_make(vm, asy_type_ready(vm, &asy_itertools_grouper_type), g, g->target);
    Value pair = asy_is_err(group) ? ASY_ERR : asy_tuple_pack(vm, 2, g->target, group);
    asy_release(vm, group);
    return pair;
}

static Value groupby_reduce(VM *vm, Args a)
{
    GroupbyObj *g = asy_as(GroupbyObj, a.self);
    bool begun = !asy_is_nil(g->target) && !asy_is_nil(g->key) && !asy_is_nil(g->item);
    Value args = asy_tuple_pack(vm, 2, g->iterator, g->keyfunc), state = ASY_NIL;
    if (begun && !asy_is_err(args)) state = asy_tuple_pack(vm, 3, g->key, g->item, g->target);
    return asy_itertools_reduce(vm, a.self, args, state);
}

static Value groupby_setstate(VM *vm, Args a)
{
    GroupbyObj *g = asy_as(GroupbyObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = asy_itertools_state(vm, a.v[0], 3, 3);
    if (!state) return ASY_ERR;
    asy_set(vm, &g->key, asy_retain(state->items[0]));
    asy_set(vm, &g->item, asy_retain(state->items[1]));
    asy_set(vm, &g->target, asy_retain(state->items[2]));
    return ASY_NONE;
}

static const MethodDef groupby_methods[] = {
    { "__reduce__", groupby_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", groupby_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_groupby_type = {
    .name = "itertools.groupby",
    .size = sizeof(GroupbyObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "Pairs of a key and an iterator over the items in a row that have it.\n\n"
           "The groups share the iterable with the groupby: asking for the next group ends the one before.",
    .signature = "(iterable, key=None)",
    .trace = GroupbyObj_trace,
    .clear = GroupbyObj_clear,
    .methods = groupby_methods,
    .slots = { .new = groupby_new, .iter = asy_iter_self, .next = groupby_next },
};

static Value grouper_new(VM *vm, Type *type, Args a)
{
    if (!asy_args_positional(vm, "_grouper", a, 2, 2)) return ASY_ERR;
    if (!asy_type_is_subtype(asy_type_of(vm, a.v[0]), asy_type_ready(vm, &asy_itertools_groupby_type)))
        return asy_raise(vm, EXC_TypeError, "_grouper() argument 1 must be itertools.groupby, not %T", a.v[0]);
    return grouper_make(vm, type, asy_as(GroupbyObj, a.v[0]), a.v[1]);
}

static Value grouper_next(VM *vm, Value self)
{
    GrouperObj *group = asy_as(GrouperObj, self);
    GroupbyObj *g = group->parent;
    if (group->serial != g->serial) return ASY_DONE;
    if (asy_is_nil(g->item) || asy_is_nil(g->key)) {
        Value step = groupby_step(vm, g);
        if (!asy_is_none(step)) return step;
    }
    int same = groupby_same(vm, g, group->target);
    if (same < 0) return ASY_ERR;
    if (!same || asy_is_nil(g->item)) return ASY_DONE;      // NIL: a nested call has given it out
    Value item = g->item;
    g->item = ASY_NIL;
    asy_clear(vm, &g->key);
    return item;
}

static Value grouper_reduce(VM *vm, Args a)
{
    GrouperObj *group = asy_as(GrouperObj, a.self);
    if (group->serial == group->parent->serial)
        return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 2, asy_from_obj(group->parent), group->target), ASY_NIL);
    return asy_itertools_warn(vm) ? asy_iter_reduce(vm, "iter", vm->empty_tuple, ASY_NIL) : ASY_ERR;
}

static const MethodDef grouper_methods[] = {
    { "__reduce__", grouper_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_grouper_type = {
    .name = "itertools._grouper",
    .size = sizeof(GrouperObj),
    .flags = TYPE_QUALIFIED,
    .trace = GrouperObj_trace,
    .clear = GrouperObj_clear,
    .methods = grouper_methods,
    .slots = { .new = grouper_new, .iter = asy_iter_self, .next = grouper_next },
};

// -- tee
//
// The items read so far are a chain of blocks. Every _tee stands somewhere in it and owns the block there; a block that
// all of them have left is freed. The _tee that comes to the end first reads the next item.

enum { TEE_BLOCK = 57 };        // CPython's, shown in pickled states

typedef struct TeeData {
    ObjHeader head;
    Value source;               // the iterator
    struct TeeData *next;       // owned; NULL: not made yet
    uint32_t count;             // items in the block
    bool reading;               // the source is being asked for one
    Value items[TEE_BLOCK];
} TeeData;

typedef struct TeeObj {
    ObjHeader head;
    TeeData *block;
    uint32_t index;             // of the next item, TEE_BLOCK: in the next block
} TeeObj;

static void tee_data_trace(Tracer *t, ObjHeader *o)
{
    TeeData *d = (TeeData *)(void *)o;
    asy_trace_value(t, d->source);
    asy_trace_header(t, (ObjHeader *)(void *)d->next);
    for (uint32_t i = 0; i < d->count; i++) asy_trace_value(t, d->items[i]);
}

static void tee_data_clear(VM *vm, ObjHeader *o)
{
    TeeData *d = (TeeData *)(void *)o, *next = d->next;
    uint32_t count = d->count;
    d->next = NULL;
    d->count = 0;
    asy_clear(vm, &d->source);
    asy_release_obj(vm, next);
    for (uint32_t i = 0; i < count; i++) asy_release(vm, d->items[i]);
}

static TeeData *tee_data_make(VM *vm, Value source)
{
    Type *type = asy_type_ready(vm, &asy_itertools_tee_data_type);
    TeeData *d = type ? asy_object_alloc(vm, type) : NULL;
    if (d) d->source = asy_retain(source);
    return d;
}

// (source, items, next block or None), as __reduce__ gives them.
static Value tee_data_new(VM *vm, Type *type, Args a)
{
    if (!asy_args_positional(vm, "teedataobject", a, 3, 3)) return ASY_ERR;
    if (!asy_is_list(vm, a.v[1]))
        return asy_raise(vm, EXC_TypeError, "teedataobject() argument 2 must be list, not %T", a.v[1]);
    ListObj *items = asy_as_list(a.v[1]);
    bool full = items->size == TEE_BLOCK, follows = asy_is_obj(a.v[2]) && asy_as_obj(a.v[2])->type == type;
    if (items->size > TEE_BLOCK || (!asy_is_none(a.v[2]) && !(full && follows)))
        return asy_raise(vm, EXC_ValueError, "Invalid arguments");
    TeeData *d = asy_object_alloc(vm, type);
    if (!d) return ASY_ERR;
    d->source = asy_retain(a.v[0]);
    for (; d->count < items->size; d->count++) d->items[d->count] = asy_retain(items->items[d->count]);
    if (!asy_is_none(a.v[2])) d->next = asy_retain_obj(asy_as(TeeData, a.v[2]));
    return asy_from_obj(d);
}

static Value tee_data_reduce(VM *vm, Args a)
{
    TeeData *d = asy_as(TeeData, a.self);
    ListObj *items = asy_list_from(vm, d->items, d->count);
    Value args = items ? asy_tuple_pack(vm, 3, d->source, asy_from_obj(items), d->next ? asy_from_obj(d->next) : ASY_NONE) : ASY_ERR;
    asy_release_obj(vm, items);
    return asy_itertools_reduce(vm, a.self, args, ASY_NIL);
}

static const MethodDef tee_data_methods[] = {
    { "__reduce__", tee_data_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_itertools_tee_data_type = {
    .name = "itertools._tee_dataobject",
    .size = sizeof(TeeData),
    .flags = TYPE_QUALIFIED,
    .doc = "Items that some iterators of a tee have still to give out.",
    .trace = tee_data_trace,
    .clear = tee_data_clear,
    .methods = tee_data_methods,
    .slots = { .new = tee_data_new },
};

static void tee_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, (ObjHeader *)(void *)((TeeObj *)(void *)o)->block); }

static void tee_clear(VM *vm, ObjHeader *o)
{
    TeeObj *tee = (TeeObj *)(void *)o;
    TeeData *block = tee->block;
    tee->block = NULL;
    asy_release_obj(vm, block);
}

static TeeObj *tee_at(VM *vm, Type *type, TeeData *block, uint32_t index)
{
    TeeObj *tee = asy_object_alloc(vm, type);
    if (!tee) return NULL;
    tee->block = asy_retain_obj(block);
    tee->index = index;
    return tee;
}

static TeeObj *tee_over(VM *vm, Value iterable)
{
    Type *type = asy_type_ready(vm, &asy_itertools_tee_type);
    Value source = type ? asy_iter(vm, iterable) : ASY_ERR;
    if (asy_is_err(source)) return NULL;
    TeeObj *tee = NULL;
    if (asy_class_of(vm, source) == type) {
        tee = tee_at(vm, type, asy_as(TeeObj, source)->block, asy_as(TeeObj, source)->index);
    } else {
        TeeData *block = tee_data_make(vm, source);
        if (block) tee = tee_at(vm, type, block, 0);
        asy_release_obj(vm, block);
    }
    asy_release(vm, source);
    return tee;
}

static Value tee_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "_tee", a, 1, 1)) return ASY_ERR;
    return asy_value_or_err(tee_over(vm, a.v[0]));
}

// Reads the item behind the last of a block that has room: DONE or ERR if there is none.
static Value tee_data_read(VM *vm, TeeData *d)
{
    if (d->reading) return asy_raise(vm, EXC_RuntimeError, "cannot re-enter the tee iterator");
    d->reading = true;
    asy_retain_obj(d);
    Value item = asy_next(vm, d->source);
    d->reading = false;
    if (!asy_itertools_ended(item)) d->items[d->count++] = asy_retain(item);
    asy_release_obj(vm, d);
    return item;
}

static Value tee_next(VM *vm, Value self)
{
    TeeObj *tee = asy_as(TeeObj, self);
    if (tee->index >= TEE_BLOCK) {
        TeeData *old = tee->block;
        if (!old->next && !(old->next = tee_data_make(vm, old->source))) return ASY_ERR;
        tee->block = asy_retain_obj(old->next);
        tee->index = 0;
        asy_release_obj(vm, old);
    }
    TeeData *d = tee->block;
    // A restored state may stand behind what has been read.
    if (tee->index > d->count) return ASY_DONE;
    Value item = tee->index < d->count ? asy_retain(d->items[tee->index]) : tee_data_read(vm, d);
    if (!asy_itertools_ended(item)) tee->index++;
    return item;
}

static Value tee_copy(VM *vm, Args a)
{
    TeeObj *tee = asy_as(TeeObj, a.self);
    return asy_value_or_err(tee_at(vm, tee->head.type, tee->block, tee->index));
}

static Value tee_reduce(VM *vm, Args a)
{
    TeeObj *tee = asy_as(TeeObj, a.self);
    Value args = asy_tuple_pack(vm, 1, vm->empty_tuple), state = ASY_NIL;
    if (!asy_is_err(args)) state = asy_tuple_pack(vm, 2, asy_from_obj(tee->block), asy_from_small(tee->index));
    return asy_itertools_reduce(vm, a.self, args, state);
}

static Value tee_setstate(VM *vm, Args a)
{
    TeeObj *tee = asy_as(TeeObj, a.self);
    int64_t index;
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = asy_itertools_state(vm, a.v[0], 2, 2);
    if (!state) return ASY_ERR;
    Value block = state->items[0];
    if (!asy_is_obj(block) || asy_as_obj(block)->type->def != &asy_itertools_tee_data_type)
        return asy_raise(vm, EXC_TypeError, "argument 1 must be itertools._tee_dataobject, not %T", block);
    if (!asy_to_i64(vm, state->items[1], &index)) return ASY_ERR;
    if (index < 0 || index > TEE_BLOCK) return asy_raise(vm, EXC_ValueError, "Index out of range");
    TeeData *old = tee->block;
    tee->block = asy_retain_obj(asy_as(TeeData, block));
    tee->index = (uint32_t)index;
    asy_release_obj(vm, old);
    return ASY_NONE;
}

static const MethodDef tee_methods[] = {
    { "__copy__", tee_copy, "()", 0, "An independent iterator that stands at the same place." },
    { "__reduce__", tee_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", tee_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_tee_type = {
    .name = "itertools._tee",
    .size = sizeof(TeeObj),
    .flags = TYPE_QUALIFIED | TYPE_WEAKREFS,
    .doc = "An iterator that can be copied.",
    .signature = "(iterable, /)",
    .trace = tee_trace,
    .clear = tee_clear,
    .methods = tee_methods,
    .slots = { .new = tee_new, .iter = asy_iter_self, .next = tee_next },
};

// Any iterator that has __copy__ serves as it is; others are wrapped.
Value asy_itertools_tee(VM *vm, Args a)
{
    int64_t n = 2;
    if (!asy_is_nil(a.v[1]) && !asy_to_ssize(vm, a.v[1], &n)) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "n must be >= 0");
    TupleObj *out = asy_tuple_alloc(vm, (size_t)n);
    if (!out) return ASY_ERR;
    if (n == 0) return asy_from_obj(out);
    Value it = asy_iter(vm, a.v[0]), copy = ASY_ERR;
    if (!asy_is_err(it)) copy = asy_getattr_opt(vm, it, asy_name(vm, __copy__));
    if (asy_is_nil(copy)) {
        TeeObj *tee = tee_over(vm, it);
        asy_release(vm, it);
        it = asy_value_or_err(tee);
        copy = tee ? asy_getattr(vm, it, asy_name(vm, __copy__)) : ASY_ERR;
    }
    bool ok = !asy_is_err(copy);
    out->items[0] = asy_is_err(it) ? ASY_NIL : it;
    for (int64_t i = 1; ok && i < n; i++) {
        Value one = asy_call0(vm, copy);
        ok = !asy_is_err(one);
        if (ok) out->items[i] = one;
    }
    asy_release(vm, copy);
    if (ok) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}
