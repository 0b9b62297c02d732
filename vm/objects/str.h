// str: immutable text in generalised UTF-8 (lone surrogates allowed), with an ASCII flag; s[i] is
// constant time (ASCII: directly; else by an index made on first use).
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct StrIndex StrIndex;
struct StrObj {
    ObjHeader head;             // flags: STR_ASCII, STR_INTERNED
    uint64_t hash;              // 0: not yet made
    size_t size;                // bytes
    char *data;                 // NUL behind; inline behind the struct, or a buffer of `capacity`
    StrIndex *index;            // of a non-ASCII string: code point count and offsets; NULL until needed
    size_t capacity;            // 0: inline
};
enum { STR_ASCII = OBJ_TYPE_BIT, STR_INTERNED = OBJ_TYPE_BIT << 1, STR_SURROGATES = OBJ_TYPE_BIT << 2 };

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
size_t asy_str_length(VM *vm, StrObj *s);                        // code points; SIZE_MAX: MemoryError
ASY_CHECKED bool asy_str_char_at(VM *vm, StrObj *s, size_t i, uint32_t *out);
ASY_CHECKED StrObj *asy_str_slice(VM *vm, StrObj *s, size_t start, size_t end);     // code points, end exclusive
ASY_CHECKED StrObj *asy_str_concat(VM *vm, StrObj *a, StrObj *b);
// a + b where *a is owned: grows in place if it is the sole reference. *a is replaced; false: MemoryError.
ASY_CHECKED bool asy_str_append(VM *vm, Value *a, StrObj *b);
bool asy_str_equal(const StrObj *a, const StrObj *b);
bool asy_str_is(const StrObj *a, const char *text);              // equals a C string
int asy_str_compare(const StrObj *a, const StrObj *b);           // by code points: -1, 0, 1
uint64_t asy_str_hash(VM *vm, StrObj *s);                        // keyed; never 0 or (uint64_t)-1

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
ASY_CHECKED bool asy_builder_c(StrBuilder *b, const char *text);
ASY_CHECKED bool asy_builder_char(StrBuilder *b, uint32_t code_point);
ASY_CHECKED bool asy_builder_str(StrBuilder *b, const StrObj *s);
ASY_CHECKED bool asy_builder_repr(StrBuilder *b, Value v);       // may run script
ASY_CHECKED bool asy_builder_str_of(StrBuilder *b, Value v);     // str(v); may run script
ASY_CHECKED bool asy_builder_format(StrBuilder *b, const char *format, ...);   // error.h's formats
ASY_CHECKED StrObj *asy_builder_finish(StrBuilder *b);           // frees the builder either way
void asy_builder_free(StrBuilder *b);
