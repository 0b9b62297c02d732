// The tree's tables and its visitor, generated from ast.def.
#include "parser/ast.h"

const char *const asy_ast_operator_text[BIN__COUNT] = {
#define BINARY_OP(name, symbol) [BIN_##name] = symbol,
#include "parser/ast.def"
};

const char *const asy_ast_unary_text[UNARY__COUNT] = {
#define UNARY_OP(name, symbol) [UNARY_##name] = symbol,
#include "parser/ast.def"
};

const char *const asy_ast_compare_text[CMP__COUNT] = {
#define COMPARE_OP(name, symbol) [CMP_##name] = symbol,
#include "parser/ast.def"
};

const char *const asy_ast_bool_text[BOOL__COUNT] = {
#define BOOL_OP(name, symbol) [BOOL_##name] = symbol,
#include "parser/ast.def"
};

const char *const asy_ast_expr_name[EXPR__COUNT] = {
#define EXPR(kind, fields) [EXPR_##kind] = #kind,
#include "parser/ast.def"
};

const char *const asy_ast_stmt_name[STMT__COUNT] = {
#define STMT(kind, fields) [STMT_##kind] = #kind,
#include "parser/ast.def"
};

const char *const asy_ast_pattern_name[PATTERN__COUNT] = {
#define PATTERN(kind, fields) [PATTERN_##kind] = #kind,
#include "parser/ast.def"
};

// One visit_T for every type a field can have: the callback's types ask the callback first.
static bool visit_Stmt(AstVisitor *v, Stmt *node)
{
    return v->stmt ? v->stmt(v, node) : asy_ast_visit_children_Stmt(v, node);
}

static bool visit_Expr(AstVisitor *v, Expr *node)
{
    return v->expr ? v->expr(v, node) : asy_ast_visit_children_Expr(v, node);
}

static bool visit_Pattern(AstVisitor *v, Pattern *node)
{
    return v->pattern ? v->pattern(v, node) : asy_ast_visit_children_Pattern(v, node);
}

static bool visit_TypeParam(AstVisitor *v, TypeParam *node)
{
    return v->type_param ? v->type_param(v, node) : asy_ast_visit_children_TypeParam(v, node);
}

#define NODE_TYPE(Type, name, placed, fields) static bool visit_##Type(AstVisitor *v, Type *node);
#include "parser/ast.def"

#define NODE(Type, field)                                                                          \
    if (!visit_##Type(v, n->field)) return false;
#define OPT(Type, field)                                                                           \
    if (n->field && !visit_##Type(v, n->field)) return false;
#define LIST(Type, field)                                                                          \
    for (uint32_t i = 0; i < n->field.count; i++)                                                  \
        if (!visit_##Type(v, n->field.items[i])) return false;
#define OPT_LIST(Type, field)                                                                      \
    for (uint32_t i = 0; i < n->field.count; i++)                                                  \
        if (n->field.items[i] && !visit_##Type(v, n->field.items[i])) return false;
#define NAME(field)
#define OPT_NAME(field)
#define NAMES(field)
#define ENUM(Type, field)
#define INT(field)
#define CONSTANT(field)
#define OPS(field)
#define NO_FIELDS

// `n` is the struct of the kind's fields; a kind whose fields are all plain data leaves it unused.
#define CASE(Family, prefix, kind_, fields)                                                        \
    case prefix##kind_: {                                                                          \
        __typeof__(&node->kind_) n = &node->kind_;                                                 \
        (void)n;                                                                                   \
        fields;                                                                                    \
        return true;                                                                               \
    }

bool asy_ast_visit_children_Mod(AstVisitor *v, Mod *node)
{
    switch (node->kind) {
#define MOD(kind, fields) CASE(Mod, MOD_, kind, fields)
#include "parser/ast.def"
    case MOD__COUNT: break;
    }
    return true;
}

bool asy_ast_visit_children_Stmt(AstVisitor *v, Stmt *node)
{
    switch ((StmtKind)node->kind) {
#define STMT(kind, fields) CASE(Stmt, STMT_, kind, fields)
#include "parser/ast.def"
    case STMT__COUNT: break;
    }
    return true;
}

bool asy_ast_visit_children_Expr(AstVisitor *v, Expr *node)
{
    switch ((ExprKind)node->kind) {
#define EXPR(kind, fields) CASE(Expr, EXPR_, kind, fields)
#include "parser/ast.def"
    case EXPR__COUNT: break;
    }
    return true;
}

bool asy_ast_visit_children_Pattern(AstVisitor *v, Pattern *node)
{
    switch ((PatternKind)node->kind) {
#define PATTERN(kind, fields) CASE(Pattern, PATTERN_, kind, fields)
#include "parser/ast.def"
    case PATTERN__COUNT: break;
    }
    return true;
}

bool asy_ast_visit_children_TypeParam(AstVisitor *v, TypeParam *node)
{
    switch ((TypeParamKind)node->kind) {
#define TYPE_PARAM(kind, fields) CASE(TypeParam, TYPE_PARAM_, kind, fields)
#include "parser/ast.def"
    case TYPE_PARAM__COUNT: break;
    }
    return true;
}

#define NODE_TYPE(Type, name, placed, fields)                                                      \
    static bool visit_##Type(AstVisitor *v, Type *n)                                               \
    {                                                                                              \
        (void)v;                                                                                   \
        (void)n;                                                                                   \
        fields;                                                                                    \
        return true;                                                                               \
    }
#include "parser/ast.def"
