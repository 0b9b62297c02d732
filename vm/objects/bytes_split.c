// Cutting and joining bytes and bytearray: split, rsplit, splitlines, partition, join.
//
// Parts are of the receiver's kind. Making a part runs no script, so a span stays good over the cutting.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/search.h"

static bool add(VM *vm, ListObj *list, Value like, const uint8_t *from, size_t size)
{
    Value item = asy_bytes_like_new(vm, like, from, size);
    return !asy_is_err(item) && asy_list_append_owned(vm, list, item);
}

static bool split_spaces(VM *vm, ListObj *list, Value like, Span s, size_t limit)
{
    size_t at = 0;
    for (;;) {
        while (at < s.size && asy_byte_is_space(s.data[at])) at++;
        if (at == s.size) return true;
        size_t end = at;
        if (!limit) return add(vm, list, like, s.data + at, s.size - at);   // with the whitespace at its end
        while (end < s.size && !asy_byte_is_space(s.data[end])) end++;
        if (!add(vm, list, like, s.data + at, end - at)) return false;
        at = end;
        limit--;
    }
}

static bool rsplit_spaces(VM *vm, ListObj *list, Value like, Span s, size_t limit)
{
    size_t end = s.size;
    for (;;) {
        while (end && asy_byte_is_space(s.data[end - 1])) end--;
        if (!end) return true;
        size_t at = end;
        if (!limit) return add(vm, list, like, s.data, end);
        while (at && !asy_byte_is_space(s.data[at - 1])) at--;
        if (!add(vm, list, like, s.data + at, end - at)) return false;
        end = at;
        limit--;
    }
}

static bool split_at(VM *vm, ListObj *list, Value like, Span s, Span sep, size_t limit)
{
    size_t at = 0;
    for (; limit; limit--) {
        ssize_t found = asy_search_find(s.data + at, s.size - at, sep.data, sep.size);
        if (found < 0) break;
        if (!add(vm, list, like, s.data + at, (size_t)found)) return false;
        at += (size_t)found + sep.size;
    }
    return add(vm, list, like, s.data + at, s.size - at);
}

static bool rsplit_at(VM *vm, ListObj *list, Value like, Span s, Span sep, size_t limit)
{
    size_t end = s.size;
    for (; limit; limit--) {
        ssize_t found = asy_search_rfind(s.data, end, sep.data, sep.size);
        if (found < 0) break;
        size_t from = (size_t)found + sep.size;
        if (!add(vm, list, like, s.data + from, end - from)) return false;
        end = (size_t)found;
    }
    return add(vm, list, like, s.data, end);
}

static void reverse(ListObj *list)
{
    for (size_t i = 0; i < list->size / 2; i++) {
        Value v = list->items[i];
        list->items[i] = list->items[list->size - 1 - i];
        list->items[list->size - 1 - i] = v;
    }
}

static Value split(VM *vm, Args a, bool from_right)
{
    int64_t limit = -1;
    if (!asy_arg_size(vm, a.v[1], &limit)) return ASY_ERR;
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    BufferView sep = { .owner = ASY_NIL };
    bool spaces = asy_is_nil(a.v[0]) || asy_is_none(a.v[0]), ok = true;
    if (!spaces && !asy_get_buffer(vm, a.v[0], &sep)) return ASY_ERR;
    ListObj *list = NULL;
    if (!spaces && !sep.size) {
        asy_raise(vm, EXC_ValueError, "empty separator");
        ok = false;
    }
    if (ok) list = asy_list_new(vm, 0);
    if (list) {
        Span s = asy_bytes_span(vm, a.self), by = { sep.data, sep.size };
        if (spaces) ok = from_right ? rsplit_spaces(vm, list, a.self, s, max) : split_spaces(vm, list, a.self, s, max);
        else ok = from_right ? rsplit_at(vm, list, a.self, s, by, max) : split_at(vm, list, a.self, s, by, max);
    }
    if (!spaces) asy_release_buffer(vm, &sep);
    if (!list || !ok) {
        asy_release_obj(vm, list);
        return ASY_ERR;
    }
    if (from_right) reverse(list);
    return asy_from_obj(list);
}

Value asy_bytes_split(VM *vm, Args a) { return split(vm, a, false); }
Value asy_bytes_rsplit(VM *vm, Args a) { return split(vm, a, true); }

Value asy_bytes_splitlines(VM *vm, Args a)
{
    bool keep = false;
    if (!asy_arg_bool(vm, a.v[0], &keep)) return ASY_ERR;
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return ASY_ERR;
    Span s = asy_bytes_span(vm, a.self);
    for (size_t at = 0; at < s.size;) {
        size_t end = at;
        while (end < s.size && s.data[end] != '\n' && s.data[end] != '\r') end++;
        size_t next = end + (end < s.size);
        if (next < s.size && s.data[end] == '\r' && s.data[next] == '\n') next++;
        if (!add(vm, list, a.self, s.data + at, (keep ? next : end) - at)) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
        at = next;
    }
    return asy_from_obj(list);
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

Value asy_bytes_join(VM *vm, Args a)
{
    const Type *type = asy_type_of(vm, a.v[0]);
    if (!type->slots.iter && !type->slots.getitem) return asy_raise(vm, EXC_TypeError, "can only join an iterable");
    TupleObj *items = asy_to_tuple(vm, a.v[0]);     // so that nothing can change it meanwhile
    if (!items) return ASY_ERR;
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
