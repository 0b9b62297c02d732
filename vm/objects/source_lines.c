// Source texts by filename: those that were compiled from memory, and files read on demand (as the lexer reads them: BOM,
// encoding cookie, line ends).
#include "vm/objects/source_lines.h"

#include <stdio.h>
#include <unistd.h>

#include "lexer/diag.h"
#include "lexer/source.h"
#include "vm/core/vm.h"

typedef struct SourceText SourceText;
struct SourceText {
    SourceText *next;
    StrObj *filename;           // owned
    AsyAllocator allocator;     // of `source`
    Source source;              // no text: the file cannot be read
    bool remembered;
};

static void text_free(VM *vm, SourceText *t)
{
    asy_source_free(&t->source);
    asy_release_obj(vm, t->filename);
    asy_mem_free(vm, t, sizeof *t);
}

static SourceText **find(VM *vm, const StrObj *filename)
{
    SourceText **at = &vm->sources;
    while (*at && !asy_str_equal((*at)->filename, filename)) at = &(*at)->next;
    return at;
}

// A new entry with this text, or (bytes NULL) with none. What is no valid source has no lines. NULL: MemoryError.
static SourceText *text_add(VM *vm, StrObj *filename, SourceKind kind, const char *bytes, size_t size)
{
    SourceText *t = asy_mem_alloc(vm, sizeof *t);
    if (!t) {
        asy_raise_memory(vm);
        return NULL;
    }
    *t = (SourceText){ .allocator = asy_mem_allocator(vm), .remembered = kind == SOURCE_STRING };
    t->filename = asy_retain_obj(filename);
    if (bytes) {
        Arena arena;
        Diagnostics diag;
        asy_arena_init(&arena, &t->allocator);
        asy_diag_init(&diag, &arena);
        bool ok = asy_source_init(&t->source, &t->allocator, kind, filename->data, bytes, size, &diag);
        bool memory = !ok && diag.error.kind == DIAG_MEMORY;
        asy_arena_free(&arena);
        if (memory) {
            text_free(vm, t);
            asy_raise_memory(vm);
            return NULL;
        }
    }
    t->next = vm->sources;
    vm->sources = t;
    return t;
}

bool asy_source_lines_remember(VM *vm, const char *filename, const char *text, size_t size)
{
    if (filename[0] == '<' || access(filename, R_OK) == 0) return true;
    StrObj *name = asy_str_from_c(vm, filename);
    if (!name) return false;
    SourceText **old = find(vm, name), *entry = *old;
    if (entry) {
        *old = entry->next;
        text_free(vm, entry);
    }
    entry = text_add(vm, name, SOURCE_STRING, text, size);
    asy_release_obj(vm, name);
    return entry != NULL;
}

// The file's bytes in a buffer of `*capacity`; NULL: it cannot be read, or no memory (raised).
static char *file_read(VM *vm, const char *name, size_t *size, size_t *capacity)
{
    FILE *f = fopen(name, "rbe");
    if (!f) return NULL;
    char *bytes = NULL;
    *size = *capacity = 0;
    for (;;) {
        if (*size == *capacity) {
            size_t grown = *capacity ? *capacity * 2 : 16384;
            char *more = asy_mem_resize(vm, bytes, *capacity, grown);
            if (!more) {
                asy_raise_memory(vm);
                break;
            }
            bytes = more;
            *capacity = grown;
        }
        size_t got = fread(bytes + *size, 1, *capacity - *size, f);
        *size += got;
        if (got) continue;
        bool failed = ferror(f);        // a directory, for one
        (void)fclose(f);
        if (!failed) return bytes;
        asy_mem_free(vm, bytes, *capacity);
        return NULL;
    }
    (void)fclose(f);
    asy_mem_free(vm, bytes, *capacity);
    return NULL;
}

static SourceText *text_of(VM *vm, StrObj *filename)
{
    SourceText *t = *find(vm, filename);
    if (t) return t;
    size_t size = 0, capacity = 0;
    char *bytes = strlen(filename->data) == filename->size ? file_read(vm, filename->data, &size, &capacity) : NULL;
    if (!bytes && asy_error_pending(vm)) return NULL;
    t = text_add(vm, filename, SOURCE_FILE, bytes, size);
    asy_mem_free(vm, bytes, capacity);
    return t;
}

Value asy_source_get_line(VM *vm, StrObj *filename, int number)
{
    SourceText *t = number > 0 ? text_of(vm, filename) : NULL;
    if (!t) return number > 0 ? ASY_ERR : ASY_NONE;
    const char *line;
    size_t size;
    if (!t->source.text || !asy_source_line(&t->source, (uint32_t)number, &line, &size)) return ASY_NONE;
    StrObj *s = asy_str_new(vm, line, size);
    return s ? asy_from_obj(s) : ASY_ERR;
}

static void forget(VM *vm, bool all)
{
    for (SourceText **at = &vm->sources; *at;) {
        SourceText *t = *at;
        if (t->remembered && !all) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        text_free(vm, t);
    }
}

void asy_source_forget_files(VM *vm) { forget(vm, false); }
void asy_source_close(VM *vm) { forget(vm, true); }
