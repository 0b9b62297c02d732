// Frame objects as script sees them (sys._getframe, tb_frame, gi_frame): a plain Frame is its own; a suspending frame,
// which is already the generator object, is shown through a proxy, one at a time for each.
#pragma once
#include "vm/interp/frame.h"

typedef struct FrameProxy {
    ObjHeader head;
    Frame *frame;           // owned
} FrameProxy;

// The frame object of `f`, new reference; ERR: MemoryError.
ASY_CHECKED Value asy_frame_object(VM *vm, Frame *f);
// The Frame behind a frame object; NULL if v is none.
Frame *asy_frame_of_object(VM *vm, Value v);
// f_locals: module and class frames give their namespace, others a fresh dict of what is bound.
ASY_CHECKED Value asy_frame_locals(VM *vm, Frame *f);
extern const MethodDef asy_frame_object_methods[];
extern const GetSetDef asy_frame_object_getset[];
Value asy_frame_object_repr(VM *vm, Value self);
