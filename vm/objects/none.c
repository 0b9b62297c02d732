// The types of the singletons: None, NotImplemented, Ellipsis.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

static bool takes_nothing(VM *vm, const char *name, Args a)
{
    if (a.n == 0 && (asy_is_nil(a.kwnames) || asy_as_tuple(a.kwnames)->size == 0)) return true;
    asy_raise(vm, EXC_TypeError, "%s takes no arguments", name);
    return false;
}

static Value none_new(VM *vm, Type *type, Args a)
{
    (void)type;
    return takes_nothing(vm, "NoneType", a) ? ASY_NONE : ASY_ERR;
}

static Value none_repr(VM *vm, Value self)
{
    (void)self;
    return asy_str_value(vm, "None");
}

static int none_truth(VM *vm, Value self) { return (void)vm, (void)self, 0; }

static Value notimplemented_new(VM *vm, Type *type, Args a)
{
    (void)type;
    return takes_nothing(vm, "NotImplementedType", a) ? ASY_NOTIMPLEMENTED : ASY_ERR;
}

static Value notimplemented_repr(VM *vm, Value self)
{
    (void)self;
    return asy_str_value(vm, "NotImplemented");
}

static int notimplemented_truth(VM *vm, Value self)
{
    (void)self;
    if (!asy_warn(vm, EXC_DeprecationWarning, 1, "NotImplemented should not be used in a boolean context")) return -1;
    return 1;
}

static Value ellipsis_new(VM *vm, Type *type, Args a)
{
    (void)type;
    return takes_nothing(vm, "EllipsisType", a) ? ASY_ELLIPSIS : ASY_ERR;
}

static Value ellipsis_repr(VM *vm, Value self)
{
    (void)self;
    return asy_str_value(vm, "Ellipsis");
}

// Singletons are pickled and copied by name.
static Value singleton_reduce(VM *vm, Args a) { return asy_repr(vm, a.self); }

static const MethodDef singleton_methods[] = {
    { "__reduce__", singleton_reduce, "()", 0, NULL },
    { 0 },
};

const TypeDef asy_none_type = {
    .name = "NoneType",
    .size = sizeof(ObjHeader),
    .slots = { .new = none_new, .repr = none_repr, .truth = none_truth },
};
const TypeDef asy_notimplemented_type = {
    .name = "NotImplementedType",
    .size = sizeof(ObjHeader),
    .methods = singleton_methods,
    .slots = { .new = notimplemented_new, .repr = notimplemented_repr, .truth = notimplemented_truth },
};
const TypeDef asy_ellipsis_type = {
    .name = "ellipsis",
    .size = sizeof(ObjHeader),
    .methods = singleton_methods,
    .slots = { .new = ellipsis_new, .repr = ellipsis_repr },
};
