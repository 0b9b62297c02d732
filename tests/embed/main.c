#include <asy.h>
#include <stdio.h>

static AsyValue host_add(AsyVM *vm, void *ud, const AsyValue *args, size_t n)
{
    int64_t a, b;
    (void)ud, (void)n;
    if (!asy_get_int(vm, args[0], &a) || !asy_get_int(vm, args[1], &b))
        return asy_fail(vm, "TypeError", "add needs two numbers");
    return asy_make_int(vm, a + b);
}

int main(void)
{
    static const char script[] = "import asyncio\n"
                                 "await asyncio.sleep(0.01)\n"
                                 "print('hello from asy:', add(40, 2), flush=True)\n";
    AsyVM *vm = asy_open(NULL);
    if (vm == NULL) return 1;
    AsyValue add = asy_make_function(vm, "add", "(a, b)", host_add, NULL);
    bool ok = !asy_is_failure(add) && asy_set_global(vm, "add", add) &&
              asy_run_text(vm, script, sizeof script - 1, "<host>") == ASY_OK;
    if (!ok) fputs(asy_failure(vm), stderr);
    asy_drop(vm, add);
    asy_close(vm);
    return ok ? 0 : 1;
}
