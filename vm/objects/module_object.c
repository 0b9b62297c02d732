// Modules: a dict whose entries are attributes.
#include "vm/core/abstract.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SELF(v) asy_as(ModuleObj, v)

static bool module_fill(VM *vm, ModuleObj *m, Value name, Value doc)
{
    StrObj *const names[] = {
        asy_name(vm, __name__), asy_name(vm, __doc__), asy_name(vm, __package__), asy_name(vm, __loader__),
        asy_name(vm, __spec__),
    };
    const Value values[] = { name, doc, ASY_NONE, ASY_NONE, ASY_NONE };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!asy_dict_set_str(vm, m->dict, names[i], values[i])) return false;
    }
    return true;
}

static ModuleObj *module_alloc(VM *vm, Type *type)
{
    DictObj *dict = asy_dict_new(vm);
    if (!dict) return NULL;
    ModuleObj *m = asy_object_alloc(vm, type);
    if (!m) {
        asy_release_obj(vm, dict);
        return NULL;
    }
    m->dict = dict;
    return m;
}

Value asy_module_new(VM *vm, StrObj *name, const char *doc)
{
    Value text = doc ? asy_str_value(vm, doc) : ASY_NONE;
    if (asy_is_err(text)) return ASY_ERR;
    ModuleObj *m = module_alloc(vm, vm->types.module);
    if (m && !module_fill(vm, m, asy_from_obj(name), text)) {
        asy_release_obj(vm, m);
        m = NULL;
    }
    asy_release(vm, text);
    return m ? asy_from_obj(m) : ASY_ERR;
}

DictObj *asy_module_dict(Value module) { return SELF(module)->dict; }

Value asy_module_name(VM *vm, Value module)
{
    if (!SELF(module)->dict) return ASY_NIL;
    int32_t entry = asy_dict_name_entry(vm, SELF(module)->dict, asy_name(vm, __name__));
    Value name = entry < 0 ? ASY_NIL : SELF(module)->dict->entries[entry].value;
    return asy_is_str(vm, name) ? name : ASY_NIL;
}

bool asy_module_add(VM *vm, Value module, const char *name, Value owned)
{
    return asy_dict_set_c(vm, SELF(module)->dict, name, owned);
}

bool asy_module_add_functions(VM *vm, Value module, const MethodDef *defs)
{
    Value name = asy_module_name(vm, module);
    for (const MethodDef *def = defs; def && def->name; def++) {
        if (!asy_module_add(vm, module, def->name, asy_native_new(vm, def, module, name))) return false;
    }
    return true;
}

Type *asy_module_add_type(VM *vm, Value module, const TypeDef *def)
{
    Type *type = asy_type_ready(vm, def);
    if (!type || !asy_dict_set_str(vm, SELF(module)->dict, type->name, asy_from_obj(type))) return NULL;
    return type;
}

// ---- the type ----

static Value module_new(VM *vm, Type *type, Args a)
{
    (void)a;
    ModuleObj *m = module_alloc(vm, type);
    return m ? asy_from_obj(m) : ASY_ERR;
}

static bool module_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "name", "doc" };
    Value v[2];
    if (!asy_new_args(vm, "module", names, 2, 0, 1, a, v)) return false;
    if (!asy_is_str(vm, v[0])) {
        asy_raise(vm, EXC_TypeError, "module() argument 'name' must be str, not %T", v[0]);
        return false;
    }
    return module_fill(vm, SELF(self), v[0], asy_is_nil(v[1]) ? ASY_NONE : v[1]);
}

// Whether the module's spec says that it is still being executed: another message then.
static int is_initializing(VM *vm, DictObj *dict)
{
    Value spec = asy_dict_get_str(vm, dict, asy_name(vm, __spec__));
    if (asy_is_nil(spec) || asy_is_none(spec)) return 0;
    Value flag = asy_getattr_opt(vm, spec, asy_name(vm, _initializing));
    if (asy_is_nil(flag)) return 0;
    int truth = asy_is_err(flag) ? -1 : asy_truth(vm, flag);
    if (!asy_is_err(flag)) asy_release(vm, flag);
    return truth;
}

static Value raise_missing(VM *vm, Value self, StrObj *name)
{
    DictObj *dict = SELF(self)->dict;
    Value module = dict ? asy_dict_get_str(vm, dict, asy_name(vm, __name__)) : ASY_NIL;
    StrObj *text;
    if (!asy_is_str(vm, module)) {
        text = asy_format(vm, "module has no attribute '%U'", name);
    } else {
        int initializing = is_initializing(vm, dict);
        if (initializing < 0) return ASY_ERR;
        const char *most = initializing ? "partially initialized " : "";
        const char *why = initializing ? " (most likely due to a circular import)" : "";
        text = asy_format(vm, "%smodule '%U' has no attribute '%U'%s", most, asy_as_str(module), name, why);
    }
    if (!text) return ASY_ERR;
    asy_raise_attribute_text(vm, self, name, text);
    asy_release_obj(vm, text);
    return ASY_ERR;
}

static Value module_getattr(VM *vm, Value self, StrObj *name)
{
    DictObj *dict = SELF(self)->dict;
    Value attr = asy_type_lookup(vm, asy_class_of(vm, self), name);
    bool data = !asy_is_nil(attr) && asy_class_of(vm, attr)->slots.descr_set;
    if (dict && !data) {
        int32_t entry = asy_dict_name_entry(vm, dict, name);
        if (entry >= 0) return asy_retain(dict->entries[entry].value);
    }
    if (!asy_is_nil(attr)) return asy_generic_getattr(vm, self, name);
    Value hook = dict ? asy_dict_get_str(vm, dict, asy_name(vm, __getattr__)) : ASY_NIL;
    if (asy_is_nil(hook)) return raise_missing(vm, self, name);
    asy_retain(hook);
    Value result = asy_call1(vm, hook, asy_from_obj(name));
    asy_release(vm, hook);
    return result;
}

static bool module_setattr(VM *vm, Value self, StrObj *name, Value value)
{
    Value attr = asy_type_lookup(vm, asy_class_of(vm, self), name);
    if (!asy_is_nil(attr) && asy_class_of(vm, attr)->slots.descr_set) return asy_generic_setattr(vm, self, name, value);
    if (!asy_is_nil(value)) return asy_dict_set_str(vm, SELF(self)->dict, name, value);
    int deleted = asy_dict_delete_str(vm, SELF(self)->dict, name);
    if (deleted == 0) (void)asy_raise_attribute(vm, self, name);
    return deleted == 1;
}

static Value module_repr(VM *vm, Value self)
{
    DictObj *dict = SELF(self)->dict;
    Value name = asy_dict_get_str(vm, dict, asy_name(vm, __name__));
    Value file = asy_dict_get_str(vm, dict, asy_name(vm, __file__));
    Value loader = asy_dict_get_str(vm, dict, asy_name(vm, __loader__));
    StrObj *s;
    if (asy_is_nil(name)) s = asy_str_from_c(vm, "<module '?'>");
    else if (!asy_is_nil(file) && !asy_is_none(file)) s = asy_format(vm, "<module %R from %R>", name, file);
    else if (asy_is_nil(loader) || asy_is_none(loader)) {
        s = SELF(self)->def ? asy_format(vm, "<module %R (built-in)>", name) : asy_format(vm, "<module %R>", name);
    } else s = asy_format(vm, "<module %R (%R)>", name, loader);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value module_dir(VM *vm, Args a)
{
    DictObj *dict = SELF(a.self)->dict;
    StrObj *name = asy_intern_c(vm, "__dir__");
    if (!name) return ASY_ERR;
    Value hook = asy_dict_get_str(vm, dict, name);
    asy_release_obj(vm, name);
    if (!asy_is_nil(hook)) return asy_call0(vm, hook);
    ListObj *list = asy_list_new(vm, dict->count);
    uint32_t pos = 0;
    Value key;
    while (list && asy_dict_next(dict, &pos, &key, NULL)) {
        if (asy_list_append(vm, list, key)) continue;
        asy_release_obj(vm, list);
        list = NULL;
    }
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value module_get_dict(VM *vm, Value self)
{
    (void)vm;
    return SELF(self)->dict ? asy_from_obj(asy_retain_obj(SELF(self)->dict)) : ASY_NONE;
}

static Value module_get_annotations(VM *vm, Value self)
{
    DictObj *dict = SELF(self)->dict;
    Value found = asy_dict_get_str(vm, dict, asy_name(vm, __annotations__));
    if (!asy_is_nil(found)) return asy_retain(found);
    DictObj *annotations = asy_dict_new(vm);
    if (!annotations) return ASY_ERR;
    if (asy_dict_set_str(vm, dict, asy_name(vm, __annotations__), asy_from_obj(annotations))) {
        return asy_from_obj(annotations);
    }
    asy_release_obj(vm, annotations);
    return ASY_ERR;
}

static bool module_set_annotations(VM *vm, Value self, Value value)
{
    DictObj *dict = SELF(self)->dict;
    if (!asy_is_nil(value)) return asy_dict_set_str(vm, dict, asy_name(vm, __annotations__), value);
    int deleted = asy_dict_delete_str(vm, dict, asy_name(vm, __annotations__));
    if (deleted == 0) asy_raise(vm, EXC_AttributeError, "__annotations__");
    return deleted == 1;
}

static void module_trace(Tracer *t, ObjHeader *o)
{
    ModuleObj *m = (ModuleObj *)(void *)o;
    if (m->dict) t->visit(t, &m->dict->head);
}

static void module_clear(VM *vm, ObjHeader *o)
{
    ModuleObj *m = (ModuleObj *)(void *)o;
    DictObj *dict = m->dict;
    m->dict = NULL;
    asy_release_obj(vm, dict);
}

static const MethodDef module_methods[] = {
    { "__dir__", module_dir, "()", 0, NULL },
    { 0 },
};
static const GetSetDef module_getset[] = {
    { "__dict__", module_get_dict, NULL, NULL },
    { "__annotations__", module_get_annotations, module_set_annotations, NULL },
    { 0 },
};

const TypeDef asy_module_type = {
    .name = "module",
    .size = sizeof(ModuleObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "A module: a namespace with a name.",
    .trace = module_trace,
    .clear = module_clear,
    .methods = module_methods,
    .getset = module_getset,
    .slots = {
        .new = module_new, .init = module_init, .repr = module_repr, .getattr = module_getattr,
        .setattr = module_setattr,
    },
};
