class Body {
    constructor(x, y, z, vx, vy, vz, mass) {
        this.x = x; this.y = y; this.z = z;
        this.vx = vx; this.vy = vy; this.vz = vz;
        this.mass = mass;
    }
}
function advance(bodies, dt, steps) {
    const count = bodies.length;
    for (let step = 0; step < steps; step++) {
        for (let i = 0; i < count; i++) {
            const a = bodies[i];
            for (let j = i + 1; j < count; j++) {
                const b = bodies[j];
                const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
                const square = dx * dx + dy * dy + dz * dz;
                const force = dt / (square * Math.sqrt(square));
                const fb = b.mass * force, fa = a.mass * force;
                a.vx -= dx * fb; a.vy -= dy * fb; a.vz -= dz * fb;
                b.vx += dx * fa; b.vy += dy * fa; b.vz += dz * fa;
            }
        }
        for (const b of bodies) {
            b.x += dt * b.vx; b.y += dt * b.vy; b.z += dt * b.vz;
        }
    }
}
const bodies = [
    new Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.5),
    new Body(4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.038),
    new Body(8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011),
    new Body(12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017),
    new Body(15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002),
];
advance(bodies, 0.01, 150000);
console.log(bodies.reduce((sum, b) => sum + (b.x + b.y + b.z), 0).toFixed(6));
