// asyncio.TaskGroup: tasks that end together.
//
// The first failure cancels the others and the parent (unless the parent is already leaving); leaving waits for all and
// raises what went wrong as one exception group. The rules about whose cancellation is whose are asyncio's: the group
// takes back the one it sent, and lets one through that somebody else sent. An error that there is no memory to note down
// makes leaving raise MemoryError in the group's place.
#include "runtime/taskgroup.h"

#include "runtime/coro.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "runtime/waiters.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

typedef struct GroupObj {
    ObjHeader head;
    bool entered, exiting, aborting, parent_cancelled;
    Value loop;                 // NIL until entered
    Value parent;               // the task that entered it
    DictObj *tasks;             // running ones: keys, in order
    ListObj *errors;            // NULL: none
    Value base_error;           // raised instead of a group: first KeyboardInterrupt or SystemExit, MemoryError; or NIL
    Value leaving;              // __aexit__, parked until the last task ends; NIL: nobody
    Value body_error;           // while leaving: what has left the body, or NIL
    Value cancellation;         // and the CancelledError to raise in the end, or NIL
    CoroObj *spares;            // what it was entered by, for leaving: that needs no memory
} GroupObj;

static GroupObj *as_group(Value v) { return asy_as(GroupObj, v); }

static bool is_base_error(VM *vm, Value exc)
{
    const Type *t = asy_as_obj(exc)->type;
    return asy_type_is_subtype(t, vm->exc[EXC_SystemExit]) || asy_type_is_subtype(t, vm->exc[EXC_KeyboardInterrupt]);
}
static bool is_cancelled_error(VM *vm, Value exc)
{
    return asy_type_is_subtype(asy_as_obj(exc)->type, asy_rt(vm)->exc.cancelled_error);
}

static uint32_t task_count(const GroupObj *g) { return g->tasks ? g->tasks->count : 0; }

static bool add_error(VM *vm, GroupObj *g, Value exc)
{
    if (!g->errors && !(g->errors = asy_list_new(vm, 1))) return false;
    return asy_list_append(vm, g->errors, exc);
}

// Cancels all tasks that are not done.
static bool group_abort(VM *vm, GroupObj *g)
{
    g->aborting = true;
    if (!g->tasks) return true;
    // cancel() of a subclass runs script, which may change the dict; a task it misses then was added after the abort.
    DictObj *tasks = asy_retain_obj(g->tasks);
    Value task, unused;
    bool ok = true;
    for (uint32_t pos = 0; ok && asy_dict_next(tasks, &pos, &task, &unused);) {
        asy_retain(task);
        int done = asy_any_done(vm, task);
        ok = done >= 0 && (done || asy_any_cancel(vm, task, ASY_NIL) >= 0);
        asy_release(vm, task);
    }
    asy_release_obj(vm, tasks);
    return ok;
}

// The group's first failure: everybody leaves.
static bool group_fail(VM *vm, GroupObj *g)
{
    if (g->aborting || g->parent_cancelled) return true;
    g->parent_cancelled = true;
    bool ok = group_abort(vm, g);
    return asy_task_cancel_any(vm, g->parent, ASY_NIL) >= 0 && ok;
}

bool asy_taskgroup_task_done(VM *vm, Value target, Value task)
{
    GroupObj *g = as_group(target);
    if (g->tasks && asy_dict_delete(vm, g->tasks, task) < 0) return false;
    if (!asy_is_nil(g->leaving) && task_count(g) == 0 && asy_waiter_wake(vm, asy_as(CoroObj, g->leaving)) < 0) return false;
    int cancelled = asy_any_cancelled(vm, task);
    if (cancelled) return cancelled > 0;
    Value exc = asy_any_exception(vm, task);
    if (asy_is_err(exc)) return false;
    if (asy_is_none(exc)) return true;
    bool ok = true;
    if (!add_error(vm, g, exc)) {
        Value lost = asy_error_fetch(vm);
        if (asy_is_nil(g->base_error)) g->base_error = asy_retain(lost);
        asy_release(vm, lost);
    }
    if (is_base_error(vm, exc) && asy_is_nil(g->base_error)) g->base_error = asy_retain(exc);
    int parent_done = asy_any_done(vm, g->parent);
    if (parent_done > 0) {
        // Nobody is left to raise it to.
        StrObj *message = asy_format(vm, "Task %R has errored out but its parent task %S is already completed", task, g->parent);
        ReportEntry entries[] = { { "exception", exc }, { "task", task } };
        ok = message && asy_report(vm, g->loop, message->data, entries, 2);
        asy_release_obj(vm, message);
    } else {
        ok = parent_done == 0 && group_fail(vm, g);
    }
    asy_release(vm, exc);
    return ok;
}

// ---- entering ----

SendResult asy_taskgroup_enter_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent, (void)thrown;
    GroupObj *g = as_group(c->self);
    if (g->entered) {
        asy_raise(vm, EXC_RuntimeError, "TaskGroup %R has already been entered", c->self);
        return SEND_ERROR;
    }
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return SEND_ERROR;
    Value parent = asy_task_current(vm, loop);
    if (asy_is_nil(parent)) {
        asy_raise(vm, EXC_RuntimeError, "TaskGroup %R cannot determine the parent task", c->self);
        return SEND_ERROR;
    }
    asy_set(vm, &g->loop, asy_retain(loop));
    asy_set(vm, &g->parent, asy_retain(parent));
    g->entered = true;
    asy_coro_keep(&g->spares, c);
    *out = asy_retain(c->self);
    return SEND_RETURN;
}

// ---- leaving ----

enum { EXIT_START, EXIT_WAITING };

// All tasks have ended.
static SendResult exit_finish(VM *vm, GroupObj *g, Value *out)
{
    if (!asy_is_nil(g->base_error)) return asy_coro_rethrow(vm, g->base_error);
    bool has_errors = g->errors && g->errors->size > 0;
    if (!asy_is_nil(g->cancellation) && !has_errors) return asy_coro_rethrow(vm, g->cancellation);
    if (!asy_is_nil(g->body_error) && !is_cancelled_error(vm, g->body_error) && !add_error(vm, g, g->body_error)) return SEND_ERROR;
    if (!g->errors || g->errors->size == 0) {
        *out = ASY_NONE;
        return SEND_RETURN;
    }
    Value args[2] = { asy_str_value(vm, "unhandled errors in a TaskGroup"), asy_from_obj(g->errors) };
    Value group = asy_is_err(args[0]) ? ASY_ERR : asy_exc_new(vm, vm->exc[EXC_BaseExceptionGroup], args, 2);
    asy_release(vm, args[0]);
    asy_release_obj(vm, g->errors);
    g->errors = NULL;           // the group has them
    if (asy_is_err(group)) return SEND_ERROR;
    asy_as_exc(group)->suppress_context = true;
    asy_raise_object(vm, group);
    asy_release(vm, group);
    return SEND_ERROR;
}

static SendResult exit_wait(VM *vm, CoroObj *c, GroupObj *g, Value *out)
{
    if (task_count(g) > 0) {
        asy_set(vm, &g->leaving, asy_retain(asy_from_obj(c)));
        return asy_coro_park(c, EXIT_WAITING, out);
    }
    SendResult r = exit_finish(vm, g, out);
    asy_clear(vm, &g->body_error);
    asy_clear(vm, &g->cancellation);
    return r;
}

// c->arg: the exception that leaves the body, or None.
static SendResult exit_start(VM *vm, CoroObj *c, GroupObj *g, Value *out)
{
    if (!g->entered) {
        asy_raise(vm, EXC_RuntimeError, "TaskGroup %R has not been entered", c->self);
        return SEND_ERROR;
    }
    g->exiting = true;
    Value body = c->arg, cancellation = ASY_NIL;
    bool failed = !asy_is_none(body);
    if (failed && is_base_error(vm, body) && asy_is_nil(g->base_error)) g->base_error = asy_retain(body);
    if (failed && asy_as_obj(body)->type == asy_rt(vm)->exc.cancelled_error) cancellation = body;
    if (g->parent_cancelled && asy_is_task(vm, g->parent)) {
        // The group sent a cancellation and takes it back. If it was the only one, the body's CancelledError was it.
        if (asy_task_uncancel(asy_as(TaskObj, g->parent)) == 0) cancellation = ASY_NIL;
    }
    asy_set(vm, &g->body_error, failed ? asy_retain(body) : ASY_NIL);
    asy_set(vm, &g->cancellation, asy_retain(cancellation));
    if (failed && !g->aborting && !group_abort(vm, g)) return SEND_ERROR;
    return exit_wait(vm, c, g, out);
}

SendResult asy_taskgroup_exit_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    GroupObj *g = as_group(c->self);
    if (c->state == EXIT_START) return exit_start(vm, c, g, out);
    asy_clear(vm, &g->leaving);
    if (!asy_is_nil(thrown)) {
        if (!is_cancelled_error(vm, thrown)) return asy_coro_rethrow(vm, thrown);
        if (!g->aborting) {
            // The parent is being cancelled while it waits: so are the tasks, and then the parent.
            asy_set(vm, &g->cancellation, asy_retain(thrown));
            if (!group_abort(vm, g)) return SEND_ERROR;
        }
    }
    return exit_wait(vm, c, g, out);
}

// ---- script's side ----

static Value group_enter(VM *vm, Args a) { return asy_coro_value(vm, CORO_GROUP_ENTER, a.self, ASY_NIL); }
static Value group_exit(VM *vm, Args a) { return asy_coro_again(vm, &as_group(a.self)->spares, CORO_GROUP_EXIT, a.self, a.v[1]); }

// The task calls back when it ends, or the group does not wait for it.
static bool group_watch(VM *vm, GroupObj *g, Value task)
{
    if (asy_future_add_any(vm, task, CB_GROUP, asy_from_obj(g))) return true;
    Value exc = asy_error_fetch(vm);
    if (asy_dict_delete(vm, g->tasks, task) < 0) asy_error_clear(vm);
    asy_error_restore(vm, exc);
    return false;
}

static Value group_create_task(VM *vm, Args a)
{
    GroupObj *g = as_group(a.self);
    if (!g->entered) return asy_raise(vm, EXC_RuntimeError, "TaskGroup %R has not been entered", a.self);
    if (g->exiting && task_count(g) == 0) return asy_raise(vm, EXC_RuntimeError, "TaskGroup %R is finished", a.self);
    if (g->aborting) return asy_raise(vm, EXC_RuntimeError, "TaskGroup %R is shutting down", a.self);
    if (!g->tasks && !(g->tasks = asy_dict_new(vm))) return ASY_ERR;
    Value task = asy_task_create(vm, g->loop, a.v[0], a.v[1], a.v[2]);
    if (asy_is_err(task)) return ASY_ERR;
    int done = asy_any_done(vm, task);
    bool ok = done >= 0;
    if (done > 0) ok = asy_taskgroup_task_done(vm, a.self, task);       // an eager task
    else if (done == 0) ok = asy_dict_set(vm, g->tasks, task, ASY_NONE) && group_watch(vm, g, task);
    if (ok) return task;
    asy_release(vm, task);
    return ASY_ERR;
}

static Value group_repr(VM *vm, Value self)
{
    GroupObj *g = as_group(self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "<TaskGroup");
    if (ok && task_count(g)) ok = asy_builder_format(&b, " tasks=%u", task_count(g));
    if (ok && g->errors && g->errors->size) ok = asy_builder_format(&b, " errors=%zu", g->errors->size);
    if (ok && g->aborting) ok = asy_builder_c(&b, " cancelling");
    else if (ok && g->entered) ok = asy_builder_c(&b, " entered");
    ok = ok && asy_builder_c(&b, ">");
    StrObj *s = ok ? asy_builder_finish(&b) : NULL;
    if (!ok) asy_builder_free(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static bool group_init(VM *vm, Value self, Args args) { return (void)self, asy_no_keywords(vm, "TaskGroup", args); }

static void group_trace(Tracer *t, ObjHeader *o)
{
    GroupObj *g = (GroupObj *)(void *)o;
    asy_trace_value(t, g->loop);
    asy_trace_value(t, g->parent);
    asy_trace_header(t, (ObjHeader *)(void *)g->tasks);
    asy_trace_header(t, (ObjHeader *)(void *)g->errors);
    asy_trace_value(t, g->base_error);
    asy_trace_value(t, g->leaving);
    asy_trace_value(t, g->body_error);
    asy_trace_value(t, g->cancellation);
    asy_coro_trace_spares(t, g->spares);
}
static void group_clear(VM *vm, ObjHeader *o)
{
    GroupObj *g = (GroupObj *)(void *)o;
    DictObj *tasks = g->tasks;
    ListObj *errors = g->errors;
    g->tasks = NULL;
    g->errors = NULL;
    asy_release_obj(vm, tasks);
    asy_release_obj(vm, errors);
    asy_clear(vm, &g->loop);
    asy_clear(vm, &g->parent);
    asy_clear(vm, &g->base_error);
    asy_clear(vm, &g->leaving);
    asy_clear(vm, &g->body_error);
    asy_clear(vm, &g->cancellation);
    asy_coro_drop_spares(vm, &g->spares);
}

static const MethodDef group_methods[] = {
    { "__aenter__", group_enter, "()", NATIVE_COROUTINE, NULL },
    { "__aexit__", group_exit, "(et, exc, tb, /)", NATIVE_COROUTINE, NULL },
    { "create_task", group_create_task, "(coro, *, name=None, context=None)", 0, "Run a coroutine in this group; its Task." },
    { 0 },
};
const TypeDef asy_taskgroup_type = {
    .name = "asyncio.taskgroups.TaskGroup",
    .size = sizeof(GroupObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "Tasks that end together: `async with` waits for all, and one failure cancels the others.",
    .trace = group_trace,
    .clear = group_clear,
    .methods = group_methods,
    .slots = { .new = asy_object_new, .init = group_init, .repr = group_repr },
};
