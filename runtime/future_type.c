// The type asyncio.Future, and the iterator that future.__await__() gives to script.
//
// `await future` itself makes no iterator: the interpreter asks asy_future_await_poll.
#include "runtime/future.h"

#include "runtime/loop.h"
#include "vm/interp/import.h"
#include "vm/objects/exception.h"
#include "vm/objects/generator.h"
#include "vm/objects/generic.h"
#include "vm/objects/new_args.h"

// ---- the iterator ----

typedef struct FutureIter {
    ObjHeader head;
    Value future;               // NIL: it has ended
    bool started;
} FutureIter;

Value asy_future_await(VM *vm, Value self)
{
    FutureIter *it = asy_object_alloc(vm, asy_rt(vm)->types.future_iter);
    if (!it) return ASY_ERR;
    it->future = asy_retain(self);
    return asy_from_obj(it);
}

static Value iter_next(VM *vm, Value self)
{
    FutureIter *it = asy_as(FutureIter, self);
    if (asy_is_nil(it->future)) return ASY_DONE;
    Value out;
    int r = asy_future_await_poll(vm, it->future, !it->started, &out);
    it->started = true;
    if (r == SEND_YIELD) return out;
    asy_clear(vm, &it->future);
    if (r == SEND_ERROR) return ASY_ERR;
    if (asy_is_none(out)) return ASY_DONE;
    asy_raise_kind(vm, EXC_StopIteration, out);
    asy_release(vm, out);
    return ASY_ERR;
}
static Value iter_send(VM *vm, Args a)
{
    Value v = iter_next(vm, a.self);
    return asy_is_done(v) ? asy_raise_kind(vm, EXC_StopIteration, ASY_NIL) : v;
}
static Value iter_throw(VM *vm, Args a)
{
    Value exc = asy_throw_argument(vm, a.v[0], a.v[1], a.v[2]);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_clear(vm, &asy_as(FutureIter, a.self)->future);
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}
static Value iter_close(VM *vm, Args a)
{
    asy_clear(vm, &asy_as(FutureIter, a.self)->future);
    return ASY_NONE;
}
static void iter_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((FutureIter *)(void *)o)->future); }
static void iter_clear(VM *vm, ObjHeader *o) { asy_clear(vm, &((FutureIter *)(void *)o)->future); }
static const MethodDef iter_methods[] = {
    { "send", iter_send, "(value, /)", 0, "Resumes; the value is not used." },
    { "throw", iter_throw, "(type, value=None, tb=None, /)", 0, "Ends it with an exception." },
    { "close", iter_close, "()", 0, "Ends it." },
    { 0 },
};
const TypeDef asy_rt_future_iter_type = {
    .name = "_asyncio.FutureIter",
    .size = sizeof(FutureIter),
    .flags = TYPE_DISALLOW_NEW | TYPE_QUALIFIED,
    .trace = iter_trace,
    .clear = iter_clear,
    .methods = iter_methods,
    .slots = { .iter = asy_iter_self, .next = iter_next },
};

// ---- Future ----

static bool future_type_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "loop" };
    Value loop;
    if (args.n > 0) {
        asy_raise(vm, EXC_TypeError, "Future() takes no positional arguments");
        return false;
    }
    if (!asy_new_args(vm, "Future", names, 1, 0, 0, args, &loop)) return false;
    return asy_future_init(vm, asy_as_future(self), loop);
}

Value asy_future_repr(VM *vm, Value self)
{
    Value repr = asy_import_attr(vm, "asyncio.base_futures", "_future_repr");
    if (asy_is_err(repr)) return ASY_ERR;
    Value text = asy_call1(vm, repr, self);
    asy_release(vm, repr);
    return text;
}

const TypeDef asy_rt_future_type = {
    .name = "_asyncio.Future",
    .size = sizeof(FutureObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(FutureObj, attrs),
    .doc = "A result that is not there yet.",
    .trace = asy_future_trace,
    .clear = asy_future_clear,
    .needs_finalize = asy_future_needs_finalize,
    .finalize = asy_future_finalize,
    .await_poll = asy_future_await_poll,
    .methods = asy_future_methods,
    .getset = asy_future_getset,
    .slots = { .init = future_type_init, .new = asy_object_new, .repr = asy_future_repr, .iter = asy_future_await,
               .await = asy_future_await },
};
