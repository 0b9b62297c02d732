// Builtin functions about objects of any kind: attributes, iteration, representation, identity.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/intern.h"
#include "vm/core/slots.h"
#include "vm/core/vm.h"
#include "vm/objects/builtins.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/frame_object.h"
#include "vm/objects/generic.h"
#include "vm/objects/int.h"
#include "vm/objects/iter.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"
#include "vm/objects/walk.h"

static Value str_or_err(StrObj *s) { return s ? asy_from_obj(s) : ASY_ERR; }

// ---- attributes ----

// The attribute's name, interned; new reference.
static StrObj *attribute_name(VM *vm, Value v)
{
    if (asy_is_str(vm, v)) return asy_intern_str(vm, asy_as_str(v));
    asy_raise(vm, EXC_TypeError, "attribute name must be string, not '%.200T'", v);
    return NULL;
}

static Value builtin_getattr(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "getattr", a, 2, 3)) return ASY_ERR;
    StrObj *name = attribute_name(vm, a.v[1]);
    if (!name) return ASY_ERR;
    Value out = a.n == 3 ? asy_getattr_opt(vm, a.v[0], name) : asy_getattr(vm, a.v[0], name);
    asy_release_obj(vm, name);
    if (asy_is_nil(out)) return asy_error_pending(vm) ? ASY_ERR : asy_retain(a.v[2]);
    return out;
}

static Value builtin_hasattr(VM *vm, Args a)
{
    StrObj *name = attribute_name(vm, a.v[1]);
    if (!name) return ASY_ERR;
    Value out = asy_getattr_opt(vm, a.v[0], name);
    asy_release_obj(vm, name);
    if (asy_is_err(out) || (asy_is_nil(out) && asy_error_pending(vm))) return ASY_ERR;
    asy_release(vm, out);
    return asy_from_bool(!asy_is_nil(out));
}

static Value set_attribute(VM *vm, Value object, Value name_arg, Value value)
{
    StrObj *name = attribute_name(vm, name_arg);
    bool ok = name && asy_setattr(vm, object, name, value);
    asy_release_obj(vm, name);
    return ok ? ASY_NONE : ASY_ERR;
}

static Value builtin_setattr(VM *vm, Args a) { return set_attribute(vm, a.v[0], a.v[1], a.v[2]); }
static Value builtin_delattr(VM *vm, Args a) { return set_attribute(vm, a.v[0], a.v[1], ASY_NIL); }

// The running frame's names; new reference.
static Value frame_locals(VM *vm)
{
    Frame *f = vm->thread->frame;
    return f ? asy_frame_locals(vm, f) : asy_raise(vm, EXC_SystemError, "frame does not exist");
}

Value asy_dir(VM *vm, Value v)
{
    Value names;
    if (asy_is_nil(v)) {
        Value locals = frame_locals(vm);
        if (asy_is_err(locals)) return ASY_ERR;
        names = asy_call_method0(vm, locals, asy_name(vm, keys));
        asy_release(vm, locals);
    } else {
        Value method = asy_special(vm, v, asy_name(vm, __dir__));
        if (asy_is_err(method)) return ASY_ERR;
        if (asy_is_nil(method)) return asy_raise(vm, EXC_TypeError, "object does not provide __dir__");
        names = asy_call0(vm, method);
        asy_release(vm, method);
    }
    if (asy_is_err(names)) return ASY_ERR;
    ListObj *list = asy_to_list(vm, names);
    asy_release(vm, names);
    if (list && asy_list_sort(vm, list, ASY_NIL, false)) return asy_from_obj(list);
    asy_release_obj(vm, list);
    return ASY_ERR;
}

static Value builtin_dir(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "dir", a, 0, 1)) return ASY_ERR;
    return asy_dir(vm, a.n ? a.v[0] : ASY_NIL);
}

static Value builtin_vars(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "vars", a, 0, 1)) return ASY_ERR;
    if (a.n == 0) return frame_locals(vm);
    Value d = asy_getattr_opt(vm, a.v[0], asy_name(vm, __dict__));
    if (!asy_is_nil(d)) return d;
    if (asy_error_pending(vm)) return ASY_ERR;
    return asy_raise(vm, EXC_TypeError, "vars() argument must have __dict__ attribute");
}

// ---- what it is ----

static Value builtin_callable(VM *vm, Args a) { return asy_from_bool(asy_is_callable(vm, a.v[0])); }

static Value from_answer(int answer) { return answer < 0 ? ASY_ERR : asy_from_bool(answer != 0); }
static Value builtin_isinstance(VM *vm, Args a) { return from_answer(asy_isinstance(vm, a.v[0], a.v[1])); }
static Value builtin_issubclass(VM *vm, Args a) { return from_answer(asy_issubclass(vm, a.v[0], a.v[1])); }

static Value builtin_id(VM *vm, Args a) { return asy_id(vm, a.v[0]); }

static Value builtin_hash(VM *vm, Args a)
{
    int64_t hash;
    return asy_hash(vm, a.v[0], &hash) ? asy_int_from_i64(vm, hash) : ASY_ERR;
}

// ---- text ----

static Value builtin_repr(VM *vm, Args a) { return asy_repr(vm, a.v[0]); }
static Value builtin_ascii(VM *vm, Args a) { return asy_ascii(vm, a.v[0]); }

static Value builtin_format(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "format", a, 1, 2)) return ASY_ERR;
    if (a.n == 2 && !asy_is_str(vm, a.v[1]))
        return asy_raise(vm, EXC_TypeError, "format() argument 2 must be str, not %.200T", a.v[1]);
    return asy_format_value(vm, a.v[0], asy_as_str(a.n == 2 ? a.v[1] : vm->empty_str));
}

static Value builtin_chr(VM *vm, Args a)
{
    Value i = asy_index(vm, a.v[0]);
    if (asy_is_err(i)) return ASY_ERR;
    int64_t c;
    bool fits = asy_int_as_i64(vm, i, &c) && c >= INT32_MIN && c <= INT32_MAX;
    int sign = asy_int_sign(vm, i);
    asy_release(vm, i);
    if (!fits)
        return asy_raise(vm, EXC_OverflowError,
                         sign < 0 ? "signed integer is less than minimum" : "Python int too large to convert to C int");
    if (c < 0 || c > 0x10FFFF) return asy_raise(vm, EXC_ValueError, "chr() arg not in range(0x110000)");
    return str_or_err(asy_str_from_char(vm, (uint32_t)c));
}

static Value builtin_ord(VM *vm, Args a)
{
    Value v = a.v[0];
    size_t size;
    if (asy_is_str(vm, v)) {
        size = asy_str_length(vm, asy_as_str(v));
        if (size == SIZE_MAX) return ASY_ERR;
        const char *at = asy_as_str(v)->data;
        if (size == 1) return asy_from_small(asy_utf8_next(&at));
    } else if (asy_type_of(vm, v)->buffer) {
        BufferView view;
        if (!asy_get_buffer(vm, v, &view)) return ASY_ERR;
        size = view.size;
        int64_t c = size == 1 ? view.data[0] : 0;
        asy_release_buffer(vm, &view);
        if (size == 1) return asy_from_small(c);
    } else {
        return asy_raise(vm, EXC_TypeError, "ord() expected string of length 1, but %.200T found", v);
    }
    return asy_raise(vm, EXC_TypeError, "ord() expected a character, but string of length %zu found", size);
}

// ---- iteration ----

static Value builtin_iter(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "iter", a, 1, 2)) return ASY_ERR;
    if (a.n == 1) return asy_iter(vm, a.v[0]);
    if (!asy_is_callable(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "iter(object, sentinel): object must be callable");
    return asy_callable_iter_new(vm, a.v[0], a.v[1]);
}

Value asy_builtin_next(VM *vm, Args a)
{
    if (!asy_args_positional(vm, "next", a, 1, 2)) return ASY_ERR;
    Type *type = asy_type_of(vm, a.v[0]);
    if (!type->slots.next) return asy_raise(vm, EXC_TypeError, "'%.200T' object is not an iterator", a.v[0]);
    // Script's own exception goes on as it is; the slot would drop it.
    Value item = asy_slot_next_is_script(type) ? asy_call_method0(vm, a.v[0], asy_name(vm, __next__))
                                               : type->slots.next(vm, a.v[0]);
    if (asy_is_done(item)) return a.n == 2 ? asy_retain(a.v[1]) : asy_raise_kind(vm, EXC_StopIteration, ASY_NIL);
    if (asy_is_err(item) && a.n == 2 && asy_error_catch(vm, EXC_StopIteration)) return asy_retain(a.v[1]);
    return item;
}

static Value builtin_len(VM *vm, Args a)
{
    int64_t n = asy_length(vm, a.v[0]);
    return n < 0 ? ASY_ERR : asy_int_from_i64(vm, n);
}

// Walks until an item's truth is `stop_at`.
static Value any_or_all(VM *vm, Value iterable, bool stop_at)
{
    Walk w;
    if (!asy_walk_begin(vm, &w, iterable)) return ASY_ERR;
    Value out = asy_from_bool(!stop_at);
    for (;;) {
        Value item = asy_walk_next(vm, &w);
        if (asy_is_done(item)) break;
        int truth = asy_is_err(item) ? -1 : asy_truth(vm, item);
        asy_release(vm, item);
        if (truth >= 0 && truth != stop_at) continue;
        out = truth < 0 ? ASY_ERR : asy_from_bool(stop_at);
        break;
    }
    asy_walk_end(vm, &w);
    return out;
}

static Value builtin_any(VM *vm, Args a) { return any_or_all(vm, a.v[0], true); }
static Value builtin_all(VM *vm, Args a) { return any_or_all(vm, a.v[0], false); }

static Value builtin_sorted(VM *vm, Args a)
{
    static const char *const names[] = { "key", "reverse" };
    Value options[2] = { ASY_NIL, ASY_NIL };
    if (a.n != 1) return asy_raise(vm, EXC_TypeError, "sorted expected 1 argument, got %u", a.n);
    for (size_t i = 0; !asy_is_nil(a.kwnames) && i < asy_as_tuple(a.kwnames)->size; i++) {
        StrObj *name = asy_as_str(asy_as_tuple(a.kwnames)->items[i]);
        int k = asy_str_is(name, names[0]) ? 0 : asy_str_is(name, names[1]) ? 1 : -1;
        if (k < 0) return asy_raise(vm, EXC_TypeError, "'%U' is an invalid keyword argument for sort()", name);
        options[k] = a.v[a.n + i];
    }
    ListObj *list = asy_to_list(vm, a.v[0]);
    bool reverse = false;
    if (list && asy_arg_bool(vm, options[1], &reverse) && asy_list_sort(vm, list, options[0], reverse)) return asy_from_obj(list);
    asy_release_obj(vm, list);
    return ASY_ERR;
}

// exit() and quit() of the interactive helpers.
static Value builtin_exit(VM *vm, Args a)
{
    return asy_raise_kind(vm, EXC_SystemExit, asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0]);
}

const MethodDef asy_builtins_object_functions[] = {
    { "getattr", builtin_getattr, NULL, NATIVE_RAW,
      "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object; getattr(x, 'y') is equivalent to "
      "x.y.\nWhen a default argument is given, it is returned when the attribute doesn't\nexist; without it, an exception is "
      "raised in that case." },
    { "hasattr", builtin_hasattr, "(obj, name, /)", 0,
      "Return whether the object has an attribute with the given name.\n\n"
      "This is done by calling getattr(obj, name) and catching AttributeError." },
    { "setattr", builtin_setattr, "(obj, name, value, /)", 0,
      "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``" },
    { "delattr", builtin_delattr, "(obj, name, /)", 0,
      "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``" },
    { "dir", builtin_dir, NULL, NATIVE_RAW,
      "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.\n"
      "Else, return an alphabetized list of names comprising (some of) the attributes\nof the given object, and of "
      "attributes reachable from it." },
    { "vars", builtin_vars, NULL, NATIVE_RAW,
      "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__." },
    { "callable", builtin_callable, "(obj, /)", 0,
      "Return whether the object is callable (i.e., some kind of function).\n\n"
      "Note that classes are callable, as are instances of classes with a\n__call__() method." },
    { "isinstance", builtin_isinstance, "(obj, class_or_tuple, /)", 0,
      "Return whether an object is an instance of a class or of a subclass thereof.\n\nA tuple, as in ``isinstance(x, (A, B, "
      "...))``, may be given as the target to\ncheck against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)\n"
      "or ...`` etc." },
    { "issubclass", builtin_issubclass, "(cls, class_or_tuple, /)", 0,
      "Return whether 'cls' is derived from another class or is the same class.\n\nA tuple, as in ``issubclass(x, (A, B, "
      "...))``, may be given as the target to\ncheck against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)\n"
      "or ...``." },
    { "id", builtin_id, "(obj, /)", 0,
      "Return the identity of an object.\n\nThis is guaranteed to be unique among simultaneously existing objects." },
    { "hash", builtin_hash, "(obj, /)", 0,
      "Return the hash value for the given object.\n\nTwo objects that compare equal must also have the same hash value, but "
      "the\nreverse is not necessarily true." },
    { "repr", builtin_repr, "(obj, /)", 0,
      "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval() "
      "will return\na new object equal to the original if passed the result." },
    { "ascii", builtin_ascii, "(obj, /)", 0,
      "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation "
      "of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes." },
    { "format", builtin_format, NULL, NATIVE_RAW,
      "Return type(value).__format__(value, format_spec).\n\nMany built-in types implement format_spec according to the\n"
      "Format Specification Mini-language." },
    { "chr", builtin_chr, "(i, /)", 0, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff." },
    { "ord", builtin_ord, "(c, /)", 0, "Return the Unicode code point for a one-character string." },
    { "iter", builtin_iter, NULL, NATIVE_RAW,
      "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.\n"
      "In the first form, the argument must supply its own iterator, or be a sequence.\n"
      "In the second form, the callable is called until it returns the sentinel." },
    { "next", asy_builtin_next, NULL, NATIVE_RAW,
      "next(iterator[, default])\n\nReturn the next item from the iterator. If default is given and the iterator\n"
      "is exhausted, it is returned instead of raising StopIteration." },
    { "len", builtin_len, "(obj, /)", 0, "Return the number of items in a container." },
    { "any", builtin_any, "(iterable, /)", 0,
      "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False." },
    { "all", builtin_all, "(iterable, /)", 0,
      "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True." },
    { "sorted", builtin_sorted, NULL, NATIVE_RAW,
      "Return a new list containing all items from the iterable in ascending order.\n\nA custom key function can be supplied "
      "to customize the sort order, and the\nreverse flag can be set to request the result in descending order." },
    { "exit", builtin_exit, "(code=None)", 0, "Leave the interpreter by raising SystemExit." },
    { "quit", builtin_exit, "(code=None)", 0, "Leave the interpreter by raising SystemExit." },
    { 0 },
};
