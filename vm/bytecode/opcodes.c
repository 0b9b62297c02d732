// What opcodes.def says of each instruction, as a table, and how many slots windows take.
#include "vm/bytecode/opcodes.h"

#include <stddef.h>

const OpInfo asy_op_info[OP__COUNT] = {
#define KIND_D 'D'
#define KIND_R 'R'
#define KIND_P 'P'
#define KIND_T 'T'
#define KIND_W 'W'
#define KIND_V 'V'
#define KIND_L 'L'
#define KIND_C 'C'
#define KIND_N 'N'
#define KIND_I 'I'
#define KIND_K 'K'
#define KIND_M 'M'
#define KIND_J 'J'
#define KIND_X 'X'
#define KIND__ '_'
#define RAISES OPF_RAISES
#define SCRIPT OPF_SCRIPT
#define JUMPS OPF_JUMPS
#define ENDS OPF_ENDS
#define SUSPENDS OPF_SUSPENDS
#define SWITCHES OPF_SWITCHES
#define CACHE OPF_CACHE
#define OP(name, words, a, b, c, flags, effect) [OP_##name] = { #name, words, KIND_##a, KIND_##b, KIND_##c, flags, effect },
#include "vm/bytecode/opcodes.def"
};

static const uint8_t intrinsic_windows[INTRINSIC__COUNT] = {
#define INTRINSIC(name, n, effect) [INTRINSIC_##name] = n,
#include "vm/bytecode/intrinsics.def"
};

static const char *const intrinsic_names[INTRINSIC__COUNT] = {
#define INTRINSIC(name, n, effect) [INTRINSIC_##name] = #name,
#include "vm/bytecode/intrinsics.def"
};

const char *asy_intrinsic_name(unsigned number) { return number < INTRINSIC__COUNT ? intrinsic_names[number] : NULL; }

unsigned asy_op_window(unsigned op, unsigned c)
{
    switch (op) {
    case OP_BUILD_SLICE: case OP_BUILD_TUPLE: case OP_BUILD_LIST: case OP_BUILD_SET: case OP_BUILD_STRING:
    case OP_MAKE_FUNCTION: return c;
    case OP_BUILD_MAP: return 2 * c;
    case OP_LOAD_SUPER_ATTR: case OP_END_ASYNC_FOR: case OP_LOAD_SLICE: return 3;
    case OP_CALL: case OP_CALL_GLOBAL: case OP_CALL_KW: return c + 2;
    case OP_CALL_EX: return 4;
    case OP_INTRINSIC: return c < INTRINSIC__COUNT ? intrinsic_windows[c] : 0;
    default: return 0;
    }
}

unsigned asy_op_writes(unsigned op, unsigned x, unsigned c, unsigned ext_a)
{
    switch (op) {
    case OP_LOAD_METHOD: case OP_BEFORE_WITH: case OP_BEFORE_ASYNC_WITH: case OP_MATCH_EXC_STAR: return 2;
    case OP_LOAD_SUPER_ATTR: return x & X_METHOD ? 2 : 1;
    case OP_MOVE: case OP_LOAD_CELL: case OP_LOAD_GLOBAL: case OP_LOAD_NAME: return x & X_CALLEE ? 2 : 1;
    case OP_UNPACK: return c;
    case OP_UNPACK_EX: return c + 1 + ext_a;
    default: return asy_op_info[op].a == 'D' ? 1 : 0;
    }
}
