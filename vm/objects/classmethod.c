// staticmethod and classmethod.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SELF(v) asy_as(ClassMethodObj, v)

static DictObj *own_dict(VM *vm, Value self)
{
    ClassMethodObj *m = SELF(self);
    if (asy_is_nil(m->dict)) {
        DictObj *dict = asy_dict_new(vm);
        if (!dict) return NULL;
        m->dict = asy_from_obj(dict);
    }
    return asy_as_dict(m->dict);
}

static Value make(VM *vm, Type *type, Value callable)
{
    ClassMethodObj *m = asy_object_alloc(vm, type);
    if (!m) return ASY_ERR;
    m->callable = asy_retain(callable);
    return asy_from_obj(m);
}

Value asy_staticmethod_new(VM *vm, Value callable) { return make(vm, vm->types.staticmethod, callable); }
Value asy_classmethod_new(VM *vm, Value callable) { return make(vm, vm->types.classmethod, callable); }

static Value wrapper_new(VM *vm, Type *type, Args a)
{
    (void)a;
    return make(vm, type, ASY_NONE);
}

// They look like what they wrap, as functools.wraps would have it.
static bool take_attributes(VM *vm, Value self, Value callable)
{
    StrObj *const names[] = {
        asy_name(vm, __module__), asy_name(vm, __name__), asy_name(vm, __qualname__), asy_name(vm, __doc__),
        asy_name(vm, __annotations__),
    };
    DictObj *dict = own_dict(vm, self);
    if (!dict) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Value v = asy_getattr_opt(vm, callable, names[i]);
        if (asy_is_err(v)) return false;
        if (asy_is_nil(v)) continue;
        bool ok = asy_dict_set_str(vm, dict, names[i], v);
        asy_release(vm, v);
        if (!ok) return false;
    }
    return true;
}

static bool init(VM *vm, const char *name, Value self, Args a)
{
    if (!asy_args_positional(vm, name, a, 1, 1)) return false;
    asy_set(vm, &SELF(self)->callable, asy_retain(a.v[0]));
    return take_attributes(vm, self, a.v[0]);
}

static bool staticmethod_init(VM *vm, Value self, Args a) { return init(vm, "staticmethod", self, a); }
static bool classmethod_init(VM *vm, Value self, Args a) { return init(vm, "classmethod", self, a); }

static Value staticmethod_get(VM *vm, Value self, Value object, Value type)
{
    (void)vm, (void)object, (void)type;
    return asy_retain(SELF(self)->callable);
}

static Value staticmethod_call(VM *vm, Value self, Args a)
{
    Value callable = asy_retain(SELF(self)->callable);
    Value result = asy_call(vm, callable, a.v, a.n, a.kwnames);
    asy_release(vm, callable);
    return result;
}

static Value classmethod_get(VM *vm, Value self, Value object, Value type)
{
    Value callable = SELF(self)->callable;
    if (asy_is_nil(type)) type = asy_from_obj(asy_class_of(vm, object));
    // A descriptor inside (a property, another decorator) is asked for itself, on the class.
    Type *inner = asy_class_of(vm, callable);
    if (inner->slots.descr_get && !(inner->flags & TYPE_METHOD_DESCR)) {
        return inner->slots.descr_get(vm, callable, type, asy_from_obj(asy_class_of(vm, type)));
    }
    return asy_method_new(vm, callable, type);
}

static Value repr(VM *vm, Value self, const char *name)
{
    StrObj *s = asy_format(vm, "<%s(%R)>", name, SELF(self)->callable);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value staticmethod_repr(VM *vm, Value self) { return repr(vm, self, "staticmethod"); }
static Value classmethod_repr(VM *vm, Value self) { return repr(vm, self, "classmethod"); }

static Value get_abstract(VM *vm, Value self)
{
    Value flag = asy_getattr_opt(vm, SELF(self)->callable, asy_name(vm, __isabstractmethod__));
    if (asy_is_err(flag)) return ASY_ERR;
    if (asy_is_nil(flag)) return ASY_FALSE;
    int truth = asy_truth(vm, flag);
    asy_release(vm, flag);
    return truth < 0 ? ASY_ERR : asy_from_bool(truth == 1);
}

static Value get_dict(VM *vm, Value self)
{
    DictObj *dict = own_dict(vm, self);
    return dict ? asy_from_obj(asy_retain_obj(dict)) : ASY_ERR;
}

// Attributes not of the type are in the dict; those of a subclass's instances too.
static Value wrapper_getattr(VM *vm, Value self, StrObj *name)
{
    Value dict = SELF(self)->dict;
    Value found = asy_is_nil(dict) ? ASY_NIL : asy_dict_get_str(vm, asy_as_dict(dict), name);
    if (!asy_is_nil(found)) {
        Value attr = asy_type_lookup(vm, asy_class_of(vm, self), name);
        if (asy_is_nil(attr) || !asy_class_of(vm, attr)->slots.descr_set) return asy_retain(found);
    }
    return asy_generic_getattr(vm, self, name);
}

static bool wrapper_setattr(VM *vm, Value self, StrObj *name, Value value)
{
    Value attr = asy_type_lookup(vm, asy_class_of(vm, self), name);
    if (!asy_is_nil(attr) && asy_class_of(vm, attr)->slots.descr_set) return asy_generic_setattr(vm, self, name, value);
    DictObj *dict = own_dict(vm, self);
    if (!dict) return false;
    if (!asy_is_nil(value)) return asy_dict_set_str(vm, dict, name, value);
    int deleted = asy_dict_delete_str(vm, dict, name);
    if (deleted == 0) (void)asy_raise_attribute(vm, self, name);
    return deleted == 1;
}

static void wrapper_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_value(t, ((ClassMethodObj *)(void *)o)->callable);
    asy_trace_value(t, ((ClassMethodObj *)(void *)o)->dict);
}

static void wrapper_clear(VM *vm, ObjHeader *o)
{
    asy_clear(vm, &((ClassMethodObj *)(void *)o)->callable);
    asy_clear(vm, &((ClassMethodObj *)(void *)o)->dict);
}

static const GetSetDef wrapper_getset[] = {
    { "__isabstractmethod__", get_abstract, NULL, NULL },
    { "__dict__", get_dict, NULL, NULL },
    { 0 },
};
static const MemberDef wrapper_members[] = {
    { "__func__", offsetof(ClassMethodObj, callable), false, NULL },
    { "__wrapped__", offsetof(ClassMethodObj, callable), false, NULL },
    { 0 },
};

const TypeDef asy_staticmethod_type = {
    .name = "staticmethod",
    .size = sizeof(ClassMethodObj),
    .flags = TYPE_BASE,
    .doc = "A function of a class that gets neither instance nor class.",
    .trace = wrapper_trace,
    .clear = wrapper_clear,
    .getset = wrapper_getset,
    .members = wrapper_members,
    .slots = {
        .new = wrapper_new, .init = staticmethod_init, .repr = staticmethod_repr, .call = staticmethod_call,
        .descr_get = staticmethod_get, .getattr = wrapper_getattr, .setattr = wrapper_setattr,
    },
};
const TypeDef asy_classmethod_type = {
    .name = "classmethod",
    .size = sizeof(ClassMethodObj),
    .flags = TYPE_BASE,
    .doc = "A function of a class that gets the class first.",
    .trace = wrapper_trace,
    .clear = wrapper_clear,
    .getset = wrapper_getset,
    .members = wrapper_members,
    .slots = {
        .new = wrapper_new, .init = classmethod_init, .repr = classmethod_repr, .descr_get = classmethod_get,
        .getattr = wrapper_getattr, .setattr = wrapper_setattr,
    },
};
