// _os: the operating system's functions on which os.asy stands. Paths are str (surrogateescape), bytes or path-like; what
// blocks releases the VM's lock.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdlib/lib.h"
#include "stdlib/process.h"
#include "stdlib/structseq.h"
#include "vm/objects/codecs.h"

extern char **environ;

// A path argument as a C string. `held` is to be released by path_drop.
typedef struct Path {
    const char *text;
    Value held;                 // the object whose bytes `text` points to
    bool bytes;                 // results are bytes too
    Value given;                // borrowed: for error messages
} Path;

static bool path_of(VM *vm, Value v, const char *function, Path *out)
{
    *out = (Path){ .held = ASY_NIL, .given = v };
    Value p = asy_retain(v);
    if (!asy_is_str(vm, p) && !asy_is_bytes(vm, p)) {
        asy_release(vm, p);
        Value method = asy_special(vm, v, asy_name(vm, __fspath__));
        if (asy_is_err(method)) return false;
        if (asy_is_nil(method)) {
            asy_raise(vm, EXC_TypeError, "%s: path should be string, bytes or os.PathLike, not %T", function, v);
            return false;
        }
        p = asy_call0(vm, method);
        asy_release(vm, method);
        if (asy_is_err(p)) return false;
        if (!asy_is_str(vm, p) && !asy_is_bytes(vm, p)) {
            asy_raise(vm, EXC_TypeError, "expected %T.__fspath__() to return str or bytes, not %T", v, p);
            asy_release(vm, p);
            return false;
        }
    }
    out->bytes = asy_is_bytes(vm, p);
    if (!out->bytes && asy_as_str(p)->head.flags & STR_SURROGATES) {
        StrObj *errors = asy_intern_c(vm, "surrogateescape");
        Value encoded = errors ? asy_codec_encode(vm, asy_as_str(p), asy_name(vm, str_utf8), errors) : ASY_ERR;
        asy_release_obj(vm, errors);
        asy_release(vm, p);
        if (asy_is_err(encoded)) return false;
        p = encoded;
    }
    bool is_bytes = asy_is_bytes(vm, p);
    out->text = is_bytes ? (const char *)asy_as_bytes(p)->data : asy_as_str(p)->data;
    size_t size = is_bytes ? asy_as_bytes(p)->size : asy_as_str(p)->size;
    if (strlen(out->text) != size) {
        asy_release(vm, p);
        asy_raise(vm, EXC_ValueError, "%s: embedded null character in path", function);
        return false;
    }
    out->held = p;
    return true;
}
static void path_drop(VM *vm, Path *p) { asy_release(vm, p->held); }

static Value os_text(VM *vm, const char *text, bool bytes)
{
    if (bytes) return asy_bytes_value(vm, text, strlen(text));
    return asy_value_or_err(asy_str_decode(vm, text, strlen(text), "surrogateescape"));
}
static Value fail(VM *vm, int err) { return asy_raise_os(vm, err, ASY_NIL, ASY_NIL); }

// Runs `call` without the lock; its result is in r, errno in err. Interrupted calls are made again after signal handlers.
#define UNLOCKED(type, r, err, call)                                                               \
    type r;                                                                                        \
    int err = 0;                                                                                   \
    for (;;) {                                                                                     \
        Thread *th_ = vm->thread;                                                                  \
        if (vm->lock_release) vm->lock_release(vm);                                                \
        r = (call);                                                                                \
        err = errno;                                                                               \
        if (vm->lock_acquire) vm->lock_acquire(vm, th_);                                           \
        if (r != (type)-1 || err != EINTR || !asy_check_pending(vm)) break;                        \
    }

// -- functions of one path

typedef int (*PathCall)(const char *path, int64_t argument);
static Value path_call(VM *vm, Value v, const char *function, PathCall call, int64_t argument)
{
    Path p;
    if (!path_of(vm, v, function, &p)) return ASY_ERR;
    UNLOCKED(int, r, err, call(p.text, argument))
    path_drop(vm, &p);
    if (asy_error_pending(vm)) return ASY_ERR;
    return r == 0 ? ASY_NONE : asy_raise_os(vm, err, v, ASY_NIL);
}
static int call_mkdir(const char *p, int64_t mode) { return mkdir(p, (mode_t)mode); }
static int call_rmdir(const char *p, int64_t unused) { return (void)unused, rmdir(p); }
static int call_unlink(const char *p, int64_t unused) { return (void)unused, unlink(p); }
static int call_chdir(const char *p, int64_t unused) { return (void)unused, chdir(p); }
static int call_chmod(const char *p, int64_t mode) { return chmod(p, (mode_t)mode); }
static Value os_mkdir(VM *vm, Args a)
{
    int64_t mode = 0777;
    return asy_arg_i64(vm, a.v[1], &mode) ? path_call(vm, a.v[0], "mkdir", call_mkdir, mode) : ASY_ERR;
}
static Value os_chmod(VM *vm, Args a)
{
    int64_t mode;
    return asy_to_i64(vm, a.v[1], &mode) ? path_call(vm, a.v[0], "chmod", call_chmod, mode) : ASY_ERR;
}
static Value os_rmdir(VM *vm, Args a) { return path_call(vm, a.v[0], "rmdir", call_rmdir, 0); }
static Value os_unlink(VM *vm, Args a) { return path_call(vm, a.v[0], "remove", call_unlink, 0); }
static Value os_chdir(VM *vm, Args a) { return path_call(vm, a.v[0], "chdir", call_chdir, 0); }

// -- of two

static Value two_paths(VM *vm, Args a, const char *function, int (*call)(const char *, const char *))
{
    Path from, to;
    if (!path_of(vm, a.v[0], function, &from)) return ASY_ERR;
    if (!path_of(vm, a.v[1], function, &to)) {
        path_drop(vm, &from);
        return ASY_ERR;
    }
    UNLOCKED(int, r, err, call(from.text, to.text))
    path_drop(vm, &from);
    path_drop(vm, &to);
    if (asy_error_pending(vm)) return ASY_ERR;
    return r == 0 ? ASY_NONE : asy_raise_os(vm, err, a.v[0], a.v[1]);
}
static Value os_rename(VM *vm, Args a) { return two_paths(vm, a, "rename", rename); }
static Value os_replace(VM *vm, Args a) { return two_paths(vm, a, "replace", rename); }
static Value os_link(VM *vm, Args a) { return two_paths(vm, a, "link", link); }
static Value os_symlink(VM *vm, Args a) { return two_paths(vm, a, "symlink", symlink); }

static Value os_readlink(VM *vm, Args a)
{
    Path p;
    char target[PATH_MAX + 1];
    if (!path_of(vm, a.v[0], "readlink", &p)) return ASY_ERR;
    ssize_t n = readlink(p.text, target, PATH_MAX);
    int err = errno;
    bool bytes = p.bytes;
    path_drop(vm, &p);
    if (n < 0) return asy_raise_os(vm, err, a.v[0], ASY_NIL);
    target[n] = 0;
    return os_text(vm, target, bytes);
}
static Value os_access(VM *vm, Args a)
{
    Path p;
    int64_t mode;
    if (!asy_to_i64(vm, a.v[1], &mode) || !path_of(vm, a.v[0], "access", &p)) return ASY_ERR;
    int r = access(p.text, (int)mode);
    path_drop(vm, &p);
    return asy_from_bool(r == 0);
}

// -- stat

static const MemberDef stat_fields[] = {
    STRUCTSEQ_FIELD(0, "st_mode", "protection bits"), STRUCTSEQ_FIELD(1, "st_ino", "inode"), STRUCTSEQ_FIELD(2, "st_dev", "device"),
    STRUCTSEQ_FIELD(3, "st_nlink", "number of hard links"), STRUCTSEQ_FIELD(4, "st_uid", "user ID of owner"),
    STRUCTSEQ_FIELD(5, "st_gid", "group ID of owner"), STRUCTSEQ_FIELD(6, "st_size", "total size, in bytes"),
    STRUCTSEQ_FIELD(7, "st_atime", "time of last access"), STRUCTSEQ_FIELD(8, "st_mtime", "time of last modification"),
    STRUCTSEQ_FIELD(9, "st_ctime", "time of last change"), STRUCTSEQ_FIELD(10, "st_atime_ns", "time of last access in nanoseconds"),
    STRUCTSEQ_FIELD(11, "st_mtime_ns", "time of last modification in nanoseconds"),
    STRUCTSEQ_FIELD(12, "st_ctime_ns", "time of last change in nanoseconds"),
    STRUCTSEQ_FIELD(13, "st_blksize", "blocksize for filesystem I/O"), STRUCTSEQ_FIELD(14, "st_blocks", "number of blocks allocated"),
    STRUCTSEQ_FIELD(15, "st_rdev", "device type (if inode device)"), { 0 },
};
static const TypeDef stat_type = STRUCTSEQ("os.stat_result", stat_fields, "stat_result: Result from stat, fstat, or lstat.");

static int64_t ns_of(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }
static Value stat_value(VM *vm, const struct stat *st)
{
    int64_t at = ns_of(st->st_atim), mt = ns_of(st->st_mtim), ct = ns_of(st->st_ctim);
    Value v[] = { asy_from_small(st->st_mode), asy_int_from_u64(vm, st->st_ino), asy_int_from_u64(vm, st->st_dev),
                  asy_from_small((int64_t)st->st_nlink), asy_from_small(st->st_uid), asy_from_small(st->st_gid),
                  asy_int_from_i64(vm, st->st_size), asy_from_double((double)at / 1e9), asy_from_double((double)mt / 1e9),
                  asy_from_double((double)ct / 1e9), asy_int_from_i64(vm, at), asy_int_from_i64(vm, mt),
                  asy_int_from_i64(vm, ct), asy_from_small(st->st_blksize), asy_int_from_i64(vm, st->st_blocks),
                  asy_int_from_u64(vm, st->st_rdev) };
    return asy_structseq_make(vm, &stat_type, v, 16);
}
static Value stat_path(VM *vm, Value v, const char *function, bool follow)
{
    struct stat st;
    if (asy_is_integer(vm, v)) {
        int64_t fd;
        if (!asy_to_i64(vm, v, &fd)) return ASY_ERR;
        return fstat((int)fd, &st) == 0 ? stat_value(vm, &st) : fail(vm, errno);
    }
    Path p;
    if (!path_of(vm, v, function, &p)) return ASY_ERR;
    UNLOCKED(int, r, err, follow ? stat(p.text, &st) : lstat(p.text, &st))
    path_drop(vm, &p);
    if (asy_error_pending(vm)) return ASY_ERR;
    return r == 0 ? stat_value(vm, &st) : asy_raise_os(vm, err, v, ASY_NIL);
}
static Value os_stat(VM *vm, Args a)
{
    bool follow = true;
    return asy_arg_bool(vm, a.v[1], &follow) ? stat_path(vm, a.v[0], "stat", follow) : ASY_ERR;
}
static Value os_lstat(VM *vm, Args a) { return stat_path(vm, a.v[0], "lstat", false); }

// -- folders

static Value os_getcwd(VM *vm, Args a)
{
    (void)a;
    char path[PATH_MAX];
    return getcwd(path, sizeof path) ? os_text(vm, path, false) : fail(vm, errno);
}
static Value os_getcwdb(VM *vm, Args a)
{
    (void)a;
    char path[PATH_MAX];
    return getcwd(path, sizeof path) ? os_text(vm, path, true) : fail(vm, errno);
}

#define ENTRY_FIELDS(V, O, N) V(name) V(path) N(unsigned char, kind) N(uint64_t, inode)
ASY_OBJECT(EntryObj, ENTRY_FIELDS);
ASY_OBJECT_TRACE(EntryObj, ENTRY_FIELDS)
static EntryObj *entry(Value v) { return asy_as(EntryObj, v); }

// Does the entry have this file type? By what the folder said, else by stat; a dangling link is nothing.
static Value entry_is(VM *vm, Value self, unsigned char kind, mode_t mode, bool follow)
{
    EntryObj *e = entry(self);
    if (e->kind != DT_UNKNOWN && (e->kind != DT_LNK || !follow || kind == DT_LNK)) return asy_from_bool(e->kind == kind);
    Path p;
    if (!path_of(vm, e->path, "stat", &p)) return ASY_ERR;
    struct stat st;
    int r = follow && kind != DT_LNK ? stat(p.text, &st) : lstat(p.text, &st), err = errno;
    path_drop(vm, &p);
    if (r < 0) return err == ENOENT ? ASY_FALSE : asy_raise_os(vm, err, e->path, ASY_NIL);
    return asy_from_bool((st.st_mode & S_IFMT) == mode);
}
static Value entry_is_dir(VM *vm, Args a)
{
    bool follow = true;
    return asy_arg_bool(vm, a.v[0], &follow) ? entry_is(vm, a.self, DT_DIR, S_IFDIR, follow) : ASY_ERR;
}
static Value entry_is_file(VM *vm, Args a)
{
    bool follow = true;
    return asy_arg_bool(vm, a.v[0], &follow) ? entry_is(vm, a.self, DT_REG, S_IFREG, follow) : ASY_ERR;
}
static Value entry_is_symlink(VM *vm, Args a) { return entry_is(vm, a.self, DT_LNK, S_IFLNK, false); }
static Value entry_stat(VM *vm, Args a)
{
    bool follow = true;
    return asy_arg_bool(vm, a.v[0], &follow) ? stat_path(vm, entry(a.self)->path, "stat", follow) : ASY_ERR;
}
static Value entry_inode(VM *vm, Args a) { return asy_int_from_u64(vm, entry(a.self)->inode); }
static Value entry_fspath(VM *vm, Args a) { return (void)vm, asy_retain(entry(a.self)->path); }
static Value entry_repr(VM *vm, Value self) { return asy_value_or_err(asy_format(vm, "<DirEntry %R>", entry(self)->name)); }
static const MethodDef entry_methods[] = {
    { "is_dir", entry_is_dir, "(*, follow_symlinks=True)", 0, "Return True if the entry is a directory." },
    { "is_file", entry_is_file, "(*, follow_symlinks=True)", 0, "Return True if the entry is a file." },
    { "is_symlink", entry_is_symlink, "()", 0, "Return True if the entry is a symbolic link." },
    { "stat", entry_stat, "(*, follow_symlinks=True)", 0, "Return stat_result object for the entry." },
    { "inode", entry_inode, "()", 0, "Return inode of the entry." },
    { "__fspath__", entry_fspath, "()", 0, "Returns the path for the entry." },
    { 0 },
};
static const MemberDef entry_members[] = {
    { "name", offsetof(EntryObj, name), false, "the entry's base filename" },
    { "path", offsetof(EntryObj, path), false, "the entry's full path name" }, { 0 },
};
static const TypeDef entry_type = {
    .name = "os.DirEntry", .size = sizeof(EntryObj), .flags = TYPE_DISALLOW_NEW, .trace = EntryObj_trace,
    .clear = EntryObj_clear, .methods = entry_methods, .members = entry_members, .slots = { .repr = entry_repr },
};

// All entries of a folder at once, names alone or DirEntry objects.
static Value list_folder(VM *vm, Value v, const char *function, bool entries)
{
    Path p;
    Value dot = ASY_NIL, result = ASY_ERR;
    if (asy_absent(v)) {
        dot = asy_str_value(vm, ".");
        if (asy_is_err(dot)) return ASY_ERR;
        v = dot;
    }
    if (!path_of(vm, v, function, &p)) {
        asy_release(vm, dot);
        return ASY_ERR;
    }
    Thread *th = vm->thread;
    if (vm->lock_release) vm->lock_release(vm);
    DIR *dir = opendir(p.text);
    int err = errno;
    if (vm->lock_acquire) vm->lock_acquire(vm, th);
    Type *type = asy_type_ready(vm, &entry_type);
    ListObj *l = type ? asy_list_new(vm, 0) : NULL;
    bool ok = l != NULL;
    if (!dir) {
        if (ok) asy_raise_os(vm, err, v, ASY_NIL);
        ok = false;
    }
    while (ok) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d) {
            if (errno) asy_raise_os(vm, errno, v, ASY_NIL), ok = false;
            break;
        }
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        Value name = os_text(vm, d->d_name, p.bytes);
        if (asy_is_err(name)) {
            ok = false;
            break;
        }
        if (!entries) {
            ok = asy_list_append_owned(vm, l, name);
            continue;
        }
        EntryObj *e = asy_object_alloc(vm, type);
        if (!e) {
            asy_release(vm, name);
            ok = false;
            break;
        }
        e->name = name;
        e->kind = d->d_type;
        e->inode = d->d_ino;
        size_t n = strlen(p.text), m = strlen(d->d_name);
        bool slash = n && p.text[n - 1] != '/';
        char *full = asy_mem_alloc(vm, n + m + 2);
        if (full) {
            memcpy(full, p.text, n);
            if (slash) full[n] = '/';
            memcpy(full + n + slash, d->d_name, m + 1);
            e->path = os_text(vm, full, p.bytes);
            asy_mem_free(vm, full, n + m + 2);
        } else {
            e->path = asy_raise_memory(vm);
        }
        ok = !asy_is_err(e->path);
        if (!ok) e->path = ASY_NIL;
        if (ok) ok = asy_list_append_owned(vm, l, asy_from_obj(e));
        else asy_release_obj(vm, e);
    }
    if (dir) closedir(dir);
    if (ok) result = asy_from_obj(l);
    else asy_release_obj(vm, l);
    path_drop(vm, &p);
    asy_release(vm, dot);
    return result;
}
static Value os_listdir(VM *vm, Args a) { return list_folder(vm, a.v[0], "listdir", false); }

#define SCAN_FIELDS(V, O, N) V(entries)
ASY_OBJECT(ScanObj, SCAN_FIELDS);
ASY_OBJECT_TRACE(ScanObj, SCAN_FIELDS)
static const TypeDef scan_type;
static Value os_scandir(VM *vm, Args a)
{
    Value l = list_folder(vm, a.v[0], "scandir", true);
    Type *type = asy_is_err(l) ? NULL : asy_type_ready(vm, &scan_type);
    ScanObj *s = type ? asy_object_alloc(vm, type) : NULL;
    if (s) s->entries = asy_iter(vm, l);
    if (!asy_is_err(l)) asy_release(vm, l);
    if (!s) return ASY_ERR;
    if (!asy_is_err(s->entries)) return asy_from_obj(s);
    s->entries = ASY_NIL;
    asy_release_obj(vm, s);
    return ASY_ERR;
}
static Value scan_self(VM *vm, Value self) { return (void)vm, asy_retain(self); }
static Value scan_next(VM *vm, Value self)
{
    Value it = asy_as(ScanObj, self)->entries;
    return asy_is_nil(it) ? ASY_DONE : asy_next(vm, it);
}
static Value scan_enter(VM *vm, Args a) { return (void)vm, asy_retain(a.self); }
static Value scan_close(VM *vm, Args a) { return asy_clear(vm, &asy_as(ScanObj, a.self)->entries), ASY_NONE; }
static const MethodDef scan_methods[] = {
    { "__enter__", scan_enter, "()", 0, NULL }, { "__exit__", scan_close, "(*args)", 0, NULL },
    { "close", scan_close, "()", 0, NULL }, { 0 },
};
static const TypeDef scan_type = {
    .name = "posix.ScandirIterator", .size = sizeof(ScanObj), .flags = TYPE_DISALLOW_NEW, .trace = ScanObj_trace,
    .clear = ScanObj_clear, .methods = scan_methods, .slots = { .iter = scan_self, .next = scan_next },
};

// -- descriptors

static bool fd_argument(VM *vm, Value v, int *fd)
{
    int64_t n;
    if (!asy_to_i64(vm, v, &n)) return false;
    if (n < INT32_MIN || n > INT32_MAX) {
        asy_raise(vm, EXC_OverflowError, "fd is out of range");
        return false;
    }
    *fd = (int)n;
    return true;
}
static Value os_open(VM *vm, Args a)
{
    int64_t flags, mode = 0777;
    Path p;
    if (!asy_to_i64(vm, a.v[1], &flags) || !asy_arg_i64(vm, a.v[2], &mode) || !path_of(vm, a.v[0], "open", &p)) return ASY_ERR;
    UNLOCKED(int, fd, err, open(p.text, (int)flags | O_CLOEXEC, (mode_t)mode))
    path_drop(vm, &p);
    if (asy_error_pending(vm)) return ASY_ERR;
    return fd >= 0 ? asy_from_small(fd) : asy_raise_os(vm, err, a.v[0], ASY_NIL);
}
static Value os_close(VM *vm, Args a)
{
    int fd;
    if (!fd_argument(vm, a.v[0], &fd)) return ASY_ERR;
    return close(fd) == 0 || errno == EINTR ? ASY_NONE : fail(vm, errno);
}
static Value os_read(VM *vm, Args a)
{
    int fd;
    int64_t n;
    if (!fd_argument(vm, a.v[0], &fd) || !asy_to_i64(vm, a.v[1], &n)) return ASY_ERR;
    if (n < 0) return fail(vm, EINVAL);
    if (n > 1 << 30) n = 1 << 30;
    void *buf = asy_mem_alloc(vm, (size_t)n + 1);
    if (!buf) return asy_raise_memory(vm);
    UNLOCKED(ssize_t, got, err, read(fd, buf, (size_t)n))
    Value v = got >= 0 ? asy_bytes_value(vm, buf, (size_t)got) : asy_error_pending(vm) ? ASY_ERR : fail(vm, err);
    asy_mem_free(vm, buf, (size_t)n + 1);
    return v;
}
static Value os_write(VM *vm, Args a)
{
    int fd;
    BufferView view;
    if (!fd_argument(vm, a.v[0], &fd) || !asy_get_buffer(vm, a.v[1], &view)) return ASY_ERR;
    UNLOCKED(ssize_t, n, err, write(fd, view.data, view.size))
    asy_release_buffer(vm, &view);
    if (n < 0) return asy_error_pending(vm) ? ASY_ERR : fail(vm, err);
    return asy_from_small(n);
}
static Value os_pipe(VM *vm, Args a)
{
    (void)a;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return fail(vm, errno);
    return asy_tuple_pack(vm, 2, asy_from_small(fds[0]), asy_from_small(fds[1]));
}
static Value os_dup(VM *vm, Args a)
{
    int fd;
    if (!fd_argument(vm, a.v[0], &fd)) return ASY_ERR;
    int made = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return made >= 0 ? asy_from_small(made) : fail(vm, errno);
}
static Value os_isatty(VM *vm, Args a)
{
    int fd;
    return fd_argument(vm, a.v[0], &fd) ? asy_from_bool(isatty(fd)) : ASY_ERR;
}
static Value os_fsync(VM *vm, Args a)
{
    int fd;
    if (!fd_argument(vm, a.v[0], &fd)) return ASY_ERR;
    UNLOCKED(int, r, err, fsync(fd))
    return r == 0 ? ASY_NONE : asy_error_pending(vm) ? ASY_ERR : fail(vm, err);
}
static Value os_lseek(VM *vm, Args a)
{
    int fd;
    int64_t offset, whence;
    if (!fd_argument(vm, a.v[0], &fd) || !asy_to_i64(vm, a.v[1], &offset) || !asy_to_i64(vm, a.v[2], &whence)) return ASY_ERR;
    off_t r = lseek(fd, (off_t)offset, (int)whence);
    return r < 0 ? fail(vm, errno) : asy_int_from_i64(vm, r);
}
static Value os_ftruncate(VM *vm, Args a)
{
    int fd;
    int64_t size;
    if (!fd_argument(vm, a.v[0], &fd) || !asy_to_i64(vm, a.v[1], &size)) return ASY_ERR;
    UNLOCKED(int, r, err, ftruncate(fd, (off_t)size))
    return r == 0 ? ASY_NONE : asy_error_pending(vm) ? ASY_ERR : fail(vm, err);
}
static const MemberDef size_fields[] = { STRUCTSEQ_FIELD(0, "columns", NULL), STRUCTSEQ_FIELD(1, "lines", NULL), { 0 } };
static const TypeDef size_type = STRUCTSEQ("os.terminal_size", size_fields, "A tuple of (columns, lines) for holding terminal window size");
static Value os_get_terminal_size(VM *vm, Args a)
{
    int64_t fd = 1;
    struct winsize w;
    if (!asy_arg_i64(vm, a.v[0], &fd)) return ASY_ERR;
    if (ioctl((int)fd, TIOCGWINSZ, &w) != 0) return fail(vm, errno);
    Value v[] = { asy_from_small(w.ws_col), asy_from_small(w.ws_row) };
    return asy_structseq_make(vm, &size_type, v, 2);
}

// -- the process and the machine

#define NUMBER(name, expression) \
    static Value os_##name(VM *vm, Args a) { return (void)vm, (void)a, asy_from_small((int64_t)(expression)); }
NUMBER(getpid, getpid()) NUMBER(getppid, getppid()) NUMBER(getuid, getuid()) NUMBER(geteuid, geteuid())
NUMBER(getgid, getgid()) NUMBER(getegid, getegid()) NUMBER(getpgrp, getpgrp())
static Value os_cpu_count(VM *vm, Args a)
{
    (void)vm, (void)a;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? asy_from_small(n) : ASY_NONE;
}
static Value os_urandom(VM *vm, Args a)
{
    int64_t n;
    if (!asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n < 0) return asy_raise(vm, EXC_ValueError, "negative argument not allowed");
    BytesObj *b = asy_bytes_new(vm, NULL, (size_t)n);
    if (!b) return ASY_ERR;
    if (n && !vm->scheduler.entropy(vm->scheduler.ud, b->data, (size_t)n)) {
        asy_release_obj(vm, b);
        return asy_raise(vm, EXC_NotImplementedError, "the system has no source of randomness");
    }
    return asy_from_obj(b);
}
static Value os_strerror(VM *vm, Args a)
{
    int64_t n;
    return asy_to_i64(vm, a.v[0], &n) ? asy_str_value(vm, strerror((int)n)) : ASY_ERR;
}
static Value os_umask(VM *vm, Args a)
{
    int64_t n;
    return asy_to_i64(vm, a.v[0], &n) ? asy_from_small(umask((mode_t)n)) : ASY_ERR;
}
static Value os_kill(VM *vm, Args a)
{
    int64_t pid, sig;
    if (!asy_to_i64(vm, a.v[0], &pid) || !asy_to_i64(vm, a.v[1], &sig)) return ASY_ERR;
    if (kill((pid_t)pid, (int)sig) != 0) return fail(vm, errno);
    return asy_check_pending(vm) ? ASY_NONE : ASY_ERR;      // the signal may have been for us
}
static Value os_waitpid(VM *vm, Args a)
{
    int64_t pid, options;
    int status = 0;
    if (!asy_to_i64(vm, a.v[0], &pid) || !asy_to_i64(vm, a.v[1], &options)) return ASY_ERR;
    UNLOCKED(pid_t, r, err, waitpid((pid_t)pid, &status, (int)options))
    if (r < 0) return asy_error_pending(vm) ? ASY_ERR : fail(vm, err);
    return asy_tuple_pack(vm, 2, asy_from_small(r), asy_from_small(status));
}
static Value os_exit(VM *vm, Args a)
{
    int64_t n;
    if (!asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    _exit((int)n);              // what os._exit is for: the one call here that ends the process
}
static Value os_system(VM *vm, Args a)
{
    Path p;
    if (!path_of(vm, a.v[0], "system", &p)) return ASY_ERR;
    Thread *th = vm->thread;
    if (vm->lock_release) vm->lock_release(vm);
    int r = system(p.text);
    if (vm->lock_acquire) vm->lock_acquire(vm, th);
    path_drop(vm, &p);
    return asy_from_small(r);
}
static Value os_sched_yield(VM *vm, Args a)
{
    (void)a;
    Thread *th = vm->thread;
    if (vm->lock_release) vm->lock_release(vm);
    sched_yield();
    if (vm->lock_acquire) vm->lock_acquire(vm, th);
    return ASY_NONE;
}
static Value os_getloadavg(VM *vm, Args a)
{
    (void)a;
    double v[3];
    if (getloadavg(v, 3) != 3) return asy_raise(vm, EXC_OSError, "Load averages are unobtainable");
    return asy_tuple_pack(vm, 3, asy_from_double(v[0]), asy_from_double(v[1]), asy_from_double(v[2]));
}
static const MemberDef times_fields[] = {
    STRUCTSEQ_FIELD(0, "user", NULL), STRUCTSEQ_FIELD(1, "system", NULL), STRUCTSEQ_FIELD(2, "children_user", NULL),
    STRUCTSEQ_FIELD(3, "children_system", NULL), STRUCTSEQ_FIELD(4, "elapsed", NULL), { 0 },
};
static const TypeDef times_type = STRUCTSEQ("posix.times_result", times_fields, "times_result: Result from os.times().");
static Value os_times(VM *vm, Args a)
{
    (void)a;
    struct tms t;
    double hz = (double)sysconf(_SC_CLK_TCK);
    clock_t now = times(&t);
    Value v[] = { asy_from_double((double)t.tms_utime / hz), asy_from_double((double)t.tms_stime / hz),
                  asy_from_double((double)t.tms_cutime / hz), asy_from_double((double)t.tms_cstime / hz),
                  asy_from_double((double)now / hz) };
    return asy_structseq_make(vm, &times_type, v, 5);
}
static const MemberDef uname_fields[] = {
    STRUCTSEQ_FIELD(0, "sysname", NULL), STRUCTSEQ_FIELD(1, "nodename", NULL), STRUCTSEQ_FIELD(2, "release", NULL),
    STRUCTSEQ_FIELD(3, "version", NULL), STRUCTSEQ_FIELD(4, "machine", NULL), { 0 },
};
static const TypeDef uname_type = STRUCTSEQ("posix.uname_result", uname_fields, "uname_result: Result from os.uname().");
static Value os_uname(VM *vm, Args a)
{
    (void)a;
    struct utsname u;
    if (uname(&u) != 0) return fail(vm, errno);
    Value v[] = { os_text(vm, u.sysname, false), os_text(vm, u.nodename, false), os_text(vm, u.release, false),
                  os_text(vm, u.version, false), os_text(vm, u.machine, false) };
    return asy_structseq_make(vm, &uname_type, v, 5);
}
static Value os_putenv(VM *vm, Args a)
{
    Path key, value;
    if (!path_of(vm, a.v[0], "putenv", &key)) return ASY_ERR;
    if (!path_of(vm, a.v[1], "putenv", &value)) {
        path_drop(vm, &key);
        return ASY_ERR;
    }
    int r = setenv(key.text, value.text, 1), err = errno;
    path_drop(vm, &key);
    path_drop(vm, &value);
    return r == 0 ? ASY_NONE : fail(vm, err);
}
static Value os_unsetenv(VM *vm, Args a)
{
    Path key;
    if (!path_of(vm, a.v[0], "unsetenv", &key)) return ASY_ERR;
    int r = unsetenv(key.text), err = errno;
    path_drop(vm, &key);
    return r == 0 ? ASY_NONE : fail(vm, err);
}
static Value environment(VM *vm)
{
    DictObj *d = asy_dict_new(vm);
    for (char **e = environ; d && e && *e; e++) {
        const char *eq = strchr(*e, '=');
        if (!eq) continue;
        Value key = asy_bytes_value(vm, *e, (size_t)(eq - *e)), value = asy_is_err(key) ? ASY_ERR : asy_bytes_value(vm, eq + 1, strlen(eq + 1));
        bool ok = !asy_is_err(value) && asy_dict_set(vm, d, key, value);
        if (!asy_is_err(key)) asy_release(vm, key);
        if (!asy_is_err(value)) asy_release(vm, value);
        if (!ok) {
            asy_release_obj(vm, d);
            d = NULL;
        }
    }
    return asy_value_or_err(d);
}
#define STATUS(name, type, expression)                                                             \
    static Value os_##name(VM *vm, Args a)                                                         \
    {                                                                                              \
        int64_t status;                                                                            \
        if (!asy_to_i64(vm, a.v[0], &status)) return ASY_ERR;                                      \
        int s = (int)status;                                                                       \
        return type(expression);                                                                   \
    }
STATUS(WIFEXITED, asy_from_bool, WIFEXITED(s)) STATUS(WIFSIGNALED, asy_from_bool, WIFSIGNALED(s))
STATUS(WEXITSTATUS, asy_from_small, WEXITSTATUS(s)) STATUS(WTERMSIG, asy_from_small, WTERMSIG(s))
static Value os_waitstatus_to_exitcode(VM *vm, Args a)
{
    int64_t s;
    if (!asy_to_i64(vm, a.v[0], &s)) return ASY_ERR;
    if (WIFEXITED((int)s)) return asy_from_small(WEXITSTATUS((int)s));
    if (WIFSIGNALED((int)s)) return asy_from_small(-WTERMSIG((int)s));
    return asy_raise(vm, EXC_ValueError, "invalid wait status: %lld", s);
}

static const MethodDef functions[] = {
    { "mkdir", os_mkdir, "(path, mode=511)", 0, "Create a directory." }, { "rmdir", os_rmdir, "(path)", 0, "Remove a directory." },
    { "remove", os_unlink, "(path)", 0, "Remove a file (same as unlink())." }, { "unlink", os_unlink, "(path)", 0, "Remove a file." },
    { "chdir", os_chdir, "(path)", 0, "Change the current working directory." },
    { "chmod", os_chmod, "(path, mode)", 0, "Change the access permissions of a file." },
    { "rename", os_rename, "(src, dst)", 0, "Rename a file or directory." }, { "replace", os_replace, "(src, dst)", 0, "Rename, overwriting the destination." },
    { "link", os_link, "(src, dst)", 0, "Create a hard link to a file." }, { "symlink", os_symlink, "(src, dst)", 0, "Create a symbolic link." },
    { "readlink", os_readlink, "(path)", 0, "Return the path to which the symbolic link points." },
    { "access", os_access, "(path, mode)", 0, "Use the real uid/gid to test for access to a path." },
    { "stat", os_stat, "(path, *, follow_symlinks=True)", 0, "Perform a stat system call on the given path." },
    { "lstat", os_lstat, "(path)", 0, "Like stat(), but do not follow symbolic links." },
    { "fstat", os_lstat, "(fd)", 0, "Perform a stat system call on the given file descriptor." },
    { "getcwd", os_getcwd, "()", 0, "The current working directory." }, { "getcwdb", os_getcwdb, "()", 0, "The same as bytes." },
    { "listdir", os_listdir, "(path=None)", 0, "Return a list containing the names of the files in the directory." },
    { "scandir", os_scandir, "(path=None)", 0, "Return an iterator of DirEntry objects for given path." },
    { "open", os_open, "(path, flags, mode=511)", 0, "Open a file for low level IO.  Returns a file descriptor (integer)." },
    { "close", os_close, "(fd)", 0, "Close a file descriptor." }, { "read", os_read, "(fd, length, /)", 0, "Read from a file descriptor." },
    { "write", os_write, "(fd, data, /)", 0, "Write a bytes object to a file descriptor." },
    { "pipe", os_pipe, "()", 0, "Create a pipe." }, { "dup", os_dup, "(fd, /)", 0, "Return a duplicate of a file descriptor." },
    { "isatty", os_isatty, "(fd, /)", 0, "Return True if the fd is connected to a terminal." },
    { "lseek", os_lseek, "(fd, position, whence, /)", 0, "Set the position of a file descriptor." },
    { "ftruncate", os_ftruncate, "(fd, length)", 0, "Truncate a file, specified by file descriptor, to a specific length." },
    { "fsync", os_fsync, "(fd)", 0, "Force write of fd to disk." },
    { "get_terminal_size", os_get_terminal_size, "(fd=1, /)", 0, "Return the size of the terminal window as (columns, lines)." },
    { "getpid", os_getpid, "()", 0, NULL }, { "getppid", os_getppid, "()", 0, NULL }, { "getuid", os_getuid, "()", 0, NULL },
    { "geteuid", os_geteuid, "()", 0, NULL }, { "getgid", os_getgid, "()", 0, NULL }, { "getegid", os_getegid, "()", 0, NULL },
    { "getpgrp", os_getpgrp, "()", 0, NULL }, { "cpu_count", os_cpu_count, "()", 0, "Return the number of logical CPUs in the system." },
    { "urandom", os_urandom, "(size, /)", 0, "Return a bytes object containing random bytes." },
    { "strerror", os_strerror, "(code, /)", 0, "Translate an error code to a message string." },
    { "umask", os_umask, "(mask, /)", 0, "Set the current numeric umask and return the previous umask." },
    { "kill", os_kill, "(pid, signal, /)", 0, "Kill a process with a signal." },
    { "waitpid", os_waitpid, "(pid, options, /)", 0, "Wait for completion of a given child process." },
    { "_exit", os_exit, "(status)", 0, "Exit to the system with specified status, without normal exit processing." },
    { "system", os_system, "(command)", 0, "Execute the command in a subshell." },
    { "sched_yield", os_sched_yield, "()", 0, "Voluntarily relinquish the CPU." },
    { "getloadavg", os_getloadavg, "()", 0, "Average recent system load information." },
    { "times", os_times, "()", 0, "Return a collection containing process timing information." },
    { "uname", os_uname, "()", 0, "Return an object identifying the current operating system." },
    { "putenv", os_putenv, "(name, value, /)", 0, "Change or add an environment variable." },
    { "unsetenv", os_unsetenv, "(name, /)", 0, "Delete an environment variable." },
    { "WIFEXITED", os_WIFEXITED, "(status)", 0, NULL }, { "WIFSIGNALED", os_WIFSIGNALED, "(status)", 0, NULL },
    { "WEXITSTATUS", os_WEXITSTATUS, "(status)", 0, NULL }, { "WTERMSIG", os_WTERMSIG, "(status)", 0, NULL },
    { "waitstatus_to_exitcode", os_waitstatus_to_exitcode, "(status)", 0, "Convert a wait status to an exit code." },
    { 0 },
};
static const struct {
    const char *name;
    int value;
} constants[] = {
#define K(name) { #name, name },
    K(O_RDONLY) K(O_WRONLY) K(O_RDWR) K(O_CREAT) K(O_EXCL) K(O_TRUNC) K(O_APPEND) K(O_NONBLOCK) K(O_CLOEXEC) K(O_SYNC)
    K(O_DIRECTORY) K(O_NOFOLLOW) K(WNOHANG) K(WUNTRACED)
#undef K
};
static bool os_init(VM *vm, Value m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        if (!asy_module_add(vm, m, constants[i].name, asy_from_small(constants[i].value))) return false;
    }
    return asy_module_add_functions(vm, m, asy_os_process_functions) && asy_module_add(vm, m, "environ", environment(vm)) && asy_module_add_type(vm, m, &stat_type) &&
           asy_module_add_type(vm, m, &entry_type) && asy_module_add_type(vm, m, &size_type) &&
           asy_module_add_type(vm, m, &times_type) && asy_module_add_type(vm, m, &uname_type);
}
const ModuleDef asy_module__os = { "_os", "The operating system's functions.", functions, os_init };
