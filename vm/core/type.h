// Types: classes native and scripted, their slots, attribute lookup along the MRO.
//
// A native type is a TypeDef (constant, shared by VMs); asy_type_ready makes the VM's Type of it.
// A Type's dict maps names to attributes. Replacing a plain value (no descriptor on either side) in
// place invalidates nothing: caches hold the dict entry's index. Any other change of a class on which
// a cache has been built (TYPE_CACHED) clears the caches that concern it and its subclasses.
#pragma once
#include "vm/core/native.h"
#include "vm/core/object.h"

typedef struct DictObj DictObj;
typedef struct Shape Shape;
typedef struct ListObj ListObj;
typedef enum Comparison { CMP_LT, CMP_LE, CMP_EQ, CMP_NE, CMP_GT, CMP_GE } Comparison;

typedef Value (*Slot_UNARY)(VM *vm, Value self);
typedef Value (*Slot_BINARY)(VM *vm, Value a, Value b);
typedef Value (*Slot_TERNARY)(VM *vm, Value a, Value b, Value c);
typedef bool (*Slot_HASH)(VM *vm, Value self, int64_t *hash);           // never -1
// args.self is NIL unless the callee's type is TYPE_METHOD_DESCR (function, method_descr, slot_wrapper, ...): then a
// receiver there is the first positional argument, so that calling a method copies nothing.
typedef Value (*Slot_CALL)(VM *vm, Value self, Args args);
typedef Value (*Slot_GETATTR)(VM *vm, Value self, StrObj *name);
typedef bool (*Slot_SETATTR)(VM *vm, Value self, StrObj *name, Value value);
typedef Value (*Slot_COMPARE)(VM *vm, Value a, Value b, Comparison op);
typedef Value (*Slot_DESCRGET)(VM *vm, Value self, Value object, Value type);   // object NIL: on the class
typedef bool (*Slot_DESCRSET)(VM *vm, Value self, Value object, Value value);
typedef bool (*Slot_INIT)(VM *vm, Value self, Args args);
typedef Value (*Slot_NEW)(VM *vm, Type *type, Args args);
typedef int64_t (*Slot_LENGTH)(VM *vm, Value self);                     // -1: error
typedef bool (*Slot_SETITEM)(VM *vm, Value self, Value key, Value value);
typedef int (*Slot_CONTAINS)(VM *vm, Value self, Value item);           // -1: error
typedef int (*Slot_TRUTH)(VM *vm, Value self);                          // -1: error

typedef struct Slots {
#define SLOT(name, kind, dunder) Slot_##kind name;
#define SLOT2(name, kind, dunder, rdunder) Slot_##kind name;
#include "vm/core/slots.def"
} Slots;

// View of an object's bytes (bytes, bytearray, memoryview, array): valid until released; while a
// bytearray has views it refuses to be resized (BufferError).
typedef struct BufferView {
    uint8_t *data;
    size_t size;
    bool readonly;
    char format;            // of the items as struct and memoryview name it; 0: bytes ('B')
    uint8_t itemsize;       // of one, where format is not 0
    Value owner;            // counted
} BufferView;

enum {
    TYPE_STATIC = 1 << 0,       // made from a TypeDef at VM start: not counted by instances, attributes cannot be set
    TYPE_HEAP = 1 << 1,         // made by a class statement or type()
    TYPE_BASE = 1 << 2,         // may be subclassed
    TYPE_ATTRS = 1 << 3,        // instances have an Attrs part (shape.h) at attrs_offset
    TYPE_WEAKREFS = 1 << 4,     // instances may be weakly referenced
    TYPE_CONTAINER = 1 << 5,    // has trace: its objects are OBJ_CONTAINER
    TYPE_CACHED = 1 << 6,       // an inline cache or the VM's table depends on this class
    TYPE_READY = 1 << 7,
    TYPE_DISALLOW_NEW = 1 << 8, // "cannot create 'x' instances"
    TYPE_ABSTRACT = 1 << 9,     // has a nonempty __abstractmethods__
    TYPE_MATCH_SEQUENCE = 1 << 10,  // pattern matching: sequence patterns
    TYPE_MATCH_MAPPING = 1 << 11,
    TYPE_MATCH_SELF = 1 << 12,  // case int(x): the subject itself
    // fast subclass tests, inherited
    TYPE_INT = 1 << 16, TYPE_STR = 1 << 17, TYPE_BYTES = 1 << 18, TYPE_LIST = 1 << 19, TYPE_TUPLE = 1 << 20,
    TYPE_DICT = 1 << 21, TYPE_TYPE = 1 << 22, TYPE_EXCEPTION = 1 << 23, TYPE_FLOAT = 1 << 24, TYPE_SET = 1 << 25,
    TYPE_INHERITED = 0x7FFF0000 | TYPE_MATCH_SEQUENCE | TYPE_MATCH_MAPPING,
    // the function is a method when read through an instance: LOAD_METHOD makes no bound method
    TYPE_METHOD_DESCR = 1 << 13,
    TYPE_FINALIZES = 1 << 14,   // has __del__ or needs_finalize: death asks (kept by type.c and slots.c)
    TYPE_QUALIFIED = 1 << 15,   // messages show the definition's name with its module, as CPython's C types do
    // The Attrs part is at the end of the memory block, because the native base (bytes, tuple) has data of
    // varying size behind its struct. Then TYPE_ATTRS is off and attrs_offset is 0: only asy_object_attrs finds it.
    TYPE_ATTRS_AT_END = 1 << 26,
};

// What a native type is, in C. Fields left out mean: inherited from the base (slots), none (tables).
// `new` is not inherited from object: a native type without one cannot be created by script ("cannot create 'X'
// instances") unless it sets .new itself (asy_object_new does what object.__new__ does). trace, clear, free, finalize
// and buffer are inherited too: a derived definition that has its own calls the base's (asy_dict_type.clear(vm, o)). A type that sets
// compare but not hash is unhashable. The Attrs part of a type with attrs_offset is traced and cleared by the type's
// own functions; __slots__, and the Attrs part that a script subclass adds, by the core.
typedef struct TypeDef {
    const char *name;           // "list"; "collections.deque" gives __module__
    uint32_t size;              // of the instance struct; 0: the base's
    uint32_t flags;             // TYPE_BASE ...; TYPE_CONTAINER is set where trace is
    uint32_t attrs_offset;      // offset of the Attrs part, with TYPE_ATTRS
    const struct TypeDef *base; // NULL: object
    const char *doc;
    const char *signature;      // of the constructor, for inspect.signature: "(iterable=(), /)"; NULL: unknown
    void (*trace)(Tracer *t, ObjHeader *o);     // every owned reference
    void (*clear)(VM *vm, ObjHeader *o);        // release them all; the object stays valid, empty
    void (*free)(VM *vm, ObjHeader *o);         // give back buffers; called after clear; no references left
    // true: script must see this object's death (a suspended generator with a handler); asked when the
    // count reaches 0; the queue then calls finalize, which may run script
    bool (*needs_finalize)(VM *vm, ObjHeader *o);
    void (*finalize)(VM *vm, ObjHeader *o);
    bool (*buffer)(VM *vm, Value self, BufferView *out);
    void (*buffer_release)(VM *vm, BufferView *view);
    // native awaitables (futures): what SEND does with an object that `await` drives itself. `first`: the await
    // begins. Returns a SendResult (interp/interp.h): 1 suspend with *out, 2 ended with *out, 0 error.
    int (*await_poll)(VM *vm, Value self, bool first, Value *out);
    const MethodDef *methods;
    const GetSetDef *getset;
    const MemberDef *members;
    Slots slots;
} TypeDef;

struct Type {
    ObjHeader head;
    Slots slots;                // effective, inherited ones included
    const TypeDef *def;         // of the nearest native base: layout
    // effective, each from the nearest definition that has it
    void (*trace)(Tracer *t, ObjHeader *o);
    void (*clear)(VM *vm, ObjHeader *o);
    void (*free)(VM *vm, ObjHeader *o);
    bool (*needs_finalize)(VM *vm, ObjHeader *o);
    void (*finalize)(VM *vm, ObjHeader *o);
    bool (*buffer)(VM *vm, Value self, BufferView *out);
    void (*buffer_release)(VM *vm, BufferView *view);
    StrObj *name, *qualname;
    Type *base;                 // first base that decides the layout; owned
    TupleObj *bases, *mro;      // owned; mro starts with the type itself
    DictObj *dict;              // own attributes, owned
    Type **subclasses;          // direct ones, borrowed, oldest first; a dying class takes itself out
    uint32_t subclass_count, subclass_capacity;
    Type **linked;              // whose subclass it is, borrowed; NULL where that class died first
    uint32_t linked_count;
    VM *vm;
    uint32_t flags;
    uint32_t size;              // of an instance, without inline attribute slots
    uint32_t attrs_offset;      // of the Attrs part; 0: none
    uint32_t slots_offset;      // first __slots__ value; 0: none of its own
    uint32_t nslots;            // __slots__ values from slots_offset on, its own
    uint32_t slots_total;       // with those of its bases
    uint32_t inline_hint;       // attribute slots to allocate with a new instance
    uint32_t version;           // new number on every structural change; 0 never used
    Shape *root_shape;          // of instances without attributes; made on first use
    Shape *dict_shape;          // of instances in dict mode; made on first use
};

// The VM's Type for a native definition: makes it ready (bases first) on first call. NULL: MemoryError.
ASY_CHECKED Type *asy_type_ready(VM *vm, const TypeDef *def);
// New class as `type(name, bases, ns)` makes it: layout conflict check, MRO, slots, __set_name__,
// __init_subclass__ with the keywords. `metatype` has been decided by the caller.
ASY_CHECKED Value asy_type_new(VM *vm, Type *metatype, StrObj *name, TupleObj *bases, DictObj *ns, Value kwnames, const Value *kwvalues);
// The most derived metaclass of bases and `explicit_meta` (NULL: none); NULL: TypeError (metaclass conflict).
ASY_CHECKED Type *asy_type_metaclass(VM *vm, TupleObj *bases, Type *explicit_meta);

// Instance of `type`, zeroed behind the header, count 1, Attrs part set up. NULL: MemoryError.
ASY_CHECKED void *asy_object_alloc(VM *vm, Type *type);
// The same with `extra` bytes behind the struct (tuples, strings).
ASY_CHECKED void *asy_object_alloc_extra(VM *vm, Type *type, size_t extra);
// The Attrs part of any object, NULL if it has none. The general form of asy_attrs_of(o, type->attrs_offset).
struct Attrs *asy_object_attrs(ObjHeader *o);
// Every reference an object owns: its class, __slots__, attributes, and what its type traces.
void asy_object_trace(Tracer *t, ObjHeader *o);
// Releases them all but the class (collector; object's death).
void asy_object_clear(VM *vm, ObjHeader *o);
// Slot functions of object, for native types: `new` that ignores its arguments' meaning (init checks them).
Value asy_object_new(VM *vm, Type *type, Args args);

// Looks `name` (interned) up along the MRO; borrowed, NIL if absent; never raises or runs script.
// Served from the VM-wide method table keyed by (type version, name).
Value asy_type_lookup(VM *vm, Type *type, StrObj *name);
// The same, telling where: *owner is the class whose dict has it.
Value asy_type_lookup_owner(VM *vm, Type *type, StrObj *name, Type **owner);
bool asy_type_is_subtype(const Type *a, const Type *b);     // by MRO, no hooks
// The dict of a class was changed at `name`: update slots, subclasses, caches.
void asy_type_modified(VM *vm, Type *type, StrObj *name);
ASY_CHECKED bool asy_type_set_attr(VM *vm, Type *type, StrObj *name, Value value);   // NIL: delete
// Name for messages: "int"; borrowed UTF-8, as type.__name__.
const char *asy_type_name(const Type *type);
