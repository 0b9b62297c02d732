// Context variables: ContextVar, Token, Context.
//
// A Context's variables stand in a table that copies share; the one that changes it first makes its own. Tables are
// small, so a lookup compares pointers one after the other; larger ones have a hash index behind the entries. Entries
// keep the order in which variables were set.
#include "runtime/context.h"

#include "runtime/loop.h"
#include "runtime/task.h"
#include "vm/memory/heap.h"
#include "vm/objects/dict.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

enum { TABLE_LINEAR_MAX = 8, TABLE_FIRST = 4 };

typedef struct VarEntry {
    ContextVarObj *var;         // owned
    Value value;                // owned
} VarEntry;
struct VarTable {               // an object of its own, so that the collector sees who shares it
    ObjHeader head;
    uint32_t count, capacity;
    uint32_t index_size;        // slots behind the entries, a power of two; 0: none
    VarEntry entries[];
};

// ---- tables ----

static uint32_t *table_index(VarTable *t) { return (uint32_t *)(void *)(t->entries + t->capacity); }
static uint32_t var_hash(const ContextVarObj *var)
{
    uint64_t h = (uint64_t)(uintptr_t)var >> 4;
    return (uint32_t)(h * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static void table_index_add(VarTable *t, uint32_t entry)
{
    uint32_t *index = table_index(t), mask = t->index_size - 1;
    uint32_t i = var_hash(t->entries[entry].var) & mask;
    while (index[i]) i = (i + 1) & mask;
    index[i] = entry + 1;
}

static VarTable *table_new(VM *vm, uint32_t capacity)
{
    uint32_t index_size = capacity > TABLE_LINEAR_MAX ? 2 * capacity : 0;   // capacities are powers of two
    size_t extra = capacity * sizeof(VarEntry) + index_size * sizeof(uint32_t);
    VarTable *t = asy_object_alloc_extra(vm, asy_rt(vm)->types.context_table, extra);
    if (!t) return NULL;
    t->capacity = capacity;
    t->index_size = index_size;
    return t;
}

static void table_trace(Tracer *t, ObjHeader *o)
{
    VarTable *table = (VarTable *)(void *)o;
    for (uint32_t i = 0; i < table->count; i++) {
        asy_trace_header(t, &table->entries[i].var->head);
        asy_trace_value(t, table->entries[i].value);
    }
}
static void table_clear(VM *vm, ObjHeader *o)
{
    VarTable *table = (VarTable *)(void *)o;
    while (table->count > 0) {
        VarEntry entry = table->entries[--table->count];
        asy_release_obj(vm, entry.var);
        asy_release(vm, entry.value);
    }
    table->index_size = 0;
}
const TypeDef asy_rt_context_table_type = {
    .name = "context_table",
    .size = sizeof(VarTable),
    .flags = TYPE_DISALLOW_NEW,
    .trace = table_trace,
    .clear = table_clear,
};

static VarEntry *table_find(VarTable *t, const ContextVarObj *var)
{
    if (!t) return NULL;
    if (!t->index_size) {
        for (uint32_t i = 0; i < t->count; i++) {
            if (t->entries[i].var == var) return &t->entries[i];
        }
        return NULL;
    }
    const uint32_t *index = table_index(t);
    for (uint32_t i = var_hash(var) & (t->index_size - 1); index[i]; i = (i + 1) & (t->index_size - 1)) {
        if (t->entries[index[i] - 1].var == var) return &t->entries[index[i] - 1];
    }
    return NULL;
}

static void table_put(VarTable *t, ContextVarObj *var, Value value)
{
    assert(t->count < t->capacity);
    t->entries[t->count] = (VarEntry){ asy_retain_obj(var), asy_retain(value) };
    if (t->index_size) table_index_add(t, t->count);
    t->count++;
}

// A copy with room for `capacity` entries, without `skip` (NULL: with all).
static VarTable *table_copy(VM *vm, VarTable *from, uint32_t capacity, const ContextVarObj *skip)
{
    VarTable *t = table_new(vm, capacity);
    if (!t || !from) return t;
    for (uint32_t i = 0; i < from->count; i++) {
        if (from->entries[i].var != skip) table_put(t, from->entries[i].var, from->entries[i].value);
    }
    return t;
}

static bool context_set(VM *vm, ContextObj *c, ContextVarObj *var, Value value)
{
    VarTable *t = c->table;
    VarEntry *entry = table_find(t, var);
    bool room = t && (entry || t->count < t->capacity);
    if (!room || t->head.refs > 1) {
        uint32_t capacity = !t ? TABLE_FIRST : room ? t->capacity : 2 * t->capacity;
        VarTable *own = table_copy(vm, t, capacity, NULL);
        if (!own) return false;
        c->table = own;
        asy_release_obj(vm, t);
        t = own;
        entry = entry ? table_find(t, var) : NULL;
    }
    if (entry) asy_set(vm, &entry->value, asy_retain(value));
    else table_put(t, var, value);
    return true;
}

static bool context_remove(VM *vm, ContextObj *c, const ContextVarObj *var)
{
    VarTable *t = c->table;
    if (!table_find(t, var)) return true;
    VarTable *rest = table_copy(vm, t, t->capacity, var);
    if (!rest) return false;
    c->table = rest;
    asy_release_obj(vm, t);
    return true;
}

// ---- the current context ----

static ContextObj *context_new(VM *vm) { return asy_object_alloc(vm, asy_rt(vm)->types.context); }

ContextObj *asy_context_current(VM *vm)
{
    Thread *th = vm->thread;
    if (ASY_UNLIKELY(asy_is_nil(th->context))) {
        // A task's, or that of what runs outside of tasks.
        Value loop = asy_running_loop(vm), task = asy_is_nil(loop) ? ASY_NIL : asy_task_current(vm, loop);
        if (!asy_is_nil(task) && !asy_as(TaskObj, task)->context) {
            if (!asy_task_context(vm, asy_as(TaskObj, task))) return NULL;
        } else {
            ContextObj *c = context_new(vm);
            if (!c) return NULL;
            c->entered = true;
            th->context = asy_from_obj(c);
        }
    }
    return asy_as(ContextObj, th->context);
}

static ContextObj *context_copy(VM *vm, ContextObj *c)
{
    ContextObj *copy = context_new(vm);
    if (!copy) return NULL;
    copy->table = c->table;
    if (copy->table) copy->table->head.refs++;
    return copy;
}

ContextObj *asy_context_copy_current(VM *vm)
{
    if (asy_is_nil(vm->thread->context)) return context_new(vm);
    return context_copy(vm, asy_as(ContextObj, vm->thread->context));
}

static bool is_context(VM *vm, Value v) { return asy_is_obj(v) && asy_as_obj(v)->type == asy_rt(vm)->types.context; }

bool asy_context_argument(VM *vm, Value context, ContextObj **out)
{
    *out = NULL;
    if (asy_is_nil(context) || asy_is_none(context)) {
        Value current = vm->thread->context;
        const VarTable *table = asy_is_nil(current) ? NULL : asy_as(ContextObj, current)->table;
        return !table || table->count == 0 || (*out = context_copy(vm, asy_as(ContextObj, current))) != NULL;
    }
    if (!is_context(vm, context)) {
        asy_raise(vm, EXC_TypeError, "a Context was expected, got %R", context);
        return false;
    }
    *out = asy_retain_obj(asy_as(ContextObj, context));
    return true;
}

ContextObj *asy_context_of(VM *vm, ContextObj **slot)
{
    if (!*slot) *slot = context_new(vm);
    return *slot;
}

bool asy_context_enter(VM *vm, ContextObj **slot, Value *saved)
{
    ContextObj *context = *slot;
    *saved = vm->thread->context;
    if (ASY_LIKELY(!context)) {
        vm->thread->context = ASY_NIL;
        return true;
    }
    if (ASY_UNLIKELY(context->entered)) {
        asy_raise(vm, EXC_RuntimeError, "cannot enter context: %R is already entered", asy_from_obj(context));
        return false;
    }
    context->entered = true;
    vm->thread->context = asy_from_obj(asy_retain_obj(context));
    return true;
}

void asy_context_leave(VM *vm, ContextObj **slot, Value saved)
{
    Value made = vm->thread->context;
    vm->thread->context = saved;
    if (!*slot && !asy_is_nil(made)) *slot = asy_retain_obj(asy_as(ContextObj, made));
    if (*slot) (*slot)->entered = false;
    asy_release(vm, made);
}

// ---- Context ----

static void context_trace(Tracer *t, ObjHeader *o)
{
    asy_trace_header(t, (ObjHeader *)(void *)((ContextObj *)(void *)o)->table);
}
static void context_clear(VM *vm, ObjHeader *o)
{
    ContextObj *self = (ContextObj *)(void *)o;
    VarTable *table = self->table;
    self->table = NULL;
    asy_release_obj(vm, table);
}

static Value context_make(VM *vm, Type *type, Args args)
{
    (void)type;
    if (args.n || !asy_is_nil(args.kwnames)) return asy_raise(vm, EXC_TypeError, "Context() does not accept any arguments");
    ContextObj *c = context_new(vm);
    return c ? asy_from_obj(c) : ASY_ERR;
}

static ContextVarObj *key_argument(VM *vm, Value v)
{
    if (asy_is_obj(v) && asy_as_obj(v)->type == asy_rt(vm)->types.context_var) return asy_as(ContextVarObj, v);
    asy_raise(vm, EXC_TypeError, "a ContextVar key was expected, got %R", v);
    return NULL;
}

static Value context_getitem(VM *vm, Value self, Value key)
{
    ContextVarObj *var = key_argument(vm, key);
    if (!var) return ASY_ERR;
    VarEntry *entry = table_find(asy_as(ContextObj, self)->table, var);
    return entry ? asy_retain(entry->value) : asy_raise_kind(vm, EXC_KeyError, key);
}
static int context_contains(VM *vm, Value self, Value key)
{
    ContextVarObj *var = key_argument(vm, key);
    return var ? table_find(asy_as(ContextObj, self)->table, var) != NULL : -1;
}
static int64_t context_length(VM *vm, Value self)
{
    (void)vm;
    VarTable *t = asy_as(ContextObj, self)->table;
    return t ? t->count : 0;
}
static Value context_get(VM *vm, Args a)
{
    ContextVarObj *var = key_argument(vm, a.v[0]);
    if (!var) return ASY_ERR;
    VarEntry *entry = table_find(asy_as(ContextObj, a.self)->table, var);
    if (entry) return asy_retain(entry->value);
    return asy_is_nil(a.v[1]) ? ASY_NONE : asy_retain(a.v[1]);
}
static Value context_copy_method(VM *vm, Args a)
{
    ContextObj *c = context_copy(vm, asy_as(ContextObj, a.self));
    return c ? asy_from_obj(c) : ASY_ERR;
}

static Value context_run(VM *vm, Args a)
{
    if (a.n < 1) return asy_raise(vm, EXC_TypeError, "run() missing 1 required positional argument");
    ContextObj *c = asy_as(ContextObj, a.self);
    Value saved;
    if (!asy_context_enter(vm, &c, &saved)) return ASY_ERR;
    Value result = asy_call(vm, a.v[0], a.v + 1, a.n - 1, a.kwnames);
    asy_context_leave(vm, &c, saved);
    return result;
}

static Value context_compare(VM *vm, Value a, Value b, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !is_context(vm, b)) return ASY_NOTIMPLEMENTED;
    VarTable *x = asy_as(ContextObj, a)->table, *y = asy_as(ContextObj, b)->table;
    bool equal = (x ? x->count : 0) == (y ? y->count : 0);
    if (equal && x && x != y) {
        x->head.refs++;      // comparing runs script, which may change both contexts
        y->head.refs++;
        int r = 1;
        for (uint32_t i = 0; r == 1 && i < x->count; i++) {
            VarEntry *other = table_find(y, x->entries[i].var);
            r = other ? asy_equal(vm, x->entries[i].value, other->value) : 0;
        }
        asy_release_obj(vm, x);
        asy_release_obj(vm, y);
        if (r < 0) return ASY_ERR;
        equal = r == 1;
    }
    return asy_from_bool(equal == (op == CMP_EQ));
}

typedef enum IterKind { ITER_KEYS, ITER_VALUES, ITER_ITEMS } IterKind;
typedef struct ContextIterObj {
    ObjHeader head;
    ContextObj *context;        // a copy of its own: what is set meanwhile is not seen
    uint32_t at;
    IterKind kind;
} ContextIterObj;

static Value context_iter_new(VM *vm, Value context, IterKind kind)
{
    ContextIterObj *it = asy_object_alloc(vm, asy_rt(vm)->types.context_iter);
    if (!it) return ASY_ERR;
    it->kind = kind;
    it->context = context_copy(vm, asy_as(ContextObj, context));
    if (it->context) return asy_from_obj(it);
    asy_release_obj(vm, it);
    return ASY_ERR;
}
static Value context_iter(VM *vm, Value self) { return context_iter_new(vm, self, ITER_KEYS); }
static Value context_keys(VM *vm, Args a) { return context_iter_new(vm, a.self, ITER_KEYS); }
static Value context_values(VM *vm, Args a) { return context_iter_new(vm, a.self, ITER_VALUES); }
static Value context_items(VM *vm, Args a) { return context_iter_new(vm, a.self, ITER_ITEMS); }
static Value context_iter_next(VM *vm, Value self)
{
    ContextIterObj *it = asy_as(ContextIterObj, self);
    VarTable *t = it->context ? it->context->table : NULL;
    if (!t || it->at == t->count) return ASY_DONE;
    VarEntry *entry = &t->entries[it->at++];
    if (it->kind == ITER_KEYS) return asy_from_obj(asy_retain_obj(entry->var));
    if (it->kind == ITER_VALUES) return asy_retain(entry->value);
    return asy_tuple_pack(vm, 2, asy_from_obj(entry->var), entry->value);
}
static void context_iter_trace(Tracer *t, ObjHeader *o)
{
    ContextIterObj *it = (ContextIterObj *)(void *)o;
    if (it->context) asy_trace_header(t, &it->context->head);
}
static void context_iter_clear(VM *vm, ObjHeader *o)
{
    ContextIterObj *it = (ContextIterObj *)(void *)o;
    ContextObj *c = it->context;
    it->context = NULL;
    asy_release_obj(vm, c);
}
const TypeDef asy_rt_context_iter_type = {
    .name = "_contextvars.context_iterator",
    .size = sizeof(ContextIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = context_iter_trace,
    .clear = context_iter_clear,
    .slots = { .iter = asy_iter_self, .next = context_iter_next },
};

static const MethodDef context_methods[] = {
    { "get", context_get, "(key, default=None, /)", 0, "The variable's value in this context, or default." },
    { "items", context_items, "()", 0, "All variables and their values." },
    { "keys", context_keys, "()", 0, "All variables that have a value." },
    { "values", context_values, "()", 0, "All values." },
    { "copy", context_copy_method, "()", 0, "A shallow copy." },
    { "run", context_run, NULL, NATIVE_RAW, "Calls a function in this context." },
    { 0 },
};
const TypeDef asy_rt_context_type = {
    .name = "_contextvars.Context",
    .size = sizeof(ContextObj),
    .flags = TYPE_QUALIFIED | TYPE_WEAKREFS,
    .doc = "Values of context variables.",
    .trace = context_trace,
    .clear = context_clear,
    .methods = context_methods,
    .slots = { .new = context_make, .getitem = context_getitem, .contains = context_contains, .length = context_length,
               .iter = context_iter, .compare = context_compare, .hash = asy_hash_unhashable },
};

// ---- ContextVar ----

static Value var_make(VM *vm, Type *type, Args args)
{
    static const char *const names[] = { "name", "default" };
    Value v[2];
    if (args.n > 1) return asy_raise(vm, EXC_TypeError, "ContextVar() takes exactly 1 positional argument (%u given)", args.n);
    if (!asy_new_args(vm, "ContextVar", names, 2, 0, 1, args, v)) return ASY_ERR;
    if (!asy_is_str(vm, v[0])) return asy_raise(vm, EXC_TypeError, "context variable name must be a str");
    ContextVarObj *var = asy_object_alloc(vm, type);
    if (!var) return ASY_ERR;
    var->name = asy_retain_obj(asy_as_str(v[0]));
    var->default_value = asy_retain(v[1]);
    return asy_from_obj(var);
}

static Value var_get(VM *vm, Args a)
{
    ContextVarObj *var = asy_as(ContextVarObj, a.self);
    if (!asy_is_nil(vm->thread->context)) {
        VarEntry *entry = table_find(asy_as(ContextObj, vm->thread->context)->table, var);
        if (entry) return asy_retain(entry->value);
    }
    if (!asy_is_nil(a.v[0])) return asy_retain(a.v[0]);
    if (!asy_is_nil(var->default_value)) return asy_retain(var->default_value);
    return asy_raise_kind(vm, EXC_LookupError, a.self);
}

static Value var_set(VM *vm, Args a)
{
    ContextVarObj *var = asy_as(ContextVarObj, a.self);
    ContextObj *c = asy_context_current(vm);
    TokenObj *token = c ? asy_object_alloc(vm, asy_rt(vm)->types.token) : NULL;
    if (!token) return ASY_ERR;
    VarEntry *entry = table_find(c->table, var);
    token->var = asy_retain_obj(var);
    token->context = asy_retain_obj(c);
    token->old = entry ? asy_retain(entry->value) : ASY_NIL;
    if (context_set(vm, c, var, a.v[0])) return asy_from_obj(token);
    asy_release_obj(vm, token);
    return ASY_ERR;
}

static Value var_reset(VM *vm, Args a)
{
    if (!asy_is_obj(a.v[0]) || asy_as_obj(a.v[0])->type != asy_rt(vm)->types.token) {
        return asy_raise(vm, EXC_TypeError, "expected an instance of Token, got %R", a.v[0]);
    }
    ContextVarObj *var = asy_as(ContextVarObj, a.self);
    TokenObj *token = asy_as(TokenObj, a.v[0]);
    if (token->used) return asy_raise(vm, EXC_RuntimeError, "%R has already been used once", a.v[0]);
    if (token->var != var) return asy_raise(vm, EXC_ValueError, "%R was created by a different ContextVar", a.v[0]);
    ContextObj *c = asy_context_current(vm);
    if (!c) return ASY_ERR;
    if (token->context != c) return asy_raise(vm, EXC_ValueError, "%R was created in a different Context", a.v[0]);
    bool ok = asy_is_nil(token->old) ? context_remove(vm, c, var) : context_set(vm, c, var, token->old);
    if (!ok) return ASY_ERR;
    token->used = true;
    return ASY_NONE;
}

static Value var_repr(VM *vm, Value self)
{
    ContextVarObj *var = asy_as(ContextVarObj, self);
    unsigned long long at = asy_heap_number(vm, &var->head);
    StrObj *s;
    if (asy_is_nil(var->default_value)) {
        s = asy_format(vm, "<ContextVar name=%R at 0x%llx>", asy_from_obj(var->name), at);
    } else {
        int r = asy_repr_enter(vm, self);
        if (r < 0) return ASY_ERR;
        if (r > 0) return asy_str_value(vm, "...");
        s = asy_format(vm, "<ContextVar name=%R default=%R at 0x%llx>", asy_from_obj(var->name), var->default_value, at);
        asy_repr_leave(vm, self);
    }
    return s ? asy_from_obj(s) : ASY_ERR;
}
static Value var_name(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(asy_as(ContextVarObj, self)->name)); }
static void var_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((ContextVarObj *)(void *)o)->default_value); }
static void var_clear(VM *vm, ObjHeader *o)
{
    ContextVarObj *var = (ContextVarObj *)(void *)o;
    StrObj *name = var->name;
    var->name = NULL;
    asy_release_obj(vm, name);
    asy_clear(vm, &var->default_value);
}
static const MethodDef var_methods[] = {
    { "get", var_get, "(default=None, /)", 0, "The value in the current context, or default, or the variable's default." },
    { "set", var_set, "(value, /)", 0, "Sets the value in the current context; a Token to undo that." },
    { "reset", var_reset, "(token, /)", 0, "Gives it the value from before the set() that made the token." },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef var_getset[] = { { "name", var_name, NULL, "its name" }, { 0 } };
const TypeDef asy_rt_context_var_type = {
    .name = "_contextvars.ContextVar",
    .size = sizeof(ContextVarObj),
    .flags = TYPE_QUALIFIED | TYPE_WEAKREFS,
    .doc = "A variable whose value belongs to the context.",
    .trace = var_trace,
    .clear = var_clear,
    .methods = var_methods,
    .getset = var_getset,
    .slots = { .new = var_make, .repr = var_repr },
};

// ---- Token ----

static Value token_repr(VM *vm, Value self)
{
    TokenObj *token = asy_as(TokenObj, self);
    StrObj *s = asy_format(vm, "<Token%s var=%R at 0x%llx>", token->used ? " used" : "", asy_from_obj(token->var),
                           (unsigned long long)asy_heap_number(vm, &token->head));
    return s ? asy_from_obj(s) : ASY_ERR;
}
static Value token_var(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(asy_as(TokenObj, self)->var)); }
static Value token_old(VM *vm, Value self)
{
    TokenObj *token = asy_as(TokenObj, self);
    if (!asy_is_nil(token->old)) return asy_retain(token->old);
    return asy_getattr(vm, asy_from_obj(token->head.type), asy_rt(vm)->names.MISSING);
}
static void token_trace(Tracer *t, ObjHeader *o)
{
    TokenObj *token = (TokenObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)token->var);
    asy_trace_header(t, (ObjHeader *)(void *)token->context);
    asy_trace_value(t, token->old);
}
static void token_clear(VM *vm, ObjHeader *o)
{
    TokenObj *token = (TokenObj *)(void *)o;
    ContextVarObj *var = token->var;
    ContextObj *context = token->context;
    token->var = NULL;
    token->context = NULL;
    asy_release_obj(vm, var);
    asy_release_obj(vm, context);
    asy_clear(vm, &token->old);
}
static const MethodDef token_methods[] = {
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef token_getset[] = {
    { "var", token_var, NULL, "the variable that was set" },
    { "old_value", token_old, NULL, "its value before, or Token.MISSING" },
    { 0 },
};
const TypeDef asy_rt_token_type = {
    .name = "_contextvars.Token",
    .size = sizeof(TokenObj),
    .flags = TYPE_QUALIFIED | TYPE_DISALLOW_NEW,
    .doc = "What undoes ContextVar.set().",
    .trace = token_trace,
    .clear = token_clear,
    .methods = token_methods,
    .getset = token_getset,
    .slots = { .repr = token_repr, .hash = asy_hash_unhashable },
};

static Value missing_repr(VM *vm, Value self) { return (void)self, asy_str_value(vm, "<Token.MISSING>"); }
const TypeDef asy_rt_token_missing_type = {
    .name = "_contextvars.Token.MISSING",
    .size = sizeof(ObjHeader),
    .flags = TYPE_QUALIFIED | TYPE_DISALLOW_NEW,
    .slots = { .repr = missing_repr },
};

// ---- the module ----

static Value copy_context(VM *vm, Args a)
{
    (void)a;
    ContextObj *c = asy_context_copy_current(vm);
    return c ? asy_from_obj(c) : ASY_ERR;
}
const MethodDef asy_context_functions[] = {
    { "copy_context", copy_context, "()", 0, "A copy of the current context." },
    { 0 },
};
