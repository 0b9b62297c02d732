// Tokens as text; see tokens_dump.h.
#include "lexer/tokens_dump.h"

bool asy_tokens_dump(const Source *source, const AsyAllocator *allocator, Arena *arena, Diagnostics *diag, Buf *out)
{
    Names names;
    Lexer *lexer = asy_alloc(allocator, sizeof *lexer);     // too large for a thread's small stack
    bool ok = lexer && asy_names_init(&names, arena);
    if (ok) {
        asy_lexer_init(lexer, source, arena, &names, diag, NULL);
        Token t;
        for (asy_lexer_next(lexer, &t); ok && t.kind != TOK_ERROR; asy_lexer_next(lexer, &t)) {
            const Place *p = &t.place;
            ok = asy_buf_printf(out, "%u,%u-%u,%u %s ", p->line, p->col, p->end_line, p->end_col, asy_token_name(t.kind)) &&
                 (t.kind == TOK_NEWLINE || t.kind == TOK_INDENT || t.kind == TOK_DEDENT ||
                  asy_buf_append(out, source->text + p->start, p->end - p->start)) &&
                 asy_buf_putc(out, '\n');
            if (t.kind == TOK_ENDMARKER) break;
        }
    }
    asy_free(allocator, lexer, sizeof *lexer);
    return ok;
}
