// What literals mean.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/lexing.h"

// The value of the one literal in `text`, rendered.
static const char *value(const char *text)
{
    static char out[8192];
    Lexing *l = lexing_of(text);
    Token token;
    Constant c;
    asy_lexer_next(&l->lexer, &token);
    bool ok = token.kind == TOK_NUMBER   ? asy_literal_number(&l->lexer, &token, &c)
              : token.kind == TOK_STRING ? asy_literal_string(&l->lexer, &token, &c)
                                         : false;
    if (!ok) {
        snprintf(out, sizeof out, "error");
    } else if (c.kind == CONST_INT) {
        snprintf(out, sizeof out, "%lld", (long long)c.as.integer);
    } else if (c.kind == CONST_BIG_INT) {
        snprintf(out, sizeof out, "%d:%.*s", c.base, (int)c.len, c.as.bytes);
    } else if (c.kind == CONST_FLOAT || c.kind == CONST_IMAG) {
        snprintf(out, sizeof out, "%.17g%s", c.as.number, c.kind == CONST_IMAG ? "j" : "");
    } else {
        int at = snprintf(out, sizeof out, "%s",
                          c.kind == CONST_BYTES ? "b"
                          : c.unicode_prefix    ? "u"
                          : c.ascii             ? ""
                                                : "+");
        snprintf(out + at, sizeof out - (size_t)at, "[%.*s]", (int)c.len, c.as.bytes);
    }
    cr_expect_eq(lexing_close(l), 0u);
    return out;
}

Test(lexer_literal, integers)
{
    cr_expect_str_eq(value("0"), "0");
    cr_expect_str_eq(value("00_0"), "0");
    cr_expect_str_eq(value("1_000"), "1000");
    cr_expect_str_eq(value("0xFf"), "255");
    cr_expect_str_eq(value("0b1_01"), "5");
    cr_expect_str_eq(value("0o17"), "15");
    cr_expect_str_eq(value("9223372036854775807"), "9223372036854775807");
    cr_expect_str_eq(value("9223372036854775808"), "10:9223372036854775808");
    cr_expect_str_eq(value("0x7fff_ffff_ffff_ffff"), "9223372036854775807");
    cr_expect_str_eq(value("0x00_8000000000000000"), "16:8000000000000000");
    cr_expect_str_eq(value("99999999999999999999_9"), "10:999999999999999999999");
}

Test(lexer_literal, decimal_digits_are_limited)
{
    char text[4400];
    memset(text, '1', sizeof text);
    text[4300] = '\0';
    cr_expect(strncmp(value(text), "10:1111", 7) == 0);
    text[4300] = '1';
    text[4301] = '\0';
    const char *error = lexing_error(text);
    cr_expect(
        strstr(error,
               "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 "
               "digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
               "hexadecimal for huge integer literals to avoid decimal conversion limits. "
               "(1,0-1,0)"),
        "%s", error);
}

Test(lexer_literal, floats)
{
    cr_expect_str_eq(value("1."), "1");
    cr_expect_str_eq(value(".5"), "0.5");
    cr_expect_str_eq(value("1_0.2_5e-0_1"), "1.0249999999999999");
    cr_expect_str_eq(value("1e400"), "inf");
    cr_expect_str_eq(value("1e-400"), "0");
    cr_expect_str_eq(value("09.5"), "9.5");
    cr_expect_str_eq(value("1_0j"), "10j");
    cr_expect_str_eq(value("1.5e3J"), "1500j");
}

static void same_as_strtod(const char *text)
{
    double ours = asy_literal_parse_float(text, strlen(text)), theirs = strtod(text, NULL);
    cr_expect(memcmp(&ours, &theirs, sizeof ours) == 0, "%s: %a, not %a", text, ours, theirs);
}

Test(lexer_literal, floats_are_rounded_correctly)
{
    // Halfway cases, subnormals, the largest double and its neighbours.
    static const char *const hard[] = {
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.00000000000000000000000000000001",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "179769313486231580793728971405301e276",
        "6.631236846766476e-316",
        "8.988465674311579e307",
        "0.1",
        "123456789012345678901234567890e-10",
        "1e23",
        "8.5e22",
        "5e-324",
        "1e-323",
        "0.000001e-300",
        "1e22",
        "1e-22",
        "9007199254740993e22",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) same_as_strtod(hard[i]);
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        double d;
        memcpy(&d, &seed, sizeof d);
        if (!isfinite(d)) continue;
        char text[900];
        snprintf(text, sizeof text, "%.*e", (int)(seed % 25), fabs(d));
        same_as_strtod(text);
    }
    // Longer than any exact decimal expansion: 1 and 800 zeros, then a digit that decides.
    char text[900] = "9007199254740993.";
    memset(text + 17, '0', 800);
    text[817] = '\0';
    same_as_strtod(text);
    text[816] = '1';
    same_as_strtod(text);
}

Test(lexer_literal, strings)
{
    cr_expect_str_eq(value("'a'"), "[a]");
    cr_expect_str_eq(value("u'a'"), "u[a]");
    cr_expect_str_eq(value("'\xc3\xa9'"), "+[\xc3\xa9]");
    cr_expect_str_eq(value("\"\"\"a\r\nb\rc\"\"\""), "[a\nb\nc]");
    cr_expect_str_eq(value("'a\\\nb\\n\\x41\\101\\u0042\\U00000043\\\\\\''"), "[ab\nAABC\\']");
    cr_expect_str_eq(value("'\\ud800'"), "+[\xed\xa0\x80]");
    cr_expect_str_eq(value("'\\377\\777'"), "+[\xc3\xbf\xc7\xbf]");
    cr_expect_str_eq(value("'\\N{DIGIT ONE}\\N{LATIN SMALL LETTER E WITH ACUTE}'"), "+[1\xc3\xa9]");
    cr_expect_str_eq(value("'\\d\\\xc3\xa9'"), "+[\\d\\\xc3\xa9]");
    cr_expect_str_eq(value("r'\\n\\''"), "[\\n\\']");
    cr_expect_str_eq(value("b'\\x41\\n\\u1234\\777'"), "b[A\n\\u1234\xff]");
    cr_expect_str_eq(value("Rb'\\x41'"), "b[\\x41]");
    cr_expect_str_eq(value("b'\xc3\xa9'"), "error");
}

Test(lexer_literal, text_without_escapes_is_not_copied)
{
    Lexing *l = lexing_of("'abc'");
    Token token;
    Constant c;
    asy_lexer_next(&l->lexer, &token);
    cr_assert(asy_literal_string(&l->lexer, &token, &c));
    cr_expect_eq(c.as.bytes, l->source.text + 1);
    cr_expect_eq(lexing_close(l), 0u);
}

Test(lexer_literal, adjacent_strings_join)
{
    Lexing *l = lexing_of("u'a' '\xc3\xa9' 'c'");
    Constant parts[3], all;
    for (int i = 0; i < 3; i++) {
        Token token;
        asy_lexer_next(&l->lexer, &token);
        cr_assert(asy_literal_string(&l->lexer, &token, &parts[i]));
    }
    cr_assert(asy_literal_join(&l->lexer, parts, 3, &all));
    cr_expect_eq(all.len, 4u);
    cr_expect(memcmp(all.as.bytes,
                     "a\xc3\xa9"
                     "c",
                     4) == 0);
    cr_expect(all.unicode_prefix);
    cr_expect_not(all.ascii);
    cr_expect_eq(lexing_close(l), 0u);
}

Test(lexer_literal, fstring_text)
{
    Lexing *l = lexing_of("f'a\\n{{\\{x}'");
    static const char *const texts[] = { "a\n{", "\\" };
    Token token;
    Constant c;
    asy_lexer_next(&l->lexer, &token);
    for (int i = 0; i < 2; i++) {
        asy_lexer_next(&l->lexer, &token);
        cr_assert_eq(token.kind, TOK_FSTRING_MIDDLE);
        cr_assert(asy_literal_fstring_middle(&l->lexer, &token, &token.place, &c));
        cr_expect_eq(c.len, strlen(texts[i]));
        cr_expect(memcmp(c.as.bytes, texts[i], c.len) == 0);
    }
    cr_expect_eq(lexing_close(l), 0u);
}

Test(lexer_literal, warnings)
{
    cr_expect_str_eq(lexing_warnings("'\\d\\e'"), "invalid escape sequence '\\d'");
    cr_expect_str_eq(lexing_warnings("b'\\u'"), "invalid escape sequence '\\u'");
    cr_expect_str_eq(lexing_warnings("'\\777'"), "invalid octal escape sequence '\\777'");
    cr_expect_str_eq(lexing_warnings("r'\\d' '\\\xc3\xa9'"), "");
    cr_expect_str_eq(lexing_warnings("f'\\{6}'"), "invalid escape sequence '\\{'");
    cr_expect_str_eq(
        lexing_warnings("1if 2else 0x3or 4jin"),
        "invalid decimal literal\ninvalid decimal literal\ninvalid hexadecimal literal\n"
        "invalid imaginary literal");
}
