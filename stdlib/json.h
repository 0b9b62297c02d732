// What the files of _json share.
#pragma once
#include "stdlib/lib.h"

// json_read.c: make_scanner, and the functions scanstring and skip.
extern const TypeDef asy_json_scanner_type;
Value asy_json_scanstring(VM *vm, Args a);
Value asy_json_skip(VM *vm, Args a);
// json_write.c: make_encoder, and the functions that write one string.
extern const TypeDef asy_json_encoder_type;
Value asy_json_encode_basestring(VM *vm, Args a);
Value asy_json_encode_basestring_ascii(VM *vm, Args a);
