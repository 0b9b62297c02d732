// Locks, events, conditions, semaphores.
//
// All are one struct: a queue of parked coroutines and a number. Fairness is asyncio's. Lock: release() wakes the first
// waiter but does not hand the lock over; acquire() queues behind anyone waiting. Semaphore: release() gives its unit to
// the waiter it wakes. A waiter that is cancelled after it was woken passes on what it was given.
#include "runtime/sync.h"

#include "runtime/loop.h"
#include "vm/memory/heap.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

typedef struct SyncObj {
    ObjHeader head;
    Attrs attrs;
    Value loop;                 // where it was first waited for; NIL: nowhere yet
    Waiters waiters;
    int64_t value;              // Lock: 1 locked; Event: 1 set; Semaphore: units
    int64_t bound;              // BoundedSemaphore
    Value lock;                 // Condition
    CoroObj *spares;            // coroutines that `async with` was entered by, for leaving
} SyncObj;

static SyncObj *as_sync(Value v) { return asy_as(SyncObj, v); }
// Exactly this native class: no method is overridden.
static bool is_exactly(Value v, const TypeDef *def)
{
    return asy_is_obj(v) && asy_as_obj(v)->type->def == def && asy_as_obj(v)->type->flags & TYPE_STATIC;
}

// Whoever waits does so on one loop. False: it is another one.
static bool bind_loop(VM *vm, SyncObj *s)
{
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return false;
    if (asy_is_nil(s->loop)) s->loop = asy_retain(loop);
    if (asy_same(s->loop, loop)) return true;
    asy_raise(vm, EXC_RuntimeError, "%R is bound to a different event loop", asy_from_obj(s));
    return false;
}

static SendResult sync_wait(VM *vm, CoroObj *c, SyncObj *s, uint8_t state, Value *out)
{
    if (!bind_loop(vm, s)) return SEND_ERROR;
    asy_waiters_add(&s->waiters, c);
    return asy_coro_park(c, state, out);
}

static bool is_cancelled_error(VM *vm, Value exc)
{
    return asy_type_is_subtype(asy_as_obj(exc)->type, asy_rt(vm)->exc.cancelled_error);
}

static bool all_cancelled(const Waiters *w)
{
    for asy_waiters_each(w, link) {
        if (asy_waiter_of(link)->phase != CORO_CANCELLED) return false;
    }
    return true;
}

// ---- Lock ----

// Wakes the first waiter unless it has been woken already.
static bool lock_wake(VM *vm, SyncObj *s)
{
    return asy_waiters_empty(&s->waiters) || asy_waiter_wake(vm, asy_waiter_of(s->waiters.ring.next)) >= 0;
}

// It is free, and nobody has come before.
static bool lock_try(SyncObj *s)
{
    if (s->value || !all_cancelled(&s->waiters)) return false;
    s->value = 1;
    return true;
}

// A coroutine that waited for it goes on. False: with `thrown` or another exception raised.
static bool lock_waited(VM *vm, SyncObj *s, CoroObj *c, Value thrown)
{
    asy_waiter_remove(c);
    if (asy_is_nil(thrown)) {
        s->value = 1;
        return true;
    }
    if (!is_cancelled_error(vm, thrown) || s->value || lock_wake(vm, s)) asy_raise_object(vm, thrown);
    return false;
}

SendResult asy_lock_acquire_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    SyncObj *s = as_sync(c->self);
    if (c->state == 0 ? !lock_try(s) : !lock_waited(vm, s, c, thrown)) {
        return c->state == 0 ? sync_wait(vm, c, s, 1, out) : SEND_ERROR;
    }
    *out = ASY_TRUE;
    return SEND_RETURN;
}

static bool lock_release(VM *vm, SyncObj *s)
{
    if (!s->value) {
        asy_raise(vm, EXC_RuntimeError, "Lock is not acquired.");
        return false;
    }
    s->value = 0;
    return lock_wake(vm, s);
}

static Value lock_acquire(VM *vm, Args a) { return asy_coro_value(vm, CORO_LOCK_ACQUIRE, a.self, ASY_NIL); }
static Value lock_release_method(VM *vm, Args a) { return lock_release(vm, as_sync(a.self)) ? ASY_NONE : ASY_ERR; }
static Value lock_locked(VM *vm, Args a) { return (void)vm, asy_from_bool(as_sync(a.self)->value); }

// ---- Semaphore ----

static bool semaphore_locked(const SyncObj *s) { return s->value == 0 || !all_cancelled(&s->waiters); }

static bool semaphore_wake(VM *vm, SyncObj *s)
{
    int r = asy_waiters_wake_first(vm, &s->waiters);
    if (r > 0) s->value--;
    return r >= 0;
}

SendResult asy_semaphore_acquire_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    SyncObj *s = as_sync(c->self);
    *out = ASY_TRUE;
    if (c->state == 0) {
        if (semaphore_locked(s)) return sync_wait(vm, c, s, 1, out);
        s->value--;
        return SEND_RETURN;
    }
    asy_waiter_remove(c);
    if (!asy_is_nil(thrown)) {
        if (is_cancelled_error(vm, thrown) && c->phase == CORO_RUNNING_WOKEN) {
            s->value++;
            if (!semaphore_wake(vm, s)) return SEND_ERROR;
        }
        return asy_coro_rethrow(vm, thrown);
    }
    if (s->value > 0 && !semaphore_wake(vm, s)) return SEND_ERROR;
    return SEND_RETURN;
}

static bool semaphore_release(VM *vm, SyncObj *s)
{
    if (s->head.type->def == &asy_bounded_semaphore_type && s->value >= s->bound) {
        asy_raise(vm, EXC_ValueError, "BoundedSemaphore released too many times");
        return false;
    }
    s->value++;
    return semaphore_wake(vm, s);
}

static Value semaphore_acquire(VM *vm, Args a) { return asy_coro_value(vm, CORO_SEMAPHORE_ACQUIRE, a.self, ASY_NIL); }
static Value semaphore_release_method(VM *vm, Args a) { return semaphore_release(vm, as_sync(a.self)) ? ASY_NONE : ASY_ERR; }
static Value semaphore_locked_method(VM *vm, Args a) { return (void)vm, asy_from_bool(semaphore_locked(as_sync(a.self))); }

static bool semaphore_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "value" };
    Value v;
    SyncObj *s = as_sync(self);
    int64_t value = 1;
    if (!asy_new_args(vm, "Semaphore", names, 1, 0, 0, args, &v) || !asy_arg_i64(vm, v, &value)) return false;
    if (value < 0) {
        asy_raise(vm, EXC_ValueError, "Semaphore initial value must be >= 0");
        return false;
    }
    s->value = s->bound = value;
    return true;
}

// ---- Event ----

SendResult asy_event_wait_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    SyncObj *s = as_sync(c->self);
    if (c->state == 0) {
        if (!s->value) return sync_wait(vm, c, s, 1, out);
    } else {
        asy_waiter_remove(c);
        if (!asy_is_nil(thrown)) return asy_coro_rethrow(vm, thrown);
    }
    *out = ASY_TRUE;
    return SEND_RETURN;
}

static Value event_wait(VM *vm, Args a) { return asy_coro_value(vm, CORO_EVENT_WAIT, a.self, ASY_NIL); }
static Value event_is_set(VM *vm, Args a) { return (void)vm, asy_from_bool(as_sync(a.self)->value); }
static Value event_set(VM *vm, Args a)
{
    SyncObj *s = as_sync(a.self);
    if (s->value) return ASY_NONE;
    s->value = 1;
    return asy_waiters_wake_all(vm, &s->waiters) ? ASY_NONE : ASY_ERR;
}
static Value event_clear(VM *vm, Args a)
{
    (void)vm;
    as_sync(a.self)->value = 0;
    return ASY_NONE;
}

// ---- Condition ----

static int condition_locked(VM *vm, SyncObj *s)
{
    if (is_exactly(s->lock, &asy_lock_type)) return (int)as_sync(s->lock)->value;
    Value r = asy_call_method0(vm, s->lock, rt_name(asy_rt(vm), locked));
    if (asy_is_err(r)) return -1;
    int truth = asy_truth(vm, r);
    asy_release(vm, r);
    return truth;
}
static bool condition_release(VM *vm, SyncObj *s)
{
    if (is_exactly(s->lock, &asy_lock_type)) return lock_release(vm, as_sync(s->lock));
    Value r = asy_call_method0(vm, s->lock, rt_name(asy_rt(vm), release));
    asy_release(vm, r);
    return !asy_is_err(r);
}

enum { COND_START, COND_WAITING, COND_LOCKING, COND_ACQUIRING };

static SendResult condition_done(VM *vm, CoroObj *c, Value *out)
{
    if (!asy_is_nil(c->arg)) return asy_coro_rethrow(vm, c->arg);
    *out = ASY_TRUE;
    return SEND_RETURN;
}

// The lock must be had again, whatever happened; only cancellations are put off. c->arg: the exception to raise then.
static SendResult condition_reacquire(VM *vm, CoroObj *c, Value *out)
{
    Value lock = as_sync(c->self)->lock;
    if (is_exactly(lock, &asy_lock_type)) {
        return lock_try(as_sync(lock)) ? condition_done(vm, c, out) : sync_wait(vm, c, as_sync(lock), COND_LOCKING, out);
    }
    Value acquire = asy_call_method0(vm, lock, rt_name(asy_rt(vm), acquire));
    if (asy_is_err(acquire)) return SEND_ERROR;
    SendResult r = asy_coro_delegate(vm, c, COND_ACQUIRING, acquire, out);
    asy_release(vm, acquire);
    return r;
}

SendResult asy_condition_wait_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    SyncObj *s = as_sync(c->self);
    if (c->state == COND_START) {
        int locked = condition_locked(vm, s);
        if (locked == 0) asy_raise(vm, EXC_RuntimeError, "cannot wait on un-acquired lock");
        if (locked <= 0 || !bind_loop(vm, s) || !condition_release(vm, s)) return SEND_ERROR;
        asy_waiters_add(&s->waiters, c);
        return asy_coro_park(c, COND_WAITING, out);
    }
    if (c->state == COND_WAITING) {
        asy_waiter_remove(c);
        asy_set(vm, &c->arg, asy_is_nil(thrown) ? ASY_NIL : asy_retain(thrown));
        return condition_reacquire(vm, c, out);
    }
    bool ok = c->state == COND_LOCKING ? lock_waited(vm, as_sync(s->lock), c, thrown) : asy_is_nil(thrown);
    if (ok) return condition_done(vm, c, out);
    if (c->state == COND_ACQUIRING) asy_raise_object(vm, thrown);
    if (asy_is_nil(thrown) || !is_cancelled_error(vm, thrown)) return SEND_ERROR;
    asy_error_clear(vm);
    asy_set(vm, &c->arg, asy_retain(thrown));
    return condition_reacquire(vm, c, out);
}

// self: the condition; arg: the predicate.
SendResult asy_condition_wait_for_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    if (!asy_is_nil(thrown)) return asy_coro_rethrow(vm, thrown);
    Value result = asy_call0(vm, c->arg);
    if (asy_is_err(result)) return SEND_ERROR;
    int truth = asy_truth(vm, result);
    if (truth > 0) {
        *out = result;
        return SEND_RETURN;
    }
    asy_release(vm, result);
    if (truth < 0) return SEND_ERROR;
    Value wait = asy_call_method0(vm, c->self, rt_name(asy_rt(vm), wait));
    if (asy_is_err(wait)) return SEND_ERROR;
    SendResult r = asy_coro_delegate(vm, c, 1, wait, out);
    asy_release(vm, wait);
    return r;
}

static Value condition_wait(VM *vm, Args a) { return asy_coro_value(vm, CORO_CONDITION_WAIT, a.self, ASY_NIL); }
static Value condition_wait_for(VM *vm, Args a) { return asy_coro_value(vm, CORO_CONDITION_WAIT_FOR, a.self, a.v[0]); }

static Value condition_wake(VM *vm, SyncObj *s, int64_t n)
{
    int locked = condition_locked(vm, s);
    if (locked == 0) asy_raise(vm, EXC_RuntimeError, "cannot notify on un-acquired lock");
    if (locked <= 0) return ASY_ERR;
    for asy_waiters_each(&s->waiters, link) {
        if (n <= 0) break;
        int r = asy_waiter_wake(vm, asy_waiter_of(link));
        if (r < 0) return ASY_ERR;
        n -= r;
    }
    return ASY_NONE;
}
static Value condition_notify(VM *vm, Args a)
{
    int64_t n = 1;
    return asy_arg_i64(vm, a.v[0], &n) ? condition_wake(vm, as_sync(a.self), n) : ASY_ERR;
}
static Value condition_notify_all(VM *vm, Args a) { return condition_wake(vm, as_sync(a.self), INT64_MAX); }

static bool condition_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "lock" };
    Value lock;
    if (!asy_new_args(vm, "Condition", names, 1, 0, 0, args, &lock)) return false;
    if (asy_is_nil(lock) || asy_is_none(lock)) {
        Type *type = asy_type_ready(vm, &asy_lock_type);
        lock = type ? asy_call0(vm, asy_from_obj(type)) : ASY_ERR;
        if (asy_is_err(lock)) return false;
    } else {
        asy_retain(lock);
    }
    asy_set(vm, &as_sync(self)->lock, lock);
    return true;
}

// acquire, release and locked are the lock's own.
static Value condition_method(VM *vm, Value self, StrObj *name)
{
    Value lock = as_sync(self)->lock;
    if (asy_is_nil(lock)) return asy_raise_attribute(vm, self, name);
    return asy_getattr(vm, lock, name);
}
static Value condition_acquire(VM *vm, Value self) { return condition_method(vm, self, rt_name(asy_rt(vm), acquire)); }
static Value condition_release_attr(VM *vm, Value self) { return condition_method(vm, self, rt_name(asy_rt(vm), release)); }
static Value condition_locked_attr(VM *vm, Value self) { return condition_method(vm, self, rt_name(asy_rt(vm), locked)); }

// ---- async with ----

enum { ENTER_DELEGATED = 9 };

// What `async with` acquires, if that needs none of script's methods; else NULL. A condition's is its lock.
static SyncObj *entered(Value v)
{
    if (is_exactly(v, &asy_condition_type)) v = as_sync(v)->lock;
    bool own = is_exactly(v, &asy_lock_type) || is_exactly(v, &asy_semaphore_type) || is_exactly(v, &asy_bounded_semaphore_type);
    return own ? as_sync(v) : NULL;
}

SendResult asy_lock_enter_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    SyncObj *s = entered(c->self);
    if (s && c->state == 0) asy_set(vm, &c->self, asy_from_obj(asy_retain_obj(s)));
    SendResult r;
    if (s) {
        bool is_lock = s->head.type->def == &asy_lock_type;
        r = is_lock ? asy_lock_acquire_step(vm, c, sent, thrown, out) : asy_semaphore_acquire_step(vm, c, sent, thrown, out);
        if (r == SEND_RETURN) asy_coro_keep(&s->spares, c);
    } else if (c->state == ENTER_DELEGATED) {
        if (!asy_is_nil(thrown)) return asy_coro_rethrow(vm, thrown);
        r = SEND_RETURN;
    } else {
        Value acquire = asy_call_method0(vm, c->self, rt_name(asy_rt(vm), acquire));
        if (asy_is_err(acquire)) return SEND_ERROR;
        r = asy_coro_delegate(vm, c, ENTER_DELEGATED, acquire, out);
        asy_release(vm, acquire);
        return r;
    }
    if (r == SEND_RETURN) *out = ASY_NONE;
    return r;
}

SendResult asy_lock_exit_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent, (void)thrown;
    *out = ASY_NONE;
    SyncObj *s = entered(c->self);
    bool ok;
    if (s) {
        ok = s->head.type->def == &asy_lock_type ? lock_release(vm, s) : semaphore_release(vm, s);
    } else {
        Value r = asy_call_method0(vm, c->self, rt_name(asy_rt(vm), release));
        ok = !asy_is_err(r);
        asy_release(vm, r);
    }
    return ok ? SEND_RETURN : SEND_ERROR;
}

static Value sync_enter(VM *vm, Args a) { return asy_coro_value(vm, CORO_LOCK_ENTER, a.self, ASY_NIL); }
static Value sync_exit(VM *vm, Args a)
{
    SyncObj *s = entered(a.self);
    return asy_coro_again(vm, s ? &s->spares : &as_sync(a.self)->spares, CORO_LOCK_EXIT, a.self, ASY_NIL);
}

// ---- the types ----

static Value sync_repr(VM *vm, Value self)
{
    SyncObj *s = as_sync(self);
    const TypeDef *def = s->head.type->def;
    StrBuilder b;
    asy_builder_init(&b, vm);
    Value module = asy_getattr(vm, asy_from_obj(s->head.type), asy_name(vm, __module__));
    bool ok = !asy_is_err(module) &&
              asy_builder_format(&b, "<%S.%U object at 0x%llx [", module, s->head.type->qualname,
                                 (unsigned long long)asy_heap_number(vm, &s->head));
    asy_release(vm, module);
    int locked = 0;
    if (!ok) {
    } else if (def == &asy_event_type) {
        ok = asy_builder_c(&b, s->value ? "set" : "unset");
    } else if (def == &asy_condition_type) {
        locked = condition_locked(vm, s);
        ok = locked >= 0 && asy_builder_c(&b, locked ? "locked" : "unlocked");
    } else if (def == &asy_lock_type) {
        ok = asy_builder_c(&b, s->value ? "locked" : "unlocked");
    } else if (semaphore_locked(s)) {
        ok = asy_builder_c(&b, "locked");
    } else {
        ok = asy_builder_format(&b, "unlocked, value:%lld", (long long)s->value);
    }
    size_t waiters = asy_waiters_count(&s->waiters);
    if (ok && waiters) ok = asy_builder_format(&b, ", waiters:%zu", waiters);
    ok = ok && asy_builder_c(&b, "]>");
    StrObj *text = ok ? asy_builder_finish(&b) : NULL;
    if (!ok) asy_builder_free(&b);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value sync_new(VM *vm, Type *type, Args args)
{
    (void)args;
    SyncObj *s = asy_object_alloc(vm, type);
    if (!s) return ASY_ERR;
    asy_waiters_init(&s->waiters);
    if (type->def == &asy_semaphore_type || type->def == &asy_bounded_semaphore_type) s->value = s->bound = 1;
    return asy_from_obj(s);
}
static bool sync_init(VM *vm, Value self, Args args) { return asy_no_keywords(vm, asy_type_name(asy_as_obj(self)->type), args); }

static void sync_trace(Tracer *t, ObjHeader *o)
{
    SyncObj *s = (SyncObj *)(void *)o;
    asy_attrs_trace(t, &s->attrs);
    asy_trace_value(t, s->loop);
    asy_trace_value(t, s->lock);
    asy_coro_trace_spares(t, s->spares);
}
static void sync_clear(VM *vm, ObjHeader *o)
{
    SyncObj *s = (SyncObj *)(void *)o;
    asy_attrs_clear(vm, &s->attrs);
    asy_clear(vm, &s->loop);
    asy_clear(vm, &s->lock);
    asy_coro_drop_spares(vm, &s->spares);
}
static void sync_free(VM *vm, ObjHeader *o)
{
    (void)vm;
    asy_waiters_drop(&((SyncObj *)(void *)o)->waiters);
}
static Value get_loop(VM *vm, Value self)
{
    (void)vm;
    Value loop = as_sync(self)->loop;
    return asy_is_nil(loop) ? ASY_NONE : asy_retain(loop);
}
static Value get_value(VM *vm, Value self) { return asy_int_from_i64(vm, as_sync(self)->value); }
static bool set_value(VM *vm, Value self, Value value) { return asy_arg_i64(vm, value, &as_sync(self)->value); }
static Value get_flag(VM *vm, Value self) { return (void)vm, asy_from_bool(as_sync(self)->value); }

#define SYNC_TYPE(id, text, help)                                                                  \
    .name = "asyncio.locks." text, .size = sizeof(SyncObj), .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS,            \
    .attrs_offset = offsetof(SyncObj, attrs), .doc = help, .trace = sync_trace, .clear = sync_clear, .free = sync_free, \
    .methods = id##_methods, .getset = id##_getset
#define ASYNC_WITH                                                                                 \
    { "__aenter__", sync_enter, "()", NATIVE_COROUTINE, NULL },                                    \
    { "__aexit__", sync_exit, "(exc_type, exc, tb, /)", NATIVE_COROUTINE, NULL }

static const MethodDef lock_methods[] = {
    { "acquire", lock_acquire, "()", NATIVE_COROUTINE, "Wait until the lock is unlocked and lock it; True." },
    { "release", lock_release_method, "()", 0, "Unlock it and wake who waits first." },
    { "locked", lock_locked, "()", 0, "Whether it is locked." },
    ASYNC_WITH,
    { 0 },
};
static const GetSetDef lock_getset[] = { { "_loop", get_loop, NULL, NULL }, { "_locked", get_flag, NULL, NULL }, { 0 } };
const TypeDef asy_lock_type = {
    SYNC_TYPE(lock, "Lock", "A lock for tasks."),
    .slots = { .new = sync_new, .init = sync_init, .repr = sync_repr },
};

static const MethodDef event_methods[] = {
    { "wait", event_wait, "()", NATIVE_COROUTINE, "Wait until the flag is set; True." },
    { "is_set", event_is_set, "()", 0, "Whether the flag is set." },
    { "set", event_set, "()", 0, "Set the flag and wake all who wait." },
    { "clear", event_clear, "()", 0, "Take the flag back." },
    { 0 },
};
static const GetSetDef event_getset[] = { { "_loop", get_loop, NULL, NULL }, { "_value", get_flag, NULL, NULL }, { 0 } };
const TypeDef asy_event_type = {
    SYNC_TYPE(event, "Event", "A flag that tasks wait for."),
    .slots = { .new = sync_new, .init = sync_init, .repr = sync_repr },
};

static const MethodDef condition_methods[] = {
    { "wait", condition_wait, "()", NATIVE_COROUTINE, "Unlock, wait to be notified, lock again; True." },
    { "wait_for", condition_wait_for, "(predicate)", NATIVE_COROUTINE, "Wait until predicate() is true; its value." },
    { "notify", condition_notify, "(n=1)", 0, "Wake n who wait." },
    { "notify_all", condition_notify_all, "()", 0, "Wake all who wait." },
    ASYNC_WITH,
    { 0 },
};
static const GetSetDef condition_getset[] = {
    { "acquire", condition_acquire, NULL, NULL },
    { "release", condition_release_attr, NULL, NULL },
    { "locked", condition_locked_attr, NULL, NULL },
    { "_loop", get_loop, NULL, NULL },
    { 0 },
};
static const MemberDef condition_members[] = { { "_lock", offsetof(SyncObj, lock), false, NULL }, { 0 } };
const TypeDef asy_condition_type = {
    SYNC_TYPE(condition, "Condition", "A lock to wait on until somebody says that something has changed."),
    .members = condition_members,
    .slots = { .new = sync_new, .init = condition_init, .repr = sync_repr },
};

static const MethodDef semaphore_methods[] = {
    { "acquire", semaphore_acquire, "()", NATIVE_COROUTINE, "Take one unit, waiting while there is none; True." },
    { "release", semaphore_release_method, "()", 0, "Give one unit back." },
    { "locked", semaphore_locked_method, "()", 0, "Whether acquire() would wait." },
    ASYNC_WITH,
    { 0 },
};
static const GetSetDef semaphore_getset[] = { { "_loop", get_loop, NULL, NULL }, { "_value", get_value, set_value, NULL }, { 0 } };
const TypeDef asy_semaphore_type = {
    SYNC_TYPE(semaphore, "Semaphore", "A number of units that tasks take and give back."),
    .slots = { .new = sync_new, .init = semaphore_init, .repr = sync_repr },
};
static const MethodDef bounded_semaphore_methods[] = { { 0 } };
static const GetSetDef bounded_semaphore_getset[] = { { 0 } };
const TypeDef asy_bounded_semaphore_type = {
    SYNC_TYPE(bounded_semaphore, "BoundedSemaphore", "A Semaphore that refuses to be given back more than was taken."),
    .base = &asy_semaphore_type,
    .slots = { .new = sync_new, .init = semaphore_init, .repr = sync_repr },
};
