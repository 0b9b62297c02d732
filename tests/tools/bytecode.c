// bytecode: the compiler by itself, for golden listings and the comparison with CPython.
//
//   bytecode [--await] FILE          the listing of FILE's code (vm/bytecode/disasm.h)
//   bytecode --facts < FILE NAMES    for each name, one a line: `FILE name`, then for each code object a
//                                    line `CODE` and a line `AT` for each word that has a position
//                                    CPython has too, or a line `ERR`; fields are separated by tabs
//   bytecode --alloc FILE            compiles it, letting each allocation fail in turn; prints how many
//
// Code is verified in all three. Exits with 1 if a file did not compile (not with --facts), with 2 if
// the verifier has a complaint or a failed allocation was not a clean MemoryError.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"
#include "vm/bytecode/disasm.h"
#include "vm/bytecode/positions.h"
#include "vm/bytecode/verify.h"
#include "vm/compiler/compiler.h"

static long allocations, fail_at = -1;      // the test's own: this is no library code

static void *host_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (!new_size) {
        free(ptr);
        return NULL;
    }
    if (fail_at >= 0 && allocations >= fail_at) return NULL;
    allocations++;
    return realloc(ptr, new_size);
}

static const AsyAllocator host = { host_resize, NULL };

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    size_t cap = 1 << 16;
    char *bytes = malloc(cap);
    *len = 0;
    while (bytes) {
        *len += fread(bytes + *len, 1, cap - *len, file);
        if (*len < cap) break;
        bytes = realloc(bytes, cap *= 2);
    }
    fclose(file);
    return bytes;
}

typedef struct Compiled {
    const Proto *proto;         // NULL: see error
    ProtoUnit *unit;
    Diag error;
    char message[512];
    const char *complaint;      // the verifier's
    char where[256];
} Compiled;

static Compiled compile(const char *path, const char *bytes, size_t len, bool top_level_await)
{
    Compiled result = { 0 };
    Arena arena;
    Diagnostics diag;
    Names names;
    Source source = { 0 };
    asy_arena_init(&arena, &host);
    asy_diag_init(&diag, &arena);
    // No \N{...} is known here; the comparison leaves files with one out.
    ParseOptions parse = { .lexer = { .int_digits_max = 4300 } };
    CompileOptions options = { .filename = path, .top_level_await = top_level_await };
    if (!asy_names_init(&names, &arena)) {
        asy_diag_no_memory(&diag);
    } else if (asy_source_init(&source, &host, SOURCE_BYTES, path, bytes, len, &diag)) {
        Mod *mod = asy_parse(&host, &source, PARSE_EXEC, &parse, &names, &arena, &diag);
        if (mod) result.proto = asy_compile(&host, mod, &options, &diag, &result.unit);
    }
    result.error = diag.error;
    snprintf(result.message, sizeof result.message, "%s", diag.error.message ? diag.error.message : "");
    if (result.proto && fail_at < 0) {
        const Proto *proto;
        uint32_t word;
        result.complaint = asy_verify_where(&host, result.proto, &proto, &word);
        if (result.complaint)
            snprintf(result.where, sizeof result.where, "%.*s, word %u", (int)proto->qualname.size, proto->qualname.text, word);
    }
    asy_source_free(&source);
    asy_arena_free(&arena);
    return result;
}

static int complain(const char *path, const Compiled *compiled)
{
    if (!compiled->complaint) return 0;
    fprintf(stderr, "%s: %s: %s\n", path, compiled->where, compiled->complaint);
    return 2;
}

static void print_error(const char *prefix, const Compiled *compiled)
{
    const Diag *e = &compiled->error;
    printf("%s%s\t", prefix, asy_diag_kind_name(e->kind));
    for (const char *c = compiled->message; *c; c++)
        if (*c == '\n') printf("\\n");
        else putchar(*c);
    printf("\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\n", e->line, e->col, e->end_line, e->end_col);
}

// -- facts

static void put_name(ProtoName name) { printf("%.*s", (int)name.size, name.text); }

static void put_locals(const Proto *p, unsigned kind)
{
    uint32_t namespace = p->flags & CODE_NAMESPACE ? 1 : 0;
    putchar('\t');
    for (uint32_t i = namespace; i < p->nlocals; i++) {
        bool wanted = kind ? (p->local_kinds[i] & kind) != 0 : i < p->nvars;
        if (!wanted) continue;
        put_name(p->locals[i]);
        putchar(' ');
    }
}

// What of CPython's instructions corresponds to ours; NULL: nothing that compares.
static const char *kind_of(unsigned op)
{
    if (op >= OP_ADD && op <= OP_SUB_I) return "binary";
    if ((op >= OP_LT && op <= OP_IN) || (op >= OP_JUMP_LT && op <= OP_JUMP_IN)) return "compare";
    switch (op) {
    case OP_CALL: case OP_CALL_KW: case OP_CALL_EX: case OP_CALL_GLOBAL: case OP_WITH_EXIT: return "call";
    case OP_LOAD_ATTR: case OP_LOAD_METHOD: case OP_LOAD_SUPER_ATTR: return "attribute";
    case OP_STORE_ATTR: return "store attribute";
    case OP_LOAD_ITEM: case OP_LOAD_ITEM_I: case OP_LOAD_SLICE: return "item";
    case OP_STORE_ITEM: return "store item";
    case OP_DELETE_ITEM: return "delete item";
    case OP_RAISE: return "raise";
    case OP_GET_ITER: return "iter";
    case OP_FOR_ITER: return "next";
    case OP_LOAD_GLOBAL: case OP_LOAD_NAME: return "name";
    case OP_IMPORT_NAME: return "import";
    case OP_MATCH_EXC: return "except";
    case OP_BEFORE_WITH: case OP_BEFORE_ASYNC_WITH: return "with";
    case OP_GET_AITER: return "aiter";
    case OP_NEGATIVE: case OP_INVERT: case OP_NOT: return "unary";
    default: return NULL;
    }
}

static void put_position(const char *kind, Position p)
{
    if (kind && p.line) printf("AT\t%s\t%u\t%d\t%u\t%d\n", kind, p.line, p.col, p.end_line, p.end_col);
}

static void put_facts(const Proto *p)
{
    printf("CODE\t");
    put_name(p->qualname);
    printf("\t%u\t%u\t%u\t%u\t%u", p->firstlineno, p->flags & 0x3ff, p->argcount, p->posonly, p->kwonly);
    put_locals(p, 0);
    put_locals(p, LOCAL_CELL);
    put_locals(p, LOCAL_FREE);
    putchar('\t');
    for (uint32_t i = 0; i < p->nnames; i++) {
        put_name(p->names[i]);
        putchar(' ');
    }
    putchar('\n');
    for (uint32_t w = 0; w < p->code_words; w += asy_op_info[p->code[w].op].words) {
        put_position(kind_of(p->code[w].op), asy_code_position(p, w));
        if (p->code[w].op == OP_CALL_GLOBAL) put_position("name", asy_code_position(p, w + 1));
    }
    for (uint32_t i = 0; i < p->nconsts; i++)
        if (p->consts[i].kind == PROTO_CODE) put_facts(p->consts[i].proto);
}

static int facts(void)
{
    char path[4096];
    int status = 0;
    while (fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        size_t len;
        char *bytes = read_file(path, &len);
        printf("FILE\t%s\n", path);
        if (!bytes) continue;
        Compiled compiled = compile(path, bytes, len, false);
        status |= complain(path, &compiled);
        if (compiled.proto) put_facts(compiled.proto);
        else print_error("ERR\t", &compiled);
        asy_proto_unit_release(NULL, compiled.unit);
        free(bytes);
    }
    return status;
}

// -- one file

static int fail_allocations(const char *path, const char *bytes, size_t len)
{
    for (long n = 0;; n++) {
        fail_at = n;
        allocations = 0;
        Compiled compiled = compile(path, bytes, len, true);
        asy_proto_unit_release(NULL, compiled.unit);
        if (compiled.proto || compiled.error.kind == DIAG_SYNTAX) {
            printf("%ld allocations\n", n);
            return 0;
        }
        if (compiled.error.kind != DIAG_MEMORY) return 2;
    }
}

static int list(const char *path, const char *bytes, size_t len, bool top_level_await)
{
    Compiled compiled = compile(path, bytes, len, top_level_await);
    int status = complain(path, &compiled);
    if (compiled.proto) {
        Buf out;
        asy_buf_init(&out, &host);
        asy_disassemble(&out, compiled.proto);
        fwrite(out.bytes, 1, out.len, stdout);
        asy_buf_free(&out);
    } else {
        print_error("", &compiled);
        status = 1;
    }
    asy_proto_unit_release(NULL, compiled.unit);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--facts") == 0) return facts();
    const char *path = argc > 1 ? argv[argc - 1] : "";
    bool top_level_await = argc == 3 && strcmp(argv[1], "--await") == 0;
    size_t len;
    char *bytes = read_file(path, &len);
    if (!bytes) {
        fprintf(stderr, "usage: bytecode [--await | --alloc] FILE, or bytecode --facts\n");
        return 1;
    }
    int status = argc == 3 && strcmp(argv[1], "--alloc") == 0 ? fail_allocations(path, bytes, len)
                                                              : list(path, bytes, len, top_level_await);
    free(bytes);
    return status;
}
