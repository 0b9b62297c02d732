// list.sort and sorted: the keys, and the list while it is being sorted.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/sort.h"

static void reverse_values(Value *a, size_t n)
{
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        Value v = a[i];
        a[i] = a[--j];
        a[j] = v;
    }
}

// The keys of n values; NULL: raised. They are the caller's.
static Value *keys_make(VM *vm, Value key, const Value *values, size_t n)
{
    Value *keys = asy_mem_alloc(vm, n * sizeof(Value));
    if (!keys) {
        asy_raise_memory(vm);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = asy_call1(vm, key, values[i]);
        if (!asy_is_err(keys[i])) continue;
        while (i-- > 0) asy_release(vm, keys[i]);
        asy_mem_free(vm, keys, n * sizeof(Value));
        return NULL;
    }
    return keys;
}

bool asy_list_sort(VM *vm, ListObj *list, Value key, bool reverse)
{
    bool keyed = !asy_is_nil(key) && !asy_is_none(key);
    // The items leave the list while script may run; what it puts there meanwhile is an error, and lost.
    Value *items = list->items, *keys = NULL;
    size_t n = list->size, capacity = list->capacity;
    list->items = NULL;
    list->size = list->capacity = 0;

    // Turned round before and after, equal items keep their order although the larger come first.
    bool ok = !keyed || n == 0 || (keys = keys_make(vm, key, items, n)) != NULL;
    if (ok) {
        if (reverse && keys) reverse_values(keys, n);
        if (reverse) reverse_values(items, n);
        ok = asy_sort_values(vm, keys, items, n);
        if (reverse) reverse_values(items, n);
    }
    if (keys) {
        for (size_t i = 0; i < n; i++) asy_release(vm, keys[i]);
        asy_mem_free(vm, keys, n * sizeof(Value));
    }

    Value *stray = list->items;
    size_t stray_size = list->size, stray_capacity = list->capacity;
    list->items = items;
    list->size = n;
    list->capacity = capacity;
    if (stray) {
        for (size_t i = 0; i < stray_size; i++) asy_release(vm, stray[i]);
        asy_mem_free(vm, stray, stray_capacity * sizeof(Value));
        if (ok) asy_raise(vm, EXC_ValueError, "list modified during sort");
        ok = false;
    }
    return ok;
}
