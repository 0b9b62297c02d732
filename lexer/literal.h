// Literals: what number and string tokens stand for, independent of any VM.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/lexer.h"

typedef enum ConstantKind {
    CONST_NONE,
    CONST_TRUE,
    CONST_FALSE,
    CONST_ELLIPSIS,
    CONST_INT,        // fits an int64 (never negative from the lexer)
    CONST_BIG_INT,    // digits in a base
    CONST_FLOAT,
    CONST_IMAG,    // a complex number without real part
    CONST_STR,     // UTF-8 that may hold lone surrogates
    CONST_BYTES,
} ConstantKind;

typedef struct Constant {
    ConstantKind kind;
    bool ascii;             // STR: all bytes below 128
    bool unicode_prefix;    // STR: the literal (the first of several) was written u"..."
    uint8_t base;           // BIG_INT: 2, 8, 10 or 16
    uint32_t len;           // BIG_INT, STR, BYTES: number of bytes
    union {
        int64_t integer;
        double number;    // FLOAT, IMAG
        const char
            *bytes;    // in the source text or the arena; not NUL-terminated. BIG_INT: digits only,
                       // without prefix, underscores or leading zeros
    } as;
} Constant;

// The value of a NUMBER token; false with the error set. The digits were checked by the lexer;
// what can still fail is memory and the limit on decimal digits.
ASY_CHECKED bool asy_literal_number(Lexer *lexer, const Token *token, Constant *out);

// The value of a STRING token: STR or BYTES; false with the error set ((unicode error) ..., bytes
// can only contain ASCII literal characters). Text without escapes points into the source. Adds
// warnings for invalid escapes. Positions in the error are those of the token.
ASY_CHECKED bool asy_literal_string(Lexer *lexer, const Token *token, Constant *out);

// The same for an FSTRING_MIDDLE token; always STR. Errors and warnings are placed at `report`:
// CPython puts them at the last token read, which is the FSTRING_END where there is one.
ASY_CHECKED bool asy_literal_fstring_middle(Lexer *lexer, const Token *token, const Place *report,
                                            Constant *out);

// Joins adjacent parts, all STR or all BYTES, count > 0, into one; false when out of memory (error
// set). A single part is copied as it is. unicode_prefix is the first part's.
ASY_CHECKED bool asy_literal_join(Lexer *lexer, const Constant *parts, size_t count, Constant *out);

// Correctly rounded value of a float literal's text without underscores ("1e5", ".5", "3."),
// whatever the locale is. Overflow gives infinity. Works without memory; `text` need not be
// NUL-terminated.
double asy_literal_parse_float(const char *text, size_t len);
