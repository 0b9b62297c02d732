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

static char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }
static char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static char ascii_swap(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : ascii_lower(c); }
static bool ascii_is_alpha(char c) { return (unsigned)((c | 32) - 'a') < 26; }

ASY_INLINE Value ascii_map(VM *vm, StrObj *s, char (*first)(char), char (*rest)(char), bool words)
{
    if (s->size < 2) {
        char c = s->size ? first(s->data[0]) : '\0';
        return asy_str_or_err(asy_str_make(vm, &c, s->size, STR_ASCII));
    }
    StrObj *result = asy_str_alloc(vm, s->size, STR_ASCII);
    if (!result) return ASY_ERR;
    if (first == rest) {
        for (size_t i = 0; i < s->size; i++) result->data[i] = rest(s->data[i]);
        return asy_from_obj(result);
    }
    bool begin = true;
    for (size_t i = 0; i < s->size; i++) {
        result->data[i] = begin ? first(s->data[i]) : rest(s->data[i]);
        begin = words && !ascii_is_alpha(s->data[i]);
    }
    return asy_from_obj(result);
}

// ---- any text ----

typedef enum CaseKind { CASE_UPPER, CASE_LOWER, CASE_FOLD, CASE_SWAP, CASE_CAPITALIZE, CASE_TITLE } CaseKind;

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
        case CASE_UPPER: ok = put(&out, asy_unicode_upper, c); break;
        case CASE_LOWER: ok = put_lower(&out, s, c, from, at); break;
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

#define CASE_METHOD(name, kind, first, rest, words)                             \
    Value asy_str_##name(VM *vm, Args a)                                        \
    {                                                                           \
        StrObj *s = asy_as_str(a.self);                                         \
        if (asy_str_is_ascii(s)) return ascii_map(vm, s, first, rest, words);   \
        return map_text(vm, s, kind);                                           \
    }
CASE_METHOD(upper, CASE_UPPER, ascii_upper, ascii_upper, false)
CASE_METHOD(lower, CASE_LOWER, ascii_lower, ascii_lower, false)
CASE_METHOD(casefold, CASE_FOLD, ascii_lower, ascii_lower, false)
CASE_METHOD(swapcase, CASE_SWAP, ascii_swap, ascii_swap, false)
CASE_METHOD(capitalize, CASE_CAPITALIZE, ascii_upper, ascii_lower, false)
CASE_METHOD(title, CASE_TITLE, ascii_upper, ascii_lower, true)

// ---- tests ----

static Value all_are(const StrObj *s, bool (*is)(uint32_t), bool empty)
{
    const char *at = s->data, *end = at + s->size;
    if (at == end) return asy_from_bool(empty);
    while (at < end) {
        if (!is(asy_utf8_next(&at))) return ASY_FALSE;
    }
    return ASY_TRUE;
}

#define ALL_METHOD(name, is, empty)                     \
    Value asy_str_##name(VM *vm, Args a)                \
    {                                                   \
        (void)vm;                                       \
        return all_are(asy_as_str(a.self), is, empty);  \
    }
ALL_METHOD(isalnum, asy_unicode_is_alnum, false)
ALL_METHOD(isalpha, asy_unicode_is_alpha, false)
ALL_METHOD(isdecimal, asy_unicode_is_decimal, false)
ALL_METHOD(isdigit, asy_unicode_is_digit, false)
ALL_METHOD(isnumeric, asy_unicode_is_numeric, false)
ALL_METHOD(isprintable, asy_unicode_is_printable, true)
ALL_METHOD(isspace, asy_unicode_is_space, false)

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
    if (at == end || !asy_unicode_is_id_start(asy_utf8_next(&at))) return ASY_FALSE;
    while (at < end) {
        if (!asy_unicode_is_id_continue(asy_utf8_next(&at))) return ASY_FALSE;
    }
    return ASY_TRUE;
}

// Some cased characters, and none of the other case nor of title case.
static Value one_case(const StrObj *s, bool (*wanted)(uint32_t), bool (*other)(uint32_t))
{
    const char *at = s->data, *end = at + s->size;
    bool any = false;
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
    return one_case(asy_as_str(a.self), asy_unicode_is_upper, asy_unicode_is_lower);
}

Value asy_str_islower(VM *vm, Args a)
{
    (void)vm;
    return one_case(asy_as_str(a.self), asy_unicode_is_lower, asy_unicode_is_upper);
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
