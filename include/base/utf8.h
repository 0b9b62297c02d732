// UTF-8, generalised to hold lone surrogates where the caller allows them (then a surrogate is
// three bytes, ED A0..BF xx, and a pair of them is two such sequences, never joined). Header-only,
// no allocation.
//
// Functions called *_next and *_prev expect valid text and check nothing; asy_utf8_decode and
// asy_utf8_validate are for bytes that nobody has looked at.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

#define UTF8_MAX_CODE_POINT 0x10FFFFu
#define UTF8_INVALID        UINT32_MAX // of asy_utf8_decode, for bytes that are not UTF-8

static inline bool asy_utf8_is_surrogate(uint32_t c)
{
    return (c & 0xFFFFF800u) == 0xD800u;
}

// A byte in the middle of a sequence.
static inline bool asy_utf8_is_tail(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

// Bytes that `c` takes.
static inline size_t asy_utf8_size(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

// Length of the sequence that `lead` begins, in valid text.
static inline size_t asy_utf8_sequence(char lead)
{
    unsigned char b = (unsigned char)lead;
    return b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
}

// Writes `c` (at most UTF8_MAX_CODE_POINT, a surrogate is fine) and returns the number of bytes, 1
// to 4.
static inline size_t asy_utf8_encode(char *out, uint32_t c)
{
    unsigned char *o = (unsigned char *)out;
    if (c < 0x80) {
        o[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        o[0] = (unsigned char)(0xC0 | c >> 6);
        o[1] = (unsigned char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        o[0] = (unsigned char)(0xE0 | c >> 12);
        o[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        o[2] = (unsigned char)(0x80 | (c & 0x3F));
        return 3;
    }
    o[0] = (unsigned char)(0xF0 | c >> 18);
    o[1] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
    o[2] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    o[3] = (unsigned char)(0x80 | (c & 0x3F));
    return 4;
}

// The code point at *at in valid text; moves *at behind it.
static inline uint32_t asy_utf8_next(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    uint32_t c = s[0];
    if (ASY_LIKELY(c < 0x80)) {
        *at += 1;
        return c;
    }
    if (c < 0xE0) {
        *at += 2;
        return (c & 0x1F) << 6 | (s[1] & 0x3Fu);
    }
    if (c < 0xF0) {
        *at += 3;
        return (c & 0x0F) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    }
    *at += 4;
    return (c & 0x07) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
}

// The code point before *at in valid text; moves *at to its start. There must be one.
static inline uint32_t asy_utf8_prev(const char **at)
{
    do --*at;
    while (asy_utf8_is_tail(**at));
    const char *copy = *at;
    return asy_utf8_next(&copy);
}

// Why asy_utf8_decode refused, in the words of CPython's UnicodeDecodeError.
typedef enum Utf8Error {
    UTF8_OK,
    UTF8_START,           // "invalid start byte"
    UTF8_CONTINUATION,    // "invalid continuation byte"
    UTF8_END,             // "unexpected end of data"
} Utf8Error;

// The code point at the start of `bytes[0..len)`, len > 0, and in *size the bytes it takes;
// UTF8_INVALID with *size the length of the maximal ill-formed part (1 to 3) and *error set if
// they are not UTF-8.
static inline uint32_t asy_utf8_decode(const char *bytes, size_t len, bool surrogates, size_t *size,
                                       Utf8Error *error)
{
    const unsigned char *s = (const unsigned char *)bytes;
    unsigned lead = s[0];
    *error = UTF8_OK;
    *size = 1;
    if (lead < 0x80) return lead;
    if (lead < 0xC2 || lead > 0xF4) {
        *error = UTF8_START;
        return UTF8_INVALID;
    }
    size_t need = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The second byte's range keeps out overlong forms, surrogates and what lies above 10FFFF.
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED && !surrogates ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    uint32_t c = lead & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        *size = i;
        if (i >= len) {
            *error = UTF8_END;
            return UTF8_INVALID;
        }
        if (s[i] < low || s[i] > high) {
            *error = UTF8_CONTINUATION;
            return UTF8_INVALID;
        }
        c = c << 6 | (s[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *size = need;
    return c;
}

// The words of CPython's UnicodeDecodeError for `error`.
static inline const char *asy_utf8_error_text(Utf8Error error)
{
    return error == UTF8_START          ? "invalid start byte"
           : error == UTF8_CONTINUATION ? "invalid continuation byte"
                                        : "unexpected end of data";
}

// Number of leading ASCII bytes.
static inline size_t asy_utf8_ascii_prefix(const char *bytes, size_t len)
{
    const uint64_t tops = 0x8080808080808080u;
    uint64_t word[4];
    size_t i = 0;
    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(word, bytes + i, sizeof word);
        if ((word[0] | word[1] | word[2] | word[3]) & tops) break;
    }
    for (; i + 8 <= len; i += 8) {
        memcpy(word, bytes + i, 8);
        if (word[0] & tops) break;
    }
    while (i < len && (unsigned char)bytes[i] < 0x80) i++;
    return i;
}

static inline bool asy_utf8_is_ascii(const char *bytes, size_t len)
{
    return asy_utf8_ascii_prefix(bytes, len) == len;
}

// True if all of it is UTF-8 (with lone surrogates if allowed); else *bad is the offset of the
// first ill-formed part. `bad` may be NULL.
static inline bool asy_utf8_validate(const char *bytes, size_t len, bool surrogates, size_t *bad)
{
    size_t i = 0;
    while (i < len) {
        i += asy_utf8_ascii_prefix(bytes + i, len - i);
        while (i < len && (unsigned char)bytes[i] >= 0x80) {
            size_t size;
            Utf8Error error;
            if (asy_utf8_decode(bytes + i, len - i, surrogates, &size, &error) == UTF8_INVALID) {
                if (bad) *bad = i;
                return false;
            }
            i += size;
        }
    }
    return true;
}

// asy_utf8_validate without surrogates, for text that mostly is valid.
static inline bool asy_utf8_valid(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes, *end = s + len;
    while (s < end) {
        unsigned c = s[0];
        if (c < 0x80) {
            uint64_t word;
            if (end - s < 8 || (memcpy(&word, s, 8), word & 0x8080808080808080u)) s++;
            else s += 8;
        } else if (c < 0xE0) {
            if (c < 0xC2 || end - s < 2 || (s[1] & 0xC0) != 0x80) return false;
            s += 2;
        } else if (c < 0xF0) {
            if (end - s < 3 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80) return false;
            if ((c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F)) return false;
            s += 3;
        } else {
            if (c > 0xF4 || end - s < 4 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80 || (s[3] & 0xC0) != 0x80) return false;
            if ((c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F)) return false;
            s += 4;
        }
    }
    return true;
}

// One in every byte of the eight that is a tail, in valid text: top bit set, next one clear.
static inline uint64_t asy_utf8_tails(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, 8);
    return (word & ~(word << 1)) >> 7 & 0x0101010101010101u;
}

// The sum of eight bytes, if it is less than 256. (A machine without an instruction to count bits is assumed.)
static inline size_t asy_utf8_byte_sum(uint64_t word)
{
    return (size_t)(word * 0x0101010101010101u >> 56);
}

// Number of code points in valid text: all bytes that are not tails.
static inline size_t asy_utf8_count(const char *bytes, size_t len)
{
    size_t count = len, i = 0;
    while (i + 8 <= len) {
        size_t block = (len - i) / 8 < 31 ? (len - i) / 8 : 31;    // so that the bytes' sum stays below 256
        uint64_t tails = 0;
        for (size_t end = i + block * 8; i < end; i += 8) tails += asy_utf8_tails(bytes + i);
        count -= asy_utf8_byte_sum(tails);
    }
    for (; i < len; i++) count -= asy_utf8_is_tail(bytes[i]);
    return count;
}

// Byte offset of the code point number `index` (at most the number of them) in valid text.
static inline size_t asy_utf8_offset(const char *bytes, size_t len, size_t index)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0;
    while (i + 8 <= len) {
        uint64_t lead = asy_utf8_tails(bytes + i) ^ ones, sums = lead * ones;    // of the bytes up to each
        size_t leads = (size_t)(sums >> 56);
        if (leads <= index) {
            index -= leads;
            i += 8;
            continue;
        }
        uint64_t behind = ((sums | ones << 7) - ((uint64_t)index + 1) * ones) >> 7 & ones;    // sum greater than index
        return i + 8 - asy_utf8_byte_sum(behind);
    }
    while (i < len && asy_utf8_is_tail(bytes[i])) i++;    // a block may end inside a sequence
    for (; index && i < len; index--) {
        i++;
        while (i < len && asy_utf8_is_tail(bytes[i])) i++;
    }
    return i;
}
