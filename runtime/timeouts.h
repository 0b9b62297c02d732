// asyncio.timeout(): a deadline for what is inside `async with`.
#pragma once
#include "runtime/loop.h"

extern const TypeDef asy_timeout_type;
extern const MethodDef asy_timeout_functions[];
// What tells the timer that is armed now from earlier ones.
Value asy_timeout_ticket(const ObjHeader *timeout);
// The timer of a timeout is due. `ticket` tells whether it is still the one that counts.
ASY_CHECKED bool asy_timeout_fire(VM *vm, Value timeout, Value ticket);
