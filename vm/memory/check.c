// Heap validator (check.h): counts the references that tracing finds and compares them with what objects
// say of themselves.
#include "vm/memory/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "vm/core/vm.h"

typedef struct CheckEntry {
    const ObjHeader *object;
    uint32_t found;             // references by tracing
} CheckEntry;

typedef struct Check {
    Tracer tracer;              // first: visit gets it
    CheckEntry *table;
    size_t mask;
    const ObjHeader *parent;    // being traced
    char *message;
    size_t size;
    bool sound;
} Check;

ASY_PRINTF(2, 3) static void fail(Check *c, const char *format, ...)
{
    if (!c->sound) return;      // the first one counts
    c->sound = false;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(c->message, c->size, format, args);
    va_end(args);
}

static CheckEntry *entry(Check *c, const ObjHeader *o)
{
    size_t i = ((uintptr_t)o >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20 & c->mask;
    while (c->table[i].object && c->table[i].object != o) i = (i + 1) & c->mask;
    return &c->table[i];
}

static void enter(void *ud, ObjHeader *o) { entry(ud, o)->object = o; }

static void visit(Tracer *t, ObjHeader *o)
{
    Check *c = (Check *)t;
    CheckEntry *e = entry(c, o);
    if (e->object) e->found++;
    else fail(c, "%s refers to freed memory", asy_type_name(c->parent->type));
}

static void trace(void *ud, ObjHeader *o)
{
    Check *c = ud;
    if (!c->sound) return;
    if (!o->type || !entry(c, &o->type->head)->object || !(o->type->head.type->flags & TYPE_TYPE)) {
        fail(c, "an object's type is no type");
        return;
    }
    if (!o->refs) fail(c, "%s is alive without a reference", asy_type_name(o->type));
    if (!(o->flags & OBJ_CONTAINER)) return;
    c->parent = o;
    asy_object_trace(&c->tracer, o);
}

static void compare(void *ud, ObjHeader *o)
{
    Check *c = ud;
    uint32_t found = entry(c, o)->found;
    if (c->sound && found > o->refs) fail(c, "%s counts %u references, %u were found", asy_type_name(o->type), o->refs, found);
}

static void check_free_lists(Check *c, Heap *h)
{
    for (uint32_t class = 1; class < HEAP_CLASSES && c->sound; class++) {
        const HeapPage *page = h->current[class];
        uint32_t count = 0, limit = page ? page->capacity : 0;
        for (const ObjHeader *o = h->free[class]; o && c->sound; o = (const ObjHeader *)(const void *)o->type) {
            if (!(o->flags & OBJ_FREE) || o->refs) fail(c, "a slot of %u bytes on the free list is in use", class * 16);
            if (((uintptr_t)o ^ (uintptr_t)page) & ~(uintptr_t)(HEAP_PAGE_SIZE - 1)) fail(c, "a free slot of %u bytes lies in another page", class * 16);
            if (++count > limit) fail(c, "the free list of %u bytes is a ring", class * 16);
        }
    }
}

bool asy_heap_check(VM *vm, char *message, size_t size)
{
    size_t capacity = 64;
    while (capacity < vm->heap.objects * 2) capacity *= 2;
    const AsyAllocator *host = &vm->allocator;
    CheckEntry *table = asy_alloc(host, capacity * sizeof(CheckEntry));
    if (!table) return true;
    memset(table, 0, capacity * sizeof(CheckEntry));
    Check c = { .tracer = { vm, visit }, .table = table, .mask = capacity - 1, .message = message, .size = size, .sound = true };
    if (size) message[0] = '\0';
    check_free_lists(&c, &vm->heap);
    asy_heap_walk(vm, enter, &c);
    asy_heap_walk(vm, trace, &c);
    asy_heap_walk(vm, compare, &c);
    asy_free(host, table, capacity * sizeof(CheckEntry));
    return c.sound;
}
