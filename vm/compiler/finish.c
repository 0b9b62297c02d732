// The last step of a function: lays its instructions out, gives slots and jumps their numbers, and makes the Proto.
//
// Hot code comes first, then the levels of cold code. A jump to a jump goes where that goes, a jump to what
// follows anyway is left out. Slots: parameters and plain locals, hidden locals, cells, free
// variables, temporaries.
#include "vm/compiler/unit.h"

#include "vm/bytecode/positions.h"

typedef struct Layout {
    Func *f;
    uint32_t *order;            // instruction indices as laid out
    uint32_t *place;            // instruction index -> word; index count: the end
    uint32_t *rank;             // instruction index -> position in order
    uint32_t nlocals;
    bool too_many;
} Layout;

static bool is_plain_jump(const CodeInstr *i) { return i->op == OP_JUMP && i->target != LABEL_OPEN; }

// Instruction a label stands before; labels at the very end of a level are followed by nothing and never used.
static uint32_t label_instr(const Func *f, uint32_t label) { return f->labels[label].instr; }

// Where control really goes from `label`: through any number of unconditional jumps.
static uint32_t thread(const Func *f, const uint32_t *first_at, uint32_t label)
{
    for (int hops = 0; hops < 64; hops++) {
        uint32_t at = first_at[label];
        if (at >= f->count || !is_plain_jump(&f->code[at]) || f->code[at].target == label) return label;
        label = f->code[at].target;
    }
    return label;
}

// Code of one level is contiguous: the instruction a label at index `at` stands before is the next of the same
// level, as code of deeper levels that lies between moves away.
static uint32_t *first_instrs(Func *f)
{
    uint32_t *first = asy_compile_alloc(f->c, (f->label_count + 1) * sizeof *first);
    if (!first) return NULL;
    for (uint32_t i = 0; i < f->label_count; i++) {
        uint32_t at = label_instr(f, i);
        while (at < f->count && f->labels[i].level < f->code[at].level) at++;
        first[i] = at;
    }
    return first;
}

// Code that nothing reaches any more, now that jumps to jumps go elsewhere, is left out.
static bool mark_reached(Layout *l, const uint32_t *first, uint32_t n, bool *gone)
{
    Func *f = l->f;
    uint32_t *work = asy_compile_alloc(f->c, (n + 1) * sizeof *work), count = 0;
    if (!work) return false;
    memset(gone, true, n);
    if (n) work[count++] = 0, gone[0] = false;
    while (count) {
        uint32_t index = work[--count];
        const CodeInstr *instr = &f->code[index];
        uint32_t next[3] = { f->count, f->count, f->count };
        if (!(asy_op_info[instr->op].flags & OPF_ENDS)) next[0] = l->order[l->rank[index] + 1];
        if (instr->target != LABEL_OPEN) next[1] = first[instr->target];
        if (instr->handler != NO_HANDLER) next[2] = first[f->handlers[instr->handler].label];
        for (int i = 0; i < 3; i++) {
            if (next[i] >= f->count || !gone[next[i]]) continue;
            gone[next[i]] = false;
            work[count++] = next[i];
        }
    }
    return true;
}

// A jump to a loop's back edge is a back edge itself; one to `return constant` returns.
static void shorten_jump(Func *f, const uint32_t *first, CodeInstr *instr)
{
    if (!is_plain_jump(instr)) return;
    uint32_t at = first[instr->target];
    if (at >= f->count) return;
    const CodeInstr *there = &f->code[at];
    if (there->op == OP_JUMP_BACK) {
        instr->op = OP_JUMP_BACK;
        instr->target = there->target;
    } else if (there->op == OP_RETURN_CONST) {
        instr->op = OP_RETURN_CONST;
        instr->b = there->b;
        instr->target = LABEL_OPEN;
        instr->at = instr->ext_at = there->at;
    }
}

static bool layout(Layout *l)
{
    Func *f = l->f;
    Compiler *c = f->c;
    uint32_t *first = first_instrs(f);
    l->order = asy_compile_alloc(c, (f->count + 1) * sizeof *l->order);
    l->place = asy_compile_alloc(c, (f->count + 1) * sizeof *l->place);
    l->rank = asy_compile_alloc(c, (f->count + 1) * sizeof *l->rank);
    bool *gone = asy_compile_alloc(c, f->count + 1);
    if (!first || !l->order || !l->place || !l->rank || !gone) return false;
    unsigned levels = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->code[i].level > levels) levels = f->code[i].level;
        if (f->code[i].target != LABEL_OPEN) f->code[i].target = thread(f, first, f->code[i].target);
        shorten_jump(f, first, &f->code[i]);
    }
    uint32_t n = 0;
    for (unsigned level = 0; level <= levels; level++)
        for (uint32_t i = 0; i < f->count; i++)
            if (f->code[i].level == level) l->order[n++] = i;
    for (uint32_t i = 0; i < n; i++) l->rank[l->order[i]] = i;
    l->rank[f->count] = n;
    l->order[n] = f->count;
    if (!mark_reached(l, first, n, gone)) return false;
    // Jumps over nothing.
    for (uint32_t i = n; i-- > 0;) {
        const CodeInstr *instr = &f->code[l->order[i]];
        if (!is_plain_jump(instr)) continue;
        uint32_t to = first[instr->target], next = i + 1;
        while (next < n && gone[l->order[next]]) next++;
        uint32_t to_rank = l->rank[to];
        while (to_rank < n && gone[l->order[to_rank]]) to_rank++;
        if (to_rank == next && next < n) gone[l->order[i]] = true;
    }
    uint32_t word = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = l->order[i];
        l->place[index] = word;     // what jumps to a jump left out goes to what follows it
        if (gone[index]) continue;
        l->order[kept++] = index;
        word += asy_op_info[f->code[index].op].words;
    }
    l->place[f->count] = word;
    f->count_kept = kept;
    f->words = word;
    f->first_instrs = first;
    return true;
}

static uint16_t slot_number(Layout *l, Slot slot)
{
    const Func *f = l->f;
    uint32_t number = slot & ~SLOT_KIND;
    switch (slot & SLOT_KIND) {
    case SLOT_LOCAL: number = f->local_numbers[number]; break;
    case SLOT_HIDDEN: number += f->local_count; break;
    case SLOT_CELL: number += f->local_count + f->hidden_max; break;
    case SLOT_FREE: number += f->local_count + f->hidden_max + f->cell_count; break;
    default: number += l->nlocals; break;
    }
    if (number > UINT16_MAX) l->too_many = true;
    return (uint16_t)number;
}

static bool is_slot_kind(char kind) { return strchr("DRPTWVLC", kind) != NULL; }

static uint16_t operand(Layout *l, char kind, uint32_t value)
{
    if (is_slot_kind(kind)) return slot_number(l, value);
    if (value > UINT16_MAX) l->too_many = true;
    return (uint16_t)value;
}

static void encode(Layout *l, const CodeInstr *in, uint32_t word, Instr *out)
{
    const OpInfo *info = &asy_op_info[in->op];
    *out = (Instr){ .op = in->op, .x = in->x };
    uint32_t jump = 0;
    if (in->target != LABEL_OPEN) {
        jump = l->place[l->f->first_instrs[in->target]] - word;
    }
    if (info->a != '_' && info->a != 'J') out->a = operand(l, info->a, in->a);
    if (info->b == 'J' || info->b == 'X') {
        uint32_t wide = info->b == 'J' ? jump : in->b;
        out->b = (uint16_t)wide;
        out->c = (uint16_t)(wide >> 16);
    } else {
        if (info->b != '_') out->b = operand(l, info->b, in->b);
        if (info->c != '_') out->c = operand(l, info->c, in->c);
    }
    if (info->words == 2) {
        uint32_t wide = in->target != LABEL_OPEN ? jump : in->ext_wide;
        out[1] = (Instr){ .a = in->ext_slot ? slot_number(l, in->ext_a) : (uint16_t)in->ext_a,
                          .b = (uint16_t)wide, .c = (uint16_t)(wide >> 16) };
        if (in->ext_a > UINT16_MAX && !in->ext_slot) l->too_many = true;
    }
}

static const ProtoName *name_array(Compiler *c, const Name **names, uint32_t count)
{
    ProtoName *array = asy_arena_array(&c->unit->arena, count ? count : 1, sizeof *array);
    if (!array) {
        asy_compile_no_memory(c);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) array[i] = (ProtoName){ names[i]->bytes, names[i]->len };
    return array;
}

static void set_locals(Layout *l, Proto *proto)
{
    Func *f = l->f;
    Compiler *c = f->c;
    ProtoName *names = asy_arena_array(&c->unit->arena, l->nlocals + 1, sizeof *names);
    uint8_t *kinds = asy_arena_zalloc(&c->unit->arena, l->nlocals + 1);
    if (!names || !kinds) {
        asy_compile_no_memory(c);
        return;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->local_count; i++, n++) {
        const Name *name = f->locals[f->local_order[i]];
        names[n] = (ProtoName){ name->bytes, name->len };
        const Symbol *symbol = asy_scope_find(f->scope, name);
        if (i < f->nparams && symbol && symbol->scope == SYM_SCOPE_CELL) kinds[n] = LOCAL_CELL;
        // Comprehension variables of a module or class; and its namespace.
        if (!func_is_functionlike(f)) kinds[n] = LOCAL_HIDDEN;
    }
    for (uint32_t i = 0; i < f->hidden_max; i++, n++) {
        names[n] = (ProtoName){ "", 0 };
        kinds[n] = LOCAL_HIDDEN;
    }
    for (uint32_t i = 0; i < f->cell_count; i++, n++) {
        names[n] = (ProtoName){ f->cells[i]->bytes, f->cells[i]->len };
        kinds[n] = LOCAL_CELL;
    }
    for (uint32_t i = 0; i < f->free_count; i++, n++) {
        names[n] = (ProtoName){ f->frees[i]->bytes, f->frees[i]->len };
        kinds[n] = LOCAL_FREE;
    }
    proto->locals = names;
    proto->local_kinds = kinds;
}

// Runs of instructions with the same handler; the ranges never overlap.
static void set_handlers(Layout *l, Proto *proto)
{
    Func *f = l->f;
    Handler *table = NULL;
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        uint32_t current = NO_HANDLER, n = 0;
        for (uint32_t i = 0; i <= f->count_kept; i++) {
            bool end = i == f->count_kept;
            uint32_t index = end ? f->count : l->order[i];
            uint32_t handler = end ? NO_HANDLER : f->code[index].handler;
            if (handler == current) continue;
            uint32_t word = end ? f->words : l->place[index];
            if (current != NO_HANDLER) {
                if (table) table[n].end = word;
                n++;
            }
            if (handler != NO_HANDLER && table) {
                const CodeHandler *h = &f->handlers[handler];
                table[n] = (Handler){ .start = word, .target = l->place[f->first_instrs[h->label]],
                                      .depth = slot_number(l, SLOT_TEMP + h->depth) };
            }
            current = handler;
        }
        if (pass == 0) {
            count = n;
            table = asy_arena_array(&f->c->unit->arena, count + 1, sizeof *table);
            if (!table) {
                asy_compile_no_memory(f->c);
                return;
            }
        }
    }
    proto->handlers = table;
    proto->nhandlers = count;
}

static void set_positions(Layout *l, Proto *proto)
{
    Func *f = l->f;
    Compiler *c = f->c;
    Buf out;
    asy_buf_init(&out, c->allocator);
    PositionWriter writer = { .out = &out, .line = f->firstlineno };
    for (uint32_t i = 0; i < f->count_kept; i++) {
        const CodeInstr *instr = &f->code[l->order[i]];
        const AstPlace *places[] = { &instr->at, &instr->ext_at };
        for (unsigned w = 0; w < asy_op_info[instr->op].words; w++) {
            const AstPlace *at = places[w ? 1 : 0];
            asy_positions_add(&writer, (Position){ at->lineno, at->end_lineno, at->lineno ? (int32_t)at->col_offset : -1,
                                                   at->lineno ? (int32_t)at->end_col_offset : -1 });
        }
    }
    asy_positions_end(&writer);
    uint8_t *bytes = asy_arena_alloc(&c->unit->arena, out.len + 1);
    if (!bytes || out.failed) asy_compile_no_memory(c);
    else if (out.len) memcpy(bytes, out.bytes, out.len);
    proto->positions = bytes;
    proto->positions_size = (uint32_t)out.len;
    asy_buf_free(&out);
}

// Plain locals are numbered in the order of their first use.
static bool number_locals(Func *f)
{
    for (Slot slot = 0; slot < f->local_count; slot++) asy_local_use(f, slot);
    f->local_numbers = asy_compile_alloc(f->c, (f->local_count + 1) * sizeof(uint32_t));
    if (f->c->failed) return false;
    for (uint32_t i = 0; i < f->local_count; i++) f->local_numbers[f->local_order[i]] = i;
    return true;
}

const Proto *asy_finish(Func *f)
{
    Compiler *c = f->c;
    Arena *arena = &c->unit->arena;
    Layout l = { .f = f, .nlocals = f->local_count + f->hidden_max + f->cell_count + f->free_count };
    assert(!f->flow.reachable);
    assert(!f->block);
    if (!layout(&l) || !number_locals(f)) return NULL;
    Proto *proto = asy_arena_zalloc(arena, sizeof *proto);
    Instr *code = asy_arena_array(arena, f->words + 1, sizeof *code);
    ProtoConst *consts = asy_arena_array(arena, f->const_count + 1, sizeof *consts);
    if (!proto || !code || !consts) {
        asy_compile_no_memory(c);
        return NULL;
    }
    uint32_t word = 0;
    for (uint32_t i = 0; i < f->count_kept; i++) {
        const CodeInstr *instr = &f->code[l.order[i]];
        encode(&l, instr, word, code + word);
        word += asy_op_info[instr->op].words;
    }
    if (f->const_count) memcpy(consts, f->consts, f->const_count * sizeof *consts);
    *proto = (Proto){
        .name = { f->name->bytes, f->name->len }, .qualname = f->qualname, .filename = c->filename, .flags = f->flags,
        .argcount = f->argcount, .posonly = f->posonly, .kwonly = f->kwonly, .nlocals = l.nlocals,
        .nslots = l.nlocals + f->depth_max, .nvars = f->local_count, .ncells = f->cell_count, .nfree = f->free_count,
        .code = code, .code_words = f->words, .consts = consts, .nconsts = f->const_count, .nnames = f->name_count,
        .firstlineno = f->firstlineno,
    };
    proto->names = name_array(c, f->names, f->name_count);
    set_locals(&l, proto);
    set_handlers(&l, proto);
    set_positions(&l, proto);
    if (proto->nslots > UINT16_MAX) l.too_many = true;
    if (l.too_many) asy_compile_error(c, f->scope->at, "too many variables, names or temporaries in one function");
    return c->failed ? NULL : proto;
}
