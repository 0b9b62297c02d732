// Driving generators and coroutines from C: send, throw, close; and any other awaitable.
#include "vm/core/abstract.h"
#include "vm/interp/chain.h"
#include "vm/interp/raise.h"
#include "vm/interp/run.h"
#include "vm/objects/async_generator.h"
#include "vm/objects/exception.h"
#include "vm/objects/str.h"

static bool is_coroutine(VM *vm, const Frame *f) { return f->head.type == vm->types.coroutine; }

// Enters `gen` from C and runs it in `mode`.
ASY_INLINE SendResult drive(VM *vm, Frame *gen, RunMode mode, Value value, Value *out)
{
    if (!asy_enter_c(vm, "")) {
        asy_release(vm, value);
        return SEND_ERROR;
    }
    Thread *th = vm->thread;
    Frame *caller = th->frame;
    Value thrown = ASY_NIL;
    if (mode != RUN_SEND) thrown = asy_error_fetch(vm);
    SendResult r = SEND_ERROR;
    asy_retain_obj(gen);
    Frame *leaf = asy_chain_enter(vm, gen, NULL, ENTRY_C);
    if (leaf) {
        if (mode != RUN_SEND) asy_error_restore(vm, thrown);
        r = asy_interp_run(vm, leaf, gen, mode, value, out);
    } else {
        asy_release(vm, thrown);
        asy_release(vm, value);
    }
    th->frame = caller;
    asy_leave_c(vm);
    asy_release_obj(vm, gen);
    return r;
}

SendResult asy_gen_send(VM *vm, Frame *gen, Value value, Value *out)
{
    if (ASY_UNLIKELY(gen->state == FRAME_DONE)) {
        if (is_coroutine(vm, gen)) {
            asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited coroutine");
            return SEND_ERROR;
        }
        *out = ASY_NONE;
        return SEND_RETURN;
    }
    if (ASY_UNLIKELY(gen->state == FRAME_CREATED && !asy_is_none(value))) {
        asy_raise(vm, EXC_TypeError, "can't send non-None value to a just-started %s",
                  is_coroutine(vm, gen) ? "coroutine"
                  : gen->head.type == vm->types.async_generator ? "async generator" : "generator");
        return SEND_ERROR;
    }
    return drive(vm, gen, RUN_SEND, asy_retain(value), out);
}

// Raises the pending exception in a frame that has not begun: it ends at once, at its first line.
static SendResult throw_unstarted(VM *vm, Frame *gen)
{
    gen->head.flags |= FRAME_STARTED;
    asy_raise_add_line(vm, gen);
    gen->state = FRAME_DONE;
    Value exc = asy_error_fetch(vm);
    asy_error_restore(vm, exc);
    asy_raise_convert(vm, gen);
    asy_frame_finish(vm, gen);
    return SEND_ERROR;
}

// Raises the pending exception inside, after closing what is delegated to if it is a GeneratorExit.
static SendResult close_chain(VM *vm, Frame *gen, Value *out);

SendResult asy_gen_throw(VM *vm, Frame *gen, Value exc, Value *out)
{
    if (asy_chain_running(vm, gen)) {
        asy_raise(vm, EXC_ValueError, "%s already executing",
                  is_coroutine(vm, gen) ? "coroutine"
                  : gen->head.type == vm->types.async_generator ? "async generator" : "generator");
        return SEND_ERROR;
    }
    if (gen->state == FRAME_DONE) {
        if (is_coroutine(vm, gen)) asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited coroutine");
        else asy_error_restore(vm, asy_retain(exc));
        return SEND_ERROR;
    }
    asy_error_restore(vm, asy_retain(exc));
    if (gen->state == FRAME_CREATED) return throw_unstarted(vm, gen);
    if (asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[EXC_GeneratorExit])) return close_chain(vm, gen, out);
    return drive(vm, gen, RUN_THROW, ASY_NIL, out);
}

static const char *kind_name(VM *vm, const Frame *f)
{
    return is_coroutine(vm, f) ? "coroutine" : f->head.type == vm->types.async_generator ? "async generator" : "generator";
}

// Calls close() of a delegate that is no frame, if it has one. False: it raised.
static bool close_foreign(VM *vm, Frame *f)
{
    Value *slot = asy_chain_delegate(f);
    if (!slot || asy_is_suspending(vm, *slot)) return true;
    Value delegate = asy_retain(*slot);
    Value close = asy_getattr_opt(vm, delegate, asy_name(vm, close));
    if (asy_is_err(close)) {
        asy_error_unraisable(vm, delegate, NULL);
        close = ASY_NIL;
    }
    bool ok = true;
    if (!asy_is_nil(close)) {
        Value r = asy_call0(vm, close);
        ok = !asy_is_err(r);
        asy_release(vm, r);
        asy_release(vm, close);
    }
    asy_release(vm, delegate);
    return ok;
}

// frames.md, Await chains 7: from the leaf up; a level that ends is swallowed and GeneratorExit raised in the next one,
// afresh below the root; what it raises instead goes on up; a yield is "ignored GeneratorExit", raised in the next.
static SendResult close_chain(VM *vm, Frame *gen, Value *out)
{
    Value original = asy_error_fetch(vm);
    Value pending = ASY_NIL;        // what a level below has raised; NIL: GeneratorExit
    asy_retain_obj(gen);
    SendResult r = SEND_ERROR;
    for (;;) {
        Frame *f = asy_chain_leaf(vm, gen);
        asy_retain_obj(f);
        bool last = f == gen;
        if (!last) asy_chain_unlink(vm, f);
        if (asy_is_nil(pending)) {
            Thread *th = vm->thread;
            uint8_t state = f->state;
            f->state = FRAME_RUNNING;       // its own script cannot enter it meanwhile
            bool ok = close_foreign(vm, f);
            f->state = state;
            (void)th;
            if (!ok) pending = asy_error_fetch(vm);
        }
        if (!asy_is_nil(pending)) {
            asy_error_restore(vm, pending);
            pending = ASY_NIL;
        } else if (last) {
            asy_error_restore(vm, asy_retain(original));
        } else {
            asy_raise_kind(vm, EXC_GeneratorExit, ASY_NIL);
        }
        r = f->state == FRAME_CREATED ? throw_unstarted(vm, f)
            : f->state == FRAME_DONE  ? SEND_ERROR
                                      : drive(vm, f, RUN_RAISE, ASY_NIL, out);
        if (last) {
            asy_release_obj(vm, f);
            break;
        }
        if (r == SEND_YIELD) {
            asy_release(vm, *out);
            asy_raise(vm, EXC_RuntimeError, "%s ignored GeneratorExit", kind_name(vm, f));
            pending = asy_error_fetch(vm);
        } else if (r == SEND_RETURN) {
            asy_release(vm, *out);
        } else if (!asy_error_catch(vm, EXC_GeneratorExit) && !asy_error_catch(vm, EXC_StopIteration)) {
            pending = asy_error_fetch(vm);
        }
        asy_release_obj(vm, f);
    }
    asy_release(vm, original);
    asy_release_obj(vm, gen);
    return r;
}

bool asy_gen_close(VM *vm, Frame *gen, Value *result)
{
    *result = ASY_NONE;
    if (asy_chain_running(vm, gen)) {
        asy_raise(vm, EXC_ValueError, "%s already executing", kind_name(vm, gen));
        return false;
    }
    if (gen->state == FRAME_DONE) return true;
    if (gen->state == FRAME_CREATED) {
        gen->head.flags |= FRAME_STARTED;
        gen->state = FRAME_DONE;
        asy_frame_finish(vm, gen);
        return true;
    }
    asy_raise_kind(vm, EXC_GeneratorExit, ASY_NIL);
    Value out;
    SendResult r = close_chain(vm, gen, &out);
    if (r == SEND_YIELD) {
        asy_release(vm, out);
        asy_raise(vm, EXC_RuntimeError, "%s ignored GeneratorExit", kind_name(vm, gen));
        return false;
    }
    if (r == SEND_RETURN) {     // since 3.13 the value is given; 3.12 drops it
        asy_release(vm, out);
        return true;
    }
    return asy_error_catch(vm, EXC_GeneratorExit) || asy_error_catch(vm, EXC_StopIteration);
}

// The pending StopIteration becomes a RETURN; other errors stay.
static SendResult stop_to_return(VM *vm, Value *out)
{
    if (!asy_error_is(vm, EXC_StopIteration)) return SEND_ERROR;
    Value exc = asy_error_fetch(vm);
    *out = asy_exc_stop_value(vm, exc);
    asy_release(vm, exc);
    return SEND_RETURN;
}

SendResult asy_send(VM *vm, Value delegate, Value value, bool first, Value *out)
{
    Type *t = asy_type_of(vm, delegate);
    if (t->def->await_poll) return (SendResult)t->def->await_poll(vm, delegate, first, out);
    if (asy_is_suspending(vm, delegate)) return asy_gen_send(vm, asy_as_frame(delegate), value, out);
    asy_retain(delegate);
    SendResult r;
    if (asy_is_none(value) && t->slots.next) {
        // The slot of a script's iterator would drop StopIteration's value.
        Value result, v = asy_next_result(vm, delegate, &result);
        r = asy_is_done(v) ? SEND_RETURN : asy_is_err(v) ? SEND_ERROR : SEND_YIELD;
        *out = asy_is_done(v) ? result : v;
    } else {
        Value v = asy_call_method1(vm, delegate, asy_name(vm, send), value);
        if (asy_is_err(v)) {
            r = stop_to_return(vm, out);
        } else {
            *out = v;
            r = SEND_YIELD;
        }
    }
    asy_release(vm, delegate);
    return r;
}

SendResult asy_throw(VM *vm, Value delegate, Value exc, Value *out)
{
    if (asy_is_suspending(vm, delegate)) return asy_gen_throw(vm, asy_as_frame(delegate), exc, out);
    // A native awaitable without a throw() of its own, a future, has nothing to put back: raised where it is awaited.
    asy_retain(delegate);
    Value throw = asy_getattr_opt(vm, delegate, asy_name(vm, throw_));
    if (asy_is_nil(throw)) asy_error_restore(vm, asy_retain(exc));
    if (asy_is_nil(throw) || asy_is_err(throw)) {
        asy_release(vm, delegate);
        return SEND_ERROR;
    }
    Value v = asy_call1(vm, throw, exc);
    asy_release(vm, throw);
    asy_release(vm, delegate);
    if (asy_is_err(v)) return stop_to_return(vm, out);
    *out = v;
    return SEND_YIELD;
}

Value asy_get_awaitable(VM *vm, Value v)
{
    Type *t = asy_type_of(vm, v);
    if (t == vm->types.coroutine) {
        Frame *f = asy_as_frame(v);
        if (asy_chain_delegate(f)) return asy_raise(vm, EXC_RuntimeError, "coroutine is being awaited already");
        return asy_retain(v);
    }
    if (t == vm->types.generator && asy_as_frame(v)->head.flags & FRAME_ITERABLE) return asy_retain(v);
    if (t->def->await_poll && t->slots.await == t->def->slots.await) return asy_retain(v);
    if (!t->slots.await) return asy_raise(vm, EXC_TypeError, "object %T can't be used in 'await' expression", v);
    Value it = t->slots.await(vm, v);
    if (asy_is_err(it)) return ASY_ERR;
    Type *it_type = asy_type_of(vm, it);
    if (it_type == vm->types.coroutine ||
        (it_type == vm->types.generator && asy_as_frame(it)->head.flags & FRAME_ITERABLE)) {
        asy_release(vm, it);
        return asy_raise(vm, EXC_TypeError, "__await__() returned a coroutine");
    }
    if (!it_type->slots.next) {
        asy_raise(vm, EXC_TypeError, "__await__() returned non-iterator of type '%T'", it);
        asy_release(vm, it);
        return ASY_ERR;
    }
    return it;
}
