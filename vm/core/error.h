// Errors are return values: a Value function returns ERR, others false, NULL or -1, with the exception
// set in the running thread. Callers add nothing to an exception already set. Never longjmp.
#pragma once
#include "vm/core/object.h"

typedef struct StrObj StrObj;

typedef enum ExcKind {
#define EXC(name, base, layout, doc) EXC_##name,
#include "vm/core/exceptions.def"
    EXC__COUNT
} ExcKind;

// Sets the exception and returns ERR. Formats: %s C string (UTF-8)  %d int  %u uint32_t  %lld int64_t
// %llu uint64_t  %zu size_t  %c code point (uint32_t)  %x uint32_t  %llx uint64_t  %g double (repr)  %S Value as str()
// %R Value as repr()  %A ascii()  %T name of a Value's type  %N name of a Type *  %U StrObj *  %% percent.
// A precision cuts text: %.200s %.50T. If making the message fails, that exception is set instead.
Value asy_raise(VM *vm, ExcKind kind, const char *format, ...);
// The same for any class, with one argument (borrowed; NIL: none).
Value asy_raise_class(VM *vm, Type *cls, Value arg);
Value asy_raise_kind(VM *vm, ExcKind kind, Value arg);              // KeyError(key), StopIteration(value)
// Sets this exception instance (borrowed).
Value asy_raise_object(VM *vm, Value exc);
Value asy_raise_memory(VM *vm);                                     // the VM's own MemoryError; allocates nothing
Value asy_raise_os(VM *vm, int err, Value filename, Value filename2);   // OSError or its subclass by errno; NIL names
Value asy_raise_attribute(VM *vm, Value object, StrObj *name);      // "'X' object has no attribute 'y'", with name and obj
// The same with a text of the caller's.
Value asy_raise_attribute_text(VM *vm, Value object, StrObj *name, StrObj *text);
Value asy_raise_name(VM *vm, StrObj *name);                         // "name 'x' is not defined"
Value asy_raise_index(VM *vm, const char *message);                  // IndexError: "list index out of range"

bool asy_error_pending(VM *vm);
Value asy_error_fetch(VM *vm);          // the pending exception, now the caller's; NIL if none
void asy_error_restore(VM *vm, Value exc);      // sets it, taking ownership (NIL: clears)
void asy_error_clear(VM *vm);
bool asy_error_is(VM *vm, ExcKind kind);        // pending and an instance of it
// Pending and an instance: cleared, true. The usual end of `try: ... except KeyError: pass` in C.
bool asy_error_catch(VM *vm, ExcKind kind);
Type *asy_exc_type(VM *vm, ExcKind kind);       // borrowed

// For errors nobody can receive (in __del__, weakref callbacks): hands it to sys.unraisablehook and
// clears it. `where` says in which object, may be NIL.
void asy_error_unraisable(VM *vm, Value where, const char *context);
// warnings.warn from C. False: the filter made it an exception.
ASY_CHECKED bool asy_warn(VM *vm, ExcKind category, int stack_level, const char *format, ...);
ASY_CHECKED StrObj *asy_format(VM *vm, const char *format, ...);    // the formats above, as a str; NULL with exception
