// Tuples with named fields; see structseq.h.
#include "stdlib/structseq.h"

#include "vm/core/abstract.h"
#include "vm/objects/str.h"

Value asy_structseq_repr(VM *vm, Value self)
{
    const TypeDef *def = asy_as_obj(self)->type->def;
    TupleObj *t = asy_as_tuple(self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, def->name) && asy_builder_c(&b, "(");
    for (size_t i = 0; ok && i < t->size && def->members[i].name; i++) {
        ok = asy_builder_c(&b, i ? ", " : "") && asy_builder_c(&b, def->members[i].name) && asy_builder_c(&b, "=") &&
             asy_builder_repr(&b, t->items[i]);
    }
    if (!ok || !asy_builder_c(&b, ")")) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static uint32_t field_count(const TypeDef *def)
{
    uint32_t n = 0;
    while (def->members[n].name) n++;
    return n;
}

static Value make(VM *vm, Type *type, const Value *owned, uint32_t n)
{
    TupleObj *t = asy_object_alloc_extra(vm, type, n * sizeof(Value));
    if (!t) {
        for (uint32_t i = 0; i < n; i++) asy_release(vm, owned[i]);
        return ASY_ERR;
    }
    t->size = n;
    for (uint32_t i = 0; i < n; i++) t->items[i] = owned[i];
    return asy_from_obj(t);
}

Value asy_structseq_make(VM *vm, const TypeDef *def, const Value *owned, uint32_t n)
{
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) ok = ok && !asy_is_err(owned[i]);
    Type *type = ok ? asy_type_ready(vm, def) : NULL;
    if (type) return make(vm, type, owned, n);
    for (uint32_t i = 0; i < n; i++) {
        if (!asy_is_err(owned[i])) asy_release(vm, owned[i]);
    }
    return ASY_ERR;
}

Value asy_structseq_new(VM *vm, Type *type, Args args)
{
    uint32_t want = field_count(type->def);
    if (args.n != 1) return asy_raise(vm, EXC_TypeError, "%s() missing required argument 'sequence' (pos 1)", type->def->name);
    TupleObj *t = asy_to_tuple(vm, args.v[0]);
    if (!t) return ASY_ERR;
    if (t->size != want) {
        asy_raise(vm, EXC_TypeError, "%s() takes a %u-sequence (%zu-sequence given)", type->def->name, want, t->size);
        asy_release_obj(vm, t);
        return ASY_ERR;
    }
    for (size_t i = 0; i < t->size; i++) asy_retain(t->items[i]);
    Value made = make(vm, type, t->items, want);
    asy_release_obj(vm, t);
    return made;
}
