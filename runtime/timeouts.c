// asyncio.timeout() and timeout_at(): the object cancels its task when the time has come, and turns that cancellation
// into TimeoutError on the way out.
//
// Each arming has a ticket; a timer that was due before it was disarmed finds that its ticket is no longer the one.
#include "runtime/timeouts.h"

#include "runtime/coro.h"
#include "runtime/task.h"
#include "vm/objects/exception.h"
#include "vm/objects/float.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

typedef enum TimeoutState { TIMEOUT_CREATED, TIMEOUT_ENTERED, TIMEOUT_EXPIRING, TIMEOUT_EXPIRED, TIMEOUT_EXITED } TimeoutState;
static const char *const state_names[] = { "created", "active", "expiring", "expired", "finished" };

typedef struct TimeoutObj {
    ObjHeader head;
    uint32_t timer;             // Timed
    uint32_t ticket;            // of the timer that counts; 0: none armed
    uint32_t tickets;           // given out
    uint32_t cancelling;        // the task's count on entry
    uint8_t state;
    Value when;                 // number or None
    Value task;                 // while entered
    Value loop;                 // whose timer runs
    CoroObj *spares;            // what it was entered by, for leaving: that needs no memory
} TimeoutObj;

static TimeoutObj *as_timeout(Value v) { return asy_as(TimeoutObj, v); }

static void disarm(VM *vm, TimeoutObj *t)
{
    t->ticket = 0;
    if (t->timer) asy_loop_timer_remove(vm, asy_as_loop(t->loop), (Timed *)(void *)t);
}

// Arms it for `when` (borrowed, not None).
static bool arm(VM *vm, TimeoutObj *t, Value when)
{
    Value loop = asy_running_loop_checked(vm);
    double at = 0, now;
    if (asy_is_err(loop) || !asy_to_double(vm, when, &at) || !asy_loop_now(vm, loop, &now)) return false;
    if (!asy_is_loop(vm, loop)) {
        asy_raise(vm, EXC_NotImplementedError, "timeout() needs an event loop of asyncio's own");
        return false;
    }
    asy_set(vm, &t->loop, asy_retain(loop));
    t->ticket = ++t->tickets;
    Timed *timed = (Timed *)(void *)t;
    return at <= now ? asy_loop_timer_now(vm, asy_as_loop(loop), timed) : asy_loop_timer_add(vm, asy_as_loop(loop), timed, at);
}

Value asy_timeout_ticket(const ObjHeader *timeout) { return asy_from_small(((const TimeoutObj *)(const void *)timeout)->ticket); }

bool asy_timeout_fire(VM *vm, Value timeout, Value ticket)
{
    TimeoutObj *t = as_timeout(timeout);
    if (t->ticket == 0 || asy_as_small(ticket) != t->ticket || t->state != TIMEOUT_ENTERED) return true;
    t->ticket = 0;
    t->state = TIMEOUT_EXPIRING;
    return asy_task_cancel_any(vm, t->task, ASY_NIL) >= 0;
}

static bool set_when(VM *vm, TimeoutObj *t, Value when)
{
    if (t->state != TIMEOUT_ENTERED) {
        if (t->state == TIMEOUT_CREATED) asy_raise(vm, EXC_RuntimeError, "Timeout has not been entered");
        else asy_raise(vm, EXC_RuntimeError, "Cannot change state of %s Timeout", state_names[t->state]);
        return false;
    }
    asy_set(vm, &t->when, asy_retain(when));
    disarm(vm, t);
    return asy_is_none(when) || arm(vm, t, when);
}

SendResult asy_timeout_enter_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent, (void)thrown;
    TimeoutObj *t = as_timeout(c->self);
    if (t->state != TIMEOUT_CREATED) {
        asy_raise(vm, EXC_RuntimeError, "Timeout has already been entered");
        return SEND_ERROR;
    }
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return SEND_ERROR;
    Value task = asy_task_current(vm, loop);
    if (asy_is_nil(task)) {
        asy_raise(vm, EXC_RuntimeError, "Timeout should be used inside a task");
        return SEND_ERROR;
    }
    t->state = TIMEOUT_ENTERED;
    asy_set(vm, &t->task, asy_retain(task));
    t->cancelling = asy_is_task(vm, task) ? asy_as(TaskObj, task)->future.cancels : 0;
    Value when = asy_retain(t->when);
    bool ok = set_when(vm, t, when);
    asy_release(vm, when);
    if (!ok) return SEND_ERROR;
    asy_coro_keep(&t->spares, c);
    *out = asy_retain(c->self);
    return SEND_RETURN;
}

// arg: the exception that leaves the body, or None.
SendResult asy_timeout_exit_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent, (void)thrown;
    TimeoutObj *t = as_timeout(c->self);
    disarm(vm, t);
    if (t->state == TIMEOUT_ENTERED) {
        t->state = TIMEOUT_EXITED;
    } else if (t->state == TIMEOUT_EXPIRING) {
        t->state = TIMEOUT_EXPIRED;
        uint32_t left = asy_is_task(vm, t->task) ? asy_task_uncancel(asy_as(TaskObj, t->task)) : 0;
        // Nobody else has asked for a cancellation since: the CancelledError is ours.
        bool ours = left <= t->cancelling && asy_is_obj(c->arg) && asy_as_obj(c->arg)->type == asy_rt(vm)->exc.cancelled_error;
        if (ours) {
            Value exc = asy_exc_new(vm, vm->exc[EXC_TimeoutError], NULL, 0);
            if (asy_is_err(exc)) return SEND_ERROR;
            asy_set(vm, &asy_as_exc(exc)->cause, asy_retain(c->arg));
            asy_as_exc(exc)->suppress_context = true;
            asy_raise_object(vm, exc);
            asy_release(vm, exc);
            return SEND_ERROR;
        }
    }
    *out = ASY_NONE;
    return SEND_RETURN;
}

// ---- script's side ----

static Value timeout_when(VM *vm, Args a) { return (void)vm, asy_retain(as_timeout(a.self)->when); }
static Value timeout_reschedule(VM *vm, Args a) { return set_when(vm, as_timeout(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }
static Value timeout_expired(VM *vm, Args a)
{
    (void)vm;
    TimeoutState s = as_timeout(a.self)->state;
    return asy_from_bool(s == TIMEOUT_EXPIRING || s == TIMEOUT_EXPIRED);
}
static Value timeout_enter(VM *vm, Args a) { return asy_coro_value(vm, CORO_TIMEOUT_ENTER, a.self, ASY_NIL); }
static Value timeout_exit(VM *vm, Args a)
{
    return asy_coro_again(vm, &as_timeout(a.self)->spares, CORO_TIMEOUT_EXIT, a.self, a.v[1]);
}

static bool timeout_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "when" };
    Value when;
    if (!asy_new_args(vm, "Timeout", names, 1, 0, 1, args, &when)) return false;
    asy_set(vm, &as_timeout(self)->when, asy_retain(when));
    return true;
}

static Value timeout_repr(VM *vm, Value self)
{
    TimeoutObj *t = as_timeout(self);
    StrObj *s;
    if (t->state != TIMEOUT_ENTERED) {
        s = asy_format(vm, "<Timeout [%s]>", state_names[t->state]);
    } else if (asy_is_none(t->when)) {
        s = asy_format(vm, "<Timeout [active] when=None>");
    } else {
        Value when = asy_call_method1(vm, t->when, asy_name(vm, __round__), asy_from_small(3));
        if (asy_is_err(when)) return ASY_ERR;
        s = asy_format(vm, "<Timeout [active] when=%S>", when);
        asy_release(vm, when);
    }
    return s ? asy_from_obj(s) : ASY_ERR;
}

static void timeout_trace(Tracer *tr, ObjHeader *o)
{
    TimeoutObj *t = (TimeoutObj *)(void *)o;
    asy_trace_value(tr, t->when);
    asy_trace_value(tr, t->task);
    asy_trace_value(tr, t->loop);
    asy_coro_trace_spares(tr, t->spares);
}
static void timeout_clear(VM *vm, ObjHeader *o)
{
    TimeoutObj *t = (TimeoutObj *)(void *)o;
    asy_clear(vm, &t->when);
    asy_clear(vm, &t->task);
    asy_clear(vm, &t->loop);
    asy_coro_drop_spares(vm, &t->spares);
}

static const MethodDef timeout_methods[] = {
    { "__aenter__", timeout_enter, "()", NATIVE_COROUTINE, NULL },
    { "__aexit__", timeout_exit, "(exc_type, exc_val, exc_tb, /)", NATIVE_COROUTINE, NULL },
    { "when", timeout_when, "()", 0, "The deadline, or None." },
    { "reschedule", timeout_reschedule, "(when, /)", 0, "Move the deadline; None: there is none." },
    { "expired", timeout_expired, "()", 0, "Whether it has come." },
    { 0 },
};
const TypeDef asy_timeout_type = {
    .name = "asyncio.timeouts.Timeout",
    .size = sizeof(TimeoutObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "A deadline for what is inside `async with`.",
    .trace = timeout_trace,
    .clear = timeout_clear,
    .methods = timeout_methods,
    .slots = { .new = asy_object_new, .init = timeout_init, .repr = timeout_repr },
};

static Value timeout_new(VM *vm, Value when)
{
    Type *type = asy_type_ready(vm, &asy_timeout_type);
    TimeoutObj *t = type ? asy_object_alloc(vm, type) : NULL;
    if (!t) return ASY_ERR;
    t->when = asy_retain(when);
    return asy_from_obj(t);
}
static Value timeout_function(VM *vm, Args a)
{
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return ASY_ERR;
    if (asy_is_none(a.v[0])) return timeout_new(vm, ASY_NONE);
    double delay = 0, now;
    if (!asy_loop_now(vm, loop, &now) || !asy_to_double(vm, a.v[0], &delay)) return ASY_ERR;
    return timeout_new(vm, asy_from_double(now + delay));
}
static Value timeout_at_function(VM *vm, Args a) { return timeout_new(vm, a.v[0]); }

const MethodDef asy_timeout_functions[] = {
    { "timeout", timeout_function, "(delay)", 0, "A deadline `delay` seconds from now; None: none yet." },
    { "timeout_at", timeout_at_function, "(when)", 0, "A deadline at the loop's time `when`; None: none yet." },
    { 0 },
};
