// Waiting: libuv's loop below ours, and how it is woken.
//
// What is ready and the timers are ours; libuv has the descriptors. A turn with nothing ready waits on libuv's backend
// descriptor, to the nanosecond and without the VM's lock, and then lets libuv handle what came, without waiting and
// under the lock. So only one thread touches libuv's handles, and other threads run meanwhile. libuv's own timers are
// not used: one heap orders everything that has a time.
#include "runtime/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>

#include "runtime/signals.h"
#include "runtime/threads.h"

typedef struct LoopIO {
    uv_loop_t uv;
    uv_async_t wake;
    _Atomic bool waiting;
    bool wanted;                // somebody has added handles: every turn looks at them
} LoopIO;

static void woken(uv_async_t *handle) { (void)handle; }        // waking up is all it is for

static LoopIO *loop_io(VM *vm, LoopObj *loop)
{
    if (ASY_LIKELY(loop->io != NULL)) return loop->io;
    LoopIO *io = asy_mem_alloc(vm, sizeof(LoopIO));
    if (!io) {
        asy_raise_memory(vm);
        return NULL;
    }
    memset(io, 0, sizeof *io);
    int r = uv_loop_init(&io->uv);
    if (r == 0 && (r = uv_async_init(&io->uv, &io->wake, woken)) != 0) (void)uv_loop_close(&io->uv);
    if (r != 0) {
        asy_mem_free(vm, io, sizeof(LoopIO));
        asy_raise_os(vm, -r, ASY_NIL, ASY_NIL);
        return NULL;
    }
    // libuv puts descriptors into its backend only when it runs.
    (void)uv_run(&io->uv, UV_RUN_NOWAIT);
    loop->io = io;
    return io;
}

uv_loop_t *asy_loop_uv(VM *vm, LoopObj *loop)
{
    LoopIO *io = loop_io(vm, loop);
    if (!io) return NULL;
    io->wanted = true;
    return &io->uv;
}

void asy_loop_close_io(VM *vm, LoopObj *loop)
{
    LoopIO *io = loop->io;
    if (!io) return;
    loop->io = NULL;
    uv_close((uv_handle_t *)&io->wake, NULL);
    (void)uv_run(&io->uv, UV_RUN_DEFAULT);      // the close callbacks of whatever was being closed
    (void)uv_loop_close(&io->uv);
    asy_mem_free(vm, io, sizeof(LoopIO));
}

void asy_loop_wake(LoopObj *loop)
{
    LoopIO *io = loop->io;
    if (io && atomic_load(&io->waiting)) (void)uv_async_send(&io->wake);
}

// Waits for the descriptor: 1 something is there, 0 not.
static int wait_fd(int fd, int64_t ns)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    struct timespec t = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };
    return ppoll(&p, 1, ns < 0 ? NULL : &t, NULL) > 0;      // EINTR: the caller looks at signals
}

// Virtual time: what is really there comes first; else the clock moves to the next timer. It stands still while other
// threads have something to do: that takes real time.
static int wait_virtual(VM *vm, int fd, int64_t ns)
{
    enum { SLICE_NS = 5000000 };
    if (ns < 0) return wait_fd(fd, -1);
    bool busy = asy_threads_busy(vm);
    int r = wait_fd(fd, busy ? SLICE_NS : 0);
    if (!r && !busy) vm->scheduler.sleep_ns(vm->scheduler.ud, ns);
    return r;
}

bool asy_loop_wait(VM *vm, LoopObj *loop, int64_t ns)
{
    LoopIO *io = loop_io(vm, loop);
    if (!io) return false;
    if (io->wanted) {           // descriptors that were added since, and handles that wait for none
        (void)uv_run(&io->uv, UV_RUN_NOWAIT);
        if (loop->ready.count > 0) return !vm->pending || asy_loop_pending(vm);
        if (uv_backend_timeout(&io->uv) == 0) ns = 0;
    }
    atomic_store(&io->waiting, true);
    int r = 0;
    if (!asy_signals_waiting(asy_rt(vm)) && !vm->pending) {
        Thread *me = vm->thread;
        int fd = uv_backend_fd(&io->uv);
        if (vm->lock_release) vm->lock_release(vm);
        r = vm->scheduler.is_virtual ? wait_virtual(vm, fd, ns) : wait_fd(fd, ns);
        if (vm->lock_acquire) vm->lock_acquire(vm, me);
    }
    atomic_store(&io->waiting, false);
    if (r || ns == 0) (void)uv_run(&io->uv, UV_RUN_NOWAIT);
    return !vm->pending || asy_loop_pending(vm);
}

bool asy_loop_poll(VM *vm, LoopObj *loop)
{
    (void)vm;
    if (loop->io && loop->io->wanted) (void)uv_run(&loop->io->uv, UV_RUN_NOWAIT);
    return true;
}
