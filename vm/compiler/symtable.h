// Scopes and what every name in them is: built in one walk over the tree, then decided from the outside in.
//
// The rules are those of CPython 3.12, odd ones included: comprehensions other than generator expressions are
// inlined into the scope around them (PEP 709), a `global x` in any function makes the module's x
// explicitly global, annotation scopes in classes see the class's names (PEP 695). An inlined comprehension
// keeps its variables to itself; CPython 3.12 takes them for the function's, so that a lambda beside the
// comprehension sees the wrong one (mended in later versions).
#pragma once
#include "parser/ast.h"

typedef struct Compiler Compiler;

typedef enum ScopeKind {
    SCOPE_MODULE, SCOPE_CLASS, SCOPE_FUNCTION,
    SCOPE_ANNOTATION,       // annotations that are not evaluated; nothing comes of it
    SCOPE_TYPE_BOUND, SCOPE_TYPE_ALIAS, SCOPE_TYPE_PARAMS,
} ScopeKind;

enum {                      // Symbol.flags
    SYM_GLOBAL = 1, SYM_LOCAL = 2, SYM_PARAM = 4, SYM_NONLOCAL = 8, SYM_USE = 16, SYM_FREE_CLASS = 32,
    SYM_IMPORT = 64, SYM_ANNOTATED = 128, SYM_COMP_ITER = 256, SYM_TYPE_PARAM = 512,
    SYM_DELETED = 2048,     // some statement unbinds it
    SYM_WALRUS = 4096,      // an expression rebinds it
    SYM_BOUND = SYM_LOCAL | SYM_PARAM | SYM_IMPORT | SYM_TYPE_PARAM,
};

typedef enum SymbolScope { SYM_SCOPE_NONE, SYM_SCOPE_LOCAL, SYM_SCOPE_EXPLICIT, SYM_SCOPE_IMPLICIT, SYM_SCOPE_FREE, SYM_SCOPE_CELL } SymbolScope;

typedef struct Symbol {
    const Name *name;       // mangled; the compiler's own Name
    uint16_t flags;
    uint8_t scope;          // SymbolScope
} Symbol;

typedef enum CompKind { COMP_NONE, COMP_LIST, COMP_SET, COMP_DICT, COMP_GENERATOR } CompKind;

typedef struct Directive { const Name *name; const AstPlace *at; struct Directive *next; } Directive;

typedef struct Scope Scope;
struct Scope {
    ScopeKind kind;
    const Name *name;
    const AstPlace *at;
    Scope *parent, *children, *children_last, *sibling;
    Symbol *symbols;        // in order of first mention
    uint32_t count, cap, *index, mask;
    Directive *directives;
    const Name **comp_cells;        // variables of inlined comprehensions that are cells
    uint32_t comp_cell_count, comp_cell_cap;
    uint32_t comp_names;    // names of inlined comprehensions, an upper bound
    CompKind comp;
    bool nested, generator, coroutine, returns_value;
    bool inlined;           // a comprehension that has become part of its parent
    bool needs_class, needs_classdict;      // class: some method uses __class__; some annotation scope looks in
    bool sees_class;        // annotation scope right in a class
    bool iter_target;       // while walking: in a comprehension's target
    uint32_t iter_expr;     // while walking: depth of comprehension iterables
};

typedef struct ScopeKey { const void *node; Scope *scope; } ScopeKey;
typedef struct Symtable {
    Scope *module, *current;
    const Name *private;    // class whose names are mangled
    ScopeKey *keys;         // tree node -> scope; open addressing
    uint32_t key_count, key_mask;
} Symtable;

// Fills c->symtable for the tree; false with the error set.
bool asy_symtable_build(Compiler *c, const Mod *mod);
// Second half of it (scopes.c): decides every symbol's scope.
bool asy_symtable_analyse(Compiler *c);
// The scope belonging to a node (of a function with type parameters: the items of its list have the outer one).
const Scope *asy_scope_of(const Compiler *c, const void *node);
// NULL if the name is not mentioned in the scope.
Symbol *asy_scope_find(const Scope *scope, const Name *name);
// The same, making it; NULL without memory.
Symbol *asy_scope_add(Compiler *c, Scope *scope, const Name *name);
