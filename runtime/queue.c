// asyncio.Queue, PriorityQueue and LifoQueue.
//
// Items stand in a ring of our own: a queue, a stack, or a heap ordered as heapq orders it. A script subclass that
// overrides _put, _get or _init, and whoever looks at q._queue, gets what asyncio has there, a deque or a list: from then
// on the items are in that object (q->queue) and nowhere else. Waiters leave their queue when they are woken; one that is
// cancelled after that wakes the next.
#include "runtime/queue.h"

#include "runtime/loop.h"
#include "vm/interp/import.h"
#include "vm/memory/heap.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/new_args.h"
#include "vm/objects/str.h"

enum { Q_PUT = 1, Q_GET = 2, Q_SIZE = 4, Q_EMPTY = 8, Q_FULL = 16, Q_INIT = 32 };
typedef struct QueueObj {
    ObjHeader head;
    Attrs attrs;
    Value loop;                 // where it was first waited for; NIL: nowhere yet
    Waiters getters, putters, joiners;
    Value *items;               // ring of capacity mask + 1
    uint32_t mask, first, count;
    uint32_t overrides;         // Q_*: methods that script has overridden
    int64_t maxsize;            // <= 0: no limit
    int64_t unfinished;
    Value queue;                // script's container, or NIL: ours
    bool shut_down;
} QueueObj;

static QueueObj *as_queue(Value v) { return asy_as(QueueObj, v); }
static Value *item_at(QueueObj *q, uint32_t i) { return &q->items[(q->first + i) & q->mask]; }
static bool is_heap(const QueueObj *q) { return q->head.type->def == &asy_priority_queue_type; }
static bool is_stack(const QueueObj *q) { return q->head.type->def == &asy_lifo_queue_type; }

// ---- our own container ----

static bool items_reserve(VM *vm, QueueObj *q, uint32_t n)
{
    uint32_t capacity = q->items ? q->mask + 1 : 0, grown = capacity ? capacity : 8;
    if (n <= capacity) return true;
    while (grown < n) grown *= 2;
    Value *items = asy_mem_alloc(vm, grown * sizeof(Value));
    if (!items) {
        asy_raise_memory(vm);
        return false;
    }
    for (uint32_t i = 0; i < q->count; i++) items[i] = *item_at(q, i);
    asy_mem_free(vm, q->items, capacity * sizeof(Value));
    q->items = items;
    q->mask = grown - 1;
    q->first = 0;
    return true;
}

static bool items_append(VM *vm, QueueObj *q, Value item)
{
    if (!items_reserve(vm, q, q->count + 1)) return false;
    *item_at(q, q->count++) = asy_retain(item);
    return true;
}

// Comparing runs script; if that has changed the heap there is no going on.
static int heap_less(VM *vm, QueueObj *q, uint32_t a, uint32_t b)
{
    Value x = asy_retain(*item_at(q, a)), y = asy_retain(*item_at(q, b));
    uint32_t count = q->count;
    int r = asy_compare_bool(vm, x, y, CMP_LT);
    asy_release(vm, x);
    asy_release(vm, y);
    if (r >= 0 && q->count != count) {
        asy_raise(vm, EXC_RuntimeError, "queue changed size during iteration");
        return -1;
    }
    return r;
}
static void heap_swap(QueueObj *q, uint32_t a, uint32_t b)
{
    Value v = *item_at(q, a);
    *item_at(q, a) = *item_at(q, b);
    *item_at(q, b) = v;
}
static bool heap_rise(VM *vm, QueueObj *q, uint32_t at)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        int less = heap_less(vm, q, at, parent);
        if (less <= 0) return less == 0;
        heap_swap(q, at, parent);
        at = parent;
    }
    return true;
}
// The item at 0 goes down to a leaf along the smaller children, and rises from there: heapq's order for equal items.
static bool heap_sink(VM *vm, QueueObj *q)
{
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < q->count; at = child) {
        if (child + 1 < q->count) {
            int less = heap_less(vm, q, child, child + 1);
            if (less < 0) return false;
            if (!less) child++;
        }
        heap_swap(q, at, child);
    }
    return heap_rise(vm, q, at);
}

static bool native_put(VM *vm, QueueObj *q, Value item)
{
    if (!items_append(vm, q, item)) return false;
    return !is_heap(q) || heap_rise(vm, q, q->count - 1);
}
// Of a queue that is not empty.
static Value native_get(VM *vm, QueueObj *q)
{
    assert(q->count > 0);
    Value item;
    if (is_stack(q) || (is_heap(q) && q->count == 1)) {
        item = *item_at(q, --q->count);
    } else if (is_heap(q)) {
        item = *item_at(q, 0);
        *item_at(q, 0) = *item_at(q, --q->count);
        if (!heap_sink(vm, q)) {
            asy_release(vm, item);
            return ASY_ERR;
        }
    } else {
        item = *item_at(q, 0);
        q->first = (q->first + 1) & q->mask;
        q->count--;
    }
    return item;
}

// ---- script's container ----

// From now on the items are in a deque or list that script can see. Borrowed; ERR.
static Value container(VM *vm, QueueObj *q)
{
    if (!asy_is_nil(q->queue)) return q->queue;
    ListObj *list = asy_list_new(vm, q->count);
    for (uint32_t i = 0; list && i < q->count; i++) {
        if (!asy_list_append(vm, list, *item_at(q, i))) {
            asy_release_obj(vm, list);
            return ASY_ERR;
        }
    }
    if (!list) return ASY_ERR;
    Value made = asy_from_obj(list);
    if (!is_heap(q) && !is_stack(q)) {
        Value deque = asy_import_attr(vm, "collections", "deque");
        made = asy_is_err(deque) ? ASY_ERR : asy_call1(vm, deque, asy_from_obj(list));
        asy_release(vm, deque);
        asy_release_obj(vm, list);
        if (asy_is_err(made)) return ASY_ERR;
    }
    while (q->count > 0) asy_release(vm, *item_at(q, --q->count));
    q->queue = made;
    return made;
}

static bool script_put(VM *vm, QueueObj *q, Value item)
{
    Value r;
    if (is_heap(q)) {
        Value push = asy_import_attr(vm, "heapq", "heappush");
        r = asy_is_err(push) ? ASY_ERR : asy_call2(vm, push, q->queue, item);
        asy_release(vm, push);
    } else {
        r = asy_call_method1(vm, q->queue, asy_name(vm, append), item);
    }
    asy_release(vm, r);
    return !asy_is_err(r);
}
static Value script_get(VM *vm, QueueObj *q)
{
    if (!is_heap(q)) return asy_call_method0(vm, q->queue, is_stack(q) ? asy_name(vm, pop) : rt_name(asy_rt(vm), popleft));
    Value heappop = asy_import_attr(vm, "heapq", "heappop");
    Value item = asy_is_err(heappop) ? ASY_ERR : asy_call1(vm, heappop, q->queue);
    asy_release(vm, heappop);
    return item;
}

// ---- what both are asked; overridden methods are honoured ----

static int by_method(VM *vm, QueueObj *q, StrObj *name)
{
    Value r = asy_call_method0(vm, asy_from_obj(q), name);
    if (asy_is_err(r)) return -1;
    int truth = asy_truth(vm, r);
    asy_release(vm, r);
    return truth;
}
static int64_t own_size(VM *vm, QueueObj *q) { return asy_is_nil(q->queue) ? q->count : asy_length(vm, q->queue); }
static int64_t queue_size(VM *vm, QueueObj *q)
{
    if (!(q->overrides & Q_SIZE)) return own_size(vm, q);
    Value r = asy_call_method0(vm, asy_from_obj(q), rt_name(asy_rt(vm), qsize));
    int64_t size = -1;
    if (!asy_is_err(r) && !asy_to_i64(vm, r, &size)) size = -1;
    asy_release(vm, r);
    return size;
}
static int queue_empty(VM *vm, QueueObj *q)
{
    if (q->overrides & Q_EMPTY) return by_method(vm, q, rt_name(asy_rt(vm), empty));
    int64_t size = own_size(vm, q);
    return size < 0 ? -1 : size == 0;
}
static int queue_full(VM *vm, QueueObj *q)
{
    if (q->overrides & Q_FULL) return by_method(vm, q, rt_name(asy_rt(vm), full));
    if (q->maxsize <= 0) return 0;
    int64_t size = queue_size(vm, q);
    return size < 0 ? -1 : size >= q->maxsize;
}
static bool queue_put(VM *vm, QueueObj *q, Value item)
{
    if (q->overrides & Q_PUT) {
        Value r = asy_call_method1(vm, asy_from_obj(q), rt_name(asy_rt(vm), _put), item);
        asy_release(vm, r);
        return !asy_is_err(r);
    }
    return asy_is_nil(q->queue) ? native_put(vm, q, item) : script_put(vm, q, item);
}
static Value queue_get(VM *vm, QueueObj *q)
{
    if (q->overrides & Q_GET) return asy_call_method0(vm, asy_from_obj(q), rt_name(asy_rt(vm), _get));
    return asy_is_nil(q->queue) ? native_get(vm, q) : script_get(vm, q);
}

// ---- waiting ----

// Wakes the first that still waits; those before it have been cancelled and go.
static bool wake_next(VM *vm, Waiters *w)
{
    while (!asy_waiters_empty(w)) {
        CoroObj *c = asy_waiter_of(w->ring.next);
        int r = asy_waiter_wake(vm, c);
        if (r < 0) return false;
        asy_waiter_remove(c);
        if (r > 0) return true;
    }
    return true;
}

static SendResult queue_wait(VM *vm, CoroObj *c, QueueObj *q, Waiters *w, Value *out)
{
    Value loop = asy_running_loop_checked(vm);
    if (asy_is_err(loop)) return SEND_ERROR;
    if (asy_is_nil(q->loop)) q->loop = asy_retain(loop);
    if (!asy_same(q->loop, loop)) {
        asy_raise(vm, EXC_RuntimeError, "%R is bound to a different event loop", asy_from_obj(q));
        return SEND_ERROR;
    }
    asy_waiters_add(w, c);
    return asy_coro_park(c, 1, out);
}

// A waiter was thrown at. If it had been woken, what it was woken for is there for the next one.
static SendResult queue_wait_failed(VM *vm, CoroObj *c, QueueObj *q, Waiters *w, Value thrown)
{
    bool woken = c->phase == CORO_RUNNING_WOKEN;
    asy_waiter_remove(c);
    int blocked = w == &q->getters ? queue_empty(vm, q) : queue_full(vm, q);
    if (blocked < 0 || (!blocked && woken && !wake_next(vm, w))) return SEND_ERROR;
    return asy_coro_rethrow(vm, thrown);
}

static Value raise_queue(VM *vm, Type *type) { return asy_raise_class(vm, type, ASY_NIL); }

static bool put_nowait(VM *vm, QueueObj *q, Value item)
{
    Runtime *rt = asy_rt(vm);
    if (q->shut_down) {
        raise_queue(vm, rt->exc.queue_shut_down);
        return false;
    }
    int full = queue_full(vm, q);
    if (full > 0) raise_queue(vm, rt->exc.queue_full);
    if (full || !queue_put(vm, q, item)) return false;
    q->unfinished++;
    return wake_next(vm, &q->getters);
}

static Value get_nowait(VM *vm, QueueObj *q)
{
    Runtime *rt = asy_rt(vm);
    int empty = queue_empty(vm, q);
    if (empty < 0) return ASY_ERR;
    if (empty) return raise_queue(vm, q->shut_down ? rt->exc.queue_shut_down : rt->exc.queue_empty);
    Value item = queue_get(vm, q);
    if (asy_is_err(item) || wake_next(vm, &q->putters)) return item;
    asy_release(vm, item);
    return ASY_ERR;
}

SendResult asy_queue_get_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    QueueObj *q = as_queue(c->self);
    if (!asy_is_nil(thrown)) return queue_wait_failed(vm, c, q, &q->getters, thrown);
    int empty = queue_empty(vm, q);
    if (empty < 0) return SEND_ERROR;
    if (empty && !q->shut_down) return queue_wait(vm, c, q, &q->getters, out);
    *out = get_nowait(vm, q);
    return asy_is_err(*out) ? SEND_ERROR : SEND_RETURN;
}

SendResult asy_queue_put_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    QueueObj *q = as_queue(c->self);
    if (!asy_is_nil(thrown)) return queue_wait_failed(vm, c, q, &q->putters, thrown);
    int full = q->shut_down ? 0 : queue_full(vm, q);
    if (full < 0) return SEND_ERROR;
    if (full) return queue_wait(vm, c, q, &q->putters, out);
    *out = ASY_NONE;
    return put_nowait(vm, q, c->arg) ? SEND_RETURN : SEND_ERROR;
}

SendResult asy_queue_join_step(VM *vm, CoroObj *c, Value sent, Value thrown, Value *out)
{
    (void)sent;
    QueueObj *q = as_queue(c->self);
    *out = ASY_NONE;
    if (c->state == 0) return q->unfinished > 0 ? queue_wait(vm, c, q, &q->joiners, out) : SEND_RETURN;
    asy_waiter_remove(c);
    return asy_is_nil(thrown) ? SEND_RETURN : asy_coro_rethrow(vm, thrown);
}

// ---- script's side ----

static Value method_get(VM *vm, Args a) { return asy_coro_value(vm, CORO_QUEUE_GET, a.self, ASY_NIL); }
static Value method_put(VM *vm, Args a) { return asy_coro_value(vm, CORO_QUEUE_PUT, a.self, a.v[0]); }
static Value method_join(VM *vm, Args a) { return asy_coro_value(vm, CORO_QUEUE_JOIN, a.self, ASY_NIL); }
static Value method_get_nowait(VM *vm, Args a) { return get_nowait(vm, as_queue(a.self)); }
static Value method_put_nowait(VM *vm, Args a) { return put_nowait(vm, as_queue(a.self), a.v[0]) ? ASY_NONE : ASY_ERR; }
static Value method_qsize(VM *vm, Args a)
{
    int64_t size = own_size(vm, as_queue(a.self));
    return size < 0 ? ASY_ERR : asy_from_small(size);
}
static Value method_empty(VM *vm, Args a)
{
    int64_t size = own_size(vm, as_queue(a.self));
    return size < 0 ? ASY_ERR : asy_from_bool(size == 0);
}
static Value method_full(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    if (q->maxsize <= 0) return ASY_FALSE;
    int64_t size = queue_size(vm, q);
    return size < 0 ? ASY_ERR : asy_from_bool(size >= q->maxsize);
}
static Value method_task_done(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    if (q->unfinished <= 0) return asy_raise(vm, EXC_ValueError, "task_done() called too many times");
    if (--q->unfinished == 0 && !asy_waiters_wake_all(vm, &q->joiners)) return ASY_ERR;
    return ASY_NONE;
}
static Value method_shutdown(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    bool immediate = false;
    if (!asy_arg_bool(vm, a.v[0], &immediate)) return ASY_ERR;
    q->shut_down = true;
    if (immediate) {
        for (int empty; (empty = queue_empty(vm, q)) != 1;) {
            Value item = empty < 0 ? ASY_ERR : queue_get(vm, q);
            if (asy_is_err(item)) return ASY_ERR;
            asy_release(vm, item);
            if (q->unfinished > 0) q->unfinished--;
        }
        if (q->unfinished == 0 && !asy_waiters_wake_all(vm, &q->joiners)) return ASY_ERR;
    }
    // Everybody looks again and finds the queue shut.
    while (!asy_waiters_empty(&q->getters)) {
        if (!wake_next(vm, &q->getters)) return ASY_ERR;
    }
    while (!asy_waiters_empty(&q->putters)) {
        if (!wake_next(vm, &q->putters)) return ASY_ERR;
    }
    return ASY_NONE;
}

// What subclasses call by super() or override.
static Value method_own_init(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    while (q->count > 0) asy_release(vm, *item_at(q, --q->count));
    asy_clear(vm, &q->queue);
    return ASY_NONE;
}
static Value method_own_put(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    bool ok = asy_is_nil(q->queue) ? native_put(vm, q, a.v[0]) : script_put(vm, q, a.v[0]);
    return ok ? ASY_NONE : ASY_ERR;
}
static Value method_own_get(VM *vm, Args a)
{
    QueueObj *q = as_queue(a.self);
    if (!asy_is_nil(q->queue)) return script_get(vm, q);
    if (q->count > 0) return native_get(vm, q);
    return asy_raise(vm, EXC_IndexError, is_heap(q) ? "index out of range" : is_stack(q) ? "pop from empty list" : "pop from an empty deque");
}

static void find_overrides(VM *vm, QueueObj *q)
{
    q->overrides = 0;
    Type *type = q->head.type;
    if (type->flags & TYPE_STATIC) return;
    Runtime *rt = asy_rt(vm);
    const struct { StrObj *name; uint32_t bit; } methods[] = {
        { rt_name(rt, _put), Q_PUT }, { rt_name(rt, _get), Q_GET }, { rt_name(rt, qsize), Q_SIZE },
        { rt_name(rt, empty), Q_EMPTY }, { rt_name(rt, full), Q_FULL }, { rt_name(rt, _init), Q_INIT },
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        Type *owner = NULL;
        (void)asy_type_lookup_owner(vm, type, methods[i].name, &owner);
        if (!owner || !(owner->flags & TYPE_STATIC)) q->overrides |= methods[i].bit;
    }
}

static Value queue_new(VM *vm, Type *type, Args args)
{
    (void)args;
    QueueObj *q = asy_object_alloc(vm, type);
    if (!q) return ASY_ERR;
    asy_waiters_init(&q->getters);
    asy_waiters_init(&q->putters);
    asy_waiters_init(&q->joiners);
    find_overrides(vm, q);
    return asy_from_obj(q);
}

Value asy_queue_new(VM *vm, uint32_t n)
{
    Type *type = asy_type_ready(vm, &asy_queue_type);
    Value queue = type ? queue_new(vm, type, (Args){ 0 }) : ASY_ERR;
    if (asy_is_err(queue) || items_reserve(vm, as_queue(queue), n)) return queue;
    asy_release(vm, queue);
    return ASY_ERR;
}

bool asy_queue_put(VM *vm, Value queue, Value item) { return put_nowait(vm, as_queue(queue), item); }

static bool queue_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "maxsize" };
    QueueObj *q = as_queue(self);
    Value maxsize;
    if (!asy_new_args(vm, "Queue", names, 1, 0, 0, args, &maxsize)) return false;
    q->maxsize = 0;
    if (!asy_arg_i64(vm, maxsize, &q->maxsize)) return false;
    q->unfinished = 0;
    if (!(q->overrides & Q_INIT)) return true;
    Value r = asy_call_method1(vm, self, rt_name(asy_rt(vm), _init), asy_is_nil(maxsize) ? asy_from_small(0) : maxsize);
    asy_release(vm, r);
    return !asy_is_err(r);
}

static bool format_state(VM *vm, StrBuilder *b, QueueObj *q)
{
    bool ok = asy_builder_format(b, "maxsize=%lld", (long long)q->maxsize);
    int64_t size = ok ? own_size(vm, q) : -1;
    if (size < 0) return false;
    if (size > 0) {
        ListObj *list = NULL;
        if (!asy_is_nil(q->queue)) {
            list = asy_to_list(vm, q->queue);
        } else if ((list = asy_list_new(vm, q->count)) != NULL) {
            for (uint32_t i = 0; ok && i < q->count; i++) ok = asy_list_append(vm, list, *item_at(q, i));
        }
        ok = ok && list && asy_builder_c(b, " _queue=") && asy_builder_repr(b, asy_from_obj(list));
        asy_release_obj(vm, list);
    }
    size_t getters = asy_waiters_count(&q->getters), putters = asy_waiters_count(&q->putters);
    if (ok && getters) ok = asy_builder_format(b, " _getters[%zu]", getters);
    if (ok && putters) ok = asy_builder_format(b, " _putters[%zu]", putters);
    if (ok && q->unfinished) ok = asy_builder_format(b, " tasks=%lld", (long long)q->unfinished);
    if (ok && q->shut_down) ok = asy_builder_c(b, " shutdown");
    return ok;
}
static Value show(VM *vm, Value self, bool address)
{
    QueueObj *q = as_queue(self);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_format(&b, "<%s ", asy_type_name(q->head.type)) &&
              (!address || asy_builder_format(&b, "at 0x%llx ", (unsigned long long)asy_heap_number(vm, &q->head))) &&
              format_state(vm, &b, q) && asy_builder_c(&b, ">");
    StrObj *s = ok ? asy_builder_finish(&b) : NULL;
    if (!ok) asy_builder_free(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}
static Value queue_repr(VM *vm, Value self) { return show(vm, self, true); }
static Value queue_str(VM *vm, Value self) { return show(vm, self, false); }

static void queue_trace(Tracer *t, ObjHeader *o)
{
    QueueObj *q = (QueueObj *)(void *)o;
    asy_attrs_trace(t, &q->attrs);
    asy_trace_value(t, q->loop);
    asy_trace_value(t, q->queue);
    for (uint32_t i = 0; i < q->count; i++) asy_trace_value(t, *item_at(q, i));
}
static void queue_clear(VM *vm, ObjHeader *o)
{
    QueueObj *q = (QueueObj *)(void *)o;
    asy_attrs_clear(vm, &q->attrs);
    while (q->count > 0) {
        Value item = *item_at(q, 0);
        q->first = (q->first + 1) & q->mask;
        q->count--;
        asy_release(vm, item);
    }
    asy_clear(vm, &q->queue);
    asy_clear(vm, &q->loop);
}
static void queue_free(VM *vm, ObjHeader *o)
{
    QueueObj *q = (QueueObj *)(void *)o;
    if (q->items) asy_mem_free(vm, q->items, (q->mask + 1) * sizeof(Value));
    asy_waiters_drop(&q->getters);
    asy_waiters_drop(&q->putters);
    asy_waiters_drop(&q->joiners);
}

static Value get_maxsize(VM *vm, Value self) { return asy_int_from_i64(vm, as_queue(self)->maxsize); }
static bool set_maxsize(VM *vm, Value self, Value value) { return asy_arg_i64(vm, value, &as_queue(self)->maxsize); }
static Value get_unfinished(VM *vm, Value self) { return asy_int_from_i64(vm, as_queue(self)->unfinished); }
static bool set_unfinished(VM *vm, Value self, Value value) { return asy_arg_i64(vm, value, &as_queue(self)->unfinished); }
static Value get_queue(VM *vm, Value self)
{
    Value v = container(vm, as_queue(self));
    return asy_is_err(v) ? ASY_ERR : asy_retain(v);
}
static bool set_queue(VM *vm, Value self, Value value)
{
    QueueObj *q = as_queue(self);
    while (q->count > 0) asy_release(vm, *item_at(q, --q->count));
    asy_set(vm, &q->queue, asy_retain(value));
    return true;
}

static const MethodDef queue_methods[] = {
    { "get", method_get, "()", NATIVE_COROUTINE, "Take an item, waiting while there is none." },
    { "put", method_put, "(item)", NATIVE_COROUTINE, "Add an item, waiting while the queue is full." },
    { "join", method_join, "()", NATIVE_COROUTINE, "Wait until task_done() was called for every item." },
    { "get_nowait", method_get_nowait, "()", 0, "Take an item, or raise QueueEmpty." },
    { "put_nowait", method_put_nowait, "(item)", 0, "Add an item, or raise QueueFull." },
    { "qsize", method_qsize, "()", 0, "Number of items." },
    { "empty", method_empty, "()", 0, "Whether there is no item." },
    { "full", method_full, "()", 0, "Whether there are maxsize items." },
    { "task_done", method_task_done, "()", 0, "An item that was taken has been dealt with." },
    { "shutdown", method_shutdown, "(immediate=False)", 0, "Take no more items; getters get QueueShutDown once it is empty." },
    { "_init", method_own_init, "(maxsize, /)", 0, NULL },
    { "_put", method_own_put, "(item, /)", 0, NULL },
    { "_get", method_own_get, "()", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef queue_getset[] = {
    { "maxsize", get_maxsize, NULL, "how many items it holds at most; 0: any number" },
    { "_maxsize", get_maxsize, set_maxsize, NULL },
    { "_unfinished_tasks", get_unfinished, set_unfinished, NULL },
    { "_queue", get_queue, set_queue, NULL },
    { 0 },
};
#define QUEUE_TYPE(text, help)                                                                     \
    .name = "asyncio.queues." text, .size = sizeof(QueueObj), .flags = TYPE_BASE | TYPE_ATTRS | TYPE_WEAKREFS,              \
    .attrs_offset = offsetof(QueueObj, attrs), .doc = help, .trace = queue_trace, .clear = queue_clear, .free = queue_free, \
    .slots = { .new = queue_new, .init = queue_init, .repr = queue_repr, .str = queue_str }
const TypeDef asy_queue_type = {
    QUEUE_TYPE("Queue", "A queue between tasks: first in, first out."),
    .methods = queue_methods,
    .getset = queue_getset,
};
const TypeDef asy_priority_queue_type = { QUEUE_TYPE("PriorityQueue", "A queue that gives the smallest item first."), .base = &asy_queue_type };
const TypeDef asy_lifo_queue_type = { QUEUE_TYPE("LifoQueue", "A queue that gives the newest item first."), .base = &asy_queue_type };
