// f-strings: the text between replacement fields, and format specifications, which are text again.
// What stands inside a field is scanned by lexer.re like any other code; its braces are brackets
// (layout.c), and closing one of them brings the scanner back here.
//
// A doubled brace ends one FSTRING_MIDDLE with the first brace and drops the second, so text never
// needs copying.
#include <assert.h>
#include <string.h>

#include "lexer/scan.h"

bool asy_fstring_begin(Lexer *lexer, Token *token, const char *start, const char *quotes,
                       uint8_t flags)
{
    if (quotes[1] == quotes[0] && quotes[2] == quotes[0]) flags |= STRING_TRIPLE;
    const char *end = quotes + (flags & STRING_TRIPLE ? 3 : 1);
    lexer->cursor = end;
    if (lexer->fstring_count == LEXER_FSTRINGS_MAX) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, end, "too many nested f-strings");
    }
    asy_scan_token(lexer, token, TOK_FSTRING_START, start, end);
    token->as.string.flags = flags;
    token->as.string.prefix = (uint8_t)(quotes - start);
    token->as.string.quotes = (uint8_t)(end - quotes);
    LexerFString *f = &lexer->fstrings[lexer->fstring_count++];
    f->start = token->place;
    f->flags = flags;
    f->fields = 0;
    f->in_text = true;
    f->brackets = lexer->bracket_count;
    return true;
}

static bool fail_unterminated(Lexer *lexer, LexerFString *f, const char *at)
{
    // At the very end the last line read is the one before.
    uint32_t line = lexer->line - (at == lexer->text_end && lexer->line > 1);
    Place place = f->start;
    place.end = place.start;
    place.end_line = place.line;
    place.end_col = place.col;
    (void)asy_scan_fail_range(
        lexer, place,
        f->flags & STRING_TRIPLE
            ? "unterminated triple-quoted f-string literal (detected at line %u)"
            : "unterminated f-string literal (detected at line %u)",
        (unsigned)line);
    lexer->error.incomplete = at == lexer->text_end;
    return false;
}

// True if the f-string's closing quotes stand at `at`.
static bool at_quotes(const LexerFString *f, const char *at, char quote)
{
    if (*at != quote) return false;
    return !(f->flags & STRING_TRIPLE) || (at[1] == quote && at[2] == quote);
}

bool asy_fstring_text(Lexer *lexer, Token *token)
{
    LexerFString *f = asy_scan_fstring(lexer);
    assert(f && f->in_text);
    const char *text = lexer->source->text;
    const char *start = lexer->cursor, *at = start;
    const char quote = text[f->start.end - 1];
    const bool triple = f->flags & STRING_TRIPLE, raw = f->flags & STRING_RAW;
    const bool in_spec = f->fields > 0;
    uint8_t escapes = 0;
    const Place begin = asy_scan_place(lexer, start, start);
    bool named = false;    // inside \N{...}
    const char *next;      // where reading goes on behind the token

    for (;; at++) {
        next = at;
        switch (*at) {
        case '"':
        case '\'':
            if (!at_quotes(f, at, quote)) continue;
            if (at > start) break;
            asy_scan_token(lexer, token, TOK_FSTRING_END, at, at + (triple ? 3 : 1));
            token->as.string.flags = f->flags;
            lexer->cursor = at + (triple ? 3 : 1);
            lexer->fstring_count--;
            return true;
        case '\0':
            if (at < lexer->text_end) continue;
            return fail_unterminated(lexer, f, at);
        case '\n':
            if (triple) {
                asy_scan_newline(lexer, at + 1);
                continue;
            }
            if (!in_spec) return fail_unterminated(lexer, f, at);
            // In 3.12 a newline ends the format specification; only the closing brace may follow.
            f->in_text = false;
            break;
        case '{':
            if (at[1] == '{' && !in_spec) {
                next = at + 2;
                at++;
                break;
            }
            if (f->fields == LEXER_FIELDS_MAX) {
                return asy_scan_fail(lexer, DIAG_SYNTAX, at,
                                     "f-string: expressions nested too deeply");
            }
            if (at > start) break;
            if (!asy_layout_open(lexer, token, TOK_LBRACE, at)) return false;
            f->field_brackets[f->fields++] = lexer->bracket_count;
            f->in_text = false;
            return true;
        case '}':
            if (named) {
                next = ++at;
                break;
            }
            if (at[1] == '}' && !in_spec) {
                next = at + 2;
                at++;
                break;
            }
            if (in_spec) {    // its text is a token even where it is empty, as in CPython's trees
                f->in_text = false;
                break;
            }
            if (at > start) break;
            return asy_layout_close(lexer, token, TOK_RBRACE, at);
        case '\\':
            escapes = STRING_ESCAPES;
            if (at[1] == '{' || at[1] == '}') {
                if (raw) continue;
                const Place place = asy_scan_place(lexer, at, at + 1);
                if (!asy_diag_warn(lexer->diag, WARNING_SYNTAX, &place,
                                   "invalid escape sequence '\\%c'", at[1])) {
                    return asy_scan_failed(lexer);
                }
                continue;
            }
            if (!raw && at[1] == 'N' && at[2] == '{') {
                named = true;
                at += 2;
                continue;
            }
            if (at[1] == '\n') asy_scan_newline(lexer, at + 2);
            if (at[1]) at++;
            continue;
        default: continue;
        }
        break;    // a token ends before `at`
    }
    asy_scan_token(lexer, token, TOK_FSTRING_MIDDLE, at, at);
    token->place.start = begin.start;
    token->place.line = begin.line;
    token->place.col = begin.col;
    token->as.string.flags = f->flags | escapes;
    token->as.string.prefix = token->as.string.quotes = 0;
    lexer->cursor = next;
    return true;
}
