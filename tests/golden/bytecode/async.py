# Coroutines, and await at the top level of a script.
async def coroutine(a):
    async with a as b:
        return await b
async def generator(a):
    async for x in a:
        yield x
        if x: break
async def comprehension(a):
    return [x async for x in a], [await x for x in a], (x async for x in a)
await coroutine(1)
async for x in generator(2): pass
