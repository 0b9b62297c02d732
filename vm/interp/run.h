// What the loop and its helpers share. Only files of vm/interp and vm/objects/{generator,async_generator}.c include this.
#pragma once
#include "vm/interp/cache.h"
#include "vm/interp/interp.h"

typedef enum RunMode {
    RUN_CALL,       // a plain frame from its start
    RUN_SEND,       // an entered leaf receives `value` (owned by the loop)
    RUN_THROW,      // an entered leaf: the thread's exception is thrown in, first into what it delegates to
    RUN_RAISE,      // an entered leaf: the thread's exception is raised right there
    RUN_TABLES,     // not a run: puts the dispatch tables into the VM
} RunMode;
// Runs until the frame, entered with ENTRY_C, returns, yields or fails. Nested runs count against the C depth;
// use asy_interp_run unless the depth has been checked.
SendResult asy_interp_loop(VM *vm, Frame *frame, RunMode mode, Value value, Value *out);
// The same for a suspending frame entered from C: hands the calling frame's unused frames over.
SendResult asy_interp_run(VM *vm, Frame *leaf, Frame *root, RunMode mode, Value value, Value *out);

// A plain frame for a call of `co` by `caller` (NULL: C at the bottom): the one it used last, if it is large enough.
ASY_INLINE Frame *asy_frame_take(VM *vm, Frame *caller, const CodeObj *co)
{
    bool plain = caller && caller->head.type == vm->types.frame;
    Frame **pool = plain ? &caller->next : &vm->thread->pool;
    Frame *f = *pool;
    if (ASY_UNLIKELY(!f || f->capacity < co->nslots)) {
        Frame *fresh = asy_frame_new(vm, co);
        if (!fresh) return NULL;
        fresh->next = f;
        f = fresh;
        *pool = f;
    }
    if (!plain) *pool = NULL;
    return f;
}
// A plain frame is left for `caller`: locals and function are released unless it has escaped; it stays in the pool, or
// is cut out of it.
void asy_frame_leave_slow(VM *vm, Frame *f, Frame *caller);
ASY_INLINE void asy_frame_leave(VM *vm, Frame *f, Frame *caller)
{
    if (ASY_UNLIKELY(f->head.refs != 1)) {
        asy_frame_leave_slow(vm, f, caller);
        return;
    }
    uint32_t nlocals = f->func->code->nlocals;
    for (uint32_t i = 0; i < nlocals; i++) {
        Value v = f->slots[i];
        f->slots[i] = ASY_NIL;
        asy_release(vm, v);
    }
    FunctionObj *func = f->func;
    f->func = NULL;
    f->entry = ENTRY_NONE;
    asy_release_obj(vm, func);
    if (!caller || caller->head.type != vm->types.frame) vm->thread->pool = f;
}
// A frame taken for a call whose binding failed goes back.
void asy_frame_give_back(VM *vm, Frame *caller, Frame *f);
// A new suspending frame whose binding failed is dropped without a word.
void asy_frame_abandon(VM *vm, Frame *gen);
// A suspending frame has ended: slots and function are released, temporaries first.
void asy_frame_finish(VM *vm, Frame *f);
void asy_frame_clear_temps(VM *vm, Frame *f);
// The same for one that nobody knows any more, which goes with it; no temporary is alive in it.
void asy_frame_discard(VM *vm, Frame *f);
// StopIteration(value); a tuple or exception value is not taken for arguments.
void asy_raise_stop(VM *vm, Value value);

// cache.c: specialising. True: the instruction at frame->ip has been rewritten or its cache extended; run it again.
bool asy_cache_load_global(VM *vm, Frame *f, CodeObj *code);
bool asy_cache_load_attr(VM *vm, Frame *f, CodeObj *code, Value object);
bool asy_cache_store_attr(VM *vm, Frame *f, CodeObj *code, Value object);
bool asy_cache_load_method(VM *vm, Frame *f, CodeObj *code, Value object);
bool asy_cache_for_iter(VM *vm, Frame *f, CodeObj *code, const Instr *ip, Type *type);
void asy_cache_miss(VM *vm, Frame *f, CodeObj *code, const Instr *ip);
// The callee of CALL_GLOBAL, new reference, by its cache if it has one.
ASY_CHECKED Value asy_cache_call_global(VM *vm, Frame *f, CodeObj *code, const Instr *ip);
// The script __init__ by which calling `cls` may be done in place (object.__new__, metaclass type); borrowed, or NULL.
FunctionObj *asy_cache_class_init(VM *vm, Type *cls);

// natives that the loop recognises
Value asy_builtin_next(VM *vm, Args a);
