// _collections: defaultdict, helpers of Counter and namedtuple, and what other files have (deque, OrderedDict).
#include "stdlib/collections.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/types.h"

// -- defaultdict

typedef struct DefaultDict {
    DictObj dict;
    Value factory;              // or NIL
} DefaultDict;
static DefaultDict *dd(Value v) { return asy_as(DefaultDict, v); }

static bool defaultdict_init(VM *vm, Value self, Args a)
{
    Value factory = a.n ? a.v[0] : ASY_NIL;
    if (!asy_absent(factory) && !asy_is_callable(vm, factory)) {
        asy_raise(vm, EXC_TypeError, "first argument must be callable or None");
        return false;
    }
    asy_set(vm, &dd(self)->factory, asy_absent(factory) ? ASY_NIL : asy_retain(factory));
    Args rest = { self, a.n ? a.v + 1 : a.v, a.n ? a.n - 1 : 0, a.kwnames };
    return vm->types.dict->slots.init(vm, self, rest);
}
static Value defaultdict_missing(VM *vm, Args a)
{
    Value factory = dd(a.self)->factory;
    if (asy_is_nil(factory)) return asy_raise_kind(vm, EXC_KeyError, a.v[0]);
    asy_retain(factory);
    Value v = asy_call0(vm, factory);
    asy_release(vm, factory);
    if (asy_is_err(v) || asy_setitem(vm, a.self, a.v[0], v)) return v;
    asy_release(vm, v);
    return ASY_ERR;
}
static Value defaultdict_repr(VM *vm, Value self)
{
    // A factory may be a method of the very dict.
    Value items = asy_dict_type.slots.repr(vm, self), factory = asy_retain(dd(self)->factory), shown = ASY_ERR;
    int seen = asy_is_err(items) ? -1 : asy_is_nil(factory) ? 0 : asy_repr_enter(vm, factory);
    if (seen > 0) {
        shown = asy_str_value(vm, "...");
    } else if (seen == 0) {
        shown = asy_repr(vm, asy_is_nil(factory) ? ASY_NONE : factory);
        if (!asy_is_nil(factory)) asy_repr_leave(vm, factory);
    }
    StrObj *s = asy_is_err(shown) ? NULL : asy_format(vm, "%U(%U, %U)", asy_as_obj(self)->type->name, asy_as_str(shown), asy_as_str(items));
    asy_release(vm, shown);
    asy_release(vm, factory);
    asy_release(vm, items);
    return asy_value_or_err(s);
}
static Value defaultdict_copy(VM *vm, Args a)
{
    Value factory = dd(a.self)->factory;
    return asy_call2(vm, asy_from_obj(asy_as_obj(a.self)->type), asy_is_nil(factory) ? ASY_NONE : factory, a.self);
}
static Value defaultdict_reduce(VM *vm, Args a)
{
    Value factory = dd(a.self)->factory;
    Value args = asy_is_nil(factory) ? asy_retain(vm->empty_tuple) : asy_tuple_pack(vm, 1, factory);
    StrObj *items_name = asy_name(vm, items);
    Value items = asy_is_err(args) ? ASY_ERR : asy_call_method0(vm, a.self, items_name);
    Value it = asy_is_err(items) ? ASY_ERR : asy_iter(vm, items);
    Value r = asy_is_err(it) ? ASY_ERR : asy_tuple_pack(vm, 5, asy_from_obj(asy_as_obj(a.self)->type), args, ASY_NONE, ASY_NONE, it);
    if (!asy_is_err(args)) asy_release(vm, args);
    if (!asy_is_err(items)) asy_release(vm, items);
    if (!asy_is_err(it)) asy_release(vm, it);
    return r;
}
// d | mapping: a copy of d with the other's items; reflected too.
static Value defaultdict_or(VM *vm, Value x, Value y)
{
    bool left = asy_is_dict(vm, x) && asy_as_obj(x)->type->def != &asy_dict_type;
    Value self = left ? x : y;
    if (!asy_is_dict(vm, x) || !asy_is_dict(vm, y)) return ASY_NOTIMPLEMENTED;
    Value factory = dd(self)->factory;
    Value r = asy_call2(vm, asy_from_obj(asy_as_obj(self)->type), asy_is_nil(factory) ? ASY_NONE : factory, x);
    if (asy_is_err(r) || asy_dict_merge(vm, asy_as_dict(r), y, true)) return r;
    asy_release(vm, r);
    return ASY_ERR;
}
static Value get_factory(VM *vm, Value self)
{
    (void)vm;
    Value f = dd(self)->factory;
    return asy_is_nil(f) ? ASY_NONE : asy_retain(f);
}
static bool set_factory(VM *vm, Value self, Value v)
{
    asy_set(vm, &dd(self)->factory, asy_absent(v) ? ASY_NIL : asy_retain(v));
    return true;
}
static void defaultdict_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_value(t, ((DefaultDict *)(void *)o)->factory);
    asy_dict_type.trace(t, o);
}
static void defaultdict_clear(VM *vm, ObjHeader *o)
{
    asy_clear(vm, &((DefaultDict *)(void *)o)->factory);
    asy_dict_type.clear(vm, o);
}
static void defaultdict_free(VM *vm, ObjHeader *o)
{
    if (asy_dict_type.free) asy_dict_type.free(vm, o);
}
static Value defaultdict_new(VM *vm, Type *type, Args a)
{
    Args none = { a.self, NULL, 0, ASY_NIL };
    return asy_dict_type.slots.new(vm, type, none);
}
static const MethodDef defaultdict_methods[] = {
    { "__missing__", defaultdict_missing, "(key, /)", 0, "Called by __getitem__ for missing keys." },
    { "copy", defaultdict_copy, "()", 0, "A shallow copy." },
    { "__copy__", defaultdict_copy, "()", 0, "A shallow copy." },
    { "__reduce__", defaultdict_reduce, "()", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef defaultdict_getset[] = {
    { "default_factory", get_factory, set_factory, "Factory for default value called by __missing__()." }, { 0 },
};
static const TypeDef defaultdict_type = {
    .name = "collections.defaultdict",
    .base = &asy_dict_type,
    .size = sizeof(DefaultDict),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory",
    .trace = defaultdict_trace,
    .clear = defaultdict_clear,
    .free = defaultdict_free,
    .methods = defaultdict_methods,
    .getset = defaultdict_getset,
    .slots = { .new = defaultdict_new, .init = defaultdict_init, .repr = defaultdict_repr, .or = defaultdict_or },
};

// -- namedtuple's fields: a data descriptor that reads one index

typedef struct TupleGetter {
    ObjHeader head;
    Value index, doc;
} TupleGetter;
static const TypeDef tuplegetter_type;

static Value tuplegetter_new(VM *vm, Type *type, Args a)
{
    if (a.n != 2) return asy_raise(vm, EXC_TypeError, "_tuplegetter expected 2 arguments, got %u", a.n);
    TupleGetter *g = asy_object_alloc(vm, type);
    if (!g) return ASY_ERR;
    g->index = asy_retain(a.v[0]);
    g->doc = asy_retain(a.v[1]);
    return asy_from_obj(g);
}
static Value tuplegetter_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    if (asy_absent(object)) return asy_retain(self);
    int64_t i;
    if (!asy_to_i64(vm, asy_as(TupleGetter, self)->index, &i)) return ASY_ERR;
    if (!asy_is_tuple(vm, object)) {
        return asy_raise(vm, EXC_TypeError, "descriptor for index '%lld' for tuple subclasses doesn't apply to '%T' object", i, object);
    }
    if (i < 0 || (size_t)i >= asy_as_tuple(object)->size) return asy_raise(vm, EXC_IndexError, "tuple index out of range");
    return asy_retain(asy_as_tuple(object)->items[i]);
}
static bool tuplegetter_set(VM *vm, Value self, Value object, Value value)
{
    (void)self, (void)object;
    asy_raise(vm, EXC_AttributeError, asy_is_nil(value) ? "can't delete attribute" : "can't set attribute");
    return false;
}
static Value tuplegetter_repr(VM *vm, Value self)
{
    TupleGetter *g = asy_as(TupleGetter, self);
    return asy_value_or_err(asy_format(vm, "_tuplegetter(%R, %R)", g->index, g->doc));
}
static Value tuplegetter_reduce(VM *vm, Args a)
{
    TupleGetter *g = asy_as(TupleGetter, a.self);
    Value args = asy_tuple_pack(vm, 2, g->index, g->doc);
    Value r = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(g->head.type), args);
    if (!asy_is_err(args)) asy_release(vm, args);
    return r;
}
static void tuplegetter_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_value(t, ((TupleGetter *)(void *)o)->index);
    asy_trace_value(t, ((TupleGetter *)(void *)o)->doc);
}
static void tuplegetter_clear(VM *vm, ObjHeader *o)
{
    asy_clear(vm, &((TupleGetter *)(void *)o)->index);
    asy_clear(vm, &((TupleGetter *)(void *)o)->doc);
}
static const MemberDef tuplegetter_members[] = { { "__doc__", offsetof(TupleGetter, doc), true, NULL }, { 0 } };
static const MethodDef tuplegetter_methods[] = { { "__reduce__", tuplegetter_reduce, "()", 0, NULL }, { 0 } };
static const TypeDef tuplegetter_type = {
    .name = "collections._tuplegetter",
    .size = sizeof(TupleGetter),
    .trace = tuplegetter_trace,
    .clear = tuplegetter_clear,
    .members = tuplegetter_members,
    .methods = tuplegetter_methods,
    .slots = { .new = tuplegetter_new, .repr = tuplegetter_repr, .descr_get = tuplegetter_get, .descr_set = tuplegetter_set },
};

// -- Counter's loop

// One more of `key` in a dict that counts as dict itself does.
static bool count_one(VM *vm, DictObj *d, Value key)
{
    int64_t hash;
    if (!asy_hash(vm, key, &hash)) return false;
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at == -2) return false;
    if (at == -1) return asy_dict_set_hashed(vm, d, key, hash, asy_from_small(1));
    Value *count = &d->entries[at].value;
    if (ASY_LIKELY(asy_is_int(*count)) && asy_as_small(*count) < ASY_INT_MAX) {
        *count = asy_from_small(asy_as_small(*count) + 1);
        return true;
    }
    Value old = asy_retain(*count), sum = asy_binary(vm, BIN_ADD, old, asy_from_small(1));
    asy_release(vm, old);
    bool ok = !asy_is_err(sum) && asy_dict_set_hashed(vm, d, key, hash, sum);
    asy_release(vm, sum);
    return ok;
}

// The same by `get` and assignment, for what a class has redefined.
static bool count_one_by_methods(VM *vm, Value mapping, Value get, Value key)
{
    Value old = asy_call2(vm, get, key, asy_from_small(0));
    Value sum = asy_is_err(old) ? ASY_ERR : asy_binary(vm, BIN_ADD, old, asy_from_small(1));
    bool ok = !asy_is_err(sum) && asy_setitem(vm, mapping, key, sum);
    asy_release(vm, old);
    asy_release(vm, sum);
    return ok;
}

static bool counts_as_dict(VM *vm, Value mapping)
{
    if (!asy_is_dict(vm, mapping)) return false;
    Type *type = asy_as_obj(mapping)->type, *dict = vm->types.dict;
    StrObj *get = asy_name(vm, get), *set = asy_name(vm, __setitem__);
    return asy_same(asy_type_lookup(vm, type, get), asy_type_lookup(vm, dict, get)) &&
           asy_same(asy_type_lookup(vm, type, set), asy_type_lookup(vm, dict, set));
}

static Value count_elements(VM *vm, Args a)
{
    Value mapping = a.v[0], get = ASY_NIL, it = asy_iter(vm, a.v[1]);
    if (!asy_is_err(it) && !counts_as_dict(vm, mapping)) get = asy_getattr(vm, mapping, asy_name(vm, get));
    bool ok = !asy_is_err(it) && !asy_is_err(get);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) &&
             (asy_is_nil(get) ? count_one(vm, asy_as_dict(mapping), key) : count_one_by_methods(vm, mapping, get, key));
        asy_release(vm, key);
    }
    asy_release(vm, get);
    asy_release(vm, it);
    return ok ? ASY_NONE : ASY_ERR;
}

static const MethodDef functions[] = {
    { "_count_elements", count_elements, "(mapping, iterable, /)", 0, "Count elements in the iterable, updating the mapping" },
    { 0 },
};
static bool collections_init(VM *vm, Value m)
{
    return asy_module_add_type(vm, m, &asy_deque_type) && asy_module_add_type(vm, m, &defaultdict_type) &&
           asy_module_add_type(vm, m, &asy_ordered_dict_type) && asy_module_add_type(vm, m, &tuplegetter_type) &&
           asy_module_add_type(vm, m, &asy_deque_iterator_type) && asy_module_add_type(vm, m, &asy_deque_reverse_iterator_type);
}
const ModuleDef asy_module__collections = { "_collections", "High performance data structures.", functions, collections_init };
