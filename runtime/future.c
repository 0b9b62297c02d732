// Futures: state, callbacks, awaiting. The type itself, and `__await__` for script, are in future_type.c.
//
// Ending a future makes room in the loop first, so that either everything happens (state, result, every callback
// scheduled in the order of adding) or nothing. Callbacks are handed over, not copied: a future that is done has none.
#include "runtime/future.h"

#include "runtime/coro.h"
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

bool asy_future_init(VM *vm, FutureObj *f, Value loop)
{
    Value owned = asy_is_nil(loop) || asy_is_none(loop) ? asy_get_event_loop(vm) : asy_retain(loop);
    if (asy_is_err(owned)) return false;
    asy_set(vm, &f->loop, owned);
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
        for (uint32_t i = 0; i < f->callbacks->count; i++) {
            asy_trace_value(t, f->callbacks->items[i].target);
            asy_trace_value(t, f->callbacks->items[i].context);
        }
    } else if (f->callback != CB_NONE) {
        asy_trace_value(t, f->target);
    }
}

static size_t array_bytes(uint32_t capacity) { return sizeof(CallbackArray) + capacity * sizeof(Callback); }

static void callbacks_drop(VM *vm, FutureObj *f)
{
    CallbackKind kind = f->callback;
    f->callback = CB_NONE;
    if (kind == CB_MANY) {
        CallbackArray *a = f->callbacks;
        f->target = ASY_NIL;
        for (uint32_t i = 0; i < a->count; i++) {
            asy_release(vm, a->items[i].target);
            asy_release(vm, a->items[i].context);
        }
        asy_mem_free(vm, a, array_bytes(a->capacity));
    } else if (kind != CB_NONE) {
        asy_clear(vm, &f->target);
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

// Puts one callback into the loop; borrows.
static bool callback_schedule(VM *vm, FutureObj *f, const Callback *c)
{
    Value self = asy_from_obj(f);
    if (ASY_LIKELY(asy_loop_plain(vm, f->loop, LOOP_CALL_SOON))) {
        LoopObj *loop = asy_as_loop(f->loop);
        if (!asy_loop_check_open(vm, loop)) return false;
        if (c->kind == CB_TASK) return asy_loop_push(vm, loop, READY_WAKEUP, c->target, self, ASY_NIL);
        if (c->kind == CB_SCRIPT) return asy_loop_push(vm, loop, READY_CALL_FUTURE, c->target, self, c->context);
        return asy_loop_push(vm, loop, READY_NATIVE + c->kind, c->target, self, ASY_NIL);
    }
    Value callable = callback_callable(vm, c, false);
    if (asy_is_err(callable)) return false;
    Value context = c->kind == CB_TASK ? asy_from_obj(asy_as(TaskObj, c->target)->context) : c->context;
    bool ok = asy_loop_call_soon(vm, f->loop, callable, &self, 1, context);
    asy_release(vm, callable);
    return ok;
}

static bool array_append(VM *vm, FutureObj *f, CallbackKind kind, Value target, Value context)
{
    CallbackArray *a = f->callback == CB_MANY ? f->callbacks : NULL;
    if (!a || a->count == a->capacity) {
        uint32_t capacity = a ? 2 * a->capacity : 2;
        CallbackArray *grown = asy_mem_resize(vm, a, a ? array_bytes(a->capacity) : 0, array_bytes(capacity));
        if (!grown) {
            asy_raise_memory(vm);
            return false;
        }
        if (!a) {
            grown->count = 0;
            if (f->callback != CB_NONE) grown->items[grown->count++] = (Callback){ f->target, ASY_NIL, f->callback };
        }
        grown->capacity = capacity;
        f->callback = CB_MANY;
        f->callbacks = a = grown;
    }
    a->items[a->count++] = (Callback){ asy_retain(target), asy_retain(context), kind };
    return true;
}

bool asy_future_add(VM *vm, FutureObj *f, CallbackKind kind, Value target, Value context)
{
    if (ASY_UNLIKELY(asy_is_nil(f->loop))) {
        asy_raise(vm, EXC_RuntimeError, "Future object is not initialized.");
        return false;
    }
    if (f->state != FUTURE_PENDING) return callback_schedule(vm, f, &(Callback){ target, context, kind });
    if (f->callback != CB_NONE || kind == CB_SCRIPT) return array_append(vm, f, kind, target, context);
    f->callback = (uint8_t)kind;
    f->target = asy_retain(target);
    return true;
}

void asy_future_remove(VM *vm, FutureObj *f, CallbackKind kind, Value target)
{
    if (f->callback == kind && asy_same(f->target, target)) {
        callbacks_drop(vm, f);
        return;
    }
    if (f->callback != CB_MANY) return;
    CallbackArray *a = f->callbacks;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->items[i].kind != kind || !asy_same(a->items[i].target, target)) continue;
        Callback gone = a->items[i];
        memmove(&a->items[i], &a->items[i + 1], (a->count - i - 1) * sizeof(Callback));
        if (--a->count == 0) callbacks_drop(vm, f);
        asy_release(vm, gone.target);
        asy_release(vm, gone.context);
        return;
    }
}

bool asy_future_add_any(VM *vm, Value future, CallbackKind kind, Value target)
{
    if (asy_is_plain_future(vm, future)) return asy_future_add(vm, asy_as_future(future), kind, target, ASY_NIL);
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

// Takes result and extra, also on failure.
static bool future_end(VM *vm, FutureObj *f, FutureState state, uint32_t flags, Value result, Value extra)
{
    uint32_t n = f->callback == CB_NONE ? 0 : f->callback == CB_MANY ? f->callbacks->count : 1;
    if (n && asy_loop_plain(vm, f->loop, LOOP_CALL_SOON) && !asy_loop_reserve(vm, asy_as_loop(f->loop), n)) {
        asy_release(vm, result);
        asy_release(vm, extra);
        return false;
    }
    f->state = (uint8_t)state;
    f->head.flags |= flags;
    asy_set(vm, &f->result, result);
    asy_set(vm, &f->extra, extra);
    CallbackKind kind = f->callback;
    if (kind == CB_NONE) return true;
    f->callback = CB_NONE;
    if (kind != CB_MANY) {
        Callback c = { f->target, ASY_NIL, kind };
        f->target = ASY_NIL;
        bool scheduled = callback_schedule(vm, f, &c);
        asy_release(vm, c.target);
        return scheduled;
    }
    CallbackArray *a = f->callbacks;
    f->target = ASY_NIL;
    bool ok = true;
    for (uint32_t i = 0; i < a->count; i++) {
        ok = ok && callback_schedule(vm, f, &a->items[i]);
        asy_release(vm, a->items[i].target);
        asy_release(vm, a->items[i].context);
    }
    asy_mem_free(vm, a, array_bytes(a->capacity));
    return ok;
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
    return future_end(vm, f, FUTURE_CANCELLED, 0, asy_retain(exc), asy_retain(f->extra));
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
    if (f->callback == CB_NONE) return ASY_NONE;
    Callback only = { f->target, ASY_NIL, f->callback };
    uint32_t n = f->callback == CB_MANY ? f->callbacks->count : 1;
    ListObj *list = asy_list_new(vm, n);
    for (uint32_t i = 0; list && i < n; i++) {
        const Callback *c = f->callback == CB_MANY ? &f->callbacks->items[i] : &only;
        Value context = c->kind == CB_TASK ? asy_from_obj(asy_as(TaskObj, c->target)->context) : c->context;
        Value callable = callback_callable(vm, c, true);
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
    ContextObj *context = asy_context_argument(vm, a.v[1]);
    if (!context) return ASY_ERR;
    bool ok = asy_future_add(vm, asy_as_future(a.self), CB_SCRIPT, a.v[0], asy_from_obj(context));
    asy_release_obj(vm, context);
    return ok ? ASY_NONE : ASY_ERR;
}

static Value method_remove_done_callback(VM *vm, Args a)
{
    FutureObj *f = asy_as_future(a.self);
    int64_t removed = 0;
    // Comparing runs script, which may change the callbacks: look again from the same place.
    for (uint32_t i = 0; f->callback == CB_MANY && i < f->callbacks->count;) {
        Callback c = f->callbacks->items[i];
        Value callable = callback_callable(vm, &c, false);
        if (asy_is_err(callable)) return ASY_ERR;
        int equal = asy_equal(vm, callable, a.v[0]);
        asy_release(vm, callable);
        if (equal < 0) return ASY_ERR;
        bool still = f->callback == CB_MANY && i < f->callbacks->count && asy_same(f->callbacks->items[i].target, c.target);
        if (!equal || !still) {
            i++;
            continue;
        }
        CallbackArray *array = f->callbacks;
        Callback gone = array->items[i];
        memmove(&array->items[i], &array->items[i + 1], (array->count - i - 1) * sizeof(Callback));
        if (--array->count == 0) callbacks_drop(vm, f);
        asy_release(vm, gone.target);
        asy_release(vm, gone.context);
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
