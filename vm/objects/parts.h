// Values that will be a list: the first of them wait beside each other until it is known how many there are, so that
// a short list gets a buffer that fits and no other.
#pragma once
#include "vm/core/vm.h"
#include "vm/objects/list.h"

enum { PARTS_FIRST = 16 };

typedef struct Parts {
    VM *vm;
    ListObj *list;              // NULL: all are in first[]
    size_t count;               // in first[]
    Value first[PARTS_FIRST];
} Parts;

ASY_INLINE void asy_parts_init(Parts *p, VM *vm)
{
    p->vm = vm;
    p->list = NULL;
    p->count = 0;
}

// Moves what is in first[] to a list with room for `more`.
ASY_CHECKED static inline bool asy_parts_to_list(Parts *p, size_t more)
{
    p->list = asy_list_new(p->vm, p->count + more);
    if (!p->list) return false;
    if (p->count) memcpy(p->list->items, p->first, p->count * sizeof(Value));
    p->list->size = p->count;
    p->count = 0;
    return true;
}

// Takes a value; ERR is passed on as failure.
ASY_CHECKED ASY_INLINE bool asy_parts_add(Parts *p, Value v)
{
    if (ASY_UNLIKELY(asy_is_err(v))) return false;
    if (ASY_LIKELY(!p->list)) {
        if (ASY_LIKELY(p->count < PARTS_FIRST)) {
            p->first[p->count++] = v;
            return true;
        }
        if (!asy_parts_to_list(p, PARTS_FIRST * 2)) {
            asy_release(p->vm, v);
            return false;
        }
    }
    if (ASY_LIKELY(p->list->size < p->list->capacity)) {
        p->list->items[p->list->size++] = v;
        return true;
    }
    return asy_list_append_owned(p->vm, p->list, v);
}

ASY_INLINE void asy_parts_free(Parts *p)
{
    for (size_t i = 0; i < p->count; i++) asy_release(p->vm, p->first[i]);
    asy_release_obj(p->vm, p->list);
}

// The list, or ERR; ends the parts either way.
static inline Value asy_parts_finish(Parts *p)
{
    if (p->list || asy_parts_to_list(p, 0)) return asy_from_obj(p->list);
    asy_parts_free(p);
    return ASY_ERR;
}

// The list in reverse order.
static inline Value asy_parts_finish_reversed(Parts *p)
{
    Value result = asy_parts_finish(p);
    if (asy_is_err(result)) return result;
    Value *items = asy_as_list(result)->items;
    for (size_t i = 0, j = asy_as_list(result)->size; i + 1 < j; i++) {
        Value v = items[i];
        items[i] = items[--j];
        items[j] = v;
    }
    return result;
}
