// The cycle collector (architecture, decision 6).
#pragma once
#include "vm/core/object.h"

bool asy_cycles_init(VM *vm);
void asy_cycles_close(VM *vm);
// One bounded step; called at a safe point of the interpreter (between instructions) when
// PENDING_COLLECT is set. May put objects on the finaliser queue; never runs script itself.
void asy_cycles_step(VM *vm);
// Everything, to the end. Returns the number of unreachable objects found.
size_t asy_cycles_collect(VM *vm);
void asy_cycles_enable(VM *vm, bool on);
bool asy_cycles_enabled(VM *vm);
