// The one door for time, chance and order: clocks, random seeds, the hash seed, idle questions and the
// choice of what runs next are asked here, so that a virtual clock and a seeded order replace them
// without another file changing.
#pragma once
#include "vm/core/value.h"

typedef struct Scheduler {
    void *ud;
    int64_t (*monotonic_ns)(void *ud);      // never goes back; arbitrary start
    int64_t (*wall_ns)(void *ud);           // since 1970-01-01 UTC
    int64_t (*cpu_ns)(void *ud);            // of the process
    int64_t (*thread_cpu_ns)(void *ud);
    bool (*entropy)(void *ud, void *out, size_t size);      // false: the system has none
    const void *hash_key;                   // 16 bytes that key hashes of text; NULL: asked from entropy. Read at VM start
    // Blocks the calling thread for ns; the VM's lock has been released. Returns early on a signal.
    void (*sleep_ns)(void *ud, int64_t ns);
    // Which of n ready callbacks or threads goes next: 0 keeps the documented order.
    uint32_t (*choose)(void *ud, uint32_t n);
    // Whether the loop may use ns of idle time for collecting.
    bool (*may_collect)(void *ud, int64_t ns);
    // Clocks move by sleep_ns alone: an event loop with nothing ready sleeps to its next timer instead of waiting.
    bool is_virtual;
} Scheduler;

extern const Scheduler asy_scheduler_system;        // the machine's clocks, documented order
