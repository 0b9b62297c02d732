// What the files of list share: growing, and taking the items away from script's sight.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/list.h"

enum { LIST_SIZE_MAX = 1 << 30 };       // items; arbitrary, far below what overflows a byte count

// Methods kept in list_methods.c, and the iterator.
extern const MethodDef asy_list_methods[];
Value asy_list_iter_slot(VM *vm, Value self);
// Replaces items [at, at + gone) by `n` others (owned by the caller before, by the list after; on false
// still the caller's). What was there goes to `old` (room for `gone`), owned by the caller then.
ASY_CHECKED bool asy_list_splice(VM *vm, ListObj *list, size_t at, size_t gone, const Value *items, size_t n, Value *old);
