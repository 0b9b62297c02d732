// What bytes and bytearray share: their methods work on spans and make results of the receiver's type.
#pragma once
#include "vm/objects/bytes.h"
#include "vm/objects/str.h"

typedef struct Span {
    const uint8_t *data;
    size_t size;
} Span;

// bytes or bytearray `v` as a span: valid until script runs or a bytearray changes.
ASY_INLINE Span asy_bytes_span(VM *vm, Value v)
{
    (void)vm;
    if (asy_is_bytes(vm, v)) return (Span){ asy_as_bytes(v)->data, asy_as_bytes(v)->size };
    const ByteArrayObj *a = asy_as(ByteArrayObj, v);
    return (Span){ a->size ? a->data : (const uint8_t *)"", a->size };
}
// New object of the kind of `like`: exact bytes for bytes and its subclasses, exact bytearray otherwise.
ASY_CHECKED Value asy_bytes_like_new(VM *vm, Value like, const void *data, size_t size);
// The same with room for `size` bytes, which the caller fills before anyone sees them: *data. ERR: MemoryError.
ASY_CHECKED Value asy_bytes_like_alloc(VM *vm, Value like, size_t size, uint8_t **data);
// Growing buffer of bytes that ends as bytes or bytearray.
typedef struct BytesBuilder {
    VM *vm;
    uint8_t *data;
    size_t size, capacity;
} BytesBuilder;
void asy_bytes_builder_init(BytesBuilder *b, VM *vm);
ASY_CHECKED bool asy_bytes_builder_add(BytesBuilder *b, const void *data, size_t size);
ASY_CHECKED bool asy_bytes_builder_byte(BytesBuilder *b, uint8_t byte);
ASY_CHECKED uint8_t *asy_bytes_builder_room(BytesBuilder *b, size_t extra);     // write, then add to size
void asy_bytes_builder_free(BytesBuilder *b);
ASY_CHECKED Value asy_bytes_builder_finish(BytesBuilder *b);                    // as bytes; frees
// bytes(source) for the constructors: from a count, a buffer or an iterable of ints. Appends to `b`.
// `what` is "bytes" or "bytearray".
ASY_CHECKED bool asy_bytes_from_object(BytesBuilder *b, Value source, const char *what);
ASY_CHECKED bool asy_bytes_construct(VM *vm, const char *what, const Value v[3], BytesBuilder *b);  // source, encoding, errors
ASY_CHECKED bool asy_byte_of(VM *vm, Value v, const char *message, uint8_t *out);  // 0..255; ValueError(message)
// repr: b'...' with the prefix and suffix given ("bytearray(b", ")").
ASY_CHECKED Value asy_bytes_repr(VM *vm, Span s, const char *prefix, const char *suffix);
int asy_bytes_order(Span a, Span b);                                            // -1, 0, 1
Value asy_bytes_compare_slot(VM *vm, Value a, Value b, Comparison op);
int asy_bytes_contains_slot(VM *vm, Value self, Value item);
Value asy_bytes_mod_slot(VM *vm, Value self, Value args);                       // str_percent.c: b'...' % args
Value asy_bytes_iter(VM *vm, Value self);                                       // text_iterator.c

extern const MethodDef asy_bytes_methods[], asy_bytearray_methods[];

// bytearray's own methods, for the table in bytes_methods.c.
Value asy_bytearray_append(VM *vm, Args a);
Value asy_bytearray_extend(VM *vm, Args a);
Value asy_bytearray_insert(VM *vm, Args a);
Value asy_bytearray_pop(VM *vm, Args a);
Value asy_bytearray_remove(VM *vm, Args a);
Value asy_bytearray_reverse(VM *vm, Args a);
Value asy_bytearray_clear(VM *vm, Args a);
Value asy_bytearray_copy(VM *vm, Args a);
Value asy_bytearray_reduce(VM *vm, Args a);
// Methods of both types that cut and join: bytes_split.c.
Value asy_bytes_split(VM *vm, Args a);
Value asy_bytes_rsplit(VM *vm, Args a);
Value asy_bytes_splitlines(VM *vm, Args a);
Value asy_bytes_partition(VM *vm, Args a);
Value asy_bytes_rpartition(VM *vm, Args a);
Value asy_bytes_join(VM *vm, Args a);
ASY_INLINE bool asy_byte_is_space(uint8_t c) { return c == ' ' || (uint8_t)(c - 9) < 5; }
// hex(sep, bytes_per_sep) of any span: a str.
ASY_CHECKED Value asy_bytes_hex_text(VM *vm, Span s, Value sep, Value per_sep);
ASY_CHECKED Value asy_memoryview_tobytes(VM *vm, Value view);                   // memoryview.c: bytes, also of views with gaps
