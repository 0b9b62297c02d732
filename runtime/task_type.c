// The type asyncio.Task and the functions about tasks: create_task, ensure_future, current_task, all_tasks.
#include "runtime/task.h"

#include "runtime/coro.h"
#include "runtime/loop.h"
#include "runtime/waiters.h"
#include "vm/interp/frame.h"
#include "vm/interp/import.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

static TaskObj *as_task(Value v) { return asy_as(TaskObj, v); }

static bool task_type_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "coro", "loop", "name", "context", "eager_start" };
    Value v[5];
    if (args.n > 1) {
        asy_raise(vm, EXC_TypeError, "Task() takes exactly 1 positional argument (%u given)", args.n);
        return false;
    }
    bool eager = false;
    if (!asy_new_args(vm, "Task", names, 5, 0, 1, args, v) || !asy_arg_bool(vm, v[4], &eager)) return false;
    return asy_task_init(vm, as_task(self), v[0], v[1], v[2], v[3], eager);
}

// ---- methods ----

static Value task_cancel(VM *vm, Args a)
{
    int r = asy_task_cancel(vm, as_task(a.self), a.v[0]);
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}
static Value task_cancelling(VM *vm, Args a) { return (void)vm, asy_from_small(as_task(a.self)->future.cancels); }
static Value task_uncancel(VM *vm, Args a) { return (void)vm, asy_from_small(asy_task_uncancel(as_task(a.self))); }
static Value task_set_result(VM *vm, Args a)
{
    (void)a;
    return asy_raise(vm, EXC_RuntimeError, "Task does not support set_result operation");
}
static Value task_set_exception(VM *vm, Args a)
{
    (void)a;
    return asy_raise(vm, EXC_RuntimeError, "Task does not support set_exception operation");
}
static Value task_get_name(VM *vm, Args a)
{
    StrObj *name = asy_task_name(vm, as_task(a.self));
    return name ? asy_from_obj(name) : ASY_ERR;
}
static Value task_set_name(VM *vm, Args a)
{
    Value text = asy_str(vm, a.v[0]);
    if (asy_is_err(text)) return ASY_ERR;
    TaskObj *t = as_task(a.self);
    t->future.head.flags |= TASK_NAMED;
    asy_set(vm, &t->name, text);
    return ASY_NONE;
}

static Value coro_or_none(VM *vm, TaskObj *t)
{
    if (asy_is_nil(t->coro) || asy_is_function(vm, t->coro)) return ASY_NONE;
    return asy_retain(t->coro);
}
static Value task_get_coro(VM *vm, Args a) { return coro_or_none(vm, as_task(a.self)); }
static Value task_get_context(VM *vm, Args a)
{
    ContextObj *c = asy_task_context(vm, as_task(a.self));
    return c ? asy_from_obj(asy_retain_obj(c)) : ASY_ERR;
}

// What is written in the language: base_tasks.NAME(task, ...).
static Value by_script(VM *vm, const char *name, const Value *v, uint32_t n)
{
    Value fn = asy_import_attr(vm, "asyncio.base_tasks", name);
    if (asy_is_err(fn)) return ASY_ERR;
    Value r = asy_call(vm, fn, v, n, ASY_NIL);
    asy_release(vm, fn);
    return r;
}
static Value task_get_stack(VM *vm, Args a)
{
    return by_script(vm, "_task_get_stack", (Value[]){ a.self, asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0] }, 2);
}
static Value task_print_stack(VM *vm, Args a)
{
    Value v[3] = { a.self, asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0], asy_is_nil(a.v[1]) ? ASY_NONE : a.v[1] };
    return by_script(vm, "_task_print_stack", v, 3);
}
static Value task_repr(VM *vm, Value self) { return by_script(vm, "_task_repr", &self, 1); }

// For loops that are not ours: what they call instead of what our loop does itself.
static Value task_step_method(VM *vm, Args a) { return asy_task_step(vm, as_task(a.self), a.v[0], true) ? ASY_NONE : ASY_ERR; }
static Value task_wakeup_method(VM *vm, Args a)
{
    return asy_task_wakeup(vm, as_task(a.self), a.v[0], a.v[1], true) ? ASY_NONE : ASY_ERR;
}
static const MethodDef step_def = { "task_step", task_step_method, "(exc=None, /)", 0, NULL };
static const MethodDef wakeup_def = { "task_wakeup", task_wakeup_method, "(future, message=None, /)", 0, NULL };
Value asy_task_bound_step(VM *vm, TaskObj *t) { return asy_native_new(vm, &step_def, asy_from_obj(t), ASY_NIL); }
Value asy_task_bound_wakeup(VM *vm, TaskObj *t) { return asy_native_new(vm, &wakeup_def, asy_from_obj(t), ASY_NIL); }

// ---- attributes ----

static Value get_must_cancel(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as_obj(self)->flags & TASK_MUST_CANCEL); }
static Value get_coro(VM *vm, Value self) { return coro_or_none(vm, as_task(self)); }
static Value get_quiet(VM *vm, Value self) { return (void)vm, asy_from_bool(!(asy_as_obj(self)->flags & TASK_QUIET)); }
static bool set_quiet(VM *vm, Value self, Value value)
{
    int truth = asy_is_nil(value) ? 0 : asy_truth(vm, value);
    if (truth < 0) return false;
    ObjHeader *o = asy_as_obj(self);
    o->flags = truth ? o->flags & ~(uint32_t)TASK_QUIET : o->flags | TASK_QUIET;
    return true;
}

Value asy_task_waiter(VM *vm, TaskObj *t)
{
    Value waiter = t->waiter;
    if (asy_is_nil(waiter)) return ASY_NONE;
    if (!asy_is_coro(vm, waiter)) return asy_retain(waiter);
    // A parked coroutine is shown as the future that would be there in its place.
    FutureObj *f = asy_future_new(vm, asy_rt(vm)->types.future, t->future.loop);
    if (!f) return ASY_ERR;
    CoroPhase phase = asy_as(CoroObj, waiter)->phase;
    bool ok = true;
    if (phase == CORO_CANCELLED) ok = asy_future_end_cancelled(vm, f, ASY_NIL);
    else if (phase == CORO_WOKEN) ok = asy_future_set_result(vm, f, ASY_NONE);
    else ok = asy_future_add(vm, f, CB_TASK, asy_from_obj(t), NULL);
    if (ok) return asy_from_obj(f);
    asy_release_obj(vm, f);
    return ASY_ERR;
}
static Value get_waiter(VM *vm, Value self) { return asy_task_waiter(vm, as_task(self)); }
// The function whose coroutine it ran, once that is gone: for repr.
static Value get_function(VM *vm, Value self)
{
    Value v = as_task(self)->coro;
    return asy_is_function(vm, v) ? asy_retain(v) : ASY_NONE;
}

static const MethodDef task_methods[] = {
    { "cancel", task_cancel, "(msg=None)", 0, "Ask for CancelledError to be thrown into the coroutine; whether it is pending." },
    { "cancelling", task_cancelling, "()", 0, "How many cancellations are asked for." },
    { "uncancel", task_uncancel, "()", 0, "Take one cancellation back; how many remain." },
    { "set_result", task_set_result, "(result, /)", 0, NULL },
    { "set_exception", task_set_exception, "(exception, /)", 0, NULL },
    { "get_name", task_get_name, "()", 0, "Its name." },
    { "set_name", task_set_name, "(value, /)", 0, "Give it a name." },
    { "get_coro", task_get_coro, "()", 0, "The coroutine it runs; None once that has ended." },
    { "get_context", task_get_context, "()", 0, "The context it runs in." },
    { "get_stack", task_get_stack, "(*, limit=None)", 0, "The frames of its coroutine." },
    { "print_stack", task_print_stack, "(*, limit=None, file=None)", 0, "Print the frames of its coroutine." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef task_getset[] = {
    { "_must_cancel", get_must_cancel, NULL, NULL },
    { "_coro", get_coro, NULL, NULL },
    { "_fut_waiter", get_waiter, NULL, NULL },
    { "_log_destroy_pending", get_quiet, set_quiet, NULL },
    { "_function", get_function, NULL, NULL },
    { 0 },
};
const TypeDef asy_rt_task_type = {
    .name = "_asyncio.Task",
    .size = sizeof(TaskObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(FutureObj, attrs),
    .base = &asy_rt_future_type,
    .doc = "A coroutine that the loop runs.",
    .trace = asy_task_trace,
    .clear = asy_task_clear,
    .needs_finalize = asy_task_needs_finalize,
    .finalize = asy_task_finalize,
    .await_poll = asy_future_await_poll,
    .methods = task_methods,
    .getset = task_getset,
    .slots = { .init = task_type_init, .new = asy_object_new, .repr = task_repr, .iter = asy_future_await,
               .await = asy_future_await },
};

// ---- functions ----

static Value create_task(VM *vm, Args a)
{
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return ASY_ERR;
    return asy_task_create(vm, loop, a.v[0], a.v[1], a.v[2]);
}

// A coroutine that awaits `v`, an awaitable that is neither coroutine nor future.
static Value wrap_awaitable(VM *vm, Value v)
{
    Value wrap = asy_import_attr(vm, "asyncio.tasks", "_wrap_awaitable");
    if (asy_is_err(wrap)) return ASY_ERR;
    Value coro = asy_call1(vm, wrap, v);
    asy_release(vm, wrap);
    return coro;
}

Value asy_ensure_future(VM *vm, Value v, Value loop)
{
    bool loop_given = !asy_is_nil(loop) && !asy_is_none(loop);
    int is = asy_isfuture(vm, v);
    if (is < 0) return ASY_ERR;
    if (is) {
        if (!loop_given) return asy_retain(v);
        Value own = asy_any_loop(vm, v);
        if (asy_is_err(own)) return ASY_ERR;
        bool same = asy_same(own, loop);
        asy_release(vm, own);
        if (same) return asy_retain(v);
        return asy_raise(vm, EXC_ValueError, "The future belongs to a different loop than the one specified as the loop argument");
    }
    is = asy_iscoroutine(vm, v);
    if (is < 0) return ASY_ERR;
    Value coro;
    bool wrapped = false;
    if (is) {
        coro = asy_retain(v);
    } else {
        bool awaitable = asy_is_obj(v) && (asy_as_obj(v)->type->slots.await ||
                                           (asy_as_obj(v)->type == vm->types.generator && asy_as_frame(v)->head.flags & FRAME_ITERABLE));
        if (!awaitable) return asy_raise(vm, EXC_TypeError, "An asyncio.Future, a coroutine or an awaitable is required");
        coro = wrap_awaitable(vm, v);
        if (asy_is_err(coro)) return ASY_ERR;
        wrapped = true;
    }
    Value own = loop_given ? asy_retain(loop) : asy_get_event_loop(vm);
    Value task = asy_is_err(own) ? ASY_ERR : asy_task_create(vm, own, coro, ASY_NIL, ASY_NIL);
    asy_release(vm, own);
    if (asy_is_err(task) && !wrapped && asy_error_is(vm, EXC_RuntimeError)) {
        Value exc = asy_error_fetch(vm);
        if (!asy_coroutine_close(vm, coro)) asy_error_clear(vm);
        asy_error_restore(vm, exc);
    }
    asy_release(vm, coro);
    return task;
}
static Value ensure_future(VM *vm, Args a) { return asy_ensure_future(vm, a.v[0], a.v[1]); }

static Value loop_argument(VM *vm, Value loop)
{
    return asy_is_nil(loop) || asy_is_none(loop) ? asy_running_loop_checked(vm) : loop;
}

static Value current_task(VM *vm, Args a)
{
    Value loop = loop_argument(vm, a.v[0]);
    if (asy_is_err(loop)) return ASY_ERR;
    Value t = asy_task_current(vm, loop);
    return asy_is_nil(t) ? ASY_NONE : asy_retain(t);
}

static Value all_tasks(VM *vm, Args a)
{
    Value loop = loop_argument(vm, a.v[0]);
    if (asy_is_err(loop)) return ASY_ERR;
    SetObj *set = asy_set_new(vm, vm->types.set);
    if (!set) return ASY_ERR;
    // A subclass's __hash__ may run script that ends tasks: what is added to the set is held there, so go by a list.
    ListObj *tasks = asy_list_new(vm, 0);
    bool ok = tasks != NULL;
    TaskList *list = asy_is_loop(vm, loop) ? &asy_as_loop(loop)->tasks : &asy_rt(vm)->foreign;
    for (TaskObj *t = list->first; ok && t; t = t->next) {
        if (asy_same(t->future.loop, loop) && t->future.state == FUTURE_PENDING) ok = asy_list_append(vm, tasks, asy_from_obj(t));
    }
    for (size_t i = 0; ok && i < tasks->size; i++) ok = asy_set_add(vm, set, tasks->items[i]);
    asy_release_obj(vm, tasks);
    if (ok) return asy_from_obj(set);
    asy_release_obj(vm, set);
    return ASY_ERR;
}

static Value isfuture(VM *vm, Args a)
{
    int r = asy_isfuture(vm, a.v[0]);
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}
static Value iscoroutine(VM *vm, Args a)
{
    int r = asy_iscoroutine(vm, a.v[0]);
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}

const MethodDef asy_task_functions[] = {
    { "create_task", create_task, "(coro, *, name=None, context=None)", 0, "Have the running loop run a coroutine; its Task." },
    { "ensure_future", ensure_future, "(coro_or_future, *, loop=None)", 0, "A future: itself, or a Task that runs it." },
    { "current_task", current_task, "(loop=None)", 0, "The task that runs now, or None." },
    { "all_tasks", all_tasks, "(loop=None)", 0, "The loop's tasks that are not done." },
    { "isfuture", isfuture, "(obj, /)", 0, "Whether it is a Future or like one." },
    { "iscoroutine", iscoroutine, "(obj, /)", 0, "Whether it is a coroutine object." },
    { 0 },
};
