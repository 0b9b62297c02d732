// io.StringIO: text in memory with a position.
//
// The text is UTF-8; positions are characters. Where text is all ASCII the two agree; else the byte of the place that was
// used last is remembered, and others are counted from there or from the start.
#include "base/utf8.h"
#include "stdlib/io.h"

typedef struct StringIO {
    Stream stream;
    char *text;
    size_t size, capacity;      // bytes
    size_t chars;
    size_t pos;                 // in characters; may be behind the end
    size_t known_char, known_byte;      // a place in the text, and its byte
    bool ready;
    bool universal;             // newline None or ''
    Newlines newlines;          // of what is written
    char mark[3];               // what ends lines that are read; "": any kind
    char written[3];            // stands for \n in what is written; "": itself
    Value newline;              // as given
} StringIO;

static StringIO *io(Value v) { return asy_as(StringIO, v); }

static bool check(VM *vm, Value self)
{
    if (io(self)->ready && !io(self)->stream.closed) return true;
    asy_raise(vm, EXC_ValueError,
              io(self)->ready ? "I/O operation on closed file" : "I/O operation on uninitialized object");
    return false;
}

// -- the text

static size_t byte_of(StringIO *s, size_t at)
{
    if (s->chars == s->size) return at;
    if (at == s->chars) return s->size;
    size_t from_char = at >= s->known_char ? s->known_char : 0, from = at >= s->known_char ? s->known_byte : 0;
    s->known_byte = from + asy_utf8_offset(s->text + from, s->size - from, at - from_char);
    s->known_char = at;
    return s->known_byte;
}

static bool room(VM *vm, StringIO *s, size_t size)
{
    if (size <= s->capacity) return true;
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < size) capacity *= 2;
    char *text = asy_mem_resize(vm, s->text, s->capacity, capacity);
    if (!text) return (void)asy_raise_memory(vm), false;
    s->text = text;
    s->capacity = capacity;
    return true;
}

// Puts characters over those at the position.
static bool put(VM *vm, StringIO *s, const char *data, size_t size, size_t chars)
{
    if (chars == 0) return true;
    if (s->pos > s->chars) {                // behind the end: filled with NULs
        size_t gap = s->pos - s->chars;
        if (gap > SIZE_MAX / 2 - s->size) return (void)asy_raise(vm, EXC_OverflowError, "new position too large"), false;
        if (!room(vm, s, s->size + gap)) return false;
        memset(s->text + s->size, 0, gap);
        s->size += gap;
        s->chars += gap;
    }
    size_t over = s->chars - s->pos < chars ? s->chars - s->pos : chars;
    size_t from = byte_of(s, s->pos), to = byte_of(s, s->pos + over);
    if (!room(vm, s, s->size - (to - from) + size)) return false;
    memmove(s->text + from + size, s->text + to, s->size - to);
    memcpy(s->text + from, data, size);
    s->size = s->size - (to - from) + size;
    s->chars = s->chars - over + chars;
    s->pos += chars;
    s->known_char = s->pos;
    s->known_byte = from + size;
    return true;
}

static bool put_translated(VM *vm, StringIO *s, const StrObj *text)
{
    const char *p = text->data, *end = p + text->size;
    for (;;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p)), *stop = lf ? lf : end;
        size_t size = (size_t)(stop - p);
        if (!put(vm, s, p, size, asy_utf8_count(p, size))) return false;
        if (!lf) return true;
        if (!put(vm, s, s->written, strlen(s->written), strlen(s->written))) return false;
        p = lf + 1;
    }
}

static bool write_str(VM *vm, StringIO *s, StrObj *text)
{
    asy_retain_obj(text);
    if (s->universal && !(text = asy_newlines_feed(vm, &s->newlines, text, true))) return false;
    bool ok = s->written[0] && memchr(text->data, '\n', text->size) ? put_translated(vm, s, text)
                                                                     : put(vm, s, text->data, text->size, asy_str_length(vm, text));
    asy_release_obj(vm, text);
    return ok;
}

// The text up to the character `to`, which is given out by that.
static Value take(VM *vm, StringIO *s, size_t to)
{
    size_t at = s->pos < s->chars ? s->pos : s->chars, from = byte_of(s, at), end = byte_of(s, to);
    StrObj *part = asy_str_new(vm, s->text ? s->text + from : "", end - from);
    if (part && to > s->pos) s->pos = to;
    return asy_value_or_err(part);
}

// -- setting up

static void empty(VM *vm, StringIO *s)
{
    if (s->text) asy_mem_free(vm, s->text, s->capacity);
    s->text = NULL;
    s->size = s->capacity = s->chars = s->pos = s->known_char = s->known_byte = 0;
}

static bool setup(VM *vm, StringIO *s, Value initial, Value newline)
{
    const char *text = "\n";
    bool given = !asy_is_nil(newline), none = asy_is_none(newline);
    if (given && !none && !asy_is_str(vm, newline)) {
        asy_raise(vm, EXC_TypeError, "newline must be str or None, not %T", newline);
        return false;
    }
    if (none) text = "";
    else if (given) text = asy_as_str(newline)->data;
    if (given && !none && strcmp(text, "") != 0 && strcmp(text, "\n") != 0 && strcmp(text, "\r") != 0 && strcmp(text, "\r\n") != 0) {
        asy_raise(vm, EXC_ValueError, "illegal newline value: %R", newline);
        return false;
    }
    if (!asy_absent(initial) && !asy_is_str(vm, initial)) {
        asy_raise(vm, EXC_TypeError, "initial_value must be str or None, not %T", initial);
        return false;
    }
    Value shown = given ? asy_retain(newline) : asy_str_value(vm, "\n");
    if (asy_is_err(shown)) return false;
    empty(vm, s);
    asy_set(vm, &s->newline, shown);
    s->universal = !*text;
    s->newlines = (Newlines){ .translate = none };
    strcpy(s->mark, none ? "\n" : text);
    strcpy(s->written, *text == '\r' ? text : "");
    s->stream.closed = false;
    s->ready = true;
    if (asy_absent(initial)) return true;
    bool ok = write_str(vm, s, asy_as_str(initial));
    s->pos = 0;
    return ok;
}

static bool string_io_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "initial_value", "newline" };
    Value v[2];
    return asy_new_args(vm, "StringIO", names, 2, 0, 0, a, v) && setup(vm, io(self), v[0], v[1]);
}

// -- methods

static Value string_io_write(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "string argument expected, got '%T'", a.v[0]);
    StrObj *text = asy_as_str(a.v[0]);
    return write_str(vm, io(a.self), text) ? asy_from_small((int64_t)asy_str_length(vm, text)) : ASY_ERR;
}

static Value string_io_read(VM *vm, Args a)
{
    int64_t n;
    StringIO *s = io(a.self);
    if (!asy_io_size(vm, a.v[0], &n) || !check(vm, a.self)) return ASY_ERR;
    size_t left = s->pos < s->chars ? s->chars - s->pos : 0;
    return take(vm, s, n < 0 || (size_t)n > left ? s->chars : s->pos + (size_t)n);
}

static Value read_line(VM *vm, StringIO *s, int64_t limit)
{
    if (s->pos >= s->chars) return asy_str_value(vm, "");
    size_t from = byte_of(s, s->pos), end = asy_newlines_find(s->text, from, s->size, s->mark);
    size_t to = end ? s->pos + (s->chars == s->size ? end - from : asy_utf8_count(s->text + from, end - from)) : s->chars;
    if (limit >= 0 && to - s->pos > (size_t)limit) to = s->pos + (size_t)limit;
    return take(vm, s, to);
}

static Value string_io_readline(VM *vm, Args a)
{
    int64_t limit;
    return asy_io_size(vm, a.v[0], &limit) && check(vm, a.self) ? read_line(vm, io(a.self), limit) : ASY_ERR;
}

// The lines of a subclass are those of its own readline.
static Value string_io_next(VM *vm, Value self)
{
    Value line;
    if (!check(vm, self)) return ASY_ERR;
    if (asy_as_obj(self)->type->flags & TYPE_STATIC) {
        line = read_line(vm, io(self), -1);
    } else {
        line = asy_call_method0(vm, self, asy_name(vm, readline));
        if (!asy_is_err(line) && !asy_is_str(vm, line)) {
            asy_raise(vm, EXC_OSError, "readline() should have returned a str object, not '%.200T'", line);
            asy_set(vm, &line, ASY_ERR);
        }
    }
    if (asy_is_err(line) || asy_as_str(line)->size) return line;
    asy_release(vm, line);
    return ASY_DONE;
}

static Value contents(VM *vm, const StringIO *s) { return asy_value_or_err(asy_str_new(vm, s->text ? s->text : "", s->size)); }
static Value string_io_getvalue(VM *vm, Args a) { return check(vm, a.self) ? contents(vm, io(a.self)) : ASY_ERR; }
static Value string_io_tell(VM *vm, Args a) { return check(vm, a.self) ? asy_int_from_i64(vm, (int64_t)io(a.self)->pos) : ASY_ERR; }

static Value string_io_seek(VM *vm, Args a)
{
    int64_t pos, whence = 0;
    StringIO *s = io(a.self);
    if (!asy_to_ssize(vm, a.v[0], &pos) || !asy_arg_i64(vm, a.v[1], &whence) || !check(vm, a.self)) return ASY_ERR;
    if (whence < 0 || whence > 2)
        return asy_raise(vm, EXC_ValueError, "Invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    if (whence == 0 && pos < 0) return asy_raise(vm, EXC_ValueError, "Negative seek position %lld", (long long)pos);
    if (whence != 0 && pos != 0) return asy_raise(vm, EXC_OSError, "Can't do nonzero cur-relative seeks");
    s->pos = whence == 0 ? (size_t)pos : whence == 1 ? s->pos : s->chars;
    return asy_int_from_i64(vm, (int64_t)s->pos);
}

static Value string_io_truncate(VM *vm, Args a)
{
    StringIO *s = io(a.self);
    int64_t n = (int64_t)s->pos;
    if (!check(vm, a.self) || (!asy_absent(a.v[0]) && !asy_io_size(vm, a.v[0], &n))) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "Negative size value %lld", (long long)n);
    if ((size_t)n < s->chars) {
        s->size = byte_of(s, (size_t)n);
        s->chars = (size_t)n;
        s->known_char = s->known_byte = 0;
    }
    return asy_int_from_i64(vm, n);
}

static Value string_io_close(VM *vm, Args a)
{
    io(a.self)->stream.closed = true;
    empty(vm, io(a.self));
    return ASY_NONE;
}
static Value string_io_able(VM *vm, Args a) { return check(vm, a.self) ? ASY_TRUE : ASY_ERR; }

// -- states

static Value string_io_getstate(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    StringIO *s = io(a.self);
    Value text = contents(vm, s), pos = asy_int_from_i64(vm, (int64_t)s->pos), state = ASY_ERR;
    DictObj *attributes = asy_attrs_copy_dict(vm, &s->stream.attrs);
    if (attributes && !asy_is_err(text) && !asy_is_err(pos))
        state = asy_tuple_pack(vm, 4, text, s->newline, pos, attributes->count ? asy_from_obj(attributes) : ASY_NONE);
    asy_release_obj(vm, attributes);
    asy_release(vm, text);
    asy_release(vm, pos);
    return state;
}

static Value string_io_setstate(VM *vm, Args a)
{
    StringIO *s = io(a.self);
    TupleObj *state = asy_is_tuple(vm, a.v[0]) ? asy_as_tuple(a.v[0]) : NULL;
    if (!state || state->size < 4)
        return asy_raise(vm, EXC_TypeError, "%T.__setstate__ argument should be 4-tuple, got %T", a.self, a.v[0]);
    // The text is as it is in memory: its newlines are not translated again.
    int64_t pos;
    if ((s->ready && !check(vm, a.self)) || !setup(vm, s, ASY_NIL, state->items[1])) return ASY_ERR;
    if (!asy_is_none(state->items[0])) {
        if (!asy_is_str(vm, state->items[0]))
            return asy_raise(vm, EXC_TypeError, "initial_value must be str or None, not %T", state->items[0]);
        StrObj *text = asy_as_str(state->items[0]);
        if (!put(vm, s, text->data, text->size, asy_str_length(vm, text))) return ASY_ERR;
    }
    if (!asy_is_integer(vm, state->items[2]))
        return asy_raise(vm, EXC_TypeError, "third item of state must be an integer, got %T", state->items[2]);
    if (!asy_to_ssize(vm, state->items[2], &pos)) return ASY_ERR;
    if (pos < 0) return asy_raise(vm, EXC_ValueError, "position value cannot be negative");
    s->pos = (size_t)pos;
    if (asy_is_none(state->items[3])) return ASY_NONE;
    if (!asy_is_dict(vm, state->items[3]))
        return asy_raise(vm, EXC_TypeError, "fourth item of state should be a dict, got a %T", state->items[3]);
    Value own = asy_getattr(vm, a.self, asy_name(vm, __dict__));
    bool ok = !asy_is_err(own) && asy_is_dict(vm, own) && asy_dict_merge(vm, asy_as_dict(own), state->items[3], true);
    asy_release(vm, own);
    return ok ? ASY_NONE : ASY_ERR;
}

static Value get_newlines(VM *vm, Value self)
{
    if (!check(vm, self)) return ASY_ERR;
    return io(self)->universal ? asy_newlines_seen(vm, &io(self)->newlines) : ASY_NONE;
}
static Value get_line_buffering(VM *vm, Value self) { return check(vm, self) ? ASY_FALSE : ASY_ERR; }
static Value get_closed(VM *vm, Value self)
{
    if (!io(self)->ready) return asy_raise(vm, EXC_ValueError, "I/O operation on uninitialized object");
    return asy_from_bool(io(self)->stream.closed);
}

static void string_io_trace(Tracer *t, ObjHeader *o)
{
    asy_stream_trace(t, o);
    asy_trace_value(t, ((StringIO *)(void *)o)->newline);
}
static void string_io_clear(VM *vm, ObjHeader *o)
{
    asy_stream_clear(vm, o);
    asy_clear(vm, &((StringIO *)(void *)o)->newline);
}
static void string_io_free(VM *vm, ObjHeader *o) { empty(vm, (StringIO *)(void *)o); }

static const MethodDef methods[] = {
    { "write", string_io_write, "(s, /)", 0, "Write text; how many characters." },
    { "read", string_io_read, "(size=-1, /)", 0, "At most `size` characters, all without one." },
    { "readline", string_io_readline, "(size=-1, /)", 0, "The next line, of at most `size` characters." },
    { "getvalue", string_io_getvalue, "()", 0, "All text, wherever the position is." },
    { "tell", string_io_tell, "()", 0, "The position." },
    { "seek", string_io_seek, "(pos, whence=0, /)", 0, "Move to a position; the new one from the start." },
    { "truncate", string_io_truncate, "(pos=None, /)", 0, "Cut to a size, by default to the position." },
    { "close", string_io_close, "()", 0, "Give the memory back; the stream cannot be used any more." },
    { "readable", string_io_able, "()", 0, "True." },
    { "writable", string_io_able, "()", 0, "True." },
    { "seekable", string_io_able, "()", 0, "True." },
    { "__getstate__", string_io_getstate, "()", 0, NULL },
    { "__setstate__", string_io_setstate, "(state, /)", 0, NULL },
    { 0 },
};
static const GetSetDef getset[] = {
    { "closed", get_closed, NULL, NULL },
    { "newlines", get_newlines, NULL, NULL },
    { "line_buffering", get_line_buffering, NULL, NULL },
    { 0 },
};
const TypeDef asy_string_io_type = {
    .name = "_io.StringIO",
    .base = &asy_io_text_base_type,
    .size = sizeof(StringIO),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "Text in memory as a stream.",
    .signature = "(initial_value='', newline='\\n')",
    .trace = string_io_trace,
    .clear = string_io_clear,
    .free = string_io_free,
    .methods = methods,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = string_io_init, .next = string_io_next },
};
