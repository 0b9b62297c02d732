// io.BytesIO: bytes in memory with a position.
#include "stdlib/io.h"
#include "vm/objects/attributes.h"

typedef struct BytesIO {
    ObjHeader head;
    Attrs attrs;
    uint8_t *data;
    size_t size, capacity, pos;
    bool closed;
} BytesIO;

static BytesIO *io(Value v) { return asy_as(BytesIO, v); }

static bool check(VM *vm, Value self)
{
    if (!io(self)->closed) return true;
    asy_raise(vm, EXC_ValueError, "I/O operation on closed file.");
    return false;
}

static bool write_at(VM *vm, BytesIO *b, const uint8_t *data, size_t n)
{
    size_t end = b->pos + n;
    if (end > b->capacity) {
        size_t capacity = b->capacity ? b->capacity : 64;
        while (capacity < end) capacity *= 2;
        uint8_t *grown = asy_mem_resize(vm, b->data, b->capacity, capacity);
        if (!grown) return (void)asy_raise_memory(vm), false;
        b->data = grown;
        b->capacity = capacity;
    }
    if (b->pos > b->size) memset(b->data + b->size, 0, b->pos - b->size);
    if (n) memcpy(b->data + b->pos, data, n);
    b->pos = end;
    if (end > b->size) b->size = end;
    return true;
}

static bool bytes_io_init(VM *vm, Value self, Args a)
{
    BytesIO *b = io(self);
    Value initial = a.n > 0 ? a.v[0] : ASY_NIL;
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    if (nkw && asy_str_is(asy_as_str(asy_as_tuple(a.kwnames)->items[0]), "initial_bytes")) initial = a.v[a.n];
    else if (nkw || a.n > 1) {
        asy_raise(vm, EXC_TypeError, "BytesIO() takes at most 1 argument (%u given)", a.n + (uint32_t)nkw);
        return false;
    }
    b->size = b->pos = 0;
    b->closed = false;
    if (asy_absent(initial)) return true;
    BufferView view;
    if (!asy_get_buffer(vm, initial, &view)) return false;
    bool ok = write_at(vm, b, view.data, view.size);
    asy_release_buffer(vm, &view);
    b->pos = 0;
    return ok;
}

static Value bytes_io_write(VM *vm, Args a)
{
    BufferView view;
    if (!check(vm, a.self) || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    int64_t n = (int64_t)view.size;
    bool ok = n == 0 || write_at(vm, io(a.self), view.data, view.size);
    asy_release_buffer(vm, &view);
    return ok ? asy_from_small(n) : ASY_ERR;
}

static bool size_argument(VM *vm, Value v, size_t *out)
{
    int64_t n = -1;
    if (!asy_absent(v) && !asy_to_i64(vm, v, &n)) return false;
    *out = n < 0 ? SIZE_MAX : (size_t)n;
    return true;
}

static Value take(VM *vm, BytesIO *b, size_t from, size_t to)
{
    if (to > b->pos) b->pos = to;
    return asy_bytes_value(vm, from < to ? b->data + from : (const uint8_t *)"", to - from);
}

static Value bytes_io_read(VM *vm, Args a)
{
    size_t n;
    if (!check(vm, a.self) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    BytesIO *b = io(a.self);
    size_t from = b->pos < b->size ? b->pos : b->size;
    return take(vm, b, from, b->size - from < n ? b->size : from + n);
}

static size_t line_end(const BytesIO *b, size_t from)
{
    const uint8_t *p = from < b->size ? memchr(b->data + from, '\n', b->size - from) : NULL;
    return p ? (size_t)(p - b->data) + 1 : b->size;
}

static Value bytes_io_readline(VM *vm, Args a)
{
    size_t n;
    if (!check(vm, a.self) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    BytesIO *b = io(a.self);
    size_t from = b->pos < b->size ? b->pos : b->size, to = line_end(b, from);
    return take(vm, b, from, to - from > n ? from + n : to);
}

static Value bytes_io_next(VM *vm, Value self)
{
    if (!check(vm, self)) return ASY_ERR;
    BytesIO *b = io(self);
    if (b->pos >= b->size) return ASY_DONE;
    return take(vm, b, b->pos, line_end(b, b->pos));
}

static Value bytes_io_readinto(VM *vm, Args a)
{
    BufferView view;
    if (!check(vm, a.self) || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    Value result;
    if (view.readonly) {
        result = asy_raise(vm, EXC_TypeError, "readinto() argument must be read-write bytes-like object, not %T", a.v[0]);
    } else {
        BytesIO *b = io(a.self);
        size_t left = b->pos < b->size ? b->size - b->pos : 0, n = left < view.size ? left : view.size;
        if (n) memcpy(view.data, b->data + b->pos, n);
        b->pos += n;
        result = asy_from_small((int64_t)n);
    }
    asy_release_buffer(vm, &view);
    return result;
}

static Value bytes_io_getvalue(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    BytesIO *b = io(a.self);
    return asy_bytes_value(vm, b->size ? b->data : (const uint8_t *)"", b->size);
}
static Value bytes_io_tell(VM *vm, Args a) { return check(vm, a.self) ? asy_from_small((int64_t)io(a.self)->pos) : ASY_ERR; }

static Value bytes_io_seek(VM *vm, Args a)
{
    int64_t pos, whence = 0;
    if (!check(vm, a.self) || !asy_to_i64(vm, a.v[0], &pos) || !asy_arg_i64(vm, a.v[1], &whence)) return ASY_ERR;
    if (whence < 0 || whence > 2) return asy_raise(vm, EXC_ValueError, "invalid whence (%lld, should be 0, 1 or 2)", whence);
    if (whence == 0 && pos < 0) return asy_raise(vm, EXC_ValueError, "negative seek value %lld", pos);
    BytesIO *b = io(a.self);
    int64_t base = whence == 0 ? 0 : whence == 1 ? (int64_t)b->pos : (int64_t)b->size;
    b->pos = base + pos < 0 ? 0 : (size_t)(base + pos);
    return asy_from_small((int64_t)b->pos);
}

static Value bytes_io_truncate(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    BytesIO *b = io(a.self);
    int64_t n = (int64_t)b->pos;
    if (!asy_absent(a.v[0]) && !asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "negative size value %lld", n);
    if ((size_t)n < b->size) b->size = (size_t)n;
    return asy_from_small(n);
}

static Value bytes_io_close(VM *vm, Args a)
{
    BytesIO *b = io(a.self);
    b->closed = true;
    asy_mem_free(vm, b->data, b->capacity);
    b->data = NULL;
    b->size = b->capacity = 0;
    return ASY_NONE;
}
static Value bytes_io_flush(VM *vm, Args a) { return check(vm, a.self) ? ASY_NONE : ASY_ERR; }
static Value bytes_io_fileno(VM *vm, Args a) { return (void)a, asy_io_unsupported(vm, "fileno"); }
static Value get_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(io(self)->closed); }

static void bytes_io_trace(Tracer *t, ObjHeader *o) { asy_attrs_trace(t, &((BytesIO *)(void *)o)->attrs); }
static void bytes_io_clear(VM *vm, ObjHeader *o) { asy_attrs_clear(vm, &((BytesIO *)(void *)o)->attrs); }
static void bytes_io_free(VM *vm, ObjHeader *o)
{
    BytesIO *b = (BytesIO *)(void *)o;
    asy_mem_free(vm, b->data, b->capacity);
}

static const MethodDef methods[] = {
    { "write", bytes_io_write, "(b, /)", 0, "Write bytes to file; the number of bytes written." },
    { "writelines", asy_io_writelines, "(lines, /)", 0, "Write a list of lines to stream." },
    { "read", bytes_io_read, "(size=-1, /)", 0, "Read at most size bytes." },
    { "read1", bytes_io_read, "(size=-1, /)", 0, "Read at most size bytes." },
    { "readinto", bytes_io_readinto, "(buffer, /)", 0, "Read bytes into buffer." },
    { "readline", bytes_io_readline, "(size=-1, /)", 0, "Next line from the file, as bytes." },
    { "readlines", asy_io_readlines, "(hint=-1, /)", 0, "List of bytes objects, each a line from the file." },
    { "getvalue", bytes_io_getvalue, "()", 0, "Retrieve the entire contents." },
    { "tell", bytes_io_tell, "()", 0, "Current file position." },
    { "seek", bytes_io_seek, "(pos, whence=0, /)", 0, "Change stream position." },
    { "truncate", bytes_io_truncate, "(size=None, /)", 0, "Truncate the file to at most size bytes." },
    { "close", bytes_io_close, "()", 0, "Disable all I/O operations." },
    { "flush", bytes_io_flush, "()", 0, "Does nothing." },
    { "readable", asy_io_true, "()", 0, "Returns True." },
    { "writable", asy_io_true, "()", 0, "Returns True." },
    { "seekable", asy_io_true, "()", 0, "Returns True." },
    { "isatty", asy_io_false, "()", 0, "Returns False." },
    { "fileno", bytes_io_fileno, "()", 0, "Raises UnsupportedOperation." },
    { "__enter__", asy_io_enter, "()", 0, NULL },
    { "__exit__", asy_io_close_method, "(*args)", 0, NULL },
    { 0 },
};
static const GetSetDef getset[] = { { "closed", get_closed, NULL, NULL }, { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL }, { 0 } };

const TypeDef asy_bytes_io_type = {
    .name = "_io.BytesIO",
    .size = sizeof(BytesIO),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS,
    .attrs_offset = offsetof(BytesIO, attrs),
    .doc = "Buffered I/O implementation using an in-memory bytes buffer.",
    .trace = bytes_io_trace,
    .clear = bytes_io_clear,
    .free = bytes_io_free,
    .methods = methods,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = bytes_io_init, .iter = asy_io_self, .next = bytes_io_next },
};
