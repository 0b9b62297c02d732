#!/usr/bin/env python3
"""Lexing and parsing a whole library: asy's parser against CPython's ast.parse, in turns.

    bench/parse.py [--rounds N] [--astdump PATH] [--python PATH] [FOLDER]

FOLDER is by default the standard library of PYTHON (/usr/bin/python3), its tests included. Both read
the files first and are timed from bytes to tree, in CPU seconds; the best of the rounds counts, since
only disturbances make one slower. Files that either refuses are counted, not left out.
"""
import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

PEER = r"""
import ast, gc, sys, time, warnings
warnings.simplefilter("ignore")
seconds, refused = 0.0, 0
for name in sys.stdin.read().split("\n")[:-1]:
    source = open(name, "rb").read()
    begin = time.process_time()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        refused += 1
    tree = None
    seconds += time.process_time() - begin
print(seconds, refused)
"""


def run(argv, names):
    done = subprocess.run(argv, input=names, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("%s: %s" % (argv[0], done.stderr.strip() or "exit status %d" % done.returncode))
    return done.stdout.split()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=5)
    add("--astdump", default=str(HERE.parent / "build/release/tests/astdump"), metavar="PATH")
    add("--python", default="/usr/bin/python3", metavar="PATH")
    add("folder", nargs="?", metavar="FOLDER")
    options = parser.parse_args()
    folder = options.folder or run(
        [options.python, "-c", "import os; print(os.path.dirname(os.__file__))"], "")[0]
    files = sorted(path for path in Path(folder).rglob("*.py") if path.is_file())
    names = "".join("%s\n" % path for path in files)
    size = sum(path.stat().st_size for path in files)

    ours, theirs = [], []
    for _ in range(options.rounds):
        seconds, _, _, _, refused, _ = run([options.astdump, "--time"], names)
        ours.append((float(seconds), int(refused)))
        seconds, refused = run([options.python, "-c", PEER], names)
        theirs.append((float(seconds), int(refused)))
    print("%d files, %.1f MB, best of %d rounds" % (len(files), size / 1e6, options.rounds))
    for name, rounds in (("asy", ours), (options.python, theirs)):
        seconds, refused = min(rounds)
        speed = size / 1e6 / seconds
        print("%-20s %7.3f s %8.1f MB/s   %d refused" % (name, seconds, speed, refused))
    print("ratio %.2f" % (min(theirs)[0] / min(ours)[0]))


if __name__ == "__main__":
    main()
