// Positions of a TextIOWrapper: tell() and seek().
//
// A position is a number: the byte from which decoding can begin anew, and, where that is not the place itself, the
// decoder's flags there, how many bytes to feed it and how many characters of what it gives to skip. For most encodings a
// place is found that needs none of these, so the number is the byte's.
//
//   bits 0-63 byte   64-95 flags   96-127 bytes to feed   128-159 characters to skip   160 feed them as the last ones
#include "stdlib/io_text.h"

typedef struct Cookie {
    int64_t start;
    uint32_t flags, feed, skip;
    bool last;
} Cookie;

enum { COOKIE_BYTES = 8 + 4 + 4 + 4 + 1 };

static Value cookie_value(VM *vm, const Cookie *c)
{
    if (!c->flags && !c->feed && !c->skip && !c->last) return asy_int_from_i64(vm, c->start);
    uint8_t bytes[COOKIE_BYTES];
    uint64_t parts[] = { (uint64_t)c->start, c->flags, c->feed, c->skip, c->last };
    uint8_t *to = bytes;
    for (int i = 0; i < 5; i++)
        for (int k = i == 0 ? 8 : i == 4 ? 1 : 4; k > 0; k--, parts[i] >>= 8) *to++ = (uint8_t)parts[i];
    return asy_int_from_bytes(vm, bytes, COOKIE_BYTES, true, false);
}

static bool cookie_parse(VM *vm, Value v, Cookie *c)
{
    uint8_t bytes[COOKIE_BYTES];
    Value number = asy_int_from_value(vm, v);
    if (asy_is_err(number)) return false;
    bool ok = asy_int_to_bytes(vm, number, bytes, COOKIE_BYTES, true, false);
    asy_release(vm, number);
    if (!ok) return false;
    uint64_t parts[5] = { 0 };
    const uint8_t *from = bytes;
    for (int i = 0; i < 5; i++)
        for (int k = 0, n = i == 0 ? 8 : i == 4 ? 1 : 4; k < n; k++) parts[i] |= (uint64_t)*from++ << (8 * k);
    *c = (Cookie){ (int64_t)parts[0], (uint32_t)parts[1], (uint32_t)parts[2], (uint32_t)parts[3], parts[4] != 0 };
    return true;
}

// -- tell

static bool decoded_length(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool final, size_t *chars)
{
    StrObj *text = asy_text_io_decode(vm, t, data, size, final);
    if (!text) return false;
    *chars += asy_str_length(vm, text);
    asy_release_obj(vm, text);
    return true;
}

// How the first `skip` characters come out of the snapshot's bytes: the last place before them from which decoding can
// begin anew, and the rest of the way. The decoder is tried out byte by byte, and its state is the caller's to restore.
static bool find_place(VM *vm, TextIO *t, BytesObj *input, size_t skip, Cookie *c)
{
    size_t chars = 0, fed = 0;          // since the last such place
    uint64_t flags = c->flags;
    BytesObj *none = asy_bytes_new(vm, "", 0);
    bool ok = none && asy_text_io_set_state(vm, t, none, flags);
    asy_release_obj(vm, none);
    size_t i = 0;
    for (; ok && i < input->size && chars < skip; i++) {
        ok = decoded_length(vm, t, input->data + i, 1, false, &chars);
        fed++;
        BytesObj *pending = ok ? asy_text_io_state(vm, t, &flags) : NULL;
        ok = pending != NULL;
        if (ok && pending->size == 0 && chars <= skip) {
            c->start += (int64_t)fed;
            c->flags = (uint32_t)flags;
            skip -= chars;
            fed = chars = 0;
        }
        asy_release_obj(vm, pending);
    }
    if (!ok) return false;
    if (chars < skip) {                 // what is still to come came with the end
        if (!decoded_length(vm, t, (const uint8_t *)"", 0, true, &chars)) return false;
        c->last = true;
        if (chars < skip) return (void)asy_raise(vm, EXC_OSError, "can't reconstruct logical file position"), false;
    }
    if (skip > 0 || c->last) {
        c->feed = (uint32_t)fed;
        c->skip = (uint32_t)skip;
    }
    return true;
}

Value asy_text_io_tell(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    if (!asy_text_io_open(vm, t)) return ASY_ERR;
    if (!t->seekable) return asy_io_unsupported(vm, "underlying stream is not seekable");
    if (!t->telling) return asy_raise(vm, EXC_OSError, "telling position disabled by next() call");
    if (!asy_text_io_write_out(vm, t) || !asy_io_do(vm, a.self, asy_name(vm, flush)) || !asy_text_io_ready(vm, t)) return ASY_ERR;
    Value at = asy_call_method0(vm, t->buffer, asy_name(vm, tell));
    if (asy_is_err(at) || !t->reads || !t->snapshot.input) return at;
    Cookie c = { .flags = (uint32_t)t->snapshot.flags };
    bool ok = asy_to_i64(vm, at, &c.start);
    asy_release(vm, at);
    if (!ok) return ASY_ERR;
    BytesObj *input = t->snapshot.input;
    c.start -= (int64_t)input->size;
    if (!t->text || t->used == 0) return cookie_value(vm, &c);
    // Text that stands byte for byte in what was read: its place is counted.
    if (t->ascii_bytes && c.flags == 0 && t->used <= input->size && (t->utf8 || asy_str_is_ascii(t->text)) &&
        memcmp(input->data, t->text->data, t->used) == 0) {
        bool between = t->universal && input->data[t->used - 1] == '\r';    // of \r and \n, perhaps
        c.start += (int64_t)t->used;
        if (!between) return cookie_value(vm, &c);
        c.start -= (int64_t)t->used;
    }
    size_t skip = asy_str_position(vm, t->text, t->used);
    uint64_t flags;
    asy_retain_obj(input);
    BytesObj *pending = asy_text_io_state(vm, t, &flags);
    uint8_t seen = t->newlines.seen;
    ok = pending && find_place(vm, t, input, skip, &c);
    if (pending) {
        Value failed = ok ? ASY_NIL : asy_error_fetch(vm);
        ok = asy_text_io_set_state(vm, t, pending, flags);
        if (!asy_is_nil(failed)) {
            asy_error_clear(vm);
            asy_error_restore(vm, failed);
            ok = false;
        }
        t->newlines.seen = seen;
    }
    asy_release_obj(vm, pending);
    asy_release_obj(vm, input);
    return ok ? cookie_value(vm, &c) : ASY_ERR;
}

// -- seek

bool asy_text_io_place_encoder(VM *vm, TextIO *t, Value at)
{
    if (asy_is_nil(t->encoder)) return true;
    int start = asy_equal(vm, at, asy_from_small(0));
    if (start < 0) return false;
    if (start) return asy_io_do(vm, t->encoder, asy_name(vm, reset));
    Value r = asy_call_method1(vm, t->encoder, asy_name(vm, setstate), asy_from_small(0));
    asy_release(vm, r);
    return !asy_is_err(r);
}

static Value seek_end(VM *vm, TextIO *t, Value self)
{
    if (!asy_io_do(vm, self, asy_name(vm, flush)) || !asy_text_io_ready(vm, t)) return ASY_ERR;
    asy_text_io_set_text(vm, t, NULL);
    if (t->reads && !asy_text_io_reset_decoder(vm, t)) return ASY_ERR;
    Value v[] = { asy_from_small(0), asy_from_small(2) };
    Value at = asy_call_method(vm, t->buffer, asy_name(vm, seek), v, 2);
    if (asy_is_err(at) || asy_text_io_place_encoder(vm, t, at)) return at;
    asy_release(vm, at);
    return ASY_ERR;
}

// Brings the decoder to the place, with the bytes that lead there.
static bool restore(VM *vm, TextIO *t, const Cookie *c)
{
    BytesObj *none = asy_bytes_new(vm, "", 0);
    if (!none) return false;
    bool ok = c->start == 0 && c->flags == 0 ? asy_text_io_reset_decoder(vm, t) : asy_text_io_set_state(vm, t, none, c->flags);
    asy_text_io_set_snapshot(vm, t, none, c->flags);
    if (!ok || c->skip == 0) return ok;
    Value input = asy_call_method1(vm, t->buffer, asy_name(vm, read), asy_from_small(c->feed));
    if (!asy_is_err(input) && !asy_is_bytes(vm, input)) {
        asy_raise(vm, EXC_TypeError, "underlying read() should have returned a bytes object, not '%.200T'", input);
        asy_set(vm, &input, ASY_ERR);
    }
    if (asy_is_err(input)) return false;
    BytesObj *bytes = asy_as_bytes(input);
    StrObj *text = asy_text_io_decode(vm, t, bytes->data, bytes->size, c->last);
    ok = text != NULL;
    if (ok) {
        size_t length = asy_str_length(vm, text);
        asy_text_io_set_text(vm, t, text);
        asy_text_io_set_snapshot(vm, t, asy_retain_obj(bytes), c->flags);
        if (length < c->skip) {
            asy_raise(vm, EXC_OSError, "can't restore logical file position");
            ok = false;
        } else {
            t->used = asy_str_offset(vm, text, c->skip);
        }
    }
    asy_release(vm, input);
    return ok;
}

Value asy_text_io_seek(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    int64_t whence = 0;
    if (!asy_text_io_ready(vm, t) || !asy_arg_i64(vm, a.v[1], &whence) || !asy_text_io_open(vm, t)) return ASY_ERR;
    if (!t->seekable) return asy_io_unsupported(vm, "underlying stream is not seekable");
    Value cookie = asy_retain(a.v[0]);
    if (whence == 1 || whence == 2) {
        int zero = asy_equal(vm, cookie, asy_from_small(0));
        asy_release(vm, cookie);
        if (zero < 0) return ASY_ERR;
        if (!zero) return asy_io_unsupported(vm, whence == 1 ? "can't do nonzero cur-relative seeks" : "can't do nonzero end-relative seeks");
        if (whence == 2) return seek_end(vm, t, a.self);
        cookie = asy_call_method0(vm, a.self, asy_name(vm, tell));
        if (asy_is_err(cookie)) return ASY_ERR;
    } else if (whence != 0) {
        asy_release(vm, cookie);
        return asy_raise(vm, EXC_ValueError, "invalid whence (%d, should be 0, 1 or 2)", (int)whence);
    }
    Cookie c;
    int negative = asy_compare_bool(vm, cookie, asy_from_small(0), CMP_LT);
    if (negative > 0) asy_raise(vm, EXC_ValueError, "negative seek position %R", cookie);
    bool ok = negative == 0 && asy_io_do(vm, a.self, asy_name(vm, flush)) && asy_text_io_ready(vm, t) && cookie_parse(vm, cookie, &c);
    if (ok) {
        Value to = asy_int_from_i64(vm, c.start);
        Value at = asy_is_err(to) ? ASY_ERR : asy_call_method1(vm, t->buffer, asy_name(vm, seek), to);
        ok = !asy_is_err(at);
        if (ok) asy_text_io_set_text(vm, t, NULL);
        ok = ok && (!t->reads || restore(vm, t, &c)) && asy_text_io_place_encoder(vm, t, to);
        asy_release(vm, at);
        asy_release(vm, to);
    }
    if (ok) return cookie;
    asy_release(vm, cookie);
    return ASY_ERR;
}
