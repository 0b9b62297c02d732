// asyc: compiles a module written in asy to C, when the project is built.
//
//     asyc NAME FILE.asy OUT.c
//
// OUT.c defines `const Proto asy_script_NAME` (dots of NAME as two underscores): the module's code,
// constants and all it contains as constant data, so that importing it reads no file, parses nothing
// and shares its pages between VMs. Made of lexer, parser and vm alone, before the library exists.
// Whatever goes wrong is said on stderr, with status 1.
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"
#include "vm/bytecode/code.h"
#include "vm/compiler/compiler.h"

static void *host_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size > 0) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static const AsyAllocator host = { host_resize, NULL };

// What is being written: arrays are numbered, and one that is pointed to is written before what
// points to it.
typedef struct Freezer {
    FILE *out;
    unsigned count;
} Freezer;

static void freeze_text(Freezer *f, const char *text, size_t size)
{
    fputc('"', f->out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?') fputc(c, f->out);
        else fprintf(f->out, "\\%03o", c);
    }
    fputc('"', f->out);
}

static void freeze_name(Freezer *f, ProtoName name)
{
    fputs("{ ", f->out);
    freeze_text(f, name.text, name.size);
    fprintf(f->out, ", %u }", name.size);
}

static unsigned freeze_names(Freezer *f, const ProtoName *names, uint32_t count)
{
    unsigned id = f->count++;
    fprintf(f->out, "static const ProtoName n%u[] = {\n", id);
    for (uint32_t i = 0; i < count; i++) {
        fputs("    ", f->out);
        freeze_name(f, names[i]);
        fputs(",\n", f->out);
    }
    fputs("};\n", f->out);
    return id;
}

static void freeze_double(Freezer *f, double d)
{
    if (isnan(d)) fprintf(f->out, "%s__builtin_nan(\"\")", signbit(d) ? "-" : "");
    else if (isinf(d)) fprintf(f->out, "%s__builtin_inf()", d < 0 ? "-" : "");
    else fprintf(f->out, "%a", d);
}

static unsigned freeze_proto(Freezer *f, const Proto *proto, const char *symbol);
static unsigned freeze_consts(Freezer *f, const ProtoConst *consts, uint32_t count);

// One row of an array of constants; `inner` is the number of the array or the code it points to.
static void freeze_const(Freezer *f, const ProtoConst *c, unsigned inner)
{
    static const char *const kinds[] = {
        [PROTO_NONE] = "NONE",   [PROTO_TRUE] = "TRUE",         [PROTO_FALSE] = "FALSE",
        [PROTO_INT] = "INT",     [PROTO_ELLIPSIS] = "ELLIPSIS", [PROTO_BIGINT] = "BIGINT",
        [PROTO_FLOAT] = "FLOAT", [PROTO_COMPLEX] = "COMPLEX",   [PROTO_STR] = "STR",
        [PROTO_BYTES] = "BYTES", [PROTO_TUPLE] = "TUPLE",       [PROTO_FROZENSET] = "FROZENSET",
        [PROTO_CODE] = "CODE",
    };
    fprintf(f->out, "    { .kind = PROTO_%s, .intern = %u, .count = %u, .base = %u", kinds[c->kind],
            c->intern, c->count, c->base);
    switch ((ProtoConstKind)c->kind) {
    case PROTO_NONE:
    case PROTO_TRUE:
    case PROTO_FALSE:
    case PROTO_ELLIPSIS: break;
    case PROTO_INT:
        if (c->i == INT64_MIN) fputs(", .i = INT64_MIN", f->out);
        else fprintf(f->out, ", .i = INT64_C(%" PRId64 ")", c->i);
        break;
    case PROTO_FLOAT:
    case PROTO_COMPLEX:
        fputs(", .f = ", f->out);
        freeze_double(f, c->f);
        fputs(", .f2 = ", f->out);
        freeze_double(f, c->kind == PROTO_COMPLEX ? c->f2 : 0.0);
        break;
    case PROTO_BIGINT:
    case PROTO_STR:
    case PROTO_BYTES:
        fputs(", .text = ", f->out);
        freeze_text(f, c->text, c->kind == PROTO_BIGINT ? strlen(c->text) : c->count);
        break;
    case PROTO_TUPLE:
    case PROTO_FROZENSET:
        if (c->count > 0) fprintf(f->out, ", .items = k%u", inner);
        break;
    case PROTO_CODE: fprintf(f->out, ", .proto = &p%u", inner); break;
    }
    fputs(" },\n", f->out);
}

static unsigned freeze_consts(Freezer *f, const ProtoConst *consts, uint32_t count)
{
    unsigned *inner = calloc(count, sizeof *inner);
    if (inner == NULL) {
        fputs("asyc: no memory\n", stderr);
        exit(1);
    }
    for (uint32_t i = 0; i < count; i++) {
        const ProtoConst *c = &consts[i];
        if (c->kind == PROTO_CODE) inner[i] = freeze_proto(f, c->proto, NULL);
        else if ((c->kind == PROTO_TUPLE || c->kind == PROTO_FROZENSET) && c->count > 0)
            inner[i] = freeze_consts(f, c->items, c->count);
    }
    unsigned id = f->count++;
    fprintf(f->out, "static const ProtoConst k%u[] = {\n", id);
    for (uint32_t i = 0; i < count; i++) freeze_const(f, &consts[i], inner[i]);
    fputs("};\n", f->out);
    free(inner);
    return id;
}

static unsigned freeze_bytes(Freezer *f, const uint8_t *bytes, uint32_t size)
{
    unsigned id = f->count++;
    fprintf(f->out, "static const uint8_t b%u[] = {", id);
    for (uint32_t i = 0; i < size; i++)
        fprintf(f->out, "%s%u,", i % 24 == 0 ? "\n    " : " ", bytes[i]);
    fputs("\n};\n", f->out);
    return id;
}

static unsigned freeze_code(Freezer *f, const Instr *code, uint32_t words)
{
    unsigned id = f->count++;
    fprintf(f->out, "static const Instr c%u[] = {\n", id);
    for (uint32_t i = 0; i < words; i++)
        fprintf(f->out, "    { %u, %u, %u, %u, %u },\n", code[i].op, code[i].x, code[i].a,
                code[i].b, code[i].c);
    fputs("};\n", f->out);
    return id;
}

static unsigned freeze_handlers(Freezer *f, const Handler *handlers, uint32_t count)
{
    unsigned id = f->count++;
    fprintf(f->out, "static const Handler h%u[] = {\n", id);
    for (uint32_t i = 0; i < count; i++) {
        const Handler *h = &handlers[i];
        fprintf(f->out, "    { .start = %u, .end = %u, .target = %u, .depth = %u },\n", h->start,
                h->end, h->target, h->depth);
    }
    fputs("};\n", f->out);
    return id;
}

// `symbol` names the module's own Proto, which leaves the file; NULL: one inside, called p<number>.
static unsigned freeze_proto(Freezer *f, const Proto *proto, const char *symbol)
{
    unsigned locals = 0, kinds = 0, code = 0, consts = 0, names = 0, handlers = 0, positions = 0;
    if (proto->nlocals > 0) {
        locals = freeze_names(f, proto->locals, proto->nlocals);
        kinds = freeze_bytes(f, proto->local_kinds, proto->nlocals);
    }
    if (proto->code_words > 0) code = freeze_code(f, proto->code, proto->code_words);
    if (proto->nconsts > 0) consts = freeze_consts(f, proto->consts, proto->nconsts);
    if (proto->nnames > 0) names = freeze_names(f, proto->names, proto->nnames);
    if (proto->nhandlers > 0) handlers = freeze_handlers(f, proto->handlers, proto->nhandlers);
    if (proto->positions_size > 0)
        positions = freeze_bytes(f, proto->positions, proto->positions_size);

    unsigned id = f->count++;
    if (symbol != NULL) fprintf(f->out, "const Proto asy_script_%s = {\n", symbol);
    else fprintf(f->out, "static const Proto p%u = {\n", id);
    fputs("    .name = ", f->out);
    freeze_name(f, proto->name);
    fputs(", .qualname = ", f->out);
    freeze_name(f, proto->qualname);
    fputs(", .filename = ", f->out);
    freeze_name(f, proto->filename);
    fprintf(f->out,
            ",\n    .flags = %u, .argcount = %u, .posonly = %u, .kwonly = %u, .nlocals = %u, "
            ".nslots = %u,\n",
            proto->flags, proto->argcount, proto->posonly, proto->kwonly, proto->nlocals,
            proto->nslots);
    fprintf(f->out, "    .nvars = %u, .ncells = %u, .nfree = %u, .firstlineno = %u,\n",
            proto->nvars, proto->ncells, proto->nfree, proto->firstlineno);
    if (proto->nlocals > 0)
        fprintf(f->out, "    .locals = n%u, .local_kinds = b%u,\n", locals, kinds);
    if (proto->code_words > 0)
        fprintf(f->out, "    .code = c%u, .code_words = %u,\n", code, proto->code_words);
    if (proto->nconsts > 0)
        fprintf(f->out, "    .consts = k%u, .nconsts = %u,\n", consts, proto->nconsts);
    if (proto->nnames > 0)
        fprintf(f->out, "    .names = n%u, .nnames = %u,\n", names, proto->nnames);
    if (proto->nhandlers > 0)
        fprintf(f->out, "    .handlers = h%u, .nhandlers = %u,\n", handlers, proto->nhandlers);
    if (proto->positions_size > 0)
        fprintf(f->out, "    .positions = b%u, .positions_size = %u,\n", positions,
                proto->positions_size);
    fputs("};\n", f->out);
    return id;
}

// ---- the command ----

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "asyc: %s: %s\n", what, why);
    exit(1);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path, strerror(errno));
    size_t room = 1 << 16;
    char *bytes = malloc(room);
    *size = 0;
    for (size_t got; bytes != NULL && (got = fread(bytes + *size, 1, room - *size, file)) > 0;) {
        *size += got;
        if (*size == room) bytes = realloc(bytes, room *= 2);
    }
    if (bytes == NULL) fail(path, "no memory");
    if (ferror(file)) fail(path, strerror(errno));
    fclose(file);
    return bytes;
}

static const Proto *compile_file(const char *path, const char *filename, Arena *arena,
                                 Source *source, ProtoUnit **unit)
{
    Names names;
    Diagnostics diag;
    ParseOptions parse = { .lexer = { .int_digits_max = 4300 } };
    CompileOptions compile = { .filename = filename };
    const Proto *proto = NULL;
    size_t size;
    char *bytes = read_file(path, &size);
    asy_diag_init(&diag, arena);
    if (asy_names_init(&names, arena) &&
        asy_source_init(source, &host, SOURCE_FILE, filename, bytes, size, &diag)) {
        Mod *mod = asy_parse(&host, source, PARSE_EXEC, &parse, &names, arena, &diag);
        if (mod != NULL) proto = asy_compile(&host, mod, &compile, &diag, unit);
    }
    free(bytes);
    if (proto == NULL) {
        fprintf(stderr, "%s:%" PRId64 ":%" PRId64 ": %s: %s\n", path, diag.error.line,
                diag.error.col, asy_diag_kind_name(diag.error.kind),
                diag.error.message != NULL ? diag.error.message : "no memory");
        exit(1);
    }
    return proto;
}

int main(int argc, char **argv)
{
    if (argc != 4) fail("usage", "asyc NAME FILE.asy OUT.c");
    char filename[256], symbol[256];
    int size = snprintf(filename, sizeof filename, "<frozen %s>", argv[1]);
    if (size < 0 || (size_t)size >= sizeof filename) fail(argv[1], "too long a name");
    size_t at = 0;
    for (const char *c = argv[1]; *c != 0 && at + 3 < sizeof symbol; c++) {
        symbol[at++] = *c == '.' ? '_' : *c;
        if (*c == '.') symbol[at++] = '_';
    }
    symbol[at] = 0;

    Arena arena;
    Source source = { 0 };
    ProtoUnit *unit = NULL;
    asy_arena_init(&arena, &host);
    const Proto *proto = compile_file(argv[2], filename, &arena, &source, &unit);
    Freezer freezer = { .out = fopen(argv[3], "w") };
    if (freezer.out == NULL) fail(argv[3], strerror(errno));
    fprintf(freezer.out,
            "// Made from stdlib/script by asyc.\n#include \"vm/bytecode/code.h\"\n\n"
            "extern const Proto asy_script_%s;\n",
            symbol);
    freeze_proto(&freezer, proto, symbol);
    bool written = !ferror(freezer.out);
    if (fclose(freezer.out) != 0 || !written) fail(argv[3], strerror(errno));

    asy_arena_free(&unit->arena);
    asy_free(&host, unit, sizeof *unit);
    asy_arena_free(&arena);
    asy_source_free(&source);
    return 0;
}
