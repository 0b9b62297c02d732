// Compiler attributes that the whole tree uses, spelled once.
#pragma once

#if defined(__GNUC__)
#define ASY_CHECKED             __attribute__((warn_unused_result)) // the result counts
#define ASY_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define ASY_LIKELY(x)           __builtin_expect(!!(x), 1)
#define ASY_UNLIKELY(x)         __builtin_expect(!!(x), 0)
#define ASY_NOINLINE            __attribute__((noinline, cold))    // slow paths
#else
#define ASY_CHECKED
#define ASY_PRINTF(text, first)
#define ASY_LIKELY(x)   (x)
#define ASY_UNLIKELY(x) (x)
#define ASY_NOINLINE
#endif
