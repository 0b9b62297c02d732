// int: inline up to 50 bits, a box of int64 up to 64, libtommath beyond. One value has one form.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct IntObj IntObj;   // objects/int_impl.h

bool asy_is_integer(VM *vm, Value v);               // int of any form, bool included, subclasses included
ASY_CHECKED Value asy_int_from_i64_slow(VM *vm, int64_t i);
ASY_CHECKED Value asy_int_from_u64(VM *vm, uint64_t u);
ASY_INLINE Value asy_int_from_i64(VM *vm, int64_t i)
{
    return ASY_LIKELY(asy_int_fits(i)) ? asy_from_small(i) : asy_int_from_i64_slow(vm, i);
}
// The value of an integer object if it fits; false (no exception) if it is larger or no integer.
bool asy_int_as_i64(VM *vm, Value v, int64_t *out);
ASY_CHECKED Value asy_int_from_double(VM *vm, double d);        // truncates; OverflowError, ValueError for inf, nan
ASY_CHECKED Value asy_int_from_value(VM *vm, Value v);                // int(v) of anything; may run script
ASY_CHECKED Value asy_int_parse(VM *vm, const char *digits, size_t size, int base);   // ASCII digits, '_' allowed as in source; ValueError
ASY_CHECKED StrObj *asy_int_to_str(VM *vm, Value v, int base, bool prefix);
ASY_CHECKED Value asy_int_binary(VM *vm, int op, Value a, Value b);   // BinaryOp on two integers of any form
ASY_CHECKED Value asy_int_gcd(VM *vm, Value a, Value b);               // of two integers of any form
ASY_CHECKED bool asy_int_to_double(VM *vm, Value v, double *out);     // OverflowError: "int too large to convert to float"
int asy_int_sign(VM *vm, Value v);
ASY_CHECKED Value asy_int_from_bytes(VM *vm, const uint8_t *bytes, size_t size, bool little, bool is_signed);
ASY_CHECKED bool asy_int_to_bytes(VM *vm, Value v, uint8_t *out, size_t size, bool little, bool is_signed);
// Of any form, as an unsigned 64-bit number modulo 2^64 (masks, seeds); false: not an integer.
bool asy_int_low_bits(VM *vm, Value v, uint64_t *out);
size_t asy_int_bit_length(VM *vm, Value v);
