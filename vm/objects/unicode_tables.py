"""Writes unicode_tables.h: what str's methods need of Unicode 15.0 beyond utf8proc 2.8's properties, and the case
mappings of the characters of two bytes.

Run with CPython 3.12 (whose unicodedata is 15.0) where libutf8proc is installed:
    python3.12 vm/objects/unicode_tables.py >vm/objects/unicode_tables.h
Each property is compared with the rule that unicode.c applies to utf8proc's data; what differs goes into
a table of ranges.
"""
import ctypes
import unicodedata

proc = ctypes.CDLL("libutf8proc.so.2")
proc.utf8proc_category.argtypes = [ctypes.c_int32]
for name in ("toupper", "tolower", "totitle"):
    getattr(proc, "utf8proc_" + name).argtypes = [ctypes.c_int32]
assert unicodedata.unidata_version == "15.0.0"

CATEGORIES = ("Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co").split()
ALL = range(0x110000)
category = [CATEGORIES[proc.utf8proc_category(c)] for c in ALL]


def ranges(name, doc, wanted):
    rows, start, last = [], None, None
    for c in wanted:
        if start is None or c != last + 1:
            if start is not None:
                rows.append((start, last))
            start = c
        last = c
    if start is not None:
        rows.append((start, last))
    print(f"\n// {doc}\nstatic const UnicodeRange {name}[] = {{")
    line = "   "
    for a, b in rows:
        item = f" {{ 0x{a:X}, 0x{b:X} }},"
        if len(line) + len(item) > 98:
            print(line)
            line = "   "
        line += item
    if rows:
        print(line)
    print("};")


def case_ignorable(c):
    # A capital sigma at the end of a word becomes final; ignorable characters do not end one.
    return ("A\u03a3" + chr(c) + "A").lower()[1] == "\u03c3" and ("A\u03a3" + chr(c)).lower()[1] == "\u03c2"


def mapping(name, doc, function, simple):
    print(f"\n// {doc}\nstatic const UnicodeCase {name}[] = {{")
    line = "   "
    for c in ALL:
        if 0xD800 <= c < 0xE000:
            continue
        text = function(chr(c))
        if text != chr(simple(c)):
            assert 1 <= len(text) <= 3
            item = f" {{ 0x{c:X}, {{ {', '.join(f'0x{ord(x):X}' for x in text)} }} }},"
            if len(line) + len(item) > 98:
                print(line)
                line = "   "
            line += item
    print(line)
    print("};")


def two_bytes(name, doc, function):
    print(f"\n// {doc}\nconst uint16_t asy_unicode_{name}[0x780] = {{")
    line = "   "
    for c in range(0x80, 0x800):
        text = function(chr(c))
        item = f" 0x{ord(text):X}," if len(text) == 1 and ord(text) < 0x800 else " 0,"
        if len(line) + len(item) > 98:
            print(line)
            line = "   "
        line += item
    print(line)
    print("};")


print("""// Made by unicode_tables.py: where str's properties (Unicode 15.0) differ from utf8proc's. Sorted.
#pragma once
#include <stdint.h>

typedef struct UnicodeRange {
    uint32_t first, last;
} UnicodeRange;
typedef struct UnicodeCase {
    uint32_t from, to[3];       // 0 behind the last
} UnicodeCase;""")
CASELESS = (*range(0x2E80, 0xA640), *range(0xAC00, 0xFB00), *range(0x1F200, 0x110000))
assert all(f(chr(c)) == chr(c) for c in CASELESS for f in (str.upper, str.lower, str.title))    # unicode.c knows
for c in ALL:
    ch = chr(c)
    k = category[c]
    assert ch.isalpha() == (k in ("Lu", "Ll", "Lt", "Lm", "Lo")), hex(c)
    assert ch.isdecimal() == (k == "Nd"), hex(c)
    assert ch.isprintable() == (ch == " " or k not in ("Cn", "Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs")), hex(c)
ranges("other_digits", "isdigit() that are not decimal digits.", [c for c in ALL if chr(c).isdigit() and category[c] != "Nd"])
ranges("other_numerics", "isnumeric() beyond the categories Nd, Nl, No.",
       [c for c in ALL if chr(c).isnumeric() and category[c] not in ("Nd", "Nl", "No")])
ranges("not_numerics", "Nl or No, yet not isnumeric().",
       [c for c in ALL if not chr(c).isnumeric() and category[c] in ("Nd", "Nl", "No")])
ranges("other_uppers", "isupper() beyond Lu.", [c for c in ALL if chr(c).isupper() and category[c] != "Lu"])
ranges("not_uppers", "Lu, yet not isupper().", [c for c in ALL if not chr(c).isupper() and category[c] == "Lu"])
ranges("other_lowers", "islower() beyond Ll.", [c for c in ALL if chr(c).islower() and category[c] != "Ll"])
ranges("not_lowers", "Ll, yet not islower().", [c for c in ALL if not chr(c).islower() and category[c] == "Ll"])
ranges("spaces", "isspace() beyond ASCII.", [c for c in ALL if c > 127 and chr(c).isspace()])
START = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
CONTINUE = START + ("Mn", "Mc", "Nd", "Pc")
start = [c for c in ALL if chr(c).isidentifier() and c != 0x5F]
follow = [c for c in ALL if ("a" + chr(c)).isidentifier()]
ranges("other_id_starts", "XID_Start beyond L* and Nl.", [c for c in start if category[c] not in START])
in_start = set(start)
ranges("not_id_starts", "L* or Nl, yet not XID_Start.", [c for c in ALL if category[c] in START and c not in in_start])
ranges("other_id_continues", "XID_Continue beyond L*, Nl, Mn, Mc, Nd, Pc.", [c for c in follow if category[c] not in CONTINUE])
in_follow = set(follow)
ranges("not_id_continues", "Of those categories, yet not XID_Continue.", [c for c in ALL if category[c] in CONTINUE and c not in in_follow])
ranges("case_ignorables", "Case_Ignorable.", [c for c in ALL if not 0xD800 <= c < 0xE000 and case_ignorable(c)])
mapping("upper_specials", "upper() other than the simple mapping.", str.upper, lambda c: proc.utf8proc_toupper(c))
mapping("lower_specials", "lower() other than the simple mapping.", str.lower, lambda c: proc.utf8proc_tolower(c))
mapping("title_specials", "title() other than the simple mapping.", str.title, lambda c: proc.utf8proc_totitle(c))
two_bytes("two_byte_upper", "upper() of U+0080 to U+07FF where it is one character of at most two bytes, else 0.", str.upper)
two_bytes("two_byte_lower", "lower() likewise.", lambda text: "" if text == "\u03a3" else text.lower())
mapping("fold_specials", "casefold() other than the simple lower case.", str.casefold, lambda c: proc.utf8proc_tolower(c))
