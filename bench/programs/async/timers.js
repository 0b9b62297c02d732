let fired = 0;
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
async function nap(i) {
    await sleep(0.1 * (i % 50));
    fired++;
}
async function main() {
    for (let round = 0; round < 10; round++)
        await Promise.all(Array.from({ length: 4000 }, (_, i) => nap(i)));
    for (let i = 0; i < 120000; i++) clearTimeout(setTimeout(() => fired++, 100000 + i % 1000));
    for (let i = 0; i < 30000; i++) {
        const timer = setTimeout(() => { throw new Error("timeout"); }, 60000);
        await null;
        clearTimeout(timer);
    }
    for (let i = 0; i < 30000; i++) setTimeout(() => fired++, 0);
    await sleep(10);
    return fired;
}
main().then(total => console.log(total));
