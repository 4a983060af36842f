--- One map at a time for a client.

local M = {}

local weak = { __mode = "v" }

--- A map takes the client: from now on calls go through its driver. Nobody else holds what it gets
--- for that, so that it goes with the map's coroutine where that is dropped half-way, as nginx
--- drops a request whose client has left.
---@return table claim
function M.take(client, driver, places)
  local claim = {}
  client.claim = { base = client.driver, places = places, turns = places.turn,
    held = setmetatable({ claim }, weak) }
  client.driver = driver
  return claim
end

---@param claim table|nil what `take` gave
function M.give_back(client, claim) -- luacheck: ignore claim
  if not client.claim then return end
  client.driver = client.claim.base -- first, and on its own: Ctrl-C may come between
  client.claim = nil
end

--- Whether a map is under way.
function M.taken(client)
  if client.claim and client.claim.held[1] == nil then M.give_back(client) end
  return client.claim ~= nil
end

return M
