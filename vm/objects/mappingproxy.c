// mappingproxy: a mapping shown read-only (cls.__dict__, types.MappingProxyType).
#include "vm/objects/mappingproxy.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define PROXY_FIELDS(V, O, N) V(mapping)
ASY_OBJECT(ProxyObj, PROXY_FIELDS);
ASY_OBJECT_TRACE(ProxyObj, PROXY_FIELDS)

#define MAPPING(v) (asy_as(ProxyObj, v)->mapping)

Value asy_mappingproxy_new(VM *vm, Value mapping)
{
    ProxyObj *p = asy_object_alloc(vm, vm->types.mappingproxy);
    if (!p) return ASY_ERR;
    p->mapping = asy_retain(mapping);
    return asy_from_obj(p);
}

static Value proxy_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "mappingproxy", a, 1, 1)) return ASY_ERR;
    const Type *of = asy_class_of(vm, a.v[0]);
    if (!of->slots.getitem || of->flags & (TYPE_LIST | TYPE_TUPLE | TYPE_STR | TYPE_BYTES)) {
        return asy_raise(vm, EXC_TypeError, "mappingproxy() argument must be a mapping, not %.100T", a.v[0]);
    }
    return asy_mappingproxy_new(vm, a.v[0]);
}

static Value proxy_getitem(VM *vm, Value self, Value key) { return asy_getitem(vm, MAPPING(self), key); }
static int proxy_contains(VM *vm, Value self, Value key) { return asy_contains(vm, MAPPING(self), key); }
static int64_t proxy_length(VM *vm, Value self) { return asy_length(vm, MAPPING(self)); }
static Value proxy_iter(VM *vm, Value self) { return asy_iter(vm, MAPPING(self)); }
static Value proxy_str(VM *vm, Value self) { return asy_str(vm, MAPPING(self)); }
static bool proxy_hash(VM *vm, Value self, int64_t *hash) { return asy_hash(vm, MAPPING(self), hash); }

static Value proxy_repr(VM *vm, Value self)
{
    StrObj *s = asy_format(vm, "mappingproxy(%R)", MAPPING(self));
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value proxy_compare(VM *vm, Value a, Value b, Comparison op)
{
    return asy_compare(vm, MAPPING(a), b, op);
}

static Value unwrapped(VM *vm, Value v) { return asy_class_of(vm, v) == vm->types.mappingproxy ? MAPPING(v) : v; }

static Value proxy_or(VM *vm, Value a, Value b) { return asy_binary(vm, BIN_OR, unwrapped(vm, a), unwrapped(vm, b)); }

static Value proxy_ior(VM *vm, Value a, Value b)
{
    (void)b;
    return asy_raise(vm, EXC_TypeError, "'|=' is not supported by %T; use '|' instead", a);
}

static Value proxy_get(VM *vm, Args a)
{
    Value v[2] = { a.v[0], asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1] };
    return asy_call_method(vm, MAPPING(a.self), asy_name(vm, get), v, 2);
}
static Value proxy_keys(VM *vm, Args a) { return asy_call_method0(vm, MAPPING(a.self), asy_name(vm, keys)); }
static Value proxy_values(VM *vm, Args a) { return asy_call_method0(vm, MAPPING(a.self), asy_name(vm, values)); }
static Value proxy_items(VM *vm, Args a) { return asy_call_method0(vm, MAPPING(a.self), asy_name(vm, items)); }
static Value proxy_copy(VM *vm, Args a) { return asy_call_method0(vm, MAPPING(a.self), asy_name(vm, copy)); }
static Value proxy_reversed(VM *vm, Args a)
{
    return asy_call_method0(vm, MAPPING(a.self), asy_name(vm, __reversed__));
}

static const MethodDef proxy_methods[] = {
    { "get", proxy_get, "(key, default=None, /)", 0, "The key's value, or the default." },
    { "keys", proxy_keys, "()", 0, "The mapping's keys." },
    { "values", proxy_values, "()", 0, "The mapping's values." },
    { "items", proxy_items, "()", 0, "The mapping's (key, value) pairs." },
    { "copy", proxy_copy, "()", 0, "A copy of the mapping, not read-only." },
    { "__reversed__", proxy_reversed, "()", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_mappingproxy_type = {
    .name = "mappingproxy",
    .size = sizeof(ProxyObj),
    .flags = TYPE_MATCH_MAPPING,
    .doc = "A mapping that can be looked at but not changed.",
    .trace = ProxyObj_trace,
    .clear = ProxyObj_clear,
    .methods = proxy_methods,
    .slots = {
        .new = proxy_new, .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .compare = proxy_compare,
        .getitem = proxy_getitem, .contains = proxy_contains, .length = proxy_length, .iter = proxy_iter,
        .or = proxy_or, .ior = proxy_ior,
    },
};
