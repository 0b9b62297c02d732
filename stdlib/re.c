// _re: compiled patterns and matches. How patterns are run is in re_engine.c, the functions of the module in re_module.c.
#include "stdlib/re.h"
#include "vm/objects/generic.h"
#include "vm/objects/parts.h"

static const TypeDef iterator_type;

typedef struct MatchObj {
    ObjHeader head;
    RePattern *re;
    Value string;
    int64_t pos, endpos;
    size_t offsets[];           // bytes: start and end of groups 0 to re->groups
} MatchObj;
static MatchObj *match_of(Value v) { return asy_as(MatchObj, v); }

// -- compiling

Value asy_re_raise(VM *vm, const char *message, Value pattern, int64_t position)
{
    Value cls = asy_import_attr(vm, "re", "error");
    if (asy_is_err(cls)) return ASY_ERR;
    Value text = asy_value_or_err(asy_str_decode(vm, message, strlen(message), "replace"));
    Value exc = asy_is_err(text) ? ASY_ERR
                                 : asy_call3(vm, cls, text, pattern, position < 0 ? ASY_NONE : asy_int_from_i64(vm, position));
    if (!asy_is_err(text)) asy_release(vm, text);
    asy_release(vm, cls);
    if (asy_is_err(exc)) return ASY_ERR;
    asy_raise_object(vm, exc);
    asy_release(vm, exc);
    return ASY_ERR;
}

// The flags' rules once those in the text are known.
static bool check_flags(VM *vm, RePattern *re)
{
    const char *wrong = NULL;
    if (re->bytes) {
        if (re->flags & RE_UNICODE) wrong = "cannot use UNICODE flag with a bytes pattern";
        else if (re->flags & RE_LOCALE && re->flags & RE_ASCII) wrong = "ASCII and LOCALE flags are incompatible";
    } else {
        if (re->flags & RE_LOCALE) wrong = "cannot use LOCALE flag with a str pattern";
        else if (re->flags & RE_ASCII && re->flags & RE_UNICODE) wrong = "ASCII and UNICODE flags are incompatible";
        else if (!(re->flags & RE_ASCII)) re->flags |= RE_UNICODE;
    }
    if (wrong) asy_raise(vm, EXC_ValueError, "%s", wrong);
    return !wrong;
}

Value asy_re_compile(VM *vm, Value pattern, uint32_t flags)
{
    bool is_str = asy_is_str(vm, pattern);
    if (!is_str && !asy_has_buffer(vm, pattern)) {
        return asy_raise(vm, EXC_TypeError, "first argument must be string or compiled pattern");
    }
    Type *type = asy_type_ready(vm, &asy_re_pattern_type), *match_type = asy_type_ready(vm, &asy_re_match_type);
    RePattern *re = type && match_type ? asy_object_alloc(vm, type) : NULL;
    if (!re) return ASY_ERR;
    re->match_type = match_type;
    re->pattern = asy_retain(pattern);
    re->flags = flags;
    re->bytes = !is_str;
    re->groupindex = asy_dict_new(vm);
    BufferView view = { 0 };
    bool ok = re->groupindex && (is_str || asy_get_buffer(vm, pattern, &view));
    if (ok) {
        const char *text = is_str ? asy_as_str(pattern)->data : (const char *)view.data;
        StrBuilder out;
        asy_builder_init(&out, vm);
        ok = asy_re_translate(vm, re, text, is_str ? asy_as_str(pattern)->size : view.size, &out) && check_flags(vm, re) &&
             asy_re_prepare(vm, re, &out);
        asy_builder_free(&out);
        if (!is_str) asy_release_buffer(vm, &view);
    }
    if (ok) return asy_from_obj(re);
    asy_release_obj(vm, re);
    return ASY_ERR;
}

Value asy_re_scan_match(VM *vm, const ReScan *scan)
{
    size_t size = 2 * (scan->re->groups + (size_t)1) * sizeof(size_t);
    MatchObj *m = asy_object_alloc_extra(vm, scan->re->match_type, size);
    if (!m) return ASY_ERR;
    m->re = asy_retain_obj(scan->re);
    m->string = asy_retain(scan->string);
    m->pos = scan->pos;
    m->endpos = scan->endpos;
    memcpy(m->offsets, scan->offsets, size);
    return asy_from_obj(m);
}

// -- Pattern

static bool open_bounded(VM *vm, ReScan *scan, Args a)
{
    int64_t pos = 0, endpos = INT64_MAX;
    return asy_arg_size(vm, a.v[1], &pos) && asy_arg_size(vm, a.v[2], &endpos) &&
           asy_re_scan_open(vm, scan, asy_as_pattern(a.self), a.v[0], pos, endpos);
}
static Value find_one(VM *vm, Args a, ReMode mode)
{
    ReScan scan;
    if (!open_bounded(vm, &scan, a)) return ASY_ERR;
    int found = asy_re_scan_next(vm, &scan, mode);
    Value r = found < 0 ? ASY_ERR : found ? asy_re_scan_match(vm, &scan) : ASY_NONE;
    asy_re_scan_close(vm, &scan);
    return r;
}
Value asy_re_pattern_search(VM *vm, Args a) { return find_one(vm, a, RE_SEARCH); }
Value asy_re_pattern_match(VM *vm, Args a) { return find_one(vm, a, RE_MATCH); }
Value asy_re_pattern_fullmatch(VM *vm, Args a) { return find_one(vm, a, RE_FULLMATCH); }

// A group of the scan's match, `absent` (borrowed) if it took no part.
static Value scan_group(VM *vm, const ReScan *scan, uint32_t i, Value absent)
{
    size_t from = scan->offsets[2 * i];
    return from == PCRE2_UNSET ? asy_retain(absent) : asy_re_scan_slice(vm, scan, from, scan->offsets[2 * i + 1]);
}

// The groups of the scan's match as a tuple, with `empty` where one took no part.
static Value scan_groups(VM *vm, const ReScan *scan, Value empty)
{
    TupleObj *t = asy_tuple_alloc(vm, scan->re->groups);
    for (uint32_t i = 1; t && i <= scan->re->groups; i++) {
        Value g = scan_group(vm, scan, i, empty);
        if (asy_is_err(g)) {
            asy_release_obj(vm, t);
            return ASY_ERR;
        }
        t->items[i - 1] = g;
    }
    return asy_value_or_err(t);
}

Value asy_re_pattern_findall(VM *vm, Args a)
{
    ReScan scan;
    if (!open_bounded(vm, &scan, a)) return ASY_ERR;
    RePattern *re = scan.re;
    Parts parts;
    asy_parts_init(&parts, vm);
    Value empty = asy_re_scan_slice(vm, &scan, 0, 0);
    int found = asy_is_err(empty) ? -1 : 1;
    while (found > 0 && (found = asy_re_scan_next(vm, &scan, RE_SEARCH)) > 0) {
        Value item = re->groups > 1 ? scan_groups(vm, &scan, empty) : scan_group(vm, &scan, re->groups, empty);
        if (!asy_parts_add(&parts, item)) found = -1;
    }
    asy_release(vm, empty);
    asy_re_scan_close(vm, &scan);
    if (found == 0) return asy_parts_finish(&parts);
    asy_parts_free(&parts);
    return ASY_ERR;
}

// finditer's iterator: an open scan.
typedef struct IterObj {
    ObjHeader head;
    bool open;
    ReScan scan;
} IterObj;

Value asy_re_pattern_finditer(VM *vm, Args a)
{
    Type *type = asy_type_ready(vm, &iterator_type);
    IterObj *it = type ? asy_object_alloc(vm, type) : NULL;
    if (!it) return ASY_ERR;
    it->open = open_bounded(vm, &it->scan, a);
    if (it->open) return asy_from_obj(it);
    asy_release_obj(vm, it);
    return ASY_ERR;
}

static void iterator_clear(VM *vm, ObjHeader *o)
{
    IterObj *it = (IterObj *)(void *)o;
    if (!it->open) return;
    it->open = false;
    asy_re_scan_close(vm, &it->scan);
}

static Value iterator_next(VM *vm, Value self)
{
    IterObj *it = asy_as(IterObj, self);
    if (!it->open) return ASY_DONE;
    int found = asy_re_scan_next(vm, &it->scan, RE_SEARCH);
    if (found > 0) return asy_re_scan_match(vm, &it->scan);
    if (found == 0) iterator_clear(vm, &it->head);
    return found < 0 ? ASY_ERR : ASY_DONE;
}

static void iterator_trace(Tracer *t, ObjHeader *o)
{
    IterObj *it = (IterObj *)(void *)o;
    if (!it->open) return;
    asy_trace_header(t, (ObjHeader *)(void *)it->scan.re);
    asy_trace_value(t, it->scan.string);
    if (it->scan.re->bytes) asy_trace_value(t, it->scan.view.owner);
}

static const TypeDef iterator_type = {
    .name = "callable_iterator",
    .size = sizeof(IterObj),
    .flags = TYPE_DISALLOW_NEW,
    .trace = iterator_trace,
    .clear = iterator_clear,
    .slots = { .iter = asy_iter_self, .next = iterator_next },
};

// repr(v), cut to `max` characters.
static bool put_repr(VM *vm, StrBuilder *b, Value v, size_t max)
{
    Value r = asy_repr(vm, v);
    if (asy_is_err(r)) return false;
    StrObj *s = asy_as_str(r);
    size_t n = asy_str_length(vm, s);
    bool ok = asy_builder_bytes(b, s->data, n > max ? asy_str_offset(vm, s, max) : s->size);
    asy_release(vm, r);
    return ok;
}

static Value pattern_repr(VM *vm, Value self)
{
    static const struct { uint32_t flag; const char *name; } names[] = {
        { RE_IGNORECASE, "re.IGNORECASE" }, { RE_LOCALE, "re.LOCALE" },   { RE_MULTILINE, "re.MULTILINE" },
        { RE_DOTALL, "re.DOTALL" },         { RE_UNICODE, "re.UNICODE" }, { RE_VERBOSE, "re.VERBOSE" },
        { RE_ASCII, "re.ASCII" },
    };
    RePattern *re = asy_as_pattern(self);
    uint32_t flags = re->flags;
    if (!re->bytes) flags &= ~(uint32_t)RE_UNICODE;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, "re.compile(") && put_repr(vm, &b, re->pattern, 200);
    const char *between = ", ";
    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++) {
        if (!(flags & names[i].flag)) continue;
        flags &= ~names[i].flag;
        ok = asy_builder_c(&b, between) && asy_builder_c(&b, names[i].name);
        between = "|";
    }
    if (ok && flags) ok = asy_builder_format(&b, "%s0x%x", between, flags);
    if (ok && asy_builder_c(&b, ")")) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}
static Value pattern_compare(VM *vm, Value x, Value y, Comparison op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !asy_is_obj(y) || asy_as_obj(y)->type->def != &asy_re_pattern_type) {
        return ASY_NOTIMPLEMENTED;
    }
    RePattern *a = asy_as_pattern(x), *b = asy_as_pattern(y);
    int same = a->flags == b->flags && a->bytes == b->bytes ? asy_equal(vm, a->pattern, b->pattern) : 0;
    return same < 0 ? ASY_ERR : asy_from_bool((op == CMP_EQ) == (same == 1));
}
static bool pattern_hash(VM *vm, Value self, int64_t *hash)
{
    RePattern *re = asy_as_pattern(self);
    if (!asy_hash(vm, re->pattern, hash)) return false;
    *hash ^= (int64_t)re->flags << 20 | re->groups;
    if (*hash == -1) *hash = -2;
    return true;
}
static Value same_object(VM *vm, Args a) { return (void)vm, asy_retain(a.self); }
static Value pattern_get_flags(VM *vm, Value self) { return (void)vm, asy_from_small(asy_as_pattern(self)->flags); }
static Value pattern_get_groups(VM *vm, Value self) { return (void)vm, asy_from_small(asy_as_pattern(self)->groups); }
static Value pattern_get_groupindex(VM *vm, Value self)
{
    Value cls = asy_import_attr(vm, "types", "MappingProxyType");
    if (asy_is_err(cls)) return ASY_ERR;
    Value r = asy_call1(vm, cls, asy_from_obj(asy_as_pattern(self)->groupindex));
    asy_release(vm, cls);
    return r;
}
static void pattern_trace(Tracer *t, ObjHeader *o)
{
    RePattern *re = (RePattern *)(void *)o;
    asy_trace_value(t, re->pattern);
    asy_trace_header(t, (ObjHeader *)(void *)re->groupindex);
}
static void pattern_clear(VM *vm, ObjHeader *o)
{
    RePattern *re = (RePattern *)(void *)o;
    asy_clear(vm, &re->pattern);
    DictObj *d = re->groupindex;
    re->groupindex = NULL;
    asy_release_obj(vm, d);
}
static void pattern_free(VM *vm, ObjHeader *o)
{
    RePattern *re = (RePattern *)(void *)o;
    asy_re_forget(vm, re);
    asy_mem_free(vm, re->closing, re->groups * sizeof *re->closing);
}
static const MethodDef pattern_methods[] = {
    { "search", asy_re_pattern_search, "(string, pos=0, endpos=9223372036854775807)", 0,
      "Scan through string looking for a match, and return a corresponding match object instance." },
    { "match", asy_re_pattern_match, "(string, pos=0, endpos=9223372036854775807)", 0,
      "Matches zero or more characters at the beginning of the string." },
    { "fullmatch", asy_re_pattern_fullmatch, "(string, pos=0, endpos=9223372036854775807)", 0, "Matches against all of the string." },
    { "findall", asy_re_pattern_findall, "(string, pos=0, endpos=9223372036854775807)", 0,
      "Return a list of all non-overlapping matches of pattern in string." },
    { "finditer", asy_re_pattern_finditer, "(string, pos=0, endpos=9223372036854775807)", 0,
      "Return an iterator over all non-overlapping matches for the RE pattern in string." },
    { "split", asy_re_split, "(string, maxsplit=0)", 0, "Split string by the occurrences of pattern." },
    { "sub", asy_re_sub, "(repl, string, count=0)", 0,
      "Return the string with the leftmost occurrences of the pattern replaced by repl." },
    { "subn", asy_re_subn, "(repl, string, count=0)", 0, "Return the tuple (new_string, number_of_subs_made)." },
    { "__copy__", same_object, "()", 0, NULL },
    { "__deepcopy__", same_object, "(memo, /)", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef pattern_getset[] = {
    { "flags", pattern_get_flags, NULL, "The regex matching flags." },
    { "groups", pattern_get_groups, NULL, "The number of capturing groups in the pattern." },
    { "groupindex", pattern_get_groupindex, NULL, "A dictionary mapping group names to group numbers." },
    { 0 },
};
static const MemberDef pattern_members[] = {
    { "pattern", offsetof(RePattern, pattern), false, "The pattern string from which the RE object was compiled." },
    { 0 },
};
const TypeDef asy_re_pattern_type = {
    .name = "re.Pattern",
    .size = sizeof(RePattern),
    .flags = TYPE_DISALLOW_NEW | TYPE_WEAKREFS,
    .doc = "Compiled regular expression object.",
    .trace = pattern_trace,
    .clear = pattern_clear,
    .free = pattern_free,
    .methods = pattern_methods,
    .getset = pattern_getset,
    .members = pattern_members,
    .slots = { .repr = pattern_repr, .compare = pattern_compare, .hash = pattern_hash },
};

// -- Match

// A byte offset as script counts it; -1 for a group that took no part.
static int64_t position(VM *vm, const MatchObj *m, size_t offset)
{
    if (offset == PCRE2_UNSET) return -1;
    return (int64_t)(m->re->bytes ? offset : asy_str_position(vm, asy_as_str(m->string), offset));
}
// The number of a group given by number or name (NIL: 0); -1: IndexError.
static int64_t group_index(VM *vm, const MatchObj *m, Value key)
{
    int64_t i = -1;
    if (asy_is_nil(key)) return 0;
    if (asy_is_integer(vm, key)) {
        if (!asy_int_as_i64(vm, key, &i)) i = -1;
    } else {
        Value found;
        if (!asy_dict_get(vm, m->re->groupindex, key, &found)) asy_error_clear(vm);
        else if (!asy_is_nil(found)) i = asy_as_small(found);
    }
    if (i >= 0 && i <= (int64_t)m->re->groups) return i;
    asy_raise(vm, EXC_IndexError, "no such group");
    return -1;
}
static Value match_slice(VM *vm, const MatchObj *m, int64_t i, Value absent)
{
    size_t from = m->offsets[2 * i], to = m->offsets[2 * i + 1];
    if (from == PCRE2_UNSET) return asy_retain(absent);
    if (!m->re->bytes) return asy_value_or_err(asy_str_slice_bytes(vm, asy_as_str(m->string), from, to));
    BufferView view;
    if (!asy_get_buffer(vm, m->string, &view)) return ASY_ERR;
    if (to > view.size) to = view.size;         // a bytearray may have shrunk since
    if (from > to) from = to;
    Value r = asy_bytes_value(vm, view.data + from, to - from);
    asy_release_buffer(vm, &view);
    return r;
}
static Value match_group(VM *vm, Args a)
{
    MatchObj *m = match_of(a.self);
    if (a.n <= 1) {
        int64_t i = a.n ? group_index(vm, m, a.v[0]) : 0;
        return i < 0 ? ASY_ERR : match_slice(vm, m, i, ASY_NONE);
    }
    TupleObj *t = asy_tuple_alloc(vm, a.n);
    for (uint32_t k = 0; t && k < a.n; k++) {
        int64_t i = group_index(vm, m, a.v[k]);
        Value g = i < 0 ? ASY_ERR : match_slice(vm, m, i, ASY_NONE);
        if (asy_is_err(g)) {
            asy_release_obj(vm, t);
            return ASY_ERR;
        }
        t->items[k] = g;
    }
    return asy_value_or_err(t);
}
static Value match_getitem(VM *vm, Value self, Value key)
{
    int64_t i = group_index(vm, match_of(self), key);
    return i < 0 ? ASY_ERR : match_slice(vm, match_of(self), i, ASY_NONE);
}
static Value match_groups(VM *vm, Args a)
{
    MatchObj *m = match_of(a.self);
    TupleObj *t = asy_tuple_alloc(vm, m->re->groups);
    for (uint32_t i = 1; t && i <= m->re->groups; i++) {
        Value g = match_slice(vm, m, i, asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0]);
        if (asy_is_err(g)) {
            asy_release_obj(vm, t);
            return ASY_ERR;
        }
        t->items[i - 1] = g;
    }
    return asy_value_or_err(t);
}
static Value match_groupdict(VM *vm, Args a)
{
    MatchObj *m = match_of(a.self);
    DictObj *d = asy_dict_new(vm);
    uint32_t at = 0;
    Value name, number;
    while (d && asy_dict_next(m->re->groupindex, &at, &name, &number)) {
        Value g = match_slice(vm, m, asy_as_small(number), asy_is_nil(a.v[0]) ? ASY_NONE : a.v[0]);
        bool ok = !asy_is_err(g) && asy_dict_set(vm, d, name, g);
        if (!asy_is_err(g)) asy_release(vm, g);
        if (!ok) {
            asy_release_obj(vm, d);
            d = NULL;
        }
    }
    return asy_value_or_err(d);
}
static Value span_of(VM *vm, const MatchObj *m, int64_t i)
{
    return asy_tuple_pack(vm, 2, asy_from_small(position(vm, m, m->offsets[2 * i])),
                          asy_from_small(position(vm, m, m->offsets[2 * i + 1])));
}
static Value match_start(VM *vm, Args a)
{
    int64_t i = group_index(vm, match_of(a.self), a.v[0]);
    return i < 0 ? ASY_ERR : asy_from_small(position(vm, match_of(a.self), match_of(a.self)->offsets[2 * i]));
}
static Value match_end(VM *vm, Args a)
{
    int64_t i = group_index(vm, match_of(a.self), a.v[0]);
    return i < 0 ? ASY_ERR : asy_from_small(position(vm, match_of(a.self), match_of(a.self)->offsets[2 * i + 1]));
}
static Value match_span(VM *vm, Args a)
{
    int64_t i = group_index(vm, match_of(a.self), a.v[0]);
    return i < 0 ? ASY_ERR : span_of(vm, match_of(a.self), i);
}
static Value match_expand(VM *vm, Args a)
{
    MatchObj *m = match_of(a.self);
    ReScan scan;
    if (!asy_re_scan_open(vm, &scan, m->re, m->string, 0, INT64_MAX)) return ASY_ERR;
    scan.offsets = m->offsets;
    Value r = asy_re_expand(vm, &scan, a.v[0]);
    asy_re_scan_close(vm, &scan);
    return r;
}
// The group that closed last: the one that ends farthest to the right, of several the one whose parenthesis closes last.
static uint32_t last_group(const MatchObj *m)
{
    uint32_t last = 0;
    for (uint32_t i = 1; i <= m->re->groups; i++) {
        size_t end = m->offsets[2 * i + 1];
        if (end == PCRE2_UNSET) continue;
        size_t best = last ? m->offsets[2 * last + 1] : 0;
        if (!last || end > best || (end == best && m->re->closing[i - 1] > m->re->closing[last - 1])) last = i;
    }
    return last;
}
static Value match_get_lastindex(VM *vm, Value self)
{
    uint32_t last = last_group(match_of(self));
    return (void)vm, last ? asy_from_small(last) : ASY_NONE;
}
static Value match_get_lastgroup(VM *vm, Value self)
{
    uint32_t last = last_group(match_of(self)), at = 0;
    Value name, number;
    (void)vm;
    while (last && asy_dict_next(match_of(self)->re->groupindex, &at, &name, &number)) {
        if (asy_as_small(number) == last) return asy_retain(name);
    }
    return ASY_NONE;
}
static Value match_get_regs(VM *vm, Value self)
{
    MatchObj *m = match_of(self);
    TupleObj *t = asy_tuple_alloc(vm, m->re->groups + (size_t)1);
    for (uint32_t i = 0; t && i <= m->re->groups; i++) {
        Value span = span_of(vm, m, i);
        if (asy_is_err(span)) {
            asy_release_obj(vm, t);
            return ASY_ERR;
        }
        t->items[i] = span;
    }
    return asy_value_or_err(t);
}
static Value match_get_pos(VM *vm, Value self) { return (void)vm, asy_from_small(match_of(self)->pos); }
static Value match_get_endpos(VM *vm, Value self)
{
    MatchObj *m = match_of(self);
    return asy_from_small(m->endpos < 0 ? (int64_t)asy_str_length(vm, asy_as_str(m->string)) : m->endpos);
}
static Value match_get_re(VM *vm, Value self) { return (void)vm, asy_from_obj(asy_retain_obj(match_of(self)->re)); }
static Value match_repr(VM *vm, Value self)
{
    MatchObj *m = match_of(self);
    Value text = match_slice(vm, m, 0, ASY_NONE);
    if (asy_is_err(text)) return ASY_ERR;
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_format(&b, "<re.Match object; span=(%lld, %lld), match=", (long long)position(vm, m, m->offsets[0]),
                                 (long long)position(vm, m, m->offsets[1])) &&
              put_repr(vm, &b, text, 50) && asy_builder_c(&b, ">");
    asy_release(vm, text);
    if (ok) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}
static void match_trace(Tracer *t, ObjHeader *o)
{
    MatchObj *m = (MatchObj *)(void *)o;
    asy_trace_header(t, (ObjHeader *)(void *)m->re);
    asy_trace_value(t, m->string);
}
static void match_clear(VM *vm, ObjHeader *o)
{
    MatchObj *m = (MatchObj *)(void *)o;
    RePattern *re = m->re;
    m->re = NULL;
    asy_release_obj(vm, re);
    asy_clear(vm, &m->string);
}
static const MethodDef match_methods[] = {
    { "group", match_group, NULL, NATIVE_RAW, "Return subgroup(s) of the match by indices or names." },
    { "groups", match_groups, "(default=None)", 0, "Return a tuple containing all the subgroups of the match, from 1." },
    { "groupdict", match_groupdict, "(default=None)", 0, "Return a dictionary of all the named subgroups of the match." },
    { "start", match_start, "(group=0, /)", 0, "Return index of the start of the substring matched by group." },
    { "end", match_end, "(group=0, /)", 0, "Return index of the end of the substring matched by group." },
    { "span", match_span, "(group=0, /)", 0, "For match object m, return the 2-tuple (m.start(group), m.end(group))." },
    { "expand", match_expand, "(template)", 0, "Return the string obtained by filling in the groups of the match." },
    { "__copy__", same_object, "()", 0, NULL },
    { "__deepcopy__", same_object, "(memo, /)", 0, NULL },
    { "__class_getitem__", asy_class_getitem, "(item, /)", NATIVE_CLASS, "See PEP 585" },
    { 0 },
};
static const GetSetDef match_getset[] = {
    { "pos", match_get_pos, NULL, "The index into the string at which the RE engine started looking for a match." },
    { "endpos", match_get_endpos, NULL, "The index into the string beyond which the RE engine will not go." },
    { "lastindex", match_get_lastindex, NULL, "The integer index of the last matched capturing group." },
    { "lastgroup", match_get_lastgroup, NULL, "The name of the last matched capturing group." },
    { "regs", match_get_regs, NULL, NULL },
    { "re", match_get_re, NULL, "The regular expression object." },
    { 0 },
};
static const MemberDef match_members[] = {
    { "string", offsetof(MatchObj, string), false, "The string passed to match() or search()." },
    { 0 },
};
const TypeDef asy_re_match_type = {
    .name = "re.Match",
    .size = sizeof(MatchObj),
    .flags = TYPE_DISALLOW_NEW,
    .doc = "The result of re.match() and re.search().",
    .trace = match_trace,
    .clear = match_clear,
    .methods = match_methods,
    .getset = match_getset,
    .members = match_members,
    .slots = { .repr = match_repr, .getitem = match_getitem },
};
