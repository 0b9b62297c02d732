// asyncio.TaskGroup.
#pragma once
#include "runtime/runtime.h"
#include "vm/objects/new_args.h"

extern const TypeDef asy_taskgroup_type;
