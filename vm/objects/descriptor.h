// Structs of the descriptors in class dicts: what attribute caches look into.
#pragma once
#include "vm/core/type.h"
#include "vm/objects/function.h"

// The common part of what C puts into a class: `owner` is the class it was made for (borrowed from static types,
// which outlive it; owned otherwise).
typedef struct GetSetObj {      // getset_descriptor
    ObjHeader head;
    Type *owner;
    const GetSetDef *def;
} GetSetObj;
typedef struct MemberObj {      // member_descriptor: a MemberDef's field, or one of __slots__
    ObjHeader head;
    Type *owner;
    StrObj *name;
    uint32_t offset;            // of the Value in the instance
    bool writable;
    bool is_slot;               // of __slots__: NIL is AttributeError, may be deleted; else NIL reads as None
    const char *doc;
} MemberObj;
typedef struct MethodDescrObj { // method_descriptor, classmethod_descriptor (NATIVE_CLASS)
    ObjHeader head;
    Type *owner;
    const MethodDef *def;
    const struct NativeParams *params;
} MethodDescrObj;
typedef struct SlotWrapperObj { // wrapper_descriptor: a native slot under its special name
    ObjHeader head;
    Type *owner;
    const struct SlotRow *row;  // core/slots.h
} SlotWrapperObj;
typedef struct MethodWrapperObj {   // a slot wrapper bound to an object
    ObjHeader head;
    SlotWrapperObj *descr;
    Value self;
} MethodWrapperObj;
typedef struct PropertyObj {
    ObjHeader head;
    Value get, set, del, doc;   // NIL: none
    Value name;                 // from __set_name__, or NIL
    bool getter_doc;            // doc came from the getter
} PropertyObj;
typedef struct ClassMethodObj { // classmethod and staticmethod
    ObjHeader head;
    Value callable;
    Value dict;                 // __dict__, or NIL
} ClassMethodObj;

ASY_CHECKED Value asy_getset_new(VM *vm, Type *owner, const GetSetDef *def);
ASY_CHECKED Value asy_member_new(VM *vm, Type *owner, const MemberDef *def);
ASY_CHECKED Value asy_member_slot_new(VM *vm, Type *owner, StrObj *name, uint32_t offset);
ASY_CHECKED Value asy_method_descr_new(VM *vm, Type *owner, const MethodDef *def);
ASY_CHECKED Value asy_slot_wrapper_new(VM *vm, Type *owner, const struct SlotRow *row);
ASY_CHECKED Value asy_staticmethod_new(VM *vm, Value callable);
ASY_CHECKED Value asy_classmethod_new(VM *vm, Value callable);
