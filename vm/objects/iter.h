// Iterators of the built-in containers, laid open for the interpreter's for loop.
//
// Their `next` slots return DONE at the end, and go on doing so: an exhausted iterator has let go of its
// container. An interpreter that reads these structs itself keeps to the same rules.
#pragma once
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/range.h"
#include "vm/objects/set.h"

typedef struct ListIterObj {        // list_iterator: sees what is appended meanwhile
    ObjHeader head;
    ListObj *list;                  // NULL: exhausted
    size_t index;
} ListIterObj;

typedef struct TupleIterObj {       // tuple_iterator
    ObjHeader head;
    TupleObj *tuple;                // NULL: exhausted
    size_t index;
} TupleIterObj;

typedef struct DictIterObj {        // dict_keyiterator, dict_valueiterator, dict_itemiterator and the reversed ones
    ObjHeader head;
    DictObj *dict;                  // NULL: exhausted
    uint32_t pos;                   // next entry (reversed: the one behind it)
    uint32_t count;                 // the dict's when iteration began; UINT32_MAX: it has changed
    uint32_t left;
    TupleObj *last;                 // given out last by an item iterator (asy_tuple_again), or NULL
} DictIterObj;

typedef struct SetIterObj {         // set_iterator
    ObjHeader head;
    SetObj *set;                    // NULL: exhausted
    uint32_t pos, count, left;
} SetIterObj;

// iter(sequence) by __getitem__ with 0, 1, 2 ... until IndexError.
ASY_CHECKED Value asy_seq_iter_new(VM *vm, Value sequence);
// iter(callable, sentinel).
ASY_CHECKED Value asy_callable_iter_new(VM *vm, Value callable, Value sentinel);
// The tuple (builtins.NAME, (arg,)) or, with a state, (builtins.NAME, (arg,), state): what __reduce__
// returns. `arg` is borrowed, `state` taken (NIL: none).
ASY_CHECKED Value asy_iter_reduce(VM *vm, const char *builtin, Value arg, Value state);
