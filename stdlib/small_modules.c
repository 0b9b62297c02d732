// Modules that only show what the vm has: _weakref, _string, errno.
#include <errno.h>

#include "stdlib/lib.h"
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
