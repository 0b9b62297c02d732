// _json, writing: from objects to text, with or without indentation, into one growing text.
//
// default() and an encoder of script's may run anything: what is written is owned meanwhile, a dict's items are taken
// out before the first of them is written, and a list is looked at anew after each.
#include <math.h>

#include "base/utf8.h"
#include "stdlib/json.h"
#include "vm/objects/function.h"
#include "vm/objects/new_args.h"
#include "vm/objects/sort.h"
#include "vm/objects/search.h"
#include "vm/objects/str_impl.h"

typedef enum Strings { STRINGS_ASCII, STRINGS_ANY, STRINGS_BY_SCRIPT } Strings;

#define ENCODER_FIELDS(V, O, N) \
    V(default_) V(encoder) O(StrObj, indent) O(StrObj, key_separator) O(StrObj, item_separator) \
    N(Strings, strings) N(bool, circular) N(bool, sort_keys) N(bool, skipkeys) N(bool, allow_nan)
ASY_OBJECT(EncoderObj, ENCODER_FIELDS);
ASY_OBJECT_TRACE(EncoderObj, ENCODER_FIELDS)

// The containers that are being written, from the inside out: what must not come up again.
typedef struct Parent {
    Value container;
    const struct Parent *outer;
} Parent;

typedef struct Writer {
    VM *vm;
    const EncoderObj *e;
    int64_t level;              // of indentation
    const Parent *parents;
    StrBuilder out;
} Writer;

// ---- strings ----

static char *put_unit(char *to, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *to++ = hex[unit >> shift & 15];
    return to;
}

enum { ESCAPE_MAX = 12, ESCAPES_AT_ONCE = 16 };

// The escape of the character at *at: \n and the like, or \uXXXX, a pair of them above U+FFFF.
static char *put_escape(char *to, const char **at)
{
    uint32_t c = asy_utf8_next(at);
    char letter;
    switch (c) {
    case '"': case '\\': letter = (char)c; break;
    case '\n': letter = 'n'; break;
    case '\r': letter = 'r'; break;
    case '\t': letter = 't'; break;
    case '\f': letter = 'f'; break;
    case '\b': letter = 'b'; break;
    default:
        if (c < 0x10000) return put_unit(to, c);
        return put_unit(put_unit(to, 0xD800 + ((c - 0x10000) >> 10)), 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
    *to++ = '\\';
    *to++ = letter;
    return to;
}

static bool stands_for_itself(char ch, bool ascii)
{
    unsigned char c = (unsigned char)ch;
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x7F || !ascii);
}

static bool write_string(StrBuilder *b, const StrObj *s, bool ascii)
{
    const char *p = s->data, *end = p + s->size;
    char *to = asy_builder_reserve(b, s->size + 2 + ESCAPE_MAX * ESCAPES_AT_ONCE);
    if (!to) return false;
    if (!ascii && !asy_str_is_ascii(s)) b->ascii = false;
    *to++ = '"';
    for (;;) {
        const char *stop = ascii ? asy_search_json_ascii(p, end) : asy_search_json(p, end);
        asy_str_copy_text(to, p, (size_t)(stop - p));
        to += stop - p;
        p = stop;
        if (p == end) break;
        for (int i = 0; i < ESCAPES_AT_ONCE && p < end && !stands_for_itself(*p, ascii); i++) to = put_escape(to, &p);
        b->size = (size_t)(to - b->data);
        to = asy_builder_reserve(b, (size_t)(end - p) + 1 + ESCAPE_MAX * ESCAPES_AT_ONCE);
        if (!to) return false;
    }
    *to++ = '"';
    b->size = (size_t)(to - b->data);
    return true;
}

static Value encode_string(VM *vm, Value v, bool ascii)
{
    if (!asy_is_str(vm, v)) return asy_raise(vm, EXC_TypeError, "first argument must be a string, not %T", v);
    StrBuilder b;
    asy_builder_init(&b, vm);
    if (write_string(&b, asy_as_str(v), ascii)) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}

Value asy_json_encode_basestring(VM *vm, Args a) { return encode_string(vm, a.v[0], false); }
Value asy_json_encode_basestring_ascii(VM *vm, Args a) { return encode_string(vm, a.v[0], true); }

static bool write_text(Writer *w, Value v)
{
    VM *vm = w->vm;
    if (ASY_LIKELY(w->e->strings != STRINGS_BY_SCRIPT)) return write_string(&w->out, asy_as_str(v), w->e->strings == STRINGS_ASCII);
    Value text = asy_call1(vm, w->e->encoder, v);
    if (asy_is_err(text)) return false;
    bool ok = asy_is_str(vm, text);
    if (ok) ok = asy_builder_str(&w->out, asy_as_str(text));
    else asy_raise(vm, EXC_TypeError, "encoder() must return a string, not %T", text);
    asy_release(vm, text);
    return ok;
}

// ---- scalars ----

static bool write_c(Writer *w, const char *text) { return asy_builder_c(&w->out, text); }

static bool write_float(Writer *w, Value v)
{
    double d = asy_float_value(v);
    if (ASY_LIKELY(isfinite(d))) return asy_builder_float(&w->out, d);
    if (w->e->allow_nan) return write_c(w, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
    asy_raise(w->vm, EXC_ValueError, "Out of range float values are not JSON compliant: %R", v);
    return false;
}

static bool write_int(Writer *w, Value v)
{
    if (ASY_LIKELY(asy_is_int(v))) return asy_builder_int(&w->out, asy_as_small(v));
    StrObj *s = asy_int_to_str(w->vm, v, 10, false);
    bool ok = s && asy_builder_str(&w->out, s);
    asy_release_obj(w->vm, s);
    return ok;
}

// ---- containers ----

static bool write_value(Writer *w, Value v);

static bool is_inside_itself(const Writer *w, Value v)
{
    if (!w->e->circular) return false;
    for (const Parent *p = w->parents; p; p = p->outer) {
        if (!asy_same(p->container, v)) continue;
        asy_raise(w->vm, EXC_ValueError, "Circular reference detected");
        return true;
    }
    return false;
}

// A new line, indented for the level; nothing without indentation.
static bool write_break(Writer *w)
{
    const StrObj *indent = w->e->indent;
    if (!indent) return true;
    bool ok = asy_builder_char(&w->out, '\n');
    for (int64_t i = 0; ok && i < w->level; i++) ok = asy_builder_str(&w->out, indent);
    return ok;
}

static bool write_between(Writer *w) { return asy_builder_str(&w->out, w->e->item_separator) && write_break(w); }

// A key as a JSON string. *skip: not written at all, nor is anything yet.
static bool write_key(Writer *w, Value key, bool first, bool *skip)
{
    VM *vm = w->vm;
    *skip = false;
    bool text = asy_is_str(vm, key), word = asy_is_none(key) || asy_is_bool(key);
    bool real = asy_is_floating(vm, key), whole = !word && asy_is_integer(vm, key);
    if (!text && !word && !real && !whole) {
        if (w->e->skipkeys) return *skip = true;
        asy_raise(vm, EXC_TypeError, "keys must be str, int, float, bool or None, not %T", key);
        return false;
    }
    if (!first && !write_between(w)) return false;
    if (text) return write_text(w, key);
    if (word) return write_c(w, asy_is_none(key) ? "\"null\"" : asy_is_true(key) ? "\"true\"" : "\"false\"");
    return write_c(w, "\"") && (real ? write_float(w, key) : write_int(w, key)) && write_c(w, "\"");
}

static bool write_item(Writer *w, Value key, Value value, bool *first)
{
    bool skip;
    if (!write_key(w, key, *first, &skip)) return false;
    if (skip) return true;
    *first = false;
    return asy_builder_str(&w->out, w->e->key_separator) && write_value(w, value);
}

// A dict by its items(), in their order or sorted: of subclasses, and of keys that are to be sorted and not all str.
static bool write_item_tuples(Writer *w, Value v)
{
    VM *vm = w->vm;
    Value items = asy_call_method0(vm, v, asy_name(vm, items));
    ListObj *l = asy_is_err(items) ? NULL : asy_to_list(vm, items);
    asy_release(vm, items);
    bool ok = l && (!w->e->sort_keys || asy_list_sort(vm, l, ASY_NIL, false)), first = true;
    for (size_t i = 0; ok && i < l->size; i++) {
        Value item = l->items[i];
        if (!asy_is_tuple(vm, item) || asy_as_tuple(item)->size != 2) {
            asy_raise(vm, EXC_ValueError, "items must return 2-tuples");
            ok = false;
            break;
        }
        ok = write_item(w, asy_as_tuple(item)->items[0], asy_as_tuple(item)->items[1], &first);
    }
    asy_release_obj(vm, l);
    return ok;
}

enum { ITEMS_FIRST = 16 };

// A plain dict: keys and values are taken out of it first.
static bool write_items(Writer *w, DictObj *d)
{
    VM *vm = w->vm;
    uint32_t n = d->count, taken = 0, pos = 0;
    if (w->e->sort_keys && !d->str_keys) return write_item_tuples(w, asy_from_obj(d));
    Value local[ITEMS_FIRST * 3], *keys = n <= ITEMS_FIRST ? local : asy_mem_alloc(vm, n * 3 * sizeof(Value));
    if (!keys) {
        asy_raise_memory(vm);
        return false;
    }
    Value key, value, *values = keys + n, *order = values + n;      // order: their numbers
    for (; taken < n && asy_dict_next(d, &pos, &key, &value); taken++) {
        keys[taken] = asy_retain(key);
        values[taken] = asy_retain(value);
        order[taken] = asy_from_small(taken);
    }
    bool ok = !w->e->sort_keys || asy_sort_values(vm, keys, order, taken), first = true;
    for (uint32_t i = 0; ok && i < taken; i++) {
        size_t k = (size_t)asy_as_small(order[i]);
        ok = write_item(w, keys[k], values[k], &first);
    }
    for (uint32_t i = 0; i < taken; i++) {
        asy_release(vm, keys[i]);
        asy_release(vm, values[i]);
    }
    if (keys != local) asy_mem_free(vm, keys, n * 3 * sizeof(Value));
    return ok;
}

static bool write_dict(Writer *w, Value v)
{
    if (!asy_as_dict(v)->count) return write_c(w, "{}");
    if (is_inside_itself(w, v)) return false;
    Parent here = { v, w->parents };
    w->parents = &here;
    w->level++;
    bool ok = write_c(w, "{") && write_break(w);
    if (ok) ok = asy_as_obj(v)->type == w->vm->types.dict ? write_items(w, asy_as_dict(v)) : write_item_tuples(w, v);
    w->level--;
    w->parents = here.outer;
    return ok && write_break(w) && write_c(w, "}");
}

static bool write_elements(Writer *w, Value v)
{
    VM *vm = w->vm;
    bool is_list = asy_is_list(vm, v);
    for (size_t i = 0;; i++) {
        size_t size = is_list ? asy_as_list(v)->size : asy_as_tuple(v)->size;
        if (i >= size) return true;
        Value item = asy_retain(is_list ? asy_as_list(v)->items[i] : asy_as_tuple(v)->items[i]);
        bool ok = (!i || write_between(w)) && write_value(w, item);
        asy_release(vm, item);
        if (!ok) return false;
    }
}

static bool write_sequence(Writer *w, Value v)
{
    VM *vm = w->vm;
    const Type *type = asy_as_obj(v)->type;
    TupleObj *copy = NULL;      // of a subclass, by its iterator
    if (type != vm->types.list && type != vm->types.tuple) {
        copy = asy_to_tuple(vm, v);
        if (!copy) return false;
    }
    bool empty = copy ? !copy->size : type == vm->types.list ? !asy_as_list(v)->size : !asy_as_tuple(v)->size, ok = false;
    if (empty) {
        ok = write_c(w, "[]");
    } else if (!is_inside_itself(w, v)) {
        Parent here = { v, w->parents };
        w->parents = &here;
        w->level++;
        ok = write_c(w, "[") && write_break(w) && write_elements(w, copy ? asy_from_obj(copy) : v);
        w->level--;
        w->parents = here.outer;
        ok = ok && write_break(w) && write_c(w, "]");
    }
    asy_release_obj(vm, copy);
    return ok;
}

// Something JSON does not know: what default() makes of it is written in its place.
static bool write_other(Writer *w, Value v)
{
    VM *vm = w->vm;
    if (asy_is_obj(v) && is_inside_itself(w, v)) return false;
    Value made = asy_call1(vm, w->e->default_, v);
    if (asy_is_err(made)) return false;
    Parent here = { v, w->parents };
    w->parents = &here;
    bool ok = write_value(w, made);
    w->parents = here.outer;
    asy_release(vm, made);
    return ok;
}

static bool write_value(Writer *w, Value v)
{
    VM *vm = w->vm;
    if (asy_is_str(vm, v)) return write_text(w, v);
    if (asy_is_none(v)) return write_c(w, "null");
    if (asy_is_bool(v)) return write_c(w, asy_is_true(v) ? "true" : "false");
    if (asy_is_integer(vm, v)) return write_int(w, v);
    if (asy_is_floating(vm, v)) return write_float(w, v);
    if (!asy_enter_c(vm, " while encoding a JSON object")) return false;
    bool ok;
    if (asy_is_list(vm, v) || asy_is_tuple(vm, v)) ok = write_sequence(w, v);
    else if (asy_is_dict(vm, v)) ok = write_dict(w, v);
    else ok = write_other(w, v);
    asy_leave_c(vm);
    return ok;
}

// ---- the type ----

static Strings strings_of(VM *vm, Value encoder)
{
    if (!asy_is_obj(encoder) || asy_as_obj(encoder)->type != vm->types.builtin) return STRINGS_BY_SCRIPT;
    NativeFn fn = asy_as(BuiltinObj, encoder)->def->fn;
    return fn == asy_json_encode_basestring_ascii ? STRINGS_ASCII : fn == asy_json_encode_basestring ? STRINGS_ANY : STRINGS_BY_SCRIPT;
}

// make_encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan).
// `markers` is a dict if circles are to be found; the circles are found without it.
static Value encoder_new(VM *vm, Type *type, Args a)
{
    static const char *const names[] = { "markers", "default", "encoder", "indent", "key_separator", "item_separator",
                                         "sort_keys", "skipkeys", "allow_nan" };
    Value v[9];
    if (!asy_new_args(vm, "make_encoder", names, 9, 0, 9, a, v)) return ASY_ERR;
    for (uint32_t i = 4; i < 6; i++) {
        if (!asy_is_str(vm, v[i])) return asy_raise(vm, EXC_TypeError, "make_encoder() argument %u must be str, not %T", i + 1, v[i]);
    }
    int flags[3];
    for (int i = 0; i < 3; i++) {
        flags[i] = asy_truth(vm, v[6 + i]);
        if (flags[i] < 0) return ASY_ERR;
    }
    if (!asy_is_none(v[0]) && !asy_is_dict(vm, v[0])) {
        return asy_raise(vm, EXC_TypeError, "make_encoder() argument 1 must be dict or None, not %T", v[0]);
    }
    if (!asy_is_none(v[3]) && !asy_is_str(vm, v[3])) {
        return asy_raise(vm, EXC_TypeError, "make_encoder() argument 4 must be str or None, not %T", v[3]);
    }
    EncoderObj *e = asy_object_alloc(vm, type);
    if (!e) return ASY_ERR;
    e->default_ = asy_retain(v[1]);
    e->encoder = asy_retain(v[2]);
    e->strings = strings_of(vm, v[2]);
    e->indent = asy_is_none(v[3]) ? NULL : asy_retain_obj(asy_as_str(v[3]));
    e->key_separator = asy_retain_obj(asy_as_str(v[4]));
    e->item_separator = asy_retain_obj(asy_as_str(v[5]));
    e->circular = !asy_is_none(v[0]);
    e->sort_keys = flags[0];
    e->skipkeys = flags[1];
    e->allow_nan = flags[2];
    return asy_from_obj(e);
}

// encoder(object, level of indentation): a tuple of one string.
static Value encoder_call(VM *vm, Value self, Args a)
{
    static const char *const names[] = { "obj", "_current_indent_level" };
    Value v[2];
    if (!asy_new_args(vm, "_iterencode", names, 2, 0, 2, a, v)) return ASY_ERR;
    Writer w;
    w.vm = vm;
    w.e = asy_as(EncoderObj, self);
    w.parents = NULL;
    if (!asy_to_i64(vm, v[1], &w.level)) return ASY_ERR;
    asy_builder_init(&w.out, vm);
    asy_retain(self);
    bool ok = write_value(&w, v[0]);
    asy_release(vm, self);
    if (!ok) {
        asy_builder_free(&w.out);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&w.out);
    if (!s) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 1, asy_from_obj(s));
    asy_release_obj(vm, s);
    return r;
}

const TypeDef asy_json_encoder_type = {
    .name = "_json.Encoder",
    .size = sizeof(EncoderObj),
    .doc = "_iterencode(obj, _current_indent_level) -> iterable",
    .trace = EncoderObj_trace,
    .clear = EncoderObj_clear,
    .slots = { .new = encoder_new, .call = encoder_call },
};
