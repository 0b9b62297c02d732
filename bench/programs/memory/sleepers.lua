local tasks = {}
for i = 1, tonumber(arg[1]) do
    tasks[i] = coroutine.create(function() coroutine.yield(1000) end)
    coroutine.resume(tasks[i])
end
print("asleep " .. #tasks)
io.stdout:flush()
io.read("l")
