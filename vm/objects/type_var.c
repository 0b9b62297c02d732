// Type variables and type aliases: TypeVar, ParamSpec, TypeVarTuple, TypeAliasType, Generic; and the module `_typing`,
// by which `typing` and the compiler's code for `def f[T]` and `type X = ...` get at them.
//
// Bounds, constraints and an alias's value may be functions, called when first asked for (PEP 695). What
// replacing a variable means is written in typing.asy and called from here.
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/vm.h"
#include "vm/interp/import.h"
#include "vm/interp/interp.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/type_var.h"
#include "vm/objects/types.h"
#include "vm/objects/union.h"

// One struct serves TypeVar, ParamSpec and TypeVarTuple.
#define VAR_FIELDS(V, O, N)                                                          \
    N(Attrs, attrs)             /* __module__ and what script adds */                \
    V(name)                                                                          \
    V(bound)                    /* NIL: none */                                      \
    V(evaluate_bound)           /* called for it, NIL once it is known */            \
    V(constraints)              /* tuple, NIL: none */                               \
    V(evaluate_constraints)                                                          \
    N(bool, covariant)                                                               \
    N(bool, contravariant)                                                           \
    N(bool, infer_variance)
ASY_OBJECT(VarObj, VAR_FIELDS);
ASY_OBJECT_TRACE(VarObj, VAR_FIELDS)

#define VAR(v) asy_as(VarObj, v)

static void var_trace(Tracer *t, ObjHeader *o)
{
    VarObj_trace(t, o);
    asy_attrs_trace(t, &((VarObj *)(void *)o)->attrs);
}

static void var_clear(VM *vm, ObjHeader *o)
{
    VarObj_clear(vm, o);
    asy_attrs_clear(vm, &((VarObj *)(void *)o)->attrs);
}

// ---- helpers ----

// typing.name(v...)
static Value call_typing(VM *vm, const char *name, const Value *v, uint32_t n)
{
    Value fn = asy_import_attr(vm, "typing", name);
    if (asy_is_err(fn)) return ASY_ERR;
    Value result = asy_call(vm, fn, v, n, ASY_NIL);
    asy_release(vm, fn);
    return result;
}

// __name__ of the module whose code is running: borrowed, None outside.
static Value calling_module(VM *vm)
{
    Frame *f = asy_current_frame(vm);
    Value name = f && f->func ? asy_dict_get_str(vm, f->func->globals, asy_name(vm, __name__)) : ASY_NIL;
    return asy_is_nil(name) ? ASY_NONE : name;
}

// `module` NIL: those of the compiler say they are of typing, as their class does.
static VarObj *var_alloc(VM *vm, Type *type, Value name, Value module)
{
    VarObj *v = asy_object_alloc(vm, type);
    if (!v) return NULL;
    v->name = asy_retain(name);
    if (asy_is_nil(module) || asy_attrs_set(vm, &v->head, &v->attrs, asy_name(vm, __module__), module)) return v;
    asy_release_obj(vm, v);
    return NULL;
}

static bool flag(VM *vm, Value v, bool *out) { return asy_arg_bool(vm, v, out); }

static bool set_variance(VM *vm, VarObj *var, Value covariant, Value contravariant, Value infer)
{
    if (!flag(vm, covariant, &var->covariant) || !flag(vm, contravariant, &var->contravariant) ||
        !flag(vm, infer, &var->infer_variance)) return false;
    if (var->covariant && var->contravariant) {
        asy_raise(vm, EXC_ValueError, "Bivariant types are not supported.");
        return false;
    }
    if (var->infer_variance && (var->covariant || var->contravariant)) {
        asy_raise(vm, EXC_ValueError, "Variance cannot be specified with infer_variance.");
        return false;
    }
    return true;
}

// bound=...: what typing makes of it (a ForwardRef of a str), NIL for None.
static bool set_bound(VM *vm, VarObj *var, Value bound)
{
    if (asy_is_nil(bound) || asy_is_none(bound)) return true;
    Value text = asy_str_value(vm, "Bound must be a type.");
    if (asy_is_err(text)) return false;
    Value args[2] = { bound, text };
    Value checked = call_typing(vm, "_type_check", args, 2);
    asy_release(vm, text);
    if (asy_is_err(checked)) return false;
    asy_set(vm, &var->bound, checked);
    return true;
}

static bool is_name(VM *vm, const char *what, Value name)
{
    if (asy_is_str(vm, name)) return true;
    asy_raise(vm, EXC_TypeError, "%s() argument 'name' must be str, not %T", what, name);
    return false;
}

static Value var_repr(VM *vm, Value self)
{
    VarObj *v = VAR(self);
    if (v->infer_variance) return asy_retain(v->name);
    StrObj *s = asy_format(vm, "%c%S", (uint32_t)(v->covariant ? '+' : v->contravariant ? '-' : '~'), v->name);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value var_or(VM *vm, Value a, Value b)
{
    Value v[2] = { a, b };
    return call_typing(vm, "_make_union", v, 2);
}

static Value var_reduce(VM *vm, Args a)
{
    (void)vm;
    return asy_retain(VAR(a.self)->name);
}

static Value var_mro_entries(VM *vm, Args a)
{
    return asy_raise(vm, EXC_TypeError, "Cannot subclass an instance of %U", asy_class_of(vm, a.self)->name);
}

static Value get_covariant(VM *vm, Value self) { return (void)vm, asy_from_bool(VAR(self)->covariant); }
static Value get_contravariant(VM *vm, Value self) { return (void)vm, asy_from_bool(VAR(self)->contravariant); }
static Value get_infer(VM *vm, Value self) { return (void)vm, asy_from_bool(VAR(self)->infer_variance); }

// A field that a function gives when first asked for.
static Value lazy(VM *vm, Value self, Value *field, Value *evaluate, Value absent)
{
    if (!asy_is_nil(*evaluate)) {
        asy_retain(self);
        Value value = asy_call0(vm, *evaluate);
        if (!asy_is_err(value)) {
            asy_set(vm, field, value);
            asy_clear(vm, evaluate);
        }
        Value result = asy_is_err(value) ? ASY_ERR : asy_retain(*field);
        asy_release(vm, self);
        return result;
    }
    return asy_retain(asy_is_nil(*field) ? absent : *field);
}

static Value get_bound(VM *vm, Value self)
{
    return lazy(vm, self, &VAR(self)->bound, &VAR(self)->evaluate_bound, ASY_NONE);
}

static Value get_constraints(VM *vm, Value self)
{
    return lazy(vm, self, &VAR(self)->constraints, &VAR(self)->evaluate_constraints, vm->empty_tuple);
}

static const MemberDef var_members[] = {
    { "__name__", offsetof(VarObj, name), false, NULL },
    { 0 },
};

// ---- TypeVar ----

static TupleObj *check_constraints(VM *vm, const Value *v, uint32_t n)
{
    Value text = asy_str_value(vm, "TypeVar(name, constraint, ...): constraints must be types.");
    TupleObj *t = asy_is_err(text) ? NULL : asy_tuple_alloc(vm, n);
    for (uint32_t i = 0; t && i < n; i++) {
        Value args[2] = { v[i], text };
        Value checked = call_typing(vm, "_type_check", args, 2);
        if (asy_is_err(checked)) {
            asy_release_obj(vm, t);
            t = NULL;
        } else {
            t->items[i] = checked;
        }
    }
    if (!asy_is_err(text)) asy_release(vm, text);
    return t;
}

// TypeVar(name, *constraints, bound=None, covariant=False, contravariant=False, infer_variance=False)
static Value typevar_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "name", "bound", "covariant", "contravariant", "infer_variance" };
    Value v[5];
    Args first = { .v = a.v, .n = a.n ? 1 : 0 };
    TupleObj *keywords = asy_is_nil(a.kwnames) ? NULL : asy_as_tuple(a.kwnames);
    Value local[8];
    if (keywords && keywords->size > 6) return asy_raise(vm, EXC_TypeError, "typevar() got too many keyword arguments");
    if (a.n) local[0] = a.v[0];
    for (size_t i = 0; keywords && i < keywords->size; i++) local[first.n + i] = a.v[a.n + i];
    first.v = local;
    first.kwnames = a.kwnames;
    if (!asy_new_args(vm, "typevar", names, 5, 0, 1, first, v) || !is_name(vm, "typevar", v[0])) return ASY_ERR;
    uint32_t constraints = a.n > 1 ? a.n - 1 : 0;
    bool bounded = !asy_is_nil(v[1]) && !asy_is_none(v[1]);
    if (constraints == 1) return asy_raise(vm, EXC_TypeError, "A single constraint is not allowed");
    if (constraints && bounded) return asy_raise(vm, EXC_TypeError, "Constraints cannot be combined with bound=...");
    VarObj *var = var_alloc(vm, type, v[0], calling_module(vm));
    if (!var) return ASY_ERR;
    bool ok = set_variance(vm, var, v[2], v[3], v[4]) && set_bound(vm, var, v[1]);
    if (ok && constraints) {
        TupleObj *t = check_constraints(vm, a.v + 1, constraints);
        ok = t != NULL;
        if (ok) var->constraints = asy_from_obj(t);
    }
    if (ok) return asy_from_obj(var);
    asy_release_obj(vm, var);
    return ASY_ERR;
}

static Value typevar_subst(VM *vm, Args a)
{
    Value v[2] = { a.self, a.v[0] };
    return call_typing(vm, "_typevar_subst", v, 2);
}

static const MethodDef typevar_methods[] = {
    { "__typing_subst__", typevar_subst, "(arg, /)", 0, NULL },
    { "__reduce__", var_reduce, "()", 0, NULL },
    { "__mro_entries__", var_mro_entries, "(bases, /)", 0, NULL },
    { 0 },
};
static const GetSetDef typevar_getset[] = {
    { "__bound__", get_bound, NULL, NULL },
    { "__constraints__", get_constraints, NULL, NULL },
    { "__covariant__", get_covariant, NULL, NULL },
    { "__contravariant__", get_contravariant, NULL, NULL },
    { "__infer_variance__", get_infer, NULL, NULL },
    { 0 },
};

const TypeDef asy_type_var_type = {
    .name = "typing.TypeVar",
    .size = sizeof(VarObj),
    .flags = TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(VarObj, attrs),
    .doc = "A variable that stands for a type.",
    .trace = var_trace,
    .clear = var_clear,
    .methods = typevar_methods,
    .getset = typevar_getset,
    .members = var_members,
    .slots = { .new = typevar_new, .repr = var_repr, .or = var_or },
};

// ---- ParamSpec, P.args, P.kwargs ----

static Value paramspec_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "name", "bound", "covariant", "contravariant", "infer_variance" };
    Value v[5];
    if (a.n > 1) return asy_raise(vm, EXC_TypeError, "paramspec() takes exactly 1 positional argument (%u given)", a.n);
    if (!asy_new_args(vm, "paramspec", names, 5, 0, 1, a, v) || !is_name(vm, "paramspec", v[0])) return ASY_ERR;
    VarObj *var = var_alloc(vm, type, v[0], calling_module(vm));
    if (!var) return ASY_ERR;
    if (set_variance(vm, var, v[2], v[3], v[4]) && set_bound(vm, var, v[1])) return asy_from_obj(var);
    asy_release_obj(vm, var);
    return ASY_ERR;
}

static Value paramspec_subst(VM *vm, Args a)
{
    Value v[2] = { a.self, a.v[0] };
    return call_typing(vm, "_paramspec_subst", v, 2);
}

static Value paramspec_prepare(VM *vm, Args a)
{
    Value v[3] = { a.self, a.v[0], a.v[1] };
    return call_typing(vm, "_paramspec_prepare_subst", v, 3);
}

#define PART_FIELDS(V, O, N) V(origin)
ASY_OBJECT(PartObj, PART_FIELDS);
ASY_OBJECT_TRACE(PartObj, PART_FIELDS)

static Value part_make(VM *vm, const TypeDef *def, Value origin)
{
    Type *type = asy_type_ready(vm, def);
    PartObj *p = type ? asy_object_alloc(vm, type) : NULL;
    if (!p) return ASY_ERR;
    p->origin = asy_retain(origin);
    return asy_from_obj(p);
}

static Value part_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "origin" };
    Value origin;
    if (!asy_new_args(vm, type->def->name + sizeof "typing." - 1, names, 1, 0, 1, a, &origin)) return ASY_ERR;
    return part_make(vm, type->def, origin);
}

static Value part_repr(VM *vm, Value self)
{
    const char *which = asy_class_of(vm, self)->def == &asy_param_spec_args_type ? "args" : "kwargs";
    Value origin = asy_as(PartObj, self)->origin;
    bool spec = asy_class_of(vm, origin)->def == &asy_param_spec_type;
    StrObj *s = spec ? asy_format(vm, "%S.%s", VAR(origin)->name, which) : asy_format(vm, "%R.%s", origin, which);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value part_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || asy_class_of(vm, a) != asy_class_of(vm, b)) return ASY_NOTIMPLEMENTED;
    return asy_compare(vm, asy_as(PartObj, a)->origin, asy_as(PartObj, b)->origin, op);
}

static bool part_hash(VM *vm, Value self, int64_t *hash) { return asy_hash(vm, asy_as(PartObj, self)->origin, hash); }

static const MethodDef part_methods[] = {
    { "__mro_entries__", var_mro_entries, "(bases, /)", 0, NULL },
    { 0 },
};
static const MemberDef part_members[] = {
    { "__origin__", offsetof(PartObj, origin), false, NULL },
    { 0 },
};

#define PART_TYPE(id, text)                                                                        \
    const TypeDef id = {                                                                           \
        .name = text, .size = sizeof(PartObj), .flags = TYPE_WEAKREFS | TYPE_QUALIFIED,            \
        .trace = PartObj_trace, .clear = PartObj_clear, .methods = part_methods,                   \
        .members = part_members,                                                                   \
        .slots = { .new = part_new, .repr = part_repr, .compare = part_compare, .hash = part_hash }, \
    };
PART_TYPE(asy_param_spec_args_type, "typing.ParamSpecArgs")
PART_TYPE(asy_param_spec_kwargs_type, "typing.ParamSpecKwargs")

static Value paramspec_args(VM *vm, Value self) { return part_make(vm, &asy_param_spec_args_type, self); }
static Value paramspec_kwargs(VM *vm, Value self) { return part_make(vm, &asy_param_spec_kwargs_type, self); }

static const MethodDef paramspec_methods[] = {
    { "__typing_subst__", paramspec_subst, "(arg, /)", 0, NULL },
    { "__typing_prepare_subst__", paramspec_prepare, "(alias, args, /)", 0, NULL },
    { "__reduce__", var_reduce, "()", 0, NULL },
    { "__mro_entries__", var_mro_entries, "(bases, /)", 0, NULL },
    { 0 },
};
static const GetSetDef paramspec_getset[] = {
    { "__bound__", get_bound, NULL, NULL },
    { "__covariant__", get_covariant, NULL, NULL },
    { "__contravariant__", get_contravariant, NULL, NULL },
    { "__infer_variance__", get_infer, NULL, NULL },
    { "args", paramspec_args, NULL, "The positional arguments." },
    { "kwargs", paramspec_kwargs, NULL, "The keyword arguments." },
    { 0 },
};

const TypeDef asy_param_spec_type = {
    .name = "typing.ParamSpec",
    .size = sizeof(VarObj),
    .flags = TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(VarObj, attrs),
    .doc = "A variable that stands for the parameters of a callable.",
    .trace = var_trace,
    .clear = var_clear,
    .methods = paramspec_methods,
    .getset = paramspec_getset,
    .members = var_members,
    .slots = { .new = paramspec_new, .repr = var_repr, .or = var_or },
};

// ---- TypeVarTuple ----

static Value vartuple_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "name" };
    Value name;
    if (!asy_new_args(vm, "typevartuple", names, 1, 0, 1, a, &name) || !is_name(vm, "typevartuple", name)) return ASY_ERR;
    VarObj *var = var_alloc(vm, type, name, calling_module(vm));
    return var ? asy_from_obj(var) : ASY_ERR;
}

static Value vartuple_repr(VM *vm, Value self)
{
    (void)vm;
    return asy_retain(VAR(self)->name);
}

static Value unpacked(VM *vm, Value self)
{
    Value unpack = asy_import_attr(vm, "typing", "Unpack");
    if (asy_is_err(unpack)) return ASY_ERR;
    Value result = asy_getitem(vm, unpack, self);
    asy_release(vm, unpack);
    return result;
}

// *Ts is Unpack[Ts].
static Value vartuple_iter(VM *vm, Value self)
{
    Value item = unpacked(vm, self);
    if (asy_is_err(item)) return ASY_ERR;
    Value one = asy_tuple_pack(vm, 1, item);
    asy_release(vm, item);
    if (asy_is_err(one)) return ASY_ERR;
    Value iterator = asy_iter(vm, one);
    asy_release(vm, one);
    return iterator;
}

static Value vartuple_subst(VM *vm, Args a)
{
    (void)a;
    return asy_raise(vm, EXC_TypeError, "Substitution of bare TypeVarTuple is not supported");
}

static Value vartuple_prepare(VM *vm, Args a)
{
    Value v[3] = { a.self, a.v[0], a.v[1] };
    return call_typing(vm, "_typevartuple_prepare_subst", v, 3);
}

static const MethodDef vartuple_methods[] = {
    { "__typing_subst__", vartuple_subst, "(arg, /)", 0, NULL },
    { "__typing_prepare_subst__", vartuple_prepare, "(alias, args, /)", 0, NULL },
    { "__reduce__", var_reduce, "()", 0, NULL },
    { "__mro_entries__", var_mro_entries, "(bases, /)", 0, NULL },
    { 0 },
};

const TypeDef asy_type_var_tuple_type = {
    .name = "typing.TypeVarTuple",
    .size = sizeof(VarObj),
    .flags = TYPE_ATTRS | TYPE_WEAKREFS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(VarObj, attrs),
    .doc = "A variable that stands for any number of types.",
    .trace = var_trace,
    .clear = var_clear,
    .methods = vartuple_methods,
    .members = var_members,
    .slots = { .new = vartuple_new, .repr = vartuple_repr, .iter = vartuple_iter },
};

// ---- TypeAliasType ----

#define TYPE_ALIAS_FIELDS(V, O, N)                                       \
    V(name)                                                              \
    V(params)                   /* tuple, NIL: none */                   \
    V(value)                                                             \
    V(evaluate)                 /* called for it, NIL once it is known */ \
    V(module)
ASY_OBJECT(TypeAliasObj, TYPE_ALIAS_FIELDS);
ASY_OBJECT_TRACE(TypeAliasObj, TYPE_ALIAS_FIELDS)

#define TYPE_ALIAS(v) asy_as(TypeAliasObj, v)

static Value alias_make(VM *vm, Value name, Value params, Value value, Value evaluate)
{
    TypeAliasObj *t = asy_object_alloc(vm, vm->types.type_alias);
    if (!t) return ASY_ERR;
    t->name = asy_retain(name);
    if (asy_is_tuple(vm, params) && asy_as_tuple(params)->size) t->params = asy_retain(params);
    t->value = asy_retain(value);
    t->evaluate = asy_retain(evaluate);
    t->module = asy_retain(calling_module(vm));
    return asy_from_obj(t);
}

static Value alias_new(VM *vm, Type *type, Args a)
{
    (void)type;
    static const char *const names[] = { "name", "value", "type_params" };
    Value v[3];
    if (!asy_new_args(vm, "typealias", names, 3, 0, 2, a, v) || !is_name(vm, "typealias", v[0])) return ASY_ERR;
    if (!asy_is_nil(v[2]) && !asy_is_tuple(vm, v[2])) return asy_raise(vm, EXC_TypeError, "type_params must be a tuple");
    return alias_make(vm, v[0], v[2], v[1], ASY_NIL);
}

static Value alias_repr(VM *vm, Value self)
{
    (void)vm;
    return asy_retain(TYPE_ALIAS(self)->name);
}

static Value alias_getitem(VM *vm, Value self, Value args)
{
    if (asy_is_nil(TYPE_ALIAS(self)->params)) {
        return asy_raise(vm, EXC_TypeError, "Only generic type aliases are subscriptable");
    }
    return asy_generic_alias_new(vm, self, args, false);
}

static Value alias_value(VM *vm, Value self)
{
    return lazy(vm, self, &TYPE_ALIAS(self)->value, &TYPE_ALIAS(self)->evaluate, ASY_NONE);
}

static Value alias_params(VM *vm, Value self)
{
    Value params = TYPE_ALIAS(self)->params;
    return asy_retain(asy_is_nil(params) ? vm->empty_tuple : params);
}

// The same with every TypeVarTuple unpacked.
static Value alias_parameters(VM *vm, Value self)
{
    Value params = TYPE_ALIAS(self)->params;
    if (asy_is_nil(params)) return asy_retain(vm->empty_tuple);
    TupleObj *from = asy_as_tuple(params);
    TupleObj *to = asy_tuple_alloc(vm, from->size);
    for (size_t i = 0; to && i < from->size; i++) {
        bool tuple = asy_class_of(vm, from->items[i])->def == &asy_type_var_tuple_type;
        Value item = tuple ? unpacked(vm, from->items[i]) : asy_retain(from->items[i]);
        if (asy_is_err(item)) {
            asy_release_obj(vm, to);
            to = NULL;
        } else {
            to->items[i] = item;
        }
    }
    return to ? asy_from_obj(to) : ASY_ERR;
}

static Value alias_reduce(VM *vm, Args a)
{
    (void)vm;
    return asy_retain(TYPE_ALIAS(a.self)->name);
}

static const MethodDef alias_methods[] = {
    { "__reduce__", alias_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef alias_getset[] = {
    { "__value__", alias_value, NULL, NULL },
    { "__type_params__", alias_params, NULL, NULL },
    { "__parameters__", alias_parameters, NULL, NULL },
    { 0 },
};
static const MemberDef alias_members[] = {
    { "__name__", offsetof(TypeAliasObj, name), false, NULL },
    { "__module__", offsetof(TypeAliasObj, module), false, NULL },
    { 0 },
};

const TypeDef asy_type_alias_type = {
    .name = "typing.TypeAliasType",
    .size = sizeof(TypeAliasObj),
    .flags = TYPE_WEAKREFS | TYPE_QUALIFIED,
    .doc = "What `type X = ...` binds.",
    .trace = TypeAliasObj_trace,
    .clear = TypeAliasObj_clear,
    .methods = alias_methods,
    .getset = alias_getset,
    .members = alias_members,
    .slots = { .new = alias_new, .repr = alias_repr, .getitem = alias_getitem, .or = asy_union_or },
};

// ---- Generic ----

// typing.name(cls, *args, **kwargs)
static Value call_for_class(VM *vm, const char *name, Args a)
{
    Value fn = asy_import_attr(vm, "typing", name);
    if (asy_is_err(fn)) return ASY_ERR;
    Value bound = asy_method_new(vm, fn, a.self);
    asy_release(vm, fn);
    if (asy_is_err(bound)) return ASY_ERR;
    Value result = asy_call(vm, bound, a.v, a.n, a.kwnames);
    asy_release(vm, bound);
    return result;
}

static Value generic_class_getitem(VM *vm, Args a) { return call_for_class(vm, "_generic_class_getitem", a); }
static Value generic_init_subclass(VM *vm, Args a) { return call_for_class(vm, "_generic_init_subclass", a); }

static const MethodDef generic_methods[] = {
    { "__class_getitem__", generic_class_getitem, NULL, NATIVE_RAW | NATIVE_CLASS, "The class with type arguments." },
    { "__init_subclass__", generic_init_subclass, NULL, NATIVE_RAW | NATIVE_CLASS, "Finds the type parameters." },
    { 0 },
};

const TypeDef asy_generic_type = {
    .name = "typing.Generic",
    .size = sizeof(ObjHeader),
    .flags = TYPE_BASE,
    .doc = "The base of generic classes.",
    .methods = generic_methods,
    .slots = { .new = asy_object_new },
};

// ---- the module: what the compiler's code calls ----

static Value make(VM *vm, const TypeDef *def, Value name)
{
    Type *type = asy_type_ready(vm, def);
    VarObj *var = type ? var_alloc(vm, type, name, ASY_NIL) : NULL;
    if (!var) return ASY_ERR;
    var->infer_variance = def != &asy_type_var_tuple_type;
    return asy_from_obj(var);
}

static Value make_typevar(VM *vm, Args a) { return make(vm, &asy_type_var_type, a.v[0]); }
static Value make_paramspec(VM *vm, Args a) { return make(vm, &asy_param_spec_type, a.v[0]); }
static Value make_typevartuple(VM *vm, Args a) { return make(vm, &asy_type_var_tuple_type, a.v[0]); }

static Value make_typevar_bound(VM *vm, Args a)
{
    Value var = make(vm, &asy_type_var_type, a.v[0]);
    if (!asy_is_err(var)) VAR(var)->evaluate_bound = asy_retain(a.v[1]);
    return var;
}

static Value make_typevar_constraints(VM *vm, Args a)
{
    Value var = make(vm, &asy_type_var_type, a.v[0]);
    if (!asy_is_err(var)) VAR(var)->evaluate_constraints = asy_retain(a.v[1]);
    return var;
}

static Value make_typealias(VM *vm, Args a) { return alias_make(vm, a.v[0], a.v[1], ASY_NIL, a.v[2]); }

// Generic[T, ...]: the implicit base of `class C[T, ...]`.
static Value make_generic_base(VM *vm, Args a)
{
    Type *generic = asy_type_ready(vm, &asy_generic_type);
    if (!generic) return ASY_ERR;
    TupleObj *params = asy_as_tuple(a.v[0]);
    TupleObj *key = asy_tuple_alloc(vm, params->size);
    for (size_t i = 0; key && i < params->size; i++) {
        bool tuple = asy_class_of(vm, params->items[i])->def == &asy_type_var_tuple_type;
        Value item = tuple ? unpacked(vm, params->items[i]) : asy_retain(params->items[i]);
        if (asy_is_err(item)) {
            asy_release_obj(vm, key);
            key = NULL;
        } else {
            key->items[i] = item;
        }
    }
    if (!key) return ASY_ERR;
    Value result = asy_getitem(vm, asy_from_obj(generic), asy_from_obj(key));
    asy_release_obj(vm, key);
    return result;
}

static Value typing_idfunc(VM *vm, Args a)
{
    (void)vm;
    return asy_retain(a.v[0]);
}

static const MethodDef typing_functions[] = {
    { "_idfunc", typing_idfunc, "(x, /)", 0, NULL },
    { "_make_typevar", make_typevar, "(name, /)", 0, NULL },
    { "_make_typevar_bound", make_typevar_bound, "(name, evaluate, /)", 0, NULL },
    { "_make_typevar_constraints", make_typevar_constraints, "(name, evaluate, /)", 0, NULL },
    { "_make_paramspec", make_paramspec, "(name, /)", 0, NULL },
    { "_make_typevartuple", make_typevartuple, "(name, /)", 0, NULL },
    { "_make_typealias", make_typealias, "(name, type_params, evaluate, /)", 0, NULL },
    { "_make_generic_base", make_generic_base, "(type_params, /)", 0, NULL },
    { 0 },
};

static bool typing_init(VM *vm, Value module)
{
    static const TypeDef *const types[] = {
        &asy_type_var_type, &asy_param_spec_type, &asy_type_var_tuple_type, &asy_param_spec_args_type,
        &asy_param_spec_kwargs_type, &asy_type_alias_type, &asy_generic_type,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!asy_module_add_type(vm, module, types[i])) return false;
    }
    return true;
}

const ModuleDef asy_module__typing = {
    .name = "_typing",
    .doc = "Type variables, for typing and the compiler.",
    .functions = typing_functions,
    .init = typing_init,
};
