// list[int]: classes with type arguments (types.GenericAlias), and the replacing of type variables.
//
// An alias passes attributes on to its origin and calls it; only isinstance and issubclass are refused. What a type
// variable does when it is replaced is its own business: __typing_subst__, __typing_prepare_subst__ (objects/type_var.c).
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/union.h"

#define ALIAS_FIELDS(V, O, N)                                        \
    V(origin)                                                        \
    O(TupleObj, args)                                                \
    O(TupleObj, parameters)     /* NULL: not yet collected */        \
    N(bool, starred)            /* *tuple[int] */
ASY_OBJECT(AliasObj, ALIAS_FIELDS);
ASY_OBJECT_TRACE(AliasObj, ALIAS_FIELDS)

#define SELF(v) asy_as(AliasObj, v)

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

static bool is_alias(VM *vm, Value v) { return asy_type_is_subtype(asy_class_of(vm, v), vm->types.generic_alias); }

// An attribute of a name that only this file uses; NIL: absent.
static Value get_named(VM *vm, Value v, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    if (!s) return ASY_ERR;
    Value result = asy_getattr_opt(vm, v, s);
    asy_release_obj(vm, s);
    return result;
}

static Value alias_make(VM *vm, Type *type, Value origin, Value args, bool starred)
{
    TupleObj *tuple = asy_is_tuple(vm, args) ? asy_retain_obj(asy_as_tuple(args)) : asy_tuple_from(vm, &args, 1);
    AliasObj *a = tuple ? asy_object_alloc(vm, type) : NULL;
    if (!a) {
        asy_release_obj(vm, tuple);
        return ASY_ERR;
    }
    a->origin = asy_retain(origin);
    a->args = tuple;
    a->starred = starred;
    return asy_from_obj(a);
}

Value asy_generic_alias_new(VM *vm, Value origin, Value args, bool starred)
{
    return alias_make(vm, vm->types.generic_alias, origin, args, starred);
}

static Value alias_new(VM *vm, Type *type, Args a)
{
    if (!asy_args_positional(vm, "GenericAlias", a, 2, 2)) return ASY_ERR;
    return alias_make(vm, type, a.v[0], a.v[1], false);
}

// ---- repr ----

bool asy_generic_repr_item(StrBuilder *b, Value item)
{
    VM *vm = b->vm;
    if (asy_same(item, ASY_ELLIPSIS)) return asy_builder_c(b, "...");
    Value origin = asy_getattr_opt(vm, item, asy_name(vm, __origin__));
    if (asy_is_err(origin)) return false;
    if (!asy_is_nil(origin)) {
        asy_release(vm, origin);
        return asy_builder_repr(b, item);
    }
    Value qualname = asy_getattr_opt(vm, item, asy_name(vm, __qualname__));
    if (asy_is_err(qualname)) return false;
    Value module = asy_is_nil(qualname) ? ASY_NIL : asy_getattr_opt(vm, item, asy_name(vm, __module__));
    bool ok;
    if (asy_is_err(module)) ok = false;
    else if (asy_is_nil(qualname) || asy_is_nil(module) || asy_is_none(module)) ok = asy_builder_repr(b, item);
    else if (asy_is_str(vm, module) && asy_str_is(asy_as_str(module), "builtins")) ok = asy_builder_str_of(b, qualname);
    else ok = asy_builder_str_of(b, module) && asy_builder_c(b, ".") && asy_builder_str_of(b, qualname);
    asy_release(vm, qualname);
    if (!asy_is_err(module)) asy_release(vm, module);
    return ok;
}

static bool repr_argument(StrBuilder *b, Value arg)
{
    if (!asy_is_list(b->vm, arg)) return asy_generic_repr_item(b, arg);
    ListObj *list = asy_as_list(arg);       // Callable's and ParamSpec's arguments
    if (!asy_builder_c(b, "[")) return false;
    for (size_t i = 0; i < list->size; i++) {
        if ((i && !asy_builder_c(b, ", ")) || !asy_generic_repr_item(b, list->items[i])) return false;
    }
    return asy_builder_c(b, "]");
}

static Value alias_repr(VM *vm, Value self)
{
    AliasObj *a = SELF(self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = (!a->starred || asy_builder_c(&b, "*")) && asy_generic_repr_item(&b, a->origin) && asy_builder_c(&b, "[");
    for (size_t i = 0; ok && i < a->args->size; i++) {
        ok = (i == 0 || asy_builder_c(&b, ", ")) && repr_argument(&b, a->args->items[i]);
    }
    ok = ok && (a->args->size || asy_builder_c(&b, "()")) && asy_builder_c(&b, "]");
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// ---- type variables ----

static bool add_parameter(VM *vm, ListObj *list, Value param)
{
    for (size_t i = 0; i < list->size; i++) {
        if (asy_same(list->items[i], param)) return true;
    }
    return asy_list_append(vm, list, param);
}

static bool collect(VM *vm, ListObj *list, const Value *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Value item = items[i];
        if (is_type(item)) continue;        // a class's __parameters__ are not the alias's
        if (asy_is_tuple(vm, item)) {
            if (!collect(vm, list, asy_as_tuple(item)->items, asy_as_tuple(item)->size)) return false;
            continue;
        }
        Value subst = asy_getattr_opt(vm, item, asy_name(vm, __typing_subst__));
        if (asy_is_err(subst)) return false;
        if (!asy_is_nil(subst)) {
            asy_release(vm, subst);
            if (!add_parameter(vm, list, item)) return false;
            continue;
        }
        Value inner = asy_getattr_opt(vm, item, asy_name(vm, __parameters__));
        if (asy_is_err(inner)) return false;
        bool ok = true;
        if (asy_is_tuple(vm, inner)) {
            TupleObj *t = asy_as_tuple(inner);
            for (size_t k = 0; ok && k < t->size; k++) ok = add_parameter(vm, list, t->items[k]);
        }
        asy_release(vm, inner);
        if (!ok) return false;
    }
    return true;
}

TupleObj *asy_generic_parameters(VM *vm, TupleObj *args)
{
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return NULL;
    TupleObj *result = collect(vm, list, args->items, args->size) ? asy_list_to_tuple(vm, list) : NULL;
    asy_release_obj(vm, list);
    return result;
}

// The arguments given, spread: *tuple[int, str] counts as two. New tuple.
static TupleObj *unpack_arguments(VM *vm, Value item)
{
    const Value *items = &item;
    size_t n = 1;
    if (asy_is_tuple(vm, item)) {
        items = asy_as_tuple(item)->items;
        n = asy_as_tuple(item)->size;
    }
    ListObj *list = asy_list_new(vm, n);
    for (size_t i = 0; list && i < n; i++) {
        Value sub = is_type(items[i]) ? ASY_NIL : get_named(vm, items[i], "__typing_unpacked_tuple_args__");
        bool ok = !asy_is_err(sub);
        TupleObj *t = ok && asy_is_tuple(vm, sub) ? asy_as_tuple(sub) : NULL;
        if (t && !(t->size && asy_same(t->items[t->size - 1], ASY_ELLIPSIS))) {
            for (size_t k = 0; ok && k < t->size; k++) ok = asy_list_append(vm, list, t->items[k]);
        } else if (ok) {
            ok = asy_list_append(vm, list, items[i]);
        }
        if (!asy_is_err(sub)) asy_release(vm, sub);
        if (ok) continue;
        asy_release_obj(vm, list);
        list = NULL;
    }
    TupleObj *result = list ? asy_list_to_tuple(vm, list) : NULL;
    asy_release_obj(vm, list);
    return result;
}

static size_t parameter_index(TupleObj *parameters, Value param)
{
    size_t i = 0;
    while (i < parameters->size && !asy_same(parameters->items[i], param)) i++;
    return i;
}

// arg[...] with the values of arg's own type variables.
static Value substitute_inside(VM *vm, Value arg, TupleObj *parameters, TupleObj *given)
{
    Value inner = asy_getattr_opt(vm, arg, asy_name(vm, __parameters__));
    if (asy_is_err(inner)) return ASY_ERR;
    if (!asy_is_tuple(vm, inner) || asy_as_tuple(inner)->size == 0) {
        asy_release(vm, inner);
        return asy_retain(arg);
    }
    TupleObj *own = asy_as_tuple(inner);
    ListObj *values = asy_list_new(vm, own->size);
    bool ok = values != NULL;
    for (size_t i = 0; ok && i < own->size; i++) {
        size_t k = parameter_index(parameters, own->items[i]);
        Value v = k < parameters->size && k < given->size ? given->items[k] : own->items[i];
        // A TypeVarTuple stands for a tuple of arguments.
        if (asy_is_tuple(vm, v) && asy_class_of(vm, own->items[i])->slots.iter) ok = asy_list_extend(vm, values, v);
        else ok = asy_list_append(vm, values, v);
    }
    Value result = ASY_ERR;
    TupleObj *key = ok ? asy_list_to_tuple(vm, values) : NULL;
    if (key) result = asy_getitem(vm, arg, asy_from_obj(key));
    asy_release_obj(vm, key);
    asy_release_obj(vm, values);
    asy_release(vm, inner);
    return result;
}

static bool is_unpacked_variable(VM *vm, Value arg, int *answer)
{
    Value flag = is_type(arg) ? ASY_NIL : get_named(vm, arg, "__typing_is_unpacked_typevartuple__");
    *answer = asy_is_nil(flag) ? 0 : asy_is_err(flag) ? -1 : asy_truth(vm, flag);
    if (!asy_is_err(flag)) asy_release(vm, flag);
    return *answer >= 0;
}

static bool substitute_one(VM *vm, ListObj *out, Value arg, TupleObj *parameters, TupleObj *given)
{
    if (is_type(arg)) return asy_list_append(vm, out, arg);
    int unpack;
    if (!is_unpacked_variable(vm, arg, &unpack)) return false;
    Value subst = asy_getattr_opt(vm, arg, asy_name(vm, __typing_subst__));
    if (asy_is_err(subst)) return false;
    Value new;
    if (!asy_is_nil(subst)) {
        size_t k = parameter_index(parameters, arg);
        new = asy_call1(vm, subst, k < given->size ? given->items[k] : arg);
        asy_release(vm, subst);
    } else {
        new = substitute_inside(vm, arg, parameters, given);
    }
    if (asy_is_err(new)) return false;
    bool ok = unpack && asy_is_tuple(vm, new) ? asy_list_extend(vm, out, new) : asy_list_append(vm, out, new);
    asy_release(vm, new);
    return ok;
}

TupleObj *asy_generic_substitute(VM *vm, Value self, TupleObj *args, TupleObj *parameters, Value item)
{
    if (parameters->size == 0) {
        asy_raise(vm, EXC_TypeError, "%R is not a generic class", self);
        return NULL;
    }
    TupleObj *given = unpack_arguments(vm, item);
    for (size_t i = 0; given && i < parameters->size; i++) {
        Value prepare = get_named(vm, parameters->items[i], "__typing_prepare_subst__");
        if (asy_is_nil(prepare)) continue;
        Value prepared = asy_is_err(prepare) ? ASY_ERR : asy_call2(vm, prepare, self, asy_from_obj(given));
        if (!asy_is_err(prepare)) asy_release(vm, prepare);
        asy_release_obj(vm, given);
        given = NULL;
        if (asy_is_err(prepared)) return NULL;
        given = asy_to_tuple(vm, prepared);
        asy_release(vm, prepared);
    }
    if (!given) return NULL;
    if (given->size != parameters->size) {
        asy_raise(vm, EXC_TypeError, "Too %s arguments for %R; actual %zu, expected %zu",
                  given->size > parameters->size ? "many" : "few", self, given->size, parameters->size);
        asy_release_obj(vm, given);
        return NULL;
    }
    ListObj *out = asy_list_new(vm, args->size);
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < args->size; i++) ok = substitute_one(vm, out, args->items[i], parameters, given);
    TupleObj *result = ok ? asy_list_to_tuple(vm, out) : NULL;
    asy_release_obj(vm, out);
    asy_release_obj(vm, given);
    return result;
}

static TupleObj *parameters_of(VM *vm, Value self)
{
    AliasObj *a = SELF(self);
    if (!a->parameters) a->parameters = asy_generic_parameters(vm, a->args);
    return a->parameters;
}

// ---- slots ----

static Value alias_getitem(VM *vm, Value self, Value item)
{
    TupleObj *parameters = parameters_of(vm, self);
    TupleObj *args = parameters ? asy_generic_substitute(vm, self, SELF(self)->args, parameters, item) : NULL;
    if (!args) return ASY_ERR;
    Value result = asy_generic_alias_new(vm, SELF(self)->origin, asy_from_obj(args), SELF(self)->starred);
    asy_release_obj(vm, args);
    return result;
}

static Value alias_call(VM *vm, Value self, Args a)
{
    Value object = asy_call(vm, SELF(self)->origin, a.v, a.n, a.kwnames);
    if (asy_is_err(object)) return ASY_ERR;
    if (!asy_setattr(vm, object, asy_name(vm, __orig_class__), self) && !asy_error_catch(vm, EXC_AttributeError) &&
        !asy_error_catch(vm, EXC_TypeError)) {
        asy_release(vm, object);
        return ASY_ERR;
    }
    return object;
}

// The alias's own attributes; everything else is the origin's.
static bool is_own(const StrObj *name)
{
    static const char *const names[] = {
        "__class__", "__origin__", "__args__", "__unpacked__", "__parameters__", "__typing_unpacked_tuple_args__",
        "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__"
    };
    if (name->size < 2 || name->data[0] != '_') return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (asy_str_is(name, names[i])) return true;
    }
    return false;
}

static Value alias_getattr(VM *vm, Value self, StrObj *name)
{
    return is_own(name) ? asy_generic_getattr(vm, self, name) : asy_getattr(vm, SELF(self)->origin, name);
}

static bool alias_hash(VM *vm, Value self, int64_t *hash)
{
    int64_t origin, args;
    if (!asy_hash(vm, SELF(self)->origin, &origin) || !asy_hash(vm, asy_from_obj(SELF(self)->args), &args)) return false;
    *hash = origin ^ args;
    if (*hash == -1) *hash = -2;
    return true;
}

static Value alias_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_alias(vm, a) || !is_alias(vm, b)) return ASY_NOTIMPLEMENTED;
    int equal = SELF(a)->starred == SELF(b)->starred;
    if (equal) equal = asy_equal(vm, SELF(a)->origin, SELF(b)->origin);
    if (equal > 0) equal = asy_equal(vm, asy_from_obj(SELF(a)->args), asy_from_obj(SELF(b)->args));
    return equal < 0 ? ASY_ERR : asy_from_bool((equal == 1) == (op == CMP_EQ));
}

// Iterating gives the starred form, once: what *tuple[int] in a subscript means.
static Value alias_iter(VM *vm, Value self)
{
    Value starred = asy_generic_alias_new(vm, SELF(self)->origin, asy_from_obj(SELF(self)->args), true);
    if (asy_is_err(starred)) return ASY_ERR;
    Value one = asy_tuple_pack(vm, 1, starred);
    asy_release(vm, starred);
    if (asy_is_err(one)) return ASY_ERR;
    Value iterator = asy_iter(vm, one);
    asy_release(vm, one);
    return iterator;
}

// ---- attributes ----

static Value alias_get_args(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(SELF(self)->args));
}

static Value alias_get_parameters(VM *vm, Value self)
{
    TupleObj *parameters = parameters_of(vm, self);
    return parameters ? asy_from_obj(asy_retain_obj(parameters)) : ASY_ERR;
}

static Value alias_get_unpacked(VM *vm, Value self) { return (void)vm, asy_from_bool(SELF(self)->starred); }

static Value alias_get_unpacked_args(VM *vm, Value self)
{
    bool tuple = SELF(self)->starred && asy_same(SELF(self)->origin, asy_from_obj(vm->types.tuple));
    return tuple ? alias_get_args(vm, self) : ASY_NONE;
}

static Value alias_mro_entries(VM *vm, Args a) { return asy_tuple_pack(vm, 1, SELF(a.self)->origin); }

static Value alias_instancecheck(VM *vm, Args a)
{
    (void)a;
    return asy_raise(vm, EXC_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}

static Value alias_subclasscheck(VM *vm, Args a)
{
    (void)a;
    return asy_raise(vm, EXC_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}

static Value alias_reduce(VM *vm, Args a)
{
    AliasObj *self = SELF(a.self);
    Value args = asy_tuple_pack(vm, 2, self->origin, asy_from_obj(self->args));
    if (asy_is_err(args)) return ASY_ERR;
    Value result = ASY_ERR;
    if (self->starred) {
        Value plain = asy_generic_alias_new(vm, self->origin, asy_from_obj(self->args), false);
        Value iterator = asy_is_err(plain) ? ASY_ERR : asy_iter(vm, plain);
        Value next = asy_builtin_get(vm, "next");
        Value next_args = asy_is_err(iterator) || asy_is_err(next) ? ASY_ERR : asy_tuple_pack(vm, 1, iterator);
        if (!asy_is_err(next_args)) result = asy_tuple_pack(vm, 2, next, next_args);
        if (!asy_is_err(next_args)) asy_release(vm, next_args);
        if (!asy_is_err(iterator)) asy_release(vm, iterator);
        if (!asy_is_err(plain)) asy_release(vm, plain);
    } else {
        result = asy_tuple_pack(vm, 2, asy_from_obj(asy_class_of(vm, a.self)), args);
    }
    asy_release(vm, args);
    return result;
}

static Value alias_dir(VM *vm, Args a)
{
    StrObj *name = asy_intern_c(vm, "__dir__");
    if (!name) return ASY_ERR;
    Value names = asy_call_method0(vm, SELF(a.self)->origin, name);
    asy_release_obj(vm, name);
    if (asy_is_err(names) || !asy_is_list(vm, names)) return names;
    static const char *const own[] = { "__origin__", "__args__", "__parameters__", "__mro_entries__", "__unpacked__" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        Value text = asy_str_value(vm, own[i]);
        bool ok = !asy_is_err(text) && asy_list_append_owned(vm, asy_as_list(names), text);
        if (ok) continue;
        asy_release(vm, names);
        return ASY_ERR;
    }
    return names;
}

static const MethodDef alias_methods[] = {
    { "__mro_entries__", alias_mro_entries, "(bases, /)", 0, NULL },
    { "__instancecheck__", alias_instancecheck, "(instance, /)", 0, NULL },
    { "__subclasscheck__", alias_subclasscheck, "(subclass, /)", 0, NULL },
    { "__reduce__", alias_reduce, "()", 0, NULL },
    { "__dir__", alias_dir, "()", 0, NULL },
    { 0 },
};
static const GetSetDef alias_getset[] = {
    { "__args__", alias_get_args, NULL, NULL },
    { "__parameters__", alias_get_parameters, NULL, NULL },
    { "__unpacked__", alias_get_unpacked, NULL, NULL },
    { "__typing_unpacked_tuple_args__", alias_get_unpacked_args, NULL, NULL },
    { 0 },
};
static const MemberDef alias_members[] = {
    { "__origin__", offsetof(AliasObj, origin), false, NULL },
    { 0 },
};

const TypeDef asy_generic_alias_type = {
    .name = "types.GenericAlias",
    .size = sizeof(AliasObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED | TYPE_WEAKREFS,
    .doc = "A class with type arguments, as list[int].",
    .trace = AliasObj_trace,
    .clear = AliasObj_clear,
    .methods = alias_methods,
    .getset = alias_getset,
    .members = alias_members,
    .slots = {
        .new = alias_new, .repr = alias_repr, .call = alias_call, .getattr = alias_getattr, .hash = alias_hash,
        .compare = alias_compare, .getitem = alias_getitem, .iter = alias_iter, .or = asy_union_or,
    },
};
