// The modules written in asy, as they are embedded in the library when the project is built.
//
// The table is made by stdlib/CMakeLists.txt from script/, sorted by name; it is constant and shared by all VMs.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct EmbeddedScript {
    const char *name;                // dotted, as imported: "contextlib", "concurrent.futures"
    bool is_package;                 // from an __init__.asy
    const unsigned char *bytes;      // `size` bytes, followed by a zero
    size_t size;
} EmbeddedScript;

extern const EmbeddedScript asy_embedded_scripts[];      // ends with a row whose name is NULL
extern const size_t asy_embedded_script_count;
