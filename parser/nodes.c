// Nodes and lists that grow while the grammar reads them.
//
// What is added to a node may be higher than what it held, so each addition keeps the node's height
// right; its place is set again when its last token is known.
#include <string.h>
#include "parser/build.h"

static void raise_height(Parser *p, uint16_t *height, uint16_t child)
{
    uint16_t above = height_above(p, child);
    if (above > *height) *height = above;
}

Mod *asy_nodes_module(Parser *p, ModKind kind, StmtList body, Expr *expression)
{
    Mod *mod = node_alloc(p, sizeof *mod);
    *mod = (Mod){ .kind = kind };
    if (kind == MOD_Expression) {
        mod->Expression.body = expression;
        raise_height(p, &mod->height, expression->height);
        return mod;
    }
    if (kind == MOD_Module) mod->Module.body = body;
    else mod->Interactive.body = body;
    for (uint32_t i = 0; i < body.count; i++) raise_height(p, &mod->height, body.items[i]->height);
    return mod;
}

StmtList asy_nodes_append(Parser *p, StmtList list, StmtList more)
{
    for (uint32_t i = 0; i < more.count; i++) list = stmts_push(p, list, more.items[i]);
    return list;
}

ExprList asy_nodes_prepend(Parser *p, Expr *first, ExprList rest)
{
    ExprList list = exprs_push(p, rest, first);
    if (list.count == rest.count) return list;
    memmove(list.items + 1, list.items, rest.count * sizeof *list.items);
    list.items[0] = first;
    return list;
}

PatternList asy_nodes_prepend_pattern(Parser *p, Pattern *first, PatternList rest)
{
    PatternList list = patterns_push(p, rest, first);
    if (list.count == rest.count) return list;
    memmove(list.items + 1, list.items, rest.count * sizeof *list.items);
    list.items[0] = first;
    return list;
}

Stmt *asy_nodes_decorate(Parser *p, ExprList decorators, Stmt *definition)
{
    for (uint32_t i = 0; i < decorators.count; i++)
        raise_height(p, &definition->height, decorators.items[i]->height);
    switch (definition->kind) {
    case STMT_FunctionDef: definition->FunctionDef.decorator_list = decorators; break;
    case STMT_AsyncFunctionDef: definition->AsyncFunctionDef.decorator_list = decorators; break;
    default: definition->ClassDef.decorator_list = decorators; break;
    }
    return definition;
}

Expr *asy_nodes_parens(Expr *e)
{
    e->parenthesised = true;
    return e;
}

Expr *asy_nodes_bool(Parser *p, Span at, Expr *left, BoolOp op, Expr *right)
{
    if (left->kind == EXPR_BoolOp && left->BoolOp.op == op && !left->parenthesised) {
        left->BoolOp.values = exprs_push(p, left->BoolOp.values, right);
        left->at = span_place(p, at);
        raise_height(p, &left->height, right->height);
        return left;
    }
    return EXPR_NEW(BoolOp, at, op, exprs_push(p, exprs_one(p, left), right));
}

Expr *asy_nodes_compare(Parser *p, Span at, Expr *left, CompareOp op, Expr *right)
{
    left->Compare.ops = compare_ops_push(p, left->Compare.ops, (uint8_t)op);
    left->Compare.comparators = exprs_push(p, left->Compare.comparators, right);
    left->at = span_place(p, at);
    raise_height(p, &left->height, right->height);
    return left;
}

Expr *asy_nodes_dict_item(Parser *p, Span at, Expr *dict, Expr *key, Expr *value)
{
    if (!dict) dict = EXPR_NEW(Dict, at, { 0 }, { 0 });
    dict->Dict.keys = exprs_push(p, dict->Dict.keys, key);
    dict->Dict.values = exprs_push(p, dict->Dict.values, value);
    if (key) raise_height(p, &dict->height, key->height);
    raise_height(p, &dict->height, value->height);
    return dict;
}

Expr *asy_nodes_expr_end(Parser *p, Span at, Expr *e)
{
    e->at = span_place(p, at);
    return e;
}

Pattern *asy_nodes_mapping_item(Parser *p, Span at, Pattern *mapping, Expr *key, Pattern *value)
{
    if (!mapping) mapping = PATTERN_NEW(MatchMapping, at, { 0 }, { 0 }, NULL);
    mapping->MatchMapping.keys = exprs_push(p, mapping->MatchMapping.keys, key);
    mapping->MatchMapping.patterns = patterns_push(p, mapping->MatchMapping.patterns, value);
    raise_height(p, &mapping->height, key->height);
    raise_height(p, &mapping->height, value->height);
    return mapping;
}

Pattern *asy_nodes_mapping_rest(Parser *p, Span at, Pattern *mapping, const Name *rest)
{
    mapping->MatchMapping.rest = asy_check_capture_name(p, rest);
    return asy_nodes_pattern_end(p, at, mapping);
}

Pattern *asy_nodes_pattern_end(Parser *p, Span at, Pattern *pattern)
{
    pattern->at = span_place(p, at);
    return pattern;
}

const Name *asy_nodes_dotted(Parser *p, const Name *left, const Name *right)
{
    if (!left || !right) return NULL;
    size_t len = (size_t)left->len + 1 + right->len;
    char *bytes = asy_arena_alloc(p->arena, len);
    if (!bytes) return NULL;
    memcpy(bytes, left->bytes, left->len);
    bytes[left->len] = '.';
    memcpy(bytes + left->len + 1, right->bytes, right->len);
    return asy_names_intern(p->names, bytes, len);
}
