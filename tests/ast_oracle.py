#!/usr/bin/env python3
"""The parser against CPython's: the same tree, positions included, for every file CPython parses.

    PYENV_VERSION=3.12.1 python3 tests/ast_oracle.py --dump "build/asan/tests/astdump" [path ...]

Must run under CPython 3.12. Without paths it takes every .py file of that Python's library, its
tests included. The dump program reads file names on stdin and answers as tests/tools/astdump.c
says. A file that CPython rejects must be rejected, with the same type, message and place. Prints
the first difference of each failing file, then `N passed, N failed`; exits with 1 if any failed.

With --time it compares speed instead: CPU seconds from bytes to tree over the same files, ours and
ast.parse's, in turns; prints the medians and their ratio.
"""
import argparse
import ast
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import unicodedata
import warnings

PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def constant(value):
    """The value a dump's constant stands for."""
    if isinstance(value, dict):
        (kind, text), = value.items()
        if kind == "int":
            return int(text, 0 if text[:1] == "0" and text != "0" else 10)
        if kind == "float":
            return float.fromhex(text)
        if kind == "complex":
            return complex(0.0, float.fromhex(text))
        if kind == "bytes":
            return bytes.fromhex(text)
        if kind == "surrogates":
            return bytes.fromhex(text).decode("utf-8", "surrogatepass")
        return ...
    return value


def same_constant(a, b):
    if type(a) is not type(b) or a != b:
        return False
    return isinstance(a, int) or repr(a) == repr(b)      # 0.0 and -0.0


def difference(ours, theirs, path):
    """Where the two trees first differ, as text, or None."""
    stack = [(ours, theirs, path)]
    while stack:
        ours, theirs, path = stack.pop()
        kind = type(theirs).__name__
        if not isinstance(ours, dict) or ours.get("_") != kind:
            have = ours.get("_") if isinstance(ours, dict) else repr(ours)
            return f"{path}: {have}, CPython has {kind}"
        here = f"{path}/{kind}"
        place = ours.get("at")
        if "lineno" in theirs._attributes:
            want = [getattr(theirs, name) for name in PLACE]
            if place != want:
                return f"{here}: at {place}, CPython has {want}"
        elif place is not None:
            return f"{here}: has a place, CPython's has none"
        for field in theirs._fields:
            if field in ("type_comment", "type_ignores"):
                continue
            want, have = getattr(theirs, field, None), ours.get(field)
            if field == "value" and kind in ("Constant", "MatchSingleton"):
                if not same_constant(constant(have), want):
                    return f"{here}.value at {place}: {constant(have)!r}, CPython has {want!r}"
            elif isinstance(want, ast.AST):
                if not want._fields and isinstance(have, str):
                    if have != type(want).__name__:
                        want = type(want).__name__
                        return f"{here}.{field} at {place}: {have}, CPython has {want}"
                else:
                    stack.append((have, want, f"{here}.{field}"))
            elif isinstance(want, list):
                if not isinstance(have, list) or len(have) != len(want):
                    return (f"{here}.{field} at {place}: {len(have or [])} items, "
                            f"CPython has {len(want)}")
                for i, (h, w) in enumerate(zip(have, want)):
                    if isinstance(w, ast.AST):
                        if not w._fields and isinstance(h, str):
                            if h != type(w).__name__:
                                return f"{here}.{field}[{i}] at {place}: {h}"
                        else:
                            stack.append((h, w, f"{here}.{field}[{i}]"))
                    elif h != w:
                        return f"{here}.{field}[{i}] at {place}: {h!r}, CPython has {w!r}"
            elif have != want:
                return f"{here}.{field} at {place}: {have!r}, CPython has {want!r}"
        extra = set(ours) - set(theirs._fields) - {"_", "at"}
        if extra:
            return f"{here}: unknown fields {extra}"
    return None


def error_text(error):
    return (type(error).__name__, error.msg, error.lineno, error.offset, error.end_lineno,
            error.end_offset)


def number(value):
    return 0 if value is None else value


def compare(path, answer, body):
    with open(path, "rb") as file:
        source = file.read()
    try:
        theirs = compile(source, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        if answer.startswith("OK"):
            return f"accepted, CPython says {error_text(error)}"
        kind, message, *places = answer[4:].split("\t")
        want = error_text(error)
        have = (kind, message.replace("\\n", "\n"), *map(int, places[:4]))
        if have[:2] == want[:2] and list(have[2:4]) == [number(v) for v in want[2:4]]:
            return None
        return f"{have}, CPython says {want}"
    except ValueError as error:        # a NUL byte, or a number CPython does not want to convert
        return None if answer.startswith("ERR") else f"accepted, CPython says {error}"
    if answer.startswith("ERR"):
        return f"rejected: {answer[4:].strip()}"
    return difference(json.loads(body), theirs, "")


def run(job):
    """Compares a batch of files; returns [(path, difference or None)]."""
    command, paths = job
    sys.setrecursionlimit(20000)
    warnings.simplefilter("ignore")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    results = []
    for path in paths:
        process.stdin.write(path.encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline().decode("utf-8", "surrogateescape")
        if not answer:
            results.append((path, "the dump program died"))
            process.wait()
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            continue
        body = process.stdout.read(int(answer[3:])) if answer.startswith("OK") else b""
        results.append((path, compare(path, answer, body)))
    process.stdin.close()
    process.wait()
    return results


def python_files(folder, names):
    return [os.path.join(folder, name) for name in sorted(names) if name.endswith(".py")]


def library_files():
    found = []
    for folder, folders, files in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = [f for f in sorted(folders) if f not in ("site-packages", "__pycache__")]
        found += python_files(folder, files)
    return found


def compare_speed(paths, command, rounds=3):
    warnings.simplefilter("ignore")
    ours, theirs, names = [], [], "\n".join(paths) + "\n"
    for _ in range(rounds):
        answer = subprocess.run(command + ["--time"], input=names, capture_output=True, text=True,
                                check=True).stdout
        ours.append(float(answer.split()[0]))
        spent = 0
        for path in paths:
            with open(path, "rb") as file:
                source = file.read()
            start = time.process_time()
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError):
                tree = None
            del tree
            spent += time.process_time() - start
        theirs.append(spent)
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    print(f"{len(paths)} files: ours {ours:.2f} s, ast.parse {theirs:.2f} s, "
          f"{theirs / ours:.1f} times as fast")
    return 0


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--dump", required=True, help="the dump program and its arguments")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--time", action="store_true", help="compare speed, not trees")
    options.add_argument("paths", nargs="*")
    options = options.parse_args()
    if sys.version_info[:2] != (3, 12):
        sys.exit("this must run under CPython 3.12")
    paths = []
    for path in options.paths:
        if os.path.isdir(path):
            for folder, _, files in os.walk(path):
                paths += python_files(folder, files)
        else:
            paths.append(path)
    paths = paths or library_files()
    with tempfile.NamedTemporaryFile("w", suffix=".names") as names:
        write_names(names)
        if options.time:
            return compare_speed(paths, options.dump.split() + ["--names", names.name])
        return compare_all(paths, options.jobs, options.dump.split() + ["--names", names.name])


def write_names(file):
    """The Unicode names a dump program needs for \\N{...}: those this Python knows."""
    for code in range(sys.maxunicode + 1):
        name = unicodedata.name(chr(code), "")
        if name:
            file.write(f"{name}\t{code:x}\n")
    file.flush()


def compare_all(paths, jobs, command):
    batches = [paths[i:i + 25] for i in range(0, len(paths), 25)]
    passed = failed = 0
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(run, [(command, batch) for batch in batches]):
            for path, problem in results:
                if problem is None:
                    passed += 1
                else:
                    failed += 1
                    print(f"{path}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
