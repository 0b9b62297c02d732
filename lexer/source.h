// A source text: bytes as the host read them, made into UTF-8 lines that end in '\n'.
//
// Reads the BOM and the PEP 263 cookie, decodes the encoding they name, turns CRLF and CR into LF,
// adds a last newline where there is none, and refuses NUL bytes and ill-formed text. What is left
// is valid UTF-8, so that nobody behind this file checks again. Constants and names may point into
// the text: it must outlive them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/diag.h"

#define SOURCE_PADDING 16    // NUL bytes behind the text, so that scanners may read past its end

struct Source {
    const AsyAllocator *alloc;
    const char *filename;    // as given; not copied
    char *text;              // owned; `len` bytes and SOURCE_PADDING NULs
    uint32_t len;            // 0, or the last byte is '\n'
    bool newline_added;      // the last '\n' is ours
    bool cookie_found;
    size_t size;    // of the allocation
    const char
        *encoding;    // normalised name of what it was decoded from, "utf-8" by default; static
};

typedef enum SourceKind {
    SOURCE_FILE,      // bytes of a file: errors in the encoding are worded as for a file
    SOURCE_BYTES,     // compile(b"..."): BOM and cookie count, errors as for compile()
    SOURCE_STRING,    // compile("..."): already text; a cookie means nothing
} SourceKind;

// Takes a copy of `bytes`, decoded. False with diag's error set; `source` is then empty, and
// freeing it is harmless. `filename` must outlive the source. Sets diag->source.
ASY_CHECKED bool asy_source_init(Source *source, const AsyAllocator *alloc, SourceKind kind,
                                 const char *filename, const char *bytes, size_t len,
                                 Diagnostics *diag);

// Frees the text; a zeroed Source is fine.
void asy_source_free(Source *source);

// The line number `line` (1-based) without its newline, in *text and *len; false if there is no
// such line.
bool asy_source_line(const Source *source, uint32_t line, const char **text, size_t *len);

// 1-based column in characters of the byte at offset `at` (<= len) of the text.
uint32_t asy_source_column(const Source *source, uint32_t at);
