// Names: identifiers, each stored once, so that equal names are the same pointer. Keywords are in
// the table too and know their token, which makes one look-up classify a word.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct Name {
    uint32_t hash;
    uint32_t len;
    uint16_t token;    // TokenKind: NAME, or the keyword it is (soft keywords too)
    bool ascii;
    char bytes[];    // NFKC-normalised UTF-8 and a NUL
} Name;

typedef struct Names {
    Arena *arena;          // owns names and table
    const Name **table;    // open addressing, a power of two
    uint32_t mask, count;
} Names;

// A table that holds the keywords; false when out of memory. Names live as long as `arena`.
ASY_CHECKED bool asy_names_init(Names *names, Arena *arena);

// The one Name with these bytes (already normalised); NULL when out of memory.
const Name *asy_names_intern(Names *names, const char *bytes, size_t len);

// The same for a constant string.
const Name *asy_names_intern_cstr(Names *names, const char *text);
