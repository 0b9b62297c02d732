// Module objects: a dict with a name.
#pragma once
#include "vm/core/type.h"

typedef struct ModuleObj {
    ObjHeader head;
    DictObj *dict;              // owned
    const void *def;            // the native module's definition (interp/import.h), or NULL
} ModuleObj;

#define asy_is_module(vm, v) (asy_is_obj(v) && asy_type_is_subtype(asy_as_obj(v)->type, (vm)->types.module))
// New module with __name__, __doc__ (None if NULL), __package__, __loader__ and __spec__ (None) in its dict.
ASY_CHECKED Value asy_module_new(VM *vm, StrObj *name, const char *doc);
DictObj *asy_module_dict(Value module);                             // borrowed
// Adds `owned` under `name`, which it takes (also on failure; ERR: false).
ASY_CHECKED bool asy_module_add(VM *vm, Value module, const char *name, Value owned);
// Makes a builtin function of each definition and adds it; a.self is the module.
ASY_CHECKED bool asy_module_add_functions(VM *vm, Value module, const MethodDef *defs);
// Makes the definition's type ready and adds it under its short name. Borrowed type; NULL: exception.
Type *asy_module_add_type(VM *vm, Value module, const TypeDef *def);
// The module's name for messages and __module__: borrowed str, or NIL if it is gone.
Value asy_module_name(VM *vm, Value module);
