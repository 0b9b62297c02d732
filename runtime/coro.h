// Native coroutines: coroutine objects whose body is a C function, a step at a time.
//
// lock.acquire(), queue.get(), sleep() and their like return one. It is a coroutine to script: awaited once, sent to,
// thrown into, closed, reported if never awaited. Its body keeps what it needs in `state`, `self` and `arg` and is
// called again with what it waited for. It can wait in three ways:
//   bare yield    CORO_PAUSE: the task runs again in the loop's next turn (sleep(0))
//   parked        asy_coro_park: the object itself is the waiter; whoever finds it in its queue wakes it (waiters.h)
//   delegating    asy_coro_delegate: another awaitable, as `await` does
// Parking allocates nothing; cancelling a parked task takes one step, as cancelling a future does in asyncio.
#pragma once
#include "runtime/runtime.h"

// The bodies: X(id, function, qualified name). Stored in objects by index, so that they can be saved.
#define CORO_BODIES(X)                                                                                                 \
    X(SLEEP, asy_sleep_step, "sleep")                                                                                  \
    X(WAIT, asy_wait_step, "wait")                                                                                     \
    X(LOCK_ACQUIRE, asy_lock_acquire_step, "Lock.acquire")                                                             \
    X(LOCK_ENTER, asy_lock_enter_step, "_ContextManagerMixin.__aenter__")                                              \
    X(LOCK_EXIT, asy_lock_exit_step, "_ContextManagerMixin.__aexit__")                                                 \
    X(EVENT_WAIT, asy_event_wait_step, "Event.wait")                                                                   \
    X(SEMAPHORE_ACQUIRE, asy_semaphore_acquire_step, "Semaphore.acquire")                                              \
    X(CONDITION_WAIT, asy_condition_wait_step, "Condition.wait")                                                       \
    X(CONDITION_WAIT_FOR, asy_condition_wait_for_step, "Condition.wait_for")                                           \
    X(QUEUE_GET, asy_queue_get_step, "Queue.get")                                                                      \
    X(QUEUE_PUT, asy_queue_put_step, "Queue.put")                                                                      \
    X(QUEUE_JOIN, asy_queue_join_step, "Queue.join")                                                                   \
    X(TIMEOUT_ENTER, asy_timeout_enter_step, "Timeout.__aenter__")                                                     \
    X(TIMEOUT_EXIT, asy_timeout_exit_step, "Timeout.__aexit__")                                                        \
    X(GROUP_ENTER, asy_taskgroup_enter_step, "TaskGroup.__aenter__")                                                   \
    X(GROUP_EXIT, asy_taskgroup_exit_step, "TaskGroup.__aexit__")                                                      \
    X(AS_COMPLETED, asy_as_completed_step, "as_completed.<locals>._wait_for_one")                                      \
    X(AS_COMPLETED_NEXT, asy_as_completed_next_step, "_AsCompletedIterator.__anext__")
typedef enum CoroBody {
#define X(id, function, name) CORO_##id,
    CORO_BODIES(X)
#undef X
    CORO__COUNT
} CoroBody;

typedef enum CoroPhase {
    CORO_CREATED,
    CORO_RUNNING,
    CORO_RUNNING_WOKEN,         // the same, after it was woken: an exception thrown in came between
    CORO_PAUSED,                // has yielded None
    CORO_PARKED,                // waits to be woken
    CORO_WOKEN,                 // has been; its task is scheduled
    CORO_CANCELLED,             // its wait was cancelled; its task is scheduled
    CORO_DELEGATING,
    CORO_DONE,
} CoroPhase;

typedef struct WaitLink WaitLink;
struct WaitLink {
    WaitLink *next, *prev;      // a ring with its queue's head; NULL: in none
};
struct CoroObj {
    ObjHeader head;
    uint32_t timer;             // place + 1 in the loop's timers (loop.h: Timed); 0: none
    uint8_t body;               // CoroBody
    uint8_t phase;              // CoroPhase
    uint8_t state;              // the body's own, 0 at first
    uint8_t extra;              // the body's own
    Value self;                 // what it is a method of, or NIL
    Value arg;                  // the body's own
    union {
        TaskObj *task;          // PARKED, WOKEN: who waits, borrowed; NULL: nobody yet
        Value delegate;         // DELEGATING
        CoroObj *spare;         // DONE and kept: the next one
    };
    WaitLink link;
};
_Static_assert(sizeof(CoroObj) <= 64, "a parked task, its frame and its waiter fit 300 bytes");

// What a body returns: the interpreter's results, and CORO_PAUSE.
// `sent` is what it waited for has given (NIL at the start and if `thrown`); `thrown` an exception, borrowed, or NIL.
// A body that is thrown at returns SEND_ERROR with it (or another) raised, unless it deals with it.
typedef SendResult (*CoroStep)(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out);
#define X(id, function, name) SendResult function(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out);
CORO_BODIES(X)
#undef X

// New coroutine of `body`; retains self and arg (NIL: none). NULL: MemoryError.
ASY_CHECKED CoroObj *asy_coro_new(VM *vm, CoroBody body, Value self, Value arg);
// The same as a Value or ERR: the usual end of a method.
ASY_CHECKED Value asy_coro_value(VM *vm, CoroBody body, Value self, Value arg);
// In the body of an __aenter__: keeps the coroutine in a list of its owner's, so that leaving needs no memory. The
// __aexit__ then takes it (or a new one) by asy_coro_again. The owner drops what is left in its list when it dies.
void asy_coro_keep(CoroObj **spares, CoroObj *c);
ASY_CHECKED Value asy_coro_again(VM *vm, CoroObj **spares, CoroBody body, Value self, Value arg);
void asy_coro_drop_spares(VM *vm, CoroObj **spares);
void asy_coro_trace_spares(Tracer *t, CoroObj *spares);
// In a body: ways to wait; the body returns their result. The next step begins in `state`.
SendResult asy_coro_pause(CoroObj *c, uint8_t state, Value *out);
SendResult asy_coro_park(CoroObj *c, uint8_t state, Value *out);
SendResult asy_coro_delegate(VM *vm, CoroObj *c, uint8_t state, Value awaitable, Value *out);   // borrowed
// In a body: raises `thrown` on.
SendResult asy_coro_rethrow(VM *vm, Value thrown);

// One step from outside: sends None, or throws (borrowed; NIL: none).
SendResult asy_coro_resume(VM *vm, CoroObj *c, Value thrown, Value *out);
ASY_INLINE bool asy_is_coro(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == asy_rt(vm)->types.coro; }
// asyncio.iscoroutine: 1, 0, -1.
ASY_CHECKED int asy_iscoroutine(VM *vm, Value v);
// Closes a coroutine of any kind that will not be run, so that it is not reported.
ASY_CHECKED bool asy_coroutine_close(VM *vm, Value coroutine);
extern const TypeDef asy_rt_coro_type, asy_rt_coro_wrapper_type;
