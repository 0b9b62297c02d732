// The module _io: in-memory streams, what all streams share, and open().
#include "stdlib/io.h"

Value asy_io_unsupported(VM *vm, const char *what)
{
    Value cls = asy_import_attr(vm, "_io", "UnsupportedOperation");
    if (asy_is_err(cls)) return ASY_ERR;
    Value text = asy_str_value(vm, what);
    if (!asy_is_err(text)) {
        asy_raise_class(vm, asy_as(Type, cls), text);
        asy_release(vm, text);
    }
    asy_release(vm, cls);
    return ASY_ERR;
}

Value asy_io_self(VM *vm, Value self) { return (void)vm, asy_retain(self); }
Value asy_io_self_false(VM *vm, Value self) { return (void)vm, (void)self, ASY_FALSE; }
Value asy_io_enter(VM *vm, Args a) { return (void)vm, asy_retain(a.self); }
Value asy_io_true(VM *vm, Args a) { return (void)vm, (void)a, ASY_TRUE; }
Value asy_io_false(VM *vm, Args a) { return (void)vm, (void)a, ASY_FALSE; }
Value asy_io_close_method(VM *vm, Args a)
{
    Value r = asy_call_method0(vm, a.self, asy_name(vm, close));
    if (asy_is_err(r)) return ASY_ERR;
    asy_release(vm, r);
    return ASY_NONE;
}

Value asy_io_readlines(VM *vm, Args a)
{
    int64_t hint = -1, got = 0;
    if (!asy_absent(a.v[0]) && !asy_to_i64(vm, a.v[0], &hint)) return ASY_ERR;
    ListObj *lines = asy_list_new(vm, 0);
    if (!lines) return ASY_ERR;
    for (;;) {
        Value line = asy_next(vm, a.self);
        if (asy_is_done(line)) return asy_from_obj(lines);
        int64_t n = asy_is_err(line) ? -1 : asy_length(vm, line);
        if (n < 0 || !asy_list_append_owned(vm, lines, line)) {
            asy_release_obj(vm, lines);
            return ASY_ERR;
        }
        got += n;
        if (hint > 0 && got >= hint) return asy_from_obj(lines);
    }
}

Value asy_io_writelines(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]);
    if (asy_is_err(it)) return ASY_ERR;
    for (;;) {
        Value line = asy_next(vm, it);
        if (asy_is_done(line)) break;
        Value r = asy_is_err(line) ? ASY_ERR : asy_call_method1(vm, a.self, asy_name(vm, write), line);
        if (!asy_is_err(line)) asy_release(vm, line);
        if (asy_is_err(r)) {
            asy_release(vm, it);
            return ASY_ERR;
        }
        asy_release(vm, r);
    }
    asy_release(vm, it);
    return ASY_NONE;
}

// open() is written in the language (script/_files.asy) and loaded when it is first called.
static Value io_open(VM *vm, Args a)
{
    Value f = asy_import_attr(vm, "_files", "open");
    if (asy_is_err(f)) return ASY_ERR;
    Value r = asy_call(vm, f, a.v, a.n, a.kwnames);
    asy_release(vm, f);
    return r;
}
static const MethodDef functions[] = {
    { "open", io_open, NULL, NATIVE_RAW,
      "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)\n\n"
      "Open file and return a stream.  Raise OSError upon failure." },
    { 0 },
};

bool asy_io_add_open(VM *vm)
{
    Value f = asy_native_new(vm, &functions[0], ASY_NIL, asy_from_obj(asy_name(vm, builtins)));
    return asy_dict_set_c(vm, vm->builtins, "open", f);
}

static bool io_init(VM *vm, Value module)
{
    DictObj *ns = asy_dict_new(vm);
    Value name = asy_str_value(vm, "UnsupportedOperation");
    Value bases = asy_tuple_pack(vm, 2, asy_from_obj(vm->exc[EXC_OSError]), asy_from_obj(vm->exc[EXC_ValueError]));
    Value cls = ASY_ERR;
    if (ns && !asy_is_err(name) && !asy_is_err(bases) && asy_dict_set_c(vm, ns, "__module__", asy_str_value(vm, "io"))) {
        cls = asy_call3(vm, asy_from_obj(vm->types.type), name, bases, asy_from_obj(ns));
    }
    asy_release_obj(vm, ns);
    if (!asy_is_err(name)) asy_release(vm, name);
    if (!asy_is_err(bases)) asy_release(vm, bases);
    return !asy_is_err(cls) && asy_module_add(vm, module, "UnsupportedOperation", cls) &&
           asy_module_add_type(vm, module, &asy_string_io_type) && asy_module_add_type(vm, module, &asy_bytes_io_type) &&
           asy_module_add_type(vm, module, &asy_text_stream_type) &&
           asy_module_add(vm, module, "DEFAULT_BUFFER_SIZE", asy_from_small(8192)) &&
           asy_module_add(vm, module, "SEEK_SET", asy_from_small(0)) &&
           asy_module_add(vm, module, "SEEK_CUR", asy_from_small(1)) &&
           asy_module_add(vm, module, "SEEK_END", asy_from_small(2)) &&
           asy_module_add(vm, module, "BlockingIOError", asy_from_obj(asy_retain_obj(vm->exc[EXC_BlockingIOError])));
}

const ModuleDef asy_module__io = { .name = "_io", .doc = "Streams in memory, the standard streams' types, and open().",
                                 .functions = functions, .init = io_init };
