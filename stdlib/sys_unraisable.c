// Exceptions nobody can receive: sys.unraisablehook, and how the VM's reports reach it.
#include "stdlib/structseq.h"
#include "stdlib/sys.h"
#include "vm/core/abstract.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/str.h"

static const MemberDef arguments_fields[] = {
    STRUCTSEQ_FIELD(0, "exc_type", "Exception type"), STRUCTSEQ_FIELD(1, "exc_value", "Exception value"),
    STRUCTSEQ_FIELD(2, "exc_traceback", "Exception traceback"), STRUCTSEQ_FIELD(3, "err_msg", "Error message"),
    STRUCTSEQ_FIELD(4, "object", "Object causing the exception"), { 0 },
};
static const TypeDef arguments_type = STRUCTSEQ("UnraisableHookArgs", arguments_fields, "Type used to pass arguments to sys.unraisablehook.");

Value asy_sys_unraisablehook(VM *vm, Args a)
{
    Value u = a.v[0], result = ASY_ERR;
    StrObj *name = asy_intern_c(vm, "exc_value"), *object_name = asy_intern_c(vm, "object"),
           *message_name = asy_intern_c(vm, "err_msg");
    Value exc = ASY_NIL, object = ASY_NIL, message = ASY_NIL;
    if (name && object_name && message_name) {
        exc = asy_getattr(vm, u, name);
        object = asy_is_err(exc) ? ASY_ERR : asy_getattr(vm, u, object_name);
        message = asy_is_err(object) ? ASY_ERR : asy_getattr(vm, u, message_name);
    }
    if (!asy_is_nil(message) && !asy_is_err(message)) {
        StrBuilder b;
        asy_builder_init(&b, vm);
        bool ok = true;
        if (!asy_is_none(message)) {
            ok = asy_builder_str_of(&b, message);
            if (ok && !asy_is_none(object)) ok = asy_builder_c(&b, ": ") && asy_builder_repr(&b, object);
            ok = ok && asy_builder_c(&b, "\n");
        } else if (!asy_is_none(object)) {
            ok = asy_builder_c(&b, "Exception ignored in: ") && asy_builder_repr(&b, object) && asy_builder_c(&b, "\n");
        }
        StrObj *text = ok && asy_is_exception(vm, exc) ? asy_exc_format(vm, exc) : NULL;
        if (text && asy_builder_str(&b, text)) {
            StrObj *all = asy_builder_finish(&b);
            if (all && asy_sys_write_stderr(vm, all->data, all->size)) result = ASY_NONE;
            asy_release_obj(vm, all);
        } else {
            asy_builder_free(&b);
        }
        asy_release_obj(vm, text);
    }
    asy_release_obj(vm, name);
    asy_release_obj(vm, object_name);
    asy_release_obj(vm, message_name);
    if (!asy_is_err(exc)) asy_release(vm, exc);
    if (!asy_is_err(object)) asy_release(vm, object);
    if (!asy_is_err(message)) asy_release(vm, message);
    return result;
}

// "Exception ignored in thread started by: " is the message and what stands behind the colon the object.
static Value message_of(VM *vm, const char *context)
{
    if (!context || strcmp(context, "Exception ignored in: ") == 0) return ASY_NONE;
    size_t size = strlen(context);
    if (size > 2 && strcmp(context + size - 2, ": ") == 0) size -= 2;
    StrObj *s = asy_str_new(vm, context, size);
    return s ? asy_from_obj(s) : ASY_ERR;
}

void asy_sys_report_unraisable(VM *vm, Value exc, Value where, const char *context)
{
    Value hook = asy_retain(asy_dict_get_str(vm, vm->sys_dict, asy_name(vm, unraisablehook)));
    Value message = asy_is_nil(hook) || asy_is_none(hook) ? ASY_ERR : message_of(vm, context);
    if (!asy_is_err(message)) {
        Value tb = asy_as_exc(exc)->traceback;
        Value v[] = { asy_retain(asy_from_obj(asy_as_obj(exc)->type)), asy_retain(exc), asy_is_nil(tb) ? ASY_NONE : asy_retain(tb),
                      message, asy_is_nil(where) ? ASY_NONE : asy_retain(where) };
        Value arguments = asy_structseq_make(vm, &arguments_type, v, 5);
        Value r = asy_is_err(arguments) ? ASY_ERR : asy_call1(vm, hook, arguments);
        asy_release(vm, r);
        asy_release(vm, arguments);
    }
    asy_release(vm, hook);
    asy_error_clear(vm);        // the hook's own failure has nowhere to go either
}
