// io.BytesIO: bytes in memory with a position.
//
// getbuffer() shows the memory itself; while such views are alive the size is fixed.
#include "stdlib/io.h"

typedef struct BytesIO {
    Stream stream;
    uint8_t *data;
    size_t size, capacity, pos;
    uint32_t exports;           // views that getbuffer() has given
} BytesIO;

typedef struct BytesIOBuffer {  // whose buffer those views have
    ObjHeader head;
    Value source;               // the BytesIO
} BytesIOBuffer;

static BytesIO *io(Value v) { return asy_as(BytesIO, v); }

static bool check(VM *vm, Value self)
{
    if (!io(self)->stream.closed) return true;
    asy_io_closed_error(vm);
    return false;
}

static bool check_size(VM *vm, const BytesIO *b)
{
    if (b->exports == 0) return true;
    asy_raise(vm, EXC_BufferError, "Existing exports of data: object cannot be re-sized");
    return false;
}

static bool write_at(VM *vm, BytesIO *b, const uint8_t *data, size_t n)
{
    if (n == 0) return true;
    if (b->pos > SIZE_MAX / 2 - n) return (void)asy_raise(vm, EXC_OverflowError, "new buffer size too large"), false;
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
    memcpy(b->data + b->pos, data, n);
    b->pos = end;
    if (end > b->size) b->size = end;
    return true;
}

static bool write_object(VM *vm, Value self, Value data, int64_t *n)
{
    BufferView view;
    if (!check(vm, self) || !check_size(vm, io(self)) || !asy_get_buffer(vm, data, &view)) return false;
    *n = (int64_t)view.size;
    bool ok = write_at(vm, io(self), view.data, view.size);
    asy_release_buffer(vm, &view);
    return ok;
}

static bool bytes_io_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "initial_bytes" };
    BytesIO *b = io(self);
    Value initial;
    if (!asy_new_args(vm, "BytesIO", names, 1, 0, 0, a, &initial) || !check_size(vm, b)) return false;
    b->size = b->pos = 0;
    b->stream.closed = false;
    int64_t n;
    if (asy_absent(initial)) return true;
    bool ok = write_object(vm, self, initial, &n);
    b->pos = 0;
    return ok;
}

static Value bytes_io_write(VM *vm, Args a)
{
    int64_t n;
    return write_object(vm, a.self, a.v[0], &n) ? asy_from_small(n) : ASY_ERR;
}

static Value bytes_io_writelines(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    Value it = asy_iter(vm, a.v[0]);
    bool ok = !asy_is_err(it);
    while (ok) {
        Value line = asy_next(vm, it);
        if (asy_is_done(line)) break;
        int64_t n;
        ok = !asy_is_err(line) && write_object(vm, a.self, line, &n);
        asy_release(vm, line);
    }
    asy_release(vm, it);
    return ok ? ASY_NONE : ASY_ERR;
}

static size_t here(const BytesIO *b) { return b->pos < b->size ? b->pos : b->size; }

static Value take(VM *vm, BytesIO *b, size_t to)
{
    size_t from = here(b);
    Value v = asy_bytes_value(vm, from < to ? b->data + from : (const uint8_t *)"", to - from);
    if (!asy_is_err(v) && to > b->pos) b->pos = to;
    return v;
}

static Value bytes_io_read(VM *vm, Args a)
{
    int64_t n;
    if (!asy_io_size(vm, a.v[0], &n) || !check(vm, a.self)) return ASY_ERR;
    BytesIO *b = io(a.self);
    size_t left = b->size - here(b);
    return take(vm, b, n < 0 || (size_t)n > left ? b->size : here(b) + (size_t)n);
}

static size_t line_end(const BytesIO *b, size_t from)
{
    const uint8_t *p = from < b->size ? memchr(b->data + from, '\n', b->size - from) : NULL;
    return p ? (size_t)(p - b->data) + 1 : b->size;
}

static Value bytes_io_readline(VM *vm, Args a)
{
    int64_t n;
    if (!asy_io_size(vm, a.v[0], &n) || !check(vm, a.self)) return ASY_ERR;
    BytesIO *b = io(a.self);
    size_t to = line_end(b, here(b));
    return take(vm, b, n >= 0 && to - here(b) > (size_t)n ? here(b) + (size_t)n : to);
}

static Value bytes_io_next(VM *vm, Value self)
{
    if (!check(vm, self)) return ASY_ERR;
    BytesIO *b = io(self);
    return b->pos >= b->size ? ASY_DONE : take(vm, b, line_end(b, b->pos));
}

static Value bytes_io_readlines(VM *vm, Args a)
{
    int64_t hint = 0, got = 0;
    if (!check(vm, a.self)) return ASY_ERR;
    if (!asy_absent(a.v[0])) {
        if (!asy_is_integer(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "integer argument expected, got '%T'", a.v[0]);
        if (!asy_to_ssize(vm, a.v[0], &hint)) return ASY_ERR;
    }
    ListObj *lines = asy_list_new(vm, 0);
    BytesIO *b = io(a.self);
    while (lines && b->pos < b->size && (hint <= 0 || got < hint)) {
        Value line = take(vm, b, line_end(b, b->pos));
        if (!asy_is_err(line)) got += (int64_t)asy_as_bytes(line)->size;
        if (asy_is_err(line) || !asy_list_append_owned(vm, lines, line)) {
            asy_release_obj(vm, lines);
            lines = NULL;
        }
    }
    return asy_value_or_err(lines);
}

static Value bytes_io_readinto(VM *vm, Args a)
{
    BufferView view;
    if (!asy_io_writable_buffer(vm, a.v[0], "readinto() argument", &view)) return ASY_ERR;
    Value result = ASY_ERR;
    if (check(vm, a.self)) {
        BytesIO *b = io(a.self);
        size_t left = b->size - here(b), n = left < view.size ? left : view.size;
        if (n) memmove(view.data, b->data + b->pos, n);
        b->pos += n;
        result = asy_from_small((int64_t)n);
    }
    asy_release_buffer(vm, &view);
    return result;
}

static Value contents(VM *vm, const BytesIO *b) { return asy_bytes_value(vm, b->size ? b->data : (const uint8_t *)"", b->size); }
static Value bytes_io_getvalue(VM *vm, Args a) { return check(vm, a.self) ? contents(vm, io(a.self)) : ASY_ERR; }
static Value bytes_io_tell(VM *vm, Args a) { return check(vm, a.self) ? asy_int_from_i64(vm, (int64_t)io(a.self)->pos) : ASY_ERR; }

static Value bytes_io_seek(VM *vm, Args a)
{
    int64_t pos, whence = 0;
    if (!asy_to_ssize(vm, a.v[0], &pos) || !asy_arg_i64(vm, a.v[1], &whence) || !check(vm, a.self)) return ASY_ERR;
    if (whence == 0 && pos < 0) return asy_raise(vm, EXC_ValueError, "negative seek value %lld", (long long)pos);
    if (whence < 0 || whence > 2)
        return asy_raise(vm, EXC_ValueError, "invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    BytesIO *b = io(a.self);
    int64_t base = whence == 0 ? 0 : (int64_t)(whence == 1 ? b->pos : b->size);
    if (pos > INT64_MAX - base) return asy_raise(vm, EXC_OverflowError, "new position too large");
    b->pos = base + pos < 0 ? 0 : (size_t)(base + pos);
    return asy_int_from_i64(vm, (int64_t)b->pos);
}

static Value bytes_io_truncate(VM *vm, Args a)
{
    BytesIO *b = io(a.self);
    int64_t n = (int64_t)b->pos;
    if (!check(vm, a.self) || !check_size(vm, b) || (!asy_absent(a.v[0]) && !asy_io_size(vm, a.v[0], &n))) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "negative size value %lld", (long long)n);
    if ((size_t)n < b->size) b->size = (size_t)n;
    return asy_int_from_i64(vm, n);
}

static void drop(VM *vm, BytesIO *b)
{
    if (b->data) asy_mem_free(vm, b->data, b->capacity);
    b->data = NULL;
    b->size = b->capacity = 0;
}

static Value bytes_io_close(VM *vm, Args a)
{
    BytesIO *b = io(a.self);
    if (!check_size(vm, b)) return ASY_ERR;
    b->stream.closed = true;
    drop(vm, b);
    return ASY_NONE;
}
static Value bytes_io_flush(VM *vm, Args a) { return check(vm, a.self) ? ASY_NONE : ASY_ERR; }
static Value bytes_io_able(VM *vm, Args a) { return check(vm, a.self) ? ASY_TRUE : ASY_ERR; }
static Value bytes_io_isatty(VM *vm, Args a) { return check(vm, a.self) ? ASY_FALSE : ASY_ERR; }

// -- states

static Value bytes_io_getstate(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    BytesIO *b = io(a.self);
    Value value = contents(vm, b), pos = asy_int_from_i64(vm, (int64_t)b->pos), state = ASY_ERR;
    DictObj *attributes = asy_attrs_copy_dict(vm, &b->stream.attrs);
    if (attributes && !asy_is_err(value) && !asy_is_err(pos))
        state = asy_tuple_pack(vm, 3, value, pos, attributes->count ? asy_from_obj(attributes) : ASY_NONE);
    asy_release_obj(vm, attributes);
    asy_release(vm, value);
    asy_release(vm, pos);
    return state;
}

// Sets the attributes of a state: a dict or None.
static bool set_attributes(VM *vm, Value self, Value attributes)
{
    if (asy_is_none(attributes)) return true;
    if (!asy_is_dict(vm, attributes)) {
        asy_raise(vm, EXC_TypeError, "third item of state should be a dict, got a %T", attributes);
        return false;
    }
    Value own = asy_getattr(vm, self, asy_name(vm, __dict__));
    bool ok = !asy_is_err(own) && asy_is_dict(vm, own) && asy_dict_merge(vm, asy_as_dict(own), attributes, true);
    asy_release(vm, own);
    return ok;
}

static Value bytes_io_setstate(VM *vm, Args a)
{
    BytesIO *b = io(a.self);
    TupleObj *state = asy_is_tuple(vm, a.v[0]) ? asy_as_tuple(a.v[0]) : NULL;
    if (!state || state->size < 3)
        return asy_raise(vm, EXC_TypeError, "%T.__setstate__ argument should be 3-tuple, got %T", a.self, a.v[0]);
    int64_t n, pos;
    if (!check_size(vm, b)) return ASY_ERR;
    b->size = b->pos = 0;
    if (!write_object(vm, a.self, state->items[0], &n)) return ASY_ERR;
    if (!asy_is_integer(vm, state->items[1]))
        return asy_raise(vm, EXC_TypeError, "second item of state must be an integer, not %T", state->items[1]);
    if (!asy_to_ssize(vm, state->items[1], &pos)) return ASY_ERR;
    if (pos < 0) return asy_raise(vm, EXC_ValueError, "position value cannot be negative");
    b->pos = (size_t)pos;
    return set_attributes(vm, a.self, state->items[2]) ? ASY_NONE : ASY_ERR;
}

// -- getbuffer

static Value bytes_io_getbuffer(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    Type *type = asy_type_ready(vm, &asy_bytes_io_buffer_type);
    BytesIOBuffer *shown = type ? asy_object_alloc(vm, type) : NULL;
    if (!shown) return ASY_ERR;
    shown->source = asy_retain(a.self);
    Value view = asy_call1(vm, asy_from_obj(vm->types.memoryview), asy_from_obj(shown));
    asy_release_obj(vm, shown);
    return view;
}

static bool shown_buffer(VM *vm, Value self, BufferView *out)
{
    BytesIO *b = io(asy_as(BytesIOBuffer, self)->source);
    (void)vm;
    b->exports++;
    *out = (BufferView){ .data = b->data ? b->data : (uint8_t *)(void *)b, .size = b->size, .owner = asy_retain(self) };
    return true;
}
static void shown_release(VM *vm, BufferView *view)
{
    io(asy_as(BytesIOBuffer, view->owner)->source)->exports--;
    asy_clear(vm, &view->owner);
}
static void shown_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((BytesIOBuffer *)(void *)o)->source); }
static void shown_clear(VM *vm, ObjHeader *o) { asy_clear(vm, &((BytesIOBuffer *)(void *)o)->source); }

const TypeDef asy_bytes_io_buffer_type = {
    .name = "_io._BytesIOBuffer",
    .size = sizeof(BytesIOBuffer),
    .flags = TYPE_QUALIFIED | TYPE_DISALLOW_NEW,
    .trace = shown_trace,
    .clear = shown_clear,
    .buffer = shown_buffer,
    .buffer_release = shown_release,
};

static void bytes_io_free(VM *vm, ObjHeader *o) { drop(vm, (BytesIO *)(void *)o); }

static const MethodDef methods[] = {
    { "write", bytes_io_write, "(b, /)", 0, "Write bytes; how many." },
    { "writelines", bytes_io_writelines, "(lines, /)", 0, "Write each of the lines; newlines are not added." },
    { "read", bytes_io_read, "(size=-1, /)", 0, "At most `size` bytes, all without one." },
    { "read1", bytes_io_read, "(size=-1, /)", 0, "At most `size` bytes, all without one." },
    { "readinto", bytes_io_readinto, "(buffer, /)", 0, "Read into a buffer; how many bytes." },
    { "readline", bytes_io_readline, "(size=-1, /)", 0, "The next line, of at most `size` bytes." },
    { "readlines", bytes_io_readlines, "(size=None, /)", 0, "The lines that are left; with a size, until they have so many bytes." },
    { "getvalue", bytes_io_getvalue, "()", 0, "All bytes, wherever the position is." },
    { "getbuffer", bytes_io_getbuffer, "()", 0, "A view of the bytes, to read and to change." },
    { "tell", bytes_io_tell, "()", 0, "The position." },
    { "seek", bytes_io_seek, "(pos, whence=0, /)", 0, "Move to a position; the new one from the start." },
    { "truncate", bytes_io_truncate, "(size=None, /)", 0, "Cut to a size, by default to the position." },
    { "close", bytes_io_close, "()", 0, "Give the memory back; the stream cannot be used any more." },
    { "flush", bytes_io_flush, "()", 0, "Nothing is kept back." },
    { "readable", bytes_io_able, "()", 0, "True." },
    { "writable", bytes_io_able, "()", 0, "True." },
    { "seekable", bytes_io_able, "()", 0, "True." },
    { "isatty", bytes_io_isatty, "()", 0, "False." },
    { "__getstate__", bytes_io_getstate, "()", 0, NULL },
    { "__setstate__", bytes_io_setstate, "(state, /)", 0, NULL },
    { 0 },
};
const TypeDef asy_bytes_io_type = {
    .name = "_io.BytesIO",
    .base = &asy_io_buffered_base_type,
    .size = sizeof(BytesIO),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Bytes in memory as a stream.",
    .signature = "(initial_bytes=b'')",
    .free = bytes_io_free,
    .methods = methods,
    .slots = { .new = asy_object_new, .init = bytes_io_init, .iter = asy_iter_self, .next = bytes_io_next },
};
