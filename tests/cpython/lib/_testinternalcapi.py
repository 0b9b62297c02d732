"""Stands in for CPython's _testinternalcapi where its tests ask how the interpreter was configured."""


def get_config():
    """The configuration that tests look at."""
    return {"code_debug_ranges": 1}


def get_recursion_depth():
    """How deep calls are nested here."""
    import sys
    depth, frame = 0, sys._getframe(1)
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth
