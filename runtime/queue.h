// asyncio's queues.
#pragma once
#include "runtime/waiters.h"

extern const TypeDef asy_queue_type, asy_priority_queue_type, asy_lifo_queue_type;
// A Queue without limit that takes n items without allocating.
ASY_CHECKED Value asy_queue_new(VM *vm, uint32_t n);
// Of such a queue: put_nowait().
ASY_CHECKED bool asy_queue_put(VM *vm, Value queue, Value item);
