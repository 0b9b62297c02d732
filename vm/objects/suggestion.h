// "Did you mean": what a NameError, AttributeError or ImportError may have wanted.
#pragma once
#include "vm/objects/exception.h"

// The text to show behind the message (". Did you mean: 'print'?"), a new str, or NULL: none, or no memory.
// Never leaves an exception; may run script (__dir__, __getattr__).
StrObj *asy_suggestion_for(VM *vm, Value exc);
// The best match for `name` among the strings of a list; borrowed, NULL if nothing is near enough.
StrObj *asy_suggestion_best(VM *vm, const StrObj *name, const ListObj *candidates);
