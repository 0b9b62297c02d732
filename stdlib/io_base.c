// The base types of streams: _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase, and what all streams need.
//
// Their methods are written over the methods of the receiver (read by readline, flush by close ...), so a class of script
// that gives a few gets the others.
#include "stdlib/io.h"

void asy_stream_trace(Tracer *t, ObjHeader *o) { asy_attrs_trace(t, &((Stream *)(void *)o)->attrs); }
void asy_stream_clear(VM *vm, ObjHeader *o) { asy_attrs_clear(vm, &((Stream *)(void *)o)->attrs); }

Value asy_stream_reduce(VM *vm, Args a)
{
    return asy_raise(vm, EXC_TypeError, "cannot pickle '%U' instances", asy_as_obj(a.self)->type->name);
}
Value asy_stream_finalizing(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as_stream(self)->finalizing); }

// -- shared

Value asy_io_unsupported(VM *vm, const char *what)
{
    Value cls = asy_import_attr(vm, "_io", "UnsupportedOperation");
    if (asy_is_err(cls)) return ASY_ERR;
    Value text = asy_str_value(vm, what);
    if (!asy_is_err(text)) asy_raise_class(vm, asy_as(Type, cls), text);
    asy_release(vm, text);
    asy_release(vm, cls);
    return ASY_ERR;
}

Value asy_io_closed_error(VM *vm) { return asy_raise(vm, EXC_ValueError, "I/O operation on closed file."); }

Value asy_io_would_block(VM *vm, int err, const char *text, int64_t written)
{
    Value v[3] = { asy_from_small(err), asy_str_value(vm, text), asy_int_from_i64(vm, written) };
    if (asy_is_err(v[1])) return ASY_ERR;
    Value exc = asy_exc_new(vm, vm->exc[EXC_BlockingIOError], v, 3);
    asy_release(vm, v[1]);
    asy_release(vm, v[2]);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

static int truth_of(VM *vm, Value owned)
{
    if (asy_is_err(owned)) return -1;
    int truth = asy_truth(vm, owned);
    asy_release(vm, owned);
    return truth;
}

int asy_io_closed(VM *vm, Value stream) { return truth_of(vm, asy_getattr(vm, stream, asy_name(vm, closed))); }
int asy_io_ask(VM *vm, Value stream, StrObj *name) { return truth_of(vm, asy_call_method0(vm, stream, name)); }

bool asy_io_do(VM *vm, Value stream, StrObj *name)
{
    Value r = asy_call_method0(vm, stream, name);
    asy_release(vm, r);
    return !asy_is_err(r);
}

void asy_io_try(VM *vm, Value stream, StrObj *name) { asy_release(vm, asy_call_method0(vm, stream, name)); }

bool asy_io_size(VM *vm, Value v, int64_t *out)
{
    *out = -1;
    if (asy_absent(v)) return true;
    if (asy_is_int(v) || asy_class_of(vm, v)->slots.index) return asy_to_ssize(vm, v, out);
    asy_raise(vm, EXC_TypeError, "argument should be integer or None, not '%.200T'", v);
    return false;
}

bool asy_io_both(VM *vm, Value first)
{
    if (asy_is_nil(first)) return !asy_error_pending(vm);
    if (!asy_error_pending(vm)) {
        asy_error_restore(vm, first);
        return false;
    }
    Value second = asy_error_fetch(vm);
    if (!asy_same(second, first)) asy_exc_chain(vm, second, first);
    asy_release(vm, first);
    asy_error_restore(vm, second);
    return false;
}

Value asy_io_view(VM *vm, ByteArrayObj *b, size_t from, size_t to)
{
    Value view = asy_call1(vm, asy_from_obj(vm->types.memoryview), asy_from_obj(b));
    if (asy_is_err(view)) return ASY_ERR;
    Value range = asy_call2(vm, asy_from_obj(vm->types.slice), asy_from_small((int64_t)from), asy_from_small((int64_t)to));
    Value part = asy_is_err(range) ? ASY_ERR : asy_getitem(vm, view, range);
    asy_release(vm, range);
    asy_release(vm, view);
    return part;
}

bool asy_io_writable_buffer(VM *vm, Value v, const char *what, BufferView *out)
{
    if (asy_has_buffer(vm, v)) {
        if (!asy_get_buffer(vm, v, out)) return false;
        if (!out->readonly) return true;
        asy_release_buffer(vm, out);
    }
    asy_raise(vm, EXC_TypeError, "%s must be read-write bytes-like object, not %T", what, v);
    return false;
}

#define UNSUPPORTED(function, what) \
    static Value function(VM *vm, Args a) { return (void)a, asy_io_unsupported(vm, what); }
UNSUPPORTED(any_detach, "detach")
UNSUPPORTED(any_read, "read")
UNSUPPORTED(any_write, "write")
UNSUPPORTED(base_seek, "seek")
UNSUPPORTED(base_truncate, "truncate")
UNSUPPORTED(base_fileno, "fileno")
UNSUPPORTED(buffered_read1, "read1")
UNSUPPORTED(text_readline, "readline")

// -- _IOBase

// Raises if self.closed.
static bool check_open(VM *vm, Value self)
{
    int closed = asy_io_closed(vm, self);
    if (closed > 0) asy_io_closed_error(vm);
    return closed == 0;
}

static Value base_check_closed(VM *vm, Args a) { return check_open(vm, a.self) ? ASY_NONE : ASY_ERR; }

static Value base_check(VM *vm, Value self, StrObj *method, const char *text)
{
    Value r = asy_call_method0(vm, self, method);
    if (asy_is_err(r)) return ASY_ERR;
    bool yes = asy_is_true(r);
    asy_release(vm, r);
    return yes ? ASY_TRUE : asy_io_unsupported(vm, text);
}
static Value base_check_seekable(VM *vm, Args a)
{
    return base_check(vm, a.self, asy_name(vm, seekable), "File or stream is not seekable.");
}
static Value base_check_readable(VM *vm, Args a)
{
    return base_check(vm, a.self, asy_name(vm, readable), "File or stream is not readable.");
}
static Value base_check_writable(VM *vm, Args a)
{
    return base_check(vm, a.self, asy_name(vm, writable), "File or stream is not writable.");
}

static Value base_tell(VM *vm, Args a)
{
    Value v[] = { asy_from_small(0), asy_from_small(1) };
    return asy_call_method(vm, a.self, asy_name(vm, seek), v, 2);
}
static Value base_no(VM *vm, Args a) { return (void)vm, (void)a, ASY_FALSE; }
static Value base_isatty(VM *vm, Args a) { return check_open(vm, a.self) ? ASY_FALSE : ASY_ERR; }

static Value base_flush(VM *vm, Args a)
{
    return asy_as_stream(a.self)->closed ? asy_io_closed_error(vm) : ASY_NONE;
}

bool asy_io_base_close(VM *vm, Value self)
{
    Stream *s = asy_as_stream(self);
    if (s->closed) return true;
    Value failed = ASY_NIL;
    if (!asy_io_do(vm, self, asy_name(vm, flush))) failed = asy_error_fetch(vm);
    s->closed = true;
    return asy_io_both(vm, failed);
}
static Value base_close(VM *vm, Args a) { return asy_io_base_close(vm, a.self) ? ASY_NONE : ASY_ERR; }

static Value base_enter(VM *vm, Args a) { return check_open(vm, a.self) ? asy_retain(a.self) : ASY_ERR; }
static Value base_exit(VM *vm, Args a) { return asy_call_method0(vm, a.self, asy_name(vm, close)); }
static Value base_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(asy_as_stream(self)->closed); }

// Nobody refers to it: an open stream is closed. What goes wrong then concerns nobody, as in CPython.
static Value base_del(VM *vm, Value self)
{
    int closed = asy_io_closed(vm, self);
    if (closed < 0) asy_error_clear(vm);
    if (closed != 0) return ASY_NONE;
    asy_as_stream(self)->finalizing = true;
    if (!asy_io_do(vm, self, asy_name(vm, close))) asy_error_clear(vm);
    return ASY_NONE;
}

static Value base_del_method(VM *vm, Args a) { return base_del(vm, a.self); }

// The bytes that `owned` must be.
static Value must_be_bytes(VM *vm, Value owned, const char *method)
{
    if (asy_is_err(owned) || asy_is_bytes(vm, owned)) return owned;
    asy_raise(vm, EXC_OSError, "%s() should have returned a bytes object, not '%.200T'", method, owned);
    asy_release(vm, owned);
    return ASY_ERR;
}

// How many bytes may be read without going beyond a newline: what peek shows up to one, else one.
static int64_t line_step(VM *vm, Value peek, int64_t most)
{
    Value ahead = must_be_bytes(vm, asy_call1(vm, peek, asy_from_small(1)), "peek");
    if (asy_is_err(ahead)) return -1;
    BytesObj *b = asy_as_bytes(ahead);
    int64_t n = most >= 0 && most < (int64_t)b->size ? most : (int64_t)b->size;
    const uint8_t *end = n ? memchr(b->data, '\n', (size_t)n) : NULL;
    if (end) n = end - b->data + 1;
    asy_release(vm, ahead);
    return n ? n : 1;
}

static Value base_readline(VM *vm, Args a)
{
    int64_t limit;
    if (!asy_io_size(vm, a.v[0], &limit)) return ASY_ERR;
    Value peek = asy_getattr_opt(vm, a.self, asy_name(vm, peek));
    if (asy_is_err(peek)) return ASY_ERR;
    BytesBuilder line;
    asy_bytes_builder_init(&line, vm);
    bool ok = true;
    while (limit < 0 || (int64_t)line.size < limit) {
        int64_t step = asy_is_nil(peek) ? 1 : line_step(vm, peek, limit < 0 ? -1 : limit - (int64_t)line.size);
        ok = step > 0;
        if (!ok) break;
        Value part = must_be_bytes(vm, asy_call_method1(vm, a.self, asy_name(vm, read), asy_from_small(step)), "read");
        ok = !asy_is_err(part);
        if (!ok) break;
        const BytesObj *b = asy_as_bytes(part);
        bool last = b->size == 0 || b->data[b->size - 1] == '\n';
        ok = asy_bytes_builder_add(&line, b->data, b->size);
        asy_release(vm, part);
        if (!ok || last) break;
    }
    asy_release(vm, peek);
    if (ok) return asy_bytes_builder_finish(&line);
    asy_bytes_builder_free(&line);
    return ASY_ERR;
}

static Value base_iter(VM *vm, Value self) { return check_open(vm, self) ? asy_retain(self) : ASY_ERR; }
static Value base_next(VM *vm, Value self)
{
    Value line = asy_call_method0(vm, self, asy_name(vm, readline));
    if (asy_is_err(line)) return ASY_ERR;
    int64_t n = asy_length(vm, line);
    if (n > 0) return line;
    asy_release(vm, line);
    return n < 0 ? ASY_ERR : ASY_DONE;
}

static Value base_readlines(VM *vm, Args a)
{
    int64_t hint, got = 0;
    if (!asy_io_size(vm, a.v[0], &hint)) return ASY_ERR;
    if (hint <= 0) return asy_value_or_err(asy_to_list(vm, a.self));
    Value it = asy_iter(vm, a.self);
    ListObj *lines = asy_is_err(it) ? NULL : asy_list_new(vm, 0);
    while (lines) {
        Value line = asy_next(vm, it);
        if (asy_is_done(line)) break;
        int64_t n = asy_is_err(line) ? -1 : asy_length(vm, line);
        if (n < 0) asy_release(vm, line);
        if (n < 0 || !asy_list_append_owned(vm, lines, line)) {
            asy_release_obj(vm, lines);
            lines = NULL;
        }
        if (n > hint - got) break;
        got += n;
    }
    asy_release(vm, it);
    return asy_value_or_err(lines);
}

static Value base_writelines(VM *vm, Args a)
{
    if (!check_open(vm, a.self)) return ASY_ERR;
    Value it = asy_iter(vm, a.v[0]);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value line = asy_next(vm, it);
        if (asy_is_done(line)) break;
        Value r = asy_is_err(line) ? ASY_ERR : asy_call_method1(vm, a.self, asy_name(vm, write), line);
        ok = !asy_is_err(r);
        asy_release(vm, r);
        asy_release(vm, line);
    }
    asy_release(vm, it);
    return ok ? ASY_NONE : ASY_ERR;
}

static const MethodDef base_methods[] = {
    { "seek", base_seek, "(offset, whence=0, /)", 0, "Move to a position, counted from the start (whence 0), here (1) or the end (2)." },
    { "tell", base_tell, "()", 0, "The position." },
    { "truncate", base_truncate, "(size=None, /)", 0, "Cut to a size, by default to the position." },
    { "flush", base_flush, "()", 0, "Write out what is kept back." },
    { "close", base_close, "()", 0, "Flush and close; a second time nothing happens." },
    { "seekable", base_no, "()", 0, "Whether there are positions to move to." },
    { "readable", base_no, "()", 0, "Whether it was opened for reading." },
    { "writable", base_no, "()", 0, "Whether it was opened for writing." },
    { "_checkClosed", base_check_closed, NULL, NATIVE_RAW, NULL },
    { "_checkSeekable", base_check_seekable, NULL, NATIVE_RAW, NULL },
    { "_checkReadable", base_check_readable, NULL, NATIVE_RAW, NULL },
    { "_checkWritable", base_check_writable, NULL, NATIVE_RAW, NULL },
    { "fileno", base_fileno, "()", 0, "The descriptor; OSError if there is none." },
    { "isatty", base_isatty, "()", 0, "Whether it is a terminal." },
    { "__enter__", base_enter, "()", 0, NULL },
    { "__exit__", base_exit, "(*args)", 0, NULL },
    { "__del__", base_del_method, "()", 0, NULL },
    { "readline", base_readline, "(size=-1, /)", 0, "The next line, of at most `size` bytes." },
    { "readlines", base_readlines, "(hint=-1, /)", 0, "The lines that are left; with a hint, until they have so many bytes." },
    { "writelines", base_writelines, "(lines, /)", 0, "Write each of the lines; newlines are not added." },
    { 0 },
};
static const GetSetDef base_getset[] = {
    { "closed", base_closed, NULL, NULL },
    { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL },
    { 0 },
};
const TypeDef asy_io_base_type = {
    .name = "_io._IOBase",
    .size = sizeof(Stream),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "What all streams have.",
    .trace = asy_stream_trace,
    .clear = asy_stream_clear,
    .methods = base_methods,
    .getset = base_getset,
    .slots = { .new = asy_object_new, .iter = base_iter, .next = base_next, .del = base_del },
};

// -- _RawIOBase: read by readinto

static Value raw_read(VM *vm, Args a)
{
    int64_t size, n;
    if (!asy_io_size(vm, a.v[0], &size)) return ASY_ERR;
    if (size < 0) return asy_call_method0(vm, a.self, asy_name(vm, readall));
    ByteArrayObj *b = asy_bytearray_new(vm, NULL, (size_t)size);
    if (!b) return ASY_ERR;
    Value count = asy_call_method1(vm, a.self, asy_name(vm, readinto), asy_from_obj(b)), out = ASY_ERR;
    if (asy_is_none(count)) {
        out = ASY_NONE;
    } else if (!asy_is_err(count) && asy_to_ssize(vm, count, &n)) {
        if (n < 0 || n > (int64_t)b->size) asy_raise(vm, EXC_ValueError, "readinto returned %lld outside buffer size %lld", (long long)n, (long long)size);
        else out = asy_bytes_value(vm, b->data, (size_t)n);
    }
    asy_release(vm, count);
    asy_release_obj(vm, b);
    return out;
}

static Value raw_readall(VM *vm, Args a)
{
    BytesBuilder all;
    asy_bytes_builder_init(&all, vm);
    for (;;) {
        Value part = asy_call_method1(vm, a.self, asy_name(vm, read), asy_from_small(IO_BUFFER_SIZE));
        if (asy_is_none(part) && all.size == 0) {
            asy_bytes_builder_free(&all);
            return ASY_NONE;
        }
        if (asy_is_none(part)) break;
        if (!asy_is_err(part) && !asy_is_bytes(vm, part)) {
            asy_release(vm, part);
            part = asy_raise(vm, EXC_TypeError, "read() should return bytes");
        }
        bool ok = !asy_is_err(part) && asy_bytes_builder_add(&all, asy_as_bytes(part)->data, asy_as_bytes(part)->size);
        bool end = ok && asy_as_bytes(part)->size == 0;
        asy_release(vm, part);
        if (!ok) {
            asy_bytes_builder_free(&all);
            return ASY_ERR;
        }
        if (end) break;
    }
    return asy_bytes_builder_finish(&all);
}

// A subclass gives these.
static Value raw_missing(VM *vm, Args a) { return (void)a, asy_raise_kind(vm, EXC_NotImplementedError, ASY_NIL); }

static const MethodDef raw_methods[] = {
    { "read", raw_read, "(size=-1, /)", 0, "At most `size` bytes, by one readinto; None if there are none yet." },
    { "readall", raw_readall, "()", 0, "All bytes to the end." },
    { "readinto", raw_missing, "(buffer, /)", 0, "Read into a buffer; how many bytes." },
    { "write", raw_missing, "(b, /)", 0, "Write bytes; how many were written." },
    { 0 },
};
const TypeDef asy_io_raw_base_type = {
    .name = "_io._RawIOBase",
    .base = &asy_io_base_type,
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Streams of bytes without a buffer.",
    .methods = raw_methods,
};

// -- _BufferedIOBase: readinto by read

static Value read_into(VM *vm, Args a, const char *what, StrObj *read)
{
    BufferView view;
    if (!asy_io_writable_buffer(vm, a.v[0], what, &view)) return ASY_ERR;
    Value data = asy_call_method1(vm, a.self, read, asy_from_small((int64_t)view.size)), out = ASY_ERR;
    if (!asy_is_err(data) && !asy_is_bytes(vm, data)) {
        asy_raise(vm, EXC_TypeError, "read() should return bytes");
    } else if (!asy_is_err(data)) {
        size_t n = asy_as_bytes(data)->size;
        if (n > view.size) {
            asy_raise(vm, EXC_ValueError, "read() returned too much data: %zu bytes requested, %zu returned", view.size, n);
        } else {
            memcpy(view.data, asy_as_bytes(data)->data, n);
            out = asy_from_small((int64_t)n);
        }
    }
    asy_release(vm, data);
    asy_release_buffer(vm, &view);
    return out;
}
static Value buffered_readinto(VM *vm, Args a) { return read_into(vm, a, "readinto() argument", asy_name(vm, read)); }
static Value buffered_readinto1(VM *vm, Args a) { return read_into(vm, a, "readinto1() argument", asy_name(vm, read1)); }

static const MethodDef buffered_methods[] = {
    { "detach", any_detach, "()", 0, "Give the raw stream away." },
    { "read", any_read, "(size=-1, /)", 0, "At most `size` bytes, all without one." },
    { "read1", buffered_read1, "(size=-1, /)", 0, "At most `size` bytes, by one read of the raw stream." },
    { "readinto", buffered_readinto, "(buffer, /)", 0, "Read into a buffer; how many bytes." },
    { "readinto1", buffered_readinto1, "(buffer, /)", 0, "Read into a buffer by one read of the raw stream; how many bytes." },
    { "write", any_write, "(b, /)", 0, "Write bytes; how many." },
    { 0 },
};
const TypeDef asy_io_buffered_base_type = {
    .name = "_io._BufferedIOBase",
    .base = &asy_io_base_type,
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Streams of bytes with a buffer.",
    .methods = buffered_methods,
};

// -- _TextIOBase

static Value text_none(VM *vm, Value self) { return (void)vm, (void)self, ASY_NONE; }
static const MethodDef text_methods[] = {
    { "detach", any_detach, "()", 0, "Give the buffer away." },
    { "read", any_read, "(size=-1, /)", 0, "At most `size` characters, all without one." },
    { "readline", text_readline, "(size=-1, /)", 0, "The next line." },
    { "write", any_write, "(s, /)", 0, "Write text; how many characters." },
    { 0 },
};
static const GetSetDef text_getset[] = {
    { "encoding", text_none, NULL, "Name of the encoding." },
    { "newlines", text_none, NULL, "The kinds of newline read so far: None, a str or a tuple." },
    { "errors", text_none, NULL, "How errors of decoding and encoding are handled." },
    { 0 },
};
const TypeDef asy_io_text_base_type = {
    .name = "_io._TextIOBase",
    .base = &asy_io_base_type,
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Streams of text.",
    .methods = text_methods,
    .getset = text_getset,
};
