#!/usr/bin/env python3
"""Writes float_powers.h: the powers of ten that float_repr.c multiplies by, as 128-bit significands."""
LOW, HIGH = -292, 324
rows = []
for k in range(LOW, HIGH + 1):
    num, den = (10**k, 1) if k >= 0 else (1, 10**-k)
    shift = 128 - (num.bit_length() - den.bit_length())
    for s in (shift - 1, shift, shift + 1):
        g = -((-num << s) // den) if s >= 0 else -((-num) // (den << -s))
        if g.bit_length() == 128:
            break
    assert g.bit_length() == 128
    rows.append("{ 0x%016X, 0x%016X }" % (g >> 64, g & (2**64 - 1)))
print("// Made by float_powers.py: 10^k for k from %d to %d, rounded up to 128 bits, highest bit set." % (LOW, HIGH))
print("enum { POWER_MIN = %d, POWER_MAX = %d };" % (LOW, HIGH))
print("static const struct { uint64_t high, low; } POWERS[] = {")
for i in range(0, len(rows), 2):
    print("    " + ", ".join(rows[i:i + 2]) + ",")
print("};")
