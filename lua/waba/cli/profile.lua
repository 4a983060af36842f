--- The config file, $XDG_CONFIG_HOME/waba/config: sections of `key = value`, a section a profile.
--
--   # a comment
--   [default]                  what holds where no --profile is given
--   token_command = pass show meta/waba
--   business = 9876543210987654
--
-- It names where a token is, and never holds one.

local env = require "waba.env"
local exit = require "waba.cli.exit"

local M = {}

--- What a profile may say.
M.keys = {
  { "token_file", "a file that nobody else can read; the token is in it" },
  { "token_command", "a command that prints the token; run without a shell" },
  { "app_id", "of the app that issued the token" },
  { "app_secret_file", "a file that nobody else can read; the app's secret is in it" },
  { "business", "id of the business, where a command line names none" },
  { "api_version", "of Graph" },
  { "timeout", "seconds for one call" },
  { "concurrency", "calls in flight at most" },
  { "graph_url", "where Graph is, such as the URL of a sandbox" },
}

local KNOWN = {}
for _, row in ipairs(M.keys) do KNOWN[row[1]] = true end

local ENOENT = 2

---@return string
function M.path()
  local folder = env "XDG_CONFIG_HOME" or (env "HOME" or "") .. "/.config"
  return folder .. "/waba/config"
end

--- "~/" at the beginning is the home folder.
function M.expand(path)
  return (path:gsub("^~/", function() return (env "HOME" or "~") .. "/" end))
end

local function check_key(key, where)
  if KNOWN[key] then return end
  if key:find("token") or key:find("secret") then
    exit.fail("usage", ("%s: %q: a secret never goes in here"):format(where, key),
      "name where it is: token_file, token_command or app_secret_file")
  end
  local names = {}
  for i, row in ipairs(M.keys) do names[i] = row[1] end
  exit.fail("usage", ("%s: there is no key %q"):format(where, key),
    "the keys are " .. table.concat(names, ", "))
end

local function parse(lines, path)
  local profiles, current, number = {}, nil, 0
  for line in lines do
    number = number + 1
    local where = ("%s:%d"):format(path, number)
    line = line:gsub("\r$", ""):match("^%s*(.-)%s*$")
    local section = line:match("^%[%s*(.-)%s*%]$")
    local key, value = line:match("^([%w_-]+)%s*=%s*(.-)$")
    if section then
      current = profiles[section] or {}
      profiles[section] = current
    elseif key then
      check_key(key, where)
      if not current then exit.fail("usage", where .. ": a section must come first: [default]") end
      current[key] = value
    elseif line ~= "" and not line:find("^[#;]") then
      exit.fail("usage", where .. ": neither [section] nor key = value nor # comment")
    end
  end
  return profiles
end

local function missing(name, path, profiles)
  local names = {}
  for known in pairs(profiles) do names[#names + 1] = known end
  table.sort(names)
  exit.fail("usage", ("--profile names %q, which is not in %s"):format(name, path),
    names[1] and "there are " .. table.concat(names, ", ") or "that file is not there, or empty")
end

--- A number of a profile's; nil where it says none.
---@param values table<string, string>
---@param key "timeout"|"concurrency"
---@return number|nil
function M.number(values, key)
  return require("waba.cli.arguments").number(key, values[key], M.path() .. ": " .. key)
end

--- The whole file; "" where there is none. One that is there and cannot be read is no absent one.
local function read(path)
  local file, message, code = io.open(path)
  local text
  if file then
    text, message = file:read("*a")
    file:close()
  elseif code == ENOENT then
    return ""
  end
  return text or exit.fail("failed", "the config file cannot be read: " .. tostring(message))
end

--- The profile of this name; without one the section `default`, where there is one.
---@param name string|nil
---@return table<string, string>
function M.load(name)
  local path = M.path()
  local profiles = parse((read(path) .. "\n"):gmatch("(.-)\n"), path)
  if name and not profiles[name] then missing(name, path, profiles) end
  return profiles[name or "default"] or {}
end

return M
