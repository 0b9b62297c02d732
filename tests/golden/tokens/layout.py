# a comment

if a:
    # another

    b; c
    if d: e
	# at another indentation
    else:
     f
(g,

 h  # in brackets
  )
i = \
  j
match k:
  case [_, l]:
    match(m)
    match[n] = case
  case _: pass
match (a, b): o
match -p:
    case 1: pass
type Q = r
type S[T] = t; type U = v
type(w).match.case
with (a): pass
with (a as b, c): pass
with (a, b) as c: pass
async with (a, b): type = 1
é, ﬁ, 𝐢𝐟 = 1
