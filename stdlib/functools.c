// _functools: partial, reduce, cmp_to_key and the cache behind lru_cache.
#include "stdlib/lib.h"
#include "vm/objects/attributes.h"
#include "vm/core/shape.h"
#include "vm/objects/function.h"
#include "vm/objects/generic.h"

// -- partial

typedef struct PartialObj {
    ObjHeader head;
    Attrs attrs;
    Value func;
    TupleObj *args;
    DictObj *kwargs;
} PartialObj;
static const TypeDef partial_type;
static PartialObj *partial(Value v) { return asy_as(PartialObj, v); }

static bool merge_keywords(VM *vm, DictObj *d, Args a)
{
    size_t n = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t i = 0; i < n; i++) {
        if (!asy_dict_set(vm, d, asy_as_tuple(a.kwnames)->items[i], a.v[a.n + i])) return false;
    }
    return true;
}

static Value partial_new(VM *vm, Type *type, Args a)
{
    if (a.n < 1) return asy_raise(vm, EXC_TypeError, "type 'partial' takes at least one argument");
    Value func = a.v[0];
    if (!asy_is_callable(vm, func)) return asy_raise(vm, EXC_TypeError, "the first argument must be callable");
    PartialObj *inner = NULL;
    // A partial of a partial without attributes of its own is one partial.
    if (asy_is_obj(func) && asy_as_obj(func)->type->def == &partial_type) {
        DictObj *own = asy_attrs_copy_dict(vm, &partial(func)->attrs);
        if (!own) return ASY_ERR;
        if (own->count == 0) inner = partial(func);
        asy_release_obj(vm, own);
    }
    PartialObj *p = asy_object_alloc(vm, type);
    if (!p) return ASY_ERR;
    size_t more = inner ? inner->args->size : 0;
    p->func = asy_retain(inner ? inner->func : func);
    p->args = asy_tuple_alloc(vm, more + a.n - 1);
    p->kwargs = p->args ? (inner ? asy_dict_copy(vm, inner->kwargs) : asy_dict_new(vm)) : NULL;
    if (p->args) {
        for (size_t i = 0; i < more; i++) p->args->items[i] = asy_retain(inner->args->items[i]);
        for (uint32_t i = 1; i < a.n; i++) p->args->items[more + i - 1] = asy_retain(a.v[i]);
    }
    if (!p->kwargs || !merge_keywords(vm, p->kwargs, a)) {
        asy_release_obj(vm, p);
        return ASY_ERR;
    }
    return asy_from_obj(p);
}

static Value partial_call(VM *vm, Value self, Args a)
{
    PartialObj *p = partial(self);
    Value func = asy_retain(p->func), result = ASY_ERR;
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    size_t n = p->args->size + a.n;
    Value local[8], *v = local;
    TupleObj *held = asy_retain_obj(p->args);
    if (n > 8 && !(v = asy_mem_alloc(vm, n * sizeof(Value)))) {
        asy_raise_memory(vm);
        v = local;
        goto done;
    }
    for (size_t i = 0; i < held->size; i++) v[i] = held->items[i];
    for (uint32_t i = 0; i < a.n; i++) v[held->size + i] = a.v[i];
    if (!p->kwargs->count && !nkw) {
        result = asy_call(vm, func, v, (uint32_t)n, ASY_NIL);
    } else {
        DictObj *kw = asy_dict_copy(vm, p->kwargs);
        TupleObj *t = kw && merge_keywords(vm, kw, a) ? asy_tuple_from(vm, v, n) : NULL;
        if (t) result = asy_call_tuple(vm, func, asy_from_obj(t), asy_from_obj(kw));
        asy_release_obj(vm, t);
        asy_release_obj(vm, kw);
    }
done:
    if (v != local) asy_mem_free(vm, v, n * sizeof(Value));
    asy_release_obj(vm, held);
    asy_release(vm, func);
    return result;
}

static Value partial_repr(VM *vm, Value self)
{
    PartialObj *p = partial(self);
    int seen = asy_repr_enter(vm, self);
    if (seen) return seen < 0 ? ASY_ERR : asy_str_value(vm, "...");
    StrBuilder b;
    asy_builder_init(&b, vm);
    Type *t = asy_as_obj(self)->type;
    bool ok = asy_builder_c(&b, t->def == &partial_type && t->flags & TYPE_STATIC ? "functools.partial" : asy_type_name(t)) &&
              asy_builder_c(&b, "(") && asy_builder_repr(&b, p->func);
    for (size_t i = 0; ok && i < p->args->size; i++) ok = asy_builder_c(&b, ", ") && asy_builder_repr(&b, p->args->items[i]);
    uint32_t pos = 0;
    Value key, value;
    while (ok && asy_dict_next(p->kwargs, &pos, &key, &value)) {
        asy_retain(value);
        ok = asy_builder_c(&b, ", ") && asy_builder_str_of(&b, key) && asy_builder_c(&b, "=") && asy_builder_repr(&b, value);
        asy_release(vm, value);
    }
    asy_repr_leave(vm, self);
    if (ok && asy_builder_c(&b, ")")) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}

static Value partial_get_func(VM *vm, Value self) { return (void)vm, asy_retain(partial(self)->func); }
static Value partial_get_args(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(partial(self)->args)); }
static Value partial_get_keywords(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(partial(self)->kwargs)); }
static Value partial_reduce(VM *vm, Args a)
{
    PartialObj *p = partial(a.self);
    Value args = asy_tuple_pack(vm, 1, p->func);
    if (asy_is_err(args)) return ASY_ERR;
    DictObj *d = p->attrs.dict || (p->attrs.shape && p->attrs.shape->count) ? asy_attrs_dict(vm, &p->head, &p->attrs) : NULL;
    Value state = asy_tuple_pack(vm, 4, p->func, asy_from_obj(p->args), asy_from_obj(p->kwargs), d ? asy_from_obj(d) : ASY_NONE);
    Value r = asy_is_err(state) ? ASY_ERR : asy_tuple_pack(vm, 3, asy_from_obj(asy_as_obj(a.self)->type), args, state);
    asy_release(vm, args);
    if (!asy_is_err(state)) asy_release(vm, state);
    return r;
}
static Value partial_setstate(VM *vm, Args a)
{
    PartialObj *p = partial(a.self);
    TupleObj *t = asy_is_tuple(vm, a.v[0]) ? asy_as_tuple(a.v[0]) : NULL;
    if (!t || t->size != 4 || !asy_is_callable(vm, t->items[0]) || !asy_is_tuple(vm, t->items[1]) ||
        !(asy_is_none(t->items[2]) || asy_is_dict(vm, t->items[2]))) {
        return asy_raise(vm, EXC_TypeError, "invalid partial state");
    }
    TupleObj *args = asy_to_tuple(vm, t->items[1]);
    DictObj *kw = !args ? NULL : asy_is_none(t->items[2]) ? asy_dict_new(vm) : asy_dict_copy(vm, asy_as_dict(t->items[2]));
    if (!kw) {
        asy_release_obj(vm, args);
        return ASY_ERR;
    }
    asy_set(vm, &p->func, asy_retain(t->items[0]));
    TupleObj *old_args = p->args;
    DictObj *old_kw = p->kwargs;
    p->args = args;
    p->kwargs = kw;
    asy_release_obj(vm, old_args);
    asy_release_obj(vm, old_kw);
    if (asy_is_dict(vm, t->items[3]) && !asy_attrs_replace_dict(vm, &p->head, &p->attrs, asy_as_dict(t->items[3]))) return ASY_ERR;
    return ASY_NONE;
}
static void partial_trace(Tracer *t, ObjHeader *o)
{
    PartialObj *p = (PartialObj *)(void *)o;
    asy_attrs_trace(t, &p->attrs);
    asy_trace_value(t, p->func);
    asy_trace_header(t, (ObjHeader *)(void *)p->args);
    asy_trace_header(t, (ObjHeader *)(void *)p->kwargs);
}
static void partial_clear(VM *vm, ObjHeader *o)
{
    PartialObj *p = (PartialObj *)(void *)o;
    asy_attrs_clear(vm, &p->attrs);
    asy_clear(vm, &p->func);
    TupleObj *args = p->args;
    DictObj *kwargs = p->kwargs;
    p->args = NULL;
    p->kwargs = NULL;
    asy_release_obj(vm, args);
    asy_release_obj(vm, kwargs);
}
static const MethodDef partial_methods[] = {
    { "__reduce__", partial_reduce, "()", 0, NULL },
    { "__setstate__", partial_setstate, "(state, /)", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef partial_getset[] = {
    { "func", partial_get_func, NULL, "function object to use in future partial calls" },
    { "args", partial_get_args, NULL, "tuple of arguments to future partial calls" },
    { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL },
    { "keywords", partial_get_keywords, NULL, "dictionary of keyword arguments to future partial calls" },
    { 0 },
};
static const TypeDef partial_type = {
    .name = "functools.partial",
    .size = sizeof(PartialObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS,
    .attrs_offset = offsetof(PartialObj, attrs),
    .doc = "Create a new function with partial application of the given arguments and keywords.",
    .trace = partial_trace,
    .clear = partial_clear,
    .methods = partial_methods,
    .getset = partial_getset,
    .slots = { .new = partial_new, .call = partial_call, .repr = partial_repr },
};

// -- reduce

static Value functools_reduce(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[1]);
    if (asy_is_err(it)) {
        if (asy_error_catch(vm, EXC_TypeError)) asy_raise(vm, EXC_TypeError, "reduce() arg 2 must support iteration");
        return ASY_ERR;
    }
    Value result = asy_is_nil(a.v[2]) ? asy_next(vm, it) : asy_retain(a.v[2]);
    if (asy_is_done(result)) result = asy_raise(vm, EXC_TypeError, "reduce() of empty iterable with no initial value");
    while (!asy_is_err(result)) {
        Value item = asy_next(vm, it);
        if (asy_is_done(item)) break;
        Value next = asy_is_err(item) ? ASY_ERR : asy_call2(vm, a.v[0], result, item);
        asy_release(vm, result);
        if (!asy_is_err(item)) asy_release(vm, item);
        result = next;
    }
    asy_release(vm, it);
    return result;
}

// -- cmp_to_key

#define KEY_FIELDS(V, O, N) V(cmp) V(object)
ASY_OBJECT(KeyObj, KEY_FIELDS);
ASY_OBJECT_TRACE(KeyObj, KEY_FIELDS)
static const TypeDef key_type;

static Value key_make(VM *vm, Value cmp, Value object)
{
    Type *t = asy_type_ready(vm, &key_type);
    KeyObj *k = t ? asy_object_alloc(vm, t) : NULL;
    if (!k) return ASY_ERR;
    k->cmp = asy_retain(cmp);
    k->object = asy_retain(object);
    return asy_from_obj(k);
}
static Value key_call(VM *vm, Value self, Args a)
{
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    if (a.n + nkw != 1) return asy_raise(vm, EXC_TypeError, "K() takes exactly one argument (%zu given)", a.n + nkw);
    return key_make(vm, asy_as(KeyObj, self)->cmp, a.v[0]);
}
static Value key_compare(VM *vm, Value x, Value y, Comparison op)
{
    if (!asy_is_obj(y) || asy_as_obj(y)->type->def != &key_type) {
        return asy_raise(vm, EXC_TypeError, "other argument must be K instance");
    }
    KeyObj *a = asy_as(KeyObj, x), *b = asy_as(KeyObj, y);
    if (asy_is_nil(a->object) || asy_is_nil(b->object)) return asy_raise(vm, EXC_AttributeError, "object");
    Value r = asy_call2(vm, a->cmp, a->object, b->object);
    if (asy_is_err(r)) return ASY_ERR;
    Value v = asy_compare(vm, r, asy_from_small(0), op);
    asy_release(vm, r);
    return v;
}
static const MemberDef key_members[] = { { "obj", offsetof(KeyObj, object), true, "Value wrapped by a key function." }, { 0 } };
static const TypeDef key_type = {
    .name = "functools.KeyWrapper",
    .size = sizeof(KeyObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = KeyObj_trace,
    .clear = KeyObj_clear,
    .members = key_members,
    .slots = { .call = key_call, .compare = key_compare },
};
static Value functools_cmp_to_key(VM *vm, Args a) { return key_make(vm, a.v[0], ASY_NIL); }

// -- the cache behind lru_cache: a dict in order of use (oldest first); an entry that is used moves to the end

typedef struct CacheObj {
    ObjHeader head;
    Attrs attrs;
    Value func, cache_info;
    DictObj *cache;
    int64_t maxsize;            // -1: without bound
    bool typed;
    int64_t hits, misses;
} CacheObj;
static CacheObj *cache(Value v) { return asy_as(CacheObj, v); }

static Value cache_new(VM *vm, Type *type, Args a)
{
    if (a.n != 4) return asy_raise(vm, EXC_TypeError, "_lru_cache_wrapper() takes exactly 4 arguments (%u given)", a.n);
    if (!asy_is_callable(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "the first argument must be callable");
    int64_t maxsize = -1;
    if (!asy_is_none(a.v[1])) {
        if (!asy_is_integer(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "maxsize should be integer or None");
        if (!asy_to_i64(vm, a.v[1], &maxsize)) return ASY_ERR;
        if (maxsize < 0) maxsize = 0;
    }
    int typed = asy_truth(vm, a.v[2]);
    if (typed < 0) return ASY_ERR;
    CacheObj *c = asy_object_alloc(vm, type);
    if (!c) return ASY_ERR;
    c->cache = asy_dict_new(vm);
    if (!c->cache) {
        asy_release_obj(vm, c);
        return ASY_ERR;
    }
    c->func = asy_retain(a.v[0]);
    c->maxsize = maxsize;
    c->typed = typed;
    c->cache_info = asy_retain(a.v[3]);
    return asy_from_obj(c);
}

// The key of a call: the argument itself if it is one int or str, else a tuple of all there is.
static Value cache_key(VM *vm, CacheObj *c, Args a)
{
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    if (!nkw && !c->typed && a.n == 1) {
        Type *t = asy_type_of(vm, a.v[0]);
        if (t == vm->types.int_ || t == vm->types.str) return asy_retain(a.v[0]);
    }
    size_t n = a.n + (nkw ? 1 + 2 * nkw : 0) + (c->typed ? a.n + nkw : 0);
    TupleObj *t = asy_tuple_alloc(vm, n);
    if (!t) return ASY_ERR;
    size_t at = 0;
    for (uint32_t i = 0; i < a.n; i++) t->items[at++] = asy_retain(a.v[i]);
    if (nkw) {
        t->items[at++] = asy_from_obj(asy_retain_obj(vm->types.dict));       // the mark between the two kinds
        for (size_t i = 0; i < nkw; i++) {
            t->items[at++] = asy_retain(asy_as_tuple(a.kwnames)->items[i]);
            t->items[at++] = asy_retain(a.v[a.n + i]);
        }
    }
    if (c->typed) {
        for (size_t i = 0; i < a.n + nkw; i++) t->items[at++] = asy_from_obj(asy_retain_obj(asy_type_of(vm, a.v[i])));
    }
    return asy_from_obj(t);
}

static Value cache_call(VM *vm, Value self, Args a)
{
    CacheObj *c = cache(self);
    Value result;
    if (c->maxsize == 0) {
        c->misses++;
        return asy_call(vm, c->func, a.v, a.n, a.kwnames);
    }
    asy_retain(self);
    Value key = cache_key(vm, c, a), found;
    if (asy_is_err(key) || !asy_dict_get(vm, c->cache, key, &found)) {
        if (!asy_is_err(key)) asy_release(vm, key);
        asy_release(vm, self);
        return ASY_ERR;
    }
    if (!asy_is_nil(found)) {
        c->hits++;
        result = asy_retain(found);
        if (c->maxsize > 0) {
            Value moved;
            if (asy_dict_pop(vm, c->cache, key, &moved)) {
                bool ok = asy_dict_set(vm, c->cache, key, result);
                asy_release(vm, moved);
                if (!ok) goto failed;
            } else {
                goto failed;
            }
        }
    } else {
        c->misses++;
        result = asy_call(vm, c->func, a.v, a.n, a.kwnames);
        if (!asy_is_err(result)) {
            // the call may have filled the cache itself: whatever is there now stays
            Value there;
            if (!asy_dict_get(vm, c->cache, key, &there)) goto failed;
            if (asy_is_nil(there)) {
                if (c->maxsize > 0 && c->cache->count >= (uint64_t)c->maxsize) {
                    uint32_t pos = 0;
                    Value oldest, unused;
                    if (asy_dict_next(c->cache, &pos, &oldest, &unused)) {
                        asy_retain(oldest);
                        int gone = asy_dict_delete(vm, c->cache, oldest);
                        asy_release(vm, oldest);
                        if (gone < 0) goto failed;
                    }
                }
                if (!asy_dict_set(vm, c->cache, key, result)) goto failed;
            }
        }
    }
    asy_release(vm, key);
    asy_release(vm, self);
    return result;
failed:
    asy_release(vm, result);
    asy_release(vm, key);
    asy_release(vm, self);
    return ASY_ERR;
}

// As a method the receiver comes in args.self (TYPE_METHOD_DESCR): it is the first argument.
static Value cache_call_slot(VM *vm, Value self, Args a)
{
    if (asy_is_nil(a.self)) return cache_call(vm, self, a);
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size, n = a.n + nkw + 1;
    Value local[8], *v = n <= 8 ? local : asy_mem_alloc(vm, n * sizeof(Value));
    if (!v) return asy_raise_memory(vm);
    v[0] = a.self;
    if (n > 1) memcpy(v + 1, a.v, (n - 1) * sizeof(Value));
    Value r = cache_call(vm, self, (Args){ ASY_NIL, v, a.n + 1, a.kwnames });
    if (v != local) asy_mem_free(vm, v, n * sizeof(Value));
    return r;
}

static Value cache_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    return asy_is_nil(object) || asy_is_none(object) ? asy_retain(self) : asy_method_new(vm, self, object);
}
static Value cache_info(VM *vm, Args a)
{
    CacheObj *c = cache(a.self);
    Value v[] = { asy_int_from_i64(vm, c->hits), asy_int_from_i64(vm, c->misses),
                  c->maxsize < 0 ? ASY_NONE : asy_int_from_i64(vm, c->maxsize), asy_from_small(c->cache->count) };
    return asy_call(vm, c->cache_info, v, 4, ASY_NIL);
}
static Value cache_clear_method(VM *vm, Args a)
{
    CacheObj *c = cache(a.self);
    c->hits = c->misses = 0;
    asy_dict_clear(vm, c->cache);
    return ASY_NONE;
}
static Value cache_self(VM *vm, Args a) { return (void)vm, asy_retain(a.self); }
static Value cache_reduce(VM *vm, Args a) { return asy_getattr(vm, a.self, asy_name(vm, __qualname__)); }
static void cache_trace(Tracer *t, ObjHeader *o)
{
    CacheObj *c = (CacheObj *)(void *)o;
    asy_attrs_trace(t, &c->attrs);
    asy_trace_value(t, c->func);
    asy_trace_value(t, c->cache_info);
    asy_trace_header(t, (ObjHeader *)(void *)c->cache);
}
static void cache_clear(VM *vm, ObjHeader *o)
{
    CacheObj *c = (CacheObj *)(void *)o;
    asy_attrs_clear(vm, &c->attrs);
    asy_clear(vm, &c->func);
    asy_clear(vm, &c->cache_info);
    DictObj *d = c->cache;
    c->cache = NULL;
    asy_release_obj(vm, d);
}
static const MethodDef cache_methods[] = {
    { "cache_info", cache_info, "()", 0, "Report cache statistics" },
    { "cache_clear", cache_clear_method, "()", 0, "Clear the cache and cache statistics" },
    { "__reduce__", cache_reduce, "()", 0, NULL },
    { "__copy__", cache_self, "()", 0, NULL },
    { "__deepcopy__", cache_self, "(memo, /)", 0, NULL },
    { 0 },
};
static const GetSetDef cache_getset[] = { { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL }, { 0 } };
static const TypeDef cache_type = {
    .name = "functools._lru_cache_wrapper",
    .size = sizeof(CacheObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_METHOD_DESCR,
    .attrs_offset = offsetof(CacheObj, attrs),
    .doc = "A callable that remembers results by arguments.",
    .trace = cache_trace,
    .clear = cache_clear,
    .methods = cache_methods,
    .getset = cache_getset,
    .slots = { .new = cache_new, .call = cache_call_slot, .descr_get = cache_get },
};

static const MethodDef functions[] = {
    { "reduce", functools_reduce, "(function, iterable, initial=None, /)", 0,
      "Apply a function of two arguments cumulatively to the items of an iterable, from left to right." },
    { "cmp_to_key", functools_cmp_to_key, "(mycmp)", 0, "Convert a cmp= function into a key= function." },
    { 0 },
};
static bool functools_init(VM *vm, Value m)
{
    return asy_module_add_type(vm, m, &partial_type) && asy_module_add_type(vm, m, &cache_type);
}
const ModuleDef asy_module__functools = { "_functools", "Tools that operate on functions.", functions, functools_init };
