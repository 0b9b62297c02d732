// Builtin functions of numbers: abs, bin, divmod, hex, max, min, oct, pow, round, sum.
#include <math.h>

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/builtins.h"
#include "vm/objects/bytes.h"
#include "vm/objects/equal.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/walk.h"

static Value builtin_abs(VM *vm, Args a) { return asy_absolute(vm, a.v[0]); }
static Value builtin_divmod(VM *vm, Args a) { return asy_divmod(vm, a.v[0], a.v[1]); }

static Value builtin_pow(VM *vm, Args a)
{
    return asy_power(vm, a.v[0], a.v[1], asy_is_none(a.v[2]) ? ASY_NIL : a.v[2]);
}

static Value in_base(VM *vm, Value v, int base)
{
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return ASY_ERR;
    StrObj *text = asy_int_to_str(vm, i, base, true);
    asy_release(vm, i);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value builtin_bin(VM *vm, Args a) { return in_base(vm, a.v[0], 2); }
static Value builtin_oct(VM *vm, Args a) { return in_base(vm, a.v[0], 8); }
static Value builtin_hex(VM *vm, Args a) { return in_base(vm, a.v[0], 16); }

static Value builtin_round(VM *vm, Args a)
{
    if (asy_is_int(a.v[0])) return asy_int_round(vm, a.v[0], a.v[1]);
    if (asy_is_float(a.v[0]) && asy_is_nil(a.v[1])) return asy_int_from_double(vm, nearbyint(asy_as_double(a.v[0])));
    if (asy_is_float(a.v[0]) && asy_is_int(a.v[1])) return asy_float_round(vm, asy_as_double(a.v[0]), asy_as_small(a.v[1]));
    Value method = asy_special(vm, a.v[0], asy_name(vm, __round__));
    if (asy_is_err(method)) return ASY_ERR;
    if (asy_is_nil(method)) return asy_raise(vm, EXC_TypeError, "type %.100T doesn't define __round__ method", a.v[0]);
    bool plain = asy_is_nil(a.v[1]) || asy_is_none(a.v[1]);
    Value out = plain ? asy_call0(vm, method) : asy_call1(vm, method, a.v[1]);
    asy_release(vm, method);
    return out;
}

// ---- max and min ----

typedef struct Extreme {
    const char *name;
    Comparison better;
    Value key, fallback;        // NIL: none
    Value item, item_key;       // the best so far, owned; NIL: none yet
} Extreme;

// Considers an item, which it takes.
static bool extreme_offer(VM *vm, Extreme *e, Value item)
{
    Value key = asy_is_nil(e->key) ? asy_retain(item) : asy_call1(vm, e->key, item);
    if (asy_is_err(key)) {
        asy_release(vm, item);
        return false;
    }
    int better = 1;
    if (!asy_is_nil(e->item)) {
        if (asy_both_int(key, e->item_key)) {
            int64_t x = asy_as_small(key), y = asy_as_small(e->item_key);
            better = e->better == CMP_GT ? x > y : x < y;
        } else {
            better = asy_compare_bool(vm, key, e->item_key, e->better);
        }
    }
    if (better > 0) {
        asy_set(vm, &e->item, item);
        asy_set(vm, &e->item_key, key);
        return true;
    }
    asy_release(vm, item);
    asy_release(vm, key);
    return better == 0;
}

// How far [i, n) are small integers; *best becomes the greatest or least of them and itself. Only rarely does one beat
// the best so far: these loops want the branch.
ASY_INLINE size_t extreme_ints(const Value *items, size_t i, size_t n, bool greatest, Value *best)
{
    for (int64_t top = asy_as_small(*best); i < n && asy_is_int(items[i]); i++) {
        int64_t x = asy_as_small(items[i]);
        if (ASY_LIKELY(greatest ? x <= top : x >= top)) continue;
        top = x;
        *best = items[i];
    }
    return i;
}

ASY_INLINE size_t extreme_floats(const Value *items, size_t i, size_t n, bool greatest, Value *best)
{
    for (double top = asy_as_double(*best); i < n && asy_is_float(items[i]); i++) {
        double x = asy_as_double(items[i]);
        if (ASY_LIKELY(!(greatest ? x > top : x < top))) continue;      // nor does NaN
        top = x;
        *best = items[i];
    }
    return i;
}

ASY_INLINE size_t extreme_texts(VM *vm, const Value *items, size_t i, size_t n, bool greatest, Value *best)
{
    for (const StrObj *top = asy_as_str(*best); i < n && asy_is_exact_str(vm, items[i]); i++) {
        const StrObj *x = asy_as_str(items[i]);
        int order = asy_str_compare(x, top);
        if (ASY_LIKELY(greatest ? order <= 0 : order >= 0)) continue;
        top = x;
        *best = items[i];
    }
    return i;
}

// Considers the items that lie ready in a list or tuple, as long as they are of one kind that needs no script.
static void extreme_span(VM *vm, Extreme *e, Walk *w)
{
    const Value *items;
    size_t n = asy_walk_span(w, &items), i = 0;
    if (n == 0) return;
    Value best = asy_is_nil(e->item) ? items[i++] : e->item;
    if (e->better == CMP_GT) {
        if (asy_is_int(best)) i = extreme_ints(items, i, n, true, &best);
        else if (asy_is_float(best)) i = extreme_floats(items, i, n, true, &best);
        else if (asy_is_exact_str(vm, best)) i = extreme_texts(vm, items, i, n, true, &best);
    } else {
        if (asy_is_int(best)) i = extreme_ints(items, i, n, false, &best);
        else if (asy_is_float(best)) i = extreme_floats(items, i, n, false, &best);
        else if (asy_is_exact_str(vm, best)) i = extreme_texts(vm, items, i, n, false, &best);
    }
    w->at += i;
    if (asy_same(best, e->item)) return;
    asy_set(vm, &e->item, asy_retain(best));
    asy_set(vm, &e->item_key, asy_retain(best));
}

static bool extreme_options(VM *vm, Extreme *e, Args a)
{
    for (size_t i = 0; !asy_is_nil(a.kwnames) && i < asy_as_tuple(a.kwnames)->size; i++) {
        StrObj *name = asy_as_str(asy_as_tuple(a.kwnames)->items[i]);
        Value v = a.v[a.n + i];
        if (asy_str_is(name, "key")) {
            e->key = asy_is_none(v) ? ASY_NIL : v;
        } else if (asy_str_is(name, "default")) {
            e->fallback = v;
        } else {
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", name, e->name);
            return false;
        }
    }
    return true;
}

static Value extreme(VM *vm, const char *name, Comparison better, Args a)
{
    Extreme e = { .name = name, .better = better };
    if (a.n == 0) return asy_raise(vm, EXC_TypeError, "%s expected at least 1 argument, got 0", name);
    if (!extreme_options(vm, &e, a)) return ASY_ERR;
    bool ok = true;
    if (a.n > 1) {
        if (!asy_is_nil(e.fallback))
            return asy_raise(vm, EXC_TypeError, "Cannot specify a default for %s() with multiple positional arguments", name);
        for (uint32_t i = 0; i < a.n && ok; i++) ok = extreme_offer(vm, &e, asy_retain(a.v[i]));
    } else {
        Walk w;
        if (!asy_walk_begin(vm, &w, a.v[0])) return ASY_ERR;
        while (ok) {
            if (asy_is_nil(e.key)) extreme_span(vm, &e, &w);
            Value item = asy_walk_next(vm, &w);
            if (asy_is_done(item)) break;
            ok = !asy_is_err(item) && extreme_offer(vm, &e, item);
        }
        asy_walk_end(vm, &w);
    }
    asy_release(vm, e.item_key);
    if (!ok) {
        asy_release(vm, e.item);
        return ASY_ERR;
    }
    if (!asy_is_nil(e.item)) return e.item;
    if (!asy_is_nil(e.fallback)) return asy_retain(e.fallback);
    return asy_raise(vm, EXC_ValueError, "%s() iterable argument is empty", name);
}

static Value builtin_max(VM *vm, Args a) { return extreme(vm, "max", CMP_GT, a); }
static Value builtin_min(VM *vm, Args a) { return extreme(vm, "min", CMP_LT, a); }

// ---- sum ----

// A running sum of floats with the error of each addition carried along (Neumaier's summation).
typedef struct FloatSum {
    double sum, lost;
} FloatSum;

ASY_INLINE void float_sum_add(FloatSum *s, double x)
{
    double t = s->sum + x;
    bool sum_is_larger = fabs(s->sum) >= fabs(x);       // chosen between, not branched upon
    double large = sum_is_larger ? s->sum : x, small = sum_is_larger ? x : s->sum;
    s->lost += (large - t) + small;
    s->sum = t;
}

static double float_sum_result(const FloatSum *s)
{
    // A zero correction is not added: it would turn -0.0 into 0.0.
    return s->lost != 0 && isfinite(s->lost) ? s->sum + s->lost : s->sum;
}

// Adds a small integer or bool; false: it is neither, or the sum would leave 64 bits.
ASY_INLINE bool sum_add(int64_t *sum, Value v)
{
    int64_t x, next;
    if (ASY_LIKELY(asy_is_int(v))) x = asy_as_small(v);
    else if (asy_is_bool(v)) x = asy_is_true(v);
    else return false;
    if (__builtin_add_overflow(*sum, x, &next)) return false;
    *sum = next;
    return true;
}

// The numbers of a range's iterator, all at once: none of them is looked at.
static void sum_range(VM *vm, Walk *w, int64_t *sum)
{
    if (asy_as_obj(w->over)->type != vm->types.range_iterator) return;
    RangeIterObj *r = asy_as(RangeIterObj, w->over);
    if (r->left <= 0) return;
    __int128 n = r->left, total = *sum + n * r->next + n * (n - 1) / 2 * r->step;
    if (total < INT64_MIN || total > INT64_MAX) return;
    *sum = (int64_t)total;
    r->next = (int64_t)((uint64_t)r->next + (uint64_t)r->left * (uint64_t)r->step);
    r->left = 0;
}

// Adds integers as long as they come and the sum fits 64 bits. *item is the first that was not added (owned), or DONE
// or ERR.
static Value sum_ints(VM *vm, Walk *w, int64_t sum, Value *item)
{
    const Value *items;
    size_t n = asy_walk_span(w, &items), i = 0;
    while (i < n && sum_add(&sum, items[i])) i++;
    w->at += i;
    sum_range(vm, w, &sum);
    do *item = asy_walk_next(vm, w);
    while (sum_add(&sum, *item));
    return asy_int_from_i64(vm, sum);
}

static Value sum_floats(VM *vm, Walk *w, double start, Value *item)
{
    FloatSum s = { start, 0 };
    for (;;) {
        int64_t i;
        if (asy_is_float(*item)) float_sum_add(&s, asy_as_double(*item));
        else if (asy_is_int(*item) || asy_is_bool(*item)) {
            (void)asy_int_small(*item, &i);
            s.sum += (double)i;
        } else break;
        const Value *items;
        size_t n = asy_walk_span(w, &items), k = 0;
        for (; k < n && asy_is_float(items[k]); k++) float_sum_add(&s, asy_as_double(items[k]));
        w->at += k;
        *item = asy_walk_next(vm, w);
    }
    return asy_from_double(float_sum_result(&s));
}

// Adds *item (an error becomes the sum's) and takes the next one.
static void sum_one(VM *vm, Walk *w, Value *sum, Value *item)
{
    if (asy_is_done(*item)) return;
    asy_set(vm, sum, asy_is_err(*item) ? ASY_ERR : asy_binary(vm, BIN_ADD, *sum, *item));
    asy_set(vm, item, asy_is_err(*sum) ? ASY_NIL : asy_walk_next(vm, w));
}

static Value sum_start(VM *vm, Value start)
{
    if (asy_is_nil(start)) return asy_from_small(0);
    if (asy_is_str(vm, start)) return asy_raise(vm, EXC_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    if (asy_is_bytes(vm, start)) return asy_raise(vm, EXC_TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
    if (asy_is_bytearray(vm, start)) return asy_raise(vm, EXC_TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
    return asy_retain(start);
}

static Value builtin_sum(VM *vm, Args a)
{
    Walk w;
    if (!asy_walk_begin(vm, &w, a.v[0])) return ASY_ERR;
    Value sum = sum_start(vm, a.v[1]), item = ASY_NIL;
    if (asy_is_err(sum)) goto done;
    bool counting = asy_is_int(sum);
    if (counting) sum = sum_ints(vm, &w, asy_as_small(sum), &item);
    else item = asy_walk_next(vm, &w);
    // The item that ended the counting is added as + does it; floats behind it are summed with care.
    if (counting && !asy_is_err(sum)) sum_one(vm, &w, &sum, &item);
    if (asy_is_float(sum)) sum = sum_floats(vm, &w, asy_as_double(sum), &item);
    while (!asy_is_err(sum) && !asy_is_done(item)) sum_one(vm, &w, &sum, &item);
    asy_release(vm, item);
done:
    asy_walk_end(vm, &w);
    return sum;
}

const MethodDef asy_builtins_number_functions[] = {
    { "abs", builtin_abs, "(x, /)", 0, "Return the absolute value of the argument." },
    { "bin", builtin_bin, "(number, /)", 0, "Return the binary representation of an integer.\n\n>>> bin(2796202)\n'0b1010101010101010101010'" },
    { "oct", builtin_oct, "(number, /)", 0, "Return the octal representation of an integer.\n\n>>> oct(342391)\n'0o1234567'" },
    { "hex", builtin_hex, "(number, /)", 0, "Return the hexadecimal representation of an integer.\n\n>>> hex(12648430)\n'0xc0ffee'" },
    { "divmod", builtin_divmod, "(x, y, /)", 0, "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x." },
    { "pow", builtin_pow, "(base, exp, mod=None)", 0,
      "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.\n\nSome types, such as ints, are able to "
      "use a more efficient algorithm when\ninvoked using the three argument form." },
    { "round", builtin_round, "(number, ndigits=None)", 0,
      "Round a number to a given precision in decimal digits.\n\nThe return value is an integer if ndigits is omitted or None.  "
      "Otherwise\nthe return value has the same type as the number.  ndigits may be negative." },
    { "max", builtin_max, NULL, NATIVE_RAW,
      "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single "
      "iterable argument, return its biggest item. The\ndefault keyword-only argument specifies an object to return if\n"
      "the provided iterable is empty.\nWith two or more arguments, return the largest argument." },
    { "min", builtin_min, NULL, NATIVE_RAW,
      "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single "
      "iterable argument, return its smallest item. The\ndefault keyword-only argument specifies an object to return if\n"
      "the provided iterable is empty.\nWith two or more arguments, return the smallest argument." },
    { "sum", builtin_sum, "(iterable, /, start=0)", 0,
      "Return the sum of a 'start' value (default: 0) plus an iterable of numbers\n\nWhen the iterable is empty, return the "
      "start value.\nThis function is intended specifically for use with numeric values and may\nreject non-numeric types." },
    { 0 },
};
