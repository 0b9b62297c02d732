local done, ready = 0, {}
local function turn(n)
    for _ = 1, n do
        coroutine.yield()
        done = done + 1
    end
end
for i = 1, 100 do ready[i] = coroutine.create(function() turn(6000) end) end
while #ready > 0 do
    local next_turn = {}
    for _, task in ipairs(ready) do
        coroutine.resume(task)
        if coroutine.status(task) ~= "dead" then next_turn[#next_turn + 1] = task end
    end
    ready = next_turn
end
print(done)
