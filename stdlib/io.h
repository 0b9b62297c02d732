// The io module's types.
#pragma once
#include "stdlib/lib.h"
#include "vm/core/shape.h"

extern const TypeDef asy_string_io_type, asy_bytes_io_type, asy_text_stream_type, asy_byte_stream_type;

// Standard streams as sys.stdin, stdout, stderr (and with __ names). False: exception.
ASY_CHECKED bool asy_io_init(VM *vm);
// Puts open into builtins.
ASY_CHECKED bool asy_io_add_open(VM *vm);
// Writes out what is pending in sys.stdout and sys.stderr; errors are reported, not raised.
void asy_io_finish(VM *vm);
Value asy_io_unsupported(VM *vm, const char *what);     // raises io.UnsupportedOperation
// Methods that every stream has in the same words.
Value asy_io_enter(VM *vm, Args a);
Value asy_io_true(VM *vm, Args a);
Value asy_io_false(VM *vm, Args a);
Value asy_io_self_false(VM *vm, Value self);
Value asy_io_self(VM *vm, Value self);
Value asy_io_close_method(VM *vm, Args a);              // __exit__: calls close()
Value asy_io_readlines(VM *vm, Args a);                 // by iteration, up to `hint` characters
Value asy_io_writelines(VM *vm, Args a);                // by write()
