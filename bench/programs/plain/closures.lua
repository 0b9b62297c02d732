local function counter()
    local n = 0
    return function(by) n = n + by; return n end
end
local function compose(functions)
    return function(x)
        for i = 1, #functions do x = functions[i](x) end
        return x
    end
end
local total = 0
local step = counter()
for _ = 1, 3000000 do total = total + (step(1) & 1) end
local adders = {}
for n = 0, 9 do adders[#adders + 1] = function(x) return x + n end end
local run = compose(adders)
for i = 0, 199999 do total = total + run(i) end
local odd, double = function(x) return x % 3 ~= 0 end, function(x) return x * 2 end
for i = 0, 1199999 do if odd(i) then total = total + double(i) end end
for i = 0, 799999 do total = total + (function() return i end)() end
print(total)
