// The names of characters, packed: unicode_names.inc says how the tables were made.
//
// A name is a row of word numbers, 0 behind it, in the order of code points; runs say where the name of a code point is to be
// looked for, at most 256 names on. Looking up a name packs it the same way and searches the whole table for it, which takes
// some microseconds. Names of the form PREFIX-number and of Hangul syllables are computed.
#define _GNU_SOURCE 1     // memmem
#include "vm/objects/unicode_names.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct NameRun {
    uint32_t first, offset;     // code point, place of its name in name_data
} NameRun;
typedef struct NumberedRange {
    const char *prefix;
    uint32_t first, last;
} NumberedRange;
#include "vm/objects/unicode_names.inc"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
_Static_assert((int)NAME_LONGEST < (int)UNICODE_NAME_MAX, "every name fits");

// -- words

// Word `n` in the table, its last byte marked by the high bit.
static const uint8_t *word_at(size_t n)
{
    const uint8_t *p = word_text + word_starts[n / 32];
    for (size_t skip = n % 32; skip; p++) skip -= *p >> 7;
    return p;
}

static int compare_word(const char *name, size_t size, const uint8_t *word)
{
    for (size_t i = 0;; i++, word++) {
        if (i == size) return -1;
        int difference = (unsigned char)name[i] - (*word & 0x7F);
        if (difference) return difference;
        if (*word & 0x80) return i + 1 == size ? 0 : 1;
    }
}

static bool find_word(const char *name, size_t size, size_t *number)
{
    size_t low = 0, high = NAME_WORDS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_word(name, size, word_at(words_by_text[middle]));
        if (order == 0) return *number = words_by_text[middle], true;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return false;
}

// The packed name at `p` as text.
static size_t unpack(const uint8_t *p, char *out)
{
    size_t size = 0;
    while (*p) {
        size_t number = *p < NAME_LEAD ? (size_t)*p - 1 : NAME_LEAD - 1 + (size_t)(*p - NAME_LEAD) * 255 + (size_t)(p[1] - 1);
        p += *p < NAME_LEAD ? 1 : 2;
        if (size) out[size++] = ' ';
        for (const uint8_t *w = word_at(number);; w++) {
            out[size++] = (char)(*w & 0x7F);
            if (*w & 0x80) break;
        }
    }
    out[size] = '\0';
    return size;
}

// The name in capitals as it stands in the tables, 0 before and behind it. 0: it has a word that no name has.
static size_t pack(const char *name, size_t size, uint8_t out[2 * UNICODE_NAME_MAX])
{
    size_t n = 0, at = 0;
    out[n++] = 0;
    while (at <= size) {
        const char *space = memchr(name + at, ' ', size - at);
        size_t end = space ? (size_t)(space - name) : size, number;
        if (end == at || !find_word(name + at, end - at, &number)) return 0;
        if (number < NAME_LEAD - 1) {
            out[n++] = (uint8_t)(number + 1);
        } else {
            out[n++] = (uint8_t)(NAME_LEAD + (number - (NAME_LEAD - 1)) / 255);
            out[n++] = (uint8_t)((number - (NAME_LEAD - 1)) % 255 + 1);
        }
        at = end + 1;
    }
    out[n++] = 0;
    return n;
}

// -- Hangul syllables (The Unicode Standard, 3.12)

enum { HANGUL_FIRST = 0xAC00, HANGUL_LAST = 0xD7A3, HANGUL_V = 21, HANGUL_T = 28 };
static const char hangul_prefix[] = "HANGUL SYLLABLE ";
static const char hangul_l[][3] = { "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H" };
static const char hangul_v[][4] = { "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI",
    "YU", "EU", "YI", "I" };
static const char hangul_t[][3] = { "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B",
    "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H" };

// The longest entry that `name` begins with; *used is its length.
static uint32_t longest(const char *name, const char *table, size_t width, size_t count, size_t *used)
{
    uint32_t best = 0;
    *used = 0;
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const char *entry = table + i * width;
        size_t size = strlen(entry);
        if ((!found || size > *used) && strncmp(name, entry, size) == 0) {
            best = (uint32_t)i;
            *used = size;
            found = true;
        }
    }
    return best;
}

static bool hangul_find(const char *name, uint32_t *code_point)
{
    size_t used;
    uint32_t l = longest(name, hangul_l[0], sizeof hangul_l[0], COUNT(hangul_l), &used);
    name += used;
    uint32_t v = longest(name, hangul_v[0], sizeof hangul_v[0], COUNT(hangul_v), &used);
    if (!used) return false;
    name += used;
    uint32_t t = longest(name, hangul_t[0], sizeof hangul_t[0], COUNT(hangul_t), &used);
    if (name[used]) return false;
    *code_point = HANGUL_FIRST + (l * HANGUL_V + v) * HANGUL_T + t;
    return true;
}

// -- names

size_t asy_unicode_name(uint32_t c, char out[UNICODE_NAME_MAX])
{
    if (c >= HANGUL_FIRST && c <= HANGUL_LAST) {
        uint32_t i = c - HANGUL_FIRST;
        return (size_t)snprintf(out, UNICODE_NAME_MAX, "%s%s%s%s", hangul_prefix, hangul_l[i / (HANGUL_V * HANGUL_T)],
                                hangul_v[i / HANGUL_T % HANGUL_V], hangul_t[i % HANGUL_T]);
    }
    for (size_t i = 0; i < COUNT(numbered_ranges); i++) {
        const NumberedRange *r = &numbered_ranges[i];
        if (c >= r->first && c <= r->last) return (size_t)snprintf(out, UNICODE_NAME_MAX, "%s%04X", r->prefix, (unsigned)c);
    }
    size_t low = 0, high = COUNT(name_runs);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (name_runs[middle].first <= c) low = middle;
        else high = middle;
    }
    const NameRun *run = &name_runs[low];
    const uint8_t *p = name_data + run->offset, *end = low + 1 < COUNT(name_runs) ? name_data + name_runs[low + 1].offset
                                                                                   : name_data + sizeof name_data;
    for (uint32_t skip = c >= run->first ? c - run->first : UINT32_MAX; skip && p < end; p++) skip -= *p == 0;
    if (c < run->first || p >= end) return *out = '\0', 0;
    return unpack(p, out);
}

// Where the packed name stands in a table, as the place of its first byte; NULL if nowhere.
static const uint8_t *search(const uint8_t *table, size_t size, const uint8_t *packed, size_t n)
{
    const uint8_t *p = memmem(table, size, packed, n);
    return p ? p + 1 : NULL;
}

static bool find_in_names(const uint8_t *packed, size_t n, uint32_t *code_point)
{
    const uint8_t *p = search(name_data, sizeof name_data, packed, n);
    if (!p) return false;
    uint32_t offset = (uint32_t)(p - name_data);
    size_t low = 0, high = COUNT(name_runs);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (name_runs[middle].offset <= offset) low = middle;
        else high = middle;
    }
    uint32_t c = name_runs[low].first;
    for (const uint8_t *q = name_data + name_runs[low].offset; q < p; q++) c += *q == 0;
    *code_point = c;
    return true;
}

static bool find_numbered(const char *name, size_t size, uint32_t *code_point)
{
    for (size_t i = 0; i < COUNT(numbered_ranges); i++) {
        const NumberedRange *r = &numbered_ranges[i];
        size_t prefix = strlen(r->prefix);
        if (size < prefix + 4 || size > prefix + 5 || strncmp(name, r->prefix, prefix) != 0) continue;
        uint32_t c = 0;
        size_t k = prefix;
        for (; k < size; k++) {
            char digit = name[k];
            if (digit >= '0' && digit <= '9') c = c * 16 + (uint32_t)(digit - '0');
            else if (digit >= 'A' && digit <= 'F') c = c * 16 + (uint32_t)(digit - 'A' + 10);
            else break;
        }
        if (k == size && c >= r->first && c <= r->last) return *code_point = c, true;
    }
    return false;
}

size_t asy_unicode_name_find_sequence(const char *given, size_t size, uint32_t out[UNICODE_SEQUENCE_MAX])
{
    char name[UNICODE_NAME_MAX];
    if (!size || size >= sizeof name) return 0;
    for (size_t i = 0; i < size; i++) name[i] = given[i] >= 'a' && given[i] <= 'z' ? (char)(given[i] - 32) : given[i];
    name[size] = '\0';
    if (strncmp(name, hangul_prefix, sizeof hangul_prefix - 1) == 0) {
        return hangul_find(name + sizeof hangul_prefix - 1, out) ? 1 : 0;
    }
    if (find_numbered(name, size, out)) return 1;
    uint8_t packed[2 * UNICODE_NAME_MAX];
    size_t n = pack(name, size, packed);
    if (!n) return 0;
    if (find_in_names(packed, n, out)) return 1;
    const uint8_t *p = search(alias_data, sizeof alias_data, packed, n);
    if (!p) return 0;
    const uint32_t *points = alias_points;
    for (const uint8_t *q = alias_data + 1; q < p; q++) {
        if (*q == 0) points += 1 + *points;
    }
    assert(*points <= UNICODE_SEQUENCE_MAX);
    memcpy(out, points + 1, *points * sizeof *points);
    return *points;
}

bool asy_unicode_name_find(const char *name, size_t size, uint32_t *code_point)
{
    uint32_t points[UNICODE_SEQUENCE_MAX];
    if (asy_unicode_name_find_sequence(name, size, points) != 1) return false;
    *code_point = points[0];
    return true;
}
