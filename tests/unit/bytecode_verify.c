// The verifier takes what keeps the rules of temporaries and refuses what breaks one; positions survive packing.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "vm/bytecode/positions.h"
#include "vm/bytecode/verify.h"

static void *host_resize(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static const AsyAllocator host = { host_resize, NULL };

static const ProtoName locals[] = { { "a", 1 }, { "b", 1 } };
static const uint8_t kinds[2];
static const ProtoName names[] = { { "n", 1 } };
static const ProtoConst consts[] = { { .kind = PROTO_NONE } };

// Two locals (slots 0 and 1), four temporaries (2 to 5), one name, one constant.
static Proto proto_of(const Instr *code, uint32_t words)
{
    return (Proto){ .nlocals = 2, .nslots = 6, .nvars = 2, .locals = locals, .local_kinds = kinds, .code = code,
                    .code_words = words, .consts = consts, .nconsts = 1, .names = names, .nnames = 1 };
}

#define CHECK(expected, ...)                                                                       \
    do {                                                                                           \
        static const Instr code[] = { __VA_ARGS__ };                                               \
        Proto proto = proto_of(code, sizeof code / sizeof *code);                                  \
        const char *got = asy_verify(&host, &proto), *want = (expected);                           \
        cr_assert(want ? got && strcmp(got, want) == 0 : !got, "%s, not %s", got ? got : "fine",   \
                  want ? want : "fine");                                                           \
    } while (0)

#define I(o, x_, a_, b_, c_) { .op = OP_##o, .x = (x_), .a = (a_), .b = (b_), .c = (c_) }
#define WIDE(word) { .b = (uint16_t)(word), .c = (uint16_t)((uint32_t)(word) >> 16) }

Test(verify, fine)
{
    CHECK(NULL, I(ADD, 0, 0, 0, 1), I(RETURN, 0, 0, 0, 0));
    CHECK(NULL, I(ADD, 0, 2, 0, 1), I(ADD, X_B, 2, 2, 0), I(RETURN, X_A, 2, 0, 0));
    CHECK(NULL, I(CALL_GLOBAL, 0, 2, 2, 0), WIDE(0), I(RETURN, X_A, 2, 0, 0));
    CHECK(NULL, I(MOVE, 0, 4, 0, 0), I(CALL_GLOBAL, 0, 2, 2, 1), WIDE(0), I(RETURN, X_A, 2, 0, 0));
    CHECK(NULL, I(JUMP_LT, 0, 0, 1, 0), WIDE(3), I(RETURN_CONST, 0, 0, 0, 0), I(RETURN_CONST, 0, 0, 0, 0));
}

Test(verify, operands)
{
    CHECK("a dead temporary is read", I(RETURN, X_A, 2, 0, 0));
    CHECK("a temporary is read and not marked as consumed", I(LOAD_NIL, 0, 2, 0, 0), I(RETURN, 0, 2, 0, 0));
    CHECK("a local is marked as consumed", I(RETURN, X_A, 0, 0, 0));
    CHECK("a local where a temporary has to be", I(DROP, X_A, 1, 0, 0), I(RETURN_CONST, 0, 0, 0, 0));
    CHECK("a consumed temporary is not on top", I(LOAD_NIL, 0, 2, 0, 0), I(LOAD_NIL, 0, 3, 0, 0), I(DROP, X_A, 2, 0, 0));
    CHECK("a result does not go to the lowest free slot", I(ADD, 0, 3, 0, 1), I(RETURN, X_A, 3, 0, 0));
    CHECK("a window is not on top", I(LOAD_NIL, 0, 2, 0, 0), I(LOAD_NIL, 0, 3, 0, 0), I(BUILD_TUPLE, 0, 2, 2, 1));
    CHECK("no such name", I(LOAD_ATTR, 0, 0, 0, 1), { 0 }, I(RETURN, 0, 0, 0, 0));
    CHECK("no such constant", I(RETURN_CONST, 0, 0, 1, 0));
    CHECK("the frame is too small", I(LOAD_NIL, 0, 2, 0, 0), I(LOAD_NIL, 0, 3, 0, 0), I(LOAD_NIL, 0, 4, 0, 0),
          I(LOAD_NIL, 0, 5, 0, 0), I(LOAD_NIL, 0, 6, 0, 0));
    CHECK("a temporary is alive at a return", I(LOAD_NIL, 0, 2, 0, 0), I(RETURN_CONST, 0, 0, 0, 0));
    // A window with two unwritten slots is CALL_GLOBAL's only.
    CHECK("a result does not go to the lowest free slot", I(MOVE, 0, 4, 0, 0), I(CALL, 0, 2, 2, 1), { 0 }, I(RETURN, X_A, 2, 0, 0));
}

Test(verify, control)
{
    CHECK("control leaves the code", I(LOAD_NIL, 0, 2, 0, 0));
    CHECK("jump into the middle of an instruction", I(LOAD_ATTR, 0, 0, 0, 0), { 0 }, I(JUMP, 0, 0, 0xFFFF, 0xFFFF));
    CHECK("two depths at one instruction", I(JUMP_IF, 0, 0, 2, 0), I(LOAD_NIL, 0, 2, 0, 0), I(RETURN_CONST, 0, 0, 0, 0));
    CHECK("the last instruction is cut off", I(LOAD_ATTR, 0, 0, 0, 0));
    CHECK("a specialised or unknown instruction", { .op = OP_FIRST_QUICK });
}

Test(verify, handlers)
{
    // Slot 2 gets what was handled before, slot 3 the exception.
    static const Instr code[] = { I(RAISE, 0, 0, 0, 1), I(COPY, 0, 4, 2, 0), I(POP_HANDLED, X_A, 4, 0, 0), I(RERAISE, X_A, 3, 0, 0) };
    static const Instr kept[] = { I(RAISE, 0, 0, 0, 1), I(RERAISE, X_A, 3, 0, 0) };
    static const Instr other[] = { I(RAISE, 0, 0, 0, 1), I(POP_HANDLED, X_A, 3, 0, 0), I(POP_HANDLED, X_A, 2, 0, 0), I(RETURN_CONST, 0, 0, 0, 0) };
    static const Instr dropped[] = { I(RAISE, 0, 0, 0, 1), I(DROP, X_A, 3, 0, 0), I(DROP, X_A, 2, 0, 0), I(RETURN_CONST, 0, 0, 0, 0) };
    static const Handler good[] = { { 0, 1, 1, 2 } }, deep[] = { { 0, 1, 1, 3 } }, twice[] = { { 0, 1, 1, 2 }, { 0, 1, 1, 2 } };
    const struct {
        const Instr *code;
        uint32_t words;
        const Handler *handlers;
        uint32_t nhandlers;
        const char *problem;
    } cases[] = {
        { code, 4, good, 1, NULL },
        { code, 4, deep, 1, "a handler keeps what is not alive" },
        { code, 4, twice, 2, "handlers' ranges overlap" },
        { kept, 2, good, 1, "an exception leaves a saved one behind" },
        { other, 4, good, 1, "what is given back was not saved" },
        { dropped, 4, good, 1, "a saved exception is lost" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Proto proto = proto_of(cases[i].code, cases[i].words);
        proto.handlers = cases[i].handlers;
        proto.nhandlers = cases[i].nhandlers;
        const char *got = asy_verify(&host, &proto), *want = cases[i].problem;
        cr_assert(want ? got && strcmp(got, want) == 0 : !got, "case %zu: %s", i, got ? got : "fine");
    }
}

Test(positions, survive)
{
    static const Position table[] = {
        { 10, 10, 0, 5 }, { 10, 10, 0, 5 }, { 9, 12, 300, 2 }, { 0, 0, -1, -1 }, { 100000, 100000, 70000, 70001 }, { 10, 10, 1, 1 },
    };
    enum { COUNT = sizeof table / sizeof *table };
    Buf out;
    asy_buf_init(&out, &host);
    PositionWriter writer = { .out = &out, .line = 7 };
    for (int i = 0; i < COUNT; i++) asy_positions_add(&writer, table[i]);
    asy_positions_end(&writer);
    Proto proto = { .positions = (const uint8_t *)out.bytes, .positions_size = (uint32_t)out.len, .firstlineno = 7 };
    for (uint32_t i = 0; i < COUNT; i++) {
        Position p = asy_code_position(&proto, i);
        cr_assert(p.line == table[i].line && p.end_line == table[i].end_line && p.col == table[i].col && p.end_col == table[i].end_col, "word %u", i);
    }
    uint32_t runs = 0;
    for (PositionReader r = asy_positions_read(&proto); asy_positions_next(&r);) runs++;
    cr_assert_eq(runs, COUNT - 1);
    cr_assert_eq(asy_code_position(&proto, COUNT).line, 0);
    asy_buf_free(&out);
}
