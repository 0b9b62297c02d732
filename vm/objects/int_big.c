// Arithmetic on integers of any size, as sign and 60-bit digits. Division is in int_divide.c.
//
// Linear work and short products are done here, straight into the result's object; long products and modular
// powers by libtommath, whose results are copied out of its own memory. What may take long asks
// asy_check_pending on the way; what may get large is refused before it is begun.
#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"

enum {
    SCHOOLBOOK_MAX = 48,        // digits of the shorter factor; above, libtommath's Karatsuba wins (measured)
    LONG_WORK = 2000,           // digits; an operation on these is worth a look at limits and signals
};

typedef unsigned __int128 Wide;

Value asy_int_raise_mp(VM *vm, mp_err err)
{
    if (err == MP_MEM) return asy_raise_memory(vm);
    return asy_raise(vm, EXC_OverflowError, "too many digits in integer");
}

Value asy_int_from_mp(VM *vm, mp_int *m, mp_err err)
{
    Value out = ASY_ERR;
    if (err != MP_OKAY) {
        asy_int_raise_mp(vm, err);
    } else {
        IntObj *o = asy_int_alloc(vm, (size_t)m->used);
        if (o) {
            if (m->used) memcpy(o->digits, m->dp, (size_t)m->used * sizeof(mp_digit));
            o->negative = m->sign == MP_NEG;
            out = asy_int_finish(vm, o);
        }
    }
    mp_clear(m);
    return out;
}

size_t asy_int_view_bits(const IntView *v)
{
    return v->n ? (size_t)v->n * DIGIT_BITS - ((size_t)__builtin_clzll(v->d[v->n - 1]) - (64 - DIGIT_BITS)) : 0;
}

int asy_int_magnitude_compare(const IntView *a, const IntView *b)
{
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;)
        if (a->d[i] != b->d[i]) return a->d[i] < b->d[i] ? -1 : 1;
    return 0;
}

int asy_int_view_compare(const IntView *a, const IntView *b)
{
    bool neg_a = a->negative && a->n, neg_b = b->negative && b->n;
    if (neg_a != neg_b) return neg_a ? -1 : 1;
    int c = asy_int_magnitude_compare(a, b);
    return neg_a ? -c : c;
}

int64_t asy_int_view_hash(const IntView *v)
{
    // 2^60 times the hash so far is a rotation by 60 modulo 2^61-1.
    const uint64_t prime = (UINT64_C(1) << 61) - 1;
    uint64_t h = 0;
    for (uint32_t i = v->n; i-- > 0;) {
        h = ((h << 60) & prime) | h >> 1;
        h += v->d[i];
        if (h >= prime) h -= prime;
    }
    int64_t out = v->negative ? -(int64_t)h : (int64_t)h;
    return out == -1 ? -2 : out;
}

bool asy_int_view_double(const IntView *v, double *out)
{
    size_t bits = asy_int_view_bits(v);
    if (bits > 1024) return false;
    if (bits <= 64) {
        uint64_t low = (v->n ? v->d[0] : 0) | (v->n > 1 ? v->d[1] << DIGIT_BITS : 0);
        *out = v->negative ? -(double)low : (double)low;
        return true;
    }
    // The top 64 bits, the lowest of them saying whether anything below is set: rounding that is exact.
    size_t shift = bits - 64, word = shift / DIGIT_BITS, bit = shift % DIGIT_BITS;
    Wide top = 0;
    for (size_t i = v->n; i-- > word;) top = top << DIGIT_BITS | v->d[i];      // at most 124 bits
    bool rest = (v->d[word] & (((mp_digit)1 << bit) - 1)) != 0;
    for (size_t i = 0; i < word && !rest; i++) rest = v->d[i] != 0;
    uint64_t m = (uint64_t)(top >> bit) | rest;
    double d = ldexp((double)m, (int)shift);
    if (isinf(d)) return false;
    *out = v->negative ? -d : d;
    return true;
}

Value asy_big_from_wide(VM *vm, Wide magnitude, bool negative)
{
    if (magnitude <= (Wide)INT64_MAX + negative)
        return asy_int_from_i64(vm, (int64_t)(negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude));
    uint32_t n = magnitude >> (2 * DIGIT_BITS) ? 3 : 2;
    IntObj *o = asy_int_alloc(vm, n);
    if (!o) return ASY_ERR;
    o->negative = negative;
    o->digits[0] = (mp_digit)magnitude & DIGIT_MASK;
    o->digits[1] = (mp_digit)(magnitude >> DIGIT_BITS) & DIGIT_MASK;
    if (n == 3) o->digits[2] = (mp_digit)(magnitude >> (2 * DIGIT_BITS));
    return asy_from_obj(o);
}

Value asy_big_copy(VM *vm, const IntView *a, bool negative)
{
    IntObj *o = asy_int_alloc(vm, a->n);
    if (!o) return ASY_ERR;
    if (a->n) memcpy(o->digits, a->d, a->n * sizeof(mp_digit));
    o->negative = negative;
    return asy_int_finish(vm, o);
}

// a is not shorter than b; out has one digit more than a.
static void add_digits(const IntView *a, const IntView *b, mp_digit *out)
{
    mp_digit carry = 0;
    uint32_t i = 0;
    for (; i < b->n; i++) {
        mp_digit t = a->d[i] + b->d[i] + carry;
        out[i] = t & DIGIT_MASK;
        carry = t >> DIGIT_BITS;
    }
    for (; i < a->n; i++) {
        mp_digit t = a->d[i] + carry;
        out[i] = t & DIGIT_MASK;
        carry = t >> DIGIT_BITS;
    }
    out[i] = carry;
}

// a is not less than b in magnitude; out has as many digits as a.
static void subtract_digits(const IntView *a, const IntView *b, mp_digit *out)
{
    mp_digit borrow = 0;
    uint32_t i = 0;
    for (; i < b->n; i++) {
        mp_digit t = a->d[i] - b->d[i] - borrow;
        out[i] = t & DIGIT_MASK;
        borrow = t >> 63;
    }
    for (; i < a->n; i++) {
        mp_digit t = a->d[i] - borrow;
        out[i] = t & DIGIT_MASK;
        borrow = t >> 63;
    }
}

Value asy_big_add(VM *vm, const IntView *a, const IntView *b, bool subtract)
{
    bool neg_a = a->negative, neg_b = b->negative != subtract, add = neg_a == neg_b;
    if (add ? a->n < b->n : asy_int_magnitude_compare(a, b) < 0) {      // the larger first; the result has its sign
        const IntView *other = a;
        a = b;
        b = other;
        neg_a = neg_b;
    }
    IntObj *o = asy_int_alloc(vm, (size_t)a->n + add);
    if (!o) return ASY_ERR;
    o->negative = neg_a;
    if (add) add_digits(a, b, o->digits);
    else subtract_digits(a, b, o->digits);
    return asy_int_finish(vm, o);
}

// a is not longer than b.
static Value mul_schoolbook(VM *vm, const IntView *a, const IntView *b)
{
    if (a->n == 0) return asy_from_small(0);
    bool negative = a->negative != b->negative;
    if (b->n == 1) return asy_big_from_wide(vm, (Wide)a->d[0] * b->d[0], negative);
    IntObj *o = asy_int_alloc(vm, (size_t)a->n + b->n);
    if (!o) return ASY_ERR;
    mp_digit carry = 0, x = a->d[0];
    for (uint32_t k = 0; k < b->n; k++) {
        Wide t = (Wide)x * b->d[k] + carry;
        o->digits[k] = (mp_digit)t & DIGIT_MASK;
        carry = (mp_digit)(t >> DIGIT_BITS);
    }
    o->digits[b->n] = carry;
    for (uint32_t i = 1; i < a->n; i++) {
        carry = 0;
        x = a->d[i];
        mp_digit *row = o->digits + i;
        for (uint32_t k = 0; k < b->n; k++) {
            Wide t = (Wide)x * b->d[k] + row[k] + carry;
            row[k] = (mp_digit)t & DIGIT_MASK;
            carry = (mp_digit)(t >> DIGIT_BITS);
        }
        row[b->n] = carry;
    }
    o->negative = negative;
    return asy_int_finish(vm, o);
}

Value asy_big_mul(VM *vm, const IntView *a, const IntView *b)
{
    uint32_t shorter = a->n < b->n ? a->n : b->n;
    if (shorter <= SCHOOLBOOK_MAX) return a->n < b->n ? mul_schoolbook(vm, a, b) : mul_schoolbook(vm, b, a);
    if (a->n + b->n > LONG_WORK && !asy_check_pending(vm)) return ASY_ERR;
    if ((size_t)a->n + b->n > DIGITS_MAX) return asy_raise_memory(vm);
    mp_int x = asy_int_as_mp(a), y = asy_int_as_mp(b), r;
    mp_err err = mp_init_size(&r, x.used + y.used + 1);
    if (err != MP_OKAY) return asy_int_raise_mp(vm, err);
    return asy_int_from_mp(vm, &r, mp_mul(&x, &y, &r));
}

void asy_int_shift_digits(const IntView *a, unsigned bits, mp_digit *out)
{
    mp_digit carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        mp_digit d = a->d[i];
        out[i] = (d << bits & DIGIT_MASK) | carry;
        carry = d >> 1 >> (DIGIT_BITS - 1 - bits);      // also by no bits
    }
    out[a->n] = carry;
}

Value asy_big_shift_left(VM *vm, const IntView *a, uint64_t bits)
{
    uint64_t words = bits / DIGIT_BITS;
    if (a->n == 0) return asy_from_small(0);
    if (words > DIGITS_MAX) return asy_raise_memory(vm);
    IntObj *o = asy_int_alloc(vm, (size_t)words + a->n + 1);
    if (!o) return ASY_ERR;
    if (words) memset(o->digits, 0, (size_t)words * sizeof(mp_digit));
    asy_int_shift_digits(a, (unsigned)(bits % DIGIT_BITS), o->digits + words);
    o->negative = a->negative;
    return asy_int_finish(vm, o);
}

Value asy_big_shift_right(VM *vm, const IntView *a, uint64_t bits)
{
    uint64_t words = bits / DIGIT_BITS;
    unsigned bit = (unsigned)(bits % DIGIT_BITS);
    if (words >= a->n) return asy_from_small(a->negative && a->n ? -1 : 0);
    IntObj *o = asy_int_alloc(vm, a->n - (size_t)words + 1);
    if (!o) return ASY_ERR;
    // A negative number is rounded down: one more in magnitude if a set bit is lost.
    bool lost = (a->d[words] & (((mp_digit)1 << bit) - 1)) != 0;
    for (uint64_t i = 0; i < words && !lost; i++) lost = a->d[i] != 0;
    mp_digit carry = a->negative && lost;
    uint32_t n = (uint32_t)(a->n - words);
    for (uint32_t i = 0; i < n; i++) {
        mp_digit low = a->d[words + i] >> bit;
        mp_digit high = bit && i + 1 < n ? a->d[words + i + 1] << (DIGIT_BITS - bit) : 0;
        mp_digit t = ((low | high) & DIGIT_MASK) + carry;
        o->digits[i] = t & DIGIT_MASK;
        carry = t >> DIGIT_BITS;
    }
    o->digits[n] = carry;
    o->negative = a->negative;
    return asy_int_finish(vm, o);
}

// Digits of a number in two's complement, one after the other, sign-extended for ever.
typedef struct Twos {
    const IntView *v;
    mp_digit carry;
} Twos;

static mp_digit twos_next(Twos *t, uint32_t i)
{
    mp_digit d = i < t->v->n ? t->v->d[i] : 0;
    if (!t->v->negative) return d;
    d = (d ^ DIGIT_MASK) + t->carry;
    t->carry = d >> DIGIT_BITS;
    return d & DIGIT_MASK;
}

Value asy_big_bitwise(VM *vm, const IntView *a, const IntView *b, int op)
{
    if (a->n < b->n) {
        const IntView *other = a;
        a = b;
        b = other;
    }
    if (!a->negative && !b->negative) {
        IntObj *o = asy_int_alloc(vm, op == BIN_AND ? b->n : a->n);
        if (!o) return ASY_ERR;
        for (uint32_t i = 0; i < b->n; i++) {
            mp_digit p = a->d[i], q = b->d[i];
            o->digits[i] = op == BIN_AND ? p & q : op == BIN_OR ? p | q : p ^ q;
        }
        for (uint32_t i = b->n; i < o->used; i++) o->digits[i] = a->d[i];
        return asy_int_finish(vm, o);
    }
    uint32_t n = a->n + 1;
    IntObj *o = asy_int_alloc(vm, n);
    if (!o) return ASY_ERR;
    Twos x = { a, 1 }, y = { b, 1 };
    for (uint32_t i = 0; i < n; i++) {
        mp_digit p = twos_next(&x, i), q = twos_next(&y, i);
        o->digits[i] = op == BIN_AND ? p & q : op == BIN_OR ? p | q : p ^ q;
    }
    o->negative = o->digits[n - 1] >> (DIGIT_BITS - 1);
    if (o->negative) {
        mp_digit carry = 1;
        for (uint32_t i = 0; i < n; i++) {
            mp_digit d = (o->digits[i] ^ DIGIT_MASK) + carry;
            o->digits[i] = d & DIGIT_MASK;
            carry = d >> DIGIT_BITS;
        }
    }
    return asy_int_finish(vm, o);
}

// ---- powers ----

Value asy_big_pow(VM *vm, const IntView *a, uint64_t exponent)
{
    if (exponent == 0) return asy_from_small(1);
    if (a->n == 0) return asy_from_small(0);
    bool negative = a->negative && (exponent & 1);
    if (a->n == 1 && a->d[0] == 1) return asy_from_small(negative ? -1 : 1);
    size_t bits = asy_int_view_bits(a);
    // The result has at least (bits-1) * exponent bits.
    if ((bits - 1) > (size_t)DIGITS_MAX * DIGIT_BITS / exponent) return asy_raise_memory(vm);
    if (a->n == 1 && (a->d[0] & (a->d[0] - 1)) == 0) {      // a power of two
        IntView one;
        asy_int_view_i64(negative ? -1 : 1, &one);
        return asy_big_shift_left(vm, &one, (bits - 1) * exponent);
    }
    mp_int base = asy_int_as_mp(a), r;
    mp_err err = mp_init_copy(&r, &base);
    if (err != MP_OKAY) return asy_int_raise_mp(vm, err);
    for (int bit = 62 - __builtin_clzll(exponent); bit >= 0 && err == MP_OKAY; bit--) {
        if (r.used > LONG_WORK / 4 && !asy_check_pending(vm)) {
            mp_clear(&r);
            return ASY_ERR;
        }
        if (r.used > DIGITS_MAX / 2) err = MP_MEM;
        if (err == MP_OKAY) err = mp_sqr(&r, &r);
        if (err == MP_OKAY && (exponent >> bit & 1)) err = mp_mul(&r, &base, &r);
    }
    return asy_int_from_mp(vm, &r, err);
}

static Value pow_small_mod(VM *vm, int64_t a, uint64_t e, int64_t m)
{
    uint64_t modulus = m < 0 ? 0 - (uint64_t)m : (uint64_t)m;
    uint64_t base = (a < 0 ? 0 - (uint64_t)a : (uint64_t)a) % modulus;
    if (a < 0 && base) base = modulus - base;
    uint64_t r = 1 % modulus;
    for (; e; e >>= 1) {
        if (e & 1) r = (uint64_t)((Wide)r * base % modulus);
        base = (uint64_t)((Wide)base * base % modulus);
    }
    return asy_int_from_i64(vm, m < 0 && r ? (int64_t)(r - modulus) : (int64_t)r);
}

static Value pow_mod(VM *vm, Value a, Value b, Value m)
{
    int64_t i, k, n;
    if (asy_int_sign(vm, m) == 0) return asy_raise(vm, EXC_ValueError, "pow() 3rd argument cannot be 0");
    if (asy_int_small(a, &i) && asy_int_small(b, &k) && asy_int_small(m, &n) && k >= 0 && n != INT64_MIN)
        return pow_small_mod(vm, i, (uint64_t)k, n);
    IntView x, y, z;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    asy_int_view(m, &z);
    mp_int base = asy_int_as_mp(&x), exponent = asy_int_as_mp(&y), modulus = asy_int_as_mp(&z), r, t;
    bool negative_modulus = z.negative, inverse = y.negative && y.n;
    modulus.sign = exponent.sign = MP_ZPOS;
    if (modulus.used == 1 && modulus.dp[0] == 1) return asy_from_small(0);
    if ((uint64_t)z.n * z.n * (y.n + 1) > (uint64_t)LONG_WORK * LONG_WORK && !asy_check_pending(vm)) return ASY_ERR;
    mp_err err = mp_init_multi(&r, &t, NULL);
    if (err != MP_OKAY) return asy_int_raise_mp(vm, err);
    err = mp_mod(&base, &modulus, &t);      // 0 <= t < modulus
    if (err == MP_OKAY && inverse) {
        err = mp_iszero(&t) ? MP_VAL : mp_invmod(&t, &modulus, &t);
        if (err == MP_VAL) {
            mp_clear_multi(&r, &t, NULL);
            return asy_raise(vm, EXC_ValueError, "base is not invertible for the given modulus");
        }
    }
    if (err == MP_OKAY) err = mp_exptmod(&t, &exponent, &modulus, &r);
    if (err == MP_OKAY && negative_modulus && !mp_iszero(&r)) err = mp_sub(&r, &modulus, &r);
    mp_clear(&t);
    return asy_int_from_mp(vm, &r, err);
}

// a ** b of integers; with a negative exponent and no modulus, of floats.
Value asy_int_pow(VM *vm, Value a, Value b, Value modulus)
{
    if (!asy_is_nil(modulus) && !asy_is_none(modulus)) return pow_mod(vm, a, b, modulus);
    if (asy_int_sign(vm, b) < 0) {
        double x, y;
        if (!asy_int_to_double(vm, a, &x) || !asy_int_to_double(vm, b, &y)) return ASY_ERR;
        if (x == 0) return asy_raise(vm, EXC_ZeroDivisionError, "0.0 cannot be raised to a negative power");
        return asy_from_double(pow(x, y));
    }
    int64_t i, e;
    if (!asy_int_small(b, &e)) {
        if (asy_int_small(a, &i) && i >= -1 && i <= 1) {
            uint64_t low = 0;
            (void)asy_int_low_bits(vm, b, &low);
            return asy_from_small(i >= 0 || (low & 1) ? i : 1);
        }
        return asy_raise_memory(vm);
    }
    if (asy_int_small(a, &i)) {
        int64_t r = 1, base = i, n = e;
        bool over = false;
        while (n && !over) {
            if (n & 1) over = __builtin_mul_overflow(r, base, &r);
            n >>= 1;
            if (n && !over) over = __builtin_mul_overflow(base, base, &base);
        }
        if (!over) return asy_int_from_i64(vm, r);
    }
    IntView x;
    asy_int_view(a, &x);
    return asy_big_pow(vm, &x, (uint64_t)e);
}
