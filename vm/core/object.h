// Objects: the 16-byte header, counting, and the field lists from which structs and their
// traversal are made.
//
// Ownership, everywhere: arguments are borrowed, results are new references, a field owns what it
// points to. Releasing never runs script (memory/finalize.h): an object whose death script must see
// is put, alive, on the VM's finaliser queue. A field is replaced by storing the new value first and
// releasing the old one last.
#pragma once
#include "vm/core/value.h"

struct ObjHeader {
    uint32_t refs;
    uint32_t flags;         // OBJ_*; the upper 16 bits belong to the object's type
    Type *type;             // counted unless the type is TYPE_STATIC
};

enum {
    OBJ_CLASS_MASK = 0x3F,      // heap size class (memory/heap.h); 0: large
    OBJ_CONTAINER = 1 << 6,     // its type traces, and the cycle collector looks at it
    OBJ_WEAKREFFED = 1 << 7,    // has weak references, listed in the VM's table (memory/weakref.h)
    OBJ_FINALIZED = 1 << 8,     // __del__ has been called
    OBJ_QUEUED = 1 << 9,        // is on the finaliser queue, which owns one reference
    OBJ_GC_A = 1 << 10,         // the collector's own marks
    OBJ_GC_B = 1 << 11,
    OBJ_FREE = 1 << 12,         // a free slot of a page
    OBJ_INSTANCE = 1 << 13,     // its Attrs part stands right behind the header (asy_object_alloc sets it)
    OBJ_OLD = 1 << 14,          // has survived a young collection
    OBJ_GC_C = 1 << 15,         // the collector's third mark
    OBJ_TYPE_BIT = 1 << 16,     // first flag a type may use for itself
};

// The last reference is gone: queue for its finaliser, or take apart and free. Iterative: a chain of
// a million objects uses no C stack. Never runs script.
void asy_object_die(VM *vm, ObjHeader *o);

ASY_INLINE Value asy_retain(Value v)
{
    if (asy_is_obj(v)) asy_as_obj(v)->refs++;
    return v;
}
ASY_INLINE void asy_release(VM *vm, Value v)
{
    if (asy_is_obj(v)) {
        ObjHeader *o = asy_as_obj(v);
        assert(o->refs > 0);
        if (--o->refs == 0) asy_object_die(vm, o);
    }
}
// The same for typed pointers; NULL is accepted by release.
#define asy_retain_obj(o)                                                                          \
    __extension__({                                                                                \
        __typeof__(o) retained_ = (o);                                                             \
        retained_->head.refs++;                                                                    \
        retained_;                                                                                 \
    })
ASY_INLINE void asy_release_header(VM *vm, ObjHeader *o)
{
    if (o && --o->refs == 0) asy_object_die(vm, o);
}
#define asy_release_obj(vm, o) asy_release_header((vm), (ObjHeader *)(void *)(o))
// Stores an owned value in a field and releases what was there, in this order.
ASY_INLINE void asy_set(VM *vm, Value *field, Value owned)
{
    Value old = *field;
    *field = owned;
    asy_release(vm, old);
}
ASY_INLINE void asy_clear(VM *vm, Value *field) { asy_set(vm, field, ASY_NIL); }

// What a traversal is for is the visitor's business; a trace function names every owned reference.
typedef struct Tracer Tracer;
struct Tracer {
    VM *vm;
    void (*visit)(Tracer *t, ObjHeader *o);
};
ASY_INLINE void asy_trace_value(Tracer *t, Value v)
{
    if (asy_is_obj(v)) t->visit(t, asy_as_obj(v));
}
ASY_INLINE void asy_trace_header(Tracer *t, ObjHeader *o)
{
    if (o) t->visit(t, o);
}

// Field lists. An object's fields are written once:
//
//   QUEUE_FIELDS(V, O, N) is a macro that expands to
//       V(getters)              a Value, owned
//       O(ListObj, items)       a ListObj *, owned, may be NULL
//       N(uint32_t, maxsize)    no reference
//   ASY_OBJECT(QueueObj, QUEUE_FIELDS)        // the struct
//   ASY_OBJECT_TRACE(QueueObj, QUEUE_FIELDS)  // static void QueueObj_trace(Tracer *, ObjHeader *)
//                                             // static void QueueObj_clear(VM *, ObjHeader *)
// An object with arrays or lists besides writes its own trace and clear and calls these for the rest.
#define ASY_FIELD_DECL_V(name) Value name;
#define ASY_FIELD_DECL_O(T, name) T *name;
#define ASY_FIELD_DECL_N(T, name) T name;
#define ASY_FIELD_TRACE_V(name) asy_trace_value(t, self->name);
#define ASY_FIELD_TRACE_O(T, name) asy_trace_header(t, (ObjHeader *)(void *)self->name);
#define ASY_FIELD_TRACE_N(T, name)
#define ASY_FIELD_CLEAR_V(name) asy_clear(vm, &self->name);
#define ASY_FIELD_CLEAR_O(T, name)                     \
    {                                                  \
        T *old_##name = self->name;                    \
        self->name = NULL;                             \
        asy_release_obj(vm, old_##name);               \
    }
#define ASY_FIELD_CLEAR_N(T, name)
#define ASY_OBJECT(T, FIELDS)                                                    \
    typedef struct T T;                                                          \
    struct T {                                                                   \
        ObjHeader head;                                                          \
        FIELDS(ASY_FIELD_DECL_V, ASY_FIELD_DECL_O, ASY_FIELD_DECL_N)             \
    }
#define ASY_OBJECT_TRACE(T, FIELDS)                                              \
    static void T##_trace(Tracer *t, ObjHeader *o)                               \
    {                                                                            \
        T *self = (T *)(void *)o;                                                \
        (void)t, (void)self;                                                     \
        FIELDS(ASY_FIELD_TRACE_V, ASY_FIELD_TRACE_O, ASY_FIELD_TRACE_N)          \
    }                                                                            \
    static void T##_clear(VM *vm, ObjHeader *o)                                  \
    {                                                                            \
        T *self = (T *)(void *)o;                                                \
        (void)vm, (void)self;                                                    \
        FIELDS(ASY_FIELD_CLEAR_V, ASY_FIELD_CLEAR_O, ASY_FIELD_CLEAR_N)          \
    }
