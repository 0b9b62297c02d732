// What any value can be asked: truth, hash, text, identity, numbers, bytes, and whether it is an instance.
// attribute.c, operators.c and container.c have the rest of the protocol.
#include "vm/core/abstract.h"

#include <stdio.h>

#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes.h"
#include "vm/objects/dict.h"
#include "vm/objects/float.h"
#include "vm/objects/format_number.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// ---- truth and hash ----

int asy_truth(VM *vm, Value v)
{
    if (asy_is_bool(v)) return asy_is_true(v);
    if (asy_is_none(v)) return 0;
    if (asy_is_int(v)) return asy_as_small(v) != 0;
    if (asy_is_float(v)) return asy_as_double(v) != 0;
    const Slots *slots = &asy_class_of(vm, v)->slots;
    if (slots->truth) return slots->truth(vm, v);
    if (!slots->length) return 1;
    int64_t length = slots->length(vm, v);
    return length < 0 ? -1 : length > 0;
}

bool asy_hash(VM *vm, Value v, int64_t *hash)
{
    if (asy_is_int(v)) {
        int64_t i = asy_as_small(v);
        *hash = i == -1 ? -2 : i;       // 50 bits are below the prime
        return true;
    }
    const Type *type = asy_class_of(vm, v);
    if (type == vm->types.str) {
        *hash = (int64_t)asy_str_hash(vm, asy_as_str(v));
        return true;
    }
    if (!type->slots.hash) return asy_hash_by_id(vm, v, hash);
    // Tuples of tuples of tuples: the hash of what holds others asks for theirs.
    if (ASY_UNLIKELY((char *)__builtin_frame_address(0) < vm->thread->c_stack_limit) && !asy_check_c_stack(vm, "")) return false;
    return type->slots.hash(vm, v, hash);
}

bool asy_hash_unhashable(VM *vm, Value v, int64_t *hash)
{
    *hash = 0;
    asy_raise(vm, EXC_TypeError, "unhashable type: '%.200T'", v);
    return false;
}

bool asy_hash_by_id(VM *vm, Value v, int64_t *hash)
{
    // The low four bits are always zero.
    uint64_t number = asy_address(vm, v);
    *hash = (int64_t)(number >> 4);
    return true;
}

uint64_t asy_address(VM *vm, Value v)
{
    if (asy_is_obj(v)) return asy_heap_number(vm, asy_as_obj(v));
    // Singletons look like static objects below the heap; numbers are their own bits.
    if (!asy_is_int(v) && !asy_is_float(v)) return UINT64_C(0x7C0000000000) + (v.bits & 0xFF) * 16;
    return v.bits;
}

Value asy_id(VM *vm, Value v) { return asy_int_from_u64(vm, asy_address(vm, v)); }

// ---- text ----

static Value checked_text(VM *vm, Value v, Slot_UNARY fn, const char *name)
{
    if (!asy_enter_c(vm, " while getting the repr of an object")) return ASY_ERR;
    Value text = fn(vm, v);
    asy_leave_c(vm);
    if (asy_is_err(text) || asy_is_str(vm, text)) return text;
    asy_raise(vm, EXC_TypeError, "%s returned non-string (type %.200T)", name, text);
    asy_release(vm, text);
    return ASY_ERR;
}

Value asy_repr(VM *vm, Value v) { return checked_text(vm, v, asy_class_of(vm, v)->slots.repr, "__repr__"); }

Value asy_str(VM *vm, Value v)
{
    const Type *type = asy_class_of(vm, v);
    if (type == vm->types.str) return asy_retain(v);
    if (!type->slots.str) return asy_repr(vm, v);
    return checked_text(vm, v, type->slots.str, "__str__");
}

Value asy_ascii(VM *vm, Value v)
{
    Value repr = asy_repr(vm, v);
    if (asy_is_err(repr) || asy_str_is_ascii(asy_as_str(repr))) return repr;
    const StrObj *s = asy_as_str(repr);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = true;
    for (size_t i = 0; ok && i < s->size;) {
        unsigned char lead = (unsigned char)s->data[i];
        if (lead < 0x80) {
            ok = asy_builder_bytes(&b, s->data + i++, 1);
            continue;
        }
        uint32_t c = lead & (lead < 0xE0 ? 0x1Fu : lead < 0xF0 ? 0x0Fu : 0x07u);
        for (i++; i < s->size && ((unsigned char)s->data[i] & 0xC0) == 0x80; i++) {
            c = c << 6 | ((unsigned char)s->data[i] & 0x3Fu);
        }
        char text[16];
        int size = snprintf(text, sizeof text, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
        ok = asy_builder_bytes(&b, text, (size_t)size);
    }
    asy_release(vm, repr);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *ascii = asy_builder_finish(&b);
    return ascii ? asy_from_obj(ascii) : ASY_ERR;
}

Value asy_format_value(VM *vm, Value v, StrObj *spec)
{
    const Type *type = asy_class_of(vm, v);
    if (type == vm->types.str || type == vm->types.int_ || type == vm->types.float_) {
        if (!spec || spec->size == 0) return asy_str(vm, v);
        StrBuilder out;
        asy_builder_init(&out, vm);
        if (asy_format_plain(&out, v, spec->data, spec->size) > 0) {
            StrObj *text = asy_builder_finish(&out);
            return text ? asy_from_obj(text) : ASY_ERR;
        }
        asy_builder_free(&out);
        return ASY_ERR;
    }
    Value arg = spec ? asy_from_obj(spec) : vm->empty_str;
    Value self;
    Value method = asy_type_lookup(vm, asy_class_of(vm, v), asy_name(vm, __format__));
    if (asy_is_nil(method)) {
        return asy_raise(vm, EXC_TypeError, "Type %.100T doesn't define __format__", v);
    }
    if (asy_class_of(vm, method)->flags & TYPE_METHOD_DESCR) {
        self = v;
        asy_retain(method);
    } else {
        self = ASY_NIL;
        method = asy_special(vm, v, asy_name(vm, __format__));
        if (asy_is_err(method)) return ASY_ERR;
    }
    Value text = asy_call_self(vm, method, self, &arg, 1, ASY_NIL);
    asy_release(vm, method);
    if (asy_is_err(text) || asy_is_str(vm, text)) return text;
    asy_raise(vm, EXC_TypeError, "__format__ must return a str, not %.200T", text);
    asy_release(vm, text);
    return ASY_ERR;
}

// ---- numbers ----

Value asy_index(VM *vm, Value v)
{
    if (asy_is_int(v)) return v;
    if (asy_is_integer(vm, v)) return asy_is_bool(v) ? asy_from_small(asy_is_true(v)) : asy_retain(v);
    Slot_UNARY index = asy_class_of(vm, v)->slots.index;
    if (!index) return asy_raise(vm, EXC_TypeError, "'%.200T' object cannot be interpreted as an integer", v);
    Value result = index(vm, v);
    if (asy_is_err(result) || asy_is_integer(vm, result)) return result;
    asy_raise(vm, EXC_TypeError, "__index__ returned non-int (type %.200T)", result);
    asy_release(vm, result);
    return ASY_ERR;
}

static bool to_i64(VM *vm, Value v, const char *c_type, int64_t *out)
{
    if (asy_is_int(v)) {
        *out = asy_as_small(v);
        return true;
    }
    Value index = asy_index(vm, v);
    if (asy_is_err(index)) return false;
    bool fits = asy_int_as_i64(vm, index, out);
    asy_release(vm, index);
    if (!fits) asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C %s", c_type);
    return fits;
}

bool asy_to_i64(VM *vm, Value v, int64_t *out) { return to_i64(vm, v, "long", out); }
bool asy_to_ssize(VM *vm, Value v, int64_t *out) { return to_i64(vm, v, "ssize_t", out); }

bool asy_to_size_clamped(VM *vm, Value v, int64_t *out)
{
    if (asy_is_int(v)) {
        *out = asy_as_small(v);
        return true;
    }
    Value index = asy_index(vm, v);
    if (asy_is_err(index)) return false;
    if (!asy_int_as_i64(vm, index, out)) *out = asy_int_sign(vm, index) < 0 ? INT64_MIN : INT64_MAX;
    asy_release(vm, index);
    return true;
}

bool asy_to_double(VM *vm, Value v, double *out)
{
    if (asy_is_float(v)) {
        *out = asy_as_double(v);
        return true;
    }
    if (asy_is_integer(vm, v) && (asy_is_int(v) || asy_is_bool(v))) return asy_int_to_double(vm, v, out);
    if (asy_is_floating(vm, v)) {
        *out = asy_float_value(v);
        return true;
    }
    const Slots *slots = &asy_class_of(vm, v)->slots;
    if (slots->to_float) {
        Value result = slots->to_float(vm, v);
        if (asy_is_err(result)) return false;
        bool ok = asy_is_floating(vm, result);
        if (ok) *out = asy_float_value(result);
        else asy_raise(vm, EXC_TypeError, "%.50T.__float__ returned non-float (type %.50T)", v, result);
        asy_release(vm, result);
        return ok;
    }
    if (!slots->index) {
        asy_raise(vm, EXC_TypeError, "must be real number, not %.50T", v);
        return false;
    }
    Value index = asy_index(vm, v);
    if (asy_is_err(index)) return false;
    bool ok = asy_int_to_double(vm, index, out);
    asy_release(vm, index);
    return ok;
}

// ---- bytes ----

Value asy_bytes_of(VM *vm, Value v)
{
    if (asy_is_integer(vm, v)) return asy_raise(vm, EXC_TypeError, "cannot convert '%.200T' object to bytes", v);
    return asy_call1(vm, asy_from_obj(vm->types.bytes), v);
}

bool asy_get_buffer(VM *vm, Value v, BufferView *out)
{
    const Type *type = asy_class_of(vm, v);
    if (type->buffer) return type->buffer(vm, v, out);
    asy_raise(vm, EXC_TypeError, "a bytes-like object is required, not '%.100T'", v);
    return false;
}

void asy_release_buffer(VM *vm, BufferView *view)
{
    if (asy_is_nil(view->owner)) return;
    const Type *type = asy_class_of(vm, view->owner);
    if (type->buffer_release) type->buffer_release(vm, view);
    asy_clear(vm, &view->owner);
}

bool asy_is_callable(VM *vm, Value v) { return asy_class_of(vm, v)->slots.call != NULL; }

// ---- instances and subclasses ----

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

// __bases__ of something that poses as a class: an owned tuple, NIL if it has none, ERR.
static Value abstract_bases(VM *vm, Value cls)
{
    Value bases = asy_getattr_opt(vm, cls, asy_name(vm, __bases__));
    if (asy_is_err(bases) || asy_is_nil(bases) || asy_is_tuple(vm, bases)) return bases;
    asy_release(vm, bases);
    return ASY_NIL;
}

static int abstract_issubclass(VM *vm, Value sub, Value cls)
{
    if (asy_same(sub, cls)) return 1;
    Value bases = abstract_bases(vm, sub);
    if (asy_is_err(bases)) return -1;
    if (asy_is_nil(bases)) return 0;
    int answer = 0;
    if (!asy_enter_c(vm, " in __issubclass__")) answer = -1;
    else {
        TupleObj *tuple = asy_as_tuple(bases);
        for (size_t i = 0; i < tuple->size && answer == 0; i++) answer = abstract_issubclass(vm, tuple->items[i], cls);
        asy_leave_c(vm);
    }
    asy_release(vm, bases);
    return answer;
}

static bool check_class(VM *vm, Value cls, const char *message)
{
    Value bases = abstract_bases(vm, cls);
    if (asy_is_err(bases)) return false;
    if (asy_is_nil(bases)) {
        asy_raise(vm, EXC_TypeError, "%s", message);
        return false;
    }
    asy_release(vm, bases);
    return true;
}

int asy_real_isinstance(VM *vm, Value v, Value cls)
{
    Type *type = asy_class_of(vm, v);
    if (is_type(cls)) {
        if (asy_type_is_subtype(type, asy_as(Type, cls))) return 1;
        // A proxy may say to be of another class.
        if (type->slots.getattr == asy_generic_getattr) {
            Type *owner;
            (void)asy_type_lookup_owner(vm, type, asy_name(vm, __class__), &owner);
            if (owner == vm->types.object) return 0;
        }
        Value claimed = asy_getattr_opt(vm, v, asy_name(vm, __class__));
        if (asy_is_err(claimed)) return -1;
        int answer = 0;
        if (is_type(claimed) && asy_as(Type, claimed) != type) {
            answer = asy_type_is_subtype(asy_as(Type, claimed), asy_as(Type, cls));
        }
        asy_release(vm, claimed);
        return answer;
    }
    if (!check_class(vm, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union")) return -1;
    Value claimed = asy_getattr_opt(vm, v, asy_name(vm, __class__));
    if (asy_is_err(claimed)) return -1;
    int answer = asy_is_nil(claimed) ? 0 : abstract_issubclass(vm, claimed, cls);
    asy_release(vm, claimed);
    return answer;
}

int asy_real_issubclass(VM *vm, Value sub, Value cls)
{
    if (is_type(sub) && is_type(cls)) return asy_type_is_subtype(asy_as(Type, sub), asy_as(Type, cls));
    if (!check_class(vm, sub, "issubclass() arg 1 must be a class")) return -1;
    if (!is_type(cls) && !check_class(vm, cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union")) {
        return -1;
    }
    return abstract_issubclass(vm, sub, cls);
}

// The hook of cls's class, called with v: 1, 0, -1, or -2: there is none.
static int call_hook(VM *vm, Value cls, StrObj *name, Value v, const char *where)
{
    Value hook = asy_special(vm, cls, name);
    if (asy_is_nil(hook)) return -2;
    if (asy_is_err(hook)) return -1;
    int answer = -1;
    if (asy_enter_c(vm, where)) {
        Value result = asy_call1(vm, hook, v);
        asy_leave_c(vm);
        if (!asy_is_err(result)) {
            answer = asy_truth(vm, result);
            asy_release(vm, result);
        }
    }
    asy_release(vm, hook);
    return answer;
}

int asy_isinstance(VM *vm, Value v, Value cls)
{
    if (is_type(cls) && asy_class_of(vm, v) == asy_as(Type, cls)) return 1;
    if (asy_is_obj(cls) && asy_as_obj(cls)->type == vm->types.type) return asy_real_isinstance(vm, v, cls);
    if (asy_is_tuple(vm, cls)) {
        if (!asy_enter_c(vm, " in __instancecheck__")) return -1;
        asy_retain(cls);
        int answer = 0;
        for (size_t i = 0; i < asy_as_tuple(cls)->size && answer == 0; i++) {
            answer = asy_isinstance(vm, v, asy_as_tuple(cls)->items[i]);
        }
        asy_release(vm, cls);
        asy_leave_c(vm);
        return answer;
    }
    int answer = call_hook(vm, cls, asy_name(vm, __instancecheck__), v, " in __instancecheck__");
    return answer == -2 ? asy_real_isinstance(vm, v, cls) : answer;
}

int asy_issubclass(VM *vm, Value sub, Value cls)
{
    if (asy_is_obj(cls) && asy_as_obj(cls)->type == vm->types.type) {
        return asy_same(sub, cls) ? 1 : asy_real_issubclass(vm, sub, cls);
    }
    if (asy_is_tuple(vm, cls)) {
        if (!asy_enter_c(vm, " in __subclasscheck__")) return -1;
        asy_retain(cls);
        int answer = 0;
        for (size_t i = 0; i < asy_as_tuple(cls)->size && answer == 0; i++) {
            answer = asy_issubclass(vm, sub, asy_as_tuple(cls)->items[i]);
        }
        asy_release(vm, cls);
        asy_leave_c(vm);
        return answer;
    }
    int answer = call_hook(vm, cls, asy_name(vm, __subclasscheck__), sub, " in __subclasscheck__");
    return answer == -2 ? asy_real_issubclass(vm, sub, cls) : answer;
}
