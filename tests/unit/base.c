// The header-only helpers: arena, vector, buffer, UTF-8.
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "support/test_alloc.h"

Test(base, arena_gives_aligned_memory_and_frees_all)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 0);
    Arena arena;
    asy_arena_init(&arena, &alloc.allocator);
    for (size_t size = 0; size < 3000; size++) {
        char *memory = asy_arena_alloc(&arena, size);
        cr_assert(memory);
        cr_assert_eq((uintptr_t)memory % 8, 0u);
        memset(memory, 1, size);
    }
    cr_expect_str_eq(asy_arena_copy(&arena, "abc", 2), "ab");
    asy_arena_free(&arena);
    cr_expect_eq(alloc.held, 0u);
    cr_expect_not(alloc.wrong_size);
    cr_expect(asy_arena_alloc(&arena, 8));
    asy_arena_free(&arena);
}

Test(base, arena_stays_failed)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 2);
    Arena arena;
    asy_arena_init(&arena, &alloc.allocator);
    cr_expect(asy_arena_alloc(&arena, 8));
    cr_expect_null(asy_arena_alloc(&arena, 100000));
    cr_expect(arena.failed);
    cr_expect_null(asy_arena_alloc(&arena, 8));
    cr_expect_null(asy_arena_array(&arena, SIZE_MAX / 2, 8));
    asy_arena_free(&arena);
    cr_expect_eq(alloc.held, 0u);
}

Test(base, arena_grows_the_last_array_in_place)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 0);
    Arena arena;
    asy_arena_init(&arena, &alloc.allocator);
    char *array = asy_arena_alloc(&arena, 13);
    memcpy(array, "hello, world", 13);
    cr_expect_eq(asy_arena_grow(&arena, array, 13, 15), array);
    cr_expect_eq(asy_arena_grow(&arena, array, 15, 100), array);
    cr_expect(asy_arena_alloc(&arena, 1));
    char *moved = asy_arena_grow(&arena, array, 100, 200);
    cr_expect_neq(moved, array);
    cr_expect_str_eq(moved, "hello, world");
    cr_expect_str_eq(asy_arena_grow(&arena, moved, 200, 100000), "hello, world");
    asy_arena_free(&arena);
    cr_expect_eq(alloc.held, 0u);
}

Test(base, vec)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 0);
    Vec(int) numbers = { 0 };
    for (int i = 0; i < 100; i++) cr_assert(asy_vec_push(&alloc.allocator, &numbers, i));
    cr_expect_eq(numbers.len, 100u);
    cr_expect_eq(asy_vec_last(&numbers), 99);
    cr_expect_eq(asy_vec_pop(&numbers), 99);
    for (int i = 0; i < 99; i++) cr_expect_eq(numbers.items[i], i);
    alloc.fail_at = alloc.calls + 1;
    size_t len = numbers.len;
    cr_expect_not(asy_vec_reserve(&alloc.allocator, &numbers, 1000));
    cr_expect_eq(numbers.len, len);
    asy_vec_free(&alloc.allocator, &numbers);
    cr_expect_eq(alloc.held, 0u);
    cr_expect_not(alloc.wrong_size);
}

Test(base, buf)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 0);
    Buf buf;
    asy_buf_init(&buf, &alloc.allocator);
    for (int i = 0; i < 50; i++) cr_expect(asy_buf_printf(&buf, "%d,", i));
    cr_expect(asy_buf_put_code_point(&buf, 0x20AC));
    cr_expect(strncmp(buf.bytes, "0,1,2,", 6) == 0);
    cr_expect_str_eq(buf.bytes + buf.len - 6, "49,\xe2\x82\xac");
    alloc.fail_at = alloc.calls + 1;
    char large[4096] = { 0 };
    cr_expect_not(asy_buf_append(&buf, large, sizeof large));
    cr_expect(buf.failed);
    cr_expect_not(asy_buf_putc(&buf, 'x'));
    asy_buf_free(&buf);
    cr_expect_eq(alloc.held, 0u);
    cr_expect_not(alloc.wrong_size);
}

Test(base, utf8_round_trip)
{
    for (uint32_t c = 0; c < 0x110000; c++) {
        char bytes[8];
        size_t len = asy_utf8_encode(bytes, c), size;
        Utf8Error error;
        cr_assert_eq(len, asy_utf8_size(c));
        cr_assert_eq(len, asy_utf8_sequence(bytes[0]));
        cr_assert_eq(asy_utf8_decode(bytes, len, true, &size, &error), c);
        cr_assert_eq(size, len);
        const char *at = bytes;
        cr_assert_eq(asy_utf8_next(&at), c);
        cr_assert_eq(asy_utf8_prev(&at), c);
        cr_assert_eq(at, bytes);
        bool strict = asy_utf8_validate(bytes, len, false, NULL);
        cr_assert_eq(strict, !asy_utf8_is_surrogate(c));
    }
}

Test(base, utf8_refuses_what_is_ill_formed)
{
    static const struct {
        const char *bytes;
        Utf8Error error;
        size_t size;
    } cases[] = {
        { "\x80", UTF8_START, 1 },
        { "\xC0\x80", UTF8_START, 1 },
        { "\xC1\xBF", UTF8_START, 1 },
        { "\xF5\x80\x80\x80", UTF8_START, 1 },
        { "\xC3", UTF8_END, 1 },
        { "\xE2\x82", UTF8_END, 2 },
        { "\xF0\x9F\x98", UTF8_END, 3 },
        { "\xC3(", UTF8_CONTINUATION, 1 },
        { "\xE2\x82(", UTF8_CONTINUATION, 2 },
        { "\xE0\x80\x80", UTF8_CONTINUATION, 1 },
        { "\xED\xA0\x80", UTF8_CONTINUATION, 1 },
        { "\xF0\x80\x80\x80", UTF8_CONTINUATION, 1 },
        { "\xF4\x90\x80\x80", UTF8_CONTINUATION, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Utf8Error error;
        size_t size, bad;
        cr_expect_eq(asy_utf8_decode(cases[i].bytes, strlen(cases[i].bytes), false, &size, &error),
                     UTF8_INVALID);
        cr_expect_eq(error, cases[i].error);
        cr_expect_eq(size, cases[i].size);
        char text[64] = "0123456789";
        strcat(text, cases[i].bytes);
        cr_expect_not(asy_utf8_validate(text, strlen(text), false, &bad));
        cr_expect_eq(bad, 10u);
    }
}

Test(base, utf8_counts_and_offsets)
{
    const char *text = "a\xc3\xa9"
                       "bcdefgh\xe2\x82\xacxyz\xf0\x9f\x98\x80!\xed\xa0\x80ijklmnopq\xc3\xa9";
    size_t len = strlen(text), count = 0;
    for (const char *at = text; at < text + len; count++) {
        cr_expect_eq(asy_utf8_offset(text, len, count), (size_t)(at - text));
        cr_expect_eq(asy_utf8_count(text, (size_t)(at - text)), count);
        (void)asy_utf8_next(&at);
    }
    cr_expect_eq(asy_utf8_count(text, len), count);
    cr_expect_eq(asy_utf8_offset(text, len, count), len);
    cr_expect_eq(asy_utf8_ascii_prefix("abcdefghij\xc3", 11), 10u);
    cr_expect(asy_utf8_is_ascii("abcdefghij", 10));
}
