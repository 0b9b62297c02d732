// Iterators over what only has __getitem__, over a callable until it gives a sentinel, and reversed(); and the
// beginning of walks (walk.h).
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/types.h"
#include "vm/objects/walk.h"

bool asy_walk_begin(VM *vm, Walk *w, Value iterable)
{
    const Type *type = asy_is_obj(iterable) ? asy_as_obj(iterable)->type : NULL;
    w->at = 0;
    w->kind = type == vm->types.list ? WALK_LIST : type == vm->types.tuple ? WALK_TUPLE : WALK_ITERATOR;
    w->over = w->kind == WALK_ITERATOR ? asy_iter(vm, iterable) : asy_retain(iterable);
    return !asy_is_err(w->over);
}

// ---- iter(sequence) ----

#define SEQ_ITER_FIELDS(V, O, N)   \
    V(sequence) /* NIL: exhausted */ \
    N(int64_t, index)
ASY_OBJECT(SeqIterObj, SEQ_ITER_FIELDS);
ASY_OBJECT_TRACE(SeqIterObj, SEQ_ITER_FIELDS)

Value asy_seq_iter_new(VM *vm, Value sequence)
{
    SeqIterObj *it = asy_object_alloc(vm, vm->types.iterator);
    if (!it) return ASY_ERR;
    it->sequence = asy_retain(sequence);
    return asy_from_obj(it);
}

// The item at `index`; DONE where IndexError or StopIteration says that there is none.
static Value sequence_item(VM *vm, Value sequence, int64_t index)
{
    Value i = asy_int_from_i64(vm, index), own = asy_retain(sequence);
    Value item = asy_is_err(i) ? ASY_ERR : asy_getitem(vm, own, i);
    asy_release(vm, i);
    asy_release(vm, own);
    if (asy_is_err(item) && (asy_error_catch(vm, EXC_IndexError) || asy_error_catch(vm, EXC_StopIteration))) return ASY_DONE;
    return item;
}

static Value seq_iter_next(VM *vm, Value self)
{
    SeqIterObj *it = asy_as(SeqIterObj, self);
    if (asy_is_nil(it->sequence)) return ASY_DONE;
    if (it->index == INT64_MAX) return asy_raise(vm, EXC_OverflowError, "iter index too large");
    Value item = sequence_item(vm, it->sequence, it->index);
    if (asy_is_done(item)) asy_clear(vm, &it->sequence);
    else if (!asy_is_err(item)) it->index++;
    return item;
}

static Value seq_iter_length_hint(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    if (asy_is_nil(it->sequence)) return asy_from_small(0);
    Type *type = asy_type_of(vm, it->sequence);
    if (!type->slots.length) return asy_retain(ASY_NOTIMPLEMENTED);
    int64_t n = asy_length(vm, it->sequence);
    if (n < 0) return ASY_ERR;
    return asy_int_from_i64(vm, n > it->index ? n - it->index : 0);
}

static Value seq_iter_reduce(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    if (asy_is_nil(it->sequence)) return asy_iter_reduce(vm, "iter", vm->empty_tuple, ASY_NIL);
    return asy_iter_reduce(vm, "iter", it->sequence, asy_int_from_i64(vm, it->index));
}

static Value seq_iter_setstate(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    int64_t index;
    if (!asy_to_i64(vm, a.v[0], &index)) return ASY_ERR;
    if (!asy_is_nil(it->sequence)) it->index = index < 0 ? 0 : index;
    return ASY_NONE;
}

static const MethodDef seq_iter_methods[] = {
    { "__length_hint__", seq_iter_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", seq_iter_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", seq_iter_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_iterator_type = {
    .name = "iterator",
    .size = sizeof(SeqIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = SeqIterObj_trace,
    .clear = SeqIterObj_clear,
    .methods = seq_iter_methods,
    .slots = { .iter = asy_iter_self, .next = seq_iter_next },
};

// ---- iter(callable, sentinel) ----

#define CALL_ITER_FIELDS(V, O, N)  \
    V(callable) /* NIL: exhausted */ \
    V(sentinel)
ASY_OBJECT(CallIterObj, CALL_ITER_FIELDS);
ASY_OBJECT_TRACE(CallIterObj, CALL_ITER_FIELDS)

Value asy_callable_iter_new(VM *vm, Value callable, Value sentinel)
{
    CallIterObj *it = asy_object_alloc(vm, vm->types.callable_iterator);
    if (!it) return ASY_ERR;
    it->callable = asy_retain(callable);
    it->sentinel = asy_retain(sentinel);
    return asy_from_obj(it);
}

static Value call_iter_next(VM *vm, Value self)
{
    CallIterObj *it = asy_as(CallIterObj, self);
    if (asy_is_nil(it->callable)) return ASY_DONE;
    // Both are owned while script runs: it may exhaust this iterator.
    Value callable = asy_retain(it->callable), sentinel = asy_retain(it->sentinel);
    Value item = asy_call0(vm, callable);
    int end = 0;
    if (!asy_is_err(item)) end = asy_equal(vm, sentinel, item);
    else if (asy_error_catch(vm, EXC_StopIteration)) end = 1;
    asy_release(vm, callable);
    asy_release(vm, sentinel);
    if (end == 0) return item;
    asy_release(vm, item);
    if (end < 0) return ASY_ERR;
    CallIterObj_clear(vm, asy_as_obj(self));
    return ASY_DONE;
}

static Value call_iter_reduce(VM *vm, Args a)
{
    CallIterObj *it = asy_as(CallIterObj, a.self);
    if (asy_is_nil(it->callable)) return asy_iter_reduce(vm, "iter", vm->empty_tuple, ASY_NIL);
    Value fn = asy_builtin_get(vm, "iter");
    Value args = asy_is_err(fn) ? ASY_ERR : asy_tuple_pack(vm, 2, it->callable, it->sentinel);
    Value out = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, fn, args);
    asy_release(vm, args);
    return out;
}

static const MethodDef call_iter_methods[] = {
    { "__reduce__", call_iter_reduce, "()", 0, "Return state information for pickling." },
    { 0 },
};

const TypeDef asy_callable_iterator_type = {
    .name = "callable_iterator",
    .size = sizeof(CallIterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = CallIterObj_trace,
    .clear = CallIterObj_clear,
    .methods = call_iter_methods,
    .slots = { .iter = asy_iter_self, .next = call_iter_next },
};

// ---- reversed(sequence): index counts down to -1 ----

static Value reversed_new(VM *vm, Type *type, Args a)
{
    asy_args_of_subclass(type, vm->types.reversed, false, &a);
    if (!asy_args_positional(vm, "reversed", a, 1, 1)) return ASY_ERR;
    Value sequence = a.v[0];
    Type *of = asy_type_of(vm, sequence);
    Value method = asy_type_lookup(vm, of, asy_name(vm, __reversed__));
    if (!asy_is_nil(method) && !asy_is_none(method)) {
        method = asy_special(vm, sequence, asy_name(vm, __reversed__));
        if (asy_is_err(method)) return ASY_ERR;
        Value out = asy_call0(vm, method);
        asy_release(vm, method);
        return out;
    }
    if (asy_is_none(method) || !of->slots.getitem || (of->flags & TYPE_DICT))
        return asy_raise(vm, EXC_TypeError, "'%.200T' object is not reversible", sequence);
    int64_t n = asy_length(vm, sequence);
    if (n < 0) return ASY_ERR;
    SeqIterObj *it = asy_object_alloc(vm, type);
    if (!it) return ASY_ERR;
    it->sequence = asy_retain(sequence);
    it->index = n - 1;
    return asy_from_obj(it);
}

static Value reversed_next(VM *vm, Value self)
{
    SeqIterObj *it = asy_as(SeqIterObj, self);
    if (asy_is_nil(it->sequence)) return ASY_DONE;
    Value item = it->index >= 0 ? sequence_item(vm, it->sequence, it->index) : ASY_DONE;
    if (asy_is_done(item)) asy_clear(vm, &it->sequence);
    else if (!asy_is_err(item)) it->index--;
    return item;
}

static Value reversed_length_hint(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    if (asy_is_nil(it->sequence)) return asy_from_small(0);
    int64_t n = asy_length(vm, it->sequence);
    if (n < 0) return ASY_ERR;
    return asy_int_from_i64(vm, n < it->index + 1 ? 0 : it->index + 1);
}

static Value reversed_reduce(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    bool done = asy_is_nil(it->sequence);
    Value args = asy_tuple_pack(vm, 1, done ? vm->empty_tuple : it->sequence), out = ASY_ERR;
    Value index = asy_int_from_i64(vm, it->index), type = asy_from_obj(it->head.type);
    if (!asy_is_err(args) && !asy_is_err(index))
        out = done ? asy_tuple_pack(vm, 2, type, args) : asy_tuple_pack(vm, 3, type, args, index);
    asy_release(vm, args);
    asy_release(vm, index);
    return out;
}

static Value reversed_setstate(VM *vm, Args a)
{
    SeqIterObj *it = asy_as(SeqIterObj, a.self);
    int64_t index;
    if (!asy_to_i64(vm, a.v[0], &index)) return ASY_ERR;
    if (asy_is_nil(it->sequence)) return ASY_NONE;
    int64_t n = asy_length(vm, it->sequence);
    if (n < 0) return ASY_ERR;
    it->index = index < -1 ? -1 : index > n - 1 ? n - 1 : index;
    return ASY_NONE;
}

static const MethodDef reversed_methods[] = {
    { "__length_hint__", reversed_length_hint, "()", 0, "Private method returning an estimate of len(list(it))." },
    { "__reduce__", reversed_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", reversed_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_reversed_type = {
    .name = "reversed",
    .size = sizeof(SeqIterObj),
    .flags = TYPE_BASE,
    .doc = "Return a reverse iterator over the values of the given sequence.",
    .trace = SeqIterObj_trace,
    .clear = SeqIterObj_clear,
    .methods = reversed_methods,
    .slots = { .new = reversed_new, .iter = asy_iter_self, .next = reversed_next },
};
