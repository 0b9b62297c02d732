// Fuzz target of the lexer: any bytes, read as a file, decoded, every literal too, with an
// allocation failing wherever the input says so. Looks for crashes, leaks and endless loops;
// tests/fuzz/corpus/lexer seeds it.
//
//     clang -fsanitize=fuzzer,address,undefined -DASY_LIBFUZZER ...
//     afl-clang-fast ...           AFL++: reads a file or standard input
//
// The first byte is the kind of source, the second the allocation that fails (0: none).
#include <stdio.h>
#include <stdlib.h>

#include "support/lexing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    Lexing *l = lexing_open((SourceKind)(data[0] % 3), (const char *)data + 2, size - 2, data[1]);
    TokenKind last = lexing_drain(l);
    bool right =
        last == TOK_ENDMARKER ? l->diag.error.kind == DIAG_NONE : l->diag.error.kind != DIAG_NONE;
    if (l->ready) right &= !asy_lexer_check_rest(&l->lexer, 1) || l->diag.error.kind != DIAG_NONE;
    if (lexing_close(l) || !right) abort();
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
