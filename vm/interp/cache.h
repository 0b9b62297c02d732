// Warm code and its inline caches.
//
// Cold code runs from the constant Proto and caches nothing. After a few calls or loops a code gets a private copy of its
// instructions; each instruction with a cache has the index of a Cache in its extension word. Sites start generic,
// try to specialise when executed, and turn generic again after too many misses.
#pragma once
#include "vm/core/shape.h"
#include "vm/interp/frame.h"

enum { WARM_CALLS = 4, WARM_BACK_EDGES = 16, ATTR_WAYS = 4 };

typedef enum AttrKind {
    ATTR_SLOT,              // instance attribute: values[slot]
    ATTR_CLASS,             // class attribute, no descriptor: entry `slot` of owner's dict
    ATTR_METHOD,            // function of the class: value (borrowed, kept alive by the class)
    ATTR_GETTER,            // property with a script getter; value is the function
} AttrKind;

typedef struct AttrWay {
    const Shape *shape;     // NULL: empty
    Value value;
    Type *owner;
    uint32_t slot;
    uint32_t kind;
} AttrWay;

typedef union Cache {
    struct { uint32_t layout, builtins_layout; uint32_t entry; } global;
    struct { AttrWay ways[ATTR_WAYS]; } attr;
    struct { const Shape *from; Shape *to; uint32_t slot; } store;      // to NULL: same shape
    struct { DictObj *dict; uint32_t layout, entry; } module;
    struct { Type *type; Value value; } type_method;
    struct { uint32_t version; uint32_t missing; } call;
    struct { Type *type; uint32_t type_version; uint32_t func_version; FunctionObj *init; } klass;
    struct { uint32_t version; uint16_t count; uint16_t map[16]; } call_kw;
} Cache;

struct WarmCode {
    struct WarmCode *next, **link;      // the VM's list
    CodeObj *code;
    Instr *instrs;
    Cache *caches;
    uint8_t *misses;        // of each cache
    uint32_t ncaches;
};

// Makes `code` warm. False: no memory (no exception; it stays cold).
bool asy_code_warm(VM *vm, CodeObj *code);
void asy_code_cool(VM *vm, CodeObj *code);      // frees the warm copy; no frame may run it
// A class changed structurally or dies: clears every cache that mentions it.
void asy_cache_invalidate_type(VM *vm, Type *type);
