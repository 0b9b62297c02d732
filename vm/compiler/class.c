// Class statements: the body is a function that runs in a namespace, __build_class__ makes the class of it.
#include "vm/compiler/unit.h"

static bool has_annotation(const StmtList *list);

static bool stmt_has_annotation(const Stmt *s)
{
    switch ((StmtKind)s->kind) {
    case STMT_AnnAssign: return true;
    case STMT_For: case STMT_AsyncFor: return has_annotation(&s->For.body) || has_annotation(&s->For.orelse);
    case STMT_While: return has_annotation(&s->While.body) || has_annotation(&s->While.orelse);
    case STMT_If: return has_annotation(&s->If.body) || has_annotation(&s->If.orelse);
    case STMT_With: case STMT_AsyncWith: return has_annotation(&s->With.body);
    case STMT_Match:
        for (uint32_t i = 0; i < s->Match.cases.count; i++)
            if (has_annotation(&s->Match.cases.items[i]->body)) return true;
        return false;
    case STMT_Try: case STMT_TryStar:
        for (uint32_t i = 0; i < s->Try.handlers.count; i++)
            if (has_annotation(&s->Try.handlers.items[i]->body)) return true;
        return has_annotation(&s->Try.body) || has_annotation(&s->Try.orelse) || has_annotation(&s->Try.finalbody);
    default: return false;
    }
}

static bool has_annotation(const StmtList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (stmt_has_annotation(list->items[i])) return true;
    return false;
}

void asy_namespace_body(Func *f, const StmtList *body, bool has_doc)
{
    uint32_t from = 0;
    if (has_annotation(body)) asy_emit(f, body->count ? &body->items[0]->at : NULL, OP_SETUP_ANNOTATIONS, 0, 0, 0, 0);
    const Expr *doc = has_doc ? asy_docstring(body) : NULL;
    if (doc) {
        from = 1;
        if (f->c->options->optimize < 2) asy_var_store(f, NULL, f->c->known[KNOWN_doc], asy_expr(f, doc, TO_TEMP));
    }
    asy_stmts(f, body, from);
}

static void store_name(Func *f, const AstPlace *at, KnownName name, Slot from)
{
    asy_emit(f, at, OP_STORE_NAME, 0, asy_emit_name(f, f->c->known[name]), from, 0);
}

static const Proto *class_body(Func *outer, const Stmt *s, uint32_t firstlineno)
{
    Compiler *c = outer->c;
    Func *f = asy_func_enter(c, FUNC_CLASS, asy_scope_of(c, s), s->ClassDef.name, firstlineno);
    if (!f) return NULL;
    const AstPlace start = { firstlineno, 0, firstlineno, 0 }, *at = &start;
    f->private = asy_compile_name(c, s->ClassDef.name->bytes, s->ClassDef.name->len);
    asy_func_prologue(f);
    store_name(f, at, KNOWN_module, asy_emit(f, at, OP_LOAD_NAME, 0, TO_TEMP, asy_emit_name(f, c->known[KNOWN_name]), 0));
    ProtoConst qualname = { .kind = PROTO_STR, .text = f->qualname.text, .count = f->qualname.size };
    store_name(f, at, KNOWN_qualname, asy_emit_const(f, at, &qualname, TO_TEMP));
    if (s->ClassDef.type_params.count)
        store_name(f, at, KNOWN_type_params, asy_var_load(f, at, c->known[KNOWN_dot_type_params], TO_TEMP));
    if (f->scope->needs_classdict)
        asy_emit(f, at, OP_STORE_CELL, 0, asy_var_closure(f, c->known[KNOWN_classdict]), 0, 0);
    asy_namespace_body(f, &s->ClassDef.body, true);
    if (f->scope->needs_classdict)
        store_name(f, NULL, KNOWN_classdictcell, asy_emit(f, NULL, OP_COPY, 0, TO_TEMP, asy_var_closure(f, c->known[KNOWN_classdict]), 0));
    if (f->scope->needs_class) {
        Slot cell = asy_emit(f, NULL, OP_COPY, 0, TO_TEMP, asy_var_closure(f, c->known[KNOWN_class_cell]), 0);
        Slot copy = asy_emit(f, NULL, OP_COPY, 0, TO_TEMP, cell, 0);
        store_name(f, NULL, KNOWN_classcell, copy);
        asy_emit(f, NULL, OP_RETURN, 0, cell, 0, 0);
    } else {
        asy_func_end(f);
    }
    return asy_func_leave(f);
}

// The call of __build_class__; the class is left on the stack.
static void build_class(Func *f, const Stmt *s, uint32_t firstlineno, const Name *generic_base)
{
    const AstPlace *at = &s->at;
    const Proto *proto = class_body(f, s, firstlineno);
    asy_emit(f, at, OP_LOAD_BUILD_CLASS, 0, TO_TEMP, 0, 0);
    asy_emit(f, at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
    asy_func_make(f, at, proto, 0, 0, TO_TEMP);
    asy_emit_str(f, at, s->ClassDef.name, TO_TEMP);
    asy_call_args(f, at, 2, &s->ClassDef.bases, generic_base, &s->ClassDef.keywords, TO_TEMP);
}

static const Proto *generic_class(Func *outer, const Stmt *s, uint32_t firstlineno)
{
    Compiler *c = outer->c;
    const AstPlace *at = &s->at;
    Func *f = asy_generic_enter(outer, s->ClassDef.name, &s->ClassDef.type_params, firstlineno);
    if (!f) return NULL;
    f->private = asy_compile_name(c, s->ClassDef.name->bytes, s->ClassDef.name->len);
    asy_func_prologue(f);
    asy_type_params(f, &s->ClassDef.type_params, TO_TEMP);
    asy_var_store(f, at, c->known[KNOWN_dot_type_params], asy_emit_top(f, 0));
    asy_var_load(f, at, c->known[KNOWN_dot_type_params], TO_TEMP);
    asy_emit(f, at, OP_INTRINSIC, 0, TO_TEMP, 0, INTRINSIC_GENERIC_BASE);
    asy_var_store(f, at, c->known[KNOWN_dot_generic_base], asy_emit_top(f, 0));
    build_class(f, s, firstlineno, c->known[KNOWN_dot_generic_base]);
    asy_emit(f, at, OP_RETURN, 0, asy_emit_top(f, 0), 0, 0);
    return asy_func_leave(f);
}

void asy_class_stmt(Func *f, const Stmt *s)
{
    const ExprList *decorators = &s->ClassDef.decorator_list;
    uint32_t firstlineno = decorators->count ? decorators->items[0]->lineno : s->lineno;
    asy_push_decorators(f, decorators);
    if (s->ClassDef.type_params.count) {
        asy_func_make(f, &s->at, generic_class(f, s, firstlineno), 0, 0, TO_TEMP);
        asy_emit(f, &s->at, OP_LOAD_NIL, 0, TO_TEMP, 0, 0);
        asy_emit(f, &s->at, OP_CALL, 0, TO_TEMP, 0, 0);
    } else {
        build_class(f, s, firstlineno, NULL);
    }
    asy_apply_decorators(f, decorators);
    if (f->c->failed) return;
    asy_var_store(f, &s->at, s->ClassDef.name, asy_emit_top(f, 0));
}
