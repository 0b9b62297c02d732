// Futures: state, callbacks, awaiting. The type itself, and `__await__` for script, are in future_type.c.
//
// A pending future with callbacks holds a place in its loop's ready queue (a task has its own), so ending it cannot fail
// half way: state, result and the scheduling of its callbacks happen together. The callbacks of a future that is done are
// those that the loop has yet to call, in order; script sees none.
#include "runtime/future.h"

#include "runtime/context.h"
#include "runtime/coro.h"
#include "runtime/handle.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "runtime/waiters.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

const CallbackFn asy_callback_functions[CB__COUNT] = {
#define X(id, function, name) [CB_##id] = function,
    FUTURE_CALLBACKS(X)
#undef X
};

bool asy_is_future(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return false;
    const Type *t = asy_as_obj(v)->type;
    Runtime *rt = asy_rt(vm);
    return t == rt->types.task || t == rt->types.future || asy_type_is_subtype(t, rt->types.future);
}

bool asy_is_plain_future(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return false;
    const Type *t = asy_as_obj(v)->type;
    Runtime *rt = asy_rt(vm);
    return t == rt->types.task || t == rt->types.future || t == rt->types.gathering;
}

int asy_isfuture(VM *vm, Value v)
{
    if (asy_is_future(vm, v)) return 1;
    if (!asy_is_obj(v) || asy_is_suspending(vm, v)) return 0;
    StrObj *name = rt_name(asy_rt(vm), _asyncio_future_blocking);
    if (asy_is_nil(asy_type_lookup(vm, asy_type_of(vm, v), name))) return 0;
    Value blocking = asy_getattr_opt(vm, v, name);
    if (asy_is_err(blocking)) return -1;
    bool is = !asy_is_nil(blocking) && !asy_is_none(blocking);
    asy_release(vm, blocking);
    return is;
}

// ---- making ----

static void callbacks_drop(VM *vm, FutureObj *f);

bool asy_future_init(VM *vm, FutureObj *f, Value loop)
{
    Value owned = asy_is_nil(loop) || asy_is_none(loop) ? asy_get_event_loop(vm) : asy_retain(loop);
    if (asy_is_err(owned)) return false;
    // __init__ may be called again: everything begins anew.
    callbacks_drop(vm, f);
    f->state = FUTURE_PENDING;
    f->cancels = 0;
    f->head.flags &= ~(uint32_t)(FUT_BLOCKING | FUT_LOG_TRACEBACK | FUT_ERROR | TASK_MUST_CANCEL);
    asy_set(vm, &f->loop, owned);
    asy_clear(vm, &f->result);
    asy_clear(vm, &f->extra);
    return true;
}

bool asy_future_note_source(VM *vm, FutureObj *f)
{
    Value extract = asy_import_attr(vm, "asyncio.format_helpers", "extract_stack");
    if (asy_is_err(extract)) return false;
    Value stack = asy_call0(vm, extract);
    asy_release(vm, extract);
    if (asy_is_err(stack)) return false;
    bool ok = asy_attrs_set(vm, &f->head, &f->attrs, rt_name(asy_rt(vm), _source_traceback), stack);
    asy_release(vm, stack);
    return ok;
}

FutureObj *asy_future_new(VM *vm, Type *type, Value loop)
{
    FutureObj *f = asy_object_alloc(vm, type);
    if (f) f->loop = asy_retain(loop);
    return f;
}

void asy_future_trace(Tracer *t, ObjHeader *o)
{
    FutureObj *f = (FutureObj *)(void *)o;
    asy_attrs_trace(t, &f->attrs);
    asy_trace_value(t, f->loop);
    asy_trace_value(t, f->result);
    asy_trace_value(t, f->extra);
    if (f->callback == CB_MANY) {
        const CallbackArray *a = f->callbacks;
        for (uint32_t i = a->first; i < a->count; i++) {
            asy_trace_value(t, a->items[i].target);
            asy_trace_header(t, (ObjHeader *)(void *)a->items[i].context);
        }
    } else if (f->callback != CB_NONE) {
        asy_trace_value(t, f->target);
    }
}

static size_t array_bytes(uint32_t capacity) { return sizeof(CallbackArray) + capacity * sizeof(Callback); }

static uint32_t callbacks_count(const FutureObj *f)
{
    return f->callback == CB_NONE ? 0 : f->callback == CB_MANY ? f->callbacks->count - f->callbacks->first : 1;
}

static void callback_release(VM *vm, Callback *c)
{
    asy_release(vm, c->target);
    asy_release_obj(vm, c->context);
}

// The first callback, now the caller's. There is one.
static Callback callbacks_take(VM *vm, FutureObj *f)
{
    if (f->callback != CB_MANY) {
        Callback only = { f->target, NULL, f->callback };
        f->callback = CB_NONE;
        f->target = ASY_NIL;
        return only;
    }
    CallbackArray *a = f->callbacks;
    Callback next = a->items[a->first++];
    if (a->first == a->count) {
        f->callback = CB_NONE;
        f->target = ASY_NIL;
        asy_mem_free(vm, a, array_bytes(a->capacity));
    }
    return next;
}

// Its callback can be scheduled from now on. A task that runs has a place anyway.
static bool place_take(VM *vm, FutureObj *f)
{
    if (f->head.flags & (FUT_PLACE | TASK_LISTED) || !asy_is_loop(vm, f->loop)) return true;
    if (!asy_ready_claim(vm, &asy_as_loop(f->loop)->ready)) return false;
    f->head.flags |= FUT_PLACE;
    return true;
}

static void place_give_back(FutureObj *f)
{
    if (!(f->head.flags & FUT_PLACE)) return;
    f->head.flags &= ~(uint32_t)FUT_PLACE;
    asy_ready_unclaim(&asy_as_loop(f->loop)->ready);
}

// Takes the callback at items[i] out of an array.
static void callbacks_remove_at(VM *vm, FutureObj *f, uint32_t i)
{
    CallbackArray *a = f->callbacks;
    Callback gone = a->items[i];
    memmove(&a->items[i], &a->items[i + 1], (a->count - i - 1) * sizeof(Callback));
    if (--a->count == a->first) {
        f->callback = CB_NONE;
        f->target = ASY_NIL;
        asy_mem_free(vm, a, array_bytes(a->capacity));
        place_give_back(f);
    }
    callback_release(vm, &gone);
}

static void callbacks_drop(VM *vm, FutureObj *f)
{
    place_give_back(f);
    while (f->callback != CB_NONE) {
        Callback c = callbacks_take(vm, f);
        callback_release(vm, &c);
    }
}

void asy_future_clear(VM *vm, ObjHeader *o)
{
    FutureObj *f = (FutureObj *)(void *)o;
    asy_attrs_clear(vm, &f->attrs);
    callbacks_drop(vm, f);
    asy_clear(vm, &f->result);
    asy_clear(vm, &f->extra);
    asy_clear(vm, &f->loop);
}

// ---- callbacks ----

#define X(id, function, name)                                                                      \
    static Value call_##id(VM *vm, Args a) { return function(vm, a.self, a.v[0]) ? ASY_NONE : ASY_ERR; }
FUTURE_CALLBACKS(X)
#undef X
// The native callbacks as callables, for loops that are not ours and for repr.
static const MethodDef callback_defs[CB__COUNT] = {
#define X(id, function, name) [CB_##id] = { name, call_##id, "(future, /)", 0, NULL },
    FUTURE_CALLBACKS(X)
#undef X
};

// The callable that stands for a callback; new reference.
static Value callback_callable(VM *vm, const Callback *c, bool for_show)
{
    if (c->kind == CB_SCRIPT) return asy_retain(c->target);
    if (c->kind == CB_TASK) return asy_task_bound_wakeup(vm, asy_as(TaskObj, c->target));
    return asy_native_new(vm, &callback_defs[c->kind], for_show ? ASY_NIL : c->target, ASY_NIL);
}

// The context in which it is called, borrowed; NIL: that does not matter.
static Value callback_context(VM *vm, Callback *c)
{
    if (c->kind != CB_TASK && c->kind != CB_SCRIPT) return ASY_NIL;
    ContextObj *own = c->kind == CB_TASK ? asy_task_context(vm, asy_as(TaskObj, c->target)) : asy_context_of(vm, &c->context);
    return own ? asy_from_obj(own) : ASY_ERR;
}

// Has a loop that is not ours, or script's call_soon, call it; borrows.
static bool callback_hand_over(VM *vm, FutureObj *f, Callback *c)
{
    Value self = asy_from_obj(f), callable = callback_callable(vm, c, false);
    Value context = asy_is_err(callable) ? ASY_ERR : callback_context(vm, c);
    bool ok = !asy_is_err(context) && asy_loop_call_soon(vm, f->loop, callable, &self, 1, context);
    asy_release(vm, callable);
    return ok;
}

// Schedules the last n callbacks of a future that is done.
static bool callbacks_schedule(VM *vm, FutureObj *f, uint32_t n)
{
    if (ASY_LIKELY(asy_loop_plain(vm, f->loop, LOOP_CALL_SOON))) {
        LoopObj *loop = asy_as_loop(f->loop);
        if (ASY_UNLIKELY(!asy_loop_check_open(vm, loop))) {
            callbacks_drop(vm, f);
            return false;
        }
        if (f->head.flags & FUT_PLACE) f->head.flags &= ~(uint32_t)FUT_PLACE;   // it is the entry's now
        else loop->ready.places++;      // a task's that has ended; the task gives its own back in a moment
        return asy_ready_push(vm, &loop->ready, READY_DONE, &f->head, asy_from_small(n));
    }
    place_give_back(f);
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        Callback c = callbacks_take(vm, f);
        ok = ok && callback_hand_over(vm, f, &c);
        callback_release(vm, &c);
    }
    return ok;
}

static bool callback_append(VM *vm, FutureObj *f, CallbackKind kind, Value target, ContextObj *context)
{
    if (f->callback == CB_NONE && kind != CB_SCRIPT) {
        f->callback = (uint8_t)kind;
        f->target = asy_retain(target);
        return true;
    }
    CallbackArray *a = f->callback == CB_MANY ? f->callbacks : NULL;
    if (!a || a->count == a->capacity) {
        uint32_t capacity = a ? 2 * a->capacity : 2;
        CallbackArray *grown = asy_mem_resize(vm, a, a ? array_bytes(a->capacity) : 0, array_bytes(capacity));
        if (!grown) {
            asy_raise_memory(vm);
            return false;
        }
        if (!a) {
            grown->first = grown->count = 0;
            if (f->callback != CB_NONE) grown->items[grown->count++] = (Callback){ f->target, NULL, f->callback };
        }
        grown->capacity = capacity;
        f->callback = CB_MANY;
        f->callbacks = a = grown;
    }
    if (context) asy_retain_obj(context);
    a->items[a->count++] = (Callback){ asy_retain(target), context, kind };
    return true;
}

bool asy_future_add(VM *vm, FutureObj *f, CallbackKind kind, Value target, ContextObj *context)
{
    if (ASY_UNLIKELY(asy_is_nil(f->loop))) {
        asy_raise(vm, EXC_RuntimeError, "Future object is not initialized.");
        return false;
    }
    if (ASY_LIKELY(f->state == FUTURE_PENDING)) {
        if (!place_take(vm, f)) return false;
        if (callback_append(vm, f, kind, target, context)) return true;
        if (f->callback == CB_NONE) place_give_back(f);
        return false;
    }
    if (!asy_loop_plain(vm, f->loop, LOOP_CALL_SOON)) {
        Callback c = { target, context ? asy_retain_obj(context) : NULL, kind };
        bool ok = callback_hand_over(vm, f, &c);
        asy_release_obj(vm, c.context);
        return ok;
    }
    if (!asy_loop_check_open(vm, asy_as_loop(f->loop)) || !place_take(vm, f)) return false;
    if (callback_append(vm, f, kind, target, context)) return callbacks_schedule(vm, f, 1);
    place_give_back(f);
    return false;
}

static bool callback_run(VM *vm, LoopObj *loop, FutureObj *f, Callback *c)
{
    Value self = asy_from_obj(f);
    double start = ASY_UNLIKELY(loop->debug) ? asy_loop_time(vm) : 0;
    bool ok;
    if (ASY_LIKELY(c->kind == CB_TASK)) {
        ok = asy_task_wakeup(vm, asy_as(TaskObj, c->target), self, ASY_NIL, false) || asy_loop_failed(vm, loop, c->target);
    } else if (c->kind == CB_SCRIPT) {
        ok = asy_callback_run(vm, f->loop, c->target, &self, 1, &c->context, ASY_NIL);
    } else {
        ok = asy_callback_functions[c->kind](vm, c->target, self) || asy_loop_failed(vm, loop, c->target);
    }
    if (ASY_UNLIKELY(loop->debug) && ok) {
        bool task = c->kind == CB_TASK;
        Value what = task ? asy_retain(c->target) : callback_callable(vm, c, true), args = task ? ASY_NIL : asy_tuple_pack(vm, 1, self);
        ok = !asy_is_err(what) && !asy_is_err(args) && asy_loop_took(vm, loop, what, args, start);
        asy_release(vm, what);
        asy_release(vm, args);
    }
    return ok;
}

bool asy_future_run_callbacks(VM *vm, LoopObj *loop, FutureObj *f, Value n)
{
    uint32_t left = (uint32_t)asy_as_small(n);
    bool ok = true;
    while (ok && left > 0 && f->callback != CB_NONE && f->state != FUTURE_PENDING) {
        Callback c = callbacks_take(vm, f);
        if (--left == 0) asy_ready_unclaim(&loop->ready);
        ok = callback_run(vm, loop, f, &c);
        callback_release(vm, &c);
        if (left && ok && ASY_UNLIKELY(vm->pending)) ok = asy_loop_pending(vm);
    }
    if (left == 0) return ok;
    if (f->state == FUTURE_PENDING || f->callback == CB_NONE) {     // __init__ was called on it meanwhile
        asy_ready_unclaim(&loop->ready);
    } else {
        f->head.refs++;
        asy_ready_put_back(vm, &loop->ready, (Ready){ (uintptr_t)f | READY_DONE, asy_from_small(left) });
    }
    return ok;
}

void asy_future_remove(VM *vm, FutureObj *f, CallbackKind kind, Value target)
{
    if (f->state != FUTURE_PENDING) return;
    if (f->callback == kind && asy_same(f->target, target)) {
        callbacks_drop(vm, f);
        return;
    }
    if (f->callback != CB_MANY) return;
    CallbackArray *a = f->callbacks;
    for (uint32_t i = a->first; i < a->count; i++) {
        if (a->items[i].kind != kind || !asy_same(a->items[i].target, target)) continue;
        callbacks_remove_at(vm, f, i);
        return;
    }
}

bool asy_future_add_any(VM *vm, Value future, CallbackKind kind, Value target)
{
    if (asy_is_plain_future(vm, future)) return asy_future_add(vm, asy_as_future(future), kind, target, NULL);
    Value callable = asy_native_new(vm, &callback_defs[kind], target, ASY_NIL);
    if (asy_is_err(callable)) return false;
    Value r = asy_call_method1(vm, future, rt_name(asy_rt(vm), add_done_callback), callable);
    asy_release(vm, callable);
    asy_release(vm, r);
    return !asy_is_err(r);
}

bool asy_future_remove_any(VM *vm, Value future, CallbackKind kind, Value target)
{
    if (asy_is_plain_future(vm, future)) {
        asy_future_remove(vm, asy_as_future(future), kind, target);
        return true;
    }
    // Two callables of the same definition and target are equal, as bound methods are.
    Value callable = asy_native_new(vm, &callback_defs[kind], target, ASY_NIL);
    if (asy_is_err(callable)) return false;
    Value r = asy_call_method1(vm, future, rt_name(asy_rt(vm), remove_done_callback), callable);
    asy_release(vm, callable);
    asy_release(vm, r);
    return !asy_is_err(r);
}

// ---- ending ----

static Value raise_state(VM *vm, const char *text)
{
    Value message = asy_str_value(vm, text);
    if (asy_is_err(message)) return ASY_ERR;
    asy_raise_class(vm, asy_rt(vm)->exc.invalid_state_error, message);
    asy_release(vm, message);
    return ASY_ERR;
}

// Takes result and extra.
static bool future_end(VM *vm, FutureObj *f, FutureState state, uint32_t flags, Value result, Value extra)
{
    f->state = (uint8_t)state;
    f->head.flags |= flags;
    asy_set(vm, &f->result, result);
    asy_set(vm, &f->extra, extra);
    return f->callback == CB_NONE || callbacks_schedule(vm, f, callbacks_count(f));
}

static bool check_pending(VM *vm, FutureObj *f)
{
    if (ASY_UNLIKELY(asy_is_nil(f->loop))) {
        asy_raise(vm, EXC_RuntimeError, "Future object is not initialized.");
        return false;
    }
    if (f->state == FUTURE_PENDING) return true;
    raise_state(vm, "invalid state");
    return false;
}

bool asy_future_set_result(VM *vm, FutureObj *f, Value result)
{
    return check_pending(vm, f) && future_end(vm, f, FUTURE_FINISHED, 0, asy_retain(result), ASY_NIL);
}

bool asy_future_set_exception(VM *vm, FutureObj *f, Value exc)
{
    if (!check_pending(vm, f)) return false;
    Value owned;
    if (asy_is_obj(exc) && asy_as_obj(exc)->type->flags & TYPE_TYPE && asy_as(Type, exc)->flags & TYPE_EXCEPTION) {
        owned = asy_call0(vm, exc);
        if (asy_is_err(owned)) return false;
    } else {
        owned = asy_retain(exc);
    }
    if (!asy_is_exception(vm, owned)) {
        asy_raise(vm, EXC_TypeError, "invalid exception object");
        asy_release(vm, owned);
        return false;
    }
    if (asy_type_is_subtype(asy_as_obj(owned)->type, vm->exc[EXC_StopIteration])) {
        asy_raise(vm, EXC_TypeError, "StopIteration interacts badly with generators and cannot be raised into a Future");
        asy_release(vm, owned);
        return false;
    }
    return future_end(vm, f, FUTURE_FINISHED, FUT_ERROR | FUT_LOG_TRACEBACK, owned, asy_retain(asy_as_exc(owned)->traceback));
}

bool asy_future_end_cancelled(VM *vm, FutureObj *f, Value exc)
{
    f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    return future_end(vm, f, FUTURE_CANCELLED, 0, asy_retain(exc), asy_is_nil(exc) ? asy_retain(f->extra) : ASY_NIL);
}

int asy_future_cancel(VM *vm, FutureObj *f, Value message)
{
    f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    if (ASY_UNLIKELY(asy_is_nil(f->loop))) {
        asy_raise(vm, EXC_RuntimeError, "Future object is not initialized.");
        return -1;
    }
    if (f->state != FUTURE_PENDING) return 0;
    return future_end(vm, f, FUTURE_CANCELLED, 0, ASY_NIL, asy_is_none(message) ? ASY_NIL : asy_retain(message)) ? 1 : -1;
}

bool asy_any_set_result(VM *vm, Value future, Value result)
{
    if (asy_is_plain_future(vm, future)) return asy_future_set_result(vm, asy_as_future(future), result);
    Value r = asy_call_method1(vm, future, rt_name(asy_rt(vm), set_result), result);
    asy_release(vm, r);
    return !asy_is_err(r);
}

bool asy_any_set_exception(VM *vm, Value future, Value exc)
{
    if (asy_is_plain_future(vm, future)) return asy_future_set_exception(vm, asy_as_future(future), exc);
    Value r = asy_call_method1(vm, future, rt_name(asy_rt(vm), set_exception), exc);
    asy_release(vm, r);
    return !asy_is_err(r);
}

int asy_any_cancel(VM *vm, Value awaited, Value message)
{
    if (asy_is_coro(vm, awaited)) return asy_waiter_cancel(vm, asy_as(CoroObj, awaited), message);
    Runtime *rt = asy_rt(vm);
    if (asy_as_obj(awaited)->type == rt->types.future) return asy_future_cancel(vm, asy_as_future(awaited), message);
    return asy_task_cancel_any(vm, awaited, message);
}

// ---- asking ----

Value asy_cancelled_error_new(VM *vm, Value message)
{
    bool has = !asy_is_nil(message) && !asy_is_none(message);
    return asy_exc_new(vm, asy_rt(vm)->exc.cancelled_error, &message, has);
}

Value asy_future_cancelled_error(VM *vm, FutureObj *f)
{
    if (asy_is_nil(f->result) || f->state != FUTURE_CANCELLED) return asy_cancelled_error_new(vm, f->extra);
    Value exc = f->result;
    f->result = ASY_NIL;
    return exc;
}

Value asy_future_result(VM *vm, FutureObj *f)
{
    if (ASY_LIKELY(f->state == FUTURE_FINISHED)) {
        f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
        if (ASY_LIKELY(!(f->head.flags & FUT_ERROR))) return asy_retain(f->result);
        // The traceback as it was when the future ended: each receiver adds its own lines to that.
        asy_set(vm, &asy_as_exc(f->result)->traceback, asy_retain(f->extra));
        return asy_raise_object(vm, f->result);
    }
    if (f->state == FUTURE_PENDING) return raise_state(vm, "Result is not set.");
    Value exc = asy_future_cancelled_error(vm, f);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

int asy_any_done(VM *vm, Value future)
{
    if (asy_is_plain_future(vm, future)) return asy_as_future(future)->state != FUTURE_PENDING;
    Value r = asy_call_method0(vm, future, rt_name(asy_rt(vm), done));
    if (asy_is_err(r)) return -1;
    int truth = asy_truth(vm, r);
    asy_release(vm, r);
    return truth;
}

int asy_any_cancelled(VM *vm, Value future)
{
    if (asy_is_plain_future(vm, future)) return asy_as_future(future)->state == FUTURE_CANCELLED;
    Value r = asy_call_method0(vm, future, rt_name(asy_rt(vm), cancelled));
    if (asy_is_err(r)) return -1;
    int truth = asy_truth(vm, r);
    asy_release(vm, r);
    return truth;
}

Value asy_any_exception(VM *vm, Value future)
{
    if (!asy_is_plain_future(vm, future)) return asy_call_method0(vm, future, rt_name(asy_rt(vm), exception));
    FutureObj *f = asy_as_future(future);
    if (f->state == FUTURE_PENDING) return raise_state(vm, "Exception is not set.");
    if (f->state == FUTURE_CANCELLED) return asy_future_result(vm, f);
    f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    return f->head.flags & FUT_ERROR ? asy_retain(f->result) : ASY_NONE;
}

Value asy_any_result(VM *vm, Value future)
{
    if (asy_is_plain_future(vm, future)) return asy_future_result(vm, asy_as_future(future));
    return asy_call_method0(vm, future, rt_name(asy_rt(vm), result));
}

Value asy_any_loop(VM *vm, Value future)
{
    if (asy_is_plain_future(vm, future) && !asy_is_nil(asy_as_future(future)->loop)) return asy_retain(asy_as_future(future)->loop);
    Runtime *rt = asy_rt(vm);
    Value get = asy_getattr_opt(vm, future, rt_name(rt, get_loop));
    if (asy_is_err(get)) return ASY_ERR;
    if (asy_is_nil(get)) return asy_getattr(vm, future, rt_name(rt, _loop));
    Value loop = asy_call0(vm, get);
    asy_release(vm, get);
    return loop;
}

// ---- awaiting ----

int asy_future_await_poll(VM *vm, Value self, bool first, Value *out)
{
    FutureObj *f = asy_as_future(self);
    if (f->state != FUTURE_PENDING) {
        *out = asy_future_result(vm, f);
        return asy_is_err(*out) ? SEND_ERROR : SEND_RETURN;
    }
    if (!first) {
        asy_raise(vm, EXC_RuntimeError, "await wasn't used with future");
        return SEND_ERROR;
    }
    f->head.flags |= FUT_BLOCKING;
    *out = asy_retain(self);
    return SEND_YIELD;
}

// ---- reports ----

bool asy_report(VM *vm, Value loop, const char *message, const ReportEntry *entries, size_t n)
{
    DictObj *context = asy_dict_new(vm);
    if (!context) return false;
    bool ok = asy_dict_set_c(vm, context, "message", asy_str_value(vm, message));
    for (size_t i = 0; ok && i < n; i++) {
        if (!asy_is_nil(entries[i].value)) ok = asy_dict_set_c(vm, context, entries[i].key, asy_retain(entries[i].value));
    }
    if (ok) {
        Value r = asy_call_method1(vm, loop, rt_name(asy_rt(vm), call_exception_handler), asy_from_obj(context));
        ok = !asy_is_err(r);
        asy_release(vm, r);
    }
    asy_release_obj(vm, context);
    return ok;
}

bool asy_future_needs_finalize(VM *vm, ObjHeader *o)
{
    (void)vm;
    return (o->flags & FUT_LOG_TRACEBACK) != 0;
}

void asy_future_finalize(VM *vm, ObjHeader *o)
{
    FutureObj *f = (FutureObj *)(void *)o;
    if (!(o->flags & FUT_LOG_TRACEBACK) || asy_is_nil(f->loop)) return;
    o->flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    Value self = asy_from_obj(f);
    StrObj *message = asy_format(vm, "%U exception was never retrieved", o->type->name);
    Value trace = asy_attrs_get(vm, &f->attrs, rt_name(asy_rt(vm), _source_traceback));
    ReportEntry entries[] = { { "exception", f->result }, { "future", self }, { "source_traceback", trace } };
    if (!message || !asy_report(vm, f->loop, message->data, entries, 3)) asy_error_unraisable(vm, self, NULL);
    asy_release_obj(vm, message);
}

// ---- what is added, for script ----

// [(callable, context), ...] or None.
static Value get_callbacks(VM *vm, Value self)
{
    FutureObj *f = asy_as_future(self);
    uint32_t n = f->state == FUTURE_PENDING ? callbacks_count(f) : 0;
    if (n == 0) return ASY_NONE;
    ListObj *list = asy_list_new(vm, n);
    Callback only = { f->target, NULL, f->callback };
    for (uint32_t i = 0; list && i < n; i++) {
        Callback *c = f->callback == CB_MANY ? &f->callbacks->items[f->callbacks->first + i] : &only;
        Value context = callback_context(vm, c);
        Value callable = asy_is_err(context) ? ASY_ERR : callback_callable(vm, c, true);
        Value pair = asy_is_err(callable) ? ASY_ERR : asy_tuple_pack(vm, 2, callable, asy_is_nil(context) ? ASY_NONE : context);
        asy_release(vm, callable);
        if (asy_is_err(pair) || !asy_list_append_owned(vm, list, pair)) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
    }
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value method_add_done_callback(VM *vm, Args a)
{
    ContextObj *context;
    if (!asy_context_argument(vm, a.v[1], &context)) return ASY_ERR;
    bool ok = asy_future_add(vm, asy_as_future(a.self), CB_SCRIPT, a.v[0], context);
    asy_release_obj(vm, context);
    return ok ? ASY_NONE : ASY_ERR;
}

// Whether items[i] is still the callback it was.
static bool callback_still(const FutureObj *f, uint32_t i, const Callback *c)
{
    return f->state == FUTURE_PENDING && f->callback == CB_MANY && i < f->callbacks->count && asy_same(f->callbacks->items[i].target, c->target);
}

static Value method_remove_done_callback(VM *vm, Args a)
{
    FutureObj *f = asy_as_future(a.self);
    int64_t removed = 0;
    // Comparing runs script, which may change the callbacks: look again from the same place.
    for (uint32_t i = 0; f->state == FUTURE_PENDING && f->callback == CB_MANY && i < f->callbacks->count;) {
        Callback c = f->callbacks->items[i];
        Value callable = callback_callable(vm, &c, false);
        if (asy_is_err(callable)) return ASY_ERR;
        int equal = asy_equal(vm, callable, a.v[0]);
        asy_release(vm, callable);
        if (equal < 0) return ASY_ERR;
        if (!equal || !callback_still(f, i, &c)) {
            i++;
            continue;
        }
        callbacks_remove_at(vm, f, i);
        removed++;
    }
    return asy_from_small(removed);
}

static Value method_result(VM *vm, Args a) { return asy_future_result(vm, asy_as_future(a.self)); }
static Value method_exception(VM *vm, Args a)
{
    FutureObj *f = asy_as_future(a.self);
    if (f->state == FUTURE_PENDING) return raise_state(vm, "Exception is not set.");
    if (f->state == FUTURE_CANCELLED) return asy_future_result(vm, f);
    f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    return f->head.flags & FUT_ERROR ? asy_retain(f->result) : ASY_NONE;
}
static Value method_set_result(VM *vm, Args a)
{
    return asy_future_set_result(vm, asy_as_future(a.self), a.v[0]) ? ASY_NONE : ASY_ERR;
}
static Value method_set_exception(VM *vm, Args a)
{
    return asy_future_set_exception(vm, asy_as_future(a.self), a.v[0]) ? ASY_NONE : ASY_ERR;
}
static Value method_cancel(VM *vm, Args a)
{
    int r = asy_future_cancel(vm, asy_as_future(a.self), a.v[0]);
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}
static Value method_cancelled(VM *vm, Args a)
{
    (void)vm;
    return asy_from_bool(asy_as_future(a.self)->state == FUTURE_CANCELLED);
}
static Value method_done(VM *vm, Args a)
{
    (void)vm;
    return asy_from_bool(asy_as_future(a.self)->state != FUTURE_PENDING);
}
static Value method_get_loop(VM *vm, Args a)
{
    FutureObj *f = asy_as_future(a.self);
    if (asy_is_nil(f->loop)) return asy_raise(vm, EXC_RuntimeError, "Future object is not initialized.");
    return asy_retain(f->loop);
}
static Value method_make_cancelled_error(VM *vm, Args a) { return asy_future_cancelled_error(vm, asy_as_future(a.self)); }

static Value get_loop(VM *vm, Value self)
{
    (void)vm;
    Value loop = asy_as_future(self)->loop;
    return asy_is_nil(loop) ? ASY_NONE : asy_retain(loop);
}
static Value get_state(VM *vm, Value self)
{
    static const char *const names[] = { "PENDING", "CANCELLED", "FINISHED" };
    return asy_str_value(vm, names[asy_as_future(self)->state]);
}
static Value get_result(VM *vm, Value self)
{
    (void)vm;
    FutureObj *f = asy_as_future(self);
    bool has = f->state == FUTURE_FINISHED && !(f->head.flags & FUT_ERROR);
    return has ? asy_retain(f->result) : ASY_NONE;
}
static Value get_exception(VM *vm, Value self)
{
    (void)vm;
    FutureObj *f = asy_as_future(self);
    return f->head.flags & FUT_ERROR ? asy_retain(f->result) : ASY_NONE;
}
static Value get_blocking(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as_obj(self)->flags & FUT_BLOCKING); }
static bool set_blocking(VM *vm, Value self, Value value)
{
    int truth = asy_is_nil(value) ? 0 : asy_truth(vm, value);
    if (truth < 0) return false;
    ObjHeader *o = asy_as_obj(self);
    o->flags = truth ? o->flags | FUT_BLOCKING : o->flags & ~(uint32_t)FUT_BLOCKING;
    return true;
}
static Value get_log_traceback(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as_obj(self)->flags & FUT_LOG_TRACEBACK); }
static bool set_log_traceback(VM *vm, Value self, Value value)
{
    int truth = asy_is_nil(value) ? 0 : asy_truth(vm, value);
    if (truth < 0) return false;
    if (truth) {
        asy_raise(vm, EXC_ValueError, "_log_traceback can only be set to False");
        return false;
    }
    asy_as_obj(self)->flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    return true;
}
static Value get_cancel_message(VM *vm, Value self)
{
    (void)vm;
    FutureObj *f = asy_as_future(self);
    bool has = f->state != FUTURE_FINISHED && !asy_is_nil(f->extra);
    return has ? asy_retain(f->extra) : ASY_NONE;
}
static bool set_cancel_message(VM *vm, Value self, Value value)
{
    FutureObj *f = asy_as_future(self);
    if (f->state != FUTURE_FINISHED) asy_set(vm, &f->extra, asy_is_none(value) ? ASY_NIL : asy_retain(value));
    return true;
}
static Value get_source_traceback(VM *vm, Value self)
{
    Value v = asy_attrs_get(vm, &asy_as_future(self)->attrs, rt_name(asy_rt(vm), _source_traceback));
    return asy_is_nil(v) ? ASY_NONE : asy_retain(v);
}

const MethodDef asy_future_methods[] = {
    { "result", method_result, "()", 0, "The result this future has; raises its exception." },
    { "exception", method_exception, "()", 0, "The exception that was set, or None." },
    { "set_result", method_set_result, "(result, /)", 0, "Mark it done, with this result." },
    { "set_exception", method_set_exception, "(exception, /)", 0, "Mark it done, with this exception." },
    { "add_done_callback", method_add_done_callback, "(fn, /, *, context=None)", 0, "Call fn(future) when it is done." },
    { "remove_done_callback", method_remove_done_callback, "(fn, /)", 0, "Remove all such callbacks; how many there were." },
    { "cancel", method_cancel, "(msg=None)", 0, "Cancel it and schedule its callbacks; whether it was pending." },
    { "cancelled", method_cancelled, "()", 0, "Whether it was cancelled." },
    { "done", method_done, "()", 0, "Whether it has a result, an exception or was cancelled." },
    { "get_loop", method_get_loop, "()", 0, "The event loop it is bound to." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { "_make_cancelled_error", method_make_cancelled_error, "()", 0, "The CancelledError its result raises." },
    { 0 },
};
const GetSetDef asy_future_getset[] = {
    { "_state", get_state, NULL, NULL },
    { "_asyncio_future_blocking", get_blocking, set_blocking, NULL },
    { "_loop", get_loop, NULL, NULL },
    { "_callbacks", get_callbacks, NULL, NULL },
    { "_result", get_result, NULL, NULL },
    { "_exception", get_exception, NULL, NULL },
    { "_log_traceback", get_log_traceback, set_log_traceback, NULL },
    { "_cancel_message", get_cancel_message, set_cancel_message, NULL },
    { "_source_traceback", get_source_traceback, NULL, NULL },
    { 0 },
};
