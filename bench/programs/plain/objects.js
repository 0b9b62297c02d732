class Node {
    constructor(left, right) { this.left = left; this.right = right; }
    count() { return this.left === null ? 1 : 1 + this.left.count() + this.right.count(); }
}
const tree = depth => depth === 0 ? new Node(null, null) : new Node(tree(depth - 1), tree(depth - 1));
class Point {
    constructor(x, y) { this.x = x; this.y = y; }
    add(other) { return new Point(this.x + other.x, this.y + other.y); }
}
function main() {
    let total = 0;
    for (let i = 0; i < 50; i++) total += tree(12).count();
    let here = new Point(0, 0);
    const step = new Point(1, 2);
    for (let i = 0; i < 1200000; i++) here = here.add(step);
    total += here.x + here.y;
    for (let i = 0; i < 1000000; i++) {
        const pair = [i, [i]];
        total += pair[1][0] - pair[0];
    }
    return total;
}
console.log(main());
