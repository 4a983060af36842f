--- Where the access token comes from; never from the command line.

local env = require "waba.env"
local exit = require "waba.cli.exit"
local profile = require "waba.cli.profile"

local M = {}

local LONGEST_COMMAND = 10 -- seconds
local WAYS = "set WABA_ACCESS_TOKEN, or use --token-file, --token-command or --profile; "
  .. "--sandbox tries everything without one"

local function trimmed(text, what)
  local token = text:match("^%s*(.-)%s*$")
  if token == "" then exit.fail("auth", what .. ": there is nothing in it") end
  return token
end

--- The content of a file that only its owner may read.
---@param path string
---@param what string the option or key that names it
---@return string
function M.read_private(path, what)
  path = profile.expand(path)
  local content, message = require("waba.posix").read_private(path)
  local label = ("%s %s"):format(what, path)
  if content then return trimmed(content, label) end
  local guarded = message:find("^it ") or message:find("^others ")
  exit.fail(guarded and "refused" or "auth", ("%s: %s"):format(label, message),
    guarded and ("make it a file of your own, and chmod 600 %s"):format(path) or nil)
end

--- A command line's words: apart by blanks; quotes keep what is in them as it is, a backslash
--- outside of them the next character; nothing else of a shell.
---@param line string
---@return string[]|nil words nil: a quote is not closed
function M.words(line)
  local words, word, i = {}, nil, 1
  while i <= #line do
    local char = line:sub(i, i)
    if char == "'" or char == '"' then
      local close = line:find(char, i + 1, true)
      if not close then return nil end
      word, i = (word or "") .. line:sub(i + 1, close - 1), close
    elseif char == "\\" then
      word, i = (word or "") .. line:sub(i + 1, i + 1), i + 1
    elseif char:find("%s") then
      words[#words + 1], word = word, nil
    else
      word = (word or "") .. char
    end
    i = i + 1
  end
  words[#words + 1] = word
  return words
end

local MOST_WORDS = 64

local function from_command(line, what)
  local words = M.words(line)
  if words and #words > MOST_WORDS then
    exit.fail("usage", ("%s: more than %d words"):format(what, MOST_WORDS))
  end
  if not words or not words[1] then
    exit.fail("usage", what .. (words and ": it is empty" or ": a quote is not closed"))
  end
  local content, message = require("waba.posix").run(words, LONGEST_COMMAND)
  local label = ("%s (%s)"):format(what, words[1])
  if content then return trimmed(content, label) end
  exit.fail("auth", ("%s: %s"):format(label, message),
    "it is run without a shell, must print the token, and has 10 seconds")
end

local function from_stdin(options)
  if options.from == "-" then
    exit.fail("usage", "--token-file - and --from - cannot both read standard input")
  end
  return trimmed(io.read("*a") or "", "--token-file -")
end

local function from_profile(values)
  if values.token_file then return M.read_private(values.token_file, "token_file") end
  if values.token_command then return from_command(values.token_command, "token_command") end
end

--- What is said last wins: options, a profile that is named, the environment, the default profile.
---@param ctx waba.cli.Context
---@return string
function M.find(ctx)
  local options, values = ctx.options, ctx:profile()
  if options.token_file == "-" then return from_stdin(options) end
  if options.token_file then return M.read_private(options.token_file, "--token-file") end
  if options.token_command then return from_command(options.token_command, "--token-command") end
  local token
  if options.profile then token = from_profile(values) or env "WABA_ACCESS_TOKEN"
  else token = env "WABA_ACCESS_TOKEN" or from_profile(values) end
  return token or exit.fail("auth", "there is no access token", WAYS)
end

return M
