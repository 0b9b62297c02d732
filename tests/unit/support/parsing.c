// The set-up shared by the parser's tests.
#include "support/parsing.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Parsing *parsing_open(const char *text, size_t len, ParseMode mode, bool incomplete, size_t fail_at)
{
    Parsing *p = malloc(sizeof *p);
    if (!p) abort();
    test_alloc_init(&p->alloc, fail_at);
    const AsyAllocator *alloc = &p->alloc.allocator;
    asy_arena_init(&p->arena, alloc);
    asy_diag_init(&p->diag, &p->arena);
    const ParseOptions options = {
        .allow_incomplete = incomplete,
        .lexer = { .int_digits_max = 4300 },
    };
    p->mod = NULL;
    if (!asy_source_init(&p->source, alloc, SOURCE_STRING, "test.py", text, len, &p->diag))
        return p;
    if (asy_names_init(&p->names, &p->arena))
        p->mod = asy_parse(alloc, &p->source, mode, &options, &p->names, &p->arena, &p->diag);
    else (void)asy_diag_no_memory(&p->diag);
    return p;
}

Parsing *parsing_of(const char *text)
{
    return parsing_open(text, strlen(text), PARSE_EXEC, false, 0);
}

size_t parsing_close(Parsing *p)
{
    asy_source_free(&p->source);
    asy_arena_free(&p->arena);
    size_t leaked = p->alloc.wrong_size ? SIZE_MAX : p->alloc.held;
    free(p);
    return leaked;
}

const char *parsing_error(const char *text, ParseMode mode)
{
    static char buffer[4096];
    Parsing *p = parsing_open(text, strlen(text), mode, false, 0);
    const Diag *e = &p->diag.error;
    buffer[0] = '\0';
    if (!p->mod)
        snprintf(buffer, sizeof buffer, "%s: %s (%lld,%lld-%lld,%lld)", asy_diag_kind_name(e->kind),
                 e->message, (long long)e->line, (long long)e->col, (long long)e->end_line,
                 (long long)e->end_col);
    parsing_close(p);
    return buffer;
}
