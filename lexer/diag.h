// What is wrong with a source text: one error, any number of warnings. The lexer and the parser
// fill it in; the host decides what becomes of it (an exception, lines on stderr). Nothing here
// prints.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct Source Source;

// Where something stands in a Source. Columns are 0-based and count UTF-8 bytes, as in CPython's
// ast; lines are 1-based. `start` and `end` are byte offsets into source->text.
typedef struct Place {
    uint32_t start, end;
    uint32_t line, col;
    uint32_t end_line, end_col;
} Place;

typedef enum DiagKind {
    DIAG_NONE,           // no error
    DIAG_SYNTAX,         // SyntaxError
    DIAG_INDENTATION,    // IndentationError
    DIAG_TAB,            // TabError
    DIAG_MEMORY,         // MemoryError: an allocation failed, or a limit of the parser's stack
    DIAG_RECURSION,      // RecursionError: nested too deeply
} DiagKind;

// An error as a SyntaxError shows it. The message is UTF-8, NUL-terminated, owned by the arena or
// constant.
typedef struct Diag {
    DiagKind kind;
    bool incomplete;    // the input ended inside a construct: a REPL should ask for another line
    const char *message;
    Place place;    // in bytes; line 0: the error has no place
    // lineno, offset, end_lineno, end_offset: 1-based, in characters. Where CPython gives odd
    // values so do we: columns 0 or -1, line 0 for encoding problems; a line of -1 stands for
    // None.
    int64_t line, col, end_line, end_col;
} Diag;

typedef enum WarningKind { WARNING_SYNTAX, WARNING_DEPRECATION } WarningKind;

typedef struct Warning {
    struct Warning *next;    // in the order they were found
    WarningKind kind;
    const char *message;    // as Diag's
    Place place;
    uint32_t line, col;    // 1-based, in characters
} Warning;

typedef struct Diagnostics {
    Arena *arena;            // owns messages and warnings; outlives this
    const Source *source;    // for counting characters; set by asy_source_init
    Diag error;
    Warning *warnings, **warnings_tail;
} Diagnostics;

void asy_diag_init(Diagnostics *diag, Arena *arena);

// Sets the error at `place`, replacing an earlier one (but not DIAG_MEMORY), and counts out its
// character columns. Returns false, so that a failing function may end in `return
// asy_diag_error(...)`. When there is no memory for the message the error becomes DIAG_MEMORY.
ASY_PRINTF(4, 5)
bool asy_diag_error(Diagnostics *diag, DiagKind kind, const Place *place, const char *format, ...);
bool asy_diag_verror(Diagnostics *diag, DiagKind kind, const Place *place, const char *format,
                     va_list args);

// Sets DIAG_MEMORY; false.
bool asy_diag_no_memory(Diagnostics *diag);

// Forgets the error (not a warning), so that the parser can try something else.
void asy_diag_clear(Diagnostics *diag);

// Adds a warning; false when out of memory (and the error is then set).
ASY_PRINTF(4, 5)
bool asy_diag_warn(Diagnostics *diag, WarningKind kind, const Place *place, const char *format,
                   ...);

// "SyntaxError", "IndentationError" ...; static.
const char *asy_diag_kind_name(DiagKind kind);
