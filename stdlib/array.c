// array: numbers of one C type in a row, and the views on their bytes that memoryview takes.
//
// Items are converted before an array is touched, and its size is read again afterwards: conversions may run script.
#include <math.h>

#include "base/utf8.h"
#include "stdlib/lib.h"
#include "vm/objects/generic.h"
#include "vm/objects/slice.h"

typedef struct Kind {
    char code;
    uint8_t size;
    uint8_t machine_format;         // little-endian; of __reduce_ex__, CPython's numbers; the big-endian one follows it
} Kind;
static const Kind kinds[] = {
    { 'b', 1, 1 }, { 'B', 1, 0 }, { 'u', 4, 20 }, { 'h', 2, 4 }, { 'H', 2, 2 }, { 'i', 4, 8 }, { 'I', 4, 6 }, { 'l', 8, 12 },
    { 'L', 8, 10 }, { 'q', 8, 12 }, { 'Q', 8, 10 }, { 'f', 4, 14 }, { 'd', 8, 16 },
};
enum { KINDS = sizeof kinds / sizeof kinds[0], ITEM_MAX = 8 };

typedef struct ArrayObj {
    ObjHeader head;
    const Kind *kind;
    uint8_t *data;
    size_t size, capacity;          // in items
    uint32_t exports;               // views: resizing refused while not 0
} ArrayObj;
typedef struct ArrayIter {
    ObjHeader head;
    ArrayObj *array;                // NULL at the end
    size_t index;
} ArrayIter;
static const TypeDef array_type, iter_type;

static ArrayObj *array(Value v) { return asy_as(ArrayObj, v); }
static bool is_array(VM *vm, Value v)
{
    Type *type = asy_type_ready(vm, &array_type);
    if (!type) asy_error_clear(vm);
    return type && asy_type_is_subtype(asy_class_of(vm, v), type);
}
static uint8_t *item_at(const ArrayObj *a, size_t i) { return a->data + i * a->kind->size; }

// -- items

static Value overflow(VM *vm, const char *text) { return asy_raise(vm, EXC_OverflowError, "%s", text); }

// The item's bytes in `out`. The messages are CPython's, which reads items as C's short, int or long.
static bool pack_int(VM *vm, const Kind *k, Value v, uint8_t *out)
{
    Value n = asy_index(vm, v);
    if (asy_is_err(n)) return false;
    int64_t i = 0;
    bool fits = asy_int_as_i64(vm, n, &i), negative = asy_int_sign(vm, n) < 0, ok = false;
    uint64_t bits = 0;
    switch (k->code) {
    case 'b': case 'h': case 'B': case 'H': case 'i': {
        int64_t low = k->code == 'i' || k->code == 'H' ? INT32_MIN : INT16_MIN, high = -low - 1;
        if (k->code == 'B') low = 0, high = UINT8_MAX;
        if (!fits) overflow(vm, "Python int too large to convert to C long");
        else if (i < low || i > high) {
            const char *what = k->code == 'B' ? "unsigned byte integer" : k->code == 'i' || k->code == 'H' ? "signed integer"
                                                                                                          : "signed short integer";
            asy_raise(vm, EXC_OverflowError, "%s is %s", what, i < low ? "less than minimum" : "greater than maximum");
        } else if (k->code == 'b' && (i < INT8_MIN || i > INT8_MAX)) {
            asy_raise(vm, EXC_OverflowError, "signed char is %s", i < 0 ? "less than minimum" : "greater than maximum");
        } else if (k->code == 'H' && (i < 0 || i > UINT16_MAX)) {
            asy_raise(vm, EXC_OverflowError, "unsigned short is %s", i < 0 ? "less than minimum" : "greater than maximum");
        } else {
            ok = true;
        }
        bits = (uint64_t)i;
        break;
    }
    case 'l': case 'q':
        ok = fits;
        bits = (uint64_t)i;
        if (!ok) overflow(vm, k->code == 'l' ? "Python int too large to convert to C long" : "int too big to convert");
        break;
    default:
        if (negative) overflow(vm, k->code == 'Q' ? "can't convert negative int to unsigned" : "can't convert negative value to unsigned int");
        else if (asy_int_bit_length(vm, n) > 64) {
            overflow(vm, k->code == 'Q' ? "int too big to convert" : "Python int too large to convert to C unsigned long");
        } else if (asy_int_low_bits(vm, n, &bits) && k->code == 'I' && bits > UINT32_MAX) {
            overflow(vm, "unsigned int is greater than maximum");
        } else {
            ok = true;
        }
        break;
    }
    asy_release(vm, n);
    memcpy(out, &bits, k->size);
    return ok;
}

static bool pack(VM *vm, const Kind *k, Value v, uint8_t *out)
{
    if (k->code == 'u') {
        if (!asy_is_str(vm, v) || asy_str_length(vm, asy_as_str(v)) != 1) {
            asy_raise(vm, EXC_TypeError, "array item must be unicode character");
            return false;
        }
        uint32_t c = asy_str_char_at(vm, asy_as_str(v), 0);
        memcpy(out, &c, sizeof c);
        return true;
    }
    if (k->code != 'f' && k->code != 'd') return pack_int(vm, k, v, out);
    double d;
    if (!asy_arg_double(vm, v, &d)) return false;
    float f = (float)d;
    if (k->code == 'f') memcpy(out, &f, sizeof f);
    else memcpy(out, &d, sizeof d);
    return true;
}

static Value unpack(VM *vm, const Kind *k, const uint8_t *in)
{
    if (k->code == 'f') {
        float f;
        memcpy(&f, in, sizeof f);
        return asy_from_double((double)f);
    }
    if (k->code == 'd') {
        double d;
        memcpy(&d, in, sizeof d);
        return asy_from_double(d);
    }
    uint64_t bits = 0;
    memcpy(&bits, in, k->size);
    if (k->code == 'u') {
        if (bits > UTF8_MAX_CODE_POINT) {
            return asy_raise(vm, EXC_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (uint32_t)bits);
        }
        return asy_value_or_err(asy_str_from_char(vm, (uint32_t)bits));
    }
    unsigned unused = 64 - 8u * k->size;
    if (strchr("bhilq", k->code)) return asy_int_from_i64(vm, (int64_t)(bits << unused) >> unused);
    return asy_int_from_u64(vm, bits);
}

static Value get(VM *vm, const ArrayObj *a, size_t i) { return unpack(vm, a->kind, item_at(a, i)); }

// -- size

static bool may_resize(VM *vm, const ArrayObj *a)
{
    if (!a->exports) return true;
    asy_raise(vm, EXC_BufferError, "cannot resize an array that is exporting buffers");
    return false;
}

// Room for `size` items; sets the size. New items are not initialised.
static bool resize(VM *vm, ArrayObj *a, size_t size)
{
    if (size == a->size) return true;
    if (!may_resize(vm, a)) return false;
    if (size > a->capacity) {
        if (size > SIZE_MAX / ITEM_MAX / 2) return (void)asy_raise_memory(vm), false;
        size_t capacity = size + (size >> 3) + 4;
        uint8_t *grown = asy_mem_resize(vm, a->data, a->capacity * a->kind->size, capacity * a->kind->size);
        if (!grown) return (void)asy_raise_memory(vm), false;
        a->data = grown;
        a->capacity = capacity;
    }
    a->size = size;
    return true;
}

// Makes room for `count` items before `index`, or takes items from there away (count < 0).
static bool shift(VM *vm, ArrayObj *a, size_t index, int64_t count)
{
    size_t size = a->size, item = a->kind->size;
    if (count < 0) {
        size_t gone = (size_t)-count;
        if (!may_resize(vm, a)) return false;
        memmove(item_at(a, index), item_at(a, index + gone), (size - index - gone) * item);
        return resize(vm, a, size - gone);
    }
    if (!resize(vm, a, size + (size_t)count)) return false;
    memmove(item_at(a, index + (size_t)count), item_at(a, index), (size - index) * item);
    return true;
}

static bool append(VM *vm, ArrayObj *a, Value v)
{
    uint8_t item[ITEM_MAX];
    if (!pack(vm, a->kind, v, item)) return false;
    if (!resize(vm, a, a->size + 1)) return false;
    memcpy(item_at(a, a->size - 1), item, a->kind->size);
    return true;
}

static ArrayObj *make(VM *vm, Type *type, const Kind *kind, size_t size)
{
    ArrayObj *a = asy_object_alloc(vm, type);
    if (!a) return NULL;
    a->kind = kind;
    if (resize(vm, a, size)) return a;
    asy_release_obj(vm, a);
    return NULL;
}
static ArrayObj *make_like(VM *vm, const ArrayObj *like, size_t size)
{
    Type *type = asy_type_ready(vm, &array_type);
    return type ? make(vm, type, like->kind, size) : NULL;
}

static bool extend_from_iterable(VM *vm, ArrayObj *a, Value iterable)
{
    Value it = asy_iter(vm, iterable);
    if (asy_is_err(it)) return false;
    bool ok = true;
    for (;;) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) break;
        ok = !asy_is_err(v) && append(vm, a, v);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (!ok) break;
    }
    asy_release(vm, it);
    return ok;
}

static bool extend_from_bytes(VM *vm, ArrayObj *a, const uint8_t *data, size_t size)
{
    size_t item = a->kind->size, old = a->size;
    if (size % item) {
        asy_raise(vm, EXC_ValueError, "bytes length not a multiple of item size");
        return false;
    }
    if (!resize(vm, a, old + size / item)) return false;
    if (size) memcpy(item_at(a, old), data, size);
    return true;
}

static bool extend_from_text(VM *vm, ArrayObj *a, const StrObj *s)
{
    const char *at = s->data, *end = at + s->size;
    while (at < end) {
        uint32_t c = asy_utf8_next(&at);
        if (!resize(vm, a, a->size + 1)) return false;
        memcpy(item_at(a, a->size - 1), &c, sizeof c);
    }
    return true;
}

static bool extend(VM *vm, ArrayObj *a, Value v)
{
    if (!is_array(vm, v)) return extend_from_iterable(vm, a, v);
    ArrayObj *b = array(v);
    if (b->kind != a->kind) {
        asy_raise(vm, EXC_TypeError, "can only extend with array of same kind");
        return false;
    }
    size_t old = a->size, more = b->size;       // they may be one
    if (!resize(vm, a, old + more)) return false;
    if (more) memcpy(item_at(a, old), b->data, more * a->kind->size);
    return true;
}

// -- making

static const Kind *kind_of(char code)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].code == code) return &kinds[i];
    }
    return NULL;
}

static const Kind *kind_argument(VM *vm, const char *function, int position, Value v)
{
    if (!asy_is_str(vm, v) || asy_str_length(vm, asy_as_str(v)) != 1) {
        asy_raise(vm, EXC_TypeError, "%s() argument %d must be a unicode character, not %T", function, position, v);
        return NULL;
    }
    const Kind *k = asy_as_str(v)->size == 1 ? kind_of(asy_as_str(v)->data[0]) : NULL;
    if (!k) asy_raise(vm, EXC_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    return k;
}

static Value array_new(VM *vm, Type *type, Args args)
{
    if (args.n < 1 || args.n > 2) {
        return asy_raise(vm, EXC_TypeError, "array() takes at %s %d argument%s (%u given)", args.n ? "most" : "least", args.n ? 2 : 1,
                         args.n ? "s" : "", args.n);
    }
    if (type->def == &array_type && !(type->flags & TYPE_HEAP) && !asy_is_nil(args.kwnames) && asy_as_tuple(args.kwnames)->size) {
        return asy_raise(vm, EXC_TypeError, "array.array() takes no keyword arguments");
    }
    const Kind *k = kind_argument(vm, "array", 1, args.v[0]);
    if (!k) return ASY_ERR;
    Value initial = args.n > 1 ? args.v[1] : ASY_NIL;
    bool text = !asy_is_nil(initial) && asy_is_str(vm, initial);
    if (k->code != 'u' && text) {
        return asy_raise(vm, EXC_TypeError, "cannot use a str to initialize an array with typecode '%c'", (uint32_t)k->code);
    }
    if (k->code != 'u' && !asy_is_nil(initial) && is_array(vm, initial) && array(initial)->kind->code == 'u') {
        return asy_raise(vm, EXC_TypeError, "cannot use a unicode array to initialize an array with typecode '%c'", (uint32_t)k->code);
    }
    ArrayObj *a = make(vm, type, k, 0);
    if (!a) return ASY_ERR;
    bool ok = true;
    if (asy_is_nil(initial)) {
        ok = true;
    } else if (text) {
        ok = extend_from_text(vm, a, asy_as_str(initial));
    } else if (asy_is_bytes(vm, initial) || asy_is_bytearray(vm, initial)) {
        BufferView view;
        ok = asy_get_buffer(vm, initial, &view);
        if (ok) {
            ok = extend_from_bytes(vm, a, view.data, view.size);
            asy_release_buffer(vm, &view);
        }
    } else if (is_array(vm, initial) && array(initial)->kind == k) {
        ok = extend(vm, a, initial);
    } else {
        ok = extend_from_iterable(vm, a, initial);
    }
    if (ok) return asy_from_obj(a);
    asy_release_obj(vm, a);
    return ASY_ERR;
}

static void array_free(VM *vm, ObjHeader *o)
{
    ArrayObj *a = (ArrayObj *)(void *)o;
    asy_mem_free(vm, a->data, a->capacity * a->kind->size);
}

// -- slots

static int64_t array_length(VM *vm, Value self) { return (void)vm, (int64_t)array(self)->size; }

static bool index_argument(VM *vm, const ArrayObj *a, Value key, const char *message, size_t *out)
{
    int64_t i;
    if (!asy_arg_i64(vm, key, &i)) return asy_error_catch(vm, EXC_OverflowError) ? (void)asy_raise_index(vm, message), false : false;
    if (i < 0) i += (int64_t)a->size;
    if (i < 0 || i >= (int64_t)a->size) return (void)asy_raise_index(vm, message), false;
    *out = (size_t)i;
    return true;
}
static bool is_index(VM *vm, Value key) { return asy_is_integer(vm, key) || asy_class_of(vm, key)->slots.index; }

static Value array_getitem(VM *vm, Value self, Value key)
{
    if (is_index(vm, key)) {
        size_t i;
        return index_argument(vm, array(self), key, "array index out of range", &i) ? get(vm, array(self), i) : ASY_ERR;
    }
    if (!asy_is_slice(vm, key)) return asy_raise(vm, EXC_TypeError, "array indices must be integers");
    SliceRange r;
    if (!asy_slice_unpack(vm, key, &r)) return ASY_ERR;
    asy_slice_adjust(&r, array(self)->size);
    ArrayObj *a = array(self), *part = make_like(vm, a, r.count);
    if (!part) return ASY_ERR;
    for (size_t i = 0; i < r.count; i++) memcpy(item_at(part, i), item_at(a, (size_t)(r.start + (int64_t)i * r.step)), a->kind->size);
    return asy_from_obj(part);
}

// self[range] = other, a copy of its items; NULL: delete.
static bool assign_slice(VM *vm, ArrayObj *a, SliceRange r, const ArrayObj *other)
{
    size_t item = a->kind->size, count = other ? other->size : 0;
    if (r.step == 1) {
        int64_t difference = (int64_t)count - (int64_t)r.count;
        if (difference && !shift(vm, a, (size_t)r.start + (difference < 0 ? count : r.count), difference)) return false;
        if (count) memcpy(item_at(a, (size_t)r.start), other->data, count * item);
        return true;
    }
    if (count) {                    // an empty array deletes, as no array does
        if (count != r.count) {
            asy_raise(vm, EXC_ValueError, "attempt to assign array of size %zu to extended slice of size %zu", count, r.count);
            return false;
        }
        for (size_t i = 0; i < count; i++) memcpy(item_at(a, (size_t)(r.start + (int64_t)i * r.step)), item_at(other, i), item);
        return true;
    }
    if (!r.count) return true;
    if (!may_resize(vm, a)) return false;
    if (r.step < 0) r.start += (int64_t)(r.count - 1) * r.step, r.step = -r.step;
    size_t to = (size_t)r.start, next = to, left = r.count;
    for (size_t from = to; from < a->size; from++) {
        if (left && from == next) {
            next += (size_t)r.step;
            left--;
        } else {
            memmove(item_at(a, to++), item_at(a, from), item);
        }
    }
    return resize(vm, a, to);
}

static bool array_setitem(VM *vm, Value self, Value key, Value value)
{
    ArrayObj *a = array(self);
    size_t i;
    if (is_index(vm, key)) {
        uint8_t item[ITEM_MAX];
        if (!index_argument(vm, a, key, "array assignment index out of range", &i)) return false;
        if (asy_is_nil(value)) return shift(vm, a, i, -1);
        if (!pack(vm, a->kind, value, item)) return false;
        if (i >= a->size) return (void)asy_raise_index(vm, "array assignment index out of range"), false;
        memcpy(item_at(a, i), item, a->kind->size);
        return true;
    }
    if (!asy_is_slice(vm, key)) return (void)asy_raise(vm, EXC_TypeError, "array indices must be integers"), false;
    SliceRange r;
    if (!asy_slice_unpack(vm, key, &r)) return false;
    ArrayObj *other = NULL;
    if (!asy_is_nil(value)) {
        if (!is_array(vm, value)) {
            asy_raise(vm, EXC_TypeError, "can only assign array (not \"%.200T\") to array slice", value);
            return false;
        }
        if (array(value)->kind != a->kind) return (void)asy_raise(vm, EXC_TypeError, "bad argument type for built-in operation"), false;
        other = array(value) == a ? make_like(vm, a, a->size) : asy_retain_obj(array(value));
        if (!other) return false;
        if (array(value) == a && a->size) memcpy(other->data, a->data, a->size * a->kind->size);
    }
    asy_slice_adjust(&r, a->size);
    bool ok = assign_slice(vm, a, r, other);
    asy_release_obj(vm, other);
    return ok;
}

// Where an equal item is, from `start` to `stop`: 1, 0, -1 error.
static int find(VM *vm, ArrayObj *a, Value v, int64_t start, int64_t stop, size_t *out)
{
    for (int64_t i = start; i < stop && i < (int64_t)a->size; i++) {
        Value item = get(vm, a, (size_t)i);
        int equal = asy_is_err(item) ? -1 : asy_compare_bool(vm, item, v, CMP_EQ);
        if (!asy_is_err(item)) asy_release(vm, item);
        *out = (size_t)i;
        if (equal) return equal;
    }
    return 0;
}
static int array_contains(VM *vm, Value self, Value v)
{
    size_t i;
    return find(vm, array(self), v, 0, INT64_MAX, &i);
}

static Value array_compare(VM *vm, Value x, Value y, Comparison op)
{
    if (!is_array(vm, x) || !is_array(vm, y)) return ASY_NOTIMPLEMENTED;
    ArrayObj *a = array(x), *b = array(y);
    if (a->size != b->size && (op == CMP_EQ || op == CMP_NE)) return asy_from_bool(op == CMP_NE);
    for (size_t i = 0; i < a->size && i < b->size; i++) {
        Value u = get(vm, a, i), v = asy_is_err(u) ? ASY_ERR : get(vm, b, i);
        int equal = asy_is_err(v) ? -1 : asy_compare_bool(vm, u, v, CMP_EQ);
        Value r = equal < 0 ? ASY_ERR
                  : equal   ? ASY_NIL
                  : op == CMP_EQ || op == CMP_NE ? asy_from_bool(op == CMP_NE)
                                                 : asy_compare(vm, u, v, op);
        if (!asy_is_err(u)) asy_release(vm, u);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (!asy_is_nil(r)) return r;
    }
    int order = a->size < b->size ? -1 : a->size > b->size;
    static const bool holds[][3] = { [CMP_LT] = { 1, 0, 0 }, [CMP_LE] = { 1, 1, 0 }, [CMP_EQ] = { 0, 1, 0 },
                                     [CMP_NE] = { 1, 0, 1 }, [CMP_GT] = { 0, 0, 1 }, [CMP_GE] = { 0, 1, 1 } };
    return asy_from_bool(holds[op][order + 1]);
}

static Value array_concat(VM *vm, Value x, Value y)
{
    if (!is_array(vm, x)) return ASY_NOTIMPLEMENTED;
    if (!is_array(vm, y)) return asy_raise(vm, EXC_TypeError, "can only append array (not \"%.200T\") to array", y);
    ArrayObj *a = array(x), *b = array(y);
    if (a->kind != b->kind) return asy_raise(vm, EXC_TypeError, "bad argument type for built-in operation");
    ArrayObj *both = make_like(vm, a, a->size + b->size);
    if (!both) return ASY_ERR;
    if (a->size) memcpy(both->data, a->data, a->size * a->kind->size);
    if (b->size) memcpy(item_at(both, a->size), b->data, b->size * a->kind->size);
    return asy_from_obj(both);
}
static Value array_iconcat(VM *vm, Value x, Value y)
{
    if (!is_array(vm, y)) return asy_raise(vm, EXC_TypeError, "can only extend array with array (not \"%.200T\")", y);
    return extend(vm, array(x), y) ? asy_retain(x) : ASY_ERR;
}

// Fills `to` with `times` copies of its first `unit` items.
static void repeat_items(ArrayObj *to, size_t unit, size_t times)
{
    size_t bytes = unit * to->kind->size;
    for (size_t i = 1; i < times && bytes; i++) memcpy(to->data + i * bytes, to->data, bytes);
}
static bool times_argument(VM *vm, const ArrayObj *a, Value v, size_t *times)
{
    int64_t n;
    if (!asy_arg_i64(vm, v, &n)) return false;
    *times = n < 0 ? 0 : (size_t)n;
    if (a->size && *times > SIZE_MAX / ITEM_MAX / 4 / a->size) return (void)asy_raise_memory(vm), false;
    return true;
}
static Value array_repeat(VM *vm, Value self, Value v)
{
    ArrayObj *a = array(self);
    size_t times;
    if (!times_argument(vm, a, v, &times)) return ASY_ERR;
    ArrayObj *out = make_like(vm, a, a->size * times);
    if (!out) return ASY_ERR;
    if (out->size) memcpy(out->data, a->data, a->size * a->kind->size);
    repeat_items(out, a->size, times);
    return asy_from_obj(out);
}
static Value array_irepeat(VM *vm, Value self, Value v)
{
    ArrayObj *a = array(self);
    size_t times, unit = a->size;
    if (!times_argument(vm, a, v, &times) || !resize(vm, a, unit * times)) return ASY_ERR;
    repeat_items(a, unit, times);
    return asy_retain(self);
}

static Value to_text(VM *vm, const ArrayObj *a)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (size_t i = 0; i < a->size; i++) {
        uint32_t c;
        memcpy(&c, item_at(a, i), sizeof c);
        if (c > UTF8_MAX_CODE_POINT) asy_raise(vm, EXC_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", c);
        if (c > UTF8_MAX_CODE_POINT || !asy_builder_char(&b, c)) {
            asy_builder_free(&b);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(asy_builder_finish(&b));
}
static Value to_list(VM *vm, const ArrayObj *a)
{
    ListObj *l = asy_list_new(vm, a->size);
    for (size_t i = 0; l && i < a->size; i++) {
        Value v = get(vm, a, i);
        if (asy_is_err(v) || !asy_list_append_owned(vm, l, v)) {
            asy_release_obj(vm, l);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(l);
}
static Value array_repr(VM *vm, Value self)
{
    ArrayObj *a = array(self);
    const char *name = a->head.type->name->data;
    if (!a->size) return asy_value_or_err(asy_format(vm, "%s('%c')", name, (uint32_t)a->kind->code));
    Value content = a->kind->code == 'u' ? to_text(vm, a) : to_list(vm, a);
    if (asy_is_err(content)) return ASY_ERR;
    StrObj *s = asy_format(vm, "%s('%c', %R)", name, (uint32_t)a->kind->code, content);
    asy_release(vm, content);
    return asy_value_or_err(s);
}

static bool array_buffer(VM *vm, Value self, BufferView *out)
{
    ArrayObj *a = array(self);
    static uint8_t *const nothing = NULL;
    (void)vm;
    *out = (BufferView){ .data = a->size ? a->data : nothing, .size = a->size * a->kind->size, .owner = asy_retain(self),
                         .format = a->kind->code == 'u' ? 'w' : a->kind->code, .itemsize = a->kind->size };
    if (!out->data) out->data = (uint8_t *)a;
    a->exports++;
    return true;
}
static void array_buffer_release(VM *vm, BufferView *view) { (void)vm, array(view->owner)->exports--; }

// -- methods

static Value array_append(VM *vm, Args a) { return append(vm, array(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }
static Value array_extend(VM *vm, Args a) { return extend(vm, array(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }

static Value array_insert(VM *vm, Args a)
{
    ArrayObj *self = array(a.self);
    int64_t i;
    uint8_t item[ITEM_MAX];
    if (!asy_arg_i64(vm, a.v[0], &i) || !pack(vm, self->kind, a.v[1], item)) return ASY_ERR;
    int64_t size = (int64_t)self->size;
    if (i < 0) i = i + size < 0 ? 0 : i + size;
    if (i > size) i = size;
    if (!shift(vm, self, (size_t)i, 1)) return ASY_ERR;
    memcpy(item_at(self, (size_t)i), item, self->kind->size);
    return ASY_NONE;
}

static Value array_pop(VM *vm, Args a)
{
    ArrayObj *self = array(a.self);
    int64_t i = -1;
    if (!asy_arg_i64(vm, a.v[0], &i)) return ASY_ERR;
    if (!self->size) return asy_raise_index(vm, "pop from empty array");
    if (i < 0) i += (int64_t)self->size;
    if (i < 0 || i >= (int64_t)self->size) return asy_raise_index(vm, "pop index out of range");
    Value v = get(vm, self, (size_t)i);
    if (asy_is_err(v) || shift(vm, self, (size_t)i, -1)) return v;
    asy_release(vm, v);
    return ASY_ERR;
}

static Value array_remove(VM *vm, Args a)
{
    size_t i;
    int found = find(vm, array(a.self), a.v[0], 0, INT64_MAX, &i);
    if (found < 0) return ASY_ERR;
    if (!found || i >= array(a.self)->size) return asy_raise(vm, EXC_ValueError, "array.remove(x): x not in array");
    return shift(vm, array(a.self), i, -1) ? ASY_NONE : ASY_ERR;
}

static Value array_index(VM *vm, Args a)
{
    int64_t start = 0, stop = INT64_MAX;
    size_t i;
    if (!asy_slice_index(vm, a.v[1], &start) || !asy_slice_index(vm, a.v[2], &stop)) return ASY_ERR;
    asy_slice_clip(&start, &stop, array(a.self)->size);
    int found = find(vm, array(a.self), a.v[0], start, stop, &i);
    if (found < 0) return ASY_ERR;
    return found ? asy_from_small((int64_t)i) : asy_raise(vm, EXC_ValueError, "array.index(x): x not in array");
}

static Value array_count(VM *vm, Args a)
{
    int64_t count = 0;
    size_t i = 0;
    for (int64_t from = 0;; from = (int64_t)i + 1) {
        int found = find(vm, array(a.self), a.v[0], from, INT64_MAX, &i);
        if (found < 0) return ASY_ERR;
        if (!found) return asy_from_small(count);
        count++;
    }
}

static void reverse_bytes(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t b = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = b;
    }
}
static Value array_reverse(VM *vm, Args a)
{
    (void)vm;
    ArrayObj *self = array(a.self);
    reverse_bytes(self->data, self->size * self->kind->size);
    for (size_t i = 0; i < self->size; i++) reverse_bytes(item_at(self, i), self->kind->size);
    return ASY_NONE;
}
static Value array_byteswap(VM *vm, Args a)
{
    (void)vm;
    ArrayObj *self = array(a.self);
    for (size_t i = 0; i < self->size; i++) reverse_bytes(item_at(self, i), self->kind->size);
    return ASY_NONE;
}
static Value array_buffer_info(VM *vm, Args a)
{
    Value address = asy_int_from_u64(vm, (uint64_t)(uintptr_t)array(a.self)->data);
    if (asy_is_err(address)) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, address, asy_from_small((int64_t)array(a.self)->size));
    asy_release(vm, address);
    return pair;
}
static Value array_copy(VM *vm, Args a)
{
    ArrayObj *self = array(a.self), *out = make_like(vm, self, self->size);
    if (out && self->size) memcpy(out->data, self->data, self->size * self->kind->size);
    return asy_value_or_err(out);
}
static Value array_tolist(VM *vm, Args a) { return to_list(vm, array(a.self)); }
static Value array_tobytes(VM *vm, Args a)
{
    ArrayObj *self = array(a.self);
    return asy_bytes_value(vm, self->size ? self->data : (const uint8_t *)"", self->size * self->kind->size);
}
static Value array_frombytes(VM *vm, Args a)
{
    BufferView view;
    if (!asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    bool ok = extend_from_bytes(vm, array(a.self), view.data, view.size);
    asy_release_buffer(vm, &view);
    return ok ? ASY_NONE : ASY_ERR;
}
static Value array_fromlist(VM *vm, Args a)
{
    if (!asy_is_list(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "arg must be list");
    ArrayObj *self = array(a.self);
    ListObj *l = asy_as_list(a.v[0]);
    size_t old = self->size, count = l->size;
    for (size_t i = 0; i < count; i++) {
        bool changed = l->size != count;
        Value v = changed ? ASY_NIL : asy_retain(l->items[i]);
        bool ok = !changed && append(vm, self, v);
        if (changed) asy_raise(vm, EXC_RuntimeError, "list changed size during iteration");
        asy_release(vm, v);
        if (!ok) {
            // All or nothing.
            Value exc = asy_error_fetch(vm);
            if (self->size > old && !resize(vm, self, old)) asy_error_clear(vm);
            asy_error_restore(vm, exc);
            return ASY_ERR;
        }
    }
    return ASY_NONE;
}
static Value array_fromunicode(VM *vm, Args a)
{
    StrObj *s;
    if (!asy_arg_str(vm, a.v[0], "fromunicode() argument", &s)) return ASY_ERR;
    if (array(a.self)->kind->code != 'u') return asy_raise(vm, EXC_ValueError, "fromunicode() may only be called on unicode type arrays");
    return extend_from_text(vm, array(a.self), s) ? ASY_NONE : ASY_ERR;
}
static Value array_tounicode(VM *vm, Args a)
{
    if (array(a.self)->kind->code != 'u') return asy_raise(vm, EXC_ValueError, "tounicode() may only be called on unicode type arrays");
    return to_text(vm, array(a.self));
}
static Value array_tofile(VM *vm, Args a)
{
    Value bytes = array_tobytes(vm, a);
    if (asy_is_err(bytes)) return ASY_ERR;
    Value r = asy_call_method1(vm, a.v[0], asy_name(vm, write), bytes);
    asy_release(vm, bytes);
    if (asy_is_err(r)) return ASY_ERR;
    asy_release(vm, r);
    return ASY_NONE;
}
static Value array_fromfile(VM *vm, Args a)
{
    int64_t n;
    if (!asy_arg_i64(vm, a.v[1], &n)) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "negative count");
    size_t item = array(a.self)->kind->size;
    if (n > INT64_MAX / ITEM_MAX) return asy_raise_memory(vm);
    int64_t want = n * (int64_t)item;
    Value data = asy_call_method1(vm, a.v[0], asy_name(vm, read), asy_from_small(want));
    if (asy_is_err(data)) return ASY_ERR;
    Value result = ASY_ERR;
    if (!asy_is_bytes(vm, data)) {
        asy_raise(vm, EXC_TypeError, "read() didn't return bytes");
    } else {
        const BytesObj *b = asy_as_bytes(data);
        if (extend_from_bytes(vm, array(a.self), b->data, b->size)) {
            if ((int64_t)b->size == want) result = ASY_NONE;
            else asy_raise(vm, EXC_EOFError, "read() didn't return enough bytes");
        }
    }
    asy_release(vm, data);
    return result;
}

static Value array_reduce_ex(VM *vm, Args a)
{
    int64_t protocol;
    if (!asy_arg_i64(vm, a.v[0], &protocol)) return ASY_ERR;
    ArrayObj *self = array(a.self);
    Value state = asy_call_method0(vm, a.self, asy_name(vm, __getstate__));
    if (asy_is_err(state)) return ASY_ERR;
    Value type = asy_from_obj(self->head.type), code = ASY_ERR, content = ASY_ERR, args = ASY_ERR, maker = ASY_ERR, r = ASY_ERR;
    code = asy_value_or_err(asy_str_from_char(vm, (uint32_t)self->kind->code));
    if (asy_is_err(code)) goto done;
    if (protocol < 3) {
        content = to_list(vm, self);
        if (asy_is_err(content)) goto done;
        args = asy_tuple_pack(vm, 2, code, content);
        maker = asy_retain(type);
    } else {
        content = array_tobytes(vm, a);
        if (asy_is_err(content)) goto done;
        args = asy_tuple_pack(vm, 4, type, code, asy_from_small(self->kind->machine_format), content);
        maker = asy_import_attr(vm, "array", "_array_reconstructor");
    }
    if (!asy_is_err(args) && !asy_is_err(maker)) r = asy_tuple_pack(vm, 3, maker, args, state);
done:
    if (!asy_is_err(code)) asy_release(vm, code);
    if (!asy_is_err(content)) asy_release(vm, content);
    if (!asy_is_err(args)) asy_release(vm, args);
    if (!asy_is_err(maker)) asy_release(vm, maker);
    asy_release(vm, state);
    return r;
}

// What pickles of protocol 3 and later call: items as another machine, or another kind, has written them.
static Value module_reconstructor(VM *vm, Args a)
{
    int64_t format;
    Type *base = asy_type_ready(vm, &array_type);
    if (!base) return ASY_ERR;
    if (!asy_is_obj(a.v[0]) || !(asy_as_obj(a.v[0])->type->flags & TYPE_TYPE)) {
        return asy_raise(vm, EXC_TypeError, "first argument must be a type object, not %.200T", a.v[0]);
    }
    Type *type = asy_as(Type, a.v[0]);
    if (!asy_type_is_subtype(type, base)) return asy_raise(vm, EXC_TypeError, "%s is not a subtype of array.array", asy_type_name(type));
    const Kind *kind = kind_argument(vm, "_array_reconstructor", 2, a.v[1]);
    if (!kind || !asy_arg_i64(vm, a.v[2], &format)) return ASY_ERR;
    if (format < 0 || format > 21) return asy_raise(vm, EXC_ValueError, "third argument must be a valid machine format code.");
    if (!asy_is_bytes(vm, a.v[3])) return asy_raise(vm, EXC_TypeError, "fourth argument should be bytes, not %.200T", a.v[3]);
    bool big = format > 1 && format % 2;
    int64_t little = format > 1 ? format - big : format;
    const Kind *from = NULL;
    for (size_t i = 0; i < KINDS && !from; i++) {
        if (kinds[i].machine_format == little) from = &kinds[i];
    }
    static const Kind utf16 = { 'H', 2, 18 };
    if (little == 18) from = &utf16;
    if (!from) return asy_raise(vm, EXC_ValueError, "third argument must be a valid machine format code.");
    const BytesObj *items = asy_as_bytes(a.v[3]);
    if (items->size % from->size) return asy_raise(vm, EXC_ValueError, "string length not a multiple of item size");
    ArrayObj *out = make(vm, type, kind, 0);
    if (!out) return ASY_ERR;
    bool ok = true;
    if (from->machine_format == kind->machine_format && !big) {
        ok = extend_from_bytes(vm, out, items->data, items->size);
    } else {
        for (size_t i = 0; ok && i < items->size; i += from->size) {
            uint8_t item[ITEM_MAX];
            memcpy(item, items->data + i, from->size);
            if (big) reverse_bytes(item, from->size);
            Value v = unpack(vm, from, item);
            if (!asy_is_err(v) && kind->code == 'u' && from != kind && asy_is_int(v)) {
                v = asy_value_or_err(asy_str_from_char(vm, (uint32_t)asy_as_small(v)));
            }
            ok = !asy_is_err(v) && append(vm, out, v);
            if (!asy_is_err(v)) asy_release(vm, v);
        }
    }
    if (ok) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}

static Value get_typecode(VM *vm, Value self) { return asy_value_or_err(asy_str_from_char(vm, (uint32_t)array(self)->kind->code)); }
static Value get_itemsize(VM *vm, Value self) { return (void)vm, asy_from_small(array(self)->kind->size); }

// -- iterator

static Value array_iter(VM *vm, Value self)
{
    Type *type = asy_type_ready(vm, &iter_type);
    ArrayIter *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->array = asy_retain_obj(array(self));
    return asy_from_obj(it);
}
static void iter_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, (ObjHeader *)((ArrayIter *)(void *)o)->array); }
static void iter_clear(VM *vm, ObjHeader *o)
{
    ArrayObj *old = ((ArrayIter *)(void *)o)->array;
    ((ArrayIter *)(void *)o)->array = NULL;
    asy_release_obj(vm, old);
}
static Value iter_self(VM *vm, Value self) { return (void)vm, asy_retain(self); }
static Value iter_next(VM *vm, Value self)
{
    ArrayIter *it = asy_as(ArrayIter, self);
    if (it->array && it->index < it->array->size) return get(vm, it->array, it->index++);
    iter_clear(vm, &it->head);
    return ASY_DONE;
}
static Value iter_reduce(VM *vm, Args a)
{
    ArrayIter *it = asy_as(ArrayIter, a.self);
    Value iter = asy_import_attr(vm, "builtins", "iter");
    if (asy_is_err(iter)) return ASY_ERR;
    Value over = it->array ? asy_from_obj(it->array) : vm->empty_tuple, args = asy_tuple_pack(vm, 1, over), r = ASY_ERR;
    if (!asy_is_err(args)) {
        r = it->array ? asy_tuple_pack(vm, 3, iter, args, asy_from_small((int64_t)it->index)) : asy_tuple_pack(vm, 2, iter, args);
        asy_release(vm, args);
    }
    asy_release(vm, iter);
    return r;
}
static Value iter_setstate(VM *vm, Args a)
{
    ArrayIter *it = asy_as(ArrayIter, a.self);
    int64_t i;
    if (!asy_arg_i64(vm, a.v[0], &i)) return ASY_ERR;
    if (it->array) it->index = i < 0 ? 0 : (size_t)i < it->array->size ? (size_t)i : it->array->size;
    return ASY_NONE;
}
static const MethodDef iter_methods[] = {
    { "__reduce__", iter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", iter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};
static const TypeDef iter_type = {
    .name = "array.arrayiterator",
    .size = sizeof(ArrayIter),
    .flags = TYPE_DISALLOW_NEW,
    .trace = iter_trace,
    .clear = iter_clear,
    .methods = iter_methods,
    .slots = { .iter = iter_self, .next = iter_next },
};

static const MethodDef methods[] = {
    { "append", array_append, "(v, /)", 0, "Append new value v to the end of the array." },
    { "buffer_info", array_buffer_info, "()", 0, "Return a tuple (address, length) giving the current memory address and the length." },
    { "byteswap", array_byteswap, "()", 0, "Byteswap all items of the array." },
    { "count", array_count, "(v, /)", 0, "Return number of occurrences of v in the array." },
    { "extend", array_extend, "(bb, /)", 0, "Append items to the end of the array." },
    { "frombytes", array_frombytes, "(buffer, /)", 0, "Appends items from the string, interpreting it as an array of machine values." },
    { "fromfile", array_fromfile, "(f, n, /)", 0, "Read n objects from the file object f and append them to the end of the array." },
    { "fromlist", array_fromlist, "(list, /)", 0, "Append items to array from list." },
    { "fromunicode", array_fromunicode, "(ustr, /)", 0, "Extends this array with data from the unicode string ustr." },
    { "index", array_index, "(v, start=0, stop=None, /)", 0, "Return index of first occurrence of v in the array." },
    { "insert", array_insert, "(i, v, /)", 0, "Insert a new item v into the array before position i." },
    { "pop", array_pop, "(i=-1, /)", 0, "Return the i-th element and delete it from the array." },
    { "remove", array_remove, "(v, /)", 0, "Remove the first occurrence of v in the array." },
    { "reverse", array_reverse, "()", 0, "Reverse the order of the items in the array." },
    { "tobytes", array_tobytes, "()", 0, "Convert the array to an array of machine values and return the bytes representation." },
    { "tofile", array_tofile, "(f, /)", 0, "Write all items (as machine values) to the file object f." },
    { "tolist", array_tolist, "()", 0, "Convert array to an ordinary list with the same items." },
    { "tounicode", array_tounicode, "()", 0, "Convert the array to a unicode string." },
    { "__copy__", array_copy, "()", 0, "Return a copy of the array." },
    { "__deepcopy__", array_copy, "(unused, /)", 0, "Return a copy of the array." },
    { "__reduce_ex__", array_reduce_ex, "(value, /)", 0, "Return state information for pickling." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef getset[] = {
    { "typecode", get_typecode, NULL, "the typecode character used to create the array" },
    { "itemsize", get_itemsize, NULL, "the size, in bytes, of one array item" },
    { 0 },
};
static const TypeDef array_type = {
    .name = "array.array",
    .size = sizeof(ArrayObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS | TYPE_MATCH_SEQUENCE | TYPE_QUALIFIED,
    .doc = "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized "
           "from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.",
    .free = array_free,
    .buffer = array_buffer,
    .buffer_release = array_buffer_release,
    .methods = methods,
    .getset = getset,
    .slots = { .new = array_new, .repr = array_repr, .compare = array_compare, .iter = array_iter, .length = array_length,
               .getitem = array_getitem, .setitem = array_setitem, .contains = array_contains, .concat = array_concat,
               .repeat = array_repeat, .iconcat = array_iconcat, .irepeat = array_irepeat },
};

static const MethodDef functions[] = {
    { "_array_reconstructor", module_reconstructor, "(arraytype, typecode, mformat_code, items, /)", 0,
      "Internal. Used for pickling support." },
    { 0 },
};
static bool array_module_init(VM *vm, Value module)
{
    Type *type = asy_module_add_type(vm, module, &array_type);
    return type && asy_module_add(vm, module, "ArrayType", asy_from_obj(asy_retain_obj(type))) &&
           asy_module_add(vm, module, "typecodes", asy_str_value(vm, "bBuhHiIlLqQfd"));
}
const ModuleDef asy_module_array = { "array", "This module defines an object type which can efficiently represent an array of basic values.",
                                     functions, array_module_init };
