// Arithmetic on integers of any size, as sign and 60-bit digits.
//
// Linear work and short products are done here, straight into the result's object; long products, division
// and modular powers by libtommath, whose results are copied out of its own memory. What may take long asks
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

static int magnitude_compare(const IntView *a, const IntView *b)
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
    int c = magnitude_compare(a, b);
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

Value asy_big_add(VM *vm, const IntView *a, const IntView *b, bool subtract)
{
    bool neg_a = a->negative, neg_b = b->negative != subtract;
    bool add = neg_a == neg_b;
    if (magnitude_compare(a, b) < 0) {      // the larger first; the result has its sign
        const IntView *other = a;
        a = b;
        b = other;
        neg_a = neg_b;
    }
    IntObj *o = asy_int_alloc(vm, (size_t)a->n + 1);
    if (!o) return ASY_ERR;
    o->negative = neg_a;
    mp_digit carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        mp_digit y = i < b->n ? b->d[i] : 0;
        mp_digit t = add ? a->d[i] + y + carry : a->d[i] - y - carry;
        o->digits[i] = t & DIGIT_MASK;
        carry = add ? t >> DIGIT_BITS : t >> 63;
    }
    o->digits[a->n] = carry;
    return asy_int_finish(vm, o);
}

static Value mul_schoolbook(VM *vm, const IntView *a, const IntView *b)
{
    IntObj *o = asy_int_alloc(vm, (size_t)a->n + b->n);
    if (!o) return ASY_ERR;
    memset(o->digits, 0, ((size_t)a->n + b->n) * sizeof(mp_digit));
    for (uint32_t i = 0; i < a->n; i++) {
        mp_digit carry = 0, x = a->d[i];
        mp_digit *row = o->digits + i;
        for (uint32_t k = 0; k < b->n; k++) {
            Wide t = (Wide)x * b->d[k] + row[k] + carry;
            row[k] = (mp_digit)t & DIGIT_MASK;
            carry = (mp_digit)(t >> DIGIT_BITS);
        }
        row[b->n] = carry;
    }
    o->negative = a->negative != b->negative;
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

// a divided by one digit: the quotient goes to q (as many digits as a), the remainder is returned.
static mp_digit div_digit(const IntView *a, mp_digit divisor, mp_digit *q)
{
    Wide r = 0;
    for (uint32_t i = a->n; i-- > 0;) {
        r = r << DIGIT_BITS | a->d[i];
        q[i] = (mp_digit)(r / divisor);
        r %= divisor;
    }
    return (mp_digit)r;
}

// One step of long division: the next digit of the quotient of u[0..n] by v[0..n), whose top bit is set;
// u becomes what is left. (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D.)
static mp_digit div_step(mp_digit *u, const mp_digit *v, uint32_t n)
{
    Wide top = (Wide)u[n] << DIGIT_BITS | u[n - 1];
    Wide q = top / v[n - 1], r = top % v[n - 1];
    // The guess is at most two too high; looking at one more digit nearly always corrects it.
    while (q >> DIGIT_BITS || q * v[n - 2] > (r << DIGIT_BITS | u[n - 2])) {
        q--;
        r += v[n - 1];
        if (r >> DIGIT_BITS) break;
    }
    mp_digit borrow = 0, carry = 0, digit = (mp_digit)q;
    for (uint32_t i = 0; i < n; i++) {
        Wide product = (Wide)digit * v[i] + carry;
        carry = (mp_digit)(product >> DIGIT_BITS);
        mp_digit t = u[i] - ((mp_digit)product & DIGIT_MASK) - borrow;
        u[i] = t & DIGIT_MASK;
        borrow = t >> 63;
    }
    mp_digit t = u[n] - carry - borrow;
    u[n] = t & DIGIT_MASK;
    if (t >> 63) {
        digit--;
        carry = 0;
        for (uint32_t i = 0; i < n; i++) {
            mp_digit sum = u[i] + v[i] + carry;
            u[i] = sum & DIGIT_MASK;
            carry = sum >> DIGIT_BITS;
        }
        u[n] = (u[n] + carry) & DIGIT_MASK;
    }
    return digit;
}

// Shifts left by less than a digit; `out` has one digit more.
static void shift_small(const IntView *a, unsigned bits, mp_digit *out)
{
    mp_digit carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        out[i] = (a->d[i] << bits & DIGIT_MASK) | carry;
        carry = bits ? a->d[i] >> (DIGIT_BITS - bits) : 0;
    }
    out[a->n] = carry;
}

// Long division of a by b, of two digits or more and not longer than a; q and r are objects with room for the
// quotient (a->n - b->n + 1 digits) and for a->n + 1 digits.
static bool div_long(VM *vm, const IntView *a, const IntView *b, IntObj *q, IntObj *r)
{
    uint32_t n = b->n, steps = a->n - n + 1;
    unsigned shift = (unsigned)__builtin_clzll(b->d[n - 1]) - (64 - DIGIT_BITS);
    mp_digit local[32], *v = n < 32 ? local : asy_mem_alloc(vm, (n + 1) * sizeof(mp_digit));
    if (!v) {
        asy_raise_memory(vm);
        return false;
    }
    shift_small(b, shift, v);
    shift_small(a, shift, r->digits);
    bool ok = true;
    for (uint32_t i = steps; ok && i-- > 0;) {
        q->digits[i] = div_step(r->digits + i, v, n);
        if (n > LONG_WORK / 8 && (i & 63) == 0) ok = asy_check_pending(vm);
    }
    for (uint32_t i = 0; i < n; i++)
        r->digits[i] = r->digits[i] >> shift | (shift ? r->digits[i + 1] << (DIGIT_BITS - shift) & DIGIT_MASK : 0);
    r->used = n;
    if (v != local) asy_mem_free(vm, v, (n + 1) * sizeof(mp_digit));
    return ok;
}

// Quotient and remainder of magnitudes; both NIL on error.
static bool magnitude_divmod(VM *vm, const IntView *a, const IntView *b, Value *quotient, Value *remainder)
{
    *quotient = *remainder = ASY_NIL;
    if (magnitude_compare(a, b) < 0) {
        IntView copy = { .d = a->d, .n = a->n };
        *remainder = asy_big_shift_left(vm, &copy, 0);
        *quotient = asy_from_small(0);
        return !asy_is_err(*remainder);
    }
    IntObj *q = asy_int_alloc(vm, a->n - b->n + 1u), *r = NULL;
    if (!q) return false;
    if (b->n == 1) {
        mp_digit rest = div_digit(a, b->d[0], q->digits);
        *remainder = asy_int_from_i64(vm, (int64_t)rest);
    } else {
        r = asy_int_alloc(vm, a->n + 1u);
        *remainder = r && div_long(vm, a, b, q, r) ? asy_int_finish(vm, r) : ASY_ERR;
        if (asy_is_err(*remainder)) asy_release_obj(vm, r);
    }
    if (asy_is_err(*remainder)) {
        asy_release_obj(vm, q);
        *remainder = ASY_NIL;
        return false;
    }
    *quotient = asy_int_finish(vm, q);
    return true;
}

bool asy_big_divmod(VM *vm, const IntView *a, const IntView *b, Value *quotient, Value *remainder)
{
    Value q, r;
    if (!magnitude_divmod(vm, a, b, &q, &r)) return false;
    // From truncated to floor: with different signs and something left, one less and the rest from b.
    bool differ = a->negative != b->negative, rest = asy_int_sign(vm, r) != 0;
    if (differ) {
        Value minus = asy_int_binary(vm, BIN_SUB, asy_from_small(rest ? -1 : 0), q);
        asy_set(vm, &q, minus);
    }
    if (!asy_is_err(q) && rest) {
        IntView x;
        asy_int_view(r, &x);
        x.negative = a->negative;
        Value signed_rest = differ ? asy_big_add(vm, &x, b, false) : x.negative ? asy_big_shift_left(vm, &x, 0) : asy_retain(r);
        asy_set(vm, &r, signed_rest);
    }
    if (asy_is_err(q) || asy_is_err(r)) {
        asy_release(vm, q);
        asy_release(vm, r);
        return false;
    }
    if (quotient) *quotient = q;
    else asy_release(vm, q);
    if (remainder) *remainder = r;
    else asy_release(vm, r);
    return true;
}

Value asy_big_shift_left(VM *vm, const IntView *a, uint64_t bits)
{
    uint64_t words = bits / DIGIT_BITS;
    unsigned bit = (unsigned)(bits % DIGIT_BITS);
    if (a->n == 0) return asy_from_small(0);
    if (words > DIGITS_MAX) return asy_raise_memory(vm);
    IntObj *o = asy_int_alloc(vm, (size_t)words + a->n + 1);
    if (!o) return ASY_ERR;
    memset(o->digits, 0, (size_t)words * sizeof(mp_digit));
    mp_digit carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        Wide t = (Wide)a->d[i] << bit | carry;
        o->digits[words + i] = (mp_digit)t & DIGIT_MASK;
        carry = (mp_digit)(t >> DIGIT_BITS);
    }
    o->digits[words + a->n] = carry;
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
    uint32_t n = (a->n > b->n ? a->n : b->n) + 1;
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
