// property.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SELF(v) asy_as(PropertyObj, v)

static Value given(Value v) { return asy_is_none(v) ? ASY_NIL : v; }

// The docstring of a getter becomes the property's, unless one was given. Subclass instances keep it in their __dict__,
// where a class attribute __doc__ does not hide it.
static bool take_getter_doc(VM *vm, Value self)
{
    PropertyObj *p = SELF(self);
    if (asy_is_nil(p->get)) return true;
    Value doc = asy_getattr_opt(vm, p->get, asy_name(vm, __doc__));
    if (asy_is_err(doc)) return false;
    if (asy_is_nil(doc) || asy_is_none(doc)) return true;
    p->getter_doc = true;
    bool ok = true;
    if (asy_class_of(vm, self) == vm->types.property) asy_set(vm, &p->doc, asy_retain(doc));
    else ok = asy_setattr(vm, self, asy_name(vm, __doc__), doc);
    asy_release(vm, doc);
    return ok;
}

static bool property_init(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "fget", "fset", "fdel", "doc" };
    Value v[4];
    if (!asy_new_args(vm, "property", names, 4, 0, 0, a, v)) return false;
    PropertyObj *p = SELF(self);
    asy_set(vm, &p->get, asy_retain(given(v[0])));
    asy_set(vm, &p->set, asy_retain(given(v[1])));
    asy_set(vm, &p->del, asy_retain(given(v[2])));
    asy_set(vm, &p->doc, asy_retain(given(v[3])));
    asy_clear(vm, &p->name);
    p->getter_doc = false;
    return !asy_is_nil(p->doc) || take_getter_doc(vm, self);
}

static Value property_new(VM *vm, Type *type, Args a)
{
    (void)a;
    PropertyObj *p = asy_object_alloc(vm, type);
    return p ? asy_from_obj(p) : ASY_ERR;
}

static void raise_without(VM *vm, Value self, Value object, const char *what)
{
    Value name = SELF(self)->name;
    Type *type = asy_class_of(vm, object);
    if (asy_is_nil(name)) {
        asy_raise(vm, EXC_AttributeError, "property of '%U' object has no %s", type->qualname, what);
    } else {
        asy_raise(vm, EXC_AttributeError, "property %R of '%U' object has no %s", name, type->qualname, what);
    }
}

static Value property_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    if (asy_is_nil(object) || asy_is_none(object)) return asy_retain(self);
    Value get = SELF(self)->get;
    if (asy_is_nil(get)) {
        raise_without(vm, self, object, "getter");
        return ASY_ERR;
    }
    return asy_call1(vm, get, object);
}

static bool property_set(VM *vm, Value self, Value object, Value value)
{
    bool delete = asy_is_nil(value);
    Value fn = delete ? SELF(self)->del : SELF(self)->set;
    if (asy_is_nil(fn)) {
        raise_without(vm, self, object, delete ? "deleter" : "setter");
        return false;
    }
    Value result = delete ? asy_call1(vm, fn, object) : asy_call2(vm, fn, object, value);
    if (asy_is_err(result)) return false;
    asy_release(vm, result);
    return true;
}

// property(...) with one function replaced, of the same class.
static Value property_copy(VM *vm, Value self, Value get, Value set, Value del)
{
    PropertyObj *p = SELF(self);
    if (asy_is_nil(get) || asy_is_none(get)) get = asy_is_nil(p->get) ? ASY_NONE : p->get;
    if (asy_is_nil(set) || asy_is_none(set)) set = asy_is_nil(p->set) ? ASY_NONE : p->set;
    if (asy_is_nil(del) || asy_is_none(del)) del = asy_is_nil(p->del) ? ASY_NONE : p->del;
    // A doc that came from the getter is taken from the new getter again.
    Value doc = asy_is_nil(p->doc) || (p->getter_doc && !asy_is_none(get)) ? ASY_NONE : p->doc;
    Value args[4] = { get, set, del, doc };
    Value copy = asy_call(vm, asy_from_obj(asy_class_of(vm, self)), args, 4, ASY_NIL);
    if (!asy_is_err(copy) && asy_type_is_subtype(asy_class_of(vm, copy), vm->types.property)) {
        asy_set(vm, &SELF(copy)->name, asy_retain(p->name));
    }
    return copy;
}

static Value property_getter(VM *vm, Args a) { return property_copy(vm, a.self, a.v[0], ASY_NIL, ASY_NIL); }
static Value property_setter(VM *vm, Args a) { return property_copy(vm, a.self, ASY_NIL, a.v[0], ASY_NIL); }
static Value property_deleter(VM *vm, Args a) { return property_copy(vm, a.self, ASY_NIL, ASY_NIL, a.v[0]); }

static Value property_set_name(VM *vm, Args a)
{
    if (a.n != 2) {
        return asy_raise(vm, EXC_TypeError, "__set_name__() takes 2 positional arguments but %u were given", a.n);
    }
    asy_set(vm, &SELF(a.self)->name, asy_retain(a.v[1]));
    return ASY_NONE;
}

static Value property_abstract(VM *vm, Value self)
{
    const Value fns[] = { SELF(self)->get, SELF(self)->set, SELF(self)->del };
    for (int i = 0; i < 3; i++) {
        if (asy_is_nil(fns[i])) continue;
        Value flag = asy_getattr_opt(vm, fns[i], asy_name(vm, __isabstractmethod__));
        if (asy_is_nil(flag)) continue;
        int truth = asy_is_err(flag) ? -1 : asy_truth(vm, flag);
        if (!asy_is_err(flag)) asy_release(vm, flag);
        if (truth < 0) return ASY_ERR;
        if (truth) return ASY_TRUE;
    }
    return ASY_FALSE;
}

static Value property_name(VM *vm, Value self)
{
    PropertyObj *p = SELF(self);
    if (!asy_is_nil(p->name)) return asy_retain(p->name);
    if (!asy_is_nil(p->get)) {
        Value name = asy_getattr_opt(vm, p->get, asy_name(vm, __name__));
        if (!asy_is_nil(name)) return name;
    }
    return asy_raise_attribute(vm, self, asy_name(vm, __name__));
}

static bool property_set_doc(VM *vm, Value self, Value value)
{
    asy_set(vm, &SELF(self)->doc, asy_retain(value));
    return true;
}

static Value property_doc(VM *vm, Value self)
{
    (void)vm;
    Value doc = SELF(self)->doc;
    return asy_is_nil(doc) ? ASY_NONE : asy_retain(doc);
}

static void property_trace(Tracer *t, ObjHeader *o)
{
    PropertyObj *p = (PropertyObj *)(void *)o;
    const Value fields[] = { p->get, p->set, p->del, p->doc, p->name };
    for (int i = 0; i < 5; i++) asy_trace_value(t, fields[i]);
}

static void property_clear(VM *vm, ObjHeader *o)
{
    PropertyObj *p = (PropertyObj *)(void *)o;
    Value *fields[] = { &p->get, &p->set, &p->del, &p->doc, &p->name };
    for (int i = 0; i < 5; i++) asy_clear(vm, fields[i]);
}

static const MethodDef property_methods[] = {
    { "getter", property_getter, "(fget, /)", 0, "A property that reads through fget." },
    { "setter", property_setter, "(fset, /)", 0, "A property that writes through fset." },
    { "deleter", property_deleter, "(fdel, /)", 0, "A property that deletes through fdel." },
    { "__set_name__", property_set_name, NULL, NATIVE_RAW, "Remember the attribute's name, for messages." },
    { 0 },
};
static const GetSetDef property_getset[] = {
    { "__isabstractmethod__", property_abstract, NULL, NULL },
    { "__doc__", property_doc, property_set_doc, NULL },
    { "__name__", property_name, NULL, NULL },
    { 0 },
};
static const MemberDef property_members[] = {
    { "fget", offsetof(PropertyObj, get), false, NULL },
    { "fset", offsetof(PropertyObj, set), false, NULL },
    { "fdel", offsetof(PropertyObj, del), false, NULL },
    { 0 },
};

const TypeDef asy_property_type = {
    .name = "property",
    .size = sizeof(PropertyObj),
    .flags = TYPE_BASE,
    .trace = property_trace,
    .clear = property_clear,
    .methods = property_methods,
    .getset = property_getset,
    .members = property_members,
    .slots = { .new = property_new, .init = property_init, .descr_get = property_get, .descr_set = property_set },
};
