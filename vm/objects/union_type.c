// X | Y: unions of types.
//
// The members are flattened and each is there once; None stands for its type. A union of one is that type.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/union.h"

#define UNION_FIELDS(V, O, N)                                        \
    O(TupleObj, args)                                                \
    O(TupleObj, parameters)     /* NULL: not yet collected */
ASY_OBJECT(UnionObj, UNION_FIELDS);
ASY_OBJECT_TRACE(UnionObj, UNION_FIELDS)

#define SELF(v) asy_as(UnionObj, v)

static bool is_union(VM *vm, Value v) { return asy_class_of(vm, v) == vm->types.union_type; }

static bool may_be_member(VM *vm, Value v)
{
    const Type *type = asy_class_of(vm, v);
    return asy_is_none(v) || type->flags & TYPE_TYPE || asy_type_is_subtype(type, vm->types.generic_alias) ||
           type == vm->types.type_alias || type == vm->types.union_type;
}

static bool add_member(VM *vm, ListObj *list, Value v)
{
    if (asy_is_none(v)) v = asy_from_obj(vm->types.none);
    for (size_t i = 0; i < list->size; i++) {
        int equal = asy_equal(vm, list->items[i], v);
        if (equal) return equal > 0;
    }
    return asy_list_append(vm, list, v);
}

static bool add_members(VM *vm, ListObj *list, Value v)
{
    if (!is_union(vm, v)) return add_member(vm, list, v);
    TupleObj *args = SELF(v)->args;
    for (size_t i = 0; i < args->size; i++) {
        if (!add_member(vm, list, args->items[i])) return false;
    }
    return true;
}

Value asy_union_or(VM *vm, Value a, Value b)
{
    if (!may_be_member(vm, a) || !may_be_member(vm, b)) return ASY_NOTIMPLEMENTED;
    ListObj *list = asy_list_new(vm, 2);
    if (!list) return ASY_ERR;
    Value result = ASY_ERR;
    if (add_members(vm, list, a) && add_members(vm, list, b)) {
        TupleObj *args = list->size == 1 ? NULL : asy_list_to_tuple(vm, list);
        if (list->size == 1) {
            result = asy_retain(list->items[0]);
        } else if (args) {
            UnionObj *u = asy_object_alloc(vm, vm->types.union_type);
            if (u) {
                u->args = args;
                result = asy_from_obj(u);
            } else {
                asy_release_obj(vm, args);
            }
        }
    }
    asy_release_obj(vm, list);
    return result;
}

static Value union_repr(VM *vm, Value self)
{
    TupleObj *args = SELF(self)->args;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = true;
    for (size_t i = 0; ok && i < args->size; i++) {
        ok = (i == 0 || asy_builder_c(&b, " | "));
        if (!ok) break;
        bool none = asy_same(args->items[i], asy_from_obj(vm->types.none));
        ok = none ? asy_builder_c(&b, "None") : asy_generic_repr_item(&b, args->items[i]);
    }
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static SetObj *member_set(VM *vm, Value self)
{
    SetObj *set = asy_set_new(vm, vm->types.frozenset);
    if (set && !asy_set_update(vm, set, asy_from_obj(SELF(self)->args))) {
        asy_release_obj(vm, set);
        return NULL;
    }
    return set;
}

static bool union_hash(VM *vm, Value self, int64_t *hash)
{
    SetObj *set = member_set(vm, self);
    bool ok = set && asy_hash(vm, asy_from_obj(set), hash);
    asy_release_obj(vm, set);
    return ok;
}

static Value union_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_union(vm, a) || !is_union(vm, b)) return ASY_NOTIMPLEMENTED;
    SetObj *x = member_set(vm, a), *y = x ? member_set(vm, b) : NULL;
    Value result = y ? asy_compare(vm, asy_from_obj(x), asy_from_obj(y), op) : ASY_ERR;
    asy_release_obj(vm, x);
    asy_release_obj(vm, y);
    return result;
}

static TupleObj *parameters(VM *vm, Value self)
{
    UnionObj *u = SELF(self);
    if (!u->parameters) u->parameters = asy_generic_parameters(vm, u->args);
    return u->parameters;
}

static Value union_getitem(VM *vm, Value self, Value item)
{
    TupleObj *params = parameters(vm, self);
    TupleObj *args = params ? asy_generic_substitute(vm, self, SELF(self)->args, params, item) : NULL;
    if (!args) return ASY_ERR;
    Value result = args->size ? asy_retain(args->items[0]) : ASY_NONE;
    for (size_t i = 1; i < args->size && !asy_is_err(result); i++) {
        Value joined = asy_binary(vm, BIN_OR, result, args->items[i]);
        asy_release(vm, result);
        result = joined;
    }
    asy_release_obj(vm, args);
    return result;
}

static Value union_get_parameters(VM *vm, Value self)
{
    TupleObj *params = parameters(vm, self);
    return params ? asy_from_obj(asy_retain_obj(params)) : ASY_ERR;
}

static Value union_get_args(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(SELF(self)->args));
}

static Value union_instancecheck(VM *vm, Args a)
{
    TupleObj *args = SELF(a.self)->args;
    for (size_t i = 0; i < args->size; i++) {
        int answer = asy_isinstance(vm, a.v[0], args->items[i]);
        if (answer) return answer < 0 ? ASY_ERR : ASY_TRUE;
    }
    return ASY_FALSE;
}

static Value union_subclasscheck(VM *vm, Args a)
{
    TupleObj *args = SELF(a.self)->args;
    if (!asy_is_obj(a.v[0]) || !(asy_as_obj(a.v[0])->type->flags & TYPE_TYPE)) {
        return asy_raise(vm, EXC_TypeError, "issubclass() arg 1 must be a class");
    }
    for (size_t i = 0; i < args->size; i++) {
        int answer = asy_issubclass(vm, a.v[0], args->items[i]);
        if (answer) return answer < 0 ? ASY_ERR : ASY_TRUE;
    }
    return ASY_FALSE;
}

static const MethodDef union_methods[] = {
    { "__instancecheck__", union_instancecheck, "(instance, /)", 0, NULL },
    { "__subclasscheck__", union_subclasscheck, "(subclass, /)", 0, NULL },
    { 0 },
};
static const GetSetDef union_getset[] = {
    { "__args__", union_get_args, NULL, NULL },
    { "__parameters__", union_get_parameters, NULL, NULL },
    { 0 },
};

const TypeDef asy_union_type_type = {
    .name = "types.UnionType",
    .size = sizeof(UnionObj),
    .flags = TYPE_QUALIFIED | TYPE_WEAKREFS,
    .doc = "What X | Y gives for types: either of them.",
    .trace = UnionObj_trace,
    .clear = UnionObj_clear,
    .methods = union_methods,
    .getset = union_getset,
    .slots = {
        .repr = union_repr, .hash = union_hash, .compare = union_compare, .getitem = union_getitem, .or = asy_union_or,
    },
};
