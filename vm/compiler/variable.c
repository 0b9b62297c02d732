// Names: where a variable lives as seen from the place being compiled, and the instructions that reach it.
//
// A plain local gets its slot at its first mention, which is what orders co_varnames. Inside an inlined
// comprehension the comprehension's names come first; what it does not bind is looked up around it.
#include "vm/compiler/unit.h"

Slot asy_local_slot(Func *f, const Name *name)
{
    uint32_t *found = asy_map_find(&f->local_map, name);
    if (found) return *found;
    if (!asy_compile_grow(f->c, &f->locals, &f->local_cap, f->local_count + 1, sizeof *f->locals)) return 0;
    if (!asy_compile_grow(f->c, &f->local_used, &f->local_used_cap, f->local_count + 1, sizeof *f->local_used)) return 0;
    Slot slot = f->local_count;
    if (!asy_map_put(f->c, &f->local_map, name, slot)) return 0;
    f->local_used[slot] = false;
    f->locals[f->local_count++] = name;
    const Symbol *symbol = asy_scope_find(f->scope, name);
    if (symbol && (symbol->flags & SYM_DELETED) && slot / 64 < f->flow_words)
        f->deletable[slot / 64] |= UINT64_C(1) << (slot % 64);
    return slot;
}

void asy_local_use(Func *f, Slot local)
{
    if (f->c->failed || f->local_used[local]) return;
    if (!asy_compile_grow(f->c, &f->local_order, &f->local_order_cap, f->local_order_count + 1, sizeof(uint32_t))) return;
    f->local_used[local] = true;
    f->local_order[f->local_order_count++] = local;
}

static Slot cell_slot(Func *f, const Name *name)
{
    uint32_t *found = asy_map_find(&f->cell_map, name);
    assert(found || f->c->failed);
    return found ? *found : 0;
}

static Slot free_slot(Func *f, const Name *name)
{
    uint32_t *found = asy_map_find(&f->free_map, name);
    assert(found || f->c->failed);
    return found ? *found : 0;
}

Var asy_var_find(Func *f, const Name *name)
{
    Var var = { .kind = VAR_NAME, .name = name };
    for (const InlineComp *comp = f->comps; comp; comp = comp->up) {
        const Symbol *symbol = asy_scope_find(comp->scope, name);
        if (!symbol) continue;
        switch ((SymbolScope)symbol->scope) {
        case SYM_SCOPE_LOCAL:
            var.kind = VAR_LOCAL;
            var.slot = asy_local_slot(f, name);
            return var;
        case SYM_SCOPE_CELL:
            var.kind = VAR_CELL;
            var.slot = cell_slot(f, name);
            return var;
        case SYM_SCOPE_EXPLICIT:
            var.kind = VAR_GLOBAL;
            return var;
        case SYM_SCOPE_IMPLICIT:
            var.kind = f->scope->kind == SCOPE_MODULE ? VAR_NAME : VAR_GLOBAL;
            return var;
        case SYM_SCOPE_FREE:
            if (f->scope->kind == SCOPE_CLASS && !comp->up) {   // it does not see the class's own names
                var.kind = name == f->c->known[KNOWN_class_cell] && asy_map_find(&f->cell_map, name) ? VAR_CELL : VAR_FREE;
                uint32_t *found = asy_map_find(var.kind == VAR_CELL ? &f->cell_map : &f->free_map, name);
                if (found) var.slot = *found;
                else var.kind = VAR_GLOBAL;
                return var;
            }
            break;
        case SYM_SCOPE_NONE: break;
        }
    }
    const Symbol *symbol = asy_scope_find(f->scope, name);
    var.symbol = symbol;
    if (!symbol) return var;
    switch ((SymbolScope)symbol->scope) {
    case SYM_SCOPE_LOCAL:
        if (!func_is_functionlike(f)) break;
        var.kind = VAR_LOCAL;
        var.slot = asy_local_slot(f, name);
        break;
    case SYM_SCOPE_CELL:
        var.kind = VAR_CELL;
        var.slot = cell_slot(f, name);
        break;
    case SYM_SCOPE_FREE:
        var.kind = f->scope->kind == SCOPE_CLASS ? VAR_NAME_OR_CELL : f->scope->sees_class ? VAR_DICT_OR_CELL : VAR_FREE;
        if (name == f->c->known[KNOWN_classdict]) var.kind = VAR_FREE;
        var.slot = free_slot(f, name);
        break;
    case SYM_SCOPE_IMPLICIT:
        if (func_is_functionlike(f)) var.kind = f->scope->sees_class ? VAR_DICT_OR_GLOBAL : VAR_GLOBAL;
        break;
    case SYM_SCOPE_EXPLICIT: var.kind = VAR_GLOBAL; break;
    case SYM_SCOPE_NONE: break;
    }
    return var;
}

Slot asy_var_closure(Func *f, const Name *name)
{
    if (f->scope->kind == SCOPE_CLASS && (name == f->c->known[KNOWN_class_cell] || name == f->c->known[KNOWN_classdict])) {
        uint32_t *cell = asy_map_find(&f->cell_map, name);
        if (cell) return *cell;
    }
    for (const InlineComp *comp = f->comps; comp; comp = comp->up) {
        const Symbol *symbol = asy_scope_find(comp->scope, name);
        if (symbol && symbol->scope == SYM_SCOPE_CELL) return cell_slot(f, name);
    }
    const Symbol *symbol = asy_scope_find(f->scope, name);
    if (symbol && symbol->scope == SYM_SCOPE_CELL) return cell_slot(f, name);
    return free_slot(f, name);
}

bool asy_var_check(Func *f, const AstPlace *at, const Name *name, ExprContext ctx)
{
    if (ctx == CTX_Load || name->len != 9 || memcmp(name->bytes, "__debug__", 9) != 0) return true;
    return asy_compile_error(f->c, at, ctx == CTX_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
}

// A name of an annotation scope in a class: the class's namespace comes first.
static Slot load_through_dict(Func *f, const AstPlace *at, const Var *var, Slot want)
{
    Compiler *c = f->c;
    Slot dict = asy_hidden_new(f);
    const Name *classdict = c->known[KNOWN_classdict];
    asy_emit(f, at, OP_LOAD_CELL, X_FREE, dict, asy_var_closure(f, classdict), asy_emit_name(f, classdict));
    Slot result;
    if (var->kind == VAR_DICT_OR_CELL) {
        result = asy_emit(f, at, OP_LOAD_NAME_OR_CELL, 0, want, asy_emit_name(f, var->name), dict);
        CodeInstr *instr = asy_emit_last(f);
        instr->ext_a = var->slot;
        instr->ext_slot = true;
    } else {
        result = asy_emit(f, at, OP_LOAD_NAME, 0, want, asy_emit_name(f, var->name), dict);
    }
    asy_emit(f, at, OP_CLEAR_LOCAL, 0, dict, 0, 0);
    asy_hidden_free(f, dict);
    return result;
}

Slot asy_var_load(Func *f, const AstPlace *at, const Name *source, Slot want)
{
    Var var = asy_var_find(f, asy_compile_mangle(f->c, f->private, source));
    Slot result;
    switch (var.kind) {
    case VAR_LOCAL:
        asy_local_use(f, var.slot);
        if (!asy_flow_is_bound(f, var.slot)) {
            asy_emit(f, at, OP_CHECK_BOUND, 0, var.slot, asy_emit_name(f, var.name), 0);
            asy_flow_bind(f, var.slot);
        }
        return asy_emit_move(f, at, var.slot, want);
    case VAR_CELL: return asy_emit(f, at, OP_LOAD_CELL, 0, want, var.slot, asy_emit_name(f, var.name));
    case VAR_FREE: return asy_emit(f, at, OP_LOAD_CELL, X_FREE, want, var.slot, asy_emit_name(f, var.name));
    case VAR_GLOBAL: return asy_emit(f, at, OP_LOAD_GLOBAL, 0, want, asy_emit_name(f, var.name), 0);
    case VAR_NAME: return asy_emit(f, at, OP_LOAD_NAME, 0, want, asy_emit_name(f, var.name), 0);
    case VAR_NAME_OR_CELL: {
        result = asy_emit(f, at, OP_LOAD_NAME_OR_CELL, 0, want, asy_emit_name(f, var.name), 0);
        CodeInstr *instr = asy_emit_last(f);
        instr->ext_a = var.slot;
        instr->ext_slot = true;
        return result;
    }
    case VAR_DICT_OR_GLOBAL: case VAR_DICT_OR_CELL: return load_through_dict(f, at, &var, want);
    }
    return want;
}

void asy_var_store(Func *f, const AstPlace *at, const Name *source, Slot from)
{
    const Name *name = asy_compile_mangle(f->c, f->private, source);
    if (!asy_var_check(f, at, name, CTX_Store)) return;
    Var var = asy_var_find(f, name);
    switch (var.kind) {
    case VAR_LOCAL:
        asy_local_use(f, var.slot);
        if (from != var.slot) asy_emit(f, at, OP_MOVE, 0, var.slot, from, 0);
        break;
    case VAR_CELL: case VAR_FREE: case VAR_NAME_OR_CELL: case VAR_DICT_OR_CELL:
        asy_emit(f, at, OP_STORE_CELL, 0, var.slot, from, 0);
        break;
    case VAR_GLOBAL: case VAR_DICT_OR_GLOBAL: asy_emit(f, at, OP_STORE_GLOBAL, 0, asy_emit_name(f, name), from, 0); break;
    case VAR_NAME: asy_emit(f, at, OP_STORE_NAME, 0, asy_emit_name(f, name), from, 0); break;
    }
}

Slot asy_var_target(Func *f, const Name *source)
{
    const Name *name = asy_compile_mangle(f->c, f->private, source);
    if (name == f->c->known[KNOWN_debug]) return TO_TEMP;
    Var var = asy_var_find(f, name);
    return var.kind == VAR_LOCAL ? var.slot : TO_TEMP;
}

void asy_var_delete(Func *f, const AstPlace *at, const Name *source)
{
    const Name *name = asy_compile_mangle(f->c, f->private, source);
    if (!asy_var_check(f, at, name, CTX_Del)) return;
    Var var = asy_var_find(f, name);
    switch (var.kind) {
    case VAR_LOCAL:
        asy_local_use(f, var.slot);
        asy_emit(f, at, OP_DELETE_LOCAL, 0, var.slot, asy_emit_name(f, name), 0);
        asy_flow_unbind(f, var.slot);
        break;
    case VAR_CELL: asy_emit(f, at, OP_DELETE_CELL, 0, var.slot, asy_emit_name(f, name), 0); break;
    case VAR_FREE: case VAR_NAME_OR_CELL: case VAR_DICT_OR_CELL:
        asy_emit(f, at, OP_DELETE_CELL, X_FREE, var.slot, asy_emit_name(f, name), 0);
        break;
    case VAR_GLOBAL: case VAR_DICT_OR_GLOBAL: asy_emit(f, at, OP_DELETE_GLOBAL, 0, asy_emit_name(f, name), 0, 0); break;
    case VAR_NAME: asy_emit(f, at, OP_DELETE_NAME, 0, asy_emit_name(f, name), 0, 0); break;
    }
}

void asy_var_clear(Func *f, const AstPlace *at, const Name *name)
{
    Slot local = asy_var_target(f, name);
    if (slot_is_plain(local)) {
        asy_emit(f, at, OP_CLEAR_LOCAL, 0, local, 0, 0);
        asy_flow_unbind(f, local);
        return;
    }
    asy_var_store(f, at, name, asy_emit_none(f, at, TO_TEMP));
    asy_var_delete(f, at, name);
}
