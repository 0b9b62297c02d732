// dict: merging other mappings and pairs into one, and comparing two.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/equal.h"
#include "vm/objects/list.h"
#include "vm/objects/walk.h"

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
    if (d->count == 0 && !asy_dict_reserve(vm, d, from->count)) return false;
    bool fresh = d->count == 0;         // nothing to look up: no script runs
    uint32_t count = from->count;
    for (uint32_t i = 0; i < from->used; i++) {
        DictEntry e = from->entries[i];
        if (asy_is_nil(e.key)) continue;
        bool ok = true;
        if (fresh) {
            ok = asy_dict_append(vm, d, e.key, e.hash, e.value);
        } else {
            asy_retain(e.key);
            asy_retain(e.value);
            Value there = e.value;
            ok = override ? asy_dict_set_hashed(vm, d, e.key, e.hash, e.value) : asy_dict_add_hashed(vm, d, e.key, e.hash, &there);
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
    return override ? asy_dict_set(vm, d, key, value) : asy_dict_add(vm, d, key, &value);
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
    Walk w;
    if (!asy_walk_begin(vm, &w, pairs)) return false;
    bool ok = true;
    for (int64_t number = 0; ok; number++) {
        Value pair = asy_walk_next(vm, &w);
        if (asy_is_done(pair)) break;
        ok = !asy_is_err(pair) && merge_pair(vm, d, pair, number, override);
        asy_release(vm, pair);
    }
    asy_walk_end(vm, &w);
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
        if (at >= 0) equal = asy_equal_items(vm, e.value, b->entries[at].value);
        asy_release(vm, e.key);
        asy_release(vm, e.value);
        if (equal != 1) return equal;
    }
    return 1;
}
