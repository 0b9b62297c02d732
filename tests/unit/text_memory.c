// The cycle collector, weak references and the heap validator, without an interpreter.
#include "support/vm_fixture.h"
#include "vm/memory/check.h"
#include "vm/memory/cycles.h"
#include "vm/memory/weakref.h"

static VmFixture fixture;
static VM *vm;

static void setup(void)
{
    vm = vm_fixture_open(&fixture);
    (void)asy_cycles_collect(vm);
}

static void teardown(void) { vm_fixture_close(&fixture); }

TestSuite(text_memory, .init = setup, .fini = teardown);

static ListObj *list(void)
{
    ListObj *l = asy_list_new(vm, 0);
    cr_assert(l);
    return l;
}

static void link_to(ListObj *from, ListObj *to) { cr_assert(asy_list_append(vm, from, asy_from_obj(to))); }

// A ring of n lists that nobody holds.
static void leave_ring(int n)
{
    ListObj *first = list(), *last = asy_retain_obj(first);
    for (int i = 1; i < n; i++) {
        ListObj *next = list();
        link_to(last, next);
        asy_release_obj(vm, last);
        last = next;
    }
    link_to(last, first);
    asy_release_obj(vm, last);
    asy_release_obj(vm, first);
}

static void expect_sound(void)
{
    char message[200];
    cr_expect(asy_heap_check(vm, message, sizeof message), "%s", message);
}

static size_t alive(void) { return vm->heap.objects; }

Test(text_memory, a_ring_is_garbage_and_goes)
{
    size_t before = alive();
    leave_ring(1);
    leave_ring(2);
    leave_ring(100);
    cr_expect_eq(alive(), before + 103);
    cr_expect_eq(asy_cycles_collect(vm), 103u);
    cr_expect_eq(alive(), before);
    expect_sound();
}

Test(text_memory, what_is_held_from_outside_stays)
{
    ListObj *a = list(), *b = list(), *c = list();
    link_to(a, b);
    link_to(b, a);
    link_to(b, c);
    cr_expect_eq(asy_cycles_collect(vm), 0u);       // all three are held here
    uint32_t refs[] = { a->head.refs, b->head.refs, c->head.refs };
    cr_expect_eq(refs[0], 2u);
    cr_expect_eq(refs[1], 2u);
    cr_expect_eq(refs[2], 2u);
    asy_release_obj(vm, b);
    asy_release_obj(vm, c);
    cr_expect_eq(asy_cycles_collect(vm), 0u);       // by way of a
    cr_expect_eq(a->size, 1u);
    cr_expect_eq(asy_as_list(a->items[0])->size, 2u);
    asy_release_obj(vm, a);
    cr_expect_eq(asy_cycles_collect(vm), 3u);
    expect_sound();
}

static void step_until_idle(void)
{
    for (int i = 0; i < 100000 && asy_cycles_stats(vm).busy; i++) asy_cycles_step(vm);
    cr_assert_not(asy_cycles_stats(vm).busy);
}

Test(text_memory, young_garbage_goes_in_a_step)
{
    size_t before = alive();
    asy_cycles_set_threshold(vm, 100);
    for (int i = 0; i < 60; i++) leave_ring(2);
    cr_expect(vm->pending & PENDING_COLLECT);
    asy_cycles_step(vm);
    cr_expect_eq(asy_cycles_stats(vm).young_collections, 1u);
    step_until_idle();          // what was found is cleared in steps of its own, small ones in a stress build
    cr_expect_eq(alive(), before);
    cr_expect_eq(asy_cycles_stats(vm).collected, 120u);
    expect_sound();
}

// Lists enough to start an old collection, which survive young ones; then they become a ring and are left.
Test(text_memory, old_garbage_goes_in_slices)
{
    size_t before = alive();
    asy_cycles_set_threshold(vm, 1000);
    ListObj *holder = list();
    link_to(holder, holder);
    for (int i = 0; i < 60000; i++) {
        ListObj *l = list();
        link_to(l, holder);
        link_to(holder, l);
        asy_release_obj(vm, l);
        if (vm->pending & PENDING_COLLECT) asy_cycles_step(vm);
    }
    cr_expect_gt(asy_cycles_stats(vm).young_collections, 10u);
    step_until_idle();
    cr_expect_geq(alive(), before + 60001);
    asy_release_obj(vm, holder);                    // 60001 old objects are garbage now
    size_t garbage = alive();
    for (int i = 0; i < 400 && alive() > before + 20000; i++) {
        ListObj *keep = list();                     // new survivors bring on the next old collection
        for (int k = 0; k < 1100; k++) {
            ListObj *l = list();
            link_to(keep, l);
            asy_release_obj(vm, l);
            if (vm->pending & PENDING_COLLECT) asy_cycles_step(vm);
        }
        asy_release_obj(vm, keep);
    }
    cr_expect_lt(alive(), garbage);
    (void)asy_cycles_collect(vm);
    cr_expect_eq(alive(), before);
    expect_sound();
}

// Objects move about while marking is under way: nothing alive may go.
Test(text_memory, marking_needs_no_write_barrier)
{
    asy_cycles_set_threshold(vm, 500);
    enum { N = 40000 };
    ListObj *holder = list();
    for (int i = 0; i < N; i++) {
        ListObj *l = list();
        link_to(l, l);
        link_to(holder, l);
        asy_release_obj(vm, l);
        if (vm->pending & PENDING_COLLECT) asy_cycles_step(vm);
        if (i % 7 == 3) {                           // exchange two: one side may have been marked, the other not
            size_t x = (size_t)(i * 31) % holder->size;
            Value v = holder->items[x];
            holder->items[x] = holder->items[holder->size - 1];
            holder->items[holder->size - 1] = v;
        }
    }
    step_until_idle();
    cr_expect_eq(holder->size, (size_t)N);
    for (size_t i = 0; i < holder->size; i++) {
        const ListObj *l = asy_as_list(holder->items[i]);
        cr_assert_eq(l->head.refs, 2u);
        cr_assert_eq(l->size, 1u);
    }
    expect_sound();
    asy_release_obj(vm, holder);
    cr_expect_eq(asy_cycles_collect(vm), (size_t)N);
}

Test(text_memory, collecting_without_memory_does_nothing_wrong)
{
    size_t before = alive();
    leave_ring(10);
    vm->heap.fail_at = vm->heap.allocations + 1;
    vm->heap.fail_after = true;
    (void)asy_cycles_collect(vm);
    vm->heap.fail_at = 0;
    vm->heap.fail_after = false;
    cr_expect_not(asy_error_pending(vm));
    (void)asy_cycles_collect(vm);
    cr_expect_eq(alive(), before);
    for (uint64_t n = 1; n < 10; n++) {
        leave_ring(10);
        vm->heap.fail_at = vm->heap.allocations + n;
        (void)asy_cycles_collect(vm);
        vm->heap.fail_at = 0;
        (void)asy_cycles_collect(vm);
        cr_expect_eq(alive(), before);
    }
    expect_sound();
}

static Type *plain_class(void)
{
    Value object = asy_from_obj(vm->types.object);
    Type *cls = fixture_class(vm, "C", &object, 1);
    cr_assert(cls);
    return cls;
}

static Value instance(Type *cls)
{
    Value v = asy_call0(vm, asy_from_obj(cls));
    cr_assert_not(asy_is_err(v));
    return v;
}

Test(text_memory, weak_references_die_with_their_object)
{
    Type *cls = plain_class();
    Value o = instance(cls);
    Value a = asy_weakref_new(vm, vm->types.weakref, o, ASY_NIL), b = asy_weakref_new(vm, vm->types.weakref, o, ASY_NIL);
    cr_assert_not(asy_is_err(a));
    cr_expect(asy_same(a, b));                      // plain references are shared
    cr_expect_eq(asy_weakref_count(vm, o), 1u);
    Value back = asy_weakref_get(vm, a);
    cr_expect(asy_same(back, o));
    asy_release(vm, back);
    asy_release(vm, o);
    cr_expect(asy_is_none(asy_weakref_get(vm, a)));
    asy_release(vm, a);
    asy_release(vm, b);
    asy_release_obj(vm, cls);
}

// Many objects, references that go in any order: the table stays consistent through growing and gaps.
Test(text_memory, the_table_of_weak_references_holds_thousands)
{
    enum { N = 5000 };
    static Value objects[N], refs[N];
    Type *cls = plain_class();
    for (int i = 0; i < N; i++) {
        objects[i] = instance(cls);
        refs[i] = asy_weakref_new(vm, vm->types.weakref, objects[i], ASY_NIL);
        cr_assert_not(asy_is_err(refs[i]));
    }
    for (int i = 0; i < N; i += 3) asy_release(vm, refs[i]), refs[i] = ASY_NIL;
    for (int i = 0; i < N; i += 2) asy_release(vm, objects[i]), objects[i] = ASY_NIL;
    for (int i = 0; i < N; i++) {
        if (asy_is_nil(refs[i])) continue;
        Value back = asy_weakref_get(vm, refs[i]);
        cr_assert(asy_is_nil(objects[i]) ? asy_is_none(back) : asy_same(back, objects[i]));
        asy_release(vm, back);
    }
    for (int i = 0; i < N; i++) asy_release(vm, objects[i]), asy_release(vm, refs[i]);
    asy_release_obj(vm, cls);
    expect_sound();
}

Test(text_memory, weak_references_to_garbage_are_cleared_with_it)
{
    Type *cls = plain_class();
    Value o = instance(cls);
    StrObj *name = asy_intern_c(vm, "me");
    cr_assert(name && asy_setattr(vm, o, name, o));
    Value ref = asy_weakref_new(vm, vm->types.weakref, o, ASY_NIL);
    asy_release(vm, o);
    Value back = asy_weakref_get(vm, ref);
    cr_expect_not(asy_is_none(back));               // still there, though nobody else can reach it
    asy_release(vm, back);
    cr_expect_gt(asy_cycles_collect(vm), 0u);
    cr_expect(asy_is_none(asy_weakref_get(vm, ref)));
    asy_release(vm, ref);
    asy_release_obj(vm, name);
    asy_release_obj(vm, cls);
}

Test(text_memory, numbers_have_no_weak_references)
{
    cr_expect(asy_is_err(asy_weakref_new(vm, vm->types.weakref, asy_from_small(3), ASY_NIL)));
    expect_error(vm, EXC_TypeError, "cannot create weak reference to 'int' object");
}

Test(text_memory, the_validator_sees_a_wrong_count)
{
    ListObj *a = list(), *b = list();
    link_to(a, b);
    asy_release_obj(vm, b);
    b->head.refs = 0;           // a's reference is not counted any more
    char message[200];
    cr_expect_not(asy_heap_check(vm, message, sizeof message));
    cr_expect(strstr(message, "list"), "%s", message);
    b->head.refs = 1;
    expect_sound();
    asy_release_obj(vm, a);
}
