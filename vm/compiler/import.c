// Imports, and the look at `from __future__` before anything else is done.
#include "vm/compiler/unit.h"

static bool name_is(const Name *name, const char *text) { return name->len == strlen(text) && memcmp(name->bytes, text, name->len) == 0; }

static Slot import_name(Func *f, const AstPlace *at, const Name *module, uint32_t level, const ProtoConst *fromlist)
{
    uint32_t index = asy_emit_const_index(f, fromlist);
    Slot result = asy_emit(f, at, OP_IMPORT_NAME, 0, TO_TEMP, asy_emit_name(f, module), level);
    asy_emit_last(f)->ext_wide = index;
    return result;
}

static void import_one(Func *f, const Stmt *s, const Alias *alias)
{
    ProtoConst none = { .kind = PROTO_NONE };
    const Name *name = alias->name;
    const char *at = memchr(name->bytes, '.', name->len), *end = name->bytes + name->len;
    Slot module = import_name(f, &s->at, asy_compile_name(f->c, name->bytes, name->len), 0, &none);
    if (!alias->asname) {
        const Name *first = at ? asy_compile_name(f->c, name->bytes, (size_t)(at - name->bytes)) : name;
        asy_var_store(f, &s->at, first, module);
        return;
    }
    // import a.b.c as x: x is c, found through a and b.
    while (at) {
        const char *part = at + 1;
        at = memchr(part, '.', (size_t)(end - part));
        const Name *attr = asy_compile_name(f->c, part, (size_t)((at ? at : end) - part));
        Slot inner = asy_emit(f, &s->at, OP_IMPORT_FROM, 0, TO_TEMP, module, asy_emit_name(f, attr));
        // The module below is dropped: it goes to a hidden local and the part takes its place.
        Slot hidden = asy_hidden_new(f);
        asy_emit(f, &s->at, OP_MOVE, 0, hidden, inner, 0);
        asy_emit_drop(f, &s->at);
        asy_emit(f, &s->at, OP_MOVE, 0, TO_TEMP, hidden, 0);
        asy_emit(f, &s->at, OP_CLEAR_LOCAL, 0, hidden, 0, 0);
        asy_hidden_free(f, hidden);
    }
    asy_var_store(f, &s->at, alias->asname, module);
}

static void import_from(Func *f, const Stmt *s)
{
    const AliasList *names = &s->ImportFrom.names;
    const Name *module = s->ImportFrom.module ? s->ImportFrom.module : f->c->known[KNOWN_empty];
    ProtoConst *items = asy_compile_alloc(f->c, names->count * sizeof *items);
    if (!items) return;
    for (uint32_t i = 0; i < names->count; i++) items[i] = asy_const_str(names->items[i]->name);
    ProtoConst fromlist = { .kind = PROTO_TUPLE, .count = names->count, .items = items };
    if (s->ImportFrom.level > UINT16_MAX) {
        asy_compile_error(f->c, &s->at, "too many dots in relative import");
        return;
    }
    Slot from = import_name(f, &s->at, asy_compile_name(f->c, module->bytes, module->len), (uint32_t)s->ImportFrom.level, &fromlist);
    if (names->count == 1 && name_is(names->items[0]->name, "*")) {
        asy_emit(f, &s->at, OP_IMPORT_STAR, 0, from, 0, 0);
        return;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        const Alias *alias = names->items[i];
        const Name *store = alias->asname ? alias->asname : alias->name;
        Slot to = asy_var_target(f, store);
        const Name *attr = asy_compile_name(f->c, alias->name->bytes, alias->name->len);
        Slot value = asy_emit(f, &s->at, OP_IMPORT_FROM, 0, to, from, asy_emit_name(f, attr));
        asy_var_store(f, &s->at, store, value);
    }
    asy_emit_drop(f, &s->at);
}

static bool is_future(const Stmt *s)
{
    return s->kind == STMT_ImportFrom && s->ImportFrom.level == 0 && s->ImportFrom.module &&
           name_is(s->ImportFrom.module, "__future__");
}

// `from __future__` further down is an error; those at the start were looked at before.
void asy_import_stmt(Func *f, const Stmt *s)
{
    if (s->kind == STMT_Import) {
        for (uint32_t i = 0; i < s->Import.names.count; i++) import_one(f, s, s->Import.names.items[i]);
        return;
    }
    const AstPlace *last = &f->c->future_at;
    if (is_future(s) && (s->lineno > last->lineno || (s->lineno == last->lineno && s->col_offset > last->col_offset))) {
        asy_compile_error(f->c, &s->at, "from __future__ imports must occur at the beginning of the file");
        return;
    }
    import_from(f, s);
}

static bool check_features(Compiler *c, const Stmt *s)
{
    AstPlace at = { s->lineno, 0, s->lineno, 0 };      // CPython blames the line

    static const char *const known[] = { "nested_scopes", "generators", "division", "absolute_import", "with_statement",
                                         "print_function", "unicode_literals", "barry_as_FLUFL", "generator_stop" };
    for (uint32_t i = 0; i < s->ImportFrom.names.count; i++) {
        const Alias *alias = s->ImportFrom.names.items[i];
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) found |= name_is(alias->name, known[k]);
        if (found) continue;
        if (name_is(alias->name, "annotations")) {
            c->annotations_future = true;
            continue;
        }
        if (name_is(alias->name, "braces")) return asy_compile_error(c, &at, "not a chance");
        return asy_compile_error(c, &at, "future feature %s is not defined", alias->name->bytes);
    }
    return true;
}

// Only a docstring and other imports of features may stand before one.
bool asy_future_scan(Compiler *c, const StmtList *body)
{
    for (uint32_t i = asy_docstring(body) ? 1 : 0; i < body->count; i++) {
        const Stmt *s = body->items[i];
        if (!is_future(s)) break;
        if (!check_features(c, s)) return false;
        c->future_at = s->at;
    }
    return true;
}
