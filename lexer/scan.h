// What lexer.re, fstring.c, number.c and layout.c share. Not for other folders.
#pragma once

#include "lexer/lexer.h"

// The next token as it stands in the text: soft keywords are NAME, `with (` is LPAR. False on
// failure; lexer->error is then set and `token` is TOK_ERROR.
bool asy_scan_next(Lexer *lexer, Token *token);

// Fills in kind and place of the token from `start` to `end` on the current line.
static inline void asy_scan_token(const Lexer *lexer, Token *token, TokenKind kind,
                                  const char *start, const char *end)
{
    const char *text = lexer->source->text;
    token->kind = kind;
    token->level = (uint8_t)lexer->bracket_count;
    token->place = (Place){
        .start = (uint32_t)(start - text),
        .end = (uint32_t)(end - text),
        .line = lexer->line,
        .col = (uint32_t)(start - lexer->line_start),
        .end_line = lexer->line,
        .end_col = (uint32_t)(end - lexer->line_start),
    };
}

// The place of the bytes from `start` to `end`, both on the current line.
static inline Place asy_scan_place(const Lexer *lexer, const char *start, const char *end)
{
    Token token;
    asy_scan_token(lexer, &token, TOK_ERROR, start, end);
    return token.place;
}

// A newline stands before `next`, which begins a line.
static inline void asy_scan_newline(Lexer *lexer, const char *next)
{
    lexer->line++;
    lexer->line_start = next;
}

// The f-string being read; NULL if none.
static inline LexerFString *asy_scan_fstring(Lexer *lexer)
{
    return lexer->fstring_count ? &lexer->fstrings[lexer->fstring_count - 1] : NULL;
}

// True directly in a replacement field, where : and ! are the f-string's own.
static inline bool asy_scan_at_field(const Lexer *lexer)
{
    if (!lexer->fstring_count) return false;
    const LexerFString *f = &lexer->fstrings[lexer->fstring_count - 1];
    return f->fields && f->field_brackets[f->fields - 1] == lexer->bracket_count;
}

// Sets lexer->error; false. CPython shows the point before `at`, or its whole range for
// asy_scan_fail_range.
ASY_PRINTF(4, 5)
bool asy_scan_fail(Lexer *lexer, DiagKind kind, const char *at, const char *format, ...);
ASY_PRINTF(3, 4) bool asy_scan_fail_range(Lexer *lexer, Place place, const char *format, ...);

// Memory ran out and lexer->diag says so: the lexer has failed; false.
bool asy_scan_failed(Lexer *lexer);

// lexer->cursor stands behind a number that a letter, digit or '_' follows: an error, or just a
// warning if a keyword begins there ("1if x"). `start` is the number's.
bool asy_number_check_end(Lexer *lexer, const char *start, const Token *token);

// Begins the f-string whose prefix starts at `start`, with its quotes at `quotes`: makes
// FSTRING_START.
bool asy_fstring_begin(Lexer *lexer, Token *token, const char *start, const char *quotes,
                       uint8_t flags);

// Reads text of the current f-string: makes FSTRING_MIDDLE, FSTRING_END or a brace.
bool asy_fstring_text(Lexer *lexer, Token *token);

// At the start of a physical line outside brackets: skips blank lines and measures the indentation
// of the next one, leaving what it means in lexer->pending.
bool asy_layout_line(Lexer *lexer);

// The backslash at lexer->cursor continues the line: moves behind the newline.
bool asy_layout_continuation(Lexer *lexer);

// The bracket at `at` opens or closes: makes its token and moves behind it.
bool asy_layout_open(Lexer *lexer, Token *token, TokenKind kind, const char *at);
bool asy_layout_close(Lexer *lexer, Token *token, TokenKind kind, const char *at);

// The error for the innermost bracket still open at the end of the text; false.
bool asy_layout_unclosed(Lexer *lexer);
