// Functions of script, builtin functions, bound methods, cells, and the descriptors of classes.
#pragma once
#include "vm/core/native.h"
#include "vm/core/object.h"
#include "vm/core/type.h"

typedef struct CodeObj CodeObj;
typedef struct CellObj {
    ObjHeader head;
    Value value;                // UNBOUND: empty
} CellObj;

#define FUNCTION_FIELDS(V, O, N)                                                                   \
    O(CodeObj, code)                                                                               \
    O(DictObj, globals)                                                                            \
    O(DictObj, builtins)                                                                           \
    V(name)                                                                                        \
    V(qualname)                                                                                    \
    V(defaults)                 /* tuple, or NIL */                                                \
    V(kwdefaults)               /* dict, or NIL */                                                 \
    O(TupleObj, closure)        /* of cells, or NULL */                                            \
    V(doc)                                                                                         \
    V(module)                                                                                      \
    V(annotations)              /* dict, or a tuple of name, value, ... not yet made one, or NIL */ \
    V(type_params)              /* tuple, or NIL */                                                \
    V(dict)                     /* __dict__, or NIL until used */                                  \
    N(uint32_t, version)        /* for call caches; 0: changed too often */
ASY_OBJECT(FunctionObj, FUNCTION_FIELDS);

typedef struct BuiltinObj {     // builtin_function_or_method
    ObjHeader head;
    const MethodDef *def;
    const struct NativeParams *params;  // the parsed signature; NULL: RAW
    Value self;                 // owned, or NIL
    Value module;               // name, or NIL
} BuiltinObj;
typedef struct MethodObj {      // bound method
    ObjHeader head;
    Value func, self;
} MethodObj;

#define asy_is_function(vm, v) (asy_is_obj(v) && asy_as_obj(v)->type == (vm)->types.function)
ASY_CHECKED Value asy_function_new(VM *vm, CodeObj *code, DictObj *globals, Value qualname);
ASY_CHECKED Value asy_method_new(VM *vm, Value func, Value self);
ASY_CHECKED Value asy_cell_new(VM *vm, Value value);        // retains; UNBOUND: empty
// Called when code, defaults or kwdefaults of a function are replaced.
void asy_function_changed(VM *vm, FunctionObj *f);
