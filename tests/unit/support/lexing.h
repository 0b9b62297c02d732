// Lexing a text in a test: everything a lexer needs, set up and torn down in one go.
#pragma once

#include "lexer/literal.h"
#include "support/test_alloc.h"

typedef struct Lexing {
    TestAlloc alloc;
    Arena arena;
    Diagnostics diag;
    Source source;
    Names names;
    Lexer lexer;
    bool ready;    // the source was accepted and the lexer may be asked
} Lexing;

// Starts on `len` bytes of `text`. Allocation number `fail_at` and those behind it fail (0: none).
Lexing *lexing_open(SourceKind kind, const char *text, size_t len, size_t fail_at);

// The same for a string, as compile() gets it, without failures.
Lexing *lexing_of(const char *text);

// Reads to the end, decoding every literal; the kind of the last token (ENDMARKER or ERROR), with
// a literal's error in diag as well.
TokenKind lexing_drain(Lexing *lexing);

// Frees everything; what was leaked, in bytes (SIZE_MAX if a size was wrong).
size_t lexing_close(Lexing *lexing);

// The kinds of all tokens of `text` but the last NEWLINE and ENDMARKER, separated by spaces; an
// error's message comes last. In a static buffer.
const char *lexing_kinds(const char *text);

// "SyntaxError: message (line,col-end_line,end_col)" of the first error, "" if there is none; in a
// static buffer.
const char *lexing_error(const char *text);

// The warnings' messages, separated by newlines.
const char *lexing_warnings(const char *text);
