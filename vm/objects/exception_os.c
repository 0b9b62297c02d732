// OSError: picks its subclass by errno, and names the files concerned.
//
// OSError(errno, strerror[, filename[, winerror[, filename2]]]). As in CPython, the arguments are read
// in `new`, unless a subclass has its own __init__ and not its own __new__: then in `init`, when the
// subclass hands them on.
#include <errno.h>

#include "vm/objects/exception_impl.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

Type *asy_exc_os_class(VM *vm, int err)
{
    switch (err) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
    case EALREADY:
    case EINPROGRESS: return vm->exc[EXC_BlockingIOError];
    case EPIPE:
    case ESHUTDOWN: return vm->exc[EXC_BrokenPipeError];
    case ECHILD: return vm->exc[EXC_ChildProcessError];
    case ECONNABORTED: return vm->exc[EXC_ConnectionAbortedError];
    case ECONNREFUSED: return vm->exc[EXC_ConnectionRefusedError];
    case ECONNRESET: return vm->exc[EXC_ConnectionResetError];
    case EEXIST: return vm->exc[EXC_FileExistsError];
    case ENOENT: return vm->exc[EXC_FileNotFoundError];
    case EISDIR: return vm->exc[EXC_IsADirectoryError];
    case ENOTDIR: return vm->exc[EXC_NotADirectoryError];
    case EINTR: return vm->exc[EXC_InterruptedError];
    case EACCES:
    case EPERM: return vm->exc[EXC_PermissionError];
    case ESRCH: return vm->exc[EXC_ProcessLookupError];
    case ETIMEDOUT: return vm->exc[EXC_TimeoutError];
    default: return vm->exc[EXC_OSError];
    }
}

static bool reads_in_init(const Type *type)
{
    return type->slots.init != asy_exc_os_init && type->slots.new == asy_exc_os_new;
}

static bool os_read(VM *vm, Value self, Args args)
{
    ExcOS *e = asy_as(ExcOS, self);
    if (!asy_exc_store_args(vm, self, args)) return false;
    if (args.n < 2 || args.n > 5) return true;
    asy_exc_field(vm, &e->err, args.v[0]);
    asy_exc_field(vm, &e->strerror, args.v[1]);
    if (args.n < 3 || asy_is_none(args.v[2])) return true;
    int64_t written;
    if (asy_type_of(vm, self) == vm->exc[EXC_BlockingIOError] && asy_is_integer(vm, args.v[2])) {
        // BlockingIOError's third argument is how many characters were written.
        if (!asy_to_i64(vm, args.v[2], &written)) return false;
        asy_exc_field(vm, &e->written, args.v[2]);
        return true;
    }
    asy_exc_field(vm, &e->filename, args.v[2]);
    if (args.n == 5 && !asy_is_none(args.v[4])) asy_exc_field(vm, &e->filename2, args.v[4]);
    // args is (errno, strerror) then, for the sake of code that unpacks two.
    TupleObj *pair = asy_tuple_from(vm, args.v, 2);
    if (!pair) return false;
    asy_set(vm, &e->args, asy_from_obj(pair));
    return true;
}

Value asy_exc_os_new(VM *vm, Type *type, Args args)
{
    Args none = { 0 };
    if (reads_in_init(type)) return asy_exc_base_new(vm, type, none);
    if (!asy_is_nil(args.kwnames) && asy_as_tuple(args.kwnames)->size) {
        return asy_raise(vm, EXC_TypeError, "%N() takes no keyword arguments", type);
    }
    int64_t err;
    if (type == vm->exc[EXC_OSError] && args.n >= 2 && args.n <= 5 && asy_is_integer(vm, args.v[0]) &&
        asy_int_as_i64(vm, args.v[0], &err) && err > 0 && err <= INT32_MAX) {
        type = asy_exc_os_class(vm, (int)err);
    }
    Value self = asy_exc_base_new(vm, type, none);
    if (asy_is_err(self)) return ASY_ERR;
    if (!os_read(vm, self, args)) {
        asy_release(vm, self);
        return ASY_ERR;
    }
    return self;
}

bool asy_exc_os_init(VM *vm, Value self, Args args)
{
    if (!reads_in_init(asy_type_of(vm, self))) return true;
    if (!asy_is_nil(args.kwnames) && asy_as_tuple(args.kwnames)->size) {
        asy_raise(vm, EXC_TypeError, "%T() takes no keyword arguments", self);
        return false;
    }
    return os_read(vm, self, args);
}

static Value shown(Value v) { return asy_is_nil(v) ? ASY_NONE : v; }

Value asy_exc_os_str(VM *vm, Value self)
{
    ExcOS *e = asy_as(ExcOS, self);
    // Owned copies: the parts' own __str__ may change the exception.
    Value err = asy_retain(e->err), text = asy_retain(e->strerror), one = asy_retain(e->filename), two = asy_retain(e->filename2);
    StrObj *s = NULL;
    Value result = ASY_NIL;
    if (!asy_is_nil(one) && !asy_is_nil(two)) {
        s = asy_format(vm, "[Errno %S] %S: %R -> %R", shown(err), shown(text), one, two);
    } else if (!asy_is_nil(one)) {
        s = asy_format(vm, "[Errno %S] %S: %R", shown(err), shown(text), one);
    } else if (!asy_is_nil(err) && !asy_is_nil(text)) {
        s = asy_format(vm, "[Errno %S] %S", err, text);
    } else {
        result = asy_exc_str(vm, self);
    }
    if (asy_is_nil(result)) result = s ? asy_from_obj(s) : ASY_ERR;
    asy_release(vm, err);
    asy_release(vm, text);
    asy_release(vm, one);
    asy_release(vm, two);
    return result;
}

static Value os_reduce(VM *vm, Args a)
{
    ExcOS *e = asy_as(ExcOS, a.self);
    TupleObj *own = asy_as_tuple(e->args);
    Value args;
    if (own->size != 2 || asy_is_nil(e->filename)) args = asy_retain(e->args);
    else if (asy_is_nil(e->filename2)) args = asy_tuple_pack(vm, 3, own->items[0], own->items[1], e->filename);
    else args = asy_tuple_pack(vm, 5, own->items[0], own->items[1], e->filename, ASY_NONE, e->filename2);
    if (asy_is_err(args)) return ASY_ERR;
    bool none;
    DictObj *state = asy_exc_copy_attributes(vm, (Exc *)e, &none);
    Value type = asy_from_obj(asy_type_of(vm, a.self)), result = ASY_ERR;
    if (state) result = asy_tuple_pack(vm, 3, type, args, asy_from_obj(state));
    else if (none) result = asy_tuple_pack(vm, 2, type, args);
    asy_release_obj(vm, state);
    asy_release(vm, args);
    return result;
}

static Value os_get_written(VM *vm, Value self)
{
    Value written = asy_as(ExcOS, self)->written;
    if (asy_is_nil(written)) return asy_raise(vm, EXC_AttributeError, "characters_written");
    return asy_retain(written);
}

static bool os_set_written(VM *vm, Value self, Value value)
{
    ExcOS *e = asy_as(ExcOS, self);
    if (asy_is_nil(value)) {
        if (asy_is_nil(e->written)) {
            asy_raise(vm, EXC_AttributeError, "characters_written");
            return false;
        }
        asy_clear(vm, &e->written);
        return true;
    }
    Value count = asy_index(vm, value);
    if (asy_is_err(count)) return false;
    asy_set(vm, &e->written, count);
    return true;
}

const MethodDef asy_ExcOS_methods[] = { { "__reduce__", os_reduce, "()", 0, NULL }, { 0 } };
const GetSetDef asy_ExcOS_getset[] = { { "characters_written", os_get_written, os_set_written, NULL }, { 0 } };
const MemberDef asy_ExcOS_members[] = {
    { "errno", offsetof(ExcOS, err), true, "POSIX exception code" },
    EXC_MEMBER(ExcOS, strerror, "exception strerror"),
    EXC_MEMBER(ExcOS, filename, "exception filename"),
    EXC_MEMBER(ExcOS, filename2, "second exception filename"),
    { 0 },
};
