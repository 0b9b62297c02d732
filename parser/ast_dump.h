// The tree as text, for people and for the comparison with CPython's.
#pragma once
#include "base/buf.h"
#include "base/macros.h"
#include "parser/ast.h"

// Appends `mod` to `out` as JSON, one line for each node of a list (the form is described in
// ast_dump.c). False when out of memory; `out` then holds a part.
ASY_CHECKED bool asy_ast_dump(const Mod *mod, Buf *out);
