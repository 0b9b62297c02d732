// The type dict: its slots and methods over the table of dict.c.
#include "vm/core/abstract.h"
#include "vm/core/intern.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

static void dict_trace(Tracer *t, ObjHeader *o)
{
    DictObj *d = (DictObj *)(void *)o;
    for (uint32_t i = 0; i < d->used; i++) {
        asy_trace_value(t, d->entries[i].key);
        asy_trace_value(t, d->entries[i].value);
    }
}

static void dict_clear(VM *vm, ObjHeader *o) { asy_dict_clear(vm, (DictObj *)(void *)o); }

static Value dict_new(VM *vm, Type *type, Args a)
{
    (void)a;
    DictObj *d = asy_dict_of_type(vm, type);
    return d ? asy_from_obj(d) : ASY_ERR;
}

static bool dict_update_args(VM *vm, Value self, const char *name, Args a)
{
    if (a.n > 1) {
        asy_raise(vm, EXC_TypeError, "%s expected at most 1 argument, got %u", name, a.n);
        return false;
    }
    DictObj *d = asy_as_dict(self);
    return (a.n == 0 || asy_dict_merge(vm, d, a.v[0], true)) && asy_dict_set_keywords(vm, d, a);
}

static bool dict_init(VM *vm, Value self, Args a) { return dict_update_args(vm, self, "dict", a); }

static Value dict_repr(VM *vm, Value self)
{
    DictObj *d = asy_as_dict(self);
    if (d->count == 0) return asy_str_value(vm, "{}");
    int entered = asy_repr_enter(vm, self);
    if (entered) return entered < 0 ? ASY_ERR : asy_str_value(vm, "{...}");
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "{"), first = true;
    Value key, value;
    for (uint32_t pos = 0; ok && asy_dict_next(d, &pos, &key, &value); first = false) {
        asy_retain(key);
        asy_retain(value);
        ok = (first || asy_builder_c(&b, ", ")) && asy_builder_repr(&b, key) && asy_builder_c(&b, ": ") &&
             asy_builder_repr(&b, value);
        asy_release(vm, key);
        asy_release(vm, value);
    }
    ok = ok && asy_builder_c(&b, "}");
    asy_repr_leave(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *text = asy_builder_finish(&b);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value dict_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !asy_is_dict(vm, a) || !asy_is_dict(vm, b)) return ASY_NOTIMPLEMENTED;
    int equal = asy_dict_equal(vm, asy_as_dict(a), asy_as_dict(b));
    return equal < 0 ? ASY_ERR : asy_from_bool(equal == (op == CMP_EQ));
}

static int64_t dict_length(VM *vm, Value self)
{
    (void)vm;
    return asy_as_dict(self)->count;
}

static Value dict_getitem(VM *vm, Value self, Value key)
{
    Value value;
    if (!asy_dict_get(vm, asy_as_dict(self), key, &value)) return ASY_ERR;
    if (!asy_is_nil(value)) return asy_retain(value);
    if (asy_as_obj(self)->type != vm->types.dict) {
        Value missing = asy_special(vm, self, asy_name(vm, __missing__));
        if (asy_is_err(missing)) return ASY_ERR;
        if (!asy_is_nil(missing)) {
            value = asy_call1(vm, missing, key);
            asy_release(vm, missing);
            return value;
        }
    }
    return asy_raise_kind(vm, EXC_KeyError, key);
}

static bool dict_setitem(VM *vm, Value self, Value key, Value value)
{
    DictObj *d = asy_as_dict(self);
    if (!asy_is_nil(value)) return asy_dict_set(vm, d, key, value);
    int gone = asy_dict_delete(vm, d, key);
    if (gone == 0) asy_raise_kind(vm, EXC_KeyError, key);
    return gone == 1;
}

static int dict_contains(VM *vm, Value self, Value key)
{
    Value value;
    if (!asy_dict_get(vm, asy_as_dict(self), key, &value)) return -1;
    return !asy_is_nil(value);
}

// a | b keeps a's class only if it is dict itself, as CPython does.
static Value dict_or(VM *vm, Value a, Value b)
{
    if (!asy_is_dict(vm, a) || !asy_is_dict(vm, b)) return ASY_NOTIMPLEMENTED;
    DictObj *out = asy_dict_copy(vm, asy_as_dict(a));
    if (!out) return ASY_ERR;
    if (asy_dict_merge(vm, out, b, true)) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}

static Value dict_ior(VM *vm, Value self, Value other)
{
    return asy_dict_merge(vm, asy_as_dict(self), other, true) ? asy_retain(self) : ASY_ERR;
}

static Value dict_clear_method(VM *vm, Args a)
{
    asy_dict_clear(vm, asy_as_dict(a.self));
    return ASY_NONE;
}

static Value dict_copy(VM *vm, Args a)
{
    DictObj *copy = asy_dict_copy(vm, asy_as_dict(a.self));
    return copy ? asy_from_obj(copy) : ASY_ERR;
}

static Value dict_get(VM *vm, Args a)
{
    Value value;
    if (!asy_dict_get(vm, asy_as_dict(a.self), a.v[0], &value)) return ASY_ERR;
    if (!asy_is_nil(value)) return asy_retain(value);
    return asy_is_nil(a.v[1]) ? ASY_NONE : asy_retain(a.v[1]);
}

static Value dict_setdefault(VM *vm, Args a)
{
    Value value = asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1];
    return asy_dict_add(vm, asy_as_dict(a.self), a.v[0], &value) ? asy_retain(value) : ASY_ERR;
}

static Value dict_pop(VM *vm, Args a)
{
    Value value;
    if (!asy_dict_pop(vm, asy_as_dict(a.self), a.v[0], &value)) return ASY_ERR;
    if (!asy_is_nil(value)) return value;
    return asy_is_nil(a.v[1]) ? asy_raise_kind(vm, EXC_KeyError, a.v[0]) : asy_retain(a.v[1]);
}

static Value dict_popitem(VM *vm, Args a)
{
    DictObj *d = asy_as_dict(a.self);
    if (d->count == 0) {
        Value text = asy_str_value(vm, "popitem(): dictionary is empty");
        if (!asy_is_err(text)) asy_raise_kind(vm, EXC_KeyError, text);
        asy_release(vm, text);
        return ASY_ERR;
    }
    TupleObj *pair = asy_tuple_alloc(vm, 2);
    if (!pair) return ASY_ERR;
    asy_dict_take(vm, d, (int32_t)d->used - 1, &pair->items[0], &pair->items[1]);
    return asy_from_obj(pair);
}

static Value dict_update(VM *vm, Args a) { return dict_update_args(vm, a.self, "update", a) ? ASY_NONE : ASY_ERR; }

static bool fromkeys_fill(VM *vm, Value target, Value iterable, Value value)
{
    bool plain = asy_as_obj(target)->type == vm->types.dict, ok = true;
    Walk w;
    if (!asy_walk_begin(vm, &w, iterable)) return false;
    while (ok) {
        Value key = asy_walk_next(vm, &w);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) && (plain ? asy_dict_set(vm, asy_as_dict(target), key, value) : asy_setitem(vm, target, key, value));
        asy_release(vm, key);
    }
    asy_walk_end(vm, &w);
    return ok;
}

Value asy_dict_fromkeys(VM *vm, Value cls, Value iterable, Value value)
{
    Value target = asy_call0(vm, cls);
    if (asy_is_err(target)) return ASY_ERR;
    if (!asy_is_obj(target))        // a class may return anything
        return asy_raise(vm, EXC_TypeError, "'%.200T' object does not support item assignment", target);
    if (fromkeys_fill(vm, target, iterable, value)) return target;
    asy_release(vm, target);
    return ASY_ERR;
}

static Value dict_fromkeys(VM *vm, Args a)
{
    return asy_dict_fromkeys(vm, a.self, a.v[0], asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1]);
}

static Value dict_keys(VM *vm, Args a) { return asy_dict_view_new(vm, vm->types.dict_keys, a.self); }
static Value dict_values(VM *vm, Args a) { return asy_dict_view_new(vm, vm->types.dict_values, a.self); }
static Value dict_items(VM *vm, Args a) { return asy_dict_view_new(vm, vm->types.dict_items, a.self); }
static Value dict_reversed(VM *vm, Args a)
{
    return asy_dict_iter_new(vm, asy_dict_reversekey_type(vm), asy_as_dict(a.self));
}

const MethodDef asy_dict_methods[] = {
    { "get", dict_get, "(key, default=None, /)", 0, "Return the value for key if key is in the dictionary, else default." },
    { "setdefault", dict_setdefault, "(key, default=None, /)", 0,
      "Insert key with a value of default if key is not in the dictionary.\n\n"
      "Return the value for key if key is in the dictionary, else default." },
    { "pop", dict_pop, "(key, default=<unrepresentable>, /)", 0,
      "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\n"
      "If the key is not found, return the default if given; otherwise,\nraise a KeyError." },
    { "popitem", dict_popitem, "()", 0,
      "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\n"
      "Raises KeyError if the dict is empty." },
    { "keys", dict_keys, "()", 0, "D.keys() -> a set-like object providing a view on D's keys" },
    { "items", dict_items, "()", 0, "D.items() -> a set-like object providing a view on D's items" },
    { "values", dict_values, "()", 0, "D.values() -> an object providing a view on D's values" },
    { "update", dict_update, NULL, NATIVE_RAW,
      "D.update([E, ]**F) -> None.  Update D from dict/iterable E and F.\n"
      "If E is present and has a .keys() method, then does:  for k in E: D[k] = E[k]\n"
      "If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\n"
      "In either case, this is followed by: for k in F:  D[k] = F[k]" },
    { "fromkeys", dict_fromkeys, "(iterable, value=None, /)", NATIVE_CLASS,
      "Create a new dictionary with keys from iterable and values set to value." },
    { "clear", dict_clear_method, "()", 0, "D.clear() -> None.  Remove all items from D." },
    { "copy", dict_copy, "()", 0, "D.copy() -> a shallow copy of D" },
    { "__reversed__", dict_reversed, "()", 0, "Return a reverse iterator over the dict keys." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_dict_type = {
    .name = "dict",
    .size = sizeof(DictObj),
    .flags = TYPE_BASE | TYPE_DICT | TYPE_MATCH_MAPPING | TYPE_MATCH_SELF,
    .doc = "dict() -> new empty dictionary\n"
           "dict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\n"
           "dict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\n"
           "dict(**kwargs) -> new dictionary initialized with the name=value pairs\n"
           "    in the keyword argument list.  For example:  dict(one=1, two=2)",
    .trace = dict_trace,
    .clear = dict_clear,
    .methods = asy_dict_methods,
    .slots = { .new = dict_new, .init = dict_init, .repr = dict_repr, .compare = dict_compare, .length = dict_length,
               .getitem = dict_getitem, .setitem = dict_setitem, .contains = dict_contains, .iter = asy_dict_iter_slot,
               .or = dict_or, .ior = dict_ior },
};
