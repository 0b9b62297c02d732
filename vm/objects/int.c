// int: the forms of a value, conversion from and to C, and arithmetic on forms that fit a machine word.
//
// Everything that may exceed 64 bits goes on in int_big.c; text is in int_text.c, the type in int_type.c.
#include "vm/objects/int.h"

#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/object_alloc.h"
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
    IntObj *o = asy_object_take(vm, vm->types.int_, sizeof(IntObj) + n * sizeof(mp_digit), false);
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
    IntObj *o = asy_object_take(vm, vm->types.int_, sizeof(IntObj), false);
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
    int64_t i;
    if (asy_int_small(v, &i)) return i < 0 ? -1 : i > 0;
    return asy_as(IntObj, v)->negative ? -1 : 1;
}

size_t asy_int_bit_length(VM *vm, Value v)
{
    (void)vm;
    int64_t i;
    if (asy_int_small(v, &i)) return i ? 64 - (size_t)__builtin_clzll(i < 0 ? 0 - (uint64_t)i : (uint64_t)i) : 0;
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

// Eight of the bytes, from byte 8 * i of the number on, its lowest first; `fill` above the highest.
static uint64_t word_of_bytes(const uint8_t *bytes, size_t size, bool little, size_t i, uint8_t fill)
{
    uint64_t word = 0;
    size_t at = i * 8;
    if (at + 8 <= size) {
        memcpy(&word, little ? bytes + at : bytes + (size - at - 8), sizeof word);
        return little == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) ? word : __builtin_bswap64(word);
    }
    for (unsigned k = 0; k < 8; k++) {
        uint8_t byte = at + k < size ? bytes[little ? at + k : size - 1 - at - k] : fill;
        word |= (uint64_t)byte << 8 * k;
    }
    return word;
}

Value asy_int_from_bytes(VM *vm, const uint8_t *bytes, size_t size, bool little, bool is_signed)
{
    bool negative = is_signed && size && (bytes[little ? size - 1 : 0] & 0x80);
    uint8_t fill = negative ? 0xFF : 0;
    if (size <= 8) {
        uint64_t word = word_of_bytes(bytes, size, little, 0, fill);
        return negative ? asy_int_from_i64(vm, (int64_t)word) : asy_int_from_u64(vm, word);
    }
    IntObj *o = asy_int_alloc(vm, size * 8 / DIGIT_BITS + 1);
    if (!o) return ASY_ERR;
    // Two's complement is undone on the way: invert and add one.
    uint64_t carry = negative, flip = negative ? UINT64_MAX : 0;
    unsigned __int128 pending = 0;
    unsigned bits = 0;
    size_t n = 0;
    for (size_t i = 0; i * 8 < size; i++) {
        uint64_t word;
        carry = __builtin_add_overflow(word_of_bytes(bytes, size, little, i, fill) ^ flip, carry, &word);
        pending |= (unsigned __int128)word << bits;
        bits += 64;
        while (bits >= DIGIT_BITS && n < o->used) {
            o->digits[n++] = (mp_digit)pending & DIGIT_MASK;
            pending >>= DIGIT_BITS;
            bits -= DIGIT_BITS;
        }
    }
    if (n < o->used) o->digits[n++] = (mp_digit)pending;
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
    size_t bits = asy_int_view_bits(&x), room = size * 8;
    // -1 fits in no bytes at all, as CPython has it.
    bool fits = bits <= room || (size == 0 && x.negative && x.n == 1 && x.d[0] == 1);
    if (fits && size && is_signed && x.n && bits == room) {
        // All bits are taken by the magnitude: only the least number has room for its sign.
        bool power = x.negative;
        for (uint32_t i = 0; i + 1 < x.n && power; i++) power = x.d[i] == 0;
        fits = power && (x.d[x.n - 1] & (x.d[x.n - 1] - 1)) == 0;
    }
    if (!fits) {
        asy_raise(vm, EXC_OverflowError, "int too big to convert");
        return false;
    }
    uint64_t carry = x.negative, flip = x.negative ? UINT64_MAX : 0;
    unsigned __int128 pending = 0;
    unsigned held = 0;
    uint32_t next = 0;
    for (size_t at = 0; at < size; at += 8) {
        while (held < 64 && next < x.n) {
            pending |= (unsigned __int128)x.d[next++] << held;
            held += DIGIT_BITS;
        }
        uint64_t word;
        carry = __builtin_add_overflow((uint64_t)pending ^ flip, carry, &word);
        pending >>= 64;
        held = held < 64 ? 0 : held - 64;
        if (at + 8 <= size) {
            if (little != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)) word = __builtin_bswap64(word);
            memcpy(little ? out + at : out + (size - at - 8), &word, sizeof word);
        } else {
            for (size_t k = at; k < size; k++, word >>= 8) out[little ? k : size - 1 - k] = (uint8_t)word;
        }
    }
    return true;
}

// ---- arithmetic ----

static Value raise_zero(VM *vm, const char *what) { return asy_raise(vm, EXC_ZeroDivisionError, "%s", what); }

static Value shift_left(VM *vm, Value a, Value b)
{
    int64_t n, i;
    if (asy_int_sign(vm, b) < 0) return asy_raise(vm, EXC_ValueError, "negative shift count");
    bool small = asy_int_small(a, &i);
    if (small && i == 0) return asy_from_small(0);
    if (!asy_int_small(b, &n)) return asy_raise(vm, EXC_OverflowError, "too many digits in integer");
    if (small && n < 63 && i <= INT64_MAX >> n && i >= INT64_MIN >> n)
        return asy_int_from_i64(vm, (int64_t)((uint64_t)i << n));
    if (small && n <= 64) return asy_big_from_wide(vm, (unsigned __int128)(i < 0 ? 0 - (uint64_t)i : (uint64_t)i) << n, i < 0);
    IntView x;
    asy_int_view(a, &x);
    return asy_big_shift_left(vm, &x, (uint64_t)n);
}

static Value shift_right(VM *vm, Value a, Value b)
{
    int64_t n, i;
    if (asy_int_sign(vm, b) < 0) return asy_raise(vm, EXC_ValueError, "negative shift count");
    if (!asy_int_small(b, &n)) return asy_from_small(asy_int_sign(vm, a) < 0 ? -1 : 0);
    if (asy_int_small(a, &i)) return asy_int_from_i64(vm, i >> (n > 63 ? 63 : n));
    IntView x;
    asy_int_view(a, &x);
    return asy_big_shift_right(vm, &x, (uint64_t)n);
}

static Value true_divide(VM *vm, Value a, Value b)
{
    int64_t i, k;
    const int64_t exact = INT64_C(1) << 53;
    if (asy_int_sign(vm, b) == 0) return raise_zero(vm, "division by zero");
    if (asy_int_small(a, &i) && asy_int_small(b, &k) && i >= -exact && i <= exact && k >= -exact && k <= exact)
        return asy_from_double((double)i / (double)k);
    IntView x, y;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    if (x.n == 0) return asy_from_double(y.negative ? -0.0 : 0.0);
    return asy_big_truediv(vm, &x, &y);
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t r = a % b;
    return r && (r < 0) != (b < 0) ? r + b : r;
}

// A number that the compiler's longest type holds.
static Value from_wide(VM *vm, __int128 i)
{
    if (i >= INT64_MIN && i <= INT64_MAX) return asy_int_from_i64(vm, (int64_t)i);
    return asy_big_from_wide(vm, i < 0 ? 0 - (unsigned __int128)i : (unsigned __int128)i, i < 0);
}

// Both fit 64 bits. False: an operation that is not done here, division by zero among them.
static bool small_binary(VM *vm, int op, int64_t a, int64_t b, Value *out)
{
    int64_t r;
    switch (op) {
    case BIN_ADD:
        if (!__builtin_add_overflow(a, b, &r)) break;
        *out = from_wide(vm, (__int128)a + b);
        return true;
    case BIN_SUB:
        if (!__builtin_sub_overflow(a, b, &r)) break;
        *out = from_wide(vm, (__int128)a - b);
        return true;
    case BIN_MUL:
        if (!__builtin_mul_overflow(a, b, &r)) break;
        *out = from_wide(vm, (__int128)a * b);
        return true;
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

// The middle between small and big, where results tend to fit 64 bits again: masks, remainders.
static bool wide_binary(VM *vm, int op, const IntView *x, const IntView *y, Value *out)
{
    __int128 a, b, r;
    if (!as_wide(x, &a) || !as_wide(y, &b)) return false;
    switch (op) {
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
    switch (op) {
    case BIN_TRUEDIV: return true_divide(vm, a, b);
    case BIN_LSHIFT: return shift_left(vm, a, b);
    case BIN_RSHIFT: return shift_right(vm, a, b);
    case BIN_POW: return asy_int_pow(vm, a, b, ASY_NIL);
    default: break;
    }
    if (asy_int_small(a, &i) && asy_int_small(b, &k) && small_binary(vm, op, i, k, &out)) return out;
    IntView x, y;
    asy_int_view(a, &x);
    asy_int_view(b, &y);
    switch (op) {
    case BIN_ADD: return asy_big_add(vm, &x, &y, false);
    case BIN_SUB: return asy_big_add(vm, &x, &y, true);
    case BIN_MUL: return asy_big_mul(vm, &x, &y);
    case BIN_AND:       // with a mask, mostly
        if (x.negative || y.negative || !x.n || !y.n || (x.n > 2 && y.n > 2)) break;
        return asy_big_from_wide(vm, (x.d[0] & y.d[0]) | (x.n > 1 && y.n > 1 ? (unsigned __int128)(x.d[1] & y.d[1]) << DIGIT_BITS : 0), false);
    default: break;
    }
    if (wide_binary(vm, op, &x, &y, &out)) return out;
    switch (op) {
    case BIN_FLOORDIV:
        if (y.n == 0) return raise_zero(vm, "integer division or modulo by zero");
        return asy_big_divmod(vm, &x, &y, &out, NULL) ? out : ASY_ERR;
    case BIN_MOD:
        if (y.n == 0) return raise_zero(vm, "integer modulo by zero");
        return asy_big_divmod(vm, &x, &y, NULL, &other) ? other : ASY_ERR;
    case BIN_AND:
    case BIN_OR:
    case BIN_XOR: return asy_big_bitwise(vm, &x, &y, op);
    default: return ASY_NOTIMPLEMENTED;
    }
}
