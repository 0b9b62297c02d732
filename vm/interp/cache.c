// Warm code and inline caches; see cache.h.
#include "vm/interp/cache.h"

#include "vm/core/abstract.h"
#include "vm/interp/run.h"
#include "vm/interp/slow.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/iter.h"
#include "vm/objects/module.h"

enum { MISSES_MAX = 16 };       // then a site stays general: arbitrary

static bool has_cache(uint8_t op) { return asy_op_info[op].flags & OPF_CACHE; }

bool asy_code_warm(VM *vm, CodeObj *code)
{
    const Proto *p = code->proto;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->code_words; i += asy_op_info[p->code[i].op].words) n += has_cache(p->code[i].op);
    struct WarmCode *w = asy_mem_alloc(vm, sizeof *w);
    Instr *instrs = asy_mem_alloc(vm, p->code_words * sizeof(Instr));
    Cache *caches = n ? asy_mem_alloc(vm, n * sizeof(Cache)) : NULL;
    uint8_t *misses = n ? asy_mem_alloc(vm, n) : NULL;
    if (!w || !instrs || (n && (!caches || !misses))) {
        asy_mem_free(vm, w, sizeof *w);
        asy_mem_free(vm, instrs, p->code_words * sizeof(Instr));
        asy_mem_free(vm, caches, n * sizeof(Cache));
        asy_mem_free(vm, misses, n);
        return false;
    }
    memcpy(instrs, p->code, p->code_words * sizeof(Instr));
    if (n) {
        memset(caches, 0, n * sizeof(Cache));
        memset(misses, 0, n);
    }
    uint32_t index = 0;
    for (uint32_t i = 0; i < p->code_words; i += asy_op_info[p->code[i].op].words) {
        if (!has_cache(instrs[i].op)) continue;
        index++;        // from 1: 0 says "no cache", as in cold code
        instrs[i + 1].b = (uint16_t)index;
        instrs[i + 1].c = (uint16_t)(index >> 16);
    }
    *w = (struct WarmCode){ .next = vm->warm, .link = &vm->warm, .code = code, .instrs = instrs,
                            .caches = caches, .misses = misses, .ncaches = n };
    if (vm->warm) vm->warm->link = &w->next;
    vm->warm = w;
    code->warm = w;
    code->code = instrs;
    return true;
}

void asy_code_cool(VM *vm, CodeObj *code)
{
    struct WarmCode *w = code->warm;
    if (!w) return;
    *w->link = w->next;
    if (w->next) w->next->link = w->link;
    code->warm = NULL;
    code->code = (Instr *)(uintptr_t)code->proto->code;
    asy_mem_free(vm, w->instrs, code->proto->code_words * sizeof(Instr));
    asy_mem_free(vm, w->caches, w->ncaches * sizeof(Cache));
    asy_mem_free(vm, w->misses, w->ncaches);
    asy_mem_free(vm, w, sizeof *w);
}

static Op general_form(uint8_t op)
{
    switch (op) {
    case OP_LOAD_GLOBAL_MODULE:
    case OP_LOAD_GLOBAL_BUILTIN: return OP_LOAD_GLOBAL;
    case OP_LOAD_ATTR_SLOT:
    case OP_LOAD_ATTR_MODULE: return OP_LOAD_ATTR;
    case OP_STORE_ATTR_SLOT: return OP_STORE_ATTR;
    case OP_LOAD_METHOD_SHAPE:
    case OP_LOAD_METHOD_MODULE: return OP_LOAD_METHOD;
    case OP_FOR_RANGE:
    case OP_FOR_LIST:
    case OP_FOR_TUPLE:
    case OP_FOR_NATIVE:
    case OP_FOR_GENERATOR: return OP_FOR_ITER;
    default: return (Op)op;
    }
}

static uint32_t cache_index(const Instr *ip) { return (uint32_t)asy_instr_wide(ip[1]) - 1; }
static Instr *warm_instr(CodeObj *code, const Instr *ip) { return &code->warm->instrs[ip - code->code]; }

void asy_cache_miss(VM *vm, Frame *f, CodeObj *code, const Instr *ip)
{
    (void)vm, (void)f;
    Instr *i = warm_instr(code, ip);
    Op op = general_form(i->op);
    if (op != OP_FOR_ITER) {
        uint32_t c = cache_index(ip);
        if (code->warm->misses[c] < MISSES_MAX) code->warm->misses[c]++;
        memset(&code->warm->caches[c], 0, sizeof(Cache));
    }
    i->op = (uint8_t)op;
}

static bool tired(CodeObj *code, const Instr *ip) { return code->warm->misses[cache_index(ip)] >= MISSES_MAX; }

bool asy_cache_load_global(VM *vm, Frame *f, CodeObj *code)
{
    const Instr *ip = f->ip;
    if (tired(code, ip)) return false;
    StrObj *name = code->names[ip->b];
    FunctionObj *fn = f->func;
    Cache *c = &code->warm->caches[cache_index(ip)];
    int32_t entry = asy_dict_find_entry(vm, fn->globals, name);
    if (entry >= 0) {
        c->global.layout = fn->globals->layout;
        c->global.entry = (uint32_t)entry;
        warm_instr(code, ip)->op = OP_LOAD_GLOBAL_MODULE;
        return true;
    }
    entry = asy_dict_find_entry(vm, fn->builtins, name);
    if (entry < 0 || !fn->globals->str_keys) return false;
    c->global.layout = fn->globals->layout;
    c->global.builtins_layout = fn->builtins->layout;
    c->global.entry = (uint32_t)entry;
    warm_instr(code, ip)->op = OP_LOAD_GLOBAL_BUILTIN;
    return true;
}

Value asy_cache_call_global(VM *vm, Frame *f, CodeObj *code, const Instr *ip)
{
    FunctionObj *fn = f->func;
    StrObj *name = code->names[ip[1].a];
    if (!asy_instr_wide(ip[1])) return asy_slow_load_global(vm, f, name);
    Cache *c = &code->warm->caches[cache_index(ip)];
    if (ASY_LIKELY(c->global.layout == fn->globals->layout)) {
        if (!c->global.builtins_layout) return asy_retain(fn->globals->entries[c->global.entry].value);
        if (c->global.builtins_layout == fn->builtins->layout) {
            return asy_retain(fn->builtins->entries[c->global.entry].value);
        }
    }
    c->global.layout = 0;
    int32_t entry = asy_dict_find_entry(vm, fn->globals, name);
    if (entry >= 0) {
        c->global.layout = fn->globals->layout;
        c->global.builtins_layout = 0;
        c->global.entry = (uint32_t)entry;
    } else if (fn->globals->str_keys && (entry = asy_dict_find_entry(vm, fn->builtins, name)) >= 0) {
        c->global.layout = fn->globals->layout;
        c->global.builtins_layout = fn->builtins->layout;
        c->global.entry = (uint32_t)entry;
    }
    return asy_slow_load_global(vm, f, name);
}

static void mark_cached(Type *type)
{
    for (size_t i = 0; i < type->mro->size; i++) {
        Value v = type->mro->items[i];
        asy_as(Type, v)->flags |= TYPE_CACHED;
    }
}

// A free way of an attribute cache, or NULL.
static AttrWay *free_way(Cache *c)
{
    for (int i = 0; i < ATTR_WAYS; i++) {
        if (!c->attr.ways[i].key) return &c->attr.ways[i];
    }
    return NULL;
}

static StoreWay *free_store_way(Cache *c)
{
    for (int i = 0; i < ATTR_WAYS; i++) {
        if (!c->store.ways[i].key) return &c->store.ways[i];
    }
    return NULL;
}

typedef struct CacheKey {
    const void *key;        // NULL: caches cannot serve the object
    Shape *shape;           // NULL: by type
    bool bare;              // no attribute of its own can hide what its class has
} CacheKey;

static CacheKey cache_key(ObjHeader *o)
{
    if (o->flags & OBJ_INSTANCE) {
        Shape *shape = ((Attrs *)(void *)(o + 1))->shape;
        return shape->dict_mode ? (CacheKey){ 0 } : (CacheKey){ shape, shape, false };
    }
    // A static type never changes; of another, the class is told when it does.
    const Type *type = o->type;
    return (CacheKey){ type, NULL, !type->attrs_offset && !(type->flags & (TYPE_ATTRS | TYPE_ATTRS_AT_END)) };
}

// Fills in what the class says about the attribute; false: not for a cache.
static bool describe_load(VM *vm, Type *type, StrObj *name, CacheKey key, AttrWay *way)
{
    Type *owner = NULL;
    Value found = asy_type_lookup_owner(vm, type, name, &owner);
    const Type *ft = asy_is_obj(found) && !asy_is_nil(found) ? asy_as_obj(found)->type : NULL;
    if (ft && ft->slots.descr_set) {                // a data descriptor goes first
        if (ft == vm->types.member) {
            const MemberObj *m = asy_as(MemberObj, found);
            if (!m->is_slot || !asy_type_is_subtype(type, m->owner)) return false;
            way->kind = ATTR_MEMBER;
            way->slot = m->offset;
            return true;
        }
        if (ft != vm->types.property) return false;
        Value get = asy_as(PropertyObj, found)->get;
        if (asy_is_nil(get) || !asy_is_function(vm, get)) return false;
        way->kind = ATTR_GETTER;
        way->value = get;
        return true;
    }
    int slot = key.shape ? asy_shape_find(vm, key.shape, name) : -1;
    if (slot >= 0) {
        way->kind = ATTR_SLOT;
        way->slot = (uint32_t)slot;
        return true;
    }
    if (asy_is_nil(found) || !(key.shape || key.bare)) return false;
    if (!ft || !ft->slots.descr_get) {
        int32_t entry = asy_dict_find_entry(vm, owner->dict, name);
        if (entry < 0) return false;
        way->owner = owner;
        way->kind = ATTR_CLASS;
        way->slot = (uint32_t)entry;
        return true;
    }
    if (!asy_is_function(vm, found)) return false;
    way->kind = ATTR_METHOD;
    way->value = found;
    return true;
}

// A global of a module: `op` finds it as long as the module's dict keeps its layout.
static bool cache_module(VM *vm, CodeObj *code, const Instr *ip, Value module, StrObj *name, Op op)
{
    DictObj *d = asy_as(ModuleObj, module)->dict;
    int32_t entry = asy_dict_find_entry(vm, d, name);
    if (entry < 0 || !asy_is_nil(asy_type_lookup(vm, vm->types.module, name))) return false;
    Cache *c = &code->warm->caches[cache_index(ip)];
    c->module.layout = d->layout;
    c->module.entry = (uint32_t)entry;
    warm_instr(code, ip)->op = (uint8_t)op;
    return true;
}

bool asy_cache_load_attr(VM *vm, Frame *f, CodeObj *code, Value object)
{
    const Instr *ip = f->ip;
    if (tired(code, ip) || !asy_is_obj(object)) return false;
    Cache *c = &code->warm->caches[cache_index(ip)];
    StrObj *name = code->names[ip->c];
    Type *type = asy_as_obj(object)->type;
    if (type == vm->types.module && ip->op == OP_LOAD_ATTR) return cache_module(vm, code, ip, object, name, OP_LOAD_ATTR_MODULE);
    if (type->slots.getattr != vm->types.object->slots.getattr) return false;
    CacheKey key = cache_key(asy_as_obj(object));
    AttrWay *w = key.key ? free_way(c) : NULL;
    AttrWay way = { .key = key.key, .by_type = !key.shape };
    if (!w || !describe_load(vm, type, name, key, &way)) return false;
    *w = way;
    mark_cached(type);
    warm_instr(code, ip)->op = OP_LOAD_ATTR_SLOT;
    return true;
}

// A class whose attribute `name` is called: `C.make(x)`.
static bool describe_class_method(VM *vm, Type *cls, StrObj *name, AttrWay *way)
{
    if (!(cls->flags & TYPE_HEAP) || !asy_is_nil(asy_type_lookup(vm, vm->types.type, name))) return false;
    Value found = asy_type_lookup(vm, cls, name);
    if (asy_is_nil(found) || !asy_is_obj(found)) return false;
    const Type *ft = asy_as_obj(found)->type;
    way->owner = cls;
    way->kind = ft == vm->types.classmethod ? ATTR_OF_CLASS_BOUND : ATTR_OF_CLASS;
    way->value = ft == vm->types.function ? found : asy_as(ClassMethodObj, found)->callable;
    return ft == vm->types.function ||
           ((ft == vm->types.classmethod || ft == vm->types.staticmethod) && asy_is_function(vm, way->value));
}

static bool describe_method(VM *vm, Type *type, StrObj *name, CacheKey key, AttrWay *way)
{
    Value found = asy_type_lookup(vm, type, name);
    const Type *ft = asy_is_obj(found) && !asy_is_nil(found) ? asy_as_obj(found)->type : NULL;
    bool method = ft && ft->flags & TYPE_METHOD_DESCR;
    if (!method && ft != vm->types.staticmethod && ft != vm->types.classmethod) return describe_load(vm, type, name, key, way) && way->kind != ATTR_GETTER;
    if (key.shape && asy_shape_find(vm, key.shape, name) >= 0) return describe_load(vm, type, name, key, way);
    if (!key.shape && !key.bare) return false;
    way->kind = method ? ATTR_METHOD : ft == vm->types.staticmethod ? ATTR_STATIC : ATTR_CLASSMETHOD;
    way->value = method ? found : asy_as(ClassMethodObj, found)->callable;
    return method || asy_is_function(vm, way->value);
}

bool asy_cache_load_method(VM *vm, Frame *f, CodeObj *code, Value object)
{
    const Instr *ip = f->ip;
    if (tired(code, ip) || !asy_is_obj(object)) return false;
    StrObj *name = code->names[ip->c];
    Type *type = asy_as_obj(object)->type;
    if (type == vm->types.module && ip->op == OP_LOAD_METHOD) return cache_module(vm, code, ip, object, name, OP_LOAD_METHOD_MODULE);
    AttrWay *w = free_way(&code->warm->caches[cache_index(ip)]);
    if (!w) return false;
    if (type == vm->types.type) {
        AttrWay way = { .key = type, .by_type = true };
        if (!describe_class_method(vm, asy_as(Type, object), name, &way)) return false;
        *w = way;
        mark_cached(asy_as(Type, object));
    } else {
        if (type->slots.getattr != vm->types.object->slots.getattr) return false;
        CacheKey key = cache_key(asy_as_obj(object));
        AttrWay way = { .key = key.key, .by_type = !key.shape };
        if (!key.key || !describe_method(vm, type, name, key, &way)) return false;
        *w = way;
        mark_cached(type);
    }
    warm_instr(code, ip)->op = OP_LOAD_METHOD_SHAPE;
    return true;
}

bool asy_cache_store_attr(VM *vm, Frame *f, CodeObj *code, Value object)
{
    const Instr *ip = f->ip;
    if (tired(code, ip) || !asy_is_obj(object)) return false;
    Type *type = asy_as_obj(object)->type;
    if (type->slots.setattr != vm->types.object->slots.setattr) return false;
    CacheKey key = cache_key(asy_as_obj(object));
    StoreWay *w = key.key ? free_store_way(&code->warm->caches[cache_index(ip)]) : NULL;
    if (!w) return false;
    StoreWay way = { .key = key.key, .by_type = !key.shape };
    StrObj *name = code->names[ip->c];
    Value found = asy_type_lookup(vm, type, name);
    if (asy_is_obj(found) && !asy_is_nil(found) && asy_as_obj(found)->type->slots.descr_set) {
        if (asy_as_obj(found)->type != vm->types.member) return false;
        const MemberObj *m = asy_as(MemberObj, found);
        if (!m->is_slot || !m->writable || !asy_type_is_subtype(type, m->owner)) return false;
        way.kind = STORE_MEMBER;
        way.slot = m->offset;
    } else if (!key.shape) {
        return false;
    } else {
        int slot = asy_shape_find(vm, key.shape, name);
        way.kind = STORE_SLOT;
        way.slot = (uint32_t)slot;
        if (slot < 0) {
            bool full = false;
            way.to = asy_shape_add(vm, key.shape, name, &full);
            if (!way.to) {
                if (!full) asy_error_clear(vm);
                return false;
            }
            way.kind = STORE_ADD;
            way.slot = key.shape->count;
        }
    }
    *w = way;
    mark_cached(type);
    warm_instr(code, ip)->op = OP_STORE_ATTR_SLOT;
    return true;
}

bool asy_cache_for_iter(VM *vm, Frame *f, CodeObj *code, const Instr *ip, Type *type)
{
    (void)f;
    if (ip < code->code || ip >= code->code + code->proto->code_words) return false;   // a cold copy still runs
    Op op = type == vm->types.range_iterator   ? OP_FOR_RANGE
            : type == vm->types.list_iterator  ? OP_FOR_LIST
            : type == vm->types.tuple_iterator ? OP_FOR_TUPLE
            : type == vm->types.generator      ? OP_FOR_GENERATOR
            : type->flags & TYPE_STATIC        ? OP_FOR_NATIVE
                                               : OP_FOR_ITER;
    if (op == OP_FOR_ITER) return false;
    warm_instr(code, ip)->op = (uint8_t)op;
    return true;
}

FunctionObj *asy_cache_class_init(VM *vm, Type *cls)
{
    if (cls->head.type != vm->types.type || !(cls->flags & TYPE_HEAP) || cls->flags & TYPE_ABSTRACT) return NULL;
    if (cls->slots.new != vm->types.object->slots.new) return NULL;
    Value init = asy_type_lookup(vm, cls, asy_name(vm, __init__));
    return asy_is_function(vm, init) ? asy_as(FunctionObj, init) : NULL;
}

static const Type *type_of_key(const void *key, bool by_type)
{
    return by_type || !key ? key : ((const Shape *)key)->type;
}
static bool is_or_inherits(const Type *t, const Type *base) { return t == base || asy_type_is_subtype(t, base); }

void asy_cache_invalidate_type(VM *vm, Type *type)
{
    for (struct WarmCode *w = vm->warm; w; w = w->next) {
        const CodeObj *code = w->code;
        for (uint32_t i = 0; i < code->proto->code_words; i += asy_op_info[code->proto->code[i].op].words) {
            Instr *in = &w->instrs[i];
            Cache *c;
            bool hit = false;
            switch (in->op) {
            case OP_LOAD_ATTR_SLOT:
            case OP_LOAD_METHOD_SHAPE:
                c = &w->caches[cache_index(in)];
                for (int k = 0; k < ATTR_WAYS; k++) {
                    const AttrWay *way = &c->attr.ways[k];
                    const Type *depends = way->kind >= ATTR_OF_CLASS ? way->owner : type_of_key(way->key, way->by_type);
                    hit = hit || (way->key && is_or_inherits(depends, type));
                }
                break;
            case OP_STORE_ATTR_SLOT:
                c = &w->caches[cache_index(in)];
                for (int k = 0; k < ATTR_WAYS; k++) {
                    const StoreWay *way = &c->store.ways[k];
                    hit = hit || (way->key && is_or_inherits(type_of_key(way->key, way->by_type), type));
                }
                break;
            default: continue;
            }
            if (!hit) continue;
            in->op = (uint8_t)general_form(in->op);
            memset(&w->caches[cache_index(in)], 0, sizeof(Cache));
        }
    }
    type->flags &= ~(uint32_t)TYPE_CACHED;
}
