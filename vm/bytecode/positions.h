// Source positions of instructions, packed: one entry per run of instructions with the same position.
#pragma once
#include "vm/bytecode/code.h"

typedef struct Position {
    uint32_t line, end_line;    // 0: none (made by the compiler)
    int32_t col, end_col;       // bytes from 0; -1: none
} Position;

// Where the instruction at `word` stands.
Position asy_code_position(const Proto *proto, uint32_t word);
