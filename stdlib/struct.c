// _struct: C values in bytes, laid out by a format. A format is compiled to a row of fields; Struct keeps the row.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "stdlib/lib.h"

typedef struct Field {
    char code;
    uint8_t size;           // of one value; strings: of the whole, in `count`
    size_t count;           // of values; of bytes for s and p
    size_t offset;
} Field;
typedef struct Layout {
    Field *fields;
    size_t nfields, capacity;
    size_t size;            // in bytes
    size_t values;          // how many Python values it takes
    bool big;               // byte order
    bool native;            // sizes, alignment and range checks are the C compiler's
} Layout;

typedef struct StructObj {
    ObjHeader head;
    StrObj *format;
    Layout layout;
} StructObj;
static StructObj *as_struct(Value v) { return asy_as(StructObj, v); }

typedef struct StructIter {
    ObjHeader head;
    Value owner;            // the Struct
    BufferView view;
    size_t at;
    bool open;              // the view is held
} StructIter;
static const TypeDef struct_type, iter_type;

static Value struct_error(VM *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
static Value struct_error(VM *vm, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    Value cls = asy_import_attr(vm, "struct", "error");
    if (asy_is_err(cls)) return ASY_ERR;
    Value message = asy_str_value(vm, text);
    if (!asy_is_err(message)) {
        asy_raise_class(vm, asy_as(Type, cls), message);
        asy_release(vm, message);
    }
    asy_release(vm, cls);
    return ASY_ERR;
}

// -- formats

// Size of one value and its alignment; 0: no such code. Native sizes are those of 64-bit Linux.
static uint8_t code_size(char code, bool native, uint8_t *align)
{
    uint8_t size;
    switch (code) {
    case 'x': case 'c': case 'b': case 'B': case '?': case 's': case 'p': size = 1; break;
    case 'h': case 'H': case 'e': size = 2; break;
    case 'i': case 'I': case 'f': size = 4; break;
    case 'l': case 'L': size = native ? 8 : 4; break;
    case 'q': case 'Q': case 'd': size = 8; break;
    case 'n': case 'N': case 'P': size = native ? 8 : 0; break;
    default: size = 0; break;
    }
    *align = native && size ? size : 1;
    return size;
}

static bool layout_add(VM *vm, Layout *l, Field field)
{
    if (l->nfields == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 8;
        Field *grown = asy_mem_resize(vm, l->fields, l->capacity * sizeof *grown, capacity * sizeof *grown);
        if (!grown) return (void)asy_raise_memory(vm), false;
        l->fields = grown;
        l->capacity = capacity;
    }
    l->fields[l->nfields++] = field;
    return true;
}

static void layout_free(VM *vm, Layout *l)
{
    asy_mem_free(vm, l->fields, l->capacity * sizeof *l->fields);
    *l = (Layout){ 0 };
}

static bool layout_too_long(VM *vm)
{
    struct_error(vm, "total struct size too long");
    return false;
}

static bool layout_parse(VM *vm, Layout *l, const char *text, size_t size)
{
    const char *p = text, *end = text + size;
    l->native = true;
    if (p < end && strchr("@=<>!", *p) && *p) {
        l->native = *p == '@';
        l->big = *p == '>' || *p == '!';
        p++;
    }
    while (p < end) {
        char c = *p++;
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        size_t count = 1;
        bool counted = c >= '0' && c <= '9';
        if (counted) {
            count = 0;
            for (; c >= '0' && c <= '9'; c = *p++) {
                if (count > (INT64_MAX - (size_t)(c - '0')) / 10) return layout_too_long(vm);
                count = count * 10 + (size_t)(c - '0');
                if (p == end) return struct_error(vm, "repeat count given without format specifier"), false;
            }
        }
        uint8_t align, one = code_size(c, l->native, &align);
        if (!c) return struct_error(vm, "embedded null character"), false;
        if (!one) return struct_error(vm, "bad char in struct format"), false;
        size_t padding = (align - l->size % align) % align;
        if (l->size > INT64_MAX - padding) return layout_too_long(vm);
        l->size += padding;
        if (count > (INT64_MAX - l->size) / one) return layout_too_long(vm);
        bool text_code = c == 's' || c == 'p';
        if (c != 'x' && (count || text_code)) {
            if (!layout_add(vm, l, (Field){ c, one, count, l->size })) return false;
            l->values += text_code ? 1 : count;
        }
        l->size += count * one;
    }
    return true;
}

// The format argument: str in ASCII, or bytes. New reference.
static StrObj *format_argument(VM *vm, Value v)
{
    if (asy_is_bytes(vm, v)) return asy_str_new(vm, (const char *)asy_as_bytes(v)->data, asy_as_bytes(v)->size);
    if (asy_is_str(vm, v)) {
        StrObj *text = asy_as_str(v);
        if (asy_str_is_ascii(text)) return asy_retain_obj(text);
        size_t i = asy_utf8_ascii_prefix(text->data, text->size);
        Value exc = asy_exc_unicode_encode_new(vm, "ascii", text, i, i + 1, "ordinal not in range(128)");
        if (!asy_is_err(exc)) asy_error_restore(vm, exc);
        return NULL;
    }
    asy_raise(vm, EXC_TypeError, "Struct() argument 1 must be a str or bytes object, not %T", v);
    return NULL;
}

// -- values to bytes

static void put_bytes(uint8_t *out, uint64_t bits, size_t size, bool big)
{
    for (size_t i = 0; i < size; i++) out[big ? size - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}
static uint64_t get_bytes(const uint8_t *in, size_t size, bool big)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) bits |= (uint64_t)in[big ? size - 1 - i : i] << (8 * i);
    return bits;
}

// To IEEE half precision, ties to even. False: too large.
static bool half_of(double d, uint16_t *out)
{
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    if (isnan(d)) return *out = (uint16_t)(sign | 0x7E00), true;
    d = fabs(d);
    if (isinf(d)) return *out = (uint16_t)(sign | 0x7C00), true;
    if (d >= 65520.0) return false;
    int e;
    double f = frexp(d, &e);                // d = f * 2^e, f in [0.5, 1)
    if (d == 0) return *out = sign, true;
    int exponent = e - 1 < -14 ? -14 : e - 1;
    double scaled = ldexp(f, e - exponent + 10);    // in units of the last place
    uint32_t units = (uint32_t)nearbyint(scaled);
    // A carry out of the fraction goes into the exponent by itself; below the normal range the exponent field is 0.
    uint32_t bits = units < 1024 ? units : units - 1024 + ((uint32_t)(exponent + 15) << 10);
    *out = (uint16_t)(sign | bits);
    return true;
}
static double half_value(uint16_t bits)
{
    int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    double d;
    if (exponent == 31) d = fraction ? (double)NAN : (double)INFINITY;
    else d = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits & 0x8000 ? -d : d;
}

static bool raise_float(VM *vm, const Field *f, Value v)
{
    if (asy_is_integer(vm, v)) struct_error(vm, "int too large to convert");
    else asy_raise(vm, EXC_OverflowError, "float too large to pack with %c format", f->code);
    return false;
}

static bool pack_float(VM *vm, const Layout *l, const Field *f, Value v, uint8_t *out)
{
    double d;
    if (!asy_arg_double(vm, v, &d)) {
        if (asy_error_catch(vm, EXC_TypeError)) struct_error(vm, "required argument is not a float");
        else if (asy_error_catch(vm, EXC_OverflowError)) struct_error(vm, "int too large to convert to float");
        return false;
    }
    uint64_t bits;
    if (f->code == 'd') {
        memcpy(&bits, &d, 8);
    } else if (f->code == 'f') {
        float narrow = (float)d;
        if (!l->native && isinf(narrow) && !isinf(d)) return raise_float(vm, f, v);
        uint32_t word;
        memcpy(&word, &narrow, 4);
        bits = word;
    } else {
        uint16_t half;
        if (!half_of(d, &half)) return raise_float(vm, f, v);
        bits = half;
    }
    put_bytes(out, bits, f->size, l->big);
    return true;
}

static bool is_signed(char code) { return strchr("bhilqn", code) != NULL; }

static bool raise_range(VM *vm, const Field *f)
{
    unsigned bits = 8u * f->size;
    if (f->code == 'P') {
        struct_error(vm, "int too large to convert");
    } else if (is_signed(f->code)) {
        int64_t top = (int64_t)(UINT64_MAX >> (65 - bits));
        struct_error(vm, "'%c' format requires %lld <= number <= %lld", f->code, (long long)(-top - 1), (long long)top);
    } else {
        struct_error(vm, "'%c' format requires 0 <= number <= %llu", f->code, (unsigned long long)(UINT64_MAX >> (64 - bits)));
    }
    return false;
}

static bool pack_int(VM *vm, const Field *f, Value v, uint8_t *out, bool big)
{
    if (!asy_is_integer(vm, v)) {
        Value n = asy_index(vm, v);
        if (asy_is_err(n)) {
            if (asy_error_catch(vm, EXC_TypeError)) struct_error(vm, "required argument is not an integer");
            return false;
        }
        bool ok = pack_int(vm, f, n, out, big);
        asy_release(vm, n);
        return ok;
    }
    int64_t i;
    uint64_t bits;
    if (asy_int_as_i64(vm, v, &i)) {
        if (f->size < 8) {
            int64_t top = is_signed(f->code) ? ((int64_t)1 << (8 * f->size - 1)) - 1 : ((int64_t)1 << (8 * f->size)) - 1;
            if (i > top || i < (is_signed(f->code) ? -top - 1 : 0)) return raise_range(vm, f);
        } else if (i < 0 && !is_signed(f->code) && f->code != 'P') {
            return raise_range(vm, f);
        }
        bits = (uint64_t)i;
    } else {
        if (f->size < 8 || is_signed(f->code) || asy_int_sign(vm, v) < 0 || asy_int_bit_length(vm, v) > 64) return raise_range(vm, f);
        if (!asy_int_low_bits(vm, v, &bits)) return false;
    }
    put_bytes(out, bits, f->size, big);
    return true;
}

static bool pack_text(VM *vm, const Field *f, Value v, uint8_t *out)
{
    if (!asy_is_bytes(vm, v) && !asy_is_bytearray(vm, v)) {
        struct_error(vm, "argument for '%c' must be a bytes object", f->code);
        return false;
    }
    BufferView view;
    if (!asy_get_buffer(vm, v, &view)) return false;
    size_t room = f->count, n = view.size;
    if (f->code == 'p') {
        if (room) {
            room--;
            if (n > room) n = room;
            *out++ = (uint8_t)(n > 255 ? 255 : n);
        } else {
            n = 0;
        }
    }
    if (n > room) n = room;
    if (n) memcpy(out, view.data, n);
    asy_release_buffer(vm, &view);
    return true;
}

static bool pack_one(VM *vm, const Layout *l, const Field *f, Value v, uint8_t *out)
{
    switch (f->code) {
    case 's': case 'p': return pack_text(vm, f, v, out);
    case 'e': case 'f': case 'd': return pack_float(vm, l, f, v, out);
    case '?': {
        int truth = asy_truth(vm, v);
        if (truth < 0) return false;
        *out = (uint8_t)truth;
        return true;
    }
    case 'c':
        if (!asy_is_bytes(vm, v) || asy_as_bytes(v)->size != 1) {
            struct_error(vm, "char format requires a bytes object of length 1");
            return false;
        }
        *out = asy_as_bytes(v)->data[0];
        return true;
    default: return pack_int(vm, f, v, out, l->big);
    }
}

// `out` holds layout->size zeroed bytes. The values may run script; `l` is kept by the caller.
static bool pack_values(VM *vm, const Layout *l, const Value *v, uint8_t *out)
{
    for (size_t i = 0; i < l->nfields; i++) {
        const Field *f = &l->fields[i];
        size_t times = f->code == 's' || f->code == 'p' ? 1 : f->count;
        for (size_t k = 0; k < times; k++) {
            if (!pack_one(vm, l, f, *v++, out + f->offset + k * f->size)) return false;
        }
    }
    return true;
}

// -- bytes to values

static Value unpack_one(VM *vm, const Field *f, const uint8_t *in, bool big)
{
    if (f->code == 's') return asy_bytes_value(vm, in, f->count);
    if (f->code == 'p') {
        size_t n = f->count ? in[0] : 0;
        if (f->count && n > f->count - 1) n = f->count - 1;
        return asy_bytes_value(vm, f->count ? in + 1 : in, n);
    }
    if (f->code == 'c') return asy_bytes_value(vm, in, 1);
    uint64_t bits = get_bytes(in, f->size, big);
    if (f->code == '?') return asy_from_bool(bits != 0);
    if (f->code == 'e') return asy_from_double(half_value((uint16_t)bits));
    if (f->code == 'd') {
        double d;
        memcpy(&d, &bits, 8);
        return asy_from_double(d);
    }
    if (f->code == 'f') {
        uint32_t word = (uint32_t)bits;
        float narrow;
        memcpy(&narrow, &word, 4);
        return asy_from_double((double)narrow);
    }
    if (!is_signed(f->code)) return asy_int_from_u64(vm, bits);
    unsigned unused = 64 - 8u * f->size;
    return asy_int_from_i64(vm, (int64_t)(bits << unused) >> unused);
}

static Value unpack_values(VM *vm, const Layout *l, const uint8_t *in)
{
    TupleObj *t = asy_tuple_alloc(vm, l->values);
    if (!t) return ASY_ERR;
    size_t n = 0;
    for (size_t i = 0; i < l->nfields; i++) {
        const Field *f = &l->fields[i];
        size_t times = f->code == 's' || f->code == 'p' ? 1 : f->count;
        for (size_t k = 0; k < times; k++) {
            Value v = unpack_one(vm, f, in + f->offset + k * f->size, l->big);
            if (asy_is_err(v)) {
                asy_release_obj(vm, t);
                return ASY_ERR;
            }
            t->items[n++] = v;
        }
    }
    return asy_from_obj(t);
}

// -- what the functions and the methods share

static Value do_pack(VM *vm, const Layout *l, const Value *v, size_t n)
{
    if (n != l->values) return struct_error(vm, "pack expected %zu items for packing (got %zu)", l->values, n);
    BytesObj *b = asy_bytes_new(vm, NULL, l->size);
    if (!b) return ASY_ERR;
    if (pack_values(vm, l, v, b->data)) return asy_from_obj(b);
    asy_release_obj(vm, b);
    return ASY_ERR;
}

static Value do_pack_into(VM *vm, const Layout *l, const Value *v, size_t n)
{
    if (n < 1) return struct_error(vm, "pack_into expected buffer argument");
    if (n < 2) return struct_error(vm, "pack_into expected offset argument");
    if (n - 2 != l->values) return struct_error(vm, "pack_into expected %zu items for packing (got %zu)", l->values, n - 2);
    BufferView view;
    if (!asy_get_buffer(vm, v[0], &view)) return ASY_ERR;
    Value result = ASY_ERR;
    int64_t at;
    BytesObj *made = NULL;
    if (view.readonly) {
        asy_raise(vm, EXC_TypeError, "argument must be read-write bytes-like object, not %T", v[0]);
        goto done;
    }
    if (!asy_arg_i64(vm, v[1], &at)) goto done;
    int64_t room = (int64_t)view.size, need = (int64_t)l->size;
    if (at < 0) {
        if (at + need > 0) {
            struct_error(vm, "no space to pack %lld bytes at offset %lld", (long long)need, (long long)at);
            goto done;
        }
        if (at + room < 0) {
            struct_error(vm, "offset %lld out of range for %lld-byte buffer", (long long)at, (long long)room);
            goto done;
        }
        at += room;
    }
    if (room - at < need) {
        struct_error(vm, "pack_into requires a buffer of at least %llu bytes for packing %lld bytes at offset %lld (actual "
                     "buffer size is %lld)", (unsigned long long)at + (unsigned long long)need, (long long)need, (long long)at, (long long)room);
        goto done;
    }
    // The bytes are made apart: packing may run script, which may look at the buffer.
    made = asy_bytes_new(vm, NULL, l->size);
    if (!made) goto done;
    if (!pack_values(vm, l, v + 2, made->data)) goto done;
    if (need) memcpy(view.data + at, made->data, l->size);
    result = ASY_NONE;
done:
    asy_release_obj(vm, made);
    asy_release_buffer(vm, &view);
    return result;
}

static Value do_unpack(VM *vm, const Layout *l, Value buffer)
{
    BufferView view;
    if (!asy_get_buffer(vm, buffer, &view)) return ASY_ERR;
    Value r = view.size == l->size ? unpack_values(vm, l, view.data)
                                   : struct_error(vm, "unpack requires a buffer of %zu bytes", l->size);
    asy_release_buffer(vm, &view);
    return r;
}

static Value do_unpack_from(VM *vm, const Layout *l, Value buffer, Value offset)
{
    int64_t at = 0;
    BufferView view;
    if (!asy_arg_i64(vm, offset, &at) || !asy_get_buffer(vm, buffer, &view)) return ASY_ERR;
    int64_t room = (int64_t)view.size, need = (int64_t)l->size, from = at < 0 ? at + room : at;
    Value r;
    if (at < 0 && at + need > 0) r = struct_error(vm, "not enough data to unpack %lld bytes at offset %lld", (long long)need, (long long)at);
    else if (from < 0) r = struct_error(vm, "offset %lld out of range for %lld-byte buffer", (long long)at, (long long)room);
    else if (room - from < need) {
        r = struct_error(vm, "unpack_from requires a buffer of at least %llu bytes for unpacking %lld bytes at offset %lld (actual "
                         "buffer size is %lld)", (unsigned long long)from + (unsigned long long)need, (long long)need, (long long)from, (long long)room);
    } else {
        r = unpack_values(vm, l, view.data + from);
    }
    asy_release_buffer(vm, &view);
    return r;
}

static Value do_iter_unpack(VM *vm, Value owner, Value buffer)
{
    const Layout *l = &as_struct(owner)->layout;
    if (!l->size) return struct_error(vm, "cannot iteratively unpack with a struct of length 0");
    BufferView view;
    if (!asy_get_buffer(vm, buffer, &view)) return ASY_ERR;
    StructIter *it = NULL;
    if (view.size % l->size) {
        struct_error(vm, "iterative unpacking requires a buffer of a multiple of %zu bytes", l->size);
    } else {
        Type *type = asy_type_ready(vm, &iter_type);
        it = type ? asy_object_alloc(vm, type) : NULL;
    }
    if (!it) {
        asy_release_buffer(vm, &view);
        return ASY_ERR;
    }
    it->owner = asy_retain(owner);
    it->view = view;
    it->open = true;
    return asy_from_obj(it);
}

// -- Struct

static bool struct_set(VM *vm, StructObj *s, Value format)
{
    StrObj *text = format_argument(vm, format);
    if (!text) return false;
    Layout l = { 0 };
    if (!layout_parse(vm, &l, text->data, text->size)) {
        layout_free(vm, &l);
        asy_release_obj(vm, text);
        return false;
    }
    StrObj *old = s->format;
    s->format = text;
    layout_free(vm, &s->layout);
    s->layout = l;
    asy_release_obj(vm, old);
    return true;
}
static bool struct_init(VM *vm, Value self, Args a)
{
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    if (a.n + nkw != 1 || (nkw && !asy_str_is(asy_as_str(asy_as_tuple(a.kwnames)->items[0]), "format"))) {
        asy_raise(vm, EXC_TypeError, a.n + nkw ? "Struct() takes at most 1 argument (%u given)"
                                               : "Struct() missing required argument 'format' (pos 1)", a.n + (uint32_t)nkw);
        return false;
    }
    return struct_set(vm, as_struct(self), a.v[0]);
}
static void struct_clear(VM *vm, ObjHeader *o)
{
    StructObj *s = (StructObj *)(void *)o;
    StrObj *old = s->format;
    s->format = NULL;
    asy_release_obj(vm, old);
}
static void struct_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, (ObjHeader *)((StructObj *)(void *)o)->format); }
static void struct_free(VM *vm, ObjHeader *o) { layout_free(vm, &((StructObj *)(void *)o)->layout); }

static bool ready(VM *vm, Value self)
{
    if (as_struct(self)->format) return true;
    asy_raise(vm, EXC_RuntimeError, "Struct object is not initialized");
    return false;
}
static Value struct_pack(VM *vm, Args a)
{
    TupleObj *t = asy_as_tuple(a.v[0]);
    return ready(vm, a.self) ? do_pack(vm, &as_struct(a.self)->layout, t->items, t->size) : ASY_ERR;
}
static Value struct_pack_into(VM *vm, Args a)
{
    TupleObj *t = asy_as_tuple(a.v[0]);
    return ready(vm, a.self) ? do_pack_into(vm, &as_struct(a.self)->layout, t->items, t->size) : ASY_ERR;
}
static Value struct_unpack(VM *vm, Args a)
{
    return ready(vm, a.self) ? do_unpack(vm, &as_struct(a.self)->layout, a.v[0]) : ASY_ERR;
}
static Value struct_unpack_from(VM *vm, Args a)
{
    return ready(vm, a.self) ? do_unpack_from(vm, &as_struct(a.self)->layout, a.v[0], a.v[1]) : ASY_ERR;
}
static Value struct_iter_unpack(VM *vm, Args a) { return ready(vm, a.self) ? do_iter_unpack(vm, a.self, a.v[0]) : ASY_ERR; }
static Value get_format(VM *vm, Value self) { return ready(vm, self) ? asy_from_obj(asy_retain_obj(as_struct(self)->format)) : ASY_ERR; }
static Value get_size(VM *vm, Value self) { return (void)vm, asy_from_small((int64_t)as_struct(self)->layout.size); }

static const MethodDef struct_methods[] = {
    { "pack", struct_pack, "(*values)", 0, "Return a bytes object containing values packed according to the format." },
    { "pack_into", struct_pack_into, "(*args)", 0, "Pack values and write them to a writable buffer from an offset on." },
    { "unpack", struct_unpack, "(buffer, /)", 0, "Return a tuple containing unpacked values." },
    { "unpack_from", struct_unpack_from, "(buffer, offset=0)", 0, "Return a tuple containing values unpacked from an offset on." },
    { "iter_unpack", struct_iter_unpack, "(buffer, /)", 0, "Return an iterator yielding tuples." },
    { 0 },
};
static const GetSetDef struct_getset[] = {
    { "format", get_format, NULL, "struct format string" }, { "size", get_size, NULL, "struct size in bytes" }, { 0 } };
static const TypeDef struct_type = {
    .name = "_struct.Struct",
    .size = sizeof(StructObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "Struct(fmt) --> compiled struct object",
    .signature = "(format)",
    .trace = struct_trace,
    .clear = struct_clear,
    .free = struct_free,
    .methods = struct_methods,
    .getset = struct_getset,
    .slots = { .new = asy_object_new, .init = struct_init },
};

// -- the iterator of iter_unpack

static void iter_trace(Tracer *t, ObjHeader *o)
{
    StructIter *it = (StructIter *)(void *)o;
    asy_trace_value(t, it->owner);
    if (it->open) asy_trace_value(t, it->view.owner);
}
static void iter_clear(VM *vm, ObjHeader *o)
{
    StructIter *it = (StructIter *)(void *)o;
    if (it->open) {
        it->open = false;
        asy_release_buffer(vm, &it->view);
    }
    asy_clear(vm, &it->owner);
}
static Value iter_next(VM *vm, Value self)
{
    StructIter *it = asy_as(StructIter, self);
    if (!it->open) return ASY_DONE;
    const Layout *l = &as_struct(it->owner)->layout;
    if (it->at + l->size > it->view.size) {
        iter_clear(vm, &it->head);
        return ASY_DONE;
    }
    Value v = unpack_values(vm, l, it->view.data + it->at);
    it->at += l->size;
    return v;
}
static Value iter_length_hint(VM *vm, Args a)
{
    (void)vm;
    StructIter *it = asy_as(StructIter, a.self);
    return asy_from_small(it->open ? (int64_t)((it->view.size - it->at) / as_struct(it->owner)->layout.size) : 0);
}
static Value iter_self(VM *vm, Value self) { return (void)vm, asy_retain(self); }
static const MethodDef iter_methods[] = { { "__length_hint__", iter_length_hint, "()", 0, NULL }, { 0 } };
static const TypeDef iter_type = {
    .name = "_struct.unpack_iterator",
    .size = sizeof(StructIter),
    .trace = iter_trace,
    .clear = iter_clear,
    .methods = iter_methods,
    .slots = { .iter = iter_self, .next = iter_next },
};

// -- functions

// The layout of a format for the time of one call.
static bool layout_of(VM *vm, Value format, Layout *l)
{
    *l = (Layout){ 0 };
    StrObj *text = format_argument(vm, format);
    if (!text) return false;
    bool ok = layout_parse(vm, l, text->data, text->size);
    asy_release_obj(vm, text);
    if (!ok) layout_free(vm, l);
    return ok;
}
static Value module_calcsize(VM *vm, Args a)
{
    Layout l;
    if (!layout_of(vm, a.v[0], &l)) return ASY_ERR;
    int64_t size = (int64_t)l.size;
    layout_free(vm, &l);
    return asy_int_from_i64(vm, size);
}
static Value module_pack(VM *vm, Args a)
{
    Layout l;
    if (!layout_of(vm, a.v[0], &l)) return ASY_ERR;
    Value r = do_pack(vm, &l, asy_as_tuple(a.v[1])->items, asy_as_tuple(a.v[1])->size);
    layout_free(vm, &l);
    return r;
}
static Value module_pack_into(VM *vm, Args a)
{
    Layout l;
    if (!layout_of(vm, a.v[0], &l)) return ASY_ERR;
    Value r = do_pack_into(vm, &l, asy_as_tuple(a.v[1])->items, asy_as_tuple(a.v[1])->size);
    layout_free(vm, &l);
    return r;
}
static Value module_unpack(VM *vm, Args a)
{
    Layout l;
    if (!layout_of(vm, a.v[0], &l)) return ASY_ERR;
    Value r = do_unpack(vm, &l, a.v[1]);
    layout_free(vm, &l);
    return r;
}
static Value module_unpack_from(VM *vm, Args a)
{
    Layout l;
    if (!layout_of(vm, a.v[0], &l)) return ASY_ERR;
    Value r = do_unpack_from(vm, &l, a.v[1], a.v[2]);
    layout_free(vm, &l);
    return r;
}
static Value module_iter_unpack(VM *vm, Args a)
{
    Type *type = asy_type_ready(vm, &struct_type);
    StructObj *s = type ? asy_object_alloc(vm, type) : NULL;
    if (!s) return ASY_ERR;
    Value r = struct_set(vm, s, a.v[0]) ? do_iter_unpack(vm, asy_from_obj(s), a.v[1]) : ASY_ERR;
    asy_release_obj(vm, s);
    return r;
}
static const MethodDef functions[] = {
    { "calcsize", module_calcsize, "(format, /)", 0, "Return size in bytes of the struct described by the format string." },
    { "pack", module_pack, "(format, /, *values)", 0, "pack(format, v1, v2, ...) -> bytes" },
    { "pack_into", module_pack_into, "(format, /, *args)", 0, "pack_into(format, buffer, offset, v1, v2, ...)" },
    { "unpack", module_unpack, "(format, buffer, /)", 0, "Return a tuple containing values unpacked according to the format string." },
    { "unpack_from", module_unpack_from, "(format, /, buffer, offset=0)", 0,
      "Return a tuple containing values unpacked according to the format string." },
    { "iter_unpack", module_iter_unpack, "(format, buffer, /)", 0,
      "Return an iterator yielding tuples unpacked from the given bytes." },
    { 0 },
};

static bool struct_module_init(VM *vm, Value module)
{
    return asy_module_add_type(vm, module, &struct_type);
}
const ModuleDef asy_module__struct = { "_struct", "Conversions between C structs and bytes.", functions, struct_module_init };
