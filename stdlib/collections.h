// The native types of collections.
#pragma once
#include "stdlib/lib.h"

extern const TypeDef asy_deque_type, asy_deque_iterator_type, asy_deque_reverse_iterator_type, asy_ordered_dict_type;
