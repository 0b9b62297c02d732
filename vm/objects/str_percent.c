// printf-style formatting: str % args and bytes % args.
//
// One engine for both: the format is walked as bytes (UTF-8 for str), what is made of the arguments goes
// to a builder of text or of bytes. `args` belongs to the caller, and tuples do not change; a value from
// a mapping is owned while it is formatted.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/format_number.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/str_impl.h"

typedef struct Percent {
    VM *vm;
    bool bytes;
    const char *begin, *at, *end;       // of the format
    bool ascii;                         // the format is text of ASCII
    Value args;
    const TupleObj *tuple;              // args, if it is a tuple
    size_t used;                        // of its items; else 1 once args itself is used
    bool mapping;                       // args may be asked for keys
    StrBuilder text;
    BytesBuilder data;
} Percent;

typedef struct Directive {
    bool left, plus, space, alternate, zero;
    int64_t width, precision;           // -1: not given
    uint32_t type;
    Value mapped;                       // value of a %(key), owned; NIL: next argument
} Directive;

static bool put(Percent *p, const char *from, size_t size)
{
    if (p->bytes) return asy_bytes_builder_add(&p->data, from, size);
    return p->ascii ? asy_builder_ascii(&p->text, from, size) : asy_builder_bytes(&p->text, from, size);
}

static char *put_at(char *to, const char *from, size_t size)
{
    asy_str_copy_text(to, from, size);
    return to + size;
}

static char *fill_at(char *to, char c, size_t times)
{
    if (times) memset(to, c, times);
    return to + times;
}

// Room for `size` bytes; ended() takes what was written.
static char *room(Percent *p, size_t size)
{
    if (!p->bytes) return asy_builder_reserve(&p->text, size);
    return size <= PTRDIFF_MAX ? (char *)asy_bytes_builder_room(&p->data, size) : NULL;
}

static void ended(Percent *p, size_t size)
{
    if (p->bytes) p->data.size += size;
    else p->text.size += size;
}

// Next positional argument, borrowed; NIL: raised.
static Value next_arg(Percent *p)
{
    size_t count = p->tuple ? p->tuple->size : 1;
    if (p->used < count) {
        size_t i = p->used++;
        return p->tuple ? p->tuple->items[i] : p->args;
    }
    asy_raise(p->vm, EXC_TypeError, "not enough arguments for format string");
    return ASY_NIL;
}

static bool incomplete(Percent *p)
{
    if (p->at < p->end) return false;
    asy_raise(p->vm, EXC_ValueError, "incomplete format");
    return true;
}

// %(key): the key ends at the matching parenthesis.
static bool read_key(Percent *p, Directive *d)
{
    VM *vm = p->vm;
    if (!p->mapping) {
        asy_raise(vm, EXC_TypeError, "format requires a mapping");
        return false;
    }
    const char *from = ++p->at;
    for (int open = 1; p->at < p->end; p->at++) {
        if (*p->at == '(') open++;
        if (*p->at == ')' && --open == 0) break;
    }
    if (p->at >= p->end) {
        asy_raise(vm, EXC_ValueError, "incomplete format key");
        return false;
    }
    size_t size = (size_t)(p->at++ - from);
    StrObj *s = p->bytes ? NULL : asy_str_new(vm, from, size);
    Value key = p->bytes ? asy_bytes_value(vm, from, size) : asy_str_or_err(s);
    if (asy_is_err(key)) return false;
    d->mapped = asy_getitem(vm, p->args, key);
    asy_release(vm, key);
    // From now on the mapping counts as used: its values are taken by key only.
    p->used = 1;
    return !asy_is_err(d->mapped);
}

// Width or precision: digits, or '*' for an argument.
static bool read_size(Percent *p, int64_t *out, const char *what, int64_t limit)
{
    if (p->at < p->end && *p->at == '*') {
        p->at++;
        Value v = next_arg(p);
        if (asy_is_nil(v)) return false;
        if (!asy_is_integer(p->vm, v)) {
            asy_raise(p->vm, EXC_TypeError, "* wants int");
            return false;
        }
        if (asy_int_as_i64(p->vm, v, out) && *out <= limit && *out >= -limit) return true;
        asy_raise(p->vm, EXC_OverflowError, "Python int too large to convert to C %s", limit == INT32_MAX ? "int" : "ssize_t");
        return false;
    }
    int64_t value = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        value = value * 10 + (*p->at - '0');
        if (value > limit) {
            asy_raise(p->vm, EXC_ValueError, "%s too big", what);
            return false;
        }
    }
    *out = value;
    return true;
}

static bool read_directive(Percent *p, Directive *d)
{
    if (p->at < p->end && *p->at == '(' && !read_key(p, d)) return false;
    for (; p->at < p->end; p->at++) {
        if (*p->at == '-') d->left = true;
        else if (*p->at == '+') d->plus = true;
        else if (*p->at == ' ') d->space = true;
        else if (*p->at == '#') d->alternate = true;
        else if (*p->at == '0') d->zero = true;
        else break;
    }
    if (p->at < p->end && (*p->at == '*' || (*p->at >= '0' && *p->at <= '9'))) {
        if (!read_size(p, &d->width, "width", PTRDIFF_MAX / 16)) return false;
        if (d->width < 0) {
            d->left = true;
            d->width = -d->width;
        }
    }
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        if (!read_size(p, &d->precision, "precision", INT32_MAX)) return false;
        if (d->precision < 0) d->precision = 0;
    }
    if (p->at < p->end && (*p->at == 'h' || *p->at == 'l' || *p->at == 'L')) p->at++;
    if (incomplete(p)) return false;
    if (p->bytes) d->type = (unsigned char)*p->at++;
    else d->type = asy_utf8_next(&p->at);
    return true;
}

// Lays out sign, prefix and body in the width; zeros go between prefix and body.
static bool emit(Percent *p, const Directive *d, const char *sign, const char *prefix, const char *body, size_t size, size_t chars, bool number)
{
    size_t sign_size = strlen(sign), prefix_size = strlen(prefix), total = sign_size + prefix_size + chars;
    size_t pad = d->width > 0 && (size_t)d->width > total ? (size_t)d->width - total : 0;
    bool zero = number && d->zero && !d->left;
    char *begin = room(p, sign_size + prefix_size + size + pad), *to = begin;
    if (!to) return false;
    if (!d->left && !zero) to = fill_at(to, ' ', pad);
    to = put_at(to, sign, sign_size);
    to = put_at(to, prefix, prefix_size);
    if (zero) to = fill_at(to, '0', pad);
    to = put_at(to, body, size);
    if (d->left) to = fill_at(to, ' ', pad);
    ended(p, (size_t)(to - begin));
    if (!p->bytes && size != chars) p->text.ascii = false;
    return true;
}

static const char *sign_of(const Directive *d, bool negative) { return negative ? "-" : d->plus ? "+" : d->space ? " " : ""; }

// ---- conversions ----

static bool put_text(Percent *p, const Directive *d, StrObj *s)
{
    size_t chars = asy_str_length(p->vm, s), size = s->size;
    if (d->precision >= 0 && (size_t)d->precision < chars) {
        chars = (size_t)d->precision;
        size = asy_str_offset(p->vm, s, chars);
    }
    return emit(p, d, "", "", s->data, size, chars, false);
}

static bool put_owned_text(Percent *p, const Directive *d, Value text)
{
    if (asy_is_err(text)) return false;
    bool ok = put_text(p, d, asy_as_str(text));
    asy_release(p->vm, text);
    return ok;
}

// %s and %b of bytes: a buffer, or what __bytes__ gives.
static bool put_buffer(Percent *p, const Directive *d, Value v)
{
    VM *vm = p->vm;
    Value made = ASY_NIL;
    if (!asy_has_buffer(vm, v)) {
        Value method = asy_special(vm, v, asy_name(vm, __bytes__));
        if (asy_is_err(method)) return false;
        if (asy_is_nil(method)) {
            asy_raise(vm, EXC_TypeError, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100T'", v);
            return false;
        }
        made = asy_call0(vm, method);
        asy_release(vm, method);
        if (asy_is_err(made)) return false;
        if (!asy_is_bytes(vm, made)) {
            asy_raise(vm, EXC_TypeError, "__bytes__ returned non-bytes (type %.200T)", made);
            asy_release(vm, made);
            return false;
        }
        v = made;
    }
    BufferView view;
    bool ok = asy_get_buffer(vm, v, &view);
    if (ok) {
        size_t size = d->precision >= 0 && (size_t)d->precision < view.size ? (size_t)d->precision : view.size;
        ok = emit(p, d, "", "", (const char *)view.data, size, size, false);
        asy_release_buffer(vm, &view);
    }
    asy_release(vm, made);
    return ok;
}

// The argument of an integer conversion as an int, owned.
static Value integer_of(Percent *p, uint32_t type, Value v)
{
    VM *vm = p->vm;
    if (asy_is_integer(vm, v)) return asy_retain(v);
    bool decimal = type == 'd' || type == 'i' || type == 'u';
    const Slots *slots = &asy_type_of(vm, v)->slots;
    if (slots->to_int || slots->index || slots->to_float) {
        Value i = decimal ? asy_int_from_value(vm, v) : asy_index(vm, v);
        if (!asy_is_err(i) || !asy_error_catch(vm, EXC_TypeError)) return i;
    }
    if (p->bytes && type == 'i') type = 'd';
    return asy_raise(vm, EXC_TypeError, "%%%c format: %s is required, not %.200T", type, decimal ? "a real number" : "an integer", v);
}

static const char *prefix_of(const Directive *d)
{
    return !d->alternate ? "" : d->type == 'o' ? "0o" : d->type == 'x' ? "0x" : d->type == 'X' ? "0X" : "";
}

// An integer of a word without precision, which is most of them.
static bool put_small(Percent *p, const Directive *d, Value v, int base)
{
    DigitText digits;
    if (!asy_int_digit_text(p->vm, v, base, d->type == 'X', false, &digits)) return false;
    return emit(p, d, sign_of(d, asy_as_small(v) < 0), prefix_of(d), digits.text, digits.size, digits.size, true);
}

static bool put_integer(Percent *p, const Directive *d, Value v)
{
    VM *vm = p->vm;
    uint32_t type = d->type;
    int base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : 10;
    if (asy_is_int(v) && d->precision < 0) return put_small(p, d, v, base);
    Value i = integer_of(p, type, v);
    if (asy_is_err(i)) return false;
    StrObj *digits = asy_int_to_str(vm, i, base, false);
    asy_release(vm, i);
    if (!digits) return false;
    bool negative = digits->data[0] == '-';
    const char *body = digits->data + negative;
    size_t size = digits->size - negative;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = d->precision < 0 || (size_t)d->precision <= size || asy_builder_fill(&b, '0', (size_t)d->precision - size);
    ok = ok && asy_builder_bytes(&b, body, size);
    if (type == 'X') {
        for (size_t k = 0; k < b.size; k++) b.data[k] = b.data[k] >= 'a' ? (char)(b.data[k] - 32) : b.data[k];
    }
    ok = ok && emit(p, d, sign_of(d, negative), prefix_of(d), b.data, b.size, b.size, true);
    asy_builder_free(&b);
    asy_release_obj(vm, digits);
    return ok;
}

static bool put_float(Percent *p, const Directive *d, Value v)
{
    VM *vm = p->vm;
    double number;
    if (!asy_to_double(vm, v, &number)) {
        if (p->bytes && asy_error_catch(vm, EXC_TypeError)) asy_raise(vm, EXC_TypeError, "float argument required, not %.200T", v);
        return false;
    }
    FormatSpec spec = { .fill = ' ', .align = '>', .alternate = d->alternate, .width = -1, .precision = d->precision < 0 ? 6 : d->precision, .type = d->type };
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_format_float(&b, &spec, v, number);
    bool negative = b.size && b.data[0] == '-';
    ok = ok && emit(p, d, sign_of(d, negative), "", b.data + negative, b.size - negative, b.size - negative, true);
    asy_builder_free(&b);
    return ok;
}

static bool put_char(Percent *p, const Directive *d, Value v)
{
    VM *vm = p->vm;
    char bytes[4];
    if (p->bytes) {
        if ((asy_is_bytes(vm, v) || asy_is_bytearray(vm, v)) && asy_bytes_span(vm, v).size == 1) {
            bytes[0] = (char)asy_bytes_span(vm, v).data[0];
            return emit(p, d, "", "", bytes, 1, 1, false);
        }
    } else if (asy_is_str(vm, v)) {
        StrObj *s = asy_as_str(v);
        if (asy_str_length(vm, s) == 1) return emit(p, d, "", "", s->data, s->size, 1, false);
    }
    const char *message = p->bytes ? "%c requires an integer in range(256) or a single byte" : "%c requires int or char";
    if (!asy_is_integer(vm, v) && !asy_type_of(vm, v)->slots.index) {
        asy_raise(vm, EXC_TypeError, "%s", message);
        return false;
    }
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) {
        if (asy_error_catch(vm, EXC_TypeError)) asy_raise(vm, EXC_TypeError, "%s", message);
        return false;
    }
    int64_t c, limit = p->bytes ? 255 : (int64_t)UTF8_MAX_CODE_POINT;
    bool fits = asy_int_as_i64(vm, i, &c) && c >= 0 && c <= limit;
    asy_release(vm, i);
    if (!fits) {
        asy_raise(vm, EXC_OverflowError, "%%c arg not in range(%s)", p->bytes ? "256" : "0x110000");
        return false;
    }
    size_t size = 1;
    if (p->bytes) bytes[0] = (char)c;
    else size = asy_utf8_encode(bytes, (uint32_t)c);
    return emit(p, d, "", "", bytes, size, 1, false);
}

static bool unsupported(Percent *p, uint32_t type)
{
    size_t index = p->bytes ? (size_t)(p->at - p->begin) : asy_utf8_count(p->begin, (size_t)(p->at - p->begin));
    uint32_t shown = type > 31 && type < 127 ? type : '?';
    asy_raise(p->vm, EXC_ValueError, "unsupported format character '%c' (0x%x) at index %zu", shown, type, index - 1);
    return false;
}

static bool convert(Percent *p, const Directive *d, Value v)
{
    VM *vm = p->vm;
    switch (d->type) {
    case 'b':
        return p->bytes ? put_buffer(p, d, v) : unsupported(p, d->type);
    case 's': {
        if (p->bytes) return put_buffer(p, d, v);
        if (asy_is_str(vm, v) && asy_as_obj(v)->type == vm->types.str) return put_text(p, d, asy_as_str(v));
        return put_owned_text(p, d, asy_str(vm, v));
    }
    case 'r': return put_owned_text(p, d, p->bytes ? asy_ascii(vm, v) : asy_repr(vm, v));
    case 'a': return put_owned_text(p, d, asy_ascii(vm, v));
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': return put_integer(p, d, v);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': return put_float(p, d, v);
    case 'c': return put_char(p, d, v);
    default: return unsupported(p, d->type);
    }
}

static bool format_one(Percent *p)
{
    if (p->at < p->end && *p->at == '%') {      // "%%"; with anything between it is an error below
        p->at++;
        return put(p, "%", 1);
    }
    if (incomplete(p)) return false;
    Directive d = { .width = -1, .precision = -1, .mapped = ASY_NIL };
    if (!p->bytes && (*p->at == 's' || *p->at == 'd')) {        // nothing but the letter
        d.type = (unsigned char)*p->at++;
        Value v = next_arg(p);
        if (asy_is_nil(v)) return false;
        if (d.type == 's') return asy_builder_str_of(&p->text, v);
        return asy_is_int(v) ? asy_builder_int(&p->text, asy_as_small(v)) : convert(p, &d, v);
    }
    bool ok = read_directive(p, &d);
    if (ok) {
        Value v = asy_is_nil(d.mapped) ? next_arg(p) : d.mapped;
        ok = !asy_is_nil(v) && convert(p, &d, v);
    }
    if (!asy_is_err(d.mapped)) asy_release(p->vm, d.mapped);
    return ok;
}

static bool run(Percent *p)
{
    while (p->at < p->end) {
        const char *percent = memchr(p->at, '%', (size_t)(p->end - p->at));
        size_t plain = (size_t)((percent ? percent : p->end) - p->at);
        if (plain && !put(p, p->at, plain)) return false;
        p->at += plain;
        if (!percent) break;
        p->at++;
        if (!format_one(p)) return false;
    }
    size_t count = p->tuple ? p->tuple->size : 1;
    if (p->used < count && !p->mapping) {
        asy_raise(p->vm, EXC_TypeError, "not all arguments converted during %s formatting", p->bytes ? "bytes" : "string");
        return false;
    }
    return true;
}

static void start(Percent *p, VM *vm, Value args, bool bytes, const char *format, size_t size)
{
    p->vm = vm;
    p->bytes = bytes;
    p->begin = p->at = format;
    p->end = format + size;
    p->args = args;
    p->tuple = asy_is_tuple(vm, args) ? asy_as_tuple(args) : NULL;
    p->used = 0;
    bool text = asy_is_str(vm, args) || (bytes && (asy_is_bytes(vm, args) || asy_is_bytearray(vm, args)));
    p->mapping = !p->tuple && !text && asy_type_of(vm, args)->slots.getitem;
}

Value asy_str_percent(VM *vm, Value format, Value args)
{
    if (!asy_is_str(vm, format)) return ASY_NOTIMPLEMENTED;
    const StrObj *s = asy_as_str(format);
    Percent p;
    start(&p, vm, args, false, s->data, s->size);
    p.ascii = asy_str_is_ascii(s);
    asy_builder_init(&p.text, vm);
    if (run(&p)) return asy_str_or_err(asy_builder_finish(&p.text));
    asy_builder_free(&p.text);
    return ASY_ERR;
}

Value asy_bytes_mod_slot(VM *vm, Value self, Value args)
{
    if (!asy_is_bytes(vm, self) && !asy_is_bytearray(vm, self)) return ASY_NOTIMPLEMENTED;
    BufferView view;            // keeps a bytearray in place while script runs
    if (!asy_get_buffer(vm, self, &view)) return ASY_ERR;
    Percent p;
    start(&p, vm, args, true, (const char *)view.data, view.size);
    asy_bytes_builder_init(&p.data, vm);
    Value result = ASY_ERR;
    if (run(&p)) result = asy_bytes_like_new(vm, self, p.data.data ? p.data.data : (const uint8_t *)"", p.data.size);
    asy_bytes_builder_free(&p.data);
    asy_release_buffer(vm, &view);
    return result;
}
