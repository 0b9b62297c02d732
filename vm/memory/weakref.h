// Weak references: a VM-wide table from object to its weak references; objects pay one flag bit.
#pragma once
#include "vm/core/object.h"

// weakref.ref(object, callback). callback NIL: none; then an existing plain reference is returned.
// `type` is weakref.ref or a subclass. TypeError: "cannot create weak reference to 'int' object".
ASY_CHECKED Value asy_weakref_new(VM *vm, Type *type, Value object, Value callback);
Value asy_weakref_get(VM *vm, Value ref);       // new reference to the object, or None if it is gone
uint32_t asy_weakref_count(VM *vm, Value object);
ASY_CHECKED Value asy_weakref_list(VM *vm, Value object);
// The object dies: its references become dead; callbacks are queued. Returns false if memory for
// queueing is short (the callbacks are then dropped).
bool asy_weakref_clear(VM *vm, ObjHeader *o);
// weakref.proxy(object, callback); callable if the object is. And the two types.
ASY_CHECKED Value asy_weakproxy_new(VM *vm, Value object, Value callback);
ASY_CHECKED Type *asy_weakproxy_type(VM *vm, bool callable);
bool asy_weakref_init(VM *vm);
void asy_weakref_close(VM *vm);
