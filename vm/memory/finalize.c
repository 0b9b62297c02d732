// Death of objects, and the queue of those whose death script sees.
//
// Taking apart goes depth first, as deep as DIE_DEPTH_MAX on the C stack (so that things die in the order in which
// CPython lets them die), and from there on by a list linked through the dead objects' reference counts. Nothing in
// here runs script except asy_finalize_drain, which the interpreter calls between instructions.
#include "vm/memory/finalize.h"

#include <stdatomic.h>

#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/memory/heap_inline.h"
#include "vm/memory/weakref.h"

enum { DIE_DEPTH_MAX = 60 };    // CPython's trashcan begins at 50; ours counts containers only

typedef struct Finalizer {
    Value target;               // owned: the dying object, or the callback to call
    Value arg;                  // owned: the callback's argument; NIL: target is the dying object
} Finalizer;

typedef struct Finalizers {
    Finalizer *ring;
    uint32_t capacity;          // power of two
    uint32_t first, count;
} Finalizers;

bool asy_finalize_init(VM *vm)
{
    vm->finalizers = asy_mem_alloc(vm, sizeof(Finalizers));
    if (!vm->finalizers) return false;
    *vm->finalizers = (Finalizers){ 0 };
    return true;
}

void asy_finalize_close(VM *vm)
{
    Finalizers *f = vm->finalizers;
    if (!f) return;
    assert(f->count == 0);
    asy_mem_free(vm, f->ring, f->capacity * sizeof(Finalizer));
    asy_mem_free(vm, f, sizeof(Finalizers));
    vm->finalizers = NULL;
}

static bool finalize_push(VM *vm, Finalizer entry)
{
    Finalizers *f = vm->finalizers;
    if (f->count == f->capacity) {
        uint32_t grown = f->capacity ? f->capacity * 2 : 16;
        Finalizer *ring = asy_mem_alloc(vm, grown * sizeof(Finalizer));
        if (!ring) return false;
        for (uint32_t i = 0; i < f->count; i++) ring[i] = f->ring[(f->first + i) & (f->capacity - 1)];
        asy_mem_free(vm, f->ring, f->capacity * sizeof(Finalizer));
        f->ring = ring;
        f->capacity = grown;
        f->first = 0;
    }
    f->ring[(f->first + f->count++) & (f->capacity - 1)] = entry;
    asy_vm_set_pending(vm, PENDING_FINALIZE);
    return true;
}

bool asy_finalize_queue_call(VM *vm, Value callback, Value arg)
{
    if (!finalize_push(vm, (Finalizer){ callback, arg })) return false;
    asy_retain(callback);
    asy_retain(arg);
    return true;
}

bool asy_finalize_queue_object(VM *vm, ObjHeader *o)
{
    if (!finalize_push(vm, (Finalizer){ asy_from_obj(o), ASY_NIL })) return false;
    o->refs++;
    o->flags |= OBJ_QUEUED;
    return true;
}

// Whether the object goes on the queue instead of dying now. Without memory for the queue it dies unseen.
static bool die_is_seen(VM *vm, ObjHeader *o)
{
    Type *type = o->type;
    if (o->flags & (OBJ_FINALIZED | OBJ_QUEUED)) return false;
    if (!type->slots.del && !(type->needs_finalize && type->needs_finalize(vm, o))) return false;
    if (!finalize_push(vm, (Finalizer){ asy_from_obj(o), ASY_NIL })) return false;
    o->refs = 1;
    o->flags |= OBJ_QUEUED;
    return true;
}

ASY_INLINE void die_now(VM *vm, ObjHeader *o)
{
    Type *type = o->type;
    if (ASY_UNLIKELY(o->flags & OBJ_WEAKREFFED)) (void)asy_weakref_clear(vm, o);
    if (o->flags & OBJ_CONTAINER) {
        if (vm->heap.young) vm->heap.young--;
        bool native = (type->flags & (TYPE_STATIC | TYPE_ATTRS | TYPE_ATTRS_AT_END)) == TYPE_STATIC;
        if (!native) asy_object_clear(vm, o);
        else if (type->clear) type->clear(vm, o);
    } else if (type->clear) {
        type->clear(vm, o);
    }
    if (type->free) type->free(vm, o);
    asy_heap_drop(vm, o);
    if (!(type->flags & TYPE_STATIC)) asy_release_header(vm, &type->head);
}

void asy_object_die(VM *vm, ObjHeader *o)
{
    assert(o->refs == 0);
    if (ASY_UNLIKELY((o->type->flags & TYPE_FINALIZES) != 0) && die_is_seen(vm, o)) return;
    if (!(o->type->flags & TYPE_CONTAINER)) {       // no chain of objects hangs on it
        die_now(vm, o);
        return;
    }
    if (ASY_UNLIKELY(vm->die_depth >= DIE_DEPTH_MAX)) {
        o->refs = vm->dying ? asy_heap_index(vm, vm->dying) : UINT32_MAX;
        vm->dying = o;
        return;
    }
    vm->die_depth++;
    die_now(vm, o);
    while (vm->die_depth == 1 && vm->dying) {
        ObjHeader *next = vm->dying;
        vm->dying = next->refs == UINT32_MAX ? NULL : asy_heap_at(vm, next->refs);
        next->refs = 0;
        die_now(vm, next);
    }
    vm->die_depth--;
}

// ---- the queue ----

static void finalize_one(VM *vm, Finalizer entry)
{
    if (vm->closing) {          // no script any more: it dies unseen
        if (asy_is_nil(entry.arg)) asy_as_obj(entry.target)->flags = (asy_as_obj(entry.target)->flags & ~(uint32_t)OBJ_QUEUED) | OBJ_FINALIZED;
        asy_release(vm, entry.arg);
        asy_release(vm, entry.target);
        return;
    }
    if (!asy_is_nil(entry.arg)) {
        Value result = asy_call1(vm, entry.target, entry.arg);
        if (asy_is_err(result)) asy_error_unraisable(vm, entry.target, "Exception ignored in: ");
        else asy_release(vm, result);
        asy_release(vm, entry.arg);
        asy_release(vm, entry.target);
        return;
    }
    ObjHeader *o = asy_as_obj(entry.target);
    o->flags = (o->flags & ~(uint32_t)OBJ_QUEUED) | OBJ_FINALIZED;
    Type *type = o->type;
    if (type->finalize) type->finalize(vm, o);
    if (type->slots.del) {
        Value result = type->slots.del(vm, entry.target);
        if (asy_is_err(result)) {
            Value where = asy_type_lookup(vm, type, asy_name(vm, __del__));
            asy_error_unraisable(vm, asy_is_nil(where) ? entry.target : where, "Exception ignored in: ");
        } else {
            asy_release(vm, result);
        }
    }
    asy_release(vm, entry.target);
}

// A batch is taken off the queue before it is run: the interpreter drains before its next instruction, also that
// of a finaliser's own first one, and what stood in line behind a finaliser must not overtake it. What dies in
// the meantime goes on a new queue, and is seen to at once.
static void drain_batch(VM *vm)
{
    Finalizers *f = vm->finalizers, batch = *f;
    *f = (Finalizers){ 0 };
    atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_FINALIZE);
    while (batch.count) {
        Finalizer entry = batch.ring[batch.first];
        batch.first = (batch.first + 1) & (batch.capacity - 1);
        batch.count--;
        finalize_one(vm, entry);
    }
    if (f->ring) {
        asy_mem_free(vm, batch.ring, batch.capacity * sizeof(Finalizer));
    } else {
        f->ring = batch.ring;
        f->capacity = batch.capacity;
    }
}

void asy_finalize_drain(VM *vm)
{
    Value pending = asy_error_fetch(vm);
    while (vm->finalizers->count) drain_batch(vm);
    atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_FINALIZE);
    if (!asy_is_nil(pending)) asy_error_restore(vm, pending);
}
