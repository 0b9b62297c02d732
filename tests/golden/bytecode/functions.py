# Scopes: cells, free variables, classes, defaults, annotations, generics, generators, comprehensions.
def outer(a, b=1, /, *c, d=2, e, **f) -> int:
    "doc"
    x = a
    def inner(y: "str"):
        nonlocal x
        x = y
        return x, outer
    del x
    return inner
def decorate(f): return f
@decorate
@decorate(1)
class C(decorate, metaclass=type):
    "doc"
    attribute: int = 1
    def method(self):
        return super().method(), super().attribute, __class__
    loaded = attribute
def closure():
    free = 1
    class Inner:
        seen = free
        free = 2
    return Inner
def generator(a):
    b = yield
    c = yield a
    return (yield from c)
def comprehensions(xs, x):
    return [x for x in xs], {x: y for x in xs for y in x if y}, {x for x in xs}, [lambda: z for z in xs], (q for q in xs)
def generic[T: int, U: (int, str), *V, **W](a: T = 1, *, b=2): return a
class Generic[T](C):
    type Alias[K] = dict[K, T]
    name = 1
    type Lazy = name
    type Other = print
type Plain = int
