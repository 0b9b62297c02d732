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
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

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

ASY_INLINE int32_t slot_get(const DictObj *d, size_t i)
{
    if (d->index_bits <= 7) return ((const int8_t *)d->index)[i];
    if (d->index_bits <= 15) return ((const int16_t *)d->index)[i];
    return ((const int32_t *)d->index)[i];
}

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

ASY_INLINE bool is_exact_str(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == vm->types.str; }

ASY_INLINE bool key_hash(VM *vm, Value key, int64_t *hash)
{
    if (asy_is_int(key)) {
        int64_t i = asy_as_small(key);
        *hash = i == -1 ? -2 : i;           // 50 bits are below the modulus
        return true;
    }
    if (is_exact_str(vm, key)) {
        *hash = (int64_t)asy_str_hash(vm, asy_as_str(key));
        return true;
    }
    return asy_hash(vm, key, hash);
}

// `key` is an exact str and so are all keys of d: runs no script.
static int32_t lookup_str(const DictObj *d, StrObj *key, int64_t hash)
{
    if (d->index_bits == 0) return -1;
    for (Probe p = probe_start(d, hash);; probe_next(&p)) {
        int32_t at = slot_get(d, p.at);
        if (at == SLOT_EMPTY) return -1;
        if (at < 0) continue;
        const DictEntry *e = &d->entries[at];
        if (e->key.bits == asy_from_obj(key).bits) return at;
        if (e->hash == hash && asy_str_equal(asy_as_str(e->key), key)) return at;
    }
}

static int32_t lookup_any(VM *vm, DictObj *d, Value key, int64_t hash)
{
again:
    if (d->index_bits == 0) return -1;
    for (Probe p = probe_start(d, hash);; probe_next(&p)) {
        int32_t at = slot_get(d, p.at);
        if (at == SLOT_EMPTY) return -1;
        if (at < 0) continue;
        const DictEntry *e = &d->entries[at];
        if (asy_same(e->key, key)) return at;
        if (e->hash != hash || asy_both_int(e->key, key)) continue;
        Value other = asy_retain(e->key);
        uint32_t layout = d->layout;
        int equal = asy_equal(vm, other, key);
        asy_release(vm, other);
        if (equal < 0) return -2;
        if (d->layout != layout) goto again;
        if (equal) return at;
    }
}

int32_t asy_dict_lookup(VM *vm, DictObj *d, Value key, int64_t hash)
{
    if (d->str_keys && is_exact_str(vm, key)) return lookup_str(d, asy_as_str(key), hash);
    return lookup_any(vm, d, key, hash);
}

// Where a key that is not there goes: no script, no compare.
static void index_insert(DictObj *d, int64_t hash, int32_t entry)
{
    Probe p = probe_start(d, hash);
    while (slot_get(d, p.at) >= 0) probe_next(&p);
    slot_set(d, p.at, entry);
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
        index_insert(d, entries[n].hash, (int32_t)n);
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

DictObj *asy_dict_new(VM *vm) { return asy_dict_of_type(vm, vm->types.dict); }

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
            index_insert(copy, d->entries[i].hash, (int32_t)copy->used++);
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
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at >= 0) *out = d->entries[at].value;
    return at != -2;
}

// Appends an entry whose key is known to be absent.
static bool append_entry(VM *vm, DictObj *d, Value key, int64_t hash, Value value)
{
    if (ASY_UNLIKELY(d->used == d->capacity) && !grow(vm, d)) return false;
    if (d->str_keys && !is_exact_str(vm, key)) d->str_keys = false;
    index_insert(d, hash, (int32_t)d->used);
    d->entries[d->used++] = (DictEntry){ hash, asy_retain(key), asy_retain(value) };
    d->count++;
    d->layout = next_layout(vm);
    return true;
}

bool asy_dict_set_hashed(VM *vm, DictObj *d, Value key, int64_t hash, Value value)
{
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at == -2) return false;
    if (at < 0) return append_entry(vm, d, key, hash, value);
    asy_set(vm, &d->entries[at].value, asy_retain(value));
    return true;
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

void asy_dict_take(VM *vm, DictObj *d, int32_t at, Value *key, Value *value)
{
    DictEntry *e = &d->entries[at];
    slot_set(d, index_find(d, e->hash, at), SLOT_DELETED);
    *key = e->key;
    *value = e->value;
    e->key = ASY_NIL;
    e->value = ASY_NIL;
    d->count--;
    d->layout = next_layout(vm);
    trim(d);
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
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at < 0) return at == -2 ? -1 : 0;
    Value old_key, value;
    asy_dict_take(vm, d, at, &old_key, &value);
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
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at < 0) return at != -2;
    Value old_key;
    asy_dict_take(vm, d, at, &old_key, out);
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
    return lookup_str(d, key, (int64_t)asy_str_hash(vm, key));
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

bool asy_dict_set_keywords(VM *vm, DictObj *d, Args a)
{
    if (asy_is_nil(a.kwnames)) return true;
    TupleObj *names = asy_as_tuple(a.kwnames);
    for (size_t i = 0; i < names->size; i++)
        if (!asy_dict_set(vm, d, names->items[i], a.v[a.n + i])) return false;
    return true;
}

// ---- merging ----

// From a dict whose iteration script has not redefined. Setting may run script, which may change `from`.
static bool merge_dict(VM *vm, DictObj *d, DictObj *from, bool override)
{
    if (d == from || from->count == 0) return true;
    if (d->count == 0 && d->capacity < from->count && !rebuild(vm, d, bits_for(from->count))) return false;
    bool plain = from->str_keys && d->str_keys;     // no script can run
    bool fresh = d->count == 0 && plain;            // nothing to look up
    uint32_t count = from->count;
    for (uint32_t i = 0; i < from->used; i++) {
        DictEntry e = from->entries[i];
        if (asy_is_nil(e.key)) continue;
        bool ok = true;
        if (fresh) {
            ok = append_entry(vm, d, e.key, e.hash, e.value);
        } else {
            asy_retain(e.key);
            asy_retain(e.value);
            int32_t at = asy_dict_lookup(vm, d, e.key, e.hash);
            if (at == -2) ok = false;
            else if (at < 0) ok = append_entry(vm, d, e.key, e.hash, e.value);
            else if (override) asy_set(vm, &d->entries[at].value, asy_retain(e.value));
            asy_release(vm, e.key);
            asy_release(vm, e.value);
        }
        if (!ok) return false;
        if (ASY_UNLIKELY(from->count != count)) {
            asy_raise(vm, EXC_RuntimeError, "dict mutated during update");
            return false;
        }
    }
    return true;
}

// One key of a mapping or pair: sets it unless it is there and stays.
static bool merge_one(VM *vm, DictObj *d, Value key, Value value, bool override)
{
    int64_t hash;
    if (!key_hash(vm, key, &hash)) return false;
    int32_t at = asy_dict_lookup(vm, d, key, hash);
    if (at == -2) return false;
    if (at < 0) return append_entry(vm, d, key, hash, value);
    if (override) asy_set(vm, &d->entries[at].value, asy_retain(value));
    return true;
}

static bool merge_keys(VM *vm, DictObj *d, Value mapping, Value keys_method, bool override)
{
    Value keys = asy_call0(vm, keys_method);
    if (asy_is_err(keys)) return false;
    Value it = asy_iter(vm, keys);
    asy_release(vm, keys);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        if (asy_is_err(key)) {
            ok = false;
            break;
        }
        Value value = asy_getitem(vm, mapping, key);
        ok = !asy_is_err(value) && merge_one(vm, d, key, value, override);
        asy_release(vm, key);
        asy_release(vm, value);
    }
    asy_release(vm, it);
    return ok;
}

static bool merge_pair(VM *vm, DictObj *d, Value pair, int64_t number, bool override)
{
    TupleObj *two = asy_to_tuple(vm, pair);
    if (!two) {
        if (asy_error_is(vm, EXC_TypeError) && !asy_type_of(vm, pair)->slots.iter && !asy_type_of(vm, pair)->slots.getitem) {
            asy_error_clear(vm);
            asy_raise(vm, EXC_TypeError, "cannot convert dictionary update sequence element #%lld to a sequence", (long long)number);
        }
        return false;
    }
    bool ok = two->size == 2;
    if (!ok)
        asy_raise(vm, EXC_ValueError, "dictionary update sequence element #%lld has length %zu; 2 is required", (long long)number, two->size);
    ok = ok && merge_one(vm, d, two->items[0], two->items[1], override);
    asy_release_obj(vm, two);
    return ok;
}

static bool merge_pairs(VM *vm, DictObj *d, Value pairs, bool override)
{
    Value it = asy_iter(vm, pairs);
    bool ok = !asy_is_err(it);
    for (int64_t number = 0; ok; number++) {
        Value pair = asy_next(vm, it);
        if (asy_is_done(pair)) break;
        ok = !asy_is_err(pair) && merge_pair(vm, d, pair, number, override);
        asy_release(vm, pair);
    }
    asy_release(vm, it);
    return ok;
}

bool asy_dict_merge(VM *vm, DictObj *d, Value mapping, bool override)
{
    const Type *type = asy_class_of(vm, mapping);
    if (type->flags & TYPE_DICT && (type->flags & TYPE_STATIC || type->slots.iter == asy_dict_iter_slot))
        return merge_dict(vm, d, asy_as_dict(mapping), override);
    Value keys = asy_getattr_opt(vm, mapping, asy_name(vm, keys));
    if (asy_is_err(keys)) return false;
    if (asy_is_nil(keys)) return asy_error_pending(vm) ? false : merge_pairs(vm, d, mapping, override);
    bool ok = merge_keys(vm, d, mapping, keys, override);
    asy_release(vm, keys);
    return ok;
}

int asy_dict_equal(VM *vm, DictObj *a, DictObj *b)
{
    if (a->count != b->count) return 0;
    for (uint32_t i = 0; i < a->used; i++) {
        DictEntry e = a->entries[i];
        if (asy_is_nil(e.key)) continue;
        asy_retain(e.key);
        asy_retain(e.value);
        int32_t at = asy_dict_lookup(vm, b, e.key, e.hash);
        int equal = at == -2 ? -1 : 0;
        if (at >= 0) {
            Value other = asy_retain(b->entries[at].value);
            equal = asy_equal(vm, e.value, other);
            asy_release(vm, other);
        }
        asy_release(vm, e.key);
        asy_release(vm, e.value);
        if (equal != 1) return equal;
    }
    return 1;
}
