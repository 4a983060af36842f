--- One map at a time for a client.

local M = {}

local weak = { __mode = "v" }

--- A map takes the client: from now on calls go through its driver. Nobody else holds what it gets
--- for that, so that it goes with the map's coroutine where that is dropped half-way, as nginx
--- drops a request whose client has left.
---@return table claim
function M.take(client, driver, turns)
  local claim = {}
  client.claim = { base = client.driver, held = setmetatable({ claim }, weak) }
  client.turns = turns
  client.driver = driver
  return claim
end

---@param claim table|nil what `take` gave
function M.give_back(client, claim) -- luacheck: ignore claim
  if not client.claim then return end
  client.driver = client.claim.base -- one after the other: Ctrl-C may come between
  client.turns = nil
  client.claim = nil
end

--- Whether a map is under way.
function M.taken(client)
  if client.turns and not (client.claim and client.claim.held[1]) then M.give_back(client) end
  return client.turns ~= nil
end

return M
