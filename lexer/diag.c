// Errors and warnings about a source text: formatting messages and counting out columns.
#include "lexer/diag.h"

#include <assert.h>
#include <stdio.h>

#include "base/utf8.h"
#include "lexer/source.h"

void asy_diag_init(Diagnostics *diag, Arena *arena)
{
    *diag = (Diagnostics){ .arena = arena };
    diag->warnings_tail = &diag->warnings;
}

bool asy_diag_no_memory(Diagnostics *diag)
{
    diag->error =
        (Diag){ .kind = DIAG_MEMORY, .message = "out of memory", .line = -1, .end_line = -1 };
    return false;
}

void asy_diag_clear(Diagnostics *diag)
{
    diag->error = (Diag){ .kind = DIAG_NONE };
}

ASY_PRINTF(2, 0) static const char *format_message(Arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0) return NULL;
    char *message = asy_arena_alloc(arena, (size_t)len + 1);
    if (message) (void)vsnprintf(message, (size_t)len + 1, format, args);
    return message;
}

// The 1-based column in characters of what is `col` bytes into its line at offset `at`. A newline
// token ends on its own line, so the line cannot be found from `at` alone.
static uint32_t character_column(const Source *source, uint32_t at, uint32_t col)
{
    assert(col <= at);
    assert(at <= source->len);
    return (uint32_t)asy_utf8_count(source->text + at - col, col) + 1;
}

bool asy_diag_verror(Diagnostics *diag, DiagKind kind, const Place *place, const char *format,
                     va_list args)
{
    assert(kind != DIAG_NONE);
    if (diag->error.kind == DIAG_MEMORY) return false;
    const char *message = format_message(diag->arena, format, args);
    if (!message) return asy_diag_no_memory(diag);
    diag->error = (Diag){ .kind = kind, .message = message, .place = *place };
    diag->error.line = place->line;
    diag->error.end_line = place->end_line;
    if (place->line && diag->source) {
        diag->error.col = character_column(diag->source, place->start, place->col);
        diag->error.end_col = character_column(diag->source, place->end, place->end_col);
    }
    return false;
}

bool asy_diag_error(Diagnostics *diag, DiagKind kind, const Place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)asy_diag_verror(diag, kind, place, format, args);
    va_end(args);
    return false;
}

bool asy_diag_warn(Diagnostics *diag, WarningKind kind, const Place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = format_message(diag->arena, format, args);
    va_end(args);
    Warning *warning = asy_arena_alloc(diag->arena, sizeof *warning);
    if (!message || !warning) return asy_diag_no_memory(diag);
    *warning = (Warning){ .kind = kind, .message = message, .place = *place, .line = place->line };
    if (place->line && diag->source) {
        warning->col = character_column(diag->source, place->start, place->col);
    }
    *diag->warnings_tail = warning;
    diag->warnings_tail = &warning->next;
    return true;
}

const char *asy_diag_kind_name(DiagKind kind)
{
    switch (kind) {
    case DIAG_NONE: break;
    case DIAG_SYNTAX: return "SyntaxError";
    case DIAG_INDENTATION: return "IndentationError";
    case DIAG_TAB: return "TabError";
    case DIAG_MEMORY: return "MemoryError";
    case DIAG_RECURSION: return "RecursionError";
    }
    return "";
}
