// Waiting for time and for several futures: sleep, gather, wait (combine.c), shield (shield.c), as_completed
// (as_completed.c).
#pragma once
#include "runtime/future.h"
#include "vm/objects/list.h"

typedef struct GatherObj {
    FutureObj future;
    ListObj *children;          // in the order of the arguments, duplicates included; the results take their places
    uint32_t expected, finished;    // different futures among them; done so far
    bool return_exceptions;
    bool cancel_requested;
} GatherObj;

extern const TypeDef asy_rt_gathering_type, asy_as_completed_type;
extern const MethodDef asy_combine_functions[], asy_shield_functions[], asy_as_completed_functions[];
// The time of an as_completed() is up.
ASY_CHECKED bool asy_as_completed_expire(VM *vm, Value iterator);
