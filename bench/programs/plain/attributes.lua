local function one(point, n)
    for i = 0, n - 1 do
        point.x = point.x + 1
        point.y = point.x - i
    end
    return point.x + point.y
end
local function many(points, n)
    local total = 0
    for _ = 1, n do
        for k = 1, #points do
            local point = points[k]
            total = total + point.x
            point.y = total & 255
        end
    end
    return total
end
print(string.format("%d %d %d", one({ x = 1, y = 2 }, 4000000), one({ name = "n", x = 1, y = 2 }, 4000000),
    many({ { x = 1, y = 2 }, { z = 5, x = 3, y = 4 }, { name = "n", x = 6, y = 7 } }, 2000000)))
