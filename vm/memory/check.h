// Heap validator: for tests and the stress build.
#pragma once
#include "vm/core/object.h"

// Whether the heap is sound: every object's type is a type, every reference found by tracing leads to a live
// object, no object has fewer references than were found, free slots are marked free and belong to their list.
// False: `message` says what is wrong first. Takes memory from the host's allocator, uncounted; without it,
// true. At safe points only.
bool asy_heap_check(VM *vm, char *message, size_t size);
