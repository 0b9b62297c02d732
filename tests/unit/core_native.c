// Native functions: how arguments are bound by a signature, and what is said when they do not fit (CPython 3.12's words).
#include "support/vm_fixture.h"
#include "vm/core/native_params.h"

// Shows what arrived: "a b - *(c) **{d}"
static Value show(VM *vm, Args a)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (uint32_t i = 0; i < a.n; i++) {
        bool ok = asy_is_nil(a.v[i]) ? asy_builder_c(&b, "-") : asy_builder_repr(&b, a.v[i]);
        if (ok && asy_builder_c(&b, " ")) continue;
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static const MethodDef none = { "none", show, "()", 0, NULL };
static const MethodDef one = { "one", show, "(x, /)", 0, NULL };
static const MethodDef range = { "range", show, "(x, y=0, z='a, (b)', /)", 0, NULL };
static const MethodDef two = { "two", show, "(x, y, /)", 0, NULL };
static const MethodDef keywords = { "keywords", show, "(x, /, y=0, *, key=None)", 0, NULL };
static const MethodDef required = { "required", show, "(x, y, *, z=1)", 0, NULL };
static const MethodDef only = { "only", show, "(*, key=None, reverse=False)", 0, NULL };
static const MethodDef rest = { "rest", show, "(x, *args, sep=' ', **kwargs)", 0, NULL };

typedef struct Call {
    const MethodDef *def;
    uint32_t n;                 // 1, 2, 3 ... by position
    const char *names[3];       // keywords, with 10, 11, 12
    const char *result;         // of show, or
    const char *error;          // of TypeError
} Call;

static const Call calls[] = {
    { &none, 0, { 0 }, "", NULL },
    { &none, 1, { 0 }, NULL, "none() takes no arguments (1 given)" },
    { &none, 0, { "x" }, NULL, "none() takes no keyword arguments" },
    { &one, 1, { 0 }, "1 ", NULL },
    { &one, 0, { 0 }, NULL, "one() takes exactly one argument (0 given)" },
    { &one, 2, { 0 }, NULL, "one() takes exactly one argument (2 given)" },
    { &one, 0, { "x" }, NULL, "one() takes no keyword arguments" },
    { &range, 1, { 0 }, "1 - - ", NULL },
    { &range, 3, { 0 }, "1 2 3 ", NULL },
    { &range, 0, { 0 }, NULL, "range expected at least 1 argument, got 0" },
    { &range, 4, { 0 }, NULL, "range expected at most 3 arguments, got 4" },
    { &two, 1, { 0 }, NULL, "two expected 2 arguments, got 1" },
    { &two, 3, { 0 }, NULL, "two expected 2 arguments, got 3" },
    { &keywords, 1, { 0 }, "1 - - ", NULL },
    { &keywords, 1, { "key" }, "1 - 10 ", NULL },
    { &keywords, 1, { "key", "y" }, "1 11 10 ", NULL },
    { &keywords, 0, { 0 }, NULL, "keywords() takes at least 1 positional argument (0 given)" },
    { &keywords, 3, { 0 }, NULL, "keywords() takes at most 2 positional arguments (3 given)" },
    { &keywords, 4, { 0 }, NULL, "keywords() takes at most 3 arguments (4 given)" },
    { &keywords, 1, { "q" }, NULL, "'q' is an invalid keyword argument for keywords()" },
    { &keywords, 1, { "x" }, NULL, "'x' is an invalid keyword argument for keywords()" },
    { &keywords, 2, { "y" }, NULL, "argument for keywords() given by name ('y') and position (2)" },
    { &required, 1, { "y" }, "1 10 - ", NULL },
    { &required, 1, { 0 }, NULL, "required() missing required argument 'y' (pos 2)" },
    { &required, 3, { 0 }, NULL, "required() takes exactly 2 positional arguments (3 given)" },
    { &only, 1, { 0 }, NULL, "only() takes no positional arguments" },
    { &only, 0, { "reverse" }, "- 10 ", NULL },
    { &only, 0, { "a", "b", "c" }, NULL, "only() takes at most 2 keyword arguments (3 given)" },
    { &rest, 3, { "sep", "k" }, "1 (2, 3) 10 {'k': 11} ", NULL },
    { &rest, 1, { 0 }, "1 () - {} ", NULL },
    { &rest, 0, { 0 }, NULL, "rest() missing required argument 'x' (pos 1)" },
};

Test(core_native, arguments_are_bound_by_the_signature)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const Call *c = &calls[i];
        Value v[8], names[3], kwnames = ASY_NIL;
        uint32_t keyword_count = 0;
        for (uint32_t k = 0; k < c->n; k++) v[k] = asy_from_small(k + 1);
        for (; keyword_count < 3 && c->names[keyword_count]; keyword_count++) {
            names[keyword_count] = asy_from_obj(asy_intern_c(vm, c->names[keyword_count]));
            v[c->n + keyword_count] = asy_from_small(10 + keyword_count);
        }
        if (keyword_count) kwnames = asy_from_obj(asy_tuple_from(vm, names, keyword_count));
        Value function = asy_native_new(vm, c->def, ASY_NIL, ASY_NIL);
        Value result = asy_call(vm, function, v, c->n, kwnames);
        if (c->result) expect_text(vm, result, c->result);
        else expect_error(vm, EXC_TypeError, c->error);
        asy_release(vm, function);
        asy_release(vm, kwnames);
        for (uint32_t k = 0; k < keyword_count; k++) asy_release(vm, names[k]);
    }
    vm_fixture_close(&f);
}

Test(core_native, messages_name_the_owner)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    ListObj *list = asy_list_new(vm, 0);
    Value v[2] = { asy_from_small(1), asy_from_small(2) };
    cr_expect(asy_is_err(asy_call_method(vm, asy_from_obj(list), asy_name(vm, append), v, 2)));
    expect_error(vm, EXC_TypeError, "list.append() takes exactly one argument (2 given)");
    Value append = asy_getattr(vm, asy_from_obj(vm->types.list), asy_name(vm, append));
    cr_expect(asy_is_err(asy_call0(vm, append)));
    expect_error(vm, EXC_TypeError, "unbound method list.append() needs an argument");
    cr_expect(asy_is_err(asy_call(vm, append, v, 2, ASY_NIL)));
    expect_error(vm, EXC_TypeError, "descriptor 'append' for 'list' objects doesn't apply to a 'int' object");
    expect_text(vm, asy_repr(vm, append), "<method 'append' of 'list' objects>");
    Value add = asy_getattr(vm, asy_from_obj(vm->types.int_), asy_name(vm, __add__));
    cr_expect(asy_same(asy_call2(vm, add, v[0], v[1]), asy_from_small(3)));
    cr_expect(asy_is_err(asy_call1(vm, add, v[0])));
    expect_error(vm, EXC_TypeError, "expected 1 argument, got 0");
    expect_text(vm, asy_repr(vm, add), "<slot wrapper '__add__' of 'int' objects>");
    asy_release(vm, add);
    asy_release(vm, append);
    asy_release_obj(vm, list);
    vm_fixture_close(&f);
}

Test(core_native, signatures_are_shown)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    expect_text(vm, asy_native_text_signature(vm, &keywords, false, false), "(x, /, y=0, *, key=None)");
    expect_text(vm, asy_native_text_signature(vm, &one, true, false), "($self, x, /)");
    expect_text(vm, asy_native_text_signature(vm, &none, true, false), "($self, /)");
    expect_text(vm, asy_native_text_signature(vm, &only, true, true), "($type, /, *, key=None, reverse=False)");
    vm_fixture_close(&f);
}

// Every allocation of a call may fail: MemoryError, and nothing is lost.
Test(core_native, binding_survives_every_failing_allocation)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value function = asy_native_new(vm, &rest, ASY_NIL, ASY_NIL);
    Value names = asy_from_obj(asy_tuple_from(vm, (Value[]){ asy_from_obj(asy_name(vm, key)) }, 1));
    Value v[4] = { asy_from_small(1), asy_from_small(2), asy_from_small(3), asy_from_small(4) };
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        vm->heap.fail_at = vm->heap.allocations + n;
        Value result = asy_call(vm, function, v, 3, names);
        bool reached = vm->heap.allocations >= vm->heap.fail_at;
        vm->heap.fail_at = 0;
        if (asy_is_err(result)) cr_assert(asy_error_catch(vm, EXC_MemoryError));
        else asy_release(vm, result);
        done = !reached;
    }
    asy_release(vm, names);
    asy_release(vm, function);
    vm_fixture_close(&f);
}
