// asyncio's Lock, Event, Condition, Semaphore and BoundedSemaphore. (Barrier is written in the language.)
#pragma once
#include "runtime/waiters.h"

extern const TypeDef asy_lock_type, asy_event_type, asy_condition_type, asy_semaphore_type, asy_bounded_semaphore_type;
