// Finding bytes in bytes. Forwards by the C library (memchr, and memmem's two-way search); backwards by
// a rolling hash, whose candidates are compared.
#define _GNU_SOURCE 1    // memmem, memrchr
#include "vm/objects/search.h"

#include <stdint.h>
#include <string.h>

// Candidates by their first byte, while there are few of them; memmem's tables pay only for more.
enum { CANDIDATES_MAX = 8 };

ssize_t asy_search_find(const void *hay, size_t hay_size, const void *needle, size_t needle_size)
{
    if (!needle_size) return 0;
    if (needle_size > hay_size) return -1;
    const unsigned char *h = hay, *n = needle, *at = h, *last = h + (hay_size - needle_size);
    for (int tries = 0; tries < CANDIDATES_MAX; tries++) {
        at = memchr(at, n[0], (size_t)(last - at) + 1);
        if (!at) return -1;
        if (memcmp(at, n, needle_size) == 0) return at - h;
        if (at++ == last) return -1;
    }
    at = memmem(at, (size_t)(h + hay_size - at), n, needle_size);
    return at ? at - h : -1;
}

ssize_t asy_search_rfind(const void *hay, size_t hay_size, const void *needle, size_t needle_size)
{
    const unsigned char *h = hay, *n = needle;
    if (!needle_size) return (ssize_t)hay_size;
    if (needle_size > hay_size) return -1;
    if (needle_size == 1) {
        const unsigned char *at = memrchr(hay, n[0], hay_size);
        return at ? at - h : -1;
    }
    // Both hashes are of the bytes read backwards, so that the window can move to the front.
    const uint64_t base = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t wanted = 0, window = 0, power = 1;
    for (size_t i = 0; i < needle_size; i++) {
        wanted = wanted * base + n[needle_size - 1 - i];
        window = window * base + h[hay_size - 1 - i];
        if (i) power *= base;
    }
    for (size_t at = hay_size - needle_size;; at--) {
        if (window == wanted && memcmp(h + at, n, needle_size) == 0) return (ssize_t)at;
        if (!at) return -1;
        window = (window - h[at + needle_size - 1] * power) * base + h[at - 1];
    }
}

size_t asy_search_count(const void *hay, size_t hay_size, const void *needle, size_t needle_size, size_t limit)
{
    const char *h = hay;
    size_t count = 0, at = 0;
    while (count < limit) {
        ssize_t found = asy_search_find(h + at, hay_size - at, needle, needle_size);
        if (found < 0) break;
        count++;
        at += (size_t)found + needle_size;
    }
    return count;
}
