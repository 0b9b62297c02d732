// Sorting: a stable merge sort that uses the order it finds.
//
// Ascending runs (and strictly descending ones, turned round) are found from left to right, short ones filled up by
// insertion, and merged in the order of the powersort policy (Munro and Wild 2018), which keeps merges balanced. A merge
// gallops once one side wins again and again, so that nearly sorted input costs O(n).
//
// What is sorted are items of one or two words. The first word stands for the key, as a number in the same order: an
// integer or float whole, of text the first bytes behind what all texts begin with, of a tuple or list as much as fits of
// its first items, one behind the other. Where the word does not say everything, or keys of other types are themselves
// the words, the keys are compared as objects. The second word, left out where the value is its own key and can be
// had back from the word, is the key's number, by which the values are put in order at the end.
//
// Every function that compares is inlined into one copy a kind of item. Comparisons may run script, which sees neither
// items nor values.
#include "vm/objects/sort.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/equal.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

enum { RUN_MIN = 24, GALLOP_AFTER = 7, RUNS_MAX = 72 };     // arbitrary; timsort's; powers of 64-bit sizes
#define SIGN_BIT (UINT64_C(1) << 63)
#define INT_SIGN (UINT64_C(1) << (ASY_INT_BITS - 1))        // of an inline integer

typedef struct Run {
    size_t start, length;
    int power;                  // of the boundary before the next run
} Run;

typedef struct Sort Sort;
struct Sort {
    VM *vm;
    const Value *keys;
    size_t n;
    uint64_t *items;
    uint64_t *temp;             // items of the shorter side of a merge
    size_t temp_capacity;       // of words
    size_t gallop_after;        // wins in a row; grows while galloping does not pay
    int (*less)(Sort *s, Value a, Value b);     // of keys whose words do not decide
    Slot_COMPARE compare;       // of the keys' one type, for less_same_type
    uint32_t run_count;
    Run runs[RUNS_MAX];
};

// How items are compared: whether a goes before b, 1, 0, -1 error. `exact`: cheap, and never fails.
typedef struct Order {
    int (*less)(Sort *s, const uint64_t *a, const uint64_t *b);
    size_t words;               // of an item
    bool exact;
} Order;

ASY_INLINE int item_less_word(Sort *s, const uint64_t *a, const uint64_t *b)
{
    (void)s;
    return *a < *b;
}

ASY_INLINE int item_less_word_or_key(Sort *s, const uint64_t *a, const uint64_t *b)
{
    return ASY_LIKELY(*a != *b) ? *a < *b : s->less(s, s->keys[a[1]], s->keys[b[1]]);
}

ASY_INLINE int item_less_key(Sort *s, const uint64_t *a, const uint64_t *b)
{
    return s->less(s, (Value){ *a }, (Value){ *b });
}

// ---- keys as objects ----

static int less_str(Sort *s, Value a, Value b)
{
    (void)s;
    return asy_str_compare(asy_as_str(a), asy_as_str(b)) < 0;
}

static int less_same_type(Sort *s, Value a, Value b)
{
    Value r = s->compare(s->vm, a, b, CMP_LT);
    if (ASY_LIKELY(asy_is_bool(r))) return asy_is_true(r);
    if (asy_is_err(r)) return -1;
    if (asy_is_notimplemented(r)) return asy_compare_bool(s->vm, a, b, CMP_LT);
    int truth = asy_truth(s->vm, r);
    asy_release(s->vm, r);
    return truth;
}

static int less_any(Sort *s, Value a, Value b) { return asy_compare_bool(s->vm, a, b, CMP_LT); }

// Tuples as their type compares them, without a call for the items that most have.
static int less_tuple(Sort *s, Value a, Value b)
{
    const TupleObj *x = asy_as_tuple(a), *y = asy_as_tuple(b);
    for (size_t i = 0; i < x->size && i < y->size; i++) {
        Value p = x->items[i], q = y->items[i];
        int equal = asy_equal_quick(s->vm, p, q);
        if (equal < 0) equal = asy_equal(s->vm, p, q);
        if (equal < 0) return -1;
        if (equal) continue;
        return asy_both_int(p, q) ? asy_as_small(p) < asy_as_small(q) : asy_compare_bool(s->vm, p, q, CMP_LT);
    }
    return x->size < y->size;
}

// ---- runs ----

ASY_INLINE void item_copy(uint64_t *to, const uint64_t *from, size_t words)
{
    for (size_t k = 0; k < words; k++) to[k] = from[k];
}

static void reverse_items(uint64_t *a, size_t n, size_t words)
{
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        j--;
        for (size_t k = 0; k < words; k++) {
            uint64_t t = a[i * words + k];
            a[i * words + k] = a[j * words + k];
            a[j * words + k] = t;
        }
    }
}

// Length of the run at `start`, made ascending; 0: error.
ASY_INLINE size_t run_find(Sort *s, Order o, size_t start, size_t end)
{
    const size_t w = o.words;
    if (start + 1 >= end) return end - start;
    int down = o.less(s, s->items + (start + 1) * w, s->items + start * w);
    if (down < 0) return 0;
    size_t i = start + 2;
    for (; i < end; i++) {
        int lower = o.less(s, s->items + i * w, s->items + (i - 1) * w);
        if (lower < 0) return 0;
        if (lower != down) break;
    }
    if (down) reverse_items(s->items + start * w, i - start, w);
    return i - start;
}

// Sorts [start, end), of which [start, sorted) is sorted, by inserting the others: from the right where comparing costs
// less than guessing wrong, else by halving.
ASY_INLINE bool insert_rest(Sort *s, Order o, size_t start, size_t sorted, size_t end)
{
    const size_t w = o.words;
    for (; sorted < end; sorted++) {
        uint64_t item[2];
        item_copy(item, s->items + sorted * w, w);
        size_t at = sorted;
        if (o.exact) {
            for (; at > start && o.less(s, item, s->items + (at - 1) * w); at--)
                item_copy(s->items + at * w, s->items + (at - 1) * w, w);
        } else {
            for (size_t low = start; low < at;) {
                size_t mid = low + (at - low) / 2;
                int before = o.less(s, item, s->items + mid * w);
                if (before < 0) return false;
                if (before) at = mid;
                else low = mid + 1;
            }
            memmove(s->items + (at + 1) * w, s->items + at * w, (sorted - at) * w * sizeof *item);
        }
        item_copy(s->items + at * w, item, w);
    }
    return true;
}

// ---- merging ----

static bool temp_reserve(Sort *s, size_t words)
{
    if (words <= s->temp_capacity) return true;
    asy_mem_free(s->vm, s->temp, s->temp_capacity * sizeof *s->temp);
    s->temp_capacity = 0;
    s->temp = asy_mem_alloc(s->vm, words * sizeof *s->temp);
    if (!s->temp) {
        asy_raise_memory(s->vm);
        return false;
    }
    s->temp_capacity = words;
    return true;
}

// How many of the ascending a[0..n) go before `key`; equal ones too if `after_equal`. The search starts
// at the front, or at the end with `backward`, in growing steps. SIZE_MAX: error.
ASY_INLINE size_t gallop(Sort *s, Order o, const uint64_t *key, const uint64_t *a, size_t n, bool after_equal, bool backward)
{
    size_t low = 0, high = n, step = 1;
    while (low < high) {        // steps of 1, 3, 7, ... from one end, then halving
        size_t room = high - low;
        size_t at = step > room / 2 ? low + room / 2 : backward ? high - step : low + step - 1;
        int r = after_equal ? o.less(s, key, a + at * o.words) : o.less(s, a + at * o.words, key);
        if (r < 0) return SIZE_MAX;
        bool goes_before = after_equal ? !r : r;
        if (goes_before) low = at + 1;
        else high = at;
        if (goes_before == backward) step = 1 + room;       // passed it: halve what is left
        else step = step * 2 + 1;
    }
    return low;
}

// One side has won `gallop_after` times in a row: both are galloped through until neither wins that often.
ASY_INLINE bool gallop_pays(Sort *s, size_t wins_a, size_t wins_b)
{
    if (wins_a >= GALLOP_AFTER || wins_b >= GALLOP_AFTER) {
        if (s->gallop_after > 2) s->gallop_after--;
        return true;
    }
    s->gallop_after += 2;
    return false;
}

// Merges [start, start + na) with the nb items behind it; the left side, the shorter one, goes to temp.
// At any time the gap at `to` is as large as what is left in temp, which is put there at the end or on error.
ASY_INLINE bool merge_low(Sort *s, Order o, size_t start, size_t na, size_t nb)
{
    const size_t w = o.words;
    if (!temp_reserve(s, na * w)) return false;
    memcpy(s->temp, s->items + start * w, na * w * sizeof *s->temp);
    uint64_t *to = s->items + start * w;
    const uint64_t *a = s->temp, *a_end = a + na * w, *b = to + na * w, *b_end = b + nb * w;
    bool ok = false;
    while (a < a_end && b < b_end) {
        size_t wins = 0;
        int last = -1;
        do {
            int r = o.less(s, b, a);
            if (!o.exact && r < 0) goto done;
            // No branch on r: it is as good as random.
            item_copy(to, r ? b : a, w);
            to += w;
            b += r ? w : 0;
            a += r ? 0 : w;
            wins = r == last ? wins + 1 : 1;
            last = r;
        } while (a < a_end && b < b_end && wins < s->gallop_after);
        while (a < a_end && b < b_end) {
            size_t wins_a = gallop(s, o, b, a, (size_t)(a_end - a) / w, true, false);
            if (wins_a == SIZE_MAX) goto done;
            memcpy(to, a, wins_a * w * sizeof *to);
            to += wins_a * w;
            a += wins_a * w;
            if (a == a_end) break;
            size_t wins_b = gallop(s, o, a, b, (size_t)(b_end - b) / w, false, false);
            if (wins_b == SIZE_MAX) goto done;
            memmove(to, b, wins_b * w * sizeof *to);
            to += wins_b * w;
            b += wins_b * w;
            if (!gallop_pays(s, wins_a, wins_b)) break;
        }
    }
    ok = true;
done:
    memcpy(to, a, (size_t)(a_end - a) * sizeof *to);
    return ok;
}

// The same from the right: the right side, the shorter one, goes to temp.
ASY_INLINE bool merge_high(Sort *s, Order o, size_t start, size_t na, size_t nb)
{
    const size_t w = o.words;
    if (!temp_reserve(s, nb * w)) return false;
    memcpy(s->temp, s->items + (start + na) * w, nb * w * sizeof *s->temp);
    uint64_t *to = s->items + (start + na + nb) * w;            // one behind, as a and b
    const uint64_t *a_start = s->items + start * w, *a = a_start + na * w, *b = s->temp + nb * w;
    bool ok = false;
    while (a > a_start && b > s->temp) {
        size_t wins = 0;
        int last = -1;
        do {
            int r = o.less(s, b - w, a - w);
            if (!o.exact && r < 0) goto done;
            to -= w;
            item_copy(to, r ? a - w : b - w, w);
            a -= r ? w : 0;
            b -= r ? 0 : w;
            wins = r == last ? wins + 1 : 1;
            last = r;
        } while (a > a_start && b > s->temp && wins < s->gallop_after);
        while (a > a_start && b > s->temp) {
            size_t n = (size_t)(a - a_start) / w, kept = gallop(s, o, b - w, a_start, n, true, true);
            if (kept == SIZE_MAX) goto done;
            size_t wins_a = n - kept;
            to -= wins_a * w;
            a -= wins_a * w;
            memmove(to, a, wins_a * w * sizeof *to);
            if (a == a_start) break;
            n = (size_t)(b - s->temp) / w;
            kept = gallop(s, o, a - w, s->temp, n, false, true);
            if (kept == SIZE_MAX) goto done;
            size_t wins_b = n - kept;
            to -= wins_b * w;
            b -= wins_b * w;
            memcpy(to, b, wins_b * w * sizeof *to);
            if (!gallop_pays(s, wins_a, wins_b)) break;
        }
    }
    ok = true;
done:
    memcpy(to - (b - s->temp), s->temp, (size_t)(b - s->temp) * sizeof *to);
    return ok;
}

ASY_INLINE bool merge_last_two(Sort *s, Order o)
{
    const size_t w = o.words;
    Run *x = &s->runs[s->run_count - 2], *y = x + 1;
    size_t start = x->start, na = x->length, nb = y->length;
    x->length += y->length;
    s->run_count--;
    if (na + nb > 65536 && !asy_check_pending(s->vm)) return false;
    // What is already in its place at both ends stays there.
    size_t skip = gallop(s, o, s->items + (start + na) * w, s->items + start * w, na, true, false);
    if (skip == SIZE_MAX) return false;
    start += skip;
    na -= skip;
    if (na == 0) return true;
    nb = gallop(s, o, s->items + (start + na - 1) * w, s->items + (start + na) * w, nb, false, true);
    if (nb == SIZE_MAX) return false;
    if (nb == 0) return true;
    return na <= nb ? merge_low(s, o, start, na, nb) : merge_high(s, o, start, na, nb);
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

ASY_INLINE bool sort_all(Sort *s, Order o)
{
    for (size_t start = 0; start < s->n;) {
        size_t length = run_find(s, o, start, s->n);
        if (length == 0) return false;
        if (length < RUN_MIN && start + length < s->n) {
            size_t end = s->n - start < RUN_MIN ? s->n : start + RUN_MIN;
            if (!insert_rest(s, o, start, start + length, end)) return false;
            length = end - start;
        }
        if (s->run_count) {
            int power = boundary_power(&s->runs[s->run_count - 1], length, s->n);
            while (s->run_count > 1 && s->runs[s->run_count - 2].power > power)
                if (!merge_last_two(s, o)) return false;
            s->runs[s->run_count - 1].power = power;
        }
        assert(s->run_count < RUNS_MAX);
        s->runs[s->run_count++] = (Run){ start, length, 0 };
        start += length;
    }
    while (s->run_count > 1)
        if (!merge_last_two(s, o)) return false;
    return true;
}

static bool sort_bare_words(Sort *s) { return sort_all(s, (Order){ item_less_word, 1, true }); }
static bool sort_words(Sort *s) { return sort_all(s, (Order){ item_less_word, 2, true }); }
static bool sort_words_and_keys(Sort *s) { return sort_all(s, (Order){ item_less_word_or_key, 2, false }); }
static bool sort_keys(Sort *s) { return sort_all(s, (Order){ item_less_key, 2, false }); }

// ---- words ----

// What the values of a column (the keys, or their items at one index) are.
enum { HAS_INT = 1, HAS_BOOL = 2, HAS_FLOAT = 4, HAS_STR = 8, HAS_OTHER = 16 /* NaN, too */ };

typedef struct Column {
    enum { OF_VALUES, OF_TUPLES, OF_LISTS } of;
    size_t index;               // in tuples or lists, all of which have it
    unsigned has;
    int64_t low, high;          // of integers and bools
    size_t skip;                // bytes that all texts begin with
} Column;

ASY_INLINE Value cell(const Column *c, Value key)
{
    if (c->of == OF_VALUES) return key;
    return c->of == OF_TUPLES ? asy_as_tuple(key)->items[c->index] : asy_as_list(key)->items[c->index];
}

ASY_INLINE unsigned kind_of(VM *vm, Value v)
{
    if (asy_is_int(v)) return HAS_INT;
    if (asy_is_float(v)) return asy_as_double(v) == asy_as_double(v) ? HAS_FLOAT : HAS_OTHER;
    if (asy_is_bool(v)) return HAS_BOOL;
    return asy_is_exact_str(vm, v) ? HAS_STR : HAS_OTHER;
}

static void column_look(VM *vm, Column *c, const Value *keys, size_t n)
{
    const StrObj *first = NULL;
    c->has = 0;
    c->low = INT64_MAX;
    c->high = INT64_MIN;
    for (size_t i = 0; i < n && c->has < HAS_OTHER; i++) {
        Value v = cell(c, keys[i]);
        unsigned kind = kind_of(vm, v);
        c->has |= kind;
        if (kind & (HAS_INT | HAS_BOOL)) {
            int64_t x = kind == HAS_INT ? asy_as_small(v) : asy_is_true(v);
            if (x < c->low) c->low = x;
            if (x > c->high) c->high = x;
        } else if (kind == HAS_STR) {
            const StrObj *s = asy_as_str(v);
            if (!first) c->skip = (first = s)->size;
            size_t k = 0, most = s->size < c->skip ? s->size : c->skip;
            while (k < most && s->data[k] == first->data[k]) k++;
            c->skip = k;
        }
    }
}

// Numbers in the order of the doubles; the two zeros are one. Inline integers fit a double exactly.
static uint64_t number_word(Value v)
{
    double d = asy_is_float(v) ? asy_as_double(v) + 0.0 : asy_is_int(v) ? (double)asy_as_small(v) : asy_is_true(v);
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

// Eight bytes of text behind the first `skip`, the first of them highest; zeros behind its end.
static uint64_t text_word(const StrObj *s, size_t skip)
{
    uint64_t word = 0;
    size_t left = s->size - skip;
    memcpy(&word, s->data + skip, left < sizeof word ? left : sizeof word);
    return __builtin_bswap64(word);
}

// Appends the column's values to the items' words, of which `room` low bits are free: a range of integers takes as many
// as it needs, everything else all of them. Returns how many are free then; *exact: nothing was cut off.
static unsigned column_pack(const Sort *s, const Column *c, unsigned room, bool *exact)
{
    bool ints = !(c->has & (HAS_FLOAT | HAS_STR));
    uint64_t span = ints ? (uint64_t)c->high - (uint64_t)c->low : UINT64_MAX;
    unsigned width = span ? 64 - (unsigned)__builtin_clzll(span) : 0, cut = width > room ? width - room : 0, kept = width - cut;
    *exact = cut == 0 && c->has != HAS_STR;
    for (size_t i = 0; i < s->n; i++) {
        Value v = cell(c, s->keys[i]);
        uint64_t word = c->has == HAS_STR ? text_word(asy_as_str(v), c->skip)
                        : !ints           ? number_word(v)
                                          : (uint64_t)(asy_is_int(v) ? asy_as_small(v) : asy_is_true(v)) - (uint64_t)c->low;
        uint64_t *item = &s->items[2 * i];
        *item = (kept == 64 ? 0 : *item << kept) | word >> cut;
    }
    return room - kept;
}

// The least size of tuples or lists, 0 for other keys; *same: all have it.
static size_t least_size(VM *vm, const Value *keys, size_t n, const Type *type, bool *same)
{
    *same = true;
    if (type != vm->types.tuple && type != vm->types.list) return 0;
    size_t least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = type == vm->types.tuple ? asy_as_tuple(keys[i])->size : asy_as_list(keys[i])->size;
        if (size < least) least = size;
        if (size > most) most = size;
    }
    *same = least == most;
    return least;
}

// Fills the items' words; false: the keys have none. *exact: no two different keys have the same.
static bool words_make(Sort *s, const Type *type, bool *exact)
{
    VM *vm = s->vm;
    size_t columns = least_size(vm, s->keys, s->n, type, exact);
    Column c = { .of = columns == 0 ? OF_VALUES : type == vm->types.tuple ? OF_TUPLES : OF_LISTS };
    if (columns == 0) columns = 1;
    unsigned room = 64;
    for (size_t i = 0; i < s->n; i++) s->items[2 * i] = 0;
    for (; c.index < columns && room > 0; c.index++) {
        bool whole;
        column_look(vm, &c, s->keys, s->n);
        if (c.has & HAS_OTHER || (c.has & HAS_STR && c.has != HAS_STR)) break;
        room = column_pack(s, &c, room, &whole);
        *exact &= whole;
        if (!whole) break;
    }
    if (c.index < columns) *exact = false;
    return c.index > 0 || room < 64;
}

// The one type of all keys, or NULL.
static const Type *common_type(VM *vm, const Value *v, size_t n)
{
    const Type *type = asy_type_of(vm, v[0]);
    for (size_t i = 1; i < n; i++)
        if (asy_class_of(vm, v[i]) != type) return NULL;
    return type;
}

// Puts the values in the order of the items' numbers. Temp has room for them: nothing fails.
static void values_follow(const Sort *s, Value *values)
{
    for (size_t i = 0; i < s->n; i++) s->temp[i] = values[s->items[2 * i + 1]].bits;
    memcpy(values, s->temp, s->n * sizeof *values);
}

static bool sort_by_items(Sort *s, Value *values)
{
    s->items = asy_mem_alloc(s->vm, s->n * 2 * sizeof *s->items);
    if (!s->items) {
        asy_raise_memory(s->vm);
        return false;
    }
    const Type *type = common_type(s->vm, s->keys, s->n);
    bool exact = false, words = words_make(s, type, &exact);
    s->compare = type ? type->slots.compare : NULL;
    s->less = type == s->vm->types.str     ? less_str
              : type == s->vm->types.tuple ? less_tuple
              : s->compare                 ? less_same_type
                                           : less_any;
    if (!words)
        for (size_t i = 0; i < s->n; i++) s->items[2 * i] = s->keys[i].bits;
    for (size_t i = 0; i < s->n; i++) s->items[2 * i + 1] = i;
    bool ok = temp_reserve(s, s->n) && (exact && words ? sort_words(s) : words ? sort_words_and_keys(s) : sort_keys(s));
    // After an error, too: sorted as far as it came.
    if (s->temp_capacity >= s->n) values_follow(s, values);
    asy_mem_free(s->vm, s->items, s->n * 2 * sizeof *s->items);
    return ok;
}

// Small integers alone, or floats alone without NaN and negative zero: words from which they can be made again, written
// over them.
static bool values_to_words(VM *vm, Value *values, size_t n, unsigned *kind)
{
    *kind = 0;
    for (size_t i = 0; i < n; i++) {
        *kind |= kind_of(vm, values[i]);
        if (*kind != HAS_INT && (*kind != HAS_FLOAT || values[i].bits == SIGN_BIT + ASY_FLOAT_OFFSET)) return false;
    }
    for (size_t i = 0; i < n; i++) values[i].bits = *kind == HAS_INT ? values[i].bits ^ INT_SIGN : number_word(values[i]);
    return true;
}

static void words_to_values(Value *values, size_t n, unsigned kind)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = values[i].bits;
        values[i].bits = kind == HAS_INT ? word ^ INT_SIGN : (word & SIGN_BIT ? word ^ SIGN_BIT : ~word) + ASY_FLOAT_OFFSET;
    }
}

bool asy_sort_values(VM *vm, const Value *keys, Value *values, size_t n)
{
    if (n < 2) return true;
    Sort s = { .vm = vm, .keys = keys ? keys : values, .n = n, .gallop_after = GALLOP_AFTER };
    unsigned kind;
    bool ok;
    if (!keys && values_to_words(vm, values, n, &kind)) {
        s.items = &values->bits;
        ok = sort_bare_words(&s);
        words_to_values(values, n, kind);
    } else {
        ok = sort_by_items(&s, values);
    }
    asy_mem_free(vm, s.temp, s.temp_capacity * sizeof *s.temp);
    return ok;
}
