// The standard streams: sys.stdin, stdout and stderr as text, their `buffer` as bytes.
//
// A text stream and its byte stream share one Stream: what is written through either goes out in order. stdout is
// written out when it is full, at newlines if it is a terminal, and when it is flushed; stderr at every write.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "stdlib/host.h"
#include "stdlib/io.h"
#include "vm/objects/codecs.h"

enum { STREAM_BUFFER = 8192 };

typedef struct ByteStream {
    ObjHeader head;
    int fd;
    bool reads, unbuffered, closed, at_end;
    uint8_t *data;              // STREAM_BUFFER, or NULL
    size_t from, size;          // reading: [from, size) is not yet given out; writing: [0, size) not yet written
} ByteStream;

typedef struct TextStream {
    ObjHeader head;
    ByteStream *bytes;          // owned
    Value name, mode, encoding, errors;
    bool line_buffering, write_through;
} TextStream;

static ByteStream *bytes_of(Value v) { return asy_as(ByteStream, v); }
static TextStream *text_of(Value v) { return asy_as(TextStream, v); }

static bool flush(VM *vm, ByteStream *s)
{
    if (s->reads || !s->size) return true;
    size_t n = s->size;
    s->size = 0;
    if (asy_host_write(vm, s->fd, (const char *)s->data, n)) return true;
    if (!asy_error_pending(vm)) asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
    return false;
}

static bool write_bytes(VM *vm, ByteStream *s, const uint8_t *data, size_t n)
{
    if (s->unbuffered) {
        if (asy_host_write(vm, s->fd, (const char *)data, n)) return true;
        if (!asy_error_pending(vm)) asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
        return false;
    }
    if (!s->data && !(s->data = asy_mem_alloc(vm, STREAM_BUFFER))) return (void)asy_raise_memory(vm), false;
    while (n) {
        size_t part = STREAM_BUFFER - s->size < n ? STREAM_BUFFER - s->size : n;
        memcpy(s->data + s->size, data, part);
        s->size += part;
        data += part;
        n -= part;
        if (s->size == STREAM_BUFFER && !flush(vm, s)) return false;
    }
    return true;
}

static bool may(VM *vm, ByteStream *s, bool reading)
{
    if (s->closed) {
        asy_raise(vm, EXC_ValueError, "I/O operation on closed file.");
        return false;
    }
    if (s->reads == reading) return true;
    asy_io_unsupported(vm, reading ? "not readable" : "not writable");
    return false;
}

// More input; false: exception. At the end nothing is added and at_end is set.
static bool fill(VM *vm, ByteStream *s)
{
    if (s->from < s->size || s->at_end) return true;
    if (!s->data && !(s->data = asy_mem_alloc(vm, STREAM_BUFFER))) return (void)asy_raise_memory(vm), false;
    for (;;) {
        Thread *th = vm->thread;
        if (vm->lock_release) vm->lock_release(vm);
        ssize_t n = read(s->fd, s->data, STREAM_BUFFER);
        int err = errno;
        if (vm->lock_acquire) vm->lock_acquire(vm, th);
        if (n >= 0) {
            s->from = 0;
            s->size = (size_t)n;
            s->at_end = n == 0;
            return true;
        }
        if (err != EINTR) {
            asy_raise_os(vm, err, ASY_NIL, ASY_NIL);
            return false;
        }
        if (!asy_check_pending(vm)) return false;
    }
}

// Bytes up to a newline (`line`) or all, at most `most`, as bytes.
static Value read_bytes(VM *vm, ByteStream *s, size_t most, bool line)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    s->at_end = false;
    while (b.size < most) {
        if (!fill(vm, s)) goto failed;
        size_t have = s->size - s->from, n = most - b.size < have ? most - b.size : have;
        if (!n) break;
        const uint8_t *end = line ? memchr(s->data + s->from, '\n', n) : NULL;
        if (end) n = (size_t)(end - (s->data + s->from)) + 1;
        if (!asy_builder_bytes(&b, (const char *)s->data + s->from, n)) goto failed;
        s->from += n;
        if (end) break;
    }
    Value v = asy_bytes_value(vm, b.data, b.size);
    asy_builder_free(&b);
    return v;
failed:
    asy_builder_free(&b);
    return ASY_ERR;
}

static bool size_argument(VM *vm, Value v, size_t *out)
{
    int64_t n = -1;
    if (!asy_absent(v) && !asy_to_i64(vm, v, &n)) return false;
    *out = n < 0 ? SIZE_MAX : (size_t)n;
    return true;
}

// -- bytes

static Value byte_stream_write(VM *vm, Args a)
{
    ByteStream *s = bytes_of(a.self);
    BufferView view;
    if (!may(vm, s, false) || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    int64_t n = (int64_t)view.size;
    bool ok = write_bytes(vm, s, view.data, view.size);
    asy_release_buffer(vm, &view);
    return ok ? asy_from_small(n) : ASY_ERR;
}
static Value byte_stream_read(VM *vm, Args a)
{
    size_t n;
    if (!may(vm, bytes_of(a.self), true) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    return read_bytes(vm, bytes_of(a.self), n, false);
}
static Value byte_stream_readline(VM *vm, Args a)
{
    size_t n;
    if (!may(vm, bytes_of(a.self), true) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    return read_bytes(vm, bytes_of(a.self), n, true);
}
static Value byte_stream_next(VM *vm, Value self)
{
    if (!may(vm, bytes_of(self), true)) return ASY_ERR;
    Value line = read_bytes(vm, bytes_of(self), SIZE_MAX, true);
    if (asy_is_err(line) || asy_as_bytes(line)->size) return line;
    asy_release(vm, line);
    return ASY_DONE;
}
static Value byte_stream_flush(VM *vm, Args a)
{
    ByteStream *s = bytes_of(a.self);
    if (s->closed) return asy_raise(vm, EXC_ValueError, "flush of closed file");
    return flush(vm, s) ? ASY_NONE : ASY_ERR;
}
static Value byte_stream_close(VM *vm, Args a)
{
    ByteStream *s = bytes_of(a.self);
    bool ok = s->closed || flush(vm, s);
    s->closed = true;
    return ok ? ASY_NONE : ASY_ERR;
}
static Value byte_stream_fileno(VM *vm, Args a) { return (void)vm, asy_from_small(bytes_of(a.self)->fd); }
static Value byte_stream_isatty(VM *vm, Args a) { return (void)vm, asy_from_bool(isatty(bytes_of(a.self)->fd)); }
static Value byte_stream_readable(VM *vm, Args a) { return (void)vm, asy_from_bool(bytes_of(a.self)->reads); }
static Value byte_stream_writable(VM *vm, Args a) { return (void)vm, asy_from_bool(!bytes_of(a.self)->reads); }
static Value byte_stream_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(bytes_of(self)->closed); }

static void byte_stream_free(VM *vm, ObjHeader *o)
{
    ByteStream *s = (ByteStream *)(void *)o;
    asy_mem_free(vm, s->data, s->data ? STREAM_BUFFER : 0);
}
static const MethodDef byte_methods[] = {
    { "write", byte_stream_write, "(b, /)", 0, "Write bytes; the number of bytes written." },
    { "writelines", asy_io_writelines, "(lines, /)", 0, "Write a list of lines." },
    { "read", byte_stream_read, "(size=-1, /)", 0, "Read at most size bytes." },
    { "readline", byte_stream_readline, "(size=-1, /)", 0, "Read a line." },
    { "readlines", asy_io_readlines, "(hint=-1, /)", 0, "A list of lines." },
    { "flush", byte_stream_flush, "()", 0, "Write out what is pending." },
    { "close", byte_stream_close, "()", 0, "Flush and close; the descriptor stays open." },
    { "fileno", byte_stream_fileno, "()", 0, "The descriptor." },
    { "isatty", byte_stream_isatty, "()", 0, "Is it a terminal?" },
    { "readable", byte_stream_readable, "()", 0, NULL },
    { "writable", byte_stream_writable, "()", 0, NULL },
    { "seekable", asy_io_false, "()", 0, NULL },
    { "__enter__", asy_io_enter, "()", 0, NULL },
    { "__exit__", asy_io_close_method, "(*args)", 0, NULL },
    { 0 },
};
static const GetSetDef byte_getset[] = { { "closed", byte_stream_closed, NULL, NULL }, { 0 } };
const TypeDef asy_byte_stream_type = {
    .name = "_io.BufferedStream",
    .size = sizeof(ByteStream),
    .flags = TYPE_DISALLOW_NEW | TYPE_WEAKREFS,
    .doc = "Bytes of a standard stream.",
    .free = byte_stream_free,
    .methods = byte_methods,
    .getset = byte_getset,
    .slots = { .iter = asy_io_self, .next = byte_stream_next },
};

// -- text

static Value text_stream_write(VM *vm, Args a)
{
    TextStream *t = text_of(a.self);
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "write() argument must be str, not %T", a.v[0]);
    if (!may(vm, t->bytes, false)) return ASY_ERR;
    StrObj *s = asy_as_str(a.v[0]);
    bool ok;
    if (!(s->head.flags & STR_SURROGATES)) {
        ok = write_bytes(vm, t->bytes, (const uint8_t *)s->data, s->size);
    } else {
        Value encoded = asy_codec_encode(vm, s, asy_as_str(t->encoding), asy_as_str(t->errors));
        if (asy_is_err(encoded)) return ASY_ERR;
        ok = write_bytes(vm, t->bytes, asy_as_bytes(encoded)->data, asy_as_bytes(encoded)->size);
        asy_release(vm, encoded);
    }
    if (ok && t->line_buffering && memchr(s->data, '\n', s->size)) ok = flush(vm, t->bytes);
    if (!ok) return ASY_ERR;
    size_t n = asy_str_length(vm, s);
    return n == SIZE_MAX ? ASY_ERR : asy_from_small((int64_t)n);
}

static Value decoded(VM *vm, TextStream *t, Value bytes)
{
    if (asy_is_err(bytes)) return ASY_ERR;
    StrObj *s = asy_str_decode(vm, (const char *)asy_as_bytes(bytes)->data, asy_as_bytes(bytes)->size,
                               asy_as_str(t->errors)->data);
    asy_release(vm, bytes);
    return asy_value_or_err(s);
}
static Value text_stream_read(VM *vm, Args a)
{
    TextStream *t = text_of(a.self);
    size_t n;
    if (!may(vm, t->bytes, true) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    if (n == SIZE_MAX) return decoded(vm, t, read_bytes(vm, t->bytes, n, false));
    // n characters: a line at a time would read too much, so byte by byte up to the end of each character
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (size_t chars = 0; chars < n; chars++) {
        for (bool first = true;; first = false) {
            if (!fill(vm, t->bytes)) goto failed;
            if (t->bytes->from == t->bytes->size) goto end;
            uint8_t c = t->bytes->data[t->bytes->from];
            if (!first && (c & 0xC0) != 0x80) break;
            if (!asy_builder_bytes(&b, (const char *)&c, 1)) goto failed;
            t->bytes->from++;
            if (c < 0x80) break;
        }
    }
end:;
    StrObj *s = asy_str_decode(vm, b.data, b.size, asy_as_str(t->errors)->data);
    asy_builder_free(&b);
    return asy_value_or_err(s);
failed:
    asy_builder_free(&b);
    return ASY_ERR;
}
static Value text_stream_readline(VM *vm, Args a)
{
    TextStream *t = text_of(a.self);
    size_t n;
    if (!may(vm, t->bytes, true) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    return decoded(vm, t, read_bytes(vm, t->bytes, n, true));
}
static Value text_stream_next(VM *vm, Value self)
{
    TextStream *t = text_of(self);
    if (!may(vm, t->bytes, true)) return ASY_ERR;
    Value line = decoded(vm, t, read_bytes(vm, t->bytes, SIZE_MAX, true));
    if (asy_is_err(line) || asy_as_str(line)->size) return line;
    asy_release(vm, line);
    return ASY_DONE;
}
#define FORWARD(name)                                                                              \
    static Value text_stream_##name(VM *vm, Args a)                                                \
    {                                                                                              \
        a.self = asy_from_obj(text_of(a.self)->bytes);                                             \
        return byte_stream_##name(vm, a);                                                          \
    }
FORWARD(flush)
FORWARD(close)
FORWARD(fileno)
FORWARD(isatty)
FORWARD(readable)
FORWARD(writable)

static Value text_stream_reconfigure(VM *vm, Args a)
{
    TextStream *t = text_of(a.self);
    if (!asy_absent(a.v[0])) {
        StrObj *s;
        if (!asy_arg_str(vm, a.v[0], "reconfigure() argument 'encoding'", &s)) return ASY_ERR;
        const Codec *c = asy_codec_find(s->data, s->size);
        if (!c || strcmp(asy_codec_name(c), "utf-8") != 0) {
            return asy_raise(vm, EXC_LookupError, "standard streams are utf-8, not %U", s);
        }
    }
    if (!asy_absent(a.v[1])) {
        StrObj *s;
        if (!asy_arg_str(vm, a.v[1], "reconfigure() argument 'errors'", &s)) return ASY_ERR;
        asy_set(vm, &t->errors, asy_retain(a.v[1]));
    }
    if (!asy_absent(a.v[2]) && !asy_arg_bool(vm, a.v[2], &t->line_buffering)) return ASY_ERR;
    if (!asy_absent(a.v[3])) {
        if (!asy_arg_bool(vm, a.v[3], &t->bytes->unbuffered)) return ASY_ERR;
    }
    return flush(vm, t->bytes) ? ASY_NONE : ASY_ERR;
}
static Value text_stream_buffer(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(text_of(self)->bytes)); }
static Value text_stream_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(text_of(self)->bytes->closed); }
static Value text_stream_line_buffering(VM *vm, Value self) { return (void)vm, asy_from_bool(text_of(self)->line_buffering); }
static Value text_stream_newlines(VM *vm, Value self) { return (void)vm, (void)self, ASY_NONE; }

static Value text_stream_repr(VM *vm, Value self)
{
    TextStream *t = text_of(self);
    return asy_value_or_err(asy_format(vm, "<_io.TextIOWrapper name=%R mode=%R encoding=%R>", t->name, t->mode, t->encoding));
}
static void text_stream_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, &((TextStream *)(void *)o)->bytes->head); }
static void text_stream_clear(VM *vm, ObjHeader *o)
{
    TextStream *t = (TextStream *)(void *)o;
    asy_clear(vm, &t->name);
    asy_clear(vm, &t->mode);
    asy_clear(vm, &t->encoding);
    asy_clear(vm, &t->errors);
    ByteStream *b = t->bytes;
    t->bytes = NULL;
    asy_release_obj(vm, b);
}
static const MethodDef text_methods[] = {
    { "write", text_stream_write, "(text, /)", 0, "Write text; the number of characters written." },
    { "writelines", asy_io_writelines, "(lines, /)", 0, "Write a list of lines." },
    { "read", text_stream_read, "(size=-1, /)", 0, "Read at most size characters." },
    { "readline", text_stream_readline, "(size=-1, /)", 0, "Read a line." },
    { "readlines", asy_io_readlines, "(hint=-1, /)", 0, "A list of lines." },
    { "flush", text_stream_flush, "()", 0, "Write out what is pending." },
    { "close", text_stream_close, "()", 0, "Flush and close; the descriptor stays open." },
    { "fileno", text_stream_fileno, "()", 0, "The descriptor." },
    { "isatty", text_stream_isatty, "()", 0, "Is it a terminal?" },
    { "readable", text_stream_readable, "()", 0, NULL },
    { "writable", text_stream_writable, "()", 0, NULL },
    { "seekable", asy_io_false, "()", 0, NULL },
    { "reconfigure", text_stream_reconfigure, "(*, encoding=None, errors=None, line_buffering=None, write_through=None)", 0,
      "Changes how text is written." },
    { "__enter__", asy_io_enter, "()", 0, NULL },
    { "__exit__", asy_io_close_method, "(*args)", 0, NULL },
    { 0 },
};
static const GetSetDef text_getset[] = {
    { "buffer", text_stream_buffer, NULL, NULL },     { "closed", text_stream_closed, NULL, NULL },
    { "line_buffering", text_stream_line_buffering, NULL, NULL }, { "newlines", text_stream_newlines, NULL, NULL }, { 0 },
};
static const MemberDef text_members[] = {
    { "name", offsetof(TextStream, name), false, NULL },         { "mode", offsetof(TextStream, mode), false, NULL },
    { "encoding", offsetof(TextStream, encoding), false, NULL }, { "errors", offsetof(TextStream, errors), false, NULL },
    { 0 },
};
const TypeDef asy_text_stream_type = {
    .name = "_io.TextIOWrapper",
    .size = sizeof(TextStream),
    .flags = TYPE_DISALLOW_NEW | TYPE_WEAKREFS,
    .doc = "Text of a standard stream.",
    .trace = text_stream_trace,
    .clear = text_stream_clear,
    .methods = text_methods,
    .getset = text_getset,
    .members = text_members,
    .slots = { .repr = text_stream_repr, .iter = asy_io_self, .next = text_stream_next },
};

// -- the three

static bool add_stream(VM *vm, int fd, const char *name, const char *label, const char *errors)
{
    Type *byte_type = asy_type_ready(vm, &asy_byte_stream_type), *text_type = asy_type_ready(vm, &asy_text_stream_type);
    ByteStream *b = byte_type && text_type ? asy_object_alloc(vm, byte_type) : NULL;
    if (!b) return false;
    const AsyConfig *c = &asy_host(vm)->config;
    b->fd = fd;
    b->reads = fd == 0;
    b->unbuffered = fd == 2 || (fd == 1 && c->unbuffered);
    b->closed = !c->write && fcntl(fd, F_GETFD) < 0;
    TextStream *t = asy_object_alloc(vm, text_type);
    if (!t) {
        asy_release_obj(vm, b);
        return false;
    }
    t->bytes = b;
    t->line_buffering = fd == 2 || (fd == 1 && !c->write && isatty(fd));
    t->name = asy_str_value(vm, label);
    t->mode = asy_str_value(vm, fd == 0 ? "r" : "w");
    t->encoding = asy_str_value(vm, "utf-8");
    t->errors = asy_str_value(vm, errors);
    char hidden[32] = "__";
    strcat(strcat(hidden, name), "__");
    Value v = asy_from_obj(t);
    bool ok = !asy_is_err(t->name) && !asy_is_err(t->mode) && !asy_is_err(t->encoding) && !asy_is_err(t->errors) &&
              asy_dict_set_c(vm, vm->sys_dict, hidden, asy_retain(v)) && asy_dict_set_c(vm, vm->sys_dict, name, asy_retain(v));
    asy_release(vm, v);
    return ok;
}

bool asy_io_init(VM *vm)
{
    const AsyConfig *c = &asy_host(vm)->config;
    const char *errors = c->encoding_errors ? c->encoding_errors : "strict";
    return add_stream(vm, 0, "stdin", "<stdin>", errors) && add_stream(vm, 1, "stdout", "<stdout>", errors) &&
           add_stream(vm, 2, "stderr", "<stderr>", "backslashreplace");
}

void asy_io_finish(VM *vm)
{
    StrObj *names[] = { asy_name(vm, stdout), asy_name(vm, stderr) };
    for (int i = 0; i < 2; i++) {
        Value v = asy_dict_get_str(vm, vm->sys_dict, names[i]);
        if (!asy_absent(v)) {
            asy_retain(v);
            Value r = asy_call_method0(vm, v, asy_name(vm, flush));
            if (!asy_is_err(r)) asy_release(vm, r);
            else if (!asy_error_catch(vm, EXC_ValueError)) asy_error_unraisable(vm, v, NULL);
            asy_release(vm, v);
        }
        asy_error_clear(vm);
    }
    StrObj *original = asy_intern_c(vm, "__stdout__");
    Value v = original ? asy_dict_get_str(vm, vm->sys_dict, original) : ASY_NIL;
    if (asy_is_obj(v) && asy_as_obj(v)->type->def == &asy_text_stream_type && !text_of(v)->bytes->closed) {
        (void)flush(vm, text_of(v)->bytes);
    }
    asy_error_clear(vm);
    asy_release_obj(vm, original);
}
