function main() {
    let total = 0;
    for (let i = 0; i < 6000; i++)
        for (let j = 0; j < 2000; j++)
            if ((i ^ j) & 1) total += j; else total -= i;
    let n = 0;
    while (n < 6000000) {
        n += 1;
        if (n % 3 === 0) continue;
        total += 1;
    }
    return total;
}
console.log(main());
