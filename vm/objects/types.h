// Declarations of all native type definitions listed in types.def.
#pragma once
#include "vm/core/type.h"
#define TYPE(field) extern const TypeDef asy_##field##_type;
#include "vm/objects/types.def"
