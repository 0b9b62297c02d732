foo(a,
    [b
