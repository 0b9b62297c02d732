// What diagnose.def's actions do: raise errors, or look closer at what was read.
//
// Columns follow CPython's habits to the character: a token without text (INDENT, DEDENT, the end)
// stands where its tokenizer stood, counted without the 1 other columns have, and has the end
// column -1.
#include <string.h>
#include "base/buf.h"
#include "parser/peg.h"

static const char *const kind_words[] = {
#define KIND(name, words) words,
    PEG_KINDS(KIND)
#undef KIND
};

// CPython counts the end column out in the line the error begins on, even if it ends on another.
static void limit_end(Peg *g, const Place *place, Diag *error)
{
    const char *line;
    size_t len;
    if (place->end_line <= place->line || !asy_source_line(g->p->source, place->line, &line, &len))
        return;
    bool within = place->end_col < len;
    if (within) len = place->end_col + 1;
    error->end_col = (int64_t)asy_utf8_count(line, len) + !within;
}

static const PegNode *raise_kind(Peg *g, DiagKind kind, const Place *place, const char *message)
{
    Diag *error = &g->p->diag->error;
    g->raised = true;
    asy_diag_error(g->p->diag, kind, place, "%s", message);
    if (error->kind != DIAG_MEMORY) limit_end(g, place, error);
    return NULL;
}

static const PegNode *raise_at(Peg *g, const Place *place, const char *message)
{
    return raise_kind(g, DIAG_SYNTAX, place, message);
}

static Place node_place(const Peg *g, const PegNode *from, const PegNode *to)
{
    Place place = asy_peg_token(g, from->first)->place;
    const Place *end = &asy_peg_token(g, to->last)->place;
    place.end = end->end;
    place.end_line = end->end_line;
    place.end_col = end->end_col;
    return place;
}

static const PegNode *raise_range(Peg *g, const PegNode *from, const PegNode *to,
                                  const char *message)
{
    Place place = node_place(g, from, to);
    return raise_at(g, &place, message);
}

static bool is_bare(const Token *token)
{
    return token->kind == TOK_INDENT || token->kind == TOK_DEDENT || token->kind == TOK_ENDMARKER ||
           // The one that the end of the text implies at the prompt.
           (token->kind == TOK_NEWLINE && token->place.start == token->place.end);
}

// Where CPython's tokenizer stands once it has made a token without text: behind the indentation,
// or at the end of the last line, its newline included.
static void place_bare(Peg *g, const Token *token, Diag *error)
{
    const Source *source = g->p->source;
    uint32_t at = token->place.end, start = at, line = source->len ? token->place.line : 0;
    if ((token->kind == TOK_ENDMARKER || at >= source->len) && source->len) {
        at = start = source->len;
        start--;    // the last newline
        if (g->p->mode == PARSE_EVAL && source->newline_added) at--;
        line = 1;
        for (uint32_t i = 0; i < start; i++) line += source->text[i] == '\n';
    }
    while (start > 0 && source->text[start - 1] != '\n') start--;
    error->line = error->end_line = line;
    error->col = (int64_t)asy_utf8_count(source->text + start, at - start);
    error->end_col = -1;
}

const PegNode *asy_diagnose_at_last(Peg *g, DiagKind kind, const char *message)
{
    const Token *token = asy_peg_token(g, g->fill ? g->fill - 1 : 0);
    Diagnostics *diag = g->p->diag;
    (void)raise_kind(g, kind, &token->place, message);
    if (diag->error.kind != DIAG_MEMORY && is_bare(token)) place_bare(g, token, &diag->error);
    return NULL;
}

// Where a token itself is meant, one without text has no columns.
const PegNode *asy_diagnose_at(Peg *g, uint32_t index, const char *message)
{
    const Token *token = asy_peg_token(g, index);
    Diag *error = &g->p->diag->error;
    raise_at(g, &token->place, message);
    if (error->kind == DIAG_MEMORY || !is_bare(token)) return NULL;
    place_bare(g, token, error);
    error->col = error->end_col = 0;
    return NULL;
}

// From `node` to where reading is now. CPython does not add the 1 to that column.
static const PegNode *raise_from(Peg *g, const PegNode *node, const char *message)
{
    const Token *last = asy_peg_token(g, g->fill - 1);
    Place place = node_place(g, node, node);
    place.end = last->place.end;
    place.end_line = last->place.end_line;
    place.end_col = last->place.end_col;
    raise_at(g, &place, message);
    g->p->diag->error.end_col--;
    return NULL;
}

static void put_message(Peg *g, Buf *out, const char *message, const PegNode *a)
{
    for (; *message != '`'; message++) {
        if (*message != '%') {
            asy_buf_putc(out, *message);
            continue;
        }
        const Place place = node_place(g, a, a);
        switch (*++message) {
        case 'k': asy_buf_puts(out, kind_words[a->kind]); break;
        case 'n': asy_buf_printf(out, "%u", place.line); break;
        default:
            asy_buf_append(out, g->p->source->text + place.start, place.end - place.start);
            break;
        }
    }
}

const PegNode *asy_diagnose_raise(Peg *g, const char *where, const char *message,
                                  const PegNode **parts)
{
    Buf text;
    asy_buf_init(&text, g->p->alloc);
    put_message(g, &text, message, parts[0]);
    if (text.failed) {
        g->raised = true;
        (void)asy_diag_no_memory(g->p->diag);
    } else if (strncmp(where, "a-b", 3) == 0) {
        (void)raise_range(g, parts[0], parts[1], text.bytes);
    } else if (strncmp(where, "a+", 2) == 0) {
        (void)raise_from(g, parts[0], text.bytes);
    } else if (strncmp(where, "last", 4) == 0) {
        (void)asy_diagnose_at_last(g, DIAG_SYNTAX, text.bytes);
    } else if (strncmp(where, "indent", 6) == 0) {
        (void)asy_diagnose_at_last(g, DIAG_INDENTATION, text.bytes);
    } else if (strncmp(where, "next", 4) == 0) {
        (void)asy_diagnose_at(g, g->pos, text.bytes);
    } else {
        (void)raise_range(g, parts[0], parts[0], text.bytes);
    }
    asy_buf_free(&text);
    return NULL;
}

// ---- targets ----

typedef enum Target { TARGET_STORE, TARGET_FOR, TARGET_DELETE } Target;

// The part of `node` that cannot be a target, or NULL.
static const PegNode *invalid_target(const Peg *g, const PegNode *node, Target target)
{
    switch ((PegKind)node->kind) {
    case PEG_KIND_List:
    case PEG_KIND_Tuple:
    case PEG_KIND_Items:
        for (uint32_t i = 0; i < node->count; i++) {
            const PegNode *part = invalid_target(g, node->parts[i], target);
            if (part) return part;
        }
        return NULL;
    case PEG_KIND_Starred:
        return target == TARGET_DELETE ? node : invalid_target(g, node->parts[0], target);
    case PEG_KIND_Compare: {
        // `for x() in y`: the `in` belongs to the statement.
        if (target != TARGET_FOR) return node;
        const PegNode *first = node->parts[1]->parts[0];
        bool in = first->kind == PEG_KIND_Token && asy_peg_token(g, first->first)->kind == TOK_IN;
        return in ? invalid_target(g, node->parts[0], target) : NULL;
    }
    case PEG_KIND_Name:
    case PEG_KIND_Subscript:
    case PEG_KIND_Attribute: return NULL;
    default: return node;
    }
}

static const PegNode *raise_target(Peg *g, const PegNode *node, Target target)
{
    const PegNode *invalid = invalid_target(g, node, target);
    if (!invalid) return NULL;
    return asy_diagnose_raise(
        g, "a", target == TARGET_DELETE ? "cannot delete %k`" : "cannot assign to %k`", &invalid);
}

static const PegNode *bad_store(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return raise_target(g, parts[0], TARGET_STORE);
}

static const PegNode *bad_for_store(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return raise_target(g, parts[0], TARGET_FOR);
}

static const PegNode *bad_delete(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return raise_target(g, parts[0], TARGET_DELETE);
}

// ---- expressions ----

static bool is_print(const Peg *g, const PegNode *node)
{
    if (node->first != node->last) return false;
    const Token *token = asy_peg_token(g, node->first);
    if (token->kind != TOK_NAME) return false;
    const char *name = token->as.name->bytes;
    return strcmp(name, "print") == 0 || strcmp(name, "exec") == 0;
}

// Two expressions side by side: within brackets a comma may be missing.
static const PegNode *forgot_comma(Peg *g, const PegNode **parts, Span span)
{
    if (parts[0]->kind == PEG_KIND_Name && is_print(g, parts[0])) return NULL;
    if (!asy_peg_in_brackets(g, span.last)) return NULL;
    return raise_range(g, parts[0], parts[1], "invalid syntax. Perhaps you forgot a comma?");
}

static const PegNode *missing_parentheses(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    if (!is_print(g, parts[0])) return NULL;
    return asy_diagnose_raise(g, "a-b",
                              "Missing parentheses in call to '%t'. Did you mean %t(...)?`", parts);
}

static const PegNode *key_without_colon(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    raise_range(g, parts[0], parts[0], "':' expected after dictionary key");
    Diag *error = &g->p->diag->error;
    if (error->kind == DIAG_MEMORY) return NULL;
    error->col = error->end_col - 1;
    error->end_col = 0;
    return NULL;
}

// ---- calls ----

// The last thing in the last clause of a comprehension.
static const PegNode *last_of_clauses(const PegNode *clauses)
{
    const PegNode *clause = clauses->parts[clauses->count - 1];
    const PegNode *conditions = clause->parts[1];
    return conditions->count ? conditions->parts[conditions->count - 1] : clause->parts[0];
}

static const PegNode *bare_generator(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return raise_range(g, parts[0], last_of_clauses(parts[1]),
                       "Generator expression must be parenthesized");
}

typedef struct ArgumentCount {
    uint32_t positional;    // starred ones too
    const PegNode *last;    // of these
    bool double_star;
} ArgumentCount;

static void count_arguments(const PegNode *node, ArgumentCount *count)
{
    if (node->kind == PEG_KIND_Arguments || node->kind == PEG_KIND_Items) {
        for (uint32_t i = 0; i < node->count; i++) count_arguments(node->parts[i], count);
    } else if (node->kind == PEG_KIND_DoubleStar) {
        count->double_star = true;
    } else if (node->kind != PEG_KIND_Keyword) {
        count->positional++;
        count->last = node;
    }
}

static const PegNode *bare_generator_last(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    ArgumentCount count = { 0 };
    count_arguments(parts[0], &count);
    if (count.positional <= 1) return NULL;
    return raise_range(g, count.last, last_of_clauses(parts[1]),
                       "Generator expression must be parenthesized");
}

static const PegNode *positional_after_keyword(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    ArgumentCount count = { 0 };
    count_arguments(parts[0], &count);
    return asy_diagnose_at_last(g, DIAG_SYNTAX,
                                count.double_star
                                    ? "positional argument follows keyword argument unpacking"
                                    : "positional argument follows keyword argument");
}

// ---- type parameters ----

static const PegNode *bad_bound(Peg *g, const PegNode **parts, const char *what)
{
    char message[64];
    snprintf(message, sizeof message, "cannot use %s with %s",
             parts[1]->kind == PEG_KIND_Tuple ? "constraints" : "bound", what);
    return raise_from(g, parts[0], message);
}

static const PegNode *bad_star_bound(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return bad_bound(g, parts, "TypeVarTuple");
}

static const PegNode *bad_double_star_bound(Peg *g, const PegNode **parts, Span span)
{
    (void)span;
    return bad_bound(g, parts, "ParamSpec");
}

// ---- literals: their values are wrong before the grammar is ----

static const PegNode *literal(Peg *g, Span span, bool decoded, PegKind kind)
{
    if (decoded) return asy_peg_node(g, kind, span, NULL, 0);
    g->raised = true;
    return NULL;
}

static const PegNode *number(Peg *g, const PegNode **parts, Span span)
{
    Constant value;
    const Token *token = asy_peg_token(g, parts[0]->first);
    return literal(g, span, asy_literal_number(g->p->lexer, token, &value), PEG_KIND_Constant);
}

static const PegNode *complex_part(Peg *g, const PegNode **parts, Span span, bool imaginary,
                                   const char *message)
{
    if (asy_peg_token(g, parts[0]->first)->as.number.imaginary == imaginary)
        return number(g, parts, span);
    return raise_range(g, parts[0], parts[0], message);
}

static const PegNode *real_number(Peg *g, const PegNode **parts, Span span)
{
    return complex_part(g, parts, span, false, "real number required in complex literal");
}

static const PegNode *imaginary_number(Peg *g, const PegNode **parts, Span span)
{
    return complex_part(g, parts, span, true, "imaginary number required in complex literal");
}

static const PegNode *strings(Peg *g, const PegNode **parts, Span span)
{
    const PegNode *items = parts[0];
    bool format = false;
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        const Token *token = asy_peg_token(g, items->parts[i]->first);
        Constant value;
        if (token->kind != TOK_STRING) {
            format = true;
        } else if (!asy_literal_string(g->p->lexer, token, &value)) {
            g->raised = true;
            return NULL;
        } else {
            bytes += value.kind == CONST_BYTES;
        }
    }
    if (bytes && bytes != items->count)
        return asy_diagnose_at_last(g, DIAG_SYNTAX, "cannot mix bytes and nonbytes literals");
    return asy_peg_node(g, format ? PEG_KIND_JoinedStr : PEG_KIND_Constant, span, NULL, 0);
}

static const PegNode *conversion(Peg *g, const PegNode **parts, Span span)
{
    const Token *mark = asy_peg_token(g, parts[0]->first);
    if (mark->place.end == asy_peg_token(g, parts[1]->first)->place.start) return parts[1];
    (void)span;
    return raise_range(    // the spelling is CPython's
        g, parts[0], parts[1],
        "f-string: conversion type must come right after the exclamanation mark");
}

// The letter of a conversion is looked at only once the whole field is there.
static const PegNode *field(Peg *g, const PegNode **parts, Span span)
{
    const PegNode *name = parts[0];
    if (name->kind == PEG_KIND_Token) {
        const char *letter = asy_peg_token(g, name->first)->as.name->bytes;
        if (strcmp(letter, "s") != 0 && strcmp(letter, "r") != 0 && strcmp(letter, "a") != 0)
            return asy_diagnose_raise(
                g, "a", "f-string: invalid conversion character '%t': expected 's', 'r', or 'a'`",
                parts);
    }
    return asy_peg_node(g, PEG_KIND_Group, span, NULL, 0);
}

PegAction *asy_diagnose_action(const char *name, size_t len)
{
    static const struct {
        const char *name;
        PegAction *action;
    } actions[] = {
#define ACTION(name) { #name, name }
        ACTION(bad_store),
        ACTION(bad_for_store),
        ACTION(bad_delete),
        ACTION(forgot_comma),
        ACTION(missing_parentheses),
        ACTION(key_without_colon),
        ACTION(bare_generator),
        ACTION(bare_generator_last),
        ACTION(positional_after_keyword),
        ACTION(bad_star_bound),
        ACTION(bad_double_star_bound),
        ACTION(number),
        ACTION(real_number),
        ACTION(imaginary_number),
        ACTION(strings),
        ACTION(conversion),
        ACTION(field),
#undef ACTION
    };
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strlen(actions[i].name) == len && memcmp(actions[i].name, name, len) == 0)
            return actions[i].action;
    return NULL;
}
