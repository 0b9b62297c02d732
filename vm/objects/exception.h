// Exception objects. The classes are listed in core/exceptions.def; these are their structs.
#pragma once
#include "vm/core/error.h"
#include "vm/core/object.h"
#include "vm/core/shape.h"
#include "vm/core/type.h"

// The common part: args, notes live as attributes (__notes__ in attrs), chaining and traceback as fields.
#define EXC_FIELDS(V, O, N)                                                                       \
    N(Attrs, attrs)             /* instance attributes; traced by hand */                          \
    V(args)                     /* tuple */                                                        \
    V(traceback)                /* TracebackObj or NIL */                                          \
    V(cause)                                                                                       \
    V(context)                                                                                     \
    N(bool, suppress_context)
#define EXC_STRUCT(T, MORE)                                                                       \
    typedef struct T {                                                                            \
        ObjHeader head;                                                                           \
        EXC_FIELDS(ASY_FIELD_DECL_V, ASY_FIELD_DECL_O, ASY_FIELD_DECL_N)                          \
        MORE(ASY_FIELD_DECL_V, ASY_FIELD_DECL_O, ASY_FIELD_DECL_N)                                \
    } T
#define EXC_MORE_Exc(V, O, N)
#define EXC_MORE_ExcSystemExit(V, O, N) V(code)
#define EXC_MORE_ExcStopIteration(V, O, N) V(value)
#define EXC_MORE_ExcAttribute(V, O, N) V(name) V(obj)
#define EXC_MORE_ExcName(V, O, N) V(name)
#define EXC_MORE_ExcImport(V, O, N) V(msg) V(name) V(path) V(name_from)
#define EXC_MORE_ExcOS(V, O, N) V(err) V(strerror) V(filename) V(filename2) V(written)
#define EXC_MORE_ExcSyntax(V, O, N) V(msg) V(filename) V(lineno) V(offset) V(text) V(end_lineno) V(end_offset) V(print_file_and_line)
#define EXC_MORE_ExcUnicode(V, O, N) V(encoding) V(object) V(start) V(end) V(reason)
#define EXC_MORE_ExcGroup(V, O, N) V(message) V(exceptions)
EXC_STRUCT(Exc, EXC_MORE_Exc);
EXC_STRUCT(ExcSystemExit, EXC_MORE_ExcSystemExit);
EXC_STRUCT(ExcStopIteration, EXC_MORE_ExcStopIteration);
EXC_STRUCT(ExcAttribute, EXC_MORE_ExcAttribute);
EXC_STRUCT(ExcName, EXC_MORE_ExcName);
EXC_STRUCT(ExcImport, EXC_MORE_ExcImport);
EXC_STRUCT(ExcOS, EXC_MORE_ExcOS);
EXC_STRUCT(ExcSyntax, EXC_MORE_ExcSyntax);
EXC_STRUCT(ExcUnicode, EXC_MORE_ExcUnicode);
EXC_STRUCT(ExcGroup, EXC_MORE_ExcGroup);

#define asy_is_exception(vm, v) (asy_is_obj(v) && (asy_as_obj(v)->type->flags & TYPE_EXCEPTION))
#define asy_as_exc(v) asy_as(Exc, v)

extern const TypeDef asy_exc_types[EXC__COUNT];
// Makes all classes of exceptions.def and fills vm->exc. False: MemoryError.
ASY_CHECKED bool asy_exceptions_init(VM *vm);
// New instance of a builtin class as calling it with these arguments would make (borrowed); runs no
// script unless an argument's own methods are needed (none of them for n < 2). ERR: MemoryError or
// what the constructor raises.
ASY_CHECKED Value asy_exc_new(VM *vm, Type *cls, const Value *args, uint32_t n);
ASY_CHECKED Value asy_exc_new_text(VM *vm, ExcKind kind, StrObj *text);
// Replaces args by a tuple (borrowed) and forgets nothing else.
void asy_exc_set_args(VM *vm, Value exc, TupleObj *args);
// The class to raise for an errno: FileNotFoundError for ENOENT, ...; OSError if it has none. Borrowed.
Type *asy_exc_os_class(VM *vm, int err);
ASY_CHECKED Value asy_exc_unicode_decode_new(VM *vm, const char *encoding, const uint8_t *bytes, size_t size, size_t start,
                                             size_t end, const char *reason);
ASY_CHECKED Value asy_exc_unicode_encode_new(VM *vm, const char *encoding, StrObj *text, size_t start, size_t end,
                                             const char *reason);

// StopIteration's value, new reference.
Value asy_exc_stop_value(VM *vm, Value exc);
// `exc` is about to be raised while `handled` is being handled: sets __context__ unless that would make a
// cycle (the old link is cut, as CPython does).
void asy_exc_chain(VM *vm, Value exc, Value handled);
// Whether `exc` matches an except clause's `pattern` (class or tuple): 1, 0, -1 TypeError.
ASY_CHECKED int asy_exc_matches(VM *vm, Value exc, Value pattern);
// except*: splits `exc` by `pattern`; *match and *rest are new references or None.
ASY_CHECKED bool asy_exc_split(VM *vm, Value exc, Value pattern, Value *match, Value *rest);
// The end of except* clauses: what is to be raised from the originals' rest and what handlers raised
// (list); None: nothing. (PEP 654)
ASY_CHECKED Value asy_exc_group_reraise(VM *vm, Value original, ListObj *raised);
// Prints the traceback with chaining, notes, groups and carets, as CPython's sys.excepthook; to a str.
ASY_CHECKED StrObj *asy_exc_format(VM *vm, Value exc);
