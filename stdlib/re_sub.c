// Pattern.sub, subn and split, and the templates of replacements (\1, \g<name>), which Match.expand shares.
#include <stdio.h>

#include "stdlib/re.h"
#include "vm/objects/parts.h"

// -- templates: a list of texts and group numbers in turn; literal parts are str or bytes, groups are int

typedef struct Template {
    VM *vm;
    const RePattern *re;
    Value source;
    const char *begin, *p, *end;
    ListObj *parts;
    StrBuilder text;            // literal text not yet in parts
} Template;

static bool template_wrong(Template *t, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool template_wrong(Template *t, const char *at, const char *format, ...)
{
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t offset = (size_t)(at - t->begin);
    (void)asy_re_raise(t->vm, message, t->source,
                       (int64_t)(t->re->bytes ? offset : asy_str_position(t->vm, asy_as_str(t->source), offset)));
    return false;
}
static bool flush_text(Template *t)
{
    if (!t->text.size) return true;
    Value part = t->re->bytes ? asy_bytes_value(t->vm, t->text.data, t->text.size)
                              : asy_value_or_err(asy_str_new(t->vm, t->text.data, t->text.size));
    t->text.size = 0;
    t->text.ascii = true;
    return !asy_is_err(part) && asy_list_append_owned(t->vm, t->parts, part);
}
static bool add_group(Template *t, const char *at, uint64_t n)
{
    if (n > t->re->groups) return template_wrong(t, at, "invalid group reference %llu", (unsigned long long)n);
    return flush_text(t) && asy_list_append(t->vm, t->parts, asy_from_small((int64_t)n));
}
static bool add_code(Template *t, uint32_t c)
{
    char byte = (char)c;
    return t->re->bytes ? asy_builder_bytes(&t->text, &byte, 1) : asy_builder_char(&t->text, c);
}
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_octal(char c) { return c >= '0' && c <= '7'; }

// \g<name> or \g<number>, behind the g.
static bool named_group(Template *t)
{
    if (t->p >= t->end || *t->p != '<') return template_wrong(t, t->p, "missing <");
    const char *name = ++t->p;
    while (t->p < t->end && *t->p != '>') t->p++;
    size_t size = (size_t)(t->p - name);
    if (t->p >= t->end) return template_wrong(t, name, size ? "missing >, unterminated name" : "missing group name");
    t->p++;
    if (!size) return template_wrong(t, name, "missing group name");
    uint64_t n = 0;
    bool digits = true;
    for (size_t i = 0; i < size; i++) digits = digits && is_digit(name[i]);
    if (digits) {
        for (size_t i = 0; i < size && n < 1000000000; i++) n = n * 10 + (uint64_t)(name[i] - '0');
        return add_group(t, name, n);
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i], lower = c | 0x20;
        if (c == '_' || (lower >= 'a' && lower <= 'z') || (c >= 0x80 && !t->re->bytes) || (i && is_digit(name[i]))) continue;
        return template_wrong(t, name, "bad character in group name '%.*s'", (int)size, name);
    }
    StrObj *s = asy_str_new(t->vm, name, size);
    Value found = ASY_NIL;
    bool ok = s && asy_dict_get(t->vm, t->re->groupindex, asy_from_obj(s), &found);
    if (ok && asy_is_nil(found)) {
        asy_raise(t->vm, EXC_IndexError, "unknown group name %R", asy_from_obj(s));
        ok = false;
    }
    asy_release_obj(t->vm, s);
    return ok && add_group(t, name, (uint64_t)asy_as_small(found));
}

static bool template_escape(Template *t)
{
    const char *start = t->p++;
    if (t->p >= t->end) return template_wrong(t, start, "bad escape (end of pattern)");
    char c = *t->p++;
    if (c == 'g') return named_group(t);
    if (c == '0') {
        uint32_t v = 0;
        for (int i = 0; i < 2 && t->p < t->end && is_octal(*t->p); i++) v = v * 8 + (uint32_t)(*t->p++ - '0');
        return add_code(t, v & 0xFF);
    }
    if (is_digit(c)) {
        uint32_t v = (uint32_t)(c - '0');
        if (t->p < t->end && is_digit(*t->p)) {
            if (is_octal(c) && is_octal(*t->p) && t->p + 1 < t->end && is_octal(t->p[1])) {
                v = v * 64 + (uint32_t)(t->p[0] - '0') * 8 + (uint32_t)(t->p[1] - '0');
                t->p += 2;
                if (v > 0377) return template_wrong(t, start, "octal escape value %.4s outside of range 0-0o377", start);
                return add_code(t, v);
            }
            v = v * 10 + (uint32_t)(*t->p++ - '0');
        }
        return add_group(t, start + 1, v);
    }
    static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) return add_code(t, (unsigned char)meanings[letter - letters]);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return template_wrong(t, start, "bad escape \\%c", c);
    t->p = start + 1;
    // any other character stands for itself, and so does the backslash; two of them are one
    if (c == '\\') t->p++;
    return asy_builder_c(&t->text, "\\");
}

// The parts of `source`, a str for a pattern of str and bytes-like for one of bytes. NULL: exception.
static ListObj *parse_template(VM *vm, const RePattern *re, Value source)
{
    BufferView view = { 0 };
    bool is_str = asy_is_str(vm, source);
    if (is_str ? re->bytes : !re->bytes) {
        if (is_str || asy_has_buffer(vm, source)) {
            asy_raise(vm, EXC_TypeError, is_str ? "sequence item 0: expected a bytes-like object, str found"
                                                : "sequence item 0: expected str instance, %T found", source);
        } else {
            asy_raise(vm, EXC_TypeError, "decoding to str: need a bytes-like object, %T found", source);
        }
        return NULL;
    }
    if (!is_str && !asy_get_buffer(vm, source, &view)) return NULL;
    Template t = { .vm = vm, .re = re, .source = source, .parts = asy_list_new(vm, 0) };
    t.begin = t.p = is_str ? asy_as_str(source)->data : view.data ? (const char *)view.data : "";
    t.end = t.begin + (is_str ? asy_as_str(source)->size : view.size);
    asy_builder_init(&t.text, vm);
    bool ok = t.parts != NULL;
    while (ok && t.p < t.end) {
        const char *slash = memchr(t.p, '\\', (size_t)(t.end - t.p));
        if (!slash) slash = t.end;
        ok = asy_builder_bytes(&t.text, t.p, (size_t)(slash - t.p));
        t.p = slash;
        if (ok && slash < t.end) ok = template_escape(&t);
    }
    ok = ok && flush_text(&t);
    asy_builder_free(&t.text);
    if (!is_str) asy_release_buffer(vm, &view);
    if (ok) return t.parts;
    asy_release_obj(vm, t.parts);
    return NULL;
}

// -- output: text or bytes, both collected in a StrBuilder

static bool put_range(StrBuilder *b, const ReScan *scan, size_t from, size_t to)
{
    return from >= to || asy_builder_bytes(b, scan->data + from, to - from);
}
// A str or bytes-like object as it came from script; None adds nothing.
static bool put_object(VM *vm, StrBuilder *b, const ReScan *scan, Value v)
{
    if (asy_is_none(v)) return true;
    if (!scan->re->bytes) {
        if (asy_is_str(vm, v)) return asy_builder_str(b, asy_as_str(v));
        asy_raise(vm, EXC_TypeError, "expected str instance, %T found", v);
        return false;
    }
    BufferView view;
    if (!asy_has_buffer(vm, v)) {
        asy_raise(vm, EXC_TypeError, "expected a bytes-like object, %T found", v);
        return false;
    }
    if (!asy_get_buffer(vm, v, &view)) return false;
    bool ok = !view.size || asy_builder_bytes(b, (const char *)view.data, view.size);
    asy_release_buffer(vm, &view);
    return ok;
}
static bool put_parts(VM *vm, StrBuilder *b, const ReScan *scan, const ListObj *parts)
{
    for (size_t i = 0; i < parts->size; i++) {
        Value part = parts->items[i];
        if (!asy_is_int(part)) {
            if (!put_object(vm, b, scan, part)) return false;
            continue;
        }
        size_t group = (size_t)asy_as_small(part);
        if (scan->offsets[2 * group] == PCRE2_UNSET) continue;
        if (!put_range(b, scan, scan->offsets[2 * group], scan->offsets[2 * group + 1])) return false;
    }
    return true;
}
// Ends the builder.
static Value finish_text(VM *vm, StrBuilder *b, const RePattern *re)
{
    if (!re->bytes) return asy_value_or_err(asy_builder_finish(b));
    Value r = asy_bytes_value(vm, b->data, b->size);
    asy_builder_free(b);
    return r;
}

Value asy_re_expand(VM *vm, const ReScan *scan, Value template)
{
    ListObj *parts = parse_template(vm, scan->re, template);
    if (!parts) return ASY_ERR;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = put_parts(vm, &b, scan, parts);
    asy_release_obj(vm, parts);
    if (ok) return finish_text(vm, &b, scan->re);
    asy_builder_free(&b);
    return ASY_ERR;
}

// -- sub

// One replacement: by the parts of a template or by calling `function` (NIL: by parts).
static bool put_replacement(VM *vm, StrBuilder *b, const ReScan *scan, const ListObj *parts, Value function)
{
    if (parts) return put_parts(vm, b, scan, parts);
    Value m = asy_re_scan_match(vm, scan);
    Value r = asy_is_err(m) ? ASY_ERR : asy_call1(vm, function, m);
    if (!asy_is_err(m)) asy_release(vm, m);
    bool ok = !asy_is_err(r) && put_object(vm, b, scan, r);
    if (!asy_is_err(r)) asy_release(vm, r);
    return ok;
}

// The new text, and in *made the number of replacements.
static Value substitute(VM *vm, Args a, int64_t *made)
{
    RePattern *re = asy_as_pattern(a.self);
    int64_t count = 0;
    *made = 0;
    if (!asy_arg_i64(vm, a.v[2], &count)) return ASY_ERR;
    ReScan scan;
    ListObj *parts = NULL;
    bool calls = asy_is_callable(vm, a.v[0]);
    if (!calls && !(parts = parse_template(vm, re, a.v[0]))) return ASY_ERR;
    if (!asy_re_scan_open(vm, &scan, re, a.v[1], 0, INT64_MAX)) {
        asy_release_obj(vm, parts);
        return ASY_ERR;
    }
    StrBuilder b;
    asy_builder_init(&b, vm);
    size_t copied = 0;
    int found = 1;
    while (count <= 0 || *made < count) {
        found = asy_re_scan_next(vm, &scan, RE_SEARCH);
        if (found <= 0) break;
        size_t end = scan.offsets[1];
        if (!put_range(&b, &scan, copied, scan.offsets[0]) || !put_replacement(vm, &b, &scan, parts, a.v[0])) {
            found = -1;
            break;
        }
        copied = end;
        ++*made;
    }
    Value r = ASY_ERR;
    if (found >= 0 && !*made) {
        r = asy_re_scan_slice(vm, &scan, 0, scan.end);
        asy_builder_free(&b);
    } else if (found >= 0 && put_range(&b, &scan, copied, scan.end)) {
        r = finish_text(vm, &b, re);
    } else {
        asy_builder_free(&b);
    }
    asy_re_scan_close(vm, &scan);
    asy_release_obj(vm, parts);
    return r;
}

Value asy_re_sub(VM *vm, Args a)
{
    int64_t made;
    return substitute(vm, a, &made);
}
Value asy_re_subn(VM *vm, Args a)
{
    int64_t made;
    Value text = substitute(vm, a, &made);
    if (asy_is_err(text)) return ASY_ERR;
    Value r = asy_tuple_pack(vm, 2, text, asy_from_small(made));
    asy_release(vm, text);
    return r;
}

// -- split

static bool add_piece(Parts *parts, const ReScan *scan, size_t from, size_t to)
{
    return asy_parts_add(parts, from == PCRE2_UNSET ? ASY_NONE : asy_re_scan_slice(parts->vm, scan, from, to));
}
Value asy_re_split(VM *vm, Args a)
{
    RePattern *re = asy_as_pattern(a.self);
    int64_t most = 0;
    ReScan scan;
    if (!asy_arg_i64(vm, a.v[1], &most) || !asy_re_scan_open(vm, &scan, re, a.v[0], 0, INT64_MAX)) return ASY_ERR;
    Parts parts;
    asy_parts_init(&parts, vm);
    size_t copied = 0;
    int found = 1;
    for (int64_t n = 0; found > 0 && (most <= 0 || n < most); n++) {
        found = asy_re_scan_next(vm, &scan, RE_SEARCH);
        if (found <= 0) break;
        bool ok = add_piece(&parts, &scan, copied, scan.offsets[0]);
        for (uint32_t i = 1; ok && i <= re->groups; i++) {
            ok = add_piece(&parts, &scan, scan.offsets[2 * i], scan.offsets[2 * i + 1]);
        }
        copied = scan.offsets[1];
        if (!ok) found = -1;
    }
    bool ok = found >= 0 && add_piece(&parts, &scan, copied, scan.end);
    asy_re_scan_close(vm, &scan);
    if (ok) return asy_parts_finish(&parts);
    asy_parts_free(&parts);
    return ASY_ERR;
}
