// From bytes to text: encodings, newlines, and what is refused.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/lexing.h"

// The text that `bytes` become, or the error's message.
static const char *text_of_len(SourceKind kind, const char *bytes, size_t len)
{
    static char out[512];
    Lexing *l = lexing_open(kind, bytes, len, 0);
    if (l->ready) snprintf(out, sizeof out, "%s", l->source.text);
    else
        snprintf(out, sizeof out, "%s: %s", asy_diag_kind_name(l->diag.error.kind),
                 l->diag.error.message);
    cr_expect_eq(lexing_close(l), 0u);
    return out;
}

static const char *text_of(SourceKind kind, const char *bytes)
{
    return text_of_len(kind, bytes, strlen(bytes));
}

Test(lexer_source, newlines)
{
    cr_expect_str_eq(text_of(SOURCE_FILE, "a\r\nb\rc\n\r\r\nd"), "a\nb\nc\n\n\nd\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, ""), "");
    cr_expect_str_eq(text_of(SOURCE_FILE, "\r"), "\n");
    cr_expect_str_eq(text_of(SOURCE_STRING, "a"), "a\n");
}

Test(lexer_source, encodings)
{
    cr_expect_str_eq(text_of(SOURCE_FILE, "\xef\xbb\xbf"
                                          "a"),
                     "a\n");
    cr_expect_str_eq(text_of(SOURCE_STRING, "\xef\xbb\xbf"
                                            "a"),
                     "\xef\xbb\xbf"
                     "a\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "# coding: latin-1\n'\xe9'"),
                     "# coding: latin-1\n'\xc3\xa9'\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "#!x\n# -*- coding: Latin_1-unix -*-\n\xe9"),
                     "#!x\n# -*- coding: Latin_1-unix -*-\n\xc3\xa9\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "\n#coding=cp1252\n\x80"),
                     "\n#coding=cp1252\n\xe2\x82\xac\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "# vim: fileencoding=koi8-r\n\xc1"),
                     "# vim: fileencoding=koi8-r\n\xd0\xb0\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "#coding:iso-8859-15\n\xa4"),
                     "#coding:iso-8859-15\n\xe2\x82\xac\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "# coding: utf-8-sig\n\xc3\xa9"),
                     "# coding: utf-8-sig\n\xc3\xa9\n");
    // In the third line, behind code, and for text it is no cookie.
    cr_expect_str_eq(text_of(SOURCE_FILE, "\n\n# coding: foo"), "\n\n# coding: foo\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "a\n# coding: foo"), "a\n# coding: foo\n");
    cr_expect_str_eq(text_of(SOURCE_FILE, "a # coding: foo"), "a # coding: foo\n");
    cr_expect_str_eq(text_of(SOURCE_STRING, "# coding: foo"), "# coding: foo\n");
}

Test(lexer_source, refused)
{
    cr_expect_str_eq(text_of(SOURCE_BYTES, "# coding: foo"), "SyntaxError: unknown encoding: foo");
    cr_expect_str_eq(text_of(SOURCE_FILE, "# coding: foo"), "SyntaxError: encoding problem: foo");
    cr_expect_str_eq(text_of(SOURCE_BYTES, "\xef\xbb\xbf# coding: latin-1"),
                     "SyntaxError: encoding problem: iso-8859-1 with BOM");
    cr_expect_str_eq(text_of(SOURCE_BYTES, "# coding: ascii\n'\xe9'"),
                     "SyntaxError: 'ascii' codec can't decode byte 0xe9 in position 17: ordinal "
                     "not in range(128)");
    cr_expect_str_eq(
        text_of(SOURCE_BYTES, "# coding: cp1252\n\x81"),
        "SyntaxError: 'charmap' codec can't decode byte 0x81 in position 17: character maps to "
        "<undefined>");
    cr_expect_str_eq(
        text_of(SOURCE_FILE, "a\nb = '\xe9'"),
        "SyntaxError: Non-UTF-8 code starting with '\\xe9' in file test.py on line 2, but no "
        "encoding declared; see https://peps.python.org/pep-0263/ for details");
    cr_expect_str_eq(
        text_of(SOURCE_BYTES, "x=\"ab\xe9\""),
        "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xe9 in position 2: "
        "unexpected end of data");
    cr_expect_str_eq(
        text_of(SOURCE_FILE, "# coding: utf-8\nx=\"\xff\""),
        "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff in position 0: "
        "invalid start byte");
    cr_expect_str_eq(text_of_len(SOURCE_FILE, "a\0b", 3),
                     "SyntaxError: source code cannot contain null bytes");
    cr_expect_str_eq(text_of_len(SOURCE_STRING, "a\0b", 3),
                     "SyntaxError: source code string cannot contain null bytes");
    cr_expect_str_eq(
        text_of(SOURCE_STRING, "'\xed\xa0\x80'"),
        "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xed in position 0: "
        "invalid continuation byte");
}

Test(lexer_source, lines_and_columns)
{
    Lexing *l = lexing_of("ab\n\xc3\xa9x\n");
    const char *text;
    size_t len;
    cr_expect(asy_source_line(&l->source, 2, &text, &len));
    cr_expect_eq(len, 3u);
    cr_expect_eq(text, l->source.text + 3);
    cr_expect_not(asy_source_line(&l->source, 3, &text, &len));
    cr_expect_eq(asy_source_column(&l->source, 0), 1u);
    cr_expect_eq(asy_source_column(&l->source, 5), 2u);
    cr_expect_eq(lexing_close(l), 0u);
}
