// dict: insertion-ordered hash table (entries in order, an index of slots beside them).
//
// `layout` changes whenever an entry may have moved, appeared or gone; it does not change when a value
// is replaced. So (layout, entry index) lets a cache read a global's value with one compare. Lookups
// may run script (__eq__, __hash__) unless every key is a str; each re-checks the table after script ran.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct DictEntry {
    int64_t hash;
    Value key;                  // NIL: deleted
    Value value;
} DictEntry;
struct DictObj {
    ObjHeader head;
    DictEntry *entries;         // [0, used): in insertion order
    void *index;                // int8/16/32 slots by size; one buffer with entries
    uint32_t used;              // entries filled, deleted ones included
    uint32_t count;             // alive
    uint32_t capacity;          // of entries
    uint8_t index_bits;         // log2 of index slots
    bool str_keys;              // every key is an exact str: lookups run no script
    uint32_t layout;            // never 0; new on every structural change; from vm-wide counter
    uint32_t first;             // entries before it are deleted; while count is not 0 it is alive itself, and so is the last
};

#define asy_is_dict(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_DICT))
#define asy_as_dict(v) asy_as(DictObj, v)

ASY_CHECKED DictObj *asy_dict_new(VM *vm);
ASY_CHECKED DictObj *asy_dict_with_capacity(VM *vm, size_t n);
ASY_CHECKED DictObj *asy_dict_copy(VM *vm, DictObj *d);
// Borrowed value in *out, or NIL if absent; false: exception (hash, eq).
ASY_CHECKED bool asy_dict_get(VM *vm, DictObj *d, Value key, Value *out);
ASY_CHECKED bool asy_dict_set(VM *vm, DictObj *d, Value key, Value value);      // retains both
// Sets key to *value (both are retained) unless it is there; *value is what is there then, borrowed.
ASY_CHECKED bool asy_dict_add(VM *vm, DictObj *d, Value key, Value *value);
ASY_CHECKED int asy_dict_delete(VM *vm, DictObj *d, Value key);                 // 1, 0 absent, -1 error
ASY_CHECKED bool asy_dict_pop(VM *vm, DictObj *d, Value key, Value *out);       // owned value or NIL
// str keys: never run script if the dict's keys are str; borrowed, NIL if absent (errors: NIL, exception set).
Value asy_dict_get_str(VM *vm, DictObj *d, StrObj *key);
ASY_CHECKED bool asy_dict_set_str(VM *vm, DictObj *d, StrObj *key, Value value);
ASY_CHECKED bool asy_dict_set_c(VM *vm, DictObj *d, const char *key, Value owned);  // interns; takes the value, ERR: false
int asy_dict_delete_str(VM *vm, DictObj *d, StrObj *key);
// Index of an interned key's entry in [0, used), or -1; runs no script; for caches on str_keys dicts.
int32_t asy_dict_find_entry(VM *vm, DictObj *d, StrObj *key);
// Walks in order: *pos from 0; borrowed; false at the end. The dict must not change meanwhile.
bool asy_dict_next(const DictObj *d, uint32_t *pos, Value *key, Value *value);
ASY_CHECKED bool asy_dict_merge(VM *vm, DictObj *d, Value mapping, bool override);  // mapping or pairs; may run script
void asy_dict_clear(VM *vm, DictObj *d);
