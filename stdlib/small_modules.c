// Modules that only show what the vm has: _weakref, _string, errno, gc.
#include <errno.h>

#include "stdlib/lib.h"
#include "vm/memory/cycles.h"
#include "vm/memory/finalize.h"
#include "vm/memory/weakref.h"
#include "vm/objects/str_format.h"

// -- _weakref

static Value weakref_count(VM *vm, Args a) { return asy_from_small(asy_weakref_count(vm, a.v[0])); }
static Value weakref_list(VM *vm, Args a) { return asy_weakref_list(vm, a.v[0]); }
static Value weakref_proxy(VM *vm, Args a)
{
    Value callback = asy_absent(a.v[1]) ? ASY_NIL : a.v[1];
    return asy_weakproxy_new(vm, a.v[0], callback);
}
static const MethodDef weakref_functions[] = {
    { "getweakrefcount", weakref_count, "(object, /)", 0, "Return the number of weak references to 'object'." },
    { "getweakrefs", weakref_list, "(object, /)", 0, "Return a list of all weak reference objects pointing to 'object'." },
    { "proxy", weakref_proxy, "(object, callback=None, /)", 0, "Create a proxy object that weakly references 'object'." },
    { 0 },
};
static bool weakref_init(VM *vm, Value m)
{
    Value ref = asy_from_obj(vm->types.weakref);
    Type *proxy = asy_weakproxy_type(vm, false), *callable = asy_weakproxy_type(vm, true);
    return proxy && callable && asy_module_add(vm, m, "ref", asy_retain(ref)) &&
           asy_module_add(vm, m, "ReferenceType", asy_retain(ref)) &&
           asy_module_add(vm, m, "ProxyType", asy_from_obj(asy_retain_obj(proxy))) &&
           asy_module_add(vm, m, "CallableProxyType", asy_from_obj(asy_retain_obj(callable)));
}
const ModuleDef asy_module__weakref = { "_weakref", "Weak-reference support module.", weakref_functions, weakref_init };

// -- _string

static const MethodDef string_functions[] = {
    { "formatter_parser", asy_str_formatter_parser, "(string, /)", 0, "parse the argument as a format string" },
    { "formatter_field_name_split", asy_str_field_name_split, "(string, /)", 0,
      "split the argument as a field name" },
    { 0 },
};
const ModuleDef asy_module__string = { "_string", "string helper module", string_functions, NULL };

// -- errno

static const struct {
    const char *name;
    int value;
} errors[] = {
#define E(name) { #name, name },
    E(EPERM) E(ENOENT) E(ESRCH) E(EINTR) E(EIO) E(ENXIO) E(E2BIG) E(ENOEXEC) E(EBADF) E(ECHILD) E(EAGAIN) E(ENOMEM)
    E(EACCES) E(EFAULT) E(ENOTBLK) E(EBUSY) E(EEXIST) E(EXDEV) E(ENODEV) E(ENOTDIR) E(EISDIR) E(EINVAL) E(ENFILE)
    E(EMFILE) E(ENOTTY) E(ETXTBSY) E(EFBIG) E(ENOSPC) E(ESPIPE) E(EROFS) E(EMLINK) E(EPIPE) E(EDOM) E(ERANGE)
    E(EDEADLK) E(ENAMETOOLONG) E(ENOLCK) E(ENOSYS) E(ENOTEMPTY) E(ELOOP) E(EWOULDBLOCK) E(ENOMSG) E(EIDRM) E(ENOSTR)
    E(ENODATA) E(ETIME) E(ENOSR) E(ENOLINK) E(EPROTO) E(EBADMSG) E(EOVERFLOW) E(EILSEQ) E(EUSERS) E(ENOTSOCK)
    E(EDESTADDRREQ) E(EMSGSIZE) E(EPROTOTYPE) E(ENOPROTOOPT) E(EPROTONOSUPPORT) E(ESOCKTNOSUPPORT) E(EOPNOTSUPP)
    E(ENOTSUP) E(EPFNOSUPPORT) E(EAFNOSUPPORT) E(EADDRINUSE) E(EADDRNOTAVAIL) E(ENETDOWN) E(ENETUNREACH) E(ENETRESET)
    E(ECONNABORTED) E(ECONNRESET) E(ENOBUFS) E(EISCONN) E(ENOTCONN) E(ESHUTDOWN) E(ETOOMANYREFS) E(ETIMEDOUT)
    E(ECONNREFUSED) E(EHOSTDOWN) E(EHOSTUNREACH) E(EALREADY) E(EINPROGRESS) E(ESTALE) E(EDQUOT) E(ECANCELED)
    E(EOWNERDEAD) E(ENOTRECOVERABLE)
#undef E
};
static bool errno_init(VM *vm, Value m)
{
    DictObj *names = asy_dict_new(vm);
    if (!names) return false;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        Value name = asy_str_value(vm, errors[i].name), number = asy_from_small(errors[i].value);
        bool ok = !asy_is_err(name) && asy_dict_set(vm, names, number, name) && asy_module_add(vm, m, errors[i].name, number);
        if (!asy_is_err(name)) asy_release(vm, name);
        if (!ok) {
            asy_release_obj(vm, names);
            return false;
        }
    }
    return asy_module_add(vm, m, "errorcode", asy_from_obj(names));
}
const ModuleDef asy_module_errno = { "errno", "Standard errno system symbols.", NULL, errno_init };

// -- gc

static Value gc_collect(VM *vm, Args a)
{
    int64_t generation = 2;
    if (!asy_arg_i64(vm, a.v[0], &generation)) return ASY_ERR;
    if (generation < 0 || generation > 2) return asy_raise(vm, EXC_ValueError, "invalid generation");
    size_t n = asy_cycles_collect(vm);
    asy_finalize_drain(vm);
    return asy_from_small((int64_t)n);
}
static Value gc_enable(VM *vm, Args a) { return (void)a, asy_cycles_enable(vm, true), ASY_NONE; }
static Value gc_disable(VM *vm, Args a) { return (void)a, asy_cycles_enable(vm, false), ASY_NONE; }
static Value gc_isenabled(VM *vm, Args a) { return (void)a, asy_from_bool(asy_cycles_enabled(vm)); }
static Value gc_is_tracked(VM *vm, Args a)
{
    (void)vm;
    return asy_from_bool(asy_is_obj(a.v[0]) && asy_as_obj(a.v[0])->flags & OBJ_CONTAINER);
}

typedef struct Referents {
    Tracer tracer;
    ListObj *list;
    bool ok;
} Referents;
static void add_referent(Tracer *t, ObjHeader *o)
{
    Referents *r = (Referents *)(void *)t;
    r->ok = r->ok && asy_list_append(t->vm, r->list, asy_from_obj(o));
}
static Value gc_get_referents(VM *vm, Args a)
{
    Referents r = { .tracer = { vm, add_referent }, .list = asy_list_new(vm, 0), .ok = true };
    if (!r.list) return ASY_ERR;
    for (uint32_t i = 0; i < a.n; i++) {
        if (asy_is_obj(a.v[i])) asy_object_trace(&r.tracer, asy_as_obj(a.v[i]));
    }
    if (r.ok) return asy_from_obj(r.list);
    asy_release_obj(vm, r.list);
    return ASY_ERR;
}
static const MethodDef gc_functions[] = {
    { "collect", gc_collect, "(generation=2)", 0, "Run the garbage collector; the number of unreachable objects." },
    { "enable", gc_enable, "()", 0, "Enable automatic garbage collection." },
    { "disable", gc_disable, "()", 0, "Disable automatic garbage collection." },
    { "isenabled", gc_isenabled, "()", 0, "Returns true if automatic garbage collection is enabled." },
    { "is_tracked", gc_is_tracked, "(obj, /)", 0, "Returns true if the object is tracked by the garbage collector." },
    { "get_referents", gc_get_referents, NULL, NATIVE_RAW, "Return the list of objects that are directly referred to by 'objs'." },
    { 0 },
};
static bool gc_init(VM *vm, Value m)
{
    return asy_module_add(vm, m, "garbage", asy_value_or_err(asy_list_new(vm, 0)));
}
const ModuleDef asy_module_gc = { "gc", "The cycle collector.", gc_functions, gc_init };
