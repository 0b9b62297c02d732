// Which part of a failing expression to point at: the operator of a binary operation, the brackets of a
// subscript. The expression's text is parsed again; everything is in bytes from its beginning.
#include "vm/objects/traceback_anchors.h"

#include "lexer/diag.h"
#include "lexer/names.h"
#include "lexer/source.h"
#include "parser/parser.h"
#include "vm/core/vm.h"

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// Operator between the operands of a binary operation: the first character that is no space and closes no
// parenthesis, with a second one if that follows directly.
static bool operator_anchors(const char *text, size_t from, size_t to, size_t *left, size_t *right)
{
    size_t i = from;
    while (i < to && (is_space(text[i]) || text[i] == ')')) i++;
    if (i >= to) return false;
    *left = i;
    *right = i + 1;
    if (i + 1 < to && !is_space(text[i + 1])) ++*right;
    return true;
}

static bool bracket_anchors(const char *text, size_t size, size_t value_end, size_t slice_end, size_t *left, size_t *right)
{
    size_t i = value_end, j = slice_end;
    while (i < size && text[i] != '[') i++;
    while (j < size && text[j] != ']') j++;
    if (i >= size) return false;
    *left = i;
    *right = j < size ? j + 1 : size;
    return true;
}

static bool anchors_of(const Expr *e, const char *text, size_t size, size_t *left, size_t *right)
{
    // One column more than in `text`: the parenthesis in front.
    if (e->at.lineno != 1 || e->at.end_lineno != 1) return false;
    switch (e->kind) {
    case EXPR_BinOp:
        return operator_anchors(text, e->BinOp.left->at.end_col_offset - 1, e->BinOp.right->at.col_offset - 1, left, right);
    case EXPR_Subscript:
        return bracket_anchors(text, size, e->Subscript.value->at.end_col_offset - 1, e->Subscript.slice->at.end_col_offset - 1, left, right);
    default: return false;
    }
}

bool asy_traceback_anchors(VM *vm, const char *text, size_t size, size_t *left, size_t *right)
{
    char *wrapped = asy_mem_alloc(vm, size + 2);
    if (!wrapped) return false;
    wrapped[0] = '(';
    memcpy(wrapped + 1, text, size);
    wrapped[size + 1] = ')';
    AsyAllocator allocator = asy_mem_allocator(vm);
    Arena arena;
    Names names;
    Diagnostics diag;
    Source source = { 0 };
    asy_arena_init(&arena, &allocator);
    asy_diag_init(&diag, &arena);
    bool found = false;
    if (asy_names_init(&names, &arena) && asy_source_init(&source, &allocator, SOURCE_STRING, "<anchors>", wrapped, size + 2, &diag)) {
        const Mod *mod = asy_parse(&allocator, &source, PARSE_EVAL, NULL, &names, &arena, &diag);
        if (mod) found = anchors_of(mod->Expression.body, text, size, left, right);
    }
    asy_source_free(&source);
    asy_arena_free(&arena);
    asy_mem_free(vm, wrapped, size + 2);
    return found;
}
