// str: immutable text in generalised UTF-8 (lone surrogates allowed), with an ASCII flag; s[i] is
// constant time (ASCII: directly; else by an index made on first use).
#pragma once
#include <stdarg.h>

#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct ListObj ListObj;
typedef struct StrIndex StrIndex;
struct StrObj {
    ObjHeader head;             // flags: STR_ASCII, STR_INTERNED
    uint64_t hash;              // 0: not yet made
    size_t size;                // bytes
    char *data;                 // NUL behind; inline behind the struct, or a buffer of `capacity`
    // A STR_BRIEF string ends here: its text stands in place of these.
    size_t capacity;            // 0: inline
    size_t length;              // code points of a non-ASCII string; 0: not counted yet
    StrIndex *index;            // where they are (str_index.c); NULL until needed
};
enum { STR_ASCII = OBJ_TYPE_BIT, STR_INTERNED = OBJ_TYPE_BIT << 1, STR_SURROGATES = OBJ_TYPE_BIT << 2,
       STR_METHOD_NAME = OBJ_TYPE_BIT << 3 /* interned, and in the method table (core/intern.c) */,
       STR_BRIEF = OBJ_TYPE_BIT << 4 /* ASCII text behind a short header */ };

typedef struct StrIterObj {         // str_iterator, laid open for the interpreter's for loop
    ObjHeader head;
    StrObj *str;                // NULL: exhausted
    size_t offset;              // byte
} StrIterObj;

#define asy_is_str(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_STR))
#define asy_as_str(v) asy_as(StrObj, v)
ASY_INLINE bool asy_str_is_ascii(const StrObj *s) { return (s->head.flags & STR_ASCII) != 0; }

// From UTF-8 that is known to be valid (surrogates allowed). NULL: MemoryError.
ASY_CHECKED StrObj *asy_str_new(VM *vm, const char *utf8, size_t size);
ASY_CHECKED StrObj *asy_str_from_c(VM *vm, const char *utf8);
ASY_CHECKED Value asy_str_value(VM *vm, const char *utf8);      // the same as a Value or ERR
// From bytes of unknown validity, decoded as UTF-8 with an error handler ("strict", "replace",
// "surrogateescape", ...; NULL: strict). UnicodeDecodeError.
ASY_CHECKED StrObj *asy_str_decode(VM *vm, const char *bytes, size_t size, const char *errors);
ASY_CHECKED StrObj *asy_str_from_char(VM *vm, uint32_t code_point);
// New instance of a subclass of str with this content.
ASY_CHECKED Value asy_str_subclass_new(VM *vm, Type *type, const StrObj *content);
// The same text as an exact str: `s` itself, or a copy if it is of a subclass. New reference; NULL: MemoryError.
ASY_CHECKED StrObj *asy_str_exact(VM *vm, StrObj *s);
// Positions. None of these fails: without memory for an index they count.
size_t asy_str_length(VM *vm, StrObj *s);                        // code points
uint32_t asy_str_char_at(VM *vm, StrObj *s, size_t i);           // i < length
size_t asy_str_offset(VM *vm, StrObj *s, size_t i);              // byte offset of code point i <= length
size_t asy_str_position(VM *vm, StrObj *s, size_t offset);       // code point that begins at this byte
ASY_CHECKED StrObj *asy_str_slice(VM *vm, StrObj *s, size_t start, size_t end);     // code points, end exclusive
ASY_CHECKED StrObj *asy_str_slice_bytes(VM *vm, StrObj *s, size_t from, size_t to); // byte offsets of whole code points
// Appends each character, as a string. May have appended some when it fails.
ASY_CHECKED bool asy_str_chars(VM *vm, StrObj *s, ListObj *list);
ASY_CHECKED StrObj *asy_str_repeat(VM *vm, StrObj *s, int64_t times);
ASY_CHECKED StrObj *asy_str_concat(VM *vm, StrObj *a, StrObj *b);
// a + b where *a is owned: grows in place if it is the sole reference. *a is replaced; false: MemoryError.
ASY_CHECKED bool asy_str_append(VM *vm, Value *a, StrObj *b);
// memcmp() == 0 for the sizes that strings mostly have: without a call for up to 16 bytes.
ASY_INLINE bool asy_text_equal(const char *a, const char *b, size_t size)
{
    if (size > 16) return memcmp(a, b, size) == 0;
    if (size >= 8) {
        uint64_t x[2], y[2];
        memcpy(x, a, 8), memcpy(x + 1, a + size - 8, 8);
        memcpy(y, b, 8), memcpy(y + 1, b + size - 8, 8);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    if (size >= 4) {
        uint32_t x[2], y[2];
        memcpy(x, a, 4), memcpy(x + 1, a + size - 4, 4);
        memcpy(y, b, 4), memcpy(y + 1, b + size - 4, 4);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    return !size || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}
ASY_INLINE bool asy_str_equal(const StrObj *a, const StrObj *b)
{
    if (a == b) return true;
    if (a->size != b->size || (a->hash && b->hash && a->hash != b->hash)) return false;
    return asy_text_equal(a->data, b->data, a->size);
}
bool asy_str_is(const StrObj *a, const char *text);              // equals a C string
// By code points: negative, 0, positive. UTF-8 sorts as its code points do, surrogates included.
ASY_INLINE int asy_str_compare(const StrObj *a, const StrObj *b)
{
    unsigned char first = (unsigned char)a->data[0], second = (unsigned char)b->data[0];
    if (first != second) return first - second;     // there is a NUL at the end of each
    size_t common = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, common);
    if (order) return order;
    return a->size < b->size ? -1 : a->size > b->size;
}
uint64_t asy_str_hash(VM *vm, StrObj *s);                        // keyed; never 0 or (uint64_t)-1
uint64_t asy_hash_bytes(VM *vm, const void *data, size_t size);  // the same for any bytes: SipHash-1-3

// Growing text: the usual way to build a string in C. All appends return false with MemoryError set;
// finish or free ends it.
typedef struct StrBuilder {
    VM *vm;
    char *data;
    size_t size, capacity;
    bool ascii;
    char local[256];
} StrBuilder;
void asy_builder_init(StrBuilder *b, VM *vm);
ASY_CHECKED bool asy_builder_bytes(StrBuilder *b, const char *utf8, size_t size);
ASY_CHECKED bool asy_builder_ascii(StrBuilder *b, const char *ascii, size_t size);
ASY_CHECKED bool asy_builder_c(StrBuilder *b, const char *text);
ASY_CHECKED bool asy_builder_char(StrBuilder *b, uint32_t code_point);
ASY_CHECKED bool asy_builder_str(StrBuilder *b, const StrObj *s);
ASY_CHECKED bool asy_builder_int(StrBuilder *b, int64_t i);
ASY_CHECKED bool asy_builder_float(StrBuilder *b, double d);     // repr(d)
ASY_CHECKED bool asy_builder_repr(StrBuilder *b, Value v);       // may run script
ASY_CHECKED bool asy_builder_str_of(StrBuilder *b, Value v);     // str(v); may run script
ASY_CHECKED bool asy_builder_format(StrBuilder *b, const char *format, ...);   // error.h's formats
ASY_CHECKED bool asy_builder_vformat(StrBuilder *b, const char *format, va_list args);
ASY_CHECKED bool asy_builder_fill(StrBuilder *b, uint32_t code_point, size_t times);
// Room behind data[size]: write, then add to size (ASCII; or see to `ascii`).
ASY_CHECKED char *asy_builder_grow(StrBuilder *b, size_t extra);
ASY_CHECKED ASY_INLINE char *asy_builder_reserve(StrBuilder *b, size_t extra)
{
    return ASY_LIKELY(extra < b->capacity - b->size) ? b->data + b->size : asy_builder_grow(b, extra);
}
ASY_CHECKED bool asy_builder_quoted(StrBuilder *b, const StrObj *s, bool ascii_only);   // repr(s) or ascii(s)
ASY_CHECKED StrObj *asy_builder_finish(StrBuilder *b);           // ends the builder either way
void asy_builder_free(StrBuilder *b);
