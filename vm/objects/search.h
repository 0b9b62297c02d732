// Finding bytes in bytes, for text and bytes alike: linear time whatever the input.
#pragma once
#include <stddef.h>
#include <sys/types.h>

// Offset of the first or last occurrence of needle in hay, or -1. An empty needle is at 0, or at the end.
ssize_t asy_search_find(const void *hay, size_t hay_size, const void *needle, size_t needle_size);
ssize_t asy_search_rfind(const void *hay, size_t hay_size, const void *needle, size_t needle_size);
// Occurrences that do not overlap, at most `limit`; needle not empty.
size_t asy_search_count(const void *hay, size_t hay_size, const void *needle, size_t needle_size, size_t limit);
