// UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError: which part of an object a codec could not
// treat, and why. start and end are always ints, object is bytes (decode) or a str.
#include <stdio.h>

#include "vm/objects/exception_impl.h"

#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/bytes.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str.h"

static bool is_kind(VM *vm, Value self, ExcKind kind) { return asy_type_is_subtype(asy_type_of(vm, self), vm->exc[kind]); }

static bool check_type(VM *vm, bool ok, uint32_t number, const char *expected, Value got)
{
    if (!ok) asy_raise(vm, EXC_TypeError, "argument %u must be %s, not %T", number, expected, got);
    return ok;
}

static bool store_index(VM *vm, Value *field, Value v)
{
    Value i = asy_index(vm, v);
    if (asy_is_err(i)) return false;
    int64_t number;
    if (!asy_int_as_i64(vm, i, &number)) {
        asy_release(vm, i);
        asy_raise(vm, EXC_OverflowError, "Python int too large to convert to C ssize_t");
        return false;
    }
    asy_set(vm, field, i);
    return true;
}

static bool decode_init(VM *vm, ExcUnicode *e, Args args)
{
    if (!check_type(vm, asy_is_str(vm, args.v[0]), 1, "str", args.v[0])) return false;
    if (asy_is_bytes(vm, args.v[1])) {
        asy_exc_field(vm, &e->object, args.v[1]);
    } else {
        BufferView view;
        if (!asy_get_buffer(vm, args.v[1], &view)) return false;
        Value copy = asy_bytes_value(vm, view.data, view.size);
        asy_release_buffer(vm, &view);
        if (asy_is_err(copy)) return false;
        asy_set(vm, &e->object, copy);
    }
    if (!store_index(vm, &e->start, args.v[2]) || !store_index(vm, &e->end, args.v[3])) return false;
    if (!check_type(vm, asy_is_str(vm, args.v[4]), 5, "str", args.v[4])) return false;
    asy_exc_field(vm, &e->encoding, args.v[0]);
    asy_exc_field(vm, &e->reason, args.v[4]);
    return true;
}

bool asy_exc_unicode_init(VM *vm, Value self, Args args)
{
    if (!asy_exc_init(vm, self, args)) return false;
    ExcUnicode *e = asy_as(ExcUnicode, self);
    bool translate = is_kind(vm, self, EXC_UnicodeTranslateError);
    uint32_t wanted = translate ? 4 : 5;
    if (args.n != wanted) {
        asy_raise(vm, EXC_TypeError, "function takes exactly %u arguments (%u given)", wanted, args.n);
        return false;
    }
    if (is_kind(vm, self, EXC_UnicodeDecodeError)) return decode_init(vm, e, args);
    const Value *v = args.v;
    if (!translate) {
        if (!check_type(vm, asy_is_str(vm, v[0]), 1, "str", v[0])) return false;
        v++;
    }
    uint32_t first = translate ? 1 : 2;
    if (!check_type(vm, asy_is_str(vm, v[0]), first, "str", v[0])) return false;
    if (!store_index(vm, &e->start, v[1]) || !store_index(vm, &e->end, v[2])) return false;
    if (!check_type(vm, asy_is_str(vm, v[3]), first + 3, "str", v[3])) return false;
    if (!translate) asy_exc_field(vm, &e->encoding, args.v[0]);
    asy_exc_field(vm, &e->object, v[0]);
    asy_exc_field(vm, &e->reason, v[3]);
    return true;
}

static Value new_from_parts(VM *vm, ExcKind kind, const char *encoding, Value object, size_t start, size_t end, const char *reason)
{
    Value v[5] = { asy_str_value(vm, encoding), object, asy_from_small((int64_t)start), asy_from_small((int64_t)end), ASY_NIL };
    if (asy_is_err(v[0])) return ASY_ERR;
    v[4] = asy_str_value(vm, reason);
    Value result = asy_is_err(v[4]) ? ASY_ERR : asy_exc_new(vm, vm->exc[kind], v, 5);
    asy_release(vm, v[0]);
    asy_release(vm, v[4]);
    return result;
}

Value asy_exc_unicode_decode_new(VM *vm, const char *encoding, const uint8_t *bytes, size_t size, size_t start, size_t end,
                                 const char *reason)
{
    Value object = asy_bytes_value(vm, bytes, size);
    if (asy_is_err(object)) return ASY_ERR;
    Value result = new_from_parts(vm, EXC_UnicodeDecodeError, encoding, object, start, end, reason);
    asy_release(vm, object);
    return result;
}

Value asy_exc_unicode_encode_new(VM *vm, const char *encoding, StrObj *text, size_t start, size_t end, const char *reason)
{
    return new_from_parts(vm, EXC_UnicodeEncodeError, encoding, asy_from_obj(text), start, end, reason);
}

static void escape_char(char out[11], uint32_t c)
{
    if (c <= 0xFF) snprintf(out, 11, "\\x%02x", c);
    else if (c <= 0xFFFF) snprintf(out, 11, "\\u%04x", c);
    else snprintf(out, 11, "\\U%08x", c);
}

Value asy_exc_unicode_str(VM *vm, Value self)
{
    ExcUnicode *e = asy_as(ExcUnicode, self);
    if (asy_is_nil(e->object)) return asy_str_value(vm, "");    // __init__ has not run
    int64_t start, end;
    if (!asy_int_as_i64(vm, e->start, &start) || !asy_int_as_i64(vm, e->end, &end)) return asy_exc_str(vm, self);
    // Owned copies: making text of reason and encoding may run script.
    Value encoding = asy_retain(e->encoding), reason = asy_is_nil(e->reason) ? ASY_NONE : asy_retain(e->reason), object = asy_retain(e->object);
    bool one = end == start + 1 && start >= 0;
    bool translate = is_kind(vm, self, EXC_UnicodeTranslateError);
    char shown[16] = "";
    StrObj *text;
    if (is_kind(vm, self, EXC_UnicodeDecodeError)) {
        if (one && asy_is_bytes(vm, object) && (size_t)start < asy_as_bytes(object)->size) {
            snprintf(shown, sizeof shown, "%02x", asy_as_bytes(object)->data[start]);
            text = asy_format(vm, "'%S' codec can't decode byte 0x%s in position %lld: %S", encoding, shown, start, reason);
        } else {
            text = asy_format(vm, "'%S' codec can't decode bytes in position %lld-%lld: %S", encoding, start, end - 1, reason);
        }
    } else {
        one = one && asy_is_str(vm, object) && (size_t)start < asy_str_length(vm, asy_as_str(object));
        if (one) escape_char(shown, asy_str_char_at(vm, asy_as_str(object), (size_t)start));
        if (one && translate) text = asy_format(vm, "can't translate character '%s' in position %lld: %S", shown, start, reason);
        else if (translate) text = asy_format(vm, "can't translate characters in position %lld-%lld: %S", start, end - 1, reason);
        else if (one) text = asy_format(vm, "'%S' codec can't encode character '%s' in position %lld: %S", encoding, shown, start, reason);
        else text = asy_format(vm, "'%S' codec can't encode characters in position %lld-%lld: %S", encoding, start, end - 1, reason);
    }
    asy_release(vm, encoding);
    asy_release(vm, reason);
    asy_release(vm, object);
    return text ? asy_from_obj(text) : ASY_ERR;
}

static Value get_index(Value v) { return asy_is_nil(v) ? asy_from_small(0) : asy_retain(v); }

static Value unicode_get_start(VM *vm, Value self)
{
    (void)vm;
    return get_index(asy_as(ExcUnicode, self)->start);
}

static Value unicode_get_end(VM *vm, Value self)
{
    (void)vm;
    return get_index(asy_as(ExcUnicode, self)->end);
}

static bool set_index(VM *vm, Value *field, Value value)
{
    if (asy_is_nil(value)) {
        asy_raise(vm, EXC_TypeError, "can't delete numeric/char attribute");
        return false;
    }
    return store_index(vm, field, value);
}

static bool unicode_set_start(VM *vm, Value self, Value value) { return set_index(vm, &asy_as(ExcUnicode, self)->start, value); }
static bool unicode_set_end(VM *vm, Value self, Value value) { return set_index(vm, &asy_as(ExcUnicode, self)->end, value); }

const MethodDef asy_ExcUnicode_methods[] = { { 0 } };
const GetSetDef asy_ExcUnicode_getset[] = {
    { "start", unicode_get_start, unicode_set_start, "exception start" },
    { "end", unicode_get_end, unicode_set_end, "exception end" },
    { 0 },
};
const MemberDef asy_ExcUnicode_members[] = {
    EXC_MEMBER(ExcUnicode, encoding, "exception encoding"),
    EXC_MEMBER(ExcUnicode, object, "exception object"),
    EXC_MEMBER(ExcUnicode, reason, "exception reason"),
    { 0 },
};
