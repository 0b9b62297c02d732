let done = 0;
async function turn(n) {
    for (let i = 0; i < n; i++) {
        await null;
        done++;
    }
}
Promise.all(Array.from({ length: 100 }, () => turn(6000))).then(() => console.log(done));
