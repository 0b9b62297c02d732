// Identifier characters. XID_Start and XID_Continue follow from the general category, but for the
// few characters that Unicode lists by name (Other_ID_*), and those that NFKC would turn into
// something that is no identifier. tests/unit/lexer_ident.c holds the counts of both classes
// against CPython's.
#include "lexer/ident.h"

#include <limits.h>
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"

typedef struct Range {
    uint32_t first, last;
} Range;

// Sorted. Letters by category that are not XID_Start: their compatibility forms begin with a space
// or a mark.
static const Range not_start[] = {
    { 0x037A, 0x037A }, { 0x0E33, 0x0E33 }, { 0x0EB3, 0x0EB3 }, { 0x2E2F, 0x2E2F },
    { 0xFC5E, 0xFC63 }, { 0xFDFA, 0xFDFB }, { 0xFE70, 0xFE70 }, { 0xFE72, 0xFE72 },
    { 0xFE74, 0xFE74 }, { 0xFE76, 0xFE76 }, { 0xFE78, 0xFE78 }, { 0xFE7A, 0xFE7A },
    { 0xFE7C, 0xFE7C }, { 0xFE7E, 0xFE7E }, { 0xFF9E, 0xFF9F },
};
static const Range not_continue[] = {
    { 0x037A, 0x037A }, { 0x2E2F, 0x2E2F }, { 0xFC5E, 0xFC63 }, { 0xFDFA, 0xFDFB },
    { 0xFE70, 0xFE70 }, { 0xFE72, 0xFE72 }, { 0xFE74, 0xFE74 }, { 0xFE76, 0xFE76 },
    { 0xFE78, 0xFE78 }, { 0xFE7A, 0xFE7A }, { 0xFE7C, 0xFE7C }, { 0xFE7E, 0xFE7E },
};
static const Range other_start[] = { { 0x1885, 0x1886 }, { 0x2118, 0x2118 }, { 0x212E, 0x212E } };
static const Range other_continue[] = {
    { 0x00B7, 0x00B7 },
    { 0x0387, 0x0387 },
    { 0x1369, 0x1371 },
    { 0x19DA, 0x19DA },
};

#define IN_RANGES(ranges, c) in_ranges(ranges, sizeof(ranges) / sizeof *(ranges), c)

static bool in_ranges(const Range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count && ranges[i].first <= c; i++) {
        if (c <= ranges[i].last) return true;
    }
    return false;
}

bool asy_ident_is_start(uint32_t c)
{
    if (c < 0x80) return (c | 0x20) - 'a' < 26 || c == '_';
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL: return !IN_RANGES(not_start, c);
    default: return IN_RANGES(other_start, c);
    }
}

bool asy_ident_is_continue(uint32_t c)
{
    if (c < 0x80) return (c | 0x20) - 'a' < 26 || c - '0' < 10 || c == '_';
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_PC: return !IN_RANGES(not_continue, c);
    default: return IN_RANGES(other_continue, c) || IN_RANGES(other_start, c);
    }
}

bool asy_ident_is_printable(uint32_t c)
{
    if (c < 0x80) return c >= 0x20 && c < 0x7F;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    default: return true;
    }
}

char *asy_ident_normalize(Arena *arena, const char *bytes, size_t len, size_t *out_len)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    if (len > INT_MAX / 32) {    // more than any decomposition makes of it would overflow below
        arena->failed = true;
        return NULL;
    }
    utf8proc_ssize_t count = utf8proc_decompose((const utf8proc_uint8_t *)bytes,
                                                (utf8proc_ssize_t)len, NULL, 0, options);
    // reencode writes UTF-8 over the code points, so the one buffer serves for both.
    utf8proc_int32_t *points =
        count < 0 ? NULL : asy_arena_array(arena, (size_t)count + 1, sizeof *points);
    if (!points) {
        arena->failed = true;
        return NULL;
    }
    (void)utf8proc_decompose((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)len, points, count,
                             options);
    utf8proc_ssize_t written = utf8proc_reencode(points, count, options);
    *out_len = written < 0 ? 0 : (size_t)written;
    return (char *)points;
}
