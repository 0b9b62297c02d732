// Type parameters and type aliases (PEP 695). What they bind lives in a function of its own that is called once;
// bounds, constraints and alias values are functions called when somebody looks.
#include "vm/compiler/unit.h"

Func *asy_generic_enter(Func *outer, const Name *name, const TypeParamList *list, uint32_t firstlineno)
{
    Compiler *c = outer->c;
    static const char prefix[] = "<generic parameters of ";
    size_t size = sizeof prefix + name->len;
    char *text = asy_compile_alloc(c, size + 1);
    if (!text) return NULL;
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, name->bytes, name->len);
    text[size - 1] = '>';
    return asy_func_enter(c, FUNC_TYPE_PARAMS, asy_scope_of(c, list->items), asy_compile_name(c, text, size), firstlineno);
}

// A function without parameters that gives the value of `e`.
static void push_lazy(Func *outer, FuncKind kind, const void *node, const Name *name, const Expr *e, uint32_t lineno, const AstPlace *at)
{
    Compiler *c = outer->c;
    Func *f = asy_func_enter(c, kind, asy_scope_of(c, node), name, lineno);
    if (!f) return;
    asy_func_prologue(f);
    Slot value = asy_expr(f, e, TO_ANY);
    asy_emit(f, at, OP_RETURN, 0, value, 0, 0);
    const Proto *proto = asy_func_leave(f);
    asy_func_make(outer, at, proto, 0, 0, TO_TEMP);
}

void asy_type_params(Func *f, const TypeParamList *list, Slot want)
{
    for (uint32_t i = 0; i < list->count && !f->c->failed; i++) {
        const TypeParam *p = list->items[i];
        const Name *name = NULL;
        Intrinsic what = INTRINSIC_TYPEVAR;
        switch ((TypeParamKind)p->kind) {
        case TYPE_PARAM_TypeVar:
            name = p->TypeVar.name;
            if (p->TypeVar.bound) what = p->TypeVar.bound->kind == EXPR_Tuple ? INTRINSIC_TYPEVAR_CONSTRAINTS : INTRINSIC_TYPEVAR_BOUND;
            break;
        case TYPE_PARAM_ParamSpec: name = p->ParamSpec.name, what = INTRINSIC_PARAMSPEC; break;
        case TYPE_PARAM_TypeVarTuple: name = p->TypeVarTuple.name, what = INTRINSIC_TYPEVARTUPLE; break;
        case TYPE_PARAM__COUNT: return;
        }
        asy_emit_str(f, &p->at, name, TO_TEMP);
        if (what == INTRINSIC_TYPEVAR_BOUND || what == INTRINSIC_TYPEVAR_CONSTRAINTS)
            push_lazy(f, FUNC_TYPE_PARAMS, p, name, p->TypeVar.bound, p->lineno, &p->at);
        Slot made = asy_emit(f, &p->at, OP_INTRINSIC, 0, TO_TEMP, 0, what);
        Slot copy = asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, made, 0);
        asy_var_store(f, &p->at, name, copy);
    }
    asy_emit(f, list->count ? &list->items[0]->at : NULL, OP_BUILD_TUPLE, 0, want, 0, list->count);
}

// name, type parameters, function: the alias, left on the stack.
static void make_alias(Func *f, const Stmt *s)
{
    const Name *name = s->TypeAlias.name->Name.id;
    asy_emit_str(f, &s->at, name, TO_TEMP);
    if (s->TypeAlias.type_params.count) asy_type_params(f, &s->TypeAlias.type_params, TO_TEMP);
    else asy_emit_none(f, &s->at, TO_TEMP);
    push_lazy(f, FUNC_ALIAS, s, name, s->TypeAlias.value, s->lineno, &s->at);
    asy_emit(f, &s->at, OP_INTRINSIC, 0, TO_TEMP, 0, INTRINSIC_TYPEALIAS);
}

void asy_type_alias_stmt(Func *f, const Stmt *s)
{
    const Expr *target = s->TypeAlias.name;
    if (s->TypeAlias.type_params.count) {
        Func *generic = asy_generic_enter(f, target->Name.id, &s->TypeAlias.type_params, s->lineno);
        if (!generic) return;
        asy_func_prologue(generic);
        make_alias(generic, s);
        asy_emit(generic, &s->at, OP_RETURN, 0, asy_emit_top(generic, 0), 0, 0);
        asy_func_make(f, &s->at, asy_func_leave(generic), 0, 0, TO_TEMP);
        asy_emit(f, &s->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
        asy_emit(f, &s->at, OP_CALL, 0, TO_TEMP, 0, 0);
    } else {
        make_alias(f, s);
    }
    if (f->c->failed) return;
    asy_var_store(f, &s->at, target->Name.id, asy_emit_top(f, 0));
}
