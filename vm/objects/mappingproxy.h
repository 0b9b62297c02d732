// mappingproxy.
#pragma once
#include "vm/core/type.h"

// A read-only view of `mapping` (borrowed); it is not checked that it is one.
ASY_CHECKED Value asy_mappingproxy_new(VM *vm, Value mapping);
