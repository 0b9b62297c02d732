// Statements: what becomes of each, and the simple ones themselves.
#include "vm/compiler/unit.h"

const Expr *asy_docstring(const StmtList *body)
{
    if (!body->count || body->items[0]->kind != STMT_Expr) return NULL;
    const Expr *e = body->items[0]->Expr.value;
    return e->kind == EXPR_Constant && e->Constant.value.kind == CONST_STR ? e : NULL;
}

static void expr_stmt(Func *f, const Stmt *s)
{
    const Expr *e = s->Expr.value;
    if (f->kind == FUNC_MODULE && f->c->options->interactive && !f->up) {
        asy_expr(f, e, TO_TEMP);
        asy_emit(f, &s->at, OP_INTRINSIC, 0, TO_TEMP, 0, INTRINSIC_PRINT_EXPR);
        asy_emit_drop(f, &s->at);
        return;
    }
    if (e->kind == EXPR_Constant) return;
    Slot value = asy_expr(f, e, TO_ANY);
    if (slot_is_temp(value)) asy_emit_drop(f, &s->at);
}

// elif chains are walked in a loop, so that a long one takes no C stack.
static void if_stmt(Func *f, const Stmt *s)
{
    uint32_t end = asy_label_new(f);
    for (;;) {
        uint32_t otherwise = asy_label_new(f);
        asy_condition(f, s->If.test, otherwise, false);
        asy_stmts(f, &s->If.body, 0);
        const StmtList *orelse = &s->If.orelse;
        if (!orelse->count) {
            asy_label_place(f, otherwise);
            break;
        }
        asy_emit_jump_to(f, NULL, end);
        asy_label_place(f, otherwise);
        if (orelse->count == 1 && orelse->items[0]->kind == STMT_If) {
            s = orelse->items[0];
            continue;
        }
        asy_stmts(f, orelse, 0);
        break;
    }
    asy_label_place(f, end);
}

static void raise_stmt(Func *f, const Stmt *s)
{
    uint32_t depth = f->depth;
    if (!s->Raise.exc) {
        asy_emit(f, &s->at, OP_RAISE, 0, 0, 0, 0);
    } else if (!s->Raise.cause) {
        asy_emit(f, &s->at, OP_RAISE, 0, asy_expr(f, s->Raise.exc, TO_ANY), 0, 1);
    } else {
        Slot exception = asy_expr_operand(f, s->Raise.exc, s->Raise.cause);
        asy_emit(f, &s->at, OP_RAISE, 0, exception, asy_expr(f, s->Raise.cause, TO_ANY), 2);
    }
    f->depth = depth;
}

static void assert_stmt(Func *f, const Stmt *s)
{
    const Expr *test = s->Assert.test;
    ProtoConst k;
    if (test->kind == EXPR_Tuple && test->Tuple.elts.count) asy_compile_warn(f->c, &s->at, "assertion is always true, perhaps remove parentheses?");
    if (f->c->options->optimize) return;
    if (asy_fold(f, test, &k) && asy_const_truth(&k)) return;
    uint32_t end = asy_label_new(f), depth = f->depth;
    asy_condition(f, test, end, true);
    Slot exception = asy_emit(f, &s->at, OP_LOAD_ASSERTION_ERROR, 0, TO_TEMP, 0, 0);
    if (s->Assert.msg) {
        asy_emit(f, &s->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
        asy_expr(f, s->Assert.msg, TO_TEMP);
        exception = asy_emit(f, &s->at, OP_CALL, 0, TO_TEMP, 0, 1);
    }
    asy_emit(f, &s->at, OP_RAISE, 0, exception, 0, 1);
    f->depth = depth;
    asy_label_place(f, end);
}

void asy_stmts(Func *f, const StmtList *list, uint32_t from)
{
    for (uint32_t i = from; i < list->count && !f->c->failed; i++) asy_stmt(f, list->items[i]);
}

void asy_stmt(Func *f, const Stmt *s)
{
    assert(f->c->failed || f->depth <= f->depth_max);
    switch ((StmtKind)s->kind) {
    case STMT_FunctionDef: case STMT_AsyncFunctionDef: asy_function_stmt(f, s); break;
    case STMT_ClassDef: asy_class_stmt(f, s); break;
    case STMT_Return: asy_return_stmt(f, s); break;
    case STMT_Delete:
        for (uint32_t i = 0; i < s->Delete.targets.count; i++) asy_delete(f, s->Delete.targets.items[i]);
        break;
    case STMT_Assign: asy_assign_stmt(f, s); break;
    case STMT_TypeAlias: asy_type_alias_stmt(f, s); break;
    case STMT_AugAssign: asy_augassign_stmt(f, s); break;
    case STMT_AnnAssign: asy_annassign_stmt(f, s); break;
    case STMT_For: case STMT_AsyncFor: case STMT_While: asy_loop_stmt(f, s); break;
    case STMT_If: if_stmt(f, s); break;
    case STMT_With: case STMT_AsyncWith: asy_with_stmt(f, s); break;
    case STMT_Match: asy_match_stmt(f, s); break;
    case STMT_Raise: raise_stmt(f, s); break;
    case STMT_Try: case STMT_TryStar: asy_try_stmt(f, s); break;
    case STMT_Assert: assert_stmt(f, s); break;
    case STMT_Import: case STMT_ImportFrom: asy_import_stmt(f, s); break;
    case STMT_Global: case STMT_Nonlocal: break;
    case STMT_Expr: expr_stmt(f, s); break;
    case STMT_Pass: break;
    case STMT_Break: case STMT_Continue: asy_leave_stmt(f, s); break;
    case STMT__COUNT: break;
    }
}
