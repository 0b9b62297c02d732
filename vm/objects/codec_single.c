// Codecs of one byte a character: ascii, latin-1 and the charmaps of codec_tables.h.
#include "base/utf8.h"
#include "vm/core/error.h"
#include "vm/objects/codec_impl.h"

static bool ascii_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    const char *bytes = (const char *)d->data;
    for (size_t at = 0; at < d->size;) {
        size_t run = asy_utf8_ascii_prefix(bytes + at, d->size - at);
        if (!asy_builder_bytes(&d->out, bytes + at, run)) return false;
        at += run;
        if (at < d->size && !asy_decoding_error(d, at, at + 1, "ordinal not in range(128)", &at)) return false;
    }
    return true;
}

static bool latin_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    if (d->size > PTRDIFF_MAX / 2) {
        asy_raise_memory(d->vm);
        return false;
    }
    char *to = asy_builder_reserve(&d->out, d->size * 2);
    if (!to) return false;
    for (size_t at = 0; at < d->size; at++) {
        uint8_t c = d->data[at];
        if (c < 0x80) *to++ = (char)c;
        else to += asy_utf8_encode(to, c);
    }
    d->out.size = (size_t)(to - d->out.data);
    d->out.ascii = false;
    return true;
}

static bool table_decode(Decoding *d, const Codec *codec)
{
    d->encoding = "charmap";
    for (size_t at = 0; at < d->size;) {
        uint32_t c = d->data[at];
        if (c >= 0x80) c = codec->table[c - 0x80];
        if (!c && d->data[at]) {
            if (!asy_decoding_error(d, at, at + 1, "character maps to <undefined>", &at)) return false;
            continue;
        }
        if (!asy_builder_char(&d->out, c)) return false;
        at++;
    }
    return true;
}

static bool ascii_can(const Encoding *e, uint32_t c)
{
    (void)e;
    return c < 0x80;
}

static bool latin_can(const Encoding *e, uint32_t c)
{
    (void)e;
    return c < 0x100;
}

static bool byte_put(Encoding *e, uint32_t c) { return asy_bytes_builder_byte(&e->out, (uint8_t)c); }

// Position of `c` in the table, or 0 (which stands for no byte of the upper half).
static unsigned table_find(const uint16_t *table, uint32_t c)
{
    for (unsigned i = 0; i < 128; i++) {
        if (table[i] == c) return i + 0x80;
    }
    return 0;
}

static bool table_can(const Encoding *e, uint32_t c) { return c < 0x80 || table_find(e->table, c); }
static bool table_put(Encoding *e, uint32_t c) { return byte_put(e, c < 0x80 ? c : table_find(e->table, c)); }

static bool encode(Encoding *e, bool (*can)(const Encoding *, uint32_t), bool (*put)(Encoding *, uint32_t), const char *reason)
{
    e->can = can;
    e->put = put;
    e->reason = reason;
    return asy_encoding_run(e);
}

static bool ascii_encode(Encoding *e, const Codec *codec)
{
    (void)codec;
    return encode(e, ascii_can, byte_put, "ordinal not in range(128)");
}

static bool latin_encode(Encoding *e, const Codec *codec)
{
    (void)codec;
    // Characters below U+0100 are one byte, or two of which the first is C2 or C3; others are left to the usual way.
    const char *at = e->text->data, *end = at + e->text->size;
    uint8_t *to = asy_bytes_builder_room(&e->out, e->text->size), *begin = to;
    if (!to) return false;
    while (at < end && (unsigned char)*at < 0xC4) *to++ = (uint8_t)asy_utf8_next(&at);
    if (at == end) {
        e->out.size = (size_t)(to - begin);
        return true;
    }
    e->encoding = "latin-1";
    return encode(e, latin_can, byte_put, "ordinal not in range(256)");
}

static bool table_encode(Encoding *e, const Codec *codec)
{
    e->encoding = "charmap";
    e->table = codec->table;
    return encode(e, table_can, table_put, "character maps to <undefined>");
}

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }
#define TABLE(id, name, names, ...) static const uint16_t table_##id[128] = { __VA_ARGS__ };
#include "vm/objects/codec_tables.h"

const Codec asy_codecs_single[] = {
    { "ascii", NAMES("ascii", "us_ascii", "us", "646", "ansi_x3.4_1968", "iso646_us", "csascii"), ascii_decode, ascii_encode, NULL, true },
    { "iso8859-1", NAMES("latin_1", "latin1", "latin", "l1", "iso_8859_1", "iso8859_1", "iso8859", "8859", "cp819", "iso_8859_1_1987"),
      latin_decode, latin_encode, NULL, true },
#define TABLE(id, name, names, ...) { name, names, table_decode, table_encode, table_##id, true },
#include "vm/objects/codec_tables.h"
    { 0 },
};
