// Source positions of instructions, packed: one entry per run of words with the same position.
//
// An entry is a number n, then, if n is odd, four numbers: the line's distance from the entry before (zigzag;
// from firstlineno at the start), lines to the end, start column, end column. n / 2 is the number of words.
// Numbers are base 128, low digits first, the top bit set in all but the last byte. A run without a
// position was made by the compiler. The second word of an instruction has the instruction's position, but
// for CALL_GLOBAL, where it is the callee's name.
#pragma once
#include "base/buf.h"
#include "vm/bytecode/code.h"

typedef struct Position {
    uint32_t line, end_line;    // 0: none (made by the compiler)
    int32_t col, end_col;       // bytes from 0; -1: none
} Position;

// Where the instruction at `word` stands.
Position asy_code_position(const Proto *proto, uint32_t word);

// A walk over all entries: `for (PositionReader r = asy_positions_read(proto); asy_positions_next(&r);)` gives
// r.start <= word < r.end at r.position, in order, for all of the code (co_positions, co_lines).
typedef struct PositionReader {
    const uint8_t *at, *stop;
    uint32_t start, end, line;
    Position position;
} PositionReader;
PositionReader asy_positions_read(const Proto *proto);
bool asy_positions_next(PositionReader *r);

// Writing: the position of each word in order, then the end. Failing is the buffer's.
typedef struct PositionWriter {
    Buf *out;
    uint32_t line;              // of the entry before; firstlineno at the start
    uint32_t words;             // of the run being collected
    Position position;
} PositionWriter;
void asy_positions_add(PositionWriter *w, Position position);
void asy_positions_end(PositionWriter *w);
