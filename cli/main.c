// The asy command: options, running a file, text, module or the prompt, and the exit code.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asy.h"
#include "cli/repl.h"

enum { EXIT_USAGE = 2, EXIT_NO_INPUT = 2, EXIT_LEAK = 70, EXIT_MEMORY = 71, EXIT_INTERRUPTED = 130 };

typedef enum OptionId {
#define OPTION(id, letter, name, argument, help) OPT_##id,
#include "cli/options.def"
    OPT__COUNT
} OptionId;

typedef struct OptionInfo {
    char letter;
    const char *name, *argument, *help;
} OptionInfo;

static const OptionInfo options[OPT__COUNT] = {
#define OPTION(id, letter, name, argument, help) [OPT_##id] = { letter, name, argument, help },
#include "cli/options.def"
};

typedef struct Settings {
    const char *command, *module, *file;
    const char *fail_alloc;
    bool interactive, leaks, check;
    int dump;                   // AsyDump, -1: none
    int rest;                   // index of the first argument that is the script's
    AsyConfig config;
    uint8_t seed[16];
} Settings;

static void print_help(FILE *to)
{
    fputs("usage: asy [option] ... [file | -c text | -m module | -] [argument] ...\n"
          "Without a file: a prompt on a terminal, else the program from standard input.\n\noptions:\n", to);
    for (int i = 0; i < OPT__COUNT; i++) {
        char left[40];
        const OptionInfo *o = &options[i];
        const char *argument = o->argument ? o->argument : "";
        if (o->letter && o->name) snprintf(left, sizeof left, "-%c, --%s %s", o->letter, o->name, argument);
        else if (o->letter) snprintf(left, sizeof left, "-%c %s", o->letter, argument);
        else snprintf(left, sizeof left, "--%s %s", o->name, argument);
        fprintf(to, "  %-24s %s\n", left, o->help);
    }
    fputs("\nenvironment:\n"
          "  ASYPATH                  folders to look for modules in, separated by ':'\n"
          "\nexit code: 0, what sys.exit said, 1 after an uncaught exception, 2 for wrong usage, 130 after Ctrl-C.\n", to);
}

static bool usage(const char *format, const char *what)
{
    fprintf(stderr, "asy: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "\nTry 'asy --help'.\n");
    return false;
}

static bool parse_size(const char *text, size_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    unsigned shift = *end == 'k' ? 10 : *end == 'm' ? 20 : *end == 'g' ? 30 : 0;
    if (errno || end == text || (*end && (!shift || end[1])) || n > (SIZE_MAX >> shift)) {
        return usage("'%s' is no size: digits, then perhaps k, m or g", text);
    }
    *out = (size_t)n << shift;
    return true;
}

static const char *warn_filters[32], *x_options[32];
static size_t warn_count, x_count;

static bool apply(Settings *s, OptionId id, const char *argument)
{
    switch (id) {
    case OPT_COMMAND: s->command = argument; return true;
    case OPT_MODULE: s->module = argument; return true;
    case OPT_INTERACTIVE: s->interactive = true; return true;
    case OPT_UNBUFFERED: s->config.unbuffered = true; return true;
    case OPT_WARN:
        if (warn_count == sizeof warn_filters / sizeof *warn_filters - 1) return usage("too many filters: -W %s", argument);
        warn_filters[warn_count++] = argument;
        return true;
    case OPT_X:
        if (x_count == sizeof x_options / sizeof *x_options - 1) return usage("too many options: -X %s", argument);
        x_options[x_count++] = argument;
        s->config.dev_mode |= strcmp(argument, "dev") == 0;
        return true;
    case OPT_NO_ENVIRONMENT: s->config.path = ""; return true;
    case OPT_ISOLATED: s->config.isolated = true; return true;
    case OPT_DUMP_TOKENS: s->dump = ASY_DUMP_TOKENS; return true;
    case OPT_DUMP_AST: s->dump = ASY_DUMP_AST; return true;
    case OPT_DUMP_BYTECODE: s->dump = ASY_DUMP_BYTECODE; return true;
    case OPT_CHECK: s->check = true; return true;
    case OPT_VIRTUAL_TIME: s->config.virtual_time = true; return true;
    case OPT_HASH_SEED: {
        char *end;
        errno = 0;
        unsigned long long n = strtoull(argument, &end, 10);
        if (errno || *end || end == argument || n > UINT32_MAX) return usage("'%s' is no hash seed: 0 to 4294967295", argument);
        memset(s->seed, 0, sizeof s->seed);
        memcpy(s->seed, &n, sizeof n);
        s->config.hash_seed = s->seed;
        return true;
    }
    case OPT_MEMORY_MAX: return parse_size(argument, &s->config.memory_max);
    case OPT_FAIL_ALLOC: s->fail_alloc = argument; return true;
    case OPT_LEAKS: s->leaks = true; return true;
    case OPT_VERSION: printf("asy %s\n", asy_version()); exit(0);
    case OPT_HELP: print_help(stdout); exit(0);
    case OPT__COUNT: break;
    }
    return false;
}

static bool parse_arguments(int argc, char **argv, Settings *s)
{
    int i = 1;
    for (; i < argc; i++) {
        const char *a = argv[i];
        if (a[0] != '-' || !a[1]) break;
        if (a[1] == '-') {
            if (!a[2]) {
                i++;
                break;
            }
            size_t len = strcspn(a + 2, "=");
            int id = 0;
            while (id < OPT__COUNT && !(options[id].name && strlen(options[id].name) == len &&
                                        strncmp(options[id].name, a + 2, len) == 0)) {
                id++;
            }
            if (id == OPT__COUNT) return usage("unknown option %s", a);
            const char *argument = a[2 + len] ? a + 3 + len : NULL;
            if (options[id].argument && !argument) argument = i + 1 < argc ? argv[++i] : NULL;
            if (options[id].argument && !argument) return usage("option %s needs an argument", a);
            if (!options[id].argument && argument) return usage("option %s takes no argument", a);
            if (!apply(s, (OptionId)id, argument)) return false;
            continue;
        }
        for (const char *p = a + 1; *p; p++) {
            int id = 0;
            while (id < OPT__COUNT && options[id].letter != *p) id++;
            if (id == OPT__COUNT) return usage("unknown option %s", a);
            const char *argument = NULL;
            if (options[id].argument) {
                argument = p[1] ? p + 1 : i + 1 < argc ? argv[++i] : NULL;
                if (!argument) return usage("option %s needs an argument", a);
            }
            if (!apply(s, (OptionId)id, argument)) return false;
            if (argument) break;
        }
        if (s->command || s->module) {      // the rest is the script's
            s->rest = i + 1;
            return true;
        }
    }
    if (i < argc) s->file = argv[i++];
    s->rest = i;
    return true;
}

// sys.argv: what runs, then the rest.
static const char **script_argv(int argc, char **argv, const Settings *s)
{
    const char **v = calloc((size_t)(argc - s->rest) + 2, sizeof *v);
    if (!v) return NULL;
    v[0] = s->command ? "-c" : s->module ? "-m" : s->file ? s->file : "";
    for (int i = s->rest; i < argc; i++) v[i - s->rest + 1] = argv[i];
    return v;
}

static void write_stdout(void *ud, const char *bytes, size_t size)
{
    (void)ud;
    fwrite(bytes, 1, size, stdout);
}

// All of a stream. NULL with errno; *size without the NUL behind it.
static char *read_all(FILE *f, size_t *size)
{
    size_t capacity = 1 << 16, n = 0;
    char *text = malloc(capacity + 1);
    while (text) {
        n += fread(text + n, 1, capacity - n, f);
        if (n < capacity) break;
        char *more = realloc(text, 2 * capacity + 1);
        if (!more) {
            free(text);
            return NULL;
        }
        text = more;
        capacity *= 2;
    }
    if (!text || ferror(f)) {
        free(text);
        return NULL;
    }
    text[n] = 0;
    *size = n;
    return text;
}

static AsyStatus run_stream(AsyVM *vm, const Settings *s, FILE *f, const char *name, bool *readable)
{
    size_t size;
    char *text = read_all(f, &size);
    *readable = text != NULL;
    if (!text) return ASY_FAILED;
    AsyStatus status = s->dump >= 0 || s->check
                           ? asy_dump(vm, s->check ? ASY_DUMP_BYTECODE : (AsyDump)s->dump, text, size, name,
                                      s->check ? NULL : write_stdout, NULL)
                           : asy_run_text(vm, text, size, name);
    free(text);
    return status;
}

static AsyStatus run(AsyVM *vm, const Settings *s, bool *readable)
{
    *readable = true;
    if (s->command) {
        if (s->dump >= 0 || s->check) {
            return asy_dump(vm, s->check ? ASY_DUMP_BYTECODE : (AsyDump)s->dump, s->command, strlen(s->command), "<string>",
                            s->check ? NULL : write_stdout, NULL);
        }
        return asy_run_text(vm, s->command, strlen(s->command), "<string>");
    }
    if (s->module) return asy_run_module(vm, s->module);
    if (s->file && strcmp(s->file, "-") != 0) {
        if (s->dump < 0 && !s->check) return asy_run_file(vm, s->file);
        FILE *f = fopen(s->file, "rb");
        if (!f) {
            fprintf(stderr, "asy: can't open file '%s': [Errno %d] %s\n", s->file, errno, strerror(errno));
            *readable = false;
            return ASY_FAILED;
        }
        AsyStatus status = run_stream(vm, s, f, s->file, readable);
        fclose(f);
        return status;
    }
    return run_stream(vm, s, stdin, "<stdin>", readable);
}

// Ctrl-C: the running script gets KeyboardInterrupt. Blocking calls are interrupted, not restarted.
static AsyVM *interrupted_vm;
static void on_interrupt(int signum)
{
    (void)signum;
    asy_interrupt(interrupted_vm);
}
static void catch_interrupt(AsyVM *vm)
{
    struct sigaction action = { .sa_handler = on_interrupt }, old;
    interrupted_vm = vm;
    if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler != SIG_IGN) (void)sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
    Settings s = { .dump = -1, .config = { .size = sizeof(AsyConfig) } };
    if (!parse_arguments(argc, argv, &s)) return EXIT_USAGE;
    const char **script = script_argv(argc, argv, &s);
    s.config.argv = script;
    s.config.warn_options = warn_filters;
    s.config.x_options = x_options;
    s.config.fail_alloc = s.fail_alloc;
    s.config.report_leaks = s.leaks;
    AsyVM *vm = script ? asy_open(&s.config) : NULL;
    if (!vm) {
        free(script);
        fputs("asy: out of memory\n", stderr);
        return EXIT_MEMORY;
    }
    catch_interrupt(vm);
    bool readable = true, prompt = !s.command && !s.module && !s.file && isatty(0);
    int code = 0;
    if (!prompt) {
        AsyStatus status = run(vm, &s, &readable);
        if (!readable) code = EXIT_NO_INPUT;
        else if (status == ASY_FAILED) {
            asy_failure_report(vm);
            code = asy_failure_is(vm, "KeyboardInterrupt") ? EXIT_INTERRUPTED : 1;
        } else {
            code = asy_exit_code(vm);
        }
    }
    if (prompt || (s.interactive && readable)) code = asy_repl(vm);
    (void)signal(SIGINT, SIG_DFL);
    size_t left = asy_close(vm);
    free(script);
    if (left && s.leaks) return EXIT_LEAK;
    return code;
}
