// Dumps the tokens of files, for tests/tokens_oracle.py and the golden files.
//
//     tokens [--values] [--quiet] [--repeat=N] FILE...   a FILE of - reads names from stdin
//
// One line a token: kind, place (line,column-line,column, in characters, columns from 0), then for
// words their normalised text and with --values what a literal means. Warnings and the error come
// last. With --quiet nothing but the number of tokens and the seconds spent on them is printed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "lexer/literal.h"

static void *resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}
static const AsyAllocator allocator = { resize, NULL };

typedef struct Options {
    bool values, quiet;
    int repeat;
} Options;

typedef struct Totals {
    size_t tokens, bytes;
    double seconds;
} Totals;

static void print_bytes(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) printf("%02x", (unsigned char)bytes[i]);
}

static void print_value(Lexer *lexer, const Token *token)
{
    Constant c;
    bool ok = token->kind == TOK_NUMBER ? asy_literal_number(lexer, token, &c)
              : token->kind == TOK_STRING
                  ? asy_literal_string(lexer, token, &c)
                  : asy_literal_fstring_middle(lexer, token, &token->place, &c);
    if (!ok) {
        printf(" error %s", lexer->diag->error.message);
        asy_diag_clear(lexer->diag);
        return;
    }
    switch (c.kind) {
    case CONST_INT: printf(" int %lld", (long long)c.as.integer); break;
    case CONST_BIG_INT: printf(" int%d %.*s", c.base, (int)c.len, c.as.bytes); break;
    case CONST_FLOAT: printf(" float %a", c.as.number); break;
    case CONST_IMAG: printf(" imag %a", c.as.number); break;
    default:
        printf(c.kind == CONST_STR ? c.unicode_prefix ? " u " : " str " : " bytes ");
        print_bytes(c.as.bytes, c.len);
    }
}

static void print_token(Lexer *lexer, const Token *token, const Options *options)
{
    const Source *source = lexer->source;
    const Place *place = &token->place;
    printf("%s %u,%zu-%u,%zu", asy_token_name(token->kind), place->line,
           asy_utf8_count(source->text + place->start - place->col, place->col), place->end_line,
           asy_utf8_count(source->text + place->end - place->end_col, place->end_col));
    if (place->start - place->col != 0 && source->text[place->start - place->col - 1] != '\n') {
        printf(" bad start");
    }
    if (place->end - place->end_col != 0 && source->text[place->end - place->end_col - 1] != '\n') {
        printf(" bad end");
    }
    if (token->kind == TOK_NAME) printf(" %s", token->as.name->bytes);
    bool literal =
        token->kind == TOK_NUMBER || token->kind == TOK_STRING || token->kind == TOK_FSTRING_MIDDLE;
    if (literal && options->values) print_value(lexer, token);
    putchar('\n');
}

static void print_problems(const Diagnostics *diag)
{
    for (const Warning *w = diag->warnings; w; w = w->next) {
        printf("%s: %s (%u,%u)\n",
               w->kind == WARNING_SYNTAX ? "SyntaxWarning" : "DeprecationWarning", w->message,
               w->line, w->col);
    }
    if (diag->error.kind != DIAG_NONE) {
        const Diag *e = &diag->error;
        printf("%s: %s (%lld,%lld-%lld,%lld)%s\n", asy_diag_kind_name(e->kind), e->message,
               (long long)e->line, (long long)e->col, (long long)e->end_line, (long long)e->end_col,
               e->incomplete ? " incomplete" : "");
    }
}

static void dump(const char *name, const char *bytes, size_t len, const Options *options,
                 Totals *totals)
{
    clock_t begin = clock();
    Arena arena;
    Diagnostics diag;
    Source source;
    Names names;
    static Lexer lexer;
    asy_arena_init(&arena, &allocator);
    asy_diag_init(&diag, &arena);
    const LexerOptions lexer_options = { .int_digits_max = 4300 };
    if (asy_source_init(&source, &allocator, SOURCE_BYTES, name, bytes, len, &diag) &&
        asy_names_init(&names, &arena)) {
        asy_lexer_init(&lexer, &source, &arena, &names, &diag, &lexer_options);
        Token token;
        do {
            asy_lexer_next(&lexer, &token);
            totals->tokens++;
            if (!options->quiet && token.kind != TOK_ERROR) print_token(&lexer, &token, options);
        } while (token.kind != TOK_ENDMARKER && token.kind != TOK_ERROR);
    }
    totals->seconds += (double)(clock() - begin) / CLOCKS_PER_SEC;
    totals->bytes += len;
    if (!options->quiet) print_problems(&diag);
    asy_source_free(&source);
    asy_arena_free(&arena);
}

static bool dump_file(const char *name, const Options *options, Totals *totals)
{
    FILE *file = fopen(name, "rb");
    if (!file) {
        perror(name);
        return false;
    }
    char *bytes = NULL;
    size_t len = 0, cap = 0, got;
    do {
        if (cap - len < 65536) bytes = realloc(bytes, cap = cap * 2 + 131072);
        if (!bytes) exit(1);
        got = fread(bytes + len, 1, 65536, file);
        len += got;
    } while (got);
    fclose(file);
    if (!options->quiet) printf("file %s\n", name);
    for (int i = 0; i < options->repeat; i++) dump(name, bytes, len, options, totals);
    free(bytes);
    return true;
}

int main(int argc, char **argv)
{
    Options options = { .repeat = 1 };
    Totals totals = { 0 };
    bool ok = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--values") == 0) options.values = true;
        else if (strcmp(argv[i], "--quiet") == 0) options.quiet = true;
        else if (strncmp(argv[i], "--repeat=", 9) == 0) options.repeat = atoi(argv[i] + 9);
        else if (strcmp(argv[i], "-") != 0) ok &= dump_file(argv[i], &options, &totals);
        else {
            char name[4096];
            while (fgets(name, sizeof name, stdin)) {
                name[strcspn(name, "\n")] = '\0';
                ok &= dump_file(name, &options, &totals);
            }
        }
    }
    if (options.quiet) {
        printf("%zu tokens, %zu bytes, %.3f s: %.1f MB/s\n", totals.tokens, totals.bytes,
               totals.seconds, (double)totals.bytes / 1e6 / totals.seconds);
    }
    return ok ? 0 : 1;
}
