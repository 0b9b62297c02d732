function collatz(limit) {
    let best = 0, longest = 0;
    for (let start = 1; start < limit; start++) {
        let n = start, steps = 0;
        while (n !== 1) {
            n = n % 2 === 0 ? n / 2 : 3 * n + 1;
            steps++;
        }
        if (steps > longest) { best = start; longest = steps; }
    }
    return best * 1000 + longest;
}
function randomSum(n) {
    let x = 12345, total = 0;
    for (let i = 0; i < n; i++) {
        x = (Math.imul(x, 1103515245) + 12345) & 0x7FFFFFFF;
        total += x >>> 16;
    }
    return total;
}
console.log(collatz(60000), randomSum(3000000));
