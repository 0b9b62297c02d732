// Weak references: weakref.ref, and the table that knows for each object the references to it.
//
// The table maps an object to the first of a doubly linked list of its references, newest first (a plain
// ref and a plain proxy, which are shared, count as oldest). References own their callback only; the
// list and the table own nothing: a dying reference takes itself out, a dying object cuts them all off.
// When script could see an object's death, its weak references live on until after __del__, as in CPython.
#include "vm/memory/weakref.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/memory/finalize.h"
#include "vm/memory/weakref_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

typedef struct Entry {
    ObjHeader *object;          // NULL: free
    WeakrefObj *first;
} Entry;

typedef struct Weakrefs {
    Entry *table;               // open addressing
    uint32_t capacity;          // power of two, or 0
    uint32_t count;
} Weakrefs;

bool asy_weakref_init(VM *vm)
{
    vm->weakrefs = asy_mem_alloc(vm, sizeof(Weakrefs));
    if (!vm->weakrefs) return false;
    *vm->weakrefs = (Weakrefs){ 0 };
    return true;
}

void asy_weakref_close(VM *vm)
{
    Weakrefs *w = vm->weakrefs;
    if (!w) return;
    asy_mem_free(vm, w->table, w->capacity * sizeof(Entry));
    asy_mem_free(vm, w, sizeof(Weakrefs));
    vm->weakrefs = NULL;
}

// ---- the table ----

// Place in the table by the object's index, so that it is the same in equal runs.
static uint32_t home(VM *vm, const Weakrefs *w, const ObjHeader *o)
{
    uint32_t h = asy_heap_index(vm, o) * 0x9E3779B1u;
    return (h ^ h >> 15) & (w->capacity - 1);
}

static Entry *find(VM *vm, const ObjHeader *o)
{
    const Weakrefs *w = vm->weakrefs;
    if (!w || !w->capacity) return NULL;
    for (uint32_t i = home(vm, w, o);; i = (i + 1) & (w->capacity - 1)) {
        if (w->table[i].object == o) return &w->table[i];
        if (!w->table[i].object) return NULL;
    }
}

static void put(VM *vm, Weakrefs *w, Entry entry)
{
    uint32_t i = home(vm, w, entry.object);
    while (w->table[i].object) i = (i + 1) & (w->capacity - 1);
    w->table[i] = entry;
}

static bool grow(VM *vm)
{
    Weakrefs *w = vm->weakrefs;
    if (w->count * 4 < w->capacity * 3) return true;
    uint32_t capacity = w->capacity ? w->capacity * 2 : 16;
    Entry *table = asy_mem_alloc(vm, capacity * sizeof(Entry));
    if (!table) {
        asy_raise_memory(vm);
        return false;
    }
    memset(table, 0, capacity * sizeof(Entry));
    Weakrefs old = *w;
    w->table = table;
    w->capacity = capacity;
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (old.table[i].object) put(vm, w, old.table[i]);
    }
    asy_mem_free(vm, old.table, old.capacity * sizeof(Entry));
    return true;
}

// Takes an entry out, moving up those behind it that were displaced.
static void drop(VM *vm, Entry *entry)
{
    Weakrefs *w = vm->weakrefs;
    uint32_t mask = w->capacity - 1, hole = (uint32_t)(entry - w->table);
    entry->object->flags &= ~(uint32_t)OBJ_WEAKREFFED;
    for (uint32_t i = (hole + 1) & mask; w->table[i].object; i = (i + 1) & mask) {
        uint32_t wanted = home(vm, w, w->table[i].object);
        if (((i - wanted) & mask) < ((i - hole) & mask)) continue;
        w->table[hole] = w->table[i];
        hole = i;
    }
    w->table[hole] = (Entry){ 0 };
    w->count--;
}

// ---- linking ----

static bool is_shared(VM *vm, const WeakrefObj *r)
{
    return asy_is_nil(r->callback) && (r->head.type == vm->types.weakref || asy_weakproxy_is(vm, asy_from_obj(r)));
}

// Shared references stay at the end, where looking for them is short.
static void link_ref(VM *vm, Entry *entry, WeakrefObj *r)
{
    WeakrefObj *last = entry->first;
    if (!last || !is_shared(vm, r)) {
        r->next = last;
        if (last) last->prev = r;
        entry->first = r;
        return;
    }
    while (last->next) last = last->next;
    last->next = r;
    r->prev = last;
}

static void unlink_ref(VM *vm, WeakrefObj *r)
{
    ObjHeader *o = r->target;
    if (!o) return;
    if (r->prev) r->prev->next = r->next;
    if (r->next) r->next->prev = r->prev;
    if (!r->prev) {
        Entry *entry = find(vm, o);
        entry->first = r->next;
        if (!r->next) drop(vm, entry);
    }
    r->target = NULL;
    r->next = r->prev = NULL;
}

Value asy_weakref_make(VM *vm, Type *type, Value object, Value callback)
{
    Type *of = asy_type_of(vm, object);
    if (!asy_is_obj(object) || !(of->flags & TYPE_WEAKREFS)) {
        return asy_raise(vm, EXC_TypeError, "cannot create weak reference to '%T' object", object);
    }
    ObjHeader *o = asy_as_obj(object);
    if (asy_is_none(callback)) callback = ASY_NIL;
    bool shared = asy_is_nil(callback) && (type == vm->types.weakref || asy_weakproxy_is_type(vm, type));
    Entry *entry = o->flags & OBJ_WEAKREFFED ? find(vm, o) : NULL;
    for (WeakrefObj *r = shared && entry ? entry->first : NULL; r; r = r->next) {
        // A reference whose own count is 0 is being taken apart at this moment.
        if (r->head.type == type && asy_is_nil(r->callback) && r->head.refs) return asy_from_obj(asy_retain_obj(r));
    }
    WeakrefObj *r = asy_object_alloc(vm, type);
    if (!r) return ASY_ERR;
    if (!entry && !grow(vm)) {
        asy_release_obj(vm, r);
        return ASY_ERR;
    }
    if (!entry) {
        put(vm, vm->weakrefs, (Entry){ o, NULL });
        vm->weakrefs->count++;
        o->flags |= OBJ_WEAKREFFED;
        entry = find(vm, o);
    }
    r->target = o;
    r->callback = asy_retain(callback);
    r->hash = -1;
    link_ref(vm, entry, r);
    return asy_from_obj(r);
}

Value asy_weakref_new(VM *vm, Type *type, Value object, Value callback) { return asy_weakref_make(vm, type, object, callback); }

Value asy_weakref_get(VM *vm, Value ref)
{
    (void)vm;
    ObjHeader *o = asy_as(WeakrefObj, ref)->target;
    return o ? asy_retain(asy_from_obj(o)) : ASY_NONE;
}

uint32_t asy_weakref_count(VM *vm, Value object)
{
    if (!asy_is_obj(object) || !(asy_as_obj(object)->flags & OBJ_WEAKREFFED)) return 0;
    uint32_t count = 0;
    for (WeakrefObj *r = find(vm, asy_as_obj(object))->first; r; r = r->next) count++;
    return count;
}

Value asy_weakref_list(VM *vm, Value object)
{
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return ASY_ERR;
    if (!asy_is_obj(object) || !(asy_as_obj(object)->flags & OBJ_WEAKREFFED)) return asy_from_obj(list);
    WeakrefObj *r = find(vm, asy_as_obj(object))->first;
    for (; r; r = r->next) {
        if (!asy_list_append(vm, list, asy_from_obj(r))) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
    }
    return asy_from_obj(list);
}

static bool clear_all(VM *vm, ObjHeader *o, uint32_t silent_flag)
{
    bool ok = true;
    Entry *entry = find(vm, o);
    if (!entry) return true;
    WeakrefObj *r = entry->first;
    drop(vm, entry);
    // All are cut off before any callback is queued: queueing may fail, but no reference may stay behind.
    for (WeakrefObj *at = r; at; at = at->next) at->target = NULL;
    while (r) {
        WeakrefObj *next = r->next;
        r->next = r->prev = NULL;
        bool calls = !asy_is_nil(r->callback) && r->head.refs && !(r->head.flags & silent_flag) && !vm->closing;
        if (calls && !asy_finalize_queue_call(vm, r->callback, asy_from_obj(r))) ok = false;
        r = next;
    }
    return ok;
}

bool asy_weakref_clear(VM *vm, ObjHeader *o) { return clear_all(vm, o, 0); }

bool asy_weakref_clear_garbage(VM *vm, ObjHeader *o, uint32_t garbage_flag) { return clear_all(vm, o, garbage_flag); }

// ---- weakref.ref ----

void asy_weakref_obj_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((WeakrefObj *)(void *)o)->callback); }

// Clearing takes the reference out: one that is garbage must not be called back.
void asy_weakref_obj_clear(VM *vm, ObjHeader *o)
{
    WeakrefObj *r = (WeakrefObj *)(void *)o;
    unlink_ref(vm, r);
    asy_clear(vm, &r->callback);
}

static Value weakref_new(VM *vm, Type *type, Args args)
{
    // Keywords are a subclass's own business: its __init__ gets them.
    if (type == vm->types.weakref && !asy_no_keywords(vm, "ref", args)) return ASY_ERR;
    if (args.n < 1 || args.n > 2) {
        return asy_raise(vm, EXC_TypeError, "__new__ expected at %s %d argument%s, got %u", args.n ? "most" : "least", args.n ? 2 : 1,
                         args.n ? "s" : "", args.n);
    }
    return asy_weakref_make(vm, type, args.v[0], args.n > 1 ? args.v[1] : ASY_NIL);
}

static bool weakref_init(VM *vm, Value self, Args args)
{
    (void)self;
    if (!asy_no_keywords(vm, "ref", args)) return false;
    if (args.n >= 1 && args.n <= 2) return true;
    asy_raise(vm, EXC_TypeError, "__init__ expected at %s %d argument%s, got %u", args.n ? "most" : "least", args.n ? 2 : 1,
              args.n ? "s" : "", args.n);
    return false;
}

static Value weakref_call(VM *vm, Value self, Args args)
{
    if (!asy_no_keywords(vm, "weakref", args)) return ASY_ERR;
    if (args.n) return asy_raise(vm, EXC_TypeError, "weakref expected 0 arguments, got %u", args.n);
    return asy_weakref_get(vm, self);
}

StrObj *asy_weakref_describe(VM *vm, Value self, const char *kind, bool named)
{
    const WeakrefObj *r = asy_as(WeakrefObj, self);
    char own[20], other[20];
    asy_weakref_address(vm, asy_as_obj(self), own);
    if (!r->target) return asy_format(vm, "<%s at %s; dead>", kind, own);
    Value target = asy_from_obj(r->target);
    asy_weakref_address(vm, r->target, other);
    if (!named) return asy_format(vm, "<%s at %s to %T at %s>", kind, own, target, other);
    asy_retain(target);         // looking for its name may run script
    Value name = asy_getattr_opt(vm, target, asy_name(vm, __name__));
    StrObj *text = NULL;
    if (asy_is_str(vm, name)) text = asy_format(vm, "<%s at %s; to '%T' at %s (%S)>", kind, own, target, other, name);
    else if (!asy_is_err(name)) text = asy_format(vm, "<%s at %s; to '%T' at %s>", kind, own, target, other);
    asy_release(vm, name);
    asy_release(vm, target);
    return text;
}

void asy_weakref_address(VM *vm, const ObjHeader *o, char out[20])
{
    uint64_t number = asy_heap_number(vm, o);
    int i = 0, shift = 60;
    out[i++] = '0';
    out[i++] = 'x';
    while (shift && !(number >> shift)) shift -= 4;
    for (; shift >= 0; shift -= 4) out[i++] = "0123456789abcdef"[number >> shift & 15];
    out[i] = '\0';
}

static Value weakref_repr(VM *vm, Value self)
{
    StrObj *text = asy_weakref_describe(vm, self, "weakref", true);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static bool weakref_hash(VM *vm, Value self, int64_t *hash)
{
    WeakrefObj *r = asy_as(WeakrefObj, self);
    if (r->hash == -1) {
        if (!r->target) {
            asy_raise(vm, EXC_TypeError, "weak object has gone away");
            return false;
        }
        Value target = asy_retain(asy_from_obj(r->target));
        bool ok = asy_hash(vm, target, &r->hash);
        if (!ok) r->hash = -1;
        asy_release(vm, target);
        if (!ok) return false;
    }
    *hash = r->hash;
    return true;
}

static bool is_ref(VM *vm, Value v) { return asy_is_obj(v) && asy_type_is_subtype(asy_as_obj(v)->type, vm->types.weakref); }

static Value weakref_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_ref(vm, a) || !is_ref(vm, b)) return ASY_NOTIMPLEMENTED;
    const WeakrefObj *x = asy_as(WeakrefObj, a), *y = asy_as(WeakrefObj, b);
    if (!x->target || !y->target) return asy_from_bool((x == y) == (op == CMP_EQ));
    Value one = asy_retain(asy_from_obj(x->target)), two = asy_retain(asy_from_obj(y->target));
    Value result = asy_compare(vm, one, two, op);
    asy_release(vm, one);
    asy_release(vm, two);
    return result;
}

static Value weakref_get_callback(VM *vm, Value self)
{
    (void)vm;
    const WeakrefObj *r = asy_as(WeakrefObj, self);
    return asy_is_nil(r->callback) || !r->target ? ASY_NONE : asy_retain(r->callback);
}

static const GetSetDef weakref_getset[] = {
    { "__callback__", weakref_get_callback, NULL, NULL },
    { 0 },
};
static const MethodDef weakref_methods[] = {
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};

const TypeDef asy_weakref_type = {
    .name = "weakref.ReferenceType",
    .size = sizeof(WeakrefObj),
    .flags = TYPE_BASE,
    .trace = asy_weakref_obj_trace,
    .clear = asy_weakref_obj_clear,
    .methods = weakref_methods,
    .getset = weakref_getset,
    .slots = {
        .repr = weakref_repr,
        .hash = weakref_hash,
        .call = weakref_call,
        .compare = weakref_compare,
        .init = weakref_init,
        .new = weakref_new,
    },
};
