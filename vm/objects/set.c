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
#include "vm/objects/dict_impl.h"
#include "vm/objects/set_impl.h"
#include "vm/objects/str.h"

enum { TABLE_MIN = 8, NEIGHBOURS = 9, TABLE_MAX = 1 << 30 };

static bool no_memory(VM *vm)
{
    asy_raise_memory(vm);
    return false;
}

static bool key_hash(VM *vm, Value key, int64_t *hash)
{
    if (asy_is_int(key)) {
        int64_t i = asy_as_small(key);
        *hash = i == -1 ? -2 : i;
        return true;
    }
    return asy_hash(vm, key, hash);
}

int64_t asy_set_lookup(VM *vm, SetObj *s, Value key, int64_t hash)
{
again:
    if (!s->table) return -1;
    size_t mask = s->mask, at = (size_t)hash & mask;
    uint64_t rest = (uint64_t)hash;
    bool str_key = asy_is_obj(key) && asy_as_obj(key)->type == vm->types.str;
    for (;;) {
        size_t last = at + NEIGHBOURS <= mask ? at + NEIGHBOURS : at;
        for (size_t i = at; i <= last; i++) {
            const SetEntry *e = &s->table[i];
            if (asy_is_nil(e->key)) return -1;
            if (e->hash != hash || asy_is_unbound(e->key)) continue;
            if (asy_same(e->key, key)) return (int64_t)i;
            if (asy_both_int(e->key, key)) continue;
            if (str_key && asy_as_obj(e->key)->type == vm->types.str) {
                if (asy_str_equal(asy_as_str(e->key), asy_as_str(key))) return (int64_t)i;
                continue;
            }
            Value other = asy_retain(e->key);
            uint32_t version = s->version;
            int equal = asy_equal(vm, other, key);
            asy_release(vm, other);
            if (equal < 0) return -2;
            if (s->version != version) goto again;
            if (equal) return (int64_t)i;
        }
        rest >>= 5;
        at = (at * 5 + 1 + (size_t)rest) & mask;
    }
}

// Puts a key that is not there into a table without deleted places.
static void insert_absent(SetEntry *table, size_t mask, Value key, int64_t hash)
{
    size_t at = (size_t)hash & mask;
    uint64_t rest = (uint64_t)hash;
    for (;;) {
        size_t last = at + NEIGHBOURS <= mask ? at + NEIGHBOURS : at;
        for (size_t i = at; i <= last; i++) {
            if (!asy_is_nil(table[i].key)) continue;
            table[i] = (SetEntry){ hash, key };
            return;
        }
        rest >>= 5;
        at = (at * 5 + 1 + (size_t)rest) & mask;
    }
}

// Where a key that is not there goes: the last deleted place on its way, else the first unused one.
static SetEntry *place_for(SetObj *s, int64_t hash)
{
    size_t mask = s->mask, at = (size_t)hash & mask;
    uint64_t rest = (uint64_t)hash;
    SetEntry *deleted = NULL;
    for (;;) {
        size_t last = at + NEIGHBOURS <= mask ? at + NEIGHBOURS : at;
        for (size_t i = at; i <= last; i++) {
            if (asy_is_nil(s->table[i].key)) return deleted ? deleted : &s->table[i];
            if (asy_is_unbound(s->table[i].key)) deleted = &s->table[i];
        }
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
        if (!asy_is_nil(e.key) && !asy_is_unbound(e.key)) insert_absent(table, size - 1, e.key, e.hash);
    }
    asy_mem_free(vm, s->table, old_size * sizeof(SetEntry));
    s->table = table;
    s->mask = (uint32_t)(size - 1);
    s->fill = s->count;
    s->version++;
    return true;
}

int asy_set_add_hashed(VM *vm, SetObj *s, Value key, int64_t hash)
{
    int64_t at = asy_set_lookup(vm, s, key, hash);
    if (at == -2) return -1;
    if (at >= 0) return 0;
    if (!s->table && !rebuild(vm, s, 0)) return -1;
    // One place stays unused, for lookups to end at.
    if (ASY_UNLIKELY(s->fill >= s->mask) && !rebuild(vm, s, (size_t)s->count * 2)) return -1;
    SetEntry *place = place_for(s, hash);
    bool reused = asy_is_unbound(place->key);
    *place = (SetEntry){ hash, asy_retain(key) };
    s->count++;
    s->version++;
    if (reused) return 1;
    s->fill++;
    if ((size_t)s->fill * 5 < (size_t)s->mask * 3) return 1;
    size_t count = s->count;
    // Without memory for a larger table the old one serves until it is full.
    if (!rebuild(vm, s, count > 50000 ? count * 2 : count * 4)) asy_error_clear(vm);
    return 1;
}

static void take(SetObj *s, size_t at)
{
    s->table[at].key = ASY_UNBOUND;
    s->count--;
    s->version++;
}

int asy_set_discard_hashed(VM *vm, SetObj *s, Value key, int64_t hash)
{
    int64_t at = asy_set_lookup(vm, s, key, hash);
    if (at < 0) return at == -2 ? -1 : 0;
    Value old = s->table[at].key;
    take(s, (size_t)at);
    asy_release(vm, old);
    return 1;
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
    if (!key_hash(vm, key, &hash)) return -1;
    int64_t at = asy_set_lookup(vm, s, key, hash);
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

void asy_set_clear(VM *vm, SetObj *s)
{
    SetEntry *table = s->table;
    size_t size = table ? (size_t)s->mask + 1 : 0;
    s->table = NULL;
    s->mask = s->fill = s->count = s->finger = 0;
    s->version++;
    for (size_t i = 0; i < size; i++) asy_release(vm, table[i].key);
    asy_mem_free(vm, table, size * sizeof(SetEntry));
}

// Adds the entries of another set, whose hashes are known. Script may change `other` meanwhile.
static bool update_from_set(VM *vm, SetObj *s, SetObj *other)
{
    if (s == other || other->count == 0) return true;
    if (((size_t)s->fill + other->count) * 5 >= (size_t)s->mask * 3 &&
        !rebuild(vm, s, ((size_t)s->count + other->count) * 2))
        return false;
    if (s->count == 0 && s->fill == 0) {        // nothing to compare with: no script
        bool same_places = s->mask == other->mask && other->fill == other->count;
        for (size_t i = 0; i <= other->mask; i++) {
            SetEntry e = other->table[i];
            if (asy_is_nil(e.key) || asy_is_unbound(e.key)) continue;
            asy_retain(e.key);
            if (same_places) s->table[i] = e;
            else insert_absent(s->table, s->mask, e.key, e.hash);
        }
        s->fill = s->count = other->count;
        s->version++;
        return true;
    }
    for (size_t i = 0; other->table && i <= other->mask; i++) {
        SetEntry e = other->table[i];
        if (asy_is_nil(e.key) || asy_is_unbound(e.key)) continue;
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
    Value it = asy_iter(vm, iterable);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) && asy_set_add(vm, s, key);
        asy_release(vm, key);
    }
    asy_release(vm, it);
    return ok;
}

SetObj *asy_set_copy(VM *vm, SetObj *s, Type *type)
{
    SetObj *copy = asy_set_new(vm, type);
    if (!copy || update_from_set(vm, copy, s)) return copy;
    asy_release_obj(vm, copy);
    return NULL;
}

bool asy_set_difference_update(VM *vm, SetObj *s, Value other)
{
    if (asy_is_anyset(vm, other) && asy_as_set(other) == s) {
        asy_set_clear(vm, s);
        return true;
    }
    Value it = asy_iter(vm, other);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) && asy_set_discard(vm, s, key) >= 0;
        asy_release(vm, key);
    }
    asy_release(vm, it);
    // A table that is mostly deleted places is made smaller.
    if (ok && s->table && (size_t)s->fill - s->count > (size_t)s->mask / 5)
        ok = rebuild(vm, s, s->count > 50000 ? (size_t)s->count * 2 : (size_t)s->count * 4);
    return ok;
}

// Exchanges the contents of two sets.
static void swap_tables(SetObj *a, SetObj *b)
{
    SetEntry *table = a->table;
    uint32_t mask = a->mask, fill = a->fill, count = a->count;
    a->table = b->table;
    a->mask = b->mask;
    a->fill = b->fill;
    a->count = b->count;
    b->table = table;
    b->mask = mask;
    b->fill = fill;
    b->count = count;
    a->version++;
    b->version++;
}

// Adds to `out` what of `small` is in `large`.
static bool intersect_sets(VM *vm, SetObj *out, SetObj *small, SetObj *large)
{
    for (size_t i = 0; small->table && i <= small->mask; i++) {
        SetEntry e = small->table[i];
        if (asy_is_nil(e.key) || asy_is_unbound(e.key)) continue;
        asy_retain(e.key);
        int64_t at = asy_set_lookup(vm, large, e.key, e.hash);
        bool ok = at != -2 && (at < 0 || asy_set_add_hashed(vm, out, e.key, e.hash) >= 0);
        asy_release(vm, e.key);
        if (!ok) return false;
    }
    return true;
}

static bool intersect_iterable(VM *vm, SetObj *out, SetObj *s, Value other)
{
    Value it = asy_iter(vm, other);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value key = asy_next(vm, it);
        if (asy_is_done(key)) break;
        int64_t hash, at = -2;
        ok = !asy_is_err(key) && key_hash(vm, key, &hash) && (at = asy_set_lookup(vm, s, key, hash)) != -2 &&
             (at < 0 || asy_set_add_hashed(vm, out, key, hash) >= 0);
        asy_release(vm, key);
    }
    asy_release(vm, it);
    return ok;
}

bool asy_set_intersection_update(VM *vm, SetObj *s, Value other)
{
    SetObj *out = asy_set_new(vm, vm->types.set);
    if (!out) return false;
    bool ok = true;
    if (asy_is_anyset(vm, other)) {
        SetObj *small = s, *large = asy_as_set(other);
        if (large->count < small->count) {
            small = large;
            large = s;
        }
        ok = intersect_sets(vm, out, small, large);
    } else {
        ok = intersect_iterable(vm, out, s, other);
    }
    if (ok) swap_tables(s, out);
    asy_release_obj(vm, out);
    return ok;
}

bool asy_set_symmetric_update(VM *vm, SetObj *s, Value other)
{
    if (asy_is_anyset(vm, other) && asy_as_set(other) == s) {
        asy_set_clear(vm, s);
        return true;
    }
    // Each of the other's items counts once, even where an iterable yields it twice.
    SetObj *items = asy_set_new(vm, vm->types.set);
    bool ok = items && asy_set_update(vm, items, other);
    for (size_t i = 0; ok && items->table && i <= items->mask; i++) {
        SetEntry e = items->table[i];
        if (asy_is_nil(e.key) || asy_is_unbound(e.key)) continue;
        int removed = asy_set_discard_hashed(vm, s, e.key, e.hash);
        ok = removed >= 0 && (removed || asy_set_add_hashed(vm, s, e.key, e.hash) >= 0);
    }
    asy_release_obj(vm, items);
    return ok;
}
