// asy: a small script language with native async/await, embeddable in C programs.
//
// A program opens a VM, runs text or files in it, hands it functions and data, and closes it. VMs share nothing: each may
// live on a thread of its own. One VM is used by one thread at a time.
//
// Values are words that own a reference: every function that returns one gives the caller a reference of its own, to
// be given back with asy_drop; arguments are borrowed. A function that fails returns ASY_FAILED (a status), false, or a
// value for which asy_is_failure is true; asy_failure then says what went wrong, as a text with its traceback, until
// the next call. Nothing here prints, exits or aborts.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ASY_API __attribute__((visibility("default")))
#else
#define ASY_API
#endif

#define ASY_VERSION "0.1.0"

typedef struct VM AsyVM;
typedef struct AsyValue {
    uint64_t bits;
} AsyValue;

typedef enum AsyStatus {
    ASY_OK,
    ASY_FAILED,         // an exception: asy_failure
    ASY_EXIT,           // SystemExit: asy_exit_code
    ASY_INCOMPLETE,     // asy_run_line: the text may go on
} AsyStatus;

typedef struct AsyConfig {
    size_t size;                // sizeof(AsyConfig)
    // Memory from the host. `resize` as realloc with sizes: ptr NULL allocates, new_size 0 frees, NULL is failure.
    void *(*resize)(void *ud, void *ptr, size_t old_size, size_t new_size);
    void *resize_ud;
    // Where sys.stdout (fd 1) and sys.stderr (fd 2) go; NULL: to the process's own descriptors.
    void (*write)(void *ud, int fd, const char *bytes, size_t size);
    void *write_ud;
    // Limits, 0: none (depth 0: 1000 script calls). A limit ends the run without running handlers.
    size_t memory_max;          // bytes
    uint64_t instructions_max;
    int64_t time_max_ns;        // of the monotonic clock, from asy_open on
    uint64_t output_max;        // bytes
    uint32_t depth_max;
    const char *const *argv;    // sys.argv, NULL-terminated; may be NULL
    const char *path;           // folders to look for modules in, separated by ':'; NULL: the ASYPATH variable
    const char *encoding_errors;    // of stdout; NULL: strict
    bool virtual_time;          // clocks stand still but for sleeping, which takes no time
    bool isolated;              // no environment variables, no script folder on the path, no files: host's modules only
    bool unbuffered;            // stdout is written through
    bool dev_mode;              // asyncio debug mode, all warnings
    const char *const *warn_options;    // warning filters as of Python's -W, NULL-terminated; may be NULL
    const char *fail_alloc;     // testing: "n" the n-th allocation fails, "n+" and all after it; NULL: none
    bool report_leaks;          // asy_close names objects still alive on stderr
    const uint8_t *hash_seed;   // 16 bytes, for repeatable order of sets; NULL: by chance
    const char *const *x_options;   // sys._xoptions: "name" or "name=value", NULL-terminated; may be NULL
} AsyConfig;

// NULL: out of memory. `config` may be NULL.
ASY_API AsyVM *asy_open(const AsyConfig *config);
// Runs what is due at the end (atexit, finalisers) and frees everything. Returns how many objects were still alive: 0, or
// there is a leak in asy or in a native module.
ASY_API size_t asy_close(AsyVM *vm);
ASY_API const char *asy_version(void);

// Runs a file, or text, as the main module. Top-level await runs on an event loop until it is done.
ASY_API AsyStatus asy_run_file(AsyVM *vm, const char *path);
ASY_API AsyStatus asy_run_text(AsyVM *vm, const char *text, size_t size, const char *filename);
// Runs a module as a script (`-m`).
ASY_API AsyStatus asy_run_module(AsyVM *vm, const char *name);
// One input of a prompt: expression statements are shown by sys.displayhook. `final` false: text that may go on gives
// ASY_INCOMPLETE and nothing has run.
ASY_API AsyStatus asy_run_line(AsyVM *vm, const char *text, size_t size, bool final);
// Text of the last failure with its traceback, as Python prints it; "" if there was none. Valid until the next call.
ASY_API const char *asy_failure(AsyVM *vm);
// Hands the failure to sys.excepthook, as the end of a script does.
ASY_API void asy_failure_report(AsyVM *vm);
ASY_API int asy_exit_code(AsyVM *vm);       // of the last run: 0, 1 after a failure, or what SystemExit said
ASY_API bool asy_failure_is(AsyVM *vm, const char *exception);      // "KeyboardInterrupt"; by name, bases included

// Values.
ASY_API AsyValue asy_keep(AsyVM *vm, AsyValue v);       // another reference
ASY_API void asy_drop(AsyVM *vm, AsyValue v);
ASY_API bool asy_is_failure(AsyValue v);
ASY_API AsyValue asy_make_none(void);
ASY_API AsyValue asy_make_bool(bool b);
ASY_API AsyValue asy_make_int(AsyVM *vm, int64_t i);
ASY_API AsyValue asy_make_float(double d);
ASY_API AsyValue asy_make_text(AsyVM *vm, const char *utf8, size_t size);
ASY_API AsyValue asy_make_bytes(AsyVM *vm, const void *data, size_t size);
ASY_API AsyValue asy_make_list(AsyVM *vm, const AsyValue *items, size_t n);
ASY_API AsyValue asy_make_tuple(AsyVM *vm, const AsyValue *items, size_t n);
ASY_API AsyValue asy_make_dict(AsyVM *vm);
ASY_API bool asy_is_none_value(AsyValue v);
ASY_API bool asy_get_bool(AsyVM *vm, AsyValue v, bool *out);        // by truth
ASY_API bool asy_get_int(AsyVM *vm, AsyValue v, int64_t *out);      // TypeError, OverflowError
ASY_API bool asy_get_float(AsyVM *vm, AsyValue v, double *out);
// Borrowed UTF-8 with a NUL behind, valid while the value is held; TypeError if it is no str.
ASY_API const char *asy_get_text(AsyVM *vm, AsyValue v, size_t *size);
ASY_API const void *asy_get_bytes(AsyVM *vm, AsyValue v, size_t *size);
ASY_API AsyValue asy_text_of(AsyVM *vm, AsyValue v);                // str(v)
ASY_API int64_t asy_length_of(AsyVM *vm, AsyValue v);               // -1: failure
ASY_API AsyValue asy_get_item(AsyVM *vm, AsyValue v, AsyValue key);
ASY_API bool asy_set_item(AsyVM *vm, AsyValue v, AsyValue key, AsyValue value);
ASY_API AsyValue asy_get_attr(AsyVM *vm, AsyValue v, const char *name);
ASY_API bool asy_set_attr(AsyVM *vm, AsyValue v, const char *name, AsyValue value);
ASY_API AsyValue asy_get_global(AsyVM *vm, const char *name);       // of the main module
ASY_API bool asy_set_global(AsyVM *vm, const char *name, AsyValue value);
ASY_API AsyValue asy_import_module(AsyVM *vm, const char *name);
ASY_API AsyValue asy_evaluate(AsyVM *vm, const char *expression);   // in the main module
// f(*args). asy_await also runs the coroutine or awaitable it is given on an event loop until it is done.
ASY_API AsyValue asy_invoke(AsyVM *vm, AsyValue f, const AsyValue *args, size_t n);
ASY_API AsyValue asy_await(AsyVM *vm, AsyValue awaitable);

// Functions of the host. `signature` as in Python: "(path, *, mode='r')"; arguments come bound in this order, one
// that was not given as a value for which asy_is_absent is true. Return a value, or asy_fail's.
typedef AsyValue (*AsyFunction)(AsyVM *vm, void *ud, const AsyValue *args, size_t n);
ASY_API AsyValue asy_make_function(AsyVM *vm, const char *name, const char *signature, AsyFunction f, void *ud);
ASY_API bool asy_is_absent(AsyValue v);
ASY_API AsyValue asy_fail(AsyVM *vm, const char *exception, const char *message);   // "ValueError", "what is wrong"
// A module script can import; `fill` sets its attributes when it is first imported.
ASY_API bool asy_add_module(AsyVM *vm, const char *name, bool (*fill)(AsyVM *vm, AsyValue module, void *ud), void *ud);

// From any thread or signal handler: the running script gets KeyboardInterrupt.
ASY_API void asy_interrupt(AsyVM *vm);

// What the compiler sees: ASY_DUMP_TOKENS, _AST, _BYTECODE of a text, handed to `write` in pieces.
typedef enum AsyDump { ASY_DUMP_TOKENS, ASY_DUMP_AST, ASY_DUMP_BYTECODE } AsyDump;
ASY_API AsyStatus asy_dump(AsyVM *vm, AsyDump what, const char *text, size_t size, const char *filename,
                           void (*write)(void *ud, const char *bytes, size_t size), void *ud);
// Memory in use and its peak, in bytes, and objects alive.
ASY_API void asy_usage(AsyVM *vm, size_t *bytes, size_t *peak, size_t *objects);

#ifdef __cplusplus
}
#endif
