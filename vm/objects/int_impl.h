// What the files of int share: the object, and one view of integers of all forms.
//
// A value has one form: inline if it fits 50 bits, else `small` if it fits 64, else digits. Only instances
// of subclasses hold small values in an object. Digits are libtommath's (60 bits each, lowest first), so
// that a view can be handed to it without copying; storage is ours and counted.
#pragma once
#include <tommath.h>

#include "vm/core/native.h"
#include "vm/objects/int.h"

struct IntObj {
    ObjHeader head;
    int64_t small;              // the value, if used is 0
    mp_digit *digits;           // behind the struct, or of asy_mem_alloc if `outside`
    uint32_t used;              // digits; the last is not 0
    bool negative, outside;
};

enum { DIGIT_BITS = MP_DIGIT_BIT, DIGITS_MAX = 1 << 24 };   // 2^24 digits: a billion bits, arbitrary
_Static_assert(MP_DIGIT_BIT == 60, "the loops of int_big.c count on 60-bit digits");
#define DIGIT_MASK ((mp_digit)MP_MASK)

// An integer as sign and digits. `d` points into an object that must stay alive, or to `own`: a view is
// not to be copied.
typedef struct IntView {
    const mp_digit *d;
    uint32_t n;                 // 0: zero
    bool negative;
    mp_digit own[2];
} IntView;

// The int64 of an integer value that has no digits; false: it has, or is no integer.
ASY_INLINE bool asy_int_small(Value v, int64_t *out)
{
    if (asy_is_int(v)) *out = asy_as_small(v);
    else if (asy_is_bool(v)) *out = asy_is_true(v);
    else if (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_INT) && asy_as(IntObj, v)->used == 0) *out = asy_as(IntObj, v)->small;
    else return false;
    return true;
}
ASY_INLINE void asy_int_view_i64(int64_t i, IntView *out)
{
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    out->own[0] = magnitude & DIGIT_MASK;
    out->own[1] = magnitude >> DIGIT_BITS;
    out->d = out->own;
    out->n = out->own[1] ? 2 : out->own[0] ? 1 : 0;
    out->negative = i < 0;
}
// `v` is an integer of any form.
ASY_INLINE void asy_int_view(Value v, IntView *out)
{
    int64_t i;
    if (asy_int_small(v, &i)) {
        asy_int_view_i64(i, out);
        return;
    }
    const IntObj *o = asy_as(IntObj, v);
    out->d = o->digits;
    out->n = o->used;
    out->negative = o->negative;
}
// A view as libtommath's number, to be read only.
ASY_INLINE mp_int asy_int_as_mp(const IntView *v)
{
    return (mp_int){ .used = (int)v->n, .alloc = (int)v->n, .sign = v->negative ? MP_NEG : MP_ZPOS, .dp = (mp_digit *)(uintptr_t)v->d };
}

// New object for a result of up to n digits, filled by the caller and then finished: which drops leading
// zeros, and gives the inline or small form where the value fits. NULL: MemoryError.
ASY_CHECKED IntObj *asy_int_alloc(VM *vm, size_t n);
Value asy_int_finish(VM *vm, IntObj *o);
// From libtommath's number, which is cleared; `err` other than MP_OKAY raises.
ASY_CHECKED Value asy_int_from_mp(VM *vm, mp_int *m, mp_err err);
Value asy_int_raise_mp(VM *vm, mp_err err);
// `type` (a subclass of int) with the value of the integer `v`.
ASY_CHECKED Value asy_int_of_type(VM *vm, Type *type, Value v);

int asy_int_view_compare(const IntView *a, const IntView *b);      // -1, 0, 1
int asy_int_magnitude_compare(const IntView *a, const IntView *b);
// n / d where the quotient fits 64 bits, because the upper half of n is below d; and what is left.
ASY_INLINE uint64_t asy_int_divide_wide(unsigned __int128 n, uint64_t d, uint64_t *rest)
{
#if defined(__x86_64__)
    uint64_t q;                 // one instruction; the compiler has only the function for all cases
    __asm__("divq %4" : "=a"(q), "=d"(*rest) : "a"((uint64_t)n), "d"((uint64_t)(n >> 64)), "r"(d) : "cc");
    return q;
#else
    *rest = (uint64_t)(n % d);
    return (uint64_t)(n / d);
#endif
}
int64_t asy_int_view_hash(const IntView *v);
// A magnitude of up to 128 bits with its sign.
ASY_CHECKED Value asy_big_from_wide(VM *vm, unsigned __int128 magnitude, bool negative);
// The view's value with this sign.
ASY_CHECKED Value asy_big_copy(VM *vm, const IntView *a, bool negative);
ASY_CHECKED Value asy_big_add(VM *vm, const IntView *a, const IntView *b, bool subtract);
ASY_CHECKED Value asy_big_mul(VM *vm, const IntView *a, const IntView *b);
// Floor division; a result that is not wanted is NULL. b is not zero. Results are new references.
ASY_CHECKED bool asy_big_divmod(VM *vm, const IntView *a, const IntView *b, Value *quotient, Value *remainder);
// a / b, rounded once; neither is zero.
ASY_CHECKED Value asy_big_truediv(VM *vm, const IntView *a, const IntView *b);
ASY_CHECKED Value asy_big_shift_left(VM *vm, const IntView *a, uint64_t bits);
ASY_CHECKED Value asy_big_shift_right(VM *vm, const IntView *a, uint64_t bits);
ASY_CHECKED Value asy_big_bitwise(VM *vm, const IntView *a, const IntView *b, int op);     // BIN_AND, BIN_OR, BIN_XOR
ASY_CHECKED Value asy_big_pow(VM *vm, const IntView *a, uint64_t exponent);
ASY_CHECKED Value asy_int_pow(VM *vm, Value a, Value b, Value modulus);
size_t asy_int_view_bits(const IntView *v);
// Correctly rounded; false: too large (no exception).
bool asy_int_view_double(const IntView *v, double *out);

// What digits arrays share: out has one digit more than the view; bits < DIGIT_BITS.
void asy_int_shift_digits(const IntView *a, unsigned bits, mp_digit *out);

// Parsing for int(): optional sign, blanks around, prefix by base, single underscores. 1, 0 not a number
// (no exception), -1 exception (digit limit, memory).
ASY_CHECKED int asy_int_scan(VM *vm, const char *text, size_t size, int base, Value *out);
enum { DIGIT_TEXT_LEAD = 3 };
// The digits of a magnitude as ASCII text, without sign or prefix. To be freed, also after an error.
typedef struct DigitText {
    char *text;                 // in front of it DIGIT_TEXT_LEAD bytes are free, for a sign and a prefix
    size_t size;
    char *buffer;               // of its own, if `local` is too short
    size_t capacity;
    char local[160];
} DigitText;
// Base 2 to 36. ValueError past the digit limit (bases that are no power of two, `limited`); MemoryError.
ASY_CHECKED bool asy_int_digit_text(VM *vm, Value v, int base, bool upper, bool limited, DigitText *out);
void asy_int_digit_free(VM *vm, DigitText *t);
extern const MethodDef asy_int_methods[];
// v.__format__(spec), objects/format_number.c.
Value asy_int_format_method(VM *vm, Args a);
// Argument `ndigits` of round(): v rounded to a multiple of 10**-ndigits, to even.
ASY_CHECKED Value asy_int_round(VM *vm, Value v, Value ndigits);
