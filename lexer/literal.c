// What literals mean: numbers, escapes in strings, adjacent strings joined.
#include "lexer/literal.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

// ---- numbers ----

static unsigned digit_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

// The digits from `at` to `end` without underscores, in the arena; NULL when out of memory.
static char *copy_digits(Lexer *lexer, const char *at, const char *end, size_t *len)
{
    char *copy = asy_arena_alloc(lexer->arena, (size_t)(end - at));
    if (!copy) {
        asy_diag_no_memory(lexer->diag);
        return NULL;
    }
    size_t count = 0;
    for (; at < end; at++) {
        if (*at != '_') copy[count++] = *at;
    }
    *len = count;
    return copy;
}

static bool float_value(Lexer *lexer, const Token *token, const char *at, const char *end,
                        Constant *out)
{
    size_t len = (size_t)(end - at);
    if (token->as.number.underscores) {
        at = copy_digits(lexer, at, end, &len);
        if (!at) return false;
    }
    out->kind = token->as.number.imaginary ? CONST_IMAG : CONST_FLOAT;
    out->as.number = asy_literal_parse_float(at, len);
    return true;
}

bool asy_literal_number(Lexer *lexer, const Token *token, Constant *out)
{
    assert(token->kind == TOK_NUMBER);
    const char *at = lexer->source->text + token->place.start;
    const char *end = lexer->source->text + token->place.end;
    const unsigned base = token->as.number.base;
    *out = (Constant){ .kind = CONST_INT };
    if (token->as.number.imaginary) return float_value(lexer, token, at, end - 1, out);
    if (token->as.number.is_float) return float_value(lexer, token, at, end, out);
    if (base != 10) at += 2;
    while (at < end && (*at == '0' || *at == '_')) at++;
    uint64_t value = 0;
    const char *digit = at;
    for (; digit < end; digit++) {
        if (*digit == '_') continue;
        unsigned one = digit_value(*digit);
        if (value > ((uint64_t)INT64_MAX - one) / base) break;
        value = value * base + one;
    }
    if (digit == end) {
        out->as.integer = (int64_t)value;
        return true;
    }
    size_t len;
    out->as.bytes = copy_digits(lexer, at, end, &len);
    if (!out->as.bytes) return false;
    out->kind = CONST_BIG_INT;
    out->base = (uint8_t)base;
    out->len = (uint32_t)len;
    const uint32_t max = lexer->options.int_digits_max;
    if (base != 10 || !max || len <= max) return true;
    asy_diag_error(
        lexer->diag, DIAG_SYNTAX, &token->place,
        "Exceeds the limit (%u digits) for integer string conversion: value has %zu digits; use "
        "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge "
        "integer literals to avoid decimal conversion limits.",
        (unsigned)max, len);
    lexer->diag->error.col = lexer->diag->error.end_col = 0;    // as CPython
    return false;
}

// ---- strings ----

// A string being decoded. Positions in CPython's messages count bytes of a text in which every
// character beyond ASCII has been written as \UXXXXXXXX, so `wide` counts what to add.
typedef struct Decoder {
    Lexer *lexer;
    const Place *report;    // where errors and warnings are placed
    const char *start, *end;
    size_t wide;
    char *out;
    bool in_fstring;
    bool warned;    // CPython warns of the first invalid escape only
} Decoder;

static bool fail_decoding(Decoder *d, const char *from, const char *to, size_t wide_before,
                          const char *what)
{
    size_t first = (size_t)(from - d->start) + wide_before;
    size_t last = (size_t)(to - d->start) + d->wide - 1;
    return asy_diag_error(
        d->lexer->diag, DIAG_SYNTAX, d->report,
        "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s", first,
        last, what);
}

static bool warn_escape(Decoder *d, const char *letter)
{
    // The lexer has already warned of \{ and \} in an f-string.
    if (d->warned || (d->in_fstring && (*letter == '{' || *letter == '}'))) return true;
    d->warned = true;
    if (*letter >= '0' && *letter <= '7') {
        return asy_diag_warn(d->lexer->diag, WARNING_SYNTAX, d->report,
                             "invalid octal escape sequence '\\%.3s'", letter);
    }
    return asy_diag_warn(d->lexer->diag, WARNING_SYNTAX, d->report,
                         "invalid escape sequence '\\%c'", *letter);
}

static unsigned hex_value(char c)
{
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (unsigned)((c | 0x20) - 'a') + 10;
    return 16;
}

// Up to three octal digits at *at.
static unsigned octal_value(const char **at, const char *end)
{
    unsigned value = 0;
    for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++) {
        value = value * 8 + (unsigned)(*(*at)++ - '0');
    }
    return value;
}

// The escapes that are one letter for one byte; 0 for others.
static char simple_escape(char letter)
{
    switch (letter) {
    case '\\': return '\\';
    case '\'': return '\'';
    case '"': return '"';
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return 0;
    }
}

// \xXX, \uXXXX and \UXXXXXXXX; *at is at the letter.
static bool decode_hex(Decoder *d, const char **at)
{
    const char *escape = *at - 1;
    const char letter = *(*at)++;
    const int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    uint32_t c = 0;
    for (int i = 0; i < digits; i++, ++*at) {
        unsigned digit = *at < d->end ? hex_value(**at) : 16;
        if (digit == 16) {
            return fail_decoding(d, escape, *at, d->wide,
                                 letter == 'x'   ? "truncated \\xXX escape"
                                 : letter == 'u' ? "truncated \\uXXXX escape"
                                                 : "truncated \\UXXXXXXXX escape");
        }
        c = c << 4 | digit;
    }
    if (c > UTF8_MAX_CODE_POINT) {
        return fail_decoding(d, escape, *at, d->wide, "illegal Unicode character");
    }
    d->out += asy_utf8_encode(d->out, c);
    return true;
}

// \N{name}; *at is at the N.
static bool decode_named(Decoder *d, const char **at)
{
    const char *escape = (*at)++ - 1;
    const size_t wide_before = d->wide;
    if (*at == d->end || **at != '{') {
        return fail_decoding(d, escape, *at, wide_before, "malformed \\N character escape");
    }
    const char *name = ++*at;
    while (*at < d->end && **at != '}') {
        if ((unsigned char)**at < 0x80) {
            ++*at;
        } else {
            const char *before = *at;
            (void)asy_utf8_next(at);
            d->wide += 10 - (size_t)(*at - before);
        }
    }
    size_t len = (size_t)(*at - name);
    if (!len || *at == d->end) {
        return fail_decoding(d, escape, *at, wide_before, "malformed \\N character escape");
    }
    ++*at;
    uint32_t c;
    const LexerOptions *options = &d->lexer->options;
    if (!options->name_lookup || !options->name_lookup(options->name_lookup_ud, name, len, &c)) {
        return fail_decoding(d, escape, *at, wide_before, "unknown Unicode character name");
    }
    d->out += asy_utf8_encode(d->out, c);
    return true;
}

// One escape of a str; *at is behind the backslash, before the end.
static bool decode_escape(Decoder *d, const char **at)
{
    const char letter = **at;
    char simple = simple_escape(letter);
    if (simple) {
        *d->out++ = simple;
        ++*at;
        return true;
    }
    if (letter >= '0' && letter <= '7') {
        const char *digits = *at;
        unsigned value = octal_value(at, d->end);
        if (value > 0xFF && !warn_escape(d, digits)) return false;
        d->out += asy_utf8_encode(d->out, value);
        return true;
    }
    switch (letter) {
    case '\n': ++*at; return true;
    case 'x':
    case 'u':
    case 'U': return decode_hex(d, at);
    case 'N': return decode_named(d, at);
    default:
        *d->out++ = '\\';
        if ((unsigned char)letter < 0x80) return warn_escape(d, *at);
        d->wide += 5;    // CPython has written the backslash as \u005c
        return true;
    }
}

// One escape of a bytes literal; *at is behind the backslash.
static bool decode_bytes_escape(Decoder *d, const char **at)
{
    const char *letter = *at;
    char simple = simple_escape(*letter);
    if (simple) {
        *d->out++ = simple;
        ++*at;
    } else if (*letter >= '0' && *letter <= '7') {
        unsigned value = octal_value(at, d->end);
        if (value > 0xFF && !warn_escape(d, letter)) return false;
        *d->out++ = (char)(value & 0xFF);
    } else if (*letter == '\n') {
        ++*at;
    } else if (*letter == 'x') {
        unsigned high = letter + 1 < d->end ? hex_value(letter[1]) : 16;
        unsigned low = letter + 2 < d->end ? hex_value(letter[2]) : 16;
        if (high == 16 || low == 16) {
            return asy_diag_error(d->lexer->diag, DIAG_SYNTAX, d->report,
                                  "(value error) invalid \\x escape at position %zu",
                                  (size_t)(letter - 1 - d->start));
        }
        *d->out++ = (char)(high << 4 | low);
        *at += 3;
    } else {
        *d->out++ = '\\';
        return warn_escape(d, letter);
    }
    return true;
}

// Decodes the text from `start` to `end`, which holds backslashes, into the arena; an escape is
// never shorter than what it stands for.
static bool decode_text(Decoder *d, bool bytes, Constant *out)
{
    char *result = asy_arena_alloc(d->lexer->arena, (size_t)(d->end - d->start));
    if (!result) return asy_diag_no_memory(d->lexer->diag);
    d->out = result;
    for (const char *at = d->start; at < d->end;) {
        const char *backslash = memchr(at, '\\', (size_t)(d->end - at));
        const char *stop = backslash ? backslash : d->end;
        size_t plain = (size_t)(stop - at);
        memcpy(d->out, at, plain);
        d->out += plain;
        for (; at < stop;
             at++) {    // a character of n bytes counts 10: n bytes, one of them no tail
            if ((unsigned char)*at >= 0x80) d->wide += asy_utf8_is_tail(*at) ? (size_t)-1 : 9;
        }
        if (!backslash) break;
        at++;
        if (at == d->end) *d->out++ = '\\';    // an f-string's text before a {
        else if (!(bytes ? decode_bytes_escape(d, &at) : decode_escape(d, &at))) return false;
    }
    out->as.bytes = result;
    out->len = (uint32_t)(d->out - result);
    return true;
}

static bool string_value(Lexer *lexer, const Token *token, const Place *report, const char *start,
                         const char *end, Constant *out)
{
    const uint8_t flags = token->as.string.flags;
    const bool bytes = flags & STRING_BYTES;
    *out = (Constant){
        .kind = bytes ? CONST_BYTES : CONST_STR,
        .unicode_prefix = flags & STRING_UNICODE,
        .len = (uint32_t)(end - start),
        .as.bytes = start,
    };
    if (bytes && !asy_utf8_is_ascii(start, out->len)) {
        return asy_diag_error(lexer->diag, DIAG_SYNTAX, report,
                              "bytes can only contain ASCII literal characters");
    }
    if ((flags & STRING_ESCAPES) && !(flags & STRING_RAW)) {
        Decoder decoder = {
            .lexer = lexer,
            .report = report,
            .start = start,
            .end = end,
            .in_fstring = token->kind == TOK_FSTRING_MIDDLE,
        };
        if (!decode_text(&decoder, bytes, out)) return false;
    }
    out->ascii = !bytes && asy_utf8_is_ascii(out->as.bytes, out->len);
    return true;
}

bool asy_literal_string(Lexer *lexer, const Token *token, Constant *out)
{
    assert(token->kind == TOK_STRING);
    const char *text = lexer->source->text;
    const char *start =
        text + token->place.start + token->as.string.prefix + token->as.string.quotes;
    const char *end = text + token->place.end - token->as.string.quotes;
    return string_value(lexer, token, &token->place, start, end, out);
}

bool asy_literal_fstring_middle(Lexer *lexer, const Token *token, const Place *report,
                                Constant *out)
{
    assert(token->kind == TOK_FSTRING_MIDDLE);
    const char *text = lexer->source->text;
    return string_value(lexer, token, report, text + token->place.start, text + token->place.end,
                        out);
}

bool asy_literal_join(Lexer *lexer, const Constant *parts, size_t count, Constant *out)
{
    assert(count > 0);
    *out = parts[0];
    if (count == 1) return true;
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        assert(parts[i].kind == parts[0].kind);
        len += parts[i].len;
    }
    char *bytes = len <= UINT32_MAX ? asy_arena_alloc(lexer->arena, len) : NULL;
    if (!bytes) return asy_diag_no_memory(lexer->diag);
    out->as.bytes = bytes;
    out->len = (uint32_t)len;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len) memcpy(bytes, parts[i].as.bytes, parts[i].len);
        bytes += parts[i].len;
        out->ascii = out->ascii && parts[i].ascii;
    }
    return true;
}
