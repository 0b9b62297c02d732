// Expressions as text again. Parentheses stand where precedence needs them and nowhere else.
#include "vm/compiler/unparse.h"

#include <math.h>

#include "vm/bytecode/disasm.h"
#include "vm/compiler/unit.h"

typedef enum Level {
    LEVEL_TUPLE, LEVEL_TEST, LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_BIT_OR, LEVEL_BIT_XOR, LEVEL_BIT_AND,
    LEVEL_SHIFT, LEVEL_SUM, LEVEL_TERM, LEVEL_FACTOR, LEVEL_POWER, LEVEL_AWAIT, LEVEL_ATOM,
} Level;

static void put(Buf *out, const Expr *e, Level level);

static void put_name(Buf *out, const Name *name) { asy_buf_append(out, name->bytes, name->len); }

static void put_list(Buf *out, const ExprList *list, Level level)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (i) asy_buf_puts(out, ", ");
        put(out, list->items[i], level);
    }
}

static void open_if(Buf *out, bool needed) { if (needed) asy_buf_putc(out, '('); }
static void close_if(Buf *out, bool needed) { if (needed) asy_buf_putc(out, ')'); }

static void put_boolop(Buf *out, const Expr *e, Level level)
{
    Level own = e->BoolOp.op == BOOL_And ? LEVEL_AND : LEVEL_OR;
    open_if(out, level > own);
    for (uint32_t i = 0; i < e->BoolOp.values.count; i++) {
        if (i) asy_buf_puts(out, own == LEVEL_AND ? " and " : " or ");
        put(out, e->BoolOp.values.items[i], own + 1);
    }
    close_if(out, level > own);
}

static void put_binop(Buf *out, const Expr *e, Level level)
{
    static const Level levels[BIN__COUNT] = {
        [BIN_Add] = LEVEL_SUM, [BIN_Sub] = LEVEL_SUM, [BIN_Mult] = LEVEL_TERM, [BIN_MatMult] = LEVEL_TERM,
        [BIN_Div] = LEVEL_TERM, [BIN_Mod] = LEVEL_TERM, [BIN_FloorDiv] = LEVEL_TERM, [BIN_Pow] = LEVEL_POWER,
        [BIN_LShift] = LEVEL_SHIFT, [BIN_RShift] = LEVEL_SHIFT, [BIN_BitOr] = LEVEL_BIT_OR,
        [BIN_BitXor] = LEVEL_BIT_XOR, [BIN_BitAnd] = LEVEL_BIT_AND,
    };
    Level own = levels[e->BinOp.op];
    bool right_first = e->BinOp.op == BIN_Pow;
    open_if(out, level > own);
    put(out, e->BinOp.left, own + right_first);
    asy_buf_printf(out, " %s ", asy_ast_operator_text[e->BinOp.op]);
    put(out, e->BinOp.right, own + !right_first);
    close_if(out, level > own);
}

static void put_unary(Buf *out, const Expr *e, Level level)
{
    bool is_not = e->UnaryOp.op == UNARY_Not;
    Level own = is_not ? LEVEL_NOT : LEVEL_FACTOR;
    open_if(out, level > own);
    asy_buf_puts(out, asy_ast_unary_text[e->UnaryOp.op]);
    if (is_not) asy_buf_putc(out, ' ');
    put(out, e->UnaryOp.operand, own);
    close_if(out, level > own);
}

static void put_arg(Buf *out, const Arg *arg, const Expr *value, bool *first, const char *prefix)
{
    if (!*first) asy_buf_puts(out, ", ");
    *first = false;
    asy_buf_puts(out, prefix);
    if (arg) put_name(out, arg->arg);
    if (value) {
        asy_buf_putc(out, '=');
        put(out, value, LEVEL_TEST);
    }
}

static void put_arguments(Buf *out, const Arguments *a)
{
    bool first = true;
    uint32_t positional = a->posonlyargs.count + a->args.count;
    for (uint32_t i = 0; i < positional; i++) {
        const Arg *arg = i < a->posonlyargs.count ? a->posonlyargs.items[i] : a->args.items[i - a->posonlyargs.count];
        uint32_t plain = positional - a->defaults.count;
        put_arg(out, arg, i >= plain ? a->defaults.items[i - plain] : NULL, &first, "");
        if (a->posonlyargs.count && i + 1 == a->posonlyargs.count) asy_buf_puts(out, ", /");
    }
    if (a->vararg || a->kwonlyargs.count) put_arg(out, a->vararg, NULL, &first, "*");
    for (uint32_t i = 0; i < a->kwonlyargs.count; i++) put_arg(out, a->kwonlyargs.items[i], a->kw_defaults.items[i], &first, "");
    if (a->kwarg) put_arg(out, a->kwarg, NULL, &first, "**");
}

static void put_lambda(Buf *out, const Expr *e, Level level)
{
    const Arguments *a = e->Lambda.args;
    bool any = a->posonlyargs.count || a->args.count || a->vararg || a->kwonlyargs.count || a->kwarg;
    open_if(out, level > LEVEL_TEST);
    asy_buf_puts(out, any ? "lambda " : "lambda");
    put_arguments(out, a);
    asy_buf_puts(out, ": ");
    put(out, e->Lambda.body, LEVEL_TEST);
    close_if(out, level > LEVEL_TEST);
}

static void put_ifexp(Buf *out, const Expr *e, Level level)
{
    open_if(out, level > LEVEL_TEST);
    put(out, e->IfExp.body, LEVEL_TEST + 1);
    asy_buf_puts(out, " if ");
    put(out, e->IfExp.test, LEVEL_TEST + 1);
    asy_buf_puts(out, " else ");
    put(out, e->IfExp.orelse, LEVEL_TEST);
    close_if(out, level > LEVEL_TEST);
}

static void put_dict(Buf *out, const Expr *e)
{
    asy_buf_putc(out, '{');
    for (uint32_t i = 0; i < e->Dict.values.count; i++) {
        if (i) asy_buf_puts(out, ", ");
        if (e->Dict.keys.items[i]) {
            put(out, e->Dict.keys.items[i], LEVEL_TEST);
            asy_buf_puts(out, ": ");
            put(out, e->Dict.values.items[i], LEVEL_TEST);
        } else {
            asy_buf_puts(out, "**");
            put(out, e->Dict.values.items[i], LEVEL_BIT_OR);
        }
    }
    asy_buf_putc(out, '}');
}

static void put_generators(Buf *out, const ComprehensionList *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const Comprehension *g = list->items[i];
        asy_buf_puts(out, g->is_async ? " async for " : " for ");
        put(out, g->target, LEVEL_TUPLE);
        asy_buf_puts(out, " in ");
        put(out, g->iter, LEVEL_TEST + 1);
        for (uint32_t k = 0; k < g->ifs.count; k++) {
            asy_buf_puts(out, " if ");
            put(out, g->ifs.items[k], LEVEL_TEST + 1);
        }
    }
}

static void put_comprehension(Buf *out, const Expr *e)
{
    switch ((ExprKind)e->kind) {
    case EXPR_ListComp:
        asy_buf_putc(out, '[');
        put(out, e->ListComp.elt, LEVEL_TEST);
        put_generators(out, &e->ListComp.generators);
        asy_buf_putc(out, ']');
        break;
    case EXPR_SetComp:
        asy_buf_putc(out, '{');
        put(out, e->SetComp.elt, LEVEL_TEST);
        put_generators(out, &e->SetComp.generators);
        asy_buf_putc(out, '}');
        break;
    case EXPR_DictComp:
        asy_buf_putc(out, '{');
        put(out, e->DictComp.key, LEVEL_TEST);
        asy_buf_puts(out, ": ");
        put(out, e->DictComp.value, LEVEL_TEST);
        put_generators(out, &e->DictComp.generators);
        asy_buf_putc(out, '}');
        break;
    default:
        asy_buf_putc(out, '(');
        put(out, e->GeneratorExp.elt, LEVEL_TEST);
        put_generators(out, &e->GeneratorExp.generators);
        asy_buf_putc(out, ')');
        break;
    }
}

static void put_compare(Buf *out, const Expr *e, Level level)
{
    open_if(out, level > LEVEL_COMPARE);
    put(out, e->Compare.left, LEVEL_COMPARE + 1);
    for (uint32_t i = 0; i < e->Compare.ops.count; i++) {
        asy_buf_printf(out, " %s ", asy_ast_compare_text[e->Compare.ops.items[i]]);
        put(out, e->Compare.comparators.items[i], LEVEL_COMPARE + 1);
    }
    close_if(out, level > LEVEL_COMPARE);
}

static void put_call(Buf *out, const Expr *e)
{
    const ExprList *args = &e->Call.args;
    const KeywordList *keywords = &e->Call.keywords;
    put(out, e->Call.func, LEVEL_ATOM);
    if (args->count == 1 && !keywords->count && args->items[0]->kind == EXPR_GeneratorExp) {
        put_comprehension(out, args->items[0]);
        return;
    }
    asy_buf_putc(out, '(');
    put_list(out, args, LEVEL_TEST);
    for (uint32_t i = 0; i < keywords->count; i++) {
        if (i || args->count) asy_buf_puts(out, ", ");
        if (keywords->items[i]->arg) {
            put_name(out, keywords->items[i]->arg);
            asy_buf_putc(out, '=');
        } else {
            asy_buf_puts(out, "**");
        }
        put(out, keywords->items[i]->value, LEVEL_TEST);
    }
    asy_buf_putc(out, ')');
}

static ProtoConst const_of(const Expr *e) { return asy_const_of(NULL, &e->Constant.value); }

static void put_constant(Buf *out, const Expr *e)
{
    ProtoConst k = const_of(e);
    if (k.kind == PROTO_ELLIPSIS) {
        asy_buf_puts(out, "...");
        return;
    }
    if ((k.kind == PROTO_FLOAT || k.kind == PROTO_COMPLEX) && isinf(k.f)) {     // a literal that reads back as infinity
        asy_buf_puts(out, k.kind == PROTO_FLOAT ? "1e309" : "1e309j");
        return;
    }
    if (k.kind == PROTO_STR && e->Constant.value.unicode_prefix) asy_buf_putc(out, 'u');
    asy_const_repr(out, &k);
}

// The inside of an f-string, without its quotes.
static void put_fstring_parts(Buf *out, const Expr *e)
{
    if (e->kind == EXPR_Constant) {
        ProtoConst k = const_of(e);
        for (uint32_t i = 0; i < k.count; i++) {
            if (k.text[i] == '{' || k.text[i] == '}') asy_buf_putc(out, k.text[i]);
            asy_buf_putc(out, k.text[i]);
        }
    } else if (e->kind == EXPR_JoinedStr) {
        for (uint32_t i = 0; i < e->JoinedStr.values.count; i++) put_fstring_parts(out, e->JoinedStr.values.items[i]);
    } else if (e->kind == EXPR_FormattedValue) {
        Buf value = { .alloc = out->alloc };
        put(&value, e->FormattedValue.value, LEVEL_TEST + 1);
        if (value.failed) out->failed = true;
        asy_buf_puts(out, value.bytes && value.bytes[0] == '{' ? "{ " : "{");
        asy_buf_append(out, value.bytes, value.len);
        asy_buf_free(&value);
        if (e->FormattedValue.conversion > 0) asy_buf_printf(out, "!%c", (char)e->FormattedValue.conversion);
        if (e->FormattedValue.format_spec) {
            asy_buf_putc(out, ':');
            put_fstring_parts(out, e->FormattedValue.format_spec);
        }
        asy_buf_putc(out, '}');
    }
}

static void put_fstring(Buf *out, const Expr *e)
{
    Buf body = { .alloc = out->alloc };
    put_fstring_parts(&body, e);
    if (body.failed) out->failed = true;
    ProtoConst k = { .kind = PROTO_STR, .text = body.bytes ? body.bytes : "", .count = (uint32_t)body.len };
    asy_buf_putc(out, 'f');
    asy_const_repr(out, &k);
    asy_buf_free(&body);
}

static void put_attribute(Buf *out, const Expr *e)
{
    const Expr *value = e->Attribute.value;
    put(out, value, LEVEL_ATOM);
    bool number = value->kind == EXPR_Constant && (value->Constant.value.kind == CONST_INT || value->Constant.value.kind == CONST_BIG_INT);
    asy_buf_puts(out, number ? " ." : ".");
    put_name(out, e->Attribute.attr);
}

static void put_slice(Buf *out, const Expr *e)
{
    if (e->Slice.lower) put(out, e->Slice.lower, LEVEL_TEST);
    asy_buf_putc(out, ':');
    if (e->Slice.upper) put(out, e->Slice.upper, LEVEL_TEST);
    if (e->Slice.step) {
        asy_buf_putc(out, ':');
        put(out, e->Slice.step, LEVEL_TEST);
    }
}

static void put_tuple(Buf *out, const Expr *e, Level level)
{
    const ExprList *elts = &e->Tuple.elts;
    if (!elts->count) {
        asy_buf_puts(out, "()");
        return;
    }
    open_if(out, level > LEVEL_TUPLE);
    put_list(out, elts, LEVEL_TEST);
    if (elts->count == 1) asy_buf_putc(out, ',');
    close_if(out, level > LEVEL_TUPLE);
}

static void put_rest(Buf *out, const Expr *e, Level level)
{
    switch ((ExprKind)e->kind) {
    case EXPR_NamedExpr:
        open_if(out, level > LEVEL_TUPLE);
        put(out, e->NamedExpr.target, LEVEL_ATOM);
        asy_buf_puts(out, " := ");
        put(out, e->NamedExpr.value, LEVEL_ATOM);
        close_if(out, level > LEVEL_TUPLE);
        break;
    case EXPR_Set:
        asy_buf_putc(out, '{');
        put_list(out, &e->Set.elts, LEVEL_TEST);
        asy_buf_putc(out, '}');
        break;
    case EXPR_Await:
        open_if(out, level > LEVEL_AWAIT);
        asy_buf_puts(out, "await ");
        put(out, e->Await.value, LEVEL_ATOM);
        close_if(out, level > LEVEL_AWAIT);
        break;
    case EXPR_Yield:
        asy_buf_puts(out, e->Yield.value ? "(yield " : "(yield");
        if (e->Yield.value) put(out, e->Yield.value, LEVEL_TUPLE);
        asy_buf_putc(out, ')');
        break;
    case EXPR_YieldFrom:
        asy_buf_puts(out, "(yield from ");
        put(out, e->YieldFrom.value, LEVEL_TUPLE);
        asy_buf_putc(out, ')');
        break;
    case EXPR_Subscript:
        put(out, e->Subscript.value, LEVEL_ATOM);
        asy_buf_putc(out, '[');
        put(out, e->Subscript.slice, LEVEL_TUPLE);
        asy_buf_putc(out, ']');
        break;
    case EXPR_Starred:
        asy_buf_putc(out, '*');
        put(out, e->Starred.value, LEVEL_BIT_OR);
        break;
    case EXPR_List:
        asy_buf_putc(out, '[');
        put_list(out, &e->List.elts, LEVEL_TEST);
        asy_buf_putc(out, ']');
        break;
    default: break;
    }
}

static void put(Buf *out, const Expr *e, Level level)
{
    switch ((ExprKind)e->kind) {
    case EXPR_BoolOp: put_boolop(out, e, level); break;
    case EXPR_BinOp: put_binop(out, e, level); break;
    case EXPR_UnaryOp: put_unary(out, e, level); break;
    case EXPR_Lambda: put_lambda(out, e, level); break;
    case EXPR_IfExp: put_ifexp(out, e, level); break;
    case EXPR_Dict: put_dict(out, e); break;
    case EXPR_ListComp: case EXPR_SetComp: case EXPR_DictComp: case EXPR_GeneratorExp: put_comprehension(out, e); break;
    case EXPR_Compare: put_compare(out, e, level); break;
    case EXPR_Call: put_call(out, e); break;
    case EXPR_FormattedValue: case EXPR_JoinedStr: put_fstring(out, e); break;
    case EXPR_Constant: put_constant(out, e); break;
    case EXPR_Attribute: put_attribute(out, e); break;
    case EXPR_Name: put_name(out, e->Name.id); break;
    case EXPR_Tuple: put_tuple(out, e, level); break;
    case EXPR_Slice: put_slice(out, e); break;
    default: put_rest(out, e, level); break;
    }
}

void asy_unparse_expr(Buf *out, const Expr *e) { put(out, e, LEVEL_TEST); }
