// Runs of the loop from C, and the ends of frames.
#include "vm/interp/run.h"

#include "vm/interp/call.h"
#include "vm/interp/chain.h"
#include "vm/memory/heap_inline.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"

void asy_frame_leave_slow(VM *vm, Frame *f, Frame *caller)
{
    // The frame has escaped: it keeps its locals and leaves the pool, whose rest the caller goes on with.
    Frame *rest = f->next;
    f->next = NULL;
    f->state = FRAME_DONE;
    f->entry = ENTRY_NONE;
    f->back = NULL;
    if (caller && caller->head.type == vm->types.frame) caller->next = rest;
    else vm->thread->pool = rest;
    asy_release_obj(vm, f);
}

void asy_frame_give_back(VM *vm, Frame *caller, Frame *f)
{
    if (!caller || caller->head.type != vm->types.frame) vm->thread->pool = f;
}

void asy_frame_abandon(VM *vm, Frame *gen)
{
    gen->state = FRAME_DONE;
    gen->head.flags |= FRAME_STARTED;
    asy_release_obj(vm, gen);
}

void asy_frame_clear_temps(VM *vm, Frame *f)
{
    const CodeObj *code = f->func->code;
    for (uint32_t i = code->nslots; i > code->nlocals; i--) {
        Value dead = f->slots[i - 1];
        f->slots[i - 1] = ASY_NIL;
        asy_release(vm, dead);
    }
}

void asy_frame_finish(VM *vm, Frame *f)
{
    // The function stays until the frame goes: name, code and repr are asked of ended ones too.
    asy_frame_clear_slots(vm, f);
    asy_clear(vm, &f->handled.exc);
}

void asy_frame_discard(VM *vm, Frame *f)
{
    FunctionObj *func = f->func;
    uint32_t nlocals = func->code->nlocals;
    for (uint32_t i = 0; i < nlocals; i++) asy_release(vm, f->slots[i]);
    asy_release(vm, f->handled.exc);
    asy_release_obj(vm, func);
    if (vm->heap.young) vm->heap.young--;
    asy_heap_drop(vm, &f->head);
}

void asy_raise_stop(VM *vm, Value value)
{
    if (asy_is_none(value)) {
        asy_raise_kind(vm, EXC_StopIteration, ASY_NIL);
        return;
    }
    asy_raise_kind(vm, EXC_StopIteration, value);
}

SendResult asy_interp_run(VM *vm, Frame *leaf, Frame *root, RunMode mode, Value value, Value *out)
{
    Thread *th = vm->thread;
    Frame *caller = root->back;
    bool plain = caller && caller->head.type == vm->types.frame;
    if (plain) {
        th->pool = caller->next;
        caller->next = NULL;
    }
    SendResult r = asy_interp_loop(vm, leaf, mode, value, out);
    if (plain) {
        caller->next = th->pool;
        th->pool = NULL;
    }
    return r;
}

// Runs a plain frame taken for `caller` that has been bound.
static Value run_plain(VM *vm, Frame *f, Frame *caller)
{
    Thread *th = vm->thread;
    Value out;
    SendResult r = SEND_ERROR;
    if (asy_enter_c(vm, "")) {
        if (th->depth >= vm->limits.depth) {
            asy_raise(vm, EXC_RecursionError, "maximum recursion depth exceeded");
        } else {
            f->back = caller;
            f->entry = ENTRY_C;
            f->state = FRAME_RUNNING;
            f->ip = f->func->code->code;
            th->depth++;
            th->frame = f;
            r = asy_interp_loop(vm, f, RUN_CALL, ASY_NIL, &out);
            th->frame = caller;
        }
        asy_leave_c(vm);
    }
    asy_frame_leave(vm, f, caller);
    return r == SEND_RETURN ? out : ASY_ERR;
}

Value asy_function_call(VM *vm, Value func, Args args)
{
    FunctionObj *fn = asy_as(FunctionObj, func);
    CodeObj *code = fn->code;
    // A receiver becomes the first argument; the window is copied only then.
    Value local[8], *v = local;
    uint32_t nkw = asy_is_nil(args.kwnames) ? 0 : (uint32_t)asy_as(TupleObj, args.kwnames)->size;
    const Value *given = args.v;
    uint32_t n = args.n;
    if (!asy_is_nil(args.self)) {
        if (n + nkw + 1 > 8) {
            v = asy_mem_alloc(vm, (n + nkw + 1) * sizeof(Value));
            if (!v) return asy_raise_memory(vm);
        }
        v[0] = args.self;
        if (n + nkw) memcpy(v + 1, args.v, (n + nkw) * sizeof(Value));
        given = v;
        n++;
    }
    Value result = ASY_ERR;
    Frame *f;
    if (code->flags & CODE_SUSPENDS) {
        f = asy_frame_new_suspending(vm, asy_retain_obj(fn));
        if (f && asy_call_bind(vm, fn, f->slots, given, n, args.kwnames)) result = asy_from_obj(f);
        else if (f) asy_frame_abandon(vm, f);
    } else {
        Frame *caller = vm->thread->frame;
        f = asy_frame_take(vm, caller, code);
        bool bound = f && code->simple_args == n && nkw == 0;
        if (bound) {
            for (uint32_t i = 0; i < n; i++) f->slots[i] = asy_retain(given[i]);
            for (uint32_t i = n; i < code->nlocals; i++) f->slots[i] = ASY_UNBOUND;
        }
        if (bound || (f && asy_call_bind(vm, fn, f->slots, given, n, args.kwnames))) {
            f->func = asy_retain_obj(fn);
            if (!code->warm && ++code->calls == WARM_CALLS) (void)asy_code_warm(vm, code);
            result = run_plain(vm, f, caller);
        } else if (f) {
            asy_frame_give_back(vm, caller, f);
        }
    }
    if (v != local) asy_mem_free(vm, v, (args.n + nkw + 1) * sizeof(Value));
    return result;
}

Value asy_run_code(VM *vm, CodeObj *code, DictObj *globals, Value locals, TupleObj *closure)
{
    Value fv = asy_function_new(vm, code, globals, asy_from_obj(code->qualname));
    if (asy_is_err(fv)) return ASY_ERR;
    FunctionObj *fn = asy_as(FunctionObj, fv);
    if (closure) fn->closure = asy_retain_obj(closure);
    bool suspends = code->flags & CODE_SUSPENDS;
    Frame *caller = vm->thread->frame;
    Frame *f = suspends ? asy_frame_new_suspending(vm, asy_retain_obj(fn)) : asy_frame_take(vm, caller, code);
    if (!f) {
        asy_release(vm, fv);
        return ASY_ERR;
    }
    for (uint32_t i = 0; i < code->nlocals; i++) f->slots[i] = ASY_UNBOUND;
    if (code->flags & CODE_NAMESPACE) f->slots[0] = asy_retain(locals);
    if (suspends) {
        asy_release(vm, fv);
        return asy_from_obj(f);
    }
    f->func = fn;
    return run_plain(vm, f, caller);
}
