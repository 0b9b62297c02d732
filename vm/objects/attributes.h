// __dict__ of instances, for all types with an Attrs part.
#pragma once
#include "vm/core/shape.h"
#include "vm/core/type.h"

// Getter and setter of __dict__ (GetSetDef). Getting moves the attributes to a dict, which then is the instance's.
Value asy_object_get_dict(VM *vm, Value self);
bool asy_object_set_dict(VM *vm, Value self, Value value);
// The attributes as a new dict; the instance stays as it is. NULL: MemoryError.
ASY_CHECKED DictObj *asy_attrs_copy_dict(VM *vm, Attrs *attrs);
// Moves the instance to the class (__class__ is assigned); the layouts are equal.
ASY_CHECKED bool asy_object_set_class(VM *vm, ObjHeader *o, Type *type);
extern const GetSetDef asy_dict_getset[], asy_weakref_getset[];     // one entry each: what script classes get
