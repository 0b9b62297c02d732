// The public interface as a host uses it: running, values, functions, failures, limits, two VMs on two threads.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "asy.h"

typedef struct Output {
    char text[4096];
    size_t size;
} Output;

static void keep(void *ud, int fd, const char *bytes, size_t size)
{
    Output *o = ud;
    (void)fd;
    if (o->size + size >= sizeof o->text) size = sizeof o->text - 1 - o->size;
    memcpy(o->text + o->size, bytes, size);
    o->size += size;
    o->text[o->size] = 0;
}

static AsyVM *open_vm(AsyConfig *c, Output *out)
{
    c->size = sizeof *c;
    c->isolated = true;
    c->unbuffered = true;
    c->write = keep;
    c->write_ud = out;
    AsyVM *vm = asy_open(c);
    cr_assert(vm != NULL);
    return vm;
}

static AsyStatus run(AsyVM *vm, const char *text) { return asy_run_text(vm, text, strlen(text), "<test>"); }

Test(api, runs_text_and_shows_output)
{
    Output out = { 0 };
    AsyConfig c = { 0 };
    AsyVM *vm = open_vm(&c, &out);
    cr_expect_eq(run(vm, "print('hello', 6 * 7)"), ASY_OK);
    cr_expect_str_eq(out.text, "hello 42\n");
    cr_expect_eq(asy_close(vm), 0);
}

Test(api, top_level_await)
{
    Output out = { 0 };
    AsyConfig c = { .virtual_time = true };
    AsyVM *vm = open_vm(&c, &out);
    cr_expect_eq(run(vm, "import asyncio\nawait asyncio.sleep(3600)\nprint('slept')"), ASY_OK, "%s", asy_failure(vm));
    cr_expect_str_eq(out.text, "slept\n");
    cr_expect_eq(asy_close(vm), 0);
}

Test(api, failure_has_traceback_and_kind)
{
    Output out = { 0 };
    AsyConfig c = { 0 };
    AsyVM *vm = open_vm(&c, &out);
    cr_expect_eq(run(vm, "def f():\n    return 1 / 0\nf()\n"), ASY_FAILED);
    cr_expect(strstr(asy_failure(vm), "ZeroDivisionError: division by zero") != NULL);
    cr_expect(strstr(asy_failure(vm), "line 2, in f") != NULL);
    cr_expect(asy_failure_is(vm, "ArithmeticError"));
    cr_expect_not(asy_failure_is(vm, "KeyError"));
    cr_expect_eq(asy_exit_code(vm), 1);
    cr_expect_eq(run(vm, "raise SystemExit(7)"), ASY_EXIT);
    cr_expect_eq(asy_exit_code(vm), 7);
    cr_expect_eq(asy_close(vm), 0);
}

static AsyValue add(AsyVM *vm, void *ud, const AsyValue *args, size_t n)
{
    int64_t a, b = *(int64_t *)ud;
    cr_assert_eq(n, 2);
    if (!asy_get_int(vm, args[0], &a)) return asy_fail(vm, "TypeError", "a number is wanted");
    if (!asy_is_absent(args[1]) && !asy_get_int(vm, args[1], &b)) return asy_fail(vm, "TypeError", "a number is wanted");
    return asy_make_int(vm, a + b);
}

Test(api, host_functions)
{
    Output out = { 0 };
    AsyConfig c = { 0 };
    AsyVM *vm = open_vm(&c, &out);
    int64_t ten = 10;
    AsyValue f = asy_make_function(vm, "add", "(a, b=10)", add, &ten);
    cr_assert_not(asy_is_failure(f));
    cr_expect(asy_set_global(vm, "add", f));
    asy_drop(vm, f);
    cr_expect_eq(run(vm, "print(add(1), add(b=2, a=3))\ntry:\n    add('x')\nexcept TypeError as e:\n    print(e)\n"), ASY_OK,
                 "%s", asy_failure(vm));
    cr_expect_str_eq(out.text, "11 5\na number is wanted\n");
    AsyValue v = asy_evaluate(vm, "[add(i) for i in range(3)]");
    cr_expect_eq(asy_length_of(vm, v), 3);
    asy_drop(vm, v);
    cr_expect_eq(asy_close(vm), 0);
}

Test(api, instruction_limit_ends_a_loop_without_handlers)
{
    Output out = { 0 };
    AsyConfig c = { .instructions_max = 1000000 };
    AsyVM *vm = open_vm(&c, &out);
    cr_expect_eq(run(vm, "try:\n    while True:\n        pass\nexcept BaseException:\n    print('caught')\n"), ASY_FAILED);
    cr_expect(strstr(asy_failure(vm), "limit on instructions") != NULL, "%s", asy_failure(vm));
    cr_expect_str_eq(out.text, "");
    asy_close(vm);
}

Test(api, incomplete_lines)
{
    Output out = { 0 };
    AsyConfig c = { 0 };
    AsyVM *vm = open_vm(&c, &out);
    cr_expect_eq(asy_run_line(vm, "def f():\n", 9, false), ASY_INCOMPLETE);
    cr_expect_eq(asy_run_line(vm, "1 + 1\n", 6, false), ASY_OK);
    cr_expect_str_eq(out.text, "2\n");
    cr_expect_eq(asy_close(vm), 0);
}

static void *count(void *ud)
{
    Output *out = ud;
    AsyConfig c = { 0 };
    AsyVM *vm = open_vm(&c, out);
    AsyStatus s = run(vm, "import asyncio\n"
                          "async def one(i):\n    await asyncio.sleep(0)\n    return i\n"
                          "async def main():\n    return sum(await asyncio.gather(*map(one, range(200))))\n"
                          "print(asyncio.run(main()))\n");
    cr_expect_eq(s, ASY_OK, "%s", asy_failure(vm));
    cr_expect_eq(asy_close(vm), 0);
    return NULL;
}

Test(api, two_vms_on_two_threads)
{
    static Output outs[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) cr_assert_eq(pthread_create(&threads[i], NULL, count, &outs[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) cr_expect_str_eq(outs[i].text, "19900\n");
}
