// From tree to code.
//
// symtable.c finds every name's scope, the emitter writes register code for one function at a time,
// unwind.c places handlers; the verifier checks what came out in debug builds. Errors are those of
// CPython's compiler and symbol table ("'return' outside function", "no binding for nonlocal 'x' found").
#pragma once
#include "base/alloc.h"
#include "lexer/diag.h"
#include "parser/ast.h"
#include "vm/bytecode/code.h"

typedef struct CompileOptions {
    const char *filename;       // UTF-8
    bool top_level_await;       // scripts and the prompt: await, async for, async with at the top level
    bool interactive;           // expression statements go to sys.displayhook
    int optimize;               // 0; 1: no assert, __debug__ False; 2: and no docstrings
    bool annotations_future;    // from __future__ import annotations (PEP 563) is in effect from outside
    const char *c_stack_limit;  // lowest address C may use; NULL: there is enough for any tree
} CompileOptions;

// Compiles `mod`. The result, with everything it points to, lives in the new *unit (count 1, the caller's).
// NULL: the error is in diag (SYNTAX, RECURSION or MEMORY); warnings (SyntaxWarning) are added to diag.
ASY_CHECKED const Proto *asy_compile(const AsyAllocator *allocator, const Mod *mod, const CompileOptions *options,
                                     Diagnostics *diag, ProtoUnit **unit);
