// What the grammar cannot say: targets, the order of arguments and parameters, patterns.
//
// Targets are read as expressions and turned into targets here, by setting their context; what
// cannot be one is wrong. Which message that gives is not decided here but by diagnose.c, which
// goes through the tokens again: this file only has to be right about right and wrong.
#include <string.h>
#include "parser/build.h"

// Down through tuples, lists and stars. Brackets nest LEXER_BRACKETS_MAX deep at most, so this
// recursion is bounded; without memory a tree may have loops, so nothing is walked then.
static void set_target(Parser *p, Expr *e, ExprContext ctx)
{
    if (p->arena->failed) return;
    switch ((ExprKind)e->kind) {
    case EXPR_Name: e->Name.ctx = ctx; return;
    case EXPR_Attribute: e->Attribute.ctx = ctx; return;
    case EXPR_Subscript: e->Subscript.ctx = ctx; return;
    case EXPR_Starred:
        if (ctx == CTX_Del) break;
        e->Starred.ctx = ctx;
        set_target(p, e->Starred.value, ctx);
        return;
    case EXPR_Tuple:
        e->Tuple.ctx = ctx;
        for (uint32_t i = 0; i < e->Tuple.elts.count; i++)
            set_target(p, e->Tuple.elts.items[i], ctx);
        return;
    case EXPR_List:
        e->List.ctx = ctx;
        for (uint32_t i = 0; i < e->List.elts.count; i++) set_target(p, e->List.elts.items[i], ctx);
        return;
    default: break;
    }
    parser_wrong(p);
}

// Targets of an augmented or annotated assignment: one name, attribute or subscript.
static void set_single_target(Parser *p, Expr *e)
{
    if (e->kind == EXPR_Name || e->kind == EXPR_Attribute || e->kind == EXPR_Subscript)
        set_target(p, e, CTX_Store);
    else parser_wrong(p);
}

Mod *asy_check_eval(Parser *p, Expr *e)
{
    // Only what stands in brackets may be starred here.
    if (e->kind == EXPR_Starred) parser_wrong(p);
    if (e->kind == EXPR_Tuple && !e->parenthesised)
        for (uint32_t i = 0; i < e->Tuple.elts.count; i++)
            if (e->Tuple.elts.items[i]->kind == EXPR_Starred) parser_wrong(p);
    return asy_nodes_module(p, MOD_Expression, (StmtList){ 0 }, e);
}

Expr *asy_check_store(Parser *p, Expr *e)
{
    set_target(p, e, CTX_Store);
    return e;
}

Stmt *asy_check_delete(Parser *p, Span at, ExprList targets)
{
    for (uint32_t i = 0; i < targets.count; i++) set_target(p, targets.items[i], CTX_Del);
    return STMT_NEW(Delete, at, targets);
}

Stmt *asy_check_assign(Parser *p, Span at, ExprList targets, Expr *value)
{
    for (uint32_t i = 0; i < targets.count; i++) set_target(p, targets.items[i], CTX_Store);
    return STMT_NEW(Assign, at, targets, value);
}

Stmt *asy_check_aug_assign(Parser *p, Span at, Expr *target, Operator op, Expr *value)
{
    set_single_target(p, target);
    return STMT_NEW(AugAssign, at, target, op, value);
}

Stmt *asy_check_ann_assign(Parser *p, Span at, Expr *target, Expr *annotation, Expr *value)
{
    set_single_target(p, target);
    bool simple = target->kind == EXPR_Name && !target->parenthesised;
    return STMT_NEW(AnnAssign, at, target, annotation, value, simple);
}

WithItemList asy_check_with_parens(Parser *p, Span parens, WithItemList items, bool comma)
{
    bool expression = false, as_seen = false;
    if (p->arena->failed) return items;
    for (uint32_t i = 0; i < items.count; i++) {
        const WithItem *item = items.items[i];
        uint8_t kind = item->context_expr->kind;
        as_seen |= item->optional_vars != NULL;
        expression |=
            kind == EXPR_Starred || (kind == EXPR_NamedExpr && !item->context_expr->parenthesised);
    }
    if (!expression) return items;
    if (as_seen) parser_wrong(p);
    Expr *e = items.items[0]->context_expr;
    if (items.count > 1 || comma) {
        ExprList elts = { 0 };
        for (uint32_t i = 0; i < items.count; i++)
            elts = exprs_push(p, elts, items.items[i]->context_expr);
        e = EXPR_NEW(Tuple, parens, elts, CTX_Load);
    } else if (e->kind == EXPR_Starred) {
        parser_wrong(p);
    }
    return with_items_one(p, WITH_ITEM_NEW(parens, asy_nodes_parens(e), NULL));
}

Expr *asy_check_slice(Parser *p, Span at, Expr *item)
{
    return item->kind == EXPR_Starred ? EXPR_NEW(Tuple, at, exprs_one(p, item), CTX_Load) : item;
}

// Arguments.

CallArgs *asy_check_no_args(Parser *p)
{
    CallArgs *args = asy_arena_zalloc(p->arena, sizeof *args);
    return args ? args : &p->spare_args;
}

CallArgs *asy_check_arg(Parser *p, CallArgs *args, Expr *arg)
{
    if (!args) args = asy_check_no_args(p);
    if (arg->kind == EXPR_Starred ? args->double_star_seen : args->keyword_seen) parser_wrong(p);
    args->args = exprs_push(p, args->args, arg);
    return args;
}

CallArgs *asy_check_keyword(Parser *p, CallArgs *args, Keyword *keyword)
{
    if (!args) args = asy_check_no_args(p);
    args->keyword_seen = true;
    if (!keyword->arg) args->double_star_seen = true;
    args->keywords = keywords_push(p, args->keywords, keyword);
    return args;
}

// Parameters.

static Params *params_begin(Parser *p, Params *params)
{
    if (params) return params;
    params = asy_arena_zalloc(p->arena, sizeof *params + sizeof *params->arguments);
    if (params) {
        params->arguments = (Arguments *)(params + 1);
    } else {
        params = &p->spare_params;
        params->arguments = &p->spare_arguments;
    }
    return params;
}

Params *asy_check_param(Parser *p, Params *params, Arg *arg, Expr *default_value)
{
    params = params_begin(p, params);
    Arguments *a = params->arguments;
    if (params->kwarg_seen) parser_wrong(p);
    params->name_wanted = false;
    if (params->star_seen) {
        a->kwonlyargs = arg_list_push(p, a->kwonlyargs, arg);
        a->kw_defaults = exprs_push(p, a->kw_defaults, default_value);
        return params;
    }
    a->args = arg_list_push(p, a->args, arg);
    if (default_value) {
        params->default_seen = true;
        a->defaults = exprs_push(p, a->defaults, default_value);
    } else if (params->default_seen) {
        parser_wrong(p);
    }
    return params;
}

Params *asy_check_slash(Parser *p, Params *params)
{
    Arguments *a = params->arguments;
    if (params->slash_seen || params->star_seen || params->kwarg_seen) parser_wrong(p);
    params->slash_seen = true;
    a->posonlyargs = a->args;
    a->args = (ArgList){ 0 };
    return params;
}

Params *asy_check_star(Parser *p, Params *params, Arg *arg)
{
    params = params_begin(p, params);
    if (params->star_seen || params->kwarg_seen) parser_wrong(p);
    params->star_seen = true;
    params->name_wanted = arg == NULL;
    params->arguments->vararg = arg;
    return params;
}

Params *asy_check_double_star(Parser *p, Params *params, Arg *arg)
{
    params = params_begin(p, params);
    if (params->kwarg_seen || params->name_wanted) parser_wrong(p);
    params->kwarg_seen = true;
    params->arguments->kwarg = arg;
    return params;
}

Arguments *asy_check_params_end(Parser *p, Params *params, Span at)
{
    // Nothing is empty in front of a first token, so a place can be taken from the token behind.
    if (at.last + 1 == at.first) at.last = at.first;
    if (!params) return new_Arguments(p, at, (Arguments){ 0 });
    if (params->name_wanted) parser_wrong(p);
    return new_Arguments(p, at, *params->arguments);
}

// Patterns.

const Name *asy_check_wildcard(const Name *name)
{
    return name->len == 1 && name->bytes[0] == '_' ? NULL : name;
}

const Name *asy_check_capture_name(Parser *p, const Name *name)
{
    if (!asy_check_wildcard(name)) parser_wrong(p);
    return name;
}

Expr *asy_check_complex(Parser *p, Span at, Expr *real, Operator op, Expr *imaginary)
{
    const Expr *number = real->kind == EXPR_UnaryOp ? real->UnaryOp.operand : real;
    if (number->Constant.value.kind == CONST_IMAG) parser_wrong(p);
    if (imaginary->Constant.value.kind != CONST_IMAG) parser_wrong(p);
    return EXPR_NEW(BinOp, at, real, op, imaginary);
}

Pattern *asy_check_class_pattern(Parser *p, Span at, Expr *cls)
{
    return PATTERN_NEW(MatchClass, at, cls, { 0 }, { 0 }, { 0 });
}

Pattern *asy_check_class_item(Parser *p, Span at, Pattern *pattern, const Name *name, Pattern *item)
{
    __typeof__(pattern->MatchClass) *c = &pattern->MatchClass;
    if (name) {
        c->kwd_attrs = names_push(p, c->kwd_attrs, name);
        c->kwd_patterns = patterns_push(p, c->kwd_patterns, item);
    } else {
        if (c->kwd_attrs.count) parser_wrong(p);
        c->patterns = patterns_push(p, c->patterns, item);
    }
    uint16_t above = height_above(p, item->height);
    if (above > pattern->height) pattern->height = above;
    return asy_nodes_pattern_end(p, at, pattern);
}
