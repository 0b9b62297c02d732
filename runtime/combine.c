// sleep, gather and wait.
//
// gather's children call back natively, each with the outer future as target; when the last has come the results take
// the children's places. wait parks itself once, whatever the number of futures.
#include "runtime/combine.h"

#include "runtime/coro.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "runtime/waiters.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

// ---- sleep ----

enum { SLEEP_START, SLEEP_YIELDED, SLEEP_TIMED, SLEEP_FOREIGN };

// self: the delay, then the loop whose timer runs; arg: the result.
static SendResult sleep_start(VM *vm, CoroObj *c, Value *out)
{
    double delay;
    if (ASY_LIKELY(asy_is_float(c->self))) {
        delay = asy_as_double(c->self);
    } else if (asy_is_int(c->self)) {
        delay = (double)asy_as_small(c->self);
    } else {
        int none = asy_compare_bool(vm, c->self, asy_from_small(0), CMP_LE);
        if (none < 0) return SEND_ERROR;
        delay = 0;
        if (!none && !asy_to_double(vm, c->self, &delay)) return SEND_ERROR;
    }
    if (delay <= 0) return asy_coro_pause(c, SLEEP_YIELDED, out);
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return SEND_ERROR;
    double now;
    if (ASY_UNLIKELY(!asy_loop_plain(vm, loop, LOOP_CALL_AT | LOOP_CREATE_FUTURE))) {
        Value sleep = asy_import_attr(vm, "asyncio.tasks", "_sleep_by_loop");
        Value coro = asy_is_err(sleep) ? ASY_ERR : asy_call3(vm, sleep, loop, c->self, c->arg);
        asy_release(vm, sleep);
        if (asy_is_err(coro)) return SEND_ERROR;
        SendResult r = asy_coro_delegate(vm, c, SLEEP_FOREIGN, coro, out);
        asy_release(vm, coro);
        return r;
    }
    if (!asy_loop_check_open(vm, asy_as_loop(loop)) || !asy_loop_now(vm, loop, &now)) return SEND_ERROR;
    if (!asy_loop_timer_add(vm, asy_as_loop(loop), (Timed *)(void *)c, now + delay)) return SEND_ERROR;
    asy_set(vm, &c->self, asy_retain(loop));
    return asy_coro_park(c, SLEEP_TIMED, out);
}

SendResult asy_sleep_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    if (c->state == SLEEP_START) return sleep_start(vm, c, out);
    if (ASY_UNLIKELY(!asy_is_nil(thrown))) {
        if (c->timer) asy_loop_timer_remove(vm, asy_as_loop(c->self), (Timed *)(void *)c);
        return asy_coro_rethrow(vm, thrown);
    }
    *out = asy_retain(c->arg);
    return SEND_RETURN;
}

static Value sleep_function(VM *vm, Args a)
{
    return asy_coro_value(vm, CORO_SLEEP, a.v[0], asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1]);
}

// ---- gather ----

static GatherObj *as_gather(Value v) { return asy_as(GatherObj, v); }

// What a finished child contributes; new reference.
static Value child_result(VM *vm, Value child)
{
    int cancelled = asy_any_cancelled(vm, child);
    if (cancelled < 0) return ASY_ERR;
    if (cancelled) {
        // With the message, but without the traceback of where it was raised.
        Value message = asy_getattr_opt(vm, child, rt_name(asy_rt(vm), _cancel_message));
        if (asy_is_err(message)) return ASY_ERR;
        if (asy_is_nil(message) || asy_is_none(message)) message = asy_retain(vm->empty_str);
        Value exc = asy_exc_new(vm, asy_rt(vm)->exc.cancelled_error, &message, 1);
        asy_release(vm, message);
        return exc;
    }
    Value exc = asy_any_exception(vm, child);
    return asy_is_none(exc) ? asy_any_result(vm, child) : exc;
}

static bool gather_finish(VM *vm, GatherObj *g, Value last)
{
    ListObj *results = g->children;
    for (size_t i = 0; i < results->size; i++) {
        Value v = child_result(vm, results->items[i]);
        if (asy_is_err(v)) {
            g->children = NULL;         // half of them are results now
            asy_release_obj(vm, results);
            return false;
        }
        asy_set(vm, &results->items[i], v);
    }
    bool ok;
    if (g->cancel_requested) {
        // Cancelled as a whole: with the error of the child that ended last.
        Value exc = asy_is_future(vm, last) ? asy_future_cancelled_error(vm, asy_as_future(last)) : asy_cancelled_error_new(vm, ASY_NIL);
        ok = !asy_is_err(exc) && asy_future_set_exception(vm, &g->future, exc);
        asy_release(vm, exc);
    } else {
        g->children = NULL;
        ok = asy_future_set_result(vm, &g->future, asy_from_obj(results));
        asy_release_obj(vm, results);
    }
    return ok;
}

static bool gather_child(VM *vm, GatherObj *g, Value child)
{
    int cancelled = asy_any_cancelled(vm, child);
    if (cancelled < 0) return false;
    if (g->future.state != FUTURE_PENDING) {
        if (cancelled) return true;
        Value exc = asy_any_exception(vm, child);       // asked for, so it is not reported as lost
        asy_release(vm, exc);
        return !asy_is_err(exc);
    }
    if (!g->return_exceptions) {
        Value exc;
        if (cancelled) exc = asy_is_future(vm, child) ? asy_future_cancelled_error(vm, asy_as_future(child)) : asy_cancelled_error_new(vm, ASY_NIL);
        else exc = asy_any_exception(vm, child);
        if (asy_is_err(exc)) return false;
        if (!asy_is_none(exc)) {
            bool ok = asy_future_set_exception(vm, &g->future, exc);
            asy_release(vm, exc);
            return ok;
        }
    }
    return g->finished < g->expected || gather_finish(vm, g, child);
}

bool asy_gather_child_done(VM *vm, Value target, Value child)
{
    GatherObj *g = as_gather(target);
    g->finished++;
    if (gather_child(vm, g, child)) return true;
    if (g->future.state != FUTURE_PENDING || !asy_error_is(vm, EXC_Exception)) return false;
    // No memory for the results, or a child of script's own failed to say how it has ended: whoever waits is told.
    Value exc = asy_error_fetch(vm);
    bool ok = asy_future_set_exception(vm, &g->future, exc);
    asy_release(vm, exc);
    return ok;
}

static Value gather_cancel(VM *vm, Args a)
{
    GatherObj *g = as_gather(a.self);
    if (g->future.state != FUTURE_PENDING || !g->children) return ASY_FALSE;
    bool any = false;
    ListObj *children = asy_retain_obj(g->children);
    int r = 0;
    for (size_t i = 0; r >= 0 && i < children->size; i++) {
        Value child = asy_retain(children->items[i]);
        r = asy_any_cancel(vm, child, a.v[0]);
        asy_release(vm, child);
        any |= r > 0;
    }
    asy_release_obj(vm, children);
    // The outer future ends when the children have.
    if (any) g->cancel_requested = true;
    return r < 0 ? ASY_ERR : asy_from_bool(any);
}

static void gather_trace(Tracer *t, ObjHeader *o)
{
    asy_future_trace(t, o);
    asy_trace_header(t, (ObjHeader *)(void *)((GatherObj *)(void *)o)->children);
}
static void gather_clear(VM *vm, ObjHeader *o)
{
    GatherObj *g = (GatherObj *)(void *)o;
    ListObj *children = g->children;
    g->children = NULL;
    asy_release_obj(vm, children);
    asy_future_clear(vm, o);
}

static const MethodDef gather_methods[] = {
    { "cancel", gather_cancel, "(msg=None)", 0, "Cancel all that are not done." },
    { 0 },
};
const TypeDef asy_rt_gathering_type = {
    .name = "asyncio.tasks._GatheringFuture",
    .size = sizeof(GatherObj),
    .flags = TYPE_ATTRS | TYPE_WEAKREFS | TYPE_DISALLOW_NEW,
    .attrs_offset = offsetof(FutureObj, attrs),
    .base = &asy_rt_future_type,
    .doc = "What gather() returns.",
    .trace = gather_trace,
    .clear = gather_clear,
    .needs_finalize = asy_future_needs_finalize,
    .finalize = asy_future_finalize,
    .await_poll = asy_future_await_poll,
    .methods = gather_methods,
    .slots = { .repr = asy_future_repr, .iter = asy_future_await, .await = asy_future_await },
};

// Makes futures of the arguments, in `children`; `fresh` has each once. False: exception; what was made so far stays
// scheduled, as in asyncio.
static bool gather_children(VM *vm, TupleObj *args, ListObj *children, ListObj *fresh, Value *loop)
{
    DictObj *seen = args->size > 1 ? asy_dict_with_capacity(vm, args->size) : NULL;
    if (args->size > 1 && !seen) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < args->size; i++) {
        Value arg = args->items[i], known = ASY_NIL;
        ok = !seen || asy_dict_get(vm, seen, arg, &known);
        if (!ok) break;
        if (!asy_is_nil(known)) {
            ok = asy_list_append(vm, children, known);
            continue;
        }
        Value future = asy_ensure_future(vm, arg, *loop);
        if (asy_is_err(future)) {
            ok = false;
            break;
        }
        // A task made here is reported by what it raises in the outer future, not when it is dropped.
        if (!asy_same(future, arg) && asy_is_task(vm, future)) asy_as_obj(future)->flags |= TASK_QUIET;
        ok = asy_list_append(vm, children, future) && asy_list_append(vm, fresh, future) &&
             (!seen || asy_dict_set(vm, seen, arg, future));
        if (ok && asy_is_nil(*loop)) {
            *loop = asy_any_loop(vm, future);
            ok = !asy_is_err(*loop);
            if (!ok) *loop = ASY_NIL;
        }
        asy_release(vm, future);
    }
    asy_release_obj(vm, seen);
    return ok;
}

// Those that are not done call back; the others count at once, after them.
static bool gather_attach(VM *vm, GatherObj *g, ListObj *fresh)
{
    Value self = asy_from_obj(g);
    bool ok = true;
    size_t done_count = 0;
    for (size_t i = 0; ok && i < fresh->size; i++) {
        int done = asy_any_done(vm, fresh->items[i]);
        if (done > 0) {
            Value v = fresh->items[i];
            fresh->items[i] = fresh->items[done_count];
            fresh->items[done_count++] = v;
        }
        ok = done > 0 || (done == 0 && asy_future_add_any(vm, fresh->items[i], CB_GATHER, self));
    }
    for (size_t i = 0; ok && i < done_count; i++) ok = asy_gather_child_done(vm, self, fresh->items[i]);
    return ok;
}

static Value gather_nothing(VM *vm)
{
    Value loop = asy_get_event_loop(vm);
    if (asy_is_err(loop)) return ASY_ERR;
    FutureObj *f = asy_future_new(vm, asy_rt(vm)->types.future, loop);
    asy_release(vm, loop);
    ListObj *empty = f ? asy_list_new(vm, 0) : NULL;
    bool ok = empty && asy_future_set_result(vm, f, asy_from_obj(empty));
    asy_release_obj(vm, empty);
    if (ok) return asy_from_obj(f);
    asy_release_obj(vm, f);
    return ASY_ERR;
}

static Value gather_function(VM *vm, Args a)
{
    TupleObj *args = asy_as_tuple(a.v[0]);
    bool return_exceptions = false;
    if (!asy_arg_bool(vm, a.v[1], &return_exceptions)) return ASY_ERR;
    if (args->size == 0) return gather_nothing(vm);
    Value loop = ASY_NIL;
    ListObj *children = asy_list_new(vm, args->size), *fresh = children ? asy_list_new(vm, args->size) : NULL;
    GatherObj *g = NULL;
    if (fresh && gather_children(vm, args, children, fresh, &loop)) {
        g = (GatherObj *)(void *)asy_future_new(vm, asy_rt(vm)->types.gathering, loop);
    }
    if (g) {
        g->children = asy_retain_obj(children);
        g->expected = (uint32_t)fresh->size;
        g->return_exceptions = return_exceptions;
        if (!gather_attach(vm, g, fresh)) {
            asy_release_obj(vm, g);
            g = NULL;
        }
    }
    asy_release(vm, loop);
    asy_release_obj(vm, children);
    asy_release_obj(vm, fresh);
    return g ? asy_from_obj(g) : ASY_ERR;
}

// ---- wait ----

enum { WAIT_START, WAIT_PARKED };
enum { WAIT_ALL, WAIT_FIRST, WAIT_FIRST_EXCEPTION };

bool asy_wait_child_done(VM *vm, Value target, Value future)
{
    CoroObj *c = asy_as(CoroObj, target);
    if (!asy_is_int(c->self)) return true;              // it has ended meanwhile
    int64_t left = asy_as_small(c->self) - 1;
    c->self = asy_from_small(left);
    bool enough = left <= 0 || c->extra == WAIT_FIRST;
    if (!enough && c->extra == WAIT_FIRST_EXCEPTION) {
        int cancelled = asy_any_cancelled(vm, future);
        if (cancelled < 0) return false;
        if (!cancelled) {
            Value exc = asy_any_exception(vm, future);
            if (asy_is_err(exc)) return false;
            enough = !asy_is_none(exc);
            asy_release(vm, exc);
        }
    }
    if (!enough) return true;
    if (c->timer) asy_loop_timer_remove(vm, asy_as_loop(asy_as_list(c->arg)->items[0]), (Timed *)(void *)c);
    return asy_waiter_wake(vm, c) >= 0;
}

// arg: (futures, timeout, return_when), then the list [loop, future, ...]; self: how many are left.
static bool wait_check(VM *vm, CoroObj *c, Value *timeout)
{
    TupleObj *args = asy_as_tuple(c->arg);
    Value fs = args->items[0], when = args->items[2];
    int is = asy_isfuture(vm, fs);
    if (is == 0) is = asy_iscoroutine(vm, fs);
    if (is < 0) return false;
    if (is) {
        asy_raise(vm, EXC_TypeError, "expect a list of futures, not %T", fs);
        return false;
    }
    int truth = asy_truth(vm, fs);
    if (truth < 0) return false;
    if (!truth) {
        asy_raise(vm, EXC_ValueError, "Set of Tasks/Futures is empty.");
        return false;
    }
    if (!asy_is_str(vm, when)) is = -1;
    else if (asy_str_is(asy_as_str(when), "ALL_COMPLETED")) c->extra = WAIT_ALL;
    else if (asy_str_is(asy_as_str(when), "FIRST_COMPLETED")) c->extra = WAIT_FIRST;
    else if (asy_str_is(asy_as_str(when), "FIRST_EXCEPTION")) c->extra = WAIT_FIRST_EXCEPTION;
    else is = -1;
    if (is < 0) {
        asy_raise(vm, EXC_ValueError, "Invalid return_when value: %S", when);
        return false;
    }
    // Each future once, in the order given.
    DictObj *seen = asy_dict_new(vm);
    ListObj *given = seen ? asy_to_list(vm, fs) : NULL;
    bool ok = given != NULL;
    for (size_t i = 0; ok && i < given->size; i++) ok = asy_dict_set(vm, seen, given->items[i], ASY_NONE);
    ListObj *list = ok ? asy_list_from(vm, (Value[]){ asy_running_loop_checked(vm) }, 1) : NULL;
    ok = list && !asy_is_err(list->items[0]) && asy_list_extend(vm, list, asy_from_obj(seen));
    for (size_t i = 1; ok && i < list->size; i++) {
        is = asy_iscoroutine(vm, list->items[i]);
        ok = is == 0;
        if (is > 0) asy_raise(vm, EXC_TypeError, "Passing coroutines is forbidden, use tasks explicitly.");
    }
    asy_release_obj(vm, given);
    asy_release_obj(vm, seen);
    if (ok) {
        *timeout = asy_retain(args->items[1]);
        asy_set(vm, &c->arg, asy_from_obj(list));
    } else {
        asy_release_obj(vm, list);
    }
    return ok;
}

static void wait_detach(VM *vm, CoroObj *c, ListObj *list)
{
    Value self = asy_from_obj(c);
    if (c->timer) asy_loop_timer_remove(vm, asy_as_loop(list->items[0]), (Timed *)(void *)c);
    for (size_t i = 1; i < list->size; i++) {
        if (!asy_future_remove_any(vm, list->items[i], CB_WAIT, self)) asy_error_unraisable(vm, list->items[i], NULL);
    }
}

static SendResult wait_start(VM *vm, CoroObj *c, Value *out)
{
    Value timeout;
    if (!wait_check(vm, c, &timeout)) return SEND_ERROR;
    ListObj *list = asy_as_list(c->arg);
    Value loop = list->items[0];
    bool ok = true;
    if (!asy_is_none(timeout)) {
        double seconds = 0, now;
        ok = asy_to_double(vm, timeout, &seconds) && asy_loop_now(vm, loop, &now);
        if (ok && !asy_is_loop(vm, loop)) {
            asy_raise(vm, EXC_NotImplementedError, "wait() with a timeout needs an event loop of asyncio's own");
            ok = false;
        }
        ok = ok && asy_loop_timer_add(vm, asy_as_loop(loop), (Timed *)(void *)c, now + seconds);
    }
    asy_release(vm, timeout);
    c->self = asy_from_small((int64_t)list->size - 1);
    Value self = asy_from_obj(c);
    for (size_t i = 1; ok && i < list->size; i++) ok = asy_future_add_any(vm, list->items[i], CB_WAIT, self);
    if (ok) return asy_coro_park(c, WAIT_PARKED, out);
    Value exc = asy_error_fetch(vm);
    wait_detach(vm, c, list);
    asy_error_restore(vm, exc);
    return SEND_ERROR;
}

SendResult asy_wait_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    if (c->state == WAIT_START) return wait_start(vm, c, out);
    ListObj *list = asy_retain_obj(asy_as_list(c->arg));
    wait_detach(vm, c, list);
    SendResult r = SEND_ERROR;
    SetObj *sets[2] = { NULL, NULL };
    if (!asy_is_nil(thrown)) {
        r = asy_coro_rethrow(vm, thrown);
    } else if ((sets[0] = asy_set_new(vm, vm->types.set)) != NULL && (sets[1] = asy_set_new(vm, vm->types.set)) != NULL) {
        bool ok = true;
        for (size_t i = 1; ok && i < list->size; i++) {
            int done = asy_any_done(vm, list->items[i]);
            ok = done >= 0 && asy_set_add(vm, sets[done ? 0 : 1], list->items[i]);
        }
        if (ok) {
            *out = asy_tuple_pack(vm, 2, asy_from_obj(sets[0]), asy_from_obj(sets[1]));
            r = asy_is_err(*out) ? SEND_ERROR : SEND_RETURN;
        }
    }
    asy_release_obj(vm, sets[0]);
    asy_release_obj(vm, sets[1]);
    asy_release_obj(vm, list);
    return r;
}

static Value wait_function(VM *vm, Args a)
{
    Value when = asy_is_nil(a.v[2]) ? asy_str_value(vm, "ALL_COMPLETED") : asy_retain(a.v[2]);
    if (asy_is_err(when)) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 3, a.v[0], asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1], when);
    asy_release(vm, when);
    if (asy_is_err(args)) return ASY_ERR;
    Value coro = asy_coro_value(vm, CORO_WAIT, ASY_NIL, args);
    asy_release(vm, args);
    return coro;
}

const MethodDef asy_combine_functions[] = {
    { "sleep", sleep_function, "(delay, result=None)", NATIVE_COROUTINE, "Wait for delay seconds; result." },
    { "gather", gather_function, "(*coros_or_futures, return_exceptions=False)", 0,
      "A future of the results of all, in their order; the first exception is raised at once." },
    { "wait", wait_function, "(fs, *, timeout=None, return_when='ALL_COMPLETED')", NATIVE_COROUTINE,
      "Wait for futures; the sets (done, pending)." },
    { 0 },
};
