// SyntaxWarnings: expressions that can only be mistakes.
#include "vm/compiler/unit.h"

// Name of the type a display, literal or the like will have; NULL if it is not known.
static const char *inferred_type(const Expr *e)
{
    switch ((ExprKind)e->kind) {
    case EXPR_Tuple: return "tuple";
    case EXPR_List: case EXPR_ListComp: return "list";
    case EXPR_Dict: case EXPR_DictComp: return "dict";
    case EXPR_Set: case EXPR_SetComp: return "set";
    case EXPR_GeneratorExp: return "generator";
    case EXPR_Lambda: return "function";
    case EXPR_JoinedStr: case EXPR_FormattedValue: return "str";
    case EXPR_Constant: break;
    default: return NULL;
    }
    switch (e->Constant.value.kind) {
    case CONST_NONE: return "NoneType";
    case CONST_TRUE: case CONST_FALSE: return "bool";
    case CONST_ELLIPSIS: return "ellipsis";
    case CONST_INT: case CONST_BIG_INT: return "int";
    case CONST_FLOAT: return "float";
    case CONST_IMAG: return "complex";
    case CONST_STR: return "str";
    case CONST_BYTES: return "bytes";
    }
    return NULL;
}

// A literal that `is` should not be asked about; its type, or NULL.
static const char *is_literal(const Expr *e)
{
    if (e->kind == EXPR_Tuple) return "tuple";
    if (e->kind != EXPR_Constant) return NULL;
    switch (e->Constant.value.kind) {
    case CONST_NONE: case CONST_TRUE: case CONST_FALSE: case CONST_ELLIPSIS: return NULL;
    default: return inferred_type(e);
    }
}

void asy_check_compare(Func *f, const Expr *e)
{
    const Expr *left = e->Compare.left;
    for (uint32_t i = 0; i < e->Compare.ops.count; i++) {
        CompareOp op = e->Compare.ops.items[i];
        const Expr *right = e->Compare.comparators.items[i];
        if (op == CMP_Is || op == CMP_IsNot) {
            const char *type = is_literal(left);
            if (!type) type = is_literal(right);
            if (type) {
                asy_compile_warn(f->c, &e->at, op == CMP_Is ? "\"is\" with '%s' literal. Did you mean \"==\"?"
                                                            : "\"is not\" with '%s' literal. Did you mean \"!=\"?", type);
                return;
            }
        }
        left = right;
    }
}

void asy_check_caller(Func *f, const Expr *func)
{
    switch ((ExprKind)func->kind) {
    case EXPR_Constant: case EXPR_Tuple: case EXPR_List: case EXPR_ListComp: case EXPR_Dict: case EXPR_DictComp:
    case EXPR_Set: case EXPR_SetComp: case EXPR_GeneratorExp: case EXPR_JoinedStr: case EXPR_FormattedValue:
        asy_compile_warn(f->c, &func->at, "'%s' object is not callable; perhaps you missed a comma?", inferred_type(func));
        break;
    default: break;
    }
}

static bool is_int(const Expr *e)
{
    if (e->kind != EXPR_Constant) return false;
    ConstantKind kind = e->Constant.value.kind;
    return kind == CONST_INT || kind == CONST_BIG_INT || kind == CONST_TRUE || kind == CONST_FALSE;
}

void asy_check_subscript(Func *f, const Expr *e)
{
    const Expr *value = e->Subscript.value, *index = e->Subscript.slice;
    bool sequence = false;
    switch ((ExprKind)value->kind) {
    case EXPR_Constant:
        switch (value->Constant.value.kind) {
        case CONST_STR: case CONST_BYTES: sequence = true; break;
        default: break;
        }
        if (sequence) break;
        asy_compile_warn(f->c, &value->at, "'%s' object is not subscriptable; perhaps you missed a comma?", inferred_type(value));
        return;
    case EXPR_Set: case EXPR_SetComp: case EXPR_GeneratorExp: case EXPR_Lambda:
        asy_compile_warn(f->c, &value->at, "'%s' object is not subscriptable; perhaps you missed a comma?", inferred_type(value));
        return;
    case EXPR_Tuple: case EXPR_List: case EXPR_ListComp: case EXPR_JoinedStr: case EXPR_FormattedValue: sequence = true; break;
    default: return;
    }
    const char *type = inferred_type(index);
    if (!sequence || !type || is_int(index)) return;
    asy_compile_warn(f->c, &index->at, "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
                     inferred_type(value), type);
}
