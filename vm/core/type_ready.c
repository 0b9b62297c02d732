// Native types: a definition becomes a Type of the VM; and the linearisation of bases, for all types.
//
// The types of types.def are made in two rounds (vm.c): first bare, so that strs and dicts can be allocated at all, then
// whole. Every other definition is made ready when it is first asked for.
#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/function.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/types.h"

// ---- linearisation ----

static bool is_tail_member(TupleObj *const *lists, const size_t *at, size_t n, Value candidate)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = at[i] + 1; k < lists[i]->size; k++) {
            if (asy_same(lists[i]->items[k], candidate)) return true;
        }
    }
    return false;
}

// The names of what is left at the front of the lists: CPython's message.
static void raise_inconsistent(VM *vm, TupleObj *const *lists, const size_t *at, size_t n)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "Cannot create a consistent method resolution\norder (MRO) for bases ");
    bool first = true;
    for (size_t i = 0; ok && i < n; i++) {
        if (at[i] >= lists[i]->size) continue;
        Value candidate = lists[i]->items[at[i]];
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = at[k] < lists[k]->size && asy_same(lists[k]->items[at[k]], candidate);
        }
        if (seen) continue;
        ok = (first || asy_builder_c(&b, ", ")) && asy_builder_str(&b, asy_as(Type, candidate)->name);
        first = false;
    }
    StrObj *text = ok ? asy_builder_finish(&b) : NULL;
    if (!text) {
        if (!ok) asy_builder_free(&b);
        return;
    }
    asy_raise_kind(vm, EXC_TypeError, asy_from_obj(text));
    asy_release_obj(vm, text);
}

// C3: repeatedly takes the first head that is in no tail. `lists`: the bases' MROs, then the bases themselves.
static bool merge(VM *vm, TupleObj *const *lists, size_t *at, size_t n, Value *out, size_t *count)
{
    for (;;) {
        bool left = false, taken = false;
        for (size_t i = 0; i < n && !taken; i++) {
            if (at[i] >= lists[i]->size) continue;
            left = true;
            Value candidate = lists[i]->items[at[i]];
            if (is_tail_member(lists, at, n, candidate)) continue;
            out[(*count)++] = candidate;
            for (size_t k = 0; k < n; k++) {
                if (at[k] < lists[k]->size && asy_same(lists[k]->items[at[k]], candidate)) at[k]++;
            }
            taken = true;
        }
        if (!left) return true;
        if (!taken) {
            raise_inconsistent(vm, lists, at, n);
            return false;
        }
    }
}

TupleObj *asy_type_linearise(VM *vm, Type *type)
{
    TupleObj *bases = type->bases;
    size_t n = bases->size, total = 1;
    for (size_t i = 0; i < n; i++) {
        Type *base = asy_as(Type, bases->items[i]);
        if (!base->mro) {
            asy_raise(vm, EXC_TypeError, "Cannot extend an incomplete type '%N'", base);
            return NULL;
        }
        total += base->mro->size;
        for (size_t k = 0; k < i; k++) {
            if (!asy_same(bases->items[i], bases->items[k])) continue;
            asy_raise(vm, EXC_TypeError, "duplicate base class %N", base);
            return NULL;
        }
    }
    if (n <= 1) {
        TupleObj *mro = asy_tuple_alloc(vm, total);
        if (!mro) return NULL;
        mro->items[0] = asy_retain(asy_from_obj(type));
        for (size_t i = 1; i < total; i++) {
            mro->items[i] = asy_retain(asy_as(Type, bases->items[0])->mro->items[i - 1]);
        }
        return mro;
    }
    size_t scratch_size = (n + 1) * (sizeof(TupleObj *) + sizeof(size_t)) + (total + n) * sizeof(Value);
    char *scratch = asy_mem_alloc(vm, scratch_size);
    if (!scratch) {
        asy_raise_memory(vm);
        return NULL;
    }
    memset(scratch, 0, scratch_size);
    TupleObj **lists = (TupleObj **)(void *)scratch;
    size_t *at = (size_t *)(void *)(lists + n + 1);
    Value *out = (Value *)(void *)(at + n + 1);
    for (size_t i = 0; i < n; i++) lists[i] = asy_as(Type, bases->items[i])->mro;
    lists[n] = bases;
    size_t count = 1;
    out[0] = asy_from_obj(type);
    TupleObj *mro = merge(vm, lists, at, n + 1, out, &count) ? asy_tuple_from(vm, out, count) : NULL;
    asy_mem_free(vm, scratch, scratch_size);
    return mro;
}

// ---- the registry: an open hash from definition to Type ----

static uint32_t registry_place(VM *vm, const TypeDef *def)
{
    uint32_t mask = vm->registry.capacity - 1;
    uint32_t at = (uint32_t)((uintptr_t)def >> 5) * 0x9E3779B1u & mask;
    while (vm->registry.defs[at] && vm->registry.defs[at] != def) at = (at + 1) & mask;
    return at;
}

static bool registry_grow(VM *vm)
{
    uint32_t old_capacity = vm->registry.capacity, capacity = old_capacity ? old_capacity * 2 : 256;
    const TypeDef **old_defs = vm->registry.defs;
    Type **old_types = vm->registry.types;
    const TypeDef **defs = asy_mem_alloc(vm, capacity * sizeof(TypeDef *));
    Type **types = defs ? asy_mem_alloc(vm, capacity * sizeof(Type *)) : NULL;
    if (!types) {
        asy_mem_free(vm, defs, capacity * sizeof(TypeDef *));
        asy_raise_memory(vm);
        return false;
    }
    memset(defs, 0, capacity * sizeof(TypeDef *));
    vm->registry.defs = defs;
    vm->registry.types = types;
    vm->registry.capacity = capacity;
    for (uint32_t i = 0; i < old_capacity; i++) {
        if (!old_defs[i]) continue;
        uint32_t at = registry_place(vm, old_defs[i]);
        defs[at] = old_defs[i];
        types[at] = old_types[i];
    }
    asy_mem_free(vm, old_defs, old_capacity * sizeof(TypeDef *));
    asy_mem_free(vm, old_types, old_capacity * sizeof(Type *));
    return true;
}

Type *asy_type_ready(VM *vm, const TypeDef *def)
{
    if (vm->registry.capacity) {
        uint32_t at = registry_place(vm, def);
        // One with a dict is ready, or being made so by a caller further up.
        if (vm->registry.defs[at] && vm->registry.types[at]->dict) return vm->registry.types[at];
        if (vm->registry.defs[at]) return asy_type_finish(vm, vm->registry.types[at]) ? vm->registry.types[at] : NULL;
    }
    Type *type = asy_type_bare(vm, def);
    return type && asy_type_finish(vm, type) ? type : NULL;
}

// ---- making ----

Type *asy_type_alloc(VM *vm, Type *meta)
{
    Type *type = (Type *)(void *)asy_heap_alloc(vm, sizeof(Type));
    if (!type) {
        asy_raise_memory(vm);
        return NULL;
    }
    type->head.refs = 1;
    type->head.flags |= OBJ_CONTAINER;
    type->head.type = meta;             // NULL only for the very first: vm.c sets it
    if (meta && !(meta->flags & TYPE_STATIC)) meta->head.refs++;
    if (ASY_UNLIKELY(++vm->heap.young == vm->heap.young_limit)) asy_vm_set_pending(vm, PENDING_COLLECT);
    type->vm = vm;
    return type;
}

Type *asy_type_bare(VM *vm, const TypeDef *def)
{
    if (vm->registry.count * 2 >= vm->registry.capacity && !registry_grow(vm)) return NULL;
    Type *type = asy_type_alloc(vm, vm->types.type);
    if (!type) return NULL;
    type->def = def;
    type->flags = def->flags | TYPE_STATIC;
    type->size = def->size;
    type->slots = def->slots;
    if (def->trace) type->flags |= TYPE_CONTAINER;
    type->trace = def->trace;
    type->clear = def->clear;
    type->free = def->free;
    uint32_t at = registry_place(vm, def);
    vm->registry.defs[at] = def;
    vm->registry.types[at] = type;
    vm->registry.count++;
    return type;
}

void asy_type_inherit_layout(VM *vm, Type *type, Type *base)
{
    (void)vm;
    if (!type->trace) type->trace = base->trace;
    if (!type->clear) type->clear = base->clear;
    if (!type->free) type->free = base->free;
    if (!type->needs_finalize) type->needs_finalize = base->needs_finalize;
    if (!type->finalize) type->finalize = base->finalize;
    if (!type->buffer) type->buffer = base->buffer;
    if (!type->buffer_release) type->buffer_release = base->buffer_release;
    type->flags |= base->flags & (TYPE_INHERITED | TYPE_CONTAINER | TYPE_WEAKREFS | TYPE_ATTRS);
    if (!type->size) type->size = base->size;
    if (!type->attrs_offset) type->attrs_offset = base->attrs_offset;
    type->slots_total = type->nslots + base->slots_total;
}

static bool dict_add(VM *vm, DictObj *dict, const char *name, Value owned)
{
    if (asy_is_err(owned)) return false;
    StrObj *key = asy_intern_c(vm, name);
    bool ok = key && asy_dict_set_str(vm, dict, key, owned);
    asy_release(vm, owned);
    asy_release_obj(vm, key);
    return ok;
}

static bool finish_dict(VM *vm, Type *type)
{
    const TypeDef *def = type->def;
    for (const MethodDef *m = def->methods; m && m->name; m++) {
        Value v;
        if (m->flags & NATIVE_STATIC) {
            Value f = asy_native_new(vm, m, ASY_NIL, ASY_NIL);
            if (asy_is_err(f)) return false;
            v = asy_staticmethod_new(vm, f);
            asy_release(vm, f);
        } else {
            v = asy_method_descr_new(vm, type, m);
        }
        if (!dict_add(vm, type->dict, m->name, v)) return false;
    }
    for (const GetSetDef *g = def->getset; g && g->name; g++) {
        if (!dict_add(vm, type->dict, g->name, asy_getset_new(vm, type, g))) return false;
    }
    for (const MemberDef *m = def->members; m && m->name; m++) {
        if (!dict_add(vm, type->dict, m->name, asy_member_new(vm, type, m))) return false;
    }
    if (!asy_slots_fill_dict(vm, type)) return false;
    const char *dot = strrchr(def->name, '.');
    if (dot && asy_dict_find_entry(vm, type->dict, asy_name(vm, __module__)) < 0) {
        StrObj *module = asy_intern(vm, def->name, (size_t)(dot - def->name));
        if (!dict_add(vm, type->dict, "__module__", module ? asy_from_obj(module) : ASY_ERR)) return false;
    }
    if (asy_dict_find_entry(vm, type->dict, asy_name(vm, __doc__)) >= 0) return true;     // type's own is computed
    return dict_add(vm, type->dict, "__doc__", def->doc ? asy_str_value(vm, def->doc) : ASY_NONE);
}

static bool finish_parts(VM *vm, Type *type)
{
    const TypeDef *def = type->def;
    Type *base = NULL;
    if (def->base) base = asy_type_ready(vm, def->base);
    else if (def != &asy_object_type) base = asy_type_ready(vm, &asy_object_type);
    if (!base && def != &asy_object_type) return false;
    const char *dot = strrchr(def->name, '.');
    if (!type->name && !(type->name = asy_intern_c(vm, dot ? dot + 1 : def->name))) return false;
    if (!type->qualname) type->qualname = asy_retain_obj(type->name);
    if (!type->dict && !(type->dict = asy_dict_new(vm))) return false;
    type->attrs_offset = def->attrs_offset;
    type->needs_finalize = def->needs_finalize;
    type->finalize = def->finalize;
    type->buffer = def->buffer;
    type->buffer_release = def->buffer_release;
    if (!type->bases) {
        Value item = base ? asy_from_obj(base) : ASY_NIL;
        if (!(type->bases = asy_tuple_from(vm, &item, base ? 1 : 0))) return false;
    }
    if (base) {
        if (!type->base) type->base = asy_retain_obj(base);
        asy_type_inherit_layout(vm, type, base);
        asy_slots_inherit(vm, type, base);
    }
    if (type->needs_finalize || type->slots.del) type->flags |= TYPE_FINALIZES;
    if (!type->mro && !(type->mro = asy_type_linearise(vm, type))) return false;
    if (!finish_dict(vm, type)) return false;
    if (!(type->flags & TYPE_READY) && !asy_type_link_bases(vm, type)) return false;
    type->flags |= TYPE_READY;
    return true;
}

bool asy_type_finish(VM *vm, Type *type)
{
    if (finish_parts(vm, type)) return true;
    // Without its dict it is not taken for ready: who needs it next tries again.
    if (!(type->flags & TYPE_READY)) {
        DictObj *dict = type->dict;
        type->dict = NULL;
        asy_release_obj(vm, dict);
    }
    return false;
}
