// Which part of a failing expression a traceback's carets mark.
#pragma once
#include "vm/core/object.h"

// For an expression's text (one line, UTF-8): the bytes [*left, *right) to mark with ^, the rest with ~. False:
// mark all of it alike (it is no binary operation or subscript, no whole expression, or memory is short).
bool asy_traceback_anchors(VM *vm, const char *text, size_t size, size_t *left, size_t *right);
