// weakref.proxy: stands for its object in every operation, and raises ReferenceError once it is gone.
//
// The object is held while an operation runs: it may be the last to let go of it.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/memory/weakref.h"
#include "vm/memory/weakref_impl.h"
#include "vm/objects/str.h"

static const TypeDef proxy_type, callable_proxy_type;

bool asy_weakproxy_is_type(VM *vm, const Type *type)
{
    (void)vm;
    return type->def == &proxy_type || type->def == &callable_proxy_type;
}

bool asy_weakproxy_is(VM *vm, Value v) { return asy_is_obj(v) && asy_weakproxy_is_type(vm, asy_as_obj(v)->type); }

Value asy_weakproxy_new(VM *vm, Value object, Value callback)
{
    Type *type = asy_type_ready(vm, asy_is_callable(vm, object) ? &callable_proxy_type : &proxy_type);
    return type ? asy_weakref_make(vm, type, object, callback) : ASY_ERR;
}

Type *asy_weakproxy_type(VM *vm, bool callable) { return asy_type_ready(vm, callable ? &callable_proxy_type : &proxy_type); }

// What `v` stands for, owned: itself unless it is a proxy. ERR: it is gone.
static Value unwrap(VM *vm, Value v)
{
    if (!asy_weakproxy_is(vm, v)) return asy_retain(v);
    ObjHeader *o = asy_as(WeakrefObj, v)->target;
    if (o) return asy_retain(asy_from_obj(o));
    return asy_raise(vm, EXC_ReferenceError, "weakly-referenced object no longer exists");
}

#define UNARY(name, call)                               \
    static Value proxy_##name(VM *vm, Value self)       \
    {                                                   \
        Value o = unwrap(vm, self);                     \
        if (asy_is_err(o)) return o;                    \
        Value result = call;                            \
        asy_release(vm, o);                             \
        return result;                                  \
    }
#define BINARY(name, call)                              \
    static Value proxy_##name(VM *vm, Value a, Value b) \
    {                                                   \
        Value o = unwrap(vm, a);                        \
        if (asy_is_err(o)) return o;                    \
        Value other = unwrap(vm, b);                    \
        Value result = asy_is_err(other) ? ASY_ERR : call; \
        asy_release(vm, other);                         \
        asy_release(vm, o);                             \
        return result;                                  \
    }
#define OPERATOR(name, op) BINARY(name, asy_binary(vm, op, o, other))
#define INPLACE(name, op) BINARY(name, asy_inplace(vm, op, o, other))

UNARY(str, asy_str(vm, o))
UNARY(iter, asy_iter(vm, o))
UNARY(negative, asy_negative(vm, o))
UNARY(positive, asy_positive(vm, o))
UNARY(absolute, asy_absolute(vm, o))
UNARY(invert, asy_invert(vm, o))
UNARY(to_int, asy_call1(vm, asy_from_obj(vm->types.int_), o))
UNARY(to_float, asy_call1(vm, asy_from_obj(vm->types.float_), o))
UNARY(index, asy_index(vm, o))
BINARY(getitem, asy_getitem(vm, o, other))
BINARY(divmod, asy_divmod(vm, o, other))
OPERATOR(add, BIN_ADD)
OPERATOR(sub, BIN_SUB)
OPERATOR(mul, BIN_MUL)
OPERATOR(matmul, BIN_MATMUL)
OPERATOR(truediv, BIN_TRUEDIV)
OPERATOR(floordiv, BIN_FLOORDIV)
OPERATOR(mod, BIN_MOD)
OPERATOR(lshift, BIN_LSHIFT)
OPERATOR(rshift, BIN_RSHIFT)
OPERATOR(and, BIN_AND)
OPERATOR(or, BIN_OR)
OPERATOR(xor, BIN_XOR)
INPLACE(iadd, BIN_ADD)
INPLACE(isub, BIN_SUB)
INPLACE(imul, BIN_MUL)
INPLACE(imatmul, BIN_MATMUL)
INPLACE(itruediv, BIN_TRUEDIV)
INPLACE(ifloordiv, BIN_FLOORDIV)
INPLACE(imod, BIN_MOD)
INPLACE(ilshift, BIN_LSHIFT)
INPLACE(irshift, BIN_RSHIFT)
INPLACE(iand, BIN_AND)
INPLACE(ior, BIN_OR)
INPLACE(ixor, BIN_XOR)
INPLACE(ipow, BIN_POW)

static Value proxy_pow(VM *vm, Value a, Value b, Value c)
{
    Value o = unwrap(vm, a), other = asy_is_err(o) ? ASY_ERR : unwrap(vm, b);
    Value modulus = asy_is_err(other) ? ASY_ERR : unwrap(vm, c);
    Value result = asy_is_err(modulus) ? ASY_ERR : asy_power(vm, o, other, modulus);
    asy_release(vm, modulus);
    asy_release(vm, other);
    asy_release(vm, o);
    return result;
}

// An iterator's end is its own: DONE passes through.
static Value proxy_next(VM *vm, Value self)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return o;
    Value result;
    if (asy_type_of(vm, o)->slots.next) result = asy_next(vm, o);
    else result = asy_raise(vm, EXC_TypeError, "Weakref proxy referenced a non-iterator '%.200T' object", o);
    asy_release(vm, o);
    return result;
}

static Value proxy_repr(VM *vm, Value self)
{
    StrObj *text = asy_weakref_describe(vm, self, "weakproxy", false);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static bool proxy_hash(VM *vm, Value self, int64_t *hash)
{
    (void)hash;
    asy_raise(vm, EXC_TypeError, "unhashable type: '%T'", self);
    return false;
}

static Value proxy_call(VM *vm, Value self, Args args)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return o;
    Value result = asy_call(vm, o, args.v, args.n, args.kwnames);
    asy_release(vm, o);
    return result;
}

static Value proxy_getattr(VM *vm, Value self, StrObj *name)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return o;
    Value result = asy_getattr(vm, o, name);
    asy_release(vm, o);
    return result;
}

static bool proxy_setattr(VM *vm, Value self, StrObj *name, Value value)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return false;
    bool ok = asy_setattr(vm, o, name, value);
    asy_release(vm, o);
    return ok;
}

static Value proxy_compare(VM *vm, Value a, Value b, Comparison op)
{
    Value o = unwrap(vm, a), other = asy_is_err(o) ? ASY_ERR : unwrap(vm, b);
    Value result = asy_is_err(other) ? ASY_ERR : asy_compare(vm, o, other, op);
    asy_release(vm, other);
    asy_release(vm, o);
    return result;
}

static int64_t proxy_length(VM *vm, Value self)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return -1;
    int64_t length = asy_length(vm, o);
    asy_release(vm, o);
    return length;
}

static bool proxy_setitem(VM *vm, Value self, Value key, Value value)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return false;
    bool ok = asy_setitem(vm, o, key, value);
    asy_release(vm, o);
    return ok;
}

static int proxy_contains(VM *vm, Value self, Value item)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return -1;
    int found = asy_contains(vm, o, item);
    asy_release(vm, o);
    return found;
}

static int proxy_truth(VM *vm, Value self)
{
    Value o = unwrap(vm, self);
    if (asy_is_err(o)) return -1;
    int truth = asy_truth(vm, o);
    asy_release(vm, o);
    return truth;
}

#define PROXY_SLOTS                                                                                             \
    .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .getattr = proxy_getattr, .setattr = proxy_setattr, \
    .compare = proxy_compare, .iter = proxy_iter, .next = proxy_next, .length = proxy_length,                   \
    .getitem = proxy_getitem, .setitem = proxy_setitem, .contains = proxy_contains, .truth = proxy_truth,       \
    .negative = proxy_negative, .positive = proxy_positive, .absolute = proxy_absolute, .invert = proxy_invert, \
    .to_int = proxy_to_int, .to_float = proxy_to_float, .index = proxy_index, .add = proxy_add,                 \
    .sub = proxy_sub, .mul = proxy_mul, .matmul = proxy_matmul, .truediv = proxy_truediv,                       \
    .floordiv = proxy_floordiv, .mod = proxy_mod, .divmod = proxy_divmod, .lshift = proxy_lshift,               \
    .rshift = proxy_rshift, .and = proxy_and, .or = proxy_or, .xor = proxy_xor, .pow = proxy_pow,               \
    .iadd = proxy_iadd, .isub = proxy_isub, .imul = proxy_imul, .imatmul = proxy_imatmul,                       \
    .itruediv = proxy_itruediv, .ifloordiv = proxy_ifloordiv, .imod = proxy_imod, .ilshift = proxy_ilshift,     \
    .irshift = proxy_irshift, .iand = proxy_iand, .ior = proxy_ior, .ixor = proxy_ixor, .ipow = proxy_ipow

static const TypeDef proxy_type = {
    .name = "weakref.ProxyType",
    .size = sizeof(WeakrefObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = asy_weakref_obj_trace,
    .clear = asy_weakref_obj_clear,
    .slots = { PROXY_SLOTS },
};
static const TypeDef callable_proxy_type = {
    .name = "weakref.CallableProxyType",
    .size = sizeof(WeakrefObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = asy_weakref_obj_trace,
    .clear = asy_weakref_obj_clear,
    .slots = { PROXY_SLOTS, .call = proxy_call },
};
