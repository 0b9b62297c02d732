// Numbers by the format specification mini-language: what int, float and complex do with a parsed spec.
#pragma once
#include "vm/objects/format_spec.h"

// Appends format(v, spec) if v is an exact str, int or float, which needs no method: 1, else 0; -1: raised.
ASY_CHECKED int asy_format_plain(StrBuilder *out, Value v, const char *spec, size_t size);
// Appends the integer `v` (any form) by a spec whose type is absent, b c d n o x X, or a float's.
ASY_CHECKED bool asy_format_int(StrBuilder *out, const FormatSpec *spec, Value v);
// Appends a double by a spec whose type is absent, e E f F g G n or %.
ASY_CHECKED bool asy_format_float(StrBuilder *out, const FormatSpec *spec, Value named, double d);
