local points = {}
for n = 1, tonumber(arg[1]) do points[n] = { x = n, y = n } end
print("asleep " .. #points)
io.stdout:flush()
io.read("l")
