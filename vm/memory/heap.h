// The paged object heap (architecture, decision 4), and the counting of all memory a VM asks for.
//
// Objects of up to 512 bytes live in slots of 64 KB pages, one size class (a multiple of 16) a page; larger ones in
// blocks of their own behind a small header. A slot's number depends only on the sequence of allocations; `id`, default
// hash and the address in repr come from it, so runs repeat. Walking the pages and the large blocks finds every object.
#pragma once
#include "vm/core/object.h"

enum { HEAP_PAGE_SIZE = 65536, HEAP_SMALL_MAX = 512, HEAP_CLASSES = HEAP_SMALL_MAX / 16 + 1, HEAP_ARENA_PAGES = 16,
       HEAP_SPARE_MAX = 256 };

typedef struct HeapPage HeapPage;
typedef struct HeapArena HeapArena;
typedef struct HeapLarge HeapLarge;
typedef struct HeapSpare HeapSpare;

// Head of a page; its slots follow. Pages are aligned to their size, so an object finds its page by masking.
struct HeapPage {
    uint32_t number;            // position in the sequence of pages
    uint32_t slot_size;         // bytes; 0: page holds no slots now
    uint32_t capacity;          // slots
    uint32_t carved;            // slots ever given out; memory behind them was never touched
    uint32_t used;              // objects, unless current
    bool current;               // being filled: its free slots are heap->free[class]
    bool touched;               // was current since the collector last cleared this: may hold young objects
    void *free;                 // free slots linked through their type word, unless current
    HeapPage *next, *prev;      // among the partial pages of its class, or the empty ones
    HeapArena *arena;
    void *gc;                   // the collector's own
};

typedef struct Heap {
    void *free[HEAP_CLASSES];       // free slots of the page being filled
    HeapPage *current[HEAP_CLASSES];
    HeapPage *partial[HEAP_CLASSES];    // other pages with free slots, last freed into first
    HeapPage *empty;                // pages of no class, lowest number first within an arena
    HeapArena **arenas;             // by number / HEAP_ARENA_PAGES; NULL: gone, the place is used again
    uint32_t arena_count, arena_capacity;
    HeapLarge **large;              // NULL: free place
    uint32_t large_count, large_capacity, large_free;
    uint64_t large_next;            // number of the next large object
    size_t objects;                 // alive
    size_t bytes;                   // pages in use, large objects and buffers
    size_t bytes_peak;
    uint64_t allocations;           // objects and buffers so far; failure injection counts them
    uint64_t fail_at;               // this allocation fails, 0: none
    bool fail_after;                // and all after it
    HeapSpare *spare[HEAP_SPARE_MAX / 16 + 1];      // buffers given back, by size in steps of 16
    uint8_t spare_count[HEAP_SPARE_MAX / 16 + 1];
    uint32_t young;                 // containers born minus died since the last young collection
    uint32_t young_limit;           // PENDING_COLLECT is set when young reaches it; 0: never
} Heap;

// Memory for an object of `size` bytes: header's flags hold its size class, the rest of the header is not set up, and
// what is behind the header is zero. NULL: no memory (no exception).
ASY_CHECKED ObjHeader *asy_heap_alloc(VM *vm, size_t size);
void asy_heap_free(VM *vm, ObjHeader *o);
// Bytes of the object's block, at least what was asked for.
size_t asy_heap_block_size(const ObjHeader *o);
// The object's number: a multiple of 16 below 2^47, stable while it lives, equal in equal runs; what id() shows.
uint64_t asy_heap_number(VM *vm, const ObjHeader *o);
// A dense 32-bit name of a live object, and back: for side tables and lists.
uint32_t asy_heap_index(VM *vm, const ObjHeader *o);
ObjHeader *asy_heap_at(VM *vm, uint32_t index);
// The live object of this name, or NULL: safe for names noted long ago (another object may have it now).
ObjHeader *asy_heap_find(VM *vm, uint32_t index);
// One page's live objects, for walks in slices: pages are numbered below asy_heap_page_end; large objects are
// the last "page". A number without a page is fine.
uint32_t asy_heap_page_end(VM *vm);
void asy_heap_walk_page(VM *vm, uint32_t number, void (*visit)(void *ud, ObjHeader *o), void *ud);
// Calls `visit` for every live object in order of numbers. It may not allocate or free objects.
void asy_heap_walk(VM *vm, void (*visit)(void *ud, ObjHeader *o), void *ud);
// The same for pages that are `touched` and all large objects: where objects born since the mark was cleared are.
void asy_heap_walk_touched(VM *vm, void (*visit)(void *ud, ObjHeader *o), void *ud);
void asy_heap_clear_touched(VM *vm);
bool asy_heap_init(VM *vm);
void asy_heap_close(VM *vm);        // pages go back, whatever is in them
