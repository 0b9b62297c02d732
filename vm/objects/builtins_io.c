// print, input and breakpoint: the builtins that go through sys.
//
// As long as there is no sys.stdout at all (a VM without a sys module), print writes to the host's output.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/builtins.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

enum { FD_STDOUT = 1 };

// sys.NAME, borrowed: NIL if it is not there.
static Value sys_stream(VM *vm, StrObj *name) { return vm->sys_dict ? asy_dict_get_str(vm, vm->sys_dict, name) : ASY_NIL; }

typedef struct PrintArgs {
    Value sep, end, file, flush;        // NIL: not given
} PrintArgs;

static bool print_options(VM *vm, Args a, PrintArgs *out)
{
    *out = (PrintArgs){ ASY_NIL, ASY_NIL, ASY_NIL, ASY_NIL };
    for (size_t i = 0; !asy_is_nil(a.kwnames) && i < asy_as_tuple(a.kwnames)->size; i++) {
        StrObj *name = asy_as_str(asy_as_tuple(a.kwnames)->items[i]);
        Value v = a.v[a.n + i], *to = NULL;
        if (asy_str_is(name, "sep")) to = &out->sep;
        else if (asy_str_is(name, "end")) to = &out->end;
        else if (asy_str_is(name, "file")) to = &out->file;
        else if (asy_str_is(name, "flush")) to = &out->flush;
        if (!to) {
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for print()", name);
            return false;
        }
        *to = asy_is_none(v) ? ASY_NIL : v;
    }
    if (!asy_is_nil(out->sep) && !asy_is_str(vm, out->sep)) {
        asy_raise(vm, EXC_TypeError, "sep must be None or a string, not %.200T", out->sep);
        return false;
    }
    if (!asy_is_nil(out->end) && !asy_is_str(vm, out->end)) {
        asy_raise(vm, EXC_TypeError, "end must be None or a string, not %.200T", out->end);
        return false;
    }
    return true;
}

static bool write_str(VM *vm, Value file, Value text)
{
    Value r = asy_call_method1(vm, file, asy_name(vm, write), text);
    asy_release(vm, r);
    return !asy_is_err(r);
}

// Piece by piece, as a class with a write of its own sees it under CPython.
static bool print_pieces(VM *vm, Args a, const PrintArgs *o, Value file)
{
    Value space = asy_str_value(vm, " "), newline = asy_is_err(space) ? ASY_ERR : asy_str_value(vm, "\n");
    bool ok = !asy_is_err(newline);
    for (uint32_t i = 0; i < a.n && ok; i++) {
        ok = i == 0 || write_str(vm, file, asy_is_nil(o->sep) ? space : o->sep);
        Value text = ok ? asy_str(vm, a.v[i]) : ASY_ERR;
        ok = !asy_is_err(text) && write_str(vm, file, text);
        asy_release(vm, text);
    }
    ok = ok && write_str(vm, file, asy_is_nil(o->end) ? newline : o->end);
    asy_release(vm, space);
    asy_release(vm, newline);
    return ok;
}

// All of it in one text; NULL: raised.
static bool print_line(VM *vm, Args a, const PrintArgs *o, StrBuilder *b)
{
    bool ok = true;
    for (uint32_t i = 0; i < a.n && ok; i++) {
        if (i) ok = asy_is_nil(o->sep) ? asy_builder_bytes(b, " ", 1) : asy_builder_str(b, asy_as_str(o->sep));
        if (!ok) break;
        if (asy_is_obj(a.v[i]) && asy_as_obj(a.v[i])->type == vm->types.str) ok = asy_builder_str(b, asy_as_str(a.v[i]));
        else ok = asy_builder_str_of(b, a.v[i]);
    }
    return ok && (asy_is_nil(o->end) ? asy_builder_bytes(b, "\n", 1) : asy_builder_str(b, asy_as_str(o->end)));
}

static Value builtin_print(VM *vm, Args a)
{
    PrintArgs o;
    if (!print_options(vm, a, &o)) return ASY_ERR;
    Value file = asy_is_nil(o.file) ? sys_stream(vm, asy_name(vm, stdout)) : o.file;
    if (asy_is_none(file)) return ASY_NONE;
    if (asy_is_nil(file) && vm->sys_dict) return asy_raise(vm, EXC_RuntimeError, "lost sys.stdout");
    asy_retain(file);       // sys.stdout may be replaced by what is printed
    bool ok;
    if (!asy_is_nil(file) && asy_type_of(vm, file)->flags & TYPE_HEAP) {
        ok = print_pieces(vm, a, &o, file);
    } else {
        StrBuilder b;
        asy_builder_init(&b, vm);
        ok = print_line(vm, a, &o, &b);
        if (ok && asy_is_nil(file)) {
            if (vm->write) vm->write(vm, FD_STDOUT, b.data, b.size);
        } else if (ok) {
            StrObj *text = asy_builder_finish(&b);
            ok = text && write_str(vm, file, asy_from_obj(text));
            asy_release_obj(vm, text);
            asy_builder_init(&b, vm);
        }
        asy_builder_free(&b);
    }
    bool flush = false;
    ok = ok && asy_arg_bool(vm, o.flush, &flush);
    if (ok && flush && !asy_is_nil(file)) {
        Value r = asy_call_method0(vm, file, asy_name(vm, flush));
        ok = !asy_is_err(r);
        asy_release(vm, r);
    }
    asy_release(vm, file);
    return ok ? ASY_NONE : ASY_ERR;
}

static bool call_flush(VM *vm, Value file)
{
    Value r = asy_call_method0(vm, file, asy_name(vm, flush));
    asy_release(vm, r);
    return !asy_is_err(r);
}

static Value builtin_input(VM *vm, Args a)
{
    Value in = sys_stream(vm, asy_name(vm, stdin)), out = sys_stream(vm, asy_name(vm, stdout));
    if (asy_is_nil(in) || asy_is_none(in)) return asy_raise(vm, EXC_RuntimeError, "input(): lost sys.stdin");
    if (asy_is_nil(out) || asy_is_none(out)) return asy_raise(vm, EXC_RuntimeError, "input(): lost sys.stdout");
    asy_retain(in);
    asy_retain(out);
    bool ok = true;
    if (!asy_is_nil(a.v[0])) {
        Value prompt = asy_str(vm, a.v[0]);
        ok = !asy_is_err(prompt) && write_str(vm, out, prompt);
        asy_release(vm, prompt);
    }
    ok = ok && call_flush(vm, out);
    Value line = ok ? asy_call_method0(vm, in, asy_name(vm, readline)) : ASY_ERR;
    asy_release(vm, in);
    asy_release(vm, out);
    if (asy_is_err(line)) return ASY_ERR;
    if (!asy_is_str(vm, line)) {
        asy_raise(vm, EXC_TypeError, "object.readline() returned non-string");
        asy_release(vm, line);
        return ASY_ERR;
    }
    StrObj *s = asy_as_str(line);
    if (s->size == 0) {
        asy_release(vm, line);
        return asy_raise(vm, EXC_EOFError, "EOF when reading a line");
    }
    if (s->data[s->size - 1] != '\n') return line;
    StrObj *text = asy_str_new(vm, s->data, s->size - 1);
    asy_release(vm, line);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value builtin_breakpoint(VM *vm, Args a)
{
    Value hook = vm->sys_dict ? asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, breakpointhook)) : ASY_NIL;
    if (asy_is_nil(hook)) return asy_error_pending(vm) ? ASY_ERR : asy_raise(vm, EXC_RuntimeError, "lost sys.breakpointhook");
    asy_retain(hook);
    Value out = asy_call(vm, hook, a.v, a.n, a.kwnames);
    asy_release(vm, hook);
    return out;
}

const MethodDef asy_builtins_io_functions[] = {
    { "print", builtin_print, NULL, NATIVE_RAW,
      "Prints the values to a stream, or to sys.stdout by default.\n\n  sep\n    string inserted between values, default a "
      "space.\n  end\n    string appended after the last value, default a newline.\n  file\n    a file-like object (stream); "
      "defaults to the current sys.stdout.\n  flush\n    whether to forcibly flush the stream." },
    { "input", builtin_input, "(prompt='', /)", 0,
      "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to "
      "standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: "
      "Ctrl-Z+Return), raise EOFError." },
    { "breakpoint", builtin_breakpoint, NULL, NATIVE_RAW,
      "breakpoint(*args, **kws)\n\nCall sys.breakpointhook(*args, **kws).  sys.breakpointhook() must accept\nwhatever "
      "arguments are passed." },
    { 0 },
};
