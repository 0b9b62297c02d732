class Counter {
    constructor() { this.count = 0; }
    add(n) { this.count += n; return this; }
    get half() { return Math.floor(this.count / 2); }
    static twice(n) { return n + n; }
    twice(n) { return n + n; }
}
class Noisy extends Counter {
    add(n) { super.add(n + 1); return this; }
}
function run(counter, n) {
    let total = 0;
    for (let i = 0; i < n; i++) {
        counter.add(i).add(1);
        total += counter.twice(i) + (counter.half & 255);
    }
    return total;
}
function builtin(n) {
    const items = [], seen = new Set();
    for (let i = 0; i < n; i++) {
        items.push(i);
        seen.add(i & 63);
    }
    return items.length + seen.size;
}
console.log(run(new Counter(), 800000), run(new Noisy(), 500000), builtin(2000000));
