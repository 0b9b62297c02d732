function counter() {
    let n = 0;
    return by => n += by;
}
function compose(...functions) {
    return x => {
        for (const f of functions) x = f(x);
        return x;
    };
}
function main() {
    let total = 0;
    const step = counter();
    for (let i = 0; i < 3000000; i++) total += step(1) & 1;
    const adders = [];
    for (let n = 0; n < 10; n++) adders.push(x => x + n);
    const run = compose(...adders);
    for (let i = 0; i < 200000; i++) total += run(i);
    const odd = x => x % 3 !== 0, double = x => x * 2;
    for (let i = 0; i < 1200000; i++) if (odd(i)) total += double(i);
    for (let i = 0; i < 800000; i++) total += (() => i)();
    return total;
}
console.log(main());
