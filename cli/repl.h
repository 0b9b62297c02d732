// The prompt.
#pragma once
#include "asy.h"

// Reads and runs lines until end of file or exit(); the exit code.
int asy_repl(AsyVM *vm);
