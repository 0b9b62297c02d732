// io.StringIO: text in memory, an array of code points with a position.
#include "stdlib/io.h"
#include "vm/objects/attributes.h"

typedef struct StringIO {
    ObjHeader head;
    Attrs attrs;
    uint32_t *text;
    size_t size, capacity, pos;
    bool closed, ready;
    bool universal;             // newline=None or '': lines end at \n, \r or \r\n
    bool translate;             // newline=None: what is written gets \n for \r and \r\n
    char newline[3];            // written for \n; "" or "\n": as it is
} StringIO;

static StringIO *io(Value v) { return asy_as(StringIO, v); }

static bool check(VM *vm, Value self)
{
    if (!io(self)->ready) {
        asy_raise(vm, EXC_ValueError, "I/O operation on uninitialized object");
        return false;
    }
    if (!io(self)->closed) return true;
    asy_raise(vm, EXC_ValueError, "I/O operation on closed file");
    return false;
}

static bool room(VM *vm, StringIO *s, size_t size)
{
    if (size <= s->capacity) return true;
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < size) capacity *= 2;
    uint32_t *text = asy_mem_resize(vm, s->text, s->capacity * sizeof *text, capacity * sizeof *text);
    if (!text) return (void)asy_raise_memory(vm), false;
    s->text = text;
    s->capacity = capacity;
    return true;
}

static bool put(VM *vm, StringIO *s, uint32_t c)
{
    if (!room(vm, s, s->pos + 1)) return false;
    for (; s->size < s->pos; s->size++) s->text[s->size] = 0;      // written beyond the end: filled with NULs
    s->text[s->pos++] = c;
    if (s->pos > s->size) s->size = s->pos;
    return true;
}

static bool write_str(VM *vm, StringIO *s, StrObj *text)
{
    size_t n = asy_str_length(vm, text);
    if (n == SIZE_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = asy_str_char_at(vm, text, i);
        if (s->translate && c == '\r') {
            if (i + 1 < n && asy_str_char_at(vm, text, i + 1) == '\n') continue;
            c = '\n';
        }
        if (c == '\n' && s->newline[0] && s->newline[0] != '\n') {
            for (const char *p = s->newline; *p; p++) {
                if (!put(vm, s, (uint32_t)*p)) return false;
            }
            continue;
        }
        if (!put(vm, s, c)) return false;
    }
    return true;
}

static Value slice(VM *vm, const StringIO *s, size_t from, size_t to)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (size_t i = from; i < to; i++) {
        if (!asy_builder_char(&b, s->text[i])) {
            asy_builder_free(&b);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(asy_builder_finish(&b));
}

static bool string_io_init(VM *vm, Value self, Args a)
{
    StringIO *s = io(self);
    Value initial = a.n > 0 ? a.v[0] : ASY_NIL, newline = a.n > 1 ? a.v[1] : ASY_NIL;
    bool newline_given = a.n > 1;
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t k = 0; k < nkw; k++) {
        StrObj *name = asy_as_str(asy_as_tuple(a.kwnames)->items[k]);
        if (asy_str_is(name, "initial_value")) initial = a.v[a.n + k];
        else if (asy_str_is(name, "newline")) newline = a.v[a.n + k], newline_given = true;
        else {
            asy_raise(vm, EXC_TypeError, "StringIO() got an unexpected keyword argument '%U'", name);
            return false;
        }
    }
    if (a.n > 2) {
        asy_raise(vm, EXC_TypeError, "StringIO() takes at most 2 arguments (%u given)", a.n);
        return false;
    }
    s->universal = s->translate = false;
    strcpy(s->newline, "\n");
    if (newline_given && asy_is_none(newline)) s->universal = s->translate = true, s->newline[0] = 0;
    else if (newline_given && asy_is_str(vm, newline)) {
        const char *t = asy_as_str(newline)->data;
        if (strcmp(t, "") != 0 && strcmp(t, "\n") != 0 && strcmp(t, "\r") != 0 && strcmp(t, "\r\n") != 0) {
            asy_raise(vm, EXC_ValueError, "illegal newline value: %R", newline);
            return false;
        }
        strcpy(s->newline, t);
        s->universal = !*t;
    } else if (newline_given) {
        asy_raise(vm, EXC_TypeError, "newline must be str or None, not %T", newline);
        return false;
    }
    s->size = s->pos = 0;
    s->closed = false;
    s->ready = true;
    if (asy_absent(initial)) return true;
    if (!asy_is_str(vm, initial)) {
        asy_raise(vm, EXC_TypeError, "initial_value must be str or None, not %T", initial);
        return false;
    }
    bool ok = write_str(vm, s, asy_as_str(initial));
    s->pos = 0;
    return ok;
}

static Value string_io_write(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "string argument expected, got '%T'", a.v[0]);
    if (!check(vm, a.self)) return ASY_ERR;
    size_t n = asy_str_length(vm, asy_as_str(a.v[0]));
    if (n == SIZE_MAX || !write_str(vm, io(a.self), asy_as_str(a.v[0]))) return ASY_ERR;
    return asy_from_small((int64_t)n);
}

static Value string_io_getvalue(VM *vm, Args a)
{
    return check(vm, a.self) ? slice(vm, io(a.self), 0, io(a.self)->size) : ASY_ERR;
}

// A size argument: absent, None or negative: SIZE_MAX.
static bool size_argument(VM *vm, Value v, size_t *out)
{
    int64_t n = -1;
    if (!asy_absent(v) && !asy_to_i64(vm, v, &n)) return false;
    *out = n < 0 ? SIZE_MAX : (size_t)n;
    return true;
}

static Value string_io_read(VM *vm, Args a)
{
    size_t n;
    if (!check(vm, a.self) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    StringIO *s = io(a.self);
    size_t from = s->pos < s->size ? s->pos : s->size, to = s->size - from < n ? s->size : from + n;
    s->pos = to > s->pos ? to : s->pos;
    return slice(vm, s, from, to);
}

static size_t line_end(const StringIO *s, size_t from)
{
    for (size_t i = from; i < s->size; i++) {
        uint32_t c = s->text[i];
        if (s->universal) {
            if (c == '\n') return i + 1;
            if (c == '\r') return i + 1 < s->size && s->text[i + 1] == '\n' ? i + 2 : i + 1;
        } else if (s->newline[0] == '\r' && s->newline[1]) {
            if (c == '\r' && i + 1 < s->size && s->text[i + 1] == '\n') return i + 2;
        } else if (c == (s->newline[0] == '\r' ? '\r' : '\n')) {
            return i + 1;
        }
    }
    return s->size;
}

static Value string_io_readline(VM *vm, Args a)
{
    size_t n;
    if (!check(vm, a.self) || !size_argument(vm, a.v[0], &n)) return ASY_ERR;
    StringIO *s = io(a.self);
    size_t from = s->pos < s->size ? s->pos : s->size, to = line_end(s, from);
    if (to - from > n) to = from + n;
    s->pos = to > s->pos ? to : s->pos;
    return slice(vm, s, from, to);
}

static Value string_io_next(VM *vm, Value self)
{
    if (!check(vm, self)) return ASY_ERR;
    StringIO *s = io(self);
    if (s->pos >= s->size) return ASY_DONE;
    size_t from = s->pos;
    s->pos = line_end(s, from);
    return slice(vm, s, from, s->pos);
}

static Value string_io_tell(VM *vm, Args a) { return check(vm, a.self) ? asy_from_small((int64_t)io(a.self)->pos) : ASY_ERR; }

static Value string_io_seek(VM *vm, Args a)
{
    int64_t pos, whence = 0;
    if (!check(vm, a.self) || !asy_to_i64(vm, a.v[0], &pos) || !asy_arg_i64(vm, a.v[1], &whence)) return ASY_ERR;
    if (whence < 0 || whence > 2) return asy_raise(vm, EXC_ValueError, "Invalid whence (%lld, should be 0, 1 or 2)", whence);
    if (whence == 0 && pos < 0) return asy_raise(vm, EXC_ValueError, "Negative seek position %lld", pos);
    if (whence != 0 && pos != 0) return asy_raise(vm, EXC_OSError, "Can't do nonzero cur-relative seeks");
    StringIO *s = io(a.self);
    s->pos = whence == 0 ? (size_t)pos : whence == 1 ? s->pos : s->size;
    return asy_from_small((int64_t)s->pos);
}

static Value string_io_truncate(VM *vm, Args a)
{
    if (!check(vm, a.self)) return ASY_ERR;
    StringIO *s = io(a.self);
    int64_t n = (int64_t)s->pos;
    if (!asy_absent(a.v[0]) && !asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "Negative size value %lld", n);
    if ((size_t)n < s->size) s->size = (size_t)n;
    return asy_from_small(n);
}

static Value string_io_close(VM *vm, Args a)
{
    StringIO *s = io(a.self);
    s->closed = true;
    asy_mem_free(vm, s->text, s->capacity * sizeof *s->text);
    s->text = NULL;
    s->size = s->capacity = 0;
    return ASY_NONE;
}
static Value string_io_flush(VM *vm, Args a) { return check(vm, a.self) ? ASY_NONE : ASY_ERR; }
static Value get_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(io(self)->closed); }
static Value get_newlines(VM *vm, Value self) { return check(vm, self) ? ASY_NONE : ASY_ERR; }
static Value string_io_fileno(VM *vm, Args a) { return (void)a, asy_io_unsupported(vm, "fileno"); }
static Value string_io_isatty(VM *vm, Args a) { return check(vm, a.self) ? ASY_FALSE : ASY_ERR; }

static void string_io_trace(Tracer *t, ObjHeader *o) { asy_attrs_trace(t, &((StringIO *)(void *)o)->attrs); }
static void string_io_clear(VM *vm, ObjHeader *o) { asy_attrs_clear(vm, &((StringIO *)(void *)o)->attrs); }
static void string_io_free(VM *vm, ObjHeader *o)
{
    StringIO *s = (StringIO *)(void *)o;
    asy_mem_free(vm, s->text, s->capacity * sizeof *s->text);
}

static const MethodDef methods[] = {
    { "write", string_io_write, "(s, /)", 0, "Write string to file; the number of characters written." },
    { "writelines", asy_io_writelines, "(lines, /)", 0, "Write a list of lines to stream." },
    { "read", string_io_read, "(size=-1, /)", 0, "Read at most size characters." },
    { "readline", string_io_readline, "(size=-1, /)", 0, "Read until newline or EOF." },
    { "readlines", asy_io_readlines, "(hint=-1, /)", 0, "Return a list of lines from the stream." },
    { "getvalue", string_io_getvalue, "()", 0, "Retrieve the entire contents of the object." },
    { "tell", string_io_tell, "()", 0, "Tell the current file position." },
    { "seek", string_io_seek, "(pos, whence=0, /)", 0, "Change stream position." },
    { "truncate", string_io_truncate, "(pos=None, /)", 0, "Truncate size to pos." },
    { "close", string_io_close, "()", 0, "Close the IO object." },
    { "flush", string_io_flush, "()", 0, "Does nothing." },
    { "readable", asy_io_true, "()", 0, "Returns True." },
    { "writable", asy_io_true, "()", 0, "Returns True." },
    { "seekable", asy_io_true, "()", 0, "Returns True." },
    { "isatty", string_io_isatty, "()", 0, "Returns False." },
    { "fileno", string_io_fileno, "()", 0, "Raises UnsupportedOperation." },
    { "__enter__", asy_io_enter, "()", 0, NULL },
    { "__exit__", asy_io_close_method, "(*args)", 0, NULL },
    { 0 },
};
static const GetSetDef getset[] = {
    { "closed", get_closed, NULL, NULL }, { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL }, { "newlines", get_newlines, NULL, NULL },
    { "line_buffering", asy_io_self_false, NULL, NULL }, { 0 },
};

const TypeDef asy_string_io_type = {
    .name = "_io.StringIO",
    .size = sizeof(StringIO),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS,
    .attrs_offset = offsetof(StringIO, attrs),
    .doc = "Text I/O implementation using an in-memory buffer.",
    .trace = string_io_trace,
    .clear = string_io_clear,
    .free = string_io_free,
    .methods = methods,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = string_io_init, .iter = asy_io_self, .next = string_io_next },
};
