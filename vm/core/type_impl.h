// What the files of types share: making Type objects, linearisation, the tree of subclasses.
#pragma once
#include "vm/core/type.h"

// Type object of metatype `meta`, empty, count 1. NULL: MemoryError.
ASY_CHECKED Type *asy_type_alloc(VM *vm, Type *meta);
// The C3 linearisation of a type whose bases are set: new tuple, starting with the type. NULL: TypeError, MemoryError.
ASY_CHECKED TupleObj *asy_type_linearise(VM *vm, Type *type);
// Calls metatype.mro() if script overrides it, else linearises; checks the result and stores it. May run script.
ASY_CHECKED bool asy_type_set_mro(VM *vm, Type *type);
// Adds to and takes out of the direct subclasses of each base.
ASY_CHECKED bool asy_type_link_bases(VM *vm, Type *type);
void asy_type_unlink_bases(VM *vm, Type *type);
// The class dies, or the VM: forgets its subclasses, and they forget it.
void asy_type_unlink_subclasses(VM *vm, Type *type);
// Takes over what is effective from the base: functions of the definition, flags, offsets.
void asy_type_inherit_layout(VM *vm, Type *type, Type *base);
// New versions for the class and everything below it; caches that concern them are cleared.
void asy_type_invalidate(VM *vm, Type *type);
// Makes a bare Type of a definition, without dict or name, and registers it: VM start, before str and dict exist.
ASY_CHECKED Type *asy_type_bare(VM *vm, const TypeDef *def);
// Makes a bare type whole.
ASY_CHECKED bool asy_type_finish(VM *vm, Type *type);
// The base of `bases` that decides the layout (borrowed); NULL: TypeError.
Type *asy_type_best_base(VM *vm, TupleObj *bases);
// Whether instances of `a` and `b` have the same layout, so that __class__ or __bases__ may be assigned.
bool asy_type_same_layout(const Type *a, const Type *b);
// __bases__ is assigned. False: exception, nothing changed.
ASY_CHECKED bool asy_type_set_bases(VM *vm, Type *type, TupleObj *bases);
// Entry of an interned name in a dict of any keys (a class's or an instance's __dict__), or -1. Runs no script.
int32_t asy_dict_name_entry(VM *vm, DictObj *dict, StrObj *name);
// type.mro and object.__init_subclass__, to be told from what script overrides.
extern const MethodDef asy_type_methods[], asy_object_methods[];
