// Builtin functions, bound native methods, and the __new__ of native types.
#include "vm/objects/builtin.h"

#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SELF(v) asy_as(BuiltinObj, v)

static Value builtin_make(VM *vm, const MethodDef *def, const NativeParams *params, Value self, Value module)
{
    BuiltinObj *b = asy_object_alloc(vm, vm->types.builtin);
    if (!b) return ASY_ERR;
    b->def = def;
    b->params = params;
    b->self = asy_retain(self);
    b->module = asy_retain(module);
    return asy_from_obj(b);
}

Value asy_native_new(VM *vm, const MethodDef *def, Value self, Value module_name)
{
    return builtin_make(vm, def, NULL, self, module_name);
}

Value asy_builtin_bind(VM *vm, const MethodDef *def, const NativeParams *params, Value self)
{
    return builtin_make(vm, def, params, self, ASY_NIL);
}

// ---- __new__ ----

static Value type_new_method(VM *vm, Args a)
{
    Type *type = asy_as(Type, a.self);
    if (a.n == 0) return asy_raise(vm, EXC_TypeError, "%N.__new__(): not enough arguments", type);
    Value cls = a.v[0];
    if (!asy_is_obj(cls) || !(asy_as_obj(cls)->type->flags & TYPE_TYPE)) {
        return asy_raise(vm, EXC_TypeError, "%N.__new__(X): X is not a type object (%T)", type, cls);
    }
    Type *sub = asy_as(Type, cls);
    if (!asy_type_is_subtype(sub, type)) {
        return asy_raise(vm, EXC_TypeError, "%N.__new__(%N): %N is not a subtype of %N", type, sub, sub, type);
    }
    // object.__new__(int) would leave int's part of the instance unmade: the nearest native base decides.
    const Type *native = sub;
    while (native->flags & TYPE_HEAP) native = native->base;
    if (native->slots.new != type->slots.new) {
        return asy_raise(vm, EXC_TypeError, "%N.__new__(%N) is not safe, use %N.__new__()", type, sub, native);
    }
    return type->slots.new(vm, sub, (Args){ .self = cls, .v = a.v + 1, .n = a.n - 1, .kwnames = a.kwnames });
}

static const MethodDef new_method = {
    "__new__", type_new_method, NULL, NATIVE_RAW,
    "A new instance of the class given first.",
};

Value asy_builtin_new_method(VM *vm, Type *type)
{
    return builtin_make(vm, &new_method, NULL, asy_from_obj(type), ASY_NIL);
}

Type *asy_builtin_new_owner(VM *vm, Value v)
{
    if (!asy_is_obj(v) || asy_as_obj(v)->type != vm->types.builtin || SELF(v)->def != &new_method) return NULL;
    return asy_as(Type, SELF(v)->self);
}

// ---- the type ----

static Value builtin_call(VM *vm, Value self, Args a)
{
    BuiltinObj *b = SELF(self);
    return asy_native_call(vm, b->def, &b->params, b->self, NULL, a.v, a.n, a.kwnames);
}

static bool is_bound(VM *vm, const BuiltinObj *b) { return !asy_is_nil(b->self) && !asy_is_module(vm, b->self); }

static Value builtin_repr(VM *vm, Value self)
{
    BuiltinObj *b = SELF(self);
    StrObj *s = is_bound(vm, b) ? asy_format(vm, "<built-in method %s of %T object at 0x%llx>", b->def->name, b->self,
                                             (unsigned long long)asy_address(vm, b->self))
                                : asy_format(vm, "<built-in function %s>", b->def->name);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value builtin_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || asy_class_of(vm, b) != vm->types.builtin) return ASY_NOTIMPLEMENTED;
    bool equal = SELF(a)->def == SELF(b)->def && asy_same(SELF(a)->self, SELF(b)->self);
    return asy_from_bool(equal == (op == CMP_EQ));
}

static bool builtin_hash(VM *vm, Value self, int64_t *hash)
{
    int64_t receiver = 0;
    if (asy_is_obj(SELF(self)->self)) (void)asy_hash_by_id(vm, SELF(self)->self, &receiver);
    int64_t name = 0;
    for (const char *p = SELF(self)->def->name; *p; p++) name = name * 31 + *p;     // not the table's address: runs repeat
    *hash = receiver ^ name;
    if (*hash == -1) *hash = -2;
    return true;
}

static Value builtin_name(VM *vm, Value self) { return asy_str_value(vm, SELF(self)->def->name); }

static Value builtin_qualname(VM *vm, Value self)
{
    BuiltinObj *b = SELF(self);
    if (!is_bound(vm, b)) return asy_str_value(vm, b->def->name);
    bool is_class = asy_is_obj(b->self) && asy_as_obj(b->self)->type->flags & TYPE_TYPE;
    Type *type = is_class ? asy_as(Type, b->self) : asy_class_of(vm, b->self);
    StrObj *s = asy_format(vm, "%U.%s", type->qualname, b->def->name);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value builtin_module(VM *vm, Value self)
{
    BuiltinObj *b = SELF(self);
    if (!asy_is_nil(b->module)) return asy_retain(b->module);
    if (!asy_is_nil(b->self) && asy_is_module(vm, b->self)) {
        Value name = asy_module_name(vm, b->self);
        if (!asy_is_nil(name)) return asy_retain(name);
    }
    return ASY_NONE;
}

static Value builtin_doc(VM *vm, Value self)
{
    const char *doc = SELF(self)->def->doc;
    return doc ? asy_str_value(vm, doc) : ASY_NONE;
}

static Value builtin_self(VM *vm, Value self)
{
    (void)vm;
    Value receiver = SELF(self)->self;
    return asy_is_nil(receiver) ? ASY_NONE : asy_retain(receiver);
}

static Value builtin_text_signature(VM *vm, Value self)
{
    BuiltinObj *b = SELF(self);
    return asy_native_text_signature(vm, b->def, is_bound(vm, b), b->def->flags & NATIVE_CLASS);
}

static Value builtin_reduce(VM *vm, Args a)
{
    BuiltinObj *b = SELF(a.self);
    if (!is_bound(vm, b)) return builtin_qualname(vm, a.self);
    Value getattr = asy_dict_get_str(vm, vm->builtins, asy_name(vm, getattr));
    if (asy_is_nil(getattr)) return asy_raise(vm, EXC_TypeError, "cannot pickle a bound builtin");
    StrObj *name = asy_str_from_c(vm, b->def->name);
    if (!name) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 2, b->self, asy_from_obj(name));
    asy_release_obj(vm, name);
    if (asy_is_err(args)) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 2, getattr, args);
    asy_release(vm, args);
    return result;
}

static void builtin_trace(Tracer *t, ObjHeader *o)
{
    BuiltinObj *b = (BuiltinObj *)(void *)o;
    asy_trace_value(t, b->self);
    asy_trace_value(t, b->module);
}

static void builtin_clear(VM *vm, ObjHeader *o)
{
    BuiltinObj *b = (BuiltinObj *)(void *)o;
    asy_clear(vm, &b->self);
    asy_clear(vm, &b->module);
}

static const MethodDef builtin_methods[] = {
    { "__reduce__", builtin_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef builtin_getset[] = {
    { "__name__", builtin_name, NULL, NULL },
    { "__qualname__", builtin_qualname, NULL, NULL },
    { "__module__", builtin_module, NULL, NULL },
    { "__doc__", builtin_doc, NULL, NULL },
    { "__self__", builtin_self, NULL, NULL },
    { "__text_signature__", builtin_text_signature, NULL, NULL },
    { 0 },
};

const TypeDef asy_builtin_type = {
    .name = "builtin_function_or_method",
    .size = sizeof(BuiltinObj),
    .flags = TYPE_WEAKREFS,
    .trace = builtin_trace,
    .clear = builtin_clear,
    .methods = builtin_methods,
    .getset = builtin_getset,
    .slots = { .repr = builtin_repr, .call = builtin_call, .compare = builtin_compare, .hash = builtin_hash },
};
