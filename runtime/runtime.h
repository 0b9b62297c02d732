// What one VM's runtime owns: its types, names, threads and signals. Everything in this folder finds it by the VM.
//
// It hangs at vm->data[VM_DATA_RUNTIME]. asy_runtime_init makes it when the VM starts; the types are made when a module
// that shows them is first imported. Nothing here is shared between VMs.
#pragma once
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/vm.h"
#include "vm/interp/interp.h"

typedef struct Runtime Runtime;
typedef struct FutureObj FutureObj;
typedef struct TaskObj TaskObj;
typedef struct CoroObj CoroObj;
typedef struct LoopObj LoopObj;
typedef struct ContextObj ContextObj;

// The runtime's exception classes: EXC(id, module and name, base, doc)
#define RUNTIME_EXCEPTIONS(EXC)                                                                                        \
    EXC(cancelled_error, "asyncio.exceptions.CancelledError", BaseException, "The Future or Task was cancelled.")      \
    EXC(invalid_state_error, "asyncio.exceptions.InvalidStateError", Exception,                                        \
        "The operation is not allowed in this state.")                                                                 \
    EXC(queue_empty, "asyncio.queues.QueueEmpty", Exception, "Raised when Queue.get_nowait() is called on an empty Queue.") \
    EXC(queue_full, "asyncio.queues.QueueFull", Exception, "Raised when Queue.put_nowait() is called on a full Queue.") \
    EXC(queue_shut_down, "asyncio.queues.QueueShutDown", Exception,                                                    \
        "Raised when putting on to or getting from a shut-down Queue.")                                                \
    EXC(broken_barrier_error, "asyncio.exceptions.BrokenBarrierError", RuntimeError, "Barrier is broken by barrier.abort() call.")

// The runtime's types: TYPE(id); the definition is `const TypeDef asy_rt_<id>_type`.
#define RUNTIME_TYPES(TYPE)                                                                                            \
    TYPE(future) TYPE(task) TYPE(gathering) TYPE(future_iter) TYPE(coro) TYPE(coro_wrapper) TYPE(loop) TYPE(handle)     \
    TYPE(timer_handle) TYPE(context) TYPE(context_table) TYPE(context_var) TYPE(token) TYPE(token_missing) TYPE(context_iter)

typedef struct RuntimeNames {
#define NAME(id) StrObj *id;
#include "runtime/names.def"
} RuntimeNames;
#define rt_name(rt, id) ((rt)->names.id)

typedef struct TaskList {
    TaskObj *first, *last;
} TaskList;

struct Runtime {
    VM *vm;
    RuntimeNames names;
    struct {
#define TYPE(id) Type *id;
        RUNTIME_TYPES(TYPE)
#undef TYPE
    } types;
    struct {
#define EXC(id, name, base, doc) Type *id;
        RUNTIME_EXCEPTIONS(EXC)
#undef EXC
    } exc;
    bool types_ready;
    TaskList foreign;           // running tasks of loops that are not a LoopObj
    DictObj *foreign_current;   // current task of such loops; NULL until used
    LoopObj *loops;             // all that exist, borrowed
    Value coroutine_class;      // collections.abc.Coroutine, once asked
    uint64_t task_number;       // of the last automatic name "Task-N"
    struct Threads *threads;    // threads.c
    struct Signals *signals;    // signals.c
    struct LocalObj *locals;    // thread-local objects that exist, borrowed
    bool stopping;              // the VM ends: other threads unwind
};

ASY_INLINE Runtime *asy_rt(VM *vm) { return vm->data[VM_DATA_RUNTIME]; }

// Makes the runtime of a new VM and installs its hooks. False: MemoryError, nothing installed.
ASY_CHECKED bool asy_runtime_init(VM *vm);
// The same at the first use; and makes its types. For modules' init functions.
ASY_CHECKED bool asy_runtime_types(VM *vm);
