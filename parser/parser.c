// One parse from beginning to end: all tokens first, then the grammar, then, if need be, the
// diagnosis.
#include "parser/parser.h"

#include <string.h>
#include "parser/build.h"

static Token *token_push(Parser *p)
{
    if (p->count == p->cap) {
        uint32_t cap = p->cap * 2;
        Token *tokens =
            asy_realloc(p->alloc, p->tokens, p->cap * sizeof *tokens, cap * sizeof *tokens);
        if (!tokens) return NULL;
        p->tokens = tokens;
        p->cap = cap;
    }
    return &p->tokens[p->count++];
}

// At the prompt the end of the text is the end of a line as well: a compound statement ends with
// it.
static bool imply_newline(Parser *p)
{
    Token *end = token_push(p);
    if (!end) return false;
    end[0] = end[-1];
    end[-1].kind = TOK_NEWLINE;
    return true;
}

// An expression's text ends without the newline that was added to it: errors at its end see that.
static void drop_newline(Parser *p)
{
    if (!p->source->newline_added || p->count < 2 || p->tokens[p->count - 2].kind != TOK_NEWLINE)
        return;
    p->tokens[p->count - 2].kind = TOK_ENDMARKER;
    p->count--;
}

// Reads all tokens, to the end or to the first that is wrong; false without memory.
static bool read_tokens(Parser *p)
{
    // A token every five bytes is more than most source text has.
    p->cap = p->source->len / 5 + 64;
    p->tokens = asy_alloc(p->alloc, p->cap * sizeof *p->tokens);
    if (!p->tokens) return false;
    for (;;) {
        Token *token = token_push(p);
        if (!token) return false;
        asy_lexer_next(p->lexer, token);
        if (token->kind == TOK_ENDMARKER) {
            if (p->mode == PARSE_EVAL) drop_newline(p);
            return p->mode != PARSE_SINGLE || imply_newline(p);
        }
        if (token->kind != TOK_ERROR) continue;
        if (p->arena->failed || p->diag->error.kind == DIAG_MEMORY) return false;
        p->lexical_error = p->diag->error;
        asy_diag_clear(p->diag);
        return true;
    }
}

// What stands behind the one statement of the prompt: nothing, or it is one too many.
static void check_single(Parser *p)
{
    uint32_t at = p->at;
    while (p->tokens[at].kind == TOK_NEWLINE) at++;
    if (p->tokens[at].kind == TOK_ENDMARKER) return;
    asy_diag_error(p->diag, DIAG_SYNTAX, &p->tokens[p->at - 1].place,
                   "multiple statements found while compiling a single statement");
}

// A compound statement at the prompt goes on until an empty line.
static bool may_go_on(const Parser *p)
{
    const Source *source = p->source;
    if (!p->allow_incomplete || p->mode != PARSE_SINGLE || !p->result->Interactive.body.count)
        return false;
    switch (p->result->Interactive.body.items[0]->kind) {
    case STMT_FunctionDef:
    case STMT_AsyncFunctionDef:
    case STMT_ClassDef:
    case STMT_For:
    case STMT_AsyncFor:
    case STMT_While:
    case STMT_If:
    case STMT_With:
    case STMT_AsyncWith:
    case STMT_Match:
    case STMT_Try:
    case STMT_TryStar: break;
    default: return false;
    }
    uint32_t len = source->len;
    if (source->newline_added) return true;
    // The last line, without its newline, holds nothing but blanks.
    for (len--; len > 0 && source->text[len - 1] != '\n'; len--)
        if (source->text[len - 1] != ' ' && source->text[len - 1] != '\t') return true;
    return false;
}

static void incomplete(Parser *p)
{
    asy_diag_error(p->diag, DIAG_SYNTAX, &p->tokens[p->count - 1].place, "incomplete input");
    p->diag->error.incomplete = true;
}

static bool run(Parser *p)
{
    if (!read_tokens(p)) return asy_diag_no_memory(p->diag);
    bool failed = asy_grammar_parse(p) != 0;
    if (p->arena->failed) return asy_diag_no_memory(p->diag);
    if (failed || p->wrong || p->diag->error.kind != DIAG_NONE) {
        asy_diagnose(p);
        return false;
    }
    if (p->too_high)
        return asy_diag_error(p->diag, DIAG_RECURSION, &p->tokens[0].place,
                              "maximum recursion depth exceeded during compilation");
    if (p->mode == PARSE_SINGLE) check_single(p);
    if (p->diag->error.kind == DIAG_NONE && may_go_on(p)) incomplete(p);
    return p->diag->error.kind == DIAG_NONE;
}

Mod *asy_parse(const AsyAllocator *allocator, const Source *source, ParseMode mode,
               const ParseOptions *options, Names *names, Arena *arena, Diagnostics *diag)
{
    // The lexer's stacks of brackets and blocks make it too big for the C stack of a small thread.
    struct Work {
        Parser parser;
        Lexer lexer;
    } *work = asy_alloc(allocator, sizeof *work);
    if (!work) {
        (void)asy_diag_no_memory(diag);
        return NULL;
    }
    Parser *p = &work->parser;
    *p = (Parser){
        .alloc = allocator,
        .arena = arena,
        .names = names,
        .diag = diag,
        .source = source,
        .mode = mode,
        .allow_incomplete = options && options->allow_incomplete,
        .lexer = &work->lexer,
    };
    asy_lexer_init(&work->lexer, source, arena, names, diag, options ? &options->lexer : NULL);
    Mod *mod = run(p) ? p->result : NULL;
    asy_free(allocator, p->tokens, p->cap * sizeof *p->tokens);
    asy_free(allocator, work, sizeof *work);
    return mod;
}
