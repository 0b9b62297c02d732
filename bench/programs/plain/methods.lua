local Counter = {}
Counter.__index = Counter
function Counter.new() return setmetatable({ count = 0 }, Counter) end
function Counter:add(n) self.count = self.count + n; return self end
function Counter:half() return self.count >> 1 end
function Counter.twice(n) return n + n end
local Noisy = setmetatable({}, { __index = Counter })
Noisy.__index = Noisy
function Noisy.new() return setmetatable({ count = 0 }, Noisy) end
function Noisy:add(n) Counter.add(self, n + 1); return self end
local function run(counter, n)
    local total = 0
    for i = 0, n - 1 do
        counter:add(i):add(1)
        total = total + counter.twice(i) + (counter:half() & 255)
    end
    return total
end
local function builtin(n)
    local items, seen, distinct = {}, {}, 0
    for i = 0, n - 1 do
        items[#items + 1] = i
        if not seen[i & 63] then seen[i & 63] = true; distinct = distinct + 1 end
    end
    return #items + distinct
end
print(string.format("%d %d %d", run(Counter.new(), 800000), run(Noisy.new(), 500000), builtin(2000000)))
