# Operands in place, immediates, comparisons and conditions, calls, displays.
def arithmetic(a, b):
    c = a + b - a * b / a // b % a ** b
    c = (a << b) >> (a & b | a ^ b) @ a
    c = a + 1 - 2
    c += b
    c -= 1
    return -a, +a, ~a, not a
def compare(a, b):
    x = a < b, a <= b, a == b, a != b, a > b, a >= b, a is b, a is not b, a in b, a not in b
    if a < b: pass
    elif a <= b or a == b: x = 1
    elif a != b and a > b: x = 2
    elif not a >= b: x = 3
    elif a < 1 or a <= 2 or a == 3 or a != 4 or a > 5 or a >= 6: x = 4
    elif a is b or a is None or a is not None: x = 5
    elif a in (1, 2) or b not in [1, 2]: x = 6
    elif a: x = 7
    return a < b < 3, a and b or x, a if b else x
def middle(a, f):
    if a < f() < 3: return 1 < f(a) < a
def access(o, i):
    o.x = o.y
    o[i] = o[0] + o[i] + o[1:2] + o[::i]
    o.m(1).n(i, k=2)
    o.x += 1
    o[i + 1] += 1
    del o.x, o[i], o
def calls(f, *args, **kw):
    print(f, 1)
    f(print())
    f(1, k=2)
    f(*args)
    f(1, *args, **kw)
    f(k=1, **kw)
def displays(a, b):
    return (a, b), [a, b], {a, b}, {a: b}, [1, 2, 3], {1, 2, 3}, (1, (2, "s"), b"b", 1.5, 2j, ...), [*a, b], {*a, b}, {**a, b: 1}, (*a,)
def strings(a, w):
    return f"{a}", f"x{a!r:>{w}}{a!s}{a!a}"
def assign():
    a, b = b, a = 1, 2
    a, *b = a
    (a, b), c = a
    a = b = c
    a, b[c] = b, c
    return (x := a), (lambda: x)
def walrus(a):
    return a + (a := 1) + a
def star(f, *args, **kw): return f(*args), f(*args, **kw), f(*args, 1)
