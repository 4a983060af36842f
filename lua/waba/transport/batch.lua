--- Many requests as one: what waits at the same time becomes one batch call of Graph, and each gets
-- its own reply. It saves round trips, not budget: Graph counts every item.
--
-- Whether to send again is not decided here. An item that Graph left unanswered (null, or missing)
-- is told as a lost reply, and its call does what it does after any: a read is sent again, in a
-- later batch; a write is indeterminate.

local called_off = require "waba.transport.called_off"
local is_interrupt = require "waba.interrupt"
local json = require("waba.core").json
local unpack = require "waba.unpack"

local MOST = 50 -- items that Graph takes in one batch
local GRACE = 0.1 -- seconds: what ends as the batch ends is told by the batch

---@class waba.batch.Item
---@field request table as the transport's contract has it
---@field relative_url string from the version on
---@field due number seconds, on the clock of the turns
---@field answer table|nil what the transport shall return for it
---@field leads boolean|nil its coroutine is to carry the lot

--- Where a request goes, and what of it Graph looks at in a batch. nil: it cannot be an item.
local function split(url)
  local at = url:find("/v%d+%.%d+/")
  if at then return url:sub(1, at), url:sub(at + 1) end
end

-- A POST that stands for another method. Nobody says whether Graph looks for that in an item.
local function names_method(request)
  return request.body ~= nil and request.body:find("^method=") ~= nil
end

local function escape(text)
  return (text:gsub("[^%w._~-]", function(char) return ("%%%02X"):format(char:byte()) end))
end

-- By hand, so that the same requests make the same bytes.
local function encode(item)
  local request = item.request
  local body = request.body and ',"body":' .. json.encode(request.body) or ""
  return ('{"method":%s,"relative_url":%s%s,"omit_response_on_success":false}'):format(
    json.encode(request.method), json.encode(item.relative_url), body)
end

-- Meta's page wants `access_token` beside the batch. It is left to the header, as in every other
-- call: the two are equal elsewhere in Graph, and bodies end up in more places.
local function envelope(lot)
  local items, headers = {}, {}
  for i, item in ipairs(lot) do items[i] = encode(item) end
  for name, value in pairs(lot[1].request.headers) do headers[name] = value end
  headers["Content-Type"] = "application/x-www-form-urlencoded"
  return {
    method = "POST",
    url = lot.root .. (lot.proof and "?" .. lot.proof or ""),
    headers = headers,
    body = "include_headers=true&batch=" .. escape("[" .. table.concat(items, ",") .. "]"),
  }
end

local APP, ACCOUNTS = "x-app-usage", "x-business-use-case-usage"

local function account_of(item) return item.relative_url:match("^[^/]+/(%d+)") or "" end

-- What the reply to the whole says of the budgets: of the app, and of accounts by their ids; or of
-- them all, where it names none of the items'.
local function usage_of(whole, lot)
  local headers = type(whole.headers) == "table" and whole.headers or {}
  local of_all = type(headers[ACCOUNTS]) == "string" and headers[ACCOUNTS] or nil
  local accounts = of_all and json.items(of_all) or {}
  for _, item in ipairs(lot) do
    if accounts[account_of(item)] then of_all = nil end
  end
  return { app = headers[APP], accounts = accounts, of_all = of_all }
end

-- That stands for an item that says nothing itself, as far as it is about the item: what is said of
-- one account must not hold up the others.
local function headers_of(part, item, usage)
  local id = account_of(item)
  local said = usage.accounts[id]
  local headers = { [APP] = usage.app,
    [ACCOUNTS] = said and json.encode { [id] = said } or usage.of_all }
  for _, header in ipairs(type(part.headers) == "table" and part.headers or {}) do
    local named = type(header) == "table" and type(header.name) == "string"
    if named and type(header.value) == "string" then headers[header.name:lower()] = header.value end
  end
  return headers
end

local UNANSWERED = "Graph ended the batch before this request was answered"

local function answer_of(part, item, usage)
  local code = type(part) == "table" and tonumber(part.code)
  if not code or code % 1 ~= 0 or code < 100 or code > 599 then
    return { nil, UNANSWERED, "timeout", true }
  end
  local body = type(part.body) == "string" and part.body or ""
  return { { status = code, headers = headers_of(part, item, usage), body = body } }
end

-- Where an error stands in a reply: today, and in older parts of Graph. As csrc/lua_reply.c has it.
local ERRORS = { "error", "error_code", "error_type", "error_msg" }

local function is_refusal(reply)
  for _, name in ipairs(ERRORS) do
    if reply[name] ~= nil and type(reply[name]) ~= "userdata" then return true end -- JSON's null
  end
  return false
end

local NO_LIST = "the reply to the batch was not a list of replies"

--- Gives every item its answer out of the reply to the whole. A refusal of the whole is each one's
--- reply; but where parts may have been carried out all the same, a write's reply is lost.
local function distribute(lot, whole)
  local parts, usage = json.items(whole.body or "") or { none = true }, usage_of(whole, lot)
  local status = tonumber(whole.status) or 0
  local fine = status >= 200 and status < 300
  local refused = is_refusal(parts)
  local list = parts[1] ~= nil or next(parts) == nil
  for i, item in ipairs(lot) do
    local writes = item.request.method ~= "GET"
    if fine and list then
      item.answer = answer_of(parts[i], item, usage)
    elseif fine and not refused or writes and status >= 500 then
      item.answer = { nil, NO_LIST, "network", true }
    else
      item.answer = { whole }
    end
  end
end

local LATE = "the timeout passed before the batch was answered"

--- Carries a lot within so many seconds, and answers its items. A lot of one goes as the plain
--- request it is.
local function carry(transport, lot, timeout)
  lot.left = true
  if timeout > 0 and not lot[2] then
    lot[1].answer = { transport(lot[1].request, timeout) }
    return
  end
  local whole, message, kind, sent = nil, LATE, "timeout", false
  if timeout > 0 then whole, message, kind, sent = transport(envelope(lot), timeout) end
  if type(whole) == "table" then return distribute(lot, whole) end
  for _, item in ipairs(lot) do item.answer = { whole, message, kind, sent } end
end

--- Requests that wait, in lots: what shares a host, a token and a proof.
---@param lots table those that may be joined by key; all that are not answered, in order of their
---  first request
---@param item waba.batch.Item is put into its lot
local function join(lots, item, root)
  local proof = item.request.url:match("[?&](appsecret_proof=%x+)")
  local token = item.request.headers.Authorization or ""
  local key = table.concat({ root, token, proof or "" }, "\n")
  local lot = lots[key]
  if lot then
    lot[#lot + 1] = item
  else
    lot = { item, key = key, root = root, proof = proof, left = false }
    lots[key], lots[#lots + 1] = lot, lot
  end
  return lot
end

local function remove(list, what)
  for i, other in ipairs(list) do
    if other == what then return table.remove(list, i) end
  end
end

--- Nothing joins the lot any more. One whose time ends last carries it: one that has little time
--- does not take the others down.
local function appoint(turns, lots, lot)
  lots[lot.key] = nil
  local leader = lot[1]
  for _, item in ipairs(lot) do
    if item.due > leader.due then leader = item end
  end
  leader.leads = true
  turns:wake(leader)
end

--- Nothing of the lot has left, and nothing will.
local function call_off(lot)
  lot.sound = true
  for _, item in ipairs(lot) do item.answer = { nil, "the batch was called off", called_off } end
end

--- Takes an item out of a lot that has not left.
local function leave(lots, lot, item)
  remove(lot, item)
  if lot[1] then return end
  lots[lot.key] = nil
  remove(lots, lot)
end

local function wake(turns, lot)
  for _, item in ipairs(lot) do turns:wake(item) end
end

--- Carries the lot, and wakes the others with their answers. Ctrl-C on LuaJIT may end whoever does:
--- the lot is in `lots` until all is done.
local function lead(transport, turns, lots, lot, leader)
  if turns.over then
    call_off(lot)
  else
    lot.sound, lot.raised = pcall(carry, transport, lot, leader.due - turns.now())
  end
  wake(turns, lot)
  remove(lots, lot)
end

local INTERRUPTED = "the batch was interrupted"

--- What came of an item. An error that the transport raised is everyone's; but Ctrl-C is heard
--- once, and the others' replies are lost.
local function outcome(lot, item)
  if lot.sound then return unpack(item.answer, 1, 4) end
  if item.leads or not is_interrupt(lot.raised) then error(lot.raised, 0) end
  return unpack(item.answer or { nil, INTERRUPTED, "network", lot.left }, 1, 4)
end

--- Makes a transport that batches requests over another one. Requests are put together while they
--- come from coroutines of `turns`; any other goes alone, as it is. A batch goes when 50 requests
--- for the same host under the same token wait, when nobody else can run, or a little later where
--- somebody always can. It has the longest timeout of its items; an item that has less time is
--- answered when that ends.
---@param transport waba.Transport
---@param turns waba.Turns or what has its `now`, `runs_here`, `await` and `wake`, calls `idle` and
---  `call_off`, and has `over`
---@return waba.Transport
return function(transport, turns)
  local lots = {}

  --- What waits goes now.
  function turns.idle()
    for _, lot in ipairs(lots) do
      if lots[lot.key] == lot then return appoint(turns, lots, lot) end
    end
  end

  --- What has not left is called off, and what has its answers is told.
  function turns.call_off()
    for _, lot in ipairs(lots) do
      if not lot.left then call_off(lot) end
      if lot.sound ~= nil then wake(turns, lot) end
    end
    lots = {}
  end

  return function(request, timeout)
    local root, relative_url = split(request.url)
    local alone = not root or not turns:runs_here() or names_method(request)
    if alone then return transport(request, timeout) end
    local due = turns.now() + (timeout or math.huge)
    local item = { request = request, relative_url = relative_url, due = due }
    local lot = join(lots, item, root)
    if #lot == MOST then appoint(turns, lots, lot) end
    if not item.leads then turns:await(item, timeout and timeout + GRACE) end
    if item.leads then lead(transport, turns, lots, lot, item) end
    if lot.sound ~= nil then return outcome(lot, item) end
    if not lot.left then leave(lots, lot, item) end
    return nil, LATE, "timeout", lot.left
  end
end
