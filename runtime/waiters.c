// Waking, cancelling and parking of waiters; see waiters.h.
#include "runtime/waiters.h"

#include "runtime/loop.h"
#include "runtime/task.h"

size_t asy_waiters_count(const Waiters *w)
{
    size_t n = 0;
    for asy_waiters_each(w, link) n++;
    return n;
}

void asy_waiters_drop(Waiters *w)
{
    while (!asy_waiters_empty(w)) asy_waiter_remove(asy_waiter_of(w->ring.next));
}

// Schedules the wake-up of the coroutine's task, if one waits already.
static bool waiter_schedule(VM *vm, CoroObj *c, Value message)
{
    TaskObj *t = c->task;
    if (!t) return true;
    Value loop = t->future.loop;
    if (ASY_LIKELY(asy_loop_plain(vm, loop, LOOP_CALL_SOON))) {
        if (!asy_loop_check_open(vm, asy_as_loop(loop))) return false;
        return asy_ready_push(vm, &asy_as_loop(loop)->ready, READY_WAKE, &t->future.head, message);
    }
    ContextObj *context = asy_task_context(vm, t);
    Value callable = context ? asy_task_bound_wakeup(vm, t) : ASY_ERR, args[2] = { asy_from_obj(c), message };
    if (asy_is_err(callable)) return false;
    bool ok = asy_loop_call_soon(vm, loop, callable, args, asy_is_nil(message) ? 1 : 2, asy_from_obj(context));
    asy_release(vm, callable);
    return ok;
}

int asy_waiter_wake(VM *vm, CoroObj *c)
{
    if (c->phase != CORO_PARKED) return 0;
    if (!waiter_schedule(vm, c, ASY_NIL)) return -1;
    c->phase = CORO_WOKEN;
    return 1;
}

int asy_waiter_cancel(VM *vm, CoroObj *c, Value message)
{
    if (c->phase != CORO_PARKED) return 0;
    if (!waiter_schedule(vm, c, asy_is_none(message) ? ASY_NIL : message)) return -1;
    c->phase = CORO_CANCELLED;
    return 1;
}

int asy_waiters_wake_first(VM *vm, Waiters *w)
{
    for asy_waiters_each(w, link) {
        int r = asy_waiter_wake(vm, asy_waiter_of(link));
        if (r != 0) return r;
    }
    return 0;
}

bool asy_waiters_wake_all(VM *vm, Waiters *w)
{
    for asy_waiters_each(w, link) {
        if (asy_waiter_wake(vm, asy_waiter_of(link)) < 0) return false;
    }
    return true;
}

bool asy_waiter_park(VM *vm, CoroObj *c, TaskObj *task)
{
    c->task = task;
    if (ASY_LIKELY(c->phase == CORO_PARKED)) return true;
    // Woken before anybody had waited: somebody drove it by hand first.
    return waiter_schedule(vm, c, ASY_NIL);
}
