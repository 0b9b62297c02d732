// The table behind frame_notes.h: open addressing by frame, at most half full.
#include "vm/objects/frame_notes.h"

typedef struct FrameNotes {
    FrameNote *table;
    uint32_t capacity, count;   // capacity a power of two
} FrameNotes;

static uint32_t start_of(const FrameNotes *n, const Frame *f)
{
    uint64_t h = (uint64_t)(uintptr_t)f * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 40) & (n->capacity - 1);
}

FrameNote *asy_frame_note(VM *vm, Frame *f)
{
    FrameNotes *n = vm->frame_notes;
    if (!n || !n->count) return NULL;
    for (uint32_t i = start_of(n, f);; i = (i + 1) & (n->capacity - 1)) {
        if (n->table[i].frame == f) return &n->table[i];
        if (!n->table[i].frame) return NULL;
    }
}

static FrameNote *place(FrameNotes *n, Frame *f)
{
    uint32_t i = start_of(n, f);
    while (n->table[i].frame) i = (i + 1) & (n->capacity - 1);
    n->table[i].frame = f;
    n->count++;
    return &n->table[i];
}

FrameNote *asy_frame_note_make(VM *vm, Frame *f)
{
    FrameNote *there = asy_frame_note(vm, f);
    if (there) return there;
    FrameNotes *n = vm->frame_notes;
    if (!n) {
        n = asy_mem_alloc(vm, sizeof *n);
        if (!n) return (void)asy_raise_memory(vm), NULL;
        *n = (FrameNotes){ 0 };
        vm->frame_notes = n;
    }
    if (2 * (n->count + 1) > n->capacity) {
        FrameNotes bigger = { .capacity = n->capacity ? 2 * n->capacity : 16 };
        bigger.table = asy_mem_alloc(vm, bigger.capacity * sizeof(FrameNote));
        if (!bigger.table) return (void)asy_raise_memory(vm), NULL;
        memset(bigger.table, 0, bigger.capacity * sizeof(FrameNote));
        for (uint32_t i = 0; i < n->capacity; i++) {
            if (n->table[i].frame) *place(&bigger, n->table[i].frame) = n->table[i];
        }
        asy_mem_free(vm, n->table, n->capacity * sizeof(FrameNote));
        *n = bigger;
    }
    return place(n, f);
}

void asy_frame_note_drop(VM *vm, Frame *f)
{
    FrameNote *note = asy_frame_note(vm, f);
    if (!note) return;
    FrameNote gone = *note;
    FrameNotes *n = vm->frame_notes;
    n->count--;
    // close the gap: entries behind it that would no longer be found move up
    uint32_t hole = (uint32_t)(note - n->table), i = hole;
    n->table[hole] = (FrameNote){ 0 };
    for (;;) {
        i = (i + 1) & (n->capacity - 1);
        if (!n->table[i].frame) break;
        uint32_t home = start_of(n, n->table[i].frame);
        if (((i - home) & (n->capacity - 1)) < ((i - hole) & (n->capacity - 1))) continue;
        n->table[hole] = n->table[i];
        n->table[i] = (FrameNote){ 0 };
        hole = i;
    }
    asy_release(vm, gone.name);
    asy_release(vm, gone.qualname);
    asy_release(vm, gone.origin);
}

void asy_frame_notes_close(VM *vm)
{
    FrameNotes *n = vm->frame_notes;
    if (!n) return;
    asy_mem_free(vm, n->table, n->capacity * sizeof(FrameNote));
    asy_mem_free(vm, n, sizeof *n);
    vm->frame_notes = NULL;
}
