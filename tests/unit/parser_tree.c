// The tree as the compiler meets it: contexts, names, flags, heights, the visitor; and the modes.
// That every field and place is CPython's is the oracle's business (tests/ast_oracle.py).
#include <criterion/criterion.h>
#include <string.h>

#include "support/parsing.h"

// The first statement of a text that parses.
static Stmt *first(Parsing *p)
{
    cr_assert(p->mod, "%s", p->diag.error.message);
    return p->mod->Module.body.items[0];
}

Test(parser_tree, contexts)
{
    Parsing *p = parsing_of("(a, [*b.c]) = d[e]\n");
    const Stmt *s = first(p);
    cr_assert_eq(s->kind, STMT_Assign);
    const Expr *target = s->Assign.targets.items[0];
    cr_assert_eq(target->Tuple.ctx, CTX_Store);
    const Expr *list = target->Tuple.elts.items[1];
    cr_assert_eq(list->List.ctx, CTX_Store);
    const Expr *star = list->List.elts.items[0];
    cr_assert_eq(star->Starred.ctx, CTX_Store);
    cr_assert_eq(star->Starred.value->Attribute.ctx, CTX_Store);
    cr_assert_eq(star->Starred.value->Attribute.value->Name.ctx, CTX_Load);
    cr_assert_eq(s->Assign.value->Subscript.ctx, CTX_Load);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, names_are_interned)
{
    Parsing *p = parsing_of("spam.spam\n");
    const Expr *e = first(p)->Expr.value;
    cr_assert_eq(e->Attribute.attr, e->Attribute.value->Name.id);
    cr_assert_eq(e->Attribute.attr, asy_names_intern_cstr(&p->names, "spam"));
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, places)
{
    Parsing *p = parsing_of("x = (\n  \"\303\251\", 1)\n");
    const Expr *e = first(p)->Assign.value;
    cr_assert_eq(e->lineno, 1);
    cr_assert_eq(e->col_offset, 4);
    cr_assert_eq(e->end_lineno, 2);
    cr_assert_eq(e->end_col_offset, 10);    // bytes, not characters
    cr_assert_eq(e->at.end_col_offset, e->end_col_offset);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, parentheses)
{
    Parsing *p = parsing_of("(a); a; (a, b); a, b\n");
    static const bool expected[] = { true, false, true, false };
    cr_assert(p->mod);
    for (unsigned i = 0; i < 4; i++)
        cr_assert_eq(p->mod->Module.body.items[i]->Expr.value->parenthesised, expected[i]);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, chains_are_one_node_unless_parenthesised)
{
    Parsing *p = parsing_of("a and b and c and d; (a and b) and c; a < b < c; (a < b) < c\n");
    Stmt *const *s = p->mod->Module.body.items;
    cr_assert_eq(s[0]->Expr.value->BoolOp.values.count, 4);
    cr_assert_eq(s[1]->Expr.value->BoolOp.values.count, 2);
    cr_assert_eq(s[2]->Expr.value->Compare.ops.count, 2);
    cr_assert_eq(s[3]->Expr.value->Compare.ops.count, 1);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, constants)
{
    Parsing *p = parsing_of("1, 0xffffffffffffffff, 1.5, 2j, u'a' 'b', b'c', None, ...\n");
    Expr *const *e = first(p)->Expr.value->Tuple.elts.items;
    static const ConstantKind kinds[] = { CONST_INT, CONST_BIG_INT, CONST_FLOAT, CONST_IMAG,
                                          CONST_STR, CONST_BYTES,   CONST_NONE,  CONST_ELLIPSIS };
    for (unsigned i = 0; i < 8; i++) cr_assert_eq(e[i]->Constant.value.kind, kinds[i]);
    cr_assert(e[4]->Constant.value.unicode_prefix);
    cr_assert_eq(e[4]->Constant.value.len, 2);
    cr_assert_eq(memcmp(e[4]->Constant.value.as.bytes, "ab", 2), 0);
    cr_assert_eq(parsing_close(p), 0);
}

static bool count_expr(AstVisitor *v, Expr *e)
{
    ++*(unsigned *)v->context;
    return asy_ast_visit_children_Expr(v, e);
}

static bool stop_at_name(AstVisitor *v, Expr *e)
{
    ++*(unsigned *)v->context;
    return e->kind != EXPR_Name && asy_ast_visit_children_Expr(v, e);
}

Test(parser_tree, visitor)
{
    static const char text[] = "def f(a: b = c, *, d=1) -> e:\n"
                               "    with g as h: return [i for j in k if l]\n"
                               "match m:\n"
                               "    case {n.o: p}: pass\n";
    Parsing *p = parsing_of(text);
    unsigned count = 0;
    AstVisitor all = { .expr = count_expr, .context = &count };
    cr_assert(p->mod);
    cr_assert(asy_ast_visit_children_Mod(&all, p->mod));
    cr_assert_eq(count, 14);    // b c 1 e g h, the list and i j k l, m, n.o and n
    count = 0;
    AstVisitor stopping = { .expr = stop_at_name, .context = &count };
    cr_assert_not(asy_ast_visit_children_Mod(&stopping, p->mod));
    cr_assert_eq(count, 1);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, heights)
{
    Parsing *p = parsing_of("a + b * c\nif x: y\n");
    const Stmt *s = first(p);
    cr_assert_eq(s->Expr.value->height, 3);
    cr_assert_eq(s->height, 4);
    cr_assert_eq(p->mod->height, 5);
    cr_assert_eq(parsing_close(p), 0);
}

Test(parser_tree, modes)
{
    Parsing *p = parsing_open("a, b", 4, PARSE_EVAL, false, 0);
    cr_assert(p->mod);
    cr_assert_eq(p->mod->kind, MOD_Expression);
    cr_assert_eq(p->mod->Expression.body->kind, EXPR_Tuple);
    cr_assert_eq(parsing_close(p), 0);
    p = parsing_open("a; b\n", 5, PARSE_SINGLE, false, 0);
    cr_assert(p->mod);
    cr_assert_eq(p->mod->kind, MOD_Interactive);
    cr_assert_eq(p->mod->Interactive.body.count, 2);
    cr_assert_eq(parsing_close(p), 0);
    cr_assert_str_eq(parsing_error("a = 1", PARSE_EVAL), "SyntaxError: invalid syntax (1,3-1,4)");
    cr_assert_str_eq(parsing_error("*a, b", PARSE_EVAL), "SyntaxError: invalid syntax (1,1-1,2)");
    cr_assert_str_eq(parsing_error("a\nb\n", PARSE_SINGLE),
                     "SyntaxError: multiple statements found while compiling a single statement "
                     "(1,2-1,3)");
}

// What a prompt does with a text so far: R runs it, M wants more, E shows an error.
static char prompt(const char *text)
{
    Parsing *p = parsing_open(text, strlen(text), PARSE_SINGLE, true, 0);
    char answer = p->mod ? 'R' : p->diag.error.incomplete ? 'M' : 'E';
    cr_assert_eq(parsing_close(p), 0);
    return answer;
}

Test(parser_tree, incomplete_input)
{
    static const struct {
        char answer;
        const char *text;
    } cases[] = {
        { 'R', "x = 1\n" },        { 'M', "if x:\n" },
        { 'M', "if x:\n    y\n" }, { 'R', "if x:\n    y\n\n" },
        { 'M', "if x: y\n" },      { 'R', "if x: y\n\n" },
        { 'M', "f(1,\n" },         { 'M', "x = '''abc\n" },
        { 'M', "f'''{\n" },        { 'M', "x = 1 + \\\n" },
        { 'M', "@f\n" },           { 'M', "class A:\n    def f(self):\n" },
        { 'M', "try:\n    x\n" },  { 'R', "try:\n    x\nfinally:\n    y\n\n" },
        { 'E', "x = \n" },         { 'E', "x y\n" },
        { 'E', "x = 'abc\n" },     { 'E', "f(1))\n" },
        { 'E', "  x\n" },          { 'E', "if x y:\n" },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(prompt(cases[i].text), cases[i].answer, "%c for %s", prompt(cases[i].text),
                     cases[i].text);
}
