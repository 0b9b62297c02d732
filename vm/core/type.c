// Types as the VM uses them: making instances, looking attributes up along the MRO, changing classes.
//
// Lookups are served from one VM-wide table keyed by (version of the type, name). An entry points to the value in the
// dict of the class that has it, so replacing a plain value by a plain value changes nothing. Every other change of a
// class takes the versions away from it and its subclasses; versions are never used twice.
#include "vm/core/type.h"

#include "vm/core/abstract.h"
#include "vm/core/shape.h"
#include "vm/core/slots.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/interp/cache.h"
#include "vm/memory/cycles.h"
#include "vm/memory/heap_inline.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// ---- instances ----

// The part that all allocations share; `size` has everything.
static inline ObjHeader *object_alloc(VM *vm, Type *type, size_t size)
{
    ObjHeader *o = asy_heap_take(vm, size);
    if (ASY_UNLIKELY(!o)) {
        asy_raise_memory(vm);
        return NULL;
    }
    o->refs = 1;
    o->type = type;
    if (!(type->flags & TYPE_STATIC)) type->head.refs++;
    if (type->flags & TYPE_CONTAINER) {
        o->flags |= OBJ_CONTAINER;
        if (ASY_UNLIKELY(++vm->heap.young == vm->heap.young_limit)) asy_vm_set_pending(vm, PENDING_COLLECT);
    }
    return o;
}

static bool object_attrs_init(VM *vm, Type *type, ObjHeader *o, Attrs *attrs, uint32_t inline_slots)
{
    Shape *root = type->root_shape ? type->root_shape : asy_shape_root(vm, type);
    if (ASY_UNLIKELY(!root)) {
        // Not an instance yet: its trace and clear would look at the shape.
        o->flags &= ~(uint32_t)OBJ_CONTAINER;
        if (vm->heap.young) vm->heap.young--;
        asy_heap_free(vm, o);
        if (!(type->flags & TYPE_STATIC)) asy_release_header(vm, &type->head);
        return false;
    }
    attrs->shape = root;
    if ((ObjHeader *)(void *)attrs == o + 1) o->flags |= OBJ_INSTANCE;
    attrs->capacity = inline_slots;
    attrs->inline_values = true;
    attrs->values = (Value *)(void *)((char *)o + type->size);
    return true;
}

void *asy_object_alloc(VM *vm, Type *type)
{
    if (type->flags & TYPE_ATTRS) {
        uint32_t inline_slots = type->inline_hint;
        ObjHeader *o = object_alloc(vm, type, type->size + inline_slots * sizeof(Value));
        if (!o || !object_attrs_init(vm, type, o, asy_attrs_of(o, type->attrs_offset), inline_slots)) return NULL;
        return o;
    }
    if (ASY_UNLIKELY((type->flags & TYPE_ATTRS_AT_END) != 0)) return asy_object_alloc_extra(vm, type, 0);
    return object_alloc(vm, type, type->size);
}

void *asy_object_alloc_extra(VM *vm, Type *type, size_t extra)
{
    if (extra > SIZE_MAX / 2) {
        asy_raise_memory(vm);
        return NULL;
    }
    size_t size = type->size + extra;
    if (ASY_LIKELY(!(type->flags & (TYPE_ATTRS | TYPE_ATTRS_AT_END)))) return object_alloc(vm, type, size);
    if (type->flags & TYPE_ATTRS_AT_END) size = ((size + 7) & ~(size_t)7) + sizeof(Attrs);
    ObjHeader *o = object_alloc(vm, type, size);
    if (!o || !object_attrs_init(vm, type, o, asy_object_attrs(o), 0)) return NULL;
    return o;
}

Attrs *asy_object_attrs(ObjHeader *o)
{
    Type *type = o->type;
    if (type->flags & TYPE_ATTRS) return asy_attrs_of(o, type->attrs_offset);
    if (!(type->flags & TYPE_ATTRS_AT_END)) return NULL;
    size_t at = asy_heap_block_size(o) - sizeof(Attrs);
    return (Attrs *)(void *)((char *)o + (at & ~(size_t)7));
}

// Whether the core, not the native definition, traces the Attrs part.
static bool attrs_are_ours(const Type *type)
{
    return (type->flags & (TYPE_ATTRS | TYPE_ATTRS_AT_END)) && type->def->attrs_offset == 0;
}

void asy_object_trace(Tracer *t, ObjHeader *o)
{
    Type *type = o->type;
    if (!(type->flags & TYPE_STATIC)) t->visit(t, &type->head);
    for (Type *at = type; at && at->slots_total; at = at->base) {
        for (uint32_t i = 0; i < at->nslots; i++) {
            asy_trace_value(t, *(Value *)(void *)((char *)o + at->slots_offset + i * sizeof(Value)));
        }
    }
    if (attrs_are_ours(type)) asy_attrs_trace(t, asy_object_attrs(o));
    if (type->trace) type->trace(t, o);
}

void asy_object_clear(VM *vm, ObjHeader *o)
{
    Type *type = o->type;
    for (Type *at = type; at && at->slots_total; at = at->base) {
        for (uint32_t i = 0; i < at->nslots; i++) {
            asy_clear(vm, (Value *)(void *)((char *)o + at->slots_offset + i * sizeof(Value)));
        }
    }
    if (attrs_are_ours(type)) asy_attrs_clear(vm, asy_object_attrs(o));
    if (type->clear) type->clear(vm, o);
}

// ---- looking up ----

static MethodTableEntry *table_entry(VM *vm, uint32_t version, StrObj *name)
{
    uint32_t h = version * 37 ^ (uint32_t)((uintptr_t)name >> 4);
    return &vm->method_table[h & (METHOD_TABLE_SIZE - 1)];
}

int32_t asy_dict_name_entry(VM *vm, DictObj *dict, StrObj *name)
{
    if (ASY_LIKELY(dict->str_keys)) return asy_dict_find_entry(vm, dict, name);
    for (uint32_t i = 0; i < dict->used; i++) {
        Value key = dict->entries[i].key;
        if (!asy_is_obj(key) || asy_as_obj(key)->type != vm->types.str) continue;
        if (asy_as_str(key) == name || asy_str_equal(asy_as_str(key), name)) return (int32_t)i;
    }
    return -1;
}

static Value lookup_slow(VM *vm, Type *type, StrObj *name, Type **owner)
{
    *owner = NULL;
    if (!type->mro) return ASY_NIL;
    int32_t entry = -1;
    for (size_t i = 0; i < type->mro->size && entry < 0; i++) {
        Type *at = asy_as(Type, type->mro->items[i]);
        if (!at->dict) continue;
        entry = asy_dict_name_entry(vm, at->dict, name);
        if (entry >= 0) *owner = at;
    }
    const Value *cell = entry < 0 ? NULL : &(*owner)->dict->entries[entry].value;
    if (name->head.flags & STR_INTERNED) {
        if (!type->version) type->version = ++vm->type_version_next;
        name->head.flags |= STR_METHOD_NAME;
        *table_entry(vm, type->version, name) = (MethodTableEntry){ type->version, name, *owner, cell };
    }
    return cell ? *cell : ASY_NIL;
}

Value asy_type_lookup_owner(VM *vm, Type *type, StrObj *name, Type **owner)
{
    MethodTableEntry *e = table_entry(vm, type->version, name);
    if (ASY_LIKELY(e->version == type->version && e->name == name && type->version)) {
        *owner = e->owner;
        return e->cell ? *e->cell : ASY_NIL;
    }
    return lookup_slow(vm, type, name, owner);
}

Value asy_type_lookup(VM *vm, Type *type, StrObj *name)
{
    const MethodTableEntry *e = table_entry(vm, type->version, name);
    if (ASY_LIKELY(e->version == type->version && e->name == name && type->version)) return e->cell ? *e->cell : ASY_NIL;
    Type *owner;
    return lookup_slow(vm, type, name, &owner);
}

bool asy_type_is_subtype(const Type *a, const Type *b)
{
    if (a == b) return true;
    if (!a->mro) {              // being made: its bases will do
        for (const Type *at = a->base; at; at = at->base) {
            if (at == b) return true;
        }
        return false;
    }
    for (size_t i = 0; i < a->mro->size; i++) {
        if (asy_as_obj(a->mro->items[i]) == &b->head) return true;
    }
    return false;
}

const char *asy_type_name(const Type *type)
{
    if (!type->name) return type->def->name;
    return type->flags & TYPE_QUALIFIED && type->flags & TYPE_STATIC ? type->def->name : type->name->data;
}

// ---- changing ----

void asy_type_invalidate(VM *vm, Type *type)
{
    type->version = 0;
    if (type->flags & TYPE_CACHED) {
        type->flags &= ~(uint32_t)TYPE_CACHED;
        asy_cache_invalidate_type(vm, type);
    }
    for (uint32_t i = 0; i < type->subclass_count; i++) asy_type_invalidate(vm, type->subclasses[i]);
}

void asy_type_modified(VM *vm, Type *type, StrObj *name)
{
    asy_type_invalidate(vm, type);
    if (!name) asy_slots_update(vm, type);
    else (void)asy_slots_update_name(vm, type, name);
}

static bool is_plain(VM *vm, Value v)
{
    if (!asy_is_obj(v)) return true;
    const Type *type = asy_class_of(vm, v);
    return !type->slots.descr_get && !type->slots.descr_set;
}

bool asy_type_set_attr(VM *vm, Type *type, StrObj *name, Value value)
{
    if (type->flags & TYPE_STATIC) {
        asy_raise(vm, EXC_TypeError, "cannot set '%U' attribute of immutable type '%N'", name, type);
        return false;
    }
    Value old = asy_dict_get_str(vm, type->dict, name);
    if (asy_is_nil(value)) {
        if (asy_is_nil(old)) {
            if (asy_error_pending(vm)) return false;
            Value exc = asy_from_obj(type);
            (void)asy_raise_attribute(vm, exc, name);
            return false;
        }
        if (asy_dict_delete_str(vm, type->dict, name) < 0) return false;
        asy_type_modified(vm, type, name);
        return true;
    }
    bool in_place = !asy_is_nil(old) && is_plain(vm, old) && is_plain(vm, value) && !asy_slots_is_name(vm, name);
    // The old value dies after the class has been updated: nothing may find it in a cache then.
    asy_retain(old);
    bool ok = asy_dict_set_str(vm, type->dict, name, value);
    if (ok && !in_place) asy_type_modified(vm, type, name);
    asy_release(vm, old);
    return ok;
}

// ---- the tree of subclasses ----

static bool subclass_add(VM *vm, Type *base, Type *sub)
{
    if (base->subclass_count == base->subclass_capacity) {
        uint32_t grown = base->subclass_capacity ? base->subclass_capacity * 2 : 4;
        Type **list = asy_mem_resize(vm, base->subclasses, base->subclass_capacity * sizeof(Type *),
                                     grown * sizeof(Type *));
        if (!list) {
            asy_raise_memory(vm);
            return false;
        }
        base->subclasses = list;
        base->subclass_capacity = grown;
    }
    base->subclasses[base->subclass_count++] = sub;
    return true;
}

static void subclass_remove(Type *base, const Type *sub)
{
    for (uint32_t i = 0; i < base->subclass_count; i++) {
        if (base->subclasses[i] != sub) continue;
        base->subclass_count--;
        memmove(&base->subclasses[i], &base->subclasses[i + 1], (base->subclass_count - i) * sizeof(Type *));
        return;
    }
}

// A class knows by itself whose lists it is in: when a cycle of classes dies, `bases` may be emptied before it is.
bool asy_type_link_bases(VM *vm, Type *type)
{
    uint32_t n = (uint32_t)type->bases->size;
    assert(!type->linked);
    if (n == 0) return true;
    type->linked = asy_mem_alloc(vm, n * sizeof(Type *));
    if (!type->linked) {
        asy_raise_memory(vm);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) type->linked[i] = NULL;
    type->linked_count = n;
    for (uint32_t i = 0; i < n; i++) {
        Type *base = asy_as(Type, type->bases->items[i]);
        if (!subclass_add(vm, base, type)) {
            asy_type_unlink_bases(vm, type);
            return false;
        }
        type->linked[i] = base;
    }
    return true;
}

void asy_type_unlink_bases(VM *vm, Type *type)
{
    for (uint32_t i = 0; i < type->linked_count; i++) {
        if (type->linked[i]) subclass_remove(type->linked[i], type);
    }
    asy_mem_free(vm, type->linked, type->linked_count * sizeof(Type *));
    type->linked = NULL;
    type->linked_count = 0;
}

void asy_type_unlink_subclasses(VM *vm, Type *type)
{
    for (uint32_t i = 0; i < type->subclass_count; i++) {
        Type *sub = type->subclasses[i];
        for (uint32_t k = 0; k < sub->linked_count; k++) {
            if (sub->linked[k] == type) sub->linked[k] = NULL;
        }
    }
    asy_mem_free(vm, type->subclasses, type->subclass_capacity * sizeof(Type *));
    type->subclasses = NULL;
    type->subclass_count = type->subclass_capacity = 0;
}
