# Control flow: loops, handlers, finally, with, import, assert, raise, match is in patterns.py.
import os, os.path as path
from os import *
from os import sep as s, name
from . import sibling
x: int = 1
y: str
del x
global g
g = g + 1
del g
def loops(n):
    for i in n:
        if i: continue
        if n: break
    else:
        n = 1
    while n:
        n -= 1
    for i, j in [(1, 2)]: print(i)
    while True:
        if n: return i
def handlers(f):
    try:
        f()
    except ValueError:
        f(1)
    except (KeyError, OSError) as e:
        return e
    else:
        f(2)
    finally:
        f(3)
    try: raise f
    except: raise
def leaving(n):
    for i in n:
        try:
            return n.x
        finally:
            with n as m, i: break
def groups(f):
    try: f()
    except* ValueError as e: f(e)
    except* OSError: f()
def raising(a, b):
    assert a, b
    assert a
    raise a from b
def unbound(a):
    if a: b = 1
    print(b)
    del b
