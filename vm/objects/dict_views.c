// Views of dicts: keys(), values() and items(), the first and last with the operations of sets.
#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/set_impl.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

static void view_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_header(t, (ObjHeader *)(void *)((DictViewObj *)(void *)o)->dict);
}

static void view_clear(VM *vm, ObjHeader *o)
{
    DictViewObj *view = (DictViewObj *)(void *)o;
    DictObj *d = view->dict;
    view->dict = NULL;
    asy_release_obj(vm, d);
}

Value asy_dict_view_new(VM *vm, Type *type, Value dict)
{
    DictViewObj *view = asy_object_take(vm, type, sizeof(DictViewObj), true);
    if (!view) return ASY_ERR;
    view->dict = asy_retain_obj(asy_as_dict(dict));
    return asy_from_obj(view);
}

// Views are taken apart by the collector only when nothing can reach them.
static DictObj *view_dict(Value self) { return asy_as(DictViewObj, self)->dict; }

static int64_t view_length(VM *vm, Value self)
{
    (void)vm;
    return view_dict(self) ? view_dict(self)->count : 0;
}

static Value view_repr(VM *vm, Value self)
{
    int entered = asy_repr_enter(vm, self);
    if (entered) return entered < 0 ? ASY_ERR : asy_str_value(vm, "...");
    ListObj *items = asy_to_list(vm, self);
    StrObj *text = items ? asy_format(vm, "%s(%R)", asy_type_name(asy_as_obj(self)->type), asy_from_obj(items)) : NULL;
    asy_release_obj(vm, items);
    asy_repr_leave(vm, self);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value keys_iter(VM *vm, Value self) { return asy_dict_iter_new(vm, vm->types.dict_keyiterator, view_dict(self)); }
static Value values_iter(VM *vm, Value self) { return asy_dict_iter_new(vm, vm->types.dict_valueiterator, view_dict(self)); }
static Value items_iter(VM *vm, Value self) { return asy_dict_iter_new(vm, vm->types.dict_itemiterator, view_dict(self)); }

static Value keys_reversed(VM *vm, Args a) { return asy_dict_iter_new(vm, asy_dict_reversekey_type(vm), view_dict(a.self)); }
static Value values_reversed(VM *vm, Args a)
{
    return asy_dict_iter_new(vm, asy_dict_reversevalue_type(vm), view_dict(a.self));
}
static Value items_reversed(VM *vm, Args a) { return asy_dict_iter_new(vm, asy_dict_reverseitem_type(vm), view_dict(a.self)); }

static int keys_contains(VM *vm, Value self, Value key)
{
    Value value;
    if (!asy_dict_get(vm, view_dict(self), key, &value)) return -1;
    return !asy_is_nil(value);
}

static int items_contains(VM *vm, Value self, Value item)
{
    if (!asy_is_tuple(vm, item) || asy_as_tuple(item)->size != 2) return 0;
    Value value;
    if (!asy_dict_get(vm, view_dict(self), asy_as_tuple(item)->items[0], &value)) return -1;
    if (asy_is_nil(value)) return 0;
    asy_retain(value);
    int equal = asy_equal(vm, value, asy_as_tuple(item)->items[1]);
    asy_release(vm, value);
    return equal;
}

static bool is_view(VM *vm, Value v)
{
    Type *type = asy_type_of(vm, v);
    return asy_type_is_subtype(type, vm->types.dict_keys) || asy_type_is_subtype(type, vm->types.dict_items);
}

// Whether every item of `a` is in `b`: 1, 0, -1.
static int all_contained(VM *vm, Value a, Value b)
{
    Value it = asy_iter(vm, a);
    int result = asy_is_err(it) ? -1 : 1;
    while (result == 1) {
        Value item = asy_next(vm, it);
        if (asy_is_done(item)) break;
        result = asy_is_err(item) ? -1 : asy_contains(vm, b, item);
        asy_release(vm, item);
    }
    asy_release(vm, it);
    return result;
}

static Value view_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_anyset(vm, b) && !is_view(vm, b)) return ASY_NOTIMPLEMENTED;
    int64_t na = view_length(vm, a), nb = asy_length(vm, b);
    if (nb < 0) return ASY_ERR;
    int result = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE: result = na == nb ? all_contained(vm, a, b) : 0; break;
    case CMP_LT: result = na < nb ? all_contained(vm, a, b) : 0; break;
    case CMP_LE: result = na <= nb ? all_contained(vm, a, b) : 0; break;
    case CMP_GT: result = na > nb ? all_contained(vm, b, a) : 0; break;
    case CMP_GE: result = na >= nb ? all_contained(vm, b, a) : 0; break;
    }
    if (result < 0) return ASY_ERR;
    return asy_from_bool(op == CMP_NE ? !result : result);
}

// The operators give plain sets; either operand may be the view, the other any iterable.
static Value view_set_op(VM *vm, Value a, Value b, bool (*apply)(VM *vm, SetObj *s, Value other))
{
    SetObj *s = asy_set_new(vm, vm->types.set);
    // The keys of a dict are taken from the dict itself, which knows their hashes.
    if (asy_type_of(vm, a) == vm->types.dict_keys) a = asy_from_obj(view_dict(a));
    if (s && asy_set_update(vm, s, a) && apply(vm, s, b)) return asy_from_obj(s);
    asy_release_obj(vm, s);
    return ASY_ERR;
}

static Value view_sub(VM *vm, Value a, Value b) { return view_set_op(vm, a, b, asy_set_difference_update); }
// Of two views, or a view and a set, the smaller is walked; else whatever is not the view.
static Value view_and(VM *vm, Value a, Value b)
{
    Value view = is_view(vm, a) ? a : b, other = is_view(vm, a) ? b : a;
    if (is_view(vm, other) && view_length(vm, other) > view_length(vm, view)) {
        Value t = view;
        view = other;
        other = t;
    }
    if (asy_type_of(vm, other) == vm->types.set && asy_as_set(other)->count >= view_length(vm, view)) {
        SetObj *common = asy_set_intersection(vm, asy_as_set(other), view, vm->types.set);
        return common ? asy_from_obj(common) : ASY_ERR;
    }
    SetObj *out = asy_set_new(vm, vm->types.set);
    Walk w;
    if (!out || !asy_walk_begin(vm, &w, other)) {
        asy_release_obj(vm, out);
        return ASY_ERR;
    }
    bool ok = true;
    while (ok) {
        Value item = asy_walk_next(vm, &w);
        if (asy_is_done(item)) break;
        int has = asy_is_err(item) ? -1 : asy_contains(vm, view, item);
        ok = has >= 0 && (!has || asy_set_add(vm, out, item));
        asy_release(vm, item);
    }
    asy_walk_end(vm, &w);
    if (ok) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}

static Value view_xor(VM *vm, Value a, Value b) { return view_set_op(vm, a, b, asy_set_symmetric_update); }
static Value view_or(VM *vm, Value a, Value b) { return view_set_op(vm, a, b, asy_set_update); }

static Value view_isdisjoint(VM *vm, Args a)
{
    Value small = a.self, large = a.v[0];
    // The larger of two sets or views answers, the smaller is walked.
    if (asy_is_anyset(vm, large) || is_view(vm, large)) {
        int64_t n = asy_length(vm, large);
        if (n < 0) return ASY_ERR;
        if (n < view_length(vm, small)) {
            small = a.v[0];
            large = a.self;
        }
    } else {
        small = a.v[0];
        large = a.self;
    }
    Value it = asy_iter(vm, small);
    if (asy_is_err(it)) return ASY_ERR;
    int found = 0;
    while (!found) {
        Value item = asy_next(vm, it);
        if (asy_is_done(item)) break;
        found = asy_is_err(item) ? -1 : asy_contains(vm, large, item);
        asy_release(vm, item);
    }
    asy_release(vm, it);
    return found < 0 ? ASY_ERR : asy_from_bool(!found);
}

static Value view_mapping(VM *vm, Value self) { return asy_call1(vm, asy_from_obj(vm->types.mappingproxy), asy_from_obj(view_dict(self))); }

static const GetSetDef view_getset[] = {
    { "mapping", view_mapping, NULL, "dictionary that this view refers to" },
    { 0 },
};
static const MethodDef keys_methods[] = {
    { "isdisjoint", view_isdisjoint, "(other, /)", 0, "Return True if the view and the given iterable have a null intersection." },
    { "__reversed__", keys_reversed, "()", 0, "Return a reverse iterator over the dict keys." },
    { 0 },
};
static const MethodDef values_methods[] = {
    { "__reversed__", values_reversed, "()", 0, "Return a reverse iterator over the dict values." },
    { 0 },
};
static const MethodDef items_methods[] = {
    { "isdisjoint", view_isdisjoint, "(other, /)", 0, "Return True if the view and the given iterable have a null intersection." },
    { "__reversed__", items_reversed, "()", 0, "Return a reverse iterator over the dict items." },
    { 0 },
};

const TypeDef asy_dict_keys_type = {
    .name = "dict_keys",
    .size = sizeof(DictViewObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = view_trace,
    .clear = view_clear,
    .methods = keys_methods,
    .getset = view_getset,
    .slots = { .repr = view_repr, .length = view_length, .iter = keys_iter, .contains = keys_contains, .compare = view_compare,
               .sub = view_sub, .and = view_and, .xor = view_xor, .or = view_or },
};
const TypeDef asy_dict_items_type = {
    .name = "dict_items",
    .size = sizeof(DictViewObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = view_trace,
    .clear = view_clear,
    .methods = items_methods,
    .getset = view_getset,
    .slots = { .repr = view_repr, .length = view_length, .iter = items_iter, .contains = items_contains, .compare = view_compare,
               .sub = view_sub, .and = view_and, .xor = view_xor, .or = view_or },
};
const TypeDef asy_dict_values_type = {
    .name = "dict_values",
    .size = sizeof(DictViewObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = view_trace,
    .clear = view_clear,
    .methods = values_methods,
    .getset = view_getset,
    .slots = { .repr = view_repr, .length = view_length, .iter = values_iter },
};
