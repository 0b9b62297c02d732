// set and frozenset: the hash table.
//
// Open addressing in a power of two of entries. Scripts see the order of the table (and print sets of small
// numbers), so where an entry goes and when the table grows follow CPython's sets: up to ten neighbours are
// tried, then the next place of a sequence into which the hash's upper bits come five at a time; a table is
// rebuilt when three fifths are used, deleted places included, four times (above 50,000: twice) as large as
// its content. Comparing keys may run script; a `version` that changed meanwhile begins the lookup anew.
#include "vm/objects/set.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/equal.h"
#include "vm/objects/set_impl.h"
#include "vm/objects/walk.h"

enum { TABLE_MIN = 8, NEIGHBOURS = 9, TABLE_MAX = 1 << 30 };

static bool no_memory(VM *vm)
{
    asy_raise_memory(vm);
    return false;
}

ASY_INLINE bool key_hash(VM *vm, Value key, int64_t *hash)
{
    if (asy_is_int(key)) {
        int64_t i = asy_as_small(key);
        *hash = i == -1 ? -2 : i;
        return true;
    }
    if (asy_is_exact_str(vm, key)) {
        *hash = (int64_t)asy_str_hash(vm, asy_as_str(key));
        return true;
    }
    return asy_hash(vm, key, hash);
}

// Index of the key, -1 absent, -2 error. Absent, *place is where it goes: the last deleted place on its way, else the
// unused one at which the search ended; NULL: there is no table.
ASY_INLINE int64_t lookup(VM *vm, SetObj *s, Value key, int64_t hash, SetEntry **place)
{
again:
    *place = NULL;
    if (!s->table) return -1;
    SetEntry *deleted = NULL;
    size_t mask = s->mask, at = (size_t)hash & mask;
    uint64_t rest = (uint64_t)hash;
    for (;;) {
        SetEntry *e = &s->table[at], *last = at + NEIGHBOURS <= mask ? e + NEIGHBOURS : e;
        for (; e <= last; e++) {
            if (asy_same(e->key, key)) return e - s->table;
            if (asy_is_nil(e->key)) {
                *place = deleted ? deleted : e;
                return -1;
            }
            if (asy_is_unbound(e->key)) {
                deleted = e;
                continue;
            }
            if (e->hash != hash) continue;
            int equal = asy_equal_quick(vm, e->key, key);
            if (equal < 0) {
                Value other = asy_retain(e->key);
                uint32_t version = s->version;
                equal = asy_equal(vm, other, key);
                asy_release(vm, other);
                if (equal < 0) return -2;
                if (s->version != version) goto again;
            }
            if (equal) return e - s->table;
        }
        rest >>= 5;
        at = (at * 5 + 1 + (size_t)rest) & mask;
    }
}

int64_t asy_set_lookup(VM *vm, SetObj *s, Value key, int64_t hash)
{
    SetEntry *place;
    return lookup(vm, s, key, hash, &place);
}

// The unused place of a key that is not there, in a table without deleted places.
static SetEntry *free_place(SetEntry *table, size_t mask, int64_t hash)
{
    size_t at = (size_t)hash & mask;
    uint64_t rest = (uint64_t)hash;
    for (;;) {
        size_t last = at + NEIGHBOURS <= mask ? at + NEIGHBOURS : at;
        for (size_t i = at; i <= last; i++)
            if (asy_is_nil(table[i].key)) return &table[i];
        rest >>= 5;
        at = (at * 5 + 1 + (size_t)rest) & mask;
    }
}

// New table with more than `least` places, the entries in the order of the old one.
static bool rebuild(VM *vm, SetObj *s, size_t least)
{
    size_t size = TABLE_MIN;
    while (size <= least) size <<= 1;
    if (size > TABLE_MAX) return no_memory(vm);
    SetEntry *table = asy_mem_alloc(vm, size * sizeof(SetEntry));
    if (!table) return no_memory(vm);
    memset(table, 0, size * sizeof(SetEntry));      // NIL
    size_t old_size = s->table ? (size_t)s->mask + 1 : 0;
    for (size_t i = 0; i < old_size; i++) {
        SetEntry e = s->table[i];
        if (!asy_is_nil(e.key) && !asy_is_unbound(e.key)) *free_place(table, size - 1, e.hash) = e;
    }
    asy_mem_free(vm, s->table, old_size * sizeof(SetEntry));
    s->table = table;
    s->mask = (uint32_t)(size - 1);
    s->fill = s->count;
    s->version++;
    return true;
}

// How large a table is made for `count` keys that have filled the old one.
static size_t roomy(size_t count) { return count > 50000 ? count * 2 : count * 4; }

// Puts a key that is not there in its place; NULL: it has to be found. False: MemoryError.
static bool add_absent(VM *vm, SetObj *s, SetEntry *place, Value key, int64_t hash)
{
    // One place stays unused, for lookups to end at.
    if (ASY_UNLIKELY(!s->table || s->fill >= s->mask)) {
        if (!rebuild(vm, s, (size_t)s->count * 2)) return false;
        place = NULL;
    }
    if (!place) place = free_place(s->table, s->mask, hash);
    bool reused = asy_is_unbound(place->key);
    *place = (SetEntry){ hash, asy_retain(key) };
    s->counted |= asy_is_obj(key);
    s->count++;
    s->version++;
    if (reused) return true;
    s->fill++;
    if ((size_t)s->fill * 5 < (size_t)s->mask * 3) return true;
    // Without memory for a larger table the old one serves until it is full.
    if (!rebuild(vm, s, roomy(s->count))) asy_error_clear(vm);
    return true;
}

int asy_set_add_hashed(VM *vm, SetObj *s, Value key, int64_t hash)
{
    SetEntry *place;
    int64_t at = lookup(vm, s, key, hash, &place);
    if (at != -1) return at == -2 ? -1 : 0;
    return add_absent(vm, s, place, key, hash) ? 1 : -1;
}

bool asy_set_add_new(VM *vm, SetObj *s, Value key, int64_t hash)
{
    assert(s->fill == s->count);
    return add_absent(vm, s, NULL, key, hash);
}

int asy_set_discard_hashed(VM *vm, SetObj *s, Value key, int64_t hash)
{
    SetEntry *place;
    int64_t at = lookup(vm, s, key, hash, &place);
    if (at < 0) return at == -2 ? -1 : 0;
    Value old = s->table[at].key;
    s->table[at].key = ASY_UNBOUND;
    s->count--;
    s->version++;
    asy_release(vm, old);
    return 1;
}

bool asy_set_compact(VM *vm, SetObj *s)
{
    return !s->table || (size_t)s->fill - s->count <= (size_t)s->mask / 4 || rebuild(vm, s, roomy(s->count));
}

SetObj *asy_set_new(VM *vm, Type *type)
{
    SetObj *s = asy_object_alloc(vm, type);
    if (s) s->hash = -1;
    return s;
}

bool asy_set_add(VM *vm, SetObj *s, Value key)
{
    int64_t hash;
    return key_hash(vm, key, &hash) && asy_set_add_hashed(vm, s, key, hash) >= 0;
}

int asy_set_contains(VM *vm, SetObj *s, Value key)
{
    int64_t hash;
    SetEntry *place;
    if (!key_hash(vm, key, &hash)) return -1;
    int64_t at = lookup(vm, s, key, hash, &place);
    return at == -2 ? -1 : at >= 0;
}

int asy_set_discard(VM *vm, SetObj *s, Value key)
{
    int64_t hash;
    return key_hash(vm, key, &hash) ? asy_set_discard_hashed(vm, s, key, hash) : -1;
}

bool asy_set_next(const SetObj *s, uint32_t *pos, Value *key)
{
    while (s->table && *pos <= s->mask) {
        Value k = s->table[(*pos)++].key;
        if (asy_is_nil(k) || asy_is_unbound(k)) continue;
        *key = k;
        return true;
    }
    return false;
}

bool asy_set_next_entry(const SetObj *s, size_t *pos, SetEntry *entry)
{
    while (s->table && *pos <= s->mask) {
        *entry = s->table[(*pos)++];
        if (!asy_is_nil(entry->key) && !asy_is_unbound(entry->key)) return true;
    }
    return false;
}

void asy_set_clear(VM *vm, SetObj *s)
{
    SetEntry *table = s->table;
    size_t size = table ? (size_t)s->mask + 1 : 0, left = s->counted ? s->count : 0;
    s->table = NULL;
    s->mask = s->fill = s->count = s->finger = 0;
    s->counted = false;
    s->version++;
    for (size_t i = 0; left; i++) {
        if (asy_is_nil(table[i].key) || asy_is_unbound(table[i].key)) continue;
        asy_release(vm, table[i].key);
        left--;
    }
    asy_mem_free(vm, table, size * sizeof(SetEntry));
}

void asy_set_swap(SetObj *a, SetObj *b)
{
    SetObj t = *a;
    a->table = b->table;
    a->mask = b->mask;
    a->fill = b->fill;
    a->count = b->count;
    a->counted = b->counted;
    a->version++;
    b->table = t.table;
    b->mask = t.mask;
    b->fill = t.fill;
    b->count = t.count;
    b->counted = t.counted;
    b->version++;
}

// ---- adding many ----

// Room for n more keys, made as CPython makes it: the order of the table is seen by script.
static bool make_room(VM *vm, SetObj *s, size_t n)
{
    size_t mask = s->table ? s->mask : TABLE_MIN - 1;
    if ((s->fill + n) * 5 >= mask * 3) return rebuild(vm, s, (s->count + n) * 2);
    return s->table || rebuild(vm, s, 0);
}

// Adds the entries of another set, whose hashes are known. Script may change `other` meanwhile.
static bool update_from_set(VM *vm, SetObj *s, SetObj *other)
{
    if (s == other || other->count == 0) return true;
    if (!make_room(vm, s, other->count)) return false;
    SetEntry e;
    size_t pos = 0;
    if (s->fill == 0) {        // nothing to compare with: no script
        bool same_places = s->mask == other->mask && other->fill == other->count;
        if (same_places) memcpy(s->table, other->table, ((size_t)s->mask + 1) * sizeof(SetEntry));
        while ((!same_places || other->counted) && asy_set_next_entry(other, &pos, &e)) {
            asy_retain(e.key);
            if (!same_places) *free_place(s->table, s->mask, e.hash) = e;
        }
        s->fill = s->count = other->count;
        s->counted = other->counted;
        s->version++;
        return true;
    }
    while (asy_set_next_entry(other, &pos, &e)) {
        asy_retain(e.key);
        int added = asy_set_add_hashed(vm, s, e.key, e.hash);
        asy_release(vm, e.key);
        if (added < 0) return false;
    }
    return true;
}

// The keys of a dict, whose hashes are known too.
static bool update_from_dict(VM *vm, SetObj *s, DictObj *d)
{
    if (d->count == 0) return true;
    if (!make_room(vm, s, d->count)) return false;
    for (uint32_t i = 0; i < d->used; i++) {
        DictEntry e = d->entries[i];
        if (asy_is_nil(e.key)) continue;
        asy_retain(e.key);
        int added = asy_set_add_hashed(vm, s, e.key, e.hash);
        asy_release(vm, e.key);
        if (added < 0) return false;
    }
    return true;
}

bool asy_set_update(VM *vm, SetObj *s, Value iterable)
{
    if (asy_is_anyset(vm, iterable)) return update_from_set(vm, s, asy_as_set(iterable));
    if (asy_is_obj(iterable) && asy_as_obj(iterable)->type == vm->types.dict)
        return update_from_dict(vm, s, asy_as_dict(iterable));
    Walk w;
    if (!asy_walk_begin(vm, &w, iterable)) return false;
    bool ok = true;
    while (ok) {
        Value key = asy_walk_next(vm, &w);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) && asy_set_add(vm, s, key);
        asy_release(vm, key);
    }
    asy_walk_end(vm, &w);
    return ok;
}

SetObj *asy_set_copy(VM *vm, SetObj *s, Type *type)
{
    SetObj *copy = asy_set_new(vm, type);
    if (!copy || update_from_set(vm, copy, s)) return copy;
    asy_release_obj(vm, copy);
    return NULL;
}
