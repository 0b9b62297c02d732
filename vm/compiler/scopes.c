// The symbol table's second half: what every name means, decided from what all scopes mention.
//
// A name that a scope neither binds nor declares is looked for outwards, classes being skipped; it is free if a
// function binds it, global otherwise. Then, from the inside out, free names make cells where they are bound,
// pass through the scopes between, and inlined comprehensions pour their names into their parent.
#include "vm/compiler/unit.h"

typedef struct NameSet {
    const Name **items;
    uint32_t count, cap;
} NameSet;

static bool set_has(const NameSet *set, const Name *name)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->items[i] == name) return true;
    return false;
}

static bool set_add(Compiler *c, NameSet *set, const Name *name)
{
    if (set_has(set, name)) return true;
    if (!asy_compile_grow(c, &set->items, &set->cap, set->count + 1, sizeof *set->items)) return false;
    set->items[set->count++] = name;
    return true;
}

static bool set_remove(NameSet *set, const Name *name)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i] != name) continue;
        set->items[i] = set->items[--set->count];
        return true;
    }
    return false;
}

static bool scope_is_function(const Scope *s) { return s->kind != SCOPE_MODULE && s->kind != SCOPE_CLASS; }

// True if a scope around `scope` binds `name` for it. *type_param: as a type parameter.
static bool bound_outside(Compiler *c, const Scope *scope, const Name *name, bool *type_param)
{
    *type_param = false;
    for (const Scope *s = scope->parent; s && s->kind != SCOPE_MODULE; s = s->parent) {
        if (s->kind == SCOPE_CLASS) {
            if (name == c->known[KNOWN_class_cell] || name == c->known[KNOWN_classdict]) return true;
            continue;
        }
        const Symbol *symbol = asy_scope_find(s, name);
        if (!symbol) continue;
        if (symbol->flags & SYM_GLOBAL) return false;
        if (symbol->flags & SYM_NONLOCAL) continue;
        if (symbol->flags & SYM_BOUND) {
            *type_param = (symbol->flags & SYM_TYPE_PARAM) != 0;
            return true;
        }
    }
    return false;
}

static bool decide(Compiler *c, const Scope *scope, const Scope *class_scope, Symbol *symbol)
{
    const Name *name = symbol->name;
    bool type_param = false;
    const AstPlace *at = scope->at;
    for (const Directive *d = scope->directives; d; d = d->next)
        if (d->name == name) at = d->at;        // the first one is last in the list
    if (symbol->flags & SYM_GLOBAL) {
        if (symbol->flags & SYM_NONLOCAL) return asy_compile_error(c, at, "name '%s' is nonlocal and global", name->bytes);
        symbol->scope = SYM_SCOPE_EXPLICIT;
        return true;
    }
    if (symbol->flags & SYM_NONLOCAL) {
        if (scope->kind == SCOPE_MODULE) return asy_compile_error(c, at, "nonlocal declaration not allowed at module level");
        if (!bound_outside(c, scope, name, &type_param))
            return asy_compile_error(c, at, "no binding for nonlocal '%s' found", name->bytes);
        if (type_param) return asy_compile_error(c, at, "nonlocal binding not allowed for type parameter '%s'", name->bytes);
        symbol->scope = SYM_SCOPE_FREE;
        return true;
    }
    if (symbol->flags & SYM_BOUND) {
        symbol->scope = SYM_SCOPE_LOCAL;
        return true;
    }
    // In an annotation scope of a class, a name the class binds is looked up in its namespace first; then
    // globally, not in functions around the class.
    if (class_scope) {
        const Symbol *in_class = asy_scope_find(class_scope, name);
        unsigned flags = in_class ? in_class->flags : 0;
        if (flags & SYM_GLOBAL) {
            symbol->scope = SYM_SCOPE_EXPLICIT;
            return true;
        }
        if ((flags & SYM_BOUND) && !(flags & SYM_NONLOCAL)) {
            symbol->scope = SYM_SCOPE_IMPLICIT;
            return true;
        }
    }
    symbol->scope = bound_outside(c, scope, name, &type_param) ? SYM_SCOPE_FREE : SYM_SCOPE_IMPLICIT;
    return true;
}

static bool free_in_children(const Scope *scope, const Name *name)
{
    for (const Scope *child = scope->children; child; child = child->sibling) {
        if (child->inlined) {
            if (free_in_children(child, name)) return true;
            continue;
        }
        const Symbol *symbol = asy_scope_find(child, name);
        if (symbol && symbol->scope == SYM_SCOPE_FREE) return true;
    }
    return false;
}

static bool note_comp_cell(Compiler *c, Scope *scope, const Name *name)
{
    for (uint32_t i = 0; i < scope->comp_cell_count; i++)
        if (scope->comp_cells[i] == name) return true;
    if (!asy_compile_grow(c, &scope->comp_cells, &scope->comp_cell_cap, scope->comp_cell_count + 1, sizeof *scope->comp_cells)) return false;
    scope->comp_cells[scope->comp_cell_count++] = name;
    return true;
}

// `comp` becomes part of `scope`: what is free in it is looked up there.
static bool inline_names(Compiler *c, Scope *scope, const Scope *comp, NameSet *comp_free)
{
    scope->comp_names += comp->count + comp->comp_names;
    for (uint32_t i = 0; i < comp->comp_cell_count; i++)
        if (!note_comp_cell(c, scope, comp->comp_cells[i])) return false;
    for (uint32_t i = 0; i < comp->count; i++) {
        const Symbol inner = comp->symbols[i];
        if (inner.scope == SYM_SCOPE_CELL && !note_comp_cell(c, scope, inner.name)) return false;
        if (inner.scope != SYM_SCOPE_FREE) continue;
        Symbol *outer = asy_scope_find(scope, inner.name);
        if (outer) {
            if ((outer->flags & SYM_BOUND) && scope->kind != SCOPE_CLASS && !free_in_children(comp, inner.name))
                set_remove(comp_free, inner.name);
            continue;
        }
        outer = asy_scope_add(c, scope, inner.name);
        if (!outer) return false;
        outer->scope = SYM_SCOPE_FREE;
        if (scope->kind == SCOPE_CLASS && inner.name == c->known[KNOWN_class_cell]) {
            outer->scope = SYM_SCOPE_IMPLICIT;
            set_remove(comp_free, inner.name);
        }
    }
    return true;
}

static bool analyse(Compiler *c, Scope *scope, const Scope *class_scope, NameSet *free_out)
{
    NameSet free_names = { 0 };
    for (uint32_t i = 0; i < scope->count; i++)
        if (!decide(c, scope, class_scope, &scope->symbols[i])) return false;
    for (Scope *child = scope->children; child; child = child->sibling) {
        NameSet child_free = { 0 };
        const Scope *seen = !child->sees_class ? NULL : scope->kind == SCOPE_CLASS ? scope : class_scope;
        bool inlines = child->comp && child->comp != COMP_GENERATOR && !scope->sees_class;
        if (!analyse(c, child, seen, &child_free)) return false;
        if (inlines) {
            if (!inline_names(c, scope, child, &child_free)) return false;
            child->inlined = true;
        }
        for (uint32_t i = 0; i < child_free.count; i++)
            if (!set_add(c, &free_names, child_free.items[i])) return false;
    }
    if (scope_is_function(scope)) {
        for (uint32_t i = 0; i < scope->count; i++) {
            Symbol *symbol = &scope->symbols[i];
            if (symbol->scope != SYM_SCOPE_LOCAL) continue;
            if (!set_has(&free_names, symbol->name)) continue;
            symbol->scope = SYM_SCOPE_CELL;
            set_remove(&free_names, symbol->name);
        }
    } else if (scope->kind == SCOPE_CLASS) {
        if (set_remove(&free_names, c->known[KNOWN_class_cell])) scope->needs_class = true;
        if (set_remove(&free_names, c->known[KNOWN_classdict])) scope->needs_classdict = true;
    }
    for (uint32_t i = 0; i < free_names.count; i++) {
        Symbol *symbol = asy_scope_find(scope, free_names.items[i]);
        if (symbol) {
            // It passes through, although the name means something else here.
            bool class_like = scope->kind == SCOPE_CLASS || scope->sees_class;
            bool other = (symbol->flags & (SYM_BOUND | SYM_GLOBAL)) || (scope->sees_class && symbol->scope == SYM_SCOPE_IMPLICIT);
            if (class_like && other) symbol->flags |= SYM_FREE_CLASS;
            continue;
        }
        bool type_param;
        if (!bound_outside(c, scope, free_names.items[i], &type_param)) continue;
        symbol = asy_scope_add(c, scope, free_names.items[i]);
        if (!symbol) return false;
        symbol->scope = SYM_SCOPE_FREE;
    }
    for (uint32_t i = 0; i < scope->count; i++)     // its own free names, seen from outside
        if (scope->symbols[i].scope == SYM_SCOPE_FREE && !set_add(c, &free_names, scope->symbols[i].name)) return false;
    *free_out = free_names;
    return true;
}

bool asy_symtable_analyse(Compiler *c)
{
    NameSet free_names;
    return analyse(c, c->symtable.module, NULL, &free_names) && !c->failed;
}
