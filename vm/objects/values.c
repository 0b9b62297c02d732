// Rows of values. Most long rows are of numbers, which are not counted: a look at a whole block finds that out in less
// time than it takes to ask each value, and in a loop that compilers make of vector instructions.
#include "vm/objects/values.h"

// Whether none of a block's values is an object. As asy_is_obj has it, an object is what has nothing above bit 47 once
// one is subtracted; subtracting another one then carries into the sign.
ASY_INLINE bool block_is_plain(const Value *values)
{
    uint64_t any = 0;
    for (size_t i = 0; i < VALUES_BLOCK; i++) any |= ((values[i].bits - 1) >> 48) - 1;
    return !(any >> 63);
}

void asy_values_copy_blocks(Value *to, const Value *from, size_t n)
{
    memcpy(to, from, n * sizeof(Value));
    size_t i = 0;
    for (; i + VALUES_BLOCK <= n; i += VALUES_BLOCK) {
        if (block_is_plain(from + i)) continue;
        for (size_t k = i; k < i + VALUES_BLOCK; k++) (void)asy_retain(from[k]);
    }
    for (; i < n; i++) (void)asy_retain(from[i]);
}

void asy_values_release_blocks(VM *vm, const Value *values, size_t n)
{
    for (; n >= VALUES_BLOCK; n -= VALUES_BLOCK) {
        if (block_is_plain(values + n - VALUES_BLOCK)) continue;
        for (size_t k = n; k-- > n - VALUES_BLOCK;) asy_release(vm, values[k]);
    }
    while (n-- > 0) asy_release(vm, values[n]);
}

void asy_values_repeat(Value *to, size_t n, size_t times)
{
    if (n == 0 || times < 2) return;
    for (size_t i = 0; i < n; i++)
        if (asy_is_obj(to[i])) asy_as_obj(to[i])->refs += (uint32_t)(times - 1);
    // What is there is doubled until it is worth a call, and from then on laid down again and again.
    size_t total = n * times, done = n, piece = n;
    for (; done < total; done += piece) {
        if (piece < 2048) piece = done;
        if (piece > total - done) piece = total - done;
        memcpy(to + done, to, piece * sizeof(Value));
    }
}
