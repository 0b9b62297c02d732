// Handles and how callbacks are called: in their context, errors to the loop's exception handler.
#include "runtime/handle.h"

#include "runtime/task.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

static HandleObj *handle_new(VM *vm, Type *type, Value loop, Value callback, Value args, ContextObj *context)
{
    HandleObj *h = asy_object_alloc(vm, type);
    if (!h) return NULL;
    h->is_timer = asy_type_is_subtype(type, asy_rt(vm)->types.timer_handle);
    h->loop = asy_retain(loop);
    h->callback = asy_retain(callback);
    h->args = asy_retain(args);
    h->context = context ? asy_retain_obj(context) : NULL;
    return h;
}

Value asy_handle_call_soon(VM *vm, LoopObj *loop, Value callback, Value args, ContextObj *context)
{
    HandleObj *h = handle_new(vm, asy_rt(vm)->types.handle, asy_from_obj(loop), callback, args, context);
    if (!h) return ASY_ERR;
    if (asy_ready_claim(vm, &loop->ready) && asy_ready_push(vm, &loop->ready, READY_HANDLE, &h->head, ASY_NIL)) return asy_from_obj(h);
    asy_release_obj(vm, h);
    return ASY_ERR;
}

Value asy_handle_call_at(VM *vm, LoopObj *loop, double when, Value callback, Value args, ContextObj *context)
{
    HandleObj *h = handle_new(vm, asy_rt(vm)->types.timer_handle, asy_from_obj(loop), callback, args, context);
    if (!h) return ASY_ERR;
    h->when = when;
    h->scheduled = true;
    if (asy_loop_timer_add(vm, loop, (Timed *)(void *)h, when)) return asy_from_obj(h);
    asy_release_obj(vm, h);
    return ASY_ERR;
}

// "Exception in callback f(1) at file:line" and the handle, to the loop's exception handler.
static bool callback_report(VM *vm, Value loop, Value callback, const Value *args, uint32_t n, ContextObj *context, Value handle)
{
    Value exc = asy_error_fetch(vm);
    Runtime *rt = asy_rt(vm);
    TupleObj *tuple = asy_tuple_from(vm, args, n);
    Value own = asy_is_nil(handle) && tuple ? ASY_NIL : asy_retain(handle);
    if (tuple && asy_is_nil(own)) {
        HandleObj *h = handle_new(vm, rt->types.handle, loop, callback, asy_from_obj(tuple), context);
        own = h ? asy_from_obj(h) : ASY_ERR;
    }
    Value fn = tuple && !asy_is_err(own) ? asy_import_attr(vm, "asyncio.format_helpers", "_format_callback_source") : ASY_ERR;
    Value text = asy_is_err(fn) ? ASY_ERR : asy_call2(vm, fn, callback, asy_from_obj(tuple));
    bool ok = false;
    if (!asy_is_err(text)) {
        StrObj *message = asy_format(vm, "Exception in callback %S", text);
        ReportEntry entries[] = { { "exception", exc }, { "handle", own } };
        ok = message && asy_report(vm, loop, message->data, entries, 2);
        asy_release_obj(vm, message);
    }
    asy_release(vm, text);
    asy_release(vm, fn);
    asy_release(vm, own);
    asy_release_obj(vm, tuple);
    asy_release(vm, exc);
    return ok;
}

bool asy_callback_run(VM *vm, Value loop, Value callback, const Value *args, uint32_t n, ContextObj **slot, Value handle)
{
    Value saved, r = ASY_ERR;
    // Called by hand inside a task, it cannot do without a context of its own (asy_context_current).
    bool in_task = asy_is_loop(vm, loop) && !asy_is_nil(asy_as_loop(loop)->current);
    HandleObj *h = asy_is_nil(handle) ? NULL : asy_as(HandleObj, handle);
    if ((!in_task || asy_context_of(vm, slot)) && asy_context_enter(vm, slot, &saved)) {
        if (h) h->running = true;
        r = asy_call(vm, callback, args, n, ASY_NIL);
        if (h) h->running = false;
        asy_context_leave(vm, slot, saved);
    }
    if (ASY_LIKELY(!asy_is_err(r))) {
        asy_release(vm, r);
        return true;
    }
    if (vm->limit_hit || asy_error_is(vm, EXC_KeyboardInterrupt) || asy_error_is(vm, EXC_SystemExit)) return false;
    return callback_report(vm, loop, callback, args, n, *slot, handle);
}

bool asy_handle_run(VM *vm, HandleObj *h)
{
    if (h->cancelled || asy_is_nil(h->callback)) return true;
    h->scheduled = false;
    // The call may cancel the handle: what it uses is held here.
    asy_retain_obj(h);
    Value callback = asy_retain(h->callback), args = asy_retain(h->args);
    TupleObj *tuple = asy_as_tuple(args);
    bool ok = asy_callback_run(vm, h->loop, callback, tuple->items, (uint32_t)tuple->size, &h->context, asy_from_obj(h));
    asy_release(vm, callback);
    asy_release(vm, args);
    asy_release_obj(vm, h);
    return ok;
}

// ---- script's side ----

static HandleObj *as_handle(Value v) { return asy_as(HandleObj, v); }

static Value handle_cancel(VM *vm, Args a)
{
    HandleObj *h = as_handle(a.self);
    if (h->cancelled) return ASY_NONE;
    h->cancelled = true;
    asy_clear(vm, &h->callback);
    asy_clear(vm, &h->args);
    if (h->timer && asy_is_loop(vm, h->loop)) asy_loop_timer_remove(vm, asy_as_loop(h->loop), (Timed *)(void *)h);
    h->scheduled = false;
    return ASY_NONE;
}
static Value handle_cancelled(VM *vm, Args a) { return (void)vm, asy_from_bool(as_handle(a.self)->cancelled); }
static Value get_context(VM *vm, Value self)
{
    HandleObj *h = as_handle(self);
    if (!h->context && h->running) {
        // Its callback asks, from inside: the context that it runs in.
        ContextObj *c = asy_context_current(vm);
        if (c && !h->context) h->context = asy_retain_obj(c);
    }
    ContextObj *c = asy_context_of(vm, &h->context);
    return c ? asy_from_obj(asy_retain_obj(c)) : ASY_ERR;
}
static Value handle_get_context(VM *vm, Args a) { return get_context(vm, a.self); }
static Value handle_when(VM *vm, Args a) { return (void)vm, asy_from_double(as_handle(a.self)->when); }
static Value handle_run_method(VM *vm, Args a) { return asy_handle_run(vm, as_handle(a.self)) ? ASY_NONE : ASY_ERR; }

static bool handle_setup(VM *vm, HandleObj *h, const Value *v)
{
    TupleObj *args = asy_to_tuple(vm, v[1]);
    if (!args) return false;
    ContextObj *context, *old = h->context;
    if (!asy_context_argument(vm, v[3], &context)) {
        asy_release_obj(vm, args);
        return false;
    }
    asy_set(vm, &h->callback, asy_retain(v[0]));
    asy_set(vm, &h->args, asy_from_obj(args));
    asy_set(vm, &h->loop, asy_retain(v[2]));
    h->context = context;
    asy_release_obj(vm, old);
    return true;
}
static bool handle_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "callback", "args", "loop", "context" };
    Value v[4];
    return asy_new_args(vm, "Handle", names, 4, 0, 3, args, v) && handle_setup(vm, as_handle(self), v);
}
static bool timer_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "when", "callback", "args", "loop", "context" };
    Value v[5];
    HandleObj *h = as_handle(self);
    h->is_timer = true;
    return asy_new_args(vm, "TimerHandle", names, 5, 0, 4, args, v) && asy_arg_double(vm, v[0], &h->when) &&
           handle_setup(vm, h, v + 1);
}

static Value handle_repr(VM *vm, Value self)
{
    Value fn = asy_import_attr(vm, "asyncio.events", "_handle_repr");
    if (asy_is_err(fn)) return ASY_ERR;
    Value text = asy_call1(vm, fn, self);
    asy_release(vm, fn);
    return text;
}

static Value timer_compare(VM *vm, Value a, Value b, Comparison op)
{
    Type *type = asy_rt(vm)->types.timer_handle;
    if (!asy_is_obj(b) || !asy_type_is_subtype(asy_as_obj(b)->type, type)) return ASY_NOTIMPLEMENTED;
    HandleObj *x = as_handle(a), *y = as_handle(b);
    bool equal = x->when == y->when;
    if (op == CMP_EQ || op == CMP_NE || ((op == CMP_LE || op == CMP_GE) && equal)) {
        int same = 1;
        if (equal && !asy_same(a, b)) {
            bool both = x->cancelled == y->cancelled;
            same = !both ? 0 : x->cancelled ? 1 : asy_equal(vm, x->callback, y->callback);
            if (same == 1 && !x->cancelled) same = asy_equal(vm, x->args, y->args);
            if (same < 0) return ASY_ERR;
        }
        equal = equal && same;
        if (op == CMP_EQ) return asy_from_bool(equal);
        if (op == CMP_NE) return asy_from_bool(!equal);
        return asy_from_bool(equal);
    }
    bool less = op == CMP_LT || op == CMP_LE;
    return asy_from_bool(less ? x->when < y->when : x->when > y->when);
}
static bool timer_hash(VM *vm, Value self, int64_t *hash)
{
    (void)vm;
    *hash = asy_hash_double(as_handle(self)->when);
    return true;
}

static void handle_trace(Tracer *t, ObjHeader *o)
{
    HandleObj *h = (HandleObj *)(void *)o;
    asy_trace_value(t, h->callback);
    asy_trace_value(t, h->args);
    asy_trace_header(t, (ObjHeader *)(void *)h->context);
    asy_trace_value(t, h->loop);
}
static void handle_clear(VM *vm, ObjHeader *o)
{
    HandleObj *h = (HandleObj *)(void *)o;
    h->cancelled = true;
    asy_clear(vm, &h->callback);
    asy_clear(vm, &h->args);
    ContextObj *context = h->context;
    h->context = NULL;
    asy_release_obj(vm, context);
    asy_clear(vm, &h->loop);
}

static Value get_cancelled(VM *vm, Value self) { return (void)vm, asy_from_bool(as_handle(self)->cancelled); }
static Value get_scheduled(VM *vm, Value self) { return (void)vm, asy_from_bool(as_handle(self)->scheduled); }
static Value get_when(VM *vm, Value self) { return (void)vm, asy_from_double(as_handle(self)->when); }

static const MethodDef handle_methods[] = {
    { "cancel", handle_cancel, "()", 0, "Have it not called." },
    { "cancelled", handle_cancelled, "()", 0, "Whether it was cancelled." },
    { "get_context", handle_get_context, "()", 0, "The context it is called in." },
    { "_run", handle_run_method, "()", 0, NULL },
    { 0 },
};
static const MemberDef handle_members[] = {
    { "_callback", offsetof(HandleObj, callback), false, NULL },
    { "_args", offsetof(HandleObj, args), false, NULL },
    { "_loop", offsetof(HandleObj, loop), false, NULL },
    { 0 },
};
static const GetSetDef handle_getset[] = { { "_cancelled", get_cancelled, NULL, NULL }, { "_context", get_context, NULL, NULL }, { 0 } };
const TypeDef asy_rt_handle_type = {
    .name = "asyncio.events.Handle",
    .size = sizeof(HandleObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "A call that call_soon() has scheduled.",
    .trace = handle_trace,
    .clear = handle_clear,
    .methods = handle_methods,
    .members = handle_members,
    .getset = handle_getset,
    .slots = { .new = asy_object_new, .init = handle_init, .repr = handle_repr },
};
static const MethodDef timer_methods[] = {
    { "when", handle_when, "()", 0, "The time it is due, by the loop's clock." },
    { 0 },
};
static const GetSetDef timer_getset[] = {
    { "_scheduled", get_scheduled, NULL, NULL },
    { "_when", get_when, NULL, NULL },
    { 0 },
};
const TypeDef asy_rt_timer_handle_type = {
    .name = "asyncio.events.TimerHandle",
    .size = sizeof(HandleObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .base = &asy_rt_handle_type,
    .doc = "A call that call_later() or call_at() has scheduled.",
    .trace = handle_trace,
    .clear = handle_clear,
    .methods = timer_methods,
    .getset = timer_getset,
    .slots = { .new = asy_object_new, .init = timer_init, .repr = handle_repr, .compare = timer_compare, .hash = timer_hash },
};
