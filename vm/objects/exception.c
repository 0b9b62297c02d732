// Exceptions: the classes, what all of them share (args, chaining, notes, str and repr), and those
// with a field or two. exception_os.c, exception_syntax.c, exception_unicode.c and exception_group.c
// have the larger ones.
//
// A class's tables stand with the first class of its layout, subclasses inherit. `args` is always a
// tuple once `new` has run.
#include "vm/objects/exception_impl.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/attributes.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

EXC_LAYOUTS(EXC_LAYOUT)

// ---- making ----

static TupleObj *exc_args(Exc *e) { return asy_as_tuple(e->args); }

bool asy_exc_store_args(VM *vm, Value self, Args args)
{
    TupleObj *tuple = asy_tuple_from(vm, args.v, args.n);
    if (!tuple) return false;
    asy_set(vm, &asy_as_exc(self)->args, asy_from_obj(tuple));
    return true;
}

void asy_exc_set_args(VM *vm, Value exc, TupleObj *args)
{
    asy_exc_field(vm, &asy_as_exc(exc)->args, asy_from_obj(args));
}

Value asy_exc_base_new(VM *vm, Type *type, Args args)
{
    Exc *e = asy_object_alloc(vm, type);
    if (!e) return ASY_ERR;
    Value self = asy_from_obj(e);
    if (!asy_exc_store_args(vm, self, args)) {
        asy_release(vm, self);
        return ASY_ERR;
    }
    return self;
}

static uint32_t keyword_count(Args args)
{
    return asy_is_nil(args.kwnames) ? 0 : (uint32_t)asy_as_tuple(args.kwnames)->size;
}

bool asy_exc_keywords(VM *vm, const char *function, Args args, const char *const *names, uint32_t count, Value *out)
{
    for (uint32_t i = 0; i < count; i++) out[i] = ASY_NIL;
    for (uint32_t k = 0; k < keyword_count(args); k++) {
        StrObj *name = asy_as_str(asy_as_tuple(args.kwnames)->items[k]);
        uint32_t i = 0;
        while (i < count && !asy_str_is(name, names[i])) i++;
        if (i == count) {
            asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for %s()", name, function);
            return false;
        }
        out[i] = args.v[args.n + k];
    }
    return true;
}

bool asy_exc_init(VM *vm, Value self, Args args)
{
    if (keyword_count(args)) {
        asy_raise(vm, EXC_TypeError, "%T() takes no keyword arguments", self);
        return false;
    }
    return asy_exc_store_args(vm, self, args);
}

Value asy_exc_new(VM *vm, Type *cls, const Value *args, uint32_t n)
{
    Args call = { .v = args, .n = n };
    Value self = cls->slots.new(vm, cls, call);
    if (asy_is_err(self)) return ASY_ERR;
    if (!cls->slots.init(vm, self, call)) {
        asy_release(vm, self);
        return ASY_ERR;
    }
    return self;
}

Value asy_exc_new_text(VM *vm, ExcKind kind, StrObj *text)
{
    Value arg = asy_from_obj(text);
    return asy_exc_new(vm, vm->exc[kind], &arg, 1);
}

// ---- str, repr ----

Value asy_exc_str(VM *vm, Value self)
{
    TupleObj *args = exc_args(asy_as_exc(self));
    if (args->size == 0) return asy_str_value(vm, "");
    // Owned: str() of the argument may replace args.
    Value text = asy_retain(args->size == 1 ? args->items[0] : asy_from_obj(args));
    Value result = asy_str(vm, text);
    asy_release(vm, text);
    return result;
}

// str(KeyError(k)) is repr(k): the message alone would not show that '' was missing.
static Value key_error_str(VM *vm, Value self)
{
    TupleObj *args = exc_args(asy_as_exc(self));
    if (args->size != 1) return asy_exc_str(vm, self);
    Value key = asy_retain(args->items[0]);
    Value result = asy_repr(vm, key);
    asy_release(vm, key);
    return result;
}

static Value exc_repr(VM *vm, Value self)
{
    TupleObj *args = asy_retain_obj(exc_args(asy_as_exc(self)));
    StrObj *text;
    if (args->size == 1) text = asy_format(vm, "%T(%R)", self, args->items[0]);
    else text = asy_format(vm, "%T%R", self, asy_from_obj(args));
    asy_release_obj(vm, args);
    return text ? asy_from_obj(text) : ASY_ERR;
}

// ---- attributes ----

static bool may_not_be_deleted(VM *vm, Value value, const char *name)
{
    if (!asy_is_nil(value)) return false;
    asy_raise(vm, EXC_TypeError, "%s may not be deleted", name);
    return true;
}

static Value exc_get_args(VM *vm, Value self)
{
    (void)vm;
    return asy_retain(asy_as_exc(self)->args);
}

static bool exc_set_args(VM *vm, Value self, Value value)
{
    if (may_not_be_deleted(vm, value, "args")) return false;
    TupleObj *tuple = asy_to_tuple(vm, value);
    if (!tuple) return false;
    asy_set(vm, &asy_as_exc(self)->args, asy_from_obj(tuple));
    return true;
}

static Value none_for_nil(Value v) { return asy_is_nil(v) ? ASY_NONE : asy_retain(v); }

static Value exc_get_traceback(VM *vm, Value self)
{
    (void)vm;
    return none_for_nil(asy_as_exc(self)->traceback);
}

static bool exc_set_traceback(VM *vm, Value self, Value value)
{
    if (may_not_be_deleted(vm, value, "__traceback__")) return false;
    if (asy_is_none(value)) {
        asy_clear(vm, &asy_as_exc(self)->traceback);
        return true;
    }
    if (asy_type_of(vm, value) != vm->types.traceback) {
        asy_raise(vm, EXC_TypeError, "__traceback__ must be a traceback or None");
        return false;
    }
    asy_exc_field(vm, &asy_as_exc(self)->traceback, value);
    return true;
}

static bool set_link(VM *vm, Value *field, Value value, const char *name, const char *what)
{
    if (may_not_be_deleted(vm, value, name)) return false;
    if (asy_is_none(value)) {
        asy_clear(vm, field);
        return true;
    }
    if (!asy_is_exception(vm, value)) {
        asy_raise(vm, EXC_TypeError, "exception %s must be None or derive from BaseException", what);
        return false;
    }
    asy_exc_field(vm, field, value);
    return true;
}

static Value exc_get_cause(VM *vm, Value self)
{
    (void)vm;
    return none_for_nil(asy_as_exc(self)->cause);
}

static bool exc_set_cause(VM *vm, Value self, Value value)
{
    if (!set_link(vm, &asy_as_exc(self)->cause, value, "__cause__", "cause")) return false;
    asy_as_exc(self)->suppress_context = true;
    return true;
}

static Value exc_get_context(VM *vm, Value self)
{
    (void)vm;
    return none_for_nil(asy_as_exc(self)->context);
}

static bool exc_set_context(VM *vm, Value self, Value value)
{
    return set_link(vm, &asy_as_exc(self)->context, value, "__context__", "context");
}

static Value exc_get_suppress(VM *vm, Value self)
{
    (void)vm;
    return asy_from_bool(asy_as_exc(self)->suppress_context);
}

static bool exc_set_suppress(VM *vm, Value self, Value value)
{
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "can't delete numeric/char attribute");
        return false;
    }
    if (!asy_is_bool(value)) {
        asy_raise(vm, EXC_TypeError, "attribute value type must be bool");
        return false;
    }
    asy_as_exc(self)->suppress_context = asy_is_true(value);
    return true;
}

const GetSetDef asy_Exc_getset[] = {
    { "args", exc_get_args, exc_set_args, NULL },
    { "__dict__", asy_object_get_dict, asy_object_set_dict, NULL },
    { "__traceback__", exc_get_traceback, exc_set_traceback, NULL },
    { "__cause__", exc_get_cause, exc_set_cause, "exception cause" },
    { "__context__", exc_get_context, exc_set_context, "exception context" },
    { "__suppress_context__", exc_get_suppress, exc_set_suppress, NULL },
    { 0 },
};
const MemberDef asy_Exc_members[] = { { 0 } };

// ---- methods ----

static Value exc_with_traceback(VM *vm, Args a)
{
    if (!exc_set_traceback(vm, a.self, a.v[0])) return ASY_ERR;
    return asy_retain(a.self);
}

static Value exc_add_note(VM *vm, Args a)
{
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "note must be a str, not '%T'", a.v[0]);
    Value notes = asy_getattr_opt(vm, a.self, asy_name(vm, __notes__));
    if (asy_is_err(notes)) return ASY_ERR;
    if (asy_is_nil(notes)) {
        ListObj *list = asy_list_new(vm, 0);
        if (!list) return ASY_ERR;
        notes = asy_from_obj(list);
        if (!asy_setattr(vm, a.self, asy_name(vm, __notes__), notes)) goto failed;
    }
    if (!asy_is_list(vm, notes)) {
        asy_raise(vm, EXC_TypeError, "Cannot add note: __notes__ is not a list");
        goto failed;
    }
    if (!asy_list_append(vm, asy_as_list(notes), a.v[0])) goto failed;
    asy_release(vm, notes);
    return ASY_NONE;
failed:
    asy_release(vm, notes);
    return ASY_ERR;
}

DictObj *asy_exc_copy_attributes(VM *vm, Exc *e, bool *none)
{
    *none = false;
    const Shape *shape = e->attrs.shape;
    if (!shape || (!shape->dict_mode && !shape->count)) {
        *none = true;
        return NULL;
    }
    DictObj *dict = asy_attrs_dict(vm, &e->head, &e->attrs);
    if (dict && !dict->count) {
        *none = true;
        return NULL;
    }
    return dict ? asy_dict_copy(vm, dict) : NULL;
}

static Value reduce_with(VM *vm, Value self, DictObj *state)
{
    Value type = asy_from_obj(asy_type_of(vm, self)), args = asy_as_exc(self)->args;
    if (!state) return asy_tuple_pack(vm, 2, type, args);
    return asy_tuple_pack(vm, 3, type, args, asy_from_obj(state));
}

static Value exc_reduce(VM *vm, Args a)
{
    bool none;
    DictObj *state = asy_exc_copy_attributes(vm, asy_as_exc(a.self), &none);
    if (!state && !none) return ASY_ERR;
    Value result = reduce_with(vm, a.self, state);
    asy_release_obj(vm, state);
    return result;
}

static Value exc_setstate(VM *vm, Args a)
{
    if (asy_is_none(a.v[0])) return ASY_NONE;
    if (!asy_is_dict(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "state is not a dictionary");
    // A copy: setting attributes may run script that changes the dict.
    DictObj *state = asy_dict_copy(vm, asy_as_dict(a.v[0]));
    if (!state) return ASY_ERR;
    uint32_t pos = 0;
    Value key, value;
    bool ok = true;
    while (ok && asy_dict_next(state, &pos, &key, &value)) {
        if (!asy_is_str(vm, key)) {
            asy_raise(vm, EXC_TypeError, "attribute name must be string, not '%.200T'", key);
            ok = false;
            break;
        }
        StrObj *name = asy_intern_str(vm, asy_as_str(key));
        ok = name && asy_setattr(vm, a.self, name, value);
        asy_release_obj(vm, name);
    }
    asy_release_obj(vm, state);
    return ok ? ASY_NONE : ASY_ERR;
}

const MethodDef asy_Exc_methods[] = {
    { "with_traceback", exc_with_traceback, "(tb, /)", 0, "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self." },
    { "add_note", exc_add_note, "(note, /)", 0, "Exception.add_note(note) --\n    add a note to the exception" },
    { "__reduce__", exc_reduce, "()", 0, NULL },
    { "__setstate__", exc_setstate, "(state, /)", 0, NULL },
    { 0 },
};

// ---- classes with a field or two ----

bool asy_exc_system_exit_init(VM *vm, Value self, Args args)
{
    if (!asy_exc_init(vm, self, args)) return false;
    ExcSystemExit *e = asy_as(ExcSystemExit, self);
    if (args.n == 1) asy_exc_field(vm, &e->code, args.v[0]);
    else if (args.n > 1) asy_exc_field(vm, &e->code, e->args);
    return true;
}

static bool stop_iteration_init(VM *vm, Value self, Args args)
{
    if (!asy_exc_init(vm, self, args)) return false;
    asy_exc_field(vm, &asy_as(ExcStopIteration, self)->value, args.n ? args.v[0] : ASY_NONE);
    return true;
}

Value asy_exc_stop_value(VM *vm, Value exc)
{
    (void)vm;
    return none_for_nil(asy_as(ExcStopIteration, exc)->value);
}

static bool name_error_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "name" };
    Value v[1];
    if (!asy_exc_keywords(vm, "NameError", args, names, 1, v) || !asy_exc_store_args(vm, self, args)) return false;
    asy_exc_field(vm, &asy_as(ExcName, self)->name, v[0]);
    return true;
}

static bool attribute_error_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "name", "obj" };
    Value v[2];
    if (!asy_exc_keywords(vm, "AttributeError", args, names, 2, v) || !asy_exc_store_args(vm, self, args)) return false;
    asy_exc_field(vm, &asy_as(ExcAttribute, self)->name, v[0]);
    asy_exc_field(vm, &asy_as(ExcAttribute, self)->obj, v[1]);
    return true;
}

static bool state_put(VM *vm, DictObj **state, const char *key, Value value)
{
    if (asy_is_nil(value) || asy_is_none(value)) return true;
    if (!*state && !(*state = asy_dict_new(vm))) return false;
    return asy_dict_set_c(vm, *state, key, asy_retain(value));
}

// The name goes into the state, the object does not: it may be anything.
static Value attribute_error_reduce(VM *vm, Args a)
{
    ExcAttribute *e = asy_as(ExcAttribute, a.self);
    bool none;
    DictObj *state = asy_exc_copy_attributes(vm, (Exc *)e, &none);
    if (!state && !none) return ASY_ERR;
    Value result = ASY_ERR;
    if (state_put(vm, &state, "name", e->name) && state_put(vm, &state, "args", e->args)) result = reduce_with(vm, a.self, state);
    asy_release_obj(vm, state);
    return result;
}

static bool import_error_init(VM *vm, Value self, Args args)
{
    static const char *const names[] = { "name", "path", "name_from" };
    Value v[3];
    if (!asy_exc_keywords(vm, "ImportError", args, names, 3, v) || !asy_exc_store_args(vm, self, args)) return false;
    ExcImport *e = asy_as(ExcImport, self);
    asy_exc_field(vm, &e->name, v[0]);
    asy_exc_field(vm, &e->path, v[1]);
    asy_exc_field(vm, &e->name_from, v[2]);
    asy_exc_field(vm, &e->msg, args.n == 1 ? args.v[0] : ASY_NIL);
    return true;
}

static Value import_error_str(VM *vm, Value self)
{
    Value msg = asy_as(ExcImport, self)->msg;
    if (asy_is_obj(msg) && asy_as_obj(msg)->type == vm->types.str) return asy_retain(msg);
    return asy_exc_str(vm, self);
}

static Value import_error_reduce(VM *vm, Args a)
{
    ExcImport *e = asy_as(ExcImport, a.self);
    bool none;
    DictObj *state = asy_exc_copy_attributes(vm, (Exc *)e, &none);
    if (!state && !none) return ASY_ERR;
    Value result = ASY_ERR;
    if (state_put(vm, &state, "name", e->name) && state_put(vm, &state, "path", e->path) &&
        state_put(vm, &state, "name_from", e->name_from)) {
        result = reduce_with(vm, a.self, state);
    }
    asy_release_obj(vm, state);
    return result;
}

const MethodDef asy_ExcSystemExit_methods[] = { { 0 } };
const GetSetDef asy_ExcSystemExit_getset[] = { { 0 } };
const MemberDef asy_ExcSystemExit_members[] = { EXC_MEMBER(ExcSystemExit, code, "exception code"), { 0 } };
const MethodDef asy_ExcStopIteration_methods[] = { { 0 } };
const GetSetDef asy_ExcStopIteration_getset[] = { { 0 } };
const MemberDef asy_ExcStopIteration_members[] = { EXC_MEMBER(ExcStopIteration, value, "generator return value"), { 0 } };
const MethodDef asy_ExcName_methods[] = { { 0 } };
const GetSetDef asy_ExcName_getset[] = { { 0 } };
const MemberDef asy_ExcName_members[] = { EXC_MEMBER(ExcName, name, "name"), { 0 } };
const MethodDef asy_ExcAttribute_methods[] = { { "__reduce__", attribute_error_reduce, "()", 0, NULL }, { 0 } };
const GetSetDef asy_ExcAttribute_getset[] = { { 0 } };
const MemberDef asy_ExcAttribute_members[] = {
    EXC_MEMBER(ExcAttribute, name, "attribute name"),
    EXC_MEMBER(ExcAttribute, obj, "object"),
    { 0 },
};
const MethodDef asy_ExcImport_methods[] = { { "__reduce__", import_error_reduce, "()", 0, NULL }, { 0 } };
const GetSetDef asy_ExcImport_getset[] = { { 0 } };
const MemberDef asy_ExcImport_members[] = {
    EXC_MEMBER(ExcImport, msg, "exception message"),
    EXC_MEMBER(ExcImport, name, "module name"),
    EXC_MEMBER(ExcImport, path, "module path"),
    EXC_MEMBER(ExcImport, name_from, "name imported from module"),
    { 0 },
};

// ---- the classes ----

// The first class of each layout has its tables and slots. The three Unicode errors are siblings.
#define TOP_Exc(kind) ((kind) == EXC_BaseException)
#define TOP_ExcSystemExit(kind) ((kind) == EXC_SystemExit)
#define TOP_ExcStopIteration(kind) ((kind) == EXC_StopIteration)
#define TOP_ExcAttribute(kind) ((kind) == EXC_AttributeError)
#define TOP_ExcName(kind) ((kind) == EXC_NameError)
#define TOP_ExcImport(kind) ((kind) == EXC_ImportError)
#define TOP_ExcOS(kind) ((kind) == EXC_OSError)
#define TOP_ExcSyntax(kind) ((kind) == EXC_SyntaxError)
#define TOP_ExcUnicode(kind) 1
#define TOP_ExcGroup(kind) ((kind) == EXC_BaseExceptionGroup)
#define INIT_Exc asy_exc_init
#define INIT_ExcSystemExit asy_exc_system_exit_init
#define INIT_ExcStopIteration stop_iteration_init
#define INIT_ExcAttribute attribute_error_init
#define INIT_ExcName name_error_init
#define INIT_ExcImport import_error_init
#define INIT_ExcOS asy_exc_os_init
#define INIT_ExcSyntax asy_exc_syntax_init
#define INIT_ExcUnicode asy_exc_unicode_init
#define INIT_ExcGroup asy_exc_group_init
#define NEW_Exc asy_exc_base_new
#define NEW_ExcSystemExit asy_exc_base_new
#define NEW_ExcStopIteration asy_exc_base_new
#define NEW_ExcAttribute asy_exc_base_new
#define NEW_ExcName asy_exc_base_new
#define NEW_ExcImport asy_exc_base_new
#define NEW_ExcOS asy_exc_os_new
#define NEW_ExcSyntax asy_exc_base_new
#define NEW_ExcUnicode asy_exc_base_new
#define NEW_ExcGroup asy_exc_group_new
#define STR_Exc asy_exc_str
#define STR_ExcSystemExit NULL
#define STR_ExcStopIteration NULL
#define STR_ExcAttribute NULL
#define STR_ExcName NULL
#define STR_ExcImport import_error_str
#define STR_ExcOS asy_exc_os_str
#define STR_ExcSyntax asy_exc_syntax_str
#define STR_ExcUnicode asy_exc_unicode_str
#define STR_ExcGroup asy_exc_group_str

const TypeDef asy_exc_types[EXC__COUNT] = {
#define EXC(kind, parent, layout, text)                                                            \
    [EXC_##kind] = {                                                                               \
        .name = #kind,                                                                             \
        .size = sizeof(layout),                                                                    \
        .flags = TYPE_BASE | TYPE_EXCEPTION | TYPE_ATTRS,                                          \
        .attrs_offset = offsetof(layout, attrs),                                                   \
        .base = PARENT_##parent,                                                                   \
        .doc = text,                                                                               \
        .trace = asy_##layout##_trace,                                                             \
        .clear = asy_##layout##_clear,                                                             \
        .methods = TOP_##layout(EXC_##kind) ? asy_##layout##_methods : NULL,                       \
        .getset = TOP_##layout(EXC_##kind) ? asy_##layout##_getset : NULL,                         \
        .members = TOP_##layout(EXC_##kind) ? asy_##layout##_members : NULL,                       \
        .slots = {                                                                                 \
            .repr = EXC_##kind == EXC_BaseException ? exc_repr : NULL,                             \
            .str = EXC_##kind == EXC_KeyError ? key_error_str                                      \
                   : TOP_##layout(EXC_##kind) ? (Slot_UNARY)STR_##layout : NULL,                   \
            .init = INIT_##layout,                                                                 \
            .new = NEW_##layout,                                                                   \
        },                                                                                         \
    },
#define PARENT_NONE NULL
#define PARENT(name) (&asy_exc_types[EXC_##name])
#define PARENT_BaseException PARENT(BaseException)
#define PARENT_BaseExceptionGroup PARENT(BaseExceptionGroup)
#define PARENT_Exception PARENT(Exception)
#define PARENT_ArithmeticError PARENT(ArithmeticError)
#define PARENT_ImportError PARENT(ImportError)
#define PARENT_LookupError PARENT(LookupError)
#define PARENT_NameError PARENT(NameError)
#define PARENT_OSError PARENT(OSError)
#define PARENT_ConnectionError PARENT(ConnectionError)
#define PARENT_RuntimeError PARENT(RuntimeError)
#define PARENT_SyntaxError PARENT(SyntaxError)
#define PARENT_IndentationError PARENT(IndentationError)
#define PARENT_ValueError PARENT(ValueError)
#define PARENT_UnicodeError PARENT(UnicodeError)
#define PARENT_Warning PARENT(Warning)
#include "vm/core/exceptions.def"
};

// ExceptionGroup is both a BaseExceptionGroup and an Exception; definitions know one base only.
static bool give_two_bases(VM *vm)
{
    Type *group = vm->exc[EXC_ExceptionGroup], *first = vm->exc[EXC_BaseExceptionGroup], *second = vm->exc[EXC_Exception];
    Value bases[] = { asy_from_obj(first), asy_from_obj(second) };
    Value mro[] = { asy_from_obj(group), bases[0], bases[1], asy_from_obj(vm->exc[EXC_BaseException]), asy_from_obj(vm->types.object) };
    TupleObj *new_bases = asy_tuple_from(vm, bases, 2), *new_mro = asy_tuple_from(vm, mro, 5);
    if (!new_bases || !new_mro) {
        asy_release_obj(vm, new_bases);
        asy_release_obj(vm, new_mro);
        return false;
    }
    asy_release_obj(vm, group->bases);
    asy_release_obj(vm, group->mro);
    group->bases = new_bases;
    group->mro = new_mro;
    return true;
}

bool asy_exceptions_init(VM *vm)
{
    for (int kind = 0; kind < EXC__COUNT; kind++) {
        vm->exc[kind] = asy_type_ready(vm, &asy_exc_types[kind]);
        if (!vm->exc[kind]) return false;
    }
    return give_two_bases(vm);
}

// ---- raising and catching ----

void asy_exc_chain(VM *vm, Value exc, Value handled)
{
    if (asy_same(exc, handled) || !asy_is_obj(handled)) return;
    // Cut `exc` out of the chain that starts at `handled`, or the chain would be a ring. A ring that
    // script has made by hand is noticed by a second walker at half speed.
    Exc *at = asy_as_exc(handled), *slow = at;
    for (bool odd = false; asy_is_obj(at->context); odd = !odd) {
        if (asy_same(at->context, exc)) {
            asy_clear(vm, &at->context);
            break;
        }
        at = asy_as_exc(at->context);
        if (at == slow) break;
        if (odd) slow = asy_as_exc(slow->context);
    }
    asy_exc_field(vm, &asy_as_exc(exc)->context, handled);
}

static bool is_exception_class(VM *vm, Value v)
{
    return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE) && (asy_as(Type, v)->flags & TYPE_EXCEPTION) && vm;
}

int asy_exc_matches(VM *vm, Value exc, Value pattern)
{
    const Type *type = asy_type_of(vm, exc);
    const Value *items = &pattern;
    size_t count = 1;
    if (asy_is_tuple(vm, pattern)) {
        items = asy_as_tuple(pattern)->items;
        count = asy_as_tuple(pattern)->size;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_exception_class(vm, items[i])) continue;
        asy_raise(vm, EXC_TypeError, "catching classes that do not inherit from BaseException is not allowed");
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (asy_type_is_subtype(type, asy_as(Type, items[i]))) return 1;
    }
    return 0;
}
