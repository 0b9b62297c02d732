// Making objects of the built-in types that programs make most of: asy_object_alloc where everything about the type is
// known to whoever calls.
#pragma once
#include "vm/core/vm.h"
#include "vm/memory/heap_inline.h"

// `type` is static and its instances have no Attrs part; `container`: it traces. NULL: MemoryError.
ASY_INLINE void *asy_object_take(VM *vm, Type *type, size_t size, bool container)
{
    assert((type->flags & (TYPE_STATIC | TYPE_ATTRS | TYPE_ATTRS_AT_END)) == TYPE_STATIC);
    assert(((type->flags & TYPE_CONTAINER) != 0) == container);
    ObjHeader *o = asy_heap_take(vm, size);
    if (ASY_UNLIKELY(!o)) {
        asy_raise_memory(vm);
        return NULL;
    }
    o->refs = 1;
    o->type = type;
    if (container) {
        o->flags |= OBJ_CONTAINER;
        if (ASY_UNLIKELY(++vm->heap.young == vm->heap.young_limit)) asy_vm_set_pending(vm, PENDING_COLLECT);
    }
    return o;
}
