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
    ATTR_MEMBER,            // one of __slots__: the Value at byte `slot` of the object, NIL if it is not set
    // of LOAD_METHOD alone
    ATTR_STATIC,            // staticmethod: value is the callable
    ATTR_CLASSMETHOD,       // classmethod: value is the callable, self the object's class
    ATTR_OF_CLASS,          // the object is the class `owner`: value is its function, or its staticmethod's callable
    ATTR_OF_CLASS_BOUND,    // the object is the class `owner`: value is its classmethod's callable, self the class
} AttrKind;

// What a way is for: the shape of instances that have one right behind their header (OBJ_INSTANCE), the type of others.
typedef struct AttrWay {
    const void *key;        // Shape or Type; NULL: empty
    Value value;
    Type *owner;
    uint32_t slot;
    uint16_t kind;          // AttrKind
    bool by_type;           // key is a Type
} AttrWay;

typedef enum StoreKind { STORE_SLOT, STORE_ADD, STORE_MEMBER } StoreKind;

typedef struct StoreWay {
    const void *key;        // as above
    Shape *to;              // STORE_ADD: the shape with the attribute, which is its last
    uint32_t slot;
    uint16_t kind;          // StoreKind
    bool by_type;
} StoreWay;

typedef union Cache {
    struct { uint32_t layout, builtins_layout; uint32_t entry; } global;
    struct { AttrWay ways[ATTR_WAYS]; } attr;
    struct { StoreWay ways[ATTR_WAYS]; } store;
    struct { DictObj *dict; uint32_t layout, entry; } module;
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
