// dict: entries in insertion order, and beside them an open-addressed index of entry numbers.
//
//   entries  [hash key value] [hash key value] [deleted] ...          one buffer: the entries, then
//   index    -1 2 -1 0 -2 1 ...   (-1 never used, -2 deleted)         the index, in 1, 2 or 4 bytes a slot
//
// At most two thirds of the index are ever used. A lookup runs script (__eq__) unless all keys are str;
// after script the `layout` tells whether what was being looked at is still there, and if not the lookup
// begins anew. Values leave the table before they are released.
#include "vm/objects/dict.h"

#include "vm/core/abstract.h"
#include "vm/core/intern.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/equal.h"

enum {
    SLOT_EMPTY = -1,
    SLOT_DELETED = -2,
    INDEX_BITS_MIN = 3,
    INDEX_BITS_MAX = 30,
};

static uint32_t next_layout(VM *vm)
{
    if (ASY_UNLIKELY(++vm->dict_layout == 0)) vm->dict_layout = 1;
    return vm->dict_layout;
}

// Entries that an index of 2^bits slots serves.
static uint32_t usable(uint32_t bits) { return (uint32_t)((UINT64_C(2) << bits) / 3); }
static size_t slot_size(uint32_t bits) { return bits <= 7 ? 1 : bits <= 15 ? 2 : 4; }
static size_t buffer_size(uint32_t bits)
{
    return bits ? usable(bits) * sizeof(DictEntry) + (slot_size(bits) << bits) : 0;
}

// What index slot i holds; `width` is slot_size(bits), and a constant where this is inlined.
ASY_INLINE int32_t index_get(const void *index, size_t width, size_t i)
{
    return width == 1 ? ((const int8_t *)index)[i] : width == 2 ? ((const int16_t *)index)[i] : ((const int32_t *)index)[i];
}

static int32_t slot_get(const DictObj *d, size_t i) { return index_get(d->index, slot_size(d->index_bits), i); }

ASY_INLINE void slot_set(DictObj *d, size_t i, int32_t entry)
{
    if (d->index_bits <= 7) ((int8_t *)d->index)[i] = (int8_t)entry;
    else if (d->index_bits <= 15) ((int16_t *)d->index)[i] = (int16_t)entry;
    else ((int32_t *)d->index)[i] = entry;
}

// The probe sequence visits every slot: the hash's upper bits come in step by step, then i*5+1 alone
// runs through all of a power of two.
typedef struct Probe {
    size_t mask, at;
    uint64_t rest;
} Probe;

ASY_INLINE Probe probe_start(const DictObj *d, int64_t hash)
{
    size_t mask = ((size_t)1 << d->index_bits) - 1;
    return (Probe){ mask, (size_t)hash & mask, (uint64_t)hash };
}

ASY_INLINE void probe_next(Probe *p)
{
    p->rest >>= 5;
    p->at = (p->at * 5 + 1 + (size_t)p->rest) & p->mask;
}

ASY_INLINE bool key_hash(VM *vm, Value key, int64_t *hash)
{
    if (asy_is_int(key)) {
        int64_t i = asy_as_small(key);
        *hash = i == -1 ? -2 : i;           // 50 bits are below the modulus
        return true;
    }
    if (asy_is_exact_str(vm, key)) {
        *hash = (int64_t)asy_str_hash(vm, asy_as_str(key));
        return true;
    }
    return asy_hash(vm, key, hash);
}

// ---- lookup ----

// Where a lookup ended: the entry's number and its index slot; -1 and the unused slot in which the key could be put
// (none if there is no index); -2: error.
typedef struct Found {
    int32_t at;
    size_t slot;
} Found;

// `key` is an exact str and so are all keys of d: runs no script.
ASY_INLINE Found find_str(const DictObj *d, const StrObj *key, int64_t hash, size_t width)
{
    for (Probe p = probe_start(d, hash);; probe_next(&p)) {
        int32_t at = index_get(d->index, width, p.at);
        if (at < 0) {
            if (at == SLOT_EMPTY) return (Found){ -1, p.at };
            continue;
        }
        const DictEntry *e = &d->entries[at];
        if (e->key.bits == asy_from_obj(key).bits) return (Found){ at, p.at };
        if (e->hash == hash && asy_str_same_text(asy_as_str(e->key), key)) return (Found){ at, p.at };
    }
}

// Whether the entry's key is `key`, as script may say: 1, 0, -1 error; 2: the dict has changed meanwhile.
static int key_equals(VM *vm, const DictObj *d, const DictEntry *e, Value key)
{
    Value other = asy_retain(e->key);
    uint32_t layout = d->layout;
    int equal = asy_equal(vm, other, key);
    asy_release(vm, other);
    return equal >= 0 && d->layout != layout ? 2 : equal;
}

// at -3: the dict has changed, begin anew.
ASY_INLINE Found find_any(VM *vm, const DictObj *d, Value key, int64_t hash, size_t width)
{
    for (Probe p = probe_start(d, hash);; probe_next(&p)) {
        int32_t at = index_get(d->index, width, p.at);
        if (at < 0) {
            if (at == SLOT_EMPTY) return (Found){ -1, p.at };
            continue;
        }
        const DictEntry *e = &d->entries[at];
        if (asy_same(e->key, key)) return (Found){ at, p.at };
        if (e->hash != hash) continue;
        int equal = asy_equal_quick(vm, e->key, key);
        if (equal < 0) equal = key_equals(vm, d, e, key);
        if (equal == 1) return (Found){ at, p.at };
        if (equal) return (Found){ equal < 0 ? -2 : -3, 0 };
    }
}

ASY_INLINE Found find_text(const DictObj *d, const StrObj *key, int64_t hash)
{
    if (ASY_UNLIKELY(d->index_bits == 0)) return (Found){ -1, SIZE_MAX };
    return d->index_bits <= 7    ? find_str(d, key, hash, 1)
           : d->index_bits <= 15 ? find_str(d, key, hash, 2)
                                 : find_str(d, key, hash, 4);
}

ASY_INLINE Found find(VM *vm, const DictObj *d, Value key, int64_t hash)
{
    if (d->str_keys && asy_is_exact_str(vm, key)) return find_text(d, asy_as_str(key), hash);
    for (;;) {
        if (ASY_UNLIKELY(d->index_bits == 0)) return (Found){ -1, SIZE_MAX };
        Found f = d->index_bits <= 7    ? find_any(vm, d, key, hash, 1)
                  : d->index_bits <= 15 ? find_any(vm, d, key, hash, 2)
                                        : find_any(vm, d, key, hash, 4);
        if (ASY_LIKELY(f.at != -3)) return f;
    }
}

int32_t asy_dict_lookup(VM *vm, DictObj *d, Value key, int64_t hash) { return find(vm, d, key, hash).at; }

// ---- the table ----

// The slot for a key that is not there: no script, no compare.
static size_t free_slot(const DictObj *d, int64_t hash)
{
    Probe p = probe_start(d, hash);
    while (slot_get(d, p.at) >= 0) probe_next(&p);
    return p.at;
}

// The index slot that holds `entry`.
static size_t index_find(const DictObj *d, int64_t hash, int32_t entry)
{
    Probe p = probe_start(d, hash);
    while (slot_get(d, p.at) != entry) probe_next(&p);
    return p.at;
}

static bool no_memory(VM *vm)
{
    asy_raise_memory(vm);
    return false;
}

// New table of 2^bits slots with the live entries, in order and without gaps, but `ahead` deleted ones before them.
static bool rebuild_behind(VM *vm, DictObj *d, uint32_t bits, uint32_t ahead)
{
    if (bits > INDEX_BITS_MAX || usable(bits) < ahead + d->count) return no_memory(vm);
    char *buffer = asy_mem_alloc(vm, buffer_size(bits));
    if (!buffer) return no_memory(vm);
    DictEntry *old = d->entries, *entries = (DictEntry *)(void *)buffer;
    uint32_t old_used = d->used, old_bits = d->index_bits, n = ahead;
    for (uint32_t i = 0; i < ahead; i++) entries[i].key = entries[i].value = ASY_NIL;
    d->entries = entries;
    d->index = buffer + usable(bits) * sizeof(DictEntry);
    d->index_bits = (uint8_t)bits;
    d->capacity = usable(bits);
    memset(d->index, 0xFF, slot_size(bits) << bits);        // SLOT_EMPTY
    for (uint32_t i = 0; i < old_used; i++) {
        if (asy_is_nil(old[i].key)) continue;
        entries[n] = old[i];
        slot_set(d, free_slot(d, entries[n].hash), (int32_t)n);
        n++;
    }
    d->used = n;
    d->first = ahead;
    d->layout = next_layout(vm);
    asy_mem_free(vm, old, buffer_size(old_bits));
    return true;
}

static bool rebuild(VM *vm, DictObj *d, uint32_t bits) { return rebuild_behind(vm, d, bits, 0); }

static uint32_t bits_for(size_t n)
{
    uint32_t bits = INDEX_BITS_MIN;
    while (bits < INDEX_BITS_MAX && usable(bits) < n) bits++;
    return bits;
}

bool asy_dict_reserve(VM *vm, DictObj *d, size_t n)
{
    return d->capacity >= n || rebuild(vm, d, bits_for(n));
}

// Room for one more entry: twice as much as is alive, which also drops the deleted ones.
static bool grow(VM *vm, DictObj *d)
{
    return rebuild(vm, d, bits_for((size_t)d->count * 2 + 1));
}

DictObj *asy_dict_of_type(VM *vm, Type *type)
{
    DictObj *d = asy_object_alloc(vm, type);
    if (!d) return NULL;
    d->str_keys = true;
    d->layout = next_layout(vm);
    return d;
}

DictObj *asy_dict_new(VM *vm)
{
    DictObj *d = asy_object_take(vm, vm->types.dict, sizeof(DictObj), true);
    if (!d) return NULL;
    d->str_keys = true;
    d->layout = next_layout(vm);
    return d;
}

DictObj *asy_dict_with_capacity(VM *vm, size_t n)
{
    DictObj *d = asy_dict_new(vm);
    if (d && n && !rebuild(vm, d, bits_for(n))) {
        asy_release_obj(vm, d);
        return NULL;
    }
    return d;
}

DictObj *asy_dict_copy(VM *vm, DictObj *d)
{
    DictObj *copy = asy_dict_new(vm);
    if (!copy || d->count == 0) return copy;
    if (d->count < d->used - d->used / 4) {      // many gaps: close them
        if (!rebuild(vm, copy, bits_for(d->count))) goto failed;
        for (uint32_t i = 0; i < d->used; i++) {
            if (asy_is_nil(d->entries[i].key)) continue;
            copy->entries[copy->used] = d->entries[i];
            slot_set(copy, free_slot(copy, d->entries[i].hash), (int32_t)copy->used);
            copy->used++;
        }
    } else {
        size_t size = buffer_size(d->index_bits);
        char *buffer = asy_mem_alloc(vm, size);
        if (!buffer) {
            asy_raise_memory(vm);
            goto failed;
        }
        memcpy(buffer, d->entries, d->used * sizeof(DictEntry));
        copy->entries = (DictEntry *)(void *)buffer;
        copy->index = buffer + usable(d->index_bits) * sizeof(DictEntry);
        memcpy(copy->index, d->index, slot_size(d->index_bits) << d->index_bits);
        copy->index_bits = d->index_bits;
        copy->capacity = d->capacity;
        copy->used = d->used;
        copy->first = d->first;
    }
    copy->count = d->count;
    copy->str_keys = d->str_keys;
    for (uint32_t i = 0; i < copy->used; i++) {
        asy_retain(copy->entries[i].key);
        asy_retain(copy->entries[i].value);
    }
    return copy;
failed:
    asy_release_obj(vm, copy);
    return NULL;
}

bool asy_dict_get(VM *vm, DictObj *d, Value key, Value *out)
{
    int64_t hash;
    *out = ASY_NIL;
    if (!key_hash(vm, key, &hash)) return false;
    int32_t at = find(vm, d, key, hash).at;
    if (at >= 0) *out = d->entries[at].value;
    return at != -2;
}

// Appends an entry whose key is known to be absent and goes to this index slot; SIZE_MAX: to be found.
ASY_INLINE bool append_at(VM *vm, DictObj *d, size_t slot, Value key, int64_t hash, Value value)
{
    if (ASY_UNLIKELY(d->used == d->capacity)) {
        if (!grow(vm, d)) return false;
        slot = SIZE_MAX;
    }
    if (slot == SIZE_MAX) slot = free_slot(d, hash);
    if (d->str_keys && !asy_is_exact_str(vm, key)) d->str_keys = false;
    slot_set(d, slot, (int32_t)d->used);
    d->entries[d->used++] = (DictEntry){ hash, asy_retain(key), asy_retain(value) };
    d->count++;
    d->layout = next_layout(vm);
    return true;
}

bool asy_dict_append(VM *vm, DictObj *d, Value key, int64_t hash, Value value)
{
    return append_at(vm, d, SIZE_MAX, key, hash, value);
}

bool asy_dict_set_hashed(VM *vm, DictObj *d, Value key, int64_t hash, Value value)
{
    Found f = find(vm, d, key, hash);
    if (f.at < 0) return f.at == -1 && append_at(vm, d, f.slot, key, hash, value);
    asy_set(vm, &d->entries[f.at].value, asy_retain(value));
    return true;
}

bool asy_dict_add_hashed(VM *vm, DictObj *d, Value key, int64_t hash, Value *value)
{
    Found f = find(vm, d, key, hash);
    if (f.at < 0) return f.at == -1 && append_at(vm, d, f.slot, key, hash, *value);
    *value = d->entries[f.at].value;
    return true;
}

bool asy_dict_add(VM *vm, DictObj *d, Value key, Value *value)
{
    int64_t hash;
    return key_hash(vm, key, &hash) && asy_dict_add_hashed(vm, d, key, hash, value);
}

bool asy_dict_set(VM *vm, DictObj *d, Value key, Value value)
{
    int64_t hash;
    return key_hash(vm, key, &hash) && asy_dict_set_hashed(vm, d, key, hash, value);
}

// Deleted entries at both ends are no entries any more. A place at the end is given up, and with it the right to fill it
// again: its index slot stays used.
static void trim(DictObj *d)
{
    while (d->used > d->first && asy_is_nil(d->entries[d->used - 1].key)) {
        d->used--;
        d->capacity--;
    }
    while (d->first < d->used && asy_is_nil(d->entries[d->first].key)) d->first++;
}

static void take(VM *vm, DictObj *d, Found f, Value *key, Value *value)
{
    DictEntry *e = &d->entries[f.at];
    slot_set(d, f.slot, SLOT_DELETED);
    *key = e->key;
    *value = e->value;
    e->key = ASY_NIL;
    e->value = ASY_NIL;
    d->count--;
    d->layout = next_layout(vm);
    trim(d);
}

void asy_dict_take(VM *vm, DictObj *d, int32_t at, Value *key, Value *value)
{
    take(vm, d, (Found){ at, index_find(d, d->entries[at].hash, at) }, key, value);
}

bool asy_dict_move(VM *vm, DictObj *d, int32_t at, bool to_end)
{
    uint32_t from = (uint32_t)at;
    if (from == (to_end ? d->used - 1 : d->first)) return true;
    if (to_end ? d->used == d->capacity : d->first == 0) {
        uint32_t before = 0;        // alive
        for (uint32_t i = 0; i < from; i++) before += !asy_is_nil(d->entries[i].key);
        // Room at the front for as many more as there are, so that making it is paid by as many moves.
        uint32_t ahead = to_end ? 0 : d->count;
        if (!rebuild_behind(vm, d, bits_for((size_t)d->count * 2 + 1 + ahead), ahead)) return false;
        from = ahead + before;
    }
    DictEntry *e = &d->entries[from];
    uint32_t to = to_end ? d->used++ : --d->first;
    slot_set(d, index_find(d, e->hash, (int32_t)from), (int32_t)to);
    d->entries[to] = *e;
    e->key = e->value = ASY_NIL;
    d->layout = next_layout(vm);
    trim(d);
    return true;
}

int asy_dict_delete(VM *vm, DictObj *d, Value key)
{
    int64_t hash;
    if (!key_hash(vm, key, &hash)) return -1;
    Found f = find(vm, d, key, hash);
    if (f.at < 0) return f.at == -2 ? -1 : 0;
    Value old_key, value;
    take(vm, d, f, &old_key, &value);
    asy_release(vm, old_key);
    asy_release(vm, value);
    return 1;
}

bool asy_dict_pop(VM *vm, DictObj *d, Value key, Value *out)
{
    int64_t hash;
    *out = ASY_NIL;
    if (d->count == 0) return true;     // not even hashed, as in CPython
    if (!key_hash(vm, key, &hash)) return false;
    Found f = find(vm, d, key, hash);
    if (f.at < 0) return f.at != -2;
    Value old_key;
    take(vm, d, f, &old_key, out);
    asy_release(vm, old_key);
    return true;
}

Value asy_dict_get_str(VM *vm, DictObj *d, StrObj *key)
{
    int32_t at = asy_dict_lookup(vm, d, asy_from_obj(key), (int64_t)asy_str_hash(vm, key));
    return at < 0 ? ASY_NIL : d->entries[at].value;
}

bool asy_dict_set_str(VM *vm, DictObj *d, StrObj *key, Value value)
{
    return asy_dict_set_hashed(vm, d, asy_from_obj(key), (int64_t)asy_str_hash(vm, key), value);
}

bool asy_dict_set_c(VM *vm, DictObj *d, const char *key, Value owned)
{
    if (asy_is_err(owned)) return false;
    StrObj *name = asy_intern_c(vm, key);
    bool ok = name && asy_dict_set_str(vm, d, name, owned);
    asy_release_obj(vm, name);
    asy_release(vm, owned);
    return ok;
}

int asy_dict_delete_str(VM *vm, DictObj *d, StrObj *key) { return asy_dict_delete(vm, d, asy_from_obj(key)); }

int32_t asy_dict_find_entry(VM *vm, DictObj *d, StrObj *key)
{
    assert(d->str_keys);
    return find_text(d, key, (int64_t)asy_str_hash(vm, key)).at;
}

bool asy_dict_next(const DictObj *d, uint32_t *pos, Value *key, Value *value)
{
    if (*pos < d->first) *pos = d->first;
    while (*pos < d->used) {
        const DictEntry *e = &d->entries[(*pos)++];
        if (asy_is_nil(e->key)) continue;
        *key = e->key;
        if (value) *value = e->value;
        return true;
    }
    return false;
}

void asy_dict_clear(VM *vm, DictObj *d)
{
    DictEntry *entries = d->entries;
    uint32_t used = d->used, bits = d->index_bits;
    d->entries = NULL;
    d->index = NULL;
    d->used = d->count = d->capacity = d->first = 0;
    d->index_bits = 0;
    d->str_keys = true;
    d->layout = next_layout(vm);
    for (uint32_t i = 0; i < used; i++) {
        asy_release(vm, entries[i].key);
        asy_release(vm, entries[i].value);
    }
    asy_mem_free(vm, entries, buffer_size(bits));
}
