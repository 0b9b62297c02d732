// Attributes: reading, writing and deleting them on any object; finding methods for calls.
//
// The order is the data model's: a data descriptor of the class, the instance, any other class attribute, and last
// __getattr__ (which only classes whose getattr slot is a trampoline have).
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/str.h"

// The name as lookups need it. Owned if it is another than `name`: the caller releases it through name_done.
static StrObj *name_interned(VM *vm, StrObj *name)
{
    return ASY_LIKELY(name->head.flags & STR_INTERNED) ? name : asy_intern_str(vm, name);
}

static void name_done(VM *vm, StrObj *name, StrObj *interned)
{
    if (name != interned) asy_release_obj(vm, interned);
}

static Value generic_getattr(VM *vm, Value v, StrObj *name, bool raise)
{
    Type *type = asy_class_of(vm, v);
    Value attr = asy_type_lookup(vm, type, name);
    Slot_DESCRGET get = NULL;
    if (!asy_is_nil(attr)) {
        const Type *attr_type = asy_class_of(vm, attr);
        get = attr_type->slots.descr_get;
        if (get && attr_type->slots.descr_set) {
            asy_retain(attr);
            Value result = get(vm, attr, v, asy_from_obj(type));
            asy_release(vm, attr);
            return result;
        }
    }
    if (asy_is_obj(v)) {
        Attrs *attrs = asy_object_attrs(asy_as_obj(v));
        Value value = attrs ? asy_attrs_get(vm, attrs, name) : ASY_NIL;
        if (!asy_is_nil(value)) return asy_retain(value);
    }
    if (asy_is_nil(attr)) return raise ? asy_raise_attribute(vm, v, name) : ASY_NIL;
    if (!get) return asy_retain(attr);
    asy_retain(attr);
    Value result = get(vm, attr, v, asy_from_obj(type));
    asy_release(vm, attr);
    return result;
}

Value asy_generic_getattr(VM *vm, Value v, StrObj *name) { return generic_getattr(vm, v, name, true); }

Value asy_generic_getattr_opt(VM *vm, Value v, StrObj *name) { return generic_getattr(vm, v, name, false); }

bool asy_generic_setattr(VM *vm, Value v, StrObj *name, Value value)
{
    Type *type = asy_class_of(vm, v);
    Value attr = asy_type_lookup(vm, type, name);
    if (!asy_is_nil(attr)) {
        Slot_DESCRSET set = asy_class_of(vm, attr)->slots.descr_set;
        if (set) {
            asy_retain(attr);
            bool ok = set(vm, attr, v, value);
            asy_release(vm, attr);
            return ok;
        }
    }
    Attrs *attrs = asy_is_obj(v) ? asy_object_attrs(asy_as_obj(v)) : NULL;
    if (attrs && !asy_is_nil(value)) return asy_attrs_set(vm, asy_as_obj(v), attrs, name, value);
    if (attrs) {
        int deleted = asy_attrs_delete(vm, asy_as_obj(v), attrs, name);
        if (deleted != 0) return deleted == 1;
    } else if (!asy_is_nil(attr)) {
        asy_raise(vm, EXC_AttributeError, "'%T' object attribute '%U' is read-only", v, name);
        return false;
    }
    (void)asy_raise_attribute(vm, v, name);
    return false;
}

Value asy_getattr(VM *vm, Value v, StrObj *name)
{
    StrObj *interned = name_interned(vm, name);
    if (!interned) return ASY_ERR;
    Value result = asy_class_of(vm, v)->slots.getattr(vm, v, interned);
    name_done(vm, name, interned);
    return result;
}

Value asy_getattr_opt(VM *vm, Value v, StrObj *name)
{
    StrObj *interned = name_interned(vm, name);
    if (!interned) return ASY_ERR;
    Slot_GETATTR get = asy_class_of(vm, v)->slots.getattr;
    Value result;
    if (get == asy_generic_getattr) result = generic_getattr(vm, v, interned, false);
    else if (get == asy_type_getattr) result = asy_type_getattr_opt(vm, v, interned);
    else result = get(vm, v, interned);
    name_done(vm, name, interned);
    if (asy_is_err(result) && asy_error_catch(vm, EXC_AttributeError)) return ASY_NIL;
    return result;
}

bool asy_setattr(VM *vm, Value v, StrObj *name, Value value)
{
    StrObj *interned = name_interned(vm, name);
    if (!interned) return false;
    bool ok = asy_class_of(vm, v)->slots.setattr(vm, v, interned, value);
    name_done(vm, name, interned);
    return ok;
}

Value asy_special(VM *vm, Value v, StrObj *name)
{
    Type *type = asy_class_of(vm, v);
    Value attr = asy_type_lookup(vm, type, name);
    if (asy_is_nil(attr)) return ASY_NIL;
    asy_retain(attr);
    Slot_DESCRGET get = asy_class_of(vm, attr)->slots.descr_get;
    if (!get) return attr;
    Value result = get(vm, attr, v, asy_from_obj(type));
    asy_release(vm, attr);
    return result;
}

Value asy_load_method(VM *vm, Value v, StrObj *name, Value *self)
{
    *self = ASY_NIL;
    Type *type = asy_class_of(vm, v);
    if (type->slots.getattr != asy_generic_getattr) return asy_getattr(vm, v, name);
    Value attr = asy_type_lookup(vm, type, name);
    if (asy_is_nil(attr) || !(asy_class_of(vm, attr)->flags & TYPE_METHOD_DESCR)) return asy_getattr(vm, v, name);
    if (asy_is_obj(v)) {
        Attrs *attrs = asy_object_attrs(asy_as_obj(v));
        Value value = attrs ? asy_attrs_get(vm, attrs, name) : ASY_NIL;
        if (!asy_is_nil(value)) return asy_retain(value);
    }
    *self = v;
    return asy_retain(attr);
}
