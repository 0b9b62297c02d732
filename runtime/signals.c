// Signals.
//
// What has arrived is a set of bits, written from anywhere; the main thread calls the handlers at its next safe point.
// Ctrl-C usually arrives from the host (asy_interrupt), which owns the process's SIGINT. For others that script asks
// for, a thread of ours runs a libuv loop with nothing but signal watchers: libuv's handler is what the system calls, so
// no state of ours is global. That thread starts with the first handler and never touches the VM but for the bits.
#include "runtime/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include "runtime/loop.h"
#include "runtime/threads.h"
#include "vm/objects/dict.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

typedef struct Watcher {
    uv_loop_t uv;
    uv_async_t changed;
    uv_thread_t thread;
    uv_sem_t done;              // posted when a change has been made
    uv_signal_t handles[SIGNALS_MAX];
    int signum;                 // the change: start, or stop if negative; 0: end the thread
    int result;
    VM *vm;
} Watcher;
typedef struct Signals {
    _Atomic uint64_t arrived;   // bit signum - 1
    Value handlers[SIGNALS_MAX];    // NIL: as the system has it
    int wakeup_fd;              // -1: none
    Watcher *watcher;           // NULL until needed
    uint64_t watched;
} Signals;

static Value default_int_handler(VM *vm, Args a);
static const MethodDef default_int_handler_def = { "default_int_handler", default_int_handler, "(signalnum, frame, /)", 0,
                                                   "Raises KeyboardInterrupt." };

static Signals *signals_of(VM *vm) { return asy_rt(vm)->signals; }

bool asy_signals_init(VM *vm, Runtime *rt)
{
    Signals *s = asy_mem_alloc(vm, sizeof(Signals));
    if (!s) {
        asy_raise_memory(vm);
        return false;
    }
    memset(s, 0, sizeof *s);
    s->wakeup_fd = -1;
    rt->signals = s;
    return true;
}

void asy_signals_trace(Tracer *t, Runtime *rt)
{
    for (int i = 0; rt->signals && i < SIGNALS_MAX; i++) asy_trace_value(t, rt->signals->handlers[i]);
}

bool asy_signals_waiting(Runtime *rt) { return atomic_load_explicit(&rt->signals->arrived, memory_order_relaxed) != 0; }

// ---- arriving ----

void asy_signals_arrived(VM *vm, int signum)
{
    Runtime *rt = asy_rt(vm);
    if (!rt || !rt->signals || signum < 1 || signum >= SIGNALS_MAX) return;
    Signals *s = rt->signals;
    int saved = errno;
    atomic_fetch_or(&s->arrived, UINT64_C(1) << (signum - 1));
    asy_vm_set_pending(vm, PENDING_SIGNAL);
    asy_thread_wake(&vm->main_thread);
    for (LoopObj *loop = rt->loops; loop; loop = loop->next) asy_loop_wake(loop);
    if (s->wakeup_fd >= 0) {
        unsigned char byte = (unsigned char)signum;
        ssize_t written = write(s->wakeup_fd, &byte, 1);
        (void)written;          // a full pipe wakes as well
    }
    errno = saved;
}

static bool is_callable_handler(VM *vm, Value handler) { return !asy_is_nil(handler) && !asy_is_int(handler) && asy_is_callable(vm, handler); }

static Value handler_of(VM *vm, int signum)
{
    Value h = signals_of(vm)->handlers[signum];
    if (!asy_is_nil(h)) return asy_retain(h);
    if (signum == SIGINT) return asy_native_new(vm, &default_int_handler_def, ASY_NIL, ASY_NIL);
    struct sigaction now;
    bool ignored = sigaction(signum, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
    return asy_from_small(ignored ? 1 : 0);
}

bool asy_signals_raise(VM *vm, int signum)
{
    if (signum < 1 || signum >= SIGNALS_MAX || !asy_rt(vm)) return false;
    Value h = signals_of(vm)->handlers[signum];
    if (!is_callable_handler(vm, h) && !(asy_is_nil(h) && signum == SIGINT)) return false;
    asy_signals_arrived(vm, signum);
    return true;
}

bool asy_signals_run(VM *vm)
{
    Signals *s = signals_of(vm);
    uint64_t arrived = atomic_exchange(&s->arrived, 0);
    for (int signum = 1; arrived; signum++, arrived >>= 1) {
        if (!(arrived & 1)) continue;
        Value h = s->handlers[signum];
        if (asy_is_int(h)) {
            if (asy_as_small(h) == 1) continue;             // SIG_IGN
            (void)signal(signum, SIG_DFL);
            (void)raise(signum);
            continue;
        }
        Value handler = handler_of(vm, signum);
        if (asy_is_err(handler)) return false;
        Frame *f = asy_current_frame(vm);
        Value frame = f ? asy_frame_object(vm, f) : ASY_NONE;
        Value r = asy_is_err(frame) ? ASY_ERR : asy_call2(vm, handler, asy_from_small(signum), frame);
        asy_release(vm, frame);
        asy_release(vm, handler);
        asy_release(vm, r);
        if (!asy_is_err(r)) continue;
        // The others are still to be handled.
        if (arrived >> 1) {
            atomic_fetch_or(&s->arrived, (arrived >> 1) << signum);
            asy_vm_set_pending(vm, PENDING_SIGNAL);
        }
        return false;
    }
    return true;
}

// ---- the watching thread ----

static void watcher_signal(uv_signal_t *handle, int signum) { asy_signals_arrived(((Watcher *)handle->data)->vm, signum); }

static void close_all(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}
static void watcher_changed(uv_async_t *async)
{
    Watcher *w = async->data;
    int n = w->signum < 0 ? -w->signum : w->signum;
    if (n == 0) {
        uv_walk(&w->uv, close_all, NULL);
        return;
    }
    uv_signal_t *handle = &w->handles[n];
    if (!handle->data) {
        w->result = uv_signal_init(&w->uv, handle);
        handle->data = w;
    }
    w->result = w->signum > 0 ? uv_signal_start(handle, watcher_signal, n) : uv_signal_stop(handle);
    uv_sem_post(&w->done);
}
static void watcher_main(void *arg)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);       // the others take them: their blocking calls are to notice
    (void)uv_run(&((Watcher *)arg)->uv, UV_RUN_DEFAULT);
}

static bool watcher_start(VM *vm, Signals *s)
{
    if (s->watcher) return true;
    Watcher *w = asy_mem_alloc(vm, sizeof(Watcher));
    if (!w) {
        asy_raise_memory(vm);
        return false;
    }
    memset(w, 0, sizeof *w);
    w->vm = vm;
    int r = uv_loop_init(&w->uv);
    if (r == 0) {
        w->changed.data = w;
        r = uv_async_init(&w->uv, &w->changed, watcher_changed);
        w->changed.data = w;
        if (r == 0) r = uv_sem_init(&w->done, 0);
        if (r == 0) r = uv_thread_create(&w->thread, watcher_main, w);
        if (r != 0) (void)uv_loop_close(&w->uv);
    }
    if (r != 0) {
        asy_mem_free(vm, w, sizeof(Watcher));
        asy_raise_os(vm, -r, ASY_NIL, ASY_NIL);
        return false;
    }
    s->watcher = w;
    return true;
}

// Has the system's signal watched, or not any more.
static bool watch(VM *vm, Signals *s, int signum, bool on)
{
    uint64_t bit = UINT64_C(1) << (signum - 1);
    if (!!(s->watched & bit) == on || !watcher_start(vm, s)) return s->watcher != NULL;
    Watcher *w = s->watcher;
    w->signum = on ? signum : -signum;
    (void)uv_async_send(&w->changed);
    uv_sem_wait(&w->done);
    if (w->result != 0) {
        asy_raise_os(vm, -w->result, ASY_NIL, ASY_NIL);
        return false;
    }
    s->watched = on ? s->watched | bit : s->watched & ~bit;
    return true;
}

void asy_signals_close(VM *vm, Runtime *rt)
{
    Signals *s = rt->signals;
    if (s->watcher) {
        Watcher *w = s->watcher;
        s->watcher = NULL;
        w->signum = 0;
        (void)uv_async_send(&w->changed);
        (void)uv_thread_join(&w->thread);
        (void)uv_loop_close(&w->uv);
        uv_sem_destroy(&w->done);
        asy_mem_free(vm, w, sizeof(Watcher));
    }
    for (int i = 0; i < SIGNALS_MAX; i++) asy_clear(vm, &s->handlers[i]);
}

void asy_signals_free(VM *vm, Runtime *rt)
{
    Signals *s = rt->signals;
    rt->signals = NULL;
    asy_mem_free(vm, s, sizeof(Signals));
}

// ---- the module ----

static Value default_int_handler(VM *vm, Args a)
{
    (void)a;
    return asy_raise_kind(vm, EXC_KeyboardInterrupt, ASY_NIL);
}

static bool signal_number(VM *vm, Value v, int *out)
{
    int64_t n;
    if (!asy_to_i64(vm, v, &n)) return false;
    if (n < 1 || n >= SIGNALS_MAX) {
        asy_raise(vm, EXC_ValueError, "signal number out of range");
        return false;
    }
    *out = (int)n;
    return true;
}

// Whether the host takes care of this signal and hands it to us (Ctrl-C).
static bool host_delivers(int signum)
{
    struct sigaction now;
    return signum == SIGINT && sigaction(signum, NULL, &now) == 0 && now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN;
}

static Value signal_signal(VM *vm, Args a)
{
    int signum;
    if (!asy_is_main_thread(vm)) {
        return asy_raise(vm, EXC_ValueError, "signal only works in main thread of the main interpreter");
    }
    if (!signal_number(vm, a.v[0], &signum)) return ASY_ERR;
    int64_t number = -1;
    bool special = asy_int_as_i64(vm, a.v[1], &number);
    if (!special && !asy_is_callable(vm, a.v[1])) {
        // An int subclass (signal.Handlers) is told by its value.
        return asy_raise(vm, EXC_TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    }
    if (special && number != 0 && number != 1) {
        return asy_raise(vm, EXC_TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    }
    Signals *s = signals_of(vm);
    Value old = handler_of(vm, signum);
    if (asy_is_err(old)) return ASY_ERR;
    bool ok = true;
    if (signum == SIGKILL || signum == SIGSTOP) {
        asy_raise_os(vm, EINVAL, ASY_NIL, ASY_NIL);
        ok = false;
    } else if (!host_delivers(signum)) {
        uint64_t bit = UINT64_C(1) << (signum - 1);
        if (!special) ok = watch(vm, s, signum, true);
        else if (s->watched & bit) ok = watch(vm, s, signum, false);
        if (ok && special) (void)signal(signum, number ? SIG_IGN : SIG_DFL);
    }
    if (!ok) {
        asy_release(vm, old);
        return ASY_ERR;
    }
    asy_set(vm, &s->handlers[signum], special ? asy_from_small(number) : asy_retain(a.v[1]));
    return old;
}

static Value signal_getsignal(VM *vm, Args a)
{
    int signum;
    return signal_number(vm, a.v[0], &signum) ? handler_of(vm, signum) : ASY_ERR;
}

static Value signal_delivered(VM *vm, Args a)
{
    int signum;
    if (!signal_number(vm, a.v[0], &signum)) return ASY_ERR;
    return asy_from_bool(host_delivers(signum) || signals_of(vm)->watched & UINT64_C(1) << (signum - 1));
}

static Value signal_raise(VM *vm, Args a)
{
    int signum;
    if (!signal_number(vm, a.v[0], &signum)) return ASY_ERR;
    if (!asy_signals_raise(vm, signum) && raise(signum) != 0) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return asy_check_pending(vm) ? ASY_NONE : ASY_ERR;
}

static Value signal_set_wakeup_fd(VM *vm, Args a)
{
    int64_t fd;
    if (!asy_is_main_thread(vm)) {
        return asy_raise(vm, EXC_ValueError, "set_wakeup_fd only works in main thread of the main interpreter");
    }
    if (!asy_to_i64(vm, a.v[0], &fd)) return ASY_ERR;
    Signals *s = signals_of(vm);
    int old = s->wakeup_fd;
    s->wakeup_fd = fd < 0 ? -1 : (int)fd;
    return asy_from_small(old);
}

static Value signal_strsignal(VM *vm, Args a)
{
    int signum;
    if (!signal_number(vm, a.v[0], &signum)) return ASY_ERR;
    const char *text = sigdescr_np(signum);
    return text ? asy_str_value(vm, text) : ASY_NONE;
}

static Value signal_valid(VM *vm, Args a)
{
    (void)a;
    SetObj *set = asy_set_new(vm, vm->types.set);
    sigset_t all;
    (void)sigfillset(&all);
    for (int i = 1; set && i < SIGNALS_MAX; i++) {
        if (sigismember(&all, i) != 1 || asy_set_add(vm, set, asy_from_small(i))) continue;
        asy_release_obj(vm, set);
        return ASY_ERR;
    }
    return set ? asy_from_obj(set) : ASY_ERR;
}

static Value signal_alarm(VM *vm, Args a)
{
    int64_t seconds;
    if (!asy_to_i64(vm, a.v[0], &seconds)) return ASY_ERR;
    return asy_from_small(alarm((unsigned)seconds));
}

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }
static struct timeval timeval_of(double s)
{
    struct timeval t = { .tv_sec = (time_t)s };
    t.tv_usec = (suseconds_t)((s - (double)t.tv_sec) * 1e6);
    return t;
}
static Value itimer_value(VM *vm, struct itimerval *t)
{
    return asy_tuple_pack(vm, 2, asy_from_double(seconds_of(t->it_value)), asy_from_double(seconds_of(t->it_interval)));
}
static Value signal_setitimer(VM *vm, Args a)
{
    int64_t which;
    double seconds = 0, interval = 0;
    if (!asy_to_i64(vm, a.v[0], &which) || !asy_arg_double(vm, a.v[1], &seconds) || !asy_arg_double(vm, a.v[2], &interval)) return ASY_ERR;
    struct itimerval timer = { .it_value = timeval_of(seconds), .it_interval = timeval_of(interval) }, old;
    if (setitimer((__itimer_which_t)which, &timer, &old) != 0) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return itimer_value(vm, &old);
}
static Value signal_getitimer(VM *vm, Args a)
{
    int64_t which;
    struct itimerval now;
    if (!asy_to_i64(vm, a.v[0], &which)) return ASY_ERR;
    if (getitimer((__itimer_which_t)which, &now) != 0) return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return itimer_value(vm, &now);
}

static Value signal_pause(VM *vm, Args a)
{
    (void)a;
    while (!asy_signals_waiting(asy_rt(vm))) asy_thread_block(vm, -1);
    return asy_check_pending(vm) ? ASY_NONE : ASY_ERR;
}

const MethodDef asy_signal_functions[] = {
    { "signal", signal_signal, "(signalnum, handler, /)", 0, "Have a signal handled; the handler it had." },
    { "getsignal", signal_getsignal, "(signalnum, /)", 0, "A signal's handler." },
    { "default_int_handler", default_int_handler, "(signalnum, frame, /)", 0, "Raises KeyboardInterrupt." },
    { "_delivered", signal_delivered, "(signalnum, /)", 0, "Whether this signal arrives here at all." },
    { "raise_signal", signal_raise, "(signalnum, /)", 0, "Send a signal to this process." },
    { "set_wakeup_fd", signal_set_wakeup_fd, "(fd, /, *, warn_on_full_buffer=True)", 0, "A descriptor that gets each signal's number." },
    { "strsignal", signal_strsignal, "(signalnum, /)", 0, "What the system calls a signal." },
    { "valid_signals", signal_valid, "()", 0, "The numbers of all signals." },
    { "alarm", signal_alarm, "(seconds, /)", 0, "Have SIGALRM sent after so many seconds; how many were left." },
    { "setitimer", signal_setitimer, "(which, seconds, interval=0.0, /)", 0, "Start an interval timer." },
    { "getitimer", signal_getitimer, "(which, /)", 0, "An interval timer's state." },
    { "pause", signal_pause, "()", 0, "Wait for a signal." },
    { 0 },
};

bool asy_signal_module_fill(VM *vm, Value module)
{
    static const struct { const char *name; int number; } constants[] = {
        { "SIG_DFL", 0 }, { "SIG_IGN", 1 }, { "NSIG", SIGNALS_MAX }, { "SIGHUP", SIGHUP }, { "SIGINT", SIGINT }, { "SIGQUIT", SIGQUIT },
        { "SIGILL", SIGILL }, { "SIGTRAP", SIGTRAP }, { "SIGABRT", SIGABRT }, { "SIGIOT", SIGIOT }, { "SIGBUS", SIGBUS },
        { "SIGFPE", SIGFPE }, { "SIGKILL", SIGKILL }, { "SIGUSR1", SIGUSR1 }, { "SIGSEGV", SIGSEGV }, { "SIGUSR2", SIGUSR2 },
        { "SIGPIPE", SIGPIPE }, { "SIGALRM", SIGALRM }, { "SIGTERM", SIGTERM }, { "SIGSTKFLT", SIGSTKFLT }, { "SIGCHLD", SIGCHLD },
        { "SIGCLD", SIGCHLD }, { "SIGCONT", SIGCONT }, { "SIGSTOP", SIGSTOP }, { "SIGTSTP", SIGTSTP }, { "SIGTTIN", SIGTTIN },
        { "SIGTTOU", SIGTTOU }, { "SIGURG", SIGURG }, { "SIGXCPU", SIGXCPU }, { "SIGXFSZ", SIGXFSZ }, { "SIGVTALRM", SIGVTALRM },
        { "SIGPROF", SIGPROF }, { "SIGWINCH", SIGWINCH }, { "SIGIO", SIGIO }, { "SIGPOLL", SIGPOLL }, { "SIGPWR", SIGPWR },
        { "SIGSYS", SIGSYS }, { "ITIMER_REAL", ITIMER_REAL }, { "ITIMER_VIRTUAL", ITIMER_VIRTUAL }, { "ITIMER_PROF", ITIMER_PROF },
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof constants / sizeof *constants; i++) {
        ok = asy_module_add(vm, module, constants[i].name, asy_from_small(constants[i].number));
    }
    ok = ok && asy_module_add(vm, module, "SIGRTMIN", asy_from_small(SIGRTMIN)) &&
         asy_module_add(vm, module, "SIGRTMAX", asy_from_small(SIGRTMAX));
    // SIGINT's handler is this very function: a loop that wants Ctrl-C compares.
    Value handler = ok ? asy_dict_get_str(vm, asy_module_dict(module), rt_name(asy_rt(vm), default_int_handler)) : ASY_NIL;
    Signals *s = signals_of(vm);
    if (ok && asy_is_nil(s->handlers[SIGINT])) s->handlers[SIGINT] = asy_retain(handler);
    return ok;
}
