// The names of characters: \N{...}, the error handler namereplace, unicodedata.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNICODE_NAME_MAX = 96, UNICODE_SEQUENCE_MAX = 16 };

// The name of a character, NUL-terminated; its length, 0 if it has none.
size_t asy_unicode_name(uint32_t code_point, char out[UNICODE_NAME_MAX]);
// The character of this name, in any case; aliases are names too. False: there is none.
bool asy_unicode_name_find(const char *name, size_t size, uint32_t *code_point);
// The same for named sequences too: how many code points, 0 if there is no such name.
size_t asy_unicode_name_find_sequence(const char *name, size_t size, uint32_t out[UNICODE_SEQUENCE_MAX]);
