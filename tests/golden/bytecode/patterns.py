# match.
def match(v):
    match v:
        case 0 | 1: return 0
        case None: return 1
        case True: return 2
        case [a, [b, *_], 3]: return a, b
        case [a, *rest]: return rest
        case [*_, a]: return a
        case {"k": a, **rest}: return a, rest
        case {"k": 1}: return 3
        case C(a, x=1) as whole if a: return whole
        case a.b: return 4
        case _: return 5
