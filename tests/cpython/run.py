#!/usr/bin/env python3
"""Runs CPython's own test files with asy and counts the tests that pass.

    run.py --interpreter build/.../asy [options] [test_int ...]

Every file of files.txt (or those named) is run unchanged by asy with asy's own unittest, in a process
and a folder of its own. CPython's library stands at the end of ASYPATH, so that test.support and
other helpers come from there; before it lib/, which stands in for two of CPython's modules in C. The
measure is what CPython 3.12 passes on the same machine: expected.txt, which `--expect` writes.
known.txt gives for each test that does not pass one line with the reason; the run fails when a test
passes that is listed, or one fails that is not. A reason that begins with "varies:" is of a test that
comes out now one way, now the other.

A test that takes its process down, or stands still, costs only itself: the others of the file are run
again without it. One that fails and is not listed is run once more, alone, before it counts.

CPython is $ASY_CPYTHON, or python3.12, or pyenv's 3.12; without it the exit code is 77 (skipped).
"""
import argparse
import ast
import collections
import concurrent.futures
import fnmatch
import glob
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DRIVER = HERE / "driver.py"
EXPECTED = HERE / "expected.txt"
KNOWN = HERE / "known.txt"
GOALS = {"language": 93, "modules": 85}
SKIPPED = 77                    # what ctest takes for "not run"
RESTARTS_MAX = 200              # of one file after crashes; arbitrary
ADDRESS_SPACE_MAX = 6 << 30     # so that a runaway test fails instead of the machine
PASSED = ("ok",)
# What a dying asy says last: a failed assertion, a sanitizer's finding.
CRASH = re.compile(r"[\w.]+:\d+: \w+: Assertion .*|ERROR: AddressSanitizer: [\w-]+|[\w.]+:\d+:\d+: runtime error: .*")


def find_cpython():
    """The CPython 3.12 to judge by: (program, version, library folder), or None."""
    candidates = [os.environ.get("ASY_CPYTHON"), shutil.which("python3.12")]
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    candidates += sorted(glob.glob(f"{root}/versions/3.12*/bin/python3"))
    ask = ("import sys, os; print(*sys.version_info[:3], sep='.'); print(os.path.dirname(os.__file__)); "
           "import test.support")
    for program in filter(None, candidates):
        try:
            done = subprocess.run([program, "-c", ask], capture_output=True, text=True, timeout=60)
        except OSError:
            continue
        lines = done.stdout.split("\n")
        if done.returncode == 0 and lines[0].startswith("3.12."):
            return program, lines[0], lines[1]
    return None


def read_files():
    """{group: [file names]} of files.txt."""
    groups, current = {}, None
    for line in (HERE / "files.txt").read_text().splitlines():
        if line.startswith("["):
            current = groups.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current += line.split()
    return groups


def read_expected():
    """(version, {file: [names of tests that pass]})."""
    version, passes, current = None, {}, None
    if EXPECTED.exists():
        for line in EXPECTED.read_text().splitlines():
            if line.startswith("# CPython "):
                version = line.split()[2].rstrip(":")
            elif line.startswith("  "):
                current.append(line.strip())
            elif line and not line.startswith("#"):
                current = passes.setdefault(line.split()[0], [])
    return version, passes


def write_expected(version, passes):
    with open(EXPECTED, "w") as out:
        out.write(f"# CPython {version}: the tests it passes, file by file; written by run.py --expect.\n")
        for name in sorted(passes):
            out.write(f"{name} {len(passes[name])}\n")
            for test in passes[name]:
                out.write(f"  {test}\n")


def read_known():
    """{file: {test: reason}}; the test "*" stands for the whole file."""
    known = {}
    if KNOWN.exists():
        current = None
        for line in KNOWN.read_text().splitlines():
            if line.startswith("["):
                current = known.setdefault(line.strip("[]"), {})
            elif line and not line.startswith("#"):
                test, _, reason = line.partition(" -- ")
                current[test.strip()] = reason.strip()
    return known


def write_known(known):
    with open(KNOWN, "w") as out:
        out.write("# The tests that CPython passes and asy does not, each with its reason: TEST -- REASON.\n"
                  "# `run.py --update` rewrites the list and keeps the reasons.\n")
        for name in sorted(known):
            if known[name]:
                out.write(f"[{name}]\n")
                for test in sorted(known[name]):
                    out.write(f"{test} -- {known[name][test]}\n")


class Outcome:
    """What one test came to."""

    def __init__(self, name, cls):
        self.name, self.cls = name, cls
        self.kind, self.message, self.traceback = "not run", "", ""

    @property
    def passed(self):
        return self.kind in PASSED

    def summary(self):
        """One line that says why it failed, with nothing in it that varies."""
        text = self.message.strip().split("\n")[0]
        if "Failed doctest test for" in text:
            got = re.search(r"^(Got:|Exception raised:|Expected nothing\nGot:)\n((?: {4}.*\n?)*)",
                            self.traceback, re.M)
            lines = [part.strip() for part in got.group(2).split("\n") if part.strip()] if got else []
            last = lines[-1] if got and got.group(1).startswith("Exc") else (lines or [""])[0]
            text = f"doctest: {last}" if last else text.split(" for ")[0]
        elif not text:
            text = self.kind
        return re.sub(r"0x[0-9a-f]{6,}", "0x...", text)


class Run:
    """All runs of one file that it takes to give every test its outcome."""

    def __init__(self, command, env, name, limits, pattern=None):
        self.command, self.env, self.name, self.limits, self.pattern = command, env, name, limits, pattern
        self.tests = {}         # number: Outcome
        self.fixtures = []      # (message, text) of set-ups that failed
        self.nostart = None
        self.output = ""

    def _limit_process(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not self.limits.sanitized:
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX))

    def _once(self, folder, done):
        # One process. Gives the number of the test it died in, None if it came to its end.
        log, done_file = f"{folder}/log", f"{folder}/done"
        work = tempfile.mkdtemp(dir=folder)
        Path(done_file).write_text("".join(f"{n}\n" for n in sorted(done)))
        open(log, "w").close()
        argv = [*self.command, str(DRIVER), log, done_file, "test." + self.name]
        if self.pattern:
            argv.append(self.pattern)
        env = dict(self.env, HOME=work, TMPDIR=work)
        with open(f"{folder}/output", "wb") as output:
            process = subprocess.Popen(argv, cwd=work, env=env, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, start_new_session=True,
                                       preexec_fn=self._limit_process)
            stuck = self._watch(process, log)
        try:
            os.killpg(process.pid, signal.SIGKILL)      # what the tests have left running
        except ProcessLookupError:
            pass
        self.output = Path(f"{folder}/output").read_bytes()[-20000:].decode("utf-8", "replace")
        shutil.rmtree(work, ignore_errors=True)
        status = process.returncode
        if stuck:
            why = f"no end within {self.limits.test:g} s"
        elif status < 0:
            why = f"crash: {signal.Signals(-status).name}"
        else:
            why = f"exit with {status} in the middle"
        return self._read(log, done, why)

    def _watch(self, process, log):
        # Waits for the end; kills a process whose diary does not grow. True: it was killed.
        size, since = 0, time.monotonic()
        while True:
            try:
                process.wait(0.1)
                return False
            except subprocess.TimeoutExpired:
                pass
            now = os.path.getsize(log)
            if now != size:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > self.limits.test:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return True

    def _read(self, log, done, why):
        # Books the diary's events. Gives the number of the test the process died in, or None.
        running, ended, planned = None, False, []
        for line in Path(log).read_text().splitlines():
            fields = line.split("\t")
            if len(fields) != 4:
                continue        # half a line, written as the process died
            kind, number = fields[0], int(fields[1])
            text, more = ast.literal_eval(fields[2]), ast.literal_eval(fields[3])
            if kind == "plan":
                planned.append(number)
                if number not in self.tests:
                    self.tests[number] = Outcome(text, more)
            elif kind == "nostart":
                self.nostart = text
                self.output = more
                return None
            elif kind == "end":
                ended = True
            elif kind == "fixture":
                self.fixtures.append((text, more))
            elif number not in self.tests:
                continue
            elif kind == "start":
                running = number
            elif kind == "stop":
                done.add(number)
                running = None
            else:
                test = self.tests[number]
                # A test may be booked twice, for a subtest or a clean-up: the worst counts, the first one.
                if test.kind == "not run" or test.passed:
                    test.kind, test.message, test.traceback = kind, text, more
                if running is None and kind == "skip":
                    done.add(number)
        if ended:
            return None
        if not planned:
            self.nostart = why
            return None
        if running is None:
            left = [n for n in planned if n not in done]
            if not left:
                return None     # it died after the last test
            running = left[0]   # or before a test: in its class' set-up
        test = self.tests[running]
        lines = self.output.splitlines()
        marks = [line for line in lines if CRASH.search(line)]
        last = CRASH.search(marks[-1]).group() if marks else ""
        test.kind, test.message, test.traceback = "crash", f"{why} {last}".strip(), "\n".join(lines[-30:])
        return running

    def run(self):
        """Run the file until every test has been run or has crashed."""
        folder = tempfile.mkdtemp(prefix="asy-cpython-")
        done = set()
        started = time.monotonic()
        try:
            for _ in range(RESTARTS_MAX):
                crashed = self._once(folder, done)
                if crashed is None:
                    break
                done.add(crashed)
                if time.monotonic() - started > self.limits.file:
                    break
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.seconds = time.monotonic() - started
        for test in self.tests.values():
            if test.kind == "not run":
                for message, text in self.fixtures:
                    if test.cls in text or test.cls.rpartition(".")[0] in text.split("\n")[0]:
                        test.message, test.traceback = message, text
        return self

    def by_name(self):
        return {test.name: test for test in self.tests.values()}


Limits = collections.namedtuple("Limits", "test file sanitized")


def environment(**more):
    keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    return dict(env, LC_ALL="C.UTF-8", PYTHONHASHSEED="0", **more)


def run_all(jobs, runs):
    """The runs as they end."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(run.run) for run in runs]
        for future in concurrent.futures.as_completed(waiting):
            yield future.result()


def expect(options, cpython, names):
    """--expect: have CPython run the files, and write expected.txt."""
    version, passes = read_expected()
    if version != cpython[1]:
        passes = {}
    limits = Limits(300, 1800, False)
    runs = [Run([cpython[0]], environment(), name, limits) for name in names]
    for run in run_all(options.jobs, runs):
        if run.nostart:
            print(f"{run.name}: does not start: {run.nostart}")
            continue
        passes[run.name] = [test.name for _, test in sorted(run.tests.items()) if test.passed]
        print(f"{run.name}: {len(passes[run.name])} of {len(run.tests)}")
    write_expected(cpython[1], passes)
    return 0


class Report:
    """Compares the runs with what is expected and known."""

    def __init__(self, expected, known):
        self.expected, self.known = expected, known
        self.counts = {}                # file: (passed, expected, nostart)
        self.failed = {}                # file: {test: Outcome}
        self.broken, self.mended = [], []

    def add(self, run, selected):
        names = [n for n in self.expected[run.name]
                 if not selected or fnmatch.fnmatchcase(n, selected)]
        tests = run.by_name()
        failed = {}
        for name in names:
            test = tests.get(name)
            if test is None:
                test = Outcome(name, "")
                test.kind = "missing"
                test.message = run.nostart or "no such test was loaded"
            if not test.passed:
                failed[name] = test
        self.counts[run.name] = (len(names) - len(failed), len(names), run.nostart)
        self.failed[run.name] = failed

    def judge(self):
        """What is not as known.txt says."""
        self.broken, self.mended = [], []
        for name, failed in self.failed.items():
            known = self.known.get(name, {})
            for test, outcome in failed.items():
                if test not in known and "*" not in known:
                    self.broken.append((name, test, outcome))
            ran = self.counts[name]
            for test, reason in known.items():
                if reason.startswith("varies:"):
                    continue
                if test == "*":
                    if not ran[2]:
                        self.mended.append((name, "*"))
                elif test in self.expected[name] and test not in failed and not ran[2]:
                    self.mended.append((name, test))

    def print_table(self, groups):
        for group, names in groups.items():
            passed = total = 0
            for name in names:
                if name not in self.counts:
                    continue
                ok, all_, nostart = self.counts[name]
                passed, total = passed + ok, total + all_
                note = f"  does not start: {nostart}" if nostart else ""
                percent = 100 * ok / all_ if all_ else 100
                print(f"{name:28} {ok:5} / {all_:<5} ({percent:5.1f} %){note}")
            if total:
                goal = f", goal {GOALS[group]} %" if group in GOALS else ""
                print(f"{group + ':':28} {passed:5} / {total:<5} ({100 * passed / total:5.1f} %{goal})\n")

    def print_groups(self, out, most):
        """The failures by message, the commonest first."""
        by_message = collections.defaultdict(list)
        for name, failed in self.failed.items():
            for test, outcome in failed.items():
                by_message[outcome.summary()].append(f"{name}:{test}")
        for message, tests in sorted(by_message.items(), key=lambda item: -len(item[1])):
            print(f"{len(tests):5}  {message[:300]}", file=out)
            for test in tests[:most]:
                print(f"           {test}", file=out)
            if len(tests) > most:
                print(f"           ... and {len(tests) - most} more", file=out)

    def update(self, whole):
        """Rewrite known.txt; `whole`: these files' lists are complete, not of a selection of tests."""
        for name, failed in self.failed.items():
            before = self.known.get(name, {})
            nostart = self.counts[name][2]
            if nostart:
                self.known[name] = {"*": before.get("*", nostart)}
                continue
            now = {} if whole else dict(before)
            now.pop("*", None)
            for test in self.expected[name]:
                varies = before.get(test, "").startswith("varies:")
                if test in failed:
                    now[test] = before.get(test) or failed[test].summary()[:160]
                elif varies:
                    now[test] = before[test]
                elif whole:
                    now.pop(test, None)
            self.known[name] = now
        write_known(self.known)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", help="test files (test_int); default: those of files.txt")
    parser.add_argument("--interpreter", help="asy (default: the newest under build/)")
    parser.add_argument("--group", choices=sorted(GOALS), help="only the files of one list")
    parser.add_argument("-k", dest="pattern", help="only tests whose name matches (IntTest.*, *slice*)")
    parser.add_argument("--jobs", "-j", type=int, default=os.cpu_count())
    parser.add_argument("-v", "--verbose", action="store_true", help="print every failure's traceback")
    parser.add_argument("--summary-by-message", action="store_true",
                        help="group the failing tests by the last line of their traceback")
    parser.add_argument("--examples", type=int, default=5, help="tests shown per message")
    parser.add_argument("--update", action="store_true", help="rewrite known.txt")
    parser.add_argument("--expect", action="store_true", help="rewrite expected.txt, with CPython")
    parser.add_argument("--count-only", action="store_true", help="do not compare with known.txt")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one test")
    parser.add_argument("--timeout-file", type=float, default=900, help="seconds for one file")
    parser.add_argument("--sanitized", action="store_true", help="the interpreter is an ASan build")
    return parser.parse_args()


def find_asy(given):
    if given:
        return os.path.abspath(given)
    built = glob.glob(str(HERE.parent.parent / "build" / "*" / "asy"))
    if not built:
        sys.exit("no asy under build/: give --interpreter")
    return max(built, key=os.path.getmtime)


def confirm(report, make_run):
    """Run what failed and is not listed once more, alone: a loaded machine breaks no test."""
    again = collections.defaultdict(list)
    for name, test, outcome in report.broken:
        if outcome.kind not in ("missing", "skip") and len(again[name]) < 20:
            again[name].append(test)
    for name, tests in again.items():
        for test in tests:
            run = make_run(name, glob.escape(test)).run()
            found = run.by_name().get(test)
            if found is not None and found.passed:
                del report.failed[name][test]
                passed, total, nostart = report.counts[name]
                report.counts[name] = (passed + 1, total, nostart)
    report.judge()


def main():
    options = arguments()
    cpython = find_cpython()
    if cpython is None:
        print("no CPython 3.12 with its tests: skipped")
        return SKIPPED
    groups = read_files()
    if options.group:
        groups = {options.group: groups[options.group]}
    listed = [name for names in groups.values() for name in names]
    names = options.files or listed
    if options.expect:
        return expect(options, cpython, names)
    version, expected = read_expected()
    if version != cpython[1]:
        print(f"expected.txt is of CPython {version}, here is {cpython[1]}: skipped (--expect rewrites it)")
        return SKIPPED
    missing = [name for name in names if name not in expected]
    if missing:
        print(f"not in expected.txt (run --expect): {' '.join(missing)}")
        return 2
    asy = find_asy(options.interpreter)
    limits = Limits(options.timeout, options.timeout_file, options.sanitized)
    env = environment(ASYPATH=f"{HERE / 'lib'}:{cpython[2]}")

    def make_run(name, pattern=options.pattern):
        return Run([asy, "--hash-seed", "0"], env, name, limits, pattern)

    report = Report(expected, read_known())
    for run in run_all(options.jobs, [make_run(name) for name in names]):
        report.add(run, options.pattern)
        passed, total, nostart = report.counts[run.name]
        print(f"{run.name}: {passed} / {total}, {run.seconds:.0f} s"
              + (f", does not start: {nostart}" if nostart else ""), file=sys.stderr, flush=True)
        if options.verbose:
            if nostart:
                print(f"==== {run.name} does not start\n{run.output}")
            for test, outcome in report.failed[run.name].items():
                print(f"==== {run.name}:{test} ({outcome.kind}) {outcome.message}\n{outcome.traceback}")
    report.judge()
    compare = not (options.update or options.count_only)
    if compare and report.broken:
        confirm(report, make_run)
    report.print_table(groups if not options.files else {"selected": names})
    if options.summary_by_message:
        report.print_groups(sys.stdout, options.examples)
    if options.update:
        report.update(whole=not options.pattern)
        return 0
    if not compare:
        return 0
    for name, test, outcome in report.broken:
        print(f"BROKEN  {name}:{test} ({outcome.kind}) {outcome.summary()}")
    for name, test in report.mended:
        print(f"PASSES  {name}:{test} is in known.txt and passes now")
    if report.broken or report.mended:
        print(f"{len(report.broken)} broken, {len(report.mended)} pass that are listed as failing")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
