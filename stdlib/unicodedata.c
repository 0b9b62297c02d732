// unicodedata: names and properties of characters. Categories, classes and normal forms are utf8proc's.
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "stdlib/lib.h"
#include "vm/objects/unicode.h"
#include "vm/objects/unicode_names.h"

typedef struct WidthRun {
    uint32_t first;
    uint8_t width;
} WidthRun;
typedef struct NumericRun {
    uint32_t first, count;
    int64_t numerator;
    uint16_t denominator;
} NumericRun;
typedef struct Decomposition {
    uint32_t character;
    uint16_t points;
    uint8_t count, tag;
} Decomposition;
#include "stdlib/unicodedata_tables.inc"
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool character(VM *vm, Value v, const char *function, uint32_t *out)
{
    if (!asy_is_str(vm, v) || asy_str_length(vm, asy_as_str(v)) != 1) {
        asy_raise(vm, EXC_TypeError, "%s() argument%s must be a unicode character, not %T", function,
                  strcmp(function, "name") == 0 || strcmp(function, "numeric") == 0 || strcmp(function, "decimal") == 0 ||
                          strcmp(function, "digit") == 0 ? " 1" : "", v);
        return false;
    }
    *out = asy_str_char_at(vm, asy_as_str(v), 0);
    return true;
}

static Value default_or(VM *vm, Value given, const char *error)
{
    return asy_is_nil(given) ? asy_raise(vm, EXC_ValueError, "%s", error) : asy_retain(given);
}

static Value data_name(VM *vm, Args a)
{
    uint32_t c;
    char name[UNICODE_NAME_MAX];
    if (!character(vm, a.v[0], "name", &c)) return ASY_ERR;
    return asy_unicode_name(c, name) ? asy_str_value(vm, name) : default_or(vm, a.v[1], "no such name");
}

static Value data_lookup(VM *vm, Args a)
{
    StrObj *name;
    uint32_t points[UNICODE_SEQUENCE_MAX];
    if (!asy_arg_str(vm, a.v[0], "lookup() argument", &name)) return ASY_ERR;
    size_t n = asy_unicode_name_find_sequence(name->data, name->size, points);
    if (!n) {
        StrObj *text = asy_format(vm, "undefined character name '%U'", name);
        if (!text) return ASY_ERR;
        asy_raise_kind(vm, EXC_KeyError, asy_from_obj(text));
        asy_release_obj(vm, text);
        return ASY_ERR;
    }
    StrBuilder b;
    asy_builder_init(&b, vm);
    for (size_t i = 0; i < n; i++) {
        if (!asy_builder_char(&b, points[i])) {
            asy_builder_free(&b);
            return ASY_ERR;
        }
    }
    return asy_value_or_err(asy_builder_finish(&b));
}

// -- numbers

static const NumericRun *numeric_of(uint32_t c)
{
    size_t low = 0, high = COUNT(numerics);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (numerics[middle].first <= c) low = middle;
        else high = middle;
    }
    const NumericRun *r = &numerics[low];
    return c >= r->first && c < r->first + r->count ? r : NULL;
}
static Value data_numeric(VM *vm, Args a)
{
    uint32_t c;
    if (!character(vm, a.v[0], "numeric", &c)) return ASY_ERR;
    const NumericRun *r = numeric_of(c);
    if (!r) return default_or(vm, a.v[1], "not a numeric character");
    return asy_from_double((double)(r->numerator + (c - r->first)) / r->denominator);
}
static Value data_decimal(VM *vm, Args a)
{
    uint32_t c;
    if (!character(vm, a.v[0], "decimal", &c)) return ASY_ERR;
    int value = asy_unicode_decimal(c);
    return value < 0 ? default_or(vm, a.v[1], "not a decimal") : asy_from_small(value);
}
static Value data_digit(VM *vm, Args a)
{
    uint32_t c;
    if (!character(vm, a.v[0], "digit", &c)) return ASY_ERR;
    const NumericRun *r = asy_unicode_is_digit(c) ? numeric_of(c) : NULL;
    return r ? asy_from_small(r->numerator + (int64_t)(c - r->first)) : default_or(vm, a.v[1], "not a digit");
}

// -- properties

static Value data_category(VM *vm, Args a)
{
    uint32_t c;
    return character(vm, a.v[0], "category", &c) ? asy_str_value(vm, utf8proc_category_string((utf8proc_int32_t)c)) : ASY_ERR;
}
static Value data_bidirectional(VM *vm, Args a)
{
    static const char *const classes[] = { "", "L", "LRE", "LRO", "R", "AL", "RLE", "RLO", "PDF", "EN", "ES", "ET",
                                           "AN", "CS", "NSM", "BN", "B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI" };
    uint32_t c;
    if (!character(vm, a.v[0], "bidirectional", &c)) return ASY_ERR;
    utf8proc_propval_t value = utf8proc_get_property((utf8proc_int32_t)c)->bidi_class;
    return asy_str_value(vm, value >= 0 && value < (int)COUNT(classes) ? classes[value] : "");
}
static Value data_combining(VM *vm, Args a)
{
    uint32_t c;
    return character(vm, a.v[0], "combining", &c) ? asy_from_small(utf8proc_get_property((utf8proc_int32_t)c)->combining_class) : ASY_ERR;
}
static Value data_mirrored(VM *vm, Args a)
{
    uint32_t c;
    return character(vm, a.v[0], "mirrored", &c) ? asy_from_small(utf8proc_get_property((utf8proc_int32_t)c)->bidi_mirrored) : ASY_ERR;
}
static Value data_east_asian_width(VM *vm, Args a)
{
    uint32_t c;
    if (!character(vm, a.v[0], "east_asian_width", &c)) return ASY_ERR;
    size_t low = 0, high = COUNT(widths);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (widths[middle].first <= c) low = middle;
        else high = middle;
    }
    return asy_str_value(vm, width_names[widths[low].width]);
}
static Value data_decomposition(VM *vm, Args a)
{
    uint32_t c;
    if (!character(vm, a.v[0], "decomposition", &c)) return ASY_ERR;
    size_t low = 0, high = COUNT(decompositions);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (decompositions[middle].character <= c) low = middle;
        else high = middle;
    }
    const Decomposition *d = &decompositions[low];
    if (d->character != c) return asy_retain(vm->empty_str);
    StrBuilder b;
    asy_builder_init(&b, vm);
    bool ok = asy_builder_c(&b, decomposition_tags[d->tag]);
    for (int i = 0; ok && i < d->count; i++) {
        uint32_t point = decomposition_points[d->points + i];
        char text[16];
        int n = snprintf(text, sizeof text, "%s%04X", i || d->tag ? " " : "", (unsigned)point);
        ok = asy_builder_bytes(&b, text, (size_t)n);
    }
    if (ok) return asy_value_or_err(asy_builder_finish(&b));
    asy_builder_free(&b);
    return ASY_ERR;
}

// -- normal forms

// utf8proc's options for "NFC" ...; 0: ValueError.
static int form_argument(VM *vm, Value v)
{
    StrObj *form;
    if (!asy_arg_str(vm, v, "normalize() argument 1", &form)) return 0;
    if (asy_str_is(form, "NFC")) return UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    if (asy_str_is(form, "NFD")) return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    if (asy_str_is(form, "NFKC")) return UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    if (asy_str_is(form, "NFKD")) return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
    asy_raise(vm, EXC_ValueError, "invalid normalization form");
    return 0;
}

// A piece of text without surrogates, normalised, behind what the builder holds.
static bool add_normal(StrBuilder *b, const char *text, size_t size, int options)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, &out, (utf8proc_option_t)options);
    if (n < 0) return (void)asy_raise_memory(b->vm), false;
    bool ok = asy_builder_bytes(b, (const char *)out, (size_t)n);
    free(out);
    return ok;
}
static StrObj *normal(VM *vm, StrObj *s, int options)
{
    if (asy_str_is_ascii(s)) return asy_str_exact(vm, s);
    StrBuilder b;
    asy_builder_init(&b, vm);
    // Surrogates are no characters to utf8proc; they stay where they are, and nothing combines across them.
    const char *from = s->data, *at = from, *end = at + s->size;
    bool ok = true;
    while (ok && at < end) {
        const char *here = at;
        uint32_t c = asy_utf8_next(&at);
        if (!asy_utf8_is_surrogate(c)) continue;
        ok = (here == from || add_normal(&b, from, (size_t)(here - from), options)) && asy_builder_char(&b, c);
        from = at;
    }
    ok = ok && (from == end || add_normal(&b, from, (size_t)(end - from), options));
    if (ok) return asy_builder_finish(&b);
    asy_builder_free(&b);
    return NULL;
}
static Value data_normalize(VM *vm, Args a)
{
    StrObj *s;
    int options = form_argument(vm, a.v[0]);
    if (!options || !asy_arg_str(vm, a.v[1], "normalize() argument 2", &s)) return ASY_ERR;
    return asy_value_or_err(normal(vm, s, options));
}
static Value data_is_normalized(VM *vm, Args a)
{
    StrObj *s;
    int options = form_argument(vm, a.v[0]);
    if (!options || !asy_arg_str(vm, a.v[1], "is_normalized() argument 2", &s)) return ASY_ERR;
    StrObj *n = normal(vm, s, options);
    if (!n) return ASY_ERR;
    bool equal = asy_str_equal(s, n);
    asy_release_obj(vm, n);
    return asy_from_bool(equal);
}

static const MethodDef functions[] = {
    { "name", data_name, "(chr, default=None, /)", 0, "Returns the name assigned to the character chr as a string." },
    { "lookup", data_lookup, "(name, /)", 0, "Look up character by name." },
    { "numeric", data_numeric, "(chr, default=None, /)", 0, "Converts a Unicode character into its equivalent numeric value." },
    { "decimal", data_decimal, "(chr, default=None, /)", 0, "Converts a Unicode character into its equivalent decimal value." },
    { "digit", data_digit, "(chr, default=None, /)", 0, "Converts a Unicode character into its equivalent digit value." },
    { "category", data_category, "(chr, /)", 0, "Returns the general category assigned to the character chr as string." },
    { "bidirectional", data_bidirectional, "(chr, /)", 0, "Returns the bidirectional class assigned to the character chr as string." },
    { "combining", data_combining, "(chr, /)", 0, "Returns the canonical combining class assigned to the character chr as integer." },
    { "mirrored", data_mirrored, "(chr, /)", 0, "Returns the mirrored property assigned to the character chr as integer." },
    { "east_asian_width", data_east_asian_width, "(chr, /)", 0, "Returns the east asian width assigned to the character chr as string." },
    { "decomposition", data_decomposition, "(chr, /)", 0, "Returns the character decomposition mapping assigned to the character chr as string." },
    { "normalize", data_normalize, "(form, unistr, /)", 0, "Return the normal form 'form' for the Unicode string unistr." },
    { "is_normalized", data_is_normalized, "(form, unistr, /)", 0, "Return whether the Unicode string unistr is in the normal form 'form'." },
    { 0 },
};
static bool unicodedata_init(VM *vm, Value m) { return asy_module_add(vm, m, "unidata_version", asy_str_value(vm, "15.0.0")); }
const ModuleDef asy_module_unicodedata = { "unicodedata", "Names and properties of the characters of Unicode.", functions, unicodedata_init };
