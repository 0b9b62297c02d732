// Operators: binary, in-place, unary, comparison.
//
// A binary operator asks the left operand's class, then the right one's; the right one first if its class is a proper
// subclass of the left one's (Python reference, 3.3.8). Sequences' + and * come after both have declined. Numbers, which
// are most of what gets here, are served before anything is looked up.
#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

typedef struct OperatorInfo {
    uint16_t slot, islot;
    const char *symbol;
} OperatorInfo;

#define OPERATOR(name, symbol) { offsetof(Slots, name), offsetof(Slots, i##name), symbol }
static const OperatorInfo operators[BINARY__COUNT] = {
    [BIN_ADD] = OPERATOR(add, "+"),           [BIN_SUB] = OPERATOR(sub, "-"),
    [BIN_MUL] = OPERATOR(mul, "*"),           [BIN_MATMUL] = OPERATOR(matmul, "@"),
    [BIN_TRUEDIV] = OPERATOR(truediv, "/"),   [BIN_FLOORDIV] = OPERATOR(floordiv, "//"),
    [BIN_MOD] = OPERATOR(mod, "%"),           [BIN_POW] = OPERATOR(pow, "**"),
    [BIN_LSHIFT] = OPERATOR(lshift, "<<"),    [BIN_RSHIFT] = OPERATOR(rshift, ">>"),
    [BIN_AND] = OPERATOR(and, "&"),           [BIN_OR] = OPERATOR(or, "|"),
    [BIN_XOR] = OPERATOR(xor, "^"),
};

Type *asy_type_of(VM *vm, Value v) { return asy_class_of(vm, v); }

bool asy_is(VM *vm, Value a, Value b) { return (void)vm, asy_same(a, b); }

// ---- binary ----

ASY_COLD static Value raise_operands(VM *vm, BinaryOp op, bool in_place, Value a, Value b)
{
    const char *symbol = op == BIN_POW && !in_place ? "** or pow()" : operators[op].symbol;
    const char *equals = in_place ? "=" : "";
    if (op == BIN_RSHIFT && asy_is_obj(a) && asy_as_obj(a)->type == vm->types.builtin) {
        Value name = asy_getattr_opt(vm, a, asy_name(vm, __name__));
        if (asy_is_err(name)) return ASY_ERR;
        bool print = asy_is_str(vm, name) && asy_str_is(asy_as_str(name), "print");
        asy_release(vm, name);
        if (print) {
            return asy_raise(vm, EXC_TypeError,
                             "unsupported operand type(s) for %s%s: '%.100T' and '%.100T'. "
                             "Did you mean \"print(<message>, file=<output_stream>)\"?",
                             symbol, equals, a, b);
        }
    }
    return asy_raise(vm, EXC_TypeError, "unsupported operand type(s) for %s%s: '%.100T' and '%.100T'", symbol, equals, a,
                     b);
}

// An integer of any form, but of no subclass: what operators do to two of them is known without looking for slots.
ASY_INLINE bool is_exact_int(VM *vm, Value v) { return asy_is_int(v) || (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.int_); }

static Value call_operator(VM *vm, SlotFn fn, BinaryOp op, Value a, Value b)
{
    return op == BIN_POW ? ((Slot_TERNARY)fn)(vm, a, b, ASY_NIL) : ((Slot_BINARY)fn)(vm, a, b);
}

// Number slots of both operands; NotImplemented if neither knows.
static Value binary_slots(VM *vm, BinaryOp op, uint32_t offset, Value a, Value b)
{
    Type *ta = asy_class_of(vm, a), *tb = asy_class_of(vm, b);
    SlotFn fa = asy_slot_get(&ta->slots, offset);
    SlotFn fb = ta == tb ? NULL : asy_slot_get(&tb->slots, offset);
    if (fb == fa) fb = NULL;
    if (fa) {
        if (fb && asy_type_is_subtype(tb, ta)) {
            Value result = call_operator(vm, fb, op, a, b);
            if (!asy_is_notimplemented(result)) return result;
            fb = NULL;
        }
        Value result = call_operator(vm, fa, op, a, b);
        if (!asy_is_notimplemented(result)) return result;
    }
    return fb ? call_operator(vm, fb, op, a, b) : ASY_NOTIMPLEMENTED;
}

// + and * of sequences. In place: list += x and list *= n.
static Value binary_sequences(VM *vm, BinaryOp op, bool in_place, Value a, Value b)
{
    const Slots *sa = &asy_class_of(vm, a)->slots, *sb = &asy_class_of(vm, b)->slots;
    if (op == BIN_ADD) {
        if (in_place && sa->iconcat) return sa->iconcat(vm, a, b);
        return sa->concat ? sa->concat(vm, a, b) : ASY_NOTIMPLEMENTED;
    }
    if (op != BIN_MUL) return ASY_NOTIMPLEMENTED;
    if (in_place && sa->irepeat) return sa->irepeat(vm, a, b);
    if (sa->repeat) return sa->repeat(vm, a, b);
    return sb->repeat ? sb->repeat(vm, b, a) : ASY_NOTIMPLEMENTED;
}

static Value binary_slow(VM *vm, BinaryOp op, Value a, Value b)
{
    Value result = binary_slots(vm, op, operators[op].slot, a, b);
    if (asy_is_notimplemented(result)) result = binary_sequences(vm, op, false, a, b);
    return asy_is_notimplemented(result) ? raise_operands(vm, op, false, a, b) : result;
}

// Inline integers and floats; NIL: something else is needed.
static inline Value binary_numbers(VM *vm, BinaryOp op, Value a, Value b)
{
    if (asy_both_int(a, b)) {
        int64_t x = asy_as_small(a), y = asy_as_small(b);
        switch (op) {
        case BIN_ADD: return asy_int_from_i64(vm, x + y);
        case BIN_SUB: return asy_int_from_i64(vm, x - y);
        case BIN_MUL: {
            int64_t product;
            return __builtin_mul_overflow(x, y, &product) ? ASY_NIL : asy_int_from_i64(vm, product);
        }
        case BIN_AND: return asy_from_small(x & y);
        case BIN_OR: return asy_from_small(x | y);
        case BIN_XOR: return asy_from_small(x ^ y);
        default: return ASY_NIL;
        }
    }
    double x, y;
    if (asy_is_float(a)) x = asy_as_double(a);
    else if (asy_is_int(a)) x = (double)asy_as_small(a);
    else return ASY_NIL;
    if (asy_is_float(b)) y = asy_as_double(b);
    else if (asy_is_int(b)) y = (double)asy_as_small(b);
    else return ASY_NIL;
    switch (op) {
    case BIN_ADD: return asy_from_double(x + y);
    case BIN_SUB: return asy_from_double(x - y);
    case BIN_MUL: return asy_from_double(x * y);
    case BIN_TRUEDIV: return y != 0 ? asy_from_double(x / y) : ASY_NIL;
    default: return ASY_NIL;
    }
}

Value asy_binary(VM *vm, BinaryOp op, Value a, Value b)
{
    Value number = binary_numbers(vm, op, a, b);
    if (!asy_is_nil(number)) return number;
    if (is_exact_int(vm, a) && is_exact_int(vm, b) && op != BIN_MATMUL) return asy_int_binary(vm, (int)op, a, b);
    return binary_slow(vm, op, a, b);
}

Value asy_inplace(VM *vm, BinaryOp op, Value a, Value b)
{
    Value number = binary_numbers(vm, op, a, b);
    if (!asy_is_nil(number)) return number;
    if (is_exact_int(vm, a) && is_exact_int(vm, b) && op != BIN_MATMUL) return asy_int_binary(vm, (int)op, a, b);
    SlotFn in_place = asy_slot_get(&asy_class_of(vm, a)->slots, operators[op].islot);
    Value result = in_place ? ((Slot_BINARY)in_place)(vm, a, b) : ASY_NOTIMPLEMENTED;
    if (asy_is_notimplemented(result)) result = binary_slots(vm, op, operators[op].slot, a, b);
    if (asy_is_notimplemented(result)) result = binary_sequences(vm, op, true, a, b);
    return asy_is_notimplemented(result) ? raise_operands(vm, op, true, a, b) : result;
}

Value asy_power(VM *vm, Value a, Value b, Value modulus)
{
    if (asy_is_nil(modulus)) return asy_binary(vm, BIN_POW, a, b);
    Type *ta = asy_class_of(vm, a), *tb = asy_class_of(vm, b), *tc = asy_class_of(vm, modulus);
    Slot_TERNARY fa = ta->slots.pow, fb = ta == tb ? NULL : tb->slots.pow, fc = tc->slots.pow;
    if (fb == fa) fb = NULL;
    Value result = ASY_NOTIMPLEMENTED;
    if (fa && fb && asy_type_is_subtype(tb, ta)) {
        result = fb(vm, a, b, modulus);
        if (!asy_is_notimplemented(result)) return result;
        fb = NULL;
    }
    if (fa) result = fa(vm, a, b, modulus);
    if (fb && asy_is_notimplemented(result)) result = fb(vm, a, b, modulus);
    if (fc && fc != fa && fc != fb && asy_is_notimplemented(result)) result = fc(vm, a, b, modulus);
    if (!asy_is_notimplemented(result)) return result;
    return asy_raise(vm, EXC_TypeError, "unsupported operand type(s) for ** or pow(): '%.100T', '%.100T', '%.100T'", a, b,
                     modulus);
}

Value asy_divmod(VM *vm, Value a, Value b)
{
    Value result = binary_slots(vm, BIN_ADD, offsetof(Slots, divmod), a, b);
    if (!asy_is_notimplemented(result)) return result;
    return asy_raise(vm, EXC_TypeError, "unsupported operand type(s) for divmod(): '%.100T' and '%.100T'", a, b);
}

// ---- unary ----

static Value unary(VM *vm, Value v, Slot_UNARY fn, const char *what)
{
    if (fn) return fn(vm, v);
    return asy_raise(vm, EXC_TypeError, "bad operand type for %s: '%.200T'", what, v);
}

Value asy_negative(VM *vm, Value v)
{
    if (asy_is_int(v)) return asy_int_from_i64(vm, -asy_as_small(v));
    if (asy_is_float(v)) return asy_from_double(-asy_as_double(v));
    return unary(vm, v, asy_class_of(vm, v)->slots.negative, "unary -");
}

Value asy_positive(VM *vm, Value v)
{
    if (asy_is_int(v) || asy_is_float(v)) return v;
    return unary(vm, v, asy_class_of(vm, v)->slots.positive, "unary +");
}

Value asy_invert(VM *vm, Value v)
{
    if (asy_is_int(v)) return asy_from_small(~asy_as_small(v));
    return unary(vm, v, asy_class_of(vm, v)->slots.invert, "unary ~");
}

Value asy_absolute(VM *vm, Value v)
{
    if (asy_is_int(v)) return asy_as_small(v) < 0 ? asy_int_from_i64(vm, -asy_as_small(v)) : v;
    if (asy_is_float(v)) return asy_from_double(fabs(asy_as_double(v)));
    return unary(vm, v, asy_class_of(vm, v)->slots.absolute, "abs()");
}

// ---- comparison ----

static const char *const comparison_symbols[] = { "<", "<=", "==", "!=", ">", ">=" };
static const Comparison mirrored[] = { CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE };

static bool compare_ints(int64_t x, int64_t y, Comparison op)
{
    switch (op) {
    case CMP_LT: return x < y;
    case CMP_LE: return x <= y;
    case CMP_EQ: return x == y;
    case CMP_NE: return x != y;
    case CMP_GT: return x > y;
    case CMP_GE: return x >= y;
    }
    return false;
}

static bool compare_doubles(double x, double y, Comparison op)
{
    switch (op) {
    case CMP_LT: return x < y;
    case CMP_LE: return x <= y;
    case CMP_EQ: return x == y;
    case CMP_NE: return x != y;
    case CMP_GT: return x > y;
    case CMP_GE: return x >= y;
    }
    return false;
}

static Value compare_slots(VM *vm, Value a, Value b, Comparison op)
{
    Type *ta = asy_class_of(vm, a), *tb = asy_class_of(vm, b);
    bool reflected_done = false;
    if (ta != tb && tb->slots.compare && asy_type_is_subtype(tb, ta)) {
        reflected_done = true;
        Value result = tb->slots.compare(vm, b, a, mirrored[op]);
        if (!asy_is_notimplemented(result)) return result;
    }
    if (ta->slots.compare) {
        Value result = ta->slots.compare(vm, a, b, op);
        if (!asy_is_notimplemented(result)) return result;
    }
    if (tb->slots.compare && !reflected_done) {
        Value result = tb->slots.compare(vm, b, a, mirrored[op]);
        if (!asy_is_notimplemented(result)) return result;
    }
    if (op == CMP_EQ) return asy_from_bool(asy_same(a, b));
    if (op == CMP_NE) return asy_from_bool(!asy_same(a, b));
    return asy_raise(vm, EXC_TypeError, "'%s' not supported between instances of '%.100T' and '%.100T'",
                     comparison_symbols[op], a, b);
}

Value asy_compare(VM *vm, Value a, Value b, Comparison op)
{
    if (asy_both_int(a, b)) return asy_from_bool(compare_ints(asy_as_small(a), asy_as_small(b), op));
    if (asy_is_float(a) && asy_is_float(b)) {
        return asy_from_bool(compare_doubles(asy_as_double(a), asy_as_double(b), op));
    }
    if (asy_is_obj(a) && asy_is_obj(b) && asy_as_obj(a)->type == vm->types.str && asy_as_obj(b)->type == vm->types.str) {
        const StrObj *s = asy_as_str(a), *t = asy_as_str(b);
        if (op == CMP_EQ || op == CMP_NE) return asy_from_bool((s == t || asy_str_equal(s, t)) == (op == CMP_EQ));
        return asy_from_bool(compare_ints(asy_str_compare(s, t), 0, op));
    }
    if (is_exact_int(vm, a) && is_exact_int(vm, b)) return vm->types.int_->slots.compare(vm, a, b, op);
    if (!asy_enter_c(vm, " in comparison")) return ASY_ERR;
    Value result = compare_slots(vm, a, b, op);
    asy_leave_c(vm);
    return result;
}

int asy_compare_bool(VM *vm, Value a, Value b, Comparison op)
{
    if (asy_same(a, b)) {
        if (op == CMP_EQ) return 1;
        if (op == CMP_NE) return 0;
    }
    Value result = asy_compare(vm, a, b, op);
    if (asy_is_bool(result)) return asy_is_true(result);
    if (asy_is_err(result)) return -1;
    int truth = asy_truth(vm, result);
    asy_release(vm, result);
    return truth;
}
