--- Lines of credit: what a provider shares with the owner of an account.

local fields = require("waba.sandbox.fields")
local list = require("waba.sandbox.list")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")

local M = {}

local LINE_FIELDS = {
  node = "ExtendedCredit", known = { id = true, legal_entity_name = true },
  default = { "id", "legal_entity_name" },
}

local ID_FIELDS = { node = "ExtendedCreditInvoiceGroup", known = { id = true }, default = { "id" } }

local ALLOCATION_FIELDS = {
  node = "ExtendedCreditAllocationConfig",
  known = {
    id = true, request_status = true, receiving_credential = ID_FIELDS,
    receiving_business = { node = "Business", known = { id = true, name = true },
      default = { "id", "name" } },
  },
  default = { "id" },
}

local CURRENCIES = { AUD = true, EUR = true, GBP = true, IDR = true, INR = true, USD = true }

local function credit_lines(scope)
  local lines = {}
  for _, line in ipairs(scope.world.settings.credit_lines or {}) do
    if line.business == scope.call.target.id then lines[#lines + 1] = line end
  end
  return list.answer(scope, lines, LINE_FIELDS)
end

-- A line cannot be changed once it is attached, says Meta; not with which words.
local function share(scope)
  local world, asked = scope.world, scope.call.params
  local waba_id, currency = params.scalar(asked.waba_id), params.scalar(asked.waba_currency)
  if not waba_id then return nil, refusal.new("missing_parameter", "waba_id") end
  local waba = world:find(waba_id, "WhatsAppBusinessAccount")
  if not waba or not world:sees(scope.session.business, waba_id) then
    return nil, refusal.new("not_a_value", "waba_id", "an account that is shared with you")
  end
  if not CURRENCIES[currency or ""] then
    return nil, refusal.new("not_a_value", "waba_currency", "one of {AUD, EUR, GBP, IDR, INR, USD}")
  end
  if waba.primary_funding_id then return nil, refusal.new("invalid_parameter") end
  local allocation = world:allocate(scope.call.target.id, waba)
  return { allocation_config_id = allocation.id, waba_id = waba_id }
end

local function describer(scope)
  return function(allocation)
    return {
      id = allocation.id,
      request_status = allocation.request_status,
      receiving_business = scope.world:find(allocation.receiving_business),
      receiving_credential = { id = allocation.credential },
    }
  end
end

local function allocations(scope)
  local business = params.scalar(scope.call.params.receiving_business_id)
  local found = {}
  for _, allocation in ipairs(scope.world.allocations) do
    local same = allocation.line == scope.call.target.id
    if same and (not business or allocation.receiving_business == business) then
      found[#found + 1] = allocation
    end
  end
  return list.answer(scope, found, ALLOCATION_FIELDS, describer(scope))
end

local function allocation(scope)
  local asked = params.scalar(scope.call.params.fields)
  local selected, refused = fields.select(asked, ALLOCATION_FIELDS)
  if not selected then return nil, refused end
  local item = scope.world:find(scope.call.target.id)
  return fields.project(describer(scope)(item), selected, scope)
end

local function revoke(scope)
  local item = scope.world:find(scope.call.target.id)
  item.request_status = "DELETED"
  scope.world:find(item.waba).primary_funding_id = nil
  return { success = true }
end

local BUSINESS = "business_management"

---@type waba.sandbox.route[]
M.routes = {
  {
    node = "Business", edge = "extendedcredits", method = "GET", scope = BUSINESS, admin = true,
    run = credit_lines,
  },
  {
    node = "ExtendedCredit", edge = "whatsapp_credit_sharing_and_attach", method = "POST",
    scope = BUSINESS, admin = true, run = share,
  },
  {
    node = "ExtendedCredit", edge = "owning_credit_allocation_configs", method = "GET",
    scope = BUSINESS, admin = true, run = allocations,
  },
  {
    node = "ExtendedCreditAllocationConfig", method = "GET", scope = BUSINESS, admin = true,
    run = allocation,
  },
  {
    node = "ExtendedCreditAllocationConfig", method = "DELETE", scope = BUSINESS, admin = true,
    run = revoke,
  },
}

return M
