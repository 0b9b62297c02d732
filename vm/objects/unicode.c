// Character properties over utf8proc and unicode_tables.h. ASCII is answered without either.
#include "vm/objects/unicode.h"

#include <utf8proc.h>

#include "vm/objects/unicode_tables.h"

#define COUNT(table) (sizeof table / sizeof table[0])
#define IN(table, c) range_has(table, COUNT(table), c)

static bool range_has(const UnicodeRange *table, size_t count, uint32_t c)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].last < c) low = middle + 1;
        else high = middle;
    }
    return low < count && table[low].first <= c;
}

static utf8proc_category_t category(uint32_t c) { return utf8proc_category((utf8proc_int32_t)c); }

// Whether the category of `c` is among the bits of `set`.
static bool is_among(uint32_t c, uint32_t set) { return set >> category(c) & 1; }

#define BIT(name) (UINT32_C(1) << UTF8PROC_CATEGORY_##name)
#define LETTERS (BIT(LU) | BIT(LL) | BIT(LT) | BIT(LM) | BIT(LO))
#define UNPRINTABLE (BIT(CN) | BIT(CC) | BIT(CF) | BIT(CS) | BIT(CO) | BIT(ZL) | BIT(ZP) | BIT(ZS))

static bool ascii_alpha(uint32_t c) { return (c | 32) - 'a' < 26; }
static bool ascii_digit(uint32_t c) { return c - '0' < 10; }

bool asy_unicode_is_alpha(uint32_t c) { return c < 0x80 ? ascii_alpha(c) : is_among(c, LETTERS); }

bool asy_unicode_is_decimal(uint32_t c) { return c < 0x80 ? ascii_digit(c) : category(c) == UTF8PROC_CATEGORY_ND; }

bool asy_unicode_is_digit(uint32_t c) { return asy_unicode_is_decimal(c) || (c >= 0x80 && IN(other_digits, c)); }

bool asy_unicode_is_numeric(uint32_t c)
{
    if (c < 0x80) return ascii_digit(c);
    if (is_among(c, BIT(ND) | BIT(NL) | BIT(NO))) return !IN(not_numerics, c);
    return IN(other_numerics, c);
}

bool asy_unicode_is_alnum(uint32_t c) { return asy_unicode_is_alpha(c) || asy_unicode_is_numeric(c); }

bool asy_unicode_is_space(uint32_t c)
{
    if (c < 0x80) return c == ' ' || c - 9 < 5 || c - 0x1C < 4;
    return IN(spaces, c);
}

bool asy_unicode_is_printable(uint32_t c)
{
    if (c < 0x80) return c >= 0x20 && c < 0x7F;
    return !is_among(c, UNPRINTABLE);
}

bool asy_unicode_is_upper(uint32_t c)
{
    if (c < 0x80) return c - 'A' < 26;
    return category(c) == UTF8PROC_CATEGORY_LU ? !IN(not_uppers, c) : IN(other_uppers, c);
}

bool asy_unicode_is_lower(uint32_t c)
{
    if (c < 0x80) return c - 'a' < 26;
    return category(c) == UTF8PROC_CATEGORY_LL ? !IN(not_lowers, c) : IN(other_lowers, c);
}

bool asy_unicode_is_title(uint32_t c) { return c >= 0x80 && category(c) == UTF8PROC_CATEGORY_LT; }

bool asy_unicode_is_cased(uint32_t c) { return asy_unicode_is_upper(c) || asy_unicode_is_lower(c) || asy_unicode_is_title(c); }

bool asy_unicode_is_case_ignorable(uint32_t c) { return IN(case_ignorables, c); }

bool asy_unicode_is_id_start(uint32_t c)
{
    if (c < 0x80) return ascii_alpha(c) || c == '_';
    return is_among(c, LETTERS | BIT(NL)) ? !IN(not_id_starts, c) : IN(other_id_starts, c);
}

bool asy_unicode_is_id_continue(uint32_t c)
{
    if (c < 0x80) return ascii_alpha(c) || ascii_digit(c) || c == '_';
    if (is_among(c, LETTERS | BIT(NL) | BIT(MN) | BIT(MC) | BIT(ND) | BIT(PC))) return !IN(not_id_continues, c);
    return IN(other_id_continues, c);
}

bool asy_unicode_is_line_break(uint32_t c)
{
    return c - 0x0A < 4 || c - 0x1C < 3 || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool asy_unicode_is_wide(uint32_t c) { return c >= 0x1100 && utf8proc_charwidth((utf8proc_int32_t)c) == 2; }

// Decimal digits stand in decades that begin with zero, decades in unbroken runs.
int asy_unicode_decimal(uint32_t c)
{
    if (c < 0x80) return ascii_digit(c) ? (int)(c - '0') : -1;
    if (category(c) != UTF8PROC_CATEGORY_ND) return -1;
    uint32_t zero = c;
    while (category(zero - 1) == UTF8PROC_CATEGORY_ND) zero--;
    return (int)((c - zero) % 10);
}

static size_t map(const UnicodeCase *table, size_t count, uint32_t c, utf8proc_int32_t simple, uint32_t out[UNICODE_CASE_MAX])
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].from < c) low = middle + 1;
        else high = middle;
    }
    if (low == count || table[low].from != c) {
        out[0] = (uint32_t)simple;
        return 1;
    }
    size_t n = 0;
    for (; n < UNICODE_CASE_MAX && table[low].to[n]; n++) out[n] = table[low].to[n];
    return n;
}

#define MAP(table, c, simple) map(table, COUNT(table), c, simple((utf8proc_int32_t)(c)), out)

size_t asy_unicode_upper(uint32_t c, uint32_t out[UNICODE_CASE_MAX]) { return MAP(upper_specials, c, utf8proc_toupper); }
size_t asy_unicode_lower(uint32_t c, uint32_t out[UNICODE_CASE_MAX]) { return MAP(lower_specials, c, utf8proc_tolower); }
size_t asy_unicode_title(uint32_t c, uint32_t out[UNICODE_CASE_MAX]) { return MAP(title_specials, c, utf8proc_totitle); }
size_t asy_unicode_fold(uint32_t c, uint32_t out[UNICODE_CASE_MAX]) { return MAP(fold_specials, c, utf8proc_tolower); }
