// Threads: the VM's lock, threads of script, and what they wait on.
//
// One lock a VM: whoever holds it runs script. Nothing of it exists until script starts a second thread; from then on
// whatever blocks lets go of it. A thread that has waited for it 5 ms asks the holder to hand it over at its next safe
// point.
#pragma once
#include "runtime/runtime.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

typedef struct ThreadData {
    Thread thread;              // of all but the main thread
    Thread *self;
    struct ThreadData *next;    // all of the VM's, the main thread's last
    VM *vm;
    pthread_t handle;
    sem_t wake;                 // what blocks in the runtime blocks on this; posts without need are harmless
    _Atomic bool idle;          // blocks without a limit, and nobody has woken it
    Value func, args, kwargs;   // until it starts
} ThreadData;

ASY_CHECKED bool asy_threads_init(VM *vm, Runtime *rt);
// Ends the threads that are left (daemons): they unwind without running handlers.
void asy_threads_close(VM *vm, Runtime *rt);
void asy_threads_free(VM *vm, Runtime *rt);
// How many other threads there are.
uint32_t asy_threads_others(VM *vm);
// Whether one of them has something to do, or will have without anybody's help.
bool asy_threads_busy(VM *vm);
// Whether the running thread is the one the VM was made on.
ASY_INLINE bool asy_is_main_thread(VM *vm) { return vm->thread == &vm->main_thread; }
// Blocks the running thread without the VM's lock until it is woken, `ns` have passed (-1: for ever), or for no reason.
void asy_thread_block(VM *vm, int64_t ns);
// Wakes a thread that blocks; from any thread. The main thread's may be called from a signal handler.
void asy_thread_wake(Thread *thread);
// Another thread waits for the lock: hands it over and comes back.
void asy_threads_switch(VM *vm);

extern const TypeDef asy_thread_lock_type, asy_thread_rlock_type, asy_thread_local_type;
// A thread ends: thread_lock.c drops what its thread-local objects hold for it.
void asy_threads_forget_locals(VM *vm, uint64_t id);
extern const MethodDef asy_thread_lock_functions[];
extern const MethodDef asy_thread_functions[];
