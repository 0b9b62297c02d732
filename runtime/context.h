// Context variables (PEP 567): contexts are persistent maps, copied in constant time.
#pragma once
#include "runtime/runtime.h"

typedef struct ContextVarObj {
    ObjHeader head;
    StrObj *name;
    Value default_value;        // NIL: none
} ContextVarObj;

typedef struct VarTable VarTable;
struct ContextObj {
    ObjHeader head;
    VarTable *table;            // shared between copies until one of them changes; NULL: empty
    bool entered;
};

typedef struct TokenObj {
    ObjHeader head;
    ContextVarObj *var;
    ContextObj *context;
    Value old;                  // NIL: it had none
    bool used;
} TokenObj;

// Who runs something in a context of its own keeps it in a slot, a ContextObj *. NULL there stands for an empty context
// that nobody has looked at yet: most programs set no variables, and their tasks and callbacks need no object for that.

// The running thread's context, borrowed; made if there is none. NULL: MemoryError.
ASY_CHECKED ContextObj *asy_context_current(VM *vm);
// copy_context(): constant time. New reference; NULL: MemoryError.
ASY_CHECKED ContextObj *asy_context_copy_current(VM *vm);
// What `context=` means: NIL or None is a copy of the current one. TypeError unless it is a Context. *out, for a slot: owned.
ASY_CHECKED bool asy_context_argument(VM *vm, Value context, ContextObj **out);
// The slot's context, made if there is none; borrowed. NULL: MemoryError.
ASY_CHECKED ContextObj *asy_context_of(VM *vm, ContextObj **slot);

// Makes the slot's context the current one until asy_context_leave is given *saved. False: RuntimeError, it is entered
// already.
ASY_CHECKED bool asy_context_enter(VM *vm, ContextObj **slot, Value *saved);
void asy_context_leave(VM *vm, ContextObj **slot, Value saved);

extern const TypeDef asy_rt_context_type, asy_rt_context_table_type, asy_rt_context_var_type, asy_rt_token_type, asy_rt_token_missing_type,
    asy_rt_context_iter_type;
extern const MethodDef asy_context_functions[];
