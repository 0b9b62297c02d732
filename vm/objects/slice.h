// slice, and the arithmetic of slicing that all sequences share (objects/slice.c).
#pragma once
#include "vm/core/object.h"
#include "vm/core/type.h"

#define SLICE_FIELDS(V, O, N) V(start) V(stop) V(step)      /* None where left out */
ASY_OBJECT(SliceObj, SLICE_FIELDS);

#define asy_is_slice(vm, v) (asy_is_obj(v) && asy_as_obj(v)->type == (vm)->types.slice)

// The items start, start + step, ..., count of them; behind asy_slice_adjust all indices are inside.
typedef struct SliceRange {
    int64_t start, stop, step;
    size_t count;
} SliceRange;

ASY_CHECKED Value asy_slice_new(VM *vm, Value start, Value stop, Value step);      // retains; NIL means None
// Numbers of a slice object, clamped to int64. May run script (__index__), so lengths are read after it.
// ValueError "slice step cannot be zero"; TypeError "slice indices must be integers or None or ...".
ASY_CHECKED bool asy_slice_unpack(VM *vm, Value slice, SliceRange *out);
void asy_slice_adjust(SliceRange *range, size_t length);
// One index as slices take it: NIL or None leaves *out as it is; clamped; the TypeError above.
ASY_CHECKED bool asy_slice_index(VM *vm, Value v, int64_t *out);
// start and stop of a method such as find(sub, start, stop), resolved against length: start may be > stop.
void asy_slice_clip(int64_t *start, int64_t *stop, size_t length);
