// Sorting: a stable merge sort that uses the order it finds.
//
// Ascending runs (and strictly descending ones, turned round) are found from left to right, short ones
// filled up by binary insertion, and merged in the order of the powersort policy (Munro and Wild 2018),
// which keeps merges balanced. A merge gallops once one side wins again and again, so that nearly sorted
// input costs O(n). Keys of one kind (small integers, floats, strings) are compared without leaving this
// file: every function that compares is inlined into one copy a kind.
//
// The arrays belong to the sort while it runs; comparisons may run script, which sees an empty list. After
// a failing comparison all values are still there, in some order.
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/int.h"
#include "vm/objects/list_impl.h"
#include "vm/objects/str.h"

enum { RUN_MIN = 24, GALLOP_AFTER = 7, RUNS_MAX = 72 };     // arbitrary; timsort's; powers of 64-bit sizes

typedef struct Run {
    size_t start, length;
    int power;                  // of the boundary before the next run
} Run;

typedef struct Sort {
    VM *vm;
    Value *keys, *values;       // values NULL: the keys are what is sorted
    size_t n;
    Value *temp;                // keys, then values, of the shorter side of a merge
    size_t temp_capacity;       // of each of the two
    Slot_COMPARE compare;       // of the keys' one type, for less_same_type
    uint32_t run_count;
    Run runs[RUNS_MAX];
} Sort;

// Whether a < b: 1, 0, -1 error.
typedef int (*LessFn)(Sort *s, Value a, Value b);

ASY_INLINE int less_small_int(Sort *s, Value a, Value b)
{
    (void)s;
    return asy_as_small(a) < asy_as_small(b);
}

ASY_INLINE int less_float(Sort *s, Value a, Value b)
{
    (void)s;
    return asy_as_double(a) < asy_as_double(b);
}

ASY_INLINE int less_str(Sort *s, Value a, Value b)
{
    (void)s;
    return asy_str_compare(asy_as_str(a), asy_as_str(b)) < 0;
}

ASY_INLINE int less_same_type(Sort *s, Value a, Value b)
{
    Value r = s->compare(s->vm, a, b, CMP_LT);
    if (ASY_LIKELY(asy_is_bool(r))) return asy_is_true(r);
    if (asy_is_err(r)) return -1;
    if (asy_is_notimplemented(r)) return asy_compare_bool(s->vm, a, b, CMP_LT);
    int truth = asy_truth(s->vm, r);
    asy_release(s->vm, r);
    return truth;
}

ASY_INLINE int less_any(Sort *s, Value a, Value b)
{
    return asy_compare_bool(s->vm, a, b, CMP_LT);
}

ASY_INLINE void move_items(Sort *s, size_t to, size_t from, size_t n)
{
    memmove(s->keys + to, s->keys + from, n * sizeof(Value));
    if (s->values) memmove(s->values + to, s->values + from, n * sizeof(Value));
}

static void items_to_temp(Sort *s, size_t from, size_t n)
{
    memcpy(s->temp, s->keys + from, n * sizeof(Value));
    if (s->values) memcpy(s->temp + s->temp_capacity, s->values + from, n * sizeof(Value));
}

ASY_INLINE void items_from_temp(Sort *s, size_t to, size_t from, size_t n)
{
    memcpy(s->keys + to, s->temp + from, n * sizeof(Value));
    if (s->values) memcpy(s->values + to, s->temp + s->temp_capacity + from, n * sizeof(Value));
}

static void reverse_values(Value *a, size_t n)
{
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        Value v = a[i];
        a[i] = a[--j];
        a[j] = v;
    }
}

static bool temp_reserve(Sort *s, size_t n)
{
    if (n <= s->temp_capacity) return true;
    size_t sides = s->values ? 2 : 1;
    asy_mem_free(s->vm, s->temp, s->temp_capacity * sides * sizeof(Value));
    s->temp_capacity = 0;
    s->temp = asy_mem_alloc(s->vm, n * sides * sizeof(Value));
    if (!s->temp) {
        asy_raise_memory(s->vm);
        return false;
    }
    s->temp_capacity = n;
    return true;
}

// Length of the run at `start`, made ascending; 0: error.
ASY_INLINE size_t run_find(Sort *s, LessFn less, size_t start, size_t end)
{
    if (start + 1 >= end) return end - start;
    int down = less(s, s->keys[start + 1], s->keys[start]);
    if (down < 0) return 0;
    size_t i = start + 2;
    for (; i < end; i++) {
        int lower = less(s, s->keys[i], s->keys[i - 1]);
        if (lower < 0) return 0;
        if (lower != down) break;
    }
    if (down) {
        reverse_values(s->keys + start, i - start);
        if (s->values) reverse_values(s->values + start, i - start);
    }
    return i - start;
}

// Sorts [start, end), of which [start, sorted) is sorted, by inserting the others.
ASY_INLINE bool insert_rest(Sort *s, LessFn less, size_t start, size_t sorted, size_t end)
{
    for (; sorted < end; sorted++) {
        Value key = s->keys[sorted], value = s->values ? s->values[sorted] : ASY_NIL;
        size_t low = start, high = sorted;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            int before = less(s, key, s->keys[mid]);
            if (before < 0) return false;
            if (before) high = mid;
            else low = mid + 1;
        }
        move_items(s, low + 1, low, sorted - low);
        s->keys[low] = key;
        if (s->values) s->values[low] = value;
    }
    return true;
}

// How many of the ascending a[0..n) go before `key`; equal ones too if `after_equal`. The search starts
// at the front, or at the end with `backward`, in growing steps. SIZE_MAX: error.
ASY_INLINE size_t gallop(Sort *s, LessFn less, Value key, const Value *a, size_t n, bool after_equal, bool backward)
{
    size_t low = 0, high = n, step = 1;
    while (low < high) {        // steps of 1, 3, 7, ... from one end, then halving
        size_t room = high - low;
        size_t at = step > room / 2 ? low + room / 2 : backward ? high - step : low + step - 1;
        int goes_before;
        if (after_equal) {
            int r = less(s, key, a[at]);
            if (r < 0) return SIZE_MAX;
            goes_before = !r;
        } else {
            goes_before = less(s, a[at], key);
            if (goes_before < 0) return SIZE_MAX;
        }
        if (goes_before) low = at + 1;
        else high = at;
        if (goes_before == backward) step = 1 + room;       // passed it: halve what is left
        else step = step * 2 + 1;
    }
    return low;
}

// Merges [start, start + na) with the nb items behind it; the left side, the shorter one, goes to temp.
// At any time the gap at `to` is as large as what is left in temp, which is put there at the end or on error.
ASY_INLINE bool merge_low(Sort *s, LessFn less, size_t start, size_t na, size_t nb)
{
    if (!temp_reserve(s, na)) return false;
    items_to_temp(s, start, na);
    size_t to = start, a = 0, b = start + na, end = b + nb;
    bool ok = false;
    while (a < na && b < end) {
        size_t wins_a = 0, wins_b = 0;
        do {
            int r = less(s, s->keys[b], s->temp[a]);
            if (r < 0) goto done;
            if (r) {
                move_items(s, to++, b++, 1);
                wins_a = 0;
                wins_b++;
            } else {
                items_from_temp(s, to++, a++, 1);
                wins_b = 0;
                wins_a++;
            }
        } while (a < na && b < end && wins_a < GALLOP_AFTER && wins_b < GALLOP_AFTER);
        while (a < na && b < end && (wins_a >= GALLOP_AFTER || wins_b >= GALLOP_AFTER)) {
            wins_a = gallop(s, less, s->keys[b], s->temp + a, na - a, true, false);
            if (wins_a == SIZE_MAX) goto done;
            items_from_temp(s, to, a, wins_a);
            to += wins_a;
            a += wins_a;
            if (a == na) break;
            wins_b = gallop(s, less, s->temp[a], s->keys + b, end - b, false, false);
            if (wins_b == SIZE_MAX) goto done;
            move_items(s, to, b, wins_b);
            to += wins_b;
            b += wins_b;
        }
    }
    ok = true;
done:
    items_from_temp(s, to, a, na - a);
    return ok;
}

// The same from the right: the right side, the shorter one, goes to temp.
ASY_INLINE bool merge_high(Sort *s, LessFn less, size_t start, size_t na, size_t nb)
{
    if (!temp_reserve(s, nb)) return false;
    items_to_temp(s, start + na, nb);
    size_t a = start + na, b = nb, to = a + nb;         // one behind each
    bool ok = false;
    while (a > start && b > 0) {
        size_t wins_a = 0, wins_b = 0;
        do {
            int r = less(s, s->temp[b - 1], s->keys[a - 1]);
            if (r < 0) goto done;
            if (r) {
                move_items(s, --to, --a, 1);
                wins_b = 0;
                wins_a++;
            } else {
                items_from_temp(s, --to, --b, 1);
                wins_a = 0;
                wins_b++;
            }
        } while (a > start && b > 0 && wins_a < GALLOP_AFTER && wins_b < GALLOP_AFTER);
        while (a > start && b > 0 && (wins_a >= GALLOP_AFTER || wins_b >= GALLOP_AFTER)) {
            size_t kept = gallop(s, less, s->temp[b - 1], s->keys + start, a - start, true, true);
            if (kept == SIZE_MAX) goto done;
            wins_a = a - start - kept;
            to -= wins_a;
            a -= wins_a;
            move_items(s, to, a, wins_a);
            if (a == start) break;
            kept = gallop(s, less, s->keys[a - 1], s->temp, b, false, true);
            if (kept == SIZE_MAX) goto done;
            wins_b = b - kept;
            to -= wins_b;
            b = kept;
            items_from_temp(s, to, b, wins_b);
        }
    }
    ok = true;
done:
    items_from_temp(s, to - b, 0, b);
    return ok;
}

ASY_INLINE bool merge_last_two(Sort *s, LessFn less)
{
    Run *x = &s->runs[s->run_count - 2], *y = x + 1;
    size_t start = x->start, na = x->length, nb = y->length;
    x->length += y->length;
    s->run_count--;
    if (na + nb > 65536 && !asy_check_pending(s->vm)) return false;
    // What is already in its place at both ends stays there.
    size_t skip = gallop(s, less, s->keys[start + na], s->keys + start, na, true, false);
    if (skip == SIZE_MAX) return false;
    start += skip;
    na -= skip;
    if (na == 0) return true;
    nb = gallop(s, less, s->keys[start + na - 1], s->keys + start + na, nb, false, true);
    if (nb == SIZE_MAX) return false;
    if (nb == 0) return true;
    return na <= nb ? merge_low(s, less, start, na, nb) : merge_high(s, less, start, na, nb);
}

// How deep in a perfectly balanced merge tree over n items the boundary between two neighbours lies: the
// first binary digit in which their midpoints, as fractions of n, differ.
static int boundary_power(const Run *x, size_t next_length, size_t n)
{
    uint64_t left = (2 * (uint64_t)x->start + x->length), right = left + x->length + next_length;
    left = (left << 31) / n;
    right = (right << 31) / n;
    return left == right ? 64 : __builtin_clzll(left ^ right);
}

ASY_INLINE bool sort_all(Sort *s, LessFn less)
{
    for (size_t start = 0; start < s->n;) {
        size_t length = run_find(s, less, start, s->n);
        if (length == 0) return false;
        if (length < RUN_MIN && start + length < s->n) {
            size_t end = s->n - start < RUN_MIN ? s->n : start + RUN_MIN;
            if (!insert_rest(s, less, start, start + length, end)) return false;
            length = end - start;
        }
        if (s->run_count) {
            int power = boundary_power(&s->runs[s->run_count - 1], length, s->n);
            while (s->run_count > 1 && s->runs[s->run_count - 2].power > power)
                if (!merge_last_two(s, less)) return false;
            s->runs[s->run_count - 1].power = power;
        }
        assert(s->run_count < RUNS_MAX);
        s->runs[s->run_count++] = (Run){ start, length, 0 };
        start += length;
    }
    while (s->run_count > 1)
        if (!merge_last_two(s, less)) return false;
    return true;
}

static bool sort_small_ints(Sort *s) { return sort_all(s, less_small_int); }
static bool sort_floats(Sort *s) { return sort_all(s, less_float); }
static bool sort_strs(Sort *s) { return sort_all(s, less_str); }
static bool sort_same_type(Sort *s) { return sort_all(s, less_same_type); }
static bool sort_any(Sort *s) { return sort_all(s, less_any); }

bool asy_sort_values(VM *vm, Value *keys, Value *values, size_t n)
{
    if (n < 2) return true;
    Sort s = { .vm = vm, .keys = keys ? keys : values, .values = keys ? values : NULL, .n = n };
    bool ints = true, floats = true;
    for (size_t i = 0; i < n && (ints || floats); i++) {
        ints = ints && asy_is_int(s.keys[i]);
        floats = floats && asy_is_float(s.keys[i]);
    }
    Type *type = asy_type_of(vm, s.keys[0]);
    bool same = !ints && !floats;
    for (size_t i = 1; i < n && same; i++) same = asy_type_of(vm, s.keys[i]) == type;
    s.compare = type->slots.compare;
    bool ok = ints                              ? sort_small_ints(&s)
              : floats                          ? sort_floats(&s)
              : same && type == vm->types.str   ? sort_strs(&s)
              : same && s.compare               ? sort_same_type(&s)
                                                : sort_any(&s);
    asy_mem_free(vm, s.temp, s.temp_capacity * (s.values ? 2 : 1) * sizeof(Value));
    return ok;
}

// The keys of n values; NULL: raised. They are the caller's.
static Value *keys_make(VM *vm, Value key, const Value *values, size_t n)
{
    Value *keys = asy_mem_alloc(vm, n * sizeof(Value));
    if (!keys) {
        asy_raise_memory(vm);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = asy_call1(vm, key, values[i]);
        if (!asy_is_err(keys[i])) continue;
        while (i-- > 0) asy_release(vm, keys[i]);
        asy_mem_free(vm, keys, n * sizeof(Value));
        return NULL;
    }
    return keys;
}

bool asy_list_sort(VM *vm, ListObj *list, Value key, bool reverse)
{
    bool keyed = !asy_is_nil(key) && !asy_is_none(key);
    // The items leave the list while script may run; what it puts there meanwhile is an error, and lost.
    Value *items = list->items, *keys = NULL;
    size_t n = list->size, capacity = list->capacity;
    list->items = NULL;
    list->size = list->capacity = 0;

    // Turned round before and after, equal items keep their order although the larger come first.
    bool ok = !keyed || n == 0 || (keys = keys_make(vm, key, items, n)) != NULL;
    if (ok) {
        if (reverse && keys) reverse_values(keys, n);
        if (reverse) reverse_values(items, n);
        ok = asy_sort_values(vm, keys, items, n);
        if (reverse) reverse_values(items, n);
    }
    if (keys) {
        for (size_t i = 0; i < n; i++) asy_release(vm, keys[i]);
        asy_mem_free(vm, keys, n * sizeof(Value));
    }

    Value *stray = list->items;
    size_t stray_size = list->size, stray_capacity = list->capacity;
    list->items = items;
    list->size = n;
    list->capacity = capacity;
    if (stray) {
        for (size_t i = 0; i < stray_size; i++) asy_release(vm, stray[i]);
        asy_mem_free(vm, stray, stray_capacity * sizeof(Value));
        if (ok) asy_raise(vm, EXC_ValueError, "list modified during sort");
        ok = false;
    }
    return ok;
}
