// Tokens as text, for people: `asy --dump-tokens`.
#pragma once
#include "base/buf.h"
#include "lexer/lexer.h"
#include "lexer/source.h"

// Appends a line for each token of `source`: "line,column-line,column KIND text". False without memory; an error in the
// source ends the listing and is in `diag`.
ASY_CHECKED bool asy_tokens_dump(const Source *source, const AsyAllocator *allocator, Arena *arena, Diagnostics *diag,
                                 Buf *out);
