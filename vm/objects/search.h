// Finding bytes in bytes, for text and bytes alike: linear time whatever the input.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Offset of the first or last occurrence of needle in hay, or -1. An empty needle is at 0, or at the end.
ssize_t asy_search_find(const void *hay, size_t hay_size, const void *needle, size_t needle_size);
ssize_t asy_search_rfind(const void *hay, size_t hay_size, const void *needle, size_t needle_size);
// Occurrences that do not overlap, at most `limit`; needle not empty.
size_t asy_search_count_byte(const void *hay, size_t size, unsigned char byte);
size_t asy_search_count(const void *hay, size_t hay_size, const void *needle, size_t needle_size, size_t limit);

// Scanning for the next byte of a kind: where it stands in [at, end), or `end`. Sixteen bytes at a time; for tokens of
// a few bytes, where a call would cost more than the search.
#if defined(__SSE2__)
#define SEARCH_SCAN(name, parameters, block_test, byte_test)                                \
    static inline const char *name parameters                                               \
    {                                                                                       \
        for (; end - at >= 16; at += 16) {                                                  \
            __m128i b = _mm_loadu_si128((const __m128i *)(const void *)at);                 \
            int hits = _mm_movemask_epi8(block_test);                                       \
            if (hits) return at + __builtin_ctz((unsigned)hits);                            \
        }                                                                                   \
        for (; at < end; at++) {                                                            \
            unsigned char c = (unsigned char)*at;                                           \
            if (byte_test) break;                                                           \
        }                                                                                   \
        return at;                                                                          \
    }
#define BYTES(x) _mm_set1_epi8((char)(x))
#define BELOW(x) _mm_cmpeq_epi8(_mm_min_epu8(b, BYTES((x) - 1)), b)
#define ABOVE(x) _mm_cmpeq_epi8(_mm_max_epu8(b, BYTES((x) + 1)), b)
#define EQUAL(x) _mm_cmpeq_epi8(b, BYTES(x))
#define EITHER(p, q) _mm_or_si128(p, q)
#else
#define SEARCH_SCAN(name, parameters, block_test, byte_test)                                \
    static inline const char *name parameters                                               \
    {                                                                                       \
        for (; at < end; at++) {                                                            \
            unsigned char c = (unsigned char)*at;                                           \
            if (byte_test) break;                                                           \
        }                                                                                   \
        return at;                                                                          \
    }
#endif
SEARCH_SCAN(asy_search_byte, (const char *at, const char *end, unsigned char byte), EQUAL(byte), c == byte)
SEARCH_SCAN(asy_search_below, (const char *at, const char *end, unsigned limit), BELOW(limit), c < limit)
SEARCH_SCAN(asy_search_below_or_above, (const char *at, const char *end, unsigned low, unsigned high),
            EITHER(BELOW(low), ABOVE(high)), c < low || c > high)
// The next byte of a JSON string that does not stand for itself.
SEARCH_SCAN(asy_search_json, (const char *at, const char *end), EITHER(BELOW(0x20), EITHER(EQUAL('"'), EQUAL('\\'))),
            c < 0x20 || c == '"' || c == '\\')
SEARCH_SCAN(asy_search_json_ascii, (const char *at, const char *end),
            EITHER(EITHER(BELOW(0x20), ABOVE(0x7E)), EITHER(EQUAL('"'), EQUAL('\\'))), c < 0x20 || c > 0x7E || c == '"' || c == '\\')
#undef BYTES
#undef BELOW
#undef ABOVE
#undef EQUAL
#undef EITHER
