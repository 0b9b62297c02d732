// Functions made by script: construction, attributes, binding as methods; and cells.
#include "vm/objects/function.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/interp/interp.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

ASY_OBJECT_TRACE(FunctionObj, FUNCTION_FIELDS)

Value asy_function_new(VM *vm, CodeObj *code, DictObj *globals, Value qualname)
{
    FunctionObj *f = asy_object_alloc(vm, vm->types.function);
    if (!f) return ASY_ERR;
    f->code = asy_retain_obj(code);
    f->globals = asy_retain_obj(globals);
    f->name = asy_from_obj(asy_retain_obj(code->name));
    f->qualname = asy_retain(qualname);
    // the builtins of a module are what its __builtins__ says, the VM's otherwise
    DictObj *builtins = vm->builtins;
    Value own = asy_dict_get_str(vm, globals, asy_name(vm, __builtins__));
    if (asy_is_obj(own)) {
        if (asy_is_dict(vm, own)) builtins = asy_as_dict(own);
        else if (asy_as_obj(own)->type == vm->types.module && own.bits != vm->builtins_module.bits) {
            Value d = asy_getattr(vm, own, asy_name(vm, __dict__));
            if (asy_is_err(d)) {
                asy_release_obj(vm, f);
                return ASY_ERR;
            }
            builtins = asy_as_dict(d);
            asy_release(vm, d);     // the module keeps it
        }
    }
    f->builtins = asy_retain_obj(builtins);
    Value module = asy_dict_get_str(vm, globals, asy_name(vm, __name__));
    f->module = asy_is_nil(module) ? ASY_NONE : asy_retain(module);
    const Proto *p = code->proto;
    f->doc = p->flags & CODE_METHOD_DOC && p->nconsts ? asy_retain(code->consts[0]) : ASY_NONE;
    f->version = 1;
    return asy_from_obj(f);
}

void asy_function_changed(VM *vm, FunctionObj *f)
{
    (void)vm;
    if (f->version) f->version++;
}

static Value function_repr(VM *vm, Value self)
{
    StrObj *s = asy_format(vm, "<function %S at 0x%llx>", asy_as(FunctionObj, self)->qualname,
                           asy_heap_number(vm, asy_as_obj(self)));
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value function_call(VM *vm, Value self, Args args) { return asy_function_call(vm, self, args); }

static Value function_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    if (asy_is_nil(object)) return asy_retain(self);
    return asy_method_new(vm, self, object);
}

static FunctionObj *func(Value v) { return asy_as(FunctionObj, v); }
static Value or_none(Value v) { return asy_is_nil(v) ? ASY_NONE : asy_retain(v); }

static bool set_string(VM *vm, Value v, Value *field, const char *name)
{
    if (asy_is_nil(v) || !asy_is_str(vm, v)) {
        asy_raise(vm, EXC_TypeError, "%s must be set to a string object", name);
        return false;
    }
    asy_set(vm, field, asy_retain(v));
    return true;
}
static Value get_name(VM *vm, Value self) { return (void)vm, asy_retain(func(self)->name); }
static bool set_name(VM *vm, Value self, Value v) { return set_string(vm, v, &func(self)->name, "__name__"); }
static Value get_qualname(VM *vm, Value self) { return (void)vm, asy_retain(func(self)->qualname); }
static bool set_qualname(VM *vm, Value self, Value v) { return set_string(vm, v, &func(self)->qualname, "__qualname__"); }
static Value get_doc(VM *vm, Value self) { return (void)vm, or_none(func(self)->doc); }
static bool set_doc(VM *vm, Value self, Value v)
{
    asy_set(vm, &func(self)->doc, asy_is_nil(v) ? ASY_NONE : asy_retain(v));
    return true;
}
static Value get_module(VM *vm, Value self) { return (void)vm, or_none(func(self)->module); }
static bool set_module(VM *vm, Value self, Value v)
{
    asy_set(vm, &func(self)->module, asy_is_nil(v) ? ASY_NONE : asy_retain(v));
    return true;
}
static Value get_code(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(func(self)->code)); }
static bool set_code(VM *vm, Value self, Value v)
{
    FunctionObj *f = func(self);
    if (asy_is_nil(v) || asy_type_of(vm, v) != vm->types.code) {
        asy_raise(vm, EXC_TypeError, "__code__ must be set to a code object");
        return false;
    }
    CodeObj *code = asy_as(CodeObj, v);
    size_t closure = f->closure ? f->closure->size : 0;
    if (closure != code->proto->nfree) {
        asy_raise(vm, EXC_ValueError, "%S() requires a code object with %zu free vars, not %zu", f->name, closure,
                  (size_t)code->proto->nfree);
        return false;
    }
    CodeObj *old = f->code;
    f->code = asy_retain_obj(code);
    asy_release_obj(vm, old);
    asy_function_changed(vm, f);
    return true;
}
static Value get_globals(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(func(self)->globals)); }
static Value get_builtins(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(func(self)->builtins)); }
static Value get_closure(VM *vm, Value self)
{
    (void)vm;
    TupleObj *t = func(self)->closure;
    return t ? asy_from_obj(asy_retain_obj(t)) : ASY_NONE;
}
static Value get_defaults(VM *vm, Value self) { return (void)vm, or_none(func(self)->defaults); }
static bool set_defaults(VM *vm, Value self, Value v)
{
    if (!asy_is_nil(v) && !asy_is_none(v) && !asy_is_tuple(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__defaults__ must be set to a tuple object");
        return false;
    }
    asy_set(vm, &func(self)->defaults, asy_is_none(v) ? ASY_NIL : asy_retain(v));
    asy_function_changed(vm, func(self));
    return true;
}
static Value get_kwdefaults(VM *vm, Value self) { return (void)vm, or_none(func(self)->kwdefaults); }
static bool set_kwdefaults(VM *vm, Value self, Value v)
{
    if (!asy_is_nil(v) && !asy_is_none(v) && !asy_is_dict(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__kwdefaults__ must be set to a dict object");
        return false;
    }
    asy_set(vm, &func(self)->kwdefaults, asy_is_none(v) ? ASY_NIL : asy_retain(v));
    asy_function_changed(vm, func(self));
    return true;
}
static Value get_annotations(VM *vm, Value self)
{
    FunctionObj *f = func(self);
    if (asy_is_nil(f->annotations) || asy_is_tuple(vm, f->annotations)) {
        DictObj *d = asy_dict_new(vm);
        if (!d) return ASY_ERR;
        if (!asy_is_nil(f->annotations)) {
            TupleObj *t = asy_as_tuple(f->annotations);
            for (size_t i = 0; i + 1 < t->size; i += 2) {
                if (!asy_dict_set(vm, d, t->items[i], t->items[i + 1])) {
                    asy_release_obj(vm, d);
                    return ASY_ERR;
                }
            }
        }
        asy_set(vm, &f->annotations, asy_from_obj(d));
    }
    return asy_retain(f->annotations);
}
static bool set_annotations(VM *vm, Value self, Value v)
{
    if (!asy_is_nil(v) && !asy_is_none(v) && !asy_is_dict(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__annotations__ must be set to a dict object");
        return false;
    }
    asy_set(vm, &func(self)->annotations, asy_is_none(v) ? ASY_NIL : asy_retain(v));
    return true;
}
static Value get_type_params(VM *vm, Value self)
{
    Value v = func(self)->type_params;
    return asy_retain(asy_is_nil(v) ? vm->empty_tuple : v);
}
static bool set_type_params(VM *vm, Value self, Value v)
{
    if (asy_is_nil(v) || !asy_is_tuple(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__type_params__ must be set to a tuple");
        return false;
    }
    asy_set(vm, &func(self)->type_params, asy_retain(v));
    return true;
}
static Value get_dict(VM *vm, Value self)
{
    FunctionObj *f = func(self);
    if (asy_is_nil(f->dict)) {
        DictObj *d = asy_dict_new(vm);
        if (!d) return ASY_ERR;
        f->dict = asy_from_obj(d);
    }
    return asy_retain(f->dict);
}
static bool set_dict(VM *vm, Value self, Value v)
{
    if (asy_is_nil(v) || !asy_is_dict(vm, v)) {
        asy_raise(vm, EXC_TypeError, "__dict__ must be set to a dictionary, not a '%T'", v);
        return false;
    }
    asy_set(vm, &func(self)->dict, asy_retain(v));
    return true;
}

// A function's own attributes live in its dict; the class's data descriptors come first, other class attributes last.
static Value function_getattr(VM *vm, Value self, StrObj *name)
{
    FunctionObj *f = func(self);
    if (!asy_is_nil(f->dict)) {
        Value found = asy_type_lookup(vm, vm->types.function, name);
        if (asy_is_nil(found) || !asy_type_of(vm, found)->slots.descr_set) {
            Value v = asy_dict_get_str(vm, asy_as_dict(f->dict), name);
            if (!asy_is_nil(v)) return asy_retain(v);
            if (asy_error_pending(vm)) return ASY_ERR;
        }
    }
    return asy_generic_getattr(vm, self, name);
}
static bool function_setattr(VM *vm, Value self, StrObj *name, Value v)
{
    Value found = asy_type_lookup(vm, vm->types.function, name);
    if (!asy_is_nil(found) && asy_type_of(vm, found)->slots.descr_set) return asy_generic_setattr(vm, self, name, v);
    Value d = get_dict(vm, self);
    if (asy_is_err(d)) return false;
    bool ok;
    if (asy_is_nil(v)) {
        int gone = asy_dict_delete_str(vm, asy_as_dict(d), name);
        if (gone == 0) asy_raise_attribute(vm, self, name);
        ok = gone > 0;
    } else {
        ok = asy_dict_set_str(vm, asy_as_dict(d), name, v);
    }
    asy_release(vm, d);
    return ok;
}

static Value function_new(VM *vm, Type *type, Args a)
{
    (void)type;
    static const char *const names[] = { "code", "globals", "name", "argdefs", "closure", "kwdefaults" };
    Value v[6] = { ASY_NIL, ASY_NIL, ASY_NIL, ASY_NIL, ASY_NIL, ASY_NIL };
    for (uint32_t i = 0; i < a.n && i < 6; i++) v[i] = a.v[i];
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t k = 0; k < nkw; k++) {
        for (int i = 0; i < 6; i++) {
            if (asy_str_is(asy_as_str(asy_as_tuple(a.kwnames)->items[k]), names[i])) v[i] = a.v[a.n + k];
        }
    }
    if (asy_is_nil(v[0]) || asy_is_nil(v[1])) {
        return asy_raise(vm, EXC_TypeError, "function() missing required argument '%s' (pos %d)",
                         asy_is_nil(v[0]) ? "code" : "globals", asy_is_nil(v[0]) ? 1 : 2);
    }
    if (asy_type_of(vm, v[0]) != vm->types.code) {
        return asy_raise(vm, EXC_TypeError, "function() argument 'code' must be code, not %T", v[0]);
    }
    if (!asy_is_dict(vm, v[1])) {
        return asy_raise(vm, EXC_TypeError, "function() argument 'globals' must be dict, not %T", v[1]);
    }
    CodeObj *code = asy_as(CodeObj, v[0]);
    size_t nclosure = asy_is_nil(v[4]) || asy_is_none(v[4]) || !asy_is_tuple(vm, v[4]) ? 0 : asy_as_tuple(v[4])->size;
    if (nclosure != code->proto->nfree) {
        return asy_raise(vm, EXC_ValueError, "%U requires closure of length %zu, not %zu", code->name,
                         (size_t)code->proto->nfree, nclosure);
    }
    Value fv = asy_function_new(vm, code, asy_as_dict(v[1]), asy_from_obj(code->qualname));
    if (asy_is_err(fv)) return ASY_ERR;
    FunctionObj *f = func(fv);
    if (!asy_is_nil(v[2]) && !asy_is_none(v[2])) asy_set(vm, &f->name, asy_retain(v[2]));
    if (!asy_is_nil(v[3]) && !asy_is_none(v[3])) f->defaults = asy_retain(v[3]);
    if (nclosure) f->closure = asy_retain_obj(asy_as_tuple(v[4]));
    if (!asy_is_nil(v[5]) && !asy_is_none(v[5])) f->kwdefaults = asy_retain(v[5]);
    return fv;
}

static const GetSetDef function_getset[] = {
    { "__name__", get_name, set_name, NULL },
    { "__qualname__", get_qualname, set_qualname, NULL },
    { "__doc__", get_doc, set_doc, NULL },
    { "__module__", get_module, set_module, NULL },
    { "__code__", get_code, set_code, NULL },
    { "__globals__", get_globals, NULL, NULL },
    { "__builtins__", get_builtins, NULL, NULL },
    { "__closure__", get_closure, NULL, NULL },
    { "__defaults__", get_defaults, set_defaults, NULL },
    { "__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL },
    { "__annotations__", get_annotations, set_annotations, NULL },
    { "__type_params__", get_type_params, set_type_params, NULL },
    { "__dict__", get_dict, set_dict, NULL },
    { 0 },
};

const TypeDef asy_function_type = {
    .name = "function",
    .size = sizeof(FunctionObj),
    .flags = TYPE_WEAKREFS | TYPE_METHOD_DESCR,
    .doc = "Create a function object.",
    .trace = FunctionObj_trace,
    .clear = FunctionObj_clear,
    .getset = function_getset,
    .slots = { .repr = function_repr,
               .call = function_call,
               .descr_get = function_get,
               .getattr = function_getattr,
               .setattr = function_setattr,
               .new = function_new },
};
