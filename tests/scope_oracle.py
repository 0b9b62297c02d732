#!/usr/bin/env python3
"""The compiler against CPython's: scopes, flags, positions and errors, over CPython's own library.

    PYENV_VERSION=3.12.1 python3 tests/scope_oracle.py --bytecode build/release/tests/bytecode [path ...]

Must run under CPython 3.12. For every file (without paths: that Python's library, its tests included)
each code object must have CPython's qualified name, first line, argument counts, flags, co_varnames
in order, cells, free variables and names; calls, attributes, operators and the like must stand where
CPython puts them. Then every string in CPython's tests of syntax that looks like a program is compiled:
what CPython refuses must be refused, with its message and place. Prints what differs and exits with 1
if that is more than the differences known (KNOWN).
"""
import argparse
import ast
import collections
import dis
import doctest
import os
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import types
import warnings

KINDS = {
    "binary": ("BINARY_OP",), "compare": ("COMPARE_OP", "IS_OP", "CONTAINS_OP"),
    "call": ("CALL", "CALL_FUNCTION_EX"), "attribute": ("LOAD_ATTR", "LOAD_SUPER_ATTR"),
    "store attribute": ("STORE_ATTR",), "item": ("BINARY_SUBSCR", "BINARY_SLICE"),
    "store item": ("STORE_SUBSCR", "STORE_SLICE"), "delete item": ("DELETE_SUBSCR",),
    "raise": ("RAISE_VARARGS",), "iter": ("GET_ITER",), "next": ("FOR_ITER",),
    "name": ("LOAD_GLOBAL", "LOAD_NAME"), "import": ("IMPORT_NAME",), "except": ("CHECK_EXC_MATCH",),
    "with": ("BEFORE_WITH", "BEFORE_ASYNC_WITH"), "aiter": ("GET_AITER",),
    "unary": ("UNARY_NEGATIVE", "UNARY_INVERT", "UNARY_NOT"),
}
KIND_OF = {opname: kind for kind, names in KINDS.items() for opname in names}

# Differences that are there and meant: how many of each are let pass over the whole library.
KNOWN = {
    "varnames": 40,         # CPython keeps '.defaults' of generic functions without defaults, globals of walrus
    "code objects": 2,      # CPython makes equal lambdas one constant
    "errors": 1,            # a column of a source that is not UTF-8
    "positions": 2100,      # '%s' % x becomes an f-string there; constants folded only there or only here
}
SYNTAX_TESTS = """test_syntax test_named_expressions test_patma test_type_params test_global test_scope
    test_grammar test_except_star test_coroutines test_asyncgen test_generators test_genexps test_listcomps
    test_symtable test_future_stmt/test_future test_compile test_unpack test_unpack_ex test_keywordonlyarg
    test_positional_only_arg test_type_annotations test_decorators test_super test_with test_dictcomps
    test_setcomps test_yield_from test_pep646_syntax test_type_aliases test_augassign""".split()


def library():
    root = sysconfig.get_path("stdlib")
    for folder, folders, files in os.walk(root):
        if "site-packages" in folders:
            folders.remove("site-packages")
        for name in files:
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def run(bytecode, paths):
    """{path: (error fields or None, [(facts, positions)])}"""
    done = subprocess.run([bytecode, "--facts"], input="\n".join(paths) + "\n", capture_output=True,
                          text=True, encoding="utf-8", errors="surrogateescape")
    if done.returncode or done.stderr:
        sys.exit("bytecode: exit status %d\n%s" % (done.returncode, done.stderr))
    answers, codes = {}, None
    for line in done.stdout.split("\n"):
        word, *fields = line.split("\t")
        if word == "FILE":
            codes = []
            answers[fields[0]] = [None, codes]
            current = answers[fields[0]]
        elif word == "ERR":
            current[0] = fields
        elif word == "CODE":
            name, first, flags, args, posonly, kwonly, *lists = fields
            codes.append(((name, int(first), int(flags), int(args), int(posonly), int(kwonly),
                           *(tuple(names.split()) for names in lists)), set()))
        elif word == "AT":
            codes[-1][1].add((fields[0], *map(int, fields[1:])))
    return answers


def walk(code):
    facts = (code.co_qualname, code.co_firstlineno, code.co_flags & 0x3bf, code.co_argcount,
             code.co_posonlyargcount, code.co_kwonlyargcount, code.co_varnames, code.co_cellvars,
             code.co_freevars, code.co_names)
    places = set()
    for i in dis.get_instructions(code):
        p = i.positions
        if i.opname in KIND_OF and p.lineno is not None and p.col_offset is not None:
            places.add((KIND_OF[i.opname], p.lineno, p.col_offset, p.end_lineno, p.end_col_offset))
    yield facts, places
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from walk(constant)


def error_of(source, path):
    try:
        return compile(source, path, "exec", dont_inherit=True), None
    except SyntaxError as e:
        return None, [type(e).__name__, e.msg.replace("\n", "\\n"), e.lineno, e.offset, e.end_lineno, e.end_offset]
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return None, []


def same_error(ours, theirs):
    if ours and "Unicode character name" in ours[1] or theirs == []:
        return True
    if ours is None or theirs is None:
        return ours is theirs
    if ours[:2] != theirs[:2]:
        return False
    numbers = [None if theirs[k] is None else int(ours[k]) for k in range(2, 6)]
    return numbers == theirs[2:]


class Report:
    def __init__(self):
        self.counts = collections.Counter()

    def add(self, what, path, where, ours, theirs):
        self.counts[what] += 1
        if self.counts[what] <= 3:
            print("%s: %s %s\n  CPython %s\n  asy     %s" % (what, path, where, theirs, ours))


def compare_code(report, path, ours, theirs):
    mine, judge = collections.Counter(f[:2] for f, _ in ours), collections.Counter(f[:2] for f, _ in theirs)
    if mine != judge:
        report.add("code objects", path, "", sorted(mine - judge), sorted(judge - mine))
        return
    key = lambda code: code[0][:2]
    for (a, places_a), (b, places_b) in zip(sorted(ours, key=key), sorted(theirs, key=key)):
        where = "%s, line %d" % b[:2]
        for i, what in enumerate(("name", "line", "flags", "arguments", "positional-only", "keyword-only")):
            if a[i] != b[i]:
                report.add(what, path, where, a[i], b[i])
        if b[2] & 2 and a[6] != b[6]:
            report.add("varnames", path, where, a[6], b[6])
        if set(a[7]) != set(b[7]):
            report.add("cells", path, where, a[7], b[7])
        if a[8] != b[8]:
            report.add("free variables", path, where, a[8], b[8])
        # Ours also name locals and cells, for messages.
        names, judged = set(a[9]) - set(a[6] + a[7] + a[8]) - {"__class__", ".type_params"}, set(b[9]) - {""}
        if not names <= judged or not judged <= set(a[9]):
            report.add("names", path, where, sorted(set(a[9]) - judged), sorted(judged - set(a[9])))
        for place in places_a ^ places_b:
            report.add("positions", path, where, place if place in places_a else "", place if place in places_b else "")


def compare_library(report, bytecode, paths):
    answers = run(bytecode, paths)
    for path, (error, codes) in answers.items():
        with open(path, "rb") as f:
            code, judged = error_of(f.read(), path)
        if not same_error(error, judged):
            # compile() of bytes words errors of the encoding in its own way.
            report.add("errors", path, "", error, judged)
        elif code and not error:
            compare_code(report, path, codes, list(walk(code)))
    return len(answers)


def snippets():
    parser = doctest.DocTestParser()
    root = os.path.join(sysconfig.get_path("stdlib"), "test")
    found = {}
    for name in SYNTAX_TESTS:
        path = os.path.join(root, name + ".py")
        if not os.path.exists(path):
            continue
        with open(path, "rb") as f:
            tree = ast.parse(f.read())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            text = node.value
            if ">>>" in text:
                try:
                    examples = [example.source for example in parser.get_examples(text)]
                except ValueError:
                    examples = []
            else:
                examples = [text, textwrap.dedent(text), *(line.strip() + "\n" for line in text.splitlines())]
            for source in examples:
                if source.isascii() and "\0" not in source and 3 < len(source) < 4000:
                    found.setdefault(source, None)
    return list(found)


def compare_snippets(report, bytecode):
    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        sources = {}
        for i, source in enumerate(snippets()):
            path = os.path.join(folder, "%d.py" % i)
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(source)
            sources[path] = source
        for path, (error, _) in run(bytecode, list(sources)).items():
            _, judged = error_of(sources[path].encode(), path)
            refused += judged is not None
            if not same_error(error, judged):
                report.add("snippets", repr(sources[path][:100]), "", error, judged)
    return len(sources), refused


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--bytecode", required=True)
    options.add_argument("paths", nargs="*")
    options = options.parse_args()
    if sys.version_info[:2] != (3, 12):
        sys.exit("scope_oracle: needs CPython 3.12, this is " + sys.version.split()[0])
    warnings.simplefilter("ignore")
    report = Report()
    files = compare_library(report, options.bytecode, options.paths or sorted(library()))
    count, refused = (0, 0) if options.paths else compare_snippets(report, options.bytecode)
    unknown = {what: n for what, n in report.counts.items() if n > KNOWN.get(what, 0)}
    print("%d files, %d programs of the tests (%d refused); differences: %s"
          % (files, count, refused, dict(report.counts) or "none"))
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
