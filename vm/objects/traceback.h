// Traceback objects: one line of a traceback, newest innermost (tb_next goes towards the raise).
#pragma once
#include "vm/bytecode/positions.h"
#include "vm/interp/frame.h"

#define TRACEBACK_FIELDS(V, O, N)                                                                  \
    O(struct TracebackObj, next)                                                                   \
    V(frame)                    /* frame object: a plain Frame or the proxy of a suspending one */ \
    O(CodeObj, code)                                                                               \
    N(uint32_t, word)           /* index of the instruction */                                     \
    N(int, lineno)
ASY_OBJECT(TracebackObj, TRACEBACK_FIELDS);

#define asy_as_traceback(v) asy_as(TracebackObj, v)
// Puts a line for `frame` at its ip in front of exc's traceback. False: MemoryError (exc unchanged).
ASY_CHECKED bool asy_traceback_add(VM *vm, Value exc, Frame *frame);
Position asy_traceback_position(const TracebackObj *tb);
StrObj *asy_traceback_name(const TracebackObj *tb);         // borrowed: co_name (co_qualname is code->qualname)
StrObj *asy_traceback_filename(const TracebackObj *tb);     // borrowed
