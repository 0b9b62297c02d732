// tuple: an immutable row of values behind its header.
//
// Items are filled before script sees the tuple and never change afterwards; so no function here needs to
// re-fetch them after script ran, as long as the tuple itself is owned by someone. The empty tuple exists
// once a VM.
#include <stdarg.h>

#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/equal.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/slice.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/values.h"
#include "vm/objects/walk.h"

enum { TUPLE_SIZE_MAX = 1 << 30 };      // items; arbitrary, far below what overflows a byte count

static TupleObj *tuple_alloc_of(VM *vm, Type *type, size_t n)
{
    if (n > TUPLE_SIZE_MAX) {
        (void)asy_raise_memory(vm);
        return NULL;
    }
    TupleObj *t = asy_object_alloc_extra(vm, type, n * sizeof(Value));
    if (t) t->size = n;
    return t;
}

TupleObj *asy_tuple_alloc(VM *vm, size_t n)
{
    if (ASY_UNLIKELY(n == 0) && asy_is_obj(vm->empty_tuple)) return asy_retain_obj(asy_as_tuple(vm->empty_tuple));
    if (ASY_UNLIKELY(n > TUPLE_SIZE_MAX)) {
        (void)asy_raise_memory(vm);
        return NULL;
    }
    TupleObj *t = asy_object_take(vm, vm->types.tuple, sizeof(TupleObj) + n * sizeof(Value), true);
    if (t) t->size = n;
    return t;
}

TupleObj *asy_tuple_from(VM *vm, const Value *items, size_t n)
{
    TupleObj *t = asy_tuple_alloc(vm, n);
    if (!t) return NULL;
    asy_values_copy(t->items, items, n);
    return t;
}

TupleObj *asy_tuple_again(VM *vm, TupleObj **kept, size_t n)
{
    TupleObj *t = *kept;
    if (ASY_LIKELY(t && t->head.refs == 1)) {
        assert(t->size == n);
        // The collector may have found its items harmless (memory/cycles.c); the next ones need not be.
        if (ASY_UNLIKELY(!(t->head.flags & OBJ_CONTAINER))) t->head.flags |= OBJ_CONTAINER | OBJ_OLD;
        return asy_retain_obj(t);
    }
    TupleObj *fresh = asy_tuple_alloc(vm, n);
    if (!fresh) return NULL;
    *kept = asy_retain_obj(fresh);
    asy_release_obj(vm, t);
    return fresh;
}

Value asy_tuple_pack(VM *vm, uint32_t n, ...)
{
    TupleObj *t = asy_tuple_alloc(vm, n);
    if (!t) return ASY_ERR;
    va_list values;
    va_start(values, n);
    for (uint32_t i = 0; i < n; i++) t->items[i] = asy_retain(va_arg(values, Value));
    va_end(values);
    return asy_from_obj(t);
}

static void tuple_trace(Tracer *t, ObjHeader *o)
{
    TupleObj *self = (TupleObj *)(void *)o;
    for (size_t i = 0; i < self->size; i++) asy_trace_value(t, self->items[i]);
}

static void tuple_clear(VM *vm, ObjHeader *o)
{
    TupleObj *self = (TupleObj *)(void *)o;
    size_t n = self->size;
    self->size = 0;
    asy_values_release(vm, self->items, n);
}

static Value tuple_new(VM *vm, Type *type, Args a)
{
    bool exact = type == vm->types.tuple;
    asy_args_of_subclass(type, vm->types.tuple, false, &a);
    if (!asy_args_positional(vm, "tuple", a, 0, 1)) return ASY_ERR;
    if (exact && a.n == 1 && asy_is_obj(a.v[0]) && asy_as_obj(a.v[0])->type == vm->types.tuple)
        return asy_retain(a.v[0]);
    TupleObj *items = a.n ? asy_to_tuple(vm, a.v[0]) : asy_tuple_alloc(vm, 0);
    if (!items || exact) return items ? asy_from_obj(items) : ASY_ERR;
    TupleObj *t = tuple_alloc_of(vm, type, items->size);
    if (t) asy_values_copy(t->items, items->items, items->size);
    asy_release_obj(vm, items);
    return t ? asy_from_obj(t) : ASY_ERR;
}

static Value tuple_repr(VM *vm, Value self)
{
    TupleObj *t = asy_as_tuple(self);
    if (t->size == 0) return asy_str_value(vm, "()");
    int entered = asy_repr_enter(vm, self);
    if (entered) return entered < 0 ? ASY_ERR : asy_str_value(vm, "(...)");
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "(");
    for (size_t i = 0; ok && i < t->size; i++)
        ok = (i == 0 || asy_builder_c(&b, ", ")) && asy_builder_repr(&b, t->items[i]);
    ok = ok && asy_builder_c(&b, t->size == 1 ? ",)" : ")");
    asy_repr_leave(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *text = asy_builder_finish(&b);
    return text ? asy_from_obj(text) : ASY_ERR;
}

// Order matters and every item's bits reach every bit of the result: multiply, rotate, multiply.
static bool tuple_hash(VM *vm, Value self, int64_t *hash)
{
    TupleObj *t = asy_as_tuple(self);
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ t->size;
    for (size_t i = 0; i < t->size; i++) {
        Value v = t->items[i];
        int64_t item;
        if (asy_is_int(v)) item = asy_same(v, asy_from_small(-1)) ? -2 : asy_as_small(v);
        else if (asy_is_exact_str(vm, v)) item = (int64_t)asy_str_hash(vm, asy_as_str(v));
        else if (!asy_hash(vm, v, &item)) return false;
        h ^= (uint64_t)item * UINT64_C(0xBF58476D1CE4E5B9);
        h = (h << 29 | h >> 35) * UINT64_C(0x94D049BB133111EB);
    }
    h ^= h >> 32;
    *hash = h == UINT64_MAX ? -2 : (int64_t)h;
    return true;
}

int asy_tuple_equal_quick(VM *vm, const TupleObj *a, const TupleObj *b)
{
    if (a->size != b->size) return 0;
    for (size_t i = 0; i < a->size; i++) {
        Value x = a->items[i], y = b->items[i];
        if (asy_same(x, y)) continue;
        if (asy_both_int(x, y)) return 0;
        // Tuples in tuples are left to those who watch the C stack.
        if (!asy_is_exact_str(vm, x) || !asy_is_exact_str(vm, y)) return -1;
        if (!asy_str_same_text(asy_as_str(x), asy_as_str(y))) return 0;
    }
    return 1;
}

static Value tuple_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_tuple(vm, a) || !asy_is_tuple(vm, b)) return ASY_NOTIMPLEMENTED;
    TupleObj *x = asy_as_tuple(a), *y = asy_as_tuple(b);
    size_t i = 0;
    for (; i < x->size && i < y->size; i++) {
        int equal = asy_equal_quick(vm, x->items[i], y->items[i]);
        if (equal < 0) equal = asy_equal(vm, x->items[i], y->items[i]);
        if (equal < 0) return ASY_ERR;
        if (equal) continue;
        if (op == CMP_EQ) return ASY_FALSE;
        if (op == CMP_NE) return ASY_TRUE;
        return asy_compare(vm, x->items[i], y->items[i], op);
    }
    return asy_from_bool(asy_sizes_compare(x->size, y->size, op));
}

static int64_t tuple_length(VM *vm, Value self)
{
    (void)vm;
    return (int64_t)asy_as_tuple(self)->size;
}

static Value tuple_slice(VM *vm, TupleObj *t, Value slice)
{
    SliceRange r;
    if (!asy_slice_unpack(vm, slice, &r)) return ASY_ERR;
    asy_slice_adjust(&r, t->size);
    if (r.step == 1 && r.count == t->size && t->head.type == vm->types.tuple) return asy_from_obj(asy_retain_obj(t));
    TupleObj *out = asy_tuple_alloc(vm, r.count);
    if (!out) return ASY_ERR;
    int64_t from = r.start;
    for (size_t i = 0; i < r.count; i++, from += r.step) out->items[i] = asy_retain(t->items[from]);
    return asy_from_obj(out);
}

static Value tuple_getitem(VM *vm, Value self, Value key)
{
    TupleObj *t = asy_as_tuple(self);
    int64_t i;
    if (ASY_LIKELY(asy_is_int(key))) i = asy_as_small(key);
    else if (asy_is_slice(vm, key)) return tuple_slice(vm, t, key);
    else if (!asy_sequence_index(vm, key, "tuple", &i)) return ASY_ERR;
    if (i < 0) i += (int64_t)t->size;
    if (i < 0 || i >= (int64_t)t->size) return asy_raise_index(vm, "tuple index out of range");
    return asy_retain(t->items[i]);
}

static int tuple_contains(VM *vm, Value self, Value item)
{
    TupleObj *t = asy_as_tuple(self);
    for (size_t i = 0; i < t->size; i++) {
        int equal = asy_equal_quick(vm, t->items[i], item);
        if (equal < 0) equal = asy_equal(vm, t->items[i], item);
        if (equal) return equal;
    }
    return 0;
}

static Value tuple_concat(VM *vm, Value a, Value b)
{
    if (!asy_is_tuple(vm, b))
        return asy_raise(vm, EXC_TypeError, "can only concatenate tuple (not \"%.200T\") to tuple", b);
    TupleObj *x = asy_as_tuple(a), *y = asy_as_tuple(b);
    if (y->size == 0 && x->head.type == vm->types.tuple) return asy_retain(a);
    if (x->size == 0 && y->head.type == vm->types.tuple) return asy_retain(b);
    TupleObj *out = asy_tuple_alloc(vm, x->size + y->size);
    if (!out) return ASY_ERR;
    asy_values_copy(out->items, x->items, x->size);
    asy_values_copy(out->items + x->size, y->items, y->size);
    return asy_from_obj(out);
}

static Value tuple_repeat(VM *vm, Value self, Value count)
{
    int64_t n;
    if (!asy_repeat_count(vm, count, &n)) return ASY_ERR;
    TupleObj *t = asy_as_tuple(self);
    if (n == 1 && t->head.type == vm->types.tuple) return asy_retain(self);
    if (n > 0 && (int64_t)t->size > TUPLE_SIZE_MAX / n) return asy_raise_memory(vm);
    TupleObj *out = asy_tuple_alloc(vm, n > 0 ? t->size * (size_t)n : 0);
    if (!out) return ASY_ERR;
    if (out->size) {
        asy_values_copy(out->items, t->items, t->size);
        asy_values_repeat(out->items, t->size, (size_t)n);
    }
    return asy_from_obj(out);
}

static Value tuple_iter(VM *vm, Value self)
{
    TupleIterObj *it = asy_object_alloc(vm, vm->types.tuple_iterator);
    if (!it) return ASY_ERR;
    it->tuple = asy_retain_obj(asy_as_tuple(self));
    return asy_from_obj(it);
}

static Value tuple_count(VM *vm, Args a)
{
    TupleObj *t = asy_as_tuple(a.self);
    int64_t n = 0;
    for (size_t i = 0; i < t->size; i++) {
        int equal = asy_equal(vm, t->items[i], a.v[0]);
        if (equal < 0) return ASY_ERR;
        n += equal;
    }
    return asy_int_from_i64(vm, n);
}

static Value tuple_index(VM *vm, Args a)
{
    TupleObj *t = asy_as_tuple(a.self);
    int64_t start = 0, stop = INT64_MAX;
    if (!asy_slice_index(vm, a.v[1], &start) || !asy_slice_index(vm, a.v[2], &stop)) return ASY_ERR;
    asy_slice_clip(&start, &stop, t->size);
    for (int64_t i = start; i < stop && i < (int64_t)t->size; i++) {
        int equal = asy_equal(vm, t->items[i], a.v[0]);
        if (equal < 0) return ASY_ERR;
        if (equal) return asy_from_small(i);
    }
    return asy_raise(vm, EXC_ValueError, "tuple.index(x): x not in tuple");
}

static Value tuple_getnewargs(VM *vm, Args a)
{
    TupleObj *t = asy_as_tuple(a.self);
    TupleObj *copy = asy_tuple_from(vm, t->items, t->size);
    if (!copy) return ASY_ERR;
    Value out = asy_tuple_pack(vm, 1, asy_from_obj(copy));
    asy_release_obj(vm, copy);
    return out;
}

static const MethodDef tuple_methods[] = {
    { "count", tuple_count, "(value, /)", 0, "Return number of occurrences of value." },
    { "index", tuple_index, "(value, start=0, stop=9223372036854775807, /)", 0,
      "Return first index of value.\n\nRaises ValueError if the value is not present." },
    { "__getnewargs__", tuple_getnewargs, "()", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_tuple_type = {
    .name = "tuple",
    .size = sizeof(TupleObj),
    .flags = TYPE_BASE | TYPE_TUPLE | TYPE_MATCH_SEQUENCE | TYPE_MATCH_SELF,
    .doc = "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\n"
           "If iterable is specified the tuple is initialized from iterable's items.\n\n"
           "If the argument is a tuple, the return value is the same object.",
    .trace = tuple_trace,
    .clear = tuple_clear,
    .methods = tuple_methods,
    .slots = { .new = tuple_new, .repr = tuple_repr, .hash = tuple_hash, .compare = tuple_compare,
               .length = tuple_length, .getitem = tuple_getitem, .contains = tuple_contains,
               .concat = tuple_concat, .repeat = tuple_repeat, .iter = tuple_iter },
};

// ---- iterator ----

static void tuple_iter_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_header(t, (ObjHeader *)(void *)((TupleIterObj *)(void *)o)->tuple);
}

static void tuple_iter_clear(VM *vm, ObjHeader *o)
{
    TupleIterObj *it = (TupleIterObj *)(void *)o;
    TupleObj *tuple = it->tuple;
    it->tuple = NULL;
    asy_release_obj(vm, tuple);
}

static Value tuple_iter_next(VM *vm, Value self)
{
    TupleIterObj *it = asy_as(TupleIterObj, self);
    if (!it->tuple) return ASY_DONE;
    if (it->index < it->tuple->size) return asy_retain(it->tuple->items[it->index++]);
    tuple_iter_clear(vm, &it->head);
    return ASY_DONE;
}

static Value tuple_iter_length_hint(VM *vm, Args a)
{
    TupleIterObj *it = asy_as(TupleIterObj, a.self);
    (void)vm;
    return asy_from_small(it->tuple ? (int64_t)(it->tuple->size - it->index) : 0);
}

static Value tuple_iter_reduce(VM *vm, Args a)
{
    TupleIterObj *it = asy_as(TupleIterObj, a.self);
    if (!it->tuple) return asy_iter_reduce(vm, "iter", vm->empty_tuple, ASY_NIL);
    return asy_iter_reduce(vm, "iter", asy_from_obj(it->tuple), asy_from_small((int64_t)it->index));
}

static Value tuple_iter_setstate(VM *vm, Args a)
{
    TupleIterObj *it = asy_as(TupleIterObj, a.self);
    int64_t index;
    if (!asy_to_i64(vm, a.v[0], &index)) return ASY_ERR;
    if (it->tuple) it->index = index < 0 ? 0 : (uint64_t)index > it->tuple->size ? it->tuple->size : (size_t)index;
    return ASY_NONE;
}

static const MethodDef tuple_iter_methods[] = {
    { "__length_hint__", tuple_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", tuple_iter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", tuple_iter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_tuple_iterator_type = {
    .name = "tuple_iterator",
    .size = sizeof(TupleIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = tuple_iter_trace,
    .clear = tuple_iter_clear,
    .methods = tuple_iter_methods,
    .slots = { .iter = asy_iter_self, .next = tuple_iter_next },
};
