// Signals: from the operating system to script's handlers, which run on the main thread at a safe point.
#pragma once
#include "runtime/runtime.h"

enum { SIGNALS_MAX = 65 };

ASY_CHECKED bool asy_signals_init(VM *vm, Runtime *rt);
void asy_signals_close(VM *vm, Runtime *rt);
void asy_signals_free(VM *vm, Runtime *rt);
void asy_signals_trace(Tracer *t, Runtime *rt);
// A signal has arrived. From any thread or signal handler; asy_signals_arrived(vm, SIGINT) is Ctrl-C.
void asy_signals_arrived(VM *vm, int signum);
// kill(getpid(), signum) where script has a handler for it: it is called at the next safe point, as if the system had
// delivered the signal. False: script has none, the system must deliver it.
bool asy_signals_raise(VM *vm, int signum);
// Runs the handlers of what has arrived, on the main thread. False: one raised.
ASY_CHECKED bool asy_signals_run(VM *vm);
bool asy_signals_waiting(Runtime *rt);
extern const MethodDef asy_signal_functions[];
ASY_CHECKED bool asy_signal_module_fill(VM *vm, Value module);
