// The types set and frozenset: slots, methods and the iterator over the table of set.c.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/set_impl.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

static void set_trace(Tracer *t, ObjHeader *o)
{
    SetObj *s = (SetObj *)(void *)o;
    for (size_t i = 0; s->counted && s->table && i <= s->mask; i++) asy_trace_value(t, s->table[i].key);
}

static void set_clear_slot(VM *vm, ObjHeader *o) { asy_set_clear(vm, (SetObj *)(void *)o); }

static bool is_frozen(VM *vm, const SetObj *s)
{
    return s->head.type == vm->types.frozenset ||
           (s->head.type != vm->types.set && asy_type_is_subtype(s->head.type, vm->types.frozenset));
}

// Operators give set or frozenset, after the left operand, never a subclass.
static Type *base_type(VM *vm, const SetObj *s) { return is_frozen(vm, s) ? vm->types.frozenset : vm->types.set; }

static Value value_or_err(SetObj *s) { return s ? asy_from_obj(s) : ASY_ERR; }

static Value set_new(VM *vm, Type *type, Args a)
{
    (void)a;
    return value_or_err(asy_set_new(vm, type));
}

static bool set_init(VM *vm, Value self, Args a)
{
    SetObj *s = asy_as_set(self);
    if (!asy_args_positional(vm, "set", a, 0, 1)) return false;
    if (s->count) asy_set_clear(vm, s);
    return a.n == 0 || asy_set_update(vm, s, a.v[0]);
}

static Value frozenset_new(VM *vm, Type *type, Args a)
{
    bool exact = type == vm->types.frozenset;
    asy_args_of_subclass(type, vm->types.frozenset, false, &a);
    if (!asy_args_positional(vm, "frozenset", a, 0, 1)) return ASY_ERR;
    if (exact && a.n && asy_is_obj(a.v[0]) && asy_as_obj(a.v[0])->type == type) return asy_retain(a.v[0]);
    SetObj *s = asy_set_new(vm, type);
    bool ok = s && (a.n == 0 || asy_set_update(vm, s, a.v[0]));
    if (ok && !(exact && s->count == 0)) return asy_from_obj(s);
    asy_release_obj(vm, s);
    return ok ? asy_retain(vm->empty_frozenset) : ASY_ERR;
}

static Value set_repr(VM *vm, Value self)
{
    SetObj *s = asy_as_set(self);
    bool plain = s->head.type == vm->types.set;
    const char *name = asy_type_name(s->head.type);
    int entered = s->count ? asy_repr_enter(vm, self) : 0;
    if (entered < 0) return ASY_ERR;
    if (s->count == 0 || entered) {
        StrObj *text = asy_format(vm, entered ? "%s(...)" : "%s()", name);
        return text ? asy_from_obj(text) : ASY_ERR;
    }
    ListObj *items = asy_to_list(vm, self);         // a copy: repr may change the set
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = items && (plain || asy_builder_format(&b, "%s(", name)) && asy_builder_c(&b, "{");
    for (size_t i = 0; ok && i < items->size; i++)
        ok = (i == 0 || asy_builder_c(&b, ", ")) && asy_builder_repr(&b, items->items[i]);
    ok = ok && asy_builder_c(&b, plain ? "}" : "})");
    asy_release_obj(vm, items);
    asy_repr_leave(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *text = asy_builder_finish(&b);
    return text ? asy_from_obj(text) : ASY_ERR;
}

// The order of the items does not matter: their hashes, each stirred by itself, are added up.
static bool frozenset_hash(VM *vm, Value self, int64_t *hash)
{
    SetObj *s = asy_as_set(self);
    (void)vm;
    if (s->hash == -1) {
        uint64_t sum = UINT64_C(0x9E3779B97F4A7C15) * (s->count + UINT64_C(1));
        for (size_t i = 0; s->table && i <= s->mask; i++) {
            SetEntry e = s->table[i];
            if (asy_is_nil(e.key) || asy_is_unbound(e.key)) continue;
            uint64_t h = (uint64_t)e.hash;
            h = (h ^ h >> 30 ^ UINT64_C(0x5851F42D4C957F2D)) * UINT64_C(0xBF58476D1CE4E5B9);
            sum += h ^ h >> 27;
        }
        sum ^= sum >> 31;
        s->hash = sum == UINT64_MAX ? -2 : (int64_t)sum;
    }
    *hash = s->hash;
    return true;
}

static Value set_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_anyset(vm, a) || !asy_is_anyset(vm, b)) return ASY_NOTIMPLEMENTED;
    SetObj *x = asy_as_set(a), *y = asy_as_set(b);
    int result = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE: result = x->count == y->count ? asy_set_is_subset(vm, x, y) : 0; break;
    case CMP_LT: result = x->count < y->count ? asy_set_is_subset(vm, x, y) : 0; break;
    case CMP_LE: result = asy_set_is_subset(vm, x, y); break;
    case CMP_GT: result = y->count < x->count ? asy_set_is_subset(vm, y, x) : 0; break;
    case CMP_GE: result = asy_set_is_subset(vm, y, x); break;
    }
    if (result < 0) return ASY_ERR;
    return asy_from_bool(op == CMP_NE ? !result : result);
}

static int64_t set_length(VM *vm, Value self)
{
    (void)vm;
    return asy_as_set(self)->count;
}

// A set as a key means the frozenset equal to it. New reference; NIL with the exception set if `key` is
// no set or the exception is not about hashing.
static Value frozen_key(VM *vm, Value key)
{
    if (!asy_is_anyset(vm, key) || !asy_error_catch(vm, EXC_TypeError)) return ASY_NIL;
    SetObj *copy = asy_set_copy(vm, asy_as_set(key), vm->types.frozenset);
    return copy ? asy_from_obj(copy) : ASY_NIL;
}

static int set_contains(VM *vm, Value self, Value key)
{
    int found = asy_set_contains(vm, asy_as_set(self), key);
    if (found >= 0) return found;
    Value frozen = frozen_key(vm, key);
    if (asy_is_nil(frozen)) return -1;
    found = asy_set_contains(vm, asy_as_set(self), frozen);
    asy_release(vm, frozen);
    return found;
}

// ---- operators: both operands are sets; methods: the other is any iterable ----

typedef bool (*SetUpdate)(VM *vm, SetObj *s, Value other);
typedef SetObj *(*SetBinary)(VM *vm, SetObj *s, Value other, Type *type);

static SetObj *set_union_of(VM *vm, SetObj *s, Value other, Type *type)
{
    SetObj *out = asy_set_copy(vm, s, type);
    if (!out || asy_set_update(vm, out, other)) return out;
    asy_release_obj(vm, out);
    return NULL;
}

// The first by `apply`, which makes the new set, all others by `update`; without others a copy.
static Value combine(VM *vm, Value self, const Value *others, size_t n, SetBinary apply, SetUpdate update)
{
    SetObj *s = asy_as_set(self);
    Type *type = base_type(vm, s);
    SetObj *out = n ? apply(vm, s, others[0], type) : asy_set_copy(vm, s, type);
    bool ok = out != NULL;
    for (size_t i = 1; ok && i < n; i++) ok = update(vm, out, others[i]);
    if (ok) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}

static Value set_operator(VM *vm, Value a, Value b, SetBinary apply)
{
    if (!asy_is_anyset(vm, a) || !asy_is_anyset(vm, b)) return ASY_NOTIMPLEMENTED;
    return value_or_err(apply(vm, asy_as_set(a), b, base_type(vm, asy_as_set(a))));
}

static Value set_or(VM *vm, Value a, Value b) { return set_operator(vm, a, b, set_union_of); }
static Value set_and(VM *vm, Value a, Value b) { return set_operator(vm, a, b, asy_set_intersection); }
static Value set_sub(VM *vm, Value a, Value b) { return set_operator(vm, a, b, asy_set_difference); }
static Value set_xor(VM *vm, Value a, Value b) { return set_operator(vm, a, b, asy_set_symmetric_difference); }

static Value set_inplace(VM *vm, Value a, Value b, SetUpdate update)
{
    if (!asy_is_anyset(vm, b)) return ASY_NOTIMPLEMENTED;
    return update(vm, asy_as_set(a), b) ? asy_retain(a) : ASY_ERR;
}

static Value set_ior(VM *vm, Value a, Value b) { return set_inplace(vm, a, b, asy_set_update); }
static Value set_iand(VM *vm, Value a, Value b) { return set_inplace(vm, a, b, asy_set_intersection_update); }
static Value set_isub(VM *vm, Value a, Value b) { return set_inplace(vm, a, b, asy_set_difference_update); }
static Value set_ixor(VM *vm, Value a, Value b) { return set_inplace(vm, a, b, asy_set_symmetric_update); }

// ---- methods ----

static Value set_add(VM *vm, Args a) { return asy_set_add(vm, asy_as_set(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }

static Value set_clear(VM *vm, Args a)
{
    asy_set_clear(vm, asy_as_set(a.self));
    return ASY_NONE;
}

static Value set_copy(VM *vm, Args a)
{
    SetObj *s = asy_as_set(a.self);
    if (s->head.type == vm->types.frozenset) return asy_retain(a.self);
    return value_or_err(asy_set_copy(vm, s, base_type(vm, s)));
}

// 1 removed, 0 absent, -1 error.
static int discard(VM *vm, Value self, Value key)
{
    int removed = asy_set_discard(vm, asy_as_set(self), key);
    if (removed >= 0) return removed;
    Value frozen = frozen_key(vm, key);
    if (asy_is_nil(frozen)) return -1;
    removed = asy_set_discard(vm, asy_as_set(self), frozen);
    asy_release(vm, frozen);
    return removed;
}

static Value set_discard(VM *vm, Args a) { return discard(vm, a.self, a.v[0]) < 0 ? ASY_ERR : ASY_NONE; }

static Value set_remove(VM *vm, Args a)
{
    int removed = discard(vm, a.self, a.v[0]);
    if (removed == 0) return asy_raise_kind(vm, EXC_KeyError, a.v[0]);
    return removed < 0 ? ASY_ERR : ASY_NONE;
}

static Value set_pop(VM *vm, Args a)
{
    SetObj *s = asy_as_set(a.self);
    if (s->count == 0) {
        Value text = asy_str_value(vm, "pop from an empty set");
        if (!asy_is_err(text)) asy_raise_kind(vm, EXC_KeyError, text);
        asy_release(vm, text);
        return ASY_ERR;
    }
    size_t at = s->finger & s->mask;
    while (asy_is_nil(s->table[at].key) || asy_is_unbound(s->table[at].key)) at = (at + 1) & s->mask;
    Value key = s->table[at].key;
    s->table[at].key = ASY_UNBOUND;
    s->count--;
    s->version++;
    s->finger = (uint32_t)at + 1;
    return key;
}

static Value update_all(VM *vm, Args a, SetUpdate update)
{
    TupleObj *others = asy_as_tuple(a.v[0]);
    for (size_t i = 0; i < others->size; i++)
        if (!update(vm, asy_as_set(a.self), others->items[i])) return ASY_ERR;
    return ASY_NONE;
}

static Value set_update(VM *vm, Args a) { return update_all(vm, a, asy_set_update); }
static Value set_difference_update(VM *vm, Args a) { return update_all(vm, a, asy_set_difference_update); }
static Value set_intersection_update(VM *vm, Args a) { return update_all(vm, a, asy_set_intersection_update); }
static Value set_symmetric_difference_update(VM *vm, Args a)
{
    return asy_set_symmetric_update(vm, asy_as_set(a.self), a.v[0]) ? ASY_NONE : ASY_ERR;
}

static Value combine_all(VM *vm, Args a, SetBinary apply, SetUpdate update)
{
    TupleObj *others = asy_as_tuple(a.v[0]);
    return combine(vm, a.self, others->items, others->size, apply, update);
}

static Value set_union(VM *vm, Args a) { return combine_all(vm, a, set_union_of, asy_set_update); }
static Value set_difference(VM *vm, Args a) { return combine_all(vm, a, asy_set_difference, asy_set_difference_update); }
static Value set_intersection(VM *vm, Args a) { return combine_all(vm, a, asy_set_intersection, asy_set_intersection_update); }
static Value set_symmetric_difference(VM *vm, Args a)
{
    return combine(vm, a.self, a.v, 1, asy_set_symmetric_difference, asy_set_symmetric_update);
}

// `v` itself if it is a set, else a new set of its items; owned. NULL: raised.
static SetObj *as_set(VM *vm, Value v)
{
    if (asy_is_anyset(vm, v)) return asy_retain_obj(asy_as_set(v));
    SetObj *s = asy_set_new(vm, vm->types.set);
    if (!s || asy_set_update(vm, s, v)) return s;
    asy_release_obj(vm, s);
    return NULL;
}

static Value set_issubset(VM *vm, Args a)
{
    SetObj *other = as_set(vm, a.v[0]);
    int r = other ? asy_set_is_subset(vm, asy_as_set(a.self), other) : -1;
    asy_release_obj(vm, other);
    return r < 0 ? ASY_ERR : asy_from_bool(r);
}

static Value set_issuperset(VM *vm, Args a)
{
    SetObj *other = as_set(vm, a.v[0]);
    int r = other ? asy_set_is_subset(vm, other, asy_as_set(a.self)) : -1;
    asy_release_obj(vm, other);
    return r < 0 ? ASY_ERR : asy_from_bool(r);
}

static Value set_isdisjoint(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]);
    if (asy_is_err(it)) return ASY_ERR;
    int found = 0;
    while (!found) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        found = asy_is_err(key) ? -1 : asy_set_contains(vm, asy_as_set(a.self), key);
        asy_release(vm, key);
    }
    asy_release(vm, it);
    return found < 0 ? ASY_ERR : asy_from_bool(!found);
}

static Value set_reduce(VM *vm, Args a)
{
    ListObj *items = asy_to_list(vm, a.self);
    Value args = items ? asy_tuple_pack(vm, 1, asy_from_obj(items)) : ASY_ERR;
    asy_release_obj(vm, items);
    if (asy_is_err(args)) return ASY_ERR;
    Value state = asy_call_method0(vm, a.self, asy_name(vm, __getstate__));
    Value out = asy_is_err(state) ? ASY_ERR : asy_tuple_pack(vm, 3, asy_from_obj(asy_as_obj(a.self)->type), args, state);
    asy_release(vm, state);
    asy_release(vm, args);
    return out;
}

#define SET_COMMON_METHODS                                                                                                  \
    { "copy", set_copy, "()", 0, "Return a shallow copy of a set." },                                                       \
    { "difference", set_difference, "(*others)", 0,                                                                         \
      "Return the difference of two or more sets as a new set.\n\n(i.e. all elements that are in this set but not the others.)" }, \
    { "intersection", set_intersection, "(*others)", 0,                                                                     \
      "Return the intersection of two sets as a new set.\n\n(i.e. all elements that are in both sets.)" },                  \
    { "isdisjoint", set_isdisjoint, "(other, /)", 0, "Return True if two sets have a null intersection." },                 \
    { "issubset", set_issubset, "(other, /)", 0, "Report whether another set contains this set." },                         \
    { "issuperset", set_issuperset, "(other, /)", 0, "Report whether this set contains another set." },                     \
    { "symmetric_difference", set_symmetric_difference, "(other, /)", 0,                                                    \
      "Return the symmetric difference of two sets as a new set.\n\n(i.e. all elements that are in exactly one of the sets.)" }, \
    { "union", set_union, "(*others)", 0,                                                                                   \
      "Return the union of sets as a new set.\n\n(i.e. all elements that are in either set.)" },                            \
    { "__reduce__", set_reduce, "()", 0, "Return state information for pickling." },                                        \
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },                                   \
    { 0 }

const MethodDef asy_set_methods[] = {
    { "add", set_add, "(elem, /)", 0, "Add an element to a set.\n\nThis has no effect if the element is already present." },
    { "clear", set_clear, "()", 0, "Remove all elements from this set." },
    { "difference_update", set_difference_update, "(*others)", 0, "Remove all elements of another set from this set." },
    { "discard", set_discard, "(elem, /)", 0,
      "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\n"
      "an exception when an element is missing from the set." },
    { "intersection_update", set_intersection_update, "(*others)", 0, "Update a set with the intersection of itself and another." },
    { "pop", set_pop, "()", 0, "Remove and return an arbitrary set element.\nRaises KeyError if the set is empty." },
    { "remove", set_remove, "(elem, /)", 0,
      "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError." },
    { "symmetric_difference_update", set_symmetric_difference_update, "(other, /)", 0,
      "Update a set with the symmetric difference of itself and another." },
    { "update", set_update, "(*others)", 0, "Update a set with the union of itself and others." },
    SET_COMMON_METHODS,
};
const MethodDef asy_frozenset_methods[] = { SET_COMMON_METHODS };

const TypeDef asy_set_type = {
    .name = "set",
    .size = sizeof(SetObj),
    .flags = TYPE_BASE | TYPE_SET | TYPE_MATCH_SELF | TYPE_WEAKREFS,
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\nBuild an unordered collection of unique elements.",
    .trace = set_trace,
    .clear = set_clear_slot,
    .methods = asy_set_methods,
    .slots = { .new = set_new, .init = set_init, .repr = set_repr, .compare = set_compare, .length = set_length,
               .contains = set_contains, .iter = asy_set_iter_slot, .or = set_or, .and = set_and, .sub = set_sub, .xor = set_xor,
               .ior = set_ior, .iand = set_iand, .isub = set_isub, .ixor = set_ixor },
};

const TypeDef asy_frozenset_type = {
    .name = "frozenset",
    .size = sizeof(SetObj),
    .flags = TYPE_BASE | TYPE_SET | TYPE_MATCH_SELF | TYPE_WEAKREFS,
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object\n\n"
           "Build an immutable unordered collection of unique elements.",
    .trace = set_trace,
    .clear = set_clear_slot,
    .methods = asy_frozenset_methods,
    .slots = { .new = frozenset_new, .repr = set_repr, .compare = set_compare, .hash = frozenset_hash, .length = set_length,
               .contains = set_contains, .iter = asy_set_iter_slot, .or = set_or, .and = set_and, .sub = set_sub, .xor = set_xor },
};

// ---- iterator ----

enum { CHANGED = UINT32_MAX };

static void set_iter_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_header(t, (ObjHeader *)(void *)((SetIterObj *)(void *)o)->set);
}

static void set_iter_clear(VM *vm, ObjHeader *o)
{
    SetIterObj *it = (SetIterObj *)(void *)o;
    SetObj *s = it->set;
    it->set = NULL;
    asy_release_obj(vm, s);
}

static Value set_iter_of(VM *vm, Type *type, SetObj *s)
{
    SetIterObj *it = asy_object_alloc(vm, type);
    if (!it) return ASY_ERR;
    it->set = asy_retain_obj(s);
    it->count = it->left = s->count;
    return asy_from_obj(it);
}

Value asy_set_iter_slot(VM *vm, Value self) { return set_iter_of(vm, vm->types.set_iterator, asy_as_set(self)); }

static Value set_iter_next(VM *vm, Value self)
{
    SetIterObj *it = asy_as(SetIterObj, self);
    if (!it->set) return ASY_DONE;
    if (it->count != it->set->count) {
        it->count = CHANGED;
        return asy_raise(vm, EXC_RuntimeError, "Set changed size during iteration");
    }
    Value key;
    if (it->left && asy_set_next(it->set, &it->pos, &key)) {
        it->left--;
        return asy_retain(key);
    }
    set_iter_clear(vm, &it->head);
    return ASY_DONE;
}

static Value set_iter_length_hint(VM *vm, Args a)
{
    SetIterObj *it = asy_as(SetIterObj, a.self);
    (void)vm;
    return asy_from_small(it->set && it->count == it->set->count ? it->left : 0);
}

static Value set_iter_reduce(VM *vm, Args a)
{
    SetIterObj *it = asy_as(SetIterObj, a.self);
    SetIterObj *copy = asy_object_alloc(vm, it->head.type);
    if (!copy) return ASY_ERR;
    if (it->set) copy->set = asy_retain_obj(it->set);
    copy->pos = it->pos;
    copy->count = it->count;
    copy->left = it->left;
    ListObj *rest = asy_to_list(vm, asy_from_obj(copy));
    asy_release_obj(vm, copy);
    if (!rest) return ASY_ERR;
    Value out = asy_iter_reduce(vm, "iter", asy_from_obj(rest), ASY_NIL);
    asy_release_obj(vm, rest);
    return out;
}

static const MethodDef set_iter_methods[] = {
    { "__length_hint__", set_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", set_iter_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_set_iterator_type = {
    .name = "set_iterator",
    .size = sizeof(SetIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = set_iter_trace,
    .clear = set_iter_clear,
    .methods = set_iter_methods,
    .slots = { .iter = asy_iter_self, .next = set_iter_next },
};
