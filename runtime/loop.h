// The event loop: one FIFO of what is ready, one heap of timers, and libuv for waiting.
//
// A turn does what asyncio's does: wait if nothing is ready, move due timers behind what is ready, then run as many
// entries as were there at that moment. A task's step needs no handle object; script that asks for one gets it.
#pragma once
#include "runtime/future.h"
#include "runtime/ready.h"
#include <uv.h>

// What may stand in the timers: an object that begins like this. A due one is owned by its ready entry.
typedef struct Timed {
    ObjHeader head;
    uint32_t timer;         // place + 1; 0: not waiting
} Timed;
typedef struct TimerEntry {
    double when;
    uint64_t order;         // equal times: in order of insertion
    Timed *object;          // owned
} TimerEntry;

struct LoopObj {
    ObjHeader head;
    Attrs attrs;
    ReadyQueue ready;
    uint32_t timer_count, timer_capacity;
    TimerEntry *timers;                 // binary heap
    uint64_t timer_order;
    TaskList tasks;                     // running ones; each owned once
    Value current;                      // task that runs, borrowed
    Value task_factory;                 // NIL: none
    Thread *thread;                     // that runs it, or NULL
    struct LoopIO *io;                  // libuv's side; NULL until first needed
    LoopObj *next;                      // all of the VM's
    double slow_callback_duration;
    uint32_t type_version;              // for which `overrides` holds
    uint32_t overrides;
    bool stopping, closed, debug;
};
enum {                                  // overridden by the loop's class
    LOOP_CALL_SOON = 1, LOOP_CREATE_TASK = 2, LOOP_CREATE_FUTURE = 4, LOOP_TIME = 8, LOOP_CALL_AT = 16, LOOP_RUN_FOREVER = 32,
    LOOP_UNKNOWN = 64,                  // not a LoopObj at all
};

bool asy_is_loop(VM *vm, Value v);
ASY_INLINE LoopObj *asy_as_loop(Value v) { return asy_as(LoopObj, v); }
// Which methods script has overridden; LOOP_* bits.
uint32_t asy_loop_overrides(VM *vm, Value loop);
ASY_INLINE bool asy_loop_plain(VM *vm, Value loop, uint32_t method) { return !(asy_loop_overrides(vm, loop) & (method | LOOP_UNKNOWN)); }

// Any loop: loop.call_soon(callable, *args, context=context).
ASY_CHECKED bool asy_loop_call_soon(VM *vm, Value loop, Value callable, const Value *args, uint32_t n, Value context);

double asy_loop_time(VM *vm);                   // of a plain loop: seconds of the monotonic clock
ASY_CHECKED bool asy_loop_now(VM *vm, Value loop, double *out);     // loop.time()
// Adds a timer; the heap takes a reference. The object is in no heap.
ASY_CHECKED bool asy_loop_timer_add(VM *vm, LoopObj *loop, Timed *object, double when);
void asy_loop_timer_remove(VM *vm, LoopObj *loop, Timed *object);   // if it is there
// The object is due at once, behind what is ready.
ASY_CHECKED bool asy_loop_timer_now(VM *vm, LoopObj *loop, Timed *object);
// The pending exception of what the loop called for `about` (not script's own callbacks): to the exception handler.
// False: it ends the loop, as KeyboardInterrupt does; so does MemoryError, since somebody may not have been told.
ASY_CHECKED bool asy_loop_failed(VM *vm, LoopObj *loop, Value about);
// Debug mode: says so when what has begun at `start` took long. args: of a callback, a tuple; NIL: a task or handle.
ASY_CHECKED bool asy_loop_took(VM *vm, LoopObj *loop, Value what, Value args, double start);

// The running thread's loop, borrowed; NIL: none runs.
ASY_INLINE Value asy_running_loop(VM *vm) { return vm->thread->loop ? asy_from_obj(vm->thread->loop) : ASY_NIL; }
ASY_CHECKED Value asy_running_loop_checked(VM *vm);     // borrowed; RuntimeError "no running event loop"
// asyncio.get_event_loop(): the running one or the policy's. New reference.
ASY_CHECKED Value asy_get_event_loop(VM *vm);
// "Event loop is closed" or "... is different" ; false: raised.
ASY_CHECKED bool asy_loop_check_open(VM *vm, LoopObj *loop);
// libuv's loop, for whoever adds handles to it (only on the loop's thread). NULL: exception.
ASY_CHECKED uv_loop_t *asy_loop_uv(VM *vm, LoopObj *loop);
// Wakes a loop that waits, from any thread or signal handler.
void asy_loop_wake(LoopObj *loop);
// Finalisers, signals, a switch of threads: what the interpreter does between instructions. False: raised.
ASY_CHECKED bool asy_loop_pending(VM *vm);
void asy_loop_close_io(VM *vm, LoopObj *loop);
// loop_wait.c: waits until libuv has something, `ns` have passed (-1: for ever), or a signal arrives.
ASY_CHECKED bool asy_loop_wait(VM *vm, LoopObj *loop, int64_t ns);
ASY_CHECKED bool asy_loop_poll(VM *vm, LoopObj *loop);

extern const TypeDef asy_rt_loop_type;
extern const MethodDef asy_loop_functions[];
// What loop.c and loop_methods.c share.
extern const MethodDef asy_loop_methods[];
extern const GetSetDef asy_loop_getset[];
ASY_CHECKED Value asy_loop_run_forever(VM *vm, Value self);
ASY_CHECKED Value asy_loop_run_until_complete(VM *vm, Args a);
ASY_CHECKED Value asy_loop_close(VM *vm, Args a);
