// exec, eval, compile, globals, locals, __import__, __build_class__: builtins that look at frames.
#include "vm/interp/builtins.h"

#include "vm/core/abstract.h"
#include "vm/interp/import.h"
#include "vm/interp/run.h"
#include "vm/objects/bytes.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static Value builtins_globals(VM *vm, Args a)
{
    (void)a;
    Frame *f = vm->thread->frame;
    return f ? asy_from_obj(asy_retain_obj(f->func->globals)) : ASY_NONE;
}

static Value builtins_locals(VM *vm, Args a)
{
    (void)a;
    Frame *f = vm->thread->frame;
    return f ? asy_frame_locals(vm, f) : asy_raise(vm, EXC_SystemError, "frame does not exist");
}

// globals and locals of exec and eval, from arguments or the running frame; new references.
static bool namespaces(VM *vm, const char *what, Value globals, Value locals, DictObj **g, Value *l)
{
    Frame *f = vm->thread->frame;
    if (asy_is_nil(globals) || asy_is_none(globals)) {
        if (!f) {
            asy_raise(vm, EXC_SystemError, "%s() needs globals outside a frame", what);
            return false;
        }
        *g = asy_retain_obj(f->func->globals);
        if (asy_is_nil(locals) || asy_is_none(locals)) {
            *l = asy_frame_locals(vm, f);
            if (asy_is_err(*l)) {
                asy_release_obj(vm, *g);
                return false;
            }
            return true;
        }
    } else {
        if (!asy_is_dict(vm, globals)) {
            asy_raise(vm, EXC_TypeError, "%s() globals must be a dict, not %T", what, globals);
            return false;
        }
        *g = asy_retain_obj(asy_as_dict(globals));
        if (asy_is_nil(locals) || asy_is_none(locals)) {
            *l = asy_retain(globals);
            goto builtins;
        }
    }
    if (!asy_type_of(vm, locals)->slots.getitem) {
        asy_raise(vm, EXC_TypeError, "%s() locals must be a mapping, not %T", what, locals);
        asy_release_obj(vm, *g);
        return false;
    }
    *l = asy_retain(locals);
builtins:
    if (asy_is_nil(asy_dict_get_str(vm, *g, asy_name(vm, __builtins__)))) {
        Value b = f ? asy_from_obj(f->func->builtins) : asy_from_obj(vm->builtins);
        if (asy_error_pending(vm) || !asy_dict_set_str(vm, *g, asy_name(vm, __builtins__), b)) {
            asy_release_obj(vm, *g);
            asy_release(vm, *l);
            return false;
        }
    }
    return true;
}

// Text of a source argument: str, or bytes-like. `view` is released by the caller if owner is set.
static bool source_text(VM *vm, Value v, const char *what, const char *kinds, const char **text, size_t *size,
                        unsigned *flags, BufferView *view)
{
    if (asy_is_str(vm, v)) {
        *text = asy_as_str(v)->data;
        *size = asy_as_str(v)->size;
        *flags |= COMPILE_SOURCE_IS_STR;
        return true;
    }
    if (!asy_type_of(vm, v)->def->buffer) {
        asy_raise(vm, EXC_TypeError, "%s() arg 1 must be a %s", what, kinds);
        return false;
    }
    if (!asy_get_buffer(vm, v, view)) return false;
    *text = (const char *)view->data;
    *size = view->size;
    return true;
}

static unsigned inherited_flags(VM *vm)
{
    Frame *f = vm->thread->frame;
    return f && f->func->code->flags & CODE_FUTURE_ANNOTATIONS ? COMPILE_FUTURE_ANNOTATIONS : 0;
}

static Value run(VM *vm, const char *what, Args a)
{
    bool eval = what[1] == 'v';
    DictObj *g;
    Value l, result = ASY_ERR;
    if (!namespaces(vm, what, a.v[1], a.v[2], &g, &l)) return ASY_ERR;
    CodeObj *code = NULL;
    TupleObj *closure = NULL;
    if (asy_type_of(vm, a.v[0]) == vm->types.code) {
        code = asy_retain_obj(asy_as(CodeObj, a.v[0]));
        Value c = eval ? ASY_NIL : a.v[3];
        if (!asy_is_nil(c) && !asy_is_none(c)) {
            if (!asy_is_tuple(vm, c) || asy_as_tuple(c)->size != code->proto->nfree) {
                asy_raise(vm, EXC_TypeError, "code object requires a closure of exactly length %u", code->proto->nfree);
                goto done;
            }
            closure = asy_as_tuple(c);
        } else if (code->proto->nfree) {
            if (eval) asy_raise(vm, EXC_TypeError, "code object passed to eval() may not contain free variables");
            else asy_raise(vm, EXC_TypeError, "code object requires a closure of exactly length %u", code->proto->nfree);
            goto done;
        }
    } else {
        const char *text;
        size_t size;
        unsigned flags = inherited_flags(vm);
        BufferView view = { 0 };
        if (!source_text(vm, a.v[0], what, "string, bytes or code object", &text, &size, &flags, &view)) goto done;
        if (eval) {
            while (size && (*text == ' ' || *text == '\t')) text++, size--;
        }
        code = asy_compile_source(vm, text, size, "<string>", eval ? "eval" : "exec", flags, 0);
        if (view.data) asy_release_buffer(vm, &view);
        if (!code) goto done;
    }
    result = asy_run_code(vm, code, g, l, closure);
    if (!eval && !asy_is_err(result)) {
        asy_release(vm, result);
        result = ASY_NONE;
    }
done:
    asy_release_obj(vm, code);
    asy_release_obj(vm, g);
    asy_release(vm, l);
    return result;
}
static Value builtins_exec(VM *vm, Args a) { return run(vm, "exec", a); }
static Value builtins_eval(VM *vm, Args a) { return run(vm, "eval", a); }

enum { FLAG_ONLY_AST = 0x400, FLAG_TOP_AWAIT = 0x2000, FLAG_ANNOTATIONS = 0x1000000, FLAG_KNOWN = 0x1FFF7F0 };

// compile(tree, ...): a tree of the library's, if it is loaded and this is one. NIL: it is not.
static Value compile_tree(VM *vm, const Value args[5])
{
    StrObj *name = asy_intern_c(vm, "_ast");
    if (!name) return ASY_ERR;
    bool loaded = !asy_is_nil(asy_dict_get_str(vm, vm->modules, name));
    asy_release_obj(vm, name);
    if (!loaded) return asy_error_pending(vm) ? ASY_ERR : ASY_NIL;
    Value cls = asy_import_attr(vm, "_ast", "AST");
    if (asy_is_err(cls)) return ASY_ERR;
    int is_tree = asy_isinstance(vm, args[0], cls);
    asy_release(vm, cls);
    if (is_tree <= 0) return is_tree < 0 ? ASY_ERR : ASY_NIL;
    Value compile = asy_import_attr(vm, "_ast_compile", "compile_tree");
    if (asy_is_err(compile)) return ASY_ERR;
    Value code = asy_call(vm, compile, args, 5, ASY_NIL);
    asy_release(vm, compile);
    return code;
}

// compile(..., PyCF_ONLY_AST): trees are the library's.
static Value syntax_tree(VM *vm, Value source, Value filename, Value mode, unsigned flags)
{
    Value parse = asy_import_attr(vm, "_ast_tree", "parse");
    if (asy_is_err(parse)) return ASY_ERR;
    Value args[] = { source, filename, mode, asy_from_small(flags) };
    Value tree = asy_call(vm, parse, args, 4, ASY_NIL);
    asy_release(vm, parse);
    return tree;
}

static Value builtins_compile(VM *vm, Args a)
{
    StrObj *mode_str;
    int64_t flags_in = 0, optimize = -1;
    bool dont_inherit = false;
    StrObj *file;
    if (asy_is_str(vm, a.v[1])) file = asy_retain_obj(asy_as_str(a.v[1]));
    else {
        Value path = asy_call_method0(vm, a.v[1], asy_name(vm, __fspath__));
        if (asy_is_err(path)) {
            asy_error_clear(vm);
            return asy_raise(vm, EXC_TypeError, "expected str, bytes or os.PathLike object, not %T", a.v[1]);
        }
        file = asy_as_str(path);
    }
    Value result = ASY_ERR;
    if (!asy_arg_str(vm, a.v[2], "compile() argument 'mode'", &mode_str) || !asy_arg_i64(vm, a.v[3], &flags_in) ||
        !asy_arg_bool(vm, a.v[4], &dont_inherit) || !asy_arg_i64(vm, a.v[5], &optimize)) {
        goto done;
    }
    if (flags_in & ~(int64_t)FLAG_KNOWN) {
        asy_raise(vm, EXC_ValueError, "compile(): unrecognised flags");
        goto done;
    }
    if (optimize < -1 || optimize > 2) {
        asy_raise(vm, EXC_ValueError, "compile(): invalid optimize value");
        goto done;
    }
    const char *mode = mode_str->data;
    if (strcmp(mode, "exec") != 0 && strcmp(mode, "eval") != 0 && strcmp(mode, "single") != 0) {
        asy_raise(vm, EXC_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
        goto done;
    }
    if (!asy_is_str(vm, a.v[0]) && !asy_type_of(vm, a.v[0])->def->buffer) {
        const Value args[] = { a.v[0], asy_from_obj(file), a.v[2], asy_from_small(flags_in), asy_from_small(optimize < 0 ? 0 : optimize) };
        result = compile_tree(vm, args);
        if (!asy_is_nil(result)) goto done;
        result = ASY_ERR;
    }
    const char *text;
    size_t size;
    unsigned flags = dont_inherit ? 0 : inherited_flags(vm);
    if (flags_in & FLAG_TOP_AWAIT) flags |= COMPILE_TOP_AWAIT;
    if (flags_in & FLAG_ANNOTATIONS) flags |= COMPILE_FUTURE_ANNOTATIONS;
    BufferView view = { 0 };
    if (!source_text(vm, a.v[0], "compile", "string, bytes or AST object", &text, &size, &flags, &view)) goto done;
    if (flags_in & FLAG_ONLY_AST) {
        result = syntax_tree(vm, a.v[0], asy_from_obj(file), a.v[2], flags & ~(unsigned)COMPILE_SOURCE_IS_STR);
    } else {
        CodeObj *code = asy_compile_source(vm, text, size, file->data, mode, flags, optimize < 0 ? 0 : (int)optimize);
        if (code) result = asy_from_obj(code);
    }
    if (view.data) asy_release_buffer(vm, &view);
done:
    asy_release_obj(vm, file);
    return result;
}

static Value builtins_import(VM *vm, Args a)
{
    StrObj *name;
    int64_t level = 0;
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "__import__() argument 1 must be str, not %T", a.v[0]);
    name = asy_as_str(a.v[0]);
    if (!asy_arg_i64(vm, a.v[4], &level)) return ASY_ERR;
    if (level < 0) return asy_raise(vm, EXC_ValueError, "level must be >= 0");
    DictObj *globals = vm->thread->frame ? vm->thread->frame->func->globals : vm->builtins;
    if (!asy_is_nil(a.v[1]) && !asy_is_none(a.v[1])) {
        if (!asy_is_dict(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "globals must be a dict");
        globals = asy_as_dict(a.v[1]);
    }
    return asy_import_name(vm, name, globals, asy_is_nil(a.v[3]) ? ASY_NONE : a.v[3], (int)level);
}

// bases with __mro_entries__ resolved: the same tuple if there was nothing to do; new reference.
static TupleObj *resolve_bases(VM *vm, TupleObj *bases)
{
    ListObj *out = NULL;
    for (size_t i = 0; i < bases->size; i++) {
        Value base = bases->items[i];
        Value entries = ASY_NIL;
        if (!(asy_is_obj(base) && asy_as_obj(base)->type->flags & TYPE_TYPE)) {
            entries = asy_getattr_opt(vm, base, asy_name(vm, __mro_entries__));
            if (asy_is_err(entries)) goto failed;
        }
        if (asy_is_nil(entries)) {
            if (out && !asy_list_append(vm, out, base)) goto failed;
            continue;
        }
        Value more = asy_call1(vm, entries, asy_from_obj(bases));
        asy_release(vm, entries);
        if (asy_is_err(more)) goto failed;
        if (!asy_is_tuple(vm, more)) {
            asy_release(vm, more);
            asy_raise(vm, EXC_TypeError, "__mro_entries__ must return a tuple");
            goto failed;
        }
        if (!out && !(out = asy_list_from(vm, bases->items, i))) {
            asy_release(vm, more);
            goto failed;
        }
        bool ok = asy_list_extend(vm, out, more);
        asy_release(vm, more);
        if (!ok) goto failed;
    }
    if (!out) return asy_retain_obj(bases);
    TupleObj *t = asy_list_to_tuple(vm, out);
    asy_release_obj(vm, out);
    return t;
failed:
    asy_release_obj(vm, out);
    return NULL;
}

// __build_class__(func, name, *bases, metaclass=type, **kwargs); Python reference, 3.3.3
static Value builtins_build_class(VM *vm, Args a)
{
    if (a.n < 2) return asy_raise(vm, EXC_TypeError, "__build_class__: not enough arguments");
    if (!asy_is_function(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "__build_class__: func must be a function");
    if (!asy_is_str(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "__build_class__: name is not a string");
    FunctionObj *func = asy_as(FunctionObj, a.v[0]);
    TupleObj *orig = asy_tuple_from(vm, a.v + 2, a.n - 2);
    TupleObj *bases = orig ? resolve_bases(vm, orig) : NULL;
    DictObj *kwargs = NULL;
    Value meta = ASY_NIL, ns = ASY_NIL, cell = ASY_NIL, result = ASY_ERR;
    if (!bases) goto done;
    kwargs = asy_dict_new(vm);
    if (!kwargs) goto done;
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t i = 0; i < nkw; i++) {
        Value key = asy_as_tuple(a.kwnames)->items[i];
        if (asy_str_equal(asy_as_str(key), asy_name(vm, metaclass))) meta = asy_retain(a.v[a.n + i]);
        else if (!asy_dict_set(vm, kwargs, key, a.v[a.n + i])) goto done;
    }
    bool is_class = asy_is_nil(meta) || (asy_is_obj(meta) && asy_as_obj(meta)->type->flags & TYPE_TYPE);
    if (is_class) {
        Type *winner = asy_type_metaclass(vm, bases, asy_is_nil(meta) ? NULL : asy_as(Type, meta));
        if (!winner) goto done;
        asy_set(vm, &meta, asy_from_obj(asy_retain_obj(winner)));
    }
    Value prepare = asy_getattr_opt(vm, meta, asy_name(vm, __prepare__));
    if (asy_is_err(prepare)) goto done;
    if (asy_is_nil(prepare)) {
        DictObj *d = asy_dict_new(vm);
        if (!d) goto done;
        ns = asy_from_obj(d);
    } else {
        Value pair = asy_tuple_pack(vm, 2, a.v[1], asy_from_obj(bases));
        ns = asy_is_err(pair) ? ASY_ERR : asy_call_tuple(vm, prepare, pair, asy_from_obj(kwargs));
        if (!asy_is_err(pair)) asy_release(vm, pair);
        asy_release(vm, prepare);
        if (asy_is_err(ns)) {
            ns = ASY_NIL;
            goto done;
        }
        if (!asy_type_of(vm, ns)->slots.getitem) {
            asy_raise(vm, EXC_TypeError, "%s.__prepare__() must return a mapping, not %T",
                      is_class ? asy_type_name(asy_as(Type, meta)) : "<metaclass>", ns);
            goto done;
        }
    }
    cell = asy_run_code(vm, func->code, func->globals, ns, func->closure);
    if (asy_is_err(cell)) {
        cell = ASY_NIL;
        goto done;
    }
    if (orig != bases && !asy_setitem(vm, ns, asy_from_obj(asy_name(vm, __orig_bases__)), asy_from_obj(orig))) goto done;
    Value triple = asy_tuple_pack(vm, 3, a.v[1], asy_from_obj(bases), ns);
    if (asy_is_err(triple)) goto done;
    result = asy_call_tuple(vm, meta, triple, asy_from_obj(kwargs));
    asy_release(vm, triple);
    if (asy_is_err(result)) goto done;
    // the cell that methods' super() and __class__ read must have been set by type.__new__
    if (asy_is_obj(cell) && asy_as_obj(cell)->type == vm->types.cell && asy_as_obj(result)->type->flags & TYPE_TYPE) {
        Value held = asy_as(CellObj, cell)->value;
        bool same = held.bits == result.bits;
        if (!same) {
            if (asy_is_unbound(held)) {
                asy_raise(vm, EXC_RuntimeError,
                          "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?", a.v[1], result);
            } else {
                asy_raise(vm, EXC_TypeError, "__class__ set to %R defining %R as %R", held, a.v[1], result);
            }
            asy_release(vm, result);
            result = ASY_ERR;
        }
    }
done:
    asy_release_obj(vm, orig);
    asy_release_obj(vm, bases);
    asy_release_obj(vm, kwargs);
    asy_release(vm, meta);
    asy_release(vm, ns);
    asy_release(vm, cell);
    return result;
}

bool asy_super_defaults(VM *vm, Value *cls, Value *self)
{
    Frame *f = vm->thread->frame;
    if (!f) {
        asy_raise(vm, EXC_RuntimeError, "super(): no current frame");
        return false;
    }
    const CodeObj *code = f->func->code;
    if (code->argcount == 0 && !(code->flags & CODE_VARARGS)) {
        asy_raise(vm, EXC_RuntimeError, "super(): no arguments");
        return false;
    }
    Value first = f->slots[0];
    if (asy_is_obj(first) && asy_as_obj(first)->type == vm->types.cell && code->proto->local_kinds[0] & LOCAL_CELL) {
        first = asy_as(CellObj, first)->value;
    }
    if (asy_is_unbound(first) || asy_is_nil(first)) {
        asy_raise(vm, EXC_RuntimeError, "super(): arg[0] deleted");
        return false;
    }
    for (uint32_t i = code->nlocals - code->proto->nfree; i < code->nlocals; i++) {
        if (code->locals[i] != asy_name(vm, __class__)) continue;
        Value cell = f->slots[i];
        Value held = asy_is_obj(cell) && asy_as_obj(cell)->type == vm->types.cell ? asy_as(CellObj, cell)->value : ASY_UNBOUND;
        if (asy_is_unbound(held)) {
            asy_raise(vm, EXC_RuntimeError, "super(): empty __class__ cell");
            return false;
        }
        if (!(asy_is_obj(held) && asy_as_obj(held)->type->flags & TYPE_TYPE)) {
            asy_raise(vm, EXC_RuntimeError, "super(): __class__ is not a type (%T)", held);
            return false;
        }
        *cls = held;
        *self = first;
        return true;
    }
    asy_raise(vm, EXC_RuntimeError, "super(): __class__ cell not found");
    return false;
}

const MethodDef asy_builtins_frame_functions[] = {
    { "globals", builtins_globals, "()", 0, "Return the dictionary containing the current scope's global variables." },
    { "locals", builtins_locals, "()", 0, "Return a dictionary containing the current scope's local variables." },
    { "exec", builtins_exec, "(source, globals=None, locals=None, /, *, closure=None)", 0,
      "Execute the given source in the context of globals and locals." },
    { "eval", builtins_eval, "(source, globals=None, locals=None, /)", 0,
      "Evaluate the given source in the context of globals and locals." },
    { "compile", builtins_compile, "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)", 0,
      "Compile source into a code object that can be executed by exec() or eval()." },
    { "__import__", builtins_import, "(name, globals=None, locals=None, fromlist=(), level=0)", 0, "Import a module." },
    { "__build_class__", builtins_build_class, NULL, NATIVE_RAW, "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class" },
    { 0 },
};

bool asy_interp_init(VM *vm)
{
    Value unused;
    (void)asy_interp_loop(vm, NULL, RUN_TABLES, ASY_NIL, &unused);
    for (const MethodDef *d = asy_builtins_frame_functions; d->name; d++) {
        Value f = asy_native_new(vm, d, vm->builtins_module, asy_from_obj(asy_name(vm, builtins)));
        if (!asy_dict_set_c(vm, vm->builtins, d->name, f)) return false;
    }
    return true;
}
