// super.
#pragma once
#include "vm/core/type.h"

// super(cls, self).name, new reference, ERR with TypeError or AttributeError. With `method` not NULL: an unbound function
// comes back as it is and *method is `self` (borrowed), else *method is NIL (see asy_load_method).
ASY_CHECKED Value asy_super_getattr(VM *vm, Value cls, Value self, StrObj *name, Value *method);
