// The sys module.
#pragma once
#include "vm/core/vm.h"

#define ASY_VERSION_TEXT "0.1.0"

typedef struct SysConfig {
    const char *const *argv, *const *warn_options, *const *x_options;  // NULL-terminated, may be NULL
    const char *path;           // folders separated by ':'; may be NULL
    bool isolated, dev_mode, fixed_hash;
} SysConfig;

// Fills vm->sys_module. The standard streams are io's to add.
ASY_CHECKED bool asy_sys_init(VM *vm, const SysConfig *config);
ASY_CHECKED bool asy_sys_write_stderr(VM *vm, const char *text, size_t size);
// sys.unraisablehook(args): the default, and what VM.report_unraisable does: calls the current one.
Value asy_sys_unraisablehook(VM *vm, Args a);
void asy_sys_report_unraisable(VM *vm, Value exc, Value where, const char *context);
