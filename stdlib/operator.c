// operator: the operators as functions, attrgetter, itemgetter, methodcaller.
#include "stdlib/lib.h"

#define BINARY(name, op) \
    static Value op_##name(VM *vm, Args a) { return asy_binary(vm, op, a.v[0], a.v[1]); }
#define INPLACE(name, op) \
    static Value op_##name(VM *vm, Args a) { return asy_inplace(vm, op, a.v[0], a.v[1]); }
#define COMPARE(name, op) \
    static Value op_##name(VM *vm, Args a) { return asy_compare(vm, a.v[0], a.v[1], op); }
#define UNARY(name, f) \
    static Value op_##name(VM *vm, Args a) { return f(vm, a.v[0]); }
BINARY(add, BIN_ADD) BINARY(sub, BIN_SUB) BINARY(mul, BIN_MUL) BINARY(matmul, BIN_MATMUL) BINARY(truediv, BIN_TRUEDIV)
BINARY(floordiv, BIN_FLOORDIV) BINARY(mod, BIN_MOD) BINARY(pow, BIN_POW) BINARY(lshift, BIN_LSHIFT)
BINARY(rshift, BIN_RSHIFT) BINARY(and_, BIN_AND) BINARY(or_, BIN_OR) BINARY(xor, BIN_XOR)
INPLACE(iadd, BIN_ADD) INPLACE(isub, BIN_SUB) INPLACE(imul, BIN_MUL) INPLACE(imatmul, BIN_MATMUL)
INPLACE(itruediv, BIN_TRUEDIV) INPLACE(ifloordiv, BIN_FLOORDIV) INPLACE(imod, BIN_MOD) INPLACE(ipow, BIN_POW)
INPLACE(ilshift, BIN_LSHIFT) INPLACE(irshift, BIN_RSHIFT) INPLACE(iand, BIN_AND) INPLACE(ior, BIN_OR) INPLACE(ixor, BIN_XOR)
COMPARE(lt, CMP_LT) COMPARE(le, CMP_LE) COMPARE(eq, CMP_EQ) COMPARE(ne, CMP_NE) COMPARE(gt, CMP_GT) COMPARE(ge, CMP_GE)
UNARY(neg, asy_negative) UNARY(pos, asy_positive) UNARY(inv, asy_invert) UNARY(abs, asy_absolute) UNARY(index, asy_index)

static Value from_int(int r) { return r < 0 ? ASY_ERR : asy_from_bool(r); }
static Value op_truth(VM *vm, Args a) { return from_int(asy_truth(vm, a.v[0])); }
static Value op_not(VM *vm, Args a)
{
    int r = asy_truth(vm, a.v[0]);
    return r < 0 ? ASY_ERR : asy_from_bool(!r);
}
static Value op_is(VM *vm, Args a) { return asy_from_bool(asy_is(vm, a.v[0], a.v[1])); }
static Value op_is_not(VM *vm, Args a) { return asy_from_bool(!asy_is(vm, a.v[0], a.v[1])); }
static Value op_contains(VM *vm, Args a) { return from_int(asy_contains(vm, a.v[0], a.v[1])); }
static Value op_getitem(VM *vm, Args a) { return asy_getitem(vm, a.v[0], a.v[1]); }
static Value op_setitem(VM *vm, Args a) { return asy_setitem(vm, a.v[0], a.v[1], a.v[2]) ? ASY_NONE : ASY_ERR; }
static Value op_delitem(VM *vm, Args a) { return asy_setitem(vm, a.v[0], a.v[1], ASY_NIL) ? ASY_NONE : ASY_ERR; }
static Value op_call(VM *vm, Args a)
{
    if (a.n < 1) return asy_raise(vm, EXC_TypeError, "call expected at least 1 argument, got 0");
    return asy_call(vm, a.v[0], a.v + 1, a.n - 1, a.kwnames);
}
static bool is_sequence(VM *vm, Value v) { return asy_type_of(vm, v)->slots.getitem != NULL; }
static Value op_concat(VM *vm, Args a)
{
    if (!is_sequence(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "'%T' object can't be concatenated", a.v[0]);
    return asy_binary(vm, BIN_ADD, a.v[0], a.v[1]);
}
static Value op_iconcat(VM *vm, Args a)
{
    if (!is_sequence(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "'%T' object can't be concatenated", a.v[0]);
    return asy_inplace(vm, BIN_ADD, a.v[0], a.v[1]);
}
static Value op_count_of(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]);
    if (asy_is_err(it)) return ASY_ERR;
    int64_t n = 0;
    for (;;) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) break;
        int eq = asy_is_err(v) ? -1 : asy_equal(vm, v, a.v[1]);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (eq < 0) {
            asy_release(vm, it);
            return ASY_ERR;
        }
        n += eq;
    }
    asy_release(vm, it);
    return asy_from_small(n);
}
static Value op_index_of(VM *vm, Args a)
{
    Value it = asy_iter(vm, a.v[0]), result = ASY_ERR;
    if (asy_is_err(it)) return ASY_ERR;
    for (int64_t i = 0;; i++) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) {
            asy_raise(vm, EXC_ValueError, "sequence.index(x): x not in sequence");
            break;
        }
        int eq = asy_is_err(v) ? -1 : asy_equal(vm, v, a.v[1]);
        if (!asy_is_err(v)) asy_release(vm, v);
        if (eq < 0) break;
        if (eq) {
            result = asy_from_small(i);
            break;
        }
    }
    asy_release(vm, it);
    return result;
}
static Value op_length_hint(VM *vm, Args a)
{
    int64_t fallback = 0;
    if (!asy_is_nil(a.v[1])) {
        if (!asy_is_integer(vm, a.v[1])) return asy_raise(vm, EXC_TypeError, "'%T' object cannot be interpreted as an integer", a.v[1]);
        if (!asy_to_i64(vm, a.v[1], &fallback)) return ASY_ERR;
    }
    int64_t n = asy_length_hint(vm, a.v[0], fallback);
    return n < 0 ? ASY_ERR : asy_int_from_i64(vm, n);
}

// -- attrgetter, itemgetter, methodcaller: a tuple of names, keys, or name and arguments

#define GETTER_FIELDS(V, O, N) O(TupleObj, items) O(DictObj, kwargs)
ASY_OBJECT(GetterObj, GETTER_FIELDS);
ASY_OBJECT_TRACE(GetterObj, GETTER_FIELDS)
static GetterObj *getter(Value v) { return asy_as(GetterObj, v); }

static Value getter_make(VM *vm, Type *type, Args a, const char *what)
{
    if (a.n < 1) return asy_raise(vm, EXC_TypeError, "%s expected 1 argument, got 0", what);
    GetterObj *g = asy_object_alloc(vm, type);
    if (!g) return ASY_ERR;
    g->items = asy_tuple_from(vm, a.v, a.n);
    if (g->items) return asy_from_obj(g);
    asy_release_obj(vm, g);
    return ASY_ERR;
}

static Value dotted(VM *vm, Value v, StrObj *path)
{
    asy_retain(v);
    for (const char *p = path->data, *end = p + path->size;;) {
        const char *dot = memchr(p, '.', (size_t)(end - p));
        StrObj *name = asy_intern(vm, p, (size_t)((dot ? dot : end) - p));
        Value next = name ? asy_getattr(vm, v, name) : ASY_ERR;
        asy_release_obj(vm, name);
        asy_release(vm, v);
        if (asy_is_err(next) || !dot) return next;
        v = next;
        p = dot + 1;
    }
}

// One item for a getter of one, a tuple for several.
static Value get_all(VM *vm, Value self, Value object, bool attributes)
{
    TupleObj *items = asy_retain_obj(getter(self)->items);
    Value result = ASY_ERR;
    TupleObj *t = NULL;
    if (items->size == 1) {
        result = attributes ? dotted(vm, object, asy_as_str(items->items[0])) : asy_getitem(vm, object, items->items[0]);
    } else if ((t = asy_tuple_alloc(vm, items->size)) != NULL) {
        size_t i = 0;
        for (; i < items->size; i++) {
            Value v = attributes ? dotted(vm, object, asy_as_str(items->items[i])) : asy_getitem(vm, object, items->items[i]);
            if (asy_is_err(v)) break;
            t->items[i] = v;
        }
        if (i == items->size) result = asy_from_obj(t);
        else asy_release_obj(vm, t);
    }
    asy_release_obj(vm, items);
    return result;
}

static bool one_argument(VM *vm, Args a, const char *what)
{
    if (!asy_is_nil(a.kwnames) && asy_as_tuple(a.kwnames)->size) {
        asy_raise(vm, EXC_TypeError, "%s() takes no keyword arguments", what);
        return false;
    }
    if (a.n == 1) return true;
    asy_raise(vm, EXC_TypeError, "%s expected 1 argument, got %u", what, a.n);
    return false;
}
static Value attrgetter_new(VM *vm, Type *type, Args a)
{
    for (uint32_t i = 0; i < a.n; i++) {
        if (!asy_is_str(vm, a.v[i])) return asy_raise(vm, EXC_TypeError, "attribute name must be a string");
    }
    return getter_make(vm, type, a, "attrgetter");
}
static Value attrgetter_call(VM *vm, Value self, Args a)
{
    return one_argument(vm, a, "attrgetter") ? get_all(vm, self, a.v[0], true) : ASY_ERR;
}
static Value itemgetter_new(VM *vm, Type *type, Args a) { return getter_make(vm, type, a, "itemgetter"); }
static Value itemgetter_call(VM *vm, Value self, Args a)
{
    return one_argument(vm, a, "itemgetter") ? get_all(vm, self, a.v[0], false) : ASY_ERR;
}
static Value methodcaller_new(VM *vm, Type *type, Args a)
{
    if (a.n < 1) return asy_raise(vm, EXC_TypeError, "methodcaller needs at least one argument, the method name");
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "method name must be a string");
    Value v = getter_make(vm, type, a, "methodcaller");
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    if (asy_is_err(v) || !nkw) return v;
    DictObj *d = getter(v)->kwargs = asy_dict_new(vm);
    for (size_t i = 0; d && i < nkw; i++) {
        if (!asy_dict_set(vm, d, asy_as_tuple(a.kwnames)->items[i], a.v[a.n + i])) d = NULL;
    }
    if (d) return v;
    asy_release(vm, v);
    return ASY_ERR;
}
static Value methodcaller_call(VM *vm, Value self, Args a)
{
    if (!one_argument(vm, a, "methodcaller")) return ASY_ERR;
    GetterObj *g = getter(self);
    TupleObj *items = g->items;
    Value f = asy_getattr(vm, a.v[0], asy_as_str(items->items[0]));
    if (asy_is_err(f)) return ASY_ERR;
    asy_retain(self);
    TupleObj *args = asy_tuple_from(vm, items->items + 1, items->size - 1);
    Value r = args ? asy_call_tuple(vm, f, asy_from_obj(args), g->kwargs ? asy_from_obj(g->kwargs) : ASY_NIL) : ASY_ERR;
    asy_release_obj(vm, args);
    asy_release(vm, f);
    asy_release(vm, self);
    return r;
}
static Value getter_repr(VM *vm, Value self)
{
    GetterObj *g = getter(self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, asy_as_obj(self)->type->def->name) && asy_builder_c(&b, "(");
    for (size_t i = 0; ok && i < g->items->size; i++) ok = asy_builder_c(&b, i ? ", " : "") && asy_builder_repr(&b, g->items->items[i]);
    uint32_t pos = 0;
    Value key, value;
    while (ok && g->kwargs && asy_dict_next(g->kwargs, &pos, &key, &value)) {
        ok = asy_builder_c(&b, ", ") && asy_builder_str_of(&b, key) && asy_builder_c(&b, "=") && asy_builder_repr(&b, value);
    }
    if (ok && asy_builder_c(&b, ")")) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}
static Value getter_reduce(VM *vm, Args a)
{
    GetterObj *g = getter(a.self);
    Value cls = asy_from_obj(asy_as_obj(a.self)->type);
    if (!g->kwargs) return asy_tuple_pack(vm, 2, cls, asy_from_obj(g->items));
    Value partial = asy_import_attr(vm, "functools", "partial");
    if (asy_is_err(partial)) return ASY_ERR;
    Value args = asy_tuple_pack(vm, 2, cls, g->items->items[0]);
    Value made = asy_is_err(args) ? ASY_ERR : asy_call_tuple(vm, partial, args, asy_from_obj(g->kwargs));
    TupleObj *rest = asy_is_err(made) ? NULL : asy_tuple_from(vm, g->items->items + 1, g->items->size - 1);
    Value r = rest ? asy_tuple_pack(vm, 2, made, asy_from_obj(rest)) : ASY_ERR;
    asy_release(vm, partial);
    if (!asy_is_err(args)) asy_release(vm, args);
    if (!asy_is_err(made)) asy_release(vm, made);
    asy_release_obj(vm, rest);
    return r;
}
static const MethodDef getter_methods[] = { { "__reduce__", getter_reduce, "()", 0, NULL }, { 0 } };
#define GETTER(id, text)                                                                           \
    static const TypeDef id##_type = {                                                             \
        .name = "operator." #id, .size = sizeof(GetterObj), .doc = text, .trace = GetterObj_trace, \
        .clear = GetterObj_clear, .methods = getter_methods,                                       \
        .slots = { .new = id##_new, .call = id##_call, .repr = getter_repr },                      \
    }
GETTER(attrgetter, "Return a callable object that fetches the given attribute(s) from its operand.");
GETTER(itemgetter, "Return a callable object that fetches the given item(s) from its operand.");
GETTER(methodcaller, "Return a callable object that calls the given method on its operand.");

#define TWO "(a, b, /)"
#define ONE "(a, /)"
// Each name, its special name beside it where it has one.
#define BOTH(name, fn, signature, text) { name, fn, signature, 0, text }, { "__" name "__", fn, signature, 0, text }
static const MethodDef functions[] = {
    BOTH("add", op_add, TWO, "Same as a + b."), BOTH("sub", op_sub, TWO, "Same as a - b."),
    BOTH("mul", op_mul, TWO, "Same as a * b."), BOTH("matmul", op_matmul, TWO, "Same as a @ b."),
    BOTH("truediv", op_truediv, TWO, "Same as a / b."), BOTH("floordiv", op_floordiv, TWO, "Same as a // b."),
    BOTH("mod", op_mod, TWO, "Same as a % b."), BOTH("pow", op_pow, TWO, "Same as a ** b."),
    BOTH("lshift", op_lshift, TWO, "Same as a << b."), BOTH("rshift", op_rshift, TWO, "Same as a >> b."),
    { "and_", op_and_, TWO, 0, "Same as a & b." }, { "__and__", op_and_, TWO, 0, "Same as a & b." },
    { "or_", op_or_, TWO, 0, "Same as a | b." }, { "__or__", op_or_, TWO, 0, "Same as a | b." },
    BOTH("xor", op_xor, TWO, "Same as a ^ b."), BOTH("iadd", op_iadd, TWO, "Same as a += b."),
    BOTH("isub", op_isub, TWO, "Same as a -= b."), BOTH("imul", op_imul, TWO, "Same as a *= b."),
    BOTH("imatmul", op_imatmul, TWO, "Same as a @= b."), BOTH("itruediv", op_itruediv, TWO, "Same as a /= b."),
    BOTH("ifloordiv", op_ifloordiv, TWO, "Same as a //= b."), BOTH("imod", op_imod, TWO, "Same as a %= b."),
    BOTH("ipow", op_ipow, TWO, "Same as a **= b."), BOTH("ilshift", op_ilshift, TWO, "Same as a <<= b."),
    BOTH("irshift", op_irshift, TWO, "Same as a >>= b."), BOTH("iand", op_iand, TWO, "Same as a &= b."),
    BOTH("ior", op_ior, TWO, "Same as a |= b."), BOTH("ixor", op_ixor, TWO, "Same as a ^= b."),
    BOTH("lt", op_lt, TWO, "Same as a < b."), BOTH("le", op_le, TWO, "Same as a <= b."),
    BOTH("eq", op_eq, TWO, "Same as a == b."), BOTH("ne", op_ne, TWO, "Same as a != b."),
    BOTH("gt", op_gt, TWO, "Same as a > b."), BOTH("ge", op_ge, TWO, "Same as a >= b."),
    BOTH("neg", op_neg, ONE, "Same as -a."), BOTH("pos", op_pos, ONE, "Same as +a."),
    BOTH("inv", op_inv, ONE, "Same as ~a."), BOTH("invert", op_inv, ONE, "Same as ~a."),
    BOTH("abs", op_abs, ONE, "Same as abs(a)."), BOTH("index", op_index, ONE, "Same as a.__index__()"),
    { "truth", op_truth, ONE, 0, "Return True if a is true, False otherwise." },
    { "not_", op_not, ONE, 0, "Same as not a." }, { "__not__", op_not, ONE, 0, "Same as not a." },
    { "is_", op_is, TWO, 0, "Same as a is b." }, { "is_not", op_is_not, TWO, 0, "Same as a is not b." },
    BOTH("contains", op_contains, TWO, "Same as b in a (note reversed operands)."),
    BOTH("getitem", op_getitem, TWO, "Same as a[b]."), BOTH("setitem", op_setitem, "(a, b, c, /)", "Same as a[b] = c."),
    BOTH("delitem", op_delitem, TWO, "Same as del a[b]."), BOTH("concat", op_concat, TWO, "Same as a + b, for a and b sequences."),
    BOTH("iconcat", op_iconcat, TWO, "Same as a += b, for a and b sequences."),
    { "countOf", op_count_of, TWO, 0, "Return the number of items in a which are, or which equal, b." },
    { "indexOf", op_index_of, TWO, 0, "Return the first index of b in a." },
    { "length_hint", op_length_hint, "(obj, default=0, /)", 0, "Return an estimate of the number of items in obj." },
    { "call", op_call, NULL, NATIVE_RAW, "Same as obj(*args, **kwargs)." },
    { "__call__", op_call, NULL, NATIVE_RAW, "Same as obj(*args, **kwargs)." },
    { 0 },
};
static bool operator_init(VM *vm, Value m)
{
    return asy_module_add_type(vm, m, &attrgetter_type) && asy_module_add_type(vm, m, &itemgetter_type) &&
           asy_module_add_type(vm, m, &methodcaller_type);
}
const ModuleDef asy_module__operator = { "_operator", "Operator interface.", functions, operator_init };
