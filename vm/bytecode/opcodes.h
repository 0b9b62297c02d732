// Instructions: their encoding and what opcodes.def says of them.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct Instr {
    uint8_t op;
    uint8_t x;                  // X_*: which operands are consumed temporaries, and variants
    uint16_t a, b, c;
} Instr;
_Static_assert(sizeof(Instr) == 8, "an instruction is one word");

enum {
    X_A = 1, X_B = 2, X_C = 4,  // operand is a temporary, released and made NIL by the instruction
    X_NEGATE = 8, X_INPLACE = 8, X_FREE = 8, X_METHOD = 8, X_SPEC = 8,
    X_CONV_STR = 16, X_CONV_REPR = 32, X_CONV_ASCII = 48, X_CONV_MASK = 48,
    X_CALLEE = 16, X_DEFAULTS = 16, X_KWDEFAULTS = 32, X_ANNOTATIONS = 64, X_CLOSURE = 128,
};

typedef enum Op {
#define OP(name, words, a, b, c, flags, effect) OP_##name,
#include "vm/bytecode/opcodes.def"
    OP__COUNT
} Op;
_Static_assert(OP__COUNT <= 256, "opcodes are encoded in one byte");
enum { OP_FIRST_QUICK = OP_LOAD_GLOBAL_MODULE };

typedef enum Intrinsic {
#define INTRINSIC(name, n, effect) INTRINSIC_##name,
#include "vm/bytecode/intrinsics.def"
    INTRINSIC__COUNT
} Intrinsic;

enum { OPF_RAISES = 1, OPF_SCRIPT = 2, OPF_JUMPS = 4, OPF_ENDS = 8, OPF_SUSPENDS = 16, OPF_SWITCHES = 32, OPF_CACHE = 64 };

typedef struct OpInfo {
    const char *name;
    uint8_t words;
    char a, b, c;               // operand kinds, as in opcodes.def
    uint8_t flags;              // OPF_*
    const char *effect;
} OpInfo;
extern const OpInfo asy_op_info[OP__COUNT];

// Slots of the window (W) of an instruction whose operand c is given; 0 without one.
unsigned asy_op_window(unsigned op, unsigned c);
// Slots written from operand a (D or V) on; `ext_a` is the extension word's.
unsigned asy_op_writes(unsigned op, unsigned x, unsigned c, unsigned ext_a);
// "TYPEVAR"; NULL if there is none of that number.
const char *asy_intrinsic_name(unsigned number);

static inline int32_t asy_instr_wide(Instr i) { return (int32_t)((uint32_t)i.b | (uint32_t)i.c << 16); }
