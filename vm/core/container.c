// Containers and iterators of any kind: subscripts, membership, length, iteration.
#include "vm/core/abstract.h"
#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static bool is_type(Value v) { return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE); }

// ---- subscripts ----

// cls[key] for a class whose metaclass has no __getitem__: __class_getitem__.
static Value class_getitem(VM *vm, Value cls, Value key)
{
    if (asy_same(cls, asy_from_obj(vm->types.type))) {
        return asy_call2(vm, asy_from_obj(vm->types.generic_alias), cls, key);
    }
    Value method = asy_getattr_opt(vm, cls, asy_name(vm, __class_getitem__));
    if (asy_is_err(method)) return ASY_ERR;
    if (asy_is_nil(method) || asy_is_none(method)) {
        asy_release(vm, method);
        return asy_raise(vm, EXC_TypeError, "type '%.200N' is not subscriptable", asy_as(Type, cls));
    }
    Value result = asy_call1(vm, method, key);
    asy_release(vm, method);
    return result;
}

Value asy_getitem(VM *vm, Value v, Value key)
{
    Slot_BINARY getitem = asy_class_of(vm, v)->slots.getitem;
    if (ASY_LIKELY(getitem != NULL)) return getitem(vm, v, key);
    if (is_type(v)) return class_getitem(vm, v, key);
    return asy_raise(vm, EXC_TypeError, "'%.200T' object is not subscriptable", v);
}

bool asy_setitem(VM *vm, Value v, Value key, Value value)
{
    Slot_SETITEM setitem = asy_class_of(vm, v)->slots.setitem;
    if (ASY_LIKELY(setitem != NULL)) return setitem(vm, v, key, value);
    const char *how = !asy_is_nil(value)                          ? "does not support item assignment"
                      : asy_class_of(vm, v)->slots.getitem ? "doesn't support item deletion"
                                                                  : "does not support item deletion";
    asy_raise(vm, EXC_TypeError, "'%.200T' object %s", v, how);
    return false;
}

int asy_contains(VM *vm, Value container, Value item)
{
    Slot_CONTAINS contains = asy_class_of(vm, container)->slots.contains;
    if (ASY_LIKELY(contains != NULL)) return contains(vm, container, item);
    Value iterator = asy_iter(vm, container);
    if (asy_is_err(iterator)) {
        if (asy_error_catch(vm, EXC_TypeError)) {
            asy_raise(vm, EXC_TypeError, "argument of type '%.200T' is not iterable", container);
        }
        return -1;
    }
    int found = 0;
    while (found == 0) {
        Value next = asy_next(vm, iterator);
        if (asy_is_done(next)) break;
        found = asy_is_err(next) ? -1 : asy_equal(vm, next, item);
        if (!asy_is_err(next)) asy_release(vm, next);
    }
    asy_release(vm, iterator);
    return found;
}

// ---- length ----

int64_t asy_length(VM *vm, Value v)
{
    Slot_LENGTH length = asy_class_of(vm, v)->slots.length;
    if (ASY_LIKELY(length != NULL)) return length(vm, v);
    asy_raise(vm, EXC_TypeError, "object of type '%.200T' has no len()", v);
    return -1;
}

int64_t asy_length_hint(VM *vm, Value v, int64_t fallback)
{
    if (asy_class_of(vm, v)->slots.length) {
        int64_t length = asy_length(vm, v);
        if (length >= 0) return length;
        if (!asy_error_catch(vm, EXC_TypeError)) return -1;
    }
    Value hint = asy_special(vm, v, asy_name(vm, __length_hint__));
    if (asy_is_nil(hint)) return fallback;
    if (asy_is_err(hint)) return -1;
    Value result = asy_call0(vm, hint);
    asy_release(vm, hint);
    if (asy_is_err(result)) return asy_error_catch(vm, EXC_TypeError) ? fallback : -1;
    if (asy_is_notimplemented(result)) return fallback;
    int64_t length = -1;
    if (!asy_is_integer(vm, result)) {
        asy_raise(vm, EXC_TypeError, "__length_hint__ must be an integer, not %.100T", result);
    } else if (!asy_int_as_i64(vm, result, &length)) {
        length = -1;
        asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C ssize_t");
    } else if (length < 0) {
        asy_raise(vm, EXC_ValueError, "__length_hint__() should return >= 0");
        length = -1;
    }
    asy_release(vm, result);
    return length;
}

// ---- iteration ----

Value asy_iter(VM *vm, Value v)
{
    const Type *type = asy_class_of(vm, v);
    if (ASY_UNLIKELY(!type->slots.iter)) {
        if (type->slots.getitem && !(type->flags & TYPE_DICT)) return asy_seq_iter_new(vm, v);
        return asy_raise(vm, EXC_TypeError, "'%.200T' object is not iterable", v);
    }
    Value iterator = type->slots.iter(vm, v);
    if (asy_is_err(iterator) || ASY_LIKELY(asy_class_of(vm, iterator)->slots.next != NULL)) return iterator;
    asy_raise(vm, EXC_TypeError, "iter() returned non-iterator of type '%.100T'", iterator);
    asy_release(vm, iterator);
    return ASY_ERR;
}

Value asy_next(VM *vm, Value iterator)
{
    Slot_UNARY next = asy_class_of(vm, iterator)->slots.next;
    if (ASY_UNLIKELY(!next)) return asy_raise(vm, EXC_TypeError, "'%.200T' object is not an iterator", iterator);
    // Iterators over iterators over iterators ask each other for the next item through here.
    if (ASY_UNLIKELY((char *)__builtin_frame_address(0) < vm->thread->c_stack_limit) && !asy_check_c_stack(vm, "")) return ASY_ERR;
    Value value = next(vm, iterator);
    if (ASY_UNLIKELY(asy_is_err(value)) && asy_error_catch(vm, EXC_StopIteration)) return ASY_DONE;
    return value;
}

Value asy_next_result(VM *vm, Value iterator, Value *result)
{
    *result = ASY_NONE;
    const Type *type = asy_class_of(vm, iterator);
    if (!type->slots.next) return asy_raise(vm, EXC_TypeError, "'%.200T' object is not an iterator", iterator);
    // The trampoline would swallow the exception that has the value.
    Value value = asy_slot_next_is_script(type) ? asy_call_method0(vm, iterator, asy_name(vm, __next__))
                                                : type->slots.next(vm, iterator);
    if (!asy_is_err(value) || vm->limit_hit || !asy_error_is(vm, EXC_StopIteration)) return value;
    Value exc = asy_error_fetch(vm);
    *result = asy_exc_stop_value(vm, exc);
    asy_release(vm, exc);
    return ASY_DONE;
}

ListObj *asy_to_list(VM *vm, Value iterable)
{
    ListObj *list = asy_list_new(vm, 0);
    if (list && !asy_list_extend(vm, list, iterable)) {
        asy_release_obj(vm, list);
        return NULL;
    }
    return list;
}

TupleObj *asy_to_tuple(VM *vm, Value iterable)
{
    if (asy_is_obj(iterable)) {
        if (asy_as_obj(iterable)->type == vm->types.tuple) return asy_retain_obj(asy_as_tuple(iterable));
        if (asy_as_obj(iterable)->type == vm->types.list) return asy_list_to_tuple(vm, asy_as_list(iterable));
    }
    ListObj *list = asy_to_list(vm, iterable);
    if (!list) return NULL;
    TupleObj *tuple = asy_list_to_tuple(vm, list);
    asy_release_obj(vm, list);
    return tuple;
}
