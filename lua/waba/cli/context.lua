--- What a command is given: its options, and the ways to a client, to output and to people.

local exit = require "waba.cli.exit"

---@class waba.cli.Context
---@field command waba.cli.Command
---@field options table<string, any>
---@field say waba.cli.Say
local Context = {}
Context.__index = Context

local M = {}

---@param command waba.cli.Command
---@param options table<string, any>
---@return waba.cli.Context
function M.new(command, options)
  local say = require("waba.cli.say").new()
  say.quiet = options.quiet or false
  require("waba.posix").ignore_broken_pipes()
  return setmetatable({ command = command, options = options, say = say }, Context)
end

--- What the config file says, under --profile or as the default.
---@return table<string, string>
function Context:profile()
  self.values = self.values or require("waba.cli.profile").load(self.options.profile)
  return self.values
end

--- A client for what the command line, the profile and the environment say.
---@return waba.Client
---@return waba.Options # what it was made with
function Context:client()
  if not self.made then self.made, self.made_with = require("waba.cli.client").new(self) end
  return self.made, self.made_with
end

--- Ends the command where there is no app secret.
function Context:needs_secret()
  local _, settings = self:client()
  if settings.app_secret then return end
  exit.fail("auth", "the app secret is not known, and this takes it",
    "set WABA_APP_SECRET, or app_secret_file in a profile")
end

--- Ends the command where there is no app id.
function Context:needs_app_id()
  local _, settings = self:client()
  if settings.app_id then return end
  exit.fail("usage", "the app_id is not known, and this takes it",
    "use --app-id, or set WABA_APP_ID, or app_id in a profile")
end

--- The token in use, for calls that are about it.
---@return string
function Context:token()
  if self.options.sandbox then return require("waba.cli.sandbox").settings().access_token end
  self.found_token = self.found_token or require("waba.cli.token").find(self)
  return self.found_token
end

--- The id of a system user who is given by id or name; ends the command where there is none.
---@param word string
---@return string
function Context:user(word)
  local id, err = require("waba.cli.names").user(self, word)
  return id or exit.give_up(err, "USER " .. word)
end

--- Writes rows as the options say.
---@param columns string[]|nil default: the command's
function Context:rows(columns)
  return require("waba.cli.output").new(self.options, columns or self.command.columns)
end

--- How many calls may be in flight.
---@return integer|nil
function Context:concurrency()
  return self.options.concurrency
    or require("waba.cli.profile").number(self:profile(), "concurrency")
end

--- The business that is meant: the argument or --business, the sandbox's, or the profile's.
---@return string id
function Context:business()
  local id = self.options.business
    or self.options.sandbox and require("waba.cli.sandbox").business()
    or self:profile().business
  if id then return id end
  exit.fail("usage", "no business is given",
    "pass the id of the business, as Business Settings > Business Info shows it, "
    .. "or put business = ID into " .. require("waba.cli.profile").path())
end

--- Tells of an error of the library; the exit code is the result.
---@param err waba.Error
---@param what string|nil which item it was about
---@return integer code
function Context:failed(err, what)
  self.say:problem(exit.describe(err, what))
  return exit.of(err)
end

return M
