// _ast_tree: the parser's tree as objects of _ast's classes, node for node and field for field as ast.def lists them.
#include "parser/ast.h"

#include "base/utf8.h"
#include "stdlib/lib.h"
#include "vm/interp/import.h"

typedef struct Maker {
    VM *vm;
    Value module;               // _ast, borrowed
    Value shared;               // _ast._shared: the one object of each operator and context, by name
} Maker;

// The class of this name; borrowed from the module. NIL: exception.
static Value class_of(Maker *m, const char *name)
{
    StrObj *s = asy_intern_c(m->vm, name);
    if (!s) return ASY_NIL;
    Value cls = asy_dict_get_str(m->vm, asy_module_dict(m->module), s);
    asy_release_obj(m->vm, s);
    if (asy_is_nil(cls) && !asy_error_pending(m->vm)) asy_raise(m->vm, EXC_SystemError, "_ast has no class %s", name);
    return cls;
}

static Value node_new(Maker *m, const char *name)
{
    Value cls = class_of(m, name);
    if (asy_is_nil(cls)) return ASY_ERR;
    Args none = { .kwnames = ASY_NIL };
    return asy_object_new(m->vm, asy_as(Type, cls), none);
}

// node.name = value, which it takes; ERR: false.
static bool put(Maker *m, Value node, const char *name, Value value)
{
    if (asy_is_err(value)) return false;
    StrObj *s = asy_intern_c(m->vm, name);
    bool ok = s && asy_setattr(m->vm, node, s, value);
    asy_release_obj(m->vm, s);
    asy_release(m->vm, value);
    return ok;
}

static bool put_place(Maker *m, Value node, const AstPlace *at)
{
    return put(m, node, "lineno", asy_from_small(at->lineno)) && put(m, node, "col_offset", asy_from_small(at->col_offset)) &&
           put(m, node, "end_lineno", asy_from_small(at->end_lineno)) &&
           put(m, node, "end_col_offset", asy_from_small(at->end_col_offset));
}

static Value name_value(Maker *m, const Name *name)
{
    return name ? asy_value_or_err(asy_str_new(m->vm, name->bytes, name->len)) : ASY_NONE;
}

static Value names_value(Maker *m, const NameList *names)
{
    ListObj *l = asy_list_new(m->vm, names->count);
    for (uint32_t i = 0; l && i < names->count; i++) {
        Value v = name_value(m, names->items[i]);
        if (asy_is_err(v) || !asy_list_append_owned(m->vm, l, v)) {
            asy_release_obj(m->vm, l);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(l);
}

static Value constant_value(Maker *m, const Constant *c)
{
    VM *vm = m->vm;
    switch (c->kind) {
    case CONST_NONE: return ASY_NONE;
    case CONST_TRUE: return ASY_TRUE;
    case CONST_FALSE: return ASY_FALSE;
    case CONST_ELLIPSIS: return asy_import_attr(vm, "builtins", "Ellipsis");
    case CONST_INT: return asy_int_from_i64(vm, c->as.integer);
    case CONST_BIG_INT: return asy_int_parse(vm, c->as.bytes, c->len, c->base);
    case CONST_FLOAT: return asy_from_double(c->as.number);
    case CONST_IMAG: return asy_complex_new(vm, 0, c->as.number);
    case CONST_STR: return asy_value_or_err(asy_str_new(vm, c->as.bytes, c->len));
    case CONST_BYTES: return asy_bytes_value(vm, c->as.bytes, c->len);
    }
    return ASY_ERR;
}

// The shared object of an operator or a context.
static Value shared(Maker *m, const char *name)
{
    StrObj *s = asy_intern_c(m->vm, name);
    if (!s) return ASY_ERR;
    Value v = asy_dict_get_str(m->vm, asy_as_dict(m->shared), s);
    asy_release_obj(m->vm, s);
    if (!asy_is_nil(v)) return asy_retain(v);
    return asy_error_pending(m->vm) ? ASY_ERR : asy_raise(m->vm, EXC_SystemError, "_ast has no %s", name);
}

static const char *const operator_names[] = {
#define BINARY_OP(name, symbol) [BIN_##name] = #name,
#include "parser/ast.def"
};
static const char *const unary_names[] = {
#define UNARY_OP(name, symbol) [UNARY_##name] = #name,
#include "parser/ast.def"
};
static const char *const compare_names[] = {
#define COMPARE_OP(name, symbol) [CMP_##name] = #name,
#include "parser/ast.def"
};
static const char *const bool_names[] = {
#define BOOL_OP(name, symbol) [BOOL_##name] = #name,
#include "parser/ast.def"
};
static const char *const context_names[] = {
#define CONTEXT(name) [CTX_##name] = #name,
#include "parser/ast.def"
};
static Value make_Operator(Maker *m, Operator op) { return shared(m, operator_names[op]); }
static Value make_UnaryOp(Maker *m, UnaryOp op) { return shared(m, unary_names[op]); }
static Value make_BoolOp(Maker *m, BoolOp op) { return shared(m, bool_names[op]); }
static Value make_ExprContext(Maker *m, ExprContext ctx) { return shared(m, context_names[ctx]); }

static Value operators_value(Maker *m, const CompareOpList *ops)
{
    ListObj *l = asy_list_new(m->vm, ops->count);
    for (uint32_t i = 0; l && i < ops->count; i++) {
        Value v = shared(m, compare_names[ops->items[i]]);
        if (asy_is_err(v) || !asy_list_append_owned(m->vm, l, v)) {
            asy_release_obj(m->vm, l);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(l);
}

static Value make_Mod(Maker *m, const Mod *node);
static Value make_Stmt(Maker *m, const Stmt *node);
static Value make_Expr(Maker *m, const Expr *node);
static Value make_Pattern(Maker *m, const Pattern *node);
static Value make_TypeParam(Maker *m, const TypeParam *node);
#define NODE_TYPE(Type, name, placed, fields) static Value make_##Type(Maker *m, const Type *n);
#include "parser/ast.def"

// A list of nodes: `items` of `count`, NULL for None.
#define MAKE_LIST(Type)                                                                            \
    static Value make_list_##Type(Maker *m, const Type##List *list)                                \
    {                                                                                              \
        ListObj *l = asy_list_new(m->vm, list->count);                                             \
        for (uint32_t i = 0; l && i < list->count; i++) {                                          \
            Value v = list->items[i] ? make_##Type(m, list->items[i]) : ASY_NONE;                  \
            if (asy_is_err(v) || !asy_list_append_owned(m->vm, l, v)) {                            \
                asy_release_obj(m->vm, l);                                                         \
                return ASY_ERR;                                                                    \
            }                                                                                      \
        }                                                                                          \
        return asy_value_or_err(l);                                                                \
    }
MAKE_LIST(Stmt)
MAKE_LIST(Expr)
MAKE_LIST(Pattern)
MAKE_LIST(TypeParam)
MAKE_LIST(ExceptHandler)
MAKE_LIST(Comprehension)
MAKE_LIST(Arg)
MAKE_LIST(Keyword)
MAKE_LIST(Alias)
MAKE_LIST(WithItem)
MAKE_LIST(MatchCase)

// A field each: `ok = ok && put(...)`.
#define NODE(Type, field) ok = ok && put(m, object, #field, make_##Type(m, n->field));
#define OPT(Type, field) ok = ok && put(m, object, #field, n->field ? make_##Type(m, n->field) : ASY_NONE);
#define LIST(Type, field) ok = ok && put(m, object, #field, make_list_##Type(m, &n->field));
#define OPT_LIST(Type, field) LIST(Type, field)
#define NAME(field) ok = ok && put(m, object, #field, name_value(m, n->field));
#define OPT_NAME(field) NAME(field)
#define NAMES(field) ok = ok && put(m, object, #field, names_value(m, &n->field));
#define ENUM(Type, field) ok = ok && put(m, object, #field, make_##Type(m, n->field));
#define INT(field) ok = ok && put(m, object, #field, asy_from_small(n->field));
#define CONSTANT(field) ok = ok && put(m, object, #field, constant_value(m, &n->field));
#define OPS(field) ok = ok && put(m, object, #field, operators_value(m, &n->field));
#define NO_FIELDS

#define CASE(prefix, kind_, fields)                                                                \
    case prefix##kind_: {                                                                          \
        const __typeof__(node->kind_) *n = &node->kind_;                                           \
        (void)n;                                                                                   \
        object = node_new(m, #kind_);                                                              \
        ok = !asy_is_err(object);                                                                  \
        fields                                                                                     \
        break;                                                                                     \
    }
// What every node ends with: its place, and nothing left behind on failure.
static Value made(Maker *m, Value object, bool ok, const AstPlace *at)
{
    ok = ok && (!at || put_place(m, object, at));
    if (ok) return object;
    if (!asy_is_err(object)) asy_release(m->vm, object);
    return ASY_ERR;
}

static Value make_Mod(Maker *m, const Mod *node)
{
    Value object = ASY_ERR;
    bool ok = false;
    switch (node->kind) {
#define MOD(kind, fields) CASE(MOD_, kind, fields)
#include "parser/ast.def"
    case MOD__COUNT: break;
    }
    // There are no type comments here, hence none to ignore either.
    if (ok && node->kind == MOD_Module) ok = put(m, object, "type_ignores", asy_value_or_err(asy_list_new(m->vm, 0)));
    return made(m, object, ok, NULL);
}

static Value make_Stmt(Maker *m, const Stmt *node)
{
    Value object = ASY_ERR;
    bool ok = false;
    switch ((StmtKind)node->kind) {
#define STMT(kind, fields) CASE(STMT_, kind, fields)
#include "parser/ast.def"
    case STMT__COUNT: break;
    }
    switch ((StmtKind)node->kind) {
    case STMT_FunctionDef: case STMT_AsyncFunctionDef: case STMT_For: case STMT_AsyncFor: case STMT_With: case STMT_AsyncWith:
    case STMT_Assign: ok = ok && put(m, object, "type_comment", ASY_NONE); break;
    default: break;
    }
    return made(m, object, ok, &node->at);
}

static Value make_Expr(Maker *m, const Expr *node)
{
    Value object = ASY_ERR;
    bool ok = false;
    switch ((ExprKind)node->kind) {
#define EXPR(kind, fields) CASE(EXPR_, kind, fields)
#include "parser/ast.def"
    case EXPR__COUNT: break;
    }
    if (ok && node->kind == EXPR_Constant) {
        const Constant *c = &node->Constant.value;
        ok = put(m, object, "kind", c->kind == CONST_STR && c->unicode_prefix ? asy_str_value(m->vm, "u") : ASY_NONE);
    }
    return made(m, object, ok, &node->at);
}

static Value make_Pattern(Maker *m, const Pattern *node)
{
    Value object = ASY_ERR;
    bool ok = false;
    switch ((PatternKind)node->kind) {
#define PATTERN(kind, fields) CASE(PATTERN_, kind, fields)
#include "parser/ast.def"
    case PATTERN__COUNT: break;
    }
    return made(m, object, ok, &node->at);
}

static Value make_TypeParam(Maker *m, const TypeParam *node)
{
    Value object = ASY_ERR;
    bool ok = false;
    switch ((TypeParamKind)node->kind) {
#define TYPE_PARAM(kind, fields) CASE(TYPE_PARAM_, kind, fields)
#include "parser/ast.def"
    case TYPE_PARAM__COUNT: break;
    }
    return made(m, object, ok, &node->at);
}

#define NODE_TYPE(Type, name, placed, fields)                                                      \
    static Value make_##Type(Maker *m, const Type *n)                                              \
    {                                                                                              \
        Value object = node_new(m, #name);                                                         \
        bool ok = !asy_is_err(object);                                                             \
        fields                                                                                     \
        return made(m, object, ok, placed ? &n->at : NULL);                                        \
    }
#include "parser/ast.def"

static bool tree_made(VM *vm, const Mod *mod, void *ud)
{
    Value *out = ud;
    Value module = asy_import(vm, "_ast");
    if (asy_is_err(module)) return false;
    Value objects = asy_import_attr(vm, "_ast", "_shared");
    if (!asy_is_err(objects)) {
        Maker m = { .vm = vm, .module = module, .shared = objects };
        *out = make_Mod(&m, mod);
        asy_release(vm, objects);
    }
    asy_release(vm, module);
    return !asy_is_err(*out);
}

// parse(source, filename, mode, flags): `source` is str or bytes-like, flags are asy_compile_source's.
static Value tree_parse(VM *vm, Args a)
{
    StrObj *filename, *mode;
    int64_t flags;
    if (!asy_arg_str(vm, a.v[1], "filename", &filename) || !asy_arg_str(vm, a.v[2], "mode", &mode) || !asy_arg_i64(vm, a.v[3], &flags)) {
        return ASY_ERR;
    }
    Value tree = ASY_ERR;
    if (asy_is_str(vm, a.v[0])) {
        const StrObj *text = asy_as_str(a.v[0]);
        if (!asy_parse_source(vm, text->data, text->size, filename->data, mode->data, (unsigned)flags | COMPILE_SOURCE_IS_STR, tree_made, &tree)) {
            return ASY_ERR;
        }
        return tree;
    }
    BufferView view;
    if (!asy_get_buffer(vm, a.v[0], &view)) return ASY_ERR;
    bool ok = asy_parse_source(vm, (const char *)view.data, view.size, filename->data, mode->data, (unsigned)flags, tree_made, &tree);
    asy_release_buffer(vm, &view);
    return ok ? tree : ASY_ERR;
}

// -- compile: a tree of objects goes through its source text, whose nodes then get the places of the objects.

static void move_Stmt(VM *vm, Stmt *node, Value object);
static void move_Expr(VM *vm, Expr *node, Value object);
static void move_Pattern(VM *vm, Pattern *node, Value object);
static void move_TypeParam(VM *vm, TypeParam *node, Value object);
#undef NODE_TYPE
#define NODE_TYPE(Type, name, placed, fields) static void move_##Type(VM *vm, Type *n, Value object);
#include "parser/ast.def"

// The attribute, NIL if there is none; errors of getting it are no reason not to compile.
static Value attribute(VM *vm, Value object, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    Value v = s ? asy_getattr_opt(vm, object, s) : ASY_ERR;
    asy_release_obj(vm, s);
    if (!asy_is_err(v)) return v;
    asy_error_clear(vm);
    return ASY_NIL;
}
static void move_number(VM *vm, uint32_t *out, Value object, const char *name)
{
    int64_t n;
    Value v = attribute(vm, object, name);
    if (!asy_is_nil(v) && asy_int_as_i64(vm, v, &n) && n >= 0 && n <= INT32_MAX) *out = (uint32_t)n;
    asy_release(vm, v);
}
static void move_place(VM *vm, AstPlace *at, Value object)
{
    move_number(vm, &at->lineno, object, "lineno");
    move_number(vm, &at->col_offset, object, "col_offset");
    at->end_lineno = at->lineno;
    at->end_col_offset = at->col_offset;
    move_number(vm, &at->end_lineno, object, "end_lineno");
    move_number(vm, &at->end_col_offset, object, "end_col_offset");
}
static bool is_kind(Value object, const char *kind)
{
    return asy_is_obj(object) && strcmp(asy_type_name(asy_as_obj(object)->type), kind) == 0;
}

#define MOVE_LIST(Type)                                                                            \
    static void move_list_##Type(VM *vm, Type##List *list, Value objects)                          \
    {                                                                                              \
        if (!asy_is_list(vm, objects) || asy_as_list(objects)->size != list->count) return;        \
        for (uint32_t i = 0; i < list->count && i < asy_as_list(objects)->size; i++) {             \
            Value object = asy_retain(asy_as_list(objects)->items[i]);                             \
            if (list->items[i]) move_##Type(vm, list->items[i], object);                           \
            asy_release(vm, object);                                                               \
        }                                                                                          \
    }
MOVE_LIST(Stmt)
MOVE_LIST(Expr)
MOVE_LIST(Pattern)
MOVE_LIST(TypeParam)
MOVE_LIST(ExceptHandler)
MOVE_LIST(Comprehension)
MOVE_LIST(Arg)
MOVE_LIST(Keyword)
MOVE_LIST(Alias)
MOVE_LIST(WithItem)
MOVE_LIST(MatchCase)

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
#undef CASE
#define FIELD(field, move)                                                                         \
    {                                                                                              \
        Value child = attribute(vm, object, #field);                                               \
        if (!asy_is_nil(child)) move;                                                              \
        asy_release(vm, child);                                                                    \
    }
#define NODE(Type, field) FIELD(field, move_##Type(vm, n->field, child))
#define OPT(Type, field) FIELD(field, if (n->field) move_##Type(vm, n->field, child))
#define LIST(Type, field) FIELD(field, move_list_##Type(vm, &n->field, child))
#define OPT_LIST(Type, field) LIST(Type, field)
#define NAME(field)
#define OPT_NAME(field)
#define NAMES(field)
#define ENUM(Type, field)
#define INT(field)
#define CONSTANT(field)
#define OPS(field)
#define CASE(prefix, kind_, fields)                                                                \
    case prefix##kind_: {                                                                          \
        __typeof__(node->kind_) *n = &node->kind_;                                                 \
        (void)n;                                                                                   \
        if (!is_kind(object, #kind_)) return;                                                      \
        fields                                                                                     \
        break;                                                                                     \
    }

static void move_Mod(VM *vm, Mod *node, Value object)
{
    switch (node->kind) {
#define MOD(kind, fields) CASE(MOD_, kind, fields)
#include "parser/ast.def"
    case MOD__COUNT: break;
    }
}
static void move_Stmt(VM *vm, Stmt *node, Value object)
{
    switch ((StmtKind)node->kind) {
#define STMT(kind, fields) CASE(STMT_, kind, fields)
#include "parser/ast.def"
    case STMT__COUNT: break;
    }
    move_place(vm, &node->at, object);
}
static void move_Expr(VM *vm, Expr *node, Value object)
{
    switch ((ExprKind)node->kind) {
#define EXPR(kind, fields) CASE(EXPR_, kind, fields)
#include "parser/ast.def"
    case EXPR__COUNT: break;
    }
    move_place(vm, &node->at, object);
}
static void move_Pattern(VM *vm, Pattern *node, Value object)
{
    switch ((PatternKind)node->kind) {
#define PATTERN(kind, fields) CASE(PATTERN_, kind, fields)
#include "parser/ast.def"
    case PATTERN__COUNT: break;
    }
    move_place(vm, &node->at, object);
}
static void move_TypeParam(VM *vm, TypeParam *node, Value object)
{
    switch ((TypeParamKind)node->kind) {
#define TYPE_PARAM(kind, fields) CASE(TYPE_PARAM_, kind, fields)
#include "parser/ast.def"
    case TYPE_PARAM__COUNT: break;
    }
    move_place(vm, &node->at, object);
}
#undef NODE_TYPE
#define NODE_TYPE(Type, name, placed, fields)                                                      \
    static void move_##Type(VM *vm, Type *n, Value object)                                         \
    {                                                                                              \
        if (!is_kind(object, #name)) return;                                                       \
        fields                                                                                     \
        if (placed) move_place(vm, &n->at, object);                                                \
    }
#include "parser/ast.def"

static bool tree_moved(VM *vm, const Mod *mod, void *ud)
{
    // The tree was made for this one compilation: nobody else sees it change.
    move_Mod(vm, (Mod *)(uintptr_t)mod, *(Value *)ud);
    return true;
}

// compile(text, tree, filename, mode, flags, optimize): `text` is the tree's source.
static Value tree_compile(VM *vm, Args a)
{
    StrObj *text, *filename, *mode;
    int64_t flags, optimize;
    if (!asy_arg_str(vm, a.v[0], "text", &text) || !asy_arg_str(vm, a.v[2], "filename", &filename) ||
        !asy_arg_str(vm, a.v[3], "mode", &mode) || !asy_arg_i64(vm, a.v[4], &flags) || !asy_arg_i64(vm, a.v[5], &optimize)) {
        return ASY_ERR;
    }
    Value tree = a.v[1];
    return asy_value_or_err(asy_compile_edited(vm, text->data, text->size, filename->data, mode->data,
                                               (unsigned)flags | COMPILE_SOURCE_IS_STR, (int)optimize, tree_moved, &tree));
}

static const MethodDef functions[] = {
    { "parse", tree_parse, "(source, filename, mode, flags, /)", 0, "The tree of a source, as objects of _ast's classes." },
    { "compile", tree_compile, "(text, tree, filename, mode, flags, optimize, /)", 0, "Code of a tree's text, with the tree's places." },
    { 0 },
};
const ModuleDef asy_module__ast_tree = { "_ast_tree", "The parser's trees as objects.", functions, NULL };
