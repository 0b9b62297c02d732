// What native types put into their dicts: methods, computed attributes, fields, slot wrappers; and slot wrappers bound to
// an object.
//
// Each checks that the object it is asked for is an instance of its owner, so natives may cast. A descriptor holds
// its owner's class only if that is a script class (__slots__); native types live as long as the VM.
#include "vm/objects/descriptor.h"

#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/builtin.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

// The head that all five share.
typedef struct DescrObj {
    ObjHeader head;
    Type *owner;
} DescrObj;

static void *descr_alloc(VM *vm, Type *type, Type *owner)
{
    DescrObj *d = asy_object_alloc(vm, type);
    if (!d) return NULL;
    d->owner = owner;
    if (!(owner->flags & TYPE_STATIC)) owner->head.refs++;
    return d;
}

static void descr_trace(Tracer *t, ObjHeader *o)
{
    DescrObj *d = (DescrObj *)(void *)o;
    if (d->owner && !(d->owner->flags & TYPE_STATIC)) t->visit(t, &d->owner->head);
}

static void descr_clear(VM *vm, ObjHeader *o)
{
    DescrObj *d = (DescrObj *)(void *)o;
    Type *owner = d->owner;
    if (!owner || owner->flags & TYPE_STATIC) return;   // static: still named in messages while the VM closes
    d->owner = NULL;
    asy_release_header(vm, &owner->head);
}

static Value from_text(StrObj *s) { return s ? asy_from_obj(s) : ASY_ERR; }

static bool check(VM *vm, const char *name, Type *owner, Value object)
{
    if (owner && asy_type_is_subtype(asy_class_of(vm, object), owner)) return true;
    asy_raise(vm, EXC_TypeError, "descriptor '%s' for '%.100s' objects doesn't apply to a '%.100T' object", name,
              owner ? asy_type_name(owner) : "?", object);
    return false;
}

static Value qualname(VM *vm, Type *owner, const char *name)
{
    return from_text(asy_format(vm, "%U.%s", owner->qualname, name));
}

static Value objclass(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(asy_as(DescrObj, self)->owner));
}

// How descriptors are pickled and copied: getattr(owner, name).
static Value reduce_by_name(VM *vm, Type *owner, const char *name)
{
    Value getattr = asy_dict_get_str(vm, vm->builtins, asy_name(vm, getattr));
    if (asy_is_nil(getattr)) return asy_raise(vm, EXC_TypeError, "cannot pickle a descriptor without builtins");
    StrObj *text = asy_str_from_c(vm, name);
    if (!text) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 2, asy_from_obj(owner), asy_from_obj(text));
    asy_release_obj(vm, text);
    if (asy_is_err(args)) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 2, getattr, args);
    asy_release(vm, args);
    return result;
}

// ---- computed attributes ----

#define GETSET(v) asy_as(GetSetObj, v)

Value asy_getset_new(VM *vm, Type *owner, const GetSetDef *def)
{
    GetSetObj *g = descr_alloc(vm, vm->types.getset, owner);
    if (!g) return ASY_ERR;
    g->def = def;
    return asy_from_obj(g);
}

static Value getset_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    GetSetObj *g = GETSET(self);
    if (asy_is_nil(object)) return asy_retain(self);
    if (!check(vm, g->def->name, g->owner, object)) return ASY_ERR;
    if (g->def->get) return g->def->get(vm, object);
    return asy_raise(vm, EXC_AttributeError, "attribute '%s' of '%.100N' objects is not readable", g->def->name, g->owner);
}

static bool getset_set(VM *vm, Value self, Value object, Value value)
{
    GetSetObj *g = GETSET(self);
    if (!check(vm, g->def->name, g->owner, object)) return false;
    if (g->def->set) return g->def->set(vm, object, value);
    asy_raise(vm, EXC_AttributeError, "attribute '%s' of '%.100N' objects is not writable", g->def->name, g->owner);
    return false;
}

static Value getset_repr(VM *vm, Value self)
{
    return from_text(asy_format(vm, "<attribute '%s' of '%.100N' objects>", GETSET(self)->def->name, GETSET(self)->owner));
}

static Value getset_name(VM *vm, Value self) { return asy_str_value(vm, GETSET(self)->def->name); }
static Value getset_qualname(VM *vm, Value self) { return qualname(vm, GETSET(self)->owner, GETSET(self)->def->name); }
static Value getset_doc(VM *vm, Value self)
{
    return GETSET(self)->def->doc ? asy_str_value(vm, GETSET(self)->def->doc) : ASY_NONE;
}

static const GetSetDef getset_getset[] = {
    { "__name__", getset_name, NULL, NULL },
    { "__qualname__", getset_qualname, NULL, NULL },
    { "__objclass__", objclass, NULL, NULL },
    { "__doc__", getset_doc, NULL, NULL },
    { 0 },
};

const TypeDef asy_getset_type = {
    .name = "getset_descriptor",
    .size = sizeof(GetSetObj),
    .trace = descr_trace,
    .clear = descr_clear,
    .getset = getset_getset,
    .slots = { .repr = getset_repr, .descr_get = getset_get, .descr_set = getset_set },
};

// ---- fields ----

#define MEMBER(v) asy_as(MemberObj, v)

Value asy_member_new(VM *vm, Type *owner, const MemberDef *def)
{
    StrObj *name = asy_intern_c(vm, def->name);
    MemberObj *m = name ? descr_alloc(vm, vm->types.member, owner) : NULL;
    if (!m) {
        asy_release_obj(vm, name);
        return ASY_ERR;
    }
    m->name = name;
    m->offset = def->offset;
    m->writable = def->writable;
    m->doc = def->doc;
    return asy_from_obj(m);
}

Value asy_member_slot_new(VM *vm, Type *owner, StrObj *name, uint32_t offset)
{
    MemberObj *m = descr_alloc(vm, vm->types.member, owner);
    if (!m) return ASY_ERR;
    m->name = asy_retain_obj(name);
    m->offset = offset;
    m->writable = m->is_slot = true;
    return asy_from_obj(m);
}

static Value *member_field(Value self, Value object)
{
    return (Value *)(void *)((char *)asy_as_obj(object) + MEMBER(self)->offset);
}

static Value member_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    MemberObj *m = MEMBER(self);
    if (asy_is_nil(object)) return asy_retain(self);
    if (!check(vm, m->name->data, m->owner, object)) return ASY_ERR;
    Value value = *member_field(self, object);
    if (!asy_is_nil(value)) return asy_retain(value);
    return m->is_slot ? asy_raise_attribute(vm, object, m->name) : ASY_NONE;
}

static bool member_set(VM *vm, Value self, Value object, Value value)
{
    MemberObj *m = MEMBER(self);
    if (!check(vm, m->name->data, m->owner, object)) return false;
    if (!m->writable) {
        asy_raise(vm, EXC_AttributeError, "readonly attribute");
        return false;
    }
    Value *field = member_field(self, object);
    if (asy_is_nil(value) && m->is_slot && asy_is_nil(*field)) {
        asy_raise(vm, EXC_AttributeError, "%U", m->name);
        return false;
    }
    if (asy_is_nil(value) && !m->is_slot) {
        asy_raise(vm, EXC_TypeError, "can't delete numeric/char attribute");
        return false;
    }
    asy_set(vm, field, asy_retain(value));
    return true;
}

static Value member_repr(VM *vm, Value self)
{
    return from_text(asy_format(vm, "<member '%U' of '%.100N' objects>", MEMBER(self)->name, MEMBER(self)->owner));
}

static Value member_name(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(MEMBER(self)->name));
}
static Value member_qualname(VM *vm, Value self) { return qualname(vm, MEMBER(self)->owner, MEMBER(self)->name->data); }
static Value member_doc(VM *vm, Value self)
{
    return MEMBER(self)->doc ? asy_str_value(vm, MEMBER(self)->doc) : ASY_NONE;
}
static Value member_reduce(VM *vm, Args a)
{
    return reduce_by_name(vm, MEMBER(a.self)->owner, MEMBER(a.self)->name->data);
}

static void member_clear(VM *vm, ObjHeader *o)
{
    descr_clear(vm, o);
    MemberObj *m = (MemberObj *)(void *)o;
    StrObj *name = m->name;
    m->name = NULL;
    asy_release_obj(vm, name);
}

static const MethodDef member_methods[] = {
    { "__reduce__", member_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef member_getset[] = {
    { "__name__", member_name, NULL, NULL },
    { "__qualname__", member_qualname, NULL, NULL },
    { "__objclass__", objclass, NULL, NULL },
    { "__doc__", member_doc, NULL, NULL },
    { 0 },
};

const TypeDef asy_member_type = {
    .name = "member_descriptor",
    .size = sizeof(MemberObj),
    .trace = descr_trace,
    .clear = member_clear,
    .methods = member_methods,
    .getset = member_getset,
    .slots = { .repr = member_repr, .descr_get = member_get, .descr_set = member_set },
};

// ---- methods ----

#define METHOD(v) asy_as(MethodDescrObj, v)

Value asy_method_descr_new(VM *vm, Type *owner, const MethodDef *def)
{
    Type *type = def->flags & NATIVE_CLASS ? vm->types.classmethod_descr : vm->types.method_descr;
    MethodDescrObj *m = descr_alloc(vm, type, owner);
    if (!m) return ASY_ERR;
    m->def = def;
    return asy_from_obj(m);
}

static Value method_descr_call(VM *vm, Value self, Args a)
{
    MethodDescrObj *m = METHOD(self);
    Value receiver = a.self;
    if (asy_is_nil(receiver)) {
        if (a.n == 0) {
            return asy_raise(vm, EXC_TypeError, "unbound method %U.%s() needs an argument", m->owner->qualname, m->def->name);
        }
        receiver = *a.v++;
        a.n--;
    }
    if (ASY_UNLIKELY(asy_class_of(vm, receiver) != m->owner) && !check(vm, m->def->name, m->owner, receiver)) return ASY_ERR;
    return asy_native_call(vm, m->def, &m->params, receiver, m->owner, a.v, a.n, a.kwnames);
}

// The signature is parsed once, for the descriptor and all methods bound from it. False: MemoryError.
static bool bound_params(VM *vm, MethodDescrObj *m)
{
    if (ASY_UNLIKELY(!m->params) && !(m->def->flags & NATIVE_RAW)) m->params = asy_native_params(vm, m->def);
    return m->params || m->def->flags & NATIVE_RAW;
}

static Value method_descr_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    MethodDescrObj *m = METHOD(self);
    if (asy_is_nil(object)) return asy_retain(self);
    if (!check(vm, m->def->name, m->owner, object)) return ASY_ERR;
    if (!bound_params(vm, m)) return ASY_ERR;
    return asy_builtin_bind(vm, m->def, m->params, object);
}

static Value method_descr_repr(VM *vm, Value self)
{
    return from_text(asy_format(vm, "<method '%s' of '%.100N' objects>", METHOD(self)->def->name, METHOD(self)->owner));
}

static Value method_descr_name(VM *vm, Value self) { return asy_str_value(vm, METHOD(self)->def->name); }
static Value method_descr_qualname(VM *vm, Value self)
{
    return qualname(vm, METHOD(self)->owner, METHOD(self)->def->name);
}
static Value method_descr_doc(VM *vm, Value self)
{
    return METHOD(self)->def->doc ? asy_str_value(vm, METHOD(self)->def->doc) : ASY_NONE;
}
static Value method_descr_text_signature(VM *vm, Value self)
{
    return asy_native_text_signature(vm, METHOD(self)->def, true, METHOD(self)->def->flags & NATIVE_CLASS);
}
static Value method_descr_reduce(VM *vm, Args a)
{
    return reduce_by_name(vm, METHOD(a.self)->owner, METHOD(a.self)->def->name);
}

static const MethodDef method_descr_methods[] = {
    { "__reduce__", method_descr_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef method_descr_getset[] = {
    { "__name__", method_descr_name, NULL, NULL },
    { "__qualname__", method_descr_qualname, NULL, NULL },
    { "__objclass__", objclass, NULL, NULL },
    { "__doc__", method_descr_doc, NULL, NULL },
    { "__text_signature__", method_descr_text_signature, NULL, NULL },
    { 0 },
};

const TypeDef asy_method_descr_type = {
    .name = "method_descriptor",
    .size = sizeof(MethodDescrObj),
    .flags = TYPE_METHOD_DESCR,
    .trace = descr_trace,
    .clear = descr_clear,
    .methods = method_descr_methods,
    .getset = method_descr_getset,
    .slots = { .repr = method_descr_repr, .call = method_descr_call, .descr_get = method_descr_get },
};

// ---- class methods ----

static Value class_descr_get(VM *vm, Value self, Value object, Value type)
{
    MethodDescrObj *m = METHOD(self);
    Type *cls = asy_is_obj(type) && asy_as_obj(type)->type->flags & TYPE_TYPE ? asy_as(Type, type)
                : asy_is_nil(object)                                          ? NULL
                                                                              : asy_class_of(vm, object);
    if (!cls) {
        return asy_raise(vm, EXC_TypeError, "descriptor '%s' for type '%.100N' needs a type, not a '%.100T' as arg 2",
                         m->def->name, m->owner, type);
    }
    if (!asy_type_is_subtype(cls, m->owner)) {
        return asy_raise(vm, EXC_TypeError, "descriptor '%s' requires a subtype of '%.100N' but received '%.100N'",
                         m->def->name, m->owner, cls);
    }
    if (!bound_params(vm, m)) return ASY_ERR;
    return asy_builtin_bind(vm, m->def, m->params, asy_from_obj(cls));
}

static Value class_descr_call(VM *vm, Value self, Args a)
{
    MethodDescrObj *m = METHOD(self);
    if (a.n == 0) {
        return asy_raise(vm, EXC_TypeError, "descriptor '%s' of '%.100N' object needs an argument", m->def->name, m->owner);
    }
    Value bound = class_descr_get(vm, self, ASY_NIL, a.v[0]);
    if (asy_is_err(bound)) return ASY_ERR;
    Value result = asy_call(vm, bound, a.v + 1, a.n - 1, a.kwnames);
    asy_release(vm, bound);
    return result;
}

const TypeDef asy_classmethod_descr_type = {
    .name = "classmethod_descriptor",
    .size = sizeof(MethodDescrObj),
    .trace = descr_trace,
    .clear = descr_clear,
    .methods = method_descr_methods,
    .getset = method_descr_getset,
    .slots = { .repr = method_descr_repr, .call = class_descr_call, .descr_get = class_descr_get },
};

// ---- slot wrappers ----

#define WRAPPER(v) asy_as(SlotWrapperObj, v)

Value asy_slot_wrapper_new(VM *vm, Type *owner, const SlotRow *row)
{
    SlotWrapperObj *w = descr_alloc(vm, vm->types.slot_wrapper, owner);
    if (!w) return ASY_ERR;
    w->row = row;
    return asy_from_obj(w);
}

static Value wrapper_call(VM *vm, Value self, Args a)
{
    SlotWrapperObj *w = WRAPPER(self);
    Value receiver = a.self;
    if (asy_is_nil(receiver)) {
        if (a.n == 0) {
            return asy_raise(vm, EXC_TypeError, "descriptor '%s' of '%.100N' object needs an argument", w->row->name,
                             w->owner);
        }
        receiver = *a.v++;
        a.n--;
    }
    if (!asy_type_is_subtype(asy_class_of(vm, receiver), w->owner)) {
        return asy_raise(vm, EXC_TypeError, "descriptor '%s' requires a '%.100N' object but received a '%.100T'",
                         w->row->name, w->owner, receiver);
    }
    return asy_slot_row_call(vm, w->row, w->owner, receiver, a.v, a.n, a.kwnames);
}

static Value wrapper_get(VM *vm, Value self, Value object, Value type)
{
    (void)type;
    SlotWrapperObj *w = WRAPPER(self);
    if (asy_is_nil(object)) return asy_retain(self);
    if (!check(vm, w->row->name, w->owner, object)) return ASY_ERR;
    MethodWrapperObj *m = asy_object_alloc(vm, vm->types.method_wrapper);
    if (!m) return ASY_ERR;
    m->descr = asy_retain_obj(w);
    m->self = asy_retain(object);
    return asy_from_obj(m);
}

static Value wrapper_repr(VM *vm, Value self)
{
    return from_text(asy_format(vm, "<slot wrapper '%s' of '%.100N' objects>", WRAPPER(self)->row->name, WRAPPER(self)->owner));
}

static Value wrapper_name(VM *vm, Value self) { return asy_str_value(vm, WRAPPER(self)->row->name); }
static Value wrapper_qualname(VM *vm, Value self) { return qualname(vm, WRAPPER(self)->owner, WRAPPER(self)->row->name); }
static Value wrapper_reduce(VM *vm, Args a)
{
    return reduce_by_name(vm, WRAPPER(a.self)->owner, WRAPPER(a.self)->row->name);
}
static Value no_doc(VM *vm, Value self) { return (void)vm, (void)self, ASY_NONE; }

static const char *row_signature(const SlotRow *row)
{
    switch ((SlotKind)row->kind) {
    case SLOT_UNARY: case SLOT_HASH: case SLOT_LENGTH: case SLOT_TRUTH: return "($self, /)";
    case SLOT_BINARY: return row->offset == offsetof(Slots, getitem) ? "($self, key, /)" : "($self, value, /)";
    case SLOT_COMPARE: return "($self, value, /)";
    case SLOT_TERNARY: return "($self, value, mod=None, /)";
    case SLOT_CONTAINS: return "($self, key, /)";
    case SLOT_GETATTR: return "($self, name, /)";
    case SLOT_SETATTR: return row->variant ? "($self, name, /)" : "($self, name, value, /)";
    case SLOT_SETITEM: return row->variant ? "($self, key, /)" : "($self, key, value, /)";
    case SLOT_DESCRGET: return "($self, instance, owner=None, /)";
    case SLOT_DESCRSET: return row->variant ? "($self, instance, /)" : "($self, instance, value, /)";
    case SLOT_CALL: case SLOT_INIT: case SLOT_NEW: return "($self, /, *args, **kwargs)";
    }
    return "($self, /, *args, **kwargs)";
}

static Value wrapper_text_signature(VM *vm, Value self) { return asy_str_value(vm, row_signature(WRAPPER(self)->row)); }

static const MethodDef wrapper_methods[] = {
    { "__reduce__", wrapper_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef wrapper_getset[] = {
    { "__name__", wrapper_name, NULL, NULL },
    { "__qualname__", wrapper_qualname, NULL, NULL },
    { "__objclass__", objclass, NULL, NULL },
    { "__doc__", no_doc, NULL, NULL },
    { "__text_signature__", wrapper_text_signature, NULL, NULL },
    { 0 },
};

const TypeDef asy_slot_wrapper_type = {
    .name = "wrapper_descriptor",
    .size = sizeof(SlotWrapperObj),
    .flags = TYPE_METHOD_DESCR,
    .trace = descr_trace,
    .clear = descr_clear,
    .methods = wrapper_methods,
    .getset = wrapper_getset,
    .slots = { .repr = wrapper_repr, .call = wrapper_call, .descr_get = wrapper_get },
};

// ---- slot wrappers bound to an object ----

#define BOUND(v) asy_as(MethodWrapperObj, v)

static Value bound_call(VM *vm, Value self, Args a)
{
    MethodWrapperObj *m = BOUND(self);
    // Owned: the call may drop the last reference to this object.
    SlotWrapperObj *w = asy_retain_obj(m->descr);
    Value receiver = asy_retain(m->self);
    Value result = asy_slot_row_call(vm, w->row, w->owner, receiver, a.v, a.n, a.kwnames);
    asy_release(vm, receiver);
    asy_release_obj(vm, w);
    return result;
}

static Value bound_repr(VM *vm, Value self)
{
    return from_text(asy_format(vm, "<method-wrapper '%s' of %T object at 0x%llx>", BOUND(self)->descr->row->name,
                                BOUND(self)->self, (unsigned long long)asy_address(vm, BOUND(self)->self)));
}

static Value bound_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || asy_class_of(vm, b) != vm->types.method_wrapper) return ASY_NOTIMPLEMENTED;
    bool equal = BOUND(a)->descr == BOUND(b)->descr && asy_same(BOUND(a)->self, BOUND(b)->self);
    return asy_from_bool(equal == (op == CMP_EQ));
}

static bool bound_hash(VM *vm, Value self, int64_t *hash)
{
    int64_t descr;
    if (!asy_hash_by_id(vm, BOUND(self)->self, hash)) return false;
    if (!asy_hash_by_id(vm, asy_from_obj(BOUND(self)->descr), &descr)) return false;
    *hash ^= descr * 31;
    if (*hash == -1) *hash = -2;
    return true;
}

static Value bound_name(VM *vm, Value self) { return asy_str_value(vm, BOUND(self)->descr->row->name); }
static Value bound_qualname(VM *vm, Value self) { return wrapper_qualname(vm, asy_from_obj(BOUND(self)->descr)); }
static Value bound_objclass(VM *vm, Value self) { return objclass(vm, asy_from_obj(BOUND(self)->descr)); }
static Value bound_text_signature(VM *vm, Value self)
{
    return asy_str_value(vm, row_signature(BOUND(self)->descr->row));
}

static void bound_trace(Tracer *t, ObjHeader *o)
{
    MethodWrapperObj *m = (MethodWrapperObj *)(void *)o;
    asy_trace_header(t, m->descr ? &m->descr->head : NULL);
    asy_trace_value(t, m->self);
}

static void bound_clear(VM *vm, ObjHeader *o)
{
    MethodWrapperObj *m = (MethodWrapperObj *)(void *)o;
    asy_clear(vm, &m->self);
    SlotWrapperObj *descr = m->descr;
    m->descr = NULL;
    asy_release_obj(vm, descr);
}

static const GetSetDef bound_getset[] = {
    { "__name__", bound_name, NULL, NULL },
    { "__qualname__", bound_qualname, NULL, NULL },
    { "__objclass__", bound_objclass, NULL, NULL },
    { "__doc__", no_doc, NULL, NULL },
    { "__text_signature__", bound_text_signature, NULL, NULL },
    { 0 },
};
static const MemberDef bound_members[] = {
    { "__self__", offsetof(MethodWrapperObj, self), false, NULL },
    { 0 },
};

const TypeDef asy_method_wrapper_type = {
    .name = "method-wrapper",
    .size = sizeof(MethodWrapperObj),
    .trace = bound_trace,
    .clear = bound_clear,
    .getset = bound_getset,
    .members = bound_members,
    .slots = { .repr = bound_repr, .call = bound_call, .compare = bound_compare, .hash = bound_hash },
};
