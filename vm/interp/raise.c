// Raising; see raise.h.
#include "vm/interp/raise.h"

#include "vm/objects/exception.h"
#include "vm/objects/traceback.h"

void asy_raise_add_line(VM *vm, Frame *f)
{
    Thread *th = vm->thread;
    Value exc = th->exc;
    th->exc = ASY_NIL;
    if (!asy_traceback_add(vm, exc, f)) asy_error_clear(vm);
    th->exc = exc;
}

const Handler *asy_raise_handler(VM *vm, const Proto *proto, uint32_t word)
{
    if (ASY_UNLIKELY(vm->limit_hit)) return NULL;
    for (uint32_t i = 0; i < proto->nhandlers; i++) {
        const Handler *h = &proto->handlers[i];
        if (word >= h->start && word < h->end) return h;
    }
    return NULL;
}

void asy_raise_enter_handler(VM *vm, Frame *f, uint32_t depth)
{
    Thread *th = vm->thread;
    Value exc = th->exc;
    th->exc = ASY_NIL;
    for (uint32_t i = f->func->code->nslots; i > depth; i--) {
        Value dead = f->slots[i - 1];
        f->slots[i - 1] = ASY_NIL;
        asy_release(vm, dead);
    }
    f->slots[depth] = th->handled->exc;
    f->slots[depth + 1] = exc;
    th->handled->exc = asy_retain(exc);
}

void asy_raise_convert(VM *vm, Frame *f)
{
    const char *what = f->head.type == vm->types.coroutine         ? "coroutine"
                       : f->head.type == vm->types.async_generator ? "async generator"
                                                                   : "generator";
    const char *which = NULL;
    if (asy_error_is(vm, EXC_StopIteration)) which = "StopIteration";
    else if (f->head.type == vm->types.async_generator && asy_error_is(vm, EXC_StopAsyncIteration)) {
        which = "StopAsyncIteration";
    }
    if (!which) return;
    Value cause = asy_error_fetch(vm);
    asy_raise(vm, EXC_RuntimeError, "%s raised %s", what, which);
    Value exc = asy_error_fetch(vm);
    if (asy_error_is(vm, EXC_MemoryError) || !asy_is_exception(vm, exc)) {
        asy_release(vm, cause);
    } else {
        Exc *e = asy_as_exc(exc);
        asy_set(vm, &e->cause, asy_retain(cause));
        e->suppress_context = true;
        asy_set(vm, &e->context, cause);
    }
    asy_error_restore(vm, exc);
    asy_raise_add_line(vm, f);
}
