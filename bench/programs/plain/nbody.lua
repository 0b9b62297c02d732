local function body(x, y, z, vx, vy, vz, mass)
    return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass }
end
local function advance(bodies, dt, steps)
    local count = #bodies
    for _ = 1, steps do
        for i = 1, count do
            local a = bodies[i]
            for j = i + 1, count do
                local b = bodies[j]
                local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
                local square = dx * dx + dy * dy + dz * dz
                local force = dt / (square * square ^ 0.5)
                local fb, fa = b.mass * force, a.mass * force
                a.vx = a.vx - dx * fb
                a.vy = a.vy - dy * fb
                a.vz = a.vz - dz * fb
                b.vx = b.vx + dx * fa
                b.vy = b.vy + dy * fa
                b.vz = b.vz + dz * fa
            end
        end
        for _, b in ipairs(bodies) do
            b.x = b.x + dt * b.vx
            b.y = b.y + dt * b.vy
            b.z = b.z + dt * b.vz
        end
    end
end
local bodies = {
    body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.5),
    body(4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.038),
    body(8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011),
    body(12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017),
    body(15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002),
}
advance(bodies, 0.01, 150000)
local sum = 0
for _, b in ipairs(bodies) do sum = sum + (b.x + b.y + b.z) end
print(string.format("%.6f", sum))
