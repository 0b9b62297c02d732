// complex: pairs of doubles, always objects.
#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/float.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

typedef struct Pair {
    double real, imag;
} Pair;

static Value complex_of_type(VM *vm, Type *type, Pair p)
{
    ComplexObj *c = asy_object_alloc(vm, type);
    if (!c) return ASY_ERR;
    c->real = p.real;
    c->imag = p.imag;
    return asy_from_obj(c);
}

Value asy_complex_new(VM *vm, double real, double imag)
{
    return complex_of_type(vm, vm->types.complex, (Pair){ real, imag });
}

static bool is_complex(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return false;
    Type *type = asy_as_obj(v)->type;
    return type == vm->types.complex || asy_type_is_subtype(type, vm->types.complex);
}

// v as a complex number if it is a number: 1, 0 something else, -1 OverflowError.
static int operand(VM *vm, Value v, Pair *out)
{
    if (is_complex(vm, v)) {
        *out = (Pair){ asy_as(ComplexObj, v)->real, asy_as(ComplexObj, v)->imag };
        return 1;
    }
    out->imag = 0;
    return asy_float_operand(vm, v, &out->real);
}

#define COMPLEX_OPERANDS(vm, a, b)                                          \
    Pair x, y;                                                              \
    int got_x = operand(vm, a, &x);                                         \
    int got_y = got_x > 0 ? operand(vm, b, &y) : got_x;                     \
    if (got_y <= 0) return got_y < 0 ? ASY_ERR : ASY_NOTIMPLEMENTED

static Value complex_add(VM *vm, Value a, Value b)
{
    COMPLEX_OPERANDS(vm, a, b);
    return asy_complex_new(vm, x.real + y.real, x.imag + y.imag);
}
static Value complex_sub(VM *vm, Value a, Value b)
{
    COMPLEX_OPERANDS(vm, a, b);
    return asy_complex_new(vm, x.real - y.real, x.imag - y.imag);
}

static Pair multiply(Pair x, Pair y)
{
    return (Pair){ x.real * y.real - x.imag * y.imag, x.real * y.imag + x.imag * y.real };
}

static Value complex_mul(VM *vm, Value a, Value b)
{
    COMPLEX_OPERANDS(vm, a, b);
    Pair p = multiply(x, y);
    return asy_complex_new(vm, p.real, p.imag);
}

// Smith's method: divides by the larger part of the divisor first, so that nothing overflows needlessly.
static Pair divide(Pair x, Pair y)
{
    if (fabs(y.real) >= fabs(y.imag)) {
        double ratio = y.imag / y.real, denominator = y.real + y.imag * ratio;
        return (Pair){ (x.real + x.imag * ratio) / denominator, (x.imag - x.real * ratio) / denominator };
    }
    if (fabs(y.imag) >= fabs(y.real)) {
        double ratio = y.real / y.imag, denominator = y.real * ratio + y.imag;
        return (Pair){ (x.real * ratio + x.imag) / denominator, (x.imag * ratio - x.real) / denominator };
    }
    return (Pair){ NAN, NAN };      // a part of y is NaN
}

static Value complex_truediv(VM *vm, Value a, Value b)
{
    COMPLEX_OPERANDS(vm, a, b);
    if (y.real == 0 && y.imag == 0) return asy_raise(vm, EXC_ZeroDivisionError, "complex division by zero");
    Pair p = divide(x, y);
    return asy_complex_new(vm, p.real, p.imag);
}

static Value power_zero(VM *vm) { return asy_raise(vm, EXC_ZeroDivisionError, "0.0 to a negative or complex power"); }

static Value power_result(VM *vm, Pair p)
{
    if (isinf(p.real) || isinf(p.imag)) return asy_raise(vm, EXC_OverflowError, "complex exponentiation");
    return asy_complex_new(vm, p.real, p.imag);
}

// Small whole exponents by squaring: exact where the parts are.
static Value power_whole(VM *vm, Pair x, int64_t n)
{
    Pair r = { 1, 0 };
    uint64_t count = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    Pair base = x;
    for (uint64_t bit = 1; bit <= count; bit <<= 1) {
        if (count & bit) r = multiply(r, base);
        base = multiply(base, base);
    }
    if (n < 0) {
        if (r.real == 0 && r.imag == 0) return power_zero(vm);
        r = divide((Pair){ 1, 0 }, r);
    }
    return power_result(vm, r);
}

Value asy_complex_pow(VM *vm, double ar, double ai, double br, double bi)
{
    if (br == 0 && bi == 0) return asy_complex_new(vm, 1, 0);
    if (ar == 0 && ai == 0) {
        if (bi != 0 || br < 0) return power_zero(vm);
        return asy_complex_new(vm, 0, 0);
    }
    double magnitude = hypot(ar, ai), angle = atan2(ai, ar);
    double length = pow(magnitude, br), phase = angle * br;
    if (bi != 0) {
        length /= exp(angle * bi);
        phase += bi * log(magnitude);
    }
    return power_result(vm, (Pair){ length * cos(phase), length * sin(phase) });
}

static Value complex_pow(VM *vm, Value a, Value b, Value modulus)
{
    COMPLEX_OPERANDS(vm, a, b);
    if (!asy_is_nil(modulus) && !asy_is_none(modulus)) return asy_raise(vm, EXC_ValueError, "complex modulo");
    if (y.imag == 0 && y.real == floor(y.real) && fabs(y.real) <= 100) {
        if (x.real == 0 && x.imag == 0 && y.real < 0) return power_zero(vm);
        return power_whole(vm, x, (int64_t)y.real);
    }
    return asy_complex_pow(vm, x.real, x.imag, y.real, y.imag);
}

static Value complex_negative(VM *vm, Value v)
{
    ComplexObj *c = asy_as(ComplexObj, v);
    return asy_complex_new(vm, -c->real, -c->imag);
}
static Value complex_positive(VM *vm, Value v)
{
    if (asy_as_obj(v)->type == vm->types.complex) return asy_retain(v);
    ComplexObj *c = asy_as(ComplexObj, v);
    return asy_complex_new(vm, c->real, c->imag);
}
static Value complex_absolute(VM *vm, Value v)
{
    ComplexObj *c = asy_as(ComplexObj, v);
    double r = hypot(c->real, c->imag);
    if (isinf(r) && isfinite(c->real) && isfinite(c->imag)) return asy_raise(vm, EXC_OverflowError, "absolute value too large");
    return asy_from_double(r);
}
static int complex_truth(VM *vm, Value v)
{
    (void)vm;
    return asy_as(ComplexObj, v)->real != 0 || asy_as(ComplexObj, v)->imag != 0;
}

static Value complex_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (op != CMP_EQ && op != CMP_NE) return ASY_NOTIMPLEMENTED;
    ComplexObj *x = asy_as(ComplexObj, a);
    bool equal;
    if (is_complex(vm, b)) {
        equal = x->real == asy_as(ComplexObj, b)->real && x->imag == asy_as(ComplexObj, b)->imag;
    } else if (asy_is_floating(vm, b) || asy_is_integer(vm, b)) {
        int same = x->imag == 0 ? asy_compare_bool(vm, asy_from_double(x->real), b, CMP_EQ) : 0;
        if (same < 0) return ASY_ERR;
        equal = same;
    } else {
        return ASY_NOTIMPLEMENTED;
    }
    return asy_from_bool(equal == (op == CMP_EQ));
}

static bool complex_hash(VM *vm, Value v, int64_t *hash)
{
    (void)vm;
    ComplexObj *c = asy_as(ComplexObj, v);
    uint64_t real = isnan(c->real) ? 0 : (uint64_t)asy_hash_double(c->real);
    uint64_t imag = isnan(c->imag) ? 0 : (uint64_t)asy_hash_double(c->imag);
    uint64_t h = real + UINT64_C(1000003) * imag;       // 1000003: CPython's sys.hash_info.imag
    *hash = h == UINT64_MAX ? -2 : (int64_t)h;
    return true;
}

static Value complex_repr(VM *vm, Value v)
{
    ComplexObj *c = asy_as(ComplexObj, v);
    char text[2 * FLOAT_TEXT_MAX + 4];
    size_t n = 0;
    bool pair = c->real != 0 || signbit(c->real);
    if (pair) {
        text[n++] = '(';
        n += asy_float_write(c->real, false, text + n);
        if (isnan(c->imag) || !signbit(c->imag)) text[n++] = '+';
    }
    n += asy_float_write(c->imag, false, text + n);
    text[n++] = 'j';
    if (pair) text[n++] = ')';
    StrObj *s = asy_str_new(vm, text, n);
    return s ? asy_from_obj(s) : ASY_ERR;
}

// ---- complex(x, y) ----

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// "1+2j", "1", "2j", "-j", in parentheses or not.
static bool parse(const char *s, const char *end, Pair *out)
{
    while (s < end && is_blank(*s)) s++;
    while (end > s && is_blank(end[-1])) end--;
    if (end - s >= 2 && *s == '(' && end[-1] == ')') {
        s++;
        end--;
        while (s < end && is_blank(*s)) s++;
        while (end > s && is_blank(end[-1])) end--;
    }
    if (s == end) return false;
    *out = (Pair){ 0, 0 };
    double first = 0;
    const char *after = asy_float_scan(s, end, &first);
    if (after == end) {
        out->real = first;
        return true;
    }
    bool bare = !after;
    if (after) {
        if ((*after | 0x20) == 'j') {
            out->imag = first;
            return after + 1 == end;
        }
        out->real = first;
        if (*after != '+' && *after != '-') return false;
        s = after;
        double second;
        after = asy_float_scan(s, end, &second);
        if (after) {
            out->imag = second;
            return after + 1 == end && (*after | 0x20) == 'j';
        }
    }
    // A sign (in front of nothing: perhaps none) and j alone.
    out->imag = *s == '-' ? -1 : 1;
    if (*s == '+' || *s == '-') s++;
    else if (!bare) return false;
    return s + 1 == end && (*s | 0x20) == 'j';
}

static bool complex_from_str(VM *vm, StrObj *s, Pair *out)
{
    size_t size;
    char *text = asy_float_ascii(vm, s, &size);
    if (!text) return false;
    bool ok = parse(text, text + size, out);
    asy_mem_free(vm, text, s->size + 1);
    if (!ok) asy_raise(vm, EXC_ValueError, "complex() arg is a malformed string");
    return ok;
}

// What __complex__ gives: 1, 0 there is none, -1 error.
static int from_special(VM *vm, Value v, Pair *out)
{
    if (!asy_is_obj(v) || asy_as_obj(v)->type == vm->types.complex) return 0;
    Value method = asy_special(vm, v, asy_name(vm, dunder_complex));
    if (asy_is_err(method)) return -1;
    if (asy_is_nil(method)) return 0;
    Value r = asy_call0(vm, method);
    asy_release(vm, method);
    if (asy_is_err(r)) return -1;
    int got = 1;
    if (!is_complex(vm, r)) {
        asy_raise(vm, EXC_TypeError, "__complex__ returned non-complex (type %.200T)", r);
        got = -1;
    } else if (asy_as_obj(r)->type != vm->types.complex &&
               !asy_warn(vm, EXC_DeprecationWarning, 1,
                         "__complex__ returned non-complex (type %.200T).  The ability to return an instance of a strict "
                         "subclass of complex is deprecated, and may not be supported in a future version of Python.",
                         r)) {
        got = -1;
    } else {
        *out = (Pair){ asy_as(ComplexObj, r)->real, asy_as(ComplexObj, r)->imag };
    }
    asy_release(vm, r);
    return got;
}

static bool part(VM *vm, Value v, bool second, Pair *out)
{
    int got = second ? 0 : from_special(vm, v, out);
    if (got == 0) got = operand(vm, v, out);
    if (got) return got > 0;
    Type *type = asy_type_of(vm, v);
    if (type->slots.to_float || type->slots.index) {
        out->imag = 0;
        return asy_to_double(vm, v, &out->real);
    }
    if (second) asy_raise(vm, EXC_TypeError, "complex() second argument must be a number, not '%.200T'", v);
    else asy_raise(vm, EXC_TypeError, "complex() first argument must be a string or a number, not '%.200T'", v);
    return false;
}

static Value complex_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "real", "imag" };
    Value v[2];
    if (!asy_new_args(vm, "complex", names, 2, 0, 0, a, v)) return ASY_ERR;
    Pair x = { 0, 0 }, y = { 0, 0 };
    bool has_imag = !asy_is_nil(v[1]);
    if (!asy_is_nil(v[0])) {
        if (!has_imag && type == vm->types.complex && asy_is_obj(v[0]) && asy_as_obj(v[0])->type == type) return asy_retain(v[0]);
        if (asy_is_str(vm, v[0])) {
            if (has_imag) return asy_raise(vm, EXC_TypeError, "complex() can't take second arg if first is a string");
            return complex_from_str(vm, asy_as_str(v[0]), &x) ? complex_of_type(vm, type, x) : ASY_ERR;
        }
    }
    if (has_imag && asy_is_str(vm, v[1])) return asy_raise(vm, EXC_TypeError, "complex() second arg can't be a string");
    if (!asy_is_nil(v[0]) && !part(vm, v[0], false, &x)) return ASY_ERR;
    if (!has_imag) return complex_of_type(vm, type, x);
    if (!part(vm, v[1], true, &y)) return ASY_ERR;
    // x + y*j; the parts are only added where the arguments were complex, so that signs of zeros stay.
    bool complex_x = !asy_is_nil(v[0]) && !asy_is_float(v[0]) && x.imag != 0, complex_y = is_complex(vm, v[1]);
    Pair r = { x.real, y.real };
    if (complex_y) r.real -= y.imag;
    if (complex_x || (!asy_is_nil(v[0]) && is_complex(vm, v[0]))) r.imag += x.imag;
    return complex_of_type(vm, type, r);
}

static Value complex_conjugate(VM *vm, Args a)
{
    ComplexObj *c = asy_as(ComplexObj, a.self);
    return asy_complex_new(vm, c->real, -c->imag);
}
static Value complex_complex(VM *vm, Args a) { return complex_positive(vm, a.self); }
static Value complex_getnewargs(VM *vm, Args a)
{
    ComplexObj *c = asy_as(ComplexObj, a.self);
    return asy_tuple_pack(vm, 2, asy_from_double(c->real), asy_from_double(c->imag));
}
static Value complex_real(VM *vm, Value v)
{
    (void)vm;
    return asy_from_double(asy_as(ComplexObj, v)->real);
}
static Value complex_imag(VM *vm, Value v)
{
    (void)vm;
    return asy_from_double(asy_as(ComplexObj, v)->imag);
}

static const MethodDef complex_methods[] = {
    { "conjugate", complex_conjugate, "()", 0, "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j." },
    { "__complex__", complex_complex, "()", 0, "Convert this value to exact type complex." },
    { "__getnewargs__", complex_getnewargs, "()", 0, NULL },
    { "__format__", asy_complex_format_method, "(format_spec, /)", 0, "Convert to a string according to format_spec." },
    { 0 },
};
static const GetSetDef complex_getset[] = {
    { "real", complex_real, NULL, "the real part of a complex number" },
    { "imag", complex_imag, NULL, "the imaginary part of a complex number" },
    { 0 },
};

const TypeDef asy_complex_type = {
    .name = "complex",
    .size = sizeof(ComplexObj),
    .flags = TYPE_BASE,
    .doc = "Create a complex number from a real part and an optional imaginary part.\n\n"
           "This is equivalent to (real + imag*1j) where imag defaults to 0.",
    .methods = complex_methods,
    .getset = complex_getset,
    .slots = { .new = complex_new, .repr = complex_repr, .hash = complex_hash, .compare = complex_compare,
               .truth = complex_truth, .negative = complex_negative, .positive = complex_positive,
               .absolute = complex_absolute, .add = complex_add, .sub = complex_sub, .mul = complex_mul,
               .truediv = complex_truediv, .pow = complex_pow },
};
