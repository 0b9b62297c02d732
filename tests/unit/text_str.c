// Text from C: indices, growing in place, hashes, the builder's formats.
#include "support/vm_fixture.h"
#include "vm/objects/bytes.h"
#include "vm/objects/format_spec.h"
#include "vm/objects/search.h"

static VmFixture fixture;
static VM *vm;

static void setup(void) { vm = vm_fixture_open(&fixture); }
static void teardown(void) { vm_fixture_close(&fixture); }

TestSuite(text_str, .init = setup, .fini = teardown);

Test(text_str, positions_and_offsets_agree)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    const uint32_t sample[] = { 'a', 0xE9, 0x4E2D, 0x1F600, 'z' };
    for (size_t i = 0; i < 1000; i++) cr_assert(asy_builder_char(&b, sample[i % 5]));
    StrObj *s = asy_builder_finish(&b);
    cr_assert(s);
    cr_expect_eq(asy_str_length(vm, s), 1000u);
    for (size_t i = 0; i < 1000; i++) {
        cr_expect_eq(asy_str_char_at(vm, s, i), sample[i % 5]);
        cr_expect_eq(asy_str_position(vm, s, asy_str_offset(vm, s, i)), i);
    }
    cr_expect_eq(asy_str_offset(vm, s, 1000), s->size);
    cr_expect_eq(asy_str_position(vm, s, s->size), 1000u);
    StrObj *part = asy_str_slice(vm, s, 130, 135);
    cr_assert(part);
    cr_expect_eq(asy_str_length(vm, part), 5u);
    cr_expect_eq(asy_str_char_at(vm, part, 3), 0x1F600u);
    asy_release_obj(vm, part);
    asy_release_obj(vm, s);
}

Test(text_str, a_position_needs_no_index)
{
    char text[400];
    for (size_t i = 0; i < sizeof text; i += 2) memcpy(text + i, "\xC3\xA9", 2);
    StrObj *s = asy_str_new(vm, text, sizeof text);
    cr_assert(s);
    vm->heap.fail_at = vm->heap.allocations + 1;
    vm->heap.fail_after = true;
    cr_expect_eq(asy_str_length(vm, s), 200u);
    cr_expect_eq(asy_str_char_at(vm, s, 199), 0xE9u);
    vm->heap.fail_at = 0;
    cr_expect_not(asy_error_pending(vm));
    asy_release_obj(vm, s);
}

Test(text_str, append_grows_a_sole_reference_in_place)
{
    StrObj *piece = asy_str_from_c(vm, "0123456789");
    Value s = asy_str_value(vm, "start ");
    uint64_t before = vm->heap.allocations;
    for (int i = 0; i < 10000; i++) cr_assert(asy_str_append(vm, &s, piece));
    cr_expect_lt(vm->heap.allocations - before, 100u);
    cr_expect_eq(asy_as_str(s)->size, 6u + 100000u);
    Value other = asy_retain(s);        // seen by somebody else: it must not change
    cr_assert(asy_str_append(vm, &s, piece));
    cr_expect_eq(asy_as_str(other)->size, 6u + 100000u);
    cr_expect_eq(asy_as_str(s)->size, 6u + 100010u);
    cr_expect_neq(asy_str_hash(vm, asy_as_str(s)), asy_str_hash(vm, asy_as_str(other)));
    asy_release(vm, other);
    asy_release(vm, s);
    asy_release_obj(vm, piece);
}

Test(text_str, append_forgets_hash_length_and_flags)
{
    char text[300];
    memset(text, 'x', sizeof text);
    Value s = asy_from_obj(asy_str_new(vm, text, sizeof text));
    StrObj *accent = asy_str_from_c(vm, "\xC3\xA9"), *plain = asy_str_from_c(vm, "ab");
    cr_assert(asy_str_append(vm, &s, plain));
    uint64_t hash = asy_str_hash(vm, asy_as_str(s));
    cr_assert(asy_str_append(vm, &s, accent));
    cr_expect_neq(asy_str_hash(vm, asy_as_str(s)), hash);
    cr_expect_not(asy_str_is_ascii(asy_as_str(s)));
    cr_expect_eq(asy_str_length(vm, asy_as_str(s)), 303u);
    cr_assert(asy_str_append(vm, &s, accent));
    cr_expect_eq(asy_str_length(vm, asy_as_str(s)), 304u);
    asy_release(vm, s);
    asy_release_obj(vm, accent);
    asy_release_obj(vm, plain);
}

Test(text_str, short_strings_exist_once)
{
    StrObj *a = asy_str_from_c(vm, "q"), *b = asy_str_from_char(vm, 'q'), *c = asy_str_from_c(vm, "\xC3\xA9"), *d = asy_str_from_char(vm, 0xE9);
    cr_expect_eq(a, b);
    cr_expect_eq(c, d);
    asy_release_obj(vm, a);
    asy_release_obj(vm, b);
    asy_release_obj(vm, c);
    asy_release_obj(vm, d);
}

Test(text_str, order_is_that_of_code_points)
{
    const char *const sorted[] = { "", "a", "a\xC3\xA9", "b", "\xC3\xA9", "\xED\xA0\x80", "\xEF\xBF\xBF", "\xF0\x9F\x98\x80" };
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++) {
        for (size_t j = 0; j < sizeof sorted / sizeof sorted[0]; j++) {
            StrObj *a = asy_str_from_c(vm, sorted[i]), *b = asy_str_from_c(vm, sorted[j]);
            int order = asy_str_compare(a, b);
            cr_expect_eq((order > 0) - (order < 0), i < j ? -1 : i > j);
            cr_expect_eq(asy_str_equal(a, b), i == j);
            asy_release_obj(vm, a);
            asy_release_obj(vm, b);
        }
    }
}

Test(text_str, hashes_are_keyed_and_never_reserved)
{
    uint64_t first = asy_hash_bytes(vm, "abc", 3);
    vm->hash_key[0] ^= 1;
    cr_expect_neq(asy_hash_bytes(vm, "abc", 3), first);
    vm->hash_key[0] ^= 1;
    cr_expect_eq(asy_hash_bytes(vm, "abc", 3), first);
    for (int i = 0; i < 100000; i++) {
        uint64_t hash = asy_hash_bytes(vm, &i, sizeof i);
        cr_assert_neq(hash, 0u);
        cr_assert_neq(hash, UINT64_MAX);
    }
}

Test(text_str, formats)
{
    StrObj *name = asy_str_from_c(vm, "n\xC3\xA9");
    StrObj *s = asy_format(vm, "%s|%.2s|%d|%u|%lld|%llu|%llx|%zu|%c|%x|%S|%R|%A|%T|%N|%U|%.1U|%%", "text", "cut", -3, 7u, (long long)INT64_MIN,
                           (unsigned long long)UINT64_MAX, 0xABCDEF012345ull, (size_t)9, 0x4E2Du, 255u, asy_from_obj(name), asy_from_obj(name),
                           asy_from_obj(name), asy_from_small(1), vm->types.dict, name, name);
    cr_assert(s);
    cr_expect_str_eq(s->data, "text|cu|-3|7|-9223372036854775808|18446744073709551615|abcdef012345|9|\xE4\xB8\xAD|ff|n\xC3\xA9|'n\xC3\xA9'|'n\\xe9'|int|dict|n\xC3\xA9|n|%");
    asy_release_obj(vm, s);
    asy_release_obj(vm, name);
}

Test(text_str, builder_hands_over_long_text)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (int i = 0; i < 5000; i++) cr_assert(asy_builder_c(&b, "ab"));
    StrObj *s = asy_builder_finish(&b);
    cr_assert(s);
    cr_expect_eq(s->size, 10000u);
    cr_expect(asy_str_is_ascii(s));
    cr_expect_eq(s->data[10000], '\0');
    asy_release_obj(vm, s);
}

Test(text_str, every_failing_allocation_is_a_clean_error)
{
    for (uint64_t n = 1;; n++) {
        vm->heap.fail_at = vm->heap.allocations + n;
        StrBuilder b;
        asy_builder_init(&b, vm);
        bool ok = true;
        for (int i = 0; ok && i < 2000; i++) ok = asy_builder_char(&b, 0xE9);
        StrObj *s = ok ? asy_builder_finish(&b) : NULL;
        if (!ok) asy_builder_free(&b);
        bool hit = vm->heap.allocations >= vm->heap.fail_at;
        vm->heap.fail_at = 0;
        if (!s) {
            cr_expect(asy_error_is(vm, EXC_MemoryError));
            asy_error_clear(vm);
        }
        asy_release_obj(vm, s);
        if (!hit) break;
        cr_assert_lt(n, 100u);
    }
}

Test(text_str, bytes_of_unknown_validity)
{
    StrObj *s = asy_str_decode(vm, "a\xFF\xE2\x82", 4, "replace");
    cr_assert(s);
    cr_expect_str_eq(s->data, "a\xEF\xBF\xBD\xEF\xBF\xBD");
    asy_release_obj(vm, s);
    cr_expect_null(asy_str_decode(vm, "a\xFF", 2, NULL));
    expect_error(vm, EXC_UnicodeDecodeError, "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte");
}

// Searching agrees with the obvious way on all short texts over two letters.
Test(text_str, search_agrees_with_comparing_everywhere)
{
    char hay[12], needle[5];
    for (unsigned h = 0; h < 1024; h++) {
        for (size_t i = 0; i < 10; i++) hay[i] = h >> i & 1 ? 'b' : 'a';
        for (unsigned n = 0; n < 32; n++) {
            size_t size = n < 2 ? 1 : n < 6 ? 2 : n < 14 ? 3 : 4;
            for (size_t i = 0; i < size; i++) needle[i] = n >> i & 1 ? 'b' : 'a';
            ssize_t first = -1, last = -1;
            for (ssize_t at = 0; at + (ssize_t)size <= 10; at++) {
                if (memcmp(hay + at, needle, size) != 0) continue;
                if (first < 0) first = at;
                last = at;
            }
            cr_assert_eq(asy_search_find(hay, 10, needle, size), first);
            cr_assert_eq(asy_search_rfind(hay, 10, needle, size), last);
        }
    }
}

// The same on text longer than what is looked at at once, and on such where most of the needle stands in many places.
Test(text_str, long_search_agrees_with_comparing_everywhere)
{
    char hay[700], needle[200];
    uint32_t chance = 1;
    for (unsigned round = 0; round < 4000; round++) {
        size_t size = round % 7 == 0 ? sizeof hay : round % 97, letters = 1 + round % 3;
        for (size_t i = 0; i < size; i++) hay[i] = (char)('a' + ((chance = chance * 1664525 + 1013904223) >> 24) % letters);
        if (round % 5 == 0) memset(hay, 'a', size);
        size_t length = 1 + (chance >> 16) % (round % 2 ? 6 : sizeof needle - 1);
        for (size_t i = 0; i < length; i++) needle[i] = i < size ? hay[(i + round) % size] : 'a';
        if (round % 11 == 0) needle[length / 2] = 'b';
        ssize_t first = -1, last = -1;
        for (ssize_t at = 0; at + (ssize_t)length <= (ssize_t)size; at++) {
            if (memcmp(hay + at, needle, length) != 0) continue;
            if (first < 0) first = at;
            last = at;
        }
        cr_assert_eq(asy_search_find(hay, size, needle, length), first, "round %u", round);
        cr_assert_eq(asy_search_rfind(hay, size, needle, length), last, "round %u", round);
        size_t bytes = 0;
        for (size_t i = 0; i < size; i++) bytes += hay[i] == needle[0];
        cr_assert_eq(asy_search_count(hay, size, needle, 1, SIZE_MAX), bytes);
        cr_assert_eq(asy_search_byte(hay, hay + size, (unsigned char)needle[0]) - hay, (ssize_t)(bytes ? (char *)memchr(hay, needle[0], size) - hay : (ssize_t)size));
    }
}

Test(text_str, numbers_are_grouped_up_to_the_width)
{
    const struct { int64_t width; const char *digits, *expected; } cases[] = {
        { 0, "1234567", "1,234,567" }, { 10, "1234", "00,001,234" }, { 9, "1234", "0,001,234" }, { 8, "1234", "0,001,234" },
        { 7, "1234", "001,234" }, { 5, "1", "0,001" }, { 4, "1", "0,001" }, { 3, "1", "001" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        FormatSpec spec = { .fill = '0', .align = '=', .grouping = ',', .width = cases[i].width, .precision = -1, .type = 'd' };
        StrBuilder b;
        asy_builder_init(&b, vm);
        cr_assert(asy_format_number(&b, &spec, 0, "", cases[i].digits, strlen(cases[i].digits), "", 0));
        StrObj *s = asy_builder_finish(&b);
        cr_assert(s);
        cr_expect_str_eq(s->data, cases[i].expected);
        asy_release_obj(vm, s);
    }
}
