// The source text of a file by its name, for tracebacks.
#pragma once
#include "vm/objects/str.h"

// A text was compiled under this filename. If no file of that name can be read, and it is none of the names
// in angle brackets (whose lines no traceback shows), the text is kept, replacing an earlier one. UTF-8.
// False: MemoryError.
ASY_CHECKED bool asy_source_lines_remember(VM *vm, const char *filename, const char *text, size_t size);
// Line `number` (from 1) without its newline: a str, or None if it is not to be had. Files are read once
// and kept until asy_source_forget_files. ERR: MemoryError only.
ASY_CHECKED Value asy_source_get_line(VM *vm, StrObj *filename, int number);
// Files may have changed: reads them anew from now on. Registered texts stay.
void asy_source_forget_files(VM *vm);
void asy_source_close(VM *vm);
