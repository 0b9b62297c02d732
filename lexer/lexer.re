// lexer.re: one lexeme. Compiled by re2c; everything that a regular expression cannot say is in a
// function beside it. The text ends in a newline and NUL bytes, so no rule needs to know where it
// ends.
#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "lexer/ident.h"
#include "lexer/scan.h"

static bool take(Lexer *lexer, Token *token, TokenKind kind, const char *start, const char *end)
{
    asy_scan_token(lexer, token, kind, start, end);
    lexer->cursor = end;
    return true;
}

static bool no_memory(Lexer *lexer)
{
    asy_diag_no_memory(lexer->diag);
    return asy_scan_failed(lexer);
}

static bool fail_character(Lexer *lexer, const char *at)
{
    const char *end = at;
    uint32_t c = asy_utf8_next(&end);
    if (!asy_ident_is_printable(c)) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, end, "invalid non-printable character U+%04X",
                             (unsigned)c);
    }
    return asy_scan_fail(lexer, DIAG_SYNTAX, end, "invalid character '%.*s' (U+%04X)",
                         (int)(end - at), at, (unsigned)c);
}

// A word with characters beyond ASCII in it, beginning at `start`. Its NFKC form is the name; it
// is never a keyword, whatever that form is.
static bool take_unicode_name(Lexer *lexer, Token *token, const char *start)
{
    const char *end = start;
    for (const char *at = end;;) {
        const unsigned char byte = (unsigned char)*at;
        if (byte < 0x80 && !asy_ident_is_continue(byte)) break;
        uint32_t c = asy_utf8_next(&at);
        if (end == start ? !asy_ident_is_start(c) : !asy_ident_is_continue(c)) {
            return fail_character(lexer, end);
        }
        end = at;
    }
    size_t len;
    const char *bytes = asy_ident_normalize(lexer->arena, start, (size_t)(end - start), &len);
    const Name *name = bytes ? asy_names_intern(lexer->names, bytes, len) : NULL;
    if (!name) return no_memory(lexer);
    token->as.name = name;
    return take(lexer, token, TOK_NAME, start, end);
}

// A word, ASCII from `start` to `end`: a keyword, or a name. The table knows which.
static bool take_word(Lexer *lexer, Token *token, const char *start, const char *end)
{
    if ((unsigned char)*end >= 0x80) return take_unicode_name(lexer, token, start);
    const Name *name = asy_names_intern(lexer->names, start, (size_t)(end - start));
    if (!name) return no_memory(lexer);
    TokenKind kind = name->token;
    if (kind >= TOK_MATCH && kind <= TOK_TYPE) kind = TOK_NAME; // layout.c decides
    token->as.name = name;
    return take(lexer, token, kind, start, end);
}
_Static_assert(TOK_CASE == TOK_MATCH + 1, "soft keywords stand together");
_Static_assert(TOK_TYPE == TOK_MATCH + 2, "soft keywords stand together");

// : or :=. Directly in a replacement field the colon begins the format specification.
static bool take_colon(Lexer *lexer, Token *token, const char *start, const char *end)
{
    if (!asy_scan_at_field(lexer)) {
        return take(lexer, token, end - start == 1 ? TOK_COLON : TOK_COLONEQUAL, start, end);
    }
    asy_scan_fstring(lexer)->in_text = true;
    return take(lexer, token, TOK_FSTRING_COLON, start, start + 1);
}

static uint8_t prefix_flags(const char *prefix, const char *end)
{
    unsigned flags = 0;
    for (; prefix < end; prefix++) {
        char letter = *prefix | 0x20;
        flags |= letter == 'r'   ? STRING_RAW
                 : letter == 'b' ? STRING_BYTES
                 : letter == 'u' ? STRING_UNICODE
                                 : STRING_FORMAT;
    }
    return (uint8_t)flags;
}

// The string that `start` begins has no end; reading stopped at `at`, on the line lexer->line.
static bool fail_unterminated(Lexer *lexer, const Place *place, const char *quotes, const char *at,
                              bool triple)
{
    Place point = *place;
    point.end = point.start;
    point.end_col = point.col;
    point.end_line = point.line;
    const LexerFString *f = asy_scan_fstring(lexer);
    if (f && *quotes == lexer->source->text[f->start.end - 1] &&
        triple == !!(f->flags & STRING_TRIPLE)) {
        // These quotes were meant to end the f-string around.
        return asy_scan_fail_range(lexer, point, "f-string: expecting '}'");
    }
    // At the very end the last line read is the one before.
    unsigned line = lexer->line - (at == lexer->text_end && lexer->line > 1);
    (void)asy_scan_fail_range(
        lexer, point,
        triple ? "unterminated triple-quoted string literal (detected at line %u)"
               : "unterminated string literal (detected at line %u)",
        line);
    lexer->error.incomplete = at == lexer->text_end;
    return false;
}

// A string literal whose prefix starts at `start`, with its opening quotes at `quotes`.
static bool take_string(Lexer *lexer, Token *token, const char *start, const char *quotes)
{
    const char quote = *quotes;
    const bool triple = quotes[1] == quote && quotes[2] == quote;
    const Place place = asy_scan_place(lexer, start, quotes);
    const size_t width = triple ? 3 : 1;
    unsigned flags = prefix_flags(start, quotes) | (triple ? STRING_TRIPLE : 0);
    const char *at = quotes + width;
    for (;; at++) {
        if (*at == quote) {
            if (!triple || (at[1] == quote && at[2] == quote)) break;
        } else if (*at == '\\') {
            flags |= STRING_ESCAPES;
            at++;
            if (*at == '\n') asy_scan_newline(lexer, at + 1);
            if (!*at) return fail_unterminated(lexer, &place, quotes, at, triple);
        } else if (*at == '\n') {
            if (!triple) return fail_unterminated(lexer, &place, quotes, at, triple);
            asy_scan_newline(lexer, at + 1);
        } else if (!*at) {
            return fail_unterminated(lexer, &place, quotes, at, triple);
        }
    }
    (void)take(lexer, token, TOK_STRING, at + width, at + width);
    token->place.start = place.start;
    token->place.line = place.line;
    token->place.col = place.col;
    token->as.string.flags = (uint8_t)flags;
    token->as.string.prefix = (uint8_t)(quotes - start);
    token->as.string.quotes = (uint8_t)width;
    return true;
}

static bool take_fstring(Lexer *lexer, Token *token, const char *start, const char *quotes)
{
    return asy_fstring_begin(lexer, token, start, quotes, prefix_flags(start, quotes));
}

static bool take_number(Lexer *lexer, Token *token, uint8_t base, bool is_float, const char *start,
                        const char *end)
{
    token->as.number.base = base;
    token->as.number.is_float = is_float;
    token->as.number.imaginary = base == 10 && (end[-1] | 0x20) == 'j';
    token->as.number.underscores = memchr(start, '_', (size_t)(end - start)) != NULL;
    (void)take(lexer, token, TOK_NUMBER, start, end);
    char next = *end;
    bool fine = (unsigned char)next >= 0x80 || !asy_ident_is_continue((unsigned char)next);
    return fine || asy_number_check_end(lexer, start, token);
}

static bool take_end(Lexer *lexer, Token *token, const char *start)
{
    assert(start == lexer->text_end);
    if (lexer->bracket_count) {
        lexer->cursor = start;
        return asy_layout_unclosed(lexer);
    }
    lexer->ended = true;
    return take(lexer, token, TOK_ENDMARKER, start, start);
}

static bool take_newline(Lexer *lexer, Token *token, const char *start, const char *end)
{
    (void)take(lexer, token, TOK_NEWLINE, start, end);
    asy_scan_newline(lexer, end);
    lexer->at_line_start = true;
    return true;
}

// INDENT covers the white space that makes it, DEDENT nothing.
static bool take_pending(Lexer *lexer, Token *token)
{
    bool indent = lexer->pending > 0;
    lexer->pending -= indent ? 1 : -1;
    return take(lexer, token, indent ? TOK_INDENT : TOK_DEDENT,
                indent ? lexer->line_start : lexer->cursor, lexer->cursor);
}

static bool scan(Lexer *lexer, Token *token)
{
    const unsigned char *cursor = (const unsigned char *)lexer->cursor, *marker = NULL;
    const char *comment = NULL; // on the current line; CPython's NEWLINE begins there
#define START ((const char *)start)
#define END ((const char *)cursor)
#define OP(kind) return take(lexer, token, TOK_##kind, START, END)
    for (;;) {
        const unsigned char *start = cursor;
        /*!re2c
        re2c:yyfill:enable = 0;
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYCURSOR = cursor;
        re2c:define:YYMARKER = marker;

        digits   = [0-9] ("_"? [0-9])*;
        exponent = [eE] [+-]? digits;
        point    = digits? "." digits | digits ".";
        float    = point exponent? | digits exponent;
        word     = [A-Za-z_] [A-Za-z0-9_]*;
        prefix   = [rRuUbB] | [bB] [rR] | [rR] [bB];
        fprefix  = [fF] | [fF] [rR] | [rR] [fF];
        beyond   = [\x80-\xff];

        [ \t\f]+            { continue; }
        "#"                 { comment = START;
                              cursor = memchr(cursor, '\n', (size_t)(lexer->text_end - END));
                              continue; }
        "\n"                { if (!lexer->bracket_count)
                                  return take_newline(lexer, token, comment ? comment : START, END);
                              asy_scan_newline(lexer, END); comment = NULL; continue; }
        "\\"                { lexer->cursor = START;
                              if (!asy_layout_continuation(lexer)) return false;
                              cursor = (const unsigned char *)lexer->cursor; continue; }
        "\x00"              { return take_end(lexer, token, START); }

        word                { return take_word(lexer, token, START, END); }
        beyond              { return take_unicode_name(lexer, token, START); }

        "0" [xX] ("_"? [0-9a-fA-F])+ { return take_number(lexer, token, 16, false, START, END); }
        "0" [oO] ("_"? [0-7])+ { return take_number(lexer, token, 8, false, START, END); }
        "0" [bB] ("_"? [01])+ { return take_number(lexer, token, 2, false, START, END); }
        "0" ("_"? "0")*     { return take_number(lexer, token, 10, false, START, END); }
        [1-9] ("_"? [0-9])* { return take_number(lexer, token, 10, false, START, END); }
        digits [jJ]         { return take_number(lexer, token, 10, false, START, END); }
        float [jJ]?         { return take_number(lexer, token, 10, true, START, END); }

        prefix? ["']        { return take_string(lexer, token, START, END - 1); }
        fprefix ["']        { return take_fstring(lexer, token, START, END - 1); }

        "("                 { return asy_layout_open(lexer, token, TOK_LPAR, START); }
        "["                 { return asy_layout_open(lexer, token, TOK_LSQB, START); }
        "{"                 { return asy_layout_open(lexer, token, TOK_LBRACE, START); }
        ")"                 { return asy_layout_close(lexer, token, TOK_RPAR, START); }
        "]"                 { return asy_layout_close(lexer, token, TOK_RSQB, START); }
        "}"                 { return asy_layout_close(lexer, token, TOK_RBRACE, START); }

        ":" | ":="          { return take_colon(lexer, token, START, END); }
        ","                 { OP(COMMA); }
        ";"                 { OP(SEMI); }
        "+"                 { OP(PLUS); }
        "-"                 { OP(MINUS); }
        "*"                 { OP(STAR); }
        "/"                 { OP(SLASH); }
        "|"                 { OP(VBAR); }
        "&"                 { OP(AMPER); }
        "<"                 { OP(LESS); }
        ">"                 { OP(GREATER); }
        "="                 { OP(EQUAL); }
        "."                 { OP(DOT); }
        "%"                 { OP(PERCENT); }
        "=="                { OP(EQEQUAL); }
        "!="                { OP(NOTEQUAL); }
        "<="                { OP(LESSEQUAL); }
        ">="                { OP(GREATEREQUAL); }
        "~"                 { OP(TILDE); }
        "^"                 { OP(CIRCUMFLEX); }
        "<<"                { OP(LEFTSHIFT); }
        ">>"                { OP(RIGHTSHIFT); }
        "**"                { OP(DOUBLESTAR); }
        "+="                { OP(PLUSEQUAL); }
        "-="                { OP(MINEQUAL); }
        "*="                { OP(STAREQUAL); }
        "/="                { OP(SLASHEQUAL); }
        "%="                { OP(PERCENTEQUAL); }
        "&="                { OP(AMPEREQUAL); }
        "|="                { OP(VBAREQUAL); }
        "^="                { OP(CIRCUMFLEXEQUAL); }
        "<<="               { OP(LEFTSHIFTEQUAL); }
        ">>="               { OP(RIGHTSHIFTEQUAL); }
        "**="               { OP(DOUBLESTAREQUAL); }
        "//"                { OP(DOUBLESLASH); }
        "//="               { OP(DOUBLESLASHEQUAL); }
        "@"                 { OP(AT); }
        "@="                { OP(ATEQUAL); }
        "->"                { OP(RARROW); }
        "..."               { OP(ELLIPSIS); }
        "!"                 { OP(EXCLAMATION); }
        "<>" | [$?`]        { OP(STRAY); }
        *                   { return fail_character(lexer, START); }
        */
    }
#undef START
#undef END
#undef OP
}

bool asy_scan_next(Lexer *lexer, Token *token)
{
    bool ok;
    const LexerFString *f = asy_scan_fstring(lexer);
    if (lexer->failed) {
        ok = false;
    } else if (f && f->in_text) {
        ok = asy_fstring_text(lexer, token);
    } else {
        ok = true;
        if (lexer->at_line_start) {
            lexer->at_line_start = false;
            ok = asy_layout_line(lexer);
        }
        if (ok) ok = lexer->pending ? take_pending(lexer, token) : scan(lexer, token);
    }
    if (ok) return true;
    token->kind = TOK_ERROR;
    token->level = (uint8_t)lexer->bracket_count;
    token->place = lexer->error.place;
    return false;
}
