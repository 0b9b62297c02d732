// Positions in text: from code point numbers to byte offsets and back.
//
// ASCII text needs nothing. Other text longer than a few words gets, on first use, its number of code
// points and the byte offset of every 64th, so that s[i] looks at 64 code points at most. An index is
// a cache: without memory for it everything still works by counting from the start.
#include "base/utf8.h"
#include "vm/core/vm.h"
#include "vm/objects/str.h"

enum { INDEX_STRIDE = 64, INDEX_SIZE_MIN = 128 };

struct StrIndex {
    size_t length;              // code points
    size_t count;               // offsets
    size_t offsets[];           // offsets[k]: where code point (k + 1) * INDEX_STRIDE begins
};

static size_t index_bytes(size_t count) { return sizeof(StrIndex) + count * sizeof(size_t); }

static StrIndex *index_get(VM *vm, StrObj *s)
{
    if (s->index || s->size < INDEX_SIZE_MIN) return s->index;
    size_t length = asy_utf8_count(s->data, s->size);
    size_t count = length / INDEX_STRIDE;
    StrIndex *index = asy_mem_alloc(vm, index_bytes(count));
    if (!index) return NULL;
    index->length = length;
    index->count = count;
    size_t offset = 0;
    for (size_t k = 0; k < count; k++) {
        offset += asy_utf8_offset(s->data + offset, s->size - offset, INDEX_STRIDE);
        index->offsets[k] = offset;
    }
    s->index = index;
    return index;
}

void asy_str_index_free(VM *vm, StrObj *s)
{
    StrIndex *index = s->index;
    s->index = NULL;
    if (index) asy_mem_free(vm, index, index_bytes(index->count));
}

size_t asy_str_length(VM *vm, StrObj *s)
{
    if (asy_str_is_ascii(s)) return s->size;
    StrIndex *index = index_get(vm, s);
    return index ? index->length : asy_utf8_count(s->data, s->size);
}

size_t asy_str_offset(VM *vm, StrObj *s, size_t i)
{
    if (asy_str_is_ascii(s)) return i;
    StrIndex *index = index_get(vm, s);
    if (!index) return asy_utf8_offset(s->data, s->size, i);
    size_t block = i / INDEX_STRIDE;
    size_t from = block ? index->offsets[block - 1] : 0;
    return from + asy_utf8_offset(s->data + from, s->size - from, i % INDEX_STRIDE);
}

size_t asy_str_position(VM *vm, StrObj *s, size_t offset)
{
    if (asy_str_is_ascii(s)) return offset;
    StrIndex *index = index_get(vm, s);
    if (!index) return asy_utf8_count(s->data, offset);
    size_t low = 0, high = index->count;        // blocks that begin at or before offset
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->offsets[middle] <= offset) low = middle + 1;
        else high = middle;
    }
    size_t from = low ? index->offsets[low - 1] : 0;
    return low * INDEX_STRIDE + asy_utf8_count(s->data + from, offset - from);
}

uint32_t asy_str_char_at(VM *vm, StrObj *s, size_t i)
{
    assert(i < asy_str_length(vm, s));
    if (asy_str_is_ascii(s)) return (unsigned char)s->data[i];
    const char *at = s->data + asy_str_offset(vm, s, i);
    return asy_utf8_next(&at);
}
