// Cutting and joining text: split, rsplit, splitlines, partition, join.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/parts.h"
#include "vm/objects/search.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

// The text [from, to) of `s` as one more part.
ASY_INLINE bool add(Parts *parts, StrObj *s, const char *from, const char *to)
{
    VM *vm = parts->vm;
    size_t size = (size_t)(to - from);
    StrObj *part;
    if (asy_str_is_ascii(s) && size < s->size) part = asy_str_make(vm, from, size, STR_ASCII);
    else part = asy_str_slice_bytes(vm, s, (size_t)(from - s->data), (size_t)(to - s->data));
    return asy_parts_add(parts, asy_str_or_err(part));
}

// ---- split ----

static bool is_space(uint32_t c)
{
    if (ASY_LIKELY(c < 0x80)) return asy_str_space[c];
    return asy_unicode_is_space(c);
}

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

// The end of the word that begins at `at`. A lead byte of other characters may begin a space.
static const char *word_end(const char *at, const char *end)
{
    while (at < end) {
        unsigned char c = (unsigned char)*at;
        if (ASY_LIKELY(c < 0x80)) {
            if (asy_str_space[c]) break;
            at++;
            continue;
        }
        const char *next = at;
        if (asy_unicode_is_space(asy_utf8_next(&next))) break;
        at = next;
    }
    return at;
}

static bool split_ascii_words(Parts *parts, StrObj *s, size_t limit)
{
    const char *end = s->data + s->size, *at = s->data;
    for (;;) {
        while (at < end && asy_str_space[(unsigned char)*at]) at++;
        if (at == end) return true;
        if (!limit--) return add(parts, s, at, end);    // with the whitespace at its end
        const char *from = at++;
        while (at < end && !asy_str_space[(unsigned char)*at]) at++;
        if (!add(parts, s, from, at)) return false;
    }
}

static bool split_words(Parts *parts, StrObj *s, size_t limit)
{
    const char *end = s->data + s->size, *at = skip_spaces(s->data, end);
    while (at < end) {
        if (!limit--) return add(parts, s, at, end);
        const char *from = at;
        at = word_end(at, end);
        if (!add(parts, s, from, at)) return false;
        at = skip_spaces(at, end);
    }
    return true;
}

static bool rsplit_words(Parts *parts, StrObj *s, size_t limit)
{
    const char *begin = s->data, *at = skip_spaces_back(begin, begin + s->size);
    while (at > begin) {
        if (!limit--) return add(parts, s, begin, at);
        const char *to = at, *last = at;
        while (at > begin && !is_space(asy_utf8_prev(&last))) at = last;
        if (!add(parts, s, at, to)) return false;
        at = skip_spaces_back(begin, at);
    }
    return true;
}

static bool split_at_byte(Parts *parts, StrObj *s, char sep, size_t limit)
{
    const char *at = s->data, *end = at + s->size;
    for (; limit; limit--) {
        const char *found = asy_search_byte(at, end, (unsigned char)sep);
        if (found == end) break;
        if (!add(parts, s, at, found)) return false;
        at = found + 1;
    }
    return add(parts, s, at, end);
}

static bool split_at(Parts *parts, StrObj *s, const StrObj *sep, size_t limit)
{
    if (sep->size == 1) return split_at_byte(parts, s, sep->data[0], limit);
    const char *at = s->data, *end = at + s->size;
    for (; limit; limit--) {
        ssize_t found = asy_search_find(at, (size_t)(end - at), sep->data, sep->size);
        if (found < 0) break;
        if (!add(parts, s, at, at + found)) return false;
        at += (size_t)found + sep->size;
    }
    return add(parts, s, at, end);
}

static bool rsplit_at(Parts *parts, StrObj *s, const StrObj *sep, size_t limit)
{
    const char *begin = s->data, *end = begin + s->size;
    for (; limit; limit--) {
        ssize_t found = asy_search_rfind(begin, (size_t)(end - begin), sep->data, sep->size);
        if (found < 0) break;
        if (!add(parts, s, begin + found + sep->size, end)) return false;
        end = begin + found;
    }
    return add(parts, s, begin, end);
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
    Parts parts;
    asy_parts_init(&parts, vm);
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    bool ok;
    if (sep) ok = from_right ? rsplit_at(&parts, s, sep, max) : split_at(&parts, s, sep, max);
    else if (from_right) ok = rsplit_words(&parts, s, max);
    else ok = asy_str_is_ascii(s) ? split_ascii_words(&parts, s, max) : split_words(&parts, s, max);
    if (ok) return from_right ? asy_parts_finish_reversed(&parts) : asy_parts_finish(&parts);
    asy_parts_free(&parts);
    return ASY_ERR;
}

Value asy_str_split(VM *vm, Args a) { return split(vm, a, false); }
Value asy_str_rsplit(VM *vm, Args a) { return split(vm, a, true); }

// The next line break at or behind `at`, or `end`. Beyond ASCII these begin with C2 (U+0085) or E2 (U+2028, U+2029).
static const char *find_break(const char *at, const char *end, bool ascii)
{
    for (;; at++) {
        at = ascii ? asy_search_below(at, end, 0x20) : asy_search_below_or_above(at, end, 0x20, 0x7F);
        if (at == end) return end;
        unsigned char c = (unsigned char)*at;
        if (c < 0x20) {
            if (asy_unicode_is_line_break(c)) return at;
            continue;
        }
        const char *next = at;
        if ((c == 0xC2 || c == 0xE2) && asy_unicode_is_line_break(asy_utf8_next(&next))) return at;
    }
}

Value asy_str_splitlines(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self);
    bool keep = false;
    if (!asy_arg_bool(vm, a.v[0], &keep)) return ASY_ERR;
    Parts parts;
    asy_parts_init(&parts, vm);
    const char *from = s->data, *end = from + s->size;
    while (from < end) {
        const char *stop = find_break(from, end, asy_str_is_ascii(s)), *next = stop;
        if (stop < end && asy_utf8_next(&next) == '\r' && next < end && *next == '\n') next++;
        if (!add(&parts, s, from, keep ? next : stop)) {
            asy_parts_free(&parts);
            return ASY_ERR;
        }
        from = next;
    }
    return asy_parts_finish(&parts);
}

static Value partition(VM *vm, Args a, bool last)
{
    StrObj *s = asy_as_str(a.self);
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "must be str, not %.100T", a.v[0]);
    StrObj *sep = asy_as_str(a.v[0]);
    if (!sep->size) return asy_raise(vm, EXC_ValueError, "empty separator");
    ssize_t found = last ? asy_search_rfind(s->data, s->size, sep->data, sep->size) : asy_search_find(s->data, s->size, sep->data, sep->size);
    size_t cut = found < 0 ? (last ? 0 : s->size) : (size_t)found, width = found < 0 ? 0 : sep->size;
    TupleObj *result = asy_tuple_alloc(vm, 3);
    if (!result) return ASY_ERR;
    StrObj *before = asy_str_slice_bytes(vm, s, 0, cut);
    StrObj *between = before ? asy_retain_obj(width ? sep : asy_name(vm, empty)) : NULL;
    StrObj *after = between ? asy_str_slice_bytes(vm, s, cut + width, s->size) : NULL;
    if (before) result->items[0] = asy_from_obj(before);
    if (between) result->items[1] = asy_from_obj(between);
    if (after) {
        result->items[2] = asy_from_obj(after);
        return asy_from_obj(result);
    }
    asy_release_obj(vm, result);
    return ASY_ERR;
}

Value asy_str_partition(VM *vm, Args a) { return partition(vm, a, false); }
Value asy_str_rpartition(VM *vm, Args a) { return partition(vm, a, true); }

// ---- characters ----

bool asy_str_chars(VM *vm, StrObj *s, ListObj *list)
{
    size_t n = asy_str_length(vm, s);
    if (!asy_list_reserve(vm, list, list->size + n)) return false;
    const char *at = s->data;
    for (size_t i = 0; i < n; i++) {
        StrObj *one = asy_str_from_char(vm, asy_utf8_next(&at));
        if (!one) return false;
        list->items[list->size++] = asy_from_obj(one);
    }
    return true;
}

// ---- join ----

// Between here and the end nothing runs script, so the items may belong to a list.
static Value join_items(VM *vm, const StrObj *sep, const Value *items, size_t count)
{
    if (!count) return asy_retain(asy_from_obj(asy_name(vm, empty)));
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
        if (i) asy_str_copy_text(to, sep->data, sep->size), to += sep->size;
        asy_str_copy_text(to, s->data, s->size), to += s->size;
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
