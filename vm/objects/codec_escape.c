// unicode_escape and raw_unicode_escape: text as Python source spells it, in Latin-1.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/vm.h"
#include "vm/objects/codec_impl.h"
#include "vm/objects/unicode_names.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The number of up to `want` hex digits at `at`; *count says how many there were.
static uint32_t read_hex(const Decoding *d, size_t at, int want, int *count)
{
    uint32_t value = 0;
    for (*count = 0; *count < want && at < d->size; ++*count, at++) {
        int digit = hex_digit(d->data[at]);
        if (digit < 0) break;
        value = value << 4 | (uint32_t)digit;
    }
    return value;
}

static bool hex_escape(Decoding *d, size_t *at, int want, const char *truncated)
{
    int count;
    size_t start = *at;
    uint32_t c = read_hex(d, start + 2, want, &count);
    size_t end = start + 2 + (size_t)count;
    if (count < want) {
        if (d->partial && end == d->size) {
            d->consumed = start;
            *at = d->size;
            return true;
        }
        return asy_decoding_error(d, start, end, truncated, at);
    }
    if (c > UTF8_MAX_CODE_POINT) return asy_decoding_error(d, start, end, "illegal Unicode character", at);
    *at = end;
    return asy_builder_char(&d->out, c);
}

// \N{...}
static bool named_escape(Decoding *d, size_t *at)
{
    size_t start = *at, end = start + 2;
    if (end < d->size && d->data[end] == '{') {
        const uint8_t *close = memchr(d->data + end, '}', d->size - end);
        if (close && close > d->data + end + 1) {
            uint32_t c;
            if (asy_unicode_name_find((const char *)d->data + end + 1, (size_t)(close - d->data) - end - 1, &c)) {
                *at = (size_t)(close - d->data) + 1;
                return asy_builder_char(&d->out, c);
            }
            return asy_decoding_error(d, start, (size_t)(close - d->data) + 1, "unknown Unicode character name", at);
        }
    }
    return asy_decoding_error(d, start, end, "malformed \\N character escape", at);
}

static bool octal_escape(Decoding *d, size_t *at)
{
    uint32_t value = 0;
    size_t i = *at + 1;
    for (int n = 0; n < 3 && i < d->size && d->data[i] >= '0' && d->data[i] <= '7'; n++, i++) value = value * 8 + (uint32_t)(d->data[i] - '0');
    *at = i;
    return asy_builder_char(&d->out, value);
}

static bool decode_escape(Decoding *d, size_t *at)
{
    size_t start = *at;
    if (start + 1 == d->size) {
        if (d->partial) {
            d->consumed = start;
            *at = d->size;
            return true;
        }
        return asy_decoding_error(d, start, start + 1, "\\ at end of string", at);
    }
    static const char simple[] = "\\\\''\"\"b\bf\ft\tn\nr\rv\va\a";
    uint8_t letter = d->data[start + 1];
    for (const char *pair = simple; *pair; pair += 2) {
        if ((uint8_t)*pair != letter) continue;
        *at = start + 2;
        return asy_builder_char(&d->out, (uint32_t)pair[1]);
    }
    switch (letter) {
    case '\n': *at = start + 2; return true;
    case 'x': return hex_escape(d, at, 2, "truncated \\xXX escape");
    case 'u': return hex_escape(d, at, 4, "truncated \\uXXXX escape");
    case 'U': return hex_escape(d, at, 8, "truncated \\UXXXXXXXX escape");
    case 'N': return named_escape(d, at);
    default: break;
    }
    if (letter >= '0' && letter <= '7') return octal_escape(d, at);
    if (!asy_warn(d->vm, EXC_DeprecationWarning, 1, "invalid escape sequence '\\%c'", (uint32_t)letter)) return false;
    *at = start + 2;
    return asy_builder_char(&d->out, '\\') && asy_builder_char(&d->out, letter);
}

static bool unicode_escape_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    d->encoding = "unicodeescape";
    for (size_t at = 0; at < d->size;) {
        if (d->data[at] == '\\') {
            if (!decode_escape(d, &at)) return false;
        } else if (!asy_builder_char(&d->out, d->data[at++])) {
            return false;
        }
    }
    return true;
}

static bool raw_escape_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    d->encoding = "rawunicodeescape";
    for (size_t at = 0; at < d->size;) {
        uint8_t next = d->data[at] == '\\' && at + 1 < d->size ? d->data[at + 1] : 0;
        if (next == 'u' || next == 'U') {
            if (!hex_escape(d, &at, next == 'u' ? 4 : 8, next == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape")) return false;
        } else if (next == '\\') {      // an escaped backslash does not begin an escape
            if (!asy_builder_c(&d->out, "\\\\")) return false;
            at += 2;
        } else if (!asy_builder_char(&d->out, d->data[at++])) {
            return false;
        }
    }
    return true;
}

static bool put_number(Encoding *e, uint32_t c)
{
    char text[12];
    int size = snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    return asy_bytes_builder_add(&e->out, text, (size_t)size);
}

static bool unicode_escape_encode(Encoding *e, const Codec *codec)
{
    (void)codec;
    const char *at = e->text->data, *end = at + e->text->size;
    while (at < end) {
        uint32_t c = asy_utf8_next(&at);
        const char *known = c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : NULL;
        bool ok;
        if (known) ok = asy_bytes_builder_add(&e->out, known, 2);
        else if (c >= 0x20 && c < 0x7F) ok = asy_bytes_builder_byte(&e->out, (uint8_t)c);
        else ok = put_number(e, c);
        if (!ok) return false;
    }
    return true;
}

static bool raw_escape_encode(Encoding *e, const Codec *codec)
{
    (void)codec;
    const char *at = e->text->data, *end = at + e->text->size;
    while (at < end) {
        uint32_t c = asy_utf8_next(&at);
        if (!(c < 0x100 ? asy_bytes_builder_byte(&e->out, (uint8_t)c) : put_number(e, c))) return false;
    }
    return true;
}

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

const Codec asy_codecs_escape[] = {
    { "unicode-escape", NAMES("unicode_escape", "unicodeescape"), unicode_escape_decode, unicode_escape_encode, NULL, false },
    { "raw-unicode-escape", NAMES("raw_unicode_escape", "rawunicodeescape"), raw_escape_decode, raw_escape_encode, NULL, false },
    { 0 },
};
