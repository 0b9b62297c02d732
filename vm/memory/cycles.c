// Collecting cycles, in bounded steps.
//
// Garbage is decided by trial deletion, which is exact for any set of candidates: take away from each
// candidate's count the references that come from candidates; what has references left is held from
// outside (by other objects, frames, C locals), and so is all it leads to; the rest is garbage. Counts
// are changed in place and restored before anything else happens.
//
//   young:  candidates are the containers born since the last young collection
//   old:    WHITEN  in slices: mark all old containers white (new ones are born without the mark)
//           MARK    in slices: from the roots, take the mark from what is reached. There is no write
//                   barrier: a live object that a program moved about may stay white, which costs time, no more
//           GATHER  in slices: note the white ones; then trial deletion on those alone
//
// Garbage has its weak references cleared in the same step. If none of it has a finaliser, it is cleared,
// in slices. Else the finalisers are queued, and a later step, when they have run, judges the same objects
// once more. Lists that live from step to step hold heap indices, not pointers: what has died meanwhile is
// skipped, and an object that got a dead one's place is just one more candidate.
//
// Slices are counted in visits, so equal runs collect at equal points. Without memory for its lists the
// collector gives up what it was doing and starts again later.
#include "vm/memory/cycles.h"

#include <stdatomic.h>

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/interp/frame.h"
#include "vm/memory/check.h"
#include "vm/memory/finalize.h"
#include "vm/memory/weakref.h"
#include "vm/memory/weakref_impl.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"

enum {
    WHITE = OBJ_GC_A,           // old collection: not reached by marking
    IN_SET = OBJ_GC_B,          // trial deletion: a candidate
    ALIVE = OBJ_GC_C,           // trial deletion: a candidate that is held from outside
#if defined(ASY_STRESS)
    YOUNG_DEFAULT = 1, SLICE_VISITS = 64, CLEAR_SLICE = 4, OLD_MIN = 256, CHECK_EVERY = 512,
#else
    YOUNG_DEFAULT = 4096,       // CPython's young threshold is 700; a page holds several hundred containers
    SLICE_VISITS = 32768,       // eight times what is born between slices, so that marking gains ground
    CLEAR_SLICE = 4096,
    OLD_MIN = 16384,            // survivors that start an old collection, or a quarter of the old ones
#endif
};

typedef struct IndexList {
    uint32_t *items;
    size_t count, capacity;
} IndexList;

typedef enum Phase { IDLE, WHITEN, MARK, GATHER } Phase;

typedef struct Cycles {
    bool enabled;
    bool failed;                // a list could not grow: give up
    Phase phase;
    uint32_t threshold;
    uint32_t page;              // WHITEN, GATHER: next page
    size_t visits;              // left in this slice
    IndexList work;             // MARK: to be traced; GATHER: white objects
    IndexList recheck;          // garbage whose finalisers have been queued
    ObjHeader **garbage;        // to be cleared, each with a reference of ours
    size_t garbage_count, garbage_at;
    size_t survivors;           // promoted since the last old collection
    size_t old_total;           // old containers at the last one
    CycleStats stats;
#if defined(ASY_STRESS)
    size_t check_in;            // steps until the heap is checked
#endif
} Cycles;

// ---- lists ----

static bool index_push(VM *vm, IndexList *list, uint32_t index)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        uint32_t *items = asy_mem_resize(vm, list->items, list->capacity * sizeof(uint32_t), capacity * sizeof(uint32_t));
        if (!items) return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = index;
    return true;
}

static void index_free(VM *vm, IndexList *list)
{
    asy_mem_free(vm, list->items, list->capacity * sizeof(uint32_t));
    *list = (IndexList){ 0 };
}

// ---- trial deletion ----

// The candidates: objects with IN_SET, in an array with room for as many again (the stack of `revive`).
typedef struct Candidates {
    ObjHeader **items;
    size_t count, capacity;     // capacity: of items, half of what is allocated
} Candidates;

static bool candidates_alloc(VM *vm, Candidates *c, size_t capacity)
{
    *c = (Candidates){ 0 };
    if (!capacity) return true;
    c->items = asy_mem_alloc(vm, capacity * 2 * sizeof(ObjHeader *));
    c->capacity = capacity;
    return c->items != NULL;
}

static void candidates_free(VM *vm, Candidates *c) { asy_mem_free(vm, c->items, c->items ? c->capacity * 2 * sizeof(ObjHeader *) : 0); }

static void candidates_add(Candidates *c, ObjHeader *o)
{
    if (o->flags & IN_SET) return;
    assert(c->count < c->capacity);
    o->flags |= IN_SET;
    c->items[c->count++] = o;
}

static void visit_subtract(Tracer *t, ObjHeader *o)
{
    (void)t;
    if (!(o->flags & IN_SET)) return;
    assert(o->refs > 0);        // a type's trace names a reference that it does not own
    o->refs--;
}

static void visit_restore(Tracer *t, ObjHeader *o)
{
    (void)t;
    if (o->flags & IN_SET) o->refs++;
}

typedef struct ReviveTracer {
    Tracer base;
    ObjHeader **stack;
    size_t count;
} ReviveTracer;

static void visit_revive(Tracer *t, ObjHeader *o)
{
    if (!(o->flags & IN_SET)) return;
    o->refs++;
    if (o->flags & ALIVE) return;
    o->flags |= ALIVE;
    ReviveTracer *r = (ReviveTracer *)t;
    r->stack[r->count++] = o;
}

// Moves garbage to the front of the array, in its order; returns how much. Counts are as before. The marks
// IN_SET and ALIVE stay for the caller.
static size_t trial_deletion(VM *vm, Candidates *c)
{
    Tracer subtract = { vm, visit_subtract }, restore = { vm, visit_restore };
    for (size_t i = 0; i < c->count; i++) asy_object_trace(&subtract, c->items[i]);
    ReviveTracer revive = { { vm, visit_revive }, c->items + c->capacity, 0 };
    for (size_t i = 0; i < c->count; i++) {
        ObjHeader *o = c->items[i];
        if (!o->refs || o->flags & ALIVE) continue;
        o->flags |= ALIVE;
        asy_object_trace(&revive.base, o);
        while (revive.count) asy_object_trace(&revive.base, revive.stack[--revive.count]);
    }
    size_t garbage = 0;
    for (size_t i = 0; i < c->count; i++) {
        ObjHeader *o = c->items[i];
        if (o->flags & ALIVE) continue;
        asy_object_trace(&restore, o);
        c->items[i] = c->items[garbage];
        c->items[garbage++] = o;
    }
    return garbage;
}

// ---- what becomes of garbage ----

static bool has_finalizer(VM *vm, ObjHeader *o)
{
    const Type *type = o->type;
    if (!(type->flags & TYPE_FINALIZES) || o->flags & (OBJ_FINALIZED | OBJ_QUEUED)) return false;
    return type->slots.del || (type->needs_finalize && type->needs_finalize(vm, o));
}

// Hands the garbage to the clearing slices: classes last, since their instances need them to the end.
static void garbage_keep(VM *vm, ObjHeader **items, size_t count)
{
    Cycles *y = vm->cycles;
    size_t waiting = y->garbage_count - y->garbage_at;
    ObjHeader **list = asy_mem_alloc(vm, (waiting + count) * sizeof(ObjHeader *));
    if (!list) return;          // it stays garbage, and is found again by the next old collection
    if (waiting) memcpy(list, y->garbage + y->garbage_at, waiting * sizeof(ObjHeader *));
    asy_mem_free(vm, y->garbage, y->garbage_count * sizeof(ObjHeader *));
    size_t n = waiting;
    for (int types = 0; types < 2; types++) {
        for (size_t i = 0; i < count; i++) {
            if (((items[i]->type->flags & TYPE_TYPE) != 0) != (types != 0)) continue;
            items[i]->refs++;
            list[n++] = items[i];
        }
    }
    assert(n == waiting + count);
    y->garbage = list;
    y->garbage_count = n;
    y->garbage_at = 0;
}

static void garbage_finalize(VM *vm, ObjHeader **items, size_t count)
{
    Cycles *y = vm->cycles;
    for (size_t i = 0; i < count; i++) {
        if (!index_push(vm, &y->recheck, asy_heap_index(vm, items[i]))) break;
    }
    for (size_t i = 0; i < count; i++) {
        // Without memory for the queue it dies unseen, as everywhere.
        if (has_finalizer(vm, items[i]) && !asy_finalize_queue_object(vm, items[i])) items[i]->flags |= OBJ_FINALIZED;
    }
}

// A tuple whose items can lead nowhere need not be looked at again: it stops being a container (asy_tuple_again, which
// changes tuples, makes it one again). Programs keep many such rows.
static bool leads_nowhere(VM *vm, const ObjHeader *o)
{
    if (o->type != vm->types.tuple) return false;
    const TupleObj *t = (const TupleObj *)(const void *)o;
    for (size_t i = 0; i < t->size; i++) {
        if (asy_is_obj(t->items[i]) && asy_as_obj(t->items[i])->flags & OBJ_CONTAINER) return false;
    }
    return true;
}

// Judges candidates whose weak references are not cleared yet. Survivors become old. Returns how much is
// garbage.
static size_t judge(VM *vm, Candidates *c)
{
    Cycles *y = vm->cycles;
    size_t garbage = trial_deletion(vm, c);
    bool finalizers = false;
    // Garbage still has IN_SET and not ALIVE: that is how references within it are told apart. The marks of
    // the survivors go first.
    for (size_t i = garbage; i < c->count; i++) {
        ObjHeader *o = c->items[i];
        o->flags &= ~(uint32_t)(IN_SET | ALIVE | WHITE);
        if (leads_nowhere(vm, o)) {
            o->flags &= ~(uint32_t)(OBJ_CONTAINER | OBJ_OLD);
            continue;
        }
        if (!(o->flags & OBJ_OLD)) y->survivors++;
        o->flags |= OBJ_OLD;
    }
    for (size_t i = 0; i < garbage; i++) {
        ObjHeader *o = c->items[i];
        if (o->flags & OBJ_WEAKREFFED) (void)asy_weakref_clear_garbage(vm, o, IN_SET);
        finalizers |= has_finalizer(vm, o);
    }
    for (size_t i = 0; i < garbage; i++) {
        ObjHeader *o = c->items[i];
        o->flags = (o->flags & ~(uint32_t)(IN_SET | ALIVE | WHITE)) | OBJ_OLD;
    }
    if (!garbage) return 0;
    if (finalizers) garbage_finalize(vm, c->items, garbage);
    else garbage_keep(vm, c->items, garbage);
    return garbage;
}

// Clears up to `limit` objects. Everything they refer to may die; what is on the list has our reference.
static void clear_slice(VM *vm, size_t limit)
{
    Cycles *y = vm->cycles;
    while (limit-- && y->garbage_at < y->garbage_count) {
        ObjHeader *o = y->garbage[y->garbage_at++];
        asy_object_clear(vm, o);
        asy_release_header(vm, o);
    }
    if (y->garbage_at < y->garbage_count) return;
    asy_mem_free(vm, y->garbage, y->garbage_count * sizeof(ObjHeader *));
    y->garbage = NULL;
    y->garbage_count = y->garbage_at = 0;
}

// Garbage whose finalisers have run is judged again: they may have brought some of it back to life.
static void recheck(VM *vm)
{
    Cycles *y = vm->cycles;
    IndexList list = y->recheck;
    y->recheck = (IndexList){ 0 };
    Candidates c;
    if (candidates_alloc(vm, &c, list.count)) {
        for (size_t i = 0; i < list.count; i++) {
            ObjHeader *o = asy_heap_find(vm, list.items[i]);
            if (o && o->flags & OBJ_CONTAINER && o->refs) candidates_add(&c, o);
        }
        (void)judge(vm, &c);
        candidates_free(vm, &c);
    }
    index_free(vm, &list);
}

// ---- young ----

typedef struct Gather {
    VM *vm;
    Candidates c;
    size_t count;
    bool all;                   // old ones, too
} Gather;

static bool wanted(const Gather *g, const ObjHeader *o)
{
    return o->flags & OBJ_CONTAINER && o->refs && (g->all || !(o->flags & OBJ_OLD));
}

static void gather_count(void *ud, ObjHeader *o)
{
    Gather *g = ud;
    g->count += wanted(g, o);
}

static void gather_add(void *ud, ObjHeader *o)
{
    Gather *g = ud;
    if (wanted(g, o)) candidates_add(&g->c, o);
}

static size_t collect_from_heap(VM *vm, bool all)
{
    void (*walk)(VM *, void (*)(void *, ObjHeader *), void *) = all ? asy_heap_walk : asy_heap_walk_touched;
    Gather g = { .vm = vm, .all = all };
    walk(vm, gather_count, &g);
    size_t garbage = 0;
    if (candidates_alloc(vm, &g.c, g.count)) {
        walk(vm, gather_add, &g);
        garbage = judge(vm, &g.c);
        candidates_free(vm, &g.c);
        asy_heap_clear_touched(vm);     // else the young ones stay where the next collection looks
    }
    vm->heap.young = 0;
    vm->cycles->stats.collected += garbage;
    return garbage;
}

// ---- old ----

static void mark(Tracer *t, ObjHeader *o)
{
    Cycles *y = t->vm->cycles;
    if (y->visits) y->visits--;
    if (!(o->flags & WHITE)) return;
    o->flags &= ~(uint32_t)WHITE;
    if (!index_push(t->vm, &y->work, asy_heap_index(t->vm, o))) y->failed = true;
}

// Everything the VM itself holds on to. What is forgotten here is no error: it costs a longer trial deletion.
static void mark_roots(VM *vm, Tracer *t)
{
    for (uint32_t i = 0; i < vm->registry.capacity; i++) {
        if (vm->registry.defs[i]) mark(t, &vm->registry.types[i]->head);
    }
    ObjHeader *dicts[] = { (ObjHeader *)(void *)vm->builtins, (ObjHeader *)(void *)vm->sys_dict, (ObjHeader *)(void *)vm->modules };
    for (size_t i = 0; i < sizeof dicts / sizeof dicts[0]; i++) asy_trace_header(t, dicts[i]);
    Value values[] = { vm->builtins_module, vm->sys_module, vm->main_module, vm->codec_errors, vm->memory_error };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) asy_trace_value(t, values[i]);
    for (Thread *thread = &vm->main_thread; thread; thread = thread->next) {
        Value held[] = { thread->exc, thread->base_handled.exc, thread->context, thread->async_exc, thread->asyncgen_firstiter,
                         thread->asyncgen_finalizer, thread->trace, thread->profile };
        for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) asy_trace_value(t, held[i]);
        for (Frame *f = thread->frame; f; f = f->back) asy_trace_header(t, &f->head);
    }
    for (int i = 0; i < VM_DATA__COUNT; i++) {
        if (vm->data[i] && vm->data_trace[i]) vm->data_trace[i](t, vm->data[i]);
    }
}

static void whiten(void *ud, ObjHeader *o)
{
    Cycles *y = ud;
    if (y->visits) y->visits--;
    if (!(o->flags & OBJ_CONTAINER) || !(o->flags & OBJ_OLD)) return;
    o->flags |= WHITE;
    y->old_total++;
}

static void gather_white(void *ud, ObjHeader *o)
{
    VM *vm = ud;
    Cycles *y = vm->cycles;
    if (y->visits) y->visits--;
    if (o->flags & WHITE && !index_push(vm, &y->work, asy_heap_index(vm, o))) y->failed = true;
}

static void old_begin(VM *vm)
{
    Cycles *y = vm->cycles;
    y->phase = WHITEN;
    y->page = 0;
    y->survivors = 0;
    y->old_total = 0;
    y->work.count = 0;
}

static void old_end(VM *vm)
{
    Cycles *y = vm->cycles;
    y->phase = IDLE;
    y->failed = false;
    index_free(vm, &y->work);
}

static void old_judge(VM *vm)
{
    Cycles *y = vm->cycles;
    Candidates c;
    if (candidates_alloc(vm, &c, y->work.count)) {
        for (size_t i = 0; i < y->work.count; i++) {
            ObjHeader *o = asy_heap_find(vm, y->work.items[i]);
            if (o && o->flags & WHITE && o->flags & OBJ_CONTAINER && o->refs) candidates_add(&c, o);
        }
        y->stats.collected += judge(vm, &c);
        candidates_free(vm, &c);
    }
    y->stats.old_collections++;
    old_end(vm);
}

static void old_slice(VM *vm)
{
    Cycles *y = vm->cycles;
    Tracer t = { vm, mark };
    y->visits = SLICE_VISITS;
    while (y->visits && y->phase != IDLE) {
        if (y->failed) {
            old_end(vm);
        } else if (y->phase == WHITEN) {
            if (y->page < asy_heap_page_end(vm)) {
                asy_heap_walk_page(vm, y->page++, whiten, y);
                continue;
            }
            y->phase = MARK;
            mark_roots(vm, &t);
        } else if (y->phase == MARK) {
            if (y->work.count) {
                ObjHeader *o = asy_heap_find(vm, y->work.items[--y->work.count]);
                if (o && o->flags & OBJ_CONTAINER && o->refs) asy_object_trace(&t, o);
                continue;
            }
            y->phase = GATHER;
            y->page = 0;
        } else if (y->page < asy_heap_page_end(vm)) {
            asy_heap_walk_page(vm, y->page++, gather_white, vm);
        } else {
            old_judge(vm);
        }
    }
}

// ---- the doors ----

static bool has_more(const Cycles *y) { return y->garbage_count || y->recheck.count; }

void asy_cycles_step(VM *vm)
{
    Cycles *y = vm->cycles;
    atomic_fetch_and(&vm->pending, ~(uint32_t)PENDING_COLLECT);
    if (!y->enabled || vm->closing) return;
    if (y->garbage_count) {
        clear_slice(vm, CLEAR_SLICE);
    } else if (y->recheck.count) {
        // Before the finalisers have run there is nothing to look at again.
        if (atomic_load(&vm->pending) & PENDING_FINALIZE) {
            asy_vm_set_pending(vm, PENDING_COLLECT);
            return;
        }
        recheck(vm);
    }
    if (vm->heap.young_limit && vm->heap.young >= vm->heap.young_limit) {
        y->stats.young_collections++;
        (void)collect_from_heap(vm, false);
    }
    if (y->phase == IDLE && y->survivors > OLD_MIN && y->survivors > y->old_total / 4) old_begin(vm);
    if (y->phase != IDLE) old_slice(vm);
    if (has_more(y)) asy_vm_set_pending(vm, PENDING_COLLECT);
#if defined(ASY_STRESS)
    if (y->check_in > 0) {
        y->check_in--;
    } else {
        y->check_in = CHECK_EVERY + vm->heap.bytes / CHECK_EVERY;       // all of it: less often the more there is
        char message[200];
        bool sound = asy_heap_check(vm, message, sizeof message);
        assert(sound);
        (void)sound;
    }
#endif
}

size_t asy_cycles_collect(VM *vm)
{
    Cycles *y = vm->cycles;
    if (y->phase != IDLE) old_end(vm);
    clear_slice(vm, SIZE_MAX);
    asy_finalize_drain(vm);
    if (y->recheck.count) recheck(vm);
    size_t found = collect_from_heap(vm, true);
    y->stats.old_collections++;
    // Each round finalises something once: the number of rounds is the depth to which finalisers make garbage.
    while (has_more(y)) {
        clear_slice(vm, SIZE_MAX);
        asy_finalize_drain(vm);
        if (y->recheck.count) recheck(vm);
    }
    asy_finalize_drain(vm);
    y->survivors = 0;
    return found;
}

static void apply_threshold(VM *vm)
{
    Cycles *y = vm->cycles;
    vm->heap.young_limit = y->enabled ? y->threshold : 0;
    if (y->enabled && vm->heap.young >= y->threshold) asy_vm_set_pending(vm, PENDING_COLLECT);
}

void asy_cycles_enable(VM *vm, bool on)
{
    vm->cycles->enabled = on;
    apply_threshold(vm);
}

bool asy_cycles_enabled(VM *vm) { return vm->cycles->enabled; }

void asy_cycles_set_threshold(VM *vm, uint32_t containers)
{
    vm->cycles->threshold = containers ? containers : YOUNG_DEFAULT;
    apply_threshold(vm);
}

uint32_t asy_cycles_threshold(VM *vm) { return vm->cycles->threshold; }

CycleStats asy_cycles_stats(VM *vm)
{
    CycleStats stats = vm->cycles->stats;
    stats.busy = vm->cycles->phase != IDLE || has_more(vm->cycles);
    return stats;
}

bool asy_cycles_init(VM *vm)
{
    vm->cycles = asy_mem_alloc(vm, sizeof(Cycles));
    if (!vm->cycles) return false;
    *vm->cycles = (Cycles){ .enabled = true, .threshold = YOUNG_DEFAULT };
    apply_threshold(vm);
    return true;
}

void asy_cycles_close(VM *vm)
{
    Cycles *y = vm->cycles;
    if (!y) return;
    clear_slice(vm, SIZE_MAX);
    index_free(vm, &y->work);
    index_free(vm, &y->recheck);
    asy_mem_free(vm, y, sizeof(Cycles));
    vm->cycles = NULL;
    vm->heap.young_limit = 0;
}
