local function collatz(limit)
    local best, longest = 0, 0
    for start = 1, limit - 1 do
        local n, steps = start, 0
        while n ~= 1 do
            if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
            steps = steps + 1
        end
        if steps > longest then best, longest = start, steps end
    end
    return best * 1000 + longest
end
local function random_sum(n)
    local x, total = 12345, 0
    for _ = 1, n do
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        total = total + (x >> 16)
    end
    return total
end
print(string.format("%d %d", collatz(60000), random_sum(3000000)))
