// The format specification mini-language, and what text makes of it (str.__format__).
#include "vm/objects/format_spec.h"

#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

// Decimal digits at *at (of any script, as in CPython): -1 if there are none, -2 too many (raised).
static int64_t read_digits(VM *vm, const char **at, const char *end)
{
    int64_t value = -1;
    while (*at < end) {
        const char *next = *at;
        uint32_t c = asy_utf8_next(&next);
        int digit = c - '0' < 10 ? (int)(c - '0') : c < 0x80 ? -1 : asy_unicode_decimal(c);
        if (digit < 0) break;
        if (value > (INT64_MAX - digit) / 10) {
            asy_raise(vm, EXC_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        value = (value < 0 ? 0 : value) * 10 + digit;
        *at = next;
    }
    return value;
}

ASY_INLINE int64_t read_number(VM *vm, const char **at, const char *end)
{
    if (*at >= end || (unsigned char)(**at - '0') >= 10) return *at < end && (unsigned char)**at >= 0x80 ? read_digits(vm, at, end) : -1;
    if (end - *at > 1 && ((unsigned char)((*at)[1] - '0') < 10 || (unsigned char)(*at)[1] >= 0x80)) return read_digits(vm, at, end);
    return *(*at)++ - '0';      // one digit, as most of them
}

ASY_INLINE bool take(const char **at, const char *end, char c)
{
    if (*at >= end || **at != c) return false;
    ++*at;
    return true;
}

static bool read_grouping(VM *vm, const char **at, const char *end, FormatSpec *out)
{
    if (take(at, end, ',')) out->grouping = ',';
    if (take(at, end, '_')) {
        if (out->grouping) goto both;
        out->grouping = '_';
    }
    if (out->grouping != '_' || *at >= end || **at != ',') return true;
both:
    asy_raise(vm, EXC_ValueError, "Cannot specify both ',' and '_'.");
    return false;
}

// CPython shows characters beyond printable ASCII in hexadecimal.
static const char *show_char(uint32_t c, char out[16])
{
    if (c > 32 && c < 127) snprintf(out, 16, "%c", (char)c);
    else snprintf(out, 16, "\\x%x", c);
    return out;
}

Value asy_format_spec_unknown(VM *vm, const FormatSpec *spec, Value value)
{
    char shown[16];
    return asy_raise(vm, EXC_ValueError, "Unknown format code '%s' for object of type '%.200T'", show_char(spec->type, shown), value);
}

static bool check_grouping(VM *vm, const FormatSpec *spec)
{
    if (!spec->grouping) return true;
    switch (spec->type) {
    case 0: case 'd': case 'e': case 'f': case 'g': case 'E': case 'G': case 'F': case '%': return true;
    case 'b': case 'o': case 'x': case 'X':
        if (spec->grouping == '_') return true;
        break;
    default: break;
    }
    char shown[16];
    asy_raise(vm, EXC_ValueError, "Cannot specify '%c' with '%s'.", (uint32_t)spec->grouping, show_char(spec->type, shown));
    return false;
}

ASY_COLD static bool spec_invalid(VM *vm, const char *spec, size_t size, Value value)
{
    StrObj *text = asy_str_new(vm, spec, size);
    if (text) asy_raise(vm, EXC_ValueError, "Invalid format specifier '%U' for object of type '%.200T'", text, value);
    asy_release_obj(vm, text);
    return false;
}

bool asy_format_spec_parse(VM *vm, const char *spec, size_t size, Value value, char align, FormatSpec *out)
{
    *out = (FormatSpec){ .fill = ' ', .align = align, .width = -1, .precision = -1 };
    const char *at = spec, *end = at + size;
    bool fill_given = false;
    if (at < end && ((unsigned char)at[0] >= 0x80 || is_align((unsigned char)at[0]) || (size > 1 && is_align((unsigned char)at[1])))) {
        const char *next = at;
        uint32_t first = asy_utf8_next(&next);
        const char *third = next;
        uint32_t second = next < end ? asy_utf8_next(&third) : 0;
        if (is_align(second)) {
            out->fill = first;
            out->align = (char)second;
            fill_given = out->align_given = true;
            at = third;
        } else if (is_align(first)) {
            out->align = (char)first;
            out->align_given = true;
            at = next;
        }
    }
    if (at < end && (*at == '+' || *at == '-' || *at == ' ')) out->sign = *at++;
    out->z = take(&at, end, 'z');
    out->alternate = take(&at, end, '#');
    if (!fill_given && take(&at, end, '0')) {
        out->zero = true;
        out->fill = '0';
        if (!out->align_given && align == '>') {
            out->align = '=';
            out->align_given = true;
        }
    }
    out->width = read_number(vm, &at, end);
    if (out->width == -2 || !read_grouping(vm, &at, end, out)) return false;
    if (take(&at, end, '.')) {
        out->precision = read_number(vm, &at, end);
        if (out->precision == -2) return false;
        if (out->precision == -1) {
            asy_raise(vm, EXC_ValueError, "Format specifier missing precision");
            return false;
        }
    }
    if (at < end) {
        out->type = asy_utf8_next(&at);
        if (at < end) return spec_invalid(vm, spec, size, value);
    }
    return check_grouping(vm, out);
}

// ---- laying out ----

static char *put_fill(char *to, uint32_t fill, size_t times)
{
    if (!times) return to;
    if (ASY_LIKELY(fill < 0x80)) {
        memset(to, (int)fill, times);
        return to + times;
    }
    while (times--) to += asy_utf8_encode(to, fill);
    return to;
}

static char *put_bytes(char *to, const char *bytes, size_t size)
{
    asy_str_copy_text(to, bytes, size);
    return to + size;
}

// Room for `size` bytes and `pad` times the fill character.
static char *room_for(StrBuilder *out, const FormatSpec *spec, size_t size, size_t pad)
{
    if (pad > PTRDIFF_MAX / 8) {
        asy_raise_memory(out->vm);
        return NULL;
    }
    if (pad && spec->fill >= 0x80) out->ascii = false;
    return asy_builder_reserve(out, size + pad * asy_utf8_size(spec->fill));
}

bool asy_format_pad(StrBuilder *out, const FormatSpec *spec, const char *text, size_t size)
{
    int64_t length = spec->width > 0 ? (int64_t)asy_utf8_count(text, size) : 0;
    size_t pad = spec->width > length ? (size_t)(spec->width - length) : 0;
    size_t left = spec->align == '<' ? 0 : spec->align == '^' ? pad / 2 : pad;
    char *to = room_for(out, spec, size, pad);
    if (!to) return false;
    if (out->ascii && !asy_utf8_is_ascii(text, size)) out->ascii = false;
    to = put_fill(to, spec->fill, left);
    to = put_bytes(to, text, size);
    to = put_fill(to, spec->fill, pad - left);
    out->size = (size_t)(to - out->data);
    return true;
}

// How many digits there are when `count` of them, with separators, are led by zeros to `min` characters.
static size_t grouped_count(size_t count, size_t group, size_t min)
{
    // As many zeros as it takes: with n digits there are n + (n - 1) / group characters.
    if (min <= count + (count ? (count - 1) / group : 0)) return count;
    size_t all = min - min / (group + 1);
    if (all + (all - 1) / group < min) all++;
    return all < count ? count : all;
}

static char *put_grouped(char *to, char separator, size_t group, const char *digits, size_t count, size_t zeros)
{
    size_t all = zeros + count, until = (all - 1) % group + 1;      // digits before the next separator
    for (size_t i = 0; i < all; i++) {
        if (!until) {
            *to++ = separator;
            until = group;
        }
        *to++ = i < zeros ? '0' : digits[i - zeros];
        until--;
    }
    return to;
}

// "inf" and "nan" are no digits: hexadecimal ones are of a prefixed type.
static bool is_groupable(const FormatSpec *spec, char first)
{
    if (!spec->grouping) return false;
    return (first >= '0' && first <= '9') || spec->type == 'x' || spec->type == 'X';
}

bool asy_format_number(StrBuilder *out, const FormatSpec *spec, char sign, const char *prefix, const char *digits,
                       size_t digit_count, const char *rest, size_t rest_size)
{
    size_t prefix_size = strlen(prefix), fixed = (sign ? 1 : 0) + prefix_size + rest_size;
    size_t width = spec->width < 0 ? 0 : (size_t)spec->width;
    // Zeros of '=' padding belong to the number: they are grouped with it.
    size_t min = spec->fill == '0' && spec->align == '=' && width > fixed ? width - fixed : 0;
    bool grouped = digit_count && is_groupable(spec, digits[0]);
    size_t group = spec->type == 'b' || spec->type == 'o' || spec->type == 'x' || spec->type == 'X' ? 4 : 3;
    size_t all = grouped ? grouped_count(digit_count, group, min) : min > digit_count ? min : digit_count;
    size_t total = fixed + all + (grouped ? (all - 1) / group : 0);
    size_t pad = width > total ? width - total : 0;
    size_t left = spec->align == '<' || spec->align == '=' ? 0 : spec->align == '^' ? pad / 2 : pad;
    size_t inner = spec->align == '=' ? pad : 0;
    char *to = total > PTRDIFF_MAX / 8 ? NULL : room_for(out, spec, total, pad);
    if (!to) {
        if (total > PTRDIFF_MAX / 8) asy_raise_memory(out->vm);
        return false;
    }
    to = put_fill(to, spec->fill, left);
    if (sign) *to++ = sign;
    to = put_bytes(to, prefix, prefix_size);
    to = put_fill(to, spec->fill, inner);
    if (grouped) {
        to = put_grouped(to, spec->grouping, group, digits, digit_count, all - digit_count);
    } else {
        to = put_fill(to, '0', all - digit_count);
        to = put_bytes(to, digits, digit_count);
    }
    to = put_bytes(to, rest, rest_size);
    to = put_fill(to, spec->fill, pad - left - inner);
    out->size = (size_t)(to - out->data);
    return true;
}

// ---- str.__format__ ----

static bool check_text_spec(VM *vm, const FormatSpec *spec, Value value)
{
    const char *message = NULL;
    if (spec->type && spec->type != 's') {
        (void)asy_format_spec_unknown(vm, spec, value);
        return false;
    }
    if (spec->grouping) {
        asy_raise(vm, EXC_ValueError, "Cannot specify '%c' with 's'.", (uint32_t)spec->grouping);
        return false;
    }
    if (spec->sign) message = spec->sign == ' ' ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier";
    else if (spec->z) message = "Negative zero coercion (z) not allowed in string format specifier";
    else if (spec->alternate) message = "Alternate form (#) not allowed in string format specifier";
    else if (spec->align == '=') message = "'=' alignment not allowed in string format specifier";
    if (message) asy_raise(vm, EXC_ValueError, "%s", message);
    return !message;
}

bool asy_format_str(StrBuilder *out, const char *text, size_t text_size, StrObj *s)
{
    VM *vm = out->vm;
    if (!text_size) return asy_builder_str(out, s);
    FormatSpec spec;
    Value value = asy_from_obj(s);
    if (!asy_format_spec_parse(vm, text, text_size, value, '<', &spec) || !check_text_spec(vm, &spec, value)) return false;
    size_t size = s->size;
    if (spec.precision >= 0 && (size_t)spec.precision < size && (size_t)spec.precision < asy_str_length(vm, s)) {
        size = asy_str_offset(vm, s, (size_t)spec.precision);
    }
    return asy_format_pad(out, &spec, s->data, size);
}

Value asy_str_format_spec(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self), *text;
    if (!asy_arg_str(vm, a.v[0], "__format__() argument", &text)) return ASY_ERR;
    if (!text->size) return asy_str_or_err(asy_str_exact(vm, s));
    StrBuilder out;
    asy_builder_init(&out, vm);
    if (asy_format_str(&out, text->data, text->size, s)) return asy_str_or_err(asy_builder_finish(&out));
    asy_builder_free(&out);
    return ASY_ERR;
}
