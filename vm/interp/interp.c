// The interpreter's loop.
//
// Rules (docs/frames.md has them in full):
//  1. A handler borrows its operands until it has its result or error; then it releases consumed temporaries in
//     operand order (slot NIL first), then writes its destination, then releases what a destination local held.
//  2. SAVE() before anything that may raise or run script. On error go to `raise` with the operands where they are.
//  3. Slots never move, so R stays valid across script; a container's insides do not.
//  4. Releasing runs no script. What must be seen goes on the finaliser queue, which swaps vm->dispatch for the
//     trapping table; so it is drained before the next instruction.
//  5. Frames are switched here for calls, next/send/for over generators, and await: no C stack.
//
// Every handler ends in its own indirect jump; the build tells the compilers not to merge them.
#include "vm/interp/interp.h"

#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/interp/cache.h"
#include "vm/interp/call.h"
#include "vm/interp/chain.h"
#include "vm/interp/import.h"
#include "vm/interp/raise.h"
#include "vm/interp/run.h"
#include "vm/interp/slow.h"
#include "vm/objects/async_generator.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/float.h"
#include "vm/objects/generator.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/set.h"
#include "vm/objects/slice.h"
#include "vm/objects/str.h"

// gcc spreads its registers over so large a function by guesses, and spills what every handler starts with.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define IN_REGISTER(name) __asm__(name)
#else
#define IN_REGISTER(name)
#endif

#define CASE(name) L_##name
#define DISPATCH() goto *((const void *const *)vm->dispatch)[ip->op]
#define NEXT(words)                                                                                \
    do {                                                                                           \
        ip += (words);                                                                             \
        DISPATCH();                                                                                \
    } while (0)
#define SAVE() (frame->ip = ip)
#define R (frame->slots)
#define RELEASE(v) asy_release(vm, (v))
#define TAKE(slot, out)                                                                            \
    Value out = R[slot];                                                                           \
    R[slot] = ASY_NIL
#define CONSUME(bit, slot)                                                                         \
    if (ip->x & (bit)) {                                                                           \
        Value consumed = R[slot];                                                                  \
        R[slot] = ASY_NIL;                                                                         \
        RELEASE(consumed);                                                                         \
    }
#define SET(slot, v)                                                                               \
    do {                                                                                           \
        Value old = R[slot];                                                                       \
        R[slot] = (v);                                                                             \
        RELEASE(old);                                                                              \
    } while (0)
#define LOAD_FRAME(f)                                                                              \
    do {                                                                                           \
        frame = (f);                                                                               \
        ip = frame->ip;                                                                            \
        code = frame->func->code;                                                                  \
    } while (0)
#define NAME_AT(i) (code->names[i])
#define EXT (ip[1])
#define JUMP_TO(i) (ip += asy_instr_wide(i))
#define CACHE() (&code->warm->caches[(uint32_t)asy_instr_wide(EXT) - 1])
#define HAS_CACHE() (asy_instr_wide(EXT) != 0)
#define CALLEE()                                                                                   \
    if (ip->x & X_CALLEE) R[ip->a + 1] = ASY_NIL
// A plain frame whose locals are bound is entered; it gives its result to operand a of this two-word instruction.
#define ENTER_CALL(bound, owned_func)                                                              \
    do {                                                                                           \
        Frame *entered = (bound);                                                                  \
        FunctionObj *called = (owned_func);                                                        \
        code = called->code;                                                                       \
        entered->func = called;                                                                    \
        entered->back = frame;                                                                     \
        entered->entry = ENTRY_CALL;                                                               \
        entered->state = FRAME_RUNNING;                                                            \
        th->depth++;                                                                               \
        th->frame = frame = entered;                                                               \
        ip = frame->ip = code->code;                                                               \
        DISPATCH();                                                                                \
    } while (0)
// Result in `v`: consume b and c, store to a, go on.
#define FINISH(v)                                                                                  \
    do {                                                                                           \
        result = (v);                                                                              \
        goto finish_1;                                                                             \
    } while (0)

// What attribute caches know the value by (cache.h); NULL: not an object.
ASY_INLINE const void *attr_key(Value v)
{
    if (!asy_is_obj(v)) return NULL;
    ObjHeader *o = asy_as_obj(v);
    return o->flags & OBJ_INSTANCE ? (const void *)((Attrs *)(void *)(o + 1))->shape : o->type;
}
#define MEMBER_AT(v, offset) ((Value *)(void *)((char *)asy_as_obj(v) + (offset)))
#define INSTANCE_ATTRS(v) ((Attrs *)(void *)(asy_as_obj(v) + 1))

ASY_INLINE bool fast_truth(Value v, bool *truth)
{
    if (ASY_LIKELY(asy_is_bool(v))) return *truth = asy_is_true(v), true;
    if (asy_is_int(v)) return *truth = asy_as_small(v) != 0, true;
    if (asy_is_none(v)) return *truth = false, true;
    return false;
}

ASY_INLINE double number_of(Value v) { return asy_is_float(v) ? asy_as_double(v) : (double)asy_as_small(v); }
ASY_INLINE bool both_numbers(Value a, Value b)
{
    return (asy_is_float(a) || asy_is_int(a)) && (asy_is_float(b) || asy_is_int(b));
}
ASY_INLINE int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q - ((a % b != 0) & ((a < 0) != (b < 0)));
}

// May the native be called with the caller's arguments as they are?
ASY_INLINE bool direct_native(const MethodDef *def, const NativeParams *params, uint32_t n)
{
    return def->flags & NATIVE_RAW || (params && params->simple && n == params->count);
}

// Moves an argument window into the slots of a frame or suspending frame; the rest of the locals is unbound.
ASY_INLINE void move_args(Value *slots, Value *args, uint32_t n, uint32_t nlocals)
{
    uint32_t i = 0;
    for (; i < n; i++) {
        slots[i] = args[i];
        args[i] = ASY_NIL;
    }
    for (; i < nlocals; i++) slots[i] = ASY_UNBOUND;
}

SendResult asy_interp_loop(VM *vm, Frame *frame, RunMode mode, Value value, Value *out)
{
    static const void *const normal[OP__COUNT] = {
#define OP(name, words, a, b, c, flags, effect) [OP_##name] = &&L_##name,
#include "vm/bytecode/opcodes.def"
    };
    static const void *const trapping[OP__COUNT] = { [0 ... OP__COUNT - 1] = &&L_trap };
    if (ASY_UNLIKELY(mode == RUN_TABLES)) {
        vm->dispatch = normal;
        vm->dispatch_normal = normal;
        vm->dispatch_trapping = trapping;
        return SEND_RETURN;
    }
    Thread *const th = vm->thread;
    register const Instr *ip IN_REGISTER("rbx");
    CodeObj *code;
    Value result;
    bool reraise;
    LOAD_FRAME(frame);
    if (mode == RUN_SEND) goto deliver_sent;
    if (mode == RUN_THROW) goto thrown;
    if (mode == RUN_RAISE) goto raise;
    DISPATCH();

L_trap:
    // What died, died in the instruction before this one: that is the line warnings are to show.
    frame->ip = ip > code->code && ip <= code->code + code->proto->code_words ? ip - 1 : ip;
    bool went_on = asy_slow_pending(vm);
    SAVE();
    if (!went_on) goto raise;
    goto *normal[ip->op];

#include "vm/interp/ops_data.h"
#include "vm/interp/ops_arith.h"
#include "vm/interp/ops_iter.h"
#include "vm/interp/ops_call.h"
#include "vm/interp/ops_await.h"
#include "vm/interp/ops_flow.h"

miss:   // a specialised instruction's guard failed: back to its general form, which may specialise anew
    SAVE();
    asy_cache_miss(vm, frame, code, ip);
    DISPATCH();

thrown: // an exception was thrown into the frame at its suspension; th->exc holds it
    if (ip->op == OP_SEND && frame->head.flags & FRAME_STARTED) {
        Value exc = asy_error_fetch(vm);
        Value thrown_out;
        SendResult r = asy_throw(vm, R[ip->b], exc, &thrown_out);
        RELEASE(exc);
        result = thrown_out;
        if (r == SEND_RETURN) goto send_done;
        if (r == SEND_YIELD) goto yielded;
    }
    goto raise;

raise:  // th->exc is set, frame->ip is where
    asy_raise_add_line(vm, frame);
reraise: {
    assert(!asy_is_nil(th->exc));
    uint32_t word = asy_frame_word(frame);
    const Handler *h = asy_raise_handler(vm, code->proto, word);
    if (h) {
        asy_raise_enter_handler(vm, frame, h->depth);
        ip = (frame->ip >= code->proto->code && frame->ip < code->proto->code + code->proto->code_words
                  ? code->proto->code
                  : code->code) + h->target;
        DISPATCH();
    }
    Frame *done = frame;
    Entry entry = (Entry)done->entry;
    if (!asy_frame_suspends(vm, done)) {
        Frame *back = done->back;
        asy_frame_clear_temps(vm, done);
        th->depth--;
        if (entry == ENTRY_C) return SEND_ERROR;
        asy_frame_leave(vm, done, back);
        th->frame = back;
        LOAD_FRAME(back);
        goto raise;
    }
    asy_raise_convert(vm, done);
    asy_retain_obj(done);
    asy_frame_finish(vm, done);
    Frame *to = asy_chain_end(vm, done, &entry);
    bool async = done->head.type == vm->types.async_generator;
    asy_release_obj(vm, done);
    if (entry == ENTRY_C) return SEND_ERROR;
    LOAD_FRAME(to);
    if (async) asy_asend_finished(vm, R[ip->b]);
    goto raise;
}
}
