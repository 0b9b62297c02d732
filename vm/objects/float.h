// float and complex.
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct ComplexObj {
    ObjHeader head;
    double real, imag;
} ComplexObj;
bool asy_is_floating(VM *vm, Value v);              // float or an instance of a subclass
double asy_float_value(Value v);                    // of such a value
ASY_CHECKED StrObj *asy_float_repr(VM *vm, double d);       // shortest text that reads back the same
// Digits as the format types e, f, g, r do; `flags`: alternate form, sign. Appends.
ASY_CHECKED Value asy_complex_new(VM *vm, double real, double imag);
// digits * 10^exponent, correctly rounded, where that is quickly told: nearly always, unless the result is subnormal or
// infinite. False: it is not.
ASY_CHECKED bool asy_float_compose(uint64_t digits, int64_t exponent, double *out);
ASY_CHECKED bool asy_float_parse(VM *vm, const char *text, size_t size, double *out);  // false: not a number (no exception)
