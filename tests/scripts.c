// The runner of the script tests: one process a script, the expectation beside the line.
//
//     scripts [options] [FOLDER ...]
//
// FOLDER is lang, lib, async, limits, regress or golden; default: all there are. A test is a .asy
// file below tests/FOLDER whose name, and the folders' on the way, begin with neither `_` nor `.`;
// a folder with an __init__.asy is a package the tests import, no test. Comments say what must
// come out:
//
//     print(a)       # expect: text            the lines of stdout, in the order of these comments
//     f()            # expect-error: Type: m   an uncaught exception: that line on stderr, exit
//                                              status 1; `Type` alone leaves the message open
//     # expect-exit: N                         the exit status
//     # expect-stderr: part                    a part of stderr (several: in this order)
//     # options: --x 1                         for the interpreter
//     # stdin: line                            what it reads (several: lines)
//     # time-limit: 30                         seconds, where the default is too short
//
// or, for long output, NAME.out has it. Without expect-error and expect-stderr stderr must stay
// empty, and a test that expects nothing at all fails, since it could not fail otherwise.
//
// Below golden/, KIND/NAME.asy is given to `asy --dump-KIND` and stdout compared with
// NAME.expected; for the kind "errors" the file is run and stderr compared. Paths of the file's
// folder are taken out of the output first.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    JOBS_MAX = 64,
    ARGS_MAX = 48,
    OUTPUT_BYTES_MAX = 64 << 20,    // arbitrary: a test that prints more has run away
    DEFAULT_TIME_LIMIT = 10,
};

// A growing string; always ends with a zero once anything was added.
typedef struct Text {
    char *bytes;
    size_t size, room;
} Text;

typedef struct Test {
    char *name;      // "async/queue_fifo"
    char *folder;    // absolute, where it runs
    char *file;      // "queue_fifo.asy"
} Test;

// What a script's comments ask for.
typedef struct Expectation {
    Text out;             // exact
    Text error;           // expect-error, empty: none
    Text stderr_parts;    // each ended by a zero
    Text options, input;
    bool any;            // says anything at all
    bool stderr_open;    // stderr need not be empty
    int exit_status;
    int time_limit;
} Expectation;

typedef struct Job {
    pid_t pid;    // 0: free
    const Test *test;
    Expectation expect;
    int out, err;    // memory files the child writes to
    double started;
    bool overrun;    // killed for its time
    bool runaway;    // killed for its output
} Job;

static struct {
    const char *interpreter;
    const char *root;
    const char *filter, *skip;
    int jobs;
    int time_limit;
    bool update, list, verbose;
} options = { .jobs = 2, .time_limit = DEFAULT_TIME_LIMIT };

static Test *tests;
static size_t test_count, test_room;
static size_t passed, failed;

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "scripts: %s: %s\n", what, detail);
    exit(2);
}

static void *checked(void *memory)
{
    if (memory == NULL) die("no memory", strerror(errno));
    return memory;
}

static void text_add(Text *text, const char *bytes, size_t size)
{
    if (text->size + size + 1 > text->room) {
        text->room = (text->size + size + 1) * 2;
        text->bytes = checked(realloc(text->bytes, text->room));
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = 0;
}

static void text_free(Text *text)
{
    free(text->bytes);
    *text = (Text){ 0 };
}

static const char *text_string(const Text *text)
{
    return text->bytes != NULL ? text->bytes : "";
}

static char *__attribute__((format(printf, 1, 2))) format(const char *pattern, ...)
{
    char *made = NULL;
    va_list args;
    va_start(args, pattern);
    int size = vasprintf(&made, pattern, args);
    va_end(args);
    if (size < 0) die("no memory", pattern);
    return made;
}

static bool text_read(Text *text, int fd)
{
    char buffer[65536];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) text_add(text, buffer, (size_t)got);
    return got == 0;
}

static bool text_read_file(Text *text, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = text_read(text, fd);
    close(fd);
    return ok;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- finding the tests ----

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);
    return size > end_size && strcmp(name + size - end_size, end) == 0;
}

static void test_add(const char *folder, const char *relative, const char *file)
{
    char *name = format("%s/%.*s", relative, (int)(strlen(file) - strlen(".asy")), file);
    bool wanted = options.filter == NULL || fnmatch(options.filter, name, 0) == 0;
    if (!wanted || (options.skip != NULL && fnmatch(options.skip, name, 0) == 0)) {
        free(name);
        return;
    }
    if (test_count == test_room) {
        test_room = test_room * 2 + 64;
        tests = checked(realloc(tests, test_room * sizeof *tests));
    }
    tests[test_count++] = (Test){ name, checked(strdup(folder)), checked(strdup(file)) };
}

static void tests_find(const char *folder, const char *relative)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool package = false;
    for (int i = 0; i < count; i++)
        if (strcmp(entries[i]->d_name, "__init__.asy") == 0) package = true;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (!package && name[0] != '.' && name[0] != '_') {
            char *path = format("%s/%s", folder, name);
            char *below = format("%s/%s", relative, name);
            struct stat info;
            if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) tests_find(path, below);
            else if (ends_with(name, ".asy")) test_add(folder, relative, name);
            free(path);
            free(below);
        }
        free(entries[i]);
    }
    free(entries);
}

static bool test_is_golden(const Test *test)
{
    return strncmp(test->name, "golden/", 7) == 0;
}

// The folder below golden/: "tokens", "ast", "bytecode", "errors".
static char *golden_kind(const Test *test)
{
    const char *kind = test->name + strlen("golden/");
    return format("%.*s", (int)strcspn(kind, "/"), kind);
}

// The path of a file beside the test that has another ending; owned by the caller.
static char *test_sibling(const Test *test, const char *ending)
{
    int stem = (int)(strlen(test->file) - strlen(".asy"));
    return format("%s/%.*s%s", test->folder, stem, test->file, ending);
}

// ---- reading what a test expects ----

// The rest of `line` behind `# key:`, without the one space that separates it; NULL if the line
// has no such comment.
static const char *comment_value(const char *line, size_t size, const char *key, size_t *value_size)
{
    size_t key_size = strlen(key);
    for (const char *at = line; (at = memchr(at, '#', (size_t)(line + size - at))) != NULL; at++) {
        const char *word = at + 1;
        while (word < line + size && *word == ' ') word++;
        if ((size_t)(line + size - word) <= key_size || memcmp(word, key, key_size) != 0) continue;
        if (word[key_size] != ':') continue;
        const char *value = word + key_size + 1;
        if (value < line + size && *value == ' ') value++;
        *value_size = (size_t)(line + size - value);
        return value;
    }
    return NULL;
}

static void expectation_read_line(Expectation *expect, const char *line, size_t size)
{
    const char *value;
    size_t n;
    if ((value = comment_value(line, size, "expect", &n)) != NULL) {
        text_add(&expect->out, value, n);
        text_add(&expect->out, "\n", 1);
        expect->any = true;
    } else if ((value = comment_value(line, size, "expect-error", &n)) != NULL) {
        text_free(&expect->error);
        text_add(&expect->error, value, n);
        expect->any = expect->stderr_open = true;
        if (expect->exit_status == 0) expect->exit_status = 1;
    } else if ((value = comment_value(line, size, "expect-exit", &n)) != NULL) {
        expect->exit_status = atoi(value);
        expect->any = true;
    } else if ((value = comment_value(line, size, "expect-stderr", &n)) != NULL) {
        text_add(&expect->stderr_parts, value, n);
        text_add(&expect->stderr_parts, "", 1);
        expect->any = expect->stderr_open = true;
    } else if ((value = comment_value(line, size, "options", &n)) != NULL) {
        text_add(&expect->options, value, n);
        text_add(&expect->options, " ", 1);
    } else if ((value = comment_value(line, size, "stdin", &n)) != NULL) {
        text_add(&expect->input, value, n);
        text_add(&expect->input, "\n", 1);
    } else if ((value = comment_value(line, size, "time-limit", &n)) != NULL) {
        // Slow builds raise the general limit; a test's own limit must not fall behind it.
        int limit = atoi(value);
        if (limit > expect->time_limit) expect->time_limit = limit;
    }
}

static void expectation_read(Expectation *expect, const Test *test)
{
    *expect = (Expectation){ .time_limit = options.time_limit };
    if (test_is_golden(test)) {
        char *path = test_sibling(test, ".expected");
        expect->any = text_read_file(&expect->out, path) || options.update;
        free(path);
        return;
    }
    char *path = format("%s/%s", test->folder, test->file);
    Text script = { 0 };
    if (!text_read_file(&script, path)) die(path, strerror(errno));
    const char *end = text_string(&script) + script.size;
    for (const char *line = text_string(&script); line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL) stop = end;
        expectation_read_line(expect, line, (size_t)(stop - line));
        line = stop + 1;
    }
    text_free(&script);
    free(path);
    path = test_sibling(test, ".out");
    if (access(path, R_OK) == 0) {
        text_free(&expect->out);
        expect->any = text_read_file(&expect->out, path);
    }
    free(path);
}

static void expectation_free(Expectation *expect)
{
    text_free(&expect->out);
    text_free(&expect->error);
    text_free(&expect->stderr_parts);
    text_free(&expect->options);
    text_free(&expect->input);
}

// ---- running ----

// Cuts `words` at blanks into arguments; the caller keeps `words` as long as they are used.
static int split_words(char *words, char **argv, int count)
{
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        if (count == ARGS_MAX - 2) die("too many arguments", word);
        argv[count++] = word;
    }
    return count;
}

static int memory_file(void)
{
    int fd = memfd_create("output", MFD_CLOEXEC);
    if (fd < 0) die("memfd_create", strerror(errno));
    return fd;
}

static void child_run(const Job *job, int input)
{
    char *argv[ARGS_MAX];
    char *command = checked(strdup(options.interpreter));
    char *flags = checked(strdup(text_string(&job->expect.options)));
    int argc = split_words(command, argv, 0);
    if (test_is_golden(job->test)) {
        char *kind = golden_kind(job->test);
        if (strcmp(kind, "errors") != 0) argv[argc++] = format("--dump-%s", kind);
    }
    argc = split_words(flags, argv, argc);
    argv[argc++] = job->test->file;
    argv[argc] = NULL;
    setpgid(0, 0);
    sigset_t none;    // nothing of how we were started may reach the script
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    if (dup2(input, 0) < 0 || dup2(job->out, 1) < 0 || dup2(job->err, 2) < 0) _exit(126);
    if (chdir(job->test->folder) != 0) _exit(126);
    execvp(argv[0], argv);
    dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void job_start(Job *job, const Test *test)
{
    *job = (Job){ .test = test, .out = memory_file(), .err = memory_file(), .started = now() };
    expectation_read(&job->expect, test);
    int input = memory_file();
    const Text *text = &job->expect.input;
    if (text->size > 0 && write(input, text->bytes, text->size) != (ssize_t)text->size)
        die("write", strerror(errno));
    lseek(input, 0, SEEK_SET);
    fflush(stdout);
    job->pid = fork();
    if (job->pid < 0) die("fork", strerror(errno));
    if (job->pid == 0) child_run(job, input);
    close(input);
}

// Kills what has used up its time or floods its output.
static void job_watch(Job *job)
{
    struct stat out, err;
    if (now() - job->started > job->expect.time_limit) job->overrun = true;
    if (fstat(job->out, &out) != 0 || fstat(job->err, &err) != 0) die("fstat", strerror(errno));
    if (out.st_size + err.st_size > OUTPUT_BYTES_MAX) job->runaway = true;
    if (job->overrun || job->runaway) kill(-job->pid, SIGKILL);
}

// ---- judging ----

static void __attribute__((format(printf, 2, 3)))
complain(Text *complaint, const char *pattern, ...)
{
    char *line = NULL;
    va_list args;
    va_start(args, pattern);
    int size = vasprintf(&line, pattern, args);
    va_end(args);
    if (size < 0) die("no memory", pattern);
    text_add(complaint, "    ", 4);
    text_add(complaint, line, (size_t)size);
    text_add(complaint, "\n", 1);
    free(line);
}

// `text` without the occurrences of the folder's path, which differs from machine to machine.
static void strip_folder(Text *text, const char *folder)
{
    char *prefix = format("%s/", folder);
    size_t prefix_size = strlen(prefix);
    Text kept = { 0 };
    const char *at = text_string(text), *end = at + text->size;
    for (const char *hit; (hit = memmem(at, (size_t)(end - at), prefix, prefix_size)) != NULL;) {
        text_add(&kept, at, (size_t)(hit - at));
        at = hit + prefix_size;
    }
    text_add(&kept, at, (size_t)(end - at));
    text_free(text);
    *text = kept;
    free(prefix);
}

static void complain_line(Text *complaint, const char *whose, const char *line, size_t left)
{
    const char *stop = memchr(line, '\n', left);
    if (left == 0) complain(complaint, "  %-9s (nothing more)", whose);
    else if (stop == NULL) complain(complaint, "  %-9s %.*s (no newline)", whose, (int)left, line);
    else complain(complaint, "  %-9s %.*s", whose, (int)(stop - line), line);
}

// Names the first line in which the two differ; says nothing if they are the same.
static void compare_lines(Text *complaint, const char *what, const Text *expected, const Text *got)
{
    size_t same = 0;
    const char *e = text_string(expected), *g = text_string(got);
    while (same < expected->size && same < got->size && e[same] == g[same]) same++;
    if (same == expected->size && same == got->size) return;
    int number = 1;
    size_t line = 0;
    for (size_t i = 0; i < same; i++) {
        if (e[i] != '\n') continue;
        number++;
        line = i + 1;
    }
    complain(complaint, "%s line %d", what, number);
    complain_line(complaint, "expected", e + line, expected->size - line);
    complain_line(complaint, "got", g + line, got->size - line);
}

// Whether a line of a traceback's end is the exception asked for: "Type: message", or "Type"
// whatever its message. A type asked for without its module matches with any (`QueueEmpty` for
// asyncio.queues.QueueEmpty).
static bool is_error_line(const char *line, size_t size, const char *wanted)
{
    size_t type_size = strcspn(wanted, ":");
    size_t line_type_size = 0;
    while (line_type_size < size && line[line_type_size] != ':') line_type_size++;
    if (memchr(wanted, '.', type_size) == NULL) {
        for (size_t i = line_type_size; i > 0; i--) {
            if (line[i - 1] != '.') continue;
            line += i;
            size -= i;
            line_type_size -= i;
            break;
        }
    }
    if (wanted[type_size] == 0) size = line_type_size;
    return size == strlen(wanted) && memcmp(line, wanted, size) == 0;
}

static bool has_error_line(const Text *err, const char *wanted)
{
    const char *end = text_string(err) + err->size;
    for (const char *line = text_string(err); line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL) stop = end;
        if (is_error_line(line, (size_t)(stop - line), wanted)) return true;
        line = stop + 1;
    }
    return false;
}

static void judge_stderr(Text *complaint, const Expectation *expect, const Text *err)
{
    if (expect->error.size > 0 && !has_error_line(err, text_string(&expect->error)))
        complain(complaint, "expected the error: %s", text_string(&expect->error));
    const char *from = text_string(err);
    const char *part = text_string(&expect->stderr_parts);
    const char *end = part + expect->stderr_parts.size;
    for (; part < end; part += strlen(part) + 1) {
        const char *hit = strstr(from, part);
        if (hit == NULL) complain(complaint, "expected on stderr (in this order): %s", part);
        else from = hit + strlen(part);
    }
    if (!expect->stderr_open && err->size > 0) complain(complaint, "stderr should be empty");
}

static bool judge_exit(Text *complaint, int status, int expected)
{
    int number = WTERMSIG(status);
    const char *name = strsignal(number);
    if (WIFSIGNALED(status)) complain(complaint, "killed by signal %d (%s)", number, name);
    else if (WEXITSTATUS(status) != expected)
        complain(complaint, "exit status %d, expected %d", WEXITSTATUS(status), expected);
    else return true;
    return false;
}

static void golden_write(const Test *test, const Text *got)
{
    char *path = test_sibling(test, ".expected");
    FILE *file = fopen(path, "w");
    if (file == NULL) die(path, strerror(errno));
    size_t written = fwrite(text_string(got), 1, got->size, file);
    if (fclose(file) != 0 || written != got->size) die(path, strerror(errno));
    free(path);
}

static void judge_golden(Text *complaint, const Job *job, const Text *out, const Text *err,
                         int status)
{
    char *kind = golden_kind(job->test);
    bool errors = strcmp(kind, "errors") == 0;
    const Text *got = errors ? err : out;
    bool ended_well = judge_exit(complaint, status, errors ? 1 : 0);
    if (options.update && ended_well) golden_write(job->test, got);
    else compare_lines(complaint, errors ? "stderr" : "stdout", &job->expect.out, got);
    free(kind);
}

static void job_finish(Job *job, int status)
{
    Text out = { 0 }, err = { 0 }, complaint = { 0 };
    lseek(job->out, 0, SEEK_SET);
    lseek(job->err, 0, SEEK_SET);
    if (!text_read(&out, job->out) || !text_read(&err, job->err)) die("read", strerror(errno));
    close(job->out);
    close(job->err);
    const Expectation *expect = &job->expect;
    if (job->overrun) complain(&complaint, "took more than %d s", expect->time_limit);
    else if (job->runaway) complain(&complaint, "printed more than %d MB", OUTPUT_BYTES_MAX >> 20);
    else if (!expect->any) complain(&complaint, "expects nothing, so it could not fail");
    else if (test_is_golden(job->test)) {
        strip_folder(&out, job->test->folder);
        strip_folder(&err, job->test->folder);
        judge_golden(&complaint, job, &out, &err, status);
    } else {
        compare_lines(&complaint, "stdout", &expect->out, &out);
        judge_stderr(&complaint, expect, &err);
        judge_exit(&complaint, status, expect->exit_status);
    }
    if (complaint.size == 0) passed++;
    else {
        failed++;
        printf("FAIL %s\n%s", job->test->name, text_string(&complaint));
        const char *tail = text_string(&err);
        if (err.size > 2000 && !options.verbose) tail += err.size - 2000;
        if (err.size > 0) printf("    stderr: %s%s", tail, ends_with(tail, "\n") ? "" : "\n");
    }
    if (options.verbose && complaint.size == 0)
        printf("ok   %s (%.2f s)\n", job->test->name, now() - job->started);
    text_free(&out);
    text_free(&err);
    text_free(&complaint);
    expectation_free(&job->expect);
    job->pid = 0;
}

static void run_all(void)
{
    Job jobs[JOBS_MAX] = { 0 };
    size_t next = 0;
    int running = 0;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (next < test_count || running > 0) {
        for (int i = 0; i < options.jobs && next < test_count; i++) {
            if (jobs[i].pid != 0) continue;
            job_start(&jobs[i], &tests[next++]);
            running++;
        }
        // SIGCHLD is blocked: it ends this wait early, and none is lost between the loop's steps.
        struct timespec tick = { .tv_nsec = 50 * 1000 * 1000 };
        sigtimedwait(&child, NULL, &tick);
        for (int i = 0; i < options.jobs; i++) {
            int status;
            if (jobs[i].pid == 0) continue;
            if (waitpid(jobs[i].pid, &status, WNOHANG) == jobs[i].pid) {
                job_finish(&jobs[i], status);
                running--;
            } else {
                job_watch(&jobs[i]);
            }
        }
    }
}

// ---- the command line ----

static const char usage[] =
    "scripts [options] [FOLDER ...]\n"
    "  --interpreter CMD  what runs the scripts (default: $ASY, else ../asy from this program)\n"
    "  --root DIR         where the folders are (default: the tests folder this was built from)\n"
    "  --filter GLOB      only the tests whose name matches, as in 'async/queue*'\n"
    "  --skip GLOB        but not these\n"
    "  --jobs N           processes at a time (default 2)\n"
    "  --timeout SECONDS  a test's time (default 10; a test may ask for more)\n"
    "  --update           write the golden files anew from what comes out\n"
    "  --list             name the tests, run nothing\n"
    "  --verbose          name those that pass, too\n";

static char *default_interpreter(void)
{
    const char *given = getenv("ASY");
    if (given != NULL && *given != 0) return format("%s", given);
    char self[PATH_MAX] = { 0 };
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size < 0) die("/proc/self/exe", strerror(errno));
    *strrchr(self, '/') = 0;
    return format("%s/../asy", self);
}

// The command to use, owned by the caller. A path is made absolute, since tests run in their own
// folders.
static char *interpreter_command(void)
{
    char *command =
        options.interpreter != NULL ? format("%s", options.interpreter) : default_interpreter();
    size_t size = strcspn(command, " ");
    char *program = format("%.*s", (int)size, command);
    char *path = strchr(program, '/') != NULL ? realpath(program, NULL) : NULL;
    char *absolute = path != NULL ? format("%s%s", path, command + size) : format("%s", command);
    free(path);
    free(program);
    free(command);
    return absolute;
}

static int parse_options(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--update") == 0) options.update = true;
        else if (strcmp(name, "--list") == 0) options.list = true;
        else if (strcmp(name, "--verbose") == 0) options.verbose = true;
        else if (i + 1 == argc || strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(strcmp(name, "--help") == 0 ? 0 : 2);
        } else if (strcmp(name, "--interpreter") == 0) options.interpreter = argv[++i];
        else if (strcmp(name, "--root") == 0) options.root = argv[++i];
        else if (strcmp(name, "--filter") == 0) options.filter = argv[++i];
        else if (strcmp(name, "--skip") == 0) options.skip = argv[++i];
        else if (strcmp(name, "--jobs") == 0) options.jobs = atoi(argv[++i]);
        else if (strcmp(name, "--timeout") == 0) options.time_limit = atoi(argv[++i]);
        else die("no such option", name);
    }
    if (options.jobs < 1 || options.jobs > JOBS_MAX) die("--jobs", "1 to 64");
    if (options.time_limit < 1) die("--timeout", "at least 1");
    return i;
}

int main(int argc, char **argv)
{
    static const char *const all[] = { "lang", "lib", "async", "limits", "regress", "golden" };
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    int first = parse_options(argc, argv);
    char *command = interpreter_command();
    options.interpreter = command;
    char *root = realpath(options.root != NULL ? options.root : ASY_TESTS_ROOT, NULL);
    if (root == NULL) die("--root", strerror(errno));
    bool chosen = first < argc;
    int count = chosen ? argc - first : (int)(sizeof all / sizeof *all);
    for (int i = 0; i < count; i++) {
        const char *name = chosen ? argv[first + i] : all[i];
        char *folder = format("%s/%s", root, name);
        tests_find(folder, name);
        free(folder);
    }
    if (options.list) {
        for (size_t i = 0; i < test_count; i++) puts(tests[i].name);
    } else {
        run_all();
        printf("%zu passed, %zu failed\n", passed, failed);
    }
    for (size_t i = 0; i < test_count; i++) {
        free(tests[i].name);
        free(tests[i].folder);
        free(tests[i].file);
    }
    free(tests);
    free(root);
    free(command);
    return failed > 0 ? 1 : 0;
}
