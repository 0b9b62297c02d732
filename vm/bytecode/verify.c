// The verifier: walks all paths through the code once, with the number of live temporaries, and which of them
// hold the exception that was handled before a handler was entered.
//
// Every way out of a handler has to give that back (POP_HANDLED): into the code behind it, into an outer handler
// and out of the frame. A handler that clears a saved exception has to give back one from further out. A set
// of saved slots is a list, innermost first, and a list is a number: lists are made once.
//
// CALL_GLOBAL's window begins with two slots nobody has written: the first argument is moved to depth + 2, and
// with it the two count as alive. Only moves and constants may stand between.
#include "vm/bytecode/verify.h"

#include <string.h>

#define UNSEEN UINT32_MAX

typedef struct Saved {          // 0 is the empty list
    uint32_t slot;
    uint32_t outer;
    bool superseded;            // saved when an inner one had been cleared: not enough to give back
} Saved;

typedef struct Verifier {
    const AsyAllocator *allocator;
    const Proto *proto;
    uint32_t *depth;            // of each word; UNSEEN: not reached yet
    uint32_t *saved;            // of each word: its list
    Saved *lists;
    uint32_t list_count, list_max;
    uint8_t *starts;            // 1: an instruction starts at this word
    uint32_t *work;             // words to look at, some twice
    uint32_t work_count;
    const char *problem;
    uint32_t at;
} Verifier;

static bool fail(Verifier *v, const char *problem)
{
    if (!v->problem) v->problem = problem;
    return false;
}

// The list with `slot` before `outer`; UNSEEN: more lists than handlers can make.
static uint32_t list_push(Verifier *v, uint32_t slot, uint32_t outer, bool superseded)
{
    for (uint32_t i = 1; i < v->list_count; i++)
        if (v->lists[i].slot == slot && v->lists[i].outer == outer && v->lists[i].superseded == superseded) return i;
    if (v->list_count == v->list_max) return UNSEEN;
    v->lists[v->list_count] = (Saved){ slot, outer, superseded };
    return v->list_count++;
}

// Both in one: superseded where either is; UNSEEN: they do not save the same.
static uint32_t list_merge(Verifier *v, uint32_t a, uint32_t b)
{
    if (a == b) return a;
    if (!a || !b || v->lists[a].slot != v->lists[b].slot) return UNSEEN;
    uint32_t outer = list_merge(v, v->lists[a].outer, v->lists[b].outer);
    if (outer == UNSEEN) return UNSEEN;
    return list_push(v, v->lists[a].slot, outer, v->lists[a].superseded || v->lists[b].superseded);
}

static uint32_t list_without(const Verifier *v, uint32_t list, uint32_t from_slot)
{
    while (list && v->lists[list].slot >= from_slot) list = v->lists[list].outer;
    return list;
}

static bool reach(Verifier *v, uint32_t word, uint32_t depth, uint32_t saved)
{
    if (word >= v->proto->code_words) return fail(v, "control leaves the code");
    if (!v->starts[word]) return fail(v, "jump into the middle of an instruction");
    if (v->depth[word] == UNSEEN) {
        v->depth[word] = depth;
        v->saved[word] = saved;
        v->work[v->work_count++] = word;
        return true;
    }
    if (v->depth[word] != depth) return fail(v, "two depths at one instruction");
    uint32_t merged = list_merge(v, v->saved[word], saved);
    if (merged == UNSEEN) return fail(v, "the handled exception differs at one instruction");
    if (merged == v->saved[word]) return true;
    if (v->work_count >= 2 * v->proto->code_words) return fail(v, "too many handlers in each other");
    v->saved[word] = merged;        // and once more from here
    v->work[v->work_count++] = word;
    return true;
}

typedef struct Consumed {
    uint32_t slots[3];
    unsigned count;
} Consumed;

// Looks at an operand that is read; `bit` is its bit in x.
static bool read_operand(Verifier *v, char kind, uint16_t slot, unsigned bit, unsigned x, uint32_t depth, Consumed *consumed)
{
    uint32_t nlocals = v->proto->nlocals;
    bool marked = (x & bit) != 0;
    switch (kind) {
    case 'R':
        if (slot < nlocals) return !marked || fail(v, "a local is marked as consumed");
        if (!marked) return fail(v, "a temporary is read and not marked as consumed");
        break;
    case 'T':
        if (slot < nlocals) return fail(v, "a local where a temporary has to be");
        if (!marked) return fail(v, "a temporary is read and not marked as consumed");
        break;
    case 'P':
        if (marked) return fail(v, "a kept operand is marked as consumed");
        return slot < depth || fail(v, "a dead temporary is read");
    case 'L': case 'C': return slot < nlocals || fail(v, "a temporary where a local has to be");
    case 'M': return slot < v->proto->nnames || fail(v, "no such name");
    default: return true;
    }
    if (slot >= depth) return fail(v, "a dead temporary is read");
    consumed->slots[consumed->count++] = slot;
    return true;
}

// Depth after the consumption of temporaries and window; false if they are not the topmost ones.
static bool consume(Verifier *v, const Instr *i, const OpInfo *info, const Consumed *consumed, uint32_t *depth)
{
    unsigned window = asy_op_window(i->op, i->c);
    bool has_window = info->a == 'W' || info->b == 'W';
    uint32_t first = info->a == 'W' ? i->a : i->b;
    uint32_t top = *depth;
    if (has_window && first + window > v->proto->nslots) return fail(v, "the frame is too small");
    if (i->op == OP_CALL_GLOBAL && i->c == 0) {
        if (first != top) return fail(v, "a window is not on top");
    } else if (has_window) {
        if (first < v->proto->nlocals || first + window != top) return fail(v, "a window is not on top");
        top = first;
    }
    for (unsigned taken = 0; taken < consumed->count; taken++) {
        bool found = false;
        for (unsigned k = 0; k < consumed->count; k++) found |= consumed->slots[k] == top - 1;
        if (!found) return fail(v, "a consumed temporary is not on top");
        top--;
    }
    *depth = top;
    return true;
}

// The first argument of CALL_GLOBAL: MOVE, LOAD_CONST or LOAD_INT to depth + 2, only such up to the call.
static bool is_global_window(const Verifier *v, uint32_t word, uint32_t depth)
{
    const Instr *code = v->proto->code;
    uint32_t slot = depth + 2;
    for (; word < v->proto->code_words && v->starts[word]; word++, slot++) {
        Op op = (Op)code[word].op;
        if (op == OP_CALL_GLOBAL) return code[word].b == depth;
        if ((op != OP_MOVE && op != OP_LOAD_CONST && op != OP_LOAD_INT) || code[word].a != slot) return false;
    }
    return false;
}

static bool check_constants(Verifier *v, const Instr *i)
{
    const Proto *p = v->proto;
    uint32_t index;
    switch (i->op) {
    case OP_LOAD_CONST: case OP_RETURN_CONST: index = (uint32_t)asy_instr_wide(*i); break;
    case OP_MAKE_FUNCTION: case OP_CALL_KW: case OP_IMPORT_NAME: case OP_MATCH_CLASS: index = (uint32_t)asy_instr_wide(i[1]); break;
    case OP_CALL_GLOBAL: return i[1].a < p->nnames || fail(v, "no such name");
    case OP_LOAD_NAME_OR_CELL: return i[1].a < p->nlocals || fail(v, "no such cell");
    case OP_INTRINSIC: return i->c < INTRINSIC__COUNT || fail(v, "no such intrinsic");
    default: return true;
    }
    if (index >= p->nconsts) return fail(v, "no such constant");
    if (i->op == OP_MAKE_FUNCTION && p->consts[index].kind != PROTO_CODE) return fail(v, "a function of no code");
    if ((i->op == OP_CALL_KW || i->op == OP_MATCH_CLASS) && p->consts[index].kind != PROTO_TUPLE) return fail(v, "names are no tuple");
    return true;
}

// What POP_HANDLED and the end of an async for give back: the slot itself, or the one it was copied from right before.
static bool give_back(Verifier *v, uint32_t word, uint32_t slot, uint32_t *saved)
{
    const Instr *before = word ? &v->proto->code[word - 1] : NULL;
    if (before && before->op == OP_COPY && before->a == slot && v->starts[word - 1]) slot = before->b;
    uint32_t list = *saved;
    while (list && v->lists[list].slot > slot) list = v->lists[list].outer;
    if (!list || v->lists[list].slot != slot) return fail(v, "what is given back was not saved");
    if (v->lists[list].superseded) return fail(v, "a saved exception is lost");
    *saved = v->lists[list].outer;
    return true;
}

static bool raise_to_handler(Verifier *v, uint32_t word, uint32_t before, uint32_t saved, bool raises)
{
    const Proto *p = v->proto;
    for (uint32_t h = 0; h < p->nhandlers; h++) {
        const Handler *handler = &p->handlers[h];
        if (word < handler->start || word >= handler->end) continue;
        if (handler->depth < p->nlocals || handler->depth > before) return fail(v, "a handler keeps what is not alive");
        if (handler->depth + 2u > p->nslots) return fail(v, "the frame is too small");
        if (!raises) return true;
        uint32_t kept = list_without(v, saved, handler->depth);
        uint32_t list = list_push(v, handler->depth, kept, kept != saved);
        return list == UNSEEN ? fail(v, "too many handlers in each other") : reach(v, handler->target, handler->depth + 2u, list);
    }
    return !raises || !saved || fail(v, "an exception leaves a saved one behind");
}

static bool step(Verifier *v, uint32_t word)
{
    const Proto *p = v->proto;
    const Instr *i = &p->code[word];
    const OpInfo *info = &asy_op_info[i->op];
    uint32_t before = v->depth[word], depth = before, saved = v->saved[word];
    Consumed consumed = { .count = 0 };
    bool bare_raise = i->op == OP_RAISE && i->c == 0, one_raise = i->op == OP_RAISE && i->c == 1;
    bool no_spec = i->op == OP_FORMAT && !(i->x & X_SPEC);
    if (!bare_raise && !read_operand(v, info->a, i->a, X_A, i->x, depth, &consumed)) return false;
    if (!bare_raise && !one_raise && !read_operand(v, info->b, i->b, X_B, i->x, depth, &consumed)) return false;
    if (!no_spec && !read_operand(v, info->c, i->c, X_C, i->x, depth, &consumed)) return false;
    if (!check_constants(v, i) || !consume(v, i, info, &consumed, &depth)) return false;
    if (i->op == OP_RETURN && depth != p->nlocals) return fail(v, "a temporary is alive at a return");
    if (i->op == OP_RETURN_CONST && depth != p->nlocals) return fail(v, "a temporary is alive at a return");
    if (i->op == OP_COPY_FREE && (i->a + i->b != p->nlocals || i->b != p->nfree)) return fail(v, "free variables are not the last locals");
    if (info->flags & OPF_JUMPS) {
        int32_t distance = info->words == 2 ? asy_instr_wide(i[1]) : asy_instr_wide(*i);
        uint32_t there = i->op == OP_JUMP_IF_KEEP ? before : i->op == OP_FOR_ITER ? i->b : depth;
        if (i->op == OP_FOR_ITER && i->b != before - 1) return fail(v, "the iterator is not on top");
        if (!reach(v, word + (uint32_t)distance, there, saved)) return false;
    }
    if (info->a == 'D' || info->a == 'V') {
        unsigned writes = asy_op_writes(i->op, i->x, i->c, info->words == 2 ? i[1].a : 0);
        if (i->a >= p->nlocals) {
            if (i->a == depth + 2 && is_global_window(v, word, depth)) depth += 2;
            if (i->a != depth) return fail(v, "a result does not go to the lowest free slot");
            depth += writes;
            if (depth > p->nslots) return fail(v, "the frame is too small");
        } else if (info->a == 'V') {
            return fail(v, "several results go to locals");
        }
    }
    if (i->op == OP_END_ASYNC_FOR && !give_back(v, word, i->a + 1u, &saved)) return false;
    if (!raise_to_handler(v, word, before, saved, info->flags & OPF_RAISES)) return false;
    if (i->op == OP_POP_HANDLED && !give_back(v, word, i->a, &saved)) return false;
    if (list_without(v, saved, depth) != saved) return fail(v, "a saved exception is lost");
    if ((i->op == OP_RETURN || i->op == OP_RETURN_CONST) && saved) return fail(v, "a return leaves a saved exception behind");
    if (info->flags & OPF_ENDS) return true;
    return reach(v, word + info->words, depth, saved);
}

static bool mark_starts(Verifier *v)
{
    const Proto *p = v->proto;
    uint32_t word = 0;
    while (word < p->code_words) {
        v->at = word;
        if (p->code[word].op >= OP_FIRST_QUICK) return fail(v, "a specialised or unknown instruction");
        v->starts[word] = 1;
        word += asy_op_info[p->code[word].op].words;
    }
    return word == p->code_words || fail(v, "the last instruction is cut off");
}

static bool check_shape(Verifier *v)
{
    const Proto *p = v->proto;
    if (p->nlocals > p->nslots || p->nslots > UINT16_MAX) return fail(v, "locals and slots do not fit");
    if (p->nvars > p->nlocals || p->ncells + p->nfree > p->nlocals) return fail(v, "kinds of locals do not fit");
    if (p->argcount + p->kwonly > p->nlocals || p->posonly > p->argcount) return fail(v, "parameters do not fit");
    for (uint32_t h = 0; h < p->nhandlers; h++) {
        const Handler *handler = &p->handlers[h];
        if (handler->start >= handler->end || handler->end > p->code_words) return fail(v, "a handler's range is wrong");
        if (h && handler->start < p->handlers[h - 1].end) return fail(v, "handlers' ranges overlap");
    }
    return p->code_words > 0 || fail(v, "no code");
}

static const char *verify_one(Verifier *v)
{
    size_t words = v->proto->code_words;
    v->list_max = v->proto->nhandlers * 4 + 8;
    v->list_count = 1;
    size_t size = words * (4 * sizeof(uint32_t) + 1) + v->list_max * sizeof(Saved) + 1;
    char *memory = asy_alloc(v->allocator, size);
    if (!memory) return "out of memory";
    v->lists = (Saved *)(void *)memory;
    v->depth = (uint32_t *)(void *)(v->lists + v->list_max);
    v->saved = v->depth + words;
    v->work = v->saved + words;
    v->starts = (uint8_t *)(v->work + 2 * words);
    memset(v->starts, 0, words + 1);
    for (size_t i = 0; i < words; i++) v->depth[i] = UNSEEN;
    if (check_shape(v) && mark_starts(v) && reach(v, 0, v->proto->nlocals, 0)) {
        while (v->work_count) {
            v->at = v->work[--v->work_count];
            if (!step(v, v->at)) break;
        }
    }
    asy_free(v->allocator, memory, size);
    return v->problem;
}

const char *asy_verify_where(const AsyAllocator *allocator, const Proto *proto, const Proto **where, uint32_t *word)
{
    Verifier v = { .allocator = allocator, .proto = proto };
    const char *problem = verify_one(&v);
    if (problem) {
        *where = proto;
        *word = v.at;
        return problem;
    }
    for (uint32_t i = 0; i < proto->nconsts; i++) {
        if (proto->consts[i].kind != PROTO_CODE) continue;
        problem = asy_verify_where(allocator, proto->consts[i].proto, where, word);
        if (problem) return problem;
    }
    return NULL;
}

const char *asy_verify(const AsyAllocator *allocator, const Proto *proto)
{
    const Proto *where;
    uint32_t word;
    return asy_verify_where(allocator, proto, &where, &word);
}
