// Fuzz target of the parser: any text, as a file, at the prompt or as an expression, with an
// allocation failing wherever the input says so; what parses is dumped. Looks for crashes, leaks
// and endless loops; tests/fuzz/corpus/parser seeds it.
//
//     clang -fsanitize=fuzzer,address,undefined -DASY_LIBFUZZER ...
//     afl-clang-fast ...           AFL++: reads a file or standard input
//
// The first byte is the mode, the second the allocation that fails (0: none).
#include <stdio.h>
#include <stdlib.h>

#include "support/parsing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    ParseMode mode = (ParseMode)(data[0] % 3);
    Parsing *p = parsing_open((const char *)data + 2, size - 2, mode, data[0] >= 128, data[1]);
    bool right = (p->mod == NULL) == (p->diag.error.kind != DIAG_NONE);
    if (p->mod) {
        Buf out;
        asy_buf_init(&out, &p->alloc.allocator);
        right &= asy_ast_dump(p->mod, &out) || p->alloc.refused;
        asy_buf_free(&out);
    }
    if (parsing_close(p) || !right) abort();
    return 0;
}

#ifndef ASY_LIBFUZZER
static void run(FILE *file)
{
    static uint8_t data[1 << 20];
    LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof data, file));
}

int main(int argc, char **argv)
{
    if (argc < 2) run(stdin);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        run(file);
        fclose(file);
    }
    return 0;
}
#endif
