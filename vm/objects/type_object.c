// type: classes as objects. core/type_new.c makes them.
#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/interp/cache.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/mappingproxy.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/union.h"

#define SELF(v) asy_as(Type, v)

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

// ---- attributes ----

static Value type_getattr(VM *vm, Value self, StrObj *name, bool raise)
{
    Type *type = SELF(self), *meta = type->head.type;
    Value meta_attr = asy_type_lookup(vm, meta, name);
    Slot_DESCRGET meta_get = NULL;
    Value found = ASY_NIL, result;
    if (!asy_is_nil(meta_attr)) {
        const Type *of = asy_class_of(vm, meta_attr);
        meta_get = of->slots.descr_get;
        if (meta_get && of->slots.descr_set) found = meta_attr;
    }
    if (!asy_is_nil(found)) {
        asy_retain(found);
        result = meta_get(vm, found, self, asy_from_obj(meta));
        asy_release(vm, found);
        return result;
    }
    Value attr = asy_type_lookup(vm, type, name);
    if (!asy_is_nil(attr)) {
        Slot_DESCRGET get = asy_class_of(vm, attr)->slots.descr_get;
        asy_retain(attr);
        if (!get) return attr;
        result = get(vm, attr, ASY_NIL, self);
        asy_release(vm, attr);
        return result;
    }
    if (asy_is_nil(meta_attr)) return raise ? asy_raise_attribute(vm, self, name) : ASY_NIL;
    asy_retain(meta_attr);
    if (!meta_get) return meta_attr;
    result = meta_get(vm, meta_attr, self, asy_from_obj(meta));
    asy_release(vm, meta_attr);
    return result;
}

Value asy_type_getattr(VM *vm, Value v, StrObj *name) { return type_getattr(vm, v, name, true); }
Value asy_type_getattr_opt(VM *vm, Value v, StrObj *name) { return type_getattr(vm, v, name, false); }

static bool type_setattr(VM *vm, Value self, StrObj *name, Value value)
{
    Type *type = SELF(self);
    if (type->flags & TYPE_STATIC) {
        asy_raise(vm, EXC_TypeError, "cannot set '%U' attribute of immutable type '%N'", name, type);
        return false;
    }
    Value meta_attr = asy_type_lookup(vm, type->head.type, name);
    Slot_DESCRSET set = asy_is_nil(meta_attr) ? NULL : asy_class_of(vm, meta_attr)->slots.descr_set;
    if (!set) return asy_type_set_attr(vm, type, name, value);
    asy_retain(meta_attr);
    bool ok = set(vm, meta_attr, self, value);
    asy_release(vm, meta_attr);
    return ok;
}

// ---- calling ----

static bool no_keywords(Args a) { return asy_is_nil(a.kwnames) || asy_as_tuple(a.kwnames)->size == 0; }

static Value type_call(VM *vm, Value self, Args a)
{
    Type *type = SELF(self);
    if (type == vm->types.type) {
        if (a.n == 1 && no_keywords(a)) return asy_from_obj(asy_retain_obj(asy_class_of(vm, a.v[0])));
        if (a.n != 3) return asy_raise(vm, EXC_TypeError, "type() takes 1 or 3 arguments");
    }
    if (!type->slots.new) return asy_raise(vm, EXC_TypeError, "cannot create '%.100N' instances", type);
    Value object = type->slots.new(vm, type, a);
    if (asy_is_err(object)) return ASY_ERR;
    Type *made = asy_class_of(vm, object);
    if (made != type && !asy_type_is_subtype(made, type)) return object;
    if (made->slots.init && !made->slots.init(vm, object, a)) {
        asy_release(vm, object);
        return ASY_ERR;
    }
    return object;
}

static Value type_new(VM *vm, Type *meta, Args a)
{
    if (a.n != 3) return asy_raise(vm, EXC_TypeError, "type.__new__() takes exactly 3 arguments (%u given)", a.n);
    if (!asy_is_str(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "type.__new__() argument 1 must be str, not %T", a.v[0]);
    }
    if (!asy_is_tuple(vm, a.v[1])) {
        return asy_raise(vm, EXC_TypeError, "type.__new__() argument 2 must be tuple, not %T", a.v[1]);
    }
    if (!asy_is_dict(vm, a.v[2])) {
        return asy_raise(vm, EXC_TypeError, "type.__new__() argument 3 must be dict, not %T", a.v[2]);
    }
    TupleObj *bases = asy_as_tuple(a.v[1]);
    for (size_t i = 0; i < bases->size; i++) {
        if (is_type(bases->items[i])) continue;
        Value entries = asy_getattr_opt(vm, bases->items[i], asy_name(vm, __mro_entries__));
        if (asy_is_err(entries)) return ASY_ERR;
        if (asy_is_nil(entries)) continue;
        asy_release(vm, entries);
        return asy_raise(vm, EXC_TypeError,
                         "type() doesn't support MRO entry resolution; use types.new_class()");
    }
    Type *winner = asy_type_metaclass(vm, bases, meta);
    if (!winner) return ASY_ERR;
    if (winner != meta && winner->slots.new != type_new) return winner->slots.new(vm, winner, a);
    return asy_type_new(vm, winner, asy_as_str(a.v[0]), bases, asy_as_dict(a.v[2]), a.kwnames, a.v + 3);
}

static bool type_init(VM *vm, Value self, Args a)
{
    (void)self;
    if (a.n == 1 && !no_keywords(a)) asy_raise(vm, EXC_TypeError, "type.__init__() takes no keyword arguments");
    else if (a.n != 1 && a.n != 3) asy_raise(vm, EXC_TypeError, "type.__init__() takes 1 or 3 arguments");
    else return true;
    return false;
}

// ---- text ----

// __module__, borrowed; NIL: absent or no str.
static Value module_of(VM *vm, Type *type)
{
    int32_t entry = asy_dict_name_entry(vm, type->dict, asy_name(vm, __module__));
    Value module = entry < 0 ? ASY_NIL : type->dict->entries[entry].value;
    return asy_is_str(vm, module) ? module : ASY_NIL;
}

static Value type_repr(VM *vm, Value self)
{
    Type *type = SELF(self);
    Value module = module_of(vm, type);
    StrObj *s = asy_is_nil(module) || asy_str_is(asy_as_str(module), "builtins")
                    ? asy_format(vm, "<class '%U'>", type->qualname)
                    : asy_format(vm, "<class '%U.%U'>", asy_as_str(module), type->qualname);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value type_or(VM *vm, Value a, Value b) { return asy_union_or(vm, a, b); }

// ---- computed attributes ----

static bool is_mutable(VM *vm, Type *type, const char *name)
{
    if (!(type->flags & TYPE_STATIC)) return true;
    asy_raise(vm, EXC_TypeError, "cannot set '%s' attribute of immutable type '%N'", name, type);
    return false;
}

static bool checked_name(VM *vm, Type *type, const char *name, Value value)
{
    if (!is_mutable(vm, type, name)) return false;
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "cannot delete '%s' attribute of type '%N'", name, type);
        return false;
    }
    if (asy_is_str(vm, value)) return true;
    asy_raise(vm, EXC_TypeError, "can only assign string to %N.%s, not '%T'", type, name, value);
    return false;
}

static Value get_name(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(SELF(self)->name));
}

static bool set_name(VM *vm, Value self, Value value)
{
    Type *type = SELF(self);
    if (!checked_name(vm, type, "__name__", value)) return false;
    StrObj *name = asy_intern_str(vm, asy_as_str(value)), *old = type->name;
    if (!name) return false;
    type->name = name;
    asy_release_obj(vm, old);
    return true;
}

static Value get_qualname(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(SELF(self)->qualname));
}

static bool set_qualname(VM *vm, Value self, Value value)
{
    Type *type = SELF(self);
    if (!checked_name(vm, type, "__qualname__", value)) return false;
    StrObj *old = type->qualname;
    type->qualname = asy_retain_obj(asy_as_str(value));
    asy_release_obj(vm, old);
    return true;
}

// An entry of the class's own dict, borrowed, NIL: absent.
static Value own(VM *vm, Type *type, StrObj *name)
{
    int32_t entry = asy_dict_name_entry(vm, type->dict, name);
    return entry < 0 ? ASY_NIL : type->dict->entries[entry].value;
}

static bool set_own(VM *vm, Value self, const char *text, StrObj *name, Value value)
{
    Type *type = SELF(self);
    if (!is_mutable(vm, type, text)) return false;
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "cannot delete '%s' attribute of type '%N'", text, type);
        return false;
    }
    return asy_type_set_attr(vm, type, name, value);
}

static Value get_module(VM *vm, Value self)
{
    Value module = own(vm, SELF(self), asy_name(vm, __module__));
    if (!asy_is_nil(module)) return asy_retain(module);
    if (SELF(self)->flags & TYPE_STATIC) return asy_from_obj(asy_retain_obj(asy_name(vm, builtins)));
    return asy_raise(vm, EXC_AttributeError, "__module__");
}

static bool set_module(VM *vm, Value self, Value value)
{
    return set_own(vm, self, "__module__", asy_name(vm, __module__), value);
}

static Value get_doc(VM *vm, Value self)
{
    Type *type = SELF(self);
    if (type->flags & TYPE_STATIC) return type->def->doc ? asy_str_value(vm, type->def->doc) : ASY_NONE;
    Value doc = own(vm, type, asy_name(vm, __doc__));
    if (asy_is_nil(doc)) return ASY_NONE;
    Slot_DESCRGET get = asy_class_of(vm, doc)->slots.descr_get;
    return get ? get(vm, doc, ASY_NIL, self) : asy_retain(doc);
}

static bool set_doc(VM *vm, Value self, Value value)
{
    return set_own(vm, self, "__doc__", asy_name(vm, __doc__), value);
}

static Value get_dict(VM *vm, Value self) { return asy_mappingproxy_new(vm, asy_from_obj(SELF(self)->dict)); }

static Value get_bases(VM *vm, Value self)
{
    (void)vm;
    return asy_from_obj(asy_retain_obj(SELF(self)->bases));
}

static bool set_bases(VM *vm, Value self, Value value)
{
    Type *type = SELF(self);
    if (!is_mutable(vm, type, "__bases__")) return false;
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "cannot delete '__bases__' attribute of type '%N'", type);
        return false;
    }
    if (!asy_is_tuple(vm, value)) {
        asy_raise(vm, EXC_TypeError, "can only assign tuple to %N.__bases__, not %T", type, value);
        return false;
    }
    if (asy_as_tuple(value)->size == 0) {
        asy_raise(vm, EXC_TypeError, "can only assign non-empty tuple to %N.__bases__, not ()", type);
        return false;
    }
    return asy_type_set_bases(vm, type, asy_as_tuple(value));
}

static Value get_base(VM *vm, Value self)
{
    (void)vm;
    return SELF(self)->base ? asy_from_obj(asy_retain_obj(SELF(self)->base)) : ASY_NONE;
}

static Value get_mro(VM *vm, Value self)
{
    (void)vm;
    return SELF(self)->mro ? asy_from_obj(asy_retain_obj(SELF(self)->mro)) : ASY_NONE;
}

static Value get_abstract(VM *vm, Value self)
{
    // type itself has the descriptor, not the attribute.
    Value names = SELF(self) == vm->types.type ? ASY_NIL : own(vm, SELF(self), asy_name(vm, __abstractmethods__));
    return asy_is_nil(names) ? asy_raise(vm, EXC_AttributeError, "__abstractmethods__") : asy_retain(names);
}

static bool set_abstract(VM *vm, Value self, Value value)
{
    int abstract = asy_is_nil(value) ? 0 : asy_truth(vm, value);
    if (abstract < 0 || !asy_type_set_attr(vm, SELF(self), asy_name(vm, __abstractmethods__), value)) return false;
    SELF(self)->flags &= ~(uint32_t)TYPE_ABSTRACT;
    if (abstract) SELF(self)->flags |= TYPE_ABSTRACT;
    return true;
}

// What sequence (1 << 5) and mapping (1 << 6) patterns take it for, beyond the built-in classes: collections.abc sets
// it on its classes and on what is registered with them. Classes inherit it when they are made.
static Value get_match_kind(VM *vm, Value self)
{
    const uint32_t flags = SELF(self)->flags;
    const int kind = (flags & TYPE_MATCH_SEQUENCE ? 1 << 5 : 0) | (flags & TYPE_MATCH_MAPPING ? 1 << 6 : 0);
    return kind ? asy_from_small(kind) : asy_raise(vm, EXC_AttributeError, "__abc_tpflags__");
}

static bool set_match_kind(VM *vm, Value self, Value value)
{
    int64_t kind = 0;
    if (asy_is_nil(value) || !asy_int_as_i64(vm, value, &kind)) {
        asy_raise(vm, EXC_TypeError, "__abc_tpflags__ must be an integer");
        return false;
    }
    SELF(self)->flags &= ~(uint32_t)(TYPE_MATCH_SEQUENCE | TYPE_MATCH_MAPPING);
    if (kind & 1 << 5) SELF(self)->flags |= TYPE_MATCH_SEQUENCE;
    if (kind & 1 << 6) SELF(self)->flags |= TYPE_MATCH_MAPPING;
    return true;
}

static Value get_annotations(VM *vm, Value self)
{
    Type *type = SELF(self);
    if (type->flags & TYPE_STATIC) return asy_raise_attribute(vm, self, asy_name(vm, __annotations__));
    Value found = own(vm, type, asy_name(vm, __annotations__));
    if (!asy_is_nil(found)) {
        Slot_DESCRGET get = asy_class_of(vm, found)->slots.descr_get;
        return get ? get(vm, found, ASY_NIL, self) : asy_retain(found);
    }
    DictObj *annotations = asy_dict_new(vm);
    if (!annotations) return ASY_ERR;
    if (asy_type_set_attr(vm, type, asy_name(vm, __annotations__), asy_from_obj(annotations))) {
        return asy_from_obj(annotations);
    }
    asy_release_obj(vm, annotations);
    return ASY_ERR;
}

static bool set_annotations(VM *vm, Value self, Value value)
{
    if (!is_mutable(vm, SELF(self), "__annotations__")) return false;
    return asy_type_set_attr(vm, SELF(self), asy_name(vm, __annotations__), value);
}

static Value get_type_params(VM *vm, Value self)
{
    Value params = own(vm, SELF(self), asy_name(vm, __type_params__));
    // type's own dict has this descriptor under the name.
    if (asy_is_nil(params) || SELF(self) == vm->types.type) return asy_retain(vm->empty_tuple);
    return asy_retain(params);
}

static bool set_type_params(VM *vm, Value self, Value value)
{
    return set_own(vm, self, "__type_params__", asy_name(vm, __type_params__), value);
}

static Value get_text_signature(VM *vm, Value self)
{
    const Type *type = SELF(self);
    return type->flags & TYPE_STATIC && type->def->signature ? asy_str_value(vm, type->def->signature) : ASY_NONE;
}

static Value get_basicsize(VM *vm, Value self) { return (void)vm, asy_from_small(SELF(self)->size); }
static Value get_zero(VM *vm, Value self) { return (void)vm, (void)self, asy_from_small(0); }
static Value get_dictoffset(VM *vm, Value self)
{
    (void)vm;
    if (SELF(self)->flags & TYPE_ATTRS_AT_END) return asy_from_small(-1);
    return asy_from_small(SELF(self)->flags & TYPE_ATTRS ? (int64_t)SELF(self)->attrs_offset : 0);
}
static Value get_weakrefoffset(VM *vm, Value self)
{
    (void)vm;
    return asy_from_small(SELF(self)->flags & TYPE_WEAKREFS ? SELF(self)->size : 0);
}

// The bits that scripts ask for, where CPython has them.
static Value get_flags(VM *vm, Value self)
{
    (void)vm;
    const uint32_t flags = SELF(self)->flags;
    static const struct { uint32_t ours; uint32_t theirs; } bits[] = {
        { TYPE_STATIC, 1u << 8 }, { TYPE_HEAP, 1u << 9 }, { TYPE_BASE, 1u << 10 }, { TYPE_READY, 1u << 12 },
        { TYPE_CONTAINER, 1u << 14 }, { TYPE_ABSTRACT, 1u << 20 }, { TYPE_MATCH_SEQUENCE, 1u << 5 },
        { TYPE_MATCH_MAPPING, 1u << 6 }, { TYPE_INT, 1u << 24 }, { TYPE_LIST, 1u << 25 }, { TYPE_TUPLE, 1u << 26 },
        { TYPE_BYTES, 1u << 27 }, { TYPE_STR, 1u << 28 }, { TYPE_DICT, 1u << 29 }, { TYPE_EXCEPTION, 1u << 30 },
        { TYPE_TYPE, 1u << 31 },
    };
    uint32_t out = 0;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) out |= flags & bits[i].ours ? bits[i].theirs : 0;
    return asy_from_small(out);
}

// ---- methods ----

static Value type_mro(VM *vm, Args a)
{
    TupleObj *mro = asy_type_linearise(vm, SELF(a.self));
    if (!mro) return ASY_ERR;
    ListObj *list = asy_list_from(vm, mro->items, mro->size);
    asy_release_obj(vm, mro);
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value type_subclasses(VM *vm, Args a)
{
    Type *type = SELF(a.self);
    ListObj *list = asy_list_new(vm, type->subclass_count);
    for (uint32_t i = 0; list && i < type->subclass_count; i++) {
        if (asy_list_append(vm, list, asy_from_obj(type->subclasses[i]))) continue;
        asy_release_obj(vm, list);
        list = NULL;
    }
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value type_prepare(VM *vm, Args a)
{
    (void)a;
    DictObj *dict = asy_dict_new(vm);
    return dict ? asy_from_obj(dict) : ASY_ERR;
}

static Value type_instancecheck(VM *vm, Args a)
{
    int answer = asy_real_isinstance(vm, a.v[0], a.self);
    return answer < 0 ? ASY_ERR : asy_from_bool(answer == 1);
}

static Value type_subclasscheck(VM *vm, Args a)
{
    int answer = asy_real_issubclass(vm, a.v[0], a.self);
    return answer < 0 ? ASY_ERR : asy_from_bool(answer == 1);
}

static Value type_dir(VM *vm, Args a)
{
    DictObj *names = asy_dict_new(vm);
    if (!names) return ASY_ERR;
    bool ok = true;
    TupleObj *mro = asy_retain_obj(SELF(a.self)->mro);
    for (size_t i = 0; ok && i < mro->size; i++) {
        ok = asy_dict_merge(vm, names, asy_from_obj(SELF(mro->items[i])->dict), false);
    }
    asy_release_obj(vm, mro);
    ListObj *list = ok ? asy_to_list(vm, asy_from_obj(names)) : NULL;
    asy_release_obj(vm, names);
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value type_sizeof(VM *vm, Args a)
{
    (void)vm;
    return asy_from_small((int64_t)asy_heap_block_size(asy_as_obj(a.self)));
}

// ---- death ----

static void type_trace(Tracer *t, ObjHeader *o)
{
    Type *type = (Type *)(void *)o;
    asy_trace_header(t, type->dict ? &type->dict->head : NULL);
    asy_trace_header(t, type->bases ? &type->bases->head : NULL);
    asy_trace_header(t, type->mro ? &type->mro->head : NULL);
    asy_trace_header(t, type->base ? &type->base->head : NULL);
}

// An emptied class can still be named; nothing is found in it.
static void type_clear(VM *vm, ObjHeader *o)
{
    Type *type = (Type *)(void *)o;
    asy_type_unlink_bases(vm, type);
    asy_type_invalidate(vm, type);
    DictObj *dict = type->dict;
    TupleObj *bases = type->bases, *mro = type->mro;
    type->mro = NULL;
    type->bases = NULL;
    if (dict) asy_dict_clear(vm, dict);
    asy_release_obj(vm, bases);
    asy_release_obj(vm, mro);
}

static void type_free(VM *vm, ObjHeader *o)
{
    Type *type = (Type *)(void *)o;
    asy_shape_free_tree(vm, type);
    asy_type_unlink_subclasses(vm, type);
    Type *base = type->base;
    asy_release_obj(vm, type->dict);
    asy_release_obj(vm, type->name);
    asy_release_obj(vm, type->qualname);
    asy_release_obj(vm, base);
}

const MethodDef asy_type_methods[] = {
    { "mro", type_mro, "()", 0, "The class and its bases in the order of lookup." },
    { "__subclasses__", type_subclasses, "()", 0, "The direct subclasses that are alive." },
    { "__prepare__", type_prepare, "(*args, **kwargs)", NATIVE_CLASS, "The namespace of a class body." },
    { "__instancecheck__", type_instancecheck, "(instance, /)", 0, "What isinstance() asks." },
    { "__subclasscheck__", type_subclasscheck, "(subclass, /)", 0, "What issubclass() asks." },
    { "__dir__", type_dir, "()", 0, "Names of attributes, without the metaclass's." },
    { "__sizeof__", type_sizeof, "()", 0, "Bytes of memory." },
    { 0 },
};
static const GetSetDef type_getset[] = {
    { "__name__", get_name, set_name, NULL },
    { "__qualname__", get_qualname, set_qualname, NULL },
    { "__module__", get_module, set_module, NULL },
    { "__doc__", get_doc, set_doc, NULL },
    { "__dict__", get_dict, NULL, NULL },
    { "__bases__", get_bases, set_bases, NULL },
    { "__base__", get_base, NULL, NULL },
    { "__mro__", get_mro, NULL, NULL },
    { "__abstractmethods__", get_abstract, set_abstract, NULL },
    { "__abc_tpflags__", get_match_kind, set_match_kind, NULL },
    { "__annotations__", get_annotations, set_annotations, NULL },
    { "__type_params__", get_type_params, set_type_params, NULL },
    { "__text_signature__", get_text_signature, NULL, NULL },
    { "__basicsize__", get_basicsize, NULL, NULL },
    { "__itemsize__", get_zero, NULL, NULL },
    { "__dictoffset__", get_dictoffset, NULL, NULL },
    { "__weakrefoffset__", get_weakrefoffset, NULL, NULL },
    { "__flags__", get_flags, NULL, NULL },
    { 0 },
};

const TypeDef asy_type_type = {
    .name = "type",
    .size = sizeof(Type),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "type(object): the object's class. type(name, bases, dict): a new class.",
    .trace = type_trace,
    .clear = type_clear,
    .free = type_free,
    .methods = asy_type_methods,
    .getset = type_getset,
    .slots = {
        .new = type_new, .init = type_init, .call = type_call, .repr = type_repr, .getattr = asy_type_getattr,
        .setattr = type_setattr, .or = type_or,
    },
};
