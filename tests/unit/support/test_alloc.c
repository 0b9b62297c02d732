// The allocator of the tests: every block carries its size in front, so that a wrong one is
// noticed.
#include "support/test_alloc.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 16    // keeps the alignment of malloc

static void *test_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    TestAlloc *alloc = ud;
    char *block = ptr ? (char *)ptr - HEADER : NULL;
    size_t known = 0;
    if (block) memcpy(&known, block, sizeof known);
    if (known != old_size) alloc->wrong_size = true;
    if (!new_size) {
        alloc->held -= known;
        alloc->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    alloc->calls++;
    if (alloc->fail_at && alloc->calls >= alloc->fail_at) {
        alloc->refused = true;
        return NULL;
    }
    char *grown = realloc(block, new_size + HEADER);
    if (!grown) return NULL;
    memcpy(grown, &new_size, sizeof new_size);
    alloc->held += new_size - known;
    alloc->blocks += block == NULL;
    return grown + HEADER;
}

void test_alloc_init(TestAlloc *alloc, size_t fail_at)
{
    *alloc = (TestAlloc){ .fail_at = fail_at };
    alloc->allocator = (AsyAllocator){ test_resize, alloc };
}
