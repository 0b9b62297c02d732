// What only few suspending frames have, kept beside them: their frame object, a name set by script, the place
// a coroutine was made (sys.set_coroutine_origin_tracking_depth).
#pragma once
#include "vm/interp/frame.h"

typedef struct FrameNote {
    Frame *frame;               // borrowed; NULL: free
    struct FrameProxy *proxy;   // borrowed: the proxy owns the frame
    Value name, qualname;       // owned, or NIL
    Value origin;               // owned tuple, or NIL
} FrameNote;

FrameNote *asy_frame_note(VM *vm, Frame *f);                    // NULL: none
ASY_CHECKED FrameNote *asy_frame_note_make(VM *vm, Frame *f);   // NULL: MemoryError
void asy_frame_note_drop(VM *vm, Frame *f);
void asy_frame_notes_close(VM *vm);
