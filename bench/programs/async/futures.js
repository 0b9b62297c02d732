async function main() {
    let total = 0;
    for (let i = 0; i < 100000; i++)
        total += await new Promise(resolve => queueMicrotask(() => resolve(i)));
    return await new Promise(resolve => {
        function step(n) {
            total++;
            if (n) queueMicrotask(() => step(n - 1)); else resolve(total);
        }
        queueMicrotask(() => step(300000));
    });
}
main().then(total => console.log(total));
