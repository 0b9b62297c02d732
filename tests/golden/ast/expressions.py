a or b or (c or d) and not e
a < b <= c == d != e > f >= g
a in b not in c is d is not e
a | b ^ c & d << e >> f + g - h * i / j // k % l @ m
-a ** -b + ~c ** +d
await a ** b
a if b else c if d else e
lambda: (yield)
lambda a, b=1, /, c=2, *d, e, f=3, **g: lambda *, h: 0
(a := b), [c := d], {e := f}
()
(a,)
(a, *b)
[]
[a, *b]
{}
{a: b, **c}
{a, *b}
[a for b, *c in d if e if f async for g in h]
{a for b in c}
{a: b for c in d}
(a for b in c)
f()
f(a, *b, c=d, **e)
f(a for b in c)
f(a, (b for c in d), e := g)
a.b[c](d)[e:f, g:h:i, :, *j, k := l].m
a[b]
a[*b]
a[::c]
(yield)
yield a, *b
yield from a
None, True, False, ...
0, 00, 1_0, 0xff, 0o7, 0b1, 123456789012345678901234567890, 0xffffffffffffffffffff
1.5, 1e5, .5, 5., 1e400, 2j, 1.5e-3J
é = ª = x
