// The format specification mini-language: [[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type].
//
// Parsed once here for str, int, float and complex; the types say what they refuse. Widths count code
// points.
#pragma once
#include "vm/objects/str.h"

typedef struct FormatSpec {
    uint32_t fill;          // code point; ' ' unless given ('0' after a leading zero)
    char align;             // '<' '>' '=' '^', the default if not given
    bool align_given;       // or implied by a leading zero
    char sign;              // '+' '-' ' ', 0: not given
    bool z;                 // negative zero becomes zero
    bool alternate;         // '#'
    bool zero;              // '0' before the width
    char grouping;          // ',' '_', 0: none
    int64_t width;          // -1: not given
    int64_t precision;      // -1: not given
    uint32_t type;          // code point, 0: not given
} FormatSpec;

// Parses `spec` for `value` (named in messages). `align` is the type's default: '<' text, '>' numbers.
// ValueError with CPython's words.
ASY_CHECKED bool asy_format_spec_parse(VM *vm, const char *spec, size_t size, Value value, char align, FormatSpec *out);
// "Unknown format code 'x' for object of type 'int'"; returns ERR.
Value asy_format_spec_unknown(VM *vm, const FormatSpec *spec, Value value);

// Appends a str by the text of a spec (str.__format__).
ASY_CHECKED bool asy_format_str(StrBuilder *out, const char *spec, size_t size, StrObj *s);
// Appends text (valid UTF-8) filled up to the width. '=' counts as '>'.
ASY_CHECKED bool asy_format_pad(StrBuilder *out, const FormatSpec *spec, const char *text, size_t size);

// A number laid out by the spec: sign (0: none), prefix ("0x", may be ""), the digits of its whole part,
// which are grouped (by 3; by 4 for b, o, x, X), then the rest ("." and fraction, exponent, "%") as it is.
// Zero padding with '=' takes part in the grouping. "inf" and "nan" go in as digits.
ASY_CHECKED bool asy_format_number(StrBuilder *out, const FormatSpec *spec, char sign, const char *prefix, const char *digits,
                                   size_t digit_count, const char *rest, size_t rest_size);
