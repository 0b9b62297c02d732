// Numbers from C: the forms of an integer, conversions, shortest floats, rounding, parsing.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/vm_fixture.h"
#include "vm/objects/builtins.h"
#include "vm/objects/float.h"
#include "vm/objects/float_impl.h"
#include "vm/objects/generic.h"
#include "vm/objects/int_impl.h"

// repr of `v`, which it releases, in a static buffer.
static const char *shown(VM *vm, Value v)
{
    static char text[4][256];
    static int at;
    char *out = text[at++ & 3];
    if (asy_is_err(v)) {
        Value exc = asy_error_fetch(vm), message = asy_repr(vm, exc);
        (void)snprintf(out, 256, "%s", asy_as_str(message)->data);
        asy_release(vm, message);
        asy_release(vm, exc);
        return out;
    }
    Value s = asy_repr(vm, v);
    cr_assert(!asy_is_err(s));
    (void)snprintf(out, 256, "%s", asy_as_str(s)->data);
    asy_release(vm, s);
    asy_release(vm, v);
    return out;
}

static Value parse(VM *vm, const char *text) { return asy_int_parse(vm, text, strlen(text), 10); }

Test(objects_numbers, an_integer_has_one_form)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    const struct {
        const char *text;
        int form;       // 0 inline, 1 box, 2 digits
    } cases[] = {
        { "0", 0 }, { "-1", 0 }, { "562949953421311", 0 }, { "562949953421312", 1 }, { "-562949953421312", 0 },
        { "-562949953421313", 1 }, { "9223372036854775807", 1 }, { "9223372036854775808", 2 },
        { "-9223372036854775808", 1 }, { "-9223372036854775809", 2 }, { "1152921504606846976", 1 },
        { "1329227995784915872903807060280344576", 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Value v = parse(vm, cases[i].text);
        int form = asy_is_int(v) ? 0 : asy_as(IntObj, v)->used ? 2 : 1;
        cr_expect_eq(form, cases[i].form, "%s", cases[i].text);
        // The same value reached by arithmetic has the same form.
        Value up = asy_int_binary(vm, BIN_ADD, v, asy_from_small(1)), back = asy_int_binary(vm, BIN_SUB, up, asy_from_small(1));
        form = asy_is_int(back) ? 0 : asy_as(IntObj, back)->used ? 2 : 1;
        cr_expect_eq(form, cases[i].form, "%s", cases[i].text);
        cr_expect_str_eq(shown(vm, back), cases[i].text);
        asy_release(vm, up);
        asy_release(vm, v);
    }
    vm_fixture_close(&f);
}

Test(objects_numbers, conversions_from_and_to_c)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    const int64_t values[] = { 0, 1, -1, INT64_MAX, INT64_MIN, (INT64_C(1) << 49) - 1, -(INT64_C(1) << 49) - 1 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int64_t back = 5;
        uint64_t low = 0;
        Value v = asy_int_from_i64(vm, values[i]);
        cr_expect(asy_int_as_i64(vm, v, &back));
        cr_expect_eq(back, values[i]);
        cr_expect(asy_int_low_bits(vm, v, &low));
        cr_expect_eq(low, (uint64_t)values[i]);
        asy_release(vm, v);
    }
    cr_expect_str_eq(shown(vm, asy_int_from_u64(vm, UINT64_MAX)), "18446744073709551615");
    Value big = asy_int_from_u64(vm, UINT64_MAX);
    int64_t i;
    uint64_t low;
    cr_expect_not(asy_int_as_i64(vm, big, &i));
    cr_expect_not(asy_error_pending(vm));
    cr_expect(asy_int_low_bits(vm, big, &low));
    cr_expect_eq(low, UINT64_MAX);
    cr_expect_eq(asy_int_bit_length(vm, big), 64u);
    asy_release(vm, big);
    cr_expect_not(asy_int_low_bits(vm, ASY_NONE, &low));
    cr_expect_str_eq(shown(vm, asy_int_from_double(vm, -1e20)), "-100000000000000000000");
    cr_expect_str_eq(shown(vm, asy_int_from_double(vm, NAN)), "ValueError('cannot convert float NaN to integer')");
    vm_fixture_close(&f);
}

Test(objects_numbers, hashes_agree_across_types)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    int64_t a, b;
    for (int e = 0; e < 200; e++) {
        Value power = asy_int_pow(vm, asy_from_small(2), asy_from_small(e), ASY_NIL);
        cr_assert(asy_hash(vm, power, &a) && asy_hash(vm, asy_from_double(ldexp(1, e)), &b));
        cr_expect_eq(a, b);
        asy_release(vm, power);
    }
    cr_assert(asy_hash(vm, asy_from_small(-1), &a) && asy_hash(vm, ASY_TRUE, &b));
    cr_expect_eq(a, -2);
    cr_expect_eq(b, 1);
    cr_expect_eq(asy_hash_double(0.5), 1152921504606846976);    // CPython's numbers
    cr_expect_eq(asy_hash_double(1e100), 1822893315824342674);
    cr_expect_eq(asy_hash_double(INFINITY), 314159);
    vm_fixture_close(&f);
}

Test(objects_numbers, huge_work_is_refused_before_it_begins)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value shift = asy_int_from_i64(vm, INT64_C(1) << 40);
    cr_expect_str_eq(shown(vm, asy_int_binary(vm, BIN_LSHIFT, asy_from_small(1), shift)), "MemoryError()");
    cr_expect_str_eq(shown(vm, asy_int_binary(vm, BIN_POW, asy_from_small(3), shift)), "MemoryError()");
    cr_expect_str_eq(shown(vm, asy_int_binary(vm, BIN_RSHIFT, asy_from_small(-5), shift)), "-1");
    asy_release(vm, shift);
    vm_fixture_close(&f);
}

Test(objects_numbers, the_digit_limit_holds_both_ways)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    vm->int_digits_max = 700;
    char text[801];
    memset(text, '7', 800);
    text[800] = 0;
    Value v = asy_int_parse(vm, text, 700, 10);
    cr_assert(!asy_is_err(v));
    Value square = asy_int_binary(vm, BIN_MUL, v, v);
    cr_expect_null(asy_int_to_str(vm, square, 10, false));
    cr_expect(asy_error_catch(vm, EXC_ValueError));
    StrObj *hex = asy_int_to_str(vm, square, 16, true);     // powers of two have no limit
    cr_expect(hex && hex->size > 1000);
    asy_release_obj(vm, hex);
    cr_expect(asy_is_err(parse(vm, text)));
    cr_expect(asy_error_catch(vm, EXC_ValueError));
    asy_release(vm, square);
    asy_release(vm, v);
    vm_fixture_close(&f);
}

Test(objects_numbers, shortest_floats)
{
    const struct {
        double d;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" }, { 1e16, "1e+16" }, { 1e15, "1000000000000000.0" }, { 1e-5, "1e-05" }, { 1e-4, "0.0001" },
        { 5e-324, "5e-324" }, { 1.7976931348623157e308, "1.7976931348623157e+308" }, { 1e22, "1e+22" },
        { 9007199254740993.0, "9007199254740992.0" }, { -0.0, "-0.0" }, { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 123456.789, "123456.789" }, { INFINITY, "inf" }, { -INFINITY, "-inf" }, { NAN, "nan" }, { 100, "100.0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[FLOAT_TEXT_MAX + 1];
        out[asy_float_write(cases[i].d, true, out)] = 0;
        cr_expect_str_eq(out, cases[i].text);
    }
}

// Every power of two and its neighbours, and numbers from a generator, read back as themselves.
Test(objects_numbers, floats_survive_their_text)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 40000; i++) {
        uint64_t bits;
        if (i < 4 * 2046) {
            bits = ((uint64_t)(i / 4 + 1) << 52) + (uint64_t)(i % 4) - 1;
        } else {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bits = state;
        }
        double d, back;
        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d)) continue;
        char out[FLOAT_TEXT_MAX];
        size_t n = asy_float_write(d, true, out);
        cr_assert(asy_float_parse(NULL, out, n, &back));
        cr_assert_eq(memcmp(&back, &d, sizeof d), 0, "%.17g", d);
    }
}

Test(objects_numbers, what_is_no_float)
{
    const char *const wrong[] = { "", " ", ".", "e5", "1e", "1_", "_1", "1__0", "1._5", "0x1", "1 2", "infinit", "nanx", "+-1" };
    double d;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(asy_float_parse(NULL, wrong[i], strlen(wrong[i]), &d), "%s", wrong[i]);
}
