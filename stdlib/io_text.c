// io.TextIOWrapper: text over a buffered stream. Positions are in io_text_seek.c.
//
// Bytes are read and decoded a piece at a time, as CPython does, so that errors come where they come there; lines are cut
// out of the piece. The encodings without state are decoded by the engine's codecs, others by the incremental decoders
// and encoders of the module codecs.
#include "stdlib/io_text.h"

#include "base/utf8.h"

// -- who may go on

bool asy_text_io_ready(VM *vm, const TextIO *t)
{
    if (!asy_is_nil(t->buffer)) return true;
    asy_raise(vm, EXC_ValueError, t->detached ? "underlying buffer has been detached" : "I/O operation on uninitialized object");
    return false;
}

bool asy_text_io_open(VM *vm, const TextIO *t)
{
    if (!asy_text_io_ready(vm, t)) return false;
    int closed = t->native ? asy_buffered_closed(vm, t->buffer) : asy_io_closed(vm, t->buffer);
    if (closed > 0) asy_io_closed_error(vm);
    return closed == 0;
}

static Value not_able(VM *vm, const char *text) { return asy_io_unsupported(vm, text); }

// -- encodings

// Codecs whose decoders keep nothing but an unfinished character, and whose encoders keep nothing.
static const Codec *stateless_codec(StrObj *encoding)
{
    static const char *const stateful[] = { "utf-16", "utf-32", "utf-7", "utf-8-sig", "unicode-escape", "raw-unicode-escape" };
    const Codec *codec = asy_codec_find(encoding->data, encoding->size);
    for (size_t i = 0; codec && i < sizeof stateful / sizeof *stateful; i++)
        if (strcmp(asy_codec_name(codec), stateful[i]) == 0) codec = NULL;
    return codec;
}

// codecs.lookup(encoding), which must be one of text. New reference.
static Value codec_info(VM *vm, Value encoding)
{
    Value lookup = asy_import_attr(vm, "codecs", "lookup"), info = asy_is_err(lookup) ? ASY_ERR : asy_call1(vm, lookup, encoding);
    asy_release(vm, lookup);
    if (asy_is_err(info)) return ASY_ERR;
    StrObj *name = asy_intern_c(vm, "_is_text_encoding");
    Value text = name ? asy_getattr_opt(vm, info, name) : ASY_ERR;
    int yes = asy_is_err(text) ? -1 : asy_is_nil(text) ? 1 : asy_truth(vm, text);
    if (yes == 0) {
        asy_raise(vm, EXC_LookupError, "'%.400U' is not a text encoding; use codecs.open() to handle arbitrary codecs",
                  asy_as_str(encoding));
    }
    asy_release_obj(vm, name);
    asy_release(vm, text);
    if (yes > 0) return info;
    asy_release(vm, info);
    return ASY_ERR;
}

static Value codec_part(VM *vm, Value info, const char *part, Value errors)
{
    StrObj *name = asy_intern_c(vm, part);
    Value factory = name ? asy_getattr(vm, info, name) : ASY_ERR;
    Value made = asy_is_err(factory) ? ASY_ERR : asy_call1(vm, factory, errors);
    asy_release_obj(vm, name);
    asy_release(vm, factory);
    return made;
}

// Sets encoding and errors (borrowed strs) with what decodes and encodes. False: raised, and nothing has changed.
static bool set_encoding(VM *vm, TextIO *t, Value encoding, Value errors)
{
    const Codec *codec = stateless_codec(asy_as_str(encoding));
    Value decoder = ASY_NIL, encoder = ASY_NIL;
    if (!codec) {
        Value info = codec_info(vm, encoding);
        if (asy_is_err(info)) return false;
        if (t->reads) decoder = codec_part(vm, info, "incrementaldecoder", errors);
        if (t->writes && !asy_is_err(decoder)) encoder = codec_part(vm, info, "incrementalencoder", errors);
        asy_release(vm, info);
        if (asy_is_err(decoder) || asy_is_err(encoder)) {
            asy_release(vm, decoder);
            return false;
        }
    }
    t->codec = codec;
    const char *name = codec ? asy_codec_name(codec) : "";
    t->utf8 = strcmp(name, "utf-8") == 0;
    t->ascii_bytes = t->utf8 || strcmp(name, "ascii") == 0 || strcmp(name, "iso8859-1") == 0;
    t->pending_size = 0;
    asy_set(vm, &t->decoder, decoder);
    asy_set(vm, &t->encoder, encoder);
    asy_set(vm, &t->encoding, asy_retain(encoding));
    asy_set(vm, &t->errors, asy_retain(errors));
    return true;
}

// A script decoder's text.
static Value decoded_by_script(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool final)
{
    Value bytes = asy_bytes_value(vm, data, size), decoder = asy_retain(t->decoder);
    Value v[] = { bytes, asy_from_bool(final) };
    Value text = asy_is_err(bytes) ? ASY_ERR : asy_call_method(vm, decoder, asy_name(vm, decode), v, 2);
    asy_release(vm, decoder);
    asy_release(vm, bytes);
    if (asy_is_err(text) || asy_is_str(vm, text)) return text;
    asy_raise(vm, EXC_TypeError, "decoder should return a string result, not '%.200T'", text);
    asy_release(vm, text);
    return ASY_ERR;
}

static Value decoded_by_codec(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool final)
{
    uint8_t *joined = NULL;
    size_t before = t->pending_size, taken = size += before;
    if (before) {
        if (!(joined = asy_mem_alloc(vm, size))) return asy_raise_memory(vm);
        memcpy(joined, t->pending, before);
        memcpy(joined + before, data, size - before);
        data = joined;
    }
    // A handler of errors may run script, which may come back here.
    Value errors = asy_retain(t->errors), encoding = asy_retain(t->encoding);
    Value text = final ? asy_codec_decode(vm, data, size, asy_as_str(encoding), asy_as_str(errors))
                       : asy_codec_decode_partial(vm, t->codec, data, size, asy_as_str(errors), &taken);
    asy_release(vm, errors);
    asy_release(vm, encoding);
    if (!asy_is_err(text)) {
        assert(size - taken <= TEXT_PENDING_MAX);
        t->pending_size = size - taken;
        memcpy(t->pending, data + taken, size - taken);
    }
    if (joined) asy_mem_free(vm, joined, size);
    return text;
}

StrObj *asy_text_io_decode(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool final)
{
    Value text = t->codec ? decoded_by_codec(vm, t, data, size, final) : decoded_by_script(vm, t, data, size, final);
    if (asy_is_err(text)) return NULL;
    return t->universal ? asy_newlines_feed(vm, &t->newlines, asy_as_str(text), final) : asy_as_str(text);
}

BytesObj *asy_text_io_state(VM *vm, TextIO *t, uint64_t *flags)
{
    BytesObj *pending = NULL;
    *flags = 0;
    if (t->codec) {
        pending = asy_bytes_new(vm, t->pending, t->pending_size);
    } else {
        Value state = asy_call_method0(vm, t->decoder, asy_name(vm, getstate));
        if (asy_is_err(state)) return NULL;
        TupleObj *pair = asy_is_tuple(vm, state) ? asy_as_tuple(state) : NULL;
        if (!pair || pair->size != 2) {
            asy_raise(vm, EXC_TypeError, "illegal decoder state");
        } else if (!asy_is_bytes(vm, pair->items[0])) {
            asy_raise(vm, EXC_TypeError, "illegal decoder state: the first item should be a bytes object, not '%.200T'", pair->items[0]);
        } else if (!asy_int_low_bits(vm, pair->items[1], flags)) {
            asy_raise(vm, EXC_TypeError, "illegal decoder state");
        } else {
            pending = asy_retain_obj(asy_as_bytes(pair->items[0]));
        }
        asy_release(vm, state);
    }
    if (t->universal) *flags = *flags << 1 | t->newlines.pending_cr;
    return pending;
}

bool asy_text_io_set_state(VM *vm, TextIO *t, BytesObj *pending, uint64_t flags)
{
    if (t->universal) {
        t->newlines.pending_cr = flags & 1;
        flags >>= 1;
    }
    if (t->codec) {
        t->pending_size = pending->size <= TEXT_PENDING_MAX ? pending->size : 0;
        memcpy(t->pending, pending->data, t->pending_size);
        return true;
    }
    Value number = asy_int_from_u64(vm, flags);
    Value state = asy_is_err(number) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(pending), number);
    Value r = asy_is_err(state) ? ASY_ERR : asy_call_method1(vm, t->decoder, asy_name(vm, setstate), state);
    asy_release(vm, number);
    asy_release(vm, state);
    asy_release(vm, r);
    return !asy_is_err(r);
}

bool asy_text_io_reset_decoder(VM *vm, TextIO *t)
{
    t->pending_size = 0;
    t->newlines.pending_cr = false;
    t->newlines.seen = 0;
    return t->codec || asy_is_nil(t->decoder) || asy_io_do(vm, t->decoder, asy_name(vm, reset));
}

// -- setting up

// newline: NIL or None, "", "\n", "\r" or "\r\n".
static bool check_newline(VM *vm, Value newline)
{
    if (asy_absent(newline)) return true;
    if (!asy_is_str(vm, newline)) {
        asy_raise(vm, EXC_TypeError, "TextIOWrapper() argument 'newline' must be str or None, not %T", newline);
        return false;
    }
    StrObj *s = asy_as_str(newline);
    if (asy_str_is(s, "") || asy_str_is(s, "\n") || asy_str_is(s, "\r") || asy_str_is(s, "\r\n")) return true;
    asy_raise(vm, EXC_ValueError, "illegal newline value: %U", s);
    return false;
}

static void set_newline(TextIO *t, Value newline)
{
    const char *text = asy_absent(newline) ? "" : asy_as_str(newline)->data;
    t->universal = !*text;
    t->newlines = (Newlines){ .translate = asy_absent(newline) };
    strcpy(t->mark, t->newlines.translate ? "\n" : text);
    strcpy(t->written, *text == '\r' ? text : "");
}

static bool text_argument(VM *vm, Value v, const char *function, const char *name)
{
    if (asy_absent(v)) return true;
    if (!asy_is_str(vm, v)) {
        asy_raise(vm, EXC_TypeError, "%s() argument '%s' must be str or None, not %T", function, name, v);
        return false;
    }
    if (!(asy_as_str(v)->head.flags & STR_SURROGATES)) return true;
    asy_release(vm, asy_codec_encode(vm, asy_as_str(v), NULL, NULL));       // raises UnicodeEncodeError
    return false;
}

static void forget(VM *vm, TextIO *t)
{
    asy_text_io_set_text(vm, t, NULL);
    if (t->out) asy_mem_free(vm, t->out, t->out_capacity);
    t->out = NULL;
    t->out_size = t->out_capacity = 0;
}

// The name of the machine's encoding, shown where none was given.
static Value usual_encoding(VM *vm, Value encoding)
{
    bool usual = asy_absent(encoding) || asy_str_is(asy_as_str(encoding), "locale");
    return usual ? asy_str_value(vm, "UTF-8") : asy_retain(encoding);
}

static bool text_setup(VM *vm, TextIO *t, Value buffer, Value encoding, Value errors, Value newline, bool line_buffering,
                       bool write_through)
{
    Value old = t->buffer;
    t->buffer = ASY_NIL;
    t->detached = false;
    asy_release(vm, old);
    forget(vm, t);
    t->chunk_size = IO_BUFFER_SIZE;
    t->bytes_per_char = 0;
    t->line_buffering = line_buffering;
    t->write_through = write_through;
    static const char *const function = "TextIOWrapper";
    if (!text_argument(vm, encoding, function, "encoding") || !text_argument(vm, errors, function, "errors") || !check_newline(vm, newline))
        return false;
    if ((!asy_absent(encoding) && memchr(asy_as_str(encoding)->data, 0, asy_as_str(encoding)->size)) ||
        (!asy_absent(errors) && memchr(asy_as_str(errors)->data, 0, asy_as_str(errors)->size))) {
        asy_raise(vm, EXC_ValueError, "embedded null character");
        return false;
    }
    set_newline(t, newline);
    // The encoding is looked up first, whatever the buffer is.
    t->reads = t->writes = false;
    Value name = usual_encoding(vm, encoding);
    if (asy_is_err(name)) return false;
    Value handler = asy_absent(errors) ? asy_from_obj(asy_name(vm, strict)) : errors;
    bool ok = set_encoding(vm, t, name, handler);
    int reads = ok ? asy_io_ask(vm, buffer, asy_name(vm, readable)) : -1;
    int writes = reads < 0 ? -1 : asy_io_ask(vm, buffer, asy_name(vm, writable));
    if (writes >= 0) {
        t->reads = reads;
        t->writes = writes;
        ok = t->codec || set_encoding(vm, t, name, handler);
    } else {
        ok = false;
    }
    asy_release(vm, name);
    t->native = asy_io_is_exact(buffer, &asy_buffered_reader_type) || asy_io_is_exact(buffer, &asy_buffered_writer_type) ||
                asy_io_is_exact(buffer, &asy_buffered_random_type);
    int seekable = ok ? asy_io_ask(vm, buffer, asy_name(vm, seekable)) : -1;
    Value read1 = seekable < 0 ? ASY_ERR : asy_getattr_opt(vm, buffer, asy_name(vm, read1));
    if (asy_is_err(read1)) return false;
    t->has_read1 = !asy_is_nil(read1);
    asy_release(vm, read1);
    t->seekable = t->telling = seekable;
    if (t->seekable && !asy_is_nil(t->encoder)) {
        Value at = asy_call_method0(vm, buffer, asy_name(vm, tell));
        ok = !asy_is_err(at) && asy_text_io_place_encoder(vm, t, at);
        asy_release(vm, at);
    }
    if (ok) t->buffer = asy_retain(buffer);
    return ok;
}

static bool text_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "buffer", "encoding", "errors", "newline", "line_buffering", "write_through" };
    Value v[6];
    bool line_buffering = false, write_through = false;
    return asy_new_args(vm, "TextIOWrapper", names, 6, 0, 1, a, v) && asy_arg_bool(vm, v[4], &line_buffering) &&
           asy_arg_bool(vm, v[5], &write_through) &&
           text_setup(vm, asy_text_io(self), v[0], v[1], v[2], v[3], line_buffering, write_through);
}

Value asy_text_io_new(VM *vm, Value buffer, Value encoding, Value errors, Value newline, bool line_buffering, bool write_through)
{
    Type *type = asy_type_ready(vm, &asy_text_io_type);
    TextIO *t = type ? asy_object_alloc(vm, type) : NULL;
    if (!t) return ASY_ERR;
    if (text_setup(vm, t, buffer, encoding, errors, newline, line_buffering, write_through)) return asy_from_obj(t);
    asy_release_obj(vm, t);
    return ASY_ERR;
}

static Value text_reconfigure(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    Value encoding = a.v[0], errors = a.v[1], newline = a.v[2];
    bool line_buffering = t->line_buffering, write_through = t->write_through;
    if (!asy_text_io_ready(vm, t)) return ASY_ERR;
    bool other = !asy_absent(encoding) || !asy_absent(errors) || !asy_is_nil(newline);
    if (other && t->text)
        return not_able(vm, "It is not possible to set the encoding or newline of stream after the first read");
    static const char *const function = "reconfigure";
    if (!text_argument(vm, encoding, function, "encoding") || !text_argument(vm, errors, function, "errors") || !check_newline(vm, newline))
        return ASY_ERR;
    if (!asy_is_none(a.v[3]) && !asy_arg_bool(vm, a.v[3], &line_buffering)) return ASY_ERR;
    if (!asy_is_none(a.v[4]) && !asy_arg_bool(vm, a.v[4], &write_through)) return ASY_ERR;
    if (!asy_io_do(vm, a.self, asy_name(vm, flush))) return ASY_ERR;
    t->bytes_per_char = 0;
    if (!asy_is_nil(newline)) set_newline(t, newline);
    if (!asy_absent(encoding) || !asy_absent(errors)) {
        Value name = asy_absent(encoding) ? asy_retain(t->encoding) : usual_encoding(vm, encoding);
        Value handler = asy_retain(!asy_absent(errors) ? errors : asy_absent(encoding) ? t->errors : asy_from_obj(asy_name(vm, strict)));
        bool ok = !asy_is_err(name) && set_encoding(vm, t, name, handler);
        asy_release(vm, name);
        asy_release(vm, handler);
        if (ok && t->seekable && !asy_is_nil(t->encoder)) {
            Value at = asy_call_method0(vm, t->buffer, asy_name(vm, tell));
            ok = !asy_is_err(at) && asy_text_io_place_encoder(vm, t, at);
            asy_release(vm, at);
        }
        if (!ok) return ASY_ERR;
    }
    t->line_buffering = line_buffering;
    t->write_through = write_through;
    return ASY_NONE;
}

// -- reading

void asy_text_io_set_snapshot(VM *vm, TextIO *t, BytesObj *input, uint64_t flags)
{
    BytesObj *old = t->snapshot.input;
    t->snapshot = (TextSnapshot){ input, flags };
    asy_release_obj(vm, old);
}

void asy_text_io_set_text(VM *vm, TextIO *t, StrObj *text)
{
    StrObj *old = t->text;
    t->text = text;
    t->used = 0;
    asy_release_obj(vm, old);
    if (!text) asy_text_io_set_snapshot(vm, t, NULL, 0);
}

// The buffer's next bytes, at most `size`: a new reference to an object that shows its bytes.
static Value next_bytes(VM *vm, TextIO *t, size_t size)
{
    if (t->native && t->reads) return asy_buffered_read1(vm, t->buffer, size);
    Value buffer = asy_retain(t->buffer);
    StrObj *method = t->has_read1 ? asy_name(vm, read1) : asy_name(vm, read);
    Value bytes = asy_call_method1(vm, buffer, method, asy_from_small((int64_t)size));
    asy_release(vm, buffer);
    if (asy_is_err(bytes) || asy_has_buffer(vm, bytes)) return bytes;
    asy_raise(vm, EXC_TypeError, "underlying %s() should have returned a bytes-like object, not '%.200T'", method->data, bytes);
    asy_release(vm, bytes);
    return ASY_ERR;
}

// Remembers where the decoder stood (`before`, owned) and what it gets now.
static bool take_snapshot(VM *vm, TextIO *t, BytesObj *before, uint64_t flags, const BufferView *now, Value input)
{
    BytesObj *all = NULL;
    if (before->size == 0 && asy_is_obj(input) && asy_as_obj(input)->type == vm->types.bytes) {
        all = asy_retain_obj(asy_as_bytes(input));
    } else if ((all = asy_bytes_new(vm, NULL, before->size + now->size)) != NULL) {
        memcpy(all->data, before->data, before->size);
        memcpy(all->data + before->size, now->data, now->size);
    }
    asy_release_obj(vm, before);
    if (all) asy_text_io_set_snapshot(vm, t, all, flags);
    return all != NULL;
}

// Decodes the next piece into t->text; about `hint` characters are wanted. 1, 0 at the end, -1 raised.
static int read_piece(VM *vm, TextIO *t, int64_t hint)
{
    BytesObj *before = NULL;
    uint64_t flags = 0;
    if (t->telling && !(before = asy_text_io_state(vm, t, &flags))) return -1;
    int64_t size = t->chunk_size;
    if (hint > 0) {
        double wanted = (double)hint * (t->bytes_per_char > 1 ? t->bytes_per_char : 1);
        if (wanted > (double)size) size = wanted < 1e15 ? (int64_t)wanted : hint;
    }
    Value input = next_bytes(vm, t, (size_t)size);
    BufferView view;
    if (asy_is_err(input) || !asy_get_buffer(vm, input, &view)) {
        asy_release(vm, input);
        asy_release_obj(vm, before);
        return -1;
    }
    bool end = view.size == 0;
    StrObj *text = asy_text_io_decode(vm, t, view.data, view.size, end);
    bool ok = text != NULL;
    if (ok) {
        size_t chars = asy_str_length(vm, text);
        t->bytes_per_char = chars ? (double)view.size / (double)chars : 0;
        if (chars) end = false;
        StrObj *old = t->text;
        t->text = text;
        t->used = 0;
        asy_release_obj(vm, old);
        if (before) ok = take_snapshot(vm, t, before, flags, &view, input);
    } else {
        asy_release_obj(vm, before);
    }
    asy_release_buffer(vm, &view);
    asy_release(vm, input);
    return !ok ? -1 : !end;
}

static size_t left(const TextIO *t) { return t->text ? t->text->size - t->used : 0; }

// The byte of the text behind the next n characters.
static size_t behind_chars(const TextIO *t, size_t n)
{
    if (n >= left(t)) n = left(t);
    if (asy_str_is_ascii(t->text)) return t->used + n;
    return t->used + asy_utf8_offset(t->text->data + t->used, left(t), n);
}

// The text up to byte `to`, which is given out by that.
static StrObj *take(VM *vm, TextIO *t, size_t to)
{
    StrObj *part = asy_str_slice_bytes(vm, t->text, t->used, to);
    if (part) t->used = to;
    return part;
}

static Value read_all(VM *vm, TextIO *t)
{
    Value buffer = asy_retain(t->buffer), bytes = asy_call_method0(vm, buffer, asy_name(vm, read));
    asy_release(vm, buffer);
    BufferView view;
    if (!asy_is_err(bytes) && !asy_has_buffer(vm, bytes)) {
        asy_raise(vm, EXC_TypeError, "underlying read() should have returned a bytes-like object, not '%.200T'", bytes);
        asy_set(vm, &bytes, ASY_ERR);
    }
    if (asy_is_err(bytes) || !asy_get_buffer(vm, bytes, &view)) {
        asy_release(vm, bytes);
        return ASY_ERR;
    }
    StrObj *rest = asy_text_io_decode(vm, t, view.data, view.size, true);
    asy_release_buffer(vm, &view);
    asy_release(vm, bytes);
    if (rest && left(t)) {
        StrObj *first = take(vm, t, t->text->size), *both = first ? asy_str_concat(vm, first, rest) : NULL;
        asy_release_obj(vm, first);
        asy_release_obj(vm, rest);
        rest = both;
    }
    if (rest) asy_text_io_set_text(vm, t, NULL);
    return asy_value_or_err(rest);
}

static Value text_read(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    int64_t n;
    if (!asy_io_size(vm, a.v[0], &n) || !asy_text_io_open(vm, t)) return ASY_ERR;
    if (!t->reads) return not_able(vm, "not readable");
    if (!asy_text_io_write_out(vm, t)) return ASY_ERR;
    if (n < 0) return read_all(vm, t);
    StrBuilder all;
    asy_builder_init(&all, vm);
    size_t got = 0;
    for (;;) {
        if (left(t)) {
            size_t to = behind_chars(t, (size_t)n - got);
            StrObj *part = take(vm, t, to);
            size_t chars = part ? asy_str_length(vm, part) : 0;
            if (part && got == 0 && chars == (size_t)n) return asy_from_obj(part);
            bool ok = part && asy_builder_str(&all, part);
            asy_release_obj(vm, part);
            if (!ok) break;
            got += chars;
        }
        if (got >= (size_t)n) return asy_value_or_err(asy_builder_finish(&all));
        int r = read_piece(vm, t, n - (int64_t)got);
        if (r < 0) break;
        if (r == 0) return asy_value_or_err(asy_builder_finish(&all));
    }
    asy_builder_free(&all);
    return ASY_ERR;
}

// The end of a line in the text at hand: the byte behind it, or 0. `torn`: the line so far ends with the \r of a \r\n.
static size_t line_end(const TextIO *t, bool torn)
{
    if (torn && left(t) && t->text->data[t->used] == '\n') return t->used + 1;
    return asy_newlines_find(t->text->data, t->used, t->text->size, t->mark);
}

// The next line, of at most `limit` characters (-1: no limit); "" at the end.
static Value read_line(VM *vm, TextIO *t, int64_t limit)
{
    if (!asy_text_io_write_out(vm, t)) return ASY_ERR;
    if (left(t)) {                      // mostly it is all there
        size_t end = line_end(t, false), most = limit < 0 ? t->text->size : behind_chars(t, (size_t)limit);
        if (end && end <= most) return asy_value_or_err(take(vm, t, end));
        if (most < t->text->size) return asy_value_or_err(take(vm, t, most));
    }
    StrBuilder line;
    asy_builder_init(&line, vm);
    size_t chars = 0;
    bool done = false;
    while (!done) {
        if (left(t)) {
            bool torn = t->mark[0] == '\r' && t->mark[1] && line.size && line.data[line.size - 1] == '\r';
            size_t end = line_end(t, torn), to = end ? end : t->text->size;
            done = end != 0;
            if (limit >= 0) {
                size_t most = behind_chars(t, (size_t)limit - chars);
                if (most < to) to = most, done = true;
            }
            StrObj *part = take(vm, t, to);
            if (!part || !asy_builder_str(&line, part)) {
                asy_release_obj(vm, part);
                break;
            }
            chars += asy_str_length(vm, part);
            asy_release_obj(vm, part);
            if (done || (limit >= 0 && chars >= (size_t)limit)) return asy_value_or_err(asy_builder_finish(&line));
        }
        if (!t->reads) {
            (void)not_able(vm, "not readable");
            break;
        }
        int r = read_piece(vm, t, 0);
        if (r < 0) break;
        if (r == 0) {
            asy_text_io_set_text(vm, t, NULL);
            return asy_value_or_err(asy_builder_finish(&line));
        }
    }
    asy_builder_free(&line);
    return ASY_ERR;
}

static Value text_readline(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    int64_t limit = -1;
    if ((!asy_is_nil(a.v[0]) && !asy_to_ssize(vm, a.v[0], &limit)) || !asy_text_io_open(vm, t)) return ASY_ERR;
    return read_line(vm, t, limit);
}

// While lines are walked through, tell() has nothing to count from. A subclass' lines are those of its own readline.
static Value text_next(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    if (!asy_text_io_ready(vm, t)) return ASY_ERR;
    t->telling = false;
    Value line;
    if (asy_as_obj(self)->type->flags & TYPE_STATIC) {
        line = asy_text_io_open(vm, t) ? read_line(vm, t, -1) : ASY_ERR;
    } else {
        line = asy_call_method0(vm, self, asy_name(vm, readline));
        if (!asy_is_err(line) && !asy_is_str(vm, line)) {
            asy_raise(vm, EXC_OSError, "readline() should have returned a str object, not '%.200T'", line);
            asy_set(vm, &line, ASY_ERR);
        }
    }
    if (asy_is_err(line) || asy_as_str(line)->size) return line;
    asy_release(vm, line);
    asy_text_io_set_snapshot(vm, t, NULL, 0);
    t->telling = t->seekable;
    return ASY_DONE;
}

// -- writing

// Hands bytes down.
static bool hand_down(VM *vm, TextIO *t, const uint8_t *data, size_t size)
{
    if (t->native && t->writes) return asy_buffered_write(vm, t->buffer, data, size);
    Value buffer = asy_retain(t->buffer), bytes = asy_bytes_value(vm, data, size);
    Value r = asy_is_err(bytes) ? ASY_ERR : asy_call_method1(vm, buffer, asy_name(vm, write), bytes);
    asy_release(vm, r);
    asy_release(vm, bytes);
    asy_release(vm, buffer);
    return !asy_is_err(r);
}

bool asy_text_io_write_out(VM *vm, TextIO *t)
{
    if (t->out_size == 0) return true;
    // What script below writes here meanwhile comes after.
    uint8_t *out = t->out;
    size_t size = t->out_size, capacity = t->out_capacity;
    t->out = NULL;
    t->out_size = t->out_capacity = 0;
    bool ok = hand_down(vm, t, out, size);
    if (t->out) {
        asy_mem_free(vm, out, capacity);
    } else {
        t->out = out;
        t->out_capacity = capacity;
    }
    return ok;
}

static bool keep(VM *vm, TextIO *t, const uint8_t *data, size_t size)
{
    size_t need = t->out_size + size;
    if (need > t->out_capacity) {
        size_t capacity = t->out_capacity ? t->out_capacity : 256;
        while (capacity < need) capacity *= 2;
        uint8_t *out = asy_mem_resize(vm, t->out, t->out_capacity, capacity);
        if (!out) return (void)asy_raise_memory(vm), false;
        t->out = out;
        t->out_capacity = capacity;
    }
    if (size) memcpy(t->out + t->out_size, data, size);     // nothing may come without a place
    t->out_size = need;
    return true;
}

// Encoded bytes on their way down: kept until there are enough of them.
static bool put(VM *vm, TextIO *t, const uint8_t *data, size_t size, bool now)
{
    size_t chunk = (size_t)t->chunk_size;
    if (t->out_size && t->out_size + size > chunk && !asy_text_io_write_out(vm, t)) return false;
    if (t->out_size == 0 && (size >= chunk || (now && size))) return hand_down(vm, t, data, size);
    return keep(vm, t, data, size) && ((t->out_size < chunk && !now) || asy_text_io_write_out(vm, t));
}

// `text` with what stands for \n in this stream; owned.
static StrObj *with_newlines(VM *vm, TextIO *t, StrObj *text)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    const char *p = text->data, *end = p + text->size;
    for (bool ok = true; ok;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        ok = asy_builder_bytes(&b, p, (size_t)((lf ? lf : end) - p)) && (!lf || asy_builder_c(&b, t->written));
        if (ok && !lf) return asy_builder_finish(&b);
        p = lf + 1;
    }
    asy_builder_free(&b);
    return NULL;
}

static bool put_text(VM *vm, TextIO *t, StrObj *text, bool now)
{
    if (t->utf8 && !(text->head.flags & STR_SURROGATES))
        return put(vm, t, (const uint8_t *)text->data, text->size, now);
    Value bytes;
    if (t->codec) {
        Value encoding = asy_retain(t->encoding), errors = asy_retain(t->errors);
        bytes = asy_codec_encode(vm, text, asy_as_str(encoding), asy_as_str(errors));
        asy_release(vm, encoding);
        asy_release(vm, errors);
    } else {
        Value encoder = asy_retain(t->encoder);
        bytes = asy_call_method1(vm, encoder, asy_name(vm, encode), asy_from_obj(text));
        asy_release(vm, encoder);
    }
    if (asy_is_err(bytes)) return false;
    bool ok = asy_is_bytes(vm, bytes);
    if (!ok) asy_raise(vm, EXC_TypeError, "encoder should return a bytes object, not '%.200T'", bytes);
    else ok = asy_text_io_ready(vm, t) && put(vm, t, asy_as_bytes(bytes)->data, asy_as_bytes(bytes)->size, now);
    asy_release(vm, bytes);
    return ok;
}

static Value text_write(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "write() argument must be str, not %T", a.v[0]);
    if (!asy_text_io_open(vm, t)) return ASY_ERR;
    if (!t->writes) return not_able(vm, "not writable");
    StrObj *text = asy_retain_obj(asy_as_str(a.v[0]));
    size_t length = asy_str_length(vm, text);
    bool lf = (t->written[0] || t->line_buffering) && memchr(text->data, '\n', text->size);
    bool flush = t->line_buffering && (lf || memchr(text->data, '\r', text->size));
    if (lf && t->written[0]) {
        StrObj *other = with_newlines(vm, t, text);
        asy_release_obj(vm, text);
        if (!(text = other)) return ASY_ERR;
    }
    bool ok = put_text(vm, t, text, flush || t->write_through);
    asy_release_obj(vm, text);
    if (ok && flush) ok = asy_text_io_ready(vm, t) && (t->native ? asy_buffered_flush(vm, t->buffer) : asy_io_do(vm, t->buffer, asy_name(vm, flush)));
    if (!ok) return ASY_ERR;
    if (t->reads) {
        if (t->snapshot.input || t->text) asy_text_io_set_text(vm, t, NULL);
        if (!asy_text_io_reset_decoder(vm, t)) return ASY_ERR;
    }
    return asy_from_small((int64_t)length);
}

bool asy_text_io_flush(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    if (!asy_text_io_open(vm, t)) return false;
    t->telling = t->seekable;
    if (!asy_text_io_write_out(vm, t)) return false;
    return t->native ? asy_buffered_flush(vm, t->buffer) : asy_io_do(vm, t->buffer, asy_name(vm, flush));
}
static Value text_flush(VM *vm, Args a) { return asy_text_io_flush(vm, a.self) ? ASY_NONE : ASY_ERR; }

// -- the rest

static Value text_truncate(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    if (!asy_text_io_ready(vm, t) || !asy_io_do(vm, a.self, asy_name(vm, flush)) || !asy_text_io_ready(vm, t)) return ASY_ERR;
    return asy_call_method1(vm, t->buffer, asy_name(vm, truncate), asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0]);
}

static Value text_detach(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    if (!asy_text_io_ready(vm, t) || !asy_io_do(vm, a.self, asy_name(vm, flush)) || !asy_text_io_ready(vm, t)) return ASY_ERR;
    Value buffer = t->buffer;
    t->buffer = ASY_NIL;
    t->detached = true;
    return buffer;
}

static Value text_close(VM *vm, Args a)
{
    TextIO *t = asy_text_io(a.self);
    if (!asy_text_io_ready(vm, t)) return ASY_ERR;
    int closed = asy_io_closed(vm, a.self);
    if (closed != 0) return closed < 0 ? ASY_ERR : ASY_NONE;
    if (t->stream.finalizing && asy_text_io_ready(vm, t)) {
        Value r = asy_call_method1(vm, t->buffer, asy_name(vm, _dealloc_warn), a.self);
        if (asy_is_err(r)) asy_error_clear(vm);
        asy_release(vm, r);
    }
    Value failed = ASY_NIL;
    if (!asy_io_do(vm, a.self, asy_name(vm, flush))) failed = asy_error_fetch(vm);
    if (asy_text_io_ready(vm, t)) asy_io_try(vm, t->buffer, asy_name(vm, close));
    return asy_io_both(vm, failed) ? ASY_NONE : ASY_ERR;
}

#define FORWARD(id)                                                                                            \
    static Value text_##id(VM *vm, Args a)                                                                     \
    {                                                                                                          \
        TextIO *t = asy_text_io(a.self);                                                                       \
        return asy_text_io_ready(vm, t) ? asy_call_method0(vm, t->buffer, asy_name(vm, id)) : ASY_ERR;         \
    }
FORWARD(fileno)
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(isatty)

static Value get_closed(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    return asy_text_io_ready(vm, t) ? asy_getattr(vm, t->buffer, asy_name(vm, closed)) : ASY_ERR;
}
static Value get_name(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    return asy_text_io_ready(vm, t) ? asy_getattr(vm, t->buffer, asy_name(vm, name)) : ASY_ERR;
}
static Value get_newlines(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    if (!asy_text_io_ready(vm, t)) return ASY_ERR;
    return t->reads && t->universal ? asy_newlines_seen(vm, &t->newlines) : ASY_NONE;
}
static Value get_errors(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    return asy_is_nil(t->errors) ? asy_raise(vm, EXC_ValueError, "I/O operation on uninitialized object") : asy_retain(t->errors);
}
static Value get_line_buffering(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_text_io(self)->line_buffering); }
static Value get_write_through(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_text_io(self)->write_through); }
static Value get_chunk_size(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    return asy_text_io_ready(vm, t) ? asy_int_from_i64(vm, t->chunk_size) : ASY_ERR;
}
static bool set_chunk_size(VM *vm, Value self, Value v)
{
    TextIO *t = asy_text_io(self);
    int64_t n;
    if (!asy_text_io_ready(vm, t)) return false;
    if (asy_is_nil(v)) return (void)asy_raise(vm, EXC_AttributeError, "cannot delete attribute"), false;
    if (!asy_to_ssize(vm, v, &n)) return false;
    if (n <= 0) return (void)asy_raise(vm, EXC_ValueError, "a strictly positive integer is required"), false;
    t->chunk_size = n;
    return true;
}

static bool show_attribute(VM *vm, StrBuilder *b, Value self, StrObj *name)
{
    Value v = asy_getattr(vm, self, name);
    if (asy_is_err(v)) return asy_error_catch(vm, EXC_AttributeError) || asy_error_catch(vm, EXC_ValueError);
    bool ok = asy_builder_format(b, " %U=%R", name, v);
    asy_release(vm, v);
    return ok;
}

static Value text_repr(VM *vm, Value self)
{
    TextIO *t = asy_text_io(self);
    if (asy_is_nil(t->encoding)) return asy_raise(vm, EXC_ValueError, "I/O operation on uninitialized object");
    int entered = asy_repr_enter(vm, self);
    if (entered < 0) return ASY_ERR;
    if (entered > 0) return asy_raise(vm, EXC_RuntimeError, "reentrant call inside %T.__repr__", self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_format(&b, "<%T", self) && show_attribute(vm, &b, self, asy_name(vm, name)) &&
              show_attribute(vm, &b, self, asy_name(vm, mode)) && asy_builder_format(&b, " encoding=%R>", t->encoding);
    asy_repr_leave(vm, self);
    if (ok) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}

static void text_trace(Tracer *tr, ObjHeader *o)
{
    TextIO *t = (TextIO *)(void *)o;
    asy_stream_trace(tr, o);
    asy_trace_value(tr, t->buffer);
    asy_trace_value(tr, t->encoding);
    asy_trace_value(tr, t->errors);
    asy_trace_value(tr, t->decoder);
    asy_trace_value(tr, t->encoder);
    asy_trace_header(tr, (ObjHeader *)(void *)t->text);
    asy_trace_header(tr, (ObjHeader *)(void *)t->snapshot.input);
}
static void text_clear(VM *vm, ObjHeader *o)
{
    TextIO *t = (TextIO *)(void *)o;
    asy_stream_clear(vm, o);
    asy_clear(vm, &t->buffer);
    asy_clear(vm, &t->encoding);
    asy_clear(vm, &t->errors);
    asy_clear(vm, &t->decoder);
    asy_clear(vm, &t->encoder);
    asy_text_io_set_text(vm, t, NULL);
}
static void text_free(VM *vm, ObjHeader *o)
{
    TextIO *t = (TextIO *)(void *)o;
    if (t->out) asy_mem_free(vm, t->out, t->out_capacity);
}

static const MethodDef methods[] = {
    { "read", text_read, "(size=-1, /)", 0, "At most `size` characters, all without one." },
    { "readline", text_readline, "(size=-1, /)", 0, "The next line, of at most `size` characters." },
    { "write", text_write, "(text, /)", 0, "Write text; how many characters." },
    { "flush", text_flush, "()", 0, "Write out what is kept back." },
    { "close", text_close, "()", 0, "Flush and close." },
    { "detach", text_detach, "()", 0, "Flush, and give the buffer away." },
    { "truncate", text_truncate, "(pos=None, /)", 0, "Cut to a size, by default to the position." },
    { "tell", asy_text_io_tell, "()", 0, "The position, an opaque number for seek()." },
    { "seek", asy_text_io_seek, "(cookie, whence=0, /)", 0, "Move to a position that tell() gave, or to the start or the end." },
    { "reconfigure", text_reconfigure, "(*, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)", 0,
      "Change how text is read and written from now on." },
    { "fileno", text_fileno, "()", 0, "The descriptor." },
    { "seekable", text_seekable, "()", 0, "Whether there are positions to move to." },
    { "readable", text_readable, "()", 0, "Whether it was opened for reading." },
    { "writable", text_writable, "()", 0, "Whether it was opened for writing." },
    { "isatty", text_isatty, "()", 0, "Whether it is a terminal." },
    STREAM_REDUCE,
    { 0 },
};
static const MemberDef members[] = {
    { "buffer", offsetof(TextIO, buffer), false, NULL },
    { "encoding", offsetof(TextIO, encoding), false, NULL },
    { 0 },
};
static const GetSetDef getset[] = {
    { "closed", get_closed, NULL, NULL },
    { "name", get_name, NULL, NULL },
    { "newlines", get_newlines, NULL, NULL },
    { "errors", get_errors, NULL, NULL },
    { "line_buffering", get_line_buffering, NULL, NULL },
    { "write_through", get_write_through, NULL, NULL },
    { "_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL },
    { "_finalizing", asy_stream_finalizing, NULL, NULL },
    { 0 },
};
const TypeDef asy_text_io_type = {
    .name = "_io.TextIOWrapper",
    .base = &asy_io_text_base_type,
    .size = sizeof(TextIO),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Text over a buffered stream of bytes.\n\n"
           "encoding and errors say how bytes are decoded and text is encoded. newline says what ends lines: None, any of\n"
           "\\n, \\r and \\r\\n, read as \\n; '', any of them, read as they are; one of them, that one, and it is written for \\n.\n"
           "With line_buffering, flush() is called when a written text has a newline.",
    .signature = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
    .trace = text_trace,
    .clear = text_clear,
    .free = text_free,
    .methods = methods,
    .members = members,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = text_init, .repr = text_repr, .next = text_next },
};
