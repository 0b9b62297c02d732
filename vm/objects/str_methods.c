// Methods of str: searching, replacing, trimming, padding, and the table of all methods. Splitting and
// joining are in str_split.c, case in str_case.c, translate in str_translate.c, format in str_format.c.
//
// Searching works on the UTF-8 bytes: a valid needle only ever matches at whole characters. Arguments
// are read (which may run script) before anything else; strings themselves never change.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/codecs.h"
#include "vm/objects/list.h"
#include "vm/objects/search.h"
#include "vm/objects/slice.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

// ---- find, count, index ----

// A search's bytes [from, to) for its arguments start and end (v[1], v[2]). *empty: start is behind the
// end, where not even "" is found.
static bool window_cut(VM *vm, StrObj *s, const Value *v, size_t *from, size_t *to, bool *empty)
{
    int64_t start = 0, end = INT64_MAX;
    if (!asy_slice_index(vm, v[1], &start) || !asy_slice_index(vm, v[2], &end)) return false;
    size_t length = asy_str_length(vm, s);
    asy_slice_clip(&start, &end, length);
    *empty = start > end || start > (int64_t)length;
    if (*empty) return true;
    *from = asy_str_offset(vm, s, (size_t)start);
    *to = asy_str_offset(vm, s, (size_t)end);
    return true;
}

ASY_INLINE bool window_read(VM *vm, StrObj *s, const Value *v, size_t *from, size_t *to, bool *empty)
{
    *from = 0;
    *to = s->size;
    *empty = false;
    return (asy_is_nil(v[1]) && asy_is_nil(v[2])) || window_cut(vm, s, v, from, to, empty);
}

static bool check_str(VM *vm, Value v)
{
    if (asy_is_str(vm, v)) return true;
    asy_raise(vm, EXC_TypeError, "must be str, not %.100T", v);
    return false;
}

// -2: raised; -1: not found; else a code point's number.
static int64_t search(VM *vm, Args a, bool backwards)
{
    StrObj *s = asy_as_str(a.self);
    size_t from, to;
    bool empty;
    if (!check_str(vm, a.v[0]) || !window_read(vm, s, a.v, &from, &to, &empty)) return -2;
    if (empty) return -1;
    const StrObj *sub = asy_as_str(a.v[0]);
    ssize_t at = backwards ? asy_search_rfind(s->data + from, to - from, sub->data, sub->size)
                           : asy_search_find(s->data + from, to - from, sub->data, sub->size);
    return at < 0 ? -1 : (int64_t)asy_str_position(vm, s, from + (size_t)at);
}

static Value found_or_minus(int64_t at) { return at == -2 ? ASY_ERR : asy_from_small(at); }

static Value found_or_raise(VM *vm, int64_t at)
{
    return at == -1 ? asy_raise(vm, EXC_ValueError, "substring not found") : found_or_minus(at);
}

static Value str_find(VM *vm, Args a) { return found_or_minus(search(vm, a, false)); }
static Value str_rfind(VM *vm, Args a) { return found_or_minus(search(vm, a, true)); }
static Value str_index(VM *vm, Args a) { return found_or_raise(vm, search(vm, a, false)); }
static Value str_rindex(VM *vm, Args a) { return found_or_raise(vm, search(vm, a, true)); }

static Value str_count(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self);
    size_t from, to;
    bool empty;
    if (!check_str(vm, a.v[0]) || !window_read(vm, s, a.v, &from, &to, &empty)) return ASY_ERR;
    if (empty) return asy_from_small(0);
    const StrObj *sub = asy_as_str(a.v[0]);
    size_t count = sub->size ? asy_search_count(s->data + from, to - from, sub->data, sub->size, SIZE_MAX)
                             : asy_utf8_count(s->data + from, to - from) + 1;
    return asy_from_small((int64_t)count);
}

// ---- startswith, endswith ----

static bool affix_matches(const char *from, size_t size, const StrObj *affix, bool at_end)
{
    if (affix->size > size) return false;
    return asy_text_equal(at_end ? from + size - affix->size : from, affix->data, affix->size);
}

static Value affix_test(VM *vm, Args a, bool at_end)
{
    StrObj *s = asy_as_str(a.self);
    const char *name = at_end ? "endswith" : "startswith";
    size_t from, to;
    bool empty;
    if (!window_read(vm, s, a.v, &from, &to, &empty)) return ASY_ERR;
    if (asy_is_str(vm, a.v[0])) return asy_from_bool(!empty && affix_matches(s->data + from, to - from, asy_as_str(a.v[0]), at_end));
    if (!asy_is_tuple(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "%s first arg must be str or a tuple of str, not %.100T", name, a.v[0]);
    }
    const TupleObj *all = asy_as_tuple(a.v[0]);
    for (size_t i = 0; i < all->size; i++) {
        if (!asy_is_str(vm, all->items[i])) {
            return asy_raise(vm, EXC_TypeError, "tuple for %s must only contain str, not %.100T", name, all->items[i]);
        }
        if (!empty && affix_matches(s->data + from, to - from, asy_as_str(all->items[i]), at_end)) return ASY_TRUE;
    }
    return ASY_FALSE;
}

static Value str_startswith(VM *vm, Args a) { return affix_test(vm, a, false); }
static Value str_endswith(VM *vm, Args a) { return affix_test(vm, a, true); }

static Value remove_affix(VM *vm, Args a, const char *what, bool at_end)
{
    StrObj *s = asy_as_str(a.self), *affix;
    if (!asy_arg_str(vm, a.v[0], what, &affix)) return ASY_ERR;
    if (!affix_matches(s->data, s->size, affix, at_end)) return asy_str_or_err(asy_str_exact(vm, s));
    return asy_str_or_err(at_end ? asy_str_slice_bytes(vm, s, 0, s->size - affix->size) : asy_str_slice_bytes(vm, s, affix->size, s->size));
}

static Value str_removeprefix(VM *vm, Args a) { return remove_affix(vm, a, "removeprefix() argument", false); }
static Value str_removesuffix(VM *vm, Args a) { return remove_affix(vm, a, "removesuffix() argument", true); }

// ---- replace ----

// "" is replaced between all characters and at both ends.
static StrObj *replace_empty(VM *vm, const StrObj *s, const StrObj *new, size_t limit)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    const char *at = s->data, *end = at + s->size;
    bool ok = true;
    for (; ok && limit; limit--) {
        ok = asy_builder_str(&out, new);
        if (at == end) break;
        const char *from = at;
        (void)asy_utf8_next(&at);
        ok = ok && asy_builder_bytes(&out, from, (size_t)(at - from));
    }
    ok = ok && asy_builder_bytes(&out, at, (size_t)(end - at));
    if (ok) return asy_builder_finish(&out);
    asy_builder_free(&out);
    return NULL;
}

// One byte by another, everywhere.
static StrObj *replace_byte(VM *vm, StrObj *s, char old, char new)
{
    size_t size = s->size;
    if (!memchr(s->data, old, size)) return asy_str_exact(vm, s);
    if (size == 1) return asy_str_from_char(vm, (unsigned char)new);
    StrObj *result = asy_str_alloc(vm, size, s->head.flags & STR_TEXT_FLAGS);
    if (!result) return NULL;
    const char *from = s->data;
    char *restrict to = result->data;
    for (size_t i = 0; i < size; i++) to[i] = from[i] == old ? new : from[i];
    return result;
}

enum { PLACES_MAX = 128 };

// Where `old` stands: the first of them in `places`, and how many there are.
static size_t find_all(const StrObj *s, const StrObj *old, size_t limit, size_t places[PLACES_MAX])
{
    size_t count = 0, at = 0;
    while (count < limit) {
        ssize_t found = asy_search_find(s->data + at, s->size - at, old->data, old->size);
        if (found < 0) return count;
        if (count == PLACES_MAX) return count + asy_search_count(s->data + at, s->size - at, old->data, old->size, limit - count);
        places[count++] = at + (size_t)found;
        at += (size_t)found + old->size;
    }
    return count;
}

static StrObj *replace(VM *vm, StrObj *s, const StrObj *old, const StrObj *new, size_t limit)
{
    if (!limit || (!old->size && !new->size)) return asy_str_exact(vm, s);
    if (!old->size) return replace_empty(vm, s, new, limit);
    if (old->size == 1 && new->size == 1 && limit >= s->size) return replace_byte(vm, s, old->data[0], new->data[0]);
    size_t places[PLACES_MAX];
    size_t count = find_all(s, old, limit, places);
    if (!count) return asy_str_exact(vm, s);
    if (new->size > old->size && count > ((size_t)PTRDIFF_MAX - s->size) / (new->size - old->size)) {
        asy_raise(vm, EXC_OverflowError, "replace string is too long");
        return NULL;
    }
    size_t size = s->size - count * old->size + count * new->size;
    if (!size) return asy_retain_obj(asy_name(vm, empty));
    // What is left and what comes in decide; if non-ASCII text was replaced, look again at the end.
    uint32_t ascii = s->head.flags & new->head.flags & STR_ASCII;
    char few[4];
    StrObj *result = size > sizeof few ? asy_str_alloc(vm, size, ascii) : NULL;
    if (size > sizeof few && !result) return NULL;
    const char *from = s->data, *end = s->data + s->size;
    char *to = result ? result->data : few;
    for (size_t i = 0; i < count; i++) {
        size_t plain = i < PLACES_MAX ? places[i] - (size_t)(from - s->data)
                                      : (size_t)asy_search_find(from, (size_t)(end - from), old->data, old->size);
        asy_str_copy_text(to, from, plain);
        asy_str_copy_text(to + plain, new->data, new->size);
        to += plain + new->size;
        from += plain + old->size;
    }
    asy_str_copy_text(to, from, (size_t)(end - from));
    if (!result) return asy_str_new(vm, few, size);
    if (!ascii) result->head.flags |= asy_str_scan(result->data, size, false);
    return result;
}

static Value str_replace(VM *vm, Args a)
{
    StrObj *old, *new;
    int64_t limit = -1;
    if (!asy_arg_str(vm, a.v[0], "replace() argument 1", &old) || !asy_arg_str(vm, a.v[1], "replace() argument 2", &new)) return ASY_ERR;
    if (!asy_arg_i64(vm, a.v[2], &limit)) return ASY_ERR;
    return asy_str_or_err(replace(vm, asy_as_str(a.self), old, new, limit < 0 ? SIZE_MAX : (size_t)limit));
}

// ---- strip ----

const bool asy_str_space[256] = { ['\t' ... '\r'] = true, [0x1C ... 0x1F] = true, [' '] = true };

// Whether strip takes away this character, which stands at [at, at + size).
static bool is_stripped(const StrObj *chars, uint32_t c, const char *at, size_t size)
{
    if (!chars) return asy_unicode_is_space(c);
    return asy_search_find(chars->data, chars->size, at, size) >= 0;
}

static bool is_stripped_byte(const StrObj *chars, char c)
{
    if (!chars) return asy_str_space[(unsigned char)c];
    for (size_t i = 0; i < chars->size; i++)
        if (chars->data[i] == c) return true;
    return false;
}

static Value strip(VM *vm, Args a, const char *name, bool left, bool right)
{
    StrObj *s = asy_as_str(a.self);
    const StrObj *chars = NULL;
    if (!asy_is_nil(a.v[0]) && !asy_is_none(a.v[0])) {
        if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "%s arg must be None or str", name);
        chars = asy_as_str(a.v[0]);
    }
    const char *from = s->data, *to = s->data + s->size;
    if (asy_str_is_ascii(s)) {
        while (left && from < to && is_stripped_byte(chars, *from)) from++;
        while (right && to > from && is_stripped_byte(chars, to[-1])) to--;
        return asy_str_or_err(asy_str_slice_bytes(vm, s, (size_t)(from - s->data), (size_t)(to - s->data)));
    }
    while (left && from < to) {
        const char *next = from;
        uint32_t c = asy_utf8_next(&next);
        if (!is_stripped(chars, c, from, (size_t)(next - from))) break;
        from = next;
    }
    while (right && to > from) {
        const char *last = to;
        uint32_t c = asy_utf8_prev(&last);
        if (!is_stripped(chars, c, last, (size_t)(to - last))) break;
        to = last;
    }
    return asy_str_or_err(asy_str_slice_bytes(vm, s, (size_t)(from - s->data), (size_t)(to - s->data)));
}

static Value str_strip(VM *vm, Args a) { return strip(vm, a, "strip", true, true); }
static Value str_lstrip(VM *vm, Args a) { return strip(vm, a, "lstrip", true, false); }
static Value str_rstrip(VM *vm, Args a) { return strip(vm, a, "rstrip", false, true); }

// ---- padding ----

static Value padded(VM *vm, StrObj *s, size_t left, size_t right, uint32_t fill)
{
    if (!left && !right) return asy_str_or_err(asy_str_exact(vm, s));
    if (fill < 0x80 && s->size && left < PTRDIFF_MAX / 4 && right < PTRDIFF_MAX / 4) {
        StrObj *result = asy_str_alloc(vm, left + s->size + right, s->head.flags & STR_TEXT_FLAGS);
        if (!result) return ASY_ERR;
        memset(result->data, (int)fill, left);
        memcpy(result->data + left, s->data, s->size);
        memset(result->data + left + s->size, (int)fill, right);
        return asy_from_obj(result);
    }
    StrBuilder out;
    asy_builder_init(&out, vm);
    if (asy_builder_fill(&out, fill, left) && asy_builder_str(&out, s) && asy_builder_fill(&out, fill, right)) {
        return asy_str_or_err(asy_builder_finish(&out));
    }
    asy_builder_free(&out);
    return ASY_ERR;
}

// (width, fillchar): the characters missing to the width, or -1.
static int64_t pad_read(VM *vm, Args a, uint32_t *fill)
{
    int64_t width;
    *fill = ' ';
    if (!asy_arg_i64(vm, a.v[0], &width)) return -1;
    if (!asy_is_nil(a.v[1])) {
        if (!asy_is_str(vm, a.v[1])) {
            asy_raise(vm, EXC_TypeError, "The fill character must be a unicode character, not %.100T", a.v[1]);
            return -1;
        }
        if (asy_str_length(vm, asy_as_str(a.v[1])) != 1) {
            asy_raise(vm, EXC_TypeError, "The fill character must be exactly one character long");
            return -1;
        }
        *fill = asy_str_char_at(vm, asy_as_str(a.v[1]), 0);
    }
    int64_t length = (int64_t)asy_str_length(vm, asy_as_str(a.self));
    return width > length ? width - length : 0;
}

static Value str_ljust(VM *vm, Args a)
{
    uint32_t fill;
    int64_t pad = pad_read(vm, a, &fill);
    return pad < 0 ? ASY_ERR : padded(vm, asy_as_str(a.self), 0, (size_t)pad, fill);
}

static Value str_rjust(VM *vm, Args a)
{
    uint32_t fill;
    int64_t pad = pad_read(vm, a, &fill);
    return pad < 0 ? ASY_ERR : padded(vm, asy_as_str(a.self), (size_t)pad, 0, fill);
}

static Value str_center(VM *vm, Args a)
{
    uint32_t fill;
    int64_t pad = pad_read(vm, a, &fill);
    if (pad < 0) return ASY_ERR;
    int64_t width = pad + (int64_t)asy_str_length(vm, asy_as_str(a.self));
    size_t left = (size_t)(pad / 2 + (pad & width & 1));        // CPython's rounding
    return padded(vm, asy_as_str(a.self), left, (size_t)pad - left, fill);
}

static Value str_zfill(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self);
    int64_t width;
    if (!asy_arg_i64(vm, a.v[0], &width)) return ASY_ERR;
    int64_t length = (int64_t)asy_str_length(vm, s);
    if (width <= length) return asy_str_or_err(asy_str_exact(vm, s));
    Value filled = padded(vm, s, (size_t)(width - length), 0, '0');
    if (asy_is_err(filled) || !s->size || (s->data[0] != '+' && s->data[0] != '-')) return filled;
    char *text = asy_as_str(filled)->data;      // nobody has seen it: the sign goes to the front
    text[width - length] = '0';
    text[0] = s->data[0];
    return filled;
}

static Value str_expandtabs(VM *vm, Args a)
{
    const StrObj *s = asy_as_str(a.self);
    int64_t tab = 8, column = 0;
    if (!asy_arg_i64(vm, a.v[0], &tab)) return ASY_ERR;
    StrBuilder out;
    asy_builder_init(&out, vm);
    const char *at = s->data, *end = at + s->size;
    bool ok = true;
    while (ok && at < end) {
        const char *from = at;
        uint32_t c = asy_utf8_next(&at);
        if (c == '\t') {
            int64_t spaces = tab > 0 ? tab - column % tab : 0;
            ok = asy_builder_fill(&out, ' ', (size_t)spaces);
            column += spaces;
        } else {
            ok = asy_builder_bytes(&out, from, (size_t)(at - from));
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        }
    }
    if (ok) return asy_str_or_err(asy_builder_finish(&out));
    asy_builder_free(&out);
    return ASY_ERR;
}

// ---- encode and the rest ----

static Value str_encode(VM *vm, Args a)
{
    StrObj *encoding = NULL, *errors = NULL;
    if (!asy_arg_str(vm, a.v[0], "encode() argument 'encoding'", &encoding)) return ASY_ERR;
    if (!asy_arg_str(vm, a.v[1], "encode() argument 'errors'", &errors)) return ASY_ERR;
    return asy_codec_encode(vm, asy_as_str(a.self), encoding, errors);
}

static Value str_getnewargs(VM *vm, Args a)
{
    StrObj *s = asy_as_str(a.self), *copy = asy_str_make(vm, s->data, s->size, s->head.flags & (STR_ASCII | STR_SURROGATES));
    if (!copy) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 1, asy_from_obj(copy));
    asy_release_obj(vm, copy);
    return result;
}

static Value str_sizeof(VM *vm, Args a)
{
    const StrObj *s = asy_as_str(a.self);
    (void)vm;
    if (s->head.flags & STR_BRIEF) return asy_from_small((int64_t)(offsetof(StrObj, capacity) + s->size + 1));
    return asy_from_small((int64_t)(sizeof(StrObj) + (s->capacity ? s->capacity : s->size + 1)));
}

#define WINDOW "(sub, start=None, end=None, /)"
const MethodDef asy_str_methods[] = {
    { "capitalize", asy_str_capitalize, "()", 0, "The first character in title case, the rest in lower case." },
    { "casefold", asy_str_casefold, "()", 0, "A version for comparing without regard to case." },
    { "center", str_center, "(width, fillchar=' ', /)", 0, "Centered in a text of `width` characters." },
    { "count", str_count, WINDOW, 0, "S.count(sub[, start[, end]]) -> int\n\nOccurrences that do not overlap." },
    { "encode", str_encode, "(encoding='utf-8', errors='strict')", 0, "The bytes that encode this text." },
    { "endswith", str_endswith, "(suffix, start=None, end=None, /)", 0, "S.endswith(suffix[, start[, end]]) -> bool" },
    { "expandtabs", str_expandtabs, "(tabsize=8)", 0, "Tabs replaced by spaces up to the next tab stop." },
    { "find", str_find, WINDOW, 0, "S.find(sub[, start[, end]]) -> int\n\nThe lowest index, or -1." },
    { "format", asy_str_format, NULL, NATIVE_RAW, "S.format(*args, **kwargs) -> str\n\nReplaces the fields in braces." },
    { "format_map", asy_str_format_map, "(mapping, /)", 0, "S.format_map(mapping) -> str" },
    { "index", str_index, WINDOW, 0, "S.index(sub[, start[, end]]) -> int\n\nAs find, or ValueError." },
    { "isalnum", asy_str_isalnum, "()", 0, NULL },
    { "isalpha", asy_str_isalpha, "()", 0, NULL },
    { "isascii", asy_str_isascii, "()", 0, NULL },
    { "isdecimal", asy_str_isdecimal, "()", 0, NULL },
    { "isdigit", asy_str_isdigit, "()", 0, NULL },
    { "isidentifier", asy_str_isidentifier, "()", 0, "Whether it could be a name in a program." },
    { "islower", asy_str_islower, "()", 0, NULL },
    { "isnumeric", asy_str_isnumeric, "()", 0, NULL },
    { "isprintable", asy_str_isprintable, "()", 0, NULL },
    { "isspace", asy_str_isspace, "()", 0, NULL },
    { "istitle", asy_str_istitle, "()", 0, NULL },
    { "isupper", asy_str_isupper, "()", 0, NULL },
    { "join", asy_str_join, "(iterable, /)", 0, "The strings of an iterable, with this one between them." },
    { "ljust", str_ljust, "(width, fillchar=' ', /)", 0, "Filled up at the right." },
    { "lower", asy_str_lower, "()", 0, "In lower case." },
    { "lstrip", str_lstrip, "(chars=None, /)", 0, "Without leading whitespace or the given characters." },
    { "maketrans", asy_str_maketrans, "(x, y=None, z=None, /)", NATIVE_STATIC, "A table for translate." },
    { "partition", asy_str_partition, "(sep, /)", 0, "(before, sep, after) of its first occurrence." },
    { "removeprefix", str_removeprefix, "(prefix, /)", 0, NULL },
    { "removesuffix", str_removesuffix, "(suffix, /)", 0, NULL },
    { "replace", str_replace, "(old, new, count=-1, /)", 0, "With `old` replaced by `new`, at most `count` times." },
    { "rfind", str_rfind, WINDOW, 0, "S.rfind(sub[, start[, end]]) -> int\n\nThe highest index, or -1." },
    { "rindex", str_rindex, WINDOW, 0, "S.rindex(sub[, start[, end]]) -> int\n\nAs rfind, or ValueError." },
    { "rjust", str_rjust, "(width, fillchar=' ', /)", 0, "Filled up at the left." },
    { "rpartition", asy_str_rpartition, "(sep, /)", 0, "(before, sep, after) of its last occurrence." },
    { "rsplit", asy_str_rsplit, "(sep=None, maxsplit=-1)", 0, "Parts between separators, counted from the right." },
    { "rstrip", str_rstrip, "(chars=None, /)", 0, "Without trailing whitespace or the given characters." },
    { "split", asy_str_split, "(sep=None, maxsplit=-1)", 0, "Parts between separators; by default, words." },
    { "splitlines", asy_str_splitlines, "(keepends=False)", 0, "Lines." },
    { "startswith", str_startswith, "(prefix, start=None, end=None, /)", 0, "S.startswith(prefix[, start[, end]]) -> bool" },
    { "strip", str_strip, "(chars=None, /)", 0, "Without leading and trailing whitespace or the given characters." },
    { "swapcase", asy_str_swapcase, "()", 0, NULL },
    { "title", asy_str_title, "()", 0, "Every word with its first letter in title case." },
    { "translate", asy_str_translate, "(table, /)", 0, "Each character replaced by what table[ord(c)] says." },
    { "upper", asy_str_upper, "()", 0, "In upper case." },
    { "zfill", str_zfill, "(width, /)", 0, "Filled up with zeros behind the sign." },
    { "__format__", asy_str_format_spec, "(format_spec, /)", 0, NULL },
    { "__getnewargs__", str_getnewargs, "()", 0, NULL },
    { "__sizeof__", str_sizeof, "()", 0, NULL },
    { 0 },
};
