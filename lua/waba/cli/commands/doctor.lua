local TOKEN = { token = true, type = true, scopes = true, expiry = true, proof = true }

--- The first failure decides, one of the token before others. Days that are asked for and not known
--- are no success.
local function code_of(findings, days)
  local exit, code, known = require "waba.cli.exit", nil, not days
  for _, finding in ipairs(findings) do
    known = known or finding.check == "expiry" and finding.level ~= "unknown"
    if finding.level == "fail" then
      if TOKEN[finding.check] then return exit.auth end
      code = exit.failed
    end
  end
  return code or known and exit.done or exit.partial
end

local function min_days(ctx)
  local text = ctx.options.min_days
  if not text then return nil end
  local days = tonumber(text)
  if days and days >= 0 and days < 36500 then return days end
  require("waba.cli.exit").fail("usage", ("--min-days is %q, and must be a number of days"):format(
    text))
end

--- Why there is no token to look at; the client is then made with one that is never sent.
local function no_token(ctx)
  local exit = require "waba.cli.exit"
  local sound, failure = pcall(ctx.token, ctx)
  if sound then return nil end
  local about_token = exit.is_failure(failure)
    and (failure.code == exit.auth or failure.code == exit.refused)
  if not about_token then error(failure, 0) end
  ctx.found_token = "none"
  return failure
end

return {
  name = "doctor",
  summary = "Look at all that access to Graph rests on, and say what to do",
  text = "Looks at the versions of what it runs on, the way to Graph and its certificate, the "
    .. "clock, the token with its type, permissions and days left, the app secret proof, the ids "
    .. "that are given, and what is used of the hour's calls. Each finding is ok, warn, fail or "
    .. "unknown, with what to do.\n\n"
    .. "The exit code is 7 where something of the token or the proof failed, 1 where something "
    .. "else did, 3 where --min-days is given and the days are not known, and 0 otherwise, "
    .. "whatever was warned of: `waba doctor --min-days 14` is for cron.",
  arguments = { { "ID", "of which to say whether it is a business, an account or a user", "*" } },
  options = { { "--min-days", "N", "a token that ends in fewer days fails" } },
  columns = { "level", "check", "finding", "advice" },
  examples = {
    "waba doctor 9876543210987654 102290129340398 --sandbox",
    "waba doctor --min-days 14 --csv --sandbox",
  },
  run = function(ctx)
    local days = min_days(ctx)
    local missing = no_token(ctx)
    local client, settings = ctx:client()
    local findings = require("waba.cli.doctor").examine(client, {
      token = settings.access_token, app_id = settings.app_id, proof = settings.app_secret ~= nil,
      ids = ctx.options.id, min_days = days, no_token = missing,
    })
    local rows = ctx:rows()
    for _, finding in ipairs(findings) do rows:add(finding) end
    rows:finish()
    return code_of(findings, days)
  end,
}
