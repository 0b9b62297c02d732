// Functions: entering and leaving one, definitions, lambdas.
//
// Leaving gives the finished Proto; MAKE_FUNCTION in the function around takes defaults, annotations and the
// cells of free variables from the stack.
#include "vm/compiler/unit.h"

static int compare_names(const Name *a, const Name *b)
{
    uint32_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->bytes, b->bytes, len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static void insert_sorted(const Name **names, uint32_t *count, const Name *name)
{
    uint32_t at = *count;
    for (; at && compare_names(names[at - 1], name) > 0; at--) names[at] = names[at - 1];
    names[at] = name;
    ++*count;
}

// The free variables, or the scope's own cells and those of its comprehensions: sorted, they stand in this order.
static const Name **sorted_names(Func *f, bool free_ones, uint32_t *count_out)
{
    const Scope *scope = f->scope;
    const Name **names = asy_compile_alloc(f->c, (scope->count + scope->comp_cell_count + 2) * sizeof *names);
    uint32_t count = 0;
    if (!names) return NULL;
    for (uint32_t i = 0; i < scope->count; i++) {
        const Symbol *symbol = &scope->symbols[i];
        bool is_free = symbol->scope == SYM_SCOPE_FREE || (symbol->flags & SYM_FREE_CLASS);
        if (free_ones ? is_free : symbol->scope == SYM_SCOPE_CELL) insert_sorted(names, &count, symbol->name);
    }
    for (uint32_t i = 0; !free_ones && i < scope->comp_cell_count; i++) {
        const Symbol *symbol = asy_scope_find(scope, scope->comp_cells[i]);
        if (!symbol || symbol->scope != SYM_SCOPE_CELL) insert_sorted(names, &count, scope->comp_cells[i]);
    }
    *count_out = count;
    return names;
}

static void set_qualname(Func *f)
{
    const Name *own = f->name;
    Func *up = f->up;
    f->qualname = (ProtoName){ own->bytes, own->len };
    if (!up || f->kind == FUNC_MODULE) return;
    if (up->kind == FUNC_TYPE_PARAMS) up = up->up;
    if (!up || up->kind == FUNC_MODULE) return;
    if (f->kind == FUNC_FUNCTION || f->kind == FUNC_ASYNC || f->kind == FUNC_CLASS) {
        const Symbol *symbol = asy_scope_find(up->scope, asy_compile_mangle(f->c, up->private, own));
        if (symbol && symbol->scope == SYM_SCOPE_EXPLICIT) return;
    }
    bool function = up->kind == FUNC_FUNCTION || up->kind == FUNC_ASYNC || up->kind == FUNC_LAMBDA || up->kind == FUNC_ALIAS;
    const char *between = function ? ".<locals>." : ".";
    size_t size = up->qualname.size + strlen(between) + own->len;
    char *text = asy_arena_alloc(&f->c->unit->arena, size + 1);
    if (!text) {
        asy_compile_no_memory(f->c);
        return;
    }
    memcpy(text, up->qualname.text, up->qualname.size);
    memcpy(text + up->qualname.size, between, strlen(between));
    memcpy(text + up->qualname.size + strlen(between), own->bytes, own->len + 1);
    f->qualname = (ProtoName){ text, (uint32_t)size };
}

Func *asy_func_enter(Compiler *c, FuncKind kind, const Scope *scope, const Name *name, uint32_t firstlineno)
{
    Func *f = asy_compile_alloc(c, sizeof *f);
    if (!f || !scope) return NULL;
    f->c = c;
    f->up = c->func;
    f->kind = kind;
    f->scope = scope;
    f->name = asy_compile_name(c, name->bytes, name->len);
    f->private = f->up ? f->up->private : NULL;
    f->firstlineno = firstlineno;
    f->handler = NO_HANDLER;
    f->flow_words = (scope->count + scope->comp_names) / 64 + 1;
    f->flow.reachable = true;
    f->flow.bound = asy_compile_alloc(c, f->flow_words * sizeof(uint64_t));
    f->deletable = asy_compile_alloc(c, f->flow_words * sizeof(uint64_t));
    if (c->failed) return NULL;
    if (func_is_functionlike(f)) {
        f->flags = CODE_OPTIMIZED | CODE_NEWLOCALS;
    } else {
        f->flags = CODE_NAMESPACE | (kind == FUNC_CLASS ? CODE_CLASS : CODE_MODULE);
        Slot namespace = asy_local_slot(f, c->known[KNOWN_empty]);
        asy_flow_bind(f, namespace);
        asy_local_use(f, namespace);
    }
    if (scope->nested && func_is_functionlike(f)) f->flags |= CODE_NESTED;
    if (c->annotations_future) f->flags |= CODE_FUTURE_ANNOTATIONS;
    set_qualname(f);
    f->frees = sorted_names(f, true, &f->free_count);
    for (uint32_t i = 0; i < f->free_count && !c->failed; i++)
        if (!asy_map_put(c, &f->free_map, f->frees[i], SLOT_FREE + i)) return NULL;
    if (c->failed) return NULL;
    c->func = f;
    return f;
}

// Cells are known once the parameters have their slots.
void asy_func_prologue(Func *f)
{
    Compiler *c = f->c;
    uint32_t count, count_named;
    const Name **names = sorted_names(f, false, &count_named);
    if (!names) return;
    count = count_named;
    f->cells = asy_compile_alloc(c, (count + 2) * sizeof *f->cells);
    if (!f->cells) return;
    if (f->scope->needs_class) names[count++] = c->known[KNOWN_class_cell];
    if (f->scope->needs_classdict) names[count++] = c->known[KNOWN_classdict];
    for (uint32_t i = 0; i < count; i++) {
        const Symbol *symbol = asy_scope_find(f->scope, names[i]);
        bool own = i >= count_named || (symbol && symbol->scope == SYM_SCOPE_CELL);
        uint32_t *param = own ? asy_map_find(&f->local_map, names[i]) : NULL;
        Slot slot = param ? *param : SLOT_CELL + f->cell_count;
        if (!param) f->cells[f->cell_count++] = names[i];
        if (!asy_map_put(c, &f->cell_map, names[i], slot)) return;
        // The cells of inlined comprehensions' variables are made where these begin.
        if (!own) continue;
        asy_emit(f, NULL, OP_MAKE_CELL, 0, slot, 0, 0);
        if (param) asy_flow_unbind(f, slot);
    }
    if (f->free_count) asy_emit(f, NULL, OP_COPY_FREE, 0, SLOT_FREE, f->free_count, 0);
}

const Proto *asy_func_leave(Func *f)
{
    Compiler *c = f->c;
    const Proto *proto = c->failed ? NULL : asy_finish(f);
    c->func = f->up;
    return proto;
}

Slot asy_func_make(Func *f, const AstPlace *at, const Proto *proto, unsigned x, uint32_t pushed, Slot want)
{
    if (f->c->failed) return TO_TEMP;
    if (proto->nfree) {
        for (uint32_t i = 0; i < proto->nfree; i++) {
            ProtoName name = proto->locals[proto->nlocals - proto->nfree + i];
            Slot cell = asy_var_closure(f, asy_compile_name(f->c, name.text, name.size));
            asy_emit(f, at, OP_COPY, 0, TO_TEMP, cell, 0);
        }
        asy_emit(f, at, OP_BUILD_TUPLE, 0, TO_TEMP, 0, proto->nfree);
        x |= X_CLOSURE;
        pushed++;
    }
    ProtoConst code = { .kind = PROTO_CODE, .proto = proto };
    uint32_t index = asy_emit_const_index(f, &code);
    Slot result = asy_emit(f, at, OP_MAKE_FUNCTION, x, want, 0, pushed);
    asy_emit_last(f)->ext_wide = index;
    return result;
}

// -- parameters

static void declare_params(Func *f, const ArgList *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const Name *name = asy_compile_mangle(f->c, f->private, list->items[i]->arg);
        Slot slot = asy_local_slot(f, name);
        asy_flow_bind(f, slot);
        asy_local_use(f, slot);
        f->nparams++;
    }
}

static void declare_arguments(Func *f, const Arguments *a)
{
    f->posonly = a->posonlyargs.count;
    f->argcount = a->posonlyargs.count + a->args.count;
    f->kwonly = a->kwonlyargs.count;
    declare_params(f, &a->posonlyargs);
    declare_params(f, &a->args);
    declare_params(f, &a->kwonlyargs);
    if (a->vararg) {
        f->flags |= CODE_VARARGS;
        declare_params(f, &(ArgList){ 1, (Arg **)&a->vararg });
    }
    if (a->kwarg) {
        f->flags |= CODE_VARKEYWORDS;
        declare_params(f, &(ArgList){ 1, (Arg **)&a->kwarg });
    }
}

static void check_params(Func *f, const Arguments *a)
{
    const ArgList *lists[] = { &a->posonlyargs, &a->args, &a->kwonlyargs };
    for (int l = 0; l < 3; l++)
        for (uint32_t i = 0; i < lists[l]->count; i++)
            if (!asy_var_check(f, &lists[l]->items[i]->at, lists[l]->items[i]->arg, CTX_Store)) return;
    if (a->vararg && !asy_var_check(f, &a->vararg->at, a->vararg->arg, CTX_Store)) return;
    if (a->kwarg) asy_var_check(f, &a->kwarg->at, a->kwarg->arg, CTX_Store);
}

// Pushes the defaults; the result says what was pushed (X_*) and how many values that are.
static unsigned push_defaults(Func *f, const Arguments *a, const AstPlace *at, uint32_t *pushed)
{
    unsigned x = 0;
    if (a->defaults.count) {
        ProtoConst *consts = asy_compile_alloc(f->c, a->defaults.count * sizeof *consts);
        bool constant = consts != NULL;
        for (uint32_t i = 0; constant && i < a->defaults.count; i++) constant = asy_fold(f, a->defaults.items[i], &consts[i]);
        ProtoConst tuple = { .kind = PROTO_TUPLE, .count = a->defaults.count, .items = consts };
        if (constant) asy_emit_const(f, at, &tuple, TO_TEMP);
        else asy_expr_sequence(f, at, &a->defaults, OP_BUILD_TUPLE, TO_TEMP);
        x |= X_DEFAULTS;
        ++*pushed;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->kw_defaults.count; i++) {
        if (!a->kw_defaults.items[i]) continue;
        asy_emit_str(f, at, asy_compile_mangle(f->c, f->private, a->kwonlyargs.items[i]->arg), TO_TEMP);
        asy_expr(f, a->kw_defaults.items[i], TO_TEMP);
        count++;
    }
    if (count) {
        asy_emit(f, at, OP_BUILD_MAP, 0, TO_TEMP, 0, count);
        x |= X_KWDEFAULTS;
        ++*pushed;
    }
    return x;
}

static uint32_t push_annotation(Func *f, const Name *name, const Expr *annotation, const AstPlace *at)
{
    if (!annotation) return 0;
    asy_emit_str(f, at, asy_compile_mangle(f->c, f->private, name), TO_TEMP);
    if (annotation->kind == EXPR_Starred && !f->c->annotations_future) {    // *args: *Ts
        asy_emit_unpack(f, &annotation->at, asy_expr(f, annotation->Starred.value, TO_ANY), 1, UINT32_MAX);
    } else {
        asy_annotation(f, annotation, TO_TEMP);
    }
    return 2;
}

static unsigned push_annotations(Func *f, const Arguments *a, const Expr *returns, const AstPlace *at, uint32_t *pushed)
{
    uint32_t count = 0;
    const ArgList *lists[] = { &a->args, &a->posonlyargs };
    for (int l = 0; l < 2; l++)
        for (uint32_t i = 0; i < lists[l]->count; i++) count += push_annotation(f, lists[l]->items[i]->arg, lists[l]->items[i]->annotation, at);
    if (a->vararg) count += push_annotation(f, a->vararg->arg, a->vararg->annotation, at);
    for (uint32_t i = 0; i < a->kwonlyargs.count; i++) count += push_annotation(f, a->kwonlyargs.items[i]->arg, a->kwonlyargs.items[i]->annotation, at);
    if (a->kwarg) count += push_annotation(f, a->kwarg->arg, a->kwarg->annotation, at);
    count += push_annotation(f, f->c->known[KNOWN_return_], returns, at);
    if (!count) return 0;
    asy_emit(f, at, OP_BUILD_TUPLE, 0, TO_TEMP, 0, count);
    ++*pushed;
    return X_ANNOTATIONS;
}

// -- definitions

void asy_push_decorators(Func *f, const ExprList *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        asy_expr(f, list->items[i], TO_TEMP);
        asy_emit(f, &list->items[i]->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
    }
}

void asy_apply_decorators(Func *f, const ExprList *list)
{
    for (uint32_t i = list->count; i-- > 0;) asy_emit(f, &list->items[i]->at, OP_CALL, 0, TO_TEMP, 0, 1);
}

void asy_func_end(Func *f)
{
    ProtoConst none = { .kind = PROTO_NONE };
    if (f->flow.reachable) asy_emit(f, NULL, OP_RETURN_CONST, 0, 0, asy_emit_const_index(f, &none), 0);
}

static Slot function_body(Func *outer, const Stmt *s, uint32_t firstlineno, unsigned x, uint32_t pushed)
{
    const StmtList *body = &s->FunctionDef.body;
    const Scope *scope = asy_scope_of(outer->c, s);
    bool is_async = s->kind == STMT_AsyncFunctionDef;
    Func *f = asy_func_enter(outer->c, is_async ? FUNC_ASYNC : FUNC_FUNCTION, scope, s->FunctionDef.name, firstlineno);
    if (!f) return TO_TEMP;
    declare_arguments(f, s->FunctionDef.args);
    if (is_async) f->flags |= scope->generator ? CODE_ASYNC_GENERATOR : CODE_COROUTINE;
    else if (scope->generator) f->flags |= CODE_GENERATOR;
    asy_func_prologue(f);
    const Expr *doc = asy_docstring(body);
    if (doc && f->c->options->optimize < 2) {
        ProtoConst k = asy_const_of(f->c, &doc->Constant.value);
        asy_emit_const_index(f, &k);
        f->flags |= CODE_METHOD_DOC;
    }
    asy_stmts(f, body, doc ? 1 : 0);
    asy_func_end(f);
    const Proto *proto = asy_func_leave(f);
    return asy_func_make(outer, &s->at, proto, x, pushed, TO_TEMP);
}

// def f[T](...): a function that makes the type parameters and then f, called once. f's defaults are evaluated
// outside and are its arguments.
static const Proto *generic_function(Func *outer, const Stmt *s, uint32_t firstlineno, bool defaults, bool kwdefaults)
{
    const TypeParamList *params = &s->FunctionDef.type_params;
    const AstPlace *at = &s->at;
    Func *f = asy_generic_enter(outer, s->FunctionDef.name, params, firstlineno);
    if (!f) return NULL;
    unsigned x = 0;
    Slot arguments[2];
    uint32_t pushed = 0;
    if (defaults) x |= X_DEFAULTS, arguments[f->nparams++] = asy_local_slot(f, f->c->known[KNOWN_dot_defaults]);
    if (kwdefaults) x |= X_KWDEFAULTS, arguments[f->nparams++] = asy_local_slot(f, f->c->known[KNOWN_dot_kwdefaults]);
    f->argcount = f->nparams;
    for (uint32_t i = 0; i < f->nparams; i++) {
        asy_flow_bind(f, arguments[i]);
        asy_local_use(f, arguments[i]);
    }
    asy_func_prologue(f);
    Slot tuple = asy_hidden_new(f);
    asy_type_params(f, params, tuple);
    for (; pushed < f->nparams; pushed++) asy_emit(f, at, OP_MOVE, 0, TO_TEMP, arguments[pushed], 0);
    x |= push_annotations(f, s->FunctionDef.args, s->FunctionDef.returns, at, &pushed);
    function_body(f, s, firstlineno, x, pushed);
    asy_emit(f, at, OP_MOVE, 0, TO_TEMP, tuple, 0);
    Slot result = asy_emit(f, at, OP_INTRINSIC, 0, TO_TEMP, 0, INTRINSIC_SET_TYPE_PARAMS);
    asy_emit(f, at, OP_RETURN, 0, result, 0, 0);
    return asy_func_leave(f);
}

void asy_function_stmt(Func *f, const Stmt *s)
{
    const Arguments *args = s->FunctionDef.args;
    const ExprList *decorators = &s->FunctionDef.decorator_list;
    uint32_t firstlineno = decorators->count ? decorators->items[0]->lineno : s->lineno;
    uint32_t pushed = 0;
    check_params(f, args);
    asy_push_decorators(f, decorators);
    if (s->FunctionDef.type_params.count) {
        bool kwdefaults = false;
        for (uint32_t i = 0; i < args->kw_defaults.count; i++) kwdefaults |= args->kw_defaults.items[i] != NULL;
        const Proto *generic = generic_function(f, s, firstlineno, args->defaults.count > 0, kwdefaults);
        asy_func_make(f, &s->at, generic, 0, 0, TO_TEMP);
        asy_emit(f, &s->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
        push_defaults(f, args, &s->at, &pushed);
        asy_emit(f, &s->at, OP_CALL, 0, TO_TEMP, 0, pushed);
    } else {
        unsigned x = push_defaults(f, args, &s->at, &pushed);
        x |= push_annotations(f, args, s->FunctionDef.returns, &s->at, &pushed);
        function_body(f, s, firstlineno, x, pushed);
    }
    asy_apply_decorators(f, decorators);
    if (f->c->failed) return;
    asy_var_store(f, &s->at, s->FunctionDef.name, asy_emit_top(f, 0));
}

Slot asy_lambda(Func *f, const Expr *e, Slot want)
{
    const Arguments *args = e->Lambda.args;
    uint32_t pushed = 0;
    check_params(f, args);
    unsigned x = push_defaults(f, args, &e->at, &pushed);
    const Scope *scope = asy_scope_of(f->c, e);
    Func *inner = asy_func_enter(f->c, FUNC_LAMBDA, scope, f->c->known[KNOWN_lambda], e->lineno);
    if (!inner) return TO_TEMP;
    declare_arguments(inner, args);
    if (scope->generator) inner->flags |= CODE_GENERATOR;
    asy_func_prologue(inner);
    Slot value = asy_expr(inner, e->Lambda.body, TO_ANY);
    AstPlace at = { e->lineno, 0, e->lineno, 0 };      // CPython's
    asy_emit(inner, &at, OP_RETURN, 0, value, 0, 0);
    const Proto *proto = asy_func_leave(inner);
    return asy_func_make(f, &e->at, proto, x, pushed, want);
}
