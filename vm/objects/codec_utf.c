// The Unicode transformation formats: utf-8, utf-8-sig, utf-16 and utf-32 with their byte orders.
#include "base/utf8.h"
#include "vm/objects/codec_impl.h"

// ---- UTF-8 ----

static bool utf8_decode_from(Decoding *d, size_t at)
{
    const char *bytes = (const char *)d->data;
    d->unit = UNIT_UTF8;
    while (at < d->size) {
        size_t bad;
        bool valid = asy_utf8_validate(bytes + at, d->size - at, false, &bad);
        if (!asy_builder_bytes(&d->out, bytes + at, valid ? d->size - at : bad)) return false;
        if (valid) break;
        at += bad;
        size_t part;
        Utf8Error error;
        (void)asy_utf8_decode(bytes + at, d->size - at, false, &part, &error);
        if (error == UTF8_END && d->partial) {
            d->consumed = at;
            return true;
        }
        if (!asy_decoding_error(d, at, at + part, asy_utf8_error_text(error), &at)) return false;
    }
    return true;
}

static bool utf8_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    return utf8_decode_from(d, 0);
}

static bool utf8_can(const Encoding *e, uint32_t c)
{
    (void)e;
    return !asy_utf8_is_surrogate(c);
}

static bool utf8_put(Encoding *e, uint32_t c)
{
    char bytes[4];
    return asy_bytes_builder_add(&e->out, bytes, asy_utf8_encode(bytes, c));
}

static bool utf8_encode(Encoding *e, const Codec *codec)
{
    (void)codec;
    e->unit = UNIT_UTF8;
    e->reason = "surrogates not allowed";
    e->can = utf8_can;
    e->put = utf8_put;
    e->encoding = "utf-8";
    return asy_encoding_run(e);
}

static const uint8_t utf8_mark[3] = { 0xEF, 0xBB, 0xBF };

static bool utf8_sig_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    d->encoding = "utf-8";
    size_t common = d->size < 3 ? d->size : 3;
    bool marked = memcmp(d->data, utf8_mark, common) == 0;
    if (marked && common < 3 && d->partial) {
        d->consumed = 0;
        return true;
    }
    return utf8_decode_from(d, marked && common == 3 ? 3 : 0);
}

static bool utf8_sig_encode(Encoding *e, const Codec *codec)
{
    return asy_bytes_builder_add(&e->out, utf8_mark, 3) && utf8_encode(e, codec);
}

// ---- UTF-16 and UTF-32 ----

static uint32_t read16(const uint8_t *p, bool big) { return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0]; }

static uint32_t read32(const uint8_t *p, bool big)
{
    return big ? read16(p, true) << 16 | read16(p + 2, true) : read16(p + 2, false) << 16 | read16(p, false);
}

static bool utf16_decode_from(Decoding *d, size_t at, bool big)
{
    d->encoding = big ? "utf-16-be" : "utf-16-le";
    d->unit = big ? UNIT_UTF16_BE : UNIT_UTF16_LE;
    while (at < d->size) {
        size_t left = d->size - at, part;
        const char *reason;
        uint32_t c = left >= 2 ? read16(d->data + at, big) : 0;
        if (left < 2) {
            reason = "truncated data";
            part = left;
        } else if (!asy_utf8_is_surrogate(c)) {
            if (!asy_builder_char(&d->out, c)) return false;
            at += 2;
            continue;
        } else if (c >= 0xDC00) {
            reason = "illegal encoding";
            part = 2;
        } else if (left < 4) {
            reason = "unexpected end of data";
            part = left;
        } else {
            uint32_t low = read16(d->data + at + 2, big);
            if (low >= 0xDC00 && low < 0xE000) {
                if (!asy_builder_char(&d->out, 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00))) return false;
                at += 4;
                continue;
            }
            reason = "illegal UTF-16 surrogate";
            part = 2;
        }
        if (d->partial && part == left && left < 4 && !(left == 2 && c >= 0xDC00)) {
            d->consumed = at;
            return true;
        }
        if (!asy_decoding_error(d, at, at + part, reason, &at)) return false;
    }
    return true;
}

static bool utf32_decode_from(Decoding *d, size_t at, bool big)
{
    d->encoding = big ? "utf-32-be" : "utf-32-le";
    d->unit = big ? UNIT_UTF32_BE : UNIT_UTF32_LE;
    while (at < d->size) {
        size_t left = d->size - at, part = 4;
        const char *reason;
        if (left < 4) {
            if (d->partial) {
                d->consumed = at;
                return true;
            }
            reason = "truncated data";
            part = left;
        } else {
            uint32_t c = read32(d->data + at, big);
            if (c <= UTF8_MAX_CODE_POINT && !asy_utf8_is_surrogate(c)) {
                if (!asy_builder_char(&d->out, c)) return false;
                at += 4;
                continue;
            }
            reason = c > UTF8_MAX_CODE_POINT ? "code point not in range(0x110000)"
                                             : "code point in surrogate code point range(0xd800, 0xe000)";
        }
        if (!asy_decoding_error(d, at, at + part, reason, &at)) return false;
    }
    return true;
}

static bool utf16_le_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    return utf16_decode_from(d, 0, false);
}

static bool utf16_be_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    return utf16_decode_from(d, 0, true);
}

static bool utf32_le_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    return utf32_decode_from(d, 0, false);
}

static bool utf32_be_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    return utf32_decode_from(d, 0, true);
}

// With a byte order mark; without one, little-endian.
static bool utf16_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    uint32_t mark = d->size >= 2 ? read16(d->data, false) : 0;
    return utf16_decode_from(d, mark == 0xFEFF || mark == 0xFFFE ? 2 : 0, mark == 0xFFFE);
}

static bool utf32_decode(Decoding *d, const Codec *codec)
{
    (void)codec;
    uint32_t mark = d->size >= 4 ? read32(d->data, false) : 0;
    return utf32_decode_from(d, mark == 0xFEFF || mark == 0xFFFE0000 ? 4 : 0, mark == 0xFFFE0000);
}

static bool put16(Encoding *e, uint32_t unit)
{
    uint8_t high = (uint8_t)(unit >> 8), low = (uint8_t)unit;
    uint8_t big[2] = { high, low }, little[2] = { low, high };
    return asy_bytes_builder_add(&e->out, e->unit == UNIT_UTF16_BE ? big : little, 2);
}

static bool utf16_put(Encoding *e, uint32_t c)
{
    if (c < 0x10000) return put16(e, c);
    return put16(e, 0xD800 + ((c - 0x10000) >> 10)) && put16(e, 0xDC00 + (c & 0x3FF));
}

static bool utf32_put(Encoding *e, uint32_t c)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++) bytes[e->unit == UNIT_UTF32_BE ? 3 - i : i] = (uint8_t)(c >> (8 * i));
    return asy_bytes_builder_add(&e->out, bytes, 4);
}

static bool utf_encode(Encoding *e, const Codec *codec, CodecUnit unit, bool mark)
{
    e->encoding = codec->name;
    e->unit = unit;
    e->one_by_one = true;
    e->reason = "surrogates not allowed";
    e->can = utf8_can;
    e->put = unit <= UNIT_UTF16_BE ? utf16_put : utf32_put;
    if (mark && !e->put(e, 0xFEFF)) return false;
    return asy_encoding_run(e);
}

static bool utf16_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF16_LE, true); }
static bool utf16_le_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF16_LE, false); }
static bool utf16_be_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF16_BE, false); }
static bool utf32_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF32_LE, true); }
static bool utf32_le_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF32_LE, false); }
static bool utf32_be_encode(Encoding *e, const Codec *codec) { return utf_encode(e, codec, UNIT_UTF32_BE, false); }

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

const Codec asy_codecs_utf[] = {        // utf-8 first: codecs.c knows
    { "utf-8", NAMES("utf_8", "utf8", "u8", "utf", "utf8_ucs2", "utf8_ucs4", "cp65001"), utf8_decode, utf8_encode, NULL, true },
    { "utf-8-sig", NAMES("utf_8_sig", "utf8_sig"), utf8_sig_decode, utf8_sig_encode, NULL, false },
    { "utf-16", NAMES("utf_16", "utf16", "u16"), utf16_decode, utf16_encode, NULL, false },
    { "utf-16-le", NAMES("utf_16_le", "utf_16le", "utf16_le", "utf16le", "unicodelittleunmarked"), utf16_le_decode, utf16_le_encode, NULL, false },
    { "utf-16-be", NAMES("utf_16_be", "utf_16be", "utf16_be", "utf16be", "unicodebigunmarked"), utf16_be_decode, utf16_be_encode, NULL, false },
    { "utf-32", NAMES("utf_32", "utf32", "u32"), utf32_decode, utf32_encode, NULL, false },
    { "utf-32-le", NAMES("utf_32_le", "utf_32le", "utf32_le", "utf32le"), utf32_le_decode, utf32_le_encode, NULL, false },
    { "utf-32-be", NAMES("utf_32_be", "utf_32be", "utf32_be", "utf32be"), utf32_be_decode, utf32_be_encode, NULL, false },
    { 0 },
};
