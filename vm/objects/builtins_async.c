// aiter and anext. anext with a default is awaitable in its own right: it drives the iterator's awaitable
// and turns its StopAsyncIteration into the default.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/interp/interp.h"
#include "vm/objects/builtins.h"
#include "vm/objects/exception.h"
#include "vm/objects/generic.h"

#define ANEXT_FIELDS(V, O, N)                        \
    V(delegate) /* what await drives; NIL: finished */ \
    V(fallback)                                      \
    N(bool, started)
ASY_OBJECT(AnextObj, ANEXT_FIELDS);
ASY_OBJECT_TRACE(AnextObj, ANEXT_FIELDS)

// One step's outcome as an iterator shows it.
static Value anext_result(VM *vm, AnextObj *a, SendResult result, Value out)
{
    if (result == SEND_YIELD) return out;
    asy_clear(vm, &a->delegate);
    if (result == SEND_ERROR) {
        if (!asy_error_catch(vm, EXC_StopAsyncIteration)) return ASY_ERR;
        out = asy_retain(a->fallback);
    }
    asy_raise_kind(vm, EXC_StopIteration, out);
    asy_release(vm, out);
    return ASY_ERR;
}

static Value anext_step(VM *vm, Value self, Value sent)
{
    AnextObj *a = asy_as(AnextObj, self);
    if (asy_is_nil(a->delegate)) return asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    Value delegate = asy_retain(a->delegate), out = ASY_NIL;
    bool first = !a->started;
    a->started = true;
    SendResult result = asy_send(vm, delegate, sent, first, &out);
    asy_release(vm, delegate);
    return anext_result(vm, a, result, out);
}

static Value anext_next(VM *vm, Value self) { return anext_step(vm, self, ASY_NONE); }
static Value anext_send(VM *vm, Args a) { return anext_step(vm, a.self, a.v[0]); }

static Value anext_throw(VM *vm, Args args)
{
    AnextObj *a = asy_as(AnextObj, args.self);
    Value exc = asy_is_exception(vm, args.v[0]) ? asy_retain(args.v[0])
                : asy_is_nil(args.v[1])         ? asy_call0(vm, args.v[0])
                : asy_is_exception(vm, args.v[1]) ? asy_retain(args.v[1])
                                                  : asy_call1(vm, args.v[0], args.v[1]);
    if (asy_is_err(exc)) return ASY_ERR;
    if (!asy_is_exception(vm, exc)) {
        asy_release(vm, exc);
        return asy_raise(vm, EXC_TypeError, "exceptions must be classes or instances deriving from BaseException, not %T", args.v[0]);
    }
    if (asy_is_nil(a->delegate)) {
        asy_raise_object(vm, exc);
        asy_release(vm, exc);
        return ASY_ERR;
    }
    Value delegate = asy_retain(a->delegate), out = ASY_NIL;
    a->started = true;
    SendResult result = asy_throw(vm, delegate, exc, &out);
    asy_release(vm, delegate);
    asy_release(vm, exc);
    return anext_result(vm, a, result, out);
}

static Value anext_close(VM *vm, Args args)
{
    AnextObj *a = asy_as(AnextObj, args.self);
    if (asy_is_nil(a->delegate)) return ASY_NONE;
    Value delegate = a->delegate;
    a->delegate = ASY_NIL;
    Value close = asy_getattr_opt(vm, delegate, asy_name(vm, close)), r = ASY_NONE;
    if (asy_is_nil(close) && asy_error_pending(vm)) r = ASY_ERR;
    else if (asy_is_err(close)) r = ASY_ERR;
    else if (!asy_is_nil(close)) r = asy_call0(vm, close);
    asy_release(vm, close);
    asy_release(vm, delegate);
    return r;
}

static const MethodDef anext_methods[] = {
    { "send", anext_send, "(value, /)", 0, "Send a value into the wrapped awaitable." },
    { "throw", anext_throw, "(type, value=None, traceback=None, /)", 0, "Raise an exception inside the wrapped awaitable." },
    { "close", anext_close, "()", 0, "Close the wrapped awaitable." },
    { 0 },
};

static const TypeDef anext_type = {
    .name = "anext_awaitable",
    .size = sizeof(AnextObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = AnextObj_trace,
    .clear = AnextObj_clear,
    .methods = anext_methods,
    .slots = { .await = asy_iter_self, .iter = asy_iter_self, .next = anext_next },
};

static Value builtin_aiter(VM *vm, Args a)
{
    Type *type = asy_type_of(vm, a.v[0]);
    if (!type->slots.aiter) return asy_raise(vm, EXC_TypeError, "'%.200T' object is not an async iterable", a.v[0]);
    Value it = type->slots.aiter(vm, a.v[0]);
    if (asy_is_err(it) || asy_type_of(vm, it)->slots.anext) return it;
    asy_raise(vm, EXC_TypeError, "aiter() returned not an async iterator of type '%.100T'", it);
    asy_release(vm, it);
    return ASY_ERR;
}

static Value builtin_anext(VM *vm, Args args)
{
    Type *type = asy_type_of(vm, args.v[0]);
    if (!type->slots.anext) return asy_raise(vm, EXC_TypeError, "'%.200T' object is not an async iterator", args.v[0]);
    Value awaitable = type->slots.anext(vm, args.v[0]);
    if (asy_is_err(awaitable) || asy_is_nil(args.v[1])) return awaitable;
    Value delegate = asy_get_awaitable(vm, awaitable);
    asy_release(vm, awaitable);
    if (asy_is_err(delegate)) return ASY_ERR;
    Type *wrapper = asy_type_ready(vm, &anext_type);
    AnextObj *a = wrapper ? asy_object_alloc(vm, wrapper) : NULL;
    if (!a) {
        asy_release(vm, delegate);
        return ASY_ERR;
    }
    a->delegate = delegate;
    a->fallback = asy_retain(args.v[1]);
    return asy_from_obj(a);
}

const MethodDef asy_builtins_async_functions[] = {
    { "aiter", builtin_aiter, "(async_iterable, /)", 0, "Return an AsyncIterator for an AsyncIterable object." },
    { "anext", builtin_anext, "(aiterator, default=<unrepresentable>, /)", 0,
      "anext(async_iterator[, default])\n\nReturn the next item from the async iterator.  If default is given and the async\n"
      "iterator is exhausted, it is returned instead of raising StopAsyncIteration." },
    { 0 },
};
