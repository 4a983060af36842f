--- A server that is no Graph: it answers every request with an error that says back what it was
--- sent, secrets and all, with escape sequences.

local function reply(request)
  local words = { request.url, request.body or "" }
  for name, value in pairs(request.headers or {}) do words[#words + 1] = name .. ": " .. value end
  local said = table.concat(words, " "):gsub('[%c"\\]', " ")
  return {
    status = 400, headers = { ["content-type"] = "application/json" },
    body = ('{"error":{"message":"\\u001b[31m %s","code":100,"error_user_msg":"%s",'
      .. '"fbtrace_id":"x"}}'):format(said, said),
  }
end

return {
  answer = function(_, request) return reply(request) end,
  control = function(_, request) return reply(request) end,
}
