// What set's files and the views of dicts share.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/iter.h"
#include "vm/objects/set.h"

// s -= other, s &= other, s ^= other for any iterable; run script.
ASY_CHECKED bool asy_set_difference_update(VM *vm, SetObj *s, Value other);
ASY_CHECKED bool asy_set_intersection_update(VM *vm, SetObj *s, Value other);
ASY_CHECKED bool asy_set_symmetric_update(VM *vm, SetObj *s, Value other);
// Index of `key` in the table, -1 absent, -2 error. Runs script.
ASY_CHECKED int64_t asy_set_lookup(VM *vm, SetObj *s, Value key, int64_t hash);
// Adds with a known hash; 1 added, 0 was there, -1 error.
ASY_CHECKED int asy_set_add_hashed(VM *vm, SetObj *s, Value key, int64_t hash);
// Removes with a known hash; 1 removed, 0 absent, -1 error.
ASY_CHECKED int asy_set_discard_hashed(VM *vm, SetObj *s, Value key, int64_t hash);
ASY_CHECKED SetObj *asy_set_copy(VM *vm, SetObj *s, Type *type);
void asy_set_clear(VM *vm, SetObj *s);
Value asy_set_iter_slot(VM *vm, Value self);
extern const MethodDef asy_set_methods[];
extern const MethodDef asy_frozenset_methods[];
