// Lists, tuples, dicts and sets from C: growth, order, failing allocations, death in long chains.
#include <criterion/criterion.h>
#include <stdio.h>

#include "support/vm_fixture.h"
#include "vm/objects/dict_impl.h"
#include "vm/objects/int.h"
#include "vm/objects/list_impl.h"
#include "vm/objects/sort.h"
#include "vm/objects/set.h"
#include "vm/objects/slice.h"

static Value number_text(VM *vm, int i)
{
    char text[16];
    (void)snprintf(text, sizeof text, "k%d", i);
    return asy_str_value(vm, text);
}

Test(objects_containers, lists_grow_and_shrink)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    ListObj *list = asy_list_new(vm, 0);
    for (int i = 0; i < 10000; i++) cr_assert(asy_list_append(vm, list, asy_from_small(i)));
    cr_expect_lt(list->capacity, 10000u * 2);
    size_t high = list->capacity;
    while (list->size > 10) {
        Value old;
        cr_assert(asy_list_splice(vm, list, list->size / 2, 1, NULL, 0, &old));
        cr_assert(asy_is_int(old));
    }
    cr_expect_lt(list->capacity, high / 8);
    cr_expect_eq(asy_as_small(list->items[0]), 0);
    cr_expect_eq(asy_as_small(list->items[9]), 9999);
    cr_assert(asy_list_insert(vm, list, 99, ASY_NONE));
    cr_expect(asy_is_none(list->items[10]));
    asy_release_obj(vm, list);
    vm_fixture_close(&f);
}

Test(objects_containers, sorting_is_stable_for_every_kind_of_key)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    for (int kind = 0; kind < 4; kind++) {
        enum { N = 3000 };
        Value keys[N], values[N];
        uint32_t x = 1;
        for (int i = 0; i < N; i++) {
            x = x * 1664525 + 1013904223;
            int k = (int)(x >> 24);
            values[i] = asy_from_small(i);
            keys[i] = kind == 0   ? asy_from_small(k)
                      : kind == 1 ? asy_from_double(k)
                      : kind == 2 ? number_text(vm, k + 1000)
                                  : asy_tuple_pack(vm, 1, asy_from_small(k));
        }
        cr_assert(asy_sort_values(vm, keys, values, N));
        for (int i = 1; i < N; i++) {
            Value a = keys[asy_as_small(values[i - 1])], b = keys[asy_as_small(values[i])];
            int less = asy_compare_bool(vm, a, b, CMP_LT);
            cr_assert(less == 1 || (asy_equal(vm, a, b) == 1 && asy_as_small(values[i - 1]) < asy_as_small(values[i])));
        }
        for (int i = 0; i < N; i++) asy_release(vm, keys[i]);
    }
    vm_fixture_close(&f);
}

Test(objects_containers, dicts_keep_their_order_through_growth_and_gaps)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    DictObj *d = asy_dict_new(vm);
    for (int i = 0; i < 3000; i++) {
        Value key = i % 2 ? asy_from_small(i) : number_text(vm, i);
        cr_assert(asy_dict_set(vm, d, key, asy_from_small(i)));
        asy_release(vm, key);
    }
    cr_expect_not(d->str_keys);
    for (int i = 0; i < 3000; i += 3) {
        Value key = i % 2 ? asy_from_small(i) : number_text(vm, i);
        cr_assert_eq(asy_dict_delete(vm, d, key), 1);
        cr_assert_eq(asy_dict_delete(vm, d, key), 0);
        asy_release(vm, key);
    }
    cr_expect_eq(d->count, 2000u);
    DictObj *copy = asy_dict_copy(vm, d);
    Value key, value;
    int64_t last = -1;
    uint32_t n = 0;
    for (uint32_t pos = 0; asy_dict_next(copy, &pos, &key, &value); n++) {
        cr_assert_gt(asy_as_small(value), last);
        last = asy_as_small(value);
        Value found;
        cr_assert(asy_dict_get(vm, d, key, &found));
        cr_assert(asy_same(found, value));
    }
    cr_expect_eq(n, 2000u);
    cr_expect_eq(asy_dict_equal(vm, d, copy), 1);
    asy_release_obj(vm, copy);
    asy_release_obj(vm, d);
    vm_fixture_close(&f);
}

Test(objects_containers, a_dicts_layout_tells_structural_changes_apart)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    DictObj *d = asy_dict_new(vm), *other = asy_dict_new(vm);
    StrObj *a = asy_intern_c(vm, "a"), *b = asy_intern_c(vm, "b");
    cr_expect_neq(d->layout, 0u);
    cr_expect_neq(d->layout, other->layout);
    cr_assert(asy_dict_set_str(vm, d, a, ASY_NONE) && asy_dict_set_str(vm, d, b, ASY_NONE));
    uint32_t layout = d->layout;
    int32_t entry = asy_dict_find_entry(vm, d, b);
    cr_expect_eq(entry, 1);
    cr_assert(asy_dict_set_str(vm, d, b, ASY_TRUE));        // a value alone changes nothing
    cr_expect_eq(d->layout, layout);
    cr_expect(asy_same(d->entries[entry].value, ASY_TRUE));
    cr_assert_eq(asy_dict_delete_str(vm, d, a), 1);
    cr_expect_neq(d->layout, layout);
    asy_release_obj(vm, a);
    asy_release_obj(vm, b);
    asy_release_obj(vm, d);
    asy_release_obj(vm, other);
    vm_fixture_close(&f);
}

Test(objects_containers, sets_find_what_was_added_and_only_that)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    SetObj *s = asy_set_new(vm, vm->types.set);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++) cr_assert(asy_set_add(vm, s, asy_from_small(i * 64)));
        cr_expect_eq(s->count, 2000u);
        for (int i = 0; i < 4000; i++) cr_assert_eq(asy_set_contains(vm, s, asy_from_small(i * 32)), i % 2 == 0);
        for (int i = 0; i < 2000; i++) cr_assert_eq(asy_set_discard(vm, s, asy_from_small(i * 64)), 1);
        cr_expect_eq(s->count, 0u);
    }
    cr_expect_lt(s->mask, 16384u);      // deleted places are filled again
    asy_release_obj(vm, s);
    vm_fixture_close(&f);
}

Test(objects_containers, slices_select)
{
    const struct {
        int64_t start, stop, step;
        size_t length;
        int64_t first;
        size_t count;
    } cases[] = {
        { 0, INT64_MAX, 1, 5, 0, 5 },   { INT64_MAX, INT64_MIN, -1, 5, 4, 5 }, { -3, -1, 1, 5, 2, 2 }, { 1, 100, 2, 5, 1, 2 },
        { 3, 1, 1, 5, 3, 0 },           { 4, 0, -3, 5, 4, 2 },                 { INT64_MIN, 3, 1, 5, 0, 3 },
        { 0, 5, INT64_MAX, 5, 0, 1 },   { 4, INT64_MIN, -INT64_MAX, 5, 4, 1 }, { 0, 0, 1, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SliceRange r = { cases[i].start, cases[i].stop, cases[i].step, 0 };
        asy_slice_adjust(&r, cases[i].length);
        cr_expect_eq(r.count, cases[i].count, "case %zu", i);
        if (r.count) cr_expect_eq(r.start, cases[i].first, "case %zu", i);
    }
}

Test(objects_containers, long_chains_die_without_recursion)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value chain = ASY_NONE;
    for (int i = 0; i < 300000; i++) {
        Value next;
        if (i % 3 == 0) {
            next = asy_tuple_pack(vm, 1, chain);
        } else if (i % 3 == 1) {
            ListObj *list = asy_list_from(vm, &chain, 1);
            next = asy_from_obj(list);
        } else {
            DictObj *d = asy_dict_new(vm);
            cr_assert(asy_dict_set(vm, d, ASY_NONE, chain));
            next = asy_from_obj(d);
        }
        asy_release(vm, chain);
        chain = next;
    }
    asy_release(vm, chain);
    vm_fixture_close(&f);
}

// A little of everything; false once an allocation failed, and then nothing may be left behind.
static bool exercise(VM *vm)
{
    bool ok = false;
    ListObj *list = asy_list_new(vm, 0);
    DictObj *d = asy_dict_new(vm), *copy = NULL;
    SetObj *s = asy_set_new(vm, vm->types.set);
    Value range = ASY_NIL, big = ASY_NIL, product = ASY_NIL;
    if (!list || !d || !s) goto done;
    for (int i = 0; i < 60; i++) {
        Value key = number_text(vm, i * 7 % 60);
        bool added = !asy_is_err(key) && asy_list_append(vm, list, key) && asy_dict_set(vm, d, key, asy_from_small(i)) &&
                     asy_set_add(vm, s, key);
        asy_release(vm, key);
        if (!added) goto done;
    }
    if (!asy_list_sort(vm, list, ASY_NIL, true)) goto done;
    copy = asy_dict_copy(vm, d);
    if (!copy || !asy_dict_merge(vm, copy, asy_from_obj(d), true)) goto done;
    if (!asy_set_update(vm, s, asy_from_obj(list)) || !asy_list_extend(vm, list, asy_from_obj(s))) goto done;
    big = asy_int_parse(vm, "123456789012345678901234567890123456789012345678901234567890", 60, 10);
    if (asy_is_err(big)) goto done;
    product = asy_int_binary(vm, BIN_MUL, big, big);
    if (asy_is_err(product)) goto done;
    asy_set(vm, &product, asy_int_binary(vm, BIN_MOD, product, big));
    ok = !asy_is_err(product);
done:
    asy_release_obj(vm, list);
    asy_release_obj(vm, d);
    asy_release_obj(vm, copy);
    asy_release_obj(vm, s);
    asy_release(vm, range);
    asy_release(vm, big);
    asy_release(vm, product);
    return ok;
}

Test(objects_containers, any_allocation_may_fail)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    size_t objects = vm->heap.objects;
    int succeeded = 0, failed = 0;
    for (uint64_t n = 1; succeeded < 3 && n < 2000; n++) {
        vm->heap.fail_at = vm->heap.allocations + n;
        bool ok = exercise(vm);
        bool hit = vm->heap.allocations >= vm->heap.fail_at;
        vm->heap.fail_at = 0;
        if (!ok) {
            cr_assert(asy_error_catch(vm, EXC_MemoryError), "allocation %d", (int)n);
            failed++;
        }
        cr_assert_eq(vm->heap.objects, objects, "allocation %d", (int)n);
        succeeded += ok && !hit;
    }
    cr_expect_eq(succeeded, 3);
    cr_expect_gt(failed, 10);
    vm_fixture_close(&f);
}
