// Packs and unpacks the table of source positions (positions.h says how it looks).
#include "vm/bytecode/positions.h"

static void put_number(Buf *out, uint32_t n)
{
    for (; n >= 128; n >>= 7) asy_buf_putc(out, (char)(n | 128));
    asy_buf_putc(out, (char)n);
}

static uint32_t get_number(const uint8_t **at)
{
    uint32_t n = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        n |= (uint32_t)(byte & 127) << shift;
        if (byte < 128 || shift > 28) return n;
    }
}

static uint32_t zigzag(int32_t n) { return (uint32_t)n << 1 ^ (uint32_t)(n >> 31); }
static int32_t unzigzag(uint32_t n) { return (int32_t)(n >> 1) ^ -(int32_t)(n & 1); }

void asy_positions_end(PositionWriter *w)
{
    if (!w->words) return;
    const Position *p = &w->position;
    put_number(w->out, w->words << 1 | (p->line != 0));
    w->words = 0;
    if (!p->line) return;
    put_number(w->out, zigzag((int32_t)(p->line - w->line)));
    put_number(w->out, p->end_line - p->line);
    put_number(w->out, (uint32_t)p->col);
    put_number(w->out, (uint32_t)p->end_col);
    w->line = p->line;
}

void asy_positions_add(PositionWriter *w, Position position)
{
    const Position *p = &w->position;
    bool same = p->line == position.line && p->end_line == position.end_line && p->col == position.col && p->end_col == position.end_col;
    if (!same || !w->words) asy_positions_end(w);
    w->position = position;
    w->words++;
}

PositionReader asy_positions_read(const Proto *proto)
{
    return (PositionReader){ .at = proto->positions, .stop = proto->positions + proto->positions_size, .line = proto->firstlineno };
}

bool asy_positions_next(PositionReader *r)
{
    if (r->at >= r->stop) return false;
    uint32_t n = get_number(&r->at);
    r->start = r->end;
    r->end += n >> 1;
    r->position = (Position){ .col = -1, .end_col = -1 };
    if (!(n & 1)) return true;
    r->line += (uint32_t)unzigzag(get_number(&r->at));
    r->position.line = r->line;
    r->position.end_line = r->line + get_number(&r->at);
    r->position.col = (int32_t)get_number(&r->at);
    r->position.end_col = (int32_t)get_number(&r->at);
    return true;
}

Position asy_code_position(const Proto *proto, uint32_t word)
{
    for (PositionReader r = asy_positions_read(proto); asy_positions_next(&r);)
        if (word < r.end) return r.position;
    return (Position){ .col = -1, .end_col = -1 };
}
