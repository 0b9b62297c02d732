match x:
    case 1 | -2 | 1.5 | 1+2j | -1-2j: pass
    case 'a' 'b' | b'c': pass
    case None | True | False: pass
    case a: pass
    case _: pass
    case a.b.c: pass
    case (a): pass
    case (): pass
    case (a,): pass
    case (a, *_): pass
    case []: pass
    case [a, *b, c]: pass
    case a, b: pass
    case *a,: pass
    case {}: pass
    case {1: a, 'b': c, d.e: f, None: g, -1: h}: pass
    case {**rest}: pass
    case {'a': _, **rest}: pass
    case A(): pass
    case A.B(1, c, d=e,): pass
    case [a, b] as c if c: pass
    case A(b as c, d=[e | f]): pass
match x, *y:
    case _: pass
match = case = type = _ = 1
match(x); match[x]; match.x; match * x; match - x
type(x); case.y; print(match, case, type)
