// Combinatoric itertools: product, permutations, combinations, combinations_with_replacement.
//
// They work on tuples (pools) made when they are created, so no script runs in their `next`. Each gives out the same
// tuple again, with the places that change replaced, as long as nobody has kept it.
#include "stdlib/itertools.h"

static void put(VM *vm, TupleObj *row, size_t i, Value item) { asy_set(vm, &row->items[i], asy_retain(item)); }

// -- product

typedef struct ProductObj {
    ObjHeader head;
    TupleObj *pools;            // of tuples
    size_t *indices;            // one into each pool
    Rows rows;                  // given out; no last one: not begun
    size_t n;                   // pools
    bool ended;
} ProductObj;

static void product_trace(Tracer *t, ObjHeader *o)
{
    ProductObj *p = (ProductObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)p->pools);
    asy_itertools_rows_trace(t, &p->rows);
}

static void product_clear(VM *vm, ObjHeader *o)
{
    ProductObj *p = (ProductObj *)(void *)o;
    TupleObj *pools = p->pools;
    p->pools = NULL;
    p->ended = true;
    asy_release_obj(vm, pools);
    asy_itertools_rows_clear(vm, &p->rows);
}

static void product_free(VM *vm, ObjHeader *o)
{
    ProductObj *p = (ProductObj *)(void *)o;
    asy_itertools_indices_free(vm, p->indices, p->n);
}

static bool product_repeat(VM *vm, Args a, int64_t *repeat)
{
    *repeat = 1;
    if (asy_is_nil(a.kwnames)) return true;
    TupleObj *names = asy_as_tuple(a.kwnames);
    if (names->size > 1) {
        asy_raise(vm, EXC_TypeError, "product() takes at most 1 keyword argument (%zu given)", names->size);
        return false;
    }
    if (names->size == 0) return true;
    if (!asy_str_is(asy_as_str(names->items[0]), "repeat")) {
        asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for product()", asy_as_str(names->items[0]));
        return false;
    }
    if (!asy_to_ssize(vm, a.v[a.n], repeat)) return false;
    if (*repeat >= 0) return true;
    asy_raise(vm, EXC_ValueError, "repeat argument cannot be negative");
    return false;
}

static Value product_new(VM *vm, Type *type, Args a)
{
    int64_t repeat;
    if (!product_repeat(vm, a, &repeat)) return ASY_ERR;
    uint32_t given = repeat ? a.n : 0;
    if (given > 0 && (uint64_t)repeat > INT64_MAX / sizeof(size_t) / given)
        return asy_raise(vm, EXC_OverflowError, "repeat argument too large");
    ProductObj *p = asy_object_alloc(vm, type);
    if (!p) return ASY_ERR;
    size_t n = given * (size_t)repeat;
    bool ok = (p->indices = asy_itertools_indices(vm, n)) != NULL;
    p->n = n;
    if (ok) memset(p->indices, 0, n * sizeof(size_t));
    ok = ok && (p->pools = asy_tuple_alloc(vm, n)) != NULL;
    for (uint32_t i = 0; ok && i < given; i++) {
        TupleObj *pool = asy_to_tuple(vm, a.v[i]);
        ok = pool != NULL;
        if (ok) p->pools->items[i] = asy_from_obj(pool);
    }
    for (size_t i = given; ok && i < n; i++) p->pools->items[i] = asy_retain(p->pools->items[i - given]);
    if (ok) return asy_from_obj(p);
    asy_release_obj(vm, p);
    return ASY_ERR;
}

static TupleObj *product_pool(const ProductObj *p, size_t i) { return asy_as_tuple(p->pools->items[i]); }

// The row of the indices, if every pool has items; else the end.
static Value product_first(VM *vm, ProductObj *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (product_pool(p, i)->size > 0) continue;
        p->ended = true;
        return ASY_DONE;
    }
    TupleObj *row = asy_tuple_alloc(vm, p->n), *old = p->rows.last;
    if (!row) return ASY_ERR;
    for (size_t i = 0; i < p->n; i++) row->items[i] = asy_retain(product_pool(p, i)->items[p->indices[i]]);
    p->rows.last = row;
    asy_release_obj(vm, old);
    return asy_from_obj(asy_retain_obj(row));
}

static Value product_next(VM *vm, Value self)
{
    ProductObj *p = asy_as(ProductObj, self);
    if (p->ended) return ASY_DONE;
    if (!p->rows.last) return product_first(vm, p);
    TupleObj *row = asy_itertools_again(vm, &p->rows);
    if (!row) return ASY_ERR;
    // Like an odometer: the last place counts on; one that was at its last goes back to its first, and the one before
    // it counts on.
    for (size_t i = p->n; i-- > 0;) {
        TupleObj *pool = product_pool(p, i);
        bool wraps = ++p->indices[i] >= pool->size;
        if (wraps) p->indices[i] = 0;
        put(vm, row, i, pool->items[p->indices[i]]);
        if (!wraps) return asy_from_obj(asy_retain_obj(row));
    }
    p->ended = true;
    return ASY_DONE;
}

static Value product_reduce(VM *vm, Args a)
{
    ProductObj *p = asy_as(ProductObj, a.self);
    if (p->ended) return asy_itertools_reduce(vm, a.self, asy_tuple_pack(vm, 1, vm->empty_tuple), ASY_NIL);
    Value state = p->rows.last ? asy_itertools_indices_tuple(vm, p->indices, p->n) : ASY_NIL;
    return asy_itertools_reduce(vm, a.self, asy_from_obj(asy_retain_obj(p->pools)), state);
}

// The state as a tuple of `n` items; "invalid arguments".
static TupleObj *indices_state(VM *vm, Value state, size_t n)
{
    if (asy_is_tuple(vm, state) && asy_as_tuple(state)->size == n) return asy_as_tuple(state);
    asy_raise(vm, EXC_ValueError, "invalid arguments");
    return NULL;
}

static Value product_setstate(VM *vm, Args a)
{
    ProductObj *p = asy_as(ProductObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = indices_state(vm, a.v[0], p->n);
    if (!state) return ASY_ERR;
    for (size_t i = 0; i < p->n; i++) {
        size_t size = product_pool(p, i)->size;
        if (size == 0) {
            p->ended = true;
            return ASY_NONE;
        }
        if (!asy_itertools_state_index(vm, state->items[i], 0, (int64_t)size - 1, &p->indices[i])) return ASY_ERR;
    }
    Value row = product_first(vm, p);
    if (asy_is_err(row)) return ASY_ERR;
    asy_release(vm, row);
    return ASY_NONE;
}

static const MethodDef product_methods[] = {
    { "__reduce__", product_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", product_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_product_type = {
    .name = "itertools.product",
    .size = sizeof(ProductObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "product(*iterables, repeat=1): what nested for loops over the iterables run through, the last\n"
           "one innermost; with `repeat`, over all of them that many times.",
    .trace = product_trace,
    .clear = product_clear,
    .free = product_free,
    .methods = product_methods,
    .slots = { .new = product_new, .iter = asy_iter_self, .next = product_next },
};

// -- selections of r items of one pool

typedef struct SelectionObj {
    ObjHeader head;
    TupleObj *pool;
    size_t *indices;            // into the pool: r of them, for permutations as many as the pool has items
    size_t *cycles;             // permutations: how often place i has still to be exchanged; else NULL
    Rows rows;                  // given out; no last one: not begun
    size_t n, r;                // items of the pool, places of a row
    bool ended;
} SelectionObj;

static void selection_trace(Tracer *t, ObjHeader *o)
{
    SelectionObj *s = (SelectionObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)s->pool);
    asy_itertools_rows_trace(t, &s->rows);
}

static void selection_clear(VM *vm, ObjHeader *o)
{
    SelectionObj *s = (SelectionObj *)(void *)o;
    TupleObj *pool = s->pool;
    s->pool = NULL;
    s->ended = true;
    asy_release_obj(vm, pool);
    asy_itertools_rows_clear(vm, &s->rows);
}

static size_t selection_width(const SelectionObj *s);

static void selection_free(VM *vm, ObjHeader *o)
{
    SelectionObj *s = (SelectionObj *)(void *)o;
    asy_itertools_indices_free(vm, s->indices, selection_width(s));
    asy_itertools_indices_free(vm, s->cycles, s->r);
}

// Permutations keep all indices, the others r; each may be created with an r that needs none.
static bool is_permutations(const SelectionObj *s) { return s->head.type->def == &asy_itertools_permutations_type; }
static size_t selection_width(const SelectionObj *s) { return is_permutations(s) ? s->n : s->r; }

// Takes `pool`. `possible`: there is a first row.
static SelectionObj *selection_alloc(VM *vm, Type *type, TupleObj *pool, int64_t r, bool (*possible)(size_t n, size_t r))
{
    SelectionObj *s = NULL;
    if (r < 0) asy_raise(vm, EXC_ValueError, "r must be non-negative");
    else s = asy_object_alloc(vm, type);
    if (!s) {
        asy_release_obj(vm, pool);
        return NULL;
    }
    s->pool = pool;
    s->n = pool->size;
    s->r = (size_t)r;
    s->ended = !possible(s->n, s->r);
    if (s->ended || (s->indices = asy_itertools_indices(vm, selection_width(s))) != NULL) return s;
    asy_release_obj(vm, s);
    return NULL;
}

static bool fits(size_t n, size_t r) { return r <= n; }
static bool fits_again(size_t n, size_t r) { return n > 0 || r == 0; }

// (iterable, r) of combinations and combinations_with_replacement.
static SelectionObj *combinations_alloc(VM *vm, Type *type, const char *name, Args a, bool (*possible)(size_t n, size_t r))
{
    static const char *const names[] = { "iterable", "r" };
    Value v[2];
    int64_t r;
    if (!asy_new_args(vm, name, names, 2, 0, 2, a, v) || !asy_to_ssize(vm, v[1], &r)) return NULL;
    TupleObj *pool = asy_to_tuple(vm, v[0]);
    return pool ? selection_alloc(vm, type, pool, r, possible) : NULL;
}

// A new row of the indices, kept and given out.
static Value selection_first(VM *vm, SelectionObj *s)
{
    TupleObj *row = asy_tuple_alloc(vm, s->r), *old = s->rows.last;
    if (!row) return ASY_ERR;
    for (size_t i = 0; i < s->r; i++) row->items[i] = asy_retain(s->pool->items[s->indices[i]]);
    s->rows.last = row;
    asy_release_obj(vm, old);
    return asy_from_obj(asy_retain_obj(row));
}

// The row with the places from `i` on as the indices say now.
static Value selection_give(VM *vm, const SelectionObj *s, TupleObj *row, size_t i)
{
    for (; i < s->r; i++) put(vm, row, i, s->pool->items[s->indices[i]]);
    return asy_from_obj(asy_retain_obj(row));
}

static Value selection_end(SelectionObj *s)
{
    s->ended = true;
    return ASY_DONE;
}

// (pool, r) as the arguments to begin anew; an exhausted one has an empty pool. Places that say where it stands are the
// state, which `state` makes.
static Value selection_reduce(VM *vm, Value self, Value (*state)(VM *vm, const SelectionObj *s))
{
    SelectionObj *s = asy_as(SelectionObj, self);
    bool begun = s->rows.last != NULL, over = begun && s->ended;
    Value r = asy_int_from_i64(vm, (int64_t)s->r);
    Value args = asy_is_err(r) ? ASY_ERR : asy_tuple_pack(vm, 2, over ? vm->empty_tuple : asy_from_obj(s->pool), r);
    asy_release(vm, r);
    return asy_itertools_reduce(vm, self, args, begun && !over ? state(vm, s) : ASY_NIL);
}

static Value indices_of(VM *vm, const SelectionObj *s) { return asy_itertools_indices_tuple(vm, s->indices, s->r); }
static Value combinations_reduce(VM *vm, Args a) { return selection_reduce(vm, a.self, indices_of); }

// What __setstate__ of both combinations does; `last` gives the largest index that place i can have.
static Value combinations_restore(VM *vm, Args a, size_t (*last)(const SelectionObj *s, size_t i))
{
    SelectionObj *s = asy_as(SelectionObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = indices_state(vm, a.v[0], s->r);
    if (!state) return ASY_ERR;
    if (!s->indices) return ASY_NONE;           // there never was a row
    for (size_t i = 0; i < s->r; i++) {
        if (!asy_itertools_state_index(vm, state->items[i], 0, (int64_t)last(s, i), &s->indices[i])) return ASY_ERR;
    }
    Value row = selection_first(vm, s);
    if (asy_is_err(row)) return ASY_ERR;
    asy_release(vm, row);
    return ASY_NONE;
}

// -- combinations

static Value combinations_new(VM *vm, Type *type, Args a)
{
    SelectionObj *s = combinations_alloc(vm, type, "combinations", a, fits);
    if (!s) return ASY_ERR;
    for (size_t i = 0; s->indices && i < s->r; i++) s->indices[i] = i;
    return asy_from_obj(s);
}

static Value combinations_next(VM *vm, Value self)
{
    SelectionObj *s = asy_as(SelectionObj, self);
    size_t *indices = s->indices, i = s->r, slack = s->n - s->r;
    if (s->ended) return ASY_DONE;
    if (!s->rows.last) return selection_first(vm, s);
    while (i > 0 && indices[i - 1] == i - 1 + slack) i--;       // places that are at their last item
    if (i-- == 0) return selection_end(s);
    TupleObj *row = asy_itertools_again(vm, &s->rows);
    if (!row) return ASY_ERR;
    indices[i]++;
    for (size_t j = i + 1; j < s->r; j++) indices[j] = indices[j - 1] + 1;
    return selection_give(vm, s, row, i);
}

static size_t combinations_last(const SelectionObj *s, size_t i) { return i + s->n - s->r; }
static Value combinations_setstate(VM *vm, Args a) { return combinations_restore(vm, a, combinations_last); }

static const MethodDef combinations_methods[] = {
    { "__reduce__", combinations_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", combinations_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_combinations_type = {
    .name = "itertools.combinations",
    .size = sizeof(SelectionObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "All ways to take r items, in their order.",
    .signature = "(iterable, r)",
    .trace = selection_trace,
    .clear = selection_clear,
    .free = selection_free,
    .methods = combinations_methods,
    .slots = { .new = combinations_new, .iter = asy_iter_self, .next = combinations_next },
};

// -- combinations_with_replacement

static Value replacement_new(VM *vm, Type *type, Args a)
{
    SelectionObj *s = combinations_alloc(vm, type, "combinations_with_replacement", a, fits_again);
    if (!s) return ASY_ERR;
    if (s->indices) memset(s->indices, 0, s->r * sizeof(size_t));
    return asy_from_obj(s);
}

static Value replacement_next(VM *vm, Value self)
{
    SelectionObj *s = asy_as(SelectionObj, self);
    size_t *indices = s->indices, i = s->r;
    if (s->ended) return ASY_DONE;
    if (!s->rows.last) return selection_first(vm, s);
    while (i > 0 && indices[i - 1] == s->n - 1) i--;
    if (i-- == 0) return selection_end(s);
    TupleObj *row = asy_itertools_again(vm, &s->rows);
    if (!row) return ASY_ERR;
    size_t at = indices[i] + 1;
    for (size_t j = i; j < s->r; j++) indices[j] = at;
    return selection_give(vm, s, row, i);
}

static size_t replacement_last(const SelectionObj *s, size_t i) { return (void)i, s->n - 1; }
static Value replacement_setstate(VM *vm, Args a) { return combinations_restore(vm, a, replacement_last); }

static const MethodDef replacement_methods[] = {
    { "__reduce__", combinations_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", replacement_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_combinations_with_replacement_type = {
    .name = "itertools.combinations_with_replacement",
    .size = sizeof(SelectionObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "All ways to take r items in their order, where each may be taken again.",
    .signature = "(iterable, r)",
    .trace = selection_trace,
    .clear = selection_clear,
    .free = selection_free,
    .methods = replacement_methods,
    .slots = { .new = replacement_new, .iter = asy_iter_self, .next = replacement_next },
};

// -- permutations

static Value permutations_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "iterable", "r" };
    Value v[2];
    int64_t r;
    if (!asy_new_args(vm, "permutations", names, 2, 0, 1, a, v)) return ASY_ERR;
    TupleObj *pool = asy_to_tuple(vm, v[0]);
    if (!pool) return ASY_ERR;
    r = (int64_t)pool->size;
    if (!asy_absent(v[1])) {
        bool ok = asy_is_integer(vm, v[1]);
        if (!ok) asy_raise(vm, EXC_TypeError, "Expected int as r");
        if (!ok || !asy_to_ssize(vm, v[1], &r)) {
            asy_release_obj(vm, pool);
            return ASY_ERR;
        }
    }
    SelectionObj *s = selection_alloc(vm, type, pool, r, fits);
    if (!s) return ASY_ERR;
    if (!s->indices) return asy_from_obj(s);
    if (!(s->cycles = asy_itertools_indices(vm, s->r))) {
        asy_release_obj(vm, s);
        return ASY_ERR;
    }
    for (size_t i = 0; i < s->n; i++) s->indices[i] = i;
    for (size_t i = 0; i < s->r; i++) s->cycles[i] = s->n - i;
    return asy_from_obj(s);
}

static Value permutations_next(VM *vm, Value self)
{
    SelectionObj *s = asy_as(SelectionObj, self);
    size_t *indices = s->indices, n = s->n;
    if (s->ended) return ASY_DONE;
    if (!s->rows.last) return selection_first(vm, s);
    TupleObj *row = s->r == 0 ? s->rows.last : asy_itertools_again(vm, &s->rows);
    if (!row) return ASY_ERR;
    for (size_t i = s->r; i-- > 0;) {
        if (--s->cycles[i] > 0) {
            size_t j = n - s->cycles[i], index = indices[i];
            indices[i] = indices[j];
            indices[j] = index;
            return selection_give(vm, s, row, i);
        }
        // Place i has had every item: its own goes behind the others, which is their order when it began.
        size_t index = indices[i];
        memmove(indices + i, indices + i + 1, (n - i - 1) * sizeof(size_t));
        indices[n - 1] = index;
        s->cycles[i] = n - i;
    }
    return selection_end(s);
}

static Value permutations_state(VM *vm, const SelectionObj *s)
{
    Value indices = asy_itertools_indices_tuple(vm, s->indices, s->n);
    Value cycles = asy_is_err(indices) ? ASY_ERR : asy_itertools_indices_tuple(vm, s->cycles, s->r);
    Value out = asy_is_err(cycles) ? ASY_ERR : asy_tuple_pack(vm, 2, indices, cycles);
    asy_release(vm, indices);
    asy_release(vm, cycles);
    return out;
}
static Value permutations_reduce(VM *vm, Args a) { return selection_reduce(vm, a.self, permutations_state); }

static Value permutations_setstate(VM *vm, Args a)
{
    SelectionObj *s = asy_as(SelectionObj, a.self);
    if (!asy_itertools_warn(vm)) return ASY_ERR;
    TupleObj *state = asy_itertools_state(vm, a.v[0], 2, 2);
    if (!state) return ASY_ERR;
    for (size_t i = 0; i < 2; i++)
        if (!asy_is_tuple(vm, state->items[i]))
            return asy_raise(vm, EXC_TypeError, "argument %zu must be tuple, not %T", i + 1, state->items[i]);
    TupleObj *indices = indices_state(vm, state->items[0], s->n), *cycles = indices ? indices_state(vm, state->items[1], s->r) : NULL;
    if (!cycles) return ASY_ERR;
    if (!s->indices) return ASY_NONE;           // there never was a row
    for (size_t i = 0; i < s->n; i++)
        if (!asy_itertools_state_index(vm, indices->items[i], 0, (int64_t)s->n - 1, &s->indices[i])) return ASY_ERR;
    for (size_t i = 0; i < s->r; i++)
        if (!asy_itertools_state_index(vm, cycles->items[i], 1, (int64_t)(s->n - i), &s->cycles[i])) return ASY_ERR;
    Value row = selection_first(vm, s);
    if (asy_is_err(row)) return ASY_ERR;
    asy_release(vm, row);
    return ASY_NONE;
}

static const MethodDef permutations_methods[] = {
    { "__reduce__", permutations_reduce, "()", 0, "Return state information for pickling." },
    { "__setstate__", permutations_setstate, "(state, /)", 0, "Set state information for unpickling." },
    { 0 },
};

const TypeDef asy_itertools_permutations_type = {
    .name = "itertools.permutations",
    .size = sizeof(SelectionObj),
    .flags = TYPE_BASE | TYPE_QUALIFIED,
    .doc = "All ways to take r items, in every order; r is the number of items if it is not given.",
    .signature = "(iterable, r=None)",
    .trace = selection_trace,
    .clear = selection_clear,
    .free = selection_free,
    .methods = permutations_methods,
    .slots = { .new = permutations_new, .iter = asy_iter_self, .next = permutations_next },
};
