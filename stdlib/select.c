// select: waiting for descriptors without an event loop. The waiting itself goes on without the VM's lock.
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <time.h>

#include "stdlib/lib.h"

// The descriptor of an int or of something with fileno().
static bool descriptor(VM *vm, Value v, int *out)
{
    int64_t fd;
    if (asy_is_integer(vm, v)) {
        if (!asy_to_i64(vm, v, &fd)) return false;
    } else {
        StrObj *name = asy_intern_c(vm, "fileno");
        if (!name) return false;
        Value method = asy_getattr_opt(vm, v, name);
        asy_release_obj(vm, name);
        if (asy_is_err(method)) return false;
        if (asy_is_nil(method)) return (void)asy_raise(vm, EXC_TypeError, "argument must be an int, or have a fileno() method."), false;
        Value r = asy_call0(vm, method);
        asy_release(vm, method);
        if (asy_is_err(r)) return false;
        bool is_int = asy_is_integer(vm, r), ok = is_int && asy_to_i64(vm, r, &fd);
        asy_release(vm, r);
        if (!is_int) asy_raise(vm, EXC_TypeError, "fileno() returned a non-integer");
        if (!ok) return false;
    }
    if (fd < 0 || fd > INT32_MAX) {
        asy_raise(vm, EXC_ValueError, "file descriptor cannot be a negative integer (%lld)", fd);
        return false;
    }
    *out = (int)fd;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// poll() with the lock released; goes on after signals, whose handlers run in between. timeout < 0: for ever. -1: exception.
static int wait_for(VM *vm, struct pollfd *fds, size_t count, int64_t timeout_ms)
{
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    for (;;) {
        Thread *th = vm->thread;
        int wait = timeout_ms < 0 ? -1 : timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;
        if (vm->lock_release) vm->lock_release(vm);
        int r = poll(fds, (nfds_t)count, wait);
        int err = errno;
        if (vm->lock_acquire) vm->lock_acquire(vm, th);
        if (r >= 0) return r;
        if (err != EINTR) return (void)asy_raise_os(vm, err, ASY_NIL, ASY_NIL), -1;
        if (!asy_check_pending(vm)) return -1;
        if (deadline >= 0) timeout_ms = deadline > now_ms() ? deadline - now_ms() : 0;
    }
}

// -- select

enum { SELECT_SETS = 3 };
static const short select_events[SELECT_SETS] = { POLLIN, POLLOUT, POLLPRI };
// An error or a hang-up makes a descriptor readable and writable for select().
static const short select_results[SELECT_SETS] = { POLLIN | POLLHUP | POLLERR | POLLNVAL, POLLOUT | POLLERR | POLLNVAL, POLLPRI };

static bool timeout_argument(VM *vm, Value v, int64_t *ms)
{
    *ms = -1;
    if (asy_absent(v)) return true;
    double seconds;
    if (!asy_arg_double(vm, v, &seconds)) {
        if (asy_error_catch(vm, EXC_TypeError)) asy_raise(vm, EXC_TypeError, "timeout must be a float or None");
        return false;
    }
    if (seconds < 0) return (void)asy_raise(vm, EXC_ValueError, "timeout must be non-negative"), false;
    *ms = seconds > 1e15 ? INT64_MAX / 4 : (int64_t)ceil(seconds * 1000);
    return true;
}

static Value select_select(VM *vm, Args a)
{
    ListObj *lists[SELECT_SETS] = { NULL };
    struct pollfd *fds = NULL;
    size_t count = 0, filled = 0;
    int64_t ms;
    Value result = ASY_ERR;
    bool ok = timeout_argument(vm, a.v[3], &ms);
    for (int s = 0; ok && s < SELECT_SETS; s++) {
        lists[s] = asy_to_list(vm, a.v[s]);
        ok = lists[s] != NULL;
        if (ok) count += lists[s]->size;
    }
    if (!ok) goto done;
    fds = asy_mem_alloc(vm, (count + 1) * sizeof *fds);
    if (!fds) {
        asy_raise_memory(vm);
        goto done;
    }
    for (int s = 0; s < SELECT_SETS; s++) {
        for (size_t i = 0; i < lists[s]->size; i++) {
            int fd;
            if (!descriptor(vm, lists[s]->items[i], &fd)) goto done;
            fds[filled++] = (struct pollfd){ .fd = fd, .events = select_events[s] };
        }
    }
    if (wait_for(vm, fds, count, ms) < 0) goto done;
    for (size_t i = 0; i < count; i++) {
        if (fds[i].revents & POLLNVAL) {
            asy_raise_os(vm, EBADF, ASY_NIL, ASY_NIL);
            goto done;
        }
    }
    Value ready[SELECT_SETS];
    size_t at = 0;
    int made = 0;
    for (; made < SELECT_SETS; made++) {
        ListObj *l = asy_list_new(vm, 0);
        if (!l) break;
        ready[made] = asy_from_obj(l);
        for (size_t i = 0; ok && i < lists[made]->size; i++, at++) {
            if (fds[at].revents & select_results[made]) ok = asy_list_append_owned(vm, l, asy_retain(lists[made]->items[i]));
        }
    }
    if (ok && made == SELECT_SETS) result = asy_tuple_pack(vm, 3, ready[0], ready[1], ready[2]);
    while (made--) asy_release(vm, ready[made]);
done:
    if (fds) asy_mem_free(vm, fds, (count + 1) * sizeof *fds);
    for (int s = 0; s < SELECT_SETS; s++) asy_release_obj(vm, lists[s]);
    return result;
}

// -- poll objects

typedef struct PollObj {
    ObjHeader head;
    struct pollfd *fds;
    size_t count, capacity;
    bool polling;
} PollObj;
static PollObj *as_poll(Value v) { return asy_as(PollObj, v); }
static const TypeDef poll_type;

static struct pollfd *poll_find(PollObj *p, int fd)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->fds[i].fd == fd) return &p->fds[i];
    }
    return NULL;
}

static bool events_argument(VM *vm, Value v, short *out)
{
    int64_t events = POLLIN | POLLPRI | POLLOUT;
    if (!asy_arg_i64(vm, v, &events)) return false;
    if (events < 0 || events > UINT16_MAX) {
        asy_raise(vm, EXC_OverflowError, events < 0 ? "can't convert negative value to C unsigned short"
                                                    : "Python int too large to convert to C unsigned short");
        return false;
    }
    *out = (short)events;
    return true;
}

static Value poll_register(VM *vm, Args a)
{
    int fd;
    short events;
    if (!descriptor(vm, a.v[0], &fd) || !events_argument(vm, a.v[1], &events)) return ASY_ERR;
    PollObj *p = as_poll(a.self);
    struct pollfd *there = poll_find(p, fd);
    if (there) {
        there->events = events;
        return ASY_NONE;
    }
    if (p->polling) return asy_raise(vm, EXC_RuntimeError, "concurrent poll() invocation");
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 8;
        struct pollfd *grown = asy_mem_resize(vm, p->fds, p->capacity * sizeof *grown, capacity * sizeof *grown);
        if (!grown) return asy_raise_memory(vm);
        p->fds = grown;
        p->capacity = capacity;
    }
    p->fds[p->count++] = (struct pollfd){ .fd = fd, .events = events };
    return ASY_NONE;
}
static Value poll_modify(VM *vm, Args a)
{
    int fd;
    short events;
    if (!descriptor(vm, a.v[0], &fd) || !events_argument(vm, a.v[1], &events)) return ASY_ERR;
    struct pollfd *there = poll_find(as_poll(a.self), fd);
    if (!there) return asy_raise_os(vm, ENOENT, ASY_NIL, ASY_NIL);
    there->events = events;
    return ASY_NONE;
}
static Value poll_unregister(VM *vm, Args a)
{
    int fd;
    if (!descriptor(vm, a.v[0], &fd)) return ASY_ERR;
    PollObj *p = as_poll(a.self);
    struct pollfd *there = poll_find(p, fd);
    if (!there) return asy_raise_kind(vm, EXC_KeyError, asy_from_small(fd));
    if (p->polling) return asy_raise(vm, EXC_RuntimeError, "concurrent poll() invocation");
    *there = p->fds[--p->count];
    return ASY_NONE;
}

static Value poll_poll(VM *vm, Args a)
{
    PollObj *p = as_poll(a.self);
    int64_t ms = -1;
    if (!asy_absent(a.v[0])) {
        double d;
        if (!asy_arg_double(vm, a.v[0], &d)) return ASY_ERR;
        ms = d < 0 ? -1 : d > 1e15 ? INT64_MAX / 4 : (int64_t)ceil(d);
    }
    if (p->polling) return asy_raise(vm, EXC_RuntimeError, "concurrent poll() invocation");
    p->polling = true;
    int n = wait_for(vm, p->fds, p->count, ms);
    p->polling = false;
    if (n < 0) return ASY_ERR;
    ListObj *ready = asy_list_new(vm, 0);
    for (size_t i = 0; ready && i < p->count; i++) {
        if (!p->fds[i].revents) continue;
        Value pair = asy_tuple_pack(vm, 2, asy_from_small(p->fds[i].fd), asy_from_small((unsigned short)p->fds[i].revents));
        if (asy_is_err(pair) || !asy_list_append_owned(vm, ready, pair)) {
            asy_release_obj(vm, ready);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(ready);
}
static void poll_free(VM *vm, ObjHeader *o)
{
    PollObj *p = (PollObj *)(void *)o;
    asy_mem_free(vm, p->fds, p->capacity * sizeof *p->fds);
}
static const MethodDef poll_methods[] = {
    { "register", poll_register, "(fd, eventmask=7, /)", 0, "Register a file descriptor with the polling object." },
    { "modify", poll_modify, "(fd, eventmask, /)", 0, "Modify an already registered file descriptor." },
    { "unregister", poll_unregister, "(fd, /)", 0, "Remove a file descriptor being tracked by the polling object." },
    { "poll", poll_poll, "(timeout=None, /)", 0, "Polls the set of registered file descriptors." },
    { 0 },
};
static const TypeDef poll_type = {
    .name = "select.poll", .size = sizeof(PollObj), .flags = TYPE_DISALLOW_NEW, .free = poll_free, .methods = poll_methods };

static Value select_poll(VM *vm, Args a)
{
    (void)a;
    Type *type = asy_type_ready(vm, &poll_type);
    return type ? asy_value_or_err((PollObj *)asy_object_alloc(vm, type)) : ASY_ERR;
}

static const MethodDef functions[] = {
    { "select", select_select, "(rlist, wlist, xlist, timeout=None, /)", 0, "Wait until one or more file descriptors are ready for some kind of I/O." },
    { "poll", select_poll, "()", 0, "Returns a polling object." },
    { 0 },
};
static bool select_init(VM *vm, Value m)
{
    static const struct {
        const char *name;
        int value;
    } constants[] = { { "POLLIN", POLLIN }, { "POLLPRI", POLLPRI }, { "POLLOUT", POLLOUT }, { "POLLERR", POLLERR },
                      { "POLLHUP", POLLHUP }, { "POLLNVAL", POLLNVAL }, { "POLLRDNORM", POLLRDNORM }, { "POLLRDBAND", POLLRDBAND },
                      { "POLLWRNORM", POLLWRNORM }, { "POLLWRBAND", POLLWRBAND }, { "POLLMSG", POLLMSG }, { "POLLRDHUP", POLLRDHUP },
                      { "PIPE_BUF", 4096 } };
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (!asy_module_add(vm, m, constants[i].name, asy_from_small(constants[i].value))) return false;
    }
    return asy_module_add(vm, m, "error", asy_from_obj(asy_retain_obj(vm->exc[EXC_OSError])));
}
const ModuleDef asy_module_select = { "select", "This module supports asynchronous I/O on multiple file descriptors.", functions,
                                      select_init };
