// repr() and ascii() of text: quotes as Python chooses them, escapes for what cannot be printed.
#include <stdio.h>

#include "base/utf8.h"
#include "vm/core/abstract.h"
#include "vm/core/vm.h"
#include "vm/objects/str.h"
#include "vm/objects/unicode.h"

static bool append_escape(StrBuilder *b, uint32_t c)
{
    char text[12];
    int size;
    switch (c) {
    case '\t': return asy_builder_c(b, "\\t");
    case '\n': return asy_builder_c(b, "\\n");
    case '\r': return asy_builder_c(b, "\\r");
    default: break;
    }
    if (c < 0x100) size = snprintf(text, sizeof text, "\\x%02x", c);
    else if (c < 0x10000) size = snprintf(text, sizeof text, "\\u%04x", c);
    else size = snprintf(text, sizeof text, "\\U%08x", c);
    return asy_builder_bytes(b, text, (size_t)size);
}

// Single quotes, unless that would need an escape that double quotes do not.
static char choose_quote(const StrObj *s)
{
    return memchr(s->data, '\'', s->size) && !memchr(s->data, '"', s->size) ? '"' : '\'';
}

bool asy_builder_quoted(StrBuilder *b, const StrObj *s, bool ascii_only)
{
    char quote = choose_quote(s);
    if (!asy_builder_char(b, (uint32_t)quote)) return false;
    const char *at = s->data, *end = s->data + s->size, *plain = at;
    while (at < end) {
        const char *from = at;
        uint32_t c = asy_utf8_next(&at);
        bool as_is = c < 0x80 ? c >= 0x20 && c != 0x7F && c != (uint32_t)quote && c != '\\' : !ascii_only && asy_unicode_is_printable(c);
        if (ASY_LIKELY(as_is)) continue;
        if (!asy_builder_bytes(b, plain, (size_t)(from - plain))) return false;
        plain = at;
        if (c == '\\' || c == (uint32_t)quote) {
            if (!asy_builder_char(b, '\\') || !asy_builder_char(b, c)) return false;
        } else if (!append_escape(b, c)) {
            return false;
        }
    }
    return asy_builder_bytes(b, plain, (size_t)(end - plain)) && asy_builder_char(b, (uint32_t)quote);
}
