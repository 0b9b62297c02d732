// asyncio's queues.
#pragma once
#include "runtime/waiters.h"

extern const TypeDef asy_queue_type, asy_priority_queue_type, asy_lifo_queue_type;
