// Which tokens a text becomes: lines, blocks, soft keywords, with-items, f-strings.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/lexing.h"

static void expect(const char *text, const char *kinds)
{
    const char *got = lexing_kinds(text);
    cr_expect(strcmp(got, kinds) == 0, "%s\n  expected %s\n  got      %s", text, kinds, got);
}

Test(lexer_layout, lines_and_blocks)
{
    expect("", "");
    expect("\n\n# only a comment", "");
    expect("a", "NAME");
    expect("a;b", "NAME SEMI NAME");
    expect("(a\n\n  # c\n b)", "LPAR NAME NAME RPAR");
    expect("a \\\n b", "NAME NAME");
    expect("if a:\n  b\n\n # c\n  d\ne",
           "IF NAME COLON NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT NAME");
    expect("if a:\n b\n", "IF NAME COLON NEWLINE INDENT NAME NEWLINE DEDENT");
    expect("if a:\n\tb\n\tc", "IF NAME COLON NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT");
    expect("if a:\n    \\\n  b\n    c",
           "IF NAME COLON NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT");
    expect("if a:\n  b\n\f  c", "IF NAME COLON NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT");
}

Test(lexer_layout, match_is_a_statement_where_one_begins)
{
    expect("match x:\n case y: pass",
           "MATCH NAME COLON NEWLINE INDENT CASE NAME COLON PASS NEWLINE DEDENT");
    expect("match (x):\n case y: pass",
           "MATCH LPAR NAME RPAR COLON NEWLINE INDENT CASE NAME COLON PASS NEWLINE DEDENT");
    expect("match -x:\n case y: pass",
           "MATCH MINUS NAME COLON NEWLINE INDENT CASE NAME COLON PASS NEWLINE DEDENT");
    expect("match [lambda: 1, y] + (lambda: x):\n case = 1",
           "MATCH LSQB LAMBDA COLON NUMBER COMMA NAME RSQB PLUS LPAR LAMBDA COLON NAME RPAR COLON "
           "NEWLINE "
           "INDENT CASE EQUAL NUMBER NEWLINE DEDENT");
    expect("match *a, b:\n pass",
           "MATCH STAR NAME COMMA NAME COLON NEWLINE INDENT PASS NEWLINE DEDENT");
    expect("match not x:\n pass", "MATCH NOT NAME COLON NEWLINE INDENT PASS NEWLINE DEDENT");
    expect("match not in x", "NAME NOT IN NAME");
    expect("match(x)", "NAME LPAR NAME RPAR");
    expect("match(x).y: int", "NAME LPAR NAME RPAR DOT NAME COLON NAME");
    expect("match[x]: int = 3", "NAME LSQB NAME RSQB COLON NAME EQUAL NUMBER");
    expect("match[x:y] = 3", "NAME LSQB NAME COLON NAME RSQB EQUAL NUMBER");
    expect("match - x", "NAME MINUS NAME");
    expect("match * x", "NAME STAR NAME");
    expect("match = case = type = _", "NAME EQUAL NAME EQUAL NAME EQUAL NAME");
    expect("match, case: int", "NAME COMMA NAME COLON NAME");
    expect("print(match)", "NAME LPAR NAME RPAR");
    expect("a; match x", "NAME SEMI NAME NAME");
    expect("case x", "NAME NAME");
}

Test(lexer_layout, case_belongs_to_the_match_block_alone)
{
    expect("match x:\n case 1:\n  case = 2\n case 2: pass\ncase = 3",
           "MATCH NAME COLON NEWLINE INDENT CASE NUMBER COLON NEWLINE INDENT NAME EQUAL NUMBER "
           "NEWLINE DEDENT "
           "CASE NUMBER COLON PASS NEWLINE DEDENT NAME EQUAL NUMBER");
}

Test(lexer_layout, type_is_a_statement_before_a_name)
{
    expect("type X = int", "TYPE NAME EQUAL NAME");
    expect("type type[T] = T", "TYPE NAME LSQB NAME RSQB EQUAL NAME");
    expect("a; type X = int", "NAME SEMI TYPE NAME EQUAL NAME");
    expect("if a: type X = int", "IF NAME COLON TYPE NAME EQUAL NAME");
    expect("type(x)", "NAME LPAR NAME RPAR");
    expect("x = type", "NAME EQUAL NAME");
    expect("type in x", "NAME IN NAME");
    expect("{a: type}", "LBRACE NAME COLON NAME RBRACE");
}

Test(lexer_layout, parentheses_behind_with)
{
    expect("with (a): pass", "WITH WITH_LPAR NAME RPAR COLON PASS");
    expect("with (a as b, c,): pass",
           "WITH WITH_LPAR NAME AS NAME COMMA NAME COMMA RPAR COLON PASS");
    expect("async with (a, b): pass", "ASYNC WITH WITH_LPAR NAME COMMA NAME RPAR COLON PASS");
    expect("with (lambda a, *b: 0): pass",
           "WITH WITH_LPAR LAMBDA NAME COMMA STAR NAME COLON NUMBER RPAR COLON PASS");
    expect("with (a, b) as c: pass", "WITH LPAR NAME COMMA NAME RPAR AS NAME COLON PASS");
    expect("with (a).b: pass", "WITH LPAR NAME RPAR DOT NAME COLON PASS");
    expect("with (): pass", "WITH LPAR RPAR COLON PASS");
    expect("with (a := b): pass", "WITH LPAR NAME COLONEQUAL NAME RPAR COLON PASS");
    expect("with (*a, b): pass", "WITH LPAR STAR NAME COMMA NAME RPAR COLON PASS");
    expect("with (yield): pass", "WITH LPAR YIELD RPAR COLON PASS");
    expect("with (a for a in b): pass", "WITH LPAR NAME FOR NAME IN NAME RPAR COLON PASS");
    expect("with (f(a for a in b), (c := d)): pass",
           "WITH WITH_LPAR NAME LPAR NAME FOR NAME IN NAME RPAR COMMA LPAR NAME COLONEQUAL NAME "
           "RPAR RPAR "
           "COLON PASS");
    expect("with (a, b", "WITH LPAR NAME COMMA NAME '(' was never closed");
}

Test(lexer_layout, fstrings)
{
    expect("f''", "FSTRING_START FSTRING_END");
    expect("f'a'", "FSTRING_START FSTRING_MIDDLE FSTRING_END");
    expect("f'{a}'", "FSTRING_START LBRACE NAME RBRACE FSTRING_END");
    expect("f'a{{b'", "FSTRING_START FSTRING_MIDDLE FSTRING_MIDDLE FSTRING_END");
    expect("f'{a!r:>{w}}'", "FSTRING_START LBRACE NAME EXCLAMATION NAME FSTRING_COLON "
                            "FSTRING_MIDDLE LBRACE NAME RBRACE "
                            "FSTRING_MIDDLE RBRACE FSTRING_END");
    expect("f'{a:=1}'",
           "FSTRING_START LBRACE NAME FSTRING_COLON FSTRING_MIDDLE RBRACE FSTRING_END");
    expect("f'{(a:=1)}'",
           "FSTRING_START LBRACE LPAR NAME COLONEQUAL NUMBER RPAR RBRACE FSTRING_END");
    expect("f'{a!=b}'", "FSTRING_START LBRACE NAME NOTEQUAL NAME RBRACE FSTRING_END");
    expect("f'{a[1:2]}'",
           "FSTRING_START LBRACE NAME LSQB NUMBER COLON NUMBER RSQB RBRACE FSTRING_END");
    expect(
        "f'{f'{1}'}'",
        "FSTRING_START LBRACE FSTRING_START LBRACE NUMBER RBRACE FSTRING_END RBRACE FSTRING_END");
    expect("f'''{a\n # c\n}'''", "FSTRING_START LBRACE NAME RBRACE FSTRING_END");
    expect("f'\\N{DIGIT ONE}{a}'", "FSTRING_START FSTRING_MIDDLE LBRACE NAME RBRACE FSTRING_END");
    expect("rf'\\N{a}'", "FSTRING_START FSTRING_MIDDLE LBRACE NAME RBRACE FSTRING_END");
    expect("type X = f'{type}'", "TYPE NAME EQUAL FSTRING_START LBRACE NAME RBRACE FSTRING_END");
}

Test(lexer_layout, stray_characters_reach_the_parser)
{
    expect("a $ b ? c ` d <> e ! f",
           "NAME STRAY NAME STRAY NAME STRAY NAME STRAY NAME EXCLAMATION NAME");
}

Test(lexer_layout, places_count_bytes_and_columns_characters)
{
    Lexing *l = lexing_of("'\xc3\xa9' + \xc3\xa9\xc3\xa9 + $");
    Token token;
    for (int i = 0; i < 5; i++) asy_lexer_next(&l->lexer, &token);
    cr_expect_eq(token.kind, TOK_STRAY);
    cr_expect_eq(token.place.col, 14u);
    cr_expect_eq(token.place.line, 1u);
    asy_diag_error(&l->diag, DIAG_SYNTAX, &token.place, "invalid syntax");
    cr_expect_eq(l->diag.error.col, 12);
    cr_expect_eq(l->diag.error.end_col, 13);
    cr_expect_eq(lexing_close(l), 0u);
}

Test(lexer_layout, a_name_is_one_pointer)
{
    // The ligature's NFKC form is "fi"; a keyword spelt in other letters stays a name.
    Lexing *l = lexing_of("fi \xef\xac\x81 \xf0\x9d\x90\xa2\xf0\x9d\x90\x9f");
    Token a, b, c;
    asy_lexer_next(&l->lexer, &a);
    asy_lexer_next(&l->lexer, &b);
    asy_lexer_next(&l->lexer, &c);
    cr_expect_eq(a.as.name, b.as.name);
    cr_expect_str_eq(b.as.name->bytes, "fi");
    cr_expect_eq(c.kind, TOK_NAME);
    cr_expect_str_eq(c.as.name->bytes, "if");
    cr_expect_eq(c.as.name, asy_names_intern_cstr(&l->names, "if"));
    cr_expect_eq(lexing_close(l), 0u);
}

Test(lexer_layout, levels_count_open_brackets)
{
    static const uint8_t levels[] = { 1, 1, 2, 2, 1, 0 };
    Lexing *l = lexing_of("(a[b])");
    for (size_t i = 0; i < sizeof levels; i++) {
        Token token;
        asy_lexer_next(&l->lexer, &token);
        cr_expect_eq(token.level, levels[i]);
    }
    cr_expect_eq(lexing_close(l), 0u);
}

// What asy_lexer_check_rest finds behind the first token.
static const char *rest(const char *text, uint32_t line)
{
    static char message[256];
    Lexing *l = lexing_of(text);
    Token token;
    asy_lexer_next(&l->lexer, &token);
    asy_diag_error(&l->diag, DIAG_SYNTAX, &token.place, "the parser's");
    bool preferred = asy_lexer_check_rest(&l->lexer, line);
    cr_expect_eq(preferred, strcmp(l->diag.error.message, "the parser's") != 0);
    snprintf(message, sizeof message, "%s", l->diag.error.message);
    lexing_close(l);
    return message;
}

Test(lexer_layout, later_errors_that_win)
{
    cr_expect_str_eq(rest("x x\n'abc", 1), "unterminated string literal (detected at line 2)");
    cr_expect_str_eq(rest("x x\n)", 1), "unmatched ')'");
    cr_expect_str_eq(rest("x (\nx", 2), "'(' was never closed");
    cr_expect_str_eq(rest("x (\nx", 1), "the parser's");
    cr_expect_str_eq(rest("x x\n a \\ b", 1), "the parser's");
    cr_expect_str_eq(rest("x x\n  a\n b", 1), "the parser's");
    cr_expect_str_eq(rest("x x\ny = 1", 1), "the parser's");
}
