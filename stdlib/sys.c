// The sys module. It is made when a VM gets its standard library (stdlib/api.c), before anything is imported.
#include "stdlib/sys.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stdlib/lib.h"
#include "stdlib/structseq.h"
#include "vm/core/abstract.h"
#include "vm/interp/import.h"
#include "vm/interp/interp.h"
#include "vm/interp/slow.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/int.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"
#include "vm/objects/traceback.h"

// -- exceptions

static Value sys_exc_info(VM *vm, Args a)
{
    (void)a;
    Value exc = asy_handled(vm);
    if (asy_is_nil(exc)) return asy_tuple_pack(vm, 3, ASY_NONE, ASY_NONE, ASY_NONE);
    Value tb = asy_as_exc(exc)->traceback;
    return asy_tuple_pack(vm, 3, asy_from_obj(asy_as_obj(exc)->type), exc, asy_is_nil(tb) ? ASY_NONE : tb);
}

static Value sys_exception(VM *vm, Args a)
{
    (void)a;
    Value exc = asy_handled(vm);
    return asy_is_nil(exc) ? ASY_NONE : asy_retain(exc);
}

static Value sys_exit(VM *vm, Args a)
{
    Value exc;
    if (asy_is_nil(a.v[0]) || asy_is_none(a.v[0])) exc = asy_call0(vm, asy_from_obj(vm->exc[EXC_SystemExit]));
    else if (asy_is_tuple(vm, a.v[0])) exc = asy_call_tuple(vm, asy_from_obj(vm->exc[EXC_SystemExit]), a.v[0], ASY_NIL);
    else exc = asy_call1(vm, asy_from_obj(vm->exc[EXC_SystemExit]), a.v[0]);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

// Text to sys.stderr, or to the descriptor if that is gone.
bool asy_sys_write_stderr(VM *vm, const char *text, size_t size)
{
    Value stream = asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, stderr));
    if (!asy_is_nil(stream) && !asy_is_none(stream)) {
        StrObj *s = asy_str_decode(vm, text, size, "backslashreplace");
        if (!s) return false;
        asy_retain(stream);
        Value r = asy_call_method1(vm, stream, asy_name(vm, write), asy_from_obj(s));
        asy_release_obj(vm, s);
        if (!asy_is_err(r)) {
            asy_release(vm, r);
            r = asy_call_method0(vm, stream, asy_name(vm, flush));
        }
        asy_release(vm, stream);
        if (asy_is_err(r)) return false;
        asy_release(vm, r);
        return true;
    }
    return true;
}

static Value sys_excepthook(VM *vm, Args a)
{
    Value exc = a.v[1];
    if (!asy_is_exception(vm, exc)) {
        return asy_raise(vm, EXC_TypeError, "print_exception(): Exception expected for value, %T found", exc);
    }
    StrObj *text = asy_exc_format(vm, exc);
    if (!text) return ASY_ERR;
    bool ok = asy_sys_write_stderr(vm, text->data, text->size);
    asy_release_obj(vm, text);
    return ok ? ASY_NONE : ASY_ERR;
}

static Value sys_displayhook(VM *vm, Args a)
{
    if (asy_is_none(a.v[0])) return ASY_NONE;
    Value out = asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, stdout));
    if (asy_is_nil(out)) return asy_raise(vm, EXC_RuntimeError, "lost sys.stdout");
    if (!asy_dict_set_str(vm, vm->builtins, asy_name(vm, _), ASY_NONE)) return ASY_ERR;
    StrObj *text = asy_format(vm, "%R\n", a.v[0]);
    if (!text) return ASY_ERR;
    asy_retain(out);
    Value r = asy_call_method1(vm, out, asy_name(vm, write), asy_from_obj(text));
    asy_release(vm, out);
    asy_release_obj(vm, text);
    if (asy_is_err(r)) return ASY_ERR;
    asy_release(vm, r);
    return asy_dict_set_str(vm, vm->builtins, asy_name(vm, _), a.v[0]) ? ASY_NONE : ASY_ERR;
}

// -- frames and limits

static Value sys_getframe(VM *vm, Args a)
{
    int64_t depth = 0;
    if (!asy_arg_i64(vm, a.v[0], &depth)) return ASY_ERR;
    Frame *f = vm->thread->frame;
    for (; f && depth > 0; depth--) f = f->back;
    if (!f) return asy_raise(vm, EXC_ValueError, "call stack is not deep enough");
    return asy_frame_object(vm, f);
}

static Value sys_getrecursionlimit(VM *vm, Args a) { return (void)a, asy_from_small(vm->limits.depth); }
static Value sys_setrecursionlimit(VM *vm, Args a)
{
    int64_t n;
    if (!asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n < 1) return asy_raise(vm, EXC_ValueError, "recursion limit must be greater or equal than 1");
    if (n > UINT32_MAX) return asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C int");
    if ((uint32_t)n <= vm->thread->depth) {
        return asy_raise(vm, EXC_RecursionError, "cannot set the recursion limit to %lld at the recursion depth %u: the limit is too low",
                         n, vm->thread->depth);
    }
    vm->limits.depth = (uint32_t)n;
    return ASY_NONE;
}

static Value sys_getrefcount(VM *vm, Args a)
{
    (void)vm;
    return asy_from_small(asy_is_obj(a.v[0]) ? (int64_t)asy_as_obj(a.v[0])->refs + 1 : (int64_t)UINT32_MAX);
}

static Value sys_getsizeof(VM *vm, Args a)
{
    StrObj *name = asy_name(vm, __sizeof__);
    Value v = asy_call_method0(vm, a.v[0], name);
    if (!asy_is_err(v) || asy_is_nil(a.v[1])) return v;
    asy_error_clear(vm);
    return asy_retain(a.v[1]);
}

static Value sys_intern(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "intern() argument must be str, not %T", a.v[0]);
    if (asy_as_obj(a.v[0])->type != vm->types.str) return asy_raise(vm, EXC_TypeError, "can't intern %T", a.v[0]);
    StrObj *s = asy_intern_str(vm, asy_as_str(a.v[0]));
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value sys_getdefaultencoding(VM *vm, Args a) { return (void)a, asy_str_value(vm, "utf-8"); }
static Value sys_getfilesystemencodeerrors(VM *vm, Args a) { return (void)a, asy_str_value(vm, "surrogateescape"); }
static Value sys_is_finalizing(VM *vm, Args a) { return (void)a, asy_from_bool(vm->closing); }
static Value sys_getswitchinterval(VM *vm, Args a) { return (void)vm, (void)a, asy_from_double(0.005); }
static Value sys_get_int_max_str_digits(VM *vm, Args a) { return (void)a, asy_from_small(vm->int_digits_max); }
static Value sys_set_int_max_str_digits(VM *vm, Args a)
{
    int64_t n;
    if (!asy_to_i64(vm, a.v[0], &n)) return ASY_ERR;
    if (n != 0 && n < 640) return asy_raise(vm, EXC_ValueError, "maxdigits must be 0 or larger than 640");
    if (n > INT32_MAX) return asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C int");
    vm->int_digits_max = (uint32_t)n;
    return ASY_NONE;
}

// -- asynchronous generators

static const MemberDef hooks_fields[] = { STRUCTSEQ_FIELD(0, "firstiter", NULL), STRUCTSEQ_FIELD(1, "finalizer", NULL), { 0 } };
static const TypeDef hooks_type = STRUCTSEQ("sys.asyncgen_hooks", hooks_fields, "Hooks of asynchronous generators.");

static Value sys_get_asyncgen_hooks(VM *vm, Args a)
{
    (void)a;
    Thread *th = vm->thread;
    Value v[] = { asy_is_nil(th->asyncgen_firstiter) ? ASY_NONE : asy_retain(th->asyncgen_firstiter),
                  asy_is_nil(th->asyncgen_finalizer) ? ASY_NONE : asy_retain(th->asyncgen_finalizer) };
    return asy_structseq_make(vm, &hooks_type, v, 2);
}

static bool hook_ok(VM *vm, Value v, const char *which)
{
    if (asy_is_nil(v) || asy_is_none(v) || asy_is_callable(vm, v)) return true;
    asy_raise(vm, EXC_TypeError, "callable %s expected, got %T", which, v);
    return false;
}

static Value sys_set_asyncgen_hooks(VM *vm, Args a)
{
    if (!hook_ok(vm, a.v[1], "finalizer") || !hook_ok(vm, a.v[0], "firstiter")) return ASY_ERR;
    Thread *th = vm->thread;
    if (!asy_is_nil(a.v[0])) asy_set(vm, &th->asyncgen_firstiter, asy_is_none(a.v[0]) ? ASY_NIL : asy_retain(a.v[0]));
    if (!asy_is_nil(a.v[1])) asy_set(vm, &th->asyncgen_finalizer, asy_is_none(a.v[1]) ? ASY_NIL : asy_retain(a.v[1]));
    return ASY_NONE;
}

// -- breakpoint()

static Value sys_breakpointhook(VM *vm, Args a)
{
    Value hook = asy_import_attr(vm, "_breakpoint", "hook");
    if (asy_is_err(hook)) return ASY_ERR;
    Value r = asy_call(vm, hook, a.v, a.n, a.kwnames);
    asy_release(vm, hook);
    return r;
}

// -- tracing: none is built in, so that nothing is ever traced, and only None can be set

static Value sys_none(VM *vm, Args a) { return (void)vm, (void)a, ASY_NONE; }
static Value sys_settrace(VM *vm, Args a)
{
    if (asy_is_none(a.v[0])) return ASY_NONE;
    return asy_raise(vm, EXC_NotImplementedError, "tracing is not supported");
}

static const MethodDef sys_functions[] = {
    { "exc_info", sys_exc_info, "()", 0, "Current exception as (type, value, traceback)." },
    { "exception", sys_exception, "()", 0, "Current exception, or None." },
    { "exit", sys_exit, "(status=None, /)", 0, "Exit by raising SystemExit(status)." },
    { "excepthook", sys_excepthook, "(exctype, value, traceback, /)", 0, "Prints an uncaught exception to sys.stderr." },
    { "unraisablehook", asy_sys_unraisablehook, "(unraisable, /)", 0, "Reports an exception nobody can receive." },
    { "displayhook", sys_displayhook, "(object, /)", 0, "Prints an object at the prompt and saves it in builtins._." },
    { "_getframe", sys_getframe, "(depth=0, /)", 0, "Frame object of the caller, or of one depth calls further out." },
    { "breakpointhook", sys_breakpointhook, NULL, NATIVE_RAW, "breakpointhook(*args, **kws)\n\nThis hook function is called by built-in breakpoint()." },
    { "gettrace", sys_none, "()", 0, "None: nothing is traced." },
    { "settrace", sys_settrace, "(function, /)", 0, "Tracing is not supported: only None can be set." },
    { "getprofile", sys_none, "()", 0, "None: nothing is profiled." },
    { "setprofile", sys_settrace, "(function, /)", 0, "Profiling by function is not supported: only None can be set." },
    { "getrecursionlimit", sys_getrecursionlimit, "()", 0, "Largest depth of script calls." },
    { "setrecursionlimit", sys_setrecursionlimit, "(limit, /)", 0, "Sets the largest depth of script calls." },
    { "getrefcount", sys_getrefcount, "(object, /)", 0, "Reference count of an object." },
    { "getsizeof", sys_getsizeof, "(object, default=None)", 0, "Size of an object in bytes." },
    { "intern", sys_intern, "(string, /)", 0, "The one interned string of this text." },
    { "getdefaultencoding", sys_getdefaultencoding, "()", 0, "utf-8" },
    { "getfilesystemencoding", sys_getdefaultencoding, "()", 0, "utf-8" },
    { "getfilesystemencodeerrors", sys_getfilesystemencodeerrors, "()", 0, "surrogateescape" },
    { "is_finalizing", sys_is_finalizing, "()", 0, "Is the VM closing?" },
    { "getswitchinterval", sys_getswitchinterval, "()", 0, "Seconds after which another thread may run." },
    { "get_int_max_str_digits", sys_get_int_max_str_digits, "()", 0, "Digits an int may have in text; 0: any number." },
    { "set_int_max_str_digits", sys_set_int_max_str_digits, "(maxdigits)", 0, "Sets that limit." },
    { "get_asyncgen_hooks", sys_get_asyncgen_hooks, "()", 0, "Hooks of asynchronous generators in this thread." },
    { "set_asyncgen_hooks", sys_set_asyncgen_hooks, "(firstiter=None, finalizer=None)", 0, "Sets them." },
    { 0 },
};

// -- what the machine and the interpreter are

static const MemberDef version_fields[] = {
    STRUCTSEQ_FIELD(0, "major", NULL), STRUCTSEQ_FIELD(1, "minor", NULL), STRUCTSEQ_FIELD(2, "micro", NULL),
    STRUCTSEQ_FIELD(3, "releaselevel", NULL), STRUCTSEQ_FIELD(4, "serial", NULL), { 0 },
};
static const TypeDef version_type = STRUCTSEQ("sys.version_info", version_fields, "Version of the language.");

static Value version_info(VM *vm)
{
    Value v[] = { asy_from_small(3), asy_from_small(12), asy_from_small(1), asy_str_value(vm, "final"), asy_from_small(0) };
    return asy_structseq_make(vm, &version_type, v, 5);
}

static const MemberDef float_fields[] = {
    STRUCTSEQ_FIELD(0, "max", NULL), STRUCTSEQ_FIELD(1, "max_exp", NULL), STRUCTSEQ_FIELD(2, "max_10_exp", NULL),
    STRUCTSEQ_FIELD(3, "min", NULL), STRUCTSEQ_FIELD(4, "min_exp", NULL), STRUCTSEQ_FIELD(5, "min_10_exp", NULL),
    STRUCTSEQ_FIELD(6, "dig", NULL), STRUCTSEQ_FIELD(7, "mant_dig", NULL), STRUCTSEQ_FIELD(8, "epsilon", NULL),
    STRUCTSEQ_FIELD(9, "radix", NULL), STRUCTSEQ_FIELD(10, "rounds", NULL), { 0 },
};
static const TypeDef float_type = STRUCTSEQ("sys.float_info", float_fields, "The float type.");

static Value float_info(VM *vm)
{
    Value v[] = { asy_from_double(DBL_MAX), asy_from_small(DBL_MAX_EXP), asy_from_small(DBL_MAX_10_EXP),
                  asy_from_double(DBL_MIN), asy_from_small(DBL_MIN_EXP), asy_from_small(DBL_MIN_10_EXP),
                  asy_from_small(DBL_DIG), asy_from_small(DBL_MANT_DIG), asy_from_double(DBL_EPSILON),
                  asy_from_small(FLT_RADIX), asy_from_small(1) };
    return asy_structseq_make(vm, &float_type, v, 11);
}

static const MemberDef int_fields[] = {
    STRUCTSEQ_FIELD(0, "bits_per_digit", NULL), STRUCTSEQ_FIELD(1, "sizeof_digit", NULL),
    STRUCTSEQ_FIELD(2, "default_max_str_digits", NULL), STRUCTSEQ_FIELD(3, "str_digits_check_threshold", NULL), { 0 },
};
static const TypeDef int_type = STRUCTSEQ("sys.int_info", int_fields, "The int type.");

static Value int_info(VM *vm)
{
    Value v[] = { asy_from_small(60), asy_from_small(8), asy_from_small(4300), asy_from_small(640) };
    return asy_structseq_make(vm, &int_type, v, 4);
}

static const MemberDef hash_fields[] = {
    STRUCTSEQ_FIELD(0, "width", NULL), STRUCTSEQ_FIELD(1, "modulus", NULL), STRUCTSEQ_FIELD(2, "inf", NULL),
    STRUCTSEQ_FIELD(3, "nan", NULL), STRUCTSEQ_FIELD(4, "imag", NULL), STRUCTSEQ_FIELD(5, "algorithm", NULL),
    STRUCTSEQ_FIELD(6, "hash_bits", NULL), STRUCTSEQ_FIELD(7, "seed_bits", NULL), STRUCTSEQ_FIELD(8, "cutoff", NULL), { 0 },
};
static const TypeDef hash_type = STRUCTSEQ("sys.hash_info", hash_fields, "How numbers and strings are hashed.");

static Value hash_info(VM *vm)
{
    Value v[] = { asy_from_small(64), asy_int_from_i64(vm, (INT64_C(1) << 61) - 1), asy_from_small(314159), asy_from_small(0),
                  asy_from_small(1000003), asy_str_value(vm, "siphash13"), asy_from_small(64), asy_from_small(128),
                  asy_from_small(0) };
    return asy_structseq_make(vm, &hash_type, v, 9);
}

static const MemberDef flags_fields[] = {
    STRUCTSEQ_FIELD(0, "debug", NULL), STRUCTSEQ_FIELD(1, "inspect", NULL), STRUCTSEQ_FIELD(2, "interactive", NULL),
    STRUCTSEQ_FIELD(3, "optimize", NULL), STRUCTSEQ_FIELD(4, "dont_write_bytecode", NULL),
    STRUCTSEQ_FIELD(5, "no_user_site", NULL), STRUCTSEQ_FIELD(6, "no_site", NULL),
    STRUCTSEQ_FIELD(7, "ignore_environment", NULL), STRUCTSEQ_FIELD(8, "verbose", NULL),
    STRUCTSEQ_FIELD(9, "bytes_warning", NULL), STRUCTSEQ_FIELD(10, "quiet", NULL),
    STRUCTSEQ_FIELD(11, "hash_randomization", NULL), STRUCTSEQ_FIELD(12, "isolated", NULL),
    STRUCTSEQ_FIELD(13, "dev_mode", NULL), STRUCTSEQ_FIELD(14, "utf8_mode", NULL),
    STRUCTSEQ_FIELD(15, "warn_default_encoding", NULL), STRUCTSEQ_FIELD(16, "safe_path", NULL),
    STRUCTSEQ_FIELD(17, "int_max_str_digits", NULL), { 0 },
};
static const TypeDef flags_type = STRUCTSEQ("sys.flags", flags_fields, "How the interpreter was started.");

static Value flags(VM *vm, const SysConfig *c)
{
    Value v[18];
    for (int i = 0; i < 18; i++) v[i] = asy_from_small(0);
    v[4] = asy_from_small(1);
    v[5] = asy_from_small(1);
    v[6] = asy_from_small(1);
    v[7] = asy_from_small(c->isolated);
    v[11] = asy_from_small(!c->fixed_hash);
    v[12] = asy_from_small(c->isolated);
    v[13] = asy_from_bool(c->dev_mode);
    v[14] = asy_from_small(1);
    v[16] = asy_from_bool(c->isolated);
    v[17] = asy_from_small(vm->int_digits_max);
    return asy_structseq_make(vm, &flags_type, v, 18);
}

// sys.implementation: what the interpreter says of itself.
static Value implementation(VM *vm)
{
    DictObj *d = asy_dict_new(vm);
    Value result = ASY_ERR;
    if (d && asy_dict_set_c(vm, d, "name", asy_str_value(vm, "asy")) &&
        asy_dict_set_c(vm, d, "cache_tag", asy_str_value(vm, "asy-312")) && asy_dict_set_c(vm, d, "version", version_info(vm)) &&
        asy_dict_set_c(vm, d, "hexversion", asy_from_small(0x030C01F0))) {
        result = asy_call_tuple(vm, asy_from_obj(vm->types.simple_namespace), vm->empty_tuple, asy_from_obj(d));
    }
    asy_release_obj(vm, d);
    return result;
}

static Value str_list(VM *vm, const char *const *items)
{
    ListObj *l = asy_list_new(vm, 0);
    if (!l) return ASY_ERR;
    for (; items && *items; items++) {
        StrObj *s = asy_str_decode(vm, *items, strlen(*items), "surrogateescape");
        if (!s || !asy_list_append_owned(vm, l, asy_from_obj(s))) {
            asy_release_obj(vm, l);
            return ASY_ERR;
        }
    }
    return asy_from_obj(l);
}

// Names separated by ':'; an empty one means the current folder.
static bool add_path(VM *vm, ListObj *path, const char *text)
{
    for (const char *p = text; p && *p;) {
        size_t len = strcspn(p, ":");
        StrObj *s = asy_str_decode(vm, p, len, "surrogateescape");
        if (!s || !asy_list_append_owned(vm, path, asy_from_obj(s))) return false;
        p += len + (p[len] == ':');
    }
    return true;
}

static Value builtin_names(VM *vm)
{
    ListObj *l = asy_list_new(vm, 0);
    bool ok = l && asy_list_append_owned(vm, l, asy_retain(asy_from_obj(asy_name(vm, builtins)))) &&
              asy_list_append_owned(vm, l, asy_retain(asy_from_obj(asy_name(vm, sys))));
    for (const ModuleDef *const *m = vm->import.native; ok && m && *m; m++) {
        Value s = asy_str_value(vm, (*m)->name);
        ok = !asy_is_err(s) && asy_list_append_owned(vm, l, s);
    }
    ok = ok && asy_list_sort(vm, l, ASY_NIL, false);
    TupleObj *t = ok ? asy_list_to_tuple(vm, l) : NULL;
    asy_release_obj(vm, l);
    return t ? asy_from_obj(t) : ASY_ERR;
}

// Every module of the library, by its first name.
static Value library_names(VM *vm)
{
    SetObj *all = asy_set_new(vm, vm->types.frozenset);
    bool ok = all != NULL;
    for (const ModuleDef *const *m = vm->import.native; ok && m && *m; m++) {
        Value s = asy_str_value(vm, (*m)->name);
        ok = !asy_is_err(s) && asy_set_add(vm, all, s);
        if (!asy_is_err(s)) asy_release(vm, s);
    }
    for (size_t i = 0; ok && i < vm->import.embedded_count; i++) {
        const char *name = vm->import.embedded[i].name;
        Value s = asy_value_or_err(asy_str_new(vm, name, strcspn(name, ".")));
        ok = !asy_is_err(s) && asy_set_add(vm, all, s);
        if (!asy_is_err(s)) asy_release(vm, s);
    }
    if (ok) return asy_from_obj(all);
    asy_release_obj(vm, all);
    return ASY_ERR;
}

// -- audit hooks: a list that the two functions share as their `self`

static Value sys_audit(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "expected str for argument 'event', not %.200T", a.v[0]);
    ListObj *hooks = asy_as_list(a.self);
    for (size_t i = 0; i < hooks->size; i++) {
        Value hook = asy_retain(hooks->items[i]), r = asy_call2(vm, hook, a.v[0], a.v[1]);
        asy_release(vm, hook);
        if (asy_is_err(r)) return ASY_ERR;
        asy_release(vm, r);
    }
    return ASY_NONE;
}
// The hooks there are may refuse another one by raising; an Exception then goes no further.
static Value sys_addaudithook(VM *vm, Args a)
{
    Value event = asy_str_value(vm, "sys.addaudithook"), r = ASY_ERR;
    if (asy_is_err(event)) return ASY_ERR;
    const Value args[] = { event, vm->empty_tuple };
    Args call = { .self = a.self, .v = args, .n = 2, .kwnames = ASY_NIL };
    r = sys_audit(vm, call);
    asy_release(vm, event);
    if (asy_is_err(r)) return asy_error_catch(vm, EXC_Exception) ? ASY_NONE : ASY_ERR;
    return asy_list_append_owned(vm, asy_as_list(a.self), asy_retain(a.v[0])) ? ASY_NONE : ASY_ERR;
}
static const MethodDef audit_functions[] = {
    { "audit", sys_audit, "(event, /, *args)", 0, "Passes the event to any hooks that are attached." },
    { "addaudithook", sys_addaudithook, "(hook)", 0, "Adds a new audit hook callback." },
    { 0 },
};
static bool add_audit(VM *vm, DictObj *d)
{
    ListObj *hooks = asy_list_new(vm, 0);
    Value module = asy_from_obj(asy_name(vm, sys));
    bool ok = hooks && asy_dict_set_c(vm, d, "audit", asy_native_new(vm, &audit_functions[0], asy_from_obj(hooks), module)) &&
              asy_dict_set_c(vm, d, "addaudithook", asy_native_new(vm, &audit_functions[1], asy_from_obj(hooks), module));
    asy_release_obj(vm, hooks);
    return ok;
}

// -- _xoptions: {name: value, or True}

static Value x_options(VM *vm, const char *const *options)
{
    DictObj *d = asy_dict_new(vm);
    for (; d && options && *options; options++) {
        const char *eq = strchr(*options, '=');
        size_t size = eq ? (size_t)(eq - *options) : strlen(*options);
        StrObj *name = asy_str_decode(vm, *options, size, "surrogateescape");
        StrObj *value = eq ? asy_str_decode(vm, eq + 1, strlen(eq + 1), "surrogateescape") : NULL;
        bool ok = name && (!eq || value) && asy_dict_set_str(vm, d, name, eq ? asy_from_obj(value) : ASY_TRUE);
        // A limit on digits is the VM's from the start.
        if (ok && eq && asy_str_is(name, "int_max_str_digits")) vm->int_digits_max = (uint32_t)strtoul(eq + 1, NULL, 10);
        asy_release_obj(vm, name);
        asy_release_obj(vm, value);
        if (!ok) {
            asy_release_obj(vm, d);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(d);
}

bool asy_sys_init(VM *vm, const SysConfig *c)
{
    DictObj *d = vm->sys_dict;
    Value path = str_list(vm, NULL);
    bool ok = asy_module_add_functions(vm, vm->sys_module, sys_functions);
    ok = ok && !asy_is_err(path) && add_path(vm, asy_as_list(path), c->path);
    if (!ok) {
        if (!asy_is_err(path)) asy_release(vm, path);
        return false;
    }
    char executable[4096];
    ssize_t n = c->isolated ? 0 : readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[n > 0 ? n : 0] = 0;
    return asy_dict_set_c(vm, d, "path", path) && add_audit(vm, d) && asy_dict_set_c(vm, d, "argv", str_list(vm, c->argv)) &&
           asy_dict_set_c(vm, d, "orig_argv", str_list(vm, c->argv)) &&
           asy_dict_set_c(vm, d, "warnoptions", str_list(vm, c->warn_options)) &&
           asy_dict_set_c(vm, d, "_xoptions", x_options(vm, c->x_options)) &&
           asy_dict_set_c(vm, d, "path_hooks", str_list(vm, NULL)) &&
           asy_dict_set_c(vm, d, "meta_path", str_list(vm, NULL)) &&
           asy_dict_set_c(vm, d, "modules", asy_from_obj(asy_retain_obj(vm->modules))) &&
           asy_dict_set_c(vm, d, "version", asy_str_value(vm, "3.12.1 (asy " ASY_VERSION_TEXT ")")) &&
           asy_dict_set_c(vm, d, "version_info", version_info(vm)) &&
           asy_dict_set_c(vm, d, "hexversion", asy_from_small(0x030C01F0)) &&
           asy_dict_set_c(vm, d, "api_version", asy_from_small(1013)) &&
           asy_dict_set_c(vm, d, "copyright", asy_str_value(vm, "The asy authors")) &&
           asy_dict_set_c(vm, d, "implementation", implementation(vm)) &&
           asy_dict_set_c(vm, d, "flags", flags(vm, c)) && asy_dict_set_c(vm, d, "float_info", float_info(vm)) &&
           asy_dict_set_c(vm, d, "int_info", int_info(vm)) && asy_dict_set_c(vm, d, "hash_info", hash_info(vm)) &&
           asy_dict_set_c(vm, d, "float_repr_style", asy_str_value(vm, "short")) &&
           asy_dict_set_c(vm, d, "maxsize", asy_int_from_i64(vm, INT64_MAX)) &&
           asy_dict_set_c(vm, d, "maxunicode", asy_from_small(0x10FFFF)) &&
           asy_dict_set_c(vm, d, "byteorder", asy_str_value(vm, "little")) &&
           asy_dict_set_c(vm, d, "platform", asy_str_value(vm, "linux")) &&
           asy_dict_set_c(vm, d, "executable", asy_str_value(vm, executable)) &&
           asy_dict_set_c(vm, d, "prefix", asy_str_value(vm, "/usr")) &&
           asy_dict_set_c(vm, d, "base_prefix", asy_str_value(vm, "/usr")) &&
           asy_dict_set_c(vm, d, "exec_prefix", asy_str_value(vm, "/usr")) &&
           asy_dict_set_c(vm, d, "base_exec_prefix", asy_str_value(vm, "/usr")) &&
           asy_dict_set_c(vm, d, "platlibdir", asy_str_value(vm, "lib")) &&
           asy_dict_set_c(vm, d, "abiflags", asy_str_value(vm, "")) &&
           asy_dict_set_c(vm, d, "pycache_prefix", ASY_NONE) &&
           asy_dict_set_c(vm, d, "dont_write_bytecode", ASY_TRUE) &&
           asy_dict_set_c(vm, d, "builtin_module_names", builtin_names(vm)) &&
           asy_dict_set_c(vm, d, "stdlib_module_names", library_names(vm)) &&
           asy_dict_set_c(vm, d, "__excepthook__", asy_retain(asy_dict_get_str(vm, d, asy_name(vm, excepthook)))) &&
           asy_dict_set_c(vm, d, "__breakpointhook__", asy_retain(asy_dict_get_str(vm, d, asy_name(vm, breakpointhook)))) &&
           asy_dict_set_c(vm, d, "__displayhook__", asy_retain(asy_dict_get_str(vm, d, asy_name(vm, displayhook)))) &&
           asy_dict_set_c(vm, d, "__unraisablehook__", asy_retain(asy_dict_get_str(vm, d, asy_name(vm, unraisablehook))));
}
