// The module itertools: its table, and what its iterators share.
#include "stdlib/itertools.h"

bool asy_itertools_args(VM *vm, const Type *type, const char *name, Args *a, uint32_t min, uint32_t max)
{
    asy_args_of_subclass(type, vm->types.object, false, a);
    return asy_args_positional(vm, name, *a, min, max);
}

bool asy_itertools_warn(VM *vm)
{
    return asy_warn(vm, EXC_DeprecationWarning, 1,
                    "Pickle, copy, and deepcopy support will be removed from itertools in Python 3.14.");
}

Value asy_itertools_reduce(VM *vm, Value self, Value args, Value state)
{
    Value out = ASY_ERR, type = asy_from_obj(asy_as_obj(self)->type);
    if (!asy_is_err(args) && !asy_is_err(state) && asy_itertools_warn(vm))
        out = asy_is_nil(state) ? asy_tuple_pack(vm, 2, type, args) : asy_tuple_pack(vm, 3, type, args, state);
    asy_release(vm, args);
    asy_release(vm, state);
    return out;
}

TupleObj *asy_itertools_state(VM *vm, Value state, uint32_t min, uint32_t max)
{
    if (!asy_is_tuple(vm, state)) {
        asy_raise(vm, EXC_TypeError, "state is not a tuple");
        return NULL;
    }
    TupleObj *t = asy_as_tuple(state);
    if (t->size >= min && t->size <= max) return t;
    uint32_t bound = t->size < min ? min : max;
    asy_raise(vm, EXC_TypeError, "function takes %s %u argument%s (%zu given)",
              min == max ? "exactly" : t->size < min ? "at least" : "at most", bound, bound == 1 ? "" : "s", t->size);
    return NULL;
}

bool asy_itertools_state_index(VM *vm, Value v, int64_t low, int64_t high, size_t *out)
{
    int64_t i;
    if (!asy_is_integer(vm, v)) {
        asy_raise(vm, EXC_TypeError, "an integer is required");
        return false;
    }
    if (!asy_to_ssize(vm, v, &i)) return false;
    *out = (size_t)(i < low ? low : i > high ? high : i);
    return true;
}

size_t *asy_itertools_indices(VM *vm, size_t n)
{
    size_t *indices = n < SIZE_MAX / sizeof(size_t) / 2 ? asy_mem_alloc(vm, (n ? n : 1) * sizeof(size_t)) : NULL;
    if (!indices) asy_raise_memory(vm);
    return indices;
}

void asy_itertools_indices_free(VM *vm, size_t *indices, size_t n)
{
    if (indices) asy_mem_free(vm, indices, (n ? n : 1) * sizeof(size_t));
}

Value asy_itertools_indices_tuple(VM *vm, const size_t *indices, size_t n)
{
    TupleObj *t = asy_tuple_alloc(vm, n);
    if (!t) return ASY_ERR;
    for (size_t i = 0; i < n; i++) t->items[i] = asy_from_small((int64_t)indices[i]);
    return asy_from_obj(t);
}

static const MethodDef functions[] = {
    { "tee", asy_itertools_tee, "(iterable, n=2, /)", 0, "A tuple of n iterators that each give all items of one." },
    { 0 },
};

static bool itertools_init(VM *vm, Value module)
{
    static const TypeDef *const types[] = {
#define ITERTOOL(id) &asy_itertools_##id##_type,
#include "stdlib/itertools.def"
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!asy_module_add_type(vm, module, types[i])) return false;
    return true;
}

const ModuleDef asy_module_itertools = {
    .name = "itertools",
    .doc = "Iterators made of iterators.\n\n"
           "Endless: count, cycle, repeat.\n"
           "Until the shortest input ends: accumulate, batched, chain, compress, dropwhile, filterfalse,\n"
           "groupby, islice, pairwise, starmap, takewhile, tee; until the longest ends: zip_longest.\n"
           "Combinatoric: combinations, combinations_with_replacement, permutations, product.",
    .functions = functions,
    .init = itertools_init,
};
