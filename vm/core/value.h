// Values: one 64-bit word, NaN-boxed.
//
//   0                                  NIL: a dead slot, a zeroed field; never seen by script
//   0000 pppp pppp pppp                pointer to an object (nonzero, below 2^48)
//   0001 0000 0000 00xx                the other singletons (None, False, True, ..., UNBOUND, ERR, DONE)
//   0002 .... to FFFA ....             a float: its bits plus 2^49
//   FFFC .... to FFFF ....             an integer of 50 bits, two's complement
//
// Zeroed memory holds NIL, which is not a counted pointer. Only objects are counted: arithmetic on
// inline integers and floats allocates and counts nothing. Integers beyond 50 bits are objects
// (objects/int.h); an integer that fits 50 bits is always inline, so equal small integers are equal
// words. Floats are always inline.
#pragma once
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

typedef struct VM VM;
typedef struct Type Type;
typedef struct ObjHeader ObjHeader;

typedef struct Value {
    uint64_t bits;
} Value;

#define ASY_COLD __attribute__((cold, noinline))
#define ASY_INLINE static inline __attribute__((always_inline))

#define ASY_SINGLETON(n) ((Value){ UINT64_C(0x0001000000000000) + (n) })
#define ASY_NIL ((Value){ 0 })                  // no value: dead slot, absent argument, empty field
#define ASY_UNBOUND ASY_SINGLETON(1)            // a local or cell that is not assigned
#define ASY_ERR ASY_SINGLETON(2)                // returned by a function that has set the exception
#define ASY_DONE ASY_SINGLETON(3)               // an iterator's end; only where a header promises it
#define ASY_NONE ASY_SINGLETON(4)
#define ASY_NOTIMPLEMENTED ASY_SINGLETON(5)
#define ASY_FALSE ASY_SINGLETON(6)
#define ASY_TRUE ASY_SINGLETON(7)
#define ASY_ELLIPSIS ASY_SINGLETON(8)

#define ASY_FLOAT_OFFSET UINT64_C(0x0002000000000000)
#define ASY_INT_TAG UINT64_C(0xFFFC000000000000)
#define ASY_INT_BITS 50
#define ASY_INT_MAX ((INT64_C(1) << 49) - 1)    // largest inline integer
#define ASY_INT_MIN (-(INT64_C(1) << 49))

ASY_INLINE bool asy_same(Value a, Value b) { return a.bits == b.bits; }     // script's `is`, for all but boxed integers
ASY_INLINE bool asy_is_obj(Value v) { return (v.bits - 1) >> 48 == 0; }
ASY_INLINE bool asy_is_int(Value v) { return v.bits >= ASY_INT_TAG; }       // inline integer only; see objects/int.h
ASY_INLINE bool asy_both_int(Value a, Value b) { return (a.bits & b.bits) >= ASY_INT_TAG; }
ASY_INLINE bool asy_is_float(Value v) { return v.bits - ASY_FLOAT_OFFSET < ASY_INT_TAG - ASY_FLOAT_OFFSET; }
ASY_INLINE bool asy_is_nil(Value v) { return v.bits == 0; }
ASY_INLINE bool asy_is_err(Value v) { return v.bits == ASY_ERR.bits; }
ASY_INLINE bool asy_is_done(Value v) { return v.bits == ASY_DONE.bits; }
ASY_INLINE bool asy_is_none(Value v) { return v.bits == ASY_NONE.bits; }
ASY_INLINE bool asy_is_unbound(Value v) { return v.bits == ASY_UNBOUND.bits; }
ASY_INLINE bool asy_is_notimplemented(Value v) { return v.bits == ASY_NOTIMPLEMENTED.bits; }
ASY_INLINE bool asy_is_bool(Value v) { return (v.bits | 1) == ASY_TRUE.bits; }
ASY_INLINE bool asy_is_true(Value v) { return v.bits == ASY_TRUE.bits; }
ASY_INLINE bool asy_is_false(Value v) { return v.bits == ASY_FALSE.bits; }

ASY_INLINE Value asy_from_bool(bool b) { return (Value){ ASY_FALSE.bits | (uint64_t)b }; }
ASY_INLINE bool asy_int_fits(int64_t i) { return i >= ASY_INT_MIN && i <= ASY_INT_MAX; }
// `i` must fit 50 bits; asy_int_from_i64 (objects/int.h) takes any.
ASY_INLINE Value asy_from_small(int64_t i)
{
    assert(asy_int_fits(i));
    return (Value){ (uint64_t)i | ASY_INT_TAG };
}
ASY_INLINE int64_t asy_as_small(Value v) { return (int64_t)(v.bits << 14) >> 14; }
ASY_INLINE Value asy_from_double(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    // Every NaN becomes the quiet one of its sign: other payloads would reach into the integers.
    if (ASY_UNLIKELY(d != d)) bits = (bits & UINT64_C(0x8000000000000000)) | UINT64_C(0x7FF8000000000000);
    return (Value){ bits + ASY_FLOAT_OFFSET };
}
ASY_INLINE double asy_as_double(Value v)
{
    uint64_t bits = v.bits - ASY_FLOAT_OFFSET;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}
ASY_INLINE ObjHeader *asy_as_obj(Value v)
{
    assert(asy_is_obj(v));
    return (ObjHeader *)(uintptr_t)v.bits;
}
// Any object pointer (its first member is an ObjHeader) as a value; counts nothing.
#define asy_from_obj(o) ((Value){ (uint64_t)(uintptr_t)(o) })
// The value as a pointer to T; the caller has checked the type.
#define asy_as(T, v) ((T *)(void *)asy_as_obj(v))
