// The module _io: its table, and open().
#include "stdlib/io.h"

#include <stdio.h>

// The parts of a mode, "r+b" for instance.
typedef struct Mode {
    char raw[8];                // for FileIO
    bool creating, reading, writing, appending, updating, text, binary;
} Mode;

static bool parse_mode(VM *vm, StrObj *text, Mode *m)
{
    *m = (Mode){ .raw = "" };
    for (const char *c = text->data; *c; c++) {
        switch (*c) {
        case 'x': m->creating = true; break;
        case 'r': m->reading = true; break;
        case 'w': m->writing = true; break;
        case 'a': m->appending = true; break;
        case '+': m->updating = true; break;
        case 't': m->text = true; break;
        case 'b': m->binary = true; break;
        default: asy_raise(vm, EXC_ValueError, "invalid mode: '%U'", text); return false;
        }
        if (strchr(c + 1, *c)) return (void)asy_raise(vm, EXC_ValueError, "invalid mode: '%U'", text), false;
    }
    char *to = m->raw;
    if (m->creating) *to++ = 'x';
    if (m->reading) *to++ = 'r';
    if (m->writing) *to++ = 'w';
    if (m->appending) *to++ = 'a';
    if (m->updating) *to++ = '+';
    *to = 0;
    if (m->text && m->binary) return (void)asy_raise(vm, EXC_ValueError, "can't have text and binary mode at once"), false;
    if (m->creating + m->reading + m->writing + m->appending > 1) {
        asy_raise(vm, EXC_ValueError, "must have exactly one of create/read/write/append mode");
        return false;
    }
    return true;
}

static bool no_text_argument(VM *vm, Value v, const char *what)
{
    if (asy_absent(v)) return true;
    asy_raise(vm, EXC_ValueError, "binary mode doesn't take %s argument", what);
    return false;
}

static bool text_argument(VM *vm, Value v, const char *name)
{
    if (asy_absent(v) || asy_is_str(vm, v)) return true;
    asy_raise(vm, EXC_TypeError, "open() argument '%s' must be str or None, not %T", name, v);
    return false;
}

// What stands on the raw stream: the stream that open() gives. `raw` is borrowed.
static Value wrapped(VM *vm, Value raw, const Mode *m, StrObj *mode, int64_t buffering, Value encoding, Value errors, Value newline)
{
    bool lines = buffering == 1;
    if (lines && m->binary &&
        !asy_warn(vm, EXC_RuntimeWarning, 1,
                  "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used")) {
        return ASY_ERR;
    }
    if (buffering < 0) {
        int terminal = asy_io_ask(vm, raw, asy_name(vm, isatty));
        if (terminal < 0) return ASY_ERR;
        lines = terminal;
    }
    if (buffering < 0 || buffering == 1) buffering = asy_file_io_block_size(raw);
    if (buffering == 0) return m->binary ? asy_retain(raw) : asy_raise(vm, EXC_ValueError, "can't have unbuffered text I/O");
    const TypeDef *def = m->updating ? &asy_buffered_random_type : m->reading ? &asy_buffered_reader_type : &asy_buffered_writer_type;
    Type *type = asy_type_ready(vm, def);
    Value size = type ? asy_int_from_i64(vm, buffering) : ASY_ERR;
    Value buffer = asy_is_err(size) ? ASY_ERR : asy_call2(vm, asy_from_obj(type), raw, size);
    asy_release(vm, size);
    if (asy_is_err(buffer) || m->binary) return buffer;
    Value text = asy_text_io_new(vm, buffer, encoding, errors, newline, lines, false);
    asy_release(vm, buffer);
    if (!asy_is_err(text) && !asy_setattr(vm, text, asy_name(vm, mode), asy_from_obj(mode))) asy_set(vm, &text, ASY_ERR);
    return text;
}

static Value io_open(VM *vm, Args a)
{
    static const char *const names[] = { "file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener" };
    Value v[8];
    int64_t buffering = -1;
    bool closefd = true;
    StrObj *mode = NULL;
    Mode m;
    if (!asy_new_args(vm, "open", names, 8, 0, 1, a, v)) return ASY_ERR;
    if (!asy_is_nil(v[1]) && !asy_arg_str(vm, v[1], "open() argument 'mode'", &mode)) return ASY_ERR;
    if (!asy_arg_i64(vm, v[2], &buffering) || !text_argument(vm, v[3], "encoding") || !text_argument(vm, v[4], "errors") ||
        !text_argument(vm, v[5], "newline") || !asy_arg_bool(vm, v[6], &closefd)) {
        return ASY_ERR;
    }
    mode = mode ? asy_retain_obj(mode) : asy_str_from_c(vm, "r");
    if (!mode) return ASY_ERR;
    Value raw = ASY_ERR, out = ASY_ERR;
    if (parse_mode(vm, mode, &m) &&
        (!m.binary || (no_text_argument(vm, v[3], "an encoding") && no_text_argument(vm, v[4], "an errors") &&
                       no_text_argument(vm, v[5], "a newline")))) {
        Value file = asy_is_integer(vm, v[0]) ? asy_retain(v[0]) : asy_io_path(vm, v[0]);
        if (!asy_is_err(file)) raw = asy_file_io_open(vm, file, m.raw, closefd, v[7]);
        asy_release(vm, file);
    }
    if (!asy_is_err(raw)) {
        out = wrapped(vm, raw, &m, mode, buffering, v[3], v[4], v[5]);
        if (asy_is_err(out)) {
            Value failed = asy_error_fetch(vm);
            asy_io_try(vm, raw, asy_name(vm, close));
            asy_io_both(vm, failed);
        }
    }
    asy_release(vm, raw);
    asy_release_obj(vm, mode);
    return out;
}

static Value io_open_code(VM *vm, Args a)
{
    StrObj *path;
    if (!asy_arg_str(vm, a.v[0], "open_code() argument 'path'", &path)) return ASY_ERR;
    Value mode = asy_str_value(vm, "rb"), v[] = { a.v[0], mode };
    Value file = asy_is_err(mode) ? ASY_ERR : io_open(vm, (Args){ .self = a.self, .v = v, .n = 2, .kwnames = ASY_NIL });
    asy_release(vm, mode);
    return file;
}

static Value io_text_encoding(VM *vm, Args a) { return asy_is_none(a.v[0]) ? asy_str_value(vm, "locale") : asy_retain(a.v[0]); }

static const MethodDef functions[] = {
    { "open", io_open, "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)", NATIVE_RAW,
      "Open a file and give a stream over it.\n\n"
      "file is a path, or a descriptor, which close() closes unless closefd is false. mode: 'r' to read, 'w' to write anew,\n"
      "'a' to append, 'x' to create a file that is not there; '+' for both reading and writing; 'b' for bytes instead of text.\n"
      "buffering: 0 for none (bytes only), 1 for lines (text only), more for a buffer of that size. encoding, errors and newline\n"
      "are those of io.TextIOWrapper. opener(file, flags) gives the descriptor, if there is one." },
    { "open_code", io_open_code, "(path)", 0, "A file of code, opened to read its bytes." },
    { "text_encoding", io_text_encoding, "(encoding, stacklevel=2, /)", 0, "The encoding to open with: 'locale' where None was given." },
    { 0 },
};

bool asy_io_add_open(VM *vm)
{
    Value module = asy_str_value(vm, "_io"), f = asy_is_err(module) ? ASY_ERR : asy_native_new(vm, &functions[0], ASY_NIL, module);
    asy_release(vm, module);
    return asy_dict_set_c(vm, vm->builtins, "open", f);
}

static bool add_unsupported(VM *vm, Value module)
{
    DictObj *ns = asy_dict_new(vm);
    Value name = asy_str_value(vm, "UnsupportedOperation"), cls = ASY_ERR;
    Value bases = asy_tuple_pack(vm, 2, asy_from_obj(vm->exc[EXC_OSError]), asy_from_obj(vm->exc[EXC_ValueError]));
    if (ns && !asy_is_err(name) && !asy_is_err(bases) && asy_dict_set_c(vm, ns, "__module__", asy_str_value(vm, "io")))
        cls = asy_call3(vm, asy_from_obj(vm->types.type), name, bases, asy_from_obj(ns));
    asy_release_obj(vm, ns);
    asy_release(vm, name);
    asy_release(vm, bases);
    return asy_module_add(vm, module, "UnsupportedOperation", cls);
}

static bool io_init(VM *vm, Value module)
{
    static const TypeDef *const types[] = {
        &asy_io_base_type, &asy_io_raw_base_type, &asy_io_buffered_base_type, &asy_io_text_base_type, &asy_file_io_type,
        &asy_buffered_reader_type, &asy_buffered_writer_type, &asy_buffered_random_type, &asy_buffered_pair_type,
        &asy_text_io_type, &asy_newline_decoder_type, &asy_string_io_type, &asy_bytes_io_type, &asy_bytes_io_buffer_type,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!asy_module_add_type(vm, module, types[i])) return false;
    // The function is the one that builtins has.
    Value open = asy_builtin_get(vm, "open");
    return !asy_is_err(open) && asy_module_add(vm, module, "open", asy_retain(open)) && add_unsupported(vm, module) &&
           asy_module_add(vm, module, "DEFAULT_BUFFER_SIZE", asy_from_small(IO_BUFFER_SIZE)) &&
           asy_module_add(vm, module, "BlockingIOError", asy_from_obj(asy_retain_obj(vm->exc[EXC_BlockingIOError])));
}

const ModuleDef asy_module__io = { .name = "_io", .doc = "Streams: the types of the module io, and open().",
                                  .functions = functions, .init = io_init };
