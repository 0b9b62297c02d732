// Sorting an array of values that nobody else can see: what list.sort and sorted stand on.
#pragma once
#include "vm/core/value.h"

// Sorts n values, stably, by their keys (NULL: by themselves), which stay where they are. Runs script (comparisons); on
// error the values are all still there, in some order.
ASY_CHECKED bool asy_sort_values(VM *vm, const Value *keys, Value *values, size_t n);
