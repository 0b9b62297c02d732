// Source lines for tracebacks: from text that was compiled from memory, or from files.
#pragma once
#include "vm/core/vm.h"

// Line `lineno` (from 1) of `filename`, without its newline; new str, None if there is none, ERR: MemoryError. Text
// remembered for the name goes first; else the file is read through vm->import.files and kept.
ASY_CHECKED Value asy_source_lines_get(VM *vm, StrObj *filename, int64_t lineno);
// Keeps the text compiled under a name that no file has ("<string>" is not kept: CPython shows no line for it).
// False: MemoryError.
ASY_CHECKED bool asy_source_lines_remember(VM *vm, const char *filename, const char *text, size_t size);
void asy_source_lines_close(VM *vm);
