// Code as text, for --dump-bytecode and golden listings.
//
// One function after the other, the module first, then the code constants in order, each under a line
// `== qualname`. Then facts, one a line, where there is something to say: parameters, flags, locals by slot,
// handlers. An instruction is `line word NAME operands`: slots are `name` for a local with one, `rN` for
// other locals, `tN` for temporary N from the first one; what is consumed has a ^ behind it; jumps
// go `-> word`; constants are shown as Python would.
#pragma once
#include "base/buf.h"
#include "vm/bytecode/code.h"

// Appends the listing of `proto` and of all code in its constants; a failed allocation leaves `out` failed.
void asy_disassemble(Buf *out, const Proto *proto);
// One constant as repr() shows it; code as <code name>.
void asy_const_repr(Buf *out, const ProtoConst *k);
