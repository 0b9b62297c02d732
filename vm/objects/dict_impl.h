// What the files of dict share: lookup with a known hash, and the types of views and iterators.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/dict.h"
#include "vm/objects/iter.h"

// Entry of `key` with its hash, -1 absent, -2 error. Runs script unless the dict's keys and `key` are str.
ASY_CHECKED int32_t asy_dict_lookup(VM *vm, DictObj *d, Value key, int64_t hash);
// Sets with a known hash; retains both.
ASY_CHECKED bool asy_dict_set_hashed(VM *vm, DictObj *d, Value key, int64_t hash, Value value);
// asy_dict_add with a known hash.
ASY_CHECKED bool asy_dict_add_hashed(VM *vm, DictObj *d, Value key, int64_t hash, Value *value);
// Adds a key that is known not to be there; runs no script.
ASY_CHECKED bool asy_dict_append(VM *vm, DictObj *d, Value key, int64_t hash, Value value);
// Room for n entries.
ASY_CHECKED bool asy_dict_reserve(VM *vm, DictObj *d, size_t n);
// Removes the entry number `at`, which is alive; its key and value are the caller's then.
void asy_dict_take(VM *vm, DictObj *d, int32_t at, Value *key, Value *value);
// Makes the entry number `at`, which is alive, the last or the first in order. A number of moves costs as much as they
// are, whatever the size. False: MemoryError, and nothing has moved.
ASY_CHECKED bool asy_dict_move(VM *vm, DictObj *d, int32_t at, bool to_end);
// cls.fromkeys(iterable, value).
ASY_CHECKED Value asy_dict_fromkeys(VM *vm, Value cls, Value iterable, Value value);
// dict(x) of a subclass or of exactly `d`'s class: new empty dict of `type`.
ASY_CHECKED DictObj *asy_dict_of_type(VM *vm, Type *type);
// Value of a str key in **kwargs form: sets d[name] = value for each.
ASY_CHECKED bool asy_dict_set_keywords(VM *vm, DictObj *d, Args a);
// 1, 0, -1: equal keys with equal values.
ASY_CHECKED int asy_dict_equal(VM *vm, DictObj *a, DictObj *b);

typedef struct DictViewObj {        // dict_keys, dict_values, dict_items
    ObjHeader head;
    DictObj *dict;
} DictViewObj;
ASY_CHECKED Value asy_dict_view_new(VM *vm, Type *type, Value dict);
// Iterator of `type` (a key, value or item iterator, forward or reversed) over `d`.
ASY_CHECKED Value asy_dict_iter_new(VM *vm, Type *type, DictObj *d);
Value asy_dict_iter_slot(VM *vm, Value self);                   // iter(d): its keys
// The reversed iterators' types.
Type *asy_dict_reversekey_type(VM *vm);
Type *asy_dict_reversevalue_type(VM *vm);
Type *asy_dict_reverseitem_type(VM *vm);
extern const MethodDef asy_dict_methods[];
