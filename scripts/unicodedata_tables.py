#!/usr/bin/env python3
"""Writes stdlib/unicodedata_tables.inc: properties of characters that utf8proc does not have.

    PYENV_VERSION=3.12.1 python3 scripts/unicodedata_tables.py

East Asian widths, numeric values and decomposition mappings, from this Python's unicodedata.
"""
import os
import unicodedata
from fractions import Fraction

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "stdlib", "unicodedata_tables.inc")
WIDTHS = ["N", "A", "H", "F", "Na", "W"]


def rows(out, name, kind, doc, items, width=110):
    out.write(f"\n// {doc}\nstatic const {kind} {name}[] = {{\n")
    line = ""
    for item in items:
        if len(line) + len(item) + 1 > width:
            out.write(line + "\n")
            line = ""
        line += item + ","
    out.write(line + "\n};\n")


def main():
    everything = range(0x110000)
    widths, before = [], None
    for c in everything:
        w = unicodedata.east_asian_width(chr(c))
        if w != before:
            widths.append(f"{{{c},{WIDTHS.index(w)}}}")
            before = w
    numerics, last = [], None
    for c in everything:
        value = unicodedata.numeric(chr(c), None)
        if value is None:
            last = None
            continue
        f = Fraction(value).limit_denominator(1000)
        assert abs(float(f) - value) < 1e-9 * max(1, abs(value))
        entry = [c, 1, f.numerator, f.denominator]
        if last and c == last[0] + last[1] and f.denominator == last[3] == 1 and f.numerator == last[2] + last[1]:
            last[1] += 1
        else:
            numerics.append(entry)
            last = entry
    tags, decompositions, points = [""], [], []
    for c in everything:
        text = unicodedata.decomposition(chr(c))
        if not text:
            continue
        tag = ""
        parts = text.split(" ")
        if parts[0].startswith("<"):
            tag = parts.pop(0)
        if tag not in tags:
            tags.append(tag)
        decompositions.append(f"{{{c},{len(points)},{len(parts)},{tags.index(tag)}}}")
        points += [str(int(p, 16)) for p in parts]
    with open(OUT, "w") as out:
        out.write(f"// Properties of characters, Unicode {unicodedata.unidata_version}: written by "
                  "scripts/unicodedata_tables.py.\n// clang-format off\n")
        rows(out, "width_names", "char *const", "East Asian widths.", [f'"{w}"' for w in WIDTHS])
        rows(out, "widths", "WidthRun", "The first character of each run of one width.", widths)
        rows(out, "numerics", "NumericRun", "Runs of numbers that rise by one: first, how many, value as a fraction.",
             ["{%d,%d,%d,%d}" % tuple(n) for n in numerics])
        rows(out, "decomposition_tags", "char *const", "Kinds of decomposition.", [f'"{t}"' for t in tags])
        rows(out, "decompositions", "Decomposition", "character, where its points begin, how many, kind.", decompositions)
        rows(out, "decomposition_points", "uint32_t", "The points.", points)
    print(len(widths), len(numerics), len(decompositions), len(points))


main()
