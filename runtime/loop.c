// The loop's turn: what is ready, timers, running until told to stop. Waiting is in loop_wait.c, script's side in
// loop_methods.c.
//
// An entry taken from the queue is owned by the turn that runs it, so a callback may do anything to the loop. An
// exception that a callback raises goes to the loop's exception handler; KeyboardInterrupt and SystemExit leave the
// turn, and what was ready stays ready.
#include "runtime/loop.h"

#include <math.h>

#include "runtime/combine.h"
#include "runtime/coro.h"
#include "runtime/handle.h"
#include "runtime/task.h"
#include "runtime/timeouts.h"
#include "runtime/waiters.h"
#include "vm/interp/import.h"
#include "vm/interp/slow.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

enum { TIMERS_FIRST = 8 };
static const double CLOCK_RESOLUTION = 1e-9;
static const double WAIT_MAX = 24 * 3600;       // seconds; as asyncio: longer waits are taken in pieces

bool asy_is_loop(VM *vm, Value v)
{
    (void)vm;
    return asy_is_obj(v) && asy_as_obj(v)->type->def == &asy_rt_loop_type;
}

static uint32_t overrides_find(VM *vm, LoopObj *loop)
{
    Runtime *rt = asy_rt(vm);
    const struct { StrObj *name; uint32_t bit; } methods[] = {
        { rt_name(rt, call_soon), LOOP_CALL_SOON }, { rt_name(rt, create_task), LOOP_CREATE_TASK },
        { rt_name(rt, create_future), LOOP_CREATE_FUTURE }, { rt_name(rt, time), LOOP_TIME },
        { rt_name(rt, call_at), LOOP_CALL_AT }, { rt_name(rt, run_forever), LOOP_RUN_FOREVER },
    };
    Type *type = loop->head.type;
    loop->overrides = 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        Type *owner = NULL;
        (void)asy_type_lookup_owner(vm, type, methods[i].name, &owner);
        if (owner != rt->types.loop) loop->overrides |= methods[i].bit;
    }
    loop->type_version = type->version;
    return loop->overrides;
}

uint32_t asy_loop_overrides(VM *vm, Value loop)
{
    if (ASY_UNLIKELY(!asy_is_loop(vm, loop))) return LOOP_UNKNOWN;
    LoopObj *l = asy_as_loop(loop);
    return ASY_LIKELY(l->type_version == l->head.type->version) ? l->overrides : overrides_find(vm, l);
}

// ---- scheduling on any loop ----

bool asy_loop_call_soon(VM *vm, Value loop, Value callable, const Value *args, uint32_t n, Value context)
{
    Runtime *rt = asy_rt(vm);
    Value v[4] = { callable };
    for (uint32_t i = 0; i < n; i++) v[i + 1] = args[i];
    Value kwnames = ASY_NIL;
    if (!asy_is_nil(context)) {
        v[n + 1] = context;
        kwnames = asy_tuple_pack(vm, 1, asy_from_obj(rt_name(rt, context)));
        if (asy_is_err(kwnames)) return false;
    }
    Value self, method = asy_load_method(vm, loop, rt_name(rt, call_soon), &self), r = ASY_ERR;
    if (!asy_is_err(method)) r = asy_call_self(vm, method, self, v, n + 1, kwnames);
    asy_release(vm, method);
    asy_release(vm, kwnames);
    asy_release(vm, r);
    return !asy_is_err(r);
}

bool asy_loop_check_open(VM *vm, LoopObj *loop)
{
    if (ASY_LIKELY(!loop->closed)) return true;
    asy_raise(vm, EXC_RuntimeError, "Event loop is closed");
    return false;
}

// ---- timers: a binary heap by (when, order) ----

static bool timer_before(const TimerEntry *a, const TimerEntry *b)
{
    return a->when < b->when || (a->when == b->when && a->order < b->order);
}

static void timer_put(LoopObj *loop, uint32_t at, TimerEntry entry)
{
    loop->timers[at] = entry;
    entry.object->timer = at + 1;
}

static void timer_up(LoopObj *loop, uint32_t at, TimerEntry entry)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!timer_before(&entry, &loop->timers[parent])) break;
        timer_put(loop, at, loop->timers[parent]);
        at = parent;
    }
    timer_put(loop, at, entry);
}

static void timer_down(LoopObj *loop, uint32_t at, TimerEntry entry)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= loop->timer_count) break;
        if (child + 1 < loop->timer_count && timer_before(&loop->timers[child + 1], &loop->timers[child])) child++;
        if (!timer_before(&loop->timers[child], &entry)) break;
        timer_put(loop, at, loop->timers[child]);
        at = child;
    }
    timer_put(loop, at, entry);
}

bool asy_loop_timer_add(VM *vm, LoopObj *loop, Timed *object, double when)
{
    assert(object->timer == 0);
    if (loop->timer_count == loop->timer_capacity) {
        uint32_t grown = loop->timer_capacity ? loop->timer_capacity + loop->timer_capacity / 2 : TIMERS_FIRST;
        TimerEntry *timers = asy_mem_resize(vm, loop->timers, loop->timer_capacity * sizeof(TimerEntry), grown * sizeof(TimerEntry));
        if (!timers) {
            asy_raise_memory(vm);
            return false;
        }
        loop->timers = timers;
        loop->timer_capacity = grown;
    }
    object->head.refs++;
    timer_up(loop, loop->timer_count++, (TimerEntry){ when, loop->timer_order++, object });
    return true;
}

// Takes the entry at `at` out; its reference is the caller's.
static TimerEntry timer_take(LoopObj *loop, uint32_t at)
{
    TimerEntry entry = loop->timers[at], last = loop->timers[--loop->timer_count];
    entry.object->timer = 0;
    if (at < loop->timer_count) {
        if (at > 0 && timer_before(&last, &loop->timers[(at - 1) / 2])) timer_up(loop, at, last);
        else timer_down(loop, at, last);
    }
    return entry;
}

void asy_loop_timer_remove(VM *vm, LoopObj *loop, Timed *object)
{
    if (object->timer == 0) return;
    assert(loop->timers[object->timer - 1].object == object);
    TimerEntry entry = timer_take(loop, object->timer - 1);
    asy_release_header(vm, &entry.object->head);
}

double asy_loop_time(VM *vm) { return (double)vm->scheduler.monotonic_ns(vm->scheduler.ud) * 1e-9; }

bool asy_loop_now(VM *vm, Value loop, double *out)
{
    if (ASY_LIKELY(asy_loop_plain(vm, loop, LOOP_TIME))) {
        *out = asy_loop_time(vm);
        return true;
    }
    Value v = asy_call_method0(vm, loop, rt_name(asy_rt(vm), time));
    if (asy_is_err(v)) return false;
    bool ok = asy_to_double(vm, v, out);
    asy_release(vm, v);
    return ok;
}

// What a due timer is handed over with: a timeout's tells whether it is still the one that counts.
static Value timer_ticket(const Timed *object)
{
    return object->head.type->def == &asy_timeout_type ? asy_timeout_ticket(&object->head) : ASY_NIL;
}

bool asy_loop_timer_now(VM *vm, LoopObj *loop, Timed *object)
{
    if (!asy_ready_claim(vm, &loop->ready)) return false;
    return asy_ready_push(vm, &loop->ready, READY_TIMER, &object->head, timer_ticket(object));
}

static bool timer_fire(VM *vm, ObjHeader *object, Value ticket)
{
    Value v = asy_from_obj(object);
    if (asy_is_coro(vm, v)) return asy_waiter_wake(vm, asy_as(CoroObj, v)) >= 0;
    if (object->type->def == &asy_timeout_type) return asy_timeout_fire(vm, v, ticket);
    if (object->type->def == &asy_as_completed_type) return asy_as_completed_expire(vm, v);
    return asy_handle_run(vm, asy_as(HandleObj, v));
}

// Due timers go behind what is ready. Those for which there is no room now wait until something has run.
static bool timers_due(VM *vm, LoopObj *loop)
{
    double now;
    if (!asy_loop_now(vm, asy_from_obj(loop), &now)) return false;
    now += CLOCK_RESOLUTION;
    while (loop->timer_count && loop->timers[0].when < now) {
        if (!asy_ready_claim(vm, &loop->ready)) {
            if (loop->ready.count == 0) return false;
            asy_error_clear(vm);
            break;
        }
        Timed *object = loop->timers[0].object;
        if (!asy_ready_push(vm, &loop->ready, READY_TIMER, &object->head, timer_ticket(object))) return false;
        asy_loop_timer_remove(vm, loop, object);
    }
    return true;
}

// ---- a turn ----

bool asy_loop_failed(VM *vm, LoopObj *loop, Value about)
{
    if (vm->limit_hit || asy_error_is(vm, EXC_KeyboardInterrupt) || asy_error_is(vm, EXC_SystemExit) ||
        asy_error_is(vm, EXC_MemoryError)) {
        return false;
    }
    Value exc = asy_error_fetch(vm);
    StrObj *message = asy_format(vm, "Exception in callback of %R", about);
    ReportEntry entries[] = { { "exception", exc } };
    bool ok = message && asy_report(vm, asy_from_obj(loop), message->data, entries, 1);
    asy_release_obj(vm, message);
    asy_release(vm, exc);
    return ok;
}

bool asy_loop_took(VM *vm, LoopObj *loop, Value what, Value args, double start)
{
    double seconds = asy_loop_time(vm) - start;
    if (seconds < loop->slow_callback_duration) return true;
    Value fn = asy_import_attr(vm, "asyncio.base_events", "_report_slow");
    if (asy_is_err(fn)) return false;
    Value r = asy_call3(vm, fn, what, asy_is_nil(args) ? ASY_NONE : args, asy_from_double(seconds));
    asy_release(vm, fn);
    asy_release(vm, r);
    return !asy_is_err(r);
}

// Runs an entry and gives its place back; the entry stays the caller's.
static bool ready_run(VM *vm, LoopObj *loop, Ready entry)
{
    ObjHeader *object = asy_ready_object(entry);
    Value about = asy_from_obj(object);
    double start = ASY_UNLIKELY(loop->debug) ? asy_loop_time(vm) : 0;
    bool ok;
    switch (asy_ready_kind(entry)) {
    case READY_STEP: ok = asy_task_step(vm, asy_as(TaskObj, about), entry.with, false); break;
    case READY_WAKE: ok = asy_task_wakeup(vm, asy_as(TaskObj, about), asy_as(TaskObj, about)->waiter, entry.with, false); break;
    case READY_DONE: return asy_future_run_callbacks(vm, loop, asy_as_future(about), entry.with);
    case READY_TIMER:
        asy_ready_unclaim(&loop->ready);
        ok = timer_fire(vm, object, entry.with);
        break;
    default:
        asy_ready_unclaim(&loop->ready);
        ok = asy_handle_run(vm, asy_as(HandleObj, about));
        break;
    }
    ok = ok || asy_loop_failed(vm, loop, about);
    return ok && (!ASY_UNLIKELY(loop->debug) || asy_loop_took(vm, loop, about, ASY_NIL, start));
}

static bool turn(VM *vm, LoopObj *loop)
{
    ReadyQueue *ready = &loop->ready;
    if (ready->count == 0 && !loop->stopping) {
        int64_t ns = -1;
        if (loop->timer_count) {
            double now;
            if (!asy_loop_now(vm, asy_from_obj(loop), &now)) return false;
            double left = loop->timers[0].when - now;
            if (left > WAIT_MAX) left = WAIT_MAX;
            ns = left > 0 ? (int64_t)ceil(left * 1e9) : 0;
        }
        if (!asy_loop_wait(vm, loop, ns)) return false;
    } else if (!asy_loop_poll(vm, loop)) {
        return false;
    }
    if (loop->timer_count && !timers_due(vm, loop)) return false;
    for (uint32_t left = ready->count; left > 0 && ready->count > 0; left--) {
        Ready entry = asy_ready_take(vm, ready, left);
        bool ok = ready_run(vm, loop, entry);
        asy_ready_release(vm, entry);
        if (!ok || (ASY_UNLIKELY(vm->pending) && !asy_loop_pending(vm))) return false;
    }
    return true;
}

bool asy_loop_pending(VM *vm) { return asy_slow_pending(vm); }

// ---- running ----

typedef struct AsyncgenHooks {
    Value firstiter, finalizer;
} AsyncgenHooks;

// Async generators first iterated inside the loop are its to close.
static bool hooks_install(VM *vm, LoopObj *loop, AsyncgenHooks *saved)
{
    Runtime *rt = asy_rt(vm);
    Value self = asy_from_obj(loop);
    Value firstiter = asy_getattr_opt(vm, self, rt_name(rt, _asyncgen_firstiter_hook));
    if (asy_is_err(firstiter)) return false;
    Value finalizer = asy_getattr_opt(vm, self, rt_name(rt, _asyncgen_finalizer_hook));
    if (asy_is_err(finalizer)) {
        asy_release(vm, firstiter);
        return false;
    }
    Thread *th = vm->thread;
    *saved = (AsyncgenHooks){ th->asyncgen_firstiter, th->asyncgen_finalizer };
    th->asyncgen_firstiter = firstiter;
    th->asyncgen_finalizer = finalizer;
    return true;
}

static bool check_can_run(VM *vm, LoopObj *loop)
{
    if (loop->thread) {
        asy_raise(vm, EXC_RuntimeError, "This event loop is already running");
        return false;
    }
    if (vm->thread->loop) {
        asy_raise(vm, EXC_RuntimeError, "Cannot run the event loop while another loop is running");
        return false;
    }
    return true;
}

Value asy_loop_run_forever(VM *vm, Value self)
{
    LoopObj *loop = asy_as_loop(self);
    Thread *th = vm->thread;
    AsyncgenHooks saved;
    if (!asy_loop_check_open(vm, loop) || !check_can_run(vm, loop) || !hooks_install(vm, loop, &saved)) return ASY_ERR;
    if (!asy_enter_c(vm, "")) return ASY_ERR;
    asy_retain(self);
    loop->thread = th;
    th->loop = loop;
    bool ok;
    do ok = turn(vm, loop);
    while (ok && !loop->stopping);
    loop->stopping = false;
    loop->thread = NULL;
    th->loop = NULL;
    asy_set(vm, &th->asyncgen_firstiter, saved.firstiter);
    asy_set(vm, &th->asyncgen_finalizer, saved.finalizer);
    asy_leave_c(vm);
    asy_release(vm, self);
    return ok ? ASY_NONE : ASY_ERR;
}

bool asy_loop_run_done(VM *vm, Value target, Value future)
{
    int cancelled = asy_any_cancelled(vm, future);
    if (cancelled < 0) return false;
    if (!cancelled) {
        Value exc = asy_any_exception(vm, future);
        if (asy_is_err(exc)) return false;
        bool ends = asy_is_obj(exc) && (asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[EXC_SystemExit]) ||
                                        asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[EXC_KeyboardInterrupt]));
        asy_release(vm, exc);
        if (ends) return true;          // it has left the turn by itself
    }
    asy_as_loop(target)->stopping = true;
    return true;
}

Value asy_loop_run_until_complete(VM *vm, Args a)
{
    LoopObj *loop = asy_as_loop(a.self);
    if (!asy_loop_check_open(vm, loop) || !check_can_run(vm, loop)) return ASY_ERR;
    int is_future = asy_isfuture(vm, a.v[0]);
    if (is_future < 0) return ASY_ERR;
    Value future = asy_ensure_future(vm, a.v[0], a.self);
    if (asy_is_err(future)) return ASY_ERR;
    // A future that is run to its end here is not lost when it is dropped.
    if (!is_future && asy_is_task(vm, future)) asy_as_obj(future)->flags |= TASK_QUIET;
    Value result = ASY_ERR;
    if (asy_future_add_any(vm, future, CB_RUN, a.self)) {
        Value r = asy_loop_plain(vm, a.self, LOOP_RUN_FOREVER)
                      ? asy_loop_run_forever(vm, a.self)
                      : asy_call_method0(vm, a.self, rt_name(asy_rt(vm), run_forever));
        Value error = asy_is_err(r) ? asy_error_fetch(vm) : ASY_NIL;
        asy_release(vm, r);
        int done = asy_any_done(vm, future);
        if (done == 0 && !asy_future_remove_any(vm, future, CB_RUN, a.self)) asy_error_clear(vm);
        if (!asy_is_nil(error)) {
            // The exception says it; the task need not say it again.
            if (!is_future && done > 0 && asy_is_future(vm, future)) asy_as_obj(future)->flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
            asy_error_restore(vm, error);
        } else if (done == 0) {
            asy_raise(vm, EXC_RuntimeError, "Event loop stopped before Future completed.");
        } else if (done > 0) {
            result = asy_any_result(vm, future);
        }
    }
    asy_release(vm, future);
    return result;
}

// ---- life ----

static void loop_trace(Tracer *t, ObjHeader *o)
{
    LoopObj *loop = (LoopObj *)(void *)o;
    asy_attrs_trace(t, &loop->attrs);
    asy_ready_trace(t, &loop->ready);
    for (uint32_t i = 0; i < loop->timer_count; i++) asy_trace_header(t, &loop->timers[i].object->head);
    for (TaskObj *task = loop->tasks.first; task; task = task->next) asy_trace_header(t, &task->future.head);
    asy_trace_value(t, loop->task_factory);
}

// What is scheduled is dropped, running tasks are on their own.
static void loop_drop(VM *vm, LoopObj *loop)
{
    asy_ready_drop(vm, &loop->ready);
    while (loop->timer_count > 0) {
        TimerEntry entry = loop->timers[--loop->timer_count];
        entry.object->timer = 0;
        asy_release_header(vm, &entry.object->head);
    }
    asy_task_list_release(vm, &loop->tasks, false);
}

static void loop_clear(VM *vm, ObjHeader *o)
{
    LoopObj *loop = (LoopObj *)(void *)o;
    loop_drop(vm, loop);
    asy_clear(vm, &loop->task_factory);
    asy_attrs_clear(vm, &loop->attrs);
}

static void loop_free(VM *vm, ObjHeader *o)
{
    LoopObj *loop = (LoopObj *)(void *)o;
    asy_loop_close_io(vm, loop);
    asy_ready_free(vm, &loop->ready);
    asy_mem_free(vm, loop->timers, loop->timer_capacity * sizeof(TimerEntry));
    for (LoopObj **at = &asy_rt(vm)->loops; *at; at = &(*at)->next) {
        if (*at != loop) continue;
        *at = loop->next;
        break;
    }
}

static Value loop_new(VM *vm, Type *type, Args args)
{
    (void)args;
    LoopObj *loop = asy_object_alloc(vm, type);
    if (!loop) return ASY_ERR;
    loop->slow_callback_duration = 0.1;
    Runtime *rt = asy_rt(vm);
    loop->next = rt->loops;
    rt->loops = loop;
    return asy_from_obj(loop);
}
static bool loop_init(VM *vm, Value self, Args args) { return (void)self, asy_no_keywords(vm, "EventLoop", args); }

Value asy_loop_close(VM *vm, Args a)
{
    LoopObj *loop = asy_as_loop(a.self);
    if (loop->thread) return asy_raise(vm, EXC_RuntimeError, "Cannot close a running event loop");
    if (loop->closed) return ASY_NONE;
    loop->closed = true;
    loop_drop(vm, loop);
    asy_loop_close_io(vm, loop);
    return ASY_NONE;
}
const TypeDef asy_rt_loop_type = {
    .name = "_asyncio.EventLoop",
    .size = sizeof(LoopObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(LoopObj, attrs),
    .doc = "The event loop.",
    .trace = loop_trace,
    .clear = loop_clear,
    .free = loop_free,
    .methods = asy_loop_methods,
    .getset = asy_loop_getset,
    .slots = { .new = loop_new, .init = loop_init },
};
