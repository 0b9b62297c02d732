// astdump: the parser by itself, for the comparisons with CPython (tests/ast_oracle.py and others).
//
//   astdump [--mode exec|eval|single] [--incomplete] [--time] [--names FILE]
//
// Takes file names on stdin, one a line; FILE has a line `NAME\t<code point in hex>` for each
// Unicode name. Answers each name with a line `OK <bytes>` and that many bytes of asy_ast_dump's
// JSON, or with a line `ERR
// <kind>\t<message>\t<lineno>\t<offset>\t<end_lineno>\t<end_offset>\t<incomplete>`, newlines in the
// message written as \n. With --time it prints nothing but the CPU seconds spent from bytes to
// tree, the bytes, and how many files failed.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/buf.h"
#include "parser/ast_dump.h"
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

// The file of --names, for \N{...}; NULL: no name is known.
static char *names_text;

static bool find_name(void *ud, const char *name, size_t len, uint32_t *code_point)
{
    (void)ud;
    char wanted[256];
    if (!names_text || len > sizeof wanted - 3) return false;
    wanted[0] = '\n';
    for (size_t i = 0; i < len; i++)
        wanted[i + 1] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A') : name[i];
    memcpy(wanted + len + 1, "\t", 2);
    const char *found = strstr(names_text, wanted);
    if (found) found++;
    else if (strncmp(names_text, wanted + 1, len + 1) == 0) found = names_text;
    if (found) *code_point = (uint32_t)strtoul(found + len + 1, NULL, 16);
    return found;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    size_t cap = 1 << 16;
    char *bytes = malloc(cap);
    *len = 0;
    while (bytes) {
        *len += fread(bytes + *len, 1, cap - *len, file);
        if (*len < cap) break;
        bytes = realloc(bytes, cap *= 2);
    }
    fclose(file);
    return bytes;
}

static void print_error(const Diag *error)
{
    printf("ERR %s\t", asy_diag_kind_name(error->kind));
    for (const char *c = error->message ? error->message : ""; *c; c++)
        if (*c == '\n') printf("\\n");
        else putchar(*c);
    printf("\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%d\n", error->line, error->col,
           error->end_line, error->end_col, error->incomplete);
}

int main(int argc, char **argv)
{
    ParseMode mode = PARSE_EXEC;
    ParseOptions options = { .lexer = { .int_digits_max = 4300 } };
    bool timing = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--incomplete")) options.allow_incomplete = true;
        else if (!strcmp(argv[i], "--time")) timing = true;
        else if (!strcmp(argv[i], "--names") && i + 1 < argc) {
            size_t len;
            names_text = read_file(argv[++i], &len);
            if (!names_text) return 2;
            names_text[len] = '\0';
            options.lexer.name_lookup = find_name;
        } else if (!strcmp(argv[i], "eval")) mode = PARSE_EVAL;
        else if (!strcmp(argv[i], "single")) mode = PARSE_SINGLE;
    }
    char path[4096];
    double seconds = 0;
    size_t total = 0, failures = 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        size_t len;
        char *bytes = read_file(path, &len);
        if (!bytes) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            return 2;
        }
        clock_t start = clock();
        Arena arena;
        Names names;
        Source source = { 0 };
        Diagnostics diag;
        Mod *mod = NULL;
        asy_arena_init(&arena, &host);
        asy_diag_init(&diag, &arena);
        if (asy_names_init(&names, &arena) &&
            asy_source_init(&source, &host, SOURCE_BYTES, path, bytes, len, &diag))
            mod = asy_parse(&host, &source, mode, &options, &names, &arena, &diag);
        seconds += (double)(clock() - start) / CLOCKS_PER_SEC;
        total += len;
        failures += !mod;
        if (!timing && mod) {
            Buf out;
            asy_buf_init(&out, &host);
            if (!asy_ast_dump(mod, &out)) return 2;
            printf("OK %zu\n", out.len);
            fwrite(out.bytes, 1, out.len, stdout);
            asy_buf_free(&out);
        } else if (!timing) {
            print_error(&diag.error);
        }
        fflush(stdout);
        start = clock();
        asy_arena_free(&arena);
        asy_source_free(&source);
        seconds += (double)(clock() - start) / CLOCKS_PER_SEC;
        free(bytes);
    }
    if (timing) printf("%.3f seconds, %zu bytes, %zu failed\n", seconds, total, failures);
    return 0;
}
