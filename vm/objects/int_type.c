// The type int: construction, slots and methods; and bool, its subclass with two values.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes.h"
#include "vm/objects/float.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"
#include "vm/objects/unicode.h"

static void int_free(VM *vm, ObjHeader *o)
{
    IntObj *i = (IntObj *)(void *)o;
    if (i->outside) asy_mem_free(vm, i->digits, i->used * sizeof(mp_digit));
}

// The value as exactly int: of bools and instances of subclasses too. New reference.
static Value exact(VM *vm, Value v)
{
    int64_t i;
    if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.int_) return asy_retain(v);
    if (asy_int_small(v, &i)) return asy_int_from_i64(vm, i);
    IntView x;
    asy_int_view(v, &x);
    return asy_big_copy(vm, &x, x.negative);
}

// ---- int(x) ----

static Value raise_invalid(VM *vm, int base, Value literal)
{
    return asy_raise(vm, EXC_ValueError, "invalid literal for int() with base %d: %.200R", base, literal);
}

// Text whose digits and blanks may be those of any script.
static Value int_from_str(VM *vm, StrObj *s, int base)
{
    Value out = ASY_ERR;
    if (asy_str_is_ascii(s)) {
        int got = asy_int_scan(vm, s->data, s->size, base, &out);
        return got > 0 ? out : got < 0 ? ASY_ERR : raise_invalid(vm, base, asy_from_obj(s));
    }
    char *ascii = asy_mem_alloc(vm, s->size);
    if (!ascii) return asy_raise_memory(vm);
    size_t n = 0;
    for (const char *at = s->data; at < s->data + s->size;) {
        uint32_t c = asy_utf8_next(&at);
        int digit = asy_unicode_decimal(c);
        ascii[n++] = (char)(c < 0x80 ? c : digit >= 0 ? (uint32_t)('0' + digit) : asy_unicode_is_space(c) ? ' ' : '?');
    }
    int got = asy_int_scan(vm, ascii, n, base, &out);
    asy_mem_free(vm, ascii, s->size);
    return got > 0 ? out : got < 0 ? ASY_ERR : raise_invalid(vm, base, asy_from_obj(s));
}

static Value int_from_bytes_text(VM *vm, Value v, int base)
{
    BufferView view;
    if (!asy_get_buffer(vm, v, &view)) return ASY_ERR;
    Value out = ASY_ERR;
    int got = asy_int_scan(vm, (const char *)view.data, view.size, base, &out);
    if (got == 0) {
        Value text = asy_bytes_value(vm, view.data, view.size);
        if (!asy_is_err(text)) raise_invalid(vm, base, text);
        asy_release(vm, text);
    }
    asy_release_buffer(vm, &view);
    return got > 0 ? out : ASY_ERR;
}

// What __int__ or __trunc__ gave, which must be an integer; takes it.
static Value check_result(VM *vm, Value result, const char *method)
{
    if (asy_is_err(result) || asy_is_int(result)) return result;
    if (!asy_is_integer(vm, result)) {
        asy_raise(vm, EXC_TypeError, "%s returned non-int (type %.200T)", method, result);
        asy_release(vm, result);
        return ASY_ERR;
    }
    if (asy_is_obj(result) && asy_as_obj(result)->type == vm->types.int_) return result;
    bool ok = asy_warn(vm, EXC_DeprecationWarning, 1,
                       "%s returned non-int (type %T).  The ability to return an instance of a strict subclass of int "
                       "is deprecated, and may not be supported in a future version of Python.",
                       method, result);
    Value out = ok ? exact(vm, result) : ASY_ERR;
    asy_release(vm, result);
    return out;
}

Value asy_int_from_value(VM *vm, Value v)
{
    if (asy_is_int(v)) return v;
    if (asy_is_float(v)) return asy_int_from_double(vm, asy_as_double(v));
    Type *type = asy_type_of(vm, v);
    if (type == vm->types.int_ || asy_is_bool(v)) return exact(vm, v);
    if (type->slots.to_int) return check_result(vm, type->slots.to_int(vm, v), "__int__");
    if (type->slots.index) {
        Value i = asy_index(vm, v);
        Value out = asy_is_err(i) ? ASY_ERR : exact(vm, i);
        asy_release(vm, i);
        return out;
    }
    Value trunc = asy_special(vm, v, asy_name(vm, __trunc__));
    if (asy_is_err(trunc)) return ASY_ERR;
    if (!asy_is_nil(trunc)) {
        bool ok = asy_warn(vm, EXC_DeprecationWarning, 1, "The delegation of int() to __trunc__ is deprecated.");
        Value result = ok ? asy_call0(vm, trunc) : ASY_ERR;
        asy_release(vm, trunc);
        if (!asy_is_err(result) && !asy_is_integer(vm, result) && asy_type_of(vm, result)->slots.index)
            asy_set(vm, &result, asy_index(vm, result));
        if (!asy_is_err(result) && !asy_is_integer(vm, result)) {
            asy_raise(vm, EXC_TypeError, "__trunc__ returned non-Integral (type %.200T)", result);
            asy_release(vm, result);
            return ASY_ERR;
        }
        Value out = asy_is_err(result) ? ASY_ERR : exact(vm, result);
        asy_release(vm, result);
        return out;
    }
    if (asy_is_str(vm, v)) return int_from_str(vm, asy_as_str(v), 10);
    if (asy_is_bytes(vm, v) || asy_is_bytearray(vm, v) || type->buffer) return int_from_bytes_text(vm, v, 10);
    return asy_raise(vm, EXC_TypeError,
                     "int() argument must be a string, a bytes-like object or a real number, not '%.200T'", v);
}

static Value int_from_text(VM *vm, Value v, Value base_arg)
{
    int64_t base;
    Value b = asy_index(vm, base_arg);
    if (asy_is_err(b)) return ASY_ERR;
    bool valid = asy_int_small(b, &base) && (base == 0 || (base >= 2 && base <= 36));
    asy_release(vm, b);
    if (!valid) return asy_raise(vm, EXC_ValueError, "int() base must be >= 2 and <= 36, or 0");
    if (asy_is_str(vm, v)) return int_from_str(vm, asy_as_str(v), (int)base);
    if (asy_is_bytes(vm, v) || asy_is_bytearray(vm, v)) return int_from_bytes_text(vm, v, (int)base);
    return asy_raise(vm, EXC_TypeError, "int() can't convert non-string with explicit base");
}

static Value int_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "", "base" };
    Value v[2];
    if (!asy_new_args(vm, "int", names, 2, 1, 0, a, v)) return ASY_ERR;
    Value i;
    if (asy_is_nil(v[0])) {
        if (!asy_is_nil(v[1])) return asy_raise(vm, EXC_TypeError, "int() missing string argument");
        i = asy_from_small(0);
    } else {
        i = asy_is_nil(v[1]) ? asy_int_from_value(vm, v[0]) : int_from_text(vm, v[0], v[1]);
    }
    if (asy_is_err(i) || type == vm->types.int_) return i;
    Value out = asy_int_of_type(vm, type, i);
    asy_release(vm, i);
    return out;
}

// ---- slots ----

static Value int_repr(VM *vm, Value self)
{
    StrObj *text = asy_int_to_str(vm, self, 10, false);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static bool int_hash(VM *vm, Value self, int64_t *hash)
{
    int64_t i;
    (void)vm;
    if (asy_int_small(self, &i)) {
        *hash = asy_hash_i64(i);
        return true;
    }
    IntView x;
    asy_int_view(self, &x);
    *hash = asy_int_view_hash(&x);
    return true;
}

static Value int_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (!asy_is_integer(vm, a) || !asy_is_integer(vm, b)) return ASY_NOTIMPLEMENTED;
    int64_t i, k;
    int c;
    if (asy_int_small(a, &i) && asy_int_small(b, &k)) {
        c = i < k ? -1 : i > k;
    } else {
        IntView x, y;
        asy_int_view(a, &x);
        asy_int_view(b, &y);
        c = asy_int_view_compare(&x, &y);
    }
    bool r = op == CMP_LT   ? c < 0
             : op == CMP_LE ? c <= 0
             : op == CMP_EQ ? c == 0
             : op == CMP_NE ? c != 0
             : op == CMP_GT ? c > 0
                            : c >= 0;
    return asy_from_bool(r);
}

#define INT_OPERATOR(name, op)                                                              \
    static Value name(VM *vm, Value a, Value b)                                             \
    {                                                                                       \
        if (!asy_is_integer(vm, a) || !asy_is_integer(vm, b)) return ASY_NOTIMPLEMENTED;    \
        return asy_int_binary(vm, op, a, b);                                                \
    }
INT_OPERATOR(int_add, BIN_ADD)
INT_OPERATOR(int_sub, BIN_SUB)
INT_OPERATOR(int_mul, BIN_MUL)
INT_OPERATOR(int_truediv, BIN_TRUEDIV)
INT_OPERATOR(int_floordiv, BIN_FLOORDIV)
INT_OPERATOR(int_mod, BIN_MOD)
INT_OPERATOR(int_lshift, BIN_LSHIFT)
INT_OPERATOR(int_rshift, BIN_RSHIFT)
INT_OPERATOR(int_and, BIN_AND)
INT_OPERATOR(int_or, BIN_OR)
INT_OPERATOR(int_xor, BIN_XOR)

static Value int_pow(VM *vm, Value a, Value b, Value modulus)
{
    bool modular = !asy_is_nil(modulus) && !asy_is_none(modulus);
    if (!asy_is_integer(vm, a) || !asy_is_integer(vm, b) || (modular && !asy_is_integer(vm, modulus))) return ASY_NOTIMPLEMENTED;
    return asy_int_pow(vm, a, b, modulus);
}

static Value int_divmod(VM *vm, Value a, Value b)
{
    if (!asy_is_integer(vm, a) || !asy_is_integer(vm, b)) return ASY_NOTIMPLEMENTED;
    if (asy_int_sign(vm, b) == 0) return asy_raise(vm, EXC_ZeroDivisionError, "integer division or modulo by zero");
    Value q, r;
    if (asy_both_int(a, b)) {
        q = asy_int_binary(vm, BIN_FLOORDIV, a, b);
        r = asy_is_err(q) ? ASY_ERR : asy_int_binary(vm, BIN_MOD, a, b);
        if (asy_is_err(r)) return ASY_ERR;
    } else {
        IntView x, y;
        asy_int_view(a, &x);
        asy_int_view(b, &y);
        if (!asy_big_divmod(vm, &x, &y, &q, &r)) return ASY_ERR;
    }
    Value out = asy_tuple_pack(vm, 2, q, r);
    asy_release(vm, q);
    asy_release(vm, r);
    return out;
}

static Value int_negative(VM *vm, Value v)
{
    int64_t i;
    if (asy_int_small(v, &i)) return asy_int_binary(vm, BIN_SUB, asy_from_small(0), v);
    IntView x;
    asy_int_view(v, &x);
    return asy_big_copy(vm, &x, !x.negative);
}
static Value int_positive(VM *vm, Value v) { return exact(vm, v); }
static Value int_absolute(VM *vm, Value v) { return asy_int_sign(vm, v) < 0 ? int_negative(vm, v) : exact(vm, v); }
static Value int_invert(VM *vm, Value v) { return asy_int_binary(vm, BIN_SUB, asy_from_small(-1), v); }
static int int_truth(VM *vm, Value v) { return asy_int_sign(vm, v) != 0; }

static Value int_to_float(VM *vm, Value v)
{
    double d;
    return asy_int_to_double(vm, v, &d) ? asy_from_double(d) : ASY_ERR;
}

// ---- methods ----

static Value int_bit_length(VM *vm, Args a) { return asy_from_small((int64_t)asy_int_bit_length(vm, a.self)); }

static Value int_bit_count(VM *vm, Args a)
{
    (void)vm;
    IntView x;
    asy_int_view(a.self, &x);
    int64_t n = 0;
    for (uint32_t i = 0; i < x.n; i++) n += __builtin_popcountll(x.d[i]);
    return asy_from_small(n);
}

static Value int_self(VM *vm, Args a) { return exact(vm, a.self); }

static Value int_as_integer_ratio(VM *vm, Args a)
{
    Value i = exact(vm, a.self);
    if (asy_is_err(i)) return ASY_ERR;
    Value out = asy_tuple_pack(vm, 2, i, asy_from_small(1));
    asy_release(vm, i);
    return out;
}

static Value int_is_integer(VM *vm, Args a)
{
    (void)vm, (void)a;
    return ASY_TRUE;
}

static bool arg_byteorder(VM *vm, const char *method, Value v, bool *little)
{
    *little = false;
    if (asy_is_nil(v)) return true;
    if (!asy_is_str(vm, v)) {
        asy_raise(vm, EXC_TypeError, "%s() argument 'byteorder' must be str, not %.50T", method, v);
        return false;
    }
    StrObj *order = asy_as_str(v);
    *little = asy_str_is(order, "little");
    if (*little || asy_str_is(order, "big")) return true;
    asy_raise(vm, EXC_ValueError, "byteorder must be either 'little' or 'big'");
    return false;
}

static Value int_to_bytes(VM *vm, Args a)
{
    int64_t length = 1;
    bool little, is_signed = false;
    if (!asy_arg_i64(vm, a.v[0], &length) || !arg_byteorder(vm, "to_bytes", a.v[1], &little) || !asy_arg_bool(vm, a.v[2], &is_signed))
        return ASY_ERR;
    if (length < 0) return asy_raise(vm, EXC_ValueError, "length argument must be non-negative");
    BytesObj *out = asy_bytes_new(vm, NULL, (size_t)length);
    if (!out) return ASY_ERR;
    if (asy_int_to_bytes(vm, a.self, out->data, (size_t)length, little, is_signed)) return asy_from_obj(out);
    asy_release_obj(vm, out);
    return ASY_ERR;
}

static Value int_from_bytes(VM *vm, Args a)
{
    bool little, is_signed = false;
    if (!arg_byteorder(vm, "from_bytes", a.v[1], &little) || !asy_arg_bool(vm, a.v[2], &is_signed)) return ASY_ERR;
    if (asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "cannot convert '%.200T' object to bytes", a.v[0]);
    Value bytes = asy_bytes_of(vm, a.v[0]);
    if (asy_is_err(bytes)) return ASY_ERR;
    Value i = asy_int_from_bytes(vm, asy_as_bytes(bytes)->data, asy_as_bytes(bytes)->size, little, is_signed);
    asy_release(vm, bytes);
    if (asy_is_err(i) || asy_same(a.self, asy_from_obj(vm->types.int_))) return i;
    Value out = asy_call1(vm, a.self, i);
    asy_release(vm, i);
    return out;
}

Value asy_int_round(VM *vm, Value v, Value ndigits)
{
    if (asy_is_nil(ndigits) || asy_is_none(ndigits) || (asy_is_int(ndigits) && asy_as_small(ndigits) >= 0)) return exact(vm, v);
    Value n = asy_index(vm, ndigits);
    if (asy_is_err(n)) return ASY_ERR;
    int64_t digits = 0;
    bool small = asy_int_small(n, &digits), negative = asy_int_sign(vm, n) < 0;
    asy_release(vm, n);
    if (!negative) return exact(vm, v);
    // Further left than the number's first digit there is only zero.
    if (!small || -digits > (int64_t)(asy_int_bit_length(vm, v) / 3 + 2)) return asy_from_small(0);
    Value q = ASY_NIL, r = ASY_NIL, twice = ASY_NIL, out = ASY_ERR;
    Value unit = asy_int_pow(vm, asy_from_small(10), asy_from_small(-digits), ASY_NIL);
    if (asy_is_err(unit)) return ASY_ERR;
    IntView x, y;
    asy_int_view(v, &x);
    asy_int_view(unit, &y);
    if (!asy_big_divmod(vm, &x, &y, &q, &r)) goto done;
    twice = asy_int_binary(vm, BIN_ADD, r, r);
    if (asy_is_err(twice)) goto done;
    IntView t;
    asy_int_view(twice, &t);
    int c = asy_int_view_compare(&t, &y);
    uint64_t low = 0;
    (void)asy_int_low_bits(vm, q, &low);
    if (c > 0 || (c == 0 && (low & 1))) {
        asy_set(vm, &q, asy_int_binary(vm, BIN_ADD, q, asy_from_small(1)));
        if (asy_is_err(q)) goto done;
    }
    out = asy_int_binary(vm, BIN_MUL, q, unit);
done:
    asy_release(vm, q);
    asy_release(vm, r);
    asy_release(vm, twice);
    asy_release(vm, unit);
    return out;
}

static Value int_round(VM *vm, Args a) { return asy_int_round(vm, a.self, a.v[0]); }

static Value int_getnewargs(VM *vm, Args a)
{
    Value i = exact(vm, a.self);
    if (asy_is_err(i)) return ASY_ERR;
    Value out = asy_tuple_pack(vm, 1, i);
    asy_release(vm, i);
    return out;
}

static Value int_real(VM *vm, Value self) { return exact(vm, self); }
static Value int_zero(VM *vm, Value self)
{
    (void)vm, (void)self;
    return asy_from_small(0);
}
static Value int_one(VM *vm, Value self)
{
    (void)vm, (void)self;
    return asy_from_small(1);
}

const MethodDef asy_int_methods[] = {
    { "conjugate", int_self, "()", 0, "Returns self, the complex conjugate of any int." },
    { "bit_length", int_bit_length, "()", 0,
      "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6" },
    { "bit_count", int_bit_count, "()", 0,
      "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n"
      ">>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3" },
    { "to_bytes", int_to_bytes, "(length=1, byteorder='big', *, signed=False)", 0,
      "Return an array of bytes representing an integer." },
    { "from_bytes", int_from_bytes, "(bytes, byteorder='big', *, signed=False)", NATIVE_CLASS,
      "Return the integer represented by the given array of bytes." },
    { "as_integer_ratio", int_as_integer_ratio, "()", 0,
      "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has a "
      "positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, 1)\n"
      ">>> (0).as_integer_ratio()\n(0, 1)" },
    { "is_integer", int_is_integer, "()", 0, "Returns True. Exists for duck type compatibility with float.is_integer." },
    { "__trunc__", int_self, "()", 0, "Truncating an Integral returns itself." },
    { "__floor__", int_self, "()", 0, "Flooring an Integral returns itself." },
    { "__ceil__", int_self, "()", 0, "Ceiling of an Integral returns itself." },
    { "__round__", int_round, "(ndigits=<unrepresentable>, /)", 0,
      "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer." },
    { "__format__", asy_int_format_method, "(format_spec, /)", 0, "Convert to a string according to format_spec." },
    { "__getnewargs__", int_getnewargs, "()", 0, NULL },
    { 0 },
};

static const GetSetDef int_getset[] = {
    { "real", int_real, NULL, "the real part of a complex number" },
    { "imag", int_zero, NULL, "the imaginary part of a complex number" },
    { "numerator", int_real, NULL, "the numerator of a rational number in lowest terms" },
    { "denominator", int_one, NULL, "the denominator of a rational number in lowest terms" },
    { 0 },
};

const TypeDef asy_int__type = {
    .name = "int",
    .size = sizeof(IntObj),
    .flags = TYPE_BASE | TYPE_INT | TYPE_MATCH_SELF,
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if "
           "no arguments\nare given.  If x is a number, return x.__int__().  For floating point\nnumbers, this truncates "
           "towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray "
           "instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and "
           "be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to "
           "interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4",
    .free = int_free,
    .methods = asy_int_methods,
    .getset = int_getset,
    .slots = { .new = int_new, .repr = int_repr, .hash = int_hash, .compare = int_compare, .truth = int_truth,
               .negative = int_negative, .positive = int_positive, .absolute = int_absolute, .invert = int_invert,
               .to_int = exact, .to_float = int_to_float, .index = exact, .add = int_add, .sub = int_sub, .mul = int_mul,
               .truediv = int_truediv, .floordiv = int_floordiv, .mod = int_mod, .divmod = int_divmod, .lshift = int_lshift,
               .rshift = int_rshift, .and = int_and, .or = int_or, .xor = int_xor, .pow = int_pow },
};

// ---- bool ----

static Value bool_new(VM *vm, Type *type, Args a)
{
    (void)type;
    if (!asy_args_positional(vm, "bool", a, 0, 1)) return ASY_ERR;
    int truth = a.n ? asy_truth(vm, a.v[0]) : 0;
    return truth < 0 ? ASY_ERR : asy_from_bool(truth);
}

static Value bool_repr(VM *vm, Value self) { return asy_str_value(vm, asy_is_true(self) ? "True" : "False"); }

static Value bool_and(VM *vm, Value a, Value b)
{
    return asy_is_bool(a) && asy_is_bool(b) ? asy_from_bool(asy_is_true(a) && asy_is_true(b)) : int_and(vm, a, b);
}
static Value bool_or(VM *vm, Value a, Value b)
{
    return asy_is_bool(a) && asy_is_bool(b) ? asy_from_bool(asy_is_true(a) || asy_is_true(b)) : int_or(vm, a, b);
}
static Value bool_xor(VM *vm, Value a, Value b)
{
    return asy_is_bool(a) && asy_is_bool(b) ? asy_from_bool(asy_is_true(a) != asy_is_true(b)) : int_xor(vm, a, b);
}

static Value bool_invert(VM *vm, Value v)
{
    bool ok = asy_warn(vm, EXC_DeprecationWarning, 1,
                       "Bitwise inversion '~' on bool is deprecated. This returns the bitwise inversion of the underlying "
                       "int object and is usually not what you expect from the negation of a bool. Use the 'not' operator "
                       "for boolean negation or ~int(x) for the bitwise inversion of the underlying int.");
    return ok ? int_invert(vm, v) : ASY_ERR;
}

const TypeDef asy_bool__type = {
    .name = "bool",
    .flags = TYPE_INT | TYPE_MATCH_SELF,
    .base = &asy_int__type,
    .doc = "bool(x) -> bool\n\nReturns True when the argument x is true, False otherwise.\nThe builtins True and False are "
           "the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be "
           "subclassed.",
    .slots = { .new = bool_new, .repr = bool_repr, .and = bool_and, .or = bool_or, .xor = bool_xor, .invert = bool_invert },
};
