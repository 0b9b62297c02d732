function main() {
    const words = [];
    for (let n = 0; n < 60000; n++) words.push("key" + n * 7919 % 5000);
    let total = 0;
    for (let i = 0; i < 20; i++) {
        const counts = new Map();
        for (const word of words) counts.set(word, (counts.get(word) || 0) + 1);
        total += counts.size + Math.max(...counts.values());
        for (const [, count] of counts) total += count;
    }
    const numbers = new Map();
    for (let n = 0; n < 600000; n++) numbers.set(n, n * n);
    for (let n = 0; n < 600000; n += 2) numbers.delete(n);
    for (let n = 0; n < 600000; n++) if (numbers.has(n)) total += numbers.get(n) % 8;
    const grid = new Map();
    for (let x = 0; x < 500; x++) for (let y = 0; y < 500; y++) grid.set(x + "," + y, x ^ y);
    for (let x = 0; x < 500; x++) for (let y = 0; y < 500; y++) total += grid.get(x + "," + y);
    return total;
}
console.log(main());
