// What the parser's own files share: the state of one parse, and how nodes and lists are made.
//
// Places are kept as spans of tokens until a node is made. Making a node never fails visibly:
// without memory it yields `spare`, a node nobody will read, and the arena stays failed, which ends
// the parse at the next token. So the grammar's actions need no checks, but nothing walks a tree
// before looking at the arena (asy_parse does at the end, check.c before it goes down into a node).
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/alloc.h"
#include "lexer/lexer.h"
#include "lexer/literal.h"
#include "parser/ast.h"
#include "parser/parser.h"

// Tokens [first, last]; last is first - 1 for what is empty.
typedef struct Span {
    uint32_t first;
    uint32_t last;
} Span;

typedef union SpareNode {
    Mod mod;
    Stmt stmt;
    Expr expr;
    Pattern pattern;
    TypeParam type_param;
#define NODE_TYPE(Type, name, placed, fields) Type Type##_node;
#include "parser/ast.def"
} SpareNode;

// A call's arguments or a class's bases while they are read.
typedef struct CallArgs {
    ExprList args;
    KeywordList keywords;
    bool keyword_seen;        // behind it no positional argument may stand
    bool double_star_seen;    // behind it no starred one either
} CallArgs;

// A parameter list while it is read.
typedef struct Params {
    Arguments *arguments;
    bool default_seen;    // a positional parameter without a default may not follow
    bool slash_seen;
    bool star_seen;      // keyword-only parameters follow
    bool name_wanted;    // a bare * wants a name behind it
    bool kwarg_seen;     // nothing may follow
} Params;

typedef struct Parser {
    const AsyAllocator *alloc;
    Arena *arena;    // of the tree
    Names *names;
    Diagnostics *diag;
    const Source *source;
    ParseMode mode;
    bool allow_incomplete;
    Lexer *lexer;    // all tokens are read before parsing; it still decodes literals

    Token *tokens;    // ends with ENDMARKER or ERROR
    uint32_t count, cap;
    uint32_t at;           // the next one for the grammar
    bool started;          // the grammar got its first, made-up token, which says the mode
    Diag lexical_error;    // of the ERROR token, if the tokens end with one

    Mod *result;
    bool wrong;       // a check found a mistake; diagnose.c says which
    bool too_high;    // some node is higher than AST_HEIGHT_MAX
    void *stack;      // the grammar's stacks once they outgrew the C stack
    size_t stack_size;
    SpareNode spare;
    Arguments spare_arguments;    // what builders fill that were begun without memory
    Params spare_params;
    CallArgs spare_args;
} Parser;

// The grammar, generated from grammar.y: 0, or not when it failed (diag may not have an error yet).
int asy_grammar_parse(Parser *p);

static inline AstPlace span_place(const Parser *p, Span span)
{
    const Place *first = &p->tokens[span.first].place;
    const Place *last = &p->tokens[span.last].place;
    return (AstPlace){ first->line, first->col, last->end_line, last->end_col };
}

static inline Span span_join(Span first, Span last)
{
    return (Span){ first.first, last.last };
}

// Sets that something is not Python although the grammar takes it; the parse ends at the next
// token.
static inline void parser_wrong(Parser *p)
{
    p->wrong = true;
}

static inline void *node_alloc(Parser *p, size_t size)
{
    void *node = asy_arena_alloc(p->arena, size);
    return node ? node : &p->spare;
}

static inline uint16_t height_above(Parser *p, unsigned height)
{
    if (ASY_LIKELY(height < AST_HEIGHT_MAX)) return (uint16_t)(height + 1);
    p->too_high = true;
    return AST_HEIGHT_MAX;
}

// Constructors: EXPR_NEW(BinOp, @$, left, op, right) and so on take the fields in ast.def's order;
// `p` is the Parser in scope.
#define NODE(Type, field)                                                                          \
    if (n->field->height > height) height = n->field->height;
#define OPT(Type, field)                                                                           \
    if (n->field && n->field->height > height) height = n->field->height;
#define LIST(Type, field)                                                                          \
    for (uint32_t i = 0; i < n->field.count; i++)                                                  \
        if (n->field.items[i]->height > height) height = n->field.items[i]->height;
#define OPT_LIST(Type, field)                                                                      \
    for (uint32_t i = 0; i < n->field.count; i++)                                                  \
        if (n->field.items[i] && n->field.items[i]->height > height)                               \
            height = n->field.items[i]->height;
#define NAME(field)
#define OPT_NAME(field)
#define NAMES(field)
#define ENUM(Type, field)
#define INT(field)
#define CONSTANT(field)
#define OPS(field)
#define NO_FIELDS

#define FIELDS_OF(Type, kind) __typeof__(((Type *)0)->kind)
#define CONSTRUCTOR(Type, prefix, kind_, fields)                                                   \
    static inline Type *new_##prefix##kind_(Parser *p, Span at, FIELDS_OF(Type, kind_) init)       \
    {                                                                                              \
        Type *node = node_alloc(p, sizeof *node);                                                  \
        const __typeof__(init) *n = &init;                                                         \
        unsigned height = 0;                                                                       \
        (void)n;                                                                                   \
        fields;                                                                                    \
        *node = (Type){ .kind = prefix##kind_, .at = span_place(p, at), .kind_ = init };           \
        node->height = height_above(p, height);                                                    \
        return node;                                                                               \
    }
#define STMT(kind, fields)       CONSTRUCTOR(Stmt, STMT_, kind, fields)
#define EXPR(kind, fields)       CONSTRUCTOR(Expr, EXPR_, kind, fields)
#define PATTERN(kind, fields)    CONSTRUCTOR(Pattern, PATTERN_, kind, fields)
#define TYPE_PARAM(kind, fields) CONSTRUCTOR(TypeParam, TYPE_PARAM_, kind, fields)
#define NODE_TYPE(Type, name, placed, fields)                                                      \
    static inline Type *new_##Type(Parser *p, Span at, Type init)                                  \
    {                                                                                              \
        Type *node = node_alloc(p, sizeof *node);                                                  \
        const Type *n = &init;                                                                     \
        unsigned height = 0;                                                                       \
        (void)n;                                                                                   \
        fields;                                                                                    \
        *node = init;                                                                              \
        node->at = span_place(p, at);                                                              \
        node->height = height_above(p, height);                                                    \
        return node;                                                                               \
    }
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
#undef CONSTRUCTOR

#define STMT_NEW(kind, at, ...) new_STMT_##kind(p, at, (FIELDS_OF(Stmt, kind)){ __VA_ARGS__ })
#define EXPR_NEW(kind, at, ...) new_EXPR_##kind(p, at, (FIELDS_OF(Expr, kind)){ __VA_ARGS__ })
#define PATTERN_NEW(kind, at, ...)                                                                 \
    new_PATTERN_##kind(p, at, (FIELDS_OF(Pattern, kind)){ __VA_ARGS__ })
#define TYPE_PARAM_NEW(kind, at, ...)                                                              \
    new_TYPE_PARAM_##kind(p, at, (FIELDS_OF(TypeParam, kind)){ __VA_ARGS__ })

// Lists grow by doubling: the capacity is the count's next power of two, so it is stored nowhere.
// Without memory the list stays as it was.
#define LIST_PUSH(Type, suffix, ItemType)                                                          \
    static inline Type suffix##_push(Parser *p, Type list, ItemType item)                          \
    {                                                                                              \
        if (ASY_UNLIKELY(p->arena->failed)) return list;                                           \
        if ((list.count & (list.count - 1)) == 0) {                                                \
            size_t size = sizeof *list.items;                                                      \
            void *items = asy_arena_grow(p->arena, list.items, list.count * size,                  \
                                         (list.count ? list.count * 2 : 1) * size);                \
            if (!items) return list;                                                               \
            list.items = items;                                                                    \
        }                                                                                          \
        list.items[list.count++] = item;                                                           \
        return list;                                                                               \
    }                                                                                              \
    static inline Type suffix##_one(Parser *p, ItemType item)                                      \
    {                                                                                              \
        return suffix##_push(p, (Type){ 0 }, item);                                                \
    }
LIST_PUSH(StmtList, stmts, Stmt *)
LIST_PUSH(ExprList, exprs, Expr *)
LIST_PUSH(PatternList, patterns, Pattern *)
LIST_PUSH(TypeParamList, type_params, TypeParam *)
LIST_PUSH(KeywordList, keywords, Keyword *)
LIST_PUSH(ComprehensionList, comprehensions, Comprehension *)
LIST_PUSH(AliasList, aliases, Alias *)
LIST_PUSH(WithItemList, with_items, WithItem *)
LIST_PUSH(ExceptHandlerList, handlers, ExceptHandler *)
LIST_PUSH(MatchCaseList, match_cases, MatchCase *)
LIST_PUSH(ArgList, arg_list, Arg *)
LIST_PUSH(NameList, names, const Name *)
LIST_PUSH(CompareOpList, compare_ops, uint8_t)
#undef LIST_PUSH

// The types with one kind only take their fields by name.
#define ALIAS_NEW(at, name_, asname_) new_Alias(p, at, (Alias){ .name = name_, .asname = asname_ })
#define ARG_NEW(at, name_, annotation_)                                                            \
    new_Arg(p, at, (Arg){ .arg = name_, .annotation = annotation_ })
#define KEYWORD_NEW(at, name_, value_)                                                             \
    new_Keyword(p, at, (Keyword){ .arg = name_, .value = value_ })
#define HANDLER_NEW(at, type_, name_, body_)                                                       \
    new_ExceptHandler(p, at, (ExceptHandler){ .type = type_, .name = name_, .body = body_ })
#define WITH_ITEM_NEW(at, expr_, vars_)                                                            \
    new_WithItem(p, at, (WithItem){ .context_expr = expr_, .optional_vars = vars_ })
#define CASE_NEW(at, pattern_, guard_, body_)                                                      \
    new_MatchCase(p, at, (MatchCase){ .pattern = pattern_, .guard = guard_, .body = body_ })
#define COMPREHENSION_NEW(at, target_, iter_, ifs_, async_)                                        \
    new_Comprehension(                                                                             \
        p, at,                                                                                     \
        (Comprehension){ .target = target_, .iter = iter_, .ifs = ifs_, .is_async = async_ })

// nodes.c: nodes and lists that grow while the grammar reads them. Where a builder may be NULL, a
// new one is begun.
Mod *asy_nodes_module(Parser *p, ModKind kind, StmtList body, Expr *expression);
StmtList asy_nodes_append(Parser *p, StmtList list, StmtList more);
ExprList asy_nodes_prepend(Parser *p, Expr *first, ExprList rest);
PatternList asy_nodes_prepend_pattern(Parser *p, Pattern *first, PatternList rest);
Stmt *asy_nodes_decorate(Parser *p, ExprList decorators, Stmt *definition);
Expr *asy_nodes_parens(Expr *e);
// `a and b and c` is one BoolOp and `a < b < c` one Compare, unless parentheses stand between.
Expr *asy_nodes_bool(Parser *p, Span at, Expr *left, BoolOp op, Expr *right);
Expr *asy_nodes_compare(Parser *p, Span at, Expr *left, CompareOp op, Expr *right);
Expr *asy_nodes_dict_item(Parser *p, Span at, Expr *dict, Expr *key, Expr *value);
Expr *asy_nodes_expr_end(Parser *p, Span at, Expr *e);
Pattern *asy_nodes_mapping_item(Parser *p, Span at, Pattern *mapping, Expr *key, Pattern *value);
Pattern *asy_nodes_mapping_rest(Parser *p, Span at, Pattern *mapping, const Name *rest);
Pattern *asy_nodes_pattern_end(Parser *p, Span at, Pattern *pattern);
// "a" and "b" give "a.b", interned; NULL without memory.
const Name *asy_nodes_dotted(Parser *p, const Name *left, const Name *right);

// check.c: what the grammar cannot say. Each does it or calls parser_wrong.
Mod *asy_check_eval(Parser *p, Expr *e);
Expr *asy_check_store(Parser *p, Expr *e);
Stmt *asy_check_delete(Parser *p, Span at, ExprList targets);
Stmt *asy_check_assign(Parser *p, Span at, ExprList targets, Expr *value);
Stmt *asy_check_aug_assign(Parser *p, Span at, Expr *target, Operator op, Expr *value);
Stmt *asy_check_ann_assign(Parser *p, Span at, Expr *target, Expr *annotation, Expr *value);
// The parentheses of `with (...)`: a star or := among the items makes the whole a tuple or a
// parenthesised expression, and then none may have an `as`.
WithItemList asy_check_with_parens(Parser *p, Span parens, WithItemList items, bool comma);
// A subscript's only item: a lone star makes a tuple.
Expr *asy_check_slice(Parser *p, Span at, Expr *item);

CallArgs *asy_check_no_args(Parser *p);
CallArgs *asy_check_arg(Parser *p, CallArgs *args, Expr *arg);
CallArgs *asy_check_keyword(Parser *p, CallArgs *args, Keyword *keyword);

Params *asy_check_param(Parser *p, Params *params, Arg *arg, Expr *default_value);
Params *asy_check_slash(Parser *p, Params *params);
Params *asy_check_star(Parser *p, Params *params, Arg *arg);    // `arg` NULL: a bare *
Params *asy_check_double_star(Parser *p, Params *params, Arg *arg);
Arguments *asy_check_params_end(Parser *p, Params *params, Span at);

// `_` captures nothing (NULL); where a name is wanted it is wrong.
const Name *asy_check_wildcard(const Name *name);
const Name *asy_check_capture_name(Parser *p, const Name *name);
Expr *asy_check_complex(Parser *p, Span at, Expr *real, Operator op, Expr *imaginary);
Pattern *asy_check_class_pattern(Parser *p, Span at, Expr *cls);
Pattern *asy_check_class_item(Parser *p, Span at, Pattern *pattern, const Name *name,
                              Pattern *item);

// strings.c: number and string tokens to constants, f-strings to JoinedStr.
Expr *asy_strings_number(Parser *p, Span token);
Expr *asy_strings_literal(Parser *p, Span token);
Expr *asy_strings_middle(Parser *p, Span token);
// Adjacent literals, a Constant for each STRING and a JoinedStr for each f-string, made one
// expression.
Expr *asy_strings_join(Parser *p, Span at, ExprList parts);
// An f-string of its parts (text and fields), not yet joined.
Expr *asy_strings_format(Parser *p, Span at, ExprList parts);
// A replacement field. `equal` and `conversion` are spans of `=` and of `!` and its name, empty if
// absent. A field with `=` is a JoinedStr of its text and its value, which the string around it
// takes apart.
Expr *asy_strings_field(Parser *p, Span at, Expr *value, Span equal, Span conversion, Expr *spec);
ExprList asy_strings_spec_field(Parser *p, ExprList parts, Span at, Expr *field);
Expr *asy_strings_spec(Parser *p, Span at, ExprList parts);

// diagnose.c: the parse failed; finds out how and sets diag's error. If a literal's is set already,
// it stays unless the lexer has a better one.
void asy_diagnose(Parser *p);
