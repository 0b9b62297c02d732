// set and frozenset.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct SetEntry {
    int64_t hash;
    Value key;                  // NIL: never used; UNBOUND: deleted
} SetEntry;
typedef struct SetObj {
    ObjHeader head;
    SetEntry *table;            // power of two
    uint32_t mask, fill, count; // fill: count and deleted ones
    int64_t hash;               // frozenset: cached, -1 not made
    uint32_t version;           // bumped by every change of membership
    uint32_t finger;            // where pop() looks next
    bool counted;               // some key is an object, or was: else there is nothing to release or trace
} SetObj;
#define asy_is_anyset(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_SET))
#define asy_as_set(v) asy_as(SetObj, v)
ASY_CHECKED SetObj *asy_set_new(VM *vm, Type *type);            // vm->types.set or frozenset
ASY_CHECKED bool asy_set_add(VM *vm, SetObj *s, Value key);
ASY_CHECKED int asy_set_contains(VM *vm, SetObj *s, Value key);
ASY_CHECKED int asy_set_discard(VM *vm, SetObj *s, Value key);
ASY_CHECKED bool asy_set_update(VM *vm, SetObj *s, Value iterable);
bool asy_set_next(const SetObj *s, uint32_t *pos, Value *key);
