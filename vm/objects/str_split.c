// Cutting and joining text: split, rsplit, splitlines, partition, join.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/search.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

static bool is_space(uint32_t c)
{
    if (ASY_LIKELY(c < 0x80)) return c == ' ' || c - 9 < 5 || c - 0x1C < 4;
    return asy_unicode_is_space(c);
}

static bool add(VM *vm, ListObj *list, StrObj *s, const char *from, const char *to)
{
    StrObj *part = asy_str_slice_bytes(vm, s, (size_t)(from - s->data), (size_t)(to - s->data));
    return part && asy_list_append_owned(vm, list, asy_from_obj(part));
}

// ---- split ----

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end) {
        const char *next = at;
        if (!is_space(asy_utf8_next(&next))) break;
        at = next;
    }
    return at;
}

static const char *skip_spaces_back(const char *from, const char *at)
{
    while (at > from) {
        const char *last = at;
        if (!is_space(asy_utf8_prev(&last))) break;
        at = last;
    }
    return at;
}

static bool split_words(VM *vm, ListObj *list, StrObj *s, size_t limit)
{
    const char *end = s->data + s->size, *at = skip_spaces(s->data, end);
    while (at < end) {
        if (!limit--) return add(vm, list, s, at, end);     // with the whitespace at its end
        const char *from = at, *next = at;
        while (at < end && !is_space(asy_utf8_next(&next))) at = next;
        if (!add(vm, list, s, from, at)) return false;
        at = skip_spaces(at, end);
    }
    return true;
}

static bool rsplit_words(VM *vm, ListObj *list, StrObj *s, size_t limit)
{
    const char *begin = s->data, *at = skip_spaces_back(begin, begin + s->size);
    while (at > begin) {
        if (!limit--) return add(vm, list, s, begin, at);
        const char *to = at, *last = at;
        while (at > begin && !is_space(asy_utf8_prev(&last))) at = last;
        if (!add(vm, list, s, at, to)) return false;
        at = skip_spaces_back(begin, at);
    }
    return true;
}

static bool split_at(VM *vm, ListObj *list, StrObj *s, const StrObj *sep, size_t limit)
{
    const char *at = s->data, *end = at + s->size;
    for (; limit; limit--) {
        ssize_t found = asy_search_find(at, (size_t)(end - at), sep->data, sep->size);
        if (found < 0) break;
        if (!add(vm, list, s, at, at + found)) return false;
        at += (size_t)found + sep->size;
    }
    return add(vm, list, s, at, end);
}

static bool rsplit_at(VM *vm, ListObj *list, StrObj *s, const StrObj *sep, size_t limit)
{
    const char *begin = s->data, *end = begin + s->size;
    for (; limit; limit--) {
        ssize_t found = asy_search_rfind(begin, (size_t)(end - begin), sep->data, sep->size);
        if (found < 0) break;
        if (!add(vm, list, s, begin + found + sep->size, end)) return false;
        end = begin + found;
    }
    return add(vm, list, s, begin, end);
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
    StrObj *s = asy_as_str(a.self);
    const StrObj *sep = NULL;
    int64_t limit = -1;
    if (!asy_arg_i64(vm, a.v[1], &limit)) return ASY_ERR;
    if (!asy_is_nil(a.v[0]) && !asy_is_none(a.v[0])) {
        if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "must be str or None, not %.100T", a.v[0]);
        sep = asy_as_str(a.v[0]);
        if (!sep->size) return asy_raise(vm, EXC_ValueError, "empty separator");
    }
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return ASY_ERR;
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    bool ok;
    if (sep) ok = from_right ? rsplit_at(vm, list, s, sep, max) : split_at(vm, list, s, sep, max);
    else ok = from_right ? rsplit_words(vm, list, s, max) : split_words(vm, list, s, max);
    if (!ok) {
        asy_release_obj(vm, list);
        return ASY_ERR;
    }
    if (from_right) reverse(list);
    return asy_from_obj(list);
}

Value asy_str_split(VM *vm, Args a) { return split(vm, a, false); }
Value asy_str_rsplit(VM *vm, Args a) { return split(vm, a, true); }

Value asy_str_splitlines(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self);
    bool keep = false;
    if (!asy_arg_bool(vm, a.v[0], &keep)) return ASY_ERR;
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return ASY_ERR;
    const char *from = s->data, *end = from + s->size;
    while (from < end) {
        const char *at = from, *stop = end, *next = end;
        while (at < end) {
            stop = at;
            uint32_t c = asy_utf8_next(&at);
            if (asy_unicode_is_line_break(c)) {
                next = at;
                if (c == '\r' && next < end && *next == '\n') next++;
                break;
            }
            stop = at;
        }
        if (!add(vm, list, s, from, keep ? next : stop)) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
        from = next;
    }
    return asy_from_obj(list);
}

static Value partition(VM *vm, Args a, bool last)
{
    StrObj *s = asy_as_str(a.self);
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "must be str, not %.100T", a.v[0]);
    StrObj *sep = asy_as_str(a.v[0]);
    if (!sep->size) return asy_raise(vm, EXC_ValueError, "empty separator");
    ssize_t found = last ? asy_search_rfind(s->data, s->size, sep->data, sep->size) : asy_search_find(s->data, s->size, sep->data, sep->size);
    size_t cut = found < 0 ? (last ? 0 : s->size) : (size_t)found, width = found < 0 ? 0 : sep->size;
    StrObj *before = asy_str_slice_bytes(vm, s, 0, cut);
    StrObj *between = before ? (width ? asy_retain_obj(sep) : asy_str_new(vm, "", 0)) : NULL;
    StrObj *after = between ? asy_str_slice_bytes(vm, s, cut + width, s->size) : NULL;
    Value result = after ? asy_tuple_pack(vm, 3, asy_from_obj(before), asy_from_obj(between), asy_from_obj(after)) : ASY_ERR;
    asy_release_obj(vm, before);
    asy_release_obj(vm, between);
    asy_release_obj(vm, after);
    return result;
}

Value asy_str_partition(VM *vm, Args a) { return partition(vm, a, false); }
Value asy_str_rpartition(VM *vm, Args a) { return partition(vm, a, true); }

// ---- join ----

// Between here and the end nothing runs script, so the items may belong to a list.
static Value join_items(VM *vm, const StrObj *sep, const Value *items, size_t count)
{
    if (!count) return asy_str_or_err(asy_str_new(vm, "", 0));
    size_t size = 0;
    uint32_t all = sep->head.flags, any = count > 1 ? sep->head.flags : 0;
    if (count == 1) all = STR_ASCII;
    for (size_t i = 0; i < count; i++) {
        if (!asy_is_str(vm, items[i])) {
            return asy_raise(vm, EXC_TypeError, "sequence item %zu: expected str instance, %.80T found", i, items[i]);
        }
        const StrObj *s = asy_as_str(items[i]);
        all &= s->head.flags;
        any |= s->head.flags;
        size += s->size + (i ? sep->size : 0);
        if (size > PTRDIFF_MAX) return asy_raise(vm, EXC_OverflowError, "join() result is too long for a Python string");
    }
    if (count == 1) return asy_str_or_err(asy_str_exact(vm, asy_as_str(items[0])));
    if (size < 3) {             // may be one of the shared strings
        char text[4];
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            const StrObj *s = asy_as_str(items[i]);
            if (i) memcpy(text + at, sep->data, sep->size), at += sep->size;
            memcpy(text + at, s->data, s->size), at += s->size;
        }
        return asy_str_or_err(asy_str_make(vm, text, size, (all & STR_ASCII) | (any & STR_SURROGATES)));
    }
    StrObj *result = asy_str_alloc(vm, size, (all & STR_ASCII) | (any & STR_SURROGATES));
    if (!result) return ASY_ERR;
    char *to = result->data;
    for (size_t i = 0; i < count; i++) {
        const StrObj *s = asy_as_str(items[i]);
        if (i && sep->size == 1) *to++ = sep->data[0];
        else if (i) memcpy(to, sep->data, sep->size), to += sep->size;
        memcpy(to, s->data, s->size), to += s->size;
    }
    return asy_from_obj(result);
}

Value asy_str_join(VM *vm, Args a)
{
    const StrObj *sep = asy_as_str(a.self);
    Value v = a.v[0];
    if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.list) return join_items(vm, sep, asy_as_list(v)->items, asy_as_list(v)->size);
    if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.tuple) return join_items(vm, sep, asy_as_tuple(v)->items, asy_as_tuple(v)->size);
    if (!asy_is_obj(v) || (!asy_as_obj(v)->type->slots.iter && !asy_as_obj(v)->type->slots.getitem)) {
        return asy_raise(vm, EXC_TypeError, "can only join an iterable");
    }
    ListObj *list = asy_to_list(vm, v);
    if (!list) return ASY_ERR;
    Value result = join_items(vm, sep, list->items, list->size);
    asy_release_obj(vm, list);
    return result;
}
