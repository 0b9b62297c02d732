// Type variables and aliases; the native module `_typing`.
#pragma once
#include "vm/core/type.h"

typedef struct ModuleDef ModuleDef;
extern const TypeDef asy_param_spec_type, asy_param_spec_args_type, asy_param_spec_kwargs_type, asy_type_var_tuple_type,
    asy_generic_type;
extern const ModuleDef asy_module__typing;      // in stdlib/modules.def
