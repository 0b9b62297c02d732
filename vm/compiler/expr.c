// Expressions: each is evaluated into a slot its user names, a local directly where it can be.
//
// A local as destination is written once, by the expression's last instruction, so that it keeps its old value
// if anything before raises and everything before may still read it. Operands that are plain locals are
// read in place (docs/frames.md, Temporaries 4); asy_expr_operand knows when they must not be.
#include "vm/compiler/unit.h"

#define STACK_GUIDELINE 30      // longer displays are built piece by piece; CPython's number

const uint8_t asy_binary_ops[BIN__COUNT] = {
    [BIN_Add] = OP_ADD, [BIN_Sub] = OP_SUB, [BIN_Mult] = OP_MUL, [BIN_MatMult] = OP_MATMUL, [BIN_Div] = OP_TRUEDIV,
    [BIN_Mod] = OP_MOD, [BIN_Pow] = OP_POW, [BIN_LShift] = OP_LSHIFT, [BIN_RShift] = OP_RSHIFT, [BIN_BitOr] = OP_OR,
    [BIN_BitXor] = OP_XOR, [BIN_BitAnd] = OP_AND, [BIN_FloorDiv] = OP_FLOORDIV,
};

static bool is_simple(const Expr *e) { return e->kind == EXPR_Name || e->kind == EXPR_Constant; }

Slot asy_expr_operand(Func *f, const Expr *e, const Expr *later)
{
    if (e->kind == EXPR_Name && later && !is_simple(later)) {
        Var var = asy_var_find(f, asy_compile_mangle(f->c, f->private, e->Name.id));
        if (var.kind == VAR_LOCAL && var.symbol && (var.symbol->flags & SYM_WALRUS)) return asy_expr(f, e, TO_TEMP);
    }
    return asy_expr(f, e, TO_ANY);
}

// A small integer that fits an immediate operand.
static bool immediate(Func *f, const Expr *e, int32_t min, int64_t *out)
{
    ProtoConst k;
    if (e->kind != EXPR_Constant && e->kind != EXPR_UnaryOp) return false;
    if (!asy_fold(f, e, &k) || k.kind != PROTO_INT || k.i < min || k.i > INT16_MAX) return false;
    *out = k.i;
    return true;
}

static Slot expr_binary(Func *f, const Expr *e, Slot want)
{
    int64_t i;
    Operator op = e->BinOp.op;
    if ((op == BIN_Add || op == BIN_Sub) && immediate(f, e->BinOp.right, INT16_MIN, &i)) {
        Slot left = asy_expr(f, e->BinOp.left, TO_ANY);
        return asy_emit(f, &e->at, op == BIN_Add ? OP_ADD_I : OP_SUB_I, 0, want, left, (uint16_t)i);
    }
    Slot left = asy_expr_operand(f, e->BinOp.left, e->BinOp.right);
    Slot right = asy_expr(f, e->BinOp.right, TO_ANY);
    return asy_emit(f, &e->at, asy_binary_ops[op], 0, want, left, right);
}

static Slot expr_unary(Func *f, const Expr *e, Slot want)
{
    static const uint8_t ops[] = { [UNARY_Invert] = OP_INVERT, [UNARY_Not] = OP_NOT, [UNARY_UAdd] = OP_POSITIVE, [UNARY_USub] = OP_NEGATIVE };
    Slot operand = asy_expr(f, e->UnaryOp.operand, TO_ANY);
    return asy_emit(f, &e->at, ops[e->UnaryOp.op], 0, want, operand, 0);
}

static Slot expr_boolop(Func *f, const Expr *e, Slot want)
{
    uint32_t end = asy_label_new(f);
    const ExprList *values = &e->BoolOp.values;
    unsigned negate = e->BoolOp.op == BOOL_And ? X_NEGATE : 0;
    for (uint32_t i = 0; i + 1 < values->count; i++) {
        Slot value = asy_expr(f, values->items[i], TO_TEMP);
        asy_emit_jump(f, &e->at, OP_JUMP_IF_KEEP, negate, value, 0, end);
    }
    asy_expr(f, values->items[values->count - 1], TO_TEMP);
    asy_label_place(f, end);
    return asy_emit_move(f, &e->at, asy_emit_top(f, 0), want);
}

static Slot expr_ifexp(Func *f, const Expr *e, Slot want)
{
    uint32_t end = asy_label_new(f), otherwise = asy_label_new(f), depth = f->depth;
    if (want == TO_ANY) want = TO_TEMP;
    asy_condition(f, e->IfExp.test, otherwise, false);
    asy_expr(f, e->IfExp.body, want);
    asy_emit_jump_to(f, NULL, end);
    f->depth = depth;
    asy_label_place(f, otherwise);
    Slot result = asy_expr(f, e->IfExp.orelse, want);
    asy_label_place(f, end);
    return result;
}

// -- displays

Slot asy_expr_sequence(Func *f, const AstPlace *at, const ExprList *items, Op build, Slot want)
{
    bool starred = false;
    for (uint32_t i = 0; i < items->count; i++) starred |= items->items[i]->kind == EXPR_Starred;
    // Three constants or more: from a constant tuple.
    ProtoConst *consts = starred || items->count < 3 ? NULL : asy_compile_alloc(f->c, items->count * sizeof *consts);
    bool constant = consts != NULL;
    for (uint32_t i = 0; constant && i < items->count; i++) constant = asy_fold(f, items->items[i], &consts[i]);
    if (!starred && !constant && items->count <= STACK_GUIDELINE) {
        for (uint32_t i = 0; i < items->count; i++) asy_expr(f, items->items[i], TO_TEMP);
        return asy_emit(f, at, build, 0, want, 0, items->count);
    }
    // Else the items before the first star in one go, the others one by one.
    Op start = build == OP_BUILD_SET ? OP_BUILD_SET : OP_BUILD_LIST;
    Op add = build == OP_BUILD_SET ? OP_SET_ADD : OP_LIST_APPEND;
    Op extend = build == OP_BUILD_SET ? OP_SET_UPDATE : OP_LIST_EXTEND;
    bool last = build == OP_BUILD_TUPLE;
    uint32_t i = 0;
    Slot list;
    if (constant) {
        ProtoConst tuple = { .kind = build == OP_BUILD_SET ? PROTO_FROZENSET : PROTO_TUPLE, .count = items->count, .items = consts };
        list = asy_emit(f, at, start, 0, TO_TEMP, 0, 0);
        asy_emit(f, at, extend, 0, list, asy_emit_const(f, at, &tuple, TO_TEMP), 0);
        i = items->count;
    } else {
        while (i < items->count && i < STACK_GUIDELINE && items->items[i]->kind != EXPR_Starred) asy_expr(f, items->items[i++], TO_TEMP);
        list = asy_emit(f, at, start, 0, TO_TEMP, 0, i);
    }
    for (; i < items->count; i++) {
        const Expr *item = items->items[i];
        if (item->kind == EXPR_Starred) asy_emit(f, at, extend, 0, list, asy_expr(f, item->Starred.value, TO_ANY), 0);
        else asy_emit(f, at, add, 0, list, asy_expr(f, item, TO_ANY), 0);
    }
    if (last) return asy_emit(f, at, OP_LIST_TO_TUPLE, 0, want, list, 0);
    return asy_emit_move(f, at, list, want);
}

static Slot expr_dict(Func *f, const Expr *e, Slot want)
{
    const ExprList *keys = &e->Dict.keys, *values = &e->Dict.values;
    uint32_t i = 0;
    while (i < keys->count && i < STACK_GUIDELINE / 2 && keys->items[i]) {
        asy_expr(f, keys->items[i], TO_TEMP);
        asy_expr(f, values->items[i++], TO_TEMP);
    }
    if (i == keys->count) return asy_emit(f, &e->at, OP_BUILD_MAP, 0, want, 0, i);
    Slot dict = asy_emit(f, &e->at, OP_BUILD_MAP, 0, TO_TEMP, 0, i);
    for (; i < keys->count; i++) {
        if (!keys->items[i]) {
            asy_emit(f, &e->at, OP_DICT_UPDATE, 0, dict, asy_expr(f, values->items[i], TO_ANY), 0);
            continue;
        }
        Slot key = asy_expr_operand(f, keys->items[i], values->items[i]);
        asy_emit(f, &e->at, OP_MAP_ADD, 0, dict, key, asy_expr(f, values->items[i], TO_ANY));
    }
    return asy_emit_move(f, &e->at, dict, want);
}

// -- f-strings

static Slot expr_formatted(Func *f, const Expr *e, Slot want)
{
    unsigned x = 0;
    switch (e->FormattedValue.conversion) {
    case 's': x = X_CONV_STR; break;
    case 'r': x = X_CONV_REPR; break;
    case 'a': x = X_CONV_ASCII; break;
    default: break;
    }
    const Expr *spec = e->FormattedValue.format_spec;
    Slot value = spec ? asy_expr_operand(f, e->FormattedValue.value, spec) : asy_expr(f, e->FormattedValue.value, TO_ANY);
    Slot format = 0;
    if (spec) {
        x |= X_SPEC;
        format = asy_expr(f, spec, TO_ANY);
    }
    return asy_emit(f, &e->at, OP_FORMAT, x, want, value, format);
}

static Slot expr_joined(Func *f, const Expr *e, Slot want)
{
    const ExprList *values = &e->JoinedStr.values;
    if (values->count == 0) return asy_emit_str(f, &e->at, f->c->known[KNOWN_empty], want);
    if (values->count == 1 && values->items[0]->kind != EXPR_Constant) return asy_expr(f, values->items[0], want);
    if (values->count <= STACK_GUIDELINE) {
        for (uint32_t i = 0; i < values->count; i++) asy_expr(f, values->items[i], TO_TEMP);
        return asy_emit(f, &e->at, OP_BUILD_STRING, 0, want, 0, values->count);
    }
    // A long one: "".join of a list.
    asy_emit_str(f, &e->at, f->c->known[KNOWN_empty], TO_TEMP);
    asy_emit(f, &e->at, OP_LOAD_METHOD, 0, TO_TEMP, asy_emit_top(f, 0), asy_emit_name(f, asy_compile_name(f->c, "join", 4)));
    Slot list = asy_emit(f, &e->at, OP_BUILD_LIST, 0, TO_TEMP, 0, 0);
    for (uint32_t i = 0; i < values->count; i++)
        asy_emit(f, &e->at, OP_LIST_APPEND, 0, list, asy_expr(f, values->items[i], TO_ANY), 0);
    return asy_emit(f, &e->at, OP_CALL, 0, want, 0, 1);
}

// -- suspension

void asy_check_await(Func *f, const AstPlace *at)
{
    if (f->kind == FUNC_MODULE && f->c->options->top_level_await) {
        f->awaits = true;
        return;
    }
    if (!func_is_functionlike(f) || f->scope->kind != SCOPE_FUNCTION) {
        asy_compile_error(f->c, at, "'await' outside function");
        return;
    }
    if (f->kind != FUNC_ASYNC && f->kind != FUNC_COMPREHENSION) asy_compile_error(f->c, at, "'await' outside async function");
}

Slot asy_expr_await(Func *f, const AstPlace *at, Slot value, uint32_t how, Slot want)
{
    Slot iterator = asy_emit(f, at, OP_GET_AWAITABLE, 0, TO_TEMP, value, how);
    return asy_emit(f, at, OP_SEND, 0, want, iterator, 0);
}

static Slot expr_yield(Func *f, const Expr *e, Slot want)
{
    bool from = e->kind == EXPR_YieldFrom;
    if (!func_is_functionlike(f)) {
        asy_compile_error(f->c, &e->at, "'yield' outside function");
        return TO_TEMP;
    }
    if (from) {
        if (f->kind == FUNC_ASYNC) {
            asy_compile_error(f->c, &e->at, "'yield from' inside async function");
            return TO_TEMP;
        }
        Slot value = asy_expr(f, e->YieldFrom.value, TO_ANY);
        Slot iterator = asy_emit(f, &e->at, OP_GET_YIELD_FROM, 0, TO_TEMP, value, 0);
        return asy_emit(f, &e->at, OP_SEND, 0, want, iterator, 1);
    }
    Slot value = e->Yield.value ? asy_expr(f, e->Yield.value, TO_ANY) : asy_emit_none(f, &e->at, TO_TEMP);
    return asy_emit(f, &e->at, OP_YIELD, 0, want, value, 0);
}

// -- access

static Slot expr_slice(Func *f, const Expr *e, Slot want)
{
    const Expr *parts[] = { e->Slice.lower, e->Slice.upper, e->Slice.step };
    uint32_t count = parts[2] ? 3 : 2;
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i]) asy_expr(f, parts[i], TO_TEMP);
        else asy_emit_none(f, &e->at, TO_TEMP);
    }
    return asy_emit(f, &e->at, OP_BUILD_SLICE, 0, want, 0, count);
}

static void slice_bound(Func *f, const Expr *slice, const Expr *bound)
{
    if (bound) asy_expr(f, bound, TO_TEMP);
    else asy_emit_const(f, &slice->at, &(ProtoConst){ .kind = PROTO_NONE }, TO_TEMP);
}

static Slot expr_subscript(Func *f, const Expr *e, Slot want)
{
    int64_t i;
    asy_check_subscript(f, e);
    if (immediate(f, e->Subscript.slice, 0, &i)) {
        Slot value = asy_expr(f, e->Subscript.value, TO_ANY);
        return asy_emit(f, &e->at, OP_LOAD_ITEM_I, 0, want, value, (uint16_t)i);
    }
    const Expr *slice = e->Subscript.slice;
    if (slice->kind == EXPR_Slice && !slice->Slice.step) {
        asy_expr(f, e->Subscript.value, TO_TEMP);
        slice_bound(f, slice, slice->Slice.lower);
        slice_bound(f, slice, slice->Slice.upper);
        return asy_emit(f, &e->at, OP_LOAD_SLICE, 0, want, 0, 0);
    }
    Slot value = asy_expr_operand(f, e->Subscript.value, e->Subscript.slice);
    Slot index = asy_expr(f, e->Subscript.slice, TO_ANY);
    return asy_emit(f, &e->at, OP_LOAD_ITEM, 0, want, value, index);
}

static bool is_plain_super(Func *f, const Expr *call)
{
    if (call->kind != EXPR_Call || call->Call.keywords.count || call->Call.func->kind != EXPR_Name) return false;
    const Name *id = call->Call.func->Name.id;
    if (id->len != 5 || memcmp(id->bytes, "super", 5) != 0) return false;
    Var var = asy_var_find(f, f->c->known[KNOWN_super]);
    if (var.kind != VAR_GLOBAL || !var.symbol || var.symbol->scope != SYM_SCOPE_IMPLICIT) return false;
    const Symbol *shadow = asy_scope_find(f->c->symtable.module, f->c->known[KNOWN_super]);
    if (shadow && (shadow->flags & (SYM_BOUND | SYM_GLOBAL))) return false;
    if (call->Call.args.count == 2)
        return call->Call.args.items[0]->kind != EXPR_Starred && call->Call.args.items[1]->kind != EXPR_Starred;
    if (call->Call.args.count != 0 || !f->nparams || f->comps || f->scope->comp) return false;
    // The first parameter may be *args only; then super() finds nothing.
    if (f->argcount == 0) return false;
    const Symbol *cell = asy_scope_find(f->scope, f->c->known[KNOWN_class_cell]);
    return cell && cell->scope == SYM_SCOPE_FREE && !f->scope->sees_class;
}

// super().name: without making the super object. True if it was that.
static bool super_attribute(Func *f, const Expr *e, unsigned x, Slot *want)
{
    const Expr *call = e->Attribute.value;
    const Name *attr = e->Attribute.attr;
    if (e->Attribute.ctx != CTX_Load || (attr->len == 9 && memcmp(attr->bytes, "__class__", 9) == 0) || !is_plain_super(f, call)) return false;
    asy_emit(f, &call->Call.func->at, OP_LOAD_GLOBAL, 0, TO_TEMP, asy_emit_name(f, f->c->known[KNOWN_super]), 0);
    if (call->Call.args.count) {
        asy_expr(f, call->Call.args.items[0], TO_TEMP);
        asy_expr(f, call->Call.args.items[1], TO_TEMP);
    } else {
        const Name *cell = f->c->known[KNOWN_class_cell];
        asy_emit(f, &call->at, OP_LOAD_CELL, X_FREE, TO_TEMP, asy_var_closure(f, cell), asy_emit_name(f, cell));
        asy_var_load(f, &call->at, f->locals[0], TO_TEMP);
    }
    const Name *name = asy_compile_mangle(f->c, f->private, attr);
    *want = asy_emit(f, &e->at, OP_LOAD_SUPER_ATTR, x, *want, 0, asy_emit_name(f, name));
    return true;
}

static Slot expr_attribute(Func *f, const Expr *e, Slot want)
{
    if (super_attribute(f, e, 0, &want)) return want;
    Slot object = asy_expr(f, e->Attribute.value, TO_ANY);
    AstPlace at = asy_attribute_place(e, e->at);
    return asy_emit(f, &at, OP_LOAD_ATTR, 0, want, object, asy_emit_name(f, asy_compile_mangle(f->c, f->private, e->Attribute.attr)));
}

AstPlace asy_attribute_place(const Expr *e, AstPlace at)
{
    if (at.lineno == e->end_lineno) return at;
    at.lineno = e->end_lineno;
    uint32_t len = e->Attribute.attr->len;
    if (len <= e->end_col_offset) at.col_offset = e->end_col_offset - len;
    return at;
}

void asy_expr_method(Func *f, const Expr *e)
{
    Slot want = TO_TEMP;
    if (super_attribute(f, e, X_METHOD, &want)) return;
    Slot object = asy_expr(f, e->Attribute.value, TO_ANY);
    AstPlace at = asy_attribute_place(e, e->at);
    asy_emit(f, &at, OP_LOAD_METHOD, 0, TO_TEMP, object, asy_emit_name(f, asy_compile_mangle(f->c, f->private, e->Attribute.attr)));
}

static Slot expr_walrus(Func *f, const Expr *e, Slot want)
{
    const Expr *target = e->NamedExpr.target;
    Slot to = asy_var_target(f, target->Name.id);
    if (slot_is_plain(to)) {
        if (!asy_var_check(f, &target->at, target->Name.id, CTX_Store)) return TO_TEMP;
        asy_expr(f, e->NamedExpr.value, to);
        asy_local_use(f, to);
        return asy_emit_move(f, &e->at, to, want);
    }
    Slot value = asy_expr(f, e->NamedExpr.value, TO_TEMP);
    Slot copy = asy_emit(f, &e->at, OP_COPY, 0, TO_TEMP, value, 0);
    asy_var_store(f, &target->at, target->Name.id, copy);
    return asy_emit_move(f, &e->at, value, want);
}

static Slot expr_rest(Func *f, const Expr *e, Slot want)
{
    switch ((ExprKind)e->kind) {
    case EXPR_NamedExpr: return expr_walrus(f, e, want);
    case EXPR_Lambda: return asy_lambda(f, e, want);
    case EXPR_Dict: return expr_dict(f, e, want);
    case EXPR_Set: return asy_expr_sequence(f, &e->at, &e->Set.elts, OP_BUILD_SET, want);
    case EXPR_ListComp: case EXPR_SetComp: case EXPR_DictComp: case EXPR_GeneratorExp: return asy_comprehension(f, e, want);
    case EXPR_Yield: case EXPR_YieldFrom: return expr_yield(f, e, want);
    case EXPR_FormattedValue: return expr_formatted(f, e, want);
    case EXPR_JoinedStr: return expr_joined(f, e, want);
    case EXPR_List: return asy_expr_sequence(f, &e->at, &e->List.elts, OP_BUILD_LIST, want);
    case EXPR_Tuple: return asy_expr_sequence(f, &e->at, &e->Tuple.elts, OP_BUILD_TUPLE, want);
    case EXPR_Slice: return expr_slice(f, e, want);
    case EXPR_Starred:
        asy_compile_error(f->c, &e->at, e->Starred.ctx == CTX_Store ? "starred assignment target must be in a list or tuple"
                                                                    : "can't use starred expression here");
        return TO_TEMP;
    default: break;
    }
    assert(false);      // every kind of expression is handled
    return TO_TEMP;
}

Slot asy_expr(Func *f, const Expr *e, Slot want)
{
    ProtoConst k;
    if (f->c->failed) return TO_TEMP;
    switch ((ExprKind)e->kind) {
    case EXPR_Name:
        if (asy_fold(f, e, &k)) return asy_emit_const(f, &e->at, &k, want);
        return asy_var_load(f, &e->at, e->Name.id, want);
    case EXPR_Constant: case EXPR_Tuple:
        if (asy_fold(f, e, &k)) return asy_emit_const(f, &e->at, &k, want);
        return expr_rest(f, e, want);
    case EXPR_BinOp:
        if (asy_fold(f, e, &k)) return asy_emit_const(f, &e->at, &k, want);
        return expr_binary(f, e, want);
    case EXPR_UnaryOp:
        if (asy_fold(f, e, &k)) return asy_emit_const(f, &e->at, &k, want);
        if (e->UnaryOp.op == UNARY_Not && e->UnaryOp.operand->kind == EXPR_Compare) return asy_compare_not(f, e, want);
        return expr_unary(f, e, want);
    case EXPR_BoolOp: return expr_boolop(f, e, want);
    case EXPR_IfExp: return expr_ifexp(f, e, want);
    case EXPR_Compare: return asy_emit_compare(f, e, want);
    case EXPR_Call: return asy_emit_call_expr(f, e, want);
    case EXPR_Attribute: return expr_attribute(f, e, want);
    case EXPR_Subscript: return expr_subscript(f, e, want);
    case EXPR_Await: {
        asy_check_await(f, &e->at);
        Slot value = asy_expr(f, e->Await.value, TO_ANY);
        return asy_expr_await(f, &e->at, value, 0, want);
    }
    default: return expr_rest(f, e, want);
    }
}
