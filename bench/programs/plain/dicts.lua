local words = {}
for n = 0, 59999 do words[#words + 1] = "key" .. (n * 7919 % 5000) end
local total = 0
for _ = 1, 20 do
    local counts, distinct, most = {}, 0, 0
    for _, word in ipairs(words) do
        local count = (counts[word] or 0) + 1
        if count == 1 then distinct = distinct + 1 end
        counts[word] = count
        if count > most then most = count end
    end
    total = total + distinct + most
    for _, count in pairs(counts) do total = total + count end
end
local numbers = {}
for n = 0, 599999 do numbers[n] = n * n end
for n = 0, 599999, 2 do numbers[n] = nil end
for n = 0, 599999 do
    if numbers[n] then total = total + (numbers[n] & 7) end
end
local grid = {}
for x = 0, 499 do for y = 0, 499 do grid[x .. "," .. y] = x ~ y end end
for x = 0, 499 do for y = 0, 499 do total = total + grid[x .. "," .. y] end end
print(total)
