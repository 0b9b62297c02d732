// What set's files and the views of dicts share.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/iter.h"
#include "vm/objects/set.h"

// s -= other, s &= other, s ^= other for any iterable; run script.
ASY_CHECKED bool asy_set_difference_update(VM *vm, SetObj *s, Value other);
ASY_CHECKED bool asy_set_intersection_update(VM *vm, SetObj *s, Value other);
ASY_CHECKED bool asy_set_symmetric_update(VM *vm, SetObj *s, Value other);
// The same as a new set of `type`, set or frozenset. NULL: raised.
ASY_CHECKED SetObj *asy_set_difference(VM *vm, SetObj *s, Value other, Type *type);
ASY_CHECKED SetObj *asy_set_intersection(VM *vm, SetObj *s, Value other, Type *type);
ASY_CHECKED SetObj *asy_set_symmetric_difference(VM *vm, SetObj *s, Value other, Type *type);
// Whether all of `a` is in `b`: 1, 0, -1 error. Runs script.
ASY_CHECKED int asy_set_is_subset(VM *vm, SetObj *a, SetObj *b);
// Index of `key` in the table, -1 absent, -2 error. Runs script.
ASY_CHECKED int64_t asy_set_lookup(VM *vm, SetObj *s, Value key, int64_t hash);
// Adds with a known hash; 1 added, 0 was there, -1 error.
ASY_CHECKED int asy_set_add_hashed(VM *vm, SetObj *s, Value key, int64_t hash);
// Adds a key that is known not to be there to a set from which none has been removed; runs no script.
ASY_CHECKED bool asy_set_add_new(VM *vm, SetObj *s, Value key, int64_t hash);
// Removes with a known hash; 1 removed, 0 absent, -1 error.
ASY_CHECKED int asy_set_discard_hashed(VM *vm, SetObj *s, Value key, int64_t hash);
// A table with many deleted places is made anew.
ASY_CHECKED bool asy_set_compact(VM *vm, SetObj *s);
ASY_CHECKED SetObj *asy_set_copy(VM *vm, SetObj *s, Type *type);
// Walks the entries as asy_set_next does the keys: copied, borrowed.
bool asy_set_next_entry(const SetObj *s, size_t *pos, SetEntry *entry);
// Exchanges what two sets hold.
void asy_set_swap(SetObj *a, SetObj *b);
void asy_set_clear(VM *vm, SetObj *s);
Value asy_set_iter_slot(VM *vm, Value self);
extern const MethodDef asy_set_methods[];
extern const MethodDef asy_frozenset_methods[];
