// The methods of list, and its iterators.
#include "vm/core/abstract.h"
#include "vm/core/object_alloc.h"
#include "vm/core/vm.h"
#include "vm/objects/equal.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list_impl.h"
#include "vm/objects/slice.h"
#include "vm/objects/types.h"

static Value list_append(VM *vm, Args a)
{
    return asy_list_append(vm, asy_as_list(a.self), a.v[0]) ? ASY_NONE : ASY_ERR;
}

static Value list_extend(VM *vm, Args a)
{
    return asy_list_extend(vm, asy_as_list(a.self), a.v[0]) ? ASY_NONE : ASY_ERR;
}

static Value list_insert(VM *vm, Args a)
{
    int64_t at;
    if (!asy_to_i64(vm, a.v[0], &at)) return ASY_ERR;
    ListObj *list = asy_as_list(a.self);
    int64_t size = (int64_t)list->size;
    if (at < 0) at = at < -size ? 0 : at + size;
    if (at > size) at = size;
    return asy_list_insert(vm, list, (size_t)at, a.v[1]) ? ASY_NONE : ASY_ERR;
}

static Value list_pop(VM *vm, Args a)
{
    int64_t at = -1;
    if (!asy_is_nil(a.v[0]) && !asy_to_i64(vm, a.v[0], &at)) return ASY_ERR;
    ListObj *list = asy_as_list(a.self);
    if (list->size == 0) return asy_raise_index(vm, "pop from empty list");
    if (at < 0) at += (int64_t)list->size;
    if (at < 0 || at >= (int64_t)list->size) return asy_raise_index(vm, "pop index out of range");
    Value item;
    if ((size_t)at + 1 == list->size && list->size > list->capacity / 4) return list->items[--list->size];
    return asy_list_splice(vm, list, (size_t)at, 1, NULL, 0, &item) ? item : ASY_ERR;
}

static Value list_clear_method(VM *vm, Args a)
{
    asy_list_type.clear(vm, asy_as_obj(a.self));
    return ASY_NONE;
}

static Value list_copy(VM *vm, Args a)
{
    ListObj *list = asy_as_list(a.self);
    ListObj *copy = asy_list_from(vm, list->items, list->size);
    return copy ? asy_from_obj(copy) : ASY_ERR;
}

static Value list_index(VM *vm, Args a)
{
    ListObj *list = asy_as_list(a.self);
    int64_t start = 0, stop = INT64_MAX;
    if (!asy_slice_index(vm, a.v[1], &start) || !asy_slice_index(vm, a.v[2], &stop)) return ASY_ERR;
    asy_slice_clip(&start, &stop, list->size);
    for (int64_t i = start; i < stop && i < (int64_t)list->size; i++) {
        int equal = asy_equal_items(vm, list->items[i], a.v[0]);
        if (equal < 0) return ASY_ERR;
        if (equal) return asy_from_small(i);
    }
    return asy_raise(vm, EXC_ValueError, "%R is not in list", a.v[0]);
}

static Value list_count(VM *vm, Args a)
{
    ListObj *list = asy_as_list(a.self);
    int64_t n = 0;
    for (size_t i = 0; i < list->size; i++) {
        int equal = asy_equal_items(vm, list->items[i], a.v[0]);
        if (equal < 0) return ASY_ERR;
        n += equal;
    }
    return asy_from_small(n);
}

static Value list_remove(VM *vm, Args a)
{
    ListObj *list = asy_as_list(a.self);
    for (size_t i = 0; i < list->size; i++) {
        int equal = asy_equal_items(vm, list->items[i], a.v[0]);
        if (equal < 0) return ASY_ERR;
        if (!equal) continue;
        Value item;
        if (i >= list->size) return ASY_NONE;       // the comparison has emptied the list
        if (!asy_list_splice(vm, list, i, 1, NULL, 0, &item)) return ASY_ERR;
        asy_release(vm, item);
        return ASY_NONE;
    }
    return asy_raise(vm, EXC_ValueError, "list.remove(x): x not in list");
}

static Value list_reverse(VM *vm, Args a)
{
    ListObj *list = asy_as_list(a.self);
    (void)vm;
    for (size_t i = 0, j = list->size; i + 1 < j; i++) {
        Value v = list->items[i];
        list->items[i] = list->items[--j];
        list->items[j] = v;
    }
    return ASY_NONE;
}

static Value list_sort(VM *vm, Args a)
{
    bool reverse = false;
    if (!asy_arg_bool(vm, a.v[1], &reverse)) return ASY_ERR;
    return asy_list_sort(vm, asy_as_list(a.self), a.v[0], reverse) ? ASY_NONE : ASY_ERR;
}

// ---- iterators: forward (list_iterator) and reversed (list_reverseiterator) share one struct ----

static void list_iter_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_header(t, (ObjHeader *)(void *)((ListIterObj *)(void *)o)->list);
}

static void list_iter_clear(VM *vm, ObjHeader *o)
{
    ListIterObj *it = (ListIterObj *)(void *)o;
    ListObj *list = it->list;
    it->list = NULL;
    asy_release_obj(vm, list);
}

static Value list_iter_of(VM *vm, Type *type, Value list, size_t index)
{
    ListIterObj *it = type ? asy_object_take(vm, type, sizeof(ListIterObj), true) : NULL;
    if (!it) return ASY_ERR;
    it->list = asy_retain_obj(asy_as_list(list));
    it->index = index;
    return asy_from_obj(it);
}

Value asy_list_iter_slot(VM *vm, Value self) { return list_iter_of(vm, vm->types.list_iterator, self, 0); }

static Value list_iter_next(VM *vm, Value self)
{
    ListIterObj *it = asy_as(ListIterObj, self);
    if (!it->list) return ASY_DONE;
    if (it->index < it->list->size) return asy_retain(it->list->items[it->index++]);
    list_iter_clear(vm, &it->head);
    return ASY_DONE;
}

static Value list_iter_length_hint(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    (void)vm;
    return asy_from_small(it->list && it->index < it->list->size ? (int64_t)(it->list->size - it->index) : 0);
}

// An exhausted iterator is described as one over an empty container.
static Value empty_reduce(VM *vm, const char *builtin)
{
    ListObj *none = asy_list_new(vm, 0);
    if (!none) return ASY_ERR;
    Value out = asy_iter_reduce(vm, builtin, asy_from_obj(none), ASY_NIL);
    asy_release_obj(vm, none);
    return out;
}

static Value list_iter_reduce(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    if (!it->list) return empty_reduce(vm, "iter");
    return asy_iter_reduce(vm, "iter", asy_from_obj(it->list), asy_from_small((int64_t)it->index));
}

static Value list_iter_setstate(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    int64_t index;
    if (!asy_to_i64(vm, a.v[0], &index)) return ASY_ERR;
    if (it->list) it->index = index < 0 ? 0 : (uint64_t)index > it->list->size ? it->list->size : (size_t)index;
    return ASY_NONE;
}

static const MethodDef list_iter_methods[] = {
    { "__length_hint__", list_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", list_iter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", list_iter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_list_iterator_type = {
    .name = "list_iterator",
    .size = sizeof(ListIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = list_iter_trace,
    .clear = list_iter_clear,
    .methods = list_iter_methods,
    .slots = { .iter = asy_iter_self, .next = list_iter_next },
};

// index counts down: the next item is index - 1.
static Value list_reviter_next(VM *vm, Value self)
{
    ListIterObj *it = asy_as(ListIterObj, self);
    if (!it->list) return ASY_DONE;
    if (it->index > 0 && it->index <= it->list->size) return asy_retain(it->list->items[--it->index]);
    list_iter_clear(vm, &it->head);
    return ASY_DONE;
}

static Value list_reviter_length_hint(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    (void)vm;
    return asy_from_small(it->list && it->index <= it->list->size ? (int64_t)it->index : 0);
}

static Value list_reviter_reduce(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    if (!it->list) return empty_reduce(vm, "iter");
    return asy_iter_reduce(vm, "reversed", asy_from_obj(it->list), asy_from_small((int64_t)it->index - 1));
}

static Value list_reviter_setstate(VM *vm, Args a)
{
    ListIterObj *it = asy_as(ListIterObj, a.self);
    int64_t index;
    if (!asy_to_i64(vm, a.v[0], &index)) return ASY_ERR;
    if (it->list) it->index = index < -1 ? 0 : index >= (int64_t)it->list->size ? it->list->size : (size_t)(index + 1);
    return ASY_NONE;
}

static const MethodDef list_reviter_methods[] = {
    { "__length_hint__", list_reviter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", list_reviter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", list_reviter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

static const TypeDef list_reviter_type = {
    .name = "list_reverseiterator",
    .size = sizeof(ListIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = list_iter_trace,
    .clear = list_iter_clear,
    .methods = list_reviter_methods,
    .slots = { .iter = asy_iter_self, .next = list_reviter_next },
};

static Value list_reversed(VM *vm, Args a)
{
    return list_iter_of(vm, asy_type_ready(vm, &list_reviter_type), a.self, asy_as_list(a.self)->size);
}

const MethodDef asy_list_methods[] = {
    { "append", list_append, "(object, /)", 0, "Append object to the end of the list." },
    { "clear", list_clear_method, "()", 0, "Remove all items from list." },
    { "copy", list_copy, "()", 0, "Return a shallow copy of the list." },
    { "count", list_count, "(value, /)", 0, "Return number of occurrences of value." },
    { "extend", list_extend, "(iterable, /)", 0, "Extend list by appending elements from the iterable." },
    { "index", list_index, "(value, start=0, stop=9223372036854775807, /)", 0,
      "Return first index of value.\n\nRaises ValueError if the value is not present." },
    { "insert", list_insert, "(index, object, /)", 0, "Insert object before index." },
    { "pop", list_pop, "(index=-1, /)", 0,
      "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range." },
    { "remove", list_remove, "(value, /)", 0,
      "Remove first occurrence of value.\n\nRaises ValueError if the value is not present." },
    { "reverse", list_reverse, "()", 0, "Reverse *IN PLACE*." },
    { "sort", list_sort, "(*, key=None, reverse=False)", 0,
      "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) "
      "and stable (i.e. the\norder of two equal elements is maintained).\n\nIf a key function is given, apply it once "
      "to each list item and sort them,\nascending or descending, according to their function values.\n\n"
      "The reverse flag can be set to sort in descending order." },
    { "__reversed__", list_reversed, "()", 0, "Return a reverse iterator over the list." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
