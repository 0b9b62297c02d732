// Growing text. Short results never leave the builder's own buffer until the string is made; long ones
// hand their buffer over to it.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/digits.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/str_impl.h"

enum { HAND_OVER_MIN = 448 };       // longer text has a buffer in any case

void asy_builder_init(StrBuilder *b, VM *vm)
{
    b->vm = vm;
    b->data = b->local;
    b->size = 0;
    b->capacity = sizeof b->local;
    b->ascii = true;
}

void asy_builder_free(StrBuilder *b)
{
    if (b->data != b->local) asy_mem_free(b->vm, b->data, b->capacity);
    b->data = b->local;
    b->size = 0;
    b->capacity = sizeof b->local;
}

// Room for `extra` bytes and a NUL.
char *asy_builder_grow(StrBuilder *b, size_t extra)
{
    size_t need = b->size + extra + 1;
    size_t capacity = b->capacity * 2 > need ? b->capacity * 2 : need;
    if (need < extra || capacity > PTRDIFF_MAX) goto failed;
    char *data;
    if (b->data == b->local) {
        data = asy_mem_alloc(b->vm, capacity);
        if (data) memcpy(data, b->local, b->size);
    } else {
        data = asy_mem_resize(b->vm, b->data, b->capacity, capacity);
    }
    if (!data) goto failed;
    b->data = data;
    b->capacity = capacity;
    return data + b->size;
failed:
    asy_raise_memory(b->vm);
    return NULL;
}

ASY_INLINE bool append(StrBuilder *b, const char *bytes, size_t size)
{
    char *to = asy_builder_reserve(b, size);
    if (!to) return false;
    asy_str_copy_text(to, bytes, size);
    b->size += size;
    return true;
}

bool asy_builder_ascii(StrBuilder *b, const char *ascii, size_t size) { return append(b, ascii, size); }

bool asy_builder_bytes(StrBuilder *b, const char *utf8, size_t size)
{
    if (b->ascii && asy_utf8_ascii_prefix(utf8, size) != size) b->ascii = false;
    return append(b, utf8, size);
}

bool asy_builder_c(StrBuilder *b, const char *text) { return asy_builder_bytes(b, text, strlen(text)); }

bool asy_builder_char(StrBuilder *b, uint32_t code_point)
{
    char *to = asy_builder_reserve(b, 4);
    if (!to) return false;
    if (code_point >= 0x80) b->ascii = false;
    b->size += asy_utf8_encode(to, code_point);
    return true;
}

bool asy_builder_fill(StrBuilder *b, uint32_t code_point, size_t times)
{
    size_t size = asy_utf8_size(code_point);
    if (times > PTRDIFF_MAX / 4) {
        asy_raise_memory(b->vm);
        return false;
    }
    char *to = asy_builder_reserve(b, size * times);
    if (!to) return false;
    if (size == 1) {
        memset(to, (int)code_point, times);
    } else {
        if (times) b->ascii = false;
        for (size_t i = 0; i < times; i++) to += asy_utf8_encode(to, code_point);
    }
    b->size += size * times;
    return true;
}

bool asy_builder_str(StrBuilder *b, const StrObj *s)
{
    if (!asy_str_is_ascii(s)) b->ascii = false;
    return append(b, s->data, s->size);
}

const char asy_digit_pairs[200] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                  "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

bool asy_builder_int(StrBuilder *b, int64_t i)
{
    char text[DIGITS_MAX_64 + 1], *end = text + sizeof text, *from = asy_decimal_before(end, i);
    return append(b, from, (size_t)(end - from));
}

bool asy_builder_float(StrBuilder *b, double d)
{
    char *to = asy_builder_reserve(b, FLOAT_TEXT_MAX);
    if (!to) return false;
    b->size += asy_float_write(d, true, to);
    return true;
}

static bool append_owned(StrBuilder *b, Value text)
{
    if (asy_is_err(text)) return false;
    bool ok = asy_builder_str(b, asy_as_str(text));
    asy_release(b->vm, text);
    return ok;
}

bool asy_builder_repr(StrBuilder *b, Value v)
{
    if (asy_is_int(v)) return asy_builder_int(b, asy_as_small(v));
    if (asy_is_float(v)) return asy_builder_float(b, asy_as_double(v));
    if (asy_is_str(b->vm, v) && asy_as_obj(v)->type == b->vm->types.str) {
        return asy_builder_quoted(b, asy_as_str(v), false);
    }
    return append_owned(b, asy_repr(b->vm, v));
}

bool asy_builder_str_of(StrBuilder *b, Value v)
{
    if (asy_is_int(v)) return asy_builder_int(b, asy_as_small(v));
    if (asy_is_float(v)) return asy_builder_float(b, asy_as_double(v));
    if (asy_is_str(b->vm, v) && asy_as_obj(v)->type == b->vm->types.str) {
        return asy_builder_str(b, asy_as_str(v));
    }
    return append_owned(b, asy_str(b->vm, v));
}

// The first `limit` code points of valid text.
static bool append_cut(StrBuilder *b, const char *utf8, size_t size, size_t limit)
{
    if (limit < size) size = asy_utf8_offset(utf8, size, limit);
    return asy_builder_bytes(b, utf8, size);
}

static bool append_text_cut(StrBuilder *b, Value text, size_t limit)
{
    if (asy_is_err(text)) return false;
    bool ok = append_cut(b, asy_as_str(text)->data, asy_as_str(text)->size, limit);
    asy_release(b->vm, text);
    return ok;
}

// One directive at *format, behind its '%' and precision. `args` is a pointer so that callees advance it.
static bool append_directive(StrBuilder *b, const char **format, size_t limit, va_list *args)
{
    char number[32];
    int size = 0;
    char letter = *(*format)++;
    switch (letter) {
    case 's': {
        const char *text = va_arg(*args, const char *);
        return append_cut(b, text, strlen(text), limit);
    }
    case 'd': size = snprintf(number, sizeof number, "%d", va_arg(*args, int)); break;
    case 'u': size = snprintf(number, sizeof number, "%u", va_arg(*args, unsigned)); break;
    case 'x': size = snprintf(number, sizeof number, "%x", va_arg(*args, unsigned)); break;
    case 'l':
        if (**format == 'l') ++*format;
        switch (*(*format)++) {
        case 'u': size = snprintf(number, sizeof number, "%llu", va_arg(*args, unsigned long long)); break;
        case 'x': size = snprintf(number, sizeof number, "%llx", va_arg(*args, unsigned long long)); break;
        default: size = snprintf(number, sizeof number, "%lld", va_arg(*args, long long)); break;
        }
        break;
    case 'z':
        ++*format;
        size = snprintf(number, sizeof number, "%zu", va_arg(*args, size_t));
        break;
    case 'c': return asy_builder_char(b, va_arg(*args, uint32_t));
    case 'g': return asy_builder_float(b, va_arg(*args, double));
    case 'S': return append_text_cut(b, asy_str(b->vm, va_arg(*args, Value)), limit);
    case 'R': return append_text_cut(b, asy_repr(b->vm, va_arg(*args, Value)), limit);
    case 'A': return append_text_cut(b, asy_ascii(b->vm, va_arg(*args, Value)), limit);
    case 'T': {
        const char *name = asy_type_name(asy_type_of(b->vm, va_arg(*args, Value)));
        return append_cut(b, name, strlen(name), limit);
    }
    case 'N': {
        const char *name = asy_type_name(va_arg(*args, Type *));
        return append_cut(b, name, strlen(name), limit);
    }
    case 'U': {
        StrObj *s = va_arg(*args, StrObj *);
        return append_cut(b, s->data, s->size, limit);
    }
    default:
        assert(letter == '%');
        return asy_builder_char(b, '%');
    }
    return append(b, number, (size_t)size);
}

bool asy_builder_vformat(StrBuilder *b, const char *format, va_list args)
{
    va_list walk;
    va_copy(walk, args);
    bool ok = true;
    while (ok && *format) {
        const char *percent = strchr(format, '%');
        size_t plain = percent ? (size_t)(percent - format) : strlen(format);
        ok = asy_builder_bytes(b, format, plain);
        format += plain;
        if (!ok || !percent) break;
        format++;
        size_t limit = SIZE_MAX;
        if (*format == '.') {
            limit = 0;
            for (format++; *format >= '0' && *format <= '9'; format++) limit = limit * 10 + (size_t)(*format - '0');
        }
        ok = append_directive(b, &format, limit, &walk);
    }
    va_end(walk);
    return ok;
}

bool asy_builder_format(StrBuilder *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool ok = asy_builder_vformat(b, format, args);
    va_end(args);
    return ok;
}

StrObj *asy_builder_finish(StrBuilder *b)
{
    StrObj *s;
    if (b->size < HAND_OVER_MIN || b->data == b->local) {
        s = asy_str_make(b->vm, b->data, b->size, asy_str_scan(b->data, b->size, b->ascii));
        asy_builder_free(b);
        return s;
    }
    // Shrinking may fail without harm; the string then keeps the larger buffer.
    char *data = asy_mem_resize(b->vm, b->data, b->capacity, b->size + 1);
    if (data) {
        b->data = data;
        b->capacity = b->size + 1;
    }
    s = asy_str_adopt(b->vm, b->data, b->size, b->capacity, asy_str_scan(b->data, b->size, b->ascii));
    if (!s) {
        asy_builder_free(b);
        return NULL;
    }
    b->data = b->local;
    asy_builder_free(b);
    return s;
}
