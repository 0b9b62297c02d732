// memoryview: a window on the bytes of another object, read and written as items of a format.
//
// Every view holds a buffer of its own from the object at the bottom, so slices and casts live and are
// released independently; while any is alive a bytearray below cannot be resized. Views of several
// dimensions come from cast(); slicing them is not done (nor is it in CPython).
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/memory/weakref_impl.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/slice.h"
#include "vm/objects/types.h"

enum { DIMS_MAX = 8 };          // arbitrary; CPython has 64

typedef struct MemoryViewObj {
    ObjHeader head;
    BufferView view;            // of the object at the bottom; owner NIL: released
    uint8_t *data;              // first item
    char format;
    uint8_t itemsize, ndim;
    bool readonly;
    uint32_t exports;           // buffers taken from this view
    int64_t hash;               // -1: not made
    int64_t shape[DIMS_MAX], strides[DIMS_MAX];
} MemoryViewObj;

static MemoryViewObj *as_view(Value v) { return asy_as(MemoryViewObj, v); }

static bool is_view(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == vm->types.memoryview; }

static bool check_open(VM *vm, const MemoryViewObj *m)
{
    if (!asy_is_nil(m->view.owner)) return true;
    asy_raise(vm, EXC_ValueError, "operation forbidden on released memoryview object");
    return false;
}

// ---- formats ----

static uint8_t format_size(char format)
{
    switch (format) {
    case 'c': case 'b': case 'B': case '?': return 1;
    case 'h': case 'H': return sizeof(short);
    case 'i': case 'I': return sizeof(int);
    case 'l': case 'L': return sizeof(long);
    case 'q': case 'Q': return sizeof(long long);
    case 'n': case 'N': return sizeof(size_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    default: return 0;
    }
}

static bool is_byte_format(char format) { return format == 'B' || format == 'b' || format == 'c'; }
static bool is_signed(char format) { return format == 'b' || format == 'h' || format == 'i' || format == 'l' || format == 'q' || format == 'n'; }

static Value unpack(VM *vm, char format, const uint8_t *p)
{
    if (format == 'c') return asy_bytes_value(vm, p, 1);
    if (format == '?') return asy_from_bool(*p != 0);
    if (format == 'f') {
        float f;
        memcpy(&f, p, sizeof f);
        return asy_from_double((double)f);
    }
    if (format == 'd') {
        double d;
        memcpy(&d, p, sizeof d);
        return asy_from_double(d);
    }
    uint8_t size = format_size(format);
    uint64_t bits = 0;
    for (int i = size; i-- > 0;) bits = bits << 8 | p[i];
    if (!is_signed(format)) return asy_int_from_u64(vm, bits);
    int unused = 64 - size * 8;
    return asy_int_from_i64(vm, (int64_t)(bits << unused) >> unused);
}

static bool invalid(VM *vm, const char *what, char format)
{
    asy_raise(vm, what[0] == 't' ? EXC_TypeError : EXC_ValueError, "memoryview: invalid %s for format '%c'", what, (uint32_t)format);
    return false;
}

static bool pack_int(VM *vm, char format, Value v, uint8_t out[8])
{
    if (!asy_is_integer(vm, v) && !asy_type_of(vm, v)->slots.index) return invalid(vm, "type", format);
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return asy_error_catch(vm, EXC_TypeError) ? invalid(vm, "type", format) : false;
    int bits = format_size(format) * 8;
    int64_t number;
    uint64_t word = 0;
    bool fits = asy_int_as_i64(vm, i, &number);
    if (fits) {
        word = (uint64_t)number;
        if (is_signed(format)) fits = bits == 64 || (number >= -(INT64_C(1) << (bits - 1)) && number < INT64_C(1) << (bits - 1));
        else fits = number >= 0 && (bits == 64 || number < INT64_C(1) << bits);
    } else if (!is_signed(format) && bits == 64) {
        fits = asy_int_sign(vm, i) > 0 && asy_int_bit_length(vm, i) <= 64 && asy_int_low_bits(vm, i, &word);
    }
    asy_release(vm, i);
    if (!fits) return invalid(vm, "value", format);
    for (int k = 0; k < 8; k++) out[k] = (uint8_t)(word >> (8 * k));
    return true;
}

// The item's bytes for `v`. May run script: the view is looked at again afterwards.
static bool pack(VM *vm, char format, Value v, uint8_t out[8])
{
    if (format == 'c') {
        if (!asy_is_bytes(vm, v)) return invalid(vm, "type", format);
        if (asy_as_bytes(v)->size != 1) return invalid(vm, "value", format);
        out[0] = asy_as_bytes(v)->data[0];
        return true;
    }
    if (format == '?') {
        int truth = asy_truth(vm, v);
        out[0] = truth > 0;
        return truth >= 0;
    }
    if (format == 'f' || format == 'd') {
        double d;
        if (!asy_to_double(vm, v, &d)) return asy_error_catch(vm, EXC_TypeError) ? invalid(vm, "type", format) : false;
        float f = (float)d;
        if (format == 'f') memcpy(out, &f, sizeof f);
        else memcpy(out, &d, sizeof d);
        return true;
    }
    return pack_int(vm, format, v, out);
}

// ---- making ----

static size_t item_count(const MemoryViewObj *m)
{
    size_t count = 1;
    for (int d = 0; d < m->ndim; d++) count *= (size_t)m->shape[d];
    return count;
}

static bool is_contiguous(const MemoryViewObj *m)
{
    int64_t expected = m->itemsize;
    for (int d = m->ndim; d-- > 0;) {
        if (m->shape[d] != 1 && m->strides[d] != expected && item_count(m)) return false;
        expected *= m->shape[d];
    }
    return true;
}

// New view of `from`'s object, like `from` where it is a view.
static MemoryViewObj *view_new(VM *vm, Value from)
{
    const MemoryViewObj *like = is_view(vm, from) ? as_view(from) : NULL;
    MemoryViewObj *m = asy_object_alloc(vm, vm->types.memoryview);
    if (!m) return NULL;
    m->hash = -1;
    if (!asy_get_buffer(vm, like ? like->view.owner : from, &m->view)) {
        m->view.owner = ASY_NIL;
        asy_release_obj(vm, m);
        return NULL;
    }
    if (like) {
        m->data = like->data;
        m->format = like->format;
        m->itemsize = like->itemsize;
        m->ndim = like->ndim;
        m->readonly = like->readonly;
        memcpy(m->shape, like->shape, sizeof m->shape);
        memcpy(m->strides, like->strides, sizeof m->strides);
        return m;
    }
    m->data = m->view.data;
    m->format = m->view.format ? m->view.format : 'B';
    m->itemsize = m->view.format ? m->view.itemsize : 1;
    m->ndim = 1;
    m->readonly = m->view.readonly;
    m->shape[0] = (int64_t)m->view.size / m->itemsize;
    m->strides[0] = m->itemsize;
    return m;
}

static Value memoryview_new(VM *vm, Type *type, Args args)
{
    static const char *const names[] = { "object" };
    Value v[1];
    (void)type;
    if (!asy_new_args(vm, "memoryview", names, 1, 0, 1, args, v)) return ASY_ERR;
    if (is_view(vm, v[0])) {
        if (!check_open(vm, as_view(v[0]))) return ASY_ERR;
    } else if (!asy_has_buffer(vm, v[0])) {
        return asy_raise(vm, EXC_TypeError, "memoryview: a bytes-like object is required, not '%.200T'", v[0]);
    }
    MemoryViewObj *m = view_new(vm, v[0]);
    return m ? asy_from_obj(m) : ASY_ERR;
}

static void memoryview_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((MemoryViewObj *)(void *)o)->view.owner); }

static void memoryview_clear(VM *vm, ObjHeader *o)
{
    MemoryViewObj *m = (MemoryViewObj *)(void *)o;
    if (asy_is_nil(m->view.owner)) return;
    BufferView view = m->view;
    m->view.owner = ASY_NIL;
    asy_release_buffer(vm, &view);
}

static bool memoryview_buffer(VM *vm, Value self, BufferView *out)
{
    MemoryViewObj *m = as_view(self);
    if (!check_open(vm, m)) return false;
    if (!is_contiguous(m)) {
        asy_raise(vm, EXC_BufferError, "memoryview: underlying buffer is not C-contiguous");
        return false;
    }
    m->exports++;
    *out = (BufferView){ .data = m->data, .size = item_count(m) * m->itemsize, .readonly = m->readonly, .owner = asy_retain(self) };
    return true;
}

static void memoryview_buffer_release(VM *vm, BufferView *view)
{
    (void)vm;
    as_view(view->owner)->exports--;
}

// ---- copying out ----

typedef void (*ItemVisit)(void *ud, uint8_t *item);

static void each_item(const MemoryViewObj *m, int dim, uint8_t *at, ItemVisit visit, void *ud)
{
    if (dim == m->ndim) {
        visit(ud, at);
        return;
    }
    for (int64_t i = 0; i < m->shape[dim]; i++) each_item(m, dim + 1, at + i * m->strides[dim], visit, ud);
}

typedef struct CopyOut {
    uint8_t *to;
    size_t itemsize;
} CopyOut;

static void copy_out(void *ud, uint8_t *item)
{
    CopyOut *c = ud;
    memcpy(c->to, item, c->itemsize);
    c->to += c->itemsize;
}

Value asy_memoryview_tobytes(VM *vm, Value self)
{
    const MemoryViewObj *m = as_view(self);
    if (!check_open(vm, m)) return ASY_ERR;
    size_t size = item_count(m) * m->itemsize;
    if (is_contiguous(m)) return asy_bytes_value(vm, m->data, size);
    BytesObj *b = asy_bytes_new(vm, NULL, size);
    if (!b) return ASY_ERR;
    CopyOut c = { b->data, m->itemsize };
    each_item(m, 0, m->data, copy_out, &c);
    return asy_from_obj(b);
}

static Value memoryview_tobytes(VM *vm, Args a)
{
    if (!asy_is_nil(a.v[0]) && !asy_is_none(a.v[0])) {
        StrObj *order;
        if (!asy_arg_str(vm, a.v[0], "tobytes() argument 'order'", &order)) return ASY_ERR;
        if (!asy_str_is(order, "C") && !asy_str_is(order, "F") && !asy_str_is(order, "A")) {
            return asy_raise(vm, EXC_ValueError, "order must be 'C', 'F' or 'A'");
        }
        if (asy_str_is(order, "F") && as_view(a.self)->ndim > 1) {
            return asy_raise(vm, EXC_NotImplementedError, "memoryview: Fortran order of several dimensions is not implemented");
        }
    }
    return asy_memoryview_tobytes(vm, a.self);
}

// Unpacking an item runs no script, so the view stays open meanwhile.
static Value list_of(VM *vm, const MemoryViewObj *m, int dim, const uint8_t *at)
{
    if (dim == m->ndim) return unpack(vm, m->format, at);
    ListObj *list = asy_list_new(vm, (size_t)m->shape[dim]);
    for (int64_t i = 0; list && i < m->shape[dim]; i++) {
        Value item = list_of(vm, m, dim + 1, at + i * m->strides[dim]);
        if (asy_is_err(item) || !asy_list_append_owned(vm, list, item)) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
    }
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value memoryview_tolist(VM *vm, Args a)
{
    const MemoryViewObj *m = as_view(a.self);
    return check_open(vm, m) ? list_of(vm, m, 0, m->data) : ASY_ERR;
}

static Value memoryview_hex(VM *vm, Args a)
{
    Value bytes = asy_memoryview_tobytes(vm, a.self);
    if (asy_is_err(bytes)) return ASY_ERR;
    Value text = asy_bytes_hex_text(vm, asy_bytes_span(vm, bytes), a.v[0], a.v[1]);
    asy_release(vm, bytes);
    return text;
}

// ---- items and slices ----

// Address of the item `key` refers to; NULL: raised.
static uint8_t *item_at(VM *vm, const MemoryViewObj *m, Value key)
{
    const Value *keys = &key;
    size_t count = 1;
    if (asy_is_tuple(vm, key)) {
        keys = asy_as_tuple(key)->items;
        count = asy_as_tuple(key)->size;
    }
    if (count != m->ndim) {
        if (count > m->ndim) asy_raise(vm, EXC_TypeError, "cannot index %d-dimension view with %zu-element tuple", (int)m->ndim, count);
        else asy_raise(vm, EXC_NotImplementedError, "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    int64_t offset = 0;
    for (size_t d = 0; d < count; d++) {
        int64_t i;
        if (!asy_is_integer(vm, keys[d]) && !asy_type_of(vm, keys[d])->slots.index) {
            asy_raise(vm, EXC_TypeError, "memoryview: invalid slice key");
            return NULL;
        }
        if (!asy_to_size_clamped(vm, keys[d], &i) || !check_open(vm, m)) return NULL;
        if (i < 0) i += m->shape[d];
        if (i < 0 || i >= m->shape[d]) {
            asy_raise(vm, EXC_IndexError, "index out of bounds on dimension %zu", d + 1);
            return NULL;
        }
        offset += i * m->strides[d];
    }
    return m->data + offset;
}

static MemoryViewObj *slice_view(VM *vm, Value self, Value key)
{
    SliceRange r;
    if (!asy_slice_unpack(vm, key, &r) || !check_open(vm, as_view(self))) return NULL;
    if (as_view(self)->ndim > 1) {
        asy_raise(vm, EXC_NotImplementedError, "multi-dimensional slicing is not implemented");
        return NULL;
    }
    MemoryViewObj *part = view_new(vm, self);
    if (!part) return NULL;
    asy_slice_adjust(&r, (size_t)part->shape[0]);
    if (r.count) part->data += r.start * part->strides[0];
    part->shape[0] = (int64_t)r.count;
    part->strides[0] *= r.step;
    return part;
}

static Value memoryview_getitem(VM *vm, Value self, Value key)
{
    const MemoryViewObj *m = as_view(self);
    if (!check_open(vm, m)) return ASY_ERR;
    if (asy_is_slice(vm, key)) {
        MemoryViewObj *part = slice_view(vm, self, key);
        return part ? asy_from_obj(part) : ASY_ERR;
    }
    if (asy_same(key, ASY_ELLIPSIS)) return asy_retain(self);
    const uint8_t *item = item_at(vm, m, key);
    return item ? unpack(vm, m->format, item) : ASY_ERR;
}

static bool set_slice(VM *vm, Value self, Value key, Value value)
{
    MemoryViewObj *to = slice_view(vm, self, key);
    if (!to) return false;
    bool ok = false;
    MemoryViewObj *from = NULL;
    Value bytes = ASY_ERR;
    if (!asy_has_buffer(vm, value)) {
        asy_raise(vm, EXC_TypeError, "a bytes-like object is required, not '%.100T'", value);
        goto done;
    }
    if (is_view(vm, value) && !check_open(vm, as_view(value))) goto done;
    from = view_new(vm, value);
    if (!from) goto done;
    if (from->ndim != 1 || from->format != to->format || from->shape[0] != to->shape[0]) {
        asy_raise(vm, EXC_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
        goto done;
    }
    bytes = asy_memoryview_tobytes(vm, asy_from_obj(from));     // a copy: the two may overlap
    if (asy_is_err(bytes)) goto done;
    const uint8_t *source = asy_as_bytes(bytes)->data;
    for (int64_t i = 0; i < to->shape[0]; i++) memcpy(to->data + i * to->strides[0], source + i * to->itemsize, to->itemsize);
    ok = true;
done:
    asy_release(vm, bytes);
    asy_release_obj(vm, from);
    asy_release_obj(vm, to);
    return ok;
}

static bool memoryview_setitem(VM *vm, Value self, Value key, Value value)
{
    MemoryViewObj *m = as_view(self);
    if (!check_open(vm, m)) return false;
    if (m->readonly) {
        asy_raise(vm, EXC_TypeError, "cannot modify read-only memory");
        return false;
    }
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "cannot delete memory");
        return false;
    }
    if (asy_is_slice(vm, key)) return set_slice(vm, self, key, value);
    uint8_t bytes[8];
    if (!item_at(vm, m, key) || !pack(vm, m->format, value, bytes)) return false;
    uint8_t *item = check_open(vm, m) ? item_at(vm, m, key) : NULL;
    if (!item) return false;
    memcpy(item, bytes, m->itemsize);
    return true;
}

static int64_t memoryview_length(VM *vm, Value self)
{
    const MemoryViewObj *m = as_view(self);
    if (!check_open(vm, m)) return -1;
    return m->shape[0];
}

static Value memoryview_iter(VM *vm, Value self)
{
    if (!check_open(vm, as_view(self))) return ASY_ERR;
    if (as_view(self)->ndim != 1) return asy_raise(vm, EXC_NotImplementedError, "multi-dimensional sub-views are not implemented");
    return asy_seq_iter_new(vm, self);
}

// ---- comparing ----

// 1, 0, -1. Items of different formats are equal if their values are.
static int items_equal(VM *vm, const MemoryViewObj *a, const MemoryViewObj *b, int dim, const uint8_t *x, const uint8_t *y)
{
    if (dim == a->ndim) {
        if (a->format == b->format && a->format != 'f' && a->format != 'd') return memcmp(x, y, a->itemsize) == 0;
        Value v = unpack(vm, a->format, x), w = asy_is_err(v) ? ASY_ERR : unpack(vm, b->format, y);
        // No identity shortcut: NaN is not equal to itself.
        int equal = asy_is_err(w) ? -1 : asy_is_float(v) && asy_is_float(w) ? asy_as_double(v) == asy_as_double(w) : asy_equal(vm, v, w);
        asy_release(vm, v);
        asy_release(vm, w);
        return equal;
    }
    for (int64_t i = 0; i < a->shape[dim]; i++) {
        int equal = items_equal(vm, a, b, dim + 1, x + i * a->strides[dim], y + i * b->strides[dim]);
        if (equal <= 0) return equal;
    }
    return 1;
}

static Value memoryview_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_view(vm, a)) return ASY_NOTIMPLEMENTED;
    bool released = asy_is_nil(as_view(a)->view.owner) || (is_view(vm, b) && asy_is_nil(as_view(b)->view.owner));
    if (released) return asy_from_bool(asy_same(a, b) == (op == CMP_EQ));
    if (!asy_has_buffer(vm, b)) return ASY_NOTIMPLEMENTED;
    MemoryViewObj *other = view_new(vm, b);
    if (!other) return ASY_ERR;
    const MemoryViewObj *self = as_view(a);
    int equal = self->ndim == other->ndim;
    for (int d = 0; equal && d < self->ndim; d++) equal = self->shape[d] == other->shape[d];
    if (equal) equal = items_equal(vm, self, other, 0, self->data, other->data);
    asy_release_obj(vm, other);
    return equal < 0 ? ASY_ERR : asy_from_bool((equal != 0) == (op == CMP_EQ));
}

static bool memoryview_hash(VM *vm, Value self, int64_t *hash)
{
    MemoryViewObj *m = as_view(self);
    if (m->hash == -1) {
        if (!check_open(vm, m)) return false;
        if (!m->readonly) {
            asy_raise(vm, EXC_ValueError, "cannot hash writable memoryview object");
            return false;
        }
        if (!is_byte_format(m->format)) {
            asy_raise(vm, EXC_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
            return false;
        }
        Value bytes = asy_memoryview_tobytes(vm, self);
        bool ok = !asy_is_err(bytes) && asy_hash(vm, bytes, &m->hash);
        asy_release(vm, bytes);
        if (!ok) return false;
    }
    *hash = m->hash;
    return true;
}

static Value memoryview_repr(VM *vm, Value self)
{
    const char *released = asy_is_nil(as_view(self)->view.owner) ? "released " : "";
    char address[20];
    asy_weakref_address(vm, asy_as_obj(self), address);
    StrObj *s = asy_format(vm, "<%smemory at %s>", released, address);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// ---- methods ----

static Value memoryview_release(VM *vm, Args a)
{
    MemoryViewObj *m = as_view(a.self);
    if (m->exports) return asy_raise(vm, EXC_BufferError, "memoryview has %u exported buffer%s", m->exports, m->exports == 1 ? "" : "s");
    memoryview_clear(vm, &m->head);
    return ASY_NONE;
}

static Value memoryview_enter(VM *vm, Args a) { return check_open(vm, as_view(a.self)) ? asy_retain(a.self) : ASY_ERR; }
static Value memoryview_exit(VM *vm, Args a) { return memoryview_release(vm, a); }

static Value memoryview_toreadonly(VM *vm, Args a)
{
    if (!check_open(vm, as_view(a.self))) return ASY_ERR;
    MemoryViewObj *m = view_new(vm, a.self);
    if (!m) return ASY_ERR;
    m->readonly = true;
    return asy_from_obj(m);
}

// Reads cast's shape: the number of dimensions, or -1.
static int read_shape(VM *vm, Value v, int64_t shape[DIMS_MAX])
{
    if (!asy_is_list(vm, v) && !asy_is_tuple(vm, v)) {
        asy_raise(vm, EXC_TypeError, "shape must be a list or a tuple");
        return -1;
    }
    TupleObj *t = asy_to_tuple(vm, v);
    if (!t) return -1;
    int ndim = (int)(t->size > DIMS_MAX ? DIMS_MAX + 1 : t->size);
    if (ndim > DIMS_MAX || !ndim) {
        asy_raise(vm, EXC_ValueError, "memoryview: number of dimensions must be 1 to %d", (int)DIMS_MAX);
        ndim = -1;
    }
    for (int d = 0; d < ndim; d++) {
        if (!asy_is_integer(vm, t->items[d])) {
            asy_raise(vm, EXC_TypeError, "memoryview.cast(): elements of shape must be integers");
            ndim = -1;
        } else if (!asy_int_as_i64(vm, t->items[d], &shape[d]) || shape[d] <= 0) {
            asy_raise(vm, EXC_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
            ndim = -1;
        }
    }
    asy_release_obj(vm, t);
    return ndim;
}

static bool cast_format(VM *vm, const MemoryViewObj *m, Value v, char *format)
{
    StrObj *s;
    if (!asy_arg_str(vm, v, "cast() argument 'format'", &s)) return false;
    const char *text = s->data + (s->data[0] == '@');
    *format = text[0];
    if (!text[0] || text[1] || !format_size(*format)) {
        asy_raise(vm, EXC_ValueError, "memoryview: destination format must be a native single character format prefixed with an optional '@'");
        return false;
    }
    if (is_byte_format(*format) || is_byte_format(m->format)) return true;
    asy_raise(vm, EXC_TypeError, "memoryview: cannot cast between two non-byte formats");
    return false;
}

static Value memoryview_cast(VM *vm, Args a)
{
    const MemoryViewObj *m = as_view(a.self);
    int64_t shape[DIMS_MAX];
    char format;
    if (!check_open(vm, m)) return ASY_ERR;
    if (!is_contiguous(m)) return asy_raise(vm, EXC_TypeError, "memoryview: casts are restricted to C-contiguous views");
    int ndim = 0;
    if (!asy_is_nil(a.v[1]) && !asy_is_none(a.v[1])) {
        ndim = read_shape(vm, a.v[1], shape);
        if (ndim < 0) return ASY_ERR;
        if (m->ndim != 1 && ndim != 1) return asy_raise(vm, EXC_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    if (!cast_format(vm, m, a.v[0], &format)) return ASY_ERR;
    size_t bytes = item_count(m) * m->itemsize;
    if (bytes % format_size(format)) return asy_raise(vm, EXC_TypeError, "memoryview: length is not a multiple of itemsize");
    if (!ndim) {
        ndim = 1;
        shape[0] = (int64_t)(bytes / format_size(format));
    }
    int64_t product = format_size(format);
    for (int d = 0; d < ndim; d++) {
        if (__builtin_mul_overflow(product, shape[d], &product)) product = -1;
        if (product < 0) break;
    }
    if (product != (int64_t)bytes) return asy_raise(vm, EXC_TypeError, "memoryview: product(shape) * itemsize != buffer size");
    MemoryViewObj *result = view_new(vm, a.self);
    if (!result) return ASY_ERR;
    result->format = format;
    result->itemsize = format_size(format);
    result->ndim = (uint8_t)ndim;
    int64_t stride = result->itemsize;
    for (int d = ndim; d-- > 0;) {
        result->shape[d] = shape[d];
        result->strides[d] = stride;
        stride *= shape[d];
    }
    return asy_from_obj(result);
}

// ---- attributes ----

static Value get_obj(VM *vm, Value self)
{
    const MemoryViewObj *m = as_view(self);
    return check_open(vm, m) ? asy_retain(m->view.owner) : ASY_ERR;
}

static Value sizes_tuple(VM *vm, const MemoryViewObj *m, const int64_t *sizes)
{
    if (!check_open(vm, m)) return ASY_ERR;
    TupleObj *t = asy_tuple_alloc(vm, m->ndim);
    if (!t) return ASY_ERR;
    for (int d = 0; d < m->ndim; d++) t->items[d] = asy_from_small(sizes[d]);
    return asy_from_obj(t);
}

static Value get_shape(VM *vm, Value self) { return sizes_tuple(vm, as_view(self), as_view(self)->shape); }
static Value get_strides(VM *vm, Value self) { return sizes_tuple(vm, as_view(self), as_view(self)->strides); }

static Value get_number(VM *vm, Value self, size_t number)
{
    return check_open(vm, as_view(self)) ? asy_from_small((int64_t)number) : ASY_ERR;
}

static Value get_nbytes(VM *vm, Value self) { return get_number(vm, self, item_count(as_view(self)) * as_view(self)->itemsize); }
static Value get_itemsize(VM *vm, Value self) { return get_number(vm, self, as_view(self)->itemsize); }
static Value get_ndim(VM *vm, Value self) { return get_number(vm, self, as_view(self)->ndim); }

static Value get_flag(VM *vm, Value self, bool flag) { return check_open(vm, as_view(self)) ? asy_from_bool(flag) : ASY_ERR; }

static Value get_readonly(VM *vm, Value self) { return get_flag(vm, self, as_view(self)->readonly); }
static Value get_contiguous(VM *vm, Value self) { return get_flag(vm, self, is_contiguous(as_view(self))); }
static Value get_f_contiguous(VM *vm, Value self) { return get_flag(vm, self, as_view(self)->ndim == 1 && is_contiguous(as_view(self))); }

static Value get_format(VM *vm, Value self)
{
    char text[2] = { as_view(self)->format, '\0' };
    return check_open(vm, as_view(self)) ? asy_str_value(vm, text) : ASY_ERR;
}

static Value get_suboffsets(VM *vm, Value self)
{
    return check_open(vm, as_view(self)) ? asy_retain(vm->empty_tuple) : ASY_ERR;
}

static const GetSetDef memoryview_getset[] = {
    { "obj", get_obj, NULL, "The underlying object of the memoryview." },
    { "nbytes", get_nbytes, NULL, "Bytes of all items." },
    { "readonly", get_readonly, NULL, "Whether the memory is read only." },
    { "itemsize", get_itemsize, NULL, "Bytes of an item." },
    { "format", get_format, NULL, "Format of an item, as in the module struct." },
    { "ndim", get_ndim, NULL, "Number of dimensions." },
    { "shape", get_shape, NULL, "Items in each dimension." },
    { "strides", get_strides, NULL, "Bytes from item to item in each dimension." },
    { "suboffsets", get_suboffsets, NULL, "Always empty." },
    { "c_contiguous", get_contiguous, NULL, NULL },
    { "f_contiguous", get_f_contiguous, NULL, NULL },
    { "contiguous", get_contiguous, NULL, NULL },
    { 0 },
};

static const MethodDef memoryview_methods[] = {
    { "release", memoryview_release, "()", 0, "Let go of the underlying buffer." },
    { "tobytes", memoryview_tobytes, "(order='C')", 0, "The data as bytes." },
    { "tolist", memoryview_tolist, "()", 0, "The items as a list, of lists for several dimensions." },
    { "hex", memoryview_hex, "(sep=None, bytes_per_sep=1)", 0, "As hexadecimal digits." },
    { "cast", memoryview_cast, "(format, shape=None)", 0, "The same memory with another format or shape." },
    { "toreadonly", memoryview_toreadonly, "()", 0, "A view that cannot be written to." },
    { "__enter__", memoryview_enter, "()", 0, NULL },
    { "__exit__", memoryview_exit, "(*args)", 0, NULL },
    { 0 },
};

const TypeDef asy_memoryview_type = {
    .name = "memoryview",
    .size = sizeof(MemoryViewObj),
    .flags = TYPE_WEAKREFS | TYPE_MATCH_SEQUENCE,
    .doc = "Create a new memoryview object which references the given object.",
    .trace = memoryview_trace,
    .clear = memoryview_clear,
    .buffer = memoryview_buffer,
    .buffer_release = memoryview_buffer_release,
    .methods = memoryview_methods,
    .getset = memoryview_getset,
    .slots = {
        .repr = memoryview_repr,
        .hash = memoryview_hash,
        .compare = memoryview_compare,
        .iter = memoryview_iter,
        .length = memoryview_length,
        .getitem = memoryview_getitem,
        .setitem = memoryview_setitem,
        .new = memoryview_new,
    },
};
