// Decimal digits of a machine word, two at a time.
#pragma once
#include <string.h>

#include "vm/core/value.h"

enum { DIGITS_MAX_64 = 20 };                // digits of a uint64

extern const char asy_digit_pairs[200];     // "00" to "99"; str_builder.c

// Writes the digits of `u` so that they end before `end`, and returns where they begin.
ASY_INLINE char *asy_digits_before(char *end, uint64_t u)
{
    while (u >= 100) {
        end -= 2;
        memcpy(end, asy_digit_pairs + u % 100 * 2, 2);
        u /= 100;
    }
    if (u < 10) {
        *--end = (char)('0' + u);
        return end;
    }
    end -= 2;
    memcpy(end, asy_digit_pairs + u * 2, 2);
    return end;
}

// The same with a sign.
ASY_INLINE char *asy_decimal_before(char *end, int64_t i)
{
    end = asy_digits_before(end, i < 0 ? 0 - (uint64_t)i : (uint64_t)i);
    if (i < 0) *--end = '-';
    return end;
}
