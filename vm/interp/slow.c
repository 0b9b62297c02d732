// Slow paths of instructions; see slow.h.
#include "vm/interp/slow.h"

#include "vm/core/native.h"
#include "vm/interp/import.h"
#include "vm/interp/interp.h"
#include "vm/memory/cycles.h"
#include "vm/memory/finalize.h"
#include "vm/objects/async_generator.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/function.h"
#include "vm/objects/list.h"
#include "vm/objects/set.h"
#include "vm/objects/slice.h"
#include "vm/objects/str.h"

Value asy_slow_binary(VM *vm, BinaryOp op, bool inplace, Value a, Value b)
{
    return inplace ? asy_inplace(vm, op, a, b) : asy_binary(vm, op, a, b);
}

Value asy_slow_load_global(VM *vm, Frame *f, StrObj *name)
{
    FunctionObj *fn = f->func;
    Value v = asy_dict_get_str(vm, fn->globals, name);
    if (asy_is_nil(v)) {
        if (asy_error_pending(vm)) return ASY_ERR;
        v = asy_dict_get_str(vm, fn->builtins, name);
        if (asy_is_nil(v)) return asy_error_pending(vm) ? ASY_ERR : asy_raise_name(vm, name);
    }
    return asy_retain(v);
}

// A namespace is a dict, or (class bodies with __prepare__, exec) any mapping. NIL: absent.
static Value namespace_get(VM *vm, Value ns, StrObj *name)
{
    if (asy_is_dict(vm, ns) && asy_as_obj(ns)->type == vm->types.dict) {
        Value v = asy_dict_get_str(vm, asy_as_dict(ns), name);
        if (asy_is_nil(v)) return asy_error_pending(vm) ? ASY_ERR : ASY_NIL;
        return asy_retain(v);
    }
    Value v = asy_getitem(vm, ns, asy_from_obj(name));
    if (asy_is_err(v)) return asy_error_catch(vm, EXC_KeyError) ? ASY_NIL : ASY_ERR;
    return v;
}

Value asy_slow_load_name(VM *vm, Frame *f, Value ns, StrObj *name)
{
    Value v = namespace_get(vm, ns, name);
    if (!asy_is_nil(v)) return v;
    return asy_slow_load_global(vm, f, name);
}

bool asy_slow_store_name(VM *vm, Value ns, StrObj *name, Value value)
{
    if (asy_is_obj(ns) && asy_as_obj(ns)->type == vm->types.dict) {
        return asy_dict_set_str(vm, asy_as_dict(ns), name, value);
    }
    return asy_setitem(vm, ns, asy_from_obj(name), value);
}

bool asy_slow_delete_name(VM *vm, Value ns, StrObj *name)
{
    if (asy_is_obj(ns) && asy_as_obj(ns)->type == vm->types.dict) {
        int gone = asy_dict_delete_str(vm, asy_as_dict(ns), name);
        if (gone == 0) asy_raise_name(vm, name);
        return gone > 0;
    }
    if (asy_setitem(vm, ns, asy_from_obj(name), ASY_NIL)) return true;
    if (asy_error_catch(vm, EXC_KeyError)) asy_raise_name(vm, name);
    return false;
}

Value asy_slow_name_or_cell(VM *vm, Value ns, StrObj *name, CellObj *cell)
{
    Value v = namespace_get(vm, ns, name);
    if (!asy_is_nil(v)) return v;
    if (asy_is_unbound(cell->value)) return asy_slow_unbound_free(vm, name);
    return asy_retain(cell->value);
}

Value asy_slow_unbound_local(VM *vm, StrObj *name)
{
    asy_raise(vm, EXC_UnboundLocalError, "cannot access local variable '%U' where it is not associated with a value", name);
    return ASY_ERR;
}

Value asy_slow_unbound_free(VM *vm, StrObj *name)
{
    return asy_raise(vm, EXC_NameError,
                     "cannot access free variable '%U' where it is not associated with a value in enclosing scope", name);
}

// The items of a list or tuple that has enough of them, without an iterator; 0: it is neither, or has not.
static int unpack_sequence(VM *vm, Value seq, uint32_t before, int after, Value *out)
{
    const Type *type = asy_is_obj(seq) ? asy_as_obj(seq)->type : NULL;
    const Value *items;
    size_t size;
    if (type == vm->types.list) items = asy_as_list(seq)->items, size = asy_as_list(seq)->size;
    else if (type == vm->types.tuple) items = asy_as_tuple(seq)->items, size = asy_as_tuple(seq)->size;
    else return 0;
    if (after < 0 ? size != before : size < (size_t)before + (size_t)after) return 0;
    uint32_t behind = after < 0 ? 0 : (uint32_t)after, n = before + (after < 0 ? 0 : 1 + behind);
    if (after >= 0) {
        ListObj *rest = asy_list_from(vm, items + before, size - before - behind);
        if (!rest) return -1;
        out[behind] = asy_from_obj(rest);
    }
    for (uint32_t i = 0; i < before; i++) out[n - 1 - i] = asy_retain(items[i]);
    for (uint32_t i = 0; i < behind; i++) out[behind - 1 - i] = asy_retain(items[size - behind + i]);
    return 1;
}

bool asy_slow_unpack(VM *vm, Value seq, uint32_t before, int after, Value *out)
{
    int direct = unpack_sequence(vm, seq, before, after, out);
    if (direct) return direct > 0;
    uint32_t n = before + (after < 0 ? 0 : 1 + (uint32_t)after);
    Value it = asy_iter(vm, seq);
    if (asy_is_err(it)) {
        Type *t = asy_type_of(vm, seq);
        if (asy_error_is(vm, EXC_TypeError) && !t->slots.iter && !t->slots.getitem) {
            asy_error_clear(vm);
            asy_raise(vm, EXC_TypeError, "cannot unpack non-iterable %T object", seq);
        }
        return false;
    }
    uint32_t got = 0;
    for (; got < before; got++) {
        Value v = asy_next(vm, it);
        if (asy_is_err(v)) goto failed;
        if (asy_is_done(v)) {
            if (after < 0) asy_raise(vm, EXC_ValueError, "not enough values to unpack (expected %u, got %u)", before, got);
            else {
                asy_raise(vm, EXC_ValueError, "not enough values to unpack (expected at least %u, got %u)",
                          before + (uint32_t)after, got);
            }
            goto failed;
        }
        out[n - 1 - got] = v;
    }
    if (after < 0) {
        Value more = asy_next(vm, it);
        if (asy_is_err(more)) goto failed;
        if (!asy_is_done(more)) {
            asy_release(vm, more);
            asy_raise(vm, EXC_ValueError, "too many values to unpack (expected %u)", before);
            goto failed;
        }
        asy_release(vm, it);
        return true;
    }
    ListObj *rest = asy_to_list(vm, it);
    if (!rest) goto failed;
    if (rest->size < (size_t)after) {
        asy_raise(vm, EXC_ValueError, "not enough values to unpack (expected at least %u, got %zu)",
                  before + (uint32_t)after, (size_t)before + rest->size);
        asy_release_obj(vm, rest);
        goto failed;
    }
    size_t split = rest->size - (size_t)after;
    for (uint32_t i = 0; i < (uint32_t)after; i++) out[(uint32_t)after - 1 - i] = rest->items[split + i];
    rest->size = split;
    out[n - 1 - before] = asy_from_obj(rest);
    asy_release(vm, it);
    return true;
failed:
    while (got > 0) {
        got--;
        asy_release(vm, out[n - 1 - got]);
    }
    asy_release(vm, it);
    return false;
}

Value asy_slow_format(VM *vm, Value v, Value spec, unsigned conversion)
{
    Value converted = conversion == X_CONV_STR    ? asy_str(vm, v)
                      : conversion == X_CONV_REPR ? asy_repr(vm, v)
                      : conversion == X_CONV_ASCII ? asy_ascii(vm, v)
                                                   : asy_retain(v);
    if (asy_is_err(converted)) return ASY_ERR;
    bool plain = asy_is_nil(spec) || asy_as_str(spec)->size == 0;
    if (plain && asy_is_obj(converted) && asy_as_obj(converted)->type == vm->types.str) return converted;
    StrObj *text = asy_is_nil(spec) ? asy_name(vm, empty) : asy_as_str(spec);
    Value result = asy_format_value(vm, converted, text);
    asy_release(vm, converted);
    return result;
}

Value asy_slow_make_function(VM *vm, Frame *f, CodeObj *code, const Value *window, unsigned x)
{
    Value fv = asy_function_new(vm, code, f->func->globals, asy_from_obj(code->qualname));
    if (asy_is_err(fv)) return ASY_ERR;
    FunctionObj *fn = asy_as(FunctionObj, fv);
    if (fn->builtins != f->func->builtins) {
        DictObj *old = fn->builtins;
        fn->builtins = asy_retain_obj(f->func->builtins);
        asy_release_obj(vm, old);
    }
    if (x & X_DEFAULTS) fn->defaults = asy_retain(*window++);
    if (x & X_KWDEFAULTS) fn->kwdefaults = asy_retain(*window++);
    if (x & X_ANNOTATIONS) fn->annotations = asy_retain(*window++);
    if (x & X_CLOSURE) {
        TupleObj *t = asy_as_tuple(*window);
        fn->closure = asy_retain_obj(t);
    }
    return fv;
}

Value asy_slow_super_attr(VM *vm, const Value *window, StrObj *name, bool method, Value *self)
{
    Value made = asy_call2(vm, window[0], window[1], window[2]);
    if (asy_is_err(made)) return ASY_ERR;
    Value v = asy_getattr(vm, made, name);
    asy_release(vm, made);
    *self = ASY_NIL;
    (void)method;
    return v;
}

Value asy_slow_star_args(VM *vm, Value iterable, Value callee)
{
    if (asy_is_obj(iterable) && asy_as_obj(iterable)->type == vm->types.tuple) return asy_retain(iterable);
    ListObj *list = asy_list_new(vm, 0);
    TupleObj *args = NULL;
    if (list && asy_slow_list_extend(vm, list, iterable, callee)) args = asy_list_to_tuple(vm, list);
    asy_release_obj(vm, list);
    return args ? asy_from_obj(args) : ASY_ERR;
}

bool asy_slow_dict_update(VM *vm, DictObj *d, Value mapping)
{
    if (!asy_is_dict(vm, mapping)) {
        Value keys = asy_getattr_opt(vm, mapping, asy_name(vm, keys));
        if (asy_is_err(keys)) return false;
        if (asy_is_nil(keys)) {
            asy_raise(vm, EXC_TypeError, "'%T' object is not a mapping", mapping);
            return false;
        }
        asy_release(vm, keys);
    }
    return asy_dict_merge(vm, d, mapping, true);
}

// "module.f()" for messages about a callee; NULL: an exception is set.
static StrObj *callee_name(VM *vm, Value callee)
{
    Value name = asy_getattr_opt(vm, callee, asy_name(vm, __qualname__));
    if (asy_is_err(name)) return NULL;
    if (asy_is_nil(name)) return asy_format(vm, "%S", callee);
    Value module = asy_getattr_opt(vm, callee, asy_name(vm, __module__));
    StrObj *s = NULL;
    if (!asy_is_err(module)) {
        bool plain = !asy_is_str(vm, module) || asy_str_equal(asy_as(StrObj, module), asy_name(vm, builtins));
        s = plain ? asy_format(vm, "%S()", name) : asy_format(vm, "%S.%S()", module, name);
        asy_release(vm, module);
    }
    asy_release(vm, name);
    return s;
}

bool asy_slow_list_extend(VM *vm, ListObj *list, Value iterable, Value callee)
{
    if (asy_list_extend(vm, list, iterable)) return true;
    Type *t = asy_type_of(vm, iterable);
    if (asy_error_is(vm, EXC_TypeError) && !t->slots.iter && !t->slots.getitem) {
        asy_error_clear(vm);
        StrObj *name = asy_is_nil(callee) ? NULL : callee_name(vm, callee);
        if (name) asy_raise(vm, EXC_TypeError, "%U argument after * must be an iterable, not %T", name, iterable);
        else if (asy_is_nil(callee)) asy_raise(vm, EXC_TypeError, "Value after * must be an iterable, not %T", iterable);
        asy_release_obj(vm, name);
    }
    return false;
}

bool asy_slow_dict_merge(VM *vm, DictObj *d, Value mapping, Value callee)
{
    Value keys_method = ASY_NIL;
    if (!asy_is_dict(vm, mapping)) {
        keys_method = asy_getattr_opt(vm, mapping, asy_name(vm, keys));
        if (asy_is_err(keys_method)) return false;
        if (asy_is_nil(keys_method)) {
            StrObj *name = callee_name(vm, callee);
            if (!name) return false;
            asy_raise(vm, EXC_TypeError, "%U argument after ** must be a mapping, not %T", name, mapping);
            asy_release_obj(vm, name);
            return false;
        }
        asy_release(vm, keys_method);
    }
    DictObj *more = asy_dict_new(vm);
    if (!more || !asy_dict_merge(vm, more, mapping, true)) {
        asy_release_obj(vm, more);
        return false;
    }
    bool ok = true;
    uint32_t pos = 0;
    Value key, value;
    while (ok && asy_dict_next(more, &pos, &key, &value)) {
        Value there;
        ok = asy_dict_get(vm, d, key, &there);
        if (ok && !asy_is_nil(there)) {
            StrObj *name = callee_name(vm, callee);
            if (name) {
                if (asy_is_str(vm, key)) {
                    asy_raise(vm, EXC_TypeError, "%U got multiple values for keyword argument '%S'", name, key);
                } else {
                    asy_raise(vm, EXC_TypeError, "%U keywords must be strings", name);
                }
                asy_release_obj(vm, name);
            }
            ok = false;
        }
        ok = ok && asy_dict_set(vm, d, key, value);
    }
    asy_release_obj(vm, more);
    return ok;
}

bool asy_slow_with(VM *vm, Value manager, bool is_async, Value *exit, Value *entered)
{
    StrObj *enter_name = is_async ? asy_name(vm, __aenter__) : asy_name(vm, __enter__);
    StrObj *exit_name = is_async ? asy_name(vm, __aexit__) : asy_name(vm, __exit__);
    const char *protocol = is_async ? "asynchronous context manager" : "context manager";
    // A plain method is called at once: no bound method is made of it.
    Value self = ASY_NIL, enter = asy_type_lookup(vm, asy_type_of(vm, manager), enter_name);
    if (asy_is_obj(enter) && asy_type_of(vm, enter)->flags & TYPE_METHOD_DESCR) {
        self = manager;
        asy_retain(enter);
    } else {
        enter = asy_special(vm, manager, enter_name);
        if (asy_is_err(enter)) return false;
    }
    if (asy_is_nil(enter)) {
        asy_raise(vm, EXC_TypeError, "'%T' object does not support the %s protocol", manager, protocol);
        return false;
    }
    *exit = asy_special(vm, manager, exit_name);
    if (asy_is_err(*exit) || asy_is_nil(*exit)) {
        if (asy_is_nil(*exit)) {
            asy_raise(vm, EXC_TypeError, "'%T' object does not support the %s protocol (missed %U method)", manager,
                      protocol, exit_name);
        }
        asy_release(vm, enter);
        return false;
    }
    *entered = asy_call_self(vm, enter, self, NULL, 0, ASY_NIL);
    asy_release(vm, enter);
    if (!asy_is_err(*entered)) return true;
    asy_release(vm, *exit);
    return false;
}

Value asy_slow_yield_from(VM *vm, Frame *f, Value v)
{
    if (asy_is_obj(v)) {
        Type *t = asy_as_obj(v)->type;
        if (t == vm->types.coroutine) {
            if (!(f->func->code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE))) {
                return asy_raise(vm, EXC_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
            }
            return asy_retain(v);
        }
        if (t == vm->types.generator) return asy_retain(v);
    }
    return asy_iter(vm, v);
}

Value asy_slow_awaitable(VM *vm, Value v, unsigned where)
{
    Type *t = asy_type_of(vm, v);
    if (where && !t->slots.await && t != vm->types.coroutine &&
        !(t == vm->types.generator && asy_as_frame(v)->head.flags & FRAME_ITERABLE)) {
        if (where == 1 || where == 2) {
            return asy_raise(vm, EXC_TypeError,
                             "'async with' received an object from %s that does not implement __await__: %T",
                             where == 1 ? "__aenter__" : "__aexit__", v);
        }
        return asy_raise(vm, EXC_TypeError, "'async for' received an invalid object from __anext__: %T", v);
    }
    return asy_get_awaitable(vm, v);
}

Value asy_slow_aiter(VM *vm, Value v)
{
    Type *t = asy_type_of(vm, v);
    if (!t->slots.aiter) {
        return asy_raise(vm, EXC_TypeError, "'async for' requires an object with __aiter__ method, got %T", v);
    }
    Value it = t->slots.aiter(vm, v);
    if (asy_is_err(it)) return ASY_ERR;
    if (!asy_type_of(vm, it)->slots.anext) {
        asy_raise(vm, EXC_TypeError,
                  "'async for' received an object from __aiter__ that does not implement __anext__: %T", it);
        asy_release(vm, it);
        return ASY_ERR;
    }
    return it;
}

Value asy_slow_anext(VM *vm, Value iterator)
{
    Type *t = asy_type_of(vm, iterator);
    if (t == vm->types.async_generator) return asy_asend_new(vm, asy_as_frame(iterator), ASY_NIL);
    if (!t->slots.anext) {
        return asy_raise(vm, EXC_TypeError, "'async for' requires an iterator with __anext__ method, got %T", iterator);
    }
    Value next = t->slots.anext(vm, iterator);
    if (asy_is_err(next)) return ASY_ERR;
    Value awaitable = asy_slow_awaitable(vm, next, 3);
    asy_release(vm, next);
    return awaitable;
}

Value asy_handled(VM *vm)
{
    for (const Handled *h = vm->thread->handled; h; h = h->up) {
        if (!asy_is_nil(h->exc)) return h->exc;
    }
    return ASY_NIL;
}

// The instance `raise v` raises: v itself, or the class called. New reference.
static Value exception_of(VM *vm, Value v, const char *message)
{
    if (asy_is_exception(vm, v)) return asy_retain(v);
    if (asy_is_obj(v) && asy_as_obj(v)->type->flags & TYPE_TYPE && asy_as(Type, v)->flags & TYPE_EXCEPTION) {
        Value made = asy_call0(vm, v);
        if (asy_is_err(made) || asy_is_exception(vm, made)) return made;
        asy_raise(vm, EXC_TypeError, "calling %R should have returned an instance of BaseException, not %R", v,
                  asy_from_obj(asy_type_of(vm, made)));
        asy_release(vm, made);
        return ASY_ERR;
    }
    return asy_raise(vm, EXC_TypeError, "%s", message);
}

bool asy_slow_raise(VM *vm, Value v, Value cause, unsigned form)
{
    if (form == 0) {
        Value handled = asy_handled(vm);
        if (asy_is_nil(handled)) {
            asy_raise(vm, EXC_RuntimeError, "No active exception to reraise");
            return false;
        }
        asy_error_restore(vm, asy_retain(handled));
        return true;
    }
    Value exc = exception_of(vm, v, "exceptions must derive from BaseException");
    if (asy_is_err(exc)) return false;
    if (form == 2) {
        Value c = asy_is_none(cause) ? ASY_NONE
                                     : exception_of(vm, cause, "exception causes must derive from BaseException");
        if (asy_is_err(c)) {
            asy_release(vm, exc);
            return false;
        }
        Exc *e = asy_as_exc(exc);
        e->suppress_context = true;
        asy_set(vm, &e->cause, asy_is_none(c) ? ASY_NIL : c);
    }
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return false;
}

static Value call_module(VM *vm, const char *module, const char *name, const Value *v, uint32_t n)
{
    Value f = asy_import_attr(vm, module, name);
    if (asy_is_err(f)) return ASY_ERR;
    Value r = asy_call(vm, f, v, n, ASY_NIL);
    asy_release(vm, f);
    return r;
}

Value asy_slow_intrinsic(VM *vm, Frame *f, unsigned which, const Value *w)
{
    (void)f;
    switch ((Intrinsic)which) {
    case INTRINSIC_PRINT_EXPR: {
        Value hook = asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, displayhook));
        if (asy_is_nil(hook)) return asy_raise(vm, EXC_RuntimeError, "lost sys.displayhook");
        asy_retain(hook);
        Value r = asy_call1(vm, hook, w[0]);
        asy_release(vm, hook);
        asy_release(vm, r);
        return asy_is_err(r) ? ASY_ERR : ASY_NONE;
    }
    case INTRINSIC_TYPEVAR: return call_module(vm, "_typing", "_make_typevar", w, 1);
    case INTRINSIC_TYPEVAR_BOUND: return call_module(vm, "_typing", "_make_typevar_bound", w, 2);
    case INTRINSIC_TYPEVAR_CONSTRAINTS: return call_module(vm, "_typing", "_make_typevar_constraints", w, 2);
    case INTRINSIC_PARAMSPEC: return call_module(vm, "_typing", "_make_paramspec", w, 1);
    case INTRINSIC_TYPEVARTUPLE: return call_module(vm, "_typing", "_make_typevartuple", w, 1);
    case INTRINSIC_TYPEALIAS: return call_module(vm, "_typing", "_make_typealias", w, 3);
    case INTRINSIC_GENERIC_BASE: return call_module(vm, "_typing", "_make_generic_base", w, 1);
    case INTRINSIC_SET_TYPE_PARAMS: {
        FunctionObj *fn = asy_as(FunctionObj, w[0]);
        asy_set(vm, &fn->type_params, asy_retain(w[1]));
        return asy_retain(w[0]);
    }
    case INTRINSIC__COUNT: break;
    }
    return asy_raise(vm, EXC_SystemError, "unknown intrinsic");
}

Value asy_slow_match_keys(VM *vm, Value subject, Value keys)
{
    TupleObj *k = asy_as_tuple(keys);
    TupleObj *values = asy_tuple_alloc(vm, k->size);
    SetObj *seen = asy_set_new(vm, vm->types.set);
    Value get = ASY_NIL, result = ASY_ERR;
    Value missing = ASY_NIL;
    if (!values || !seen) goto done;
    get = asy_getattr(vm, subject, asy_name(vm, get));
    if (asy_is_err(get)) goto done;
    missing = asy_call0(vm, asy_from_obj(vm->types.object));
    if (asy_is_err(missing)) goto done;
    for (size_t i = 0; i < k->size; i++) {
        int dup = asy_set_contains(vm, seen, k->items[i]);
        if (dup < 0) goto done;
        if (dup) {
            asy_raise(vm, EXC_ValueError, "mapping pattern checks duplicate key (%R)", k->items[i]);
            goto done;
        }
        if (!asy_set_add(vm, seen, k->items[i])) goto done;
        Value v = asy_call2(vm, get, k->items[i], missing);
        if (asy_is_err(v)) goto done;
        if (v.bits == missing.bits) {
            asy_release(vm, v);
            result = ASY_NONE;
            goto done;
        }
        values->items[i] = v;
    }
    result = asy_from_obj(asy_retain_obj(values));
done:
    asy_release_obj(vm, values);
    asy_release_obj(vm, seen);
    asy_release(vm, get);
    asy_release(vm, missing);
    return result;
}

// One attribute of a class pattern, checked against those already matched.
static bool match_attr(VM *vm, Value subject, Type *cls, Value name, SetObj *seen, Value *out)
{
    *out = ASY_NIL;
    int dup = asy_set_contains(vm, seen, name);
    if (dup < 0) return false;
    if (dup) {
        asy_raise(vm, EXC_TypeError, "%N() got multiple sub-patterns for attribute %R", cls, name);
        return false;
    }
    if (!asy_set_add(vm, seen, name)) return false;
    StrObj *interned = asy_intern_str(vm, asy_as_str(name));
    if (!interned) return false;
    *out = asy_getattr_opt(vm, subject, interned);
    asy_release_obj(vm, interned);
    return !asy_is_err(*out);
}

Value asy_slow_match_class(VM *vm, Value subject, Value cv, uint32_t npos, Value names)
{
    if (!asy_is_obj(cv) || !(asy_as_obj(cv)->type->flags & TYPE_TYPE)) {
        return asy_raise(vm, EXC_TypeError, "called match pattern must be a class");
    }
    Type *cls = asy_as(Type, cv);
    int is = asy_isinstance(vm, subject, cv);
    if (is <= 0) return is < 0 ? ASY_ERR : ASY_NONE;
    TupleObj *kw = asy_as_tuple(names);
    SetObj *seen = asy_set_new(vm, vm->types.set);
    TupleObj *values = asy_tuple_alloc(vm, npos + kw->size);
    Value match_args = ASY_NIL, result = ASY_ERR;
    if (!seen || !values) goto done;
    if (npos) {
        match_args = asy_getattr_opt(vm, cv, asy_name(vm, __match_args__));
        if (asy_is_err(match_args)) goto done;
        size_t allowed = 0;
        bool self = false;
        if (!asy_is_nil(match_args)) {
            if (!asy_is_tuple(vm, match_args) || asy_as_obj(match_args)->type != vm->types.tuple) {
                asy_raise(vm, EXC_TypeError, "%N.__match_args__ must be a tuple (got %T)", cls, match_args);
                goto done;
            }
            allowed = asy_as_tuple(match_args)->size;
        } else if (cls->flags & (TYPE_MATCH_SELF | TYPE_INT | TYPE_STR | TYPE_BYTES | TYPE_LIST | TYPE_TUPLE | TYPE_DICT |
                                 TYPE_FLOAT | TYPE_SET)) {
            self = true;
            allowed = 1;
        }
        if (npos > allowed) {
            asy_raise(vm, EXC_TypeError, "%N() accepts %zu positional sub-pattern%s (%u given)", cls, allowed,
                      allowed == 1 ? "" : "s", npos);
            goto done;
        }
        for (uint32_t i = 0; i < npos; i++) {
            if (self) {
                values->items[i] = asy_retain(subject);
                continue;
            }
            Value name = asy_as_tuple(match_args)->items[i];
            if (!asy_is_str(vm, name)) {
                asy_raise(vm, EXC_TypeError, "__match_args__ elements must be strings (got %T)", name);
                goto done;
            }
            Value v;
            if (!match_attr(vm, subject, cls, name, seen, &v)) goto done;
            if (asy_is_nil(v)) {
                result = ASY_NONE;
                goto done;
            }
            values->items[i] = v;
        }
    }
    for (size_t i = 0; i < kw->size; i++) {
        Value v;
        if (!match_attr(vm, subject, cls, kw->items[i], seen, &v)) goto done;
        if (asy_is_nil(v)) {
            result = ASY_NONE;
            goto done;
        }
        values->items[npos + i] = v;
    }
    result = asy_from_obj(asy_retain_obj(values));
done:
    asy_release(vm, match_args);
    asy_release_obj(vm, seen);
    asy_release_obj(vm, values);
    return result;
}

bool asy_slow_setup_annotations(VM *vm, Value ns)
{
    StrObj *name = asy_name(vm, __annotations__);
    Value there = namespace_get(vm, ns, name);
    if (asy_is_err(there)) return false;
    if (!asy_is_nil(there)) {
        asy_release(vm, there);
        return true;
    }
    DictObj *d = asy_dict_new(vm);
    bool ok = d && asy_slow_store_name(vm, ns, name, asy_from_obj(d));
    asy_release_obj(vm, d);
    return ok;
}

Value asy_slow_build_string(VM *vm, const Value *v, uint32_t n)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (uint32_t i = 0; i < n; i++) {
        if (!asy_builder_str(&b, asy_as_str(v[i]))) {
            asy_builder_free(&b);
            return ASY_ERR;
        }
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

Value asy_slow_set_from(VM *vm, const Value *v, uint32_t n)
{
    SetObj *s = asy_set_new(vm, vm->types.set);
    if (!s) return ASY_ERR;
    for (uint32_t i = 0; i < n; i++) {
        if (!asy_set_add(vm, s, v[i])) {
            asy_release_obj(vm, s);
            return ASY_ERR;
        }
    }
    return asy_from_obj(s);
}

Value asy_slow_dict_from(VM *vm, const Value *v, uint32_t n)
{
    DictObj *d = n ? asy_dict_with_capacity(vm, n) : asy_dict_new(vm);
    if (!d) return ASY_ERR;
    for (uint32_t i = 0; i < n; i++) {
        if (!asy_dict_set(vm, d, v[2 * i], v[2 * i + 1])) {
            asy_release_obj(vm, d);
            return ASY_ERR;
        }
    }
    return asy_from_obj(d);
}

// With a limit on instructions or time every instruction comes by here. Reaching it ends the run without handlers.
static bool within_limits(VM *vm)
{
    const Limits *l = &vm->limits;
    vm->dispatch = vm->dispatch_trapping;
    vm->instructions++;
    bool over = l->instructions && vm->instructions > l->instructions;
    if (!over && l->deadline_ns && vm->instructions % 1024 == 0) {
        over = vm->scheduler.monotonic_ns(vm->scheduler.ud) > l->deadline_ns;
    }
    if (ASY_LIKELY(!over) || vm->limit_hit) return true;
    vm->limit_hit = true;
    asy_raise(vm, EXC_RuntimeError, "the host's limit on %s is reached",
              l->instructions && vm->instructions > l->instructions ? "instructions" : "time");
    return false;
}

bool asy_slow_pending(VM *vm)
{
    vm->dispatch = vm->dispatch_normal;
    if (ASY_UNLIKELY(vm->limits.instructions || vm->limits.deadline_ns) && !within_limits(vm)) return false;
    if (vm->pending & PENDING_FINALIZE) asy_finalize_drain(vm);
    if (vm->pending & PENDING_COLLECT) {
        asy_cycles_step(vm);
        if (vm->pending & PENDING_FINALIZE) asy_finalize_drain(vm);
    }
    Thread *th = vm->thread;
    if (!asy_is_nil(th->async_exc)) {
        Value exc = th->async_exc;
        th->async_exc = ASY_NIL;
        asy_raise_object(vm, exc);
        asy_release(vm, exc);
        return false;
    }
    uint32_t others = vm->pending & (PENDING_SIGNAL | PENDING_SWITCH | PENDING_ASYNC | PENDING_LIMIT);
    return !others || !vm->on_pending || vm->on_pending(vm, others);
}

// Numbers for the common sequences, without a slice object between.
static bool plain_bounds(Value start, Value stop, size_t length, int64_t *from, int64_t *to)
{
    if (!(asy_is_none(start) || asy_is_int(start)) || !(asy_is_none(stop) || asy_is_int(stop))) return false;
    *from = asy_is_none(start) ? 0 : asy_as_small(start);
    *to = asy_is_none(stop) ? (int64_t)length : asy_as_small(stop);
    asy_slice_clip(from, to, length);
    if (*from > *to) *from = *to;
    return true;
}

Value asy_slow_load_slice(VM *vm, Value object, Value start, Value stop)
{
    const Type *type = asy_is_obj(object) ? asy_as_obj(object)->type : NULL;
    int64_t from, to;
    if (type == vm->types.list && plain_bounds(start, stop, asy_as_list(object)->size, &from, &to)) {
        ListObj *l = asy_list_from(vm, asy_as_list(object)->items + from, (size_t)(to - from));
        return l ? asy_from_obj(l) : ASY_ERR;
    }
    if (type == vm->types.str && plain_bounds(start, stop, asy_str_length(vm, asy_as_str(object)), &from, &to)) {
        StrObj *s = asy_str_slice(vm, asy_as_str(object), (size_t)from, (size_t)to);
        return s ? asy_from_obj(s) : ASY_ERR;
    }
    Value slice = asy_slice_new(vm, start, stop, ASY_NONE);
    if (asy_is_err(slice)) return ASY_ERR;
    Value result = asy_getitem(vm, object, slice);
    asy_release(vm, slice);
    return result;
}
