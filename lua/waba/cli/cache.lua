--- Names and their ids are remembered between runs: $XDG_CACHE_HOME/waba/names.json, this user's
--- only. No secret is in it, and it may be deleted at any time.

local env = require "waba.env"

local M = {}

---@return string folder, string path
function M.path()
  local folder = (env "XDG_CACHE_HOME" or (env "HOME" or "") .. "/.cache") .. "/waba"
  return folder, folder .. "/names.json"
end

--- What has been read from the file once stays in memory; where the file cannot be written, a cache
--- is all the same what it is.
---@return waba.Cache
function M.new()
  local cache = require "waba.cache"
  local folder, path = M.path()
  local memory, file = cache.memory(), cache.file(path)
  return {
    get = function(_, key) return memory:get(key) or file:get(key) end,
    set = function(_, key, value, seconds)
      memory:set(key, value, seconds)
      if file:set(key, value, seconds) then return end
      local make_folder = require("waba.posix").make_folder
      make_folder(folder:match("^(.+)/") or folder)
      if make_folder(folder) then file:set(key, value, seconds) end
    end,
  }
end

return M
