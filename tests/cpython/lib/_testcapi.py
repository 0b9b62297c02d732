"""Stands in for CPython's _testcapi where its tests ask for the limits of C's types, or go the way through
the C API to what a program can do as well. What is of the C API alone is not here: those tests fail.
"""
import sys

CHAR_MAX, CHAR_MIN, UCHAR_MAX = 127, -128, 255
SHRT_MAX, SHRT_MIN, USHRT_MAX = 0x7FFF, -0x8000, 0xFFFF
INT_MAX, INT_MIN, UINT_MAX = 0x7FFFFFFF, -0x80000000, 0xFFFFFFFF
LONG_MAX, LONG_MIN, ULONG_MAX = 2 ** 63 - 1, -2 ** 63, 2 ** 64 - 1
LLONG_MAX, LLONG_MIN, ULLONG_MAX = LONG_MAX, LONG_MIN, ULONG_MAX
PY_SSIZE_T_MAX, PY_SSIZE_T_MIN, SIZEOF_WCHAR_T = sys.maxsize, -sys.maxsize - 1, 4
FLT_MAX, FLT_MIN = 3.4028234663852886e38, 1.1754943508222875e-38
DBL_MAX, DBL_MIN = sys.float_info.max, sys.float_info.min


class error(Exception):
    pass


class RecursingInfinitelyError(Exception):
    def __new__(cls, *args):
        return cls(*args)


def _place(sequence, i):
    # The C API adds the length to a negative index, once.
    return i + len(sequence) if i < 0 and hasattr(sequence, "__len__") else i


def sequence_getitem(sequence, i):
    return type(sequence).__getitem__(sequence, _place(sequence, i))


def sequence_setitem(sequence, i, value):
    type(sequence).__setitem__(sequence, _place(sequence, i), value)


def sequence_delitem(sequence, i):
    type(sequence).__delitem__(sequence, _place(sequence, i))


def object_hasattrstring(obj, name):
    return hasattr(obj, name)


def raise_exception(kind, count):
    raise kind(*range(count))


def make_exception_with_doc(name, doc=None, base=Exception, dict=None):
    bases = base if isinstance(base, tuple) else (base,)
    module, _, short = name.rpartition(".")
    namespace = {"__module__": module, **(dict or {})}
    if doc is not None:
        namespace["__doc__"] = doc
    return type(short, bases, namespace)


def exception_print(exc, legacy=False):
    if not isinstance(exc, BaseException):
        raise TypeError("an exception is required")
    sys.__excepthook__(type(exc), exc, exc.__traceback__)


def traceback_print(tb, file):
    import traceback
    traceback.print_tb(tb, file=file)
