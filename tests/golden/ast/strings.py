'a' "b" '''c''' u'd' U'e'
u'a' 'b'
r'\a', b'\xff' rb'\x' Rb'y' if x else b''
'\ud800' '\N{DIGIT ONE}\x41\101\u00e9\
z'
f''
f'' 'a' ''
f'a{x}b' 'c' f'{{d}}{y}{{'
f'{x!r}{y!s:>{w}.{p}}{z!a:}'
f'{x=}{y = !s}{z=:3}'
f'''{
x:%H:%M
}'''
f'{x:{y}{{}}}'
f'{a, *b}{yield}{(lambda: 1)}{c if d else e}'
f'{"nested" f"{deep!r}"}'
rf'\d{x}' fr'{y}\{z}'
'é' f'é{x}é'
