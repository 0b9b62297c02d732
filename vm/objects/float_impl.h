// What the files of float and complex share: the boxed form of subclasses, digits of a double, parsing.
#pragma once
#include "vm/core/native.h"
#include "vm/objects/float.h"

typedef struct FloatObj {       // instances of subclasses; floats themselves are inline
    ObjHeader head;
    double value;
} FloatObj;

// The decimal digits of a finite magnitude: 0.d1d2d3... * 10^point. To be freed, also after an error.
typedef struct FloatDigits {
    const char *digits;         // ASCII
    size_t count;
    int point;
    char *buffer;               // if `local` is too short
    size_t capacity;
    char local[64];
} FloatDigits;
// mode 'r': the fewest digits that read back as d. 'e': `precision` digits behind the first. 'f': `precision`
// digits behind the decimal point. Correctly rounded, half to even. d >= 0. False: MemoryError.
ASY_CHECKED bool asy_float_digits(VM *vm, double d, char mode, int precision, FloatDigits *out);
void asy_float_digits_free(VM *vm, FloatDigits *digits);
// Shortest digits of a positive double, 1 to 17 of them, no NUL; returns their number.
int asy_float_shortest(double d, char digits[17], int *point);

enum { FLOAT_TEXT_MAX = 32 };
// repr of a double, without NUL; returns its length. `dot_zero`: "1.0" rather than "1" (complex leaves it out).
size_t asy_float_write(double d, bool dot_zero, char out[FLOAT_TEXT_MAX]);

// A number at the start of [text, end): no blanks, underscores between digits allowed; inf and nan too.
// Returns where it ends; NULL: there is none.
const char *asy_float_scan(const char *text, const char *end, double *out);
// v as a double if it is a float (of any class) or an integer. 1, 0 something else, -1 OverflowError.
ASY_CHECKED int asy_float_operand(VM *vm, Value v, double *out);
// ASCII form of a str with digits and blanks of any script; NULL: MemoryError. size_t out; freed with asy_mem_free(.., s->size + 1).
ASY_CHECKED char *asy_float_ascii(VM *vm, const StrObj *s, size_t *size);
// Rounds to `ndigits` decimal places (may be negative), half to even. OverflowError.
ASY_CHECKED Value asy_float_round(VM *vm, double d, int64_t ndigits);
Value asy_float_hex(VM *vm, double d);
// float.fromhex; ValueError, OverflowError.
ASY_CHECKED bool asy_float_from_hex(VM *vm, const char *text, size_t size, double *out);
ASY_CHECKED Value asy_float_pow(VM *vm, double a, double b);       // may be a complex number
ASY_CHECKED Value asy_complex_pow(VM *vm, double ar, double ai, double br, double bi);
// Raises OverflowError(34, 'Numerical result out of range').
Value asy_float_raise_range(VM *vm);
Value asy_float_format_method(VM *vm, Args a);         // objects/format_number.c
Value asy_complex_format_method(VM *vm, Args a);
