// The VM: everything one interpreter owns. There is no other mutable state in the process.
//
// A VM is used by one thread at a time, the holder of its lock; `thread` is that thread's state. With
// a single thread there is no lock traffic (threads.h of the runtime installs the lock's functions).
#pragma once
#include "base/alloc.h"
#include "vm/core/error.h"
#include "vm/core/intern.h"
#include "vm/core/scheduler.h"
#include "vm/core/type.h"
#include "vm/memory/heap.h"

typedef struct Frame Frame;
typedef struct DictObj DictObj;
typedef struct ModuleDef ModuleDef;

// Which exception is being handled; one on each thread's base and in each generator-like frame
// (frames.md: handled, handled_up).
typedef struct Handled {
    Value exc;                  // owned, NIL: none here
    struct Handled *up;         // nearest outer that handles one, or the base
} Handled;

typedef struct Thread Thread;
struct Thread {
    VM *vm;
    Thread *next;               // all of the VM's threads
    Value exc;                  // the exception being raised (owned), NIL: none
    Handled *handled;           // innermost
    Handled base_handled;
    Frame *frame;               // running frame, NULL outside script
    Frame *pool;                // first unused frame of the chain (interp/frame.h)
    uint32_t depth;             // script calls
    uint32_t c_depth;           // nested runs of the interpreter from C
    char *c_stack_limit;        // lowest address C may use; checked where natives recurse
    uint32_t recursing_error;   // the reserve for handling a RecursionError is in use
    Value context;              // contextvars.Context in effect, or NIL
    Value async_exc;            // to be raised in this thread at its next safe point
    uint64_t id;
    Value asyncgen_firstiter, asyncgen_finalizer;   // sys.set_asyncgen_hooks
    void *loop;                 // runtime's running loop, borrowed
    void *runtime;              // runtime's per-thread data
    Value trace, profile;       // sys.settrace, sys.setprofile: NIL when off
};

enum {                          // vm->pending
    PENDING_FINALIZE = 1,       // the finaliser queue is not empty
    PENDING_COLLECT = 2,        // the collector wants a slice
    PENDING_SIGNAL = 4,         // a signal has arrived
    PENDING_SWITCH = 8,         // another thread waits for the lock
    PENDING_ASYNC = 16,         // async_exc or calls queued for this VM
    PENDING_LIMIT = 32,         // host's limit or interrupt
};

typedef struct Limits {         // 0: none
    size_t memory_bytes;
    uint64_t instructions;      // counted at calls and back edges
    int64_t deadline_ns;        // by the scheduler's monotonic clock
    uint64_t output_bytes;
    uint32_t depth;             // script calls; sys.setrecursionlimit
    uint32_t c_depth;
} Limits;

// Per-VM storage of the parts above vm (runtime, stdlib): found by index, closed in reverse order.
enum { VM_DATA_RUNTIME, VM_DATA_STDLIB, VM_DATA_HOST, VM_DATA_RE, VM_DATA_SIGNAL, VM_DATA__COUNT };

enum { VM_TYPES_MAX = 512, METHOD_TABLE_SIZE = 4096, STR_CHARS_KEPT = 256 };

typedef struct MethodTableEntry {
    uint32_t version;           // Type.version; 0: empty
    StrObj *name;               // compared only: a dead name's entries are dropped by intern.c
    Type *owner;                // class whose dict has it
    const Value *cell;          // in an entry of owner's dict, which any change that moves it invalidates; NULL: known absent
} MethodTableEntry;

// Source files are read through this; returns bytes from the VM's allocator (size in *size), NULL: not there.
typedef struct ImportFiles {
    void *ud;
    // 1 file, 2 directory, 0 nothing
    int (*kind)(void *ud, const char *path);
    char *(*read)(VM *vm, void *ud, const char *path, size_t *size);
} ImportFiles;

struct VM {
    AsyAllocator allocator;     // host's
    Scheduler scheduler;
    Limits limits;
    Heap heap;
    Thread *thread;             // holder of the lock
    Thread main_thread;
    _Atomic bool interrupted;   // asy_vm_interrupt was called
    _Atomic uint32_t pending;   // PENDING_*; the only word other threads and signal handlers write
    const void *const *dispatch;    // interp.c: normal or trapping table
    const void *const *dispatch_normal, *const *dispatch_trapping;
    uint64_t hash_key[2];
    uint64_t instructions;      // counted against limits
    bool limit_hit;             // unwinding without handlers; the VM can only be read and closed
    bool closing;

    // types of what is no object, and of the objects C code makes all the time
    struct {
        Type *object, *type, *none, *notimplemented, *ellipsis, *bool_, *int_, *float_, *complex, *str, *bytes,
            *bytearray, *memoryview, *list, *tuple, *dict, *set, *frozenset, *range, *slice, *function, *builtin,
            *method, *property, *staticmethod, *classmethod, *super, *cell, *code, *frame, *frame_proxy, *traceback,
            *module, *generator, *coroutine, *async_generator, *coroutine_wrapper, *mappingproxy, *generic_alias,
            *union_type, *getset, *member, *slot_wrapper, *method_descr, *classmethod_descr, *method_wrapper, *weakref, *iterator,
            *callable_iterator, *list_iterator, *tuple_iterator, *range_iterator, *str_iterator, *dict_keyiterator,
            *dict_valueiterator, *dict_itemiterator, *set_iterator, *enumerate, *zip, *map, *filter, *reversed,
            *dict_keys, *dict_values, *dict_items, *simple_namespace, *type_var, *type_alias;
    } types;
    Type *exc[EXC__COUNT];
    struct {                    // asy_type_ready: definition -> type
        const TypeDef **defs;
        Type **types;
        uint32_t count, capacity;
    } registry;
    uint32_t type_version_next;
    MethodTableEntry *method_table;     // METHOD_TABLE_SIZE

    KnownNames names;
    StrObj **slot_names;        // of the rows of core/slots.c
    struct InternTable *interned;   // every interned string, not counted: a dying one takes itself out (core/intern.c)
    Value memory_error;         // made at start
    StrObj *latin1[256];        // one-character strings, made on demand
    StrObj *chars[STR_CHARS_KEPT];      // the last ones beyond U+00FF, each at its code point's remainder
    Value empty_tuple, empty_str, empty_bytes, empty_frozenset;
    struct SourceText *sources; // texts for tracebacks (objects/source_lines.h)
    Value codec_errors;         // error handlers that script registered: dict, or NIL

    DictObj *builtins;          // dict of the builtins module
    Value builtins_module, sys_module, main_module;
    DictObj *sys_dict;
    DictObj *modules;           // sys.modules
    struct {                    // see interp/import.h
        const ModuleDef *const *native;         // NULL-terminated
        const struct EmbeddedModule *embedded;
        size_t embedded_count;
        ImportFiles files;
    } import;
    struct FrameNotes *frame_notes;     // what few suspending frames have: frame object, new name (objects/frame_notes.h)

    ObjHeader *dying;           // objects being taken apart iteratively
    uint32_t die_depth;         // nested deaths on the C stack; beyond a limit they wait in `dying`
    struct ReprStack *reprs;    // containers being printed (asy_repr_enter)
    struct NativeParams *native_params;     // parsed signatures (core/native.c)
    struct Finalizers *finalizers;
    struct Cycles *cycles;
    struct Weakrefs *weakrefs;
    struct LargeInts *bigints;  // scratch of objects/int.c
    uint32_t int_digits_max;    // sys.set_int_max_str_digits; 0: no limit
    uint32_t dict_layout;       // last number given to a dict's layout
    struct WarmCode *warm;      // quickened codes: to clear caches (interp/cache.h)
    void *data[VM_DATA__COUNT];
    void (*data_close[VM_DATA__COUNT])(VM *vm, void *data);
    void (*data_trace[VM_DATA__COUNT])(Tracer *t, void *data);
    // frees data that objects need as long as they live: called when all are gone. NULL: data is dropped when closed.
    void (*data_free[VM_DATA__COUNT])(VM *vm, void *data);

    // hooks of the layers above; NULL: none
    bool (*on_pending)(VM *vm, uint32_t pending);       // signals, async calls; may run script; false: raised
    void (*lock_release)(VM *vm);                       // around anything that blocks
    void (*lock_acquire)(VM *vm, Thread *thread);
    bool (*warn_early)(VM *vm, Type *category, StrObj *text, int stack_level);     // asy_warn while `warnings` is not imported
    void (*report_unraisable)(VM *vm, Value exc, Value where, const char *context);
    void (*flush)(VM *vm);                              // the VM closes and the last finalisers have run: streams
    void (*write)(VM *vm, int fd, const char *bytes, size_t size);     // host's output; NULL: none
};

// New VM; NULL: no memory. `allocator`, `scheduler` NULL: malloc, the machine. Runs no script.
VM *asy_vm_new(const AsyAllocator *allocator, const Scheduler *scheduler);
// Runs pending finalisers, clears modules, collects, frees everything. Returns the number of objects
// that were still alive (0 unless there is a bug); with `report`, names each leaked type on stderr.
size_t asy_vm_close(VM *vm, bool report);
// From any thread or signal handler: the main thread gets KeyboardInterrupt at its next safe point (on_pending's to do,
// which looks at and clears `interrupted`; without that hook nothing happens).
void asy_vm_interrupt(VM *vm);
void asy_vm_set_pending(VM *vm, uint32_t bits);         // from any thread or signal handler

// Raw memory from the host's allocator, counted against the limit. NULL without an exception set;
// asy_raise_memory is the caller's.
ASY_CHECKED void *asy_mem_resize(VM *vm, void *ptr, size_t old_size, size_t new_size);
ASY_CHECKED void *asy_mem_alloc(VM *vm, size_t size);
void asy_mem_free(VM *vm, void *ptr, size_t size);
// An allocator that counts as the above, for arenas and vectors.
AsyAllocator asy_mem_allocator(VM *vm);

// The class of any value; borrowed.
ASY_INLINE Type *asy_class_of(VM *vm, Value v)
{
    if (asy_is_obj(v)) return asy_as_obj(v)->type;
    if (asy_is_int(v)) return vm->types.int_;
    if (asy_is_float(v)) return vm->types.float_;
    if (asy_is_bool(v)) return vm->types.bool_;
    if (asy_is_none(v)) return vm->types.none;
    return asy_is_notimplemented(v) ? vm->types.notimplemented : vm->types.ellipsis;
}

// Natives that recurse over data (repr, compare, copy): false with RecursionError. Leave after.
// `where`: "", or as in " while getting the repr of an object".
ASY_CHECKED bool asy_enter_c_checked(VM *vm, const char *where);
ASY_INLINE ASY_CHECKED bool asy_enter_c(VM *vm, const char *where)
{
    if (ASY_UNLIKELY((char *)__builtin_frame_address(0) < vm->thread->c_stack_limit || vm->limits.c_depth)) return asy_enter_c_checked(vm, where);
    vm->thread->c_depth++;
    return true;
}
ASY_INLINE void asy_leave_c(VM *vm)
{
    assert(vm->thread->c_depth > 0);
    vm->thread->c_depth--;
}
// The check alone, for code that has found the C stack low: false with RecursionError.
ASY_CHECKED bool asy_check_c_stack(VM *vm, const char *where);
// Tells the thread state how much C stack the calling thread has (VM start, threads of the runtime).
void asy_thread_set_stack(Thread *thread);
// repr of containers: 1 already being printed (print "..."), 0 entered, -1 error.
ASY_CHECKED int asy_repr_enter(VM *vm, Value v);
void asy_repr_leave(VM *vm, Value v);
// A point where natives that grow faster than their input look at limits and signals. May run script
// (signal handlers). False: raised.
ASY_CHECKED bool asy_check_pending(VM *vm);
