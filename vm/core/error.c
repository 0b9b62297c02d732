// Raising: the exception of the running thread. The formats of messages are str_builder.c's.
//
// The pending exception is owned by the thread. Setting one links it to the exception being handled (__context__).
// Making a message may fail or raise (a repr that raises); then that is what is set.
#define _GNU_SOURCE 1      // strerror_r that returns text
#include "vm/core/error.h"

#include <stdarg.h>
#include <string.h>

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

// ---- the pending exception ----

bool asy_error_pending(VM *vm) { return !asy_is_nil(vm->thread->exc); }

Value asy_error_fetch(VM *vm)
{
    Value exc = vm->thread->exc;
    vm->thread->exc = ASY_NIL;
    return exc;
}

void asy_error_restore(VM *vm, Value exc) { asy_set(vm, &vm->thread->exc, exc); }

void asy_error_clear(VM *vm) { asy_clear(vm, &vm->thread->exc); }

Type *asy_exc_type(VM *vm, ExcKind kind) { return vm->exc[kind]; }

bool asy_error_is(VM *vm, ExcKind kind)
{
    Value exc = vm->thread->exc;
    return asy_is_obj(exc) && asy_type_is_subtype(asy_as_obj(exc)->type, vm->exc[kind]);
}

bool asy_error_catch(VM *vm, ExcKind kind)
{
    // A limit of the host is not to be caught, by C neither.
    if (vm->limit_hit || !asy_error_is(vm, kind)) return false;
    asy_error_clear(vm);
    return true;
}

static Value handled_exception(VM *vm)
{
    for (Handled *h = vm->thread->handled; h; h = h->up) {
        if (!asy_is_nil(h->exc)) return h->exc;
    }
    return ASY_NIL;
}

// Takes over `exc`.
static Value raise_owned(VM *vm, Value exc)
{
    if (asy_is_err(exc)) return ASY_ERR;
    Value handled = handled_exception(vm);
    if (!asy_is_nil(handled) && !asy_same(handled, exc) && !asy_same(exc, vm->memory_error)) {
        asy_exc_chain(vm, exc, handled);
    }
    asy_error_restore(vm, exc);
    return ASY_ERR;
}

Value asy_raise_object(VM *vm, Value exc) { return raise_owned(vm, asy_retain(exc)); }

Value asy_raise_class(VM *vm, Type *cls, Value arg)
{
    if (cls->flags & TYPE_STATIC) return raise_owned(vm, asy_exc_new(vm, cls, &arg, asy_is_nil(arg) ? 0 : 1));
    Value exc = asy_call(vm, asy_from_obj(cls), &arg, asy_is_nil(arg) ? 0 : 1, ASY_NIL);
    if (!asy_is_err(exc) && !asy_is_exception(vm, exc)) {
        asy_release(vm, exc);
        return asy_raise(vm, EXC_TypeError, "calling %R should have returned an instance of BaseException, not %T",
                         asy_from_obj(cls), exc);
    }
    return raise_owned(vm, exc);
}

Value asy_raise_kind(VM *vm, ExcKind kind, Value arg) { return asy_raise_class(vm, vm->exc[kind], arg); }

Value asy_raise_memory(VM *vm)
{
    if (!asy_is_obj(vm->memory_error)) return ASY_ERR;      // while the VM is being made: nothing to raise with
    Exc *exc = asy_as_exc(vm->memory_error);
    if (exc->head.refs == 1) {                              // nobody looks at how it was raised before
        asy_clear(vm, &exc->traceback);
        asy_clear(vm, &exc->context);
        asy_clear(vm, &exc->cause);
        exc->suppress_context = false;
    }
    asy_error_restore(vm, asy_retain(vm->memory_error));
    return ASY_ERR;
}

// ---- messages ----

static StrObj *format_new(VM *vm, const char *format, va_list args)
{
    StrBuilder b;
    asy_builder_init(&b, vm);
    if (asy_builder_vformat(&b, format, args)) return asy_builder_finish(&b);
    asy_builder_free(&b);
    return NULL;
}

StrObj *asy_format(VM *vm, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    StrObj *s = format_new(vm, format, args);
    va_end(args);
    return s;
}

// ---- raising ----

Value asy_raise(VM *vm, ExcKind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    StrObj *text = format_new(vm, format, args);
    va_end(args);
    if (!text) return ASY_ERR;
    Value arg = asy_from_obj(text);
    Value exc = asy_exc_new(vm, vm->exc[kind], &arg, 1);
    asy_release_obj(vm, text);
    return raise_owned(vm, exc);
}

Value asy_raise_attribute(VM *vm, Value object, StrObj *name)
{
    StrObj *text;
    if (asy_is_obj(object) && asy_as_obj(object)->type->flags & TYPE_TYPE) {
        text = asy_format(vm, "type object '%N' has no attribute '%U'", asy_as(Type, object), name);
    } else {
        text = asy_format(vm, "'%T' object has no attribute '%U'", object, name);
    }
    if (!text) return ASY_ERR;
    (void)asy_raise_attribute_text(vm, object, name, text);
    asy_release_obj(vm, text);
    return ASY_ERR;
}

Value asy_raise_attribute_text(VM *vm, Value object, StrObj *name, StrObj *text)
{
    Value arg = asy_from_obj(text);
    Value exc = asy_exc_new(vm, vm->exc[EXC_AttributeError], &arg, 1);
    if (asy_is_err(exc)) return ASY_ERR;
    ExcAttribute *e = asy_as(ExcAttribute, exc);
    asy_set(vm, &e->name, asy_from_obj(asy_retain_obj(name)));
    asy_set(vm, &e->obj, asy_retain(object));
    return raise_owned(vm, exc);
}

Value asy_raise_name(VM *vm, StrObj *name)
{
    StrObj *text = asy_format(vm, "name '%U' is not defined", name);
    if (!text) return ASY_ERR;
    Value arg = asy_from_obj(text);
    Value exc = asy_exc_new(vm, vm->exc[EXC_NameError], &arg, 1);
    asy_release_obj(vm, text);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_set(vm, &asy_as(ExcName, exc)->name, asy_from_obj(asy_retain_obj(name)));
    return raise_owned(vm, exc);
}

Value asy_raise_index(VM *vm, const char *message) { return asy_raise(vm, EXC_IndexError, "%s", message); }

Value asy_raise_os(VM *vm, int err, Value filename, Value filename2)
{
    char text[128] = "";
    const char *message = strerror_r(err, text, sizeof text);
    Value args[5] = { asy_from_small(err), asy_str_value(vm, message), filename, ASY_NONE, filename2 };
    if (asy_is_err(args[1])) return ASY_ERR;
    uint32_t n = !asy_is_nil(filename2) ? 5 : !asy_is_nil(filename) ? 3 : 2;
    Value exc = asy_exc_new(vm, asy_exc_os_class(vm, err), args, n);
    asy_release(vm, args[1]);
    return raise_owned(vm, exc);
}

// ---- what nobody can receive, and warnings ----

void asy_error_unraisable(VM *vm, Value where, const char *context)
{
    Value exc = asy_error_fetch(vm);
    if (asy_is_nil(exc)) return;
    if (vm->report_unraisable) vm->report_unraisable(vm, exc, where, context);
    asy_release(vm, exc);
    asy_error_clear(vm);
}

bool asy_warn(VM *vm, ExcKind category, int stack_level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    StrObj *text = format_new(vm, format, args);
    va_end(args);
    if (!text) return false;
    bool ok = true;
    // Without the warnings module there is nobody who could have asked for warnings.
    Value module = vm->modules ? asy_dict_get_str(vm, vm->modules, asy_name(vm, warnings)) : ASY_NIL;
    if (asy_is_obj(module)) {
        asy_retain(module);
        Value warn_args[3] = { asy_from_obj(text), asy_from_obj(vm->exc[category]), asy_from_small(stack_level) };
        Value result = asy_call_method(vm, module, asy_name(vm, warn), warn_args, 3);
        ok = !asy_is_err(result);
        if (ok) asy_release(vm, result);
        asy_release(vm, module);
    } else if (vm->warn_early) {
        ok = vm->warn_early(vm, vm->exc[category], text, stack_level);
    }
    asy_release_obj(vm, text);
    return ok;
}
