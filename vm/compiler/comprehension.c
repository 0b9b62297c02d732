// Comprehensions and generator expressions.
//
// List, set and dict comprehensions are written into the function around them (PEP 709): their variables are
// locals of it, cleared at the end whichever way it is reached, and given back their old value if the
// function or a comprehension around has a variable of the same name. Generator expressions are functions.
#include "vm/compiler/unit.h"

typedef struct Comp {
    const Expr *e;
    const ComprehensionList *generators;
    const Expr *element, *value;    // value: of a dict comprehension
    CompKind kind;
    const Scope *scope;
    Slot result;                    // list, set or dict being built
} Comp;

// A variable of an inlined comprehension.
typedef struct CompVar {
    Slot slot;
    Slot saved;                     // TO_ANY: it had no value before
    bool bound;                     // what was known of it before
} CompVar;

static Comp comp_of(Func *f, const Expr *e)
{
    Comp comp = { .e = e };
    switch ((ExprKind)e->kind) {
    case EXPR_ListComp: comp.kind = COMP_LIST, comp.generators = &e->ListComp.generators, comp.element = e->ListComp.elt; break;
    case EXPR_SetComp: comp.kind = COMP_SET, comp.generators = &e->SetComp.generators, comp.element = e->SetComp.elt; break;
    case EXPR_DictComp:
        comp.kind = COMP_DICT, comp.generators = &e->DictComp.generators, comp.element = e->DictComp.key;
        comp.value = e->DictComp.value;
        break;
    default: comp.kind = COMP_GENERATOR, comp.generators = &e->GeneratorExp.generators, comp.element = e->GeneratorExp.elt; break;
    }
    comp.scope = asy_scope_of(f->c, e);
    return comp;
}

static void comp_element(Func *f, const Comp *comp)
{
    const Expr *element = comp->element;
    switch (comp->kind) {
    case COMP_LIST: asy_emit(f, &element->at, OP_LIST_APPEND, 0, comp->result, asy_expr(f, element, TO_ANY), 0); break;
    case COMP_SET: asy_emit(f, &element->at, OP_SET_ADD, 0, comp->result, asy_expr(f, element, TO_ANY), 0); break;
    case COMP_DICT: {
        Slot key = asy_expr_operand(f, element, comp->value);
        AstPlace at = element->at;
        at.end_lineno = comp->value->end_lineno;
        at.end_col_offset = comp->value->end_col_offset;
        asy_emit(f, &at, OP_MAP_ADD, 0, comp->result, key, asy_expr(f, comp->value, TO_ANY));
        break;
    }
    case COMP_GENERATOR: {
        asy_emit(f, &element->at, OP_YIELD, 0, TO_TEMP, asy_expr(f, element, TO_ANY), 0);
        asy_emit_drop(f, &element->at);
        break;
    }
    case COMP_NONE: break;
    }
}

static void comp_generators(Func *f, const Comp *comp, uint32_t number);

static void comp_inner(Func *f, const Comp *comp, uint32_t number, uint32_t next)
{
    const Comprehension *g = comp->generators->items[number];
    for (uint32_t i = 0; i < g->ifs.count; i++) asy_condition(f, g->ifs.items[i], next, false);
    if (number + 1 < comp->generators->count) comp_generators(f, comp, number + 1);
    else comp_element(f, comp);
}

// `for x in [value]`: no loop.
static const Expr *single_item(const Expr *iter)
{
    const ExprList *elts = iter->kind == EXPR_List ? &iter->List.elts : iter->kind == EXPR_Tuple ? &iter->Tuple.elts : NULL;
    return elts && elts->count == 1 && elts->items[0]->kind != EXPR_Starred ? elts->items[0] : NULL;
}

static void loop_sync(Func *f, const Comp *comp, uint32_t number, Slot iterator)
{
    const Comprehension *g = comp->generators->items[number];
    uint32_t start = asy_label_new(f), next = asy_label_new(f), end = asy_label_new(f);
    asy_label_place_loop(f, start);
    Slot to = asy_loop_target(f, g->target);
    Slot item = asy_emit_jump(f, &comp->e->at, OP_FOR_ITER, 0, to, iterator, end);
    if (to == TO_TEMP) asy_assign(f, g->target, item);
    comp_inner(f, comp, number, next);
    asy_label_place(f, next);
    asy_emit_loop(f, &comp->element->at, start);
    asy_label_place(f, end);
    f->depth = iterator - SLOT_TEMP;
}

static void loop_async(Func *f, const Comp *comp, uint32_t number, Slot iterator)
{
    const Comprehension *g = comp->generators->items[number];
    const AstPlace *at = &comp->e->at;
    uint32_t start = asy_label_new(f), next = asy_label_new(f);
    asy_label_place_loop(f, start);
    uint32_t outside = f->handler, handler = asy_handler_new(f, f->depth);
    f->handler = handler;
    Slot awaitable = asy_emit(f, at, OP_GET_ANEXT, 0, TO_TEMP, iterator, 0);
    Slot item = asy_expr_await(f, at, awaitable, 3, TO_TEMP);
    f->handler = outside;
    asy_assign(f, g->target, item);
    comp_inner(f, comp, number, next);
    asy_label_place(f, next);
    asy_emit_loop(f, &comp->element->at, start);
    asy_handler_place(f, handler);
    asy_emit(f, at, OP_END_ASYNC_FOR, 0, 0, 0, 0);
    f->depth = iterator - SLOT_TEMP;
}

static void comp_loop(Func *f, const Comp *comp, uint32_t number, Slot iterator)
{
    if (comp->generators->items[number]->is_async) loop_async(f, comp, number, iterator);
    else loop_sync(f, comp, number, iterator);
}

static void comp_generators(Func *f, const Comp *comp, uint32_t number)
{
    const Comprehension *g = comp->generators->items[number];
    const Expr *single = g->is_async ? NULL : single_item(g->iter);
    if (f->c->failed) return;
    if (single) {
        Slot to = asy_loop_target(f, g->target);
        Slot value = asy_expr(f, single, to);
        if (to == TO_TEMP) asy_assign(f, g->target, value);
        uint32_t next = asy_label_new(f);
        comp_inner(f, comp, number, next);
        asy_label_place(f, next);
        return;
    }
    Slot iterable = asy_iterable(f, g->iter);
    Slot iterator = asy_emit(f, &comp->e->at, g->is_async ? OP_GET_AITER : OP_GET_ITER, 0, TO_TEMP, iterable, 0);
    comp_loop(f, comp, number, iterator);
}

static Slot comp_build(Func *f, const Comp *comp)
{
    Op build = comp->kind == COMP_LIST ? OP_BUILD_LIST : comp->kind == COMP_SET ? OP_BUILD_SET : OP_BUILD_MAP;
    return asy_emit(f, &comp->e->at, build, 0, TO_TEMP, 0, 0);
}

// -- inlined

// True if `symbol`, of the function or of a comprehension around, is a variable of its own in `slot`. A variable
// that is a cell has another slot than a plain one of its name, unless it is a parameter.
static bool has_slot(Func *f, const Symbol *symbol, Slot slot)
{
    if (!symbol) return false;
    if (symbol->scope == SYM_SCOPE_LOCAL) return asy_local_slot(f, symbol->name) == slot;
    uint32_t *cell = symbol->scope == SYM_SCOPE_CELL ? asy_map_find(&f->cell_map, symbol->name) : NULL;
    return cell && *cell == slot;
}

static bool shares_slot(Func *f, const Name *name, Slot slot)
{
    for (const InlineComp *comp = f->comps; comp; comp = comp->up)
        if (has_slot(f, asy_scope_find(comp->scope, name), slot)) return true;
    return func_is_functionlike(f) && has_slot(f, asy_scope_find(f->scope, name), slot);
}

static uint32_t enter_vars(Func *f, const Comp *comp, InlineComp *inlined, CompVar *vars)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < comp->scope->count; i++) {
        const Symbol *symbol = &comp->scope->symbols[i];
        bool cell = symbol->scope == SYM_SCOPE_CELL;
        if ((!cell && symbol->scope != SYM_SCOPE_LOCAL) || (symbol->flags & SYM_PARAM)) continue;
        f->comps = inlined;
        CompVar *var = &vars[count++];
        *var = (CompVar){ asy_var_find(f, symbol->name).slot, TO_ANY, false };
        f->comps = inlined->up;
        bool shared = shares_slot(f, symbol->name, var->slot);
        if (shared) {
            var->bound = slot_is_plain(var->slot) && asy_flow_is_bound(f, var->slot);
            var->saved = asy_hidden_new(f);
            asy_emit(f, &comp->e->at, OP_SAVE_LOCAL, 0, var->saved, var->slot, 0);
        }
        if (slot_is_plain(var->slot)) {
            asy_local_use(f, var->slot);
            asy_flow_unbind(f, var->slot);
        }
        if (cell) asy_emit(f, &comp->e->at, OP_MAKE_CELL, 0, var->slot, 0, 0);
    }
    return count;
}

static void leave_vars(Func *f, const Comp *comp, const CompVar *vars, uint32_t count)
{
    for (uint32_t i = count; i-- > 0;) {
        const CompVar *var = &vars[i];
        if (var->saved == TO_ANY) asy_emit(f, &comp->e->at, OP_CLEAR_LOCAL, 0, var->slot, 0, 0);
        else asy_emit(f, &comp->e->at, OP_RESTORE_LOCAL, 0, var->slot, var->saved, 0);
        if (slot_is_plain(var->slot)) {
            asy_flow_unbind(f, var->slot);
            if (var->bound) asy_flow_bind(f, var->slot);
        }
    }
}

static Slot comp_inline(Func *f, Comp *comp, Slot want)
{
    const Comprehension *first = comp->generators->items[0];
    const Expr *single = first->is_async ? NULL : single_item(first->iter);
    CompVar *vars = asy_compile_alloc(f->c, (comp->scope->count + 1) * sizeof *vars);
    if (!vars) return TO_TEMP;
    uint32_t hidden = f->hidden, depth = f->depth, outside = f->handler;
    InlineComp inlined = { comp->scope, f->comps };
    comp->result = comp_build(f, comp);
    // The outermost iterable belongs to the scope around: evaluated before the variables are put aside.
    Slot iterator;
    if (single) iterator = asy_expr(f, single, TO_TEMP);
    else
        iterator = asy_emit(f, &comp->e->at, first->is_async ? OP_GET_AITER : OP_GET_ITER, 0, TO_TEMP,
                            asy_iterable(f, first->iter), 0);
    uint32_t count = enter_vars(f, comp, &inlined, vars);
    uint32_t handler = asy_handler_new(f, depth);
    f->handler = handler;
    f->comps = &inlined;
    if (single) {
        uint32_t next = asy_label_new(f);
        asy_assign(f, first->target, iterator);
        comp_inner(f, comp, 0, next);
        asy_label_place(f, next);
    } else {
        comp_loop(f, comp, 0, iterator);
    }
    f->comps = inlined.up;
    f->handler = outside;
    leave_vars(f, comp, vars, count);
    Flow hot = asy_cold_begin(f);
    uint32_t hot_depth = f->depth;
    asy_handler_place(f, handler);
    leave_vars(f, comp, vars, count);
    asy_emit(f, NULL, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 1), 0);
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit(f, NULL, OP_RERAISE, 0, asy_emit_top(f, 0), 0, 0);
    asy_cold_end(f, &hot, hot_depth);
    f->hidden = hidden;
    return asy_emit_move(f, &comp->e->at, comp->result, want);
}

// -- functions

static const Proto *comp_function(Func *outer, const Comp *source)
{
    Comp comp = *source;
    Func *f = asy_func_enter(outer->c, FUNC_COMPREHENSION, comp.scope, comp.scope->name, comp.e->lineno);
    if (!f) return NULL;
    f->argcount = f->nparams = 1;
    Slot argument = asy_local_slot(f, f->c->known[KNOWN_dot_zero]);
    asy_flow_bind(f, argument);
    asy_local_use(f, argument);
    asy_func_prologue(f);
    if (comp.kind == COMP_GENERATOR) f->flags |= comp.scope->coroutine ? CODE_ASYNC_GENERATOR : CODE_GENERATOR;
    else if (comp.scope->coroutine) f->flags |= CODE_COROUTINE;
    if (comp.kind != COMP_GENERATOR) comp.result = comp_build(f, &comp);
    Slot iterator = asy_emit(f, &comp.e->at, OP_MOVE, 0, TO_TEMP, argument, 0);
    comp_loop(f, &comp, 0, iterator);
    if (comp.kind == COMP_GENERATOR) asy_emit(f, &comp.e->at, OP_RETURN_CONST, 0, 0, asy_emit_const_index(f, &(ProtoConst){ .kind = PROTO_NONE }), 0);
    else asy_emit(f, &comp.e->at, OP_RETURN, 0, comp.result, 0, 0);
    return asy_func_leave(f);
}

Slot asy_comprehension(Func *f, const Expr *e, Slot want)
{
    Comp comp = comp_of(f, e);
    const Comprehension *first = comp.generators->items[0];
    bool top_await = f->kind == FUNC_MODULE && f->c->options->top_level_await;
    bool coroutine = comp.scope->coroutine && comp.kind != COMP_GENERATOR;
    if (coroutine && f->kind != FUNC_ASYNC && f->kind != FUNC_COMPREHENSION && !top_await) {
        asy_compile_error(f->c, &e->at, "asynchronous comprehension outside of an asynchronous function");
        return TO_TEMP;
    }
    if (coroutine && top_await) f->awaits = true;
    if (comp.scope->inlined) return comp_inline(f, &comp, want);
    const Proto *proto = comp_function(f, &comp);
    asy_func_make(f, &e->at, proto, 0, 0, TO_TEMP);
    asy_emit(f, &e->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
    Slot iterable = asy_iterable(f, first->iter);
    asy_emit(f, &e->at, first->is_async ? OP_GET_AITER : OP_GET_ITER, 0, TO_TEMP, iterable, 0);
    if (!coroutine) return asy_emit(f, &e->at, OP_CALL, 0, want, 0, 1);
    Slot result = asy_emit(f, &e->at, OP_CALL, 0, TO_TEMP, 0, 1);
    return asy_expr_await(f, &e->at, result, 0, want);
}
