--- What a command is to be done to: accounts from the command line, from a CSV file, or all of a
-- business; with each of them the user and the tasks, from the command line or from the file.

local exit = require "waba.cli.exit"

local M = {}

--- The options that go with it.
M.options = {
  { "--business", "ID", "the business whose users are meant; default: the profile's" },
  { "--from", "FILE", "read them from a CSV file, - is standard input; its first line names the "
    .. "columns" },
  { "--all", "every account of the business, its own and those shared with it" },
}

---@class waba.cli.Target
---@field position integer 1 for the first
---@field line integer|nil of the CSV file
---@field waba string id or name
---@field user string|nil id or name
---@field tasks string[]|nil

---@class waba.cli.Targets
---@field total integer
---@field each fun(): fun(): waba.cli.Target|nil  goes through them, from the first one on

local function list_of(text)
  local list = {}
  for word in text:gmatch("[^%s,;|]+") do list[#list + 1] = word end
  return list
end

--- Several ids with commas between, or else one name, which may have commas in it.
local function accounts_of(word)
  if not word:find("^[%d,]+$") then return { word } end
  local ids = list_of(word)
  return ids[1] and ids or exit.fail("usage", ("WABA is %q: there is no id in it"):format(word))
end

local LABELS = { waba = "WABA", user = "USER", tasks = "TASK" }

local WAYS = { waba = "name accounts, or use --from FILE, or --all",
  user = "name a user, or put a column \"user\" into the file",
  tasks = "name tasks, or put a column \"tasks\" into the file" }

--- Takes from the command line what the file does not bring.
local function take_words(words, names, given)
  local taken, at = {}, 1
  for i, name in ipairs(names) do
    local rest = name == "tasks" or name == "waba" and i == #names
    if not given[name] then
      if not words[at] then
        exit.fail("usage", LABELS[name] .. " is missing on the command line", WAYS[name])
      end
      taken[name] = {}
      repeat
        if words[at] == "" then exit.fail("usage", LABELS[name] .. " is empty", WAYS[name]) end
        table.insert(taken[name], words[at])
        at = at + 1
      until not rest or not words[at]
    end
  end
  if words[at] then
    local from_file = next(given) and "; the rest is in the file, or all accounts are meant" or ""
    exit.fail("usage", ("%q is one word too many%s"):format(words[at], from_file))
  end
  return taken
end

-- ---- a file -------------------------------------------------------------------------------------

local function check(sound, message)
  return sound or exit.fail("failed", "--from -: it cannot be put aside: " .. tostring(message))
end

--- A file that can be read twice: what comes through a pipe is put aside first.
local function seekable(file)
  if file:seek("set") then return file end
  local copy = check(io.tmpfile())
  while true do
    local block, reason = file:read(65536)
    if reason then exit.fail("failed", "--from -: " .. reason) end
    if not block then break end
    check(copy:write(block))
  end
  check(copy:flush())
  return copy
end

local function open(path)
  if path == "-" then return seekable(io.stdin), "standard input" end
  local file, message = io.open(path, "rb")
  if not file then exit.fail("usage", "--from " .. message) end
  return seekable(file), path
end

local function check_row(values, line, name)
  for key in pairs(LABELS) do
    local value = values[key]
    if value and not value:find(key == "tasks" and "[^%s,;|]" or ".") then
      exit.fail("usage", ("%s:%d: the column %q is empty"):format(name, line, key))
    end
  end
end

--- Goes through all of it once, so that a mistake in its last line is told before the first call.
local function of_file(path, names)
  local known = {}
  for _, name in ipairs(names) do known[name] = true end
  local file, name = open(path)
  local csv, total = require("waba.cli.csv").open(file, name, known), 0
  if not csv.has.waba then
    exit.fail("usage", name .. ":1: there is no column \"waba\"",
      "the first line names the columns, such as " .. table.concat(names, ","))
  end
  for values, line in csv:records() do
    check_row(values, line, name)
    total = total + 1
  end
  return csv, total
end

--- An account, and the user and tasks that go with it; a file's cell wins over the command line.
local function target(position, waba, taken, values, line)
  local tasks = values.tasks and list_of(values.tasks) or taken.tasks
  return { position = position, line = line, waba = waba,
    user = values.user or taken.user and taken.user[1], tasks = tasks }
end

local function from_file(csv, total, taken)
  local function each()
    local next_record, position = csv:records(), 0
    return function()
      local values, line = next_record()
      if not values then return nil end
      position = position + 1
      return target(position, values.waba, taken, values, line)
    end
  end
  return { total = total, each = each }
end

local function from_list(accounts, taken)
  local function each()
    local position = 0
    return function()
      position = position + 1
      return accounts[position] and target(position, accounts[position], taken, {})
    end
  end
  return { total = #accounts, each = each }
end

--- Ids of all accounts of a business.
local function accounts_of_business(ctx)
  local ids, business = {}, ctx:business()
  for _, list in ipairs { "owned_accounts", "client_accounts" } do
    for account, failure in ctx:client():each(list, business) do
      if not account then exit.give_up(failure, "the accounts of business " .. business) end
      ids[#ids + 1] = account.id
    end
  end
  return ids
end

--- What the command line says.
---@param ctx waba.cli.Context
---@return waba.cli.Targets
function M.of(ctx)
  local options, names, given = ctx.options, ctx.command.targets, {}
  local words = options.words
  if options.from and options.all then
    exit.fail("usage", "--from and --all exclude each other")
  end
  if options.from then
    local csv, total = of_file(options.from, names)
    for name in pairs(csv.has) do given[name] = true end
    return from_file(csv, total, take_words(words, names, given))
  end
  given.waba = options.all
  local taken = take_words(words, names, given)
  if options.all then return from_list(accounts_of_business(ctx), taken) end
  local accounts = {}
  for _, word in ipairs(taken.waba) do
    for _, account in ipairs(accounts_of(word)) do accounts[#accounts + 1] = account end
  end
  return from_list(accounts, taken)
end

return M
