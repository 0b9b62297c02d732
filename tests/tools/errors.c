// errors: checks the parser against golden files of mistakes (tests/golden/errors/refresh.py says
// how they look).
//
//   errors FILE.txt ...     says which cases differ, and how many of how many passed
//
// Cases marked `compile` are left out: their error is the compiler's.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "parser/parser.h"

static void *host_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static const AsyAllocator host = { host_resize, NULL };

// "SyntaxError 1 3 1 4\nmessage\n" of a program, "accepted\n" if there is no error.
static void parse(const char *program, size_t len, char *out, size_t size)
{
    Arena arena;
    Names names;
    Source source = { 0 };
    Diagnostics diag;
    Mod *mod = NULL;
    const ParseOptions options = { .lexer = { .int_digits_max = 4300 } };
    asy_arena_init(&arena, &host);
    asy_diag_init(&diag, &arena);
    if (asy_names_init(&names, &arena) &&
        asy_source_init(&source, &host, SOURCE_STRING, "program", program, len, &diag))
        mod = asy_parse(&host, &source, PARSE_EXEC, &options, &names, &arena, &diag);
    const Diag *e = &diag.error;
    if (mod) {
        snprintf(out, size, "accepted\n");
    } else {
        snprintf(out, size, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n%s\n",
                 asy_diag_kind_name(e->kind), e->line, e->col, e->end_line, e->end_col,
                 e->message ? e->message : "");
    }
    asy_arena_free(&arena);
    asy_source_free(&source);
}

static size_t cases, failures;

// One case: the program, "--- ", and what is expected up to `end`.
static void check(const char *path, const char *program, const char *end)
{
    const char *expected = strstr(program, "\n--- ");
    if (!expected || expected > end) {
        printf("%s: a case without an expectation:\n%s\n", path, program);
        failures++;
        return;
    }
    size_t len = (size_t)(expected + 1 - program);
    expected += 5;
    const char *line_end = strchr(expected, '\n');
    if (memcmp(line_end - 8, " compile", 8) == 0) return;
    char have[4096];
    parse(program, len, have, sizeof have);
    cases++;
    size_t want = (size_t)(end - expected);
    if (strlen(have) == want && memcmp(have, expected, want) == 0) return;
    failures++;
    printf("%s:\n%.*s  is      %s  CPython %.*s", path, (int)len, program, have, (int)want,
           expected);
}

static void check_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    static char text[1 << 20];
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    if (!len || len == sizeof text - 1) {
        printf("%s: cannot be read\n", path);
        failures++;
        return;
    }
    text[len] = '\0';
    char *at = strncmp(text, "===\n", 4) == 0 ? text : strstr(text, "\n===\n");
    while (at) {
        const char *program = strchr(at + (*at == '\n'), '\n') + 1;
        at = strstr(program, "\n===\n");
        check(path, program, at ? at + 1 : text + len);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) check_file(argv[i]);
    printf("%zu passed, %zu failed\n", cases - failures, failures);
    return failures || !cases;
}
