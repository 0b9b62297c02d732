class Point { constructor(x, y) { this.x = x; this.y = y; } }
const points = Array.from({ length: Number(process.argv[2]) }, (_, n) => new Point(n, n));
console.log("asleep", points.length);
setTimeout(() => points, 1000000);
