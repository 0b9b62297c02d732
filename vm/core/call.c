// Calls from C of anything callable.
//
// A receiver in front of the arguments travels in Args.self as far as it can (TYPE_METHOD_DESCR), so that
// calling a method makes neither a bound method nor a copy of the arguments.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

enum { CALL_LOCAL = 16 };       // arguments copied on the C stack; more go to the heap

static uint32_t keyword_count(Value kwnames)
{
    return asy_is_nil(kwnames) ? 0 : (uint32_t)asy_as_tuple(kwnames)->size;
}

ASY_COLD static Value raise_not_callable(VM *vm, Value callee)
{
    return asy_raise(vm, EXC_TypeError, "'%T' object is not callable", callee);
}

// The receiver becomes the first of the arguments.
static Value call_prepended(VM *vm, Value callee, Slot_CALL call, Value self, const Value *v, uint32_t n, Value kwnames)
{
    uint32_t total = n + keyword_count(kwnames);
    Value local[CALL_LOCAL];
    Value *all = local;
    if (total + 1 > CALL_LOCAL) {
        all = asy_mem_alloc(vm, (total + 1) * sizeof(Value));
        if (!all) return asy_raise_memory(vm);
    }
    all[0] = self;
    if (v) memcpy(all + 1, v, total * sizeof(Value));
    Value result = call(vm, callee, (Args){ .v = all, .n_word = n + 1, .kwnames = kwnames });
    if (all != local) asy_mem_free(vm, all, (total + 1) * sizeof(Value));
    return result;
}

Value asy_call_self(VM *vm, Value callee, Value self, const Value *v, uint32_t n, Value kwnames)
{
    Type *type = asy_class_of(vm, callee);
    Slot_CALL call = type->slots.call;
    if (ASY_UNLIKELY(!call)) return raise_not_callable(vm, callee);
    if (ASY_UNLIKELY((char *)__builtin_frame_address(0) < vm->thread->c_stack_limit) && !asy_check_c_stack(vm, "")) {
        return ASY_ERR;
    }
    if (asy_is_nil(self) || type->flags & TYPE_METHOD_DESCR) return call(vm, callee, (Args){ self, v, n, kwnames });
    return call_prepended(vm, callee, call, self, v, n, kwnames);
}

Value asy_call(VM *vm, Value callee, const Value *v, uint32_t n, Value kwnames)
{
    return asy_call_self(vm, callee, ASY_NIL, v, n, kwnames);
}

Value asy_call0(VM *vm, Value callee) { return asy_call_self(vm, callee, ASY_NIL, NULL, 0, ASY_NIL); }

Value asy_call1(VM *vm, Value callee, Value a) { return asy_call_self(vm, callee, ASY_NIL, &a, 1, ASY_NIL); }

Value asy_call2(VM *vm, Value callee, Value a, Value b)
{
    Value v[2] = { a, b };
    return asy_call_self(vm, callee, ASY_NIL, v, 2, ASY_NIL);
}

Value asy_call3(VM *vm, Value callee, Value a, Value b, Value c)
{
    Value v[3] = { a, b, c };
    return asy_call_self(vm, callee, ASY_NIL, v, 3, ASY_NIL);
}

// The dict's keys as a tuple of names, its values behind the positional arguments in `all`; all borrowed from the dict,
// which is the caller's own.
static Value spread_keywords(VM *vm, DictObj *kwargs, Value *values)
{
    TupleObj *names = asy_tuple_alloc(vm, kwargs->count);
    if (!names) return ASY_ERR;
    uint32_t pos = 0, i = 0;
    Value key, value;
    while (asy_dict_next(kwargs, &pos, &key, &value)) {
        if (!asy_is_str(vm, key)) {
            for (uint32_t k = i; k < kwargs->count; k++) names->items[k] = ASY_NONE;
            asy_release_obj(vm, names);
            return asy_raise(vm, EXC_TypeError, "keywords must be strings");
        }
        StrObj *name = asy_intern_str(vm, asy_as_str(key));
        if (!name) {
            for (uint32_t k = i; k < kwargs->count; k++) names->items[k] = ASY_NONE;
            asy_release_obj(vm, names);
            return ASY_ERR;
        }
        names->items[i] = asy_from_obj(name);
        values[i++] = value;
    }
    return asy_from_obj(names);
}

Value asy_call_tuple(VM *vm, Value callee, Value args, Value kwargs)
{
    TupleObj *positional = asy_as_tuple(args);
    if (asy_is_nil(kwargs) || asy_as_dict(kwargs)->count == 0) {
        if (positional->size > UINT32_MAX - 1) return asy_raise_memory(vm);
        return asy_call_self(vm, callee, ASY_NIL, positional->items, (uint32_t)positional->size, ASY_NIL);
    }
    DictObj *dict = asy_as_dict(kwargs);
    size_t total = positional->size + dict->count;
    Value local[CALL_LOCAL];
    Value *all = local;
    if (total > CALL_LOCAL) {
        all = total > UINT32_MAX - 1 ? NULL : asy_mem_alloc(vm, total * sizeof(Value));
        if (!all) return asy_raise_memory(vm);
    }
    if (positional->size) memcpy(all, positional->items, positional->size * sizeof(Value));
    Value result = ASY_ERR;
    Value names = spread_keywords(vm, dict, all + positional->size);
    if (!asy_is_err(names)) {
        // The callee may empty the dict through another reference.
        for (uint32_t i = 0; i < dict->count; i++) asy_retain(all[positional->size + i]);
        size_t count = asy_as_tuple(names)->size;
        result = asy_call_self(vm, callee, ASY_NIL, all, (uint32_t)positional->size, names);
        for (size_t i = 0; i < count; i++) asy_release(vm, all[positional->size + i]);
        asy_release(vm, names);
    }
    if (all != local) asy_mem_free(vm, all, total * sizeof(Value));
    return result;
}

Value asy_call_method(VM *vm, Value receiver, StrObj *name, const Value *v, uint32_t n)
{
    Value self;
    Value method = asy_load_method(vm, receiver, name, &self);
    if (asy_is_err(method)) return ASY_ERR;
    Value result = asy_call_self(vm, method, self, v, n, ASY_NIL);
    asy_release(vm, method);
    return result;
}

Value asy_call_method0(VM *vm, Value receiver, StrObj *name) { return asy_call_method(vm, receiver, name, NULL, 0); }

Value asy_call_method1(VM *vm, Value receiver, StrObj *name, Value a)
{
    return asy_call_method(vm, receiver, name, &a, 1);
}
