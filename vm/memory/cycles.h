// The cycle collector (architecture, decision 6).
#pragma once
#include "vm/core/object.h"

typedef struct CycleStats {
    uint64_t young_collections, old_collections;
    uint64_t collected;         // objects found unreachable so far
    bool busy;                  // an old collection is under way, or garbage is still to be cleared
} CycleStats;

bool asy_cycles_init(VM *vm);
void asy_cycles_close(VM *vm);
// One bounded step; called at a safe point of the interpreter (between instructions) when
// PENDING_COLLECT is set, behind the draining of the finaliser queue. Also for idle time, while
// asy_cycles_stats says busy. May put objects on the finaliser queue; never runs script itself.
void asy_cycles_step(VM *vm);
// Everything, to the end. Runs the finaliser queue, and so script, if garbage has finalisers. Returns
// the number of unreachable objects found. For gc.collect() and the end of a VM.
size_t asy_cycles_collect(VM *vm);
void asy_cycles_enable(VM *vm, bool on);
bool asy_cycles_enabled(VM *vm);
// Net new containers that start a young collection; 0: the default.
void asy_cycles_set_threshold(VM *vm, uint32_t containers);
uint32_t asy_cycles_threshold(VM *vm);
CycleStats asy_cycles_stats(VM *vm);
