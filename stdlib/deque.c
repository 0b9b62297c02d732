// collections.deque: a ring of values. `state` changes with every change of membership, which is how iterators and the
// methods that compare items (script may change the deque meanwhile) notice.
#include "stdlib/collections.h"
#include "vm/objects/generic.h"

typedef struct DequeObj {
    ObjHeader head;
    Value *ring;                // capacity a power of two, or NULL
    size_t capacity, first, size;
    int64_t maxlen;             // -1: none
    uint64_t state;
} DequeObj;
typedef struct DequeIter {
    ObjHeader head;
    DequeObj *deque;            // owned; NULL: exhausted
    size_t index;               // items given
    uint64_t state;
    bool reversed;
} DequeIter;

static DequeObj *deque(Value v) { return asy_as(DequeObj, v); }
static bool is_deque(Value v) { return asy_is_obj(v) && asy_as_obj(v)->type->def == &asy_deque_type; }
static Value *at(const DequeObj *d, size_t i) { return &d->ring[(d->first + i) & (d->capacity - 1)]; }

static bool grow(VM *vm, DequeObj *d)
{
    if (d->size < d->capacity) return true;
    size_t capacity = d->capacity ? 2 * d->capacity : 8;
    Value *ring = asy_mem_alloc(vm, capacity * sizeof(Value));
    if (!ring) return (void)asy_raise_memory(vm), false;
    for (size_t i = 0; i < d->size; i++) ring[i] = *at(d, i);
    asy_mem_free(vm, d->ring, d->capacity * sizeof(Value));
    d->ring = ring;
    d->capacity = capacity;
    d->first = 0;
    return true;
}

static Value take_first(DequeObj *d)
{
    Value v = *at(d, 0);
    d->first = (d->first + 1) & (d->capacity - 1);
    d->size--;
    d->state++;
    return v;
}
static Value take_last(DequeObj *d)
{
    d->size--;
    d->state++;
    return *at(d, d->size);
}

// Adds an owned value at one end; with a maxlen the other end gives way.
static bool push(VM *vm, DequeObj *d, Value owned, bool left)
{
    if (!grow(vm, d)) {
        asy_release(vm, owned);
        return false;
    }
    if (left) d->first = (d->first - 1) & (d->capacity - 1);
    d->size++;
    *at(d, left ? 0 : d->size - 1) = owned;
    d->state++;
    if (d->maxlen >= 0 && d->size > (size_t)d->maxlen) asy_release(vm, left ? take_last(d) : take_first(d));
    return true;
}

static bool extend(VM *vm, DequeObj *d, Value iterable, bool left)
{
    if (iterable.bits == asy_from_obj(d).bits) {        // itself: a copy first
        ListObj *copy = asy_to_list(vm, iterable);
        if (!copy) return false;
        bool ok = extend(vm, d, asy_from_obj(copy), left);
        asy_release_obj(vm, copy);
        return ok;
    }
    Value it = asy_iter(vm, iterable);
    if (asy_is_err(it)) return false;
    for (;;) {
        Value v = asy_next(vm, it);
        if (asy_is_done(v)) break;
        if (asy_is_err(v) || !push(vm, d, v, left)) {
            asy_release(vm, it);
            return false;
        }
    }
    asy_release(vm, it);
    return true;
}

static void empty(VM *vm, DequeObj *d)
{
    Value *ring = d->ring;
    size_t capacity = d->capacity, first = d->first, size = d->size;
    d->ring = NULL;
    d->capacity = d->first = d->size = 0;
    d->state++;
    for (size_t i = 0; i < size; i++) asy_release(vm, ring[(first + i) & (capacity - 1)]);
    asy_mem_free(vm, ring, capacity * sizeof(Value));
}

static bool deque_init(VM *vm, Value self, Args a)
{
    Value iterable = a.n > 0 ? a.v[0] : ASY_NIL, maxlen = a.n > 1 ? a.v[1] : ASY_NIL;
    if (a.n > 2) {
        asy_raise(vm, EXC_TypeError, "deque() takes at most 2 arguments (%u given)", a.n);
        return false;
    }
    size_t nkw = asy_is_nil(a.kwnames) ? 0 : asy_as_tuple(a.kwnames)->size;
    for (size_t k = 0; k < nkw; k++) {
        StrObj *name = asy_as_str(asy_as_tuple(a.kwnames)->items[k]);
        if (asy_str_is(name, "iterable")) iterable = a.v[a.n + k];
        else if (asy_str_is(name, "maxlen")) maxlen = a.v[a.n + k];
        else {
            asy_raise(vm, EXC_TypeError, "deque() got an unexpected keyword argument '%U'", name);
            return false;
        }
    }
    DequeObj *d = deque(self);
    int64_t max = -1;
    if (!asy_absent(maxlen)) {
        if (!asy_is_integer(vm, maxlen)) {
            asy_raise(vm, EXC_TypeError, "an integer is required");
            return false;
        }
        if (!asy_to_i64(vm, maxlen, &max)) return false;
        if (max < 0) {
            asy_raise(vm, EXC_ValueError, "maxlen must be non-negative");
            return false;
        }
    }
    d->maxlen = max;
    if (d->size) empty(vm, d);
    return asy_is_nil(iterable) || extend(vm, d, iterable, false);
}
static Value deque_new(VM *vm, Type *type, Args a)
{
    (void)a;
    DequeObj *d = asy_object_alloc(vm, type);
    if (!d) return ASY_ERR;
    d->maxlen = -1;
    return asy_from_obj(d);
}

static Value deque_append(VM *vm, Args a) { return push(vm, deque(a.self), asy_retain(a.v[0]), false) ? ASY_NONE : ASY_ERR; }
static Value deque_appendleft(VM *vm, Args a) { return push(vm, deque(a.self), asy_retain(a.v[0]), true) ? ASY_NONE : ASY_ERR; }
static Value deque_pop(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    return d->size ? take_last(d) : asy_raise(vm, EXC_IndexError, "pop from an empty deque");
}
static Value deque_popleft(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    return d->size ? take_first(d) : asy_raise(vm, EXC_IndexError, "pop from an empty deque");
}
static Value deque_extend(VM *vm, Args a) { return extend(vm, deque(a.self), a.v[0], false) ? ASY_NONE : ASY_ERR; }
static Value deque_extendleft(VM *vm, Args a) { return extend(vm, deque(a.self), a.v[0], true) ? ASY_NONE : ASY_ERR; }
static Value deque_clear_method(VM *vm, Args a) { return empty(vm, deque(a.self)), ASY_NONE; }

static void rotate(DequeObj *d, int64_t n)
{
    if (d->size < 2) return;
    int64_t size = (int64_t)d->size;
    n %= size;
    if (n < 0) n += size;
    if (2 * n <= size) {
        for (; n > 0; n--) {
            Value v = take_last(d);
            d->first = (d->first - 1) & (d->capacity - 1);
            d->size++;
            *at(d, 0) = v;
        }
    } else {
        for (n = size - n; n > 0; n--) {
            Value v = take_first(d);
            d->size++;
            *at(d, d->size - 1) = v;
        }
    }
    d->state++;
}
static Value deque_rotate(VM *vm, Args a)
{
    int64_t n = 1;
    if (!asy_arg_i64(vm, a.v[0], &n)) return ASY_ERR;
    rotate(deque(a.self), n);
    return ASY_NONE;
}
static Value deque_reverse(VM *vm, Args a)
{
    (void)vm;
    DequeObj *d = deque(a.self);
    for (size_t i = 0; i < d->size / 2; i++) {
        Value v = *at(d, i);
        *at(d, i) = *at(d, d->size - 1 - i);
        *at(d, d->size - 1 - i) = v;
    }
    return ASY_NONE;
}

static Value make_like(VM *vm, DequeObj *d)
{
    Type *t = d->head.type;
    if (t->flags & TYPE_STATIC) {
        DequeObj *copy = asy_object_alloc(vm, t);
        if (!copy) return ASY_ERR;
        copy->maxlen = d->maxlen;
        if (extend(vm, copy, asy_from_obj(d), false)) return asy_from_obj(copy);
        asy_release_obj(vm, copy);
        return ASY_ERR;
    }
    if (d->maxlen < 0) return asy_call1(vm, asy_from_obj(t), asy_from_obj(d));
    return asy_call2(vm, asy_from_obj(t), asy_from_obj(d), asy_int_from_i64(vm, d->maxlen));
}
static Value deque_copy(VM *vm, Args a) { return make_like(vm, deque(a.self)); }

// The i-th item compared with v: 1, 0, -1; "deque mutated during iteration" if script changed the deque.
static int item_equal(VM *vm, DequeObj *d, size_t i, Value v, ExcKind kind, const char *message)
{
    uint64_t state = d->state;
    Value item = asy_retain(*at(d, i));
    int eq = asy_equal(vm, item, v);
    asy_release(vm, item);
    if (eq < 0 || state == d->state) return eq;
    asy_raise(vm, kind, "%s", message);
    return -1;
}
static Value deque_count(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    int64_t n = 0;
    for (size_t i = 0; i < d->size; i++) {
        int eq = item_equal(vm, d, i, a.v[0], EXC_RuntimeError, "deque mutated during iteration");
        if (eq < 0) return ASY_ERR;
        n += eq;
    }
    return asy_from_small(n);
}
static int deque_contains(VM *vm, Value self, Value v)
{
    DequeObj *d = deque(self);
    for (size_t i = 0; i < d->size; i++) {
        int eq = item_equal(vm, d, i, v, EXC_RuntimeError, "deque mutated during iteration");
        if (eq) return eq;
    }
    return 0;
}
static Value deque_index(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    int64_t start = 0, stop = INT64_MAX, size = (int64_t)d->size;
    if (!asy_arg_size(vm, a.v[1], &start) || !asy_arg_size(vm, a.v[2], &stop)) return ASY_ERR;
    if (start < 0) start = start + size < 0 ? 0 : start + size;
    if (stop < 0) stop += size;
    if (stop > size) stop = size;
    for (int64_t i = start; i < stop; i++) {
        int eq = item_equal(vm, d, (size_t)i, a.v[0], EXC_RuntimeError, "deque mutated during iteration");
        if (eq < 0) return ASY_ERR;
        if (eq) return asy_from_small(i);
    }
    return asy_raise(vm, EXC_ValueError, "%R is not in deque", a.v[0]);
}
static Value deque_remove(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    for (size_t i = 0; i < d->size; i++) {
        int eq = item_equal(vm, d, i, a.v[0], EXC_IndexError, "deque mutated during remove().");
        if (eq < 0) return ASY_ERR;
        if (!eq) continue;
        rotate(d, -(int64_t)i);
        Value v = take_first(d);
        rotate(d, (int64_t)i);
        asy_release(vm, v);
        return ASY_NONE;
    }
    return asy_raise(vm, EXC_ValueError, "deque.remove(x): x not in deque");
}
static Value deque_insert(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    int64_t i;
    if (!asy_to_size_clamped(vm, a.v[0], &i)) return ASY_ERR;
    if (d->maxlen >= 0 && d->size >= (size_t)d->maxlen) return asy_raise(vm, EXC_IndexError, "deque already at its maximum size");
    int64_t size = (int64_t)d->size;
    if (i < 0) i = i + size < 0 ? 0 : i + size;
    if (i >= size) return push(vm, d, asy_retain(a.v[1]), false) ? ASY_NONE : ASY_ERR;
    rotate(d, -i);
    bool ok = push(vm, d, asy_retain(a.v[1]), true);
    rotate(d, i);
    return ok ? ASY_NONE : ASY_ERR;
}

static bool position(VM *vm, DequeObj *d, Value key, size_t *out)
{
    Value index = asy_index(vm, key);
    if (asy_is_err(index)) {
        if (asy_error_catch(vm, EXC_TypeError)) {
            asy_raise(vm, EXC_TypeError, "sequence index must be integer, not '%T'", key);
        }
        return false;
    }
    int64_t i;
    bool fits = asy_int_as_i64(vm, index, &i);
    asy_release(vm, index);
    if (fits && i < 0) i += (int64_t)d->size;
    if (!fits || i < 0 || (size_t)i >= d->size) {
        asy_raise(vm, EXC_IndexError, "deque index out of range");
        return false;
    }
    *out = (size_t)i;
    return true;
}
static Value deque_getitem(VM *vm, Value self, Value key)
{
    size_t i;
    return position(vm, deque(self), key, &i) ? asy_retain(*at(deque(self), i)) : ASY_ERR;
}
static bool deque_setitem(VM *vm, Value self, Value key, Value value)
{
    DequeObj *d = deque(self);
    size_t i;
    if (!position(vm, d, key, &i)) return false;
    if (!asy_is_nil(value)) {
        asy_set(vm, at(d, i), asy_retain(value));
        return true;
    }
    rotate(d, -(int64_t)i);
    Value v = take_first(d);
    rotate(d, (int64_t)i);
    asy_release(vm, v);
    return true;
}
static int64_t deque_length(VM *vm, Value self) { return (void)vm, (int64_t)deque(self)->size; }

static Value deque_concat(VM *vm, Value x, Value y)
{
    if (!is_deque(y)) return asy_raise(vm, EXC_TypeError, "can only concatenate deque (not \"%T\") to deque", y);
    Value r = make_like(vm, deque(x));
    if (asy_is_err(r) || (is_deque(r) && extend(vm, deque(r), y, false))) return r;
    asy_release(vm, r);
    return ASY_ERR;
}
static Value deque_iconcat(VM *vm, Value x, Value y) { return extend(vm, deque(x), y, false) ? asy_retain(x) : ASY_ERR; }
static Value deque_irepeat(VM *vm, Value x, Value y)
{
    int64_t n;
    DequeObj *d = deque(x);
    if (!asy_to_size_clamped(vm, y, &n)) return ASY_ERR;
    if (n <= 0) {
        empty(vm, d);
        return asy_retain(x);
    }
    if (d->size && d->maxlen < 0 && n > (int64_t)(SIZE_MAX / 16 / d->size)) return asy_raise_memory(vm);
    TupleObj *items = asy_to_tuple(vm, x);
    if (!items) return ASY_ERR;
    bool ok = true;
    // with a maxlen only what stays matters
    if (d->maxlen >= 0 && items->size && n > d->maxlen / (int64_t)items->size + 2) n = d->maxlen / (int64_t)items->size + 2;
    for (int64_t k = 1; ok && k < n; k++) {
        for (size_t i = 0; ok && i < items->size; i++) ok = push(vm, d, asy_retain(items->items[i]), false);
        ok = ok && asy_check_pending(vm);
    }
    asy_release_obj(vm, items);
    return ok ? asy_retain(x) : ASY_ERR;
}
static Value deque_repeat(VM *vm, Value x, Value y)
{
    Value r = make_like(vm, deque(x));
    if (asy_is_err(r)) return ASY_ERR;
    Value done = deque_irepeat(vm, r, y);
    asy_release(vm, r);
    return done;
}
static Value deque_compare(VM *vm, Value x, Value y, Comparison op)
{
    if (!is_deque(y) || !is_deque(x)) return ASY_NOTIMPLEMENTED;
    if ((op == CMP_EQ || op == CMP_NE) && deque(x)->size != deque(y)->size) return asy_from_bool(op == CMP_NE);
    ListObj *a = asy_to_list(vm, x), *b = a ? asy_to_list(vm, y) : NULL;
    Value r = b ? asy_compare(vm, asy_from_obj(a), asy_from_obj(b), op) : ASY_ERR;
    asy_release_obj(vm, a);
    asy_release_obj(vm, b);
    return r;
}
static Value deque_repr(VM *vm, Value self)
{
    DequeObj *d = deque(self);
    int seen = asy_repr_enter(vm, self);
    if (seen) return seen < 0 ? ASY_ERR : asy_str_value(vm, "[...]");
    ListObj *l = asy_to_list(vm, self);
    StrObj *s = NULL;
    if (l) {
        s = d->maxlen >= 0 ? asy_format(vm, "%s(%R, maxlen=%lld)", asy_type_name(d->head.type), asy_from_obj(l), d->maxlen)
                           : asy_format(vm, "%s(%R)", asy_type_name(d->head.type), asy_from_obj(l));
    }
    asy_release_obj(vm, l);
    asy_repr_leave(vm, self);
    return asy_value_or_err(s);
}
static Value deque_reduce(VM *vm, Args a)
{
    DequeObj *d = deque(a.self);
    Value args = d->maxlen < 0 ? asy_retain(vm->empty_tuple) : ASY_NIL;
    if (asy_is_nil(args)) {
        Value max = asy_int_from_i64(vm, d->maxlen);
        args = asy_is_err(max) ? ASY_ERR : asy_tuple_pack(vm, 2, vm->empty_tuple, max);
        if (!asy_is_err(max)) asy_release(vm, max);
    }
    Value it = asy_is_err(args) ? ASY_ERR : asy_iter(vm, a.self);
    StrObj *getstate = asy_name(vm, __getstate__);
    Value state = asy_is_err(it) ? ASY_ERR : asy_call_method0(vm, a.self, getstate);
    Value r = asy_is_err(state) ? ASY_ERR : asy_tuple_pack(vm, 4, asy_from_obj(d->head.type), args, state, it);
    if (!asy_is_err(args)) asy_release(vm, args);
    if (!asy_is_err(it)) asy_release(vm, it);
    if (!asy_is_err(state)) asy_release(vm, state);
    return r;
}
static Value get_maxlen(VM *vm, Value self)
{
    int64_t n = deque(self)->maxlen;
    return n < 0 ? ASY_NONE : asy_int_from_i64(vm, n);
}

static void deque_trace(Tracer *t, ObjHeader *o)
{
    DequeObj *d = (DequeObj *)(void *)o;
    for (size_t i = 0; i < d->size; i++) asy_trace_value(t, *at(d, i));
}
static void deque_clear(VM *vm, ObjHeader *o)
{
    DequeObj *d = (DequeObj *)(void *)o;
    empty(vm, d);
}

// -- iterators

static Value iter_make(VM *vm, Value self, bool reversed)
{
    Type *type = asy_type_ready(vm, reversed ? &asy_deque_reverse_iterator_type : &asy_deque_iterator_type);
    DequeIter *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->deque = asy_retain_obj(deque(self));
    it->state = it->deque->state;
    it->reversed = reversed;
    return asy_from_obj(it);
}
static Value deque_iter(VM *vm, Value self) { return iter_make(vm, self, false); }
static Value deque_reversed(VM *vm, Args a) { return iter_make(vm, a.self, true); }
static Value iter_self(VM *vm, Value self) { return (void)vm, asy_retain(self); }
static Value iter_next(VM *vm, Value self)
{
    DequeIter *it = asy_as(DequeIter, self);
    DequeObj *d = it->deque;
    if (!d) return ASY_DONE;
    if (it->state != d->state) {
        it->deque = NULL;
        asy_release_obj(vm, d);
        return asy_raise(vm, EXC_RuntimeError, "deque mutated during iteration");
    }
    if (it->index >= d->size) {
        it->deque = NULL;
        asy_release_obj(vm, d);
        return ASY_DONE;
    }
    size_t i = it->index++;
    return asy_retain(*at(d, it->reversed ? d->size - 1 - i : i));
}
// (deque, items to pass over): what __reduce__ gives, too.
static Value iter_new(VM *vm, Type *type, Args a)
{
    bool reversed = type->def == &asy_deque_reverse_iterator_type;
    int64_t skip = 0;
    if (a.n < 1 || a.n > 2)
        return asy_raise(vm, EXC_TypeError, "function takes at %s argument%s (%u given)", a.n ? "most 2" : "least 1", a.n ? "s" : "", a.n);
    if (!is_deque(a.v[0])) return asy_raise(vm, EXC_TypeError, "argument 1 must be collections.deque, not %T", a.v[0]);
    if (a.n == 2 && !asy_to_ssize(vm, a.v[1], &skip)) return ASY_ERR;
    Value it = iter_make(vm, a.v[0], reversed);
    if (asy_is_err(it)) return ASY_ERR;
    size_t size = deque(a.v[0])->size;
    asy_as(DequeIter, it)->index = skip < 0 ? 0 : (size_t)skip > size ? size : (size_t)skip;
    return it;
}
static Value iter_reduce(VM *vm, Args a)
{
    DequeIter *it = asy_as(DequeIter, a.self);
    Type *type = asy_type_ready(vm, &asy_deque_type);
    // An exhausted one has nothing left of an empty deque.
    Value over = it->deque ? asy_from_obj(asy_retain_obj(it->deque)) : type ? asy_call0(vm, asy_from_obj(type)) : ASY_ERR;
    Value args = asy_is_err(over) ? ASY_ERR : asy_tuple_pack(vm, 2, over, asy_from_small(it->deque ? (int64_t)it->index : 0));
    Value out = asy_is_err(args) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_obj(it->head.type), args);
    asy_release(vm, over);
    asy_release(vm, args);
    return out;
}
static Value iter_length_hint(VM *vm, Args a)
{
    (void)vm;
    DequeIter *it = asy_as(DequeIter, a.self);
    return asy_from_small(it->deque && it->deque->size > it->index ? (int64_t)(it->deque->size - it->index) : 0);
}
static void iter_trace(Tracer *t, ObjHeader *o) { asy_trace_header(t, (ObjHeader *)(void *)((DequeIter *)(void *)o)->deque); }
static void iter_clear(VM *vm, ObjHeader *o)
{
    DequeIter *it = (DequeIter *)(void *)o;
    DequeObj *d = it->deque;
    it->deque = NULL;
    asy_release_obj(vm, d);
}
static const MethodDef iter_methods[] = {
    { "__length_hint__", iter_length_hint, "()", 0, NULL }, { "__reduce__", iter_reduce, "()", 0, NULL }, { 0 },
};
#define DEQUE_ITER(id, text)                                                                       \
    const TypeDef id = {                                                                           \
        .name = text, .size = sizeof(DequeIter), .trace = iter_trace,                              \
        .clear = iter_clear, .methods = iter_methods, .slots = { .new = iter_new, .iter = iter_self, .next = iter_next }, \
    }
DEQUE_ITER(asy_deque_iterator_type, "collections._deque_iterator");
DEQUE_ITER(asy_deque_reverse_iterator_type, "collections._deque_reverse_iterator");

static const MethodDef methods[] = {
    { "append", deque_append, "(item, /)", 0, "Add an element to the right side of the deque." },
    { "appendleft", deque_appendleft, "(item, /)", 0, "Add an element to the left side of the deque." },
    { "clear", deque_clear_method, "()", 0, "Remove all elements from the deque." },
    { "copy", deque_copy, "()", 0, "Return a shallow copy of a deque." },
    { "__copy__", deque_copy, "()", 0, "Return a shallow copy of a deque." },
    { "count", deque_count, "(value, /)", 0, "Return number of occurrences of value." },
    { "extend", deque_extend, "(iterable, /)", 0, "Extend the right side of the deque with elements from the iterable." },
    { "extendleft", deque_extendleft, "(iterable, /)", 0, "Extend the left side of the deque with elements from the iterable." },
    { "index", deque_index, "(value, start=0, stop=None, /)", 0, "Return first index of value." },
    { "insert", deque_insert, "(index, value, /)", 0, "Insert value before index." },
    { "pop", deque_pop, "()", 0, "Remove and return the rightmost element." },
    { "popleft", deque_popleft, "()", 0, "Remove and return the leftmost element." },
    { "remove", deque_remove, "(value, /)", 0, "Remove first occurrence of value." },
    { "reverse", deque_reverse, "()", 0, "Reverse *IN PLACE*." },
    { "rotate", deque_rotate, "(n=1, /)", 0, "Rotate the deque n steps to the right." },
    { "__reversed__", deque_reversed, "()", 0, "Return a reverse iterator over the deque." },
    { "__reduce__", deque_reduce, "()", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef getset[] = { { "maxlen", get_maxlen, NULL, "maximum size of a deque or None if unbounded" }, { 0 } };
const TypeDef asy_deque_type = {
    .name = "collections.deque",
    .size = sizeof(DequeObj),
    .flags = TYPE_BASE | TYPE_WEAKREFS | TYPE_MATCH_SEQUENCE,
    .doc = "A list-like sequence optimized for data accesses near its endpoints.",
    .trace = deque_trace,
    .clear = deque_clear,
    .methods = methods,
    .getset = getset,
    .slots = { .new = deque_new, .init = deque_init, .repr = deque_repr, .compare = deque_compare, .iter = deque_iter,
               .length = deque_length, .getitem = deque_getitem, .setitem = deque_setitem, .contains = deque_contains,
               .concat = deque_concat, .repeat = deque_repeat, .iconcat = deque_iconcat, .irepeat = deque_irepeat },
};
