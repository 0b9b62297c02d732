// int: the forms of a value, conversion from and to C, and arithmetic on forms that fit a machine word.
//
// Everything that may exceed 64 bits goes on in int_big.c; text is in int_text.c, the type in int_type.c.
#include "vm/objects/int.h"

#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/types.h"

bool asy_is_integer(VM *vm, Value v)
{
    (void)vm;
    return asy_is_int(v) || asy_is_bool(v) || (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_INT));
}

IntObj *asy_int_alloc(VM *vm, size_t n)
{
    if (n > DIGITS_MAX) {
        asy_raise_memory(vm);
        return NULL;
    }
    IntObj *o = asy_object_alloc_extra(vm, vm->types.int_, n * sizeof(mp_digit));
    if (!o) return NULL;
    o->digits = (mp_digit *)(void *)(o + 1);
    o->used = (uint32_t)n;
    return o;
}

Value asy_int_finish(VM *vm, IntObj *o)
{
    while (o->used && o->digits[o->used - 1] == 0) o->used--;
    if (o->used > 2) return asy_from_obj(o);
    unsigned __int128 magnitude = 0;
    for (uint32_t i = o->used; i-- > 0;) magnitude = magnitude << DIGIT_BITS | o->digits[i];
    if (magnitude > (unsigned __int128)INT64_MAX + o->negative) return asy_from_obj(o);
    int64_t i = (int64_t)(o->negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude);
    if (asy_int_fits(i)) {
        asy_release_obj(vm, o);
        return asy_from_small(i);
    }
    o->small = i;
    o->used = 0;
    o->negative = false;
    return asy_from_obj(o);
}

Value asy_int_from_i64_slow(VM *vm, int64_t i)
{
    if (asy_int_fits(i)) return asy_from_small(i);
    IntObj *o = asy_object_alloc(vm, vm->types.int_);
    if (!o) return ASY_ERR;
    o->small = i;
    return asy_from_obj(o);
}

Value asy_int_from_u64(VM *vm, uint64_t u)
{
    if (u <= INT64_MAX) return asy_int_from_i64(vm, (int64_t)u);
    IntObj *o = asy_int_alloc(vm, 2);
    if (!o) return ASY_ERR;
    o->digits[0] = u & DIGIT_MASK;
    o->digits[1] = u >> DIGIT_BITS;
    return asy_int_finish(vm, o);
}

void asy_int_view_i64(int64_t i, IntView *out)
{
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    out->own[0] = magnitude & DIGIT_MASK;
    out->own[1] = magnitude >> DIGIT_BITS;
    out->d = out->own;
    out->n = out->own[1] ? 2 : out->own[0] ? 1 : 0;
    out->negative = i < 0;
}

void asy_int_view(Value v, IntView *out)
{
    int64_t i;
    if (asy_int_small(v, &i)) {
        asy_int_view_i64(i, out);
        return;
    }
    IntObj *o = asy_as(IntObj, v);
    out->d = o->digits;
    out->n = o->used;
    out->negative = o->negative;
}

Value asy_int_of_type(VM *vm, Type *type, Value v)
{
    IntObj *o = asy_object_alloc(vm, type);
    if (!o) return ASY_ERR;
    if (asy_int_small(v, &o->small)) return asy_from_obj(o);
    IntObj *from = asy_as(IntObj, v);
    // Behind the struct is the room for attributes.
    o->digits = asy_mem_alloc(vm, from->used * sizeof(mp_digit));
    if (!o->digits) {
        asy_release_obj(vm, o);
        return asy_raise_memory(vm);
    }
    memcpy(o->digits, from->digits, from->used * sizeof(mp_digit));
    o->outside = true;
    o->used = from->used;
    o->negative = from->negative;
    return asy_from_obj(o);
}

bool asy_int_as_i64(VM *vm, Value v, int64_t *out)
{
    (void)vm;
    return asy_int_small(v, out);
}

bool asy_int_low_bits(VM *vm, Value v, uint64_t *out)
{
    if (!asy_is_integer(vm, v)) return false;
    IntView x;
    asy_int_view(v, &x);
    uint64_t low = x.n ? x.d[0] : 0;
    if (x.n > 1) low |= x.d[1] << DIGIT_BITS;
    *out = x.negative ? 0 - low : low;
    return true;
}

int asy_int_sign(VM *vm, Value v)
{
    (void)vm;
    IntView x;
    asy_int_view(v, &x);
    return x.n == 0 ? 0 : x.negative ? -1 : 1;
}

size_t asy_int_bit_length(VM *vm, Value v)
{
    (void)vm;
    IntView x;
    asy_int_view(v, &x);
    return asy_int_view_bits(&x);
}

Value asy_int_from_double(VM *vm, double d)
{
    if (isnan(d)) return asy_raise(vm, EXC_ValueError, "cannot convert float NaN to integer");
    if (isinf(d)) return asy_raise(vm, EXC_OverflowError, "cannot convert float infinity to integer");
    d = trunc(d);
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0) return asy_int_from_i64(vm, (int64_t)d);
    int exponent;
    double m = frexp(fabs(d), &exponent);       // exponent > 63
    IntView x;
    asy_int_view_i64((int64_t)ldexp(m, 53), &x);
    x.negative = d < 0;
    return asy_big_shift_left(vm, &x, (uint64_t)exponent - 53);
}

bool asy_int_to_double(VM *vm, Value v, double *out)
{
    int64_t i;
    if (asy_int_small(v, &i)) {
        *out = (double)i;
        return true;
    }
    IntView x;
    asy_int_view(v, &x);
    if (asy_int_view_double(&x, out)) return true;
    asy_raise(vm, EXC_OverflowError, "int too large to convert to float");
    return false;
}

// ---- bytes ----

Value asy_int_from_bytes(VM *vm, const uint8_t *bytes, size_t size, bool little, bool is_signed)
{
    bool negative = is_signed && size && (bytes[little ? size - 1 : 0] & 0x80);
    IntObj *o = asy_int_alloc(vm, size * 8 / DIGIT_BITS + 1);
    if (!o) return ASY_ERR;
    // Two's complement is undone on the way: invert and add one.
    unsigned carry = negative, bits = 0;
    unsigned __int128 pending = 0;
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned byte = bytes[little ? i : size - 1 - i];
        if (negative) {
            byte = (byte ^ 0xFFu) + carry;
            carry = byte >> 8;
            byte &= 0xFFu;
        }
        pending |= (unsigned __int128)byte << bits;
        bits += 8;
        if (bits < DIGIT_BITS) continue;
        o->digits[n++] = (mp_digit)pending & DIGIT_MASK;
        pending >>= DIGIT_BITS;
        bits -= DIGIT_BITS;
    }
    o->digits[n++] = (mp_digit)pending | (mp_digit)carry << bits;
    o->used = (uint32_t)n;
    o->negative = negative;
    return asy_int_finish(vm, o);
}

bool asy_int_to_bytes(VM *vm, Value v, uint8_t *out, size_t size, bool little, bool is_signed)
{
    IntView x;
    asy_int_view(v, &x);
    if (x.negative && !is_signed) {
        asy_raise(vm, EXC_OverflowError, "can't convert negative int to unsigned");
        return false;
    }
    unsigned carry = x.negative, bits = 0;
    unsigned __int128 pending = 0;
    size_t next = 0;
    bool fits = true;
    for (size_t i = 0; i < size; i++) {
        if (bits < 8 && next < x.n) {
            pending |= (unsigned __int128)x.d[next++] << bits;
            bits += DIGIT_BITS;
        }
        unsigned byte = (unsigned)pending & 0xFFu;
        pending >>= 8;
        bits = bits < 8 ? 0 : bits - 8;
        if (x.negative) {
            byte = (byte ^ 0xFFu) + carry;
            carry = byte >> 8;
            byte &= 0xFFu;
        }
        out[little ? i : size - 1 - i] = (uint8_t)byte;
    }
    fits = pending == 0 && next >= x.n;
    if (is_signed && fits && size) {
        bool top = out[little ? size - 1 : 0] >> 7;
        fits = top == (x.negative && x.n);
    } else if (size == 0) {
        fits = x.n == 0;
    }
    if (!fits) asy_raise(vm, EXC_OverflowError, "int too big to convert");
    return fits;
}

// ---- arithmetic ----

static Value raise_zero(VM *vm, const char *what) { return asy_raise(vm, EXC_ZeroDivisionError, "%s", what); }

static Value shift_left(VM *vm, Value a, Value b)
{
    int64_t n, i;
    if (asy_int_sign(vm, b) < 0) return asy_raise(vm, EXC_ValueError, "negative shift count");
    if (asy_int_sign(vm, a) == 0) return asy_from_small(0);
    if (!asy_int_small(b, &n)) return asy_raise(vm, EXC_OverflowError, "too many digits in integer");
    if (asy_int_small(a, &i) && n < 63 && i <= INT64_MAX >> n && i >= INT64_MIN >> n)
        return asy_int_from_i64(vm, (int64_t)((uint64_t)i << n));
    IntView x;
    asy_int_view(a, &x);
    return asy_big_shift_left(vm, &x, (uint64_t)n);
}

static Value shift_right(VM *vm, Value a, Value b)
{
    int64_t n, i;
    int sign = asy_int_sign(vm, a);
    if (asy_int_sign(vm, b) < 0) return asy_raise(vm, EXC_ValueError, "negative shift count");
    if (!asy_int_small(b, &n)) return asy_from_small(sign < 0 ? -1 : 0);
    if (asy_int_small(a, &i)) return asy_int_from_i64(vm, i >> (n > 63 ? 63 : n));
    IntView x;
    asy_int_view(a, &x);
    return asy_big_shift_right(vm, &x, (uint64_t)n);
}

// True division rounds the exact quotient once.
static Value true_divide(VM *vm, Value a, Value b)
{
    int64_t i, k;
    const int64_t exact = INT64_C(1) << 53;
    enum { SUBNORMAL_SHIFT = 1076 };        // two bits below the smallest double
    if (asy_int_sign(vm, b) == 0) return raise_zero(vm, "division by zero");
    if (asy_int_small(a, &i) && asy_int_small(b, &k) && i >= -exact && i <= exact && k >= -exact && k <= exact)
        return asy_from_double((double)i / (double)k);
    IntView x, y;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    if (x.n == 0) return asy_from_double(y.negative ? -0.0 : 0.0);
    // The quotient is computed with 66 or 67 bits (fewer where it will be subnormal), its lowest saying
    // whether anything was cut off; rounding that to a double is rounding the exact quotient.
    int64_t bits_x = (int64_t)asy_int_view_bits(&x), bits_y = (int64_t)asy_int_view_bits(&y);
    if (bits_x - bits_y > 1025) return asy_raise(vm, EXC_OverflowError, "integer division result too large for a float");
    if (bits_x - bits_y < -SUBNORMAL_SHIFT) return asy_from_double(x.negative != y.negative ? -0.0 : 0.0);
    int64_t shift = 66 - (bits_x - bits_y);
    if (shift > SUBNORMAL_SHIFT) shift = SUBNORMAL_SHIFT;
    bool negative = x.negative != y.negative;
    x.negative = y.negative = false;
    Value quotient = ASY_NIL, rest = ASY_NIL, out = ASY_ERR;
    Value num = asy_big_shift_left(vm, &x, shift > 0 ? (uint64_t)shift : 0);
    Value den = asy_big_shift_left(vm, &y, shift < 0 ? (uint64_t)-shift : 0);
    if (!asy_is_err(num) && !asy_is_err(den)) {
        IntView n, d;
        asy_int_view(num, &n);
        asy_int_view(den, &d);
        if (asy_big_divmod(vm, &n, &d, &quotient, &rest)) {
            Value sticky = asy_int_sign(vm, rest) ? asy_int_binary(vm, BIN_OR, quotient, asy_from_small(1)) : asy_retain(quotient);
            if (!asy_is_err(sticky)) {
                IntView q;
                asy_int_view(sticky, &q);
                double d_out;
                if (shift == SUBNORMAL_SHIFT && asy_int_view_bits(&q) <= 54) {
                    // Below the normal range: rounded to the last place that there is, two bits up.
                    uint64_t m = q.n ? q.d[0] : 0, up = m >> 2;
                    up += (m & 3) > 2 || ((m & 3) == 2 && (up & 1));
                    d_out = ldexp((double)up, 2 - SUBNORMAL_SHIFT);
                } else {
                    if (!asy_int_view_double(&q, &d_out)) d_out = INFINITY;
                    d_out = ldexp(d_out, (int)-shift);
                }
                if (isinf(d_out)) asy_raise(vm, EXC_OverflowError, "integer division result too large for a float");
                else out = asy_from_double(negative ? -d_out : d_out);
            }
            asy_release(vm, sticky);
        }
    }
    asy_release(vm, quotient);
    asy_release(vm, rest);
    asy_release(vm, num);
    asy_release(vm, den);
    return out;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r && (r < 0) != (b < 0) ? r + b : r;
}

// Both fit 64 bits. False: overflow, or an operation that is not done here.
static bool small_binary(VM *vm, int op, int64_t a, int64_t b, Value *out)
{
    int64_t r;
    switch (op) {
    case BIN_ADD:
        if (__builtin_add_overflow(a, b, &r)) return false;
        break;
    case BIN_SUB:
        if (__builtin_sub_overflow(a, b, &r)) return false;
        break;
    case BIN_MUL:
        if (__builtin_mul_overflow(a, b, &r)) return false;
        break;
    case BIN_FLOORDIV:
        if (b == 0 || (b == -1 && a == INT64_MIN)) return false;
        r = floor_div(a, b);
        break;
    case BIN_MOD:
        if (b == 0) return false;
        r = b == -1 ? 0 : floor_mod(a, b);
        break;
    case BIN_AND: r = a & b; break;
    case BIN_OR: r = a | b; break;
    case BIN_XOR: r = a ^ b; break;
    default: return false;
    }
    *out = asy_int_from_i64(vm, r);
    return true;
}

// Up to two digits, which is 120 bits, as a number of the compiler's. False: more.
static bool as_wide(const IntView *v, __int128 *out)
{
    if (v->n > 2) return false;
    __int128 magnitude = v->n ? v->d[0] : 0;
    if (v->n > 1) magnitude |= (__int128)v->d[1] << DIGIT_BITS;
    *out = v->negative ? -magnitude : magnitude;
    return true;
}

static Value from_wide(VM *vm, __int128 i)
{
    if (i >= INT64_MIN && i <= INT64_MAX) return asy_int_from_i64(vm, (int64_t)i);
    IntObj *o = asy_int_alloc(vm, 3);
    if (!o) return ASY_ERR;
    unsigned __int128 magnitude = i < 0 ? 0 - (unsigned __int128)i : (unsigned __int128)i;
    for (int k = 0; k < 3; k++, magnitude >>= DIGIT_BITS) o->digits[k] = (mp_digit)magnitude & DIGIT_MASK;
    o->negative = i < 0;
    while (o->digits[o->used - 1] == 0) o->used--;
    return asy_from_obj(o);
}

// The middle between small and big: hashes and masks of 64 bits live here.
static bool wide_binary(VM *vm, int op, const IntView *x, const IntView *y, Value *out)
{
    __int128 a, b, r;
    if (!as_wide(x, &a) || !as_wide(y, &b)) return false;
    switch (op) {
    case BIN_ADD: r = a + b; break;
    case BIN_SUB: r = a - b; break;
    case BIN_MUL:
        if (__builtin_mul_overflow(a, b, &r)) return false;
        break;
    case BIN_AND: r = a & b; break;
    case BIN_OR: r = a | b; break;
    case BIN_XOR: r = a ^ b; break;
    case BIN_FLOORDIV:
        if (b == 0) return false;
        r = a / b - (a % b != 0 && (a < 0) != (b < 0));
        break;
    case BIN_MOD:
        if (b == 0) return false;
        r = a % b;
        if (r && (r < 0) != (b < 0)) r += b;
        break;
    default: return false;
    }
    *out = from_wide(vm, r);
    return true;
}

Value asy_int_binary(VM *vm, int op, Value a, Value b)
{
    int64_t i, k;
    Value out = ASY_NIL, other;
    if (asy_int_small(a, &i) && asy_int_small(b, &k) && small_binary(vm, op, i, k, &out)) return out;
    IntView x, y;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    if (wide_binary(vm, op, &x, &y, &out)) return out;
    switch (op) {
    case BIN_ADD: return asy_big_add(vm, &x, &y, false);
    case BIN_SUB: return asy_big_add(vm, &x, &y, true);
    case BIN_MUL: return asy_big_mul(vm, &x, &y);
    case BIN_TRUEDIV: return true_divide(vm, a, b);
    case BIN_FLOORDIV:
        if (y.n == 0) return raise_zero(vm, "integer division or modulo by zero");
        return asy_big_divmod(vm, &x, &y, &out, NULL) ? out : ASY_ERR;
    case BIN_MOD:
        if (y.n == 0) return raise_zero(vm, "integer modulo by zero");
        return asy_big_divmod(vm, &x, &y, NULL, &other) ? other : ASY_ERR;
    case BIN_POW: return asy_int_pow(vm, a, b, ASY_NIL);
    case BIN_LSHIFT: return shift_left(vm, a, b);
    case BIN_RSHIFT: return shift_right(vm, a, b);
    case BIN_AND:
    case BIN_OR:
    case BIN_XOR: return asy_big_bitwise(vm, &x, &y, op);
    default: return ASY_NOTIMPLEMENTED;
    }
}
