// types.SimpleNamespace: attributes and nothing else.
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/vm.h"
#include "vm/objects/attributes.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

typedef struct NamespaceObj {
    ObjHeader head;
    Attrs attrs;
} NamespaceObj;

#define SELF(v) asy_as(NamespaceObj, v)

static Value namespace_new(VM *vm, Type *type, Args a)
{
    (void)a;
    NamespaceObj *n = asy_object_alloc(vm, type);
    return n ? asy_from_obj(n) : ASY_ERR;
}

static bool namespace_init(VM *vm, Value self, Args a)
{
    if (a.n) {
        asy_raise(vm, EXC_TypeError, "no positional arguments expected");
        return false;
    }
    TupleObj *names = asy_is_nil(a.kwnames) ? NULL : asy_as_tuple(a.kwnames);
    for (size_t i = 0; names && i < names->size; i++) {
        StrObj *name = asy_intern_str(vm, asy_as_str(names->items[i]));
        bool ok = name && asy_attrs_set(vm, asy_as_obj(self), &SELF(self)->attrs, name, a.v[i]);
        asy_release_obj(vm, name);
        if (!ok) return false;
    }
    return true;
}

static bool append_items(StrBuilder *b, DictObj *dict)
{
    bool first = true;
    for (uint32_t i = 0; i < dict->used; i++) {        // repr runs script, which may change the dict
        Value key = dict->entries[i].key, value = dict->entries[i].value;
        if (!asy_is_str(b->vm, key) || asy_as_str(key)->size == 0) continue;
        asy_retain(key);
        asy_retain(value);
        bool ok = (first || asy_builder_c(b, ", ")) && asy_builder_str(b, asy_as_str(key)) && asy_builder_c(b, "=") &&
                  asy_builder_repr(b, value);
        asy_release(b->vm, key);
        asy_release(b->vm, value);
        if (!ok) return false;
        first = false;
    }
    return true;
}

static Value namespace_repr(VM *vm, Value self)
{
    const Type *type = asy_class_of(vm, self);
    const char *name = type == vm->types.simple_namespace ? "namespace" : asy_type_name(type);
    int entered = asy_repr_enter(vm, self);
    if (entered < 0) return ASY_ERR;
    if (entered) {
        StrObj *s = asy_format(vm, "%s(...)", name);
        return s ? asy_from_obj(s) : ASY_ERR;
    }
    StrBuilder b;
    asy_builder_init(&b, vm);
    DictObj *dict = asy_attrs_copy_dict(vm, &SELF(self)->attrs);
    bool ok = dict && asy_builder_c(&b, name) && asy_builder_c(&b, "(") && append_items(&b, dict) && asy_builder_c(&b, ")");
    asy_release_obj(vm, dict);
    asy_repr_leave(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value namespace_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_type_is_subtype(asy_class_of(vm, a), vm->types.simple_namespace) ||
        !asy_type_is_subtype(asy_class_of(vm, b), vm->types.simple_namespace)) return ASY_NOTIMPLEMENTED;
    DictObj *x = asy_attrs_copy_dict(vm, &SELF(a)->attrs);
    DictObj *y = x ? asy_attrs_copy_dict(vm, &SELF(b)->attrs) : NULL;
    Value result = y ? asy_compare(vm, asy_from_obj(x), asy_from_obj(y), op) : ASY_ERR;
    asy_release_obj(vm, x);
    asy_release_obj(vm, y);
    return result;
}

static Value namespace_reduce(VM *vm, Args a)
{
    DictObj *dict = asy_attrs_copy_dict(vm, &SELF(a.self)->attrs);
    if (!dict) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 3, asy_from_obj(asy_class_of(vm, a.self)), vm->empty_tuple, asy_from_obj(dict));
    asy_release_obj(vm, dict);
    return result;
}

static void namespace_trace(Tracer *t, ObjHeader *o) { asy_attrs_trace(t, &((NamespaceObj *)(void *)o)->attrs); }
static void namespace_clear(VM *vm, ObjHeader *o) { asy_attrs_clear(vm, &((NamespaceObj *)(void *)o)->attrs); }

static const MethodDef namespace_methods[] = {
    { "__reduce__", namespace_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef namespace_getset[] = {
    { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL },
    { 0 },
};

const TypeDef asy_simple_namespace_type = {
    .name = "types.SimpleNamespace",
    .size = sizeof(NamespaceObj),
    .flags = TYPE_BASE | TYPE_ATTRS | TYPE_QUALIFIED,
    .attrs_offset = offsetof(NamespaceObj, attrs),
    .doc = "An object that holds the attributes it is made with, and any others.",
    .trace = namespace_trace,
    .clear = namespace_clear,
    .methods = namespace_methods,
    .getset = namespace_getset,
    .slots = {
        .new = namespace_new, .init = namespace_init, .repr = namespace_repr, .compare = namespace_compare,
    },
};
