#!/usr/bin/env python3
"""Writes vm/objects/unicode_names.inc: the names of Unicode's characters, packed.

    PYENV_VERSION=3.12.1 python3 scripts/unicode_names.py [unicore/Name.pl]

The names are those of the Unicode Character Database as this Python's unicodedata has them; aliases
and named sequences, which unicodedata finds but does not list, come from Perl's Name.pl, if given.
Words are numbered, the commonest first. A name is a row of word numbers of one or two bytes, ended by
0; see unicode_names.c, which reads it.
"""
import collections
import os
import re
import sys
import unicodedata

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vm", "objects", "unicode_names.inc")


def characters():
    """({code point: name} without the computed ones, [(prefix, first, last)] of those that end in their number)."""
    names, numbered = {}, []
    for c in range(0x110000):
        name = unicodedata.name(chr(c), "")
        if not name or name.startswith("HANGUL SYLLABLE "):
            continue
        if name.endswith(f"-{c:04X}"):
            prefix = name[:-len(f"{c:04X}")]
            if numbered and numbered[-1][0] == prefix and numbered[-1][2] == c - 1:
                numbered[-1][2] = c
            else:
                numbered.append([prefix, c, c])
        else:
            names[c] = name
    return names, numbered


def others(path):
    """[(name, code points)] of aliases and sequences."""
    found = []
    text = open(path, encoding="latin-1").read()
    for numbers, name in re.findall(r"^([0-9A-F ]+)\n([A-Z0-9() -]+)$", text, re.M):
        points = [int(p, 16) for p in numbers.split()]
        chars = "".join(map(chr, points))
        if len(points) == 1 and unicodedata.name(chars, "") == name:
            continue
        try:
            if unicodedata.lookup(name) == chars:
                found.append((name, points))
        except KeyError:
            pass
    return found


def main():
    names, numbered = characters()
    more = others(sys.argv[1]) if len(sys.argv) > 1 else []
    counts = collections.Counter(w for n in [*names.values(), *(n for n, _ in more)] for w in n.split(" "))
    words = sorted(counts, key=lambda w: (-counts[w], w))
    # Lead bytes from `lead` on begin a number of two bytes; no byte but the end of a name is 0.
    lead = next(b for b in range(255, 1, -1) if (256 - b) * 255 >= len(words) - (b - 1))
    number = {w: i for i, w in enumerate(words)}

    def pack(name):
        out = bytearray()
        for word in name.split(" "):
            i = number[word]
            if i < lead - 1:
                out.append(i + 1)
            else:
                high, low = divmod(i - (lead - 1), 255)
                out += bytes((lead + high, low + 1))
        return bytes(out) + b"\0"

    data, runs, before = bytearray(b"\0"), [], None
    for c, name in names.items():
        if c - 1 != before or len(runs) and c - runs[-1][0] >= 256:
            runs.append((c, len(data)))
        data += pack(name)
        before = c
    alias_data = bytearray(b"\0")
    for name, _ in more:
        alias_data += pack(name)
    text = bytearray()
    for word in words:
        text += word[:-1].encode() + bytes((ord(word[-1]) | 128,))
    by_text = sorted(range(len(words)), key=lambda i: words[i].encode())
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word)

    with open(OUT, "w") as out:
        out.write("// Unicode's character names, packed: written by scripts/unicode_names.py from the Unicode Character\n"
                  f"// Database {unicodedata.unidata_version}. Read by unicode_names.c.\n"
                  "// clang-format off\n"
                  f"enum {{ NAME_LEAD = {lead}, NAME_WORDS = {len(words)}, NAME_LONGEST = "
                  f"{max(map(len, [*names.values(), *(n for n, _ in more)]))} }};\n")

        def table(kind, name, values, width=24):
            out.write(f"static const {kind} {name}[] = {{\n")
            for i in range(0, len(values), width):
                out.write(",".join(map(str, values[i:i + width])) + ",\n")
            out.write("};\n")

        table("uint8_t", "word_text", text)
        # Where every 32nd word begins in word_text.
        table("uint32_t", "word_starts", starts[::32])
        table("uint16_t", "words_by_text", by_text)
        table("uint8_t", "name_data", data)
        out.write("static const NameRun name_runs[] = {\n")
        for i in range(0, len(runs), 8):
            out.write(" ".join(f"{{{c},{o}}}," for c, o in runs[i:i + 8]) + "\n")
        out.write("};\n")
        out.write("static const NumberedRange numbered_ranges[] = {\n")
        for prefix, first, last in numbered:
            out.write(f'{{"{prefix}", {first}, {last}}},\n')
        out.write("};\n")
        table("uint8_t", "alias_data", alias_data)
        out.write("// The code points of alias_data's names: a count, and so many points.\n")
        table("uint32_t", "alias_points", [v for _, points in more for v in (len(points), *points)] or [0])
    print(f"{len(names)} names, {len(words)} words, {len(data)} + {len(text)} + {2 * len(by_text)} + {8 * len(runs)} bytes, "
          f"{len(more)} aliases and sequences, {len(numbered)} ranges")


main()
