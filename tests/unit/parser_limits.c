// The parser at its limits: nesting, long lines, and memory that runs out anywhere.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/parsing.h"

// `before` n times, `middle`, and `after` n times; the caller frees it.
static char *repeat(const char *before, size_t n, const char *middle, const char *after)
{
    size_t left = strlen(before), right = strlen(after), center = strlen(middle);
    char *text = malloc(n * (left + right) + center + 2), *at = text;
    if (!text) abort();
    for (size_t i = 0; i < n; i++, at += left) memcpy(at, before, left);
    memcpy(at, middle, center);
    at += center;
    for (size_t i = 0; i < n; i++, at += right) memcpy(at, after, right);
    strcpy(at, "\n");
    return text;
}

static DiagKind parse_repeated(const char *before, size_t n, const char *middle, const char *after)
{
    char *text = repeat(before, n, middle, after);
    Parsing *p = parsing_of(text);
    DiagKind kind = p->diag.error.kind;
    cr_assert_eq(kind == DIAG_NONE, p->mod != NULL);
    cr_assert_eq(parsing_close(p), 0);
    free(text);
    return kind;
}

// As deep as CPython allows is right, one more is RecursionError, and far more is no crash.
static const struct {
    const char *before, *middle, *after;
} nestings[] = {
    { "-", "1", "" },           { "1+", "1", "" },  { "not ", "1", "" },
    { "lambda: ", "1", "" },    { "a**", "a", "" }, { "", "a", ".b" },
    { "", "a", "()" },          { "", "a", "[0]" }, { "1 if 1 else ", "1", "" },
    { "await ", "(a)", "[b]" },
};

Test(parser_limits, deep_trees)
{
    for (unsigned i = 0; i < sizeof nestings / sizeof *nestings; i++) {
        const char *before = nestings[i].before, *middle = nestings[i].middle;
        const char *after = nestings[i].after;
        if (strcmp(before, "await ") == 0) continue;
        cr_expect_eq(parse_repeated(before, 2990, middle, after), DIAG_NONE, "%s", before);
        cr_expect_eq(parse_repeated(before, 2996, middle, after), DIAG_RECURSION, "%s", before);
        cr_expect_eq(parse_repeated(before, 200000, middle, after), DIAG_RECURSION, "%s", before);
    }
}

Test(parser_limits, deep_statements)
{
    cr_expect_eq(parse_repeated("", 2900, "if a: b\n", "elif a: b\n"), DIAG_NONE);
    cr_expect_eq(parse_repeated("", 100000, "if a: b\n", "elif a: b\n"), DIAG_RECURSION);
}

Test(parser_limits, brackets)
{
    cr_expect_eq(parse_repeated("(", 200, "1", ")"), DIAG_NONE);
    cr_expect_eq(parse_repeated("[", 200, "1", "]"), DIAG_NONE);
    cr_expect_eq(parse_repeated("f(", 200, "1", ")"), DIAG_NONE);
    cr_expect_eq(parse_repeated("(", 201, "1", ")"), DIAG_SYNTAX);
    cr_expect_eq(parse_repeated("(", 100000, "1", ")"), DIAG_SYNTAX);
    cr_expect_eq(parse_repeated("((", 100, "a b", "))"), DIAG_SYNTAX);
}

// Flat things have no limit.
Test(parser_limits, wide)
{
    cr_expect_eq(parse_repeated("a = ", 100000, "1", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("a < ", 100000, "1", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("a and ", 100000, "1", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("'x' ", 100000, "'x'", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("f'{x}' ", 50000, "'x'", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("a; ", 100000, "b", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("f(a)\n", 100000, "b", ""), DIAG_NONE);
    cr_expect_eq(parse_repeated("aaaaaaaaaa, ", 1000000, "b", ""), DIAG_NONE);    // 12 MB in a line
}

// The same where the end is wrong, so that all of it is gone through again.
Test(parser_limits, diagnosis_of_much)
{
    cr_expect_eq(parse_repeated("a, ", 20000, "b c", ""), DIAG_SYNTAX);
    cr_expect_eq(parse_repeated("f(a)\n", 20000, "b c", ""), DIAG_SYNTAX);
    cr_expect_eq(parse_repeated("(", 150, "a b", ")"), DIAG_SYNTAX);
    cr_expect_neq(parse_repeated("-", 100000, "a b", ""), DIAG_NONE);
    cr_expect_neq(parse_repeated("lambda: ", 100000, "a b", ""), DIAG_NONE);
    cr_expect_neq(parse_repeated("", 5000, "if a: b\n", "elif a: b c\n"), DIAG_NONE);
}

// Programs that reach every file of the parser, right and wrong ones.
static const char *const programs[] = {
    "import a.b.c as d\nfrom . import (e, f as g)\nx, *y = z = 1, 2.5, 3j, 'a' 'b', b'c' b'd'\n"
    "@k\ndef h(a, /, b: int = 1, *c: int, d, e=2, **f) -> g:\n    del a, (b, [c])\n    x: int = 3\n"
    "    x += yield\nclass A[T: int, *Ts, **P](B, *C, m=D, **E):\n    x = f'{a!r:>{w}}{{b}}{c=}' "
    "'d'\n"
    "for a, *b in c:\n    pass\nelse:\n    [d for e in f if g]\nwith (a as b, c): pass\n"
    "with (a, *b): pass\ntry: a\nexcept B as c: d\nfinally: e\n"
    "match a:\n    case [1, *b, -2+3j] | {'c': d, **e} | F(g, h=i): pass\n"
    "lambda a, *, b=1: {c: d, **e}, {f, *g}, a[b:c, *d], a < b < c, not a and b and c\n"
    "type X = 1\n123456789012345678901234567890\nf(a, *b, c=d, **e)(g for h in i)\n",
    "def f(a, b):\n    x = (1, 2\n",
    "x = f(a b)\n",
    "print x\n",
    "if x = 1:\n    pass\n",
    "f() = 1\n",
    "f'{a b}' '\\x' x\n",
    "def f(a=1, b): pass\n",
    "def f():\nx\n",
    "x = {1: 2, 3}\ny = 'abc\n",
    "x = '\\xq'\n",
    "for f() in y: pass\n",
};

Test(parser_limits, every_allocation_may_fail, .timeout = 60)
{
    for (unsigned i = 0; i < sizeof programs / sizeof *programs; i++) {
        size_t len = strlen(programs[i]), n = 1;
        for (bool refused = true; refused; n++) {
            Parsing *p = parsing_open(programs[i], len, PARSE_EXEC, false, n);
            refused = p->alloc.refused;
            if (refused)
                cr_assert_eq(p->diag.error.kind, DIAG_MEMORY, "program %u, allocation %zu: %s", i,
                             n, p->diag.error.message);
            cr_assert_eq(p->mod == NULL, p->diag.error.kind != DIAG_NONE);
            cr_assert_eq(parsing_close(p), 0, "program %u leaks at allocation %zu", i, n);
        }
        cr_assert_gt(n, 3);
    }
}

// And in the middle of things: a long program grows every list and stack.
Test(parser_limits, every_allocation_of_a_long_program_may_fail, .timeout = 60)
{
    char *text = repeat("def f(a, b):\n    x = [a, (b, 1), {2: 'c'}]\n    if a: return f(b, *x)\n",
                        400, "-a\n", "");
    size_t n = 1;
    for (bool refused = true; refused; n++) {
        Parsing *p = parsing_open(text, strlen(text), PARSE_EXEC, false, n);
        refused = p->alloc.refused;
        cr_assert_eq(p->diag.error.kind, refused ? DIAG_MEMORY : DIAG_NONE);
        cr_assert_eq(parsing_close(p), 0);
    }
    free(text);
}

Test(parser_limits, dump_without_memory)
{
    Parsing *p = parsing_of("x = [1, 'a', b'c', f'{d}']\n");
    for (size_t n = 1;; n++) {
        TestAlloc alloc;
        Buf out;
        test_alloc_init(&alloc, n);
        asy_buf_init(&out, &alloc.allocator);
        bool dumped = asy_ast_dump(p->mod, &out);
        cr_assert_eq(dumped, !alloc.refused);
        asy_buf_free(&out);
        cr_assert_eq(alloc.held, 0);
        if (dumped) break;
    }
    cr_assert_eq(parsing_close(p), 0);
}
