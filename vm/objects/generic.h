// What the sequence and container types share: arguments, indices, bounds, small method bodies.
#pragma once
#include "vm/core/native.h"
#include "vm/core/type.h"

// Raw arguments without keywords, min to max of them: "list expected at most 1 argument, got 2".
ASY_CHECKED bool asy_args_positional(VM *vm, const char *name, Args a, uint32_t min, uint32_t max);
// Keywords meant for the other half of a subclass' construction are not this one's business: `a` loses them if
// `type` has an __init__ (asked in `new`) or a __new__ (asked in `init`) of its own.
void asy_args_of_subclass(const Type *type, const Type *base, bool in_init, Args *a);
// `key` as an index: "list indices must be integers or slices, not str" (`what`: the type's name);
// IndexError if it is too large for any sequence. Runs script (__index__).
ASY_CHECKED bool asy_sequence_index(VM *vm, Value key, const char *what, int64_t *out);
// Right operand of sequence * n: "can't multiply sequence by non-int of type 'float'"; below 0 counts as 0.
ASY_CHECKED bool asy_repeat_count(VM *vm, Value count, int64_t *out);
// What is left to say of two sequences when one is a prefix of the other.
bool asy_sizes_compare(size_t a, size_t b, Comparison op);
// Slot iter of iterators: the iterator itself.
Value asy_iter_self(VM *vm, Value self);
// __class_getitem__ of generic containers: list[int]. A NATIVE_CLASS method.
Value asy_class_getitem(VM *vm, Args a);
// builtins.NAME, borrowed; ERR with AttributeError if script removed it.
Value asy_builtin_get(VM *vm, const char *name);
// A double's and an integer's hash, equal for equal numbers of any type.
int64_t asy_hash_i64(int64_t i);
int64_t asy_hash_double(double d);      // of a number; infinities have theirs, NaN is the caller's
