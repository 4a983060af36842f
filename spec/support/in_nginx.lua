--- Inside the nginx of a spec: runs the Lua that the spec sends, and answers what it returned.

local json = require "cjson"

local M = {}

-- Arguments and results may have holes, which JSON's lists may not.
local function pack(...)
  local values = {}
  for i = 1, select("#", ...) do values[tostring(i)] = (select(i, ...)) end
  return { n = select("#", ...), values = values }
end

local function null_is_nil(value)
  if type(value) ~= "table" then return value end
  for key, item in pairs(value) do
    if item == json.null then value[key] = nil else null_is_nil(item) end
  end
  return value
end

local function run(text)
  local length, rest = text:match("^(%d+)\n(.*)$")
  local arguments = null_is_nil(json.decode(rest:sub(1, length)))
  local chunk, message = loadstring(rest:sub(length + 1), "=spec")
  if not chunk then return { raised = message } end
  local results = { pcall(function()
    return pack(chunk(unpack(arguments.args, 1, arguments.n)))
  end) }
  if not results[1] then return { raised = tostring(results[2]) } end
  return results[2]
end

local function body()
  ngx.req.read_body()
  return ngx.req.get_body_data()
end

--- No ngx.exit, which would end what is left open too.
local function say(results)
  local text = json.encode(results)
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

-- ---- clients ------------------------------------------------------------------------------------

--- A transport over a subrequest to the location /capture, which passes it on: it yields, as
--- cosockets do, and is there in every nginx.
local function capture(request)
  local target, path = request.url:match("^http://([^/]+)(.*)$")
  local reply = ngx.location.capture("/capture", {
    method = ngx["HTTP_" .. request.method], body = request.body,
    vars = { target = target, path = path, authorization = request.headers.Authorization,
      agent = request.headers["User-Agent"], type = request.headers["Content-Type"] or "" },
  })
  if reply.status == 599 then return nil, "the upstream is gone", "network", true end
  local headers = {}
  for name, value in pairs(reply.header) do headers[name:lower()] = tostring(value) end
  return { status = reply.status, headers = headers, body = reply.body }
end

-- A clock on which no time passes, and a store that keeps nothing, so that nothing is waited for.
local STILL = { now = function() return 0 end, sleep = function() end,
  random = function() return 0 end }
local FORGETFUL = { get = function() end, set = function() end,
  incr = function(_, _, n, init) return (init or 0) + n end }

--- Ways to make a client: by name, as specs give it.
M.CLIENTS = {
  threads = function() return { via = "threads", thread_pool = "waba" } end,
  cosockets = function() return { via = "cosockets" } end,
  capture = function() return { transport = capture } end,
  plain = function() return { transport = require("waba.sandbox").new() } end,
  blocking = function() return { allow_blocking = true } end,
}

---@param way string of M.CLIENTS
---@param options table|nil of the client; `still`: no time passes; `budget`: name of a dictionary
function M.client(way, options)
  local settings = M.CLIENTS[way]()
  for name, value in pairs(options or {}) do settings[name] = value end
  if settings.still then settings.clock, settings.budget, settings.still = STILL, FORGETFUL, nil end
  if type(settings.budget) == "string" then settings.budget = ngx.shared[settings.budget] end
  local module = way == "blocking" and "waba" or "waba.resty"
  return assert(require(module).new(settings))
end

--- One call on a client of its own.
function M.call(way, options, operation, n, arguments)
  local close = options.close
  options.close = nil
  local client = M.client(way, options)
  if close then client:close() end
  return client[operation](client, unpack(arguments, 1, n))
end

local kept = {}

--- Answers how many users a list has, or what went wrong: /list?way=&graph=&ms=
function M.list()
  local args = ngx.req.get_uri_args()
  local way, options = args.way or "threads", { access_token = "EAATEST", base_url = args.graph }
  options.attempt_timeout = tonumber(args.attempt_timeout)
  options.max_attempts = tonumber(args.max_attempts)
  local key = way .. (args.attempt_timeout or "")
  kept[key] = kept[key] or M.client(way, options)
  local users, err = kept[key]:system_users(args.ms)
  local outcome = users and "done" or err.kind
  if args.id then ngx.log(ngx.NOTICE, "outcome of ", args.id, ": ", outcome) end
  local text = users and tostring(#users) or err.kind .. ": " .. err.message
  ngx.status = users and 200 or 500
  ngx.header["Content-Length"] = #text
  ngx.print(text)
end

-- ---- what nginx runs ----------------------------------------------------------------------------

function M.content() return say(run(body())) end

function M.timer()
  local semaphore = require "ngx.semaphore"
  local ended, results = semaphore.new(), nil
  local text = body()
  assert(ngx.timer.at(0, function()
    results = run(text)
    ended:post()
  end))
  ended:wait(60)
  return say(results or { raised = "the timer did not end" })
end

return M
