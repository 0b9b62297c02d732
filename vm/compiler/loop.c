// Loops, and what leaves blocks on purpose: break, continue and return.
//
// Leaving unwinds the blocks between, innermost first: iterators are dropped, `with` exits called, `finally`
// bodies written once more. A return value that has to wait for that stands in a hidden local.
#include "vm/compiler/unit.h"

#define BLOCKS_MAX 20           // statically nested blocks; CPython's number

void asy_block_push(Func *f, Block *block, BlockKind kind, const AstPlace *at)
{
    block->kind = kind;
    block->up = f->block;
    block->at = at;
    block->handler_outside = f->handler;
    f->block = block;
    if (++f->block_count > BLOCKS_MAX) asy_compile_error(f->c, at, "too many statically nested blocks");
}

void asy_block_pop(Func *f, Block *block)
{
    (void)block;
    assert(f->block == block);
    f->block = f->block->up;
    f->block_count--;
}

// -- unwinding

// Writes what leaving `block` takes; `value` is the hidden local of a return value that waits, or TO_ANY.
static void unwind_block(Func *f, Block *block, const AstPlace *at, Slot value)
{
    switch (block->kind) {
    case BLOCK_WHILE: break;
    case BLOCK_FOR: case BLOCK_ASYNC_FOR: asy_emit_drop(f, at); break;
    case BLOCK_TRY: f->handler = block->handler_outside; break;
    case BLOCK_FINALLY_TRY: {
        Block waiting = { .slot = value };
        f->handler = block->handler_outside;
        if (value != TO_ANY) asy_block_push(f, &waiting, BLOCK_VALUE, block->at);
        f->c->quiet++;
        asy_stmts(f, block->finalbody, 0);
        f->c->quiet--;
        if (value != TO_ANY) asy_block_pop(f, &waiting);
        break;
    }
    case BLOCK_FINALLY_END:
        f->handler = block->handler_outside;
        asy_emit_drop(f, at);
        asy_emit(f, at, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
        break;
    case BLOCK_WITH: case BLOCK_ASYNC_WITH:
        f->handler = block->handler_outside;
        asy_with_exit(f, block->at, block->kind == BLOCK_ASYNC_WITH);
        break;
    case BLOCK_HANDLER:
        f->handler = block->handler_outside;
        asy_emit(f, at, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
        if (block->name) asy_var_clear(f, at, block->name);
        break;
    case BLOCK_GROUP_HANDLER:
        asy_compile_error(f->c, at, "'break', 'continue' and 'return' cannot appear in an except* block");
        break;
    case BLOCK_VALUE: asy_emit(f, at, OP_CLEAR_LOCAL, 0, block->slot, 0, 0); break;
    }
}

static bool is_loop(const Block *block) { return block->kind == BLOCK_WHILE || block->kind == BLOCK_FOR || block->kind == BLOCK_ASYNC_FOR; }

// Unwinds up to the nearest loop (which is the result, or NULL if there is none), or all blocks.
static Block *unwind(Func *f, const AstPlace *at, Slot value, bool to_loop)
{
    Block *innermost = f->block, *block;
    uint32_t handler = f->handler, count = f->block_count;
    for (block = innermost; block && !f->c->failed; block = block->up) {
        if (to_loop && is_loop(block)) break;
        f->block = block->up;
        f->block_count--;
        unwind_block(f, block, at, value);
    }
    f->block = innermost;
    f->block_count = count;
    f->handler = handler;
    return block;
}

void asy_leave_stmt(Func *f, const Stmt *s)
{
    bool is_break = s->kind == STMT_Break;
    uint32_t depth = f->depth, handler = f->handler;
    Block *loop = unwind(f, &s->at, TO_ANY, true);
    if (f->c->failed) return;
    if (!loop) {
        asy_compile_error(f->c, &s->at, is_break ? "'break' outside loop" : "'continue' not properly in loop");
        return;
    }
    f->handler = loop->handler_outside;
    if (is_break) {
        if (loop->kind != BLOCK_WHILE) asy_emit_drop(f, &s->at);
        asy_emit_jump_to(f, &s->at, loop->exit);
    } else {
        asy_emit_loop(f, &s->at, loop->next);
    }
    f->handler = handler;
    f->depth = depth;
}

// What of the blocks around matters to a return: whether anything is to be done, and whether that may rebind a local.
static void look_outwards(const Func *f, bool *work, bool *rebinds)
{
    *work = *rebinds = false;
    for (const Block *block = f->block; block; block = block->up) {
        if (block->kind != BLOCK_WHILE && block->kind != BLOCK_TRY) *work = true;
        if (block->kind == BLOCK_FINALLY_TRY || (block->kind == BLOCK_HANDLER && block->name)) *rebinds = true;
    }
}

void asy_return_stmt(Func *f, const Stmt *s)
{
    const Expr *value = s->Return.value;
    ProtoConst k = { .kind = PROTO_NONE };
    if (!func_is_functionlike(f)) {
        asy_compile_error(f->c, &s->at, "'return' outside function");
        return;
    }
    if (value && (f->flags & CODE_ASYNC_GENERATOR)) {
        asy_compile_error(f->c, &s->at, "'return' with value in async generator");
        return;
    }
    bool work, rebinds;
    uint32_t depth = f->depth, hidden = f->hidden, handler = f->handler;
    look_outwards(f, &work, &rebinds);
    if (!value || asy_fold(f, value, &k)) {
        const AstPlace *at = value && value->lineno == s->lineno ? &value->at : &s->at;     // as CPython's
        unwind(f, at, TO_ANY, false);
        f->handler = NO_HANDLER;
        asy_emit(f, at, OP_RETURN_CONST, 0, 0, asy_emit_const_index(f, &k), 0);
    } else if (!work) {
        Slot slot = asy_expr(f, value, TO_ANY);
        asy_emit(f, &s->at, OP_RETURN, 0, slot, 0, 0);
    } else {
        Slot slot = TO_ANY;
        bool in_place = false;
        if (!rebinds && value->kind == EXPR_Name) {
            slot = asy_var_target(f, value->Name.id);
            in_place = slot_is_plain(slot);
        }
        if (in_place) {
            slot = asy_expr(f, value, TO_ANY);
        } else {
            slot = asy_hidden_new(f);
            asy_expr(f, value, slot);
        }
        unwind(f, &s->at, slot, false);
        f->handler = NO_HANDLER;
        asy_emit(f, &s->at, OP_RETURN, 0, slot, 0, 0);
    }
    f->hidden = hidden;
    f->depth = depth;
    f->handler = handler;
}

// -- loops

Slot asy_iterable(Func *f, const Expr *e)
{
    ProtoConst k;
    if (asy_fold_container(f, e, &k)) return asy_emit_const(f, &e->at, &k, TO_TEMP);
    return asy_expr(f, e, TO_ANY);
}

Slot asy_loop_target(Func *f, const Expr *target)
{
    if (target->kind != EXPR_Name) return TO_TEMP;
    Slot slot = asy_var_target(f, target->Name.id);
    if (!slot_is_plain(slot)) return TO_TEMP;
    asy_local_use(f, slot);
    return slot;
}

static void for_stmt(Func *f, const Stmt *s)
{
    const Expr *target = s->For.target, *iter = s->For.iter;
    uint32_t start = asy_label_new(f), end = asy_label_new(f), exit = asy_label_new(f);
    Block block = { .next = start, .exit = exit };
    Slot iterator = asy_emit(f, &s->at, OP_GET_ITER, 0, TO_TEMP, asy_iterable(f, iter), 0);
    asy_block_push(f, &block, BLOCK_FOR, &s->at);
    asy_label_place_loop(f, start);
    Slot to = asy_loop_target(f, target);
    Slot item = asy_emit_jump(f, &s->at, OP_FOR_ITER, 0, to, iterator, end);
    if (to == TO_TEMP) asy_assign(f, target, item);
    asy_stmts(f, &s->For.body, 0);
    asy_emit_loop(f, &s->at, start);
    asy_block_pop(f, &block);
    f->depth = iterator - SLOT_TEMP;
    asy_label_place(f, end);
    asy_stmts(f, &s->For.orelse, 0);
    asy_label_place(f, exit);
}

static void async_for_stmt(Func *f, const Stmt *s)
{
    const Expr *target = s->For.target, *iter = s->For.iter;
    bool top_await = f->kind == FUNC_MODULE && f->c->options->top_level_await;
    if (f->kind != FUNC_ASYNC && !top_await) {
        asy_compile_error(f->c, &s->at, "'async for' outside async function");
        return;
    }
    if (top_await) f->awaits = true;
    uint32_t start = asy_label_new(f), exit = asy_label_new(f);
    Block block = { .next = start, .exit = exit };
    Slot iterator = asy_emit(f, &s->at, OP_GET_AITER, 0, TO_TEMP, asy_expr(f, iter, TO_ANY), 0);
    asy_block_push(f, &block, BLOCK_ASYNC_FOR, &s->at);
    asy_label_place_loop(f, start);
    uint32_t outside = f->handler, handler = asy_handler_new(f, f->depth);
    f->handler = handler;
    Slot awaitable = asy_emit(f, &s->at, OP_GET_ANEXT, 0, TO_TEMP, iterator, 0);
    Slot item = asy_expr_await(f, &s->at, awaitable, 3, TO_TEMP);
    f->handler = outside;
    asy_assign(f, target, item);
    asy_stmts(f, &s->For.body, 0);
    asy_emit_loop(f, &s->at, start);
    asy_block_pop(f, &block);
    asy_handler_place(f, handler);
    asy_emit(f, &iter->at, OP_END_ASYNC_FOR, 0, 0, 0, 0);
    f->depth = iterator - SLOT_TEMP;
    asy_stmts(f, &s->For.orelse, 0);
    asy_label_place(f, exit);
}

static void while_stmt(Func *f, const Stmt *s)
{
    uint32_t start = asy_label_new(f), end = asy_label_new(f), exit = asy_label_new(f);
    Block block = { .next = start, .exit = exit };
    asy_block_push(f, &block, BLOCK_WHILE, &s->at);
    asy_label_place_loop(f, start);
    asy_condition(f, s->While.test, end, false);
    asy_stmts(f, &s->While.body, 0);
    asy_emit_loop(f, &s->at, start);
    asy_block_pop(f, &block);
    asy_label_place(f, end);
    asy_stmts(f, &s->While.orelse, 0);
    asy_label_place(f, exit);
}

void asy_loop_stmt(Func *f, const Stmt *s)
{
    if (s->kind == STMT_For) for_stmt(f, s);
    else if (s->kind == STMT_AsyncFor) async_for_stmt(f, s);
    else while_stmt(f, s);
}
