// The functions of os that concern processes and descriptors: os.c adds them to its own.
#pragma once
#include "vm/core/native.h"

extern const MethodDef asy_os_process_functions[];
