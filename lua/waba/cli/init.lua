--- The command `waba`: a thin layer over the library. Nothing is loaded before it is needed.

local exit = require "waba.cli.exit"
local unpack = require "waba.unpack"

local M = {}

local function write(text)
  local output = require "waba.cli.output"
  output.write(text)
  output.flush()
end

local function overview(argv)
  local help, commands = require "waba.cli.help", require "waba.cli.commands"
  local text = help.overview(commands.all())
  local word = argv[1]
  if word == "help" and argv[2] then
    local words = { unpack(argv, 2) }
    words[#words + 1] = "--help"
    return M.run(words)
  end
  if not word or word == "help" or word == "--help" or word == "-h" then
    write(text)
    return word and exit.done or exit.usage
  end
  if word == "--version" then return M.run { "version" } end
  for _, candidate in ipairs(argv) do
    if not candidate:find("^%-") then
      word = candidate
      break
    end
  end
  local begun = {}
  for _, command in ipairs(commands.modules) do
    if command[1]:find(word .. " ", 1, true) == 1 then begun[#begun + 1] = command[1] end
  end
  exit.fail("usage", ("there is no command %q"):format(require("waba.core").redact(word)),
    begun[1] and "there are " .. table.concat(begun, ", ") or "waba --help lists them")
end

--- Runs one command line; raises what goes wrong.
---@param argv string[]
---@return integer code
function M.run(argv)
  local arguments, commands = require "waba.cli.arguments", require "waba.cli.commands"
  arguments.refuse_tokens(argv)
  local name, words = arguments.find(argv, commands.by_name)
  if not name then return overview(argv) end
  local command = commands.load(name)
  local options = arguments.parse(command, words)
  if options.help then
    write(require("waba.cli.help").command(command))
    return exit.done
  end
  if options.fields and command.columns and not options.dry_run then -- before anything is sent
    require("waba.cli.output").select(options.fields, command.columns)
  end
  local ctx = require("waba.cli.context").new(command, options)
  local code = command.run(ctx) or exit.done
  require("waba.cli.output").flush()
  return code
end

--- Runs a command line to its exit code.
---@param argv string[]
---@return integer code
function M.main(argv)
  local say = require("waba.cli.say").new()
  local sound, result = pcall(M.run, argv)
  if sound then return result end
  if exit.is_failure(result) then
    if not result.silent then say:problem(result.message, result.hint) end
    return result.code
  end
  if exit.is_interrupt(result) then
    say:problem("interrupted", "what was under way may have been done: look before sending again")
    return exit.interrupted
  end
  error(result, 0)
end

return M
