// What the public interface (include/asy.h) keeps beside a VM.
#pragma once
#include "asy.h"
#include "vm/bytecode/code.h"
#include "vm/core/vm.h"

typedef struct HostFunction HostFunction;
typedef struct HostModule HostModule;

typedef struct Host {
    AsyConfig config;
    bool owns_allocator;
    int64_t virtual_now_ns;     // virtual_time
    int64_t wall_offset_ns;
    char *failure;              // text of the last failure, or NULL
    size_t failure_size;
    Value exc;                  // the last failure itself, or NIL
    int exit_code;
    uint64_t output;            // bytes written, against output_max
    HostFunction *functions;
    HostModule *modules;
} Host;

Host *asy_host(VM *vm);
// Script's sys.stdout and sys.stderr arrive here: config.write, or the descriptor. False: a limit, or the error of
// write(2) in errno.
bool asy_host_write(VM *vm, int fd, const char *bytes, size_t size);
// The standard library: tables of native and embedded modules, builtins, sys, the main module. False: exception.
bool asy_host_boot(VM *vm);
// Ends a run: the status for `result` (released), the pending exception kept as the failure.
AsyStatus asy_host_end(VM *vm, Value result);
void asy_host_forget(VM *vm);
// Runs code in the main module; a coroutine (top-level await) is run on an event loop.
Value asy_host_run_main(VM *vm, CodeObj *code);
ASY_INLINE Value asy_host_value(AsyValue v) { return (Value){ v.bits }; }
ASY_INLINE AsyValue asy_host_wrap(Value v) { return (AsyValue){ v.bits }; }
