--- Loads modules when they are needed: what a short script never asks for costs it nothing.

local M = {}

local known = {}

-- Before Lua 5.2 `require` leaves a mark, whose type differs, at every module whose loading failed,
-- and raises wherever it finds one.
local function clear_marks()
  for name, value in pairs(package.loaded) do
    local is_module = type(value) == "table" or type(value) == "function"
    if name:find "^waba%." and not is_module then package.loaded[name] = nil end
  end
end

--- Loads a module. That it failed once (out of memory, say) is no reason to fail again.
---@param name string
---@return any module
function M.now(name)
  local sound, module = pcall(require, name)
  if sound then return module end
  clear_marks()
  error(module, 0)
end

--- Stands for a module, which is loaded when it is looked into or called.
---@param name string
---@return any
function M.later(name)
  local module
  known[#known + 1] = name
  local function get()
    module = module or M.now(name)
    return module
  end
  return setmetatable({}, {
    __index = function(_, key) return get()[key] end,
    __call = function(_, ...) return get()(...) end,
  })
end

--- Loads what was left for later: for who must not read files when he is asked for something.
function M.all()
  for _, name in ipairs(known) do M.now(name) end
end

return M
