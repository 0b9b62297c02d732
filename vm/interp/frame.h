// Frames: one activation of a Proto, on the object heap, and at the same time the generator, coroutine or
// async generator object made by calling a function that suspends. docs/frames.md has the rules.
//
//   plain frame       type frame; `back` is the caller; `next` the unused frame it last called (its pool)
//   suspending frame  type generator, coroutine or async_generator; `back` is the awaiter while linked
//                     (`up` in the rules), the driver while it runs as a root
#pragma once
#include "vm/bytecode/code.h"
#include "vm/core/vm.h"
#include "vm/objects/function.h"

typedef enum FrameState { FRAME_CREATED, FRAME_SUSPENDED, FRAME_RUNNING, FRAME_DONE } FrameState;

// How a frame was entered, so how its result leaves; or by what it is linked to the frame that awaits it.
typedef enum Entry {
    ENTRY_NONE,             // not running, not linked
    ENTRY_CALL,             // a call instruction of `back`: result to its operand a
    ENTRY_INIT,             // __init__ of an instance kept in the window's first slot of `back`
    ENTRY_FOR,              // FOR_ITER of `back`
    ENTRY_NEXT,             // next(g), g.send(v), g.__next__() called by `back`
    ENTRY_C,                // asy_interp_run: result to C
    ENTRY_AWAIT,            // linked: SEND of `back`, await
    ENTRY_YIELD_FROM,       // linked: SEND of `back`, yield from
} Entry;

struct Frame {
    ObjHeader head;
    FunctionObj *func;      // owned; NULL when done
    const Instr *ip;        // of the instruction being executed, or where it is suspended
    Frame *back;
    union {
        Frame *next;        // plain frame
        Frame *leaf;        // suspended root: innermost linked frame; NULL: itself
        Frame *root;        // linked frame
    };
    Handled handled;        // suspending frames: what they handle; plain frames use their driver's
    uint16_t capacity;      // slots
    uint8_t state;          // FrameState
    uint8_t entry;          // Entry
    uint32_t depth;         // suspending frames: 1 for a root, else its awaiter's + 1
    Value slots[];
};
_Static_assert(offsetof(Frame, slots) <= 72, "decision 9: a header of at most 72 bytes");

enum {                      // head.flags of suspending frames
    FRAME_HAS_NOTE = OBJ_TYPE_BIT,          // something about it stands in objects/frame_notes.h
    FRAME_AG_CLOSED = OBJ_TYPE_BIT << 1,    // async generator: aclose() has begun
    FRAME_AG_RUNNING = OBJ_TYPE_BIT << 2,   // async generator: an asend/athrow is under way
    FRAME_AG_HOOKED = OBJ_TYPE_BIT << 3,    // the first-iteration hook was called
    FRAME_STARTED = OBJ_TYPE_BIT << 4,      // its first instruction has been reached, or something was thrown in
    FRAME_ITERABLE = OBJ_TYPE_BIT << 5,     // generator made awaitable by types.coroutine
};

ASY_INLINE CodeObj *asy_frame_code(const Frame *f) { return f->func->code; }
// Index of f->ip in its code, cold or warm.
uint32_t asy_frame_word(const Frame *f);
ASY_INLINE bool asy_frame_suspends(VM *vm, const Frame *f) { return f->head.type != vm->types.frame; }

// Plain frame with room for `code`, count 1, slots not set up. NULL: MemoryError.
ASY_CHECKED Frame *asy_frame_new(VM *vm, const CodeObj *code);
// Frame of a suspending code, CREATED; takes over func. NULL: MemoryError (func is released).
ASY_CHECKED Frame *asy_frame_new_suspending(VM *vm, FunctionObj *func);
// Frees the chain of unused frames from `f` on.
void asy_frame_free_pool(VM *vm, Frame *f);
// Number of live slots: locals, and the temporaries live at ip (suspended or running).
void asy_frame_clear_slots(VM *vm, Frame *f);
int asy_frame_line(const Frame *f);             // current line
bool asy_is_suspending(VM *vm, Value v);        // generator, coroutine or async generator
#define asy_as_frame(v) asy_as(Frame, v)
