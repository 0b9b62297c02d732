// range and its iterator.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct RangeObj {
    ObjHeader head;
    Value start, stop, step, length;    // integers of any form; all four inline in the usual case
} RangeObj;

// Iterator of a range whose numbers are all inline: no allocation, no check.
typedef struct RangeIterObj {
    ObjHeader head;
    int64_t next, step, left;           // `left` more numbers from `next` on
} RangeIterObj;

#define asy_is_range(vm, v) (asy_is_obj(v) && asy_as_obj(v)->type == (vm)->types.range)
// range(start, stop, step) of integers; ValueError for step 0.
ASY_CHECKED Value asy_range_new(VM *vm, Value start, Value stop, Value step);
