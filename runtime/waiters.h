// Wait queues: how native coroutines are parked and woken.
//
// A parked coroutine (coro.h) is in at most one queue. As with asyncio's futures, waking and leaving the queue are two
// things: a woken waiter stays where it is until its task has run, so that who comes next can be told that somebody is
// about to take what was freed. FIFO order is promised to scripts. A coroutine that is closed or dies takes itself out,
// so a queue never holds a dead waiter; queues own nothing.
#pragma once
#include "runtime/coro.h"

typedef struct Waiters {
    WaitLink ring;              // next: the oldest
} Waiters;

ASY_INLINE void asy_waiters_init(Waiters *w) { w->ring.next = w->ring.prev = &w->ring; }
ASY_INLINE bool asy_waiters_empty(const Waiters *w) { return w->ring.next == &w->ring; }
ASY_INLINE CoroObj *asy_waiter_of(WaitLink *link) { return (CoroObj *)(void *)((char *)link - offsetof(CoroObj, link)); }
#define asy_waiters_each(w, link) (WaitLink *link = (w)->ring.next; link != &(w)->ring; link = link->next)
ASY_INLINE void asy_waiters_add(Waiters *w, CoroObj *c)
{
    assert(!c->link.next);
    c->link.next = &w->ring;
    c->link.prev = w->ring.prev;
    w->ring.prev->next = &c->link;
    w->ring.prev = &c->link;
}
ASY_INLINE void asy_waiter_remove(CoroObj *c)
{
    if (!c->link.next) return;
    c->link.next->prev = c->link.prev;
    c->link.prev->next = c->link.next;
    c->link.next = c->link.prev = NULL;
}
size_t asy_waiters_count(const Waiters *w);
// The queue's owner dies: whoever is still in it waits for ever.
void asy_waiters_drop(Waiters *w);

// Schedules the parked coroutine's task; 1, 0: it was not waiting any more, -1: its loop is closed, or is not ours and
// raised. Nothing has changed then.
ASY_CHECKED int asy_waiter_wake(VM *vm, CoroObj *c);
// Wakes the first that still waits: 1, 0: there is none, -1.
ASY_CHECKED int asy_waiters_wake_first(VM *vm, Waiters *w);
// Wakes all that still wait.
ASY_CHECKED bool asy_waiters_wake_all(VM *vm, Waiters *w);
// Cancels the wait: its task gets CancelledError(message). 1, 0: it was not waiting any more, -1.
ASY_CHECKED int asy_waiter_cancel(VM *vm, CoroObj *c, Value message);
// The task has yielded `c` and waits for it now.
ASY_CHECKED bool asy_waiter_park(VM *vm, CoroObj *c, TaskObj *task);
