// The table of native modules, and the library's part in a VM's beginning and end.
#include "stdlib/modules.h"

#include "runtime/runtime.h"
#include "stdlib/host.h"
#include "stdlib/io.h"
#include "stdlib/sys.h"
#include "vm/core/abstract.h"
#include "vm/memory/finalize.h"
#include "vm/objects/dict.h"

const ModuleDef *const asy_native_modules[] = {
#define MODULE(id) &asy_module_##id,
#include "stdlib/modules.def"
    NULL,
};

static void library_write(VM *vm, int fd, const char *bytes, size_t size) { (void)asy_host_write(vm, fd, bytes, size); }

bool asy_stdlib_init(VM *vm)
{
    vm->write = library_write;
    vm->flush = asy_io_finish;
    vm->report_unraisable = asy_sys_report_unraisable;
    if (!asy_runtime_init(vm)) return false;
    return asy_io_init(vm) && asy_io_add_open(vm);
}

// Calls module.name() if the module has been imported; errors are reported as nobody can receive them.
static void call_if_imported(VM *vm, const char *module, const char *name)
{
    StrObj *m = asy_intern_c(vm, module), *n = m ? asy_intern_c(vm, name) : NULL;
    Value there = n ? asy_dict_get_str(vm, vm->modules, m) : ASY_NIL;
    if (!asy_is_nil(there)) {
        asy_retain(there);
        Value r = asy_call_method0(vm, there, n);
        if (asy_is_err(r)) asy_error_unraisable(vm, ASY_NIL, NULL);
        else asy_release(vm, r);
        asy_release(vm, there);
    }
    asy_error_clear(vm);
    asy_release_obj(vm, m);
    asy_release_obj(vm, n);
}

void asy_stdlib_finish(VM *vm)
{
    if (vm->limit_hit || !vm->sys_dict) return;
    call_if_imported(vm, "threading", "_shutdown");
    call_if_imported(vm, "atexit", "_run_exitfuncs");
    asy_finalize_drain(vm);
    asy_io_finish(vm);
}
