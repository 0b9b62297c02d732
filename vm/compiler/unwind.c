// try, except*, finally and with: handlers and what they must put back.
//
// A handler is entered with two temporaries above its depth: the exception handled until then, and the new one,
// which is the handled one now. Every way out of a handler restores the former: POP_HANDLED at its end, and
// for an exception raised inside it a second handler (asy_handler_cleanup). `finally` bodies are written once
// for each way to leave the try, as CPython does. Handlers' code stands behind the rest.
#include "vm/compiler/unit.h"

static void reraise_above(Func *f, const AstPlace *at, uint32_t saved_below)
{
    asy_emit(f, at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, saved_below), 0);
    asy_emit(f, at, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit(f, at, OP_RERAISE, 0, asy_emit_top(f, 0), 0, 0);
}

void asy_handler_cleanup(Func *f, uint32_t handler, uint32_t handler_outside)
{
    f->handler = handler_outside;
    asy_handler_place(f, handler);
    reraise_above(f, NULL, 2);
}

// -- except

// One `except ... as name` body; on top are saved and exception. Ends unreachable.
static void named_handler(Func *f, const ExceptHandler *h, uint32_t end, uint32_t outside)
{
    Block block = { .name = h->name };
    uint32_t in_handler = f->handler;
    asy_var_store(f, &h->at, h->name, asy_emit_top(f, 0));
    uint32_t depth = f->depth, handler = asy_handler_new(f, f->depth);
    asy_block_push(f, &block, BLOCK_HANDLER, &h->at);
    block.handler_outside = outside;
    f->handler = handler;
    asy_stmts(f, &h->body, 0);
    asy_block_pop(f, &block);
    f->handler = outside;
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_var_clear(f, NULL, h->name);
    asy_emit_jump_to(f, NULL, end);
    f->depth = depth;
    f->handler = in_handler;
    asy_handler_place(f, handler);
    asy_var_clear(f, NULL, h->name);
    f->handler = outside;
    reraise_above(f, NULL, 2);
    f->handler = in_handler;
}

static void plain_handler(Func *f, const ExceptHandler *h, uint32_t end, uint32_t outside)
{
    Block block = { 0 };
    uint32_t in_handler = f->handler;
    asy_emit_drop(f, &h->at);
    uint32_t depth = f->depth;
    asy_block_push(f, &block, BLOCK_HANDLER, &h->at);
    block.handler_outside = outside;
    asy_stmts(f, &h->body, 0);
    asy_block_pop(f, &block);
    f->handler = outside;
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit_jump_to(f, NULL, end);
    f->handler = in_handler;
    f->depth = depth;
}

static void try_except(Func *f, const Stmt *s)
{
    const ExceptHandlerList *handlers = &s->Try.handlers;
    uint32_t depth = f->depth, outside = f->handler, end = asy_label_new(f);
    uint32_t handler = asy_handler_new(f, depth);
    Block block = { 0 };
    asy_block_push(f, &block, BLOCK_TRY, &s->at);
    f->handler = handler;
    asy_stmts(f, &s->Try.body, 0);
    asy_block_pop(f, &block);
    f->handler = outside;
    asy_stmts(f, &s->Try.orelse, 0);

    Flow hot = asy_cold_begin(f);
    asy_handler_place(f, handler);
    uint32_t cleanup = asy_handler_new(f, depth + 1);
    f->handler = cleanup;
    for (uint32_t i = 0; i < handlers->count && !f->c->failed; i++) {
        const ExceptHandler *h = handlers->items[i];
        uint32_t next = asy_label_new(f);
        if (!h->type && i + 1 < handlers->count) {
            asy_compile_error(f->c, &h->at, "default 'except:' must be last");
            return;
        }
        if (h->type) {
            Slot type = asy_expr(f, h->type, TO_ANY);
            // The exception is kept: it lies right below the type if that is a temporary.
            Slot exception = asy_emit_top(f, slot_is_temp(type) ? 1 : 0);
            Slot matches = asy_emit(f, &h->at, OP_MATCH_EXC, 0, TO_TEMP, exception, type);
            asy_emit_jump(f, &h->at, OP_JUMP_IF, X_NEGATE, matches, 0, next);
        }
        if (h->name) named_handler(f, h, end, outside);
        else plain_handler(f, h, end, outside);
        f->depth = depth + 2;
        asy_label_place(f, next);
    }
    asy_emit(f, NULL, OP_RERAISE, 0, asy_emit_top(f, 0), 0, 0);
    asy_handler_cleanup(f, cleanup, outside);
    asy_cold_end(f, &hot, depth);
    asy_label_place(f, end);
}

// -- except*

// One clause. Temporaries from `depth`: saved, original, list of what was raised, rest of the group.
static void star_handler(Func *f, const ExceptHandler *h, uint32_t depth)
{
    uint32_t next = asy_label_new(f), unmatched = asy_label_new(f), outside = f->handler;
    Slot list = SLOT_TEMP + depth + 2;
    Slot rest = asy_emit_top(f, 0);
    Slot type = asy_expr(f, h->type, TO_ANY);
    asy_emit(f, &h->at, OP_MATCH_EXC_STAR, 0, TO_TEMP, rest, type);
    Slot copy = asy_emit(f, &h->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    asy_emit_jump(f, &h->at, OP_JUMP_IF_NONE, 0, copy, 0, unmatched);
    asy_emit(f, &h->at, OP_SET_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    if (h->name) asy_var_store(f, &h->at, h->name, asy_emit_top(f, 0));
    else asy_emit_drop(f, &h->at);
    uint32_t handler = asy_handler_new(f, f->depth);
    f->handler = handler;
    asy_stmts(f, &h->body, 0);
    f->handler = outside;
    if (h->name) asy_var_clear(f, NULL, h->name);
    asy_emit_jump_to(f, NULL, next);
    f->depth = depth + 4;
    asy_handler_place(f, handler);
    if (h->name) asy_var_clear(f, NULL, h->name);
    asy_emit(f, NULL, OP_LIST_APPEND, 0, list, asy_emit_top(f, 0), 0);
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit_jump_to(f, NULL, next);
    f->depth = depth + 5;
    asy_label_place(f, unmatched);
    asy_emit_drop(f, NULL);
    asy_label_place(f, next);
}

static void try_star(Func *f, const Stmt *s)
{
    const ExceptHandlerList *handlers = &s->Try.handlers;
    uint32_t depth = f->depth, outside = f->handler, end = asy_label_new(f);
    uint32_t handler = asy_handler_new(f, depth);
    Block block = { 0 }, group = { 0 };
    asy_block_push(f, &block, BLOCK_TRY, &s->at);
    f->handler = handler;
    asy_stmts(f, &s->Try.body, 0);
    asy_block_pop(f, &block);
    f->handler = outside;
    asy_stmts(f, &s->Try.orelse, 0);

    Flow hot = asy_cold_begin(f);
    const AstPlace *at = &handlers->items[0]->at;
    asy_handler_place(f, handler);
    uint32_t cleanup = asy_handler_new(f, depth + 1), reraise = asy_label_new(f);
    f->handler = cleanup;
    asy_block_push(f, &group, BLOCK_GROUP_HANDLER, &s->at);
    Slot original = asy_emit_top(f, 0);
    Slot list = asy_emit(f, at, OP_BUILD_LIST, 0, TO_TEMP, 0, 0);
    asy_emit(f, at, OP_COPY, 0, TO_TEMP, original, 0);
    for (uint32_t i = 0; i < handlers->count && !f->c->failed; i++) star_handler(f, handlers->items[i], depth);
    asy_block_pop(f, &group);
    asy_emit(f, NULL, OP_LIST_APPEND, 0, list, asy_emit_top(f, 0), 0);
    Slot result = asy_emit(f, NULL, OP_RERAISE_STAR, 0, TO_TEMP, original, list);
    Slot copy = asy_emit(f, NULL, OP_COPY, 0, TO_TEMP, result, 0);
    asy_emit_jump(f, NULL, OP_JUMP_IF_NONE, X_NEGATE, copy, 0, reraise);
    asy_emit_drop(f, NULL);
    f->handler = outside;
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit_jump_to(f, NULL, end);
    f->depth = depth + 2;
    asy_label_place(f, reraise);
    reraise_above(f, NULL, 1);
    asy_handler_cleanup(f, cleanup, outside);
    asy_cold_end(f, &hot, depth);
    asy_label_place(f, end);
}

// -- finally

static void try_inner(Func *f, const Stmt *s)
{
    if (!s->Try.handlers.count) asy_stmts(f, &s->Try.body, 0);
    else if (s->kind == STMT_Try) try_except(f, s);
    else try_star(f, s);
}

static void try_finally(Func *f, const Stmt *s)
{
    uint32_t depth = f->depth, outside = f->handler, end = asy_label_new(f);
    uint32_t handler = asy_handler_new(f, depth);
    Block block = { .finalbody = &s->Try.finalbody }, in_final = { 0 };
    asy_block_push(f, &block, BLOCK_FINALLY_TRY, &s->at);
    f->handler = handler;
    try_inner(f, s);
    asy_block_pop(f, &block);
    f->handler = outside;
    asy_stmts(f, &s->Try.finalbody, 0);

    Flow hot = asy_cold_begin(f);
    asy_handler_place(f, handler);
    uint32_t cleanup = asy_handler_new(f, depth + 1);
    asy_block_push(f, &in_final, BLOCK_FINALLY_END, &s->at);
    f->handler = cleanup;
    f->c->quiet++;
    asy_stmts(f, &s->Try.finalbody, 0);
    f->c->quiet--;
    asy_block_pop(f, &in_final);
    f->depth = depth + 2;
    asy_emit(f, NULL, OP_RERAISE, 0, asy_emit_top(f, 0), 0, 0);
    asy_handler_cleanup(f, cleanup, outside);
    asy_cold_end(f, &hot, depth);
    asy_label_place(f, end);
}

void asy_try_stmt(Func *f, const Stmt *s)
{
    if (s->Try.finalbody.count) try_finally(f, s);
    else try_inner(f, s);
}

// -- with

void asy_with_exit(Func *f, const AstPlace *at, bool is_async)
{
    Slot result = asy_emit(f, at, OP_WITH_EXIT, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    if (is_async) asy_expr_await(f, at, result, 2, TO_TEMP);
    asy_emit_drop(f, at);
}

static void with_item(Func *f, const Stmt *s, uint32_t number, bool is_async)
{
    const WithItem *item = s->With.items.items[number];
    const AstPlace *at = &s->at;
    uint32_t depth = f->depth, outside = f->handler, end = asy_label_new(f), suppress = asy_label_new(f);
    Slot manager = asy_expr(f, item->context_expr, TO_ANY);
    asy_emit(f, at, is_async ? OP_BEFORE_ASYNC_WITH : OP_BEFORE_WITH, 0, TO_TEMP, manager, 0);
    if (is_async) asy_expr_await(f, at, asy_emit_top(f, 0), 1, TO_TEMP);
    Block block = { 0 };
    uint32_t handler = asy_handler_new(f, depth + 1);
    asy_block_push(f, &block, is_async ? BLOCK_ASYNC_WITH : BLOCK_WITH, at);
    f->handler = handler;
    if (item->optional_vars) asy_assign(f, item->optional_vars, asy_emit_top(f, 0));
    else asy_emit_drop(f, at);
    if (number + 1 < s->With.items.count) with_item(f, s, number + 1, is_async);
    else asy_stmts(f, &s->With.body, 0);
    asy_block_pop(f, &block);
    f->handler = outside;
    f->depth = depth + 1;
    asy_with_exit(f, at, is_async);

    Flow hot = asy_cold_begin(f);
    asy_handler_place(f, handler);
    uint32_t cleanup = asy_handler_new(f, depth + 2);
    f->handler = cleanup;
    Slot result = asy_emit(f, at, OP_WITH_EXCEPT, 0, TO_TEMP, asy_emit_top(f, 2), asy_emit_top(f, 0));
    if (is_async) result = asy_expr_await(f, at, result, 2, TO_TEMP);
    asy_emit_jump(f, at, OP_JUMP_IF, 0, result, 0, suppress);
    asy_emit(f, NULL, OP_RERAISE, 0, asy_emit_top(f, 0), 0, 0);
    f->depth = depth + 3;
    asy_label_place(f, suppress);
    asy_emit_drop(f, NULL);
    f->handler = outside;
    asy_emit(f, NULL, OP_POP_HANDLED, 0, asy_emit_top(f, 0), 0, 0);
    asy_emit_drop(f, NULL);
    asy_emit_jump_to(f, NULL, end);
    f->depth = depth + 2;
    asy_handler_cleanup(f, cleanup, outside);
    asy_cold_end(f, &hot, depth);
    asy_label_place(f, end);
}

void asy_with_stmt(Func *f, const Stmt *s)
{
    bool is_async = s->kind == STMT_AsyncWith;
    bool top_await = f->kind == FUNC_MODULE && f->c->options->top_level_await;
    if (is_async && f->kind != FUNC_ASYNC && !top_await) {
        asy_compile_error(f->c, &s->at, "'async with' outside async function");
        return;
    }
    if (is_async && top_await) f->awaits = true;
    with_item(f, s, 0, is_async);
}
