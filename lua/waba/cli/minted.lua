--- A token that has just been made: it is shown once, or goes into a file, and is nowhere else.

local exit = require "waba.cli.exit"

local M = {}

M.columns = { "access_token", "expires_in" }

M.option = { "--to", "FILE", "write the token into this file, for this user only, and not to "
  .. "standard output" }

local function to_file(ctx, token, path)
  local done, message = require("waba.core").file.replace(path, token .. "\n")
  if not done then
    exit.fail("failed", ("--to %s: %s"):format(path, message),
      "a token was made and is lost: `waba system-user token invalidate` ends all of the user's")
  end
  ctx.say:note("written: " .. path)
end

local function to_output(ctx, made)
  local sound, failure = pcall(function()
    local rows = ctx:rows(M.columns)
    rows:add(made)
    rows:finish()
    require("waba.cli.output").flush()
  end)
  if sound then return end
  if exit.is_failure(failure) then
    exit.fail("failed", failure.message,
      "a token was made and is lost: `waba system-user token invalidate` ends all of the user's")
  end
  error(failure, 0)
end

--- Sees to it that there is a secret to make a token with, and a place to put it, before one is
--- made.
---@param ctx waba.cli.Context
function M.prepare(ctx)
  ctx:needs_secret()
  local path, fields = ctx.options.to, ctx.options.fields
  if path then
    local placed, message = require("waba.core").file.probe(path)
    if not placed then exit.fail("failed", "--to: " .. message) end
    if require("waba.posix").is_special(path) then
      exit.fail("usage", ("--to %s: it is not a regular file"):format(path))
    end
  elseif fields and not ("," .. fields .. ","):find(",access_token,", 1, true) then
    exit.fail("usage", "--fields leaves the token out, and nothing else keeps it",
      "name access_token, or use --to FILE")
  end
end

--- Hands over what create_token or refresh_token answered.
---@param ctx waba.cli.Context
---@param made { access_token: string, expires_in: integer|nil }
function M.hand_over(ctx, made)
  if ctx.options.to then return to_file(ctx, made.access_token, ctx.options.to) end
  to_output(ctx, made)
end

return M
