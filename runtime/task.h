// Tasks: coroutines that the loop runs.
#pragma once
#include "runtime/context.h"
#include "runtime/future.h"

struct TaskObj {
    FutureObj future;
    Value coro;                 // dropped when done: then its function, for repr, or NIL
    Value waiter;               // what it waits for: a future or a parked CoroObj; NIL: nothing
    ContextObj *context;        // a slot (context.h)
    Value name;                 // str, or a number
    TaskObj *next, *prev;       // in the TaskList of running tasks
};

bool asy_is_task(VM *vm, Value v);
// New task, scheduled to begin. All borrowed; name NIL or None: Task-N; context NIL or None: a copy of the current one.
ASY_CHECKED TaskObj *asy_task_new(VM *vm, Type *type, Value loop, Value coro, Value name, Value context);
// loop.create_task(coro) as asyncio.create_task() does it, task factories and overridden methods included.
ASY_CHECKED Value asy_task_create(VM *vm, Value loop, Value coro, Value name, Value context);
// asyncio.ensure_future; loop NIL: the current one.
ASY_CHECKED Value asy_ensure_future(VM *vm, Value v, Value loop);

// Runs one step in the task's context, the loop's turn. `exc` (borrowed, NIL: none) is thrown in; `entered`: the context
// has been entered by the caller. False: an exception that ends the loop (KeyboardInterrupt, SystemExit), one of a loop
// that is not ours, or the task cannot be run now.
ASY_CHECKED bool asy_task_step(VM *vm, TaskObj *t, Value exc, bool entered);
// The same after what it waited for (NIL: nothing any more) has ended; `message`: of cancel(), if that was a parked
// coroutine.
ASY_CHECKED bool asy_task_wakeup(VM *vm, TaskObj *t, Value awaited, Value message, bool entered);
// Task.cancel: 1, 0 it is done, -1.
ASY_CHECKED int asy_task_cancel(VM *vm, TaskObj *t, Value message);
// Overridden cancel() of subclasses included.
ASY_CHECKED int asy_task_cancel_any(VM *vm, Value task, Value message);
ASY_INLINE uint32_t asy_task_uncancel(TaskObj *t) { return t->future.cancels ? --t->future.cancels : 0; }

// The running task of a loop, borrowed; NIL: none.
Value asy_task_current(VM *vm, Value loop);
// Takes the task from the list of running ones; the list's reference goes.
void asy_task_unlist(VM *vm, TaskObj *t);
// The loop is closed, or the VM ends: its tasks are on their own. With `report` their end is reported now.
void asy_task_list_release(VM *vm, TaskList *list, bool report);
// Bound methods of a task for loops that are not ours.
ASY_CHECKED Value asy_task_bound_step(VM *vm, TaskObj *t);
ASY_CHECKED Value asy_task_bound_wakeup(VM *vm, TaskObj *t);
ASY_CHECKED StrObj *asy_task_name(VM *vm, TaskObj *t);          // new reference
ASY_CHECKED ContextObj *asy_task_context(VM *vm, TaskObj *t);   // borrowed; the running one's is the current context
// The task as `fut_waiter` shows it in reprs: a stand-in future if it is parked. New reference or None.
ASY_CHECKED Value asy_task_waiter(VM *vm, TaskObj *t);

extern const TypeDef asy_rt_task_type;
extern const MethodDef asy_task_functions[];
// What task_type.c and task.c share.
ASY_CHECKED bool asy_task_init(VM *vm, TaskObj *t, Value coro, Value loop, Value name, Value context, bool eager);
bool asy_task_needs_finalize(VM *vm, ObjHeader *o);
void asy_task_finalize(VM *vm, ObjHeader *o);
void asy_task_trace(Tracer *t, ObjHeader *o);
void asy_task_clear(VM *vm, ObjHeader *o);
