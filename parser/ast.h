// The tree the parser builds and the compiler reads: node types generated from ast.def.
//
// A node is read as `switch (e->kind) { case EXPR_BinOp: e->BinOp.left ...`. Nodes, lists and all
// text they point to live in the arena given to the parser and die with it; names live in the
// table of names. Lines count from 1; columns are UTF-8 byte offsets from 0, as in CPython.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "lexer/literal.h"
#include "lexer/names.h"

// How high a tree may be, counted in nodes from a leaf up. asy_parse refuses higher ones
// (RecursionError "maximum recursion depth exceeded during compilation"; the number is CPython
// 3.12's), so a walk over a parsed tree needs no check of its own as long as its C stack has room
// for that many of its frames.
#define AST_HEIGHT_MAX 2996

typedef struct Mod Mod;
typedef struct Stmt Stmt;
typedef struct Expr Expr;
typedef struct Pattern Pattern;
typedef struct TypeParam TypeParam;
#define NODE_TYPE(Type, name, placed, fields) typedef struct Type Type;
#include "parser/ast.def"

// Where a node stands: first byte, and the byte behind its last.
typedef struct AstPlace {
    uint32_t lineno;
    uint32_t col_offset;
    uint32_t end_lineno;
    uint32_t end_col_offset;
} AstPlace;

typedef enum Operator {
#define BINARY_OP(name, symbol) BIN_##name,
#include "parser/ast.def"
    BIN__COUNT
} Operator;

typedef enum UnaryOp {
#define UNARY_OP(name, symbol) UNARY_##name,
#include "parser/ast.def"
    UNARY__COUNT
} UnaryOp;

typedef enum CompareOp {
#define COMPARE_OP(name, symbol) CMP_##name,
#include "parser/ast.def"
    CMP__COUNT
} CompareOp;

typedef enum BoolOp {
#define BOOL_OP(name, symbol) BOOL_##name,
#include "parser/ast.def"
    BOOL__COUNT
} BoolOp;

typedef enum ExprContext {
#define CONTEXT(name) CTX_##name,
#include "parser/ast.def"
    CTX__COUNT
} ExprContext;

typedef enum ModKind {
#define MOD(kind, fields) MOD_##kind,
#include "parser/ast.def"
    MOD__COUNT
} ModKind;

typedef enum StmtKind {
#define STMT(kind, fields) STMT_##kind,
#include "parser/ast.def"
    STMT__COUNT
} StmtKind;

typedef enum ExprKind {
#define EXPR(kind, fields) EXPR_##kind,
#include "parser/ast.def"
    EXPR__COUNT
} ExprKind;

typedef enum PatternKind {
#define PATTERN(kind, fields) PATTERN_##kind,
#include "parser/ast.def"
    PATTERN__COUNT
} PatternKind;

typedef enum TypeParamKind {
#define TYPE_PARAM(kind, fields) TYPE_PARAM_##kind,
#include "parser/ast.def"
    TYPE_PARAM__COUNT
} TypeParamKind;

// Operators are spelt as in source: asy_ast_operator_text[BIN_Add] is "+". Kinds have their names:
// asy_ast_expr_name[EXPR_BinOp] is "BinOp".
extern const char *const asy_ast_operator_text[BIN__COUNT];
extern const char *const asy_ast_unary_text[UNARY__COUNT];
extern const char *const asy_ast_compare_text[CMP__COUNT];
extern const char *const asy_ast_bool_text[BOOL__COUNT];
extern const char *const asy_ast_expr_name[EXPR__COUNT];
extern const char *const asy_ast_stmt_name[STMT__COUNT];
extern const char *const asy_ast_pattern_name[PATTERN__COUNT];

// Lists: `count` items, `items` NULL when there are none.
#define AST_LIST(Type)                                                                             \
    typedef struct Type##List {                                                                    \
        uint32_t count;                                                                            \
        Type **items;                                                                              \
    } Type##List;
AST_LIST(Stmt)
AST_LIST(Expr)
AST_LIST(Pattern)
AST_LIST(TypeParam)
#define NODE_TYPE(Type, name, placed, fields) AST_LIST(Type)
#include "parser/ast.def"
#undef AST_LIST

typedef struct NameList {
    uint32_t count;
    const Name **items;
} NameList;

typedef struct CompareOpList {
    uint32_t count;
    uint8_t *items;    // of CompareOp
} CompareOpList;

// The node types. `at` and the four numbers are the same words under two names.
#define AST_PLACE                                                                                  \
    union {                                                                                        \
        AstPlace at;                                                                               \
        struct {                                                                                   \
            uint32_t lineno;                                                                       \
            uint32_t col_offset;                                                                   \
            uint32_t end_lineno;                                                                   \
            uint32_t end_col_offset;                                                               \
        };                                                                                         \
    };
#define NODE(Type, field)     Type *field;
#define OPT(Type, field)      Type *field;
#define LIST(Type, field)     Type##List field;
#define OPT_LIST(Type, field) Type##List field;
#define NAME(field)           const Name *field;
#define OPT_NAME(field)       const Name *field;
#define NAMES(field)          NameList field;
#define ENUM(Type, field)     Type field;
#define INT(field)            int32_t field;
#define CONSTANT(field)       Constant field;
#define OPS(field)            CompareOpList field;
#define NO_FIELDS             char no_fields;

struct Mod {
    ModKind kind;
    uint16_t height;    // of the tree from here down; here and in every other node
    union {
#define MOD(kind, fields)                                                                          \
    struct {                                                                                       \
        fields                                                                                     \
    } kind;
#include "parser/ast.def"
    };
};

struct Stmt {
    uint8_t kind;    // of StmtKind
    uint16_t height;
    AST_PLACE
    union {
#define STMT(kind, fields)                                                                         \
    struct {                                                                                       \
        fields                                                                                     \
    } kind;
#include "parser/ast.def"
    };
};

struct Expr {
    uint8_t kind;          // of ExprKind
    bool parenthesised;    // stands in parentheses of its own; only a tuple's are part of its place
    uint16_t height;
    AST_PLACE
    union {
#define EXPR(kind, fields)                                                                         \
    struct {                                                                                       \
        fields                                                                                     \
    } kind;
#include "parser/ast.def"
    };
};

struct Pattern {
    uint8_t kind;    // of PatternKind
    uint16_t height;
    AST_PLACE
    union {
#define PATTERN(kind, fields)                                                                      \
    struct {                                                                                       \
        fields                                                                                     \
    } kind;
#include "parser/ast.def"
    };
};

struct TypeParam {
    uint8_t kind;    // of TypeParamKind
    uint16_t height;
    AST_PLACE
    union {
#define TYPE_PARAM(kind, fields)                                                                   \
    struct {                                                                                       \
        fields                                                                                     \
    } kind;
#include "parser/ast.def"
    };
};

// The types with one kind only. Those without a position in CPython's tree have one here too.
#define NODE_TYPE(Type, name, placed, fields)                                                      \
    struct Type {                                                                                  \
        uint16_t height;                                                                           \
        AST_PLACE                                                                                  \
        fields                                                                                     \
    };
#include "parser/ast.def"

#undef NODE
#undef OPT
#undef LIST
#undef OPT_LIST
#undef NAME
#undef OPT_NAME
#undef NAMES
#undef ENUM
#undef INT
#undef CONSTANT
#undef OPS
#undef NO_FIELDS
#undef AST_PLACE

// A walk over the tree. The callbacks get every node of their type below the one started from; one
// that is NULL means "look inside". A callback returns true after having done with the node
// (calling asy_ast_visit_children_* itself to go inside), false to stop the whole walk.
typedef struct AstVisitor AstVisitor;
struct AstVisitor {
    bool (*stmt)(AstVisitor *v, Stmt *node);
    bool (*expr)(AstVisitor *v, Expr *node);
    bool (*pattern)(AstVisitor *v, Pattern *node);
    bool (*type_param)(AstVisitor *v, TypeParam *node);
    void *context;
};

// Visits the children of one node in the order of the fields; false if a callback returned false.
bool asy_ast_visit_children_Mod(AstVisitor *v, Mod *node);
bool asy_ast_visit_children_Stmt(AstVisitor *v, Stmt *node);
bool asy_ast_visit_children_Expr(AstVisitor *v, Expr *node);
bool asy_ast_visit_children_Pattern(AstVisitor *v, Pattern *node);
bool asy_ast_visit_children_TypeParam(AstVisitor *v, TypeParam *node);
