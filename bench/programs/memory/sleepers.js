const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
async function sleeper() { await sleep(1000000); }
async function main(n) {
    const tasks = Array.from({ length: n }, sleeper);
    await null;
    console.log("asleep", tasks.length);
    await sleep(1000000);
}
main(Number(process.argv[2]));
