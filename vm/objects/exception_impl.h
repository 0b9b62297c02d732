// What the files of the exceptions share: each layout's trace and clear, and its class's own tables.
#pragma once
#include <stddef.h>

#include "vm/objects/exception.h"

// static void ExcOS_trace(...), ExcOS_clear(...): the common fields, the layout's, and the attributes.
#define EXC_LAYOUT(T)                                                                              \
    void asy_##T##_trace(Tracer *t, ObjHeader *o)                                                  \
    {                                                                                              \
        T *self = (T *)(void *)o;                                                                  \
        asy_attrs_trace(t, &self->attrs);                                                          \
        EXC_FIELDS(ASY_FIELD_TRACE_V, ASY_FIELD_TRACE_O, ASY_FIELD_TRACE_N)                        \
        EXC_MORE_##T(ASY_FIELD_TRACE_V, ASY_FIELD_TRACE_O, ASY_FIELD_TRACE_N)                      \
    }                                                                                              \
    void asy_##T##_clear(VM *vm, ObjHeader *o)                                                     \
    {                                                                                              \
        T *self = (T *)(void *)o;                                                                  \
        asy_attrs_clear(vm, &self->attrs);                                                         \
        EXC_FIELDS(ASY_FIELD_CLEAR_V, ASY_FIELD_CLEAR_O, ASY_FIELD_CLEAR_N)                        \
        EXC_MORE_##T(ASY_FIELD_CLEAR_V, ASY_FIELD_CLEAR_O, ASY_FIELD_CLEAR_N)                      \
    }
#define EXC_LAYOUTS(X)                                                                             \
    X(Exc) X(ExcSystemExit) X(ExcStopIteration) X(ExcAttribute) X(ExcName) X(ExcImport) X(ExcOS)    \
    X(ExcSyntax) X(ExcUnicode) X(ExcGroup)
#define EXC_LAYOUT_DECLARE(T)                                                                      \
    void asy_##T##_trace(Tracer *t, ObjHeader *o);                                                 \
    void asy_##T##_clear(VM *vm, ObjHeader *o);                                                    \
    extern const MethodDef asy_##T##_methods[];                                                    \
    extern const GetSetDef asy_##T##_getset[];                                                     \
    extern const MemberDef asy_##T##_members[];
EXC_LAYOUTS(EXC_LAYOUT_DECLARE)

#define EXC_MEMBER(T, name, doc) { #name, offsetof(T, name), true, doc }

// BaseException's own: the base of what the layouts do.
bool asy_exc_init(VM *vm, Value self, Args args);
Value asy_exc_base_new(VM *vm, Type *type, Args args);
Value asy_exc_str(VM *vm, Value self);
bool asy_exc_store_args(VM *vm, Value self, Args args);         // args = tuple of the positional ones
// The layouts' own slots; NULL: as the base.
bool asy_exc_system_exit_init(VM *vm, Value self, Args args);
bool asy_exc_os_init(VM *vm, Value self, Args args);
Value asy_exc_os_new(VM *vm, Type *type, Args args);
Value asy_exc_os_str(VM *vm, Value self);
bool asy_exc_syntax_init(VM *vm, Value self, Args args);
Value asy_exc_syntax_str(VM *vm, Value self);
bool asy_exc_unicode_init(VM *vm, Value self, Args args);
Value asy_exc_unicode_str(VM *vm, Value self);
bool asy_exc_group_init(VM *vm, Value self, Args args);
Value asy_exc_group_new(VM *vm, Type *type, Args args);
Value asy_exc_group_str(VM *vm, Value self);
// Keyword arguments only by these names, into out[] (borrowed; NIL: absent). "'x' is an invalid keyword
// argument for ImportError()".
bool asy_exc_keywords(VM *vm, const char *function, Args args, const char *const *names, uint32_t count, Value *out);
// The instance's attributes as a new dict, or NULL: an error, or (with *none) there are none.
DictObj *asy_exc_copy_attributes(VM *vm, Exc *e, bool *none);
// A field set to a borrowed value.
ASY_INLINE void asy_exc_field(VM *vm, Value *field, Value borrowed) { asy_set(vm, field, asy_retain(borrowed)); }
