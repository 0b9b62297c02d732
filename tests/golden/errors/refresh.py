#!/usr/bin/env python3
"""Writes the expectations of the .txt files here as CPython 3.12 gives them.

    PYENV_VERSION=3.12.1 python3 tests/golden/errors/refresh.py [file.txt ...]

A file is a list of cases:

    ===
    the program, one or more lines
    --- SyntaxError 1 3 1 4
    the message

The four numbers are lineno, offset, end_lineno and end_offset, 0 where CPython has None. Behind them
stands `compile` if CPython's parser takes the program and its compiler refuses it: such cases are for
the compiler, the others are checked against the parser by tests/tools/errors.c. To add a case, write
the program between `===` and `---` and run this. Lines in front of the first case are a comment.
"""
import ast
import glob
import os
import sys
import warnings


def expectation(program):
    try:
        ast.parse(program)
        stage = " compile"
    except SyntaxError:
        stage = ""
    try:
        compile(program, "program", "exec", dont_inherit=True)
    except SyntaxError as error:
        numbers = (error.lineno, error.offset, error.end_lineno, error.end_offset)
        place = " ".join(str(number or 0) for number in numbers)
        return f"--- {type(error).__name__} {place}{stage}\n{error.msg}\n"
    return None


def refresh(path):
    with open(path, encoding="utf-8") as file:
        comment, *cases = file.read().split("===\n")
    text = comment
    for case in cases:
        program = case.split("\n--- ")[0].rstrip("\n").removesuffix("\n---") + "\n"
        expected = expectation(program)
        if expected is None:
            sys.exit(f"{path}: CPython takes this program:\n{program}")
        text += f"===\n{program}{expected}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    if sys.version_info[:2] != (3, 12):
        sys.exit("this must run under CPython 3.12")
    warnings.simplefilter("ignore")
    folder = os.path.dirname(os.path.abspath(__file__))
    for path in sys.argv[1:] or sorted(glob.glob(os.path.join(folder, "*.txt"))):
        refresh(path)


if __name__ == "__main__":
    main()
