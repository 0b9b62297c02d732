class Point { constructor(x, y) { this.x = x; this.y = y; } }
class Point3 extends Point { constructor(x, y, z) { super(x, y); this.z = z; } }
class Named { constructor(x, y) { this.name = "n"; this.x = x; this.y = y; } }
function one(point, n) {
    for (let i = 0; i < n; i++) {
        point.x += 1;
        point.y = point.x - i;
    }
    return point.x + point.y;
}
function many(points, n) {
    let total = 0;
    for (let i = 0; i < n; i++)
        for (const point of points) {
            total += point.x;
            point.y = total & 255;
        }
    return total;
}
console.log(one(new Point(1, 2), 4000000), one(new Named(1, 2), 4000000),
    many([new Point(1, 2), new Point3(3, 4, 5), new Named(6, 7)], 2000000));
