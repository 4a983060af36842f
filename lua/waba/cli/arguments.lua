--- The command line: which command it names, and what it says to it. lua-argparse reads the words.

local exit = require "waba.cli.exit"

local M = {}

---@class waba.cli.Command a file of lua/waba/cli/commands/
---@field name string one word or more: "system-users", "system-user create"
---@field summary string one line
---@field text string|nil more about it, paragraphs apart by an empty line
---@field arguments string[][]|nil in order, each { "NAME", "what it is", count }; count is "1" (the
---  default), "?", "*" or "+", as lua-argparse has it
---@field options string[][]|nil each { "--name", "what it does" }, or with a value
---  { "--name", "VALUE", "what it does" }; ctx.options has them as `name`, "-" replaced by "_"
---@field targets string[]|nil some of waba, user, tasks: then the arguments are what targets.lua
---  makes of them, and ctx.options.words has all
---@field columns string[]|nil of its rows
---@field examples string[] command lines that work as they are, in the sandbox
---@field run fun(ctx: waba.cli.Context): integer|nil the exit code; nil is 0

--- Those that every command takes.
M.common = {
  { "--token-file", "FILE",
    "read the access token from a file that nobody else can read; - is standard input" },
  { "--token-command", "COMMAND",
    "run a command, without a shell, for at most 10 s; it prints the token" },
  { "--profile", "NAME", "a section of the config file" },
  { "--sandbox",
    "talk to a Graph emulator in this process: no token, no network, nothing is kept" },
  { "--api-version", "VERSION", "of Graph, such as v26.0" },
  { "--timeout", "SECONDS", "for one call with all its pages and attempts" },
  { "--concurrency", "N", "calls in flight at most, 1 to 256" },
  { "--json", "write one JSON array" },
  { "--ndjson", "write one JSON object a line" },
  { "--csv", "write CSV with a line of column names; a cell that a spreadsheet would take for a "
    .. "formula has an apostrophe before it, which --from takes away" },
  { "--fields", "NAMES", "the columns to write, with commas between" },
  { "--quiet", "no words on standard error but what went wrong" },
  { "--verbose", "tell of every request and reply on standard error: method, path, status and "
    .. "seconds, without secrets" },
  { "--help", "say what the command does" },
}

local function key_of(option)
  return (option[1]:gsub("^%-%-", ""):gsub("%-", "_"))
end

local function takes_value(option)
  return option[3] ~= nil
end

local function option_named(word)
  for _, option in ipairs(M.common) do
    if option[1] == word then return option end
  end
end

--- The places of the words that are no options, up to the third: a command's name is among them.
local function first_words(argv)
  local places, i = {}, 1
  while argv[i] and #places < 3 do
    local word = argv[i]
    local option = option_named(word)
    if word == "--" then break end
    if not word:find("^%-.") then
      places[#places + 1] = i
    elseif option and takes_value(option) then
      i = i + 1
    elseif not option and #places > 0 then
      break -- an option of the command's own: its name is over
    end
    i = i + 1
  end
  return places
end

--- Finds the command that is named, the longest name first.
---@param argv string[]
---@param commands table<string, any> by name
---@return string|nil name
---@return string[] rest the other words
function M.find(argv, commands)
  local places = first_words(argv)
  for count = #places, 1, -1 do
    local words, taken = {}, {}
    for i = 1, count do words[i], taken[places[i]] = argv[places[i]], true end
    local name = table.concat(words, " ")
    if commands[name] then
      local rest = {}
      for i, word in ipairs(argv) do
        if not taken[i] then rest[#rest + 1] = word end
      end
      return name, rest
    end
  end
  return nil, argv
end

--- What lua-argparse makes of a command's arguments and options, for `parse` and for completion.
---@param command waba.cli.Command
function M.parser(command)
  local found, argparse = pcall(require, "argparse")
  if not found then
    exit.fail("failed", "lua-argparse is missing",
      "apt-get install lua-argparse, or luarocks install argparse")
  end
  local parser = argparse("waba " .. command.name):add_help(false)
  for _, argument in ipairs(not command.targets and command.arguments or {}) do
    parser:argument(argument[1]:lower()):args(argument[3] or "1"):description(argument[2])
  end
  if command.targets then parser:argument("words"):args("*") end
  for _, options in ipairs { command.options or {}, M.common } do
    for _, option in ipairs(options) do
      if takes_value(option) then
        parser:option(option[1]):argname(option[2]):target(key_of(option)):description(option[3])
      else
        parser:flag(option[1]):target(key_of(option)):description(option[2])
      end
    end
  end
  return parser
end

local function exclusive(options, ...)
  local given
  for _, name in ipairs { ... } do
    if options[name] then
      if given then
        local both = ("--%s and --%s exclude each other"):format(given, name)
        exit.fail("usage", (both:gsub("_", "-")))
      end
      given = name
    end
  end
end

local RANGES = {
  timeout = { least = 0.001, most = 86400 },
  concurrency = { least = 1, most = 256, whole = true },
}

--- The number that an option, or a key of the config file, has for a value.
---@param name string "timeout" or "concurrency"
---@param text string|nil
---@param what string how it is told of
---@return number|nil
function M.number(name, text, what)
  if not text then return nil end
  local value, range = tonumber(text), RANGES[name]
  local sound = value and value >= range.least and value <= range.most
  if sound and not (range.whole and value % 1 ~= 0) then return value end
  exit.fail("usage", ("%s is %q, and must be a %snumber from %g to %g"):format(what, text,
    range.whole and "whole " or "", range.least, range.most))
end

--- A token is not to be said back, not even as the name of a command that is not there.
---@param argv string[]
function M.refuse_tokens(argv)
  for _, word in ipairs(argv) do
    if word == "--" then return end
    if word:find("^%-%-access[_-]token") or word:find("^%-%-token=") or word == "--token" then
      exit.fail("usage", "a token never goes on the command line, where everybody can read it",
        "set WABA_ACCESS_TOKEN, or use --token-file or --token-command")
    end
  end
end

--- Reads the words behind a command's name.
---@param command waba.cli.Command
---@param words string[]
---@return table<string, any> options values by name, arguments too, in lower case
function M.parse(command, words)
  for _, word in ipairs(words) do
    if word == "--" then break end
    if word == "--help" or word == "-h" then return { help = true } end
  end
  local sound, result = M.parser(command):pparse(words)
  if not sound then
    exit.fail("usage", ("%s: %s"):format(command.name, result:gsub("\n", " ")),
      ("waba %s --help"):format(command.name))
  end
  exclusive(result, "json", "ndjson", "csv")
  exclusive(result, "quiet", "verbose")
  exclusive(result, "token_file", "token_command")
  exclusive(result, "sandbox", "profile")
  for name in pairs(RANGES) do result[name] = M.number(name, result[name], "--" .. name) end
  return result
end

return M
