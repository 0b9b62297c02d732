// Appends instructions to the function being written, keeping the stack of temporaries as opcodes.def says.
//
// The depth after an instruction follows from its operands' kinds alone: consumed temporaries are the topmost
// ones (asserted), a window's length comes from asy_op_window, what is written goes to the lowest slot
// freed. So the code generator cannot leave the rules of docs/frames.md without an assert firing here.
#include "vm/compiler/unit.h"

// -- constants and names

static uint32_t hash_mix(uint32_t h, uint64_t word)
{
    uint64_t x = (h ^ word) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(x ^ x >> 29);
}

static uint32_t hash_text(uint32_t h, const char *text, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

static uint32_t const_hash(const ProtoConst *k)
{
    uint32_t h = hash_mix(2166136261u, k->kind);
    uint64_t word;
    switch ((ProtoConstKind)k->kind) {
    case PROTO_NONE: case PROTO_TRUE: case PROTO_FALSE: case PROTO_ELLIPSIS: break;
    case PROTO_INT: h = hash_mix(h, (uint64_t)k->i); break;
    case PROTO_FLOAT: case PROTO_COMPLEX:
        memcpy(&word, &k->f, sizeof word);
        h = hash_mix(h, word);
        break;
    case PROTO_BIGINT: case PROTO_STR: case PROTO_BYTES: h = hash_text(h, k->text, k->count); break;
    case PROTO_TUPLE: case PROTO_FROZENSET:
        for (uint32_t i = 0; i < k->count; i++) h = hash_mix(h, const_hash(&k->items[i]));
        break;
    case PROTO_CODE: h = hash_mix(h, (uintptr_t)k->proto); break;
    }
    return h;
}

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

bool asy_const_equal(const ProtoConst *a, const ProtoConst *b)
{
    if (a->kind != b->kind) return false;
    switch ((ProtoConstKind)a->kind) {
    case PROTO_NONE: case PROTO_TRUE: case PROTO_FALSE: case PROTO_ELLIPSIS: return true;
    case PROTO_INT: return a->i == b->i;
    case PROTO_FLOAT: return same_bits(a->f, b->f);
    case PROTO_COMPLEX: return same_bits(a->f, b->f) && same_bits(a->f2, b->f2);
    case PROTO_BIGINT: return a->base == b->base && a->count == b->count && memcmp(a->text, b->text, a->count) == 0;
    case PROTO_STR: case PROTO_BYTES: return a->count == b->count && (!a->count || memcmp(a->text, b->text, a->count) == 0);
    case PROTO_TUPLE: case PROTO_FROZENSET:
        if (a->count != b->count) return false;
        for (uint32_t i = 0; i < a->count; i++)
            if (!asy_const_equal(&a->items[i], &b->items[i])) return false;
        return true;
    case PROTO_CODE: return a->proto == b->proto;
    }
    return false;
}

static bool looks_like_name(const char *text, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        char ch = text[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_')) return false;
    }
    return true;
}

static void intern_const(ProtoConst *k)
{
    if (k->kind == PROTO_STR) k->intern = looks_like_name(k->text, k->count);
}

// Constants outlive the tree: their text moves to the unit's arena.
static ProtoConst const_keep(Compiler *c, const ProtoConst *k)
{
    ProtoConst copy = *k;
    switch ((ProtoConstKind)k->kind) {
    case PROTO_BIGINT: case PROTO_STR: case PROTO_BYTES:
        copy.text = asy_arena_copy(&c->unit->arena, k->text, k->count);
        if (copy.text) intern_const(&copy);
        else asy_compile_no_memory(c);
        break;
    case PROTO_TUPLE: case PROTO_FROZENSET: {
        if (!k->count) {
            copy.items = NULL;
            break;
        }
        ProtoConst *items = asy_arena_array(&c->unit->arena, k->count, sizeof *items);
        if (!items) asy_compile_no_memory(c);
        for (uint32_t i = 0; items && i < k->count; i++) items[i] = const_keep(c, &k->items[i]);
        copy.items = items;
        break;
    }
    default: break;
    }
    return copy;
}

static void const_index_put(Func *f, uint32_t number)
{
    uint32_t at = const_hash(&f->consts[number]) & f->const_mask;
    while (f->const_index[at]) at = (at + 1) & f->const_mask;
    f->const_index[at] = number + 1;
}

uint32_t asy_emit_const_index(Func *f, const ProtoConst *value)
{
    Compiler *c = f->c;
    if (!f->flow.reachable || c->failed) return 0;      // nobody will ask for it
    if (f->const_index) {
        for (uint32_t at = const_hash(value) & f->const_mask; f->const_index[at]; at = (at + 1) & f->const_mask)
            if (asy_const_equal(&f->consts[f->const_index[at] - 1], value)) return f->const_index[at] - 1;
    }
    if (!asy_compile_grow(c, &f->consts, &f->const_cap, f->const_count + 1, sizeof *f->consts)) return 0;
    f->consts[f->const_count++] = const_keep(c, value);
    if (c->failed) return 0;
    if (!f->const_index || f->const_count * 2 > f->const_mask + 1) {
        uint32_t size = f->const_index ? (f->const_mask + 1) * 2 : 16;
        uint32_t *index = asy_compile_alloc(c, size * sizeof *index);
        if (!index) return 0;
        f->const_index = index;
        f->const_mask = size - 1;
        for (uint32_t i = 0; i + 1 < f->const_count; i++) const_index_put(f, i);
    }
    const_index_put(f, f->const_count - 1);
    return f->const_count - 1;
}

ProtoConst asy_const_str(const Name *name) { return (ProtoConst){ .kind = PROTO_STR, .count = name->len, .text = name->bytes }; }

uint32_t *asy_map_find(NameMap *map, const Name *name)
{
    if (!map->slots) return NULL;
    for (uint32_t at = name->hash & map->mask; map->slots[at].name; at = (at + 1) & map->mask)
        if (map->slots[at].name == name) return &map->slots[at].value;
    return NULL;
}

static void map_insert(NameMap *map, NameSlot slot)
{
    uint32_t at = slot.name->hash & map->mask;
    while (map->slots[at].name) at = (at + 1) & map->mask;
    map->slots[at] = slot;
}

bool asy_map_put(Compiler *c, NameMap *map, const Name *name, uint32_t value)
{
    if (!map->slots || (map->count + 1) * 2 > map->mask + 1) {
        NameMap grown = { .mask = map->slots ? (map->mask + 1) * 2 - 1 : 15, .count = map->count };
        grown.slots = asy_compile_alloc(c, (grown.mask + 1) * sizeof *grown.slots);
        if (!grown.slots) return false;
        for (uint32_t i = 0; map->slots && i <= map->mask; i++)
            if (map->slots[i].name) map_insert(&grown, map->slots[i]);
        *map = grown;
    }
    map_insert(map, (NameSlot){ name, value });
    map->count++;
    return true;
}

uint32_t asy_emit_name(Func *f, const Name *name)
{
    uint32_t *found = asy_map_find(&f->name_map, name);
    if (found) return *found;
    if (!asy_compile_grow(f->c, &f->names, &f->name_cap, f->name_count + 1, sizeof *f->names)) return 0;
    f->names[f->name_count] = name;
    if (!asy_map_put(f->c, &f->name_map, name, f->name_count)) return 0;
    return f->name_count++;
}

// -- instructions

Slot asy_emit_top(const Func *f, uint32_t below) { return SLOT_TEMP + f->depth - 1 - below; }

Slot asy_hidden_new(Func *f)
{
    Slot slot = SLOT_HIDDEN + f->hidden++;
    if (f->hidden > f->hidden_max) f->hidden_max = f->hidden;
    return slot;
}

void asy_hidden_free(Func *f, Slot slot)
{
    (void)slot;
    assert(f->hidden && slot == SLOT_HIDDEN + f->hidden - 1);
    f->hidden--;
}

static CodeInstr *instr_new(Func *f)
{
    if (!f->flow.reachable || f->c->failed) return &f->scratch;
    if (!asy_compile_grow(f->c, &f->code, &f->cap, f->count + 1, sizeof *f->code)) return &f->scratch;
    if (f->handler != NO_HANDLER) f->handlers[f->handler].used = true;
    return &f->code[f->count++];
}

CodeInstr *asy_emit_last(Func *f) { return f->flow.reachable && f->count && !f->c->failed ? &f->code[f->count - 1] : &f->scratch; }

// Notes that operand `slot` of kind `kind` is read; returns how many temporaries it takes.
static unsigned consume(Func *f, char kind, uint32_t slot)
{
    (void)f;
    if (kind == 'T') assert(slot_is_temp(slot) || f->c->failed);
    return (kind == 'R' || kind == 'T') && slot_is_temp(slot) ? 1 : 0;
}

static Slot emit(Func *f, const AstPlace *at, Op op, unsigned x, uint32_t a, uint32_t b, uint32_t c, uint32_t target)
{
    const OpInfo *info = &asy_op_info[op];
    CodeInstr *instr = instr_new(f);
    *instr = (CodeInstr){ .op = (uint8_t)op, .level = f->level, .target = target, .handler = f->handler };
    if (at) instr->at = *at;
    instr->ext_at = instr->at;
    unsigned taken = 0, n;
    if (consume(f, info->a, a)) taken++, x |= X_A;
    if (consume(f, info->b, b)) taken++, x |= X_B;
    if (consume(f, info->c, c)) taken++, x |= X_C;
    unsigned window = asy_op_window(op, c);
    assert(f->depth >= taken + window || f->c->failed);
    uint32_t before = f->depth;
    f->depth -= taken + window;
    if (info->a == 'W') a = SLOT_TEMP + f->depth;
    if (info->b == 'W') b = SLOT_TEMP + f->depth;
#ifndef NDEBUG
    uint32_t operands[] = { a, b, c };
    char kinds[] = { info->a, info->b, info->c };
    for (int i = 0; i < 3 && !f->c->failed; i++)        // what is consumed lay on top
        if (consume(f, kinds[i], operands[i])) assert(operands[i] >= SLOT_TEMP + f->depth && operands[i] < SLOT_TEMP + before);
#endif
    if (target != LABEL_OPEN)
        asy_label_join(f, target, op == OP_JUMP_IF_KEEP ? before : op == OP_FOR_ITER ? b - SLOT_TEMP : f->depth);
    if (info->a == 'D' || info->a == 'V') {
        n = asy_op_writes(op, x, c, 0);
        if (a == TO_TEMP || a == TO_ANY) a = SLOT_TEMP + f->depth;
        if (slot_is_temp(a)) {
            assert(a == SLOT_TEMP + f->depth || f->c->failed);
            f->depth += n;
        } else if (slot_is_plain(a)) {
            asy_flow_bind(f, a);
        }
    }
    if (f->depth > f->depth_max) f->depth_max = f->depth;
    instr->x = (uint8_t)x;
    instr->a = a;
    instr->b = b;
    instr->c = c;
    if (info->flags & OPF_ENDS) f->flow.reachable = false;
    return a;
}

Slot asy_emit(Func *f, const AstPlace *at, Op op, unsigned x, uint32_t a, uint32_t b, uint32_t c)
{
    return emit(f, at, op, x, a, b, c, LABEL_OPEN);
}

Slot asy_emit_jump(Func *f, const AstPlace *at, Op op, unsigned x, uint32_t a, uint32_t b, uint32_t label)
{
    return emit(f, at, op, x, a, b, 0, label);
}

void asy_emit_jump_to(Func *f, const AstPlace *at, uint32_t label) { emit(f, at, OP_JUMP, 0, 0, 0, 0, label); }
void asy_emit_loop(Func *f, const AstPlace *at, uint32_t label) { emit(f, at, OP_JUMP_BACK, 0, 0, 0, 0, label); }

Slot asy_emit_const(Func *f, const AstPlace *at, const ProtoConst *value, Slot want)
{
    if (value->kind == PROTO_INT && value->i >= INT32_MIN && value->i <= INT32_MAX)
        return emit(f, at, OP_LOAD_INT, 0, want, (uint32_t)(int32_t)value->i, 0, LABEL_OPEN);
    return emit(f, at, OP_LOAD_CONST, 0, want, asy_emit_const_index(f, value), 0, LABEL_OPEN);
}

Slot asy_emit_none(Func *f, const AstPlace *at, Slot want)
{
    return asy_emit_const(f, at, &(ProtoConst){ .kind = PROTO_NONE }, want);
}

Slot asy_emit_str(Func *f, const AstPlace *at, const Name *text, Slot want)
{
    ProtoConst k = asy_const_str(text);
    return asy_emit_const(f, at, &k, want);
}

Slot asy_emit_int(Func *f, const AstPlace *at, int64_t value, Slot want)
{
    return asy_emit_const(f, at, &(ProtoConst){ .kind = PROTO_INT, .i = value }, want);
}

Slot asy_emit_move(Func *f, const AstPlace *at, Slot from, Slot want)
{
    if (want == TO_ANY || from == want) return from;
    if (want == TO_TEMP && slot_is_temp(from)) return from;
    return emit(f, at, OP_MOVE, 0, want, from, 0, LABEL_OPEN);
}

void asy_emit_drop(Func *f, const AstPlace *at) { emit(f, at, OP_DROP, 0, asy_emit_top(f, 0), 0, 0, LABEL_OPEN); }

void asy_emit_unpack(Func *f, const AstPlace *at, Slot from, uint32_t count, uint32_t star)
{
    if (star == UINT32_MAX) {
        emit(f, at, OP_UNPACK, 0, TO_TEMP, from, count, LABEL_OPEN);
        return;
    }
    uint32_t after = count - star - 1;
    emit(f, at, OP_UNPACK_EX, 0, TO_TEMP, from, star, LABEL_OPEN);
    asy_emit_last(f)->ext_a = after;
    f->depth += after;
    if (f->depth > f->depth_max) f->depth_max = f->depth;
}
