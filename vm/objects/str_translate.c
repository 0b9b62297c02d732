// translate and maketrans.
#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str_impl.h"

// What the table says of `c`: NIL keeps it. Owned; ERR: raised. May run script.
static Value table_get(VM *vm, Value table, uint32_t c)
{
    Value key = asy_from_small((int64_t)c);
    if (asy_is_obj(table) && asy_as_obj(table)->type == vm->types.dict) {
        Value found;
        if (!asy_dict_get(vm, asy_as_dict(table), key, &found)) return ASY_ERR;
        return asy_retain(found);
    }
    Value found = asy_getitem(vm, table, key);
    if (asy_is_err(found) && asy_error_catch(vm, EXC_LookupError)) return ASY_NIL;
    return found;
}

// Appends the replacement. *one: it was a single ASCII character or nothing, to be remembered in *byte
// (0: deleted).
static bool put_replacement(StrBuilder *out, uint32_t c, Value by, bool *one, char *byte)
{
    VM *vm = out->vm;
    *one = false;
    if (asy_is_none(by)) {
        *one = true;
        *byte = '\0';
        return true;
    }
    if (asy_is_str(vm, by)) {
        const StrObj *s = asy_as_str(by);
        *one = s->size == 1 && s->data[0];
        *byte = s->size == 1 ? s->data[0] : '\0';
        return asy_builder_str(out, s);
    }
    if (!asy_is_nil(by)) {
        if (!asy_is_integer(vm, by)) {
            asy_raise(vm, EXC_TypeError, "character mapping must return integer, None or str");
            return false;
        }
        int64_t to;
        if (!asy_int_as_i64(vm, by, &to) || to < 0 || to > (int64_t)UTF8_MAX_CODE_POINT) {
            asy_raise(vm, EXC_ValueError, "character mapping must be in range(0x110000)");
            return false;
        }
        c = (uint32_t)to;
    }
    *one = c && c < 0x80;
    *byte = (char)c;
    return asy_builder_char(out, c);
}

Value asy_str_translate(VM *vm, Args a)
{
    const StrObj *s = asy_as_str(a.self);
    enum { UNKNOWN = -1 };
    int8_t known[128];          // ASCII characters seen before: what they become, 0: nothing
    memset(known, UNKNOWN, sizeof known);
    StrBuilder out;
    asy_builder_init(&out, vm);
    const char *at = s->data, *end = at + s->size;
    while (at < end) {
        char *to = asy_builder_reserve(&out, (size_t)(end - at));
        if (!to) goto failed;
        for (int8_t by; at < end && (by = (unsigned char)*at < 128 ? known[(unsigned char)*at] : UNKNOWN) != UNKNOWN; at++) {
            *to = by;
            to += by != 0;
        }
        out.size = (size_t)(to - out.data);
        if (at == end) break;
        uint32_t c = asy_utf8_next(&at);
        Value by = table_get(vm, a.v[0], c);
        if (asy_is_err(by)) goto failed;
        bool one;
        char byte = '\0';
        bool ok = put_replacement(&out, c, by, &one, &byte);
        asy_release(vm, by);
        if (!ok) goto failed;
        if (one && c < 128) known[c] = byte;
    }
    return asy_str_or_err(asy_builder_finish(&out));
failed:
    asy_builder_free(&out);
    return ASY_ERR;
}

// ---- maketrans ----

static bool put_key(VM *vm, DictObj *table, Value key, Value value)
{
    if (asy_is_str(vm, key)) {
        StrObj *s = asy_as_str(key);
        if (asy_str_length(vm, s) != 1) {
            asy_raise(vm, EXC_ValueError, "string keys in translate table must be of length 1");
            return false;
        }
        return asy_dict_set(vm, table, asy_from_small((int64_t)asy_str_char_at(vm, s, 0)), value);
    }
    if (asy_is_integer(vm, key)) return asy_dict_set(vm, table, key, value);
    asy_raise(vm, EXC_TypeError, "keys in translate table must be strings or integers");
    return false;
}

static bool from_dict(VM *vm, DictObj *table, Value given)
{
    if (!asy_is_obj(given) || asy_as_obj(given)->type != vm->types.dict) {
        asy_raise(vm, EXC_TypeError, "if you give only one argument to maketrans it must be a dict");
        return false;
    }
    DictObj *copy = asy_dict_copy(vm, asy_as_dict(given));
    if (!copy) return false;
    uint32_t pos = 0;
    Value key, value;
    bool ok = true;
    while (ok && asy_dict_next(copy, &pos, &key, &value)) ok = put_key(vm, table, key, value);
    asy_release_obj(vm, copy);
    return ok;
}

static bool from_strings(VM *vm, DictObj *table, const Value *v)
{
    if (!asy_is_str(vm, v[0])) {
        asy_raise(vm, EXC_TypeError, "first maketrans argument must be a string if there is a second argument");
        return false;
    }
    StrObj *from = asy_as_str(v[0]), *to, *gone = NULL;
    if (!asy_arg_str(vm, v[1], "maketrans() argument 2", &to) || !asy_arg_str(vm, v[2], "maketrans() argument 3", &gone)) return false;
    if (asy_str_length(vm, from) != asy_str_length(vm, to)) {
        asy_raise(vm, EXC_ValueError, "the first two maketrans arguments must have equal length");
        return false;
    }
    const char *x = from->data, *y = to->data, *end = x + from->size;
    while (x < end) {
        Value key = asy_from_small((int64_t)asy_utf8_next(&x));
        if (!asy_dict_set(vm, table, key, asy_from_small((int64_t)asy_utf8_next(&y)))) return false;
    }
    if (!gone) return true;
    for (x = gone->data, end = x + gone->size; x < end;) {
        if (!asy_dict_set(vm, table, asy_from_small((int64_t)asy_utf8_next(&x)), ASY_NONE)) return false;
    }
    return true;
}

Value asy_str_maketrans(VM *vm, Args a)
{
    DictObj *table = asy_dict_new(vm);
    if (!table) return ASY_ERR;
    if (asy_is_nil(a.v[1]) ? from_dict(vm, table, a.v[0]) : from_strings(vm, table, a.v)) return asy_from_obj(table);
    asy_release_obj(vm, table);
    return ASY_ERR;
}
