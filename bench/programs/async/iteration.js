async function* count(n) { for (let i = 0; i < n; i++) yield i; }
async function* pause(n) { for (let i = 0; i < n; i++) { await null; yield i; } }
class Steps {
    constructor(n) { this.n = n; }
    [Symbol.asyncIterator]() { return this; }
    async next() { return this.n === 0 ? { done: true } : { done: false, value: --this.n }; }
}
const guard = { async enter() { return 1; }, async leave() { return false; } };
async function main() {
    let total = 0;
    for await (const i of count(1000000)) total += i;
    for await (const i of pause(60000)) total += i;
    for await (const i of new Steps(300000)) total += i;
    for await (const i of count(400000)) if (i & 1) total += i;
    for (let i = 0; i < 300000; i++) {
        const one = await guard.enter();
        try { total += one; } finally { await guard.leave(); }
    }
    return total;
}
main().then(total => console.log(total));
