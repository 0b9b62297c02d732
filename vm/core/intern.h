// Interned strings and the names C code needs.
//
// Names (attributes, globals, keywords) are interned: equal names are the same object. The names C
// uses are listed in names.def and live in vm->names as long as the VM: asy_name(vm, __init__).
#pragma once
#include "vm/core/object.h"

typedef struct StrObj StrObj;

typedef struct KnownNames {
#define NAME(id) StrObj *id;
#define NAME_AS(id, text) StrObj *id;
#include "vm/core/names.def"
} KnownNames;
#define asy_name(vm, id) ((vm)->names.id)

ASY_CHECKED StrObj *asy_intern(VM *vm, const char *bytes, size_t size);     // new reference; NULL: MemoryError
ASY_CHECKED StrObj *asy_intern_c(VM *vm, const char *text);
// The interned equal of `s` (borrowed), new reference.
ASY_CHECKED StrObj *asy_intern_str(VM *vm, StrObj *s);
// An interned str dies (called by str.c): out of the table.
void asy_intern_forget(VM *vm, StrObj *s);
ASY_CHECKED bool asy_intern_init(VM *vm);
void asy_intern_close(VM *vm);                  // the strings have died
