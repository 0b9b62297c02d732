// A runtime's beginning and end, its types, and the hook the interpreter calls when something is pending.
#include "runtime/runtime.h"

#include <signal.h>
#include <stdatomic.h>

#include "runtime/combine.h"
#include "runtime/context.h"
#include "runtime/coro.h"
#include "runtime/handle.h"
#include "runtime/loop.h"
#include "runtime/signals.h"
#include "runtime/task.h"
#include "runtime/threads.h"
#include "vm/memory/finalize.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception_impl.h"

// Exception classes: like their base in all but name.
#define EXC(id, text, parent, help)                                                                                    \
    static const TypeDef id##_type = {                                                                                 \
        .name = text, .size = sizeof(Exc), .flags = TYPE_BASE | TYPE_EXCEPTION | TYPE_ATTRS,                            \
        .attrs_offset = offsetof(Exc, attrs), .base = &asy_exc_types[EXC_##parent], .doc = help,                        \
        .trace = asy_Exc_trace, .clear = asy_Exc_clear,                                                                \
        .slots = { .init = asy_exc_init, .new = asy_exc_base_new },                                                    \
    };
RUNTIME_EXCEPTIONS(EXC)
#undef EXC

static void runtime_trace(Tracer *t, void *data)
{
    Runtime *rt = data;
    for (TaskObj *task = rt->foreign.first; task; task = task->next) asy_trace_header(t, &task->future.head);
    asy_trace_header(t, (ObjHeader *)(void *)rt->foreign_current);
    asy_trace_value(t, rt->coroutine_class);
    asy_signals_trace(t, rt);
}

static void names_release(VM *vm, Runtime *rt)
{
#define NAME(id)                            \
    asy_release_obj(vm, rt->names.id);      \
    rt->names.id = NULL;
#include "runtime/names.def"
}

// The VM ends. Tasks that still wait are reported while script can run.
static void runtime_close(VM *vm, void *data)
{
    Runtime *rt = data;
    asy_threads_close(vm, rt);
    for (LoopObj *loop = rt->loops; loop;) {
        LoopObj *held = asy_retain_obj(loop);
        asy_task_list_release(vm, &held->tasks, true);
        asy_finalize_drain(vm);
        loop = held->next;
        asy_release_obj(vm, held);
    }
    asy_task_list_release(vm, &rt->foreign, true);
    DictObj *current = rt->foreign_current;
    rt->foreign_current = NULL;
    asy_release_obj(vm, current);
    asy_clear(vm, &rt->coroutine_class);
    asy_signals_close(vm, rt);
    asy_finalize_drain(vm);
}

static void runtime_free(VM *vm, void *data)
{
    Runtime *rt = data;
    asy_signals_free(vm, rt);
    asy_threads_free(vm, rt);
    names_release(vm, rt);
    asy_mem_free(vm, rt, sizeof(Runtime));
}

static bool runtime_pending(VM *vm, uint32_t bits)
{
    Runtime *rt = asy_rt(vm);
    if (bits & PENDING_SWITCH) {
        atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_SWITCH);
        asy_threads_switch(vm);
    }
    if (bits & PENDING_SIGNAL) {
        if (atomic_exchange(&vm->interrupted, false)) asy_signals_arrived(vm, SIGINT);
        atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_SIGNAL);
        if (asy_is_main_thread(vm) && !asy_signals_run(vm)) return false;
    }
    if (bits & PENDING_ASYNC) atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_ASYNC);
    // A daemon thread's end at the end of the VM.
    if (ASY_UNLIKELY(rt && rt->stopping) && !asy_is_main_thread(vm)) {
        asy_raise_kind(vm, EXC_SystemExit, ASY_NIL);
        return false;
    }
    return true;
}

bool asy_runtime_init(VM *vm)
{
    if (vm->data[VM_DATA_RUNTIME]) return true;
    Runtime *rt = asy_mem_alloc(vm, sizeof(Runtime));
    if (!rt) {
        asy_raise_memory(vm);
        return false;
    }
    *rt = (Runtime){ .vm = vm };
#define NAME(id) \
    if (!(rt->names.id = asy_intern(vm, #id, sizeof #id - 1))) goto failed;
#include "runtime/names.def"
    if (!asy_threads_init(vm, rt)) goto failed;
    if (!asy_signals_init(vm, rt)) {
        asy_threads_free(vm, rt);
        goto failed;
    }
    vm->data[VM_DATA_RUNTIME] = rt;
    vm->data_close[VM_DATA_RUNTIME] = runtime_close;
    vm->data_trace[VM_DATA_RUNTIME] = runtime_trace;
    vm->data_free[VM_DATA_RUNTIME] = runtime_free;
    vm->on_pending = runtime_pending;
    return true;
failed:
    names_release(vm, rt);
    asy_mem_free(vm, rt, sizeof(Runtime));
    return false;
}

bool asy_runtime_types(VM *vm)
{
    if (!asy_runtime_init(vm)) return false;
    Runtime *rt = asy_rt(vm);
    if (rt->types_ready) return true;
#define EXC(id, text, parent, help) \
    if (!(rt->exc.id = asy_type_ready(vm, &id##_type))) return false;
    RUNTIME_EXCEPTIONS(EXC)
#undef EXC
#define TYPE(id) \
    if (!(rt->types.id = asy_type_ready(vm, &asy_rt_##id##_type))) return false;
    RUNTIME_TYPES(TYPE)
#undef TYPE
    rt->types_ready = true;
    return true;
}
