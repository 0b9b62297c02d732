// The module _imp: which modules are part of the program itself, and the code of those written in the language.
// What CPython calls frozen is what is embedded here.
#include "stdlib/lib.h"
#include "vm/interp/import.h"

static const EmbeddedModule *find_embedded(VM *vm, StrObj *name)
{
    for (size_t i = 0; i < vm->import.embedded_count; i++) {
        if (asy_str_is(name, vm->import.embedded[i].name)) return &vm->import.embedded[i];
    }
    return NULL;
}

static Value raise_no_such_frozen(VM *vm, StrObj *name)
{
    return asy_raise(vm, EXC_ImportError, "No such frozen object named %U", name);
}

static Value imp_is_builtin(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "is_builtin() argument", &name)) return ASY_ERR;
    if (asy_str_is(name, "sys") || asy_str_is(name, "builtins")) return asy_from_small(-1);
    for (const ModuleDef *const *d = vm->import.native; d && *d; d++) {
        if (asy_str_is(name, (*d)->name)) return asy_from_small(1);
    }
    return asy_from_small(0);
}

static Value imp_is_frozen(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "is_frozen() argument", &name)) return ASY_ERR;
    return find_embedded(vm, name) ? ASY_TRUE : ASY_FALSE;
}

static Value imp_is_frozen_package(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "is_frozen_package() argument", &name)) return ASY_ERR;
    const EmbeddedModule *e = find_embedded(vm, name);
    if (!e) return raise_no_such_frozen(vm, name);
    return e->is_package ? ASY_TRUE : ASY_FALSE;
}

static Value imp_get_frozen_object(VM *vm, Args a)
{
    StrObj *name;
    if (!asy_arg_str(vm, a.v[0], "get_frozen_object() argument", &name)) return ASY_ERR;
    const EmbeddedModule *e = find_embedded(vm, name);
    if (!e) return raise_no_such_frozen(vm, name);
    return asy_value_or_err(asy_code_new(vm, e->proto, NULL));
}

// What was said last, for who restores it: the embedded modules are the library itself, there is no other form to prefer.
static Value imp_override_frozen(VM *vm, Args a)
{
    StrObj *name = asy_intern_c(vm, "_frozen_override");
    if (!name) return ASY_ERR;
    Value before = asy_dict_get_str(vm, asy_module_dict(a.self), name);
    before = asy_is_nil(before) ? asy_from_small(0) : asy_retain(before);
    bool ok = asy_dict_set_str(vm, asy_module_dict(a.self), name, a.v[0]);
    asy_release_obj(vm, name);
    if (ok) return before;
    asy_release(vm, before);
    return ASY_ERR;
}

static const MethodDef imp_functions[] = {
    { "is_builtin", imp_is_builtin, "(name, /)", 0, "Returns True if the module name corresponds to a built-in module." },
    { "is_frozen", imp_is_frozen, "(name, /)", 0, "Returns True if the module name corresponds to a frozen module." },
    { "is_frozen_package", imp_is_frozen_package, "(name, /)", 0,
      "Returns True if the module name is of a frozen package." },
    { "get_frozen_object", imp_get_frozen_object, "(name, data=None, /)", 0, "Create a code object for a frozen module." },
    { "_override_frozen_modules_for_tests", imp_override_frozen, "(override, /)", 0,
      "Remembers whether frozen modules are wanted; the value before." },
    { 0 },
};
const ModuleDef asy_module__imp = { "_imp", "(Extremely) low-level import machinery bits as used by importlib.",
                                    imp_functions, NULL };
