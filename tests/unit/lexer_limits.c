// Hostile input: huge, cut off, ill-formed; and memory that runs out at any point.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lexing.h"

// One of everything, so that cutting it anywhere ends inside something.
static const char sample[] =
    "# -*- coding: utf-8 -*-\n"
    "def f(a, *b: int = 0x1_f, **c) -> None:\n"
    "\t'doc \\N{DIGIT ONE} \\x41 \\u00e9 \\\n'\n"
    "\tmatch (a, b):\n"
    "\t\tcase [1, *_] | {'a': 1.5e-3j, **r} if r: pass\n"
    "\twith (open(f'{a!r:>{w}.{p}}{{x}}{b=}') as g, lambda x, *y: 0): x = \\\n"
    "\t\t99999999999999999999999 + 00\n"
    "type X[T] = '''\n a\n''' b'\\377\\x00' rf\"\"\"{a\n:\n {b}}\"\"\" u''\n"
    "\xc3\xa9\xef\xac\x81 = 1if 2else 3; x <<= y := ~z ... @ w\n";

Test(lexer_limits, cut_off_anywhere)
{
    for (size_t len = 0; len < sizeof sample; len++) {
        // A copy of exactly this length, so that the sanitizer sees reads past its end.
        char *text = malloc(len + 1);
        memcpy(text, sample, len);
        Lexing *l = lexing_open(SOURCE_FILE, text, len, 0);
        free(text);
        TokenKind last = lexing_drain(l);
        cr_expect(last == TOK_ENDMARKER || l->diag.error.kind != DIAG_NONE);
        cr_expect_eq(lexing_close(l), 0u);
    }
}

Test(lexer_limits, any_byte_anywhere)
{
    static const unsigned char bytes[] = { 0x00, 0x80, 0xC3, 0xED, 0xF4, 0xFF, '\n',
                                           '\r', '\\', '\'', '"',  '{',  '}',  ')' };
    char text[sizeof sample];
    for (size_t at = 0; at + 1 < sizeof sample; at++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            memcpy(text, sample, sizeof sample);
            text[at] = (char)bytes[i];
            Lexing *l = lexing_open(i % 2 ? SOURCE_FILE : SOURCE_BYTES, text, sizeof sample - 1, 0);
            TokenKind last = lexing_drain(l);
            cr_expect(last == TOK_ENDMARKER || l->diag.error.kind != DIAG_NONE);
            cr_expect_eq(lexing_close(l), 0u);
        }
    }
}

Test(lexer_limits, every_allocation_may_fail)
{
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        Lexing *l = lexing_open(SOURCE_FILE, sample, sizeof sample - 1, n);
        TokenKind last = lexing_drain(l);
        bool refused = l->alloc.refused;
        if (refused) {
            cr_expect_eq(last, TOK_ERROR);
            cr_expect_eq(l->diag.error.kind, DIAG_MEMORY, "allocation %zu: %s", n,
                         l->diag.error.message);
        } else {
            cr_expect_eq(last, TOK_ENDMARKER, "%s", l->diag.error.message);
        }
        cr_expect_eq(lexing_close(l), 0u);
        if (!refused) break;
        failures++;
    }
    cr_expect_geq(failures, 3u);
}

// Every block of the arena is an allocation; many names make many of them.
Test(lexer_limits, allocations_fail_among_many_names)
{
    char *text = malloc(200000);
    size_t len = 0;
    for (int i = 0; i < 8000; i++)
        len += (size_t)sprintf(text + len, "match (name%d, \xc3\xa9%d)\n", i, i);
    for (size_t n = 1;; n++) {
        Lexing *l = lexing_open(SOURCE_FILE, text, len, n);
        TokenKind last = lexing_drain(l);
        bool refused = l->alloc.refused;
        cr_expect_eq(l->diag.error.kind, refused ? DIAG_MEMORY : DIAG_NONE);
        cr_expect_eq(last, refused ? TOK_ERROR : TOK_ENDMARKER);
        cr_expect_eq(lexing_close(l), 0u);
        if (!refused) {
            cr_expect_geq(n, 8u);
            break;
        }
    }
    free(text);
}

// `head`, `middle` repeated to 10 MB, `tail`.
static TokenKind huge(const char *head, const char *middle, const char *tail, char *message,
                      size_t size)
{
    const size_t bytes = 10u * 1000 * 1000, part = strlen(middle);
    char *text = malloc(bytes + 100);
    size_t len = strlen(head);
    memcpy(text, head, len);
    for (; len + part < bytes; len += part) memcpy(text + len, middle, part);
    memcpy(text + len, tail, strlen(tail));
    len += strlen(tail);
    Lexing *l = lexing_open(SOURCE_FILE, text, len, 0);
    free(text);
    TokenKind last = lexing_drain(l);
    snprintf(message, size, "%s", l->diag.error.message ? l->diag.error.message : "");
    cr_expect_eq(lexing_close(l), 0u);
    return last;
}

Test(lexer_limits, lines_of_ten_megabytes, .timeout = 120)
{
    char message[256];
    cr_expect_eq(huge("x = '", "a", "'\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("x = '", "\\n\xc3\xa9", "'\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", "a", "\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", "\xc3\xa9", "\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("#", "#", "\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", "a+", "a\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("match (", "a,", ")\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("0x", "1", "\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("0.", "1", "\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("f'", "{a:{b}}{{", "'\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", "\\\n", "a\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", "\n", "a\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("", " ", "a\n", message, sizeof message), TOK_ENDMARKER);
    cr_expect_eq(huge("'", "a", "\n", message, sizeof message), TOK_ERROR);
    cr_expect_str_eq(message, "unterminated string literal (detected at line 1)");
    cr_expect_eq(huge("", "(", "\n", message, sizeof message), TOK_ERROR);
    cr_expect_str_eq(message, "too many nested parentheses");
    cr_expect_eq(huge("", "1", "\n", message, sizeof message), TOK_ERROR);
    cr_expect_eq(huge("x = \"", "a", "\xff\"", message, sizeof message), TOK_ERROR);
}
