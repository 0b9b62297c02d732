// _json, reading: from text to objects in one pass over its bytes. Offsets that script sees count code points; in here
// bytes are counted, and turned round at the edges.
//
// The text is a str, which never changes, so pointers into it stay good while hooks run. Equal keys of one document are
// one object: they are kept in a table of the run, which is searched by their bytes before a string is made.
#include "base/utf8.h"
#include "stdlib/json.h"
#include "vm/objects/new_args.h"
#include "vm/objects/parts.h"
#include "vm/objects/search.h"
#include "vm/objects/str_impl.h"

#define SCANNER_FIELDS(V, O, N) V(object_hook) V(object_pairs_hook) V(parse_float) V(parse_int) V(parse_constant) N(bool, strict)
ASY_OBJECT(ScannerObj, SCANNER_FIELDS);
ASY_OBJECT_TRACE(ScannerObj, SCANNER_FIELDS)

enum { KEYS_FIRST = 64, MEMBERS_FIRST = 12 };

typedef struct Keys {           // open addressing, at most half full
    StrObj **slots;
    size_t capacity, count;
    StrObj *first[KEYS_FIRST];
} Keys;

typedef struct Reader {
    VM *vm;
    ScannerObj *scanner;        // its hooks; owned by the caller
    StrObj *text;
    const char *at, *end;
    Keys keys;
} Reader;

// ---- errors ----

ASY_COLD static Value decode_error(VM *vm, const char *message, StrObj *s, const char *at)
{
    Value cls = asy_import_attr(vm, "json.decoder", "JSONDecodeError");
    if (asy_is_err(cls)) return ASY_ERR;
    Value text = asy_str_value(vm, message);
    Value position = asy_from_small((int64_t)asy_str_position(vm, s, (size_t)(at - s->data)));
    Value exc = asy_is_err(text) ? ASY_ERR : asy_call3(vm, cls, text, asy_from_obj(s), position);
    if (!asy_is_err(text)) asy_release(vm, text);
    asy_release(vm, cls);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

static Value stop_at(const Reader *r, const char *at)
{
    size_t position = asy_str_position(r->vm, r->text, (size_t)(at - r->text->data));
    return asy_raise_kind(r->vm, EXC_StopIteration, asy_from_small((int64_t)position));
}

// ---- strings ----

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

// The text [from, to) of `s` as a string of its own.
ASY_INLINE Value text_part(VM *vm, const StrObj *s, const char *from, const char *to)
{
    size_t size = (size_t)(to - from);
    uint32_t flags = s->head.flags & STR_TEXT_FLAGS;
    if (ASY_UNLIKELY(flags != STR_ASCII)) flags = flags ? asy_str_scan(from, size, false) : asy_utf8_is_ascii(from, size) ? STR_ASCII : 0;
    return asy_value_or_err(asy_str_make(vm, from, size, flags));
}

// The end of the plain text at p: a quote, a backslash, a control character if they are refused, or the end.
static const char *plain_end(const char *p, const char *end, bool strict)
{
    p = asy_search_json(p, end);
    while (!strict && p < end && *p != '"' && *p != '\\') p = asy_search_json(p + 1, end);
    return p;
}

// The escape behind the backslash at *p, which it moves behind it. False: raised.
static bool read_escape(StrBuilder *b, StrObj *s, const char **at, const char *end)
{
    const char *p = *at + 1;
    uint32_t c = (unsigned char)*p;
    switch (*p++) {
    case '"': case '\\': case '/': break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': {
        int unit = end - p < 5 ? -1 : hex4(p, end);     // CPython wants something behind it
        if (unit < 0) {
            decode_error(b->vm, "Invalid \\uXXXX escape", s, p - 1);
            return false;
        }
        p += 4;
        c = (uint32_t)unit;
        if (c >= 0xD800 && c <= 0xDBFF && end - p >= 7 && p[0] == '\\' && p[1] == 'u') {
            int low = hex4(p + 2, end);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
                p += 6;
            }
        }
        break;
    }
    default: decode_error(b->vm, "Invalid \\escape", s, p - 2); return false;
    }
    *at = p;
    return asy_builder_char(b, c);
}

// The string whose first character is at *at, behind the opening quote; *at then stands behind the closing one.
static Value read_string(VM *vm, StrObj *s, const char **at, const char *end, bool strict)
{
    const char *from = *at, *p = plain_end(from, end, strict);
    if (ASY_LIKELY(p < end && *p == '"')) {
        *at = p + 1;
        return text_part(vm, s, from, p);
    }
    StrBuilder b;
    asy_builder_init(&b, vm);
    const char *plain = from;
    for (;;) {
        if (!asy_builder_bytes(&b, plain, (size_t)(p - plain))) break;
        if (p < end && *p == '"') {
            *at = p + 1;
            return asy_value_or_err(asy_builder_finish(&b));
        }
        if (p >= end || (*p == '\\' && p + 1 >= end)) {
            decode_error(vm, "Unterminated string starting at", s, from - 1);
            break;
        }
        if (*p != '\\') {
            decode_error(vm, "Invalid control character at", s, p);
            break;
        }
        if (!read_escape(&b, s, &p, end)) break;
        plain = p;
        p = plain_end(p, end, strict);
    }
    asy_builder_free(&b);
    return ASY_ERR;
}

Value asy_json_scanstring(VM *vm, Args a)
{
    int64_t at;
    bool strict = true;
    if (!asy_is_str(vm, a.v[0])) return asy_raise(vm, EXC_TypeError, "first argument must be a string, not %T", a.v[0]);
    if (!asy_to_i64(vm, a.v[1], &at) || !asy_arg_bool(vm, a.v[2], &strict)) return ASY_ERR;
    StrObj *s = asy_as_str(a.v[0]);
    if (at < 1 || (size_t)at > asy_str_length(vm, s)) return asy_raise(vm, EXC_ValueError, "end is out of bounds");
    const char *p = s->data + asy_str_offset(vm, s, (size_t)at);
    Value text = read_string(vm, s, &p, s->data + s->size, strict);
    if (asy_is_err(text)) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 2, text, asy_from_small((int64_t)asy_str_position(vm, s, (size_t)(p - s->data))));
    asy_release(vm, text);
    return r;
}

// ---- keys ----

static size_t key_hash(const char *from, size_t size)
{
    uint64_t first = 0, last = 0;
    if (size >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
    } else {
        asy_str_copy_text((char *)&first, from, size);
    }
    uint64_t h = (first ^ size) * UINT64_C(0x9E3779B97F4A7C15) ^ last * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (size_t)(h >> 32 ^ h >> 7);
}

static StrObj **key_slot(const Keys *k, const char *from, size_t size, size_t hash)
{
    for (size_t i = hash & (k->capacity - 1);; i = (i + 1) & (k->capacity - 1)) {
        const StrObj *s = k->slots[i];
        if (!s || (s->size == size && asy_text_equal(s->data, from, size))) return &k->slots[i];
    }
}

// Without memory the table stays as it is, and what does not fit is not kept.
static void keys_grow(VM *vm, Keys *k)
{
    size_t capacity = k->capacity * 4;
    StrObj **slots = asy_mem_alloc(vm, capacity * sizeof *slots);
    if (!slots) return;
    memset(slots, 0, capacity * sizeof *slots);
    Keys grown = { .slots = slots, .capacity = capacity };
    for (size_t i = 0; i < k->capacity; i++) {
        StrObj *s = k->slots[i];
        if (s) *key_slot(&grown, s->data, s->size, key_hash(s->data, s->size)) = s;
    }
    if (k->slots != k->first) asy_mem_free(vm, k->slots, k->capacity * sizeof *k->slots);
    k->slots = slots;
    k->capacity = capacity;
}

static void keys_free(VM *vm, Keys *k)
{
    for (size_t i = 0; i < k->capacity; i++) asy_release_obj(vm, k->slots[i]);
    if (k->slots != k->first) asy_mem_free(vm, k->slots, k->capacity * sizeof *k->slots);
}

// The key whose first character is at r->at.
static Value read_key(Reader *r)
{
    VM *vm = r->vm;
    const char *from = r->at, *p = asy_search_json(from, r->end);
    Value made = ASY_NIL;
    if (ASY_UNLIKELY(p == r->end || *p != '"')) {
        made = read_string(vm, r->text, &r->at, r->end, r->scanner->strict);
        if (asy_is_err(made)) return ASY_ERR;
        from = asy_as_str(made)->data;
        p = from + asy_as_str(made)->size;
    } else {
        r->at = p + 1;
    }
    size_t size = (size_t)(p - from);
    StrObj **slot = key_slot(&r->keys, from, size, key_hash(from, size));
    if (*slot) {
        asy_release(vm, made);
        return asy_from_obj(asy_retain_obj(*slot));
    }
    if (asy_is_nil(made)) made = text_part(vm, r->text, from, p);
    if (asy_is_err(made)) return ASY_ERR;
    if (r->keys.count * 2 >= r->keys.capacity) {
        keys_grow(vm, &r->keys);
        if (r->keys.count * 2 >= r->keys.capacity) return made;
        slot = key_slot(&r->keys, asy_as_str(made)->data, size, key_hash(asy_as_str(made)->data, size));
    }
    *slot = asy_retain_obj(asy_as_str(made));
    r->keys.count++;
    return made;
}

// ---- values ----

static Value read_value(Reader *r);

ASY_INLINE void skip_space(Reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')) r->at++;
}

ASY_INLINE char peek(const Reader *r) { return r->at < r->end ? *r->at : '\0'; }

// Inside an object or array a missing value is an error with its place; at the top it is StopIteration.
static Value read_member(Reader *r)
{
    const char *start = r->at;
    Value v = read_value(r);
    if (ASY_UNLIKELY(asy_is_err(v)) && asy_error_catch(r->vm, EXC_StopIteration)) {
        return decode_error(r->vm, "Expecting value", r->text, start);
    }
    return v;
}

static Value read_array(Reader *r)
{
    Parts parts;
    asy_parts_init(&parts, r->vm);
    skip_space(r);
    if (peek(r) == ']') {
        r->at++;
        return asy_parts_finish(&parts);
    }
    for (;;) {
        if (!asy_parts_add(&parts, read_member(r))) break;
        skip_space(r);
        char next = peek(r);
        if (next == ']') {
            r->at++;
            return asy_parts_finish(&parts);
        }
        if (next != ',') {
            decode_error(r->vm, "Expecting ',' delimiter", r->text, r->at);
            break;
        }
        r->at++;
        skip_space(r);
    }
    asy_parts_free(&parts);
    return ASY_ERR;
}

// The members of an object: the first of them wait here, so that the dict is made for as many as there are.
typedef struct Members {
    DictObj *dict;              // NULL: all are in first[]
    ListObj *pairs;             // in place of the dict, for object_pairs_hook
    size_t count;
    Value first[MEMBERS_FIRST][2];
} Members;

static void members_free(VM *vm, Members *m)
{
    for (size_t i = 0; i < m->count; i++) {
        asy_release(vm, m->first[i][0]);
        asy_release(vm, m->first[i][1]);
    }
    asy_release_obj(vm, m->dict);
    asy_release_obj(vm, m->pairs);
}

static bool members_to_dict(VM *vm, Members *m, size_t capacity)
{
    m->dict = capacity ? asy_dict_with_capacity(vm, capacity) : asy_dict_new(vm);
    if (!m->dict) return false;
    for (size_t i = 0; i < m->count; i++) {
        if (!asy_dict_set_str(vm, m->dict, asy_as_str(m->first[i][0]), m->first[i][1])) return false;
    }
    for (size_t i = 0; i < m->count; i++) {
        asy_release(vm, m->first[i][0]);
        asy_release(vm, m->first[i][1]);
    }
    m->count = 0;
    return true;
}

// Takes key and value, which may be ERR.
static bool members_add(VM *vm, Members *m, Value key, Value value)
{
    bool ok = !asy_is_err(value);
    if (ok && m->pairs) {
        Value pair = asy_tuple_pack(vm, 2, key, value);
        ok = !asy_is_err(pair) && asy_list_append_owned(vm, m->pairs, pair);
    } else if (ok) {
        if (!m->dict && m->count < MEMBERS_FIRST) {
            m->first[m->count][0] = key;
            m->first[m->count++][1] = value;
            return true;
        }
        ok = m->dict || members_to_dict(vm, m, MEMBERS_FIRST * 2);
        ok = ok && asy_dict_set_str(vm, m->dict, asy_as_str(key), value);
    }
    asy_release(vm, key);
    asy_release(vm, value);
    return ok;
}

static bool read_members(Reader *r, Members *m)
{
    VM *vm = r->vm;
    for (;;) {
        if (peek(r) != '"') {
            decode_error(vm, "Expecting property name enclosed in double quotes", r->text, r->at);
            return false;
        }
        r->at++;
        Value key = read_key(r);
        if (asy_is_err(key)) return false;
        skip_space(r);
        if (peek(r) != ':') {
            asy_release(vm, key);
            decode_error(vm, "Expecting ':' delimiter", r->text, r->at);
            return false;
        }
        r->at++;
        skip_space(r);
        if (!members_add(vm, m, key, read_member(r))) return false;
        skip_space(r);
        char next = peek(r);
        if (next == '}') {
            r->at++;
            return true;
        }
        if (next != ',') {
            decode_error(vm, "Expecting ',' delimiter", r->text, r->at);
            return false;
        }
        r->at++;
        skip_space(r);
    }
}

static Value read_object(Reader *r)
{
    VM *vm = r->vm;
    Members m;
    m.dict = NULL;
    m.pairs = NULL;
    m.count = 0;
    Value result = ASY_ERR;
    if (!asy_is_nil(r->scanner->object_pairs_hook) && !(m.pairs = asy_list_new(vm, 0))) return ASY_ERR;
    skip_space(r);
    bool ok = true;
    if (peek(r) == '}') r->at++;
    else ok = read_members(r, &m);
    if (ok && m.pairs) {
        result = asy_call1(vm, r->scanner->object_pairs_hook, asy_from_obj(m.pairs));
    } else if (ok && (m.dict || members_to_dict(vm, &m, m.count))) {
        if (asy_is_nil(r->scanner->object_hook)) result = asy_retain(asy_from_obj(m.dict));
        else result = asy_call1(vm, r->scanner->object_hook, asy_from_obj(m.dict));
    }
    members_free(vm, &m);
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

static const char *digits_end(const char *p, const char *end, uint64_t *m)
{
    for (; p < end && *p >= '0' && *p <= '9'; p++) *m = *m * 10 + (uint64_t)(*p - '0');     // of no use if it overflows
    return p;
}

static Value read_number(Reader *r)
{
    VM *vm = r->vm;
    const char *start = r->at, *end = r->end, *p = start;
    bool negative = p < end && *p == '-', is_float = false;
    uint64_t m = 0;
    int64_t exponent = 0;
    p += negative;
    if (p >= end || *p < '0' || *p > '9') return stop_at(r, start);
    if (*p == '0') p++;
    else p = digits_end(p, end, &m);
    const char *whole_end = p;
    if (end - p >= 2 && *p == '.' && p[1] >= '0' && p[1] <= '9') {
        is_float = true;
        p = digits_end(p + 1, end, &m);
        exponent = whole_end + 1 - p;
    }
    int64_t digits = p - start - negative - is_float;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *e = p + 1;
        bool minus = e < end && *e == '-';
        if (e < end && (*e == '+' || *e == '-')) e++;
        if (e < end && *e >= '0' && *e <= '9') {
            uint64_t power = 0;
            is_float = true;
            p = digits_end(e, end, &power);
            if (p - e > 6) digits = INT64_MAX;      // far out: not for the short way
            exponent += minus ? -(int64_t)power : (int64_t)power;
        }
    }
    r->at = p;
    size_t n = (size_t)(p - start);
    if (is_float) {
        double d;
        if (r->scanner->parse_float.bits != asy_from_obj(vm->types.float_).bits) return call_with_text(vm, r->scanner->parse_float, start, n);
        if (digits > 19 || !asy_float_compose(m, exponent, &d)) {
            return asy_float_parse(vm, start, n, &d) ? asy_from_double(d) : asy_raise(vm, EXC_ValueError, "not a number");
        }
        return asy_from_double(negative ? -d : d);
    }
    if (r->scanner->parse_int.bits != asy_from_obj(vm->types.int_).bits) return call_with_text(vm, r->scanner->parse_int, start, n);
    if (digits <= 18) return asy_int_from_i64(vm, negative ? -(int64_t)m : (int64_t)m);
    return call_with_text(vm, asy_from_obj(vm->types.int_), start, n);
}

static bool take_word(Reader *r, const char *word, size_t n)
{
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) return false;
    r->at += n;
    return true;
}

static Value read_value(Reader *r)
{
    static const char *const constants[] = { "NaN", "Infinity", "-Infinity" };
    if (r->at >= r->end) return stop_at(r, r->at);
    switch (*r->at) {
    case '"':
        r->at++;
        return read_string(r->vm, r->text, &r->at, r->end, r->scanner->strict);
    case '{': case '[': {
        bool object = *r->at == '{';
        if (!asy_enter_c(r->vm, object ? " while decoding a JSON object from a unicode string"
                                       : " while decoding a JSON array from a unicode string")) {
            return ASY_ERR;
        }
        r->at++;
        Value v = object ? read_object(r) : read_array(r);
        asy_leave_c(r->vm);
        return v;
    }
    case 'n':
        if (take_word(r, "null", 4)) return ASY_NONE;
        break;
    case 't':
        if (take_word(r, "true", 4)) return ASY_TRUE;
        break;
    case 'f':
        if (take_word(r, "false", 5)) return ASY_FALSE;
        break;
    case 'N': case 'I': case '-':
        for (size_t i = 0; i < 3; i++) {
            size_t n = strlen(constants[i]);
            if (take_word(r, constants[i], n)) return call_with_text(r->vm, r->scanner->parse_constant, constants[i], n);
        }
        break;
    default: break;
    }
    return read_number(r);
}

// ---- the type ----

static Value attr(VM *vm, Value v, const char *name)
{
    StrObj *s = asy_intern_c(vm, name);
    Value r = s ? asy_getattr(vm, v, s) : ASY_ERR;
    asy_release_obj(vm, s);
    return r;
}

static Value scanner_new(VM *vm, Type *type, Args a)
{
    static const char *const parameters[] = { "context" };
    Value context;
    if (!asy_new_args(vm, "make_scanner", parameters, 1, 0, 1, a, &context)) return ASY_ERR;
    Value strict_value = attr(vm, context, "strict");
    int strict = asy_is_err(strict_value) ? -1 : asy_truth(vm, strict_value);
    if (!asy_is_err(strict_value)) asy_release(vm, strict_value);
    ScannerObj *c = strict < 0 ? NULL : asy_object_alloc(vm, type);
    if (!c) return ASY_ERR;
    c->strict = strict;
    Value *fields[] = { &c->object_hook, &c->object_pairs_hook, &c->parse_float, &c->parse_int, &c->parse_constant };
    static const char *const names[] = { "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant" };
    for (int i = 0; i < 5; i++) {
        Value v = attr(vm, context, names[i]);
        if (asy_is_err(v)) {
            asy_release_obj(vm, c);
            return ASY_ERR;
        }
        *fields[i] = asy_is_none(v) ? ASY_NIL : v;
    }
    return asy_from_obj(c);
}

static Value scanner_call(VM *vm, Value self, Args a)
{
    int64_t at;
    static const char *const names[] = { "string", "idx" };
    Value v[2];
    if (!asy_new_args(vm, "scan_once", names, 2, 0, 2, a, v)) return ASY_ERR;
    if (!asy_is_str(vm, v[0])) return asy_raise(vm, EXC_TypeError, "first argument must be a string, not %T", v[0]);
    if (!asy_to_i64(vm, v[1], &at)) return ASY_ERR;
    if (at < 0) return asy_raise(vm, EXC_ValueError, "idx cannot be negative");
    StrObj *s = asy_as_str(v[0]);
    if ((size_t)at > asy_str_length(vm, s)) return asy_raise_kind(vm, EXC_StopIteration, v[1]);
    Reader r;
    r.vm = vm;
    r.scanner = asy_as(ScannerObj, asy_retain(self));
    r.text = s;
    r.at = s->data + asy_str_offset(vm, s, (size_t)at);
    r.end = s->data + s->size;
    r.keys.slots = r.keys.first;
    r.keys.capacity = KEYS_FIRST;
    r.keys.count = 0;
    memset(r.keys.first, 0, sizeof r.keys.first);
    Value made = read_value(&r);
    keys_free(vm, &r.keys);
    asy_release(vm, self);
    if (asy_is_err(made)) return ASY_ERR;
    Value result = asy_tuple_pack(vm, 2, made, asy_from_small((int64_t)asy_str_position(vm, s, (size_t)(r.at - s->data))));
    asy_release(vm, made);
    return result;
}

const TypeDef asy_json_scanner_type = {
    .name = "_json.Scanner",
    .size = sizeof(ScannerObj),
    .doc = "JSON scanner object",
    .trace = ScannerObj_trace,
    .clear = ScannerObj_clear,
    .slots = { .new = scanner_new, .call = scanner_call },
};

Value asy_json_skip(VM *vm, Args a)
{
    StrObj *s;
    int64_t at;
    if (!asy_arg_str(vm, a.v[0], "skip() argument 1", &s) || !asy_to_i64(vm, a.v[1], &at)) return ASY_ERR;
    if (at < 0 || (size_t)at >= asy_str_length(vm, s)) return asy_int_from_i64(vm, at);
    const char *from = s->data + asy_str_offset(vm, s, (size_t)at), *p = from, *end = s->data + s->size;
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) p++;
    return asy_from_small(at + (p - from));     // spaces are one byte each
}
