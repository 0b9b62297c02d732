local function numbers(n)
    local x, out = 42, {}
    for i = 1, n do
        x = (x * 16807) % 2147483647
        out[i] = x
    end
    return out
end
local function copy(t) return table.move(t, 1, #t, 1, {}) end
local total = 0
local data = numbers(200000)
local t = copy(data); table.sort(t); total = total + t[1001]
t = copy(data); table.sort(t, function(a, b) return a > b end); total = total + t[1001]
t = {}; for i, n in ipairs(data) do t[i] = n / 3 end; table.sort(t); total = total + math.floor(t[1001])
t = {}; for i, n in ipairs(data) do t[i] = "n" .. n end; table.sort(t); total = total + #t[78]
t = copy(data); table.sort(t, function(a, b) return a % 1000 < b % 1000 end); total = total + t[501] % 1000
t = {}
for i = 1, 40000 do t[i] = { data[i] % 10, data[i] } end
table.sort(t, function(a, b) if a[1] ~= b[1] then return a[1] < b[1] end return a[2] < b[2] end)
total = total + t[201][2]
local nearly = {}
for i = 0, 199999 do nearly[i + 1] = i end
nearly[101], nearly[150001] = nearly[150001], nearly[101]
for _ = 1, 5 do t = copy(nearly); table.sort(t); total = total + t[101] end
print(total)
