// _heapq and _bisect: lists kept in order by comparisons that may run script. A list that script changes meanwhile
// raises RuntimeError ("list changed size during iteration") rather than being read behind its end.
#include "stdlib/lib.h"

static bool less(VM *vm, ListObj *l, Value a, Value b, size_t size, int *out)
{
    asy_retain(a);
    asy_retain(b);
    *out = asy_compare_bool(vm, a, b, CMP_LT);
    asy_release(vm, a);
    asy_release(vm, b);
    if (*out < 0) return false;
    if (l->size == size) return true;
    asy_raise(vm, EXC_RuntimeError, "list changed size during iteration");
    return false;
}
static void swap(ListObj *l, size_t i, size_t j)
{
    Value v = l->items[i];
    l->items[i] = l->items[j];
    l->items[j] = v;
}

// Direction: `max` turns every comparison round.
static bool sift_down(VM *vm, ListObj *l, size_t start, size_t pos, bool max)
{
    size_t size = l->size;
    while (pos > start) {
        size_t parent = (pos - 1) >> 1;
        int lt;
        bool ok = max ? less(vm, l, l->items[parent], l->items[pos], size, &lt)
                      : less(vm, l, l->items[pos], l->items[parent], size, &lt);
        if (!ok) return false;
        if (!lt) break;
        swap(l, pos, parent);
        pos = parent;
    }
    return true;
}
static bool sift_up(VM *vm, ListObj *l, size_t pos, bool max)
{
    size_t size = l->size, start = pos, limit = size >> 1;
    while (pos < limit) {
        size_t child = 2 * pos + 1;
        if (child + 1 < size) {
            int lt;
            bool ok = max ? less(vm, l, l->items[child + 1], l->items[child], size, &lt)
                          : less(vm, l, l->items[child], l->items[child + 1], size, &lt);
            if (!ok) return false;
            child += !lt;
        }
        swap(l, pos, child);
        pos = child;
    }
    return sift_down(vm, l, start, pos, max);
}

static ListObj *heap_argument(VM *vm, Value v, const char *what)
{
    if (asy_is_list(vm, v)) return asy_as_list(v);
    asy_raise(vm, EXC_TypeError, "%s must be list, not %T", what, v);
    return NULL;
}
static Value heap_push(VM *vm, Args a)
{
    ListObj *l = heap_argument(vm, a.v[0], "heappush() argument 1");
    if (!l || !asy_list_append(vm, l, a.v[1])) return ASY_ERR;
    return sift_down(vm, l, 0, l->size - 1, false) ? ASY_NONE : ASY_ERR;
}
static Value pop(VM *vm, Value heap, bool max)
{
    ListObj *l = heap_argument(vm, heap, max ? "_heappop_max() argument" : "heappop() argument");
    if (!l) return ASY_ERR;
    if (!l->size) return asy_raise(vm, EXC_IndexError, "index out of range");
    Value last = l->items[--l->size];
    if (!l->size) return last;
    Value first = l->items[0];
    l->items[0] = last;
    if (sift_up(vm, l, 0, max)) return first;
    asy_release(vm, first);
    return ASY_ERR;
}
static Value heap_pop(VM *vm, Args a) { return pop(vm, a.v[0], false); }
static Value heap_pop_max(VM *vm, Args a) { return pop(vm, a.v[0], true); }
static Value replace(VM *vm, Args a, bool max)
{
    ListObj *l = heap_argument(vm, a.v[0], max ? "_heapreplace_max() argument 1" : "heapreplace() argument 1");
    if (!l) return ASY_ERR;
    if (!l->size) return asy_raise(vm, EXC_IndexError, "index out of range");
    Value first = l->items[0];
    l->items[0] = asy_retain(a.v[1]);
    if (sift_up(vm, l, 0, max)) return first;
    asy_release(vm, first);
    return ASY_ERR;
}
static Value heap_replace(VM *vm, Args a) { return replace(vm, a, false); }
static Value heap_replace_max(VM *vm, Args a) { return replace(vm, a, true); }
static Value heap_pushpop(VM *vm, Args a)
{
    ListObj *l = heap_argument(vm, a.v[0], "heappushpop() argument 1");
    int lt = 0;
    if (!l) return ASY_ERR;
    if (!l->size) return asy_retain(a.v[1]);
    Value least = asy_retain(l->items[0]);      // comparing may change the heap
    lt = asy_compare_bool(vm, least, a.v[1], CMP_LT);
    asy_release(vm, least);
    if (lt < 0) return ASY_ERR;
    if (!lt) return asy_retain(a.v[1]);
    if (!l->size) return asy_raise(vm, EXC_IndexError, "index out of range");
    return replace(vm, a, false);
}
static Value heapify(VM *vm, Value heap, bool max)
{
    ListObj *l = heap_argument(vm, heap, max ? "_heapify_max() argument" : "heapify() argument");
    if (!l) return ASY_ERR;
    for (size_t i = l->size / 2; i > 0; i--) {
        if (!sift_up(vm, l, i - 1, max)) return ASY_ERR;
    }
    return ASY_NONE;
}
static Value heap_heapify(VM *vm, Args a) { return heapify(vm, a.v[0], false); }
static Value heap_heapify_max(VM *vm, Args a) { return heapify(vm, a.v[0], true); }

static const MethodDef heapq_functions[] = {
    { "heappush", heap_push, "(heap, item, /)", 0, "Push item onto heap, maintaining the heap invariant." },
    { "heappop", heap_pop, "(heap, /)", 0, "Pop the smallest item off the heap, maintaining the heap invariant." },
    { "heapreplace", heap_replace, "(heap, item, /)", 0, "Pop and return the current smallest value, and add the new item." },
    { "heappushpop", heap_pushpop, "(heap, item, /)", 0, "Push item on the heap, then pop and return the smallest item from the heap." },
    { "heapify", heap_heapify, "(heap, /)", 0, "Transform list into a heap, in-place, in O(len(heap)) time." },
    { "_heappop_max", heap_pop_max, "(heap, /)", 0, "Maxheap variant of heappop." },
    { "_heapreplace_max", heap_replace_max, "(heap, item, /)", 0, "Maxheap variant of heapreplace." },
    { "_heapify_max", heap_heapify_max, "(heap, /)", 0, "Maxheap variant of heapify." },
    { 0 },
};
const ModuleDef asy_module__heapq = { "_heapq", "Heap queue algorithm (a.k.a. priority queue).", heapq_functions, NULL };

// -- bisect

// Where x belongs in a[lo:hi], to the right or left of equal ones. -1: exception.
static int64_t find(VM *vm, Args a, bool right)
{
    Value seq = a.v[0], x = a.v[1], key = asy_absent(a.v[4]) ? ASY_NIL : a.v[4];
    int64_t lo = 0, hi = -1;
    if (!asy_arg_i64(vm, a.v[2], &lo)) return -1;
    if (lo < 0) {
        asy_raise(vm, EXC_ValueError, "lo must be non-negative");
        return -1;
    }
    if (!asy_absent(a.v[3]) && !asy_to_i64(vm, a.v[3], &hi)) return -1;
    if (hi < 0 && (hi = asy_length(vm, seq)) < 0) return -1;
    while (lo < hi) {
        int64_t mid = (int64_t)(((uint64_t)lo + (uint64_t)hi) / 2);
        Value at = asy_int_from_i64(vm, mid), item = asy_is_err(at) ? ASY_ERR : asy_getitem(vm, seq, at);
        if (asy_is_err(item)) return -1;
        if (!asy_is_nil(key)) {
            Value k = asy_call1(vm, key, item);
            asy_release(vm, item);
            if (asy_is_err(k)) return -1;
            item = k;
        }
        int lt = right ? asy_compare_bool(vm, x, item, CMP_LT) : asy_compare_bool(vm, item, x, CMP_LT);
        asy_release(vm, item);
        if (lt < 0) return -1;
        if (right ? lt : !lt) hi = mid;
        else lo = mid + 1;
    }
    return lo;
}
static Value bisect_at(VM *vm, Args a, bool right)
{
    int64_t i = find(vm, a, right);
    return i < 0 ? ASY_ERR : asy_int_from_i64(vm, i);
}
static Value bisect_right(VM *vm, Args a) { return bisect_at(vm, a, true); }
static Value bisect_left(VM *vm, Args a) { return bisect_at(vm, a, false); }
static Value insort(VM *vm, Args a, bool right)
{
    Value with_key[5] = { a.v[0], a.v[1], a.v[2], a.v[3], a.v[4] }, k = ASY_NIL;
    if (!asy_absent(a.v[4])) {      // the key of x once; the sequence's items get theirs as they are met
        k = asy_call1(vm, a.v[4], a.v[1]);
        if (asy_is_err(k)) return ASY_ERR;
        with_key[1] = k;
    }
    int64_t i = find(vm, (Args){ a.self, with_key, 5, ASY_NIL }, right);
    asy_release(vm, k);
    if (i < 0) return ASY_ERR;
    if (asy_is_obj(a.v[0]) && asy_as_obj(a.v[0])->type == vm->types.list) {
        ListObj *l = asy_as_list(a.v[0]);
        size_t at = (size_t)i > l->size ? l->size : (size_t)i;
        return asy_list_insert(vm, l, at, a.v[1]) ? ASY_NONE : ASY_ERR;
    }
    StrObj *name = asy_intern_c(vm, "insert");
    if (!name) return ASY_ERR;
    Value args[] = { asy_int_from_i64(vm, i), a.v[1] };
    Value r = asy_call_method(vm, a.v[0], name, args, 2);
    asy_release_obj(vm, name);
    if (asy_is_err(r)) return ASY_ERR;
    asy_release(vm, r);
    return ASY_NONE;
}
static Value insort_right(VM *vm, Args a) { return insort(vm, a, true); }
static Value insort_left(VM *vm, Args a) { return insort(vm, a, false); }

#define WHERE "(a, x, lo=0, hi=None, *, key=None)"
static const MethodDef bisect_functions[] = {
    { "bisect_right", bisect_right, WHERE, 0, "Return the index where to insert item x in list a, assuming a is sorted." },
    { "bisect", bisect_right, WHERE, 0, "Return the index where to insert item x in list a, assuming a is sorted." },
    { "bisect_left", bisect_left, WHERE, 0, "Return the index where to insert item x in list a, assuming a is sorted." },
    { "insort_right", insort_right, WHERE, 0, "Insert item x in list a, and keep it sorted assuming a is sorted." },
    { "insort", insort_right, WHERE, 0, "Insert item x in list a, and keep it sorted assuming a is sorted." },
    { "insort_left", insort_left, WHERE, 0, "Insert item x in list a, and keep it sorted assuming a is sorted." },
    { 0 },
};
const ModuleDef asy_module__bisect = { "_bisect", "Bisection algorithms.", bisect_functions, NULL };
