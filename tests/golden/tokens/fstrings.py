f'' f'a' F"b{c}d" rf'\d{e}' fR"{f}" f'''{
g # comment
}
'''
f'{a!r}' f'{a = }' f'{a=!s:>10}' f'{a:{b}.{c}}' f'{a:{b:{c}}}' f'{a:}'
f'{{}}' f'{{{a}}}' f'a{{b}}c' f'{ {1: 2}[1] }' f'{a!=b}' f'{a:=1}' f'{(a:=1)}'
f'{f'{f'{1}'}'}' f'{'a' "b"}' f'{lambda: 1}' f'\x41{a}\n' f'\{a}'
f'{a:%Y-%m
}'
