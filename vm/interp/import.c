// The import system; see import.h.
//
// A module is looked for in sys.modules, among the native modules, the embedded ones, and then on its path
// (sys.path, or the parent's __path__): name/__init__.asy, name.asy, and the same with .py. Modules being imported are
// in sys.modules already, so cycles see them half-made, as in CPython.
#include "vm/interp/import.h"

#include <stdio.h>
#include <string.h>

#include "vm/core/abstract.h"
#include "vm/interp/interp.h"
#include "vm/interp/run.h"
#include "vm/interp/slow.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"

void asy_import_set_native(VM *vm, const ModuleDef *const *modules) { vm->import.native = modules; }
void asy_import_set_embedded(VM *vm, const EmbeddedModule *modules, size_t count)
{
    vm->import.embedded = modules;
    vm->import.embedded_count = count;
}
void asy_import_set_files(VM *vm, const ImportFiles *files) { vm->import.files = *files; }

static Value raise_not_found(VM *vm, StrObj *name, const char *format_tail, Value tail)
{
    StrObj *message = format_tail ? asy_format(vm, format_tail, name, tail) : asy_format(vm, "No module named '%U'", name);
    if (!message) return ASY_ERR;
    Value exc = asy_call1(vm, asy_from_obj(vm->exc[EXC_ModuleNotFoundError]), asy_from_obj(message));
    asy_release_obj(vm, message);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_set(vm, &asy_as(ExcImport, exc)->name, asy_from_obj(asy_retain_obj(name)));
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

static bool set_attr(VM *vm, Value module, StrObj *name, Value value)
{
    return asy_dict_set_str(vm, asy_module_dict(module), name, value);
}

// A new module in sys.modules, with what every module has. `path` NIL: no package.
static Value new_module(VM *vm, StrObj *name, Value file, Value path)
{
    Value m = asy_module_new(vm, name, NULL);
    if (asy_is_err(m)) return ASY_ERR;
    const char *dot = memrchr(name->data, '.', name->size);
    StrObj *package = NULL;
    bool ok;
    if (!asy_is_nil(path)) package = asy_retain_obj(name);
    else package = dot ? asy_intern(vm, name->data, (size_t)(dot - name->data)) : asy_retain_obj(asy_name(vm, empty));
    ok = package && set_attr(vm, m, asy_name(vm, __package__), asy_from_obj(package)) &&
         (asy_is_nil(file) || set_attr(vm, m, asy_name(vm, __file__), file)) &&
         (asy_is_nil(path) || set_attr(vm, m, asy_name(vm, __path__), path)) &&
         set_attr(vm, m, asy_name(vm, __builtins__), vm->builtins_module) &&
         asy_dict_set_str(vm, vm->modules, name, m);
    asy_release_obj(vm, package);
    if (ok) return m;
    asy_release(vm, m);
    return ASY_ERR;
}

// Runs a module's code; on error it leaves sys.modules. Takes `m`; gives what sys.modules holds afterwards.
static Value run_module(VM *vm, StrObj *name, Value m, CodeObj *code)
{
    Value r = ASY_ERR;
    if (code) {
        DictObj *dict = asy_module_dict(m);
        r = asy_run_code(vm, code, dict, asy_from_obj(dict), NULL);
        asy_release_obj(vm, code);
    }
    if (asy_is_err(r)) {
        Value exc = asy_error_fetch(vm);
        if (asy_dict_delete_str(vm, vm->modules, name) < 0) asy_error_clear(vm);
        asy_error_restore(vm, exc);
        asy_release(vm, m);
        return ASY_ERR;
    }
    asy_release(vm, r);
    Value now = asy_dict_get_str(vm, vm->modules, name);
    if (asy_is_nil(now)) return m;
    asy_retain(now);
    asy_release(vm, m);
    return now;
}

static Value import_native(VM *vm, const ModuleDef *def, StrObj *name)
{
    Value m = new_module(vm, name, ASY_NIL, ASY_NIL);
    if (asy_is_err(m)) return ASY_ERR;
    asy_as(ModuleObj, m)->def = def;
    Value doc = def->doc ? asy_str_value(vm, def->doc) : ASY_NONE;
    bool ok = !asy_is_err(doc) && set_attr(vm, m, asy_name(vm, __doc__), doc);
    if (!asy_is_err(doc)) asy_release(vm, doc);
    ok = ok && (!def->functions || asy_module_add_functions(vm, m, def->functions)) && (!def->init || def->init(vm, m));
    if (ok) return m;
    Value exc = asy_error_fetch(vm);
    if (asy_dict_delete_str(vm, vm->modules, name) < 0) asy_error_clear(vm);
    asy_error_restore(vm, exc);
    asy_release(vm, m);
    return ASY_ERR;
}

static Value import_embedded(VM *vm, const EmbeddedModule *e, StrObj *name)
{
    Value path = ASY_NIL;
    if (e->is_package) {
        ListObj *l = asy_list_new(vm, 0);
        if (!l) return ASY_ERR;
        path = asy_from_obj(l);
    }
    Value m = new_module(vm, name, ASY_NIL, path);
    asy_release(vm, path);
    if (asy_is_err(m)) return ASY_ERR;
    return run_module(vm, name, m, asy_code_new(vm, e->proto, NULL));
}

static Value import_file(VM *vm, StrObj *name, const char *file, const char *package_dir)
{
    size_t size;
    char *text = vm->import.files.read(vm, vm->import.files.ud, file, &size);
    if (!text) return asy_error_pending(vm) ? ASY_ERR : raise_not_found(vm, name, NULL, ASY_NIL);
    Value file_value = ASY_ERR, path = ASY_NIL, m = ASY_ERR;
    StrObj *s = asy_str_decode(vm, file, strlen(file), "surrogateescape");
    if (!s) goto done;
    file_value = asy_from_obj(s);
    if (package_dir) {
        StrObj *dir = asy_str_decode(vm, package_dir, strlen(package_dir), "surrogateescape");
        ListObj *l = dir ? asy_list_new(vm, 1) : NULL;
        if (!l || !asy_list_append_owned(vm, l, asy_from_obj(dir))) goto done;
        path = asy_from_obj(l);
    }
    m = new_module(vm, name, file_value, path);
    if (asy_is_err(m)) goto done;
    CodeObj *code = asy_compile_source(vm, text, size, file, "exec", COMPILE_SOURCE_IS_FILE, 0);
    m = run_module(vm, name, m, code);
done:
    asy_mem_free(vm, text, size + 1);
    if (!asy_is_err(file_value)) asy_release(vm, file_value);
    asy_release(vm, path);
    return m;
}

// Looks for `leaf` in the folders of list `path`. NIL: not there.
static Value import_from_path(VM *vm, StrObj *name, const char *leaf, size_t leaf_size, Value path)
{
    const ImportFiles *files = &vm->import.files;
    if (!files->kind || !asy_is_list(vm, path)) return ASY_NIL;
    static const char *const endings[] = { ".asy", ".py" };
    for (size_t i = 0; i < asy_as_list(path)->size; i++) {
        Value entry = asy_as_list(path)->items[i];
        if (!asy_is_str(vm, entry)) continue;
        StrObj *dir = asy_as_str(entry);
        size_t room = dir->size + leaf_size + 32;
        char *buf = asy_mem_alloc(vm, room);
        if (!buf) return asy_raise_memory(vm);
        int base = dir->size ? snprintf(buf, room, "%s/%.*s", dir->data, (int)leaf_size, leaf)
                             : snprintf(buf, room, "%.*s", (int)leaf_size, leaf);
        char *package = NULL;
        Value m = ASY_NIL;
        if (files->kind(files->ud, buf) == 2) {
            for (int e = 0; e < 2 && asy_is_nil(m); e++) {
                snprintf(buf + base, room - (size_t)base, "/__init__%s", endings[e]);
                if (files->kind(files->ud, buf) != 1) continue;
                package = asy_mem_alloc(vm, (size_t)base + 1);
                if (package) {
                    memcpy(package, buf, (size_t)base);
                    package[base] = 0;
                    m = import_file(vm, name, buf, package);
                    asy_mem_free(vm, package, (size_t)base + 1);
                } else {
                    m = asy_raise_memory(vm);
                }
            }
        }
        for (int e = 0; e < 2 && asy_is_nil(m); e++) {
            snprintf(buf + base, room - (size_t)base, "%s", endings[e]);
            if (files->kind(files->ud, buf) == 1) m = import_file(vm, name, buf, NULL);
        }
        asy_mem_free(vm, buf, room);
        if (!asy_is_nil(m)) return m;
    }
    return ASY_NIL;
}

static const EmbeddedModule *find_embedded(VM *vm, const char *name)
{
    for (size_t i = 0; i < vm->import.embedded_count; i++) {
        if (strcmp(vm->import.embedded[i].name, name) == 0) return &vm->import.embedded[i];
    }
    return NULL;
}

static Value import_one(VM *vm, StrObj *name, Value parent)
{
    Value there;
    if (!asy_dict_get(vm, vm->modules, asy_from_obj(name), &there)) return ASY_ERR;
    if (asy_is_none(there)) return raise_not_found(vm, name, "import of %U halted; None in sys.modules", ASY_NIL);
    if (!asy_is_nil(there)) return asy_retain(there);
    for (const ModuleDef *const *d = vm->import.native; d && *d; d++) {
        if (asy_str_is(name, (*d)->name)) return import_native(vm, *d, name);
    }
    const EmbeddedModule *e = find_embedded(vm, name->data);
    if (e) return import_embedded(vm, e, name);
    Value path;
    const char *leaf = name->data;
    size_t leaf_size = name->size;
    if (asy_is_nil(parent)) {
        path = asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, path));
        asy_retain(path);
    } else {
        const char *dot = memrchr(name->data, '.', name->size);
        leaf = dot + 1;
        leaf_size = name->size - (size_t)(leaf - name->data);
        path = asy_getattr_opt(vm, parent, asy_name(vm, __path__));
        if (asy_is_err(path)) return ASY_ERR;
        if (asy_is_nil(path)) {
            Value pname = asy_module_name(vm, parent);
            return raise_not_found(vm, name, "No module named '%U'; '%S' is not a package", pname);
        }
    }
    Value m = asy_is_nil(path) ? ASY_NIL : import_from_path(vm, name, leaf, leaf_size, path);
    asy_release(vm, path);
    return asy_is_nil(m) ? raise_not_found(vm, name, NULL, ASY_NIL) : m;
}

// The module of a dotted name, its parents imported first. With `first`, the outermost one is given instead.
static Value import_dotted(VM *vm, const char *name, size_t size, bool first)
{
    Value parent = ASY_NIL, top = ASY_NIL;
    for (size_t end = 0; end <= size; end++) {
        if (end < size && name[end] != '.') continue;
        StrObj *part = asy_intern(vm, name, end);
        Value m = part ? import_one(vm, part, parent) : ASY_ERR;
        if (asy_is_err(m)) {
            asy_release_obj(vm, part);
            asy_release(vm, parent);
            asy_release(vm, top);
            return ASY_ERR;
        }
        if (!asy_is_nil(parent)) {      // a submodule becomes an attribute of its package
            const char *dot = memrchr(part->data, '.', part->size);
            StrObj *leaf = asy_intern(vm, dot + 1, part->size - (size_t)(dot + 1 - part->data));
            if (!leaf || !asy_setattr(vm, parent, leaf, m)) {
                asy_release_obj(vm, leaf);
                asy_release_obj(vm, part);
                asy_release(vm, m);
                asy_release(vm, parent);
                asy_release(vm, top);
                return ASY_ERR;
            }
            asy_release_obj(vm, leaf);
        } else {
            top = asy_retain(m);
        }
        asy_release_obj(vm, part);
        asy_release(vm, parent);
        parent = m;
    }
    if (first) {
        asy_release(vm, parent);
        return top;
    }
    asy_release(vm, top);
    return parent;
}

Value asy_import(VM *vm, const char *name) { return import_dotted(vm, name, strlen(name), false); }

// The absolute name of a relative import: package of `globals`, `level` dots, `name`. NULL: exception.
static StrObj *resolve(VM *vm, StrObj *name, DictObj *globals, int level)
{
    Value package = asy_dict_get_str(vm, globals, asy_name(vm, __package__));
    if (asy_is_nil(package) || asy_is_none(package)) {
        package = asy_dict_get_str(vm, globals, asy_name(vm, __name__));
        if (!asy_is_nil(package) && asy_is_nil(asy_dict_get_str(vm, globals, asy_name(vm, __path__)))) {
            StrObj *s = asy_as_str(package);
            const char *dot = memrchr(s->data, '.', s->size);
            StrObj *up = dot ? asy_intern(vm, s->data, (size_t)(dot - s->data)) : asy_retain_obj(asy_name(vm, empty));
            if (!up) return NULL;
            package = asy_from_obj(up);
        } else {
            asy_retain(package);
        }
    } else {
        asy_retain(package);
    }
    if (asy_is_nil(package) || !asy_is_str(vm, package) || asy_as_str(package)->size == 0) {
        asy_release(vm, package);
        asy_raise(vm, EXC_ImportError, "attempted relative import with no known parent package");
        return NULL;
    }
    StrObj *p = asy_as_str(package);
    size_t end = p->size;
    for (int i = 1; i < level; i++) {
        const char *dot = memrchr(p->data, '.', end);
        if (!dot) {
            asy_release(vm, package);
            asy_raise(vm, EXC_ImportError, "attempted relative import beyond top-level package");
            return NULL;
        }
        end = (size_t)(dot - p->data);
    }
    StrObj *base = asy_intern(vm, p->data, end);
    StrObj *full = NULL;
    if (base) full = name->size ? asy_format(vm, "%U.%U", base, name) : asy_retain_obj(base);
    asy_release_obj(vm, base);
    asy_release(vm, package);
    return full;
}

// Submodules named in a fromlist are imported if the package does not have them yet.
static bool import_fromlist(VM *vm, Value module, Value fromlist, bool recursive)
{
    Value path = asy_getattr_opt(vm, module, asy_name(vm, __path__));
    if (asy_is_err(path)) return false;
    if (asy_is_nil(path)) return true;
    asy_release(vm, path);
    TupleObj *names = asy_to_tuple(vm, fromlist);
    if (!names) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < names->size; i++) {
        Value item = names->items[i];
        if (!asy_is_str(vm, item)) {
            asy_raise(vm, EXC_TypeError, "Item in ``from list'' must be str, not %T", item);
            ok = false;
        } else if (asy_str_is(asy_as_str(item), "*")) {
            Value all = recursive ? ASY_NIL : asy_getattr_opt(vm, module, asy_name(vm, __all__));
            if (asy_is_err(all)) ok = false;
            else if (!asy_is_nil(all)) {
                ok = import_fromlist(vm, module, all, true);
                asy_release(vm, all);
            }
        } else {
            StrObj *leaf = asy_intern_str(vm, asy_as_str(item));
            Value there = leaf ? asy_getattr_opt(vm, module, leaf) : ASY_ERR;
            if (asy_is_err(there)) ok = false;
            else if (asy_is_nil(there)) {
                StrObj *full = asy_format(vm, "%S.%U", asy_module_name(vm, module), leaf);
                Value m = full ? import_dotted(vm, full->data, full->size, false) : ASY_ERR;
                if (!asy_is_err(m)) {
                    asy_release(vm, m);
                } else if (full && asy_error_is(vm, EXC_ModuleNotFoundError)) {
                    // only the submodule's own absence is no error here: `from` will say what is missing
                    Value exc = asy_error_fetch(vm);
                    Value name = asy_as(ExcImport, exc)->name;
                    if (asy_is_str(vm, name) && asy_str_equal(asy_as_str(name), full)) asy_release(vm, exc);
                    else {
                        asy_error_restore(vm, exc);
                        ok = false;
                    }
                } else {
                    ok = false;
                }
                asy_release_obj(vm, full);
            } else {
                asy_release(vm, there);
            }
            asy_release_obj(vm, leaf);
        }
    }
    asy_release_obj(vm, names);
    return ok;
}

Value asy_import_name(VM *vm, StrObj *name, DictObj *globals, Value fromlist, int level)
{
    StrObj *full = level > 0 ? resolve(vm, name, globals, level) : asy_retain_obj(name);
    if (!full) return ASY_ERR;
    if (full->size == 0) {
        asy_release_obj(vm, full);
        return asy_raise(vm, EXC_ValueError, "Empty module name");
    }
    int wants = asy_is_none(fromlist) || asy_is_nil(fromlist) ? 0 : asy_truth(vm, fromlist);
    Value m = wants < 0 ? ASY_ERR : import_dotted(vm, full->data, full->size, !wants && level == 0);
    if (!asy_is_err(m) && wants && !import_fromlist(vm, m, fromlist, false)) {
        asy_release(vm, m);
        m = ASY_ERR;
    }
    asy_release_obj(vm, full);
    return m;
}

Value asy_import_hooked(VM *vm, Frame *f, StrObj *name, Value fromlist, int level)
{
    // builtins.__import__ may have been replaced
    Value hook = asy_dict_get_str(vm, f->func->builtins, asy_name(vm, __import__));
    if (asy_is_nil(hook)) {
        return asy_error_pending(vm) ? ASY_ERR : asy_raise(vm, EXC_ImportError, "__import__ not found");
    }
    if (asy_is_obj(hook) && asy_as_obj(hook)->type == vm->types.builtin) {
        return asy_import_name(vm, name, f->func->globals, fromlist, level);
    }
    Value locals = asy_is_unbound(f->slots[0]) || !(f->func->code->flags & CODE_NAMESPACE) ? ASY_NONE : f->slots[0];
    Value args[] = { asy_from_obj(name), asy_from_obj(f->func->globals), locals, fromlist, asy_from_small(level) };
    asy_retain(hook);
    Value m = asy_call(vm, hook, args, 5, ASY_NIL);
    asy_release(vm, hook);
    return m;
}

Value asy_import_from(VM *vm, Value module, StrObj *name)
{
    Value v = asy_getattr_opt(vm, module, name);
    if (!asy_is_nil(v)) return v;
    // A submodule whose import is under way is in sys.modules before it is an attribute.
    Value mname = asy_getattr_opt(vm, module, asy_name(vm, __name__));
    if (asy_is_err(mname)) return ASY_ERR;
    if (asy_is_nil(mname) || !asy_is_str(vm, mname)) {
        asy_release(vm, mname);
        mname = asy_str_value(vm, "<unknown module name>");
        if (asy_is_err(mname)) return ASY_ERR;
    }
    StrObj *full = asy_format(vm, "%S.%U", mname, name);
    Value m = ASY_NIL;
    if (!full || !asy_dict_get(vm, vm->modules, asy_from_obj(full), &m)) m = ASY_ERR;
    asy_retain(m);
    asy_release_obj(vm, full);
    if (!asy_is_nil(m)) {
        asy_release(vm, mname);
        return m;
    }
    Value file = asy_getattr_opt(vm, module, asy_name(vm, __file__));
    if (asy_is_err(file)) asy_error_clear(vm), file = ASY_NIL;
    bool known = asy_is_str(vm, file);
    StrObj *message = known ? asy_format(vm, "cannot import name '%U' from '%S' (%S)", name, mname, file)
                            : asy_format(vm, "cannot import name '%U' from '%S' (unknown location)", name, mname);
    if (message) {
        Value exc = asy_call1(vm, asy_from_obj(vm->exc[EXC_ImportError]), asy_from_obj(message));
        if (!asy_is_err(exc)) {
            ExcImport *e = asy_as(ExcImport, exc);
            asy_set(vm, &e->name, asy_retain(mname));
            asy_set(vm, &e->name_from, asy_from_obj(asy_retain_obj(name)));
            if (known) asy_set(vm, &e->path, asy_retain(file));
            asy_raise_object(vm, exc);
            asy_release(vm, exc);
        }
        asy_release_obj(vm, message);
    }
    asy_release(vm, file);
    asy_release(vm, mname);
    return ASY_ERR;
}

bool asy_import_star(VM *vm, Value module, Value ns)
{
    Value all = asy_getattr_opt(vm, module, asy_name(vm, __all__));
    if (asy_is_err(all)) return false;
    bool skip_private = asy_is_nil(all);
    if (skip_private) {
        Value d = asy_getattr(vm, module, asy_name(vm, __dict__));
        if (asy_is_err(d)) return false;
        ListObj *names = asy_to_list(vm, d);
        asy_release(vm, d);
        if (!names) return false;
        all = asy_from_obj(names);
    }
    TupleObj *names = asy_to_tuple(vm, all);
    asy_release(vm, all);
    if (!names) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < names->size; i++) {
        Value item = names->items[i];
        if (!asy_is_str(vm, item)) {
            asy_raise(vm, EXC_TypeError, "Item in %S.%s must be str, not %T", asy_module_name(vm, module),
                      skip_private ? "__dict__" : "__all__", item);
            ok = false;
            break;
        }
        StrObj *name = asy_intern_str(vm, asy_as_str(item));
        if (!name) {
            ok = false;
            break;
        }
        if (!skip_private || name->size == 0 || name->data[0] != '_') {
            Value v = asy_getattr(vm, module, name);
            ok = !asy_is_err(v) && asy_slow_store_name(vm, ns, name, v);
            if (!asy_is_err(v)) asy_release(vm, v);
        }
        asy_release_obj(vm, name);
    }
    asy_release_obj(vm, names);
    return ok;
}

Value asy_import_attr(VM *vm, const char *module, const char *name)
{
    Value m = asy_import(vm, module);
    if (asy_is_err(m)) return ASY_ERR;
    StrObj *s = asy_intern_c(vm, name);
    Value v = s ? asy_getattr(vm, m, s) : ASY_ERR;
    asy_release_obj(vm, s);
    asy_release(vm, m);
    return v;
}
