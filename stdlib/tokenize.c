// _tokenize: the lexer's tokens of a text, for tokenize.asy, which adds comments and blank lines.
#include "base/utf8.h"
#include "lexer/lexer.h"
#include "stdlib/lib.h"
#include "vm/interp/import.h"
#include "vm/objects/unicode_names.h"

static bool find_character(void *ud, const char *name, size_t len, uint32_t *code_point)
{
    (void)ud;
    return asy_unicode_name_find(name, len, code_point);
}

// (name, line, column, end line, end column), columns in characters.
static Value token_value(VM *vm, const Source *source, const Token *token)
{
    const Place *p = &token->place;
    Value name = asy_str_value(vm, asy_token_name(token->kind));
    if (asy_is_err(name)) return ASY_ERR;
    size_t col = asy_utf8_count(source->text + p->start - p->col, p->col);
    size_t end_col = asy_utf8_count(source->text + p->end - p->end_col, p->end_col);
    Value t = asy_tuple_pack(vm, 5, name, asy_from_small(p->line), asy_from_small((int64_t)col), asy_from_small(p->end_line),
                             asy_from_small((int64_t)end_col));
    asy_release(vm, name);
    return t;
}

// Appends all tokens. False: exception, of memory or the SyntaxError of the text; the list has those before it.
static bool collect(VM *vm, StrObj *text, ListObj *out)
{
    AsyAllocator allocator = asy_mem_allocator(vm);
    Arena arena;
    asy_arena_init(&arena, &allocator);
    Diagnostics diag;
    asy_diag_init(&diag, &arena);
    Source source = { 0 };
    Names names;
    Lexer *lexer = asy_mem_alloc(vm, sizeof *lexer);
    bool have_source = lexer && asy_source_init(&source, &allocator, SOURCE_STRING, "<string>", text->data, text->size, &diag);
    bool ok = false;
    if (have_source && asy_names_init(&names, &arena)) {
        const LexerOptions options = { .name_lookup = find_character };
        asy_lexer_init(lexer, &source, &arena, &names, &diag, &options);
        Token token;
        do {
            asy_lexer_next(lexer, &token);
            if (token.kind == TOK_ERROR) break;
            Value t = token_value(vm, &source, &token);
            if (asy_is_err(t) || !asy_list_append_owned(vm, out, t)) break;
            ok = token.kind == TOK_ENDMARKER;
        } while (!ok);
    }
    if (!ok && !asy_error_pending(vm)) {
        if (diag.error.kind == DIAG_NONE) asy_raise_memory(vm);
        else asy_raise_diag(vm, &diag, "<string>", have_source ? &source : NULL);
    }
    asy_source_free(&source);
    asy_arena_free(&arena);
    asy_mem_free(vm, lexer, sizeof *lexer);
    return ok;
}

// ([token, ...], the SyntaxError that ends them or None)
static Value tokenize_tokens(VM *vm, Args a)
{
    StrObj *text;
    if (!asy_arg_str(vm, a.v[0], "tokens() argument", &text)) return ASY_ERR;
    ListObj *tokens = asy_list_new(vm, 0);
    if (!tokens) return ASY_ERR;
    Value error = ASY_NONE;
    if (!collect(vm, text, tokens)) {
        if (!asy_error_is(vm, EXC_SyntaxError)) {
            asy_release_obj(vm, tokens);
            return ASY_ERR;
        }
        error = asy_error_fetch(vm);
    }
    Value pair = asy_tuple_pack(vm, 2, asy_from_obj(tokens), error);
    asy_release_obj(vm, tokens);
    asy_release(vm, error);
    return pair;
}

static const MethodDef functions[] = {
    { "tokens", tokenize_tokens, "(source, /)", 0, "The tokens of a text, and the error that ends them or None." },
    { 0 },
};
const ModuleDef asy_module__tokenize = { "_tokenize", "The lexer.", functions, NULL };
