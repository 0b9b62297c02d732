#!/usr/bin/env python3
"""Fails allocations one at a time: every program of tests/alloc must end cleanly, whichever it is.

    alloc_failures.py [--runner PATH] [--every] [--dense N] [--jobs N] [PROGRAM ...]

The runner (tests/tools/alloc_failures.c) opens a VM for every n in one process, fails its n-th
allocation, or that and all after it, and says how it ended: it must be as if nothing had happened
or with MemoryError, with no object and no byte left over, and never by a signal, a sanitizer's
report, or not at all. By default every n up to --dense is tried and, from there on, about as many
for each doubling of n as --steps says; --every tries them all. Opening a VM is tried in the same
way. A few numbers of each program go through the command (--interpreter, with --fail-alloc) too.
"""
import argparse
import concurrent.futures
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "alloc"
CLEAN = {0, 1, 71}      # handled, MemoryError, no VM could be made
REPORTS = ("ERROR: AddressSanitizer", "runtime error:", "ERROR: LeakSanitizer", "Assertion")
BATCH = 400             # runs of one process


def complaint(status, err):
    """What a process's end says against it, or None."""
    for line in err.splitlines():
        if any(report in line for report in REPORTS):
            return line.strip()
    if status < 0:
        return "killed by %s" % signal.Signals(-status).name
    return None


class Runner:
    """One process that runs a program with one number after the other."""

    def __init__(self, options, program):
        self.seconds = options.seconds
        self.process = subprocess.Popen([options.runner, program], text=True, errors="replace",
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.err = []
        self.reader = threading.Thread(target=lambda: self.err.append(self.process.stderr.read()))
        self.reader.start()

    def run(self, number):
        """(fault or None, words of the answer, whether the process lives on)"""
        timer = threading.Timer(self.seconds, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(number + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().split(None, 2)
        except BrokenPipeError:
            answer = []
        in_time = timer.is_alive()
        timer.cancel()
        if not answer:
            fault = self.end()
            return (fault if in_time else "does not end") or "ends the process", [], False
        return answer[2].strip() if answer[1] == "FAULT" else None, answer, True

    def end(self):
        """Ends the process; what is to be said against it, or None."""
        if self.process.poll() is None:
            self.process.stdin.close()
        status = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        return complaint(status, "".join(self.err))


def run_batch(options, program, numbers):
    """[(number, fault)] of those that failed."""
    faults, runner = [], None
    for number in numbers:
        runner = runner or Runner(options, program)
        fault, _, alive = runner.run(number)
        if fault:
            faults.append((number, fault))
        if not alive:
            runner = None
    fault = runner and runner.end()
    if fault:
        faults.append(("%s to %s" % (numbers[0], numbers[-1]), fault))
    return faults


def run_command(options, program, numbers):
    """The same, a process each."""
    faults = []
    for number in numbers:
        argv = [*options.interpreter, "--leaks", "--virtual-time", "--fail-alloc", number, program]
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", timeout=options.seconds)
        except subprocess.TimeoutExpired:
            faults.append((number, "does not end"))
            continue
        fault = complaint(done.returncode, done.stderr)
        if not fault and done.returncode not in CLEAN:
            fault = "exit status %d" % done.returncode
        if fault:
            faults.append((number, "as a command: " + fault))
    return faults


def allocations(options, program):
    """How many allocations the program makes."""
    runner = Runner(options, program)
    fault, answer, alive = runner.run("0")
    if not fault and answer[1] != "ok":
        fault = "fails by itself"
    fault = (alive and runner.end()) or fault
    if fault:
        sys.exit("alloc_failures: %s: %s" % (program, fault))
    return int(answer[2])


def chosen(total, options):
    n = 1
    while n <= total:
        yield n
        n += 1 if options.every or n < options.dense else max(1, n // options.steps)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--runner", default="build/release/tests/alloc_failures", metavar="PATH")
    add("--interpreter", type=shlex.split, metavar="CMD", help="try this command with some numbers too")
    add("--every", action="store_true", help="try every allocation")
    add("--dense", type=int, default=300, metavar="N", help="try every one up to N")
    add("--steps", type=int, default=70, metavar="N", help="try about N of each n and 2n")
    add("--jobs", type=int, default=2, metavar="N")
    add("--seconds", type=float, default=30, help="a run that takes longer has failed")
    add("programs", nargs="*", metavar="PROGRAM", help="default: all of tests/alloc, and --open")
    options = parser.parse_args()
    programs = options.programs or [*map(str, sorted(PROGRAMS.glob("*.asy"))), "--open"]
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "detect_leaks=1")

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        totals = list(pool.map(lambda program: allocations(options, program), programs))
        work = []
        for program, total in zip(programs, totals):
            tried = list(chosen(total, options))
            numbers = [str(n) for n in tried] + [str(n) + "+" for n in tried[::1 if options.every else 2]]
            batches = [numbers[i:i + BATCH] for i in range(0, len(numbers), BATCH)]
            jobs = [pool.submit(run_batch, options, program, batch) for batch in batches]
            if options.interpreter and program != "--open":
                some = [str(n) for n in tried[::max(1, len(tried) // 10)]]
                numbers += some
                jobs.append(pool.submit(run_command, options, program, some))
            work.append((program, len(numbers), jobs))
        for program, count, jobs in work:
            faults = [fault for job in jobs for fault in job.result()]
            passed += count - len(faults)
            failed += len(faults)
            name = os.path.basename(program)
            for number, fault in faults[:10]:
                print("FAIL %s, allocation %s: %s" % (name, number, fault), flush=True)
            if len(faults) > 10:
                print("     and %d more of %s" % (len(faults) - 10, name), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
