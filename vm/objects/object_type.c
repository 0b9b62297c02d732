// object: what every instance can do.
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/interp/import.h"
#include "vm/objects/attributes.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

static bool has_arguments(Args a) { return a.n || (!asy_is_nil(a.kwnames) && asy_as_tuple(a.kwnames)->size); }

// ---- making ----

// "without an implementation for abstract methods 'f', 'g'"
static Value raise_abstract(VM *vm, Type *type)
{
    Value names = asy_type_lookup(vm, type, asy_name(vm, __abstractmethods__));
    if (asy_is_nil(names)) return asy_raise(vm, EXC_TypeError, "Can't instantiate abstract class %N", type);
    ListObj *list = asy_to_list(vm, names);
    if (!list) return ASY_ERR;
    Value result = ASY_ERR;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_list_sort(vm, list, ASY_NIL, false);
    for (size_t i = 0; ok && i < list->size; i++) {
        ok = asy_builder_format(&b, i ? ", '%S'" : "'%S'", list->items[i]);
    }
    size_t count = list->size;
    asy_release_obj(vm, list);
    StrObj *text = ok ? asy_builder_finish(&b) : NULL;
    if (!ok) asy_builder_free(&b);
    if (text) {
        result = asy_raise(vm, EXC_TypeError,
                           "Can't instantiate abstract class %N without an implementation for abstract method%s %U", type,
                           count == 1 ? "" : "s", text);
        asy_release_obj(vm, text);
    }
    return result;
}

static bool object_init(VM *vm, Value self, Args a);

Value asy_object_new(VM *vm, Type *type, Args a)
{
    if (ASY_UNLIKELY(has_arguments(a))) {
        if (type->slots.new != asy_object_new) {
            return asy_raise(vm, EXC_TypeError,
                             "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if (type->slots.init == object_init) return asy_raise(vm, EXC_TypeError, "%.200N() takes no arguments", type);
    }
    if (ASY_UNLIKELY((type->flags & TYPE_ABSTRACT) != 0)) return raise_abstract(vm, type);
    void *o = asy_object_alloc(vm, type);
    return o ? asy_from_obj(o) : ASY_ERR;
}

static bool object_init(VM *vm, Value self, Args a)
{
    if (ASY_LIKELY(!has_arguments(a))) return true;
    Type *type = asy_class_of(vm, self);
    if (type->slots.init != object_init) {
        asy_raise(vm, EXC_TypeError, "object.__init__() takes exactly one argument (the instance to initialize)");
        return false;
    }
    if (type->slots.new == asy_object_new) {
        asy_raise(vm, EXC_TypeError, "%.200N.__init__() takes exactly one argument (the instance to initialize)", type);
        return false;
    }
    return true;
}

// ---- text, comparison ----

static Value object_repr(VM *vm, Value self)
{
    Type *type = asy_class_of(vm, self);
    unsigned long long at = asy_address(vm, self);
    Value module = asy_getattr_opt(vm, asy_from_obj(type), asy_name(vm, __module__));
    if (asy_is_err(module)) return ASY_ERR;
    StrObj *s;
    if (asy_is_str(vm, module) && !asy_str_is(asy_as_str(module), "builtins")) {
        s = asy_format(vm, "<%S.%U object at 0x%llx>", module, type->qualname, at);
    } else {
        s = asy_format(vm, "<%N object at 0x%llx>", type, at);
    }
    asy_release(vm, module);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value object_str(VM *vm, Value self) { return asy_class_of(vm, self)->slots.repr(vm, self); }

static Value object_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (op == CMP_EQ) return asy_same(a, b) ? ASY_TRUE : ASY_NOTIMPLEMENTED;
    if (op != CMP_NE) return ASY_NOTIMPLEMENTED;
    // != is the opposite of what == says.
    Slot_COMPARE compare = asy_class_of(vm, a)->slots.compare;
    Value equal = compare ? compare(vm, a, b, CMP_EQ) : ASY_NOTIMPLEMENTED;
    if (asy_is_err(equal) || asy_is_notimplemented(equal)) return equal;
    int truth = asy_truth(vm, equal);
    asy_release(vm, equal);
    return truth < 0 ? ASY_ERR : asy_from_bool(truth == 0);
}

// ---- __dict__ ----

DictObj *asy_attrs_copy_dict(VM *vm, Attrs *attrs)
{
    const Shape *shape = attrs->shape;
    if (shape->dict_mode) return asy_dict_copy(vm, attrs->dict);
    DictObj *dict = asy_dict_with_capacity(vm, shape->count);
    if (!dict || shape->count == 0) return dict;
    (void)asy_shape_find(vm, attrs->shape, shape->name);        // makes the list of names
    for (uint32_t i = 0; i < shape->count; i++) {
        if (shape->names && asy_dict_set_str(vm, dict, shape->names[i], attrs->values[i])) continue;
        if (!asy_error_pending(vm)) asy_raise_memory(vm);
        asy_release_obj(vm, dict);
        return NULL;
    }
    return dict;
}

Value asy_object_get_dict(VM *vm, Value self)
{
    Attrs *attrs = asy_is_obj(self) ? asy_object_attrs(asy_as_obj(self)) : NULL;
    if (!attrs) return asy_raise(vm, EXC_AttributeError, "'%T' object has no attribute '__dict__'", self);
    DictObj *dict = asy_attrs_dict(vm, asy_as_obj(self), attrs);
    return dict ? asy_from_obj(asy_retain_obj(dict)) : ASY_ERR;
}

bool asy_object_set_dict(VM *vm, Value self, Value value)
{
    Attrs *attrs = asy_is_obj(self) ? asy_object_attrs(asy_as_obj(self)) : NULL;
    if (!attrs) {
        asy_raise(vm, EXC_AttributeError, "'%T' object has no attribute '__dict__'", self);
        return false;
    }
    if (asy_is_nil(value)) {            // del x.__dict__: a new one
        DictObj *empty = asy_dict_new(vm);
        bool ok = empty && asy_attrs_replace_dict(vm, asy_as_obj(self), attrs, empty);
        asy_release_obj(vm, empty);
        return ok;
    }
    if (!asy_is_dict(vm, value)) {
        asy_raise(vm, EXC_TypeError, "__dict__ must be set to a dictionary, not a '%.200T'", value);
        return false;
    }
    return asy_attrs_replace_dict(vm, asy_as_obj(self), attrs, asy_as_dict(value));
}

static Value get_weakref(VM *vm, Value self)
{
    (void)vm, (void)self;
    return ASY_NONE;                    // the first one is weakref.getweakrefs' business
}

const GetSetDef asy_dict_getset[] = { { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL } };
const GetSetDef asy_weakref_getset[] = { { "__weakref__", get_weakref, NULL, NULL } };

// ---- __class__ ----

bool asy_object_set_class(VM *vm, ObjHeader *o, Type *type)
{
    Attrs *attrs = asy_object_attrs(o);
    if (attrs) {
        // The shape says the class: the same attributes, in the new class's tree; a dict if there is no such shape.
        Shape *from = attrs->shape, *to = asy_shape_root(vm, type);
        if (!to) return false;
        bool full = from->dict_mode;
        if (!full && from->count) {
            (void)asy_shape_find(vm, from, from->name);
            if (!from->names) {
                asy_raise_memory(vm);
                return false;
            }
        }
        for (uint32_t i = 0; !full && i < from->count; i++) {
            to = asy_shape_add(vm, to, from->names[i], &full);
            if (!to && !full) return false;
        }
        if (full) {
            DictObj *dict = asy_attrs_dict(vm, o, attrs);
            if (!dict) return false;
            Attrs scratch = { .shape = asy_shape_root(vm, type), .inline_values = true };
            DictObj *empty = asy_attrs_dict(vm, o, &scratch);       // to have the class's dict shape
            if (!empty) return false;
            to = scratch.shape;
            asy_release_obj(vm, empty);
        }
        attrs->shape = to;
    }
    Type *old = o->type;
    if (!(type->flags & TYPE_STATIC)) type->head.refs++;
    o->type = type;
    if (!(old->flags & TYPE_STATIC)) asy_release_header(vm, &old->head);
    return true;
}

static Value object_get_class(VM *vm, Value self) { return asy_from_obj(asy_retain_obj(asy_class_of(vm, self))); }

static bool object_set_class(VM *vm, Value self, Value value)
{
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "can't delete __class__ attribute");
        return false;
    }
    if (!asy_is_obj(value) || !(asy_as_obj(value)->type->flags & TYPE_TYPE)) {
        asy_raise(vm, EXC_TypeError, "__class__ must be set to a class, not '%.200T' object", value);
        return false;
    }
    Type *new = asy_as(Type, value), *old = asy_class_of(vm, self);
    bool modules = asy_type_is_subtype(new, vm->types.module) && asy_type_is_subtype(old, vm->types.module);
    if (!modules && (!(new->flags & TYPE_HEAP) || !(old->flags & TYPE_HEAP))) {
        asy_raise(vm, EXC_TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return false;
    }
    if (!asy_type_same_layout(new, old)) {
        asy_raise(vm, EXC_TypeError, "__class__ assignment: '%N' object layout differs from '%N'", new, old);
        return false;
    }
    return asy_object_set_class(vm, asy_as_obj(self), new);
}

// ---- copying and pickling ----

// (copyreg._slotnames(cls)) as an owned list, NIL: none.
static Value slot_names(VM *vm, Type *type)
{
    if (!type->slots_total) return ASY_NIL;
    Value fn = asy_import_attr(vm, "copyreg", "_slotnames");
    if (asy_is_err(fn)) return ASY_ERR;
    Value names = asy_call1(vm, fn, asy_from_obj(type));
    asy_release(vm, fn);
    if (asy_is_err(names) || asy_is_list(vm, names)) return names;
    asy_release(vm, names);
    return asy_raise(vm, EXC_TypeError, "copyreg._slotnames didn't return a list or None");
}

// The values of __slots__ that are set, as an owned dict; NIL if there is none.
static Value slots_state(VM *vm, Value self, Value names)
{
    DictObj *dict = asy_dict_new(vm);
    if (!dict) return ASY_ERR;
    ListObj *list = asy_as_list(names);
    for (size_t i = 0; i < list->size; i++) {
        Value name = list->items[i];
        if (!asy_is_str(vm, name)) continue;
        Value v = asy_getattr_opt(vm, self, asy_as_str(name));
        if (asy_is_nil(v)) continue;
        bool ok = !asy_is_err(v) && asy_dict_set(vm, dict, name, v);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (ok) continue;
        asy_release_obj(vm, dict);
        return ASY_ERR;
    }
    if (dict->count) return asy_from_obj(dict);
    asy_release_obj(vm, dict);
    return ASY_NIL;
}

// The nearest native class: what an instance is besides its attributes.
static const Type *native_base(const Type *type)
{
    while (type->flags & TYPE_HEAP) type = type->base;
    return type;
}

static Value default_state(VM *vm, Value self, bool required)
{
    Type *type = asy_class_of(vm, self);
    if (required && native_base(type) != vm->types.object) {
        return asy_raise(vm, EXC_TypeError, "cannot pickle '%.200N' object", type);
    }
    Value state = ASY_NONE;
    Attrs *attrs = asy_is_obj(self) ? asy_object_attrs(asy_as_obj(self)) : NULL;
    if (attrs && (attrs->shape->dict_mode || attrs->shape->count)) {
        DictObj *dict = asy_attrs_copy_dict(vm, attrs);
        if (!dict) return ASY_ERR;
        if (dict->count) state = asy_from_obj(dict);
        else asy_release_obj(vm, dict);
    } else if (!attrs && !asy_is_nil(asy_type_lookup(vm, type, asy_name(vm, __dict__)))) {
        state = asy_getattr(vm, self, asy_name(vm, __dict__));      // a native type's own
        if (asy_is_err(state)) return ASY_ERR;
    }
    Value names = slot_names(vm, type);
    if (asy_is_nil(names)) return state;
    Value slots = asy_is_err(names) ? ASY_ERR : slots_state(vm, self, names);
    if (!asy_is_err(names)) asy_release(vm, names);
    if (asy_is_nil(slots)) return state;
    Value pair = asy_is_err(slots) ? ASY_ERR : asy_tuple_pack(vm, 2, state, slots);
    asy_release(vm, state);
    if (!asy_is_err(slots)) asy_release(vm, slots);
    return pair;
}

static Value object_getstate(VM *vm, Args a) { return default_state(vm, a.self, false); }

static Value call_getstate(VM *vm, Value self, bool required)
{
    Value method = asy_type_lookup(vm, asy_class_of(vm, self), asy_name(vm, __getstate__));
    if (asy_is_obj(method) && asy_as_obj(method)->type == vm->types.method_descr &&
        asy_as(MethodDescrObj, method)->def->fn == object_getstate) {
        return default_state(vm, self, required);
    }
    return asy_call_method0(vm, self, asy_name(vm, __getstate__));
}

// What __getnewargs_ex__ or __getnewargs__ say: owned tuple (NIL: no such method) and dict (NIL: none).
static bool new_arguments(VM *vm, Value self, Value *args, Value *kwargs)
{
    *args = *kwargs = ASY_NIL;
    Value method = asy_special(vm, self, asy_name(vm, __getnewargs_ex__));
    if (asy_is_err(method)) return false;
    if (!asy_is_nil(method)) {
        Value pair = asy_call0(vm, method);
        asy_release(vm, method);
        if (asy_is_err(pair)) return false;
        bool ok = false;
        if (!asy_is_tuple(vm, pair)) {
            asy_raise(vm, EXC_TypeError, "__getnewargs_ex__ should return a tuple, not '%.200T'", pair);
        } else if (asy_as_tuple(pair)->size != 2) {
            asy_raise(vm, EXC_ValueError, "__getnewargs_ex__ should return a tuple of length 2, not %zu",
                      asy_as_tuple(pair)->size);
        } else if (!asy_is_tuple(vm, asy_as_tuple(pair)->items[0])) {
            asy_raise(vm, EXC_TypeError, "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%.200T'",
                      asy_as_tuple(pair)->items[0]);
        } else if (!asy_is_dict(vm, asy_as_tuple(pair)->items[1])) {
            asy_raise(vm, EXC_TypeError, "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%.200T'",
                      asy_as_tuple(pair)->items[1]);
        } else {
            *args = asy_retain(asy_as_tuple(pair)->items[0]);
            *kwargs = asy_retain(asy_as_tuple(pair)->items[1]);
            ok = true;
        }
        asy_release(vm, pair);
        return ok;
    }
    method = asy_special(vm, self, asy_name(vm, __getnewargs__));
    if (asy_is_err(method)) return false;
    if (asy_is_nil(method)) return true;
    Value tuple = asy_call0(vm, method);
    asy_release(vm, method);
    if (asy_is_err(tuple)) return false;
    if (!asy_is_tuple(vm, tuple)) {
        asy_raise(vm, EXC_TypeError, "__getnewargs__ should return a tuple, not '%.200T'", tuple);
        asy_release(vm, tuple);
        return false;
    }
    *args = tuple;
    return true;
}

// (cls, *args) for copyreg.__newobj__, or (cls, args, kwargs) for __newobj_ex__.
static Value newobj_arguments(VM *vm, Value self, Value args, Value kwargs)
{
    Value cls = asy_from_obj(asy_class_of(vm, self));
    if (!asy_is_nil(kwargs)) return asy_tuple_pack(vm, 3, cls, args, kwargs);
    TupleObj *given = asy_is_nil(args) ? NULL : asy_as_tuple(args);
    size_t n = given ? given->size : 0;
    TupleObj *t = asy_tuple_alloc(vm, n + 1);
    if (!t) return ASY_ERR;
    t->items[0] = asy_retain(cls);
    for (size_t i = 0; i < n; i++) t->items[i + 1] = asy_retain(given->items[i]);
    return asy_from_obj(t);
}

static Value dict_items_iter(VM *vm, Value self)
{
    Value items = asy_call_method0(vm, self, asy_name(vm, items));
    if (asy_is_err(items)) return ASY_ERR;
    Value iterator = asy_iter(vm, items);
    asy_release(vm, items);
    return iterator;
}

static Value reduce_newobj(VM *vm, Value self)
{
    Type *type = asy_class_of(vm, self);
    if (!type->slots.new) return asy_raise(vm, EXC_TypeError, "cannot pickle '%.200N' object", type);
    Value args, kwargs, v[5] = { ASY_ERR, ASY_NIL, ASY_NIL, ASY_NIL, ASY_NIL }, result = ASY_ERR;
    if (!new_arguments(vm, self, &args, &kwargs)) return ASY_ERR;
    bool list = asy_is_list(vm, self), dict = asy_is_dict(vm, self);
    if (asy_is_dict(vm, kwargs) && asy_as_dict(kwargs)->count == 0) asy_clear(vm, &kwargs);
    v[0] = asy_import_attr(vm, "copyreg", asy_is_nil(kwargs) ? "__newobj__" : "__newobj_ex__");
    if (asy_is_err(v[0])) goto done;
    v[1] = newobj_arguments(vm, self, args, kwargs);
    if (asy_is_err(v[1])) goto done;
    v[2] = call_getstate(vm, self, asy_is_nil(args) && !list && !dict);
    if (asy_is_err(v[2])) goto done;
    v[3] = list ? asy_iter(vm, self) : ASY_NONE;
    if (asy_is_err(v[3])) goto done;
    v[4] = dict ? dict_items_iter(vm, self) : ASY_NONE;
    if (asy_is_err(v[4])) goto done;
    TupleObj *t = asy_tuple_from(vm, v, 5);
    if (t) result = asy_from_obj(t);
done:
    for (int i = 0; i < 5; i++) {
        if (!asy_is_err(v[i])) asy_release(vm, v[i]);
    }
    asy_release(vm, args);
    asy_release(vm, kwargs);
    return result;
}

static Value reduce_common(VM *vm, Value self, int64_t protocol)
{
    if (protocol >= 2) return reduce_newobj(vm, self);
    Value fn = asy_import_attr(vm, "copyreg", "_reduce_ex");
    if (asy_is_err(fn)) return ASY_ERR;
    Value result = asy_call2(vm, fn, self, asy_from_small(protocol));
    asy_release(vm, fn);
    return result;
}

static Value object_reduce(VM *vm, Args a) { return reduce_common(vm, a.self, 0); }

static Value object_reduce_ex(VM *vm, Args a)
{
    int64_t protocol = 0;
    if (!asy_arg_i64(vm, a.v[0], &protocol)) return ASY_ERR;
    // A class's own __reduce__ goes first.
    Value reduce = asy_type_lookup(vm, asy_class_of(vm, a.self), asy_name(vm, __reduce__));
    bool native = asy_is_obj(reduce) && asy_as_obj(reduce)->type == vm->types.method_descr &&
                  asy_as(MethodDescrObj, reduce)->def->fn == object_reduce;
    if (!native) return asy_call_method0(vm, a.self, asy_name(vm, __reduce__));
    return reduce_common(vm, a.self, protocol);
}

// ---- the rest ----

static Value object_format(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "__format__() argument must be str, not %T", a.v[0]);
    }
    if (asy_as_str(a.v[0])->size) {
        return asy_raise(vm, EXC_TypeError, "unsupported format string passed to %.200T.__format__", a.self);
    }
    return asy_str(vm, a.self);
}

static Value object_sizeof(VM *vm, Args a)
{
    (void)vm;
    return asy_from_small(asy_is_obj(a.self) ? (int64_t)asy_heap_block_size(asy_as_obj(a.self)) : (int64_t)sizeof(Value));
}

static Value object_dir(VM *vm, Args a)
{
    DictObj *names = NULL;
    Attrs *attrs = asy_is_obj(a.self) ? asy_object_attrs(asy_as_obj(a.self)) : NULL;
    if (attrs) {
        names = asy_attrs_copy_dict(vm, attrs);
    } else {
        Value dict = asy_getattr_opt(vm, a.self, asy_name(vm, __dict__));
        if (asy_is_err(dict)) return ASY_ERR;
        names = asy_is_dict(vm, dict) ? asy_dict_copy(vm, asy_as_dict(dict)) : asy_dict_new(vm);
        asy_release(vm, dict);
    }
    if (!names) return ASY_ERR;
    Value cls = asy_getattr_opt(vm, a.self, asy_name(vm, __class__));
    bool ok = !asy_is_err(cls);
    if (ok && asy_is_obj(cls) && asy_as_obj(cls)->type->flags & TYPE_TYPE) {
        TupleObj *mro = asy_as(Type, cls)->mro;
        for (size_t i = 0; ok && i < mro->size; i++) {
            ok = asy_dict_merge(vm, names, asy_from_obj(asy_as(Type, mro->items[i])->dict), false);
        }
    }
    if (!asy_is_err(cls)) asy_release(vm, cls);
    ListObj *list = ok ? asy_to_list(vm, asy_from_obj(names)) : NULL;
    asy_release_obj(vm, names);
    return list ? asy_from_obj(list) : ASY_ERR;
}

static Value object_init_subclass(VM *vm, Args a)
{
    (void)vm, (void)a;
    return ASY_NONE;
}

static Value object_subclasshook(VM *vm, Args a)
{
    (void)vm, (void)a;
    return ASY_NOTIMPLEMENTED;
}

const MethodDef asy_object_methods[] = {
    { "__init_subclass__", object_init_subclass, "()", NATIVE_CLASS, "Called when a class is subclassed." },
    { "__subclasshook__", object_subclasshook, "(object, /)", NATIVE_CLASS, "Abstract classes override it for issubclass()." },
    { "__reduce__", object_reduce, "()", 0, "How to pickle." },
    { "__reduce_ex__", object_reduce_ex, "(protocol, /)", 0, "How to pickle, by protocol." },
    { "__getstate__", object_getstate, "()", 0, "What to pickle." },
    { "__format__", object_format, "(format_spec, /)", 0, "str(self), if there is no format_spec." },
    { "__sizeof__", object_sizeof, "()", 0, "Bytes of memory." },
    { "__dir__", object_dir, "()", 0, "Names of attributes." },
    { 0 },
};
static const GetSetDef object_getset[] = {
    { "__class__", object_get_class, object_set_class, "The object's class." },
    { 0 },
};

const TypeDef asy_object_type = {
    .name = "object",
    .size = sizeof(ObjHeader),
    .flags = TYPE_BASE,
    .doc = "The base of all classes.",
    .methods = asy_object_methods,
    .getset = object_getset,
    .slots = {
        .new = asy_object_new, .init = object_init, .repr = object_repr, .str = object_str, .hash = asy_hash_by_id,
        .compare = object_compare, .getattr = asy_generic_getattr, .setattr = asy_generic_setattr,
    },
};
