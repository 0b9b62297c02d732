// collections.OrderedDict: a dict whose order can be changed, counts in comparison, and is watched while it is iterated.
//
// A dict keeps its entries in order already, so the order here is that of the entries; asy_dict_move changes it. `layout`
// tells an iterator that anything about order or membership has changed since it began. As in CPython, methods of a
// subclass see assignments, deletions and look-ups made by those here that are written as if over the mapping protocol:
// __init__, update, copy, setdefault and the operators.
#include "stdlib/collections.h"
#include "vm/core/shape.h"
#include "vm/objects/attributes.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/iter.h"
#include "vm/objects/new_args.h"
#include "vm/objects/types.h"

typedef struct OrderedDict {
    DictObj dict;
    Attrs attrs;
} OrderedDict;

enum { GIVES_KEYS = 1, GIVES_VALUES = 2 };

#define ORDERED_ITER_FIELDS(V, O, N)                                                               \
    O(DictObj, dict) /* NULL: exhausted */                                                         \
    N(uint32_t, pos) /* of the next entry; backward: behind it */                                  \
    N(uint32_t, left) /* to be given out */                                                        \
    N(uint32_t, layout) /* the dict's when iteration began */                                      \
    N(uint8_t, gives)                                                                              \
    N(bool, backward)
ASY_OBJECT(OrderedIter, ORDERED_ITER_FIELDS);
ASY_OBJECT_TRACE(OrderedIter, ORDERED_ITER_FIELDS)

static const TypeDef iter_type, keys_type, values_type, items_type;

static bool is_ordered(Value v) { return asy_is_obj(v) && asy_as_obj(v)->type->def == &asy_ordered_dict_type; }
static bool is_exact(Value self)
{
    const Type *type = asy_as_obj(self)->type;
    return type->def == &asy_ordered_dict_type && type->flags & TYPE_STATIC;
}

// -- filling it: what a subclass' __setitem__ is to see

// One pair of an iterable of pairs.
static bool set_pair(VM *vm, Value self, Value pair)
{
    Value it = asy_iter(vm, pair), v[3] = { ASY_DONE, ASY_DONE, ASY_DONE };
    if (asy_is_err(it)) return false;
    uint32_t n = 0;
    bool ok = true;
    for (; ok && n < 3; n++) {
        v[n] = asy_next(vm, it);
        if (asy_is_done(v[n])) break;
        ok = !asy_is_err(v[n]);
    }
    if (ok && n != 2) {
        if (n == 3) asy_raise(vm, EXC_ValueError, "too many values to unpack (expected 2)");
        else asy_raise(vm, EXC_ValueError, "need more than %u value%s to unpack", n, n == 1 ? "" : "s");
        ok = false;
    }
    ok = ok && asy_setitem(vm, self, v[0], v[1]);
    for (uint32_t i = 0; i < 3; i++) asy_release(vm, v[i]);
    asy_release(vm, it);
    return ok;
}

static bool set_pairs(VM *vm, Value self, Value pairs)
{
    Value it = asy_iter(vm, pairs);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value pair = asy_next(vm, it);
        if (asy_is_done(pair)) break;
        ok = !asy_is_err(pair) && set_pair(vm, self, pair);
        asy_release(vm, pair);
    }
    asy_release(vm, it);
    return ok;
}

// self[key] = mapping[key] for the keys that mapping.keys() gives.
static bool set_keys(VM *vm, Value self, Value mapping, Value keys_method)
{
    Value keys = asy_call0(vm, keys_method);
    Value it = asy_is_err(keys) ? ASY_ERR : asy_iter(vm, keys);
    bool ok = !asy_is_err(it);
    asy_release(vm, keys);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        Value value = asy_is_err(key) ? ASY_ERR : asy_getitem(vm, mapping, key);
        ok = !asy_is_err(value) && asy_setitem(vm, self, key, value);
        asy_release(vm, key);
        asy_release(vm, value);
    }
    asy_release(vm, it);
    return ok;
}

// A dict whose keys() and look-ups are known, by its entries; those that it has now.
static bool set_entries(VM *vm, Value self, DictObj *from)
{
    if (asy_as_obj(self)->type->slots.setitem == vm->types.dict->slots.setitem)
        return asy_dict_merge(vm, asy_as_dict(self), asy_from_obj(from), true);
    DictObj *copy = asy_dict_copy(vm, from);
    if (!copy) return false;
    bool ok = true;
    Value key, value;
    for (uint32_t pos = 0; ok && asy_dict_next(copy, &pos, &key, &value);) ok = asy_setitem(vm, self, key, value);
    asy_release_obj(vm, copy);
    return ok;
}

static bool set_all(VM *vm, Value self, Value from)
{
    if (asy_is_obj(from) && (asy_as_obj(from)->type == vm->types.dict || is_exact(from)))
        return set_entries(vm, self, asy_as_dict(from));
    StrObj *const names[] = { asy_name(vm, keys), asy_name(vm, items) };
    for (int i = 0; i < 2; i++) {
        Value method = asy_getattr_opt(vm, from, names[i]);
        if (asy_is_nil(method)) continue;
        bool ok = !asy_is_err(method);
        if (ok && i == 0) {
            ok = set_keys(vm, self, from, method);
        } else if (ok) {
            Value items = asy_call0(vm, method);
            ok = !asy_is_err(items) && set_pairs(vm, self, items);
            asy_release(vm, items);
        }
        asy_release(vm, method);
        return ok;
    }
    return set_pairs(vm, self, from);
}

static bool set_arguments(VM *vm, Value self, Args a)
{
    if (a.n && !set_all(vm, self, a.v[0])) return false;
    size_t keywords = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t k = 0; k < keywords; k++)
        if (!asy_setitem(vm, self, asy_as_tuple(a.kwnames)->items[k], a.v[a.n + k])) return false;
    return true;
}

static Value ordered_new(VM *vm, Type *type, Args a)
{
    (void)a;
    return asy_value_or_err(asy_dict_of_type(vm, type));
}

static bool ordered_init(VM *vm, Value self, Args a)
{
    if (a.n <= 1) return set_arguments(vm, self, a);
    asy_raise(vm, EXC_TypeError, "expected at most 1 arguments, got %u", a.n);
    return false;
}

static Value ordered_update(VM *vm, Args a)
{
    if (a.n > 1) return asy_raise(vm, EXC_TypeError, "update() takes at most 1 positional argument (%u given)", a.n);
    return set_arguments(vm, a.self, a) ? ASY_NONE : ASY_ERR;
}

static Value ordered_fromkeys(VM *vm, Args a)
{
    static const char *const names[] = { "iterable", "value" };
    Value v[2];
    if (!asy_new_args(vm, "fromkeys", names, 2, 0, 1, a, v)) return ASY_ERR;
    return asy_dict_fromkeys(vm, a.self, v[0], asy_is_nil(v[1]) ? ASY_NONE : v[1]);
}

// -- order

// Entry of `key`: its number, -1 with KeyError, -2 with another exception.
static int32_t find(VM *vm, DictObj *d, Value key)
{
    int64_t hash;
    if (!asy_hash(vm, key, &hash)) return -2;
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at == -1) asy_raise_kind(vm, EXC_KeyError, key);
    return at;
}

static Value ordered_move_to_end(VM *vm, Args a)
{
    static const char *const names[] = { "key", "last" };
    Value v[2];
    if (!asy_new_args(vm, "move_to_end", names, 2, 0, 1, a, v)) return ASY_ERR;
    int last = asy_is_nil(v[1]) ? 1 : asy_truth(vm, v[1]);
    if (last < 0) return ASY_ERR;
    int32_t at = find(vm, asy_as_dict(a.self), v[0]);
    return at >= 0 && asy_dict_move(vm, asy_as_dict(a.self), at, last) ? ASY_NONE : ASY_ERR;
}

static Value ordered_popitem(VM *vm, Args a)
{
    static const char *const names[] = { "last" };
    Value v[1];
    if (!asy_new_args(vm, "popitem", names, 1, 0, 0, a, v)) return ASY_ERR;
    int last = asy_is_nil(v[0]) ? 1 : asy_truth(vm, v[0]);
    if (last < 0) return ASY_ERR;
    DictObj *d = asy_as_dict(a.self);
    if (d->count == 0) {
        Value text = asy_str_value(vm, "dictionary is empty");
        if (!asy_is_err(text)) asy_raise_kind(vm, EXC_KeyError, text);
        asy_release(vm, text);
        return ASY_ERR;
    }
    TupleObj *pair = asy_tuple_alloc(vm, 2);
    if (!pair) return ASY_ERR;
    asy_dict_take(vm, d, (int32_t)(last ? d->used - 1 : d->first), &pair->items[0], &pair->items[1]);
    return asy_from_obj(pair);
}

static Value ordered_pop(VM *vm, Args a)
{
    static const char *const names[] = { "key", "default" };
    Value v[2], key, value;
    int64_t hash;
    if (!asy_new_args(vm, "pop", names, 2, 0, 1, a, v) || !asy_hash(vm, v[0], &hash)) return ASY_ERR;
    DictObj *d = asy_as_dict(a.self);
    int32_t at = asy_dict_lookup(vm, d, v[0], hash);
    if (at == -2) return ASY_ERR;
    if (at == -1) return asy_is_nil(v[1]) ? asy_raise_kind(vm, EXC_KeyError, v[0]) : asy_retain(v[1]);
    asy_dict_take(vm, d, at, &key, &value);
    asy_release(vm, key);
    return value;
}

static Value ordered_setdefault(VM *vm, Args a)
{
    static const char *const names[] = { "key", "default" };
    Value v[2];
    if (!asy_new_args(vm, "setdefault", names, 2, 0, 1, a, v)) return ASY_ERR;
    if (asy_is_nil(v[1])) v[1] = ASY_NONE;
    if (is_exact(a.self)) {
        DictObj *d = asy_as_dict(a.self);
        int64_t hash;
        if (!asy_hash(vm, v[0], &hash)) return ASY_ERR;
        int32_t at = asy_dict_lookup(vm, d, v[0], hash);
        if (at >= 0) return asy_retain(d->entries[at].value);
        return at == -1 && asy_dict_set_hashed(vm, d, v[0], hash, v[1]) ? asy_retain(v[1]) : ASY_ERR;
    }
    int there = asy_contains(vm, a.self, v[0]);
    if (there > 0) return asy_getitem(vm, a.self, v[0]);
    return there == 0 && asy_setitem(vm, a.self, v[0], v[1]) ? asy_retain(v[1]) : ASY_ERR;
}

// -- copies and comparison

// A subclass is asked for each value and told each item; its order while that happens is that of the entries then.
static bool copy_items(VM *vm, Value self, Value copy)
{
    TupleObj *keys = NULL;
    ListObj *list = asy_list_new(vm, asy_as_dict(self)->count);
    bool ok = list != NULL;
    Value key;
    for (uint32_t pos = 0; ok && asy_dict_next(asy_as_dict(self), &pos, &key, NULL);) ok = asy_list_append(vm, list, key);
    if (ok) ok = (keys = asy_list_to_tuple(vm, list)) != NULL;
    for (size_t i = 0; ok && i < keys->size; i++) {
        Value value = asy_getitem(vm, self, keys->items[i]);
        ok = !asy_is_err(value) && asy_setitem(vm, copy, keys->items[i], value);
        asy_release(vm, value);
    }
    asy_release_obj(vm, list);
    asy_release_obj(vm, keys);
    return ok;
}

static Value ordered_copy(VM *vm, Args a)
{
    Value copy = asy_call0(vm, asy_from_obj(asy_as_obj(a.self)->type));
    if (asy_is_err(copy)) return ASY_ERR;
    bool ok = is_exact(a.self) ? set_entries(vm, copy, asy_as_dict(a.self)) : copy_items(vm, a.self, copy);
    if (ok) return copy;
    asy_release(vm, copy);
    return ASY_ERR;
}

// Whether the keys are equal one by one: 1, 0, -1. Comparing them runs script.
static int same_order(VM *vm, DictObj *x, DictObj *y)
{
    uint32_t x_layout = x->layout, y_layout = y->layout, px = 0, py = 0;
    Value kx, ky;
    while (asy_dict_next(x, &px, &kx, NULL) && asy_dict_next(y, &py, &ky, NULL)) {
        asy_retain(kx);
        asy_retain(ky);
        int equal = asy_equal(vm, kx, ky);
        asy_release(vm, kx);
        asy_release(vm, ky);
        if (equal <= 0) return equal;
        if (x->layout == x_layout && y->layout == y_layout) continue;
        asy_raise(vm, EXC_RuntimeError, "OrderedDict mutated during iteration");
        return -1;
    }
    return x->count == y->count;
}

static Value ordered_compare(VM *vm, Value x, Value y, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !asy_is_dict(vm, x) || !asy_is_dict(vm, y)) return ASY_NOTIMPLEMENTED;
    int equal = asy_dict_equal(vm, asy_as_dict(x), asy_as_dict(y));
    if (equal > 0 && is_ordered(x) && is_ordered(y)) equal = same_order(vm, asy_as_dict(x), asy_as_dict(y));
    return equal < 0 ? ASY_ERR : asy_from_bool(equal == (op == CMP_EQ));
}

static Value ordered_or(VM *vm, Value x, Value y)
{
    if (!asy_is_dict(vm, x) || !asy_is_dict(vm, y)) return ASY_NOTIMPLEMENTED;
    Value cls = asy_from_obj(asy_as_obj(is_ordered(x) ? x : y)->type), out = asy_call1(vm, cls, x);
    if (asy_is_err(out) || set_all(vm, out, y)) return out;
    asy_release(vm, out);
    return ASY_ERR;
}

static Value ordered_ior(VM *vm, Value self, Value other) { return set_all(vm, self, other) ? asy_retain(self) : ASY_ERR; }

static Value ordered_repr(VM *vm, Value self)
{
    StrObj *name = asy_as_obj(self)->type->name, *text = NULL;
    if (asy_as_dict(self)->count == 0) return asy_value_or_err(asy_format(vm, "%U()", name));
    int entered = asy_repr_enter(vm, self);
    if (entered) return entered < 0 ? ASY_ERR : asy_str_value(vm, "...");
    Value plain = asy_call1(vm, asy_from_obj(vm->types.dict), self);
    if (!asy_is_err(plain)) text = asy_format(vm, "%U(%R)", asy_as_obj(self)->type->name, plain);
    asy_release(vm, plain);
    asy_repr_leave(vm, self);
    return asy_value_or_err(text);
}

static Value ordered_reduce(VM *vm, Args a)
{
    Value state = asy_call_method0(vm, a.self, asy_name(vm, __getstate__)), items = ASY_ERR, it = ASY_ERR, out = ASY_ERR;
    if (!asy_is_err(state)) items = asy_call_method0(vm, a.self, asy_name(vm, items));
    if (!asy_is_err(items)) it = asy_iter(vm, items);
    if (!asy_is_err(it))
        out = asy_tuple_pack(vm, 5, asy_from_obj(asy_as_obj(a.self)->type), vm->empty_tuple, state, ASY_NONE, it);
    asy_release(vm, state);
    asy_release(vm, items);
    asy_release(vm, it);
    return out;
}

// -- iteration

static Value iter_new(VM *vm, DictObj *d, uint8_t gives, bool backward)
{
    Type *type = asy_type_ready(vm, &iter_type);
    OrderedIter *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->dict = asy_retain_obj(d);
    it->pos = backward ? d->used : d->first;
    it->left = d->count;
    it->layout = d->layout;
    it->gives = gives;
    it->backward = backward;
    return asy_from_obj(it);
}

static Value iter_next(VM *vm, Value self)
{
    OrderedIter *it = asy_as(OrderedIter, self);
    DictObj *d = it->dict;
    if (!d) return ASY_DONE;
    // After the last item nothing is looked at any more, so whatever its receiver did is allowed.
    if (it->left == 0 || it->layout != d->layout) {
        bool over = it->left == 0, cleared = !d->entries;
        OrderedIter_clear(vm, &it->head);
        if (over) return ASY_DONE;
        return asy_raise(vm, EXC_RuntimeError,
                         cleared ? "OrderedDict changed size during iteration" : "OrderedDict mutated during iteration");
    }
    const DictEntry *e;
    do {
        e = &d->entries[it->backward ? --it->pos : it->pos++];
    } while (asy_is_nil(e->key));
    it->left--;
    if (it->gives == (GIVES_KEYS | GIVES_VALUES)) return asy_tuple_pack(vm, 2, e->key, e->value);
    return asy_retain(it->gives == GIVES_KEYS ? e->key : e->value);
}

static Value iter_reduce(VM *vm, Args a)
{
    OrderedIter *it = asy_as(OrderedIter, a.self), *copy = asy_object_alloc(vm, it->head.type);
    if (!copy) return ASY_ERR;
    if (it->dict) copy->dict = asy_retain_obj(it->dict);
    copy->pos = it->pos;
    copy->left = it->left;
    copy->layout = it->layout;
    copy->gives = it->gives;
    copy->backward = it->backward;
    ListObj *rest = asy_to_list(vm, asy_from_obj(copy));
    asy_release_obj(vm, copy);
    if (!rest) return ASY_ERR;
    Value out = asy_iter_reduce(vm, "iter", asy_from_obj(rest), ASY_NIL);
    asy_release_obj(vm, rest);
    return out;
}

static const MethodDef iter_methods[] = {
    { "__reduce__", iter_reduce, "()", 0, "Return state information for pickling" },
    { 0 },
};
static const TypeDef iter_type = {
    .name = "odict_iterator",
    .size = sizeof(OrderedIter),
    .flags = TYPE_DISALLOW_NEW,
    .trace = OrderedIter_trace,
    .clear = OrderedIter_clear,
    .methods = iter_methods,
    .slots = { .iter = asy_iter_self, .next = iter_next },
};

static Value ordered_iter(VM *vm, Value self) { return iter_new(vm, asy_as_dict(self), GIVES_KEYS, false); }
static Value ordered_reversed(VM *vm, Args a) { return iter_new(vm, asy_as_dict(a.self), GIVES_KEYS, true); }

static DictObj *view_dict(Value view) { return asy_as(DictViewObj, view)->dict; }

#define ORDERED_VIEW(id, what)                                                                                           \
    static Value id##_iter(VM *vm, Value self) { return iter_new(vm, view_dict(self), what, false); }                     \
    static Value id##_reversed(VM *vm, Args a) { return iter_new(vm, view_dict(a.self), what, true); }                    \
    static const MethodDef id##_methods[] = { { "__reversed__", id##_reversed, "()", 0, NULL }, { 0 } };                  \
    static const TypeDef id##_type = {                                                                                   \
        .name = "odict_" #id, .base = &asy_dict_##id##_type, .size = sizeof(DictViewObj), .flags = TYPE_DISALLOW_NEW,     \
        .methods = id##_methods, .slots = { .iter = id##_iter },                                                          \
    };                                                                                                                   \
    static Value ordered_##id(VM *vm, Args a)                                                                            \
    {                                                                                                                    \
        Type *type = asy_type_ready(vm, &id##_type);                                                                     \
        return type ? asy_dict_view_new(vm, type, a.self) : ASY_ERR;                                                     \
    }
ORDERED_VIEW(keys, GIVES_KEYS)
ORDERED_VIEW(values, GIVES_VALUES)
ORDERED_VIEW(items, GIVES_KEYS | GIVES_VALUES)

// -- the type

static void ordered_trace(Tracer *t, ObjHeader *o)
{
    asy_attrs_trace(t, &((OrderedDict *)(void *)o)->attrs);
    asy_dict_type.trace(t, o);
}

static void ordered_clear(VM *vm, ObjHeader *o)
{
    asy_attrs_clear(vm, &((OrderedDict *)(void *)o)->attrs);
    asy_dict_type.clear(vm, o);
}

static const MethodDef methods[] = {
    { "fromkeys", ordered_fromkeys, "(iterable, value=None)", NATIVE_CLASS | NATIVE_RAW,
      "A new ordered dictionary with these keys, all with the same value." },
    { "move_to_end", ordered_move_to_end, "(key, last=True)", NATIVE_RAW,
      "Make an existing key the last (or, if last is false, the first).\n\nKeyError if there is no such key." },
    { "popitem", ordered_popitem, "(last=True)", NATIVE_RAW,
      "Remove and return the last pair (or, if last is false, the first).\n\nKeyError if there is none." },
    { "pop", ordered_pop, "(key, default=<unrepresentable>)", NATIVE_RAW,
      "Remove a key and return its value; if it is not there, the default, or KeyError without one." },
    { "setdefault", ordered_setdefault, "(key, default=None)", NATIVE_RAW,
      "The value of a key, which gets the default if it is not there." },
    { "update", ordered_update, NULL, NATIVE_RAW, "Set the items of a mapping or of pairs, then those given by name." },
    { "keys", ordered_keys, "()", 0, NULL },
    { "values", ordered_values, "()", 0, NULL },
    { "items", ordered_items, "()", 0, NULL },
    { "copy", ordered_copy, "()", 0, "A shallow copy." },
    { "__reversed__", ordered_reversed, "()", 0, "An iterator over the keys from the last to the first." },
    { "__reduce__", ordered_reduce, "()", 0, "Return state information for pickling" },
    { 0 },
};
static const GetSetDef getset[] = { { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL }, { 0 } };

const TypeDef asy_ordered_dict_type = {
    .name = "collections.OrderedDict",
    .base = &asy_dict_type,
    .size = sizeof(OrderedDict),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(OrderedDict, attrs),
    .doc = "A dictionary whose order can be changed, and counts when two of them are compared.",
    .trace = ordered_trace,
    .clear = ordered_clear,
    .methods = methods,
    .getset = getset,
    .slots = { .new = ordered_new, .init = ordered_init, .repr = ordered_repr, .compare = ordered_compare, .iter = ordered_iter,
               .or = ordered_or, .ior = ordered_ior },
};
