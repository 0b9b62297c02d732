// The native modules of the runtime: _asyncio, _contextvars, _thread, _signal. What script imports (asyncio, contextvars,
// threading, signal) is written in the language over them.
#include "runtime/combine.h"
#include "runtime/context.h"
#include "runtime/coro.h"
#include "runtime/handle.h"
#include "runtime/loop.h"
#include "runtime/queue.h"
#include "runtime/signals.h"
#include "runtime/sync.h"
#include "runtime/task.h"
#include "runtime/taskgroup.h"
#include "runtime/threads.h"
#include "runtime/timeouts.h"
#include "vm/interp/import.h"
#include "vm/objects/dict.h"
#include "vm/objects/float.h"
#include "vm/objects/module.h"

static bool add_types(VM *vm, Value module, const TypeDef *const *defs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!asy_module_add_type(vm, module, defs[i])) return false;
    }
    return true;
}
#define ADD_TYPES(module, ...)                                                                     \
    add_types(vm, module, (const TypeDef *const[]){ __VA_ARGS__ },                                 \
              sizeof((const TypeDef *const[]){ __VA_ARGS__ }) / sizeof(const TypeDef *))

static bool asyncio_init(VM *vm, Value module)
{
    if (!asy_runtime_types(vm)) return false;
    Runtime *rt = asy_rt(vm);
#define EXC(id, name, base, doc)                                                                   \
    if (!asy_module_add(vm, module, strrchr(name, '.') + 1, asy_from_obj(asy_retain_obj(rt->exc.id)))) return false;
    RUNTIME_EXCEPTIONS(EXC)
#undef EXC
    return ADD_TYPES(module, &asy_rt_loop_type, &asy_rt_future_type, &asy_rt_task_type, &asy_rt_gathering_type, &asy_rt_handle_type,
                     &asy_rt_timer_handle_type, &asy_lock_type, &asy_event_type, &asy_condition_type, &asy_semaphore_type,
                     &asy_bounded_semaphore_type, &asy_queue_type, &asy_priority_queue_type, &asy_lifo_queue_type,
                     &asy_taskgroup_type, &asy_timeout_type) &&
           asy_module_add_functions(vm, module, asy_task_functions) && asy_module_add_functions(vm, module, asy_combine_functions) &&
           asy_module_add_functions(vm, module, asy_shield_functions) && asy_module_add_functions(vm, module, asy_as_completed_functions) &&
           asy_module_add_functions(vm, module, asy_timeout_functions);
}
const ModuleDef asy_module__asyncio = {
    .name = "_asyncio",
    .doc = "The event loop, futures, tasks and what they wait on.",
    .functions = asy_loop_functions,
    .init = asyncio_init,
};

static bool contextvars_init(VM *vm, Value module)
{
    if (!asy_runtime_types(vm)) return false;
    Runtime *rt = asy_rt(vm);
    Value missing = asy_from_obj(asy_object_alloc(vm, rt->types.token_missing));
    if (asy_is_nil(missing)) return false;
    bool ok = asy_dict_set_str(vm, rt->types.token->dict, rt_name(rt, MISSING), missing);
    asy_release(vm, missing);
    return ok && ADD_TYPES(module, &asy_rt_context_type, &asy_rt_context_var_type, &asy_rt_token_type);
}
const ModuleDef asy_module__contextvars = {
    .name = "_contextvars",
    .doc = "Context variables.",
    .functions = asy_context_functions,
    .init = contextvars_init,
};

static bool thread_init(VM *vm, Value module)
{
    if (!asy_runtime_init(vm)) return false;
    Type *lock = asy_type_ready(vm, &asy_thread_lock_type);
    return lock && asy_module_add(vm, module, "LockType", asy_from_obj(asy_retain_obj(lock))) &&
           ADD_TYPES(module, &asy_thread_lock_type, &asy_thread_rlock_type, &asy_thread_local_type) &&
           asy_module_add(vm, module, "TIMEOUT_MAX", asy_from_double(9223372036.0)) &&
           asy_module_add(vm, module, "error", asy_from_obj(asy_retain_obj(vm->exc[EXC_RuntimeError]))) &&
           asy_module_add_functions(vm, module, asy_thread_lock_functions);
}
const ModuleDef asy_module__thread = {
    .name = "_thread",
    .doc = "Threads and locks.",
    .functions = asy_thread_functions,
    .init = thread_init,
};

static bool signal_init(VM *vm, Value module) { return asy_runtime_init(vm) && asy_signal_module_fill(vm, module); }
const ModuleDef asy_module__signal = {
    .name = "_signal",
    .doc = "Signals of the operating system.",
    .functions = asy_signal_functions,
    .init = signal_init,
};
