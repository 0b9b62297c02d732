// Comparisons and conditions. A comparison that decides a jump is one instruction.
//
// In a chain (a < b < c) the middle operand is evaluated once and read twice: in place if it is a constant or
// a plain local that nothing rebinds, from a hidden local otherwise.
#include "vm/compiler/unit.h"

typedef struct CompareForm {
    uint8_t op, jump, jump_immediate;   // 0: no immediate form
    bool negate;
} CompareForm;

static const CompareForm forms[CMP__COUNT] = {
    [CMP_Eq] = { OP_EQ, OP_JUMP_EQ, OP_JUMP_EQ_I, false },   [CMP_NotEq] = { OP_NE, OP_JUMP_NE, OP_JUMP_NE_I, false },
    [CMP_Lt] = { OP_LT, OP_JUMP_LT, OP_JUMP_LT_I, false },   [CMP_LtE] = { OP_LE, OP_JUMP_LE, OP_JUMP_LE_I, false },
    [CMP_Gt] = { OP_GT, OP_JUMP_GT, OP_JUMP_GT_I, false },   [CMP_GtE] = { OP_GE, OP_JUMP_GE, OP_JUMP_GE_I, false },
    [CMP_Is] = { OP_IS, OP_JUMP_IS, 0, false },              [CMP_IsNot] = { OP_IS, OP_JUMP_IS, 0, true },
    [CMP_In] = { OP_IN, OP_JUMP_IN, 0, false },              [CMP_NotIn] = { OP_IN, OP_JUMP_IN, 0, true },
};

// An operand of a chain: an expression, or, once evaluated, a hidden local.
typedef struct Side {
    const Expr *e;
    Slot hidden;            // TO_ANY: none
} Side;

static bool is_none(const Expr *e) { return e->kind == EXPR_Constant && e->Constant.value.kind == CONST_NONE; }

static Slot right_operand(Func *f, CompareOp op, const Expr *e)
{
    ProtoConst k;
    if ((op == CMP_In || op == CMP_NotIn) && asy_fold_container(f, e, &k)) return asy_emit_const(f, &e->at, &k, TO_TEMP);
    return asy_expr(f, e, TO_ANY);
}

static Slot read_side(Func *f, const Side *side, const Expr *later)
{
    return side->hidden != TO_ANY ? side->hidden : asy_expr_operand(f, side->e, later);
}

// Evaluates the middle operand and leaves it where it can be read again.
static Slot middle_operand(Func *f, const Expr *e, Side *side)
{
    *side = (Side){ e, TO_ANY };
    if (e->kind == EXPR_Constant) return asy_expr(f, e, TO_ANY);
    if (e->kind == EXPR_Name) {
        Var var = asy_var_find(f, asy_compile_mangle(f->c, f->private, e->Name.id));
        if (var.kind == VAR_LOCAL && !(var.symbol && (var.symbol->flags & SYM_WALRUS))) return asy_expr(f, e, TO_ANY);
    }
    side->hidden = asy_hidden_new(f);
    return asy_expr(f, e, side->hidden);
}

static void clear_hidden(Func *f, const AstPlace *at, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) asy_emit(f, at, OP_CLEAR_LOCAL, 0, SLOT_HIDDEN + i, 0, 0);
}

static Slot emit_compare(Func *f, const AstPlace *at, CompareOp op, bool invert, Slot want, Slot left, Slot right)
{
    const CompareForm *form = &forms[op];
    return asy_emit(f, at, form->op, form->negate != invert ? X_NEGATE : 0, want, left, right);
}

static Slot chain_value(Func *f, const Expr *e, Slot want)
{
    const ExprList *rest = &e->Compare.comparators;
    uint32_t end = asy_label_new(f), hidden = f->hidden;
    Side side = { e->Compare.left, TO_ANY };
    uint32_t i = 0;
    for (; i + 1 < rest->count; i++) {
        CompareOp op = e->Compare.ops.items[i];
        Slot left = read_side(f, &side, rest->items[i]);
        Slot right = middle_operand(f, rest->items[i], &side);
        Slot result = emit_compare(f, &e->at, op, false, TO_TEMP, left, right);
        asy_emit_jump(f, &e->at, OP_JUMP_IF_KEEP, X_NEGATE, result, 0, end);
    }
    CompareOp op = e->Compare.ops.items[i];
    Slot left = read_side(f, &side, rest->items[i]);
    emit_compare(f, &e->at, op, false, TO_TEMP, left, right_operand(f, op, rest->items[i]));
    asy_label_place(f, end);
    clear_hidden(f, &e->at, hidden, f->hidden);
    f->hidden = hidden;
    return asy_emit_move(f, &e->at, asy_emit_top(f, 0), want);
}

static Slot compare_value(Func *f, const Expr *e, const AstPlace *at, bool invert, Slot want)
{
    CompareOp op = e->Compare.ops.items[0];
    const Expr *right = e->Compare.comparators.items[0];
    Slot left = asy_expr_operand(f, e->Compare.left, right);
    return emit_compare(f, at, op, invert, want, left, right_operand(f, op, right));
}

Slot asy_emit_compare(Func *f, const Expr *e, Slot want)
{
    asy_check_compare(f, e);
    if (e->Compare.ops.count > 1) return chain_value(f, e, want);
    return compare_value(f, e, &e->at, false, want);
}

Slot asy_compare_not(Func *f, const Expr *e, Slot want)
{
    const Expr *compare = e->UnaryOp.operand;
    CompareOp op = compare->Compare.ops.items[0];
    if (compare->Compare.ops.count == 1 && (op == CMP_Is || op == CMP_IsNot || op == CMP_In || op == CMP_NotIn)) {
        asy_check_compare(f, compare);
        return compare_value(f, compare, &compare->at, true, want);
    }
    Slot operand = asy_emit_compare(f, compare, TO_TEMP);
    return asy_emit(f, &e->at, OP_NOT, 0, want, operand, 0);
}

static void jump_compare(Func *f, const AstPlace *at, CompareOp op, Slot left, const Expr *right, uint32_t label, bool when)
{
    const CompareForm *form = &forms[op];
    unsigned x = when == form->negate ? X_NEGATE : 0;
    ProtoConst k;
    if (form->op == OP_IS && is_none(right)) {
        asy_emit_jump(f, at, OP_JUMP_IF_NONE, x, left, 0, label);
        return;
    }
    if (form->jump_immediate && (right->kind == EXPR_Constant || right->kind == EXPR_UnaryOp) && asy_fold(f, right, &k) &&
        k.kind == PROTO_INT && k.i >= INT16_MIN && k.i <= INT16_MAX) {
        asy_emit_jump(f, at, form->jump_immediate, x, left, (uint16_t)k.i, label);
        return;
    }
    asy_emit_jump(f, at, form->jump, x, left, right_operand(f, op, right), label);
}

// A chain as a condition: each comparison but the last goes to where the whole is false.
static void chain_condition(Func *f, const Expr *e, uint32_t label, bool when)
{
    const ExprList *rest = &e->Compare.comparators;
    uint32_t failed = asy_label_new(f), end = asy_label_new(f), hidden = f->hidden;
    Side side = { e->Compare.left, TO_ANY };
    uint32_t i = 0;
    for (; i + 1 < rest->count; i++) {
        CompareOp op = e->Compare.ops.items[i];
        const CompareForm *form = &forms[op];
        Slot left = read_side(f, &side, rest->items[i]);
        Slot right = middle_operand(f, rest->items[i], &side);
        bool plain = f->hidden == hidden && !when;      // nothing to clean up on the way
        asy_emit_jump(f, &e->at, form->jump, form->negate ? 0 : X_NEGATE, left, right, plain ? label : failed);
    }
    CompareOp op = e->Compare.ops.items[i];
    Slot left = read_side(f, &side, rest->items[i]);
    if (f->hidden == hidden) {
        jump_compare(f, &e->at, op, left, rest->items[i], label, when);
        asy_label_place(f, failed);
        return;
    }
    Slot result = emit_compare(f, &e->at, op, false, TO_TEMP, left, right_operand(f, op, rest->items[i]));
    clear_hidden(f, &e->at, hidden, f->hidden);
    asy_emit_jump(f, &e->at, OP_JUMP_IF, when ? 0 : X_NEGATE, result, 0, label);
    asy_emit_jump_to(f, NULL, end);
    asy_label_place(f, failed);
    clear_hidden(f, &e->at, hidden, f->hidden);
    if (!when) asy_emit_jump_to(f, NULL, label);
    asy_label_place(f, end);
    f->hidden = hidden;
}

static void boolop_condition(Func *f, const Expr *e, uint32_t label, bool when)
{
    const ExprList *values = &e->BoolOp.values;
    bool deciding = e->BoolOp.op == BOOL_Or;    // the value that decides the whole
    uint32_t end = asy_label_new(f);
    for (uint32_t i = 0; i + 1 < values->count; i++) asy_condition(f, values->items[i], deciding == when ? label : end, deciding);
    asy_condition(f, values->items[values->count - 1], label, when);
    asy_label_place(f, end);
}

static void ifexp_condition(Func *f, const Expr *e, uint32_t label, bool when)
{
    uint32_t otherwise = asy_label_new(f), end = asy_label_new(f);
    asy_condition(f, e->IfExp.test, otherwise, false);
    asy_condition(f, e->IfExp.body, label, when);
    asy_emit_jump_to(f, NULL, end);
    asy_label_place(f, otherwise);
    asy_condition(f, e->IfExp.orelse, label, when);
    asy_label_place(f, end);
}

void asy_condition(Func *f, const Expr *e, uint32_t label, bool when)
{
    ProtoConst k;
    if (f->c->failed) return;
    if (asy_fold(f, e, &k)) {
        if (asy_const_truth(&k) == when) asy_emit_jump_to(f, &e->at, label);
        return;
    }
    switch ((ExprKind)e->kind) {
    case EXPR_UnaryOp:
        if (e->UnaryOp.op != UNARY_Not) break;
        asy_condition(f, e->UnaryOp.operand, label, !when);
        return;
    case EXPR_BoolOp: boolop_condition(f, e, label, when); return;
    case EXPR_IfExp: ifexp_condition(f, e, label, when); return;
    case EXPR_Compare:
        asy_check_compare(f, e);
        if (e->Compare.ops.count > 1) {
            chain_condition(f, e, label, when);
        } else {
            const Expr *right = e->Compare.comparators.items[0];
            Slot left = asy_expr_operand(f, e->Compare.left, right);
            jump_compare(f, &e->at, e->Compare.ops.items[0], left, right, label, when);
        }
        return;
    default: break;
    }
    Slot value = asy_expr(f, e, TO_ANY);
    asy_emit_jump(f, &e->at, OP_JUMP_IF, when ? 0 : X_NEGATE, value, 0, label);
}
