// The dump of a tree: JSON, the same for the same tree, with every field of every node.
//
//   node      {"_": "Name", "at": [1, 0, 1, 5], "id": "spam", "ctx": "Load"}
//             "_" is the kind; "at" is lineno, col_offset, end_lineno, end_col_offset, missing on
//             nodes that have no position in CPython's tree (Module, arguments, comprehension,
//             withitem, match_case); then the fields in ast.def's order under CPython's names
//   child     a node, or null if there is none         list      an array of them
//   name      a string, or null                        operator  its class's name: "Add", "NotIn"
//   number    a number                                 kind      "u" or null, on Constant alone
//   constant  null, true, false; a string for str; else an object of one member:
//             {"ellipsis": 1}  {"int": "0xff"} (digits with their prefix)  {"float": "0x1.8p+1"}
//             {"complex": "0x1p+0"} (its imaginary part)  {"bytes": "00ff"} (two digits a byte)
//             {"surrogates": "eda080"} (the UTF-8 of a str that holds surrogates)
//
// Strings are UTF-8; quotes, backslashes and control characters are \uXXXX. Each item of a list
// begins a line of its own, indented by its depth.
#include "parser/ast_dump.h"

#include <inttypes.h>

typedef struct Dump {
    Buf *out;
    unsigned depth;
} Dump;

static void dump_text(Dump *d, const char *bytes, size_t len)
{
    Buf *out = d->out;
    asy_buf_putc(out, '"');
    const char *plain = bytes, *end = bytes + len;
    for (const char *at = bytes; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
        asy_buf_append(out, plain, (size_t)(at - plain));
        asy_buf_printf(out, "\\u%04x", c);
        plain = at + 1;
    }
    asy_buf_append(out, plain, (size_t)(end - plain));
    asy_buf_putc(out, '"');
}

static void dump_name(Dump *d, const Name *name)
{
    if (name) dump_text(d, name->bytes, name->len);
    else asy_buf_puts(d->out, "null");
}

static void dump_hex(Dump *d, const char *kind, const Constant *value)
{
    static const char digits[] = "0123456789abcdef";
    asy_buf_printf(d->out, "{\"%s\": \"", kind);
    for (uint32_t i = 0; i < value->len; i++) {
        unsigned char byte = (unsigned char)value->as.bytes[i];
        asy_buf_putc(d->out, digits[byte >> 4]);
        asy_buf_putc(d->out, digits[byte & 15]);
    }
    asy_buf_puts(d->out, "\"}");
}

// A surrogate's three bytes are ED A0..BF 80..BF.
static bool has_surrogates(const Constant *value)
{
    for (uint32_t i = 0; i + 2 < value->len; i++)
        if ((unsigned char)value->as.bytes[i] == 0xED &&
            (unsigned char)value->as.bytes[i + 1] >= 0xA0)
            return true;
    return false;
}

static void dump_constant(Dump *d, const Constant *value)
{
    Buf *out = d->out;
    switch (value->kind) {
    case CONST_NONE: asy_buf_puts(out, "null"); break;
    case CONST_TRUE: asy_buf_puts(out, "true"); break;
    case CONST_FALSE: asy_buf_puts(out, "false"); break;
    case CONST_ELLIPSIS: asy_buf_puts(out, "{\"ellipsis\": 1}"); break;
    case CONST_INT: asy_buf_printf(out, "{\"int\": \"%" PRId64 "\"}", value->as.integer); break;
    case CONST_BIG_INT:
        asy_buf_printf(out, "{\"int\": \"%s",
                       value->base == 16  ? "0x"
                       : value->base == 8 ? "0o"
                       : value->base == 2 ? "0b"
                                          : "");
        asy_buf_append(out, value->as.bytes, value->len);
        asy_buf_puts(out, "\"}");
        break;
    case CONST_FLOAT: asy_buf_printf(out, "{\"float\": \"%a\"}", value->as.number); break;
    case CONST_IMAG: asy_buf_printf(out, "{\"complex\": \"%a\"}", value->as.number); break;
    case CONST_STR:
        if (!value->ascii && has_surrogates(value)) dump_hex(d, "surrogates", value);
        else dump_text(d, value->as.bytes, value->len);
        break;
    case CONST_BYTES: dump_hex(d, "bytes", value); break;
    }
}

static void dump_place(Dump *d, const AstPlace *at)
{
    asy_buf_printf(d->out, ", \"at\": [%u, %u, %u, %u]", at->lineno, at->col_offset, at->end_lineno,
                   at->end_col_offset);
}

static void dump_line(Dump *d)
{
    asy_buf_putc(d->out, '\n');
    for (unsigned i = 0; i < d->depth; i++) asy_buf_putc(d->out, ' ');
}

// Names of the enumerations, by type.
static const char *name_Operator(Operator op)
{
    static const char *const names[] = {
#define BINARY_OP(name, symbol) [BIN_##name] = #name,
#include "parser/ast.def"
    };
    return names[op];
}

static const char *name_UnaryOp(UnaryOp op)
{
    static const char *const names[] = {
#define UNARY_OP(name, symbol) [UNARY_##name] = #name,
#include "parser/ast.def"
    };
    return names[op];
}

static const char *name_CompareOp(CompareOp op)
{
    static const char *const names[] = {
#define COMPARE_OP(name, symbol) [CMP_##name] = #name,
#include "parser/ast.def"
    };
    return names[op];
}

static const char *name_BoolOp(BoolOp op)
{
    static const char *const names[] = {
#define BOOL_OP(name, symbol) [BOOL_##name] = #name,
#include "parser/ast.def"
    };
    return names[op];
}

static const char *name_ExprContext(ExprContext ctx)
{
    static const char *const names[] = {
#define CONTEXT(name) [CTX_##name] = #name,
#include "parser/ast.def"
    };
    return names[ctx];
}

static void dump_Stmt(Dump *d, const Stmt *node);
static void dump_Expr(Dump *d, const Expr *node);
static void dump_Pattern(Dump *d, const Pattern *node);
static void dump_TypeParam(Dump *d, const TypeParam *node);
#define NODE_TYPE(Type, name, placed, fields) static void dump_##Type(Dump *d, const Type *node);
#include "parser/ast.def"

#define KEY(field) asy_buf_puts(d->out, ", \"" #field "\": ")
#define NODE(Type, field)                                                                          \
    KEY(field);                                                                                    \
    dump_##Type(d, n->field);
#define OPT(Type, field)                                                                           \
    KEY(field);                                                                                    \
    if (n->field) dump_##Type(d, n->field);                                                        \
    else asy_buf_puts(d->out, "null");
#define OPT_LIST(Type, field)                                                                      \
    KEY(field);                                                                                    \
    asy_buf_putc(d->out, '[');                                                                     \
    d->depth++;                                                                                    \
    for (uint32_t i = 0; i < n->field.count; i++) {                                                \
        if (i) asy_buf_putc(d->out, ',');                                                          \
        dump_line(d);                                                                              \
        if (n->field.items[i]) dump_##Type(d, n->field.items[i]);                                  \
        else asy_buf_puts(d->out, "null");                                                         \
    }                                                                                              \
    d->depth--;                                                                                    \
    asy_buf_putc(d->out, ']');
#define LIST(Type, field) OPT_LIST(Type, field)
#define NAME(field)                                                                                \
    KEY(field);                                                                                    \
    dump_name(d, n->field);
#define OPT_NAME(field)                                                                            \
    KEY(field);                                                                                    \
    dump_name(d, n->field);
#define NAMES(field)                                                                               \
    KEY(field);                                                                                    \
    asy_buf_putc(d->out, '[');                                                                     \
    for (uint32_t i = 0; i < n->field.count; i++) {                                                \
        if (i) asy_buf_puts(d->out, ", ");                                                         \
        dump_name(d, n->field.items[i]);                                                           \
    }                                                                                              \
    asy_buf_putc(d->out, ']');
#define ENUM(Type, field)                                                                          \
    KEY(field);                                                                                    \
    asy_buf_printf(d->out, "\"%s\"", name_##Type(n->field));
#define INT(field)                                                                                 \
    KEY(field);                                                                                    \
    asy_buf_printf(d->out, "%d", (int)n->field);
#define CONSTANT(field)                                                                            \
    KEY(field);                                                                                    \
    dump_constant(d, &n->field);
#define OPS(field)                                                                                 \
    KEY(field);                                                                                    \
    asy_buf_putc(d->out, '[');                                                                     \
    for (uint32_t i = 0; i < n->field.count; i++)                                                  \
        asy_buf_printf(d->out, "%s\"%s\"", i ? ", " : "",                                          \
                       name_CompareOp((CompareOp)n->field.items[i]));                              \
    asy_buf_putc(d->out, ']');
#define NO_FIELDS

#define CASE(prefix, kind_, has_place, fields)                                                     \
    case prefix##kind_: {                                                                          \
        const __typeof__(node->kind_) *n = &node->kind_;                                           \
        (void)n;                                                                                   \
        asy_buf_puts(d->out, "{\"_\": \"" #kind_ "\"");                                            \
        has_place;                                                                                 \
        fields;                                                                                    \
        break;                                                                                     \
    }

static void dump_Mod(Dump *d, const Mod *node)
{
    switch (node->kind) {
#define MOD(kind, fields) CASE(MOD_, kind, (void)0, fields)
#include "parser/ast.def"
    case MOD__COUNT: break;
    }
    asy_buf_putc(d->out, '}');
}

static void dump_Stmt(Dump *d, const Stmt *node)
{
    switch ((StmtKind)node->kind) {
#define STMT(kind, fields) CASE(STMT_, kind, dump_place(d, &node->at), fields)
#include "parser/ast.def"
    case STMT__COUNT: break;
    }
    asy_buf_putc(d->out, '}');
}

static void dump_Expr(Dump *d, const Expr *node)
{
    switch ((ExprKind)node->kind) {
#define EXPR(kind, fields) CASE(EXPR_, kind, dump_place(d, &node->at), fields)
#include "parser/ast.def"
    case EXPR__COUNT: break;
    }
    if (node->kind == EXPR_Constant) {
        const Constant *value = &node->Constant.value;
        bool u = value->kind == CONST_STR && value->unicode_prefix;
        asy_buf_puts(d->out, u ? ", \"kind\": \"u\"" : ", \"kind\": null");
    }
    asy_buf_putc(d->out, '}');
}

static void dump_Pattern(Dump *d, const Pattern *node)
{
    switch ((PatternKind)node->kind) {
#define PATTERN(kind, fields) CASE(PATTERN_, kind, dump_place(d, &node->at), fields)
#include "parser/ast.def"
    case PATTERN__COUNT: break;
    }
    asy_buf_putc(d->out, '}');
}

static void dump_TypeParam(Dump *d, const TypeParam *node)
{
    switch ((TypeParamKind)node->kind) {
#define TYPE_PARAM(kind, fields) CASE(TYPE_PARAM_, kind, dump_place(d, &node->at), fields)
#include "parser/ast.def"
    case TYPE_PARAM__COUNT: break;
    }
    asy_buf_putc(d->out, '}');
}

#define NODE_TYPE(Type, name, placed, fields)                                                      \
    static void dump_##Type(Dump *d, const Type *n)                                                \
    {                                                                                              \
        asy_buf_puts(d->out, "{\"_\": \"" #name "\"");                                             \
        if (placed) dump_place(d, &n->at);                                                         \
        fields;                                                                                    \
        asy_buf_putc(d->out, '}');                                                                 \
    }
#include "parser/ast.def"

bool asy_ast_dump(const Mod *mod, Buf *out)
{
    Dump d = { .out = out };
    dump_Mod(&d, mod);
    asy_buf_putc(out, '\n');
    return !out->failed;
}
