// Tasks: one step at a time through a coroutine.
//
// The rules of asyncio's step, hop for hop:
//  1. A step runs in the task's context with the task as its loop's current one. It sends None, or throws.
//  2. None yielded: the next step is put into the loop. A future that is being awaited: the task becomes one of its
//     callbacks, and wakes with a turn of the loop between. A native coroutine that has parked itself: the same without
//     a future. Anything else: RuntimeError thrown at the next step.
//  3. cancel() goes to what the task waits for; if there is nothing that can be cancelled, the next step throws.
//  4. The end drops the coroutine. Until then the loop's list owns the task, so nobody else needs to, and the task holds
//     a place in the loop's ready queue, so that waking it cannot fail.
//  5. An exception that cannot be made for want of memory is replaced by MemoryError; a cancellation that was lost over
//     it comes with the next step.
#include "runtime/task.h"

#include "runtime/coro.h"
#include "runtime/loop.h"
#include "runtime/waiters.h"
#include "vm/interp/frame.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

bool asy_is_task(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return false;
    const Type *t = asy_as_obj(v)->type;
    return t == asy_rt(vm)->types.task || asy_type_is_subtype(t, asy_rt(vm)->types.task);
}

// ---- the list of running tasks ----

static TaskList *list_of(VM *vm, TaskObj *t)
{
    Value loop = t->future.loop;
    return asy_is_loop(vm, loop) ? &asy_as_loop(loop)->tasks : &asy_rt(vm)->foreign;
}

// From now on it is running: in the list, and with a place of its own among what is ready.
static bool task_list(VM *vm, TaskObj *t)
{
    Value loop = t->future.loop;
    if (asy_is_loop(vm, loop) && !asy_ready_claim(vm, &asy_as_loop(loop)->ready)) return false;
    TaskList *list = list_of(vm, t);
    t->future.head.flags |= TASK_LISTED;
    t->next = NULL;
    t->prev = list->last;
    if (list->last) list->last->next = t;
    else list->first = t;
    list->last = t;
    asy_retain(asy_from_obj(t));
    return true;
}

void asy_task_unlist(VM *vm, TaskObj *t)
{
    if (!(t->future.head.flags & TASK_LISTED)) return;
    Value loop = t->future.loop;
    TaskList *list = list_of(vm, t);
    t->future.head.flags &= ~(uint32_t)TASK_LISTED;
    if (t->prev) t->prev->next = t->next;
    else list->first = t->next;
    if (t->next) t->next->prev = t->prev;
    else list->last = t->prev;
    t->next = t->prev = NULL;
    if (asy_is_loop(vm, loop)) asy_ready_unclaim(&asy_as_loop(loop)->ready);
    asy_release_header(vm, &t->future.head);
}

static void report_destroyed(VM *vm, TaskObj *t);
void asy_task_list_release(VM *vm, TaskList *list, bool report)
{
    while (list->first) {
        TaskObj *t = list->first;
        asy_retain(asy_from_obj(t));
        asy_task_unlist(vm, t);
        if (report) report_destroyed(vm, t);
        asy_release(vm, asy_from_obj(t));
    }
}

// ---- the current task ----

Value asy_task_current(VM *vm, Value loop)
{
    if (asy_is_loop(vm, loop)) return asy_as_loop(loop)->current;
    Runtime *rt = asy_rt(vm);
    Value v = ASY_NIL;
    if (rt->foreign_current && !asy_dict_get(vm, rt->foreign_current, loop, &v)) asy_error_clear(vm);
    return v;
}

// Makes `task` (NIL: none) the loop's current one and hands back the one before, borrowed.
static bool current_swap(VM *vm, Value loop, Value task, Value *before)
{
    if (ASY_LIKELY(asy_is_loop(vm, loop))) {
        *before = asy_as_loop(loop)->current;
        asy_as_loop(loop)->current = task;
        return true;
    }
    Runtime *rt = asy_rt(vm);
    *before = asy_task_current(vm, loop);
    if (!rt->foreign_current && !(rt->foreign_current = asy_dict_new(vm))) return false;
    if (!asy_is_nil(task)) return asy_dict_set(vm, rt->foreign_current, loop, task);
    return asy_dict_delete(vm, rt->foreign_current, loop) >= 0;
}

// ---- the end ----

// The coroutine goes; what repr shows of it stays.
static void drop_coro(VM *vm, TaskObj *t)
{
    Value coro = t->coro, rest = ASY_NIL;
    if (asy_is_suspending(vm, coro)) {
        FunctionObj *func = asy_as_frame(coro)->func;
        if (func) rest = asy_from_obj(asy_retain_obj(func));
    } else if (asy_is_coro(vm, coro)) {
        rest = asy_retain(coro);        // ended, it owns nothing
    }
    t->coro = rest;
    asy_release(vm, coro);
}

static bool task_ended(VM *vm, TaskObj *t, bool ok)
{
    drop_coro(vm, t);
    asy_task_unlist(vm, t);
    return ok;
}

static bool end_returned(VM *vm, TaskObj *t, Value result)
{
    bool ok;
    if (ASY_UNLIKELY(t->future.head.flags & TASK_MUST_CANCEL)) {
        t->future.head.flags &= ~(uint32_t)TASK_MUST_CANCEL;
        ok = asy_future_end_cancelled(vm, &t->future, ASY_NIL);
    } else {
        ok = asy_future_set_result(vm, &t->future, result);
    }
    asy_release(vm, result);
    return task_ended(vm, t, ok);
}

static bool end_raised(VM *vm, TaskObj *t)
{
    Value exc = asy_error_fetch(vm);
    Type *type = asy_as_obj(exc)->type;
    bool ok;
    if (asy_type_is_subtype(type, asy_rt(vm)->exc.cancelled_error)) {
        ok = asy_future_end_cancelled(vm, &t->future, exc);
    } else {
        ok = asy_future_set_exception(vm, &t->future, exc);
        if (ok && (asy_type_is_subtype(type, vm->exc[EXC_KeyboardInterrupt]) ||
                   asy_type_is_subtype(type, vm->exc[EXC_SystemExit]))) {
            asy_error_restore(vm, exc);         // ends the loop too
            return task_ended(vm, t, false);
        }
    }
    asy_release(vm, exc);
    return task_ended(vm, t, ok);
}

// ---- a step ----

// Puts the next step into the loop; `exc` borrowed, NIL: none.
static bool schedule_step(VM *vm, TaskObj *t, Value exc)
{
    Value loop = t->future.loop;
    if (ASY_LIKELY(asy_loop_plain(vm, loop, LOOP_CALL_SOON))) {
        if (!asy_loop_check_open(vm, asy_as_loop(loop))) return false;
        return asy_ready_push(vm, &asy_as_loop(loop)->ready, READY_STEP, &t->future.head, exc);
    }
    ContextObj *context = asy_task_context(vm, t);
    Value callable = context ? asy_task_bound_step(vm, t) : ASY_ERR;
    if (asy_is_err(callable)) return false;
    bool ok = asy_loop_call_soon(vm, loop, callable, &exc, !asy_is_nil(exc), asy_from_obj(context));
    asy_release(vm, callable);
    return ok;
}

// The pending exception is thrown at the next step.
static bool schedule_raised(VM *vm, TaskObj *t)
{
    Value exc = asy_error_fetch(vm);
    bool ok = schedule_step(vm, t, exc);
    asy_release(vm, exc);
    return ok;
}

// cancel() came while the task ran: it goes to what it waits for now.
static bool pass_cancel_on(VM *vm, TaskObj *t)
{
    int r = asy_any_cancel(vm, t->waiter, t->future.extra);
    if (r < 0) return false;
    if (r > 0) t->future.head.flags &= ~(uint32_t)TASK_MUST_CANCEL;
    return true;
}

static bool wait_for_foreign(VM *vm, TaskObj *t, Value awaited)
{
    Runtime *rt = asy_rt(vm);
    Value self = asy_from_obj(t);
    Value loop = asy_any_loop(vm, awaited);
    if (asy_is_err(loop)) return schedule_raised(vm, t);
    bool same = asy_same(loop, t->future.loop);
    asy_release(vm, loop);
    if (!same) {
        asy_raise(vm, EXC_RuntimeError, "Task %R got Future %R attached to a different loop", self, awaited);
        return schedule_raised(vm, t);
    }
    Value blocking = asy_getattr(vm, awaited, rt_name(rt, _asyncio_future_blocking));
    if (asy_is_err(blocking)) return schedule_raised(vm, t);
    int truth = asy_truth(vm, blocking);
    asy_release(vm, blocking);
    if (truth < 0) return schedule_raised(vm, t);
    if (!truth) {
        asy_raise(vm, EXC_RuntimeError, "yield was used instead of yield from in task %R with %R", self, awaited);
        return schedule_raised(vm, t);
    }
    if (!asy_setattr(vm, awaited, rt_name(rt, _asyncio_future_blocking), ASY_FALSE)) return schedule_raised(vm, t);
    Value add = asy_getattr(vm, awaited, rt_name(rt, add_done_callback));
    Value wakeup = asy_is_err(add) ? ASY_ERR : asy_task_bound_wakeup(vm, t);
    ContextObj *context = asy_is_err(wakeup) ? NULL : asy_task_context(vm, t);
    TupleObj *names = context ? asy_tuple_from(vm, (Value[]){ asy_from_obj(rt_name(rt, context)) }, 1) : NULL;
    Value r = ASY_ERR;
    if (names) r = asy_call(vm, add, (Value[]){ wakeup, asy_from_obj(context) }, 1, asy_from_obj(names));
    asy_release_obj(vm, names);
    asy_release(vm, wakeup);
    asy_release(vm, add);
    asy_release(vm, r);
    if (asy_is_err(r)) return schedule_raised(vm, t);
    asy_set(vm, &t->waiter, asy_retain(awaited));
    return !(t->future.head.flags & TASK_MUST_CANCEL) || pass_cancel_on(vm, t);
}

// The coroutine has suspended with `out` (owned).
static bool suspended(VM *vm, TaskObj *t, Value out)
{
    if (asy_is_none(out)) return schedule_step(vm, t, ASY_NIL);
    bool ok;
    Value self = asy_from_obj(t);
    if (ASY_LIKELY(asy_is_coro(vm, out))) {
        CoroObj *c = asy_as(CoroObj, out);
        if (c->phase == CORO_PARKED || c->phase == CORO_WOKEN) {
            ok = asy_waiter_park(vm, c, t);
            asy_set(vm, &t->waiter, out);
            if (ASY_UNLIKELY(t->future.head.flags & TASK_MUST_CANCEL)) ok = ok && pass_cancel_on(vm, t);
            return ok;
        }
    } else if (asy_is_plain_future(vm, out)) {
        FutureObj *f = asy_as_future(out);
        if (ASY_UNLIKELY(!asy_same(f->loop, t->future.loop))) {
            asy_raise(vm, EXC_RuntimeError, "Task %R got Future %R attached to a different loop", self, out);
        } else if (ASY_UNLIKELY(!(f->head.flags & FUT_BLOCKING))) {
            asy_raise(vm, EXC_RuntimeError, "yield was used instead of yield from in task %R with %R", self, out);
        } else if (ASY_UNLIKELY(f == &t->future)) {
            asy_raise(vm, EXC_RuntimeError, "Task cannot await on itself: %R", self);
        } else {
            f->head.flags &= ~(uint32_t)FUT_BLOCKING;
            if (!asy_future_add(vm, f, CB_TASK, self, NULL)) {
                asy_release(vm, out);
                return schedule_raised(vm, t);
            }
            asy_set(vm, &t->waiter, out);
            return !(t->future.head.flags & TASK_MUST_CANCEL) || pass_cancel_on(vm, t);
        }
        asy_release(vm, out);
        return schedule_raised(vm, t);
    } else {
        int is = asy_isfuture(vm, out);
        if (is > 0) {
            ok = wait_for_foreign(vm, t, out);
            asy_release(vm, out);
            return ok;
        }
        if (is < 0) {
            asy_release(vm, out);
            return schedule_raised(vm, t);
        }
    }
    if (asy_is_obj(out) && asy_as_obj(out)->type == vm->types.generator) {
        asy_raise(vm, EXC_RuntimeError, "yield was used instead of yield from for generator in task %R with %R", self, out);
    } else {
        asy_raise(vm, EXC_RuntimeError, "Task got bad yield: %R", out);
    }
    asy_release(vm, out);
    return schedule_raised(vm, t);
}

// Coroutine objects of script's own classes.
static SendResult drive_foreign(VM *vm, Value coro, Value exc, Value *out)
{
    Value v = asy_is_nil(exc) ? asy_call_method1(vm, coro, asy_name(vm, send), ASY_NONE)
                              : asy_call_method1(vm, coro, asy_name(vm, throw_), exc);
    *out = v;
    if (!asy_is_err(v)) return SEND_YIELD;
    if (!asy_error_is(vm, EXC_StopIteration)) return SEND_ERROR;
    Value stop = asy_error_fetch(vm);
    *out = asy_exc_stop_value(vm, stop);
    asy_release(vm, stop);
    return SEND_RETURN;
}

static SendResult drive(VM *vm, Value coro, Value exc, Value *out)
{
    if (ASY_LIKELY(asy_as_obj(coro)->type == vm->types.coroutine)) {
        return ASY_LIKELY(asy_is_nil(exc)) ? asy_gen_send(vm, asy_as_frame(coro), ASY_NONE, out)
                                           : asy_gen_throw(vm, asy_as_frame(coro), exc, out);
    }
    if (asy_is_coro(vm, coro)) return asy_coro_resume(vm, asy_as(CoroObj, coro), exc, out);
    return drive_foreign(vm, coro, exc, out);
}

static void forget_waiter(VM *vm, TaskObj *t)
{
    Value waiter = t->waiter;
    if (asy_is_nil(waiter)) return;
    t->waiter = ASY_NIL;
    if (asy_is_coro(vm, waiter)) {
        CoroObj *c = asy_as(CoroObj, waiter);
        if (c->phase != CORO_DELEGATING && c->task == t) c->task = NULL;
    }
    asy_release(vm, waiter);
}

// One step inside the task's context and as the current task.
static bool step_body(VM *vm, TaskObj *t, Value exc)
{
    Value made = ASY_NIL, out = ASY_NIL;
    if (ASY_UNLIKELY(t->future.head.flags & TASK_MUST_CANCEL)) {
        bool is_it = !asy_is_nil(exc) && asy_type_is_subtype(asy_as_obj(exc)->type, asy_rt(vm)->exc.cancelled_error);
        made = is_it ? ASY_NIL : asy_cancelled_error_new(vm, t->future.extra);
        if (asy_is_err(made)) made = asy_error_fetch(vm);
        else t->future.head.flags &= ~(uint32_t)TASK_MUST_CANCEL;
        if (!is_it) exc = made;
    }
    forget_waiter(vm, t);
    SendResult r = drive(vm, t->coro, exc, &out);
    asy_release(vm, made);
    if (r == SEND_YIELD) return suspended(vm, t, out);
    return r == SEND_RETURN ? end_returned(vm, t, out) : end_raised(vm, t);
}

static bool check_step(VM *vm, TaskObj *t, Value exc)
{
    if (ASY_LIKELY(t->future.state == FUTURE_PENDING)) return true;
    Value self = asy_from_obj(t);
    StrObj *text = asy_is_nil(exc) ? asy_format(vm, "__step(): already done: %R None", self)
                                   : asy_format(vm, "__step(): already done: %R %R", self, exc);
    if (text) asy_raise_class(vm, asy_rt(vm)->exc.invalid_state_error, asy_from_obj(text));
    asy_release_obj(vm, text);
    return false;
}

bool asy_task_step(VM *vm, TaskObj *t, Value exc, bool entered)
{
    if (!check_step(vm, t, exc)) return false;
    Value loop = t->future.loop, before, saved;
    if (!current_swap(vm, loop, asy_from_obj(t), &before)) return false;
    if (ASY_UNLIKELY(!asy_is_nil(before))) {
        if (!current_swap(vm, loop, before, &saved)) return false;
        asy_raise(vm, EXC_RuntimeError, "Cannot enter into task %R while another task %R is being executed.",
                  asy_from_obj(t), before);
        return false;
    }
    bool ok = false;
    if (ASY_UNLIKELY(entered)) {
        ok = step_body(vm, t, exc);
    } else if (asy_context_enter(vm, &t->context, &saved)) {
        ok = step_body(vm, t, exc);
        asy_context_leave(vm, &t->context, saved);
    }
    Value error = ok ? ASY_NIL : asy_error_fetch(vm);
    if (!current_swap(vm, loop, ASY_NIL, &before)) asy_error_clear(vm);
    if (!ok) asy_error_restore(vm, error);
    return ok;
}

// A step that throws the pending exception.
static bool step_raised(VM *vm, TaskObj *t, bool entered)
{
    Value exc = asy_error_fetch(vm);
    bool ok = asy_task_step(vm, t, exc, entered);
    asy_release(vm, exc);
    return ok;
}

bool asy_task_wakeup(VM *vm, TaskObj *t, Value awaited, Value message, bool entered)
{
    if (ASY_LIKELY(asy_is_coro(vm, awaited))) {
        if (asy_as(CoroObj, awaited)->phase == CORO_CANCELLED && t->future.state == FUTURE_PENDING) {
            t->future.head.flags |= TASK_MUST_CANCEL;
            asy_set(vm, &t->future.extra, asy_retain(message));
        }
        return asy_task_step(vm, t, ASY_NIL, entered);
    }
    if (asy_is_plain_future(vm, awaited)) {
        FutureObj *f = asy_as_future(awaited);
        if (ASY_LIKELY(f->state == FUTURE_FINISHED && !(f->head.flags & FUT_ERROR))) return asy_task_step(vm, t, ASY_NIL, entered);
    } else if (asy_is_nil(awaited)) {
        return asy_task_step(vm, t, ASY_NIL, entered);
    }
    Value result = asy_any_result(vm, awaited);
    if (asy_is_err(result)) return step_raised(vm, t, entered);
    asy_release(vm, result);
    return asy_task_step(vm, t, ASY_NIL, entered);
}

// ---- cancelling ----

int asy_task_cancel(VM *vm, TaskObj *t, Value message)
{
    FutureObj *f = &t->future;
    f->head.flags &= ~(uint32_t)FUT_LOG_TRACEBACK;
    if (f->state != FUTURE_PENDING) return 0;
    f->cancels++;
    if (!asy_is_nil(t->waiter)) {
        Value waiter = asy_retain(t->waiter);
        int r = asy_any_cancel(vm, waiter, message);
        asy_release(vm, waiter);
        if (r != 0) return r;
    }
    f->head.flags |= TASK_MUST_CANCEL;
    asy_set(vm, &f->extra, asy_is_none(message) ? ASY_NIL : asy_retain(message));
    return 1;
}

int asy_task_cancel_any(VM *vm, Value task, Value message)
{
    Runtime *rt = asy_rt(vm);
    if (asy_as_obj(task)->type == rt->types.task) return asy_task_cancel(vm, asy_as(TaskObj, task), message);
    // cancel(msg=message), by keyword as asyncio does; without a message, without it.
    Value cancel = asy_getattr(vm, task, rt_name(rt, cancel));
    if (asy_is_err(cancel)) return -1;
    Value r = ASY_ERR;
    if (asy_is_nil(message) || asy_is_none(message)) {
        r = asy_call0(vm, cancel);
    } else {
        TupleObj *names = asy_tuple_from(vm, (Value[]){ asy_from_obj(asy_name(vm, msg)) }, 1);
        if (names) r = asy_call(vm, cancel, &message, 0, asy_from_obj(names));
        asy_release_obj(vm, names);
    }
    asy_release(vm, cancel);
    if (asy_is_err(r)) return -1;
    int truth = asy_truth(vm, r);
    asy_release(vm, r);
    return truth;
}

// ---- making ----

static bool task_setup(VM *vm, TaskObj *t, Value coro, Value name, Value context, bool eager)
{
    int is = asy_iscoroutine(vm, coro);
    if (is <= 0) {
        if (!is) asy_raise(vm, EXC_TypeError, "a coroutine was expected, got %R", coro);
        t->future.head.flags |= TASK_QUIET;
        return false;
    }
    ContextObj *own, *old = t->context;
    if (!asy_context_argument(vm, context, &own)) return false;
    t->context = own;
    asy_release_obj(vm, old);
    if (asy_is_nil(name) || asy_is_none(name)) {
        t->future.head.flags &= ~(uint32_t)TASK_NAMED;
        asy_set(vm, &t->name, asy_from_small((int64_t)++asy_rt(vm)->task_number));
    } else {
        Value text = asy_str(vm, name);
        if (asy_is_err(text)) return false;
        t->future.head.flags |= TASK_NAMED;
        asy_set(vm, &t->name, text);
    }
    asy_set(vm, &t->coro, asy_retain(coro));
    if (task_list(vm, t)) {
        if (eager || schedule_step(vm, t, ASY_NIL)) return true;
        asy_task_unlist(vm, t);
    }
    t->future.head.flags |= TASK_QUIET;
    return false;
}

TaskObj *asy_task_new(VM *vm, Type *type, Value loop, Value coro, Value name, Value context)
{
    TaskObj *t = asy_object_alloc(vm, type);
    if (!t) return NULL;
    t->future.loop = asy_retain(loop);
    if (asy_is_loop(vm, loop) && asy_as_loop(loop)->debug && !asy_future_note_source(vm, &t->future)) asy_error_clear(vm);
    if (task_setup(vm, t, coro, name, context, false)) return t;
    asy_release(vm, asy_from_obj(t));
    return NULL;
}

// The first step at once, inside the running task (eager_task_factory).
static bool eager_start(VM *vm, TaskObj *t)
{
    Value loop = t->future.loop, before, ignored, saved;
    if (!current_swap(vm, loop, asy_from_obj(t), &before)) return false;
    bool ok = false;
    // A task may be started eagerly in the context that is entered already: its creator's.
    bool shared = t->context && t->context->entered && asy_same(vm->thread->context, asy_from_obj(t->context));
    if (shared) {
        ok = step_body(vm, t, ASY_NIL);
    } else if (asy_context_enter(vm, &t->context, &saved)) {
        ok = step_body(vm, t, ASY_NIL);
        asy_context_leave(vm, &t->context, saved);
    }
    Value error = ok ? ASY_NIL : asy_error_fetch(vm);
    if (!current_swap(vm, loop, before, &ignored)) asy_error_clear(vm);
    if (!ok) asy_error_restore(vm, error);
    if (t->future.state != FUTURE_PENDING) asy_clear(vm, &t->coro);     // it has ended at once: nothing to tell
    return ok;
}

bool asy_task_init(VM *vm, TaskObj *t, Value coro, Value loop, Value name, Value context, bool eager)
{
    asy_task_unlist(vm, t);         // __init__ may be called again
    if (!asy_future_init(vm, &t->future, loop)) {
        t->future.head.flags |= TASK_QUIET;
        return false;
    }
    LoopObj *plain = asy_is_loop(vm, t->future.loop) ? asy_as_loop(t->future.loop) : NULL;
    if (plain && plain->debug && !asy_future_note_source(vm, &t->future)) return false;
    bool now = eager && (plain ? plain->thread == vm->thread : asy_same(asy_running_loop(vm), t->future.loop));
    if (!task_setup(vm, t, coro, name, context, now)) return false;
    return !now || eager_start(vm, t);
}

// The name comes after the task: a task made with one has used up a number all the same, as in asyncio.
static bool name_given(VM *vm, Value task, Value name)
{
    if (asy_is_nil(name) || asy_is_none(name)) return true;
    if (asy_as_obj(task)->type == asy_rt(vm)->types.task) {
        Value text = asy_str(vm, name);
        if (asy_is_err(text)) return false;
        asy_as_obj(task)->flags |= TASK_NAMED;
        asy_set(vm, &asy_as(TaskObj, task)->name, text);
        return true;
    }
    Value r = asy_call_method1(vm, task, rt_name(asy_rt(vm), set_name), name);
    asy_release(vm, r);
    return !asy_is_err(r);
}

Value asy_task_create(VM *vm, Value loop, Value coro, Value name, Value context)
{
    Runtime *rt = asy_rt(vm);
    Value task = ASY_ERR;
    if (ASY_LIKELY(asy_loop_plain(vm, loop, LOOP_CREATE_TASK) && asy_is_nil(asy_as_loop(loop)->task_factory))) {
        if (!asy_loop_check_open(vm, asy_as_loop(loop))) return ASY_ERR;
        TaskObj *t = asy_task_new(vm, rt->types.task, loop, coro, ASY_NIL, context);
        if (t) task = asy_from_obj(t);
    } else {
        Value method = asy_getattr(vm, loop, rt_name(rt, create_task));
        if (asy_is_err(method)) return ASY_ERR;
        bool has_context = !asy_is_nil(context) && !asy_is_none(context);
        Value kwnames = has_context ? asy_tuple_pack(vm, 1, asy_from_obj(rt_name(rt, context))) : ASY_NIL;
        if (!asy_is_err(kwnames)) task = asy_call(vm, method, (Value[]){ coro, context }, 1, kwnames);
        asy_release(vm, kwnames);
        asy_release(vm, method);
    }
    if (asy_is_err(task) || name_given(vm, task, name)) return task;
    asy_release(vm, task);
    return ASY_ERR;
}

// ---- reports ----

static void report_destroyed(VM *vm, TaskObj *t)
{
    FutureObj *f = &t->future;
    if (f->state != FUTURE_PENDING || f->head.flags & TASK_QUIET || asy_is_nil(f->loop)) return;
    f->head.flags |= TASK_QUIET;
    Value trace = asy_attrs_get(vm, &f->attrs, rt_name(asy_rt(vm), _source_traceback));
    ReportEntry entries[] = { { "task", asy_from_obj(t) }, { "source_traceback", trace } };
    if (!asy_report(vm, f->loop, "Task was destroyed but it is pending!", entries, 2)) {
        asy_error_unraisable(vm, asy_from_obj(t), NULL);
    }
}

bool asy_task_needs_finalize(VM *vm, ObjHeader *o)
{
    FutureObj *f = (FutureObj *)(void *)o;
    if (f->state == FUTURE_PENDING) return !(o->flags & TASK_QUIET) && !asy_is_nil(f->loop);
    return asy_future_needs_finalize(vm, o);
}

void asy_task_finalize(VM *vm, ObjHeader *o)
{
    report_destroyed(vm, (TaskObj *)(void *)o);
    asy_future_finalize(vm, o);
}

void asy_task_trace(Tracer *t, ObjHeader *o)
{
    TaskObj *task = (TaskObj *)(void *)o;
    asy_future_trace(t, o);
    asy_trace_value(t, task->coro);
    asy_trace_value(t, task->waiter);
    asy_trace_header(t, (ObjHeader *)(void *)task->context);
    asy_trace_value(t, task->name);
}

void asy_task_clear(VM *vm, ObjHeader *o)
{
    TaskObj *task = (TaskObj *)(void *)o;
    forget_waiter(vm, task);
    asy_clear(vm, &task->coro);
    ContextObj *context = task->context;
    task->context = NULL;
    asy_release_obj(vm, context);
    asy_clear(vm, &task->name);
    asy_future_clear(vm, o);
}

ContextObj *asy_task_context(VM *vm, TaskObj *t)
{
    if (t->context) return t->context;
    ContextObj *c = asy_context_of(vm, &t->context);
    // The running task has worked without one so far.
    if (c && asy_same(asy_task_current(vm, t->future.loop), asy_from_obj(t))) {
        c->entered = true;
        if (asy_is_nil(vm->thread->context)) vm->thread->context = asy_from_obj(asy_retain_obj(c));
    }
    return c;
}

StrObj *asy_task_name(VM *vm, TaskObj *t)
{
    if (!(t->future.head.flags & TASK_NAMED)) {
        if (asy_is_nil(t->name)) return asy_str_from_c(vm, "");
        StrObj *text = asy_format(vm, "Task-%S", t->name);
        if (!text) return NULL;
        t->future.head.flags |= TASK_NAMED;
        asy_set(vm, &t->name, asy_from_obj(text));
    }
    return asy_retain_obj(asy_as_str(t->name));
}
