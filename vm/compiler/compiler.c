// The compiler's one entrance: what a compilation owns, errors and warnings, the module's own code.
#include "vm/compiler/unit.h"

#include <stdarg.h>

#include "lexer/source.h"
#include "vm/bytecode/verify.h"

// -- errors

static Place place_of(const Compiler *c, const AstPlace *at)
{
    Place place = { 0 };
    if (!at || !at->lineno) return place;
    place = (Place){ .line = at->lineno, .col = at->col_offset, .end_line = at->end_lineno, .end_col = at->end_col_offset };
    const char *text;
    size_t len;
    const Source *source = c->diag->source;
    if (source && asy_source_line(source, at->lineno, &text, &len)) place.start = (uint32_t)(text - source->text) + at->col_offset;
    if (source && asy_source_line(source, at->end_lineno, &text, &len)) place.end = (uint32_t)(text - source->text) + at->end_col_offset;
    return place;
}

bool asy_compile_error(Compiler *c, const AstPlace *at, const char *format, ...)
{
    if (c->failed) return false;
    c->failed = true;
    Place place = place_of(c, at);
    va_list args;
    va_start(args, format);
    asy_diag_verror(c->diag, DIAG_SYNTAX, &place, format, args);
    va_end(args);
    if (!at && c->diag->error.kind == DIAG_SYNTAX) c->diag->error.line = c->diag->error.end_line = -1;
    return false;
}

bool asy_compile_no_memory(Compiler *c)
{
    if (!c->failed) asy_diag_no_memory(c->diag);
    c->failed = true;
    return false;
}

void asy_compile_warn(Compiler *c, const AstPlace *at, const char *format, ...)
{
    if (c->failed || c->quiet) return;
    char message[200];          // the longest of ours, with the longest type name
    Place place = place_of(c, at);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!asy_diag_warn(c->diag, WARNING_SYNTAX, &place, "%s", message)) c->failed = true;
}

// -- memory and names

void *asy_compile_alloc(Compiler *c, size_t size)
{
    void *result = asy_arena_zalloc(&c->work, size);
    if (!result) asy_compile_no_memory(c);
    return result;
}

bool asy_compile_grow(Compiler *c, void *items_field, uint32_t *cap, uint32_t need, size_t size)
{
    if (need <= *cap) return true;
    uint32_t grown = *cap < 8 ? 8 : *cap * 2;
    if (grown < need) grown = need;
    void *items;
    memcpy(&items, items_field, sizeof items);
    items = asy_arena_grow(&c->work, items, *cap * size, grown * size);
    if (!items) return asy_compile_no_memory(c);
    memcpy(items_field, &items, sizeof items);
    *cap = grown;
    return true;
}

const Name *asy_compile_name(Compiler *c, const char *bytes, size_t len)
{
    const Name *name = asy_names_intern(&c->names, bytes, len);
    if (name) return name;
    asy_compile_no_memory(c);
    return c->known[0];
}

const Name *asy_compile_mangle(Compiler *c, const Name *private, const Name *name)
{
    const char *s = name->bytes;
    if (!private || name->len < 3 || s[0] != '_' || s[1] != '_' || (s[name->len - 1] == '_' && s[name->len - 2] == '_') ||
        memchr(s, '.', name->len))
        return asy_compile_name(c, s, name->len);
    const char *class_name = private->bytes;
    size_t class_len = private->len;
    while (class_len && *class_name == '_') class_name++, class_len--;
    if (!class_len) return asy_compile_name(c, s, name->len);
    char *text = asy_compile_alloc(c, class_len + name->len + 2);
    if (!text) return c->known[0];
    text[0] = '_';
    memcpy(text + 1, class_name, class_len);
    memcpy(text + 1 + class_len, s, name->len);
    return asy_compile_name(c, text, 1 + class_len + name->len);
}

static bool known_names(Compiler *c)
{
    static const char *const texts[] = {
#define N(id, text) text,
        KNOWN_NAMES(N)
#undef N
    };
    for (int i = 0; i < KNOWN__COUNT; i++) {
        c->known[i] = asy_names_intern_cstr(&c->names, texts[i]);
        if (!c->known[i]) return asy_compile_no_memory(c);
    }
    return true;
}

// -- the C stack

// Bytes of C stack that a level of the tree takes, the costliest kinds counted (calls in calls, lambdas).
#if defined(__SANITIZE_ADDRESS__)
#define STACK_PER_LEVEL 4096
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_PER_LEVEL 4096
#endif
#endif
#ifndef STACK_PER_LEVEL
#ifdef __OPTIMIZE__
#define STACK_PER_LEVEL 640
#else
#define STACK_PER_LEVEL 1024
#endif
#endif

static bool stack_suffices(const Compiler *c, const Mod *mod)
{
    const char *here = __builtin_frame_address(0), *limit = c->options->c_stack_limit;
    if (!limit) return true;
    return here > limit && (size_t)(here - limit) > (size_t)mod->height * STACK_PER_LEVEL;
}

// -- the module

static const Proto *compile_module(Compiler *c, const Mod *mod)
{
    Func *f = asy_func_enter(c, FUNC_MODULE, c->symtable.module, c->known[KNOWN_module_code], 1);
    if (!f) return NULL;
    asy_func_prologue(f);
    switch (mod->kind) {
    case MOD_Expression: {
        Slot value = asy_expr(f, mod->Expression.body, TO_ANY);
        asy_emit(f, &mod->Expression.body->at, OP_RETURN, 0, value, 0, 0);
        break;
    }
    case MOD_Interactive:
        asy_namespace_body(f, &mod->Interactive.body, false);      // a string at the prompt is shown
        asy_func_end(f);
        break;
    default:
        asy_namespace_body(f, &mod->Module.body, true);
        asy_func_end(f);
        break;
    }
    if (f->awaits) f->flags |= CODE_COROUTINE | CODE_TOP_AWAIT;
    return asy_func_leave(f);
}

static bool prepare(Compiler *c, const Mod *mod)
{
    asy_arena_init(&c->work, c->allocator);
    if (!stack_suffices(c, mod)) {
        Place nowhere = { 0 };
        c->failed = true;
        return asy_diag_error(c->diag, DIAG_RECURSION, &nowhere, "maximum recursion depth exceeded during compilation");
    }
    c->annotations_future = c->options->annotations_future;
    if (!asy_names_init(&c->names, &c->unit->arena)) return asy_compile_no_memory(c);
    const char *filename = c->options->filename ? c->options->filename : "<string>";
    c->filename.size = (uint32_t)strlen(filename);
    c->filename.text = asy_arena_copy(&c->unit->arena, filename, c->filename.size);
    if (!c->filename.text) return asy_compile_no_memory(c);
    if (!known_names(c)) return false;
    if (mod->kind == MOD_Module) return asy_future_scan(c, &mod->Module.body);
    if (mod->kind == MOD_Interactive) return asy_future_scan(c, &mod->Interactive.body);
    return true;
}

const Proto *asy_compile(const AsyAllocator *allocator, const Mod *mod, const CompileOptions *options, Diagnostics *diag,
                         ProtoUnit **unit_out)
{
    *unit_out = NULL;
    ProtoUnit *unit = asy_alloc(allocator, sizeof *unit);
    if (!unit) {
        asy_diag_no_memory(diag);
        return NULL;
    }
    *unit = (ProtoUnit){ .refs = 1, .allocator = *allocator };
    asy_arena_init(&unit->arena, &unit->allocator);
    Compiler c = { .allocator = allocator, .unit = unit, .options = options, .diag = diag };
    const Proto *proto = NULL;
    if (prepare(&c, mod) && asy_symtable_build(&c, mod)) proto = compile_module(&c, mod);
    asy_arena_free(&c.work);
#ifndef NDEBUG
    if (proto && !c.failed) {
        const char *problem = asy_verify(allocator, proto);
        assert(!problem || strcmp(problem, "out of memory") == 0);     // a check that could not run found nothing
        (void)problem;
    }
#endif
    if (!proto || c.failed) {
        if (!c.failed && diag->error.kind == DIAG_NONE) asy_diag_no_memory(diag);
        asy_arena_free(&unit->arena);
        asy_free(allocator, unit, sizeof *unit);
        return NULL;
    }
    *unit_out = unit;
    return proto;
}
