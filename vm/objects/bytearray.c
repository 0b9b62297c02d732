// bytearray: bytes that change. While somebody views them (memoryview, a native at work), the buffer
// does not move: whatever would resize it raises BufferError.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/slice.h"
#include "vm/objects/types.h"

bool asy_is_bytearray(VM *vm, Value v)
{
    return asy_is_obj(v) && asy_as_obj(v)->type->def == &asy_bytearray_type && vm;
}

// ---- size ----

static bool may_resize(VM *vm, const ByteArrayObj *b)
{
    if (!b->views) return true;
    asy_raise(vm, EXC_BufferError, "Existing exports of data: object cannot be re-sized");
    return false;
}

bool asy_bytearray_resize(VM *vm, ByteArrayObj *b, size_t size)
{
    if (size == b->size) return true;
    if (!may_resize(vm, b)) return false;
    if (size <= b->capacity && size >= b->capacity / 2) {
        b->size = size;
        return true;
    }
    // An eighth of room when growing; exactly what is needed when shrinking a lot.
    size_t capacity = size > b->capacity ? size + (size >> 3) + (size < 9 ? 3 : 6) : size;
    if (!capacity) {
        asy_mem_free(vm, b->data, b->capacity);
        b->data = NULL;
    } else {
        uint8_t *data = capacity < size ? NULL : asy_mem_resize(vm, b->data, b->capacity, capacity);
        if (!data) {
            asy_raise_memory(vm);
            return false;
        }
        b->data = data;
    }
    b->capacity = capacity;
    b->size = size;
    return true;
}

ByteArrayObj *asy_bytearray_new(VM *vm, const void *data, size_t size)
{
    ByteArrayObj *b = asy_object_alloc(vm, vm->types.bytearray);
    if (!b || !size) return b;
    b->data = asy_mem_alloc(vm, size);
    if (!b->data) {
        asy_release_obj(vm, b);
        asy_raise_memory(vm);
        return NULL;
    }
    b->size = b->capacity = size;
    if (data) memcpy(b->data, data, size);
    else memset(b->data, 0, size);
    return b;
}

static void bytearray_free(VM *vm, ObjHeader *o)
{
    ByteArrayObj *b = (ByteArrayObj *)(void *)o;
    asy_mem_free(vm, b->data, b->capacity);
}

// Takes the contents of `from`, which is then empty.
static void take_builder(VM *vm, ByteArrayObj *b, BytesBuilder *from)
{
    asy_mem_free(vm, b->data, b->capacity);
    b->data = from->data;
    b->size = from->size;
    b->capacity = from->capacity;
    *from = (BytesBuilder){ .vm = vm };
}

static bool bytearray_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "source", "encoding", "errors" };
    Value v[3];
    if (!asy_new_args(vm, "bytearray", names, 3, 0, 0, args, v)) return false;
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    ByteArrayObj *a = asy_as(ByteArrayObj, self);
    if (!asy_bytes_construct(vm, "bytearray", v, &b) || !may_resize(vm, a)) {
        asy_bytes_builder_free(&b);
        return false;
    }
    take_builder(vm, a, &b);
    return true;
}

static Value bytearray_new(VM *vm, Type *type, Args args)
{
    (void)args;
    ByteArrayObj *b = asy_object_alloc(vm, type);
    return b ? asy_from_obj(b) : ASY_ERR;
}

// ---- slots ----

static Value bytearray_repr(VM *vm, Value self)
{
    StrObj *prefix = asy_format(vm, "%T(b", self);
    if (!prefix) return ASY_ERR;
    Value result = asy_bytes_repr(vm, asy_bytes_span(vm, self), prefix->data, ")");
    asy_release_obj(vm, prefix);
    return result;
}

static int64_t bytearray_length(VM *vm, Value self)
{
    (void)vm;
    return (int64_t)asy_as(ByteArrayObj, self)->size;
}

// The index of an item, or -1: raised.
static int64_t item_index(VM *vm, Value self, Value key)
{
    int64_t i;
    if (!asy_sequence_index(vm, key, "bytearray", &i)) return -1;
    int64_t size = (int64_t)asy_as(ByteArrayObj, self)->size;   // after __index__
    if (i < 0) i += size;
    if (i >= 0 && i < size) return i;
    asy_raise_index(vm, "bytearray index out of range");
    return -1;
}

static Value bytearray_getitem(VM *vm, Value self, Value key)
{
    if (!asy_is_slice(vm, key)) {
        int64_t i = item_index(vm, self, key);
        return i < 0 ? ASY_ERR : asy_from_small(asy_as(ByteArrayObj, self)->data[i]);
    }
    SliceRange r;
    if (!asy_slice_unpack(vm, key, &r)) return ASY_ERR;
    const ByteArrayObj *b = asy_as(ByteArrayObj, self);
    asy_slice_adjust(&r, b->size);
    if (!r.count) return asy_bytes_like_new(vm, self, "", 0);
    if (r.step == 1) return asy_bytes_like_new(vm, self, b->data + r.start, r.count);
    ByteArrayObj *part = asy_bytearray_new(vm, NULL, r.count);
    if (!part) return ASY_ERR;
    for (size_t i = 0; i < r.count; i++) part->data[i] = b->data[r.start + (int64_t)i * r.step];
    return asy_from_obj(part);
}

// Replaces data[start, start + gone) by `with` (which is not part of it).
static bool replace_range(VM *vm, ByteArrayObj *b, size_t start, size_t gone, Span with)
{
    size_t tail = b->size - start - gone;
    if (with.size > gone) {
        if (!asy_bytearray_resize(vm, b, b->size + (with.size - gone))) return false;
        memmove(b->data + start + with.size, b->data + start + gone, tail);
    } else if (with.size < gone) {
        if (!may_resize(vm, b)) return false;
        memmove(b->data + start + with.size, b->data + start + gone, tail);
        if (!asy_bytearray_resize(vm, b, b->size - (gone - with.size))) return false;
    }
    if (with.size) memcpy(b->data + start, with.data, with.size);
    return true;
}

static bool delete_slice(VM *vm, ByteArrayObj *b, SliceRange r)
{
    if (!r.count) return true;
    if (!may_resize(vm, b)) return false;
    if (r.step < 0) {
        r.start += (int64_t)(r.count - 1) * r.step;
        r.step = -r.step;
    }
    size_t to = (size_t)r.start, next = to, left = r.count;
    for (size_t from = to; from < b->size; from++) {
        if (left && from == next) {
            next += (size_t)r.step;
            left--;
        } else {
            b->data[to++] = b->data[from];
        }
    }
    return asy_bytearray_resize(vm, b, b->size - r.count);
}

static bool store_slice(VM *vm, ByteArrayObj *b, SliceRange r, Span with)
{
    if (r.step == 1) return replace_range(vm, b, (size_t)r.start, r.count, with);
    if (!with.size) return delete_slice(vm, b, r);      // as CPython does, though lists refuse
    if (with.size != r.count) {
        asy_raise(vm, EXC_ValueError, "attempt to assign bytes of size %zu to extended slice of size %zu", with.size, r.count);
        return false;
    }
    for (size_t i = 0; i < r.count; i++) b->data[r.start + (int64_t)i * r.step] = with.data[i];
    return true;
}

static bool set_slice(VM *vm, Value self, Value key, Value value)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, self);
    SliceRange r;
    if (asy_is_nil(value)) {
        if (!asy_slice_unpack(vm, key, &r)) return false;
        asy_slice_adjust(&r, b->size);
        return delete_slice(vm, b, r);
    }
    // The new bytes are a copy: they may come from this very bytearray, or an iterable that changes it.
    BytesBuilder copy;
    asy_bytes_builder_init(&copy, vm);
    bool ok = false;
    if (asy_is_integer(vm, value) || asy_is_str(vm, value)) {
        asy_raise(vm, EXC_TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    } else if (asy_bytes_from_object(&copy, value, "bytearray") && asy_slice_unpack(vm, key, &r)) {
        asy_slice_adjust(&r, b->size);
        ok = store_slice(vm, b, r, (Span){ copy.data, copy.size });
    }
    asy_bytes_builder_free(&copy);
    return ok;
}

static bool bytearray_setitem(VM *vm, Value self, Value key, Value value)
{
    if (asy_is_slice(vm, key)) return set_slice(vm, self, key, value);
    ByteArrayObj *b = asy_as(ByteArrayObj, self);
    int64_t i = item_index(vm, self, key);
    if (i < 0) return false;
    if (asy_is_nil(value)) return delete_slice(vm, b, (SliceRange){ i, i + 1, 1, 1 });
    uint8_t byte;
    if (!asy_byte_of(vm, value, "byte must be in range(0, 256)", &byte)) return false;
    if (i >= (int64_t)b->size) {        // __index__ of the value has shortened it
        asy_raise_index(vm, "bytearray index out of range");
        return false;
    }
    b->data[i] = byte;
    return true;
}

static bool append_view(VM *vm, ByteArrayObj *b, const BufferView *view)
{
    size_t size = b->size;
    // A view of this very bytearray would forbid resizing it: such bytes are copied first.
    if (!asy_bytearray_resize(vm, b, size + view->size)) return false;
    if (view->size) memcpy(b->data + size, view->data, view->size);
    return true;
}

static bool extend_by_buffer(VM *vm, Value self, Value other)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, self);
    if (asy_same(self, other)) {
        size_t size = b->size;
        if (!asy_bytearray_resize(vm, b, size * 2)) return false;
        if (size) memcpy(b->data + size, b->data, size);
        return true;
    }
    BufferView view;
    if (!asy_get_buffer(vm, other, &view)) return false;
    bool ok = append_view(vm, b, &view);
    asy_release_buffer(vm, &view);
    return ok;
}

static Value bytearray_concat(VM *vm, Value a, Value b)
{
    if (!asy_is_bytearray(vm, a)) return ASY_NOTIMPLEMENTED;
    if (!asy_has_buffer(vm, b)) return asy_raise(vm, EXC_TypeError, "can't concat %.100T to %.100T", b, a);
    Span s = asy_bytes_span(vm, a);
    ByteArrayObj *joined = asy_bytearray_new(vm, s.data, s.size);
    if (!joined) return ASY_ERR;
    if (extend_by_buffer(vm, asy_from_obj(joined), b)) return asy_from_obj(joined);
    asy_release_obj(vm, joined);
    return ASY_ERR;
}

static Value bytearray_iconcat(VM *vm, Value a, Value b)
{
    if (!asy_has_buffer(vm, b)) return asy_raise(vm, EXC_TypeError, "can't concat %.100T to %.100T", b, a);
    return extend_by_buffer(vm, a, b) ? asy_retain(a) : ASY_ERR;
}

// Repeats the first `unit` bytes of data up to size.
static void fill_repeated(uint8_t *data, size_t unit, size_t size)
{
    for (size_t done = unit; done < size;) {
        size_t more = done < size - done ? done : size - done;
        memcpy(data + done, data, more);
        done += more;
    }
}

static Value bytearray_repeat(VM *vm, Value a, Value n)
{
    int64_t times;
    if (!asy_repeat_count(vm, n, &times)) return ASY_ERR;
    Span s = asy_bytes_span(vm, a);
    if (!times || !s.size) return asy_bytes_like_new(vm, a, "", 0);
    if ((uint64_t)times > PTRDIFF_MAX / s.size) return asy_raise_memory(vm);
    ByteArrayObj *b = asy_bytearray_new(vm, NULL, s.size * (size_t)times);
    if (!b) return ASY_ERR;
    memcpy(b->data, s.data, s.size);
    fill_repeated(b->data, s.size, b->size);
    return asy_from_obj(b);
}

static Value bytearray_irepeat(VM *vm, Value a, Value n)
{
    int64_t times;
    if (!asy_repeat_count(vm, n, &times)) return ASY_ERR;
    ByteArrayObj *b = asy_as(ByteArrayObj, a);
    size_t unit = b->size;
    if (unit && (uint64_t)times > PTRDIFF_MAX / unit) return asy_raise_memory(vm);
    if (!asy_bytearray_resize(vm, b, unit * (size_t)times)) return ASY_ERR;
    if (unit && times) fill_repeated(b->data, unit, b->size);
    return asy_retain(a);
}

static bool bytearray_buffer(VM *vm, Value self, BufferView *out)
{
    (void)vm;
    ByteArrayObj *b = asy_as(ByteArrayObj, self);
    b->views++;
    *out = (BufferView){ .data = b->size ? b->data : (uint8_t *)b, .size = b->size, .owner = asy_retain(self) };
    return true;
}

static void bytearray_buffer_release(VM *vm, BufferView *view)
{
    (void)vm;
    ByteArrayObj *b = asy_as(ByteArrayObj, view->owner);
    assert(b->views > 0);
    b->views--;
}

// ---- methods of its own ----

Value asy_bytearray_append(VM *vm, Args a)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, a.self);
    uint8_t byte;
    if (!asy_byte_of(vm, a.v[0], "byte must be in range(0, 256)", &byte)) return ASY_ERR;
    if (!asy_bytearray_resize(vm, b, b->size + 1)) return ASY_ERR;
    b->data[b->size - 1] = byte;
    return ASY_NONE;
}

Value asy_bytearray_extend(VM *vm, Args a)
{
    if (asy_has_buffer(vm, a.v[0])) return extend_by_buffer(vm, a.self, a.v[0]) ? ASY_NONE : ASY_ERR;
    if (asy_is_str(vm, a.v[0])) {       // an iterable of what are no integers
        if (!asy_as_str(a.v[0])->size) return ASY_NONE;
        return asy_raise(vm, EXC_TypeError, "'str' object cannot be interpreted as an integer");
    }
    if (!asy_is_obj(a.v[0]) || (!asy_type_of(vm, a.v[0])->slots.iter && !asy_type_of(vm, a.v[0])->slots.getitem)) {
        return asy_raise(vm, EXC_TypeError, "can't extend bytearray with %.100T", a.v[0]);
    }
    BytesBuilder more;
    asy_bytes_builder_init(&more, vm);
    bool ok = asy_bytes_from_object(&more, a.v[0], "bytearray");
    BufferView view = { .data = more.data, .size = more.size };
    ok = ok && append_view(vm, asy_as(ByteArrayObj, a.self), &view);
    asy_bytes_builder_free(&more);
    return ok ? ASY_NONE : ASY_ERR;
}

Value asy_bytearray_insert(VM *vm, Args a)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, a.self);
    int64_t at;
    uint8_t byte;
    if (!asy_arg_i64(vm, a.v[0], &at) || !asy_byte_of(vm, a.v[1], "byte must be in range(0, 256)", &byte)) return ASY_ERR;
    int64_t size = (int64_t)b->size;
    if (at < 0) at = at + size < 0 ? 0 : at + size;
    if (at > size) at = size;
    return replace_range(vm, b, (size_t)at, 0, (Span){ &byte, 1 }) ? ASY_NONE : ASY_ERR;
}

Value asy_bytearray_pop(VM *vm, Args a)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, a.self);
    int64_t at = -1;
    if (!asy_arg_i64(vm, a.v[0], &at)) return ASY_ERR;
    int64_t size = (int64_t)b->size;
    if (!size) return asy_raise(vm, EXC_IndexError, "pop from empty bytearray");
    if (at < 0) at += size;
    if (at < 0 || at >= size) return asy_raise(vm, EXC_IndexError, "pop index out of range");
    if (!may_resize(vm, b)) return ASY_ERR;
    uint8_t byte = b->data[at];
    return replace_range(vm, b, (size_t)at, 1, (Span){ NULL, 0 }) ? asy_from_small(byte) : ASY_ERR;
}

Value asy_bytearray_remove(VM *vm, Args a)
{
    ByteArrayObj *b = asy_as(ByteArrayObj, a.self);
    uint8_t byte;
    if (!asy_byte_of(vm, a.v[0], "byte must be in range(0, 256)", &byte)) return ASY_ERR;
    const uint8_t *at = b->size ? memchr(b->data, byte, b->size) : NULL;
    if (!at) return asy_raise(vm, EXC_ValueError, "value not found in bytearray");
    return replace_range(vm, b, (size_t)(at - b->data), 1, (Span){ NULL, 0 }) ? ASY_NONE : ASY_ERR;
}

Value asy_bytearray_reverse(VM *vm, Args a)
{
    (void)vm;
    ByteArrayObj *b = asy_as(ByteArrayObj, a.self);
    for (size_t i = 0; i < b->size / 2; i++) {
        uint8_t byte = b->data[i];
        b->data[i] = b->data[b->size - 1 - i];
        b->data[b->size - 1 - i] = byte;
    }
    return ASY_NONE;
}

Value asy_bytearray_clear(VM *vm, Args a)
{
    return asy_bytearray_resize(vm, asy_as(ByteArrayObj, a.self), 0) ? ASY_NONE : ASY_ERR;
}

Value asy_bytearray_copy(VM *vm, Args a)
{
    Span s = asy_bytes_span(vm, a.self);
    return asy_bytes_like_new(vm, a.self, s.data, s.size);
}

Value asy_bytearray_reduce(VM *vm, Args a)
{
    Span s = asy_bytes_span(vm, a.self);
    Value bytes = asy_bytes_value(vm, s.data, s.size);
    Value args = asy_is_err(bytes) ? ASY_ERR : asy_tuple_pack(vm, 1, bytes);
    asy_release(vm, bytes);
    if (asy_is_err(args)) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 2, asy_from_obj(asy_type_of(vm, a.self)), args);
    asy_release(vm, args);
    return result;
}

const TypeDef asy_bytearray_type = {
    .name = "bytearray",
    .size = sizeof(ByteArrayObj),
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n"
           "bytearray(bytes_or_buffer) -> mutable copy\nbytearray(int) -> that many zero bytes\nbytearray() -> empty bytearray",
    .free = bytearray_free,
    .buffer = bytearray_buffer,
    .buffer_release = bytearray_buffer_release,
    .methods = asy_bytearray_methods,
    .slots = {
        .repr = bytearray_repr,
        .compare = asy_bytes_compare_slot,
        .iter = asy_bytes_iter,
        .length = bytearray_length,
        .getitem = bytearray_getitem,
        .setitem = bytearray_setitem,
        .contains = asy_bytes_contains_slot,
        .concat = bytearray_concat,
        .repeat = bytearray_repeat,
        .iconcat = bytearray_iconcat,
        .irepeat = bytearray_irepeat,
        .mod = asy_bytes_mod_slot,
        .init = bytearray_init,
        .new = bytearray_new,
    },
};
