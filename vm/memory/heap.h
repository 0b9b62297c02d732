// The paged object heap (architecture, decision 4).
//
// Objects of up to 512 bytes live in slots of 64 KB pages, one size class (a multiple of 16) a page;
// larger ones in blocks of their own behind a small header. A slot's number (page, index) depends only
// on the sequence of allocations; `id`, default hash and the address in repr come from it. Walking the
// pages and the large blocks finds every object.
#pragma once
#include "vm/core/object.h"

enum { HEAP_PAGE_SIZE = 65536, HEAP_SMALL_MAX = 512, HEAP_CLASSES = HEAP_SMALL_MAX / 16 + 1 };

typedef struct HeapPage HeapPage;
typedef struct HeapLarge HeapLarge;

typedef struct Heap {
    void *free[HEAP_CLASSES];       // free slots of the page being filled, linked through their first word
    HeapPage *partial[HEAP_CLASSES];    // pages with free slots, in address order
    HeapPage **pages;               // all, by number
    uint32_t page_count, page_capacity;
    HeapLarge *large;
    uint64_t large_next;            // number of the next large object
    size_t objects;                 // alive
    size_t bytes;                   // requested from the host for pages, large objects and buffers
    size_t bytes_peak;
    uint64_t allocations;           // so far; failure injection counts them
    uint64_t fail_at;               // this allocation fails, 0: none
    bool fail_after;                // and all after it
    uint32_t young;                 // containers born minus died since the last young collection
} Heap;

// Memory for an object of `size` bytes, header and content not set up. NULL: no memory (no exception).
void *asy_heap_alloc(VM *vm, size_t size);
void asy_heap_free(VM *vm, ObjHeader *o, size_t size);
// The object's number: stable while it lives, equal in equal runs; what id() shows.
uint64_t asy_heap_number(VM *vm, const ObjHeader *o);
// Calls `visit` for every live object in order of numbers. It may not allocate or free.
void asy_heap_walk(VM *vm, void (*visit)(void *ud, ObjHeader *o), void *ud);
bool asy_heap_init(VM *vm);
void asy_heap_close(VM *vm);        // pages go back; objects must be gone
