--- A store that others share, seen as rows and columns, as waba.memory has them: the keys are
-- "<prefix><row>:<column>". Whose clock ends a key's life is the store's business.

---@class waba.Store anything like ngx.shared.DICT
---@field get fun(self, key: string): number|string|nil
---@field set fun(self, key: string, value: number|string|nil, exptime: number|nil)
---@field incr fun(self, key: string, n: number, init: number|nil, init_ttl: number|nil): number|nil
---@field get_keys (fun(self, most: integer): string[])|nil only for client:usage()

local Shared = {}
Shared.__index = Shared

local M = {}

---@param store waba.Store
---@param prefix string
function M.new(store, prefix)
  return setmetatable({ store = store, prefix = prefix }, Shared)
end

function Shared:get(row, column)
  return self.store:get(self.prefix .. row .. ":" .. column)
end

function Shared:set(row, column, value, seconds)
  self.store:set(self.prefix .. row .. ":" .. column, value, seconds)
end

function Shared:incr(row, column, n, init, seconds)
  return self.store:incr(self.prefix .. row .. ":" .. column, n, init, seconds)
end

--- The rows that have a column, where the store can list its keys.
function Shared:rows(column)
  local rows, from = {}, #self.prefix + 1
  for _, key in ipairs(self.store.get_keys and self.store:get_keys(0) or {}) do
    if key:sub(1, from - 1) == self.prefix then
      local row, name = key:sub(from):match("^([^:]+):([^:]+)$")
      if name == column then rows[#rows + 1] = row end
    end
  end
  return rows
end

return M
