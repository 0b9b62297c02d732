// The table of interned strings.
//
// It owns nothing: an interned string that dies takes itself out (asy_intern_forget, from str.c), so names
// made at run time do not pile up. The table keeps its own hash of the bytes; the str's hash is made by str.c.
#include "vm/core/intern.h"

#include "vm/core/vm.h"
#include "vm/objects/str.h"

typedef struct InternEntry {
    StrObj *str;                // NULL: never used; DELETED: gone
    uint32_t hash;
} InternEntry;

typedef struct InternTable {
    InternEntry *entries;
    uint32_t capacity;          // power of two
    uint32_t fill;              // used entries, deleted ones included
    uint32_t count;
} InternTable;

#define DELETED ((StrObj *)(uintptr_t)1)

static uint32_t hash_bytes(VM *vm, const char *bytes, size_t size)
{
    uint64_t h = vm->hash_key[0] ^ size;
    while (size >= 8) {
        uint64_t w;
        memcpy(&w, bytes, 8);
        h = (h ^ w) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
        bytes += 8;
        size -= 8;
    }
    uint64_t w = 0;
    memcpy(&w, bytes, size);
    h = (h ^ w) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h ^ h >> 32);
}

bool asy_intern_init(VM *vm)
{
    vm->interned = asy_mem_alloc(vm, sizeof(InternTable));
    if (!vm->interned) return false;
    *vm->interned = (InternTable){ 0 };
    return true;
}

void asy_intern_close(VM *vm)
{
    InternTable *t = vm->interned;
    if (!t) return;
    asy_mem_free(vm, t->entries, t->capacity * sizeof(InternEntry));
    asy_mem_free(vm, t, sizeof(InternTable));
    vm->interned = NULL;
}

static bool table_grow(VM *vm, InternTable *t)
{
    uint32_t capacity = t->capacity ? t->capacity : 1024;
    while (t->count >= capacity / 2) capacity *= 2;
    InternEntry *entries = asy_mem_alloc(vm, capacity * sizeof(InternEntry));
    if (!entries) return false;
    memset(entries, 0, capacity * sizeof(InternEntry));
    for (uint32_t i = 0; i < t->capacity; i++) {
        InternEntry e = t->entries[i];
        if (!e.str || e.str == DELETED) continue;
        uint32_t at = e.hash & (capacity - 1);
        while (entries[at].str) at = (at + 1) & (capacity - 1);
        entries[at] = e;
    }
    asy_mem_free(vm, t->entries, t->capacity * sizeof(InternEntry));
    t->entries = entries;
    t->capacity = capacity;
    t->fill = t->count;
    return true;
}

static InternEntry *table_find(InternTable *t, const char *bytes, size_t size, uint32_t hash)
{
    if (!t->capacity) return NULL;
    for (uint32_t at = hash & (t->capacity - 1);; at = (at + 1) & (t->capacity - 1)) {
        InternEntry *e = &t->entries[at];
        if (!e->str) return NULL;
        if (e->str != DELETED && e->hash == hash && e->str->size == size && memcmp(e->str->data, bytes, size) == 0) return e;
    }
}

// Adds a str that is not in the table; false: MemoryError set.
static bool table_add(VM *vm, InternTable *t, StrObj *s, uint32_t hash)
{
    if (t->fill * 3 >= t->capacity * 2 && !table_grow(vm, t)) {
        asy_raise_memory(vm);
        return false;
    }
    uint32_t at = hash & (t->capacity - 1);
    while (t->entries[at].str) at = (at + 1) & (t->capacity - 1);
    t->entries[at] = (InternEntry){ s, hash };
    t->fill++;
    t->count++;
    s->head.flags |= STR_INTERNED;
    return true;
}

StrObj *asy_intern(VM *vm, const char *bytes, size_t size)
{
    uint32_t hash = hash_bytes(vm, bytes, size);
    InternEntry *e = table_find(vm->interned, bytes, size, hash);
    if (e) return asy_retain_obj(e->str);
    StrObj *s = asy_str_new(vm, bytes, size);
    if (!s) return NULL;
    // A one-character string is the VM's shared one, which may have been interned under another roof already.
    if (s->head.flags & STR_INTERNED) return s;
    if (!table_add(vm, vm->interned, s, hash)) {
        asy_release_obj(vm, s);
        return NULL;
    }
    return s;
}

StrObj *asy_intern_c(VM *vm, const char *text) { return asy_intern(vm, text, strlen(text)); }

StrObj *asy_intern_str(VM *vm, StrObj *s)
{
    if (s->head.flags & STR_INTERNED) return asy_retain_obj(s);
    uint32_t hash = hash_bytes(vm, s->data, s->size);
    InternEntry *e = table_find(vm->interned, s->data, s->size, hash);
    if (e) return asy_retain_obj(e->str);
    // A subclass instance is not a name: its __eq__ may say anything.
    if (s->head.type != vm->types.str) return asy_intern(vm, s->data, s->size);
    return table_add(vm, vm->interned, s, hash) ? asy_retain_obj(s) : NULL;
}

void asy_intern_forget(VM *vm, StrObj *s)
{
    InternTable *t = vm->interned;
    uint32_t hash = hash_bytes(vm, s->data, s->size);
    uint32_t at = hash & (t->capacity - 1);
    while (t->entries[at].str != s) {
        assert(t->entries[at].str);
        at = (at + 1) & (t->capacity - 1);
    }
    t->entries[at].str = DELETED;
    t->count--;
    // Its address may come back as another name: entries of the method table for it must not be found then.
    if (s->head.flags & STR_METHOD_NAME) {
        for (uint32_t i = 0; vm->method_table && i < METHOD_TABLE_SIZE; i++) {
            if (vm->method_table[i].name == s) vm->method_table[i] = (MethodTableEntry){ 0 };
        }
    }
}
