function* count(n) {
    for (let i = 0; i < n; i++) yield i;
}
function* tree(depth) {
    if (depth) {
        yield* tree(depth - 1);
        yield depth;
        yield* tree(depth - 1);
    }
}
function* average() {
    let total = 0, seen = 0, value = yield 0;
    while (true) {
        total += value;
        seen++;
        value = yield Math.floor(total / seen);
    }
}
function main() {
    let total = 0n, part = 0;
    for (const i of count(3000000)) part += i;
    total += BigInt(part);
    part = 0;
    for (const i of count(1500000)) if (i & 1) { part += i * i; if (part > 2 ** 52) { total += BigInt(part); part = 0; } }
    total += BigInt(part);
    part = 0;
    for (const depth of tree(15)) part += depth;
    const mean = average();
    mean.next();
    for (let i = 0; i < 1000000; i++) part += mean.next(i).value;
    return total + BigInt(part);
}
console.log(String(main()));
