let done = 0;
async function down(depth, n) {
    if (depth) return await down(depth - 1, n);
    for (let i = 0; i < n; i++) {
        await null;
        done++;
    }
}
Promise.all(Array.from({ length: 50 }, () => down(100, 3000))).then(() => console.log(done));
