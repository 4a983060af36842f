--- Many requests as one: what waits at the same time becomes one batch call of Graph, and each gets
-- its own reply. It saves round trips, not budget: Graph counts every item.
--
-- Whether to send again is not decided here. An item that Graph left unanswered (null, or missing)
-- is told as a lost reply, and its call does what it does after any: a read is sent again, in a
-- later batch; a write is indeterminate.

local json = require("waba.core").json

local MOST = 50 -- items that Graph takes in one batch

local unpack = table.unpack or unpack -- luacheck: ignore

---@class waba.batch.Item
---@field request table as the transport's contract has it
---@field relative_url string from the version on
---@field timeout number seconds
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
  local items, headers, timeout = {}, {}, math.huge
  for i, item in ipairs(lot) do
    items[i], timeout = encode(item), math.min(timeout, item.timeout or math.huge)
  end
  for name, value in pairs(lot[1].request.headers) do headers[name] = value end
  headers["Content-Type"] = "application/x-www-form-urlencoded"
  return {
    method = "POST",
    url = lot.root .. (lot.proof and "?" .. lot.proof or ""),
    headers = headers,
    body = "include_headers=true&batch=" .. escape("[" .. table.concat(items, ",") .. "]"),
  }, timeout
end

-- What the whole reply says of the budget stands for an item that says nothing of it.
local USAGE = { "x-app-usage", "x-business-use-case-usage" }

local function headers_of(part, whole)
  local headers = {}
  for _, name in ipairs(USAGE) do headers[name] = whole.headers and whole.headers[name] end
  for _, header in ipairs(type(part.headers) == "table" and part.headers or {}) do
    local named = type(header) == "table" and type(header.name) == "string"
    if named and type(header.value) == "string" then headers[header.name:lower()] = header.value end
  end
  return headers
end

local UNANSWERED = "Graph ended the batch before this request was answered"

local function answer_of(part, whole)
  local code = type(part) == "table" and tonumber(part.code)
  if not code or code % 1 ~= 0 or code < 100 or code > 599 then
    return { nil, UNANSWERED, "timeout", true }
  end
  local body = type(part.body) == "string" and part.body or ""
  return { { status = code, headers = headers_of(part, whole), body = body } }
end

local NO_LIST = "the reply to the batch was not a list of replies"

--- Gives every item its answer out of the reply to the whole. A refusal of the whole is each one's
--- reply; but where parts may have been carried out all the same, a write's reply is lost.
local function distribute(lot, whole)
  local parts = json.items(whole.body or "") or { none = true }
  local status = tonumber(whole.status) or 0
  local fine = status >= 200 and status < 300
  local refused = type(parts.error) == "table"
  local list = parts[1] ~= nil or next(parts) == nil
  for i, item in ipairs(lot) do
    local writes = item.request.method ~= "GET"
    if fine and list then
      item.answer = answer_of(parts[i], whole)
    elseif fine and not refused or writes and status >= 500 then
      item.answer = { nil, NO_LIST, "network", true }
    else
      item.answer = { whole }
    end
  end
end

--- Carries a lot, and answers its items. A lot of one goes as the plain request it is.
local function carry(transport, lot)
  if not lot[2] then
    lot[1].answer = { transport(lot[1].request, lot[1].timeout) }
    return
  end
  local whole, message, kind, sent = transport(envelope(lot))
  if type(whole) == "table" then return distribute(lot, whole) end
  for _, item in ipairs(lot) do item.answer = { whole, message, kind, sent } end
end

--- Requests that wait, in lots: what shares a host, a token and a proof.
---@param lots table by key, and in order of their first request
---@param item waba.batch.Item is put into its lot
local function join(lots, item, root)
  local proof = item.request.url:match("[?&](appsecret_proof=%x+)")
  local token = item.request.headers.Authorization or ""
  local key = table.concat({ root, token, proof or "" }, "\n")
  local lot = lots[key]
  if lot then
    lot[#lot + 1] = item
  else
    lot = { item, key = key, root = root, proof = proof }
    lots[key], lots[#lots + 1] = lot, lot
  end
  return lot
end

local function close(lots, lot)
  lots[lot.key] = nil
  for i, other in ipairs(lots) do
    if other == lot then return table.remove(lots, i) end
  end
end

--- The first of a lot carries it, the others are woken with their answers; so is an error that the
--- transport raised everyone's.
local function lead(transport, turns, lot, leader)
  lot.sound, lot.raised = pcall(carry, transport, lot)
  for _, item in ipairs(lot) do
    if item ~= leader then turns:wake(item) end
  end
end

--- Makes a transport that batches requests over another one. Requests are put together while they
--- come from coroutines of `turns`; any other goes alone, as it is. A batch goes when 50 requests
--- for the same host under the same token wait, or when nobody else can run, and has the shortest
--- timeout of its items.
---@param transport waba.Transport
---@param turns waba.Turns or what has its `runs_here`, `await` and `wake`, and calls `idle`
---@return waba.Transport
return function(transport, turns)
  local lots = {}

  --- Nobody can run: what waits goes now.
  function turns.idle()
    local lot = table.remove(lots, 1)
    if not lot then return false end
    lots[lot.key] = nil
    lot[1].leads = true
    turns:wake(lot[1])
    return true
  end

  return function(request, timeout)
    local root, relative_url = split(request.url)
    local alone = not root or not turns:runs_here() or names_method(request)
    if alone then return transport(request, timeout) end
    local item = { request = request, relative_url = relative_url, timeout = timeout }
    local lot = join(lots, item, root)
    if #lot == MOST then
      close(lots, lot)
      item.leads = true
    else
      turns:await(item)
    end
    if item.leads then lead(transport, turns, lot, item) end
    if not lot.sound then error(lot.raised, 0) end
    return unpack(item.answer, 1, 4)
  end
end
