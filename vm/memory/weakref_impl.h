// What weakref.c and weakproxy.c share.
#pragma once
#include "vm/core/type.h"

typedef struct StrObj StrObj;
typedef struct WeakrefObj WeakrefObj;
struct WeakrefObj {             // weakref.ref and the proxies
    ObjHeader head;
    ObjHeader *target;          // borrowed; NULL: dead
    Value callback;             // owned, or NIL
    int64_t hash;               // of the target, -1: not asked yet
    WeakrefObj *next, *prev;    // other references to the target, borrowed
};

// New reference or proxy of this type, or an existing one that may be shared.
ASY_CHECKED Value asy_weakref_make(VM *vm, Type *type, Value object, Value callback);
void asy_weakref_obj_trace(Tracer *t, ObjHeader *o);
void asy_weakref_obj_clear(VM *vm, ObjHeader *o);
// "<weakref at 0x1; to 'C' at 0x2>"; NULL: raised.
ASY_CHECKED StrObj *asy_weakref_describe(VM *vm, Value self, const char *kind, bool named);
void asy_weakref_address(VM *vm, const ObjHeader *o, char out[20]);
bool asy_weakproxy_is(VM *vm, Value v);
bool asy_weakproxy_is_type(VM *vm, const Type *type);
// Garbage dies: references carrying `garbage_flag` are garbage themselves and not called back.
bool asy_weakref_clear_garbage(VM *vm, ObjHeader *o, uint32_t garbage_flag);
