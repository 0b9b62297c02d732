// _thread's locks and thread-local objects.
//
// A lock's state changes only under the VM's lock. A thread that finds it taken puts a node of its own stack into the
// lock's list and blocks; release() wakes the oldest, which looks again: locks are not handed over.
#include "runtime/threads.h"

#include "runtime/signals.h"
#include "vm/core/type_impl.h"
#include "vm/memory/heap.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

typedef struct LockNode {
    struct LockNode *next;
    Thread *thread;
} LockNode;
typedef struct LockObj {
    ObjHeader head;
    LockNode *first;            // oldest
    uint64_t owner;             // of an RLock: thread id; 0: nobody
    uint32_t depth;             // times taken: a plain lock has 0 or 1
} LockObj;

static LockObj *as_lock(Value v) { return asy_as(LockObj, v); }
static const int64_t TIMEOUT_MAX_S = INT64_MAX / 1000000000;

static void node_remove(LockObj *l, LockNode *node)
{
    for (LockNode **at = &l->first; *at; at = &(*at)->next) {
        if (*at != node) continue;
        *at = node->next;
        return;
    }
}

// Waits until nobody has the lock: 1, 0: time is up, -1: a signal handler raised. ns -1: for ever.
static int lock_wait(VM *vm, LockObj *l, int64_t ns)
{
    Scheduler *s = &vm->scheduler;
    int64_t end = ns < 0 ? 0 : s->monotonic_ns(s->ud) + ns;
    asy_retain_obj(l);
    int r = 1;
    while (l->depth > 0) {
        int64_t left = ns < 0 ? -1 : end - s->monotonic_ns(s->ud);
        if (ns >= 0 && left <= 0) {
            r = 0;
            break;
        }
        LockNode node = { NULL, vm->thread };
        LockNode **last = &l->first;
        while (*last) last = &(*last)->next;
        *last = &node;
        asy_thread_block(vm, left);
        node_remove(l, &node);
        if (!asy_check_pending(vm)) {
            r = -1;
            break;
        }
    }
    asy_release_obj(vm, l);
    return r;
}

static void lock_free_one(LockObj *l)
{
    if (l->first) asy_thread_wake(l->first->thread);
}

// (blocking=True, timeout=-1) as nanoseconds: -1 for ever, 0 not at all.
static bool timeout_argument(VM *vm, const Value *v, int64_t *ns)
{
    bool blocking = true;
    double timeout = -1;
    if (!asy_arg_bool(vm, v[0], &blocking) || !asy_arg_double(vm, v[1], &timeout)) return false;
    if (!blocking && timeout != -1) {
        asy_raise(vm, EXC_ValueError, "can't specify a timeout for a non-blocking call");
        return false;
    }
    if (timeout < 0 && timeout != -1) {
        asy_raise(vm, EXC_ValueError, "timeout value must be a non-negative number");
        return false;
    }
    if (timeout > (double)TIMEOUT_MAX_S) {
        asy_raise(vm, EXC_OverflowError, "timeout value is too large");
        return false;
    }
    *ns = !blocking ? 0 : timeout == -1 ? -1 : (int64_t)(timeout * 1e9);
    return true;
}

// ---- lock ----

static Value lock_acquire(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    int64_t ns;
    if (!timeout_argument(vm, a.v, &ns)) return ASY_ERR;
    int r = l->depth == 0 ? 1 : ns == 0 ? 0 : lock_wait(vm, l, ns);
    if (r > 0) l->depth = 1;
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}
static Value lock_release(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    if (l->depth == 0) return asy_raise(vm, EXC_RuntimeError, "release unlocked lock");
    l->depth = 0;
    lock_free_one(l);
    return ASY_NONE;
}
static Value lock_locked(VM *vm, Args a) { return (void)vm, asy_from_bool(as_lock(a.self)->depth > 0); }
static Value lock_enter(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    if (l->depth > 0 && lock_wait(vm, l, -1) < 0) return ASY_ERR;
    l->depth = 1;
    return ASY_TRUE;
}
static Value lock_exit(VM *vm, Args a)
{
    Value r = lock_release(vm, a);
    return r;
}
static Value lock_repr(VM *vm, Value self)
{
    LockObj *l = as_lock(self);
    StrObj *s = asy_format(vm, "<%s %s object at 0x%llx>", l->depth ? "locked" : "unlocked", "_thread.lock",
                           (unsigned long long)asy_heap_number(vm, &l->head));
    return s ? asy_from_obj(s) : ASY_ERR;
}
static const MethodDef lock_methods[] = {
    { "acquire", lock_acquire, "(blocking=True, timeout=-1)", 0, "Take the lock, waiting for it; whether that succeeded." },
    { "release", lock_release, "()", 0, "Give the lock back." },
    { "locked", lock_locked, "()", 0, "Whether somebody has the lock." },
    { "acquire_lock", lock_acquire, "(blocking=True, timeout=-1)", 0, "The old name of acquire()." },
    { "release_lock", lock_release, "()", 0, "The old name of release()." },
    { "locked_lock", lock_locked, "()", 0, "The old name of locked()." },
    { "__enter__", lock_enter, "()", 0, NULL },
    { "__exit__", lock_exit, "(*args)", 0, NULL },
    { 0 },
};
const TypeDef asy_thread_lock_type = {
    .name = "_thread.lock",
    .size = sizeof(LockObj),
    .flags = TYPE_WEAKREFS | TYPE_DISALLOW_NEW,
    .doc = "A lock between threads.",
    .methods = lock_methods,
    .slots = { .repr = lock_repr },
};

static Value allocate_lock(VM *vm, Args a)
{
    (void)a;
    Type *type = asy_type_ready(vm, &asy_thread_lock_type);
    LockObj *l = type ? asy_object_alloc(vm, type) : NULL;
    return l ? asy_from_obj(l) : ASY_ERR;
}
const MethodDef asy_thread_lock_functions[] = {
    { "allocate_lock", allocate_lock, "()", 0, "A new lock." },
    { "allocate", allocate_lock, "()", 0, "The old name of allocate_lock()." },
    { 0 },
};

// ---- RLock ----

static int rlock_take(VM *vm, LockObj *l, int64_t ns)
{
    uint64_t me = vm->thread->id;
    if (l->depth > 0 && l->owner == me) {
        l->depth++;
        return 1;
    }
    int r = l->depth == 0 ? 1 : ns == 0 ? 0 : lock_wait(vm, l, ns);
    if (r > 0) {
        l->depth = 1;
        l->owner = me;
    }
    return r;
}
static Value rlock_acquire(VM *vm, Args a)
{
    int64_t ns;
    if (!timeout_argument(vm, a.v, &ns)) return ASY_ERR;
    int r = rlock_take(vm, as_lock(a.self), ns);
    return r < 0 ? ASY_ERR : asy_from_bool(r > 0);
}
static Value rlock_release(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    if (l->depth == 0 || l->owner != vm->thread->id) return asy_raise(vm, EXC_RuntimeError, "cannot release un-acquired lock");
    if (--l->depth == 0) {
        l->owner = 0;
        lock_free_one(l);
    }
    return ASY_NONE;
}
static Value rlock_enter(VM *vm, Args a) { return rlock_take(vm, as_lock(a.self), -1) < 0 ? ASY_ERR : ASY_TRUE; }
static Value rlock_is_owned(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    return asy_from_bool(l->depth > 0 && l->owner == vm->thread->id);
}
static Value rlock_recursion_count(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    return asy_from_small(l->owner == vm->thread->id ? l->depth : 0);
}
static Value rlock_release_save(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    if (l->depth == 0) return asy_raise(vm, EXC_RuntimeError, "cannot release un-acquired lock");
    Value state = asy_tuple_pack(vm, 2, asy_from_small(l->depth), asy_from_small((int64_t)l->owner));
    if (asy_is_err(state)) return ASY_ERR;
    l->depth = 0;
    l->owner = 0;
    lock_free_one(l);
    return state;
}
static Value rlock_acquire_restore(VM *vm, Args a)
{
    LockObj *l = as_lock(a.self);
    int64_t depth, owner;
    bool ok = asy_is_tuple(vm, a.v[0]) && asy_as_tuple(a.v[0])->size == 2 && asy_int_as_i64(vm, asy_as_tuple(a.v[0])->items[0], &depth) &&
              asy_int_as_i64(vm, asy_as_tuple(a.v[0])->items[1], &owner) && depth > 0;
    if (!ok) return asy_raise(vm, EXC_TypeError, "a state of _release_save() is required");
    // The lock comes back even if a signal handler raises: the caller is about to release it.
    Value error = ASY_NIL;
    while (l->depth > 0) {
        if (lock_wait(vm, l, -1) < 0) asy_set(vm, &error, asy_error_fetch(vm));
    }
    l->depth = (uint32_t)depth;
    l->owner = (uint64_t)owner;
    if (asy_is_nil(error)) return ASY_NONE;
    asy_error_restore(vm, error);
    return ASY_ERR;
}
static Value rlock_new(VM *vm, Type *type, Args args)
{
    (void)args;
    LockObj *l = asy_object_alloc(vm, type);
    return l ? asy_from_obj(l) : ASY_ERR;
}
static Value rlock_repr(VM *vm, Value self)
{
    LockObj *l = as_lock(self);
    StrObj *s = asy_format(vm, "<%s %s object owner=%llu count=%u at 0x%llx>", l->depth ? "locked" : "unlocked", "_thread.RLock",
                           (unsigned long long)l->owner, l->depth, (unsigned long long)asy_heap_number(vm, &l->head));
    return s ? asy_from_obj(s) : ASY_ERR;
}
static const MethodDef rlock_methods[] = {
    { "acquire", rlock_acquire, "(blocking=True, timeout=-1)", 0, "Take the lock once more, waiting for it; whether that succeeded." },
    { "release", rlock_release, "()", 0, "Give the lock back once." },
    { "__enter__", rlock_enter, "()", 0, NULL },
    { "__exit__", rlock_release, "(*args)", 0, NULL },
    { "_is_owned", rlock_is_owned, "()", 0, NULL },
    { "_recursion_count", rlock_recursion_count, "()", 0, NULL },
    { "_release_save", rlock_release_save, "()", 0, NULL },
    { "_acquire_restore", rlock_acquire_restore, "(state, /)", 0, NULL },
    { 0 },
};
const TypeDef asy_thread_rlock_type = {
    .name = "_thread.RLock",
    .size = sizeof(LockObj),
    .flags = TYPE_WEAKREFS | TYPE_BASE,
    .doc = "A lock that its owner may take again.",
    .methods = rlock_methods,
    .slots = { .new = rlock_new, .repr = rlock_repr },
};

// ---- thread-local objects ----

typedef struct LocalObj {
    ObjHeader head;
    struct LocalObj *next;      // all that exist
    DictObj *dicts;             // thread id -> its attributes
    Value args, kwargs;         // for __init__ in each thread that comes along
} LocalObj;

// The running thread's attributes of a local object, borrowed; made, and __init__ called, on first use. NULL: exception.
static DictObj *local_dict(VM *vm, Value self)
{
    LocalObj *l = asy_as(LocalObj, self);
    Value id = asy_from_small((int64_t)vm->thread->id), known;
    if (!asy_dict_get(vm, l->dicts, id, &known)) return NULL;
    if (!asy_is_nil(known)) return asy_as_dict(known);
    DictObj *d = asy_dict_new(vm);
    if (!d || !asy_dict_set(vm, l->dicts, id, asy_from_obj(d))) {
        asy_release_obj(vm, d);
        return NULL;
    }
    asy_release_obj(vm, d);         // the table has it
    Type *type = l->head.type;
    if (type->slots.init == vm->types.object->slots.init || !type->slots.init) return d;
    TupleObj *args = asy_as_tuple(l->args);
    Value init = asy_getattr(vm, self, asy_name(vm, __init__));
    Value r = asy_is_err(init) ? ASY_ERR : asy_call_tuple(vm, init, asy_from_obj(args), l->kwargs);
    asy_release(vm, init);
    asy_release(vm, r);
    if (!asy_is_err(r)) return d;
    Value error = asy_error_fetch(vm);
    if (asy_dict_delete(vm, l->dicts, id) < 0) asy_error_clear(vm);
    asy_error_restore(vm, error);
    return NULL;
}

static Value local_new(VM *vm, Type *type, Args args)
{
    bool plain = type->slots.init == vm->types.object->slots.init;
    if (plain && (args.n || !asy_is_nil(args.kwnames))) {
        return asy_raise(vm, EXC_TypeError, "Initialization arguments are not supported");
    }
    LocalObj *l = asy_object_alloc(vm, type);
    if (!l) return ASY_ERR;
    TupleObj *given = asy_tuple_from(vm, args.v, args.n);
    DictObj *kwargs = given ? asy_dict_new(vm) : NULL;
    bool ok = kwargs && (l->dicts = asy_dict_new(vm)) != NULL;
    if (ok && asy_is_obj(args.kwnames)) {
        TupleObj *names = asy_as_tuple(args.kwnames);
        for (size_t i = 0; ok && i < names->size; i++) ok = asy_dict_set(vm, kwargs, names->items[i], args.v[args.n + i]);
    }
    l->args = given ? asy_from_obj(given) : ASY_NIL;
    l->kwargs = kwargs ? asy_from_obj(kwargs) : ASY_NIL;
    // type.__call__ calls __init__ in this thread itself.
    DictObj *own = ok ? asy_dict_new(vm) : NULL;
    ok = own && asy_dict_set(vm, l->dicts, asy_from_small((int64_t)vm->thread->id), asy_from_obj(own));
    asy_release_obj(vm, own);
    Runtime *rt = asy_rt(vm);
    l->next = rt->locals;
    rt->locals = l;
    if (ok) return asy_from_obj(l);
    asy_release_obj(vm, l);
    return ASY_ERR;
}

static Value local_getattr(VM *vm, Value self, StrObj *name)
{
    DictObj *d = local_dict(vm, self);
    if (!d) return ASY_ERR;
    if (name == asy_name(vm, __dict__)) return asy_from_obj(asy_retain_obj(d));
    Value on_type = asy_type_lookup(vm, asy_as_obj(self)->type, name);
    bool data = asy_is_obj(on_type) && asy_as_obj(on_type)->type->slots.descr_set;
    if (!data) {
        Value v = asy_dict_get_str(vm, d, name);
        if (!asy_is_nil(v)) return asy_retain(v);
        if (asy_error_pending(vm)) return ASY_ERR;
    }
    return asy_generic_getattr(vm, self, name);
}

static bool local_setattr(VM *vm, Value self, StrObj *name, Value value)
{
    DictObj *d = local_dict(vm, self);
    if (!d) return false;
    if (name == asy_name(vm, __dict__)) {
        asy_raise(vm, EXC_AttributeError, "'%T' object attribute '__dict__' is read-only", self);
        return false;
    }
    Value on_type = asy_type_lookup(vm, asy_as_obj(self)->type, name);
    if (asy_is_obj(on_type) && asy_as_obj(on_type)->type->slots.descr_set) return asy_generic_setattr(vm, self, name, value);
    if (!asy_is_nil(value)) return asy_dict_set_str(vm, d, name, value);
    int r = asy_dict_delete_str(vm, d, name);
    if (r == 0) asy_raise_attribute(vm, self, name);
    return r > 0;
}

void asy_threads_forget_locals(VM *vm, uint64_t id)
{
    for (LocalObj *l = asy_rt(vm)->locals; l; l = l->next) {
        if (l->dicts && asy_dict_delete(vm, l->dicts, asy_from_small((int64_t)id)) < 0) asy_error_clear(vm);
    }
}

static void local_trace(Tracer *t, ObjHeader *o)
{
    LocalObj *l = (LocalObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)l->dicts);
    asy_trace_value(t, l->args);
    asy_trace_value(t, l->kwargs);
}
static void local_clear(VM *vm, ObjHeader *o)
{
    LocalObj *l = (LocalObj *)(void *)o;
    DictObj *dicts = l->dicts;
    l->dicts = NULL;
    asy_release_obj(vm, dicts);
    asy_clear(vm, &l->args);
    asy_clear(vm, &l->kwargs);
}
static void local_free(VM *vm, ObjHeader *o)
{
    for (LocalObj **at = &asy_rt(vm)->locals; *at; at = &(*at)->next) {
        if (*at != (LocalObj *)(void *)o) continue;
        *at = (*at)->next;
        return;
    }
}
const TypeDef asy_thread_local_type = {
    .name = "_thread._local",
    .size = sizeof(LocalObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS,
    .doc = "Attributes that each thread has for itself.",
    .trace = local_trace,
    .clear = local_clear,
    .free = local_free,
    .slots = { .new = local_new, .getattr = local_getattr, .setattr = local_setattr },
};
