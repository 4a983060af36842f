-- SPDX-License-Identifier: MIT
-- The oracle of fuzz_batch.c: whatever a batch comes back with, each of its calls gets an answer
-- that it can read, and no call succeeds but by a word of its own.

local batch = require "waba.transport.batch"
local core = require "waba.core"
local turns = require "waba.turns"

local ITEMS = 4

local settings = assert(core.settings { access_token = "EAAcanary", max_attempts = 1 })
local statuses = { 200, 200, 200, 200, 400, 404, 429, 500, 503, 302, 201, 599 }
local kinds = { network = true, timeout = true, tls = true }

local function parse(text)
  local headers, at = {}, 1
  while true do
    local stop = text:find("\n", at, true)
    if not stop then return headers, text:sub(at) end
    local name, value = text:sub(at, stop - 1):match "^([^:]*):(.*)$"
    at = stop + 1
    if not name then return headers, text:sub(at) end
    headers[name] = value
  end
end

local function check_response(response)
  assert(response.status >= 100 and response.status <= 599 and response.status % 1 == 0, "status")
  assert(type(response.body) == "string", "body")
  for name, value in pairs(response.headers) do
    assert(type(name) == "string" and type(value) == "string", "header")
  end
end

local function new_call(writes)
  local call = writes and core.calls.assign(settings, "1", "2", "MANAGE")
    or core.calls.assigned_users(settings, "1", "2")
  assert(call:step(0, 0.5) == "send")
  return call
end

--- Ends a call by its answer; the step it came to.
local function finish(call, response, message, kind, sent)
  if response then
    check_response(response)
    call:feed(response)
  else
    assert(type(message) == "string" and kinds[kind] and sent == true, "loss")
    call:lost(message, kind, sent)
  end
  local step, value = call:step(0, 0.5)
  assert(step == "page" or step == "done" or step == "failed", step)
  return step, value
end

return function(writes, status, text)
  local headers, body = parse(text)
  local whole = { status = statuses[status % #statuses + 1], headers = headers, body = body }
  local turn = turns.new(function() return 0 end, function() end)
  local send = batch(function() return whole end, turn)
  local ended, list = 0, body:find "^%s*%["
  for i = 1, ITEMS do
    local write = writes % 2 ^ i >= 2 ^ (i - 1)
    turn:begin(function()
      local call = new_call(write)
      local request, timeout = call:request()
      local step, value = finish(call, send(request, timeout))
      assert(step == "failed" or list, "a success out of no list")
      assert(step ~= "done" or write)
      assert(not write or whole.status < 500 or value.kind == "indeterminate", "a write's fate")
      ended = ended + 1
    end)
  end
  for _ = 1, 10 do
    if turn.active > 0 then turn:go() end
  end
  assert(ended == ITEMS, "a call without an end")
end
