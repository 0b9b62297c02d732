async function work(n) {
    await null;
    return n;
}
const sum = results => results.reduce((a, b) => a + b, 0);
async function main() {
    let total = 0;
    for (let i = 0; i < 8000; i++) total += sum(await Promise.all([work(i), work(1), work(2), work(3)]));
    for (let round = 0; round < 5; round++)
        total += sum(await Promise.all(Array.from({ length: 10000 }, (_, i) => work(i))));
    return total;
}
main().then(total => console.log(total));
