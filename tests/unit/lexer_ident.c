// Identifier characters, against the numbers CPython 3.12 gives for them.
#include <criterion/criterion.h>

#include "lexer/ident.h"
#include "support/test_alloc.h"

Test(lexer_ident, classes_have_cpythons_sizes)
{
    // sum(chr(i).isidentifier() ...), sum(('a' + chr(i)).isidentifier() ...),
    // sum(chr(i).isprintable() ...)
    int start = 0, next = 0, printable = 0;
    for (uint32_t c = 0; c < 0x110000; c++) {
        start += asy_ident_is_start(c);
        next += asy_ident_is_continue(c);
        printable += asy_ident_is_printable(c);
    }
    cr_expect_eq(start, 136323);
    cr_expect_eq(next, 139463);
    cr_expect_eq(printable, 148998);
}

Test(lexer_ident, normal_form)
{
    TestAlloc alloc;
    test_alloc_init(&alloc, 0);
    Arena arena;
    asy_arena_init(&arena, &alloc.allocator);
    size_t len;
    const char *text = "e\xcc\x81\xef\xac\x81";    // e + combining acute, fi ligature
    cr_expect_str_eq(asy_ident_normalize(&arena, text, 6, &len), "\xc3\xa9"
                                                                 "fi");
    cr_expect_eq(len, 4u);
    asy_arena_free(&arena);
    cr_expect_eq(alloc.held, 0u);
}
