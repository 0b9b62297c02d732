// The one door to memory. Every part of asy allocates through an AsyAllocator handed down to it,
// so that a host can count, cap or refuse, and a test can make any n-th allocation fail.
#pragma once

#include <stddef.h>

#include "base/macros.h"

typedef struct AsyAllocator {
    // Resizes `ptr` (NULL: a new block) from `old_size` to `new_size` bytes and returns it,
    // aligned for any type; NULL on failure, and then the old block is untouched. `new_size` 0
    // frees and returns NULL.
    void *(*resize)(void *ud, void *ptr, size_t old_size, size_t new_size);
    void *ud;
} AsyAllocator;

// A new block of `size` (> 0) bytes, not cleared; NULL on failure.
ASY_CHECKED static inline void *asy_alloc(const AsyAllocator *a, size_t size)
{
    return a->resize(a->ud, NULL, 0, size);
}

// The block with its first min(old, new) bytes kept; NULL on failure, the old block then stays
// valid.
ASY_CHECKED static inline void *asy_realloc(const AsyAllocator *a, void *ptr, size_t old_size,
                                            size_t new_size)
{
    return a->resize(a->ud, ptr, old_size, new_size);
}

// Frees a block of `size` bytes; NULL is fine.
static inline void asy_free(const AsyAllocator *a, void *ptr, size_t size)
{
    if (ptr) (void)a->resize(a->ud, ptr, size, 0);
}
