"""Runs one of CPython's test files with the interpreter's own unittest and keeps a diary of it.

    asy driver.py LOG DONE MODULE [PATTERN]       (CPython runs the same file for the denominator)

Every event becomes a line of LOG as it happens, so that nothing is lost when the process dies:
KIND, the test's number, a text, a longer text (both as ASCII literals), separated by tabs. DONE names
a file of test numbers that are left out: those run before a crash. Tests are numbered in the order
in which they are loaded, which is the same in every run.
"""
import os
import sys
import traceback
import unittest
from fnmatch import fnmatchcase

LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note(kind, number=-1, text="", more=""):
    os.write(LOG, f"{kind}\t{number}\t{ascii(text)}\t{ascii(more)}\n".encode("ascii"))


def number(test):
    test = getattr(test, "test_case", test)
    return getattr(test, "_diary_number", -1)


def message(err):
    kind, value = err[0], err[1]
    try:
        text = str(value)
    except Exception as e:
        text = f"<str() raised {type(e).__name__}>"
    return f"{kind.__name__}: {text}" if text else kind.__name__


class Diary(unittest.TextTestResult):
    """A result that also writes every event down."""

    def _failed(self, kind, test, err):
        try:
            more = self._exc_info_to_string(err, getattr(test, "test_case", test))
        except Exception as e:
            more = f"(no traceback: {type(e).__name__}: {e})"
        where = number(test)
        if where < 0:           # a fixture: the text says of which class or module
            kind = "fixture"
            more = f"{test}\n{more}"
        note(kind, where, message(err), more)

    def startTest(self, test):
        note("start", number(test))
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        note("stop", number(test))

    def addSuccess(self, test):
        note("ok", number(test))
        super().addSuccess(test)

    def addError(self, test, err):
        self._failed("error", test, err)
        super().addError(test, err)

    def addFailure(self, test, err):
        self._failed("fail", test, err)
        super().addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._failed("fail" if issubclass(err[0], test.failureException) else "error",
                         subtest, err)
        super().addSubTest(test, subtest, err)

    def addSkip(self, test, reason):
        if number(test) < 0:
            note("fixture", -1, f"skipped: {reason}", str(test))
        else:
            note("skip", number(test), f"skipped: {reason}")
        super().addSkip(test, reason)

    def addExpectedFailure(self, test, err):
        note("expected", number(test))
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test):
        note("unexpected", number(test), "unexpected success")
        super().addUnexpectedSuccess(test)


def flatten(suite, out):
    for test in suite:
        if isinstance(test, unittest.BaseTestSuite):
            flatten(test, out)
        else:
            out.append(test)


def main():
    done_path, module = sys.argv[2:4]
    pattern = sys.argv[4] if len(sys.argv) > 4 else None
    # As `-m unittest -v MODULE` leaves them.
    sys.path[0] = os.getcwd()
    sys.argv[:] = [os.path.basename(sys.executable) + " -m unittest", "-v", module]
    # Tests of what CPython's documentation leaves open are run as well.
    sys.implementation.name = "cpython"
    loader = unittest.TestLoader()
    try:
        suite = loader.loadTestsFromName(module)
    except Exception as e:
        note("nostart", -1, message((type(e), e)).split("\n")[0], traceback.format_exc())
        return
    tests = []
    flatten(suite, tests)
    if loader.errors and len(tests) == 1:
        text = loader.errors[0].strip()
        note("nostart", -1, text.split("\n")[-1], text)
        return
    with open(done_path) as file:
        done = {int(line) for line in file}
    names = {}
    chosen = []
    for i, test in enumerate(tests):
        name = test.id()
        if name.startswith(module + "."):
            name = name[len(module) + 1:]
        # The same test may be loaded twice, by two names of a class.
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name += f"#{names[name]}"
        test._diary_number = i
        wanted = pattern is None or fnmatchcase(name, pattern)
        if wanted:
            note("plan", i, name, f"{type(test).__module__}.{type(test).__qualname__}")
        if wanted and i not in done:
            chosen.append(test)
    tests = suite = None
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Diary)
    runner.run(unittest.TestSuite(chosen))
    note("end")


main()
