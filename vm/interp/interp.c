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

#define CASE(name) L_##name
#define DISPATCH() goto *((const void *const *)vm->dispatch)[ip->op]
#define NEXT(words)                                                                                \
    do {                                                                                           \
        ip += (words);                                                                             \
        DISPATCH();                                                                                \
    } while (0)
#define SAVE() (frame->ip = ip)
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
        R = frame->slots;                                                                          \
        code = frame->func->code;                                                                  \
    } while (0)
#define NAME_AT(i) (code->names[i])
#define EXT (ip[1])
#define JUMP_TO(i) (ip += asy_instr_wide(i))
#define CACHE() (&code->warm->caches[(uint32_t)asy_instr_wide(EXT) - 1])
#define HAS_CACHE() (asy_instr_wide(EXT) != 0)
// Result in `v`: consume b and c, store to a, go on.
#define FINISH(v)                                                                                  \
    do {                                                                                           \
        result = (v);                                                                              \
        goto finish_1;                                                                             \
    } while (0)

// Shape of a value that is an instance with its attributes behind the header; NULL otherwise.
ASY_INLINE const Shape *instance_shape(Value v)
{
    if (!asy_is_obj(v)) return NULL;
    ObjHeader *o = asy_as_obj(v);
    return o->flags & OBJ_INSTANCE ? ((Attrs *)(void *)(o + 1))->shape : NULL;
}
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
    const Instr *ip;
    Value *R;
    CodeObj *code;
    Value result;
    bool reraise;
    LOAD_FRAME(frame);
    if (mode == RUN_SEND) goto deliver_sent;
    if (mode == RUN_THROW) goto thrown;
    if (mode == RUN_RAISE) goto raise;
    DISPATCH();

L_trap:
    SAVE();
    if (!asy_slow_pending(vm)) goto raise;
    goto *normal[ip->op];

    // -- moving
    CASE(NOP) : NEXT(1);
    CASE(MOVE) : {
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(COPY) : {
        Value v = asy_retain(R[ip->b]);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(DROP) : {
        TAKE(ip->a, v);
        RELEASE(v);
        NEXT(1);
    }
    CASE(LOAD_CONST) : {
        Value v = asy_retain(code->consts[(uint32_t)asy_instr_wide(*ip)]);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(LOAD_INT) : {
        SET(ip->a, asy_from_small(asy_instr_wide(*ip)));
        NEXT(1);
    }
    CASE(LOAD_NIL) : {
        SET(ip->a, ASY_NIL);
        NEXT(1);
    }
    CASE(CHECK_BOUND) : {
        if (ASY_UNLIKELY(asy_is_unbound(R[ip->a]))) {
            SAVE();
            asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        NEXT(1);
    }
    CASE(DELETE_LOCAL) : {
        if (ASY_UNLIKELY(asy_is_unbound(R[ip->a]))) {
            SAVE();
            asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        SET(ip->a, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(CLEAR_LOCAL) : {
        SET(ip->a, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(SAVE_LOCAL) : {
        Value v = R[ip->b];
        R[ip->b] = ASY_UNBOUND;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(RESTORE_LOCAL) : {
        Value v = R[ip->b];
        R[ip->b] = ASY_UNBOUND;
        SET(ip->a, v);
        NEXT(1);
    }
    // -- cells and names
    CASE(MAKE_CELL) : {
        SAVE();
        Value cell = asy_cell_new(vm, R[ip->a]);
        if (asy_is_err(cell)) goto raise;
        SET(ip->a, cell);
        NEXT(1);
    }
    CASE(COPY_FREE) : {
        TupleObj *closure = frame->func->closure;
        for (uint32_t i = 0; i < ip->b; i++) R[ip->a + i] = asy_retain(closure->items[i]);
        NEXT(1);
    }
    CASE(LOAD_CELL) : {
        Value v = asy_as(CellObj, R[ip->b])->value;
        if (ASY_UNLIKELY(asy_is_unbound(v))) {
            SAVE();
            if (ip->x & X_FREE) asy_slow_unbound_free(vm, NAME_AT(ip->c));
            else asy_slow_unbound_local(vm, NAME_AT(ip->c));
            goto raise;
        }
        asy_retain(v);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(STORE_CELL) : {
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        asy_set(vm, &asy_as(CellObj, R[ip->a])->value, v);
        NEXT(1);
    }
    CASE(DELETE_CELL) : {
        CellObj *cell = asy_as(CellObj, R[ip->a]);
        if (ASY_UNLIKELY(asy_is_unbound(cell->value))) {
            SAVE();
            if (ip->x & X_FREE) asy_slow_unbound_free(vm, NAME_AT(ip->b));
            else asy_slow_unbound_local(vm, NAME_AT(ip->b));
            goto raise;
        }
        asy_set(vm, &cell->value, ASY_UNBOUND);
        NEXT(1);
    }
    CASE(LOAD_GLOBAL) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_load_global(vm, frame, code)) DISPATCH();
        Value v = asy_slow_load_global(vm, frame, NAME_AT(ip->b));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_GLOBAL_MODULE) : {
        const Cache *c = CACHE();
        DictObj *globals = frame->func->globals;
        if (ASY_UNLIKELY(globals->layout != c->global.layout)) goto miss;
        Value v = asy_retain(globals->entries[c->global.entry].value);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_GLOBAL_BUILTIN) : {
        const Cache *c = CACHE();
        FunctionObj *f = frame->func;
        if (ASY_UNLIKELY(f->globals->layout != c->global.layout ||
                         f->builtins->layout != c->global.builtins_layout)) {
            goto miss;
        }
        Value v = asy_retain(f->builtins->entries[c->global.entry].value);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(STORE_GLOBAL) : {
        SAVE();
        if (!asy_dict_set_str(vm, frame->func->globals, NAME_AT(ip->a), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DELETE_GLOBAL) : {
        SAVE();
        int gone = asy_dict_delete_str(vm, frame->func->globals, NAME_AT(ip->a));
        if (gone <= 0) {
            if (gone == 0) asy_raise_name(vm, NAME_AT(ip->a));
            goto raise;
        }
        NEXT(1);
    }
    CASE(LOAD_NAME) : {
        SAVE();
        Value v = asy_slow_load_name(vm, frame, R[ip->c], NAME_AT(ip->b));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(STORE_NAME) : {
        SAVE();
        if (!asy_slow_store_name(vm, R[ip->c], NAME_AT(ip->a), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DELETE_NAME) : {
        SAVE();
        if (!asy_slow_delete_name(vm, R[ip->b], NAME_AT(ip->a))) goto raise;
        NEXT(1);
    }
    CASE(LOAD_NAME_OR_CELL) : {
        SAVE();
        Value v = asy_slow_name_or_cell(vm, R[ip->c], NAME_AT(ip->b), asy_as(CellObj, R[EXT.a]));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    // -- attributes and items
    CASE(LOAD_ATTR) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_load_attr(vm, frame, code, R[ip->b])) DISPATCH();
        Value v = asy_getattr(vm, R[ip->b], NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_ATTR_SLOT) : {
        Value o = R[ip->b];
        const Shape *shape = instance_shape(o);
        const AttrWay *w = CACHE()->attr.ways;
        if (ASY_UNLIKELY(w->shape != shape || !shape)) {
            if (!shape) goto miss;
            for (int i = 1;; i++) {
                if (i == ATTR_WAYS || !w[i].shape) goto miss_shape;
                if (w[i].shape == shape) {
                    w += i;
                    break;
                }
            }
        }
        Value v;
        if (ASY_LIKELY(w->kind == ATTR_SLOT)) {
            v = asy_retain(INSTANCE_ATTRS(o)->values[w->slot]);
        } else if (w->kind == ATTR_CLASS) {
            v = asy_retain(w->owner->dict->entries[w->slot].value);
        } else if (w->kind == ATTR_METHOD) {
            SAVE();
            v = asy_method_new(vm, w->value, o);
            if (asy_is_err(v)) goto raise;
        } else {    // ATTR_GETTER: a property's script function is called like any other
            SAVE();
            v = asy_call1(vm, w->value, o);
            if (asy_is_err(v)) goto raise;
        }
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    miss_shape:
        // Another shape at this site: it gets a way of its own while there is room.
        SAVE();
        if (asy_cache_load_attr(vm, frame, code, o)) DISPATCH();
        v = asy_getattr(vm, o, NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(LOAD_ATTR_MODULE) : {
        const Cache *c = CACHE();
        Value o = R[ip->b];
        if (ASY_UNLIKELY(!asy_is_obj(o) || asy_as_obj(o)->type != vm->types.module ||
                         asy_as(ModuleObj, o)->dict->layout != c->module.layout)) {
            goto miss;
        }
        Value v = asy_retain(asy_as(ModuleObj, o)->dict->entries[c->module.entry].value);
        CONSUME(X_B, ip->b);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(STORE_ATTR) : {
        SAVE();
        if (HAS_CACHE() && asy_cache_store_attr(vm, frame, code, R[ip->a])) DISPATCH();
        if (!asy_setattr(vm, R[ip->a], NAME_AT(ip->c), R[ip->b])) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        NEXT(2);
    }
    CASE(STORE_ATTR_SLOT) : {
        Value o = R[ip->a];
        const Cache *c = CACHE();
        const Shape *shape = instance_shape(o);
        if (ASY_UNLIKELY(shape != c->store.from || !shape)) goto miss;
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        Value *field = &INSTANCE_ATTRS(o)->values[c->store.slot];
        Value old = *field;
        *field = v;
        CONSUME(X_A, ip->a);
        RELEASE(old);
        NEXT(2);
    }
    CASE(STORE_ATTR_ADD) : {
        Value o = R[ip->a];
        const Cache *c = CACHE();
        const Shape *shape = instance_shape(o);
        if (ASY_UNLIKELY(shape != c->store.from || !shape)) goto miss;
        Attrs *attrs = INSTANCE_ATTRS(o);
        if (ASY_UNLIKELY(c->store.slot >= attrs->capacity)) {
            SAVE();
            if (!asy_setattr(vm, o, NAME_AT(ip->c), R[ip->b])) goto raise;
            CONSUME(X_A, ip->a);
            CONSUME(X_B, ip->b);
            NEXT(2);
        }
        Value v = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(v);
        attrs->values[c->store.slot] = v;
        attrs->shape = c->store.to;
        CONSUME(X_A, ip->a);
        NEXT(2);
    }
    CASE(DELETE_ATTR) : {
        SAVE();
        if (!asy_setattr(vm, R[ip->a], NAME_AT(ip->b), ASY_NIL)) goto raise;
        CONSUME(X_A, ip->a);
        NEXT(1);
    }
    CASE(LOAD_METHOD) : {
        SAVE();
        Value o = R[ip->b], self;
        if (HAS_CACHE() && asy_cache_load_method(vm, frame, code, o)) DISPATCH();
        Value func = asy_load_method(vm, o, NAME_AT(ip->c), &self);
        if (asy_is_err(func)) goto raise;
        if (!asy_is_nil(self)) {
            if (ip->x & X_B) R[ip->b] = ASY_NIL;
            else asy_retain(self);
        } else {
            CONSUME(X_B, ip->b);
        }
        R[ip->a] = func;
        R[ip->a + 1] = self;
        NEXT(2);
    }
    CASE(LOAD_METHOD_SHAPE) : {
        Value o = R[ip->b];
        const Shape *shape = instance_shape(o);
        const AttrWay *w = CACHE()->attr.ways;
        if (ASY_UNLIKELY(w->shape != shape || !shape)) {
            if (!shape) goto miss;
            for (int i = 1;; i++) {
                if (i == ATTR_WAYS || !w[i].shape) {
                    SAVE();
                    if (asy_cache_load_method(vm, frame, code, o)) DISPATCH();
                    goto miss;
                }
                if (w[i].shape == shape) {
                    w += i;
                    break;
                }
            }
        }
        Value func = asy_retain(w->value);
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(o);
        R[ip->a] = func;
        R[ip->a + 1] = o;
        NEXT(2);
    }
    CASE(LOAD_METHOD_TYPE) : {
        Value o = R[ip->b];
        const Cache *c = CACHE();
        if (ASY_UNLIKELY(!asy_is_obj(o) || asy_as_obj(o)->type != c->type_method.type)) goto miss;
        Value func = asy_retain(c->type_method.value);
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(o);
        R[ip->a] = func;
        R[ip->a + 1] = o;
        NEXT(2);
    }
    CASE(LOAD_SUPER_ATTR) : {
        SAVE();
        Value self = ASY_NIL;
        Value v = asy_slow_super_attr(vm, &R[ip->b], NAME_AT(ip->c), ip->x & X_METHOD, &self);
        if (asy_is_err(v)) goto raise;
        asy_retain(self);
        for (uint32_t i = 0; i < 3; i++) {
            TAKE(ip->b + i, dead);
            RELEASE(dead);
        }
        SET(ip->a, v);
        if (ip->x & X_METHOD) R[ip->a + 1] = self;
        NEXT(2);
    }
    CASE(LOAD_ITEM) : {
        Value o = R[ip->b], k = R[ip->c];
        if (asy_is_obj(o) && asy_is_int(k)) {
            Type *t = asy_as_obj(o)->type;
            if (t == vm->types.list) {
                ListObj *l = asy_as_list(o);
                int64_t i = asy_as_small(k);
                if (i < 0) i += (int64_t)l->size;
                if (ASY_LIKELY((uint64_t)i < l->size)) {
                    result = asy_retain(l->items[i]);
                    CONSUME(X_B, ip->b);
                    SET(ip->a, result);
                    NEXT(1);
                }
            } else if (t == vm->types.tuple) {
                TupleObj *l = asy_as_tuple(o);
                int64_t i = asy_as_small(k);
                if (i < 0) i += (int64_t)l->size;
                if (ASY_LIKELY((uint64_t)i < l->size)) {
                    result = asy_retain(l->items[i]);
                    CONSUME(X_B, ip->b);
                    SET(ip->a, result);
                    NEXT(1);
                }
            }
        }
        SAVE();
        if (asy_is_obj(o) && asy_as_obj(o)->type == vm->types.dict) {
            Value found;
            if (!asy_dict_get(vm, asy_as_dict(o), k, &found)) goto raise;
            if (ASY_UNLIKELY(asy_is_nil(found))) {
                asy_raise_kind(vm, EXC_KeyError, k);
                goto raise;
            }
            result = asy_retain(found);
        } else {
            result = asy_getitem(vm, o, k);
            if (asy_is_err(result)) goto raise;
        }
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(LOAD_ITEM_I) : {
        Value o = R[ip->b];
        int16_t i = (int16_t)ip->c;
        if (asy_is_obj(o)) {
            Type *t = asy_as_obj(o)->type;
            if (t == vm->types.list) {
                ListObj *l = asy_as_list(o);
                if (ASY_LIKELY((size_t)i < l->size)) FINISH(asy_retain(l->items[i]));
            } else if (t == vm->types.tuple) {
                TupleObj *l = asy_as_tuple(o);
                if (ASY_LIKELY((size_t)i < l->size)) FINISH(asy_retain(l->items[i]));
            }
        }
        SAVE();
        Value v = asy_getitem(vm, o, asy_from_small(i));
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(STORE_ITEM) : {
        Value o = R[ip->a], k = R[ip->b];
        if (asy_is_obj(o) && asy_as_obj(o)->type == vm->types.list && asy_is_int(k)) {
            ListObj *l = asy_as_list(o);
            int64_t i = asy_as_small(k);
            if (i < 0) i += (int64_t)l->size;
            if (ASY_LIKELY((uint64_t)i < l->size)) {
                Value v = R[ip->c];
                if (ip->x & X_C) R[ip->c] = ASY_NIL;
                else asy_retain(v);
                Value old = l->items[i];
                l->items[i] = v;
                CONSUME(X_A, ip->a);
                RELEASE(old);
                NEXT(1);
            }
        }
        SAVE();
        bool ok = asy_is_obj(o) && asy_as_obj(o)->type == vm->types.dict
                      ? asy_dict_set(vm, asy_as_dict(o), k, R[ip->c])
                      : asy_setitem(vm, o, k, R[ip->c]);
        if (!ok) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    CASE(DELETE_ITEM) : {
        SAVE();
        if (!asy_setitem(vm, R[ip->a], R[ip->b], ASY_NIL)) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(BUILD_SLICE) : {
        SAVE();
        Value *w = &R[ip->b];
        result = asy_slice_new(vm, w[0], w[1], ip->c == 3 ? w[2] : ASY_NONE);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
    // -- operators
#define ARITHMETIC(NAME, OPERATION, INT_OP, FLOAT_OP)                                              \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (ASY_LIKELY(asy_both_int(b, c))) {                                                      \
            int64_t r;                                                                             \
            if (ASY_LIKELY(!INT_OP(asy_as_small(b), asy_as_small(c), &r) && asy_int_fits(r))) {    \
                SET(ip->a, asy_from_small(r));                                                     \
                NEXT(1);                                                                           \
            }                                                                                      \
        } else if (asy_is_float(b) && asy_is_float(c)) {                                           \
            SET(ip->a, asy_from_double(asy_as_double(b) FLOAT_OP asy_as_double(c)));               \
            NEXT(1);                                                                               \
        } else if (both_numbers(b, c)) {                                                           \
            SET(ip->a, asy_from_double(number_of(b) FLOAT_OP number_of(c)));                       \
            NEXT(1);                                                                               \
        }                                                                                          \
        result.bits = OPERATION;                                                                   \
        goto binary_slow;                                                                          \
    }
    ARITHMETIC(ADD, BIN_ADD, __builtin_add_overflow, +)
    ARITHMETIC(SUB, BIN_SUB, __builtin_sub_overflow, -)
    ARITHMETIC(MUL, BIN_MUL, __builtin_mul_overflow, *)
    CASE(MATMUL) : result.bits = BIN_MATMUL;
    goto binary_slow;
    CASE(TRUEDIV) : {
        Value b = R[ip->b], c = R[ip->c];
        if (both_numbers(b, c) && ASY_LIKELY(number_of(c) != 0)) {
            SET(ip->a, asy_from_double(number_of(b) / number_of(c)));
            NEXT(1);
        }
        result.bits = BIN_TRUEDIV;
        goto binary_slow;
    }
    CASE(FLOORDIV) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) != 0)) {
            int64_t q = floor_div(asy_as_small(b), asy_as_small(c));
            if (ASY_LIKELY(asy_int_fits(q))) {
                SET(ip->a, asy_from_small(q));
                NEXT(1);
            }
        }
        result.bits = BIN_FLOORDIV;
        goto binary_slow;
    }
    CASE(MOD) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) != 0)) {
            int64_t d = asy_as_small(c), r = asy_as_small(b) % d;
            if (r != 0 && (r < 0) != (d < 0)) r += d;
            SET(ip->a, asy_from_small(r));
            NEXT(1);
        }
        result.bits = BIN_MOD;
        goto binary_slow;
    }
    CASE(POW) : result.bits = BIN_POW;
    goto binary_slow;
    CASE(LSHIFT) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c)) {
            int64_t v = asy_as_small(b), n = asy_as_small(c);
            if (n >= 0 && n < 40 && v >= -(INT64_C(1) << 9) && v < INT64_C(1) << 9) {
                SET(ip->a, asy_from_small((int64_t)((uint64_t)v << n)));
                NEXT(1);
            }
        }
        result.bits = BIN_LSHIFT;
        goto binary_slow;
    }
    CASE(RSHIFT) : {
        Value b = R[ip->b], c = R[ip->c];
        if (asy_both_int(b, c) && ASY_LIKELY(asy_as_small(c) >= 0)) {
            int64_t n = asy_as_small(c);
            SET(ip->a, asy_from_small(asy_as_small(b) >> (n > 63 ? 63 : n)));
            NEXT(1);
        }
        result.bits = BIN_RSHIFT;
        goto binary_slow;
    }
#define BITWISE(NAME, OPERATION, C_OP)                                                             \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (asy_both_int(b, c)) {                                                                  \
            SET(ip->a, asy_from_small(asy_as_small(b) C_OP asy_as_small(c)));                      \
            NEXT(1);                                                                               \
        }                                                                                          \
        result.bits = OPERATION;                                                                   \
        goto binary_slow;                                                                          \
    }
    BITWISE(AND, BIN_AND, &)
    BITWISE(OR, BIN_OR, |)
    BITWISE(XOR, BIN_XOR, ^)

binary_slow: {
    SAVE();
    BinaryOp op = (BinaryOp)result.bits;
    bool inplace = ip->x & X_INPLACE;
    Value b = R[ip->b], c = R[ip->c];
    if (inplace && op == BIN_ADD && asy_is_obj(b) && asy_is_obj(c) && asy_as_obj(b)->type == vm->types.str &&
        asy_as_obj(c)->type == vm->types.str && ip->a == ip->b && b.bits != c.bits) {
        // s += t on a sole reference grows in place
        if (!asy_str_append(vm, &R[ip->b], asy_as_str(c))) goto raise;
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    result = asy_slow_binary(vm, op, inplace, b, c);
    if (asy_is_err(result)) goto raise;
    CONSUME(X_B, ip->b);
    CONSUME(X_C, ip->c);
    SET(ip->a, result);
    NEXT(1);
}
#define IMMEDIATE(NAME, OPERATION, C_OP)                                                           \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b];                                                                        \
        if (ASY_LIKELY(asy_is_int(b))) {                                                           \
            int64_t r = asy_as_small(b) C_OP(int16_t) ip->c;                                       \
            if (ASY_LIKELY(asy_int_fits(r))) {                                                     \
                SET(ip->a, asy_from_small(r));                                                     \
                NEXT(1);                                                                           \
            }                                                                                      \
        } else if (asy_is_float(b)) {                                                              \
            SET(ip->a, asy_from_double(asy_as_double(b) C_OP(double)(int16_t) ip->c));             \
            NEXT(1);                                                                               \
        }                                                                                          \
        SAVE();                                                                                    \
        Value v = asy_slow_binary(vm, OPERATION, ip->x & X_INPLACE, b, asy_from_small((int16_t)ip->c)); \
        if (asy_is_err(v)) goto raise;                                                             \
        FINISH(v);                                                                                 \
    }
    IMMEDIATE(ADD_I, BIN_ADD, +)
    IMMEDIATE(SUB_I, BIN_SUB, -)
#define UNARY(NAME, FUNCTION)                                                                      \
    CASE(NAME) : {                                                                                 \
        SAVE();                                                                                    \
        Value v = FUNCTION(vm, R[ip->b]);                                                          \
        if (asy_is_err(v)) goto raise;                                                             \
        FINISH(v);                                                                                 \
    }
    UNARY(NEGATIVE, asy_negative)
    UNARY(POSITIVE, asy_positive)
    UNARY(INVERT, asy_invert)
    CASE(NOT) : {
        bool truth;
        if (!fast_truth(R[ip->b], &truth)) {
            SAVE();
            int t = asy_truth(vm, R[ip->b]);
            if (t < 0) goto raise;
            truth = t;
        }
        FINISH(asy_from_bool(!truth));
    }
#define COMPARE(NAME, CMP, C_OP)                                                                   \
    CASE(NAME) : {                                                                                 \
        Value b = R[ip->b], c = R[ip->c];                                                          \
        if (asy_both_int(b, c)) {                                                                  \
            SET(ip->a, asy_from_bool(asy_as_small(b) C_OP asy_as_small(c)));                       \
            NEXT(1);                                                                               \
        }                                                                                          \
        if (both_numbers(b, c)) {                                                                  \
            SET(ip->a, asy_from_bool(number_of(b) C_OP number_of(c)));                             \
            NEXT(1);                                                                               \
        }                                                                                          \
        SAVE();                                                                                    \
        result = asy_compare(vm, b, c, CMP);                                                       \
        if (asy_is_err(result)) goto raise;                                                        \
        goto finish_2;                                                                             \
    }
    COMPARE(LT, CMP_LT, <)
    COMPARE(LE, CMP_LE, <=)
    COMPARE(EQ, CMP_EQ, ==)
    COMPARE(NE, CMP_NE, !=)
    COMPARE(GT, CMP_GT, >)
    COMPARE(GE, CMP_GE, >=)
    CASE(IS) : {
        result = asy_from_bool(asy_is(vm, R[ip->b], R[ip->c]) != !!(ip->x & X_NEGATE));
        goto finish_2;
    }
    CASE(IN) : {
        SAVE();
        int in = asy_contains(vm, R[ip->c], R[ip->b]);
        if (in < 0) goto raise;
        result = asy_from_bool(in != !!(ip->x & X_NEGATE));
        goto finish_2;
    }
finish_2:       // result in hand: consume b and c, store
    CONSUME(X_B, ip->b);
    CONSUME(X_C, ip->c);
    SET(ip->a, result);
    NEXT(1);
finish_1:       // result in hand: consume b, store
    CONSUME(X_B, ip->b);
    SET(ip->a, result);
    NEXT(1);
finish_window: { // result in hand: consume the c temporaries at b, store
    Value *w = &R[ip->b];
    for (uint32_t i = 0; i < ip->c; i++) {
        Value dead = w[i];
        w[i] = ASY_NIL;
        RELEASE(dead);
    }
    SET(ip->a, result);
    NEXT(1);
}
    // -- jumps
    CASE(JUMP) : {
        JUMP_TO(*ip);
        DISPATCH();
    }
    CASE(JUMP_BACK) : {
        if (ASY_UNLIKELY(vm->pending)) {
            SAVE();
            if (!asy_slow_pending(vm)) goto raise;
        }
        if (ASY_UNLIKELY(!code->warm && ++code->back_edges == WARM_BACK_EDGES)) {
            // this very activation goes on in the warm copy
            SAVE();
            uint32_t word = asy_frame_word(frame);
            if (asy_code_warm(vm, code)) ip = frame->ip = code->code + word;
        }
        JUMP_TO(*ip);
        DISPATCH();
    }
    CASE(JUMP_IF) : {
        bool truth;
        Value v = R[ip->a];
        if (!fast_truth(v, &truth)) {
            SAVE();
            int t = asy_truth(vm, v);
            if (t < 0) goto raise;
            truth = t;
            CONSUME(X_A, ip->a);
        }
        if (truth != !!(ip->x & X_NEGATE)) JUMP_TO(*ip);
        else ip++;
        DISPATCH();
    }
    CASE(JUMP_IF_KEEP) : {
        bool truth;
        if (!fast_truth(R[ip->a], &truth)) {
            SAVE();
            int t = asy_truth(vm, R[ip->a]);
            if (t < 0) goto raise;
            truth = t;
        }
        if (truth != !!(ip->x & X_NEGATE)) {
            JUMP_TO(*ip);
            DISPATCH();
        }
        TAKE(ip->a, dead);
        RELEASE(dead);
        NEXT(1);
    }
    CASE(JUMP_IF_NONE) : {
        bool none = asy_is_none(R[ip->a]);
        CONSUME(X_A, ip->a);
        if (none != !!(ip->x & X_NEGATE)) JUMP_TO(*ip);
        else ip++;
        DISPATCH();
    }
#define FUSED_END(condition)                                                                       \
    if ((condition) != !!(ip->x & X_NEGATE)) JUMP_TO(EXT);                                         \
    else ip += 2;                                                                                  \
    DISPATCH()
#define JUMP_COMPARE(NAME, CMP, C_OP)                                                              \
    CASE(JUMP_##NAME) : {                                                                          \
        Value a = R[ip->a], b = R[ip->b];                                                          \
        if (ASY_LIKELY(asy_both_int(a, b))) {                                                      \
            FUSED_END(asy_as_small(a) C_OP asy_as_small(b));                                       \
        }                                                                                          \
        if (both_numbers(a, b)) {                                                                  \
            FUSED_END(number_of(a) C_OP number_of(b));                                             \
        }                                                                                          \
        result.bits = CMP;                                                                         \
        goto jump_compare_slow;                                                                    \
    }                                                                                              \
    CASE(JUMP_##NAME##_I) : {                                                                      \
        Value a = R[ip->a];                                                                        \
        if (ASY_LIKELY(asy_is_int(a))) {                                                           \
            FUSED_END(asy_as_small(a) C_OP(int16_t) ip->b);                                        \
        }                                                                                          \
        if (asy_is_float(a)) {                                                                     \
            FUSED_END(asy_as_double(a) C_OP(int16_t) ip->b);                                       \
        }                                                                                          \
        result.bits = CMP | 16;                                                                    \
        goto jump_compare_slow;                                                                    \
    }
    JUMP_COMPARE(LT, CMP_LT, <)
    JUMP_COMPARE(LE, CMP_LE, <=)
    JUMP_COMPARE(EQ, CMP_EQ, ==)
    JUMP_COMPARE(NE, CMP_NE, !=)
    JUMP_COMPARE(GT, CMP_GT, >)
    JUMP_COMPARE(GE, CMP_GE, >=)
jump_compare_slow: {
    SAVE();
    Comparison op = (Comparison)(result.bits & 15);
    bool immediate = result.bits & 16;
    Value a = R[ip->a], b = immediate ? asy_from_small((int16_t)ip->b) : R[ip->b];
    int truth;
    if (asy_is_obj(a) && asy_is_obj(b) && (op == CMP_EQ || op == CMP_NE) &&
        asy_as_obj(a)->type == vm->types.str && asy_as_obj(b)->type == vm->types.str) {
        truth = asy_str_equal(asy_as_str(a), asy_as_str(b)) == (op == CMP_EQ);
    } else {
        Value v = asy_compare(vm, a, b, op);
        if (asy_is_err(v)) goto raise;
        bool fast;
        truth = fast_truth(v, &fast) ? fast : asy_truth(vm, v);
        RELEASE(v);
        if (truth < 0) goto raise;
    }
    CONSUME(X_A, ip->a);
    if (!immediate) CONSUME(X_B, ip->b);
    FUSED_END(truth);
}
    CASE(JUMP_IS) : {
        bool same = asy_is(vm, R[ip->a], R[ip->b]);
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        FUSED_END(same);
    }
    CASE(JUMP_IN) : {
        SAVE();
        int in = asy_contains(vm, R[ip->b], R[ip->a]);
        if (in < 0) goto raise;
        CONSUME(X_A, ip->a);
        CONSUME(X_B, ip->b);
        FUSED_END(in);
    }
    // -- iteration
    CASE(GET_ITER) : {
        SAVE();
        Value v = asy_iter(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
#define FOR_END()                                                                                  \
    do {                                                                                           \
        Value dead = R[ip->b];                                                                     \
        R[ip->b] = ASY_NIL;                                                                        \
        RELEASE(dead);                                                                             \
        JUMP_TO(EXT);                                                                              \
        DISPATCH();                                                                                \
    } while (0)
    CASE(FOR_ITER) : {
        Value it = R[ip->b];
        Type *t = asy_as_obj(it)->type;
        if (code->warm && asy_cache_for_iter(vm, frame, code, ip, t)) DISPATCH();
        SAVE();
        if (t == vm->types.generator) goto for_generator;
        Value v = ASY_LIKELY(t->slots.next != NULL) ? t->slots.next(vm, it) : asy_next(vm, it);
        if (ASY_UNLIKELY(asy_is_err(v))) {
            if (!asy_error_catch(vm, EXC_StopIteration)) goto raise;
            v = ASY_DONE;
        }
        if (asy_is_done(v)) FOR_END();
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_RANGE) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.range_iterator)) goto miss;
        RangeIterObj *r = asy_as(RangeIterObj, it);
        if (ASY_UNLIKELY(r->left <= 0)) FOR_END();
        int64_t v = r->next;
        r->left--;
        r->next = (int64_t)((uint64_t)v + (uint64_t)r->step);
        SET(ip->a, asy_from_small(v));
        NEXT(2);
    }
    CASE(FOR_LIST) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.list_iterator)) goto miss;
        ListIterObj *l = asy_as(ListIterObj, it);
        if (ASY_UNLIKELY(!l->list || l->index >= l->list->size)) FOR_END();
        Value v = asy_retain(l->list->items[l->index++]);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_TUPLE) : {
        Value it = R[ip->b];
        if (ASY_UNLIKELY(asy_as_obj(it)->type != vm->types.tuple_iterator)) goto miss;
        TupleIterObj *l = asy_as(TupleIterObj, it);
        if (ASY_UNLIKELY(!l->tuple || l->index >= l->tuple->size)) FOR_END();
        Value v = asy_retain(l->tuple->items[l->index++]);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(FOR_GENERATOR) : {
        if (ASY_UNLIKELY(asy_as_obj(R[ip->b])->type != vm->types.generator)) goto miss;
        SAVE();
        goto for_generator;
    }
for_generator: {
    Frame *gen = asy_as_frame(R[ip->b]);
    if (gen->state == FRAME_DONE) FOR_END();
    Frame *leaf = asy_chain_enter(vm, gen, frame, ENTRY_FOR);
    if (!leaf) goto raise;
    value = ASY_NONE;
    LOAD_FRAME(leaf);
    goto deliver_sent;
}
    CASE(UNPACK) : {
        Value seq = R[ip->b];
        uint32_t n = ip->c;
        Value *to = &R[ip->a];
        if (asy_is_obj(seq) && asy_as_obj(seq)->type == vm->types.tuple && asy_as_tuple(seq)->size == n) {
            TupleObj *t = asy_as_tuple(seq);
            bool consumed = ip->x & X_B;
            if (consumed) R[ip->b] = ASY_NIL;
            for (uint32_t i = 0; i < n; i++) to[n - 1 - i] = asy_retain(t->items[i]);
            if (consumed) RELEASE(seq);
            NEXT(1);
        }
        SAVE();
        Value items[8], *room = n <= 8 ? items : asy_mem_alloc(vm, n * sizeof(Value));
        if (!room) {
            asy_raise_memory(vm);
            goto raise;
        }
        bool ok = asy_slow_unpack(vm, seq, n, -1, room);
        if (ok) {
            CONSUME(X_B, ip->b);
            for (uint32_t i = 0; i < n; i++) to[i] = room[i];
        }
        if (room != items) asy_mem_free(vm, room, n * sizeof(Value));
        if (!ok) goto raise;
        NEXT(1);
    }
    CASE(UNPACK_EX) : {
        SAVE();
        uint32_t n = (uint32_t)ip->c + 1 + EXT.a;
        Value *room = asy_mem_alloc(vm, n * sizeof(Value));
        if (!room) {
            asy_raise_memory(vm);
            goto raise;
        }
        bool ok = asy_slow_unpack(vm, R[ip->b], ip->c, EXT.a, room);
        if (ok) {
            CONSUME(X_B, ip->b);
            for (uint32_t i = 0; i < n; i++) R[ip->a + i] = room[i];
        }
        asy_mem_free(vm, room, n * sizeof(Value));
        if (!ok) goto raise;
        NEXT(2);
    }
    // -- building
    CASE(BUILD_TUPLE) : {
        SAVE();
        uint32_t n = ip->c;
        TupleObj *t = asy_tuple_alloc(vm, n);
        if (!t) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < n; i++) {
            t->items[i] = w[i];
            w[i] = ASY_NIL;
        }
        SET(ip->a, asy_from_obj(t));
        NEXT(1);
    }
    CASE(BUILD_LIST) : {
        SAVE();
        uint32_t n = ip->c;
        ListObj *l = asy_list_new(vm, n);
        if (!l) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < n; i++) {
            l->items[i] = w[i];
            w[i] = ASY_NIL;
        }
        l->size = n;
        SET(ip->a, asy_from_obj(l));
        NEXT(1);
    }
    CASE(BUILD_SET) : {
        SAVE();
        result = asy_slow_set_from(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
    CASE(BUILD_MAP) : {
        SAVE();
        result = asy_slow_dict_from(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < 2u * ip->c; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(BUILD_STRING) : {
        SAVE();
        result = asy_slow_build_string(vm, &R[ip->b], ip->c);
        if (asy_is_err(result)) goto raise;
        goto finish_window;
    }
    CASE(FORMAT) : {
        SAVE();
        result = asy_slow_format(vm, R[ip->b], ip->x & X_SPEC ? R[ip->c] : ASY_NIL, ip->x & X_CONV_MASK);
        if (asy_is_err(result)) goto raise;
        CONSUME(X_B, ip->b);
        if (ip->x & X_SPEC) CONSUME(X_C, ip->c);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(LIST_APPEND) : {
        Value v = R[ip->b];
        SAVE();
        if (ip->x & X_B) {
            R[ip->b] = ASY_NIL;
            if (!asy_list_append_owned(vm, asy_as_list(R[ip->a]), v)) goto raise;
        } else if (!asy_list_append(vm, asy_as_list(R[ip->a]), v)) {
            goto raise;
        }
        NEXT(1);
    }
    CASE(SET_ADD) : {
        SAVE();
        if (!asy_set_add(vm, asy_as_set(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(MAP_ADD) : {
        SAVE();
        if (!asy_dict_set(vm, asy_as_dict(R[ip->a]), R[ip->b], R[ip->c])) goto raise;
        CONSUME(X_B, ip->b);
        CONSUME(X_C, ip->c);
        NEXT(1);
    }
    CASE(LIST_EXTEND) : {
        SAVE();
        Value callee = ip->x & X_STAR_ARGS ? R[ip->c] : ASY_NIL;     // for the message
        if (!asy_slow_star_args(vm, asy_as_list(R[ip->a]), R[ip->b], callee)) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(SET_UPDATE) : {
        SAVE();
        if (!asy_set_update(vm, asy_as_set(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DICT_UPDATE) : {
        SAVE();
        if (!asy_slow_dict_update(vm, asy_as_dict(R[ip->a]), R[ip->b])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(DICT_MERGE) : {
        SAVE();
        if (!asy_slow_dict_merge(vm, asy_as_dict(R[ip->a]), R[ip->b], R[ip->c])) goto raise;
        CONSUME(X_B, ip->b);
        NEXT(1);
    }
    CASE(LIST_TO_TUPLE) : {
        SAVE();
        TupleObj *t = asy_list_to_tuple(vm, asy_as_list(R[ip->b]));
        if (!t) goto raise;
        FINISH(asy_from_obj(t));
    }
    // -- functions and calls
    CASE(MAKE_FUNCTION) : {
        SAVE();
        CodeObj *co = asy_as(CodeObj, code->consts[(uint32_t)asy_instr_wide(EXT)]);
        result = asy_slow_make_function(vm, frame, co, &R[ip->b], ip->x);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < ip->c; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(2);
    }
    CASE(CALL_GLOBAL) : {
        SAVE();
        Value callee = asy_cache_call_global(vm, frame, code, ip);
        if (ASY_UNLIKELY(asy_is_err(callee))) {
            frame->ip = ip + 1;         // its position is the name's, not the call's
            goto raise;
        }
        R[ip->b] = callee;
        R[ip->b + 1] = ASY_NIL;
        goto call;
    }
    CASE(CALL) : {
        SAVE();
        goto call;
    }
call: {
    // window at b: callee, self or NIL, c arguments; ip saved
    Value *w = &R[ip->b];
    Value callee = w[0];
    if (ASY_UNLIKELY(vm->pending)) {
        if (!asy_slow_pending(vm)) goto raise;
    }
    if (ASY_LIKELY(asy_is_obj(callee))) {
        Type *t = asy_as_obj(callee)->type;
        uint32_t n = ip->c;
        Value *args = w + 2;
        if (t == vm->types.method) {
            // a bound method: its parts take the window's first two slots
            MethodObj *m = asy_as(MethodObj, callee);
            if (asy_is_nil(w[1])) {
                w[0] = asy_retain(m->func);
                w[1] = asy_retain(m->self);
                RELEASE(callee);
                callee = w[0];
                t = asy_is_obj(callee) ? asy_as_obj(callee)->type : NULL;
            }
        }
        if (ASY_LIKELY(t == vm->types.function)) {
            FunctionObj *f = asy_as(FunctionObj, callee);
            CodeObj *co = f->code;
            if (!asy_is_nil(w[1])) args--, n++;
            if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
            bool simple = !(co->flags & (CODE_VARARGS | CODE_VARKEYWORDS | CODE_SUSPENDS)) && co->kwonly == 0 &&
                          n == co->argcount;
            if (ASY_LIKELY(simple)) {
                if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
                Frame *callee_frame = asy_frame_take(vm, frame, co);
                if (ASY_UNLIKELY(!callee_frame)) goto raise;
                move_args(callee_frame->slots, args, n, co->nlocals);
                w[0] = ASY_NIL;
                callee_frame->func = f;
                callee_frame->ip = co->code;
                callee_frame->back = frame;
                callee_frame->entry = ENTRY_CALL;
                callee_frame->state = FRAME_RUNNING;
                th->depth++;
                frame = callee_frame;
                th->frame = frame;
                ip = co->code;
                R = frame->slots;
                code = co;
                DISPATCH();
            }
            if (co->flags & CODE_SUSPENDS) {
                Frame *gen = asy_frame_new_suspending(vm, asy_retain_obj(f));
                if (!gen) goto raise;
                if (n == co->argcount && co->kwonly == 0 && !(co->flags & (CODE_VARARGS | CODE_VARKEYWORDS))) {
                    move_args(gen->slots, args, n, co->nlocals);
                } else if (!asy_call_bind(vm, f, gen->slots, args, n, ASY_NIL)) {
                    asy_frame_abandon(vm, gen);
                    goto raise;
                }
                result = asy_from_obj(gen);
                goto call_done;
            }
            if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
            Frame *callee_frame = asy_frame_take(vm, frame, co);
            if (!callee_frame) goto raise;
            if (!asy_call_bind(vm, f, callee_frame->slots, args, n, ASY_NIL)) {
                asy_frame_give_back(vm, frame, callee_frame);
                goto raise;
            }
            callee_frame->func = asy_retain_obj(f);
            for (uint32_t i = 0; i < 2u + ip->c; i++) {
                Value dead = w[i];
                w[i] = ASY_NIL;
                RELEASE(dead);
            }
            callee_frame->ip = co->code;
            callee_frame->back = frame;
            callee_frame->entry = ENTRY_CALL;
            callee_frame->state = FRAME_RUNNING;
            th->depth++;
            th->frame = callee_frame;
            LOAD_FRAME(callee_frame);
            DISPATCH();
        }
        if (t == vm->types.builtin) {
            BuiltinObj *b = asy_as(BuiltinObj, callee);
            if (b->def->fn == asy_builtin_next && n == 1 && asy_is_nil(w[1]) && asy_is_obj(w[2]) &&
                asy_as_obj(w[2])->type == vm->types.generator) {
                value = ASY_NONE;
                result = w[2];
                goto next_generator;
            }
            if (ASY_LIKELY(direct_native(b->def, b->params, n)) && asy_is_nil(w[1])) {
                result = b->def->fn(vm, (Args){ b->self, args, n, ASY_NIL });
                if (asy_is_err(result)) goto raise;
                goto call_done;
            }
        } else if (t == vm->types.method_descr) {
            MethodDescrObj *m = asy_as(MethodDescrObj, callee);
            if (!asy_is_nil(w[1]) && asy_is_obj(w[1]) && !(m->def->flags & (NATIVE_CLASS | NATIVE_STATIC)) &&
                asy_type_is_subtype(asy_as_obj(w[1])->type, m->owner)) {
                if (asy_as_obj(w[1])->type == vm->types.generator &&
                    ((m->def->fn == asy_generator_send && n == 1) || (m->def->fn == asy_generator_dunder_next && n == 0))) {
                    value = n ? asy_retain(w[2]) : ASY_NONE;
                    result = w[1];
                    goto next_generator;
                }
                if (ASY_LIKELY(direct_native(m->def, m->params, n))) {
                    result = m->def->fn(vm, (Args){ w[1], args, n, ASY_NIL });
                    if (asy_is_err(result)) goto raise;
                    goto call_done;
                }
            }
        } else if (t == vm->types.type) {
            // a script class with object.__new__ and a script __init__: the instance takes the callee's slot
            Type *cls = asy_as(Type, callee);
            FunctionObj *init = asy_is_nil(w[1]) ? asy_cache_class_init(vm, cls) : NULL;
            if (init && n + 1 == init->code->argcount && init->code->kwonly == 0 &&
                !(init->code->flags & (CODE_VARARGS | CODE_VARKEYWORDS | CODE_SUSPENDS))) {
                CodeObj *co = init->code;
                if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
                if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
                void *instance = asy_object_alloc(vm, cls);
                if (!instance) goto raise;
                Frame *callee_frame = asy_frame_take(vm, frame, co);
                if (!callee_frame) {
                    asy_release_obj(vm, instance);
                    goto raise;
                }
                w[0] = asy_from_obj(instance);
                w[1] = asy_retain(w[0]);
                move_args(callee_frame->slots, w + 1, n + 1, co->nlocals);
                callee_frame->func = asy_retain_obj(init);
                callee_frame->ip = co->code;
                callee_frame->back = frame;
                callee_frame->entry = ENTRY_INIT;
                callee_frame->state = FRAME_RUNNING;
                th->depth++;
                th->frame = callee_frame;
                RELEASE(callee);
                LOAD_FRAME(callee_frame);
                DISPATCH();
            }
        }
    }
    result = asy_call_self(vm, w[0], w[1], w + 2, ip->c, ASY_NIL);
    if (asy_is_err(result)) goto raise;
    goto call_done;
}
call_done: { // result in hand: releases the window of c arguments at b in ascending order
    Value *w = &R[ip->b];
    for (uint32_t i = 0; i < 2u + ip->c; i++) {
        Value dead = w[i];
        w[i] = ASY_NIL;
        RELEASE(dead);
    }
    SET(ip->a, result);
    NEXT(2);
}
next_generator: { // next(g), g.send(value), g.__next__(): `result` is the generator (borrowed from the window)
    Frame *gen = asy_as_frame(result);
    if (gen->state == FRAME_DONE || (gen->state == FRAME_CREATED && !asy_is_none(value))) {
        SendResult r = asy_gen_send(vm, gen, value, &result);
        RELEASE(value);
        if (r == SEND_RETURN) {
            asy_raise_stop(vm, result);
            RELEASE(result);
        }
        goto raise;
    }
    Frame *leaf = asy_chain_enter(vm, gen, frame, ENTRY_NEXT);
    if (!leaf) {
        RELEASE(value);
        goto raise;
    }
    LOAD_FRAME(leaf);
    goto deliver_sent;
}
too_deep:
    asy_raise(vm, EXC_RecursionError, "maximum recursion depth exceeded");
    goto raise;
    CASE(CALL_KW) : {
        SAVE();
        Value *w = &R[ip->b];
        Value names = code->consts[(uint32_t)asy_instr_wide(EXT)];
        uint32_t nkw = (uint32_t)asy_as_tuple(names)->size;
        Value callee = w[0];
        if (ASY_UNLIKELY(vm->pending)) {
            if (!asy_slow_pending(vm)) goto raise;
        }
        if (asy_is_function(vm, callee)) {
            FunctionObj *f = asy_as(FunctionObj, callee);
            CodeObj *co = f->code;
            uint32_t n = ip->c - nkw;
            Value *args = w + 2;
            if (!asy_is_nil(w[1])) args--, n++;
            if (ASY_UNLIKELY(!co->warm && ++co->calls == WARM_CALLS)) (void)asy_code_warm(vm, co);
            Frame *callee_frame;
            if (co->flags & CODE_SUSPENDS) {
                callee_frame = asy_frame_new_suspending(vm, asy_retain_obj(f));
                if (!callee_frame) goto raise;
                if (!asy_call_bind(vm, f, callee_frame->slots, args, n, names)) {
                    asy_frame_abandon(vm, callee_frame);
                    goto raise;
                }
                result = asy_from_obj(callee_frame);
                goto call_done;
            }
            if (ASY_UNLIKELY(th->depth >= vm->limits.depth)) goto too_deep;
            callee_frame = asy_frame_take(vm, frame, co);
            if (!callee_frame) goto raise;
            if (!asy_call_bind(vm, f, callee_frame->slots, args, n, names)) {
                asy_frame_give_back(vm, frame, callee_frame);
                goto raise;
            }
            callee_frame->func = asy_retain_obj(f);
            for (uint32_t i = 0; i < 2u + ip->c; i++) {
                Value dead = w[i];
                w[i] = ASY_NIL;
                RELEASE(dead);
            }
            callee_frame->ip = co->code;
            callee_frame->back = frame;
            callee_frame->entry = ENTRY_CALL;
            callee_frame->state = FRAME_RUNNING;
            th->depth++;
            th->frame = callee_frame;
            LOAD_FRAME(callee_frame);
            DISPATCH();
        }
        result = asy_call_self(vm, callee, w[1], w + 2, ip->c - nkw, names);
        if (asy_is_err(result)) goto raise;
        goto call_done;
    }
    CASE(CALL_EX) : {
        SAVE();
        Value *w = &R[ip->b];
        if (ASY_UNLIKELY(vm->pending)) {
            if (!asy_slow_pending(vm)) goto raise;
        }
        result = asy_call_tuple(vm, w[0], w[2], w[3]);
        if (asy_is_err(result)) goto raise;
        for (uint32_t i = 0; i < 4; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(2);
    }
    CASE(RETURN) : {
        Value v = R[ip->a];
        // a local is moved out too if nobody else can see the frame
        if (ip->x & X_A || (frame->head.refs == 1 && ip->a < code->nlocals)) R[ip->a] = ASY_NIL;
        else asy_retain(v);
        result = v;
        goto returning;
    }
    CASE(RETURN_CONST) : {
        result = asy_retain(code->consts[(uint32_t)asy_instr_wide(*ip)]);
        goto returning;
    }
returning: {
    SAVE();
    Frame *done = frame;
    Entry entry = (Entry)done->entry;
    if (ASY_LIKELY(entry == ENTRY_CALL)) {
        Frame *back = done->back;
        asy_frame_leave(vm, done, back);
        th->depth--;
        th->frame = back;
        LOAD_FRAME(back);
        SET(ip->a, result);
        NEXT(2);
    }
    if (entry == ENTRY_INIT) {
        Frame *back = done->back;
        bool none = asy_is_none(result);
        if (!none) asy_raise(vm, EXC_TypeError, "__init__() should return None, not '%T'", result);
        RELEASE(result);
        asy_frame_leave(vm, done, back);
        th->depth--;
        th->frame = back;
        LOAD_FRAME(back);
        if (!none) goto raise;
        TAKE(ip->b, instance);
        SET(ip->a, instance);
        NEXT(2);
    }
    if (!asy_frame_suspends(vm, done)) {    // ENTRY_C
        th->depth--;
        *out = result;
        return SEND_RETURN;
    }
    // a generator, coroutine or async generator ends
    Type *type = done->head.type;
    asy_retain_obj(done);       // its slots go while it is still whole
    asy_frame_finish(vm, done);
    Frame *to = asy_chain_end(vm, done, &entry);
    if (type == vm->types.async_generator) {
        RELEASE(result);
        asy_raise_kind(vm, EXC_StopAsyncIteration, ASY_NIL);
        asy_release_obj(vm, done);
        if (entry == ENTRY_C) return SEND_ERROR;
        LOAD_FRAME(to);
        if (entry == ENTRY_AWAIT) asy_asend_finished(vm, R[ip->b]);
        goto raise;
    }
    asy_release_obj(vm, done);
    if (entry == ENTRY_C) {
        *out = result;
        return SEND_RETURN;
    }
    LOAD_FRAME(to);
    if (entry == ENTRY_FOR) {
        RELEASE(result);
        FOR_END();
    }
    if (entry == ENTRY_NEXT) {
        asy_raise_stop(vm, result);
        RELEASE(result);
        goto raise;
    }
    goto send_done;
}
    // -- generators and coroutines
    CASE(YIELD) : {
        SAVE();
        result = R[ip->b];
        if (ip->x & X_B) R[ip->b] = ASY_NIL;
        else asy_retain(result);
        if (frame->head.type == vm->types.async_generator) {
            // a plain yield of an async generator ends the asend that drives it with this result
            frame->state = FRAME_SUSPENDED;
            Entry entry;
            Frame *gen = frame;
            Frame *to = asy_chain_end(vm, gen, &entry);
            gen->state = FRAME_SUSPENDED;
            if (entry == ENTRY_C) {
                *out = result;
                return SEND_RETURN;
            }
            LOAD_FRAME(to);
            asy_asend_finished(vm, R[ip->b]);
            goto send_done;
        }
        goto yielded;
    }
yielded: { // `result` (owned) goes to whoever drives the root of this chain
    Frame *root = asy_chain_root(frame);
    Entry entry = (Entry)root->entry;
    Frame *driver = root->back;
    asy_chain_suspend(vm, frame);
    if (entry == ENTRY_C) {
        *out = result;
        return SEND_YIELD;
    }
    LOAD_FRAME(driver);
    if (entry == ENTRY_FOR) {
        SET(ip->a, result);
        NEXT(2);
    }
    goto call_done;
}
deliver_sent: { // `value` (owned) is what the frame at a suspension receives
    if (ASY_UNLIKELY(!(frame->head.flags & FRAME_STARTED))) {
        frame->head.flags |= FRAME_STARTED;
        RELEASE(value);
        DISPATCH();
    }
    if (ip->op == OP_YIELD) {
        SET(ip->a, value);
        NEXT(1);
    }
    assert(ip->op == OP_SEND);
    goto send_unlinked;
}
    CASE(GET_AWAITABLE) : {
        SAVE();
        Value v = R[ip->b];
        if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.coroutine && !asy_chain_delegate(asy_as_frame(v))) {
            FINISH(asy_retain(v));
        }
        v = asy_slow_awaitable(vm, v, ip->c);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(GET_YIELD_FROM) : {
        SAVE();
        Value v = asy_slow_yield_from(vm, frame, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(SEND) : {
        SAVE();
        Value d = R[ip->b];
        Type *t = asy_is_obj(d) ? asy_as_obj(d)->type : NULL;
        if (t == vm->types.coroutine || t == vm->types.generator) {
            Frame *child = asy_as_frame(d);
            if (ASY_UNLIKELY(child->state == FRAME_DONE)) {
                if (t == vm->types.coroutine) {
                    asy_raise(vm, EXC_RuntimeError, "cannot reuse already awaited coroutine");
                    goto raise;
                }
                result = ASY_NONE;
                goto send_done;
            }
            Frame *leaf = asy_chain_link(vm, frame, child, ip->c ? ENTRY_YIELD_FROM : ENTRY_AWAIT);
            if (!leaf) goto raise;
            LOAD_FRAME(leaf);
            value = ASY_NONE;
            goto deliver_sent;
        }
        Frame *agen = asy_asend_frame(vm, d);
        if (agen) {
            AsendObj *a = asy_as(AsendObj, d);
            if (!asy_asend_begin(vm, a)) goto raise;
            value = asy_is_nil(a->value) ? ASY_NONE : a->value;
            a->value = ASY_NIL;
            bool fresh = agen->state == FRAME_CREATED;
            Frame *leaf = asy_chain_link(vm, frame, agen, ENTRY_AWAIT);
            if (!leaf) {
                RELEASE(value);
                asy_asend_end(vm, a);
                goto raise;
            }
            if (fresh && !asy_is_none(value)) {
                RELEASE(value);
                value = ASY_NONE;
            }
            LOAD_FRAME(leaf);
            goto deliver_sent;
        }
        SendResult r = asy_send(vm, d, ASY_NONE, true, &result);
        if (r == SEND_RETURN) goto send_done;
        if (r == SEND_ERROR) goto raise;
        goto yielded;
    }
send_unlinked: { // the frame is suspended at SEND with a delegate that is no linked frame; `value` is sent to it
    SendResult r = asy_send(vm, R[ip->b], value, false, &result);
    RELEASE(value);
    if (r == SEND_RETURN) goto send_done;
    if (r == SEND_ERROR) goto raise;
    goto yielded;
}
send_done: { // the delegate in slot b has ended with `result`
    TAKE(ip->b, dead);
    RELEASE(dead);
    SET(ip->a, result);
    NEXT(1);
}
    CASE(GET_AITER) : {
        SAVE();
        Value v = asy_slow_aiter(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        FINISH(v);
    }
    CASE(GET_ANEXT) : {
        SAVE();
        Value v = asy_slow_anext(vm, R[ip->b]);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(END_ASYNC_FOR) : {
        Value exc = R[ip->a + 2];
        if (asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[EXC_StopAsyncIteration])) {
            Value iterator = R[ip->a], saved = R[ip->a + 1];
            R[ip->a] = R[ip->a + 1] = R[ip->a + 2] = ASY_NIL;
            RELEASE(exc);
            asy_set(vm, &th->handled->exc, saved);
            RELEASE(iterator);
            NEXT(1);
        }
        SAVE();
        R[ip->a + 2] = ASY_NIL;
        Value saved = R[ip->a + 1];
        R[ip->a + 1] = ASY_NIL;
        asy_set(vm, &th->handled->exc, saved);
        th->exc = exc;
        goto reraise;
    }
    // -- with
    CASE(BEFORE_WITH) :
    CASE(BEFORE_ASYNC_WITH) : {
        SAVE();
        Value exit, entered;
        if (!asy_slow_with(vm, R[ip->b], ip->op == OP_BEFORE_ASYNC_WITH, &exit, &entered)) goto raise;
        CONSUME(X_B, ip->b);
        R[ip->a] = exit;
        R[ip->a + 1] = entered;
        NEXT(1);
    }
    CASE(WITH_EXIT) : {
        SAVE();
        result = asy_call3(vm, R[ip->b], ASY_NONE, ASY_NONE, ASY_NONE);
        if (asy_is_err(result)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(WITH_EXCEPT) : {
        SAVE();
        Value exc = R[ip->c], tb = asy_as_exc(exc)->traceback;
        result = asy_call3(vm, R[ip->b], asy_from_obj(asy_as_obj(exc)->type), exc, asy_is_nil(tb) ? ASY_NONE : tb);
        if (asy_is_err(result)) goto raise;
        SET(ip->a, result);
        NEXT(1);
    }
    // -- exceptions
    CASE(POP_HANDLED) : {
        TAKE(ip->a, saved);
        asy_set(vm, &th->handled->exc, saved);
        NEXT(1);
    }
    CASE(SET_HANDLED) : {
        asy_set(vm, &th->handled->exc, asy_retain(R[ip->a]));
        NEXT(1);
    }
    CASE(MATCH_EXC) : {
        SAVE();
        int match = asy_exc_matches(vm, R[ip->b], R[ip->c]);
        if (match < 0) goto raise;
        CONSUME(X_C, ip->c);
        SET(ip->a, asy_from_bool(match));
        NEXT(1);
    }
    CASE(MATCH_EXC_STAR) : {
        SAVE();
        Value match, rest;
        if (!asy_exc_split(vm, R[ip->b], R[ip->c], &match, &rest)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        CONSUME(X_C, ip->c);
        R[ip->a] = rest;
        R[ip->a + 1] = match;
        NEXT(1);
    }
    CASE(RERAISE_STAR) : {
        SAVE();
        result = asy_exc_group_reraise(vm, R[ip->b], asy_as_list(R[ip->c]));
        if (asy_is_err(result)) goto raise;
        TAKE(ip->b, dead);
        RELEASE(dead);
        TAKE(ip->c, dead2);
        RELEASE(dead2);
        SET(ip->a, result);
        NEXT(1);
    }
    CASE(RAISE) : {
        SAVE();
        unsigned form = ip->c;
        reraise = asy_slow_raise(vm, form ? R[ip->a] : ASY_NIL, form == 2 ? R[ip->b] : ASY_NIL, form);
        if (reraise) goto reraise;
        goto raise;
    }
    CASE(RERAISE) : {
        SAVE();
        TAKE(ip->a, exc);
        assert(asy_is_nil(th->exc));
        th->exc = exc;
        goto reraise;
    }
    // -- classes, modules, scopes
    CASE(LOAD_BUILD_CLASS) : {
        SAVE();
        Value v = asy_dict_get_str(vm, frame->func->builtins, asy_name(vm, __build_class__));
        if (asy_is_nil(v)) {
            if (!asy_error_pending(vm)) asy_raise(vm, EXC_NameError, "__build_class__ not found");
            goto raise;
        }
        asy_retain(v);
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(SETUP_ANNOTATIONS) : {
        SAVE();
        if (!asy_slow_setup_annotations(vm, R[ip->a])) goto raise;
        NEXT(1);
    }
    CASE(IMPORT_NAME) : {
        SAVE();
        Value fromlist = code->consts[(uint32_t)asy_instr_wide(EXT)];
        Value v = asy_import_hooked(vm, frame, NAME_AT(ip->b), fromlist, ip->c);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(IMPORT_FROM) : {
        SAVE();
        Value v = asy_import_from(vm, R[ip->b], NAME_AT(ip->c));
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(IMPORT_STAR) : {
        SAVE();
        if (!asy_import_star(vm, R[ip->a], R[ip->b])) goto raise;
        CONSUME(X_A, ip->a);
        NEXT(1);
    }
    CASE(LOAD_ASSERTION_ERROR) : {
        SET(ip->a, asy_from_obj(asy_retain_obj(vm->exc[EXC_AssertionError])));
        NEXT(1);
    }
    CASE(INTRINSIC) : {
        SAVE();
        static const uint8_t lengths[] = {
#define INTRINSIC(name, n, effect) n,
#include "vm/bytecode/intrinsics.def"
        };
        result = asy_slow_intrinsic(vm, frame, ip->c, &R[ip->b]);
        if (asy_is_err(result)) goto raise;
        Value *w = &R[ip->b];
        for (uint32_t i = 0; i < lengths[ip->c]; i++) {
            Value dead = w[i];
            w[i] = ASY_NIL;
            RELEASE(dead);
        }
        SET(ip->a, result);
        NEXT(1);
    }
    // -- pattern matching
    CASE(MATCH_SEQUENCE) : {
        SET(ip->a, asy_from_bool(asy_type_of(vm, R[ip->b])->flags & TYPE_MATCH_SEQUENCE));
        NEXT(1);
    }
    CASE(MATCH_MAPPING) : {
        SET(ip->a, asy_from_bool(asy_type_of(vm, R[ip->b])->flags & TYPE_MATCH_MAPPING));
        NEXT(1);
    }
    CASE(MATCH_KEYS) : {
        SAVE();
        Value v = asy_slow_match_keys(vm, R[ip->b], R[ip->c]);
        if (asy_is_err(v)) goto raise;
        SET(ip->a, v);
        NEXT(1);
    }
    CASE(MATCH_CLASS) : {
        SAVE();
        Value names = code->consts[(uint32_t)asy_instr_wide(EXT)];
        Value v = asy_slow_match_class(vm, R[ip->b], R[ip->c], EXT.a, names);
        if (asy_is_err(v)) goto raise;
        TAKE(ip->c, dead);
        RELEASE(dead);
        SET(ip->a, v);
        NEXT(2);
    }
    CASE(GET_LEN) : {
        SAVE();
        int64_t n = asy_length(vm, R[ip->b]);
        if (n < 0) goto raise;
        SET(ip->a, asy_from_small(n));
        NEXT(1);
    }

miss:   // a specialised instruction's guard failed: back to its general form, which may specialise anew
    SAVE();
    asy_cache_miss(vm, frame, code, ip);
    DISPATCH();

thrown: // an exception was thrown into the frame at its suspension; th->exc holds it
    if (ip->op == OP_SEND && frame->head.flags & FRAME_STARTED) {
        Value exc = asy_error_fetch(vm);
        SendResult r = asy_throw(vm, R[ip->b], exc, &result);
        RELEASE(exc);
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
