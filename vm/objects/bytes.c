// bytes: the type, and what it shares with bytearray (building, constructing, comparing, repr).
//
// The bytes stand behind the header, with a NUL after them. The empty bytes object exists once per VM.
#include <stdio.h>

#include "vm/core/abstract.h"
#include "vm/memory/heap_inline.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/codecs.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/search.h"
#include "vm/objects/slice.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/types.h"

// ---- making ----

static BytesObj *bytes_alloc(VM *vm, Type *type, size_t size)
{
    if (size > PTRDIFF_MAX - 64) {
        asy_raise_memory(vm);
        return NULL;
    }
    if (type != vm->types.bytes || size > HEAP_SMALL_MAX) {
        BytesObj *large = asy_object_alloc_extra(vm, type, size + 1);
        if (!large) return NULL;
        large->size = size;
        large->data[size] = 0;
        return large;
    }
    BytesObj *b = (BytesObj *)(void *)asy_heap_take(vm, sizeof(BytesObj) + size + 1);     // zeroed
    if (ASY_UNLIKELY(!b)) {
        asy_raise_memory(vm);
        return NULL;
    }
    b->head.refs = 1;
    b->head.type = type;
    b->size = size;
    return b;
}

BytesObj *asy_bytes_new(VM *vm, const void *data, size_t size)
{
    if (!size && !asy_is_nil(vm->empty_bytes)) return asy_retain_obj(asy_as_bytes(vm->empty_bytes));
    BytesObj *b = bytes_alloc(vm, vm->types.bytes, size);
    if (!b) return NULL;
    if (data) asy_str_copy_text((char *)b->data, data, size);
    else memset(b->data, 0, size);
    if (!size) vm->empty_bytes = asy_retain(asy_from_obj(b));
    return b;
}

Value asy_bytes_value(VM *vm, const void *data, size_t size)
{
    BytesObj *b = asy_bytes_new(vm, data, size);
    return b ? asy_from_obj(b) : ASY_ERR;
}

Value asy_bytes_like_new(VM *vm, Value like, const void *data, size_t size)
{
    if (asy_is_bytes(vm, like)) return asy_bytes_value(vm, data, size);
    ByteArrayObj *a = asy_bytearray_new(vm, data, size);
    return a ? asy_from_obj(a) : ASY_ERR;
}

Value asy_bytes_like_alloc(VM *vm, Value like, size_t size, uint8_t **data)
{
    if (!asy_is_bytes(vm, like)) {
        ByteArrayObj *a = asy_object_alloc(vm, vm->types.bytearray);
        if (!a) return ASY_ERR;
        if (size && !asy_bytearray_resize(vm, a, size)) {
            asy_release_obj(vm, a);
            return ASY_ERR;
        }
        *data = a->data;
        return asy_from_obj(a);
    }
    BytesObj *b = size ? bytes_alloc(vm, vm->types.bytes, size) : asy_bytes_new(vm, "", 0);
    if (!b) return ASY_ERR;
    *data = b->data;
    return asy_from_obj(b);
}

bool asy_has_buffer(VM *vm, Value v) { return asy_is_obj(v) && asy_type_of(vm, v)->def->buffer; }

void asy_bytes_builder_init(BytesBuilder *b, VM *vm) { *b = (BytesBuilder){ .vm = vm }; }

uint8_t *asy_bytes_builder_room(BytesBuilder *b, size_t extra)
{
    if (extra <= b->capacity - b->size) return b->data ? b->data + b->size : (uint8_t *)b;   // nothing may be written for extra 0
    size_t need = b->size + extra, capacity = b->capacity * 2 > need ? b->capacity * 2 : need;
    if (capacity < 32) capacity = 32;
    uint8_t *data = need < extra ? NULL : asy_mem_resize(b->vm, b->data, b->capacity, capacity);
    if (!data) {
        asy_raise_memory(b->vm);
        return NULL;
    }
    b->data = data;
    b->capacity = capacity;
    return data + b->size;
}

bool asy_bytes_builder_add(BytesBuilder *b, const void *data, size_t size)
{
    uint8_t *to = asy_bytes_builder_room(b, size);
    if (!to) return false;
    if (size) memcpy(to, data, size);
    b->size += size;
    return true;
}

bool asy_bytes_builder_byte(BytesBuilder *b, uint8_t byte) { return asy_bytes_builder_add(b, &byte, 1); }

void asy_bytes_builder_free(BytesBuilder *b)
{
    asy_mem_free(b->vm, b->data, b->capacity);
    *b = (BytesBuilder){ .vm = b->vm };
}

Value asy_bytes_builder_finish(BytesBuilder *b)
{
    Value result = asy_bytes_value(b->vm, b->data ? b->data : (const uint8_t *)"", b->size);
    asy_bytes_builder_free(b);
    return result;
}

bool asy_byte_of(VM *vm, Value v, const char *message, uint8_t *out)
{
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return false;
    int64_t number;
    bool fits = asy_int_as_i64(vm, i, &number) && number >= 0 && number <= 255;
    asy_release(vm, i);
    if (!fits) asy_raise(vm, EXC_ValueError, "%s", message);
    else *out = (uint8_t)number;
    return fits;
}

// The numbers of exactly a list or tuple. A list may change while an __index__ runs.
static bool from_items(BytesBuilder *b, Value source, const char *range)
{
    VM *vm = b->vm;
    bool is_list = asy_as_obj(source)->type == vm->types.list;
    for (size_t i = 0;;) {
        size_t size = is_list ? asy_as_list(source)->size : asy_as_tuple(source)->size;
        const Value *items = is_list ? asy_as_list(source)->items : asy_as_tuple(source)->items;
        if (i >= size) return true;
        uint8_t *to = asy_bytes_builder_room(b, size - i);
        if (!to) return false;
        for (; i < size && asy_is_int(items[i]) && (uint64_t)asy_as_small(items[i]) < 256; i++, b->size++) *to++ = (uint8_t)asy_as_small(items[i]);
        if (i >= size) return true;
        uint8_t byte;
        Value item = asy_retain(items[i++]);
        bool ok = asy_byte_of(vm, item, range, &byte) && asy_bytes_builder_byte(b, byte);
        asy_release(vm, item);
        if (!ok) return false;
    }
}

bool asy_bytes_from_object(BytesBuilder *b, Value source, const char *what)
{
    VM *vm = b->vm;
    const char *range = strcmp(what, "bytes") == 0 ? "bytes must be in range(0, 256)" : "byte must be in range(0, 256)";
    if (asy_type_of(vm, source) == vm->types.memoryview) {      // whose items may have gaps between them
        Value bytes = asy_memoryview_tobytes(vm, source);
        if (asy_is_err(bytes)) return false;
        bool ok = asy_bytes_builder_add(b, asy_as_bytes(bytes)->data, asy_as_bytes(bytes)->size);
        asy_release(vm, bytes);
        return ok;
    }
    if (asy_has_buffer(vm, source)) {
        BufferView view;
        if (!asy_get_buffer(vm, source, &view)) return false;
        bool ok = asy_bytes_builder_add(b, view.data, view.size);
        asy_release_buffer(vm, &view);
        return ok;
    }
    if (asy_is_str(vm, source) || !asy_is_obj(source) || (!asy_type_of(vm, source)->slots.iter && !asy_type_of(vm, source)->slots.getitem)) {
        asy_raise(vm, EXC_TypeError, "cannot convert '%.200T' object to %s", source, what);
        return false;
    }
    if (asy_as_obj(source)->type == vm->types.list || asy_as_obj(source)->type == vm->types.tuple) return from_items(b, source, range);
    Value iterator = asy_iter(vm, source);
    if (asy_is_err(iterator)) return false;
    bool ok = false;
    for (;;) {
        Value item = asy_next(vm, iterator);
        if (asy_is_done(item)) ok = true;
        if (asy_is_done(item) || asy_is_err(item)) break;
        uint8_t byte;
        bool good = asy_byte_of(vm, item, range, &byte) && asy_bytes_builder_byte(b, byte);
        asy_release(vm, item);
        if (!good) break;
    }
    asy_release(vm, iterator);
    return ok;
}

// A count of zero bytes: 1 read, 0 not an integer, -1 raised.
static int read_count(VM *vm, Value source, int64_t *count)
{
    if (!asy_is_int(source) && !asy_is_bool(source) && !asy_type_of(vm, source)->slots.index) return 0;
    if (!asy_to_i64(vm, source, count)) return asy_error_catch(vm, EXC_TypeError) ? 0 : -1;
    if (*count >= 0) return 1;
    asy_raise(vm, EXC_ValueError, "negative count");
    return -1;
}

bool asy_bytes_construct(VM *vm, const char *what, const Value v[3], BytesBuilder *b)
{
    StrObj *encoding = NULL, *errors = NULL;
    char name[40];
    if (!asy_is_nil(v[1])) {
        snprintf(name, sizeof name, "%s() argument 'encoding'", what);
        if (!asy_arg_str(vm, v[1], name, &encoding)) return false;
    }
    if (!asy_is_nil(v[2])) {
        snprintf(name, sizeof name, "%s() argument 'errors'", what);
        if (!asy_arg_str(vm, v[2], name, &errors)) return false;
    }
    Value source = v[0];
    if (asy_is_str(vm, source)) {
        if (!encoding) {
            asy_raise(vm, EXC_TypeError, "string argument without an encoding");
            return false;
        }
        Value bytes = asy_codec_encode(vm, asy_as_str(source), encoding, errors);
        if (asy_is_err(bytes)) return false;
        bool ok = asy_bytes_builder_add(b, asy_as_bytes(bytes)->data, asy_as_bytes(bytes)->size);
        asy_release(vm, bytes);
        return ok;
    }
    if (encoding || errors) {
        asy_raise(vm, EXC_TypeError, "%s without a string argument", encoding ? "encoding" : "errors");
        return false;
    }
    if (asy_is_nil(source)) return true;
    int64_t count;
    int counted = read_count(vm, source, &count);
    if (counted < 0) return false;
    if (!counted) return asy_bytes_from_object(b, source, what);
    if (!count) return true;
    uint8_t *to = asy_bytes_builder_room(b, (size_t)count);
    if (!to) return false;
    memset(to, 0, (size_t)count);
    b->size += (size_t)count;
    return true;
}

// ---- comparing, searching ----

int asy_bytes_order(Span a, Span b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order) return order < 0 ? -1 : 1;
    return a.size < b.size ? -1 : a.size > b.size;
}

Value asy_bytes_compare_slot(VM *vm, Value a, Value b, Comparison op)
{
    bool both = (asy_is_bytes(vm, a) || asy_is_bytearray(vm, a)) && (asy_is_bytes(vm, b) || asy_is_bytearray(vm, b));
    int order;
    if (both && (op == CMP_EQ || op == CMP_NE)) {
        Span x = asy_bytes_span(vm, a), y = asy_bytes_span(vm, b);
        return asy_from_bool((x.size == y.size && asy_text_equal((const char *)x.data, (const char *)y.data, x.size)) == (op == CMP_EQ));
    }
    if (both) {
        order = asy_bytes_order(asy_bytes_span(vm, a), asy_bytes_span(vm, b));
    } else {
        if (!asy_is_bytearray(vm, a) || !asy_has_buffer(vm, b)) return ASY_NOTIMPLEMENTED;
        BufferView view;
        if (!asy_get_buffer(vm, b, &view)) return ASY_ERR;
        order = asy_bytes_order(asy_bytes_span(vm, a), (Span){ view.data, view.size });
        asy_release_buffer(vm, &view);
    }
    switch (op) {
    case CMP_EQ: return asy_from_bool(order == 0);
    case CMP_NE: return asy_from_bool(order != 0);
    case CMP_LT: return asy_from_bool(order < 0);
    case CMP_LE: return asy_from_bool(order <= 0);
    case CMP_GT: return asy_from_bool(order > 0);
    default: return asy_from_bool(order >= 0);
    }
}

int asy_bytes_contains_slot(VM *vm, Value self, Value item)
{
    if (asy_is_int(item) || asy_is_bool(item) || (!asy_has_buffer(vm, item) && asy_type_of(vm, item)->slots.index)) {
        uint8_t byte;
        if (!asy_byte_of(vm, item, "byte must be in range(0, 256)", &byte)) return -1;
        Span s = asy_bytes_span(vm, self);
        return s.size && memchr(s.data, byte, s.size);
    }
    BufferView view;
    if (!asy_get_buffer(vm, item, &view)) return -1;
    Span s = asy_bytes_span(vm, self);
    int found = asy_search_find(s.data, s.size, view.data, view.size) >= 0;
    asy_release_buffer(vm, &view);
    return found;
}

Value asy_bytes_repr(VM *vm, Span s, const char *prefix, const char *suffix)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    bool single = s.size && memchr(s.data, '\'', s.size), dual = s.size && memchr(s.data, '"', s.size);
    uint8_t quote = single && !dual ? '"' : '\'';
    bool ok = asy_builder_c(&out, prefix) && asy_builder_char(&out, quote);
    char *to = ok ? asy_builder_reserve(&out, s.size * 4) : NULL;       // size is far from overflow
    ok = to != NULL;
    for (size_t i = 0; ok && i < s.size; i++) {
        uint8_t c = s.data[i];
        if (c >= 0x20 && c < 0x7F && c != quote && c != '\\') {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        if (c == quote || c == '\\') *to++ = (char)c;
        else if (c == '\t') *to++ = 't';
        else if (c == '\n') *to++ = 'n';
        else if (c == '\r') *to++ = 'r';
        else {
            *to++ = 'x';
            *to++ = "0123456789abcdef"[c >> 4];
            *to++ = "0123456789abcdef"[c & 15];
        }
    }
    if (ok) out.size = (size_t)(to - out.data);
    ok = ok && asy_builder_char(&out, quote) && asy_builder_c(&out, suffix);
    if (!ok) {
        asy_builder_free(&out);
        return ASY_ERR;
    }
    StrObj *result = asy_builder_finish(&out);
    return result ? asy_from_obj(result) : ASY_ERR;
}

// ---- the type ----

static Value bytes_new(VM *vm, Type *type, Args args)
{
    static const char *const names[] = { "source", "encoding", "errors" };
    Value v[3];
    if (!asy_new_args(vm, "bytes", names, 3, 0, 0, args, v)) return ASY_ERR;
    Value content = ASY_NIL;
    if (asy_is_obj(v[0]) && asy_is_nil(v[1]) && asy_is_nil(v[2])) {
        Value method = asy_special(vm, v[0], asy_name(vm, __bytes__));
        if (asy_is_err(method)) return ASY_ERR;
        if (!asy_is_nil(method)) {
            content = asy_call0(vm, method);
            asy_release(vm, method);
            if (asy_is_err(content)) return ASY_ERR;
            if (!asy_is_bytes(vm, content)) {
                asy_raise(vm, EXC_TypeError, "__bytes__ returned non-bytes (type %.200T)", content);
                asy_release(vm, content);
                return ASY_ERR;
            }
        } else if (asy_as_obj(v[0])->type == vm->types.bytes) {
            content = asy_retain(v[0]);
        }
    }
    if (asy_is_nil(content)) {
        BytesBuilder b;
        asy_bytes_builder_init(&b, vm);
        if (!asy_bytes_construct(vm, "bytes", v, &b)) {
            asy_bytes_builder_free(&b);
            return ASY_ERR;
        }
        content = asy_bytes_builder_finish(&b);
    }
    if (asy_is_err(content) || type == vm->types.bytes) return content;
    const BytesObj *from = asy_as_bytes(content);
    BytesObj *result = bytes_alloc(vm, type, from->size);
    if (result) memcpy(result->data, from->data, from->size);
    asy_release(vm, content);
    return result ? asy_from_obj(result) : ASY_ERR;
}

static Value bytes_repr(VM *vm, Value self) { return asy_bytes_repr(vm, asy_bytes_span(vm, self), "b", ""); }

static bool bytes_hash(VM *vm, Value self, int64_t *hash)
{
    BytesObj *b = asy_as_bytes(self);
    if (!b->hash) b->hash = asy_hash_bytes(vm, b->data, b->size);
    *hash = (int64_t)b->hash;
    return true;
}

static int64_t bytes_length(VM *vm, Value self)
{
    (void)vm;
    return (int64_t)asy_as_bytes(self)->size;
}

static Value bytes_getitem(VM *vm, Value self, Value key)
{
    const BytesObj *b = asy_as_bytes(self);
    if (asy_is_slice(vm, key)) {
        SliceRange r;
        if (!asy_slice_unpack(vm, key, &r)) return ASY_ERR;
        asy_slice_adjust(&r, b->size);
        if (r.step == 1 && r.count == b->size && b->head.type == vm->types.bytes) return asy_retain(self);
        if (r.step == 1 || !r.count) return asy_bytes_value(vm, b->data + (r.count ? r.start : 0), r.count);
        BytesObj *part = bytes_alloc(vm, vm->types.bytes, r.count);
        if (!part) return ASY_ERR;
        for (size_t i = 0; i < r.count; i++) part->data[i] = b->data[r.start + (int64_t)i * r.step];
        return asy_from_obj(part);
    }
    int64_t i;
    if (!asy_sequence_index(vm, key, "byte", &i)) return ASY_ERR;
    if (i < 0) i += (int64_t)b->size;
    if (i < 0 || i >= (int64_t)b->size) return asy_raise_index(vm, "index out of range");
    return asy_from_small(b->data[i]);
}

static Value bytes_concat(VM *vm, Value a, Value b)
{
    if (!asy_is_bytes(vm, a)) return ASY_NOTIMPLEMENTED;
    if (!asy_has_buffer(vm, b)) return asy_raise(vm, EXC_TypeError, "can't concat %.100T to %.100T", b, a);
    BufferView view;
    if (!asy_get_buffer(vm, b, &view)) return ASY_ERR;
    const BytesObj *x = asy_as_bytes(a);
    BytesObj *joined = bytes_alloc(vm, vm->types.bytes, x->size + view.size);
    if (joined) {
        asy_str_copy_text((char *)joined->data, (const char *)x->data, x->size);
        asy_str_copy_text((char *)joined->data + x->size, (const char *)view.data, view.size);
    }
    asy_release_buffer(vm, &view);
    return joined ? asy_from_obj(joined) : ASY_ERR;
}

static Value bytes_repeat(VM *vm, Value a, Value n)
{
    int64_t times;
    if (!asy_repeat_count(vm, n, &times)) return ASY_ERR;
    const BytesObj *b = asy_as_bytes(a);
    if (times == 1 && b->head.type == vm->types.bytes) return asy_retain(a);
    if (!times || !b->size) return asy_bytes_value(vm, "", 0);
    if ((uint64_t)times > PTRDIFF_MAX / b->size) return asy_raise(vm, EXC_OverflowError, "repeated bytes are too long");
    BytesObj *result = bytes_alloc(vm, vm->types.bytes, b->size * (size_t)times);
    if (!result) return ASY_ERR;
    if (b->size == 1) {
        memset(result->data, b->data[0], result->size);
        return asy_from_obj(result);
    }
    for (size_t i = 0; i < (size_t)times; i++) memcpy(result->data + i * b->size, b->data, b->size);
    return asy_from_obj(result);
}

static bool bytes_buffer(VM *vm, Value self, BufferView *out)
{
    (void)vm;
    BytesObj *b = asy_as_bytes(self);
    *out = (BufferView){ .data = b->data, .size = b->size, .readonly = true, .owner = asy_retain(self) };
    return true;
}

const TypeDef asy_bytes_type = {
    .name = "bytes",
    .size = sizeof(BytesObj),
    .flags = TYPE_BASE | TYPE_BYTES | TYPE_MATCH_SELF,
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> bytes\n"
           "bytes(int) -> that many zero bytes\nbytes() -> empty bytes object",
    .buffer = bytes_buffer,
    .methods = asy_bytes_methods,
    .slots = {
        .repr = bytes_repr,
        .hash = bytes_hash,
        .compare = asy_bytes_compare_slot,
        .iter = asy_bytes_iter,
        .length = bytes_length,
        .getitem = bytes_getitem,
        .contains = asy_bytes_contains_slot,
        .concat = bytes_concat,
        .repeat = bytes_repeat,
        .mod = asy_bytes_mod_slot,
        .new = bytes_new,
    },
};
