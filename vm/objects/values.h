// Rows of values: what lists and tuples do to many items at once.
#pragma once
#include "vm/core/object.h"

enum { VALUES_BLOCK = 16 };

// What is left of the two below when there are many values.
void asy_values_copy_blocks(Value *to, const Value *from, size_t n);
void asy_values_release_blocks(VM *vm, const Value *values, size_t n);

// Copies values and owns the copies. The places are the caller's: nothing in them is released.
ASY_INLINE void asy_values_copy(Value *to, const Value *from, size_t n)
{
    if (n >= VALUES_BLOCK) {
        asy_values_copy_blocks(to, from, n);
        return;
    }
    for (size_t i = 0; i < n; i++) to[i] = asy_retain(from[i]);
}

// Releases values, the last one first. They are out of script's sight, though releasing runs none.
ASY_INLINE void asy_values_release(VM *vm, const Value *values, size_t n)
{
    if (n >= VALUES_BLOCK) {
        asy_values_release_blocks(vm, values, n);
        return;
    }
    while (n-- > 0) asy_release(vm, values[n]);
}

// to[0..n) holds owned values: follows them by copies until there are n * times.
void asy_values_repeat(Value *to, size_t n, size_t times);
