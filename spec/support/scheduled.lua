--- Runs a function in a coroutine that answers every request a transport yields, in turn.
return function(answer, fn)
  local outer = coroutine.create(fn)
  local result = { coroutine.resume(outer) }
  local most = 0
  while coroutine.status(outer) ~= "dead" do
    most = most + 1
    assert(most < 10000)
    result = { coroutine.resume(outer, answer(result[2])) }
  end
  assert(result[1], result[2])
  return (table.unpack or unpack)(result, 2) -- luacheck: ignore
end
