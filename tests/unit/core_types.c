// Classes: linearisation, layouts, slots, shapes, attributes.
#include <stdio.h>

#include "support/vm_fixture.h"
#include "vm/core/shape.h"

static void expect_mro(VM *vm, Type *type, const char *expected)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (size_t i = 0; i < type->mro->size; i++) {
        cr_assert(asy_builder_format(&b, "%N ", asy_as(Type, type->mro->items[i])));
    }
    StrObj *s = asy_builder_finish(&b);
    cr_expect_str_eq(s->data, expected);
    asy_release_obj(vm, s);
}

Test(core_types, native_classes_are_linearised)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    expect_mro(vm, vm->types.bool_, "bool int object ");
    expect_mro(vm, vm->exc[EXC_FileNotFoundError], "FileNotFoundError OSError Exception BaseException object ");
    expect_mro(vm, vm->exc[EXC_ExceptionGroup], "ExceptionGroup BaseExceptionGroup Exception BaseException object ");
    vm_fixture_close(&f);
}

Test(core_types, script_classes_are_linearised_by_c3)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *a = fixture_class(vm, "A", NULL, 0);
    Value va = asy_from_obj(a);
    Type *b = fixture_class(vm, "B", &va, 1), *c = fixture_class(vm, "C", &va, 1);
    Value bc[] = { asy_from_obj(b), asy_from_obj(c) };
    Type *d = fixture_class(vm, "D", bc, 2);
    expect_mro(vm, d, "D B C A object ");
    Value wrong[] = { va, asy_from_obj(b) };
    cr_expect_null(fixture_class(vm, "E", wrong, 2));
    expect_error(vm, EXC_TypeError, "Cannot create a consistent method resolution\norder (MRO) for bases A, B");
    Value twice[] = { va, va };
    cr_expect_null(fixture_class(vm, "E", twice, 2));
    expect_error(vm, EXC_TypeError, "duplicate base class A");
    Value conflict[] = { asy_from_obj(vm->types.int_), asy_from_obj(vm->types.str) };
    cr_expect_null(fixture_class(vm, "E", conflict, 2));
    expect_error(vm, EXC_TypeError, "multiple bases have instance lay-out conflict");
    Value final = asy_from_obj(vm->types.bool_);
    cr_expect_null(fixture_class(vm, "E", &final, 1));
    expect_error(vm, EXC_TypeError, "type 'bool' is not an acceptable base type");
    cr_expect_eq(a->subclass_count, 2u);
    asy_release_obj(vm, d);
    asy_release_obj(vm, c);
    asy_release_obj(vm, b);
    asy_release_obj(vm, a);
    vm_fixture_close(&f);
}

static Value get(VM *vm, Value object, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    Value v = asy_getattr(vm, object, s);
    asy_release_obj(vm, s);
    return v;
}

static bool set(VM *vm, Value object, const char *name, Value value)
{
    StrObj *s = asy_intern_c(vm, name);
    bool ok = asy_setattr(vm, object, s, value);
    asy_release_obj(vm, s);
    return ok;
}

Test(core_types, instances_that_set_the_same_names_share_a_shape)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *cls = fixture_class(vm, "P", NULL, 0);
    Value p[3];
    for (int i = 0; i < 3; i++) {
        p[i] = asy_call0(vm, asy_from_obj(cls));
        cr_assert_not(asy_is_err(p[i]));
    }
    cr_assert(set(vm, p[0], "x", asy_from_small(1)) && set(vm, p[0], "y", asy_from_small(2)));
    cr_assert(set(vm, p[1], "x", asy_from_small(3)) && set(vm, p[1], "y", asy_from_small(4)));
    cr_assert(set(vm, p[2], "y", asy_from_small(5)) && set(vm, p[2], "x", asy_from_small(6)));
    const Attrs *a[3];
    for (int i = 0; i < 3; i++) a[i] = asy_object_attrs(asy_as_obj(p[i]));
    cr_expect_eq(a[0]->shape, a[1]->shape);
    cr_expect_neq(a[0]->shape, a[2]->shape);
    cr_expect(asy_same(get(vm, p[1], "y"), asy_from_small(4)));
    cr_assert(set(vm, p[1], "x", ASY_NIL));                 // not the last one: dict mode
    cr_expect(a[1]->shape->dict_mode);
    cr_expect(asy_same(get(vm, p[1], "y"), asy_from_small(4)));
    cr_expect(asy_is_err(get(vm, p[1], "x")));
    expect_error(vm, EXC_AttributeError, "'P' object has no attribute 'x'");
    cr_expect_not(set(vm, p[1], "x", ASY_NIL));
    expect_error(vm, EXC_AttributeError, "'P' object has no attribute 'x'");
    for (int i = 0; i < 3; i++) asy_release(vm, p[i]);
    asy_release_obj(vm, cls);
    vm_fixture_close(&f);
}

Test(core_types, many_attributes_become_a_dict)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *cls = fixture_class(vm, "P", NULL, 0);
    Value p = asy_call0(vm, asy_from_obj(cls));
    char name[16];
    for (int i = 0; i < 3 * SHAPE_SLOTS_MAX; i++) {
        snprintf(name, sizeof name, "a%d", i);
        cr_assert(set(vm, p, name, asy_from_small(i)));
        cr_assert_eq(asy_object_attrs(asy_as_obj(p))->shape->dict_mode, i >= SHAPE_SLOTS_MAX);
    }
    for (int i = 0; i < 3 * SHAPE_SLOTS_MAX; i++) {
        snprintf(name, sizeof name, "a%d", i);
        cr_assert(asy_same(get(vm, p, name), asy_from_small(i)));
    }
    Value q = asy_call0(vm, asy_from_obj(cls));
    cr_expect_gt(asy_object_attrs(asy_as_obj(q))->capacity, 16u, "later instances have room from the start");
    asy_release(vm, q);
    asy_release(vm, p);
    asy_release_obj(vm, cls);
    vm_fixture_close(&f);
}

Test(core_types, subclasses_of_tuple_and_int_have_attributes)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *natives[] = { vm->types.tuple, vm->types.int_, vm->types.str, vm->types.bytes, vm->types.list };
    for (size_t i = 0; i < sizeof natives / sizeof *natives; i++) {
        Value base = asy_from_obj(natives[i]);
        Type *cls = fixture_class(vm, "Sub", &base, 1);
        cr_assert(cls);
        Value object = asy_call0(vm, asy_from_obj(cls));
        cr_assert_not(asy_is_err(object));
        cr_assert(set(vm, object, "note", vm->empty_tuple));
        Value note = get(vm, object, "note");
        cr_expect(asy_same(note, vm->empty_tuple));
        asy_release(vm, note);
        cr_expect_eq(asy_equal(vm, object, object), 1);
        asy_release(vm, object);
        asy_release_obj(vm, cls);
    }
    vm_fixture_close(&f);
}

Test(core_types, slots_of_native_bases_are_inherited_as_they_are)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value base = asy_from_obj(vm->types.list);
    Type *cls = fixture_class(vm, "L", &base, 1);
    const Slots *ours = &cls->slots, *theirs = &vm->types.list->slots;
    cr_expect_eq(ours->length, theirs->length);
    cr_expect_eq(ours->getitem, theirs->getitem);
    cr_expect_eq(ours->concat, theirs->concat);
    cr_expect_eq(ours->repeat, theirs->repeat);
    cr_expect_eq(ours->iter, theirs->iter);
    cr_expect_eq(ours->compare, theirs->compare);
    cr_expect_eq(ours->hash, asy_hash_unhashable);
    cr_expect_eq(ours->new, theirs->new);
    cr_expect_null(ours->add);
    // A special method set later takes the slot over, and gives it back.
    Value len = asy_from_obj(vm->types.list);
    cr_assert(set(vm, asy_from_obj(cls), "__len__", len));
    cr_expect_neq(ours->length, theirs->length);
    cr_assert(set(vm, asy_from_obj(cls), "__len__", ASY_NIL));
    cr_expect_eq(ours->length, theirs->length);
    asy_release_obj(vm, cls);
    vm_fixture_close(&f);
}

Test(core_types, lookups_see_changes_of_bases)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *a = fixture_class(vm, "A", NULL, 0);
    Value va = asy_from_obj(a);
    Type *b = fixture_class(vm, "B", &va, 1);
    Value object = asy_call0(vm, asy_from_obj(b));
    cr_expect(asy_is_err(get(vm, object, "late")));
    expect_error(vm, EXC_AttributeError, "'B' object has no attribute 'late'");
    cr_assert(set(vm, va, "late", asy_from_small(1)));
    cr_expect(asy_same(get(vm, object, "late"), asy_from_small(1)));
    cr_assert(set(vm, va, "late", asy_from_small(2)));
    cr_expect(asy_same(get(vm, object, "late"), asy_from_small(2)));
    cr_assert(set(vm, asy_from_obj(b), "late", asy_from_small(3)));
    cr_expect(asy_same(get(vm, object, "late"), asy_from_small(3)));
    cr_assert(set(vm, asy_from_obj(b), "late", ASY_NIL));
    cr_expect(asy_same(get(vm, object, "late"), asy_from_small(2)));
    cr_expect_not(set(vm, asy_from_obj(vm->types.int_), "late", ASY_NONE));
    expect_error(vm, EXC_TypeError, "cannot set 'late' attribute of immutable type 'int'");
    asy_release(vm, object);
    asy_release_obj(vm, b);
    asy_release_obj(vm, a);
    vm_fixture_close(&f);
}

Test(core_types, class_of_an_instance_is_assigned)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Type *a = fixture_class(vm, "A", NULL, 0), *b = fixture_class(vm, "B", NULL, 0);
    Value object = asy_call0(vm, asy_from_obj(a));
    cr_assert(set(vm, object, "x", asy_from_small(7)));
    cr_assert(set(vm, object, "__class__", asy_from_obj(b)));
    cr_expect_eq(asy_as_obj(object)->type, b);
    cr_expect(asy_same(get(vm, object, "x"), asy_from_small(7)));
    cr_expect_eq(asy_object_attrs(asy_as_obj(object))->shape->type, b);
    cr_expect_not(set(vm, object, "__class__", asy_from_obj(vm->types.int_)));
    expect_error(vm, EXC_TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    asy_release(vm, object);
    asy_release_obj(vm, b);
    asy_release_obj(vm, a);
    vm_fixture_close(&f);
}

Test(core_types, operators_say_what_they_miss)
{
    VmFixture f;
    VM *vm = vm_fixture_open(&f);
    Value text = asy_str_value(vm, "a"), one = asy_from_small(1);
    cr_expect(asy_is_err(asy_binary(vm, BIN_ADD, one, text)));
    expect_error(vm, EXC_TypeError, "unsupported operand type(s) for +: 'int' and 'str'");
    cr_expect(asy_is_err(asy_binary(vm, BIN_ADD, text, one)));
    expect_error(vm, EXC_TypeError, "can only concatenate str (not \"int\") to str");
    cr_expect(asy_is_err(asy_inplace(vm, BIN_SUB, text, one)));
    expect_error(vm, EXC_TypeError, "unsupported operand type(s) for -=: 'str' and 'int'");
    cr_expect(asy_is_err(asy_binary(vm, BIN_POW, one, text)));
    expect_error(vm, EXC_TypeError, "unsupported operand type(s) for ** or pow(): 'int' and 'str'");
    cr_expect(asy_is_err(asy_compare(vm, one, text, CMP_LE)));
    expect_error(vm, EXC_TypeError, "'<=' not supported between instances of 'int' and 'str'");
    cr_expect(asy_is_err(asy_getitem(vm, one, one)));
    expect_error(vm, EXC_TypeError, "'int' object is not subscriptable");
    cr_expect(asy_is_err(asy_getitem(vm, asy_from_obj(vm->types.int_), one)));
    expect_error(vm, EXC_TypeError, "type 'int' is not subscriptable");
    cr_expect_eq(asy_length(vm, one), -1);
    expect_error(vm, EXC_TypeError, "object of type 'int' has no len()");
    cr_expect(asy_is_err(asy_iter(vm, one)));
    expect_error(vm, EXC_TypeError, "'int' object is not iterable");
    cr_expect_not(asy_setitem(vm, vm->empty_tuple, one, ASY_NIL));
    expect_error(vm, EXC_TypeError, "'tuple' object doesn't support item deletion");
    cr_expect(asy_is_err(asy_call0(vm, one)));
    expect_error(vm, EXC_TypeError, "'int' object is not callable");
    cr_expect_eq(asy_isinstance(vm, one, one), -1);
    expect_error(vm, EXC_TypeError, "isinstance() arg 2 must be a type, a tuple of types, or a union");
    expect_text(vm, asy_repr(vm, asy_from_obj(vm->exc[EXC_KeyError])), "<class 'KeyError'>");
    asy_release(vm, text);
    vm_fixture_close(&f);
}
