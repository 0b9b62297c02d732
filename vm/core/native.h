// Native functions: how C is called by script, how its arguments are bound, tables of methods.
//
// A MethodDef has a Python signature as text. It is parsed once, when the table is registered, and
// every call is bound by it: positional, keyword, defaults, *args, **kwargs, `/` and `*`. The native
// finds parameter i in a.v[i]; an argument that was not given and has a default is NIL ("=None" and
// all other defaults are documentation and inspect.signature; the native decides what absence
// means). *args arrives as a tuple, **kwargs as a dict. The receiver is a.self, not a parameter.
// A native marked NATIVE_RAW gets what the caller passed: a.v[0..a.n) positional and, if a.kwnames is
// a tuple, its len values behind them.
#pragma once
#include "vm/core/object.h"

typedef struct TupleObj TupleObj;
typedef struct StrObj StrObj;

typedef struct Args {
    Value self;             // receiver of a method; module of a function; Type of a classmethod/new
    const Value *v;         // borrowed
    union {                 // positional count (RAW) or number of parameters (bound)
        uint64_t n_word;        // what initialisers by position set: a whole word is copied without waiting for its store
        uint32_t n;
    };
    Value kwnames;          // RAW only: tuple of names, or NIL
} Args;

_Static_assert(offsetof(Args, n) == offsetof(Args, n_word) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "n is the low half of its word");

typedef Value (*NativeFn)(VM *vm, Args a);

enum {
    NATIVE_RAW = 1,         // no binding
    NATIVE_STATIC = 2,      // static method in a type's table
    NATIVE_CLASS = 4,       // class method: a.self is the class
    NATIVE_COROUTINE = 8,   // the result is awaitable: iscoroutinefunction is true
};

typedef struct MethodDef {
    const char *name;
    NativeFn fn;
    const char *signature;  // "(iterable, /, *, key=None, reverse=False)", without self; NULL with RAW: (*args, **kwargs)
    uint32_t flags;
    const char *doc;
} MethodDef;                // a table ends with { 0 }

// Attribute computed by C (a data descriptor). set NULL: read-only; called with NIL to delete.
typedef struct GetSetDef {
    const char *name;
    Value (*get)(VM *vm, Value self);
    bool (*set)(VM *vm, Value self, Value value);
    const char *doc;
} GetSetDef;

// A field of the struct as an attribute (read-only unless `writable`); a NIL field reads as None.
typedef struct MemberDef {
    const char *name;
    uint32_t offset;        // of a Value
    bool writable;
    const char *doc;
} MemberDef;

// Argument conversions: false with the exception set. `what` is the parameter's number from 0.
// An absent argument (NIL) leaves *out as it is and succeeds, so callers put the default there first.
ASY_CHECKED bool asy_arg_i64(VM *vm, Value v, int64_t *out);            // __index__; OverflowError
ASY_CHECKED bool asy_arg_size(VM *vm, Value v, int64_t *out);           // __index__, clamped to int64 (slices, counts)
ASY_CHECKED bool asy_arg_double(VM *vm, Value v, double *out);          // __float__ or __index__; "must be real number, not str"
ASY_CHECKED bool asy_arg_bool(VM *vm, Value v, bool *out);              // truth
ASY_CHECKED bool asy_arg_str(VM *vm, Value v, const char *what, StrObj **out);  // borrowed; "X must be str, not int"

// New builtin function or method object for a definition (which must outlive the VM: tables are
// static). `self` and `module_name` may be NIL.
ASY_CHECKED Value asy_native_new(VM *vm, const MethodDef *def, Value self, Value module_name);

struct NativeParams;
// Calls of anything callable, by C. Each counts against the C depth limit if it runs script.
// Results are new references; ERR with the exception set.
ASY_CHECKED Value asy_call(VM *vm, Value callee, const Value *v, uint32_t n, Value kwnames);
// The same with a receiver in front (NIL: none), as asy_load_method gives it: copies nothing for functions and methods.
ASY_CHECKED Value asy_call_self(VM *vm, Value callee, Value self, const Value *v, uint32_t n, Value kwnames);
ASY_CHECKED Value asy_call0(VM *vm, Value callee);
ASY_CHECKED Value asy_call1(VM *vm, Value callee, Value a);
ASY_CHECKED Value asy_call2(VM *vm, Value callee, Value a, Value b);
ASY_CHECKED Value asy_call3(VM *vm, Value callee, Value a, Value b, Value c);
// `args` any tuple, `kwargs` a dict or NIL.
ASY_CHECKED Value asy_call_tuple(VM *vm, Value callee, Value args, Value kwargs);
// receiver.name(v...): finds the method without making a bound one.
ASY_CHECKED Value asy_call_method(VM *vm, Value receiver, StrObj *name, const Value *v, uint32_t n);
ASY_CHECKED Value asy_call_method0(VM *vm, Value receiver, StrObj *name);
ASY_CHECKED Value asy_call_method1(VM *vm, Value receiver, StrObj *name, Value a);
