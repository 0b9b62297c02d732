// The object heap and death: numbers repeat, memory comes back, long chains are freed without C stack.
#include "support/vm_fixture.h"
#include "vm/memory/finalize.h"

enum { MANY = 5000 };

static void fill(VM *vm, ListObj **lists, uint64_t *numbers)
{
    for (int i = 0; i < MANY; i++) {
        lists[i] = asy_list_new(vm, 0);
        cr_assert(lists[i]);
        numbers[i] = asy_heap_number(vm, &lists[i]->head);
    }
    for (int i = 0; i < MANY; i += 3) asy_release_obj(vm, lists[i]);
    for (int i = 0; i < MANY; i += 3) {
        lists[i] = asy_list_new(vm, 0);
        cr_assert(lists[i]);
        numbers[i] = asy_heap_number(vm, &lists[i]->head);
    }
}

Test(core_heap, numbers_repeat_from_vm_to_vm)
{
    static ListObj *lists[2][MANY];
    static uint64_t numbers[2][MANY];
    VmFixture f[2];
    for (int i = 0; i < 2; i++) fill(vm_fixture_open(&f[i]), lists[i], numbers[i]);
    cr_expect_arr_eq(numbers[0], numbers[1], sizeof numbers[0]);
    for (int v = 0; v < 2; v++) {
        for (int i = 0; i < MANY; i++) asy_release_obj(f[v].vm, lists[v][i]);
        vm_fixture_close(&f[v]);
    }
}

Test(core_heap, index_and_walk_find_every_object)
{
    static ListObj *lists[MANY];
    static uint64_t numbers[MANY];
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    fill(vm, lists, numbers);
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(asy_heap_at(vm, asy_heap_index(vm, &lists[i]->head)), &lists[i]->head);
        cr_assert_eq(numbers[i] % 16, 0u);
        asy_release_obj(vm, lists[i]);
    }
    TupleObj *large = asy_tuple_alloc(vm, 1000);
    cr_expect_eq(asy_heap_at(vm, asy_heap_index(vm, &large->head)), &large->head);
    asy_release_obj(vm, large);
    vm_fixture_close(&f);
}

Test(core_heap, memory_comes_back)
{
    static ListObj *lists[MANY];
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    size_t before = vm->heap.bytes;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < MANY; i++) cr_assert(lists[i] = asy_list_new(vm, 0));
        for (int i = 0; i < MANY; i++) asy_release_obj(vm, lists[round % 2 ? MANY - 1 - i : i]);
        cr_expect_leq(vm->heap.bytes, before + 2 * HEAP_PAGE_SIZE);
    }
    vm_fixture_close(&f);
}

Test(core_heap, long_chain_dies_without_c_stack)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value chain = ASY_NONE;
    for (int i = 0; i < 300000; i++) {
        Value link = asy_tuple_pack(vm, 1, chain);
        cr_assert_not(asy_is_err(link));
        asy_release(vm, chain);
        chain = link;
    }
    vm->thread->c_stack_limit = (char *)__builtin_frame_address(0) - 64 * 1024;
    asy_release(vm, chain);
    vm_fixture_close(&f);
}

Test(core_heap, the_limit_is_a_memory_error)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    vm->limits.memory_bytes = vm->heap.bytes + 100000;
    cr_expect_null(asy_list_new(vm, 1000000));
    cr_expect(asy_error_catch(vm, EXC_MemoryError));
    size_t count = 0;
    Value chain = ASY_NONE;
    for (;; count++) {
        Value link = asy_tuple_pack(vm, 2, chain, chain);
        if (asy_is_err(link)) break;
        asy_release(vm, chain);
        chain = link;
    }
    cr_expect_gt(count, 100u);
    cr_expect(asy_error_catch(vm, EXC_MemoryError));
    asy_release(vm, chain);
    vm->limits.memory_bytes = 0;
    vm_fixture_close(&f);
}

// ---- finalisers ----

typedef struct Mortal {
    ObjHeader head;
    Value number;
    Value inner;                // dies with it
} Mortal;

static int deaths[8], death_count;

static void mortal_trace(Tracer *t, ObjHeader *o) { asy_trace_value(t, ((Mortal *)(void *)o)->inner); }
static void mortal_clear(VM *vm, ObjHeader *o) { asy_clear(vm, &((Mortal *)(void *)o)->inner); }
static bool mortal_needs_finalize(VM *vm, ObjHeader *o) { return (void)vm, (void)o, true; }
static void mortal_finalize(VM *vm, ObjHeader *o)
{
    (void)vm;
    deaths[death_count++] = (int)asy_as_small(((Mortal *)(void *)o)->number);
}
static const TypeDef mortal_type = {
    .name = "Mortal", .size = sizeof(Mortal), .trace = mortal_trace, .clear = mortal_clear,
    .needs_finalize = mortal_needs_finalize, .finalize = mortal_finalize,
};

static Value mortal(VM *vm, int number, Value inner)
{
    Type *type = asy_type_ready(vm, &mortal_type);
    cr_assert(type);
    Mortal *m = asy_object_alloc(vm, type);
    cr_assert(m);
    m->number = asy_from_small(number);
    m->inner = inner;
    return asy_from_obj(m);
}

Test(core_heap, finalisers_wait_for_the_drain_and_run_in_order)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value outer = mortal(vm, 1, mortal(vm, 2, ASY_NIL));
    Value other = mortal(vm, 3, ASY_NIL);
    asy_release(vm, outer);
    asy_release(vm, other);
    cr_expect_eq(death_count, 0);
    cr_expect(vm->pending & PENDING_FINALIZE);
    asy_finalize_drain(vm);
    const int expected[] = { 1, 3, 2 };         // 2 lives until 1 has been finalised
    cr_expect_eq(death_count, 3);
    cr_expect_arr_eq(deaths, expected, sizeof expected);
    cr_expect_not(vm->pending & PENDING_FINALIZE);
    vm_fixture_close(&f);
}

Test(core_heap, draining_keeps_the_pending_exception)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    asy_release(vm, mortal(vm, 1, ASY_NIL));
    asy_raise(vm, EXC_ValueError, "kept");
    asy_finalize_drain(vm);
    expect_error(vm, EXC_ValueError, "kept");
    vm_fixture_close(&f);
}
