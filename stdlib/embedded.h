// The modules written in asy (script/), compiled when the project is built.
//
// The table is made by stdlib/CMakeLists.txt, the code by asyc.c; both are constant and shared by all VMs. Hand them
// to asy_import_set_embedded.
#pragma once
#include <stddef.h>

#include "vm/interp/import.h"

extern const EmbeddedModule asy_embedded_modules[];      // sorted by name; ends with a row whose name is NULL
extern const size_t asy_embedded_module_count;
