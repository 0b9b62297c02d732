// The import system: sys.modules, native modules, embedded modules, files on sys.path.
#pragma once
#include "vm/bytecode/code.h"
#include "vm/core/vm.h"

// A native module: a table. `init` fills the module's dict besides the functions and constants; NULL: nothing more.
struct ModuleDef {
    const char *name;           // "math", "_collections"
    const char *doc;
    const MethodDef *functions; // may be NULL
    bool (*init)(VM *vm, Value module);
};
// A module written in the language, compiled when the project was built.
typedef struct EmbeddedModule {
    const char *name;           // "collections.abc"
    bool is_package;
    const Proto *proto;
} EmbeddedModule;

// Tables from the layers above, NULL-terminated / name NULL; both live as long as the VM.
void asy_import_set_native(VM *vm, const ModuleDef *const *modules);
void asy_import_set_embedded(VM *vm, const EmbeddedModule *modules, size_t count);
void asy_import_set_files(VM *vm, const ImportFiles *files);

// IMPORT_NAME: by builtins.__import__ if script has replaced it.
ASY_CHECKED Value asy_import_hooked(VM *vm, struct Frame *f, StrObj *name, Value fromlist, int level);
// import name (absolute, dotted): the module `name` itself, new reference; parents are imported first.
ASY_CHECKED Value asy_import(VM *vm, const char *name);
// __import__(name, globals, locals, fromlist, level)
ASY_CHECKED Value asy_import_name(VM *vm, StrObj *name, DictObj *globals, Value fromlist, int level);
ASY_CHECKED Value asy_import_from(VM *vm, Value module, StrObj *name);
ASY_CHECKED bool asy_import_star(VM *vm, Value module, Value ns);
// Attribute of a module by C names: asy_import_attr(vm, "functools", "partial").
ASY_CHECKED Value asy_import_attr(VM *vm, const char *module, const char *name);

// Source text to CodeObj: parses and compiles; SyntaxError as an exception. `mode`: "exec", "eval", "single".
// ALLOW_INCOMPLETE: text that may go on raises EOFError (the prompt asks for another line).
enum { COMPILE_TOP_AWAIT = 1, COMPILE_FUTURE_ANNOTATIONS = 2, COMPILE_SOURCE_IS_STR = 4, COMPILE_SOURCE_IS_FILE = 8, COMPILE_ALLOW_INCOMPLETE = 16 };
ASY_CHECKED CodeObj *asy_compile_source(VM *vm, const char *source, size_t size, const char *filename, const char *mode,
                                        unsigned flags, int optimize);
// The same as far as the tree: `use` gets it, which lives until it has returned. False: exception, also where `use` gives false.
struct Mod;
typedef bool (*TreeUse)(VM *vm, const struct Mod *mod, void *ud);
ASY_CHECKED bool asy_parse_source(VM *vm, const char *source, size_t size, const char *filename, const char *mode, unsigned flags,
                                  TreeUse use, void *ud);
// asy_compile_source with the tree shown to `edit` before it is compiled: it may move nodes to other places.
ASY_CHECKED CodeObj *asy_compile_edited(VM *vm, const char *source, size_t size, const char *filename, const char *mode, unsigned flags,
                                        int optimize, TreeUse edit, void *ud);
// Raises the error in `diag` as SyntaxError(msg, (filename, lineno, offset, text, end_lineno, end_offset)), MemoryError or
// RecursionError. `source` may be NULL.
struct Diagnostics;
struct Source;
void asy_raise_diag(VM *vm, const struct Diagnostics *diag, const char *filename, const struct Source *source);
