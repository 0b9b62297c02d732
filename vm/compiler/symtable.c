// The symbol table's first half: one walk over the tree notes what every scope mentions and how.
//
// What the names mean is decided afterwards (scopes.c). Errors found here are those that depend on the order
// of statements in one scope ("name 'x' is assigned to before global declaration") or on the place of an
// expression ("'yield' inside list comprehension").
#include "vm/compiler/unit.h"

static bool walk_expr(Compiler *c, const Expr *e);
static bool walk_stmts(Compiler *c, const StmtList *list);

static uint32_t pointer_hash(const void *p) { return (uint32_t)(((uintptr_t)p >> 3) * 0x9E3779B1u) ^ (uint32_t)((uintptr_t)p >> 19); }

Symbol *asy_scope_find(const Scope *scope, const Name *name)
{
    if (!scope->index) return NULL;
    for (uint32_t at = name->hash & scope->mask; scope->index[at]; at = (at + 1) & scope->mask) {
        Symbol *symbol = &scope->symbols[scope->index[at] - 1];
        if (symbol->name == name) return symbol;
    }
    return NULL;
}

static void scope_index(Scope *scope, uint32_t number)
{
    uint32_t at = scope->symbols[number].name->hash & scope->mask;
    while (scope->index[at]) at = (at + 1) & scope->mask;
    scope->index[at] = number + 1;
}

Symbol *asy_scope_add(Compiler *c, Scope *scope, const Name *name)
{
    Symbol *found = asy_scope_find(scope, name);
    if (found) return found;
    if (!asy_compile_grow(c, &scope->symbols, &scope->cap, scope->count + 1, sizeof(Symbol))) return NULL;
    if (!scope->index || (scope->count + 1) * 2 > scope->mask + 1) {
        uint32_t size = scope->index ? (scope->mask + 1) * 2 : 8;
        uint32_t *index = asy_compile_alloc(c, size * sizeof *index);
        if (!index) return NULL;
        scope->index = index;
        scope->mask = size - 1;
        for (uint32_t i = 0; i < scope->count; i++) scope_index(scope, i);
    }
    scope->symbols[scope->count] = (Symbol){ .name = name };
    scope_index(scope, scope->count);
    return &scope->symbols[scope->count++];
}

// -- scopes and their nodes

static bool keys_put(Compiler *c, const void *node, Scope *scope)
{
    Symtable *st = &c->symtable;
    if (!st->keys || (st->key_count + 1) * 2 > st->key_mask + 1) {
        uint32_t size = st->keys ? (st->key_mask + 1) * 2 : 64;
        ScopeKey *keys = asy_compile_alloc(c, size * sizeof *keys);
        if (!keys) return false;
        for (uint32_t i = 0; st->keys && i <= st->key_mask; i++) {
            if (!st->keys[i].node) continue;
            uint32_t at = pointer_hash(st->keys[i].node) & (size - 1);
            while (keys[at].node) at = (at + 1) & (size - 1);
            keys[at] = st->keys[i];
        }
        st->keys = keys;
        st->key_mask = size - 1;
    }
    uint32_t at = pointer_hash(node) & st->key_mask;
    while (st->keys[at].node) at = (at + 1) & st->key_mask;
    st->keys[at] = (ScopeKey){ node, scope };
    st->key_count++;
    return true;
}

const Scope *asy_scope_of(const Compiler *c, const void *node)
{
    const Symtable *st = &c->symtable;
    for (uint32_t at = pointer_hash(node) & st->key_mask; st->keys[at].node; at = (at + 1) & st->key_mask)
        if (st->keys[at].node == node) return st->keys[at].scope;
    assert(false);      // every scope was entered by the walk
    return NULL;
}

static Scope *enter(Compiler *c, ScopeKind kind, const Name *name, const void *node, const AstPlace *at)
{
    Scope *scope = asy_compile_alloc(c, sizeof *scope);
    Scope *parent = c->symtable.current;
    if (!scope || !keys_put(c, node, scope)) return NULL;
    scope->kind = kind;
    scope->name = name;
    scope->at = at;
    scope->parent = parent;
    if (parent) {
        scope->iter_expr = parent->iter_expr;
        scope->nested = parent->nested || (parent->kind != SCOPE_MODULE && parent->kind != SCOPE_CLASS);
        if (kind != SCOPE_ANNOTATION) {     // what is in those does not count
            if (parent->children_last) parent->children_last->sibling = scope;
            else parent->children = scope;
            parent->children_last = scope;
        }
    }
    c->symtable.current = scope;
    return scope;
}

static void leave(Compiler *c) { c->symtable.current = c->symtable.current->parent; }

// -- noting names

static bool define_in(Compiler *c, Scope *scope, const Name *name, unsigned flag, const AstPlace *at)
{
    const Name *mangled = asy_compile_mangle(c, c->symtable.private, name);
    Symbol *symbol = asy_scope_add(c, scope, mangled);
    if (!symbol) return false;
    if ((flag & SYM_PARAM) && (symbol->flags & SYM_PARAM))
        return asy_compile_error(c, at, "duplicate argument '%s' in function definition", mangled->bytes);
    if ((flag & SYM_TYPE_PARAM) && (symbol->flags & SYM_TYPE_PARAM))
        return asy_compile_error(c, at, "duplicate type parameter '%s'", mangled->bytes);
    symbol->flags |= (uint16_t)flag;
    if (scope->iter_target) {
        if (symbol->flags & (SYM_GLOBAL | SYM_NONLOCAL))
            return asy_compile_error(c, at, "comprehension inner loop cannot rebind assignment expression target '%s'", name->bytes);
        symbol->flags |= SYM_COMP_ITER;
    }
    // `global x` in any scope makes the module's x explicitly global, so that it bypasses exec's locals.
    if ((flag & SYM_GLOBAL) && scope != c->symtable.module) {
        Symbol *outer = asy_scope_add(c, c->symtable.module, mangled);
        if (!outer) return false;
        outer->flags |= SYM_GLOBAL;
    }
    return true;
}

static bool define(Compiler *c, const Name *name, unsigned flag, const AstPlace *at)
{
    return define_in(c, c->symtable.current, name, flag, at);
}

static unsigned flags_of(Compiler *c, const Scope *scope, const Name *name)
{
    const Symbol *symbol = asy_scope_find(scope, asy_compile_mangle(c, c->symtable.private, name));
    return symbol ? symbol->flags : 0;
}

static bool note_directive(Compiler *c, const Name *name, const AstPlace *at)
{
    Directive *directive = asy_compile_alloc(c, sizeof *directive);
    if (!directive) return false;
    *directive = (Directive){ asy_compile_mangle(c, c->symtable.private, name), at, c->symtable.current->directives };
    c->symtable.current->directives = directive;
    return true;
}

// -- expressions

static bool walk_exprs(Compiler *c, const ExprList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i] && !walk_expr(c, list->items[i])) return false;
    return true;
}

static bool walk_keywords(Compiler *c, const KeywordList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!walk_expr(c, list->items[i]->value)) return false;
    return true;
}

static bool forbid_in_annotation(Compiler *c, const Expr *e, const char *what)
{
    const char *where = NULL;
    switch (c->symtable.current->kind) {
    case SCOPE_ANNOTATION: where = "an annotation"; break;
    case SCOPE_TYPE_BOUND: where = "a TypeVar bound"; break;
    case SCOPE_TYPE_ALIAS: where = "a type alias"; break;
    case SCOPE_TYPE_PARAMS: where = "the definition of a generic"; break;
    case SCOPE_MODULE: case SCOPE_CLASS: case SCOPE_FUNCTION: return true;
    }
    return asy_compile_error(c, &e->at, "%s cannot be used within %s", what, where);
}

static bool define_params(Compiler *c, const ArgList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!define(c, list->items[i]->arg, SYM_PARAM, &list->items[i]->at)) return false;
    return true;
}

static bool define_arguments(Compiler *c, const Arguments *a)
{
    return define_params(c, &a->posonlyargs) && define_params(c, &a->args) && define_params(c, &a->kwonlyargs) &&
           (!a->vararg || define(c, a->vararg->arg, SYM_PARAM, &a->vararg->at)) &&
           (!a->kwarg || define(c, a->kwarg->arg, SYM_PARAM, &a->kwarg->at));
}

static bool walk_lambda(Compiler *c, const Expr *e)
{
    if (!walk_exprs(c, &e->Lambda.args->defaults) || !walk_exprs(c, &e->Lambda.args->kw_defaults)) return false;
    if (c->symtable.current->sees_class)
        return asy_compile_error(c, &e->at, "Cannot use lambda in annotation scope within class scope");
    if (!enter(c, SCOPE_FUNCTION, c->known[KNOWN_lambda], e, &e->at)) return false;
    bool ok = define_arguments(c, e->Lambda.args) && walk_expr(c, e->Lambda.body);
    leave(c);
    return ok;
}

// `x := ...` in a comprehension binds in the nearest scope around that is none.
static bool extend_walrus(Compiler *c, const Expr *target)
{
    const Name *id = target->Name.id;
    for (Scope *s = c->symtable.current; s; s = s->parent) {
        unsigned flags = flags_of(c, s, id);
        if (s->comp) {
            if (flags & SYM_COMP_ITER)
                return asy_compile_error(c, &target->at, "assignment expression cannot rebind comprehension iteration variable '%s'", id->bytes);
            continue;
        }
        const char *where = NULL;
        switch (s->kind) {
        case SCOPE_FUNCTION: {
            unsigned flag = (flags & SYM_GLOBAL) ? SYM_GLOBAL : SYM_NONLOCAL;
            return define(c, id, flag, &target->at) && note_directive(c, id, &target->at) &&
                   define_in(c, s, id, SYM_LOCAL | SYM_WALRUS, &target->at);
        }
        case SCOPE_MODULE:
            return define(c, id, SYM_GLOBAL, &target->at) && note_directive(c, id, &target->at) &&
                   define_in(c, s, id, SYM_GLOBAL, &target->at);
        case SCOPE_CLASS:
            return asy_compile_error(c, &target->at, "assignment expression within a comprehension cannot be used in a class body");
        case SCOPE_TYPE_PARAMS: where = "within the definition of a generic"; break;
        case SCOPE_TYPE_ALIAS: where = "in a type alias"; break;
        case SCOPE_TYPE_BOUND: where = "in a TypeVar bound"; break;
        case SCOPE_ANNOTATION: where = "in an annotation"; break;
        }
        return asy_compile_error(c, &target->at, "assignment expression within a comprehension cannot be used %s", where);
    }
    return true;
}

static bool walk_walrus(Compiler *c, const Expr *e)
{
    Scope *scope = c->symtable.current;
    const Expr *target = e->NamedExpr.target;
    if (!forbid_in_annotation(c, e, "named expression")) return false;
    if (scope->iter_expr > 0)
        return asy_compile_error(c, &e->at, "assignment expression cannot be used in a comprehension iterable expression");
    if (scope->comp) {
        if (!extend_walrus(c, target)) return false;
    }
    return walk_expr(c, e->NamedExpr.value) && define(c, target->Name.id, SYM_LOCAL | SYM_WALRUS, &target->at);
}

static bool walk_target(Compiler *c, const Expr *target)
{
    c->symtable.current->iter_target = true;
    bool ok = walk_expr(c, target);
    c->symtable.current->iter_target = false;
    return ok;
}

static bool walk_comprehension(Compiler *c, const Expr *e, CompKind kind, const ComprehensionList *generators,
                               const Expr *element, const Expr *value)
{
    static const KnownName names[] = { [COMP_LIST] = KNOWN_listcomp, [COMP_SET] = KNOWN_setcomp,
                                       [COMP_DICT] = KNOWN_dictcomp, [COMP_GENERATOR] = KNOWN_genexpr };
    const Comprehension *first = generators->items[0];
    Scope *outer = c->symtable.current;
    if (outer->sees_class) return asy_compile_error(c, &e->at, "Cannot use comprehension in annotation scope within class scope");
    outer->iter_expr++;
    bool ok = walk_expr(c, first->iter);
    outer->iter_expr--;
    if (!ok) return false;
    Scope *scope = enter(c, SCOPE_FUNCTION, c->known[names[kind]], e, &e->at);
    if (!scope) return false;
    scope->comp = kind;
    if (first->is_async) scope->coroutine = true;
    ok = define(c, c->known[KNOWN_dot_zero], SYM_PARAM, &first->iter->at) && walk_target(c, first->target) &&
         walk_exprs(c, &first->ifs);
    for (uint32_t i = 1; ok && i < generators->count; i++) {
        const Comprehension *g = generators->items[i];
        ok = walk_target(c, g->target);
        scope->iter_expr++;
        ok = ok && walk_expr(c, g->iter);
        scope->iter_expr--;
        ok = ok && walk_exprs(c, &g->ifs);
        if (g->is_async) scope->coroutine = true;
    }
    ok = ok && (!value || walk_expr(c, value)) && walk_expr(c, element);
    scope->generator = kind == COMP_GENERATOR;
    bool is_async = scope->coroutine && !scope->generator;
    leave(c);
    if (is_async) outer->coroutine = true;
    return ok;
}

static bool yield_allowed(Compiler *c, const Expr *e)
{
    static const char *const where[] = { [COMP_LIST] = "list comprehension", [COMP_SET] = "set comprehension",
                                         [COMP_DICT] = "dict comprehension", [COMP_GENERATOR] = "generator expression" };
    CompKind comp = c->symtable.current->comp;
    if (!comp) return true;
    return asy_compile_error(c, &e->at, "'yield' inside %s", where[comp]);
}

static bool walk_yield(Compiler *c, const Expr *e)
{
    const Expr *value = e->kind == EXPR_Yield ? e->Yield.value : e->YieldFrom.value;
    if (!forbid_in_annotation(c, e, "yield expression")) return false;
    if (value && !walk_expr(c, value)) return false;
    c->symtable.current->generator = true;
    return yield_allowed(c, e);
}

static bool walk_name(Compiler *c, const Expr *e)
{
    unsigned flag = e->Name.ctx == CTX_Load ? SYM_USE : e->Name.ctx == CTX_Del ? SYM_LOCAL | SYM_DELETED : SYM_LOCAL;
    if (!define(c, e->Name.id, flag, &e->at)) return false;
    // super() finds its class through the cell __class__.
    if (e->Name.ctx == CTX_Load && c->symtable.current->kind == SCOPE_FUNCTION && e->Name.id->len == 5 &&
        memcmp(e->Name.id->bytes, "super", 5) == 0)
        return define(c, c->known[KNOWN_class_cell], SYM_USE, &e->at);
    return true;
}

// Left sides of long chains are walked in a loop where they come first: a + b + c + ...
static bool walk_expr(Compiler *c, const Expr *e)
{
    switch ((ExprKind)e->kind) {
    case EXPR_BoolOp: return walk_exprs(c, &e->BoolOp.values);
    case EXPR_NamedExpr: return walk_walrus(c, e);
    case EXPR_BinOp: return walk_expr(c, e->BinOp.left) && walk_expr(c, e->BinOp.right);
    case EXPR_UnaryOp: return walk_expr(c, e->UnaryOp.operand);
    case EXPR_Lambda: return walk_lambda(c, e);
    case EXPR_IfExp: return walk_expr(c, e->IfExp.test) && walk_expr(c, e->IfExp.body) && walk_expr(c, e->IfExp.orelse);
    case EXPR_Dict: return walk_exprs(c, &e->Dict.keys) && walk_exprs(c, &e->Dict.values);
    case EXPR_Set: return walk_exprs(c, &e->Set.elts);
    case EXPR_ListComp: return walk_comprehension(c, e, COMP_LIST, &e->ListComp.generators, e->ListComp.elt, NULL);
    case EXPR_SetComp: return walk_comprehension(c, e, COMP_SET, &e->SetComp.generators, e->SetComp.elt, NULL);
    case EXPR_DictComp: return walk_comprehension(c, e, COMP_DICT, &e->DictComp.generators, e->DictComp.key, e->DictComp.value);
    case EXPR_GeneratorExp: return walk_comprehension(c, e, COMP_GENERATOR, &e->GeneratorExp.generators, e->GeneratorExp.elt, NULL);
    case EXPR_Await:
        if (!forbid_in_annotation(c, e, "await expression") || !walk_expr(c, e->Await.value)) return false;
        c->symtable.current->coroutine = true;
        return true;
    case EXPR_Yield: case EXPR_YieldFrom: return walk_yield(c, e);
    case EXPR_Compare: return walk_expr(c, e->Compare.left) && walk_exprs(c, &e->Compare.comparators);
    case EXPR_Call: return walk_expr(c, e->Call.func) && walk_exprs(c, &e->Call.args) && walk_keywords(c, &e->Call.keywords);
    case EXPR_FormattedValue:
        return walk_expr(c, e->FormattedValue.value) && (!e->FormattedValue.format_spec || walk_expr(c, e->FormattedValue.format_spec));
    case EXPR_JoinedStr: return walk_exprs(c, &e->JoinedStr.values);
    case EXPR_Constant: return true;
    case EXPR_Attribute: return walk_expr(c, e->Attribute.value);
    case EXPR_Subscript: return walk_expr(c, e->Subscript.value) && walk_expr(c, e->Subscript.slice);
    case EXPR_Starred: return walk_expr(c, e->Starred.value);
    case EXPR_Name: return walk_name(c, e);
    case EXPR_List: return walk_exprs(c, &e->List.elts);
    case EXPR_Tuple: return walk_exprs(c, &e->Tuple.elts);
    case EXPR_Slice:
        return (!e->Slice.lower || walk_expr(c, e->Slice.lower)) && (!e->Slice.upper || walk_expr(c, e->Slice.upper)) &&
               (!e->Slice.step || walk_expr(c, e->Slice.step));
    case EXPR__COUNT: break;
    }
    return true;
}

// -- annotations and type parameters

static bool walk_annotation(Compiler *c, const Expr *e)
{
    bool unevaluated = c->annotations_future;
    if (unevaluated && !enter(c, SCOPE_ANNOTATION, c->known[KNOWN_annotations], e, &e->at)) return false;
    bool ok = walk_expr(c, e);
    if (unevaluated) leave(c);
    return ok;
}

static bool walk_arg_annotations(Compiler *c, const ArgList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->annotation && !walk_expr(c, list->items[i]->annotation)) return false;
    return true;
}

static bool walk_annotations(Compiler *c, const Arguments *a, const Expr *returns)
{
    bool unevaluated = c->annotations_future;
    if (unevaluated && !enter(c, SCOPE_ANNOTATION, c->known[KNOWN_annotations], a, &a->at)) return false;
    bool ok = walk_arg_annotations(c, &a->posonlyargs) && walk_arg_annotations(c, &a->args) &&
              (!a->vararg || !a->vararg->annotation || walk_expr(c, a->vararg->annotation)) &&
              (!a->kwarg || !a->kwarg->annotation || walk_expr(c, a->kwarg->annotation)) &&
              walk_arg_annotations(c, &a->kwonlyargs);
    if (unevaluated) leave(c);
    return ok && (!returns || walk_annotation(c, returns));
}

// Enters the scope of a generic's type parameters and notes them; the caller leaves it.
static bool enter_type_params(Compiler *c, const Name *name, const TypeParamList *list, const AstPlace *at,
                              bool defaults, bool kwdefaults, StmtKind kind)
{
    Scope *outer = c->symtable.current;
    Scope *scope = enter(c, SCOPE_TYPE_PARAMS, name, list->items, at);
    if (!scope) return false;
    if (outer->kind == SCOPE_CLASS) {
        scope->sees_class = true;
        if (!define(c, c->known[KNOWN_classdict], SYM_USE, at)) return false;
    }
    if (kind == STMT_ClassDef) {
        // Set here, read by the class's body and by the call that makes the class.
        if (!define(c, c->known[KNOWN_dot_type_params], SYM_LOCAL, at) ||
            !define(c, c->known[KNOWN_dot_type_params], SYM_USE, at) ||
            !define(c, c->known[KNOWN_dot_generic_base], SYM_LOCAL, at) ||
            !define(c, c->known[KNOWN_dot_generic_base], SYM_USE, at))
            return false;
    }
    if (defaults && !define(c, c->known[KNOWN_dot_defaults], SYM_PARAM, at)) return false;
    if (kwdefaults && !define(c, c->known[KNOWN_dot_kwdefaults], SYM_PARAM, at)) return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const TypeParam *p = list->items[i];
        const Name *id = p->kind == TYPE_PARAM_TypeVar ? p->TypeVar.name
                         : p->kind == TYPE_PARAM_ParamSpec ? p->ParamSpec.name : p->TypeVarTuple.name;
        if (!define(c, id, SYM_TYPE_PARAM | SYM_LOCAL, &p->at)) return false;
        if (p->kind != TYPE_PARAM_TypeVar || !p->TypeVar.bound) continue;
        bool in_class = scope->sees_class;
        Scope *bound = enter(c, SCOPE_TYPE_BOUND, id, p, &p->at);
        if (!bound) return false;
        bound->sees_class = in_class;
        bool ok = (!in_class || define(c, c->known[KNOWN_classdict], SYM_USE, &p->at)) && walk_expr(c, p->TypeVar.bound);
        leave(c);
        if (!ok) return false;
    }
    return true;
}

// -- statements

static bool walk_function(Compiler *c, const Stmt *s)
{
    bool is_async = s->kind == STMT_AsyncFunctionDef;
    const Name *name = s->FunctionDef.name;
    const Arguments *args = s->FunctionDef.args;
    const TypeParamList *params = &s->FunctionDef.type_params;
    bool has_kwdefaults = false;
    for (uint32_t i = 0; i < args->kw_defaults.count; i++)
        if (args->kw_defaults.items[i]) has_kwdefaults = true;
    if (!define(c, name, SYM_LOCAL, &s->at) || !walk_exprs(c, &args->defaults) || !walk_exprs(c, &args->kw_defaults) ||
        !walk_exprs(c, &s->FunctionDef.decorator_list))
        return false;
    if (params->count &&
        !enter_type_params(c, name, params, &s->at, args->defaults.count > 0, has_kwdefaults, STMT_FunctionDef))
        return false;
    if (!walk_annotations(c, args, s->FunctionDef.returns)) return false;
    Scope *scope = enter(c, SCOPE_FUNCTION, name, s, &s->at);
    if (!scope) return false;
    scope->coroutine = is_async;
    if (!define_arguments(c, args) || !walk_stmts(c, &s->FunctionDef.body)) return false;
    leave(c);
    if (params->count) leave(c);
    return true;
}

static bool walk_class(Compiler *c, const Stmt *s)
{
    const TypeParamList *params = &s->ClassDef.type_params;
    const Name *private = c->symtable.private;
    const Name *own = asy_compile_name(c, s->ClassDef.name->bytes, s->ClassDef.name->len);
    if (!define(c, s->ClassDef.name, SYM_LOCAL, &s->at) || !walk_exprs(c, &s->ClassDef.decorator_list)) return false;
    if (params->count) {
        c->symtable.private = own;
        if (!enter_type_params(c, s->ClassDef.name, params, &s->at, false, false, STMT_ClassDef)) return false;
    }
    if (!walk_exprs(c, &s->ClassDef.bases) || !walk_keywords(c, &s->ClassDef.keywords)) return false;
    if (!enter(c, SCOPE_CLASS, s->ClassDef.name, s, &s->at)) return false;
    c->symtable.private = own;
    if (params->count && (!define(c, c->known[KNOWN_type_params], SYM_LOCAL, &s->at) ||
                          !define(c, c->known[KNOWN_dot_type_params], SYM_USE, &s->at)))
        return false;
    if (!walk_stmts(c, &s->ClassDef.body)) return false;
    leave(c);
    if (params->count) leave(c);
    c->symtable.private = private;
    return true;
}

static bool walk_type_alias(Compiler *c, const Stmt *s)
{
    const TypeParamList *params = &s->TypeAlias.type_params;
    const Name *name = s->TypeAlias.name->Name.id;
    if (!walk_expr(c, s->TypeAlias.name)) return false;
    bool in_class = c->symtable.current->kind == SCOPE_CLASS;
    if (params->count && !enter_type_params(c, name, params, &s->at, false, false, STMT_TypeAlias)) return false;
    Scope *scope = enter(c, SCOPE_TYPE_ALIAS, name, s, &s->at);
    if (!scope) return false;
    scope->sees_class = in_class;
    if (in_class && !define(c, c->known[KNOWN_classdict], SYM_USE, &s->TypeAlias.value->at)) return false;
    if (!walk_expr(c, s->TypeAlias.value)) return false;
    leave(c);
    if (params->count) leave(c);
    return true;
}

static bool walk_annassign(Compiler *c, const Stmt *s)
{
    const Expr *target = s->AnnAssign.target;
    Scope *scope = c->symtable.current;
    if (target->kind == EXPR_Name) {
        unsigned flags = flags_of(c, scope, target->Name.id);
        if ((flags & (SYM_GLOBAL | SYM_NONLOCAL)) && scope != c->symtable.module && s->AnnAssign.simple)
            return asy_compile_error(c, &s->at, "annotated name '%s' can't be %s", target->Name.id->bytes,
                                     flags & SYM_GLOBAL ? "global" : "nonlocal");
        if (s->AnnAssign.simple) {
            if (!define(c, target->Name.id, SYM_ANNOTATED | SYM_LOCAL, &target->at)) return false;
        } else if (s->AnnAssign.value && !define(c, target->Name.id, SYM_LOCAL, &target->at)) {
            return false;
        }
    } else if (!walk_expr(c, target)) {
        return false;
    }
    return walk_annotation(c, s->AnnAssign.annotation) && (!s->AnnAssign.value || walk_expr(c, s->AnnAssign.value));
}

static bool walk_declaration(Compiler *c, const Stmt *s)
{
    bool global = s->kind == STMT_Global;
    const NameList *names = global ? &s->Global.names : &s->Nonlocal.names;
    const char *word = global ? "global" : "nonlocal";
    for (uint32_t i = 0; i < names->count; i++) {
        const Name *name = names->items[i];
        unsigned flags = flags_of(c, c->symtable.current, name);
        if (flags & SYM_PARAM) return asy_compile_error(c, &s->at, "name '%s' is parameter and %s", name->bytes, word);
        if (flags & SYM_USE) return asy_compile_error(c, &s->at, "name '%s' is used prior to %s declaration", name->bytes, word);
        if (flags & SYM_ANNOTATED) return asy_compile_error(c, &s->at, "annotated name '%s' can't be %s", name->bytes, word);
        if (flags & SYM_LOCAL)
            return asy_compile_error(c, &s->at, "name '%s' is assigned to before %s declaration", name->bytes, word);
        if (!define(c, name, global ? SYM_GLOBAL : SYM_NONLOCAL, &s->at) || !note_directive(c, name, &s->at)) return false;
    }
    return true;
}

static bool walk_alias(Compiler *c, const Alias *alias)
{
    const Name *name = alias->asname ? alias->asname : alias->name;
    if (name->len == 1 && name->bytes[0] == '*') {
        if (c->symtable.current->kind == SCOPE_MODULE) return true;
        return asy_compile_error(c, &alias->at, "import * only allowed at module level");
    }
    const char *dot = memchr(name->bytes, '.', name->len);
    if (dot) name = asy_compile_name(c, name->bytes, (size_t)(dot - name->bytes));
    return define(c, name, SYM_IMPORT, &alias->at);
}

static bool walk_pattern(Compiler *c, const Pattern *p)
{
    switch ((PatternKind)p->kind) {
    case PATTERN_MatchValue: return walk_expr(c, p->MatchValue.value);
    case PATTERN_MatchSingleton: return true;
    case PATTERN_MatchSequence:
        for (uint32_t i = 0; i < p->MatchSequence.patterns.count; i++)
            if (!walk_pattern(c, p->MatchSequence.patterns.items[i])) return false;
        return true;
    case PATTERN_MatchMapping:
        if (!walk_exprs(c, &p->MatchMapping.keys)) return false;
        for (uint32_t i = 0; i < p->MatchMapping.patterns.count; i++)
            if (!walk_pattern(c, p->MatchMapping.patterns.items[i])) return false;
        return !p->MatchMapping.rest || define(c, p->MatchMapping.rest, SYM_LOCAL, &p->at);
    case PATTERN_MatchClass:
        if (!walk_expr(c, p->MatchClass.cls)) return false;
        for (uint32_t i = 0; i < p->MatchClass.patterns.count; i++)
            if (!walk_pattern(c, p->MatchClass.patterns.items[i])) return false;
        for (uint32_t i = 0; i < p->MatchClass.kwd_patterns.count; i++)
            if (!walk_pattern(c, p->MatchClass.kwd_patterns.items[i])) return false;
        return true;
    case PATTERN_MatchStar: return !p->MatchStar.name || define(c, p->MatchStar.name, SYM_LOCAL, &p->at);
    case PATTERN_MatchAs:
        if (p->MatchAs.pattern && !walk_pattern(c, p->MatchAs.pattern)) return false;
        return !p->MatchAs.name || define(c, p->MatchAs.name, SYM_LOCAL, &p->at);
    case PATTERN_MatchOr:
        for (uint32_t i = 0; i < p->MatchOr.patterns.count; i++)
            if (!walk_pattern(c, p->MatchOr.patterns.items[i])) return false;
        return true;
    case PATTERN__COUNT: break;
    }
    return true;
}

static bool walk_match(Compiler *c, const Stmt *s)
{
    if (!walk_expr(c, s->Match.subject)) return false;
    for (uint32_t i = 0; i < s->Match.cases.count; i++) {
        const MatchCase *k = s->Match.cases.items[i];
        if (!walk_pattern(c, k->pattern) || (k->guard && !walk_expr(c, k->guard)) || !walk_stmts(c, &k->body)) return false;
    }
    return true;
}

static bool walk_try(Compiler *c, const StmtList *body, const ExceptHandlerList *handlers, const StmtList *orelse,
                     const StmtList *finalbody)
{
    if (!walk_stmts(c, body)) return false;
    for (uint32_t i = 0; i < handlers->count; i++) {
        const ExceptHandler *h = handlers->items[i];
        if (h->type && !walk_expr(c, h->type)) return false;
        if (h->name && !define(c, h->name, SYM_LOCAL | SYM_DELETED, &h->at)) return false;
        if (!walk_stmts(c, &h->body)) return false;
    }
    return walk_stmts(c, orelse) && walk_stmts(c, finalbody);
}

static bool walk_with(Compiler *c, const WithItemList *items, const StmtList *body)
{
    for (uint32_t i = 0; i < items->count; i++) {
        if (!walk_expr(c, items->items[i]->context_expr)) return false;
        if (items->items[i]->optional_vars && !walk_expr(c, items->items[i]->optional_vars)) return false;
    }
    return walk_stmts(c, body);
}

static bool walk_stmt(Compiler *c, const Stmt *s)
{
    switch ((StmtKind)s->kind) {
    case STMT_FunctionDef: case STMT_AsyncFunctionDef: return walk_function(c, s);
    case STMT_ClassDef: return walk_class(c, s);
    case STMT_Return:
        if (!s->Return.value) return true;
        c->symtable.current->returns_value = true;
        return walk_expr(c, s->Return.value);
    case STMT_Delete: return walk_exprs(c, &s->Delete.targets);
    case STMT_Assign: return walk_exprs(c, &s->Assign.targets) && walk_expr(c, s->Assign.value);
    case STMT_TypeAlias: return walk_type_alias(c, s);
    case STMT_AugAssign: return walk_expr(c, s->AugAssign.target) && walk_expr(c, s->AugAssign.value);
    case STMT_AnnAssign: return walk_annassign(c, s);
    case STMT_For: case STMT_AsyncFor:
        return walk_expr(c, s->For.target) && walk_expr(c, s->For.iter) && walk_stmts(c, &s->For.body) && walk_stmts(c, &s->For.orelse);
    case STMT_While: return walk_expr(c, s->While.test) && walk_stmts(c, &s->While.body) && walk_stmts(c, &s->While.orelse);
    case STMT_If: return walk_expr(c, s->If.test) && walk_stmts(c, &s->If.body) && walk_stmts(c, &s->If.orelse);
    case STMT_With: case STMT_AsyncWith: return walk_with(c, &s->With.items, &s->With.body);
    case STMT_Match: return walk_match(c, s);
    case STMT_Raise: return (!s->Raise.exc || walk_expr(c, s->Raise.exc)) && (!s->Raise.cause || walk_expr(c, s->Raise.cause));
    case STMT_Try: case STMT_TryStar: return walk_try(c, &s->Try.body, &s->Try.handlers, &s->Try.orelse, &s->Try.finalbody);
    case STMT_Assert: return walk_expr(c, s->Assert.test) && (!s->Assert.msg || walk_expr(c, s->Assert.msg));
    case STMT_Import: case STMT_ImportFrom: {
        const AliasList *names = s->kind == STMT_Import ? &s->Import.names : &s->ImportFrom.names;
        for (uint32_t i = 0; i < names->count; i++)
            if (!walk_alias(c, names->items[i])) return false;
        return true;
    }
    case STMT_Global: case STMT_Nonlocal: return walk_declaration(c, s);
    case STMT_Expr: return walk_expr(c, s->Expr.value);
    case STMT_Pass: case STMT_Break: case STMT_Continue: case STMT__COUNT: break;
    }
    return true;
}

static bool walk_stmts(Compiler *c, const StmtList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (!walk_stmt(c, list->items[i])) return false;
    return !c->failed;
}

bool asy_symtable_build(Compiler *c, const Mod *mod)
{
    Scope *module = enter(c, SCOPE_MODULE, c->known[KNOWN_top], mod, NULL);
    if (!module) return false;
    c->symtable.module = module;
    bool ok = mod->kind == MOD_Expression ? walk_expr(c, mod->Expression.body)
              : mod->kind == MOD_Interactive ? walk_stmts(c, &mod->Interactive.body)
                                             : walk_stmts(c, &mod->Module.body);
    return ok && !c->failed && asy_symtable_analyse(c);
}
