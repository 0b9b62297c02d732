// Code: what the compiler makes and frames run.
//
// A Proto is constant and knows no VM: compiled modules embedded in the binary are Protos in read-only
// memory, shared by all VMs. A CodeObj is one VM's view of a Proto: its constants and names as objects,
// and, once warm, a private quickened copy of the instructions with their inline caches.
#pragma once
#include "base/arena.h"
#include "vm/bytecode/opcodes.h"
#include "vm/core/object.h"

typedef struct StrObj StrObj;
typedef struct Proto Proto;

typedef enum ProtoConstKind {
    PROTO_NONE, PROTO_TRUE, PROTO_FALSE, PROTO_ELLIPSIS, PROTO_INT /* i64 */, PROTO_BIGINT /* text: digits, base in count */,
    PROTO_FLOAT, PROTO_COMPLEX /* imaginary part in f, real in f2 */, PROTO_STR, PROTO_BYTES, PROTO_TUPLE, PROTO_FROZENSET, PROTO_CODE,
} ProtoConstKind;
typedef struct ProtoConst ProtoConst;
struct ProtoConst {
    uint8_t kind;
    uint8_t intern;             // PROTO_STR: make it interned (looks like an identifier)
    uint32_t count;             // bytes of text, items of a tuple; base of a BIGINT is in `base`
    uint32_t base;
    union {
        int64_t i;
        struct { double f, f2; };
        const char *text;       // UTF-8 (surrogates allowed), bytes, digits
        const ProtoConst *items;
        const Proto *proto;
    };
};
typedef struct ProtoName { const char *text; uint32_t size; } ProtoName;

typedef struct Handler {        // innermost first
    uint32_t start, end;        // words of code: [start, end)
    uint32_t target;
    uint16_t depth;             // first slot to clear; the saved and the raised exception are put there
} Handler;

enum {                          // Proto.flags; the first ones are CPython's co_flags values
    CODE_OPTIMIZED = 0x1, CODE_NEWLOCALS = 0x2, CODE_VARARGS = 0x4, CODE_VARKEYWORDS = 0x8, CODE_NESTED = 0x10,
    CODE_GENERATOR = 0x20, CODE_COROUTINE = 0x80, CODE_ITERABLE_COROUTINE = 0x100, CODE_ASYNC_GENERATOR = 0x200,
    CODE_SUSPENDS = CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR,
    CODE_NAMESPACE = 0x10000,   // slot 0 is the namespace: module, class body, exec
    CODE_CLASS = 0x20000,       // a class body
    CODE_MODULE = 0x40000,
    CODE_TOP_AWAIT = 0x80000,   // a script or prompt line with top-level await (also CODE_COROUTINE)
    CODE_METHOD_DOC = 0x100000, // first constant is the docstring
    CODE_FUTURE_ANNOTATIONS = 0x1000000,    // CPython's: from __future__ import annotations
};

struct Proto {
    ProtoName name, qualname, filename;
    uint32_t flags;
    uint32_t argcount;          // positional parameters, positional-only included
    uint32_t posonly, kwonly;
    uint32_t nlocals;           // slots that are locals: parameters (positional, keyword-only, *args, **kwargs), other
                                // locals, cells that are no parameters, free variables; temporaries follow
    uint32_t nslots;            // locals and temporaries
    uint32_t nvars;             // of `locals` below: co_varnames are the first ones that are no cell-only or free ones
    uint32_t ncells, nfree;     // cell variables made here, free variables (the last nfree locals)
    const ProtoName *locals;    // nlocals names; "" for hidden slots (namespace, inlined comprehension variables have their name)
    const uint8_t *local_kinds; // LOCAL_* of each
    const Instr *code;
    uint32_t code_words;
    const ProtoConst *consts;
    uint32_t nconsts;
    const ProtoName *names;
    uint32_t nnames;
    const Handler *handlers;
    uint32_t nhandlers;
    const uint8_t *positions;   // see bytecode/positions.h
    uint32_t positions_size;
    uint32_t firstlineno;
};
enum { LOCAL_PLAIN = 0, LOCAL_CELL = 1, LOCAL_FREE = 2, LOCAL_HIDDEN = 4 };

// Owner of compiled Protos: one arena for all of a source's code. NULL for embedded ones.
typedef struct ProtoUnit {
    uint32_t refs;
    Arena arena;
    AsyAllocator allocator;
} ProtoUnit;
void asy_proto_unit_release(VM *vm, ProtoUnit *unit);       // NULL is fine

typedef struct CodeObj CodeObj;
enum { NOT_SIMPLE = UINT16_MAX, SIMPLE_SUSPENDS = 0x8000 };
struct CodeObj {
    ObjHeader head;
    const Proto *proto;
    ProtoUnit *unit;            // counted, or NULL
    Instr *code;                // proto->code, or the warm copy
    Value *consts;              // nconsts
    StrObj **names;             // nnames, interned
    StrObj **locals;            // nlocals, interned; "" for hidden ones
    StrObj *name, *qualname, *filename;
    struct WarmCode *warm;      // NULL: cold (interp/cache.h)
    uint32_t calls;             // until warm
    uint32_t back_edges;
    // copied from the proto for the call path
    uint32_t flags;
    uint16_t nlocals, nslots, argcount, posonly, kwonly, nparams;   // nparams: slots that are parameters
    uint16_t simple_args;       // argcount (with SIMPLE_SUSPENDS if it suspends), where that many positional arguments
                                // are all a call takes; else NOT_SIMPLE
};

// The VM's CodeObj of a proto; constants that are code become CodeObjs too. NULL: MemoryError.
ASY_CHECKED CodeObj *asy_code_new(VM *vm, const Proto *proto, ProtoUnit *unit);
