// _posixsubprocess: starting a program; and the functions of os that concern processes and descriptors.
//
// Between fork and exec the child only makes calls that are safe there; all memory is taken before. (preexec_fn runs script in
// the child, at the caller's own risk, as its documentation says.)
#include "stdlib/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stdlib/lib.h"

static Value fail(VM *vm) { return asy_raise_os(vm, errno, ASY_NIL, ASY_NIL); }

// -- fork_exec

typedef struct Launch {
    char **argv, **env;             // NULL-terminated; env NULL: ours. The strings are borrowed from `held`
    char **programs;                // candidates, tried in order
    size_t nargv, nenv, nprograms;
    const char *cwd;                // NULL: stay
    int64_t p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
    bool close_fds, restore_signals, new_session;
    int64_t process_group, umask, uid, gid;     // -1 or -2: leave
    int *keep;
    size_t nkeep;
    gid_t *groups;
    size_t ngroups;
    bool set_groups;
    Value preexec;                  // borrowed; NIL
    ListObj *held;                  // the bytes objects that the strings are in
} Launch;

// A path or argument as a C string that lives as long as `held`.
static const char *c_string(VM *vm, Launch *l, Value v)
{
    Value encode = asy_import_attr(vm, "os", "fsencode");
    if (asy_is_err(encode)) return NULL;
    Value bytes = asy_call1(vm, encode, v);
    asy_release(vm, encode);
    if (asy_is_err(bytes)) return NULL;
    const BytesObj *b = asy_as_bytes(bytes);
    if (memchr(b->data, 0, b->size)) {
        asy_release(vm, bytes);
        asy_raise(vm, EXC_ValueError, "embedded null byte");
        return NULL;
    }
    return asy_list_append_owned(vm, l->held, bytes) ? (const char *)b->data : NULL;
}

static char **c_strings(VM *vm, Launch *l, Value sequence, size_t *count)
{
    ListObj *items = asy_to_list(vm, sequence);
    if (!items) return NULL;
    size_t n = items->size;
    char **out = asy_mem_alloc(vm, (n + 1) * sizeof *out);
    if (!out) asy_raise_memory(vm);
    *count = n + 1;
    for (size_t i = 0; out && i < n; i++) {
        const char *text = i < items->size ? c_string(vm, l, items->items[i]) : NULL;
        if (!text) {
            if (!asy_error_pending(vm)) asy_raise(vm, EXC_RuntimeError, "args changed during iteration");
            asy_mem_free(vm, out, *count * sizeof *out);
            out = NULL;
            break;
        }
        out[i] = (char *)(uintptr_t)text;
    }
    if (out) out[n] = NULL;
    asy_release_obj(vm, items);
    return out;
}

static void launch_free(VM *vm, Launch *l)
{
    if (l->argv) asy_mem_free(vm, l->argv, l->nargv * sizeof *l->argv);
    if (l->env) asy_mem_free(vm, l->env, l->nenv * sizeof *l->env);
    if (l->programs) asy_mem_free(vm, l->programs, l->nprograms * sizeof *l->programs);
    if (l->keep) asy_mem_free(vm, l->keep, (l->nkeep + 1) * sizeof *l->keep);
    if (l->groups) asy_mem_free(vm, l->groups, (l->ngroups + 1) * sizeof *l->groups);
    asy_release_obj(vm, l->held);
}

static bool numbers(VM *vm, Value sequence, size_t *count, int64_t **out)
{
    ListObj *items = asy_to_list(vm, sequence);
    if (!items) return false;
    *count = items->size;
    *out = asy_mem_alloc(vm, (*count + 1) * sizeof **out);
    if (!*out) asy_raise_memory(vm);
    bool ok = *out != NULL;
    for (size_t i = 0; ok && i < *count; i++) ok = asy_to_i64(vm, items->items[i], &(*out)[i]);
    if (!ok && *out) asy_mem_free(vm, *out, (*count + 1) * sizeof **out);
    asy_release_obj(vm, items);
    return ok;
}

static bool launch_read(VM *vm, Launch *l, const Value *v)
{
    l->held = asy_list_new(vm, 0);
    if (!l->held) return false;
    l->close_fds = asy_truth(vm, v[2]) == 1;
    l->argv = c_strings(vm, l, v[0], &l->nargv);
    if (!l->argv) return false;
    l->programs = c_strings(vm, l, v[1], &l->nprograms);
    if (!l->programs) return false;
    int64_t *fds;
    if (!numbers(vm, v[3], &l->nkeep, &fds)) return false;
    l->keep = asy_mem_alloc(vm, (l->nkeep + 1) * sizeof *l->keep);
    for (size_t i = 0; l->keep && i < l->nkeep; i++) l->keep[i] = (int)fds[i];
    asy_mem_free(vm, fds, (l->nkeep + 1) * sizeof *fds);
    if (!l->keep) return (void)asy_raise_memory(vm), false;
    for (size_t i = 0; i < l->nkeep; i++) {
        if (l->keep[i] < 0 || (i && l->keep[i] <= l->keep[i - 1])) {
            asy_raise(vm, EXC_ValueError, "bad value(s) in fds_to_keep");
            return false;
        }
    }
    if (!asy_absent(v[4]) && !(l->cwd = c_string(vm, l, v[4]))) return false;
    if (!asy_absent(v[5]) && !(l->env = c_strings(vm, l, v[5], &l->nenv))) return false;
    int64_t *const descriptors[] = { &l->p2cread, &l->p2cwrite, &l->c2pread, &l->c2pwrite,
                                     &l->errread, &l->errwrite, &l->errpipe_read, &l->errpipe_write };
    for (int i = 0; i < 8; i++) {
        if (!asy_to_i64(vm, v[6 + i], descriptors[i])) return false;
    }
    if (l->close_fds && l->errpipe_write < 3) return (void)asy_raise(vm, EXC_ValueError, "errpipe_write must be >= 3"), false;
    l->restore_signals = asy_truth(vm, v[14]) == 1;
    l->new_session = asy_truth(vm, v[15]) == 1;
    l->gid = l->uid = -1;
    if (!asy_to_i64(vm, v[16], &l->process_group) || (!asy_absent(v[17]) && !asy_to_i64(vm, v[17], &l->gid))) return false;
    if (!asy_absent(v[18])) {
        int64_t *groups;
        if (!numbers(vm, v[18], &l->ngroups, &groups)) return false;
        l->groups = asy_mem_alloc(vm, (l->ngroups + 1) * sizeof *l->groups);
        for (size_t i = 0; l->groups && i < l->ngroups; i++) l->groups[i] = (gid_t)groups[i];
        asy_mem_free(vm, groups, (l->ngroups + 1) * sizeof *groups);
        if (!l->groups) return (void)asy_raise_memory(vm), false;
        l->set_groups = true;
    }
    if ((!asy_absent(v[19]) && !asy_to_i64(vm, v[19], &l->uid)) || !asy_to_i64(vm, v[20], &l->umask)) return false;
    l->preexec = asy_absent(v[21]) ? ASY_NIL : v[21];
    return true;
}

static bool set_cloexec(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFD);
    return flags >= 0 && fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC) == 0;
}

// In the child: closes what is open from 3 on, but for `keep`.
static void close_others(const Launch *l)
{
    long most = sysconf(_SC_OPEN_MAX);
    size_t next = 0;
    int from = 3;
    for (;;) {
        while (next < l->nkeep && l->keep[next] < from) next++;
        int stop = next < l->nkeep ? l->keep[next] : -1;
        if (stop < 0) {
            if (close_range((unsigned)from, ~0U, 0) == 0) return;
            for (int fd = from; fd < most; fd++) close(fd);
            return;
        }
        if (stop > from && close_range((unsigned)from, (unsigned)stop - 1, 0) != 0) {
            for (int fd = from; fd < stop; fd++) close(fd);
        }
        from = stop + 1;
    }
}

static void write_all(int fd, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t n = write(fd, text, left);
        if (n <= 0) return;
        text += n;
        left -= (size_t)n;
    }
}

// What the child does until exec. On failure *what says at what, errno why; it does not come back otherwise.
static void child_run(VM *vm, Launch *l, const char **what)
{
    *what = "noexec";
    for (size_t i = 0; i < l->nkeep; i++) {
        if (l->keep[i] != l->errpipe_write && !set_cloexec(l->keep[i], false)) return;
    }
    if (l->p2cwrite >= 0) close((int)l->p2cwrite);
    if (l->c2pread >= 0) close((int)l->c2pread);
    if (l->errread >= 0) close((int)l->errread);
    close((int)l->errpipe_read);
    int in = (int)l->p2cread, out = (int)l->c2pwrite, err = (int)l->errwrite;
    // A descriptor that is to become another one of 0 to 2 is moved out of the way first.
    if (out == 0 && (out = fcntl(out, F_DUPFD, 3)) < 0) return;
    while (err == 0 || err == 1) {
        if ((err = fcntl(err, F_DUPFD, 3)) < 0) return;
    }
    const int from[] = { in, out, err };
    for (int fd = 0; fd < 3; fd++) {
        if (from[fd] < 0) continue;
        if (from[fd] == fd ? !set_cloexec(fd, false) : dup2(from[fd], fd) < 0) return;
    }
    if (l->cwd && chdir(l->cwd) < 0) {
        *what = "noexec:chdir";
        return;
    }
    if (l->umask >= 0) umask((mode_t)l->umask);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    if (l->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if (l->new_session && setsid() < 0) return;
    if (l->process_group >= 0 && setpgid(0, (pid_t)l->process_group) < 0) return;
    if (l->set_groups && setgroups(l->ngroups, l->groups) < 0) return;
    if (l->gid >= 0 && setregid((gid_t)l->gid, (gid_t)l->gid) < 0) return;
    if (l->uid >= 0 && setreuid((uid_t)l->uid, (uid_t)l->uid) < 0) return;
    *what = "";
    if (!asy_is_nil(l->preexec)) {
        Value r = asy_call0(vm, l->preexec);
        if (asy_is_err(r)) {
            *what = "Exception occurred in preexec_fn.";
            errno = 0;
            return;
        }
        asy_release(vm, r);
    }
    if (l->close_fds) close_others(l);
    int saved = 0;
    for (char **program = l->programs; *program; program++) {
        if (l->env) execve(*program, l->argv, l->env);
        else execv(*program, l->argv);
        if (errno != ENOENT && errno != ENOTDIR && !saved) saved = errno;
    }
    if (saved) errno = saved;
}

static Value fork_exec(VM *vm, Args a)
{
    Launch l = { .preexec = ASY_NIL };
    Value result = ASY_ERR;
    if (launch_read(vm, &l, a.v)) {
        pid_t pid = fork();
        if (pid == 0) {
            const char *what;
            child_run(vm, &l, &what);
            int err = errno;
            char text[128];
            char hex[9];
            size_t n = sizeof hex;
            hex[--n] = '\0';
            for (unsigned rest = (unsigned)err; rest || n == sizeof hex - 1; rest >>= 4) hex[--n] = "0123456789ABCDEF"[rest & 15];
            strcpy(text, err ? "OSError:" : "SubprocessError:");
            strcat(text, hex + n);
            strcat(text, ":");
            strcat(text, what);
            write_all((int)l.errpipe_write, text);
            _exit(255);         // the child ends here; the interpreter's end belongs to the parent
        }
        result = pid < 0 ? fail(vm) : asy_from_small(pid);
    }
    launch_free(vm, &l);
    return result;
}

static const MethodDef subprocess_functions[] = {
    { "fork_exec", fork_exec,
      "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, "
      "errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, "
      "allow_vfork, /)", 0, "Spawn a fresh new child process." },
    { 0 },
};
const ModuleDef asy_module__posixsubprocess = { "_posixsubprocess", "A POSIX helper for the subprocess module.",
                                                subprocess_functions, NULL };

// -- os: descriptors

static Value os_dup2(VM *vm, Args a)
{
    int64_t from, to;
    if (!asy_to_i64(vm, a.v[0], &from) || !asy_to_i64(vm, a.v[1], &to)) return ASY_ERR;
    int inherited = asy_is_nil(a.v[2]) ? 1 : asy_truth(vm, a.v[2]);
    if (inherited < 0) return ASY_ERR;
    int fd = inherited || from == to ? dup2((int)from, (int)to) : dup3((int)from, (int)to, O_CLOEXEC);
    return fd < 0 ? fail(vm) : asy_from_small(fd);
}
static Value os_get_inheritable(VM *vm, Args a)
{
    int64_t fd;
    if (!asy_to_i64(vm, a.v[0], &fd)) return ASY_ERR;
    int flags = fcntl((int)fd, F_GETFD);
    return flags < 0 ? fail(vm) : asy_from_bool(!(flags & FD_CLOEXEC));
}
static Value os_set_inheritable(VM *vm, Args a)
{
    int64_t fd;
    if (!asy_to_i64(vm, a.v[0], &fd)) return ASY_ERR;
    int on = asy_truth(vm, a.v[1]);
    if (on < 0) return ASY_ERR;
    return set_cloexec((int)fd, !on) ? ASY_NONE : fail(vm);
}
static Value os_get_blocking(VM *vm, Args a)
{
    int64_t fd;
    if (!asy_to_i64(vm, a.v[0], &fd)) return ASY_ERR;
    int flags = fcntl((int)fd, F_GETFL);
    return flags < 0 ? fail(vm) : asy_from_bool(!(flags & O_NONBLOCK));
}
static Value os_set_blocking(VM *vm, Args a)
{
    int64_t fd;
    if (!asy_to_i64(vm, a.v[0], &fd)) return ASY_ERR;
    int on = asy_truth(vm, a.v[1]);
    if (on < 0) return ASY_ERR;
    int flags = fcntl((int)fd, F_GETFL);
    if (flags < 0 || fcntl((int)fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) < 0) return fail(vm);
    return ASY_NONE;
}

// -- os: processes

static Value os_killpg(VM *vm, Args a)
{
    int64_t group, signal_number;
    if (!asy_to_i64(vm, a.v[0], &group) || !asy_to_i64(vm, a.v[1], &signal_number)) return ASY_ERR;
    if (killpg((pid_t)group, (int)signal_number) != 0) return fail(vm);
    return asy_check_pending(vm) ? ASY_NONE : ASY_ERR;
}
static Value os_setsid(VM *vm, Args a) { return (void)a, setsid() < 0 ? fail(vm) : ASY_NONE; }
static Value of_pid(VM *vm, Args a, pid_t (*call)(pid_t))
{
    int64_t pid;
    if (!asy_to_i64(vm, a.v[0], &pid)) return ASY_ERR;
    pid_t r = call((pid_t)pid);
    return r < 0 ? fail(vm) : asy_from_small(r);
}
static Value os_getsid(VM *vm, Args a) { return of_pid(vm, a, getsid); }
static Value os_getpgid(VM *vm, Args a) { return of_pid(vm, a, getpgid); }
static Value os_setpgid(VM *vm, Args a)
{
    int64_t pid, group;
    if (!asy_to_i64(vm, a.v[0], &pid) || !asy_to_i64(vm, a.v[1], &group)) return ASY_ERR;
    return setpgid((pid_t)pid, (pid_t)group) < 0 ? fail(vm) : ASY_NONE;
}

#define STATUS(name, make, expression)                                                             \
    static Value os_##name(VM *vm, Args a)                                                         \
    {                                                                                              \
        int64_t status;                                                                            \
        if (!asy_to_i64(vm, a.v[0], &status)) return ASY_ERR;                                      \
        int s = (int)status;                                                                       \
        return make(expression);                                                                   \
    }
STATUS(WIFSTOPPED, asy_from_bool, WIFSTOPPED(s)) STATUS(WIFCONTINUED, asy_from_bool, WIFCONTINUED(s))
STATUS(WCOREDUMP, asy_from_bool, WCOREDUMP(s)) STATUS(WSTOPSIG, asy_from_small, WSTOPSIG(s))

const MethodDef asy_os_process_functions[] = {
    { "dup2", os_dup2, "(fd, fd2, inheritable=True)", 0, "Duplicate file descriptor." },
    { "get_inheritable", os_get_inheritable, "(fd, /)", 0, "Get the close-on-exe flag of the specified file descriptor." },
    { "set_inheritable", os_set_inheritable, "(fd, inheritable, /)", 0, "Set the inheritable flag of the specified file descriptor." },
    { "get_blocking", os_get_blocking, "(fd, /)", 0, "Get the blocking mode of the file descriptor." },
    { "set_blocking", os_set_blocking, "(fd, blocking, /)", 0, "Set the blocking mode of the specified file descriptor." },
    { "killpg", os_killpg, "(pgid, signal, /)", 0, "Kill a process group with a signal." },
    { "setsid", os_setsid, "()", 0, "Call the system call setsid()." },
    { "getsid", os_getsid, "(pid, /)", 0, "Call the system call getsid(pid) and return the result." },
    { "getpgid", os_getpgid, "(pid)", 0, "Call the system call getpgid(), and return the result." },
    { "setpgid", os_setpgid, "(pid, pgrp, /)", 0, "Call the system call setpgid(pid, pgrp)." },
    { "WIFSTOPPED", os_WIFSTOPPED, "(status)", 0, NULL },
    { "WIFCONTINUED", os_WIFCONTINUED, "(status)", 0, NULL },
    { "WCOREDUMP", os_WCOREDUMP, "(status, /)", 0, NULL },
    { "WSTOPSIG", os_WSTOPSIG, "(status)", 0, NULL },
    { 0 },
};
