const work = async n => n & 7;
async function main() {
    let total = 0;
    for (let i = 0; i < 80000; i++) total += await new Promise(resolve => queueMicrotask(() => resolve(work(i))));
    for (let round = 0; round < 40; round++) {
        const tasks = Array.from({ length: 2000 }, (_, i) => work(i));
        for (const task of tasks) total += await task;
    }
    return total;
}
main().then(total => console.log(total));
