// Doubles as decimal text and back, correctly rounded both ways and whatever the locale.
//
// The shortest digits that read back as the same number are found with Schubfach (Raffaello Giulietti, "The
// Schubfach way to render doubles", 2020): the interval of decimals that round to the double is scaled by a
// power of ten into 64 bits, where at most one decimal of one digit less and at most two of full length lie.
// Digits of a given precision come from the C library, which rounds the exact value.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/digits.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/float_powers.h"
#include "vm/objects/str_impl.h"

// ---- shortest digits ----

// Floor of log10(2^e), of log10(3/4 * 2^e) and of log2(10^e), for all e that occur.
static int log10_pow2(int e) { return (int)(((int64_t)e * 1262611) >> 22); }
static int log10_three_quarters_pow2(int e) { return (int)(((int64_t)e * 1262611 - 524031) >> 22); }
static int log2_pow10(int e) { return (int)(((int64_t)e * 1741647) >> 19); }

// Upper 64 bits of the 192-bit product, the lowest of them set if anything is cut off (round to odd).
static uint64_t scale(uint64_t high, uint64_t low, uint64_t x)
{
    unsigned __int128 a = (unsigned __int128)low * x, b = (unsigned __int128)high * x + (uint64_t)(a >> 64);
    return (uint64_t)(b >> 64) | ((uint64_t)b > 1);
}

// d = result * 10^*exponent, with as few digits as possible (trailing zeros may be left).
static uint64_t shortest_decimal(double d, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    uint64_t c = biased ? fraction | UINT64_C(1) << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    if (q <= 0 && q >= -52 && (c & ((UINT64_C(1) << -q) - 1)) == 0) {       // an integer below 2^53
        *exponent = 0;
        return c >> -q;
    }
    bool even = (c & 1) == 0;
    bool lower_is_closer = fraction == 0 && biased > 1;     // a power of two: its lower neighbour is nearer
    int k = lower_is_closer ? log10_three_quarters_pow2(q) : log10_pow2(q);
    int h = q + log2_pow10(-k) + 1;
    uint64_t high = POWERS[-k - POWER_MIN].high, low = POWERS[-k - POWER_MIN].low;
    uint64_t vl = scale(high, low, (4 * c - (lower_is_closer ? 1 : 2)) << h);
    uint64_t v = scale(high, low, (4 * c) << h);
    uint64_t vr = scale(high, low, (4 * c + 2) << h);
    uint64_t lower = vl + !even, upper = vr - !even;        // in quarters of 10^k
    uint64_t s = v / 4;
    if (s >= 10) {
        uint64_t sp = s / 10;
        bool below = lower <= 40 * sp, above = 40 * sp + 40 <= upper;
        if (below != above) {
            *exponent = k + 1;
            return sp + above;
        }
    }
    *exponent = k;
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above) return s + above;
    uint64_t middle = 4 * s + 2;
    return s + (v > middle || (v == middle && (s & 1)));
}

int asy_float_shortest(double d, char digits[17], int *point)
{
    int exponent;
    uint64_t m = shortest_decimal(d, &exponent);
    char text[DIGITS_MAX_64], *end = text + sizeof text, *from = asy_digits_before(end, m);
    int n = (int)(end - from);
    *point = n + exponent;
    while (n > 1 && from[n - 1] == '0') n--;
    memcpy(digits, from, (size_t)n);
    return n;
}

size_t asy_float_write(double d, bool dot_zero, char out[FLOAT_TEXT_MAX])
{
    char *s = out, digits[17];
    if (isnan(d)) return (size_t)(stpcpy(s, "nan") - out);
    if (signbit(d)) *s++ = '-';
    if (isinf(d)) return (size_t)(stpcpy(s, "inf") - out);
    int point = 1, n = 1;
    if (d == 0) digits[0] = '0';
    else n = asy_float_shortest(fabs(d), digits, &point);
    if (point > 16 || point <= -4) {
        *s++ = digits[0];
        if (n > 1) *s++ = '.';
        for (int i = 1; i < n; i++) *s++ = digits[i];
        int e = point - 1;
        *s++ = 'e';
        *s++ = e < 0 ? '-' : '+';
        if (e < 0) e = -e;
        if (e >= 100) *s++ = (char)('0' + e / 100);
        *s++ = (char)('0' + e / 10 % 10);
        *s++ = (char)('0' + e % 10);
        return (size_t)(s - out);
    }
    if (point <= 0) {
        *s++ = '0';
        *s++ = '.';
        for (int i = point; i < 0; i++) *s++ = '0';
        for (int i = 0; i < n; i++) *s++ = digits[i];
        return (size_t)(s - out);
    }
    for (int i = 0; i < point; i++) *s++ = i < n ? digits[i] : '0';
    if (n > point) {
        *s++ = '.';
        for (int i = point; i < n; i++) *s++ = digits[i];
    } else if (dot_zero) {
        *s++ = '.';
        *s++ = '0';
    }
    return (size_t)(s - out);
}

StrObj *asy_float_repr(VM *vm, double d)
{
    char text[FLOAT_TEXT_MAX];
    return asy_str_make(vm, text, asy_float_write(d, true, text), STR_ASCII);
}

// ---- digits of a given precision ----

// d * 10^precision, rounded half to even, where the exact product fits 128 bits and the result 60: what prices and
// percentages need. False: it does not.
static bool fixed_digits(double d, int precision, FloatDigits *out)
{
    if (precision < 0 || precision > 17) return false;
    static const uint64_t POW10[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
                                      100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
                                      10000000000000000, 100000000000000000 };
    if (d * (double)POW10[precision] >= 1e18) return false;
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    int biased = (int)(bits >> 52), shift = 1075 - (biased ? biased : 1);
    uint64_t c = bits & ((UINT64_C(1) << 52) - 1), m = 0;
    if (biased) c |= UINT64_C(1) << 52;
    unsigned __int128 product = (unsigned __int128)c * POW10[precision];    // below 2^110
    if (shift <= 0) {           // an integer below 2^60
        m = (uint64_t)(product << -shift);
    } else if (shift < 112) {   // else less than a half
        m = (uint64_t)(product >> shift);
        unsigned __int128 rest = product - ((unsigned __int128)m << shift), half = (unsigned __int128)1 << (shift - 1);
        m += rest > half || (rest == half && (m & 1));
    }
    char *end = out->local + sizeof out->local, *from = asy_digits_before(end, m);
    while (end - from <= precision) *--from = '0';
    out->digits = from;
    out->count = (size_t)(end - from);
    out->point = (int)out->count - precision;
    return true;
}

// The first `n` significant digits of d > 0, rounded. False: for what is not normal, and where the error of the product
// with a rounded power of ten leaves the rounding open.
static bool significant_digits(double d, int n, FloatDigits *out)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    int biased = (int)(bits >> 52);
    if (n < 1 || n > 17 || !biased) return false;
    uint64_t c = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52, wanted = 1;
    int q = biased - 1075;
    for (int i = 0; i < n; i++) wanted *= 10;
    int magnitude = log10_pow2(q + 52);                 // floor(log10(d)), or one less
    for (int attempt = 0; attempt < 2; attempt++) {
        int k = n - 1 - magnitude - attempt;            // d * 10^k is to have n digits in front of the point
        if (k < POWER_MIN || k > POWER_MAX) return false;
        // c * 10^k without the lowest 64 bits: off by less than one, from what is cut off or from the rounded power.
        unsigned __int128 low = (unsigned __int128)c * POWERS[k - POWER_MIN].low;
        unsigned __int128 product = (unsigned __int128)c * POWERS[k - POWER_MIN].high + (uint64_t)(low >> 64);
        int shift = 63 - log2_pow10(k) - q;             // to whole numbers
        if (shift < 4 || shift > 120) return false;
        uint64_t m = (uint64_t)(product >> shift);
        if (m >= wanted) continue;
        unsigned __int128 rest = product - ((unsigned __int128)m << shift), half = (unsigned __int128)1 << (shift - 1);
        if (rest + 1 >= half && rest <= half + 1) return false;
        m += rest > half;
        char *end = out->local + sizeof out->local, *from = asy_digits_before(end, m);
        out->digits = from;
        out->count = (size_t)n;                         // 99.9 became 100: one digit more, which is 0
        out->point = (int)(end - from) - k;
        return true;
    }
    return false;
}

bool asy_float_digits(VM *vm, double d, char mode, int precision, FloatDigits *out)
{
    assert(d >= 0);
    out->buffer = NULL;
    out->capacity = 0;
    out->digits = out->local;
    out->point = 1;
    if (mode == 'r') {
        if (d == 0) out->local[0] = '0';
        out->count = d == 0 ? 1 : (size_t)asy_float_shortest(d, out->local, &out->point);
        return true;
    }
    if (mode == 'f' && fixed_digits(d, precision, out)) return true;
    if (mode == 'e' && d > 0 && significant_digits(d, precision + 1, out)) return true;
    const char *format = mode == 'e' ? "%.*e" : "%.*f";
    char *text = out->local;
    int size = snprintf(text, sizeof out->local, format, precision, d);
    if (size < 0) {
        asy_raise_memory(vm);
        return false;
    }
    if ((size_t)size >= sizeof out->local) {
        out->buffer = asy_mem_alloc(vm, (size_t)size + 1);
        if (!out->buffer) {
            asy_raise_memory(vm);
            return false;
        }
        out->capacity = (size_t)size + 1;
        text = out->buffer;
        (void)snprintf(text, out->capacity, format, precision, d);
    }
    // The digits alone: what stands for the decimal point depends on the locale.
    size_t n = 0;
    char *s = text;
    for (; *s && *s != 'e'; s++)
        if (*s >= '0' && *s <= '9') text[n++] = *s;
    out->digits = text;
    out->count = n;
    if (mode == 'e') out->point = *s == 'e' ? atoi(s + 1) + 1 : 1;
    else out->point = (int)n - precision;
    return true;
}

void asy_float_digits_free(VM *vm, FloatDigits *digits)
{
    asy_mem_free(vm, digits->buffer, digits->capacity);
    digits->buffer = NULL;
    digits->capacity = 0;
}

// Keeps the first `keep` of the digits, all of an exact expansion, rounding half to even. Returns how many
// there are then: one more after 99.. became 100.., 0 if nothing is left but zero.
static size_t round_digits(char *digits, size_t count, size_t keep)
{
    char next = digits[keep];
    bool more = false;
    for (size_t i = keep + 1; i < count && !more; i++) more = digits[i] != '0';
    bool odd = keep && (digits[keep - 1] & 1);
    bool up = next > '5' || (next == '5' && (more || odd));
    if (!up) return keep;
    size_t i = keep;
    while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
    if (i > 0) {
        digits[i - 1]++;
        return keep;
    }
    memmove(digits + 1, digits, keep);
    digits[0] = '1';
    return keep + 1;
}

bool asy_float_compose(uint64_t m, int64_t exponent, double *out)
{
    static const double EXACT[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (m < UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {   // both factors exact: one rounding
        *out = exponent < 0 ? (double)m / EXACT[-exponent] : (double)m * EXACT[exponent];
        return true;
    }
    if (!m) {
        *out = 0;
        return true;
    }
    if (exponent < POWER_MIN || exponent > POWER_MAX) return false;
    int k = (int)exponent, lead = __builtin_clzll(m);
    m <<= lead;
    // m * 10^k without the lowest 64 bits: off by less than two, from what is cut off and from the rounded power.
    unsigned __int128 low = (unsigned __int128)m * POWERS[k - POWER_MIN].low;
    unsigned __int128 product = (unsigned __int128)m * POWERS[k - POWER_MIN].high + (uint64_t)(low >> 64);
    int shift = product >> 127 ? 75 : 74;               // to 53 bits
    uint64_t c = (uint64_t)(product >> shift);
    unsigned __int128 rest = product - ((unsigned __int128)c << shift), half = (unsigned __int128)1 << (shift - 1);
    if (rest + 2 >= half && rest <= half + 2) return false;
    int q = shift - 63 + log2_pow10(k) - lead;          // d = c * 2^q, which is normal
    if (q < -1074 || q > 970) return false;
    uint64_t bits = ((uint64_t)(q + 1075) << 52) + (c - (UINT64_C(1) << 52)) + (rest > half);   // may carry into the exponent
    memcpy(out, &bits, sizeof bits);
    return true;
}

// digits * 10^exponent, likewise.
static bool plain_value(const char *digits, size_t count, int64_t exponent, double *out)
{
    uint64_t m = 0;
    if (count > 19) return false;
    for (size_t i = 0; i < count; i++) m = m * 10 + (uint64_t)(digits[i] - '0');
    return asy_float_compose(m, exponent, out);
}

Value asy_float_round(VM *vm, double d, int64_t ndigits)
{
    // Past these the number itself, or zero, is the answer.
    if (ndigits > 323 || !isfinite(d)) return asy_from_double(d);
    if (ndigits < -308 || (ndigits < 0 && fabs(d) < 1)) return asy_from_double(copysign(0.0, d));
    FloatDigits digits;
    // A double of 1 or more has at most 52 binary, and so 52 decimal places.
    if (!asy_float_digits(vm, fabs(d), 'f', ndigits < 0 ? 52 : (int)ndigits, &digits)) return ASY_ERR;
    size_t count = digits.count;
    int exponent = digits.point - (int)count;
    char *text = digits.buffer ? digits.buffer : digits.local + (digits.digits - digits.local);
    if (ndigits < 0) {
        int64_t keep = digits.point + ndigits;
        if (keep < 0) {
            asy_float_digits_free(vm, &digits);
            return asy_from_double(copysign(0.0, d));
        }
        count = round_digits(text, count, (size_t)keep);
        exponent = (int)-ndigits;
    }
    if (count == 0) {
        asy_float_digits_free(vm, &digits);
        return asy_from_double(copysign(0.0, d));
    }
    Value out = ASY_ERR;
    double near;
    if (plain_value(text, count, exponent, &near)) {
        asy_float_digits_free(vm, &digits);
        return asy_from_double(copysign(near, d));
    }
    char local[64], *number = count + 16 <= sizeof local ? local : asy_mem_alloc(vm, count + 16);
    if (!number) {
        asy_raise_memory(vm);
    } else {
        (void)snprintf(number, count + 16, "%.*se%d", (int)count, text, exponent);
        double r = strtod(number, NULL);
        if (isinf(r)) asy_raise(vm, EXC_OverflowError, "rounded value too large to represent");
        else out = asy_from_double(copysign(r, d));
        if (number != local) asy_mem_free(vm, number, count + 16);
    }
    asy_float_digits_free(vm, &digits);
    return out;
}

// ---- reading ----

static bool is_digit(const char *s, const char *end) { return s < end && *s >= '0' && *s <= '9'; }

static const char *scan_word(const char *s, const char *end, const char *word)
{
    for (; *word; word++, s++)
        if (s == end || (*s | 0x20) != *word) return NULL;
    return s;
}

// Digits with single underscores between them are collected without leading zeros; all but the first
// SIGNIFICANT_MAX only count. More than 768 never decide a rounding, but whether any of them is not 0 does.
enum { SIGNIFICANT_MAX = 800 };
typedef struct Scanned {
    char digits[SIGNIFICANT_MAX + 24];
    size_t count;
    bool more;                  // a digit that is not 0 was dropped
    int64_t exponent;           // of ten, for the last digit kept
    bool any;
} Scanned;

static const char *scan_digits(const char *s, const char *end, Scanned *out, bool fraction)
{
    while (is_digit(s, end)) {
        out->any = true;
        if (out->count == 0 && *s == '0') {
            out->exponent -= fraction;
        } else if (out->count < SIGNIFICANT_MAX) {
            out->digits[out->count++] = *s;
            out->exponent -= fraction;
        } else {
            out->more = out->more || *s != '0';
            out->exponent += !fraction;
        }
        s++;
        if (s + 1 < end && *s == '_' && is_digit(s + 1, end)) s++;
    }
    return s;
}

static double scanned_value(Scanned *n)
{
    double d;
    if (n->count == 0) return 0;
    if (!n->more && plain_value(n->digits, n->count, n->exponent, &d)) return d;
    size_t size = n->count;
    int64_t exponent = n->exponent;
    if (n->more) {
        n->digits[size++] = '1';
        exponent--;
    }
    if (exponent > 100000) exponent = 100000;
    if (exponent < -100000) exponent = -100000;
    // An integer and an exponent: nothing in it depends on the locale.
    (void)snprintf(n->digits + size, 12, "e%d", (int)exponent);
    return strtod(n->digits, NULL);
}

const char *asy_float_scan(const char *text, const char *end, double *out)
{
    const char *s = text, *after;
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    double d;
    if ((after = scan_word(s, end, "infinity")) != NULL || (after = scan_word(s, end, "inf")) != NULL) {
        *out = negative ? -INFINITY : INFINITY;
        return after;
    }
    if ((after = scan_word(s, end, "nan")) != NULL) {
        *out = negative ? copysign(NAN, -1.0) : NAN;
        return after;
    }
    Scanned n;
    n.count = 0;
    n.more = n.any = false;
    n.exponent = 0;
    s = scan_digits(s, end, &n, false);
    if (s < end && *s == '.') s = scan_digits(s + 1, end, &n, true);
    if (!n.any) return NULL;
    if (s < end && (*s | 0x20) == 'e') {
        const char *e = s + 1;
        bool minus = e < end && *e == '-';
        if (e < end && (*e == '-' || *e == '+')) e++;
        if (is_digit(e, end)) {
            int64_t exponent = 0;
            while (is_digit(e, end)) {
                if (exponent < INT64_MAX / 100) exponent = exponent * 10 + (*e - '0');
                e++;
                if (e + 1 < end && *e == '_' && is_digit(e + 1, end)) e++;
            }
            n.exponent += minus ? -exponent : exponent;
            s = e;
        }
    }
    d = scanned_value(&n);
    *out = negative ? -d : d;
    return s;
}

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool asy_float_parse(VM *vm, const char *text, size_t size, double *out)
{
    (void)vm;
    const char *end = text + size;
    while (text < end && is_blank(*text)) text++;
    while (end > text && is_blank(end[-1])) end--;
    return asy_float_scan(text, end, out) == end && text < end;
}

// ---- hexadecimal ----

Value asy_float_hex(VM *vm, double d)
{
    if (!isfinite(d)) {
        StrObj *text = asy_float_repr(vm, d);
        return text ? asy_from_obj(text) : ASY_ERR;
    }
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7FF), exponent = d == 0 ? 0 : (biased ? biased : 1) - 1023;
    char text[40];
    if (d == 0) (void)snprintf(text, sizeof text, "%s0x0.0p+0", signbit(d) ? "-" : "");
    else
        (void)snprintf(text, sizeof text, "%s0x%d.%013llxp%+d", signbit(d) ? "-" : "", biased ? 1 : 0,
                       (unsigned long long)fraction, exponent);
    return asy_str_value(vm, text);
}

static int hex_value(const char *s, const char *end)
{
    if (s == end) return -1;
    if (*s >= '0' && *s <= '9') return *s - '0';
    char c = (char)(*s | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// m * 2^e, plus a little if `more`, rounded once, half to even.
static double round_binary(uint64_t m, bool more, int64_t e)
{
    if (m == 0) return 0;
    if (e > 2000) return INFINITY;
    if (e < -2000) return 0;
    int64_t last = e + (64 - __builtin_clzll(m)) - 53;      // exponent of the last bit there is room for
    if (last < -1074) last = -1074;
    int64_t shift = last - e;
    if (shift <= 0) return ldexp((double)m, (int)e);
    if (shift > 64) return 0;
    uint64_t half = UINT64_C(1) << (shift - 1);
    uint64_t kept = shift == 64 ? 0 : m >> shift, rest = shift == 64 ? m : m & (half * 2 - 1);
    kept += rest > half || (rest == half && (more || (kept & 1)));
    return ldexp((double)kept, (int)last);
}

bool asy_float_from_hex(VM *vm, const char *text, size_t size, double *out)
{
    const char *s = text, *end = text + size, *after;
    while (s < end && is_blank(*s)) s++;
    while (end > s && is_blank(end[-1])) end--;
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+')) s++;
    double d;
    if ((after = scan_word(s, end, "infinity")) != NULL || (after = scan_word(s, end, "inf")) != NULL) {
        d = INFINITY;
        s = after;
    } else if ((after = scan_word(s, end, "nan")) != NULL) {
        d = NAN;
        s = after;
    } else {
        if (end - s >= 2 && s[0] == '0' && (s[1] | 0x20) == 'x') s += 2;
        uint64_t m = 0;
        int64_t e = 0;
        bool more = false, any = false, fraction = false;
        for (;; s++) {
            if (s < end && *s == '.' && !fraction) {
                fraction = true;
                continue;
            }
            int x = hex_value(s, end);
            if (x < 0) break;
            any = true;
            if (m >> 59) {
                more = more || x;
                e += fraction ? 0 : 4;
            } else {
                m = m << 4 | (unsigned)x;
                e -= fraction ? 4 : 0;
            }
        }
        if (any && s < end && (*s | 0x20) == 'p') {
            const char *p = s + 1;
            bool minus = p < end && *p == '-';
            if (p < end && (*p == '-' || *p == '+')) p++;
            int64_t exponent = 0;
            if (!is_digit(p, end)) any = false;
            for (; is_digit(p, end); p++)
                if (exponent < INT64_MAX / 100) exponent = exponent * 10 + (*p - '0');
            e += minus ? -exponent : exponent;
            s = p;
        }
        if (!any) goto invalid;
        d = round_binary(m, more, e);
        if (isinf(d) && s == end) {
            asy_raise(vm, EXC_OverflowError, "hexadecimal value too large to represent as a float");
            return false;
        }
    }
    if (s != end) goto invalid;
    *out = negative ? -d : d;
    return true;
invalid:
    asy_raise(vm, EXC_ValueError, "invalid hexadecimal floating-point string");
    return false;
}
