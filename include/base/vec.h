// Vec(T): a growable array of any type over an AsyAllocator.
//
//     Vec(int) numbers = { 0 };
//     if (!asy_vec_push(alloc, &numbers, 7)) return false;   // out of memory: unchanged
//     for (size_t i = 0; i < numbers.len; i++) use(numbers.items[i]);
//     asy_vec_free(alloc, &numbers);                            // zeroed again
//
// A zeroed Vec is empty and valid. Items move when it grows: keep indices, not pointers. Macro
// arguments other than the pushed value are evaluated more than once.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define Vec(T)                                                                                     \
    struct {                                                                                       \
        T *items;                                                                                  \
        size_t len;                                                                                \
        size_t cap;                                                                                \
    }

// Makes room for `need` items of `size` bytes behind the pointer stored at `items_field` (reached
// through memcpy: its type is T*, not void*). False when out of memory, everything then unchanged.
ASY_CHECKED static inline bool asy_vec_reserve_raw(const AsyAllocator *alloc, void *items_field,
                                                   size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return true;
    size_t grown = *cap < 8 ? 8 : *cap + *cap / 2;
    if (grown < need) grown = need;
    if (grown > SIZE_MAX / size) return false;
    void *items;
    memcpy(&items, items_field, sizeof items);
    items = asy_realloc(alloc, items, *cap * size, grown * size);
    if (!items) return false;
    memcpy(items_field, &items, sizeof items);
    *cap = grown;
    return true;
}

// Room for at least `need` items in all; false when out of memory.
#define asy_vec_reserve(alloc, vec, need)                                                          \
    asy_vec_reserve_raw((alloc), &(vec)->items, &(vec)->cap, (need), sizeof *(vec)->items)

// Appends one item; false when out of memory.
#define asy_vec_push(alloc, vec, ...)                                                              \
    ((ASY_LIKELY((vec)->len < (vec)->cap) || asy_vec_reserve((alloc), (vec), (vec)->len + 1))      \
         ? ((vec)->items[(vec)->len++] = (__VA_ARGS__), true)                                      \
         : false)

// Removes and yields the last item; there must be one.
#define asy_vec_pop(vec) (assert((vec)->len), (vec)->items[--(vec)->len])

// The last item as an lvalue; there must be one.
#define asy_vec_last(vec) ((vec)->items[(vec)->len - 1])

// Frees the items and leaves an empty Vec.
#define asy_vec_free(alloc, vec)                                                                   \
    (asy_free((alloc), (vec)->items, (vec)->cap * sizeof *(vec)->items), (vec)->items = NULL,      \
     (vec)->len = 0, (vec)->cap = 0)
