--- What specs of map run over: accounts that are numbers, and a Graph that answers with them.

local stub = require "spec.support.stub"

local M = { DONE = stub.reply(200, "true"), EMPTY = stub.reply(200, '{"data":[]}') }

---@return string[] accounts so many
function M.numbers(n)
  local list = {}
  for i = 1, n do list[i] = tostring(1000 + i) end
  return list
end

--- Answers a list with the account of the request in it.
function M.echo(request)
  return stub.reply(200, ('{"data":[{"id":"%s"}]}'):format(request.url:match("/(%d+)/")))
end

--- What `echo` answered: the account.
function M.read(client, account)
  local users, err = client:assigned_users(account, "1")
  return users and users[1].id, err
end

return M
