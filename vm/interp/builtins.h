// The builtins tied to frames and the interpreter.
#pragma once
#include "vm/core/vm.h"

extern const MethodDef asy_builtins_frame_functions[];
// super() without arguments: class and self of the running frame, borrowed. False: RuntimeError.
ASY_CHECKED bool asy_super_defaults(VM *vm, Value *cls, Value *self);
// Puts the dispatch tables and these functions into the VM; called once, after the builtins dict exists.
ASY_CHECKED bool asy_interp_init(VM *vm);
