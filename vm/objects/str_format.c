// str.format: replacement fields {name!conversion:spec}, and the same parser for string.Formatter.
//
// The format is parsed as it goes. What a field refers to is owned while it is looked up and formatted:
// __getitem__, __getattr__ and __format__ may do anything.
#include "vm/objects/str_format.h"

#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/format_number.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/str_impl.h"
#include "vm/objects/unicode.h"

typedef struct Text {
    const char *at, *end;
} Text;

// A part of a format: literal text, then perhaps a field.
typedef struct Part {
    Text literal;
    bool has_field;
    Text name, spec;
    uint32_t conversion;        // 0: none
    bool nested;                // the spec has fields of its own
} Part;

typedef struct Format {
    VM *vm;
    const Value *v;             // positional arguments
    uint32_t n;
    Value kwnames;              // tuple, with values behind the positional ones; or NIL
    Value mapping;              // format_map's; NIL: format
    enum Numbering { NUMBERS_UNKNOWN, NUMBERS_AUTOMATIC, NUMBERS_MANUAL } numbering;
    uint32_t next;              // automatic number
} Format;

static bool raise_value(VM *vm, const char *message)
{
    asy_raise(vm, EXC_ValueError, "%s", message);
    return false;
}

// ---- parsing ----

// The rest of a field, behind its '{'.
static bool parse_field(VM *vm, Text *in, Part *out)
{
    out->has_field = true;
    out->name.at = in->at;
    bool bracket = false;       // inside [...], where ':' and '!' mean nothing
    char stop = '\0';
    for (; in->at < in->end; in->at++) {
        char c = *in->at;
        if (c == '[') bracket = true;
        else if (c == ']') bracket = false;
        else if (c == '{' && !bracket) return raise_value(vm, "unexpected '{' in field name");
        else if (!bracket && (c == '}' || c == ':' || c == '!')) {
            stop = c;
            break;
        }
    }
    out->name.end = in->at;
    out->spec = (Text){ in->at, in->at };
    if (!stop) return raise_value(vm, "expected '}' before end of string");
    in->at++;
    if (stop == '}') return true;
    if (stop == '!') {
        if (in->at >= in->end) return raise_value(vm, "end of string while looking for conversion specifier");
        out->conversion = asy_utf8_next(&in->at);
        if (in->at < in->end) {
            char c = *in->at++;
            if (c == '}') return true;
            if (c != ':') return raise_value(vm, "expected ':' after conversion specifier");
        }
    }
    out->spec.at = in->at;
    for (int open = 1; in->at < in->end; in->at++) {
        if (*in->at == '{') {
            out->nested = true;
            open++;
        } else if (*in->at == '}' && --open == 0) {
            out->spec.end = in->at++;
            return true;
        }
    }
    return raise_value(vm, "unmatched '{' in format spec");
}

// Next part: 1, 0 at the end, -1 raised. Doubled braces end a literal, too: "a{{" gives "a{".
static int parse_part(VM *vm, Text *in, Part *out)
{
    if (in->at >= in->end) return 0;
    *out = (Part){ .literal = { in->at, in->at } };
    while (in->at < in->end && *in->at != '{' && *in->at != '}') in->at++;
    out->literal.end = in->at;
    if (in->at >= in->end) return 1;
    char brace = *in->at++;
    if (in->at < in->end && *in->at == brace) {
        in->at++;
        out->literal.end++;     // the first of the two
        return 1;
    }
    if (brace == '}' || in->at >= in->end) {
        raise_value(vm, brace == '}' ? "Single '}' encountered in format string" : "Single '{' encountered in format string");
        return -1;
    }
    return parse_field(vm, in, out) ? 1 : -1;
}

// Digits only: the number; -1: it is no number; -2: raised.
static int64_t text_number(VM *vm, Text t)
{
    int64_t value = 0;
    if (t.at >= t.end) return -1;
    while (t.at < t.end) {
        int digit = asy_unicode_decimal(asy_utf8_next(&t.at));
        if (digit < 0) return -1;
        if (value > (INT64_MAX - digit) / 10) {
            raise_value(vm, "Too many decimal digits in format string");
            return -2;
        }
        value = value * 10 + digit;
    }
    return value;
}

// The part of a field name before the first '.' or '['; *rest is what follows.
static Text name_first(Text name, Text *rest)
{
    Text first = { name.at, name.at };
    while (first.end < name.end && *first.end != '.' && *first.end != '[') first.end++;
    *rest = (Text){ first.end, name.end };
    return first;
}

// Next of ".name" and "[key]": 1, 0 at the end, -1 raised.
static int name_next(VM *vm, Text *rest, bool *is_attribute, Text *key)
{
    if (rest->at >= rest->end) return 0;
    char c = *rest->at++;
    if (c != '.' && c != '[') {
        raise_value(vm, "Only '.' or '[' may follow ']' in format field specifier");
        return -1;
    }
    *is_attribute = c == '.';
    *key = (Text){ rest->at, rest->at };
    if (*is_attribute) {
        while (key->end < rest->end && *key->end != '.' && *key->end != '[') key->end++;
        rest->at = key->end;
    } else {
        while (key->end < rest->end && *key->end != ']') key->end++;
        if (key->end >= rest->end) {
            raise_value(vm, "Missing ']' in format string");
            return -1;
        }
        rest->at = key->end + 1;
    }
    if (key->at < key->end) return 1;
    raise_value(vm, "Empty attribute in format string");
    return -1;
}

// ---- looking up ----

// The number of a field: of its own, or the next one. -1: it has a name; -2: raised.
static int64_t field_number(Format *f, Text first, bool empty)
{
    int64_t number = empty ? -1 : text_number(f->vm, first);
    if (number == -2 || (!empty && number == -1)) return number;
    enum Numbering wanted = empty ? NUMBERS_AUTOMATIC : NUMBERS_MANUAL;
    if (f->numbering == NUMBERS_UNKNOWN) {
        f->numbering = wanted;
    } else if (f->numbering != wanted) {
        raise_value(f->vm, empty ? "cannot switch from manual field specification to automatic field numbering"
                                 : "cannot switch from automatic field numbering to manual field specification");
        return -2;
    }
    return empty ? (int64_t)f->next++ : number;
}

// The argument a field begins with, owned.
static Value first_value(Format *f, Text first)
{
    VM *vm = f->vm;
    int64_t number = field_number(f, first, first.at == first.end);
    if (number == -2) return ASY_ERR;
    if (number >= 0) {
        if (!asy_is_nil(f->mapping)) return asy_raise(vm, EXC_ValueError, "Format string contains positional fields");
        if (number < (int64_t)f->n) return asy_retain(f->v[number]);
        return asy_raise(vm, EXC_IndexError, "Replacement index %lld out of range for positional args tuple", number);
    }
    size_t size = (size_t)(first.end - first.at);
    if (!asy_is_nil(f->kwnames)) {
        const TupleObj *names = asy_as_tuple(f->kwnames);
        for (size_t i = 0; i < names->size; i++) {
            const StrObj *name = asy_as_str(names->items[i]);
            if (name->size == size && memcmp(name->data, first.at, size) == 0) return asy_retain(f->v[f->n + i]);
        }
    }
    StrObj *key = asy_str_new(vm, first.at, size);
    if (!key) return ASY_ERR;
    Value result;
    if (asy_is_nil(f->mapping)) result = asy_raise_kind(vm, EXC_KeyError, asy_from_obj(key));
    else result = asy_getitem(vm, f->mapping, asy_from_obj(key));
    asy_release_obj(vm, key);
    return result;
}

static Value step(VM *vm, Value v, bool is_attribute, Text key)
{
    size_t size = (size_t)(key.end - key.at);
    if (is_attribute) {
        StrObj *name = asy_intern(vm, key.at, size);
        if (!name) return ASY_ERR;
        Value result = asy_getattr(vm, v, name);
        asy_release_obj(vm, name);
        return result;
    }
    int64_t number = text_number(vm, key);
    if (number == -2) return ASY_ERR;
    Value index = number >= 0 ? asy_int_from_i64(vm, number) : asy_str_or_err(asy_str_new(vm, key.at, size));
    if (asy_is_err(index)) return ASY_ERR;
    Value result = asy_getitem(vm, v, index);
    asy_release(vm, index);
    return result;
}

static Value field_value(Format *f, Text name)
{
    Text rest, key;
    bool is_attribute;
    Value v = first_value(f, name_first(name, &rest));
    if (asy_is_err(v)) return v;
    int more;
    while ((more = name_next(f->vm, &rest, &is_attribute, &key)) > 0) {
        Value next = step(f->vm, v, is_attribute, key);
        asy_release(f->vm, v);
        if (asy_is_err(next)) return next;
        v = next;
    }
    if (more == 0) return v;
    asy_release(f->vm, v);
    return ASY_ERR;
}

// `v` (owned) converted as !r, !s or !a say; owned.
static Value converted(VM *vm, Value v, uint32_t conversion)
{
    Value result;
    switch (conversion) {
    case 0: return v;
    case 'r': result = asy_repr(vm, v); break;
    case 's': result = asy_str(vm, v); break;
    case 'a': result = asy_ascii(vm, v); break;
    default:
        if (conversion > 32 && conversion < 127) result = asy_raise(vm, EXC_ValueError, "Unknown conversion specifier %c", conversion);
        else result = asy_raise(vm, EXC_ValueError, "Unknown conversion specifier \\x%x", conversion);
        break;
    }
    asy_release(vm, v);
    return result;
}

// ---- building ----

static bool format_text(Format *f, Text in, StrBuilder *out, int depth);

static bool put_value(Format *f, StrBuilder *out, Value v, Text spec, bool nested, int depth)
{
    VM *vm = f->vm;
    if (!nested) {
        int done = asy_format_plain(out, v, spec.at, (size_t)(spec.end - spec.at));
        if (done) return done > 0;
    }
    StrObj *text;
    if (nested) {
        StrBuilder expanded;
        asy_builder_init(&expanded, vm);
        if (!format_text(f, spec, &expanded, depth - 1)) {
            asy_builder_free(&expanded);
            return false;
        }
        text = asy_builder_finish(&expanded);
    } else {
        text = asy_str_new(vm, spec.at, (size_t)(spec.end - spec.at));
    }
    if (!text) return false;
    Value result = asy_format_value(vm, v, text);
    asy_release_obj(vm, text);
    if (asy_is_err(result)) return false;
    bool ok = asy_builder_str(out, asy_as_str(result));
    asy_release(vm, result);
    return ok;
}

static bool format_text(Format *f, Text in, StrBuilder *out, int depth)
{
    if (depth < 0) return raise_value(f->vm, "Max string recursion exceeded");
    Part part;
    int more;
    while ((more = parse_part(f->vm, &in, &part)) > 0) {
        if (!asy_builder_bytes(out, part.literal.at, (size_t)(part.literal.end - part.literal.at))) return false;
        if (!part.has_field) continue;
        Value v = field_value(f, part.name);
        if (!asy_is_err(v)) v = converted(f->vm, v, part.conversion);
        if (asy_is_err(v)) return false;
        bool ok = put_value(f, out, v, part.spec, part.nested, depth);
        asy_release(f->vm, v);
        if (!ok) return false;
    }
    return more == 0;
}

static Value format(Format *f, const StrObj *s)
{
    StrBuilder out;
    asy_builder_init(&out, f->vm);
    if (format_text(f, (Text){ s->data, s->data + s->size }, &out, 1)) return asy_str_or_err(asy_builder_finish(&out));
    asy_builder_free(&out);
    return ASY_ERR;
}

Value asy_str_format(VM *vm, Args a)
{
    Format f = { .vm = vm, .v = a.v, .n = a.n, .kwnames = a.kwnames, .mapping = ASY_NIL };
    return format(&f, asy_as_str(a.self));
}

Value asy_str_format_map(VM *vm, Args a)
{
    Format f = { .vm = vm, .kwnames = ASY_NIL, .mapping = a.v[0] };
    return format(&f, asy_as_str(a.self));
}

// ---- for string.Formatter ----

static Value text_value(VM *vm, Text t) { return asy_str_or_err(asy_str_new(vm, t.at, (size_t)(t.end - t.at))); }

static Value iterator_of(VM *vm, ListObj *list)
{
    Value result = asy_iter(vm, asy_from_obj(list));
    asy_release_obj(vm, list);
    return result;
}

static Value part_tuple(VM *vm, const Part *part)
{
    Value v[4] = { text_value(vm, part->literal), ASY_NONE, ASY_NONE, ASY_NONE };
    bool ok = !asy_is_err(v[0]);
    if (ok && part->has_field) {
        v[1] = text_value(vm, part->name);
        v[2] = text_value(vm, part->spec);
        if (part->conversion) v[3] = asy_str_or_err(asy_str_from_char(vm, part->conversion));
        ok = !asy_is_err(v[1]) && !asy_is_err(v[2]) && !asy_is_err(v[3]);
    }
    Value result = ok ? asy_tuple_pack(vm, 4, v[0], v[1], v[2], v[3]) : ASY_ERR;
    for (int i = 0; i < 4; i++) asy_release(vm, v[i]);
    return result;
}

Value asy_str_formatter_parser(VM *vm, Args a)
{
    StrObj *s;
    if (!asy_arg_str(vm, a.v[0], "formatter_parser() argument", &s)) return ASY_ERR;
    ListObj *list = asy_list_new(vm, 0);
    if (!list) return ASY_ERR;
    Text in = { s->data, s->data + s->size };
    Part part;
    int more;
    while ((more = parse_part(vm, &in, &part)) > 0) {
        Value tuple = part_tuple(vm, &part);
        if (asy_is_err(tuple) || !asy_list_append_owned(vm, list, tuple)) {
            more = -1;
            break;
        }
    }
    if (more == 0) return iterator_of(vm, list);
    asy_release_obj(vm, list);
    return ASY_ERR;
}

// A number where the text is one, else the text.
static Value key_value(VM *vm, Text t)
{
    int64_t number = text_number(vm, t);
    if (number == -2) return ASY_ERR;
    return number >= 0 ? asy_int_from_i64(vm, number) : text_value(vm, t);
}

Value asy_str_field_name_split(VM *vm, Args a)
{
    StrObj *s;
    if (!asy_arg_str(vm, a.v[0], "formatter_field_name_split() argument", &s)) return ASY_ERR;
    Text rest, key;
    bool is_attribute;
    Value first = key_value(vm, name_first((Text){ s->data, s->data + s->size }, &rest));
    if (asy_is_err(first)) return ASY_ERR;
    ListObj *list = asy_list_new(vm, 0);
    int more = list ? 0 : -1;
    while (list && (more = name_next(vm, &rest, &is_attribute, &key)) > 0) {
        Value item = is_attribute ? text_value(vm, key) : key_value(vm, key);
        Value pair = asy_is_err(item) ? ASY_ERR : asy_tuple_pack(vm, 2, asy_from_bool(is_attribute), item);
        asy_release(vm, item);
        if (asy_is_err(pair) || !asy_list_append_owned(vm, list, pair)) {
            more = -1;
            break;
        }
    }
    Value iterator = more == 0 ? iterator_of(vm, list) : ASY_ERR;
    if (more != 0) asy_release_obj(vm, list);
    Value result = asy_is_err(iterator) ? ASY_ERR : asy_tuple_pack(vm, 2, first, iterator);
    asy_release(vm, iterator);
    asy_release(vm, first);
    return result;
}
