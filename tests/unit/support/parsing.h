// Parsing a text in a test: everything a parse needs, set up and torn down in one go.
#pragma once

#include "parser/ast_dump.h"
#include "parser/parser.h"
#include "support/test_alloc.h"

typedef struct Parsing {
    TestAlloc alloc;
    Arena arena;
    Diagnostics diag;
    Source source;
    Names names;
    Mod *mod;    // NULL: the error is in diag
} Parsing;

// Parses `len` bytes of `text`. Allocation number `fail_at` and those behind it fail (0: none).
Parsing *parsing_open(const char *text, size_t len, ParseMode mode, bool incomplete,
                      size_t fail_at);

// The same for a string as a file, without failures.
Parsing *parsing_of(const char *text);

// Frees everything; what was leaked, in bytes (SIZE_MAX if a size was wrong).
size_t parsing_close(Parsing *parsing);

// "SyntaxError: message (line,col-end_line,end_col)" of the first error, "" if there is none; in a
// static buffer.
const char *parsing_error(const char *text, ParseMode mode);
