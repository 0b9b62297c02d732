// slice, and the arithmetic of slicing that all sequences share.
#include "vm/objects/slice.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

ASY_OBJECT_TRACE(SliceObj, SLICE_FIELDS)

Value asy_slice_new(VM *vm, Value start, Value stop, Value step)
{
    SliceObj *s = asy_object_alloc(vm, vm->types.slice);
    if (!s) return ASY_ERR;
    s->start = asy_is_nil(start) ? ASY_NONE : asy_retain(start);
    s->stop = asy_is_nil(stop) ? ASY_NONE : asy_retain(stop);
    s->step = asy_is_nil(step) ? ASY_NONE : asy_retain(step);
    return asy_from_obj(s);
}

bool asy_slice_index(VM *vm, Value v, int64_t *out)
{
    if (asy_is_nil(v) || asy_is_none(v)) return true;
    if (ASY_LIKELY(asy_is_int(v))) {
        *out = asy_as_small(v);
        return true;
    }
    if (!asy_is_bool(v) && !asy_type_of(vm, v)->slots.index) {
        asy_raise(vm, EXC_TypeError, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return false;
    if (!asy_int_as_i64(vm, i, out)) *out = asy_int_sign(vm, i) < 0 ? INT64_MIN : INT64_MAX;
    asy_release(vm, i);
    return true;
}

bool asy_slice_unpack(VM *vm, Value slice, SliceRange *out)
{
    SliceObj *s = asy_as(SliceObj, slice);
    out->step = 1;
    if (!asy_slice_index(vm, s->step, &out->step)) return false;
    if (out->step == 0) {
        asy_raise(vm, EXC_ValueError, "slice step cannot be zero");
        return false;
    }
    if (out->step == INT64_MIN) out->step = -INT64_MAX;     // can be negated
    out->start = out->step < 0 ? INT64_MAX : 0;
    out->stop = out->step < 0 ? INT64_MIN : INT64_MAX;
    out->count = 0;
    return asy_slice_index(vm, s->start, &out->start) && asy_slice_index(vm, s->stop, &out->stop);
}

void asy_slice_adjust(SliceRange *r, size_t length)
{
    int64_t n = (int64_t)length, low = r->step < 0 ? -1 : 0, high = r->step < 0 ? n - 1 : n;
    int64_t *ends[2] = { &r->start, &r->stop };
    for (int i = 0; i < 2; i++) {
        int64_t at = *ends[i];
        if (at < 0) at = at < -n ? low : at + n;
        if (at < low) at = low;
        if (at > high) at = high;
        *ends[i] = at;
    }
    int64_t span = r->step < 0 ? r->start - r->stop : r->stop - r->start;
    int64_t step = r->step < 0 ? -r->step : r->step;
    r->count = span <= 0 ? 0 : step == 1 ? (size_t)span : (size_t)((span - 1) / step + 1);
}

void asy_slice_clip(int64_t *start, int64_t *stop, size_t length)
{
    int64_t n = (int64_t)length;
    if (*stop > n) *stop = n;
    if (*stop < 0) *stop = *stop < -n ? 0 : *stop + n;
    if (*start < 0) *start = *start < -n ? 0 : *start + n;
}

static Value slice_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "slice", a, 1, 3)) return ASY_ERR;
    if (a.n == 1) return asy_slice_new(vm, ASY_NONE, a.v[0], ASY_NONE);
    return asy_slice_new(vm, a.v[0], a.v[1], a.n > 2 ? a.v[2] : ASY_NONE);
}

static Value slice_repr(VM *vm, Value self)
{
    SliceObj *s = asy_as(SliceObj, self);
    StrObj *text = asy_format(vm, "slice(%R, %R, %R)", s->start, s->stop, s->step);
    return text ? asy_from_obj(text) : ASY_ERR;
}

// Slices compare as the tuples of their values do; the same goes for their hash.
static Value slice_tuple(VM *vm, Value self)
{
    SliceObj *s = asy_as(SliceObj, self);
    return asy_tuple_pack(vm, 3, s->start, s->stop, s->step);
}

static Value slice_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_slice(vm, a) || !asy_is_slice(vm, b)) return ASY_NOTIMPLEMENTED;
    Value x = slice_tuple(vm, a), y = asy_is_err(x) ? ASY_ERR : slice_tuple(vm, b);
    Value out = asy_is_err(y) ? ASY_ERR : asy_compare(vm, x, y, op);
    asy_release(vm, x);
    asy_release(vm, y);
    return out;
}

static bool slice_hash(VM *vm, Value self, int64_t *hash)
{
    Value t = slice_tuple(vm, self);
    bool ok = !asy_is_err(t) && asy_hash(vm, t, hash);
    asy_release(vm, t);
    if (ok) *hash = *hash == -3 ? -4 : *hash ^ 2;   // not the tuple's own
    return ok;
}

// indices() works on integers of any size, so it cannot use SliceRange.
static Value slice_number(VM *vm, Value v)
{
    if (asy_type_of(vm, v)->slots.index) return asy_index(vm, v);
    return asy_raise(vm, EXC_TypeError, "slice indices must be integers or None or have an __index__ method");
}

static bool slice_end(VM *vm, Value v, Value length, Value low, Value high, Value *out)
{
    Value i = slice_number(vm, v);
    if (asy_is_err(i)) return false;
    if (asy_int_sign(vm, i) < 0) {
        asy_set(vm, &i, asy_int_binary(vm, BIN_ADD, i, length));
        if (asy_is_err(i)) return false;
    }
    int below = asy_compare_bool(vm, i, low, CMP_LT);
    int above = below ? 0 : asy_compare_bool(vm, i, high, CMP_GT);
    if (below) asy_set(vm, &i, asy_retain(low));
    if (above) asy_set(vm, &i, asy_retain(high));
    *out = i;
    return true;
}

static Value slice_indices(VM *vm, Args a)
{
    Value slice = a.self, start = ASY_NIL, stop = ASY_NIL, step = ASY_NIL, high = ASY_NIL, out = ASY_ERR;
    SliceObj *s = asy_as(SliceObj, slice);
    Value length = asy_index(vm, a.v[0]);
    if (asy_is_err(length)) return ASY_ERR;
    if (asy_int_sign(vm, length) < 0) {
        asy_raise(vm, EXC_ValueError, "length should not be negative");
        goto done;
    }
    step = asy_is_none(s->step) ? asy_from_small(1) : slice_number(vm, s->step);
    if (asy_is_err(step)) goto done;
    int sign = asy_int_sign(vm, step);
    if (sign == 0) {
        asy_raise(vm, EXC_ValueError, "slice step cannot be zero");
        goto done;
    }
    Value low = asy_from_small(sign < 0 ? -1 : 0);
    high = sign < 0 ? asy_int_binary(vm, BIN_SUB, length, asy_from_small(1)) : asy_retain(length);
    if (asy_is_err(high)) goto done;
    if (asy_is_none(s->start)) start = asy_retain(sign < 0 ? high : low);
    else if (!slice_end(vm, s->start, length, low, high, &start)) goto done;
    if (asy_is_none(s->stop)) stop = asy_retain(sign < 0 ? low : high);
    else if (!slice_end(vm, s->stop, length, low, high, &stop)) goto done;
    out = asy_tuple_pack(vm, 3, start, stop, step);
done:
    asy_release(vm, start);
    asy_release(vm, stop);
    asy_release(vm, step);
    asy_release(vm, high);
    asy_release(vm, length);
    return out;
}

static Value slice_reduce(VM *vm, Args a)
{
    Value t = slice_tuple(vm, a.self);
    Value out = asy_is_err(t) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(vm->types.slice), t);
    asy_release(vm, t);
    return out;
}

static const MethodDef slice_methods[] = {
    { "indices", slice_indices, "(len, /)", 0,
      "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\n"
      "indices, and the stride length of the extended slice described by S." },
    { "__reduce__", slice_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};
static const MemberDef slice_members[] = {
    { "start", offsetof(SliceObj, start), false, NULL },
    { "stop", offsetof(SliceObj, stop), false, NULL },
    { "step", offsetof(SliceObj, step), false, NULL },
    { 0 },
};

const TypeDef asy_slice_type = {
    .name = "slice",
    .size = sizeof(SliceObj),
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  This is used for extended slicing "
           "(e.g. a[0:10:2]).",
    .trace = SliceObj_trace,
    .clear = SliceObj_clear,
    .methods = slice_methods,
    .members = slice_members,
    .slots = { .new = slice_new, .repr = slice_repr, .compare = slice_compare, .hash = slice_hash },
};
