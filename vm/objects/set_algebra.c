// set and frozenset: difference, intersection, symmetric difference, and whether one holds another.
//
// Which operand is walked, and when the left one is copied first, decides the order of the result's table, which script
// sees: it is as in CPython. Comparing may run script that changes the operands; a walk goes on in the table as it then is.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/set_impl.h"
#include "vm/objects/walk.h"

// What is asked whether it has a key: a set or a dict.
typedef struct Holder {
    SetObj *set;                // NULL: the dict
    DictObj *dict;
    size_t count;
} Holder;

// Whether `v` is a set, or exactly a dict, which knows the hashes of its keys as well.
static bool holder_of(VM *vm, Value v, Holder *h)
{
    if (asy_is_anyset(vm, v)) *h = (Holder){ .set = asy_as_set(v), .count = asy_as_set(v)->count };
    else if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.dict) *h = (Holder){ .dict = asy_as_dict(v), .count = asy_as_dict(v)->count };
    else return false;
    return true;
}

static int holder_has(VM *vm, const Holder *h, Value key, int64_t hash)
{
    int64_t at = h->set ? asy_set_lookup(vm, h->set, key, hash) : asy_dict_lookup(vm, h->dict, key, hash);
    return at == -2 ? -1 : at >= 0;
}

// Adds to `out` those of the keys of `from` that `h` has (or has not). The keys differ from one another: where finding that
// out needs no script, nobody does.
static bool select_keys(VM *vm, SetObj *out, SetObj *from, const Holder *h, bool wanted)
{
    SetEntry e;
    for (size_t pos = 0; asy_set_next_entry(from, &pos, &e);) {
        bool plain = asy_is_int(e.key) || (asy_is_obj(e.key) && asy_as_obj(e.key)->type == vm->types.str);
        asy_retain(e.key);
        int has = holder_has(vm, h, e.key, e.hash);
        bool ok = has >= 0;
        if (has == wanted) ok = plain ? asy_set_add_new(vm, out, e.key, e.hash) : asy_set_add_hashed(vm, out, e.key, e.hash) >= 0;
        asy_release(vm, e.key);
        if (!ok) return false;
    }
    return true;
}

// Calls `step` for each item of an iterable; negative: it has raised.
static bool each_key(VM *vm, SetObj *a, SetObj *b, Value iterable, int (*step)(VM *vm, SetObj *a, SetObj *b, Value key))
{
    Walk w;
    if (!asy_walk_begin(vm, &w, iterable)) return false;
    bool ok = true;
    while (ok) {
        Value key = asy_walk_next(vm, &w);
        if (asy_is_done(key)) break;
        ok = !asy_is_err(key) && step(vm, a, b, key) >= 0;
        asy_release(vm, key);
    }
    asy_walk_end(vm, &w);
    return ok;
}

// ---- difference ----

static int discard_key(VM *vm, SetObj *s, SetObj *unused, Value key)
{
    (void)unused;
    return asy_set_discard(vm, s, key);
}

bool asy_set_difference_update(VM *vm, SetObj *s, Value other)
{
    SetObj *set = asy_is_anyset(vm, other) ? asy_as_set(other) : NULL, *common = NULL;
    if (set == s) {
        asy_set_clear(vm, s);
        return true;
    }
    if (!set) return each_key(vm, s, NULL, other, discard_key) && asy_set_compact(vm, s);
    if (set->count / 8 > s->count) {        // what they share is found sooner by walking the small one
        common = asy_set_intersection(vm, s, other, vm->types.set);
        if (!common) return false;
        set = common;
    }
    SetEntry e;
    bool ok = true;
    for (size_t pos = 0; ok && asy_set_next_entry(set, &pos, &e);) {
        asy_retain(e.key);
        ok = asy_set_discard_hashed(vm, s, e.key, e.hash) >= 0;
        asy_release(vm, e.key);
    }
    asy_release_obj(vm, common);
    return ok && asy_set_compact(vm, s);
}

SetObj *asy_set_difference(VM *vm, SetObj *s, Value other, Type *type)
{
    Holder h;
    bool walk_left = holder_of(vm, other, &h) && s->count / 4 <= h.count;
    SetObj *out = walk_left ? asy_set_new(vm, type) : asy_set_copy(vm, s, type);
    if (out && (walk_left ? select_keys(vm, out, s, &h, false) : asy_set_difference_update(vm, out, other))) return out;
    asy_release_obj(vm, out);
    return NULL;
}

// ---- intersection ----

static int add_if_in(VM *vm, SetObj *s, SetObj *out, Value key)
{
    int64_t hash;
    if (!asy_hash(vm, key, &hash)) return -1;
    int64_t at = asy_set_lookup(vm, s, key, hash);
    return at < 0 ? at == -2 ? -1 : 0 : asy_set_add_hashed(vm, out, key, hash);
}

SetObj *asy_set_intersection(VM *vm, SetObj *s, Value other, Type *type)
{
    if (asy_is_anyset(vm, other) && asy_as_set(other) == s) return asy_set_copy(vm, s, type);
    SetObj *out = asy_set_new(vm, type);
    if (!out) return NULL;
    bool ok;
    if (asy_is_anyset(vm, other)) {
        SetObj *walked = asy_as_set(other), *asked = s;
        if (walked->count > asked->count) {
            asked = walked;
            walked = s;
        }
        ok = select_keys(vm, out, walked, &(Holder){ .set = asked }, true);
    } else {
        ok = each_key(vm, s, out, other, add_if_in);
    }
    if (ok) return out;
    asy_release_obj(vm, out);
    return NULL;
}

bool asy_set_intersection_update(VM *vm, SetObj *s, Value other)
{
    SetObj *out = asy_set_intersection(vm, s, other, vm->types.set);
    if (!out) return false;
    asy_set_swap(s, out);
    asy_release_obj(vm, out);
    return true;
}

// ---- symmetric difference ----

static bool toggle(VM *vm, SetObj *s, Value key, int64_t hash)
{
    asy_retain(key);
    int removed = asy_set_discard_hashed(vm, s, key, hash);
    bool ok = removed > 0 || (removed == 0 && asy_set_add_hashed(vm, s, key, hash) >= 0);
    asy_release(vm, key);
    return ok;
}

bool asy_set_symmetric_update(VM *vm, SetObj *s, Value other)
{
    if (asy_is_anyset(vm, other) && asy_as_set(other) == s) {
        asy_set_clear(vm, s);
        return true;
    }
    bool ok = true;
    if (asy_is_obj(other) && asy_as_obj(other)->type == vm->types.dict) {
        DictObj *d = asy_as_dict(other);
        for (uint32_t i = 0; ok && i < d->used; i++)
            if (!asy_is_nil(d->entries[i].key)) ok = toggle(vm, s, d->entries[i].key, d->entries[i].hash);
        return ok;
    }
    // Each of the other's items counts once, even where an iterable yields it twice.
    bool is_set = asy_is_anyset(vm, other);
    SetObj *items = is_set ? asy_retain_obj(asy_as_set(other)) : asy_set_new(vm, vm->types.set);
    ok = items && (is_set || asy_set_update(vm, items, other));
    SetEntry e;
    for (size_t pos = 0; ok && asy_set_next_entry(items, &pos, &e);) ok = toggle(vm, s, e.key, e.hash);
    asy_release_obj(vm, items);
    return ok;
}

SetObj *asy_set_symmetric_difference(VM *vm, SetObj *s, Value other, Type *type)
{
    SetObj *out = asy_set_new(vm, type);
    if (out && asy_set_update(vm, out, other) && asy_set_symmetric_update(vm, out, asy_from_obj(s))) return out;
    asy_release_obj(vm, out);
    return NULL;
}

// ---- questions ----

int asy_set_is_subset(VM *vm, SetObj *a, SetObj *b)
{
    if (a->count > b->count) return 0;
    SetEntry e;
    for (size_t pos = 0; asy_set_next_entry(a, &pos, &e);) {
        asy_retain(e.key);
        int64_t at = asy_set_lookup(vm, b, e.key, e.hash);
        asy_release(vm, e.key);
        if (at < 0) return at == -2 ? -1 : 0;
    }
    return 1;
}
