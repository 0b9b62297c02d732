// Cutting and joining bytes and bytearray: split, rsplit, splitlines, partition, join.
//
// Parts are of the receiver's kind. Making a part runs no script, so a span stays good over the cutting.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/parts.h"
#include "vm/objects/search.h"
#include "vm/objects/str_impl.h"

static bool add(Parts *parts, Value like, const uint8_t *from, size_t size)
{
    return asy_parts_add(parts, asy_bytes_like_new(parts->vm, like, from, size));
}

static bool split_spaces(Parts *parts, Value like, Span s, size_t limit)
{
    size_t at = 0;
    for (;;) {
        while (at < s.size && asy_byte_is_space(s.data[at])) at++;
        if (at == s.size) return true;
        size_t end = at;
        if (!limit) return add(parts, like, s.data + at, s.size - at);   // with the whitespace at its end
        while (end < s.size && !asy_byte_is_space(s.data[end])) end++;
        if (!add(parts, like, s.data + at, end - at)) return false;
        at = end;
        limit--;
    }
}

static bool rsplit_spaces(Parts *parts, Value like, Span s, size_t limit)
{
    size_t end = s.size;
    for (;;) {
        while (end && asy_byte_is_space(s.data[end - 1])) end--;
        if (!end) return true;
        size_t at = end;
        if (!limit) return add(parts, like, s.data, end);
        while (at && !asy_byte_is_space(s.data[at - 1])) at--;
        if (!add(parts, like, s.data + at, end - at)) return false;
        end = at;
        limit--;
    }
}

static bool split_at(Parts *parts, Value like, Span s, Span sep, size_t limit)
{
    size_t at = 0;
    for (; limit; limit--) {
        ssize_t found = asy_search_find(s.data + at, s.size - at, sep.data, sep.size);
        if (found < 0) break;
        if (!add(parts, like, s.data + at, (size_t)found)) return false;
        at += (size_t)found + sep.size;
    }
    return add(parts, like, s.data + at, s.size - at);
}

static bool rsplit_at(Parts *parts, Value like, Span s, Span sep, size_t limit)
{
    size_t end = s.size;
    for (; limit; limit--) {
        ssize_t found = asy_search_rfind(s.data, end, sep.data, sep.size);
        if (found < 0) break;
        size_t from = (size_t)found + sep.size;
        if (!add(parts, like, s.data + from, end - from)) return false;
        end = (size_t)found;
    }
    return add(parts, like, s.data, end);
}

static Value split(VM *vm, Args a, bool from_right)
{
    int64_t limit = -1;
    if (!asy_arg_size(vm, a.v[1], &limit)) return ASY_ERR;
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    BufferView sep = { .owner = ASY_NIL };
    bool spaces = asy_is_nil(a.v[0]) || asy_is_none(a.v[0]), ok = true;
    if (!spaces && !asy_get_buffer(vm, a.v[0], &sep)) return ASY_ERR;
    if (!spaces && !sep.size) {
        asy_raise(vm, EXC_ValueError, "empty separator");
        ok = false;
    }
    Parts parts;
    asy_parts_init(&parts, vm);
    if (ok) {
        Span s = asy_bytes_span(vm, a.self), by = { sep.data, sep.size };
        if (spaces) ok = from_right ? rsplit_spaces(&parts, a.self, s, max) : split_spaces(&parts, a.self, s, max);
        else ok = from_right ? rsplit_at(&parts, a.self, s, by, max) : split_at(&parts, a.self, s, by, max);
    }
    if (!spaces) asy_release_buffer(vm, &sep);
    if (ok) return from_right ? asy_parts_finish_reversed(&parts) : asy_parts_finish(&parts);
    asy_parts_free(&parts);
    return ASY_ERR;
}

Value asy_bytes_split(VM *vm, Args a) { return split(vm, a, false); }
Value asy_bytes_rsplit(VM *vm, Args a) { return split(vm, a, true); }

Value asy_bytes_splitlines(VM *vm, Args a)
{
    bool keep = false;
    if (!asy_arg_bool(vm, a.v[0], &keep)) return ASY_ERR;
    Parts parts;
    asy_parts_init(&parts, vm);
    Span s = asy_bytes_span(vm, a.self);
    for (size_t at = 0; at < s.size;) {
        size_t end = at;
        while (end < s.size && s.data[end] != '\n' && s.data[end] != '\r') end++;
        size_t next = end + (end < s.size);
        if (next < s.size && s.data[end] == '\r' && s.data[next] == '\n') next++;
        if (!add(&parts, a.self, s.data + at, (keep ? next : end) - at)) {
            asy_parts_free(&parts);
            return ASY_ERR;
        }
        at = next;
    }
    return asy_parts_finish(&parts);
}

static Value partition(VM *vm, Args a, bool last)
{
    BufferView sep;
    if (!asy_get_buffer(vm, a.v[0], &sep)) return ASY_ERR;
    Value v[3] = { ASY_ERR, ASY_ERR, ASY_ERR }, result = ASY_ERR;
    if (!sep.size) {
        asy_raise(vm, EXC_ValueError, "empty separator");
        goto done;
    }
    Span s = asy_bytes_span(vm, a.self);
    ssize_t found = last ? asy_search_rfind(s.data, s.size, sep.data, sep.size) : asy_search_find(s.data, s.size, sep.data, sep.size);
    size_t cut = found < 0 ? (last ? 0 : s.size) : (size_t)found, width = found < 0 ? 0 : sep.size;
    v[0] = asy_bytes_like_new(vm, a.self, s.data, cut);
    v[1] = asy_is_err(v[0]) ? ASY_ERR : asy_bytes_like_new(vm, a.self, sep.data, width);
    v[2] = asy_is_err(v[1]) ? ASY_ERR : asy_bytes_like_new(vm, a.self, s.data + cut + width, s.size - cut - width);
    if (!asy_is_err(v[2])) result = asy_tuple_pack(vm, 3, v[0], v[1], v[2]);
done:
    for (int i = 0; i < 3; i++) asy_release(vm, v[i]);
    asy_release_buffer(vm, &sep);
    return result;
}

Value asy_bytes_partition(VM *vm, Args a) { return partition(vm, a, false); }
Value asy_bytes_rpartition(VM *vm, Args a) { return partition(vm, a, true); }

// bytes objects alone, which no script can change meanwhile. NIL: something else is among the items.
static Value join_bytes(VM *vm, Value self, const Value *items, size_t count)
{
    Span sep = asy_bytes_span(vm, self);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (!asy_is_obj(items[i]) || asy_as_obj(items[i])->type != vm->types.bytes) return ASY_NIL;
        size += asy_as_bytes(items[i])->size + (i ? sep.size : 0);
        if (size > PTRDIFF_MAX / 2) return ASY_NIL;
    }
    if (count == 1 && asy_is_bytes(vm, self)) return asy_retain(items[0]);
    uint8_t *to;
    Value result = asy_bytes_like_alloc(vm, self, size, &to);
    if (asy_is_err(result)) return result;
    for (size_t i = 0; i < count; i++) {
        const BytesObj *b = asy_as_bytes(items[i]);
        if (i) asy_str_copy_text((char *)to, (const char *)sep.data, sep.size), to += sep.size;
        asy_str_copy_text((char *)to, (const char *)b->data, b->size), to += b->size;
    }
    return result;
}

Value asy_bytes_join(VM *vm, Args a)
{
    if (asy_is_obj(a.v[0]) && asy_as_obj(a.v[0])->type == vm->types.list) {
        Value joined = join_bytes(vm, a.self, asy_as_list(a.v[0])->items, asy_as_list(a.v[0])->size);
        if (!asy_is_nil(joined)) return joined;
    }
    const Type *type = asy_type_of(vm, a.v[0]);
    if (!type->slots.iter && !type->slots.getitem) return asy_raise(vm, EXC_TypeError, "can only join an iterable");
    TupleObj *items = asy_to_tuple(vm, a.v[0]);     // so that nothing can change it meanwhile
    if (!items) return ASY_ERR;
    Value joined = join_bytes(vm, a.self, items->items, items->size);
    if (!asy_is_nil(joined)) {
        asy_release_obj(vm, items);
        return joined;
    }
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    bool ok = true;
    for (size_t i = 0; ok && i < items->size; i++) {
        if (!asy_has_buffer(vm, items->items[i])) {
            asy_raise(vm, EXC_TypeError, "sequence item %zu: expected a bytes-like object, %.80T found", i, items->items[i]);
            ok = false;
            break;
        }
        Span s = asy_bytes_span(vm, a.self);
        ok = !i || asy_bytes_builder_add(&b, s.data, s.size);
        BufferView view;
        ok = ok && asy_get_buffer(vm, items->items[i], &view);
        if (!ok) break;
        ok = asy_bytes_builder_add(&b, view.data, view.size);
        asy_release_buffer(vm, &view);
    }
    asy_release_obj(vm, items);
    Value result = ok ? asy_bytes_like_new(vm, a.self, b.data ? b.data : (const uint8_t *)"", b.size) : ASY_ERR;
    asy_bytes_builder_free(&b);
    return result;
}
