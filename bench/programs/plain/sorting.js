function numbers(n) {
    const out = [];
    let x = 42;
    for (let i = 0; i < n; i++) {
        x = (x * 16807) % 2147483647;
        out.push(x);
    }
    return out;
}
function main() {
    const ascending = (a, b) => a - b;
    let total = 0;
    const data = numbers(200000);
    total += [...data].sort(ascending)[1000] + [...data].sort((a, b) => b - a)[1000];
    total += Math.floor(data.map(n => n / 3).sort(ascending)[1000]);
    const names = data.map(n => "n" + n);
    names.sort();
    total += names[77].length;
    total += [...data].sort((a, b) => a % 1000 - b % 1000)[500] % 1000;
    total += data.slice(0, 40000).map(n => [n % 10, n]).sort((a, b) => a[0] - b[0] || a[1] - b[1])[200][1];
    const nearly = Array.from({ length: 200000 }, (_, i) => i);
    [nearly[100], nearly[150000]] = [nearly[150000], nearly[100]];
    for (let i = 0; i < 5; i++) total += [...nearly].sort(ascending)[100];
    return total;
}
console.log(main());
