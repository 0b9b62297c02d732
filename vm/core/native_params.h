// Parsed signatures of native functions.
#pragma once
#include "vm/core/native.h"

typedef struct NativeParam {
    StrObj *name;               // interned, owned
    const char *default_text;   // in the signature; NULL: required
    uint32_t default_size;
} NativeParam;

typedef struct NativeParams {
    struct NativeParams *next;  // all of the VM's
    const MethodDef *def;
    uint32_t count;             // parameters, *args and **kwargs included
    uint32_t positional;        // those that may be given by position come first
    uint32_t positional_only;   // of these
    uint32_t required;          // leading positional parameters without default
    int32_t varargs, varkw;     // index of *args, **kwargs; -1: none
    bool simple;                // positional-only and nothing else: the caller's array may serve as it is
    NativeParam params[];
} NativeParams;

enum { NATIVE_PARAMS_MAX = 24 };

// The definition's signature, parsed on first use and kept by the VM. NULL: MemoryError. Not for NATIVE_RAW.
ASY_CHECKED const NativeParams *asy_native_params(VM *vm, const MethodDef *def);
void asy_native_params_close(VM *vm);
// "($self, iterable, /, *, key=None)" as __text_signature__ has it: new str, None for RAW ones without text.
ASY_CHECKED Value asy_native_text_signature(VM *vm, const MethodDef *def, bool has_self, bool is_class);
// Calls with these arguments; `self` is the receiver, `owner` the class whose method it is (NULL: a function). `params` is
// the caller's cache of asy_native_params.
ASY_CHECKED Value asy_native_call(VM *vm, const MethodDef *def, const NativeParams **params, Value self, Type *owner,
                                  const Value *v, uint32_t n, Value kwnames);
