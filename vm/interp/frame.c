// Frames: making, pooling, clearing and freeing them; their types' traversal.
//
// A plain frame that has returned stays in the chain it was taken from, with count 1 and no counted
// pointer in any slot. Slots of a live frame that are not live temporaries hold no pointers either, so
// clearing and tracing simply visit all of them.
#include "vm/interp/frame.h"

#include "vm/bytecode/positions.h"
#include "vm/interp/chain.h"
#include "vm/interp/interp.h"
#include "vm/memory/heap_inline.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/generator.h"

enum { FRAME_CAPACITY_MIN = 12 };

uint32_t asy_frame_word(const Frame *f)
{
    const CodeObj *code = f->func->code;
    const Instr *cold = code->proto->code;
    if (f->ip >= cold && f->ip < cold + code->proto->code_words) return (uint32_t)(f->ip - cold);
    return (uint32_t)(f->ip - code->code);
}

Frame *asy_frame_new(VM *vm, const CodeObj *code)
{
    uint32_t capacity = code->nslots > FRAME_CAPACITY_MIN ? code->nslots : FRAME_CAPACITY_MIN;
    Frame *f = asy_object_alloc_extra(vm, vm->types.frame, capacity * sizeof(Value));
    if (!f) return NULL;
    f->capacity = (uint16_t)capacity;
    return f;
}

Frame *asy_frame_new_suspending(VM *vm, FunctionObj *func)
{
    const CodeObj *code = func->code;
    Type *type = code->flags & CODE_COROUTINE         ? vm->types.coroutine
                 : code->flags & CODE_ASYNC_GENERATOR ? vm->types.async_generator
                                                      : vm->types.generator;
    Frame *f = (Frame *)(void *)asy_heap_take(vm, sizeof(Frame) + code->nslots * sizeof(Value));
    if (ASY_UNLIKELY(!f)) {
        asy_raise_memory(vm);
        asy_release_obj(vm, func);
        return NULL;
    }
    f->head.refs = 1;
    f->head.type = type;        // static: not counted by its instances
    f->head.flags |= OBJ_CONTAINER;
    if (ASY_UNLIKELY(++vm->heap.young == vm->heap.young_limit)) asy_vm_set_pending(vm, PENDING_COLLECT);
    f->capacity = code->nslots;
    f->func = func;
    f->ip = code->code;
    f->depth = 1;
    if (code->flags & CODE_ITERABLE_COROUTINE) f->head.flags |= FRAME_ITERABLE;
    return f;
}

void asy_frame_free_pool(VM *vm, Frame *f)
{
    while (f) {
        Frame *next = f->next;
        f->next = NULL;
        assert(f->head.refs == 1);
        asy_release_obj(vm, f);
        f = next;
    }
}

void asy_frame_clear_slots(VM *vm, Frame *f)
{
    // A function in a dying cycle may have been emptied before its frame.
    uint32_t nlocals = f->func && f->func->code ? f->func->code->nlocals : 0;
    for (uint32_t i = f->capacity; i > nlocals; i--) asy_clear(vm, &f->slots[i - 1]);
    for (uint32_t i = 0; i < nlocals; i++) asy_clear(vm, &f->slots[i]);
}

int asy_frame_line(const Frame *f)
{
    if (!f->func) return 0;
    Position p = asy_code_position(f->func->code->proto, asy_frame_word(f));
    return p.line ? (int)p.line : (int)f->func->code->proto->firstlineno;
}

bool asy_is_suspending(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return false;
    const Type *t = asy_as_obj(v)->type;
    return t == vm->types.coroutine || t == vm->types.generator || t == vm->types.async_generator;
}

Frame *asy_current_frame(VM *vm) { return vm->thread->frame; }

static void frame_trace(Tracer *t, ObjHeader *o)
{
    Frame *f = (Frame *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)f->func);
    asy_trace_value(t, f->handled.exc);
    for (uint32_t i = 0; i < f->capacity; i++) asy_trace_value(t, f->slots[i]);
}

// The pool chain behind a plain frame is not traced: its frames are empty.
static void frame_clear(VM *vm, ObjHeader *o)
{
    Frame *f = (Frame *)(void *)o;
    if (f->state == FRAME_RUNNING) return;      // reached only through garbage that includes no running frame
    if (asy_frame_suspends(vm, f)) {
        asy_chain_detach(vm, f);
        f->state = FRAME_DONE;
    }
    asy_frame_clear_slots(vm, f);
    asy_clear(vm, &f->handled.exc);
    FunctionObj *func = f->func;
    f->func = NULL;
    asy_release_obj(vm, func);
}

static void frame_free(VM *vm, ObjHeader *o)
{
    Frame *f = (Frame *)(void *)o;
    if (asy_frame_suspends(vm, f)) {
        asy_generator_forget(vm, f);
    } else if (f->next) {
        Frame *next = f->next;
        f->next = NULL;
        asy_frame_free_pool(vm, next);
    }
}

// Destroying a suspended frame (frames.md, Temporaries 7): if a handler covers its instruction, or it
// awaits something, or it is a coroutine nobody ever awaited, script sees it.
static bool frame_needs_finalize(VM *vm, ObjHeader *o)
{
    return asy_generator_needs_finalize(vm, (Frame *)(void *)o);
}

static void frame_finalize(VM *vm, ObjHeader *o) { asy_generator_finalize(vm, (Frame *)(void *)o); }

const TypeDef asy_frame_type = {
    .name = "frame",
    .size = sizeof(Frame),
    .flags = TYPE_DISALLOW_NEW,
    .trace = frame_trace,
    .clear = frame_clear,
    .free = frame_free,
    .methods = asy_frame_object_methods,
    .getset = asy_frame_object_getset,
    .slots = { .repr = asy_frame_object_repr },
};

#define SUSPENDING_TYPE(id, script_name, ...)                                                      \
    const TypeDef asy_##id##_type = {                                                              \
        .name = script_name,                                                                       \
        .size = sizeof(Frame),                                                                     \
        .flags = TYPE_WEAKREFS | TYPE_DISALLOW_NEW,                                                \
        .trace = frame_trace,                                                                      \
        .clear = frame_clear,                                                                      \
        .free = frame_free,                                                                        \
        .needs_finalize = frame_needs_finalize,                                                    \
        .finalize = frame_finalize,                                                                \
        .methods = asy_##id##_methods,                                                             \
        .getset = asy_##id##_getset,                                                               \
        .slots = { .repr = asy_generator_repr, __VA_ARGS__ },                                      \
    }
SUSPENDING_TYPE(generator, "generator", .iter = asy_generator_iter, .next = asy_generator_next);
SUSPENDING_TYPE(coroutine, "coroutine", .await = asy_coroutine_await);
SUSPENDING_TYPE(async_generator, "async_generator", .aiter = asy_generator_iter, .anext = asy_async_generator_anext);
