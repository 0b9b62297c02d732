// Shapes and the attributes of instances.
//
// Shapes form a tree under each class, made as instances are filled and freed with the class. Looking a name up in a
// shape scans its list of names (up to INDEX_MIN of them) or hashes; both are made on the first look. Names are
// interned, so comparing is comparing pointers. Instances that outgrow SHAPE_SLOTS_MAX, lose an attribute that is not
// the last one, or whose __dict__ is asked for keep a dict instead: their shape is the class's dict_shape.
#include "vm/core/shape.h"

#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/str.h"

enum { INDEX_MIN = 9, CHILDREN_MIN = 4 };

static Shape *shape_new(VM *vm, Type *type, Shape *parent, StrObj *name)
{
    Shape *s = asy_mem_alloc(vm, sizeof(Shape));
    if (!s) {
        asy_raise_memory(vm);
        return NULL;
    }
    *s = (Shape){ .type = type, .parent = parent, .count = parent ? parent->count + 1 : 0 };
    if (name) s->name = asy_retain_obj(name);
    return s;
}

static uint32_t index_size(const Shape *s) { return s->index ? s->index_mask + 1 : 0; }

static void shape_free(VM *vm, Shape *s)
{
    asy_release_obj(vm, s->name);
    asy_mem_free(vm, s->children, s->capacity * sizeof(Shape *));
    asy_mem_free(vm, s->names, s->count * sizeof(StrObj *));
    asy_mem_free(vm, s->index, index_size(s) * sizeof(uint16_t));
    asy_mem_free(vm, s, sizeof(Shape));
}

static void shape_free_below(VM *vm, Shape *s)
{
    // Depth is at most SHAPE_SLOTS_MAX.
    for (uint32_t i = 0; i < s->capacity; i++) {
        if (s->children[i]) shape_free_below(vm, s->children[i]);
    }
    shape_free(vm, s);
}

void asy_shape_free_tree(VM *vm, Type *type)
{
    Shape *root = type->root_shape, *dict = type->dict_shape;
    type->root_shape = type->dict_shape = NULL;
    if (root) shape_free_below(vm, root);
    if (dict) shape_free(vm, dict);
}

Shape *asy_shape_root(VM *vm, Type *type)
{
    if (!type->root_shape) type->root_shape = shape_new(vm, type, NULL, NULL);
    return type->root_shape;
}

static Shape *shape_dict(VM *vm, Type *type)
{
    if (!type->dict_shape) {
        type->dict_shape = shape_new(vm, type, NULL, NULL);
        if (type->dict_shape) type->dict_shape->dict_mode = true;
    }
    return type->dict_shape;
}

static uint32_t name_hash(const StrObj *name)
{
    uint32_t h = (uint32_t)((uintptr_t)name >> 4) * 0x9E3779B1u;
    return h ^ h >> 15;
}

// Fills names, and the index of large shapes. False: no memory; the chain of parents is walked instead.
static bool shape_tabulate(VM *vm, Shape *s)
{
    StrObj **names = asy_mem_alloc(vm, s->count * sizeof(StrObj *));
    if (!names) return false;
    for (Shape *at = s; at->count; at = at->parent) names[at->count - 1] = at->name;
    if (s->count >= INDEX_MIN) {
        uint32_t size = 32;
        while (size < s->count * 2) size *= 2;
        uint16_t *index = asy_mem_alloc(vm, size * sizeof(uint16_t));
        if (!index) {
            asy_mem_free(vm, names, s->count * sizeof(StrObj *));
            return false;
        }
        memset(index, 0xFF, size * sizeof(uint16_t));
        for (uint32_t i = 0; i < s->count; i++) {
            uint32_t at = name_hash(names[i]) & (size - 1);
            while (index[at] != UINT16_MAX) at = (at + 1) & (size - 1);
            index[at] = (uint16_t)i;
        }
        s->index = index;
        s->index_mask = size - 1;
    }
    s->names = names;
    return true;
}

int asy_shape_find(VM *vm, Shape *shape, StrObj *name)
{
    if (shape->count == 0) return -1;
    if (ASY_UNLIKELY(!shape->names) && !shape_tabulate(vm, shape)) {
        for (Shape *at = shape; at->count; at = at->parent) {
            if (at->name == name) return (int)at->count - 1;
        }
        return -1;
    }
    if (shape->index) {
        for (uint32_t at = name_hash(name) & shape->index_mask;; at = (at + 1) & shape->index_mask) {
            uint16_t slot = shape->index[at];
            if (slot == UINT16_MAX) return -1;
            if (shape->names[slot] == name) return slot;
        }
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        if (shape->names[i] == name) return (int)i;
    }
    return -1;
}

static bool children_grow(VM *vm, Shape *s)
{
    uint32_t capacity = s->capacity ? s->capacity * 2 : CHILDREN_MIN;
    Shape **children = asy_mem_alloc(vm, capacity * sizeof(Shape *));
    if (!children) {
        asy_raise_memory(vm);
        return false;
    }
    memset(children, 0, capacity * sizeof(Shape *));
    for (uint32_t i = 0; i < s->capacity; i++) {
        if (!s->children[i]) continue;
        uint32_t at = name_hash(s->children[i]->name) & (capacity - 1);
        while (children[at]) at = (at + 1) & (capacity - 1);
        children[at] = s->children[i];
    }
    asy_mem_free(vm, s->children, s->capacity * sizeof(Shape *));
    s->children = children;
    s->capacity = capacity;
    return true;
}

Shape *asy_shape_add(VM *vm, Shape *shape, StrObj *name, bool *full)
{
    *full = false;
    if (shape->capacity) {
        uint32_t mask = shape->capacity - 1;
        for (uint32_t at = name_hash(name) & mask; shape->children[at]; at = (at + 1) & mask) {
            if (shape->children[at]->name == name) return shape->children[at];
        }
    }
    // A shape with very many ways out means that names are data; such instances are dicts.
    if (shape->count >= SHAPE_SLOTS_MAX || shape->child_count >= 2 * SHAPE_SLOTS_MAX) {
        *full = true;
        return NULL;
    }
    if (shape->child_count * 2 >= shape->capacity && !children_grow(vm, shape)) return NULL;
    Shape *child = shape_new(vm, shape->type, shape, name);
    if (!child) return NULL;
    uint32_t mask = shape->capacity - 1, at = name_hash(name) & mask;
    while (shape->children[at]) at = (at + 1) & mask;
    shape->children[at] = child;
    shape->child_count++;
    return child;
}

// ---- attributes of one object ----

Value asy_attrs_get(VM *vm, Attrs *attrs, StrObj *name)
{
    Shape *shape = attrs->shape;
    if (ASY_UNLIKELY(shape->dict_mode)) {
        int32_t entry = asy_dict_name_entry(vm, attrs->dict, name);
        return entry < 0 ? ASY_NIL : attrs->dict->entries[entry].value;
    }
    int slot = asy_shape_find(vm, shape, name);
    return slot < 0 ? ASY_NIL : attrs->values[slot];
}

// Room for one more value. Instances made later get enough behind the object from the start.
static bool attrs_grow(VM *vm, Attrs *attrs)
{
    uint32_t count = attrs->shape->count, capacity = count < 4 ? 4 : count * 2;
    Value *values;
    if (attrs->inline_values) {
        values = asy_mem_alloc(vm, capacity * sizeof(Value));
        if (values && count) memcpy(values, attrs->values, count * sizeof(Value));
    } else {
        values = asy_mem_resize(vm, attrs->values, attrs->capacity * sizeof(Value), capacity * sizeof(Value));
    }
    if (!values) {
        asy_raise_memory(vm);
        return false;
    }
    attrs->values = values;
    attrs->capacity = capacity;
    attrs->inline_values = false;
    Type *type = attrs->shape->type;
    if (type->flags & TYPE_ATTRS && type->inline_hint <= count) {
        uint32_t hint = count + 1 < 4 ? 4 : count + 1;
        uint32_t most = type->size < HEAP_SMALL_MAX ? (HEAP_SMALL_MAX - type->size) / (uint32_t)sizeof(Value) : 0;
        if (type->flags & TYPE_HEAP) type->inline_hint = hint < most ? hint : most;
    }
    return true;
}

DictObj *asy_attrs_dict(VM *vm, ObjHeader *o, Attrs *attrs)
{
    (void)o;
    if (attrs->shape->dict_mode) return attrs->dict;
    Shape *shape = attrs->shape, *to = shape_dict(vm, shape->type);
    if (!to) return NULL;
    DictObj *dict = asy_dict_with_capacity(vm, shape->count);
    if (!dict) return NULL;
    if (shape->count && asy_shape_find(vm, shape, shape->name) >= 0 && !shape->names) {
        // No memory for the list of names: nor would there be for the dict.
        asy_release_obj(vm, dict);
        asy_raise_memory(vm);
        return NULL;
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        if (asy_dict_set_str(vm, dict, shape->names[i], attrs->values[i])) continue;
        asy_release_obj(vm, dict);
        return NULL;
    }
    Value *values = attrs->values;
    uint32_t count = shape->count, capacity = attrs->capacity;
    bool in_buffer = !attrs->inline_values;
    attrs->shape = to;
    attrs->dict = dict;
    attrs->capacity = 0;
    attrs->inline_values = true;
    for (uint32_t i = 0; i < count; i++) asy_release(vm, values[i]);    // the dict holds each: nothing dies
    if (in_buffer) asy_mem_free(vm, values, capacity * sizeof(Value));
    return dict;
}

bool asy_attrs_replace_dict(VM *vm, ObjHeader *o, Attrs *attrs, DictObj *dict)
{
    DictObj *old = asy_attrs_dict(vm, o, attrs);
    if (!old) return false;
    attrs->dict = asy_retain_obj(dict);
    asy_release_obj(vm, old);
    return true;
}

bool asy_attrs_set(VM *vm, ObjHeader *o, Attrs *attrs, StrObj *name, Value value)
{
    Shape *shape = attrs->shape;
    if (ASY_UNLIKELY(shape->dict_mode)) return asy_dict_set_str(vm, attrs->dict, name, value);
    int slot = asy_shape_find(vm, shape, name);
    if (slot >= 0) {
        asy_set(vm, &attrs->values[slot], asy_retain(value));
        return true;
    }
    bool full;
    Shape *to = asy_shape_add(vm, shape, name, &full);
    if (!to) {
        if (!full) return false;
        DictObj *dict = asy_attrs_dict(vm, o, attrs);
        return dict && asy_dict_set_str(vm, dict, name, value);
    }
    if (shape->count == attrs->capacity && !attrs_grow(vm, attrs)) return false;
    attrs->values[shape->count] = asy_retain(value);
    attrs->shape = to;
    return true;
}

int asy_attrs_delete(VM *vm, ObjHeader *o, Attrs *attrs, StrObj *name)
{
    Shape *shape = attrs->shape;
    if (!shape->dict_mode) {
        int slot = asy_shape_find(vm, shape, name);
        if (slot < 0) return 0;
        if ((uint32_t)slot == shape->count - 1) {       // the last one: one step back in the tree
            Value old = attrs->values[slot];
            attrs->shape = shape->parent;
            attrs->values[slot] = ASY_NIL;
            asy_release(vm, old);
            return 1;
        }
        if (!asy_attrs_dict(vm, o, attrs)) return -1;
    }
    return asy_dict_delete_str(vm, attrs->dict, name);
}

void asy_attrs_trace(Tracer *t, Attrs *attrs)
{
    if (!attrs->shape) return;
    if (attrs->shape->dict_mode) {
        t->visit(t, &attrs->dict->head);
        return;
    }
    for (uint32_t i = 0; i < attrs->shape->count; i++) asy_trace_value(t, attrs->values[i]);
}

void asy_attrs_clear(VM *vm, Attrs *attrs)
{
    Shape *shape = attrs->shape;
    if (!shape) return;
    if (shape->dict_mode) {
        DictObj *dict = attrs->dict;
        attrs->values = NULL;
        attrs->inline_values = true;
        attrs->capacity = 0;
        attrs->shape = shape->type->root_shape;     // stays valid, and empty; NULL: never had one
        asy_release_obj(vm, dict);
        return;
    }
    Shape *root = shape;
    while (root->parent) root = root->parent;
    Value *values = attrs->values;
    uint32_t count = shape->count, capacity = attrs->capacity;
    bool in_buffer = !attrs->inline_values;
    attrs->shape = root;
    if (in_buffer) {
        attrs->values = NULL;
        attrs->capacity = 0;
        attrs->inline_values = true;
    }
    for (uint32_t i = 0; i < count; i++) {
        Value old = values[i];
        values[i] = ASY_NIL;
        asy_release(vm, old);
    }
    if (in_buffer) asy_mem_free(vm, values, capacity * sizeof(Value));
}
