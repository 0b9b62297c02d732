// The ring of what is ready; see ready.h.
#include "runtime/ready.h"

enum { RING_FIRST = 16 };

bool asy_ready_grow(VM *vm, ReadyQueue *q, uint32_t needed)
{
    uint32_t capacity = q->capacity ? q->capacity : RING_FIRST;
    while (capacity < needed && capacity < UINT32_MAX / 2) capacity *= 2;
    Ready *ring = capacity < needed ? NULL : asy_mem_alloc(vm, capacity * sizeof(Ready));
    if (!ring) {
        asy_raise_memory(vm);
        return false;
    }
    for (uint32_t i = 0; i < q->count; i++) ring[i] = q->ring[(q->first + i) & (q->capacity - 1)];
    asy_mem_free(vm, q->ring, q->capacity * sizeof(Ready));
    q->ring = ring;
    q->capacity = capacity;
    q->first = 0;
    return true;
}

Ready asy_ready_take(VM *vm, ReadyQueue *q, uint32_t left)
{
    uint32_t mask = q->capacity - 1;
    if (ASY_UNLIKELY(vm->scheduler.choose != asy_scheduler_system.choose) && left > 1) {
        uint32_t chosen = vm->scheduler.choose(vm->scheduler.ud, left) % left;
        Ready entry = q->ring[(q->first + chosen) & mask];
        for (uint32_t i = chosen; i > 0; i--) q->ring[(q->first + i) & mask] = q->ring[(q->first + i - 1) & mask];
        q->ring[q->first] = entry;
    }
    Ready entry = q->ring[q->first];
    q->first = (q->first + 1) & mask;
    q->count--;
    return entry;
}

void asy_ready_put_back(VM *vm, ReadyQueue *q, Ready entry)
{
    // There is room unless somebody has pushed without a place.
    if (ASY_UNLIKELY(q->count == q->capacity)) {
        Value pending = asy_error_fetch(vm);
        bool ok = asy_ready_grow(vm, q, q->count + 1);
        if (!ok) asy_error_clear(vm);
        asy_error_restore(vm, pending);
        if (!ok) {
            asy_ready_release(vm, entry);
            return;
        }
    }
    q->first = (q->first - 1) & (q->capacity - 1);
    q->ring[q->first] = entry;
    q->count++;
}

void asy_ready_trace(Tracer *t, const ReadyQueue *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        Ready entry = q->ring[(q->first + i) & (q->capacity - 1)];
        asy_trace_header(t, asy_ready_object(entry));
        asy_trace_value(t, entry.with);
    }
}

void asy_ready_drop(VM *vm, ReadyQueue *q)
{
    while (q->count > 0) {
        Ready entry = q->ring[q->first];
        q->first = (q->first + 1) & (q->capacity - 1);
        q->count--;
        if (asy_ready_holds_place(asy_ready_kind(entry))) asy_ready_unclaim(q);
        asy_ready_release(vm, entry);
    }
}

void asy_ready_free(VM *vm, ReadyQueue *q)
{
    asy_mem_free(vm, q->ring, q->capacity * sizeof(Ready));
    *q = (ReadyQueue){ 0 };
}
