// super: attributes of the classes behind one in an object's MRO.
#include "vm/objects/super.h"

#include "vm/core/abstract.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/interp/builtins.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SUPER_FIELDS(V, O, N)                                            \
    O(Type, type)           /* whose followers are asked */              \
    V(object)               /* instance or class, NIL: unbound */        \
    O(Type, object_type)    /* whose MRO is walked */
ASY_OBJECT(SuperObj, SUPER_FIELDS);
ASY_OBJECT_TRACE(SuperObj, SUPER_FIELDS)

#define SELF(v) asy_as(SuperObj, v)

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

// The class whose MRO holds `type`: object's, or object itself if it is a class. Borrowed from the object or (`*owned`)
// new. NULL: TypeError.
static Type *super_check(VM *vm, Type *type, Value object, Value *owned)
{
    *owned = ASY_NIL;
    if (is_type(object) && asy_type_is_subtype(asy_as(Type, object), type)) return asy_as(Type, object);
    if (asy_type_is_subtype(asy_class_of(vm, object), type)) return asy_class_of(vm, object);
    Value claimed = asy_getattr_opt(vm, object, asy_name(vm, __class__));
    if (asy_is_err(claimed)) return NULL;
    if (is_type(claimed) && asy_as(Type, claimed) != asy_class_of(vm, object) &&
        asy_type_is_subtype(asy_as(Type, claimed), type)) {
        *owned = claimed;
        return asy_as(Type, claimed);
    }
    asy_release(vm, claimed);
    asy_raise(vm, EXC_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

// The attribute behind `type` in start's MRO, borrowed, NIL: none.
static Value lookup_behind(VM *vm, Type *start, const Type *type, StrObj *name)
{
    TupleObj *mro = start->mro;
    if (!mro) return ASY_NIL;
    size_t i = 0;
    while (i < mro->size && asy_as(Type, mro->items[i]) != type) i++;
    for (i++; i < mro->size; i++) {
        Type *at = asy_as(Type, mro->items[i]);
        int32_t entry = asy_dict_name_entry(vm, at->dict, name);
        if (entry >= 0) return at->dict->entries[entry].value;
    }
    return ASY_NIL;
}

// The attribute bound to `object`, NIL if there is none.
static Value find(VM *vm, Type *start, Type *type, Value object, StrObj *name, Value *method)
{
    if (method) *method = ASY_NIL;
    Value attr = lookup_behind(vm, start, type, name);
    if (asy_is_nil(attr)) return ASY_NIL;
    const Type *attr_type = asy_class_of(vm, attr);
    bool on_class = asy_same(object, asy_from_obj(start));
    if (method && !on_class && attr_type->flags & TYPE_METHOD_DESCR) {
        *method = object;
        return asy_retain(attr);
    }
    if (!attr_type->slots.descr_get) return asy_retain(attr);
    asy_retain(attr);
    Value result = attr_type->slots.descr_get(vm, attr, on_class ? ASY_NIL : object, asy_from_obj(start));
    asy_release(vm, attr);
    return result;
}

Value asy_super_getattr(VM *vm, Value cls, Value self, StrObj *name, Value *method)
{
    if (method) *method = ASY_NIL;
    if (!is_type(cls)) return asy_raise(vm, EXC_TypeError, "super() argument 1 must be a type, not %.200T", cls);
    Value owned;
    Type *start = super_check(vm, asy_as(Type, cls), self, &owned);
    if (!start) return ASY_ERR;
    Value result = ASY_NIL;
    if (name != asy_name(vm, __class__)) result = find(vm, start, asy_as(Type, cls), self, name, method);
    if (asy_is_nil(result)) {
        // super's own attributes, and the message that names super.
        Value args[2] = { cls, self };
        Value object = asy_call(vm, asy_from_obj(vm->types.super), args, 2, ASY_NIL);
        result = asy_is_err(object) ? ASY_ERR : asy_generic_getattr(vm, object, name);
        if (!asy_is_err(object)) asy_release(vm, object);
    }
    asy_release(vm, owned);
    return result;
}

static Value super_getattr(VM *vm, Value self, StrObj *name)
{
    SuperObj *s = SELF(self);
    if (s->object_type && name != asy_name(vm, __class__)) {
        Value result = find(vm, s->object_type, s->type, s->object, name, NULL);
        if (!asy_is_nil(result)) return result;
    }
    return asy_generic_getattr(vm, self, name);
}

static bool super_set(VM *vm, SuperObj *s, Type *type, Value object)
{
    Value owned = ASY_NIL;
    Type *object_type = NULL;
    if (asy_is_none(object)) object = ASY_NIL;
    if (!asy_is_nil(object)) {
        object_type = super_check(vm, type, object, &owned);
        if (!object_type) return false;
        asy_retain_obj(object_type);
        asy_release(vm, owned);
    }
    Type *old_type = s->type, *old_object_type = s->object_type;
    s->type = asy_retain_obj(type);
    s->object_type = object_type;
    asy_set(vm, &s->object, asy_retain(object));
    asy_release_obj(vm, old_type);
    asy_release_obj(vm, old_object_type);
    return true;
}

static bool super_init(VM *vm, Value self, Args a)
{
    if (!asy_is_nil(a.kwnames) && asy_as_tuple(a.kwnames)->size) {
        asy_raise(vm, EXC_TypeError, "super() takes no keyword arguments");
        return false;
    }
    if (a.n > 2) {
        asy_raise(vm, EXC_TypeError, "super() expected at most 2 arguments, got %u", a.n);
        return false;
    }
    Type *type;
    Value object = ASY_NIL;
    if (a.n == 0) {
        Value cls;
        if (!asy_super_defaults(vm, &cls, &object)) return false;
        type = asy_as(Type, cls);
    } else {
        if (!is_type(a.v[0])) {
            asy_raise(vm, EXC_TypeError, "super() argument 1 must be a type, not %.200T", a.v[0]);
            return false;
        }
        type = asy_as(Type, a.v[0]);
        if (a.n == 2) object = a.v[1];
    }
    return super_set(vm, SELF(self), type, object);
}

static Value super_new(VM *vm, Type *type, Args a)
{
    (void)a;
    SuperObj *s = asy_object_alloc(vm, type);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value super_descr_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    SuperObj *s = SELF(self);
    if (asy_is_nil(object) || asy_is_none(object) || !asy_is_nil(s->object) || !s->type) return asy_retain(self);
    Value args[2] = { asy_from_obj(s->type), object };
    return asy_call(vm, asy_from_obj(asy_class_of(vm, self)), args, 2, ASY_NIL);
}

static Value super_repr(VM *vm, Value self)
{
    SuperObj *s = SELF(self);
    StrObj *text;
    if (!s->type) text = asy_str_from_c(vm, "<super: <class 'NULL'>, NULL>");
    else if (s->object_type) text = asy_format(vm, "<super: <class '%N'>, <%N object>>", s->type, s->object_type);
    else text = asy_format(vm, "<super: <class '%N'>, NULL>", s->type);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value super_thisclass(VM *vm, Value self)
{
    (void)vm;
    return SELF(self)->type ? asy_from_obj(asy_retain_obj(SELF(self)->type)) : ASY_NONE;
}

static Value super_self_class(VM *vm, Value self)
{
    (void)vm;
    return SELF(self)->object_type ? asy_from_obj(asy_retain_obj(SELF(self)->object_type)) : ASY_NONE;
}

static const GetSetDef super_getset[] = {
    { "__thisclass__", super_thisclass, NULL, NULL },
    { "__self_class__", super_self_class, NULL, NULL },
    { 0 },
};
static const MemberDef super_members[] = {
    { "__self__", offsetof(SuperObj, object), false, NULL },
    { 0 },
};

const TypeDef asy_super_type = {
    .name = "super",
    .size = sizeof(SuperObj),
    .flags = TYPE_BASE,
    .trace = SuperObj_trace,
    .clear = SuperObj_clear,
    .getset = super_getset,
    .members = super_members,
    .slots = {
        .new = super_new, .init = super_init, .repr = super_repr, .getattr = super_getattr,
        .descr_get = super_descr_get,
    },
};
