// The VM's lock and the threads that take turns with it.
//
// The lock is held from the VM's beginning by its first thread; the hooks that let go of it are installed when a second
// one is started. A waiter that has seen the same holder for SWITCH_NS asks for a switch; the holder gives way at its
// next safe point and waits until somebody else has had the lock. Threads block on a semaphore of their own, with the
// lock released; what they wait for is looked at again under the lock.
#include "runtime/threads.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "runtime/signals.h"
#include "vm/interp/frame.h"
#include "vm/memory/finalize.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"

enum { SWITCH_NS = 5000000, CLOSE_WAIT_MS = 1000 };

typedef struct Threads {
    pthread_mutex_t mutex;
    pthread_cond_t freed;       // the lock was let go of
    pthread_cond_t taken;       // somebody has got it
    bool held, hooked;
    uint32_t waiting;
    uint32_t others;            // threads besides the main one
    _Atomic uint32_t idle;      // threads that are
    uint64_t turns;             // times the lock was taken
    uint64_t last_id;
    size_t stack_size;
    ThreadData main;
    ThreadData *all;
} Threads;

static struct timespec deadline_of(int64_t ns)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t total = t.tv_nsec + ns % 1000000000;
    t.tv_sec += (time_t)(ns / 1000000000 + total / 1000000000);
    t.tv_nsec = (long)(total % 1000000000);
    return t;
}

// ---- the lock ----

static void lock_release(VM *vm)
{
    Threads *ts = asy_rt(vm)->threads;
    pthread_mutex_lock(&ts->mutex);
    ts->held = false;
    pthread_cond_signal(&ts->freed);
    pthread_mutex_unlock(&ts->mutex);
}

static void lock_acquire(VM *vm, Thread *thread)
{
    Runtime *rt = asy_rt(vm);
    Threads *ts = rt->threads;
    pthread_mutex_lock(&ts->mutex);
    while (ts->held) {
        uint64_t turns = ts->turns;
        struct timespec until = deadline_of(SWITCH_NS);
        ts->waiting++;
        int r = pthread_cond_timedwait(&ts->freed, &ts->mutex, &until);
        ts->waiting--;
        if (r == ETIMEDOUT && ts->held && ts->turns == turns) asy_vm_set_pending(vm, PENDING_SWITCH);
    }
    ts->held = true;
    ts->turns++;
    vm->thread = thread;
    pthread_cond_signal(&ts->taken);
    pthread_mutex_unlock(&ts->mutex);
    if (thread == &vm->main_thread && asy_signals_waiting(rt)) asy_vm_set_pending(vm, PENDING_SIGNAL);
    if (ASY_UNLIKELY(rt->stopping) && thread != &vm->main_thread) asy_vm_set_pending(vm, PENDING_ASYNC);
}

void asy_threads_switch(VM *vm)
{
    Threads *ts = asy_rt(vm)->threads;
    Thread *me = vm->thread;
    pthread_mutex_lock(&ts->mutex);
    if (ts->waiting == 0) {
        pthread_mutex_unlock(&ts->mutex);
        return;
    }
    uint64_t turns = ts->turns;
    ts->held = false;
    pthread_cond_signal(&ts->freed);
    // Without this the thread that gives way would be the first to take the lock again.
    while (ts->turns == turns && ts->waiting > 0) pthread_cond_wait(&ts->taken, &ts->mutex);
    pthread_mutex_unlock(&ts->mutex);
    lock_acquire(vm, me);
}

// ---- blocking ----

static void not_idle(ThreadData *data)
{
    if (atomic_exchange(&data->idle, false)) atomic_fetch_sub(&asy_rt(data->vm)->threads->idle, 1);
}

void asy_thread_block(VM *vm, int64_t ns)
{
    Thread *me = vm->thread;
    ThreadData *data = me->runtime;
    Threads *ts = asy_rt(vm)->threads;
    if (vm->scheduler.is_virtual && ts->others == 0 && ns >= 0) {
        vm->scheduler.sleep_ns(vm->scheduler.ud, ns);
        return;
    }
    if (vm->lock_release) vm->lock_release(vm);
    if (ns < 0) {
        atomic_store(&data->idle, true);
        atomic_fetch_add(&ts->idle, 1);
        (void)sem_wait(&data->wake);
        not_idle(data);
    } else {
        struct timespec until = deadline_of(ns);
        (void)sem_clockwait(&data->wake, CLOCK_MONOTONIC, &until);
    }
    if (vm->lock_acquire) vm->lock_acquire(vm, me);
}

void asy_thread_wake(Thread *thread)
{
    ThreadData *data = thread->runtime;
    if (!data) return;
    not_idle(data);         // from now on, whenever the system lets it run
    (void)sem_post(&data->wake);
}

// Sleeping that a signal, or the end of the VM, cuts short. The VM's lock is not held, so the thread is looked up.
static void interruptible_sleep(void *ud, int64_t ns)
{
    VM *vm = ud;
    Threads *ts = asy_rt(vm)->threads;
    ThreadData *me = NULL;
    pthread_mutex_lock(&ts->mutex);
    for (ThreadData *t = ts->all; t && !me; t = t->next) {
        if (pthread_equal(t->handle, pthread_self())) me = t;
    }
    pthread_mutex_unlock(&ts->mutex);
    struct timespec until = deadline_of(ns > 0 ? ns : 0);
    if (me) (void)sem_clockwait(&me->wake, CLOCK_MONOTONIC, &until);
    else (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

// ---- threads ----

static void thread_unlink(VM *vm, ThreadData *t)
{
    for (Thread **at = &vm->main_thread.next; *at; at = &(*at)->next) {
        if (*at != &t->thread) continue;
        *at = t->thread.next;
        break;
    }
    Threads *ts = asy_rt(vm)->threads;
    pthread_mutex_lock(&ts->mutex);
    for (ThreadData **at = &ts->all; *at; at = &(*at)->next) {
        if (*at != t) continue;
        *at = t->next;
        break;
    }
    pthread_mutex_unlock(&ts->mutex);
}

static void thread_clear(VM *vm, ThreadData *t)
{
    Thread *th = &t->thread;
    asy_threads_forget_locals(vm, th->id);
    asy_clear(vm, &th->exc);
    asy_clear(vm, &th->base_handled.exc);
    asy_clear(vm, &th->context);
    asy_clear(vm, &th->async_exc);
    asy_clear(vm, &th->asyncgen_firstiter);
    asy_clear(vm, &th->asyncgen_finalizer);
    asy_clear(vm, &th->trace);
    asy_clear(vm, &th->profile);
    asy_frame_free_pool(vm, th->pool);
    th->pool = NULL;
}

static void *thread_main(void *arg)
{
    ThreadData *t = arg;
    VM *vm = t->vm;
    Threads *ts = asy_rt(vm)->threads;
    asy_thread_set_stack(&t->thread);
    lock_acquire(vm, &t->thread);
    Value r = ASY_NONE;
    if (!asy_rt(vm)->stopping) r = asy_call_tuple(vm, t->func, t->args, t->kwargs);
    if (asy_is_err(r) && !asy_error_catch(vm, EXC_SystemExit)) {
        asy_error_unraisable(vm, t->func, "Exception ignored in thread started by: ");
    }
    asy_release(vm, r);
    asy_clear(vm, &t->func);
    asy_clear(vm, &t->args);
    asy_clear(vm, &t->kwargs);
    if (vm->pending & PENDING_FINALIZE) asy_finalize_drain(vm);
    thread_clear(vm, t);
    if (vm->pending & PENDING_FINALIZE) asy_finalize_drain(vm);
    thread_unlink(vm, t);
    (void)sem_destroy(&t->wake);
    asy_mem_free(vm, t, sizeof(ThreadData));
    // Others may go on, and the VM may close, once this is done: nothing of it is touched afterwards.
    pthread_mutex_lock(&ts->mutex);
    ts->others--;
    ts->held = false;
    pthread_cond_signal(&ts->freed);
    pthread_mutex_unlock(&ts->mutex);
    return NULL;
}

static void hooks_install(VM *vm, Threads *ts)
{
    if (ts->hooked) return;
    ts->hooked = ts->held = true;
    vm->lock_release = lock_release;
    vm->lock_acquire = lock_acquire;
    if (vm->scheduler.sleep_ns == asy_scheduler_system.sleep_ns) {
        vm->scheduler.sleep_ns = interruptible_sleep;
        vm->scheduler.ud = vm;
    }
}

static Value start_new_thread(VM *vm, Args a)
{
    if (!asy_is_callable(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "first arg must be callable");
    if (!asy_is_tuple(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "2nd arg must be a tuple");
    if (!asy_is_nil(a.v[2]) && !asy_is_dict(vm, a.v[2])) return asy_raise(vm, EXC_TypeError, "optional 3rd arg must be a dictionary");
    Threads *ts = asy_rt(vm)->threads;
    ThreadData *t = asy_mem_alloc(vm, sizeof(ThreadData));
    if (!t) return asy_raise_memory(vm);
    *t = (ThreadData){ .vm = vm, .self = &t->thread };
    if (sem_init(&t->wake, 0, 0) != 0) {
        asy_mem_free(vm, t, sizeof(ThreadData));
        return asy_raise(vm, EXC_RuntimeError, "can't start new thread");
    }
    Thread *th = &t->thread;
    th->vm = vm;
    th->handled = &th->base_handled;
    th->id = ++ts->last_id;
    th->runtime = t;
    th->next = vm->main_thread.next;
    vm->main_thread.next = th;
    t->func = asy_retain(a.v[0]);
    t->args = asy_retain(a.v[1]);
    t->kwargs = asy_retain(a.v[2]);
    hooks_install(vm, ts);
    uint64_t id = th->id;
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (ts->stack_size) (void)pthread_attr_setstacksize(&attr, ts->stack_size);
    pthread_mutex_lock(&ts->mutex);
    int failed = pthread_create(&t->handle, &attr, thread_main, t);
    if (!failed) {
        ts->others++;
        t->next = ts->all;
        ts->all = t;
    }
    pthread_mutex_unlock(&ts->mutex);
    (void)pthread_attr_destroy(&attr);
    if (!failed) return asy_from_small((int64_t)id);
    thread_unlink(vm, t);
    asy_clear(vm, &t->func);
    asy_clear(vm, &t->args);
    asy_clear(vm, &t->kwargs);
    (void)sem_destroy(&t->wake);
    asy_mem_free(vm, t, sizeof(ThreadData));
    return asy_raise(vm, EXC_RuntimeError, "can't start new thread");
}

uint32_t asy_threads_others(VM *vm)
{
    Threads *ts = asy_rt(vm)->threads;
    return ts->others;
}

bool asy_threads_busy(VM *vm)
{
    Threads *ts = asy_rt(vm)->threads;
    return ts->others > atomic_load(&ts->idle);
}

// ---- beginning and end ----

bool asy_threads_init(VM *vm, Runtime *rt)
{
    Threads *ts = asy_mem_alloc(vm, sizeof(Threads));
    if (!ts) {
        asy_raise_memory(vm);
        return false;
    }
    *ts = (Threads){ .last_id = vm->main_thread.id };
    pthread_condattr_t attr;
    bool ok = pthread_condattr_init(&attr) == 0 && pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
              pthread_mutex_init(&ts->mutex, NULL) == 0 && pthread_cond_init(&ts->freed, &attr) == 0 &&
              pthread_cond_init(&ts->taken, &attr) == 0 && sem_init(&ts->main.wake, 0, 0) == 0;
    (void)pthread_condattr_destroy(&attr);
    if (!ok) {
        asy_mem_free(vm, ts, sizeof(Threads));
        asy_raise(vm, EXC_RuntimeError, "the system gives no locks");
        return false;
    }
    ts->main.self = &vm->main_thread;
    ts->main.vm = vm;
    ts->main.handle = pthread_self();
    ts->all = &ts->main;
    vm->main_thread.runtime = &ts->main;
    rt->threads = ts;
    return true;
}

void asy_threads_close(VM *vm, Runtime *rt)
{
    Threads *ts = rt->threads;
    rt->stopping = true;
    bool limit = vm->limit_hit;
    for (int i = 0; ts->others > 0 && i < CLOSE_WAIT_MS; i++) {
        vm->limit_hit = true;           // no handler keeps them
        pthread_mutex_lock(&ts->mutex);
        for (ThreadData *t = ts->all; t; t = t->next) (void)sem_post(&t->wake);
        pthread_mutex_unlock(&ts->mutex);
        asy_vm_set_pending(vm, PENDING_ASYNC);
        Thread *me = vm->thread;
        lock_release(vm);
        struct timespec ms = { .tv_nsec = 1000000 };
        (void)nanosleep(&ms, NULL);
        lock_acquire(vm, me);
    }
    vm->limit_hit = limit;
    vm->lock_release = NULL;
    vm->lock_acquire = NULL;
}

void asy_threads_free(VM *vm, Runtime *rt)
{
    Threads *ts = rt->threads;
    rt->threads = NULL;
    vm->main_thread.runtime = NULL;
    (void)sem_destroy(&ts->main.wake);
    (void)pthread_cond_destroy(&ts->freed);
    (void)pthread_cond_destroy(&ts->taken);
    (void)pthread_mutex_destroy(&ts->mutex);
    asy_mem_free(vm, ts, sizeof(Threads));
}

// ---- the module's functions ----

static Value get_ident(VM *vm, Args a) { return (void)a, asy_from_small((int64_t)vm->thread->id); }
static Value get_native_id(VM *vm, Args a) { return (void)vm, (void)a, asy_from_small(gettid()); }
static Value count(VM *vm, Args a) { return (void)a, asy_from_small(asy_threads_others(vm)); }
static Value exit_thread(VM *vm, Args a) { return (void)a, asy_raise_kind(vm, EXC_SystemExit, ASY_NIL); }
static Value interrupt_main(VM *vm, Args a)
{
    int64_t signum = 2;
    if (!asy_arg_i64(vm, a.v[0], &signum)) return ASY_ERR;
    if (signum < 1 || signum >= SIGNALS_MAX) return asy_raise(vm, EXC_ValueError, "signal number out of range");
    asy_signals_arrived(vm, (int)signum);
    return ASY_NONE;
}
static Value stack_size(VM *vm, Args a)
{
    Threads *ts = asy_rt(vm)->threads;
    int64_t size = -1;
    if (!asy_arg_i64(vm, a.v[0], &size)) return ASY_ERR;
    size_t old = ts->stack_size;
    if (asy_is_nil(a.v[0])) return asy_from_small((int64_t)old);
    if (size != 0 && size < 512 * 1024) return asy_raise(vm, EXC_ValueError, "size not valid: %lld bytes", (long long)size);
    ts->stack_size = (size_t)size;
    return asy_from_small((int64_t)old);
}

const MethodDef asy_thread_functions[] = {
    { "start_new_thread", start_new_thread, "(function, args, kwargs=None, /)", 0, "Call function(*args, **kwargs) in a new thread." },
    { "get_ident", get_ident, "()", 0, "The running thread's identifier." },
    { "get_native_id", get_native_id, "()", 0, "The system's number of the running thread." },
    { "_count", count, "()", 0, "How many other threads run." },
    { "exit", exit_thread, "()", 0, "End the running thread." },
    { "interrupt_main", interrupt_main, "(signum=2, /)", 0, "Have the main thread get a signal." },
    { "stack_size", stack_size, "(size=0, /)", 0, "Bytes of C stack of new threads; 0: the system's default." },
    { 0 },
};
