// Tuples with named fields (sys.version_info, time.struct_time, os.stat_result).
//
//   static const MemberDef fields[] = { STRUCTSEQ_FIELD(0, "major", "..."), ..., { 0 } };
//   static const TypeDef version_info_type = STRUCTSEQ("sys.version_info", fields, "doc");
#pragma once
#include "vm/core/type.h"
#include "vm/core/vm.h"
#include "vm/objects/list.h"
#include "vm/objects/types.h"

#define STRUCTSEQ_FIELD(i, name, doc) { name, offsetof(TupleObj, items) + (i) * sizeof(Value), false, doc }
#define STRUCTSEQ(type_name, fields, text)                                                         \
    {                                                                                              \
        .name = type_name, .base = &asy_tuple_type, .doc = text, .flags = TYPE_DISALLOW_NEW,       \
        .members = fields, .slots = { .repr = asy_structseq_repr },                                \
    }
// One that script may make from a sequence: time.struct_time((2024, ...)).
#define STRUCTSEQ_PUBLIC(type_name, fields, text)                                                  \
    {                                                                                              \
        .name = type_name, .base = &asy_tuple_type, .doc = text, .members = fields,                \
        .slots = { .repr = asy_structseq_repr, .new = asy_structseq_new },                         \
    }

Value asy_structseq_repr(VM *vm, Value self);
Value asy_structseq_new(VM *vm, Type *type, Args args);
// New instance; takes the n values (released on failure).
ASY_CHECKED Value asy_structseq_make(VM *vm, const TypeDef *def, const Value *owned, uint32_t n);
