// A VM for tests of its insides: opened on an allocator that checks sizes, closed with the demand that nothing is left.
#pragma once
#include <criterion/criterion.h>

#include "support/test_alloc.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

typedef struct VmFixture {
    TestAlloc alloc;
    VM *vm;
} VmFixture;

static inline VM *vm_fixture_open(VmFixture *f)
{
    test_alloc_init(&f->alloc, 0);
    f->vm = asy_vm_new(&f->alloc.allocator, NULL);
    cr_assert(f->vm);
    return f->vm;
}

static inline void vm_fixture_close(VmFixture *f)
{
    cr_expect_eq(asy_vm_close(f->vm, true), 0u);
    cr_expect_eq(f->alloc.held, 0u);
    cr_expect_not(f->alloc.wrong_size);
}

// A class without a body: type(name, bases, {}). Owned; NULL with the exception set.
static inline Type *fixture_class(VM *vm, const char *name, const Value *bases, size_t n)
{
    StrObj *s = asy_intern_c(vm, name);
    TupleObj *tuple = asy_tuple_from(vm, bases, n);
    DictObj *ns = asy_dict_new(vm);
    cr_assert(s && tuple && ns);
    Type *meta = asy_type_metaclass(vm, tuple, NULL);
    Value cls = meta ? asy_type_new(vm, meta, s, tuple, ns, ASY_NIL, NULL) : ASY_ERR;
    asy_release_obj(vm, s);
    asy_release_obj(vm, tuple);
    asy_release_obj(vm, ns);
    return asy_is_err(cls) ? NULL : asy_as(Type, cls);
}

// The pending exception is of this class and has this text; it is cleared.
static inline void expect_error(VM *vm, ExcKind kind, const char *text)
{
    cr_assert(asy_error_pending(vm), "no exception: %s", text);
    Value exc = asy_error_fetch(vm);
    cr_expect(asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[kind]), "it is a %s", asy_type_name(asy_as_obj(exc)->type));
    Value s = asy_str(vm, exc);
    cr_assert_not(asy_is_err(s));
    cr_expect_str_eq(asy_as_str(s)->data, text);
    asy_release(vm, s);
    asy_release(vm, exc);
}

static inline void expect_text(VM *vm, Value text, const char *expected)
{
    cr_assert_not(asy_is_err(text));
    cr_expect_str_eq(asy_as_str(text)->data, expected);
    asy_release(vm, text);
}
