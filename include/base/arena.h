// Arena: memory that is freed all at once. Holds the names, messages and trees of one parse.
//
// Bumps a pointer through blocks taken from an AsyAllocator. A failed allocation returns NULL and
// marks the arena `failed` for good (every later allocation returns NULL too), so a caller may
// build a whole tree and look once at the end. Nothing in an arena is destroyed on its own.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define ARENA_ALIGN     8u
#define ARENA_BLOCK_MIN 4096u    // the first block; later ones double up to the maximum (arbitrary)
#define ARENA_BLOCK_MAX (1024u * 1024u)

typedef struct ArenaBlock {
    struct ArenaBlock *next;    // the block before this one
    size_t size;                // of the whole block, header included
} ArenaBlock;

typedef struct Arena {
    const AsyAllocator *alloc;
    char *at, *end;        // the free part of the newest block
    ArenaBlock *blocks;    // newest first
    size_t block_size;     // of the next ordinary block
    size_t used;           // bytes of all blocks, for limits and statistics
    bool failed;           // sticky: some allocation failed
} Arena;

// An empty arena; takes no memory until first used. `alloc` must outlive it.
static inline void asy_arena_init(Arena *arena, const AsyAllocator *alloc)
{
    *arena = (Arena){ .alloc = alloc, .block_size = ARENA_BLOCK_MIN };
}

// Frees everything; the arena is then empty and usable again. A zeroed arena is fine.
static inline void asy_arena_free(Arena *arena)
{
    for (ArenaBlock *block = arena->blocks; block;) {
        ArenaBlock *next = block->next;
        asy_free(arena->alloc, block, block->size);
        block = next;
    }
    *arena = (Arena){ .alloc = arena->alloc, .block_size = ARENA_BLOCK_MIN };
}

ASY_NOINLINE static void *asy_arena_alloc_slow(Arena *arena, size_t size)
{
    const size_t header = (sizeof(ArenaBlock) + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (arena->failed || size > SIZE_MAX / 2) goto failed;
    // What would fill most of a block gets one of its own, and the current block stays in use.
    bool own = size > arena->block_size / 4;
    size_t block_size = own ? size + header : arena->block_size;    // a multiple of ARENA_ALIGN
    ArenaBlock *block = asy_alloc(arena->alloc, block_size);
    if (!block) goto failed;
    block->size = block_size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used += block_size;
    char *start = (char *)block + header;
    if (own) return start;
    if (arena->block_size < ARENA_BLOCK_MAX) arena->block_size *= 2;
    arena->at = start + size;
    arena->end = (char *)block + block_size;
    return start;
failed:
    arena->failed = true;
    arena->at = arena->end = NULL;    // so that the fast path fails as well
    return NULL;
}

// `size` bytes aligned to 8, not cleared; NULL on failure, and the arena is then failed.
static inline void *asy_arena_alloc(Arena *arena, size_t size)
{
    size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (ASY_LIKELY(rounded <= (size_t)(arena->end - arena->at) && rounded >= size && size)) {
        void *result = arena->at;
        arena->at += rounded;
        return result;
    }
    return asy_arena_alloc_slow(arena, size ? (rounded < size ? SIZE_MAX : rounded) : ARENA_ALIGN);
}

// As asy_arena_alloc, cleared.
static inline void *asy_arena_zalloc(Arena *arena, size_t size)
{
    void *result = asy_arena_alloc(arena, size);
    if (result) memset(result, 0, size);
    return result;
}

// An array of `count` elements of `size` bytes, not cleared; NULL on failure or overflow.
static inline void *asy_arena_array(Arena *arena, size_t count, size_t size)
{
    return asy_arena_alloc(arena, size && count > SIZE_MAX / size ? SIZE_MAX : count * size);
}

// A copy of `len` bytes with a NUL behind it; NULL on failure.
static inline char *asy_arena_copy(Arena *arena, const char *bytes, size_t len)
{
    char *copy = asy_arena_alloc(arena, len + 1);
    if (!copy) return NULL;
    if (len) memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

// Grows an array that lives in the arena from `old_size` to `new_size` bytes: in place if it was
// the last thing allocated, else by copying (the old bytes stay unused until the arena goes). NULL
// on failure.
static inline void *asy_arena_grow(Arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    assert(new_size >= old_size);
    size_t old_rounded = (old_size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (old_size && new_size <= old_rounded) return ptr;
    if (old_size && (char *)ptr + old_rounded == arena->at &&
        new_size - old_rounded <= (size_t)(arena->end - arena->at)) {
        arena->at += (new_size - old_rounded + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
        return ptr;    // blocks are multiples of the alignment, so the rounding stays inside
    }
    void *result = asy_arena_alloc(arena, new_size);
    if (result && old_size) memcpy(result, ptr, old_size);
    return result;
}
