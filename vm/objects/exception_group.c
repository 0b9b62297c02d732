// Exception groups (PEP 654): BaseExceptionGroup and ExceptionGroup, splitting, and what except* needs.
//
// Splitting keeps the tree: every group on the way down is made anew by its own derive(), with the
// traceback, cause, context and notes of the one it stands for. Conditions and derive() may run script;
// a group's own fields never change, so only what is being built must be held.
#include "vm/objects/exception_impl.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/generic.h"
#include "vm/objects/list.h"
#include "vm/objects/set.h"
#include "vm/objects/str.h"

static bool is_group(VM *vm, Value v)
{
    return asy_is_exception(vm, v) && asy_type_is_subtype(asy_as_obj(v)->type, vm->exc[EXC_BaseExceptionGroup]);
}

static bool is_class(VM *vm, Value v, ExcKind base)
{
    return asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_TYPE) && asy_type_is_subtype(asy_as(Type, v), vm->exc[base]);
}

static TupleObj *parts(Value group) { return asy_as_tuple(asy_as(ExcGroup, group)->exceptions); }

// ---- making ----

// Which class to make for these parts; NULL: not allowed.
static Type *choose_class(VM *vm, Type *type, const TupleObj *parts_given)
{
    bool only_exceptions = true;
    for (size_t i = 0; i < parts_given->size; i++) {
        if (!asy_is_exception(vm, parts_given->items[i])) {
            asy_raise(vm, EXC_ValueError, "Item %zu of second argument (exceptions) is not an exception", i);
            return NULL;
        }
        only_exceptions &= asy_type_is_subtype(asy_type_of(vm, parts_given->items[i]), vm->exc[EXC_Exception]);
    }
    if (type == vm->exc[EXC_BaseExceptionGroup]) return only_exceptions ? vm->exc[EXC_ExceptionGroup] : type;
    if (only_exceptions || !asy_type_is_subtype(type, vm->exc[EXC_Exception])) return type;
    if (type == vm->exc[EXC_ExceptionGroup]) asy_raise(vm, EXC_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
    else asy_raise(vm, EXC_TypeError, "Cannot nest BaseExceptions in '%.200N'", type);
    return NULL;
}

Value asy_exc_group_new(VM *vm, Type *type, Args args)
{
    if (args.n != 2) {
        return asy_raise(vm, EXC_TypeError, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%u given)", args.n);
    }
    if (!asy_is_str(vm, args.v[0])) {
        return asy_raise(vm, EXC_TypeError, "BaseExceptionGroup.__new__() argument 1 must be str, not %T", args.v[0]);
    }
    const Type *given = asy_type_of(vm, args.v[1]);
    if (!given->slots.getitem || (given->flags & TYPE_DICT)) {
        return asy_raise(vm, EXC_TypeError, "second argument (exceptions) must be a sequence");
    }
    TupleObj *exceptions = asy_to_tuple(vm, args.v[1]);
    if (!exceptions) return ASY_ERR;
    Value self = ASY_ERR;
    if (!exceptions->size) {
        asy_raise(vm, EXC_ValueError, "second argument (exceptions) must be a non-empty sequence");
    } else {
        type = choose_class(vm, type, exceptions);
        if (type) self = asy_exc_base_new(vm, type, args);
    }
    if (asy_is_err(self)) {
        asy_release_obj(vm, exceptions);
        return ASY_ERR;
    }
    ExcGroup *g = asy_as(ExcGroup, self);
    asy_exc_field(vm, &g->message, args.v[0]);
    g->exceptions = asy_from_obj(exceptions);
    return self;
}

bool asy_exc_group_init(VM *vm, Value self, Args args) { return asy_exc_init(vm, self, args); }

Value asy_exc_group_str(VM *vm, Value self)
{
    ExcGroup *g = asy_as(ExcGroup, self);
    size_t n = parts(self)->size;
    StrObj *s = asy_format(vm, "%S (%zu sub-exception%s)", g->message, n, n > 1 ? "s" : "");
    return s ? asy_from_obj(s) : ASY_ERR;
}

// BaseExceptionGroup("", parts): what except* makes.
static Value make_group(VM *vm, Value sequence)
{
    StrObj *empty = asy_str_new(vm, "", 0);
    if (!empty) return ASY_ERR;
    Value v[2] = { asy_from_obj(empty), sequence };
    Value group = asy_exc_new(vm, vm->exc[EXC_BaseExceptionGroup], v, 2);
    asy_release_obj(vm, empty);
    return group;
}

// ---- splitting ----

typedef enum ConditionKind { BY_CLASS, BY_CALL, BY_IDENTITY } ConditionKind;
typedef struct Condition {
    ConditionKind kind;
    Value value;                // class or tuple; callable; list of exceptions
} Condition;

static bool condition_read(VM *vm, Value v, Condition *out)
{
    *out = (Condition){ BY_CLASS, v };
    if (is_class(vm, v, EXC_BaseException)) return true;
    if (asy_is_tuple(vm, v)) {
        const TupleObj *t = asy_as_tuple(v);
        size_t i = 0;
        while (i < t->size && is_class(vm, t->items[i], EXC_BaseException)) i++;
        if (i == t->size) return true;
    } else if (asy_is_callable(vm, v) && !(asy_is_obj(v) && asy_as_obj(v)->type->flags & TYPE_TYPE)) {
        out->kind = BY_CALL;
        return true;
    }
    asy_raise(vm, EXC_TypeError, "expected a function, exception type or tuple of exception types");
    return false;
}

static int condition_holds(VM *vm, const Condition *c, Value exc)
{
    switch (c->kind) {
    case BY_CLASS: return asy_exc_matches(vm, exc, c->value);
    case BY_CALL: {
        Value answer = asy_call1(vm, c->value, exc);
        if (asy_is_err(answer)) return -1;
        int holds = asy_truth(vm, answer);
        asy_release(vm, answer);
        return holds;
    }
    default: {
        const ListObj *list = asy_as_list(c->value);
        for (size_t i = 0; i < list->size; i++) {
            if (asy_same(list->items[i], exc)) return 1;
        }
        return 0;
    }
    }
}

static bool copy_notes(VM *vm, Value from, Value to)
{
    Value notes = asy_getattr_opt(vm, from, asy_name(vm, __notes__));
    if (asy_is_err(notes)) return false;
    bool ok = true;
    if (asy_is_list(vm, notes) || asy_is_tuple(vm, notes)) {    // anything else is ignored
        ListObj *copy = asy_to_list(vm, notes);
        ok = copy && asy_setattr(vm, to, asy_name(vm, __notes__), asy_from_obj(copy));
        asy_release_obj(vm, copy);
    }
    asy_release(vm, notes);
    return ok;
}

// The group `orig` with these parts only: None if there are none.
static Value derive_part(VM *vm, Value orig, ListObj *list)
{
    if (!list->size) return ASY_NONE;
    Value part = asy_call_method1(vm, orig, asy_name(vm, derive), asy_from_obj(list));
    if (asy_is_err(part)) return ASY_ERR;
    if (!is_group(vm, part)) {
        asy_release(vm, part);
        return asy_raise(vm, EXC_TypeError, "derive must return an instance of BaseExceptionGroup");
    }
    Exc *to = asy_as_exc(part), *from = asy_as_exc(orig);
    asy_exc_field(vm, &to->traceback, from->traceback);
    asy_exc_field(vm, &to->context, from->context);
    asy_exc_field(vm, &to->cause, from->cause);
    to->suppress_context = from->suppress_context;
    if (!copy_notes(vm, orig, part)) {
        asy_release(vm, part);
        return ASY_ERR;
    }
    return part;
}

typedef struct SplitResult {
    Value match, rest;          // None: nothing
} SplitResult;

static bool split(VM *vm, Value exc, const Condition *c, bool want_rest, SplitResult *out);

static bool append_part(VM *vm, ListObj *list, Value part)
{
    return asy_is_none(part) ? true : asy_list_append_owned(vm, list, part);
}

static bool split_parts(VM *vm, Value exc, const Condition *c, bool want_rest, SplitResult *out)
{
    ListObj *matches = asy_list_new(vm, 0), *rests = asy_list_new(vm, 0);
    TupleObj *all = asy_retain_obj(parts(exc));
    bool ok = matches && rests;
    for (size_t i = 0; ok && i < all->size; i++) {
        SplitResult part;
        ok = split(vm, all->items[i], c, want_rest, &part);
        if (!ok) break;
        ok = append_part(vm, matches, part.match);
        if (ok) ok = append_part(vm, rests, part.rest);
        else asy_release(vm, part.rest);
    }
    if (ok) {
        out->match = derive_part(vm, exc, matches);
        ok = !asy_is_err(out->match);
    }
    if (ok && want_rest) {
        out->rest = derive_part(vm, exc, rests);
        ok = !asy_is_err(out->rest);
        if (!ok) asy_release(vm, out->match);
    }
    asy_release_obj(vm, all);
    asy_release_obj(vm, matches);
    asy_release_obj(vm, rests);
    return ok;
}

static bool split(VM *vm, Value exc, const Condition *c, bool want_rest, SplitResult *out)
{
    *out = (SplitResult){ ASY_NONE, ASY_NONE };
    int holds = condition_holds(vm, c, exc);
    if (holds < 0) return false;
    if (holds) {
        out->match = asy_retain(exc);
        return true;
    }
    if (!is_group(vm, exc)) {
        if (want_rest) out->rest = asy_retain(exc);
        return true;
    }
    if (!asy_enter_c(vm, " in exceptiongroup_split_recursive")) return false;
    bool ok = split_parts(vm, exc, c, want_rest, out);
    asy_leave_c(vm);
    return ok;
}

static Value group_derive(VM *vm, Args a)
{
    Value v[2] = { asy_as(ExcGroup, a.self)->message, a.v[0] };
    return asy_exc_new(vm, vm->exc[EXC_BaseExceptionGroup], v, 2);
}

static Value group_split(VM *vm, Args a)
{
    Condition c;
    SplitResult result;
    if (!condition_read(vm, a.v[0], &c) || !split(vm, a.self, &c, true, &result)) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, result.match, result.rest);
    asy_release(vm, result.match);
    asy_release(vm, result.rest);
    return pair;
}

static Value group_subgroup(VM *vm, Args a)
{
    Condition c;
    SplitResult result;
    if (!condition_read(vm, a.v[0], &c) || !split(vm, a.self, &c, false, &result)) return ASY_ERR;
    return result.match;
}

const MethodDef asy_ExcGroup_methods[] = {
    { "derive", group_derive, "(excs, /)", 0, NULL },
    { "split", group_split, "(condition, /)", 0, NULL },
    { "subgroup", group_subgroup, "(condition, /)", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
const GetSetDef asy_ExcGroup_getset[] = { { 0 } };
const MemberDef asy_ExcGroup_members[] = {
    { "message", offsetof(ExcGroup, message), false, "exception message" },
    { "exceptions", offsetof(ExcGroup, exceptions), false, "nested exceptions" },
    { 0 },
};

// ---- except* ----

static bool check_star_pattern(VM *vm, Value pattern)
{
    const Value *items = &pattern;
    size_t count = 1;
    if (asy_is_tuple(vm, pattern)) {
        items = asy_as_tuple(pattern)->items;
        count = asy_as_tuple(pattern)->size;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_class(vm, items[i], EXC_BaseException)) {
            asy_raise(vm, EXC_TypeError, "catching classes that do not inherit from BaseException is not allowed");
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_class(vm, items[i], EXC_BaseExceptionGroup)) {
            asy_raise(vm, EXC_TypeError, "catching ExceptionGroup with except* is not allowed. Use except instead.");
            return false;
        }
    }
    return true;
}

// What exc.split(pattern), which a subclass may have replaced, gives.
static bool call_split(VM *vm, Value exc, Value pattern, Value *match, Value *rest)
{
    StrObj *name = asy_intern_c(vm, "split");
    if (!name) return false;
    Value pair = asy_call_method1(vm, exc, name, pattern);
    asy_release_obj(vm, name);
    if (asy_is_err(pair)) return false;
    if (!asy_is_tuple(vm, pair)) {
        asy_raise(vm, EXC_TypeError, "%.200T.split must return a tuple, not %.200T", exc, pair);
    } else if (asy_as_tuple(pair)->size < 2) {
        asy_raise(vm, EXC_TypeError, "%.200T.split must return a 2-tuple, got tuple of size %zu", exc, asy_as_tuple(pair)->size);
    } else {
        *match = asy_retain(asy_as_tuple(pair)->items[0]);
        *rest = asy_retain(asy_as_tuple(pair)->items[1]);
        asy_release(vm, pair);
        return true;
    }
    asy_release(vm, pair);
    return false;
}

bool asy_exc_split(VM *vm, Value exc, Value pattern, Value *match, Value *rest)
{
    *match = *rest = ASY_NONE;
    if (!check_star_pattern(vm, pattern)) return false;
    if (asy_is_none(exc)) return true;
    int holds = asy_exc_matches(vm, exc, pattern);
    if (holds < 0) return false;
    if (holds && is_group(vm, exc)) {
        *match = asy_retain(exc);
        return true;
    }
    if (holds) {                // a naked exception is handled as a group of one
        TupleObj *one = asy_tuple_from(vm, &exc, 1);
        *match = one ? make_group(vm, asy_from_obj(one)) : ASY_ERR;
        asy_release_obj(vm, one);
        return !asy_is_err(*match);
    }
    if (!is_group(vm, exc)) {
        *rest = asy_retain(exc);
        return true;
    }
    return call_split(vm, exc, pattern, match, rest);
}

// Whether `exc` is a part of `orig` that no handler has touched: same traceback, cause, context, notes.
static int same_metadata(VM *vm, Value exc, Value orig)
{
    const Exc *a = asy_as_exc(exc), *b = asy_as_exc(orig);
    if (!asy_same(a->traceback, b->traceback) || !asy_same(a->cause, b->cause) || !asy_same(a->context, b->context)) return 0;
    Value x = asy_getattr_opt(vm, exc, asy_name(vm, __notes__));
    if (asy_is_err(x)) return -1;
    Value y = asy_getattr_opt(vm, orig, asy_name(vm, __notes__));
    int same = -1;
    if (!asy_is_err(y)) {
        // Notes are copied when a group is split, so equal ones count.
        same = asy_is_nil(x) || asy_is_nil(y) ? asy_is_nil(x) && asy_is_nil(y) : asy_equal(vm, x, y);
    }
    asy_release(vm, x);
    asy_release(vm, y);
    return same;
}

static bool collect_leaves(VM *vm, Value exc, ListObj *leaves)
{
    if (!is_group(vm, exc)) return asy_list_append(vm, leaves, exc);
    if (!asy_enter_c(vm, " in collect_exception_group_leaf_ids")) return false;
    bool ok = true;
    TupleObj *all = parts(exc);
    for (size_t i = 0; ok && i < all->size; i++) ok = collect_leaves(vm, all->items[i], leaves);
    asy_leave_c(vm);
    return ok;
}

// What of `orig` is in the unhandled parts `kept`, in orig's own structure.
static Value project(VM *vm, Value orig, ListObj *kept)
{
    ListObj *leaves = asy_list_new(vm, 0);
    bool ok = leaves != NULL;
    for (size_t i = 0; ok && i < kept->size; i++) ok = collect_leaves(vm, kept->items[i], leaves);
    SplitResult result = { ASY_ERR, ASY_NONE };
    if (ok) {
        Condition c = { BY_IDENTITY, asy_from_obj(leaves) };
        if (!split(vm, orig, &c, false, &result)) result.match = ASY_ERR;
    }
    asy_release_obj(vm, leaves);
    return result.match;
}

Value asy_exc_group_reraise(VM *vm, Value original, ListObj *raised)
{
    if (!is_group(vm, original)) {      // it was wrapped, so one clause at most has run
        for (size_t i = 0; i < raised->size; i++) {
            if (!asy_is_none(raised->items[i])) return asy_retain(raised->items[i]);
        }
        return ASY_NONE;
    }
    ListObj *new_ones = asy_list_new(vm, 0), *kept = asy_list_new(vm, 0);
    Value result = ASY_ERR;
    bool ok = new_ones && kept;
    for (size_t i = 0; ok && i < raised->size; i++) {
        Value exc = raised->items[i];
        if (asy_is_none(exc)) continue;
        int same = same_metadata(vm, exc, original);
        ok = same >= 0 && asy_list_append(vm, same ? kept : new_ones, exc);
    }
    if (!ok) goto done;
    Value rest = kept->size ? project(vm, original, kept) : ASY_NONE;
    if (asy_is_err(rest)) goto done;
    if (!new_ones->size) {
        result = rest;
        goto done;
    }
    if (!asy_is_none(rest) && !asy_list_append_owned(vm, new_ones, rest)) goto done;
    if (new_ones->size == 1) {
        result = asy_retain(new_ones->items[0]);
    } else {
        result = make_group(vm, asy_from_obj(new_ones));
    }
done:
    asy_release_obj(vm, new_ones);
    asy_release_obj(vm, kept);
    return result;
}
