// Native coroutine objects; see coro.h.
#include "runtime/coro.h"

#include "runtime/future.h"
#include "runtime/loop.h"
#include "runtime/task.h"
#include "runtime/waiters.h"
#include "vm/interp/import.h"
#include "vm/memory/heap.h"
#include "vm/objects/exception.h"
#include "vm/objects/generator.h"
#include "vm/objects/generic.h"
#include "vm/objects/str.h"

typedef struct BodyInfo {
    CoroStep step;
    const char *qualname;
} BodyInfo;
static const BodyInfo bodies[CORO__COUNT] = {
#define X(id, function, name) [CORO_##id] = { function, name },
    CORO_BODIES(X)
#undef X
};

static bool is_running(const CoroObj *c) { return c->phase == CORO_RUNNING || c->phase == CORO_RUNNING_WOKEN; }

CoroObj *asy_coro_new(VM *vm, CoroBody body, Value self, Value arg)
{
    CoroObj *c = asy_object_alloc(vm, asy_rt(vm)->types.coro);
    if (!c) return NULL;
    c->body = (uint8_t)body;
    c->self = asy_retain(self);
    c->arg = asy_retain(arg);
    return c;
}

Value asy_coro_value(VM *vm, CoroBody body, Value self, Value arg)
{
    CoroObj *c = asy_coro_new(vm, body, self, arg);
    return c ? asy_from_obj(c) : ASY_ERR;
}

// ---- used twice ----

void asy_coro_keep(CoroObj **spares, CoroObj *c)
{
    assert(c->phase == CORO_RUNNING || c->phase == CORO_RUNNING_WOKEN);
    c->spare = *spares;
    *spares = asy_retain_obj(c);
}

Value asy_coro_again(VM *vm, CoroObj **spares, CoroBody body, Value self, Value arg)
{
    while (*spares) {
        CoroObj *c = *spares;
        *spares = c->spare;
        c->spare = NULL;
        if (ASY_LIKELY(c->head.refs == 1 && c->phase == CORO_DONE)) {
            c->phase = CORO_CREATED;
            c->body = (uint8_t)body;
            c->state = c->extra = 0;
            c->self = asy_retain(self);
            c->arg = asy_retain(arg);
            return asy_from_obj(c);
        }
        asy_release_obj(vm, c);         // somebody has kept it too
    }
    return asy_coro_value(vm, body, self, arg);
}

void asy_coro_drop_spares(VM *vm, CoroObj **spares)
{
    while (*spares) {
        CoroObj *c = *spares;
        *spares = c->spare;
        c->spare = NULL;
        asy_release_obj(vm, c);
    }
}

void asy_coro_trace_spares(Tracer *t, CoroObj *spares)
{
    for (CoroObj *c = spares; c; c = c->spare) asy_trace_header(t, &c->head);
}

// ---- waiting, from a body ----

SendResult asy_coro_pause(CoroObj *c, uint8_t state, Value *out)
{
    c->state = state;
    c->phase = CORO_PAUSED;
    *out = ASY_NONE;
    return SEND_YIELD;
}

SendResult asy_coro_park(CoroObj *c, uint8_t state, Value *out)
{
    c->state = state;
    c->phase = CORO_PARKED;
    c->task = NULL;
    *out = asy_retain(asy_from_obj(c));
    return SEND_YIELD;
}

SendResult asy_coro_rethrow(VM *vm, Value thrown)
{
    asy_raise_object(vm, thrown);
    return SEND_ERROR;
}

static void leave_waiting(VM *vm, CoroObj *c)
{
    if (c->phase == CORO_DELEGATING) asy_clear(vm, &c->delegate);
    c->task = NULL;
}

// Calls the body, and again with what a delegate that has ended at once has given. Consumes sent and thrown.
static SendResult run_body(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    leave_waiting(vm, c);
    c->phase = c->phase == CORO_WOKEN ? CORO_RUNNING_WOKEN : CORO_RUNNING;
    SendResult r = bodies[c->body].step(vm, c, sent, thrown, out);
    asy_release(vm, sent);
    asy_release(vm, thrown);
    if (r == SEND_YIELD) {
        assert(!is_running(c));
        return r;
    }
    c->phase = CORO_DONE;
    asy_waiter_remove(c);
    asy_clear(vm, &c->arg);
    asy_clear(vm, &c->self);
    return r;
}

SendResult asy_coro_delegate(VM *vm, CoroObj *c, uint8_t state, Value awaitable, Value *out)
{
    Value delegate = asy_get_awaitable(vm, awaitable), sent = ASY_NIL, thrown = ASY_NIL;
    c->state = state;
    if (!asy_is_err(delegate)) {
        SendResult r = asy_send(vm, delegate, ASY_NONE, true, out);
        if (r == SEND_YIELD) {
            c->delegate = delegate;
            c->phase = CORO_DELEGATING;
            return r;
        }
        asy_release(vm, delegate);
        if (r == SEND_RETURN) sent = *out;
    }
    if (asy_is_nil(sent)) thrown = asy_error_fetch(vm);
    SendResult r = bodies[c->body].step(vm, c, sent, thrown, out);
    asy_release(vm, sent);
    asy_release(vm, thrown);
    return r;
}

// ---- driving ----

SendResult asy_coro_resume(VM *vm, CoroObj *c, Value thrown, Value *out)
{
    Value sent = asy_is_nil(thrown) ? ASY_NONE : ASY_NIL;
    asy_retain_obj(c);
    SendResult r = SEND_ERROR;
    switch ((CoroPhase)c->phase) {
    case CORO_DONE:
        asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited coroutine");
        break;
    case CORO_RUNNING:
    case CORO_RUNNING_WOKEN:
        asy_raise(vm, EXC_ValueError, "coroutine already executing");
        break;
    case CORO_CREATED:
        if (!asy_is_nil(thrown)) {      // it ends before it has begun
            c->phase = CORO_DONE;
            asy_clear(vm, &c->arg);
            asy_clear(vm, &c->self);
            asy_raise_object(vm, thrown);
            break;
        }
        r = run_body(vm, c, sent, ASY_NIL, out);
        break;
    case CORO_PARKED:
        if (asy_is_nil(thrown)) {
            asy_raise(vm, EXC_RuntimeError, "await wasn't used with future");
            thrown = asy_error_fetch(vm);
            r = run_body(vm, c, ASY_NIL, thrown, out);
            break;
        }
        r = run_body(vm, c, ASY_NIL, asy_retain(thrown), out);
        break;
    case CORO_CANCELLED:
        if (asy_is_nil(thrown)) {
            thrown = asy_cancelled_error_new(vm, ASY_NIL);
            if (asy_is_err(thrown)) break;
            r = run_body(vm, c, ASY_NIL, thrown, out);
            break;
        }
        r = run_body(vm, c, ASY_NIL, asy_retain(thrown), out);
        break;
    case CORO_PAUSED:
    case CORO_WOKEN:
        r = run_body(vm, c, sent, asy_retain(thrown), out);
        break;
    case CORO_DELEGATING: {
        Value delegate = asy_retain(c->delegate);
        c->phase = CORO_RUNNING;        // the delegate's script cannot enter it meanwhile
        SendResult d = asy_is_nil(thrown) ? asy_send(vm, delegate, ASY_NONE, false, out)
                                          : asy_throw(vm, delegate, thrown, out);
        asy_release(vm, delegate);
        c->phase = CORO_DELEGATING;
        if (d == SEND_YIELD) r = d;
        else if (d == SEND_RETURN) r = run_body(vm, c, *out, ASY_NIL, out);
        else r = run_body(vm, c, ASY_NIL, asy_error_fetch(vm), out);
        break;
    }
    }
    asy_release_obj(vm, c);
    return r;
}

static int coro_await_poll(VM *vm, Value self, bool first, Value *out)
{
    CoroObj *c = asy_as(CoroObj, self);
    if (first && c->phase != CORO_CREATED && c->phase != CORO_DONE && !is_running(c)) {
        asy_raise(vm, EXC_RuntimeError, "coroutine is being awaited already");
        return SEND_ERROR;
    }
    return (int)asy_coro_resume(vm, c, ASY_NIL, out);
}

static bool coro_close(VM *vm, CoroObj *c)
{
    if (c->phase == CORO_DONE) return true;
    if (is_running(c)) {
        asy_raise(vm, EXC_ValueError, "coroutine already executing");
        return false;
    }
    Value exc = asy_exc_new(vm, vm->exc[EXC_GeneratorExit], NULL, 0), out;
    if (asy_is_err(exc)) return false;
    SendResult r = asy_coro_resume(vm, c, exc, &out);
    asy_release(vm, exc);
    if (r == SEND_ERROR) return asy_error_catch(vm, EXC_GeneratorExit) || asy_error_catch(vm, EXC_StopIteration);
    asy_release(vm, out);
    if (r == SEND_RETURN) return true;
    asy_raise(vm, EXC_RuntimeError, "coroutine ignored GeneratorExit");
    return false;
}

// ---- being dropped ----

static void coro_trace(Tracer *t, ObjHeader *o)
{
    CoroObj *c = (CoroObj *)(void *)o;
    asy_trace_value(t, c->self);
    asy_trace_value(t, c->arg);
    if (c->phase == CORO_DELEGATING) asy_trace_value(t, c->delegate);
}

static void coro_clear(VM *vm, ObjHeader *o)
{
    CoroObj *c = (CoroObj *)(void *)o;
    asy_waiter_remove(c);
    leave_waiting(vm, c);
    c->phase = CORO_DONE;
    asy_clear(vm, &c->arg);
    asy_clear(vm, &c->self);
}

static bool coro_needs_finalize(VM *vm, ObjHeader *o)
{
    (void)vm;
    CoroObj *c = (CoroObj *)(void *)o;
    // Never awaited: reported. Waiting: closed, since its body may have something to put back.
    return c->phase != CORO_DONE && !is_running(c);
}

static void coro_finalize(VM *vm, ObjHeader *o)
{
    CoroObj *c = (CoroObj *)(void *)o;
    Value self = asy_from_obj(c);
    if (c->phase == CORO_CREATED) {
        c->phase = CORO_DONE;
        Value warn = asy_import_attr(vm, "warnings", "_warn_unawaited_coroutine");
        Value r = asy_is_err(warn) ? ASY_ERR : asy_call1(vm, warn, self);
        if (asy_is_err(r)) asy_error_unraisable(vm, self, NULL);
        asy_release(vm, r);
        asy_release(vm, warn);
        return;
    }
    if (!coro_close(vm, c)) asy_error_unraisable(vm, self, NULL);
}

// ---- script's side ----

static Value outcome(VM *vm, SendResult r, Value out)
{
    if (r == SEND_YIELD) return out;
    if (r == SEND_RETURN) {
        asy_raise_kind(vm, EXC_StopIteration, asy_is_none(out) ? ASY_NIL : out);
        asy_release(vm, out);
    }
    return ASY_ERR;
}
static Value send_to(VM *vm, Value coroutine, Value value)
{
    CoroObj *c = asy_as(CoroObj, coroutine);
    if (c->phase == CORO_CREATED && !asy_is_none(value)) {
        return asy_raise(vm, EXC_TypeError, "can't send non-None value to a just-started coroutine");
    }
    Value out;
    SendResult r = asy_coro_resume(vm, c, ASY_NIL, &out);
    return outcome(vm, r, out);
}
static Value throw_to(VM *vm, Value coroutine, const Value *v)
{
    Value exc = asy_throw_argument(vm, v[0], v[1], v[2]), out;
    if (asy_is_err(exc)) return ASY_ERR;
    SendResult r = asy_coro_resume(vm, asy_as(CoroObj, coroutine), exc, &out);
    asy_release(vm, exc);
    return outcome(vm, r, out);
}
static Value coro_send(VM *vm, Args a) { return send_to(vm, a.self, a.v[0]); }
static Value coro_throw(VM *vm, Args a) { return throw_to(vm, a.self, a.v); }
static Value coro_close_method(VM *vm, Args a) { return coro_close(vm, asy_as(CoroObj, a.self)) ? ASY_NONE : ASY_ERR; }

static Value get_qualname(VM *vm, Value self) { return asy_str_value(vm, bodies[asy_as(CoroObj, self)->body].qualname); }
static Value get_name(VM *vm, Value self)
{
    const char *qualname = bodies[asy_as(CoroObj, self)->body].qualname, *dot = strrchr(qualname, '.');
    return asy_str_value(vm, dot ? dot + 1 : qualname);
}
static Value get_running(VM *vm, Value self)
{
    (void)vm;
    return asy_from_bool(is_running(asy_as(CoroObj, self)));
}
static Value get_suspended(VM *vm, Value self)
{
    (void)vm;
    CoroObj *c = asy_as(CoroObj, self);
    return asy_from_bool(c->phase != CORO_CREATED && !is_running(c) && c->phase != CORO_DONE);
}
static Value get_await(VM *vm, Value self)
{
    (void)vm;
    CoroObj *c = asy_as(CoroObj, self);
    return c->phase == CORO_DELEGATING ? asy_retain(c->delegate) : ASY_NONE;
}
static Value get_done(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as(CoroObj, self)->phase == CORO_DONE); }
static Value get_none(VM *vm, Value self) { return (void)vm, (void)self, ASY_NONE; }
// isinstance(c, types.CoroutineType) holds, although frames' coroutines are of another layout.
static Value get_class(VM *vm, Value self) { return (void)self, asy_from_obj(asy_retain_obj(vm->types.coroutine)); }

static Value coro_repr(VM *vm, Value self)
{
    StrObj *s = asy_format(vm, "<coroutine object %s at 0x%llx>", bodies[asy_as(CoroObj, self)->body].qualname,
                           (unsigned long long)asy_heap_number(vm, asy_as_obj(self)));
    return s ? asy_from_obj(s) : ASY_ERR;
}

typedef struct CoroWrapper {
    ObjHeader head;
    Value coro;
} CoroWrapper;
static Value coro_await(VM *vm, Value self)
{
    CoroWrapper *w = asy_object_alloc(vm, asy_rt(vm)->types.coro_wrapper);
    if (!w) return ASY_ERR;
    w->coro = asy_retain(self);
    return asy_from_obj(w);
}
static Value wrapper_next(VM *vm, Value self) { return send_to(vm, asy_as(CoroWrapper, self)->coro, ASY_NONE); }
static Value wrapper_send(VM *vm, Args a) { return send_to(vm, asy_as(CoroWrapper, a.self)->coro, a.v[0]); }
static Value wrapper_throw(VM *vm, Args a) { return throw_to(vm, asy_as(CoroWrapper, a.self)->coro, a.v); }
static Value wrapper_close(VM *vm, Args a)
{
    return coro_close(vm, asy_as(CoroObj, asy_as(CoroWrapper, a.self)->coro)) ? ASY_NONE : ASY_ERR;
}
static void wrapper_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((CoroWrapper *)(void *)o)->coro); }
static void wrapper_clear(VM *vm, ObjHeader *o) { asy_clear(vm, &((CoroWrapper *)(void *)o)->coro); }
static const MethodDef wrapper_methods[] = {
    { "send", wrapper_send, "(value, /)", 0, "Sends into the coroutine." },
    { "throw", wrapper_throw, "(type, value=None, traceback=None, /)", 0, "Raises inside the coroutine." },
    { "close", wrapper_close, "()", 0, "Closes the coroutine." },
    { 0 },
};
const TypeDef asy_rt_coro_wrapper_type = {
    .name = "coroutine_wrapper",
    .size = sizeof(CoroWrapper),
    .flags = TYPE_DISALLOW_NEW,
    .doc = "What a coroutine's __await__ gives.",
    .trace = wrapper_trace,
    .clear = wrapper_clear,
    .methods = wrapper_methods,
    .slots = { .iter = asy_iter_self, .next = wrapper_next },
};

static const MethodDef coro_methods[] = {
    { "send", coro_send, "(value, /)", 0, "Resumes it; returns what it suspends with." },
    { "throw", coro_throw, "(type, value=None, traceback=None, /)", 0, "Raises inside; returns what it suspends with." },
    { "close", coro_close_method, "()", 0, "Raises GeneratorExit inside." },
    { 0 },
};
static const GetSetDef coro_getset[] = {
    { "__name__", get_name, NULL, "name of the function it was made by" },
    { "__qualname__", get_qualname, NULL, "qualified name of the function" },
    { "__class__", get_class, NULL, NULL },
    { "cr_running", get_running, NULL, "whether it is running" },
    { "cr_suspended", get_suspended, NULL, "whether it is suspended" },
    { "cr_await", get_await, NULL, "what it awaits, or None" },
    { "cr_frame", get_none, NULL, "None: it has no frame" },
    { "cr_code", get_none, NULL, "None: it has no code" },
    { "_done", get_done, NULL, NULL },
    { "cr_origin", get_none, NULL, NULL },
    { 0 },
};
const TypeDef asy_rt_coro_type = {
    .name = "coroutine",
    .size = sizeof(CoroObj),
    .flags = TYPE_DISALLOW_NEW | TYPE_WEAKREFS,
    .doc = "A coroutine of a native function.",
    .trace = coro_trace,
    .clear = coro_clear,
    .needs_finalize = coro_needs_finalize,
    .finalize = coro_finalize,
    .await_poll = coro_await_poll,
    .methods = coro_methods,
    .getset = coro_getset,
    .slots = { .repr = coro_repr, .await = coro_await },
};

// ---- coroutines of any kind ----

int asy_iscoroutine(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return 0;
    if (asy_as_obj(v)->type == vm->types.coroutine || asy_is_coro(vm, v)) return 1;
    if (!asy_as_obj(v)->type->slots.await || asy_is_future(vm, v)) return 0;
    Runtime *rt = asy_rt(vm);
    if (asy_is_nil(rt->coroutine_class)) {
        Value cls = asy_import_attr(vm, "_collections_abc", "Coroutine");
        if (asy_is_err(cls)) return -1;
        asy_set(vm, &rt->coroutine_class, cls);
    }
    return asy_isinstance(vm, v, rt->coroutine_class);
}

bool asy_coroutine_close(VM *vm, Value coroutine)
{
    if (asy_is_coro(vm, coroutine)) return coro_close(vm, asy_as(CoroObj, coroutine));
    Value r = asy_call_method0(vm, coroutine, asy_name(vm, close));
    asy_release(vm, r);
    return !asy_is_err(r);
}
