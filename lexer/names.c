// The table of identifiers: open addressing, never more than half full, nothing is ever removed.
#include "lexer/names.h"

#include <string.h>

#include "base/utf8.h"
#include "lexer/lexer.h"

#define NAMES_TABLE_MIN 256u    // holds the keywords with room; a power of two

static const struct {
    const char *text;
    uint16_t token;
} keywords[] = {
#define KEYWORD(name, text) { text, TOK_##name },
#define SOFT(name, text)    { text, TOK_##name },
#include "lexer/token.def"
};

// Eight bytes a step; good enough to spread identifiers, which are what it is for.
static uint32_t hash_bytes(const char *bytes, size_t len)
{
    uint64_t hash = len * 0x9E3779B97F4A7C15u;
    uint64_t word;
    for (; len >= 8; bytes += 8, len -= 8) {
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    word = 0;
    for (size_t i = 0; i < len; i++) word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(hash ^ hash >> 32);
}

static bool table_grow(Names *names)
{
    uint32_t size = (names->mask + 1) * 2;
    const Name **table = asy_arena_zalloc(names->arena, size * sizeof(Name *));
    if (!table) return false;
    for (uint32_t i = 0; i <= names->mask; i++) {
        const Name *name = names->table[i];
        if (!name) continue;
        uint32_t at = name->hash & (size - 1);
        while (table[at]) at = (at + 1) & (size - 1);
        table[at] = name;
    }
    names->table = table;
    names->mask = size - 1;
    return true;
}

const Name *asy_names_intern(Names *names, const char *bytes, size_t len)
{
    uint32_t hash = hash_bytes(bytes, len);
    uint32_t at = hash & names->mask;
    for (const Name *name; (name = names->table[at]); at = (at + 1) & names->mask) {
        if (name->hash == hash && name->len == len && memcmp(name->bytes, bytes, len) == 0)
            return name;
    }
    if (len >= UINT32_MAX) return NULL;
    if ((names->count + 1) * 2 > names->mask + 1) {
        if (!table_grow(names)) return NULL;
        at = hash & names->mask;
        while (names->table[at]) at = (at + 1) & names->mask;
    }
    Name *name = asy_arena_alloc(names->arena, sizeof *name + len + 1);
    if (!name) return NULL;
    name->hash = hash;
    name->len = (uint32_t)len;
    name->token = TOK_NAME;
    name->ascii = asy_utf8_is_ascii(bytes, len);
    memcpy(name->bytes, bytes, len);
    name->bytes[len] = '\0';
    names->table[at] = name;
    names->count++;
    return name;
}

const Name *asy_names_intern_cstr(Names *names, const char *text)
{
    return asy_names_intern(names, text, strlen(text));
}

bool asy_names_init(Names *names, Arena *arena)
{
    *names = (Names){ .arena = arena, .mask = NAMES_TABLE_MIN - 1 };
    names->table = asy_arena_zalloc(arena, NAMES_TABLE_MIN * sizeof(Name *));
    if (!names->table) return false;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        // The table is the only owner so far, so the constant view of the new entry can be given
        // its token.
        Name *name = (Name *)asy_names_intern_cstr(names, keywords[i].text);
        if (!name) return false;
        name->token = keywords[i].token;
    }
    return true;
}
