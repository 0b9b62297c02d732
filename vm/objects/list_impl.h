// What the files of list share: growing, and taking the items away from script's sight.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/list.h"

enum { LIST_SIZE_MAX = 1 << 30 };       // items; arbitrary, far below what overflows a byte count

// Copies values and owns the copies. The places are the caller's: nothing in them is released.
ASY_INLINE void asy_values_copy(Value *to, const Value *from, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = asy_retain(from[i]);
}
// to[0..n) holds owned values: follows them by copies until there are n * times.
void asy_values_repeat(Value *to, size_t n, size_t times);

// list.sort's and sorted's C side: sorts an array nobody else can see. `keys` NULL: by the values
// themselves. Runs script (comparisons). On error the values are all still there, in some order.
ASY_CHECKED bool asy_sort_values(VM *vm, Value *keys, Value *values, size_t n);

// Methods kept in list_methods.c, and the iterator.
extern const MethodDef asy_list_methods[];
Value asy_list_iter_slot(VM *vm, Value self);
// Replaces items [at, at + gone) by `n` others (owned by the caller before, by the list after; on false
// still the caller's). What was there goes to `old` (room for `gone`), owned by the caller then.
ASY_CHECKED bool asy_list_splice(VM *vm, ListObj *list, size_t at, size_t gone, const Value *items, size_t n, Value *old);
