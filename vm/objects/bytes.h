// bytes, bytearray and memoryview.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct BytesObj {
    ObjHeader head;
    uint64_t hash;              // 0: not yet made
    size_t size;
    uint8_t data[];             // NUL behind
} BytesObj;
typedef struct ByteArrayObj {
    ObjHeader head;
    uint8_t *data;
    size_t size, capacity;
    uint32_t views;             // resizing refused while not 0
} ByteArrayObj;

#define asy_is_bytes(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_BYTES))
#define asy_as_bytes(v) asy_as(BytesObj, v)
ASY_CHECKED BytesObj *asy_bytes_new(VM *vm, const void *data, size_t size);     // data NULL: zeroed
ASY_CHECKED Value asy_bytes_value(VM *vm, const void *data, size_t size);
ASY_CHECKED ByteArrayObj *asy_bytearray_new(VM *vm, const void *data, size_t size);
ASY_CHECKED bool asy_bytearray_resize(VM *vm, ByteArrayObj *b, size_t size);
bool asy_is_bytearray(VM *vm, Value v);
// Whether the object shows its bytes (asy_get_buffer would not refuse its type).
bool asy_has_buffer(VM *vm, Value v);
