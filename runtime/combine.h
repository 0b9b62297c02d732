// sleep, gather, wait: waiting for time and for several futures.
#pragma once
#include "runtime/future.h"

typedef struct GatherObj {
    FutureObj future;
    Value *children;            // owned; in the order of the arguments, duplicates included
    uint32_t count;
    uint32_t expected, finished;    // different futures among them; done so far
    bool return_exceptions;
    bool cancel_requested;
} GatherObj;

extern const TypeDef asy_rt_gathering_type;
extern const MethodDef asy_combine_functions[];
