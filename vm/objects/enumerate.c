// enumerate, map and filter: iterators around one function or counter.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

// ---- enumerate ----

#define ENUMERATE_FIELDS(V, O, N)   \
    V(iterator)                     \
    O(TupleObj, last) /* given out last */ \
    V(count) /* an integer of any size */
ASY_OBJECT(EnumerateObj, ENUMERATE_FIELDS);
ASY_OBJECT_TRACE(EnumerateObj, ENUMERATE_FIELDS)

static Value enumerate_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "iterable", "start" };
    Value v[2];
    if (a.n == 0 && asy_is_nil(a.kwnames))
        return asy_raise(vm, EXC_TypeError, "enumerate() missing required argument 'iterable'");
    if (!asy_new_args(vm, "enumerate", names, 2, 0, 1, a, v)) return ASY_ERR;
    Value count = asy_is_nil(v[1]) ? asy_from_small(0) : asy_index(vm, v[1]);
    Value iterator = asy_is_err(count) ? ASY_ERR : asy_iter(vm, v[0]);
    EnumerateObj *e = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!e) {
        asy_release(vm, iterator);
        asy_release(vm, count);
        return ASY_ERR;
    }
    e->iterator = iterator;
    e->count = count;
    return asy_from_obj(e);
}

static Value enumerate_next(VM *vm, Value self)
{
    EnumerateObj *e = asy_as(EnumerateObj, self);
    Value item = asy_next_of(vm, e->iterator);
    if (asy_is_done(item) || asy_is_err(item)) return item;
    TupleObj *pair = asy_tuple_again(vm, &e->last, 2);
    Value next = pair ? asy_int_binary(vm, BIN_ADD, e->count, asy_from_small(1)) : ASY_ERR;
    if (asy_is_err(next)) {
        asy_release_obj(vm, pair);
        asy_release(vm, item);
        return ASY_ERR;
    }
    asy_set(vm, &pair->items[0], e->count);
    asy_set(vm, &pair->items[1], item);
    e->count = next;
    return asy_from_obj(pair);
}

static Value enumerate_reduce(VM *vm, Args a)
{
    EnumerateObj *e = asy_as(EnumerateObj, a.self);
    Value args = asy_tuple_pack(vm, 2, e->iterator, e->count);
    Value out = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(e->head.type), args);
    asy_release(vm, args);
    return out;
}

static const MethodDef enumerate_methods[] = {
    { "__reduce__", enumerate_reduce, "()", 0, "Return state information for pickling." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_enumerate_type = {
    .name = "enumerate",
    .size = sizeof(EnumerateObj),
    .flags = TYPE_BASE,
    .doc = "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields "
           "pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\n"
           "enumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    .trace = EnumerateObj_trace,
    .clear = EnumerateObj_clear,
    .methods = enumerate_methods,
    .slots = { .new = enumerate_new, .iter = asy_iter_self, .next = enumerate_next },
};

// ---- map: func(next of each iterator) ----

#define MAP_FIELDS(V, O, N) \
    V(func)                 \
    O(TupleObj, iterators)
ASY_OBJECT(MapObj, MAP_FIELDS);
ASY_OBJECT_TRACE(MapObj, MAP_FIELDS)

enum { MAP_ARGS_LOCAL = 8 };

static Value map_new(VM *vm, Type *type, Args a)
{
    asy_args_of_subclass(type, vm->types.map, false, &a);
    if (!asy_no_keywords(vm, "map", a)) return ASY_ERR;
    if (a.n < 2) return asy_raise(vm, EXC_TypeError, "map() must have at least two arguments.");
    MapObj *m = asy_object_alloc(vm, type);
    if (!m) return ASY_ERR;
    m->iterators = asy_tuple_alloc(vm, a.n - 1);
    bool ok = m->iterators != NULL;
    for (uint32_t i = 1; i < a.n && ok; i++) {
        Value it = asy_iter(vm, a.v[i]);
        ok = !asy_is_err(it);
        if (ok) m->iterators->items[i - 1] = it;
    }
    if (!ok) {
        asy_release_obj(vm, m);
        return ASY_ERR;
    }
    m->func = asy_retain(a.v[0]);
    return asy_from_obj(m);
}

static Value map_next(VM *vm, Value self)
{
    MapObj *m = asy_as(MapObj, self);
    size_t n = m->iterators->size;
    if (n == 1) {
        Value item = asy_next_of(vm, m->iterators->items[0]);
        if (asy_is_done(item) || asy_is_err(item)) return item;
        Value out = asy_call1(vm, m->func, item);
        asy_release(vm, item);
        return out;
    }
    Value local[MAP_ARGS_LOCAL], *args = local, out = ASY_ERR;
    if (n > MAP_ARGS_LOCAL) args = asy_mem_alloc(vm, n * sizeof(Value));
    if (!args) return asy_raise_memory(vm);
    size_t got = 0;
    for (; got < n; got++) {
        Value item = asy_next_of(vm, m->iterators->items[got]);
        if (asy_is_done(item) || asy_is_err(item)) {
            out = item;
            break;
        }
        args[got] = item;
    }
    if (got == n) out = asy_call(vm, m->func, args, (uint32_t)n, ASY_NIL);
    for (size_t i = 0; i < got; i++) asy_release(vm, args[i]);
    if (args != local) asy_mem_free(vm, args, n * sizeof(Value));
    return out;
}

static Value map_reduce(VM *vm, Args a)
{
    MapObj *m = asy_as(MapObj, a.self);
    TupleObj *args = asy_tuple_alloc(vm, m->iterators->size + 1);
    if (!args) return ASY_ERR;
    args->items[0] = asy_retain(m->func);
    for (size_t i = 0; i < m->iterators->size; i++) args->items[i + 1] = asy_retain(m->iterators->items[i]);
    Value out = asy_tuple_pack(vm, 2, asy_from_obj(m->head.type), asy_from_obj(args));
    asy_release_obj(vm, args);
    return out;
}

static const MethodDef map_methods[] = {
    { "__reduce__", map_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_map_type = {
    .name = "map",
    .size = sizeof(MapObj),
    .flags = TYPE_BASE,
    .doc = "map(func, *iterables) --> map object\n\nMake an iterator that computes the function using arguments from\n"
           "each of the iterables.  Stops when the shortest iterable is exhausted.",
    .trace = MapObj_trace,
    .clear = MapObj_clear,
    .methods = map_methods,
    .slots = { .new = map_new, .iter = asy_iter_self, .next = map_next },
};

// ---- filter ----

#define FILTER_FIELDS(V, O, N)               \
    V(func) /* None or bool: the item's truth */ \
    V(iterator)
ASY_OBJECT(FilterObj, FILTER_FIELDS);
ASY_OBJECT_TRACE(FilterObj, FILTER_FIELDS)

static Value filter_new(VM *vm, Type *type, Args a)
{
    asy_args_of_subclass(type, vm->types.filter, false, &a);
    if (!asy_args_positional(vm, "filter", a, 2, 2)) return ASY_ERR;
    Value iterator = asy_iter(vm, a.v[1]);
    FilterObj *f = asy_is_err(iterator) ? NULL : asy_object_alloc(vm, type);
    if (!f) {
        asy_release(vm, iterator);
        return ASY_ERR;
    }
    f->func = asy_retain(a.v[0]);
    f->iterator = iterator;
    return asy_from_obj(f);
}

static Value filter_next(VM *vm, Value self)
{
    FilterObj *f = asy_as(FilterObj, self);
    bool plain = asy_is_none(f->func) || asy_same(f->func, asy_from_obj(vm->types.bool_));
    for (;;) {
        Value item = asy_next_of(vm, f->iterator);
        if (asy_is_done(item) || asy_is_err(item)) return item;
        int keep;
        if (plain) {
            keep = asy_truth(vm, item);
        } else {
            Value verdict = asy_call1(vm, f->func, item);
            keep = asy_is_err(verdict) ? -1 : asy_truth(vm, verdict);
            asy_release(vm, verdict);
        }
        if (keep > 0) return item;
        asy_release(vm, item);
        if (keep < 0) return ASY_ERR;
    }
}

static Value filter_reduce(VM *vm, Args a)
{
    FilterObj *f = asy_as(FilterObj, a.self);
    Value args = asy_tuple_pack(vm, 2, f->func, f->iterator);
    Value out = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(f->head.type), args);
    asy_release(vm, args);
    return out;
}

static const MethodDef filter_methods[] = {
    { "__reduce__", filter_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_filter_type = {
    .name = "filter",
    .size = sizeof(FilterObj),
    .flags = TYPE_BASE,
    .doc = "filter(function or None, iterable) --> filter object\n\nReturn an iterator yielding those items of iterable for "
           "which function(item)\nis true. If function is None, return the items that are true.",
    .trace = FilterObj_trace,
    .clear = FilterObj_clear,
    .methods = filter_methods,
    .slots = { .new = filter_new, .iter = asy_iter_self, .next = filter_next },
};
