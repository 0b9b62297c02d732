// Runs a program again and again in this process, each time with another allocation failing, for tests/alloc_failures.py.
//
//     alloc_failures PROGRAM        numbers come from stdin, a line each: "n", or "n+" for all from the n-th on
//     alloc_failures --open         the same for opening and closing a VM without a program
//
// Answers each line when that run is over: "n ok" (as if nothing had failed), "n handled", or "n FAULT what"; to "0", when
// nothing fails, with "0 ok" and how many allocations there were. A VM whose
// allocation failed must end with MemoryError or as if nothing had happened, and give everything back: no object is left,
// and not a byte of what it took from its host.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asy.h"
#include "vm/core/vm.h"

typedef struct Run {
    size_t bytes, blocks;           // taken from this host and not given back
    unsigned long long taken;       // allocations so far
    unsigned long long fail_at;     // --open: this one fails, 0: none
    bool fail_after;
    char output[1 << 16];           // the end of what it printed
    size_t size;
    bool noise;                     // something on stderr
    unsigned long long allocations; // the program's
} Run;

static void *resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    Run *run = ud;
    if (new_size == 0) {
        free(ptr);
        if (ptr) run->bytes -= old_size, run->blocks--;
        return NULL;
    }
    run->taken++;
    if (run->fail_at && (run->taken == run->fail_at || (run->fail_after && run->taken > run->fail_at))) return NULL;
    void *p = realloc(ptr, new_size);
    if (!p) return NULL;
    run->bytes += new_size - (ptr ? old_size : 0);
    run->blocks += !ptr;
    return p;
}

static void keep(void *ud, int fd, const char *bytes, size_t size)
{
    Run *run = ud;
    run->noise |= fd == 2;
    if (size > sizeof run->output / 2) bytes += size - sizeof run->output / 2, size = sizeof run->output / 2;
    if (run->size + size >= sizeof run->output) {
        size_t half = run->size / 2;
        memmove(run->output, run->output + run->size - half, half);
        run->size = half;
    }
    memcpy(run->output + run->size, bytes, size);
    run->size += size;
    run->output[run->size] = 0;
}

static const char *last_line(const char *text)
{
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n') n--;
    while (n && text[n - 1] != '\n') n--;
    return text + n;
}

// What was wrong, in `fault`; else whether it went as if nothing had failed.
static bool run_program(Run *run, const char *program, const char *number, char *fault, size_t fault_size)
{
    static const uint8_t seed[16] = { 0 };
    AsyConfig c = { .size = sizeof c, .resize = resize, .resize_ud = run, .write = keep, .write_ud = run,
                    .virtual_time = true, .hash_seed = seed, .path = "" };
    if (program) {
        if (strcmp(number, "0") != 0) c.fail_alloc = number;
    } else {
        run->fail_at = strtoull(number, NULL, 10);
        run->fail_after = strchr(number, '+') != NULL;
    }
    AsyVM *vm = asy_open(&c);
    bool unharmed = vm != NULL;
    if (vm && program) {
        unsigned long long before = vm->heap.allocations;
        AsyStatus status = asy_run_file(vm, program);
        run->allocations = vm->heap.allocations - before;
        unharmed = status == ASY_OK && !run->noise;
        if (status == ASY_FAILED) {
            const char *failure = asy_failure(vm);
            if (!strstr(failure, "MemoryError")) snprintf(fault, fault_size, "fails with %s", last_line(failure));
            asy_failure_report(vm);
        }
    }
    if (!program) run->allocations = run->taken;
    size_t left = vm ? asy_close(vm) : 0;
    if (left) snprintf(fault, fault_size, "%zu objects are left", left);
    else if (run->bytes || run->blocks) snprintf(fault, fault_size, "%zu bytes in %zu blocks are left", run->bytes, run->blocks);
    else if (!vm && program) snprintf(fault, fault_size, "no VM could be opened");
    return unharmed;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: alloc_failures PROGRAM | --open\n");
        return 2;
    }
    const char *program = strcmp(argv[1], "--open") == 0 ? NULL : argv[1];
    char number[64], fault[512];
    while (fgets(number, sizeof number, stdin)) {
        number[strcspn(number, "\n")] = 0;
        Run *run = calloc(1, sizeof *run);
        if (!run) return 2;
        fault[0] = 0;
        bool unharmed = run_program(run, program, number, fault, sizeof fault);
        for (char *at = fault; (at = strchr(at, '\n'));) *at = ' ';
        if (fault[0]) printf("%s FAULT %s\n", number, fault);
        else if (strcmp(number, "0") == 0) printf("0 %s %llu\n", unharmed ? "ok" : "handled", run->allocations);
        else printf("%s %s\n", number, unharmed ? "ok" : "handled");
        fflush(stdout);
        free(run);
    }
    return 0;
}
