// Numbers by the format specification mini-language.
//
// A float becomes a sign, the digits of its whole part and the rest ("." and places, exponent, "%"); an
// integer a sign, a prefix and digits. Grouping and padding are the same for all (format_spec.c).
#include "vm/objects/format_number.h"

#include <limits.h>
#include <math.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/digits.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/str_impl.h"

// ---- integers ----

static bool refuse(VM *vm, const char *why)
{
    asy_raise(vm, EXC_ValueError, "%s", why);
    return false;
}

static bool format_char(StrBuilder *out, const FormatSpec *spec, Value v)
{
    VM *vm = out->vm;
    int64_t c;
    if (spec->sign) return refuse(vm, "Sign not allowed with integer format specifier 'c'");
    if (spec->alternate) return refuse(vm, "Alternate form (#) not allowed with integer format specifier 'c'");
    if (!asy_int_small(v, &c)) {
        asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C long");
        return false;
    }
    if (c < 0 || c > 0x10FFFF) {
        asy_raise(vm, EXC_OverflowError, "%%c arg not in range(0x110000)");
        return false;
    }
    char utf8[4];
    size_t size = asy_utf8_encode(utf8, (uint32_t)c);
    // Aligned as a number, to the right, unless the spec says otherwise.
    return asy_format_pad(out, spec, utf8, size);
}

static char sign_char(const FormatSpec *spec, bool negative)
{
    return negative ? '-' : spec->sign == '+' || spec->sign == ' ' ? spec->sign : 0;
}

bool asy_format_int(StrBuilder *out, const FormatSpec *spec, Value v)
{
    VM *vm = out->vm;
    int base = 10;
    const char *prefix = "";
    switch (spec->type) {
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case '%': {
        double d;
        return asy_int_to_double(vm, v, &d) && asy_format_float(out, spec, v, d);
    }
    case 0: case 'd': case 'n': case 'c': break;
    case 'b':
        base = 2;
        prefix = "0b";
        break;
    case 'o':
        base = 8;
        prefix = "0o";
        break;
    case 'x':
        base = 16;
        prefix = "0x";
        break;
    case 'X':
        base = 16;
        prefix = "0X";
        break;
    default: asy_format_spec_unknown(vm, spec, v); return false;
    }
    if (spec->precision >= 0) return refuse(vm, "Precision not allowed in integer format specifier");
    if (spec->z) return refuse(vm, "Negative zero coercion (z) not allowed in integer format specifier");
    if (spec->type == 'c') return format_char(out, spec, v);
    DigitText digits;
    int64_t i;
    if (base == 10 && asy_int_small(v, &i)) {
        char text[DIGITS_MAX_64], *end = text + sizeof text, *from = asy_digits_before(end, i < 0 ? 0 - (uint64_t)i : (uint64_t)i);
        return asy_format_number(out, spec, sign_char(spec, i < 0), "", from, (size_t)(end - from), "", 0);
    }
    bool ok = asy_int_digit_text(vm, v, base, spec->type == 'X', true, &digits);
    ok = ok && asy_format_number(out, spec, sign_char(spec, asy_int_sign(vm, v) < 0), spec->alternate ? prefix : "", digits.text,
                                 digits.size, "", 0);
    asy_int_digit_free(vm, &digits);
    return ok;
}

// ---- floats ----

// Number laid out in text: whole part [0, whole), then the rest. To be freed.
typedef struct FloatText {
    bool negative;
    char *text;
    size_t whole, size, capacity;
    char local[96];
} FloatText;

static void float_text_free(VM *vm, FloatText *t)
{
    if (t->text != t->local) asy_mem_free(vm, t->text, t->capacity);
}

// The digits [from, from + n); where there are none stand zeros.
static char *copy_digits(char *to, const FloatDigits *d, int64_t from, size_t n)
{
    for (; n && from < 0; n--, from++) *to++ = '0';
    size_t have = from < (int64_t)d->count ? d->count - (size_t)from : 0;
    if (have > n) have = n;
    asy_str_copy_text(to, d->digits + from, have);
    if (n > have) memset(to + have, '0', n - have);
    return to + n;
}

// Where the digits go: in fixed notation, or with an exponent.
static bool write_digits(VM *vm, const FloatDigits *d, bool exponent, size_t places, bool alternate, bool dot_zero, bool upper,
                         bool percent, FloatText *t)
{
    size_t whole = exponent || d->point <= 0 ? 1 : (size_t)d->point;
    t->capacity = whole + places + 16;
    t->text = t->capacity <= sizeof t->local ? t->local : asy_mem_alloc(vm, t->capacity);
    if (!t->text) {
        t->text = t->local;
        asy_raise_memory(vm);
        return false;
    }
    int64_t first = exponent ? 0 : (int64_t)d->point - 1;       // weight of the first digit
    char *s = copy_digits(t->text, d, first - (int64_t)whole + 1, whole);
    t->whole = whole;
    if (places || alternate) *s++ = '.';
    s = copy_digits(s, d, first + 1, places);
    if (dot_zero && !exponent && !places) {
        if (!alternate) *s++ = '.';
        *s++ = '0';
    }
    if (exponent) {
        int e = d->point - 1;
        *s++ = upper ? 'E' : 'e';
        *s++ = e < 0 ? '-' : '+';
        if (e < 0) e = -e;
        if (e >= 100) *s++ = (char)('0' + e / 100);
        *s++ = (char)('0' + e / 10 % 10);
        *s++ = (char)('0' + e % 10);
    }
    if (percent) *s++ = '%';
    t->size = (size_t)(s - t->text);
    return true;
}

static size_t without_zeros(const FloatDigits *d)
{
    size_t n = d->count;
    while (n > 1 && d->digits[n - 1] == '0') n--;
    return n;
}

static bool is_zero(const FloatDigits *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->digits[i] != '0') return false;
    return true;
}

// `type` is one of e f g r %; a precision of -1: the type's default.
static bool float_text(VM *vm, double d, char type, int64_t precision, const FormatSpec *spec, bool dot_zero, bool upper, FloatText *t)
{
    t->text = t->local;
    t->negative = signbit(d) && !isnan(d);
    bool percent = type == '%';
    if (percent) {
        type = 'f';
        d *= 100;
    }
    if (!isfinite(d)) {
        const char *word = isnan(d) ? upper ? "NAN" : "nan" : upper ? "INF" : "inf";
        memcpy(t->text, word, 3);
        t->whole = t->size = 3;
        if (percent) t->text[t->size++] = '%';
        return true;
    }
    if (precision < 0 && type != 'r') precision = 6;
    if (precision > INT_MAX - 400) return refuse(vm, "precision too big");
    bool general = type == 'g';
    if (general && precision == 0) precision = 1;
    FloatDigits digits;
    bool ok = asy_float_digits(vm, fabs(d), type == 'f' ? 'f' : type == 'r' ? 'r' : 'e', (int)(general ? precision - 1 : precision), &digits);
    if (ok) {
        bool exponent = type == 'e';
        size_t shown = digits.count, places = (size_t)(precision < 0 ? 0 : precision);
        if (general) exponent = digits.point <= -4 || digits.point > precision - dot_zero;
        if (type == 'r') exponent = digits.point <= -4 || digits.point > 16;
        if (general || type == 'r') {
            if (!spec->alternate || type == 'r') shown = without_zeros(&digits);
            int64_t behind = exponent ? (int64_t)shown - 1 : (int64_t)shown - digits.point;
            places = behind > 0 ? (size_t)behind : 0;
        }
        if (spec->z && t->negative && is_zero(&digits)) t->negative = false;
        ok = write_digits(vm, &digits, exponent, places, spec->alternate, dot_zero, upper, percent, t);
    }
    asy_float_digits_free(vm, &digits);
    return ok;
}

bool asy_format_float(StrBuilder *out, const FormatSpec *spec, Value named, double d)
{
    VM *vm = out->vm;
    char type = 0;
    bool upper = false, dot_zero = false;
    switch (spec->type) {
    case 0:
        type = spec->precision >= 0 ? 'g' : 'r';
        dot_zero = true;
        break;
    case 'n': type = 'g'; break;
    case 'e': case 'f': case 'g': case '%': type = (char)spec->type; break;
    case 'E': case 'F': case 'G':
        type = (char)(spec->type + ('a' - 'A'));
        upper = true;
        break;
    default: asy_format_spec_unknown(vm, spec, named); return false;
    }
    FloatText t;
    bool ok = float_text(vm, d, type, spec->precision, spec, dot_zero, upper, &t);
    ok = ok && asy_format_number(out, spec, sign_char(spec, t.negative), "", t.text, t.whole, t.text + t.whole, t.size - t.whole);
    float_text_free(vm, &t);
    return ok;
}

// ---- complex ----

// One part, without padding; `sign` says how: always for the imaginary part.
static bool format_part(StrBuilder *out, const FormatSpec *spec, char type, bool upper, double d, char sign)
{
    VM *vm = out->vm;
    FormatSpec bare = *spec;
    bare.width = -1;
    bare.sign = sign;
    bare.zero = false;
    FloatText t;
    bool ok = float_text(vm, d, type, spec->precision, spec, false, upper, &t);
    ok = ok && asy_format_number(out, &bare, sign_char(&bare, t.negative), "", t.text, t.whole, t.text + t.whole, t.size - t.whole);
    float_text_free(vm, &t);
    return ok;
}

static bool format_complex(StrBuilder *out, const FormatSpec *spec, Value v)
{
    VM *vm = out->vm;
    ComplexObj *c = asy_as(ComplexObj, v);
    char type = 'r';
    bool upper = false, parens = false, skip_real = false;
    switch (spec->type) {
    case 0:
        type = spec->precision >= 0 ? 'g' : 'r';
        skip_real = c->real == 0 && !signbit(c->real);
        parens = !skip_real;
        break;
    case 'n': type = 'g'; break;
    case 'e': case 'f': case 'g': type = (char)spec->type; break;
    case 'E': case 'F': case 'G':
        type = (char)(spec->type + ('a' - 'A'));
        upper = true;
        break;
    default: asy_format_spec_unknown(vm, spec, v); return false;
    }
    if (spec->fill == '0') return refuse(vm, "Zero padding is not allowed in complex format specifier");
    if (spec->align == '=') return refuse(vm, "'=' alignment flag is not allowed in complex format specifier");
    StrBuilder inner;
    asy_builder_init(&inner, vm);
    bool ok = !parens || asy_builder_c(&inner, "(");
    ok = ok && (skip_real || format_part(&inner, spec, type, upper, c->real, spec->sign));
    ok = ok && format_part(&inner, spec, type, upper, c->imag, skip_real ? spec->sign : '+');
    ok = ok && asy_builder_c(&inner, parens ? "j)" : "j");
    ok = ok && asy_format_pad(out, spec, inner.data, inner.size);
    asy_builder_free(&inner);
    return ok;
}

// ---- __format__ ----

int asy_format_plain(StrBuilder *out, Value v, const char *spec, size_t size)
{
    VM *vm = out->vm;
    const Type *type = asy_class_of(vm, v);
    if (type == vm->types.str) return asy_format_str(out, spec, size, asy_as_str(v)) ? 1 : -1;
    if (type != vm->types.int_ && type != vm->types.float_) return 0;
    if (!size) return asy_builder_repr(out, v) ? 1 : -1;
    FormatSpec parsed;
    if (!asy_format_spec_parse(vm, spec, size, v, '>', &parsed)) return -1;
    bool ok = type == vm->types.int_ ? asy_format_int(out, &parsed, v) : asy_format_float(out, &parsed, v, asy_float_value(v));
    return ok ? 1 : -1;
}

typedef bool (*FormatFn)(StrBuilder *out, const FormatSpec *spec, Value v);

static bool format_double(StrBuilder *out, const FormatSpec *spec, Value v)
{
    return asy_format_float(out, spec, v, asy_float_value(v));
}

static Value format_method(VM *vm, Args a, FormatFn format)
{
    StrObj *text;
    if (!asy_arg_str(vm, a.v[0], "__format__() argument", &text)) return ASY_ERR;
    if (text->size == 0) return asy_str(vm, a.self);
    FormatSpec spec;
    if (!asy_format_spec_parse(vm, text->data, text->size, a.self, '>', &spec)) return ASY_ERR;
    StrBuilder b;
    asy_builder_init(&b, vm);
    if (!format(&b, &spec, a.self)) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *out = asy_builder_finish(&b);
    return out ? asy_from_obj(out) : ASY_ERR;
}

Value asy_int_format_method(VM *vm, Args a) { return format_method(vm, a, asy_format_int); }
Value asy_float_format_method(VM *vm, Args a) { return format_method(vm, a, format_double); }
Value asy_complex_format_method(VM *vm, Args a) { return format_method(vm, a, format_complex); }
