local exit = require "waba.cli.exit"
local matrix = require "waba.cli.access"

--- A pipe or a device is written into; a file is the old one or the new one, whole where it can be.
---@return true|nil, string|nil message
local function write(path, text)
  if not require("waba.posix").is_special(path) then
    return require("waba.core").file.share(path, text)
  end
  local file, message = io.open(path, "w")
  if not file then return nil, message end
  local sound, reason = file:write(text)
  local closed, late = file:close()
  if sound and closed then return true end
  return nil, path .. ": " .. (reason or late)
end

--- The page, written where it was asked for.
local function write_page(ctx, access, path)
  local client = ctx:client()
  local business = client:get(access.business, { fields = "name" }) or {}
  local html = require("waba.cli.page").render(access, {
    source = ctx.options.sandbox and "the sandbox in this process, not from Graph"
      or client.settings:describe(),
    business_name = business.name,
  })
  local done, message = write(path, html)
  if not done then exit.fail("failed", "--html " .. message) end
  ctx.say:note("written: " .. path)
end

--- A page has no columns.
local function check_page(options)
  for _, name in ipairs { "json", "ndjson", "csv", "fields" } do
    if options[name] then
      exit.fail("usage", ("--html and --%s exclude each other"):format(name))
    end
  end
end

return {
  name = "access",
  summary = "Say who may do what on every account of a business",
  text = "A row for each user on each account; one without a user where nobody is on an account, "
    .. "or where it could not be read: then \"error\" says why. Tasks that Graph did not tell are "
    .. "marked \"unknown\" there. Where anything is not known, the exit code is 3.\n\n"
    .. "It reads user by user and many accounts at a time where that answers.",
  arguments = { { "BUSINESS", "id of the business; default: the profile's", "?" } },
  options = {
    { "--html", "FILE", "write one self-contained page instead, which can be searched and sorted" },
  },
  columns = { "waba", "waba_name", "ownership", "user", "user_name", "user_type", "tasks",
    "error" },
  examples = {
    "waba access 9876543210987654 --sandbox",
    "waba access 9876543210987654 --html access.html --sandbox",
  },
  run = function(ctx)
    local business = ctx:business()
    if ctx.options.html then check_page(ctx.options) end
    local rows = not ctx.options.html and ctx:rows() -- checks --fields before anything is sent
    local access, err = matrix.read(ctx, business)
    if not access then return ctx:failed(err) end
    if not rows then
      write_page(ctx, access, ctx.options.html)
    else
      matrix.each(access, function(account, user, tasks)
        user = user or {}
        rows:add {
          waba = account.id, waba_name = account.name, ownership = account.ownership,
          user = user.id, user_name = user.name, user_type = user.user_type,
          tasks = tasks ~= "unknown" and tasks or nil,
          error = matrix.trouble(account, user.id and user, tasks),
        }
      end)
      rows:finish()
    end
    return matrix.tell(ctx, access) > 0 and exit.partial or exit.done
  end,
}
