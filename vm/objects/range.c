// range and its iterators.
//
// Start, stop, step and length are integers of any size. Where all four are inline (50 bits), everything is
// machine arithmetic; the other ranges go through int's general operations.
#include "vm/objects/range.h"

#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/slice.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define RANGE_FIELDS(V, O, N) V(start) V(stop) V(step) V(length)

static void range_trace(Tracer *t, ObjHeader *o)
{
    RangeObj *self = (RangeObj *)(void *)o;
    RANGE_FIELDS(ASY_FIELD_TRACE_V, , )
}

static void range_clear(VM *vm, ObjHeader *o)
{
    RangeObj *self = (RangeObj *)(void *)o;
    RANGE_FIELDS(ASY_FIELD_CLEAR_V, , )
}

static bool is_small(const RangeObj *r)
{
    return asy_both_int(r->start, r->stop) && asy_both_int(r->step, r->length);
}

static Value add(VM *vm, Value a, Value b) { return asy_int_binary(vm, BIN_ADD, a, b); }
static Value sub(VM *vm, Value a, Value b) { return asy_int_binary(vm, BIN_SUB, a, b); }

// Number of steps from start before stop.
static Value range_count(VM *vm, Value start, Value stop, Value step)
{
    if (asy_both_int(start, stop) && asy_is_int(step)) {
        int64_t from = asy_as_small(start), to = asy_as_small(stop), by = asy_as_small(step);
        int64_t span = by > 0 ? to - from : from - to, width = by > 0 ? by : -by;
        return asy_int_from_i64(vm, span > 0 ? (span - 1) / width + 1 : 0);
    }
    bool up = asy_int_sign(vm, step) > 0;
    Value span = up ? sub(vm, stop, start) : sub(vm, start, stop), width = ASY_NIL, less = ASY_NIL, q = ASY_NIL, out = ASY_ERR;
    if (asy_is_err(span)) return ASY_ERR;
    if (asy_int_sign(vm, span) <= 0) {
        asy_release(vm, span);
        return asy_from_small(0);
    }
    width = up ? asy_retain(step) : sub(vm, asy_from_small(0), step);
    if (!asy_is_err(width)) less = sub(vm, span, asy_from_small(1));
    if (!asy_is_err(width) && !asy_is_err(less)) q = asy_int_binary(vm, BIN_FLOORDIV, less, width);
    if (!asy_is_nil(q) && !asy_is_err(q)) out = add(vm, q, asy_from_small(1));
    asy_release(vm, span);
    asy_release(vm, width);
    asy_release(vm, less);
    asy_release(vm, q);
    return out;
}

Value asy_range_new(VM *vm, Value start, Value stop, Value step)
{
    if (asy_int_sign(vm, step) == 0) return asy_raise(vm, EXC_ValueError, "range() arg 3 must not be zero");
    Value length = range_count(vm, start, stop, step);
    if (asy_is_err(length)) return ASY_ERR;
    RangeObj *r = asy_object_alloc(vm, vm->types.range);
    if (!r) {
        asy_release(vm, length);
        return ASY_ERR;
    }
    r->start = asy_retain(start);
    r->stop = asy_retain(stop);
    r->step = asy_retain(step);
    r->length = length;
    return asy_from_obj(r);
}

static Value range_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "range", a, 1, 3)) return ASY_ERR;
    Value v[3] = { asy_from_small(0), ASY_NIL, asy_from_small(1) };
    uint32_t first = a.n == 1 ? 1 : 0;
    bool ok = true;
    for (uint32_t i = 0; i < a.n && ok; i++) {
        v[first + i] = asy_index(vm, a.v[i]);
        ok = !asy_is_err(v[first + i]);
    }
    Value out = ok ? asy_range_new(vm, v[0], v[1], v[2]) : ASY_ERR;
    for (int i = 0; i < 3; i++) asy_release(vm, v[i]);
    return out;
}

// start + i * step
static Value item_at(VM *vm, const RangeObj *r, Value i)
{
    if (is_small(r) && asy_is_int(i)) return asy_int_from_i64(vm, asy_as_small(r->start) + asy_as_small(i) * asy_as_small(r->step));
    Value offset = asy_int_binary(vm, BIN_MUL, i, r->step);
    if (asy_is_err(offset)) return ASY_ERR;
    Value out = add(vm, r->start, offset);
    asy_release(vm, offset);
    return out;
}

static Value range_slice(VM *vm, RangeObj *r, Value slice)
{
    // slice.indices knows integers of any size.
    Value bounds = asy_call_method1(vm, slice, asy_name(vm, indices), r->length);
    if (asy_is_err(bounds)) return ASY_ERR;
    const Value *b = asy_as_tuple(bounds)->items;
    Value start = item_at(vm, r, b[0]), stop = asy_is_err(start) ? ASY_ERR : item_at(vm, r, b[1]), out = ASY_ERR;
    Value step = asy_is_err(stop) ? ASY_ERR : asy_int_binary(vm, BIN_MUL, r->step, b[2]);
    if (!asy_is_err(step)) out = asy_range_new(vm, start, stop, step);
    asy_release(vm, start);
    asy_release(vm, stop);
    asy_release(vm, step);
    asy_release(vm, bounds);
    return out;
}

static Value range_getitem(VM *vm, Value self, Value key)
{
    RangeObj *r = asy_as(RangeObj, self);
    if (asy_is_slice(vm, key)) return range_slice(vm, r, key);
    if (!asy_type_of(vm, key)->slots.index)
        return asy_raise(vm, EXC_TypeError, "range indices must be integers or slices, not %.200T", key);
    Value i = asy_index(vm, key), out = ASY_ERR;
    if (asy_is_err(i)) return ASY_ERR;
    if (asy_int_sign(vm, i) < 0) asy_set(vm, &i, add(vm, i, r->length));
    if (!asy_is_err(i)) {
        int below = asy_int_sign(vm, i) < 0 ? 1 : 0;
        int inside = below ? 0 : asy_compare_bool(vm, i, r->length, CMP_LT);
        if (inside > 0) out = item_at(vm, r, i);
        else if (inside == 0) out = asy_raise_index(vm, "range object index out of range");
    }
    asy_release(vm, i);
    return out;
}

static int64_t range_length(VM *vm, Value self)
{
    int64_t n;
    if (asy_int_as_i64(vm, asy_as(RangeObj, self)->length, &n)) return n;
    asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C ssize_t");
    return -1;
}

static int range_truth(VM *vm, Value self) { return asy_int_sign(vm, asy_as(RangeObj, self)->length) != 0; }

// Position of the integer `v`, or NIL if it is not one of the numbers. ERR: exception.
static Value position(VM *vm, RangeObj *r, Value v)
{
    if (is_small(r) && asy_is_int(v)) {
        int64_t offset = asy_as_small(v) - asy_as_small(r->start), step = asy_as_small(r->step);
        if (offset % step) return ASY_NIL;
        int64_t i = offset / step;
        return i >= 0 && i < asy_as_small(r->length) ? asy_from_small(i) : ASY_NIL;
    }
    Value offset = sub(vm, v, r->start), out = ASY_NIL, rest = ASY_NIL, i = ASY_NIL;
    if (asy_is_err(offset)) return ASY_ERR;
    rest = asy_int_binary(vm, BIN_MOD, offset, r->step);
    if (asy_is_err(rest)) out = ASY_ERR;
    else if (asy_int_sign(vm, rest) == 0) {
        i = asy_int_binary(vm, BIN_FLOORDIV, offset, r->step);
        if (asy_is_err(i)) out = ASY_ERR;
        else if (asy_int_sign(vm, i) >= 0 && asy_compare_bool(vm, i, r->length, CMP_LT) == 1) out = asy_retain(i);
    }
    asy_release(vm, offset);
    asy_release(vm, rest);
    asy_release(vm, i);
    return out;
}

static bool is_exact_int(VM *vm, Value v)
{
    return asy_is_int(v) || asy_is_bool(v) || (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.int_);
}

// Numbers of other types, and subclasses with an __eq__ of their own, are looked for one by one.
static Value search(VM *vm, Value self, Value v, bool count_all)
{
    Value it = asy_iter(vm, self);
    if (asy_is_err(it)) return ASY_ERR;
    int64_t at = 0, found = 0;
    int equal = 0;
    for (;; at++) {
        Value item = asy_next(vm, it);
        if (asy_is_done(item)) break;
        equal = asy_is_err(item) ? -1 : asy_equal(vm, item, v);
        asy_release(vm, item);
        if (equal > 0) found++;
        if (equal < 0 || (equal && !count_all)) break;
    }
    asy_release(vm, it);
    if (equal < 0) return ASY_ERR;
    if (count_all) return asy_int_from_i64(vm, found);
    return equal ? asy_int_from_i64(vm, at) : ASY_NIL;
}

static int range_contains(VM *vm, Value self, Value v)
{
    Value at = is_exact_int(vm, v) ? position(vm, asy_as(RangeObj, self), v) : search(vm, self, v, false);
    if (asy_is_err(at)) return -1;
    asy_release(vm, at);
    return !asy_is_nil(at);
}

static Value range_index(VM *vm, Args a)
{
    Value at = is_exact_int(vm, a.v[0]) ? position(vm, asy_as(RangeObj, a.self), a.v[0]) : search(vm, a.self, a.v[0], false);
    if (!asy_is_nil(at)) return at;
    if (!is_exact_int(vm, a.v[0])) return asy_raise(vm, EXC_ValueError, "sequence.index(x): x not in sequence");
    return asy_raise(vm, EXC_ValueError, "%R is not in range", a.v[0]);
}

static Value range_count_method(VM *vm, Args a)
{
    if (!is_exact_int(vm, a.v[0])) return search(vm, a.self, a.v[0], true);
    Value at = position(vm, asy_as(RangeObj, a.self), a.v[0]);
    if (asy_is_err(at)) return ASY_ERR;
    asy_release(vm, at);
    return asy_from_small(!asy_is_nil(at));
}

static Value range_repr(VM *vm, Value self)
{
    RangeObj *r = asy_as(RangeObj, self);
    StrObj *text = asy_same(r->step, asy_from_small(1)) ? asy_format(vm, "range(%R, %R)", r->start, r->stop)
                                                        : asy_format(vm, "range(%R, %R, %R)", r->start, r->stop, r->step);
    return text ? asy_from_obj(text) : ASY_ERR;
}

// What makes two ranges equal: the same numbers in the same order.
static Value range_key(VM *vm, Value self)
{
    RangeObj *r = asy_as(RangeObj, self);
    if (asy_int_sign(vm, r->length) == 0) return asy_tuple_pack(vm, 3, r->length, ASY_NONE, ASY_NONE);
    bool one = asy_same(r->length, asy_from_small(1));
    return asy_tuple_pack(vm, 3, r->length, r->start, one ? ASY_NONE : r->step);
}

static Value range_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !asy_is_range(vm, a) || !asy_is_range(vm, b)) return ASY_NOTIMPLEMENTED;
    Value x = range_key(vm, a), y = asy_is_err(x) ? ASY_ERR : range_key(vm, b);
    Value out = asy_is_err(y) ? ASY_ERR : asy_compare(vm, x, y, op);
    asy_release(vm, x);
    asy_release(vm, y);
    return out;
}

static bool range_hash(VM *vm, Value self, int64_t *hash)
{
    Value key = range_key(vm, self);
    bool ok = !asy_is_err(key) && asy_hash(vm, key, hash);
    asy_release(vm, key);
    return ok;
}

static Value range_reduce(VM *vm, Args a)
{
    RangeObj *r = asy_as(RangeObj, a.self);
    Value args = asy_tuple_pack(vm, 3, r->start, r->stop, r->step);
    Value out = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(vm->types.range), args);
    asy_release(vm, args);
    return out;
}

// ---- iterators ----

// Of ranges with numbers beyond the inline ones.
#define LONG_RANGE_ITER_FIELDS(V, O, N) V(start) V(step) V(length) V(index)
ASY_OBJECT(LongRangeIterObj, LONG_RANGE_ITER_FIELDS);
ASY_OBJECT_TRACE(LongRangeIterObj, LONG_RANGE_ITER_FIELDS)

static Value long_iter_next(VM *vm, Value self)
{
    LongRangeIterObj *it = asy_as(LongRangeIterObj, self);
    if (asy_is_nil(it->length)) return ASY_DONE;
    int left = asy_compare_bool(vm, it->index, it->length, CMP_LT);
    if (left <= 0) return left < 0 ? ASY_ERR : ASY_DONE;
    Value offset = asy_int_binary(vm, BIN_MUL, it->index, it->step), out = ASY_ERR, next = ASY_ERR;
    if (!asy_is_err(offset)) out = add(vm, it->start, offset);
    if (!asy_is_err(out)) next = add(vm, it->index, asy_from_small(1));
    asy_release(vm, offset);
    if (asy_is_err(next)) {
        asy_release(vm, out);
        return ASY_ERR;
    }
    asy_set(vm, &it->index, next);
    return out;
}

static Value long_iter_length_hint(VM *vm, Args a)
{
    LongRangeIterObj *it = asy_as(LongRangeIterObj, a.self);
    return asy_is_nil(it->length) ? asy_from_small(0) : sub(vm, it->length, it->index);
}

// Described by the range that is left.
static Value reduce_range(VM *vm, Value start, Value stop, Value step)
{
    Value r = asy_range_new(vm, start, stop, step);
    if (asy_is_err(r)) return ASY_ERR;
    Value out = asy_iter_reduce(vm, "iter", r, ASY_NONE);
    asy_release(vm, r);
    return out;
}

static Value long_iter_reduce(VM *vm, Args a)
{
    LongRangeIterObj *it = asy_as(LongRangeIterObj, a.self);
    Value offset = asy_int_binary(vm, BIN_MUL, it->index, it->step), whole = ASY_ERR, start = ASY_ERR, stop = ASY_ERR, out = ASY_ERR;
    if (!asy_is_err(offset)) whole = asy_int_binary(vm, BIN_MUL, it->length, it->step);
    if (!asy_is_err(whole)) start = add(vm, it->start, offset);
    if (!asy_is_err(start)) stop = add(vm, it->start, whole);
    if (!asy_is_err(stop)) out = reduce_range(vm, start, stop, it->step);
    asy_release(vm, offset);
    asy_release(vm, whole);
    asy_release(vm, start);
    asy_release(vm, stop);
    return out;
}

static const MethodDef long_iter_methods[] = {
    { "__length_hint__", long_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", long_iter_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};
static const TypeDef long_iter_type = {
    .name = "longrange_iterator",
    .size = sizeof(LongRangeIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = LongRangeIterObj_trace,
    .clear = LongRangeIterObj_clear,
    .methods = long_iter_methods,
    .slots = { .iter = asy_iter_self, .next = long_iter_next },
};

// `small`: every number is inline.
static Value iter_from(VM *vm, bool small, Value start, Value step, Value length)
{
    if (small) {
        RangeIterObj *it = asy_object_take(vm, vm->types.range_iterator, sizeof(RangeIterObj), false);
        if (!it) return ASY_ERR;
        it->next = asy_as_small(start);
        it->step = asy_as_small(step);
        it->left = asy_as_small(length);
        return asy_from_obj(it);
    }
    Type *type = asy_type_ready(vm, &long_iter_type);
    LongRangeIterObj *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->start = asy_retain(start);
    it->step = asy_retain(step);
    it->length = asy_retain(length);
    it->index = asy_from_small(0);
    return asy_from_obj(it);
}

// The numbers lie between start and stop, so they are inline if those are.
static Value range_iter(VM *vm, Value self)
{
    RangeObj *r = asy_as(RangeObj, self);
    return iter_from(vm, is_small(r), r->start, r->step, r->length);
}

static Value range_reversed(VM *vm, Args a)
{
    RangeObj *r = asy_as(RangeObj, a.self);
    Value i = sub(vm, r->length, asy_from_small(1)), last = ASY_ERR, back = ASY_ERR, out = ASY_ERR;
    if (!asy_is_err(i)) last = item_at(vm, r, i);
    if (!asy_is_err(last)) back = sub(vm, asy_from_small(0), r->step);
    if (!asy_is_err(back)) out = iter_from(vm, is_small(r) && asy_both_int(last, back), last, back, r->length);
    asy_release(vm, i);
    asy_release(vm, last);
    asy_release(vm, back);
    return out;
}

static Value range_iter_next(VM *vm, Value self)
{
    RangeIterObj *it = asy_as(RangeIterObj, self);
    (void)vm;
    if (it->left <= 0) return ASY_DONE;
    int64_t i = it->next;
    it->left--;
    it->next += it->step;
    return asy_from_small(i);
}

static Value range_iter_length_hint(VM *vm, Args a)
{
    (void)vm;
    return asy_from_small(asy_as(RangeIterObj, a.self)->left);
}

static Value range_iter_reduce(VM *vm, Args a)
{
    RangeIterObj *it = asy_as(RangeIterObj, a.self);
    Value start = asy_int_from_i64(vm, it->next), stop = asy_is_err(start) ? ASY_ERR : asy_int_from_i64(vm, it->next + it->left * it->step);
    Value out = asy_is_err(stop) ? ASY_ERR : reduce_range(vm, start, stop, asy_from_small(it->step));
    asy_release(vm, start);
    asy_release(vm, stop);
    return out;
}

static Value range_iter_setstate(VM *vm, Args a)
{
    RangeIterObj *it = asy_as(RangeIterObj, a.self);
    int64_t n;
    if (!asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n < 0) n = 0;
    if (n > it->left) n = it->left;
    it->next += n * it->step;
    it->left -= n;
    return ASY_NONE;
}

static const MethodDef range_iter_methods[] = {
    { "__length_hint__", range_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", range_iter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", range_iter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};
const TypeDef asy_range_iterator_type = {
    .name = "range_iterator",
    .size = sizeof(RangeIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .methods = range_iter_methods,
    .slots = { .iter = asy_iter_self, .next = range_iter_next },
};

static const MethodDef range_methods[] = {
    { "__reversed__", range_reversed, "()", 0, "Return a reverse iterator." },
    { "__reduce__", range_reduce, "()", 0, NULL },
    { "count", range_count_method, "(value, /)", 0, "rangeobject.count(value) -> integer -- return number of occurrences of value" },
    { "index", range_index, "(value, /)", 0,
      "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present." },
    { 0 },
};
static const MemberDef range_members[] = {
    { "start", offsetof(RangeObj, start), false, NULL },
    { "stop", offsetof(RangeObj, stop), false, NULL },
    { "step", offsetof(RangeObj, step), false, NULL },
    { 0 },
};
const TypeDef asy_range_type = {
    .name = "range",
    .size = sizeof(RangeObj),
    .flags = TYPE_MATCH_SEQUENCE,
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a "
           "sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, "
           "..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the "
           "valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    .trace = range_trace,
    .clear = range_clear,
    .methods = range_methods,
    .members = range_members,
    .slots = { .new = range_new, .repr = range_repr, .hash = range_hash, .compare = range_compare, .truth = range_truth,
               .length = range_length, .getitem = range_getitem, .contains = range_contains, .iter = range_iter },
};
