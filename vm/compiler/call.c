// Calls: a window of temporaries [callee, self or NIL, arguments..] and the instruction that takes it.
//
// Methods are loaded as function and self without a bound method between; a global called with constants and
// certain locals is one instruction (CALL_GLOBAL). Starred or very many arguments are gathered in a tuple
// and a dict first.
#include "vm/compiler/unit.h"

#define ARGUMENTS_MAX 30        // more go through a list; CPython's number

void asy_check_keywords(Func *f, const KeywordList *keywords)
{
    for (uint32_t i = 0; i < keywords->count; i++) {
        const Keyword *k = keywords->items[i];
        if (!k->arg) continue;
        if (!asy_var_check(f, &k->at, k->arg, CTX_Store)) return;
        for (uint32_t j = i + 1; j < keywords->count; j++) {
            const Keyword *other = keywords->items[j];
            if (other->arg != k->arg) continue;
            asy_compile_error(f->c, &other->at, "keyword argument repeated: %s", k->arg->bytes);
            return;
        }
    }
}

static bool has_star(const ExprList *args)
{
    for (uint32_t i = 0; i < args->count; i++)
        if (args->items[i]->kind == EXPR_Starred) return true;
    return false;
}

static bool has_double_star(const KeywordList *keywords)
{
    for (uint32_t i = 0; i < keywords->count; i++)
        if (!keywords->items[i]->arg) return true;
    return false;
}

// Arguments in a list and a dict: CALL_EX.
static Slot call_gathered(Func *f, const AstPlace *at, uint32_t pushed, const ExprList *args, const Name *extra,
                          const KeywordList *keywords, Slot want)
{
    Slot callee = asy_emit_top(f, pushed + 1);
    uint32_t i = 0, count = pushed;
    for (; i < args->count && i < ARGUMENTS_MAX && args->items[i]->kind != EXPR_Starred; i++, count++) asy_expr(f, args->items[i], TO_TEMP);
    if (count == 0 && args->count == 1 && !extra) {
        asy_emit(f, at, OP_STAR_ARGS, 0, TO_TEMP, asy_expr(f, args->items[0]->Starred.value, TO_ANY), callee);
    } else if (i == args->count && !extra) {
        asy_emit(f, at, OP_BUILD_TUPLE, 0, TO_TEMP, 0, count);
    } else {
        Slot list = asy_emit(f, at, OP_BUILD_LIST, 0, TO_TEMP, 0, count);
        for (; i < args->count; i++) {
            const Expr *arg = args->items[i];
            bool star = arg->kind == EXPR_Starred;
            Slot value = asy_expr(f, star ? arg->Starred.value : arg, TO_ANY);
            asy_emit(f, at, star ? OP_LIST_EXTEND : OP_LIST_APPEND, 0, list, value, 0);
        }
        if (extra) asy_emit(f, at, OP_LIST_APPEND, 0, list, asy_var_load(f, at, extra, TO_ANY), 0);
        asy_emit(f, at, OP_LIST_TO_TUPLE, 0, TO_TEMP, list, 0);
    }
    if (!keywords->count) {
        asy_emit(f, at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
        return asy_emit(f, at, OP_CALL_EX, 0, want, 0, 0);
    }
    uint32_t k = 0;
    for (; k < keywords->count && k < ARGUMENTS_MAX / 2 && keywords->items[k]->arg; k++) {
        asy_emit_str(f, at, asy_compile_mangle(f->c, f->private, keywords->items[k]->arg), TO_TEMP);
        asy_expr(f, keywords->items[k]->value, TO_TEMP);
    }
    Slot dict = asy_emit(f, at, OP_BUILD_MAP, 0, TO_TEMP, 0, k);
    while (k < keywords->count) {
        const Keyword *keyword = keywords->items[k];
        if (!keyword->arg) {
            asy_emit(f, at, OP_DICT_MERGE, 0, dict, asy_expr(f, keyword->value, TO_ANY), callee);
            k++;
            continue;
        }
        // A run of plain ones: a dict of its own, because a name may stand in an earlier mapping already.
        uint32_t run = 0;
        for (; k < keywords->count && run < ARGUMENTS_MAX / 2 && keywords->items[k]->arg; k++, run++) {
            asy_emit_str(f, at, asy_compile_mangle(f->c, f->private, keywords->items[k]->arg), TO_TEMP);
            asy_expr(f, keywords->items[k]->value, TO_TEMP);
        }
        Slot more = asy_emit(f, at, OP_BUILD_MAP, 0, TO_TEMP, 0, run);
        asy_emit(f, at, OP_DICT_MERGE, 0, dict, more, callee);
    }
    return asy_emit(f, at, OP_CALL_EX, 0, want, 0, 0);
}

static Slot call_keywords(Func *f, const AstPlace *at, uint32_t count, const KeywordList *keywords, Slot want)
{
    ProtoConst *names = asy_compile_alloc(f->c, keywords->count * sizeof *names);
    if (!names) return TO_TEMP;
    for (uint32_t i = 0; i < keywords->count; i++) {
        names[i] = asy_const_str(asy_compile_mangle(f->c, f->private, keywords->items[i]->arg));
        asy_expr(f, keywords->items[i]->value, TO_TEMP);
    }
    ProtoConst tuple = { .kind = PROTO_TUPLE, .count = keywords->count, .items = names };
    uint32_t index = asy_emit_const_index(f, &tuple);
    Slot result = asy_emit(f, at, OP_CALL_KW, 0, want, 0, count + keywords->count);
    asy_emit_last(f)->ext_wide = index;
    return result;
}

Slot asy_call_args(Func *f, const AstPlace *at, uint32_t pushed, const ExprList *args, const Name *extra,
                   const KeywordList *keywords, Slot want)
{
    asy_check_keywords(f, keywords);
    uint32_t count = pushed + args->count + (extra != NULL);
    if (has_star(args) || has_double_star(keywords) || count + 2 * keywords->count > ARGUMENTS_MAX)
        return call_gathered(f, at, pushed, args, extra, keywords, want);
    for (uint32_t i = 0; i < args->count; i++) asy_expr(f, args->items[i], TO_TEMP);
    if (extra) asy_var_load(f, at, extra, TO_TEMP);
    if (keywords->count) return call_keywords(f, at, count, keywords, want);
    return asy_emit(f, at, OP_CALL, 0, want, 0, count);
}

// An argument that can neither raise nor run anything.
static bool is_inert(Func *f, const Expr *e)
{
    ProtoConst k;
    if (e->kind == EXPR_Constant) return true;
    if (e->kind == EXPR_UnaryOp || e->kind == EXPR_Tuple) return asy_fold(f, e, &k);
    if (e->kind != EXPR_Name) return false;
    Var var = asy_var_find(f, asy_compile_mangle(f->c, f->private, e->Name.id));
    return var.kind == VAR_LOCAL && asy_flow_is_bound(f, var.slot);
}

static bool call_global(Func *f, const Expr *e, Slot *want)
{
    const Expr *func = e->Call.func;
    const ExprList *args = &e->Call.args;
    if (func->kind != EXPR_Name || e->Call.keywords.count || args->count > ARGUMENTS_MAX) return false;
    Var var = asy_var_find(f, asy_compile_mangle(f->c, f->private, func->Name.id));
    if (var.kind != VAR_GLOBAL || func->Name.id == f->c->known[KNOWN_debug]) return false;
    for (uint32_t i = 0; i < args->count; i++)
        if (!is_inert(f, args->items[i])) return false;
    uint32_t name = asy_emit_name(f, var.name);
    f->depth += 2;      // callee and self are not written yet
    if (f->depth > f->depth_max) f->depth_max = f->depth;
    for (uint32_t i = 0; i < args->count; i++) asy_expr(f, args->items[i], TO_TEMP);
    *want = asy_emit(f, &e->at, OP_CALL_GLOBAL, 0, *want, 0, args->count);
    CodeInstr *instr = asy_emit_last(f);
    instr->ext_a = name;
    instr->ext_at = func->at;
    return true;
}

static bool call_method(Func *f, const Expr *e, Slot *want)
{
    const Expr *func = e->Call.func;
    const ExprList *args = &e->Call.args;
    const KeywordList *keywords = &e->Call.keywords;
    if (func->kind != EXPR_Attribute || func->Attribute.ctx != CTX_Load || has_star(args) || has_double_star(keywords) ||
        args->count + 2 * keywords->count > ARGUMENTS_MAX)
        return false;
    asy_check_keywords(f, keywords);
    asy_expr_method(f, func);
    AstPlace at = asy_attribute_place(func, e->at);
    *want = asy_call_args(f, &at, 0, args, NULL, keywords, *want);
    return true;
}

static bool loads_callee(Op op) { return op == OP_MOVE || op == OP_LOAD_CELL || op == OP_LOAD_GLOBAL || op == OP_LOAD_NAME; }

Slot asy_emit_call_expr(Func *f, const Expr *e, Slot want)
{
    const Expr *func = e->Call.func;
    asy_check_caller(f, func);
    if (call_global(f, e, &want) || call_method(f, e, &want)) return want;
    asy_expr(f, func, TO_TEMP);
    if (func->kind == EXPR_Name && loads_callee((Op)asy_emit_last(f)->op)) {
        asy_emit_last(f)->x |= X_CALLEE;
        f->depth++;
        if (f->depth > f->depth_max) f->depth_max = f->depth;
    } else {
        asy_emit(f, &func->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
    }
    return asy_call_args(f, &e->at, 0, &e->Call.args, NULL, &e->Call.keywords, want);
}
