// match statements. A pattern takes its subject, a copy of the statement's, from the top of the stack.
//
// Where a pattern fails, everything above the statement's own subject is dropped: each depth has a label of its
// own, and they stand one below the other behind the case. Names are bound when the whole pattern has matched;
// until then what they capture stands in hidden locals, one for each name of the case.
#include "vm/compiler/unit.h"

typedef struct FailChain {
    uint32_t base;              // temporaries alive where the last label stands
    uint32_t *labels;           // [i]: entered with base + i alive
    uint32_t count, cap;
} FailChain;

typedef struct Capture {
    const Name *name;
    Slot slot;
} Capture;

typedef struct Matcher {
    FailChain fail;
    const Name **stores;        // names bound so far, in order
    uint32_t store_count, store_cap;
    Capture *captures;
    uint32_t capture_count, capture_cap;
    bool irrefutable_ok;
} Matcher;

static void match_pattern(Func *f, Matcher *m, const Pattern *p);

static uint32_t fail_label(Func *f, Matcher *m, uint32_t depth)
{
    FailChain *chain = &m->fail;
    if (f->c->failed) return 0;
    uint32_t number = depth - chain->base;
    if (!asy_compile_grow(f->c, &chain->labels, &chain->cap, number + 1, sizeof *chain->labels)) return 0;
    while (chain->count <= number) chain->labels[chain->count++] = asy_label_new(f);
    return f->c->failed ? 0 : chain->labels[number];
}

// Places all labels, dropping one value between each; leaves the chain empty.
static void fail_place(Func *f, Matcher *m, const AstPlace *at)
{
    FailChain *chain = &m->fail;
    for (uint32_t i = chain->count; i-- > 0 && !f->c->failed;) {
        if (!f->flow.reachable) f->depth = chain->base + i;
        asy_label_place(f, chain->labels[i]);
        if (i) asy_emit_drop(f, at);
    }
    if (!f->flow.reachable) f->depth = chain->base;
    chain->count = 0;
}

// Fails if the bool on top is false.
static void fail_unless(Func *f, Matcher *m, const AstPlace *at, Slot truth)
{
    asy_emit_jump(f, at, OP_JUMP_IF, X_NEGATE, truth, 0, fail_label(f, m, f->depth - 1));
}

static bool is_wildcard(const Pattern *p) { return p->kind == PATTERN_MatchAs && !p->MatchAs.name && !p->MatchAs.pattern; }
static bool is_star_wildcard(const Pattern *p) { return p->kind == PATTERN_MatchStar && !p->MatchStar.name; }

// The hidden local for `name`, which must not be bound yet; captures are freed with the case.
static Slot capture_slot(Func *f, Matcher *m, const AstPlace *at, const Name *source)
{
    const Name *name = asy_compile_name(f->c, source->bytes, source->len);
    if (!asy_var_check(f, at, name, CTX_Store)) return TO_TEMP;
    for (uint32_t i = 0; i < m->store_count; i++) {
        if (m->stores[i] != name) continue;
        asy_compile_error(f->c, at, "multiple assignments to name '%s' in pattern", name->bytes);
        return TO_TEMP;
    }
    if (!asy_compile_grow(f->c, &m->stores, &m->store_cap, m->store_count + 1, sizeof *m->stores)) return TO_TEMP;
    m->stores[m->store_count++] = name;
    for (uint32_t i = 0; i < m->capture_count; i++)
        if (m->captures[i].name == name) return m->captures[i].slot;
    if (!asy_compile_grow(f->c, &m->captures, &m->capture_cap, m->capture_count + 1, sizeof *m->captures)) return TO_TEMP;
    Slot slot = asy_hidden_new(f);
    m->captures[m->capture_count++] = (Capture){ name, slot };
    return slot;
}

static void capture(Func *f, Matcher *m, const AstPlace *at, const Name *name)
{
    if (!name) {
        asy_emit_drop(f, at);
        return;
    }
    Slot slot = capture_slot(f, m, at, name);
    if (!f->c->failed) asy_emit(f, at, OP_MOVE, 0, slot, asy_emit_top(f, 0), 0);
}

// A pattern inside another one: whatever it is, it does not make later ones unreachable.
static void match_inner(Func *f, Matcher *m, const Pattern *p)
{
    bool ok = m->irrefutable_ok;
    m->irrefutable_ok = true;
    match_pattern(f, m, p);
    m->irrefutable_ok = ok;
}

static bool is_literal_or_dotted(Func *f, const Expr *e)
{
    ProtoConst k;
    // Numbers may be negative or complex; what does not fold for its size is fine too.
    return e->kind == EXPR_Attribute || e->kind == EXPR_UnaryOp || e->kind == EXPR_BinOp || asy_fold(f, e, &k);
}

static void match_value(Func *f, Matcher *m, const Pattern *p)
{
    const Expr *value = p->MatchValue.value;
    if (!is_literal_or_dotted(f, value)) {
        asy_compile_error(f->c, &p->at, "patterns may only match literals and attribute lookups");
        return;
    }
    Slot subject = asy_emit_top(f, 0);
    ProtoConst k;
    if (asy_fold(f, value, &k) && k.kind == PROTO_INT && k.i >= INT16_MIN && k.i <= INT16_MAX) {
        asy_emit_jump(f, &p->at, OP_JUMP_EQ_I, X_NEGATE, subject, (uint16_t)k.i, fail_label(f, m, f->depth - 1));
        return;
    }
    Slot expected = asy_expr(f, value, TO_TEMP);
    asy_emit_jump(f, &p->at, OP_JUMP_EQ, X_NEGATE, subject, expected, fail_label(f, m, f->depth - 2));
}

static void match_singleton(Func *f, Matcher *m, const Pattern *p)
{
    ProtoConst k = asy_const_of(f->c, &p->MatchSingleton.value);
    Slot subject = asy_emit_top(f, 0);
    if (k.kind == PROTO_NONE) {
        asy_emit_jump(f, &p->at, OP_JUMP_IF_NONE, X_NEGATE, subject, 0, fail_label(f, m, f->depth - 1));
        return;
    }
    Slot expected = asy_emit_const(f, &p->at, &k, TO_TEMP);
    asy_emit_jump(f, &p->at, OP_JUMP_IS, X_NEGATE, subject, expected, fail_label(f, m, f->depth - 2));
}

// Fails unless len(subject) == count, or >= count.
static void match_length(Func *f, Matcher *m, const AstPlace *at, Slot subject, uint32_t count, bool exact)
{
    Slot length = asy_emit(f, at, OP_GET_LEN, 0, TO_TEMP, subject, 0);
    if (count <= INT16_MAX) {
        asy_emit_jump(f, at, exact ? OP_JUMP_EQ_I : OP_JUMP_GE_I, X_NEGATE, length, count, fail_label(f, m, f->depth - 1));
        return;
    }
    Slot expected = asy_emit_int(f, at, count, TO_TEMP);
    asy_emit_jump(f, at, exact ? OP_JUMP_EQ : OP_JUMP_GE, X_NEGATE, length, expected, fail_label(f, m, f->depth - 2));
}

// Items one by one: where a star takes the rest and nobody wants it.
static void match_items(Func *f, Matcher *m, const Pattern *p, Slot subject, uint32_t star)
{
    const PatternList *patterns = &p->MatchSequence.patterns;
    for (uint32_t i = 0; i < patterns->count; i++) {
        const Pattern *inner = patterns->items[i];
        if (i == star || is_wildcard(inner)) continue;
        Slot copy = asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, subject, 0);
        Slot index;
        if (i < star) {
            index = asy_emit_int(f, &p->at, i, TO_TEMP);
        } else {
            Slot length = asy_emit(f, &p->at, OP_GET_LEN, 0, TO_TEMP, copy, 0);
            Slot back = asy_emit_int(f, &p->at, patterns->count - i, TO_TEMP);
            index = asy_emit(f, &p->at, OP_SUB, 0, TO_TEMP, length, back);
        }
        asy_emit(f, &p->at, OP_LOAD_ITEM, 0, TO_TEMP, copy, index);
        match_inner(f, m, inner);
    }
    asy_emit_drop(f, &p->at);
}

static void match_sequence(Func *f, Matcher *m, const Pattern *p)
{
    const PatternList *patterns = &p->MatchSequence.patterns;
    uint32_t star = UINT32_MAX;
    bool only_wildcards = true, star_wildcard = false;
    for (uint32_t i = 0; i < patterns->count; i++) {
        const Pattern *inner = patterns->items[i];
        if (inner->kind == PATTERN_MatchStar) {
            if (star != UINT32_MAX) {
                asy_compile_error(f->c, &p->at, "multiple starred names in sequence pattern");
                return;
            }
            star = i;
            star_wildcard = is_star_wildcard(inner);
            only_wildcards &= star_wildcard;
            continue;
        }
        only_wildcards &= is_wildcard(inner);
    }
    Slot subject = asy_emit_top(f, 0);
    fail_unless(f, m, &p->at, asy_emit(f, &p->at, OP_MATCH_SEQUENCE, 0, TO_TEMP, subject, 0));
    if (star == UINT32_MAX) match_length(f, m, &p->at, subject, patterns->count, true);
    else if (patterns->count > 1) match_length(f, m, &p->at, subject, patterns->count - 1, false);
    if (only_wildcards) {
        asy_emit_drop(f, &p->at);
    } else if (star_wildcard) {
        match_items(f, m, p, subject, star);
    } else {
        asy_emit_unpack(f, &p->at, subject, patterns->count, star);
        for (uint32_t i = 0; i < patterns->count; i++) match_inner(f, m, patterns->items[i]);
    }
}

static bool check_keys(Func *f, const Pattern *p)
{
    const ExprList *keys = &p->MatchMapping.keys;
    ProtoConst *seen = asy_compile_alloc(f->c, (keys->count + 1) * sizeof *seen);
    uint32_t count = 0;
    if (!seen) return false;
    for (uint32_t i = 0; i < keys->count; i++) {
        ProtoConst k;
        if (!is_literal_or_dotted(f, keys->items[i])) {
            asy_compile_error(f->c, &p->at, "mapping pattern keys may only match literals and attribute lookups");
            return false;
        }
        if (!asy_fold(f, keys->items[i], &k)) continue;
        for (uint32_t j = 0; j < count; j++) {
            if (!asy_const_same_key(&seen[j], &k)) continue;
            Buf text;
            asy_buf_init(&text, f->c->allocator);
            asy_const_repr(&text, &k);
            if (text.failed) asy_compile_no_memory(f->c);
            else asy_compile_error(f->c, &p->at, "mapping pattern checks duplicate key (%s)", text.bytes);
            asy_buf_free(&text);
            return false;
        }
        seen[count++] = k;
    }
    return true;
}

static void match_mapping(Func *f, Matcher *m, const Pattern *p)
{
    const ExprList *keys = &p->MatchMapping.keys;
    const Name *rest = p->MatchMapping.rest;
    Slot subject = asy_emit_top(f, 0);
    fail_unless(f, m, &p->at, asy_emit(f, &p->at, OP_MATCH_MAPPING, 0, TO_TEMP, subject, 0));
    if (!keys->count && !rest) {
        asy_emit_drop(f, &p->at);
        return;
    }
    if (keys->count) match_length(f, m, &p->at, subject, keys->count, false);
    if (!check_keys(f, p)) return;
    Slot tuple = asy_expr_sequence(f, &p->at, keys, OP_BUILD_TUPLE, TO_TEMP);
    asy_emit(f, &p->at, OP_MATCH_KEYS, 0, TO_TEMP, subject, tuple);
    Slot copy = asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    asy_emit_jump(f, &p->at, OP_JUMP_IF_NONE, 0, copy, 0, fail_label(f, m, f->depth - 1));
    asy_emit_unpack(f, &p->at, asy_emit_top(f, 0), keys->count, UINT32_MAX);
    for (uint32_t i = 0; i < keys->count; i++) match_inner(f, m, p->MatchMapping.patterns.items[i]);
    if (!rest) {
        asy_emit_drop(f, &p->at);
        asy_emit_drop(f, &p->at);
        return;
    }
    // rest: a copy of the subject without the keys.
    Slot dict = capture_slot(f, m, &p->at, rest);
    if (f->c->failed) return;
    asy_emit(f, &p->at, OP_BUILD_MAP, 0, dict, 0, 0);
    asy_emit(f, &p->at, OP_DICT_UPDATE, 0, dict, asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, subject, 0), 0);
    asy_emit_unpack(f, &p->at, tuple, keys->count, UINT32_MAX);
    for (uint32_t i = 0; i < keys->count; i++) asy_emit(f, &p->at, OP_DELETE_ITEM, 0, dict, asy_emit_top(f, 0), 0);
    asy_emit_drop(f, &p->at);
}

static void match_class(Func *f, Matcher *m, const Pattern *p)
{
    const PatternList *positional = &p->MatchClass.patterns, *keyword = &p->MatchClass.kwd_patterns;
    const NameList *names = &p->MatchClass.kwd_attrs;
    for (uint32_t i = 0; i < names->count; i++) {
        if (!asy_var_check(f, &keyword->items[i]->at, names->items[i], CTX_Store)) return;
        for (uint32_t j = i + 1; j < names->count; j++) {
            if (names->items[i] != names->items[j]) continue;
            asy_compile_error(f->c, &keyword->items[j]->at, "attribute name repeated in class pattern: %s", names->items[i]->bytes);
            return;
        }
    }
    if (positional->count > UINT16_MAX) {
        asy_compile_error(f->c, &p->at, "too many sub-patterns in class pattern");
        return;
    }
    ProtoConst *items = asy_compile_alloc(f->c, (names->count + 1) * sizeof *items);
    if (!items) return;
    for (uint32_t i = 0; i < names->count; i++) items[i] = asy_const_str(names->items[i]);
    ProtoConst tuple = { .kind = PROTO_TUPLE, .count = names->count, .items = items };
    Slot subject = asy_emit_top(f, 0);
    Slot class = asy_expr(f, p->MatchClass.cls, TO_TEMP);
    uint32_t index = asy_emit_const_index(f, &tuple);
    asy_emit(f, &p->at, OP_MATCH_CLASS, 0, TO_TEMP, subject, class);
    CodeInstr *instr = asy_emit_last(f);
    instr->ext_a = positional->count;
    instr->ext_wide = index;
    Slot copy = asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    asy_emit_jump(f, &p->at, OP_JUMP_IF_NONE, 0, copy, 0, fail_label(f, m, f->depth - 1));
    uint32_t count = positional->count + keyword->count;
    asy_emit_unpack(f, &p->at, asy_emit_top(f, 0), count, UINT32_MAX);
    for (uint32_t i = 0; i < count; i++)
        match_inner(f, m, i < positional->count ? positional->items[i] : keyword->items[i - positional->count]);
    asy_emit_drop(f, &p->at);
}

static void match_as(Func *f, Matcher *m, const Pattern *p)
{
    if (!p->MatchAs.pattern) {
        if (!m->irrefutable_ok) {
            if (p->MatchAs.name)
                asy_compile_error(f->c, &p->at, "name capture '%s' makes remaining patterns unreachable", p->MatchAs.name->bytes);
            else
                asy_compile_error(f->c, &p->at, "wildcard makes remaining patterns unreachable");
            return;
        }
        capture(f, m, &p->at, p->MatchAs.name);
        return;
    }
    asy_emit(f, &p->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    match_pattern(f, m, p->MatchAs.pattern);
    capture(f, m, &p->at, p->MatchAs.name);
}

static bool same_names(const Name **a, uint32_t count_a, const Name **b, uint32_t count_b)
{
    if (count_a != count_b) return false;
    for (uint32_t i = 0; i < count_a; i++) {
        bool found = false;
        for (uint32_t j = 0; j < count_b; j++) found |= a[i] == b[j];
        if (!found) return false;
    }
    return true;
}

static void match_or(Func *f, Matcher *m, const Pattern *p)
{
    const PatternList *patterns = &p->MatchOr.patterns;
    uint32_t end = asy_label_new(f), depth = f->depth, before = m->store_count, first_count = 0;
    const Name **first = NULL;
    FailChain outer = m->fail;
    bool ok = m->irrefutable_ok;
    for (uint32_t i = 0; i < patterns->count && !f->c->failed; i++) {
        m->fail = (FailChain){ .base = depth };
        m->irrefutable_ok = i + 1 == patterns->count && ok;
        m->store_count = before;
        asy_emit(f, &patterns->items[i]->at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
        match_pattern(f, m, patterns->items[i]);
        if (f->c->failed) return;
        uint32_t bound = m->store_count - before;
        if (i == 0) {
            first_count = bound;
            first = asy_compile_alloc(f->c, (bound + 1) * sizeof *first);
            if (!first) return;
            if (bound) memcpy(first, m->stores + before, bound * sizeof *first);
        } else if (!same_names(first, first_count, m->stores + before, bound)) {
            asy_compile_error(f->c, &p->at, "alternative patterns bind different names");
            return;
        }
        asy_emit_jump_to(f, &patterns->items[i]->at, end);
        fail_place(f, m, &patterns->items[i]->at);
    }
    m->fail = outer;
    m->irrefutable_ok = ok;
    // None matched: the subject is still there.
    asy_emit_jump_to(f, &p->at, fail_label(f, m, depth));
    f->depth = depth;
    asy_label_place(f, end);
    asy_emit_drop(f, &p->at);
    m->store_count = before;
    for (uint32_t i = 0; i < first_count; i++) {    // names bound inside may be bound before the or-pattern already
        for (uint32_t j = 0; j < before; j++) {
            if (m->stores[j] != first[i]) continue;
            asy_compile_error(f->c, &p->at, "multiple assignments to name '%s' in pattern", first[i]->bytes);
            return;
        }
        m->stores[m->store_count++] = first[i];     // there was room for them a moment ago
    }
}

static void match_pattern(Func *f, Matcher *m, const Pattern *p)
{
    if (f->c->failed) return;
    switch ((PatternKind)p->kind) {
    case PATTERN_MatchValue: match_value(f, m, p); break;
    case PATTERN_MatchSingleton: match_singleton(f, m, p); break;
    case PATTERN_MatchSequence: match_sequence(f, m, p); break;
    case PATTERN_MatchMapping: match_mapping(f, m, p); break;
    case PATTERN_MatchClass: match_class(f, m, p); break;
    case PATTERN_MatchStar: capture(f, m, &p->at, p->MatchStar.name); break;
    case PATTERN_MatchAs: match_as(f, m, p); break;
    case PATTERN_MatchOr: match_or(f, m, p); break;
    case PATTERN__COUNT: break;
    }
}

static void match_case(Func *f, const MatchCase *k, bool last, uint32_t end, uint32_t depth)
{
    Matcher m = { .irrefutable_ok = k->guard || last };
    uint32_t hidden = f->hidden;
    const AstPlace *at = &k->pattern->at;
    m.fail.base = last ? depth : depth + 1;
    if (!last) asy_emit(f, at, OP_COPY, 0, TO_TEMP, asy_emit_top(f, 0), 0);
    match_pattern(f, &m, k->pattern);
    if (f->c->failed) return;
    for (uint32_t i = 0; i < m.store_count; i++) {
        for (uint32_t j = 0; j < m.capture_count; j++) {
            if (m.captures[j].name != m.stores[i]) continue;
            asy_var_store(f, at, m.stores[i], m.captures[j].slot);
            asy_emit(f, at, OP_CLEAR_LOCAL, 0, m.captures[j].slot, 0, 0);
        }
    }
    if (k->guard) asy_condition(f, k->guard, fail_label(f, &m, f->depth), false);
    if (!last) asy_emit_drop(f, at);
    f->hidden = hidden;
    asy_stmts(f, &k->body, 0);
    asy_emit_jump_to(f, NULL, end);
    bool partial = m.fail.count && m.capture_count;
    fail_place(f, &m, at);
    // What was captured before the failure goes.
    if (partial)
        for (uint32_t j = 0; j < m.capture_count; j++) asy_emit(f, at, OP_CLEAR_LOCAL, 0, m.captures[j].slot, 0, 0);
}

void asy_match_stmt(Func *f, const Stmt *s)
{
    const MatchCaseList *cases = &s->Match.cases;
    uint32_t end = asy_label_new(f), depth = f->depth;
    asy_expr(f, s->Match.subject, TO_TEMP);
    for (uint32_t i = 0; i < cases->count && !f->c->failed; i++)
        match_case(f, cases->items[i], i + 1 == cases->count, end, depth);
    if (!f->flow.reachable) f->depth = depth;
    asy_label_place(f, end);
}
