// as_completed: what ends first comes first.
//
// Iterated, it gives coroutines for the next result; async iterated, the futures themselves. One queue has what has
// ended, with room for all from the beginning; None in it says that the time is up. Nothing happens before the first
// item is asked for.
#include "runtime/combine.h"
#include "runtime/coro.h"
#include "runtime/loop.h"
#include "runtime/queue.h"
#include "runtime/task.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/generic.h"

typedef struct CompletedObj {
    ObjHeader head;
    uint32_t timer;             // Timed
    uint32_t left;              // items not given out yet
    bool started;
    Value given, timeout;       // the arguments
    Value done;                 // the queue, once started
    Value handle;               // of call_later() on a loop with timers of its own, or NIL
    Value loop;
    DictObj *todo;              // futures that have not ended: keys, in the order given
} CompletedObj;

static CompletedObj *as_completed(Value v) { return asy_as(CompletedObj, v); }

// ---- what happens ----

static bool timer_stop(VM *vm, CompletedObj *c)
{
    if (c->timer) asy_loop_timer_remove(vm, asy_as_loop(c->loop), (Timed *)(void *)c);
    if (asy_is_nil(c->handle)) return true;
    Value handle = c->handle;
    c->handle = ASY_NIL;
    Value r = asy_call_method0(vm, handle, rt_name(asy_rt(vm), cancel));
    asy_release(vm, handle);
    asy_release(vm, r);
    return !asy_is_err(r);
}

bool asy_as_completed_child_done(VM *vm, Value target, Value future)
{
    CompletedObj *c = as_completed(target);
    if (c->todo->count == 0) return true;           // the time was up
    if (asy_dict_delete(vm, c->todo, future) < 0 || !asy_queue_put(vm, c->done, future)) return false;
    return c->todo->count > 0 || timer_stop(vm, c);
}

bool asy_as_completed_expire(VM *vm, Value self)
{
    CompletedObj *c = as_completed(self);
    Value future;
    bool ok = true;
    for (uint32_t pos = 0; ok && asy_dict_next(c->todo, &pos, &future, NULL);) {
        asy_retain(future);
        ok = asy_future_remove_any(vm, future, CB_COMPLETED, self) && asy_queue_put(vm, c->done, ASY_NONE);
        asy_release(vm, future);
    }
    asy_dict_clear(vm, c->todo);
    return ok;
}

static Value expire_method(VM *vm, Args a) { return asy_as_completed_expire(vm, a.self) ? ASY_NONE : ASY_ERR; }
static const MethodDef expire_def = { "as_completed.<locals>._on_timeout", expire_method, "()", 0, NULL };

// ---- the beginning ----

static bool timer_start(VM *vm, CompletedObj *c)
{
    if (c->todo->count == 0 || asy_is_none(c->timeout)) return true;
    double seconds = 0, now;
    if (asy_loop_plain(vm, c->loop, LOOP_CALL_AT)) {
        return asy_to_double(vm, c->timeout, &seconds) && asy_loop_now(vm, c->loop, &now) &&
               asy_loop_timer_add(vm, asy_as_loop(c->loop), (Timed *)(void *)c, now + seconds);
    }
    Value call_later = asy_getattr(vm, c->loop, rt_name(asy_rt(vm), call_later));
    Value expire = asy_is_err(call_later) ? ASY_ERR : asy_native_new(vm, &expire_def, asy_from_obj(c), ASY_NIL);
    Value handle = asy_is_err(expire) ? ASY_ERR : asy_call2(vm, call_later, c->timeout, expire);
    asy_release(vm, expire);
    asy_release(vm, call_later);
    if (asy_is_err(handle)) return false;
    asy_set(vm, &c->handle, handle);
    return true;
}

// Fills `todo` with futures of what was given, each once.
static bool todo_fill(VM *vm, CompletedObj *c)
{
    DictObj *seen = asy_dict_new(vm);
    ListObj *given = seen ? asy_to_list(vm, c->given) : NULL;
    bool ok = given != NULL;
    for (size_t i = 0; ok && i < given->size; i++) {
        Value known;
        ok = asy_dict_get(vm, seen, given->items[i], &known);
        if (!ok || !asy_is_nil(known)) continue;
        Value future = asy_ensure_future(vm, given->items[i], c->loop);
        ok = !asy_is_err(future) && asy_dict_set(vm, seen, given->items[i], ASY_NONE) && asy_dict_set(vm, c->todo, future, ASY_NONE);
        asy_release(vm, future);
    }
    asy_release_obj(vm, given);
    asy_release_obj(vm, seen);
    return ok;
}

static bool start(VM *vm, CompletedObj *c)
{
    c->started = true;
    int is = asy_isfuture(vm, c->given);
    if (is == 0) is = asy_iscoroutine(vm, c->given);
    if (is > 0) asy_raise(vm, EXC_TypeError, "expect an iterable of futures, not %T", c->given);
    if (is != 0) return false;
    Value loop = asy_get_event_loop(vm);
    if (asy_is_err(loop)) return false;
    asy_set(vm, &c->loop, loop);
    if (!(c->todo = asy_dict_new(vm)) || !todo_fill(vm, c)) return false;
    Value done = asy_queue_new(vm, c->todo->count), future;
    if (asy_is_err(done)) return false;
    asy_set(vm, &c->done, done);
    ListObj *futures = asy_to_list(vm, asy_from_obj(c->todo));      // add_done_callback() may be script's
    bool ok = futures != NULL;
    for (size_t i = 0; ok && i < futures->size; i++) {
        future = futures->items[i];
        ok = asy_future_add_any(vm, future, CB_COMPLETED, asy_from_obj(c));
    }
    if (ok) ok = timer_start(vm, c);
    if (ok) c->left = (uint32_t)futures->size;
    asy_release_obj(vm, futures);
    return ok;
}

// 1: another item is to be given out, 0: there is none, -1: exception.
static int advance(VM *vm, CompletedObj *c)
{
    if (!c->started && !start(vm, c)) return -1;
    if (c->left == 0) return 0;
    c->left--;
    return 1;
}

// ---- waiting for one ----

SendResult asy_as_completed_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    SendResult r = asy_queue_get_step(vm, c, sent, thrown, out);
    if (r != SEND_RETURN) return r;
    Value future = *out;
    if (asy_is_none(future)) {
        asy_raise_kind(vm, EXC_TimeoutError, ASY_NIL);
        return SEND_ERROR;
    }
    if (c->body == CORO_AS_COMPLETED_NEXT) return r;
    *out = asy_any_result(vm, future);
    asy_release(vm, future);
    return asy_is_err(*out) ? SEND_ERROR : SEND_RETURN;
}

// self: the iterator, then the queue.
SendResult asy_as_completed_next_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    if (c->state == 0) {
        CompletedObj *it = as_completed(c->self);
        int more = advance(vm, it);
        if (more == 0) asy_raise_kind(vm, EXC_StopAsyncIteration, ASY_NIL);
        if (more <= 0) return SEND_ERROR;
        asy_set(vm, &c->self, asy_retain(it->done));
    }
    return asy_as_completed_step(vm, c, sent, thrown, out);
}

// ---- script's side ----

static Value completed_next(VM *vm, Value self)
{
    CompletedObj *c = as_completed(self);
    int more = advance(vm, c);
    if (more <= 0) return more < 0 ? ASY_ERR : ASY_DONE;
    return asy_coro_value(vm, CORO_AS_COMPLETED, c->done, ASY_NIL);
}

static Value completed_anext(VM *vm, Value self) { return asy_coro_value(vm, CORO_AS_COMPLETED_NEXT, self, ASY_NIL); }

static void completed_trace(Tracer *t, ObjHeader *o)
{
    CompletedObj *c = (CompletedObj *)(void *)o;
    asy_trace_value(t, c->given);
    asy_trace_value(t, c->timeout);
    asy_trace_value(t, c->done);
    asy_trace_value(t, c->handle);
    asy_trace_value(t, c->loop);
    asy_trace_header(t, (ObjHeader *)(void *)c->todo);
}
static void completed_clear(VM *vm, ObjHeader *o)
{
    CompletedObj *c = (CompletedObj *)(void *)o;
    DictObj *todo = c->todo;
    c->todo = NULL;
    asy_release_obj(vm, todo);
    asy_clear(vm, &c->given);
    asy_clear(vm, &c->timeout);
    asy_clear(vm, &c->done);
    asy_clear(vm, &c->handle);
    asy_clear(vm, &c->loop);
}
const TypeDef asy_as_completed_type = {
    .name = "asyncio.tasks._AsCompletedIterator",
    .size = sizeof(CompletedObj),
    .flags = TYPE_DISALLOW_NEW | TYPE_WEAKREFS,
    .doc = "What as_completed() gives.",
    .trace = completed_trace,
    .clear = completed_clear,
    .slots = { .iter = asy_iter_self, .next = completed_next, .aiter = asy_iter_self, .anext = completed_anext },
};

static Value as_completed_function(VM *vm, Args a)
{
    Type *type = asy_type_ready(vm, &asy_as_completed_type);
    CompletedObj *c = type ? asy_object_alloc(vm, type) : NULL;
    if (!c) return ASY_ERR;
    c->given = asy_retain(a.v[0]);
    c->timeout = asy_is_nil(a.v[1]) ? ASY_NONE : asy_retain(a.v[1]);
    return asy_from_obj(c);
}

const MethodDef asy_as_completed_functions[] = {
    { "as_completed", as_completed_function, "(fs, *, timeout=None)", 0,
      "An iterator over coroutines (async: over the futures) in the order in which they end." },
    { 0 },
};
