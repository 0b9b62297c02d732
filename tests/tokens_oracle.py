"""Compares the tokens of every .py file of CPython's library with those of CPython's own tokenizer.

    tests/tokens_oracle.py --tokens build/.../tokens [--python python3.12] [FOLDER or FILE...]

Kinds, places, names and the values of literals must agree; where CPython's tokenizer refuses a
file, so must ours. Prints the first difference of each file that has one, then
"N passed, N failed"; fails if any did.
Must run under CPython 3.12.
"""
import argparse
import ast
import io
import keyword
import os
import subprocess
import sys
import token as T
import tokenize
import unicodedata

KEYWORDS = set(keyword.kwlist)
ALIAS = {"WITH_LPAR": "LPAR", "FSTRING_COLON": "COLON"}
SKIP = {T.COMMENT, T.NL, T.ENCODING, T.TYPE_COMMENT, T.TYPE_IGNORE}


def value(text):
    if "\\N" in text:
        return None
    try:
        v = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return None
    if isinstance(v, str):
        kind = "u " if text[0] in "uU" else "str "
        return kind + v.encode("utf-8", "surrogatepass").hex()
    if isinstance(v, bytes):
        return "bytes " + v.hex()
    if isinstance(v, complex):
        return "imag " + v.imag.hex()
    if isinstance(v, float):
        return "float " + v.hex()
    return "int %d" % v


def expected(data):
    """CPython's tokens as (kind, place, detail)."""
    try:
        for t in tokenize.tokenize(io.BytesIO(data).readline):
            if t.type in SKIP:
                continue
            kind = T.tok_name[t.exact_type]
            detail = None
            if kind == "NAME" and t.string not in KEYWORDS:
                detail = t.string if t.string.isascii() else unicodedata.normalize("NFKC", t.string)
            elif kind == "NAME":
                kind = t.string.upper()
            elif kind in ("NUMBER", "STRING"):
                detail = value(t.string)
            end = t.end
            if kind == "STRING" and "\n" in t.string:  # 3.12.1 miscounts its end beyond ASCII
                end = end[0], len(t.string) - t.string.rindex("\n") - 1
            yield kind, t.start, end, detail
    except (tokenize.TokenError, SyntaxError) as e:
        yield "error", e, None, None


def canonical(detail):
    """A value as the tool prints it, in the form of value()."""
    kind, _, rest = detail.partition(" ")
    if kind in ("float", "imag"):
        return kind + " " + float.fromhex(rest).hex()
    if kind.startswith("int") and kind != "int":
        return "int %d" % int(rest, int(kind[3:]))
    return detail


def actual(lines):
    for line in lines:
        parts = line.split(" ", 2)
        if parts[0].endswith("Warning:"):
            continue
        if parts[0].endswith("Error:"):
            yield "error", line, None, None
            return
        start, end = parts[1].split("-")
        detail = parts[2] if len(parts) > 2 else None
        kind = ALIAS.get(parts[0], parts[0])
        if kind in ("MATCH", "CASE", "TYPE"):
            kind, detail = "NAME", kind.lower()
        yield kind, tuple(map(int, start.split(","))), tuple(map(int, end.split(","))), detail


def compiles(data):
    try:
        compile(data, "", "exec", ast.PyCF_ONLY_AST)
        return True
    except SyntaxError:
        return False


def compare(data, lines):
    """The first difference, or None."""
    theirs, ours = list(expected(data)), list(actual(lines))
    for i in range(max(len(theirs), len(ours))):
        a = theirs[i] if i < len(theirs) else None
        b = ours[i] if i < len(ours) else None
        if a and b and a[0] == b[0] == "error":
            return None
        if b and b[0] == "error" and not compiles(data):
            return None  # tokenize lets pass what the parser refuses (0777, a stray character)
        if not a or not b or a[0] != b[0]:
            return a, b
        if a[0] == "NEWLINE":  # ours begins with the comment before it, as in CPython's parser
            if a[2][0] != b[1][0]:
                return a, b
        elif a[0] != "ENDMARKER" and a[0] != "DEDENT" and (a[1], a[2]) != (b[1], b[2]):
            return a, b
        if a[3] is not None and b[3] is not None:
            mine = b[3] if a[0] == "NAME" else canonical(b[3])
            if mine != a[3]:
                return a, b
    return None


def files(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(folder, name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", required=True)
    parser.add_argument("paths", nargs="*", default=[os.path.dirname(os.__file__)])
    options = parser.parse_args()
    passed = failed = 0
    for path in files(options.paths):
        with open(path, "rb") as f:
            data = f.read()
        run = subprocess.run([options.tokens, "--values", path], capture_output=True)
        lines = run.stdout.decode("utf-8", "surrogatepass").split("\n")[1:-1]
        difference = compare(data, lines)
        if run.returncode:
            difference = "exit", run.returncode, run.stderr
        if difference:
            failed += 1
            print(path, *difference, sep="\n    ")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
