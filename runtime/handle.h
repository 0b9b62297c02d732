// Handles: what call_soon() and call_later() return.
#pragma once
#include "runtime/context.h"
#include "runtime/loop.h"

typedef struct HandleObj {
    ObjHeader head;
    uint32_t timer;             // Timed
    bool cancelled, scheduled;
    bool is_timer, running;
    Value callback;             // NIL once cancelled
    Value args;                 // tuple
    ContextObj *context;        // a slot (context.h)
    Value loop;
    double when;                // timer
} HandleObj;

// call_soon of a plain loop: a handle that is ready. All borrowed; args a tuple; context for a slot.
ASY_CHECKED Value asy_handle_call_soon(VM *vm, LoopObj *loop, Value callback, Value args, ContextObj *context);
ASY_CHECKED Value asy_handle_call_at(VM *vm, LoopObj *loop, double when, Value callback, Value args, ContextObj *context);
// Runs it unless it is cancelled. False: an exception that ends the loop.
ASY_CHECKED bool asy_handle_run(VM *vm, HandleObj *h);
// Calls callback(*args) in the slot's context; an exception goes to the loop's exception handler with `handle` (NIL: one
// is made).
ASY_CHECKED bool asy_callback_run(VM *vm, Value loop, Value callback, const Value *args, uint32_t n, ContextObj **slot, Value handle);
extern const TypeDef asy_rt_handle_type, asy_rt_timer_handle_type;
