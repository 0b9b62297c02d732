// The source text of a file by its name, for tracebacks.
#pragma once
#include "vm/objects/str.h"

// Remembers a text that is in no file (a prompt's input, a script handed over in memory) under this
// filename, replacing an earlier one. UTF-8. False: MemoryError.
ASY_CHECKED bool asy_source_register(VM *vm, StrObj *filename, const char *text, size_t size);
// Line `number` (from 1) without its newline: a str, or None if it is not to be had. Files are read once
// and kept until asy_source_forget_files. ERR: MemoryError only.
ASY_CHECKED Value asy_source_get_line(VM *vm, StrObj *filename, int number);
// Files may have changed: reads them anew from now on. Registered texts stay.
void asy_source_forget_files(VM *vm);
void asy_source_close(VM *vm);
