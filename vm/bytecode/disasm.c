// The listing of code (disasm.h says how it looks).
#include "vm/bytecode/disasm.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "vm/bytecode/positions.h"

// -- constants

static void put_double(Buf *out, double d)
{
    char text[40];
    if (isinf(d)) {
        asy_buf_puts(out, d < 0 ? "-inf" : "inf");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {      // the shortest that reads back as the same
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d) break;
    }
    asy_buf_puts(out, text);
    if (d == d && !strpbrk(text, ".en")) asy_buf_puts(out, ".0");
}

static void put_quoted(Buf *out, const char *text, uint32_t count, bool bytes)
{
    bool single = memchr(text, '\'', count) != NULL, both = single && memchr(text, '"', count) != NULL;
    char quote = single && !both ? '"' : '\'';
    if (bytes) asy_buf_putc(out, 'b');
    asy_buf_putc(out, quote);
    for (uint32_t i = 0; i < count; i++) {
        unsigned char ch = (unsigned char)text[i];
        if (ch == '\n') asy_buf_puts(out, "\\n");
        else if (ch == '\t') asy_buf_puts(out, "\\t");
        else if (ch == '\r') asy_buf_puts(out, "\\r");
        else if (ch == '\\' || ch == quote) asy_buf_printf(out, "\\%c", ch);
        else if (ch < 32 || ch == 127 || (bytes && ch > 127)) asy_buf_printf(out, "\\x%02x", ch);
        else asy_buf_putc(out, (char)ch);
    }
    asy_buf_putc(out, quote);
}

static void put_items(Buf *out, const ProtoConst *k)
{
    for (uint32_t i = 0; i < k->count; i++) {
        if (i) asy_buf_puts(out, ", ");
        asy_const_repr(out, &k->items[i]);
    }
}

static void put_complex(Buf *out, const ProtoConst *k)
{
    bool real = k->f2 != 0 || signbit(k->f2);
    if (real) {
        asy_buf_putc(out, '(');
        put_double(out, k->f2);
        if (!signbit(k->f)) asy_buf_putc(out, '+');
    }
    put_double(out, k->f);
    if (out->len > 2 && memcmp(out->bytes + out->len - 2, ".0", 2) == 0) out->len -= 2, out->bytes[out->len] = '\0';
    asy_buf_puts(out, real ? "j)" : "j");
}

void asy_const_repr(Buf *out, const ProtoConst *k)
{
    switch ((ProtoConstKind)k->kind) {
    case PROTO_NONE: asy_buf_puts(out, "None"); break;
    case PROTO_TRUE: asy_buf_puts(out, "True"); break;
    case PROTO_FALSE: asy_buf_puts(out, "False"); break;
    case PROTO_ELLIPSIS: asy_buf_puts(out, "Ellipsis"); break;
    case PROTO_INT: asy_buf_printf(out, "%" PRId64, k->i); break;
    case PROTO_BIGINT:
        asy_buf_puts(out, k->base == 16 ? "0x" : k->base == 8 ? "0o" : k->base == 2 ? "0b" : "");
        asy_buf_append(out, k->text, k->count);
        break;
    case PROTO_FLOAT: put_double(out, k->f); break;
    case PROTO_COMPLEX: put_complex(out, k); break;
    case PROTO_STR: case PROTO_BYTES: put_quoted(out, k->text, k->count, k->kind == PROTO_BYTES); break;
    case PROTO_TUPLE:
        asy_buf_putc(out, '(');
        put_items(out, k);
        asy_buf_puts(out, k->count == 1 ? ",)" : ")");
        break;
    case PROTO_FROZENSET:
        asy_buf_puts(out, "frozenset({");
        put_items(out, k);
        asy_buf_puts(out, "})");
        break;
    case PROTO_CODE: asy_buf_printf(out, "<code %.*s>", (int)k->proto->name.size, k->proto->name.text); break;
    }
}

// -- operands

static void put_slot(Buf *out, const Proto *p, uint32_t slot, bool consumed)
{
    if (slot >= p->nlocals) asy_buf_printf(out, " t%u%s", slot - p->nlocals, consumed ? "^" : "");
    else if (p->locals[slot].size && !(p->flags & CODE_NAMESPACE && slot == 0)) asy_buf_printf(out, " %.*s", (int)p->locals[slot].size, p->locals[slot].text);
    else asy_buf_printf(out, " r%u", slot);
}

static void put_const(Buf *out, const Proto *p, uint32_t index)
{
    asy_buf_putc(out, ' ');
    if (index < p->nconsts) asy_const_repr(out, &p->consts[index]);
    else asy_buf_printf(out, "const %u", index);
}

static void put_operand(Buf *out, const Proto *p, const Instr *i, char kind, uint16_t value, unsigned bit)
{
    switch (kind) {
    case 'D': case 'V': case 'L': case 'C': case 'P': case 'W': put_slot(out, p, value, false); break;
    case 'R': case 'T': put_slot(out, p, value, (i->x & bit) != 0); break;
    case 'N': asy_buf_printf(out, " %u", value); break;
    case 'I': asy_buf_printf(out, " #%d", (int16_t)value); break;
    case 'M':
        if (value < p->nnames) asy_buf_printf(out, " .%.*s", (int)p->names[value].size, p->names[value].text);
        break;
    default: break;
    }
}

static void put_variant(Buf *out, const Instr *i)
{
    static const char *const conversions[] = { "", " !s", " !r", " !a" };
    switch (i->op) {
    case OP_FORMAT:
        asy_buf_puts(out, conversions[(i->x & X_CONV_MASK) >> 4]);
        if (i->x & X_SPEC) asy_buf_puts(out, " spec");
        break;
    case OP_MAKE_FUNCTION:
        if (i->x & X_DEFAULTS) asy_buf_puts(out, " defaults");
        if (i->x & X_KWDEFAULTS) asy_buf_puts(out, " kwdefaults");
        if (i->x & X_ANNOTATIONS) asy_buf_puts(out, " annotations");
        if (i->x & X_CLOSURE) asy_buf_puts(out, " closure");
        break;
    case OP_MOVE: case OP_LOAD_CELL: case OP_DELETE_CELL: case OP_LOAD_GLOBAL: case OP_LOAD_NAME:
        if (i->x & X_FREE) asy_buf_puts(out, " free");
        if (i->x & X_CALLEE) asy_buf_puts(out, " callee");
        break;
    case OP_LOAD_SUPER_ATTR: if (i->x & X_METHOD) asy_buf_puts(out, " method"); break;
    default:
        if (!(i->x & X_NEGATE)) break;
        if ((i->op >= OP_ADD && i->op <= OP_SUB_I)) asy_buf_puts(out, " inplace");
        else asy_buf_puts(out, " not");
        break;
    }
}

static void put_extension(Buf *out, const Proto *p, const Instr *i, uint32_t word)
{
    const OpInfo *info = &asy_op_info[i->op];
    if (info->flags & OPF_JUMPS) {
        asy_buf_printf(out, " -> %u", word + (uint32_t)(info->words == 2 ? asy_instr_wide(i[1]) : asy_instr_wide(*i)));
        return;
    }
    switch (i->op) {
    case OP_LOAD_CONST: case OP_RETURN_CONST: put_const(out, p, (uint32_t)asy_instr_wide(*i)); break;
    case OP_LOAD_INT: asy_buf_printf(out, " %d", asy_instr_wide(*i)); break;
    case OP_CALL_GLOBAL: asy_buf_printf(out, " .%.*s", (int)p->names[i[1].a].size, p->names[i[1].a].text); break;
    case OP_CALL_KW: case OP_MAKE_FUNCTION: case OP_IMPORT_NAME: put_const(out, p, (uint32_t)asy_instr_wide(i[1])); break;
    case OP_MATCH_CLASS:
        asy_buf_printf(out, " %u", i[1].a);
        put_const(out, p, (uint32_t)asy_instr_wide(i[1]));
        break;
    case OP_LOAD_NAME_OR_CELL: put_slot(out, p, i[1].a, false); break;
    case OP_UNPACK_EX: asy_buf_printf(out, " %u", i[1].a); break;
    case OP_INTRINSIC: asy_buf_printf(out, " %s", asy_intrinsic_name(i->c)); break;
    default: break;
    }
}

static void put_instr(Buf *out, const Proto *p, uint32_t word, uint32_t line, uint32_t *last_line)
{
    const Instr *i = &p->code[word];
    const OpInfo *info = &asy_op_info[i->op];
    if (line && line != *last_line) asy_buf_printf(out, "%5u", line);
    else asy_buf_puts(out, "     ");
    *last_line = line;
    asy_buf_printf(out, " %4u %-16s", word, info->name);
    put_operand(out, p, i, info->a, i->a, X_A);
    put_operand(out, p, i, info->b, i->b, X_B);
    if (i->op != OP_FORMAT || (i->x & X_SPEC)) put_operand(out, p, i, info->c, i->c, X_C);
    put_extension(out, p, i, word);
    put_variant(out, i);
    asy_buf_putc(out, '\n');
}

// -- functions

static void put_facts(Buf *out, const Proto *p)
{
    static const struct { uint32_t flag; const char *name; } flags[] = {
        { CODE_VARARGS, "varargs" }, { CODE_VARKEYWORDS, "varkeywords" }, { CODE_NESTED, "nested" },
        { CODE_GENERATOR, "generator" }, { CODE_COROUTINE, "coroutine" }, { CODE_ASYNC_GENERATOR, "async-generator" },
        { CODE_CLASS, "class" }, { CODE_MODULE, "module" }, { CODE_TOP_AWAIT, "top-await" }, { CODE_METHOD_DOC, "doc" },
    };
    asy_buf_printf(out, "== %.*s\n", (int)p->qualname.size, p->qualname.text);
    if (p->argcount || p->kwonly) asy_buf_printf(out, "  parameters %u, positional-only %u, keyword-only %u\n", p->argcount, p->posonly, p->kwonly);
    asy_buf_puts(out, "  flags");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (p->flags & flags[i].flag) asy_buf_printf(out, " %s", flags[i].name);
    asy_buf_puts(out, "\n  locals");
    for (uint32_t i = 0; i < p->nlocals; i++) {
        asy_buf_putc(out, ' ');
        if (p->locals[i].size) asy_buf_append(out, p->locals[i].text, p->locals[i].size);
        else asy_buf_printf(out, "r%u", i);
        uint8_t kind = p->local_kinds[i];
        asy_buf_puts(out, kind & LOCAL_CELL ? "(cell)" : kind & LOCAL_FREE ? "(free)" : "");
    }
    asy_buf_printf(out, "; %u temporaries\n", p->nslots - p->nlocals);
    for (uint32_t i = 0; i < p->nhandlers; i++) {
        const Handler *h = &p->handlers[i];
        asy_buf_printf(out, "  handler %u..%u -> %u keeps %u\n", h->start, h->end, h->target, h->depth - p->nlocals);
    }
}

void asy_disassemble(Buf *out, const Proto *p)
{
    put_facts(out, p);
    PositionReader positions = asy_positions_read(p);
    uint32_t last_line = 0;
    bool more = asy_positions_next(&positions);
    for (uint32_t word = 0; word < p->code_words; word += asy_op_info[p->code[word].op].words) {
        while (more && word >= positions.end) more = asy_positions_next(&positions);
        put_instr(out, p, word, positions.position.line, &last_line);
    }
    for (uint32_t i = 0; i < p->nconsts; i++) {
        if (p->consts[i].kind != PROTO_CODE) continue;
        asy_buf_putc(out, '\n');
        asy_disassemble(out, p->consts[i].proto);
    }
}
