// Iterators over dicts: keys, values, items, each forward and reversed; and the views' common part.
//
// An iterator remembers how many entries there were; it refuses to go on once the number has changed, and
// then for good. Entries that move (a dict that grows and shrinks again) are not noticed, as in CPython.
#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

enum { CHANGED = UINT32_MAX };

static void dict_iter_trace(Tracer *t, ObjHeader *o)
{
    DictIterObj *it = (DictIterObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)it->dict);
    asy_trace_header(t, (ObjHeader *)(void *)it->last);
}

static void dict_iter_clear(VM *vm, ObjHeader *o)
{
    DictIterObj *it = (DictIterObj *)(void *)o;
    DictObj *d = it->dict;
    TupleObj *last = it->last;
    it->dict = NULL;
    it->last = NULL;
    asy_release_obj(vm, d);
    asy_release_obj(vm, last);
}

static bool is_reversed(VM *vm, const DictIterObj *it)
{
    Type *type = it->head.type;
    return type != vm->types.dict_keyiterator && type != vm->types.dict_valueiterator && type != vm->types.dict_itemiterator;
}

Value asy_dict_iter_new(VM *vm, Type *type, DictObj *d)
{
    DictIterObj *it = type ? asy_object_take(vm, type, sizeof(DictIterObj), true) : NULL;
    if (!it) return ASY_ERR;
    it->dict = asy_retain_obj(d);
    it->count = it->left = d->count;
    it->pos = is_reversed(vm, it) ? d->used : 0;
    return asy_from_obj(it);
}

Value asy_dict_iter_slot(VM *vm, Value self) { return asy_dict_iter_new(vm, vm->types.dict_keyiterator, asy_as_dict(self)); }

// The next entry, or NULL: at the end *error is false.
static DictEntry *iter_step(VM *vm, DictIterObj *it, bool backward, bool *error)
{
    DictObj *d = it->dict;
    *error = false;
    if (!d) return NULL;
    if (it->count != d->count) {
        asy_raise(vm, EXC_RuntimeError, "dictionary changed size during iteration");
        it->count = CHANGED;
        *error = true;
        return NULL;
    }
    DictEntry *e = NULL;
    if (backward) {
        if (it->pos > d->used) it->pos = d->used;
        while (!e && it->pos > 0)
            if (!asy_is_nil(d->entries[--it->pos].key)) e = &d->entries[it->pos];
    } else {
        while (!e && it->pos < d->used)
            if (!asy_is_nil(d->entries[it->pos++].key)) e = &d->entries[it->pos - 1];
    }
    if (e && it->left == 0) {
        asy_raise(vm, EXC_RuntimeError, "dictionary keys changed during iteration");
        *error = true;
        e = NULL;
    }
    if (e) it->left--;
    else dict_iter_clear(vm, &it->head);
    return e;
}

// The usual case of the step forward: the dict is as it was. NULL: iter_step tells.
ASY_INLINE DictEntry *iter_ahead(DictIterObj *it)
{
    const DictObj *d = it->dict;
    if (ASY_UNLIKELY(!d || it->count != d->count || it->left == 0)) return NULL;
    while (it->pos < d->used) {
        DictEntry *e = &d->entries[it->pos++];
        if (asy_is_nil(e->key)) continue;
        it->left--;
        return e;
    }
    return NULL;
}

ASY_INLINE Value iter_key(VM *vm, Value self, bool backward)
{
    bool error = false;
    DictEntry *e = backward ? NULL : iter_ahead(asy_as(DictIterObj, self));
    if (!e) e = iter_step(vm, asy_as(DictIterObj, self), backward, &error);
    return e ? asy_retain(e->key) : error ? ASY_ERR : ASY_DONE;
}

ASY_INLINE Value iter_value(VM *vm, Value self, bool backward)
{
    bool error = false;
    DictEntry *e = backward ? NULL : iter_ahead(asy_as(DictIterObj, self));
    if (!e) e = iter_step(vm, asy_as(DictIterObj, self), backward, &error);
    return e ? asy_retain(e->value) : error ? ASY_ERR : ASY_DONE;
}

ASY_INLINE Value iter_item(VM *vm, Value self, bool backward)
{
    bool error = false;
    DictEntry *e = backward ? NULL : iter_ahead(asy_as(DictIterObj, self));
    if (!e) e = iter_step(vm, asy_as(DictIterObj, self), backward, &error);
    if (!e) return error ? ASY_ERR : ASY_DONE;
    TupleObj *pair = asy_tuple_again(vm, &asy_as(DictIterObj, self)->last, 2);
    if (!pair) return ASY_ERR;
    // Releasing the last pair's items runs no script: the entry stays where it is.
    asy_set(vm, &pair->items[0], asy_retain(e->key));
    asy_set(vm, &pair->items[1], asy_retain(e->value));
    return asy_from_obj(pair);
}

static Value key_next(VM *vm, Value self) { return iter_key(vm, self, false); }
static Value value_next(VM *vm, Value self) { return iter_value(vm, self, false); }
static Value item_next(VM *vm, Value self) { return iter_item(vm, self, false); }
static Value key_previous(VM *vm, Value self) { return iter_key(vm, self, true); }
static Value value_previous(VM *vm, Value self) { return iter_value(vm, self, true); }
static Value item_previous(VM *vm, Value self) { return iter_item(vm, self, true); }

static Value dict_iter_length_hint(VM *vm, Args a)
{
    DictIterObj *it = asy_as(DictIterObj, a.self);
    (void)vm;
    return asy_from_small(it->dict && it->count == it->dict->count ? it->left : 0);
}

// Described by a list of what is left, found with a copy of the iterator.
static Value dict_iter_reduce(VM *vm, Args a)
{
    DictIterObj *it = asy_as(DictIterObj, a.self);
    DictIterObj *copy = asy_object_alloc(vm, it->head.type);
    if (!copy) return ASY_ERR;
    if (it->dict) copy->dict = asy_retain_obj(it->dict);
    copy->pos = it->pos;
    copy->count = it->count;
    copy->left = it->left;
    ListObj *rest = asy_to_list(vm, asy_from_obj(copy));
    asy_release_obj(vm, copy);
    if (!rest) return ASY_ERR;
    Value out = asy_iter_reduce(vm, "iter", asy_from_obj(rest), ASY_NIL);
    asy_release_obj(vm, rest);
    return out;
}

static const MethodDef dict_iter_methods[] = {
    { "__length_hint__", dict_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", dict_iter_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

#define DICT_ITERATOR(text, next_fn)                                                                     \
    {                                                                                                    \
        .name = text, .size = sizeof(DictIterObj), .flags = TYPE_DISALLOW_NEW, .trace = dict_iter_trace, \
        .clear = dict_iter_clear, .methods = dict_iter_methods,                                          \
        .slots = { .iter = asy_iter_self, .next = next_fn },                                             \
    }
const TypeDef asy_dict_keyiterator_type = DICT_ITERATOR("dict_keyiterator", key_next);
const TypeDef asy_dict_valueiterator_type = DICT_ITERATOR("dict_valueiterator", value_next);
const TypeDef asy_dict_itemiterator_type = DICT_ITERATOR("dict_itemiterator", item_next);
static const TypeDef reversekey_type = DICT_ITERATOR("dict_reversekeyiterator", key_previous);
static const TypeDef reversevalue_type = DICT_ITERATOR("dict_reversevalueiterator", value_previous);
static const TypeDef reverseitem_type = DICT_ITERATOR("dict_reverseitemiterator", item_previous);

Type *asy_dict_reversekey_type(VM *vm) { return asy_type_ready(vm, &reversekey_type); }
Type *asy_dict_reversevalue_type(VM *vm) { return asy_type_ready(vm, &reversevalue_type); }
Type *asy_dict_reverseitem_type(VM *vm) { return asy_type_ready(vm, &reverseitem_type); }
