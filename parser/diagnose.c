// The parse failed: which error does CPython give?
//
// The tokens are read again by ordered choice (peg.c, diagnose.def), first without mistakes, which
// finds how far CPython's parser looks, then with them. That starts at the top-level statement the
// grammar failed in: everything before it is right. Whatever this says, an error of the lexer's
// further on is preferred where CPython's tokenizer would have it so.
#include "parser/peg.h"

// A line that begins with one of these continues the statement above.
static bool continues(TokenKind kind)
{
    return kind == TOK_ELIF || kind == TOK_ELSE || kind == TOK_EXCEPT || kind == TOK_FINALLY;
}

// The first token of the top-level statement the grammar was in. The token it stumbled over begins
// none: what it missed belongs to the statement before.
static uint32_t statement_start(const Parser *p)
{
    uint32_t start = 0;
    int depth = 0;
    bool line_start = true, decorated = false;
    for (uint32_t i = 0; i + 1 < p->at; i++) {
        TokenKind kind = p->tokens[i].kind;
        if (line_start && depth == 0 && kind != TOK_INDENT && kind != TOK_DEDENT) {
            if (!decorated && !continues(kind)) start = i;
            decorated = kind == TOK_AT;
        }
        line_start = kind == TOK_NEWLINE || kind == TOK_DEDENT;
        depth += (kind == TOK_INDENT) - (kind == TOK_DEDENT);
    }
    return start;
}

// No rule has a word for it. True if an error of the lexer's further on would be preferred.
static bool diagnose_generic(Peg *g, uint32_t index)
{
    const Token *furthest = asy_peg_token(g, index);
    if (furthest->kind == TOK_INDENT) {
        (void)asy_diagnose_at_last(g, DIAG_INDENTATION, "unexpected indent");
    } else if (furthest->kind == TOK_DEDENT) {
        (void)asy_diagnose_at_last(g, DIAG_INDENTATION, "unexpected unindent");
    } else {
        (void)asy_diagnose_at(g, index, "invalid syntax");
        return true;
    }
    return false;
}

// An error of the lexer's further on takes the place of the one that was found at token `at`; but
// within an f-string CPython's tokenizer keeps quiet once there is an error.
static void prefer_lexical(Parser *p, uint32_t at)
{
    if (p->diag->error.kind == DIAG_MEMORY || p->lexer->fstring_count) return;
    (void)!asy_lexer_check_rest(p->lexer, p->tokens[at].place.line);
}

static void diagnose(Peg *g)
{
    static const PegRuleId starts[] = {
        [PARSE_EXEC] = PEG_file,
        [PARSE_SINGLE] = PEG_single,
        [PARSE_EVAL] = PEG_eval,
    };
    Parser *p = g->p;
    uint32_t start = p->mode == PARSE_EXEC ? statement_start(p) : 0;
    const PegNode *accepted = asy_peg_read(g, starts[p->mode], start, false);
    if (accepted) g->fill = p->at;    // the two grammars do not agree: trust the other
    const uint32_t last = g->fill - 1;
    const Token *furthest = asy_peg_token(g, last);
    // Only what stands for the end of the text lies behind it.
    bool at_end =
        furthest->place.start >= p->source->len || (g->lexical && p->lexical_error.incomplete);
    if (p->allow_incomplete && at_end && p->diag->error.kind != DIAG_MEMORY) {
        asy_diag_error(p->diag, DIAG_SYNTAX, &furthest->place, "incomplete input");
        p->diag->error.incomplete = true;
        return;
    }
    if (!g->raised && !accepted) (void)asy_peg_read(g, starts[p->mode], start, true);
    if (!g->raised && !diagnose_generic(g, last)) return;
    if (!g->lexical) prefer_lexical(p, g->fill - 1);
}

void asy_diagnose(Parser *p)
{
    if (p->diag->error.kind != DIAG_NONE) {
        prefer_lexical(p, p->at - 1);
        return;
    }
    Peg g;
    if (asy_peg_init(&g, p)) diagnose(&g);
    asy_peg_free(&g);
}
