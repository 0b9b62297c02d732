// Source text to code objects, with errors and warnings as exceptions.
#include "lexer/lexer.h"
#include "lexer/source.h"
#include "parser/parser.h"
#include "vm/compiler/compiler.h"
#include "vm/core/abstract.h"
#include "vm/interp/import.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/unicode_names.h"

static Value number_or_none(int64_t n) { return n < 0 ? ASY_NONE : asy_from_small(n); }

// Raises what `diag` holds as SyntaxError(msg, (filename, lineno, offset, text, end_lineno, end_offset)).
void asy_raise_diag(VM *vm, const Diagnostics *diag, const char *filename, const Source *source)
{
    const Diag *e = &diag->error;
    ExcKind kind = e->kind == DIAG_INDENTATION ? EXC_IndentationError : e->kind == DIAG_TAB ? EXC_TabError : EXC_SyntaxError;
    if (e->kind == DIAG_MEMORY) {
        asy_raise_memory(vm);
        return;
    }
    if (e->kind == DIAG_RECURSION) {
        asy_raise(vm, EXC_RecursionError, "%s", e->message);
        return;
    }
    Value text = ASY_NONE, details = ASY_NIL, exc = ASY_NIL;
    StrObj *message = asy_str_decode(vm, e->message, strlen(e->message), "replace");
    StrObj *file = asy_str_decode(vm, filename, strlen(filename), "surrogateescape");
    const char *line;
    size_t len;
    if (e->line > 0 && source && asy_source_line(source, (uint32_t)e->line, &line, &len)) {
        StrObj *s = asy_str_decode(vm, line, len, "replace");
        if (!s) goto done;
        text = asy_from_obj(s);
    }
    if (!message || !file) goto done;
    details = asy_tuple_pack(vm, 6, asy_from_obj(file), number_or_none(e->line), asy_from_small(e->col), text,
                             number_or_none(e->end_line), asy_from_small(e->end_col));
    if (asy_is_err(details)) goto done;
    exc = asy_call2(vm, asy_from_obj(vm->exc[kind]), asy_from_obj(message), details);
    if (!asy_is_err(exc)) {
        asy_raise_object(vm, exc);
        asy_release(vm, exc);
    }
done:
    asy_release_obj(vm, message);
    asy_release_obj(vm, file);
    asy_release(vm, text);
    if (!asy_is_err(details)) asy_release(vm, details);
}

// The compiler's warnings go through warnings.warn_explicit; one that a filter makes an error becomes a SyntaxError.
static bool give_warnings(VM *vm, const Diagnostics *diag, const char *filename, const Source *source)
{
    for (const Warning *w = diag->warnings; w; w = w->next) {
        Value warn = asy_import_attr(vm, "warnings", "warn_explicit");
        if (asy_is_err(warn)) return false;
        ExcKind kind = w->kind == WARNING_SYNTAX ? EXC_SyntaxWarning : EXC_DeprecationWarning;
        StrObj *message = asy_str_from_c(vm, w->message);
        StrObj *file = message ? asy_str_decode(vm, filename, strlen(filename), "surrogateescape") : NULL;
        Value r = ASY_ERR;
        if (file) {
            Value args[] = { asy_from_obj(message), asy_from_obj(vm->exc[kind]), asy_from_obj(file), asy_from_small(w->line) };
            r = asy_call(vm, warn, args, 4, ASY_NIL);
        }
        asy_release_obj(vm, message);
        asy_release_obj(vm, file);
        asy_release(vm, warn);
        if (!asy_is_err(r)) {
            asy_release(vm, r);
            continue;
        }
        if (asy_error_catch(vm, kind)) {
            Diagnostics as_error = *diag;
            as_error.error = (Diag){ .kind = DIAG_SYNTAX, .message = w->message, .line = w->line, .col = w->col,
                                     .end_line = w->line, .end_col = w->col };
            asy_raise_diag(vm, &as_error, filename, source);
        }
        return false;
    }
    return true;
}

// \N{...}
static bool find_character(void *ud, const char *name, size_t len, uint32_t *code_point)
{
    (void)ud;
    return asy_unicode_name_find(name, len, code_point);
}

// A source being parsed: what it takes, from open to close.
typedef struct Parsing {
    AsyAllocator allocator;
    Arena arena;
    Diagnostics diag;
    Source source;
    bool have_source;
    ParseMode mode;
} Parsing;

// The tree, NULL: why is in p->diag.
static const Mod *parsing_open(VM *vm, Parsing *p, const char *text, size_t size, const char *filename, const char *mode, unsigned flags)
{
    p->allocator = asy_mem_allocator(vm);
    asy_arena_init(&p->arena, &p->allocator);
    asy_diag_init(&p->diag, &p->arena);
    p->source = (Source){ 0 };
    Names names;
    SourceKind kind = flags & COMPILE_SOURCE_IS_STR ? SOURCE_STRING
                      : flags & COMPILE_SOURCE_IS_FILE ? SOURCE_FILE
                                                       : SOURCE_BYTES;
    p->mode = strcmp(mode, "eval") == 0 ? PARSE_EVAL : strcmp(mode, "single") == 0 ? PARSE_SINGLE : PARSE_EXEC;
    p->have_source = asy_source_init(&p->source, &p->allocator, kind, filename, text, size, &p->diag);
    if (!p->have_source || !asy_names_init(&names, &p->arena)) return NULL;
    ParseOptions options = { .allow_incomplete = flags & COMPILE_ALLOW_INCOMPLETE };
    options.lexer.int_digits_max = vm->int_digits_max;
    options.lexer.name_lookup = find_character;
    return asy_parse(&p->allocator, &p->source, p->mode, &options, &names, &p->arena, &p->diag);
}

// Sets the exception that the diagnostics stand for, unless one is set.
static void parsing_raise(VM *vm, Parsing *p, const char *filename, unsigned flags)
{
    if (asy_error_pending(vm)) return;
    if (p->diag.error.incomplete && flags & COMPILE_ALLOW_INCOMPLETE) asy_raise(vm, EXC_EOFError, "incomplete input");
    else if (p->diag.error.kind == DIAG_NONE) asy_raise_memory(vm);
    else asy_raise_diag(vm, &p->diag, filename, p->have_source ? &p->source : NULL);
}

static void parsing_close(Parsing *p)
{
    asy_source_free(&p->source);
    asy_arena_free(&p->arena);
}

CodeObj *asy_compile_source(VM *vm, const char *text, size_t size, const char *filename, const char *mode,
                            unsigned flags, int optimize)
{
    return asy_compile_edited(vm, text, size, filename, mode, flags, optimize, NULL, NULL);
}

CodeObj *asy_compile_edited(VM *vm, const char *text, size_t size, const char *filename, const char *mode, unsigned flags, int optimize,
                            TreeUse edit, void *ud)
{
    Parsing p;
    CodeObj *code = NULL;
    ProtoUnit *unit = NULL;
    const Mod *mod = parsing_open(vm, &p, text, size, filename, mode, flags);
    if (mod && (!edit || edit(vm, mod, ud))) {
        CompileOptions how = { .filename = filename,
                               .top_level_await = flags & COMPILE_TOP_AWAIT,
                               .interactive = p.mode == PARSE_SINGLE,
                               .optimize = optimize,
                               .annotations_future = flags & COMPILE_FUTURE_ANNOTATIONS,
                               .c_stack_limit = vm->thread->c_stack_limit };
        const Proto *proto = asy_compile(&p.allocator, mod, &how, &p.diag, &unit);
        if (proto && give_warnings(vm, &p.diag, filename, &p.source)) code = asy_code_new(vm, proto, unit);
    }
    if (!code) parsing_raise(vm, &p, filename, flags);
    asy_proto_unit_release(vm, unit);
    parsing_close(&p);
    return code;
}

bool asy_parse_source(VM *vm, const char *text, size_t size, const char *filename, const char *mode, unsigned flags, TreeUse use, void *ud)
{
    Parsing p;
    const Mod *mod = parsing_open(vm, &p, text, size, filename, mode, flags);
    bool ok = mod && give_warnings(vm, &p.diag, filename, &p.source) && use(vm, mod, ud);
    if (!ok) parsing_raise(vm, &p, filename, flags);
    parsing_close(&p);
    return ok;
}
