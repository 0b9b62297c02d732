// What the native modules of this folder include, all of them.
#pragma once
#include <string.h>

#include "stdlib/modules.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

// A pointer result as a Value: ERR for NULL.
#define asy_value_or_err(o)                                                                        \
    __extension__({                                                                                \
        __typeof__(o) made_ = (o);                                                                 \
        made_ ? asy_from_obj(made_) : ASY_ERR;                                                     \
    })
// An absent argument or None.
ASY_INLINE bool asy_absent(Value v) { return asy_is_nil(v) || asy_is_none(v); }
