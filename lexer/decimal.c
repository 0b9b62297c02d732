// Decimal text to the nearest double, exactly, on the stack and without the C library's strtod,
// which reads the locale. Few digits and small powers of ten are one multiplication or division of
// exact doubles; everything else is a division of two big integers whose quotient is rounded once.
#include <assert.h>
#include <math.h>
#include <string.h>

#include "lexer/literal.h"

#define DIGITS_MAX                                                                                 \
    770             // more cannot change the result except by being there: a last 1 stands for them
#define LIMBS 72    // 4608 bits: 10^(770 + 324 + 20), shifted by one limb

typedef struct Big {
    uint64_t limb[LIMBS];    // least significant first
    int len;                 // without leading zero limbs
} Big;

static void big_multiply_add(Big *n, uint64_t factor, uint64_t add)
{
    unsigned __int128 carry = add;
    for (int i = 0; i < n->len; i++) {
        carry += (unsigned __int128)n->limb[i] * factor;
        n->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    if (carry) {
        assert(n->len < LIMBS);
        n->limb[n->len++] = (uint64_t)carry;
    }
}

static void big_multiply_pow10(Big *n, int exponent)
{
    for (; exponent >= 19; exponent -= 19) big_multiply_add(n, 10000000000000000000u, 0);
    uint64_t factor = 1;
    while (exponent-- > 0) factor *= 10;
    big_multiply_add(n, factor, 0);
}

static int big_bits(const Big *n)
{
    return n->len * 64 - __builtin_clzll(n->limb[n->len - 1]);
}

static void big_shift_left(Big *n, int bits)
{
    int limbs = bits / 64, rest = bits % 64;
    assert(n->len + limbs + 1 <= LIMBS);
    n->limb[n->len] = 0;
    for (int i = n->len; i >= 0; i--) {
        uint64_t low = i > 0 && rest ? n->limb[i - 1] >> (64 - rest) : 0;
        n->limb[i + limbs] = n->limb[i] << rest | low;
    }
    for (int i = 0; i < limbs; i++) n->limb[i] = 0;
    n->len += limbs + 1;
    while (n->len && !n->limb[n->len - 1]) n->len--;
}

static int big_compare(const Big *a, const Big *b)
{
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    for (int i = a->len - 1; i >= 0; i--) {
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

// a -= b, where a >= b.
static void big_subtract(Big *a, const Big *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < a->len; i++) {
        uint64_t take = i < b->len ? b->limb[i] : 0;
        uint64_t before = a->limb[i];
        a->limb[i] = before - take - borrow;
        borrow = before < take || (before == take && borrow);
    }
    while (a->len && !a->limb[a->len - 1]) a->len--;
}

// The double nearest to quotient * 2^exponent, ties to even; the quotient has its top bit set, and
// `more` says that the exact value lies a little above.
static double round_to_double(uint64_t quotient, int exponent, bool more)
{
    if (exponent + 63 > 1023) return HUGE_VAL;
    int keep =
        exponent + 63 < -1022 ? 53 - (-1022 - (exponent + 63)) : 53;    // fewer bits if subnormal
    if (keep < 0) return 0.0;
    uint64_t kept = keep ? quotient >> (64 - keep) : 0;
    uint64_t rest = keep ? quotient << keep : quotient;
    const uint64_t half = (uint64_t)1 << 63;
    if (rest > half || (rest == half && (more || (kept & 1)))) kept++;
    return ldexp((double)kept,
                 exponent + 64 - keep);    // exact; infinity if rounding carried over the top
}

static double divide_exactly(const char *digits, int count, bool more_digits, int exponent)
{
    Big num = { .len = 0 }, den = { .limb = { 1 }, .len = 1 };
    for (int i = 0; i < count; i++) big_multiply_add(&num, 10, (uint64_t)(digits[i] - '0'));
    if (more_digits) {
        big_multiply_add(&num, 10, 1);
        exponent--;
    }
    if (!num.len) return 0.0;
    if (exponent >= 0) big_multiply_pow10(&num, exponent);
    else big_multiply_pow10(&den, -exponent);
    // Scaled so that 1 <= num / den < 2, the quotient's 64 bits come out one by one.
    int scale = big_bits(&num) - big_bits(&den);
    if (scale > 0) big_shift_left(&den, scale);
    else big_shift_left(&num, -scale);
    if (big_compare(&num, &den) < 0) {
        big_shift_left(&num, 1);
        scale--;
    }
    uint64_t quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
        if (big_compare(&num, &den) >= 0) {
            big_subtract(&num, &den);
            quotient |= (uint64_t)1 << bit;
        }
        big_shift_left(&num, 1);
    }
    return round_to_double(quotient, scale - 63, num.len > 0);
}

double asy_literal_parse_float(const char *text, size_t len)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    char digits[DIGITS_MAX];
    int count = 0;
    bool more = false, point = false;
    int64_t exponent = 0;
    uint64_t mantissa = 0;    // of the first 19 digits
    const char *at = text, *end = text + len;
    for (; at < end && (*at == '.' || (*at >= '0' && *at <= '9')); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        exponent -= point;
        if (*at == '0' && count == 0) continue;    // leading zeros
        if (count < DIGITS_MAX) {
            if (count < 19) mantissa = mantissa * 10 + (uint64_t)(*at - '0');
            digits[count++] = *at;
        } else {
            more |= *at != '0';
            exponent++;
        }
    }
    if (at < end) {    // e or E
        bool negative = ++at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) at++;
        int64_t given = 0;
        for (; at < end; at++) {
            if (given < (int64_t)1 << 40) given = given * 10 + (*at - '0');
        }
        exponent += negative ? -given : given;
    }
    if (count == 0) return 0.0;
    if (count <= 19 && mantissa <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        return exponent < 0 ? (double)mantissa / powers[-exponent]
                            : (double)mantissa * powers[exponent];
    }
    if (exponent + count > 310) return HUGE_VAL;
    if (exponent + count < -326) return 0.0;
    return divide_exactly(digits, count, more, (int)exponent);
}
