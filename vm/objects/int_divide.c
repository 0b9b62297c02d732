// Division of integers of any size: floor division, true division, the greatest common divisor.
//
// What may take long asks asy_check_pending on the way.
#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/int_impl.h"

enum { LONG_DIVISOR = 250, SCRATCH_LOCAL = 96 };        // digits; arbitrary

typedef unsigned __int128 Wide;

// ---- digits ----

// a divided by one digit: the quotient goes to q (as many digits as a; NULL: not wanted), the remainder is returned.
static mp_digit div_digit(const IntView *a, mp_digit divisor, mp_digit *q)
{
    uint64_t rest = 0;
    for (uint32_t i = a->n; i-- > 0;) {
        uint64_t digit = asy_int_divide_wide((Wide)rest << DIGIT_BITS | a->d[i], divisor, &rest);
        if (q) q[i] = digit;
    }
    return rest;
}

// One step of long division: the next digit of the quotient of u[0..n] by v[0..n), whose top bit is set;
// u becomes what is left. (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D.)
static mp_digit div_step(mp_digit *u, const mp_digit *v, uint32_t n)
{
    uint64_t r, digit = asy_int_divide_wide((Wide)u[n] << DIGIT_BITS | u[n - 1], v[n - 1], &r);
    // The guess is at most two too high; looking at one more digit nearly always corrects it.
    while (digit >> DIGIT_BITS || (Wide)digit * v[n - 2] > ((Wide)r << DIGIT_BITS | u[n - 2])) {
        digit--;
        r += v[n - 1];
        if (r >> DIGIT_BITS) break;
    }
    mp_digit borrow = 0, carry = 0;
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

// a by b, in magnitude, a not less than b: a->n - b->n + 1 digits of the quotient to q (NULL: not wanted), the remainder
// to r, which has room for a->n + 1 digits; its first b->n are it.
static bool div_digits(VM *vm, const IntView *a, const IntView *b, mp_digit *q, mp_digit *r)
{
    uint32_t n = b->n;
    if (n == 1) {
        r[0] = div_digit(a, b->d[0], q);
        return true;
    }
    unsigned shift = (unsigned)__builtin_clzll(b->d[n - 1]) - (64 - DIGIT_BITS);
    mp_digit local[32], *v = n < 32 ? local : asy_mem_alloc(vm, (n + 1) * sizeof(mp_digit));
    if (!v) {
        asy_raise_memory(vm);
        return false;
    }
    asy_int_shift_digits(b, shift, v);
    asy_int_shift_digits(a, shift, r);
    bool ok = true;
    for (uint32_t i = a->n - n + 1; ok && i-- > 0;) {
        mp_digit digit = div_step(r + i, v, n);
        if (q) q[i] = digit;
        if (n > LONG_DIVISOR && (i & 63) == 0) ok = asy_check_pending(vm);
    }
    for (uint32_t i = 0; i < n; i++)
        r[i] = r[i] >> shift | (shift ? r[i + 1] << (DIGIT_BITS - shift) & DIGIT_MASK : 0);
    if (v != local) asy_mem_free(vm, v, (n + 1) * sizeof(mp_digit));
    return ok;
}

static bool is_zero(const mp_digit *d, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (d[i]) return false;
    return true;
}

static void increment(mp_digit *d)
{
    while (*d == DIGIT_MASK) *d++ = 0;
    ++*d;
}

// r = b - r
static void subtract_from(const IntView *b, mp_digit *r)
{
    mp_digit borrow = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        mp_digit t = b->d[i] - r[i] - borrow;
        r[i] = t & DIGIT_MASK;
        borrow = t >> 63;
    }
}

// ---- floor division ----

// a is less than b in magnitude.
static bool divmod_less(VM *vm, const IntView *a, const IntView *b, Value *quotient, Value *remainder)
{
    bool below = a->n && a->negative != b->negative;        // rounded down to -1
    if (remainder) {
        *remainder = below ? asy_big_add(vm, a, b, false) : asy_big_copy(vm, a, a->negative);
        if (asy_is_err(*remainder)) return false;
    }
    if (quotient) *quotient = asy_from_small(below ? -1 : 0);
    return true;
}

bool asy_big_divmod(VM *vm, const IntView *a, const IntView *b, Value *quotient, Value *remainder)
{
    if (asy_int_magnitude_compare(a, b) < 0) return divmod_less(vm, a, b, quotient, remainder);
    uint32_t n = b->n, steps = a->n - n + 1;
    bool one = n == 1, ok = false;
    mp_digit local[SCRATCH_LOCAL], *scratch = NULL, *work = local;
    size_t scratch_size = ((size_t)a->n + 1) * sizeof(mp_digit);
    IntObj *q = NULL, *r = NULL;
    if (quotient && !(q = asy_int_alloc(vm, (size_t)steps + 1))) goto done;
    if (remainder && !one) {
        if (!(r = asy_int_alloc(vm, (size_t)a->n + 1))) goto done;
        work = r->digits;
    } else if (!one && a->n >= SCRATCH_LOCAL) {
        work = scratch = asy_mem_alloc(vm, scratch_size);
        if (!scratch) {
            asy_raise_memory(vm);
            goto done;
        }
    }
    if (!div_digits(vm, a, b, q ? q->digits : NULL, work)) goto done;
    if (q) q->digits[steps] = 0;
    // From truncated to floor: with different signs and something left, one more in magnitude, and the rest from b.
    if (a->negative != b->negative && !is_zero(work, n)) {
        if (q) increment(q->digits);
        subtract_from(b, work);
    }
    if (remainder && one) {
        *remainder = asy_int_from_i64(vm, b->negative ? -(int64_t)work[0] : (int64_t)work[0]);
        if (asy_is_err(*remainder)) goto done;
    } else if (remainder) {
        r->used = n;
        r->negative = b->negative;
        *remainder = asy_int_finish(vm, r);
        r = NULL;
    }
    if (q) {
        q->negative = a->negative != b->negative;
        *quotient = asy_int_finish(vm, q);
        q = NULL;
    }
    ok = true;
done:
    asy_mem_free(vm, scratch, scratch_size);
    asy_release_obj(vm, q);
    asy_release_obj(vm, r);
    return ok;
}

// ---- true division ----

// The view's magnitude shifted left into `digits`, which has room for bits / DIGIT_BITS + a->n + 1.
static IntView shifted(const IntView *a, uint64_t bits, mp_digit *digits)
{
    size_t words = (size_t)(bits / DIGIT_BITS), n = words + a->n + 1;
    memset(digits, 0, words * sizeof(mp_digit));
    asy_int_shift_digits(a, (unsigned)(bits % DIGIT_BITS), digits + words);
    while (digits[n - 1] == 0) n--;
    return (IntView){ .d = digits, .n = (uint32_t)n };
}

// The quotient of 66 or 67 bits (fewer where the result will be subnormal), its lowest bit saying whether anything was cut
// off, as a double times 2^-shift: rounding it is rounding the exact quotient. Infinite if it is too large.
static double rounded(Wide q, int64_t shift, int64_t subnormal_shift)
{
    if (shift == subnormal_shift && q >> 54 == 0) {
        // Below the normal range: rounded to the last place that there is, two bits up.
        uint64_t m = (uint64_t)q, up = m >> 2;
        up += (m & 3) > 2 || ((m & 3) == 2 && (up & 1));
        return ldexp((double)up, (int)(2 - shift));
    }
    return ldexp((double)q, (int)-shift);
}

Value asy_big_truediv(VM *vm, const IntView *a, const IntView *b)
{
    enum { SUBNORMAL_SHIFT = 1076 };        // two bits below the smallest double
    bool negative = a->negative != b->negative;
    int64_t bits_a = (int64_t)asy_int_view_bits(a), bits_b = (int64_t)asy_int_view_bits(b);
    if (bits_a - bits_b > 1025) return asy_raise(vm, EXC_OverflowError, "integer division result too large for a float");
    if (bits_a - bits_b < -SUBNORMAL_SHIFT) return asy_from_double(negative ? -0.0 : 0.0);
    int64_t shift = 66 - (bits_a - bits_b);
    if (shift > SUBNORMAL_SHIFT) shift = SUBNORMAL_SHIFT;
    uint64_t up = shift > 0 ? (uint64_t)shift : 0, down = shift < 0 ? (uint64_t)-shift : 0;
    // The two shifted operands, the quotient (as many digits as there is room for), and what is left.
    size_t num_room = (size_t)(up / DIGIT_BITS) + a->n + 1, den_room = (size_t)(down / DIGIT_BITS) + b->n + 1;
    size_t size = (num_room * 3 + den_room + 1) * sizeof(mp_digit);
    mp_digit local[SCRATCH_LOCAL], *scratch = size <= sizeof local ? local : asy_mem_alloc(vm, size);
    if (!scratch) return asy_raise_memory(vm);
    IntView num = shifted(a, up, scratch), den = shifted(b, down, scratch + num_room);
    mp_digit *q = scratch + num_room + den_room, *r = q + num_room;
    Wide quotient = 0;
    bool ok = true, left = true;
    if (asy_int_magnitude_compare(&num, &den) >= 0) {
        ok = div_digits(vm, &num, &den, q, r);
        if (ok) {
            for (uint32_t i = num.n - den.n + 1; i-- > 0;) quotient = quotient << DIGIT_BITS | q[i];
            left = !is_zero(r, den.n);
        }
    }
    if (scratch != local) asy_mem_free(vm, scratch, size);
    if (!ok) return ASY_ERR;
    double d = rounded(quotient | left, shift, SUBNORMAL_SHIFT);
    if (isinf(d)) return asy_raise(vm, EXC_OverflowError, "integer division result too large for a float");
    return asy_from_double(negative ? -d : d);
}

// ---- the greatest common divisor ----

static uint64_t gcd_words(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

typedef struct Cofactors {      // x' = a x + b y, y' = c x + d y
    int64_t a, b, c, d;
} Cofactors;

// As many of Euclid's steps as are decided by the upper bits of x and y alone. (Lehmer; the condition under which the next
// remainder is that of the whole numbers, whatever their lower bits, is Jebelean's, 1993.)
static Cofactors leading_steps(uint64_t x, uint64_t y)
{
    Cofactors m = { 1, 0, 0, 1 };
    int64_t p = (int64_t)x, q = (int64_t)y;
    for (bool even = true; q; even = !even) {
        int64_t t = (int64_t)((uint64_t)p / (uint64_t)q), rest = p - t * q;
        int64_t c = m.a - t * m.c, d = m.b - t * m.d;
        bool sure = even ? rest >= -d && q - rest >= c - m.c : rest >= -c && q - rest >= d - m.d;
        if (!sure) break;
        m = (Cofactors){ m.c, m.d, c, d };
        p = q;
        q = rest;
    }
    return m;
}

// x and y, n digits each, become the combinations of themselves.
static void combine(const Cofactors *m, mp_digit *x, mp_digit *y, uint32_t n)
{
    __int128 carry_x = 0, carry_y = 0;
    for (uint32_t i = 0; i < n; i++) {
        __int128 p = (__int128)x[i], q = (__int128)y[i];
        carry_x += m->a * p + m->b * q;
        carry_y += m->c * p + m->d * q;
        x[i] = (mp_digit)carry_x & DIGIT_MASK;
        y[i] = (mp_digit)carry_y & DIGIT_MASK;
        carry_x >>= DIGIT_BITS;
        carry_y >>= DIGIT_BITS;
    }
}

static uint32_t used_digits(const mp_digit *d, uint32_t n)
{
    while (n && d[n - 1] == 0) n--;
    return n;
}

// The top 60 bits of x, whose highest digit is not zero, and those of y at the same place.
static void leading_bits(const mp_digit *x, const mp_digit *y, uint32_t n, uint64_t *p, uint64_t *q)
{
    unsigned shift = (unsigned)__builtin_clzll(x[n - 1]) - (64 - DIGIT_BITS);
    *p = (x[n - 1] << shift & DIGIT_MASK) | x[n - 2] >> 1 >> (DIGIT_BITS - 1 - shift);
    *q = (y[n - 1] << shift & DIGIT_MASK) | y[n - 2] >> 1 >> (DIGIT_BITS - 1 - shift);
}

// Of x and y, `n` digits each with zeros above, x not less than y; r is as large and one digit more. The result is
// asked for once y fits a digit: *n are x's digits then. False: raised.
static bool gcd_digits(VM *vm, mp_digit **x, mp_digit **y, mp_digit *r, uint32_t *n)
{
    for (;;) {
        uint32_t nx = used_digits(*x, *n), ny = used_digits(*y, *n);
        *n = nx;
        if (ny < 2) return true;
        if (nx > LONG_DIVISOR && !asy_check_pending(vm)) return false;
        uint64_t p, q;
        leading_bits(*x, *y, nx, &p, &q);
        Cofactors m = nx == ny ? leading_steps(p, q) : (Cofactors){ 0 };
        if (m.b) {
            combine(&m, *x, *y, nx);
        } else {        // the quotient is too large for that: divide
            IntView a = { .d = *x, .n = nx }, b = { .d = *y, .n = ny };
            if (!div_digits(vm, &a, &b, NULL, r)) return false;
            memcpy(*x, r, ny * sizeof(mp_digit));
            memset(*x + ny, 0, (nx - ny) * sizeof(mp_digit));
            mp_digit *t = *x;
            *x = *y;
            *y = t;
        }
    }
}

static Value gcd_big(VM *vm, const IntView *a, const IntView *b)
{
    if (asy_int_magnitude_compare(a, b) < 0) {
        const IntView *other = a;
        a = b;
        b = other;
    }
    if (b->n == 0) return asy_big_copy(vm, a, false);
    if (b->n == 1) return asy_big_from_wide(vm, gcd_words(b->d[0], div_digit(a, b->d[0], NULL)), false);
    uint32_t n = a->n;
    size_t size = ((size_t)n * 3 + 1) * sizeof(mp_digit);
    mp_digit local[SCRATCH_LOCAL], *scratch = size <= sizeof local ? local : asy_mem_alloc(vm, size);
    if (!scratch) return asy_raise_memory(vm);
    mp_digit *x = scratch, *y = scratch + n;
    memcpy(x, a->d, n * sizeof(mp_digit));
    memcpy(y, b->d, b->n * sizeof(mp_digit));
    memset(y + b->n, 0, (n - b->n) * sizeof(mp_digit));
    Value out = ASY_ERR;
    if (gcd_digits(vm, &x, &y, scratch + (size_t)2 * n, &n)) {
        IntView rest = { .d = x, .n = n };
        out = y[0] ? asy_big_from_wide(vm, gcd_words(y[0], div_digit(&rest, y[0], NULL)), false) : asy_big_copy(vm, &rest, false);
    }
    if (scratch != local) asy_mem_free(vm, scratch, size);
    return out;
}

Value asy_int_gcd(VM *vm, Value a, Value b)
{
    int64_t i, k;
    if (asy_int_small(a, &i) && asy_int_small(b, &k)) {
        uint64_t g = gcd_words(i < 0 ? 0 - (uint64_t)i : (uint64_t)i, k < 0 ? 0 - (uint64_t)k : (uint64_t)k);
        return asy_big_from_wide(vm, g, false);
    }
    IntView x, y;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    return gcd_big(vm, &x, &y);
}
