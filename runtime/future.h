// Futures: a result that is not there yet, and what is to be called when it is.
//
// A Task begins with a FutureObj. What waits is kept without allocating in the usual case of one waiting task or one
// native callback; a second one, or a callback of script's with its context, moves them into an array. When the future is
// done its callbacks stay with it until the loop comes to them: one entry of the loop calls them all (ready.h).
#pragma once
#include "runtime/runtime.h"

typedef enum FutureState { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED } FutureState;

// Native callbacks: X(id, function, name as repr shows it). The function gets its target and the future that is done;
// false: an exception, which goes to the loop's exception handler. May run script.
#define FUTURE_CALLBACKS(X)                                                                                            \
    X(GATHER, asy_gather_child_done, "gather.<locals>._done_callback")                                                 \
    X(WAIT, asy_wait_child_done, "_wait.<locals>._on_completion")                                                      \
    X(COMPLETED, asy_as_completed_child_done, "as_completed.<locals>._on_completion")                                  \
    X(SHIELD, asy_shield_inner_done, "shield.<locals>._inner_done_callback")                                           \
    X(SHIELD_OUTER, asy_shield_outer_done, "shield.<locals>._outer_done_callback")                                     \
    X(GROUP, asy_taskgroup_task_done, "TaskGroup._on_task_done")                                                       \
    X(RUN, asy_loop_run_done, "_run_until_complete_cb")
typedef enum CallbackKind {
    CB_NONE,
    CB_MANY,                // `callbacks` has them
    CB_TASK,                // target: a TaskObj parked on this future
    CB_SCRIPT,              // target: a callable, to be called with the future in its context
#define X(id, function, name) CB_##id,
    FUTURE_CALLBACKS(X)
#undef X
    CB__COUNT
} CallbackKind;
typedef bool (*CallbackFn)(VM *vm, Value target, Value future);
#define X(id, function, name) bool function(VM *vm, Value target, Value future);
FUTURE_CALLBACKS(X)
#undef X
extern const CallbackFn asy_callback_functions[CB__COUNT];

typedef struct Callback {
    Value target;           // owned
    ContextObj *context;    // CB_SCRIPT: owned; NULL: an empty one of its own (context.h)
    uint32_t kind;
} Callback;
typedef struct CallbackArray {
    uint32_t first, count, capacity;    // live: items[first] to items[count - 1]
    Callback items[];
} CallbackArray;

struct FutureObj {
    ObjHeader head;
    Attrs attrs;
    Value loop;             // NIL: __init__ was not called
    Value result;           // what it is, or the exception (FUT_ERROR); cancelled: the CancelledError to raise, or NIL
    Value extra;            // the exception's traceback; pending and cancelled: the message of cancel(), or NIL
    union {
        Value target;       // of the only callback
        CallbackArray *callbacks;
    };
    uint8_t callback;       // CallbackKind of the only one, CB_MANY, or CB_NONE
    uint8_t state;          // FutureState
    uint32_t cancels;       // Task: cancel() minus uncancel()
};
enum {                      // head.flags
    FUT_BLOCKING = OBJ_TYPE_BIT,            // _asyncio_future_blocking: `await` has just yielded it
    FUT_LOG_TRACEBACK = OBJ_TYPE_BIT << 1,  // nobody has asked for its exception
    FUT_ERROR = OBJ_TYPE_BIT << 2,          // result is an exception
    TASK_MUST_CANCEL = OBJ_TYPE_BIT << 3,
    TASK_QUIET = OBJ_TYPE_BIT << 4,         // its destruction while pending is not reported
    TASK_LISTED = OBJ_TYPE_BIT << 5,        // in a TaskList, which owns a reference
    TASK_NAMED = OBJ_TYPE_BIT << 6,         // name is a str; else the number N of Task-N
    FUT_PLACE = OBJ_TYPE_BIT << 7,          // holds a place in its loop's ready queue
};

// An instance of asyncio.Future or a subclass (Task too).
bool asy_is_future(VM *vm, Value v);
ASY_INLINE FutureObj *asy_as_future(Value v) { return asy_as(FutureObj, v); }
// Whether it is exactly a Future or Task (or one of ours built on them), so that no method can be overridden.
bool asy_is_plain_future(VM *vm, Value v);
// asyncio.isfuture: 1, 0, -1.
ASY_CHECKED int asy_isfuture(VM *vm, Value v);

ASY_CHECKED FutureObj *asy_future_new(VM *vm, Type *type, Value loop);
// Adds a callback, or schedules it if the future is done. All borrowed; context: of a CB_SCRIPT.
ASY_CHECKED bool asy_future_add(VM *vm, FutureObj *f, CallbackKind kind, Value target, ContextObj *context);
// The loop has come to a future that is done: calls its next n callbacks (n a small integer). False: an exception that
// ends the loop; callbacks that were not called are ready again.
ASY_CHECKED bool asy_future_run_callbacks(VM *vm, LoopObj *loop, FutureObj *f, Value n);
// Takes a native callback out of a pending future; without one nothing happens.
void asy_future_remove(VM *vm, FutureObj *f, CallbackKind kind, Value target);
// Any future: native or by its methods. The callback is a native one.
ASY_CHECKED bool asy_future_add_any(VM *vm, Value future, CallbackKind kind, Value target);
ASY_CHECKED bool asy_future_remove_any(VM *vm, Value future, CallbackKind kind, Value target);

// They end a pending future and schedule its callbacks. InvalidStateError if it is done; RuntimeError if its loop is
// closed. With a loop that is not ours, or whose call_soon is script's, any exception.
ASY_CHECKED bool asy_future_set_result(VM *vm, FutureObj *f, Value result);
ASY_CHECKED bool asy_future_set_exception(VM *vm, FutureObj *f, Value exc);
// Future.cancel of a future that is no task: 1, 0 it was done, -1.
ASY_CHECKED int asy_future_cancel(VM *vm, FutureObj *f, Value message);
// Any future, native or by its methods.
ASY_CHECKED bool asy_any_set_result(VM *vm, Value future, Value result);
ASY_CHECKED bool asy_any_set_exception(VM *vm, Value future, Value exc);
// Ends it as cancelled; `exc` (borrowed; NIL: made when asked for, with the message of cancel()) is what its result raises.
ASY_CHECKED bool asy_future_end_cancelled(VM *vm, FutureObj *f, Value exc);
// cancel() of whatever a task waits for, overridden methods and foreign futures included: 1, 0, -1.
ASY_CHECKED int asy_any_cancel(VM *vm, Value awaited, Value message);

// The result, or its exception raised. New reference.
ASY_CHECKED Value asy_future_result(VM *vm, FutureObj *f);
// The CancelledError of a cancelled future; new reference.
ASY_CHECKED Value asy_future_cancelled_error(VM *vm, FutureObj *f);
ASY_CHECKED Value asy_cancelled_error_new(VM *vm, Value message);       // NIL or None: without arguments
// What one may ask of any future. new references; state: -1 error, else whether.
ASY_CHECKED int asy_any_done(VM *vm, Value future);
ASY_CHECKED int asy_any_cancelled(VM *vm, Value future);
ASY_CHECKED Value asy_any_exception(VM *vm, Value future);              // None: it has none
ASY_CHECKED Value asy_any_result(VM *vm, Value future);
ASY_CHECKED Value asy_any_loop(VM *vm, Value future);

// loop.call_exception_handler(context) with these entries, in order; NIL values are left out. Takes nothing.
typedef struct ReportEntry {
    const char *key;
    Value value;
} ReportEntry;
ASY_CHECKED bool asy_report(VM *vm, Value loop, const char *message, const ReportEntry *entries, size_t n);

// What Task adds to or shares with Future.
void asy_future_trace(Tracer *t, ObjHeader *o);
void asy_future_clear(VM *vm, ObjHeader *o);
ASY_CHECKED bool asy_future_init(VM *vm, FutureObj *f, Value loop);     // NIL, None: the current loop
// Debug mode: remembers where it is made, as _source_traceback.
ASY_CHECKED bool asy_future_note_source(VM *vm, FutureObj *f);
int asy_future_await_poll(VM *vm, Value self, bool first, Value *out);
Value asy_future_await(VM *vm, Value self);
bool asy_future_needs_finalize(VM *vm, ObjHeader *o);
void asy_future_finalize(VM *vm, ObjHeader *o);
Value asy_future_repr(VM *vm, Value self);
extern const MethodDef asy_future_methods[];
extern const GetSetDef asy_future_getset[];
extern const TypeDef asy_rt_future_type, asy_rt_future_iter_type;
