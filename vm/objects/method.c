// Bound methods, and cells.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/function.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

#define SELF(v) asy_as(MethodObj, v)
#define CELL(v) asy_as(CellObj, v)

// ---- bound methods ----

Value asy_method_new(VM *vm, Value func, Value self)
{
    MethodObj *m = asy_object_alloc(vm, vm->types.method);
    if (!m) return ASY_ERR;
    m->func = asy_retain(func);
    m->self = asy_retain(self);
    return asy_from_obj(m);
}

static Value method_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "method", a, 2, 2)) return ASY_ERR;
    if (!asy_is_callable(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "first argument must be callable");
    if (asy_is_none(a.v[1])) return asy_raise(vm, EXC_TypeError, "instance must not be None");
    return asy_method_new(vm, a.v[0], a.v[1]);
}

static Value method_call(VM *vm, Value self, Args a)
{
    MethodObj *m = SELF(self);
    // Owned: the call may drop the last reference to the method object.
    Value func = asy_retain(m->func), receiver = asy_retain(m->self);
    Value result = asy_call_self(vm, func, receiver, a.v, a.n, a.kwnames);
    asy_release(vm, func);
    asy_release(vm, receiver);
    return result;
}

static Value method_getattr(VM *vm, Value self, StrObj *name)
{
    Type *type = asy_class_of(vm, self);
    if (!asy_is_nil(asy_type_lookup(vm, type, name))) return asy_generic_getattr(vm, self, name);
    return asy_getattr(vm, SELF(self)->func, name);     // a method shows its function's attributes
}

static Value method_repr(VM *vm, Value self)
{
    MethodObj *m = SELF(self);
    Value name = asy_getattr_opt(vm, m->func, asy_name(vm, __qualname__));
    if (asy_is_nil(name)) name = asy_getattr_opt(vm, m->func, asy_name(vm, __name__));
    if (asy_is_err(name)) return ASY_ERR;
    StrObj *s = asy_is_str(vm, name) ? asy_format(vm, "<bound method %S of %R>", name, m->self)
                                     : asy_format(vm, "<bound method ? of %R>", m->self);
    asy_release(vm, name);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value method_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || asy_class_of(vm, b) != vm->types.method) return ASY_NOTIMPLEMENTED;
    int equal = asy_same(SELF(a)->self, SELF(b)->self) ? asy_equal(vm, SELF(a)->func, SELF(b)->func) : 0;
    return equal < 0 ? ASY_ERR : asy_from_bool((equal == 1) == (op == CMP_EQ));
}

static bool method_hash(VM *vm, Value self, int64_t *hash)
{
    int64_t receiver, func;
    if (!asy_hash_by_id(vm, SELF(self)->self, &receiver) || !asy_hash(vm, SELF(self)->func, &func)) return false;
    *hash = receiver ^ func;
    if (*hash == -1) *hash = -2;
    return true;
}

// A bound method found on a class stays bound to what it was bound to.
static Value method_descr_get(VM *vm, Value self, Value object, Value type)
{
    (void)vm, (void)object, (void)type;
    return asy_retain(self);
}

static Value method_doc(VM *vm, Value self) { return asy_getattr(vm, SELF(self)->func, asy_name(vm, __doc__)); }

static Value method_reduce(VM *vm, Args a)
{
    Value getattr = asy_builtin_get(vm, "getattr");
    if (asy_is_err(getattr)) return ASY_ERR;
    Value name = asy_getattr(vm, SELF(a.self)->func, asy_name(vm, __name__));
    if (asy_is_err(name)) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 2, SELF(a.self)->self, name);
    asy_release(vm, name);
    if (asy_is_err(args)) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 2, getattr, args);
    asy_release(vm, args);
    return result;
}

static void method_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_value(t, ((MethodObj *)(void *)o)->func);
    asy_trace_value(t, ((MethodObj *)(void *)o)->self);
}

static void method_clear(VM *vm, ObjHeader *o)
{
    asy_clear(vm, &((MethodObj *)(void *)o)->self);
    asy_clear(vm, &((MethodObj *)(void *)o)->func);
}

static const MethodDef method_methods[] = {
    { "__reduce__", method_reduce, "()", 0, NULL },
    { 0 },
};
static const GetSetDef method_getset[] = {
    { "__doc__", method_doc, NULL, NULL },
    { 0 },
};
static const MemberDef method_members[] = {
    { "__func__", offsetof(MethodObj, func), false, "what the method calls" },
    { "__self__", offsetof(MethodObj, self), false, "what it passes first" },
    { 0 },
};

const TypeDef asy_method_type = {
    .name = "method",
    .size = sizeof(MethodObj),
    .flags = TYPE_WEAKREFS,
    .doc = "A callable with its first argument.",
    .trace = method_trace,
    .clear = method_clear,
    .methods = method_methods,
    .getset = method_getset,
    .members = method_members,
    .slots = {
        .new = method_new, .call = method_call, .repr = method_repr, .getattr = method_getattr,
        .compare = method_compare, .hash = method_hash, .descr_get = method_descr_get,
    },
};

// ---- cells ----

Value asy_cell_new(VM *vm, Value value)
{
    CellObj *cell = asy_object_alloc(vm, vm->types.cell);
    if (!cell) return ASY_ERR;
    cell->value = asy_retain(value);
    return asy_from_obj(cell);
}

static Value cell_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "cell", a, 0, 1)) return ASY_ERR;
    return asy_cell_new(vm, a.n ? a.v[0] : ASY_UNBOUND);
}

static bool cell_is_empty(Value self) { return asy_is_unbound(CELL(self)->value) || asy_is_nil(CELL(self)->value); }

static Value cell_repr(VM *vm, Value self)
{
    unsigned long long at = asy_address(vm, self);
    StrObj *s = cell_is_empty(self) ? asy_format(vm, "<cell at 0x%llx: empty>", at)
                                    : asy_format(vm, "<cell at 0x%llx: %.80T object at 0x%llx>", at, CELL(self)->value,
                                                 (unsigned long long)asy_address(vm, CELL(self)->value));
    return s ? asy_from_obj(s) : ASY_ERR;
}

static Value cell_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (asy_class_of(vm, a) != vm->types.cell || asy_class_of(vm, b) != vm->types.cell) return ASY_NOTIMPLEMENTED;
    if (!cell_is_empty(a) && !cell_is_empty(b)) return asy_compare(vm, CELL(a)->value, CELL(b)->value, op);
    return asy_compare(vm, asy_from_small(!cell_is_empty(a)), asy_from_small(!cell_is_empty(b)), op);
}

static Value cell_contents(VM *vm, Value self)
{
    if (cell_is_empty(self)) return asy_raise(vm, EXC_ValueError, "Cell is empty");
    return asy_retain(CELL(self)->value);
}

static bool cell_set_contents(VM *vm, Value self, Value value)
{
    asy_set(vm, &CELL(self)->value, asy_is_nil(value) ? ASY_UNBOUND : asy_retain(value));
    return true;
}

static void cell_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((CellObj *)(void *)o)->value); }
static void cell_clear(VM *vm, ObjHeader *o) { asy_set(vm, &((CellObj *)(void *)o)->value, ASY_UNBOUND); }

static const GetSetDef cell_getset[] = {
    { "cell_contents", cell_contents, cell_set_contents, NULL },
    { 0 },
};

const TypeDef asy_cell_type = {
    .name = "cell",
    .size = sizeof(CellObj),
    .doc = "The variable that a function and the functions inside it share.",
    .trace = cell_trace,
    .clear = cell_clear,
    .getset = cell_getset,
    .slots = { .new = cell_new, .repr = cell_repr, .compare = cell_compare },
};
