// From lexemes to lines and blocks: indentation, brackets, line continuation; and handing out the
// tokens, which is where the words that are keywords only sometimes get their kind.
//
// `match`, `type` and `with (` are decided by reading ahead along the logical line into a queue;
// what is read ahead is handed out later with the same decisions, so the state these need
// (`start`, block and bracket depth) is kept at the point of handing out, apart from the scanner's
// own.
#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "lexer/scan.h"

#define LEXER_QUEUE_MIN 64u

// ---- errors ----

// Puts diag's error, just made, aside: it shows only once TOK_ERROR is handed out. Running out of
// memory shows at once.
static bool take_error(Lexer *lexer, Diag before)
{
    lexer->error = lexer->diag->error;
    if (lexer->error.kind != DIAG_MEMORY) lexer->diag->error = before;
    lexer->failed = true;
    return false;
}

bool asy_scan_failed(Lexer *lexer)
{
    assert(lexer->diag->error.kind == DIAG_MEMORY);
    return take_error(lexer, lexer->diag->error);
}

bool asy_scan_fail_range(Lexer *lexer, Place place, const char *format, ...)
{
    Diag before = lexer->diag->error;
    va_list args;
    va_start(args, format);
    (void)asy_diag_verror(lexer->diag, DIAG_SYNTAX, &place, format, args);
    va_end(args);
    return take_error(lexer, before);
}

bool asy_scan_fail(Lexer *lexer, DiagKind kind, const char *at, const char *format, ...)
{
    Diag before = lexer->diag->error;
    const char *point = at > lexer->line_start ? at - 1 : at;
    while (point > lexer->line_start && asy_utf8_is_tail(*point)) point--;
    Place place = asy_scan_place(lexer, point, point);
    va_list args;
    va_start(args, format);
    (void)asy_diag_verror(lexer->diag, kind, &place, format, args);
    va_end(args);
    return take_error(lexer, before);
}

// ---- lines ----

bool asy_layout_continuation(Lexer *lexer)
{
    const char *at = lexer->cursor;
    assert(*at == '\\');
    if (at[1] != '\n' || at + 2 == lexer->text_end) {
        bool end = at[1] == '\n';
        if (end && lexer->bracket_count) return asy_layout_unclosed(lexer);
        (void)asy_scan_fail(lexer, DIAG_SYNTAX, at + 2,
                            end ? "unexpected EOF while parsing"
                                : "unexpected character after line continuation character");
        lexer->error.end_col = end ? -1 : 0;
        lexer->error.incomplete = end;
        lexer->error_rank = LEXER_ERROR_WEAK;
        return false;
    }
    asy_scan_newline(lexer, at + 2);
    lexer->cursor = at + 2;
    return true;
}

// An error of the indentation; CPython has read the whole line by then.
static bool fail_indentation(Lexer *lexer, DiagKind kind, const char *message)
{
    const char *end = memchr(lexer->cursor, '\n', (size_t)(lexer->text_end - lexer->cursor));
    if (!end) end = lexer->text_end;
    (void)asy_scan_fail(lexer, kind, end + 1, "%s", message);
    lexer->error_rank = LEXER_ERROR_WEAK;
    return false;
}

static bool fail_tabs(Lexer *lexer)
{
    (void)fail_indentation(lexer, DIAG_TAB, "inconsistent use of tabs and spaces in indentation");
    lexer->error.col = 1;
    lexer->error.end_col = 0;
    return false;
}

// Compares the indentation of a line with the blocks that are open.
static bool compare_indentation(Lexer *lexer, uint32_t col, uint32_t alt_col)
{
    const LexerIndent *top = &lexer->indents[lexer->indent_count - 1];
    if (col == top->col) return alt_col == top->alt_col || fail_tabs(lexer);
    if (col > top->col) {
        if (lexer->indent_count == LEXER_INDENTS_MAX) {
            (void)fail_indentation(lexer, DIAG_INDENTATION, "too many levels of indentation");
            lexer->error.col = 1;
            lexer->error.end_col = 0;
            return false;
        }
        if (alt_col <= top->alt_col) return fail_tabs(lexer);
        lexer->indents[lexer->indent_count++] = (LexerIndent){ col, alt_col };
        lexer->pending = 1;
        return true;
    }
    while (col < lexer->indents[lexer->indent_count - 1].col) {
        lexer->indent_count--;
        lexer->pending--;
    }
    top = &lexer->indents[lexer->indent_count - 1];
    if (col != top->col) {
        (void)fail_indentation(lexer, DIAG_INDENTATION,
                               "unindent does not match any outer indentation level");
        lexer->error.end_col = -1;
        return false;
    }
    return alt_col == top->alt_col || fail_tabs(lexer);
}

bool asy_layout_line(Lexer *lexer)
{
    for (;;) {
        uint32_t col = 0, alt_col = 0, continued_col = 0;
        const char *at = lexer->cursor;
        for (;; at++) {
            if (*at == ' ') {
                col++;
                alt_col++;
            } else if (*at == '\t') {
                col = (col / 8 + 1) * 8;
                alt_col++;
            } else if (*at == '\f') {
                col = alt_col = 0;
            } else if (*at == '\\') {
                // The indentation of the first of several joined lines counts.
                if (!continued_col) continued_col = col;
                lexer->cursor = at;
                if (!asy_layout_continuation(lexer)) return false;
                at = lexer->cursor - 1;
            } else {
                break;
            }
        }
        if (*at == '#')
            at = memchr(at, '\n', (size_t)(lexer->text_end - at));    // text ends in a newline
        lexer->cursor = at;
        if (*at == '\n') {
            lexer->cursor++;
            asy_scan_newline(lexer, lexer->cursor);
            continue;
        }
        if (at == lexer->text_end) {
            col = alt_col = 0;
        } else if (continued_col) {
            col = alt_col = continued_col;
        }
        return compare_indentation(lexer, col, alt_col);
    }
}

// ---- brackets ----

bool asy_layout_open(Lexer *lexer, Token *token, TokenKind kind, const char *at)
{
    if (lexer->bracket_count == LEXER_BRACKETS_MAX) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "too many nested parentheses");
    }
    LexerBracket *bracket = &lexer->brackets[lexer->bracket_count++];
    asy_scan_token(lexer, token, kind, at, at + 1);
    bracket->place = token->place;
    bracket->open = *at;
    lexer->cursor = at + 1;
    return true;
}

bool asy_layout_close(Lexer *lexer, Token *token, TokenKind kind, const char *at)
{
    lexer->cursor = at + 1;
    LexerFString *f = asy_scan_fstring(lexer);
    if (f && !f->fields && *at == '}' && f->in_text) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "f-string: single '}' is not allowed");
    }
    if (!lexer->bracket_count) {
        return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "unmatched '%c'", *at);
    }
    bool field = asy_scan_at_field(lexer);
    const LexerBracket *bracket = &lexer->brackets[lexer->bracket_count - 1];
    char open = bracket->open;
    if (*at != (open == '(' ? ')' : open == '[' ? ']' : '}')) {
        if (field)
            return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, "f-string: unmatched '%c'", *at);
        const char *text = "closing parenthesis '%c' does not match opening parenthesis '%c'";
        if (bracket->place.line == lexer->line) {
            return asy_scan_fail(lexer, DIAG_SYNTAX, at + 1, text, *at, open);
        }
        return asy_scan_fail(
            lexer, DIAG_SYNTAX, at + 1,
            "closing parenthesis '%c' does not match opening parenthesis '%c' on line %u", *at,
            open, (unsigned)bracket->place.line);
    }
    lexer->bracket_count--;
    if (field) {
        f->fields--;
        f->in_text = true;    // the text behind the field, or the format specification it stands in
    }
    asy_scan_token(lexer, token, kind, at, at + 1);
    return true;
}

bool asy_layout_unclosed(Lexer *lexer)
{
    const LexerBracket *bracket = &lexer->brackets[lexer->bracket_count - 1];
    (void)asy_scan_fail_range(lexer, bracket->place, "'%c' was never closed", bracket->open);
    lexer->error.end_col = 0;
    lexer->error.incomplete = true;
    lexer->error_rank = LEXER_ERROR_UNCLOSED;
    return false;
}

// ---- handing out ----

void asy_lexer_init(Lexer *lexer, const Source *source, Arena *arena, Names *names,
                    Diagnostics *diag, const LexerOptions *options)
{
    memset(lexer, 0, offsetof(Lexer, indents));    // the stacks need no clearing
    lexer->indents[0] = (LexerIndent){ 0 };
    lexer->indent_count = 1;
    lexer->source = source;
    lexer->arena = arena;
    lexer->names = names;
    lexer->diag = diag;
    if (options) lexer->options = *options;
    lexer->cursor = lexer->line_start = source->text;
    lexer->text_end = source->text + source->len;
    lexer->line = 1;
    lexer->at_line_start = true;
    lexer->failed = false;
    lexer->error_rank = LEXER_ERROR_STRONG;
    lexer->error = (Diag){ .kind = DIAG_NONE };
    lexer->queue = NULL;
    lexer->queue_at = lexer->queue_len = lexer->queue_cap = 0;
    lexer->start = LEXER_LINE_START;
    lexer->match_header = false;
    lexer->block_depth = lexer->bracket_depth = 0;
    lexer->match_blocks[0] = false;
}

// The token `ahead` places behind the one handed out last, as scanned. Behind an error come more
// of it.
static const Token *peek(Lexer *lexer, uint32_t ahead)
{
    static const Token error = { .kind = TOK_ERROR };
    while (lexer->queue_len - lexer->queue_at <= ahead) {
        if (lexer->queue_len == lexer->queue_cap) {
            uint32_t cap = lexer->queue_cap ? lexer->queue_cap * 2 : LEXER_QUEUE_MIN;
            Token *queue = asy_arena_grow(lexer->arena, lexer->queue,
                                          lexer->queue_cap * sizeof(Token), cap * sizeof(Token));
            if (!queue) {
                asy_diag_no_memory(lexer->diag);
                asy_scan_failed(lexer);
                return &error;
            }
            lexer->queue = queue;
            lexer->queue_cap = cap;
        }
        (void)asy_scan_next(lexer, &lexer->queue[lexer->queue_len++]);
    }
    return &lexer->queue[lexer->queue_at + ahead];
}

static int depth_change(TokenKind kind)
{
    switch (kind) {
    case TOK_LPAR:
    case TOK_LSQB:
    case TOK_LBRACE: return 1;
    case TOK_RPAR:
    case TOK_RSQB:
    case TOK_RBRACE: return -1;
    default: return 0;
    }
}

// Behind the name `match` at the start of a line: is what follows a subject, or does the line go
// on as an expression, assignment or annotation whose first name is "match"?
static bool match_begins_statement(Lexer *lexer)
{
    switch (peek(lexer, 0)->kind) {
    case TOK_NAME:
    case TOK_NUMBER:
    case TOK_STRING:
    case TOK_FSTRING_START:
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_FALSE:
    case TOK_LAMBDA:
    case TOK_AWAIT:
    case TOK_TILDE:
    case TOK_LBRACE:
    case TOK_ELLIPSIS: return true;
    case TOK_NOT: return peek(lexer, 1)->kind != TOK_IN;
    case TOK_LPAR:
    case TOK_LSQB:
    case TOK_MINUS:
    case TOK_PLUS:
    case TOK_STAR: break;
    default: return false;
    }
    // match(x) can be a call: only a colon at the very end of the line makes it a statement.
    int depth = 0, lambdas = 0;
    for (uint32_t i = 0;; i++) {
        const Token *token = peek(lexer, i);
        depth += depth_change(token->kind);
        switch (token->kind) {
        case TOK_NEWLINE:
        case TOK_ENDMARKER:
        case TOK_ERROR: return false;
        case TOK_LAMBDA: lambdas += depth == 0; break;
        case TOK_SEMI:
        case TOK_EQUAL:
            if (depth == 0 && !lambdas) return false;
            break;
        case TOK_COLON:
            if (depth != 0) break;
            if (!lambdas) return peek(lexer, i + 1)->kind == TOK_NEWLINE;
            lambdas--;
            break;
        default: break;
        }
    }
}

// Behind `with (`: do the parentheses hold with-items (an `as`, or plain expressions, and a colon
// behind them), or does an expression begin with them?
static bool parentheses_hold_items(Lexer *lexer)
{
    int depth = 1, lambdas = 0;
    bool item_start = true;
    for (uint32_t i = 0;; i++) {
        const Token *token = peek(lexer, i);
        depth += depth_change(token->kind);
        if (depth == 0) return i > 0 && peek(lexer, i + 1)->kind == TOK_COLON;
        switch (token->kind) {
        case TOK_ENDMARKER:
        case TOK_ERROR: return false;
        case TOK_AS:
            if (depth == 1) return true;
            break;
        case TOK_STAR:
        case TOK_YIELD:
            if (depth == 1 && item_start) return false;    // a tuple, a yield: no with-item
            break;
        case TOK_COLONEQUAL:
        case TOK_FOR:
            if (depth == 1) return false;
            break;
        case TOK_LAMBDA: lambdas += depth == 1; break;
        case TOK_COLON: lambdas -= depth == 1 && lambdas; break;
        default: break;
        }
        item_start = token->kind == TOK_COMMA && depth == 1 && !lambdas;
    }
}

// A soft keyword where a statement may begin: its token kind, or NAME.
static TokenKind decide_word(Lexer *lexer, TokenKind word, LexerStart start)
{
    switch (word) {
    case TOK_MATCH:
        if (start != LEXER_LINE_START || !match_begins_statement(lexer)) return TOK_NAME;
        lexer->match_header = true;
        return TOK_MATCH;
    case TOK_CASE:
        return start == LEXER_LINE_START && lexer->match_blocks[lexer->block_depth] ? TOK_CASE
                                                                                    : TOK_NAME;
    case TOK_TYPE: return peek(lexer, 0)->kind == TOK_NAME ? TOK_TYPE : TOK_NAME;
    default: return TOK_NAME;
    }
}

void asy_lexer_next(Lexer *lexer, Token *token)
{
    if (lexer->queue_at < lexer->queue_len) {
        *token = lexer->queue[lexer->queue_at++];
        if (lexer->queue_at == lexer->queue_len) lexer->queue_at = lexer->queue_len = 0;
    } else {
        (void)asy_scan_next(lexer, token);
    }
    LexerStart start = lexer->start;
    lexer->start = LEXER_INSIDE;
    switch (token->kind) {
    case TOK_NAME:
        if (start == LEXER_LINE_START || start == LEXER_SIMPLE_START) {
            token->kind = decide_word(lexer, token->as.name->token, start);
        }
        break;
    case TOK_NEWLINE: lexer->start = LEXER_LINE_START; break;
    case TOK_INDENT:
        lexer->match_blocks[++lexer->block_depth] = lexer->match_header;
        lexer->match_header = false;
        lexer->start = LEXER_LINE_START;
        break;
    case TOK_DEDENT:
        lexer->block_depth--;
        lexer->start = LEXER_LINE_START;
        break;
    case TOK_SEMI:
    case TOK_COLON:
        if (!lexer->bracket_depth) lexer->start = LEXER_SIMPLE_START;
        break;
    case TOK_WITH: lexer->start = LEXER_BEHIND_WITH; break;
    case TOK_LPAR:
        if (start == LEXER_BEHIND_WITH && parentheses_hold_items(lexer))
            token->kind = TOK_WITH_LPAR;
        lexer->bracket_depth++;
        break;
    case TOK_LSQB:
    case TOK_LBRACE: lexer->bracket_depth++; break;
    case TOK_RPAR:
    case TOK_RSQB:
    case TOK_RBRACE: lexer->bracket_depth--; break;
    case TOK_ERROR:
        if (lexer->diag->error.kind != DIAG_MEMORY) lexer->diag->error = lexer->error;
        break;
    default: break;
    }
}

bool asy_lexer_check_rest(Lexer *lexer, uint32_t line)
{
    Token token;
    while (!lexer->failed && !lexer->ended) (void)asy_scan_next(lexer, &token);
    if (!lexer->failed) return false;
    // An error CPython's tokenizer has no exception for: it asks for open brackets as at the end.
    if (lexer->error_rank == LEXER_ERROR_WEAK && lexer->bracket_count) {
        (void)asy_layout_unclosed(lexer);
    }
    bool preferred = lexer->error.kind == DIAG_MEMORY || lexer->error_rank == LEXER_ERROR_STRONG ||
                     (lexer->error_rank == LEXER_ERROR_UNCLOSED && line > lexer->error.place.line);
    if (preferred) lexer->diag->error = lexer->error;
    return preferred;
}

// ---- names of tokens ----

const char *asy_token_spelling(TokenKind kind)
{
    static const char *const spellings[] = {
#define TOKEN(name, spelling) [TOK_##name] = spelling,
#include "lexer/token.def"
    };
    return spellings[kind];
}

const char *asy_token_text(TokenKind kind)
{
    static const char *const texts[] = {
#define TOKEN(name, spelling) [TOK_##name] = "",
#define KEYWORD(name, text)   [TOK_##name] = text,
#define SOFT(name, text)      [TOK_##name] = text,
#define OPERATOR(name, text)  [TOK_##name] = text,
#include "lexer/token.def"
    };
    return texts[kind];
}

const char *asy_token_name(TokenKind kind)
{
    static const char *const names[] = {
#define TOKEN(name, spelling) [TOK_##name] = #name,
#include "lexer/token.def"
    };
    return names[kind];
}
