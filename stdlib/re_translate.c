// Python's regular expressions to PCRE2's: the text of a pattern is gone through once, checked as CPython's parser checks
// it (messages and positions are its), and written anew where the two languages differ.
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "stdlib/re.h"

typedef struct Translator {
    VM *vm;
    RePattern *re;
    const char *p, *begin, *end;
    StrBuilder *out;
    bool bytes;
    bool verbose;               // x, as it changes inside groups
    // what stands before: a quantifier needs something to repeat
    enum { BEFORE_NOTHING, BEFORE_ITEM, BEFORE_QUANTIFIER } before;
    uint32_t open[256];         // groups open now, by number, to refuse references into them
    uint32_t open_count;
    const char *open_at[256];
    bool open_verbose[256];
    uint32_t closed;            // groups closed so far
    int64_t condition;          // the highest group a (?(n)...) asks for, and where
    const char *condition_at;
} Translator;

// Raises re.error(message, pattern, position).
static bool wrong(Translator *t, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool wrong(Translator *t, const char *at, const char *format, ...)
{
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t offset = (size_t)(at - t->begin);
    (void)asy_re_raise(t->vm, message, t->re->pattern,
                       (int64_t)(t->bytes ? offset : asy_str_position(t->vm, asy_as_str(t->re->pattern), offset)));
    return false;
}

static bool put(Translator *t, const char *text) { return asy_builder_c(t->out, text); }
static bool put_n(Translator *t, const char *text, size_t n) { return asy_builder_bytes(t->out, text, n); }
static bool put_code(Translator *t, uint32_t c)
{
    char text[16];
    snprintf(text, sizeof text, "\\x{%x}", c);
    return put(t, text);
}
static size_t char_size(const Translator *t, const char *p)
{
    unsigned char c = (unsigned char)*p;
    return t->bytes || c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_octal(char c) { return c >= '0' && c <= '7'; }
static int hex_digit(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// \x, \u, \U: exactly n hexadecimal digits.
static bool hex_escape(Translator *t, const char *start, int n)
{
    uint32_t v = 0;
    const char *p = t->p;
    int i = 0;
    for (; i < n && p < t->end && hex_digit(*p) >= 0; i++, p++) v = v << 4 | (uint32_t)hex_digit(*p);
    if (i < n) return wrong(t, start, "incomplete escape %.*s", (int)(p - start), start);
    if (v > 0x10FFFF) return wrong(t, start, "bad escape %.*s", (int)(p - start), start);
    t->p = p;
    return put_code(t, v);
}

// Escapes that mean the same inside and outside of classes; *done false: not one of them.
static bool common_escape(Translator *t, const char *start, char c, bool in_class, bool *done)
{
    *done = true;
    switch (c) {
    case 'a': return put(t, "\\x07");
    case 'f': return put(t, "\\f");
    case 'n': return put(t, "\\n");
    case 'r': return put(t, "\\r");
    case 't': return put(t, "\\t");
    case 'v': return put(t, "\\x0b");
    case 'd': case 'D': case 'w': case 'W': return put_n(t, start, 2);
    case 's': case 'S':     // PCRE2's space lacks the separators U+001C to U+001F
        if (t->bytes || t->re->flags & RE_ASCII || (in_class && c == 'S')) return put_n(t, start, 2);
        if (in_class) return put(t, "\\s\\x1c-\\x1f");
        return put(t, c == 's' ? "[\\s\\x1c-\\x1f]" : "[^\\s\\x1c-\\x1f]");
    case 'x': return hex_escape(t, start, 2);
    case 'u': if (!t->bytes) return hex_escape(t, start, 4); break;
    case 'U': if (!t->bytes) return hex_escape(t, start, 8); break;
    default: break;
    }
    *done = false;
    return true;
}

static bool literal_escape(Translator *t, const char *start)
{
    char c = start[1];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return wrong(t, start, "bad escape \\%c", c);
    size_t n = char_size(t, start + 1);
    t->p = start + 1 + n;
    if ((unsigned char)c < 0x80) return put_n(t, start, 2);
    return put_n(t, start + 1, n);
}

// A reference to group n, `spelled` as a number at `start` behind its backslash, or ("") a name there.
static bool group_reference(Translator *t, const char *start, uint32_t n, const char *spelled)
{
    if (n == 0 || n > t->re->groups) return wrong(t, start, "invalid group reference %s", spelled);
    for (uint32_t i = 0; i < t->open_count; i++) {
        if (t->open[i] == n) return wrong(t, *spelled ? start - 1 : start, "cannot refer to an open group");
    }
    char text[24];
    snprintf(text, sizeof text, "\\g{%u}", n);
    return put(t, text);
}

static bool outside_escape(Translator *t)
{
    const char *start = t->p;
    if (start + 1 >= t->end) return wrong(t, start, "bad escape (end of pattern)");
    char c = start[1];
    t->p = start + 2;
    t->before = BEFORE_ITEM;
    bool done;
    if (!common_escape(t, start, c, false, &done)) return false;
    if (done) return true;
    switch (c) {
    case 'A': case 'b': t->before = BEFORE_NOTHING; return put_n(t, start, 2);
    case 'B': t->before = BEFORE_NOTHING; return put(t, "(?!\\A\\z)\\B");     // never in an empty text, CPython says
    case 'Z': t->before = BEFORE_NOTHING; return put(t, "\\z");
    default: break;
    }
    if (c == '0') {
        uint32_t v = 0;
        for (int i = 0; i < 2 && t->p < t->end && is_octal(*t->p); i++) v = v * 8 + (uint32_t)(*t->p++ - '0');
        return put_code(t, v);
    }
    if (is_digit(c)) {
        uint32_t v = (uint32_t)(c - '0');
        if (t->p < t->end && is_digit(*t->p)) {
            if (is_octal(c) && is_octal(*t->p) && t->p + 1 < t->end && is_octal(t->p[1])) {
                v = v * 64 + (uint32_t)(*t->p - '0') * 8 + (uint32_t)(t->p[1] - '0');
                t->p += 2;
                if (v > 0377) return wrong(t, start, "octal escape value %.*s outside of range 0-0o377", 4, start);
                return put_code(t, v);
            }
            v = v * 10 + (uint32_t)(*t->p++ - '0');
        }
        char spelled[8];
        snprintf(spelled, sizeof spelled, "%u", v);
        return group_reference(t, start + 1, v, spelled);
    }
    return literal_escape(t, start);
}

// One member of a class; *code is its code point, or -1 for a class like \d.
static bool class_member(Translator *t, int64_t *code)
{
    const char *start = t->p;
    *code = -1;
    if (*start != '\\') {
        size_t n = char_size(t, start);
        const char *next = start;
        uint32_t c = n > 1 ? asy_utf8_next(&next) : (unsigned char)*start;
        t->p += n;
        *code = c;
        // [ and & open things in PCRE2's classes that they do not in Python's
        if (*start == '[' || *start == ']' || *start == '^' || *start == '-') return put(t, "\\") && put_n(t, start, 1);
        return put_n(t, start, n);
    }
    if (start + 1 >= t->end) return wrong(t, start, "bad escape (end of pattern)");
    char c = start[1];
    t->p = start + 2;
    bool done;
    if (!common_escape(t, start, c, true, &done)) return false;
    if (done) {
        if (c != 'd' && c != 'D' && c != 's' && c != 'S' && c != 'w' && c != 'W') {
            uint32_t v = 0;
            if (c == 'x' || c == 'u' || c == 'U') {
                for (const char *p = start + 2; p < t->p; p++) v = v << 4 | (uint32_t)hex_digit(*p);
            } else {
                v = c == 'a' ? 7 : c == 'f' ? 12 : c == 'n' ? 10 : c == 'r' ? 13 : c == 't' ? 9 : 11;
            }
            *code = v;
        }
        return true;
    }
    if (c == 'b') return *code = 8, put(t, "\\x08");
    if (is_octal(c)) {
        uint32_t v = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && t->p < t->end && is_octal(*t->p); i++) v = v * 8 + (uint32_t)(*t->p++ - '0');
        if (v > 0377) return wrong(t, start, "octal escape value %.*s outside of range 0-0o377", (int)(t->p - start), start);
        *code = v;
        return put_code(t, v);
    }
    if (is_digit(c)) return wrong(t, start, "bad escape \\%c", c);
    uint32_t v = (unsigned char)c;
    const char *at = start + 1;
    if (v >= 0x80 && !t->bytes) v = asy_utf8_next(&at);
    *code = v;
    return literal_escape(t, start);
}

static bool char_class(Translator *t)
{
    const char *start = t->p++;
    if (!put(t, "[")) return false;
    if (t->p < t->end && *t->p == '^') {
        t->p++;
        if (!put(t, "^")) return false;
    }
    for (bool first = true;; first = false) {
        if (t->p >= t->end) return wrong(t, start, "unterminated character set");
        if (*t->p == ']' && !first) break;
        const char *member = t->p;
        int64_t low, high;
        if (!class_member(t, &low)) return false;
        if (t->p + 1 < t->end && *t->p == '-' && t->p[1] != ']') {
            if (!put(t, "-")) return false;
            t->p++;
            const char *second = t->p;
            if (!class_member(t, &high)) return false;
            if (low < 0 || high < 0 || high < low) {
                return wrong(t, member, "bad character range %.*s-%.*s", (int)(second - 1 - member), member,
                             (int)(t->p - second), second);
            }
        }
    }
    t->p++;
    t->before = BEFORE_ITEM;
    return put(t, "]");
}

// A name up to `close`. NULL: error raised.
static const char *group_name(Translator *t, char close, size_t *size)
{
    const char *start = t->p;
    while (t->p < t->end && *t->p != close) t->p++;
    *size = (size_t)(t->p - start);
    if (t->p >= t->end) {
        if (!*size) wrong(t, start, "missing group name");
        else wrong(t, start, "missing %c, unterminated name", close);
        return NULL;
    }
    t->p++;
    if (!*size) return (void)wrong(t, start, "missing group name"), NULL;
    for (size_t i = 0; i < *size; i++) {
        char c = start[i];
        bool ok = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ((unsigned char)c >= 0x80 && !t->bytes) || (i && is_digit(c));
        if (!ok) return (void)wrong(t, start, "bad character in group name '%.*s'", (int)*size, start), NULL;
    }
    return start;
}

static int64_t group_number(Translator *t, const char *name, size_t size)
{
    Value v = ASY_NIL;
    StrObj *s = asy_str_new(t->vm, name, size);
    if (!s || !asy_dict_get(t->vm, t->re->groupindex, asy_from_obj(s), &v)) v = ASY_ERR;
    asy_release_obj(t->vm, s);
    return asy_is_err(v) ? -1 : asy_is_nil(v) ? 0 : asy_as_small(v);
}

static uint32_t flag_of(char c)
{
    return c == 'i' ? RE_IGNORECASE : c == 'L' ? RE_LOCALE : c == 'm' ? RE_MULTILINE : c == 's' ? RE_DOTALL
           : c == 'x' ? RE_VERBOSE : c == 'a' ? RE_ASCII : c == 'u' ? RE_UNICODE : 0;
}

// (?flags) at the start, (?flags-flags: ...) anywhere. `start` is the parenthesis.
static bool flag_group(Translator *t, const char *start, bool *opens)
{
    uint32_t add = 0, del = 0;
    const char *p = t->p;
    while (p < t->end && flag_of(*p)) {
        add |= flag_of(*p++);
        uint32_t kind = add & (RE_ASCII | RE_UNICODE | RE_LOCALE);
        if (t->bytes && add & RE_UNICODE) return wrong(t, p, "bad inline flags: cannot use 'u' flag with a bytes pattern");
        if (!t->bytes && add & RE_LOCALE) return wrong(t, p, "bad inline flags: cannot use 'L' flag with a str pattern");
        if (kind & (kind - 1)) return wrong(t, p, "bad inline flags: flags 'a', 'u' and 'L' are incompatible");
    }
    if (p >= t->end) return wrong(t, p, "missing -, : or )");
    if (*p == ')') {
        t->p = p + 1;
        *opens = false;
        if (t->out->size || t->open_count) return wrong(t, start, "global flags not at the start of the expression");
        t->re->flags |= add;
        t->verbose = t->verbose || add & RE_VERBOSE;
        return true;
    }
    if (*p == '-') {
        for (p++; p < t->end && flag_of(*p); p++) {
            del |= flag_of(*p);
            if (del & (RE_ASCII | RE_UNICODE | RE_LOCALE)) {
                return wrong(t, p + 1, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
            }
        }
        if (!del) return wrong(t, p, p < t->end && is_letter(*p) ? "unknown flag" : "missing flag");
        if (p >= t->end || *p != ':') return wrong(t, p, p < t->end && is_letter(*p) ? "unknown flag" : "missing :");
        if (add & del) return wrong(t, p, "bad inline flags: flag turned on and off");
    }
    if (*p != ':') return wrong(t, p, is_letter(*p) ? "unknown flag" : "missing -, : or )");
    // PCRE2 decides for a whole pattern what a word or a digit is
    bool is_ascii = t->bytes || t->re->flags & RE_ASCII;
    if (add & RE_LOCALE || (add & RE_ASCII && !is_ascii) || (add & RE_UNICODE && is_ascii)) {
        return wrong(t, p, "bad inline flags: 'a', 'u' and 'L' cannot differ inside a pattern");
    }
    t->p = p + 1;
    *opens = true;
    if (add & RE_VERBOSE) t->verbose = true;
    if (del & RE_VERBOSE) t->verbose = false;
    char text[24] = "(?";
    size_t n = 2;
    static const char letters[] = "ims";
    for (const char *l = letters; *l; l++) if (add & flag_of(*l)) text[n++] = *l;
    if (del & ~(uint32_t)RE_VERBOSE) {
        text[n++] = '-';
        for (const char *l = letters; *l; l++) if (del & flag_of(*l)) text[n++] = *l;
    }
    text[n++] = ':';
    text[n] = 0;
    return put(t, text);
}

static bool open_group(Translator *t, const char *start, uint32_t number, bool verbose)
{
    if (t->open_count == 256) return wrong(t, start, "too many nested groups");
    t->open[t->open_count] = number;
    t->open_at[t->open_count] = start;
    t->open_verbose[t->open_count++] = verbose;
    t->before = BEFORE_NOTHING;
    return true;
}

static bool new_group(Translator *t, const char *start, const char *name, size_t size)
{
    RePattern *re = t->re;
    size_t size_now = re->groups * sizeof *re->closing;
    uint32_t *closing = asy_mem_resize(t->vm, re->closing, size_now, size_now + sizeof *closing);
    if (!closing) return asy_raise_memory(t->vm), false;
    re->closing = closing;
    closing[re->groups] = 0;
    uint32_t number = ++re->groups;
    if (name) {
        int64_t there = group_number(t, name, size);
        if (there < 0) return false;
        if (there > 0) {
            return wrong(t, name, "redefinition of group name '%.*s' as group %u; was group %lld", (int)size, name, number,
                         (long long)there);
        }
        StrObj *s = asy_str_new(t->vm, name, size);
        bool ok = s && asy_dict_set(t->vm, re->groupindex, asy_from_obj(s), asy_from_small(number));
        asy_release_obj(t->vm, s);
        if (!ok) return false;
    }
    return put(t, "(") && open_group(t, start, number, t->verbose);
}

static bool group(Translator *t)
{
    const char *start = t->p++;
    if (t->p >= t->end || *t->p != '?') return new_group(t, start, NULL, 0);
    t->p++;
    if (t->p >= t->end) return wrong(t, t->p, "unexpected end of pattern");
    char c = *t->p++;
    bool verbose = t->verbose;
    switch (c) {
    case ':': return put(t, "(?:") && open_group(t, start, 0, verbose);
    case '>': return put(t, "(?>") && open_group(t, start, 0, verbose);
    case '=': return put(t, "(?=") && open_group(t, start, 0, verbose);
    case '!': return put(t, "(?!") && open_group(t, start, 0, verbose);
    case '#':
        while (t->p < t->end && *t->p != ')') t->p++;
        if (t->p >= t->end) return wrong(t, start, "missing ), unterminated comment");
        t->p++;
        return true;
    case '<':
        if (t->p >= t->end) return wrong(t, t->p, "unexpected end of pattern");
        if (*t->p != '=' && *t->p != '!') return wrong(t, start + 1, "unknown extension ?<%.*s", (int)char_size(t, t->p), t->p);
        return put(t, *t->p++ == '=' ? "(?<=" : "(?<!") && open_group(t, start, 0, verbose);
    case 'P': {
        if (t->p >= t->end) return wrong(t, t->p, "unexpected end of pattern");
        size_t size;
        char kind = *t->p++;
        if (kind == '<') {
            const char *name = group_name(t, '>', &size);
            return name && new_group(t, start, name, size);
        }
        if (kind == '=') {
            const char *name = group_name(t, ')', &size);
            if (!name) return false;
            int64_t n = group_number(t, name, size);
            if (n < 0) return false;
            if (n == 0) return wrong(t, name, "unknown group name '%.*s'", (int)size, name);
            t->before = BEFORE_ITEM;
            return group_reference(t, name, (uint32_t)n, "");
        }
        return wrong(t, start + 1, "unknown extension ?P%.*s", (int)char_size(t, t->p - 1), t->p - 1);
    }
    case '(': {
        const char *name = t->p;
        size_t size = 0;
        while (name + size < t->end && is_digit(name[size])) size++;
        int64_t n = 0;
        if (size && name + size < t->end && name[size] == ')') {
            t->p = name + size + 1;
            for (size_t i = 0; i < size && n < 1000000000; i++) n = n * 10 + (name[i] - '0');
            if (n == 0) return wrong(t, name, "bad group number");
            if (n > t->condition) {
                t->condition = n;
                t->condition_at = name;
            }
        } else {
            if (!(name = group_name(t, ')', &size))) return false;
            n = group_number(t, name, size);
            if (n < 0) return false;
            if (n == 0) return wrong(t, name, "unknown group name '%.*s'", (int)size, name);
        }
        char text[32];
        snprintf(text, sizeof text, "(?(%lld)", (long long)n);
        return put(t, text) && open_group(t, start, 0, verbose);
    }
    default: {
        t->p--;
        bool opens = false;
        if (!flag_of(c) && c != '-') return wrong(t, start + 1, "unknown extension ?%.*s", (int)char_size(t, t->p), t->p);
        if (!flag_group(t, start, &opens)) return false;
        return !opens || open_group(t, start, 0, verbose);
    }
    }
}

static bool quantifier(Translator *t)
{
    const char *start = t->p;
    char c = *start;
    if (c == '{') {
        // {m}, {m,}, {,n}, {m,n}; anything else is a literal brace
        const char *p = start + 1, *low = p;
        while (p < t->end && is_digit(*p)) p++;
        const char *low_end = p, *high = NULL, *high_end = NULL;
        bool comma = p < t->end && *p == ',';
        if (comma) {
            high = ++p;
            while (p < t->end && is_digit(*p)) p++;
            high_end = p;
        }
        if (p >= t->end || *p != '}' || (low == low_end && !comma)) {
            t->p++;
            t->before = BEFORE_ITEM;
            return put(t, "\\{");
        }
        if (t->before == BEFORE_NOTHING) return wrong(t, start, "nothing to repeat");
        if (t->before == BEFORE_QUANTIFIER) return wrong(t, start, "multiple repeat");
        unsigned long long m = low == low_end ? 0 : strtoull(low, NULL, 10);
        unsigned long long n = high && high_end != high ? strtoull(high, NULL, 10) : 0;
        if (high && high_end != high && n < m) return wrong(t, low, "min repeat greater than max repeat");
        if (m > 65535 || n > 65535) {
            asy_raise(t->vm, EXC_OverflowError, "the repetition number is too large");
            return false;
        }
        char text[48];
        if (!comma) snprintf(text, sizeof text, "{%llu}", m);
        else if (high == high_end) snprintf(text, sizeof text, "{%llu,}", m);
        else snprintf(text, sizeof text, "{%llu,%llu}", m, n);
        if (!put(t, text)) return false;
        t->p = p + 1;
    } else {
        if (t->before == BEFORE_NOTHING) return wrong(t, start, "nothing to repeat");
        if (t->before == BEFORE_QUANTIFIER) return wrong(t, start, "multiple repeat");
        if (!put_n(t, start, 1)) return false;
        t->p++;
    }
    t->before = BEFORE_QUANTIFIER;
    if (t->p < t->end && (*t->p == '?' || *t->p == '+')) return put_n(t, t->p++, 1);
    return true;
}

bool asy_re_translate(VM *vm, RePattern *re, const char *text, size_t size, StrBuilder *out)
{
    Translator t = { .vm = vm, .re = re, .p = text, .begin = text, .end = text + size, .bytes = re->bytes, .out = out };
    t.verbose = re->flags & RE_VERBOSE;
    bool ok = true;
    while (ok && t.p < t.end) {
        char c = *t.p;
        if (t.verbose) {
            if (c == ' ' || (c >= '\t' && c <= '\r')) {
                t.p++;
                continue;
            }
            if (c == '#') {
                while (t.p < t.end && *t.p != '\n') t.p++;
                continue;
            }
        }
        switch (c) {
        case '\\': ok = outside_escape(&t); break;
        case '[': ok = char_class(&t); break;
        case '(': ok = group(&t); break;
        case ')':
            if (!t.open_count) {
                ok = wrong(&t, t.p, "unbalanced parenthesis");
                break;
            }
            t.verbose = t.open_verbose[--t.open_count];
            if (t.open[t.open_count]) re->closing[t.open[t.open_count] - 1] = ++t.closed;
            t.p++;
            t.before = BEFORE_ITEM;
            ok = put(&t, ")");
            break;
        case '|':
            t.p++;
            t.before = BEFORE_NOTHING;
            ok = put(&t, "|");
            break;
        case '*': case '+': case '?': case '{': ok = quantifier(&t); break;
        case '^': case '$':
            t.p++;
            t.before = BEFORE_NOTHING;
            ok = put_n(&t, &c, 1);
            break;
        default: {
            size_t n = char_size(&t, t.p);
            if (c == '}' || c == ']') ok = put(&t, "\\");
            ok = ok && put_n(&t, t.p, n);
            t.p += n;
            t.before = BEFORE_ITEM;
        }
        }
    }
    if (ok && t.open_count) ok = wrong(&t, t.open_at[t.open_count - 1], "missing ), unterminated subpattern");
    if (ok && t.condition > re->groups) {
        ok = wrong(&t, t.condition_at, "invalid group reference %lld", (long long)t.condition);
    }
    return ok;
}
