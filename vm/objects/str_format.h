// What the module _string offers to string.Formatter.
#pragma once
#include "vm/core/native.h"

// formatter_parser(format): an iterator of (literal, field name, format spec, conversion).
Value asy_str_formatter_parser(VM *vm, Args a);
// formatter_field_name_split(name): (first, iterator of (is attribute, key)).
Value asy_str_field_name_split(VM *vm, Args a);
