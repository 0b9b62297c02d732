// Pages, large blocks, and the counting of memory.
//
// Every byte a VM asks for passes through here and is counted: objects by the pages they lie in, buffers by their
// size. A free slot keeps its header (flags OBJ_FREE, refs 0) and links to the next one through its type word, so
// that a walk can tell it from an object. Lists are last in, first out, and nothing depends on an address, only on
// the sequence of calls: the numbers of objects repeat from run to run.
#include "vm/memory/heap.h"

#include "vm/memory/heap_inline.h"

struct HeapArena {
    HeapArena *self;            // block as the allocator gave it
    char *pages;                // first page, aligned
    uint32_t number;            // of its first page / HEAP_ARENA_PAGES
    uint32_t taken;             // pages ever taken out, in order
    uint32_t used;              // pages holding slots
};

struct HeapLarge {
    uint64_t number;
    size_t size;                // of the object
    uint32_t place;             // in heap->large
    uint32_t unused;
    uint64_t padding;           // the object behind is aligned to 16
};
_Static_assert(sizeof(struct HeapLarge) % 16 == 0, "objects are aligned to 16");

enum {
    PAGE_HEAD = 96,             // slots begin here
    SLOT_BITS = 12,             // 64 KB in units of 16
};
_Static_assert(sizeof(HeapPage) <= PAGE_HEAD, "a page's head lies before its slots");
#define LARGE_INDEX (UINT32_C(1) << 31)
#define ARENA_SIZE ((size_t)(HEAP_ARENA_PAGES + 1) * HEAP_PAGE_SIZE)
#define SMALL_BASE UINT64_C(0x7F0000000000)     // numbers look like addresses, since that is what repr shows
#define LARGE_BASE UINT64_C(0x7D0000000000)

static HeapLarge *large_of(const ObjHeader *o) { return (HeapLarge *)(uintptr_t)o - 1; }

static ObjHeader *slot_at(HeapPage *page, uint32_t i)
{
    return (ObjHeader *)(void *)((char *)page + PAGE_HEAD + (size_t)i * page->slot_size);
}

// ---- counting ----

// Whether this allocation may go on: failure injection and the memory limit.
static bool heap_admit(VM *vm, size_t bytes)
{
    Heap *h = &vm->heap;
    return !vm->limits.memory_bytes || (bytes <= vm->limits.memory_bytes && h->bytes <= vm->limits.memory_bytes - bytes);
}

static bool heap_injected(Heap *h)
{
    h->allocations++;
    if (ASY_LIKELY(h->fail_at == 0)) return false;
    return h->allocations == h->fail_at || (h->fail_after && h->allocations > h->fail_at);
}

static void heap_count(Heap *h, size_t bytes)
{
    h->bytes += bytes;
    if (h->bytes > h->bytes_peak) h->bytes_peak = h->bytes;
}

// ---- buffers ----

// Small buffers come from the host's allocator in sizes rounded up to 16, and when they are given back a few of each size
// are kept: lists and dicts come and go faster than any malloc. Under ASan none is kept, so that it sees each one's end.
struct HeapSpare {
    HeapSpare *next;
};
#ifdef HEAP_ASAN
enum { SPARE_KEPT = 0 };
#else
enum { SPARE_KEPT = 64 };           // of each size; arbitrary
#endif

static size_t host_size(size_t size) { return size <= HEAP_SPARE_MAX ? (size + 15) & ~(size_t)15 : size; }

static void *buffer_take(VM *vm, size_t size)
{
    Heap *h = &vm->heap;
    if (size <= HEAP_SPARE_MAX) {
        size_t class = (size + 15) / 16;
        HeapSpare *spare = h->spare[class];
        if (ASY_LIKELY(spare)) {
            h->spare[class] = spare->next;
            h->spare_count[class]--;
            return spare;
        }
    }
    return vm->allocator.resize(vm->allocator.ud, NULL, 0, host_size(size));
}

static void buffer_drop(VM *vm, void *ptr, size_t size)
{
    Heap *h = &vm->heap;
    size_t class = (size + 15) / 16;
    if (size <= HEAP_SPARE_MAX && h->spare_count[class] < SPARE_KEPT) {
        HeapSpare *spare = ptr;
        spare->next = h->spare[class];
        h->spare[class] = spare;
        h->spare_count[class]++;
        return;
    }
    (void)vm->allocator.resize(vm->allocator.ud, ptr, host_size(size), 0);
}

static void spares_free(VM *vm)
{
    Heap *h = &vm->heap;
    for (size_t class = 0; class <= HEAP_SPARE_MAX / 16; class++) {
        while (h->spare[class]) {
            HeapSpare *spare = h->spare[class];
            h->spare[class] = spare->next;
            (void)vm->allocator.resize(vm->allocator.ud, spare, class * 16, 0);
        }
    }
}

void *asy_mem_resize(VM *vm, void *ptr, size_t old_size, size_t new_size)
{
    Heap *h = &vm->heap;
    if (new_size == 0) {
        asy_mem_free(vm, ptr, old_size);
        return NULL;
    }
    if (!ptr) return asy_mem_alloc(vm, new_size);
    if (ASY_UNLIKELY(heap_injected(h))) return NULL;
    if (new_size > old_size && !heap_admit(vm, new_size - old_size)) return NULL;
    void *p = ptr;
    if (old_size <= HEAP_SPARE_MAX || new_size <= HEAP_SPARE_MAX) {
        if (host_size(old_size) != host_size(new_size)) {
            p = buffer_take(vm, new_size);
            if (!p) return NULL;
            memcpy(p, ptr, old_size < new_size ? old_size : new_size);
            buffer_drop(vm, ptr, old_size);
        }
    } else {
        p = vm->allocator.resize(vm->allocator.ud, ptr, old_size, new_size);
        if (!p) return NULL;
    }
    h->bytes -= old_size;
    heap_count(h, new_size);
    return p;
}

void *asy_mem_alloc(VM *vm, size_t size)
{
    Heap *h = &vm->heap;
    if (size == 0) size = 1;
    if (ASY_UNLIKELY(heap_injected(h)) || !heap_admit(vm, size)) return NULL;
    void *p = buffer_take(vm, size);
    if (p) heap_count(h, size);
    return p;
}

void asy_mem_free(VM *vm, void *ptr, size_t size)
{
    if (!ptr) return;
    if (size == 0) size = 1;    // as asy_mem_alloc asked for
    assert(vm->heap.bytes >= size);
    vm->heap.bytes -= size;
    buffer_drop(vm, ptr, size);
}

static void *allocator_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    return asy_mem_resize(ud, ptr, old_size, new_size);
}

AsyAllocator asy_mem_allocator(VM *vm) { return (AsyAllocator){ .resize = allocator_resize, .ud = vm }; }

// ---- pages ----

static void page_link(HeapPage **list, HeapPage *page)
{
    page->prev = NULL;
    page->next = *list;
    if (*list) (*list)->prev = page;
    *list = page;
}

static void page_unlink(HeapPage **list, HeapPage *page)
{
    if (page->prev) page->prev->next = page->next;
    else *list = page->next;
    if (page->next) page->next->prev = page->prev;
    page->next = page->prev = NULL;
}

// Room for one more pointer in a growing table; its memory is counted but not subject to injection.
static bool table_reserve(VM *vm, void *table_field, uint32_t count, uint32_t *capacity)
{
    if (count < *capacity) return true;
    uint32_t grown = *capacity ? *capacity * 2 : 8;
    void *table;
    memcpy(&table, table_field, sizeof table);
    table = vm->allocator.resize(vm->allocator.ud, table, *capacity * sizeof(void *), grown * sizeof(void *));
    if (!table) return false;
    memcpy(table_field, &table, sizeof table);
    heap_count(&vm->heap, (grown - *capacity) * sizeof(void *));
    *capacity = grown;
    return true;
}

static HeapArena *arena_new(VM *vm)
{
    Heap *h = &vm->heap;
    uint32_t number = 0;
    while (number < h->arena_count && h->arenas[number]) number++;
    if (number >= (1u << 31 >> SLOT_BITS) / HEAP_ARENA_PAGES) return NULL;      // the index would not fit
    if (!table_reserve(vm, &h->arenas, number, &h->arena_capacity)) return NULL;
    char *block = vm->allocator.resize(vm->allocator.ud, NULL, 0, ARENA_SIZE + sizeof(HeapArena));
    if (!block) return NULL;
    HeapArena *arena = (HeapArena *)(void *)block;
    uintptr_t first = ((uintptr_t)block + sizeof(HeapArena) + HEAP_PAGE_SIZE - 1) & ~(uintptr_t)(HEAP_PAGE_SIZE - 1);
    *arena = (HeapArena){ .self = arena, .pages = (char *)first, .number = number };
    h->arenas[number] = arena;
    if (number == h->arena_count) h->arena_count++;
    return arena;
}

static void arena_free(VM *vm, HeapArena *arena)
{
    vm->heap.arenas[arena->number] = NULL;
    HEAP_UNPOISON(arena, ARENA_SIZE + sizeof(HeapArena));
    (void)vm->allocator.resize(vm->allocator.ud, arena, ARENA_SIZE + sizeof(HeapArena), 0);
}

// An empty page for slots of this size.
static HeapPage *page_new(VM *vm, uint32_t slot_size)
{
    Heap *h = &vm->heap;
    if (!heap_admit(vm, HEAP_PAGE_SIZE)) return NULL;
    HeapPage *page = h->empty;
    if (page) {
        page_unlink(&h->empty, page);
    } else {
        HeapArena *arena = NULL;
        if (h->arena_count) arena = h->arenas[h->arena_count - 1];      // only the last can have untaken pages
        if (!arena || arena->taken == HEAP_ARENA_PAGES) arena = arena_new(vm);
        if (!arena) return NULL;
        uint32_t i = arena->taken++;
        page = (HeapPage *)(void *)(arena->pages + (size_t)i * HEAP_PAGE_SIZE);
        HEAP_UNPOISON(page, PAGE_HEAD);
        *page = (HeapPage){ .number = arena->number * HEAP_ARENA_PAGES + i, .arena = arena };
    }
    page->slot_size = slot_size;
    page->capacity = (HEAP_PAGE_SIZE - PAGE_HEAD) / slot_size;
    page->carved = page->used = 0;
    page->free = NULL;
    page->gc = NULL;
    page->arena->used++;
    heap_count(h, HEAP_PAGE_SIZE);
    HEAP_POISON((char *)page + PAGE_HEAD, HEAP_PAGE_SIZE - PAGE_HEAD);
    return page;
}

// The page's last object has gone.
static void page_empty(VM *vm, HeapPage *page)
{
    Heap *h = &vm->heap;
    HeapArena *arena = page->arena;
    page->slot_size = 0;
    page->touched = false;
    h->bytes -= HEAP_PAGE_SIZE;
    page_link(&h->empty, page);
    if (--arena->used > 0 || h->arena_count < 2 || arena->number == h->arena_count - 1) return;
    for (uint32_t i = 0; i < arena->taken; i++) {
        page_unlink(&h->empty, (HeapPage *)(void *)(arena->pages + (size_t)i * HEAP_PAGE_SIZE));
    }
    arena_free(vm, arena);
}

// Gives out slots that were never used, a few at a time so that untouched memory stays untouched.
static void page_carve(Heap *h, uint32_t class, HeapPage *page)
{
    uint32_t n = page->capacity - page->carved;
    uint32_t batch = 2048 / page->slot_size + 1;
    if (n > batch) n = batch;
    for (uint32_t i = page->carved + n; i-- > page->carved;) {
        ObjHeader *o = slot_at(page, i);
        HEAP_UNPOISON(o, sizeof(ObjHeader));
        o->refs = 0;
        o->flags = OBJ_FREE;
        o->type = h->free[class];
        h->free[class] = o;
    }
    page->carved += n;
}

// The free list of this class is used up: carve more, or turn to another page.
static bool heap_refill(VM *vm, uint32_t class)
{
    Heap *h = &vm->heap;
    HeapPage *page = h->current[class];
    if (page && page->carved < page->capacity) {
        page_carve(h, class, page);
        return true;
    }
    HeapPage *next = h->partial[class];
    if (next) {
        page_unlink(&h->partial[class], next);
    } else {
        next = page_new(vm, class * 16);
        if (!next) return false;
    }
    if (page) {
        page->current = false;
        page->used = page->capacity;
        page->free = NULL;
    }
    next->current = next->touched = true;
    h->current[class] = next;
    h->free[class] = next->free;
    next->free = NULL;
    if (!h->free[class]) page_carve(h, class, next);
    return true;
}

static ObjHeader *large_alloc(VM *vm, size_t size)
{
    Heap *h = &vm->heap;
    if (size > SIZE_MAX / 2 || !heap_admit(vm, sizeof(HeapLarge) + size)) return NULL;
    uint32_t place = h->large_free;
    while (place < h->large_count && h->large[place]) place++;
    if (place >= LARGE_INDEX - 1 || !table_reserve(vm, &h->large, place, &h->large_capacity)) return NULL;
    HeapLarge *large = vm->allocator.resize(vm->allocator.ud, NULL, 0, sizeof(HeapLarge) + size);
    if (!large) return NULL;
    *large = (HeapLarge){ .number = LARGE_BASE + h->large_next++ * 16, .size = size, .place = place };
    h->large[place] = large;
    h->large_free = place + 1;
    if (place == h->large_count) h->large_count++;
    heap_count(h, sizeof(HeapLarge) + size);
    ObjHeader *o = (ObjHeader *)(void *)(large + 1);
    memset(o, 0, size);
    return o;
}

ObjHeader *asy_heap_alloc(VM *vm, size_t size)
{
    Heap *h = &vm->heap;
    if (ASY_UNLIKELY(heap_injected(h))) return NULL;
    ObjHeader *o;
    if (ASY_LIKELY(size <= HEAP_SMALL_MAX)) {
        uint32_t class = (uint32_t)(size + 15) / 16;
        if (ASY_UNLIKELY(!h->free[class]) && !heap_refill(vm, class)) return NULL;
        o = h->free[class];
        assert(o->flags & OBJ_FREE);
        h->free[class] = o->type;
        HEAP_UNPOISON(o, class * 16);
        memset((char *)o + sizeof(ObjHeader), 0, class * 16 - sizeof(ObjHeader));
        o->flags = class;
    } else {
        o = large_alloc(vm, size);
        if (!o) return NULL;
    }
    h->objects++;
    return o;
}

void asy_heap_free(VM *vm, ObjHeader *o)
{
    Heap *h = &vm->heap;
    uint32_t class = o->flags & OBJ_CLASS_MASK;
    h->objects--;
    if (class == 0) {
        HeapLarge *large = large_of(o);
        size_t size = sizeof(HeapLarge) + large->size;
        h->large[large->place] = NULL;
        if (large->place < h->large_free) h->large_free = large->place;
        h->bytes -= size;
        (void)vm->allocator.resize(vm->allocator.ud, large, size, 0);
        return;
    }
    HeapPage *page = asy_heap_page_of(o);
    o->flags = OBJ_FREE;
    o->refs = 0;
    HEAP_POISON((char *)o + sizeof(ObjHeader), class * 16 - sizeof(ObjHeader));
    if (ASY_LIKELY(page->current)) {
        o->type = h->free[class];
        h->free[class] = o;
        return;
    }
    bool was_full = page->used == page->capacity;
    o->type = page->free;
    page->free = o;
    if (was_full) page_link(&h->partial[class], page);
    if (--page->used == 0) {
        page_unlink(&h->partial[class], page);
        page_empty(vm, page);
    }
}

size_t asy_heap_block_size(const ObjHeader *o)
{
    uint32_t class = o->flags & OBJ_CLASS_MASK;
    return class ? class * 16 : large_of(o)->size;
}

// ---- names of objects ----

uint64_t asy_heap_number(VM *vm, const ObjHeader *o)
{
    (void)vm;
    if ((o->flags & OBJ_CLASS_MASK) == 0) return large_of(o)->number;
    HeapPage *page = asy_heap_page_of(o);
    return SMALL_BASE + (uint64_t)page->number * HEAP_PAGE_SIZE + (uint64_t)((const char *)o - (const char *)page);
}

uint32_t asy_heap_index(VM *vm, const ObjHeader *o)
{
    (void)vm;
    if ((o->flags & OBJ_CLASS_MASK) == 0) return LARGE_INDEX | large_of(o)->place;
    HeapPage *page = asy_heap_page_of(o);
    return page->number << SLOT_BITS | (uint32_t)((const char *)o - (const char *)page) >> 4;
}

ObjHeader *asy_heap_at(VM *vm, uint32_t index)
{
    Heap *h = &vm->heap;
    if (index & LARGE_INDEX) return (ObjHeader *)(void *)(h->large[index & ~LARGE_INDEX] + 1);
    uint32_t number = index >> SLOT_BITS;
    char *page = h->arenas[number / HEAP_ARENA_PAGES]->pages + (size_t)(number % HEAP_ARENA_PAGES) * HEAP_PAGE_SIZE;
    return (ObjHeader *)(void *)(page + ((size_t)(index & ((1u << SLOT_BITS) - 1)) << 4));
}

static HeapPage *page_at(const Heap *h, uint32_t number)
{
    if (number / HEAP_ARENA_PAGES >= h->arena_count) return NULL;
    HeapArena *arena = h->arenas[number / HEAP_ARENA_PAGES];
    if (!arena || number % HEAP_ARENA_PAGES >= arena->taken) return NULL;
    HeapPage *page = (HeapPage *)(void *)(arena->pages + (size_t)(number % HEAP_ARENA_PAGES) * HEAP_PAGE_SIZE);
    return page->slot_size ? page : NULL;
}

ObjHeader *asy_heap_find(VM *vm, uint32_t index)
{
    Heap *h = &vm->heap;
    if (index & LARGE_INDEX) {
        uint32_t place = index & ~LARGE_INDEX;
        return place < h->large_count && h->large[place] ? (ObjHeader *)(void *)(h->large[place] + 1) : NULL;
    }
    HeapPage *page = page_at(h, index >> SLOT_BITS);
    uint32_t offset = (index & ((1u << SLOT_BITS) - 1)) << 4;
    if (!page || offset < PAGE_HEAD || (offset - PAGE_HEAD) % page->slot_size) return NULL;
    if ((offset - PAGE_HEAD) / page->slot_size >= page->carved) return NULL;
    ObjHeader *o = (ObjHeader *)(void *)((char *)page + offset);
    return o->flags & OBJ_FREE ? NULL : o;
}

uint32_t asy_heap_page_end(VM *vm) { return vm->heap.arena_count * HEAP_ARENA_PAGES + 1; }

void asy_heap_walk_page(VM *vm, uint32_t number, void (*visit)(void *ud, ObjHeader *o), void *ud)
{
    Heap *h = &vm->heap;
    HeapPage *page = page_at(h, number);
    if (page) {
        for (uint32_t i = 0; i < page->carved; i++) {
            ObjHeader *o = slot_at(page, i);
            if (!(o->flags & OBJ_FREE)) visit(ud, o);
        }
    } else if (number == h->arena_count * HEAP_ARENA_PAGES) {
        for (uint32_t i = 0; i < h->large_count; i++) {
            if (h->large[i]) visit(ud, (ObjHeader *)(void *)(h->large[i] + 1));
        }
    }
}

static void heap_walk(VM *vm, bool touched_only, void (*visit)(void *ud, ObjHeader *o), void *ud)
{
    Heap *h = &vm->heap;
    for (uint32_t i = 0; i < h->large_count; i++) {     // their numbers are below those of slots
        if (h->large[i]) visit(ud, (ObjHeader *)(void *)(h->large[i] + 1));
    }
    for (uint32_t a = 0; a < h->arena_count; a++) {
        HeapArena *arena = h->arenas[a];
        for (uint32_t p = 0; arena && p < arena->taken; p++) {
            HeapPage *page = (HeapPage *)(void *)(arena->pages + (size_t)p * HEAP_PAGE_SIZE);
            if (page->slot_size == 0 || (touched_only && !page->touched)) continue;
            for (uint32_t i = 0; i < page->carved; i++) {
                ObjHeader *o = slot_at(page, i);
                if (!(o->flags & OBJ_FREE)) visit(ud, o);
            }
        }
    }
}

void asy_heap_walk(VM *vm, void (*visit)(void *ud, ObjHeader *o), void *ud) { heap_walk(vm, false, visit, ud); }

void asy_heap_walk_touched(VM *vm, void (*visit)(void *ud, ObjHeader *o), void *ud)
{
    heap_walk(vm, true, visit, ud);
}

void asy_heap_clear_touched(VM *vm)
{
    Heap *h = &vm->heap;
    for (uint32_t a = 0; a < h->arena_count; a++) {
        HeapArena *arena = h->arenas[a];
        for (uint32_t p = 0; arena && p < arena->taken; p++) {
            HeapPage *page = (HeapPage *)(void *)(arena->pages + (size_t)p * HEAP_PAGE_SIZE);
            page->touched = page->current && page->slot_size != 0;
        }
    }
}

bool asy_heap_init(VM *vm)
{
    vm->heap = (Heap){ 0 };
    return true;
}

void asy_heap_close(VM *vm)
{
    Heap *h = &vm->heap;
    for (uint32_t i = 0; i < h->large_count; i++) {
        HeapLarge *large = h->large[i];
        if (large) (void)vm->allocator.resize(vm->allocator.ud, large, sizeof(HeapLarge) + large->size, 0);
    }
    for (uint32_t a = 0; a < h->arena_count; a++) {
        if (h->arenas[a]) arena_free(vm, h->arenas[a]);
    }
    if (h->large) (void)vm->allocator.resize(vm->allocator.ud, h->large, h->large_capacity * sizeof(void *), 0);
    spares_free(vm);
    if (h->arenas) (void)vm->allocator.resize(vm->allocator.ud, h->arenas, h->arena_capacity * sizeof(void *), 0);
    *h = (Heap){ 0 };
}
