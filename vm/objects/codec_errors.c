// Error handlers: strict, ignore, replace, backslashreplace, namereplace, xmlcharrefreplace, surrogateescape,
// surrogatepass, and those that script registers.
//
// The built-in ones are applied in place; a registered one is called with a UnicodeError and may run
// anything: the job holds its data and text itself, so only its answer is read afterwards.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/codec_impl.h"
#include "vm/objects/dict.h"
#include "vm/objects/exception.h"
#include "vm/objects/int.h"
#include "vm/objects/list.h"
#include "vm/objects/unicode_names.h"

typedef enum Handler { H_STRICT, H_IGNORE, H_REPLACE, H_BACKSLASH, H_NAME, H_XML, H_ESCAPE, H_PASS, H_OTHER } Handler;

static const char *const handler_names[] = { "strict", "ignore", "replace", "backslashreplace", "namereplace", "xmlcharrefreplace", "surrogateescape", "surrogatepass" };

static Handler handler_of(const char *name)
{
    for (int h = 0; h < H_OTHER; h++) {
        if (strcmp(name, handler_names[h]) == 0) return (Handler)h;
    }
    return H_OTHER;
}

static Handler handler_of_job(const StrObj *errors) { return errors ? handler_of(errors->data) : H_STRICT; }

// ---- registered handlers ----

bool asy_codec_register_error(VM *vm, StrObj *name, Value handler)
{
    if (!asy_is_callable(vm, handler)) {
        asy_raise(vm, EXC_TypeError, "handler must be callable");
        return false;
    }
    if (asy_is_nil(vm->codec_errors)) {
        DictObj *dict = asy_dict_new(vm);
        if (!dict) return false;
        vm->codec_errors = asy_from_obj(dict);
    }
    return asy_dict_set_str(vm, asy_as_dict(vm->codec_errors), name, handler);
}

// The registered handler, borrowed; NIL if there is none.
static Value registered(VM *vm, StrObj *name)
{
    return asy_is_nil(vm->codec_errors) ? ASY_NIL : asy_dict_get_str(vm, asy_as_dict(vm->codec_errors), name);
}

static Value builtin_strict(VM *vm, Args a) { return asy_codec_handle(vm, "strict", a.v[0]); }
static Value builtin_ignore(VM *vm, Args a) { return asy_codec_handle(vm, "ignore", a.v[0]); }
static Value builtin_replace(VM *vm, Args a) { return asy_codec_handle(vm, "replace", a.v[0]); }
static Value builtin_backslash(VM *vm, Args a) { return asy_codec_handle(vm, "backslashreplace", a.v[0]); }
static Value builtin_name(VM *vm, Args a) { return asy_codec_handle(vm, "namereplace", a.v[0]); }
static Value builtin_xml(VM *vm, Args a) { return asy_codec_handle(vm, "xmlcharrefreplace", a.v[0]); }
static Value builtin_escape(VM *vm, Args a) { return asy_codec_handle(vm, "surrogateescape", a.v[0]); }
static Value builtin_pass(VM *vm, Args a) { return asy_codec_handle(vm, "surrogatepass", a.v[0]); }

static const MethodDef builtin_handlers[] = {           // in the order of Handler
    { "strict_errors", builtin_strict, "(exception, /)", 0, "Implements the 'strict' error handling." },
    { "ignore_errors", builtin_ignore, "(exception, /)", 0, "Implements the 'ignore' error handling." },
    { "replace_errors", builtin_replace, "(exception, /)", 0, "Implements the 'replace' error handling." },
    { "backslashreplace_errors", builtin_backslash, "(exception, /)", 0, "Implements the 'backslashreplace' error handling." },
    { "namereplace_errors", builtin_name, "(exception, /)", 0, "Implements the 'namereplace' error handling." },
    { "xmlcharrefreplace_errors", builtin_xml, "(exception, /)", 0, "Implements the 'xmlcharrefreplace' error handling." },
    { "surrogateescape", builtin_escape, "(exception, /)", 0, NULL },
    { "surrogatepass", builtin_pass, "(exception, /)", 0, NULL },
};

Value asy_codec_lookup_error(VM *vm, StrObj *name)
{
    Value own = registered(vm, name);
    if (!asy_is_nil(own)) return asy_retain(own);
    if (asy_error_pending(vm)) return ASY_ERR;
    Handler h = handler_of(name->data);
    if (h == H_OTHER) return asy_raise(vm, EXC_LookupError, "unknown error handler name '%U'", name);
    return asy_native_new(vm, &builtin_handlers[h], ASY_NIL, ASY_NIL);
}

// Calls a registered handler; *text is the replacement (owned), *position where to go on (checked
// against limit). False: raised.
static bool call_handler(VM *vm, StrObj *name, Value exc, bool decoding, size_t limit, Value *text, size_t *position)
{
    Value handler = registered(vm, name);
    if (asy_is_nil(handler)) {
        if (!asy_error_pending(vm)) asy_raise(vm, EXC_LookupError, "unknown error handler name '%U'", name);
        return false;
    }
    asy_retain(handler);
    Value answer = asy_call1(vm, handler, exc);
    asy_release(vm, handler);
    if (asy_is_err(answer)) return false;
    bool ok = false;
    const TupleObj *pair = asy_is_tuple(vm, answer) ? asy_as_tuple(answer) : NULL;
    int64_t at = 0;
    if (!pair || pair->size != 2 || !(asy_is_str(vm, pair->items[0]) || (!decoding && asy_is_bytes(vm, pair->items[0]))) ||
        !asy_is_integer(vm, pair->items[1])) {
        asy_raise(vm, EXC_TypeError, decoding ? "decoding error handler must return (str, int) tuple"
                                              : "encoding error handler must return (str/bytes, int) tuple");
    } else if (asy_to_i64(vm, pair->items[1], &at)) {
        if (at < 0) at += (int64_t)limit;
        if (at < 0 || at > (int64_t)limit) {
            asy_raise(vm, EXC_IndexError, "position %lld from error handler out of bounds", at);
        } else {
            *text = asy_retain(pair->items[0]);
            *position = (size_t)at;
            ok = true;
        }
    }
    asy_release(vm, answer);
    return ok;
}

// ---- surrogates ----

static size_t unit_size(CodecUnit unit) { return unit == UNIT_UTF8 ? 3 : unit <= UNIT_UTF16_BE ? 2 : 4; }

// The surrogate spelled at `bytes`, or 0.
static uint32_t surrogate_at(CodecUnit unit, const uint8_t *bytes, size_t size)
{
    uint32_t c = 0;
    if (unit == UNIT_NONE || size < unit_size(unit)) return 0;
    switch (unit) {
    case UNIT_UTF8:
        if ((bytes[0] & 0xF0) == 0xE0 && (bytes[1] & 0xC0) == 0x80 && (bytes[2] & 0xC0) == 0x80) {
            c = (bytes[0] & 0xFu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
        }
        break;
    case UNIT_UTF16_LE: c = (uint32_t)bytes[1] << 8 | bytes[0]; break;
    case UNIT_UTF16_BE: c = (uint32_t)bytes[0] << 8 | bytes[1]; break;
    case UNIT_UTF32_LE: c = (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0]; break;
    default: c = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]; break;
    }
    return asy_utf8_is_surrogate(c) ? c : 0;
}

static size_t surrogate_spell(CodecUnit unit, uint32_t c, uint8_t out[4])
{
    uint8_t high = (uint8_t)(c >> 8), low = (uint8_t)c;
    switch (unit) {
    case UNIT_UTF8: return asy_utf8_encode((char *)out, c);
    case UNIT_UTF16_LE: out[0] = low, out[1] = high; return 2;
    case UNIT_UTF16_BE: out[0] = high, out[1] = low; return 2;
    case UNIT_UTF32_LE: out[0] = low, out[1] = high, out[2] = out[3] = 0; return 4;
    default: out[0] = out[1] = 0, out[2] = high, out[3] = low; return 4;
    }
}

// ---- decoding ----

static bool decoding_raise(Decoding *d, size_t start, size_t end, const char *reason)
{
    Value exc = asy_exc_unicode_decode_new(d->vm, d->encoding, d->data, d->size, start, end, reason);
    if (asy_is_err(exc)) return false;
    asy_raise_object(d->vm, exc);
    asy_release(d->vm, exc);
    return false;
}

static bool decoding_call(Decoding *d, size_t start, size_t end, const char *reason, size_t *next)
{
    Value exc = asy_exc_unicode_decode_new(d->vm, d->encoding, d->data, d->size, start, end, reason), text;
    if (asy_is_err(exc)) return false;
    bool ok = call_handler(d->vm, d->errors, exc, true, d->size, &text, next);
    asy_release(d->vm, exc);
    if (!ok) return false;
    ok = asy_builder_str(&d->out, asy_as_str(text));
    asy_release(d->vm, text);
    return ok;
}

bool asy_decoding_error(Decoding *d, size_t start, size_t end, const char *reason, size_t *next)
{
    VM *vm = d->vm;
    *next = end;
    switch (handler_of_job(d->errors)) {
    case H_STRICT: return decoding_raise(d, start, end, reason);
    case H_IGNORE: return true;
    case H_REPLACE: return asy_builder_char(&d->out, 0xFFFD);
    case H_BACKSLASH:
        for (size_t i = start; i < end; i++) {
            char text[5];
            snprintf(text, sizeof text, "\\x%02x", d->data[i]);
            if (!asy_builder_bytes(&d->out, text, 4)) return false;
        }
        return true;
    case H_ESCAPE:
        if (d->data[start] < 0x80) return decoding_raise(d, start, end, reason);
        for (*next = start; *next < end && *next < start + 4 && d->data[*next] >= 0x80; ++*next) {
            if (!asy_builder_char(&d->out, 0xDC00u + d->data[*next])) return false;
        }
        return true;
    case H_PASS: {
        uint32_t c = surrogate_at(d->unit, d->data + start, d->size - start);
        if (!c) return decoding_raise(d, start, end, reason);
        *next = start + unit_size(d->unit);
        return asy_builder_char(&d->out, c);
    }
    case H_NAME:
    case H_XML:
        asy_raise(vm, EXC_TypeError, "don't know how to handle UnicodeDecodeError in error callback");
        return false;
    default: return decoding_call(d, start, end, reason, next);
    }
}

// ---- encoding ----

static bool encoding_raise(Encoding *e, size_t start, size_t end)
{
    Value exc = asy_exc_unicode_encode_new(e->vm, e->encoding, e->text, start, end, e->reason);
    if (asy_is_err(exc)) return false;
    asy_raise_object(e->vm, exc);
    asy_release(e->vm, exc);
    return false;
}

static bool put_ascii(Encoding *e, const char *text)
{
    for (; *text; text++) {
        if (!e->put(e, (unsigned char)*text)) return false;
    }
    return true;
}

// Text of a registered handler goes through the same codec; what it cannot encode raises the original error.
static bool put_replacement(Encoding *e, Value text, size_t start, size_t end)
{
    if (asy_is_bytes(e->vm, text)) return asy_bytes_builder_add(&e->out, asy_as_bytes(text)->data, asy_as_bytes(text)->size);
    const StrObj *s = asy_as_str(text);
    const char *at = s->data, *stop = at + s->size;
    while (at < stop) {
        uint32_t c = asy_utf8_next(&at);
        if (!e->can(e, c)) return encoding_raise(e, start, end);
        if (!e->put(e, c)) return false;
    }
    return true;
}

static bool encoding_call(Encoding *e, size_t start, size_t end, size_t *next)
{
    Value exc = asy_exc_unicode_encode_new(e->vm, e->encoding, e->text, start, end, e->reason), text;
    if (asy_is_err(exc)) return false;
    bool ok = call_handler(e->vm, e->errors, exc, false, asy_str_length(e->vm, e->text), &text, next);
    asy_release(e->vm, exc);
    if (!ok) return false;
    ok = put_replacement(e, text, start, end);
    asy_release(e->vm, text);
    return ok;
}

static void spell_backslash(uint32_t c, char out[12])
{
    snprintf(out, 12, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

// \N{...}, or as backslashreplace if the character has no name.
static void spell_name(uint32_t c, char out[UNICODE_NAME_MAX + 8])
{
    char name[UNICODE_NAME_MAX];
    if (asy_unicode_name(c, name)) snprintf(out, UNICODE_NAME_MAX + 8, "\\N{%s}", name);
    else spell_backslash(c, out);
}

// One character of an unencodable run for the built-in handlers: 1 done, 0 the handler cannot, -1 raised.
static int encode_char(Encoding *e, Handler h, uint32_t c)
{
    char text[UNICODE_NAME_MAX + 8];
    uint8_t bytes[4];
    switch (h) {
    case H_IGNORE: return 1;
    case H_REPLACE: return e->put(e, '?') ? 1 : -1;
    case H_BACKSLASH: spell_backslash(c, text); return put_ascii(e, text) ? 1 : -1;
    case H_NAME: spell_name(c, text); return put_ascii(e, text) ? 1 : -1;
    case H_XML: snprintf(text, sizeof text, "&#%u;", c); return put_ascii(e, text) ? 1 : -1;
    case H_ESCAPE:
        // The byte itself must fit between the codec's own units.
        if (c < 0xDC80 || c > 0xDCFF || e->unit > UNIT_UTF8) return 0;
        return asy_bytes_builder_byte(&e->out, (uint8_t)(c - 0xDC00)) ? 1 : -1;
    case H_PASS:
        if (!asy_utf8_is_surrogate(c) || e->unit == UNIT_NONE) return 0;
        return asy_bytes_builder_add(&e->out, bytes, surrogate_spell(e->unit, c, bytes)) ? 1 : -1;
    default: return 0;
    }
}

// text[start, end) cannot be encoded; it begins at byte `at`.
static bool encoding_error(Encoding *e, size_t start, size_t end, const char *at, size_t *next)
{
    Handler h = handler_of_job(e->errors);
    *next = end;
    if (h == H_OTHER) return encoding_call(e, start, end, next);
    if (h == H_STRICT) return encoding_raise(e, start, end);
    size_t size = e->out.size;
    for (size_t i = start; i < end; i++) {
        int done = encode_char(e, h, asy_utf8_next(&at));
        if (done < 0) return false;
        if (done == 0) {
            e->out.size = size;
            // CPython's utf-8 names what is left of the run, its other codecs too.
            return encoding_raise(e, h == H_ESCAPE && e->unit == UNIT_NONE ? i : start, end);
        }
    }
    return true;
}

bool asy_encoding_run(Encoding *e)
{
    const char *at = e->text->data, *stop = at + e->text->size;
    size_t i = 0;
    while (at < stop) {
        const char *from = at;
        uint32_t c = asy_utf8_next(&at);
        if (ASY_LIKELY(e->can(e, c))) {
            if (!e->put(e, c)) return false;
            i++;
            continue;
        }
        size_t end = i + 1, next;
        while (!e->one_by_one && at < stop) {
            const char *look = at;
            if (e->can(e, asy_utf8_next(&look))) break;
            at = look;
            end++;
        }
        if (!encoding_error(e, i, end, from, &next)) return false;
        if (next != end) at = e->text->data + asy_str_offset(e->vm, e->text, next);
        i = next;
    }
    return true;
}

// ---- built-in handlers as functions ----

static Value handle_encode(VM *vm, Handler h, ExcUnicode *x, const StrObj *text, int64_t start, int64_t end)
{
    StrBuilder out;
    asy_builder_init(&out, vm);
    const char *at = text->data + asy_str_offset(vm, (StrObj *)(uintptr_t)text, (size_t)start);
    bool ok = true;
    for (int64_t i = start; ok && i < end; i++) {
        uint32_t c = asy_utf8_next(&at);
        char spelled[UNICODE_NAME_MAX + 8] = "?";
        if (h == H_IGNORE) spelled[0] = '\0';
        else if (h == H_BACKSLASH) spell_backslash(c, spelled);
        else if (h == H_NAME) spell_name(c, spelled);
        else if (h == H_XML) snprintf(spelled, sizeof spelled, "&#%u;", c);
        ok = asy_builder_c(&out, spelled);
    }
    StrObj *s = ok ? asy_builder_finish(&out) : NULL;
    if (!ok) asy_builder_free(&out);
    if (!s) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, asy_from_obj(s), x->end);
    asy_release_obj(vm, s);
    return pair;
}

// surrogateescape and surrogatepass turn escaped characters into bytes; NIL: this one they cannot.
static Value handle_encode_surrogates(VM *vm, Handler h, CodecUnit unit, StrObj *text, int64_t start, int64_t end)
{
    BytesBuilder out;
    asy_bytes_builder_init(&out, vm);
    for (int64_t i = start; i < end; i++) {
        uint32_t c = asy_str_char_at(vm, text, (size_t)i);
        uint8_t bytes[4] = { (uint8_t)c };
        bool fits = h == H_ESCAPE ? c >= 0xDC80 && c <= 0xDCFF : asy_utf8_is_surrogate(c) && unit != UNIT_NONE;
        if (!fits || !asy_bytes_builder_add(&out, bytes, h == H_ESCAPE ? 1 : surrogate_spell(unit, c, bytes))) {
            asy_bytes_builder_free(&out);
            return fits ? ASY_ERR : ASY_NIL;
        }
    }
    Value data = asy_bytes_builder_finish(&out);
    if (asy_is_err(data)) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, data, asy_from_small(end));
    asy_release(vm, data);
    return pair;
}

static CodecUnit unit_of(VM *vm, Value encoding)
{
    (void)vm;
    if (!asy_is_str(vm, encoding)) return UNIT_NONE;
    const char *name = asy_as_str(encoding)->data;
    static const struct { const char *name; CodecUnit unit; } units[] = {
        { "utf-8", UNIT_UTF8 }, { "utf8", UNIT_UTF8 }, { "cp65001", UNIT_UTF8 }, { "utf-16", UNIT_UTF16_LE },
        { "utf-16-le", UNIT_UTF16_LE }, { "utf-16-be", UNIT_UTF16_BE }, { "utf-32", UNIT_UTF32_LE },
        { "utf-32-le", UNIT_UTF32_LE }, { "utf-32-be", UNIT_UTF32_BE },
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(name, units[i].name) == 0) return units[i].unit;
    }
    return UNIT_NONE;
}

static bool exc_range(VM *vm, ExcUnicode *x, size_t size, int64_t *start, int64_t *end)
{
    if (!asy_int_as_i64(vm, x->start, start) || !asy_int_as_i64(vm, x->end, end)) return false;
    int64_t limit = (int64_t)size;
    if (*end > limit) *end = limit;
    if (*start < 0) *start = 0;
    if (*start > *end) *start = *end;
    return true;
}

Value asy_codec_handle(VM *vm, const char *handler, Value exc)
{
    Handler h = handler_of(handler);
    if (h == H_STRICT) {
        if (asy_is_exception(vm, exc)) return asy_raise_object(vm, exc);
        return asy_raise(vm, EXC_TypeError, "codec must pass exception instance");
    }
    Type *type = asy_type_of(vm, exc);
    bool decode = asy_type_is_subtype(type, vm->exc[EXC_UnicodeDecodeError]);
    bool encode = asy_type_is_subtype(type, vm->exc[EXC_UnicodeEncodeError]);
    bool translate = asy_type_is_subtype(type, vm->exc[EXC_UnicodeTranslateError]);
    bool surrogates = h == H_ESCAPE || h == H_PASS;
    if (!(encode || (decode && h != H_XML && h != H_NAME) || (translate && !surrogates && h != H_XML && h != H_NAME))) {
        return asy_raise(vm, EXC_TypeError, "don't know how to handle %.200T in error callback", exc);
    }
    ExcUnicode *x = asy_as(ExcUnicode, exc);
    int64_t start, end;
    if (!decode) {
        if (!asy_is_str(vm, x->object)) return asy_raise(vm, EXC_TypeError, "object attribute must be unicode");
        StrObj *text = asy_as_str(x->object);
        if (!exc_range(vm, x, asy_str_length(vm, text), &start, &end)) return asy_raise(vm, EXC_TypeError, "start and end must be integers");
        if (translate && h == H_REPLACE) {
            Value pair = ASY_ERR;
            StrObj *one = asy_str_from_char(vm, 0xFFFD), *all = one ? asy_str_repeat(vm, one, end - start) : NULL;
            if (all) pair = asy_tuple_pack(vm, 2, asy_from_obj(all), x->end);
            asy_release_obj(vm, one);
            asy_release_obj(vm, all);
            return pair;
        }
        if (!surrogates) return handle_encode(vm, h, x, text, start, end);
        Value pair = handle_encode_surrogates(vm, h, unit_of(vm, x->encoding), text, start, end);
        return asy_is_nil(pair) ? asy_raise_object(vm, exc) : pair;
    }
    if (!asy_is_bytes(vm, x->object)) return asy_raise(vm, EXC_TypeError, "object attribute must be bytes");
    BytesObj *bytes = asy_as_bytes(x->object);
    if (!exc_range(vm, x, bytes->size, &start, &end)) return asy_raise(vm, EXC_TypeError, "start and end must be integers");
    StrObj name = { .data = (char *)(uintptr_t)handler, .size = strlen(handler) };
    Decoding d = { .vm = vm, .data = bytes->data, .size = bytes->size, .encoding = "", .errors = &name, .unit = unit_of(vm, x->encoding) };
    uint32_t surrogate = h == H_PASS ? surrogate_at(d.unit, bytes->data + start, bytes->size - (size_t)start) : 1;
    if ((h == H_ESCAPE && (start == end || bytes->data[start] < 0x80)) || !surrogate) return asy_raise_object(vm, exc);
    asy_builder_init(&d.out, vm);
    size_t next;
    if (!asy_decoding_error(&d, (size_t)start, (size_t)end, "", &next)) {
        asy_builder_free(&d.out);
        return ASY_ERR;
    }
    StrObj *s = asy_builder_finish(&d.out);
    if (!s) return ASY_ERR;
    Value pair = asy_tuple_pack(vm, 2, asy_from_obj(s), asy_from_small((int64_t)next));
    asy_release_obj(vm, s);
    return pair;
}
