// Properties of characters (Unicode 15.0), as str's methods define them.
//
// Categories and simple mappings come from utf8proc; what it lacks (numeric values, the derived
// properties, mappings to several characters) from unicode_tables.h.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNICODE_CASE_MAX = 3 };      // characters that one may become

bool asy_unicode_is_alpha(uint32_t c);
bool asy_unicode_is_alnum(uint32_t c);
bool asy_unicode_is_decimal(uint32_t c);
bool asy_unicode_is_digit(uint32_t c);
bool asy_unicode_is_numeric(uint32_t c);
bool asy_unicode_is_space(uint32_t c);
bool asy_unicode_is_printable(uint32_t c);
bool asy_unicode_is_upper(uint32_t c);
bool asy_unicode_is_lower(uint32_t c);
bool asy_unicode_is_title(uint32_t c);              // category Lt
bool asy_unicode_is_cased(uint32_t c);
bool asy_unicode_is_case_ignorable(uint32_t c);
bool asy_unicode_is_id_start(uint32_t c);           // XID_Start or _
bool asy_unicode_is_id_continue(uint32_t c);
bool asy_unicode_is_line_break(uint32_t c);         // what splitlines splits at
bool asy_unicode_is_wide(uint32_t c);               // takes two columns of a terminal
int asy_unicode_decimal(uint32_t c);                // 0 to 9, or -1
// The simple answers: of U+0080 to U+07FF the mapping if it is one character below U+0800, else 0 ...
extern const uint16_t asy_unicode_two_byte_upper[0x780], asy_unicode_two_byte_lower[0x780];
// ... and the large blocks where nothing has a case (the rest may have one or not).
static inline bool asy_unicode_is_caseless(uint32_t c)
{
    return c - 0x2E80 < 0xA640 - 0x2E80 || c - 0xAC00 < 0xFB00 - 0xAC00 || c >= 0x1F200;
}
// Full mappings: 1 to UNICODE_CASE_MAX characters into out; their number.
size_t asy_unicode_upper(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
size_t asy_unicode_lower(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
size_t asy_unicode_title(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
size_t asy_unicode_fold(uint32_t c, uint32_t out[UNICODE_CASE_MAX]);
