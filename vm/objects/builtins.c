// The builtins module is put together here.
#include "vm/objects/builtins.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"

static bool add_functions(VM *vm, const MethodDef *defs)
{
    for (; defs->name; defs++) {
        Value f = asy_native_new(vm, defs, vm->builtins_module, asy_from_obj(asy_name(vm, builtins)));
        if (!asy_dict_set_c(vm, vm->builtins, defs->name, f)) return false;
    }
    return true;
}

static bool add(VM *vm, const char *name, Value v) { return asy_dict_set_c(vm, vm->builtins, name, asy_retain(v)); }

static bool add_types(VM *vm)
{
    Type *const types[] = {
        vm->types.object,    vm->types.type,      vm->types.int_,     vm->types.bool_,        vm->types.float_,
        vm->types.complex,   vm->types.str,       vm->types.bytes,    vm->types.bytearray,    vm->types.memoryview,
        vm->types.list,      vm->types.tuple,     vm->types.dict,     vm->types.set,          vm->types.frozenset,
        vm->types.range,     vm->types.slice,     vm->types.property, vm->types.staticmethod, vm->types.classmethod,
        vm->types.super,     vm->types.enumerate, vm->types.zip,      vm->types.map,          vm->types.filter,
        vm->types.reversed,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!asy_dict_set_str(vm, vm->builtins, types[i]->name, asy_from_obj(types[i]))) return false;
    return true;
}

static bool add_exceptions(VM *vm)
{
    for (int i = 0; i < EXC__COUNT; i++)
        if (!asy_dict_set_str(vm, vm->builtins, vm->exc[i]->name, asy_from_obj(vm->exc[i]))) return false;
    Value os_error = asy_from_obj(vm->exc[EXC_OSError]);
    return add(vm, "EnvironmentError", os_error) && add(vm, "IOError", os_error);
}

bool asy_builtins_init(VM *vm)
{
    vm->int_digits_max = 4300;      // CPython's default
    if (!vm->builtins) {
        Value module = asy_module_new(vm, asy_name(vm, builtins), "Built-in functions, types, exceptions, and other objects.");
        if (asy_is_err(module)) return false;
        vm->builtins_module = module;
        vm->builtins = asy_retain_obj(asy_module_dict(module));
    }
    return add_functions(vm, asy_builtins_object_functions) && add_functions(vm, asy_builtins_number_functions) &&
           add_functions(vm, asy_builtins_io_functions) && add_functions(vm, asy_builtins_async_functions) &&
           add(vm, "None", ASY_NONE) && add(vm, "Ellipsis", ASY_ELLIPSIS) && add(vm, "NotImplemented", ASY_NOTIMPLEMENTED) &&
           add(vm, "False", ASY_FALSE) && add(vm, "True", ASY_TRUE) && add(vm, "__debug__", ASY_TRUE) && add_types(vm) &&
           add_exceptions(vm);
}
