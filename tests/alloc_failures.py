#!/usr/bin/env python3
"""Fails allocations one at a time: every program of tests/alloc must end cleanly, whichever it is.

    alloc_failures.py [--interpreter CMD] [--every] [--dense N] [--jobs N] [PROGRAM ...]

Each run is a process with `--fail-alloc n` for another n: it must exit with 0 (the failure was
handled), 1 (MemoryError) or 71 (no VM could be made), and never by a signal, a sanitizer's report
or with objects left over. By default every n up to --dense is tried and, from there on, one in a
hundred of those seen so far; --every tries them all.
"""
import argparse
import concurrent.futures
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "alloc"
CLEAN = {0, 1, 71}
REPORTS = ("ERROR: AddressSanitizer", "runtime error:", "ERROR: LeakSanitizer", "Assertion")


def run(command, program, n, seconds):
    """(complaint or None, whether it ended as if nothing had failed)"""
    argv = [*command, "--leaks", "--fail-alloc", str(n), str(program)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return "does not end", False
    status, err = done.returncode, done.stderr
    if status < 0:
        return "killed by %s" % signal.Signals(-status).name, False
    for report in REPORTS:
        if report in err:
            line = next(line for line in err.splitlines() if report in line)
            return line.strip(), False
    if status not in CLEAN:
        last = err.strip().splitlines()[-1:] or [""]
        return "exit status %d: %s" % (status, last[0]), False
    return None, status == 0 and not err


def allocations(command, program, seconds):
    """About how many allocations the program makes: a power of two that is not reached."""
    n = 256
    while n < 1 << 28:
        # A failure may go unnoticed (a cache that stays empty); three in a row hardly do.
        if all(run(command, program, n + k, seconds) == (None, True) for k in range(3)):
            return n
        n *= 2
    sys.exit("alloc_failures: %s makes allocations without end" % program.name)


def numbers(total, options):
    n = 1
    while n <= total:
        yield n
        n += 1 if options.every or n < options.dense else max(1, n // 100)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--interpreter", default="build/release/asy", metavar="CMD")
    add("--every", action="store_true", help="try every allocation")
    add("--dense", type=int, default=300, metavar="N", help="try every one up to N")
    add("--jobs", type=int, default=2, metavar="N")
    add("--seconds", type=float, default=60, help="a run that takes longer has failed")
    add("programs", nargs="*", metavar="PROGRAM", help="default: all of tests/alloc")
    options = parser.parse_args()
    command = shlex.split(options.interpreter)
    programs = [Path(p) for p in options.programs] or sorted(PROGRAMS.glob("*.asy"))
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "detect_leaks=1")

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for program in programs:
            total = allocations(command, program, options.seconds)
            tried = list(numbers(total, options))
            results = pool.map(lambda n: run(command, program, n, options.seconds), tried)
            faults = [(n, fault) for n, (fault, _) in zip(tried, results) if fault]
            passed += len(tried) - len(faults)
            failed += len(faults)
            for n, fault in faults[:10]:
                print("FAIL %s, allocation %d: %s" % (program.name, n, fault), flush=True)
            if len(faults) > 10:
                print("     and %d more of %s" % (len(faults) - 10, program.name), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
