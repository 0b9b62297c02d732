local function tree(depth)
    if depth == 0 then return { left = nil, right = nil } end
    return { left = tree(depth - 1), right = tree(depth - 1) }
end
local function count(node)
    return node.left == nil and 1 or 1 + count(node.left) + count(node.right)
end
local Point = {}
local function point(x, y) return setmetatable({ x = x, y = y }, Point) end
Point.__add = function(a, b) return point(a.x + b.x, a.y + b.y) end
local total = 0
for _ = 1, 50 do total = total + count(tree(12)) end
local here, step = point(0, 0), point(1, 2)
for _ = 1, 1200000 do here = here + step end
total = total + here.x + here.y
for i = 0, 999999 do
    local pair = { i, { i } }
    total = total + pair[2][1] - pair[1]
end
print(total)
