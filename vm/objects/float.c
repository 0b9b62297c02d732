// float: the type. Floats are inline values; only instances of subclasses are objects.
#include "vm/objects/float.h"

#include <math.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/unicode.h"

bool asy_is_floating(VM *vm, Value v)
{
    (void)vm;
    return asy_is_float(v) || (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_FLOAT));
}

double asy_float_value(Value v) { return asy_is_float(v) ? asy_as_double(v) : asy_as(FloatObj, v)->value; }

Value asy_float_raise_range(VM *vm)
{
    Value text = asy_str_value(vm, "Numerical result out of range");
    if (asy_is_err(text)) return ASY_ERR;
    Value exc = asy_call2(vm, asy_from_obj(asy_exc_type(vm, EXC_OverflowError)), asy_from_small(34), text);
    asy_release(vm, text);
    if (!asy_is_err(exc)) asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

int asy_float_operand(VM *vm, Value v, double *out)
{
    int64_t i;
    if (asy_is_float(v)) *out = asy_as_double(v);
    else if (asy_int_small(v, &i)) *out = (double)i;
    else if (asy_is_floating(vm, v)) *out = asy_float_value(v);
    else if (asy_is_integer(vm, v)) return asy_int_to_double(vm, v, out) ? 1 : -1;
    else return 0;
    return 1;
}

// ---- float(x) ----

char *asy_float_ascii(VM *vm, const StrObj *s, size_t *size)
{
    char *text = asy_mem_alloc(vm, s->size + 1);
    if (!text) {
        asy_raise_memory(vm);
        return NULL;
    }
    size_t n = 0;
    for (const char *at = s->data; at < s->data + s->size;) {
        uint32_t c = asy_utf8_next(&at);
        int digit = c < 0x80 ? -1 : asy_unicode_decimal(c);
        text[n++] = (char)(c < 0x80 ? c : digit >= 0 ? (uint32_t)('0' + digit) : asy_unicode_is_space(c) ? ' ' : '?');
    }
    *size = n;
    return text;
}

static bool float_from_str(VM *vm, Value v, double *out)
{
    StrObj *s = asy_as_str(v);
    bool ok;
    if (asy_str_is_ascii(s)) {
        ok = asy_float_parse(vm, s->data, s->size, out);
    } else {
        size_t size;
        char *text = asy_float_ascii(vm, s, &size);
        if (!text) return false;
        ok = asy_float_parse(vm, text, size, out);
        asy_mem_free(vm, text, s->size + 1);
    }
    if (!ok) asy_raise(vm, EXC_ValueError, "could not convert string to float: %R", v);
    return ok;
}

// float(v) of anything.
static bool float_from_value(VM *vm, Value v, double *out)
{
    if (asy_is_float(v)) {
        *out = asy_as_double(v);
        return true;
    }
    if (asy_is_str(vm, v)) return float_from_str(vm, v, out);
    Type *type = asy_type_of(vm, v);
    if (type->slots.to_float || type->slots.index) return asy_to_double(vm, v, out);
    if (type->buffer || asy_is_bytes(vm, v) || asy_is_bytearray(vm, v)) {
        BufferView view;
        if (!asy_get_buffer(vm, v, &view)) return false;
        bool ok = asy_float_parse(vm, (const char *)view.data, view.size, out);
        asy_release_buffer(vm, &view);
        if (!ok) asy_raise(vm, EXC_ValueError, "could not convert string to float: %R", v);
        return ok;
    }
    asy_raise(vm, EXC_TypeError, "float() argument must be a string or a real number, not '%.200T'", v);
    return false;
}

static Value float_of_type(VM *vm, Type *type, double d)
{
    if (type == vm->types.float_) return asy_from_double(d);
    FloatObj *o = asy_object_alloc(vm, type);
    if (!o) return ASY_ERR;
    o->value = d;
    return asy_from_obj(o);
}

static Value float_new(VM *vm, Type *type, Args a)
{
    asy_args_of_subclass(type, vm->types.float_, false, &a);
    if (!asy_args_positional(vm, "float", a, 0, 1)) return ASY_ERR;
    double d = 0;
    if (a.n && !float_from_value(vm, a.v[0], &d)) return ASY_ERR;
    return float_of_type(vm, type, d);
}

// ---- slots ----

static Value float_repr(VM *vm, Value self)
{
    StrObj *text = asy_float_repr(vm, asy_float_value(self));
    return text ? asy_from_obj(text) : ASY_ERR;
}

static bool float_hash(VM *vm, Value self, int64_t *hash)
{
    (void)vm;
    double d = asy_float_value(self);
    *hash = isnan(d) ? 0 : asy_hash_double(d);
    return true;
}

static bool holds(Comparison op, int c)
{
    switch (op) {
    case CMP_LT: return c < 0;
    case CMP_LE: return c <= 0;
    case CMP_EQ: return c == 0;
    case CMP_NE: return c != 0;
    case CMP_GT: return c > 0;
    default: return c >= 0;
    }
}

static bool compare_doubles(double x, double y, Comparison op)
{
    switch (op) {
    case CMP_LT: return x < y;
    case CMP_LE: return x <= y;
    case CMP_EQ: return x == y;
    case CMP_NE: return x != y;
    case CMP_GT: return x > y;
    default: return x >= y;
    }
}

// A double against an integer, exactly: by whole parts, then by what is behind the point.
static Value compare_with_int(VM *vm, double d, Value i, Comparison op)
{
    int64_t k;
    if (!isfinite(d)) return asy_from_bool(isnan(d) ? op == CMP_NE : holds(op, d > 0 ? 1 : -1));
    double whole = trunc(d);
    if (asy_int_small(i, &k)) {
        if (d >= 9223372036854775808.0) return asy_from_bool(holds(op, 1));
        if (d < -9223372036854775808.0) return asy_from_bool(holds(op, -1));
        int64_t w = (int64_t)whole;
        return asy_from_bool(holds(op, w != k ? (w < k ? -1 : 1) : d < whole ? -1 : d > whole));
    }
    Value w = asy_int_from_double(vm, whole);
    if (asy_is_err(w)) return ASY_ERR;
    IntView x, y;
    asy_int_view(w, &x);
    asy_int_view(i, &y);
    int c = asy_int_view_compare(&x, &y);
    asy_release(vm, w);
    return asy_from_bool(holds(op, c ? c : d < whole ? -1 : d > whole));
}

static Value float_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_floating(vm, a)) return ASY_NOTIMPLEMENTED;
    double x = asy_float_value(a);
    if (asy_is_floating(vm, b)) return asy_from_bool(compare_doubles(x, asy_float_value(b), op));
    if (asy_is_integer(vm, b)) return compare_with_int(vm, x, b, op);
    return ASY_NOTIMPLEMENTED;
}

// Operands of a binary operator as doubles; otherwise the operator gives NotImplemented or ERR.
#define FLOAT_OPERANDS(vm, a, b)                                            \
    double x, y;                                                            \
    int got_x = asy_float_operand(vm, a, &x);                               \
    int got_y = got_x > 0 ? asy_float_operand(vm, b, &y) : got_x;           \
    if (got_y <= 0) return got_y < 0 ? ASY_ERR : ASY_NOTIMPLEMENTED

static Value float_add(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    return asy_from_double(x + y);
}
static Value float_sub(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    return asy_from_double(x - y);
}
static Value float_mul(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    return asy_from_double(x * y);
}
static Value float_truediv(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    if (y == 0) return asy_raise(vm, EXC_ZeroDivisionError, "float division by zero");
    return asy_from_double(x / y);
}

// Floored quotient and the remainder that goes with it, which has the sign of y.
static void float_divide(double x, double y, double *quotient, double *remainder)
{
    double mod = fmod(x, y), div = (x - mod) / y;
    if (mod != 0) {
        if ((y < 0) != (mod < 0)) {
            mod += y;
            div -= 1;
        }
    } else {
        mod = copysign(0.0, y);
    }
    double floored;
    if (div != 0) {
        floored = floor(div);
        if (div - floored > 0.5) floored += 1;
    } else {
        floored = copysign(0.0, x / y);
    }
    *quotient = floored;
    *remainder = mod;
}

static Value float_floordiv(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    if (y == 0) return asy_raise(vm, EXC_ZeroDivisionError, "float floor division by zero");
    double q, r;
    float_divide(x, y, &q, &r);
    return asy_from_double(q);
}
static Value float_mod(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    if (y == 0) return asy_raise(vm, EXC_ZeroDivisionError, "float modulo");
    double q, r;
    float_divide(x, y, &q, &r);
    return asy_from_double(r);
}
static Value float_divmod(VM *vm, Value a, Value b)
{
    FLOAT_OPERANDS(vm, a, b);
    if (y == 0) return asy_raise(vm, EXC_ZeroDivisionError, "float divmod()");
    double q, r;
    float_divide(x, y, &q, &r);
    return asy_tuple_pack(vm, 2, asy_from_double(q), asy_from_double(r));
}

Value asy_float_pow(VM *vm, double a, double b)
{
    if (a == 0 && b < 0) return asy_raise(vm, EXC_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b)) return asy_complex_pow(vm, a, 0, b, 0);
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b)) return asy_float_raise_range(vm);
    return asy_from_double(r);
}

static Value float_pow(VM *vm, Value a, Value b, Value modulus)
{
    FLOAT_OPERANDS(vm, a, b);
    if (!asy_is_nil(modulus) && !asy_is_none(modulus))
        return asy_raise(vm, EXC_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
    return asy_float_pow(vm, x, y);
}

static Value float_negative(VM *vm, Value v)
{
    (void)vm;
    return asy_from_double(-asy_float_value(v));
}
static Value float_exact(VM *vm, Value v)
{
    (void)vm;
    return asy_from_double(asy_float_value(v));
}
static Value float_absolute(VM *vm, Value v)
{
    (void)vm;
    return asy_from_double(fabs(asy_float_value(v)));
}
static int float_truth(VM *vm, Value v)
{
    (void)vm;
    return asy_float_value(v) != 0;
}
static Value float_to_int(VM *vm, Value v) { return asy_int_from_double(vm, asy_float_value(v)); }

// ---- methods ----

static Value float_self(VM *vm, Args a) { return float_exact(vm, a.self); }
static Value float_trunc(VM *vm, Args a) { return asy_int_from_double(vm, asy_float_value(a.self)); }
static Value float_floor(VM *vm, Args a) { return asy_int_from_double(vm, floor(asy_float_value(a.self))); }
static Value float_ceil(VM *vm, Args a) { return asy_int_from_double(vm, ceil(asy_float_value(a.self))); }

static Value float_round(VM *vm, Args a)
{
    double d = asy_float_value(a.self);
    if (asy_is_nil(a.v[0]) || asy_is_none(a.v[0])) {
        double r = round(d);
        if (fabs(d - trunc(d)) == 0.5) r = 2.0 * round(d / 2.0);       // halves go to the even side
        return asy_int_from_double(vm, r);
    }
    int64_t ndigits;
    Value n = asy_index(vm, a.v[0]);
    if (asy_is_err(n)) return ASY_ERR;
    if (!asy_int_as_i64(vm, n, &ndigits)) ndigits = asy_int_sign(vm, n) < 0 ? INT64_MIN : INT64_MAX;
    asy_release(vm, n);
    return asy_float_round(vm, d, ndigits);
}

static Value float_is_integer(VM *vm, Args a)
{
    (void)vm;
    double d = asy_float_value(a.self);
    return asy_from_bool(isfinite(d) && d == floor(d));
}

static Value float_as_integer_ratio(VM *vm, Args a)
{
    double d = asy_float_value(a.self);
    if (isnan(d)) return asy_raise(vm, EXC_ValueError, "cannot convert NaN to integer ratio");
    if (isinf(d)) return asy_raise(vm, EXC_OverflowError, "cannot convert Infinity to integer ratio");
    int exponent = 0;
    double m = frexp(d, &exponent);
    int64_t num = (int64_t)ldexp(m, 53);
    exponent -= 53;
    if (num == 0) exponent = 0;
    for (; num && exponent < 0 && (num & 1) == 0; exponent++) num /= 2;
    IntView n, one;
    asy_int_view_i64(num, &n);
    asy_int_view_i64(1, &one);
    Value top = asy_big_shift_left(vm, &n, exponent > 0 ? (uint64_t)exponent : 0);
    Value bottom = asy_is_err(top) ? ASY_ERR : asy_big_shift_left(vm, &one, exponent < 0 ? (uint64_t)-exponent : 0);
    Value out = asy_is_err(bottom) ? ASY_ERR : asy_tuple_pack(vm, 2, top, bottom);
    asy_release(vm, top);
    asy_release(vm, bottom);
    return out;
}

static Value float_hex(VM *vm, Args a) { return asy_float_hex(vm, asy_float_value(a.self)); }

static Value float_fromhex(VM *vm, Args a)
{
    double d;
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "bad argument type for built-in operation");
    StrObj *s = asy_as_str(a.v[0]);
    if (!asy_float_from_hex(vm, s->data, s->size, &d)) return ASY_ERR;
    if (asy_same(a.self, asy_from_obj(vm->types.float_))) return asy_from_double(d);
    return asy_call1(vm, a.self, asy_from_double(d));
}

static Value float_getnewargs(VM *vm, Args a) { return asy_tuple_pack(vm, 1, asy_from_double(asy_float_value(a.self))); }

static Value float_getformat(VM *vm, Args a)
{
    StrObj *kind;
    if (!asy_arg_str(vm, a.v[0], "__getformat__() argument", &kind)) return ASY_ERR;
    if (!asy_str_is(kind, "double") && !asy_str_is(kind, "float"))
        return asy_raise(vm, EXC_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
    return asy_str_value(vm, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "IEEE, little-endian" : "IEEE, big-endian");
}

static Value float_zero(VM *vm, Value self)
{
    (void)vm, (void)self;
    return asy_from_double(0.0);
}

static const MethodDef float_methods[] = {
    { "conjugate", float_self, "()", 0, "Return self, the complex conjugate of any float." },
    { "__trunc__", float_trunc, "()", 0, "Return the Integral closest to x between 0 and x." },
    { "__floor__", float_floor, "()", 0, "Return the floor as an Integral." },
    { "__ceil__", float_ceil, "()", 0, "Return the ceiling as an Integral." },
    { "__round__", float_round, "(ndigits=None, /)", 0,
      "Return the Integral closest to x, rounding half toward even.\n\n"
      "When an argument is passed, work like built-in round(x, ndigits)." },
    { "as_integer_ratio", float_as_integer_ratio, "()", 0,
      "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest terms and "
      "has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on NaNs." },
    { "fromhex", float_fromhex, "(string, /)", NATIVE_CLASS,
      "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n"
      ">>> float.fromhex('-0x1p-1074')\n-5e-324" },
    { "hex", float_hex, "()", 0,
      "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n"
      ">>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'" },
    { "is_integer", float_is_integer, "()", 0, "Return True if the float is an integer." },
    { "__getnewargs__", float_getnewargs, "()", 0, NULL },
    { "__getformat__", float_getformat, "(typestr, /)", NATIVE_CLASS,
      "You probably don't want to use this function.\n\nIt exists mainly to be used in Python's test suite." },
    { "__format__", asy_float_format_method, "(format_spec, /)", 0, "Formats the float according to format_spec." },
    { 0 },
};

static const GetSetDef float_getset[] = {
    { "real", float_exact, NULL, "the real part of a complex number" },
    { "imag", float_zero, NULL, "the imaginary part of a complex number" },
    { 0 },
};

const TypeDef asy_float__type = {
    .name = "float",
    .size = sizeof(FloatObj),
    .flags = TYPE_BASE | TYPE_FLOAT | TYPE_MATCH_SELF,
    .doc = "Convert a string or number to a floating-point number, if possible.",
    .methods = float_methods,
    .getset = float_getset,
    .slots = { .new = float_new, .repr = float_repr, .hash = float_hash, .compare = float_compare, .truth = float_truth,
               .negative = float_negative, .positive = float_exact, .absolute = float_absolute, .to_int = float_to_int,
               .to_float = float_exact, .add = float_add, .sub = float_sub, .mul = float_mul, .truediv = float_truediv,
               .floordiv = float_floordiv, .mod = float_mod, .divmod = float_divmod, .pow = float_pow },
};
