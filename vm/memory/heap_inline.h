// The short ways of the heap: taking a slot off its class's free list, and putting one back into the page being filled.
// For the few places that make and free most objects; everybody else calls heap.h.
#pragma once
#include "vm/core/vm.h"
#include "vm/memory/heap.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEAP_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(HEAP_ASAN)
#include <sanitizer/asan_interface.h>
#define HEAP_POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define HEAP_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define HEAP_POISON(p, n) ((void)(p), (void)(n))
#define HEAP_UNPOISON(p, n) ((void)(p), (void)(n))
#endif

ASY_INLINE HeapPage *asy_heap_page_of(const ObjHeader *o)
{
    return (HeapPage *)((uintptr_t)o & ~(uintptr_t)(HEAP_PAGE_SIZE - 1));
}

// asy_heap_alloc, without a call if a slot lies ready.
ASY_INLINE ObjHeader *asy_heap_take(VM *vm, size_t size)
{
    Heap *h = &vm->heap;
    uint32_t class = (uint32_t)(size + 15) / 16;
    ObjHeader *o = size <= HEAP_SMALL_MAX ? h->free[class] : NULL;
    if (ASY_UNLIKELY(!o || h->fail_at)) return asy_heap_alloc(vm, size);
    h->allocations++;
    h->objects++;
    assert(o->flags & OBJ_FREE);
    h->free[class] = o->type;
    HEAP_UNPOISON(o, class * 16);
    o->flags = class;
    char *end = (char *)o + class * 16;
    for (char *p = (char *)(o + 1); p < end; p += 16) {
        memset(p, 0, 16);
        __asm__("" : "+r"(p));      // not to be made a call of memset: there are one to three rounds
    }
    return o;
}

// asy_heap_free, likewise.
ASY_INLINE void asy_heap_drop(VM *vm, ObjHeader *o)
{
    uint32_t class = o->flags & OBJ_CLASS_MASK;
    if (ASY_UNLIKELY(class == 0 || !asy_heap_page_of(o)->current)) {
        asy_heap_free(vm, o);
        return;
    }
    Heap *h = &vm->heap;
    h->objects--;
    o->flags = OBJ_FREE;
    o->refs = 0;
    HEAP_POISON((char *)o + sizeof(ObjHeader), class * 16 - sizeof(ObjHeader));
    o->type = h->free[class];
    h->free[class] = o;
}
