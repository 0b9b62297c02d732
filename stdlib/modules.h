// The native modules of the standard library, listed in modules.def.
#pragma once
#include "vm/interp/import.h"

#define MODULE(id) extern const ModuleDef asy_module_##id;
#include "stdlib/modules.def"

extern const ModuleDef *const asy_native_modules[];     // NULL-terminated
// What the library does when a VM opens (standard streams, hooks) and before it closes (threads, atexit, flushing).
ASY_CHECKED bool asy_stdlib_init(VM *vm);
void asy_stdlib_finish(VM *vm);
