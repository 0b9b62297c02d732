// What the sequence and container types share.
#include "vm/objects/generic.h"

#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/error.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

bool asy_args_positional(VM *vm, const char *name, Args a, uint32_t min, uint32_t max)
{
    if (!asy_no_keywords(vm, name, a)) return false;
    if (a.n >= min && a.n <= max) return true;
    uint32_t bound = a.n < min ? min : max;
    const char *how = min == max ? "" : a.n < min ? "at least " : "at most ";
    asy_raise(vm, EXC_TypeError, "%s expected %s%u argument%s, got %u", name, how, bound, bound == 1 ? "" : "s", a.n);
    return false;
}

void asy_args_of_subclass(const Type *type, const Type *base, bool in_init, Args *a)
{
    bool own = in_init ? type->slots.new != base->slots.new : type->slots.init != base->slots.init;
    if (own) a->kwnames = ASY_NIL;
}

// Whether the value can be an index at all: an integer or something with __index__.
static bool can_index(VM *vm, Value v)
{
    return asy_is_int(v) || asy_type_of(vm, v)->slots.index != NULL;
}

bool asy_sequence_index(VM *vm, Value key, const char *what, int64_t *out)
{
    if (ASY_LIKELY(asy_is_int(key))) {
        *out = asy_as_small(key);
        return true;
    }
    if (!can_index(vm, key)) {
        asy_raise(vm, EXC_TypeError, "%s indices must be integers or slices, not %.200T", what, key);
        return false;
    }
    Value i = asy_index(vm, key);
    if (asy_is_err(i)) return false;
    bool fits = asy_int_as_i64(vm, i, out);
    asy_release(vm, i);
    if (!fits) asy_raise(vm, EXC_IndexError, "cannot fit '%.200T' into an index-sized integer", key);
    return fits;
}

bool asy_repeat_count(VM *vm, Value count, int64_t *out)
{
    if (!can_index(vm, count)) {
        asy_raise(vm, EXC_TypeError, "can't multiply sequence by non-int of type '%.200T'", count);
        return false;
    }
    Value i = asy_index(vm, count);
    if (asy_is_err(i)) return false;
    bool fits = asy_int_as_i64(vm, i, out);
    asy_release(vm, i);
    if (!fits) asy_raise(vm, EXC_OverflowError, "cannot fit '%.200T' into an index-sized integer", count);
    if (*out < 0) *out = 0;
    return fits;
}

bool asy_sizes_compare(size_t a, size_t b, Comparison op)
{
    switch (op) {
    case CMP_LT: return a < b;
    case CMP_LE: return a <= b;
    case CMP_EQ: return a == b;
    case CMP_NE: return a != b;
    case CMP_GT: return a > b;
    default: return a >= b;
    }
}

Value asy_iter_self(VM *vm, Value self)
{
    (void)vm;
    return asy_retain(self);
}

Value asy_class_getitem(VM *vm, Args a)
{
    return asy_call2(vm, asy_from_obj(vm->types.generic_alias), a.self, a.v[0]);
}

Value asy_builtin_get(VM *vm, const char *name)
{
    StrObj *key = asy_intern_c(vm, name);
    if (!key) return ASY_ERR;
    Value v = asy_dict_get_str(vm, vm->builtins, key);
    if (asy_is_nil(v) && !asy_error_pending(vm)) asy_raise(vm, EXC_AttributeError, "module 'builtins' has no attribute '%U'", key);
    asy_release_obj(vm, key);
    return asy_is_nil(v) ? ASY_ERR : v;
}

Value asy_iter_reduce(VM *vm, const char *builtin, Value arg, Value state)
{
    Value fn = asy_builtin_get(vm, builtin), out = ASY_ERR;
    Value args = asy_is_err(fn) ? ASY_ERR : asy_tuple_pack(vm, 1, arg);
    if (!asy_is_err(args))
        out = asy_is_nil(state) ? asy_tuple_pack(vm, 2, fn, args) : asy_tuple_pack(vm, 3, fn, args, state);
    asy_release(vm, args);
    asy_release(vm, state);
    return out;
}

// Numbers hash as their value modulo the prime 2^61-1, so that equal numbers of all types agree; -1 means
// an error elsewhere and becomes -2.
static const int64_t HASH_PRIME = (INT64_C(1) << 61) - 1;

int64_t asy_hash_i64(int64_t i)
{
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    int64_t h = (int64_t)(magnitude % (uint64_t)HASH_PRIME);
    if (i < 0) h = -h;
    return h == -1 ? -2 : h;
}

int64_t asy_hash_double(double d)
{
    if (isinf(d)) return d > 0 ? 314159 : -314159;
    int exponent;
    double m = frexp(d, &exponent);
    bool negative = m < 0;
    if (negative) m = -m;
    // 28 bits at a time: h = h * 2^28 + next bits, all modulo the prime (a rotation, since 2^61 = 1).
    uint64_t h = 0;
    while (m != 0) {
        h = ((h << 28) & (uint64_t)HASH_PRIME) | h >> (61 - 28);
        m *= 268435456.0;
        exponent -= 28;
        uint64_t bits = (uint64_t)m;
        m -= (double)bits;
        h += bits;
        if (h >= (uint64_t)HASH_PRIME) h -= (uint64_t)HASH_PRIME;
    }
    int shift = exponent >= 0 ? exponent % 61 : 61 - 1 - (-1 - exponent) % 61;
    if (shift) h = ((h << shift) & (uint64_t)HASH_PRIME) | h >> (61 - shift);
    int64_t out = negative ? -(int64_t)h : (int64_t)h;
    return out == -1 ? -2 : out;
}
