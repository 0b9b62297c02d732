// Async generators: asend, athrow, aclose; see async_generator.h. PEP 525.
#include "vm/objects/async_generator.h"

#include "vm/core/abstract.h"
#include "vm/interp/chain.h"
#include "vm/interp/run.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_notes.h"
#include "vm/objects/generator.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"

// The hooks of sys.set_asyncgen_hooks at the first iteration: called once, the finaliser remembered.
static bool first_iteration(VM *vm, Frame *gen)
{
    if (gen->head.flags & FRAME_AG_HOOKED) return true;
    gen->head.flags |= FRAME_AG_HOOKED;
    Thread *th = vm->thread;
    if (!asy_is_nil(th->asyncgen_finalizer) && !asy_is_none(th->asyncgen_finalizer)) {
        FrameNote *note = asy_frame_note_make(vm, gen);
        if (!note) return false;
        gen->head.flags |= FRAME_HAS_NOTE;
        asy_set(vm, &note->origin, asy_retain(th->asyncgen_finalizer));
    }
    if (!asy_is_nil(th->asyncgen_firstiter) && !asy_is_none(th->asyncgen_firstiter)) {
        Value hook = asy_retain(th->asyncgen_firstiter);
        Value r = asy_call1(vm, hook, asy_from_obj(gen));
        asy_release(vm, hook);
        if (asy_is_err(r)) return false;
        asy_release(vm, r);
    }
    return true;
}

Value asy_async_generator_finalizer(VM *vm, Frame *gen)
{
    FrameNote *note = gen->head.flags & FRAME_HAS_NOTE ? asy_frame_note(vm, gen) : NULL;
    return note ? note->origin : ASY_NIL;
}

// -- asend

Value asy_asend_new(VM *vm, Frame *gen, Value value)
{
    if (!first_iteration(vm, gen)) return ASY_ERR;
    Type *type = asy_type_ready(vm, &asy_asend_type);
    AsendObj *a = type ? asy_object_alloc(vm, type) : NULL;
    if (!a) return ASY_ERR;
    a->gen = asy_retain_obj(gen);
    a->value = asy_retain(value);
    return asy_from_obj(a);
}

Frame *asy_asend_frame(VM *vm, Value v)
{
    (void)vm;
    if (!asy_is_obj(v) || asy_as_obj(v)->type->def != &asy_asend_type) return NULL;
    return asy_as(AsendObj, v)->gen;
}

static Value raise_running(VM *vm, const char *what)
{
    return asy_raise(vm, EXC_RuntimeError, "%s: asynchronous generator is already running", what);
}

bool asy_asend_begin(VM *vm, AsendObj *a)
{
    if (a->state == ASEND_CLOSED) {
        asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
        return false;
    }
    if (a->state == ASEND_INIT) {
        Frame *gen = a->gen;
        if (gen->head.flags & FRAME_AG_RUNNING) {
            a->state = ASEND_CLOSED;
            raise_running(vm, "anext()");
            return false;
        }
        if (gen->state == FRAME_DONE) {
            a->state = ASEND_CLOSED;
            asy_raise_kind(vm, EXC_StopAsyncIteration, ASY_NIL);
            return false;
        }
        if (gen->state == FRAME_CREATED && !asy_is_nil(a->value) && !asy_is_none(a->value)) {
            a->state = ASEND_CLOSED;
            asy_raise(vm, EXC_TypeError, "can't send non-None value to a just-started async generator");
            return false;
        }
        gen->head.flags |= FRAME_AG_RUNNING;
        a->state = ASEND_ITER;
    }
    return true;
}

void asy_asend_end(VM *vm, AsendObj *a)
{
    a->state = ASEND_CLOSED;
    a->gen->head.flags &= ~(uint32_t)FRAME_AG_RUNNING;
    asy_clear(vm, &a->value);
}

void asy_asend_finished(VM *vm, Value delegate)
{
    if (asy_is_obj(delegate) && asy_as_obj(delegate)->type->def == &asy_asend_type) {
        asy_asend_end(vm, asy_as(AsendObj, delegate));
    }
}

// A step's outcome for script: suspended with a value, or StopIteration(yielded value), or an error.
static Value asend_outcome(VM *vm, AsendObj *a, SendResult r, Value out)
{
    if (r == SEND_YIELD) return out;
    asy_asend_end(vm, a);
    if (r == SEND_RETURN) {
        asy_raise_stop(vm, out);
        asy_release(vm, out);
    }
    return ASY_ERR;
}

static Value asend_step(VM *vm, AsendObj *a, Value value)
{
    bool fresh = a->state == ASEND_INIT;
    if (!asy_asend_begin(vm, a)) return ASY_ERR;
    Value sent = value;
    if (fresh && asy_is_none(value) && !asy_is_nil(a->value)) sent = a->value;
    asy_retain(sent);
    asy_retain_obj(a);
    Value out = ASY_NIL;
    SendResult r = asy_gen_send(vm, a->gen, sent, &out);
    Value v = asend_outcome(vm, a, r, out);
    asy_release(vm, sent);
    asy_release_obj(vm, a);
    return v;
}

static Value asend_next(VM *vm, Value self) { return asend_step(vm, asy_as(AsendObj, self), ASY_NONE); }
static Value asend_send(VM *vm, Args args) { return asend_step(vm, asy_as(AsendObj, args.self), args.v[0]); }

static Value asend_throw(VM *vm, Args args)
{
    AsendObj *a = asy_as(AsendObj, args.self);
    if (a->state == ASEND_CLOSED) {
        return asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    }
    if (a->state == ASEND_INIT) {
        if (a->gen->head.flags & FRAME_AG_RUNNING) {
            a->state = ASEND_CLOSED;
            return raise_running(vm, "anext()");
        }
        a->state = ASEND_ITER;
        a->gen->head.flags |= FRAME_AG_RUNNING;
    }
    Value exc = asy_throw_argument(vm, args.v[0], args.v[1], args.v[2]);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_retain_obj(a);
    Value out = ASY_NIL;
    SendResult r = asy_gen_throw(vm, a->gen, exc, &out);
    Value v = asend_outcome(vm, a, r, out);
    asy_release(vm, exc);
    asy_release_obj(vm, a);
    return v;
}

// 3.12: closing it does not enter the generator (docs/compatibility.md).
static Value asend_close(VM *vm, Args args)
{
    (void)vm;
    asy_as(AsendObj, args.self)->state = ASEND_CLOSED;
    return ASY_NONE;
}

static void asend_trace(Tracer *t, ObjHeader *o)
{
    AsendObj *a = (AsendObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)a->gen);
    asy_trace_value(t, a->value);
}
static void asend_clear(VM *vm, ObjHeader *o)
{
    AsendObj *a = (AsendObj *)(void *)o;
    if (a->gen && asy_chain_linked(a->gen) && asy_chain_delegate(a->gen->back) &&
        asy_chain_delegate(a->gen->back)->bits == asy_from_obj(a).bits) {
        asy_chain_unlink(vm, a->gen);
    }
    Frame *gen = a->gen;
    a->gen = NULL;
    asy_release_obj(vm, gen);
    asy_clear(vm, &a->value);
}
static const MethodDef asend_methods[] = {
    { "send", asend_send, "(value, /)", 0, "Resumes the generator." },
    { "throw", asend_throw, "(type, value=None, traceback=None, /)", 0, "Raises inside the generator." },
    { "close", asend_close, "()", 0, "Gives the step up." },
    { 0 },
};
const TypeDef asy_asend_type = {
    .name = "async_generator_asend",
    .size = sizeof(AsendObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = asend_trace,
    .clear = asend_clear,
    .methods = asend_methods,
    .slots = { .iter = asy_generator_iter, .await = asy_generator_iter, .next = asend_next },
};

// -- athrow and aclose

typedef struct AthrowObj {
    ObjHeader head;
    Frame *gen;                 // owned
    Value type, value, tb;      // of athrow, owned; NIL type: aclose
    AsendState state;
} AthrowObj;

static Value athrow_make(VM *vm, Frame *gen, Value type, Value value, Value tb)
{
    if (!first_iteration(vm, gen)) return ASY_ERR;
    Type *t = asy_type_ready(vm, &asy_athrow_type);
    AthrowObj *a = t ? asy_object_alloc(vm, t) : NULL;
    if (!a) return ASY_ERR;
    a->gen = asy_retain_obj(gen);
    a->type = asy_retain(type);
    a->value = asy_retain(value);
    a->tb = asy_retain(tb);
    return asy_from_obj(a);
}
Value asy_aclose_new(VM *vm, Frame *gen) { return athrow_make(vm, gen, ASY_NIL, ASY_NIL, ASY_NIL); }
Value asy_athrow_new(VM *vm, Frame *gen, Value type, Value value, Value tb)
{
    return athrow_make(vm, gen, type, value, tb);
}

static void athrow_end(AthrowObj *a)
{
    a->state = ASEND_CLOSED;
    a->gen->head.flags &= ~(uint32_t)FRAME_AG_RUNNING;
}

// Takes a step's outcome. aclose: a plain yield is "ignored GeneratorExit", and the generator's end is success.
static Value athrow_outcome(VM *vm, AthrowObj *a, SendResult r, Value out)
{
    bool closing = asy_is_nil(a->type);
    if (r == SEND_YIELD) return out;
    athrow_end(a);
    if (r == SEND_RETURN) {
        if (closing) {
            asy_release(vm, out);
            return asy_raise(vm, EXC_RuntimeError, "async generator ignored GeneratorExit");
        }
        asy_raise_stop(vm, out);
        asy_release(vm, out);
        return ASY_ERR;
    }
    if (closing && (asy_error_catch(vm, EXC_StopAsyncIteration) || asy_error_catch(vm, EXC_GeneratorExit))) {
        asy_raise_kind(vm, EXC_StopIteration, ASY_NIL);
    }
    return ASY_ERR;
}

static Value athrow_step(VM *vm, AthrowObj *a, Value value)
{
    bool closing = asy_is_nil(a->type);
    Frame *gen = a->gen;
    if (a->state == ASEND_CLOSED || (a->state == ASEND_ITER && gen->state == FRAME_DONE)) {
        return asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    }
    asy_retain_obj(a);
    Value out = ASY_NIL, v;
    SendResult r;
    if (a->state == ASEND_INIT) {
        if (gen->head.flags & FRAME_AG_RUNNING) {
            a->state = ASEND_CLOSED;
            v = raise_running(vm, closing ? "aclose()" : "athrow()");
            goto done;
        }
        if (gen->head.flags & FRAME_AG_CLOSED || gen->state == FRAME_DONE) {
            a->state = ASEND_CLOSED;
            v = asy_raise_kind(vm, closing ? EXC_StopIteration : EXC_StopAsyncIteration, ASY_NIL);
            goto done;
        }
        if (!asy_is_none(value)) {
            v = asy_raise(vm, EXC_RuntimeError, "can't send non-None value to a just-started coroutine");
            goto done;
        }
        a->state = ASEND_ITER;
        gen->head.flags |= FRAME_AG_RUNNING;
        Value exc;
        if (closing) {
            gen->head.flags |= FRAME_AG_CLOSED;
            exc = asy_call0(vm, asy_from_obj(vm->exc[EXC_GeneratorExit]));
        } else {
            exc = asy_throw_argument(vm, a->type, a->value, a->tb);
        }
        if (asy_is_err(exc)) {
            athrow_end(a);
            v = ASY_ERR;
            goto done;
        }
        r = asy_gen_throw(vm, gen, exc, &out);
        asy_release(vm, exc);
    } else {
        r = asy_gen_send(vm, gen, value, &out);
    }
    v = athrow_outcome(vm, a, r, out);
done:
    asy_release_obj(vm, a);
    return v;
}

static Value athrow_next(VM *vm, Value self) { return athrow_step(vm, asy_as(AthrowObj, self), ASY_NONE); }
static Value athrow_send(VM *vm, Args args) { return athrow_step(vm, asy_as(AthrowObj, args.self), args.v[0]); }
static Value athrow_throw(VM *vm, Args args)
{
    AthrowObj *a = asy_as(AthrowObj, args.self);
    if (a->state == ASEND_CLOSED) {
        return asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    }
    if (a->state == ASEND_INIT) {
        if (a->gen->head.flags & FRAME_AG_RUNNING) {
            a->state = ASEND_CLOSED;
            return raise_running(vm, asy_is_nil(a->type) ? "aclose()" : "athrow()");
        }
        a->state = ASEND_ITER;
        a->gen->head.flags |= FRAME_AG_RUNNING;
    }
    Value exc = asy_throw_argument(vm, args.v[0], args.v[1], args.v[2]);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_retain_obj(a);
    Value out = ASY_NIL;
    SendResult r = asy_gen_throw(vm, a->gen, exc, &out);
    Value v = athrow_outcome(vm, a, r, out);
    asy_release(vm, exc);
    asy_release_obj(vm, a);
    return v;
}
static Value athrow_close(VM *vm, Args args)
{
    (void)vm;
    asy_as(AthrowObj, args.self)->state = ASEND_CLOSED;
    return ASY_NONE;
}
static void athrow_trace(Tracer *t, ObjHeader *o)
{
    AthrowObj *a = (AthrowObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)a->gen);
    asy_trace_value(t, a->type);
    asy_trace_value(t, a->value);
    asy_trace_value(t, a->tb);
}
static void athrow_clear(VM *vm, ObjHeader *o)
{
    AthrowObj *a = (AthrowObj *)(void *)o;
    Frame *gen = a->gen;
    a->gen = NULL;
    asy_release_obj(vm, gen);
    asy_clear(vm, &a->type);
    asy_clear(vm, &a->value);
    asy_clear(vm, &a->tb);
}
static const MethodDef athrow_methods[] = {
    { "send", athrow_send, "(value, /)", 0, "Resumes the generator." },
    { "throw", athrow_throw, "(type, value=None, traceback=None, /)", 0, "Raises inside the generator." },
    { "close", athrow_close, "()", 0, "Gives the step up." },
    { 0 },
};
const TypeDef asy_athrow_type = {
    .name = "async_generator_athrow",
    .size = sizeof(AthrowObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = athrow_trace,
    .clear = athrow_clear,
    .methods = athrow_methods,
    .slots = { .iter = asy_generator_iter, .await = asy_generator_iter, .next = athrow_next },
};

// -- the generator's own methods

Value asy_async_generator_anext(VM *vm, Value self) { return asy_asend_new(vm, asy_as_frame(self), ASY_NIL); }
static Value agen_asend(VM *vm, Args a) { return asy_asend_new(vm, asy_as_frame(a.self), a.v[0]); }
static Value agen_aclose(VM *vm, Args a) { return asy_aclose_new(vm, asy_as_frame(a.self)); }
static Value agen_athrow(VM *vm, Args a) { return asy_athrow_new(vm, asy_as_frame(a.self), a.v[0], a.v[1], a.v[2]); }

const MethodDef asy_async_generator_methods[] = {
    { "asend", agen_asend, "(value, /)", 0, "An awaitable that resumes the generator with a value." },
    { "athrow", agen_athrow, "(type, value=None, tb=None, /)", 0, "An awaitable that raises inside the generator." },
    { "aclose", agen_aclose, "()", 0, "An awaitable that raises GeneratorExit inside." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
