// What the files of str share: making strings whose flags are known, and walking bytes of a search.
#pragma once
#include "vm/objects/str.h"

enum { STR_TEXT_FLAGS = STR_ASCII | STR_SURROGATES };   // what is said of the text itself

// memcpy for the sizes that strings mostly have: without a call for up to 16 bytes.
ASY_INLINE void asy_str_copy_text(char *to, const char *from, size_t size)
{
    if (size > 16) {
        memcpy(to, from, size);
    } else if (size >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + size - 8, &last, 8);
    } else if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + size - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + size - 4, &last, 4);
    } else if (size) {
        char middle = from[size / 2], last = from[size - 1];
        to[0] = from[0];
        to[size / 2] = middle;
        to[size - 1] = last;
    }
}

extern const bool asy_str_space[256];       // whitespace among the ASCII characters; false from 0x80 on

// STR_ASCII, or STR_SURROGATES if a lone surrogate is in there, or 0. `ascii`: known to be ASCII.
uint32_t asy_str_scan(const char *utf8, size_t size, bool ascii);
// String of text whose flags are known. NULL: MemoryError.
ASY_CHECKED StrObj *asy_str_make(VM *vm, const char *utf8, size_t size, uint32_t flags);
// Frees the index of a string that has the fields for one.
void asy_str_index_free(VM *vm, StrObj *s);
// String with room for `size` bytes at data, for the caller to fill before anyone sees it; NUL is set.
// size > 1: the shared short strings are not for writing.
ASY_CHECKED StrObj *asy_str_alloc(VM *vm, size_t size, uint32_t flags);
// String that takes over a buffer of asy_mem_alloc with size < capacity. NULL: MemoryError, the buffer stays the caller's.
ASY_CHECKED StrObj *asy_str_adopt(VM *vm, char *data, size_t size, size_t capacity, uint32_t flags);

// Slots and tables of the type, by the file that has them.
extern const MethodDef asy_str_methods[];                       // str_methods.c
Value asy_str_iter(VM *vm, Value self);                         // text_iterator.c
Value asy_str_percent(VM *vm, Value format, Value args);        // str_percent.c: format % args

ASY_INLINE Value asy_str_or_err(StrObj *s) { return s ? asy_from_obj(s) : ASY_ERR; }
// Methods, by the file that has them.
Value asy_str_join(VM *vm, Args a);                             // str_split.c
Value asy_str_split(VM *vm, Args a);
Value asy_str_rsplit(VM *vm, Args a);
Value asy_str_splitlines(VM *vm, Args a);
Value asy_str_partition(VM *vm, Args a);
Value asy_str_rpartition(VM *vm, Args a);
Value asy_str_capitalize(VM *vm, Args a);                       // str_case.c
Value asy_str_casefold(VM *vm, Args a);
Value asy_str_lower(VM *vm, Args a);
Value asy_str_swapcase(VM *vm, Args a);
Value asy_str_title(VM *vm, Args a);
Value asy_str_upper(VM *vm, Args a);
Value asy_str_isalnum(VM *vm, Args a);
Value asy_str_isalpha(VM *vm, Args a);
Value asy_str_isascii(VM *vm, Args a);
Value asy_str_isdecimal(VM *vm, Args a);
Value asy_str_isdigit(VM *vm, Args a);
Value asy_str_isidentifier(VM *vm, Args a);
Value asy_str_islower(VM *vm, Args a);
Value asy_str_isnumeric(VM *vm, Args a);
Value asy_str_isprintable(VM *vm, Args a);
Value asy_str_isspace(VM *vm, Args a);
Value asy_str_istitle(VM *vm, Args a);
Value asy_str_isupper(VM *vm, Args a);
Value asy_str_maketrans(VM *vm, Args a);                        // str_translate.c
Value asy_str_translate(VM *vm, Args a);
Value asy_str_format(VM *vm, Args a);                           // str_format.c
Value asy_str_format_map(VM *vm, Args a);
Value asy_str_format_spec(VM *vm, Args a);                      // format_spec.c
