// _binascii: hexadecimal digits, base64 and checksums; binascii.asy has the rest.
#include <stdio.h>

#include "stdlib/lib.h"
#include "vm/objects/bytes_impl.h"

static Value binascii_error(VM *vm, const char *text)
{
    Value cls = asy_import_attr(vm, "binascii", "Error");
    if (asy_is_err(cls)) return ASY_ERR;
    Value message = asy_str_value(vm, text);
    if (!asy_is_err(message)) {
        asy_raise_class(vm, asy_as(Type, cls), message);
        asy_release(vm, message);
    }
    asy_release(vm, cls);
    return ASY_ERR;
}

// Bytes, or text in ASCII; to be released as any buffer.
static bool ascii_argument(VM *vm, Value v, BufferView *out)
{
    if (asy_is_str(vm, v)) {
        if (!asy_str_is_ascii(asy_as_str(v))) {
            asy_raise(vm, EXC_ValueError, "string argument should contain only ASCII characters");
            return false;
        }
        Value bytes = asy_bytes_value(vm, asy_as_str(v)->data, asy_as_str(v)->size);
        if (asy_is_err(bytes)) return false;
        bool ok = asy_get_buffer(vm, bytes, out);
        asy_release(vm, bytes);
        return ok;
    }
    if (asy_has_buffer(vm, v)) return asy_get_buffer(vm, v, out);
    asy_raise(vm, EXC_TypeError, "argument should be bytes, buffer or ASCII string, not '%.100T'", v);
    return false;
}

// -- hexadecimal

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
static Value binascii_a2b_hex(VM *vm, Args a)
{
    BufferView view;
    if (!ascii_argument(vm, a.v[0], &view)) return ASY_ERR;
    BytesObj *out = NULL;
    const char *wrong = view.size % 2 ? "Odd-length string" : NULL;
    if (!wrong && (out = asy_bytes_new(vm, NULL, view.size / 2))) {
        for (size_t i = 0; i < view.size && !wrong; i += 2) {
            int high = hex_digit(view.data[i]), low = hex_digit(view.data[i + 1]);
            if (high < 0 || low < 0) wrong = "Non-hexadecimal digit found";
            else out->data[i / 2] = (uint8_t)(high << 4 | low);
        }
    }
    asy_release_buffer(vm, &view);
    if (!wrong) return asy_value_or_err(out);
    asy_release_obj(vm, out);
    return binascii_error(vm, wrong);
}

// -- base64

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static Value binascii_b2a_base64(VM *vm, Args a)
{
    int newline = asy_is_nil(a.v[1]) ? 1 : asy_truth(vm, a.v[1]);
    BufferView view;
    if (newline < 0 || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    BytesObj *out = asy_bytes_new(vm, NULL, (view.size + 2) / 3 * 4 + (size_t)newline);
    uint8_t *to = out ? out->data : NULL;
    for (size_t i = 0; out && i < view.size; i += 3) {
        size_t left = view.size - i;
        uint32_t bits = (uint32_t)view.data[i] << 16;
        if (left > 1) bits |= (uint32_t)view.data[i + 1] << 8;
        if (left > 2) bits |= view.data[i + 2];
        *to++ = (uint8_t)base64_digits[bits >> 18];
        *to++ = (uint8_t)base64_digits[bits >> 12 & 63];
        *to++ = left > 1 ? (uint8_t)base64_digits[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? (uint8_t)base64_digits[bits & 63] : '=';
    }
    if (out && newline) *to = '\n';
    asy_release_buffer(vm, &view);
    return asy_value_or_err(out);
}

typedef struct Base64 {
    const uint8_t *data;
    size_t size;
    bool strict;
    char wrong[128];            // what is wrong with it
} Base64;

// Decodes into `b`; false: MemoryError, or `in->wrong` is set.
static bool base64_decode(Base64 *in, BytesBuilder *b)
{
    if (in->strict && in->size && in->data[0] == '=') return (void)strcpy(in->wrong, "Leading padding not allowed"), false;
    uint32_t bits = 0;
    unsigned quad = 0, pads = 0;
    bool padded = false;
    for (size_t i = 0; i < in->size; i++) {
        uint8_t c = in->data[i];
        if (c == '=') {
            padded = true;
            if (quad >= 2 && quad + ++pads >= 4) {
                if (in->strict && i + 1 < in->size) return (void)strcpy(in->wrong, "Excess data after padding"), false;
                return true;
            }
            continue;
        }
        int digit = base64_value(c);
        if (digit < 0) {
            if (in->strict) return (void)strcpy(in->wrong, "Only base64 data is allowed"), false;
            continue;
        }
        if (in->strict && padded) return (void)strcpy(in->wrong, "Discontinuous padding not allowed"), false;
        pads = 0;
        bits = bits << 6 | (uint32_t)digit;
        if (quad && !asy_bytes_builder_byte(b, (uint8_t)(bits >> (6 - 2 * quad)))) return false;
        quad = (quad + 1) % 4;
    }
    if (quad == 1) {
        snprintf(in->wrong, sizeof in->wrong,
                 "Invalid base64-encoded string: number of data characters (%zu) cannot be 1 more than a multiple of 4",
                 b->size / 3 * 4 + 1);
        return false;
    }
    if (quad) return (void)strcpy(in->wrong, "Incorrect padding"), false;
    return true;
}
static Value binascii_a2b_base64(VM *vm, Args a)
{
    int strict = asy_is_nil(a.v[1]) ? 0 : asy_truth(vm, a.v[1]);
    BufferView view;
    if (strict < 0 || !ascii_argument(vm, a.v[0], &view)) return ASY_ERR;
    Base64 in = { view.data, view.size, strict, "" };
    BytesBuilder b;
    asy_bytes_builder_init(&b, vm);
    bool ok = base64_decode(&in, &b);
    asy_release_buffer(vm, &view);
    if (ok) return asy_bytes_builder_finish(&b);
    asy_bytes_builder_free(&b);
    return *in.wrong ? binascii_error(vm, in.wrong) : ASY_ERR;
}

// -- checksums

static bool checksum_arguments(VM *vm, Args a, BufferView *view, uint32_t *start)
{
    uint64_t bits = 0;
    Value n = asy_is_nil(a.v[1]) ? asy_from_small(0) : asy_index(vm, a.v[1]);
    if (asy_is_err(n)) return false;
    bool ok = asy_int_low_bits(vm, n, &bits) && asy_get_buffer(vm, a.v[0], view);
    asy_release(vm, n);
    *start = (uint32_t)bits;
    return ok;
}
static Value binascii_crc32(VM *vm, Args a)
{
    BufferView view;
    uint32_t crc;
    if (!checksum_arguments(vm, a, &view, &crc)) return ASY_ERR;
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320U ^ c >> 1 : c >> 1;
        table[i] = c;
    }
    crc = ~crc;
    for (size_t i = 0; i < view.size; i++) crc = table[(crc ^ view.data[i]) & 0xFF] ^ crc >> 8;
    asy_release_buffer(vm, &view);
    return asy_from_small(~crc & 0xFFFFFFFF);
}
static Value binascii_crc_hqx(VM *vm, Args a)
{
    BufferView view;
    uint32_t crc;
    if (!checksum_arguments(vm, a, &view, &crc)) return ASY_ERR;
    crc &= 0xFFFF;
    for (size_t i = 0; i < view.size; i++) {
        crc ^= (uint32_t)view.data[i] << 8;
        for (int k = 0; k < 8; k++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF;
    }
    asy_release_buffer(vm, &view);
    return asy_from_small(crc);
}

static const MethodDef functions[] = {
    { "a2b_hex", binascii_a2b_hex, "(hexstr, /)", 0, "Binary data of hexadecimal representation." },
    { "unhexlify", binascii_a2b_hex, "(hexstr, /)", 0, "Binary data of hexadecimal representation." },
    { "a2b_base64", binascii_a2b_base64, "(data, /, *, strict_mode=False)", 0, "Decode a line of base64 data." },
    { "b2a_base64", binascii_b2a_base64, "(data, /, *, newline=True)", 0, "Base64-code line of data." },
    { "crc32", binascii_crc32, "(data, crc=0, /)", 0, "Compute CRC-32 incrementally." },
    { "crc_hqx", binascii_crc_hqx, "(data, crc, /)", 0, "Compute CRC-CCITT incrementally." },
    { 0 },
};
const ModuleDef asy_module__binascii = { "_binascii", "Conversion between binary data and ASCII", functions, NULL };
