// Case mapping (full, with mappings to several characters and the final sigma) and the is...() tests.
#include "base/utf8.h"
#include "vm/core/vm.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

typedef size_t (*CaseMap)(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);

enum { CAPITAL_SIGMA = 0x3A3, SMALL_SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2 };

static bool put(StrBuilder *out, CaseMap map, uint32_t c)
{
    if (c < 0x80) {             // ASCII within other text
        bool up = map == asy_unicode_upper || map == asy_unicode_title;
        if (c - (up ? 'a' : 'A') < 26) c ^= 32;
        return asy_builder_char(out, c);
    }
    uint32_t to[UNICODE_CASE_MAX];
    size_t n = map(c, to);
    for (size_t i = 0; i < n; i++) {
        if (!asy_builder_char(out, to[i])) return false;
    }
    return true;
}

// Whether a capital sigma at [from, next) ends a word: a cased character before it, none behind it,
// characters without case of their own left out.
static bool sigma_is_final(const StrObj *s, const char *from, const char *next)
{
    bool cased = false;
    while (from > s->data) {
        uint32_t c = asy_utf8_prev(&from);
        if (asy_unicode_is_case_ignorable(c)) continue;
        cased = asy_unicode_is_cased(c);
        break;
    }
    if (!cased) return false;
    const char *end = s->data + s->size;
    while (next < end) {
        uint32_t c = asy_utf8_next(&next);
        if (!asy_unicode_is_case_ignorable(c)) return !asy_unicode_is_cased(c);
    }
    return true;
}

static bool put_lower(StrBuilder *out, const StrObj *s, uint32_t c, const char *from, const char *next)
{
    if (c == CAPITAL_SIGMA) return asy_builder_char(out, sigma_is_final(s, from, next) ? FINAL_SIGMA : SMALL_SIGMA);
    return put(out, asy_unicode_lower, c);
}

// ---- ASCII: byte by byte ----

static unsigned char ascii_upper(unsigned char c) { return (unsigned char)(c - 'a') < 26 ? c ^ 32 : c; }
static unsigned char ascii_lower(unsigned char c) { return (unsigned char)(c - 'A') < 26 ? c ^ 32 : c; }
static bool ascii_is_alpha(unsigned char c) { return (unsigned char)((c | 32) - 'a') < 26; }

// The letters from `first` (a or A) to its z change case. Text without any stays what it is.
static Value ascii_flip(VM *vm, StrObj *s, unsigned char first)
{
    size_t size = s->size;
    const unsigned char *from = (const unsigned char *)s->data;
    unsigned char any = 0;
    for (size_t i = 0; i < size; i++) any |= (unsigned char)(from[i] - first) < 26;
    if (!any) return asy_str_or_err(asy_str_exact(vm, s));
    if (size == 1) return asy_str_or_err(asy_str_from_char(vm, from[0] ^ 32u));
    StrObj *result = asy_str_alloc(vm, size, STR_ASCII);
    if (!result) return ASY_ERR;
    unsigned char *restrict to = (unsigned char *)result->data;
    for (size_t i = 0; i < size; i++) to[i] = from[i] ^ (unsigned char)(((unsigned char)(from[i] - first) < 26) << 5);
    return asy_from_obj(result);
}

static Value ascii_upper_all(VM *vm, StrObj *s) { return ascii_flip(vm, s, 'a'); }
static Value ascii_lower_all(VM *vm, StrObj *s) { return ascii_flip(vm, s, 'A'); }

static Value ascii_swap_all(VM *vm, StrObj *s)
{
    size_t size = s->size;
    if (size < 2) {
        return size ? asy_str_or_err(asy_str_from_char(vm, (unsigned char)s->data[0] ^ (ascii_is_alpha((unsigned char)s->data[0]) ? 32u : 0)))
                    : asy_str_or_err(asy_str_exact(vm, s));
    }
    StrObj *result = asy_str_alloc(vm, size, STR_ASCII);
    if (!result) return ASY_ERR;
    const unsigned char *from = (const unsigned char *)s->data;
    unsigned char *restrict to = (unsigned char *)result->data;
    for (size_t i = 0; i < size; i++) to[i] = from[i] ^ (unsigned char)(((unsigned char)((from[i] | 32) - 'a') < 26) << 5);
    return asy_from_obj(result);
}

// A capital at the beginning, or of every word, and the rest in lower case.
static Value ascii_titles(VM *vm, StrObj *s, bool words)
{
    size_t size = s->size;
    if (size < 2) return size ? asy_str_or_err(asy_str_from_char(vm, ascii_upper((unsigned char)s->data[0]))) : asy_str_or_err(asy_str_exact(vm, s));
    StrObj *result = asy_str_alloc(vm, size, STR_ASCII);
    if (!result) return ASY_ERR;
    const unsigned char *from = (const unsigned char *)s->data;
    unsigned char *restrict to = (unsigned char *)result->data;
    if (!words) {
        for (size_t i = 0; i < size; i++) to[i] = ascii_lower(from[i]);
        to[0] = ascii_upper(from[0]);
        return asy_from_obj(result);
    }
    bool begin = true;
    for (size_t i = 0; i < size; i++) {
        to[i] = begin ? ascii_upper(from[i]) : ascii_lower(from[i]);
        begin = !ascii_is_alpha(from[i]);
    }
    return asy_from_obj(result);
}

static Value ascii_title(VM *vm, StrObj *s) { return ascii_titles(vm, s, true); }
static Value ascii_capitalize(VM *vm, StrObj *s) { return ascii_titles(vm, s, false); }

// ---- any text ----

typedef enum CaseKind { CASE_FOLD, CASE_SWAP, CASE_CAPITALIZE, CASE_TITLE } CaseKind;

static Value map_text(VM *vm, const StrObj *s, CaseKind kind)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    const char *at = s->data, *end = at + s->size;
    bool begin = true, ok = true;
    while (ok && at < end) {
        const char *from = at;
        uint32_t c = asy_utf8_next(&at);
        switch (kind) {
        case CASE_FOLD: ok = put(&out, asy_unicode_fold, c); break;
        case CASE_SWAP:
            if (asy_unicode_is_upper(c)) ok = put_lower(&out, s, c, from, at);
            else if (asy_unicode_is_lower(c)) ok = put(&out, asy_unicode_upper, c);
            else ok = asy_builder_char(&out, c);
            break;
        default:
            ok = begin ? put(&out, asy_unicode_title, c) : put_lower(&out, s, c, from, at);
            begin = kind == CASE_TITLE && !asy_unicode_is_cased(c);
            break;
        }
    }
    if (ok) return asy_str_or_err(asy_builder_finish(&out));
    asy_builder_free(&out);
    return ASY_ERR;
}

// upper and lower: what a table or a block answers is written straight away; only the rest goes through map_text's
// functions. Nothing that is answered so gets longer.
static Value map_simple(VM *vm, const StrObj *s, const uint16_t two_byte[0x780], unsigned char first, bool up)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    out.ascii = false;
    const char *at = s->data, *end = at + s->size;
    for (;;) {
        char *to = asy_builder_reserve(&out, (size_t)(end - at));
        if (!to) break;
        while (at < end) {
            unsigned char c = (unsigned char)*at;
            if (c < 0x80) {
                *to++ = (char)(c ^ ((unsigned char)(c - first) < 26) << 5);
                at++;
                continue;
            }
            const char *next = at;
            uint32_t cp = asy_utf8_next(&next), mapped = cp;
            if (c < 0xE0) mapped = two_byte[cp - 0x80];
            else if (!asy_unicode_is_caseless(cp)) mapped = 0;
            if (!mapped) break;
            to += asy_utf8_encode(to, mapped);
            at = next;
        }
        out.size = (size_t)(to - out.data);
        if (at == end) return asy_str_or_err(asy_builder_finish(&out));
        const char *from = at;
        uint32_t c = asy_utf8_next(&at);
        if (!(up ? put(&out, asy_unicode_upper, c) : put_lower(&out, s, c, from, at))) break;
    }
    asy_builder_free(&out);
    return ASY_ERR;
}

#define CASE_METHOD(name, ascii_form, other_form)                               \
    Value asy_str_##name(VM *vm, Args a)                                        \
    {                                                                           \
        StrObj *s = asy_as_str(a.self);                                         \
        return asy_str_is_ascii(s) ? ascii_form(vm, s) : other_form;            \
    }
CASE_METHOD(upper, ascii_upper_all, map_simple(vm, s, asy_unicode_two_byte_upper, 'a', true))
CASE_METHOD(lower, ascii_lower_all, map_simple(vm, s, asy_unicode_two_byte_lower, 'A', false))
CASE_METHOD(casefold, ascii_lower_all, map_text(vm, s, CASE_FOLD))
CASE_METHOD(swapcase, ascii_swap_all, map_text(vm, s, CASE_SWAP))
CASE_METHOD(capitalize, ascii_capitalize, map_text(vm, s, CASE_CAPITALIZE))
CASE_METHOD(title, ascii_title, map_text(vm, s, CASE_TITLE))

// ---- tests ----

enum { UP = 1, LOW = 2, DIGIT = 4, SPACE = 8, PRINT = 16, LINE = 32 };
static const uint8_t ascii_kind[128] = {
    ['\t' ... '\r'] = SPACE, [0x1C ... 0x1F] = SPACE, [' '] = SPACE | PRINT, ['!' ... '/'] = PRINT, ['0' ... '9'] = DIGIT | PRINT,
    [':' ... '@'] = PRINT, ['A' ... 'Z'] = UP | PRINT, ['[' ... '^'] = PRINT, ['_'] = PRINT | LINE, ['`'] = PRINT,
    ['a' ... 'z'] = LOW | PRINT, ['{' ... '~'] = PRINT,
};

// ASCII text: whether every character is of one of the kinds.
static bool ascii_all(const StrObj *s, uint8_t kinds)
{
    for (const char *at = s->data, *end = at + s->size; at < end; at++) {
        if (!(ascii_kind[(unsigned char)*at] & kinds)) return false;
    }
    return true;
}

static Value all_are(const StrObj *s, uint8_t kinds, bool (*is)(uint32_t), bool empty)
{
    const char *at = s->data, *end = at + s->size;
    if (at == end) return asy_from_bool(empty);
    if (asy_str_is_ascii(s)) return asy_from_bool(ascii_all(s, kinds));
    while (at < end) {
        if (!is(asy_utf8_next(&at))) return ASY_FALSE;
    }
    return ASY_TRUE;
}

#define ALL_METHOD(name, kinds, is, empty)                      \
    Value asy_str_##name(VM *vm, Args a)                        \
    {                                                           \
        (void)vm;                                               \
        return all_are(asy_as_str(a.self), kinds, is, empty);   \
    }
ALL_METHOD(isalnum, UP | LOW | DIGIT, asy_unicode_is_alnum, false)
ALL_METHOD(isalpha, UP | LOW, asy_unicode_is_alpha, false)
ALL_METHOD(isdecimal, DIGIT, asy_unicode_is_decimal, false)
ALL_METHOD(isdigit, DIGIT, asy_unicode_is_digit, false)
ALL_METHOD(isnumeric, DIGIT, asy_unicode_is_numeric, false)
ALL_METHOD(isprintable, PRINT, asy_unicode_is_printable, true)
ALL_METHOD(isspace, SPACE, asy_unicode_is_space, false)

Value asy_str_isascii(VM *vm, Args a)
{
    (void)vm;
    return asy_from_bool(asy_str_is_ascii(asy_as_str(a.self)));
}

Value asy_str_isidentifier(VM *vm, Args a)
{
    (void)vm;
    const StrObj *s = asy_as_str(a.self);
    const char *at = s->data, *end = at + s->size;
    if (asy_str_is_ascii(s)) return asy_from_bool(s->size && !(ascii_kind[(unsigned char)*at] & DIGIT) && ascii_all(s, UP | LOW | DIGIT | LINE));
    if (!asy_unicode_is_id_start(asy_utf8_next(&at))) return ASY_FALSE;
    while (at < end) {
        if (!asy_unicode_is_id_continue(asy_utf8_next(&at))) return ASY_FALSE;
    }
    return ASY_TRUE;
}

// Some cased characters, and none of the other case nor of title case.
static Value one_case(const StrObj *s, uint8_t kind, bool (*wanted)(uint32_t), bool (*other)(uint32_t))
{
    const char *at = s->data, *end = at + s->size;
    bool any = false;
    if (asy_str_is_ascii(s)) {
        uint8_t kinds = 0;
        for (; at < end; at++) kinds |= ascii_kind[(unsigned char)*at];
        return asy_from_bool((kinds & (UP | LOW)) == kind);
    }
    while (at < end) {
        uint32_t c = asy_utf8_next(&at);
        if (other(c) || asy_unicode_is_title(c)) return ASY_FALSE;
        any |= wanted(c);
    }
    return asy_from_bool(any);
}

Value asy_str_isupper(VM *vm, Args a)
{
    (void)vm;
    return one_case(asy_as_str(a.self), UP, asy_unicode_is_upper, asy_unicode_is_lower);
}

Value asy_str_islower(VM *vm, Args a)
{
    (void)vm;
    return one_case(asy_as_str(a.self), LOW, asy_unicode_is_lower, asy_unicode_is_upper);
}

Value asy_str_istitle(VM *vm, Args a)
{
    (void)vm;
    const StrObj *s = asy_as_str(a.self);
    const char *at = s->data, *end = at + s->size;
    bool any = false, inside = false;
    while (at < end) {
        uint32_t c = asy_utf8_next(&at);
        bool begins = asy_unicode_is_upper(c) || asy_unicode_is_title(c), follows = asy_unicode_is_lower(c);
        if (begins ? inside : follows && !inside) return ASY_FALSE;
        inside = begins || follows;
        any |= inside;
    }
    return asy_from_bool(any);
}
