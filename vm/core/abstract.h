// The abstract object protocol: what the operators and builtins mean for any value (Python reference,
// 3.3 and 6). All of these may run script unless they say otherwise; arguments are borrowed, results
// new references, ERR/-1/false with the exception set.
#pragma once
#include "vm/core/type.h"

typedef enum BinaryOp {         // order of opcodes.def and of the in-place forms
    BIN_ADD, BIN_SUB, BIN_MUL, BIN_MATMUL, BIN_TRUEDIV, BIN_FLOORDIV, BIN_MOD, BIN_POW, BIN_LSHIFT, BIN_RSHIFT,
    BIN_AND, BIN_OR, BIN_XOR, BINARY__COUNT
} BinaryOp;

Type *asy_type_of(VM *vm, Value v);                 // borrowed; never fails

ASY_CHECKED Value asy_binary(VM *vm, BinaryOp op, Value a, Value b);
ASY_CHECKED Value asy_inplace(VM *vm, BinaryOp op, Value a, Value b);
ASY_CHECKED Value asy_power(VM *vm, Value a, Value b, Value modulus);   // modulus NIL: none
ASY_CHECKED Value asy_divmod(VM *vm, Value a, Value b);
ASY_CHECKED Value asy_negative(VM *vm, Value v);
ASY_CHECKED Value asy_positive(VM *vm, Value v);
ASY_CHECKED Value asy_invert(VM *vm, Value v);
ASY_CHECKED Value asy_absolute(VM *vm, Value v);
ASY_CHECKED Value asy_compare(VM *vm, Value a, Value b, Comparison op);
ASY_CHECKED int asy_compare_bool(VM *vm, Value a, Value b, Comparison op);   // 1, 0, -1; identical objects are equal
#define asy_equal(vm, a, b) asy_compare_bool((vm), (a), (b), CMP_EQ)
bool asy_is(VM *vm, Value a, Value b);              // script's `is`; runs no script
ASY_CHECKED Value asy_id(VM *vm, Value v);          // id(v)
uint64_t asy_address(VM *vm, Value v);              // the number shown as "at 0x..." in repr
bool asy_hash_by_id(VM *vm, Value v, int64_t *hash);        // object.__hash__
bool asy_hash_unhashable(VM *vm, Value v, int64_t *hash);   // slot of types whose __hash__ is None; raises
ASY_CHECKED int asy_truth(VM *vm, Value v);         // 1, 0, -1
ASY_CHECKED bool asy_hash(VM *vm, Value v, int64_t *hash);      // "unhashable type: 'list'"
ASY_CHECKED Value asy_repr(VM *vm, Value v);        // a str
ASY_CHECKED Value asy_str(VM *vm, Value v);         // a str
ASY_CHECKED Value asy_ascii(VM *vm, Value v);
ASY_CHECKED Value asy_format_value(VM *vm, Value v, StrObj *spec);     // format(v, spec)
ASY_CHECKED Value asy_bytes_of(VM *vm, Value v);    // bytes(v) by __bytes__ or buffer or iterable

ASY_CHECKED Value asy_getattr(VM *vm, Value v, StrObj *name);
// Absent attribute: NIL without an exception (AttributeError swallowed, others stay).
ASY_CHECKED Value asy_getattr_opt(VM *vm, Value v, StrObj *name);
ASY_CHECKED bool asy_setattr(VM *vm, Value v, StrObj *name, Value value);  // NIL: delete
ASY_CHECKED Value asy_generic_getattr(VM *vm, Value v, StrObj *name);      // object.__getattribute__
// The same without an AttributeError of its own: NIL if there is no such attribute.
ASY_CHECKED Value asy_generic_getattr_opt(VM *vm, Value v, StrObj *name);
ASY_CHECKED bool asy_generic_setattr(VM *vm, Value v, StrObj *name, Value value);
// The slot function of `type`, and the same without an AttributeError of its own.
ASY_CHECKED Value asy_type_getattr(VM *vm, Value v, StrObj *name);
ASY_CHECKED Value asy_type_getattr_opt(VM *vm, Value v, StrObj *name);
// Special method looked up on the type, bound; NIL if absent.
ASY_CHECKED Value asy_special(VM *vm, Value v, StrObj *name);
// For a call v.name(...): returns the function and *self = v (borrowed) if it is an unbound method,
// or the attribute itself and *self = NIL.
ASY_CHECKED Value asy_load_method(VM *vm, Value v, StrObj *name, Value *self);

ASY_CHECKED Value asy_getitem(VM *vm, Value v, Value key);
ASY_CHECKED bool asy_setitem(VM *vm, Value v, Value key, Value value);     // NIL: delete
ASY_CHECKED int asy_contains(VM *vm, Value container, Value item);
ASY_CHECKED int64_t asy_length(VM *vm, Value v);            // -1: error
ASY_CHECKED int64_t asy_length_hint(VM *vm, Value v, int64_t fallback);    // -1: error

ASY_CHECKED Value asy_iter(VM *vm, Value v);                // "'X' object is not iterable"
ASY_CHECKED Value asy_next(VM *vm, Value iterator);         // DONE at the end (StopIteration is swallowed)
// The same; at the end *result is StopIteration's value, a new reference (yield from, await).
ASY_CHECKED Value asy_next_result(VM *vm, Value iterator, Value *result);
// All items as a new list or tuple object.
ASY_CHECKED ListObj *asy_to_list(VM *vm, Value iterable);
ASY_CHECKED TupleObj *asy_to_tuple(VM *vm, Value iterable);

ASY_CHECKED Value asy_index(VM *vm, Value v);               // an int: "'X' object cannot be interpreted as an integer"
ASY_CHECKED bool asy_to_i64(VM *vm, Value v, int64_t *out); // by __index__; OverflowError ("... to C long")
ASY_CHECKED bool asy_to_ssize(VM *vm, Value v, int64_t *out);   // the same for sizes ("... to C ssize_t")
ASY_CHECKED bool asy_to_double(VM *vm, Value v, double *out);
ASY_CHECKED bool asy_to_size_clamped(VM *vm, Value v, int64_t *out);   // slices: out of range values are clamped
ASY_CHECKED int asy_isinstance(VM *vm, Value v, Value cls); // with __instancecheck__, tuples, unions
ASY_CHECKED int asy_issubclass(VM *vm, Value sub, Value cls);
// Without the hooks: what type.__instancecheck__ and type.__subclasscheck__ do.
ASY_CHECKED int asy_real_isinstance(VM *vm, Value v, Value cls);
ASY_CHECKED int asy_real_issubclass(VM *vm, Value sub, Value cls);
ASY_CHECKED bool asy_get_buffer(VM *vm, Value v, BufferView *out);     // "a bytes-like object is required, not 'X'"
void asy_release_buffer(VM *vm, BufferView *view);
bool asy_is_callable(VM *vm, Value v);
