// Special methods and slots: the rows that tie a name to a slot, both ways.
#pragma once
#include "vm/core/type.h"

typedef enum SlotKind {
    SLOT_UNARY, SLOT_BINARY, SLOT_TERNARY, SLOT_HASH, SLOT_CALL, SLOT_GETATTR, SLOT_SETATTR, SLOT_COMPARE, SLOT_DESCRGET,
    SLOT_DESCRSET, SLOT_INIT, SLOT_NEW, SLOT_LENGTH, SLOT_SETITEM, SLOT_CONTAINS, SLOT_TRUTH
} SlotKind;

// One special method. Several rows share a slot: the six comparisons, a binary operator and its reflected form,
// setting and deleting.
typedef struct SlotRow {
    const char *name;           // "__add__"
    uint16_t offset;            // of the slot in Slots
    uint8_t kind;               // SlotKind
    uint8_t variant;            // COMPARE: Comparison; else 1: reflected or deleting
} SlotRow;

extern const SlotRow asy_slot_rows[];
extern const uint32_t asy_slot_row_count;

typedef void (*SlotFn)(void);
ASY_INLINE SlotFn asy_slot_get(const Slots *slots, uint32_t offset)
{
    SlotFn fn;
    memcpy(&fn, (const char *)slots + offset, sizeof fn);
    return fn;
}
ASY_INLINE void asy_slot_set(Slots *slots, uint32_t offset, SlotFn fn)
{
    memcpy((char *)slots + offset, &fn, sizeof fn);
}

// Interns the rows' names into vm->slot_names.
ASY_CHECKED bool asy_slots_init(VM *vm);
void asy_slots_close(VM *vm);
// Native types: slots left out come from the base; wrappers for its own go into the type's dict.
void asy_slots_inherit(VM *vm, Type *type, Type *base);
ASY_CHECKED bool asy_slots_fill_dict(VM *vm, Type *type);
// Script classes: sets every slot by what the special methods along the MRO are. Runs no script.
void asy_slots_update(VM *vm, Type *type);
// The special method `name` of the class changed: its slot is set anew, here and in all subclasses. False: no such name.
bool asy_slots_update_name(VM *vm, Type *type, StrObj *name);
// Whether `name` belongs to a slot.
bool asy_slots_is_name(VM *vm, StrObj *name);
// Calls the row's slot function `fn` as the special method: checks arguments, converts the result.
ASY_CHECKED Value asy_slot_row_call(VM *vm, const SlotRow *row, Type *owner, Value self, const Value *v, uint32_t n,
                                    Value kwnames);
// Whether a type's slot is a trampoline to script.
bool asy_slot_next_is_script(const Type *type);
