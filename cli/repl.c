// The prompt: line editing and history by libedit on a terminal, plain lines otherwise. Top-level await works.
#include "cli/repl.h"

#include <editline/readline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One line without its newline; NULL at the end of input. Freed by the caller.
static char *read_line(const char *prompt)
{
    if (isatty(0)) {
        char *line = readline(prompt);
        if (line && *line) add_history(line);
        return line;
    }
    char *line = NULL;
    size_t room = 0;
    fputs(prompt, stdout);
    fflush(stdout);
    ssize_t n = getline(&line, &room, stdin);
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n && line[n - 1] == '\n') line[n - 1] = 0;
    return line;
}

int asy_repl(AsyVM *vm)
{
    if (isatty(0)) printf("asy %s (Python 3.12's language; exit() or Ctrl-D ends)\n", asy_version());
    char *text = NULL;
    size_t size = 0;
    int code = 0;
    for (;;) {
        char *line = read_line(text ? "... " : ">>> ");
        if (!line && !text) break;
        size_t len = line ? strlen(line) : 0;
        char *more = realloc(text, size + len + 2);
        if (!more) {
            free(line);
            fputs("asy: out of memory\n", stderr);
            code = 1;
            break;
        }
        text = more;
        memcpy(text + size, line ? line : "", len);
        size += len;
        text[size++] = '\n';
        text[size] = 0;
        bool final = !line;
        free(line);
        AsyStatus status = asy_run_line(vm, text, size, final);
        if (status == ASY_INCOMPLETE) continue;
        free(text);
        text = NULL;
        size = 0;
        if (status == ASY_FAILED) asy_failure_report(vm);
        if (status == ASY_EXIT) {
            code = asy_exit_code(vm);
            break;
        }
        if (final) break;
    }
    if (isatty(0)) putchar('\n');
    free(text);
    return code;
}
