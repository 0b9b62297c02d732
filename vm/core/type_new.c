// New classes: what `class` statements and type(name, bases, ns) make.
//
// The layout of an instance is its base's, then the class's own __slots__, then the Attrs part if neither base nor
// __slots__ say otherwise. The base is the one of `bases` whose layout all others are contained in.
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/interp/interp.h"
#include "vm/objects/attributes.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/str_impl.h"

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

// ---- metaclass and base ----

Type *asy_type_metaclass(VM *vm, TupleObj *bases, Type *explicit_meta)
{
    Type *winner = explicit_meta;
    for (size_t i = 0; i < bases->size; i++) {
        Type *meta = asy_class_of(vm, bases->items[i]);
        if (!winner || asy_type_is_subtype(meta, winner)) winner = meta;
        else if (!asy_type_is_subtype(winner, meta)) {
            asy_raise(vm, EXC_TypeError,
                      "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the "
                      "metaclasses of all its bases");
            return NULL;
        }
    }
    return winner ? winner : vm->types.type;
}

// The class in the chain of bases that last added to the layout, attributes and weak references aside.
static const Type *solid_base(const Type *type)
{
    for (; type->base; type = type->base) {
        if (type->flags & TYPE_HEAP ? type->nslots > 0 : type->def->size != 0 && type->size != type->base->size) break;
    }
    return type;
}

Type *asy_type_best_base(VM *vm, TupleObj *bases)
{
    Type *best = NULL;
    const Type *solid = NULL;
    for (size_t i = 0; i < bases->size; i++) {
        if (!is_type(bases->items[i])) {
            asy_raise(vm, EXC_TypeError, "bases must be types");
            return NULL;
        }
        Type *base = asy_as(Type, bases->items[i]);
        if (!(base->flags & TYPE_BASE)) {
            asy_raise(vm, EXC_TypeError, "type '%.100N' is not an acceptable base type", base);
            return NULL;
        }
        const Type *candidate = solid_base(base);
        if (!best || (candidate != solid && asy_type_is_subtype(candidate, solid))) {
            best = base;
            solid = candidate;
        } else if (!asy_type_is_subtype(solid, candidate)) {
            asy_raise(vm, EXC_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

bool asy_type_same_layout(const Type *a, const Type *b)
{
    const uint32_t part = TYPE_ATTRS | TYPE_ATTRS_AT_END;
    return a->size == b->size && a->attrs_offset == b->attrs_offset && a->slots_total == b->slots_total &&
           (a->flags & part) == (b->flags & part) && (a->slots_total == 0 || solid_base(a) == solid_base(b)) &&
           a->def == b->def;
}

// ---- __slots__ ----

typedef struct SlotsSpec {
    bool given;                 // the class has __slots__
    bool dict, weakref;         // named among them
    ListObj *names;             // mangled and interned, sorted; owned
} SlotsSpec;

// __name in class _C is _C__name.
static StrObj *mangled(VM *vm, StrObj *class_name, StrObj *name)
{
    const char *p = name->data;
    bool private = name->size > 2 && p[0] == '_' && p[1] == '_' && !(p[name->size - 1] == '_' && p[name->size - 2] == '_');
    const char *c = class_name->data;
    while (*c == '_') c++;
    if (!private || !*c || strchr(p, '.')) return asy_intern_str(vm, name);
    StrObj *joined = asy_format(vm, "_%s%U", c, name);
    if (!joined) return NULL;
    StrObj *interned = asy_intern_str(vm, joined);
    asy_release_obj(vm, joined);
    return interned;
}

static bool slots_add(VM *vm, SlotsSpec *spec, const Type *base, StrObj *class_name, DictObj *dict, Value item)
{
    if (!asy_is_str(vm, item)) {
        asy_raise(vm, EXC_TypeError, "__slots__ items must be strings, not '%T'", item);
        return false;
    }
    StrObj *name = asy_as_str(item);
    if (!asy_is_true(asy_str_isidentifier(vm, (Args){ .self = item }))) {
        asy_raise(vm, EXC_TypeError, "__slots__ must be identifiers");
        return false;
    }
    if (asy_str_is(name, "__dict__")) {
        if (spec->dict || base->flags & (TYPE_ATTRS | TYPE_ATTRS_AT_END)) {
            asy_raise(vm, EXC_TypeError, "__dict__ slot disallowed: we already got one");
            return false;
        }
        spec->dict = true;
        return true;
    }
    if (asy_str_is(name, "__weakref__")) {
        if (spec->weakref || base->flags & TYPE_WEAKREFS) {
            asy_raise(vm, EXC_TypeError, "__weakref__ slot disallowed: we already got one");
            return false;
        }
        spec->weakref = true;
        return true;
    }
    StrObj *key = mangled(vm, class_name, name);
    if (!key) return false;
    bool ok = asy_list_append(vm, spec->names, asy_from_obj(key));
    if (ok && !asy_str_is(key, "__qualname__") && !asy_str_is(key, "__classcell__") &&
        asy_dict_name_entry(vm, dict, key) >= 0) {
        asy_raise(vm, EXC_ValueError, "%R in __slots__ conflicts with class variable", asy_from_obj(key));
        ok = false;
    }
    asy_release_obj(vm, key);
    return ok;
}

static bool slots_read(VM *vm, SlotsSpec *spec, const Type *base, StrObj *class_name, DictObj *dict)
{
    Value slots = asy_dict_get_str(vm, dict, asy_name(vm, __slots__));
    if (asy_is_nil(slots)) return !asy_error_pending(vm);
    spec->given = true;
    spec->names = asy_list_new(vm, 0);
    if (!spec->names) return false;
    TupleObj *items = asy_is_str(vm, slots) ? asy_tuple_from(vm, &slots, 1) : asy_to_tuple(vm, slots);
    if (!items) return false;
    bool ok = true;
    const uint32_t varying = TYPE_INT | TYPE_BYTES | TYPE_TUPLE | TYPE_TYPE;
    if (items->size && base->flags & varying) {
        asy_raise(vm, EXC_TypeError, "nonempty __slots__ not supported for subtype of '%N'", base);
        ok = false;
    }
    for (size_t i = 0; ok && i < items->size; i++) ok = slots_add(vm, spec, base, class_name, dict, items->items[i]);
    asy_release_obj(vm, items);
    return ok && asy_list_sort(vm, spec->names, ASY_NIL, false);
}

// ---- the parts of a new class ----

// Size, offsets and flags by base and __slots__; the descriptors that go with them.
static bool type_lay_out(VM *vm, Type *type, const SlotsSpec *spec)
{
    Type *base = type->base;
    const uint32_t has = TYPE_ATTRS | TYPE_ATTRS_AT_END;
    bool own_dict = !asy_is_nil(asy_type_lookup(vm, base, asy_name(vm, __dict__))) || base->flags & TYPE_TYPE;
    bool attrs = !spec->given || spec->dict, weakrefs = !spec->given || spec->weakref;
    for (size_t i = 0; i < type->bases->size; i++) {
        const Type *other = asy_as(Type, type->bases->items[i]);
        if (other == base) continue;
        attrs |= (other->flags & has) != 0;
        weakrefs |= (other->flags & TYPE_WEAKREFS) != 0;
    }
    attrs &= !(base->flags & has) && !own_dict;
    weakrefs &= !(base->flags & TYPE_WEAKREFS);

    type->size = base->size;
    type->nslots = spec->names ? (uint32_t)spec->names->size : 0;
    if (type->nslots) {
        type->slots_offset = (type->size + 7) & ~7u;
        type->size = type->slots_offset + type->nslots * (uint32_t)sizeof(Value);
        type->flags |= TYPE_CONTAINER;
    }
    for (uint32_t i = 0; i < type->nslots; i++) {
        StrObj *name = asy_as_str(spec->names->items[i]);
        Value member = asy_member_slot_new(vm, type, name, type->slots_offset + i * (uint32_t)sizeof(Value));
        if (asy_is_err(member)) return false;
        bool ok = asy_dict_set_str(vm, type->dict, name, member);
        asy_release(vm, member);
        if (!ok) return false;
    }
    if (attrs) {
        if (base->flags & (TYPE_BYTES | TYPE_TUPLE)) {
            type->flags |= TYPE_ATTRS_AT_END;
        } else {
            type->attrs_offset = (type->size + 7) & ~7u;
            type->size = type->attrs_offset + (uint32_t)sizeof(Attrs);
            type->flags |= TYPE_ATTRS;
            type->inline_hint = 4;
        }
        type->flags |= TYPE_CONTAINER;
    }
    if (weakrefs) type->flags |= TYPE_WEAKREFS;
    if (base->inline_hint > type->inline_hint) type->inline_hint = base->inline_hint;
    const struct { bool add; const GetSetDef *def; StrObj *name; } descriptors[] = {
        { attrs, asy_dict_getset, asy_name(vm, __dict__) },
        { weakrefs, asy_weakref_getset, asy_name(vm, __weakref__) },
    };
    for (int i = 0; i < 2; i++) {
        if (!descriptors[i].add || asy_dict_name_entry(vm, type->dict, descriptors[i].name) >= 0) continue;
        Value v = asy_getset_new(vm, type, descriptors[i].def);
        if (asy_is_err(v)) return false;
        bool ok = asy_dict_set_str(vm, type->dict, descriptors[i].name, v);
        asy_release(vm, v);
        if (!ok) return false;
    }
    return true;
}

static bool is_function(VM *vm, Value v)
{
    return asy_is_obj(v) && (asy_as_obj(v)->type == vm->types.function || asy_as_obj(v)->type == vm->types.builtin);
}

// __new__ is a static method, __init_subclass__ and __class_getitem__ are class methods, without being told.
static bool wrap_special(VM *vm, DictObj *dict, StrObj *name, Value (*wrap)(VM *vm, Value callable))
{
    Value v = asy_dict_get_str(vm, dict, name);
    if (!is_function(vm, v) || asy_as_obj(v)->type != vm->types.function) return !asy_error_pending(vm);
    Value wrapped = wrap(vm, v);
    if (asy_is_err(wrapped)) return false;
    bool ok = asy_dict_set_str(vm, dict, name, wrapped);
    asy_release(vm, wrapped);
    return ok;
}

// __module__ of a class made by a call of type(): the caller's.
static bool add_module(VM *vm, DictObj *dict)
{
    if (asy_dict_name_entry(vm, dict, asy_name(vm, __module__)) >= 0) return true;
    Frame *f = asy_current_frame(vm);
    Value module = f && f->func ? asy_dict_get_str(vm, f->func->globals, asy_name(vm, __name__)) : ASY_NIL;
    return asy_is_nil(module) || asy_dict_set_str(vm, dict, asy_name(vm, __module__), module);
}

static bool take_qualname(VM *vm, Type *type)
{
    Value qualname = asy_dict_get_str(vm, type->dict, asy_name(vm, __qualname__));
    if (asy_is_nil(qualname)) {
        type->qualname = asy_retain_obj(type->name);
        return true;
    }
    if (!asy_is_str(vm, qualname)) {
        asy_raise(vm, EXC_TypeError, "type __qualname__ must be a str, not %T", qualname);
        return false;
    }
    type->qualname = asy_retain_obj(asy_as_str(qualname));
    return asy_dict_delete_str(vm, type->dict, asy_name(vm, __qualname__)) >= 0;
}

// The cell through which the body's functions find the class (super(), __class__).
static bool fill_class_cell(VM *vm, Type *type)
{
    Value cell = asy_dict_get_str(vm, type->dict, asy_name(vm, __classcell__));
    if (asy_is_nil(cell)) return true;
    if (!asy_is_obj(cell) || asy_as_obj(cell)->type != vm->types.cell) {
        asy_raise(vm, EXC_TypeError, "__classcell__ must be a nonlocal cell, not %R", asy_from_obj(asy_class_of(vm, cell)));
        return false;
    }
    asy_set(vm, &asy_as(CellObj, cell)->value, asy_from_obj(asy_retain_obj(type)));
    return asy_dict_delete_str(vm, type->dict, asy_name(vm, __classcell__)) >= 0;
}

static bool fill_dict(VM *vm, Type *type)
{
    DictObj *dict = type->dict;
    if (!add_module(vm, dict) || !take_qualname(vm, type)) return false;
    if (!wrap_special(vm, dict, asy_name(vm, __new__), asy_staticmethod_new)) return false;
    if (!wrap_special(vm, dict, asy_name(vm, __init_subclass__), asy_classmethod_new)) return false;
    if (!wrap_special(vm, dict, asy_name(vm, __class_getitem__), asy_classmethod_new)) return false;
    // A class that says what is equal must say how that hashes.
    if (asy_dict_name_entry(vm, dict, asy_name(vm, __eq__)) >= 0 && asy_dict_name_entry(vm, dict, asy_name(vm, __hash__)) < 0) {
        if (!asy_dict_set_str(vm, dict, asy_name(vm, __hash__), ASY_NONE)) return false;
    }
    return true;
}

// ---- linearisation by a metaclass ----

static bool mro_is_overridden(VM *vm, Type *meta)
{
    if (meta == vm->types.type) return false;
    StrObj *name = asy_intern_c(vm, "mro");
    if (!name) return false;
    Value method = asy_type_lookup(vm, meta, name), original = asy_type_lookup(vm, vm->types.type, name);
    asy_release_obj(vm, name);
    return !asy_same(method, original);
}

static TupleObj *call_mro(VM *vm, Type *type)
{
    StrObj *name = asy_intern_c(vm, "mro");
    if (!name) return NULL;
    Value result = asy_call_method0(vm, asy_from_obj(type), name);
    asy_release_obj(vm, name);
    if (asy_is_err(result)) return NULL;
    TupleObj *mro = asy_to_tuple(vm, result);
    asy_release(vm, result);
    const Type *solid = solid_base(type);
    for (size_t i = 0; mro && i < mro->size; i++) {
        if (!is_type(mro->items[i])) asy_raise(vm, EXC_TypeError, "mro() returned a non-class ('%.500T')", mro->items[i]);
        else if (!asy_type_is_subtype(solid, solid_base(asy_as(Type, mro->items[i])))) {
            asy_raise(vm, EXC_TypeError, "mro() returned base with unsuitable layout ('%.500N')", asy_as(Type, mro->items[i]));
        } else continue;
        asy_release_obj(vm, mro);
        return NULL;
    }
    return mro;
}

bool asy_type_set_mro(VM *vm, Type *type)
{
    bool overridden = mro_is_overridden(vm, type->head.type);
    TupleObj *mro = overridden ? call_mro(vm, type) : asy_type_linearise(vm, type);
    if (!mro) return false;
    TupleObj *old = type->mro;
    type->mro = mro;
    asy_type_invalidate(vm, type);
    asy_release_obj(vm, old);
    return true;
}

// ---- after the class exists ----

// PEP 678: says on the exception which attribute's __set_name__ it was.
static void note_set_name(VM *vm, Type *type, Value attr, StrObj *name)
{
    Value exc = asy_error_fetch(vm);
    StrObj *note = asy_format(vm, "Error calling __set_name__ on '%T' instance %R in '%N'", attr, asy_from_obj(name), type);
    Value result = ASY_ERR;
    if (note) {
        result = asy_call_method1(vm, exc, asy_name(vm, add_note), asy_from_obj(note));
        asy_release_obj(vm, note);
    }
    if (!asy_is_err(result)) asy_release(vm, result);
    asy_error_restore(vm, exc);
}

static bool call_set_names(VM *vm, Type *type)
{
    bool any = false;
    uint32_t pos = 0;
    Value key, value;
    while (!any && asy_dict_next(type->dict, &pos, &key, &value)) {
        Type *of = asy_class_of(vm, value);
        any = of != vm->types.function && !asy_is_nil(asy_type_lookup(vm, of, asy_name(vm, __set_name__)));
    }
    if (!any) return true;
    DictObj *copy = asy_dict_copy(vm, type->dict);      // the calls may change the class
    if (!copy) return false;
    bool ok = true;
    pos = 0;
    while (ok && asy_dict_next(copy, &pos, &key, &value)) {
        Value method = asy_special(vm, value, asy_name(vm, __set_name__));
        if (asy_is_nil(method)) continue;
        if (asy_is_err(method)) {
            ok = false;
            break;
        }
        Value result = asy_call2(vm, method, asy_from_obj(type), key);
        asy_release(vm, method);
        ok = !asy_is_err(result);
        if (ok) asy_release(vm, result);
        else if (asy_is_str(vm, key)) note_set_name(vm, type, value, asy_as_str(key));
    }
    asy_release_obj(vm, copy);
    return ok;
}

// super(cls, cls).__init_subclass__(**keywords)
static bool call_init_subclass(VM *vm, Type *type, Value kwnames, const Value *kwvalues)
{
    for (size_t i = 1; i < type->mro->size; i++) {
        Type *at = asy_as(Type, type->mro->items[i]);
        int32_t entry = asy_dict_name_entry(vm, at->dict, asy_name(vm, __init_subclass__));
        if (entry < 0) continue;
        bool keywords = !asy_is_nil(kwnames) && asy_as_tuple(kwnames)->size > 0;
        if (at == vm->types.object && !keywords) return true;
        Value attr = asy_retain(at->dict->entries[entry].value);
        Slot_DESCRGET get = asy_class_of(vm, attr)->slots.descr_get;
        Value method = get ? get(vm, attr, ASY_NIL, asy_from_obj(type)) : asy_retain(attr);
        asy_release(vm, attr);
        if (asy_is_err(method)) return false;
        Value result = asy_call(vm, method, kwvalues, 0, kwnames);
        asy_release(vm, method);
        if (asy_is_err(result)) return false;
        asy_release(vm, result);
        return true;
    }
    return true;
}

// ---- the whole ----

static Type *type_make(VM *vm, Type *meta, StrObj *name, TupleObj *bases, DictObj *ns)
{
    Type *base = asy_type_best_base(vm, bases);
    if (!base) return NULL;
    Type *type = asy_type_alloc(vm, meta);
    if (!type) return NULL;
    SlotsSpec spec = { 0 };
    type->flags = TYPE_HEAP | TYPE_BASE;
    type->def = base->def;
    type->base = asy_retain_obj(base);
    type->name = asy_intern_str(vm, name);
    type->bases = asy_retain_obj(bases);
    type->dict = asy_dict_copy(vm, ns);
    bool ok = type->name && type->dict && slots_read(vm, &spec, base, type->name, type->dict) && fill_dict(vm, type) &&
              type_lay_out(vm, type, &spec);
    if (ok) {
        asy_type_inherit_layout(vm, type, base);
        type->flags |= base->flags & TYPE_ATTRS_AT_END;
        ok = fill_class_cell(vm, type) && asy_type_set_mro(vm, type) && asy_type_link_bases(vm, type);
    }
    if (ok && asy_dict_name_entry(vm, type->dict, asy_name(vm, __doc__)) < 0) {
        ok = asy_dict_set_str(vm, type->dict, asy_name(vm, __doc__), ASY_NONE);
    }
    asy_release_obj(vm, spec.names);
    if (!ok) {
        asy_release_obj(vm, type);
        return NULL;
    }
    type->flags |= TYPE_READY;
    asy_slots_update(vm, type);
    return type;
}

Value asy_type_new(VM *vm, Type *metatype, StrObj *name, TupleObj *bases, DictObj *ns, Value kwnames, const Value *kwvalues)
{
    TupleObj *real_bases = bases->size ? asy_retain_obj(bases) : NULL;
    if (!real_bases) {
        Value object = asy_from_obj(vm->types.object);
        real_bases = asy_tuple_from(vm, &object, 1);
        if (!real_bases) return ASY_ERR;
    }
    Type *type = type_make(vm, metatype, name, real_bases, ns);
    asy_release_obj(vm, real_bases);
    if (!type) return ASY_ERR;
    if (!call_set_names(vm, type) || !call_init_subclass(vm, type, kwnames, kwvalues)) {
        asy_release_obj(vm, type);
        return ASY_ERR;
    }
    return asy_from_obj(type);
}

// ---- __bases__ ----

static bool linearise_below(VM *vm, Type *type)
{
    if (!asy_type_set_mro(vm, type)) return false;
    for (uint32_t i = 0; i < type->subclass_count; i++) {
        if (!linearise_below(vm, type->subclasses[i])) return false;
    }
    return true;
}

bool asy_type_set_bases(VM *vm, Type *type, TupleObj *bases)
{
    for (size_t i = 0; i < bases->size; i++) {
        if (!is_type(bases->items[i])) {
            asy_raise(vm, EXC_TypeError, "%N.__bases__ must be tuple of classes, not '%T'", type, bases->items[i]);
            return false;
        }
        if (asy_type_is_subtype(asy_as(Type, bases->items[i]), type)) {
            asy_raise(vm, EXC_TypeError, "a __bases__ item causes an inheritance cycle");
            return false;
        }
    }
    Type *base = asy_type_best_base(vm, bases);
    if (!base) return false;
    if (solid_base(base) != solid_base(type->base) || base->attrs_offset > type->attrs_offset ||
        (base->flags & TYPE_ATTRS_AT_END) > (type->flags & TYPE_ATTRS_AT_END)) {
        asy_raise(vm, EXC_TypeError, "__bases__ assignment: '%N' object layout differs from '%N'", base, type->base);
        return false;
    }
    TupleObj *old_bases = type->bases;
    Type *old_base = type->base;
    asy_type_unlink_bases(vm, type);
    type->bases = asy_retain_obj(bases);
    type->base = asy_retain_obj(base);
    bool ok = linearise_below(vm, type);
    if (ok) ok = asy_type_link_bases(vm, type);
    if (!ok) {
        // Back to what was; linearising worked for these bases before.
        Value exc = asy_error_fetch(vm);
        asy_release_obj(vm, type->bases);
        asy_release_obj(vm, type->base);
        type->bases = old_bases;
        type->base = old_base;
        if (!linearise_below(vm, type) || !asy_type_link_bases(vm, type)) asy_error_clear(vm);
        asy_error_restore(vm, exc);
        return false;
    }
    asy_release_obj(vm, old_bases);
    asy_release_obj(vm, old_base);
    asy_type_modified(vm, type, NULL);
    return true;
}
