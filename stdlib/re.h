// Regular expressions on PCRE2, shared by re.c (patterns, matches), re_engine.c (running them), re_module.c (the module's
// functions), re_translate.c (Python's syntax to PCRE2's) and re_sub.c (sub, split, templates). Offsets in here are bytes;
// code points are made at the edge to script.
#pragma once
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "stdlib/lib.h"

enum {
    RE_IGNORECASE = 2, RE_LOCALE = 4, RE_MULTILINE = 8, RE_DOTALL = 16, RE_UNICODE = 32, RE_VERBOSE = 64, RE_ASCII = 256,
};

typedef enum ReMode { RE_SEARCH, RE_MATCH, RE_FULLMATCH } ReMode;

enum { RE_USES = 6 };                   // modes, each for any subject and for one of ASCII

typedef struct ReHot {                  // the code for one use of a hot pattern
    pcre2_code *code;                   // NULL: the general one has to do
    bool made;                          // tried already
    bool machine;                       // compiled to machine code
} ReHot;

typedef struct RePattern {
    ObjHeader head;
    Value pattern;                      // as it was given
    DictObj *groupindex;                // name: number
    uint32_t flags;                     // RE_*
    uint32_t groups;                    // without group 0
    uint32_t *closing;                  // [groups]: in which order the groups' parentheses close, from 1
    bool bytes;                         // a pattern for bytes-like objects
    bool ascii;                         // of str, and ASCII subjects need neither UTF-8 nor Unicode properties
    Type *match_type;                   // borrowed: the VM's
    char *text;                         // in PCRE2's form
    size_t text_size;
    uint32_t heat;                      // matches so far, until it is hot
    pcre2_general_context *memory;
    pcre2_code *code;                   // for all uses
    ReHot hot[RE_USES];
    pcre2_match_context *context;
    pcre2_match_data *spare;            // for the next scan; NULL while one has it
} RePattern;
#define asy_as_pattern(v) asy_as(RePattern, v)

// One walk over one subject. Between open and close the subject's buffer is held.
typedef struct ReScan {
    RePattern *re;                      // borrowed
    Value string;                       // borrowed
    BufferView view;                    // of a bytes-like subject
    const char *data;
    size_t at, end;                     // what is left to search
    int64_t pos, endpos;                // as script counts
    bool ascii;                         // the subject is, and the pattern can make use of it
    bool after_empty;                   // the last match was empty: no empty one here again
    pcre2_match_data *match;
    const size_t *offsets;              // of the last match: start and end of each group, PCRE2_UNSET where it took no part
} ReScan;

// Checks the subject's type (TypeError) and clips pos and endpos. False: nothing to close.
ASY_CHECKED bool asy_re_scan_open(VM *vm, ReScan *scan, RePattern *re, Value string, int64_t pos, int64_t endpos);
// The next match: 1 found, 0 none, -1 exception.
ASY_CHECKED int asy_re_scan_next(VM *vm, ReScan *scan, ReMode mode);
// A piece of the subject as str or bytes.
ASY_CHECKED Value asy_re_scan_slice(VM *vm, const ReScan *scan, size_t from, size_t to);
// The last match as a Match object (re.c).
ASY_CHECKED Value asy_re_scan_match(VM *vm, const ReScan *scan);
void asy_re_scan_close(VM *vm, ReScan *scan);
// Makes the code of a translated pattern. False: re.error, MemoryError; what is there is for asy_re_forget.
ASY_CHECKED bool asy_re_prepare(VM *vm, RePattern *re, const StrBuilder *text);
// Frees all that is PCRE2's of a pattern, which may be half made.
void asy_re_forget(VM *vm, RePattern *re);
// The VM's stack for matching by machine code, made when it is first wanted. NULL: there is no memory (no exception).
pcre2_jit_stack *asy_re_jit_stack(VM *vm, size_t min, size_t max);

// The types, and what the methods of Pattern and the functions of the module share (re.c).
extern const TypeDef asy_re_pattern_type, asy_re_match_type;
ASY_CHECKED Value asy_re_compile(VM *vm, Value pattern, uint32_t flags);        // a new Pattern
Value asy_re_pattern_search(VM *vm, Args a);
Value asy_re_pattern_match(VM *vm, Args a);
Value asy_re_pattern_fullmatch(VM *vm, Args a);
Value asy_re_pattern_findall(VM *vm, Args a);
Value asy_re_pattern_finditer(VM *vm, Args a);

// re.error(message, pattern, position); position -1: None. Always ERR.
Value asy_re_raise(VM *vm, const char *message, Value pattern, int64_t position);
// Writes PCRE2's form of text[0..size) to `out`, which the caller has begun and ends; fills groups, groupindex, closing and
// the flags that stand in the text. False: re.error, MemoryError, OverflowError.
ASY_CHECKED bool asy_re_translate(VM *vm, RePattern *re, const char *text, size_t size, StrBuilder *out);

// Pattern's methods sub, subn, split and Match.expand (re_sub.c).
Value asy_re_sub(VM *vm, Args a);
Value asy_re_subn(VM *vm, Args a);
Value asy_re_split(VM *vm, Args a);
// The text of `template` with the groups of a match filled in; the subject's pieces are at offsets in `scan`.
ASY_CHECKED Value asy_re_expand(VM *vm, const ReScan *scan, Value template);
