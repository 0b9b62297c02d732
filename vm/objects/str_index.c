// Positions in text: from code point numbers to byte offsets and back.
//
// ASCII text needs nothing. The length of other text is counted once. Text longer than a few words gets, on first
// use, the byte offset of every 16th code point, so that s[i] looks at 16 code points at most. An index is a cache:
// without memory for it everything still works by counting from the start.
#include "base/utf8.h"
#include "vm/core/vm.h"
#include "vm/objects/str_impl.h"

enum { STRIDE = 16, BLOCK = 256, INDEX_SIZE_MIN = 64 };

typedef struct IndexBlock {
    size_t offset;              // where its first code point begins
    uint16_t behind[BLOCK / STRIDE - 1];    // behind[k]: from there to code point (k + 1) * STRIDE, or to the end
} IndexBlock;

struct StrIndex {
    size_t count;
    IndexBlock blocks[];
};

static size_t index_bytes(size_t count) { return sizeof(StrIndex) + count * sizeof(IndexBlock); }

size_t asy_str_length(VM *vm, StrObj *s)
{
    (void)vm;
    if (asy_str_is_ascii(s)) return s->size;
    if (!s->length) s->length = asy_utf8_count(s->data, s->size);
    return s->length;
}

static StrIndex *index_get(VM *vm, StrObj *s)
{
    if (s->index || s->size < INDEX_SIZE_MIN) return s->index;
    size_t count = asy_str_length(vm, s) / BLOCK + 1;
    StrIndex *index = asy_mem_alloc(vm, index_bytes(count));
    if (!index) return NULL;
    index->count = count;
    size_t at = 0;
    for (size_t k = 0; k < count; k++) {
        IndexBlock *block = &index->blocks[k];
        block->offset = at;
        for (size_t i = 0; i < BLOCK / STRIDE - 1; i++) {
            at += asy_utf8_offset(s->data + at, s->size - at, STRIDE);
            block->behind[i] = (uint16_t)(at - block->offset);
        }
        at += asy_utf8_offset(s->data + at, s->size - at, STRIDE);
    }
    s->index = index;
    return index;
}

void asy_str_index_free(VM *vm, StrObj *s)
{
    StrIndex *index = s->index;
    s->index = NULL;
    asy_mem_free(vm, index, index ? index_bytes(index->count) : 0);
}

size_t asy_str_offset(VM *vm, StrObj *s, size_t i)
{
    if (asy_str_is_ascii(s)) return i;
    StrIndex *index = index_get(vm, s);
    size_t from = 0;
    if (index) {
        const IndexBlock *block = &index->blocks[i / BLOCK];
        size_t step = i % BLOCK / STRIDE;
        from = block->offset + (step ? block->behind[step - 1] : 0);
        i %= STRIDE;
    }
    return from + asy_utf8_offset(s->data + from, s->size - from, i);
}

size_t asy_str_position(VM *vm, StrObj *s, size_t offset)
{
    if (asy_str_is_ascii(s)) return offset;
    if (offset == s->size) return asy_str_length(vm, s);
    StrIndex *index = index_get(vm, s);
    if (!index) return asy_utf8_count(s->data, offset);
    size_t low = 0, high = index->count - 1;        // the last block that begins at or before offset
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (index->blocks[middle].offset <= offset) low = middle;
        else high = middle - 1;
    }
    const IndexBlock *block = &index->blocks[low];
    size_t within = offset - block->offset, step = 0;
    while (step < BLOCK / STRIDE - 1 && block->behind[step] <= within) step++;
    size_t from = step ? block->behind[step - 1] : 0;
    return low * BLOCK + step * STRIDE + asy_utf8_count(s->data + block->offset + from, within - from);
}

uint32_t asy_str_char_at(VM *vm, StrObj *s, size_t i)
{
    assert(i < asy_str_length(vm, s));
    if (asy_str_is_ascii(s)) return (unsigned char)s->data[i];
    const char *at = s->data + asy_str_offset(vm, s, i);
    return asy_utf8_next(&at);
}
