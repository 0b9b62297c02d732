import a.b as c, d
from . import a
from ...e.f import (g as h, i,)
from .... import j
from k import *
x = y = 1
x, *y = z
[x, y.z], w[0] = v
x += yield
x: int
(x): int = 1
x.y: list[int] = yield z
del x, (y, z), [w], v.u, t[s]
assert a, b
assert a
raise
raise a from b
raise c
global m, n
pass; a; b;
if a: b;
elif c: d
else: e
while a:
    break
else:
    continue
for x, *y in z, w: pass
for x in y:
    pass
else:
    pass
try: a
except B as c: d
except (E, F): g
except: h
else: i
finally: j
try: a
finally: b
try: a
except* B as c: d
except* E: f
with a as b, c.d as (e, f), g: pass
with (a as b, c as [d],): pass
with (a, b): pass
with (a, *b): pass
with (a := b): pass
with (yield): pass
with (a for a in b): pass
with (a, b) as c, (d): pass
type X = int
type Y[T, *Ts, **P] = int
type Z[T: (int, str)] = T
@a
@b.c(d)
def f[T](x, y: T = 1, /, z=2, *args: *Ts, k, w: int = 3, **kw: str) -> T:
    nonlocal o
    return
def f(a, b=1, *, c, d=2): return yield_
@e
class A[T](B, *C, metaclass=D, **E):
    x = 1; y = 2
class F: pass
@g
async def h():
    async for a in b: c
    else: d
    async with a as b, c: d
    async with (a as b): c
    return await i
