// io.BufferedReader, BufferedWriter and BufferedRandom: bytes over a raw stream, with one buffer.
//
// The buffer has either what was read ahead, [at, end), or what is not written yet, [at, end) with `dirty`. Turning from
// one to the other moves the raw stream to where script believes it is, or writes out. A call of a raw stream that is
// script may come back here: while one thread is inside, itself gets RuntimeError and others wait (`busy`), so nothing
// below changes under a function that has entered.
#include <errno.h>

#include "runtime/threads.h"
#include "stdlib/io.h"

typedef struct Waiter {
    struct Waiter *next;
    Thread *thread;
} Waiter;

typedef struct Buffered {
    Stream stream;
    Value raw;                  // NIL: not initialised, or detached
    uint8_t *buffer;
    size_t size;                // of the buffer
    size_t at, end;
    bool dirty, reads, writes;
    bool detached;
    bool direct;                // raw is exactly FileIO
    Thread *busy;
    Waiter *waiters;            // oldest first
} Buffered;

static Buffered *buffered(Value v) { return asy_as(Buffered, v); }
static size_t ahead(const Buffered *b) { return b->dirty ? 0 : b->end - b->at; }

// -- who may go on

static bool ready(VM *vm, const Buffered *b)
{
    if (!asy_is_nil(b->raw)) return true;
    asy_raise(vm, EXC_ValueError, b->detached ? "raw stream has been detached" : "I/O operation on uninitialized object");
    return false;
}

static int raw_closed(VM *vm, const Buffered *b) { return b->direct ? asy_file_io_closed(b->raw) : asy_io_closed(vm, b->raw); }
int asy_buffered_closed(VM *vm, Value self) { return ready(vm, buffered(self)) ? raw_closed(vm, buffered(self)) : -1; }

// Neither unready nor closed: "read of closed file". With something read ahead a closed stream still gives it.
static bool usable(VM *vm, const Buffered *b, const char *what)
{
    if (!ready(vm, b)) return false;
    int closed = raw_closed(vm, b);
    if (closed > 0 && ahead(b) == 0) asy_raise(vm, EXC_ValueError, "%s of closed file", what);
    else if (closed >= 0) return true;
    return false;
}

static bool enter(VM *vm, Buffered *b)
{
    if (b->busy == vm->thread) {
        asy_raise(vm, EXC_RuntimeError, "reentrant call inside %R", asy_from_obj(b));
        return false;
    }
    while (b->busy) {
        Waiter me = { NULL, vm->thread }, **last = &b->waiters;
        while (*last) last = &(*last)->next;
        *last = &me;
        asy_thread_block(vm, -1);
        for (last = &b->waiters; *last != &me;) last = &(*last)->next;
        *last = me.next;
        if (!asy_check_pending(vm)) return false;
    }
    b->busy = vm->thread;
    return true;
}

static void leave(Buffered *b)
{
    b->busy = NULL;
    if (b->waiters) asy_thread_wake(b->waiters->thread);
}

// -- the raw stream

// Reads by readinto: a count, 0 at the end, IO_BLOCKED or IO_FAILED.
static int64_t raw_read(VM *vm, const Buffered *b, uint8_t *to, size_t size)
{
    if (b->direct) return asy_file_io_read(vm, b->raw, to, size);
    ByteArrayObj *room = asy_bytearray_new(vm, NULL, size);
    Value view = room ? asy_io_view(vm, room, 0, size) : ASY_ERR;
    Value r = asy_is_err(view) ? ASY_ERR : asy_call_method1(vm, b->raw, asy_name(vm, readinto), view);
    int64_t n = asy_is_none(r) ? IO_BLOCKED : IO_FAILED;
    if (!asy_is_err(r) && n == IO_FAILED) {
        if (!asy_to_ssize(vm, r, &n)) {
            Value cause = asy_error_fetch(vm);
            asy_raise(vm, EXC_OSError, "raw readinto() failed");
            Value exc = asy_error_fetch(vm);
            if (asy_is_exception(vm, exc)) {
                asy_set(vm, &asy_as_exc(exc)->cause, asy_retain(cause));
                asy_as_exc(exc)->suppress_context = true;
            }
            asy_release(vm, cause);
            asy_error_restore(vm, exc);
            n = IO_FAILED;
        } else if (n < 0 || n > (int64_t)size || (size_t)n > room->size) {
            asy_raise(vm, EXC_OSError, "raw readinto() returned invalid length %lld (should have been between 0 and %zu)", (long long)n, size);
            n = IO_FAILED;
        } else if (n > 0) {
            memcpy(to, room->data, (size_t)n);
        }
    }
    asy_release(vm, r);
    asy_release(vm, view);
    asy_release_obj(vm, room);
    return n;
}

static int64_t raw_write(VM *vm, const Buffered *b, const uint8_t *from, size_t size)
{
    if (b->direct) return asy_file_io_write(vm, b->raw, from, size);
    Value bytes = asy_bytes_value(vm, from, size);
    Value view = asy_is_err(bytes) ? ASY_ERR : asy_call1(vm, asy_from_obj(vm->types.memoryview), bytes);
    Value r = asy_is_err(view) ? ASY_ERR : asy_call_method1(vm, b->raw, asy_name(vm, write), view);
    int64_t n = asy_is_none(r) ? IO_BLOCKED : IO_FAILED;
    if (!asy_is_err(r) && n == IO_FAILED && asy_to_ssize(vm, r, &n) && (n < 0 || n > (int64_t)size)) {
        asy_raise(vm, EXC_OSError, "raw write() returned invalid length %lld (should have been between 0 and %zu)", (long long)n, size);
        n = IO_FAILED;
    }
    asy_release(vm, r);
    asy_release(vm, view);
    asy_release(vm, bytes);
    return n;
}

// A position that a method of the raw stream gave (owned); -1: raised.
static int64_t raw_position(VM *vm, Value owned)
{
    int64_t at = -1;
    if (asy_is_err(owned)) return -1;
    if (asy_to_i64(vm, owned, &at) && at < 0)
        asy_raise(vm, EXC_OSError, "Raw stream returned invalid position %lld", (long long)at);
    asy_release(vm, owned);
    return at < 0 ? -1 : at;
}
static int64_t raw_tell(VM *vm, const Buffered *b) { return raw_position(vm, asy_call_method0(vm, b->raw, asy_name(vm, tell))); }
static int64_t raw_seek(VM *vm, const Buffered *b, int64_t to, int whence)
{
    Value v[] = { asy_int_from_i64(vm, to), asy_from_small(whence) };
    if (asy_is_err(v[0])) return -1;
    Value r = asy_call_method(vm, b->raw, asy_name(vm, seek), v, 2);
    asy_release(vm, v[0]);
    return raw_position(vm, r);
}

// -- turning the buffer

static void forget(Buffered *b)
{
    b->at = b->end = 0;
    b->dirty = false;
}

// Only a descriptor has an errno for it.
static void would_block(VM *vm, const Buffered *b, size_t written)
{
    asy_io_would_block(vm, b->direct ? EAGAIN : 0, "write could not complete without blocking", (int64_t)written);
}

// Writes out what is pending. False: raised; what was not written stays.
static bool write_out(VM *vm, Buffered *b)
{
    while (b->dirty && b->at < b->end) {
        int64_t n = raw_write(vm, b, b->buffer + b->at, b->end - b->at);
        if (n == IO_BLOCKED) would_block(vm, b, 0);
        if (n < 0) return false;
        b->at += (size_t)n;
        // A short write is often a signal's doing.
        if (b->at < b->end && !asy_check_pending(vm)) return false;
    }
    if (b->dirty) forget(b);
    return true;
}

// Gives back what was read ahead: the raw stream goes to where script is.
static bool step_back(VM *vm, Buffered *b)
{
    if (ahead(b) > 0 && raw_seek(vm, b, -(int64_t)ahead(b), 1) < 0) return false;
    if (!b->dirty) forget(b);
    return true;
}

// Reads ahead what one read gives, into what room there is behind `end`: how much it was, 0 at the end, IO_BLOCKED or
// IO_FAILED.
static int64_t read_ahead(VM *vm, Buffered *b)
{
    int64_t n = raw_read(vm, b, b->buffer + b->end, b->size - b->end);
    if (n > 0) b->end += (size_t)n;
    return n;
}

// Reads ahead if nothing is there: how much there is then, or as above.
static int64_t fill(VM *vm, Buffered *b)
{
    if (ahead(b) > 0) return (int64_t)ahead(b);
    forget(b);
    return read_ahead(vm, b);
}

// -- setting up

static bool must(VM *vm, Value raw, StrObj *method, const char *text)
{
    Value r = asy_call_method0(vm, raw, method);
    if (asy_is_err(r)) return false;
    bool yes = asy_is_true(r);
    asy_release(vm, r);
    if (!yes) asy_io_unsupported(vm, text);
    return yes;
}

static bool setup(VM *vm, Value self, const char *name, Args a, bool seeks, bool reads, bool writes)
{
    static const char *const names[] = { "raw", "buffer_size" };
    Value v[2];
    int64_t size = IO_BUFFER_SIZE;
    Buffered *b = buffered(self);
    if (!asy_new_args(vm, name, names, 2, 0, 1, a, v) || !enter(vm, b)) return false;
    Value old = b->raw;
    b->raw = ASY_NIL;
    b->detached = false;
    asy_release(vm, old);
    bool ok = (!seeks || must(vm, v[0], asy_name(vm, seekable), "File or stream is not seekable.")) &&
              (!reads || must(vm, v[0], asy_name(vm, readable), "File or stream is not readable.")) &&
              (!writes || must(vm, v[0], asy_name(vm, writable), "File or stream is not writable.")) &&
              (asy_is_nil(v[1]) || asy_to_ssize(vm, v[1], &size));
    if (ok && size <= 0) {
        asy_raise(vm, EXC_ValueError, "buffer size must be strictly positive");
        ok = false;
    }
    if (ok) {
        uint8_t *buffer = asy_mem_resize(vm, b->buffer, b->size, (size_t)size);
        ok = buffer != NULL;
        if (!ok) asy_raise_memory(vm);
        else b->buffer = buffer, b->size = (size_t)size;
    }
    if (ok) {
        forget(b);
        b->reads = reads;
        b->writes = writes;
        b->raw = asy_retain(v[0]);
        b->direct = asy_io_is_exact(v[0], &asy_file_io_type);
    }
    leave(b);
    return ok;
}

static bool reader_init(VM *vm, Value self, Args a) { return setup(vm, self, "BufferedReader", a, false, true, false); }
static bool writer_init(VM *vm, Value self, Args a) { return setup(vm, self, "BufferedWriter", a, false, false, true); }
static bool random_init(VM *vm, Value self, Args a) { return setup(vm, self, "BufferedRandom", a, true, true, true); }

// -- reading

static Value take(VM *vm, Buffered *b, size_t n)
{
    Value v = asy_bytes_value(vm, b->buffer + b->at, n);
    if (!asy_is_err(v)) b->at += n;
    return v;
}

static Value none_or_error(int64_t n) { return n == IO_FAILED ? ASY_ERR : ASY_NONE; }

// What is there already and all that the raw stream gives.
static Value read_rest(VM *vm, Buffered *b)
{
    Value first = asy_bytes_value(vm, b->buffer + b->at, ahead(b)), readall = ASY_NIL, rest = ASY_NIL;
    if (asy_is_err(first)) return ASY_ERR;
    if (!b->dirty) forget(b);
    if (write_out(vm, b)) readall = asy_getattr_opt(vm, b->raw, asy_name(vm, readall));
    else readall = ASY_ERR;
    if (asy_is_err(readall)) {
        rest = ASY_ERR;
    } else if (!asy_is_nil(readall)) {
        rest = asy_call0(vm, readall);
        if (!asy_is_err(rest) && !asy_is_none(rest) && !asy_is_bytes(vm, rest)) {
            asy_raise(vm, EXC_TypeError, "readall() should return bytes");
            asy_set(vm, &rest, ASY_ERR);
        }
    }
    asy_release(vm, readall);
    bool empty = asy_as_bytes(first)->size == 0;
    if (asy_is_obj(rest) || asy_is_none(rest)) {
        if (empty || asy_is_none(rest)) {
            Value out = asy_is_none(rest) && !empty ? asy_retain(first) : asy_retain(rest);
            asy_release(vm, first);
            asy_release(vm, rest);
            return out;
        }
        Value both = asy_binary(vm, BIN_ADD, first, rest);
        asy_release(vm, first);
        asy_release(vm, rest);
        return both;
    }
    BytesBuilder all;
    asy_bytes_builder_init(&all, vm);
    bool ok = !asy_is_err(rest) && asy_bytes_builder_add(&all, asy_as_bytes(first)->data, asy_as_bytes(first)->size);
    while (ok) {
        Value part = asy_call_method0(vm, b->raw, asy_name(vm, read));
        if (asy_is_none(part) && all.size == 0) {
            asy_bytes_builder_free(&all);
            asy_release(vm, first);
            return ASY_NONE;
        }
        if (asy_is_none(part)) break;
        ok = !asy_is_err(part);
        if (ok && !asy_is_bytes(vm, part)) {
            asy_raise(vm, EXC_TypeError, "read() should return bytes");
            ok = false;
        }
        bool end = ok && asy_as_bytes(part)->size == 0;
        ok = ok && asy_bytes_builder_add(&all, asy_as_bytes(part)->data, asy_as_bytes(part)->size);
        asy_release(vm, part);
        if (end) break;
    }
    asy_release(vm, first);
    if (ok) return asy_bytes_builder_finish(&all);
    asy_bytes_builder_free(&all);
    return ASY_ERR;
}

enum ReadKind { READ_BYTES, READ_INTO, READ_INTO_ONCE };

// Up to n bytes into `to`, by as many reads as it takes or (READ_INTO_ONCE) by one. A count, IO_BLOCKED if there is
// nothing yet, or IO_FAILED.
static int64_t read_into(VM *vm, Buffered *b, uint8_t *to, size_t n, enum ReadKind kind)
{
    size_t got = ahead(b) < n ? ahead(b) : n;
    memcpy(to, b->buffer + b->at, got);
    if (!b->dirty) b->at += got;
    if (got == n) return (int64_t)got;
    if (!write_out(vm, b)) return IO_FAILED;
    forget(b);
    while (got < n) {
        size_t left = n - got;
        int64_t r;
        // What does not fit the buffer anyway is read where it is to be; bytes() comes in whole buffers.
        if (kind == READ_BYTES && left >= b->size) {
            r = raw_read(vm, b, to + got, left - left % b->size);
        } else if (kind != READ_BYTES && left > b->size) {
            r = raw_read(vm, b, to + got, left);
        } else if (kind == READ_INTO_ONCE && got > 0) {
            break;
        } else {
            r = b->end < b->size ? read_ahead(vm, b) : fill(vm, b);
            if (r > 0) {
                size_t part = ahead(b) < left ? ahead(b) : left;
                memcpy(to + got, b->buffer + b->at, part);
                b->at += part;
                r = (int64_t)part;
            }
        }
        if (r == IO_FAILED) return IO_FAILED;
        if (r <= 0) return r == IO_BLOCKED && got == 0 ? IO_BLOCKED : (int64_t)got;
        got += (size_t)r;
        if (kind == READ_INTO_ONCE) break;
        if (got < n && !asy_check_pending(vm)) return IO_FAILED;
    }
    return (int64_t)got;
}

static Value read_some(VM *vm, Buffered *b, size_t n)
{
    if (n <= ahead(b)) return take(vm, b, n);
    BytesObj *out = asy_bytes_new(vm, NULL, n);
    if (!out) return ASY_ERR;
    int64_t got = read_into(vm, b, out->data, n, READ_BYTES);
    if (got == (int64_t)n) return asy_from_obj(out);
    Value v = got < 0 ? none_or_error(got) : asy_bytes_value(vm, out->data, (size_t)got);
    asy_release_obj(vm, out);
    return v;
}

static Value buffered_read(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    int64_t n;
    if (!asy_io_size(vm, a.v[0], &n) || !ready(vm, b)) return ASY_ERR;
    if (n < -1) return asy_raise(vm, EXC_ValueError, "read length must be non-negative or -1");
    if (!usable(vm, b, "read") || !enter(vm, b)) return ASY_ERR;
    Value v = n < 0 ? read_rest(vm, b) : read_some(vm, b, (size_t)n);
    leave(b);
    return v;
}

static Value read1(VM *vm, Buffered *b, size_t n)
{
    if (ahead(b) > 0) return take(vm, b, ahead(b) < n ? ahead(b) : n);
    if (!write_out(vm, b)) return ASY_ERR;
    forget(b);
    BytesObj *out = asy_bytes_new(vm, NULL, n);
    if (!out) return ASY_ERR;
    int64_t got = raw_read(vm, b, out->data, n);
    if (got == (int64_t)n) return asy_from_obj(out);
    Value v = got == IO_FAILED ? ASY_ERR : asy_bytes_value(vm, out->data, got > 0 ? (size_t)got : 0);
    asy_release_obj(vm, out);
    return v;
}

Value asy_buffered_read1(VM *vm, Value self, size_t size)
{
    Buffered *b = buffered(self);
    if (!usable(vm, b, "read")) return ASY_ERR;
    if (size == 0) return asy_bytes_value(vm, "", 0);
    if (!enter(vm, b)) return ASY_ERR;
    Value v = read1(vm, b, size);
    leave(b);
    return v;
}

static Value buffered_read1(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    int64_t n = -1;
    if (!asy_is_nil(a.v[0]) && !asy_to_ssize(vm, a.v[0], &n)) return ASY_ERR;
    return asy_buffered_read1(vm, a.self, n < 0 ? b->size : (size_t)n);
}

static Value readinto(VM *vm, Args a, bool once)
{
    Buffered *b = buffered(a.self);
    BufferView view;
    if (!asy_io_writable_buffer(vm, a.v[0], once ? "readinto1() argument" : "readinto() argument", &view)) return ASY_ERR;
    Value v = ASY_ERR;
    if (usable(vm, b, "readinto") && enter(vm, b)) {
        int64_t n = read_into(vm, b, view.data, view.size, once ? READ_INTO_ONCE : READ_INTO);
        v = n < 0 ? none_or_error(n) : asy_from_small(n);
        leave(b);
    }
    asy_release_buffer(vm, &view);
    return v;
}
static Value buffered_readinto(VM *vm, Args a) { return readinto(vm, a, false); }
static Value buffered_readinto1(VM *vm, Args a) { return readinto(vm, a, true); }

static Value buffered_peek(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    int64_t ignored;
    if (!asy_arg_i64(vm, a.v[0], &ignored) || !usable(vm, b, "peek") || !enter(vm, b)) return ASY_ERR;
    Value v = ASY_ERR;
    if (write_out(vm, b) && fill(vm, b) != IO_FAILED) v = asy_bytes_value(vm, b->buffer + b->at, ahead(b));
    leave(b);
    return v;
}

static Value read_line(VM *vm, Buffered *b, int64_t limit)
{
    size_t have = ahead(b), most = limit >= 0 && (size_t)limit < have ? (size_t)limit : have;
    const uint8_t *end = most ? memchr(b->buffer + b->at, '\n', most) : NULL;
    if (end) return take(vm, b, (size_t)(end - (b->buffer + b->at)) + 1);
    if (limit >= 0 && most == (size_t)limit) return take(vm, b, most);
    if (!write_out(vm, b)) return ASY_ERR;
    BytesBuilder line;
    asy_bytes_builder_init(&line, vm);
    for (;;) {
        bool ok = asy_bytes_builder_add(&line, b->buffer + b->at, most);
        if (ok) b->at += most;
        int64_t n = !ok ? IO_FAILED : end || (limit >= 0 && line.size == (size_t)limit) ? 0 : fill(vm, b);
        if (n == IO_FAILED) {
            asy_bytes_builder_free(&line);
            return ASY_ERR;
        }
        if (n <= 0) return asy_bytes_builder_finish(&line);
        most = limit >= 0 && (size_t)limit - line.size < (size_t)n ? (size_t)limit - line.size : (size_t)n;
        end = memchr(b->buffer + b->at, '\n', most);
        if (end) most = (size_t)(end - (b->buffer + b->at)) + 1;
    }
}

static Value buffered_readline(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    int64_t limit;
    if (!asy_io_size(vm, a.v[0], &limit) || !usable(vm, b, "readline") || !enter(vm, b)) return ASY_ERR;
    Value v = read_line(vm, b, limit);
    leave(b);
    return v;
}

// The lines of a subclass are those of its own readline.
static Value buffered_next(VM *vm, Value self)
{
    Buffered *b = buffered(self);
    Value line;
    if (!ready(vm, b)) return ASY_ERR;
    if (asy_as_obj(self)->type->flags & TYPE_STATIC) {
        if (!usable(vm, b, "readline") || !enter(vm, b)) return ASY_ERR;
        line = read_line(vm, b, -1);
        leave(b);
    } else {
        line = asy_call_method0(vm, self, asy_name(vm, readline));
        if (!asy_is_err(line) && !asy_is_bytes(vm, line)) {
            asy_raise(vm, EXC_OSError, "readline() should have returned a bytes object, not '%.200T'", line);
            asy_set(vm, &line, ASY_ERR);
        }
    }
    if (asy_is_err(line) || asy_as_bytes(line)->size) return line;
    asy_release(vm, line);
    return ASY_DONE;
}

// -- writing

// What the raw stream does not take now is kept as far as there is room; BlockingIOError says how much was.
static bool keep_some(VM *vm, Buffered *b, const uint8_t *data, size_t n, size_t written)
{
    memmove(b->buffer, b->buffer + b->at, b->end - b->at);
    b->end -= b->at;
    b->at = 0;
    b->dirty = true;
    size_t room = b->size - b->end, part = n < room ? n : room;
    memcpy(b->buffer + b->end, data, part);
    b->end += part;
    if (part == n) return true;
    would_block(vm, b, written + part);
    return false;
}

static bool write_all(VM *vm, Buffered *b, const uint8_t *data, size_t n)
{
    if (!b->dirty && !step_back(vm, b)) return false;
    if (b->size - b->end >= n) {
        memcpy(b->buffer + b->end, data, n);
        b->end += n;
        b->dirty = b->dirty || n > 0;
        return true;
    }
    if (!write_out(vm, b)) {
        return asy_error_catch(vm, EXC_BlockingIOError) && keep_some(vm, b, data, n, 0);
    }
    size_t done = 0;
    while (n - done > b->size) {
        int64_t r = raw_write(vm, b, data + done, n - done);
        if (r == IO_FAILED) return false;
        if (r == IO_BLOCKED) return keep_some(vm, b, data + done, n - done, done);
        done += (size_t)r;
        if (n - done > b->size && !asy_check_pending(vm)) return false;
    }
    memcpy(b->buffer, data + done, n - done);
    b->end = n - done;
    b->dirty = n > done;
    return true;
}

bool asy_buffered_write(VM *vm, Value self, const uint8_t *data, size_t size)
{
    Buffered *b = buffered(self);
    if (!ready(vm, b) || !enter(vm, b)) return false;
    // Looked at inside: another thread may have closed it while this one waited.
    int closed = raw_closed(vm, b);
    if (closed > 0) asy_raise(vm, EXC_ValueError, "write to closed file");
    bool ok = closed == 0 && write_all(vm, b, data, size);
    leave(b);
    return ok;
}

static Value buffered_write(VM *vm, Args a)
{
    BufferView view;
    if (!ready(vm, buffered(a.self)) || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    bool ok = asy_buffered_write(vm, a.self, view.data, view.size);
    int64_t n = (int64_t)view.size;
    asy_release_buffer(vm, &view);
    return ok ? asy_from_small(n) : ASY_ERR;
}

bool asy_buffered_flush(VM *vm, Value self)
{
    Buffered *b = buffered(self);
    if (!b->writes) return ready(vm, b) && asy_io_do(vm, b->raw, asy_name(vm, flush));
    if (!ready(vm, b)) return false;
    int closed = raw_closed(vm, b);
    if (closed > 0) asy_raise(vm, EXC_ValueError, "flush of closed file");
    if (closed != 0 || !enter(vm, b)) return false;
    bool ok = write_out(vm, b) && step_back(vm, b);
    leave(b);
    return ok;
}
static Value buffered_flush(VM *vm, Args a) { return asy_buffered_flush(vm, a.self) ? ASY_NONE : ASY_ERR; }

// -- positions

static Value buffered_tell(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    if (!ready(vm, b)) return ASY_ERR;
    int64_t at = raw_tell(vm, b);
    if (at < 0) return ASY_ERR;
    at += b->dirty ? (int64_t)(b->end - b->at) : -(int64_t)ahead(b);
    return asy_int_from_i64(vm, at < 0 ? 0 : at);
}

static bool seekable_raw(VM *vm, const Buffered *b)
{
    return must(vm, b->raw, asy_name(vm, seekable), "File or stream is not seekable.");
}

// Inside what was read ahead, moving is only counting. 1: done, 0: it is not inside, -1: raised.
static int seek_inside(VM *vm, Buffered *b, int64_t to, int whence, int64_t *now)
{
    if (whence == 2 || b->dirty || b->end == 0) return 0;
    int64_t raw = raw_tell(vm, b);
    if (raw < 0) return -1;
    int64_t here = raw - (int64_t)ahead(b), step = whence == 0 ? to - here : to;
    if (step < -(int64_t)b->at || step > (int64_t)ahead(b)) return 0;
    b->at = (size_t)((int64_t)b->at + step);
    *now = here + step;
    return 1;
}

static Value buffered_seek(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    int64_t to, whence = 0, now = -1;
    if (!ready(vm, b) || !asy_arg_i64(vm, a.v[1], &whence)) return ASY_ERR;
    if (whence < 0 || whence > 2) return asy_raise(vm, EXC_ValueError, "whence value %d unsupported", (int)whence);
    int closed = raw_closed(vm, b);
    if (closed > 0) return asy_raise(vm, EXC_ValueError, "seek of closed file");
    if (closed < 0 || !seekable_raw(vm, b) || !asy_to_i64(vm, a.v[0], &to)) return ASY_ERR;
    if (!enter(vm, b)) return ASY_ERR;
    int inside = seek_inside(vm, b, to, (int)whence, &now);
    if (inside == 0 && write_out(vm, b)) {
        if (whence == 1) to -= (int64_t)ahead(b);
        now = raw_seek(vm, b, to, (int)whence);
        if (now >= 0) forget(b);
    }
    leave(b);
    return now < 0 ? ASY_ERR : asy_int_from_i64(vm, now);
}

static Value buffered_truncate(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    if (!ready(vm, b)) return ASY_ERR;
    int closed = raw_closed(vm, b);
    if (closed > 0) return asy_raise(vm, EXC_ValueError, "truncate of closed file");
    if (closed < 0) return ASY_ERR;
    if (!b->writes) return asy_io_unsupported(vm, "truncate");
    if (!enter(vm, b)) return ASY_ERR;
    Value pos = asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0];
    Value r = write_out(vm, b) && step_back(vm, b) ? asy_call_method1(vm, b->raw, asy_name(vm, truncate), pos) : ASY_ERR;
    leave(b);
    return r;
}

// -- the rest

#define FORWARD(id)                                                                                \
    static Value buffered_##id(VM *vm, Args a)                                                     \
    {                                                                                              \
        Buffered *b = buffered(a.self);                                                            \
        return ready(vm, b) ? asy_call_method0(vm, b->raw, asy_name(vm, id)) : ASY_ERR;            \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)

static Value attribute(VM *vm, Value self, StrObj *name)
{
    return ready(vm, buffered(self)) ? asy_getattr(vm, buffered(self)->raw, name) : ASY_ERR;
}
static Value get_closed(VM *vm, Value self) { return attribute(vm, self, asy_name(vm, closed)); }
static Value get_name(VM *vm, Value self) { return attribute(vm, self, asy_name(vm, name)); }
static Value get_mode(VM *vm, Value self) { return attribute(vm, self, asy_name(vm, mode)); }

static Value buffered_detach(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    if (!ready(vm, b) || !asy_io_do(vm, a.self, asy_name(vm, flush)) || !ready(vm, b) || !enter(vm, b)) return ASY_ERR;
    Value raw = b->raw;
    b->raw = ASY_NIL;
    b->detached = true;
    leave(b);
    return raw;
}

static Value buffered_dealloc_warn(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    if (asy_is_nil(b->raw)) return ASY_NONE;
    Value r = asy_call_method1(vm, b->raw, asy_name(vm, _dealloc_warn), a.v[0]);
    if (asy_is_err(r)) asy_error_clear(vm);
    asy_release(vm, r);
    return ASY_NONE;
}

static Value buffered_close(VM *vm, Args a)
{
    Buffered *b = buffered(a.self);
    if (!ready(vm, b) || !enter(vm, b)) return ASY_ERR;
    int closed = raw_closed(vm, b);
    if (closed == 0 && b->stream.finalizing) {
        Args source = { .self = a.self, .v = &a.self, .n = 1 };
        (void)buffered_dealloc_warn(vm, source);
    }
    leave(b);
    if (closed != 0) return closed < 0 ? ASY_ERR : ASY_NONE;
    Value failed = ASY_NIL;
    if (!asy_io_do(vm, a.self, asy_name(vm, flush))) failed = asy_error_fetch(vm);
    if (asy_is_nil(b->raw) || !enter(vm, b)) return asy_io_both(vm, failed) ? ASY_NONE : ASY_ERR;
    asy_io_try(vm, b->raw, asy_name(vm, close));
    forget(b);
    leave(b);
    return asy_io_both(vm, failed) ? ASY_NONE : ASY_ERR;
}

static Value buffered_repr(VM *vm, Value self)
{
    Value name = asy_getattr(vm, self, asy_name(vm, name));
    if (asy_is_err(name)) {             // no raw stream, or one without a name
        if (!asy_error_catch(vm, EXC_AttributeError) && !asy_error_catch(vm, EXC_ValueError)) return ASY_ERR;
        return asy_value_or_err(asy_format(vm, "<%T>", self));
    }
    int entered = asy_repr_enter(vm, self);
    StrObj *text = NULL;
    if (entered == 0) {
        text = asy_format(vm, "<%T name=%R>", self, name);
        asy_repr_leave(vm, self);
    } else if (entered > 0) {
        asy_raise(vm, EXC_RuntimeError, "reentrant call inside %T.__repr__", self);
    }
    asy_release(vm, name);
    return asy_value_or_err(text);
}

static void buffered_trace(Tracer *t, ObjHeader *o)
{
    asy_stream_trace(t, o);
    asy_trace_value(t, ((Buffered *)(void *)o)->raw);
}
static void buffered_clear(VM *vm, ObjHeader *o)
{
    asy_stream_clear(vm, o);
    asy_clear(vm, &((Buffered *)(void *)o)->raw);
}
static void buffered_free(VM *vm, ObjHeader *o)
{
    Buffered *b = (Buffered *)(void *)o;
    if (b->buffer) asy_mem_free(vm, b->buffer, b->size);
}

#define COMMON_METHODS                                                                                                   \
    { "detach", buffered_detach, "()", 0, "Flush, and give the raw stream away." },                                      \
    { "flush", buffered_flush, "()", 0, "Write out what is kept back." },                                                \
    { "close", buffered_close, "()", 0, "Flush and close." },                                                            \
    { "seekable", buffered_seekable, "()", 0, "Whether there are positions to move to." },                               \
    { "fileno", buffered_fileno, "()", 0, "The descriptor of the raw stream." },                                         \
    { "isatty", buffered_isatty, "()", 0, "Whether it is a terminal." },                                                 \
    { "tell", buffered_tell, "()", 0, "The position." },                                                                 \
    { "seek", buffered_seek, "(target, whence=0, /)", 0, "Move to a position; the new one from the start." },            \
    { "truncate", buffered_truncate, "(pos=None, /)", 0, "Cut to a size, by default to the position." },                 \
    { "_dealloc_warn", buffered_dealloc_warn, "(source, /)", 0, NULL },                                                  \
    STREAM_REDUCE
#define READ_METHODS                                                                                                     \
    { "read", buffered_read, "(size=-1, /)", 0, "At most `size` bytes, all without one; None if there are none yet." },  \
    { "read1", buffered_read1, "(size=-1, /)", 0, "At most `size` bytes, by at most one read of the raw stream." },      \
    { "readinto", buffered_readinto, "(buffer, /)", 0, "Read into a buffer; how many bytes." },                          \
    { "readinto1", buffered_readinto1, "(buffer, /)", 0, "Read into a buffer by at most one read of the raw stream." },  \
    { "readline", buffered_readline, "(size=-1, /)", 0, "The next line, of at most `size` bytes." },                     \
    { "peek", buffered_peek, "(size=0, /)", 0, "Bytes that are there, without moving on." },                             \
    { "readable", buffered_readable, "()", 0, "Whether it was opened for reading." }
#define WRITE_METHODS                                                                                                    \
    { "write", buffered_write, "(buffer, /)", 0, "Write bytes; how many." },                                             \
    { "writable", buffered_writable, "()", 0, "Whether it was opened for writing." }

static const MethodDef reader_methods[] = { COMMON_METHODS, READ_METHODS, { 0 } };
static const MethodDef writer_methods[] = { COMMON_METHODS, WRITE_METHODS, { 0 } };
static const MethodDef random_methods[] = { COMMON_METHODS, READ_METHODS, WRITE_METHODS, { 0 } };
static const MemberDef members[] = { { "raw", offsetof(Buffered, raw), false, NULL }, { 0 } };
static const GetSetDef getset[] = {
    { "closed", get_closed, NULL, NULL },
    { "name", get_name, NULL, NULL },
    { "mode", get_mode, NULL, NULL },
    { "_finalizing", asy_stream_finalizing, NULL, NULL },
    { 0 },
};

#define BUFFERED_TYPE(text, kind, about)                                                           \
    {                                                                                              \
        .name = text, .base = &asy_io_buffered_base_type, .size = sizeof(Buffered),                \
        .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS, .attrs_offset = offsetof(Stream, attrs),  \
        .doc = about, .signature = "(raw, buffer_size=8192)",                                       \
        .trace = buffered_trace, .clear = buffered_clear, .free = buffered_free,                   \
        .methods = kind##_methods, .members = members, .getset = getset,                           \
        .slots = { .new = asy_object_new, .init = kind##_init, .repr = buffered_repr, .next = buffered_next }, \
    }
const TypeDef asy_buffered_reader_type = BUFFERED_TYPE("_io.BufferedReader", reader, "A raw stream read with a buffer.");
const TypeDef asy_buffered_random_type =
    BUFFERED_TYPE("_io.BufferedRandom", random, "A raw stream with positions, read and written with a buffer.");
const TypeDef asy_buffered_writer_type = {
    .name = "_io.BufferedWriter",
    .base = &asy_io_buffered_base_type,
    .size = sizeof(Buffered),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "A raw stream written with a buffer.",
    .signature = "(raw, buffer_size=8192)",
    .trace = buffered_trace,
    .clear = buffered_clear,
    .free = buffered_free,
    .methods = writer_methods,
    .members = members,
    .getset = getset,
    .slots = { .new = asy_object_new, .init = writer_init, .repr = buffered_repr },
};
