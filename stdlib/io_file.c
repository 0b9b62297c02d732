// io.FileIO: a descriptor of the machine as a raw stream. What blocks releases the VM's lock.
//
// The standard streams' FileIO write to the host (stdlib/host.h), which may take the output itself and bounds it.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stdlib/host.h"
#include "stdlib/io.h"
#include "vm/objects/codecs.h"

typedef struct FileIO {
    Stream stream;
    int fd;                     // -1: closed
    bool readable, writable, created, appending;
    bool closefd;
    bool host;                  // a standard stream
    int8_t seekable;            // -1: not asked yet
    int64_t block_size;
} FileIO;

static FileIO *file_of(Value v) { return asy_as(FileIO, v); }

// Runs `call` without the lock, again if it was interrupted and no signal handler raised; -1 with errno in `err`.
#define UNLOCKED(type, r, err, call)                                                               \
    type r;                                                                                        \
    int err = 0;                                                                                   \
    for (;;) {                                                                                     \
        Thread *th_ = vm->thread;                                                                  \
        if (vm->lock_release) vm->lock_release(vm);                                                \
        r = (call);                                                                                \
        err = errno;                                                                               \
        if (vm->lock_acquire) vm->lock_acquire(vm, th_);                                           \
        if (r >= 0 || err != EINTR || !asy_check_pending(vm)) break;                               \
    }

static Value os_error(VM *vm, int err)
{
    return asy_error_pending(vm) ? ASY_ERR : asy_raise_os(vm, err, ASY_NIL, ASY_NIL);
}

static bool is_open(VM *vm, const FileIO *f)
{
    if (f->fd >= 0) return true;
    asy_raise(vm, EXC_ValueError, "I/O operation on closed file");
    return false;
}

static bool may(VM *vm, const FileIO *f, bool able, const char *how)
{
    if (!is_open(vm, f)) return false;
    if (able) return true;
    char text[48];
    snprintf(text, sizeof text, "File not open for %s", how);
    asy_io_unsupported(vm, text);
    return false;
}

// -- opening

Value asy_io_path(VM *vm, Value path)
{
    if (asy_is_str(vm, path) || asy_is_bytes(vm, path)) return asy_retain(path);
    Value method = asy_special(vm, path, asy_name(vm, __fspath__));
    if (asy_is_err(method)) return ASY_ERR;
    if (asy_is_nil(method)) return asy_raise(vm, EXC_TypeError, "expected str, bytes or os.PathLike object, not %T", path);
    Value p = asy_call0(vm, method);
    asy_release(vm, method);
    if (asy_is_err(p) || asy_is_str(vm, p) || asy_is_bytes(vm, p)) return p;
    asy_raise(vm, EXC_TypeError, "expected %T.__fspath__() to return str or bytes, not %T", path, p);
    asy_release(vm, p);
    return ASY_ERR;
}

// A path as bytes for the machine: a new reference to a bytes or str object, *text its content.
static Value path_text(VM *vm, Value path, const char **text)
{
    Value p = asy_io_path(vm, path);
    if (asy_is_err(p)) return ASY_ERR;
    if (asy_is_str(vm, p) && asy_as_str(p)->head.flags & STR_SURROGATES) {
        StrObj *errors = asy_str_from_c(vm, "surrogateescape");
        Value encoded = errors ? asy_codec_encode(vm, asy_as_str(p), asy_name(vm, str_utf8), errors) : ASY_ERR;
        asy_release_obj(vm, errors);
        asy_release(vm, p);
        if (asy_is_err(encoded)) return ASY_ERR;
        p = encoded;
    }
    bool bytes = asy_is_bytes(vm, p);
    *text = bytes ? (const char *)asy_as_bytes(p)->data : asy_as_str(p)->data;
    if (strlen(*text) == (bytes ? asy_as_bytes(p)->size : asy_as_str(p)->size)) return p;
    asy_release(vm, p);
    return asy_raise(vm, EXC_ValueError, "embedded null byte");
}

// The flags of a mode; false: ValueError.
static bool parse_mode(VM *vm, FileIO *f, const char *mode, int *flags)
{
    bool plus = false, kind = false, bad = false;
    *flags = O_CLOEXEC;
    for (const char *c = mode; *c && !bad; c++) {
        if (strchr("rwax", *c)) {
            bad = kind;
            kind = true;
        }
        switch (*c) {
        case 'r': f->readable = true; break;
        case 'w': f->writable = true, *flags |= O_CREAT | O_TRUNC; break;
        case 'a': f->writable = f->appending = true, *flags |= O_APPEND | O_CREAT; break;
        case 'x': f->writable = f->created = true, *flags |= O_EXCL | O_CREAT; break;
        case 'b': break;
        case '+':
            bad = plus;
            plus = f->readable = f->writable = true;
            break;
        default: asy_raise(vm, EXC_ValueError, "invalid mode: %.200s", mode); return false;
        }
    }
    if (bad || !kind) {
        asy_raise(vm, EXC_ValueError, "Must have exactly one of create/read/write/append mode and at most one plus");
        return false;
    }
    *flags |= f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY;
    return true;
}

static int opened_by_script(VM *vm, Value opener, Value name, int flags)
{
    Value fd = asy_call2(vm, opener, name, asy_from_small(flags));
    int64_t number = 0;
    if (asy_is_err(fd)) return -1;
    if (!asy_is_integer(vm, fd)) {
        asy_raise(vm, EXC_TypeError, "expected integer from opener");
        number = -1;
    } else if (!asy_int_as_i64(vm, fd, &number) || number > INT_MAX || number < INT_MIN) {
        asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C int");
        number = -1;
    } else if (number < 0) {
        asy_raise(vm, EXC_ValueError, "opener returned %d", (int)number);
    }
    asy_release(vm, fd);
    if (number >= 0) (void)fcntl((int)number, F_SETFD, FD_CLOEXEC);
    return number < 0 ? -1 : (int)number;
}

static int opened_by_name(VM *vm, Value name, int flags)
{
    const char *text;
    Value held = path_text(vm, name, &text);
    if (asy_is_err(held)) return -1;
    UNLOCKED(int, fd, err, open(text, flags, 0666))
    asy_release(vm, held);
    if (fd < 0 && !asy_error_pending(vm)) asy_raise_os(vm, err, name, ASY_NIL);
    return fd;
}

// What is asked of a descriptor that has just come in: no folder, its blocks, its end.
static bool look_at(VM *vm, FileIO *f, Value name)
{
    struct stat st;
    UNLOCKED(int, r, err, fstat(f->fd, &st))
    if (r < 0 && err == EBADF) {
        os_error(vm, err);
        return false;
    }
    f->block_size = IO_BUFFER_SIZE;
    if (r == 0) {
        if (S_ISDIR(st.st_mode)) {
            asy_raise_os(vm, EISDIR, name, ASY_NIL);
            return false;
        }
        if (st.st_blksize > 1) f->block_size = st.st_blksize;
    }
    if (f->appending) (void)lseek(f->fd, 0, SEEK_END);      // a pipe has no end, which does not matter
    return !asy_error_pending(vm);
}

static bool close_fd(VM *vm, FileIO *f)
{
    int fd = f->fd;
    f->fd = -1;
    if (fd < 0) return true;
    Thread *th = vm->thread;
    if (vm->lock_release) vm->lock_release(vm);
    int r = close(fd), err = errno;
    if (vm->lock_acquire) vm->lock_acquire(vm, th);
    if (r == 0) return true;
    asy_raise_os(vm, err, ASY_NIL, ASY_NIL);
    return false;
}

static bool file_setup(VM *vm, Value self, Value file, const char *mode, bool closefd, Value opener)
{
    FileIO *f = file_of(self);
    int64_t given = -1;
    if (f->fd >= 0) {                   // __init__ once more
        if (f->closefd && !close_fd(vm, f)) return false;
        f->fd = -1;
    }
    f->readable = f->writable = f->created = f->appending = false;
    f->seekable = -1;
    f->closefd = closefd;
    if (asy_is_integer(vm, file) && asy_int_as_i64(vm, file, &given) && given <= INT_MAX && given >= INT_MIN) {
        if (given < 0) {
            asy_raise(vm, EXC_ValueError, "negative file descriptor");
            return false;
        }
    } else {
        const char *text;
        Value held = path_text(vm, file, &text);
        if (asy_is_err(held)) return false;
        asy_release(vm, held);
        given = -1;
    }
    int flags;
    if (!parse_mode(vm, f, mode, &flags)) return false;
    if (given < 0 && !closefd) {
        asy_raise(vm, EXC_ValueError, "Cannot use closefd=False with file name");
        return false;
    }
    bool own = given < 0;
    int fd = given >= 0 ? (int)given : asy_absent(opener) ? opened_by_name(vm, file, flags) : opened_by_script(vm, opener, file, flags);
    if (fd < 0) return false;
    f->fd = fd;
    if (look_at(vm, f, file) && asy_setattr(vm, self, asy_name(vm, name), file)) return true;
    Value failed = asy_error_fetch(vm);
    if (own) (void)close_fd(vm, f);
    f->fd = -1;
    asy_error_restore(vm, failed);
    return false;
}

static Value file_new(VM *vm, Type *type, Args a)
{
    (void)a;
    FileIO *f = asy_object_alloc(vm, type);
    if (!f) return ASY_ERR;
    f->fd = -1;
    f->closefd = true;
    f->seekable = -1;
    f->block_size = IO_BUFFER_SIZE;
    return asy_from_obj(f);
}

static bool file_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "file", "mode", "closefd", "opener" };
    Value v[4];
    bool closefd = true;
    StrObj *mode = NULL;
    if (!asy_new_args(vm, "FileIO", names, 4, 0, 1, a, v)) return false;
    if (!asy_is_nil(v[1]) && !asy_arg_str(vm, v[1], "FileIO() argument 'mode'", &mode)) return false;
    if (mode && memchr(mode->data, 0, mode->size)) {
        asy_raise(vm, EXC_ValueError, "embedded null character");
        return false;
    }
    return asy_arg_bool(vm, v[2], &closefd) && file_setup(vm, self, v[0], mode ? mode->data : "r", closefd, v[3]);
}

Value asy_file_io_open(VM *vm, Value file, const char *mode, bool closefd, Value opener)
{
    Type *type = asy_type_ready(vm, &asy_file_io_type);
    Value f = type ? file_new(vm, type, (Args){ .self = ASY_NIL }) : ASY_ERR;
    if (asy_is_err(f) || file_setup(vm, f, file, mode, closefd, opener)) return f;
    asy_release(vm, f);
    return ASY_ERR;
}

Value asy_file_io_standard(VM *vm, int fd)
{
    static const char *const labels[] = { "<stdin>", "<stdout>", "<stderr>" };
    Type *type = asy_type_ready(vm, &asy_file_io_type);
    Value v = type ? file_new(vm, type, (Args){ .self = ASY_NIL }) : ASY_ERR, name = asy_is_err(v) ? ASY_ERR : asy_str_value(vm, labels[fd]);
    bool ok = !asy_is_err(name) && asy_setattr(vm, v, asy_name(vm, name), name);
    asy_release(vm, name);
    if (!ok) {
        asy_release(vm, v);
        return ASY_ERR;
    }
    FileIO *f = file_of(v);
    f->fd = fd;
    f->closefd = false;
    f->host = fd != 0;
    f->readable = fd == 0;
    f->writable = fd != 0;
    return v;
}

int64_t asy_file_io_block_size(Value file) { return file_of(file)->block_size; }
bool asy_file_io_closed(Value file) { return file_of(file)->fd < 0; }

// -- reading and writing

int64_t asy_file_io_read(VM *vm, Value file, uint8_t *to, size_t size)
{
    FileIO *f = file_of(file);
    if (!may(vm, f, f->readable, "reading")) return IO_FAILED;
    if (size > SSIZE_MAX) size = SSIZE_MAX;
    int fd = f->fd;
    UNLOCKED(ssize_t, n, err, read(fd, to, size))
    if (n >= 0) return n;
    if (err == EAGAIN || err == EWOULDBLOCK) return IO_BLOCKED;
    os_error(vm, err);
    return IO_FAILED;
}

int64_t asy_file_io_write(VM *vm, Value file, const uint8_t *from, size_t size)
{
    FileIO *f = file_of(file);
    if (!may(vm, f, f->writable, "writing")) return IO_FAILED;
    if (size > SSIZE_MAX) size = SSIZE_MAX;
    if (f->host) {
        if (asy_host_write(vm, f->fd, (const char *)from, size)) return (int64_t)size;
        if (!asy_error_pending(vm)) asy_raise_os(vm, errno, ASY_NIL, ASY_NIL);
        return IO_FAILED;
    }
    int fd = f->fd;
    UNLOCKED(ssize_t, n, err, write(fd, from, size))
    if (n >= 0) return n;
    if (err == EAGAIN || err == EWOULDBLOCK) return IO_BLOCKED;
    os_error(vm, err);
    return IO_FAILED;
}

static Value count_value(int64_t n) { return n == IO_FAILED ? ASY_ERR : n == IO_BLOCKED ? ASY_NONE : asy_from_small(n); }

static Value file_readinto(VM *vm, Args a)
{
    BufferView view;
    FileIO *f = file_of(a.self);
    if (!may(vm, f, f->readable, "reading") || !asy_io_writable_buffer(vm, a.v[0], "readinto() argument 1", &view)) return ASY_ERR;
    int64_t n = asy_file_io_read(vm, a.self, view.data, view.size);
    asy_release_buffer(vm, &view);
    return count_value(n);
}

// All to the end, into a bytes object of the size that the file seems to have.
static Value file_readall(VM *vm, Args a)
{
    FileIO *f = file_of(a.self);
    if (!may(vm, f, f->readable, "reading")) return ASY_ERR;
    struct stat st;
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    size_t guess = 0;
    if (at >= 0 && fstat(f->fd, &st) == 0 && st.st_size > at) guess = (size_t)(st.st_size - at);
    BytesObj *all = asy_bytes_new(vm, NULL, guess + 1);     // one more, to see that this is all
    size_t n = 0;
    if (!all) return ASY_ERR;
    for (;;) {
        if (n == all->size) {           // it has grown: twice as much
            BytesObj *more = asy_bytes_new(vm, NULL, n < IO_BUFFER_SIZE ? IO_BUFFER_SIZE : 2 * n);
            if (more) memcpy(more->data, all->data, n);
            asy_release_obj(vm, all);
            if (!(all = more)) return ASY_ERR;
        }
        int64_t got = asy_file_io_read(vm, a.self, all->data + n, all->size - n);
        if (got == IO_FAILED || (got == IO_BLOCKED && n == 0)) {
            asy_release_obj(vm, all);
            return got == IO_FAILED ? ASY_ERR : ASY_NONE;
        }
        if (got <= 0) break;
        n += (size_t)got;
    }
    if (n + 1 == all->size || n == all->size) {
        all->size = n;
        all->data[n] = 0;
        return asy_from_obj(all);
    }
    Value out = asy_bytes_value(vm, all->data, n);
    asy_release_obj(vm, all);
    return out;
}

static Value file_read(VM *vm, Args a)
{
    int64_t size;
    FileIO *f = file_of(a.self);
    if (!may(vm, f, f->readable, "reading") || !asy_io_size(vm, a.v[0], &size)) return ASY_ERR;
    if (size < 0) return file_readall(vm, a);
    BytesObj *b = asy_bytes_new(vm, NULL, (size_t)size);
    if (!b) return ASY_ERR;
    int64_t n = asy_file_io_read(vm, a.self, b->data, (size_t)size);
    if (n == size) return asy_from_obj(b);
    Value out = n < 0 ? count_value(n) : asy_bytes_value(vm, b->data, (size_t)n);
    asy_release_obj(vm, b);
    return out;
}

static Value file_write(VM *vm, Args a)
{
    BufferView view;
    FileIO *f = file_of(a.self);
    if (!may(vm, f, f->writable, "writing") || !asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    int64_t n = asy_file_io_write(vm, a.self, view.data, view.size);
    asy_release_buffer(vm, &view);
    return count_value(n);
}

// -- positions

static Value seek_to(VM *vm, FileIO *f, int64_t pos, int whence)
{
    int fd = f->fd;
    UNLOCKED(off_t, at, err, lseek(fd, pos, whence))
    if (f->seekable < 0) f->seekable = at >= 0;
    return at < 0 ? os_error(vm, err) : asy_int_from_i64(vm, at);
}

static Value file_seek(VM *vm, Args a)
{
    int64_t pos, whence = 0;
    if (!is_open(vm, file_of(a.self))) return ASY_ERR;
    if (!asy_to_i64(vm, a.v[0], &pos) || !asy_arg_i64(vm, a.v[1], &whence)) return ASY_ERR;
    return seek_to(vm, file_of(a.self), pos, (int)whence);
}
static Value file_tell(VM *vm, Args a)
{
    return is_open(vm, file_of(a.self)) ? seek_to(vm, file_of(a.self), 0, SEEK_CUR) : ASY_ERR;
}

static Value file_truncate(VM *vm, Args a)
{
    FileIO *f = file_of(a.self);
    if (!may(vm, f, f->writable, "writing")) return ASY_ERR;
    Value size = asy_absent(a.v[0]) ? asy_call_method0(vm, a.self, asy_name(vm, tell)) : asy_retain(a.v[0]);
    int64_t n;
    if (asy_is_err(size) || !asy_to_i64(vm, size, &n)) {
        asy_release(vm, size);
        return ASY_ERR;
    }
    int fd = f->fd;
    UNLOCKED(int, r, err, ftruncate(fd, n))
    if (r == 0) return size;
    asy_release(vm, size);
    return os_error(vm, err);
}

static Value file_seekable(VM *vm, Args a)
{
    FileIO *f = file_of(a.self);
    if (!is_open(vm, f)) return ASY_ERR;
    if (f->seekable < 0) {
        Value at = seek_to(vm, f, 0, SEEK_CUR);
        if (asy_is_err(at) && !asy_error_catch(vm, EXC_OSError)) return ASY_ERR;
        asy_release(vm, at);
    }
    return asy_from_bool(f->seekable);
}

// -- the rest

static Value file_readable(VM *vm, Args a) { return is_open(vm, file_of(a.self)) ? asy_from_bool(file_of(a.self)->readable) : ASY_ERR; }
static Value file_writable(VM *vm, Args a) { return is_open(vm, file_of(a.self)) ? asy_from_bool(file_of(a.self)->writable) : ASY_ERR; }
static Value file_fileno(VM *vm, Args a) { return is_open(vm, file_of(a.self)) ? asy_from_small(file_of(a.self)->fd) : ASY_ERR; }
static Value file_isatty(VM *vm, Args a)
{
    return is_open(vm, file_of(a.self)) ? asy_from_bool(isatty(file_of(a.self)->fd)) : ASY_ERR;
}

// `source` is the outermost stream that nobody has closed.
static bool warn_unclosed(VM *vm, const FileIO *f, Value source)
{
    return f->fd < 0 || !f->closefd || asy_warn(vm, EXC_ResourceWarning, 1, "unclosed file %R", source);
}
static Value file_dealloc_warn(VM *vm, Args a)
{
    if (!warn_unclosed(vm, file_of(a.self), a.v[0])) asy_error_unraisable(vm, a.self, NULL);
    return ASY_NONE;
}

static Value file_close(VM *vm, Args a)
{
    FileIO *f = file_of(a.self);
    Value failed = ASY_NIL;
    if (!asy_io_base_close(vm, a.self)) failed = asy_error_fetch(vm);
    if (!f->closefd) {
        f->fd = -1;
    } else {
        if (f->stream.finalizing && !warn_unclosed(vm, f, a.self)) asy_error_unraisable(vm, a.self, NULL);
        (void)close_fd(vm, f);
    }
    return asy_io_both(vm, failed) ? ASY_NONE : ASY_ERR;
}

static const char *mode_text(const FileIO *f)
{
    if (f->created) return f->readable ? "xb+" : "xb";
    if (f->appending) return f->readable ? "ab+" : "ab";
    if (f->readable) return f->writable ? "rb+" : "rb";
    return "wb";
}
static Value get_mode(VM *vm, Value self) { return asy_str_value(vm, mode_text(file_of(self))); }
static Value get_closed(VM *vm, Value self) { return (void)vm, asy_from_bool(file_of(self)->fd < 0); }
static Value get_closefd(VM *vm, Value self) { return (void)vm, asy_from_bool(file_of(self)->closefd); }
static Value get_block_size(VM *vm, Value self) { return asy_int_from_i64(vm, file_of(self)->block_size); }
static bool set_block_size(VM *vm, Value self, Value v) { return asy_arg_i64(vm, v, &file_of(self)->block_size); }

static Value file_repr(VM *vm, Value self)
{
    const FileIO *f = file_of(self);
    if (f->fd < 0) return asy_str_value(vm, "<_io.FileIO [closed]>");
    Value name = asy_getattr_opt(vm, self, asy_name(vm, name));
    if (asy_is_err(name)) return ASY_ERR;
    const char *closefd = f->closefd ? "True" : "False";
    if (asy_is_nil(name)) return asy_value_or_err(asy_format(vm, "<_io.FileIO fd=%d mode='%s' closefd=%s>", f->fd, mode_text(f), closefd));
    int entered = asy_repr_enter(vm, self);
    StrObj *text = NULL;
    if (entered == 0) {
        text = asy_format(vm, "<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode_text(f), closefd);
        asy_repr_leave(vm, self);
    } else if (entered > 0) {
        asy_raise(vm, EXC_RuntimeError, "reentrant call inside %T.__repr__", self);
    }
    asy_release(vm, name);
    return asy_value_or_err(text);
}

static void file_free(VM *vm, ObjHeader *o)
{
    const FileIO *f = (FileIO *)(void *)o;
    (void)vm;
    if (f->fd >= 0 && f->closefd) (void)close(f->fd);       // died without anyone having seen it
}

static const MethodDef methods[] = {
    { "read", file_read, "(size=-1, /)", 0, "At most `size` bytes, by one read; None if there are none yet." },
    { "readall", file_readall, "()", 0, "All bytes to the end." },
    { "readinto", file_readinto, "(buffer, /)", 0, "Read into a buffer; how many bytes." },
    { "write", file_write, "(b, /)", 0, "Write bytes; how many were written, None if none can be now." },
    { "seek", file_seek, "(pos, whence=0, /)", 0, "Move to a position; the new one from the start." },
    { "tell", file_tell, "()", 0, "The position." },
    { "truncate", file_truncate, "(size=None, /)", 0, "Cut to a size, by default to the position." },
    { "close", file_close, "()", 0, "Close the descriptor, unless closefd is false." },
    { "seekable", file_seekable, "()", 0, "Whether there are positions to move to." },
    { "readable", file_readable, "()", 0, "Whether it was opened for reading." },
    { "writable", file_writable, "()", 0, "Whether it was opened for writing." },
    { "fileno", file_fileno, "()", 0, "The descriptor." },
    { "isatty", file_isatty, "()", 0, "Whether it is a terminal." },
    { "_dealloc_warn", file_dealloc_warn, "(source, /)", 0, NULL },
    STREAM_REDUCE,
    { 0 },
};
static const GetSetDef getset[] = {
    { "closed", get_closed, NULL, "True if the file is closed" },
    { "closefd", get_closefd, NULL, "True if the file descriptor will be closed by close()." },
    { "mode", get_mode, NULL, "String giving the file mode" },
    { "_blksize", get_block_size, set_block_size, NULL },
    { "_finalizing", asy_stream_finalizing, NULL, NULL },
    { 0 },
};
const TypeDef asy_file_io_type = {
    .name = "_io.FileIO",
    .base = &asy_io_raw_base_type,
    .size = sizeof(FileIO),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_ATTRS,
    .attrs_offset = offsetof(Stream, attrs),
    .doc = "A file as a raw stream: every read and write is one of the machine.",
    .signature = "(file, mode='r', closefd=True, opener=None)",
    .free = file_free,
    .methods = methods,
    .getset = getset,
    .slots = { .new = file_new, .init = file_init, .repr = file_repr },
};
