// Opening, running and closing VMs for a host: the life cycle part of include/asy.h.
#include "stdlib/host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/signals.h"
#include "stdlib/embedded.h"
#include "stdlib/modules.h"
#include "stdlib/sys.h"
#include "vm/core/abstract.h"
#include "vm/interp/builtins.h"
#include "vm/interp/import.h"
#include "vm/interp/interp.h"
#include "vm/objects/builtins.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/memory/finalize.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"

_Static_assert(sizeof(AsyValue) == sizeof(Value), "the public value is the vm's");

Host *asy_host(VM *vm) { return vm->data[VM_DATA_HOST]; }
const char *asy_version(void) { return ASY_VERSION; }

// -- virtual time: a scheduler whose clocks only sleeping moves

static int64_t virtual_monotonic(void *ud) { return ((Host *)ud)->virtual_now_ns; }
static int64_t virtual_wall(void *ud)
{
    const Host *h = ud;
    return h->wall_offset_ns + h->virtual_now_ns;
}
static void virtual_sleep(void *ud, int64_t ns)
{
    if (ns > 0) ((Host *)ud)->virtual_now_ns += ns;
}

// -- files for the import system

static int files_kind(void *ud, const char *path)
{
    (void)ud;
    struct stat st;
    if (stat(path, &st) != 0) return 0;
    return S_ISREG(st.st_mode) ? 1 : S_ISDIR(st.st_mode) ? 2 : 0;
}

// Whole file, from the VM's memory with a NUL behind it. NULL with errno, or without memory (exception set).
static char *files_read(VM *vm, void *ud, const char *path, size_t *size)
{
    (void)ud;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t capacity = 1 << 14, n = 0;
    char *text = asy_mem_alloc(vm, capacity + 1);
    while (text) {
        n += fread(text + n, 1, capacity - n, f);
        if (n < capacity) break;
        char *more = asy_mem_resize(vm, text, capacity + 1, 2 * capacity + 1);
        if (!more) {
            asy_mem_free(vm, text, capacity + 1);
            text = NULL;
        } else {
            text = more;
            capacity *= 2;
        }
    }
    int err = ferror(f) ? errno : 0;
    fclose(f);
    if (!text) return (void)asy_raise_memory(vm), NULL;
    char *fitted = asy_mem_resize(vm, text, capacity + 1, n + 1);
    if (fitted) text = fitted;
    if (!fitted || err) {
        asy_mem_free(vm, text, fitted ? n + 1 : capacity + 1);
        if (err) asy_raise_os(vm, err, ASY_NIL, ASY_NIL);
        else asy_raise_memory(vm);
        return NULL;
    }
    text[n] = 0;
    *size = n;
    return text;
}

bool asy_host_write(VM *vm, int fd, const char *bytes, size_t size)
{
    Host *h = asy_host(vm);
    h->output += size;
    if (h->config.output_max && h->output > h->config.output_max) {
        vm->limit_hit = true;
        asy_raise(vm, EXC_MemoryError, "the host's limit on output is reached");
        return false;
    }
    if (h->config.write) {
        h->config.write(h->config.write_ud, fd, bytes, size);
        return true;
    }
    while (size) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

// -- opening

static bool new_main_module(VM *vm)
{
    Value m = asy_module_new(vm, asy_name(vm, __main__), NULL);
    if (asy_is_err(m)) return false;
    vm->main_module = m;
    DictObj *d = asy_module_dict(m);
    DictObj *annotations = asy_dict_new(vm);
    bool ok = annotations && asy_dict_set_str(vm, d, asy_name(vm, __builtins__), vm->builtins_module) &&
              asy_dict_set_str(vm, d, asy_name(vm, __package__), ASY_NONE) &&
              asy_dict_set_str(vm, d, asy_name(vm, __annotations__), asy_from_obj(annotations)) &&
              asy_dict_set_str(vm, vm->modules, asy_name(vm, __main__), m);
    asy_release_obj(vm, annotations);
    return ok;
}

static bool make_modules(VM *vm)
{
    vm->modules = asy_dict_new(vm);
    if (!vm->modules) return false;
    vm->builtins_module = asy_module_new(vm, asy_name(vm, builtins), "Built-in functions, types, exceptions, and other objects.");
    if (asy_is_err(vm->builtins_module)) return vm->builtins_module = ASY_NIL, false;
    vm->builtins = asy_retain_obj(asy_module_dict(vm->builtins_module));
    vm->sys_module = asy_module_new(vm, asy_name(vm, sys), "Objects used or maintained by the interpreter.");
    if (asy_is_err(vm->sys_module)) return vm->sys_module = ASY_NIL, false;
    vm->sys_dict = asy_retain_obj(asy_module_dict(vm->sys_module));
    return asy_dict_set_str(vm, vm->modules, asy_name(vm, builtins), vm->builtins_module) &&
           asy_dict_set_str(vm, vm->modules, asy_name(vm, sys), vm->sys_module);
}

bool asy_host_boot(VM *vm)
{
    Host *h = asy_host(vm);
    asy_import_set_native(vm, asy_native_modules);
    asy_import_set_embedded(vm, asy_embedded_modules, asy_embedded_module_count);
    if (!h->config.isolated) {
        const ImportFiles files = { .kind = files_kind, .read = files_read };
        asy_import_set_files(vm, &files);
    }
    SysConfig sys = { .argv = h->config.argv,
                      .warn_options = h->config.warn_options,
                      .x_options = h->config.x_options,
                      .path = h->config.path ? h->config.path : h->config.isolated ? NULL : getenv("ASYPATH"),
                      .isolated = h->config.isolated,
                      .dev_mode = h->config.dev_mode,
                      .fixed_hash = h->config.hash_seed != NULL };
    return make_modules(vm) && asy_builtins_init(vm) && asy_interp_init(vm) && asy_sys_init(vm, &sys) &&
           asy_stdlib_init(vm) && new_main_module(vm);
}

// Script writes until the VM's end; asy_close frees the Host after it.
static void host_outlives(VM *vm, void *data) { (void)vm, (void)data; }

AsyVM *asy_open(const AsyConfig *config)
{
    AsyConfig c = { .size = sizeof c };
    if (config) memcpy(&c, config, config->size < sizeof c ? config->size : sizeof c);
    AsyAllocator allocator = { .resize = c.resize, .ud = c.resize_ud };
    Scheduler scheduler = asy_scheduler_system;
    Host *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->config = c;
    if (c.virtual_time) {
        h->wall_offset_ns = INT64_C(1700000000) * 1000000000;
        scheduler.ud = h;
        scheduler.monotonic_ns = virtual_monotonic;
        scheduler.wall_ns = virtual_wall;
        scheduler.cpu_ns = virtual_monotonic;
        scheduler.thread_cpu_ns = virtual_monotonic;
        scheduler.sleep_ns = virtual_sleep;
        scheduler.is_virtual = true;
    }
    scheduler.hash_key = c.hash_seed;      // before the first name is interned
    VM *vm = asy_vm_new(c.resize ? &allocator : NULL, &scheduler);
    if (!vm) {
        free(h);
        return NULL;
    }
    vm->data[VM_DATA_HOST] = h;
    vm->data_free[VM_DATA_HOST] = host_outlives;
    vm->limits.memory_bytes = c.memory_max;
    vm->limits.instructions = c.instructions_max;
    vm->limits.output_bytes = c.output_max;
    if (c.depth_max) vm->limits.depth = c.depth_max;
    if (c.time_max_ns) vm->limits.deadline_ns = vm->scheduler.monotonic_ns(vm->scheduler.ud) + c.time_max_ns;
    if (!asy_host_boot(vm)) {
        asy_error_clear(vm);
        (void)asy_close(vm);
        return NULL;
    }
    if (c.instructions_max || c.time_max_ns) vm->dispatch = vm->dispatch_trapping;     // every instruction is counted
    if (c.fail_alloc) {
        char *end;
        vm->heap.fail_at = vm->heap.allocations + strtoull(c.fail_alloc, &end, 10);
        vm->heap.fail_after = *end == '+';
    }
    return vm;
}

void asy_host_forget(VM *vm)
{
    Host *h = asy_host(vm);
    free(h->failure);
    h->failure = NULL;
    asy_clear(vm, &h->exc);
}

size_t asy_close(AsyVM *vm)
{
    Host *h = asy_host(vm);
    bool report = h->config.report_leaks;
    vm->heap.fail_at = 0;       // the end itself is not what is tested
    vm->heap.fail_after = false;
    asy_host_forget(vm);
    asy_stdlib_finish(vm);
    size_t left = asy_vm_close(vm, report);
    while (h->functions) {
        HostFunction *next = *(HostFunction **)h->functions;
        free(h->functions);
        h->functions = next;
    }
    while (h->modules) {
        HostModule *next = *(HostModule **)h->modules;
        free(h->modules);
        h->modules = next;
    }
    free(h);
    return left;
}

// -- running

// What a SystemExit means as an exit code; its message goes to stderr.
static int exit_code_of(VM *vm, Value exc)
{
    Value code = asy_as(ExcSystemExit, exc)->code;
    if (asy_is_nil(code) || asy_is_none(code)) return 0;
    int64_t n;
    if (asy_int_as_i64(vm, code, &n)) return (int)(n & 0xFF);
    Value text = asy_str(vm, code);
    if (!asy_is_err(text)) {
        StrObj *str = asy_as_str(text);
        if (!asy_sys_write_stderr(vm, str->data, str->size) || !asy_sys_write_stderr(vm, "\n", 1))
            asy_error_clear(vm);
        asy_release(vm, text);
    }
    asy_error_clear(vm);
    return 1;
}

AsyStatus asy_host_end(VM *vm, Value result)
{
    Host *h = asy_host(vm);
    h->exit_code = 0;
    if (!asy_is_err(result)) {
        asy_release(vm, result);
        asy_finalize_drain(vm);
        return ASY_OK;
    }
    Value exc = asy_error_fetch(vm);
    if (asy_isinstance(vm, exc, asy_from_obj(vm->exc[EXC_SystemExit])) > 0) {
        h->exit_code = exit_code_of(vm, exc);
        asy_release(vm, exc);
        asy_finalize_drain(vm);
        return ASY_EXIT;
    }
    h->exit_code = 1;
    asy_set(vm, &h->exc, exc);
    return ASY_FAILED;
}

Value asy_host_run_main(VM *vm, CodeObj *code)
{
    DictObj *d = asy_module_dict(vm->main_module);
    Value result = asy_run_code(vm, code, d, asy_from_obj(d), NULL);
    if (asy_is_err(result) || !(code->flags & CODE_TOP_AWAIT)) return result;
    Value run = asy_import_attr(vm, "asyncio", "run");
    Value r = asy_is_err(run) ? ASY_ERR : asy_call1(vm, run, result);
    if (!asy_is_err(run)) asy_release(vm, run);
    asy_release(vm, result);
    return r;
}

static bool set_main(VM *vm, const char *name, const char *text)
{
    StrObj *s = asy_str_decode(vm, text, strlen(text), "surrogateescape");
    return s && asy_dict_set_c(vm, asy_module_dict(vm->main_module), name, asy_from_obj(s));
}

AsyStatus asy_run_text(AsyVM *vm, const char *text, size_t size, const char *filename)
{
    asy_host_forget(vm);
    CodeObj *code = asy_compile_source(vm, text, size, filename, "exec", COMPILE_TOP_AWAIT | COMPILE_SOURCE_IS_FILE, 0);
    if (!code) return asy_host_end(vm, ASY_ERR);
    Value r = asy_host_run_main(vm, code);
    asy_release_obj(vm, code);
    return asy_host_end(vm, r);
}

// The script's folder goes to the front of sys.path.
static bool add_script_folder(VM *vm, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *real = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    char *full = real ? realpath(*real ? real : "/", NULL) : NULL;
    bool ok = real != NULL;
    if (full) {
        StrObj *s = asy_str_decode(vm, full, strlen(full), "surrogateescape");
        Value list = asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, path));
        ok = s && asy_is_list(vm, list) && asy_list_insert(vm, asy_as_list(list), 0, asy_from_obj(s));
        asy_release_obj(vm, s);
    }
    free(full);
    free(real);
    if (!real) asy_raise_memory(vm);
    return ok;
}

AsyStatus asy_run_file(AsyVM *vm, const char *path)
{
    asy_host_forget(vm);
    char *text = NULL;
    size_t size = 0;
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        asy_raise_os(vm, EISDIR, ASY_NIL, ASY_NIL);
        return asy_host_end(vm, ASY_ERR);
    }
    text = files_read(vm, NULL, path, &size);
    if (!text) {
        int err = errno;
        if (!asy_error_pending(vm)) {
            StrObj *s = asy_str_decode(vm, path, strlen(path), "surrogateescape");
            if (s) {
                asy_raise_os(vm, err, asy_from_obj(s), ASY_NIL);
                asy_release_obj(vm, s);
            }
        }
        return asy_host_end(vm, ASY_ERR);
    }
    AsyStatus status;
    if (!set_main(vm, "__file__", path) || (!asy_host(vm)->config.isolated && !add_script_folder(vm, path))) {
        status = asy_host_end(vm, ASY_ERR);
    } else {
        status = asy_run_text(vm, text, size, path);
    }
    asy_mem_free(vm, text, size + 1);
    return status;
}

AsyStatus asy_run_module(AsyVM *vm, const char *name)
{
    asy_host_forget(vm);
    if (!add_script_folder(vm, "./")) return asy_host_end(vm, ASY_ERR);
    Value run = asy_import_attr(vm, "runpy", "_run_module_as_main");
    Value r = ASY_ERR;
    if (!asy_is_err(run)) {
        Value arg = asy_str_value(vm, name);
        if (!asy_is_err(arg)) {
            r = asy_call(vm, run, &arg, 1, ASY_NIL);
            asy_release(vm, arg);
        }
        asy_release(vm, run);
    }
    return asy_host_end(vm, r);
}

AsyStatus asy_run_line(AsyVM *vm, const char *text, size_t size, bool final)
{
    asy_host_forget(vm);
    unsigned flags = COMPILE_TOP_AWAIT | COMPILE_SOURCE_IS_FILE | (final ? 0 : COMPILE_ALLOW_INCOMPLETE);
    CodeObj *code = asy_compile_source(vm, text, size, "<stdin>", "single", flags, 0);
    if (!code) {
        if (!final && asy_error_catch(vm, EXC_EOFError)) return ASY_INCOMPLETE;
        return asy_host_end(vm, ASY_ERR);
    }
    Value r = asy_host_run_main(vm, code);
    asy_release_obj(vm, code);
    return asy_host_end(vm, r);
}

// -- failures

const char *asy_failure(AsyVM *vm)
{
    Host *h = asy_host(vm);
    if (h->failure) return h->failure;
    if (asy_is_nil(h->exc)) return "";
    StrObj *s = asy_exc_format(vm, h->exc);
    if (!s) {
        asy_error_clear(vm);
        return "MemoryError\n";
    }
    h->failure = malloc(s->size + 1);
    if (h->failure) memcpy(h->failure, s->data, s->size + 1);
    asy_release_obj(vm, s);
    return h->failure ? h->failure : "MemoryError\n";
}

void asy_failure_report(AsyVM *vm)
{
    Host *h = asy_host(vm);
    if (asy_is_nil(h->exc)) return;
    Value exc = asy_retain(h->exc);
    Value hook = vm->limit_hit ? ASY_NIL : asy_retain(asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, excepthook)));
    if (!asy_is_nil(hook)) {
        Value tb = asy_as_exc(exc)->traceback;
        Value r = asy_call3(vm, hook, asy_from_obj(asy_as_obj(exc)->type), exc, asy_is_nil(tb) ? ASY_NONE : tb);
        asy_release(vm, hook);
        if (!asy_is_err(r)) {
            asy_release(vm, r);
            asy_release(vm, exc);
            return;
        }
        asy_error_clear(vm);
    }
    const char *text = asy_failure(vm);
    (void)asy_host_write(vm, 2, text, strlen(text));
    asy_release(vm, exc);
}

int asy_exit_code(AsyVM *vm) { return asy_host(vm)->exit_code; }

bool asy_failure_is(AsyVM *vm, const char *name)
{
    Value exc = asy_host(vm)->exc;
    if (asy_is_nil(exc)) return false;
    TupleObj *mro = asy_as_obj(exc)->type->mro;
    for (size_t i = 0; i < mro->size; i++) {
        Value v = mro->items[i];
        if (strcmp(asy_type_name(asy_as(Type, v)), name) == 0) return true;
    }
    return false;
}

void asy_interrupt(AsyVM *vm) { asy_signals_arrived(vm, SIGINT); }

void asy_usage(AsyVM *vm, size_t *bytes, size_t *peak, size_t *objects)
{
    if (bytes) *bytes = vm->heap.bytes;
    if (peak) *peak = vm->heap.bytes_peak;
    if (objects) *objects = vm->heap.objects;
}
