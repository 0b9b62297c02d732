// From an expression's tree back to text, as annotations that are not evaluated are kept (PEP 563).
#pragma once
#include "base/buf.h"
#include "parser/ast.h"

// Appends the text CPython's compiler makes of `e`; a failed allocation leaves `out` failed.
void asy_unparse_expr(Buf *out, const Expr *e);
