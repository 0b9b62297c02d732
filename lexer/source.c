// From the bytes of a file to UTF-8 lines: BOM, cookie, decoding, newlines. The wording of the
// errors depends on where the bytes come from, as in CPython.
#include "lexer/source.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

#define COOKIE_MAX 64    // a longer name is no encoding's

typedef struct Encoding {
    const char *name;
    const char *aliases;    // each ends in a NUL, the list in another
} Encoding;

enum { ENCODING_UTF8, ENCODING_ASCII, ENCODING_LATIN1, ENCODING_TABLES };    // places in the list

static const Encoding encodings[] = {
    [ENCODING_UTF8] = { "utf-8", "utf8\0u8\0utf\0utf8-ucs2\0utf8-ucs4\0cp65001\0utf-8-sig\0" },
    [ENCODING_ASCII] = { "ascii", "us-ascii\0646\0ansi-x3.4-1968\0iso646-us\0" },
    [ENCODING_LATIN1] = { "iso-8859-1",
                          "latin-1\0latin1\0latin\0l1\0iso8859-1\0iso-latin-1\0cp819\0" },
#define ENCODING(name, aliases, ...) { name, aliases },
#include "lexer/encodings.def"
};
#define ENCODING_COUNT (sizeof encodings / sizeof *encodings)

// Code points of bytes 128 to 255 in the encodings from ENCODING_TABLES on.
static const uint16_t upper_halves[ENCODING_COUNT - ENCODING_TABLES][128] = {
#define ENCODING(name, aliases, ...) { __VA_ARGS__ },
#include "lexer/encodings.def"
};

// What is being read, while it is not yet a Source.
typedef struct Reader {
    Source *source;
    SourceKind kind;
    Diagnostics *diag;
    const char *bytes;    // behind the BOM
    size_t len;
    bool bom;
    char cookie[COOKIE_MAX];    // as written, "" if there is none
} Reader;

// An error without a place, shown as CPython shows those of the decoder (line 0, offset -1); false.
ASY_PRINTF(2, 3) static bool fail(Reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)asy_diag_verror(r->diag, DIAG_SYNTAX, &(Place){ 0 }, format, args);
    va_end(args);
    if (r->diag->error.kind == DIAG_MEMORY) return false;
    r->diag->error.col = -1;
    r->diag->error.end_line = -1;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_cookie_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

// Looks for "coding[:=] name" in the comment of one line. *comment says whether the line is blank
// or a comment, so that the next one may hold the cookie.
static void find_cookie_in(Reader *r, const char *line, const char *end, bool *comment)
{
    while (line < end && is_blank(*line)) line++;
    *comment = line == end || *line == '#';
    for (; end - line >= 7; line++) {
        if (!*comment) return;
        if (memcmp(line, "coding", 6) != 0 || (line[6] != ':' && line[6] != '=')) continue;
        const char *name = line + 7;
        while (name < end && (*name == ' ' || *name == '\t')) name++;
        size_t len = 0;
        while (name + len < end && is_cookie_char(name[len])) len++;
        if (!len) continue;
        if (len >= COOKIE_MAX) len = COOKIE_MAX - 1;
        memcpy(r->cookie, name, len);
        r->cookie[len] = '\0';
        return;
    }
}

// The cookie stands in the first line, or in the second behind a comment or a blank line.
static void find_cookie(Reader *r)
{
    const char *at = r->bytes, *end = r->bytes + r->len;
    for (int i = 0; i < 2 && at < end && !r->cookie[0]; i++) {
        const char *line = at;
        while (at < end && *at != '\n' && *at != '\r') at++;
        bool comment;
        find_cookie_in(r, line, at, &comment);
        if (!comment) return;
        if (at < end && *at == '\r' && at + 1 < end && at[1] == '\n') at++;
        at++;
    }
}

// Lower case, '_' as '-'; PEP 263's variants with a suffix ("utf-8-unix") lose it. `out` has
// COOKIE_MAX bytes.
static void normalize_name(char *out, const char *name)
{
    size_t len = 0;
    for (; name[len]; len++) {
        char c = name[len];
        out[len] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    out[len] = '\0';
    static const char *const with_suffix[] = { "utf-8", "latin-1", "iso-8859-1", "iso-latin-1" };
    for (size_t i = 0; i < sizeof with_suffix / sizeof *with_suffix; i++) {
        size_t prefix = strlen(with_suffix[i]);
        if (strncmp(out, with_suffix[i], prefix) == 0 && out[prefix] == '-') out[prefix] = '\0';
    }
}

// Index into encodings, -1 if unknown.
static int find_encoding(const char *name)
{
    for (size_t i = 0; i < ENCODING_COUNT; i++) {
        if (strcmp(encodings[i].name, name) == 0) return (int)i;
        for (const char *alias = encodings[i].aliases; *alias; alias += strlen(alias) + 1) {
            if (strcmp(alias, name) == 0) return (int)i;
        }
    }
    return -1;
}

// Memory for `len` bytes of text, a newline and the padding.
static bool take_memory(Reader *r, size_t len)
{
    // Offsets and lines are 32 bits wide.
    if (len >= UINT32_MAX - SOURCE_PADDING - 1) return asy_diag_no_memory(r->diag);
    r->source->size = len + 1 + SOURCE_PADDING;
    r->source->text = asy_alloc(r->source->alloc, r->source->size);
    if (!r->source->text) return asy_diag_no_memory(r->diag);
    r->source->len = (uint32_t)len;
    return true;
}

// The place of the bad byte at offset `bad`, which is the string literal it is in, as far as one
// line tells; *position is counted from there.
static Place bad_utf8_place(const Reader *r, size_t bad, size_t *position)
{
    size_t line_start = 0, line_end = bad;
    uint32_t line = 1;
    for (size_t i = 0; i < bad; i++) {
        if (r->bytes[i] != '\n' && !(r->bytes[i] == '\r' && r->bytes[i + 1] != '\n')) continue;
        line_start = i + 1;
        line++;
    }
    while (line_end < r->len && r->bytes[line_end] != '\n' && r->bytes[line_end] != '\r')
        line_end++;
    size_t start = bad;
    while (start > line_start && r->bytes[start - 1] != '"' && r->bytes[start - 1] != '\'') start--;
    *position = bad - start;
    uint32_t col = (uint32_t)(start - line_start - (start > line_start));    // of the quote
    return (Place){
        .line = line, .col = col, .end_line = line, .end_col = (uint32_t)(line_end - line_start)
    };
}

static bool decode_utf8(Reader *r)
{
    size_t bad, size, position;
    Utf8Error error;
    if (asy_utf8_validate(r->bytes, r->len, false, &bad)) {
        if (!take_memory(r, r->len)) return false;
        if (r->len) memcpy(r->source->text, r->bytes, r->len);
        return true;
    }
    (void)asy_utf8_decode(r->bytes + bad, r->len - bad, false, &size, &error);
    // CPython decodes the literal alone, so that its closing quote is the end.
    char behind = bad + size < r->len ? r->bytes[bad + size] : '\0';
    if (error == UTF8_CONTINUATION && (behind == '"' || behind == '\'' || behind == '\n'))
        error = UTF8_END;
    Place place = bad_utf8_place(r, bad, &position);
    unsigned byte = (unsigned char)r->bytes[bad];
    if (r->kind == SOURCE_FILE && !r->cookie[0]) {
        return fail(r,
                    "Non-UTF-8 code starting with '\\x%02x' in file %s on line %u, but no encoding "
                    "declared; see https://peps.python.org/pep-0263/ for details",
                    byte, r->source->filename, (unsigned)place.line);
    }
    asy_diag_error(r->diag, DIAG_SYNTAX, &(Place){ 0 },
                   "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
                   byte, position, asy_utf8_error_text(error));
    if (r->diag->error.kind != DIAG_SYNTAX) return false;
    r->diag->error.place = place;
    r->diag->error.line = r->diag->error.end_line = place.line;
    r->diag->error.col = (int64_t)place.col + 1;
    r->diag->error.end_col = (int64_t)place.end_col + 1;
    return false;
}

static bool decode_8bit(Reader *r, int encoding)
{
    uint16_t identity[128];
    const uint16_t *upper = identity;
    if (encoding >= ENCODING_TABLES) {
        upper = upper_halves[encoding - ENCODING_TABLES];
    } else {
        for (uint16_t i = 0; i < 128; i++) identity[i] = encoding == ENCODING_LATIN1 ? i + 128 : 0;
    }
    size_t len = 0;
    for (size_t i = 0; i < r->len; i++) {
        unsigned byte = (unsigned char)r->bytes[i];
        unsigned c = byte < 128 ? byte : upper[byte - 128];
        if (byte < 128 || c) {
            len += asy_utf8_size(c);
        } else if (r->kind == SOURCE_FILE) {
            return fail(r, "encoding problem: %s", r->cookie);
        } else if (encoding == ENCODING_ASCII) {
            return fail(
                r,
                "'ascii' codec can't decode byte 0x%02x in position %zu: ordinal not in range(128)",
                byte, i);
        } else {
            return fail(
                r,
                "'charmap' codec can't decode byte 0x%02x in position %zu: character maps to "
                "<undefined>",
                byte, i);
        }
    }
    if (!take_memory(r, len)) return false;
    char *out = r->source->text;
    for (size_t i = 0; i < r->len; i++) {
        unsigned byte = (unsigned char)r->bytes[i];
        out += asy_utf8_encode(out, byte < 128 ? byte : upper[byte - 128]);
    }
    assert(out == r->source->text + len);
    return true;
}

static bool decode(Reader *r)
{
    if (r->kind == SOURCE_STRING) return decode_utf8(r);
    if (r->len >= 3 && memcmp(r->bytes, "\xEF\xBB\xBF", 3) == 0) {
        r->bom = true;
        r->bytes += 3;
        r->len -= 3;
    }
    find_cookie(r);
    if (!r->cookie[0]) return decode_utf8(r);
    char name[COOKIE_MAX];
    normalize_name(name, r->cookie);
    int encoding = find_encoding(name);
    r->source->cookie_found = true;
    if (r->bom && strcmp(name, "utf-8") != 0) {
        return fail(r, "encoding problem: %s with BOM",
                    encoding == ENCODING_LATIN1 ? encodings[encoding].name : r->cookie);
    }
    if (encoding < 0) {
        return r->kind == SOURCE_FILE ? fail(r, "encoding problem: %s", r->cookie)
                                      : fail(r, "unknown encoding: %s", r->cookie);
    }
    r->source->encoding = encodings[encoding].name;
    return encoding == ENCODING_UTF8 ? decode_utf8(r) : decode_8bit(r, encoding);
}

static bool refuse_nul(Reader *r)
{
    const char *nul = r->len ? memchr(r->bytes, '\0', r->len) : NULL;
    if (!nul) return true;
    Place place = { 0 };
    if (r->kind != SOURCE_FILE) {
        asy_diag_error(r->diag, DIAG_SYNTAX, &place,
                       "source code string cannot contain null bytes");
        if (r->diag->error.kind == DIAG_SYNTAX) r->diag->error.line = r->diag->error.end_line = -1;
        return false;
    }
    place.line = 1;
    for (const char *at = r->bytes; at < nul; at++) place.line += *at == '\n';
    asy_diag_error(r->diag, DIAG_SYNTAX, &(Place){ 0 }, "source code cannot contain null bytes");
    if (r->diag->error.kind == DIAG_SYNTAX) {
        r->diag->error.place = place;
        r->diag->error.line = r->diag->error.end_line = place.line;
    }
    return false;
}

// CRLF and CR become LF, in place.
static void normalize_newlines(Source *source)
{
    char *text = source->text, *end = text + source->len;
    char *in = source->len ? memchr(text, '\r', source->len) : NULL;
    if (!in) return;
    char *out = in;
    while (in < end) {
        char c = *in++;
        if (c == '\r') {
            c = '\n';
            if (in < end && *in == '\n') in++;
        }
        *out++ = c;
    }
    source->len = (uint32_t)(out - text);
}

bool asy_source_init(Source *source, const AsyAllocator *alloc, SourceKind kind,
                     const char *filename, const char *bytes, size_t len, Diagnostics *diag)
{
    *source =
        (Source){ .alloc = alloc, .filename = filename, .encoding = encodings[ENCODING_UTF8].name };
    Reader reader = { .source = source, .kind = kind, .diag = diag, .bytes = bytes, .len = len };
    diag->source = NULL;
    if (!refuse_nul(&reader) || !decode(&reader)) {
        asy_source_free(source);
        return false;
    }
    normalize_newlines(source);
    if (source->len && source->text[source->len - 1] != '\n') {
        source->text[source->len++] = '\n';
        source->newline_added = true;
    }
    memset(source->text + source->len, 0, source->size - source->len);
    diag->source = source;
    return true;
}

void asy_source_free(Source *source)
{
    if (source->text) asy_free(source->alloc, source->text, source->size);
    source->text = NULL;
    source->len = 0;
    source->size = 0;
}

bool asy_source_line(const Source *source, uint32_t line, const char **text, size_t *len)
{
    const char *at = source->text, *end = at + source->len;
    while (at && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        assert(newline);
        if (--line == 0) {
            *text = at;
            *len = (size_t)(newline - at);
            return true;
        }
        at = newline + 1;
    }
    return false;
}

uint32_t asy_source_column(const Source *source, uint32_t at)
{
    assert(at <= source->len);
    uint32_t start = at;
    while (start && source->text[start - 1] != '\n') start--;
    return (uint32_t)asy_utf8_count(source->text + start, at - start) + 1;
}
