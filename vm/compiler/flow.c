// What is known at a place of the code: whether it is reached, how many temporaries are alive, and which locals
// are certainly assigned.
//
// Control flow is structured, so one pass suffices: a label's state is the meet of the jumps to it, and a
// loop's head may be jumped to from below only with locals missing that some `del` of the function takes
// (Func.deletable). The same goes for handlers, whose state is that at the start of their region.
#include "vm/compiler/unit.h"

static uint64_t *words_new(Func *f)
{
    uint64_t *words = asy_compile_alloc(f->c, f->flow_words * sizeof *words);
    return words ? words : f->flow.bound;       // failed: nobody reads the result
}

Flow asy_flow_save(Func *f)
{
    Flow copy = { f->flow.reachable, words_new(f) };
    if (copy.bound != f->flow.bound) memcpy(copy.bound, f->flow.bound, f->flow_words * sizeof(uint64_t));
    return copy;
}

void asy_flow_restore(Func *f, const Flow *flow)
{
    f->flow.reachable = flow->reachable;
    if (flow->bound != f->flow.bound) memcpy(f->flow.bound, flow->bound, f->flow_words * sizeof(uint64_t));
}

bool asy_flow_is_bound(const Func *f, Slot local)
{
    if (!f->flow.reachable) return true;
    return local / 64 < f->flow_words && (f->flow.bound[local / 64] >> (local % 64) & 1);
}

void asy_flow_bind(Func *f, Slot local)
{
    if (local / 64 < f->flow_words) f->flow.bound[local / 64] |= UINT64_C(1) << (local % 64);
}

void asy_flow_unbind(Func *f, Slot local)
{
    if (local / 64 < f->flow_words) f->flow.bound[local / 64] &= ~(UINT64_C(1) << (local % 64));
}

uint32_t asy_label_new(Func *f)
{
    if (!asy_compile_grow(f->c, &f->labels, &f->label_cap, f->label_count + 1, sizeof *f->labels)) return 0;
    f->labels[f->label_count] = (Label){ .instr = LABEL_OPEN };
    return f->label_count++;
}

void asy_label_join(Func *f, uint32_t number, uint32_t depth)
{
    if (!f->flow.reachable || f->c->failed) return;
    Label *label = &f->labels[number];
    if (!label->used) {
        label->used = true;
        label->depth = depth;
        if (label->instr == LABEL_OPEN) {
            label->bound = words_new(f);
            if (label->bound != f->flow.bound) memcpy(label->bound, f->flow.bound, f->flow_words * sizeof(uint64_t));
        }
        return;
    }
    assert(label->depth == depth);
    if (label->instr == LABEL_OPEN)
        for (uint32_t i = 0; i < f->flow_words; i++) label->bound[i] &= f->flow.bound[i];
}

void asy_label_place(Func *f, uint32_t number)
{
    if (f->c->failed) return;
    Label *label = &f->labels[number];
    assert(label->instr == LABEL_OPEN);
    label->instr = f->count;
    label->level = f->level;
    if (!label->used) {
        label->depth = f->depth;
        return;
    }
    assert(!f->flow.reachable || f->depth == label->depth);
    for (uint32_t i = 0; i < f->flow_words; i++)
        f->flow.bound[i] = f->flow.reachable ? f->flow.bound[i] & label->bound[i] : label->bound[i];
    f->flow.reachable = true;
    f->depth = label->depth;
}

void asy_label_place_loop(Func *f, uint32_t number)
{
    if (f->c->failed) return;
    Label *label = &f->labels[number];
    label->instr = f->count;
    label->level = f->level;
    label->depth = f->depth;
    label->used = true;
    for (uint32_t i = 0; i < f->flow_words; i++) f->flow.bound[i] &= ~f->deletable[i];
}

uint32_t asy_handler_new(Func *f, uint32_t depth)
{
    if (!asy_compile_grow(f->c, &f->handlers, &f->handler_cap, f->handler_count + 1, sizeof *f->handlers)) return NO_HANDLER;
    uint32_t number = asy_label_new(f);
    if (f->c->failed) return NO_HANDLER;
    Label *label = &f->labels[number];
    label->bound = words_new(f);
    label->depth = depth + 2;
    for (uint32_t i = 0; i < f->flow_words; i++) label->bound[i] = f->flow.bound[i] & ~f->deletable[i];
    f->handlers[f->handler_count] = (CodeHandler){ .label = number, .depth = depth };
    return f->handler_count++;
}

void asy_handler_place(Func *f, uint32_t number)
{
    if (f->c->failed) return;
    CodeHandler *handler = &f->handlers[number];
    Label *label = &f->labels[handler->label];
    assert(!f->flow.reachable);
    label->instr = f->count;
    label->level = f->level;
    label->used = handler->used;
    f->depth = label->depth;
    if (f->depth > f->depth_max) f->depth_max = f->depth;
    f->flow.reachable = handler->used;
    memcpy(f->flow.bound, label->bound, f->flow_words * sizeof(uint64_t));
}

Flow asy_cold_begin(Func *f)
{
    Flow hot = asy_flow_save(f);
    f->level++;
    f->flow.reachable = false;
    return hot;
}

void asy_cold_end(Func *f, const Flow *hot, uint32_t depth)
{
    assert(!f->flow.reachable || f->c->failed);
    f->level--;
    asy_flow_restore(f, hot);
    f->depth = depth;
}
