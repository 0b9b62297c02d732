// Finding bytes in bytes, forwards and backwards.
//
// Places where the first and the last byte of the needle stand right are looked for sixteen at a time; the rest of the
// needle is compared there. Input on which many such places fail goes to a search that is linear whatever comes:
// forwards memmem, backwards a rolling hash.
#define _GNU_SOURCE 1    // memmem, memrchr
#include "vm/objects/search.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/macros.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#define SEARCH_WIDE 1
enum { WIDTH = 16 };

// Bit i: byte i of the block is `byte`.
static inline uint32_t equal_mask(const unsigned char *block, __m128i byte)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)block);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, byte));
}
#endif

enum { FAILURES_MIN = 64, FAILURE_BYTES = 8 };      // failed places that are all right: some, and one in so many bytes

// The needle's ends stand right at `at`; is it there?
static inline bool inside_matches(const unsigned char *at, const unsigned char *needle, size_t size)
{
    return size <= 2 || memcmp(at + 1, needle + 1, size - 2) == 0;
}

// What a failed place costs, so that long needles are given up sooner.
static inline size_t failure_cost(size_t needle_size) { return 1 + needle_size / 64; }

static ssize_t find_linear(const unsigned char *h, size_t size, const unsigned char *from, const unsigned char *needle, size_t needle_size)
{
    const unsigned char *at = memmem(from, (size_t)(h + size - from), needle, needle_size);
    return at ? at - h : -1;
}

ssize_t asy_search_find(const void *hay, size_t hay_size, const void *needle, size_t needle_size)
{
    const unsigned char *h = hay, *n = needle, *at = h;
    if (needle_size <= 1) {
        if (!needle_size) return 0;
        at = hay_size ? memchr(h, n[0], hay_size) : NULL;
        return at ? at - h : -1;
    }
    if (needle_size > hay_size) return -1;
    const unsigned char *last = h + (hay_size - needle_size);     // the last place it can stand at
    size_t failures = 0, cost = failure_cost(needle_size);
#ifdef SEARCH_WIDE
    if (last - h >= WIDTH - 1) {
        __m128i head = _mm_set1_epi8((char)n[0]), tail = _mm_set1_epi8((char)n[needle_size - 1]);
        for (;;) {
            uint32_t places = equal_mask(at, head);
            if (places) places &= equal_mask(at + needle_size - 1, tail);
            for (; places; places &= places - 1) {
                const unsigned char *place = at + __builtin_ctz(places);
                if (inside_matches(place, n, needle_size)) return place - h;
                failures += cost;
            }
            if (last - at < WIDTH) return -1;
            if (failures > FAILURES_MIN + (size_t)(at - h) / FAILURE_BYTES) return find_linear(h, hay_size, at, n, needle_size);
            at += WIDTH;
            if (last - at < WIDTH - 1) at = last - (WIDTH - 1);   // the rest overlaps what has been seen
        }
    }
#endif
    for (;; at++) {
        at = memchr(at, n[0], (size_t)(last - at) + 1);
        if (!at) return -1;
        if (at[needle_size - 1] == n[needle_size - 1] && inside_matches(at, n, needle_size)) return at - h;
        if (at == last) return -1;
        failures += cost;
        if (failures > FAILURES_MIN) return find_linear(h, hay_size, at + 1, n, needle_size);
    }
}

// The last place before `size` by a hash of the window, which moves to the front.
static ssize_t rfind_linear(const unsigned char *h, size_t size, const unsigned char *n, size_t needle_size)
{
    if (needle_size > size) return -1;
    const uint64_t base = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t wanted = 0, window = 0, power = 1;     // both hashes are of the bytes read backwards
    for (size_t i = 0; i < needle_size; i++) {
        wanted = wanted * base + n[needle_size - 1 - i];
        window = window * base + h[size - 1 - i];
        if (i) power *= base;
    }
    for (size_t at = size - needle_size;; at--) {
        if (window == wanted && memcmp(h + at, n, needle_size) == 0) return (ssize_t)at;
        if (!at) return -1;
        window = (window - h[at + needle_size - 1] * power) * base + h[at - 1];
    }
}

ssize_t asy_search_rfind(const void *hay, size_t hay_size, const void *needle, size_t needle_size)
{
    const unsigned char *h = hay, *n = needle;
    if (needle_size <= 1) {
        if (!needle_size) return (ssize_t)hay_size;
        const unsigned char *at = hay_size ? memrchr(h, n[0], hay_size) : NULL;
        return at ? at - h : -1;
    }
    if (needle_size > hay_size) return -1;
    size_t places_left = hay_size - needle_size + 1;        // places [0, places_left) have not been looked at
    size_t failures = 0, cost = failure_cost(needle_size);
#ifdef SEARCH_WIDE
    if (places_left >= WIDTH) {
        __m128i head = _mm_set1_epi8((char)n[0]), tail = _mm_set1_epi8((char)n[needle_size - 1]);
        for (;;) {
            const unsigned char *at = h + places_left - WIDTH;
            uint32_t places = equal_mask(at, head);
            if (places) places &= equal_mask(at + needle_size - 1, tail);
            while (places) {
                uint32_t top = 31 - (uint32_t)__builtin_clz(places);
                if (inside_matches(at + top, n, needle_size)) return at + top - h;
                places ^= UINT32_C(1) << top;
                failures += cost;
            }
            places_left -= WIDTH;
            if (!places_left) return -1;
            size_t seen = hay_size - needle_size + 1 - places_left;
            if (failures > FAILURES_MIN + seen / FAILURE_BYTES) return rfind_linear(h, places_left + needle_size - 1, n, needle_size);
            if (places_left < WIDTH) places_left = WIDTH;       // the rest overlaps what has been seen
        }
    }
#endif
    for (;;) {
        const unsigned char *at = memrchr(h, n[0], places_left);
        if (!at) return -1;
        if (at[needle_size - 1] == n[needle_size - 1] && inside_matches(at, n, needle_size)) return at - h;
        places_left = (size_t)(at - h);
        if (!places_left) return -1;
        failures += cost;
        if (failures > FAILURES_MIN) return rfind_linear(h, places_left + needle_size - 1, n, needle_size);
    }
}

size_t asy_search_count_byte(const void *hay, size_t size, unsigned char byte)
{
    const unsigned char *h = hay;
    size_t count = 0, i = 0;
#ifdef SEARCH_WIDE
    __m128i wanted = _mm_set1_epi8((char)byte), zero = _mm_setzero_si128();
    while (size - i >= WIDTH) {
        size_t blocks = (size - i) / WIDTH < 255 ? (size - i) / WIDTH : 255;    // so that no lane overflows
        __m128i sums = zero;
        for (size_t end = i + blocks * WIDTH; i < end; i += WIDTH) {
            __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(h + i));
            sums = _mm_sub_epi8(sums, _mm_cmpeq_epi8(block, wanted));
        }
        sums = _mm_sad_epu8(sums, zero);
        count += (size_t)_mm_cvtsi128_si32(sums) + (size_t)_mm_extract_epi16(sums, 4);
    }
#endif
    for (; i < size; i++) count += h[i] == byte;
    return count;
}

size_t asy_search_count(const void *hay, size_t hay_size, const void *needle, size_t needle_size, size_t limit)
{
    const char *h = hay;
    if (needle_size == 1 && limit >= hay_size) return asy_search_count_byte(hay, hay_size, *(const unsigned char *)needle);
    size_t count = 0, at = 0;
    while (count < limit) {
        ssize_t found = asy_search_find(h + at, hay_size - at, needle, needle_size);
        if (found < 0) break;
        count++;
        at += (size_t)found + needle_size;
    }
    return count;
}
