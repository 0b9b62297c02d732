// A VM's life: how it starts, what natives ask of it, how it ends.
//
// Starting is a knot: a type's dict holds strs, a str needs the type str, a type needs a dict. It is undone in two
// rounds: first every type of types.def is made bare (size and slots are enough to allocate), then names, then the
// bare types are made whole. Ending is the same backwards: modules and what they hold, cycles, the contents of the
// native types, the names, and at the very end the Type objects themselves.
#define _GNU_SOURCE 1      // pthread_getattr_np
#include "vm/core/vm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/core/abstract.h"
#include "vm/core/native_params.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/interp/frame.h"
#include "vm/memory/cycles.h"
#include "vm/memory/finalize.h"
#include "vm/memory/weakref.h"
#include "vm/objects/bytes.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_notes.h"
#include "vm/objects/list.h"
#include "vm/objects/module.h"
#include "vm/objects/set.h"
#include "vm/objects/source_lines.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

enum {
    C_STACK_RESERVE = 192 * 1024,   // left to natives below the limit: no native of ours uses so much by itself
    DEPTH_DEFAULT = 1000,           // CPython's recursion limit
    COLLECT_ROUNDS_MAX = 8,         // finalisers at the end may make new cycles, but not for ever
};

// ---- memory of the host ----

static void *system_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

// ---- start ----

static bool vm_intern_names(VM *vm)
{
#define NAME_AS(id, text)                                          \
    vm->names.id = asy_intern(vm, text, sizeof(text) - 1);         \
    if (!vm->names.id) return false;
#define NAME(id) NAME_AS(id, #id)
#include "vm/core/names.def"
    return true;
}

static void vm_release_names(VM *vm)
{
#define NAME(id)                            \
    asy_release_obj(vm, vm->names.id);      \
    vm->names.id = NULL;
#define NAME_AS(id, text) NAME(id)
#include "vm/core/names.def"
}

static bool vm_make_types(VM *vm)
{
#define TYPE(field)                                               \
    vm->types.field = asy_type_bare(vm, &asy_##field##_type);     \
    if (!vm->types.field) return false;
#include "vm/objects/types.def"
    vm->types.object->head.type = vm->types.type->head.type = vm->types.type;
    vm->types.int_->flags |= TYPE_INT;
    vm->types.str->flags |= TYPE_STR;
    vm->types.bytes->flags |= TYPE_BYTES;
    vm->types.list->flags |= TYPE_LIST;
    vm->types.tuple->flags |= TYPE_TUPLE;
    vm->types.dict->flags |= TYPE_DICT;
    vm->types.type->flags |= TYPE_TYPE;
    vm->types.float_->flags |= TYPE_FLOAT;
    vm->types.set->flags |= TYPE_SET;
    vm->types.frozenset->flags |= TYPE_SET;
    return true;
}

static bool vm_finish_types(VM *vm)
{
#define TYPE(field) \
    if (!asy_type_ready(vm, &asy_##field##_type)) return false;
#include "vm/objects/types.def"
    return true;
}

// The empty containers that natives hand out; their makers may have put them in place already.
static bool vm_make_empties(VM *vm)
{
    StrObj *s = asy_str_new(vm, "", 0);
    if (!s) return false;
    if (asy_is_nil(vm->empty_str)) vm->empty_str = asy_from_obj(s);
    else asy_release_obj(vm, s);
    TupleObj *t = asy_tuple_alloc(vm, 0);
    if (!t) return false;
    if (asy_is_nil(vm->empty_tuple)) vm->empty_tuple = asy_from_obj(t);
    else asy_release_obj(vm, t);
    BytesObj *b = asy_bytes_new(vm, "", 0);
    if (!b) return false;
    if (asy_is_nil(vm->empty_bytes)) vm->empty_bytes = asy_from_obj(b);
    else asy_release_obj(vm, b);
    SetObj *f = asy_set_new(vm, vm->types.frozenset);
    if (!f) return false;
    if (asy_is_nil(vm->empty_frozenset)) vm->empty_frozenset = asy_from_obj(f);
    else asy_release_obj(vm, f);
    return true;
}

static bool vm_boot(VM *vm)
{
    vm->method_table = asy_mem_alloc(vm, METHOD_TABLE_SIZE * sizeof(MethodTableEntry));
    if (!vm->method_table) return false;
    memset(vm->method_table, 0, METHOD_TABLE_SIZE * sizeof(MethodTableEntry));
    if (!asy_intern_init(vm) || !asy_finalize_init(vm) || !asy_weakref_init(vm) || !asy_cycles_init(vm)) return false;
    if (!vm_make_types(vm) || !vm_intern_names(vm) || !asy_slots_init(vm) || !vm_make_empties(vm)) return false;
    if (!vm_finish_types(vm) || !asy_exceptions_init(vm)) return false;
    vm->memory_error = asy_exc_new(vm, vm->exc[EXC_MemoryError], NULL, 0);
    return !asy_is_err(vm->memory_error);
}

VM *asy_vm_new(const AsyAllocator *allocator, const Scheduler *scheduler)
{
    AsyAllocator host = allocator ? *allocator : (AsyAllocator){ .resize = system_resize };
    VM *vm = host.resize(host.ud, NULL, 0, sizeof(VM));
    if (!vm) return NULL;
    memset(vm, 0, sizeof(VM));
    vm->allocator = host;
    vm->scheduler = scheduler ? *scheduler : asy_scheduler_system;
    vm->limits.depth = DEPTH_DEFAULT;
    Thread *thread = &vm->main_thread;
    thread->vm = vm;
    thread->handled = &thread->base_handled;
    thread->id = 1;
    vm->thread = thread;
    asy_thread_set_stack(thread);
    const Scheduler *s = &vm->scheduler;
    bool keyed = true;
    if (s->hash_key) memcpy(vm->hash_key, s->hash_key, sizeof vm->hash_key);
    else keyed = s->entropy(s->ud, vm->hash_key, sizeof vm->hash_key);
    if (!asy_heap_init(vm) || !keyed || !vm_boot(vm)) {
        (void)asy_vm_close(vm, false);
        return NULL;
    }
    return vm;
}

// ---- what natives ask ----

void asy_vm_interrupt(VM *vm)
{
    atomic_store(&vm->interrupted, true);
    atomic_fetch_or(&vm->pending, PENDING_SIGNAL);
}

void asy_vm_set_pending(VM *vm, uint32_t bits)
{
    atomic_fetch_or(&vm->pending, bits);
    // Only the lock's holder queues finalisers: the next instruction is to run them. Other bits wait for a safe point.
    if (bits & PENDING_FINALIZE) vm->dispatch = vm->dispatch_trapping;
}

void asy_thread_set_stack(Thread *thread)
{
    char *here = __builtin_frame_address(0);
    pthread_attr_t attr;
    void *lowest = NULL;
    size_t size = 0;
    thread->c_stack_limit = here - C_STACK_RESERVE;     // if the system does not tell: little, but safe
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
    if (pthread_attr_getstack(&attr, &lowest, &size) == 0 && size > 2 * C_STACK_RESERVE) {
        thread->c_stack_limit = (char *)lowest + C_STACK_RESERVE;
    }
    (void)pthread_attr_destroy(&attr);
}

bool asy_check_c_stack(VM *vm, const char *where)
{
    Thread *t = vm->thread;
    char *here = __builtin_frame_address(0);
    bool deep = here < t->c_stack_limit || (vm->limits.c_depth && t->c_depth > vm->limits.c_depth);
    // While the error is being handled, half of the reserve may be used.
    if (!deep || (t->recursing_error && here > t->c_stack_limit - C_STACK_RESERVE / 2)) return true;
    t->recursing_error++;
    asy_raise(vm, EXC_RecursionError, "maximum recursion depth exceeded%s", where);
    t->recursing_error--;
    return false;
}

bool asy_enter_c_checked(VM *vm, const char *where)
{
    vm->thread->c_depth++;
    if (asy_check_c_stack(vm, where)) return true;
    vm->thread->c_depth--;
    return false;
}

typedef struct ReprStack {
    Value *items;               // borrowed: whoever prints them holds them
    uint32_t count, capacity;
} ReprStack;

int asy_repr_enter(VM *vm, Value v)
{
    if (!vm->reprs) {
        vm->reprs = asy_mem_alloc(vm, sizeof(ReprStack));
        if (!vm->reprs) {
            asy_raise_memory(vm);
            return -1;
        }
        *vm->reprs = (ReprStack){ 0 };
    }
    ReprStack *s = vm->reprs;
    for (uint32_t i = s->count; i-- > 0;) {
        if (asy_same(s->items[i], v)) return 1;
    }
    if (s->count == s->capacity) {
        uint32_t grown = s->capacity ? s->capacity * 2 : 16;
        Value *items = asy_mem_resize(vm, s->items, s->capacity * sizeof(Value), grown * sizeof(Value));
        if (!items) {
            asy_raise_memory(vm);
            return -1;
        }
        s->items = items;
        s->capacity = grown;
    }
    s->items[s->count++] = v;
    return 0;
}

void asy_repr_leave(VM *vm, Value v)
{
    ReprStack *s = vm->reprs;
    // Nearly always the last one; another thread may have entered meanwhile.
    for (uint32_t i = s->count; i-- > 0;) {
        if (!asy_same(s->items[i], v)) continue;
        memmove(&s->items[i], &s->items[i + 1], (s->count - i - 1) * sizeof(Value));
        s->count--;
        return;
    }
}

bool asy_check_pending(VM *vm)
{
    if (vm->limit_hit) return asy_error_pending(vm) ? false : !asy_is_err(asy_raise_memory(vm));
    uint32_t pending = atomic_load_explicit(&vm->pending, memory_order_relaxed);
    pending &= PENDING_SIGNAL | PENDING_SWITCH | PENDING_ASYNC | PENDING_LIMIT;
    return ASY_LIKELY(!pending) || !vm->on_pending || vm->on_pending(vm, pending);
}

// ---- end ----

static void close_value(VM *vm, Value *field)
{
    asy_clear(vm, field);
    asy_finalize_drain(vm);
}

// Modules let go of what they hold while script can still run for those who want to see it: the main module first, name
// by name, then the others, last imported first.
static void vm_close_modules(VM *vm)
{
    if (asy_is_obj(vm->main_module)) {
        DictObj *dict = asy_retain_obj(asy_module_dict(vm->main_module));
        asy_dict_clear(vm, dict);
        asy_finalize_drain(vm);
        asy_release_obj(vm, dict);
    }
    close_value(vm, &vm->main_module);
    DictObj *modules = vm->modules;
    if (!modules) return;
    for (uint32_t i = modules->used; i-- > 0;) {
        if (i >= modules->used) continue;               // a finaliser has changed sys.modules
        Value module = modules->entries[i].value;
        if (asy_is_nil(modules->entries[i].key) || !asy_is_module(vm, module)) continue;
        if (asy_same(module, vm->builtins_module) || asy_same(module, vm->sys_module)) continue;
        DictObj *dict = asy_retain_obj(asy_module_dict(module));
        asy_dict_clear(vm, dict);
        asy_finalize_drain(vm);
        asy_release_obj(vm, dict);
    }
    asy_dict_clear(vm, modules);
    asy_finalize_drain(vm);
}

static void thread_clear(VM *vm, Thread *t)
{
    asy_clear(vm, &t->exc);
    asy_clear(vm, &t->base_handled.exc);
    asy_clear(vm, &t->context);
    asy_clear(vm, &t->async_exc);
    asy_clear(vm, &t->asyncgen_firstiter);
    asy_clear(vm, &t->asyncgen_finalizer);
    asy_clear(vm, &t->trace);
    asy_clear(vm, &t->profile);
}

static void vm_close_script(VM *vm)
{
    for (int i = VM_DATA__COUNT; i-- > 0;) {
        if (vm->data[i] && vm->data_close[i]) vm->data_close[i](vm, vm->data[i]);
        if (!vm->data_free[i]) vm->data[i] = NULL;
    }
    asy_finalize_drain(vm);
    thread_clear(vm, &vm->main_thread);
    asy_clear(vm, &asy_as_exc(vm->memory_error)->traceback);     // holds the frames it was last raised in
    asy_clear(vm, &asy_as_exc(vm->memory_error)->context);
    vm_close_modules(vm);
    for (int round = 0; round < COLLECT_ROUNDS_MAX && asy_cycles_collect(vm) > 0; round++) asy_finalize_drain(vm);
    if (vm->flush && !vm->limit_hit) vm->flush(vm);     // what those finalisers printed
    vm->closing = true;                                 // from here on no script
    asy_frame_free_pool(vm, vm->main_thread.pool);
    vm->main_thread.pool = NULL;
    DictObj **dicts[] = { &vm->modules, &vm->sys_dict, &vm->builtins };
    Value *values[] = { &vm->sys_module, &vm->builtins_module, &vm->codec_errors };
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        if (*dicts[i]) asy_dict_clear(vm, *dicts[i]);
    }
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) asy_clear(vm, values[i]);
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        asy_release_obj(vm, *dicts[i]);
        *dicts[i] = NULL;
    }
    thread_clear(vm, &vm->main_thread);
    (void)asy_cycles_collect(vm);
    asy_frame_notes_close(vm);
    asy_finalize_drain(vm);
}

static bool is_static_type(VM *vm, ObjHeader *o)
{
    return o->type == vm->types.type && ((Type *)(void *)o)->flags & TYPE_STATIC;
}

// Empties the native types; the Type objects stay, since what dies here still needs them.
static void vm_empty_types(VM *vm)
{
    for (uint32_t i = 0; i < vm->registry.capacity; i++) {
        if (!vm->registry.defs[i]) continue;
        Type *t = vm->registry.types[i];
        asy_type_unlink_bases(vm, t);
        asy_type_unlink_subclasses(vm, t);
        asy_shape_free_tree(vm, t);
    }
    for (uint32_t i = 0; i < vm->registry.capacity; i++) {
        if (!vm->registry.defs[i]) continue;
        Type *t = vm->registry.types[i];
        DictObj *dict = t->dict;
        TupleObj *bases = t->bases, *mro = t->mro;
        StrObj *name = t->name, *qualname = t->qualname;
        Type *base = t->base;
        t->dict = NULL;
        t->bases = t->mro = NULL;
        t->name = t->qualname = NULL;
        t->base = NULL;
        asy_release_obj(vm, dict);
        asy_release_obj(vm, bases);
        asy_release_obj(vm, mro);
        asy_release_obj(vm, name);
        asy_release_obj(vm, qualname);
        asy_release_obj(vm, base);
    }
}

typedef struct LeakCount {
    VM *vm;
    size_t count;
    bool report;
} LeakCount;

static void leak_visit(void *ud, ObjHeader *o)
{
    LeakCount *leaks = ud;
    if (is_static_type(leaks->vm, o)) return;
    leaks->count++;
    if (!leaks->report || leaks->count > 50) return;
    (void)fprintf(stderr, "asy: leaked %s object, %u references", asy_type_name(o->type), o->refs);
    if (o->type == leaks->vm->types.str) (void)fprintf(stderr, ": '%.60s'", ((StrObj *)(void *)o)->data);
    if (o->type->flags & TYPE_TYPE) (void)fprintf(stderr, ": class %s", asy_type_name((Type *)(void *)o));
    (void)fprintf(stderr, "\n");
}

size_t asy_vm_close(VM *vm, bool report)
{
    bool booted = asy_is_obj(vm->memory_error);
    if (booted) vm_close_script(vm);
    vm->closing = true;
    asy_clear(vm, &vm->memory_error);
    asy_source_close(vm);
    if (vm->finalizers) {
        asy_finalize_drain(vm);
        asy_finalize_close(vm);
    }
    if (vm->weakrefs) asy_weakref_close(vm);
    if (vm->cycles) asy_cycles_close(vm);
    for (int i = VM_DATA__COUNT; i-- > 0;) {
        if (vm->data[i] && vm->data_free[i]) vm->data_free[i](vm, vm->data[i]);
        vm->data[i] = NULL;
    }
    asy_native_params_close(vm);
    vm_empty_types(vm);
    vm_release_names(vm);
    asy_slots_close(vm);
    Value *empties[] = { &vm->empty_tuple, &vm->empty_str, &vm->empty_bytes, &vm->empty_frozenset };
    for (size_t i = 0; i < sizeof empties / sizeof *empties; i++) asy_clear(vm, empties[i]);
    for (int i = 0; i < 256; i++) {
        asy_release_obj(vm, vm->latin1[i]);
        vm->latin1[i] = NULL;
    }
    for (int i = 0; i < STR_CHARS_KEPT; i++) {
        asy_release_obj(vm, vm->chars[i]);
        vm->chars[i] = NULL;
    }
    LeakCount leaks = { vm, 0, report };
    asy_heap_walk(vm, leak_visit, &leaks);
    asy_intern_close(vm);
    if (vm->reprs) {
        asy_mem_free(vm, vm->reprs->items, vm->reprs->capacity * sizeof(Value));
        asy_mem_free(vm, vm->reprs, sizeof(ReprStack));
    }
    asy_mem_free(vm, vm->method_table, METHOD_TABLE_SIZE * sizeof(MethodTableEntry));
    asy_mem_free(vm, vm->registry.defs, vm->registry.capacity * sizeof(TypeDef *));
    asy_mem_free(vm, vm->registry.types, vm->registry.capacity * sizeof(Type *));
    asy_heap_close(vm);
    AsyAllocator host = vm->allocator;
    (void)host.resize(host.ud, vm, sizeof(VM), 0);
    return leaks.count;
}
