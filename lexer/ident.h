// Identifiers beyond ASCII: which characters may stand in them, their normal form, and which
// characters may be shown. Unicode 15, as CPython 3.12; from utf8proc.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

// XID_Start or '_' / XID_Continue.
bool asy_ident_is_start(uint32_t c);
bool asy_ident_is_continue(uint32_t c);

// str.isprintable for one character.
bool asy_ident_is_printable(uint32_t c);

// The NFKC form of valid UTF-8, in the arena, NUL-terminated; NULL when out of memory.
ASY_CHECKED char *asy_ident_normalize(Arena *arena, const char *bytes, size_t len, size_t *out_len);
