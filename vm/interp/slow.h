// Slow paths of the interpreter's instructions: what the handlers of interp.c do not do in sight.
// Arguments borrowed, results new references; ERR/false with the exception set.
#pragma once
#include "vm/core/abstract.h"
#include "vm/interp/frame.h"

ASY_CHECKED Value asy_slow_binary(VM *vm, BinaryOp op, bool inplace, Value a, Value b);
ASY_CHECKED Value asy_slow_load_global(VM *vm, Frame *f, StrObj *name);
ASY_CHECKED Value asy_slow_load_name(VM *vm, Frame *f, Value ns, StrObj *name);
ASY_CHECKED bool asy_slow_store_name(VM *vm, Value ns, StrObj *name, Value value);
ASY_CHECKED bool asy_slow_delete_name(VM *vm, Value ns, StrObj *name);
ASY_CHECKED Value asy_slow_name_or_cell(VM *vm, Value ns, StrObj *name, CellObj *cell);
Value asy_slow_unbound_local(VM *vm, StrObj *name);         // raises
Value asy_slow_unbound_free(VM *vm, StrObj *name);
// Unpacks into out[0..before + rest + after), the first item last (UNPACK's order); `after` < 0: no rest.
ASY_CHECKED bool asy_slow_unpack(VM *vm, Value seq, uint32_t before, int after, Value *out);
ASY_CHECKED Value asy_slow_format(VM *vm, Value v, Value spec, unsigned conversion);
ASY_CHECKED Value asy_slow_make_function(VM *vm, Frame *f, CodeObj *code, const Value *window, unsigned x);
ASY_CHECKED Value asy_slow_super_attr(VM *vm, const Value *window, StrObj *name, bool method, Value *self);
// list += iterable; NIL or, if that is all of a call's arguments, its callee, of which the error speaks.
ASY_CHECKED bool asy_slow_list_extend(VM *vm, ListObj *list, Value iterable, Value callee);
// The tuple of arguments in callee(*iterable): `iterable` itself if it is a tuple.
ASY_CHECKED Value asy_slow_star_args(VM *vm, Value iterable, Value callee);
ASY_CHECKED bool asy_slow_dict_update(VM *vm, DictObj *d, Value mapping);
ASY_CHECKED bool asy_slow_dict_merge(VM *vm, DictObj *d, Value mapping, Value callee);
ASY_CHECKED bool asy_slow_with(VM *vm, Value manager, bool is_async, Value *exit, Value *entered);
ASY_CHECKED Value asy_slow_yield_from(VM *vm, Frame *f, Value v);
ASY_CHECKED Value asy_slow_awaitable(VM *vm, Value v, unsigned where);
ASY_CHECKED Value asy_slow_aiter(VM *vm, Value v);
ASY_CHECKED Value asy_slow_anext(VM *vm, Value iterator);
ASY_CHECKED bool asy_slow_raise(VM *vm, Value exc, Value cause, unsigned form);  // always leaves an exception set; true: a reraise
ASY_CHECKED Value asy_slow_intrinsic(VM *vm, Frame *f, unsigned which, const Value *window);
ASY_CHECKED Value asy_slow_match_keys(VM *vm, Value subject, Value keys);
ASY_CHECKED Value asy_slow_match_class(VM *vm, Value subject, Value cls, uint32_t npos, Value names);
ASY_CHECKED bool asy_slow_setup_annotations(VM *vm, Value ns);
ASY_CHECKED Value asy_slow_load_slice(VM *vm, Value object, Value start, Value stop);      // object[start:stop]
ASY_CHECKED Value asy_slow_load_slice(VM *vm, Value object, Value start, Value stop);   // object[start:stop]
ASY_CHECKED Value asy_slow_build_string(VM *vm, const Value *v, uint32_t n);
ASY_CHECKED Value asy_slow_set_from(VM *vm, const Value *v, uint32_t n);
ASY_CHECKED Value asy_slow_dict_from(VM *vm, const Value *v, uint32_t n);
// The exception being handled, borrowed; NIL: none.
Value asy_handled(VM *vm);
// What is pending: finalisers, collecting, signals, a switch of threads. False: raised.
ASY_CHECKED bool asy_slow_pending(VM *vm);
