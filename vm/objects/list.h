// list and tuple.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

struct ListObj {
    ObjHeader head;
    Value *items;               // buffer of the host's allocator; owned values
    size_t size, capacity;      // items[size..capacity) is garbage
};
struct TupleObj {
    ObjHeader head;
    size_t size;
    Value items[];
};

#define asy_is_list(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_LIST))
#define asy_as_list(v) asy_as(ListObj, v)
#define asy_is_tuple(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TUPLE))
#define asy_as_tuple(v) asy_as(TupleObj, v)

ASY_CHECKED ListObj *asy_list_new(VM *vm, size_t capacity);
ASY_CHECKED ListObj *asy_list_from(VM *vm, const Value *items, size_t n);       // retains each
ASY_CHECKED bool asy_list_append_grown(VM *vm, ListObj *list, Value item);      // what is left of append when there is no room
// Takes the item, which is released on failure too.
ASY_CHECKED ASY_INLINE bool asy_list_append_owned(VM *vm, ListObj *list, Value item)
{
    if (ASY_UNLIKELY(list->size == list->capacity)) return asy_list_append_grown(vm, list, item);
    list->items[list->size++] = item;
    return true;
}
ASY_CHECKED ASY_INLINE bool asy_list_append(VM *vm, ListObj *list, Value item)  // retains the item
{
    return asy_list_append_owned(vm, list, asy_retain(item));
}
ASY_CHECKED bool asy_list_insert(VM *vm, ListObj *list, size_t at, Value item);
ASY_CHECKED bool asy_list_extend(VM *vm, ListObj *list, Value iterable);        // may run script
ASY_CHECKED bool asy_list_sort(VM *vm, ListObj *list, Value key, bool reverse); // stable; may run script
ASY_CHECKED TupleObj *asy_list_to_tuple(VM *vm, ListObj *list);
ASY_CHECKED bool asy_list_reserve(VM *vm, ListObj *list, size_t capacity);

// New tuple; items are retained. n 0 gives the VM's empty tuple. NULL: MemoryError.
ASY_CHECKED TupleObj *asy_tuple_from(VM *vm, const Value *items, size_t n);
ASY_CHECKED TupleObj *asy_tuple_alloc(VM *vm, size_t n);        // items NIL, to be filled before script sees it
ASY_CHECKED Value asy_tuple_pack(VM *vm, uint32_t n, ...);      // of Values, retained; as a Value or ERR
