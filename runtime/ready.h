// What is ready on a loop: one FIFO, and places in it that are promised beforehand.
//
// Whoever may have to be scheduled holds a place from the moment when that can still be refused: a task from its making
// to its end, a pending future from its first callback on, any other entry until it has run. Taking a place may allocate
// and fail; waking a task, ending a future, releasing a lock use one that is there. So nobody is left waiting because
// memory ran out in between.
#pragma once
#include "runtime/runtime.h"

typedef enum ReadyKind {
    READY_STEP,             // a task; `with`: exception to throw, or NIL
    READY_WAKE,             // a task whose parked coroutine was woken; `with`: message of cancel(), or NIL
    READY_DONE,             // a future that is done; `with`: how many of its callbacks are to be called
    READY_HANDLE,           // a handle
    READY_TIMER,            // a timed object that is due; `with`: its ticket
    READY__COUNT
} ReadyKind;
_Static_assert(READY__COUNT <= 16, "a kind stands in the low bits of the object's address");

typedef struct Ready {
    uintptr_t what;         // object, owned, and kind
    Value with;             // owned
} Ready;
ASY_INLINE ReadyKind asy_ready_kind(Ready r) { return (ReadyKind)(r.what & 15); }
ASY_INLINE ObjHeader *asy_ready_object(Ready r) { return (ObjHeader *)(r.what & ~(uintptr_t)15); }
// Tasks' entries stand in their tasks' places; the others hold one of their own.
ASY_INLINE bool asy_ready_holds_place(ReadyKind kind) { return kind >= READY_DONE; }

typedef struct ReadyQueue {
    Ready *ring;
    uint32_t capacity, first, count;    // capacity is a power of two, or 0
    uint32_t places;                    // promised, those that entries stand in included; at most capacity
} ReadyQueue;

// One more place. False: MemoryError.
ASY_CHECKED bool asy_ready_grow(VM *vm, ReadyQueue *q, uint32_t needed);
ASY_INLINE bool asy_ready_claim(VM *vm, ReadyQueue *q)
{
    if (ASY_UNLIKELY(q->places >= q->capacity) && !asy_ready_grow(vm, q, q->places + 1)) return false;
    q->places++;
    return true;
}
ASY_INLINE void asy_ready_unclaim(ReadyQueue *q)
{
    assert(q->places > 0);
    q->places--;
}

// Appends an entry in a place that was claimed; retains both. False, with MemoryError: nobody had claimed it (script that
// steps one task in two ways at once), and there is none.
ASY_INLINE bool asy_ready_push(VM *vm, ReadyQueue *q, ReadyKind kind, ObjHeader *object, Value with)
{
    assert(((uintptr_t)object & 15) == 0);
    if (ASY_UNLIKELY(q->count == q->capacity) && !asy_ready_grow(vm, q, q->count + 1)) return false;
    object->refs++;
    q->ring[(q->first + q->count++) & (q->capacity - 1)] = (Ready){ (uintptr_t)object | kind, asy_retain(with) };
    return true;
}
// The next entry, now the caller's; the scheduler may prefer a later one among the `left` that belong to this turn.
Ready asy_ready_take(VM *vm, ReadyQueue *q, uint32_t left);
// An entry that was taken, and whose place is still its own, comes first again; owned.
void asy_ready_put_back(VM *vm, ReadyQueue *q, Ready entry);
ASY_INLINE void asy_ready_release(VM *vm, Ready entry)
{
    asy_release(vm, entry.with);
    asy_release_header(vm, asy_ready_object(entry));
}

void asy_ready_trace(Tracer *t, const ReadyQueue *q);
// Drops all entries.
void asy_ready_drop(VM *vm, ReadyQueue *q);
void asy_ready_free(VM *vm, ReadyQueue *q);
