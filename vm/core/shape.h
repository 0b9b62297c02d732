// Shapes: where an instance's attributes are.
//
// An instance with attributes has an Attrs part: a shape and an array of values. A shape is a node in
// the tree under its class: "the attributes a, b, c in this order". Two instances that set the same
// names in the same order share a shape, so one compare of the shape pointer guards both class and
// layout. `del`, more than SHAPE_SLOTS_MAX attributes, or an escaping __dict__ move an instance to dict
// mode: shape is the class's dict_shape (shape->dict_mode) and `dict`, in the place of `values`, holds the attributes.
#pragma once
#include "vm/core/object.h"

typedef struct StrObj StrObj;
typedef struct DictObj DictObj;

typedef struct Shape Shape;
struct Shape {
    Type *type;                 // borrowed: shapes die with their class
    Shape *parent;              // without the last attribute; NULL: root or dict mode
    StrObj *name;               // attribute added here (interned, owned)
    uint32_t count;             // attributes in all
    uint32_t capacity;          // children slots
    Shape **children;           // open hash by name, or NULL
    uint32_t child_count;
    bool dict_mode;
    uint16_t *index;            // open hash name -> slot for shapes with many attributes, made on demand
    StrObj **names;             // names[0..count): filled together with index
    uint32_t index_mask;
};

typedef struct Attrs {
    Shape *shape;               // never NULL once allocated
    union {                     // shape->dict_mode tells which: a dict is not tested for NULL
        Value *values;          // shape->count used; inline behind the object or a buffer of its own
        DictObj *dict;          // dict mode: owned
    };
    uint32_t capacity;          // of values
    bool inline_values;         // values point behind the object
} Attrs;

enum { SHAPE_SLOTS_MAX = 64 };

ASY_INLINE Attrs *asy_attrs_of(ObjHeader *o, uint32_t attrs_offset)
{
    return (Attrs *)(void *)((char *)o + attrs_offset);
}

// Slot of `name` (interned) in the shape, or -1.
int asy_shape_find(VM *vm, Shape *shape, StrObj *name);
// The shape with `name` added; NULL: MemoryError, or no exception and *full set: go to dict mode.
ASY_CHECKED Shape *asy_shape_add(VM *vm, Shape *shape, StrObj *name, bool *full);
Shape *asy_shape_root(VM *vm, Type *type);                          // NULL: MemoryError
void asy_shape_free_tree(VM *vm, Type *type);                       // the class dies

// Attributes of one object. get: borrowed, NIL if absent (never raises).
Value asy_attrs_get(VM *vm, Attrs *attrs, StrObj *name);
ASY_CHECKED bool asy_attrs_set(VM *vm, ObjHeader *o, Attrs *attrs, StrObj *name, Value value);
// 1 deleted, 0 absent, -1 error.
int asy_attrs_delete(VM *vm, ObjHeader *o, Attrs *attrs, StrObj *name);
// __dict__: moves to dict mode; borrowed. NULL: MemoryError.
ASY_CHECKED DictObj *asy_attrs_dict(VM *vm, ObjHeader *o, Attrs *attrs);
ASY_CHECKED bool asy_attrs_replace_dict(VM *vm, ObjHeader *o, Attrs *attrs, DictObj *dict);
void asy_attrs_trace(Tracer *t, Attrs *attrs);
void asy_attrs_clear(VM *vm, Attrs *attrs);                         // releases all, leaves it empty
