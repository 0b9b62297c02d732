// Async generators' awaitables: asend/__anext__, athrow, aclose (PEP 525).
#pragma once
#include "vm/interp/interp.h"

typedef enum AsendState { ASEND_INIT, ASEND_ITER, ASEND_CLOSED } AsendState;
typedef struct AsendObj {       // async_generator_asend
    ObjHeader head;
    Frame *gen;                 // owned
    Value value;                // to be sent, owned; NIL once sent
    AsendState state;
} AsendObj;

extern const TypeDef asy_asend_type, asy_athrow_type;

// __anext__ (value NIL) or asend(value): a new awaitable; calls the first-iteration hook.
ASY_CHECKED Value asy_asend_new(VM *vm, Frame *gen, Value value);
// aclose() and athrow(exc).
ASY_CHECKED Value asy_aclose_new(VM *vm, Frame *gen);
ASY_CHECKED Value asy_athrow_new(VM *vm, Frame *gen, Value type, Value value, Value tb);
// The async generator behind an asend object under way; NULL if v is none.
Frame *asy_asend_frame(VM *vm, Value v);
// SEND starts to drive an asend object: checks its state and the generator's. False: exception.
ASY_CHECKED bool asy_asend_begin(VM *vm, AsendObj *a);
// The generator has yielded, returned or raised: the object is used up, the generator no longer running.
void asy_asend_end(VM *vm, AsendObj *a);
// A linked asend object's step has ended (any other delegate: nothing).
void asy_asend_finished(VM *vm, Value delegate);
// The finaliser hook that was in effect at the generator's first iteration; borrowed, NIL: none.
Value asy_async_generator_finalizer(VM *vm, Frame *gen);
