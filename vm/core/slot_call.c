// Native slots called as special methods: `int.__add__(1, 2)`, `list.__len__(x)`, super().__init__().
#include "vm/core/abstract.h"
#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// `lead`: CPython leaves an empty function name in front of some of these.
static bool expect_led(VM *vm, const char *lead, uint32_t n, uint32_t min, uint32_t max)
{
    if (n >= min && n <= max) return true;
    uint32_t limit = n < min ? min : max;
    const char *how = min == max ? "" : n < min ? "at least " : "at most ";
    asy_raise(vm, EXC_TypeError, "%sexpected %s%u argument%s, got %u", lead, how, limit, limit == 1 ? "" : "s", n);
    return false;
}

static bool expect(VM *vm, uint32_t n, uint32_t count) { return expect_led(vm, "", n, count, count); }

static Value none_if(bool ok) { return ok ? ASY_NONE : ASY_ERR; }

static Value from_answer(int answer) { return answer < 0 ? ASY_ERR : asy_from_bool(answer != 0); }

// The attribute name of a __getattribute__ or __setattr__, interned and owned.
static StrObj *attribute_name(VM *vm, Value v)
{
    if (asy_is_str(vm, v)) return asy_intern_str(vm, asy_as_str(v));
    asy_raise(vm, EXC_TypeError, "attribute name must be string, not '%.200T'", v);
    return NULL;
}

static Value call_setattr(VM *vm, const SlotRow *row, Type *owner, Value self, const Value *v)
{
    // object.__setattr__(cls, ...) would go around the class's own bookkeeping.
    if (owner == vm->types.object && asy_class_of(vm, self)->flags & TYPE_TYPE) {
        return asy_raise(vm, EXC_TypeError, "can't apply this %s to %T object", row->name, self);
    }
    StrObj *name = attribute_name(vm, v[0]);
    if (!name) return ASY_ERR;
    bool ok = owner->slots.setattr(vm, self, name, row->variant ? ASY_NIL : v[1]);
    asy_release_obj(vm, name);
    return none_if(ok);
}

static Value call_binary(VM *vm, const SlotRow *row, SlotFn fn, Value self, Value other)
{
    Slot_BINARY binary = (Slot_BINARY)fn;
    bool reflected = row->variant && row->offset != offsetof(Slots, repeat);    // n * [1] is [1] * n
    return reflected ? binary(vm, other, self) : binary(vm, self, other);
}

static Value call_descr_get(VM *vm, SlotFn fn, Value self, const Value *v, uint32_t n)
{
    Value object = asy_is_none(v[0]) ? ASY_NIL : v[0];
    Value type = n < 2 || asy_is_none(v[1]) ? ASY_NIL : v[1];
    if (asy_is_nil(object) && asy_is_nil(type)) {
        return asy_raise(vm, EXC_TypeError, "__get__(None, None) is invalid");
    }
    if (asy_is_nil(type)) type = asy_from_obj(asy_class_of(vm, object));
    return ((Slot_DESCRGET)fn)(vm, self, object, type);
}

Value asy_slot_row_call(VM *vm, const SlotRow *row, Type *owner, Value self, const Value *v, uint32_t n, Value kwnames)
{
    SlotFn fn = asy_slot_get(&owner->slots, row->offset);
    bool keywords = !asy_is_nil(kwnames) && asy_as_tuple(kwnames)->size > 0;
    if (keywords && row->kind != SLOT_CALL && row->kind != SLOT_INIT) {
        return asy_raise(vm, EXC_TypeError, "wrapper %s() takes no keyword arguments", row->name);
    }
    switch ((SlotKind)row->kind) {
    case SLOT_UNARY: {
        if (!expect(vm, n, 0)) return ASY_ERR;
        Value result = ((Slot_UNARY)fn)(vm, self);
        return asy_is_done(result) ? asy_raise_kind(vm, EXC_StopIteration, ASY_NIL) : result;
    }
    case SLOT_BINARY: return expect(vm, n, 1) ? call_binary(vm, row, fn, self, v[0]) : ASY_ERR;
    case SLOT_TERNARY: {
        if (!expect_led(vm, " ", n, 1, 2)) return ASY_ERR;
        Value third = n < 2 || asy_is_none(v[1]) ? ASY_NIL : v[1];
        return row->variant ? ((Slot_TERNARY)fn)(vm, v[0], self, third) : ((Slot_TERNARY)fn)(vm, self, v[0], third);
    }
    case SLOT_HASH: {
        int64_t hash;
        if (!expect(vm, n, 0) || !((Slot_HASH)fn)(vm, self, &hash)) return ASY_ERR;
        return asy_int_from_i64(vm, hash);
    }
    case SLOT_CALL: return ((Slot_CALL)fn)(vm, self, (Args){ .v = v, .n_word = n, .kwnames = kwnames });
    case SLOT_GETATTR: {
        if (!expect(vm, n, 1)) return ASY_ERR;
        StrObj *name = attribute_name(vm, v[0]);
        if (!name) return ASY_ERR;
        Value result = ((Slot_GETATTR)fn)(vm, self, name);
        asy_release_obj(vm, name);
        return result;
    }
    case SLOT_SETATTR: {
        uint32_t count = row->variant ? 1 : 2;
        return expect_led(vm, row->variant ? "" : " ", n, count, count) ? call_setattr(vm, row, owner, self, v) : ASY_ERR;
    }
    case SLOT_COMPARE:
        return expect(vm, n, 1) ? ((Slot_COMPARE)fn)(vm, self, v[0], (Comparison)row->variant) : ASY_ERR;
    case SLOT_DESCRGET: return expect_led(vm, " ", n, 1, 2) ? call_descr_get(vm, fn, self, v, n) : ASY_ERR;
    case SLOT_DESCRSET:
    case SLOT_SETITEM: {
        uint32_t count = row->variant ? 1 : 2;
        if (!expect_led(vm, row->variant ? "" : " ", n, count, count)) return ASY_ERR;
        return none_if(((Slot_SETITEM)fn)(vm, self, v[0], row->variant ? ASY_NIL : v[1]));
    }
    case SLOT_INIT: return none_if(((Slot_INIT)fn)(vm, self, (Args){ .v = v, .n_word = n, .kwnames = kwnames }));
    case SLOT_NEW: break;
    case SLOT_LENGTH: {
        if (!expect(vm, n, 0)) return ASY_ERR;
        int64_t length = ((Slot_LENGTH)fn)(vm, self);
        return length < 0 ? ASY_ERR : asy_int_from_i64(vm, length);
    }
    case SLOT_CONTAINS: return expect(vm, n, 1) ? from_answer(((Slot_CONTAINS)fn)(vm, self, v[0])) : ASY_ERR;
    case SLOT_TRUTH: return expect(vm, n, 0) ? from_answer(((Slot_TRUTH)fn)(vm, self)) : ASY_ERR;
    }
    assert(!"__new__ has no wrapper");
    return ASY_ERR;
}
