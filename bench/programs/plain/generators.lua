local yield = coroutine.yield
local function count(n)
    return coroutine.wrap(function() for i = 0, n - 1 do yield(i) end end)
end
local function walk(depth)
    if depth > 0 then
        walk(depth - 1)
        yield(depth)
        walk(depth - 1)
    end
end
local function average()
    local total, seen = 0, 0
    local value = yield(0)
    while true do
        total = total + value
        seen = seen + 1
        value = yield(total // seen)
    end
end
local total = 0
for i in count(3000000) do total = total + i end
for i in count(1500000) do if i & 1 == 1 then total = total + i * i end end
for depth in coroutine.wrap(function() walk(15) end) do total = total + depth end
local mean = coroutine.wrap(average)
mean()
for i = 0, 999999 do total = total + mean(i) end
print(total)
