// Special methods and slots, both ways.
//
// A native slot appears in its class's dict as a wrapper (`int.__add__`); a special method of a script class appears in the
// slot as a trampoline that looks the method up and calls it. Where all special methods of a slot are wrappers of one
// native function, the slot is that function itself: subclassing list without overriding __len__ costs nothing.
// The table of rows is made from slots.def; rows of one slot that are not in it follow by hand.
#include "vm/core/slots.h"

#include "vm/core/abstract.h"
#include "vm/core/type_impl.h"
#include "vm/core/vm.h"
#include "vm/objects/builtin.h"
#include "vm/objects/descriptor.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

enum {
#define SLOT(name, kind, dunder) ROW_##name,
#define SLOT2(name, kind, dunder, rdunder) ROW_##name, ROW_r_##name,
#include "vm/core/slots.def"
    ROW__PRIMARY,
    ROW_le = ROW__PRIMARY, ROW_eq, ROW_ne, ROW_gt, ROW_ge, ROW_getattr_hook, ROW_delattr, ROW_delete, ROW_delitem, ROW_rrepeat,
    ROW__COUNT
};

#define AT(name) (uint16_t)offsetof(Slots, name)
const SlotRow asy_slot_rows[] = {
#define SLOT(name, kind, dunder) [ROW_##name] = { dunder, AT(name), SLOT_##kind, 0 },
#define SLOT2(name, kind, dunder, rdunder)               \
    [ROW_##name] = { dunder, AT(name), SLOT_##kind, 0 }, \
    [ROW_r_##name] = { rdunder, AT(name), SLOT_##kind, 1 },
#include "vm/core/slots.def"
    [ROW_le] = { "__le__", AT(compare), SLOT_COMPARE, CMP_LE },
    [ROW_eq] = { "__eq__", AT(compare), SLOT_COMPARE, CMP_EQ },
    [ROW_ne] = { "__ne__", AT(compare), SLOT_COMPARE, CMP_NE },
    [ROW_gt] = { "__gt__", AT(compare), SLOT_COMPARE, CMP_GT },
    [ROW_ge] = { "__ge__", AT(compare), SLOT_COMPARE, CMP_GE },
    [ROW_getattr_hook] = { "__getattr__", AT(getattr), SLOT_GETATTR, 1 },
    [ROW_delattr] = { "__delattr__", AT(setattr), SLOT_SETATTR, 1 },
    [ROW_delete] = { "__delete__", AT(descr_set), SLOT_DESCRSET, 1 },
    [ROW_delitem] = { "__delitem__", AT(setitem), SLOT_SETITEM, 1 },
    [ROW_rrepeat] = { "__rmul__", AT(repeat), SLOT_BINARY, 1 },
};
const uint32_t asy_slot_row_count = ROW__COUNT;
_Static_assert(CMP_LT == 0, "the first comparison is the row of slots.def");

bool asy_slots_init(VM *vm)
{
    vm->slot_names = asy_mem_alloc(vm, ROW__COUNT * sizeof(StrObj *));
    if (!vm->slot_names) return false;
    memset(vm->slot_names, 0, ROW__COUNT * sizeof(StrObj *));
    for (uint32_t i = 0; i < ROW__COUNT; i++) {
        vm->slot_names[i] = asy_intern_c(vm, asy_slot_rows[i].name);
        if (!vm->slot_names[i]) return false;
    }
    return true;
}

void asy_slots_close(VM *vm)
{
    if (!vm->slot_names) return;
    for (uint32_t i = 0; i < ROW__COUNT; i++) asy_release_obj(vm, vm->slot_names[i]);
    asy_mem_free(vm, vm->slot_names, ROW__COUNT * sizeof(StrObj *));
    vm->slot_names = NULL;
}

// ---- trampolines: slots of script classes ----

// The class's special method of a row, called with the receiver in front. Owned while it runs: it may replace itself.
static Value call_row(VM *vm, uint32_t row, Value self, const Value *v, uint32_t n)
{
    StrObj *name = vm->slot_names[row];
    Type *type = asy_class_of(vm, self);
    Value method = asy_type_lookup(vm, type, name);
    if (asy_is_nil(method)) return asy_raise_attribute(vm, self, name);
    Type *method_type = asy_class_of(vm, method);
    asy_retain(method);
    Value result;
    if (method_type->flags & TYPE_METHOD_DESCR) {
        result = asy_call_self(vm, method, self, v, n, ASY_NIL);
    } else if (method_type->slots.descr_get) {
        Value bound = method_type->slots.descr_get(vm, method, self, asy_from_obj(type));
        result = ASY_ERR;
        if (!asy_is_err(bound)) {
            result = asy_call(vm, bound, v, n, ASY_NIL);
            asy_release(vm, bound);
        }
    } else {
        result = asy_call(vm, method, v, n, ASY_NIL);
    }
    asy_release(vm, method);
    return result;
}

static bool row_is_none(VM *vm, uint32_t row, Value self)
{
    return asy_is_none(asy_type_lookup(vm, asy_class_of(vm, self), vm->slot_names[row]));
}

static bool done(VM *vm, Value result)
{
    if (asy_is_err(result)) return false;
    asy_release(vm, result);
    return true;
}

static Value script_unary(VM *vm, uint32_t row, Value self)
{
    if (row == ROW_iter && row_is_none(vm, row, self)) {
        return asy_raise(vm, EXC_TypeError, "'%T' object is not iterable", self);
    }
    Value result = call_row(vm, row, self, NULL, 0);
    if (row == ROW_next && asy_is_err(result) && asy_error_catch(vm, EXC_StopIteration)) return ASY_DONE;
    return result;
}

// Whether the right operand's class has a reflected method of its own.
static bool reflected_overrides(VM *vm, uint32_t rrow, Value a, Value b)
{
    Value right = asy_type_lookup(vm, asy_class_of(vm, b), vm->slot_names[rrow]);
    if (asy_is_nil(right)) return false;
    Value left = asy_type_lookup(vm, asy_class_of(vm, a), vm->slot_names[rrow]);
    return asy_is_nil(left) || !asy_same(left, right);
}

static bool has_row(VM *vm, uint32_t row, Value self)
{
    return !asy_is_nil(asy_type_lookup(vm, asy_class_of(vm, self), vm->slot_names[row]));
}

// Both operands' classes may be script's; `tramp` is the slot's trampoline, by which that is known.
static Value script_binary(VM *vm, uint32_t row, SlotFn tramp, Value a, Value b)
{
    uint32_t rrow = row + 1, offset = asy_slot_rows[row].offset;
    Type *ta = asy_class_of(vm, a), *tb = asy_class_of(vm, b);
    bool other = ta != tb && asy_slot_get(&tb->slots, offset) == tramp;
    if (asy_slot_get(&ta->slots, offset) == tramp) {
        if (other && asy_type_is_subtype(tb, ta) && reflected_overrides(vm, rrow, a, b)) {
            Value result = call_row(vm, rrow, b, &a, 1);
            if (!asy_is_notimplemented(result)) return result;
            other = false;
        }
        Value result = has_row(vm, row, a) ? call_row(vm, row, a, &b, 1) : ASY_NOTIMPLEMENTED;
        if (!asy_is_notimplemented(result) || ta == tb) return result;
    }
    return other && has_row(vm, rrow, b) ? call_row(vm, rrow, b, &a, 1) : ASY_NOTIMPLEMENTED;
}

static Value script_ternary(VM *vm, uint32_t row, SlotFn tramp, Value a, Value b, Value c)
{
    if (asy_is_nil(c)) return script_binary(vm, row, tramp, a, b);
    if (asy_slot_get(&asy_class_of(vm, a)->slots, asy_slot_rows[row].offset) != tramp || !has_row(vm, row, a)) {
        return ASY_NOTIMPLEMENTED;
    }
    Value v[2] = { b, c };
    return call_row(vm, row, a, v, 2);
}

static bool script_hash_of(VM *vm, Value self, int64_t *hash)
{
    Value result = call_row(vm, ROW_hash, self, NULL, 0);
    if (asy_is_err(result)) return false;
    if (!asy_is_integer(vm, result)) {
        asy_release(vm, result);
        asy_raise(vm, EXC_TypeError, "__hash__ method should return an integer");
        return false;
    }
    bool ok = true;
    if (!asy_int_as_i64(vm, result, hash)) ok = asy_hash(vm, result, hash);
    if (*hash == -1) *hash = -2;
    asy_release(vm, result);
    return ok;
}

static Value script_getattr_of(VM *vm, Value self, StrObj *name)
{
    Type *type = asy_class_of(vm, self);
    Value get = asy_type_lookup(vm, type, vm->slot_names[ROW_getattr]);
    Value hook = asy_type_lookup(vm, type, vm->slot_names[ROW_getattr_hook]);
    Value arg = asy_from_obj(name);
    Value result;
    bool native = asy_is_obj(get) && asy_as_obj(get)->type == vm->types.slot_wrapper;
    Slot_GETATTR fn = native ? asy_as(SlotWrapperObj, get)->owner->slots.getattr : NULL;
    if (fn == asy_generic_getattr) result = asy_generic_getattr_opt(vm, self, name);
    else if (fn) result = fn(vm, self, name);
    else result = call_row(vm, ROW_getattr, self, &arg, 1);
    if (asy_is_nil(result) && asy_is_nil(hook)) return asy_raise_attribute(vm, self, name);
    if (!asy_is_nil(result)) {
        if (!asy_is_err(result) || asy_is_nil(hook) || !asy_error_catch(vm, EXC_AttributeError)) return result;
    }
    return call_row(vm, ROW_getattr_hook, self, &arg, 1);
}

static Value script_compare_of(VM *vm, Value a, Value b, Comparison op)
{
    uint32_t row = op == CMP_LT ? ROW_compare : (uint32_t)(ROW_le + op - CMP_LE);
    return has_row(vm, row, a) ? call_row(vm, row, a, &b, 1) : ASY_NOTIMPLEMENTED;
}

static Value script_descr_get_of(VM *vm, Value self, Value object, Value type)
{
    Value v[2] = { asy_is_nil(object) ? ASY_NONE : object, asy_is_nil(type) ? ASY_NONE : type };
    return call_row(vm, ROW_descr_get, self, v, 2);
}

static bool script_init_of(VM *vm, Value self, Args args)
{
    Type *type = asy_class_of(vm, self);
    Value init = asy_type_lookup(vm, type, vm->slot_names[ROW_init]);
    asy_retain(init);
    Value result;
    if (asy_class_of(vm, init)->flags & TYPE_METHOD_DESCR) {
        result = asy_call_self(vm, init, self, args.v, args.n, args.kwnames);
    } else {
        Value bound = asy_special(vm, self, vm->slot_names[ROW_init]);
        result = asy_is_err(bound) ? ASY_ERR : asy_call(vm, bound, args.v, args.n, args.kwnames);
        if (!asy_is_err(bound)) asy_release(vm, bound);
    }
    asy_release(vm, init);
    if (asy_is_err(result)) return false;
    if (!asy_is_none(result)) {
        asy_raise(vm, EXC_TypeError, "__init__() should return None, not '%.200T'", result);
        asy_release(vm, result);
        return false;
    }
    return true;
}

static Value script_new_of(VM *vm, Type *type, Args args)
{
    Value cls = asy_from_obj(type);
    Value new = asy_getattr(vm, cls, vm->slot_names[ROW_new]);
    if (asy_is_err(new)) return ASY_ERR;
    uint32_t keywords = asy_is_nil(args.kwnames) ? 0 : (uint32_t)asy_as_tuple(args.kwnames)->size;
    uint32_t total = args.n + keywords + 1;
    Value local[16], *v = local, result = ASY_ERR;
    if (total > 16 && !(v = asy_mem_alloc(vm, total * sizeof(Value)))) {
        asy_raise_memory(vm);
        goto out;
    }
    v[0] = cls;
    if (total > 1) memcpy(v + 1, args.v, (total - 1) * sizeof(Value));
    result = asy_call(vm, new, v, args.n + 1, args.kwnames);
    if (v != local) asy_mem_free(vm, v, total * sizeof(Value));
out:
    asy_release(vm, new);
    return result;
}

static Value script_call_of(VM *vm, Value self, Args args)
{
    StrObj *name = vm->slot_names[ROW_call];
    Value bound_self;
    Type *type = asy_class_of(vm, self);
    Value method = asy_type_lookup(vm, type, name);
    if (asy_is_nil(method)) return asy_raise(vm, EXC_TypeError, "'%T' object is not callable", self);
    if (asy_class_of(vm, method)->flags & TYPE_METHOD_DESCR) {
        bound_self = self;
        asy_retain(method);
    } else {
        method = asy_special(vm, self, name);
        if (asy_is_err(method)) return ASY_ERR;
        bound_self = ASY_NIL;
    }
    // obj() of a class whose __call__ is such an object again, and so on, recurses here and nowhere else.
    Value result = ASY_ERR;
    if (asy_enter_c(vm, "")) {
        result = asy_call_self(vm, method, bound_self, args.v, args.n, args.kwnames);
        asy_leave_c(vm);
    }
    asy_release(vm, method);
    return result;
}

static int64_t script_length_of(VM *vm, Value self)
{
    Value result = call_row(vm, ROW_length, self, NULL, 0);
    if (asy_is_err(result)) return -1;
    Value index = asy_index(vm, result);
    asy_release(vm, result);
    if (asy_is_err(index)) return -1;
    int64_t length = -1;
    if (asy_int_sign(vm, index) < 0) asy_raise(vm, EXC_ValueError, "__len__() should return >= 0");
    else if (!asy_int_as_i64(vm, index, &length)) {
        length = -1;
        asy_raise(vm, EXC_OverflowError, "cannot fit 'int' into an index-sized integer");
    }
    asy_release(vm, index);
    return length;
}

static int script_contains_of(VM *vm, Value self, Value item)
{
    if (row_is_none(vm, ROW_contains, self)) {
        asy_raise(vm, EXC_TypeError, "'%T' object is not a container", self);
        return -1;
    }
    Value result = call_row(vm, ROW_contains, self, &item, 1);
    if (asy_is_err(result)) return -1;
    int truth = asy_truth(vm, result);
    asy_release(vm, result);
    return truth;
}

static int script_truth_of(VM *vm, Value self)
{
    Value result = call_row(vm, ROW_truth, self, NULL, 0);
    if (asy_is_err(result)) return -1;
    if (asy_is_bool(result)) return asy_is_true(result);
    asy_raise(vm, EXC_TypeError, "__bool__ should return bool, returned %T", result);
    asy_release(vm, result);
    return -1;
}

static bool script_set(VM *vm, uint32_t row, uint32_t delete_row, Value self, Value key, Value value)
{
    Value v[2] = { key, value };
    if (asy_is_nil(value)) return done(vm, call_row(vm, delete_row, self, v, 1));
    return done(vm, call_row(vm, row, self, v, 2));
}

// One function a slot, by its kind. Binary operators know themselves by their address.
#define TRAMP_UNARY(name) \
    static Value script_##name(VM *vm, Value self) { return script_unary(vm, ROW_##name, self); }
#define TRAMP_BINARY(name) \
    static Value script_##name(VM *vm, Value a, Value b) { return call_row(vm, ROW_##name, a, &b, 1); }
#define TRAMP2_BINARY(name)                                                              \
    static Value script_##name(VM *vm, Value a, Value b)                                 \
    {                                                                                    \
        return script_binary(vm, ROW_##name, (SlotFn)script_##name, a, b);               \
    }
#define TRAMP2_TERNARY(name)                                                             \
    static Value script_##name(VM *vm, Value a, Value b, Value c)                        \
    {                                                                                    \
        return script_ternary(vm, ROW_##name, (SlotFn)script_##name, a, b, c);           \
    }
#define TRAMP_HASH(name) \
    static bool script_##name(VM *vm, Value self, int64_t *hash) { return script_hash_of(vm, self, hash); }
#define TRAMP_CALL(name) \
    static Value script_##name(VM *vm, Value self, Args args) { return script_call_of(vm, self, args); }
#define TRAMP_GETATTR(name) \
    static Value script_##name(VM *vm, Value self, StrObj *n) { return script_getattr_of(vm, self, n); }
#define TRAMP_SETATTR(name)                                                              \
    static bool script_##name(VM *vm, Value self, StrObj *n, Value value)                \
    {                                                                                    \
        return script_set(vm, ROW_##name, ROW_delattr, self, asy_from_obj(n), value);    \
    }
#define TRAMP_COMPARE(name) \
    static Value script_##name(VM *vm, Value a, Value b, Comparison op) { return script_compare_of(vm, a, b, op); }
#define TRAMP_DESCRGET(name) \
    static Value script_##name(VM *vm, Value self, Value o, Value t) { return script_descr_get_of(vm, self, o, t); }
#define TRAMP_DESCRSET(name)                                                             \
    static bool script_##name(VM *vm, Value self, Value o, Value value)                  \
    {                                                                                    \
        return script_set(vm, ROW_##name, ROW_delete, self, o, value);                   \
    }
#define TRAMP_INIT(name) \
    static bool script_##name(VM *vm, Value self, Args args) { return script_init_of(vm, self, args); }
#define TRAMP_NEW(name) \
    static Value script_##name(VM *vm, Type *type, Args args) { return script_new_of(vm, type, args); }
#define TRAMP_LENGTH(name) \
    static int64_t script_##name(VM *vm, Value self) { return script_length_of(vm, self); }
#define TRAMP_SETITEM(name)                                                              \
    static bool script_##name(VM *vm, Value self, Value key, Value value)                \
    {                                                                                    \
        return script_set(vm, ROW_##name, ROW_delitem, self, key, value);                \
    }
#define TRAMP_CONTAINS(name) \
    static int script_##name(VM *vm, Value self, Value item) { return script_contains_of(vm, self, item); }
#define TRAMP_TRUTH(name) \
    static int script_##name(VM *vm, Value self) { return script_truth_of(vm, self); }
#define SLOT(name, kind, dunder) TRAMP_##kind(name)
#define SLOT2(name, kind, dunder, rdunder) TRAMP2_##kind(name)
#include "vm/core/slots.def"

static const SlotFn trampolines[ROW__PRIMARY] = {
#define SLOT(name, kind, dunder) [ROW_##name] = (SlotFn)script_##name,
#define SLOT2(name, kind, dunder, rdunder) [ROW_##name] = (SlotFn)script_##name,
#include "vm/core/slots.def"
};

bool asy_slot_next_is_script(const Type *type) { return type->slots.next == script_next; }

// ---- from special methods to slots ----

// Sequence slots are for native types: a script's __add__ is a number's.
static bool is_sequence_slot(uint32_t offset)
{
    return offset == AT(concat) || offset == AT(repeat) || offset == AT(iconcat) || offset == AT(irepeat);
}

typedef struct SlotChoice {
    SlotFn direct;              // the native function that all rows so far are wrappers of
    bool script, unhashable;
} SlotChoice;

static void choose(VM *vm, Type *type, uint32_t i, SlotChoice *c)
{
    const SlotRow *row = &asy_slot_rows[i];
    Value v = asy_type_lookup(vm, type, vm->slot_names[i]);
    if (asy_is_nil(v)) return;
    if (asy_is_obj(v) && asy_as_obj(v)->type == vm->types.slot_wrapper) {
        SlotWrapperObj *w = asy_as(SlotWrapperObj, v);
        // int's __add__ says nothing about the slot concat, though the names are equal.
        if (w->row->offset != row->offset && strcmp(w->row->name, row->name) == 0) return;
        if (w->row == row && asy_type_is_subtype(type, w->owner)) {
            SlotFn fn = asy_slot_get(&w->owner->slots, row->offset);
            if (c->direct && c->direct != fn) c->script = true;
            c->direct = fn;
            return;
        }
    }
    if (is_sequence_slot(row->offset)) return;
    if (row->kind == SLOT_HASH && asy_is_none(v)) {
        c->unhashable = true;
        return;
    }
    if (row->kind == SLOT_NEW) {
        Type *owner = asy_builtin_new_owner(vm, v);
        if (owner) {
            c->direct = (SlotFn)owner->slots.new;
            return;
        }
    }
    c->script = true;
}

static void update_slot(VM *vm, Type *type, uint32_t primary)
{
    uint32_t offset = asy_slot_rows[primary].offset;
    SlotChoice c = { 0 };
    for (uint32_t i = primary; i < ROW__PRIMARY && asy_slot_rows[i].offset == offset; i++) choose(vm, type, i, &c);
    for (uint32_t i = ROW__PRIMARY; i < ROW__COUNT; i++) {
        if (asy_slot_rows[i].offset == offset) choose(vm, type, i, &c);
    }
    SlotFn fn = c.unhashable ? (SlotFn)asy_hash_unhashable : c.script ? trampolines[primary] : c.direct;
    asy_slot_set(&type->slots, offset, fn);
    if (offset == AT(del)) {
        type->flags &= ~(uint32_t)TYPE_FINALIZES;
        if (type->slots.del || type->needs_finalize) type->flags |= TYPE_FINALIZES;
    }
}

static uint32_t primary_of(uint32_t row)
{
    uint32_t offset = asy_slot_rows[row].offset, i = 0;
    while (asy_slot_rows[i].offset != offset) i++;
    return i;
}

void asy_slots_update(VM *vm, Type *type)
{
    if (type->flags & TYPE_HEAP) {
        for (uint32_t i = 0; i < ROW__PRIMARY; i++) {
            if (i == 0 || asy_slot_rows[i].offset != asy_slot_rows[i - 1].offset) update_slot(vm, type, i);
        }
    }
    for (uint32_t i = 0; i < type->subclass_count; i++) asy_slots_update(vm, type->subclasses[i]);
}

static void update_row_below(VM *vm, Type *type, uint32_t primary)
{
    if (type->flags & TYPE_HEAP) update_slot(vm, type, primary);
    for (uint32_t i = 0; i < type->subclass_count; i++) update_row_below(vm, type->subclasses[i], primary);
}

static bool may_be_row(const StrObj *name) { return name->size > 4 && name->data[0] == '_' && name->data[1] == '_'; }

bool asy_slots_is_name(VM *vm, StrObj *name)
{
    if (!may_be_row(name)) return false;
    for (uint32_t i = 0; i < ROW__COUNT; i++) {
        if (vm->slot_names[i] == name) return true;
    }
    return false;
}

bool asy_slots_update_name(VM *vm, Type *type, StrObj *name)
{
    if (!may_be_row(name)) return false;
    bool found = false;
    for (uint32_t i = 0; i < ROW__COUNT; i++) {
        if (vm->slot_names[i] != name) continue;
        update_row_below(vm, type, primary_of(i));      // __add__ is a row of two slots
        found = true;
    }
    return found;
}

// ---- from native slots to special methods ----

void asy_slots_inherit(VM *vm, Type *type, Type *base)
{
    bool own_compare = type->slots.compare != NULL, own_hash = type->slots.hash != NULL;
    Slot_NEW own_new = type->slots.new;
    for (uint32_t i = 0; i < ROW__PRIMARY; i++) {
        uint32_t offset = asy_slot_rows[i].offset;
        if (!asy_slot_get(&type->slots, offset)) asy_slot_set(&type->slots, offset, asy_slot_get(&base->slots, offset));
    }
    if (own_compare && !own_hash) type->slots.hash = asy_hash_unhashable;
    if (!own_new && (base == vm->types.object || type->flags & TYPE_DISALLOW_NEW)) type->slots.new = NULL;
}

bool asy_slots_fill_dict(VM *vm, Type *type)
{
    const Slots *own = &type->def->slots;
    for (uint32_t i = 0; i < ROW__COUNT; i++) {
        const SlotRow *row = &asy_slot_rows[i];
        if (!asy_slot_get(own, row->offset) || i == ROW_getattr_hook || i == ROW_del) continue;
        StrObj *name = vm->slot_names[i];
        if (asy_dict_find_entry(vm, type->dict, name) >= 0) continue;
        Value v;
        if (row->kind == SLOT_NEW) v = asy_builtin_new_method(vm, type);
        else if (i == ROW_hash && type->slots.hash == asy_hash_unhashable) v = ASY_NONE;
        else v = asy_slot_wrapper_new(vm, type, row);
        if (asy_is_err(v)) return false;
        bool ok = asy_dict_set_str(vm, type->dict, name, v);
        asy_release(vm, v);
        if (!ok) return false;
    }
    if (own->compare && !own->hash && asy_dict_find_entry(vm, type->dict, vm->slot_names[ROW_hash]) < 0) {
        return asy_dict_set_str(vm, type->dict, vm->slot_names[ROW_hash], ASY_NONE);
    }
    return true;
}
