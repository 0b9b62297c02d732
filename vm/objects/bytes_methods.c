// Methods of bytes and bytearray; those that split and join are in bytes_split.c.
//
// Arguments are read first, into views that keep a bytearray from moving; the receiver's own span is
// taken after that, when no more script can run.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes_impl.h"
#include "vm/objects/codecs.h"
#include "vm/objects/list.h"
#include "vm/objects/search.h"
#include "vm/objects/slice.h"
#include "vm/objects/str_impl.h"

static bool is_exact_bytes(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == vm->types.bytes; }

// Part of the receiver's span as a result: the receiver itself if that is all of an exact bytes.
static Value part(VM *vm, Value self, const uint8_t *from, size_t size)
{
    if (is_exact_bytes(vm, self) && size == asy_as_bytes(self)->size) return asy_retain(self);
    return asy_bytes_like_new(vm, self, from, size);
}

static Value finish_like(VM *vm, Value like, BytesBuilder *b)
{
    Value result = asy_bytes_like_new(vm, like, b->data ? b->data : (const uint8_t *)"", b->size);
    asy_bytes_builder_free(b);
    return result;
}

// ---- find, count, index, replace ----

// What is searched for: a byte, or a view.
typedef struct Needle {
    BufferView view;            // owner NIL: a single byte
    uint8_t byte;
    const uint8_t *data;
    size_t size;
} Needle;

static bool needle_read(VM *vm, Value v, Needle *n)
{
    n->view.owner = ASY_NIL;
    if (asy_has_buffer(vm, v)) {
        if (!asy_get_buffer(vm, v, &n->view)) return false;
        n->data = n->view.data;
        n->size = n->view.size;
        return true;
    }
    if (!asy_is_int(v) && !asy_is_bool(v) && !asy_type_of(vm, v)->slots.index) {
        asy_raise(vm, EXC_TypeError, "argument should be integer or bytes-like object, not '%.200T'", v);
        return false;
    }
    if (!asy_byte_of(vm, v, "byte must be in range(0, 256)", &n->byte)) return false;
    n->data = &n->byte;
    n->size = 1;
    return true;
}

static void needle_release(VM *vm, Needle *n)
{
    if (!asy_is_nil(n->view.owner)) asy_release_buffer(vm, &n->view);
}

// Arguments (sub, start, end) of a search. On success the window of the receiver that is searched; `empty`
// if start is behind the end, where not even an empty needle is found.
static bool search_read(VM *vm, Args a, Needle *n, Span *window, size_t *offset, bool *empty)
{
    int64_t start = 0, end = INT64_MAX;
    if (!asy_slice_index(vm, a.v[1], &start) || !asy_slice_index(vm, a.v[2], &end) || !needle_read(vm, a.v[0], n)) return false;
    Span s = asy_bytes_span(vm, a.self);
    asy_slice_clip(&start, &end, s.size);
    *empty = start > end;
    *offset = (size_t)start;
    *window = *empty ? (Span){ s.data, 0 } : (Span){ s.data + start, (size_t)(end - start) };
    return true;
}

// -2: raised; -1: not found.
static int64_t search(VM *vm, Args a, bool backwards)
{
    Needle n;
    Span w;
    size_t offset;
    bool empty;
    if (!search_read(vm, a, &n, &w, &offset, &empty)) return -2;
    ssize_t at = -1;
    if (!empty) at = backwards ? asy_search_rfind(w.data, w.size, n.data, n.size) : asy_search_find(w.data, w.size, n.data, n.size);
    needle_release(vm, &n);
    return at < 0 ? -1 : (int64_t)offset + at;
}

static Value found_or_minus(int64_t at) { return at == -2 ? ASY_ERR : asy_from_small(at); }

static Value found_or_raise(VM *vm, int64_t at)
{
    return at == -1 ? asy_raise(vm, EXC_ValueError, "subsection not found") : found_or_minus(at);
}

static Value bytes_find(VM *vm, Args a) { return found_or_minus(search(vm, a, false)); }
static Value bytes_rfind(VM *vm, Args a) { return found_or_minus(search(vm, a, true)); }
static Value bytes_index(VM *vm, Args a) { return found_or_raise(vm, search(vm, a, false)); }
static Value bytes_rindex(VM *vm, Args a) { return found_or_raise(vm, search(vm, a, true)); }

static Value bytes_count(VM *vm, Args a)
{
    Needle n;
    Span w;
    size_t offset;
    bool empty;
    if (!search_read(vm, a, &n, &w, &offset, &empty)) return ASY_ERR;
    size_t count = empty ? 0 : n.size ? asy_search_count(w.data, w.size, n.data, n.size, SIZE_MAX) : w.size + 1;
    needle_release(vm, &n);
    return asy_from_small((int64_t)count);
}

// Where new bytes of known number come from old ones that stand in `s`: a byte by a byte, or the same from the places
// found again. ERR: raised; NIL: nothing to replace.
static Value replace_all(VM *vm, Value self, Span s, Span old, Span new, size_t limit)
{
    size_t count = asy_search_count(s.data, s.size, old.data, old.size, limit);
    if (!count) return ASY_NIL;
    if (new.size > old.size && count > (PTRDIFF_MAX - s.size) / (new.size - old.size)) {
        return asy_raise(vm, EXC_OverflowError, "replace bytes is too long");
    }
    uint8_t *to;
    Value result = asy_bytes_like_alloc(vm, self, s.size - count * old.size + count * new.size, &to);
    if (asy_is_err(result)) return result;
    if (old.size == 1 && new.size == 1 && limit >= s.size) {
        uint8_t from = old.data[0], by = new.data[0];
        for (size_t i = 0; i < s.size; i++) to[i] = s.data[i] == from ? by : s.data[i];
        return result;
    }
    size_t at = 0;
    while (count--) {
        size_t plain = (size_t)asy_search_find(s.data + at, s.size - at, old.data, old.size);
        memcpy(to, s.data + at, plain);
        if (new.size) memcpy(to + plain, new.data, new.size);
        to += plain + new.size;
        at += plain + old.size;
    }
    if (at < s.size) memcpy(to, s.data + at, s.size - at);
    return result;
}

// "" is replaced between all bytes and at both ends.
static bool replace_empty(BytesBuilder *b, Span s, Span new, size_t limit)
{
    size_t at = 0;
    for (; limit && at <= s.size; limit--, at++) {
        if (!asy_bytes_builder_add(b, new.data, new.size)) return false;
        if (at < s.size && !asy_bytes_builder_byte(b, s.data[at])) return false;
    }
    return at >= s.size || asy_bytes_builder_add(b, s.data + at, s.size - at);
}

static Value bytes_replace(VM *vm, Args a)
{
    int64_t limit = -1;
    BufferView old, new;
    if (!asy_arg_size(vm, a.v[2], &limit) || !asy_get_buffer(vm, a.v[0], &old)) return ASY_ERR;
    if (!asy_get_buffer(vm, a.v[1], &new)) {
        asy_release_buffer(vm, &old);
        return ASY_ERR;
    }
    Value result;
    Span s = asy_bytes_span(vm, a.self), from = { old.data, old.size }, to = { new.data, new.size };
    size_t most = limit < 0 ? SIZE_MAX : (size_t)limit;
    if (old.size) {
        result = replace_all(vm, a.self, s, from, to, most);
        if (asy_is_nil(result)) result = part(vm, a.self, s.data, s.size);
    } else {
        BytesBuilder b;
        asy_bytes_builder_init(&b, vm);
        result = replace_empty(&b, s, to, most) ? finish_like(vm, a.self, &b) : ASY_ERR;
        if (asy_is_err(result)) asy_bytes_builder_free(&b);
    }
    asy_release_buffer(vm, &new);
    asy_release_buffer(vm, &old);
    return result;
}

// ---- startswith, endswith, strip, removeprefix ----

// 1, 0, -1 raised.
static int matches_end(VM *vm, Args a, Value affix, bool at_end)
{
    int64_t start = 0, end = INT64_MAX;
    if (!asy_slice_index(vm, a.v[1], &start) || !asy_slice_index(vm, a.v[2], &end)) return -1;
    BufferView view;
    if (!asy_get_buffer(vm, affix, &view)) return -1;
    Span s = asy_bytes_span(vm, a.self);
    asy_slice_clip(&start, &end, s.size);
    int64_t size = (int64_t)view.size;
    bool match = start <= end && end - start >= size && (!size || memcmp(s.data + (at_end ? end - size : start), view.data, view.size) == 0);
    asy_release_buffer(vm, &view);
    return match;
}

static Value affix_test(VM *vm, Args a, bool at_end)
{
    if (asy_is_tuple(vm, a.v[0])) {
        const TupleObj *all = asy_as_tuple(a.v[0]);
        for (size_t i = 0; i < all->size; i++) {
            int match = matches_end(vm, a, all->items[i], at_end);
            if (match) return match < 0 ? ASY_ERR : ASY_TRUE;
        }
        return ASY_FALSE;
    }
    if (!asy_has_buffer(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "%s first arg must be bytes or a tuple of bytes, not %.200T", at_end ? "endswith" : "startswith", a.v[0]);
    }
    int match = matches_end(vm, a, a.v[0], at_end);
    return match < 0 ? ASY_ERR : asy_from_bool(match);
}

static Value bytes_startswith(VM *vm, Args a) { return affix_test(vm, a, false); }
static Value bytes_endswith(VM *vm, Args a) { return affix_test(vm, a, true); }

static Value strip(VM *vm, Args a, bool left, bool right)
{
    static const bool spaces[256] = { ['\t' ... '\r'] = true, [' '] = true };
    bool given[256];
    const bool *in = spaces;
    if (!asy_is_nil(a.v[0]) && !asy_is_none(a.v[0])) {
        memset(given, false, sizeof given);
        in = given;
        BufferView view;
        if (!asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
        for (size_t i = 0; i < view.size; i++) given[view.data[i]] = true;
        asy_release_buffer(vm, &view);
    }
    Span s = asy_bytes_span(vm, a.self);
    size_t from = 0, to = s.size;
    while (left && from < to && in[s.data[from]]) from++;
    while (right && to > from && in[s.data[to - 1]]) to--;
    return part(vm, a.self, s.data + from, to - from);
}

static Value bytes_strip(VM *vm, Args a) { return strip(vm, a, true, true); }
static Value bytes_lstrip(VM *vm, Args a) { return strip(vm, a, true, false); }
static Value bytes_rstrip(VM *vm, Args a) { return strip(vm, a, false, true); }

static Value remove_affix(VM *vm, Args a, bool at_end)
{
    BufferView view;
    if (!asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    Span s = asy_bytes_span(vm, a.self);
    size_t cut = view.size && view.size <= s.size && memcmp(at_end ? s.data + s.size - view.size : s.data, view.data, view.size) == 0 ? view.size : 0;
    asy_release_buffer(vm, &view);
    return part(vm, a.self, at_end ? s.data : s.data + cut, s.size - cut);
}

static Value bytes_removeprefix(VM *vm, Args a) { return remove_affix(vm, a, false); }
static Value bytes_removesuffix(VM *vm, Args a) { return remove_affix(vm, a, true); }

// ---- padding ----

static Value padded(VM *vm, Value self, size_t left, size_t right, uint8_t fill)
{
    Span s = asy_bytes_span(vm, self);
    if (!left && !right) return part(vm, self, s.data, s.size);
    uint8_t *to;
    Value result = asy_bytes_like_alloc(vm, self, left + s.size + right, &to);
    if (asy_is_err(result)) return result;
    memset(to, fill, left);
    if (s.size) memcpy(to + left, s.data, s.size);
    memset(to + left + s.size, fill, right);
    return result;
}

// (width, fillchar): the bytes missing to the width, or -1.
static int64_t pad_read(VM *vm, Args a, const char *name, uint8_t *fill)
{
    int64_t width;
    *fill = ' ';
    if (!asy_arg_i64(vm, a.v[0], &width)) return -1;
    if (!asy_is_nil(a.v[1])) {
        bool like = asy_is_bytes(vm, a.v[1]) || asy_is_bytearray(vm, a.v[1]);
        Span f = like ? asy_bytes_span(vm, a.v[1]) : (Span){ NULL, 0 };
        if (f.size != 1) {
            asy_raise(vm, EXC_TypeError, "%s() argument 2 must be a byte string of length 1, not %T", name, a.v[1]);
            return -1;
        }
        *fill = f.data[0];
    }
    int64_t size = (int64_t)asy_bytes_span(vm, a.self).size;
    return width > size ? width - size : 0;
}

static Value bytes_ljust(VM *vm, Args a)
{
    uint8_t fill;
    int64_t pad = pad_read(vm, a, "ljust", &fill);
    return pad < 0 ? ASY_ERR : padded(vm, a.self, 0, (size_t)pad, fill);
}

static Value bytes_rjust(VM *vm, Args a)
{
    uint8_t fill;
    int64_t pad = pad_read(vm, a, "rjust", &fill);
    return pad < 0 ? ASY_ERR : padded(vm, a.self, (size_t)pad, 0, fill);
}

static Value bytes_center(VM *vm, Args a)
{
    uint8_t fill;
    int64_t pad = pad_read(vm, a, "center", &fill);
    if (pad < 0) return ASY_ERR;
    int64_t width = pad + (int64_t)asy_bytes_span(vm, a.self).size;
    size_t left = (size_t)(pad / 2 + (pad & width & 1));        // CPython's rounding
    return padded(vm, a.self, left, (size_t)pad - left, fill);
}

static Value bytes_zfill(VM *vm, Args a)
{
    int64_t width;
    if (!asy_arg_i64(vm, a.v[0], &width)) return ASY_ERR;
    Span s = asy_bytes_span(vm, a.self);
    if (width <= (int64_t)s.size) return part(vm, a.self, s.data, s.size);
    size_t sign = s.size && (s.data[0] == '+' || s.data[0] == '-');
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    uint8_t *to = asy_bytes_builder_room(&b, (size_t)width);
    if (!to) return ASY_ERR;
    memset(to, '0', (size_t)width);
    if (sign) to[0] = s.data[0];
    if (s.size - sign) memcpy(to + ((size_t)width - (s.size - sign)), s.data + sign, s.size - sign);
    b.size = (size_t)width;
    return finish_like(vm, a.self, &b);
}

static Value bytes_expandtabs(VM *vm, Args a)
{
    int64_t tab = 8, column = 0;
    if (!asy_arg_i64(vm, a.v[0], &tab)) return ASY_ERR;
    Span s = asy_bytes_span(vm, a.self);
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    bool ok = true;
    for (size_t i = 0; ok && i < s.size; i++) {
        uint8_t c = s.data[i];
        if (c == '\t') {
            int64_t spaces = tab > 0 ? tab - column % tab : 0;
            uint8_t *to = asy_bytes_builder_room(&b, (size_t)spaces);
            ok = to != NULL;
            if (ok && spaces) memset(to, ' ', (size_t)spaces);
            b.size += ok ? (size_t)spaces : 0;
            column += spaces;
            continue;
        }
        ok = asy_bytes_builder_byte(&b, c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    if (ok) return finish_like(vm, a.self, &b);
    asy_bytes_builder_free(&b);
    return ASY_ERR;
}

// ---- case and classes: ASCII only ----

static bool is_upper(uint8_t c) { return (uint8_t)(c - 'A') < 26; }
static bool is_lower(uint8_t c) { return (uint8_t)(c - 'a') < 26; }
static bool is_alpha(uint8_t c) { return (uint8_t)((c | 32) - 'a') < 26; }
static bool is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }
static bool is_alnum(uint8_t c) { return is_alpha(c) || is_digit(c); }

// Letters of one case or both change it; capitalize and title put their capitals in afterwards.
static Value flipped(VM *vm, Value self, bool lower, bool upper, uint8_t **out)
{
    Span s = asy_bytes_span(vm, self);
    Value result = asy_bytes_like_alloc(vm, self, s.size, out);
    if (asy_is_err(result)) return result;
    uint8_t *restrict to = *out;
    const uint8_t *from = s.data;
    if (lower && upper) {
        for (size_t i = 0; i < s.size; i++) to[i] = from[i] ^ (uint8_t)(((uint8_t)((from[i] | 32) - 'a') < 26) << 5);
    } else {
        uint8_t first = lower ? 'a' : 'A';
        for (size_t i = 0; i < s.size; i++) to[i] = from[i] ^ (uint8_t)(((uint8_t)(from[i] - first) < 26) << 5);
    }
    return result;
}

static Value bytes_upper(VM *vm, Args a)
{
    uint8_t *to;
    return flipped(vm, a.self, true, false, &to);
}

static Value bytes_lower(VM *vm, Args a)
{
    uint8_t *to;
    return flipped(vm, a.self, false, true, &to);
}

static Value bytes_swapcase(VM *vm, Args a)
{
    uint8_t *to;
    return flipped(vm, a.self, true, true, &to);
}

static Value with_capitals(VM *vm, Value self, bool words)
{
    uint8_t *to;
    Value result = flipped(vm, self, false, true, &to);
    if (asy_is_err(result)) return result;
    size_t size = asy_bytes_span(vm, result).size;
    for (size_t i = 0; i < (words || !size ? size : 1); i++) {
        if (is_lower(to[i]) && (i == 0 || !is_alpha(to[i - 1]))) to[i] ^= 32;
    }
    return result;
}

static Value bytes_capitalize(VM *vm, Args a) { return with_capitals(vm, a.self, false); }
static Value bytes_title(VM *vm, Args a) { return with_capitals(vm, a.self, true); }

static Value all_are(VM *vm, Value self, bool (*is)(uint8_t))
{
    Span s = asy_bytes_span(vm, self);
    for (size_t i = 0; i < s.size; i++) {
        if (!is(s.data[i])) return ASY_FALSE;
    }
    return asy_from_bool(s.size > 0);
}

static Value bytes_isalnum(VM *vm, Args a) { return all_are(vm, a.self, is_alnum); }
static Value bytes_isalpha(VM *vm, Args a) { return all_are(vm, a.self, is_alpha); }
static Value bytes_isdigit(VM *vm, Args a) { return all_are(vm, a.self, is_digit); }
static Value bytes_isspace(VM *vm, Args a) { return all_are(vm, a.self, asy_byte_is_space); }

static Value bytes_isascii(VM *vm, Args a)
{
    Span s = asy_bytes_span(vm, a.self);
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] >= 0x80) return ASY_FALSE;
    }
    return ASY_TRUE;
}

// Some cased bytes, and none of the other case.
static Value one_case(VM *vm, Value self, bool (*wanted)(uint8_t), bool (*other)(uint8_t))
{
    Span s = asy_bytes_span(vm, self);
    bool any = false;
    for (size_t i = 0; i < s.size; i++) {
        if (other(s.data[i])) return ASY_FALSE;
        any |= wanted(s.data[i]);
    }
    return asy_from_bool(any);
}

static Value bytes_isupper(VM *vm, Args a) { return one_case(vm, a.self, is_upper, is_lower); }
static Value bytes_islower(VM *vm, Args a) { return one_case(vm, a.self, is_lower, is_upper); }

static Value bytes_istitle(VM *vm, Args a)
{
    Span s = asy_bytes_span(vm, a.self);
    bool any = false, inside = false;
    for (size_t i = 0; i < s.size; i++) {
        if (is_upper(s.data[i]) ? inside : is_lower(s.data[i]) && !inside) return ASY_FALSE;
        inside = is_alpha(s.data[i]);
        any |= inside;
    }
    return asy_from_bool(any);
}

// ---- translate, hex, decode ----

static Value bytes_translate(VM *vm, Args a)
{
    BufferView table = { .owner = ASY_NIL }, gone = { .owner = ASY_NIL };
    bool dropped[256] = { false };
    Value result = ASY_ERR;
    if (!asy_is_none(a.v[0])) {
        if (!asy_get_buffer(vm, a.v[0], &table)) return ASY_ERR;
        if (table.size != 256) {
            asy_raise(vm, EXC_ValueError, "translation table must be 256 characters long");
            goto done;
        }
    }
    if (!asy_is_nil(a.v[1])) {
        if (!asy_get_buffer(vm, a.v[1], &gone)) goto done;
        for (size_t i = 0; i < gone.size; i++) dropped[gone.data[i]] = true;
    }
    Span s = asy_bytes_span(vm, a.self);
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    if (asy_is_nil(gone.owner) && !asy_is_nil(table.owner)) {
        uint8_t *all;
        result = asy_bytes_like_alloc(vm, a.self, s.size, &all);
        for (size_t i = 0; !asy_is_err(result) && i < s.size; i++) all[i] = table.data[s.data[i]];
        goto done;
    }
    uint8_t *to = asy_bytes_builder_room(&b, s.size);
    if (!to) goto done;
    for (size_t i = 0; i < s.size; i++) {
        if (dropped[s.data[i]]) continue;
        to[b.size++] = asy_is_nil(table.owner) ? s.data[i] : table.data[s.data[i]];
    }
    result = finish_like(vm, a.self, &b);
done:
    if (!asy_is_nil(table.owner)) asy_release_buffer(vm, &table);
    if (!asy_is_nil(gone.owner)) asy_release_buffer(vm, &gone);
    return result;
}

static Value bytes_maketrans(VM *vm, Args a)
{
    BufferView from, to;
    if (!asy_get_buffer(vm, a.v[0], &from)) return ASY_ERR;
    if (!asy_get_buffer(vm, a.v[1], &to)) {
        asy_release_buffer(vm, &from);
        return ASY_ERR;
    }
    uint8_t table[256];
    for (int c = 0; c < 256; c++) table[c] = (uint8_t)c;
    bool same = from.size == to.size;
    for (size_t i = 0; same && i < from.size; i++) table[from.data[i]] = to.data[i];
    asy_release_buffer(vm, &from);
    asy_release_buffer(vm, &to);
    if (!same) return asy_raise(vm, EXC_ValueError, "maketrans arguments must have same length");
    return asy_bytes_value(vm, table, 256);
}

// The separator of hex(): 1 given, 0 none, -1 raised.
static int hex_separator(VM *vm, Value v, char *out)
{
    if (asy_is_nil(v)) return 0;
    const uint8_t *data;
    size_t size;
    if (asy_is_str(vm, v)) {
        data = (const uint8_t *)asy_as_str(v)->data;
        size = asy_str_length(vm, asy_as_str(v));
    } else if (asy_is_bytes(vm, v)) {
        data = asy_as_bytes(v)->data;
        size = asy_as_bytes(v)->size;
    } else {
        // CPython asks for the length first.
        if (asy_length(vm, v) >= 0) asy_raise(vm, EXC_TypeError, "sep must be str or bytes.");
        return -1;
    }
    if (size != 1 || data[0] >= 0x80) {
        asy_raise(vm, EXC_ValueError, size != 1 ? "sep must be length 1." : "sep must be ASCII.");
        return -1;
    }
    *out = (char)data[0];
    return 1;
}

Value asy_bytes_hex_text(VM *vm, Span s, Value sep, Value per_sep)
{
    char separator = 0;
    int64_t every = 1;
    int separated = hex_separator(vm, sep, &separator);
    if (separated < 0 || !asy_arg_i64(vm, per_sep, &every)) return ASY_ERR;
    size_t group = separated && every ? (size_t)(every < 0 ? -every : every) : s.size + 1;
    // Counted from the right, unless every is negative.
    size_t first = every > 0 && s.size % group ? s.size % group : group;
    size_t separators = s.size > first ? 1 + (s.size - first - 1) / group : 0;
    if (!s.size) return asy_str_value(vm, "");
    StrObj *text = asy_str_alloc(vm, s.size * 2 + separators, STR_ASCII);
    if (!text) return ASY_ERR;
    char *to = text->data;
    for (size_t i = 0; !separators && i < s.size; i++) {
        *to++ = "0123456789abcdef"[s.data[i] >> 4];
        *to++ = "0123456789abcdef"[s.data[i] & 15];
    }
    for (size_t i = 0; separators && i < s.size; i++) {
        if (i >= first && (i - first) % group == 0) *to++ = separator;
        *to++ = "0123456789abcdef"[s.data[i] >> 4];
        *to++ = "0123456789abcdef"[s.data[i] & 15];
    }
    return asy_from_obj(text);
}

static Value bytes_hex(VM *vm, Args a)
{
    // A copy of the span is not needed: __index__ of the count may shrink a bytearray, so it is viewed.
    BufferView view;
    if (!asy_get_buffer(vm, a.self, &view)) return ASY_ERR;
    Value text = asy_bytes_hex_text(vm, (Span){ view.data, view.size }, a.v[0], a.v[1]);
    asy_release_buffer(vm, &view);
    return text;
}

static int hex_value(char c)
{
    static const int8_t values[256] = {     // one more than the digit; 0: none
        ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
        ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
        ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
    };
    return values[(unsigned char)c] - 1;
}

static Value bytes_fromhex(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "fromhex() argument must be str, not %.200T", a.v[0]);
    StrObj *text = asy_as_str(a.v[0]);
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    uint8_t *to = asy_bytes_builder_room(&b, text->size / 2);
    if (!to) return ASY_ERR;
    for (size_t i = 0; i < text->size;) {
        if (asy_byte_is_space((uint8_t)text->data[i])) {
            i++;
            continue;
        }
        int high = hex_value(text->data[i]), low = high < 0 ? -1 : hex_value(text->data[i + 1]);
        if (low < 0) {
            asy_bytes_builder_free(&b);
            size_t at = asy_str_position(vm, text, i) + (high >= 0);
            return asy_raise(vm, EXC_ValueError, "non-hexadecimal number found in fromhex() arg at position %zu", at);
        }
        to[b.size++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    Type *cls = asy_as(Type, a.self);
    bool immutable = cls->flags & TYPE_BYTES;
    Value result = asy_bytes_builder_finish(&b);
    if (asy_is_err(result) || (immutable && cls == vm->types.bytes)) return result;
    Value made = asy_call1(vm, a.self, result);
    asy_release(vm, result);
    return made;
}

static Value bytes_decode(VM *vm, Args a)
{
    StrObj *encoding = NULL, *errors = NULL;
    if (!asy_arg_str(vm, a.v[0], "decode() argument 'encoding'", &encoding)) return ASY_ERR;
    if (!asy_arg_str(vm, a.v[1], "decode() argument 'errors'", &errors)) return ASY_ERR;
    BufferView view;
    if (!asy_get_buffer(vm, a.self, &view)) return ASY_ERR;
    Value text = asy_codec_decode(vm, view.data, view.size, encoding, errors);
    asy_release_buffer(vm, &view);
    return text;
}

static Value bytes_bytes(VM *vm, Args a)
{
    const BytesObj *b = asy_as_bytes(a.self);
    return is_exact_bytes(vm, a.self) ? asy_retain(a.self) : asy_bytes_value(vm, b->data, b->size);
}

static Value bytes_getnewargs(VM *vm, Args a)
{
    const BytesObj *b = asy_as_bytes(a.self);
    Value content = asy_bytes_value(vm, b->data, b->size);
    Value result = asy_is_err(content) ? ASY_ERR : asy_tuple_pack(vm, 1, content);
    asy_release(vm, content);
    return result;
}

#define SEARCH_ARGS "(sub[, start[, end]]) -> int\n\nstart and end are as in slices."
#define SHARED_METHODS                                                                                                   \
    { "capitalize", bytes_capitalize, "()", 0, "The first byte in upper case, the rest in lower case (ASCII)." },         \
    { "center", bytes_center, "(width, fillchar=b' ', /)", 0, "Centered in `width` bytes." },                             \
    { "count", bytes_count, "(sub, start=None, end=None, /)", 0, "B.count" SEARCH_ARGS },                                 \
    { "decode", bytes_decode, "(encoding='utf-8', errors='strict')", 0, "The text these bytes encode." },                 \
    { "endswith", bytes_endswith, "(suffix, start=None, end=None, /)", 0, "Whether it ends with the suffix or one of a tuple." }, \
    { "expandtabs", bytes_expandtabs, "(tabsize=8)", 0, "Tabs replaced by spaces." },                                     \
    { "find", bytes_find, "(sub, start=None, end=None, /)", 0, "B.find" SEARCH_ARGS },                                    \
    { "fromhex", bytes_fromhex, "(string, /)", NATIVE_CLASS, "From pairs of hexadecimal digits; whitespace is skipped." }, \
    { "hex", bytes_hex, "(sep=None, bytes_per_sep=1)", 0, "As hexadecimal digits, optionally in groups." },               \
    { "index", bytes_index, "(sub, start=None, end=None, /)", 0, "B.index" SEARCH_ARGS },                                 \
    { "isalnum", bytes_isalnum, "()", 0, NULL },                                                                          \
    { "isalpha", bytes_isalpha, "()", 0, NULL },                                                                          \
    { "isascii", bytes_isascii, "()", 0, NULL },                                                                          \
    { "isdigit", bytes_isdigit, "()", 0, NULL },                                                                          \
    { "islower", bytes_islower, "()", 0, NULL },                                                                          \
    { "isspace", bytes_isspace, "()", 0, NULL },                                                                          \
    { "istitle", bytes_istitle, "()", 0, NULL },                                                                          \
    { "isupper", bytes_isupper, "()", 0, NULL },                                                                          \
    { "join", asy_bytes_join, "(iterable_of_bytes, /)", 0, "Bytes-like objects joined by this." },                        \
    { "ljust", bytes_ljust, "(width, fillchar=b' ', /)", 0, "Filled up at the right." },                                  \
    { "lower", bytes_lower, "()", 0, "In lower case (ASCII)." },                                                          \
    { "lstrip", bytes_lstrip, "(bytes=None, /)", 0, "Without leading whitespace or the given bytes." },                   \
    { "maketrans", bytes_maketrans, "(frm, to, /)", NATIVE_STATIC, "A table for translate." },                            \
    { "partition", asy_bytes_partition, "(sep, /)", 0, "(before, sep, after) of its first occurrence." },                 \
    { "removeprefix", bytes_removeprefix, "(prefix, /)", 0, NULL },                                                       \
    { "removesuffix", bytes_removesuffix, "(suffix, /)", 0, NULL },                                                       \
    { "replace", bytes_replace, "(old, new, count=-1, /)", 0, "With `old` replaced by `new`." },                          \
    { "rfind", bytes_rfind, "(sub, start=None, end=None, /)", 0, "B.rfind" SEARCH_ARGS },                                 \
    { "rindex", bytes_rindex, "(sub, start=None, end=None, /)", 0, "B.rindex" SEARCH_ARGS },                              \
    { "rjust", bytes_rjust, "(width, fillchar=b' ', /)", 0, "Filled up at the left." },                                   \
    { "rpartition", asy_bytes_rpartition, "(sep, /)", 0, "(before, sep, after) of its last occurrence." },                \
    { "rsplit", asy_bytes_rsplit, "(sep=None, maxsplit=-1)", 0, "Parts between separators, counted from the right." },    \
    { "rstrip", bytes_rstrip, "(bytes=None, /)", 0, "Without trailing whitespace or the given bytes." },                  \
    { "split", asy_bytes_split, "(sep=None, maxsplit=-1)", 0, "Parts between separators." },                              \
    { "splitlines", asy_bytes_splitlines, "(keepends=False)", 0, "Lines, broken at \\n, \\r and \\r\\n." },               \
    { "startswith", bytes_startswith, "(prefix, start=None, end=None, /)", 0, "Whether it starts with the prefix or one of a tuple." }, \
    { "strip", bytes_strip, "(bytes=None, /)", 0, "Without leading and trailing whitespace or the given bytes." },        \
    { "swapcase", bytes_swapcase, "()", 0, NULL },                                                                        \
    { "title", bytes_title, "()", 0, NULL },                                                                              \
    { "translate", bytes_translate, "(table, /, delete=b'')", 0, "Each byte looked up in a table of 256; those of `delete` left out." }, \
    { "upper", bytes_upper, "()", 0, "In upper case (ASCII)." },                                                          \
    { "zfill", bytes_zfill, "(width, /)", 0, "Filled up with zeros behind the sign." }

const MethodDef asy_bytes_methods[] = {
    SHARED_METHODS,
    { "__bytes__", bytes_bytes, "()", 0, NULL },
    { "__getnewargs__", bytes_getnewargs, "()", 0, NULL },
    { 0 },
};

const MethodDef asy_bytearray_methods[] = {
    SHARED_METHODS,
    { "append", asy_bytearray_append, "(item, /)", 0, "Append one byte." },
    { "clear", asy_bytearray_clear, "()", 0, "Remove all bytes." },
    { "copy", asy_bytearray_copy, "()", 0, "A copy." },
    { "extend", asy_bytearray_extend, "(iterable_of_ints, /)", 0, "Append the bytes of an iterable or buffer." },
    { "insert", asy_bytearray_insert, "(index, item, /)", 0, "Insert one byte before the index." },
    { "pop", asy_bytearray_pop, "(index=-1, /)", 0, "Remove and return one byte." },
    { "remove", asy_bytearray_remove, "(value, /)", 0, "Remove the first occurrence of a byte." },
    { "reverse", asy_bytearray_reverse, "()", 0, "Reverse in place." },
    { "__reduce__", asy_bytearray_reduce, "()", 0, NULL },
    { 0 },
};
