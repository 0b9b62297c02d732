async function leaf(n) { return n; }
async function nested(n, depth) { return depth === 0 ? n : await nested(n, depth - 1); }
async function main() {
    let total = 0;
    for (let i = 0; i < 4000000; i++) total += await leaf(i);
    for (let i = 0; i < 400000; i++) total += await nested(i, 5);
    return total;
}
main().then(total => console.log(total));
