// The machine behind the scheduler's door: its clocks, its randomness, the documented order.
#include "vm/core/scheduler.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_ns(clockid_t id)
{
    struct timespec t = { 0 };
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t system_monotonic_ns(void *ud) { return (void)ud, clock_ns(CLOCK_MONOTONIC); }
static int64_t system_wall_ns(void *ud) { return (void)ud, clock_ns(CLOCK_REALTIME); }
static int64_t system_cpu_ns(void *ud) { return (void)ud, clock_ns(CLOCK_PROCESS_CPUTIME_ID); }
static int64_t system_thread_cpu_ns(void *ud) { return (void)ud, clock_ns(CLOCK_THREAD_CPUTIME_ID); }

static bool system_entropy(void *ud, void *out, size_t size)
{
    (void)ud;
    char *at = out;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static void system_sleep_ns(void *ud, int64_t ns)
{
    (void)ud;
    if (ns < 0) ns = 0;
    struct timespec t = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);        // EINTR: the caller looks at signals and goes on
}

static uint32_t system_choose(void *ud, uint32_t n) { return (void)ud, (void)n, 0; }
static bool system_may_collect(void *ud, int64_t ns) { return (void)ud, ns >= 1000000; }

const Scheduler asy_scheduler_system = {
    .monotonic_ns = system_monotonic_ns,
    .wall_ns = system_wall_ns,
    .cpu_ns = system_cpu_ns,
    .thread_cpu_ns = system_thread_cpu_ns,
    .entropy = system_entropy,
    .sleep_ns = system_sleep_ns,
    .choose = system_choose,
    .may_collect = system_may_collect,
};
