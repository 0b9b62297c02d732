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
static int64_t read_number(VM *vm, const char **at, const char *end)
{
    int64_t value = -1;
    while (*at < end) {
        const char *next = *at;
        int digit = asy_unicode_decimal(asy_utf8_next(&next));
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

static bool take(const char **at, const char *end, char c)
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

bool asy_format_spec_parse(VM *vm, StrObj *text, Value value, char align, FormatSpec *out)
{
    *out = (FormatSpec){ .fill = ' ', .align = align, .width = -1, .precision = -1 };
    const char *at = text->data, *end = at + text->size;
    bool fill_given = false;
    if (at < end) {
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
        if (at < end) {
            asy_raise(vm, EXC_ValueError, "Invalid format specifier '%U' for object of type '%.200T'", text, value);
            return false;
        }
    }
    return check_grouping(vm, out);
}

// ---- laying out ----

bool asy_format_pad(StrBuilder *out, const FormatSpec *spec, const char *text, size_t size)
{
    int64_t length = (int64_t)asy_utf8_count(text, size);
    size_t pad = spec->width > length ? (size_t)(spec->width - length) : 0;
    size_t left = spec->align == '<' ? 0 : spec->align == '^' ? pad / 2 : pad;
    return asy_builder_fill(out, spec->fill, left) && asy_builder_bytes(out, text, size) &&
           asy_builder_fill(out, spec->fill, pad - left);
}

// Digits with separators, led by zeros until they take at least `min` characters.
static bool put_grouped(StrBuilder *out, char separator, size_t group, const char *digits, size_t count, size_t min)
{
    // As many zeros as it takes: with n digits there are n + (n - 1) / group characters.
    size_t all = count;
    if (min > all + (all ? (all - 1) / group : 0)) {
        all = min - min / (group + 1);
        if (all + (all - 1) / group < min) all++;
        if (all < count) all = count;
    }
    size_t zeros = all - count;
    for (size_t i = 0; i < all; i++) {
        if (i && (all - i) % group == 0 && !asy_builder_char(out, (uint32_t)separator)) return false;
        if (!asy_builder_char(out, i < zeros ? '0' : (unsigned char)digits[i - zeros])) return false;
    }
    return true;
}

// "inf" and "nan" are no digits: hexadecimal ones are of a prefixed type.
static bool is_groupable(const FormatSpec *spec, char first)
{
    if (!spec->grouping) return false;
    return (first >= '0' && first <= '9') || spec->type == 'x' || spec->type == 'X';
}

static bool put_digits(StrBuilder *out, const FormatSpec *spec, const char *digits, size_t count, size_t min)
{
    if (count && is_groupable(spec, digits[0])) {
        bool by_four = spec->type == 'b' || spec->type == 'o' || spec->type == 'x' || spec->type == 'X';
        return put_grouped(out, spec->grouping, by_four ? 4 : 3, digits, count, min);
    }
    return asy_builder_fill(out, '0', min > count ? min - count : 0) && asy_builder_bytes(out, digits, count);
}

bool asy_format_number(StrBuilder *out, const FormatSpec *spec, char sign, const char *prefix, const char *digits,
                       size_t digit_count, const char *rest, size_t rest_size)
{
    size_t fixed = (sign ? 1 : 0) + strlen(prefix) + rest_size;
    size_t width = spec->width < 0 ? 0 : (size_t)spec->width;
    // Zeros of '=' padding belong to the number: they are grouped with it.
    size_t min = spec->fill == '0' && spec->align == '=' && width > fixed ? width - fixed : 0;
    StrBuilder body;
    asy_builder_init(&body, out->vm);
    bool ok = put_digits(&body, spec, digits, digit_count, min);
    size_t total = fixed + body.size;
    size_t pad = width > total ? width - total : 0;
    size_t left = spec->align == '<' || spec->align == '=' ? 0 : spec->align == '^' ? pad / 2 : pad;
    size_t inner = spec->align == '=' ? pad : 0;
    ok = ok && asy_builder_fill(out, spec->fill, left) && (!sign || asy_builder_char(out, (uint32_t)sign)) &&
         asy_builder_c(out, prefix) && asy_builder_fill(out, spec->fill, inner) && asy_builder_bytes(out, body.data, body.size) &&
         asy_builder_bytes(out, rest, rest_size) && asy_builder_fill(out, spec->fill, pad - left - inner);
    asy_builder_free(&body);
    return ok;
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

Value asy_str_format_spec(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self), *text;
    if (!asy_arg_str(vm, a.v[0], "__format__() argument", &text)) return ASY_ERR;
    if (!text->size) return asy_str_or_err(asy_str_exact(vm, s));
    FormatSpec spec;
    if (!asy_format_spec_parse(vm, text, a.self, '<', &spec) || !check_text_spec(vm, &spec, a.self)) return ASY_ERR;
    size_t size = s->size;
    if (spec.precision >= 0 && (size_t)spec.precision < size && (size_t)spec.precision < asy_str_length(vm, s)) {
        size = asy_str_offset(vm, s, (size_t)spec.precision);
    }
    StrBuilder out;
    asy_builder_init(&out, vm);
    if (asy_format_pad(&out, &spec, s->data, size)) return asy_str_or_err(asy_builder_finish(&out));
    asy_builder_free(&out);
    return ASY_ERR;
}
