// Numbers and strings: from tokens to Constant and JoinedStr.
//
// Adjacent literals are one expression. If an f-string is among them it is a JoinedStr of all their
// parts, in which neighbouring constants are one and empty ones are left out; within a format
// specification neither happens, and CPython 3.12 has empty constants there in two places, which
// are kept.
#include <string.h>
#include "base/utf8.h"
#include "parser/build.h"

static Expr *constant_new(Parser *p, Span at, bool decoded, const Constant *value)
{
    if (!decoded) return EXPR_NEW(Constant, at, { .kind = CONST_NONE });    // the error is in diag
    return EXPR_NEW(Constant, at, *value);
}

Expr *asy_strings_number(Parser *p, Span token)
{
    Constant value;
    bool decoded = asy_literal_number(p->lexer, &p->tokens[token.first], &value);
    return constant_new(p, token, decoded, &value);
}

Expr *asy_strings_literal(Parser *p, Span token)
{
    Constant value;
    bool decoded = asy_literal_string(p->lexer, &p->tokens[token.first], &value);
    return constant_new(p, token, decoded, &value);
}

// Text of an f-string is decoded when the f-string ends, because that is where CPython puts its
// errors. Until then it is a constant that holds its token's number.
Expr *asy_strings_middle(Parser *p, Span token)
{
    Expr *e = EXPR_NEW(Constant, token, { .kind = CONST_NONE, .as.integer = token.first });
    // The second of two braces belongs to no token, but to the constant's place.
    const Token *text = &p->tokens[token.first];
    if (text[1].place.start == text->place.end + 1) e->end_col_offset++;
    return e;
}

// `end` is the f-string's end, or NULL in a format specification, where CPython places errors at the
// text itself, and decodes escapes even if the string is raw.
static void decode_middle(Parser *p, Expr *e, const Token *end)
{
    Constant *value = &e->Constant.value;
    if (e->kind != EXPR_Constant || value->kind != CONST_NONE || p->arena->failed) return;
    Token token = p->tokens[value->as.integer];
    if (!end) token.as.string.flags &= (uint8_t)~STRING_RAW;
    const Place *report = end ? &end->place : &token.place;
    Constant decoded;
    if (asy_literal_fstring_middle(p->lexer, &token, report, &decoded)) *value = decoded;
}

Expr *asy_strings_format(Parser *p, Span at, ExprList parts)
{
    for (uint32_t i = 0; i < parts.count; i++)
        decode_middle(p, parts.items[i], &p->tokens[at.last]);
    return EXPR_NEW(JoinedStr, at, parts);
}

static bool has_failed(const Parser *p)
{
    return p->arena->failed || p->diag->error.kind != DIAG_NONE;
}

// Bytes stand only beside bytes. CPython notices with the token behind them in its hands.
static bool check_mixed(Parser *p, Span at, const ExprList *parts)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < parts->count; i++) {
        const Expr *part = parts->items[i];
        bytes += part->kind == EXPR_Constant && part->Constant.value.kind == CONST_BYTES;
    }
    if (bytes == 0 || bytes == parts->count) return true;
    const Token *behind = &p->tokens[at.last + 1];
    if (behind->kind != TOK_ERROR)
        asy_diag_error(p->diag, DIAG_SYNTAX, &behind->place,
                       "cannot mix bytes and nonbytes literals");
    parser_wrong(p);
    return false;
}

// Makes items[0..count) one constant that stands where they stand.
static Expr *join_constants(Parser *p, Expr *const *items, uint32_t count)
{
    Expr *first = items[0];
    if (count == 1) return first;
    Constant *values = asy_arena_array(p->arena, count, sizeof *values);
    if (!values) return first;
    for (uint32_t i = 0; i < count; i++) values[i] = items[i]->Constant.value;
    if (!asy_literal_join(p->lexer, values, count, &first->Constant.value)) return first;
    first->end_lineno = items[count - 1]->end_lineno;
    first->end_col_offset = items[count - 1]->end_col_offset;
    return first;
}

static ExprList push_flat(Parser *p, ExprList list, Expr *part)
{
    if (part->kind != EXPR_JoinedStr) return exprs_push(p, list, part);
    for (uint32_t i = 0; i < part->JoinedStr.values.count; i++)
        list = exprs_push(p, list, part->JoinedStr.values.items[i]);
    return list;
}

Expr *asy_strings_join(Parser *p, Span at, ExprList parts)
{
    bool format = false;
    if (has_failed(p)) return EXPR_NEW(Constant, at, { .kind = CONST_NONE });
    for (uint32_t i = 0; i < parts.count; i++) format |= parts.items[i]->kind == EXPR_JoinedStr;
    if (!format && parts.count == 1) return parts.items[0];
    if (!check_mixed(p, at, &parts)) return parts.items[0];
    if (!format) return join_constants(p, parts.items, parts.count);

    // A field with `=` is a JoinedStr inside its f-string's: two levels to flatten.
    ExprList flat = { 0 }, values = { 0 };
    for (uint32_t i = 0; i < parts.count; i++) {
        Expr *part = parts.items[i];
        if (part->kind != EXPR_JoinedStr) flat = exprs_push(p, flat, part);
        else
            for (uint32_t j = 0; j < part->JoinedStr.values.count; j++)
                flat = push_flat(p, flat, part->JoinedStr.values.items[j]);
    }
    for (uint32_t i = 0, end; i < flat.count; i = end) {
        end = i + 1;
        if (flat.items[i]->kind != EXPR_Constant) {
            values = exprs_push(p, values, flat.items[i]);
            continue;
        }
        while (end < flat.count && flat.items[end]->kind == EXPR_Constant) end++;
        Expr *joined = join_constants(p, flat.items + i, end - i);
        if (joined->Constant.value.len) values = exprs_push(p, values, joined);
    }
    return EXPR_NEW(JoinedStr, at, values);
}

// The text between `{` and what follows the `=`, without comments.
static Expr *debug_text(Parser *p, Span at, Span equal)
{
    const Token *open = &p->tokens[at.first], *behind = &p->tokens[equal.last + 1];
    uint32_t start = open->place.end, end = behind->place.start;
    char *text = asy_arena_alloc(p->arena, end - start);
    Expr *e = EXPR_NEW(Constant, at, { .kind = CONST_STR });
    if (!text) return e;
    // Comments stand between tokens only: a # inside a token is text.
    uint32_t len = 0, from = start;
    const char *source = p->source->text;
    for (uint32_t i = at.first + 1; i <= equal.last + 1; i++) {
        const Place *place = &p->tokens[i].place;
        bool comment = false;
        for (; from < place->start; from++) {
            if (source[from] == '#') comment = true;
            if (source[from] == '\n') comment = false;
            if (!comment) text[len++] = source[from];
        }
        if (i > equal.last) break;
        memcpy(text + len, source + from, place->end - from);
        len += place->end - from;
        from = place->end;
    }
    Constant *value = &e->Constant.value;
    value->as.bytes = text;
    value->len = len;
    value->ascii = asy_utf8_is_ascii(text, len);
    e->lineno = open->place.end_line;
    e->col_offset = open->place.end_col;
    e->end_lineno = behind->place.line;
    e->end_col_offset = behind->place.col;
    return e;
}

Expr *asy_strings_field(Parser *p, Span at, Expr *value, Span equal, Span conversion, Expr *spec)
{
    bool debug = equal.first <= equal.last;
    int32_t letter = -1;
    if (conversion.first <= conversion.last && conversion.first != conversion.last) {
        const Token *mark = &p->tokens[conversion.first], *name = &p->tokens[conversion.last];
        letter = name->as.name->bytes[0];
        if (name->as.name->len != 1 || (letter != 's' && letter != 'r' && letter != 'a'))
            parser_wrong(p);
        if (mark->place.end != name->place.start) parser_wrong(p);
    } else if (debug && !spec) {
        letter = 'r';
    }
    Expr *field = EXPR_NEW(FormattedValue, at, value, letter, spec);
    if (!debug) return field;
    ExprList both = exprs_push(p, exprs_one(p, debug_text(p, at, equal)), field);
    return EXPR_NEW(JoinedStr, at, both);
}

// A constant of no text in front of the token `at`.
static Expr *empty_before(Parser *p, uint32_t at)
{
    Expr *e = EXPR_NEW(Constant, ((Span){ at, at }),
                       { .kind = CONST_STR, .ascii = true, .as.bytes = "" });
    e->end_lineno = e->lineno;
    e->end_col_offset = e->col_offset;
    return e;
}

ExprList asy_strings_spec_field(Parser *p, ExprList parts, Span at, Expr *field)
{
    const Token *open = &p->tokens[at.first];
    bool doubled = open[1].kind == TOK_LBRACE && open[1].place.start == open->place.end;
    bool behind_text = parts.count && parts.items[parts.count - 1]->kind == EXPR_Constant;
    if (doubled && !behind_text) parts = exprs_push(p, parts, empty_before(p, at.first));
    return push_flat(p, parts, field);
}

Expr *asy_strings_spec(Parser *p, Span at, ExprList parts)
{
    for (uint32_t i = 0; i < parts.count; i++) decode_middle(p, parts.items[i], NULL);
    // The lexer's empty text in front of the closing brace counts behind a field only.
    if (parts.count == 1 && parts.items[0]->kind == EXPR_Constant &&
        parts.items[0]->Constant.value.len == 0)
        parts.count = 0;
    bool ends_in_field = parts.count && parts.items[parts.count - 1]->kind == EXPR_FormattedValue;
    if (ends_in_field) parts = exprs_push(p, parts, empty_before(p, at.last + 1));
    return EXPR_NEW(JoinedStr, at, parts);
}
