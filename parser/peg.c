// Ordered choice over tokens: reading the rules of diagnose.def, and running them.
//
// Results are nodes; an item without one of its own (an optional part that is missing) gives an
// empty node, so NULL always means "does not match". A rule that a mistake's action refuses does
// not match either, and its later alternatives are not tried; that is how CPython's parser behaves.
#include "parser/peg.h"

#include <assert.h>
#include <string.h>

// CPython gives up at this depth of rules ("Parser stack overflowed"). A level here takes
// about 300 bytes of C stack.
#define PEG_DEPTH_MAX 6000

typedef enum PegOp {
    OP_TOKEN,        // kind
    OP_WORD,         // name: a soft keyword, or _
    OP_SOFT,         // any soft keyword
    OP_RULE,         // kind: rule
    OP_GROUP,        // choice
    OP_OPTIONAL,     // choice
    OP_STAR,         // sub
    OP_PLUS,         // sub
    OP_SEPARATED,    // sub, separator
    OP_AND,          // sub
    OP_NOT,          // sub
    OP_FORCE,        // sub, a token
    OP_CUT,
} PegOp;

struct PegItem {
    uint8_t op;
    uint8_t label;    // 1 to PEG_LABELS, 0 for none
    uint16_t kind;
    const PegItem *sub;
    const PegItem *separator;
    const PegChoice *choice;
    const Name *name;
    const PegItem *next;
};

typedef enum PegResult {
    RESULT_ITEM,
    RESULT_KIND,
    RESULT_LABEL,
    RESULT_ACTION,
    RESULT_ERROR
} PegResult;

struct PegChoice {
    const PegItem *items;
    uint8_t result;    // of PegResult
    uint8_t kind;      // of PegKind, or the label
    PegAction *action;
    const char *where;
    const char *message;
    const PegChoice *next;
};

struct PegMemo {
    PegRuleId rule;
    uint32_t end;
    const PegNode *node;
    PegMemo *next;
};

static const char *const rule_names[] = {
#define PEG(rule, flags, alternatives) #rule,
#include "parser/diagnose.def"
};
static const char *const rule_flags[] = {
#define PEG(rule, flags, alternatives) flags,
#include "parser/diagnose.def"
};
static const char *const rule_texts[] = {
#define PEG(rule, flags, alternatives) alternatives,
#include "parser/diagnose.def"
};
static const char *const kind_names[] = {
#define KIND(name, words) #name,
    PEG_KINDS(KIND)
#undef KIND
};

static bool has_flag(PegRuleId rule, char flag)
{
    return strchr(rule_flags[rule], flag) != NULL;
}

// ---- reading the rules ----

static void skip_space(Peg *g)
{
    while (*g->at == ' ') g->at++;
}

static bool accept(Peg *g, char c)
{
    skip_space(g);
    if (*g->at != c) return false;
    g->at++;
    return true;
}

static size_t word_length(const char *at)
{
    size_t len = 0;
    while ((at[len] >= 'a' && at[len] <= 'z') || (at[len] >= 'A' && at[len] <= 'Z') ||
           at[len] == '_')
        len++;
    return len;
}

static bool same(const char *text, const char *word, size_t len)
{
    return strlen(text) == len && memcmp(text, word, len) == 0;
}

static unsigned find(const char *const *names, unsigned count, const char *word, size_t len)
{
    unsigned i = 0;
    while (i < count && !same(names[i], word, len)) i++;
    assert(i < count);
    return i;
}

static const PegChoice *read_choices(Peg *g);

// A literal in quotes: a token known by its text, or a soft keyword.
static void read_literal(Peg *g, PegItem *item)
{
    const char *text = g->at;
    size_t len = strcspn(text, "'");
    g->at = text + len + 1;
    for (unsigned kind = 0; kind < TOK__COUNT; kind++) {
        if (kind == TOK_MATCH || kind == TOK_CASE || kind == TOK_TYPE) continue;
        if (!same(asy_token_text((TokenKind)kind), text, len)) continue;
        item->op = OP_TOKEN;
        item->kind = (uint16_t)kind;
        return;
    }
    item->op = OP_WORD;
    item->name = asy_names_intern(g->p->names, text, len);
}

static void read_name(Peg *g, PegItem *item)
{
    const char *word = g->at;
    size_t len = word_length(word);
    g->at += len;
    if (*word >= 'a') {
        item->op = OP_RULE;
        item->kind = (uint16_t)find(rule_names, PEG__COUNT, word, len);
    } else if (same("SOFT_KEYWORD", word, len)) {
        item->op = OP_SOFT;
    } else {
        item->op = OP_TOKEN;
        while (!same(asy_token_name((TokenKind)item->kind), word, len)) {
            item->kind++;
            assert(item->kind < TOK__COUNT);
        }
    }
}

static PegItem *new_item(Peg *g, PegOp op)
{
    PegItem *item = asy_arena_zalloc(&g->arena, sizeof *item);
    if (item) item->op = (uint8_t)op;
    return item;
}

static const PegItem *read_item(Peg *g)
{
    PegItem *item = new_item(g, OP_CUT);
    if (!item) return NULL;
    skip_space(g);
    if (word_length(g->at) == 1 && g->at[1] == ':') {
        item->label = (uint8_t)(*g->at - 'a' + 1);
        g->at += 2;
    }
    char c = *g->at++;
    switch (c) {
    case '~': return item;
    case '&':
    case '!':
    case '^':
        item->op = c == '&' ? OP_AND : c == '!' ? OP_NOT : OP_FORCE;
        item->sub = read_item(g);
        return item;
    case '(':
    case '[':
        item->op = c == '(' ? OP_GROUP : OP_OPTIONAL;
        item->choice = read_choices(g);
        g->at++;    // its closing bracket
        break;
    case '\'': read_literal(g, item); break;
    default:
        g->at--;
        read_name(g, item);
        break;
    }
    char suffix = *g->at;
    if (suffix != '*' && suffix != '+' && suffix != '%') return item;
    g->at++;
    PegItem *repeated = new_item(g, suffix == '*'   ? OP_STAR
                                    : suffix == '+' ? OP_PLUS
                                                    : OP_SEPARATED);
    if (!repeated) return NULL;
    repeated->label = item->label;
    repeated->sub = item;
    if (suffix == '%') repeated->separator = read_item(g);
    return repeated;
}

static void read_result(Peg *g, PegChoice *choice)
{
    if (accept(g, '=')) {
        if (*g->at != '>') {
            skip_space(g);
            choice->result = RESULT_LABEL;
            choice->kind = (uint8_t)(*g->at++ - 'a');
            return;
        }
        g->at++;
        if (accept(g, '@')) {
            choice->result = RESULT_ERROR;
            choice->where = g->at;
            choice->message = strchr(g->at, '`') + 1;
            g->at = strchr(choice->message, '`') + 1;
            return;
        }
        skip_space(g);
        size_t len = word_length(g->at);
        choice->result = RESULT_ACTION;
        choice->action = asy_diagnose_action(g->at, len);
        g->at += len;
    } else if (accept(g, '-')) {
        g->at++;    // >
        skip_space(g);
        size_t len = word_length(g->at);
        choice->result = RESULT_KIND;
        choice->kind = (uint8_t)find(kind_names, PEG_KIND__COUNT, g->at, len);
        g->at += len;
    }
}

static const PegChoice *read_choices(Peg *g)
{
    const PegChoice *first = NULL, **link = &first;
    do {
        PegChoice *choice = asy_arena_zalloc(&g->arena, sizeof *choice);
        if (!choice) return NULL;
        *link = choice;
        link = &choice->next;
        const PegItem **item = &choice->items;
        for (;;) {
            skip_space(g);
            if (*g->at == '\0' || strchr("|=-)]", *g->at)) break;
            *item = read_item(g);
            if (!*item) return NULL;
            item = (const PegItem **)(uintptr_t) & (*item)->next;
        }
        read_result(g, choice);
    } while (accept(g, '|'));
    skip_space(g);
    return first;
}

bool asy_peg_init(Peg *g, Parser *p)
{
    *g = (Peg){ .p = p };
    asy_arena_init(&g->arena, p->alloc);
    for (unsigned i = 0; i < PEG__COUNT; i++) {
        g->at = rule_texts[i];
        g->rules[i] = read_choices(g);
        if (g->arena.failed || p->names->arena->failed) return asy_diag_no_memory(p->diag);
        assert(*g->at == '\0');
    }
    return true;
}

void asy_peg_free(Peg *g)
{
    asy_arena_free(&g->arena);
}

// ---- running them ----

static const PegNode *read_choice(Peg *g, const PegChoice *choice);
static const PegNode *run_item(Peg *g, const PegItem *item);

static const PegNode *no_memory(Peg *g)
{
    (void)asy_diag_no_memory(g->p->diag);
    g->raised = true;
    return NULL;
}

const PegNode *asy_peg_node(Peg *g, PegKind kind, Span span, const PegNode *const *parts,
                            uint32_t count)
{
    PegNode *node = asy_arena_alloc(&g->arena, sizeof *node + count * sizeof *parts);
    if (!node) return no_memory(g);
    *node =
        (PegNode){ .kind = (uint8_t)kind, .first = span.first, .last = span.last, .count = count };
    node->parts = (const PegNode **)(node + 1);
    if (count) memcpy(node->parts, parts, count * sizeof *parts);
    return node;
}

const Token *asy_peg_token(const Peg *g, uint32_t index)
{
    uint32_t last = g->p->count - 1;
    return &g->p->tokens[index < last ? index : last];
}

bool asy_peg_in_brackets(const Peg *g, uint32_t index)
{
    int depth = 0;
    for (uint32_t i = g->base; i <= index; i++) {
        switch (g->p->tokens[i].kind) {
        case TOK_LPAR:
        case TOK_WITH_LPAR:
        case TOK_LSQB:
        case TOK_LBRACE: depth++; break;
        case TOK_RPAR:
        case TOK_RSQB:
        case TOK_RBRACE: depth--; break;
        default: break;
        }
    }
    return depth > 0;
}

// Looks at the next token; NULL if it is the lexer's error, which is then raised.
static const Token *peek(Peg *g)
{
    if (g->pos >= g->fill) g->fill = g->pos + 1;
    const Token *token = asy_peg_token(g, g->pos);
    if (token->kind != TOK_ERROR) return token;
    g->p->diag->error = g->p->lexical_error;
    g->raised = g->lexical = true;
    return NULL;
}

static bool is_name(const Token *token)
{
    return token->kind == TOK_NAME || token->kind == TOK_MATCH || token->kind == TOK_CASE ||
           token->kind == TOK_TYPE;
}

// CPython takes any beginning of a soft keyword for one where it asks this.
static bool is_soft(const Token *token)
{
    static const char *const words[] = { "_", "case", "match", "type" };
    if (!is_name(token)) return false;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(words[i], token->as.name->bytes, token->as.name->len) == 0) return true;
    return false;
}

// What the lexer tells apart and this grammar does not.
static TokenKind plain_kind(const Token *token)
{
    if (token->kind == TOK_WITH_LPAR) return TOK_LPAR;
    if (token->kind == TOK_FSTRING_COLON) return TOK_COLON;
    return is_name(token) ? TOK_NAME : token->kind;
}

static const PegNode *run_token(Peg *g, const PegItem *item)
{
    const Token *token = peek(g);
    if (!token) return NULL;
    bool matches = item->op == OP_WORD   ? is_name(token) && token->as.name == item->name
                   : item->op == OP_SOFT ? is_soft(token)
                                         : plain_kind(token) == (TokenKind)item->kind;
    if (!matches) return NULL;
    Span span = { g->pos, g->pos };
    g->pos++;
    return asy_peg_node(g, PEG_KIND_Token, span, NULL, 0);
}

// item*, item+ and item%separator: a node of kind Items with the items.
static const PegNode *run_repeated(Peg *g, const PegItem *item)
{
    Vec(const PegNode *) found = { 0 };
    const AsyAllocator *alloc = g->p->alloc;
    uint32_t first = g->pos, end = g->pos;
    const PegNode *result = NULL;
    for (;;) {
        const PegNode *node = NULL;
        if (!found.len || !item->separator || run_item(g, item->separator))
            node = run_item(g, item->sub);
        if (!node) break;
        if (!asy_vec_push(alloc, &found, node)) {
            (void)no_memory(g);
            break;
        }
        end = g->pos;
    }
    g->pos = end;
    if (!g->raised && (found.len || item->op == OP_STAR))
        result = asy_peg_node(g, PEG_KIND_Items, (Span){ first, end - 1 }, found.items,
                              (uint32_t)found.len);
    asy_vec_free(alloc, &found);
    return result;
}

static PegMemo *find_memo(Peg *g, PegRuleId rule, uint32_t pos)
{
    if (pos >= g->p->count) return NULL;
    for (PegMemo *memo = g->memos[pos - g->base]; memo; memo = memo->next)
        if (memo->rule == rule) return memo;
    return NULL;
}

static PegMemo *add_memo(Peg *g, PegRuleId rule, uint32_t pos, const PegNode *node)
{
    if (pos >= g->p->count) return NULL;
    PegMemo *memo = asy_arena_alloc(&g->arena, sizeof *memo);
    if (!memo) {
        (void)no_memory(g);
        return NULL;
    }
    *memo = (PegMemo){ rule, g->pos, node, g->memos[pos - g->base] };
    g->memos[pos - g->base] = memo;
    return memo;
}

// A left-recursive rule: its first result is failure, and as long as reading it again with the last
// result remembered takes it further, that is its result.
static const PegNode *run_left(Peg *g, PegRuleId rule, uint32_t start)
{
    PegMemo *memo = add_memo(g, rule, start, NULL);
    if (!memo) return NULL;
    memo->end = start;
    for (;;) {
        g->pos = start;
        const PegNode *node = read_choice(g, g->rules[rule]);
        if (g->raised) return NULL;
        if (!node || g->pos <= memo->end) break;
        memo->end = g->pos;
        memo->node = node;
    }
    g->pos = memo->end;
    return memo->node;
}

static const PegNode *run_rule(Peg *g, PegRuleId rule)
{
    if (!g->mistakes && has_flag(rule, 'x')) return NULL;
    bool left = has_flag(rule, 'l'), remember = left || has_flag(rule, 'm');
    uint32_t start = g->pos;
    if (remember) {
        const PegMemo *memo = find_memo(g, rule, start);
        if (memo) {
            g->pos = memo->end;
            return memo->node;
        }
    }
    if (left) return run_left(g, rule, start);
    bool mistakes = g->mistakes;
    if (has_flag(rule, 'q')) g->mistakes = false;
    const PegNode *node = read_choice(g, g->rules[rule]);
    g->mistakes = mistakes;
    if (remember && !g->raised) (void)add_memo(g, rule, start, node);
    return g->raised ? NULL : node;
}

static const PegNode *run_look(Peg *g, const PegItem *item)
{
    uint32_t start = g->pos;
    bool found = run_item(g, item->sub) != NULL;
    g->pos = start;
    if (g->raised || found != (item->op == OP_AND)) return NULL;
    return asy_peg_node(g, PEG_KIND_Group, (Span){ start, start - 1 }, NULL, 0);
}

static const PegNode *run_force(Peg *g, const PegItem *item)
{
    const PegNode *node = run_item(g, item->sub);
    if (node || g->raised) return node;
    g->raised = true;
    asy_diag_error(g->p->diag, DIAG_SYNTAX, &asy_peg_token(g, g->pos)->place, "expected '%s'",
                   asy_token_text((TokenKind)item->sub->kind));
    return NULL;
}

static const PegNode *run_item(Peg *g, const PegItem *item)
{
    uint32_t start = g->pos;
    const PegNode *node = NULL;
    if (g->raised) return NULL;
    switch ((PegOp)item->op) {
    case OP_TOKEN:
    case OP_WORD:
    case OP_SOFT: return run_token(g, item);
    case OP_RULE: node = run_rule(g, (PegRuleId)item->kind); break;
    case OP_GROUP: node = read_choice(g, item->choice); break;
    case OP_STAR:
    case OP_PLUS:
    case OP_SEPARATED: return run_repeated(g, item);
    case OP_AND:
    case OP_NOT: return run_look(g, item);
    case OP_FORCE: return run_force(g, item);
    case OP_OPTIONAL:
    case OP_CUT:
        if (item->op == OP_OPTIONAL) node = read_choice(g, item->choice);
        if (node || g->raised) return node;
        g->pos = start;
        return asy_peg_node(g, PEG_KIND_Items, (Span){ start, start - 1 }, NULL, 0);
    }
    if (!node) g->pos = start;
    return node;
}

// What an alternative gives once all its items have matched.
static const PegNode *give(Peg *g, const PegChoice *choice, uint32_t start, const PegNode *only,
                           const PegNode **parts)
{
    Span span = { start, g->pos - 1 };
    switch ((PegResult)choice->result) {
    case RESULT_LABEL: return parts[choice->kind];
    case RESULT_ACTION: return choice->action(g, parts, span);
    case RESULT_ERROR: return asy_diagnose_raise(g, choice->where, choice->message, parts);
    case RESULT_KIND: {
        uint32_t count = 0;
        while (count < PEG_LABELS && parts[count]) count++;
        return asy_peg_node(g, (PegKind)choice->kind, span, parts, count);
    }
    case RESULT_ITEM: break;
    }
    return only ? only : asy_peg_node(g, PEG_KIND_Group, span, NULL, 0);
}

static const PegNode *read_choice(Peg *g, const PegChoice *choice)
{
    if (++g->depth > PEG_DEPTH_MAX) {
        g->raised = true;
        asy_diag_error(g->p->diag, DIAG_MEMORY, &asy_peg_token(g, g->pos)->place,
                       "Parser stack overflowed - Python source too complex to parse");
    }
    uint32_t start = g->pos;
    const PegNode *result = NULL;
    for (bool cut = false; choice && !cut && !g->raised; choice = choice->next) {
        const PegNode *parts[PEG_LABELS] = { 0 }, *only = NULL;
        const PegItem *item = choice->items;
        unsigned count = 0;
        g->pos = start;
        for (; item; item = item->next) {
            const PegNode *node = run_item(g, item);
            if (!node) break;
            if (item->op == OP_CUT) cut = true;
            if (item->label) parts[item->label - 1] = node;
            if (item->op != OP_AND && item->op != OP_NOT && item->op != OP_CUT)
                only = count++ == 0 ? node : NULL;
        }
        if (item) continue;
        result = give(g, choice, start, only, parts);
        break;
    }
    g->depth--;
    return g->raised ? NULL : result;
}

const PegNode *asy_peg_read(Peg *g, PegRuleId rule, uint32_t first, bool mistakes)
{
    g->base = g->pos = first;
    if (g->fill < first) g->fill = first;
    g->mistakes = mistakes;
    size_t size = (g->p->count - first) * sizeof *g->memos;
    g->memos = asy_arena_zalloc(&g->arena, size);
    return g->memos ? run_rule(g, rule) : no_memory(g);
}
