// From source text to tree: the parser's one entrance.
//
// The whole text is cut into tokens first, then an LALR(1) grammar (grammar.y) builds the tree;
// what a grammar cannot say is checked as the nodes are built (check.c). Text that is not a program
// is gone through once more by diagnose.c, which finds the message, line and column CPython 3.12
// gives.
#pragma once
#include "base/alloc.h"
#include "base/arena.h"
#include "base/macros.h"
#include "lexer/diag.h"
#include "lexer/lexer.h"
#include "parser/ast.h"

typedef enum ParseMode {
    PARSE_EXEC,      // a file: Module
    PARSE_SINGLE,    // one statement at the prompt: Interactive
    PARSE_EVAL,      // one expression: Expression
} ParseMode;

typedef struct ParseOptions {
    // The text may go on: if it ends where more could make it right, the error is "incomplete
    // input" with its `incomplete` set, and a prompt asks for another line.
    bool allow_incomplete;
    LexerOptions lexer;
} ParseOptions;

// Parses all of `source`. The tree and everything it points to lives in `arena`, its names in
// `names`; working memory comes from `allocator` and is given back. `options` may be NULL. NULL on
// failure, with the error in `diag` (whose arena may be `arena` too): a syntax error (SyntaxError,
// IndentationError, TabError), RecursionError for a tree higher than AST_HEIGHT_MAX, or
// MemoryError. `await` is accepted everywhere, as by CPython's parser: where it may stand is the
// compiler's to say. Reading takes little C stack however deep the text nests; finding out what is
// wrong with it takes up to 2 MB.
ASY_CHECKED Mod *asy_parse(const AsyAllocator *allocator, const Source *source, ParseMode mode,
                           const ParseOptions *options, Names *names, Arena *arena,
                           Diagnostics *diag);
