// list: a growable array of owned values.
//
// Nothing here keeps a pointer into `items` across a call that can run script; after one, size and items
// are read again. Releasing runs no script, but what is released is taken out of the list first.
#include "vm/objects/list.h"

#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/equal.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list_impl.h"
#include "vm/objects/slice.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/values.h"
#include "vm/objects/walk.h"

enum { REPEAT_PIECE = 1 << 20 };        // items; arbitrary

static bool list_no_memory(VM *vm)
{
    asy_raise_memory(vm);
    return false;
}

static bool list_set_capacity(VM *vm, ListObj *list, size_t capacity)
{
    if (capacity > LIST_SIZE_MAX) return list_no_memory(vm);
    Value *items = asy_mem_resize(vm, list->items, list->capacity * sizeof(Value), capacity * sizeof(Value));
    if (!items && capacity) return list_no_memory(vm);
    list->items = items;
    list->capacity = capacity;
    return true;
}

// Room for `size` items with some to spare: appending n items costs O(n) in all.
static bool list_grow(VM *vm, ListObj *list, size_t size)
{
    if (ASY_LIKELY(size <= list->capacity)) return true;
    if (size > LIST_SIZE_MAX) return list_no_memory(vm);
    size_t grown = size < 4 ? 4 : size < 64 ? size + size / 2 : size + size / 4 + 8;
    return list_set_capacity(vm, list, grown > LIST_SIZE_MAX ? size : grown);
}

bool asy_list_reserve(VM *vm, ListObj *list, size_t capacity)
{
    return capacity <= list->capacity || list_set_capacity(vm, list, capacity);
}

// Room for n more items: exactly that for a list that has none yet.
static bool list_room(VM *vm, ListObj *list, size_t n)
{
    if (n > LIST_SIZE_MAX - list->size) return list_no_memory(vm);
    return list->capacity == 0 ? asy_list_reserve(vm, list, n) : list_grow(vm, list, list->size + n);
}

ListObj *asy_list_new(VM *vm, size_t capacity)
{
    ListObj *list = asy_object_take(vm, vm->types.list, sizeof(ListObj), true);
    if (!list) return NULL;
    if (capacity && !list_set_capacity(vm, list, capacity)) {
        asy_release_obj(vm, list);
        return NULL;
    }
    return list;
}

ListObj *asy_list_from(VM *vm, const Value *items, size_t n)
{
    ListObj *list = asy_list_new(vm, n);
    if (!list) return NULL;
    asy_values_copy(list->items, items, n);
    list->size = n;
    return list;
}

bool asy_list_append_grown(VM *vm, ListObj *list, Value item)
{
    if (!list_grow(vm, list, list->size + 1)) {
        asy_release(vm, item);
        return false;
    }
    list->items[list->size++] = item;
    return true;
}

bool asy_list_insert(VM *vm, ListObj *list, size_t at, Value item)
{
    if (!list_grow(vm, list, list->size + 1)) return false;
    if (at > list->size) at = list->size;
    memmove(list->items + at + 1, list->items + at, (list->size - at) * sizeof(Value));
    list->items[at] = asy_retain(item);
    list->size++;
    return true;
}

TupleObj *asy_list_to_tuple(VM *vm, ListObj *list)
{
    return asy_tuple_from(vm, list->items, list->size);
}

// The items of exactly a list or tuple, which nobody can change while no script runs. False: it is neither.
static bool items_of(VM *vm, Value v, const Value **items, size_t *n)
{
    const Type *type = asy_is_obj(v) ? asy_as_obj(v)->type : NULL;
    *items = NULL;
    *n = 0;
    if (type == vm->types.list) {
        *items = asy_as_list(v)->items;
        *n = asy_as_list(v)->size;
    } else if (type == vm->types.tuple) {
        *items = asy_as_tuple(v)->items;
        *n = asy_as_tuple(v)->size;
    }
    return type == vm->types.list || type == vm->types.tuple;
}

static bool extend_by_items(VM *vm, ListObj *list, Value iterable)
{
    const Value *items;
    size_t n, size = list->size;
    (void)items_of(vm, iterable, &items, &n);
    if (!list_room(vm, list, n)) return false;
    if (asy_as_obj(iterable) == &list->head) items = list->items;       // list.extend(itself): it has moved
    asy_values_copy(list->items + size, items, n);
    list->size = size + n;
    return true;
}

static bool extend_by_dict(VM *vm, ListObj *list, const DictObj *d, bool values)
{
    if (!list_room(vm, list, d->count)) return false;
    Value *to = list->items + list->size;
    for (uint32_t i = 0; i < d->used; i++) {
        const DictEntry *e = &d->entries[i];
        if (!asy_is_nil(e->key)) *to++ = asy_retain(values ? e->value : e->key);
    }
    list->size += d->count;
    return true;
}

static bool extend_by_set(VM *vm, ListObj *list, const SetObj *s)
{
    if (!list_room(vm, list, s->count)) return false;
    uint32_t pos = 0;
    Value key;
    while (asy_set_next(s, &pos, &key)) list->items[list->size++] = asy_retain(key);
    return true;
}

// By the numbers of a range's iterator, which is left exhausted.
static bool extend_by_range(VM *vm, ListObj *list, RangeIterObj *r)
{
    if (r->left <= 0) return true;
    if (!list_room(vm, list, (size_t)r->left)) return false;
    Value *to = list->items + list->size, *end = to + r->left;
    list->size += (size_t)r->left;
    int64_t i = r->next;
    for (; to < end; to++, i += r->step) *to = asy_from_small(i);
    r->next = i;
    r->left = 0;
    return true;
}

static bool extend_by_iterator(VM *vm, ListObj *list, Value iterable)
{
    Value it = asy_iter(vm, iterable);
    if (asy_is_err(it)) return false;
    if (asy_as_obj(it)->type == vm->types.range_iterator) {
        bool done = extend_by_range(vm, list, asy_as(RangeIterObj, it));
        asy_release(vm, it);
        return done;
    }
    int64_t hint = asy_length_hint(vm, iterable, 8);
    bool ok = hint >= 0;
    // A wrong hint must not cost memory that is not there: past it the list grows as usual.
    if (ok && hint > 0 && (uint64_t)hint < LIST_SIZE_MAX - list->size) ok = asy_list_reserve(vm, list, list->size + (size_t)hint);
    while (ok) {
        Value item = asy_next_of(vm, it);
        if (asy_is_done(item)) break;
        ok = !asy_is_err(item) && asy_list_append_owned(vm, list, item);
    }
    asy_release(vm, it);
    return ok;
}

bool asy_list_extend(VM *vm, ListObj *list, Value iterable)
{
    const Type *type = asy_is_obj(iterable) ? asy_as_obj(iterable)->type : NULL;
    if (type == vm->types.list || type == vm->types.tuple) return extend_by_items(vm, list, iterable);
    if (type == vm->types.dict) return extend_by_dict(vm, list, asy_as_dict(iterable), false);
    if (type == vm->types.dict_keys || type == vm->types.dict_values)
        return extend_by_dict(vm, list, asy_as(DictViewObj, iterable)->dict, type == vm->types.dict_values);
    if (type == vm->types.set || type == vm->types.frozenset) return extend_by_set(vm, list, asy_as_set(iterable));
    if (type == vm->types.str) return asy_str_chars(vm, asy_as_str(iterable), list);
    return extend_by_iterator(vm, list, iterable);
}

bool asy_list_splice(VM *vm, ListObj *list, size_t at, size_t gone, const Value *items, size_t n, Value *old)
{
    size_t size = list->size - gone + n;
    if (!list_grow(vm, list, size)) return false;
    if (gone) memcpy(old, list->items + at, gone * sizeof(Value));
    if (gone != n && list->size > at + gone)
        memmove(list->items + at + n, list->items + at + gone, (list->size - at - gone) * sizeof(Value));
    if (n) memcpy(list->items + at, items, n * sizeof(Value));
    list->size = size;
    // Give memory back once a list is a quarter full; failing to shrink is no failure.
    if (size < list->capacity / 4 && list->capacity > 32 && !list_set_capacity(vm, list, size + size / 2)) asy_error_clear(vm);
    return true;
}

// Removes [at, at + gone): the values leave the list before any is released.
static bool list_cut(VM *vm, ListObj *list, size_t at, size_t gone)
{
    if (gone == 0) return true;
    Value few[16];
    Value *old = gone <= 16 ? few : asy_mem_alloc(vm, gone * sizeof(Value));
    if (!old) return list_no_memory(vm);
    bool ok = asy_list_splice(vm, list, at, gone, NULL, 0, old);
    if (ok) asy_values_release(vm, old, gone);
    if (old != few) asy_mem_free(vm, old, gone * sizeof(Value));
    return ok;
}

static void list_trace(Tracer *t, ObjHeader *o)
{
    ListObj *list = (ListObj *)(void *)o;
    for (size_t i = 0; i < list->size; i++) asy_trace_value(t, list->items[i]);
}

static void list_clear(VM *vm, ObjHeader *o)
{
    ListObj *list = (ListObj *)(void *)o;
    Value *items = list->items;
    size_t size = list->size, capacity = list->capacity;
    list->items = NULL;
    list->size = list->capacity = 0;
    asy_values_release(vm, items, size);
    asy_mem_free(vm, items, capacity * sizeof(Value));
}

static Value list_new(VM *vm, Type *type, Args a)
{
    (void)a;
    void *list = asy_object_alloc(vm, type);
    return list ? asy_from_obj(list) : ASY_ERR;
}

static bool list_init(VM *vm, Value self, Args a)
{
    ListObj *list = asy_as_list(self);
    asy_args_of_subclass(list->head.type, vm->types.list, true, &a);
    if (!asy_args_positional(vm, "list", a, 0, 1)) return false;
    if (list->size) list_clear(vm, &list->head);
    return a.n == 0 || asy_list_extend(vm, list, a.v[0]);
}

static Value list_repr(VM *vm, Value self)
{
    ListObj *list = asy_as_list(self);
    if (list->size == 0) return asy_str_value(vm, "[]");
    int entered = asy_repr_enter(vm, self);
    if (entered) return entered < 0 ? ASY_ERR : asy_str_value(vm, "[...]");
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "[");
    for (size_t i = 0; ok && i < list->size; i++) {
        Value item = asy_retain(list->items[i]);
        ok = (i == 0 || asy_builder_c(&b, ", ")) && asy_builder_repr(&b, item);
        asy_release(vm, item);
    }
    ok = ok && asy_builder_c(&b, "]");
    asy_repr_leave(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *text = asy_builder_finish(&b);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value list_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_list(vm, a) || !asy_is_list(vm, b)) return ASY_NOTIMPLEMENTED;
    ListObj *x = asy_as_list(a), *y = asy_as_list(b);
    if (x->size != y->size && (op == CMP_EQ || op == CMP_NE)) return asy_from_bool(op == CMP_NE);
    for (size_t i = 0; i < x->size && i < y->size; i++) {
        Value p = x->items[i], q = y->items[i];
        int equal = asy_equal_items(vm, p, q);
        if (equal < 0) return ASY_ERR;
        if (equal) continue;
        if (op == CMP_EQ) return ASY_FALSE;
        if (op == CMP_NE) return ASY_TRUE;
        if (i >= x->size || i >= y->size) break;        // the comparison took them away
        p = asy_retain(x->items[i]);
        q = asy_retain(y->items[i]);
        Value out = asy_compare(vm, p, q, op);
        asy_release(vm, p);
        asy_release(vm, q);
        return out;
    }
    return asy_from_bool(asy_sizes_compare(x->size, y->size, op));
}

static int64_t list_length(VM *vm, Value self)
{
    (void)vm;
    return (int64_t)asy_as_list(self)->size;
}

static Value list_slice(VM *vm, ListObj *list, Value slice)
{
    SliceRange r;
    if (!asy_slice_unpack(vm, slice, &r)) return ASY_ERR;
    asy_slice_adjust(&r, list->size);
    ListObj *out = asy_list_new(vm, r.count);
    if (!out) return ASY_ERR;
    int64_t from = r.start;
    if (r.step == 1) asy_values_copy(out->items, list->items + from, r.count);
    else for (size_t i = 0; i < r.count; i++, from += r.step) out->items[i] = asy_retain(list->items[from]);
    out->size = r.count;
    return asy_from_obj(out);
}

static Value list_getitem(VM *vm, Value self, Value key)
{
    ListObj *list = asy_as_list(self);
    int64_t i;
    if (ASY_LIKELY(asy_is_int(key))) i = asy_as_small(key);
    else if (asy_is_slice(vm, key)) return list_slice(vm, list, key);
    else if (!asy_sequence_index(vm, key, "list", &i)) return ASY_ERR;
    if (i < 0) i += (int64_t)list->size;
    if (i < 0 || i >= (int64_t)list->size) return asy_raise_index(vm, "list index out of range");
    return asy_retain(list->items[i]);
}

// list[start:stop:step] = values, of step other than 1: as many values as places.
static bool list_set_stepped(VM *vm, ListObj *list, const SliceRange *r, const Value *values, size_t n)
{
    if (n != r->count) {
        asy_raise(vm, EXC_ValueError, "attempt to assign sequence of size %zu to extended slice of size %zu", n, r->count);
        return false;
    }
    int64_t at = r->start;
    for (size_t i = 0; i < n; i++, at += r->step) asy_set(vm, &list->items[at], asy_retain(values[i]));
    return true;
}

static bool list_delete_stepped(VM *vm, ListObj *list, SliceRange r)
{
    if (r.count == 0) return true;
    if (r.step < 0) {
        r.start += (int64_t)(r.count - 1) * r.step;
        r.step = -r.step;
    }
    Value *gone = asy_mem_alloc(vm, r.count * sizeof(Value));
    if (!gone) return list_no_memory(vm);
    size_t kept = (size_t)r.start, taken = 0;
    for (size_t i = kept; i < list->size; i++) {
        bool drop = taken < r.count && i == (size_t)r.start + taken * (size_t)r.step;
        if (drop) gone[taken++] = list->items[i];
        else list->items[kept++] = list->items[i];
    }
    list->size = kept;
    for (size_t i = 0; i < taken; i++) asy_release(vm, gone[i]);
    asy_mem_free(vm, gone, r.count * sizeof(Value));
    return true;
}

static bool list_set_slice(VM *vm, ListObj *list, const SliceRange *r, const Value *values, size_t n)
{
    size_t gone = r->count;
    if (n > LIST_SIZE_MAX - list->size) return list_no_memory(vm);
    Value few[16];
    Value *old = gone <= 16 ? few : asy_mem_alloc(vm, gone * sizeof(Value));
    if (!old) return list_no_memory(vm);
    for (size_t i = 0; i < n; i++) asy_retain(values[i]);
    bool ok = asy_list_splice(vm, list, (size_t)r->start, gone, values, n, old);
    if (!ok) asy_values_release(vm, values, n);
    if (ok) asy_values_release(vm, old, gone);
    if (old != few) asy_mem_free(vm, old, gone * sizeof(Value));
    return ok;
}

// del list[slice]
static bool list_delete_slice(VM *vm, ListObj *list, SliceRange r)
{
    asy_slice_adjust(&r, list->size);
    return r.step == 1 ? list_cut(vm, list, (size_t)r.start, r.count) : list_delete_stepped(vm, list, r);
}

static bool list_assign_slice(VM *vm, ListObj *list, Value key, Value value)
{
    SliceRange r;
    if (!asy_slice_unpack(vm, key, &r)) return false;
    if (asy_is_nil(value)) return list_delete_slice(vm, list, r);
    const Value *values;
    size_t n;
    ListObj *copy = NULL;
    // No script runs while another list or a tuple is read; what else there is has been iterated before the list is touched.
    bool ready = asy_is_obj(value) && asy_as_obj(value) != &list->head && items_of(vm, value, &values, &n);
    if (!ready) {
        copy = asy_to_list(vm, value);
        if (!copy) {
            if (asy_error_is(vm, EXC_TypeError) && !asy_type_of(vm, value)->slots.iter && !asy_type_of(vm, value)->slots.getitem) {
                asy_error_clear(vm);
                asy_raise(vm, EXC_TypeError, r.step == 1 ? "can only assign an iterable" : "must assign iterable to extended slice");
            }
            return false;
        }
        values = copy->items;
        n = copy->size;
    }
    asy_slice_adjust(&r, list->size);
    if (r.step == 1 && r.stop < r.start) r.stop = r.start;
    bool ok = r.step == 1 ? list_set_slice(vm, list, &r, values, n) : list_set_stepped(vm, list, &r, values, n);
    asy_release_obj(vm, copy);
    return ok;
}

static bool list_setitem(VM *vm, Value self, Value key, Value value)
{
    ListObj *list = asy_as_list(self);
    if (asy_is_slice(vm, key)) return list_assign_slice(vm, list, key, value);
    int64_t i;
    if (!asy_sequence_index(vm, key, "list", &i)) return false;
    if (i < 0) i += (int64_t)list->size;
    if (i < 0 || i >= (int64_t)list->size) {
        asy_raise_index(vm, "list assignment index out of range");
        return false;
    }
    if (asy_is_nil(value)) return list_cut(vm, list, (size_t)i, 1);
    asy_set(vm, &list->items[i], asy_retain(value));
    return true;
}

static int list_contains(VM *vm, Value self, Value item)
{
    ListObj *list = asy_as_list(self);
    for (size_t i = 0; i < list->size; i++) {
        int equal = asy_equal_items(vm, list->items[i], item);
        if (equal) return equal;
    }
    return 0;
}

static Value list_concat(VM *vm, Value a, Value b)
{
    if (!asy_is_list(vm, b)) return asy_raise(vm, EXC_TypeError, "can only concatenate list (not \"%.200T\") to list", b);
    ListObj *x = asy_as_list(a), *y = asy_as_list(b);
    ListObj *out = asy_list_new(vm, x->size + y->size);
    if (!out) return ASY_ERR;
    asy_values_copy(out->items, x->items, x->size);
    asy_values_copy(out->items + x->size, y->items, y->size);
    out->size = x->size + y->size;
    return asy_from_obj(out);
}

static Value list_repeat(VM *vm, Value self, Value count)
{
    int64_t times;
    if (!asy_repeat_count(vm, count, &times)) return ASY_ERR;
    ListObj *list = asy_as_list(self);
    size_t n = list->size;
    if (n && times > (int64_t)(LIST_SIZE_MAX / n)) return asy_raise_memory(vm);
    ListObj *out = asy_list_new(vm, n * (size_t)times);
    if (!out || times == 0 || n == 0) return out ? asy_from_obj(out) : ASY_ERR;
    // A piece at a time, and between them a look at limits and signals.
    size_t piece = n > REPEAT_PIECE ? 1 : REPEAT_PIECE / n, done = piece < (size_t)times ? piece : (size_t)times;
    asy_values_copy(out->items, list->items, n);
    asy_values_repeat(out->items, n, done);
    out->size = n * done;
    while (done < (size_t)times) {
        size_t more = piece < (size_t)times - done ? piece : (size_t)times - done;
        if (!asy_check_pending(vm)) {
            asy_release_obj(vm, out);
            return ASY_ERR;
        }
        asy_values_copy(out->items + out->size, out->items, n * more);
        done += more;
        out->size = n * done;
    }
    return asy_from_obj(out);
}

static Value list_iconcat(VM *vm, Value self, Value other)
{
    return asy_list_extend(vm, asy_as_list(self), other) ? asy_retain(self) : ASY_ERR;
}

static Value list_irepeat(VM *vm, Value self, Value count)
{
    int64_t times;
    if (!asy_repeat_count(vm, count, &times)) return ASY_ERR;
    ListObj *list = asy_as_list(self);
    if (times == 0) list_clear(vm, &list->head);
    size_t n = list->size;
    if (n && times > (int64_t)(LIST_SIZE_MAX / n)) return asy_raise_memory(vm);
    if (n && times > 1) {
        if (!asy_list_reserve(vm, list, n * (size_t)times)) return ASY_ERR;
        asy_values_repeat(list->items, n, (size_t)times);
        list->size = n * (size_t)times;
    }
    return asy_retain(self);
}

const TypeDef asy_list_type = {
    .name = "list",
    .size = sizeof(ListObj),
    .flags = TYPE_BASE | TYPE_LIST | TYPE_MATCH_SEQUENCE | TYPE_MATCH_SELF,
    .doc = "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\n"
           "The argument must be an iterable if specified.",
    .trace = list_trace,
    .clear = list_clear,
    .methods = asy_list_methods,
    .slots = { .new = list_new, .init = list_init, .repr = list_repr, .hash = NULL, .compare = list_compare,
               .length = list_length, .getitem = list_getitem, .setitem = list_setitem, .contains = list_contains,
               .concat = list_concat, .repeat = list_repeat, .iconcat = list_iconcat, .irepeat = list_irepeat,
               .iter = asy_list_iter_slot },
};
