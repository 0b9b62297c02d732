// The event loop as script sees it: scheduling, timers, tasks, settings; and which loop runs.
#include <stdlib.h>

#include "runtime/handle.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/float.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// ---- call_soon and its like: (lead arguments, callback, *args, context=None) ----

typedef struct CallArgs {
    Value lead;                 // delay or when; NIL for call_soon
    Value callback;
    TupleObj *args;             // owned
    ContextObj *context;        // owned, for a slot (context.h)
} CallArgs;

static void call_args_free(VM *vm, CallArgs *c)
{
    asy_release_obj(vm, c->args);
    asy_release_obj(vm, c->context);
}

static bool call_args(VM *vm, const char *function, Args a, bool has_lead, CallArgs *out)
{
    *out = (CallArgs){ .lead = ASY_NIL };
    Runtime *rt = asy_rt(vm);
    Value context = ASY_NIL, named_lead = ASY_NIL, named_callback = ASY_NIL;
    if (asy_is_obj(a.kwnames)) {
        TupleObj *names = asy_as_tuple(a.kwnames);
        for (size_t i = 0; i < names->size; i++) {
            StrObj *name = asy_as_str(names->items[i]);
            if (name == rt_name(rt, context)) {
                context = a.v[a.n + i];
            } else if (asy_str_is(name, "callback")) {
                named_callback = a.v[a.n + i];
            } else if (has_lead && (asy_str_is(name, "delay") || asy_str_is(name, "when"))) {
                named_lead = a.v[a.n + i];
            } else {
                asy_raise(vm, EXC_TypeError, "%s() got an unexpected keyword argument '%U'", function, name);
                return false;
            }
        }
    }
    uint32_t at = 0;
    if (has_lead) out->lead = at < a.n ? a.v[at++] : named_lead;
    out->callback = at < a.n ? a.v[at++] : named_callback;
    if (asy_is_nil(out->callback) || (has_lead && asy_is_nil(out->lead))) {
        asy_raise(vm, EXC_TypeError, "%s() missing required positional arguments", function);
        return false;
    }
    if (!asy_context_argument(vm, context, &out->context)) return false;
    out->args = asy_tuple_from(vm, a.v + at, a.n - at);
    if (out->args) return true;
    call_args_free(vm, out);
    return false;
}

static bool check_callback(VM *vm, const char *method, Value callback)
{
    Value fn = asy_import_attr(vm, "asyncio.base_events", "_check_callback");
    if (asy_is_err(fn)) return false;
    Value name = asy_str_value(vm, method), r = asy_is_err(name) ? ASY_ERR : asy_call2(vm, fn, callback, name);
    asy_release(vm, name);
    asy_release(vm, fn);
    asy_release(vm, r);
    return !asy_is_err(r);
}

static bool check_schedule(VM *vm, LoopObj *loop, const char *method, Value callback, bool same_thread)
{
    if (!asy_loop_check_open(vm, loop)) return false;
    if (ASY_LIKELY(!loop->debug)) return true;
    if (same_thread && loop->thread && loop->thread != vm->thread) {
        asy_raise(vm, EXC_RuntimeError, "Non-thread-safe operation invoked on an event loop other than the current one");
        return false;
    }
    return check_callback(vm, method, callback);
}

static Value soon(VM *vm, Args a, const char *method, bool same_thread)
{
    CallArgs c;
    LoopObj *loop = asy_as_loop(a.self);
    if (!call_args(vm, method, a, false, &c)) return ASY_ERR;
    Value handle = ASY_ERR;
    if (check_schedule(vm, loop, method, c.callback, same_thread)) {
        handle = asy_handle_call_soon(vm, loop, c.callback, asy_from_obj(c.args), c.context);
    }
    call_args_free(vm, &c);
    return handle;
}
static Value loop_call_soon(VM *vm, Args a) { return soon(vm, a, "call_soon", true); }
static Value loop_call_soon_threadsafe(VM *vm, Args a)
{
    Value handle = soon(vm, a, "call_soon_threadsafe", false);
    if (!asy_is_err(handle)) asy_loop_wake(asy_as_loop(a.self));
    return handle;
}

static Value loop_call_at(VM *vm, Args a)
{
    CallArgs c;
    LoopObj *loop = asy_as_loop(a.self);
    if (!call_args(vm, "call_at", a, true, &c)) return ASY_ERR;
    Value handle = ASY_ERR;
    double when = 0;
    if (asy_is_none(c.lead)) asy_raise(vm, EXC_TypeError, "when cannot be None");
    else if (check_schedule(vm, loop, "call_at", c.callback, true) && asy_arg_double(vm, c.lead, &when)) {
        handle = asy_handle_call_at(vm, loop, when, c.callback, asy_from_obj(c.args), c.context);
    }
    call_args_free(vm, &c);
    return handle;
}

static Value loop_call_later(VM *vm, Args a)
{
    CallArgs c;
    LoopObj *loop = asy_as_loop(a.self);
    if (!call_args(vm, "call_later", a, true, &c)) return ASY_ERR;
    Value handle = ASY_ERR;
    double delay = 0, now = 0;
    if (asy_is_none(c.lead)) asy_raise(vm, EXC_TypeError, "delay must not be None");
    else if (check_schedule(vm, loop, "call_later", c.callback, true) && asy_arg_double(vm, c.lead, &delay) &&
             asy_loop_now(vm, a.self, &now)) {
        if (ASY_LIKELY(asy_loop_plain(vm, a.self, LOOP_CALL_AT))) {
            handle = asy_handle_call_at(vm, loop, now + delay, c.callback, asy_from_obj(c.args), c.context);
        } else {
            // Script's call_at(when, callback, *args, context=context).
            Value method = asy_getattr(vm, a.self, rt_name(asy_rt(vm), call_at));
            ListObj *list = asy_is_err(method) ? NULL : asy_list_from(vm, (Value[]){ asy_from_double(now + delay), c.callback }, 2);
            DictObj *kwargs = list ? asy_dict_new(vm) : NULL;
            if (kwargs && asy_list_extend(vm, list, asy_from_obj(c.args)) && asy_context_of(vm, &c.context) &&
                asy_dict_set_str(vm, kwargs, rt_name(asy_rt(vm), context), asy_from_obj(c.context))) {
                TupleObj *args = asy_list_to_tuple(vm, list);
                if (args) handle = asy_call_tuple(vm, method, asy_from_obj(args), asy_from_obj(kwargs));
                asy_release_obj(vm, args);
            }
            asy_release_obj(vm, kwargs);
            asy_release_obj(vm, list);
            asy_release(vm, method);
        }
    }
    call_args_free(vm, &c);
    return handle;
}

// ---- tasks and futures ----

static Value loop_create_future(VM *vm, Args a)
{
    FutureObj *f = asy_future_new(vm, asy_rt(vm)->types.future, a.self);
    if (f && asy_as_loop(a.self)->debug && !asy_future_note_source(vm, f)) {
        asy_release_obj(vm, f);
        return ASY_ERR;
    }
    return f ? asy_from_obj(f) : ASY_ERR;
}

static Value loop_create_task(VM *vm, Args a)
{
    LoopObj *loop = asy_as_loop(a.self);
    Runtime *rt = asy_rt(vm);
    if (!asy_loop_check_open(vm, loop)) return ASY_ERR;
    if (asy_is_nil(loop->task_factory)) {
        TaskObj *t = asy_task_new(vm, rt->types.task, a.self, a.v[0], a.v[1], a.v[2]);
        return t ? asy_from_obj(t) : ASY_ERR;
    }
    // factory(loop, coro) or factory(loop, coro, context=context); then the name.
    bool has_context = !asy_is_nil(a.v[2]) && !asy_is_none(a.v[2]);
    Value v[3] = { a.self, a.v[0], a.v[2] }, kwnames = ASY_NIL;
    if (has_context && asy_is_err(kwnames = asy_tuple_pack(vm, 1, asy_from_obj(rt_name(rt, context))))) return ASY_ERR;
    Value factory = asy_retain(loop->task_factory);
    Value task = asy_call(vm, factory, v, 2, kwnames);
    asy_release(vm, factory);
    asy_release(vm, kwnames);
    if (asy_is_err(task) || asy_is_nil(a.v[1]) || asy_is_none(a.v[1])) return task;
    Value set_name = asy_getattr_opt(vm, task, rt_name(rt, set_name));
    Value r = asy_is_err(set_name) ? ASY_ERR : asy_is_nil(set_name) ? ASY_NONE : asy_call1(vm, set_name, a.v[1]);
    asy_release(vm, set_name);
    if (asy_is_err(r)) asy_release(vm, task);
    asy_release(vm, r);
    return asy_is_err(r) ? ASY_ERR : task;
}

static Value loop_set_task_factory(VM *vm, Args a)
{
    if (!asy_is_none(a.v[0]) && !asy_is_callable(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "task factory must be a callable or None");
    }
    asy_set(vm, &asy_as_loop(a.self)->task_factory, asy_is_none(a.v[0]) ? ASY_NIL : asy_retain(a.v[0]));
    return ASY_NONE;
}
static Value loop_get_task_factory(VM *vm, Args a)
{
    (void)vm;
    Value f = asy_as_loop(a.self)->task_factory;
    return asy_is_nil(f) ? ASY_NONE : asy_retain(f);
}

// ---- state and settings ----

static Value loop_run_forever(VM *vm, Args a) { return asy_loop_run_forever(vm, a.self); }
static Value loop_stop(VM *vm, Args a)
{
    (void)vm;
    asy_as_loop(a.self)->stopping = true;
    return ASY_NONE;
}
static Value loop_time(VM *vm, Args a) { return (void)a, asy_from_double(asy_loop_time(vm)); }
static Value loop_is_running(VM *vm, Args a) { return (void)vm, asy_from_bool(asy_as_loop(a.self)->thread != NULL); }
static Value loop_is_closed(VM *vm, Args a) { return (void)vm, asy_from_bool(asy_as_loop(a.self)->closed); }
static Value loop_get_debug(VM *vm, Args a) { return (void)vm, asy_from_bool(asy_as_loop(a.self)->debug); }
static Value loop_set_debug(VM *vm, Args a)
{
    bool debug = false;
    if (!asy_arg_bool(vm, a.v[0], &debug)) return ASY_ERR;
    asy_as_loop(a.self)->debug = debug;
    return ASY_NONE;
}

static Value get_slow(VM *vm, Value self) { return (void)vm, asy_from_double(asy_as_loop(self)->slow_callback_duration); }
static bool set_slow(VM *vm, Value self, Value value)
{
    return asy_arg_double(vm, value, &asy_as_loop(self)->slow_callback_duration);
}

const MethodDef asy_loop_methods[] = {
    { "run_forever", loop_run_forever, "()", 0, "Run until stop() is called." },
    { "run_until_complete", asy_loop_run_until_complete, "(future, /)", 0, "Run until the future is done; its result." },
    { "close", asy_loop_close, "()", 0, "Drop what is scheduled; the loop cannot be used any more." },
    { "call_soon", loop_call_soon, NULL, NATIVE_RAW, "Call callback(*args) in the next turn; a Handle." },
    { "call_soon_threadsafe", loop_call_soon_threadsafe, NULL, NATIVE_RAW, "The same from another thread." },
    { "call_later", loop_call_later, NULL, NATIVE_RAW, "Call callback(*args) after delay seconds; a TimerHandle." },
    { "call_at", loop_call_at, NULL, NATIVE_RAW, "Call callback(*args) at the time `when`; a TimerHandle." },
    { "time", loop_time, "()", 0, "The loop's clock, in seconds." },
    { "create_future", loop_create_future, "()", 0, "A Future of this loop." },
    { "create_task", loop_create_task, "(coro, *, name=None, context=None)", 0, "Run a coroutine; its Task." },
    { "set_task_factory", loop_set_task_factory, "(factory, /)", 0, "Have create_task() call factory(loop, coro)." },
    { "get_task_factory", loop_get_task_factory, "()", 0, "The task factory, or None." },
    { "stop", loop_stop, "()", 0, "End run_forever() after this turn." },
    { "is_running", loop_is_running, "()", 0, "Whether it runs." },
    { "is_closed", loop_is_closed, "()", 0, "Whether it was closed." },
    { "get_debug", loop_get_debug, "()", 0, "Whether debug mode is on." },
    { "set_debug", loop_set_debug, "(enabled, /)", 0, "Turn debug mode on or off." },
    { 0 },
};
const GetSetDef asy_loop_getset[] = {
    { "slow_callback_duration", get_slow, set_slow, "debug mode: seconds from which a callback is slow" },
    { 0 },
};

// ---- which loop runs ----

Value asy_running_loop_checked(VM *vm)
{
    Value loop = asy_running_loop(vm);
    return ASY_LIKELY(!asy_is_nil(loop)) ? loop : asy_raise(vm, EXC_RuntimeError, "no running event loop");
}

Value asy_get_event_loop(VM *vm)
{
    Value loop = asy_running_loop(vm);
    if (!asy_is_nil(loop)) return asy_retain(loop);
    Value get = asy_import_attr(vm, "asyncio.events", "_policy_event_loop");
    if (asy_is_err(get)) return ASY_ERR;
    loop = asy_call0(vm, get);
    asy_release(vm, get);
    return loop;
}

static Value get_running_loop(VM *vm, Args a)
{
    (void)a;
    Value loop = asy_running_loop_checked(vm);
    return asy_is_err(loop) ? ASY_ERR : asy_retain(loop);
}
static Value get_running_loop_or_none(VM *vm, Args a)
{
    (void)a;
    Value loop = asy_running_loop(vm);
    return asy_is_nil(loop) ? ASY_NONE : asy_retain(loop);
}
static Value get_event_loop(VM *vm, Args a) { return (void)a, asy_get_event_loop(vm); }

// For loops written in the language: while one runs, its caller owns it.
static Value set_running_loop(VM *vm, Args a)
{
    Thread *th = vm->thread;
    th->loop = asy_is_none(a.v[0]) || !asy_is_obj(a.v[0]) ? NULL : asy_as_obj(a.v[0]);
    return ASY_NONE;
}

// PYTHONASYNCIODEBUG is set to something: read here, since os is a large module to import for it.
static Value debug_environment(VM *vm, Args a)
{
    (void)vm, (void)a;
    const char *text = getenv("PYTHONASYNCIODEBUG");
    return asy_from_bool(text && *text);
}

const MethodDef asy_loop_functions[] = {
    { "get_running_loop", get_running_loop, "()", 0, "The loop that runs in this thread." },
    { "_get_running_loop", get_running_loop_or_none, "()", 0, "The loop that runs in this thread, or None." },
    { "get_event_loop", get_event_loop, "()", 0, "The running loop, or else the policy's." },
    { "_debug_environment", debug_environment, "()", 0, "Whether the environment asks for debug mode." },
    { "_set_running_loop", set_running_loop, "(loop, /)", 0, "Say which loop runs in this thread." },
    { 0 },
};
