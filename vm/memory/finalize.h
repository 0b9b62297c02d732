// Death: what happens when the last reference goes, and the finaliser queue.
//
// Releasing never runs script. An object whose death script can see (__del__, a weak reference with a
// callback, TypeDef.needs_finalize) goes, alive with count 1, on the queue; the interpreter drains it in
// order before its next instruction. Afterwards it dies like any other, unless script stored it somewhere.
#pragma once
#include "vm/core/object.h"

// Runs everything on the queue, in order, errors going to asy_error_unraisable. Keeps the pending
// exception of the caller, if any, untouched.
void asy_finalize_drain(VM *vm);
bool asy_finalize_init(VM *vm);
void asy_finalize_close(VM *vm);
// Queues an object that is garbage but has a finaliser: the queue gets a reference of its own. False: no
// memory, it is not queued.
ASY_CHECKED bool asy_finalize_queue_object(VM *vm, ObjHeader *o);
// Queues a call of `callback(arg)` (weak references); owns neither until it is queued.
ASY_CHECKED bool asy_finalize_queue_call(VM *vm, Value callback, Value arg);
