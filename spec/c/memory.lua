-- SPDX-License-Identifier: MIT
-- What memory.c runs out of memory in: every public function. The scenarios are in memory/; one is
--   prepare()       without faults; what it returns is the context
--   run(context)    with faults: ends well, with the right result, or raises "not enough memory"
--   after(context)  without faults again: the client works, or is closed

local folder = module_folder -- luacheck: globals module_folder
package.path = folder .. "/lua/?.lua;" .. folder .. "/lua/?/init.lua;" .. package.path
package.cpath = folder .. "/?.so;" .. package.cpath
collectgarbage "collect"
-- Where memory fails while a trace is compiled, LuaJIT crashes by itself (its issues 52 and 1247).
if jit then jit.off() end

local TOKEN = "EAAcanarycanarycanarycanary0123456789"
local ACCOUNT, USER = "102290129340398", "1972555232742222"

-- The modules, loaded when they are first looked into.
local function lazy(name)
  return setmetatable({}, { __index = function(_, key) return require(name)[key] end })
end

local core, waba = lazy "waba.core", lazy "waba"

local unpack = table.unpack or unpack -- luacheck: ignore
local scenarios = {}

local function same(got, wanted, what)
  if got ~= wanted then
    error(("%s: got %s, wanted %s"):format(what, tostring(got), tostring(wanted)), 0)
  end
end

-- A transport that answers one reply after the other, the last one for ever.
local function stub(...)
  local replies, at = { ... }, 0
  return function(request)
    at = math.min(at + 1, #replies)
    same(request.headers.Authorization, "Bearer " .. TOKEN, "Authorization")
    local reply = replies[at]
    if type(reply) == "function" then return reply() end
    if reply.lost then return nil, reply.lost, reply.kind, reply.sent end
    return reply
  end
end

local function reply(status, body, headers)
  return { status = status, body = body, headers = headers or { ["x-fb-trace-id"] = "T" } }
end

local SUCCESS = reply(200, '{"success":true}')

-- What was to be woken and was not, for want of memory, goes on when its time has passed.
local function clock()
  local time = 0
  return { now = function() return time end, sleep = function(s) time = time + s end }
end

local function client_of(...)
  return assert(waba.new {
    access_token = TOKEN, app_secret = "s3cret", max_attempts = 1,
    transport = stub(...), clock = clock(),
  })
end

-- Works with a transport that says success from now on, or is closed.
local function check_client(client)
  if client:closed() then
    local ok, err = client:assign(ACCOUNT, USER, "MANAGE")
    same(ok, nil, "closed")
    same(err.kind, "closed", "closed")
    return
  end
  local seen
  for _ = 1, 8 do
    local ok, err = client:unassign(ACCOUNT, USER)
    seen = ok and ok or err.kind
    if ok then break end
  end
  same(seen, true, "afterwards")
  client:close()
  same(client:closed(), true, "closed")
  same(tostring(client), "waba.Client: closed", "tostring")
end

local function scenario(name, parts)
  parts.name = name
  local prepare = parts.prepare
  if not parts.bare then
    parts.prepare = function()
      require "waba"
      if not parts.lazy then require("waba.load").all() end
      return prepare and prepare()
    end
  end
  scenarios[#scenarios + 1] = parts
end

-- One call on a client whose replies these are; then the client must still work.
local function call(name, replies, run, after)
  replies[#replies + 1] = SUCCESS
  scenario(name, {
    prepare = function() return client_of(unpack(replies)) end,
    run = run,
    after = after or check_client,
  })
end

-- A page of a list, and the next one's cursor where there is one.
local function page(id, after)
  local item = ('{"id":"%s","name":"N","tasks":["MANAGE"]}'):format(id)
  local paging = after
    and (',"paging":{"cursors":{"after":"%s"},"next":"https://x/?a"}'):format(after) or ""
  return reply(200, ('{"data":[%s],"summary":{"total_count":3}%s}'):format(item, paging))
end

-- The second is how lua-cjson says it.
local function is_out_of_memory(message)
  message = tostring(message)
  return message:find("not enough memory", 1, true)
    or message:find("Memory allocation error", 1, true)
end

-- The message of an error that must be raised; running out of memory goes on.
local function raised(f, ...)
  local ok, message = pcall(f, ...)
  same(ok, false, "raised")
  if is_out_of_memory(message) then error(message, 0) end
  return message
end

-- A step that ran out of memory can be taken again: nothing has changed.
local function again(f, ...)
  for _ = 1, 4 do
    local result = { pcall(f, ...) }
    if result[1] then return unpack(result, 2, 4) end
    if not is_out_of_memory(result[2]) then error(result[2], 0) end
  end
  error("not enough memory", 0)
end

local kit = {
  ACCOUNT = ACCOUNT, USER = USER, TOKEN = TOKEN, SUCCESS = SUCCESS,
  core = core, waba = waba, scenario = scenario, call = call, same = same, raised = raised,
  again = again, stub = stub, reply = reply, page = page,
  client_of = client_of, check_client = check_client,
}

for _, part in ipairs { "client", "call", "operations", "reply", "driver", "transport",
  "fleet" } do
  assert(loadfile("spec/c/memory/" .. part .. ".lua"))(kit)
end

return scenarios
