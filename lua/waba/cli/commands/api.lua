local ask = require "waba.cli.ask"
local exit = require "waba.cli.exit"
local output = require "waba.cli.output"
local text = require "waba.cli.text"

local METHODS = { GET = "get", POST = "post", DELETE = "delete" }

local function params_of(words)
  local params = {}
  for _, word in ipairs(words) do
    local name, value = word:match("^([^=]+)=(.*)$")
    if not name then
      exit.fail("usage", ("%q is no parameter"):format(word), "write NAME=VALUE")
    end
    params[name] = value
  end
  return params
end

return {
  name = "api",
  summary = "Send one call that has no command of its own",
  text = "With the same token, pacing, retries and redaction as all others. What Graph answers is "
    .. "written as JSON; a list is read page by page with after=CURSOR. DELETE asks first, or "
    .. "wants --yes.",
  arguments = {
    { "METHOD", "GET, POST or DELETE" },
    { "PATH", "behind the version: 102290129340398/phone_numbers" },
    { "NAME=VALUE", "parameters; a list or an object as JSON", "*" },
  },
  options = {
    { "--yes", "do not ask" },
    { "--dry-run", "show what would be sent, and send no write" },
  },
  examples = {
    "waba api GET 102290129340398 fields=id,name --sandbox",
    "waba api POST 102290129340398/assigned_users user=1972555232742222 'tasks=[\"MANAGE\"]' "
      .. "--dry-run --sandbox",
  },
  run = function(ctx)
    local options = ctx.options
    local method = METHODS[options.method]
    if not method then
      exit.fail("usage", ("METHOD is %q, and must be GET, POST or DELETE"):format(options.method))
    end
    if options.csv or options.ndjson or options.fields then
      exit.fail("usage", "api writes what Graph answers, as JSON",
        "GET takes the parameter fields=NAMES")
    end
    local params = params_of(options["name=value"])
    if method == "delete" then ask.confirm(ctx, ("Send DELETE %s?"):format(options.path)) end
    local client = ctx:client()
    local answer, err = client[method](client, options.path, params)
    local kept = options.dry_run and require("waba.cli.dry_run").taken()
    if kept then
      output.write(text.line(kept), "\n")
      return
    end
    if not answer then return ctx:failed(err) end
    output.write(text.json(require("waba.core").json.encode(answer)), "\n")
  end,
}
