// Parts of what asy_exc_format (objects/exception.h) prints.
#pragma once
#include "vm/objects/str.h"
#include "vm/objects/traceback.h"

// The lines of a traceback without a heading: files, source lines, carets, repeated lines folded. Appends.
// False: MemoryError.
ASY_CHECKED bool asy_traceback_format(VM *vm, StrBuilder *out, const TracebackObj *tb);
// The exception without its traceback and chain: place of a syntax error, type and message, notes. Ends in a
// newline. NULL: MemoryError.
ASY_CHECKED StrObj *asy_exc_format_only(VM *vm, Value exc);
