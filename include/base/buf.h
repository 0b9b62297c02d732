// Buf: a growable byte string over an AsyAllocator, for building text.
//
// Failing is sticky, as in an Arena: after an allocation failed, appending does nothing and
// `failed` stays set, so text may be built in one go and looked at once. A zeroed Buf with `alloc`
// set is empty and valid.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

typedef struct Buf {
    const AsyAllocator *alloc;
    char *bytes;    // NUL-terminated once anything was appended
    size_t len;     // without the NUL
    size_t cap;
    bool failed;
} Buf;

static inline void asy_buf_init(Buf *buf, const AsyAllocator *alloc)
{
    *buf = (Buf){ .alloc = alloc };
}

static inline void asy_buf_free(Buf *buf)
{
    asy_free(buf->alloc, buf->bytes, buf->cap);
    *buf = (Buf){ .alloc = buf->alloc };
}

// Room for `extra` more bytes and the NUL; false (and failed) when out of memory.
static inline bool asy_buf_reserve(Buf *buf, size_t extra)
{
    if (buf->failed) return false;
    if (ASY_LIKELY(buf->cap > buf->len && extra < buf->cap - buf->len)) return true;
    size_t need = buf->len + extra + 1;
    size_t cap = buf->cap + buf->cap / 2;
    if (cap < 64) cap = 64;
    if (cap < need) cap = need;
    char *bytes = need > extra ? asy_realloc(buf->alloc, buf->bytes, buf->cap, cap) : NULL;
    if (!bytes) {
        buf->failed = true;
        return false;
    }
    buf->bytes = bytes;
    buf->cap = cap;
    return true;
}

static inline bool asy_buf_append(Buf *buf, const char *bytes, size_t len)
{
    if (!asy_buf_reserve(buf, len)) return false;
    if (len) memcpy(buf->bytes + buf->len, bytes, len);
    buf->len += len;
    buf->bytes[buf->len] = '\0';
    return true;
}

static inline bool asy_buf_puts(Buf *buf, const char *text)
{
    return asy_buf_append(buf, text, strlen(text));
}

static inline bool asy_buf_putc(Buf *buf, char c)
{
    return asy_buf_append(buf, &c, 1);
}

// Appends a code point (a lone surrogate too) as UTF-8.
static inline bool asy_buf_put_code_point(Buf *buf, uint32_t code_point)
{
    char bytes[4];
    return asy_buf_append(buf, bytes, asy_utf8_encode(bytes, code_point));
}

ASY_PRINTF(2, 0) static inline bool asy_buf_vprintf(Buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0) {
        buf->failed = true;
        return false;
    }
    if (!asy_buf_reserve(buf, (size_t)len)) return false;
    (void)vsnprintf(buf->bytes + buf->len, (size_t)len + 1, format, args);
    buf->len += (size_t)len;
    return true;
}

ASY_PRINTF(2, 3) static inline bool asy_buf_printf(Buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool ok = asy_buf_vprintf(buf, format, args);
    va_end(args);
    return ok;
}
