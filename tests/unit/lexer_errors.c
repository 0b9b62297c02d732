// Errors of the lexer: type, message and place, as CPython 3.12 gives them
// (lineno,offset-end_lineno,end_offset).
#include <criterion/criterion.h>
#include <string.h>

#include "support/lexing.h"

static const struct {
    const char *text, *error;
} cases[] = {
    { "1_", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1__2", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "0x", "SyntaxError: invalid hexadecimal literal (1,2-1,2)" },
    { "0xg", "SyntaxError: invalid hexadecimal literal (1,2-1,2)" },
    { "0x_", "SyntaxError: invalid hexadecimal literal (1,3-1,3)" },
    { "0b2", "SyntaxError: invalid digit '2' in binary literal (1,3-1,3)" },
    { "0b12", "SyntaxError: invalid digit '2' in binary literal (1,4-1,4)" },
    { "0o8", "SyntaxError: invalid digit '8' in octal literal (1,3-1,3)" },
    { "0o18", "SyntaxError: invalid digit '8' in octal literal (1,4-1,4)" },
    { "0b1_", "SyntaxError: invalid binary literal (1,4-1,4)" },
    { "0o", "SyntaxError: invalid octal literal (1,2-1,2)" },
    { "0b", "SyntaxError: invalid binary literal (1,2-1,2)" },
    { "012",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,2)" },
    { "0_7",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,3)" },
    { "1e", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1e+", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1.5e", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1.e", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1_.5", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1._5", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1.5_", "SyntaxError: invalid decimal literal (1,4-1,4)" },
    { "1e_5", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1abc", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1_abc", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "0xfgh", "SyntaxError: invalid hexadecimal literal (1,3-1,3)" },
    { "1.5abc", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1jx", "SyntaxError: invalid imaginary literal (1,2-1,2)" },
    { "1.abc", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1e5abc", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "0b1abc", "SyntaxError: invalid binary literal (1,3-1,3)" },
    { "0o7abc", "SyntaxError: invalid octal literal (1,3-1,3)" },
    { "0777",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,2)" },
    { "0_", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1\342\202\254", "SyntaxError: invalid character '\342\202\254' (U+20AC) (1,2-1,2)" },
    { "a \342\202\254 b", "SyntaxError: invalid character '\342\202\254' (U+20AC) (1,3-1,3)" },
    { "a \342\200\213 b", "SyntaxError: invalid non-printable character U+200B (1,3-1,3)" },
    { "\302\262", "SyntaxError: invalid character '\302\262' (U+00B2) (1,1-1,1)" },
    { "x\302\262", "SyntaxError: invalid character '\302\262' (U+00B2) (1,2-1,2)" },
    { "\"abc", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "'abc", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "b'abc", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "f'abc", "SyntaxError: unterminated f-string literal (detected at line 1) (1,1-1,1)" },
    { "\"\"\"abc",
      "SyntaxError: unterminated triple-quoted string literal (detected at line 1) (1,1-1,1)" },
    { "'''abc",
      "SyntaxError: unterminated triple-quoted string literal (detected at line 1) (1,1-1,1)" },
    { "f\"\"\"abc",
      "SyntaxError: unterminated triple-quoted f-string literal (detected at line 1) (1,1-1,1)" },
    { "rb\"\"\"abc",
      "SyntaxError: unterminated triple-quoted string literal (detected at line 1) (1,1-1,1)" },
    { "\\", "SyntaxError: unexpected EOF while parsing (1,2-1,-1)" },
    { "a \\", "SyntaxError: unexpected EOF while parsing (1,4-1,-1)" },
    { "a \\ b", "SyntaxError: unexpected character after line continuation character (1,4-1,0)" },
    { "a \\ ", "SyntaxError: unexpected character after line continuation character (1,4-1,0)" },
    { "(", "SyntaxError: '(' was never closed (1,1-1,0)" },
    { "(a", "SyntaxError: '(' was never closed (1,1-1,0)" },
    { "[a", "SyntaxError: '[' was never closed (1,1-1,0)" },
    { "{a", "SyntaxError: '{' was never closed (1,1-1,0)" },
    { ")", "SyntaxError: unmatched ')' (1,1-1,1)" },
    { "a)", "SyntaxError: unmatched ')' (1,2-1,2)" },
    { "(a]",
      "SyntaxError: closing parenthesis ']' does not match opening parenthesis '(' (1,3-1,3)" },
    { "[a)",
      "SyntaxError: closing parenthesis ')' does not match opening parenthesis '[' (1,3-1,3)" },
    { "{a)",
      "SyntaxError: closing parenthesis ')' does not match opening parenthesis '{' (1,3-1,3)" },
    { "(\n\na]",
      "SyntaxError: closing parenthesis ']' does not match opening parenthesis '(' on line 1 "
      "(3,2-3,2)" },
    { "((a)", "SyntaxError: '(' was never closed (1,1-1,0)" },
    { "foo(a, b\nx = 3", "SyntaxError: '(' was never closed (1,4-1,0)" },
    { "foo(a, b\nfor x in y: pass", "SyntaxError: '(' was never closed (1,4-1,0)" },
    { "if x:\n  a\n b",
      "IndentationError: unindent does not match any outer indentation level (3,3-3,-1)" },
    { "if x:\n\ta\n        b",
      "TabError: inconsistent use of tabs and spaces in indentation (3,1-3,0)" },
    { "if x:\n        a\n\tb",
      "TabError: inconsistent use of tabs and spaces in indentation (3,1-3,0)" },
    { "'\\x1'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: "
      "truncated \\xXX escape (1,1-1,6)" },
    { "'\\xg'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: "
      "truncated \\xXX escape (1,1-1,6)" },
    { "'\\u12'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-3: "
      "truncated \\uXXXX escape (1,1-1,7)" },
    { "'\\U00110000'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-9: "
      "illegal Unicode character (1,1-1,13)" },
    { "'\\U0011'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-5: "
      "truncated \\UXXXXXXXX escape (1,1-1,9)" },
    { "'\\N{foo}'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: "
      "unknown Unicode character name (1,1-1,10)" },
    { "'\\N{}'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-2: "
      "malformed \\N character escape (1,1-1,7)" },
    { "'\\N'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: "
      "malformed \\N character escape (1,1-1,5)" },
    { "'\\N{foo", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "b'\\x1'", "SyntaxError: (value error) invalid \\x escape at position 0 (1,1-1,7)" },
    { "b'\303\251'", "SyntaxError: bytes can only contain ASCII literal characters (1,1-1,5)" },
    { "f'{a'", "SyntaxError: f-string: expecting '}' (1,5-1,5)" },
    { "f'{'", "SyntaxError: f-string: expecting '}' (1,4-1,4)" },
    { "f'}'", "SyntaxError: f-string: single '}' is not allowed (1,3-1,3)" },
    { "f'{a}}'", "SyntaxError: f-string: single '}' is not allowed (1,6-1,6)" },
    { "f'{a:{b:{c:{d}}}}'", "SyntaxError: f-string: expressions nested too deeply (1,11-1,11)" },
    { "f'{a!r'", "SyntaxError: f-string: expecting '}' (1,6-1,6)" },
    { "f'{(a}'",
      "SyntaxError: closing parenthesis '}' does not match opening parenthesis '(' (1,6-1,6)" },
    { "f'{a)}'", "SyntaxError: f-string: unmatched ')' (1,5-1,5)" },
    { "f'{a]}'", "SyntaxError: f-string: unmatched ']' (1,5-1,5)" },
    { "f'{a # b}'", "SyntaxError: '{' was never closed (1,3-1,0)" },
    { "f'{a\\\\b}'",
      "SyntaxError: unexpected character after line continuation character (1,6-1,0)" },
    { "f'{a:}}'", "SyntaxError: f-string: single '}' is not allowed (1,7-1,7)" },
    { "f'{a:{b}}}'", "SyntaxError: f-string: single '}' is not allowed (1,10-1,10)" },
    { "f'{{}'", "SyntaxError: f-string: single '}' is not allowed (1,5-1,5)" },
    { "f'{\"a'", "SyntaxError: unterminated string literal (detected at line 1) (1,4-1,4)" },
    { "f'{'a'", "SyntaxError: '{' was never closed (1,3-1,0)" },
    { "f\"{'a\"", "SyntaxError: unterminated string literal (detected at line 1) (1,4-1,4)" },
    { "f\"{'a}\"", "SyntaxError: unterminated string literal (detected at line 1) (1,4-1,4)" },
    { "f\"{\"", "SyntaxError: f-string: expecting '}' (1,4-1,4)" },
    { "f'{a:'' ", "SyntaxError: unterminated string literal (detected at line 1) (1,7-1,7)" },
    { "x = 0xZ", "SyntaxError: invalid hexadecimal literal (1,6-1,6)" },
    { "x = 1__0", "SyntaxError: invalid decimal literal (1,6-1,6)" },
    { "x = 5a", "SyntaxError: invalid decimal literal (1,5-1,5)" },
    { "1__000", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "if True:\n  (\n", "SyntaxError: '(' was never closed (2,3-2,0)" },
    { "class A:\n  def f(self):\n    x = (1,\n", "SyntaxError: '(' was never closed (3,9-3,0)" },
    { "'a\nb'", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "\"a\\", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "x = \"abc\ndef", "SyntaxError: unterminated string literal (detected at line 1) (1,5-1,5)" },
    { "x = \"\"\"abc\ndef\n",
      "SyntaxError: unterminated triple-quoted string literal (detected at line 2) (1,5-1,5)" },
    { "x = (\n\"\"\"abc",
      "SyntaxError: unterminated triple-quoted string literal (detected at line 2) (2,1-2,1)" },
    { "x\303\251.\342\202\254",
      "SyntaxError: invalid character '\342\202\254' (U+20AC) (1,4-1,4)" },
    { "0xdeadbeefL", "SyntaxError: invalid hexadecimal literal (1,10-1,10)" },
    { "1L", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "0b101_", "SyntaxError: invalid binary literal (1,6-1,6)" },
    { "0XFL", "SyntaxError: invalid hexadecimal literal (1,3-1,3)" },
    { "def f():\n\tif x:\n        y\n",
      "TabError: inconsistent use of tabs and spaces in indentation (3,1-3,0)" },
    { "0123",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,2)" },
    { "01234",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,2)" },
    { "0012",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,3)" },
    { "00123",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,3)" },
    { "0000001",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,7)" },
    { "0_0_7",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,1-1,5)" },
    { "x = 0012",
      "SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix "
      "for octal integers (1,5-1,7)" },
    { "if x:\n  a\n bcd efg",
      "IndentationError: unindent does not match any outer indentation level (3,9-3,-1)" },
    { "if x:\n  a\n b \303\251 efg",
      "IndentationError: unindent does not match any outer indentation level (3,9-3,-1)" },
    { "if x:\n\ta\n    b",
      "IndentationError: unindent does not match any outer indentation level (3,6-3,-1)" },
    { "if x:\n  if y:\n\ta",
      "TabError: inconsistent use of tabs and spaces in indentation (3,1-3,0)" },
    { "x=1\n\303\251 \\ b",
      "SyntaxError: unexpected character after line continuation character (2,4-2,0)" },
    { "x=1\n\303\251 \\", "SyntaxError: unexpected EOF while parsing (2,4-2,-1)" },
    { "x=1\n\303\251 \\\n", "SyntaxError: unexpected EOF while parsing (2,4-2,-1)" },
    { "(f'}')", "SyntaxError: f-string: single '}' is not allowed (1,4-1,4)" },
    { "f'''{a'''", "SyntaxError: f-string: expecting '}' (1,7-1,7)" },
    { "f'''abc {a} def",
      "SyntaxError: unterminated triple-quoted f-string literal (detected at line 1) (1,1-1,1)" },
    { "f'''abc {a:",
      "SyntaxError: unterminated triple-quoted f-string literal (detected at line 1) (1,1-1,1)" },
    { "f'abc {a:", "SyntaxError: '{' was never closed (1,7-1,0)" },
    { "f'abc {", "SyntaxError: '{' was never closed (1,7-1,0)" },
    { "f'abc {(", "SyntaxError: '(' was never closed (1,8-1,0)" },
    { "f'abc {a", "SyntaxError: '{' was never closed (1,7-1,0)" },
    { "f'{a!", "SyntaxError: '{' was never closed (1,3-1,0)" },
    { "f\"{a['x]}\"", "SyntaxError: unterminated string literal (detected at line 1) (1,6-1,6)" },
    { "f\"{a[\"x]}\"", "SyntaxError: '[' was never closed (1,5-1,0)" },
    { "\001", "SyntaxError: invalid non-printable character U+0001 (1,1-1,1)" },
    { "a \001 b", "SyntaxError: invalid non-printable character U+0001 (1,3-1,3)" },
    { "a\177b", "SyntaxError: invalid non-printable character U+007F (1,2-1,2)" },
    { "if x:\n  a\n \\\n b",
      "IndentationError: unindent does not match any outer indentation level (4,3-4,-1)" },
    { "1 + '\\xg' + '\\d'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: "
      "truncated \\xXX escape (1,5-1,10)" },
    { "x = (\n)\n]", "SyntaxError: unmatched ']' (3,1-3,1)" },
    { "x = (\n1 +\n", "SyntaxError: '(' was never closed (1,5-1,0)" },
    { "foo(x y\n", "SyntaxError: '(' was never closed (1,4-1,0)" },
    { "x = '\303\251\\xg'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 10-11: "
      "truncated \\xXX escape (1,5-1,11)" },
    { "'\\N{LATIN SMALL LETTER A' ",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-22: "
      "malformed \\N character escape (1,1-1,26)" },
    { "'\\N{LATIN SMALL LETTER A'x",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-22: "
      "malformed \\N character escape (1,1-1,26)" },
    { "'\\u{12}'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: "
      "truncated \\uXXXX escape (1,1-1,9)" },
    { "'\\x'",
      "SyntaxError: (unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: "
      "truncated \\xXX escape (1,1-1,5)" },
    { "'\\", "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "\"\\x41\\u00e9\\U0001F600\\101\n\"",
      "SyntaxError: unterminated string literal (detected at line 1) (1,1-1,1)" },
    { "br'\303\251'", "SyntaxError: bytes can only contain ASCII literal characters (1,1-1,6)" },
    { "x = 1_000_", "SyntaxError: invalid decimal literal (1,10-1,10)" },
    { "0x\303\251", "SyntaxError: invalid hexadecimal literal (1,2-1,2)" },
    { "1e\303\251", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "\302\267x", "SyntaxError: invalid character '\302\267' (U+00B7) (1,1-1,1)" },
    { "1 if 0xelse 2", "SyntaxError: invalid hexadecimal literal (1,8-1,8)" },
    { "0_xf", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "0b1__1", "SyntaxError: invalid binary literal (1,4-1,4)" },
    { "0b1_2", "SyntaxError: invalid digit '2' in binary literal (1,5-1,5)" },
    { "0o_8", "SyntaxError: invalid digit '8' in octal literal (1,4-1,4)" },
    { "0o1_8", "SyntaxError: invalid digit '8' in octal literal (1,5-1,5)" },
    { "0xf_g", "SyntaxError: invalid hexadecimal literal (1,4-1,4)" },
    { "0x_g", "SyntaxError: invalid hexadecimal literal (1,3-1,3)" },
    { "1_j", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1__j", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1_e5", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1_.", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1e5_", "SyntaxError: invalid decimal literal (1,4-1,4)" },
    { "1e5__5", "SyntaxError: invalid decimal literal (1,4-1,4)" },
    { "1e+_5", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1e-", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1E+", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { "1ej", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1.ej", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { ".5_", "SyntaxError: invalid decimal literal (1,3-1,3)" },
    { ".5e", "SyntaxError: invalid decimal literal (1,2-1,2)" },
    { "1elsex", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1orx", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1notx", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1forx", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1fox", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1andx", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "1anx", "SyntaxError: invalid decimal literal (1,1-1,1)" },
    { "f'{a:x}y\nb'", "SyntaxError: unterminated f-string literal (detected at line 1) (1,1-1,1)" },
    { "f'x\ny'", "SyntaxError: unterminated f-string literal (detected at line 1) (1,1-1,1)" },
    { "f'{x!a'", "SyntaxError: f-string: expecting '}' (1,7-1,7)" },
    { "f\"{(", "SyntaxError: '(' was never closed (1,4-1,0)" },
    { "f\"{x!", "SyntaxError: '{' was never closed (1,3-1,0)" },
    { "f\"\"\"{\n\nx!", "SyntaxError: '{' was never closed (1,5-1,0)" },
    { "f\"\"\"{\n\nx:",
      "SyntaxError: unterminated triple-quoted f-string literal (detected at line 3) (1,1-1,1)" },
    { "f\"\"\"{\n\nx", "SyntaxError: '{' was never closed (1,5-1,0)" },
    { "\"abc\" \"def", "SyntaxError: unterminated string literal (detected at line 1) (1,7-1,7)" },
};

Test(lexer_errors, as_cpython)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = lexing_error(cases[i].text);
        cr_expect(strcmp(got, cases[i].error) == 0, "%s\n  expected %s\n  got      %s",
                  cases[i].text, cases[i].error, got);
    }
}

// A text of `count` times `part`.
static const char *repeat(const char *part, int count)
{
    static char text[8192];
    text[0] = '\0';
    for (int i = 0; i < count; i++) strcat(text, part);
    return text;
}

Test(lexer_errors, nesting_is_limited)
{
    cr_expect_str_eq(lexing_error(repeat("(", 201)),
                     "SyntaxError: too many nested parentheses (1,201-1,201)");
    cr_expect_str_eq(lexing_error(repeat("[", 200)),
                     "SyntaxError: '[' was never closed (1,200-1,0)");
    cr_expect_str_eq(lexing_error(repeat("f'{", 160)),
                     "SyntaxError: too many nested f-strings (1,449-1,449)");
    char text[8192] = "";
    for (int i = 0; i < 101; i++) strncat(strcat(text, repeat(" ", i)), "if x:\n", 7);
    cr_expect_str_eq(lexing_error(text),
                     "IndentationError: too many levels of indentation (101,1-101,0)");
}

static bool incomplete(const char *text)
{
    Lexing *l = lexing_of(text);
    cr_expect_eq(lexing_drain(l), TOK_ERROR);
    bool result = l->diag.error.incomplete;
    lexing_close(l);
    return result;
}

Test(lexer_errors, incomplete_input_is_told_apart)
{
    cr_expect(incomplete("(a,"));
    cr_expect(incomplete("\"\"\"abc\n"));
    cr_expect(incomplete("f'''{a}"));
    cr_expect(incomplete("a + \\\n"));
    cr_expect(incomplete("f'{a"));
    cr_expect_not(incomplete("'abc\nx"));
    cr_expect_not(incomplete("a)"));
    cr_expect_not(incomplete("f'abc\n"));
    cr_expect_not(incomplete("0x"));
}

Test(lexer_errors, an_error_comes_again)
{
    Lexing *l = lexing_of("a )");
    cr_expect_eq(lexing_drain(l), TOK_ERROR);
    Token token;
    asy_lexer_next(&l->lexer, &token);
    cr_expect_eq(token.kind, TOK_ERROR);
    cr_expect_str_eq(l->diag.error.message, "unmatched ')'");
    lexing_close(l);
}

Test(lexer_errors, what_was_read_ahead_comes_first)
{
    // Deciding about `match (` meets the error; the tokens before it are still handed out without
    // it.
    Lexing *l = lexing_of("match (a, $ b]");
    static const TokenKind kinds[] = {
        TOK_NAME, TOK_LPAR, TOK_NAME, TOK_COMMA, TOK_STRAY, TOK_NAME
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        Token token;
        asy_lexer_next(&l->lexer, &token);
        cr_expect_eq(token.kind, kinds[i]);
        cr_expect_eq(l->diag.error.kind, DIAG_NONE);
    }
    cr_expect_eq(lexing_drain(l), TOK_ERROR);
    cr_expect_str_eq(l->diag.error.message,
                     "closing parenthesis ']' does not match opening parenthesis '('");
    lexing_close(l);
}
