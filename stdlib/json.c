// _json: reading and writing JSON (RFC 8259) for the json package. Offsets of script count code points; in here bytes are
// counted, and turned round at the edges.
#include <math.h>

#include "stdlib/lib.h"
#include "vm/objects/function.h"

// -- writing strings

static bool write_string(StrBuilder *b, const StrObj *s, bool ascii)
{
    static const char hex[] = "0123456789abcdef";
    if (!asy_builder_c(b, "\"")) return false;
    const char *p = s->data, *end = p + s->size, *plain = p;
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != '"' && c != '\\' && (c < 0x7F || (!ascii && c != 0x7F) || (c == 0x7F))) {
            p++;
            continue;
        }
        if (!asy_builder_bytes(b, plain, (size_t)(p - plain))) return false;
        char out[13] = "\\";
        size_t n = 2;
        switch (c) {
        case '"': out[1] = '"'; break;
        case '\\': out[1] = '\\'; break;
        case '\n': out[1] = 'n'; break;
        case '\r': out[1] = 'r'; break;
        case '\t': out[1] = 't'; break;
        case '\f': out[1] = 'f'; break;
        case '\b': out[1] = 'b'; break;
        default: {
            // control characters, and with ascii everything beyond: \uXXXX, pairs above U+FFFF
            uint32_t cp = c;
            size_t len = 1;
            const unsigned char *q = (const unsigned char *)p;
            if (c >= 0xF0) cp = (c & 7u) << 18 | (q[1] & 63u) << 12 | (q[2] & 63u) << 6 | (q[3] & 63u), len = 4;
            else if (c >= 0xE0) cp = (c & 15u) << 12 | (q[1] & 63u) << 6 | (q[2] & 63u), len = 3;
            else if (c >= 0xC0) cp = (c & 31u) << 6 | (q[1] & 63u), len = 2;
            uint32_t unit[2] = { cp, 0 };
            if (cp > 0xFFFF) unit[0] = 0xD800 + ((cp - 0x10000) >> 10), unit[1] = 0xDC00 + ((cp - 0x10000) & 0x3FF);
            n = 0;
            for (int u = 0; u < 2 && (u == 0 || unit[1]); u++) {
                out[n++] = '\\';
                out[n++] = 'u';
                for (int shift = 12; shift >= 0; shift -= 4) out[n++] = hex[unit[u] >> shift & 15];
            }
            p += len - 1;
        }
        }
        if (!asy_builder_bytes(b, out, n)) return false;
        plain = ++p;
    }
    return asy_builder_bytes(b, plain, (size_t)(p - plain)) && asy_builder_c(b, "\"");
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
static Value json_encode_basestring(VM *vm, Args a) { return encode_string(vm, a.v[0], false); }
static Value json_encode_basestring_ascii(VM *vm, Args a) { return encode_string(vm, a.v[0], true); }

// -- reading

static Value decode_error(VM *vm, const char *message, StrObj *s, size_t at)
{
    Value cls = asy_import_attr(vm, "json.decoder", "JSONDecodeError");
    if (asy_is_err(cls)) return ASY_ERR;
    Value text = asy_str_value(vm, message);
    Value exc = asy_is_err(text) ? ASY_ERR
                                 : asy_call3(vm, cls, text, asy_from_obj(s),
                                             asy_int_from_i64(vm, (int64_t)asy_str_position(vm, s, at)));
    if (!asy_is_err(text)) asy_release(vm, text);
    asy_release(vm, cls);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

static int hex4(const char *p, const char *end)
{
    int v = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    return v;
}

// The string whose opening quote is just before *at; *at then stands behind the closing one.
static Value scan_string(VM *vm, StrObj *s, size_t *at, bool strict)
{
    const char *begin = s->data + *at - 1, *p = s->data + *at, *end = s->data + s->size, *plain = p;
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (;;) {
        while (p < end && *p != '"' && *p != '\\' && (!strict || (unsigned char)*p >= 0x20)) p++;
        if (!asy_builder_bytes(&b, plain, (size_t)(p - plain))) goto failed;
        if (p >= end) {
            decode_error(vm, "Unterminated string starting at", s, (size_t)(begin - s->data));
            goto failed;
        }
        if (*p == '"') {
            *at = (size_t)(p + 1 - s->data);
            return asy_value_or_err(asy_builder_finish(&b));
        }
        if (*p != '\\') {
            decode_error(vm, "Invalid control character at", s, (size_t)(p - s->data));
            goto failed;
        }
        if (++p >= end) {
            decode_error(vm, "Unterminated string starting at", s, (size_t)(begin - s->data));
            goto failed;
        }
        uint32_t c = (unsigned char)*p;
        switch (*p++) {
        case '"': case '\\': case '/': break;
        case 'b': c = '\b'; break;
        case 'f': c = '\f'; break;
        case 'n': c = '\n'; break;
        case 'r': c = '\r'; break;
        case 't': c = '\t'; break;
        case 'u': {
            int unit = hex4(p, end);
            if (unit < 0) {
                decode_error(vm, "Invalid \\uXXXX escape", s, (size_t)(p - 1 - s->data));
                goto failed;
            }
            p += 4;
            c = (uint32_t)unit;
            if (c >= 0xD800 && c <= 0xDBFF && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
                int low = hex4(p + 2, end);
                if (low >= 0xDC00 && low <= 0xDFFF) {
                    c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
                    p += 6;
                }
            }
            break;
        }
        default:
            decode_error(vm, "Invalid \\escape", s, (size_t)(p - 2 - s->data));
            goto failed;
        }
        if (!asy_builder_char(&b, c)) goto failed;
        plain = p;
    }
failed:
    asy_builder_free(&b);
    return ASY_ERR;
}

static Value json_scanstring(VM *vm, Args a)
{
    int64_t at;
    bool strict = true;
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "first argument must be a string, not %T", a.v[0]);
    if (!asy_to_i64(vm, a.v[1], &at) || !asy_arg_bool(vm, a.v[2], &strict)) return ASY_ERR;
    StrObj *s = asy_as_str(a.v[0]);
    if (at < 1 || (size_t)at > asy_str_length(vm, s)) return asy_raise(vm, EXC_ValueError, "end is out of bounds");
    size_t byte = asy_str_offset(vm, s, (size_t)at);
    Value text = scan_string(vm, s, &byte, strict);
    if (asy_is_err(text)) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 2, text, asy_from_small((int64_t)asy_str_position(vm, s, byte)));
    asy_release(vm, text);
    return r;
}

#define SCANNER_FIELDS(V, O, N) \
    V(object_hook) V(object_pairs_hook) V(parse_float) V(parse_int) V(parse_constant) O(DictObj, memo) N(bool, strict)
ASY_OBJECT(ScannerObj, SCANNER_FIELDS);
ASY_OBJECT_TRACE(ScannerObj, SCANNER_FIELDS)

static Value scan_value(VM *vm, ScannerObj *c, StrObj *s, size_t *at);

static void skip_space(const StrObj *s, size_t *at)
{
    while (*at < s->size && (s->data[*at] == ' ' || s->data[*at] == '\n' || s->data[*at] == '\t' || s->data[*at] == '\r')) ++*at;
}

static Value stop_at(VM *vm, StrObj *s, size_t at)
{
    return asy_raise_kind(vm, EXC_StopIteration, asy_from_small((int64_t)asy_str_position(vm, s, at)));
}

// Inside an object or array a missing value is an error with its place; at the top it is StopIteration.
static Value scan_member(VM *vm, ScannerObj *c, StrObj *s, size_t *at)
{
    size_t start = *at;
    Value v = scan_value(vm, c, s, at);
    if (asy_is_err(v) && asy_error_catch(vm, EXC_StopIteration)) return decode_error(vm, "Expecting value", s, start);
    return v;
}

static Value scan_array(VM *vm, ScannerObj *c, StrObj *s, size_t *at)
{
    ListObj *l = asy_list_new(vm, 0);
    if (!l) return ASY_ERR;
    skip_space(s, at);
    if (*at < s->size && s->data[*at] == ']') {
        ++*at;
        return asy_from_obj(l);
    }
    for (;;) {
        Value v = scan_member(vm, c, s, at);
        if (asy_is_err(v) || !asy_list_append_owned(vm, l, v)) break;
        skip_space(s, at);
        char next = *at < s->size ? s->data[*at] : 0;
        if (next == ']') {
            ++*at;
            return asy_from_obj(l);
        }
        if (next != ',') {
            decode_error(vm, "Expecting ',' delimiter", s, *at);
            break;
        }
        ++*at;
        skip_space(s, at);
    }
    asy_release_obj(vm, l);
    return ASY_ERR;
}

static Value scan_object(VM *vm, ScannerObj *c, StrObj *s, size_t *at)
{
    bool pairs_wanted = !asy_is_nil(c->object_pairs_hook);
    DictObj *d = pairs_wanted ? NULL : asy_dict_new(vm);
    ListObj *pairs = pairs_wanted ? asy_list_new(vm, 0) : NULL;
    if (!d && !pairs) return ASY_ERR;
    Value result = ASY_ERR;
    skip_space(s, at);
    if (*at < s->size && s->data[*at] == '}') {
        ++*at;
    } else {
        for (;;) {
            if (*at >= s->size || s->data[*at] != '"') {
                decode_error(vm, "Expecting property name enclosed in double quotes", s, *at);
                goto done;
            }
            ++*at;
            Value key = scan_string(vm, s, at, c->strict);
            if (asy_is_err(key)) goto done;
            Value known;        // equal keys are one object
            if (!asy_dict_get(vm, c->memo, key, &known)) {
                asy_release(vm, key);
                goto done;
            }
            if (!asy_is_nil(known)) {
                asy_retain(known);
                asy_release(vm, key);
                key = known;
            } else if (!asy_dict_set(vm, c->memo, key, key)) {
                asy_release(vm, key);
                goto done;
            }
            skip_space(s, at);
            if (*at >= s->size || s->data[*at] != ':') {
                asy_release(vm, key);
                decode_error(vm, "Expecting ':' delimiter", s, *at);
                goto done;
            }
            ++*at;
            skip_space(s, at);
            Value v = scan_member(vm, c, s, at);
            bool ok = !asy_is_err(v);
            if (ok && d) ok = asy_dict_set(vm, d, key, v);
            else if (ok) {
                Value pair = asy_tuple_pack(vm, 2, key, v);
                ok = !asy_is_err(pair) && asy_list_append_owned(vm, pairs, pair);
            }
            asy_release(vm, key);
            if (!asy_is_err(v)) asy_release(vm, v);
            if (!ok) goto done;
            skip_space(s, at);
            char next = *at < s->size ? s->data[*at] : 0;
            if (next == '}') {
                ++*at;
                break;
            }
            if (next != ',') {
                decode_error(vm, "Expecting ',' delimiter", s, *at);
                goto done;
            }
            ++*at;
            skip_space(s, at);
        }
    }
    if (pairs) result = asy_call1(vm, c->object_pairs_hook, asy_from_obj(pairs));
    else if (!asy_is_nil(c->object_hook)) result = asy_call1(vm, c->object_hook, asy_from_obj(d));
    else result = asy_from_obj(asy_retain_obj(d));
done:
    asy_release_obj(vm, d);
    asy_release_obj(vm, pairs);
    return result;
}

static Value call_with_text(VM *vm, Value f, const char *text, size_t n)
{
    StrObj *s = asy_str_new(vm, text, n);
    if (!s) return ASY_ERR;
    Value v = asy_call1(vm, f, asy_from_obj(s));
    asy_release_obj(vm, s);
    return v;
}

static Value scan_number(VM *vm, ScannerObj *c, StrObj *s, size_t *at)
{
    const char *start = s->data + *at, *p = start, *end = s->data + s->size;
    bool is_float = false;
    if (p < end && *p == '-') p++;
    if (p >= end || *p < '0' || *p > '9') return stop_at(vm, s, *at);
    if (*p++ != '0') {
        while (p < end && *p >= '0' && *p <= '9') p++;
    }
    if (end - p >= 2 && *p == '.' && p[1] >= '0' && p[1] <= '9') {
        is_float = true;
        for (p += 2; p < end && *p >= '0' && *p <= '9'; p++) {}
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *e = p + 1;
        if (e < end && (*e == '+' || *e == '-')) e++;
        if (e < end && *e >= '0' && *e <= '9') {
            is_float = true;
            for (p = e; p < end && *p >= '0' && *p <= '9'; p++) {}
        }
    }
    *at = (size_t)(p - s->data);
    size_t n = (size_t)(p - start);
    if (is_float) {
        double d;
        if (c->parse_float.bits != asy_from_obj(vm->types.float_).bits) return call_with_text(vm, c->parse_float, start, n);
        return asy_float_parse(vm, start, n, &d) ? asy_from_double(d) : asy_raise(vm, EXC_ValueError, "not a number");
    }
    if (c->parse_int.bits != asy_from_obj(vm->types.int_).bits) return call_with_text(vm, c->parse_int, start, n);
    if (n < 16) {
        int64_t v = 0;
        for (const char *q = start + (*start == '-'); q < p; q++) v = v * 10 + (*q - '0');
        return asy_int_from_i64(vm, *start == '-' ? -v : v);
    }
    return call_with_text(vm, asy_from_obj(vm->types.int_), start, n);
}

static bool word_at(const StrObj *s, size_t at, const char *word)
{
    size_t n = strlen(word);
    return s->size - at >= n && memcmp(s->data + at, word, n) == 0;
}

static Value scan_value(VM *vm, ScannerObj *c, StrObj *s, size_t *at)
{
    static const char *const constants[] = { "NaN", "Infinity", "-Infinity" };
    if (*at >= s->size) return stop_at(vm, s, *at);
    char first = s->data[*at];
    if (first == '"') {
        ++*at;
        return scan_string(vm, s, at, c->strict);
    }
    if (first == '{' || first == '[') {
        if (!asy_enter_c(vm, first == '{' ? " while decoding a JSON object from a unicode string"
                                          : " while decoding a JSON array from a unicode string")) {
            return ASY_ERR;
        }
        ++*at;
        Value v = first == '{' ? scan_object(vm, c, s, at) : scan_array(vm, c, s, at);
        asy_leave_c(vm);
        return v;
    }
    if (word_at(s, *at, "null")) return *at += 4, ASY_NONE;
    if (word_at(s, *at, "true")) return *at += 4, ASY_TRUE;
    if (word_at(s, *at, "false")) return *at += 5, ASY_FALSE;
    for (int i = 0; i < 3; i++) {
        if (!word_at(s, *at, constants[i])) continue;
        *at += strlen(constants[i]);
        return call_with_text(vm, c->parse_constant, constants[i], strlen(constants[i]));
    }
    return scan_number(vm, c, s, at);
}

static Value attr(VM *vm, Value v, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    Value r = s ? asy_getattr(vm, v, s) : ASY_ERR;
    asy_release_obj(vm, s);
    return r;
}
static Value hook(VM *vm, Value v, const char *name)
{
    Value r = attr(vm, v, name);
    return asy_is_none(r) ? ASY_NIL : r;
}
static Value scanner_new(VM *vm, Type *type, Args a)
{
    if (a.n != 1) return asy_raise(vm, EXC_TypeError, "make_scanner() takes exactly 1 argument (%u given)", a.n);
    Value strict_value = attr(vm, a.v[0], "strict");
    int strict = asy_is_err(strict_value) ? -1 : asy_truth(vm, strict_value);
    if (!asy_is_err(strict_value)) asy_release(vm, strict_value);
    ScannerObj *c = strict < 0 ? NULL : asy_object_alloc(vm, type);
    if (!c) return ASY_ERR;
    c->strict = strict;
    Value *fields[] = { &c->object_hook, &c->object_pairs_hook, &c->parse_float, &c->parse_int, &c->parse_constant };
    static const char *const names[] = { "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant" };
    for (int i = 0; i < 5; i++) {
        Value v = hook(vm, a.v[0], names[i]);
        if (asy_is_err(v)) {
            asy_release_obj(vm, c);
            return ASY_ERR;
        }
        *fields[i] = v;
    }
    c->memo = asy_dict_new(vm);
    if (c->memo) return asy_from_obj(c);
    asy_release_obj(vm, c);
    return ASY_ERR;
}
static Value scanner_call(VM *vm, Value self, Args a)
{
    int64_t at;
    if (a.n != 2) return asy_raise(vm, EXC_TypeError, "scan_once() takes exactly 2 arguments (%u given)", a.n);
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "first argument must be a string, not %T", a.v[0]);
    if (!asy_to_i64(vm, a.v[1], &at)) return ASY_ERR;
    if (at < 0) return asy_raise(vm, EXC_ValueError, "idx cannot be negative");
    StrObj *s = asy_as_str(a.v[0]);
    if ((size_t)at > asy_str_length(vm, s)) return asy_raise_kind(vm, EXC_StopIteration, a.v[1]);
    size_t byte = asy_str_offset(vm, s, (size_t)at);
    asy_retain(self);
    Value v = scan_value(vm, asy_as(ScannerObj, self), s, &byte);
    asy_dict_clear(vm, asy_as(ScannerObj, self)->memo);
    asy_release(vm, self);
    if (asy_is_err(v)) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 2, v, asy_from_small((int64_t)asy_str_position(vm, s, byte)));
    asy_release(vm, v);
    return r;
}
static const TypeDef scanner_type = {
    .name = "_json.Scanner",
    .size = sizeof(ScannerObj),
    .doc = "JSON scanner object",
    .trace = ScannerObj_trace,
    .clear = ScannerObj_clear,
    .slots = { .new = scanner_new, .call = scanner_call },
};

// -- writing

#define ENCODER_FIELDS(V, O, N) \
    V(markers) V(default_) V(encoder) V(key_separator) V(item_separator) N(bool, sort_keys) N(bool, skipkeys) N(bool, allow_nan)
ASY_OBJECT(EncoderObj, ENCODER_FIELDS);
ASY_OBJECT_TRACE(EncoderObj, ENCODER_FIELDS)

static bool encode_value(VM *vm, EncoderObj *e, StrBuilder *b, Value v);

static bool encode_text(VM *vm, EncoderObj *e, StrBuilder *b, Value v)
{
    if (asy_is_obj(e->encoder) && asy_as_obj(e->encoder)->type == vm->types.builtin) {
        NativeFn fn = asy_as(BuiltinObj, e->encoder)->def->fn;
        if (fn == json_encode_basestring_ascii) return write_string(b, asy_as_str(v), true);
        if (fn == json_encode_basestring) return write_string(b, asy_as_str(v), false);
    }
    Value text = asy_call1(vm, e->encoder, v);
    if (asy_is_err(text)) return false;
    bool ok = asy_is_str(vm, text) && asy_builder_str(b, asy_as_str(text));
    if (!ok && !asy_error_pending(vm)) asy_raise(vm, EXC_TypeError, "encoder() must return a string, not %T", text);
    asy_release(vm, text);
    return ok;
}

static bool encode_float(VM *vm, EncoderObj *e, StrBuilder *b, Value v)
{
    double d = asy_float_value(v);
    if (!isfinite(d)) {
        if (!e->allow_nan) {
            asy_raise(vm, EXC_ValueError, "Out of range float values are not JSON compliant: %R", v);
            return false;
        }
        return asy_builder_c(b, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
    }
    StrObj *s = asy_float_repr(vm, d);
    bool ok = s && asy_builder_str(b, s);
    asy_release_obj(vm, s);
    return ok;
}

static bool encode_int(VM *vm, StrBuilder *b, Value v)
{
    StrObj *s = asy_int_to_str(vm, v, 10, false);
    bool ok = s && asy_builder_str(b, s);
    asy_release_obj(vm, s);
    return ok;
}

static bool mark(VM *vm, EncoderObj *e, Value v, Value *key)
{
    *key = ASY_NIL;
    if (asy_is_none(e->markers)) return true;
    *key = asy_int_from_u64(vm, asy_heap_number(vm, asy_as_obj(v)));
    if (asy_is_err(*key)) return *key = ASY_NIL, false;
    Value there;
    if (!asy_dict_get(vm, asy_as_dict(e->markers), *key, &there)) return false;
    if (!asy_is_nil(there)) {
        asy_raise(vm, EXC_ValueError, "Circular reference detected");
        return false;
    }
    return asy_dict_set(vm, asy_as_dict(e->markers), *key, v);
}
static bool unmark(VM *vm, EncoderObj *e, Value key, bool ok)
{
    if (asy_is_nil(key)) return ok;
    if (ok && asy_dict_delete(vm, asy_as_dict(e->markers), key) < 0) ok = false;
    asy_release(vm, key);
    return ok;
}

// A key as a JSON string. *skip: not written at all.
static bool encode_key(VM *vm, EncoderObj *e, StrBuilder *b, Value key, bool *skip)
{
    *skip = false;
    if (asy_is_str(vm, key)) return encode_text(vm, e, b, key);
    if (asy_is_none(key)) return asy_builder_c(b, "\"null\"");
    if (asy_is_bool(key)) return asy_builder_c(b, asy_is_true(key) ? "\"true\"" : "\"false\"");
    if (asy_is_floating(vm, key)) return asy_builder_c(b, "\"") && encode_float(vm, e, b, key) && asy_builder_c(b, "\"");
    if (asy_is_integer(vm, key)) return asy_builder_c(b, "\"") && encode_int(vm, b, key) && asy_builder_c(b, "\"");
    if (e->skipkeys) return *skip = true;
    asy_raise(vm, EXC_TypeError, "keys must be str, int, float, bool or None, not %T", key);
    return false;
}

static bool encode_dict(VM *vm, EncoderObj *e, StrBuilder *b, Value v)
{
    if (!asy_as_dict(v)->count) return asy_builder_c(b, "{}");
    Value mark_key;
    bool ok = mark(vm, e, v, &mark_key) && asy_builder_c(b, "{");
    Value items = ok ? asy_call_method0(vm, v, asy_name(vm, items)) : ASY_ERR;
    ListObj *l = asy_is_err(items) ? NULL : asy_to_list(vm, items);
    if (!asy_is_err(items)) asy_release(vm, items);
    ok = ok && l && (!e->sort_keys || asy_list_sort(vm, l, ASY_NIL, false));
    bool first = true;
    for (size_t i = 0; ok && i < l->size; i++) {
        Value item = l->items[i];
        if (!asy_is_tuple(vm, item) || asy_as_tuple(item)->size != 2) {
            asy_raise(vm, EXC_ValueError, "items must return 2-tuples");
            ok = false;
            break;
        }
        Value key = asy_as_tuple(item)->items[0];
        bool skip = e->skipkeys && !asy_is_str(vm, key) && !asy_is_none(key) && !asy_is_bool(key) &&
                    !asy_is_floating(vm, key) && !asy_is_integer(vm, key);
        if (skip) continue;
        ok = (first || asy_builder_str(b, asy_as_str(e->item_separator))) && encode_key(vm, e, b, key, &skip) &&
             asy_builder_str(b, asy_as_str(e->key_separator)) && encode_value(vm, e, b, asy_as_tuple(item)->items[1]);
        first = false;
    }
    asy_release_obj(vm, l);
    ok = ok && asy_builder_c(b, "}");
    return unmark(vm, e, mark_key, ok);
}

static bool encode_sequence(VM *vm, EncoderObj *e, StrBuilder *b, Value v)
{
    TupleObj *t = asy_to_tuple(vm, v);
    if (!t) return false;
    Value mark_key = ASY_NIL;
    bool ok = t->size == 0 ? asy_builder_c(b, "[]") : mark(vm, e, v, &mark_key) && asy_builder_c(b, "[");
    for (size_t i = 0; ok && i < t->size; i++) {
        ok = (!i || asy_builder_str(b, asy_as_str(e->item_separator))) && encode_value(vm, e, b, t->items[i]);
    }
    if (t->size) ok = ok && asy_builder_c(b, "]");
    asy_release_obj(vm, t);
    return unmark(vm, e, mark_key, ok);
}

static bool encode_value(VM *vm, EncoderObj *e, StrBuilder *b, Value v)
{
    if (asy_is_none(v)) return asy_builder_c(b, "null");
    if (asy_is_bool(v)) return asy_builder_c(b, asy_is_true(v) ? "true" : "false");
    if (asy_is_str(vm, v)) return encode_text(vm, e, b, v);
    if (asy_is_integer(vm, v)) return encode_int(vm, b, v);
    if (asy_is_floating(vm, v)) return encode_float(vm, e, b, v);
    if (!asy_enter_c(vm, " while encoding a JSON object")) return false;
    bool ok;
    if (asy_is_list(vm, v) || asy_is_tuple(vm, v)) ok = encode_sequence(vm, e, b, v);
    else if (asy_is_dict(vm, v)) ok = encode_dict(vm, e, b, v);
    else {
        Value key = ASY_NIL, made = ASY_ERR;
        ok = !asy_is_obj(v) || mark(vm, e, v, &key);
        if (ok) made = asy_call1(vm, e->default_, v);
        ok = !asy_is_err(made) && encode_value(vm, e, b, made);
        if (!asy_is_err(made)) asy_release(vm, made);
        ok = unmark(vm, e, key, ok);
    }
    asy_leave_c(vm);
    return ok;
}

static Value encoder_new(VM *vm, Type *type, Args a)
{
    if (a.n != 9) return asy_raise(vm, EXC_TypeError, "make_encoder() takes exactly 9 arguments (%u given)", a.n);
    if (!asy_is_none(a.v[0]) && !asy_is_dict(vm, a.v[0])) {
        return asy_raise(vm, EXC_TypeError, "make_encoder() argument 1 must be dict or None, not %T", a.v[0]);
    }
    if (!asy_is_none(a.v[3])) return asy_raise(vm, EXC_TypeError, "make_encoder() argument 4 must be None");
    if (!asy_is_str(vm, a.v[4]) || !asy_is_str(vm, a.v[5])) return asy_raise(vm, EXC_TypeError, "separators must be str");
    int flags[3];
    for (int i = 0; i < 3; i++) {
        flags[i] = asy_truth(vm, a.v[6 + i]);
        if (flags[i] < 0) return ASY_ERR;
    }
    EncoderObj *e = asy_object_alloc(vm, type);
    if (!e) return ASY_ERR;
    e->markers = asy_retain(a.v[0]);
    e->default_ = asy_retain(a.v[1]);
    e->encoder = asy_retain(a.v[2]);
    e->key_separator = asy_retain(a.v[4]);
    e->item_separator = asy_retain(a.v[5]);
    e->sort_keys = flags[0];
    e->skipkeys = flags[1];
    e->allow_nan = flags[2];
    return asy_from_obj(e);
}
static Value encoder_call(VM *vm, Value self, Args a)
{
    if (a.n != 2) return asy_raise(vm, EXC_TypeError, "_iterencode() takes exactly 2 arguments (%u given)", a.n);
    StrBuilder b;
    asy_builder_init(&b, vm);
    asy_retain(self);
    bool ok = encode_value(vm, asy_as(EncoderObj, self), &b, a.v[0]);
    asy_release(vm, self);
    if (!ok) {
        asy_builder_free(&b);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&b);
    if (!s) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 1, asy_from_obj(s));
    asy_release_obj(vm, s);
    return r;
}
static const TypeDef encoder_type = {
    .name = "_json.Encoder",
    .size = sizeof(EncoderObj),
    .doc = "_iterencode(obj, _current_indent_level) -> iterable",
    .trace = EncoderObj_trace,
    .clear = EncoderObj_clear,
    .slots = { .new = encoder_new, .call = encoder_call },
};

static const MethodDef functions[] = {
    { "encode_basestring", json_encode_basestring, "(string, /)", 0, "Return a JSON representation of a Python string" },
    { "encode_basestring_ascii", json_encode_basestring_ascii, "(string, /)", 0,
      "Return an ASCII-only JSON representation of a Python string" },
    { "scanstring", json_scanstring, "(string, end, strict=True, /)", 0, "Scan the string for a JSON string." },
    { 0 },
};
static bool json_init(VM *vm, Value m)
{
    Type *scanner = asy_type_ready(vm, &scanner_type), *encoder = asy_type_ready(vm, &encoder_type);
    return scanner && encoder && asy_module_add(vm, m, "make_scanner", asy_from_obj(asy_retain_obj(scanner))) &&
           asy_module_add(vm, m, "make_encoder", asy_from_obj(asy_retain_obj(encoder)));
}
const ModuleDef asy_module__json = { "_json", "json speedups", functions, json_init };
