// SyntaxError: a message and where: (filename, lineno, offset, text[, end_lineno, end_offset]).
#include "vm/objects/exception_impl.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static bool syntax_read_place(VM *vm, ExcSyntax *e, Value place)
{
    TupleObj *info = asy_to_tuple(vm, place);
    if (!info) return false;
    bool ok = false;
    if (info->size < 4 || info->size > 6) {
        asy_raise(vm, EXC_TypeError, "function takes at %s %d arguments (%zu given)", info->size < 4 ? "least" : "most",
                  info->size < 4 ? 4 : 6, info->size);
    } else if (info->size == 5) {
        asy_raise(vm, EXC_TypeError, "end_offset must be provided when end_lineno is provided");
    } else {
        asy_exc_field(vm, &e->filename, info->items[0]);
        asy_exc_field(vm, &e->lineno, info->items[1]);
        asy_exc_field(vm, &e->offset, info->items[2]);
        asy_exc_field(vm, &e->text, info->items[3]);
        asy_exc_field(vm, &e->end_lineno, info->size == 6 ? info->items[4] : ASY_NIL);
        asy_exc_field(vm, &e->end_offset, info->size == 6 ? info->items[5] : ASY_NIL);
        ok = true;
    }
    asy_release_obj(vm, info);
    return ok;
}

bool asy_exc_syntax_init(VM *vm, Value self, Args args)
{
    if (!asy_exc_init(vm, self, args)) return false;
    ExcSyntax *e = asy_as(ExcSyntax, self);
    if (args.n >= 1) asy_exc_field(vm, &e->msg, args.v[0]);
    return args.n != 2 || syntax_read_place(vm, e, args.v[1]);
}

Value asy_exc_syntax_str(VM *vm, Value self)
{
    ExcSyntax *e = asy_as(ExcSyntax, self);
    Value msg = asy_is_nil(e->msg) ? ASY_NONE : asy_retain(e->msg);
    const char *file = NULL;
    StrObj *owner = NULL;
    if (asy_is_str(vm, e->filename)) {
        owner = asy_retain_obj(asy_as_str(e->filename));
        const char *slash = strrchr(owner->data, '/');
        file = slash ? slash + 1 : owner->data;
    }
    int64_t line = 0;
    bool has_line = asy_is_integer(vm, e->lineno) && asy_int_as_i64(vm, e->lineno, &line);
    StrObj *text;
    if (file && has_line) text = asy_format(vm, "%S (%s, line %lld)", msg, file, line);
    else if (file) text = asy_format(vm, "%S (%s)", msg, file);
    else if (has_line) text = asy_format(vm, "%S (line %lld)", msg, line);
    else text = asy_format(vm, "%S", msg);
    asy_release(vm, msg);
    asy_release_obj(vm, owner);
    return text ? asy_from_obj(text) : ASY_ERR;
}

const MethodDef asy_ExcSyntax_methods[] = { { 0 } };
const GetSetDef asy_ExcSyntax_getset[] = { { 0 } };
const MemberDef asy_ExcSyntax_members[] = {
    EXC_MEMBER(ExcSyntax, msg, "exception msg"),
    EXC_MEMBER(ExcSyntax, filename, "exception filename"),
    EXC_MEMBER(ExcSyntax, lineno, "exception lineno"),
    EXC_MEMBER(ExcSyntax, offset, "exception offset"),
    EXC_MEMBER(ExcSyntax, text, "exception text"),
    EXC_MEMBER(ExcSyntax, end_lineno, "exception end lineno"),
    EXC_MEMBER(ExcSyntax, end_offset, "exception end offset"),
    EXC_MEMBER(ExcSyntax, print_file_and_line, "exception print_file_and_line"),
    { 0 },
};
