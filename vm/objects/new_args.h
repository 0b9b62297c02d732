// Arguments of a type's call, as slots `new` and `init` receive them: bound by hand, since slots have no
// signature text.
#pragma once
#include "vm/core/native.h"

// Binds positional and keyword arguments to `count` names. The first `positional_only` have no keyword;
// the first `required` must be there; the others are NIL when absent. Borrowed. TypeError as CPython's
// "str() takes at most 3 arguments (4 given)", "'x' is an invalid keyword argument for str()", ...
ASY_CHECKED bool asy_new_args(VM *vm, const char *function, const char *const *names, uint32_t count,
                              uint32_t positional_only, uint32_t required, Args args, Value *out);
// "Foo() takes no keyword arguments" unless there are none.
ASY_CHECKED bool asy_no_keywords(VM *vm, const char *function, Args args);
