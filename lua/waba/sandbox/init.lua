--- An emulator of Meta's Graph API for the management of system users, as a transport.
--
-- * It is state: what a call changes, the next call sees.
-- * It is deterministic: no clock, no randomness; the same calls get the same bytes.
-- * It fails by rule only: see `fault`.
-- * It shows what it was asked: see `log`. Tokens are never in there.
--
--   local sandbox = require("waba.sandbox").new()
--   local client = waba.new({ access_token = "EAATEST_ADMIN", transport = sandbox })
--
-- What is documented, what was recorded and what is assumed of Graph stands in `refusal.lua`.

local batch = require("waba.sandbox.batch")
local control = require("waba.sandbox.control")
local default = require("waba.sandbox.default")
local faults = require("waba.sandbox.faults")
local graph = require("waba.sandbox.graph")
local journal = require("waba.sandbox.journal")
local request_reader = require("waba.sandbox.request")
local seeds = require("waba.sandbox.seed")
local worlds = require("waba.sandbox.world")

---@class waba.request
---@field method string
---@field url string whole, or the path with its query
---@field headers? table<string, string> names in any case
---@field body? string

---@class waba.response
---@field status integer
---@field headers table<string, string> by lower-case name
---@field body string

--- What `answer` returns. Only a server heeds `wire`; only a transport heeds `failure`.
---@class waba.sandbox.response: waba.response
---@field wire? string what to do to the bytes: "reset", "half", "drip", "stall", "redirect",
--- "gzip_bomb" or "header_flood"
---@field failure? { kind: string, message: string, sent: boolean }

---@class waba.sandbox
---@field log waba.sandbox.entry[] every request since the last reset, the oldest first
---@field private seed waba.sandbox.seed the own copy that `reset` goes back to
---@field private state table the world as the calls have left it
---@field private rules table[] compiled fault rules
---@overload fun(request: waba.request): waba.response?, string?, string?, boolean?
local Sandbox = {}

local M = {}

--- Ids and tokens of the default world, by name: `world.waba`, `world.admin_token`, ...
M.world = default.names

--- A fresh copy of the default seed, to change and hand to `new`.
---@return waba.sandbox.seed
M.seed = default.seed

local function check_request(request)
  local sound = type(request) == "table" and type(request.method) == "string"
    and type(request.url) == "string"
  if not sound then error("sandbox: request must be a table with method and url", 3) end
end

--- The items of a batch are requests of their own: each falls under the rules, and is in the log,
-- before the batch itself.
local function serve(self, call)
  if not batch.asked(call) then return graph.answer(self.state, call) end
  return batch.answer(self.state, call, function(item) return self:answer(item) end)
end

--- Answers a request with what a server should send: always a response, also under a fault.
---@param request waba.request
---@return waba.sandbox.response
function Sandbox:answer(request)
  check_request(request)
  local call = request_reader.read(request)
  local rule = faults.find(self.rules, call)
  local real = (not rule or rule.applied) and serve(self, call) or nil
  local response = rule and faults.respond(rule, self.state, call, real) or real
  table.insert(self.log, journal.entry(call, response, rule and rule.name))
  return response
end

--- The transport itself: `sandbox(request)`.
--
-- A fault that only a wire can show becomes a failure, or the plain reply where it would only
-- have been slow.
---@param request waba.request
---@return waba.response? response nil on failure
---@return string? message
---@return "network"|"timeout"|"tls"|nil kind
---@return boolean? sent whether the request may have reached the server
local function transport(self, request)
  check_request(request)
  local response = self:answer(request)
  local failure = response.failure
  if failure then return nil, failure.message, failure.kind, failure.sent end
  response.wire = nil
  return response
end

--- Adds a fault rule, or says what is wrong with it.
---@param rule waba.sandbox.rule
---@return true? done
---@return string? message
function Sandbox:try_fault(rule)
  local compiled, message = faults.compile(rule)
  if not compiled then return nil, message end
  table.insert(self.rules, compiled)
  return true
end

--- Adds a fault rule. An unsound rule is an error.
---@param rule waba.sandbox.rule
function Sandbox:fault(rule)
  local done, message = self:try_fault(rule)
  if not done then error("sandbox:fault: " .. message, 2) end
end

--- Puts everything back to the seed: world, rules, log, counters. `log` stays the same table.
function Sandbox:reset()
  self.state = worlds.new(self.seed)
  self.rules = {}
  for i = #self.log, 1, -1 do self.log[i] = nil end
end

--- The control plane, for a server to try before `answer`:
-- `POST /sandbox/faults` (a rule as JSON), `GET /sandbox/log`, `POST /sandbox/reset`.
---@param request waba.request
---@return waba.response? response nil when the path is not of the control plane
function Sandbox:control(request)
  check_request(request)
  return control.answer(self, request)
end

local metatable = { __name = "waba.sandbox", __index = Sandbox, __call = transport }

--- Makes an emulator.
---@param seed? waba.sandbox.seed default: the world whose names are in `world`
---@return waba.sandbox
function M.new(seed)
  local own = worlds.copy(seed == nil and default.seed() or seed)
  local message = seeds.check(own)
  if message then error("sandbox.new: " .. message, 2) end
  local sandbox = setmetatable({ seed = own, log = {} }, metatable)
  sandbox:reset()
  return sandbox
end

return M
