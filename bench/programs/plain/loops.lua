local total = 0
for i = 0, 5999 do
    for j = 0, 1999 do
        if (i ~ j) & 1 == 1 then total = total + j else total = total - i end
    end
end
local n = 0
while n < 6000000 do
    n = n + 1
    if n % 3 ~= 0 then total = total + 1 end
end
print(total)
