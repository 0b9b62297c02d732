// Entrances to the interpreter from C.
#pragma once
#include "vm/core/vm.h"
#include "vm/interp/frame.h"

typedef enum SendResult { SEND_ERROR, SEND_YIELD, SEND_RETURN } SendResult;

// Calls a script function; arguments borrowed. The result, or ERR; a suspending function gives its object.
ASY_CHECKED Value asy_function_call(VM *vm, Value func, Args args);
// Runs code in `globals` with namespace `locals` (module, class body, exec). `closure` may be NULL. For code
// with top-level await the result is a coroutine.
ASY_CHECKED Value asy_run_code(VM *vm, CodeObj *code, DictObj *globals, Value locals, TupleObj *closure);

// Drives a generator, coroutine or (by its awaitables only) async generator one step. `value` is sent (borrowed,
// None at first). YIELD and RETURN put an owned value in *out. An ended one gives RETURN None if it is a generator,
// an error ("cannot reuse already awaited coroutine") if it is a coroutine.
SendResult asy_gen_send(VM *vm, Frame *gen, Value value, Value *out);
// Raises `exc` (borrowed instance) inside.
SendResult asy_gen_throw(VM *vm, Frame *gen, Value exc, Value *out);
// close(): GeneratorExit inside. False: exception ("generator ignored GeneratorExit", or what it raised).
ASY_CHECKED bool asy_gen_close(VM *vm, Frame *gen, Value *result);

// One step of anything that `await` or `yield from` may drive: frames as above, objects with TypeDef.await_poll,
// other iterators by __next__, send, throw. `first`: the first step of this drive.
SendResult asy_send(VM *vm, Value delegate, Value value, bool first, Value *out);
SendResult asy_throw(VM *vm, Value delegate, Value exc, Value *out);
// What `await v` drives: new reference, or ERR with "object X can't be used in 'await' expression".
ASY_CHECKED Value asy_get_awaitable(VM *vm, Value v);

// The frame that runs, skipping none; borrowed, NULL outside script.
Frame *asy_current_frame(VM *vm);
