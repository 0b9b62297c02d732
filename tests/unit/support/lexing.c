// The set-up shared by the lexer's tests.
#include "support/lexing.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "\N{DIGIT ONE}" and "\N{LATIN SMALL LETTER E WITH ACUTE}" are the names the tests know.
static bool lookup_name(void *ud, const char *name, size_t len, uint32_t *code_point)
{
    (void)ud;
    static const struct {
        const char *name;
        uint32_t code_point;
    } known[] = { { "DIGIT ONE", '1' }, { "LATIN SMALL LETTER E WITH ACUTE", 0xE9 } };
    for (size_t i = 0; i < 2; i++) {
        if (strlen(known[i].name) != len || memcmp(known[i].name, name, len) != 0) continue;
        *code_point = known[i].code_point;
        return true;
    }
    return false;
}

Lexing *lexing_open(SourceKind kind, const char *text, size_t len, size_t fail_at)
{
    Lexing *l = malloc(sizeof *l);
    if (!l) abort();
    test_alloc_init(&l->alloc, fail_at);
    asy_arena_init(&l->arena, &l->alloc.allocator);
    asy_diag_init(&l->diag, &l->arena);
    const LexerOptions options = { .name_lookup = lookup_name, .int_digits_max = 4300 };
    l->ready =
        asy_source_init(&l->source, &l->alloc.allocator, kind, "test.py", text, len, &l->diag);
    if (l->ready && !asy_names_init(&l->names, &l->arena)) l->ready = asy_diag_no_memory(&l->diag);
    if (l->ready) {
        asy_lexer_init(&l->lexer, &l->source, &l->arena, &l->names, &l->diag, &options);
    }
    return l;
}

Lexing *lexing_of(const char *text)
{
    return lexing_open(SOURCE_STRING, text, strlen(text), 0);
}

static bool decode(Lexing *l, const Token *token)
{
    Constant c;
    switch (token->kind) {
    case TOK_NUMBER: return asy_literal_number(&l->lexer, token, &c);
    case TOK_STRING: return asy_literal_string(&l->lexer, token, &c);
    case TOK_FSTRING_MIDDLE: return asy_literal_fstring_middle(&l->lexer, token, &token->place, &c);
    default: return true;
    }
}

TokenKind lexing_drain(Lexing *l)
{
    if (!l->ready) return TOK_ERROR;
    Token token;
    do {
        asy_lexer_next(&l->lexer, &token);
        if (!decode(l, &token)) return TOK_ERROR;
    } while (token.kind != TOK_ENDMARKER && token.kind != TOK_ERROR);
    return token.kind;
}

size_t lexing_close(Lexing *l)
{
    asy_source_free(&l->source);
    asy_arena_free(&l->arena);
    size_t leaked = l->alloc.wrong_size ? SIZE_MAX : l->alloc.held;
    free(l);
    return leaked;
}

static char buffer[65536];

const char *lexing_kinds(const char *text)
{
    Lexing *l = lexing_of(text);
    buffer[0] = '\0';
    size_t len = 0, newline = 0;
    Token token = { .kind = TOK_ERROR };
    while (l->ready) {
        asy_lexer_next(&l->lexer, &token);
        if (token.kind == TOK_ENDMARKER || token.kind == TOK_ERROR) break;
        newline = token.kind == TOK_NEWLINE ? len : 0;
        len += (size_t)snprintf(buffer + len, sizeof buffer - len, "%s%s", len ? " " : "",
                                asy_token_name(token.kind));
    }
    if (token.kind == TOK_ERROR) {
        snprintf(buffer + len, sizeof buffer - len, "%s%s", len ? " " : "", l->diag.error.message);
    } else if (newline) {
        buffer[newline] = '\0';
    }
    lexing_close(l);
    return buffer;
}

const char *lexing_error(const char *text)
{
    Lexing *l = lexing_of(text);
    buffer[0] = '\0';
    if (lexing_drain(l) == TOK_ERROR) {
        const Diag *e = &l->diag.error;
        snprintf(buffer, sizeof buffer, "%s: %s (%lld,%lld-%lld,%lld)", asy_diag_kind_name(e->kind),
                 e->message, (long long)e->line, (long long)e->col, (long long)e->end_line,
                 (long long)e->end_col);
    }
    lexing_close(l);
    return buffer;
}

const char *lexing_warnings(const char *text)
{
    Lexing *l = lexing_of(text);
    lexing_drain(l);
    size_t len = 0;
    buffer[0] = '\0';
    for (const Warning *w = l->diag.warnings; w; w = w->next) {
        len += (size_t)snprintf(buffer + len, sizeof buffer - len, "%s%s", len ? "\n" : "",
                                w->message);
    }
    lexing_close(l);
    return buffer;
}
